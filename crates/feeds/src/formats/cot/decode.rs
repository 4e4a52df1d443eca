//! Pieces of a stream to drafts, rejects and counts.

use std::sync::Arc;

use memchr::memmem;
use oneroof_model::Time;

use super::config::{CotOptions, Strictness};
use super::frame::{DATAGRAM_END, Frame, Framer, Piece};
use super::message::TakMessage;
use super::normalise::{Known, conclude};
use super::{Event, Fault, fields, xml};
use crate::contract::{Decoder, Output, RejectReason};

/// Decodes CoT of one connection, file or request body.
#[derive(Debug)]
pub struct CotDecoder {
    framer: Framer,
    events: Events,
    /// What ends a datagram among the bytes: an event of XML that it cuts off ends with a NUL, which no XML can hold; a
    /// message of protocol buffers has no length there and ends with its datagram.
    datagram_end: &'static [u8],
}

/// What is done with events, whatever they came in.
#[derive(Debug)]
struct Events {
    options: Arc<CotOptions>,
    record: u64,
    known: Known,
}

impl CotDecoder {
    /// Reads XML alone.
    pub fn xml(options: Arc<CotOptions>) -> Self {
        Self::new(options, None)
    }

    /// Reads protocol buffers in the framing of the options, and XML between them.
    pub fn proto(options: Arc<CotOptions>) -> Self {
        let framing = options.framing;
        Self::new(options, Some(framing))
    }

    fn new(options: Arc<CotOptions>, framing: Option<super::Framing>) -> Self {
        Self {
            datagram_end: framing.map_or(b"\0", |_| DATAGRAM_END),
            framer: Framer::new(framing, options.document_bytes),
            events: Events {
                options,
                record: 0,
                known: Known::default(),
            },
        }
    }
}

impl Decoder for CotDecoder {
    fn push(&mut self, bytes: &[u8], _at: Time, out: &mut Output) {
        let events = &mut self.events;
        self.framer.push(bytes, |frame| events.take(&frame, out));
    }

    fn end_datagram(&mut self, at: Time, out: &mut Output) {
        self.push(self.datagram_end, at, out);
    }

    fn finish(&mut self, _at: Time, out: &mut Output) {
        let events = &mut self.events;
        self.framer.finish(|frame| events.take(&frame, out));
        self.events.known = Known::default();
    }
}

impl Events {
    fn take(&mut self, frame: &Frame, out: &mut Output) {
        match frame.piece {
            Piece::Broken(code, detail) => {
                self.reject(
                    RejectReason::new(code, detail),
                    frame.offset,
                    &frame.bytes,
                    out,
                );
            }
            Piece::Auth => {
                out.skip(self.record, "tak_auth");
                self.record += 1;
            }
            Piece::Proto => match TakMessage::read(&frame.bytes) {
                Ok((message, faults)) => {
                    self.message(
                        &message,
                        "protobuf",
                        faults,
                        frame.offset,
                        &frame.bytes,
                        out,
                    );
                }
                Err(fault) => self.reject(fault.reason(), frame.offset, &frame.bytes, out),
            },
            Piece::Xml => self.xml(frame.offset, &frame.bytes, out),
        }
    }

    /// An event in XML. Where it is broken and another begins within it, that one is taken by itself.
    fn xml(&mut self, offset: u64, bytes: &[u8], out: &mut Output) {
        let fault = match read_xml(bytes) {
            Ok((message, faults)) => {
                return self.message(&message, "xml", faults, offset, bytes, out);
            }
            Err(fault) => fault,
        };
        let inner = last_start(bytes).and_then(|at| Some((at, bytes.split_at_checked(at)?)));
        match inner {
            Some((at, (broken, rest))) => {
                self.reject(fault.reason(), offset, broken, out);
                let offset = offset + at as u64;
                match read_xml(rest) {
                    Ok((message, faults)) => {
                        self.message(&message, "xml", faults, offset, rest, out);
                    }
                    Err(fault) => self.reject(fault.reason(), offset, rest, out),
                }
            }
            None => self.reject(fault.reason(), offset, bytes, out),
        }
    }

