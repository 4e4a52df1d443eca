//! Rules: which draft a record becomes.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use oneroof_model::{Draft, Time};

use super::condition::Condition;
use super::node::{Kind, Node};
use super::number::{DECIMALS, Decimal};
use super::others::{DeleteMap, FiguresMap, HeartbeatMap, PositionMap, UnitMap};
use super::path::Ground;
use super::problem::Problems;
use super::reads::Reads;
use super::record::{Notes, Record};
use super::report::ReportMap;
use super::section::Section;
use super::source::{Table, Tables, read_table};
use super::threat::ThreatMap;
use super::time::TimeDefaults;
use super::weather::WeatherMap;
use super::{Reference, Scope};

/// Rules of one mapping beyond which it is refused.
const MAX_RULES: usize = 200;

/// What a rule makes of a record.
#[derive(Debug, Clone)]
enum Then {
    Report(Box<ReportMap>),
    Position(Box<PositionMap>),
    Unit(Box<UnitMap>),
    Figures(Box<FiguresMap>),
    Threat(Box<ThreatMap>),
    Weather(Box<WeatherMap>),
    Heartbeat(Box<HeartbeatMap>),
    Delete(Box<DeleteMap>),
    Skip,
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name, or its number from 1.
    pub name: String,
    when: Option<Condition>,
    then: Then,
    go_on: bool,
}

