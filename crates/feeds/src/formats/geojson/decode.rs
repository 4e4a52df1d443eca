//! Bytes to features: out of a collection one by one as they come, or each a text of its own.
//!
//! A decoder holds one feature and what stands in a collection beside its features ([`super::Limits::feature_bytes`]
//! each). A feature that is no JSON costs itself; behind it, it goes on at the next line that begins with `{`, or at
//! the next record separator, still within the collection.

use std::sync::Arc;

use oneroof_model::{MessageContext, Time};
use serde_json::{Value, json};

use super::collection::{self, Collection};
use super::config::GeoJsonOptions;
use super::crs;
use super::members::{Members, Walked};
use crate::contract::{Decoder, Output, RejectReason};
use crate::json_read::scan::{Scanner, Step};
use crate::mapping::{Giving, Ground, message_value};

/// RFC 8142, 2: before each text of a sequence.
const RECORD_SEPARATOR: u8 = 0x1e;

#[derive(Debug)]
enum State {
    /// Between texts.
    Between,
    /// Inside an object at the top, up to its features if it has such a list, or behind them.
    Members(Members),
    /// Before a feature of the collection, or the end of the list.
    Feature(Separator),
    /// Inside a feature.
    Inside(Scanner),
    /// Inside a value at the top that is no object.
    Other(Scanner),
    /// Inside something too long, which is passed over.
    Passing(Scanner, Then),
    /// Inside something that is no JSON, looked through from this index on.
    Lost { why: RejectReason, from: usize },
}

/// Whether a comma must stand before the next feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    /// The list has just begun, or a comma was there.
    None,
    /// A feature was there.
    Comma,
}

/// What comes behind something that is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Feature,
    Between,
}

/// Decodes GeoJSON of one connection, file or request body.
#[derive(Debug)]
pub(super) struct GeoJsonDecoder {
    options: Arc<GeoJsonOptions>,
    /// Bytes not done with; those before `head` are.
    held: Vec<u8>,
    head: usize,
    /// Offset of `held`'s first byte from the first byte ever given.
    offset: u64,
    record: u64,
    /// What a broker says of the message that is pushed; null without one.
    message: Value,
    state: State,
    collection: Option<Collection>,
}

impl GeoJsonDecoder {
    pub(super) const fn new(options: Arc<GeoJsonOptions>) -> Self {
        Self {
            options,
            held: Vec::new(),
            head: 0,
            offset: 0,
            record: 0,
            message: Value::Null,
            state: State::Between,
            collection: None,
        }
    }

    /// Works off whatever is whole.
    fn run(&mut self, at: Time, out: &mut Output) {
        while self.step(at, out) {}
    }

    /// One step; false where more bytes are needed.
    fn step(&mut self, at: Time, out: &mut Output) -> bool {
        let limit = self.options.limits.feature_bytes;
        let rest = self.held.get(self.head..).unwrap_or_default();
        let bounded = rest.get(..limit).unwrap_or(rest);
        let is_full = rest.len() >= limit;
        match &mut self.state {
            State::Between => self.between(),
            State::Members(members) => match members.walk(bounded) {
                Walked::More if !is_full => false,
                Walked::More => self.too_long(Then::Between, out),
                Walked::Bad(index, what) => self.bad(index, what),
                Walked::Features(end) => self.features_begin(end),
                Walked::End(end) => self.object_ends(end, at, out),
            },
            State::Feature(separator) => {
                let separator = *separator;
                self.before_feature(separator)
            }
            State::Inside(scanner) => match scanner.feed(bounded) {
                Step::Done(end) => self.feature(end, at, out),
                Step::More if !is_full => false,
                Step::More => self.too_long(Then::Feature, out),
                Step::Bad(index, what) => self.bad(index, what),
            },
            State::Other(scanner) => match scanner.feed(bounded) {
                Step::Done(end) => {
                    self.lose(end, not_an_object(), out);
                    self.go(State::Between)
                }
                Step::More if !is_full => false,
                Step::More => self.too_long(Then::Between, out),
                Step::Bad(index, what) => self.bad(index, what),
            },
            State::Passing(scanner, then) => match scanner.feed(rest) {
                Step::More => {
                    scanner.forget();
                    self.head = self.held.len();
                    false
                }
                Step::Done(end) => {
                    let next = match then {
                        Then::Feature => State::Feature(Separator::Comma),
                        Then::Between => State::Between,
                    };
                    self.head += end;
                    self.go(next)
                }
                Step::Bad(index, what) => {
                    self.head += index;
                    self.bad(0, what)
                }
            },
            State::Lost { why, from } => {
                let next = resume(bounded, *from);
                if next.is_none() && !is_full {
                    // A line break and a comma may be the last bytes.
                    *from = rest.len().saturating_sub(1).max(1);
                    return false;
                }
                let end = next.unwrap_or(bounded.len());
                let why = why.clone();
                self.lose(end, why.clone(), out);
                let lost = State::Lost { why, from: 0 };
                self.go(if next.is_some() { State::Between } else { lost })
            }
        }
    }

