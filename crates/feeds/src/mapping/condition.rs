//! Conditions on a record: which rule takes it, whether a life is at risk, whether it is an update.

use serde_json::Value;

use super::node::{Kind, Node};
use super::path::Path;
use super::problem::Problems;
use super::reads::Reads;
use super::record::{Record, scalar_text};
use super::section::Section;
use super::source::{path_of, same};

/// Depth of nested conditions beyond which they are refused.
const MAX_DEPTH: usize = 8;

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All hold.
    All(Vec<Self>),
    /// At least one holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// A test of the values at a path; it holds where any of them passes.
    Test(Path, Test),
}

/// A test of one value.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// It is one of these.
    OneOf(Vec<Value>),
    /// As text it contains one of these, upper and lower case alike.
    Contains(Vec<String>),
    /// It is there (or not).
    Exists(bool),
    /// As a number it is not below the one and not above the other.
    Between(Option<f64>, Option<f64>),
}

impl Condition {
    /// Reads a condition; a list means that all must hold.
    pub(crate) fn read(node: &Node, problems: &mut Problems) -> Option<Self> {
        Self::read_at(node, problems, 0)
    }

    fn read_at(node: &Node, problems: &mut Problems, depth: usize) -> Option<Self> {
        if depth > MAX_DEPTH {
            problems.add(node, "too_deep", "conditions are nested too deep");
            return None;
        }
        if matches!(node.kind, Kind::List(_)) {
            return Self::read_list(node, problems, depth).map(Self::All);
        }
        let mut section = Section::open(node, problems)?;
        let all = section.take("all");
        let any = section.take("any");
        let not = section.take("not");
        let path = section.take("path");
        let tests = read_tests(&mut section, problems);
        section.finish(problems);
        match (all, any, not, path) {
            (Some(n), None, None, None) => Self::read_list(n, problems, depth).map(Self::All),
            (None, Some(n), None, None) => Self::read_list(n, problems, depth).map(Self::Any),
            (None, None, Some(n), None) => {
                Self::read_at(n, problems, depth + 1).map(|c| Self::Not(Box::new(c)))
            }
            (None, None, None, Some(n)) => {
                let path = path_of(n, problems)?;
                if tests.is_empty() {
                    let message = "a path without a test";
                    let help = "add equals, in, contains, exists, at_least or at_most";
                    problems.add_with_help(node, "no_test", message, help);
                }
                Some(Self::All(
                    tests
                        .into_iter()
                        .map(|t| Self::Test(path.clone(), t))
                        .collect(),
                ))
            }
            _ => {
                problems.add(
                    node,
                    "bad_condition",
                    "expected exactly one of: path, all, any, not",
                );
                None
            }
        }
    }

    fn read_list(node: &Node, problems: &mut Problems, depth: usize) -> Option<Vec<Self>> {
        match &node.kind {
            Kind::List(items) if !items.is_empty() => {
                let read: Vec<Option<Self>> = items
                    .iter()
                    .map(|n| Self::read_at(n, problems, depth + 1))
                    .collect();
                read.into_iter().collect()
            }
            _ => {
                let message = format!("expected a list of conditions, found {}", node.what());
                problems.add(node, "wrong_type", message);
                None
            }
        }
    }

    /// Whether it holds.
    pub fn holds(&self, record: &Record<'_>) -> bool {
        match self {
            Self::All(list) => list.iter().all(|c| c.holds(record)),
            Self::Any(list) => list.iter().any(|c| c.holds(record)),
            Self::Not(c) => !c.holds(record),
            Self::Test(path, Test::Exists(wanted)) => {
                path.first(record.ground()).is_some() == *wanted
            }
            Self::Test(path, test) => path
                .all(record.ground())
                .into_iter()
                .any(|v| test.passes(v)),
        }
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        match self {
            Self::All(list) | Self::Any(list) => list.iter().for_each(|c| c.paths(to)),
            Self::Not(c) => c.paths(to),
            Self::Test(path, _) => to.push_all(path),
        }
    }
}

fn read_tests(section: &mut Section<'_>, problems: &mut Problems) -> Vec<Test> {
    let mut tests = Vec::new();
    if let Some(n) = section.take("equals") {
        tests.push(Test::OneOf(vec![n.to_value()]));
    }
    if let Some(n) = section.take("in") {
        match &n.kind {
            Kind::List(items) => {
                tests.push(Test::OneOf(items.iter().map(Node::to_value).collect()));
            }
            _ => problems.add(
                n,
                "wrong_type",
                format!("expected a list, found {}", n.what()),
            ),
        }
    }
    if let Some(n) = section.take("contains") {
        let items = match &n.kind {
            Kind::List(items) => items.as_slice(),
            _ => core::slice::from_ref(n),
        };
        let words: Vec<String> = items
            .iter()
            .filter_map(Node::as_text)
            .map(str::to_lowercase)
            .collect();
        if words.is_empty() || words.len() < items.len() || words.iter().any(String::is_empty) {
            problems.add(n, "wrong_type", "expected a text or a list of texts");
        }
        tests.push(Test::Contains(words));
    }
    if let Some(exists) = section.flag("exists", problems) {
        tests.push(Test::Exists(exists));
    }
    let mut bound = |key| {
        let node = section.take(key)?;
        if node.as_f64().is_none() {
            problems.add(
                node,
                "wrong_type",
                format!("expected a number, found {}", node.what()),
            );
        }
        node.as_f64()
    };
    let (low, high) = (bound("at_least"), bound("at_most"));
    if low.is_some() || high.is_some() {
        tests.push(Test::Between(low, high));
    }
    tests
}

impl Test {
    fn passes(&self, value: &Value) -> bool {
        match self {
            Self::OneOf(list) => list.iter().any(|v| same(v, value)),
            Self::Contains(words) => scalar_text(value).is_some_and(|text| {
                let text = text.to_lowercase();
                words.iter().any(|w| text.contains(w.as_str()))
            }),
            Self::Exists(wanted) => *wanted,
            Self::Between(low, high) => {
                let number = match value {
                    Value::Number(n) => n.as_f64(),
                    other => scalar_text(other).and_then(|t| t.parse().ok()),
                };
                number.is_some_and(|n| {
                    low.is_none_or(|low| n >= low) && high.is_none_or(|high| n <= high)
                })
            }
        }
    }
}
