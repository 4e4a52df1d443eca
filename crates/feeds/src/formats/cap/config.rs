//! Options of the format: languages, strictness, code tables.

use std::collections::BTreeMap;

use oneroof_model::{SourceGrade, TypeCode};

use super::speak::Speak;
use super::threat::Threats;
use crate::mapping::{Kind, Node, Pos, Problem, Problems, Reference, ReferenceKind, Section};

/// What to do about an alert that its OASIS schema refuses but that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// Take it with a quality issue that names the fault. A warning is not lost for an element out of order.
    #[default]
    Lenient,
    /// Reject it.
    Strict,
}

/// What to do about the entries of an index that hold no alert themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Index {
    /// They are counted, and their links are given out to be followed ([`crate::Follow`]).
    #[default]
    Follow,
    /// They become reports where their excerpts of CAP suffice; the links of the others are given out.
    Summaries,
    /// They are counted.
    Ignore,
}

/// Types by CAP category where no other table knows better. Categories that the taxonomy spreads over many
/// types (`Security`, `CBRNE`, `Env`, `Infra`, `Geo`, `Safety`, `Other`) have none: they become `OTH`.
const BY_CATEGORY: &[(&str, &str)] = &[
    ("Rescue", "CRI01"),
    ("Fire", "CRI04"),
    ("Met", "CRI05"),
    ("Health", "CRI06"),
    ("Transport", "BCP05"),
];

const CATEGORIES: &[&str] = &[
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
];

/// Options of `cap`.
#[derive(Debug, Clone)]
pub struct CapOptions {
    /// Languages in order of liking, as the beginning of a language code.
    pub languages: Vec<String>,
    /// What to do about schema faults.
    pub strictness: Strictness,
    /// What to do about the entries of an index.
    pub index: Index,
    /// Bytes of one document, which is also what a decoder holds at most.
    pub document_bytes: usize,
    /// Reliability of the sender (Europol 4x4), for CAP has no word for it.
    pub reliability: SourceGrade,
    /// `eventCode`: value name, then value, to a type.
    pub event_codes: BTreeMap<String, BTreeMap<String, TypeCode>>,
    /// `event` in lower case to a type.
    pub events: BTreeMap<String, TypeCode>,
    /// `category` to a type, where the tables above know none.
    pub categories: BTreeMap<String, TypeCode>,
    /// Categories at which a life is taken to be at risk.
    pub life_at_risk: Vec<String>,
    /// Value name of the geocode that holds a crossing point's code.
    pub bcp_geocode: Option<String>,
    /// Value name of the geocode that holds a section's id.
    pub section_geocode: Option<String>,
    /// Which alerts are threats of regions; nothing where none is.
    pub threats: Option<Threats>,
    /// How alerts are spoken; nothing where they are only read.
    pub speak: Option<Speak>,
    references: Vec<Reference>,
}

impl Default for CapOptions {
    fn default() -> Self {
        Self {
            languages: vec!["uk".to_owned(), "en".to_owned()],
            strictness: Strictness::Lenient,
            index: Index::Follow,
            document_bytes: 4 * 1024 * 1024,
            reliability: SourceGrade::X,
            event_codes: BTreeMap::new(),
            events: BTreeMap::new(),
            categories: BY_CATEGORY
                .iter()
                .map(|(category, code)| ((*category).to_owned(), TypeCode::from(*code)))
                .collect(),
            life_at_risk: vec!["Rescue".to_owned()],
            bcp_geocode: None,
            section_geocode: None,
            threats: None,
            speak: None,
            references: Vec::new(),
        }
    }
}

impl CapOptions {
    /// Reads the `format:` part of a feed; empty text is all defaults.
    ///
    /// # Errors
    /// All problems at once, in the order of the text.
    pub fn parse(yaml: &str) -> Result<Self, Vec<Problem>> {
        let text = if yaml.trim().is_empty() { "{}" } else { yaml };
        let node = Node::parse(text).map_err(|p| vec![p])?;
        Self::from_node(&node)
    }

