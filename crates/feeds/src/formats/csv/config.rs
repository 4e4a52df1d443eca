//! Options of the format: how the table is written, and the mapping.

use super::grammar::Dialect;
use crate::charset::Charset;
use crate::mapping::{Kind, Mapping, Node, Problem, Problems, Reference, Section};

/// Bounds of what one row may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one row, 1 KiB to 16 MiB; also what a decoder holds at most.
    pub row_bytes: usize,
    /// Columns of one row, 1 to 10 000.
    pub columns: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            row_bytes: 256 * 1024,
            columns: 1_000,
        }
    }
}

/// Options of `csv`.
#[derive(Debug, Clone)]
pub struct CsvOptions {
    /// Signs between and around cells.
    pub dialect: Dialect,
    /// Names of the columns, where they are not those of the header row.
    pub columns: Option<Vec<String>>,
    /// Whether the first row is a header.
    pub header: bool,
    /// Where there is no byte order mark.
    pub(crate) charset: Charset,
    /// Lines that begin so are comments; ASCII.
    pub comment: Option<String>,
    /// Lines before the header that are no rows.
    pub skip_rows: u32,
    /// Words that stand for "no value", beside the empty cell.
    pub missing: Vec<String>,
    /// Bounds.
    pub limits: Limits,
    /// The mapping.
    pub mapping: Mapping,
}

/// Words for signs that are hard to see or to write in YAML.
const DELIMITERS: &[(&str, u8)] = &[
    ("comma", b','),
    ("semicolon", b';'),
    ("tab", b'\t'),
    ("pipe", b'|'),
    ("space", b' '),
    ("colon", b':'),
];

impl CsvOptions {
    /// Reads the `format:` part of a feed; without any options records are shown and counted only.
    ///
    /// # Errors
    /// All problems at once, in the order of the text.
    pub fn parse(yaml: &str) -> Result<Self, Vec<Problem>> {
        let node = Node::parse_options(yaml).map_err(|p| vec![p])?;
        Self::from_node(&node)
    }

    /// As [`CsvOptions::parse`] from a part of a larger file: lines and columns are then those of the file.
    ///
    /// # Errors
    /// All problems at once, in the order of the text.
    pub fn from_node(node: &Node) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        match Self::read(node, &mut problems) {
            Some(options) if problems.is_empty() => Ok(options),
            _ => Err(problems.into_sorted()),
        }
    }

    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let mut section = Section::open(node, problems)?;
        section.word("kind", &[("csv", ())], problems);
        let dialect = read_dialect(&mut section, problems);
        let columns = section.take("columns");
        let columns = columns.and_then(|n| read_columns(n, problems));
        let header = section.flag("header", problems);
        if header == Some(false) && columns.is_none() {
            problems.add_with_help(
                node,
                "missing_key",
                "a table without a header row needs `columns`",
                "as in `columns: [id, when, place]`",
            );
        }
        let charset = section.take("encoding").map(|n| read_charset(n, problems));
        let comment = section.take("comment");
        let comment = comment.and_then(|n| read_comment(n, dialect, problems));
        let skip_rows = section.whole("skip_rows", 0..=10_000, problems);
        let missing = section.take("missing");
        let missing = missing.map_or_else(Vec::new, |n| read_texts(n, problems));
        let limits = section.take("limits").map(|n| read_limits(n, problems));
        let mapping = Mapping::read_in(&mut section, problems);
        section.finish(problems);
        let mapping = mapping?;
        if mapping.uses_root() {
            let message = "a path begins with `$`, but a table has nothing around its rows";
            problems.add_with_help(node, "bad_path", message, "leave out `$.`");
        }
        Some(Self {
            dialect,
            header: header.unwrap_or(columns.is_none()),
            columns,
            charset: charset.flatten().unwrap_or(Charset::UTF_8),
            comment,
            skip_rows: skip_rows.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
            missing,
            limits: limits.unwrap_or_default(),
            mapping,
        })
    }

    /// The codes in the mapping that the rest of the configuration must have.
    pub fn references(&self) -> Vec<Reference> {
        self.mapping.references()
    }
}

