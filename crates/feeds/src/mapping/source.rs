//! Where the value of one field comes from: a path, alternatives, a constant, a template, a code table.
//!
//! In YAML a text is a path, a list is alternatives of which the first that has a value counts, and a map
//! says more: `{path: ...}`, `{const: ...}` or `{template: ...}`, with `table`, `missing`, `default`,
//! `optional` and `on_error` beside it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::node::{Kind, Node};
use super::path::Path;
use super::problem::{Pos, Problems};
use super::reads::Reads;
use super::record::{Notes, Record, scalar_text, what};
use super::section::{Section, word_of};
use super::template::Template;

/// Entries of one code table beyond which it is refused.
const MAX_TABLE: usize = 10_000;

/// A code table: the sender's code to our value. Keys are compared as trimmed texts, case-sensitively.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Code to value, with the place of the value in the configuration.
    pub entries: BTreeMap<String, (Value, Pos)>,
}

/// Tables that the mapping names, to be shared by several fields.
pub type Tables = BTreeMap<String, Arc<Table>>;

#[derive(Debug, Clone, PartialEq)]
enum Pick {
    Path(Path),
    Const(Value),
    Template(Template),
    First(Vec<Source>),
}

/// What happens where a value is there but not as expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    /// The record is a reject.
    #[default]
    Reject,
    /// The field is left empty and the draft marked with a format fault.
    Drop,
}

/// The source of one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Where it stands in the configuration.
    pub pos: Pos,
    pick: Pick,
    missing: Vec<Value>,
    table: Option<Arc<Table>>,
    default: Option<Value>,
    /// Whether the field may be absent.
    pub required: bool,
    /// What to do with a value that can't be read.
    pub on_error: OnError,
}

/// What a source gives for a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Got<'v> {
    /// No value.
    Missing,
    /// A value.
    Value(Cow<'v, Value>),
    /// A code that its table does not know.
    Unknown(String),
}

impl Source {
    /// The value of one key of a record.
    pub(crate) fn of_key(key: &str) -> Self {
        Self {
            pos: Pos::default(),
            pick: Pick::Path(Path::of_key(key)),
            missing: Vec::new(),
            table: None,
            default: None,
            required: false,
            on_error: OnError::Reject,
        }
    }

