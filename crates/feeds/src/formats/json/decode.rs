//! Bytes to documents to records: a list, lines, values one after another, or an envelope with a list in it.
//!
//! A decoder holds the bytes of one document at most ([`super::Limits::document_bytes`]). After bytes that
//! are no JSON it goes on at the next line that begins with `{` or `[`: lines of records lose one record, a
//! broken document is one reject.

use std::sync::Arc;

use oneroof_model::{MessageContext, Time};
use serde_json::Value;

use super::config::JsonOptions;
use super::normalise;
use crate::contract::{Decoder, MAX_REJECT_RAW, Output, RejectReason};
use crate::json_read::scan::{Child, Scanner, Step, children};
use crate::mapping::{Ground, message_value};

/// Keys of an envelope looked at while the list of records is sought.
const MAX_ENVELOPE_KEYS: usize = 10_000;

#[derive(Debug)]
enum State {
    /// Between documents.
    Between,
    /// Inside one.
    Inside(Scanner),
    /// Inside something that is none, looked through from this index on.
    Lost { why: RejectReason, from: usize },
}

/// Decodes JSON of one connection, file or request body.
#[derive(Debug)]
pub(super) struct JsonDecoder {
    options: Arc<JsonOptions>,
    /// Bytes not done with; those before `head` are.
    held: Vec<u8>,
    head: usize,
    /// Offset of `held`'s first byte from the first byte ever given.
    offset: u64,
    record: u64,
    state: State,
    /// What a broker says of the message that is pushed; null without one.
    message: Value,
}

impl JsonDecoder {
    pub(super) const fn new(options: Arc<JsonOptions>) -> Self {
        Self {
            options,
            held: Vec::new(),
            head: 0,
            offset: 0,
            record: 0,
            state: State::Between,
            message: Value::Null,
        }
    }

    /// Works off whatever is whole.
    fn run(&mut self, at: Time, out: &mut Output) {
        let limit = self.options.limits.document_bytes;
        let envelope = self
            .options
            .records
            .as_ref()
            .map_or(1, |p| p.keys().len() + 1);
        let depth = self.options.limits.depth + envelope;
        loop {
            let rest = self.held.get(self.head..).unwrap_or_default();
            let bounded = rest.get(..limit).unwrap_or(rest);
            match &mut self.state {
                State::Between => {
                    let blank = rest.iter().take_while(|b| is_blank(**b)).count();
                    let first = self.offset == 0 && self.head == 0;
                    let mark = usize::from(first && rest.starts_with(b"\xef\xbb\xbf")) * 3;
                    self.head += blank.max(mark);
                    if blank.max(mark) == 0 {
                        // A byte order mark may come in pieces.
                        let begun = first && b"\xef\xbb\xbf".starts_with(rest);
                        if rest.is_empty() || begun {
                            return;
                        }
                        self.state = State::Inside(Scanner::new(depth));
                    }
                }
                State::Inside(scanner) => match scanner.feed(bounded) {
                    Step::Done(end) => {
                        self.document(end, at, out);
                        self.head += end;
                        self.state = State::Between;
                    }
                    Step::More if rest.len() < limit => return,
                    Step::More => {
                        let why = format!("expected a document of at most {limit} bytes");
                        let why = RejectReason::new("too_long", why);
                        self.state = State::Lost { why, from: 1 };
                    }
                    Step::Bad(index, what) => {
                        let place = self.offset + (self.head + index) as u64;
                        let why = format!("{what} at byte {place}");
                        let why = RejectReason::new("bad_json", why);
                        self.state = State::Lost { why, from: 1 };
                    }
                },
                State::Lost { why, from } => {
                    let next = line_start(bounded, *from);
                    if next.is_none() && rest.len() < limit {
                        *from = rest.len().max(1);
                        return;
                    }
                    let end = next.unwrap_or(bounded.len());
                    let why = why.clone();
                    self.lose(end, why.clone(), out);
                    self.state = match next {
                        Some(_) => State::Between,
                        None => State::Lost { why, from: 0 },
                    };
                }
            }
        }
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

    /// One whole document of `len` bytes.
    fn document(&mut self, len: usize, at: Time, out: &mut Output) {
        let start = self.offset + self.head as u64;
        let bytes = self
            .held
            .get(self.head..self.head + len)
            .unwrap_or_default();
        let before = self.record;
        let found = find_records(bytes, &self.options);
        let (list, records) = match found {
            Ok(found) => found,
            Err(why) => {
                out.reject(before, start, why, bytes);
                self.record += 1;
                return;
            }
        };
        let outside = Outside { bytes, list };
        let root = if self.options.mapping.uses_root() {
            match outside.root(&self.options) {
                Ok(root) => root,
                Err(why) => {
                    out.reject(before, start, why, bytes);
                    self.record += 1;
                    return;
                }
            }
        } else {
            Value::Null
        };
        if records.is_empty() {
            out.skip(before, "empty_batch");
            self.record += 1;
        }
        for child in records {
            let record = self.record;
            self.record += 1;
            let own = bytes.get(child.start..child.end).unwrap_or_default();
            let result = normalise::parse(own, &self.options).and_then(|value| {
                let root = if outside.list.is_none() {
                    &value
                } else {
                    &root
                };
                let ground = Ground {
                    record: &value,
                    root,
                    message: &self.message,
                };
                normalise::map(record, ground, at, &self.options, out)
            });
            let offset = start + child.start as u64;
            let raw = || outside.with_only(own).unwrap_or_else(|| own.to_vec());
            match result {
                Ok(()) => out.origin(record, offset, raw),
                Err(why) => out.reject(record, offset, why, &raw()),
            }
        }
    }

    fn compact(&mut self) {
        self.held.drain(..self.head.min(self.held.len()));
        self.offset += self.head as u64;
        self.head = 0;
    }
}

impl Decoder for JsonDecoder {
    fn push(&mut self, bytes: &[u8], at: Time, out: &mut Output) {
        // In steps, so that a huge push is not held whole beside its copy.
        for chunk in bytes.chunks(self.options.limits.document_bytes.max(1)) {
            self.held.extend_from_slice(chunk);
            self.run(at, out);
            self.compact();
        }
    }

