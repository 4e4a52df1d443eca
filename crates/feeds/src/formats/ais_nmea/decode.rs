//! From lines to messages: tag blocks, times, parts; each line ends in a draft, a reject or a count.

use memchr::memchr_iter;
use oneroof_model::{Draft, ReportDraft, Time};

use super::assemble::{Assembler, From, Pending};
use super::bits::{ArmourError, Bits};
use super::config::AisOptions;
use super::describe;
use super::message::{self, MessageError};
use super::normalise::Normaliser;
use super::sentence::{Fault, Sentence, Tag, is_ais, other_kind};
use crate::contract::{Decoder, Output, RejectReason};
use crate::framing::{Line, Lines};
use crate::pace;

/// Most `$PGHP` times that wait for their sentence.
const MAX_PGHP: usize = 8;

/// Sentences after which a `$PGHP` time is no longer taken for one of them.
const PGHP_SENTENCES: u64 = 12;

/// Most bytes of a station's name in a tag block that are kept.
const MAX_STATION: usize = 64;

/// Decoder of one connection or file.
pub(super) struct AisDecoder {
    lines: Lines,
    core: Core,
}

impl AisDecoder {
    pub(super) fn new(options: AisOptions) -> Self {
        Self {
            lines: Lines::default(),
            core: Core::new(options),
        }
    }
}

impl Decoder for AisDecoder {
    fn push(&mut self, bytes: &[u8], at: Time, out: &mut Output) {
        let Self { lines, core } = self;
        lines.push(bytes, |line| core.line(line, at, out));
    }

    fn finish(&mut self, at: Time, out: &mut Output) {
        let Self { lines, core } = self;
        lines.finish(|line| core.line(line, at, out));
        core.assembler
            .finish(&mut |lost| reject_incomplete(&lost, out));
        core.carried = None;
        core.pghp.clear();
    }

    fn end_datagram(&mut self, at: Time, out: &mut Output) {
        self.push(b"\n", at, out);
    }

    /// A message is a line or several; the parts of one AIS message may come in several messages.
    fn end_message(&mut self, at: Time, out: &mut Output) {
        self.end_datagram(at, out);
    }
}

/// A time that a `$PGHP` sentence gave.
struct Pghp {
    time: Time,
    about: u8,
    sentence: u64,
}

/// What a tag block on a line of its own says of the next sentence.
struct Carried {
    time: Option<Time>,
    group: Option<u32>,
    station: Option<Vec<u8>>,
}

/// All state but the framing.
struct Core {
    options: AisOptions,
    assembler: Assembler,
    bits: Bits,
    normaliser: Normaliser,
    carried: Option<Carried>,
    pghp: Vec<Pghp>,
    record: u64,
    sentences: u64,
}

/// Where a message came from, for its outcome.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub record: u64,
    pub offset: u64,
    /// For a reject.
    pub raw: &'a [u8],
    /// When it was received here.
    pub at: Time,
    /// When it was heard, where that was said.
    pub time: Option<Time>,
    /// The station that heard it.
    pub station: Option<&'a [u8]>,
    /// How many sentences it took.
    pub sentences: u8,
}

impl Origin<'_> {
    /// Gives a report out, with the bytes that it came from.
    pub(super) fn report(&self, report: ReportDraft, out: &mut Output) {
        out.draft_from(
            self.record,
            Draft::Report(Box::new(report)),
            self.offset,
            self.raw,
        );
    }
}

impl Core {
    fn new(options: AisOptions) -> Self {
        Self {
            assembler: Assembler::new(options.assembly_timeout_s.clamp(1, 600)),
            options,
            bits: Bits::new(),
            normaliser: Normaliser::default(),
            carried: None,
            pghp: Vec::with_capacity(MAX_PGHP),
            record: 0,
            sentences: 0,
        }
    }

    fn line(&mut self, line: Line<'_>, at: Time, out: &mut Output) {
        let record = self.record;
        self.record += 1;
        match line {
            Line::Whole { offset, bytes } => {
                let origin = Origin {
                    record,
                    offset,
                    raw: bytes,
                    at,
                    time: None,
                    station: None,
                    sentences: 1,
                };
                if is_ais(bytes) {
                    self.sentences_in(bytes, origin, None, out);
                } else {
                    self.other_line(bytes, origin, out);
                }
            }
            Line::TooLong { offset, head } => {
                let reason = RejectReason::new("line_too_long", "a line beyond 4096 bytes");
                out.reject(record, offset, reason, head);
            }
        }
    }

