//! Options of the format.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use oneroof_model::TypeCode;

use super::speak::Speak;
use crate::mapping::{Kind, Node, Problem, Problems, Reference, ReferenceKind, Section};

/// What to do about a message that the schemas refuse but that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// Take it with a quality issue that names the fault.
    #[default]
    Lenient,
    /// Reject it.
    Strict,
}

/// Options of `cise`.
#[derive(Debug, Clone)]
pub struct CiseOptions {
    /// What to do about schema faults.
    pub strictness: Strictness,
    /// Bytes of one document, which is also what a decoder holds at most.
    pub document_bytes: usize,
    /// The zone of dates and times of day without an offset.
    pub zone: TimeZone,
    /// Class, or class and type parted by `/`, to an event type; before the table of the format.
    pub types: BTreeMap<String, TypeCode>,
    /// How events are spoken; nothing where messages are only read.
    pub speak: Option<Speak>,
    references: Vec<Reference>,
}

impl Default for CiseOptions {
    fn default() -> Self {
        Self {
            strictness: Strictness::Lenient,
            document_bytes: 4 * 1024 * 1024,
            zone: TimeZone::UTC,
            types: BTreeMap::new(),
            speak: None,
            references: Vec::new(),
        }
    }
}

impl CiseOptions {
    /// Reads the `format:` part of a feed; empty text is all defaults.
    ///
    /// # Errors
    /// All problems at once, in the order of the text.
    pub fn parse(yaml: &str) -> Result<Self, Vec<Problem>> {
        let text = if yaml.trim().is_empty() { "{}" } else { yaml };
        let node = Node::parse(text).map_err(|p| vec![p])?;
        let mut problems = Problems::default();
        let mut options = Self::default();
        // Comments alone are read as nothing.
        if node.kind != Kind::Null {
            options.read(&node, &mut problems);
        }
        if problems.is_empty() {
            Ok(options)
        } else {
            Err(problems.into_sorted())
        }
    }

    fn read(&mut self, node: &Node, problems: &mut Problems) {
        let Some(mut section) = Section::open(node, problems) else {
            return;
        };
        section.word("kind", &[("cise", ())], problems);
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
        if let Some(n) = section.take("zone") {
            match TimeZone::get(n.as_text().unwrap_or_default()) {
                Ok(zone) => self.zone = zone,
                Err(_) => problems.add(
                    n,
                    "unknown_zone",
                    "expected a time zone of the IANA database, as in Europe/Kyiv",
                ),
            }
        }
        if let Some(n) = section.take("types") {
            self.read_types(n, problems);
        }
        self.speak = section.take("speak").and_then(|n| Speak::read(n, problems));
        section.finish(problems);
    }

    fn read_types(&mut self, node: &Node, problems: &mut Problems) {
        let Kind::Map(entries) = &node.kind else {
            let what = format!("expected a map, found {}", node.what());
            problems.add(node, "wrong_type", what);
            return;
        };
        for (key, value) in entries {
            let Some(code) = value.as_text() else {
                let what = "expected an event type's code as in SEC03";
                problems.add(value, "wrong_type", what);
                continue;
            };
            if !is_type(&key.name) {
                let what = format!(
                    "`{}` is no class of CISE, nor a class and one of its types, as in CrisisIncident/ArmedConflict",
                    key.name
                );
                problems.add(value, "unknown_word", what);
            }
            self.references.push(Reference {
                kind: ReferenceKind::EventType,
                code: code.to_owned(),
                pos: value.pos,
            });
            self.types.insert(key.name.clone(), TypeCode::from(code));
        }
    }

    /// The codes that the rest of the configuration must have.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }
}

/// Whether a text is a class of the schema, or one with one of its types.
fn is_type(text: &str) -> bool {
    let (class, of) = text
        .split_once('/')
        .map_or((text, None), |(c, t)| (c, Some(t)));
    let known = super::schema::schema().class(class).is_some();
    let kind = super::types::kind_of(class);
    known
        && of.is_none_or(|of| {
            kind.is_some_and(|kind| super::schema::schema().literal(kind, of).is_some())
        })
}
