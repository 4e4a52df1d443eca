//! Tokens to documents to records.
//!
//! A decoder holds one record at most ([`super::Limits::record_bytes`]) and the start tags around it. A record whose
//! content can't be taken costs itself. Where the structure itself is broken the rest of the document is put aside, up
//! to the next XML declaration.

use std::sync::Arc;

use oneroof_model::{MessageContext, Time};
use serde_json::Value;

use super::config::XmlOptions;
use super::document::{Document, MAX_OPEN, Opened, Partial};
use super::markup::{self, Fault, Start, Tag};
use super::tokens::{Found, Token, Tokens};
use crate::charset::{Charset, Mark, Whole};
use crate::contract::{Decoder, Output, RejectReason};
use crate::mapping::{Giving, Ground, message_value};

/// How a document begins again after a broken one.
const DECLARATION: &[u8] = b"<?xml";

/// Decodes XML of one connection, file or request body.
#[derive(Debug)]
pub(super) struct XmlDecoder {
    options: Arc<XmlOptions>,
    uses_root: bool,
    /// Bytes not done with; those before `head` are.
    held: Vec<u8>,
    head: usize,
    /// Offset of `held`'s first byte from the first byte ever given.
    offset: u64,
    /// Line breaks in all that is done with.
    lines: u64,
    record: u64,
    /// What a broker says of the message that is pushed; null without one.
    message: Value,
    /// Known once the first bytes of a document have come.
    charset: Option<Charset>,
    tokens: Tokens,
    document: Document,
    /// Why what follows is put aside, and where in it the next declaration may begin.
    lost: Option<(RejectReason, usize)>,
}

impl XmlDecoder {
    pub(super) fn new(options: Arc<XmlOptions>) -> Self {
        Self {
            uses_root: options.mapping.uses_root(),
            options,
            held: Vec::new(),
            head: 0,
            offset: 0,
            lines: 0,
            record: 0,
            message: Value::Null,
            charset: None,
            tokens: Tokens::default(),
            document: Document::default(),
            lost: None,
        }
    }

    fn rest(&self) -> &[u8] {
        self.held.get(self.head..).unwrap_or_default()
    }

    fn front(&self, len: usize) -> &[u8] {
        self.held
            .get(self.head..self.head + len)
            .unwrap_or_default()
    }

    /// Works off whatever is whole.
    fn run(&mut self, whole: Whole, at: Time, out: &mut Output) {
        let limit = self.options.limits.record_bytes;
        loop {
            if let Some((why, from)) = &self.lost {
                let (why, from) = (why.clone(), *from);
                if !self.look_for_declaration(&why, from, out) {
                    return;
                }
                continue;
            }
            let Some(charset) = self.charset.or_else(|| self.find_charset(whole)) else {
                return;
            };
            let rest = self.held.get(self.head..).unwrap_or_default();
            match self.tokens.find(rest, charset, limit, whole) {
                Found::More => return,
                Found::Token(token, len) => {
                    let done = self.token(token, len, charset, at, out);
                    if let Err(fault) = done {
                        self.give_up(fault, len, out);
                    } else {
                        self.advance(len);
                    }
                }
                Found::TooLong => {
                    let expected = format!("expected markup of at most {limit} bytes");
                    if let Some(partial) = &mut self.document.partial {
                        partial
                            .raw
                            .extend_from_slice(rest.get(..limit).unwrap_or(rest));
                    }
                    self.give_up(("too_long", expected), limit, out);
                }
            }
        }
    }

    /// By byte order mark, by the zero bytes of UTF-16 (XML 1.0, appendix F), else as the options say, until a
    /// declaration is read.
    fn find_charset(&mut self, whole: Whole) -> Option<Charset> {
        let charset = match (Charset::of_mark(self.rest(), whole), self.rest()) {
            (Mark::Unclear, _) => return None,
            (Mark::Found(charset, len), _) => {
                let mark = self.front(len).to_vec();
                self.document.keep_prolog(&mark);
                self.head += len;
                charset
            }
            (Mark::None, [b'<' | 0]) if whole == Whole::No => return None,
            (Mark::None, [b'<', 0, ..]) => Charset::Utf16Le,
            (Mark::None, [0, b'<', ..]) => Charset::Utf16Be,
            (Mark::None, _) => self.options.charset,
        };
        self.charset = Some(charset);
        Some(charset)
    }