    /// Reads a source that stands alone.
    pub(crate) fn read(node: &Node, tables: &Tables, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Map(_) => {
                let mut section = Section::open(node, problems)?;
                let source = Self::read_in(&mut section, tables, problems);
                section.finish(problems);
                source
            }
            _ => Self::read_short(node, tables, problems),
        }
    }

    /// Reads a source out of a map whose other keys the caller reads.
    pub(crate) fn read_in(
        section: &mut Section<'_>,
        tables: &Tables,
        problems: &mut Problems,
    ) -> Option<Self> {
        let path = section.take("path");
        let constant = section.take("const");
        let template = section.take("template");
        let table = section.take("table");
        let missing = section.take("missing");
        let default = section.take("default");
        let required = section.flag("required", problems).unwrap_or(false);
        let words = [("reject", OnError::Reject), ("drop", OnError::Drop)];
        let on_error = section
            .word("on_error", &words, problems)
            .unwrap_or_default();
        let node = section.node();
        let pick = match (path, constant, template) {
            (Some(p), None, None) => Self::read_short(p, tables, problems)?.pick,
            (None, Some(c), None) => Pick::Const(c.to_value()),
            (None, None, Some(t)) => Pick::Template(read_template(t, problems)?),
            (None, None, None) => {
                problems.add(node, "no_source", "expected one of: path, const, template");
                return None;
            }
            _ => {
                problems.add(
                    node,
                    "two_sources",
                    "only one of path, const, template may stand here",
                );
                return None;
            }
        };
        let table = match table {
            Some(t) => Some(read_table(t, tables, problems)?),
            None => None,
        };
        let missing = match missing.map(|m| (&m.kind, m)) {
            None => Vec::new(),
            Some((Kind::List(items), _)) => items.iter().map(Node::to_value).collect(),
            Some((_, one)) => vec![one.to_value()],
        };
        let default = default.map(Node::to_value);
        Some(Self {
            pos: node.pos,
            pick,
            missing,
            table,
            default,
            required,
            on_error,
        })
    }

    /// A path as text, or a list of alternatives.
    fn read_short(node: &Node, tables: &Tables, problems: &mut Problems) -> Option<Self> {
        let pick = match &node.kind {
            Kind::Text(text) => Pick::Path(read_path(node, text, problems)?),
            Kind::List(items) if !items.is_empty() => {
                let all: Vec<Option<Self>> = items
                    .iter()
                    .map(|i| Self::read(i, tables, problems))
                    .collect();
                Pick::First(all.into_iter().collect::<Option<_>>()?)
            }
            _ => {
                let message = format!(
                    "expected a path, a list of alternatives or a map, found {}",
                    node.what()
                );
                let help = "write `{const: ...}` for a fixed value";
                problems.add_with_help(node, "wrong_type", message, help);
                return None;
            }
        };
        Some(Self {
            pos: node.pos,
            pick,
            missing: Vec::new(),
            table: None,
            default: None,
            required: false,
            on_error: OnError::Reject,
        })
    }

    /// The value for a record.
    pub fn get<'v>(&'v self, record: &Record<'v>) -> Got<'v> {
        let found = match &self.pick {
            Pick::Path(path) => path.first(record.ground()).map(Cow::Borrowed),
            Pick::Const(value) => Some(Cow::Borrowed(value)),
            Pick::Template(t) => t.fill(record).ok().map(|s| Cow::Owned(Value::String(s))),
            Pick::First(sources) => {
                let first = sources
                    .iter()
                    .map(|s| s.get(record))
                    .find(|g| *g != Got::Missing);
                match first {
                    Some(Got::Value(value)) => Some(value),
                    Some(unknown @ Got::Unknown(_)) => return unknown,
                    _ => None,
                }
            }
        };
        let default = || {
            self.default
                .as_ref()
                .map_or(Got::Missing, |d| Got::Value(Cow::Borrowed(d)))
        };
        let Some(value) = found.filter(|v| !self.is_missing(v)) else {
            return default();
        };
        let Some(table) = &self.table else {
            return Got::Value(value);
        };
        let Some(code) = scalar_text(&value) else {
            return default();
        };
        match table.entries.get(code.as_ref()) {
            Some((ours, _)) if ours.is_null() => Got::Missing,
            Some((ours, _)) => Got::Value(Cow::Borrowed(ours)),
            None if self.default.is_some() => default(),
            None => Got::Unknown(code.into_owned()),
        }
    }

    /// The value before its table: the sender's own code.
    pub fn original(&self, record: &Record<'_>) -> Option<String> {
        let value = match &self.pick {
            Pick::Path(path) => path.first(record.ground()),
            Pick::First(sources) => return sources.iter().find_map(|s| s.original(record)),
            Pick::Const(_) | Pick::Template(_) => None,
        };
        value
            .filter(|v| !self.is_missing(v))
            .and_then(scalar_text)
            .map(Cow::into_owned)
    }

    /// The value, where it is there; an unknown code and a missing value that must be there are noted.
    pub(crate) fn value<'v>(
        &'v self,
        record: &Record<'v>,
        notes: &mut Notes,
    ) -> Option<Cow<'v, Value>> {
        match self.get(record) {
            Got::Value(value) => Some(value),
            Got::Unknown(_) => {
                self.bad(notes, "unknown_code", "a code of its table, found another");
                None
            }
            Got::Missing => {
                if self.required {
                    notes.fault("missing_field", self.label(), "a value, found none");
                }
                None
            }
        }
    }

    /// The value as text.
    pub(crate) fn text(&self, record: &Record<'_>, notes: &mut Notes) -> Option<String> {
        let value = self.value(record, notes)?;
        if let Some(text) = scalar_text(&value) {
            return Some(text.into_owned());
        }
        if !matches!(*value, Value::String(_)) {
            self.bad(notes, "not_text", format!("a text, found {}", what(&value)));
        }
        None
    }

    /// Notes that a value is not as expected.
    pub(crate) fn bad(&self, notes: &mut Notes, code: &'static str, expected: impl Into<String>) {
        match self.on_error {
            OnError::Reject => notes.fault(code, self.label(), expected),
            OnError::Drop => {
                notes
                    .issues
                    .insert(oneroof_model::QualityIssue::FormatFault);
            }
        }
    }

    /// How the source is called in a reason: its path.
    pub fn label(&self) -> String {
        match &self.pick {
            Pick::Path(path) => path.to_string(),
            Pick::Const(_) => "(constant)".to_owned(),
            Pick::Template(t) => {
                let paths: Vec<String> = t.paths().map(ToString::to_string).collect();
                paths.join(" + ")
            }
            Pick::First(sources) => sources
                .iter()
                .map(Self::label)
                .collect::<Vec<_>>()
                .join(" or "),
        }
    }

    /// A constant, where it is one and no table stands between.
    pub fn constant(&self) -> Option<&Value> {
        match &self.pick {
            Pick::Const(v) if self.table.is_none() => Some(v),
            _ => None,
        }
    }

    /// Every value that can come out and is known from the configuration, with its place.
    pub fn known_values(&self) -> Vec<(&Value, Pos)> {
        let mut all: Vec<(&Value, Pos)> = Vec::new();
        if let Some(table) = &self.table {
            all.extend(table.entries.values().map(|(v, p)| (v, *p)));
        } else if let Pick::Const(v) = &self.pick {
            all.push((v, self.pos));
        } else if let Pick::First(sources) = &self.pick {
            all.extend(sources.iter().flat_map(Self::known_values));
        }
        all.extend(self.default.iter().map(|d| (d, self.pos)));
        all
    }

    /// Adds the paths that it reads.
    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        match &self.pick {
            Pick::Path(path) => to.push(path),
            Pick::Template(t) => to.extend(t.paths()),
            Pick::First(sources) => sources.iter().for_each(|s| s.paths(to)),
            Pick::Const(_) => {}
        }
    }

    fn is_missing(&self, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::String(s) if s.trim().is_empty() => true,
            _ => self.missing.iter().any(|m| same(m, value)),
        }
    }
}

