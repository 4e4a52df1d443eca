//! Tests of the mapping language through whole mappings.

use insta::assert_snapshot;
use oneroof_model::{
    Classification, Draft, IdentifierKind, QualityIssue, Relation, ReportDraft, Time,
};
use serde_json::{Value, json};

use super::{Ground, Mapping, Node, Problems, Section};

pub(super) fn read(yaml: &str) -> Result<Mapping, String> {
    let node = Node::parse(yaml).map_err(|p| p.to_string())?;
    let mut problems = Problems::default();
    let mut section = Section::open(&node, &mut problems).ok_or("not a map")?;
    let mapping = Mapping::read_in(&mut section, &mut problems);
    section.finish(&mut problems);
    let list: Vec<String> = problems
        .into_sorted()
        .iter()
        .map(ToString::to_string)
        .collect();
    match mapping {
        Some(mapping) if list.is_empty() => Ok(mapping),
        _ => Err(list.join("\n")),
    }
}

fn received() -> Time {
    "2026-11-23T02:41:00Z".parse().unwrap()
}

fn apply(yaml: &str, record: &Value) -> super::Applied {
    read(yaml)
        .unwrap_or_else(|p| panic!("{p}"))
        .apply(Ground::alone(record), received())
}

fn report(yaml: &str, record: &Value) -> ReportDraft {
    match apply(yaml, record).drafts.pop() {
        Some(Draft::Report(report)) => *report,
        other => panic!("expected a report, found {other:?}"),
    }
}

