//! `tak.yaml`: that it may be missing, what is read, and what a person reads who made a mistake in it.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};

use oneroof_config::types::TakTracks;
use oneroof_config::{Config, Problem, load_with};
use oneroof_model::{Classification, OrgId};
use tempfile::TempDir;

const PLAIN: &str = "{kind: tak_listen, listen: 127.0.0.1:8087}";
const TLS: &str = "{kind: tak_listen, listen: 127.0.0.1:8089, tls: {cert: own.pem, key: own.key, ca: ca.pem, client_auth: required}}";

/// An overlay with one feed of the Border Guard.
fn overlay(transport: &str, format: &str, tak: Option<&str>) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("feeds")).unwrap();
    for name in ["ca.pem", "own.pem", "own.key"] {
        fs::write(folder.path().join(name), "PEM").unwrap();
    }
    let feed = format!(
        "feed: tak-bg\norg: BG\nname: {{uk: \"T\", en: \"T\"}}\nsource_kind: patrol\ntransport: {transport}\nformat:\n  kind: {format}\n"
    );
    fs::write(folder.path().join("feeds/tak-bg.yaml"), feed).unwrap();
    let unit = "units:\n  - {id: PO-1, org: PO, uk: Е, en: C, kind: vehicle_patrol}\n";
    fs::write(folder.path().join("units.yaml"), unit).unwrap();
    if let Some(tak) = tak {
        fs::write(folder.path().join("tak.yaml"), tak).unwrap();
    }
    folder
}

fn read(overlay: &Path) -> Result<Config, Vec<Problem>> {
    let shipped = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config");
    load_with(&[shipped, overlay.to_path_buf()], &|_| None)
}

/// File, line, column and code of each problem.
fn places(folder: &TempDir) -> Vec<(String, usize, usize, &'static str)> {
    let problems = read(folder.path()).map(|_| ()).unwrap_err();
    let place = |p: &Problem| {
        let file = Path::new(&p.file).file_name().unwrap();
        let file = file.to_string_lossy().into_owned();
        (file, p.line, p.column, p.code)
    };
    problems.iter().map(place).collect()
}

#[test]
fn without_the_file_nothing_is_given_out() {
    let config = read(overlay(PLAIN, "cot_proto", None).path()).unwrap();
    assert_eq!(config.tak, None);
    assert_eq!(config.feeds.len(), 1);
}

#[test]
fn an_output_is_read_with_what_is_least_where_it_says_nothing() {
    let tak = "outputs:\n  - {feed: tak-bg, orgs: [BG]}\n";
    let config = read(overlay(PLAIN, "cot_proto", Some(tak)).path()).unwrap();
    let outputs = config.tak.unwrap().outputs;
    let [output] = outputs.as_slice() else {
        unreachable!("one output")
    };
    let audience = output.audience();
    assert_eq!(audience.orgs, [OrgId::from("BG")].into());
    assert_eq!(audience.clearance, Classification::Unclassified);
    assert_eq!(output.tracks, TakTracks::Units);
    let full = "outputs:\n  - feed: tak-bg\n    orgs: [BG, PO]\n    clearance: dsk\n    personal_data: identifiers\n    tracks: all\n    every: 10s\n    queue: 1MB\n    clients:\n      - {common_name: patrol7, callsign: Patrol 7}\n";
    let config = read(overlay(TLS, "cot_proto", Some(full)).path()).unwrap();
    let output = config.tak.unwrap().outputs.remove(0);
    assert_eq!(
        (
            output.tracks,
            output.clients.len(),
            output.every.to_string()
        ),
        (TakTracks::All, 1, "10s".to_owned())
    );
}

#[test]
fn every_mistake_is_told_at_its_line_and_column() {
    for (transport, tak, expected) in [
        (
            PLAIN,
            "outputs:\n  - {feed: tak-gb, orgs: [BG]}\n",
            (2, 12, "unknown-reference"),
        ),
        (
            PLAIN,
            "outputs:\n  - {feed: tak-bg, orgs: [BG, XX]}\n",
            (2, 31, "unknown-reference"),
        ),
        (
            PLAIN,
            "outputs:\n  - {feed: tak-bg, orgs: [PO]}\n",
            (2, 26, "wrong-value"),
        ),
        (
            PLAIN,
            "outputs:\n  - {feed: tak-bg, orgs: [BG], tracks: al}\n",
            (2, 40, "wrong-value"),
        ),
        (
            PLAIN,
            "outputs:\n  - {feed: tak-bg, orgs: [BG], clearence: dsk}\n",
            (2, 32, "unknown-key"),
        ),
        (
            PLAIN,
            "outputs:\n  - {feed: tak-bg, orgs: [BG], every: 0s}\n",
            (2, 39, "wrong-value"),
        ),
        (
            PLAIN,
            "outputs:\n  - {feed: tak-bg, orgs: [BG], clients: [{common_name: a}]}\n",
            (2, 41, "wrong-value"),
        ),
        (
            TLS,
            "outputs:\n  - {feed: tak-bg, orgs: [BG], clients: [{common_name: a, unit: X-1}]}\n",
            (2, 65, "unknown-reference"),
        ),
        (
            TLS,
            "outputs:\n  - {feed: tak-bg, orgs: [BG], clients: [{common_name: a, unit: PO-1}]}\n",
            (2, 65, "wrong-value"),
        ),
        (
            "{kind: http_push}",
            "outputs:\n  - {feed: tak-bg, orgs: [BG]}\n",
            (2, 12, "wrong-value"),
        ),
    ] {
        let (line, column, code) = expected;
        let folder = overlay(transport, "cot_proto", Some(tak));
        let expected = ("tak.yaml".to_owned(), line, column, code);
        assert_eq!(places(&folder), [expected], "{transport} {tak}");
    }
}

#[test]
fn the_listener_needs_the_format_that_reads_both_forms() {
    let folder = overlay(PLAIN, "cot_xml", None);
    let expected = ("tak-bg.yaml".to_owned(), 7, 9, "wrong-value");
    assert_eq!(places(&folder), [expected]);
}
