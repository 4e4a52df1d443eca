//! What is checked in the text of each file of ours.

use super::source::{self, Kind};

/// More lines than this are a smell, or a table: then the file is named below.
const MAX_LINES: usize = 600;

/// Files that may be longer, each with its reason.
const LONG_FILES: [(&str, &str); 1] = [(
    "xtask/src/basemap/area.rs",
    "tables: names of states, regions, rivers, cities; masks",
)];

/// Punctuation that only looks like ASCII: quotes, dashes, dots, spaces.
const LOOKALIKES: [char; 15] = [
    '\u{2018}', '\u{2019}', '\u{201a}', '\u{201c}', '\u{201d}', '\u{201e}', '\u{2010}', '\u{2011}',
    '\u{2012}', '\u{2013}', '\u{2014}', '\u{2026}', '\u{a0}', '\u{2009}', '\u{feff}',
];

/// Readers of a clock that the pure layers do without, even where a lint is silenced.
const CLOCKS: [&str; 5] = [
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "Uuid::now_v7",
];

/// Crates of layer 0 and 1, by folder.
const PURE: [&str; 9] = [
    "crates/model/",
    "crates/geo/",
    "crates/wire/",
    "crates/text/",
    "crates/feeds/",
    "crates/config/",
    "crates/response/",
    "crates/risk/",
    "crates/picture/",
];

/// Beginnings of paths that exist only on somebody's machine. In two parts, so that this file passes.
const MACHINE_PATHS: [(&str, &str); 4] = [
    ("/wo", "rk/"),
    ("/ro", "ot/"),
    ("/ho", "me/"),
    ("/Us", "ers/"),
];

/// Hosts that a committed file has no business to name: a lock or a script would bind us to them. In two parts.
const REGISTRY_HOSTS: [(&str, &str); 8] = [
    ("registry.npm", "js.org"),
    ("registry.yarn", "pkg.com"),
    ("index.crates", ".io"),
    ("static.crates", ".io"),
    ("files.python", "hosted.org"),
    ("pypi", ".org"),
    ("deb.deb", "ian.org"),
    ("arti", "factory"),
];

/// Checks one file; `path` is relative to the root, with `/`.
pub(crate) fn check(path: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    check_words(path, text, &mut faults);
    check_length(path, text, &mut faults);
    if is_rust(path) {
        check_rust(path, text, &mut faults);
    }
    faults
}

/// Whether the file is of a pure crate and is no measurement of it.
fn is_pure(path: &str) -> bool {
    PURE.iter().any(|folder| path.starts_with(folder)) && !path.contains("/benches/")
}

fn is_rust(path: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, ending)| ending == "rs")
}

/// Lock files repeat what packages say of themselves.
fn is_lock(path: &str) -> bool {
    path.ends_with("Cargo.lock")
}

fn check_words(path: &str, text: &str, faults: &mut Vec<String>) {
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(word) = bare_note(line) {
            faults.push(format!(
                "{path}:{number}: a bare {word}; write {word}(#<issue>) or do it"
            ));
        }
        for (start, end) in MACHINE_PATHS {
            if names_path(line, &format!("{start}{end}")) {
                faults.push(format!(
                    "{path}:{number}: a path of somebody's machine ({start}{end}...)"
                ));
            }
        }
        for (start, end) in REGISTRY_HOSTS {
            if !is_lock(path) && line.contains(&format!("{start}{end}")) {
                faults.push(format!(
                    "{path}:{number}: names the registry host {start}{end}"
                ));
            }
        }
    }
}

/// Whether the line has this absolute path: not as the middle of a longer one or of an address.
fn names_path(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line.get(..at).and_then(|head| head.chars().next_back());
        !before.is_some_and(|character| {
            character.is_alphanumeric()
                || matches!(character, '.' | '-' | '_' | '}' | '>' | '~' | '*')
        })
    })
}

/// The word for work left over, as a word of its own and without an issue's number behind it.
fn bare_note(line: &str) -> Option<&'static str> {
    [concat!("TO", "DO"), concat!("FIX", "ME")]
        .into_iter()
        .find(|word| {
            line.match_indices(word).any(|(at, _)| {
                let is_word = |character: char| character.is_alphanumeric() || character == '_';
                let before = line.get(..at).and_then(|head| head.chars().next_back());
                let after = line.get(at + word.len()..).unwrap_or_default();
                let whole = !before.is_some_and(is_word) && !after.starts_with(is_word);
                whole && !has_issue(after)
            })
        })
}

