//! From lines to frames: `*` and `:` hexadecimal digits, `@` and `%` with the time before them, `<` with time and
//! signal, each up to its `;`.

use memchr::memchr;
use oneroof_model::{Draft, HeartbeatDraft, Time};

use crate::contract::{Decoder, Output, RejectReason};
use crate::formats::mode_s::{Core, LONG, ModeAc, ModeSOptions, Origin};
use crate::framing::{Line, Lines};

/// Hexadecimal digits of a time: 48 bits.
const TIME_DIGITS: usize = 12;

/// Hexadecimal digits of a signal strength: a byte.
const SIGNAL_DIGITS: usize = 2;

/// Decoder of one connection or file.
pub(super) struct AvrDecoder {
    lines: Lines,
    pieces: Pieces,
}

impl AvrDecoder {
    pub(super) fn new(options: ModeSOptions) -> Self {
        Self {
            lines: Lines::default(),
            pieces: Pieces {
                core: Core::new(options),
                record: 0,
            },
        }
    }
}

impl Decoder for AvrDecoder {
    fn push(&mut self, bytes: &[u8], at: Time, out: &mut Output) {
        let Self { lines, pieces } = self;
        lines.push(bytes, |line| pieces.line(line, at, out));
    }

    fn end_datagram(&mut self, at: Time, out: &mut Output) {
        self.push(b"\n", at, out);
    }

    fn finish(&mut self, at: Time, out: &mut Output) {
        let Self { lines, pieces } = self;
        lines.finish(|line| pieces.line(line, at, out));
    }
}

/// All state but the framing.
struct Pieces {
    core: Core,
    record: u64,
}

/// Why a piece is no frame.
enum Fault {
    /// It begins with nothing that is known.
    Start,
    /// Something that is no hexadecimal digit, or half a byte.
    Digits,
    /// Of a length that nothing has.
    Length(usize),
}

/// What stood in a piece.
struct Piece {
    timestamp: Option<u64>,
    signal: Option<u8>,
    bytes: [u8; LONG],
    length: usize,
}

