//! One record's bytes to a value, and through the mapping to drafts.

use core::fmt;

use oneroof_model::Time;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

use super::config::{DuplicateKeys, JsonOptions};
use crate::contract::{Output, RejectReason};
use crate::mapping::Ground;

/// Reads one value strictly; a reason where it can not be.
pub(super) fn parse(bytes: &[u8], options: &JsonOptions) -> Result<Value, RejectReason> {
    let mut seed = Seed {
        depth: options.limits.depth,
        policy: options.duplicate_keys,
        duplicate: None,
        path: Vec::new(),
    };
    let mut de = serde_json::Deserializer::from_slice(bytes);
    let value = (&mut seed)
        .deserialize(&mut de)
        .and_then(|v| de.end().map(|()| v));
    match value {
        Ok(_) if seed.duplicate.is_some() => {
            let path = seed.duplicate.unwrap_or_default();
            let detail = format!("{path}: expected each key once, found it again");
            Err(RejectReason::new("duplicate_key", detail))
        }
        Ok(value) => Ok(value),
        Err(e) => Err(RejectReason::new(
            "bad_json",
            format!("expected JSON (RFC 8259): {e}"),
        )),
    }
}

/// Maps one record and appends what became of it; a reason where it is a reject.
pub(super) fn map(
    record: u64,
    ground: Ground<'_>,
    at: Time,
    options: &JsonOptions,
    out: &mut Output,
) -> Result<(), RejectReason> {
    let value = ground.record;
    if !value.is_object() {
        let found = crate::mapping::what(value);
        let detail = format!("expected an object as a record, found {found}");
        return Err(RejectReason::new("not_a_record", detail));
    }
    let applied = options.mapping.apply_in(ground, at);
    if let Some((code, detail)) = applied.reject {
        return Err(RejectReason::new(code, detail));
    }
    out.fields(record, || {
        json!({
            "rule": applied.rules.join(", "),
            "record": value,
            "unmapped": options.mapping.unmapped(value),
        })
    });
    for draft in applied.drafts {
        out.draft(record, draft);
    }
    if applied.skipped {
        out.skip(record, "left_out_by_mapping");
    }
    Ok(())
}

/// Builds a value, bounded in depth, and notices duplicate keys.
struct Seed {
    depth: usize,
    policy: DuplicateKeys,
    duplicate: Option<String>,
    path: Vec<String>,
}

impl<'de> DeserializeSeed<'de> for &mut Seed {
    type Value = Value;
    fn deserialize<D: serde::Deserializer<'de>>(self, d: D) -> Result<Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Seed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E: Error>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }
    fn visit_i64<E: Error>(self, n: i64) -> Result<Value, E> {
        Ok(n.into())
    }
    fn visit_u64<E: Error>(self, n: u64) -> Result<Value, E> {
        Ok(n.into())
    }
    fn visit_f64<E: Error>(self, n: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(n)
            .map(Value::Number)
            .ok_or_else(|| E::custom("expected a finite number"))
    }
    fn visit_str<E: Error>(self, s: &str) -> Result<Value, E> {
        Ok(Value::String(s.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut list = Vec::new();
        while let Some(item) = seq.next_element_seed(&mut *self)? {
            list.push(item);
        }
        self.depth += 1;
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            self.path.push(key);
            let value = map.next_value_seed(&mut *self)?;
            let again = self.path.last().is_some_and(|k| object.contains_key(k));
            if again && self.policy == DuplicateKeys::Reject && self.duplicate.is_none() {
                self.duplicate = Some(self.path.join("."));
            }
            let key = self.path.pop().unwrap_or_default();
            if !again || self.policy != DuplicateKeys::First {
                object.insert(key, value);
            }
        }
        self.depth += 1;
        Ok(Value::Object(object))
    }
}

impl Seed {
    fn enter<E: Error>(&mut self) -> Result<(), E> {
        self.depth = self
            .depth
            .checked_sub(1)
            .ok_or_else(|| E::custom("nested deeper than allowed"))?;
        Ok(())
    }
}