    fn go(&mut self, state: State) -> bool {
        self.state = state;
        true
    }

    /// Blanks, marks and separators between texts, then the first byte of one.
    fn between(&mut self) -> bool {
        let rest = self.held.get(self.head..).unwrap_or_default();
        let first = self.offset == 0 && self.head == 0;
        match rest {
            [0xef, 0xbb, 0xbf, ..] if first => self.head += 3,
            [] => return false,
            // A byte order mark may come in pieces.
            short if first && b"\xef\xbb\xbf".starts_with(short) => return false,
            [b' ' | b'\t' | b'\n' | b'\r', ..] => self.head += 1,
            [RECORD_SEPARATOR, ..] => {
                self.head += 1;
                self.collection = None;
            }
            // Within a collection of which a feature was lost.
            [b',' | b']' | b'}', ..] if self.collection.is_some() => self.head += 1,
            [b'{', ..] => self.state = State::Members(Members::from_start()),
            _ if self.collection.is_some() => {
                return self.bad(0, "the rest of a collection that is no JSON");
            }
            _ => self.state = State::Other(Scanner::new(usize::MAX)),
        }
        true
    }

    /// A collection's features begin before `end`.
    fn features_begin(&mut self, end: usize) -> bool {
        if self.is_open() {
            return self.bad(end, "a second list of features");
        }
        let text = self
            .held
            .get(self.head..self.head + end)
            .unwrap_or_default();
        self.collection = Some(Collection::begin(text, &self.options));
        self.head += end;
        self.go(State::Feature(Separator::None))
    }

    /// Whether the object at the top is a collection whose features were seen.
    fn is_open(&self) -> bool {
        self.collection.as_ref().is_some_and(|c| !c.is_broken)
    }

    fn before_feature(&mut self, separator: Separator) -> bool {
        let Some(&b) = self.held.get(self.head) else {
            return false;
        };
        match (b, separator) {
            (b' ' | b'\t' | b'\n' | b'\r', _) => self.head += 1,
            (b',', Separator::Comma) => {
                self.head += 1;
                self.state = State::Feature(Separator::None);
            }
            (b']', _) => self.state = State::Members(Members::after_features()),
            (_, Separator::None) => self.state = State::Inside(Scanner::new(usize::MAX)),
            _ => return self.bad(0, "expected a comma between features"),
        }
        true
    }

    /// A whole feature of a collection.
    fn feature(&mut self, len: usize, at: Time, out: &mut Output) -> bool {
        let text = self
            .held
            .get(self.head..self.head + len)
            .unwrap_or_default();
        let offset = self.offset + self.head as u64;
        if let Some(collection) = &mut self.collection {
            collection.features += 1;
        }
        let depth = self.options.limits.depth;
        let value =
            crate::json_read::parse(text, depth, self.options.duplicate_keys).and_then(|value| {
                if is_a(&value, "Feature") {
                    Ok(value)
                } else {
                    Err(not_a_feature())
                }
            });
        self.give(text, offset, value, at, out);
        self.record += 1;
        self.head += len;
        self.go(State::Feature(Separator::Comma))
    }

