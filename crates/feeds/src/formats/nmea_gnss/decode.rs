//! From lines to sentences, from sentences to positions; each ends in a draft, a reject or a count.

use std::collections::BTreeMap;
use std::sync::Arc;

use memchr::memchr2_iter;
use oneroof_model::{Draft, Time};

use super::super::ais_nmea::sentence::{Fault, Tag};
use super::config::GnssOptions;
use super::epoch::{Epoch, Whole};
use super::fields::{self, without_position};
use super::sentence::Sentence;
use crate::contract::{Decoder, Output, RejectReason};
use crate::devices::is_ident;
use crate::framing::{Line, Lines};
use crate::pace;

/// Most receivers on one connection; beyond it the one not heard of for longest is closed.
const MAX_RECEIVERS: usize = 1_024;

/// Decoder of one connection or file.
pub(super) struct GnssDecoder {
    lines: Lines,
    core: Core,
}

impl GnssDecoder {
    pub(super) fn new(options: Arc<GnssOptions>) -> Self {
        Self {
            lines: Lines::default(),
            core: Core {
                options,
                receivers: BTreeMap::new(),
                record: 0,
                message: 0,
                last_draft: 0,
            },
        }
    }
}

impl Decoder for GnssDecoder {
    fn push(&mut self, bytes: &[u8], at: Time, out: &mut Output) {
        let Self { lines, core } = self;
        lines.push(bytes, |line| core.line(line, at, out));
    }

    fn end_datagram(&mut self, at: Time, out: &mut Output) {
        self.push(b"\n", at, out);
    }

    /// The sentences of one moment may come in several messages, and the days go on over them.
    fn end_message(&mut self, at: Time, out: &mut Output) {
        self.end_datagram(at, out);
        self.core.end_message(out);
    }

    fn finish(&mut self, at: Time, out: &mut Output) {
        let Self { lines, core } = self;
        lines.finish(|line| core.line(line, at, out));
        for (name, mut receiver) in core::mem::take(&mut core.receivers) {
            let blank = core.options.draft(&name);
            core.give(receiver.epoch.close(&blank), out);
        }
    }
}

/// One receiver.
#[derive(Default)]
struct Receiver {
    epoch: Epoch,
    /// Record of its last sentence.
    heard: u64,
}

/// All state but the framing.
struct Core {
    options: Arc<GnssOptions>,
    /// By the name that its sentences give; the one that they do not name is "".
    receivers: BTreeMap<String, Receiver>,
    record: u64,
    /// First record of the message at hand.
    message: u64,
    /// Drafts are given in the order of records.
    last_draft: u64,
}

impl Core {
    /// A message has ended. A receiver of which nothing else is known yet is not waited for: its next message may come
    /// in an hour.
    fn end_message(&mut self, out: &mut Output) {
        let mut first = Vec::new();
        for (name, receiver) in &mut self.receivers {
            if receiver.heard >= self.message {
                first.extend(receiver.epoch.give_first(&self.options.draft(name)));
            }
        }
        for whole in first {
            self.give(Some(whole), out);
        }
        self.message = self.record;
    }

    fn line(&mut self, line: Line<'_>, at: Time, out: &mut Output) {
        match line {
            Line::Whole { offset, bytes } => self.whole_line(offset, bytes, at, out),
            Line::TooLong { offset, head } => {
                let reason = RejectReason::new("line_too_long", "a line beyond 4096 bytes");
                out.reject(self.record, offset, reason, head);
                self.record += 1;
            }
        }
    }