/// A whole mapping.
#[derive(Debug, Clone)]
pub struct Mapping {
    rules: Vec<Rule>,
    zone: TimeZone,
    /// Whether any rule reads from the document around a record.
    uses_root: bool,
}

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Applied {
    /// The drafts.
    pub drafts: Vec<Draft>,
    /// Names of the rules that took it.
    pub rules: Vec<String>,
    /// Whether a rule knows it and leaves it out.
    pub skipped: bool,
    /// Why it is a reject: a stable code and what was expected where.
    pub reject: Option<(&'static str, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DraftKind {
    Report,
    Position,
    Unit,
    Figures,
    Threat,
    Weather,
    Heartbeat,
    Delete,
    Skip,
}

const DRAFT_KINDS: &[(&str, DraftKind)] = &[
    ("report", DraftKind::Report),
    ("position", DraftKind::Position),
    ("unit", DraftKind::Unit),
    ("figures", DraftKind::Figures),
    ("threat", DraftKind::Threat),
    ("weather", DraftKind::Weather),
    ("heartbeat", DraftKind::Heartbeat),
    ("delete", DraftKind::Delete),
    ("skip", DraftKind::Skip),
];

/// Whether any of them reads from the document around a record. Asked once for all records.
fn any_from_root(rules: &[Rule]) -> bool {
    let mut reads = Reads::default();
    for rule in rules {
        rule.condition_paths(&mut reads);
        rule.value_paths(&mut reads);
    }
    reads.any_from_root()
}

impl Mapping {
    /// Reads `zone`, `time`, `decimal`, `tables` and `map` out of a format's options; the format reads
    /// its own keys of the same map. Problems are collected; nothing comes back where there are any.
    /// No rules at all (`map: []`) is a mapping too: every record is only shown and counted.
    pub(crate) fn read_in(section: &mut Section<'_>, problems: &mut Problems) -> Option<Self> {
        Self::read_with_geometry(section, None, problems)
    }

    /// As [`Self::read_in`], for a format whose records have a geometry by themselves, under this key.
    pub(crate) fn read_with_geometry(
        section: &mut Section<'_>,
        geometry: Option<&'static str>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let times = TimeDefaults::read(section, problems);
        let decimal = section
            .word("decimal", DECIMALS, problems)
            .unwrap_or(Decimal::Point);
        let tables = read_tables(section.take("tables"), problems);
        let scope = Scope {
            tables: &tables,
            decimal,
            times: &times,
            geometry,
        };
        let node = section.need("map", problems)?;
        let mut rules = Vec::new();
        let nodes: Vec<&Node> = match &node.kind {
            Kind::List(items) => items.iter().collect(),
            _ => vec![node],
        };
        if nodes.len() > MAX_RULES {
            problems.add(
                node,
                "out_of_range",
                format!("expected at most {MAX_RULES} rules"),
            );
        }
        for (i, node) in nodes.iter().take(MAX_RULES).enumerate() {
            rules.extend(read_rule(node, i + 1, &scope, problems));
        }
        let (last, all) = (rules.len(), rules.iter().enumerate());
        // Rules that could not be read are missing here, so places would be wrong.
        let whole = problems.is_empty();
        for (i, rule) in all.filter(|_| whole) {
            if rule.when.is_none() && !rule.go_on && i + 1 < last {
                let message = "this rule takes every record, so the rules after it are never asked";
                problems.add_with_help(
                    nodes.get(i).unwrap_or(&node),
                    "unreachable",
                    message,
                    "give it a `when`, put it last, or say `go_on: true`",
                );
            }
        }
        problems.is_empty().then(|| Self {
            uses_root: any_from_root(&rules),
            rules,
            zone: times.zone,
        })
    }

    /// Whether it has no rules, so that records are only shown and counted.
    pub const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules in their order.
    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// A record with what the mapping knows about all of them.
    pub(super) const fn record<'r>(&'r self, ground: Ground<'r>, received: Time) -> Record<'r> {
        Record {
            root: ground.root,
            value: ground.record,
            message: ground.message,
            received,
            zone: &self.zone,
            day: None,
        }
    }

    /// Applies the rules to one record.
    pub fn apply(&self, ground: Ground<'_>, received: Time) -> Applied {
        let record = self.record(ground, received);
        let mut applied = Applied::default();
        if self.is_empty() {
            applied.skipped = true;
            return applied;
        }
        for rule in &self.rules {
            if !rule.takes(&record) {
                continue;
            }
            applied.rules.push(rule.name.clone());
            let mut notes = Notes::default();
            let draft = rule.then.make(&record, &mut notes);
            if let Some((code, detail)) = notes.summary() {
                applied.drafts.clear();
                applied.reject = Some((code, detail));
                return applied;
            }
            match draft {
                Some(draft) => applied.drafts.push(draft),
                None => applied.skipped = true,
            }
            if !rule.go_on {
                break;
            }
        }
        if applied.rules.is_empty() {
            let names: Vec<&str> = self.rules.iter().map(|r| r.name.as_str()).collect();
            let expected = format!("a record that one of the rules takes: {}", names.join(", "));
            applied.reject = Some(("no_rule", expected));
        }
        applied.skipped &= applied.drafts.is_empty();
        applied
    }

    /// Whether any rule reads from the document around a record.
    pub(crate) const fn uses_root(&self) -> bool {
        self.uses_root
    }

    /// The codes that the rest of the configuration must have, with their places.
    pub fn references(&self) -> Vec<Reference> {
        let mut all = Vec::new();
        for rule in &self.rules {
            match &rule.then {
                Then::Report(m) => m.references(&mut all),
                Then::Position(m) => m.references(&mut all),
                Then::Unit(m) => m.references(&mut all),
                Then::Figures(m) => m.references(&mut all),
                Then::Threat(m) => m.references(&mut all),
                Then::Weather(_) | Then::Heartbeat(_) | Then::Delete(_) | Then::Skip => {}
            }
        }
        all.sort();
        all.dedup();
        all
    }
}

impl Rule {
    /// Whether its condition holds.
    pub(super) fn takes(&self, record: &Record<'_>) -> bool {
        self.when.as_ref().is_none_or(|c| c.holds(record))
    }

    /// Whether the rules after it are asked too.
    pub(super) const fn goes_on(&self) -> bool {
        self.go_on
    }

    /// Adds the paths that its condition reads.
    pub(super) fn condition_paths<'s>(&'s self, to: &mut Reads<'s>) {
        self.when.iter().for_each(|c| c.paths(to));
    }

    /// Adds the paths that its draft reads.
    pub(super) fn value_paths<'s>(&'s self, to: &mut Reads<'s>) {
        self.then.paths(to);
    }
}

