//! Documents to alerts and entries of indexes. A decoder holds one document at most.

use std::collections::BTreeSet;
use std::sync::Arc;

use oneroof_model::{Mode, Time};
use serde_json::json;

use super::config::{CapOptions, Index, Strictness};
use super::index::IndexEntry;
use super::{decode, index, normalise};
use crate::contract::{Decoder, Follow, Output, RejectReason};
use crate::xml::{self, Documents, Element, MANY_RECORDS, Ns, Piece, Source};

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
        if let Some((root, source)) = xml::read(piece, &mut self.record, out) {
            let document = Document { source };
            self.record = document.take(&root, self.record, at, &self.options, out);
        }
    }
}

/// One document and where it lies.
struct Document<'b> {
    source: Source<'b>,
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
                self.source.offset,
                RejectReason::new("not_cap", detail),
                self.source.bytes,
            );
            return record + 1;
        };
        let mut alerts = Vec::new();
        decode::alerts(root, &mut alerts);
        if alerts.len() > decode::MAX_ALERTS {
            let detail = format!("expected at most {} alerts", decode::MAX_ALERTS);
            let why = RejectReason::new("too_many_alerts", detail);
            out.reject(record, self.source.offset, why, self.source.bytes);
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
                Ok(()) => out.origin(record, start, || raw),
                Err(why) => out.reject(record, start, why, raw),
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
                    let (start, raw) = self.source.of(element);
                    out.origin(record, start, || raw);
                }
                Err(why) => {
                    let (start, raw) = self.source.of(element);
                    out.reject(record, start, why, raw);
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

    /// Where an alert began, and its bytes where it can be read without what stands around it, else the document; one
    /// of many keeps its own in any case.
    fn raw(&self, element: &Element, records: usize) -> (u64, &[u8]) {
        let (start, own) = self.source.of(element);
        let alone = || {
            let text = core::str::from_utf8(own).ok()?;
            xml::parse(text).ok()?.filter(|root| root.ns == element.ns)
        };
        if records > MANY_RECORDS || records > 1 && alone().is_some() {
            return (start, own);
        }
        self.source.whole()
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
