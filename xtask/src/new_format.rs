//! `cargo xtask new-format <kind>`: a folder for a new format that compiles, registered, with the contract's tests, which
//! fail by what is still to be written: a fixture that gives a draft, and the snapshot of what it gives.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::repo::Repo;
use crate::run::{note, step};

/// Files of a format: where they go, and what is in them.
const FILES: [(&str, &str); 8] = [
    (
        "README.md",
        include_str!("../templates/format/README.md.tmpl"),
    ),
    (
        "config.rs",
        include_str!("../templates/format/config.rs.tmpl"),
    ),
    (
        "decode.rs",
        include_str!("../templates/format/decode.rs.tmpl"),
    ),
    (
        "example.yaml",
        include_str!("../templates/format/example.yaml.tmpl"),
    ),
    (
        "fixtures/first.txt",
        include_str!("../templates/format/first.txt.tmpl"),
    ),
    ("mod.rs", include_str!("../templates/format/mod.rs.tmpl")),
    (
        "normalise.rs",
        include_str!("../templates/format/normalise.rs.tmpl"),
    ),
    (
        "tests.rs",
        include_str!("../templates/format/tests.rs.tmpl"),
    ),
];

/// Where formats are.
const FORMATS: &str = "crates/feeds/src/formats";

/// Where they are registered.
const REGISTRY: &str = "crates/feeds/src/registry.rs";

/// Where people read of them.
const GUIDE: &str = "docs/feeds.md";

/// Words that can't be the name of a module.
const KEYWORDS: [&str; 25] = [
    "as", "async", "await", "box", "break", "const", "crate", "dyn", "else", "enum", "extern",
    "false", "final", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "type",
    "use", "where",
];

/// Makes the folder and registers it.
pub(crate) fn run(repo: &Repo, kind: &str) -> Result<()> {
    step(&format!("Making the format {kind}"));
    for path in scaffold(&repo.root, kind)? {
        note(&format!("wrote {}", repo.show(&path)));
    }
    note("write README.md first: the specification and its paragraphs");
    note(&format!(
        "then `cargo test -p oneroof-feeds {kind}` says what is missing"
    ));
    note("snapshots and the guide's example: `cargo xtask bless`; a line for CHANGELOG.md");
    Ok(())
}

/// Writes everything below `root`; gives what was written. Nothing is written where anything would be in the way.
fn scaffold(root: &Path, kind: &str) -> Result<Vec<PathBuf>> {
    check_name(kind)?;
    let folder = root.join(FORMATS).join(kind);
    if folder.exists() {
        bail!("{} is there already", folder.display());
    }
    let modules = root.join(FORMATS).join("mod.rs");
    let registry = root.join(REGISTRY);
    let guide = root.join(GUIDE);
    let row = format!(
        "| `{kind}` | what it is | [README](../{FORMATS}/{kind}/README.md), [example.yaml](../{FORMATS}/{kind}/example.yaml) |"
    );
    let changed = [
        (&modules, "pub mod ", format!("pub mod {kind};")),
        (
            &registry,
            "    formats::",
            format!("    formats::{kind}::KIND,"),
        ),
        (&guide, "| `", row),
    ]
    .map(|(path, lines, new)| {
        let text = fs::read_to_string(path)
            .with_context(|| format!("{} can't be read", path.display()))?;
        let after = if path == &guide {
            Some("\n## Formats\n")
        } else {
            None
        };
        let text = insert(&text, after, lines, &new).with_context(|| {
            format!("{} has no line that begins with `{lines}`", path.display())
        })?;
        Ok((path.clone(), text))
    });
    let changed = changed.into_iter().collect::<Result<Vec<_>>>()?;
    let name = camel(kind);
    let mut written = Vec::new();
    for (file, template) in FILES {
        let text = template
            .replace("{{kind}}", kind)
            .replace("{{Name}}", &name);
        written.push((folder.join(file), text));
    }
    fs::create_dir_all(folder.join("snapshots"))?;
    fs::create_dir_all(folder.join("fixtures"))?;
    written.extend(changed);
    for (path, text) in &written {
        fs::write(path, text).with_context(|| format!("{} can't be written", path.display()))?;
    }
    Ok(written.into_iter().map(|(path, _)| path).collect())
}

fn check_name(kind: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let begins = kind.starts_with(|c: char| c.is_ascii_lowercase());
    if !begins
        || !kind.chars().all(plain)
        || kind.len() > 32
        || kind.ends_with('_')
        || KEYWORDS.contains(&kind)
    {
        bail!("`{kind}`: expected 1 to 32 lower-case letters, digits and `_`, as in ais_nmea");
    }
    Ok(())
}

