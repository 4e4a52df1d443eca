//! The tests that every format passes; `contract!` puts them into a format's own tests.
//!
//! A fixture is a file in `formats/<kind>/fixtures/`. Its options are those of `<fixture>.yaml` beside it
//! where that exists, else those of the format's `example.yaml`. What it gives is compared with a snapshot
//! in `formats/<kind>/snapshots/`.

pub(crate) mod hostile;

use std::path::{Path, PathBuf};

use oneroof_model::Time;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use crate::contract::{MAX_REJECT_RAW, Output};
use crate::registry::{Format, Options, build, kind};

/// Gives a format the tests of the contract: `contract!("ais_nmea");` inside its `tests` module.
macro_rules! contract {
    ($kind:expr) => {
        mod contract {
            #[test]
            fn the_example_parses() {
                $crate::contract_tests::the_example_parses($kind);
            }
            #[test]
            fn the_fixtures_give_what_their_snapshots_say() {
                $crate::contract_tests::the_fixtures_give_what_their_snapshots_say($kind);
            }
            #[test]
            fn drafts_out_of_fixtures_validate() {
                $crate::contract_tests::drafts_out_of_fixtures_validate($kind);
            }
            #[test]
            fn any_cutting_of_a_fixture_gives_the_same() {
                $crate::contract_tests::any_cutting_of_a_fixture_gives_the_same($kind);
            }
            #[test]
            fn truncation_at_every_byte_ends_in_bounds() {
                $crate::contract_tests::truncation_at_every_byte_ends_in_bounds($kind);
            }
            #[test]
            fn random_bytes_end_in_bounds() {
                $crate::contract_tests::random_bytes_end_in_bounds($kind);
            }
            #[test]
            fn damaged_fixtures_end_in_bounds() {
                $crate::contract_tests::damaged_fixtures_end_in_bounds($kind);
            }
            #[test]
            fn bombs_end_in_bounds_and_give_nothing() {
                $crate::contract_tests::hostile::bombs_end_in_bounds_and_give_nothing($kind);
            }
            #[test]
            fn a_line_of_a_hundred_megabytes_costs_a_few_rejects() {
                $crate::contract_tests::hostile::a_line_of_a_hundred_megabytes_costs_a_few_rejects($kind);
            }
            #[test]
            fn after_nonsense_and_an_end_a_fixture_gives_what_it_gives_alone() {
                $crate::contract_tests::hostile::after_nonsense_and_an_end_a_fixture_gives_what_it_gives_alone($kind);
            }
            #[test]
            fn datagrams_of_any_size_end_in_bounds() {
                $crate::contract_tests::hostile::datagrams_of_any_size_end_in_bounds($kind);
            }
            #[test]
            fn numbers_that_cannot_be_end_in_bounds() {
                $crate::contract_tests::hostile::numbers_that_cannot_be_end_in_bounds($kind);
            }
            #[test]
            fn every_byte_at_its_limits_ends_in_bounds() {
                $crate::contract_tests::hostile::every_byte_at_its_limits_ends_in_bounds($kind);
            }
            #[test]
            fn bytes_that_are_no_text_end_in_bounds() {
                $crate::contract_tests::hostile::bytes_that_are_no_text_end_in_bounds($kind);
            }
            #[test]
            fn what_is_dated_1970_or_2100_is_not_taken_as_it_is() {
                $crate::contract_tests::hostile::what_is_dated_1970_or_2100_is_not_taken_as_it_is($kind);
            }
        }
    };
}
pub(crate) use contract;

/// Most bytes of a fixture that are truncated at every byte (the work grows with the square).
const TRUNCATED: usize = 3 * 1024;

/// The moment at which fixtures are received: 2026-11-23T02:41:00Z.
pub(crate) const RECEIVED: Time = Time::from_secs(1_795_401_660);

struct Fixture {
    name: String,
    format: std::sync::Arc<dyn Format>,
    bytes: Vec<u8>,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/formats")
        .join(name)
}

fn fixtures(name: &str) -> Vec<Fixture> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder(name).join("fixtures"))
        .expect("a format has a folder of fixtures")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_none_or(|ext| ext != "yaml"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{name} has no fixture");
    paths.iter().map(|path| load(name, path)).collect()
}

fn load(name: &str, path: &Path) -> Fixture {
    let file = path
        .file_name()
        .expect("a file")
        .to_string_lossy()
        .into_owned();
    let yaml = std::fs::read_to_string(path.with_extension("yaml"))
        .unwrap_or_else(|_| kind(name).expect("a known kind").example.to_owned());
    let format = build(name, Options::new(&yaml))
        .unwrap_or_else(|problems| panic!("options of {file}: {problems:?}"));
    Fixture {
        name: file,
        format,
        bytes: std::fs::read(path).expect("a readable fixture"),
    }
}

