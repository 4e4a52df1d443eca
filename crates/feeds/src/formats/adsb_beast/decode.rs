//! From bytes to frames: `0x1a`, a type, 48 bits of time, a byte of signal, the frame; a `0x1a` within is sent twice.

use oneroof_model::{Draft, HeartbeatDraft, Time};
use serde::Serialize;

use crate::contract::{Decoder, MAX_REJECT_RAW, Output, RejectReason, hex};
use crate::formats::mode_s::{Core, LONG, ModeAc, ModeSOptions, Origin, SHORT};

/// Begins every message.
const ESCAPE: u8 = 0x1a;

/// Bytes of time and signal before a frame.
const FRONT: usize = 7;

/// Most bytes of a message behind its type: front and a long frame.
const MAX_BODY: usize = FRONT + LONG;

/// Most bytes of noise that become one reject.
const MAX_NOISE: usize = MAX_REJECT_RAW;

/// What a message is, by the byte behind the escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    /// `1`: reply of Mode A or C.
    ModeAc,
    /// `2`: frame of 56 bits.
    Short,
    /// `3`: frame of 112 bits.
    Long,
    /// `4`: state of the receiver (Radarcape).
    Status,
    /// `5`: position of the receiver (Radarcape).
    Position,
    /// 0xe3: number of the receiver of the next message (readsb).
    Receiver,
    /// `P`: probe of the round trip (readsb).
    Ping,
    /// `W`: a command to the other side (readsb).
    Command,
}

impl Type {
    const fn of(sign: u8) -> Option<Self> {
        Some(match sign {
            b'1' => Self::ModeAc,
            b'2' => Self::Short,
            b'3' => Self::Long,
            b'4' => Self::Status,
            b'5' => Self::Position,
            0xe3 => Self::Receiver,
            b'P' => Self::Ping,
            b'W' => Self::Command,
            _ => return None,
        })
    }

    /// Bytes behind the type, without the doubling of escapes.
    const fn body(self) -> usize {
        match self {
            Self::ModeAc => FRONT + 2,
            Self::Short => FRONT + SHORT,
            Self::Long | Self::Status | Self::Position => MAX_BODY,
            Self::Receiver => 8,
            Self::Ping => 3,
            Self::Command => 1,
        }
    }
}

/// Where the decoder is in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between messages.
    Seeking,
    /// Behind an escape, between messages.
    Escaped,
    /// Within a message.
    Body(Type),
    /// Behind an escape within a message.
    BodyEscaped(Type),
}

/// Decoder of one connection or file.
pub(super) struct BeastDecoder {
    core: Core,
    state: State,
    /// The message so far, without the doubling of escapes.
    body: [u8; MAX_BODY],
    filled: usize,
    /// The message so far as it came, or noise.
    raw: Vec<u8>,
    /// Where `raw` began.
    began: u64,
    taken: u64,
    record: u64,
}

/// Decoded fields of a message of the receiver's own.
#[derive(Serialize)]
struct Raw {
    /// The sign behind the escape, or its number as hexadecimal digits where it is none of ASCII.
    beast_type: String,
    data: String,
}

impl BeastDecoder {
    pub(super) fn new(options: ModeSOptions) -> Self {
        Self {
            core: Core::new(options),
            state: State::Seeking,
            body: [0; MAX_BODY],
            filled: 0,
            raw: Vec::new(),
            began: 0,
            taken: 0,
            record: 0,
        }
    }

    fn next(&mut self) -> u64 {
        let record = self.record;
        self.record += 1;
        record
    }

    fn byte(&mut self, byte: u8, at: Time, out: &mut Output) {
        match (self.state, byte) {
            (State::Seeking, ESCAPE) => self.state = State::Escaped,
            (State::Seeking, noise) => self.noise(&[noise], self.taken + 1, out),
            (State::Escaped, sign) => self.begin(sign, out),
            (State::Body(kind), ESCAPE) => self.state = State::BodyEscaped(kind),
            (State::Body(kind), byte) => {
                self.raw.push(byte);
                self.fill(kind, byte, at, out);
            }
            (State::BodyEscaped(kind), ESCAPE) => {
                self.raw.extend_from_slice(&[ESCAPE, ESCAPE]);
                self.fill(kind, ESCAPE, at, out);
            }
            // The message was cut, and another one begins.
            (State::BodyEscaped(_), sign) => {
                self.cut(1, out);
                self.begin(sign, out);
            }
        }
        self.taken += 1;
    }