    /// A line that does not begin with a sentence of AIS.
    fn other_line<'a>(&mut self, line: &'a [u8], mut origin: Origin<'a>, out: &mut Output) {
        let start = line
            .iter()
            .position(|sign| matches!(sign, b'\\' | b'!' | b'$' | b'#'));
        let (front, mut rest) = start
            .and_then(|at| line.split_at_checked(at))
            .unwrap_or((line, &[]));
        let mut group = None;
        let mut tagged = false;
        while rest.first() == Some(&b'\\') {
            let Some((tag, after)) = Tag::read(rest) else {
                // No tag block, or one that is cut; a sentence behind it is whole all the same.
                if let Some(sentence) = first_ais(rest) {
                    *out.skipped.entry("tag_block_end").or_default() += 1;
                    rest = sentence;
                    break;
                }
                let reason = RejectReason::new("tag_block_end", "a tag block without its end");
                return out.reject(origin.record, origin.offset, reason, line);
            };
            match tag {
                Ok(tag) => {
                    origin.time = origin.time.or(tag.time);
                    origin.station = origin.station.or(tag.station);
                    group = group.or(tag.group);
                }
                // The sentence has a checksum of its own; only what the block says is not believed.
                Err(Fault { code, .. }) => *out.skipped.entry(code).or_default() += 1,
            }
            tagged = true;
            rest = after;
        }
        if is_ais(rest) {
            origin.time = origin.time.or_else(|| pace::prefix(front));
            return self.sentences_in(rest, origin, group, out);
        }
        match rest.first() {
            None if tagged => {
                self.carried = Some(Carried {
                    time: origin.time,
                    group,
                    station: origin
                        .station
                        .map(|name| name.iter().copied().take(MAX_STATION).collect()),
                });
                out.skip(origin.record, "tag_block_alone");
            }
            Some(b'#') if front.is_empty() => out.skip(origin.record, "comment"),
            Some(b'$' | b'!') if front.is_empty() || other_kind(rest) != "nmea_cut" => {
                self.receiver_sentence(rest, origin, out);
            }
            // Perhaps behind a sign that begins nothing.
            _ => match first_ais(rest) {
                Some(rest) => self.sentences_in(rest, origin, group, out),
                None => out.reject(
                    origin.record,
                    origin.offset,
                    RejectReason::new("not_nmea", "no NMEA sentence in the line"),
                    line,
                ),
            },
        }
    }

    /// A sentence without AIS; behind it may stand one with.
    fn receiver_sentence(&mut self, rest: &[u8], origin: Origin<'_>, out: &mut Output) {
        if let Some((time, about)) = pace::pghp(rest) {
            if self.pghp.len() >= MAX_PGHP {
                self.pghp.remove(0);
            }
            self.pghp.push(Pghp {
                time,
                about,
                sentence: self.sentences,
            });
        }
        out.skip(origin.record, other_kind(rest));
        if let Some(glued) = first_ais(rest.get(1..).unwrap_or_default()) {
            let own = self.behind(&origin, glued);
            self.sentences_in(glued, own, None, out);
        }
    }

    /// One sentence, or several that a receiver ran together. `bytes` begin with the first one.
    fn sentences_in(
        &mut self,
        bytes: &[u8],
        origin: Origin<'_>,
        mut group: Option<u32>,
        out: &mut Output,
    ) {
        let carried = self.carried.take();
        let mut origin = origin; // for as long as `carried` lives
        if let Some(carried) = &carried {
            origin.time = origin.time.or(carried.time);
            origin.station = origin.station.or(carried.station.as_deref());
            group = group.or(carried.group);
        }
        let mut rest = bytes;
        while let Some(after) = rest.get(1..).and_then(first_ais) {
            let one = rest.get(..rest.len() - after.len()).unwrap_or(rest);
            let own = Origin { raw: one, ..origin };
            self.sentence(one, own, group, out);
            origin = self.behind(&origin, after);
            rest = after;
        }
        self.sentence(rest, origin, group, out);
    }

    /// The origin of what stands at the end of a line behind a sentence: a record of its own.
    fn behind<'a>(&mut self, before: &Origin<'a>, after: &'a [u8]) -> Origin<'a> {
        let record = self.record;
        self.record += 1;
        Origin {
            record,
            offset: before.offset + before.raw.len().saturating_sub(after.len()) as u64,
            raw: after,
            ..*before
        }
    }

    fn sentence(
        &mut self,
        bytes: &[u8],
        mut origin: Origin<'_>,
        group: Option<u32>,
        out: &mut Output,
    ) {
        self.sentences += 1;
        let sentence = match Sentence::read(bytes, self.options.checksum) {
            Ok(sentence) => sentence,
            Err(Fault { code, detail }) => {
                let reason = RejectReason::new(code, detail);
                return out.reject(origin.record, origin.offset, reason, origin.raw);
            }
        };
        if sentence.own_ship && !self.options.own_ship {
            return out.skip(origin.record, "own_ship");
        }
        if sentence.total > 1 {
            return self.part(&sentence, origin, group, out);
        }
        self.assembler.pass();
        if sentence.payload.is_empty() {
            return out.skip(origin.record, "empty_payload");
        }
        origin.time = origin
            .time
            .or_else(|| self.pghp_time(sentence.checksum.unwrap_or(0)))
            .or_else(|| pace::suffix(sentence.suffix));
        self.bits.clear();
        match self.bits.append(sentence.payload, sentence.fill) {
            Ok(()) => self.message(&sentence, &origin, out),
            Err(error) => reject_armour(error, &origin, out),
        }
    }

    fn part(
        &mut self,
        sentence: &Sentence<'_>,
        origin: Origin<'_>,
        group: Option<u32>,
        out: &mut Output,
    ) {
        let from = From {
            record: origin.record,
            offset: origin.offset,
            line: origin.raw,
            at: origin.at,
            time: origin.time.or_else(|| pace::suffix(sentence.suffix)),
            station: origin.station,
            group,
        };
        let tagged = origin.time.is_some();
        let whole = self
            .assembler
            .add(sentence, &from, &mut |lost| reject_incomplete(&lost, out));
        let Some(whole) = whole else { return };
        let about = whole.parts.iter().fold(0, |sum, part| sum ^ part.checksum);
        let time = if tagged { None } else { self.pghp_time(about) };
        let origin = Origin {
            raw: &whole.lines,
            offset: whole.offset,
            time: time.or(whole.time),
            station: whole.station.as_deref(),
            sentences: sentence.total,
            ..origin
        };
        self.bits.clear();
        for part in &whole.parts {
            if let Err(error) = self.bits.append(&part.payload, part.fill) {
                return reject_armour(error, &origin, out);
            }
        }
        self.message(sentence, &origin, out);
    }

    /// The time that a `$PGHP` sentence gave for the message of this checksum.
    fn pghp_time(&mut self, checksum: u8) -> Option<Time> {
        if self.pghp.is_empty() {
            return None;
        }
        let now = self.sentences;
        self.pghp
            .retain(|pghp| now - pghp.sentence <= PGHP_SENTENCES);
        let found = self
            .pghp
            .iter()
            .rposition(|pghp| pghp.about == checksum)
            .or_else(|| {
                // 0: the writer did not say; then it is about what directly follows.
                let last = self.pghp.len().checked_sub(1)?;
                let direct = self.pghp.get(last)?;
                (direct.about == 0 && direct.sentence + 1 == now).then_some(last)
            })?;
        Some(self.pghp.remove(found).time)
    }

    /// A whole message, in `self.bits`.
    fn message(&mut self, sentence: &Sentence<'_>, origin: &Origin<'_>, out: &mut Output) {
        let (header, message) = match message::decode(&self.bits) {
            Ok(message) => message,
            Err(error) => return reject_message(error, origin, out),
        };
        out.fields_text(origin.record, |to| {
            describe::append(to, sentence, origin, header, &message);
        });
        self.normaliser.take(header, &message, origin, out);
    }
}

