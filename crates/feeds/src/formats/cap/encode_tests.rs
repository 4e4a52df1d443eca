//! What is spoken, against the rules of the schema (as this folder's `schema.rs` has them, themselves compared with the
//! OASIS schema where it is there) and against what our own decoder reads in it.

use oneroof_model::{Draft, EventImpact, Geometry, Mode, Relation, ReportDraft};
use serde_json::json;

use super::peers;
use super::tests::{codes, decode};
use crate::encode::{Encoder, Saying};
use crate::encode_tests::{EVENT, NOW, REPORT, encoder, event, report, said, say};
use crate::xml::{self, Element, Ns};

const SPEAK: &str = "section_geocode: UA-SECTION\nspeak: {sender: ncc@border.example, \
    sender_name: {uk: Центр, en: Centre}, zone: Europe/Kyiv}";

const READ: &str = "strictness: strict\nlanguages: [en]\nsection_geocode: UA-SECTION\n\
    event_codes: {ONEROOF: {UBC05: UBC05, MAR05: MAR05}}";

fn speaking() -> Box<dyn Encoder> {
    encoder("cap", SPEAK)
}

/// Reads what was said by the strictest rules; one report.
fn read(text: &str) -> ReportDraft {
    let out = decode(READ, text.as_bytes());
    assert_eq!(codes(&out), Vec::<&str>::new(), "{:?}", out.rejects);
    assert_eq!(out.drafts.len(), 1);
    let Draft::Report(report) = out.drafts.into_iter().next().unwrap().draft else {
        panic!("expected a report")
    };
    assert!(report.issues.is_empty(), "{:?}", report.issues);
    *report
}

#[test]
fn an_event_is_said_as_its_golden_alert() {
    let text = say(&mut *speaking(), &event(&json!({})), NOW).unwrap();
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("spoken-event", text);
    });
}

#[test]
fn what_is_said_of_an_event_is_read_as_it_was_meant() {
    let read = read(&say(&mut *speaking(), &event(&json!({})), NOW).unwrap());
    let key = format!("ncc@border.example,{EVENT}.3");
    assert_eq!(read.source.unwrap().key, key);
    assert_eq!(read.reported, Some(NOW));
    assert_eq!(read.type_code.unwrap().as_str(), "UBC05");
    assert_eq!(read.impact_proposed.overall(), Some(EventImpact::High));
    assert_eq!(
        read.occurred.unwrap().from.to_string(),
        "2026-11-23T02:30:00Z"
    );
    assert_eq!(read.place.section.unwrap().as_str(), "UA-RO-01");
    assert_eq!(
        read.place.described.as_deref(),
        Some("Tisa near Tiachiv <left bank>")
    );
    let Some(Geometry::Point { at }) = read.place.geometry else {
        panic!("expected a point")
    };
    assert_eq!((at.lat(), at.lon()), (48.01, 23.58));
    assert_eq!(read.attributes["incidents"], json!([EVENT]));
    assert_eq!(read.attributes["other_language"], json!("uk-UA"));
}

#[test]
fn the_four_levels_come_back_and_an_unknown_one_stays_unknown() {
    for (word, level) in [
        (json!("low"), Some(EventImpact::Low)),
        (json!("medium"), Some(EventImpact::Medium)),
        (json!("high"), Some(EventImpact::High)),
        (json!("very_high"), Some(EventImpact::VeryHigh)),
        (json!(null), None),
    ] {
        let text = say(&mut *speaking(), &event(&json!({ "impact": word })), NOW).unwrap();
        assert_eq!(read(&text).impact_proposed.overall(), level);
    }
}

#[test]
fn an_exercise_is_never_said_as_the_real_thing() {
    for (mode, status, read_as) in [
        ("exercise", "Exercise", Mode::Exercise),
        ("test", "Test", Mode::Test),
        ("actual", "Actual", Mode::Actual),
    ] {
        let mut encoder = speaking();
        let text = say(&mut *encoder, &event(&json!({ "mode": mode })), NOW).unwrap();
        assert!(
            text.contains(&format!("<status>{status}</status>")),
            "{text}"
        );
        assert_eq!(read(&text).mode, Some(read_as));
        let key = event(&json!({})).key();
        let cancel = said(&mut *encoder, Saying::Gone(&key), NOW).unwrap();
        assert!(
            cancel.contains(&format!("<status>{status}</status>")),
            "{cancel}"
        );
    }
}

