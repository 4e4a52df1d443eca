//! From bytes to documents, from documents to aircraft. Documents may follow each other with or without line ends:
//! snapshots, or one aircraft a line.

use oneroof_model::{Draft, PositionDraft, Time};
use serde_json::{Map, Value};

use super::aircraft::{Aircraft, Fault, moment};
use crate::contract::{Decoder, Output, RejectReason};
use crate::formats::mode_s::{
    Emergencies, MPS_PER_KNOT, Sender, Signs, accuracy_m, course_deg, draft, metres, narrow,
};
use crate::json_read::scan::{Scanner, Step, children};

/// Longest document, in bytes: 32 MiB. A snapshot of the whole world has about 10.
const MAX_DOCUMENT: usize = 32 * 1024 * 1024;

/// Byte order mark of UTF-8, which some senders put before a document.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Deepest nesting; snapshots have four.
const MAX_DEPTH: usize = 16;

/// Most aircraft of a snapshot.
const MAX_AIRCRAFT: usize = 100_000;

/// Decoder of one connection or file.
pub(super) struct JsonDecoder {
    held: Vec<u8>,
    /// Where `held` begins.
    began: u64,
    scanner: Scanner,
    /// Why what is held can be no document; it then goes up to its line's end.
    broken: Option<(usize, &'static str)>,
    /// How far the search for that line's end has come.
    searched: usize,
    core: Core,
}

/// What makes drafts.
struct Core {
    emergencies: Emergencies,
    record: u64,
}

impl JsonDecoder {
    pub(super) fn new() -> Self {
        Self {
            held: Vec::new(),
            began: 0,
            scanner: Scanner::new(MAX_DEPTH),
            broken: None,
            searched: 0,
            core: Core {
                emergencies: Emergencies::default(),
                record: 0,
            },
        }
    }

    /// Takes documents from what is held, as far as they are whole.
    fn advance(&mut self, at: Time, out: &mut Output) {
        loop {
            if self.broken.is_some() {
                let from = self.searched;
                let rest = self.held.get(from..).unwrap_or_default();
                let Some(end) = memchr::memchr(b'\n', rest) else {
                    self.searched = self.held.len();
                    return;
                };
                self.refuse(from + end, out);
                continue;
            }
            self.skip_blanks();
            // Nothing is left, or the beginning of a mark.
            if MARK.starts_with(&self.held) {
                return;
            }
            match self.scanner.feed(&self.held) {
                Step::More => return,
                Step::Done(length) => {
                    let document = self.held.get(..length).unwrap_or_default();
                    self.core.document(document, self.began, at, out);
                    self.take(length);
                }
                Step::Bad(index, why) => {
                    self.broken = Some((index, why));
                    self.searched = index;
                }
            }
        }
    }

    /// Blanks between documents; a byte order mark counts as one.
    fn skip_blanks(&mut self) {
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let mut passed = self.held.iter().take_while(blank).count();
        while let Some(rest) = self.held.get(passed..).and_then(|h| h.strip_prefix(MARK)) {
            passed += MARK.len() + rest.iter().take_while(blank).count();
        }
        if passed > 0 {
            self.take(passed);
        }
    }

    /// Lets go of the first bytes that are held.
    fn take(&mut self, length: usize) {
        self.held.drain(..length.min(self.held.len()));
        self.began += length as u64;
        self.scanner = Scanner::new(MAX_DEPTH);
        self.broken = None;
        self.searched = 0;
    }

    /// What is held up to here is no document.
    fn refuse(&mut self, length: usize, out: &mut Output) {
        let raw = self.held.get(..length).unwrap_or(&self.held);
        let (code, detail) = match self.broken {
            Some((at, why)) => ("bad_json", format!("{why}, byte {at} of the document")),
            None => (
                "too_long",
                format!("a document beyond {MAX_DOCUMENT} bytes"),
            ),
        };
        let record = self.core.next();
        out.reject(record, self.began, RejectReason::new(code, detail), raw);
        self.take(length);
    }
}

impl Decoder for JsonDecoder {
    fn push(&mut self, bytes: &[u8], at: Time, out: &mut Output) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = MAX_DOCUMENT.saturating_sub(self.held.len());
            let (now, later) = rest.split_at_checked(room).unwrap_or((rest, &[]));
            self.held.extend_from_slice(now);
            self.advance(at, out);
            if self.held.len() >= MAX_DOCUMENT {
                self.refuse(self.held.len(), out);
            }
            rest = later;
        }
    }

    fn end_datagram(&mut self, at: Time, out: &mut Output) {
        self.push(b"\n", at, out);
    }

    fn finish(&mut self, at: Time, out: &mut Output) {
        self.advance(at, out);
        if self.held.is_empty() {
            return;
        }
        if self.broken.is_none() {
            match self.scanner.end() {
                Step::Bad(index, why) => self.broken = Some((index, why)),
                Step::Done(_) | Step::More => self.broken = Some((0, "no document")),
            }
        }
        self.refuse(self.held.len(), out);
    }
}

impl Core {
    const fn next(&mut self) -> u64 {
        let record = self.record;
        self.record += 1;
        record
    }

