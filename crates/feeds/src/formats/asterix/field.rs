//! One field of an item: how many bits it has and what they mean.
//!
//! Names are those of EUROCONTROL's specifications as the widespread `asterix_decoder` spells them (`RHO`, `Mode3A`,
//! `ACAddr`), with the unit behind (`RHO_nm`, `THETA_deg`), so that values can be compared field by field.

use serde_json::{Map, Value, json};

use crate::contract::hex as hex_digits;

/// Feet in a flight level (ICAO Annex 10, Volume IV).
const FEET_PER_LEVEL: f64 = 100.0;

/// What the bits of a field mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum How {
    /// Spare bits, to be 0.
    Spare,
    /// The bit that says whether an item of variable length goes on.
    Extension,
    /// A number without a unit, a flag or a code of a table.
    Number,
    /// A quantity: the number times the least significant bit, in a unit.
    Quantity {
        /// Whether the number is in two's complement.
        signed: bool,
        /// Value of the least significant bit.
        lsb: f64,
        /// Unit as in names (`nm`, `deg`, `ft`).
        unit: &'static str,
    },
    /// Quarters of a flight level.
    Level {
        /// Whether the number is in two's complement.
        signed: bool,
    },
    /// A code of octal digits (Mode 1, 2, 3/A).
    Octal,
    /// An address, as hexadecimal digits.
    Hex,
    /// Eight-bit characters.
    Text,
    /// Six-bit characters (ICAO Annex 10, Volume IV, table 3-9).
    SixBit,
    /// Tenths of a millibar above 800 mb (register 4,0).
    Pressure,
    /// I062/380 #4: a bit that says what follows, then indicated airspeed or Mach number.
    Airspeed,
}

/// One field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Field {
    name: &'static str,
    bits: usize,
    how: How,
}

const fn field(name: &'static str, bits: usize, how: How) -> Field {
    Field { name, bits, how }
}

/// The extension bit.
pub(super) const FX: Field = field("FX", 1, How::Extension);

/// Spare bits.
pub(super) const fn spare(bits: usize) -> Field {
    field("spare", bits, How::Spare)
}

/// A number, flag or code.
pub(super) const fn u(name: &'static str, bits: usize) -> Field {
    field(name, bits, How::Number)
}

/// A quantity of an unsigned number.
pub(super) const fn q(name: &'static str, bits: usize, lsb: f64, unit: &'static str) -> Field {
    let how = How::Quantity {
        signed: false,
        lsb,
        unit,
    };
    field(name, bits, how)
}

/// A quantity of a number in two's complement.
pub(super) const fn sq(name: &'static str, bits: usize, lsb: f64, unit: &'static str) -> Field {
    let how = How::Quantity {
        signed: true,
        lsb,
        unit,
    };
    field(name, bits, how)
}

/// A flight level that may be negative.
pub(super) const fn level(name: &'static str, bits: usize) -> Field {
    field(name, bits, How::Level { signed: true })
}

/// A flight level that is never negative.
pub(super) const fn ulevel(name: &'static str, bits: usize) -> Field {
    field(name, bits, How::Level { signed: false })
}

/// A code of octal digits.
pub(super) const fn octal(name: &'static str, bits: usize) -> Field {
    field(name, bits, How::Octal)
}

/// An address.
pub(super) const fn hex(name: &'static str, bits: usize) -> Field {
    field(name, bits, How::Hex)
}

/// Eight-bit characters.
pub(super) const fn text(name: &'static str, bits: usize) -> Field {
    field(name, bits, How::Text)
}

/// Six-bit characters.
pub(super) const fn six(name: &'static str, bits: usize) -> Field {
    field(name, bits, How::SixBit)
}

/// A barometric pressure setting.
pub(super) const fn pressure(name: &'static str, bits: usize) -> Field {
    field(name, bits, How::Pressure)
}

/// Indicated airspeed or Mach number with its selector.
pub(super) const fn airspeed() -> Field {
    field("AS", 16, How::Airspeed)
}

/// Bits of all fields together.
pub(super) fn width(fields: &[Field]) -> usize {
    fields.iter().map(|field| field.bits).sum()
}

/// Octets of all fields together.
pub(super) fn octets(fields: &[Field]) -> usize {
    width(fields) / 8
}

/// `width` bits (at most 64) from bit `from` on, the most significant bit of the first octet being bit 0.
pub(super) fn bits(bytes: &[u8], from: usize, width: usize) -> Option<u64> {
    let mut value = 0;
    for at in from..from + width.min(64) {
        let octet = bytes.get(at / 8)?;
        value = value << 1 | u64::from(octet >> (7 - at % 8) & 1);
    }
    Some(value)
}

/// The same in two's complement.
pub(super) fn signed(bytes: &[u8], from: usize, width: usize) -> Option<i64> {
    let value = bits(bytes, from, width)?;
    let unused = 64_usize.checked_sub(width).filter(|_| width > 0)?;
    Some((value << unused).cast_signed() >> unused)
}

/// The characters of `count` six-bit codes from bit `from` on; a code without a character is `?`.
pub(super) fn six_bit(bytes: &[u8], from: usize, count: usize) -> Option<String> {
    let sign = |code: u64| match code {
        1..=26 => char::from_u32(64 + u32::try_from(code).ok()?),
        48..=57 | 32 => char::from_u32(u32::try_from(code).ok()?),
        0 => Some(' '),
        _ => Some('?'),
    };
    (0..count)
        .map(|n| sign(bits(bytes, from + 6 * n, 6)?))
        .collect()
}

