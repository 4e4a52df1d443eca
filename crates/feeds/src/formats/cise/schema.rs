//! The schemas as a table (`schema.txt`): which elements a class has, how often, in what order, of what kind; and the
//! words of the kinds.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One class with the elements of its bases before its own.
#[derive(Debug, Default)]
pub(super) struct Class {
    base: Option<&'static str>,
    /// It stands only where a subclass is named by `xsi:type`.
    pub(super) is_abstract: bool,
    pub(super) rows: Vec<Row>,
}

/// One element of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) many: bool,
    pub(super) kind: Kind,
}

/// What an element holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// `xs:int` or `xs:long`.
    Whole,
    /// `xs:double`.
    Number,
    /// `xs:boolean`.
    Truth,
    /// `xs:dateTime`.
    Moment,
    /// `xs:date`.
    Date,
    /// `xs:time`.
    Time,
    /// `xs:base64Binary`.
    Bytes,
    /// One of the words of this name.
    Word(&'static str),
    /// Elements of this class or of one of its subclasses.
    Class(&'static str),
}

/// All classes and words.
#[derive(Debug, Default)]
pub(super) struct Schema {
    classes: BTreeMap<&'static str, Class>,
    words: BTreeMap<&'static str, Vec<&'static str>>,
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::read(include_str!("schema.txt")));

/// The schema.
pub(super) fn schema() -> &'static Schema {
    &SCHEMA
}

impl Schema {
    fn read(text: &'static str) -> Self {
        let mut schema = Self::default();
        let mut own: BTreeMap<&'static str, Class> = BTreeMap::new();
        let mut rows: Vec<(&'static str, &'static str)> = Vec::new();
        let mut current = "";
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            if let Some(row) = line.strip_prefix("    ") {
                rows.push((current, row));
            } else if let Some((name, words)) = line.split_once(" = ") {
                schema.words.insert(name, words.split('|').collect());
            } else if !line.is_empty() {
                let (is_abstract, rest) = line
                    .strip_prefix("abstract ")
                    .map_or((false, line), |rest| (true, rest));
                let (name, base) = rest
                    .split_once(" : ")
                    .map_or((rest, None), |(name, base)| (name, Some(base)));
                current = name;
                let class = Class {
                    base,
                    is_abstract,
                    rows: Vec::new(),
                };
                own.insert(name, class);
            }
        }
        for (class, row) in rows {
            let kind_of = |name| schema.kind(name);
            let row = read_row(row, kind_of);
            if let (Some(class), Some(row)) = (own.get_mut(class), row) {
                class.rows.push(row);
            }
        }
        schema.classes = with_bases(&own);
        schema
    }

    fn kind(&self, name: &'static str) -> Kind {
        match name {
            "text" => Kind::Text,
            "whole" => Kind::Whole,
            "number" => Kind::Number,
            "truth" => Kind::Truth,
            "moment" => Kind::Moment,
            "date" => Kind::Date,
            "time" => Kind::Time,
            "bytes" => Kind::Bytes,
            name if self.words.contains_key(name) => Kind::Word(name),
            name => Kind::Class(name),
        }
    }

    /// A class by its name, with the name as the schema holds it.
    pub(super) fn class(&self, name: &str) -> Option<(&'static str, &Class)> {
        let (name, class) = self.classes.get_key_value(name)?;
        Some((*name, class))
    }

    /// Whether a class is another one or a subclass of it.
    pub(super) fn is_a(&self, name: &str, base: &str) -> bool {
        let mut name = name;
        loop {
            if name == base {
                return true;
            }
            match self.classes.get(name).and_then(|class| class.base) {
                Some(next) => name = next,
                None => return false,
            }
        }
    }

    /// The words of a kind, literally.
    pub(super) fn words(&self, kind: &str) -> &[&'static str] {
        self.words.get(kind).map_or(&[], Vec::as_slice)
    }

    /// A word as the schema spells it, blanks at its end and all, from the word without them.
    pub(super) fn literal(&self, kind: &str, word: &str) -> Option<&'static str> {
        let words = self.words(kind).iter();
        words.copied().find(|w| w.trim() == word.trim())
    }
}

