//! What a record holds and no rule reads: shown to whoever writes the mapping.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Mapping;

/// Paths listed at most.
const MAX_LISTED: usize = 200;

/// Depth that is looked into at most.
const MAX_DEPTH: usize = 32;

impl Mapping {
    /// Paths of the record's values that no rule reads, lists as `[]`. A path that is read covers
    /// everything below it.
    pub fn unmapped(&self, record: &Value) -> BTreeSet<String> {
        let read: Vec<Vec<&str>> = self
            .paths()
            .into_iter()
            .filter(|p| p.is_from_record())
            .map(|p| p.keys())
            .collect();
        let mut found = BTreeSet::new();
        let mut at = Vec::new();
        list(record, &mut at, &read, &mut found);
        found
    }
}

fn list<'v>(
    value: &'v Value,
    at: &mut Vec<&'v str>,
    read: &[Vec<&str>],
    found: &mut BTreeSet<String>,
) {
    if found.len() >= MAX_LISTED || at.len() > MAX_DEPTH {
        return;
    }
    let keys: Vec<&str> = at.iter().copied().filter(|k| *k != "[]").collect();
    if read.contains(&keys) && !keys.is_empty() {
        return;
    }
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                at.push(key);
                list(value, at, read, found);
                at.pop();
            }
        }
        Value::Array(items) if !items.is_empty() => {
            at.push("[]");
            for item in items {
                list(item, at, read, found);
            }
            at.pop();
        }
        _ => {
            found.insert(at.join(".").replace(".[]", "[]"));
        }
    }
}
