//! The examples of `docs/feeds.md` are what they say they are.
//!
//! Those of the formats are copies of each `example.yaml`. `INSTA_UPDATE=always cargo test -p oneroof-feeds --test
//! documents` (also part of `cargo xtask bless`) writes them anew.

#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use oneroof_feeds::{KINDS, Options, Output, build};
use oneroof_model::{Draft, Geometry, LatLon, QualityIssue, Time, validate_draft};

/// 2026-11-23T00:41:00Z, a minute after the alarm of the example.
const AT: Time = Time::from_secs(1_795_394_460);

fn guide() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/feeds.md")
}

/// The first block of this language after a heading.
fn block(heading: &str, language: &str) -> String {
    let text = std::fs::read_to_string(guide()).unwrap();
    let (_, section) = text.split_once(heading).unwrap();
    let (_, begun) = section.split_once(&format!("```{language}\n")).unwrap();
    begun.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_mapping_of_the_guide_reads_the_record_of_the_guide() {
    const HEADING: &str = "## The mapping of JSON, by example";
    let (record, file) = (block(HEADING, "json"), block(HEADING, "yaml"));
    // The format's own part of the file, as the configuration hands it over.
    let options = file.split_once("format:\n").unwrap().1;
    let format = build("json", Options::new(options)).unwrap();
    let mut out = Output::default();
    let mut decoder = format.decoder();
    decoder.push(record.as_bytes(), AT, &mut out);
    decoder.finish(AT, &mut out);
    assert!(out.rejects.is_empty(), "{:?}", out.rejects);
    let [drafted] = &out.drafts[..] else {
        panic!("one draft, not {:?}", out.drafts)
    };
    validate_draft(&drafted.draft, AT, None).unwrap();
    let Draft::Report(report) = &drafted.draft else {
        panic!("a report, not {:?}", drafted.draft)
    };
    let source = report.source.as_ref().unwrap();
    assert_eq!(source.key, "RO01-S-017-48120");
    assert_eq!(source.revision, Some(1));
    assert_eq!(report.type_code.as_ref().unwrap().as_str(), "SYS01");
    // 02:40:05 in Kyiv, two hours ahead of UTC in November.
    let alarm = Time::from_secs(1_795_394_405);
    assert_eq!(report.occurred.unwrap().from, alarm);
    let at = LatLon::new(47.9801, 23.3011).unwrap();
    assert_eq!(report.place.geometry, Some(Geometry::Point { at }));
    assert_eq!(report.persons.unwrap().n, Some(6));
    assert!(report.issues.contains(&QualityIssue::TzAssumed));
}

#[test]
fn every_format_is_in_the_guide_with_its_example() {
    const BEGIN: &str = "<!-- examples:begin";
    const END: &str = "<!-- examples:end -->";
    let text = std::fs::read_to_string(guide()).unwrap();
    let mut expected = String::new();
    for kind in KINDS {
        let row = format!("| `{}` |", kind.kind);
        assert!(
            text.contains(&row),
            "docs/feeds.md has no row {row} in its table of formats"
        );
        let example = kind.example.trim_end();
        assert!(!example.contains("```"), "{}", kind.kind);
        writeln!(
            expected,
            "\n### `{}`\n\n{}\n\n```yaml\n{example}\n```",
            kind.kind, kind.summary
        )
        .unwrap();
    }
    let (head, rest) = text.split_once(BEGIN).unwrap();
    let (mark, rest) = rest.split_once('\n').unwrap();
    let (written, tail) = rest.split_once(END).unwrap();
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let new = format!("{head}{BEGIN}{mark}\n{expected}\n{END}{tail}");
        // At once, for the other test reads it.
        let beside = guide().with_extension("new");
        std::fs::write(&beside, new).unwrap();
        std::fs::rename(beside, guide()).unwrap();
        return;
    }
    assert!(
        written.trim() == expected.trim(),
        "the examples in docs/feeds.md are not those of the formats; INSTA_UPDATE=always writes them anew"
    );
}
