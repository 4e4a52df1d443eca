//! Real tables and maps of others, compared value by value with what plain readers of CSV and JSON make of them.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test speaks to its reader and fails by panic"
)]

mod shared;

use std::collections::BTreeMap;

use oneroof_feeds::{Details, Options, Output, build};
use oneroof_model::{Draft, Geometry, LatLon, QualityIssue, Time, validate_draft};
use serde_json::Value;

use shared::data;

/// 2012-01-01T00:00:00Z: everything here happened before, some of it not twenty years before.
const AT: Time = Time::from_secs(1_325_376_000);

/// 2022-04-01T00:00:00Z.
const SPRING: Time = Time::from_secs(1_648_771_200);

fn decode(kind: &str, options: &str, bytes: &[u8], at: Time) -> Output {
    let format = build(kind, Options::new(options)).unwrap();
    let mut decoder = format.decoder();
    let mut out = Output::with_decoded();
    for piece in bytes.chunks(1_000) {
        decoder.push(piece, at, &mut out);
    }
    decoder.finish(at, &mut out);
    out
}

/// The records as decoded.
fn records(out: &Output) -> Vec<Value> {
    let fields = out
        .decoded
        .iter()
        .flat_map(Details::iter)
        .filter_map(|d| d.fields);
    let values = fields.map(|text| serde_json::from_slice::<Value>(text).unwrap());
    values
        .filter_map(|mut v| v.get_mut("record").map(Value::take))
        .collect()
}

/// Cells by the simplest reading of RFC 4180 that there is, for tables without line breaks in cells.
fn plain_cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for c in line.trim_end_matches('\r').chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    cells
}

#[test]
fn tables_have_the_cells_that_a_plain_reader_finds() {
    let mut compared = 0;
    for name in [
        "events/air-raid-alerts-2022-03.csv",
        "events/border-crossings-us-bts.csv",
        "events/incidents-la-1992.csv",
        "geo/places.csv",
    ] {
        let Some(bytes) = data(name) else { return };
        let ours = records(&decode("csv", "", &bytes, AT));
        let text = String::from_utf8(bytes).unwrap();
        let mut lines = text.lines().map(plain_cells);
        let header = lines.next().unwrap();
        let rows: Vec<Vec<String>> = lines.collect();
        assert_eq!(ours.len(), rows.len(), "{name}");
        for (ours, row) in ours.iter().zip(&rows) {
            assert_eq!(
                ours.as_object().unwrap().len(),
                row.len(),
                "{name}: {row:?}"
            );
            for (column, cell) in header.iter().zip(row) {
                assert_eq!(ours[column], **cell, "{name} {column}: {row:?}");
                compared += 1;
            }
        }
    }
    println!("{compared} cells compared, all equal");
    assert!(compared > 50_000, "only {compared}");
}

#[test]
fn maps_have_the_features_that_a_plain_reader_finds() {
    let (mut compared, mut shapes) = (0, BTreeMap::<&str, u32>::new());
    for name in [
        "events/usgs-earthquakes-week.geojson.gz",
        "geo/countries-10m-europe-east.geojson.gz",
        "geo/ne-admin0-lines.geojson.gz",
        "geo/ne-admin1-lines.geojson.gz",
        "geo/ne-land.geojson.gz",
        "geo/ne-rivers.geojson.gz",
        "geo/neighbours-admin1.geojson.gz",
        "geo/ua-admin1.geojson",
    ] {
        let Some(bytes) = data(name) else { return };
        let whole: Value = serde_json::from_slice(&bytes).unwrap();
        let features = whole["features"].as_array().unwrap();
        let shown = decode("geojson", "", &bytes, AT);
        assert_eq!(&records(&shown), features, "{name}");
        compared += features.len();
        let out = decode(
            "geojson",
            "map: {draft: report, type: {const: CRI03}}",
            &bytes,
            AT,
        );
        for reject in &out.rejects {
            let code = reject.reason.code;
            let known = ["unsupported_geometry", "too_many_positions"];
            assert!(known.contains(&code), "{name}: {}", reject.reason);
            *shapes.entry("not carried").or_default() += 1;
        }
        assert_eq!(
            out.drafts.len() + out.rejects.len(),
            features.len(),
            "{name}"
        );
        for drafted in &out.drafts {
            let feature = &features[usize::try_from(drafted.record).unwrap()];
            let Draft::Report(report) = &drafted.draft else {
                panic!("{name}: {drafted:?}")
            };
            let geometry = report.place.geometry.as_ref().unwrap();
            let (positions, told) = (geometry.points().len(), &feature["geometry"]);
            let apart = told["type"] == "MultiLineString" && positions != count(told);
            if apart {
                // Lines that lie apart are carried as the area around them: as far as they reach, and marked.
                assert!(matches!(geometry, Geometry::Area { .. }), "{name}");
                assert!(report.issues.contains(&QualityIssue::FormatFault), "{name}");
                let (ours, theirs) = (reach(&geometry.points()), reach(&positions_of(told)));
                for (a, b) in ours.iter().zip(theirs) {
                    assert!(
                        (a - b).abs() < 1e-6,
                        "{name} {}: {ours:?} {theirs:?}",
                        drafted.record
                    );
                }
                *shapes.entry("parts that lie apart").or_default() += 1;
                continue;
            }
            assert_eq!(positions, count(told), "{name} {}", drafted.record);
            let shape = match geometry {
                Geometry::Point { .. } => "points",
                Geometry::Line { .. } => "lines",
                Geometry::Area { .. } => "areas",
                Geometry::Circle { .. } => "circles",
            };
            *shapes.entry(shape).or_default() += 1;
        }
    }
    println!("{compared} features compared, all equal; {shapes:?}");
    assert!(compared > 3_000, "only {compared}");
    assert!(shapes["parts that lie apart"] > 0, "{shapes:?}");
    // One shape of 12 701 positions, and what lies on both sides of the antimeridian.
    assert!(shapes["not carried"] < 10, "{shapes:?}");
}

