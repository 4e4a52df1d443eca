//! The contract that every format keeps.
//!
//! A [`Decoder`] takes bytes as they come off a connection or out of a file, in any cutting, and gives
//! drafts, rejects and counts of what it knows but leaves out. It is stateful (multi-part messages,
//! framing) and bounded: whatever it holds has a named limit, and reaching the limit is a reject, not a
//! silent drop. One decoder serves one connection, file or request body. It reads no clock: `at` is the
//! moment at which the bytes were received.
//!
//! Every byte that comes in ends in exactly one of three places: a draft, a [`Reject`] with its reason
//! and the raw bytes, or a count in [`Output::skipped`]. Line ends and blank lines are the only bytes
//! that leave no trace.

mod details;
mod lines;

use core::fmt;
use std::collections::BTreeMap;

use oneroof_model::{Draft, MessageContext, Time};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub use details::{Decoded, Details};

use crate::json_text;

/// Most raw bytes that a reject carries on; the digest always covers all of them. 64 KiB.
pub const MAX_REJECT_RAW: usize = 64 * 1024;

/// Most characters of a reject's detail.
pub const MAX_DETAIL: usize = 400;

/// Most bytes that the end of a datagram may count for in offsets: some formats put a mark of their own there
/// ([`Decoder::end_datagram`]).
pub const MAX_DATAGRAM_END: u64 = 8;

/// Decodes one stream of bytes of one format. See the module for what it promises.
pub trait Decoder: Send {
    /// Takes the next bytes, received at `at`, and appends to `out` what became complete with them.
    fn push(&mut self, bytes: &[u8], at: Time, out: &mut Output);

    /// The stream has ended: whatever is still held becomes a draft or a reject. The decoder is then
    /// as new, except that offsets and record numbers go on.
    fn finish(&mut self, at: Time, out: &mut Output);

    /// A datagram has ended with the bytes pushed last. A format that is cut by lengths takes what is still unfinished
    /// for broken then, for else one short datagram would swallow the next; one that is made of lines ends its line, for
    /// senders often leave that out there. Unlike after a message, all else goes on. Each end may count for up to
    /// [`MAX_DATAGRAM_END`] bytes in the offsets of what follows.
    fn end_datagram(&mut self, _at: Time, _out: &mut Output) {}

    /// One whole message of a broker was pushed: whatever is still held of it becomes a draft or a reject.
    /// Unless a format says otherwise the decoder is then as after [`Self::finish`]; one whose records span
    /// messages (parts of a sentence) keeps what it remembers between them.
    fn end_message(&mut self, at: Time, out: &mut Output) {
        self.finish(at, out);
    }

    /// What is known of the message whose bytes are pushed next, for formats whose mapping reads it. Holds
    /// until it is called again.
    fn context(&mut self, _context: &MessageContext) {}
}

/// A draft and the record that it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Drafted {
    /// Number of the record in what this decoder was given, from 0. A sentence, a JSON object, an
    /// alert; one record may give several drafts or none.
    pub record: u64,
    /// The draft.
    pub draft: Draft,
}

/// The bytes of a record that was understood, for whoever finds later that its content can't be taken
/// (a time in the future, swapped coordinates) and puts them aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Number of the record, as in [`Drafted`].
    pub record: u64,
    /// Where the bytes began, counted from the first byte that this decoder was given.
    pub offset: u64,
    /// The first 16 bytes of the SHA-256 of all the bytes.
    pub digest: [u8; 16],
    /// The bytes, at most [`MAX_REJECT_RAW`].
    pub raw: Vec<u8>,
}

/// Why something could not be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectReason {
    /// Stable code in `snake_case`, for counting and for texts (`checksum`, `truncated`).
    pub code: &'static str,
    /// What exactly, in English, for whoever repairs the feed. At most [`MAX_DETAIL`] characters.
    pub detail: String,
}

impl RejectReason {
    /// A reason; the detail is cut at [`MAX_DETAIL`] characters.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        if let Some((cut, _)) = detail.char_indices().nth(MAX_DETAIL) {
            detail.truncate(cut);
        }
        Self { code, detail }
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

