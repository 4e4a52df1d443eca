//! Tests of the format; those of the mapping language are in `mapping/tests.rs`, those of shapes in
//! `mapping/geometry.rs`.

use oneroof_model::{Draft, Geometry, LatLon, QualityIssue, ReportDraft};
use serde_json::json;

use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::registry::{Options, build};

contract!("geojson");

/// A mapping that takes every feature and reads its `id`.
const PLAIN: &str = "kind: geojson\nmap: {draft: report, id: id, type: {const: SYS01}}\n";

fn decode(yaml: &str, chunks: &[&[u8]]) -> Output {
    let format = build("geojson", Options::new(yaml)).unwrap_or_else(|p| panic!("{p:?}"));
    let mut decoder = format.decoder();
    let mut out = Output::with_decoded();
    for chunk in chunks {
        decoder.push(chunk, RECEIVED, &mut out);
    }
    decoder.finish(RECEIVED, &mut out);
    out
}

fn reports(out: &Output) -> Vec<&ReportDraft> {
    let reports = out.drafts.iter().filter_map(|d| match &d.draft {
        Draft::Report(r) => Some(&**r),
        _ => None,
    });
    reports.collect()
}

fn keys(out: &Output) -> Vec<&str> {
    let sources = reports(out).into_iter().filter_map(|r| r.source.as_ref());
    sources.map(|s| s.key.as_str()).collect()
}

fn codes(out: &Output) -> Vec<&'static str> {
    out.rejects.iter().map(|r| r.reason.code).collect()
}

fn feature(id: &str) -> String {
    let point = r#"{"type":"Point","coordinates":[24.5,48.25]}"#;
    format!(r#"{{"type":"Feature","id":"{id}","properties":{{}},"geometry":{point}}}"#)
}

fn collection(features: &[String]) -> String {
    format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        features.join(",")
    )
}

#[test]
fn a_feature_a_collection_lines_and_sequences_are_read_alike() {
    let (a, b) = (feature("a"), feature("b"));
    for text in [
        collection(&[a.clone(), b.clone()]),
        format!("{a}\n{b}\n"),
        format!("{a}{b}"),
        format!("\u{1e}{a}\n\u{1e}{b}\n"),
        format!("\u{feff}{a}\r\n{b}"),
        format!("{}\n{}", collection(&[a]), collection(&[b])),
    ] {
        let out = decode(PLAIN, &[text.as_bytes()]);
        assert_eq!(
            (keys(&out), codes(&out)),
            (vec!["a", "b"], vec![]),
            "{text}"
        );
        let at = LatLon::new(48.25, 24.5).unwrap();
        assert_eq!(
            reports(&out)[1].place.geometry,
            Some(Geometry::Point { at }),
            "{text}"
        );
    }
}