    /// An object at the top is whole.
    fn object_ends(&mut self, len: usize, at: Time, out: &mut Output) -> bool {
        let text = self
            .held
            .get(self.head..self.head + len)
            .unwrap_or_default();
        let offset = self.offset + self.head as u64;
        if let Some(collection) = self.collection.take_if(|c| !c.is_broken) {
            let is_empty = collection.features == 0;
            match collection.end(text, &self.options) {
                (Ok(members), _) => {
                    out.fields(self.record, || members);
                    if is_empty {
                        out.skip(self.record, "empty_batch");
                    }
                }
                (Err(why), text) => out.reject(self.record, offset, why, &text),
            }
        } else {
            let value = collection::read(text, &self.options).and_then(as_feature);
            self.give(text, offset, value, at, out);
        }
        self.record += 1;
        self.head += len;
        self.go(State::Between)
    }

    /// A feature through the mapping.
    fn give(
        &self,
        text: &[u8],
        offset: u64,
        value: Result<Value, RejectReason>,
        at: Time,
        out: &mut Output,
    ) {
        let collection = self.collection.as_ref();
        let result = value.and_then(|value| {
            if let Some(fault) = collection.and_then(|c| c.fault.clone()) {
                return Err(fault);
            }
            crs::check(&value)?;
            value.get("geometry").map_or(Ok(()), crs::check)?;
            let giving = Giving {
                record: self.record,
                ground: Ground {
                    record: &value,
                    root: collection.map_or(&value, |c| &c.root),
                    message: &self.message,
                },
                shown: None,
                own: &["type"],
                line: None,
                at,
            };
            self.options.mapping.give(&giving, out)
        });
        let raw = || collection.map_or_else(|| text.to_vec(), |c| c.with_only(text));
        match result {
            Ok(()) => out.origin(self.record, offset, raw),
            Err(why) => out.reject(self.record, offset, why, &raw()),
        }
    }

    /// What stands at the head is no JSON.
    fn bad(&mut self, index: usize, what: &str) -> bool {
        let place = self.offset + (self.head + index) as u64;
        let why = RejectReason::new("bad_json", format!("{what} at byte {place}"));
        self.lost(why)
    }

    fn lost(&mut self, why: RejectReason) -> bool {
        if let Some(collection) = &mut self.collection {
            collection.is_broken = true;
        }
        self.go(State::Lost { why, from: 1 })
    }

    /// What stands at the head is longer than is held: its head is a reject, the rest is passed over.
    fn too_long(&mut self, then: Then, out: &mut Output) -> bool {
        let limit = self.options.limits.feature_bytes;
        let bytes = self
            .held
            .get(self.head..self.head + limit)
            .unwrap_or_default();
        let mut scanner = Scanner::new(usize::MAX);
        if then == Then::Between && self.is_open() {
            // The tail of a collection: as if its beginning were here.
            scanner.feed(b"{\"\":[");
            scanner.forget();
            self.collection = None;
        }
        scanner.feed(bytes);
        scanner.forget();
        let why = format!(
            "expected a feature, and what stands beside features, of at most {limit} bytes"
        );
        self.lose(limit, RejectReason::new("too_long", why), out);
        self.go(State::Passing(scanner, then))
    }

    /// Puts `len` bytes aside as one reject.
    fn lose(&mut self, len: usize, why: RejectReason, out: &mut Output) {
        let bytes = self
            .held
            .get(self.head..self.head + len)
            .unwrap_or_default();
        if !bytes.is_empty() {
            out.reject(self.record, self.offset + self.head as u64, why, bytes);
            self.record += 1;
        }
        self.head += len;
    }