impl Pieces {
    fn line(&mut self, line: Line<'_>, at: Time, out: &mut Output) {
        let (mut offset, bytes) = match line {
            Line::Whole { offset, bytes } => (offset, bytes),
            Line::TooLong { offset, head } => {
                let reason = RejectReason::new("line_too_long", "a line beyond 4096 bytes");
                out.reject(self.next(), offset, reason, head);
                return;
            }
        };
        if bytes.first() == Some(&b'#') {
            return out.skip(self.next(), "comment");
        }
        // Some senders leave the line ends out.
        let mut rest = bytes;
        while !rest.is_empty() {
            let length = memchr(b';', rest).map_or(rest.len(), |end| end + 1);
            let (piece, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            self.piece(piece, offset, at, out);
            offset += length as u64;
            rest = after;
        }
    }

    fn next(&mut self) -> u64 {
        let record = self.record;
        self.record += 1;
        record
    }

    fn piece(&mut self, raw: &[u8], offset: u64, at: Time, out: &mut Output) {
        let offset = offset + (raw.len() - raw.trim_ascii_start().len()) as u64;
        let raw = raw.trim_ascii();
        let text = raw.strip_suffix(b";").unwrap_or(raw).trim_ascii();
        if raw.is_empty() {
            return;
        }
        // Signal and time in brackets, as some receivers add behind the frame, in units that nobody has written down.
        if text.first() == Some(&b'(') && text.last() == Some(&b')') {
            return out.skip(self.next(), "receiver_note");
        }
        let record = self.next();
        let piece = match Piece::read(text) {
            Ok(piece) => piece,
            Err(fault) => return reject(&fault, record, offset, raw, out),
        };
        let bytes = piece.bytes.get(..piece.length).unwrap_or_default();
        match bytes {
            // What dump1090 says when it has heard nothing for a while.
            [0, 0] => out.draft(record, Draft::Heartbeat(HeartbeatDraft::default())),
            &[high, low] => {
                out.fields(record, || ModeAc::read(u16::from_be_bytes([high, low])));
                out.skip(record, "mode_ac");
            }
            _ => {
                let origin = Origin {
                    record,
                    offset,
                    raw,
                    at,
                    timestamp: piece.timestamp,
                    signal: piece.signal,
                };
                self.core.frame(bytes, &origin, out);
            }
        }
    }
}

impl Piece {
    fn read(text: &[u8]) -> Result<Self, Fault> {
        let (time, signal, digits) = match text.split_first() {
            Some((b'*' | b':', digits)) => (None, None, digits),
            Some((b'@' | b'%', rest)) => {
                let (time, digits) = rest
                    .split_at_checked(TIME_DIGITS)
                    .ok_or(Fault::Length(rest.len()))?;
                (Some(time), None, digits)
            }
            Some((b'<', rest)) => {
                let (front, digits) = rest
                    .split_at_checked(TIME_DIGITS + SIGNAL_DIGITS)
                    .ok_or(Fault::Length(rest.len()))?;
                let (time, signal) = front.split_at_checked(TIME_DIGITS).unwrap_or((front, &[]));
                (Some(time), Some(signal), digits)
            }
            // Bare digits, as logs have them.
            Some((first, _)) if first.is_ascii_hexdigit() => (None, None, text),
            _ => return Err(Fault::Start),
        };
        if !matches!(digits.len(), 4 | 14 | 28) {
            return Err(Fault::Length(digits.len()));
        }
        let mut bytes = [0; LONG];
        hex(digits, &mut bytes)?;
        let mut stamp = [0; 8];
        let timestamp = match (time, stamp.get_mut(2..)) {
            (Some(time), Some(low)) => {
                hex(time, low)?;
                Some(u64::from_be_bytes(stamp))
            }
            _ => None,
        };
        let mut level = [0];
        let signal = match signal {
            Some(signal) => {
                hex(signal, &mut level)?;
                level.first().copied()
            }
            None => None,
        };
        Ok(Self {
            timestamp,
            signal,
            bytes,
            length: digits.len() / 2,
        })
    }
}

/// Hexadecimal digits as bytes; as many as there are digits for.
fn hex(digits: &[u8], to: &mut [u8]) -> Result<(), Fault> {
    let mut all = 0;
    for (pair, to) in digits.chunks_exact(2).zip(to) {
        let &[high, low] = pair else {
            return Err(Fault::Digits);
        };
        let (high, low) = (value(high), value(low));
        all |= high | low;
        *to = high << 4 | (low & 15);
    }
    if all > 15 { Err(Fault::Digits) } else { Ok(()) }
}

/// The value of each sign that is a hexadecimal digit; others are above 15.
const VALUES: [u8; 256] = {
    let mut values = [0xf0; 256];
    let digits = b"0123456789abcdefABCDEF";
    let mut at = 0;
    while at < digits.len() {
        #[expect(
            clippy::indexing_slicing,
            clippy::cast_possible_truncation,
            reason = "evaluated by the compiler, which would refuse an index out of bounds"
        )]
        {
            values[digits[at] as usize] = if at < 16 { at as u8 } else { at as u8 - 6 };
        }
        at += 1;
    }
    values
};

fn value(digit: u8) -> u8 {
    VALUES.get(usize::from(digit)).copied().unwrap_or(0xf0)
}

#[cold]
fn reject(fault: &Fault, record: u64, offset: u64, raw: &[u8], out: &mut Output) {
    let reason = match fault {
        Fault::Start => RejectReason::new("not_avr", "no frame begins like this"),
        Fault::Digits => RejectReason::new("hex", "a sign that is no hexadecimal digit"),
        Fault::Length(length) => RejectReason::new(
            "frame_length",
            format!("{length} digits, a frame has 4, 14 or 28"),
        ),
    };
    out.reject(record, offset, reason, raw);
}
