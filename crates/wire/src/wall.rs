//! What a wall is given: the picture without persons, free text and names of sources.
//!
//! A wall is read by everyone who walks past it, also by who may sit at no desk. So what must not stand on it does not
//! reach it at all: neither a fault of the page nor somebody who listens to its line can show it.

use oneroof_model::TrackDomain;

use crate::{AreaView, Entity, EventView, TrackInfo};

/// Longest name of a wall, signs.
const MAX_NAME: usize = 40;

/// Zooms that a map of ours has.
pub const ZOOMS: core::ops::RangeInclusive<f64> = 3.0..=12.0;

/// Whether a text may be a wall's name.
pub fn is_name(name: &str) -> bool {
    let sign = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    (1..=MAX_NAME).contains(&name.chars().count()) && name.chars().all(sign)
}

/// Whether anything of a kind is for a wall.
pub const fn shows(kind: crate::EntityKind) -> bool {
    use crate::EntityKind::{
        Area, Bcp, Event, Feed, Region, Report, Section, Suggestion, Track, Unit, Weather,
    };
    match kind {
        // Reports are their sender's words; suggestions are a question to a desk.
        Report | Suggestion => false,
        Event | Feed | Section | Bcp | Unit | Area | Region | Weather | Track => true,
    }
}

/// An entity as a wall may have it; `None` where it may not have it at all.
pub fn entity(entity: Entity) -> Option<Entity> {
    Some(match entity {
        Entity::Report(_) | Entity::Suggestion(_) => return None,
        Entity::Event(e) => Entity::Event(Box::new(event(*e))),
        Entity::Feed(mut f) => {
            // A stable code with detail of the transport: an address of an agency has no place on a wall.
            f.health.error = None;
            Entity::Feed(f)
        }
        Entity::Area(a) => Entity::Area(Box::new(area(*a))),
        Entity::Section(_)
        | Entity::Bcp(_)
        | Entity::Unit(_)
        | Entity::Region(_)
        | Entity::Weather(_) => entity,
    })
}

/// An area: its shape, what it is for, until when. No name, for it is free text, and nobody who drew it.
fn area(mut a: AreaView) -> AreaView {
    a.name.clear();
    a.marking = None;
    a.drawn_by = None;
    a.changed_by = None;
    a
}

/// An event: what, where, since when, how grave, whose. No notes, no names of officers, no address in words.
fn event(mut e: EventView) -> EventView {
    e.notes.clear();
    e.links.clear();
    e.merges.clear();
    e.settled.clear();
    e.acts.clear();
    e.acts_before = 0;
    // Each says who attached it.
    e.reports.clear();
    if let Some(place) = &mut e.place {
        place.described = None;
    }
    e
}

/// A track: own units keep their names, others are a symbol. Names of vessels and what they say of their voyage are
/// their crew's words.
pub fn track(mut info: TrackInfo) -> TrackInfo {
    info.destination = None;
    if info.domain != TrackDomain::Unit {
        info.name = None;
        info.call_sign = None;
    }
    info
}

#[cfg(test)]
mod tests {
    use oneroof_model::{EventState, Mode, Place, Time};

    use super::*;
    use crate::EntityKind;