#[test]
fn all_problems_of_a_mapping_are_told_at_once_with_line_and_column() {
    let yaml = r#"zone: Europe/Kiyv
decimal: coma
tables:
  kinds: [A, B]
map:
  - when: { path: a..b, equals: 1 }
    draft: report
    type: { path: kind, table: kindz }
    occured: time
    reported: { path: t, format: "%Q" }
    place:
      lat: { path: y, unit: furlong }
      kind: seen
    persons: 5
    life_at_risk: [{ path: x }]
    identifiers: { kind: plates, from: plate }
    marking: { tlp: YELLOW }
    mode: { path: m, table: { "1": drill } }
  - draft: positions
  - draft: position
    lat: a
    lon: b
  - draft: heartbeat
"#;
    assert_snapshot!(read(yaml).unwrap_err(), @r#"
    line 1 column 7: [unknown_zone] no time zone of this name in the IANA database (at `zone`); as in Europe/Kyiv, Europe/Bucharest, UTC
    line 2 column 10: [unknown_word] expected one of: point, comma (at `decimal`); did you mean `comma`?
    line 4 column 10: [wrong_type] expected a table or the name of one, found a list (at `tables.kinds`)
    line 6 column 5: [missing_key] a report needs `type`: a path with a table, or {const: SYS01} (at `map[0]`)
    line 6 column 19: [bad_path] not a path: an empty step (two dots, or a dot before a bracket) (at `map[0].when.path`)
    line 8 column 32: [unknown_table] no table of this name; there are:  (at `map[0].type.table`)
    line 9 column 5: [unknown_key] unknown key `occured` (at `map[0].occured`); did you mean `occurred`?
    line 12 column 7: [no_place] nothing here says where: expected lat and lon, pair, geojson, bcp or section (at `map[0].place`)
    line 12 column 12: [half_a_position] `lat` and `lon` belong together (at `map[0].place.lat`)
    line 13 column 13: [unknown_word] expected one of: gnss, sensor, camera, sighting, geocoded, crossing_point, area, section, unknown (at `map[0].place.kind`)
    line 14 column 14: [wrong_type] expected a path, a list of alternatives or a map, found a number (at `map[0].persons`); write `{const: ...}` for a fixed value
    line 15 column 20: [no_test] a path without a test (at `map[0].life_at_risk[0]`); add equals, in, contains, exists, at_least or at_most
    line 16 column 26: [unknown_word] expected one of: plate, mmsi, imo, icao24, call_sign, document, phone (at `map[0].identifiers.kind`); did you mean `plate`?
    line 17 column 21: [unknown_word] expected one of: CLEAR, GREEN, AMBER, AMBER+STRICT, RED (at `map[0].marking.tlp`)
    line 18 column 36: [unknown_word] expected one of: actual, exercise, test (at `map[0].mode`)
    line 19 column 12: [unknown_word] expected one of: report, position, unit, figures, threat, weather, heartbeat, delete, skip (at `map[1].draft`); did you mean `position`?
    line 20 column 5: [missing_key] the key `track` is missing here (at `map[2]`)
    "#);
}

#[test]
fn a_rule_that_takes_everything_may_not_stand_before_others() {
    let problems = read("map:\n  - draft: skip\n  - draft: heartbeat\n").unwrap_err();
    assert!(
        problems.starts_with("line 2 column 5: [unreachable]"),
        "{problems}"
    );
    assert!(read("map:\n  - {draft: heartbeat, go_on: true}\n  - draft: skip\n").is_ok());
}

#[test]
fn an_unknown_code_becomes_other_and_is_kept() {
    let yaml = "map: {draft: report, type: {path: k, table: {A: SYS01}}}";
    let known = report(yaml, &json!({"k": "A"}));
    assert_eq!(known.type_code.unwrap().as_str(), "SYS01");
    assert_eq!(known.original_code.as_deref(), Some("A"));
    let unknown = report(yaml, &json!({"k": "Q-7"}));
    assert_eq!(unknown.type_code.unwrap().as_str(), "OTH");
    assert_eq!(unknown.original_code.as_deref(), Some("Q-7"));
    assert_eq!(unknown.issues, [QualityIssue::UnknownCode]);
}

#[test]
fn the_first_alternative_with_a_value_counts() {
    let yaml = "map: {draft: report, type: {const: X}, title: [a, {path: b, missing: ['-']}, {const: none}]}";
    let title = |v: &Value| report(yaml, v).title;
    assert_eq!(title(&json!({"a": "", "b": "two"})).as_deref(), Some("two"));
    assert_eq!(
        title(&json!({"a": null, "b": "-"})).as_deref(),
        Some("none")
    );
    assert_eq!(
        title(&json!({"a": " one ", "b": "two"})).as_deref(),
        Some("one")
    );
}

#[test]
fn a_field_that_can_not_be_read_rejects_or_is_dropped_as_the_mapping_says() {
    let strict = "map: {draft: report, type: {const: X}, persons: n}";
    assert_eq!(
        apply(strict, &json!({"n": "six"})).reject.unwrap().0,
        "not_a_number"
    );
    let lax = "map: {draft: report, type: {const: X}, persons: {path: n, on_error: drop}}";
    let draft = report(lax, &json!({"n": "six"}));
    assert_eq!(
        (draft.persons, draft.issues),
        (None, vec![QualityIssue::FormatFault])
    );
    let required = "map: {draft: report, type: {const: X}, title: {path: t, required: true}}";
    assert_eq!(
        apply(required, &json!({})).reject.unwrap().0,
        "missing_field"
    );
}

#[test]
fn counts_are_exact_or_bounds() {
    let yaml =
        "map: {draft: report, type: {const: X}, persons: {n: n, min: lo, max: hi}, vehicles: v}";
    let draft = report(yaml, &json!({"lo": 3, "hi": "5", "v": 0}));
    let persons = draft.persons.unwrap();
    assert_eq!(
        (persons.n, persons.min, persons.max),
        (None, Some(3), Some(5))
    );
    assert_eq!(draft.vehicles.unwrap().n, Some(0));
    assert_eq!(
        report(yaml, &json!({"n": 4, "lo": 3}))
            .persons
            .unwrap()
            .bounds(),
        Some((4, 4))
    );
    assert_eq!(
        apply(yaml, &json!({"v": 1.5})).reject.unwrap().0,
        "not_a_count"
    );
    assert_eq!(
        apply(yaml, &json!({"v": 1e12})).reject.unwrap().0,
        "not_a_count"
    );
}

#[test]
fn updates_and_cancels_name_what_they_are_about() {
    let yaml = "map:\n  draft: report\n  type: {const: X}\n  cancel: {when: {path: s, equals: C}, of: of}\n  update: {when: {path: s, in: [U, V]}, of: of}\n";
    let relation = |v: &Value| report(yaml, v).relation;
    assert_eq!(relation(&json!({"s": "N", "of": "1"})), Relation::New);
    assert_eq!(
        relation(&json!({"s": "V", "of": 1})),
        Relation::Update {
            of: vec!["1".into()]
        }
    );
    let of = vec!["1".into(), "2".into()];
    assert_eq!(
        relation(&json!({"s": "C", "of": ["1", 2]})),
        Relation::Cancel { of }
    );
}

#[test]
fn a_life_at_risk_is_said_only_where_a_sign_of_it_is_there() {
    let yaml = "map: {draft: report, type: {const: X}, life_at_risk: [{path: 'a[0]', exists: true}, {path: t, contains: [ТОНЕ, river]}, {path: n, at_least: 3}]}";
    let life = |v: &Value| report(yaml, v).life_at_risk;
    assert_eq!(life(&json!({"t": "Один тоне"})), Some(true));
    assert_eq!(life(&json!({"n": "3"})), Some(true));
    assert_eq!(life(&json!({"t": "all well", "n": 2})), None);
}

#[test]
fn marking_identifiers_and_files_come_from_their_lists() {
    let yaml = r"map:
  draft: report
  type: {const: X}
  identifiers: [{kind: plate, each: cars, from: no}, {kind: mmsi, from: ships}]
  attachments: {each: files, name: n, uri: u, sha256: h}
  marking: {classification: {path: m, default: dsk}, tlp: RED, handling: hc, releasable_to: {const: [BG, PO]}}
";
    let draft = report(
        yaml,
        &json!({"cars": [{"no": "aa 12-34"}, {"no": "AA1234"}, {}], "ships": [272_000_001, 272_000_002],
            "files": [{"n": "a.jpg", "u": "x:y", "h": "zz"}, {"u": "nameless"}], "hc": "H1, H9"}),
    );
    let plates: Vec<&str> = draft.identifiers.iter().map(|i| i.value.as_str()).collect();
    assert_eq!(plates, ["AA1234", "272000001", "272000002"]);
    assert_eq!(draft.identifiers[1].kind, IdentifierKind::Mmsi);
    assert_eq!(
        (draft.attachments.len(), &draft.attachments[0].sha256),
        (1, &None)
    );
    let marking = draft.marking.unwrap();
    assert_eq!(marking.classification, Classification::Dsk);
    // An unknown restriction is still one: H3.
    assert_eq!(
        (marking.handling.len(), marking.releasable_to.len()),
        (2, 2)
    );
}

#[test]
fn units_of_measure_are_converted_and_wrong_ones_refused() {
    let yaml = "map: {draft: position, track: {domain: vessel, id: m}, lat: y, lon: x, speed: {path: s, unit: kn}, altitude: {path: a, unit: ft}, course: {path: c, unit: rad}}";
    let record = json!({"m": 272_000_001, "y": 46.5, "x": 30.7, "s": 10, "a": 100, "c": -core::f64::consts::FRAC_PI_2});
    let applied = apply(yaml, &record);
    let [Draft::Position(p)] = applied.drafts.as_slice() else {
        panic!("{applied:?}")
    };
    assert!((p.speed_mps.unwrap() - 5.144_444).abs() < 1e-4);
    assert!((p.alt_m.unwrap() - 30.48).abs() < 1e-4);
    assert!((p.course_deg.unwrap() - 270.0).abs() < 1e-3);
    let wrong = yaml.replace("unit: kn", "unit: ft");
    assert!(
        read(&wrong)
            .unwrap_err()
            .contains("[unknown_word] expected one of: m/s, km/h, kn")
    );
}

#[test]
fn half_a_position_is_a_fault_and_none_is_none() {
    let yaml = "map: {draft: report, type: {const: X}, place: {lat: {path: y, missing: [0]}, lon: {path: x, missing: [0]}, bcp: b}}";
    assert_eq!(
        apply(yaml, &json!({"y": 48})).reject.unwrap().0,
        "half_a_position"
    );
    let coarse = report(yaml, &json!({"y": 0, "x": "0", "b": "UAPL07"}));
    assert_eq!(coarse.place.geometry, None);
    assert_eq!(coarse.issues, [QualityIssue::PlaceCoarse]);
}

#[test]
fn codes_that_the_configuration_must_have_are_listed_with_their_places() {
    let yaml = "tables: {t: {a: SYS01}}\nmap:\n  draft: report\n  type: {path: k, table: t, default: OTH}\n  org: {const: BG}\n  place: {bcp: {path: b, table: {x: UAPL07}}}\n";
    let mapping = read(yaml).unwrap_or_else(|p| panic!("{p}"));
    let found: Vec<(String, u32)> = mapping
        .references()
        .into_iter()
        .map(|r| (r.code, r.pos.line))
        .collect();
    let expected = [("OTH", 4), ("SYS01", 1), ("BG", 5), ("UAPL07", 6)];
    assert_eq!(found, expected.map(|(c, l)| (c.to_owned(), l)));
}

#[test]
fn a_code_that_yaml_takes_for_a_boolean_is_still_the_senders_code() {
    let yaml =
        "map: {draft: report, type: {const: X}, cancel: {when: {path: s, in: [FALSE, NO]}, of: o}}";
    for code in [json!("FALSE"), json!(false), json!("NO")] {
        let relation = report(yaml, &json!({"s": code, "o": 1})).relation;
        let of = vec!["1".into()];
        assert_eq!(relation, Relation::Cancel { of }, "{code}");
    }
}