/// Bytes that could not be understood; they go to quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Number of the record, as in [`Drafted`].
    pub record: u64,
    /// Where the bytes began, counted from the first byte that this decoder was given.
    pub offset: u64,
    /// Why.
    pub reason: RejectReason,
    /// The first 16 bytes of the SHA-256 of all the bytes.
    pub digest: [u8; 16],
    /// The bytes, at most [`MAX_REJECT_RAW`].
    pub raw: Vec<u8>,
    /// How many bytes there were before the cut.
    pub raw_len: u64,
}

impl Reject {
    /// A reject of `bytes`.
    pub fn new(record: u64, offset: u64, reason: RejectReason, bytes: &[u8]) -> Self {
        Self {
            record,
            offset,
            reason,
            digest: digest(bytes),
            raw: bytes.get(..MAX_REJECT_RAW).unwrap_or(bytes).to_vec(),
            raw_len: bytes.len() as u64,
        }
    }

    /// The digest as 32 lower-case hexadecimal digits.
    pub fn digest_hex(&self) -> String {
        hex(&self.digest)
    }
}

/// The first 16 bytes of the SHA-256.
fn digest(bytes: &[u8]) -> [u8; 16] {
    let mut digest = [0; 16];
    for (to, from) in digest.iter_mut().zip(Sha256::digest(bytes)) {
        *to = from;
    }
    digest
}

/// Something of a feed that lies elsewhere: an index told where (CAP in Atom and RSS).
///
/// Fetching is no decoder's work. Whoever polls the index may fetch it and push what comes back into a decoder of its own
/// of the same format; it resolves `uri` against the address of the index, keeps to hosts that the feed allows, and leaves
/// out what it has: the same address with the same `updated`. A decoder bounds how many come out of one document and
/// rejects the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    /// Number of the record that names it, as in [`Drafted`].
    pub record: u64,
    /// Where it is: `http`, `https` or relative to the address of the index (RFC 3986); at most 2048 bytes, as sent.
    pub uri: String,
    /// The sender's id of the entry.
    pub id: Option<String>,
    /// When the entry changed last, by its sender.
    pub updated: Option<Time>,
}

/// What a decoder gives out. The caller owns it, empties it, and hands it in again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Output {
    /// What was understood.
    pub drafts: Vec<Drafted>,
    /// What was not.
    pub rejects: Vec<Reject>,
    /// The bytes of records with a draft that is no position, where the format gives them; in the order
    /// of records.
    pub origins: Vec<Origin>,
    /// What lies elsewhere and may be fetched; in the order of records.
    pub follow: Vec<Follow>,
    /// What is known and out of scope, by kind: a receiver's own sentences are no faults.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Filled only where it is `Some` before the push ([`Output::with_decoded`]): it costs time.
    pub decoded: Option<Details>,
}

impl Output {
    /// An empty output that also collects the decoded fields of every record.
    pub fn with_decoded() -> Self {
        Self {
            decoded: Some(Details::default()),
            ..Self::default()
        }
    }

    /// Whether the caller asked for decoded fields.
    pub const fn wants_decoded(&self) -> bool {
        self.decoded.is_some()
    }

    /// Adds a draft.
    pub fn draft(&mut self, record: u64, draft: Draft) {
        self.drafts.push(Drafted { record, draft });
    }

    /// Adds a draft and the bytes of its record, which are kept unless it is a position (those are many,
    /// and are never put aside). Several drafts of a record share one copy.
    pub fn draft_from(&mut self, record: u64, draft: Draft, offset: u64, bytes: &[u8]) {
        self.draft(record, draft);
        self.origin(record, offset, || bytes);
    }

    /// Keeps the bytes of a record whose drafts were added just now, once, unless all of them are positions.
    pub fn origin<B>(&mut self, record: u64, offset: u64, bytes: impl FnOnce() -> B)
    where
        B: AsRef<[u8]> + Into<Vec<u8>>,
    {
        let kept = self
            .origins
            .last()
            .is_some_and(|last| last.record == record);
        let mut own = self
            .drafts
            .iter()
            .rev()
            .take_while(|drafted| drafted.record == record);
        if kept || own.all(|drafted| matches!(drafted.draft, Draft::Position(_))) {
            return;
        }
        let bytes = bytes();
        let digest = digest(bytes.as_ref());
        let mut raw: Vec<u8> = bytes.into();
        raw.truncate(MAX_REJECT_RAW);
        self.origins.push(Origin {
            record,
            offset,
            digest,
            raw,
        });
    }

