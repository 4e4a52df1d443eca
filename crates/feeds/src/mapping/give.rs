//! One record through a mapping into an output: the same way for JSON, tables, XML and GeoJSON.

use oneroof_model::{MessageContext, Time};
use serde_json::{Map, Value, json};

use super::{Ground, Mapping};
use crate::contract::{Output, RejectReason};

/// A record on its way into an output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Giving<'g> {
    /// Its number.
    pub(crate) record: u64,
    /// The record as the mapping reads it, and what is known around it.
    pub(crate) ground: Ground<'g>,
    /// The record as the sender wrote it, where that differs.
    pub(crate) shown: Option<&'g Value>,
    /// Paths that the format itself reads, which are not listed as unmapped.
    pub(crate) own: &'static [&'static str],
    /// The line on which it begins, from 1, where the format counts lines.
    pub(crate) line: Option<u64>,
    /// When it was received.
    pub(crate) at: Time,
}

impl Mapping {
    /// Maps one record and appends what became of it, with its decoded fields where they are wanted; a reason
    /// where it is a reject.
    pub(crate) fn give(&self, giving: &Giving<'_>, out: &mut Output) -> Result<(), RejectReason> {
        let Giving {
            record, ground, at, ..
        } = *giving;
        let applied = self.apply(ground, at);
        if let Some((code, detail)) = applied.reject {
            return Err(RejectReason::new(code, detail));
        }
        out.fields(record, || {
            let mut fields = Map::new();
            fields.extend(giving.line.map(|line| ("line".to_owned(), line.into())));
            fields.insert("rule".to_owned(), applied.rules.join(", ").into());
            fields.insert(
                "record".to_owned(),
                giving.shown.unwrap_or(ground.record).clone(),
            );
            let mut unmapped = self.unmapped(ground, at);
            unmapped.retain(|path| !giving.own.contains(&path.as_str()));
            fields.insert("unmapped".to_owned(), json!(unmapped));
            Value::Object(fields)
        });
        for draft in applied.drafts {
            out.draft(record, draft);
        }
        if applied.skipped {
            let kind = if self.is_empty() {
                "no_mapping"
            } else {
                "left_out_by_mapping"
            };
            out.skip(record, kind);
        }
        Ok(())
    }
}

/// Levels of a topic that a mapping can read.
const MAX_LEVELS: usize = 64;

/// What a broker says of a message, as the paths that begin with `@` read it.
pub(crate) fn message_value(context: &MessageContext) -> Value {
    let levels: Vec<&str> = context
        .topic
        .split(context.separator)
        .take(MAX_LEVELS)
        .collect();
    json!({ "topic": &*context.topic, "levels": levels })
}
