//! Parts of a report's mapping: counts, relations, signs of danger.

use std::borrow::Cow;

use oneroof_model::{CountRange, EventImpact};
use serde_json::Value;

use super::Scope;
use super::condition::Condition;
use super::node::{Kind, Node};
use super::number::{Dimension, Number};
use super::problem::Problems;
use super::reads::Reads;
use super::record::{Notes, Record, scalar_text};
use super::section::Section;
use super::source::{Source, Words};
use super::words::IMPACTS;

/// A count: one number, or bounds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct CountMap {
    pub(super) n: Option<Number>,
    pub(super) min: Option<Number>,
    pub(super) max: Option<Number>,
}

/// An update or withdrawal: when, and of what.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RelationMap {
    pub(super) when: Option<Condition>,
    pub(super) of: Source,
}

/// When a life is at risk; otherwise nothing is said, or that it is not.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LifeMap {
    pub(super) when: Condition,
    pub(super) otherwise: Option<bool>,
}

impl CountMap {
    pub(super) fn read(node: &Node, scope: &Scope<'_>, problems: &mut Problems) -> Option<Self> {
        let number = |n: &Node, problems: &mut Problems| {
            Number::read(n, Dimension::Plain, scope.decimal, scope.tables, problems)
        };
        if node.get("n").is_none() && node.get("min").is_none() && node.get("max").is_none() {
            return Some(Self {
                n: number(node, problems),
                ..Self::default()
            });
        }
        let mut section = Section::open(node, problems)?;
        let mut part = |key| section.take(key).and_then(|n| number(n, problems));
        let map = Self {
            n: part("n"),
            min: part("min"),
            max: part("max"),
        };
        section.finish(problems);
        Some(map)
    }

    pub(super) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Option<CountRange> {
        let mut part = |n: &Option<Number>| n.as_ref().and_then(|n| n.count(record, notes));
        let (n, min, max) = (part(&self.n), part(&self.min), part(&self.max));
        let range = match n {
            Some(n) => CountRange::exactly(n),
            None => CountRange { n: None, min, max },
        };
        range.bounds().is_some().then_some(range)
    }

    pub(super) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        [&self.n, &self.min, &self.max]
            .into_iter()
            .flatten()
            .for_each(|n| n.paths(to));
    }
}

impl RelationMap {
    pub(super) fn read(node: &Node, scope: &Scope<'_>, problems: &mut Problems) -> Option<Self> {
        let mut section = Section::open(node, problems)?;
        let when = section.take("when");
        let of = section.need("of", problems);
        section.finish(problems);
        let when = match when {
            Some(n) => Some(Condition::read(n, problems)?),
            None => None,
        };
        Some(Self {
            when,
            of: Source::read(of?, scope.tables, problems)?,
        })
    }

    /// The keys it names; several where the value is a list.
    pub(super) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Option<Vec<String>> {
        if self.when.as_ref().is_some_and(|c| !c.holds(record)) {
            return None;
        }
        let keys: Vec<String> = match self.of.value(record, notes)?.as_ref() {
            Value::Array(list) => list
                .iter()
                .filter_map(scalar_text)
                .map(Cow::into_owned)
                .take(100)
                .collect(),
            one => scalar_text(one).into_iter().map(Cow::into_owned).collect(),
        };
        (!keys.is_empty()).then_some(keys)
    }
}

pub(super) fn read_life(node: &Node, problems: &mut Problems) -> Option<LifeMap> {
    if node.get("when").is_some() {
        let mut section = Section::open(node, problems)?;
        let when = section.need("when", problems)?;
        let otherwise = section.flag("otherwise", problems);
        section.finish(problems);
        return Some(LifeMap {
            when: any_of(when, problems)?,
            otherwise,
        });
    }
    Some(LifeMap {
        when: any_of(node, problems)?,
        otherwise: None,
    })
}

/// A list of signs of danger: one of them is enough.
fn any_of(node: &Node, problems: &mut Problems) -> Option<Condition> {
    match &node.kind {
        Kind::List(items) => {
            let read: Vec<Option<Condition>> =
                items.iter().map(|n| Condition::read(n, problems)).collect();
            read.into_iter().collect::<Option<_>>().map(Condition::Any)
        }
        _ => Condition::read(node, problems),
    }
}

pub(super) fn read_confidence<'n>(
    section: &mut Section<'n>,
    problems: &mut Problems,
) -> [Option<&'n Node>; 3] {
    let Some(mut inner) = section
        .take("confidence")
        .and_then(|n| Section::open(n, problems))
    else {
        return [None; 3];
    };
    let all = ["reliability", "credibility", "validation"].map(|key| inner.take(key));
    inner.finish(problems);
    all
}

pub(super) fn read_impact(
    section: &mut Section<'_>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> [Option<Words<EventImpact>>; 3] {
    let Some(mut inner) = section
        .take("impact")
        .and_then(|n| Section::open(n, problems))
    else {
        return [None, None, None];
    };
    let all = ["immigration", "crime", "lives"]
        .map(|key| scope.words(&mut inner, key, IMPACTS, problems));
    inner.finish(problems);
    all
}

pub(super) fn read_attributes(
    section: &mut Section<'_>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Vec<(String, Source)> {
    let Some(node) = section.take("attributes") else {
        return Vec::new();
    };
    let Kind::Map(entries) = &node.kind else {
        problems.add(
            node,
            "wrong_type",
            format!("expected a map, found {}", node.what()),
        );
        return Vec::new();
    };
    entries
        .iter()
        .filter_map(|(k, n)| Some((k.name.clone(), Source::read(n, scope.tables, problems)?)))
        .collect()
}
