//! Parts of a report that come several at a time or as a map of their own: identifiers, files, marking.

use std::borrow::Cow;

use oneroof_model::{
    AttachmentRef, Classification, Handling, Identifier, IdentifierKind, Marking, OrgId,
    PersonalData, Purpose, Tlp,
};
use serde_json::Value;

use super::Scope;
use super::node::{Kind, Node};
use super::path::Path;
use super::problem::Problems;
use super::reads::Reads;
use super::record::{Notes, Record, scalar_text};
use super::section::{Section, word_of};
use super::source::{Source, Words, path_of};
use super::time::Moment;
use super::words::{CLASSIFICATIONS, HANDLING, IDENTIFIERS, PERSONAL, PURPOSES, TLPS};

/// Identifiers or files of one report beyond which the rest is left out.
const MAX_ITEMS: usize = 50;

/// Reads a list of maps under a key; one map alone counts as a list of one.
pub(crate) fn read_list<T>(
    section: &mut Section<'_>,
    key: &'static str,
    problems: &mut Problems,
    mut read: impl FnMut(&Node, &mut Problems) -> Option<T>,
) -> Vec<T> {
    let Some(node) = section.take(key) else {
        return Vec::new();
    };
    match &node.kind {
        Kind::List(items) => items.iter().filter_map(|n| read(n, problems)).collect(),
        _ => read(node, problems).into_iter().collect(),
    }
}

/// Identifiers of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct IdentifierMap {
    kind: IdentifierKind,
    each: Option<Path>,
    from: Source,
}

impl IdentifierMap {
    pub(crate) fn read(node: &Node, scope: &Scope<'_>, problems: &mut Problems) -> Option<Self> {
        let mut section = Section::open(node, problems)?;
        let kind = section.need("kind", problems);
        let each = section.take("each");
        let from = section.need("from", problems);
        section.finish(problems);
        let kind = word_of(kind?, IDENTIFIERS, problems);
        let each = match each {
            Some(n) => Some(path_of(n, problems)?),
            None => None,
        };
        Some(Self {
            kind: kind?,
            each,
            from: Source::read(from?, scope.tables, problems)?,
        })
    }

    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Vec<Identifier> {
        let mut found = Vec::new();
        for item in items(self.each.as_ref(), record) {
            let record = Record {
                value: item,
                ..*record
            };
            let values: Vec<String> = match self.from.value(&record, notes).as_deref() {
                Some(Value::Array(list)) => list
                    .iter()
                    .filter_map(scalar_text)
                    .map(Cow::into_owned)
                    .collect(),
                Some(one) => scalar_text(one).into_iter().map(Cow::into_owned).collect(),
                None => Vec::new(),
            };
            for value in values {
                let value: String = value
                    .chars()
                    .filter(|c| !c.is_whitespace() && *c != '-')
                    .flat_map(char::to_uppercase)
                    .take(64)
                    .collect();
                if !value.is_empty() && found.len() < MAX_ITEMS {
                    found.push(Identifier {
                        kind: self.kind,
                        value,
                    });
                }
            }
        }
        found
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        let mut inner = Reads::default();
        self.from.paths(&mut inner);
        to.push_each(self.each.as_ref(), inner);
    }
}

/// Files by reference.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AttachmentMap {
    each: Option<Path>,
    name: Source,
    uri: Option<Source>,
    media_type: Option<Source>,
    size_bytes: Option<Source>,
    sha256: Option<Source>,
}

impl AttachmentMap {
    pub(crate) fn read(node: &Node, scope: &Scope<'_>, problems: &mut Problems) -> Option<Self> {
        let mut section = Section::open(node, problems)?;
        let each = section.take("each");
        let name = section.need("name", problems);
        let mut source = |key| scope.source(&mut section, key, problems);
        let (uri, media_type) = (source("uri"), source("media_type"));
        let (size_bytes, sha256) = (source("size_bytes"), source("sha256"));
        section.finish(problems);
        let each = match each {
            Some(n) => Some(path_of(n, problems)?),
            None => None,
        };
        let name = Source::read(name?, scope.tables, problems)?;
        Some(Self {
            each,
            name,
            uri,
            media_type,
            size_bytes,
            sha256,
        })
    }

    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Vec<AttachmentRef> {
        let mut found = Vec::new();
        for item in items(self.each.as_ref(), record)
            .into_iter()
            .take(MAX_ITEMS)
        {
            let record = Record {
                value: item,
                ..*record
            };
            let mut text =
                |s: &Option<Source>| s.as_ref().and_then(|s: &Source| s.text(&record, notes));
            let (uri, media_type) = (text(&self.uri), text(&self.media_type));
            let size_bytes = text(&self.size_bytes).and_then(|t| t.parse().ok());
            let sha256 = text(&self.sha256)
                .filter(|t| t.len() == 64 && t.bytes().all(|b| b.is_ascii_hexdigit()))
                .map(|t| t.to_ascii_lowercase());
            if let Some(name) = self.name.text(&record, notes) {
                let stored = None;
                found.push(AttachmentRef {
                    name,
                    media_type,
                    uri,
                    stored,
                    size_bytes,
                    sha256,
                });
            }
        }
        found
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        let mut inner = Reads::default();
        self.name.paths(&mut inner);
        let rest = [&self.uri, &self.media_type, &self.size_bytes, &self.sha256];
        rest.into_iter().flatten().for_each(|s| s.paths(&mut inner));
        to.push_each(self.each.as_ref(), inner);
    }
}