    /// Adds a reject of `bytes`.
    pub fn reject(&mut self, record: u64, offset: u64, reason: RejectReason, bytes: &[u8]) {
        self.rejects
            .push(Reject::new(record, offset, reason, bytes));
    }

    /// Counts a record that is known and out of scope.
    pub fn skip(&mut self, record: u64, kind: &'static str) {
        *self.skipped.entry(kind).or_default() += 1;
        if let Some(decoded) = &mut self.decoded {
            decoded.skip(record, kind);
        }
    }

    /// Adds the decoded fields of a record, an object made only where they were asked for. Before
    /// [`Self::skip`], where the record is also counted.
    pub fn fields<T: Serialize>(&mut self, record: u64, fields: impl FnOnce() -> T) {
        self.fields_text(record, |text| {
            json_text::append(text, &fields());
        });
    }

    /// As [`Self::fields`], where the caller appends the object's text itself.
    pub(crate) fn fields_text(&mut self, record: u64, write: impl FnOnce(&mut Vec<u8>)) {
        if let Some(decoded) = &mut self.decoded {
            decoded.add(record, write);
        }
    }

    /// Whether nothing came out that [`Self::write_lines`] would write.
    pub fn is_empty(&self) -> bool {
        let told = self.decoded.as_ref().is_some_and(|all| all.len() > 0);
        self.drafts.is_empty() && self.rejects.is_empty() && !told
    }

    /// Empties it and keeps its memory and whether decoded fields are collected.
    pub fn clear(&mut self) {
        self.drafts.clear();
        self.rejects.clear();
        self.origins.clear();
        self.follow.clear();
        self.skipped.clear();
        if let Some(decoded) = &mut self.decoded {
            decoded.clear();
        }
    }

    /// What [`Self::write_lines`] writes, as values.
    pub fn to_lines(&self) -> Vec<Value> {
        let mut text = Vec::new();
        // Writing to memory does not fail.
        if self.write_lines(&mut text).is_err() {
            return Vec::new();
        }
        serde_json::Deserializer::from_slice(&text)
            .into_iter()
            .flatten()
            .collect()
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reject_keeps_a_bounded_copy_and_the_digest_of_everything() {
        let long = vec![b'x'; MAX_REJECT_RAW + 5];
        let reject = Reject::new(0, 7, RejectReason::new("too_long", "x"), &long);
        assert_eq!(reject.raw.len(), MAX_REJECT_RAW);
        assert_eq!(reject.raw_len, MAX_REJECT_RAW as u64 + 5);
        let cut = Reject::new(0, 7, RejectReason::new("too_long", "x"), &reject.raw);
        assert_ne!(reject.digest, cut.digest);
        // SHA-256 of the empty message, FIPS 180-4 example.
        let empty = Reject::new(0, 0, RejectReason::new("empty", ""), b"");
        assert_eq!(empty.digest_hex(), "e3b0c44298fc1c149afbf4c8996fb924");
    }

    #[test]
    fn a_detail_is_cut_at_a_character_not_inside_one() {
        let reason = RejectReason::new("x", "\u{457}".repeat(MAX_DETAIL + 3));
        assert_eq!(reason.detail.chars().count(), MAX_DETAIL);
    }

    #[test]
    fn lines_come_in_the_order_of_records() {
        let mut out = Output::with_decoded();
        out.reject(2, 20, RejectReason::new("checksum", "is 00"), b"\xff");
        out.skip(1, "gga");
        out.fields(0, || json!({ "mmsi": 1 }));
        let lines = out.to_lines();
        assert_eq!(lines[0], json!({ "draft": null, "decoded": { "mmsi": 1 } }));
        assert_eq!(lines[1], json!({ "skipped": "gga" }));
        assert_eq!(lines[2]["reject"]["raw_hex"], "ff");
        assert_eq!(out.skipped["gga"], 1);
    }
}
