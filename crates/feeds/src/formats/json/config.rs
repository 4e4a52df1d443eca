//! Options of the format: where the records are, limits, and the mapping.

use crate::json_read::DuplicateKeys;
use crate::mapping::{Mapping, Node, Path, Problem, Problems, Reference, Section};

/// Bounds of what one document may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one document, 1 KiB to 64 MiB; also what a decoder holds at most.
    pub document_bytes: usize,
    /// Depth of nesting within one record, 1 to 100.
    pub depth: usize,
    /// Records of one document, 1 to 1 000 000.
    pub records: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 8 * 1024 * 1024,
            depth: 32,
            records: 50_000,
        }
    }
}

/// Options of `json`.
#[derive(Debug, Clone)]
pub struct JsonOptions {
    /// Path from the document to its list of records; without it a list at the top is the list, and
    /// anything else is a record itself.
    pub records: Option<Path>,
    /// What to do about duplicate keys.
    pub duplicate_keys: DuplicateKeys,
    /// Bounds.
    pub limits: Limits,
    /// The mapping.
    pub mapping: Mapping,
}

impl JsonOptions {
    /// Reads the `format:` part of a feed.
    ///
    /// # Errors
    /// All problems at once, in the order of the text.
    pub fn parse(yaml: &str) -> Result<Self, Vec<Problem>> {
        let node = Node::parse_options(yaml).map_err(|p| vec![p])?;
        Self::from_node(&node)
    }

    /// As [`JsonOptions::parse`] from a part of a larger file that was read with [`Node::parse`]: lines
    /// and columns are then those of the whole file.
    ///
    /// # Errors
    /// All problems at once, in the order of the text.
    pub fn from_node(node: &Node) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let read = Self::read(node, &mut problems);
        match read {
            Some(options) if problems.is_empty() => Ok(options),
            _ => Err(problems.into_sorted()),
        }
    }

    fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        let mut section = Section::open(node, problems)?;
        section.word("kind", &[("json", ())], problems);
        let records = section.take("records").and_then(|n| {
            let text = n.as_text().unwrap_or_default();
            match Path::parse(text) {
                Ok(path) if !text.is_empty() && path.is_plain() => Some(path),
                Ok(_) => {
                    let message = "expected keys parted by dots, from the document's start";
                    problems.add_with_help(n, "bad_path", message, "as in `data.items`");
                    None
                }
                Err(why) => {
                    problems.add(n, "bad_path", format!("not a path: {why}"));
                    None
                }
            }
        });
        let duplicate_keys = section
            .word("duplicate_keys", DuplicateKeys::WORDS, problems)
            .unwrap_or_default();
        let limits = section.take("limits").map(|n| read_limits(n, problems));
        let mapping = Mapping::read_in(&mut section, problems);
        section.finish(problems);
        Some(Self {
            records,
            duplicate_keys,
            limits: limits.unwrap_or_default(),
            mapping: mapping?,
        })
    }

    /// The codes in the mapping that the rest of the configuration must have.
    pub fn references(&self) -> Vec<Reference> {
        self.mapping.references()
    }
}

fn read_limits(node: &Node, problems: &mut Problems) -> Limits {
    let mut limits = Limits::default();
    let Some(mut section) = Section::open(node, problems) else {
        return limits;
    };
    let mut set = |key, range, slot: &mut usize| {
        if let Some(n) = section.whole(key, range, problems) {
            *slot = usize::try_from(n).unwrap_or(usize::MAX);
        }
    };
    set(
        "document_bytes",
        1024..=64 * 1024 * 1024,
        &mut limits.document_bytes,
    );
    set("depth", 1..=100, &mut limits.depth);
    set("records", 1..=1_000_000, &mut limits.records);
    section.finish(problems);
    limits
}
