//! From the tree to types: every type says what it expects, every fault is noted and reading goes on, so that all of
//! them are shown at once.

use std::collections::{BTreeMap, BTreeSet};

use oneroof_model::LatLon;

use crate::problem::{Files, MAX_PROBLEMS, Problem, Spot, did_you_mean};
use crate::yaml::{Kind, Node};

/// What is collected while reading.
#[derive(Debug, Default)]
pub(crate) struct Cx {
    /// Files, for excerpts.
    pub(crate) files: Files,
    /// What was found.
    problems: Vec<Problem>,
    /// Problems beyond [`MAX_PROBLEMS`].
    unlisted: usize,
}

impl Cx {
    /// Notes a problem at a place.
    pub(crate) fn at(
        &mut self,
        spot: Spot,
        code: &'static str,
        message: String,
        help: Option<String>,
    ) {
        let (path, text) = self
            .files
            .get(spot.file)
            .map_or(("?", ""), |f| (f.path.as_str(), f.text.as_str()));
        let problem = Problem::at(path, text, spot, code, message, help);
        self.push(problem);
    }

    /// Notes a problem.
    pub(crate) fn push(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.unlisted += 1;
        }
    }

    /// Notes that a node is not what is expected there.
    pub(crate) fn expected(&mut self, node: &Node, what: &str, help: Option<String>) {
        let message = format!("expected {what}, found {}", node.what());
        self.at(node.spot, "wrong-value", message, help);
    }

    /// Whether nothing was found.
    pub(crate) fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// Everything that was found, by file and line.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems;
        problems.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        problems.dedup();
        if self.unlisted > 0 {
            let message = format!("{} more problems are not listed", self.unlisted);
            problems.push(Problem::of_file("configuration", "too-many", message));
        }
        problems
    }
}

/// A type that can be read from the tree.
pub(crate) trait FromNode: Sized {
    /// What is expected, in English, with its article (`a period such as 30s`).
    fn expects() -> String;

    /// Reads a node; `None` after having noted why not.
    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self>;
}

/// Reads the keys of one mapping.
pub(crate) struct MapReader<'a> {
    node: &'a Node,
    known: &'a [&'a str],
}

impl<'a> MapReader<'a> {
    /// Begins; notes keys that are not known.
    pub(crate) fn new(node: &'a Node, cx: &mut Cx, known: &'a [&'a str]) -> Option<Self> {
        let Kind::Map(entries) = &node.kind else {
            let what = format!("a mapping with the keys {}", known.join(", "));
            cx.expected(node, &what, None);
            return None;
        };
        for (key, _) in entries {
            if !known.contains(&key.name.as_str()) {
                let help = match did_you_mean(&key.name, known.iter().copied()) {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => format!("known here: {}", known.join(", ")),
                };
                let message = format!("unknown key `{}`", key.name);
                cx.at(key.spot, "unknown-key", message, Some(help));
            }
        }
        Some(Self { node, known })
    }

    /// A key that has to be there.
    pub(crate) fn required<T: FromNode>(&self, key: &str, cx: &mut Cx) -> Option<T> {
        if let Some(value) = self.node.get(key) {
            return T::from_node(value, cx);
        }
        // A misspelt key was noted already; that it is missing too would be noise.
        let misspelt = self.node.entries().iter().any(|(k, _)| {
            !self.known.contains(&k.name.as_str())
                && did_you_mean(&k.name, self.known.iter().copied()) == Some(key)
        });
        if !misspelt {
            let help = format!("add `{key}:`, {}", T::expects());
            let mut spot = self.node.spot;
            spot.width = 1;
            cx.at(
                spot,
                "missing-key",
                format!("missing key `{key}`"),
                Some(help),
            );
        }
        None
    }

    /// A key that may be missing or empty.
    pub(crate) fn or<T: FromNode>(&self, key: &str, default: T, cx: &mut Cx) -> Option<T> {
        match self.node.get(key) {
            Some(value) if !value.is_null() => T::from_node(value, cx),
            _ => Some(default),
        }
    }
}

impl<T: FromNode> FromNode for Option<T> {
    fn expects() -> String {
        T::expects()
    }
    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        if node.is_null() {
            Some(None)
        } else {
            T::from_node(node, cx).map(Some)
        }
    }
}

impl FromNode for String {
    fn expects() -> String {
        "a text".to_owned()
    }
    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        match node.text() {
            Some(text) if !text.trim().is_empty() => Some(text.to_owned()),
            _ => {
                cx.expected(node, &Self::expects(), None);
                None
            }
        }
    }
}

impl FromNode for bool {
    fn expects() -> String {
        "true or false".to_owned()
    }
    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        match node.text() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => {
                cx.expected(node, &Self::expects(), None);
                None
            }
        }
    }
}

impl FromNode for u32 {
    fn expects() -> String {
        "a whole number".to_owned()
    }
    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        let value = node.text().and_then(|t| t.replace('_', "").parse().ok());
        if value.is_none() {
            cx.expected(node, "a whole number from 0 to 4294967295", None);
        }
        value
    }
}

impl FromNode for f64 {
    fn expects() -> String {
        "a number".to_owned()
    }
    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        let value = node
            .text()
            .and_then(|t| t.parse::<Self>().ok())
            .filter(|v| v.is_finite());
        if value.is_none() {
            let comma = node.text().is_some_and(|t| t.contains(','));
            let help = comma.then(|| "the decimal sign is a point".to_owned());
            cx.expected(node, "a number", help);
        }
        value
    }
}

