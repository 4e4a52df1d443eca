//! Values that several formats share: altitude, identity, call sign, address.

use core::fmt;

use oneroof_model::{TrackDomain, TrackKey};
use serde::{Serialize, Serializer};

/// Feet of altitude in the 13 bits of an altitude code (AC; Annex 10 Vol IV, 3.1.2.6.5.4): with Q in steps
/// of 25 ft from -1000 ft, without in the Gillham code of Mode C in steps of 100 ft. Nothing where it is
/// 0 (not available), no code of Mode C, or metric (M; no rule of its scale was ever published).
pub(in crate::formats) fn altitude_ft(code: u16) -> Option<i32> {
    const M: u16 = 0x0040;
    const Q: u16 = 0x0010;
    if code == 0 || code & M != 0 {
        return None;
    }
    if code & Q != 0 {
        // The eleven bits without M and Q.
        let steps = (code >> 2 & 0x7e0) | (code >> 1 & 0x010) | (code & 0x00f);
        return Some(i32::from(steps) * 25 - 1000);
    }
    gillham_ft(code)
}

/// The same in the 12 bits of a squitter, which leave out M (Annex 10 Vol IV, 3.1.2.8.6.3.1.2).
pub(in crate::formats) fn altitude12_ft(code: u16) -> Option<i32> {
    altitude_ft((code & 0x0fc0) << 1 | (code & 0x003f))
}

/// Mode C altitude (Annex 10 Vol IV, appendix to chapter 3): 500 ft in the reflected binary code of
/// `D2 D4 A1 A2 A4 B1 B2 B4`, 100 ft in that of `C1 C2 C4`, turned about in every other 500 ft.
fn gillham_ft(code: u16) -> Option<i32> {
    mode_c_ft(pulses(code))
}

/// As [`gillham_ft`], by the four digits of a Mode C reply.
fn mode_c_ft([a, b, c, d]: [u16; 4]) -> Option<i32> {
    // `pulses` gives the digit 4-2-1; here the pulse of weight 1 comes first.
    let turned = |digit: u16| (digit & 1) << 2 | (digit & 2) | digit >> 2;
    let d24 = (d & 2) | d >> 2; // D2, then D4; D1 is Q
    let five = i32::from(binary(d24 << 6 | turned(a) << 3 | turned(b)));
    let one = match binary(turned(c)) {
        one @ (1..=4) => i32::from(one),
        7 => 5,
        _ => return None,
    };
    let one = if five % 2 == 1 { 6 - one } else { one };
    Some(five * 500 + one * 100 - 1300)
}

/// A number out of its reflected binary (Gray) code of at most eight bits.
const fn binary(gray: u16) -> u16 {
    let mut value = gray;
    value ^= value >> 4;
    value ^= value >> 2;
    value ^ value >> 1
}

/// The four digits of an identity or altitude code, whose bits lie as `C1 A1 C2 A2 C4 A4 X B1 D1 B2 D2 B4
/// D4` (Annex 10 Vol IV, 3.1.2.6.7.1).
const fn pulses(code: u16) -> [u16; 4] {
    const fn digit(code: u16, ones: u16, twos: u16, fours: u16) -> u16 {
        (code >> ones & 1) | (code >> twos & 1) << 1 | (code >> fours & 1) << 2
    }
    [
        digit(code, 11, 9, 7),
        digit(code, 5, 3, 1),
        digit(code, 12, 10, 8),
        digit(code, 4, 2, 0),
    ]
}

/// A Mode A code: four octal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) struct Squawk([u8; 4]);

impl Squawk {
    /// Out of the 13 bits of an identity code (ID).
    #[expect(clippy::cast_possible_truncation, reason = "digits of three bits")]
    pub(super) fn from_code(code: u16) -> Self {
        Self(pulses(code).map(|digit| b'0' + digit as u8))
    }

    /// Out of four octal digits as text.
    pub(in crate::formats) fn from_text(text: &str) -> Option<Self> {
        let digits: [u8; 4] = text.as_bytes().try_into().ok()?;
        let octal = digits.iter().all(|digit| (b'0'..=b'7').contains(digit));
        octal.then_some(Self(digits))
    }

    /// Its digits.
    pub(in crate::formats) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Serialize for Squawk {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// A reply of Mode A or C: four digits that may be a squawk or an altitude; only the interrogator knows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(in crate::formats) struct ModeAc {
    squawk: Squawk,
    /// Special position identification.
    spi: bool,
    /// Feet, where the digits are a code of Mode C.
    altitude_ft: Option<i32>,
}

impl ModeAc {
    /// Out of two bytes: a digit in the low three bits of each half, SPI in bit 0x0080.
    #[expect(clippy::cast_possible_truncation, reason = "digits of three bits")]
    pub(in crate::formats) fn read(code: u16) -> Self {
        let digits = [code >> 12 & 7, code >> 8 & 7, code >> 4 & 7, code & 7];
        let [.., d] = digits;
        let is_altitude = code & 0x8888 == 0 && d & 1 == 0; // D1 is not used in Mode C
        Self {
            squawk: Squawk(digits.map(|digit| b'0' + digit as u8)),
            spi: code & 0x0080 != 0,
            altitude_ft: is_altitude.then(|| mode_c_ft(digits)).flatten(),
        }
    }
}

/// A call sign or registration of up to eight characters, without the blanks around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) struct Callsign {
    text: [u8; 8],
    start: u8,
    end: u8,
}

