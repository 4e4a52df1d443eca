//! From bytes to messages; each ends in a draft, a reject or a count.

use std::sync::Arc;

use oneroof_model::{Draft, Time};

use super::super::pieces::{Piece, Pieces, elements};
use super::config::OwntracksOptions;
use super::message::{Kind, Message};
use crate::contract::{Decoder, Output, RejectReason};

/// Decoder of one connection, file or request body.
pub(super) struct OwntracksDecoder {
    pieces: Pieces,
    core: Core,
}

struct Core {
    options: Arc<OwntracksOptions>,
    record: u64,
}

impl OwntracksDecoder {
    pub(super) fn new(options: Arc<OwntracksOptions>) -> Self {
        Self {
            pieces: Pieces::default(),
            core: Core { options, record: 0 },
        }
    }
}

impl Decoder for OwntracksDecoder {
    fn push(&mut self, bytes: &[u8], _at: Time, out: &mut Output) {
        let Self { pieces, core } = self;
        pieces.push(bytes, |offset, piece| core.piece(offset, piece, out));
    }

    fn end_datagram(&mut self, at: Time, out: &mut Output) {
        self.push(b"\n", at, out);
    }

    fn finish(&mut self, _at: Time, out: &mut Output) {
        let Self { pieces, core } = self;
        pieces.finish(|offset, piece| core.piece(offset, piece, out));
    }
}

impl Core {
    fn piece(&mut self, offset: u64, piece: Piece<'_>, out: &mut Output) {
        match piece {
            Piece::Json(bytes) => match elements(bytes) {
                Some(all) if all.is_empty() => {
                    // The answer of a recorder without friends, and what some bridges send to keep a line open.
                    out.skip(self.record, "empty_batch");
                    self.record += 1;
                }
                Some(all) => {
                    for (start, one) in all {
                        self.message(offset + start as u64, one, None, out);
                    }
                }
                None => self.reject(
                    "too_many",
                    "a list of more than 50000 messages",
                    offset,
                    bytes,
                    out,
                ),
            },
            Piece::Line(bytes) => match topic_and_message(bytes) {
                Some((topic, start, message)) => {
                    self.message(offset + start as u64, message, Some(topic), out);
                }
                None => self.reject("not_json", "a line that is no JSON", offset, bytes, out),
            },
            Piece::Bad { code, why, bytes } => self.reject(code, why, offset, bytes, out),
        }
    }

    fn reject(
        &mut self,
        code: &'static str,
        why: &str,
        offset: u64,
        bytes: &[u8],
        out: &mut Output,
    ) {
        out.reject(self.record, offset, RejectReason::new(code, why), bytes);
        self.record += 1;
    }

    fn message(&mut self, offset: u64, bytes: &[u8], topic: Option<&str>, out: &mut Output) {
        let record = self.record;
        self.record += 1;
        let result = Message::read(bytes, topic).and_then(|message| {
            let draft = match message.kind {
                Kind::Location | Kind::Transition => Ok(message.position(&self.options)?),
                Kind::Other(kind) => Err(kind),
            };
            Ok((message, draft))
        });
        match result {
            Ok((message, draft)) => {
                out.fields(record, || message.describe(&self.options));
                match draft {
                    Ok(draft) => out.draft(record, Draft::Position(draft)),
                    Err(kind) => out.skip(record, kind),
                }
            }
            Err(why) => out.reject(record, offset, why, bytes),
        }
    }
}

/// A line `topic {...}`, as subscribers of a broker write it (`mosquitto_sub -v`); the message begins at the number.
fn topic_and_message(line: &[u8]) -> Option<(&str, usize, &[u8])> {
    let start = line.iter().position(|byte| *byte == b'{')?;
    let (topic, message) = line.split_at_checked(start)?;
    let topic = core::str::from_utf8(topic).ok()?.trim();
    let is_topic = topic.contains('/') && !topic.contains(char::is_whitespace);
    is_topic.then_some((topic, start, message))
}
