//! Options of the format: which elements are records, namespaces, limits, and the mapping.

use std::collections::BTreeMap;

use super::record_path::RecordPath;
use crate::charset::Charset;
use crate::mapping::{Kind, Mapping, Node, Problem, Problems, Reference, Section};

/// Bounds of what one record may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one record, 1 KiB to 64 MiB; also what a decoder holds at most.
    pub record_bytes: usize,
    /// Depth of elements in a document, 2 to 200.
    pub depth: usize,
    /// Elements within one record, 1 to 1 000 000.
    pub elements: usize,
    /// Attributes of one element, 1 to 1 000.
    pub attributes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes: 8 * 1024 * 1024,
            depth: 64,
            elements: 200_000,
            attributes: 100,
        }
    }
}

/// Options of `xml`.
#[derive(Debug, Clone)]
pub struct XmlOptions {
    /// Which elements are records: those that any of these picks.
    pub records: Vec<RecordPath>,
    /// Namespaces to the prefixes that paths have for them.
    pub namespaces: BTreeMap<String, String>,
    /// Where neither byte order mark nor declaration says it.
    pub(crate) charset: Charset,
    /// Bounds.
    pub limits: Limits,
    /// The mapping.
    pub mapping: Mapping,
}

impl XmlOptions {
    /// Reads the `format:` part of a feed; without any options documents are shown and counted only.
    ///
    /// # Errors
    /// All problems at once, in the order of the text.
    pub fn parse(yaml: &str) -> Result<Self, Vec<Problem>> {
        let node = Node::parse_options(yaml).map_err(|p| vec![p])?;
        Self::from_node(&node)
    }

    /// As [`XmlOptions::parse`] from a part of a larger file: lines and columns are then those of the file.
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
        section.word("kind", &[("xml", ())], problems);
        let namespaces = section.take("namespaces");
        let namespaces = namespaces.map_or_else(BTreeMap::new, |n| read_namespaces(n, problems));
        let records = match section.take("record") {
            None => vec![RecordPath::root()],
            Some(n) => read_records(n, &namespaces, problems),
        };
        let charset = section.take("encoding").map(|n| {
            let found = n.as_text().and_then(Charset::of_label);
            if found.is_none() {
                let message = "expected utf-8, utf-16 or an encoding with one byte a sign";
                problems.add_with_help(n, "unknown_encoding", message, "as in windows-1251");
            }
            found
        });
        let limits = section.take("limits").map(|n| read_limits(n, problems));
        let mapping = Mapping::read_in(&mut section, problems);
        section.finish(problems);
        Some(Self {
            records,
            namespaces,
            charset: charset.flatten().unwrap_or(Charset::UTF_8),
            limits: limits.unwrap_or_default(),
            mapping: mapping?,
        })
    }

    /// The codes in the mapping that the rest of the configuration must have.
    pub fn references(&self) -> Vec<Reference> {
        self.mapping.references()
    }
}

/// Prefix to namespace in the file; here the other way round.
fn read_namespaces(node: &Node, problems: &mut Problems) -> BTreeMap<String, String> {
    let mut namespaces = BTreeMap::new();
    let Kind::Map(entries) = &node.kind else {
        let message = format!(
            "expected a map of prefixes to namespaces, found {}",
            node.what()
        );
        problems.add_with_help(
            node,
            "wrong_type",
            message,
            "as in `{gml: \"http://www.opengis.net/gml\"}`",
        );
        return namespaces;
    };
    for (prefix, uri) in entries {
        let plain = !prefix.name.is_empty()
            && prefix
                .name
                .chars()
                .all(|c| c.is_alphanumeric() || "-_".contains(c));
        match uri.as_text() {
            Some(text) if plain && !text.trim().is_empty() => {
                if namespaces
                    .insert(text.trim().to_owned(), prefix.name.clone())
                    .is_some()
                {
                    problems.add(
                        uri,
                        "bad_namespace",
                        "this namespace has another prefix already",
                    );
                }
            }
            _ => problems.add(
                uri,
                "bad_namespace",
                "expected a prefix of letters, and a namespace as text",
            ),
        }
    }
    namespaces
}

fn read_records(
    node: &Node,
    namespaces: &BTreeMap<String, String>,
    problems: &mut Problems,
) -> Vec<RecordPath> {
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => core::slice::from_ref(node),
    };
    let known = |prefix: &str| namespaces.values().any(|p| p == prefix);
    let mut paths = Vec::new();
    for item in items {
        match RecordPath::parse(item.as_text().unwrap_or_default(), known) {
            Ok(path) => paths.push(path),
            Err(why) => problems.add_with_help(
                item,
                "bad_path",
                why,
                "as in `/report/events/event` or `//event`",
            ),
        }
    }
    if items.is_empty() {
        problems.add(node, "bad_path", "expected at least one path");
    }
    paths
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
    set(
        "record_bytes",
        1024..=64 * 1024 * 1024,
        &mut limits.record_bytes,
    );
    set("depth", 2..=200, &mut limits.depth);
    set("elements", 1..=1_000_000, &mut limits.elements);
    set("attributes", 1..=1_000, &mut limits.attributes);
    section.finish(problems);
    limits
}
