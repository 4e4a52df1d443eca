//! JSON as hostile senders write it: where values end ([`scan`]), and values read strictly. Shared by the formats
//! that are JSON.

pub(crate) mod scan;

use core::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::contract::RejectReason;

/// What to do about a key that an object has twice (RFC 8259, 4: receivers differ, so none is safe).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DuplicateKeys {
    /// The record is a reject.
    #[default]
    Reject,
    /// The first counts.
    First,
    /// The last counts.
    Last,
}

impl DuplicateKeys {
    /// The words of the configuration.
    pub(crate) const WORDS: &[(&str, Self)] = &[
        ("reject", Self::Reject),
        ("first", Self::First),
        ("last", Self::Last),
    ];
}

/// Reads one value strictly, nested not deeper than `depth`; a reason where it can not be.
pub(crate) fn parse(
    bytes: &[u8],
    depth: usize,
    policy: DuplicateKeys,
) -> Result<Value, RejectReason> {
    let mut seed = Seed {
        depth,
        policy,
        duplicate: None,
        path: Vec::new(),
    };
    // Where all of it is text, its strings need not be looked at one by one.
    let value = match core::str::from_utf8(bytes) {
        Ok(text) => whole(&mut seed, serde_json::Deserializer::from_str(text)),
        Err(_) => whole(&mut seed, serde_json::Deserializer::from_slice(bytes)),
    };
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

/// The one value that there is.
fn whole<'de, R: serde_json::de::Read<'de>>(
    seed: &mut Seed,
    mut from: serde_json::Deserializer<R>,
) -> Result<Value, serde_json::Error> {
    let value = seed.deserialize(&mut from)?;
    from.end()?;
    Ok(value)
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
            match object.entry(self.path.pop().unwrap_or_default()) {
                Entry::Vacant(place) => {
                    place.insert(value);
                }
                Entry::Occupied(mut place) => {
                    if self.policy == DuplicateKeys::Reject && self.duplicate.is_none() {
                        let path = self.path.iter().chain([place.key()]);
                        let path: Vec<&str> = path.map(String::as_str).collect();
                        self.duplicate = Some(path.join("."));
                    }
                    if self.policy != DuplicateKeys::First {
                        place.insert(value);
                    }
                }
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
