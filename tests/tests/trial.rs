//! `oneroof try` and `oneroof formats`: whoever writes a feed's file sees what it does, without a server.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::Path;

use oneroof_tests::{missing_binary, oneroof};
use serde_json::Value;

/// A feed's file whose table has a column that no rule reads.
const FEED: &str = r#"feed: queue
org: CU
name: {uk: "Черга", en: "Queue"}
source_kind: border_check
transport: {kind: http_push}
format:
  kind: csv
  delimiter: semicolon
  map:
    - rule: incident
      draft: report
      id: "№"
      type: {path: kind, table: {A: SYS01}}
      occurred: when
      place: {bcp: bcp}
      text: note
"#;

const SAMPLE: &str = "№;kind;when;bcp;note;driver's name\n\
    1;A;2026-11-23T02:40:00Z;UAPL07;\"two; lorries\";x\n\
    2;A;2026-11-23T02:41:00Z\n\
    3;A;;UAPL07;;\n";

fn site(feed: &str, sample: &str) -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (feed, sample) = (write("queue.yaml", feed), write("sample.csv", sample));
    (folder, feed, sample)
}

#[test]
fn a_sample_is_shown_record_by_record_with_what_is_not_mapped() {
    if missing_binary() {
        return;
    }
    let (_folder, feed, sample) = site(FEED, SAMPLE);
    let args = [
        "try",
        &feed,
        &sample,
        "--received-at",
        "2026-11-23T02:45:00Z",
    ];
    let done = oneroof(&args);
    assert_eq!(
        done.code,
        Some(1),
        "two records are rejected:\n{}",
        done.out
    );
    for part in [
        "record 0, line 1: left out (header)",
        "record 1, line 2, rule `incident`",
        "    source.key: 1",
        "    text: two; lorries",
        "  not mapped: driver's name",
        "record 2: REJECTED ragged_row: line 3: expected 6 columns, found 3",
        "record 3, line 4, rule `incident`: REJECTED missing.time",
        "4 records: 2 drafts, 1 left out, 2 rejected",
    ] {
        assert!(
            done.out.contains(part),
            "`{part}` is missing in:\n{}",
            done.out
        );
    }
    let lines = oneroof(&[args.as_slice(), &["--json"]].concat());
    let lines: Vec<Value> = lines
        .out
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(lines[1]["drafts"][0]["type_code"], "SYS01");
    assert_eq!(lines[1]["unmapped"][0], "driver's name");
    assert_eq!(lines[2]["reject"]["code"], "ragged_row");
    let summary = &lines.last().unwrap()["summary"];
    assert_eq!(
        (&summary["rejected"], &summary["unmapped"]["driver's name"]),
        (&2.into(), &2.into())
    );
}

#[test]
fn a_sample_without_rejects_ends_well_and_options_alone_are_enough() {
    if missing_binary() {
        return;
    }
    let options = FEED.split_once("format:\n").unwrap().1;
    let good = SAMPLE.lines().take(2).collect::<Vec<_>>().join(
        "
",
    );
    let (_folder, feed, sample) = site(options, &good);
    let done = oneroof(&[
        "try",
        &feed,
        &sample,
        "--received-at",
        "2026-11-23T02:45:00Z",
    ]);
    assert_eq!(done.code, Some(0), "{}{}", done.out, done.err);
    assert!(done.out.contains("0 rejected"), "{}", done.out);
}

#[test]
fn faults_of_the_feed_are_told_at_their_lines() {
    if missing_binary() {
        return;
    }
    let (_folder, feed, sample) = site(&FEED.replace("occurred", "occured"), SAMPLE);
    let done = oneroof(&["try", &feed, &sample]);
    assert_eq!(done.code, Some(1));
    assert!(done.err.contains("queue.yaml:14:"), "{}", done.err);
    assert!(
        done.err.contains("did you mean `occurred`?"),
        "{}",
        done.err
    );
    let missing = oneroof(&["try", &feed, "/nowhere/at/all"]);
    assert_eq!(missing.code, Some(1));
}

#[test]
fn the_formats_are_listed_and_each_shows_its_example() {
    if missing_binary() {
        return;
    }
    let all = oneroof(&["formats"]).ok();
    let listed: Vec<&str> = all
        .out
        .lines()
        .filter_map(|l| l.split_whitespace().next())
        .collect();
    assert!(
        ["csv", "geojson", "json", "xml"]
            .iter()
            .all(|k| listed.contains(k)),
        "{}",
        all.out
    );
    let json: Value = serde_json::from_str(&oneroof(&["formats", "--json"]).ok().out).unwrap();
    let kinds = json.as_array().unwrap();
    assert_eq!(kinds.len(), listed.len());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/feeds/src/formats");
    for kind in kinds {
        let name = kind["kind"].as_str().unwrap();
        let example = fs::read_to_string(root.join(name).join("example.yaml")).unwrap();
        assert_eq!(kind["example"], *example, "{name}");
        let shown = oneroof(&["formats", name]).ok();
        assert!(
            shown.out.contains(example.trim_end()),
            "{name}:\n{}",
            shown.out
        );
    }
    assert_eq!(oneroof(&["formats", "nonsense"]).code, Some(1));
}
