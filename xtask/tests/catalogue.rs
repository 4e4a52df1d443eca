//! Every key of the catalogue that the code names is in the catalogue: a key that is not there is shown to people as it
//! stands, and no compiler sees it.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Folders whose sources name keys: the screen, and the room, which gives its reasons as keys.
const FOLDERS: [&str; 2] = ["web/src", "crates/room/src"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// Keys of one language.
fn keys(language: &str) -> BTreeSet<String> {
    let file = root().join(format!("crates/text/catalogue/{language}.txt"));
    std::fs::read_to_string(file)
        .unwrap()
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| l.split_once(" = "))
        .map(|(key, _)| key.trim().to_owned())
        .collect()
}

/// Literals of a source that look like a key: words in small letters, divided by dots. What stands behind the tests'
/// attribute is left out.
fn literals(source: &str) -> Vec<&str> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    code.split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| {
            text.contains('.')
                && !text.starts_with(['.', '/'])
                && text
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || matches!(c, '.' | '_' | '{' | '}'))
        })
        .collect()
}

#[test]
fn every_key_that_the_code_names_is_in_the_catalogue() {
    let known = keys("uk");
    let groups: BTreeSet<&str> = known.iter().filter_map(|k| k.split('.').next()).collect();
    let mut files = Vec::new();
    for folder in FOLDERS {
        sources(&root().join(folder), &mut files);
    }
    let (mut seen, mut missing) = (0, Vec::new());
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        for key in literals(&source) {
            let group = key.split('.').next().unwrap_or_default();
            if !groups.contains(group) {
                continue;
            }
            seen += 1;
            // A key with a hole in it stands for several.
            let there = match key.split_once('{') {
                Some((start, _)) => known.iter().any(|k| k.starts_with(start)),
                None => known.contains(key),
            };
            if !there {
                missing.push(format!("{}: {key}", file.display()));
            }
        }
    }
    assert!(
        seen > 100,
        "only {seen} keys were found: the search is at fault"
    );
    assert_eq!(missing, Vec::<String>::new());
}
