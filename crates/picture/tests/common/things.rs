//! Things that entries carry, told apart by a number.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;

use oneroof_model::{
    Actor, Area, AreaDraft, AreaId, AreaPurpose, AreaShape, Confidence, Curated, Curation,
    EntryBody, EventId, EventImpact, Figures, ImpactProposal, Interval, LatLon, Marking, Mode,
    Place, Quality, Relation, Report, ReportId, SectionId, SourceKind, SuggestionId, Time, Unit,
    UnitKind, UnitStatus,
};

use super::{pick, time, uuid};
pub(crate) fn report_id(n: u8) -> ReportId {
    ReportId(uuid(1, n))
}

pub(crate) fn event_id(n: u8) -> EventId {
    EventId(uuid(2, n))
}

pub(crate) fn suggestion_id(n: u8) -> SuggestionId {
    SuggestionId(uuid(3, n))
}

pub(crate) fn area_id(n: u8) -> AreaId {
    AreaId(uuid(5, n))
}

pub(crate) fn officer() -> Actor {
    Actor::Person {
        name: "Officer".to_owned(),
        org: "BG".into(),
    }
}

pub(crate) fn report(n: u8) -> Report {
    Report {
        id: report_id(n),
        feed: "feed".into(),
        source: None,
        revises: None,
        relation: Relation::New,
        org: "BG".into(),
        source_kind: SourceKind::Patrol,
        mode: Mode::Actual,
        type_code: "UBC01".into(),
        original_code: None,
        occurred: Interval::at(time(u64::from(n))),
        aware: None,
        reported: None,
        received: time(u64::from(n)),
        expires: None,
        place: Place::default(),
        section: None,
        persons: None,
        vehicles: None,
        life_at_risk: None,
        title: None,
        text: Some(format!("report {n}")),
        confidence: Confidence::default(),
        impact_proposed: ImpactProposal::default(),
        identifiers: Vec::new(),
        attachments: Vec::new(),
        attributes: BTreeMap::new(),
        marking: Marking::default(),
        quality: Quality::default(),
    }
}

/// Values that differ with `n`.
pub(crate) fn curation(n: u8) -> Curation {
    fn value<T>(value: T, n: u8) -> Curated<T> {
        Curated {
            value,
            rests_on: vec![report_id(n)],
            by: officer(),
            at: time(u64::from(n)),
        }
    }
    let impacts = [
        EventImpact::Low,
        EventImpact::Medium,
        EventImpact::High,
        EventImpact::VeryHigh,
    ];
    Curation {
        type_code: value(format!("UBC{:02}", n % 13).as_str().into(), n),
        impact: value(pick(impacts.into_iter(), n).unwrap_or(EventImpact::Low), n),
        life_at_risk: value(n.is_multiple_of(2), n),
        occurred: value(Interval::at(time(u64::from(n))), n),
        place: value(Place::default(), n),
        section: value(Some(section_id(n)), n),
        lead: value("BG".into(), n),
    }
}

pub(crate) fn section_id(n: u8) -> SectionId {
    format!("UA-RO-{:02}", n % 3).into()
}

pub(crate) fn unit(n: u8, status: UnitStatus, at: Time) -> Unit {
    Unit {
        id: format!("BG-P-{:03}", n % 3).into(),
        org: "BG".into(),
        uk: format!("unit {n}"),
        en: format!("unit {n}"),
        kind: UnitKind::FootPatrol,
        capabilities: Vec::new(),
        section: None,
        status,
        status_at: Some(at),
    }
}

pub(crate) fn figures(n: u8, at: Time, cars: u8) -> Figures {
    Figures {
        bcp: format!("UAPL{:02}", n % 3).into(),
        at,
        received: at,
        org: "CU".into(),
        cars_waiting: Some(u32::from(cars)),
        trucks_waiting: None,
        buses_waiting: None,
        wait_min: None,
        persons_per_h: None,
        state: None,
    }
}

/// A circle of so many changes.
pub(crate) fn area(id: AreaId, version: u64, event: Option<EventId>) -> EntryBody {
    EntryBody::AreaSet {
        area: Box::new(Area {
            id,
            version,
            said: AreaDraft {
                name: format!("version {version}"),
                purpose: AreaPurpose::Search,
                shape: AreaShape::Circle {
                    center: LatLon::new(48.0, 24.0).unwrap(),
                    radius_m: 500.0,
                },
                event,
                until: None,
                mode: Mode::Actual,
                marking: Marking::default(),
            },
            drawn_by: officer(),
            drawn_at: time(0),
            changed_by: (version > 1).then(officer),
            changed_at: (version > 1).then(|| time(version)),
        }),
    }
}
