//! The wire format of protocol buffers, as far as TAK uses it: fields of a number and one of four wire types.
//! <https://protobuf.dev/programming-guides/encoding>
//!
//! By hand and not by `prost`: nine small messages, of which unknown fields have to be told and not passed over.

use super::Fault;

/// Bytes of the longest varint: 64 bits in groups of seven.
const MAX_VARINT: usize = 10;

/// The value of a field as it lies on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    Fixed64([u8; 8]),
    /// Wire type 2: a text or a message.
    Bytes(&'a [u8]),
    /// Wire type 5.
    Fixed32([u8; 4]),
}

/// Why bytes could not be read on: they are wrong, or there are too few of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// More bytes are needed.
    Short,
    /// No protocol buffer.
    Wrong,
}

/// Reads a varint; its value and how many bytes it took.
pub(super) fn varint(bytes: &[u8]) -> Result<(u64, usize), Stop> {
    let mut value = 0_u64;
    for (i, byte) in bytes.iter().take(MAX_VARINT).enumerate() {
        let bits = u64::from(byte & 0x7f);
        // The tenth byte has room for the last bit only.
        if i + 1 == MAX_VARINT && *byte > 1 {
            return Err(Stop::Wrong);
        }
        value |= bits << (7 * i);
        if byte & 0x80 == 0 {
            return Ok((value, i + 1));
        }
    }
    Err(if bytes.len() < MAX_VARINT {
        Stop::Short
    } else {
        Stop::Wrong
    })
}

/// Reads one field: its number, its value, how many bytes it took.
pub(super) fn field(bytes: &[u8]) -> Result<(u32, Value<'_>, usize), Stop> {
    let (tag, head) = varint(bytes)?;
    // Field numbers have 29 bits; 0 is none.
    let number = u32::try_from(tag >> 3)
        .ok()
        .filter(|n| (1..1 << 29).contains(n))
        .ok_or(Stop::Wrong)?;
    let rest = bytes.get(head..).unwrap_or_default();
    let (value, len) = match tag & 7 {
        0 => varint(rest).map(|(value, len)| (Value::Varint(value), len))?,
        1 => rest
            .first_chunk()
            .map(|b| (Value::Fixed64(*b), 8))
            .ok_or(Stop::Short)?,
        2 => {
            let (len, size) = varint(rest)?;
            let len = usize::try_from(len).map_err(|_too_large| Stop::Wrong)?;
            let end = size.checked_add(len).ok_or(Stop::Wrong)?;
            (Value::Bytes(rest.get(size..end).ok_or(Stop::Short)?), end)
        }
        5 => rest
            .first_chunk()
            .map(|b| (Value::Fixed32(*b), 4))
            .ok_or(Stop::Short)?,
        _ => return Err(Stop::Wrong),
    };
    Ok((number, value, head + len))
}

/// The fields of one message, read to its end.
pub(super) struct Fields<'a> {
    /// What the message is called, for reasons.
    name: &'static str,
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) const fn new(name: &'static str, bytes: &'a [u8]) -> Self {
        Self { name, rest: bytes }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Value<'a>), Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match field(self.rest) {
            Ok((number, value, len)) => {
                self.rest = self.rest.get(len..).unwrap_or_default();
                Some(Ok((number, value)))
            }
            Err(stop) => {
                self.rest = &[];
                let what = match stop {
                    Stop::Short => "ends within a field",
                    Stop::Wrong => "holds what is no field",
                };
                Some(Err(Fault::new(
                    "bad_proto",
                    format!("{} {what}", self.name),
                )))
            }
        }
    }
}

impl<'a> Value<'a> {
    /// A text, as `string` fields hold it.
    pub(super) fn text(self, name: &str) -> Result<&'a str, Fault> {
        let Value::Bytes(bytes) = self else {
            return Err(wrong_type(name));
        };
        core::str::from_utf8(bytes)
            .map_err(|e| Fault::new("encoding", format!("{name} is no UTF-8: {e}")))
    }

    /// A message within.
    pub(super) fn message(self, name: &str) -> Result<&'a [u8], Fault> {
        match self {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(wrong_type(name)),
        }
    }

    /// A number of type `uint32` or `uint64`.
    pub(super) fn number(self, name: &str) -> Result<u64, Fault> {
        match self {
            Value::Varint(number) => Ok(number),
            _ => Err(wrong_type(name)),
        }
    }

    /// A number of type `double`.
    pub(super) fn double(self, name: &str) -> Result<f64, Fault> {
        match self {
            Value::Fixed64(bytes) => Ok(f64::from_le_bytes(bytes)),
            _ => Err(wrong_type(name)),
        }
    }
}

fn wrong_type(name: &str) -> Fault {
    Fault::new("bad_proto", format!("{name} is of another wire type"))
}

/// Appends a varint.
pub(super) fn write_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(0x80 | value.to_le_bytes()[0]);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Appends a number; a 0 is left out, as proto3 does.
pub(super) fn write_number(number: u32, value: u64, out: &mut Vec<u8>) {
    if value != 0 {
        write_varint(u64::from(number) << 3, out);
        write_varint(value, out);
    }
}

/// Appends a double; a 0 is left out.
pub(super) fn write_double(number: u32, value: f64, out: &mut Vec<u8>) {
    if value != 0.0 {
        write_varint(u64::from(number) << 3 | 1, out);
        out.extend_from_slice(&value.to_le_bytes());
    }
}

/// Appends a text; an empty one is left out.
pub(super) fn write_text(number: u32, text: &str, out: &mut Vec<u8>) {
    if !text.is_empty() {
        write_message(number, text.as_bytes(), out);
    }
}

/// Appends a message, also an empty one.
pub(super) fn write_message(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    write_varint(u64::from(number) << 3 | 2, out);
    write_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_encoding_guide_are_read() {
        // "150 in field 1" and "testing in field 2" of the guide.
        assert_eq!(field(&[0x08, 0x96, 0x01]), Ok((1, Value::Varint(150), 3)));
        let testing = [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67];
        assert_eq!(field(&testing), Ok((2, Value::Bytes(b"testing"), 9)));
    }

    #[test]
    fn what_is_no_field_is_told_from_what_is_not_yet_one() {
        assert_eq!(field(&[0x08]), Err(Stop::Short));
        assert_eq!(field(&[0x12, 0x07, 0x74]), Err(Stop::Short));
        assert_eq!(field(&[0x09, 1, 2]), Err(Stop::Short));
        assert_eq!(field(&[0x00, 0x00]), Err(Stop::Wrong), "field number 0");
        assert_eq!(field(&[0x0b]), Err(Stop::Wrong), "a group");
        assert_eq!(field(&[0xbf, 0x01]), Err(Stop::Wrong), "wire type 7");
        assert_eq!(varint(&[0xff; 10]), Err(Stop::Wrong), "more than 64 bits");
        assert_eq!(varint(&[0x80; 9]), Err(Stop::Short));
        let max = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(varint(&max), Ok((u64::MAX, 10)));
        let huge = [
            0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
        ];
        assert_eq!(field(&huge), Err(Stop::Wrong), "a length beyond any memory");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in any::<u64>(), number in 1_u32..(1 << 29), text in ".{0,40}") {
            let mut out = Vec::new();
            write_varint(value, &mut out);
            prop_assert_eq!(varint(&out), Ok((value, out.len())));
            out.clear();
            write_message(number, text.as_bytes(), &mut out);
            prop_assert_eq!(field(&out), Ok((number, Value::Bytes(text.as_bytes()), out.len())));
        }
    }
}
