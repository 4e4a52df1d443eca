//! The priority list: open events, the one that matters most first.

use core::cmp::Reverse;

use oneroof_model::{
    Confidence, EventId, EventImpact, EventState, InformationGrade, LatLon, Mode, OrgId,
    SourceGrade, Time, TypeCode,
};
use oneroof_wire::client::Picture;
use oneroof_wire::{Entity, EntityKey, EntityKind, EventView, ReportView};

use super::places::{Where, place_of};

/// One row of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow {
    /// The event.
    pub id: EventId,
    /// Its name over the telephone.
    pub short: String,
    /// Its version.
    pub version: u64,
    /// Where it stands.
    pub state: EventState,
    /// What.
    pub type_code: Option<TypeCode>,
    /// Impact.
    pub impact: Option<EventImpact>,
    /// Whether a life is at risk.
    pub life_at_risk: bool,
    /// When it happened, else when it became known.
    pub since: Time,
    /// Where.
    pub place: Where,
    /// Where on the map.
    pub at: Option<LatLon>,
    /// Agencies that reported.
    pub orgs: Vec<OrgId>,
    /// How many reports.
    pub reports: usize,
    /// Headline of the report that tells of a life at risk, else of the newest one that has any.
    pub headline: Option<String>,
    /// Persons named at most by a report.
    pub persons: Option<(u32, u32)>,
}

/// An event of the picture.
pub fn event(picture: &Picture, id: EventId) -> Option<&EventView> {
    let key = EntityKey {
        kind: EntityKind::Event,
        id: id.to_string(),
    };
    match picture.entities.get(&key) {
        Some(Entity::Event(e)) => Some(e),
        _ => None,
    }
}

/// A report of the picture.
pub fn report(picture: &Picture, id: oneroof_model::ReportId) -> Option<&ReportView> {
    let key = EntityKey {
        kind: EntityKind::Report,
        id: id.to_string(),
    };
    match picture.entities.get(&key) {
        Some(Entity::Report(r)) => Some(r),
        _ => None,
    }
}

fn row(picture: &Picture, e: &EventView) -> EventRow {
    let reports: Vec<&ReportView> = e
        .reports
        .iter()
        .filter_map(|a| report(picture, a.report))
        .filter(|r| !r.superseded && !r.withdrawn)
        .collect();
    // What is said of a life at risk is what an officer has to read first; else the newest word counts.
    let headline = reports
        .iter()
        .filter(|r| r.title.is_some())
        .max_by_key(|r| (r.life_at_risk == Some(true), r.received));
    EventRow {
        id: e.id,
        short: e.short.clone(),
        version: e.version,
        state: e.state,
        type_code: e.type_code.clone(),
        impact: e.impact,
        life_at_risk: e.life_at_risk,
        since: e
            .occurred
            .map_or(e.first_known_at, |o| o.from.min(e.first_known_at)),
        place: place_of(picture, e.place.as_ref(), e.section.as_ref()),
        at: super::places::anchor(picture, e.place.as_ref(), e.section.as_ref()),
        orgs: e.orgs.clone(),
        reports: e.reports.len(),
        headline: headline.and_then(|r| r.title.clone()),
        persons: reports
            .iter()
            .filter_map(|r| r.persons.and_then(|p| p.bounds()))
            .max_by_key(|b| (b.0, b.1)),
    }
}

/// Open events of a mode: life at risk first, then impact, then the youngest.
pub fn open_events(picture: &Picture, mode: Mode) -> Vec<EventRow> {
    let mut rows: Vec<EventRow> = picture
        .entities
        .values()
        .filter_map(|e| match e {
            Entity::Event(e) if e.state.is_open() && e.mode == mode => Some(row(picture, e)),
            _ => None,
        })
        .collect();
    rows.sort_by_key(|r| (Reverse((r.life_at_risk, r.impact, r.since)), r.id));
    rows
}

/// The reports of an event in the order of their happening, those replaced by a newer revision left out.
pub fn reports_of<'a>(picture: &'a Picture, e: &EventView) -> Vec<&'a ReportView> {
    let mut out: Vec<&ReportView> = e
        .reports
        .iter()
        .filter_map(|a| report(picture, a.report))
        .filter(|r| !r.superseded)
        .collect();
    out.sort_by_key(|r| (r.occurred.from.min(r.received), r.received));
    out
}