    /// One token; a fault is one of the whole document.
    fn token(
        &mut self,
        token: Token,
        len: usize,
        charset: Charset,
        at: Time,
        out: &mut Output,
    ) -> Result<(), Fault> {
        let bytes = self
            .held
            .get(self.head..self.head + len)
            .unwrap_or_default();
        if let Some(partial) = &mut self.document.partial
            && !partial.is_passed
        {
            partial.raw.extend_from_slice(bytes);
            if partial.raw.len() > self.options.limits.record_bytes {
                self.pass_record(out);
            }
        }
        match token {
            Token::DocType => {
                let expected = "expected no document type declaration".to_owned();
                Err(("doctype", expected))
            }
            Token::Comment => {
                self.document.has_begun = true;
                Ok(())
            }
            Token::Instruction => self.instruction(len, charset),
            Token::Text | Token::TextPart | Token::CData if !self.document.is_open() => {
                self.text_outside(len, charset, out);
                Ok(())
            }
            Token::Text | Token::CData => self.text(token, len, charset),
            // Longer than a record: that of a record was given out just now.
            Token::TextPart => Ok(()),
            Token::Tag => {
                let Some(text) = charset.decode(self.front(len)) else {
                    return Err(not_in(charset));
                };
                match markup::tag(&text, self.options.limits.attributes)? {
                    Tag::Start(start) => self.open(start, len),
                    Tag::Empty(start) => {
                        let name = start.name.clone();
                        self.open(start, len)?;
                        self.close(&name, at, out)
                    }
                    Tag::End(name) => self.close(&name, at, out),
                }
            }
        }
    }

    /// A processing instruction; the declaration at the beginning says the encoding.
    fn instruction(&mut self, len: usize, charset: Charset) -> Result<(), Fault> {
        let is_first = !self.document.has_begun;
        self.document.has_begun = true;
        if !is_first || self.document.is_open() {
            return Ok(());
        }
        let bytes = self.front(len).to_vec();
        let declared = charset
            .decode(&bytes)
            .and_then(|text| markup::declared_encoding(&text));
        if let Some(label) = declared {
            let Some(declared) = Charset::of_label(&label) else {
                let expected = "expected an encoding that is read here: UTF-8, UTF-16 or one with one byte a sign";
                return Err(("encoding", expected.to_owned()));
            };
            // What could be read as it was is not UTF-16 all at once, and a byte order mark goes before.
            let has_mark = matches!(
                Charset::of_mark(&self.document.with_only(b""), Whole::Yes),
                Mark::Found(..)
            );
            if declared.width() == 1 && charset.width() == 1 && !has_mark {
                self.charset = Some(declared);
            }
        }
        self.document.keep_prolog(&bytes);
        Ok(())
    }

    /// Text where no element is open: blanks, or what does not belong there and is put aside.
    fn text_outside(&mut self, len: usize, charset: Charset, out: &mut Output) {
        let bytes = self.front(len);
        let text = charset.decode(bytes);
        if !text.is_some_and(|text| {
            text.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n'])
                .is_empty()
        }) {
            let reason = self.reason(("bad_xml", "expected an element, found a text".to_owned()));
            out.reject(self.record, self.offset + self.head as u64, reason, bytes);
            self.record += 1;
        }
    }

    fn text(&mut self, token: Token, len: usize, charset: Charset) -> Result<(), Fault> {
        let bytes = self
            .held
            .get(self.head..self.head + len)
            .unwrap_or_default();
        let is_wanted = match &self.document.partial {
            Some(partial) => partial.fault.is_none() && !partial.is_passed,
            None => self.uses_root,
        };
        if !is_wanted {
            return Ok(());
        }
        let read = match charset.decode(bytes) {
            None => Err(not_in(charset)),
            Some(text) if token == Token::CData => markup::cdata(&text),
            Some(text) => markup::text(&text),
        };
        let read = read.and_then(|text| {
            if text.contains(|c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\r')) {
                let expected = "expected no control characters".to_owned();
                return Err(("bad_xml", expected));
            }
            Ok(text)
        });
        match (&mut self.document.partial, read) {
            (Some(partial), Ok(text)) => partial.tree.text(&text),
            (Some(partial), Err(fault)) => partial.mark(Some(fault)),
            (None, Ok(text)) if text.trim().is_empty() => {}
            (None, Ok(text)) => self.document.keep_text(&text),
            (None, Err(fault)) => return Err(fault),
        }
        Ok(())
    }

