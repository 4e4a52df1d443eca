//! `regions.yaml`: that it may be missing, and what a person reads who made a mistake in it or in a feed that names
//! regions.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::PathBuf;

use oneroof_config::{Config, Problem, load_with};
use tempfile::TempDir;

fn shipped() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config")
}

/// The shipped folder with files laid over it.
fn read(files: &[(&str, &str)]) -> Result<Config, Vec<Problem>> {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("feeds")).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    load_with(&[shipped(), folder.path().to_path_buf()], &|_| None)
}

fn told(files: &[(&str, &str)]) -> Vec<(usize, usize, &'static str)> {
    let problems = read(files).map(|_| ()).unwrap_err();
    let says_what = |p: &Problem| p.help.is_some() || p.message.starts_with("expected ");
    assert!(problems.iter().all(says_what), "{problems:?}");
    problems
        .iter()
        .map(|p| (p.line, p.column, p.code))
        .collect()
}

/// The shipped folder without its regions.
fn without_regions() -> TempDir {
    let folder = TempDir::new().unwrap();
    for entry in fs::read_dir(shipped()).unwrap().flatten() {
        let name = entry.file_name();
        if entry.path().is_file() && name != "regions.yaml" {
            fs::copy(entry.path(), folder.path().join(name)).unwrap();
        }
    }
    folder
}

#[test]
fn the_shipped_regions_are_the_twenty_seven_and_reach_the_model() {
    let config = read(&[]).unwrap();
    let regions = config.room_config().regions;
    assert_eq!(regions.len(), 27);
    for id in ["UA-30", "UA-40", "UA-43", "UA-46"] {
        assert!(regions.iter().any(|r| r.id.as_str() == id), "{id}");
    }
}

#[test]
fn a_folder_without_the_file_has_no_regions() {
    let folder = without_regions();
    let config = load_with(&[folder.path()], &|_| None).unwrap();
    assert!(config.regions.is_empty() && config.room_config().regions.is_empty());
}

#[test]
fn a_code_that_is_none_and_one_that_stands_twice_are_told_at_their_place() {
    let yaml = "regions:\n  - {id: Lviv, uk: a, en: b}\n";
    assert_eq!(told(&[("regions.yaml", yaml)]), [(2, 10, "wrong-value")]);
    let twice = "regions:\n  - {id: UA-98, uk: a, en: b}\n  - {id: UA-98, uk: a, en: b}\n";
    let folder = without_regions();
    fs::write(folder.path().join("regions.yaml"), twice).unwrap();
    let found = load_with(&[folder.path()], &|_| None).unwrap_err();
    let at: Vec<_> = found.iter().map(|p| (p.line, p.code)).collect();
    assert!(at.contains(&(3, "duplicate")), "{found:?}");
}

#[test]
fn a_feed_that_names_a_region_which_is_not_there_is_told_where() {
    let feed = "feed: alarms\norg: ES\nname: {uk: a, en: b}\nsource_kind: national_authority\ntransport: {kind: http_push}\n\
        format:\n  kind: json\n  tables:\n    names: {a: UA-46, b: UA-47}\n  map:\n    draft: threat\n    \
        region: {path: r, table: names}\n    state: alert\nmarking: {tlp: GREEN, purpose: Safety}\n\
        confidence: {reliability: A, credibility: 2}\n";
    let found = told(&[("feeds/alarms.yaml", feed)]);
    assert_eq!(found, [(9, 26, "unknown-reference")]);
    let good = feed.replace("UA-47", "UA-48");
    let config = read(&[("feeds/alarms.yaml", &good)]);
    assert!(config.is_ok(), "{:?}", config.err());
}