    /// Tag blocks, a name, and one sentence or several that were run together.
    fn whole_line(&mut self, offset: u64, line: &[u8], at: Time, out: &mut Output) {
        let mut rest = line;
        let mut name = None;
        let mut at = at;
        while rest.first() == Some(&b'\\') {
            let Some((tag, after)) = Tag::read(rest) else {
                break;
            };
            match tag {
                Ok(tag) => {
                    name = name.or_else(|| tag.station.and_then(station));
                    at = tag.time.unwrap_or(at);
                }
                // The sentence has a checksum of its own; only what the block says is not believed.
                Err(Fault { code, .. }) => *out.skipped.entry(code).or_default() += 1,
            }
            rest = after;
        }
        let starts: Vec<usize> = memchr2_iter(b'$', b'!', rest).collect();
        let Some(first) = starts.first() else {
            let (code, why) = if rest.is_empty() {
                ("tag_block_alone", "a tag block without a sentence")
            } else {
                ("not_nmea", "no NMEA sentence in the line")
            };
            out.reject(self.record, offset, RejectReason::new(code, why), line);
            self.record += 1;
            return;
        };
        let front = rest.get(..*first).unwrap_or_default();
        at = pace::prefix(front).unwrap_or(at);
        let name = name.or_else(|| prefix(front)).unwrap_or_default();
        let skipped = (line.len() - rest.len()) as u64;
        for (nth, start) in starts.iter().enumerate() {
            let end = starts.get(nth + 1).copied().unwrap_or(rest.len());
            let bytes = rest.get(*start..end).unwrap_or_default();
            self.sentence(offset + skipped + *start as u64, bytes, name, at, out);
        }
    }

    fn sentence(&mut self, offset: u64, bytes: &[u8], name: &str, at: Time, out: &mut Output) {
        let record = self.record;
        self.record += 1;
        let read =
            Sentence::read(bytes.trim_ascii_end(), self.options.checksum).and_then(|sentence| {
                let said = fields::read(&sentence, out.wants_decoded())?;
                Ok((sentence.formatter, said))
            });
        let (formatter, mut said) = match read {
            Ok(read) => read,
            Err(Fault { code, detail }) => {
                return out.reject(record, offset, RejectReason::new(code, detail), bytes);
            }
        };
        if !name.is_empty() {
            said.fields.insert("device".to_owned(), name.into());
        }
        let part = said.part;
        out.fields(record, || said.fields);
        let blank = self.options.draft(name);
        let epoch = &mut self.receiver(name, record, out).epoch;
        let late = epoch.is_given();
        let [before, own] = epoch.take(formatter, &part, (record, at), &blank);
        let late = late && before.is_none() && epoch.is_given();
        self.give(before, out);
        let complete = own.is_some();
        self.give(own, out);
        match without_position(formatter) {
            Some(kind) if !complete => out.skip(record, kind),
            None if part.void || part.position.is_none() => out.skip(record, "no_fix"),
            None if late => out.skip(record, "same_moment"),
            _ => {}
        }
    }

    fn receiver(&mut self, name: &str, record: u64, out: &mut Output) -> &mut Receiver {
        if self.receivers.len() >= MAX_RECEIVERS && !self.receivers.contains_key(name) {
            let oldest = self
                .receivers
                .iter()
                .min_by_key(|(_, receiver)| receiver.heard);
            let oldest = oldest.map(|(name, _)| name.clone()).unwrap_or_default();
            if let Some(mut receiver) = self.receivers.remove(&oldest) {
                let blank = self.options.draft(&oldest);
                self.give(receiver.epoch.close(&blank), out);
            }
        }
        let receiver = self.receivers.entry(name.to_owned()).or_default();
        receiver.heard = record;
        receiver
    }

    fn give(&mut self, whole: Option<Whole>, out: &mut Output) {
        if let Some((record, draft)) = whole {
            self.last_draft = self.last_draft.max(record);
            out.draft(self.last_draft, Draft::Position(draft));
        }
    }
}

/// The name of a station in a tag block.
fn station(name: &[u8]) -> Option<&str> {
    let name = core::str::from_utf8(name).ok()?.trim();
    is_ident(name).then_some(name)
}

/// What stands before a sentence, where it is one word and no time: the name of a receiver.
fn prefix(front: &[u8]) -> Option<&str> {
    let text = core::str::from_utf8(front).ok()?;
    let word = text.trim_matches([' ', '\t', ',', ';', ':', '|', '\u{feff}', '[', ']', '#']);
    let plain = word
        .bytes()
        .all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, b'-' | b'_' | b'.' | b'/'));
    let is_name = plain && is_ident(word) && pace::prefix(front).is_none();
    is_name.then_some(word)
}