fn read_dialect(section: &mut Section<'_>, problems: &mut Problems) -> Dialect {
    let usual = Dialect::default();
    let delimiter = section.take("delimiter");
    let delimiter = delimiter.and_then(|n| read_sign(n, DELIMITERS, problems));
    let none = |n: &Node| n.as_text() == Some("none");
    let quote = match section.take("quote") {
        None => usual.quote,
        Some(n) if none(n) => None,
        Some(n) => read_sign(n, &[], problems),
    };
    let escape = match section.take("escape") {
        Some(n) if !none(n) => read_sign(n, &[("backslash", b'\\')], problems),
        _ => None,
    };
    let double_quote = section.flag("double_quote", problems);
    let dialect = Dialect {
        delimiter: delimiter.unwrap_or(usual.delimiter),
        quote,
        escape,
        double_quote: double_quote.unwrap_or(usual.double_quote),
        trim: section.flag("trim", problems).unwrap_or(usual.trim),
    };
    let same = dialect.quote == Some(dialect.delimiter) || escape == Some(dialect.delimiter);
    if same {
        let message = "delimiter, quote and escape must be different signs";
        problems.add(section.node(), "bad_sign", message);
    }
    dialect
}

/// One ASCII sign that is no line break, or a word for it.
fn read_sign(node: &Node, words: &[(&'static str, u8)], problems: &mut Problems) -> Option<u8> {
    let text = node.as_text().unwrap_or_default();
    if let Some((_, sign)) = words.iter().find(|(word, _)| *word == text) {
        return Some(*sign);
    }
    match *text.as_bytes() {
        [sign] if sign.is_ascii() && !matches!(sign, b'\n' | b'\r' | 0) => Some(sign),
        _ => {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let message = format!("expected one ASCII sign, or one of: {}", words.join(", "));
            problems.add_with_help(node, "bad_sign", message, "as in `\";\"`");
            None
        }
    }
}

fn read_columns(node: &Node, problems: &mut Problems) -> Option<Vec<String>> {
    let names = read_texts(node, problems);
    let mut seen = std::collections::BTreeSet::new();
    for name in &names {
        if name.is_empty() || !seen.insert(name.as_str()) {
            let message = format!("expected different names that are not empty, found `{name}`");
            problems.add(node, "bad_columns", message);
        }
    }
    if names.is_empty() {
        problems.add(node, "bad_columns", "expected at least one name");
    }
    (!names.is_empty()).then_some(names)
}

/// A text or a list of texts; numbers and booleans as they are written.
fn read_texts(node: &Node, problems: &mut Problems) -> Vec<String> {
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => core::slice::from_ref(node),
    };
    let mut texts = Vec::new();
    for item in items {
        match &item.kind {
            Kind::Text(text) => texts.push(text.trim().to_owned()),
            Kind::Number(number) => texts.push(number.to_string()),
            _ => {
                let message = format!("expected a text, found {}", item.what());
                problems.add_with_help(item, "wrong_type", message, "put it in quotes");
            }
        }
    }
    texts
}

fn read_charset(node: &Node, problems: &mut Problems) -> Option<Charset> {
    let found = node.as_text().and_then(Charset::of_label);
    if found.is_none() {
        problems.add_with_help(
            node,
            "unknown_encoding",
            "expected utf-8, utf-16 or an encoding with one byte a sign",
            "as in windows-1251, koi8-u, ibm866, iso-8859-2",
        );
    }
    found
}

fn read_comment(node: &Node, dialect: Dialect, problems: &mut Problems) -> Option<String> {
    let text = node.as_text().unwrap_or_default();
    let fits = |b: u8| b.is_ascii_graphic() && b != dialect.delimiter && dialect.quote != Some(b);
    if (1..=16).contains(&text.len()) && text.bytes().all(fits) {
        return Some(text.to_owned());
    }
    let message = "expected 1 to 16 visible ASCII signs without delimiter and quote";
    problems.add_with_help(node, "bad_sign", message, "as in `\"#\"`");
    None
}

fn read_limits(node: &Node, problems: &mut Problems) -> Limits {
    let mut limits = Limits::default();
    let Some(mut section) = Section::open(node, problems) else {
        return limits;
    };
    let mut set = |key, range, slot: &mut usize| {
        if let Some(n) = section.whole(key, range, problems) {
            *slot = usize::try_from(n).unwrap_or(*slot);
        }
    };
    set("row_bytes", 1024..=16 * 1024 * 1024, &mut limits.row_bytes);
    set("columns", 1..=10_000, &mut limits.columns);
    section.finish(problems);
    limits
}