impl Callsign {
    /// Out of 48 bits: eight characters of six (Annex 10 Vol IV, 3.1.2.9.1.2, table 3-8). `#` stands for a
    /// value that is none: only A to Z, 0 to 9 and the blank are.
    pub(super) fn from_bits(bits: u64) -> Self {
        let mut text = [b' '; 8];
        for (place, sign) in text.iter_mut().rev().enumerate() {
            let code = bits >> (6 * place) & 0x3f;
            *sign = match u8::try_from(code).unwrap_or_default() {
                letter @ 1..=26 => b'A' - 1 + letter,
                other @ (32 | 48..=57) => other,
                _ => b'#',
            };
        }
        let blank = |sign: &&u8| **sign == b' ';
        let before = text.iter().take_while(blank).count();
        let after = text.iter().rev().take_while(blank).count();
        Self {
            text,
            start: u8::try_from(before.min(8 - after)).unwrap_or(0),
            end: u8::try_from(8 - after).unwrap_or(0),
        }
    }

    /// Out of text of up to eight characters; nothing where it is longer, or has signs that no call sign or registration
    /// has (`@` fills up what is not available).
    pub(in crate::formats) fn from_text(text: &str) -> Option<Self> {
        let allowed = |sign: u8| sign.is_ascii_alphanumeric() || b" -./".contains(&sign);
        let text = text.trim();
        let mut own = Self {
            text: [b' '; 8],
            start: 0,
            end: u8::try_from(text.len()).ok()?,
        };
        let fits = text.len() <= own.text.len() && text.bytes().all(allowed);
        for (to, from) in own.text.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        fits.then_some(own)
    }

    /// As text.
    pub(in crate::formats) fn as_str(&self) -> &str {
        let range = usize::from(self.start)..usize::from(self.end);
        self.text
            .get(range)
            .and_then(|text| core::str::from_utf8(text).ok())
            .unwrap_or_default()
    }

    /// Where it says something and has only characters that a call sign may have.
    pub(in crate::formats) fn filled(&self) -> Option<&str> {
        Some(self.as_str()).filter(|text| !text.is_empty() && !text.contains('#'))
    }
}

impl Serialize for Callsign {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// The 24-bit address of an aircraft, or a number of 24 bits that is none (anonymous, ground vehicle,
/// track file of TIS-B), which dump1090 and its successors write with `~`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::formats) struct Address(u32);

impl Address {
    const NOT_ICAO: u32 = 1 << 24;

    /// An ICAO address; only the low 24 bits count.
    pub(in crate::formats) const fn icao(number: u32) -> Self {
        Self(number & 0x00ff_ffff)
    }

    /// A number that is no ICAO address.
    pub(in crate::formats) const fn other(number: u32) -> Self {
        Self((number & 0x00ff_ffff) | Self::NOT_ICAO)
    }

    /// Out of up to six hexadecimal digits, with `~` before them for a number that is no ICAO address.
    pub(in crate::formats) fn from_text(text: &str) -> Option<Self> {
        let (digits, make): (&str, fn(u32) -> Self) = match text.strip_prefix('~') {
            Some(digits) => (digits, Self::other),
            None => (text, Self::icao),
        };
        let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        (hex && (1..=6).contains(&digits.len()))
            .then(|| u32::from_str_radix(digits, 16).ok().map(make))
            .flatten()
    }

    /// Whether it is an ICAO address.
    pub(in crate::formats) const fn is_icao(self) -> bool {
        self.0 & Self::NOT_ICAO == 0
    }

    /// Its 24 bits.
    pub(in crate::formats) const fn number(self) -> u32 {
        self.0 & 0x00ff_ffff
    }

    /// The track: its six small hexadecimal digits, with `~` where it is no ICAO address.
    pub(in crate::formats) fn track(self) -> TrackKey {
        let mut text = [b'~'; 7];
        for (place, sign) in text.iter_mut().rev().take(6).enumerate() {
            *sign = hex_digit(self.0 >> (4 * place));
        }
        let range = usize::from(self.is_icao())..;
        let ident = text
            .get(range)
            .and_then(|text| core::str::from_utf8(text).ok());
        TrackKey::text(TrackDomain::Aircraft, ident.unwrap_or_default())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_icao() { "" } else { "~" };
        write!(f, "{sign}{:06x}", self.number())
    }
}

/// The low four bits as a small hexadecimal digit.
const fn hex_digit(value: u32) -> u8 {
    let low = (value & 15) as u8;
    if low < 10 {
        b'0' + low
    } else {
        b'a' - 10 + low
    }
}

/// A number that is shown as hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hex {
    value: u64,
    digits: u8,
}

impl Hex {
    /// The six digits of an address.
    pub(super) const fn address(number: u32) -> Self {
        Self {
            value: number as u64,
            digits: 6,
        }
    }

    /// The fourteen digits of a field of 56 bits.
    pub(super) const fn field(value: u64) -> Self {
        Self { value, digits: 14 }
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut text = [b'0'; 16];
        let used = usize::from(self.digits);
        for (place, sign) in text.iter_mut().take(used).rev().enumerate() {
            *sign = hex_digit(u32::try_from(self.value >> (4 * place) & 15).unwrap_or(0));
        }
        let text = text.get(..used).unwrap_or_default();
        to.serialize_str(core::str::from_utf8(text).unwrap_or_default())
    }
}
