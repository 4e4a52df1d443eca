//! Options of `cot_xml` and `cot_proto`.

use std::collections::BTreeMap;

use oneroof_model::{TypeCode, UnitId};

use super::types::KNOWN_TYPES;
use crate::mapping::{Kind, Node, Problem, Problems, Reference, ReferenceKind, Section};

/// Longest name of a unit or a track, bytes (`TrackIdent`).
pub(super) const MAX_IDENT: usize = 64;

/// How messages of protocol buffers are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Framing {
    /// By their first bytes.
    #[default]
    Auto,
    /// `0xBF 0x01 0xBF` before each.
    Mesh,
    /// `0xBF` and the length before each.
    Stream,
    /// Nothing before them: one message a file or datagram.
    Bare,
}

/// What to do about an event that breaks the schema but can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// Take it, and tell what is wrong.
    #[default]
    Lenient,
    /// Reject it.
    Strict,
}

/// What names an own unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnitName {
    /// Its call sign, else its uid.
    #[default]
    Callsign,
    /// Its uid.
    Uid,
}

/// Options of both kinds.
#[derive(Debug, Clone)]
pub struct CotOptions {
    /// How protocol buffers are told apart.
    pub framing: Framing,
    /// Most bytes of one event, which is also what a decoder holds at most.
    pub document_bytes: usize,
    /// What to do about events that break the schema.
    pub strictness: Strictness,
    /// What names a unit.
    pub unit_by: UnitName,
    /// Units by their call sign or uid, as `unit_by` says.
    pub units: BTreeMap<String, UnitId>,
    /// Whether friends that are not in the table are units too; else they are tracks.
    pub others_are_units: bool,
    /// CoT types, with those below them, to types of events; the longest that holds wins.
    pub types: BTreeMap<String, TypeCode>,
    references: Vec<Reference>,
}

impl Default for CotOptions {
    fn default() -> Self {
        Self {
            framing: Framing::Auto,
            // Events have a few kilobytes; some carry a small picture.
            document_bytes: 1024 * 1024,
            strictness: Strictness::Lenient,
            unit_by: UnitName::Callsign,
            units: BTreeMap::new(),
            others_are_units: true,
            types: KNOWN_TYPES
                .iter()
                .map(|(cot, code)| ((*cot).to_owned(), TypeCode::from(*code)))
                .collect(),
            references: Vec::new(),
        }
    }
}

impl CotOptions {
    /// Reads the `format:` part of a feed of `kind`; empty text is all defaults.
    ///
    /// # Errors
    /// All problems at once, in the order of the text.
    pub fn parse(kind: &'static str, yaml: &str) -> Result<Self, Vec<Problem>> {
        let text = if yaml.trim().is_empty() { "{}" } else { yaml };
        let node = Node::parse(text).map_err(|p| vec![p])?;
        let mut problems = Problems::default();
        let mut options = Self::default();
        // Comments alone are read as nothing.
        if node.kind != Kind::Null {
            options.read(kind, &node, &mut problems);
        }
        if problems.is_empty() {
            Ok(options)
        } else {
            Err(problems.into_sorted())
        }
    }

    fn read(&mut self, kind: &'static str, node: &Node, problems: &mut Problems) {
        let Some(mut section) = Section::open(node, problems) else {
            return;
        };
        section.word("kind", &[(kind, ())], problems);
        if kind == super::super::cot_proto::KIND.kind {
            let words = [
                ("auto", Framing::Auto),
                ("mesh", Framing::Mesh),
                ("stream", Framing::Stream),
                ("bare", Framing::Bare),
            ];
            self.framing = section
                .word("framing", &words, problems)
                .unwrap_or_default();
        }
        let words = [
            ("lenient", Strictness::Lenient),
            ("strict", Strictness::Strict),
        ];
        self.strictness = section
            .word("strictness", &words, problems)
            .unwrap_or_default();
        if let Some(n) = section.whole("document_bytes", 1024..=64 * 1024 * 1024, problems) {
            self.document_bytes = usize::try_from(n).unwrap_or(self.document_bytes);
        }
        if let Some(node) = section.take("units") {
            self.read_units(node, problems);
        }
        if let Some(node) = section.take("types") {
            for (key, value) in entries(node, problems) {
                let Some(code) = value.as_text() else {
                    problems.add(
                        value,
                        "wrong_type",
                        "expected an event type's code as in CRI04",
                    );
                    continue;
                };
                self.references.push(Reference {
                    kind: ReferenceKind::EventType,
                    code: code.to_owned(),
                    pos: value.pos,
                });
                self.types.insert(key, TypeCode::from(code));
            }
        }
        section.finish(problems);
    }

    fn read_units(&mut self, node: &Node, problems: &mut Problems) {
        let Some(mut section) = Section::open(node, problems) else {
            return;
        };
        let words = [("callsign", UnitName::Callsign), ("uid", UnitName::Uid)];
        self.unit_by = section.word("by", &words, problems).unwrap_or_default();
        let words = [("units", true), ("tracks", false)];
        self.others_are_units = section.word("others", &words, problems).unwrap_or(true);
        if let Some(table) = section.take("table") {
            for (key, value) in entries(table, problems) {
                match value
                    .as_text()
                    .filter(|id| (1..=MAX_IDENT).contains(&id.len()))
                {
                    Some(id) => drop(self.units.insert(key, UnitId::from(id))),
                    None => problems.add(
                        value,
                        "wrong_type",
                        format!("expected a unit's id of 1 to {MAX_IDENT} bytes"),
                    ),
                }
            }
        }
        section.finish(problems);
    }

    /// The codes that the rest of the configuration must have.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// The type of event for a CoT type: that of the longest entry of the table that holds.
    pub fn type_of(&self, kind: &str) -> Option<&TypeCode> {
        self.types
            .iter()
            .filter(|(above, _)| super::event::is_below(kind, above))
            .max_by_key(|(above, _)| above.split('-').count())
            .map(|(_, code)| code)
    }
}

fn entries<'n>(node: &'n Node, problems: &mut Problems) -> Vec<(String, &'n Node)> {
    if let Kind::Map(entries) = &node.kind {
        return entries.iter().map(|(k, v)| (k.name.clone(), v)).collect();
    }
    let message = format!("expected a map, found {}", node.what());
    problems.add(node, "wrong_type", message);
    Vec::new()
}