    fn compact(&mut self) {
        self.held.drain(..self.head.min(self.held.len()));
        self.offset += self.head as u64;
        self.head = 0;
    }
}

impl Decoder for GeoJsonDecoder {
    fn push(&mut self, bytes: &[u8], at: Time, out: &mut Output) {
        // In steps, so that a huge push is not held whole beside its copy.
        for chunk in bytes.chunks(STEP) {
            self.held.extend_from_slice(chunk);
            self.run(at, out);
            self.compact();
        }
    }

    fn finish(&mut self, at: Time, out: &mut Output) {
        // Another feature may have begun on a line within a broken one, and another within that.
        for _ in 0..=self.held.len() {
            match &self.state {
                State::Between => {
                    // A byte order mark that never became whole.
                    let why = RejectReason::new("bad_json", "expected a GeoJSON object");
                    self.lose(self.held.len() - self.head, why, out);
                    break;
                }
                State::Feature(_) => {
                    out.skip(self.record, "unfinished_collection");
                    self.record += 1;
                    break;
                }
                State::Passing(..) => break,
                State::Lost { why, .. } => {
                    let why = why.clone();
                    self.lose(self.held.len() - self.head, why, out);
                    break;
                }
                State::Other(scanner) if matches!(scanner.end(), Step::Done(_)) => {
                    self.lose(self.held.len() - self.head, not_an_object(), out);
                    break;
                }
                State::Members(_) | State::Inside(_) | State::Other(_) => {
                    let why = "the end of the bytes within a value";
                    self.lost(RejectReason::new("truncated", why));
                    self.run(at, out);
                }
            }
        }
        self.head = self.held.len();
        self.compact();
        self.state = State::Between;
        self.collection = None;
    }

    fn context(&mut self, context: &MessageContext) {
        self.message = message_value(context);
    }
}

/// Bytes of a push that are worked off at a time.
const STEP: usize = 64 * 1024;

fn is_a(value: &Value, kind: &str) -> bool {
    value.get("type").and_then(Value::as_str) == Some(kind)
}

fn not_an_object() -> RejectReason {
    let detail = "expected a GeoJSON object, found another value";
    RejectReason::new("not_geojson", detail)
}

fn not_a_feature() -> RejectReason {
    RejectReason::new("not_a_feature", "type: expected Feature")
}

/// An object that stands alone: a feature, or a geometry, which is taken as a feature without more.
fn as_feature(value: Value) -> Result<Value, RejectReason> {
    match value.get("type").and_then(Value::as_str) {
        Some("Feature") => Ok(value),
        Some(
            "Point" | "MultiPoint" | "LineString" | "MultiLineString" | "Polygon" | "MultiPolygon"
            | "GeometryCollection",
        ) => Ok(json!({ "type": "Feature", "geometry": value, "properties": null })),
        Some("FeatureCollection") => {
            let detail = "features: expected a list of features";
            Err(RejectReason::new("not_geojson", detail))
        }
        _ => {
            let detail = "type: expected Feature, FeatureCollection or a geometry";
            Err(RejectReason::new("not_geojson", detail))
        }
    }
}

/// The next place where a text or feature may begin: an opening brace at the start of a line, also behind a comma
/// there, or a record separator.
fn resume(bytes: &[u8], from: usize) -> Option<usize> {
    let from = from.max(1);
    let rest = bytes.get(from - 1..)?;
    let begins = |at: usize| match rest.get(at..)? {
        [b'\n', b'{', ..] | [_, RECORD_SEPARATOR, ..] => Some(at + 1),
        [b'\n', b',', b'{', ..] => Some(at + 2),
        _ => None,
    };
    memchr::memchr2_iter(b'\n', RECORD_SEPARATOR, rest)
        .find_map(|at| {
            if rest.get(at) == Some(&b'\n') {
                begins(at)
            } else {
                begins(at.checked_sub(1)?)
            }
        })
        .map(|at| from - 1 + at)
}
