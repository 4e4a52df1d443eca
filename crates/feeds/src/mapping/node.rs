//! A YAML value whose every part knows its line and column. The YAML reader of the mapping engine is used
//! in this file only.

use core::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

use super::problem::{Pos, Problem};

/// Depth of a mapping's YAML beyond which it is refused.
const MAX_DEPTH: usize = 48;

/// A value of the configuration with its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands.
    pub pos: Pos,
    /// Path of keys that leads to it from the root.
    pub path: String,
    /// What it is.
    pub kind: Kind,
}

/// A key of a map with its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Where it stands.
    pub pos: Pos,
    /// The key; numbers and booleans as they are written.
    pub name: String,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the text.
    Map(Vec<(Key, Node)>),
}

impl Node {
    /// Reads YAML text; lines and columns count from its start, so give it the whole file and take the
    /// part with [`Node::get`].
    ///
    /// # Errors
    /// The first syntax error: what follows it can not be understood.
    pub fn parse(yaml: &str) -> Result<Self, Problem> {
        // YAML 1.2 booleans: `y` and `no` are a path and a code here, and `007` keeps its zeros.
        let options = serde_saphyr::options! {
            strict_booleans: true,
            leading_zero_numbers_as_strings: true,
        };
        let read = serde_saphyr::from_str_with_options::<Raw>(yaml, options);
        let raw = read.map_err(|e| {
            let pos = e
                .location()
                .map(|l| pos(l.line(), l.column()))
                .unwrap_or_default();
            let text = e.to_string();
            let first = text.lines().next().unwrap_or("not readable as YAML");
            let message = first.trim_start_matches("error: ").to_owned();
            Problem {
                pos,
                path: String::new(),
                code: "yaml",
                message,
                help: None,
            }
        })?;
        Ok(raw.place(""))
    }

    /// As [`Node::parse`] of the options of a format with a mapping; none at all (nothing, or comments alone)
    /// are `map: []`: every record is only shown and counted.
    pub(crate) fn parse_options(yaml: &str) -> Result<Self, Problem> {
        let node = Self::parse(if yaml.trim().is_empty() { "~" } else { yaml })?;
        match node.kind {
            Kind::Null => Self::parse("map: []"),
            _ => Ok(node),
        }
    }

    /// A node from a value whose place in a text is not known.
    pub fn from_value(value: &serde_json::Value) -> Self {
        Raw::from_value(value).place("")
    }

    /// The value of a key of a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|(k, _)| k.name == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The text, where it is one.
    pub const fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(t) => Some(t.as_str()),
            _ => None,
        }
    }

    /// The number, where it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match &self.kind {
            Kind::Number(n) => n.as_f64(),
            _ => None,
        }
    }

    /// What it is, in a word.
    pub const fn what(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }

    /// The value without places.
    pub fn to_value(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(b) => Value::Bool(*b),
            Kind::Number(n) => Value::Number(n.clone()),
            Kind::Text(t) => Value::String(t.clone()),
            Kind::List(l) => l.iter().map(Self::to_value).collect(),
            Kind::Map(m) => m
                .iter()
                .map(|(k, v)| (k.name.clone(), v.to_value()))
                .collect(),
        }
    }
}

fn pos(line: u64, column: u64) -> Pos {
    Pos {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
    }
}

/// A node before its path is known.
struct Raw {
    pos: Pos,
    kind: RawKind,
}

enum RawKind {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Raw>),
    Map(Vec<(Key, Raw)>),
}

impl Raw {
    fn from_value(value: &serde_json::Value) -> Self {
        use serde_json::Value;
        let kind = match value {
            Value::Null => RawKind::Null,
            Value::Bool(b) => RawKind::Bool(*b),
            Value::Number(n) => RawKind::Number(n.clone()),
            Value::String(s) => RawKind::Text(s.clone()),
            Value::Array(a) => RawKind::List(a.iter().map(Self::from_value).collect()),
            Value::Object(o) => RawKind::Map(
                o.iter()
                    .map(|(k, v)| {
                        (
                            Key {
                                pos: Pos::default(),
                                name: k.clone(),
                            },
                            Self::from_value(v),
                        )
                    })
                    .collect(),
            ),
        };
        Self {
            pos: Pos::default(),
            kind,
        }
    }