/// The grade as officers write it: `B2`.
pub fn grade(c: Confidence) -> String {
    let source = match c.reliability {
        SourceGrade::A => 'A',
        SourceGrade::B => 'B',
        SourceGrade::C => 'C',
        SourceGrade::X => 'X',
    };
    let information = match c.credibility {
        InformationGrade::One => '1',
        InformationGrade::Two => '2',
        InformationGrade::Three => '3',
        InformationGrade::Four => '4',
    };
    format!("{source}{information}")
}

/// States that a person may lead an event to from here, in the order of the response.
pub fn next_states(state: EventState) -> Vec<EventState> {
    use EventState::{Active, Closed, Dismissed, Resolved, Triaged, Validated};
    [Triaged, Validated, Active, Resolved, Closed, Dismissed]
        .into_iter()
        .filter(|s| state.may_become(*s))
        .collect()
}

/// The neighbour in a list: `step` rows on from the one selected, stopping at the ends.
pub fn neighbour(rows: &[EventRow], selected: Option<EventId>, step: isize) -> Option<EventId> {
    let at = selected.and_then(|id| rows.iter().position(|r| r.id == id));
    let next = match at {
        None => 0,
        Some(i) => i
            .saturating_add_signed(step)
            .min(rows.len().saturating_sub(1)),
    };
    rows.get(next).map(|r| r.id)
}

#[cfg(test)]
mod tests {
    use oneroof_model::Interval;

    use super::*;
    use crate::view::testing::{event, id, put_event};

    fn put(p: &mut Picture, n: u8, life: bool, impact: EventImpact, at_s: i64) {
        let t = Time::from_secs(at_s);
        put_event(
            p,
            &EventView {
                impact: Some(impact),
                life_at_risk: life,
                occurred: Some(Interval::at(t)),
                first_known_at: t.plus_secs(60),
                aware_at: t,
                updated_at: t,
                ..event(n)
            },
        );
    }

    fn picture() -> Picture {
        let mut p = Picture::default();
        put(&mut p, 1, false, EventImpact::VeryHigh, 100);
        put(&mut p, 2, true, EventImpact::Low, 50);
        put(&mut p, 3, false, EventImpact::High, 300);
        put(&mut p, 4, false, EventImpact::High, 400);
        p
    }

    #[test]
    fn a_life_at_risk_comes_before_impact_and_impact_before_time() {
        let rows = open_events(&picture(), Mode::Actual);
        assert_eq!(
            rows.iter().map(|r| r.id).collect::<Vec<_>>(),
            [2, 1, 4, 3].map(id)
        );
        assert_eq!(
            rows[1].since,
            Time::from_secs(100),
            "since it happened, not since it was known"
        );
    }

    #[test]
    fn modes_do_not_mix_and_what_is_over_leaves_the_list() {
        let mut p = picture();
        assert!(open_events(&p, Mode::Exercise).is_empty());
        let key = EntityKey {
            kind: EntityKind::Event,
            id: id(2).to_string(),
        };
        let Some(Entity::Event(e)) = p.entities.get_mut(&key) else {
            panic!("there")
        };
        e.state = EventState::Resolved;
        assert_eq!(open_events(&p, Mode::Actual).len(), 3);
    }

    #[test]
    fn keys_walk_through_the_list_and_stop_at_its_ends() {
        let rows = open_events(&picture(), Mode::Actual);
        assert_eq!(neighbour(&rows, None, 1), Some(id(2)));
        assert_eq!(neighbour(&rows, Some(id(2)), 1), Some(id(1)));
        assert_eq!(neighbour(&rows, Some(id(2)), -1), Some(id(2)));
        assert_eq!(neighbour(&rows, Some(id(3)), 1), Some(id(3)));
        assert_eq!(neighbour(&[], None, 1), None);
    }

    #[test]
    fn a_new_event_can_be_dismissed_but_not_closed() {
        let next = next_states(EventState::New);
        assert!(next.contains(&EventState::Dismissed) && !next.contains(&EventState::Closed));
    }
}