    fn an_event() -> EventView {
        let t = Time::from_secs(1_000);
        let officer = r#"{"is":"person","name":"Sokil","org":"BG"}"#;
        EventView {
            id: "00000000-0000-7000-8000-000000000001".parse().unwrap(),
            short: "ABCDEF".into(),
            version: 3,
            mode: Mode::Actual,
            state: EventState::New,
            dismissed: None,
            type_code: Some("UBC01".into()),
            impact: None,
            life_at_risk: true,
            occurred: None,
            place: Some(Place {
                described: Some("Shevchenka 12, flat 4".into()),
                section: Some("UA-RO-01".into()),
                ..Place::default()
            }),
            section: Some("UA-RO-01".into()),
            lead: Some("BG".into()),
            orgs: vec!["BG".into()],
            reports: vec![],
            first_known_at: t,
            aware_at: t,
            updated_at: t,
            merged_into: None,
            merges: vec![],
            notes: vec![
                serde_json::from_str(&format!(
                    r#"{{"id":"00000000-0000-7000-8000-000000000002","by":{officer},"at":"2026-11-23T00:00:00Z","text":"plate AA1234BB"}}"#
                ))
                .unwrap(),
            ],
            links: vec![],
            settled: vec![
                serde_json::from_str(&format!(
                    r#"{{"value":"impact","by":{officer},"at":"2026-11-23T00:00:00Z"}}"#
                ))
                .unwrap(),
            ],
            acts: vec![
                serde_json::from_str(&format!(
                    r#"{{"did":"led","to":"active","by":{officer},"at":"2026-11-23T00:00:00Z"}}"#
                ))
                .unwrap(),
            ],
            acts_before: 0,
        }
    }

    #[test]
    fn what_a_person_wrote_does_not_reach_a_wall_and_what_happens_does() {
        let shown = entity(Entity::Event(Box::new(an_event()))).unwrap();
        let json = serde_json::to_string(&shown).unwrap();
        for secret in ["Shevchenka", "AA1234BB", "Sokil"] {
            assert!(!json.contains(secret), "{secret} in {json}");
        }
        let Entity::Event(e) = shown else {
            panic!("an event")
        };
        assert!(e.life_at_risk && e.version == 3);
        assert_eq!(e.place.unwrap().section, Some("UA-RO-01".into()));
    }

    #[test]
    fn an_area_reaches_a_wall_without_its_name_and_without_who_drew_it() {
        let json = r#"{"entity":"area","id":"00000000-0000-7000-8000-000000000005","short":"ABCDEF","version":2,
            "mode":"actual","name":"House of Petrenko","purpose":"search","until":"2026-11-23T04:00:00Z",
            "shape":{"shape":"circle","center":{"lat":48.0,"lon":24.0},"radius_m":500.0},
            "marking":{"caveats":"not for Petrenko"},
            "drawn_by":{"is":"person","name":"Sokil","org":"BG"},"drawn_at":"2026-11-23T00:00:00Z",
            "changed_by":{"is":"person","name":"Sokil","org":"BG"},"changed_at":"2026-11-23T00:10:00Z"}"#;
        let whole: Entity = serde_json::from_str(json).unwrap();
        assert!(matches!(&whole, Entity::Area(a) if a.name == "House of Petrenko"));
        assert!(shows(EntityKind::Area));
        let shown = serde_json::to_string(&entity(whole).unwrap()).unwrap();
        for secret in ["Petrenko", "Sokil", "BG"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        assert!(shown.contains("search") && shown.contains("04:00") && shown.contains("500"));
    }

    #[test]
    fn own_units_keep_their_names_and_others_do_not() {
        let named = |domain: &str| -> TrackInfo {
            let json = format!(
                r#"{{"h":1,"domain":"{domain}","ident":"1","name":"N","call_sign":"C","destination":"D","feed":"f","stale_s":1,"lost_s":2}}"#
            );
            track(serde_json::from_str(&json).unwrap())
        };
        let unit = named("unit");
        assert_eq!((unit.name.as_deref(), unit.destination), (Some("N"), None));
        let vessel = named("vessel");
        assert_eq!((vessel.name, vessel.call_sign), (None, None));
    }

    #[test]
    fn names_of_walls_are_plain() {
        assert!(is_name("стіна-1") && !is_name("") && !is_name("a b") && !is_name("<i>"));
        assert!(!is_name(&"x".repeat(41)));
    }

    #[test]
    fn no_report_and_no_question_is_for_a_wall() {
        assert!(!shows(EntityKind::Report) && !shows(EntityKind::Suggestion));
        assert!(shows(EntityKind::Event) && shows(EntityKind::Unit));
    }
}