    /// The byte behind an escape that is within no message.
    fn begin(&mut self, sign: u8, out: &mut Output) {
        let Some(kind) = Type::of(sign) else {
            self.state = State::Seeking;
            // Another escape may be the true one.
            if sign == ESCAPE {
                self.noise(&[ESCAPE], self.taken, out);
                self.state = State::Escaped;
            } else {
                self.noise(&[ESCAPE, sign], self.taken + 1, out);
            }
            return;
        };
        self.flush(out);
        self.began = self.taken.saturating_sub(1);
        self.raw.extend_from_slice(&[ESCAPE, sign]);
        self.filled = 0;
        self.state = State::Body(kind);
    }

    /// Bytes that belong to no message, and where they end.
    fn noise(&mut self, bytes: &[u8], end: u64, out: &mut Output) {
        if self.raw.is_empty() {
            self.began = end.saturating_sub(bytes.len() as u64);
        }
        self.raw.extend_from_slice(bytes);
        if self.raw.len() >= MAX_NOISE {
            self.flush(out);
        }
    }

    /// Noise so far becomes a reject.
    fn flush(&mut self, out: &mut Output) {
        if self.raw.is_empty() {
            return;
        }
        let reason = RejectReason::new("noise", format!("{} bytes of no message", self.raw.len()));
        let record = self.next();
        out.reject(record, self.began, reason, &self.raw);
        self.raw.clear();
    }

    /// A message that does not go on.
    fn cut(&mut self, pending: usize, out: &mut Output) {
        let detail = format!(
            "{} bytes behind the type, then another message",
            self.filled
        );
        let reason = RejectReason::new("truncated", detail);
        let record = self.next();
        out.reject(record, self.began, reason, &self.raw);
        self.raw.clear();
        self.began = self.taken.saturating_sub(pending as u64);
    }

    /// A byte of a message; the last one completes it.
    fn fill(&mut self, kind: Type, byte: u8, at: Time, out: &mut Output) {
        if let Some(to) = self.body.get_mut(self.filled) {
            *to = byte;
        }
        self.filled += 1;
        self.state = State::Body(kind);
        if self.filled == kind.body() {
            self.message(kind, at, out);
            self.raw.clear();
            self.state = State::Seeking;
        }
    }

    fn message(&mut self, kind: Type, at: Time, out: &mut Output) {
        let record = self.next();
        let body = self.body.get(..self.filled).unwrap_or_default();
        let (front, frame) = body.split_at_checked(FRONT).unwrap_or((body, &[]));
        let time = front.split_last().map(|(_, time)| time);
        let timestamp =
            time.map(|time| time.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
        match (kind, frame) {
            (Type::Short | Type::Long, _) => {
                let origin = Origin {
                    record,
                    offset: self.began,
                    raw: &self.raw,
                    at,
                    timestamp,
                    signal: front.last().copied(),
                };
                self.core.frame(frame, &origin, out);
            }
            // What dump1090 says when it has heard nothing for a while.
            (Type::ModeAc, [0, 0]) => {
                out.draft(record, Draft::Heartbeat(HeartbeatDraft::default()));
            }
            (Type::ModeAc, &[high, low]) => {
                out.fields(record, || ModeAc::read(u16::from_be_bytes([high, low])));
                out.skip(record, "mode_ac");
            }
            _ => {
                let sign = self.raw.get(1).copied().unwrap_or_default();
                out.fields(record, || Raw {
                    beast_type: if sign.is_ascii_graphic() {
                        char::from(sign).to_string()
                    } else {
                        hex(&[sign])
                    },
                    data: hex(body),
                });
                out.skip(record, own_kind(kind));
            }
        }
    }
}

/// Kinds under which what a receiver says of itself is counted.
const fn own_kind(kind: Type) -> &'static str {
    match kind {
        Type::Position => "receiver_position",
        Type::Receiver => "receiver_number",
        Type::Ping => "ping",
        Type::Command => "command",
        _ => "receiver_status",
    }
}

impl Decoder for BeastDecoder {
    fn push(&mut self, bytes: &[u8], at: Time, out: &mut Output) {
        for byte in bytes {
            self.byte(*byte, at, out);
        }
    }

    fn finish(&mut self, _at: Time, out: &mut Output) {
        match self.state {
            State::Seeking => {}
            State::Escaped => self.noise(&[ESCAPE], self.taken, out),
            State::BodyEscaped(_) => {
                self.raw.push(ESCAPE);
                self.cut(0, out);
            }
            State::Body(_) => self.cut(0, out),
        }
        self.flush(out);
        self.state = State::Seeking;
    }
}
