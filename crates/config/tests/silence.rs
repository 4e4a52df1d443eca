//! `silence` in `freshness.yaml`: that it may be missing, that what is shipped is what is meant where it is, and what a
//! person reads who made a mistake in it.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};

use oneroof_config::types::Silence;
use oneroof_config::{Config, Problem, load_with};
use tempfile::TempDir;

fn shipped() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config")
}

fn read(yaml: &str) -> Result<Config, Vec<Problem>> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("freshness.yaml"), yaml).unwrap();
    load_with(&[shipped(), folder.path().to_path_buf()], &|_| None)
}

#[test]
fn what_is_shipped_is_what_holds_where_nothing_is_said() {
    let config = load_with(&[shipped()], &|_| None).unwrap();
    assert_eq!(config.freshness.silence, Silence::default());
}

#[test]
fn kinds_are_switched_off_one_by_one() {
    let config = read("silence: {units: {enabled: false}, figures: {after: 45min}}\n").unwrap();
    let silence = config.freshness.silence;
    assert!(silence.enabled && silence.feeds.enabled && !silence.units.enabled);
    let after = silence.figures.after.map(|p| p.to_string());
    assert_eq!(after.as_deref(), Some("45min"));
}

#[test]
fn each_mistake_is_told_at_its_place_with_a_remedy() {
    let yaml = "silence:\n  every: 5min\n  feeds:\n    quieter_than: 0\n    chance: 0.5\n    weeks: 13\n    least_weeks: 14\n  \
        units: {after: 0s, positions_mean_dutty: true}\n  figures:\n    crossing_points: [UAPL07, UAPL70]\n";
    let told = |yaml: &str| -> Vec<(usize, usize, &'static str)> {
        let problems = read(yaml).map(|_| ()).unwrap_err();
        for problem in &problems {
            assert!(problem.help.is_some(), "{problem}");
            assert_eq!(
                Path::new(&problem.file).file_name().unwrap(),
                "freshness.yaml"
            );
        }
        problems
            .iter()
            .map(|p| (p.line, p.column, p.code))
            .collect()
    };
    // What one file says of another, and unknown keys.
    let found = told(yaml);
    assert!(found.contains(&(8, 22, "unknown-key")), "{found:?}");
    assert!(found.contains(&(10, 31, "unknown-reference")), "{found:?}");
    // Values, when everything could be read.
    let readable = yaml.replace("positions_mean_dutty", "positions_mean_duty");
    let found = told(&readable);
    for place in [
        (2, 10, "wrong-value"),
        (4, 19, "wrong-value"),
        (5, 13, "wrong-value"),
        (6, 12, "wrong-value"),
        (7, 18, "wrong-value"),
        (8, 18, "wrong-value"),
    ] {
        assert!(found.contains(&place), "{place:?}: {found:?}");
    }
}
