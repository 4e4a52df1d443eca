//! Documents to alerts and entries of indexes. A decoder holds one document at most.

use std::collections::BTreeSet;
use std::sync::Arc;

use oneroof_model::{Mode, Time};
use serde_json::json;

use super::config::{CapOptions, Index, Strictness};
use super::index::IndexEntry;
use super::{decode, index, normalise};
use crate::contract::{Decoder, Follow, Output, RejectReason};
use crate::xml::{self, Documents, Element, Ns, Piece};

/// Records of one document beyond which each keeps its own bytes only.
const MANY_RECORDS: usize = 64;

/// Bytes that stand for a record among many whose own can't be told (encodings other than UTF-8).
const HEAD_BYTES: usize = 4 * 1024;

/// Decodes CAP of one connection, file or request body.
#[derive(Debug)]
pub(super) struct CapDecoder {
    documents: Documents,
    reader: Reader,
}

/// What is made of a document, and the number of the next record.
#[derive(Debug)]
struct Reader {
    options: Arc<CapOptions>,
    record: u64,
}

impl CapDecoder {
    pub(super) fn new(options: Arc<CapOptions>) -> Self {
        Self {
            documents: Documents::new(options.document_bytes),
            reader: Reader { options, record: 0 },
        }
    }
}

impl Decoder for CapDecoder {
    fn push(&mut self, bytes: &[u8], at: Time, out: &mut Output) {
        let reader = &mut self.reader;
        self.documents
            .push(bytes, |piece| reader.take(piece, at, out));
    }

    fn finish(&mut self, at: Time, out: &mut Output) {
        let reader = &mut self.reader;
        self.documents.finish(|piece| reader.take(piece, at, out));
    }
}

impl Reader {
    fn take(&mut self, piece: Piece<'_>, at: Time, out: &mut Output) {
        match piece {
            Piece::Document { offset, bytes } => self.document(offset, bytes, at, out),
            Piece::TooLong { offset, bytes } => {
                let most = self.options.document_bytes;
                let why = format!("expected a document of at most {most} bytes");
                out.reject(
                    self.record,
                    offset,
                    RejectReason::new("too_long", why),
                    bytes,
                );
                self.record += 1;
            }
        }
    }

    fn document(&mut self, offset: u64, bytes: &[u8], at: Time, out: &mut Output) {
        let parsed = xml::decode(bytes)
            .and_then(|(text, encoding)| xml::parse(&text).map(|root| (root, encoding)));
        match parsed {
            Err(fault) => {
                let why = RejectReason::new(fault.code, fault.detail);
                out.reject(self.record, offset, why, bytes);
                self.record += 1;
            }
            Ok((None, _)) => {
                if !xml::is_blank(bytes) {
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
                    offset,
                    slices: (encoding == "UTF-8").then_some(shift),
                };
                self.record = document.take(&root, self.record, at, &self.options, out);
            }
        }
    }
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
        let mut entries = Vec::new();
        index::entries(root, &mut entries);
        let mode = envelope_mode(root);
        // Seen in the wild: alerts in a feed without an entry around them.
        let holds_alerts_alone = !alerts.is_empty() && entries.is_empty();
        for element in &alerts {
            let alert = decode::alert(element, kind);
            let (start, raw) = self.raw(element, alerts.len());
            match normalise::take(record, &alert, mode, at, options, out) {
                Ok(()) => out.origin(record, self.offset + start, || raw),
                Err(why) => out.reject(record, self.offset + start, why, raw),
            }
            record += 1;
        }
        if matches!(kind, "atom" | "rss") && !holds_alerts_alone {
            record = self.index(root, kind, &entries, record, options, out);
        }
        if record == first {
            out.skip(record, "no_alerts");
            record += 1;
        }
        record
    }

    /// Takes every entry of an index that holds no alert itself; gives the number of the next record.
    fn index(
        &self,
        root: &Element,
        kind: &str,
        entries: &[&Element],
        first: u64,
        options: &CapOptions,
        out: &mut Output,
    ) -> u64 {
        let mut record = first;
        let mut faults = Vec::new();
        let head = index::head(root, &mut faults);
        let label = if kind == "rss" {
            "rss_item"
        } else {
            "atom_entry"
        };
        if entries.is_empty() {
            out.fields(
                record,
                || json!({ "root": kind, "index": head, "faults": faults }),
            );
            out.skip(record, "empty_index");
            return record + 1;
        }
        let mut links = BTreeSet::new();
        for element in entries {
            let mut entry = index::entry(element, &head);
            entry.faults.extend(faults.iter().cloned());
            let taken = Self::entry(record, &entry, &mut links, options, out);
            match taken {
                Ok(Taken::Counted) => {
                    out.fields(record, || &entry);
                    out.skip(record, label);
                }
                Ok(Taken::Drafted) => {
                    let (start, raw) = self.raw(element, usize::MAX);
                    out.origin(record, self.offset + start, || raw);
                }
                Err(why) => {
                    let (start, raw) = self.raw(element, usize::MAX);
                    out.reject(record, self.offset + start, why, raw);
                }
            }
            record += 1;
        }
        record
    }

    /// One entry of an index: counted with its link given out, or drafted.
    fn entry(
        record: u64,
        entry: &IndexEntry,
        links: &mut BTreeSet<String>,
        options: &CapOptions,
        out: &mut Output,
    ) -> Result<Taken, RejectReason> {
        if options.index == Index::Ignore {
            return Ok(Taken::Counted);
        }
        if entry.id.is_none() {
            let why = format!(
                "expected an id (Atom), a guid or a link (RSS), found none; {}",
                entry.faults.join("; ")
            );
            return Err(RejectReason::new("missing_field", why));
        }
        if options.strictness == Strictness::Strict
            && let Some(fault) = entry.faults.first()
        {
            let why = format!("{fault} (the feed is strict)");
            return Err(RejectReason::new("schema", why));
        }
        if options.index == Index::Summaries && normalise::summary(record, entry, options, out) {
            return Ok(Taken::Drafted);
        }
        let link = index::usable_link(entry)?;
        if links.contains(link) {
            return Ok(Taken::Counted);
        }
        if links.len() >= index::MAX_LINKS {
            let why = format!("expected at most {} links in an index", index::MAX_LINKS);
            return Err(RejectReason::new("too_many_links", why));
        }
        links.insert(link.to_owned());
        out.follow.push(Follow {
            record,
            uri: link.to_owned(),
            id: entry.id.clone(),
            updated: entry.updated.as_deref().and_then(index::moment),
        });
        Ok(Taken::Counted)
    }

    /// The bytes of one record: its own where they can be read without what stands around them, else the document; of
    /// many records, and of entries of an index, always their own, so that a document is not kept and hashed once for each.
    fn raw(&self, element: &Element, records: usize) -> (u64, &[u8]) {
        let whole = (0, self.bytes);
        if records <= 1 {
            return whole;
        }
        let own = self.slices.and_then(|shift| {
            let start = element.start + shift;
            let bytes = self.bytes.get(start..element.end + shift)?;
            Some((start as u64, bytes))
        });
        let alone = |bytes: &[u8]| {
            let text = core::str::from_utf8(bytes).ok()?;
            xml::parse(text).ok()?.map(|root| root.ns == element.ns)
        };
        match own {
            Some(own) if records > MANY_RECORDS || alone(own.1) == Some(true) => own,
            None if records > MANY_RECORDS => {
                let head = self.bytes.get(..HEAD_BYTES).unwrap_or(self.bytes);
                (0, head)
            }
            _ => whole,
        }
    }
}

/// What became of an entry of an index.
enum Taken {
    Counted,
    Drafted,
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