    fn reject(&mut self, reason: RejectReason, offset: u64, bytes: &[u8], out: &mut Output) {
        out.reject(self.record, offset, reason, bytes);
        self.record += 1;
    }

    fn message(
        &mut self,
        message: &TakMessage,
        transport: &'static str,
        mut faults: Vec<String>,
        offset: u64,
        bytes: &[u8],
        out: &mut Output,
    ) {
        let record = self.record;
        self.record += 1;
        if let Some(event) = &message.event {
            check_flags(event, &mut faults);
        }
        let strict = self.options.strictness == Strictness::Strict && !faults.is_empty();
        if strict {
            out.fields(record, || fields::of_message(message, transport, &faults));
            out.reject(
                record,
                offset,
                RejectReason::new("schema", faults.join("; ")),
                bytes,
            );
            return;
        }
        let Some(event) = &message.event else {
            out.fields(record, || fields::of_message(message, transport, &faults));
            return out.skip(record, "tak_control");
        };
        let concluded = conclude(event, &self.options, &mut self.known, &mut faults);
        out.fields(record, || fields::of_message(message, transport, &faults));
        for draft in concluded.drafts {
            out.draft(record, draft);
        }
        match concluded.skipped {
            Some(kind) => out.skip(record, kind),
            None => out.origin(record, offset, || bytes),
        }
    }
}

/// Booleans in details, by element and attribute, as TAK's schemas have them.
const FLAGS: &[(&str, &str)] = &[
    ("__chat", "groupOwner"),
    ("ackrequest", "ackrequested"),
    ("emergency", "cancel"),
    ("labels_on", "value"),
    ("status", "readiness"),
];

/// Tells booleans that are none of XML (`False`); TAK clients take them all the same.
fn check_flags(event: &Event, faults: &mut Vec<String>) {
    for (element, attribute) in FLAGS {
        let value = event.detail(element).and_then(|e| e.filled(attribute));
        if let Some(value) = value.filter(|v| !matches!(*v, "true" | "false" | "1" | "0")) {
            let value = xml::short(value);
            faults.push(format!("{element}: {attribute} is no boolean: {value}"));
        }
    }
}

pub(super) fn read_xml(bytes: &[u8]) -> Result<(TakMessage, Vec<String>), Fault> {
    let text = text_of(bytes)?;
    let (event, faults) = xml::read(&text)?;
    Ok((TakMessage::of(event), faults))
}

/// A document's text: UTF-8, else by the encoding that its declaration names.
fn text_of(bytes: &[u8]) -> Result<std::borrow::Cow<'_, str>, Fault> {
    let error = match core::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.into()),
        Err(error) => error,
    };
    let head = bytes.get(..200).unwrap_or(bytes);
    let named = memmem::find(head, b"encoding=")
        .and_then(|at| head.get(at + b"encoding=".len()..))
        .and_then(|rest| {
            let quote = rest.first()?;
            rest.get(1..)?.split(|b| b == quote).next()
        })
        .and_then(encoding_rs::Encoding::for_label)
        .filter(|encoding| *encoding != encoding_rs::UTF_8 && encoding.is_ascii_compatible());
    named
        .and_then(|encoding| encoding.decode_without_bom_handling_and_without_replacement(bytes))
        .ok_or_else(|| Fault::new("encoding", format!("no UTF-8: {error}")))
}

/// Where the last event of several begins that stand in one piece.
fn last_start(bytes: &[u8]) -> Option<usize> {
    let mut starts = memmem::find_iter(bytes, b"<event").filter(|at| {
        let after = bytes.get(at + b"<event".len());
        after.is_some_and(|b| b.is_ascii_whitespace() || *b == b'>')
    });
    let first = starts.next()?;
    starts.last().filter(|last| *last > first)
}
