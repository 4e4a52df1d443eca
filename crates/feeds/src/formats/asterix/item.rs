//! Shapes of items: how long one is, and its fields by name.
//!
//! EUROCONTROL-SPEC-0149 (ASTERIX Part 1), 5.2 (data items) and 5.3.7 (kinds of length).

use serde_json::{Map, Value};

use super::field::{self, Field};
use super::registers;

/// What keeps octets from being a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Stable code.
    pub code: &'static str,
    /// What exactly.
    pub detail: String,
}

impl Fault {
    pub(super) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    fn truncated() -> Self {
        Self::new("truncated", "the item goes beyond the end of the block")
    }
}

/// The shape of an item or of a part of a compound one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    /// Always the same length.
    Fixed(&'static [Field]),
    /// Octets of which each says by its last bit whether another follows.
    Extended(&'static [Field]),
    /// An octet with a number, then as many times the fields.
    Repeated(&'static [Field]),
    /// The fields again and again, with an extension bit behind each time.
    Chained(&'static [Field]),
    /// An octet with the length (itself included), then what the specification leaves to others.
    Explicit,
    /// Parts, and before them a bit for each that says whether it is there.
    Compound(&'static [Part]),
    /// An octet with a number, then as many Mode S registers of 7 octets, each with its number behind.
    Registers,
    /// An ACAS resolution advisory: register 3,0 without its number behind. 7 octets.
    Advisory,
    /// No such item.
    Unused,
}

/// A part of a compound item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    name: &'static str,
    shape: Shape,
}

/// A part with its name.
pub(super) const fn sub(name: &'static str, shape: Shape) -> Part {
    Part { name, shape }
}

/// A bit to which no part belongs.
pub(super) const UNUSED: Part = sub("", Shape::Unused);

/// An item of a category.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Item {
    /// Its number (`040`, `RE`).
    pub number: &'static str,
    /// Its title in the specification.
    pub title: &'static str,
    /// Its shape.
    pub shape: Shape,
}

impl Item {
    /// A bit of the field specification to which no item belongs.
    pub(super) const UNUSED: Self = item("", "", Shape::Unused);
}

/// An item.
pub(super) const fn item(number: &'static str, title: &'static str, shape: Shape) -> Item {
    Item {
        number,
        title,
        shape,
    }
}

/// The octets of which each has a 1 as its last bit, and the one after them; how many there are.
pub(super) fn chained_octets(bytes: &[u8]) -> Result<usize, Fault> {
    bytes
        .iter()
        .position(|octet| octet & 1 == 0)
        .map(|last| last + 1)
        .ok_or_else(Fault::truncated)
}

/// The numbers (from 0) of the bits that are set in octets whose last bit is the extension.
pub(super) fn present(octets: &[u8]) -> impl Iterator<Item = usize> + '_ {
    octets.iter().enumerate().flat_map(|(nth, octet)| {
        (0..7)
            .filter(move |bit| octet >> (7 - bit) & 1 == 1)
            .map(move |bit| nth * 7 + bit)
    })
}

impl Shape {
    /// How many of the octets belong to it, which stand at the beginning of `bytes`.
    pub(super) fn length(self, bytes: &[u8]) -> Result<usize, Fault> {
        let first = || bytes.first().copied().map(usize::from);
        let length = match self {
            Self::Fixed(fields) => Some(field::octets(fields)),
            Self::Extended(_) => Some(chained_octets(bytes)?),
            Self::Repeated(fields) => first().map(|times| 1 + times * field::octets(fields)),
            Self::Chained(fields) => Some(chained(fields, bytes)?),
            Self::Explicit => {
                let length = first();
                if length == Some(0) {
                    return Err(Fault::new("bad_length", "an explicit length of 0"));
                }
                length
            }
            Self::Compound(parts) => Some(Self::compound_length(parts, bytes)?),
            Self::Registers => first().map(|times| 1 + times * registers::OCTETS),
            Self::Advisory => Some(registers::OCTETS - 1),
            Self::Unused => {
                return Err(Fault::new(
                    "unknown_item",
                    "an item that the edition does not have",
                ));
            }
        };
        length
            .filter(|length| *length <= bytes.len())
            .ok_or_else(Fault::truncated)
    }

    fn compound_length(parts: &'static [Part], bytes: &[u8]) -> Result<usize, Fault> {
        let mut taken = chained_octets(bytes)?;
        for number in present(bytes.get(..taken).unwrap_or_default()) {
            let shape = parts.get(number).map_or(Self::Unused, |part| part.shape);
            taken += shape.length(bytes.get(taken..).unwrap_or_default())?;
        }
        Ok(taken)
    }

    /// The octets of part `number` (from 0) of a compound item.
    pub(super) fn part(self, number: usize, bytes: &[u8]) -> Option<&[u8]> {
        let Self::Compound(parts) = self else {
            return None;
        };
        each_part(parts, bytes)
            .find(|(at, _, _)| *at == number)
            .map(|(_, _, octets)| octets)
    }

    /// The fields of an item by name: an object, or a list of objects where it repeats.
    pub(super) fn describe(self, bytes: &[u8]) -> Value {
        let object = |fields: &[Field], bytes: &[u8]| {
            let mut to = Map::new();
            field::describe(fields, bytes, &mut to);
            Value::Object(to)
        };
        match self {
            Self::Fixed(fields) => object(fields, bytes),
            Self::Extended(fields) => {
                let mut to = Map::new();
                let read = field::describe(fields, bytes, &mut to) / 8;
                // Extents of an edition to come.
                if let Some(rest @ [_, ..]) = bytes.get(read..) {
                    to.insert("extents_hex".to_owned(), field::raw(rest));
                }
                Value::Object(to)
            }
            Self::Repeated(fields) => repeats(bytes, field::octets(fields))
                .map(|each| object(fields, each))
                .collect(),
            Self::Chained(fields) => bytes
                .chunks(chain(fields))
                .map(|each| object(fields, each))
                .collect(),
            Self::Explicit => {
                let content = bytes.get(1..).unwrap_or_default();
                Value::Object(Map::from_iter([("hex".to_owned(), field::raw(content))]))
            }
            Self::Compound(parts) => {
                let all = each_part(parts, bytes);
                all.map(|(_, part, octets)| (part.name.to_owned(), part.shape.describe(octets)))
                    .collect::<Map<_, _>>()
                    .into()
            }
            Self::Registers => repeats(bytes, registers::OCTETS)
                .map(registers::describe)
                .collect(),
            Self::Advisory => registers::advisory(bytes),
            Self::Unused => Value::Null,
        }
    }
}

/// Octets of one link of a chain: the fields and the extension bit.
fn chain(fields: &[Field]) -> usize {
    (field::width(fields) + 1).div_ceil(8)
}

/// Length of a chain.
fn chained(fields: &[Field], bytes: &[u8]) -> Result<usize, Fault> {
    let link = chain(fields);
    let last = bytes
        .chunks_exact(link)
        .position(|octets| octets.last().is_some_and(|octet| octet & 1 == 0));
    last.map(|last| (last + 1) * link)
        .ok_or_else(Fault::truncated)
}

/// What is repeated, behind the octet that counts it.
fn repeats(bytes: &[u8], octets: usize) -> impl Iterator<Item = &[u8]> {
    bytes
        .get(1..)
        .unwrap_or_default()
        .chunks_exact(octets.max(1))
}

/// The parts of a compound item that are there, with their numbers and octets.
fn each_part<'a>(
    parts: &'static [Part],
    bytes: &'a [u8],
) -> impl Iterator<Item = (usize, &'static Part, &'a [u8])> {
    let head = chained_octets(bytes).unwrap_or(0);
    let mut taken = head;
    present(bytes.get(..head).unwrap_or_default()).map_while(move |number| {
        let part = parts.get(number)?;
        let rest = bytes.get(taken..)?;
        let length = part.shape.length(rest).ok()?;
        taken += length;
        Some((number, part, rest.get(..length)?))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::field::{FX, spare, u};
    use super::*;

    const EXTENDED: Shape = Shape::Extended(&[u("A", 7), FX, u("B", 3), spare(4), FX]);
    const COMPOUND: Shape = Shape::Compound(&[
        sub("ONE", Shape::Fixed(&[u("ONE", 8)])),
        UNUSED,
        sub("MANY", Shape::Repeated(&[u("M", 16)])),
    ]);

    #[test]
    fn an_extended_item_ends_where_its_bit_says() {
        assert_eq!(EXTENDED.length(&[0x02, 0xff]), Ok(1));
        assert_eq!(EXTENDED.length(&[0x03, 0x20]), Ok(2));
        assert_eq!(EXTENDED.length(&[0x03]).unwrap_err().code, "truncated");
        assert_eq!(EXTENDED.describe(&[0x02]), json!({ "A": 1 }));
        assert_eq!(
            EXTENDED.describe(&[0x03, 0x21, 0x42]),
            json!({ "A": 1, "B": 1, "extents_hex": "42" })
        );
    }

    #[test]
    fn a_compound_item_has_the_parts_that_its_bits_say() {
        let bytes = [0b1010_0000, 9, 2, 0, 1, 0, 2];
        assert_eq!(COMPOUND.length(&bytes), Ok(7));
        assert_eq!(
            COMPOUND.describe(&bytes),
            json!({ "ONE": { "ONE": 9 }, "MANY": [{ "M": 1 }, { "M": 2 }] })
        );
        assert_eq!(COMPOUND.part(2, &bytes), Some(&bytes[2..]));
        assert_eq!(COMPOUND.part(1, &bytes), None);
        assert_eq!(
            COMPOUND.length(&[0b0100_0000, 9]).unwrap_err().code,
            "unknown_item"
        );
        assert_eq!(COMPOUND.length(&bytes[..6]).unwrap_err().code, "truncated");
    }

    #[test]
    fn a_chain_of_three_octets_looks_at_every_third_bit() {
        const FIELDS: &[Field] = &[u("SDPSUID", 8), u("STN", 15)];
        let chain = Shape::Chained(FIELDS);
        let bytes = [1, 0, 5, 2, 1, 4];
        assert_eq!(chain.length(&bytes), Ok(6));
        assert_eq!(
            chain.describe(&bytes),
            json!([{ "SDPSUID": 1, "STN": 2 }, { "SDPSUID": 2, "STN": 130 }])
        );
    }

    #[test]
    fn an_explicit_length_of_nothing_is_a_fault() {
        assert_eq!(Shape::Explicit.length(&[0]).unwrap_err().code, "bad_length");
        assert_eq!(Shape::Explicit.length(&[3, 1, 2, 3]), Ok(3));
        assert_eq!(
            Shape::Explicit.describe(&[3, 1, 0xfe]),
            json!({ "hex": "01fe" })
        );
    }
}