/// Positions of lines.
fn positions_of(geometry: &Value) -> Vec<LatLon> {
    let lines = geometry["coordinates"].as_array().unwrap();
    let points = lines.iter().flat_map(|line| line.as_array().unwrap());
    points
        .map(|p| LatLon::new(p[1].as_f64().unwrap(), p[0].as_f64().unwrap()).unwrap())
        .collect()
}

/// South, west, north, east of positions.
fn reach(points: &[LatLon]) -> [f64; 4] {
    points
        .iter()
        .fold([90.0, 180.0, -90.0, -180.0], |[s, w, n, e], p| {
            [
                f64::min(s, p.lat()),
                f64::min(w, p.lon()),
                f64::max(n, p.lat()),
                f64::max(e, p.lon()),
            ]
        })
}

/// Positions of a geometry that the model carries: of polygons those of their outer rings.
fn count(geometry: &Value) -> usize {
    let list = geometry["coordinates"].as_array().unwrap();
    match geometry["type"].as_str().unwrap() {
        "Point" => 1,
        "Polygon" => list[0].as_array().unwrap().len(),
        "MultiPolygon" => list.iter().map(|p| p[0].as_array().unwrap().len()).sum(),
        // Each part begins where the one before ends.
        "MultiLineString" => {
            let parts = list.iter().map(|line| line.as_array().unwrap().len() - 1);
            parts.sum::<usize>() + 1
        }
        _ => list.len(),
    }
}

#[test]
fn earthquakes_become_reports_with_their_own_times_and_places() {
    let Some(bytes) = data("events/usgs-earthquakes-week.geojson.gz") else {
        return;
    };
    let whole: Value = serde_json::from_slice(&bytes).unwrap();
    let options = "time: epoch_ms\nmap: {draft: report, id: id, revision_time: properties.updated, type: {const: CRI03}, occurred: properties.time, title: properties.title}";
    // A week of 2018.
    let at = Time::from_secs(1_517_970_000);
    let out = decode("geojson", options, &bytes, at);
    assert!(out.rejects.is_empty(), "{:?}", out.rejects[0]);
    let features = whole["features"].as_array().unwrap();
    assert_eq!(out.drafts.len(), features.len());
    for (drafted, feature) in out.drafts.iter().zip(features) {
        validate_draft(&drafted.draft, at, None).unwrap();
        let Draft::Report(report) = &drafted.draft else {
            panic!("a report")
        };
        let source = report.source.as_ref().unwrap();
        assert_eq!(source.key, feature["id"].as_str().unwrap());
        assert_eq!(source.revision, feature["properties"]["updated"].as_i64());
        let occurred = report.occurred.unwrap().from.as_millis();
        assert_eq!(Some(occurred), feature["properties"]["time"].as_i64());
        let Some(Geometry::Point { at }) = report.place.geometry else {
            panic!("a point")
        };
        let position = &feature["geometry"]["coordinates"];
        assert_eq!(
            (position[0].as_f64(), position[1].as_f64()),
            (Some(at.lon()), Some(at.lat()))
        );
    }
    let unmapped = &out.to_lines()[0]["decoded"]["unmapped"];
    assert!(
        unmapped
            .as_array()
            .unwrap()
            .contains(&"geometry.coordinates[2]".into()),
        "{unmapped}"
    );
}

#[test]
fn alerts_become_reports_of_their_times() {
    let Some(bytes) = data("events/air-raid-alerts-2022-03.csv") else {
        return;
    };
    let options = "map: {draft: report, type: {const: CRI03}, id: {template: '{oblast}/{started_at}'}, occurred: {from: started_at, to: finished_at}, place: {described: [hromada, raion, oblast]}}";
    let out = decode("csv", options, &bytes, SPRING);
    assert!(out.rejects.is_empty(), "{:?}", out.rejects);
    assert_eq!(out.drafts.len(), 56);
    let Draft::Report(first) = &out.drafts[0].draft else {
        panic!("a report")
    };
    let occurred = first.occurred.unwrap();
    assert_eq!(occurred.from, "2022-03-15T16:10:34Z".parse().unwrap());
    assert_eq!(occurred.to, "2022-03-15T16:50:07Z".parse().unwrap());
    assert_eq!(first.place.described.as_deref(), Some("Vinnytska oblast"));
    for drafted in &out.drafts {
        validate_draft(&drafted.draft, SPRING, None).unwrap();
    }
}

#[test]
fn incidents_become_reports_at_their_positions() {
    let Some(bytes) = data("events/incidents-la-1992.csv") else {
        return;
    };
    let options = "time: '%Y-%m-%d'\nmap: {draft: report, type: {const: SEC01}, occurred: death_date, place: {lat: latitude, lon: longitude, kind: geocoded, described: address}}";
    let out = decode("csv", options, &bytes, AT);
    let rows = String::from_utf8(bytes).unwrap().lines().count() - 1;
    assert_eq!(out.drafts.len() + out.rejects.len(), rows);
    println!("{} of {rows} rejected", out.rejects.len());
    assert!(out.rejects.len() * 10 <= rows, "{:?}", out.rejects);
    for drafted in &out.drafts {
        validate_draft(&drafted.draft, AT, None).unwrap();
    }
}
