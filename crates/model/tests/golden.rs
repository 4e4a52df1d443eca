//! Journal entries of every kind and version, as they were written once and must be read for ever.
//!
//! `golden/v<version>/<kind>.json` holds a list of entries. A file of a version that was released is never edited: where
//! a change of the model breaks one, the answer is a higher version and an upcaster, and a new folder beside the old.

#![expect(clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use oneroof_model::{CURRENT_VERSION, Entry, EntryBody, schemas};
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The entries of each file, by version and kind as the names of folder and file say.
fn golden() -> BTreeMap<(u16, String), Vec<Entry>> {
    let mut found = BTreeMap::new();
    for version in 1..=CURRENT_VERSION {
        let folder = folder().join(format!("v{version}"));
        let files = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for file in files.flatten().map(|f| f.path()) {
            let kind = file.file_stem().map(|s| s.to_string_lossy().into_owned());
            let text = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{e}"));
            let entries = serde_json::from_str(&text)
                .unwrap_or_else(|e| panic!("{} holds no entries: {e}", file.display()));
            found.insert((version, kind.unwrap_or_default()), entries);
        }
    }
    found
}

/// The schema that is derived of [`EntryBody`] itself: it knows of every kind, whoever forgot to list it.
fn schema() -> Value {
    let all = schemas().into_iter();
    let ours = all.filter(|(name, _)| *name == "entry_body");
    ours.map(|(_, schema)| schema).next().unwrap_or_default()
}

fn kinds_of_the_schema() -> BTreeSet<String> {
    let of = |variant: &Value| Some(variant["properties"]["kind"]["const"].as_str()?.to_owned());
    let variants = schema()["oneOf"].as_array().cloned().unwrap_or_default();
    variants.iter().filter_map(of).collect()
}

/// Names of fields and words of enumerations of a schema, told apart by a sign.
fn words_of_the_schema(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("properties", Value::Object(fields)) => {
                        into.extend(fields.keys().map(|k| format!("field {k}")));
                        fields.values().for_each(|v| words_of_the_schema(v, into));
                    }
                    ("const", Value::String(word)) => drop(into.insert(format!("word {word}"))),
                    ("enum", Value::Array(words)) => {
                        let words = words.iter().filter_map(Value::as_str);
                        into.extend(words.map(|w| format!("word {w}")));
                    }
                    ("default", _) => {}
                    _ => words_of_the_schema(value, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|v| words_of_the_schema(v, into)),
        _ => {}
    }
}

/// The same of an entry.
fn words_of_an_entry(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                into.insert(format!("field {key}"));
                words_of_an_entry(value, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|v| words_of_an_entry(v, into)),
        Value::String(word) => drop(into.insert(format!("word {word}"))),
        _ => {}
    }
}

#[test]
fn every_kind_has_golden_entries_of_the_version_that_is_written() {
    let kinds = kinds_of_the_schema();
    assert!(kinds.len() >= 20, "the schema names its kinds: {kinds:?}");
    let golden = golden();
    let there: BTreeSet<String> = golden
        .iter()
        .filter(|((v, _), entries)| *v == CURRENT_VERSION && !entries.is_empty())
        .map(|((_, kind), _)| kind.clone())
        .collect();
    assert_eq!(there, kinds);
    for ((v, kind), entries) in &golden {
        for e in entries {
            assert_eq!((e.v, &e.kind), (*v, kind), "an entry in the wrong file");
        }
    }
}

#[test]
fn every_golden_entry_is_read_and_written_again_as_it_was() {
    for ((v, kind), entries) in golden() {
        for (i, entry) in entries.into_iter().enumerate() {
            let body = EntryBody::from_entry(entry.clone())
                .unwrap_or_else(|e| panic!("entry {i} of {kind} version {v} is not read: {e}"));
            assert!(
                !matches!(body, EntryBody::Unknown { .. }),
                "{kind} version {v} is not known any more"
            );
            let written = body.to_entry().unwrap();
            if v == CURRENT_VERSION {
                assert_eq!(written, entry, "entry {i} of {kind}");
            }
            assert_eq!(EntryBody::from_entry(written).unwrap(), body);
        }
    }
}

#[test]
fn the_golden_entries_say_every_field_and_every_word_that_an_entry_can_say() {
    let mut can_be_said = BTreeSet::new();
    words_of_the_schema(&schema(), &mut can_be_said);
    assert!(can_be_said.len() > 150, "{}", can_be_said.len());
    let mut said = BTreeSet::new();
    for entry in golden().values().flatten() {
        words_of_an_entry(&serde_json::to_value(entry).unwrap(), &mut said);
    }
    let missing: Vec<&String> = can_be_said.difference(&said).collect();
    assert!(
        missing.is_empty(),
        "no golden entry guards these: {missing:?}"
    );
}

#[test]
fn a_golden_entry_with_a_field_renamed_is_noticed() {
    // What the test above rests on: an optional field that the code no longer knows is lost on writing.
    let golden = golden();
    let entry = &golden[&(1, "figures_recorded".to_owned())][0];
    let text = serde_json::to_string(entry).unwrap();
    let renamed: Entry = serde_json::from_str(&text.replace("wait_min", "wait_minutes")).unwrap();
    let written = EntryBody::from_entry(renamed.clone())
        .unwrap()
        .to_entry()
        .unwrap();
    assert_ne!(written, renamed);
}