#[test]
fn features_come_out_one_by_one_while_the_collection_goes_on() {
    let format = build("geojson", Options::new(PLAIN)).unwrap();
    let mut decoder = format.decoder();
    let mut out = Output::default();
    decoder.push(br#"{"features":["#, RECEIVED, &mut out);
    for n in 0..500 {
        let text = format!("{},\n", feature(&n.to_string()));
        decoder.push(text.as_bytes(), RECEIVED, &mut out);
        assert_eq!(out.drafts.len(), n + 1);
    }
    decoder.push(br#"], "type": "FeatureCollection"}"#, RECEIVED, &mut out);
    decoder.finish(RECEIVED, &mut out);
    assert!(
        out.rejects.is_empty() && out.skipped.is_empty(),
        "{:?}",
        out.rejects
    );
}

#[test]
fn a_feature_that_is_no_json_costs_only_itself_where_features_stand_on_lines() {
    let text = format!(
        "{{\"type\":\"FeatureCollection\",\"features\":[\n{},\n{},\n{}\n,{}\n]}}",
        feature("a"),
        feature("b").replace("\"id\":", "\"id\""),
        feature("c"),
        feature("d"),
    );
    for size in [1, 3, 64, 10_000] {
        let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
        let out = decode(PLAIN, &chunks);
        assert_eq!(
            (keys(&out), codes(&out)),
            (vec!["a", "c", "d"], vec!["bad_json"]),
            "{size}"
        );
        assert!(
            out.rejects[0]
                .raw
                .starts_with(br#"{"type":"Feature","id""b""#)
        );
    }
}

#[test]
fn a_strange_feature_costs_only_itself_and_can_be_decoded_again() {
    let yaml = PLAIN.replace("id: id", "id: {template: '{$.n}-{id}'}");
    let text = format!(
        r#"{{"n":7,"type":"FeatureCollection","features":[{},{{"type":"Point"}},{{"type":"Feature","id":[]}},5,{}]}}"#,
        feature("a"),
        feature("b")
    );
    let out = decode(&yaml, &[text.as_bytes()]);
    assert_eq!(keys(&out), ["7-a", "7-b"]);
    assert_eq!(
        codes(&out),
        ["not_a_feature", "missing_id", "not_a_feature"]
    );
    let raw = br#"{"n":7,"type":"FeatureCollection","features":[{"type":"Feature","id":[]}"#;
    assert_eq!(out.rejects[1].raw, raw);
    let again = decode(&yaml, &[raw]);
    assert_eq!(
        (codes(&again), again.rejects[0].raw.as_slice()),
        (vec!["missing_id"], &raw[..])
    );
    assert_eq!(again.skipped["unfinished_collection"], 1);
    let good = decode(&yaml, &[&out.origins[1].raw]);
    assert_eq!(keys(&good), ["7-b"]);
}

#[test]
fn positions_in_another_system_are_refused_wherever_it_is_named() {
    let crs = |name: &str| format!(r#""crs":{{"type":"name","properties":{{"name":"{name}"}}}}"#);
    let (wgs, other) = (crs("urn:ogc:def:crs:OGC:1.3:CRS84"), crs("EPSG:3857"));
    let within =
        |crs: &str| feature("a").replace("\"properties\"", &format!("{crs},\"properties\""));
    let inner =
        |crs: &str| feature("a").replace("\"coordinates\"", &format!("{crs},\"coordinates\""));
    let around = |crs: &str| {
        format!(
            r#"{{{crs},"type":"FeatureCollection","features":[{}]}}"#,
            feature("a")
        )
    };
    for text in [within(&wgs), inner(&wgs), around(&wgs)] {
        assert_eq!(keys(&decode(PLAIN, &[text.as_bytes()])), ["a"], "{text}");
    }
    for text in [within(&other), inner(&other), around(&other)] {
        let out = decode(PLAIN, &[text.as_bytes()]);
        assert_eq!((keys(&out), codes(&out)), (vec![], vec!["crs"]), "{text}");
    }
    let late = format!(
        r#"{{"type":"FeatureCollection","features":[{}],{other}}}"#,
        feature("a")
    );
    let out = decode(PLAIN, &[late.as_bytes()]);
    assert_eq!((keys(&out), codes(&out)), (vec!["a"], vec!["crs"]));
    assert!(out.rejects[0].reason.detail.contains("behind 1 features"));
}

#[test]
fn no_more_than_one_feature_is_held_and_a_longer_one_is_a_reject() {
    let yaml = format!("limits: {{feature_bytes: 1024}}\n{PLAIN}");
    let long = feature("x").replace("{}", &format!(r#"{{"a":"{}"}}"#, "y".repeat(5_000)));
    for text in [
        collection(&[feature("a"), long.clone(), feature("b")]),
        format!("{}\n{long}\n{}", feature("a"), feature("b")),
        format!(
            "{}\n[\"{}\"]\n{}",
            feature("a"),
            "y".repeat(5_000),
            feature("b")
        ),
    ] {
        for size in [1, 700, 10_000] {
            let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            let out = decode(&yaml, &chunks);
            assert_eq!(
                (keys(&out), codes(&out)),
                (vec!["a", "b"], vec!["too_long"]),
                "{size}"
            );
        }
    }
    let tail = format!(
        "{{\"features\":[{}],\"type\":\"FeatureCollection\",\"z\":\"{}\"}}\n{}",
        feature("a"),
        "y".repeat(5_000),
        feature("b")
    );
    let out = decode(&yaml, &[tail.as_bytes()]);
    assert_eq!(
        (keys(&out), codes(&out)),
        (vec!["a", "b"], vec!["too_long"])
    );
}

#[test]
fn hostile_texts_are_rejected_with_a_reason() {
    let deep = feature("a").replace(
        "{}",
        &format!(r#"{{"x":{}1{}}}"#, "[".repeat(40), "]".repeat(40)),
    );
    for (text, code) in [
        (r#"{"type":"Feature","id":1,"id":2}"#, "duplicate_key"),
        (r#"{"type":"Feature","id":NaN}"#, "bad_json"),
        (r#"{"type":"Topology"}"#, "not_geojson"),
        (r#"{"type":"FeatureCollection"}"#, "not_geojson"),
        (r#"{"features":[]}"#, "not_geojson"),
        (
            r#"{"type":"FeatureCollection","features":[],"features":[]}"#,
            "bad_json",
        ),
        (r#"{"type":"Feature","id":1"#, "truncated"),
        ("17", "not_geojson"),
        ("[1]", "not_geojson"),
        ("nonsense\n", "not_geojson"),
        ("}", "bad_json"),
        (deep.as_str(), "bad_json"),
        ("\u{0}\u{0}", "bad_json"),
    ] {
        assert_eq!(codes(&decode(PLAIN, &[text.as_bytes()])), [code], "{text}");
    }
    let brackets = format!("{{\"features\":{}", "[".repeat(100_000));
    assert_eq!(codes(&decode(PLAIN, &[brackets.as_bytes()])), ["truncated"]);
}

#[test]
fn a_collection_is_shown_with_its_own_members_and_counted_where_it_is_empty() {
    let out = decode(
        "",
        &[br#"{"type":"FeatureCollection","bbox":[1,2,3,4],"features":[]}"#],
    );
    assert_eq!(out.skipped["empty_batch"], 1);
    let shown =
        json!({"collection": {"type": "FeatureCollection", "bbox": [1, 2, 3, 4]}, "features": 0});
    assert_eq!(out.to_lines()[0]["decoded"], shown);
    let out = decode("", &[collection(&[feature("a")]).as_bytes()]);
    assert_eq!(out.skipped["no_mapping"], 1);
    assert_eq!(out.to_lines()[1]["decoded"]["features"], 1);
}

#[test]
fn the_place_is_the_geometry_unless_the_mapping_says_otherwise() {
    let place = |word: &str| {
        let out = decode(
            &PLAIN.replace("SYS01}", &format!("SYS01}}{word}")),
            &[feature("a").as_bytes()],
        );
        reports(&out)[0].place.clone()
    };
    let at = LatLon::new(48.25, 24.5).unwrap();
    assert_eq!(place("").geometry, Some(Geometry::Point { at }));
    let near = place(", place: {kind: sighting, ce: {const: 50}}");
    assert_eq!(
        (near.geometry, near.ce_m),
        (Some(Geometry::Point { at }), Some(50.0))
    );
    let other = LatLon::new(1.0, 2.0).unwrap();
    let stated = place(", place: {lat: {const: 1}, lon: {const: 2}}");
    assert_eq!(stated.geometry, Some(Geometry::Point { at: other }));
}

#[test]
fn a_feature_without_a_place_one_of_several_parts_and_one_that_can_not_be_carried() {
    let bare = r#"{"type":"Feature","id":"a","geometry":null,"properties":null}"#;
    let out = decode(PLAIN, &[bare.as_bytes()]);
    assert_eq!(
        (keys(&out), &reports(&out)[0].place.geometry),
        (vec!["a"], &None)
    );
    let many = feature("b").replace(
        "\"Point\",\"coordinates\":[24.5,48.25]",
        "\"MultiPoint\",\"coordinates\":[[1,2],[3,4]]",
    );
    // One report under its own id, for the feature is one happening; its place is what is around the parts.
    let out = decode(PLAIN, &[many.as_bytes()]);
    assert_eq!(keys(&out), ["b"]);
    let report = reports(&out)[0];
    assert!(matches!(&report.place.geometry, Some(Geometry::Line { points }) if points.len() == 2));
    assert_eq!(report.issues, [QualityIssue::FormatFault]);
    let many = many
        .replace("[1,2]", "[-179,2]")
        .replace("[3,4]", "[179,4]");
    assert_eq!(
        codes(&decode(PLAIN, &[many.as_bytes()])),
        ["unsupported_geometry"]
    );
    let yaml = PLAIN.replace(
        "SYS01}",
        "SYS01}, place: {geojson: {path: geometry, on_error: drop}}",
    );
    let out = decode(&yaml, &[many.as_bytes()]);
    assert_eq!(reports(&out)[0].issues, [QualityIssue::FormatFault]);
}