/// `ais_nmea` as `AisNmea`.
fn camel(kind: &str) -> String {
    let parts = kind.split('_').map(|part| {
        let mut chars = part.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    });
    parts.collect()
}

/// The text with a line put into the first run of lines that begin with `lines`, behind `after`, in the order of the
/// alphabet. Nothing where there is no such run.
fn insert(text: &str, after: Option<&str>, lines: &str, new: &str) -> Option<String> {
    let from = match after {
        Some(after) => text.find(after)? + after.len(),
        None => 0,
    };
    let (head, rest) = text.split_at_checked(from)?;
    let mut at = 0;
    let mut place = None;
    for line in rest.split_inclusive('\n') {
        // The head of a table is none of its rows.
        let is_one = line.starts_with(lines) && !line.starts_with("| `kind`");
        if is_one && line.trim_end() > new {
            place = Some(at);
            break;
        }
        at += line.len();
        if is_one {
            place = Some(at);
        } else if place.is_some() {
            break;
        }
    }
    let (before, behind) = rest.split_at_checked(place?)?;
    Some(format!("{head}{before}{new}\n{behind}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// A root with copies of the files that are changed.
    fn root() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for file in [&format!("{FORMATS}/mod.rs"), REGISTRY, GUIDE] {
            let to = root.path().join(file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(real.join(file), to).unwrap();
        }
        root
    }

    fn read(root: &Path, file: &str) -> String {
        fs::read_to_string(root.join(file)).unwrap()
    }

    #[test]
    fn a_format_is_made_whole_and_registered_in_its_place() {
        let root = root();
        let root = root.path();
        let written = scaffold(root, "demo_format").unwrap();
        assert_eq!(written.len(), FILES.len() + 3);
        for (file, _) in FILES {
            let text = read(root, &format!("{FORMATS}/demo_format/{file}"));
            assert!(!text.contains("{{") && !text.is_empty(), "{file}");
        }
        let module = read(root, &format!("{FORMATS}/demo_format/mod.rs"));
        assert!(module.contains("kind: \"demo_format\"") && module.contains("struct DemoFormat {"));
        let tests = read(root, &format!("{FORMATS}/demo_format/tests.rs"));
        assert!(tests.contains("contract!(\"demo_format\");"));
        for (file, lines) in [
            (&*format!("{FORMATS}/mod.rs"), "pub mod "),
            (REGISTRY, "    formats::"),
        ] {
            let text = read(root, file);
            let names: Vec<&str> = text
                .lines()
                .filter(|line| line.starts_with(lines))
                .collect();
            assert!(
                names.iter().any(|line| line.contains("demo_format")),
                "{file}: {names:?}"
            );
            assert!(names.is_sorted(), "{file}: {names:?}");
        }
        let guide = read(root, GUIDE);
        let (_, table) = guide.split_once("\n## Formats\n").unwrap();
        let rows: Vec<&str> = table
            .lines()
            .skip(1)
            .take_while(|line| line.starts_with('|'))
            .collect();
        let at = rows
            .iter()
            .position(|row| row.starts_with("| `demo_format` |"))
            .unwrap();
        assert!(rows[at - 1].starts_with("| `csv` |"), "{rows:?}");
    }

    #[test]
    fn nothing_is_overwritten_and_names_are_checked() {
        let root = root();
        let before = read(root.path(), REGISTRY);
        fs::create_dir_all(root.path().join(FORMATS).join("taken")).unwrap();
        for name in [
            "taken",
            "",
            "Upper",
            "with-hyphen",
            "9lives",
            "mod",
            "x_",
            "../up",
            &"x".repeat(40),
        ] {
            assert!(scaffold(root.path(), name).is_err(), "{name}");
        }
        assert_eq!(read(root.path(), REGISTRY), before);
    }

    #[test]
    fn a_line_goes_into_the_order_of_its_run() {
        let text = "x\na 1\na 3\n\na 0\n";
        assert_eq!(
            insert(text, None, "a ", "a 2").unwrap(),
            "x\na 1\na 2\na 3\n\na 0\n"
        );
        assert_eq!(
            insert(text, None, "a ", "a 4").unwrap(),
            "x\na 1\na 3\na 4\n\na 0\n"
        );
        assert_eq!(
            insert(text, Some("3\n\n"), "a ", "a 4").unwrap(),
            "x\na 1\na 3\n\na 0\na 4\n"
        );
        assert_eq!(insert(text, None, "b ", "b 4"), None);
    }
}