    /// As [`CapOptions::parse`] from a part of a larger file.
    ///
    /// # Errors
    /// All problems at once, in the order of the text.
    pub fn from_node(node: &Node) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let mut options = Self::default();
        // Comments alone are read as nothing.
        if node.kind != Kind::Null {
            options.read(node, &mut problems);
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
        section.word("kind", &[("cap", ())], problems);
        let words = [
            ("lenient", Strictness::Lenient),
            ("strict", Strictness::Strict),
        ];
        self.strictness = section
            .word("strictness", &words, problems)
            .unwrap_or_default();
        let words = [
            ("follow", Index::Follow),
            ("summaries", Index::Summaries),
            ("ignore", Index::Ignore),
        ];
        self.index = section.word("index", &words, problems).unwrap_or_default();
        if let Some(n) = section.whole("document_bytes", 1024..=64 * 1024 * 1024, problems) {
            self.document_bytes = usize::try_from(n).unwrap_or(self.document_bytes);
        }
        let words = [
            ("A", SourceGrade::A),
            ("B", SourceGrade::B),
            ("C", SourceGrade::C),
            ("X", SourceGrade::X),
        ];
        self.reliability = section
            .word("reliability", &words, problems)
            .unwrap_or_default();
        if let Some(n) = section.take("languages") {
            self.languages = texts(n, problems);
        }
        if let Some(n) = section.take("life_at_risk") {
            self.life_at_risk = texts(n, problems);
            for (item, category) in list(n).iter().zip(&self.life_at_risk) {
                known_category(category, item, item.pos, problems);
            }
        }
        if let Some(n) = section.take("event_codes") {
            for (key, inner) in entries(n, problems) {
                let table = self.types(inner, problems, str::to_owned);
                self.event_codes.insert(key, table);
            }
        }
        if let Some(n) = section.take("events") {
            self.events = self.types(n, problems, |k| k.trim().to_lowercase());
        }
        if let Some(n) = section.take("categories") {
            for (key, _) in entries(n, problems) {
                known_category(&key, n, n.pos, problems);
            }
            let own = self.types(n, problems, str::to_owned);
            self.categories.extend(own);
        }
        let text = |n: Option<&Node>| n.and_then(Node::as_text).map(ToOwned::to_owned);
        self.bcp_geocode = text(section.take("bcp_geocode"));
        self.section_geocode = text(section.take("section_geocode"));
        self.threats = section
            .take("threats")
            .and_then(|n| Threats::read(n, problems));
        self.speak = section.take("speak").and_then(|n| Speak::read(n, problems));
        section.finish(problems);
    }

    fn types(
        &mut self,
        node: &Node,
        problems: &mut Problems,
        key: impl Fn(&str) -> String,
    ) -> BTreeMap<String, TypeCode> {
        let mut table = BTreeMap::new();
        for (name, value) in entries(node, problems) {
            let Some(code) = value.as_text() else {
                problems.add(
                    value,
                    "wrong_type",
                    "expected an event type's code as in CRI04",
                );
                continue;
            };
            let (kind, pos) = (ReferenceKind::EventType, value.pos);
            self.references.push(Reference {
                kind,
                code: code.to_owned(),
                pos,
            });
            table.insert(key(&name), TypeCode::from(code));
        }
        table
    }

    /// The codes that the rest of the configuration must have.
    pub fn references(&self) -> &[Reference] {
        &self.references
    }
}

fn list(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::List(items) => items,
        _ => core::slice::from_ref(node),
    }
}

fn texts(node: &Node, problems: &mut Problems) -> Vec<String> {
    let mut found = Vec::new();
    for item in list(node) {
        match item.as_text() {
            Some(text) => found.push(text.to_owned()),
            None => problems.add(
                item,
                "wrong_type",
                format!("expected a text, found {}", item.what()),
            ),
        }
    }
    found
}

fn entries<'n>(node: &'n Node, problems: &mut Problems) -> Vec<(String, &'n Node)> {
    if let Kind::Map(entries) = &node.kind {
        return entries.iter().map(|(k, v)| (k.name.clone(), v)).collect();
    }
    problems.add(
        node,
        "wrong_type",
        format!("expected a map, found {}", node.what()),
    );
    Vec::new()
}

fn known_category(category: &str, node: &Node, pos: Pos, problems: &mut Problems) {
    if !CATEGORIES.contains(&category) {
        let message = format!("expected a CAP category: {}", CATEGORIES.join(", "));
        problems.push(pos, &node.path, "unknown_word", message, None);
    }
}
