//! AIS messages as AIVDM sentences: ITU-R M.1371-5 in IEC 61162-1.
//!
//! Written apart from the decoder of `oneroof-feeds`, so that the one tests the other.

use core::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use oneroof_model::LatLon;

/// Most signs of armour in one sentence; 82 characters in all (IEC 61162-1, 7.1).
const MAX_ARMOUR: usize = 56;

/// Radio channel A or B, as the sentence says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// 161.975 MHz.
    A,
    /// 162.025 MHz.
    B,
}

/// Bits in the making, most significant first.
#[derive(Debug, Default)]
struct Bits(Vec<bool>);

impl Bits {
    fn u(&mut self, width: u32, value: u32) -> &mut Self {
        self.0
            .extend((0..width).rev().map(|bit| value >> bit & 1 == 1));
        self
    }

    /// Two's complement.
    fn i(&mut self, width: u32, value: i32) -> &mut Self {
        self.u(width, value.cast_unsigned())
    }

    /// Six-bit text (M.1371-5, table 47), filled with `@`; what the alphabet lacks becomes a blank.
    fn text(&mut self, signs: usize, text: &str) -> &mut Self {
        let upper = text.to_ascii_uppercase();
        let mut bytes = upper.bytes();
        for _ in 0..signs {
            let six = match bytes.next() {
                Some(b @ b'@'..=b'_') => b - 64,
                Some(b @ b' '..=b'?') => b,
                Some(_) => b' ',
                None => 0,
            };
            self.u(6, u32::from(six));
        }
        self
    }

    fn head(kind: u32, mmsi: u32) -> Self {
        let mut bits = Self::default();
        bits.u(6, kind).u(2, 0).u(30, mmsi);
        bits
    }

    /// Longitude and latitude in 1/10,000 minute.
    fn position(&mut self, at: LatLon) -> &mut Self {
        self.i(28, rounded(at.lon() * 600_000.0))
            .i(27, rounded(at.lat() * 600_000.0))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "saturates, and is kept within the field by the caller"
)]
fn rounded(value: f64) -> i32 {
    value.round() as i32
}

fn tenths(value: f64, most: u32) -> u32 {
    u32::try_from(rounded(value * 10.0)).unwrap_or(0).min(most)
}

/// What moves, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Motion {
    /// MMSI, nine digits.
    pub mmsi: u32,
    /// Where.
    pub at: LatLon,
    /// Speed over ground in knots, 0 to 102.2.
    pub speed_kn: f64,
    /// Course over ground in degrees, 0 to below 360; the heading is the same.
    pub course_deg: f64,
    /// Second of the minute of the fix, 0 to 59.
    pub second: u8,
}

impl Motion {
    fn course(&self) -> u32 {
        tenths(self.course_deg.rem_euclid(360.0), 3_600) % 3_600
    }

    fn heading(&self) -> u32 {
        u32::try_from(rounded(self.course_deg.rem_euclid(360.0))).unwrap_or(0) % 360
    }

    /// Position of class A: message 1, or 3 where it answers an interrogation (tables 45 and 46).
    /// `status` is the navigational status, 0 to 15.
    pub fn class_a(&self, message: ClassA, status: u8, channel: Channel) -> String {
        let mut b = Bits::head(message as u32, self.mmsi);
        // Rate of turn -128: not available.
        b.u(4, u32::from(status))
            .i(8, -128)
            .u(10, tenths(self.speed_kn, 1_022))
            .u(1, 1);
        b.position(self.at)
            .u(12, self.course())
            .u(9, self.heading());
        b.u(6, u32::from(self.second))
            .u(2, 0)
            .u(3, 0)
            .u(1, 0)
            .u(19, 0);
        sentences(&b, channel, 0)
    }

    /// Position of class B "CS": message 18 (table 67).
    pub fn class_b(&self, channel: Channel) -> String {
        let mut b = Bits::head(18, self.mmsi);
        b.u(8, 0)
            .u(10, tenths(self.speed_kn, 1_022))
            .u(1, 0)
            .position(self.at);
        b.u(12, self.course())
            .u(9, self.heading())
            .u(6, u32::from(self.second));
        // CS unit, no display, DSC, whole band, message 22; then assigned mode, RAIM, radio.
        b.u(2, 0)
            .u(1, 1)
            .u(1, 0)
            .u(1, 1)
            .u(1, 1)
            .u(1, 1)
            .u(1, 0)
            .u(1, 0)
            .u(20, 0xe_0006);
        sentences(&b, channel, 0)
    }
}

/// Which of the messages of class A.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassA {
    /// Scheduled.
    Scheduled = 1,
    /// Special: an answer, or out of turn.
    Special = 3,
}

/// What a ship says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Particulars {
    /// MMSI, nine digits.
    pub mmsi: u32,
    /// Name, at most 20 signs.
    pub name: String,
    /// Call sign, at most 7 signs.
    pub call_sign: String,
    /// Type of ship, 0 to 99 (table 53).
    pub kind: u8,
    /// Length in metres, at most 1,022.
    pub length_m: u16,
    /// Where to, at most 20 signs; class A only.
    pub destination: String,
}