    /// A whole document.
    fn document(&mut self, bytes: &[u8], offset: u64, at: Time, out: &mut Output) {
        if bytes.first() == Some(&b'[') {
            let record = self.next();
            out.skip(record, "list");
            return self.aircraft_of(bytes, offset, None, at, out);
        }
        let Some(members) = children(bytes, MAX_AIRCRAFT) else {
            return self.bad(bytes, offset, "too_many", "too many members", out);
        };
        let list = members
            .iter()
            .find(|own| matches!(own.key, Some(b"\"aircraft\"" | b"\"ac\"")))
            .map(|own| (own.start, bytes.get(own.start..own.end).unwrap_or_default()))
            .filter(|(_, list)| list.first() == Some(&b'['));
        let Some((start, list)) = list else {
            let record = self.next();
            return self.one(bytes, record, offset, None, at, out);
        };
        // Everything but the list, which may be long.
        let head: Option<Map<String, Value>> = members
            .iter()
            .filter(|own| own.start != start)
            .map(|own| {
                let key = serde_json::from_slice(own.key?).ok()?;
                let value = bytes.get(own.start..own.end)?;
                Some((key, serde_json::from_slice(value).ok()?))
            })
            .collect();
        let now = head.as_ref().map(moment);
        let (Some(head), Some(Ok(now))) = (head, now) else {
            return self.bad(
                bytes,
                offset,
                "bad_snapshot",
                "its head can not be read",
                out,
            );
        };
        let record = self.next();
        out.fields(record, || Value::Object(head));
        out.skip(record, "snapshot");
        self.aircraft_of(list, offset + start as u64, now, at, out);
    }

    /// A list of aircraft.
    fn aircraft_of(
        &mut self,
        list: &[u8],
        offset: u64,
        now: Option<Time>,
        at: Time,
        out: &mut Output,
    ) {
        let Some(members) = children(list, MAX_AIRCRAFT) else {
            return self.bad(list, offset, "too_many", "too many aircraft", out);
        };
        for member in members {
            let bytes = list.get(member.start..member.end).unwrap_or_default();
            let record = self.next();
            self.one(bytes, record, offset + member.start as u64, now, at, out);
        }
    }

    /// One aircraft, or a document that is something else.
    fn one(
        &mut self,
        bytes: &[u8],
        record: u64,
        offset: u64,
        now: Option<Time>,
        at: Time,
        out: &mut Output,
    ) {
        let value: Map<String, Value> = match serde_json::from_slice(bytes) {
            Ok(value) => value,
            Err(error) => {
                let reason = RejectReason::new("bad_json", error.to_string());
                return out.reject(record, offset, reason, bytes);
            }
        };
        // `receiver.json` and `stats.json` lie beside `aircraft.json`.
        let beside = !value.contains_key("hex")
            && (value.contains_key("refresh") || value.contains_key("latest"));
        if beside {
            out.fields(record, || &value);
            return out.skip(record, "receiver_document");
        }
        match Aircraft::read(&value, now, at) {
            Ok(own) => self.take(&own, record, (offset, bytes), at, out),
            Err(Fault(name)) => {
                let detail = format!("the field {name} is missing or has no possible value");
                out.reject(
                    record,
                    offset,
                    RejectReason::new("bad_value", detail),
                    bytes,
                );
            }
        }
    }

    fn take(
        &mut self,
        own: &Aircraft<'_>,
        record: u64,
        (offset, bytes): (u64, &[u8]),
        received: Time,
        out: &mut Output,
    ) {
        out.fields(record, || own);
        let callsign = own.plain_callsign();
        let callsign = callsign.as_ref().and_then(|sign| sign.filled());
        if own.signs != Signs::default() {
            let sender = Sender {
                address: own.address,
                callsign,
                place: own.position,
                at: own.now_at.unwrap_or(received),
            };
            if let Some(report) = self.emergencies.take(own.signs, &sender) {
                out.draft_from(record, Draft::Report(Box::new(report)), offset, bytes);
            }
        }
        let draft = position(own, callsign);
        let says = draft.position.is_some()
            || draft.alt_m.is_some()
            || draft.speed_mps.is_some()
            || draft.call_sign.is_some()
            || draft.kind_code.is_some()
            || draft.name.is_some();
        let reported = out.drafts.last().map(|last| last.record) == Some(record);
        if says {
            out.draft(record, Draft::Position(draft));
        } else if !reported {
            out.skip(record, "address_only");
        }
    }

    fn bad(
        &mut self,
        bytes: &[u8],
        offset: u64,
        code: &'static str,
        detail: &str,
        out: &mut Output,
    ) {
        let record = self.next();
        out.reject(record, offset, RejectReason::new(code, detail), bytes);
    }
}

/// The draft of an aircraft.
fn position(own: &Aircraft<'_>, callsign: Option<&str>) -> PositionDraft {
    let mut draft = draft(own.address, own.source, own.heard_at);
    draft.position = own.position;
    draft.ce_m = own
        .nac_p
        .and_then(accuracy_m)
        .filter(|_| own.position.is_some());
    draft.alt_m = own.altitude_ft.map(metres);
    draft.speed_mps = own
        .ground_speed_kt
        .map(|knots| narrow(knots * MPS_PER_KNOT));
    draft.course_deg = own.track_deg.and_then(course_deg);
    draft.heading_deg = own.true_heading_deg.and_then(course_deg);
    draft.call_sign = callsign.map(Into::into);
    draft.name = own.registration.map(Into::into);
    draft.kind_code = own.category;
    draft
}
