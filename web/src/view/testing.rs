//! Things for tests.

use oneroof_model::{
    EventId, EventImpact, EventState, Interval, LatLon, LinkProvenance, Mode, Time, Unit,
    UnitStatus,
};
use oneroof_wire::client::{ClientTrack, Picture};
use oneroof_wire::columns::Row;
use oneroof_wire::{AttachedReport, Entity, EventView, ReportView, UnitView};

/// The id of event `n`.
pub(crate) fn id(n: u8) -> EventId {
    format!("00000000-0000-7000-8000-0000000000{n:02x}")
        .parse()
        .unwrap()
}

/// A new event of an attempted crossing.
pub(crate) fn event(n: u8) -> EventView {
    let t = Time::from_secs(1_000);
    EventView {
        id: id(n),
        short: id(n).short(),
        version: 1,
        mode: Mode::Actual,
        state: EventState::New,
        dismissed: None,
        type_code: Some("UBC01".into()),
        impact: Some(EventImpact::Low),
        life_at_risk: false,
        occurred: Some(Interval::at(t)),
        place: None,
        section: None,
        lead: None,
        orgs: vec![],
        reports: vec![],
        first_known_at: t.plus_secs(60),
        aware_at: t,
        updated_at: t,
        merged_into: None,
        merges: vec![],
        notes: vec![],
        links: vec![],
        settled: vec![],
        acts: Vec::new(),
        acts_before: 0,
    }
}

/// Puts an event into a picture, or the newer one over it.
pub(crate) fn put_event(p: &mut Picture, e: &EventView) {
    let e = Entity::Event(Box::new(e.clone()));
    p.entities.insert(e.key(), e);
}

/// A unit.
pub(crate) fn unit(id: &str, org: &str, status: UnitStatus) -> Entity {
    let json = format!(r#"{{"id":"{id}","org":"{org}","uk":"n","en":"n","kind":"boat"}}"#);
    let mut unit: Unit = serde_json::from_str(&json).unwrap();
    unit.status = status;
    Entity::Unit(UnitView { unit })
}

/// The track of a unit, heard at a second.
pub(crate) fn unit_track(handle: u32, id: &str, heard_s: i64) -> ClientTrack {
    let info = format!(
        r#"{{"h":{handle},"domain":"unit","ident":"{id}","feed":"f","stale_s":120,"lost_s":600}}"#
    );
    ClientTrack {
        info: Some(serde_json::from_str(&info).unwrap()),
        row: Some(Row {
            handle,
            at: LatLon::new(48.0, 24.0).unwrap(),
            time: Time::from_secs(heard_s),
            speed_mps: None,
            course_deg: None,
            heading_deg: None,
            alt_m: None,
        }),
    }
}

/// A report of an attempted crossing: when it happened, when it came, seconds.
pub(crate) fn report(n: u8, occurred_s: i64, received_s: i64) -> ReportView {
    let (from, received) = (Time::from_secs(occurred_s), Time::from_secs(received_s));
    serde_json::from_str(&format!(
        r#"{{"id":"00000000-0000-7000-8000-0000000001{n:02x}","feed":"f","org":"BG","source_kind":"patrol","mode":"actual","type_code":"UBC01",
        "occurred":{{"from":"{from}","to":"{from}"}},"received":"{received}","place":{{}},"confidence":{{}},
        "marking":{{"classification":"unclassified","tlp":"AMBER"}},"quality":{{"completeness":0}}}}"#
    ))
    .unwrap()
}

/// A report as it opened an event.
pub(crate) fn attached(r: &ReportView) -> AttachedReport {
    AttachedReport {
        report: r.id,
        at: r.received,
        provenance: LinkProvenance::First,
    }
}