/// Whether two scalars are the same, also across text and number (`"3"` and `3`).
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    if let (Some(x), Some(y)) = (a.as_f64(), b.as_f64()) {
        return (x - y).abs() < 1e-9;
    }
    // YAML reads an unquoted `FALSE` as a boolean, where the sender's code FALSE may be meant.
    if let (Value::Bool(x), Value::String(s)) | (Value::String(s), Value::Bool(x)) = (a, b) {
        return s
            .trim()
            .eq_ignore_ascii_case(if *x { "true" } else { "false" });
    }
    a == b || matches!((scalar_text(a), scalar_text(b)), (Some(x), Some(y)) if x == y)
}

/// A path out of a node that must be a text.
pub(crate) fn path_of(node: &Node, problems: &mut Problems) -> Option<Path> {
    if let Some(text) = node.as_text() {
        return read_path(node, text, problems);
    }
    problems.add(
        node,
        "wrong_type",
        format!("expected a path, found {}", node.what()),
    );
    None
}

fn read_path(node: &Node, text: &str, problems: &mut Problems) -> Option<Path> {
    match Path::parse(text) {
        Ok(path) => Some(path),
        Err(why) => {
            problems.add(node, "bad_path", format!("not a path: {why}"));
            None
        }
    }
}

fn read_template(node: &Node, problems: &mut Problems) -> Option<Template> {
    match node.as_text().map(Template::parse) {
        Some(Ok(template)) => Some(template),
        Some(Err(why)) => {
            problems.add(node, "bad_template", format!("not a template: {why}"));
            None
        }
        None => {
            problems.add(
                node,
                "wrong_type",
                format!("expected a text, found {}", node.what()),
            );
            None
        }
    }
}

/// A table written in place, or the name of a shared one.
pub(crate) fn read_table(
    node: &Node,
    tables: &Tables,
    problems: &mut Problems,
) -> Option<Arc<Table>> {
    match &node.kind {
        Kind::Map(entries) if entries.len() <= MAX_TABLE => {
            let entries = entries
                .iter()
                .map(|(k, v)| (k.name.trim().to_owned(), (v.to_value(), v.pos)))
                .collect();
            Some(Arc::new(Table { entries }))
        }
        Kind::Text(name) => {
            let found = tables.get(name).map(Arc::clone);
            if found.is_none() {
                let names: Vec<&str> = tables.keys().map(String::as_str).collect();
                let message = format!("no table of this name; there are: {}", names.join(", "));
                problems.add(node, "unknown_table", message);
            }
            found
        }
        _ => {
            let message = format!("expected a table or the name of one, found {}", node.what());
            problems.add(node, "wrong_type", message);
            None
        }
    }
}

/// A field whose value is one of a few words: a word in YAML is a constant, a map is a source whose table
/// gives such words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Words<T: 'static> {
    source: Option<Source>,
    fixed: Option<T>,
    words: &'static [(&'static str, T)],
}

impl<T: Copy + PartialEq> Words<T> {
    pub(crate) fn read(
        node: &Node,
        words: &'static [(&'static str, T)],
        tables: &Tables,
        problems: &mut Problems,
    ) -> Option<Self> {
        if !matches!(node.kind, Kind::Map(_) | Kind::List(_)) {
            let fixed = word_of(node, words, problems)?;
            return Some(Self {
                source: None,
                fixed: Some(fixed),
                words,
            });
        }
        let source = Source::read(node, tables, problems)?;
        for (value, pos) in source.known_values() {
            let known = value
                .as_str()
                .is_some_and(|v| words.iter().any(|(w, _)| *w == v));
            if !known && !value.is_null() {
                let list: Vec<&str> = words.iter().map(|(w, _)| *w).collect();
                let message = format!("expected one of: {}", list.join(", "));
                problems.push(pos, &node.path, "unknown_word", message, None);
            }
        }
        Some(Self {
            source: Some(source),
            fixed: None,
            words,
        })
    }

    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Option<T> {
        let Some(source) = &self.source else {
            return self.fixed;
        };
        let text = source.text(record, notes)?;
        let found = self.words.iter().find(|(w, _)| *w == text).map(|(_, v)| *v);
        if found.is_none() {
            let list: Vec<&str> = self.words.iter().map(|(w, _)| *w).collect();
            let expected = format!("one of {}, found another text", list.join(", "));
            source.bad(notes, "unknown_word", expected);
        }
        found
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        if let Some(source) = &self.source {
            source.paths(to);
        }
    }
}