    fn finish(&mut self, at: Time, out: &mut Output) {
        if let State::Between = self.state
            && !self.held.is_empty()
        {
            // A byte order mark that never became whole.
            let why = RejectReason::new("bad_json", "expected a value");
            self.state = State::Lost { why, from: 0 };
        }
        if let State::Inside(scanner) = &mut self.state {
            if let Step::Done(end) = scanner.end() {
                self.document(end, at, out);
                self.head += end;
            } else {
                self.state = State::Lost {
                    why: cut_short(),
                    from: 1,
                };
                self.run(at, out);
            }
        }
        // A second document may have begun on a line within the broken one.
        for _ in 0..self.held.len() {
            match &mut self.state {
                State::Inside(_) => {
                    self.state = State::Lost {
                        why: cut_short(),
                        from: 1,
                    };
                    self.run(at, out);
                }
                State::Lost { why, .. } => {
                    let why = why.clone();
                    self.lose(self.held.len() - self.head, why, out);
                    break;
                }
                State::Between => break,
            }
        }
        self.head = self.held.len();
        self.compact();
        self.state = State::Between;
    }

    fn context(&mut self, context: &MessageContext) {
        self.message = message_value(context);
    }
}

fn cut_short() -> RejectReason {
    RejectReason::new("truncated", "the end of the bytes within a document")
}

/// Blanks of RFC 8259, and the record separator of RFC 7464.
const fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x1e)
}

/// The next place where a document may begin: an opening bracket at the start of a line.
fn line_start(bytes: &[u8], from: usize) -> Option<usize> {
    let from = from.max(1);
    let rest = bytes.get(from - 1..)?;
    let at = rest
        .windows(2)
        .position(|w| matches!(w, [b'\n', b'{' | b'[']))?;
    Some(from + at)
}

/// What stands around the list of records in a document.
struct Outside<'b> {
    bytes: &'b [u8],
    /// Where the list lies; nothing where the document is the record.
    list: Option<(usize, usize)>,
}

impl Outside<'_> {
    /// The document with an empty list.
    fn root(&self, options: &JsonOptions) -> Result<Value, RejectReason> {
        match self.with_only(b"") {
            Some(bytes) => normalise::parse(&bytes, options),
            None => Ok(Value::Null),
        }
    }

    /// The document with `record` alone in its list, where that is not too long: what has to be kept of a
    /// reject so that it can be decoded again. Never longer than the document.
    fn with_only(&self, record: &[u8]) -> Option<Vec<u8>> {
        let (start, end) = self.list?;
        let (head, tail) = (self.bytes.get(..start)?, self.bytes.get(end..)?);
        let is_list = self.bytes.get(start) == Some(&b'[');
        let bare = head.is_empty() && tail.is_empty();
        if bare && !record.is_empty() {
            return None;
        }
        let brackets: [&[u8]; 2] = if is_list { [b"[", b"]"] } else { [b"", b""] };
        let inner: &[u8] = if !is_list && record.is_empty() {
            b"0"
        } else {
            record
        };
        let all = [head, brackets[0], inner, brackets[1], tail].concat();
        (record.is_empty() || all.len() <= MAX_REJECT_RAW).then_some(all)
    }
}

type Found<'b> = (Option<(usize, usize)>, Vec<Child<'b>>);

/// The list of records in a document and its items.
fn find_records<'b>(bytes: &'b [u8], options: &JsonOptions) -> Result<Found<'b>, RejectReason> {
    let (mut start, mut end) = (0, bytes.len());
    let keys = options
        .records
        .as_ref()
        .map(|p| p.keys())
        .unwrap_or_default();
    for (depth, key) in keys.iter().enumerate() {
        let inside = bytes.get(start..end).unwrap_or_default();
        let next = if inside.first() == Some(&b'{') {
            let found = children(inside, MAX_ENVELOPE_KEYS).unwrap_or_default();
            let same = |c: &Child<'_>| {
                let name = c.key.and_then(|k| serde_json::from_slice::<String>(k).ok());
                name.as_deref() == Some(*key)
            };
            found.into_iter().find(same)
        } else {
            None
        };
        let Some(child) = next else {
            let path = keys.get(..=depth).unwrap_or_default().join(".");
            let detail = format!("{path}: expected a list of records, found none");
            return Err(RejectReason::new("no_records", detail));
        };
        (start, end) = (start + child.start, start + child.end);
    }
    let inside = bytes.get(start..end).unwrap_or_default();
    let whole = || {
        vec![Child {
            key: None,
            start,
            end,
        }]
    };
    match inside.first() {
        Some(b'[') => {}
        // One record where a list could be, or the document itself.
        _ if keys.is_empty() => return Ok((None, whole())),
        Some(b'{') => return Ok((Some((start, end)), whole())),
        _ => {
            let detail = format!("{}: expected a list of records", keys.join("."));
            return Err(RejectReason::new("no_records", detail));
        }
    }
    let Some(mut found) = children(inside, options.limits.records) else {
        let detail = format!(
            "expected at most {} records in a list",
            options.limits.records
        );
        return Err(RejectReason::new("too_many_records", detail));
    };
    for child in &mut found {
        child.start += start;
        child.end += start;
    }
    Ok((Some((start, end)), found))
}