/// The values under `each`, a list's items one by one; the record itself where there is no `each`.
pub(super) fn items<'r>(each: Option<&Path>, record: &Record<'r>) -> Vec<&'r Value> {
    let Some(each) = each else {
        return vec![record.value];
    };
    each.items(record.ground())
        .into_iter()
        .flat_map(|v| match v {
            Value::Array(list) => list.iter().collect(),
            one => vec![one],
        })
        .take(super::path::MAX_HITS)
        .collect()
}

/// The marking, where a record states one; what it does not say is the strict default of the model.
#[derive(Debug, Clone)]
pub(crate) struct MarkingMap {
    classification: Option<Words<Classification>>,
    tlp: Option<Words<Tlp>>,
    handling: Option<Source>,
    releasable_to: Option<Source>,
    personal_data: Option<Words<PersonalData>>,
    caveats: Option<Source>,
    purpose: Option<Words<Purpose>>,
    retain_until: Option<Moment>,
}

impl MarkingMap {
    pub(crate) fn read(node: &Node, scope: &Scope<'_>, problems: &mut Problems) -> Option<Self> {
        let mut section = Section::open(node, problems)?;
        let s = &mut section;
        let map = Self {
            classification: scope.words(s, "classification", CLASSIFICATIONS, problems),
            tlp: scope.words(s, "tlp", TLPS, problems),
            handling: scope.source(s, "handling", problems),
            releasable_to: scope.source(s, "releasable_to", problems),
            personal_data: scope.words(s, "personal_data", PERSONAL, problems),
            caveats: scope.source(s, "caveats", problems),
            purpose: scope.words(s, "purpose", PURPOSES, problems),
            retain_until: scope.moment(s, "retain_until", problems),
        };
        section.finish(problems);
        Some(map)
    }

    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Option<Marking> {
        let classification = self
            .classification
            .as_ref()
            .and_then(|w| w.get(record, notes));
        let tlp = self.tlp.as_ref().and_then(|w| w.get(record, notes));
        let personal_data = self
            .personal_data
            .as_ref()
            .and_then(|w| w.get(record, notes));
        let purpose = self.purpose.as_ref().and_then(|w| w.get(record, notes));
        let mut handling = std::collections::BTreeSet::new();
        for code in texts(self.handling.as_ref(), record, notes) {
            match HANDLING.iter().find(|(w, _)| *w == code) {
                Some((_, h)) => {
                    handling.insert(*h);
                }
                // An unknown restriction is still a restriction.
                None => {
                    handling.insert(Handling::H3);
                }
            }
        }
        let releasable_to = texts(self.releasable_to.as_ref(), record, notes);
        let caveats = self.caveats.as_ref().and_then(|s| s.text(record, notes));
        let retain_until = self
            .retain_until
            .as_ref()
            .and_then(|m| m.get(record, notes));
        let nothing = classification.is_none()
            && tlp.is_none()
            && personal_data.is_none()
            && handling.is_empty()
            && releasable_to.is_empty()
            && caveats.is_none();
        if nothing {
            return None;
        }
        Some(Marking {
            classification: classification.unwrap_or_default(),
            tlp: tlp.unwrap_or_default(),
            handling,
            releasable_to: releasable_to.into_iter().map(OrgId).collect(),
            personal_data: personal_data.unwrap_or_default(),
            caveats,
            purpose,
            retain_until,
        })
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        self.classification.iter().for_each(|w| w.paths(to));
        self.tlp.iter().for_each(|w| w.paths(to));
        self.personal_data.iter().for_each(|w| w.paths(to));
        self.purpose.iter().for_each(|w| w.paths(to));
        self.retain_until.iter().for_each(|m| m.paths(to));
        let sources = [&self.handling, &self.releasable_to, &self.caveats];
        sources.into_iter().flatten().for_each(|s| s.paths(to));
    }
}

/// A list of texts, or one text with several parted by commas or blanks.
fn texts(source: Option<&Source>, record: &Record<'_>, notes: &mut Notes) -> Vec<String> {
    let value = source.and_then(|s| s.value(record, notes));
    let mut all: Vec<String> = match value.as_deref() {
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(scalar_text)
            .map(Cow::into_owned)
            .collect(),
        Some(one) => scalar_text(one)
            .map(|t| {
                t.split([',', ';', ' '])
                    .map(|p| p.trim().to_owned())
                    .collect()
            })
            .unwrap_or_default(),
        None => Vec::new(),
    };
    all.retain(|t| !t.is_empty());
    all.truncate(MAX_ITEMS);
    all
}
