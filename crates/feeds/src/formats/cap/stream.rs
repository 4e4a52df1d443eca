//! Bytes to documents to alerts. A document ends with the end tag of its root; several may follow one
//! another on a connection. A decoder holds one document at most.

use std::sync::Arc;

use oneroof_model::{Mode, Time};

use super::config::CapOptions;
use super::xml::{self, Element, Ns};
use super::{decode, normalise};
use crate::contract::{Decoder, Output, RejectReason};

/// Decodes CAP of one connection, file or request body.
#[derive(Debug)]
pub(super) struct CapDecoder {
    options: Arc<CapOptions>,
    held: Vec<u8>,
    /// Offset of `held`'s first byte from the first byte ever given.
    offset: u64,
    record: u64,
    /// The root's end tag without its bracket, once the root is known.
    end_tag: Option<Vec<u8>>,
    /// Bytes of `held` in which the root or its end has been sought.
    searched: usize,
}

impl CapDecoder {
    pub(super) const fn new(options: Arc<CapOptions>) -> Self {
        Self {
            options,
            held: Vec::new(),
            offset: 0,
            record: 0,
            end_tag: None,
            searched: 0,
        }
    }

    /// Works off whatever documents are whole.
    fn run(&mut self, at: Time, out: &mut Output) {
        loop {
            let limit = self.options.document_bytes;
            if let Some(end) = self.document_end() {
                if end <= limit && !self.document(end, at, out) {
                    // Its end tag stood in a text: wait for the real one.
                    self.searched = end;
                    if self.held.len() > end {
                        continue;
                    }
                    return;
                }
                if end > limit {
                    self.lose(limit, out);
                }
            } else if self.held.len() > limit {
                self.lose(limit, out);
            } else {
                return;
            }
        }
    }

    /// Where the first document ends, if its end tag is there.
    fn document_end(&mut self) -> Option<usize> {
        if self.end_tag.is_none() {
            let (name, searched) = root_name(&self.held, self.searched);
            self.searched = searched;
            self.end_tag = Some([b"</", name?.as_slice()].concat());
        }
        let tag = self.end_tag.as_deref().unwrap_or_default();
        let mut from = self.searched.saturating_sub(tag.len() + 1);
        while let Some(found) = find(self.held.get(from..)?, tag) {
            let after = from + found + tag.len();
            let rest = self.held.get(after..)?;
            let blanks = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
            match rest.get(blanks) {
                Some(b'>') if after + blanks + 1 > self.searched => {
                    return Some(after + blanks + 1);
                }
                None => {
                    // The bracket has not come yet: look here again.
                    self.searched = self.searched.max(from + found);
                    return None;
                }
                Some(_) => from = after,
            }
        }
        self.searched = self.searched.max(self.held.len());
        None
    }

    fn lose(&mut self, len: usize, out: &mut Output) {
        let why = format!(
            "expected a document of at most {} bytes",
            self.options.document_bytes
        );
        let len = len.min(self.held.len());
        let bytes = self.held.get(..len).unwrap_or_default();
        out.reject(
            self.record,
            self.offset,
            RejectReason::new("too_long", why),
            bytes,
        );
        self.record += 1;
        self.drop_front(len);
    }

    fn drop_front(&mut self, len: usize) {
        self.held.drain(..len.min(self.held.len()));
        self.offset += len as u64;
        self.end_tag = None;
        self.searched = 0;
    }

    /// Takes `len` bytes as one document; false where they end within it.
    fn document(&mut self, len: usize, at: Time, out: &mut Output) -> bool {
        let bytes = self.held.get(..len).unwrap_or_default();
        let parsed = xml::decode(bytes)
            .and_then(|(text, encoding)| xml::parse(&text).map(|root| (root, encoding)));
        match parsed {
            Err(fault) if fault.code == "truncated" && len < self.held.len() => return false,
            Err(fault) if fault.code == "truncated" && self.end_tag.is_some() => return false,
            Err(fault) => {
                let why = RejectReason::new(fault.code, fault.detail);
                out.reject(self.record, self.offset, why, bytes);
                self.record += 1;
            }
            Ok((None, _)) => {
                if !bytes
                    .iter()
                    .all(|b| b.is_ascii_whitespace() || b"\xef\xbb\xbf".contains(b))
                {
                    out.skip(self.record, "markup_between_documents");
                    self.record += 1;
                }
            }
            Ok((Some(root), encoding)) => {
                let shift = if bytes.starts_with(b"\xef\xbb\xbf") {
                    3
                } else {
                    0
                };
                let document = Document {
                    bytes,
                    offset: self.offset,
                    slices: (encoding == "UTF-8").then_some(shift),
                };
                self.record = document.take(&root, self.record, at, &self.options, out);
            }
        }
        self.drop_front(len);
        true
    }
}

