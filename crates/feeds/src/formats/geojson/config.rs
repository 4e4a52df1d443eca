//! Options of the format: limits, and the mapping.

use crate::json_read::DuplicateKeys;
use crate::mapping::{Mapping, Node, Problem, Problems, Reference, Section};

/// Bounds of what one feature may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one feature, and of all that stands in a collection beside its features; 1 KiB to 64 MiB. Also what
    /// a decoder holds at most, twice.
    pub feature_bytes: usize,
    /// Depth of nesting within one feature, 4 to 100.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            feature_bytes: 8 * 1024 * 1024,
            depth: 32,
        }
    }
}

/// Options of `geojson`.
#[derive(Debug, Clone)]
pub struct GeoJsonOptions {
    /// What to do about duplicate keys.
    pub duplicate_keys: DuplicateKeys,
    /// Bounds.
    pub limits: Limits,
    /// The mapping.
    pub mapping: Mapping,
}

impl GeoJsonOptions {
    /// Reads the `format:` part of a feed; without any options features are shown and counted only.
    ///
    /// # Errors
    /// All problems at once, in the order of the text.
    pub fn parse(yaml: &str) -> Result<Self, Vec<Problem>> {
        let node = Node::parse_options(yaml).map_err(|p| vec![p])?;
        Self::from_node(&node)
    }

    /// As [`GeoJsonOptions::parse`] from a part of a larger file: lines and columns are then those of the file.
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
        section.word("kind", &[("geojson", ())], problems);
        let duplicate_keys = section
            .word("duplicate_keys", DuplicateKeys::WORDS, problems)
            .unwrap_or_default();
        let limits = section.take("limits").map(|n| read_limits(n, problems));
        let mapping = Mapping::read_with_geometry(&mut section, Some("geometry"), problems);
        section.finish(problems);
        Some(Self {
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
            *slot = usize::try_from(n).unwrap_or(*slot);
        }
    };
    set(
        "feature_bytes",
        1024..=64 * 1024 * 1024,
        &mut limits.feature_bytes,
    );
    set("depth", 4..=100, &mut limits.depth);
    section.finish(problems);
    limits
}