/// From the first sentence of AIS on.
fn first_ais(bytes: &[u8]) -> Option<&[u8]> {
    memchr_iter(b'!', bytes).find_map(|at| bytes.get(at..).filter(|rest| is_ais(rest)))
}

#[cold]
fn reject_armour(error: ArmourError, origin: &Origin<'_>, out: &mut Output) {
    let reason = match error {
        ArmourError::Character(sign) => RejectReason::new(
            "armour",
            format!("byte 0x{sign:02x} is no six-bit character"),
        ),
        ArmourError::TooLong => RejectReason::new(
            "message_too_long",
            format!("more than {} bits in one message", super::bits::MAX_BITS),
        ),
    };
    out.reject(origin.record, origin.offset, reason, origin.raw);
}

#[cold]
fn reject_message(error: MessageError, origin: &Origin<'_>, out: &mut Output) {
    let reason = match error {
        MessageError::NoHeader(bits) => {
            RejectReason::new("too_short", format!("{bits} bits, a header has 38"))
        }
        MessageError::Unknown(kind) => RejectReason::new(
            "unknown_message",
            format!("message {kind}, known are 1 to 27"),
        ),
        MessageError::Part(part) => RejectReason::new(
            "unknown_part",
            format!("part {part} of message 24, known are 0 and 1"),
        ),
        MessageError::TooShort {
            message_type,
            bits,
            least,
        } => RejectReason::new(
            "too_short",
            format!("message {message_type} has {bits} bits, at least {least} are needed"),
        ),
    };
    out.reject(origin.record, origin.offset, reason, origin.raw);
}

#[cold]
fn reject_incomplete(lost: &Pending, out: &mut Output) {
    let reason = RejectReason::new(
        "incomplete",
        format!(
            "{} of the message's sentences came, the others did not",
            lost.parts.len()
        ),
    );
    out.reject(lost.record, lost.offset, reason, &lost.lines);
}