#[test]
fn a_newer_version_updates_and_the_end_cancels_what_was_said_before() {
    let mut encoder = speaking();
    let first = say(&mut *encoder, &event(&json!({})), NOW).unwrap();
    let later = NOW.plus_secs(60);
    let again = say(&mut *encoder, &event(&json!({})), later).unwrap();
    assert_eq!(again, first, "the same version is the same message");
    let newer = event(&json!({ "version": 4, "impact": "medium" }));
    let update = read(&say(&mut *encoder, &newer, later).unwrap());
    let of = |version: &str| vec![format!("ncc@border.example,{EVENT}.{version}")];
    assert_eq!(update.relation, Relation::Update { of: of("3") });
    let key = newer.key();
    let cancel = read(&said(&mut *encoder, Saying::Gone(&key), later).unwrap());
    assert_eq!(cancel.relation, Relation::Cancel { of: of("4") });
    assert_eq!(
        said(&mut *encoder, Saying::Gone(&key), later),
        None,
        "it is gone already"
    );
    let dismissed = event(&json!({ "version": 5, "state": "dismissed" }));
    assert_eq!(
        say(&mut *encoder, &dismissed, later),
        None,
        "never said as there"
    );
}

#[test]
fn what_was_said_longest_ago_is_forgotten_past_the_bound() {
    let mut encoder = encoder("cap", "speak: {sender: a}");
    let id = |n: u32| format!("01930000-0000-7000-8000-{n:012}");
    for n in 0..=10_000 {
        assert!(say(&mut *encoder, &event(&json!({ "id": id(n) })), NOW).is_some());
    }
    let key = |n: u32| event(&json!({ "id": id(n) })).key();
    assert_eq!(said(&mut *encoder, Saying::Gone(&key(0)), NOW), None);
    for n in [1, 10_000] {
        assert!(
            said(&mut *encoder, Saying::Gone(&key(n)), NOW).is_some(),
            "{n}"
        );
    }
}

#[test]
fn an_event_that_is_over_is_past_and_all_clear() {
    let text = say(&mut *speaking(), &event(&json!({ "state": "closed" })), NOW).unwrap();
    assert!(
        text.contains("<responseType>AllClear</responseType>"),
        "{text}"
    );
    let read = read(&text);
    assert_eq!(read.attributes["urgency"], json!("Past"));
    assert_eq!(read.life_at_risk, None);
}

#[test]
fn a_report_and_its_revision_and_its_withdrawal_are_one_chain() {
    let mut encoder = speaking();
    let first = read(&say(&mut *encoder, &report(&json!({})), NOW).unwrap());
    assert_eq!(first.title.as_deref(), Some("Man in the water"));
    assert_eq!(first.text.as_deref(), Some("A man & a boat."));
    assert_eq!(first.attributes["certainty"], json!("Observed"));
    let superseded = report(&json!({ "superseded": true }));
    assert_eq!(say(&mut *encoder, &superseded, NOW), None);
    let id = "01930000-0000-7000-8000-0000000000a2";
    let revision = report(&json!({ "id": id, "revises": REPORT }));
    let revised = read(&say(&mut *encoder, &revision, NOW).unwrap());
    let of = vec![format!("ncc@border.example,{REPORT}.1")];
    assert_eq!(revised.relation, Relation::Update { of });
    let withdrawn = report(&json!({ "id": id, "withdrawn": true }));
    let taken_back = read(&say(&mut *encoder, &withdrawn, NOW).unwrap());
    let of = vec![format!("ncc@border.example,{id}.1")];
    assert_eq!(taken_back.relation, Relation::Cancel { of });
}

#[test]
fn times_have_a_numeric_offset_in_every_zone() {
    for (zone, sent) in [
        ("Europe/Kyiv", "2026-11-23T04:41:00+02:00"),
        ("UTC", "2026-11-23T02:41:00+00:00"),
        ("America/New_York", "2026-11-22T21:41:00-05:00"),
    ] {
        let yaml = format!("speak: {{sender: a@b, zone: {zone}, scope: public}}");
        let text = say(&mut *encoder("cap", &yaml), &event(&json!({})), NOW).unwrap();
        assert!(text.contains(&format!("<sent>{sent}</sent>")), "{text}");
        assert!(text.contains("<scope>Public</scope>") && !text.contains("<restriction>"));
        assert_eq!(read(&text).reported, Some(NOW));
    }
}