/// Eight-bit characters; what pads them at the end with zeros is left out.
pub(super) fn characters(bytes: &[u8]) -> String {
    let text: String = bytes.iter().copied().map(char::from).collect();
    text.trim_end_matches('\0').to_owned()
}

/// Adds every field of `fields` to `to`. Stops where the extension bit is 0 or the octets end; gives the number of
/// bits that were read.
pub(super) fn describe(fields: &[Field], bytes: &[u8], to: &mut Map<String, Value>) -> usize {
    let mut from = 0;
    for field in fields {
        let at = from;
        if bits(bytes, at, field.bits).is_none() {
            break;
        }
        from += field.bits;
        match field.how {
            How::Extension if bits(bytes, at, 1) != Some(1) => break,
            _ => one(*field, bytes, at, to),
        }
    }
    from
}

/// Adds one field, which begins at bit `at`.
fn one(field: Field, bytes: &[u8], at: usize, to: &mut Map<String, Value>) {
    let Field { name, bits: n, how } = field;
    let number = |is_signed: bool| scaled(bytes, at, n, is_signed);
    let mut add = |name: String, value: Option<Value>| {
        if let Some(value) = value {
            to.insert(name, value);
        }
    };
    match how {
        How::Spare | How::Extension => {}
        How::Number => add(name.to_owned(), bits(bytes, at, n).map(Value::from)),
        How::Quantity { signed, lsb, unit } => {
            add(
                format!("{name}_{unit}"),
                number(signed).map(|value| json!(value * lsb)),
            );
        }
        How::Level { signed } => {
            let level = number(signed).map(|quarters| quarters / 4.0);
            add(name.to_owned(), level.map(Value::from));
            add(
                format!("{name}_ft"),
                level.map(|level| json!(level * FEET_PER_LEVEL)),
            );
        }
        How::Octal => {
            let digits = n.div_ceil(3);
            let code = bits(bytes, at, n).map(|code| json!(format!("{code:0digits$o}")));
            add(name.to_owned(), code);
        }
        How::Hex => {
            let digits = n.div_ceil(4);
            let code = bits(bytes, at, n).map(|code| json!(format!("{code:0digits$x}")));
            add(name.to_owned(), code);
        }
        How::Text => {
            let part = bytes.get(at / 8..(at + n) / 8);
            add(name.to_owned(), part.map(|part| json!(characters(part))));
        }
        How::SixBit => {
            // A code without a character is a blank, as peers show it; a call sign is not made of such.
            let text = six_bit(bytes, at, n / 6).map(|text| text.replace('?', " "));
            add(name.to_owned(), text.map(Value::from));
        }
        How::Pressure => {
            let above = number(false).map(|tenths| tenths / 10.0);
            add(name.to_owned(), above.map(Value::from));
            add(format!("{name}_mb"), above.map(|mb| json!(800.0 + mb)));
        }
        How::Airspeed => {
            let mach = bits(bytes, at, 1);
            let value = scaled(bytes, at + 1, 15, false);
            add("IM".to_owned(), mach.map(Value::from));
            add(name.to_owned(), bits(bytes, at + 1, 15).map(Value::from));
            if mach == Some(1) {
                add("Mach".to_owned(), value.map(|n| json!(n / 1000.0)));
            } else {
                let knots = value.map(|n| json!(n * 3600.0 / 16_384.0));
                add("IAS_kt".to_owned(), knots);
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a quantity has at most 32 bits")]
fn scaled(bytes: &[u8], at: usize, width: usize, is_signed: bool) -> Option<f64> {
    if is_signed {
        signed(bytes, at, width).map(|value| value as f64)
    } else {
        bits(bytes, at, width).map(|value| value as f64)
    }
}

/// Octets as hexadecimal digits.
pub(super) fn raw(bytes: &[u8]) -> Value {
    json!(hex_digits(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_from_the_most_significant_one() {
        let bytes = [0b1010_0000, 0b0000_0001];
        assert_eq!(bits(&bytes, 0, 3), Some(0b101));
        assert_eq!(bits(&bytes, 15, 1), Some(1));
        assert_eq!(bits(&bytes, 15, 2), None);
        assert_eq!(signed(&bytes, 0, 3), Some(-3));
        assert_eq!(signed(&[0x7f, 0xff], 0, 16), Some(32_767));
        assert_eq!(signed(&[0xff; 8], 0, 64), Some(-1));
    }

    #[test]
    fn six_bit_characters_are_those_of_annex_10() {
        // "AB 19" and a code that no character has.
        let codes: [u64; 8] = [1, 2, 32, 49, 57, 40, 0, 26];
        let packed = codes.iter().fold(0_u64, |sum, code| sum << 6 | code) << 16;
        assert_eq!(
            six_bit(&packed.to_be_bytes(), 0, 8).as_deref(),
            Some("AB 19? Z")
        );
    }

    #[test]
    fn a_field_has_its_unit_in_its_name() {
        let mut to = Map::new();
        let fields = [
            level("FL", 16),
            sq("X", 8, 0.5, "m"),
            octal("Mode3A", 12),
            spare(4),
        ];
        describe(&fields, &[0xff, 0xfc, 0xff, 0xfc, 0x00], &mut to);
        assert_eq!(
            Value::Object(to),
            json!({ "FL": -1.0, "FL_ft": -100.0, "X_m": -0.5, "Mode3A": "7700" })
        );
    }
}
