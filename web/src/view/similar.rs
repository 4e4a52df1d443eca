//! Earlier events like one: of the same group, near it. What is known of them may help; nothing is concluded from it.

use core::cmp::Ordering;

use oneroof_geo::distance_m;
use oneroof_model::{EventId, EventState, Geometry, SectionId, Time, TypeCode};
use oneroof_wire::EventView;

/// As far as this, metres, an event without the same type counts as near.
pub const NEAR_M: f64 = 30_000.0;

/// Most that are shown.
pub const MOST: usize = 8;

/// An earlier event.
#[derive(Debug, Clone, PartialEq)]
pub struct Similar {
    /// Which.
    pub id: EventId,
    /// Its name over the telephone.
    pub short: String,
    /// What.
    pub type_code: Option<TypeCode>,
    /// What became of it.
    pub state: EventState,
    /// When it happened, else when it became known.
    pub at: Time,
    /// How far, metres; `None` where one has no place.
    pub distance_m: Option<f64>,
    /// Whether it is of the very same type.
    pub same_type: bool,
}

fn geometry(e: &EventView) -> Option<&Geometry> {
    e.place.as_ref()?.geometry.as_ref()
}

/// The events of a list that are like one: of its group and near it, or in its section where a place is missing. Those of
/// the same type first, then the nearest, then the newest.
pub fn similar(of: &EventView, others: &[EventView]) -> Vec<Similar> {
    let group = |e: &EventView| e.type_code.as_ref().map(TypeCode::group);
    let (Some(wanted), section) = (group(of), of.section.as_ref()) else {
        return Vec::new();
    };
    let mut out: Vec<Similar> = others
        .iter()
        .filter(|o| o.id != of.id && o.merged_into.is_none() && group(o) == Some(wanted))
        .filter_map(|o| {
            let distance = geometry(of)
                .zip(geometry(o))
                .and_then(|(a, b)| distance_m(a, b));
            let same_section = |s: &SectionId| o.section.as_ref() == Some(s);
            let near = match distance {
                Some(d) => d <= NEAR_M,
                None => section.is_some_and(same_section),
            };
            near.then(|| Similar {
                id: o.id,
                short: o.short.clone(),
                type_code: o.type_code.clone(),
                state: o.state,
                at: o.occurred.map_or(o.first_known_at, |i| i.from),
                distance_m: distance,
                same_type: o.type_code == of.type_code,
            })
        })
        .collect();
    out.sort_by(|a, b| {
        let far = |s: &Similar| s.distance_m.unwrap_or(f64::INFINITY);
        b.same_type
            .cmp(&a.same_type)
            .then(far(a).partial_cmp(&far(b)).unwrap_or(Ordering::Equal))
            .then(b.at.cmp(&a.at))
    });
    out.truncate(MOST);
    out
}

#[cfg(test)]
mod tests {
    use oneroof_model::{LatLon, Place};

    use super::*;
    use crate::view::testing::event;

    fn at(n: u8, code: &str, lat: Option<f64>) -> EventView {
        let mut e = event(n);
        e.type_code = Some(code.into());
        e.section = Some("UA-RO-01".into());
        e.place = lat.map(|l| Place::point(LatLon::new(l, 24.0).unwrap()));
        e
    }

    #[test]
    fn the_same_type_comes_first_then_the_nearest_and_other_groups_never() {
        let of = at(1, "UBC01", Some(48.0));
        let others = [
            of.clone(),
            at(2, "UBC05", Some(48.001)),
            at(3, "UBC01", Some(48.1)),
            at(4, "UBC01", Some(48.01)),
            at(5, "CBC01", Some(48.0)),
            at(6, "UBC01", Some(49.0)),
            at(7, "UBC01", None),
        ];
        let found: Vec<EventId> = similar(&of, &others).iter().map(|s| s.id).collect();
        let ids = [4, 3, 7, 2].map(crate::view::testing::id);
        assert_eq!(found, ids, "without a place the section decides");
        assert_eq!(
            similar(&at(1, "UBC01", None), &others[1..2])[0].distance_m,
            None
        );
    }
}