impl Particulars {
    fn dimensions(&self, b: &mut Bits) {
        let bow = u32::from(self.length_m.min(1_022) / 2);
        let stern = u32::from(self.length_m.min(1_022)) - bow;
        let side = u32::from((self.length_m / 14).clamp(1, 63));
        b.u(9, bow).u(9, stern.min(511)).u(6, side).u(6, side);
    }

    /// Message 5 of class A (table 50): two sentences with the sequence number 0 to 9.
    pub fn class_a(&self, sequence: u8, channel: Channel) -> String {
        let mut b = Bits::head(5, self.mmsi);
        b.u(2, 2)
            .u(30, 0)
            .text(7, &self.call_sign)
            .text(20, &self.name);
        b.u(8, u32::from(self.kind));
        self.dimensions(&mut b);
        // GPS; no expected arrival (month 0, day 0, hour 24, minute 60); draught 0 = not known.
        b.u(4, 1).u(4, 0).u(5, 0).u(5, 24).u(6, 60).u(8, 0);
        b.text(20, &self.destination).u(1, 0).u(1, 0);
        sentences(&b, channel, sequence)
    }

    /// Message 24 of class B, parts A and B (tables 70 and 71).
    pub fn class_b(&self, channel: Channel) -> String {
        let mut a = Bits::head(24, self.mmsi);
        a.u(2, 0).text(20, &self.name).u(8, 0);
        let mut b = Bits::head(24, self.mmsi);
        b.u(2, 1)
            .u(8, u32::from(self.kind))
            .text(7, "")
            .text(7, &self.call_sign);
        self.dimensions(&mut b);
        b.u(6, 0);
        sentences(&a, channel, 0) + &sentences(&b, channel, 0)
    }
}

/// Message 4: a base station says where it is and what time it has (table 48).
pub fn base_station(mmsi: u32, at: LatLon, now: Timestamp, channel: Channel) -> String {
    let t = now.to_zoned_datetime(TimeZone::UTC);
    let field = |v: i8| u32::try_from(v).unwrap_or(0);
    let mut b = Bits::head(4, mmsi);
    b.u(14, u32::try_from(t.year()).unwrap_or(0))
        .u(4, field(t.month()))
        .u(5, field(t.day()));
    b.u(5, field(t.hour()))
        .u(6, field(t.minute()))
        .u(6, field(t.second()))
        .u(1, 1);
    // Surveyed position.
    b.position(at).u(4, 7).u(10, 0).u(1, 0).u(19, 0);
    sentences(&b, channel, 0)
}

/// One or more whole sentences with their line ends.
fn sentences(bits: &Bits, channel: Channel, sequence: u8) -> String {
    let armour: Vec<u8> = bits
        .0
        .chunks(6)
        .map(|six| {
            let whole = six.iter().chain([&false; 5]).take(6);
            let value = whole.fold(0_u8, |value, bit| value << 1 | u8::from(*bit));
            if value < 40 { value + 48 } else { value + 56 }
        })
        .collect();
    let fill = bits.0.len().next_multiple_of(6) - bits.0.len();
    let total = armour.len().div_ceil(MAX_ARMOUR);
    let mut text = String::new();
    for (i, part) in armour.chunks(MAX_ARMOUR).enumerate() {
        let number = i + 1;
        let id = if total > 1 {
            (sequence % 10).to_string()
        } else {
            String::new()
        };
        let channel = match channel {
            Channel::A => 'A',
            Channel::B => 'B',
        };
        let part = String::from_utf8_lossy(part);
        let fill = if number == total { fill } else { 0 };
        let body = format!("AIVDM,{total},{number},{id},{channel},{part},{fill}");
        let sum = body.bytes().fold(0, |sum, b| sum ^ b);
        // Writing to a String does not fail.
        write!(text, "!{body}*{sum:02X}\r\n").unwrap_or_default();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_has_at_most_82_characters_and_a_right_checksum() {
        let ship = Particulars {
            mmsi: 272_000_001,
            name: "DUNAISKA ZORIA".to_owned(),
            call_sign: "UTZZ".to_owned(),
            kind: 70,
            length_m: 120,
            destination: "IZMAIL".to_owned(),
        };
        let text = ship.class_a(3, Channel::B);
        assert_eq!(text.lines().count(), 2);
        for line in text.split_inclusive("\r\n") {
            assert!(line.len() <= 82, "{line}");
            let (body, sum) = line
                .trim_end()
                .trim_start_matches('!')
                .split_once('*')
                .unwrap();
            let right = body.bytes().fold(0_u8, |s, b| s ^ b);
            assert_eq!(sum, format!("{right:02X}"));
        }
    }

    #[test]
    fn every_message_has_its_length_in_the_standard() {
        let at = LatLon::new(46.0, 31.0).unwrap();
        let m = Motion {
            mmsi: 1,
            at,
            speed_kn: 1.0,
            course_deg: 2.0,
            second: 3,
        };
        // 168 bits are 28 signs without fill.
        let now = Timestamp::UNIX_EPOCH;
        for text in [
            m.class_a(ClassA::Special, 0, Channel::A),
            m.class_b(Channel::A),
            base_station(2_720_001, at, now, Channel::A),
        ] {
            let fields: Vec<&str> = text.trim_end().split(',').collect();
            assert_eq!(fields[5].len(), 28, "{text}");
            assert!(fields[6].starts_with("0*"), "{text}");
        }
    }
}