    fn open(&mut self, start: Start, len: usize) -> Result<(), Fault> {
        let limits = self.options.limits;
        let is_deep = self.document.depth() >= limits.depth;
        let too_deep = || {
            let expected = format!("expected elements at most {} deep", limits.depth);
            ("too_deep", expected)
        };
        if is_deep && (self.document.partial.is_none() || self.document.depth() >= MAX_OPEN) {
            return Err(too_deep());
        }
        let bytes = self
            .held
            .get(self.head..self.head + len)
            .unwrap_or_default();
        let records = &self.options.records;
        let opened = self.document.open(
            start,
            bytes,
            &self.options.namespaces,
            |names| records.iter().any(|path| path.picks(names)),
            self.uses_root,
        )?;
        self.document.has_begun = true;
        if let Some(partial) = &mut self.document.partial {
            if opened == Opened::Record {
                partial.raw.extend_from_slice(bytes);
                partial.offset = self.offset + self.head as u64;
                partial.line = self.lines + 1;
            }
            if is_deep {
                partial.mark(Some(too_deep()));
            }
            if partial.elements > limits.elements {
                let expected = format!("expected at most {} elements", limits.elements);
                partial.mark(Some(("too_many_elements", expected)));
            }
        }
        Ok(())
    }

    fn close(&mut self, name: &str, at: Time, out: &mut Output) -> Result<(), Fault> {
        if let Some((partial, value)) = self.document.close(name)? {
            self.document.records += 1;
            if !partial.is_passed {
                self.give(&partial, value, at, out);
                self.record += 1;
            }
        }
        if !self.document.is_open() {
            if self.document.records == 0 {
                out.skip(self.record, "empty_batch");
                self.record += 1;
            }
            self.begin();
        }
        Ok(())
    }

    /// A whole record through the mapping.
    fn give(&mut self, partial: &Partial, value: Option<Value>, at: Time, out: &mut Output) {
        let result = match (&partial.fault, value) {
            (Some((code, what)), _) => {
                let detail = format!("line {}: {what}", partial.line);
                Err(RejectReason::new(code, detail))
            }
            (None, value) => {
                let value = value.unwrap_or_default();
                let root = if self.uses_root {
                    self.document.root()
                } else {
                    None
                };
                let giving = Giving {
                    record: self.record,
                    ground: Ground {
                        record: &value,
                        root: root.unwrap_or(&value),
                        message: &self.message,
                    },
                    shown: None,
                    own: &[],
                    line: Some(partial.line),
                    at,
                };
                self.options.mapping.give(&giving, out)
            }
        };
        let raw = || self.document.with_only(&partial.raw);
        match result {
            Ok(()) => out.origin(self.record, partial.offset, raw),
            Err(why) => out.reject(self.record, partial.offset, why, &raw()),
        }
    }

    /// The record in hand has grown too long: its head is a reject, the rest is passed over.
    fn pass_record(&mut self, out: &mut Output) {
        let limit = self.options.limits.record_bytes;
        if let Some(partial) = &mut self.document.partial {
            let raw = core::mem::take(&mut partial.raw);
            let detail = format!(
                "line {}: expected a record of at most {limit} bytes",
                partial.line
            );
            let reason = RejectReason::new("too_long", detail);
            out.reject(self.record, partial.offset, reason, &raw);
            self.record += 1;
            partial.is_passed = true;
            partial.mark(Some(("too_long", String::new())));
        }
    }

