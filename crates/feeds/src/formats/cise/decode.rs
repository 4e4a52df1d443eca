//! Documents to messages to entities. A decoder holds one document at most.

use std::sync::Arc;

use oneroof_model::Time;

use super::config::{CiseOptions, Strictness};
use super::message::{self, Message};
use super::normalise::{self, Entity, Taken};
use crate::contract::{Decoder, Output, RejectReason};
use crate::xml::{self, Documents, Element, MANY_RECORDS, Piece, Source};

/// Decodes CISE messages of one connection, file or request body.
#[derive(Debug)]
pub(super) struct CiseDecoder {
    documents: Documents,
    reader: Reader,
}

/// What is made of a document, and the number of the next record.
#[derive(Debug)]
struct Reader {
    options: Arc<CiseOptions>,
    record: u64,
}

impl CiseDecoder {
    pub(super) fn new(options: Arc<CiseOptions>) -> Self {
        Self {
            documents: Documents::new(options.document_bytes),
            reader: Reader { options, record: 0 },
        }
    }
}

impl Decoder for CiseDecoder {
    fn push(&mut self, bytes: &[u8], _at: Time, out: &mut Output) {
        let reader = &mut self.reader;
        self.documents.push(bytes, |piece| reader.take(piece, out));
    }

    fn finish(&mut self, _at: Time, out: &mut Output) {
        let reader = &mut self.reader;
        self.documents.finish(|piece| reader.take(piece, out));
    }
}

impl Reader {
    fn take(&mut self, piece: Piece<'_>, out: &mut Output) {
        let Some((root, source)) = xml::read(piece, &mut self.record, out) else {
            return;
        };
        let mut found = Vec::new();
        message::messages(&root, 0, &mut found);
        if found.is_empty() {
            let why = "expected Push, PullRequest, PullResponse, Feedback or Acknowledgement of \
                       http://www.cise.eu/servicemodel/v1/message/, alone or in an envelope";
            self.reject(&source, "not_cise", why, out);
        }
        for (element, kind) in found {
            let read = message::read(element, kind);
            self.message(&read, &source, out);
        }
    }

    fn reject(&mut self, source: &Source<'_>, code: &'static str, why: &str, out: &mut Output) {
        let (offset, bytes) = source.whole();
        out.reject(self.record, offset, RejectReason::new(code, why), bytes);
        self.record += 1;
    }

    fn message(&mut self, read: &Message<'_>, source: &Source<'_>, out: &mut Output) {
        let strict = self.options.strictness == Strictness::Strict;
        if strict && let Some(fault) = read.faults.first() {
            let why = format!("{fault} (the feed is strict)");
            self.reject(source, "schema", &why, out);
            return;
        }
        if read.entities.len() > message::MAX_ENTITIES {
            let why = format!("expected at most {} entities", message::MAX_ENTITIES);
            self.reject(source, "too_many_entities", &why, out);
            return;
        }
        let encrypted = read.fields.get("Payload").and_then(|p| p.get("Entities"));
        // Only what is pushed, or answered to a request, is told to us: a request holds an example of what is sought,
        // and a feedback what somebody thinks of what was told before.
        let label = match read.kind {
            "PullRequest" => Some("cise_pull_request"),
            "Feedback" => Some("cise_feedback"),
            "Acknowledgement" => Some("cise_acknowledgement"),
            _ if encrypted.is_some() => Some("cise_encrypted"),
            _ if read.entities.is_empty() => Some("cise_empty"),
            _ => None,
        };
        match label {
            Some(label) => self.skip(read, label, out),
            None => {
                for (number, element) in read.entities.iter().enumerate() {
                    self.entity(read, number, element, source, out);
                }
            }
        }
    }

    /// A message that says nothing that we take, shown with all its entities.
    fn skip(&mut self, read: &Message<'_>, label: &'static str, out: &mut Output) {
        out.fields(self.record, || message::fields_of_all(read));
        out.skip(self.record, label);
        self.record += 1;
    }

    fn entity(
        &mut self,
        read: &Message<'_>,
        number: usize,
        element: &Element,
        source: &Source<'_>,
        out: &mut Output,
    ) {
        let record = self.record;
        self.record += 1;
        let (offset, raw) = if read.entities.len() > MANY_RECORDS {
            source.of(element)
        } else {
            source.whole()
        };
        let Some((class, value, own)) = message::entity(element) else {
            let name: String = element.name.chars().take(60).collect();
            let why = format!("{name} is no class of the data model");
            out.reject(
                record,
                offset,
                RejectReason::new("unknown_entity", why),
                raw,
            );
            return;
        };
        if self.options.strictness == Strictness::Strict
            && let Some(fault) = own.first()
        {
            let why = RejectReason::new("schema", format!("{fault} (the feed is strict)"));
            out.reject(record, offset, why, raw);
            return;
        }
        let faults: Vec<String> = read.faults.iter().cloned().chain(own).collect();
        let entity = Entity {
            class,
            value: &value,
            message: &read.fields,
            number,
            faulty: !faults.is_empty(),
            signed: read.signed,
        };
        match normalise::take(&entity, &self.options) {
            Err(why) => out.reject(record, offset, why, raw),
            Ok(taken) => {
                out.fields(record, || {
                    message::fields(read, Some((class, number, &value)), &faults)
                });
                match taken {
                    Taken::Skipped(label) => out.skip(record, label),
                    Taken::Drafts(drafts) => {
                        for draft in drafts {
                            out.draft(record, draft);
                        }
                        out.origin(record, offset, || raw);
                    }
                }
            }
        }
    }
}