impl Then {
    /// The draft; nothing where the record is known and left out, or where a fault was noted.
    fn make(&self, record: &Record<'_>, notes: &mut Notes) -> Option<Draft> {
        match self {
            Self::Report(m) => Some(Draft::Report(Box::new(m.get(record, notes)))),
            Self::Position(m) => m.get(record, notes).map(Draft::Position),
            Self::Unit(m) => m.get(record, notes).map(Draft::Unit),
            Self::Figures(m) => m.get(record, notes).map(Draft::Figures),
            Self::Threat(m) => m.get(record, notes).map(Draft::Threat),
            Self::Weather(m) => m.get(record, notes).map(Draft::Weather),
            Self::Heartbeat(m) => Some(Draft::Heartbeat(m.get(record, notes))),
            Self::Delete(m) => m.get(record, notes).map(Draft::Delete),
            Self::Skip => None,
        }
    }

    fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        match self {
            Self::Report(m) => m.paths(to),
            Self::Position(m) => m.paths(to),
            Self::Unit(m) => m.paths(to),
            Self::Figures(m) => m.paths(to),
            Self::Threat(m) => m.paths(to),
            Self::Weather(m) => m.paths(to),
            Self::Heartbeat(m) => m.paths(to),
            Self::Delete(m) => m.paths(to),
            Self::Skip => {}
        }
    }
}

fn read_rule(
    node: &Node,
    number: usize,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<Rule> {
    let mut section = Section::open(node, problems)?;
    let name = section.take("rule").and_then(Node::as_text);
    let name = name.map_or_else(|| number.to_string(), ToOwned::to_owned);
    let when = section.take("when");
    let when = when.map(|n| Condition::read(n, problems));
    let go_on = section.flag("go_on", problems).unwrap_or(false);
    let kind = section.need("draft", problems)?;
    let kind = super::word_of(kind, DRAFT_KINDS, problems)?;
    let s = &mut section;
    let then = match kind {
        DraftKind::Report => Then::Report(Box::new(ReportMap::read(s, scope, problems))),
        DraftKind::Position => Then::Position(Box::new(PositionMap::read(s, scope, problems))),
        DraftKind::Unit => Then::Unit(Box::new(UnitMap::read(s, scope, problems))),
        DraftKind::Figures => Then::Figures(Box::new(FiguresMap::read(s, scope, problems))),
        DraftKind::Threat => Then::Threat(Box::new(ThreatMap::read(s, scope, problems))),
        DraftKind::Weather => Then::Weather(Box::new(WeatherMap::read(s, scope, problems))),
        DraftKind::Heartbeat => Then::Heartbeat(Box::new(HeartbeatMap::read(s, scope, problems))),
        DraftKind::Delete => Then::Delete(Box::new(DeleteMap::read(s, scope, problems))),
        DraftKind::Skip => Then::Skip,
    };
    section.finish(problems);
    let when = match when {
        Some(condition) => Some(condition?),
        None => None,
    };
    Some(Rule {
        name,
        when,
        then,
        go_on,
    })
}

fn read_tables(node: Option<&Node>, problems: &mut Problems) -> Tables {
    let mut tables: BTreeMap<String, Arc<Table>> = BTreeMap::new();
    let Some(node) = node else { return tables };
    let Kind::Map(entries) = &node.kind else {
        problems.add(
            node,
            "wrong_type",
            format!("expected a map, found {}", node.what()),
        );
        return tables;
    };
    for (key, node) in entries {
        // A shared table is written out, so that none can name itself.
        if let Some(table) = read_table(node, &Tables::new(), problems) {
            tables.insert(key.name.clone(), table);
        }
    }
    tables
}