    fn place(self, path: &str) -> Node {
        let kind = match self.kind {
            RawKind::Null => Kind::Null,
            RawKind::Bool(b) => Kind::Bool(b),
            RawKind::Number(n) => Kind::Number(n),
            RawKind::Text(t) => Kind::Text(t),
            RawKind::List(l) => Kind::List(
                l.into_iter()
                    .enumerate()
                    .map(|(i, item)| item.place(&format!("{path}[{i}]")))
                    .collect(),
            ),
            RawKind::Map(m) => Kind::Map(
                m.into_iter()
                    .map(|(k, v)| {
                        let below = join(path, &k.name);
                        (k, v.place(&below))
                    })
                    .collect(),
            ),
        };
        Node {
            pos: self.pos,
            path: path.to_owned(),
            kind,
        }
    }
}

pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

thread_local! {
    /// Depth of the value that is being read on this thread; the reader itself has a budget too.
    static DEPTH: core::cell::Cell<usize> = const { core::cell::Cell::new(0) };
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let depth = DEPTH.get();
        if depth >= MAX_DEPTH {
            return Err(D::Error::custom(format!("nested deeper than {MAX_DEPTH}")));
        }
        DEPTH.set(depth + 1);
        let spanned = Spanned::<RawKind>::deserialize(d);
        DEPTH.set(depth);
        let spanned = spanned?;
        let at = spanned.referenced;
        Ok(Self {
            pos: pos(at.line(), at.column()),
            kind: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for RawKind {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = RawKind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }
    fn visit_unit<E: Error>(self) -> Result<RawKind, E> {
        Ok(RawKind::Null)
    }
    fn visit_none<E: Error>(self) -> Result<RawKind, E> {
        Ok(RawKind::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<RawKind, D::Error> {
        RawKind::deserialize(d)
    }
    fn visit_bool<E: Error>(self, b: bool) -> Result<RawKind, E> {
        Ok(RawKind::Bool(b))
    }
    fn visit_i64<E: Error>(self, n: i64) -> Result<RawKind, E> {
        Ok(RawKind::Number(n.into()))
    }
    fn visit_u64<E: Error>(self, n: u64) -> Result<RawKind, E> {
        Ok(RawKind::Number(n.into()))
    }
    fn visit_f64<E: Error>(self, n: f64) -> Result<RawKind, E> {
        serde_json::Number::from_f64(n)
            .map(RawKind::Number)
            .ok_or_else(|| E::custom("expected a finite number"))
    }
    fn visit_str<E: Error>(self, s: &str) -> Result<RawKind, E> {
        Ok(RawKind::Text(s.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RawKind, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = seq.next_element()? {
            list.push(item);
        }
        Ok(RawKind::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawKind, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let at = pos(key.referenced.line(), key.referenced.column());
            let value: Raw = map.next_value()?;
            entries.push((
                Key {
                    pos: at,
                    name: key.value,
                },
                value,
            ));
        }
        Ok(RawKind::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_knows_its_line_and_column_through_merge_and_flow() {
        let root =
            Node::parse("a: &x\n  p: 1\n  \"07\": q\nb:\n  <<: *x\n  l: [1, {k: v}]\n").unwrap();
        let b = root.get("b").unwrap();
        assert_eq!(b.get("07").and_then(Node::as_text), Some("q"));
        let Kind::List(items) = &b.get("l").unwrap().kind else {
            panic!("expected a list")
        };
        let v = items[1].get("k").unwrap();
        assert_eq!((v.pos.line, v.pos.column), (6, 14));
        assert_eq!(v.path, "b.l[1].k");
    }

    #[test]
    fn y_and_no_are_texts_and_zeros_are_kept() {
        let root = Node::parse("lat: y\nno: NO\nid: 007\nyes: true\n").unwrap();
        assert_eq!(root.get("lat").and_then(Node::as_text), Some("y"));
        assert_eq!(root.get("no").and_then(Node::as_text), Some("NO"));
        assert_eq!(root.get("id").and_then(Node::as_text), Some("007"));
        assert_eq!(root.get("yes").unwrap().kind, Kind::Bool(true));
    }

    #[test]
    fn a_key_that_is_written_twice_is_a_problem_with_its_place() {
        let problem = Node::parse("a: 1\na: 2\n").unwrap_err();
        assert_eq!((problem.pos.line, problem.pos.column), (2, 1));
    }

    #[test]
    fn deep_nesting_is_refused_without_harm() {
        let deep = "[".repeat(5_000);
        assert!(Node::parse(&deep).is_err());
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert!(Node::parse(&deep).is_err());
    }
}