    /// The document can't be understood any more: the record in hand with the token is a reject, or the token with
    /// all that follows, up to a new declaration.
    fn give_up(&mut self, fault: Fault, len: usize, out: &mut Output) {
        let reason = self.reason(fault);
        let partial = self.document.partial.take();
        let mut from = 1;
        if let Some(partial) = partial.filter(|partial| !partial.is_passed) {
            out.reject(self.record, partial.offset, reason.clone(), &partial.raw);
            self.record += 1;
            self.advance(len);
            from = 0;
        }
        self.begin();
        self.lost = Some((reason, from));
    }

    fn reason(&self, (code, what): Fault) -> RejectReason {
        RejectReason::new(code, format!("line {}: {what}", self.lines + 1))
    }

    /// Puts aside what is before the next XML declaration; false where more bytes are needed.
    fn look_for_declaration(&mut self, why: &RejectReason, from: usize, out: &mut Output) -> bool {
        let limit = self.options.limits.record_bytes;
        let rest = self.rest();
        let bounded = rest.get(..limit).unwrap_or(rest);
        let found = memchr::memmem::find(bounded.get(from..).unwrap_or_default(), DECLARATION);
        match found {
            None if rest.len() < limit => {
                let looked_at = rest.len().saturating_sub(DECLARATION.len()).max(from);
                self.lost = Some((why.clone(), looked_at));
                return false;
            }
            None => {
                self.lose(limit - DECLARATION.len() + 1, why, out);
                self.lost = Some((why.clone(), 0));
            }
            Some(len) => {
                self.lose(from + len, why, out);
                self.lost = None;
            }
        }
        true
    }

    fn lose(&mut self, len: usize, why: &RejectReason, out: &mut Output) {
        let bytes = self.front(len);
        if !bytes.trim_ascii().is_empty() {
            out.reject(
                self.record,
                self.offset + self.head as u64,
                why.clone(),
                bytes,
            );
            self.record += 1;
        }
        self.advance(len);
    }

    fn advance(&mut self, len: usize) {
        let breaks = memchr::memchr_iter(b'\n', self.front(len)).count();
        self.lines += breaks as u64;
        self.head += len;
    }

    /// A new document.
    fn begin(&mut self) {
        self.document = Document::default();
        self.tokens = Tokens::default();
        self.charset = None;
    }

    fn compact(&mut self) {
        self.held.drain(..self.head.min(self.held.len()));
        self.offset += self.head as u64;
        self.head = 0;
    }
}

impl Decoder for XmlDecoder {
    fn push(&mut self, bytes: &[u8], at: Time, out: &mut Output) {
        // In steps, so that a huge push is not held whole beside its copy.
        for chunk in bytes.chunks(STEP) {
            self.held.extend_from_slice(chunk);
            self.run(Whole::No, at, out);
            self.compact();
        }
    }

    fn finish(&mut self, at: Time, out: &mut Output) {
        self.run(Whole::Yes, at, out);
        let len = self.rest().len();
        if let Some((why, _)) = self.lost.take() {
            self.lose(len, &why, out);
        } else if len > 0 || self.document.partial.as_ref().is_some_and(|p| !p.is_passed) {
            let reason = self.reason((
                "truncated",
                "the end of the bytes within a record or tag".to_owned(),
            ));
            let (offset, record) = match &self.document.partial {
                Some(p) if !p.is_passed => (p.offset, p.raw.as_slice()),
                _ => (self.offset + self.head as u64, [].as_slice()),
            };
            let raw = self.document.with_only(&[record, self.rest()].concat());
            out.reject(self.record, offset, reason, &raw);
            self.record += 1;
        } else if self.document.is_open() {
            out.skip(self.record, "unfinished_document");
            self.record += 1;
        } else if self.document.has_begun {
            out.skip(self.record, "markup_between_documents");
            self.record += 1;
        }
        self.advance(len);
        self.compact();
        self.lines = 0;
        self.begin();
    }

    fn context(&mut self, context: &MessageContext) {
        self.message = message_value(context);
    }
}

/// Bytes of a push that are worked off at a time.
const STEP: usize = 64 * 1024;

fn not_in(charset: Charset) -> Fault {
    let expected = format!("expected {}, found other bytes", charset.name());
    ("encoding", expected)
}