impl FromNode for LatLon {
    fn expects() -> String {
        "a position such as {lat: 48.01, lon: 22.89}".to_owned()
    }
    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        let map = MapReader::new(node, cx, &["lat", "lon"])?;
        let lat = map.required::<f64>("lat", cx);
        let lon = map.required::<f64>("lon", cx);
        let (lat, lon) = (lat?, lon?);
        if let Ok(at) = Self::new(lat, lon) {
            return Some(at);
        }
        let help = "latitude is -90 to 90, longitude -180 to 180 degrees".to_owned();
        cx.at(
            node.spot,
            "wrong-value",
            format!("no position: {lat}, {lon}"),
            Some(help),
        );
        None
    }
}

impl<T: FromNode> FromNode for Vec<T> {
    fn expects() -> String {
        "a list".to_owned()
    }
    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        let Kind::List(items) = &node.kind else {
            if node.is_null() {
                return Some(Self::new());
            }
            cx.expected(node, &format!("a list, each entry {}", T::expects()), None);
            return None;
        };
        // Each entry is read even after one has failed, so that all faults are shown.
        let read: Vec<Option<T>> = items.iter().map(|item| T::from_node(item, cx)).collect();
        read.into_iter().collect()
    }
}

impl<T: FromNode + Ord> FromNode for BTreeSet<T> {
    fn expects() -> String {
        Vec::<T>::expects()
    }
    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        Vec::<T>::from_node(node, cx).map(|v| v.into_iter().collect())
    }
}

impl<K: FromNode + Ord, T: FromNode> FromNode for BTreeMap<K, T> {
    fn expects() -> String {
        "a mapping".to_owned()
    }
    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        let Kind::Map(entries) = &node.kind else {
            if node.is_null() {
                return Some(Self::new());
            }
            let what = format!("a mapping of {} to {}", K::expects(), T::expects());
            cx.expected(node, &what, None);
            return None;
        };
        let mut read = Vec::new();
        for (key, value) in entries {
            let kind = Kind::Scalar {
                text: key.name.clone(),
                plain: true,
            };
            let name = K::from_node(
                &Node {
                    spot: key.spot,
                    bytes: (0, 0),
                    kind,
                },
                cx,
            );
            let value = T::from_node(value, cx);
            read.push(name.zip(value));
        }
        read.into_iter().collect()
    }
}

/// The key of a field whose name is a word of Rust (`r#type`).
pub(crate) fn key(field: &'static str) -> &'static str {
    field.strip_prefix("r#").unwrap_or(field)
}

/// Reads a word out of a fixed list.
pub(crate) fn word<T: Copy>(node: &Node, cx: &mut Cx, words: &[(&str, T)]) -> Option<T> {
    let names = || words.iter().map(|(w, _)| *w);
    let found = node
        .text()
        .and_then(|t| words.iter().find(|(w, _)| *w == t));
    if let Some((_, value)) = found {
        return Some(*value);
    }
    let help = node
        .text()
        .and_then(|t| did_you_mean(t, names()))
        .map(|word| format!("did you mean `{word}`?"));
    let what = format!("one of {}", names().collect::<Vec<_>>().join(", "));
    cx.expected(node, &what, help);
    None
}

/// Makes types of the model readable that are words of a fixed list.
macro_rules! words {
    ($($ty:ty { $($word:literal => $value:expr),* $(,)? })*) => {$(
        impl $crate::read::FromNode for $ty {
            fn expects() -> String {
                format!("one of {}", [$($word),*].join(", "))
            }
            fn from_node(
                node: &$crate::yaml::Node,
                cx: &mut $crate::read::Cx,
            ) -> Option<Self> {
                $crate::read::word(node, cx, &[$(($word, $value)),*])
            }
        }
    )*};
}
pub(crate) use words;

/// Makes a struct out of one table: its fields, the keys of its mapping, and its JSON Schema cannot disagree.
///
/// `name: Type` has to be there; `name: Type = default` may be missing.
macro_rules! record {
    ($(
        $(#[doc = $doc:literal])+
        pub struct $name:ident {
            $($(#[doc = $fdoc:literal])+ $field:ident: $ty:ty $(= $default:expr)?),* $(,)?
        }
    )*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        pub struct $name {
            $($(#[doc = $fdoc])+ pub $field: $ty),*
        }

        impl $crate::read::FromNode for $name {
            fn expects() -> String {
                let keys = [$($crate::read::key(stringify!($field))),*].join(", ");
                format!("a mapping with the keys {keys}")
            }
            fn from_node(
                node: &$crate::yaml::Node,
                cx: &mut $crate::read::Cx,
            ) -> Option<Self> {
                let known = [$($crate::read::key(stringify!($field))),*];
                let map = $crate::read::MapReader::new(node, cx, &known)?;
                $(let $field = $crate::read::record!(@read map, $field, cx $(, $default)?);)*
                Some(Self { $($field: $field?),* })
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut object = $crate::schema::Object::new(concat!($($doc, "\n"),+));
                $(object.field(
                    $crate::read::key(stringify!($field)),
                    concat!($($fdoc, "\n"),+),
                    generator.subschema_for::<$ty>(),
                    $crate::read::record!(@required $($default)?),
                );)*
                object.build()
            }
        }
    )*};
    (@read $map:ident, $field:ident, $cx:ident) => {
        $map.required($crate::read::key(stringify!($field)), $cx)
    };
    (@read $map:ident, $field:ident, $cx:ident, $default:expr) => {
        $map.or($crate::read::key(stringify!($field)), $default, $cx)
    };
    (@required) => { true };
    (@required $default:expr) => { false };
}
pub(crate) use record;