fn decode(format: &dyn Format, chunks: &[&[u8]]) -> Output {
    let mut decoder = format.decoder();
    let mut out = Output::with_decoded();
    for chunk in chunks {
        decoder.push(chunk, RECEIVED, &mut out);
    }
    decoder.finish(RECEIVED, &mut out);
    out
}

/// What must hold of anything that comes out, whatever went in.
fn assert_bounds(out: &Output, given: usize, what: &str) {
    let given = given as u64;
    for reject in &out.rejects {
        assert!(
            reject.raw.len() <= MAX_REJECT_RAW,
            "{what}: a reject keeps too much"
        );
        assert!(
            reject.offset <= given,
            "{what}: offset {} of {given}",
            reject.offset
        );
        assert!(
            reject.raw_len <= given,
            "{what}: a reject longer than its input"
        );
    }
    let skipped: u64 = out.skipped.values().sum();
    let records = out.rejects.len() as u64 + out.drafts.len() as u64 + skipped;
    assert!(
        records <= 2 * given + 2,
        "{what}: {records} records out of {given} bytes"
    );
}

pub(crate) fn the_example_parses(name: &str) {
    let example = kind(name).expect("registered in KINDS").example;
    let built = build(name, Options::new(example));
    assert_eq!(
        built
            .unwrap_or_else(|problems| panic!("{problems:?}"))
            .kind(),
        name
    );
}

pub(crate) fn the_fixtures_give_what_their_snapshots_say(name: &str) {
    for fixture in fixtures(name) {
        let out = decode(&*fixture.format, &[&fixture.bytes]);
        let value = json!({ "lines": out.to_lines(), "skipped": out.skipped });
        insta::with_settings!({
            snapshot_path => folder(name).join("snapshots"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_json_snapshot!(fixture.name.clone(), value);
        });
    }
}

pub(crate) fn drafts_out_of_fixtures_validate(name: &str) {
    let mut seen = 0;
    for fixture in fixtures(name) {
        for drafted in decode(&*fixture.format, &[&fixture.bytes]).drafts {
            validate(&drafted.draft)
                .unwrap_or_else(|reason| panic!("{}: {reason}: {drafted:?}", fixture.name));
            seen += 1;
        }
    }
    assert!(seen > 0, "no fixture of {name} gives a draft");
}

pub(crate) fn any_cutting_of_a_fixture_gives_the_same(name: &str) {
    for fixture in fixtures(name) {
        let whole = decode(&*fixture.format, &[&fixture.bytes]);
        for size in [1, 2, 7, 64, 1000] {
            let chunks: Vec<&[u8]> = fixture.bytes.chunks(size).collect();
            let cut = decode(&*fixture.format, &chunks);
            assert_eq!(cut, whole, "{} in chunks of {size}", fixture.name);
        }
    }
}

pub(crate) fn truncation_at_every_byte_ends_in_bounds(name: &str) {
    for fixture in fixtures(name) {
        let bytes = fixture.bytes.get(..TRUNCATED).unwrap_or(&fixture.bytes);
        for cut in 0..=bytes.len() {
            let out = decode(&*fixture.format, &[&bytes[..cut]]);
            assert_bounds(&out, cut, &format!("{} cut at {cut}", fixture.name));
        }
    }
}

pub(crate) fn random_bytes_end_in_bounds(name: &str) {
    let fixtures = fixtures(name);
    let bytes = prop::collection::vec(any::<u8>(), 0..2048);
    run(&bytes, |bytes| {
        for fixture in &fixtures {
            assert_bounds(
                &decode(&*fixture.format, &[&bytes]),
                bytes.len(),
                "random bytes",
            );
        }
    });
}

pub(crate) fn damaged_fixtures_end_in_bounds(name: &str) {
    let fixtures = fixtures(name);
    let damage = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12);
    run(
        &(any::<prop::sample::Index>(), damage),
        |(which, damage)| {
            let fixture = which.get(&fixtures);
            let mut bytes = fixture.bytes.clone();
            for (at, byte) in damage {
                if !bytes.is_empty() {
                    let at = at.index(bytes.len());
                    bytes[at] = byte;
                }
            }
            assert_bounds(
                &decode(&*fixture.format, &[&bytes]),
                bytes.len(),
                &fixture.name,
            );
        },
    );
}

fn run<S: Strategy>(strategy: &S, check: impl Fn(S::Value)) {
    let config = Config {
        cases: 96,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(strategy, |value| {
            check(value);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

fn validate(draft: &oneroof_model::Draft) -> Result<(), String> {
    oneroof_model::validate_draft(draft, RECEIVED, None).map_err(|reason| format!("{reason:?}"))
}