impl Decoder for CapDecoder {
    fn push(&mut self, bytes: &[u8], at: Time, out: &mut Output) {
        // In steps, so that a huge push is not held whole beside its copy.
        for chunk in bytes.chunks(self.options.document_bytes.max(1)) {
            self.held.extend_from_slice(chunk);
            self.run(at, out);
        }
    }

    fn finish(&mut self, at: Time, out: &mut Output) {
        // Whatever is left is taken as it is, also where it is no whole document.
        self.end_tag = None;
        if !self.held.is_empty() {
            let len = self.held.len();
            self.document(len, at, out);
        }
        self.drop_front(self.held.len());
    }
}

/// The name of the root with its prefix, sought from `from` on, and how far was sought.
fn root_name(held: &[u8], from: usize) -> (Option<Vec<u8>>, usize) {
    let mut at = from;
    while let Some(found) = held
        .get(at..)
        .and_then(|rest| rest.iter().position(|b| *b == b'<'))
    {
        let start = at + found + 1;
        let rest = held.get(start..).unwrap_or_default();
        match rest.first() {
            Some(b'?' | b'!' | b'/') => at = start,
            Some(_) => {
                let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'>' | b'/');
                return match rest.iter().position(ends) {
                    Some(len) => (rest.get(..len).map(<[u8]>::to_vec), start),
                    None => (None, start - 1),
                };
            }
            None => return (None, start - 1),
        }
    }
    (None, held.len())
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

/// One document and where it lies.
struct Document<'b> {
    bytes: &'b [u8],
    offset: u64,
    /// Bytes before the text, where offsets in the text are offsets in the bytes.
    slices: Option<usize>,
}

impl Document<'_> {
    /// Takes every alert; gives the number of the next record.
    fn take(
        &self,
        root: &Element,
        first: u64,
        at: Time,
        options: &CapOptions,
        out: &mut Output,
    ) -> u64 {
        let mut record = first;
        let Some(kind) = decode::root_kind(root) else {
            let detail =
                "expected a CAP alert, an EDXL distribution, an Atom feed or RSS as the root";
            out.reject(
                record,
                self.offset,
                RejectReason::new("not_cap", detail),
                self.bytes,
            );
            return record + 1;
        };
        let mut alerts = Vec::new();
        decode::alerts(root, &mut alerts);
        if alerts.len() > decode::MAX_ALERTS {
            let detail = format!("expected at most {} alerts", decode::MAX_ALERTS);
            let why = RejectReason::new("too_many_alerts", detail);
            out.reject(record, self.offset, why, self.bytes);
            return record + 1;
        }
        let mode = envelope_mode(root);
        for element in &alerts {
            let alert = decode::alert(element, kind);
            let (start, raw) = self.raw(element, alerts.len());
            match normalise::take(record, &alert, mode, at, options, out) {
                Ok(()) => out.origin(record, self.offset + start, || raw),
                Err(why) => out.reject(record, self.offset + start, why, raw),
            }
            record += 1;
        }
        let label = if kind == "rss" {
            "rss_item"
        } else {
            "atom_entry"
        };
        for _ in 0..decode::index_entries(root) {
            out.skip(record, label);
            record += 1;
        }
        if record == first {
            out.skip(record, "empty_index");
            record += 1;
        }
        record
    }

    /// The bytes of one alert, where it can be read without what stands around it; else the document.
    fn raw(&self, element: &Element, alerts: usize) -> (u64, &[u8]) {
        let own = self.slices.filter(|_| alerts > 1).and_then(|shift| {
            let bytes = self.bytes.get(element.start + shift..element.end + shift)?;
            let text = core::str::from_utf8(bytes).ok()?;
            let alone = xml::parse(text).ok()??;
            (alone.ns == element.ns).then_some(((element.start + shift) as u64, bytes))
        });
        own.unwrap_or((0, self.bytes))
    }
}

/// The mode that an EDXL distribution states (EDXL-DE 1.0, `distributionStatus`).
fn envelope_mode(root: &Element) -> Mode {
    let status = root
        .children
        .iter()
        .find(|c| c.ns == Ns::Edxl && c.name == "distributionStatus")
        .and_then(Element::content);
    match status {
        Some("Exercise") => Mode::Exercise,
        Some("System" | "Test") => Mode::Test,
        _ => Mode::Actual,
    }
}