#[test]
fn every_shape_is_a_polygon_or_a_circle_and_every_event_type_fits_the_schema() {
    let at = |lat: f64, lon: f64| json!({ "lat": lat, "lon": lon });
    let ring = [at(48.0, 23.5), at(48.0, 23.6), at(48.1, 23.6)];
    for (geometry, shape) in [
        (json!({ "shape": "area", "rings": [ring] }), "polygon"),
        (json!({ "shape": "line", "points": ring }), "circle"),
        (
            json!({ "shape": "circle", "center": ring[0], "radius_m": 1500.0 }),
            "circle",
        ),
    ] {
        let place = json!({ "geometry": geometry });
        let text = say(&mut *speaking(), &event(&json!({ "place": place })), NOW).unwrap();
        assert!(text.contains(&format!("<{shape}>")), "{text}");
        assert!(read(&text).place.geometry.is_some());
    }
    for (code, word) in crate::vocabulary::all() {
        let text = say(&mut *speaking(), &event(&json!({ "type_code": code })), NOW).unwrap();
        let out = decode("strictness: strict", text.as_bytes());
        assert_eq!(codes(&out), Vec::<&str>::new(), "{code}: {:?}", out.rejects);
        assert!(text.contains(&word.uk.replace('&', "&amp;")), "{text}");
    }
    let nowhere = event(&json!({ "place": null, "section": null, "type_code": "NEW99" }));
    let text = say(&mut *speaking(), &nowhere, NOW).unwrap();
    assert!(
        !text.contains("<area>") && text.contains("<event>Event</event>"),
        "{text}"
    );
}

#[test]
fn who_has_no_name_to_speak_under_does_not_speak() {
    let silent = crate::registry::build("cap", crate::Options::new("")).unwrap();
    assert!(silent.encoder().is_none());
    let problems = crate::registry::build(
        "cap",
        crate::Options::new("speak:\n  sender: a b\n  zone: Mars\n  scpe: public\n"),
    );
    let problems = problems.err().unwrap();
    let lines: Vec<u32> = problems.iter().map(|p| p.line).collect();
    assert_eq!(lines, [2, 3, 4], "{problems:?}");
}

#[test]
fn the_rules_of_this_folder_are_those_of_the_oasis_schemas() {
    let Some(folder) = peers::data() else {
        peers::skipped("the OASIS schemas");
        return;
    };
    let mut rules = 0;
    for (file, ns) in [
        ("cap12.xsd", Ns::Cap12),
        ("cap11.xsd", Ns::Cap11),
        ("cap10.xsd", Ns::Cap10),
    ] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        rules += compare_with(&xml::parse(&text).unwrap().unwrap(), ns, file);
    }
    assert!(rules > 270, "{rules} rules");
}

/// Compares every element's place and number and every word; gives how many there are.
fn compare_with(schema: &Element, ns: Ns, file: &str) -> usize {
    let mut rules = 0;
    for (name, rows) in super::schema::STRUCTURE {
        let sequence = find(schema, name, "sequence").unwrap();
        let elements = sequence.children.iter().filter(|c| c.name == "element");
        let theirs: Vec<(String, String, String)> = elements
            .map(|c| {
                let at = |key: &str| c.attribute(key).unwrap_or("1").to_owned();
                let name = c.attribute("name").unwrap().to_owned();
                (name, at("minOccurs"), at("maxOccurs"))
            })
            .collect();
        let most = |n: usize| match n {
            usize::MAX => "unbounded".to_owned(),
            n => n.to_string(),
        };
        let ours: Vec<(String, String, String)> = rows
            .iter()
            .filter_map(|row| super::schema::row(*row, ns))
            .map(|(child, least, n)| (child.to_owned(), least.to_string(), most(n)))
            .collect();
        assert_eq!(ours, theirs, "{file} {name}");
        rules += ours.len();
    }
    for (_, rows) in super::schema::STRUCTURE {
        for (name, _, _) in rows.iter().filter_map(|row| super::schema::row(*row, ns)) {
            let Some(words) = super::schema::words(name, ns) else {
                continue;
            };
            let restriction = find(schema, name, "restriction").unwrap();
            let values = restriction.children.iter();
            let theirs: Vec<&str> = values.filter_map(|c| c.attribute("value")).collect();
            assert_eq!(words, theirs, "{file} {name}");
            rules += theirs.len();
        }
    }
    rules
}

/// The first `what` within the declaration of the element `name`.
fn find<'e>(within: &'e Element, name: &str, what: &str) -> Option<&'e Element> {
    let found = within.name == "element" && within.attribute("name") == Some(name);
    if found {
        return inside(within, what);
    }
    within.children.iter().find_map(|c| find(c, name, what))
}

fn inside<'e>(within: &'e Element, what: &str) -> Option<&'e Element> {
    let own = within.children.iter();
    own.clone()
        .find(|c| c.name == what)
        .or_else(|| own.clone().find_map(|c| inside(c, what)))
}