/// One line of a class: name, number, kind.
fn read_row(line: &'static str, kind: impl Fn(&'static str) -> Kind) -> Option<Row> {
    let mut parts = line.split(' ');
    let (name, number, of) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Row {
        name,
        required: matches!(number, "1" | "+"),
        many: matches!(number, "*" | "+"),
        kind: kind(of),
    })
}

/// Classes with the rows of their bases first, as `xs:extension` has them.
fn with_bases(own: &BTreeMap<&'static str, Class>) -> BTreeMap<&'static str, Class> {
    let mut all = BTreeMap::new();
    for (name, class) in own {
        let mut chain = vec![class];
        let mut base = class.base;
        // A chain is never longer than there are classes.
        while let Some(next) = base
            .and_then(|b| own.get(b))
            .filter(|_| chain.len() < own.len())
        {
            chain.push(next);
            base = next.base;
        }
        let rows = chain.iter().rev().flat_map(|c| c.rows.iter().copied());
        let whole = Class {
            base: class.base,
            is_abstract: class.is_abstract,
            rows: rows.collect(),
        };
        all.insert(*name, whole);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_the_elements_of_their_bases_first() {
        let (_, class) = schema().class("PollutionIncident").unwrap();
        let names: Vec<&str> = class.rows.iter().map(|r| r.name).collect();
        assert_eq!(names.first(), Some(&"Identifier"));
        let at = |name: &str| names.iter().position(|n| *n == name).unwrap();
        assert!(at("OccurrencePeriod") < at("Certainty"));
        assert!(at("Severity") < at("MaritimeSafetyIncidentType"));
        assert!(at("MaritimeSafetyIncidentType") < at("PollutionType"));
        assert!(schema().is_a("PollutionIncident", "Event"));
        assert!(!schema().is_a("Vessel", "Event"));
    }

    #[test]
    fn every_class_and_every_word_that_is_named_is_there() {
        let mut rows = 0;
        for (name, class) in &schema().classes {
            assert!(
                class.base.is_none_or(|b| schema().class(b).is_some()),
                "{name}"
            );
            for row in &class.rows {
                rows += 1;
                if let Kind::Class(of) = row.kind {
                    assert!(schema().class(of).is_some(), "{name}/{}: {of}", row.name);
                }
            }
        }
        assert!(rows > 700, "{rows}");
        let words: usize = schema().words.values().map(Vec::len).sum();
        assert!(words > 1_000, "{words}");
        for (kind, words) in &schema().words {
            assert!(words.iter().all(|w| !w.is_empty()), "{kind}");
        }
    }

    #[test]
    fn the_blanks_and_misspellings_of_the_schemas_are_kept() {
        for (kind, word, literal) in [
            (
                "CrisisIncidentType",
                "ManMadeDisasterMaritimeAccident",
                "ManMadeDisasterMaritimeAccident ",
            ),
            ("SensorType", "AcousticSystems", "AcousticSystems "),
            ("OperationalAssetType", "AssaultShips", "AssaultShips "),
            (
                "OperationalAssetType",
                "MineWarfareShips",
                "MineWarfareShips ",
            ),
            (
                "PackingGroupCodeType",
                "GroupIIIMinorDanger",
                "GroupIIIMinorDanger ",
            ),
            ("MovementType", "Voyage leg", "Voyage leg"),
            (
                "AnomalyType",
                "DetecionOfChangesInAISParameters",
                "DetecionOfChangesInAISParameters",
            ),
        ] {
            assert_eq!(schema().literal(kind, word), Some(literal));
        }
    }

    #[test]
    fn every_event_type_that_has_a_cise_type_has_one_of_the_schemas() {
        let mut seen = 0;
        for (code, word) in crate::vocabulary::all() {
            let Some(class) = word.codes.cise_class.as_deref() else {
                continue;
            };
            assert!(schema().is_a(class, "Event"), "{code}: {class}");
            if let Some(of) = &word.codes.cise_type {
                let kind = super::super::types::kind_of(class).unwrap();
                assert!(schema().literal(kind, of).is_some(), "{code}: {class} {of}");
                seen += 1;
            }
        }
        assert_eq!(seen, 59);
    }
}
