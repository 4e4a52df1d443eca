//! What a rule works on: one record within its document, and what is noted while it is read.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use oneroof_model::{QualityIssue, Time};
use serde_json::Value;

use super::path::Ground;

/// Most faults that are kept of one record; a person reads no more.
const MAX_FAULTS: usize = 5;

/// One record and its surroundings.
#[derive(Debug, Clone, Copy)]
pub struct Record<'r> {
    /// The document that the record stands in.
    pub root: &'r Value,
    /// The record.
    pub value: &'r Value,
    /// What a broker says of the message; null without one.
    pub message: &'r Value,
    /// When it was received.
    pub received: Time,
    /// The zone of times that name none.
    pub zone: &'r TimeZone,
    /// The calendar day that `{@date}` of a template stands for, once it is known.
    pub day: Option<Date>,
}

impl<'r> Record<'r> {
    /// What its paths go through.
    pub(crate) const fn ground(&self) -> Ground<'r> {
        Ground {
            record: self.value,
            root: self.root,
            message: self.message,
        }
    }
}

/// One thing in a record that is not as the mapping says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Stable code.
    pub code: &'static str,
    /// Path in the record, or the mapping's field where there is no single path.
    pub path: String,
    /// What was expected and what kind of thing was found; never the content itself.
    pub expected: String,
}

/// What is noted while a record is read.
#[derive(Debug, Default)]
pub struct Notes {
    /// What makes it a reject.
    pub faults: Vec<Fault>,
    /// What a reader of the draft should know.
    pub issues: BTreeSet<QualityIssue>,
}

impl Notes {
    /// Adds a fault.
    pub fn fault(
        &mut self,
        code: &'static str,
        path: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let fault = Fault {
            code,
            path: path.into(),
            expected: expected.into(),
        };
        // Several fields may read the same path.
        if self.faults.len() < MAX_FAULTS && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// The faults in one line: the code of the first, and all with path and expectation.
    pub fn summary(&self) -> Option<(&'static str, String)> {
        let first = self.faults.first()?;
        let all: Vec<String> = self
            .faults
            .iter()
            .map(|f| format!("{}: {}", f.path, f.expected))
            .collect();
        Some((first.code, all.join("; ")))
    }
}

/// A scalar as text: a text trimmed, a number and a boolean as written in JSON. Nothing for an empty text.
pub(crate) fn scalar_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(s) => {
            let s = s.trim();
            (!s.is_empty()).then_some(Cow::Borrowed(s))
        }
        Value::Number(n) => Some(Cow::Owned(n.to_string())),
        Value::Bool(b) => Some(Cow::Borrowed(if *b { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What a value is, in a word, for a reason that holds no content.
pub(crate) const fn what(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "another text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
