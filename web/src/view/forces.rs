//! Own forces by agency: what may be asked, what is busy, what is out of service, and what has not been heard.

use std::collections::BTreeMap;

use oneroof_model::{Freshness, OrgId, Time, TrackDomain, UnitStatus};
use oneroof_wire::Entity;
use oneroof_wire::client::Picture;

use crate::map::symbols::track_freshness;

/// The forces of an agency, units of each kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forces {
    /// The agency.
    pub org: OrgId,
    /// May be asked, and were heard of late.
    pub available: u32,
    /// Have a task, are on their way, there, or on their way back.
    pub busy: u32,
    /// Out of service.
    pub out: u32,
    /// Said to be available or busy, and not heard for too long: nobody knows.
    pub unheard: u32,
}

/// Forces of every agency that has units, in the order of their codes.
pub fn forces(picture: &Picture, now: Time) -> Vec<Forces> {
    let heard: BTreeMap<&str, Freshness> = picture
        .tracks
        .values()
        .filter_map(|t| {
            let info = t.info.as_ref().filter(|i| i.domain == TrackDomain::Unit)?;
            Some((info.ident.as_str(), track_freshness(t, now)))
        })
        .collect();
    let mut all: BTreeMap<OrgId, Forces> = BTreeMap::new();
    for e in picture.entities.values() {
        let Entity::Unit(u) = e else { continue };
        let f = all.entry(u.unit.org.clone()).or_insert_with(|| Forces {
            org: u.unit.org.clone(),
            available: 0,
            busy: 0,
            out: 0,
            unheard: 0,
        });
        let lost = heard
            .get(u.unit.id.as_str())
            .is_none_or(|h| *h == Freshness::Lost);
        match u.unit.status {
            UnitStatus::OutOfService => f.out += 1,
            _ if lost => f.unheard += 1,
            UnitStatus::Available => f.available += 1,
            UnitStatus::Tasked
            | UnitStatus::EnRoute
            | UnitStatus::OnScene
            | UnitStatus::Returning => f.busy += 1,
        }
    }
    all.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::testing::{unit, unit_track};

    #[test]
    fn a_unit_that_was_not_heard_is_not_counted_as_available() {
        let mut p = Picture::default();
        for (id, status) in [
            ("A", UnitStatus::Available),
            ("B", UnitStatus::Available),
            ("C", UnitStatus::OnScene),
            ("D", UnitStatus::OutOfService),
        ] {
            let e = unit(id, "BG", status);
            p.entities.insert(e.key(), e);
        }
        p.tracks.insert(1, unit_track(1, "A", 1_000));
        p.tracks.insert(2, unit_track(2, "C", 1_000));
        let told = forces(&p, Time::from_secs(1_030));
        assert_eq!(
            told,
            [Forces {
                org: "BG".into(),
                available: 1,
                busy: 1,
                out: 1,
                unheard: 1
            }]
        );
        let later = forces(&p, Time::from_secs(90_000));
        assert_eq!((later[0].available, later[0].unheard), (0, 3));
    }
}