/// Whether `(#12)` follows.
fn has_issue(after: &str) -> bool {
    after
        .strip_prefix("(#")
        .and_then(|rest| rest.split_once(')'))
        .is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

fn check_length(path: &str, text: &str, faults: &mut Vec<String>) {
    let is_code = [".rs", ".js", ".mjs", ".css", ".html", ".sh"]
        .iter()
        .any(|end| path.ends_with(end));
    let lines = text.lines().count();
    let listed = LONG_FILES.iter().any(|(file, _)| *file == path);
    if is_code && lines > MAX_LINES && !listed {
        faults.push(format!(
            "{path}: {lines} lines, {MAX_LINES} are the most; split it"
        ));
    }
}

fn check_rust(path: &str, text: &str, faults: &mut Vec<String>) {
    let stretches = source::split(text);
    for stretch in &stretches {
        let lines = (stretch.line..).zip(stretch.text.lines());
        for (number, line) in lines {
            if let Some(found) = line.chars().find(|one| LOOKALIKES.contains(one))
                && !is_ukrainian(if stretch.kind == Kind::Text {
                    stretch.text
                } else {
                    line
                })
            {
                faults.push(format!(
                    "{path}:{number}: U+{:04X} looks like ASCII punctuation and is none",
                    u32::from(found)
                ));
            }
            if stretch.kind != Kind::Code {
                continue;
            }
            if line.contains("#[ignore") {
                faults.push(format!(
                    "{path}:{number}: an ignored test; a test runs or skips with a named reason"
                ));
            }
            if is_pure(path)
                && let Some(clock) = CLOCKS.iter().find(|clock| line.contains(*clock))
            {
                faults.push(format!(
                    "{path}:{number}: {clock} in a pure crate; take the time as a parameter"
                ));
            }
        }
    }
    let is_crate_root = ["src/lib.rs", "src/main.rs"]
        .iter()
        .any(|end| path.ends_with(end));
    if is_crate_root && !text.trim_start().starts_with("//!") {
        faults.push(format!(
            "{path}: begins without a `//!` that says what the crate is for"
        ));
    }
}

/// Whether the text has Cyrillic in it: then its punctuation is that of the language.
fn is_ukrainian(text: &str) -> bool {
    text.chars()
        .any(|character| ('\u{400}'..='\u{52f}').contains(&character))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_fault(path: &str, text: &str) -> String {
        let faults = check(path, text);
        assert_eq!(faults.len(), 1, "{path}: {text:?} gave {faults:?}");
        faults.into_iter().next().unwrap_or_default()
    }

    fn passes(path: &str, text: &str) {
        assert_eq!(check(path, text), Vec::<String>::new(), "{text:?}");
    }

    #[test]
    fn a_bare_note_fails_and_one_with_an_issue_passes() {
        for word in [concat!("TO", "DO"), concat!("FIX", "ME")] {
            assert!(
                one_fault("a.rs", &format!("fn a() {{}} // {word}: later\n"))
                    .starts_with("a.rs:1:")
            );
            one_fault("docs/a.md", &format!("text\n{word}(somebody)\n"));
            passes(
                "a.rs",
                &format!("// {word}(#12): when the format is settled\n"),
            );
            passes("a.rs", &format!("const MY_{word}S: u8 = 1;\n"));
        }
    }

    #[test]
    fn a_path_of_a_machine_fails_and_a_relative_one_passes() {
        for (start, end) in MACHINE_PATHS {
            one_fault("a.yaml", &format!("file: {start}{end}data\n"));
            passes("a.yaml", &format!("file: docs{start}{end}data\n"));
        }
    }

    #[test]
    fn a_registry_host_fails() {
        for (start, end) in REGISTRY_HOSTS {
            one_fault(
                "package-lock.json",
                &format!("\"resolved\": \"https://{start}{end}/x\"\n"),
            );
        }
        passes(
            "Cargo.lock",
            "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n",
        );
    }

    #[test]
    fn a_long_file_fails() {
        one_fault("a.rs", &"fn a() {}\n".repeat(MAX_LINES + 1));
        passes("a.rs", &"fn a() {}\n".repeat(MAX_LINES));
        passes("a.json", &"[]\n".repeat(MAX_LINES + 1));
    }

    #[test]
    fn an_ignored_test_fails_and_the_word_in_a_text_passes() {
        one_fault("a.rs", "#[ignore = \"slow\"]\nfn a() {}\n");
        passes("a.rs", "const A: &str = \"#[ignore]\"; // #[ignore]\n");
    }

    #[test]
    fn lookalikes_fail_outside_of_ukrainian() {
        one_fault("a.rs", "// it\u{2019}s\n");
        one_fault("a.rs", "const A: &str = \"a \u{2014} b\";\n");
        passes(
            "a.rs",
            "const A: &str = \"\u{43a}\u{43e}\u{440}\u{434}\u{43e}\u{43d} \u{2014} \u{442}\u{443}\u{442}\";\n",
        );
        passes("a.rs", "// 5 \u{b0}C, \u{a7} 7.2\n");
        passes("a.md", "it\u{2019}s\n");
    }

    #[test]
    fn a_clock_in_a_pure_crate_fails() {
        let text = "fn a() { std::time::Instant::now(); }\n";
        one_fault("crates/geo/src/a.rs", text);
        passes("crates/room/src/a.rs", text);
        passes("crates/geo/benches/a.rs", text);
        passes("crates/geo/src/a.rs", "// no Instant::now here\n");
    }

    #[test]
    fn a_crate_without_documentation_fails() {
        one_fault("crates/geo/src/lib.rs", "pub mod a;\n");
        passes("crates/geo/src/lib.rs", "//! Geometry.\npub mod a;\n");
        passes("crates/geo/src/other.rs", "pub(crate) mod a;\n");
    }
}
