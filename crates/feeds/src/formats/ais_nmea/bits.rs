//! The bits of one message: six-bit armour off (IEC 61162-1, six-bit fields), numbers
//! and text out.
//!
//! Nothing is allocated: a buffer of fixed size is filled anew for each message. Numbers are read with one
//! shift out of eight bytes at once.

use core::fmt;

use serde::{Serialize, Serializer};

/// Most bits of one message. ITU-R M.1371-5, Annex 8: five slots hold 1,064 bits; twice that is
/// refused, for only a broken sender makes it.
pub(super) const MAX_BITS: usize = 2_048;

/// Bytes beyond the last bit, so that eight can always be read at once.
const SLACK: usize = 8;

/// Something is no armour, or too much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArmourError {
    /// A character outside `0`-`W` and backtick-`w`.
    Character(u8),
    /// More than [`MAX_BITS`].
    TooLong,
}

/// Value of each character in the armour; 255 = none.
const VALUES: [u8; 256] = {
    let mut table = [255_u8; 256];
    let mut value = 0_u8;
    while value < 64 {
        let sign = if value < 40 { value + 48 } else { value + 56 };
        #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
        {
            table[sign as usize] = value;
        }
        value += 1;
    }
    table
};

/// The bits of one message.
#[derive(Clone)]
pub(super) struct Bits {
    bytes: [u8; MAX_BITS / 8 + SLACK],
    len: usize,
}

impl Bits {
    /// No bits.
    pub(super) const fn new() -> Self {
        Self {
            bytes: [0; MAX_BITS / 8 + SLACK],
            len: 0,
        }
    }

    /// How many bits there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Forgets all bits.
    pub(super) fn clear(&mut self) {
        let used = self.len.div_ceil(8);
        if let Some(used) = self.bytes.get_mut(..used) {
            used.fill(0);
        }
        self.len = 0;
    }

    /// Appends what a sentence carries, without its `fill` bits (0 to 5) at the end.
    pub(super) fn append(&mut self, armour: &[u8], fill: u8) -> Result<(), ArmourError> {
        if self.len + armour.len() * 6 > MAX_BITS {
            return Err(ArmourError::TooLong);
        }
        let (groups, rest) = if self.len.is_multiple_of(8) {
            armour.as_chunks::<4>()
        } else {
            (&[] as &[[u8; 4]], armour)
        };
        let at = self.len / 8;
        let room = self.bytes.get_mut(at..).unwrap_or_default();
        for (group, to) in groups.iter().zip(room.as_chunks_mut::<3>().0) {
            let [first, second, third, fourth] =
                group.map(|sign| VALUES.get(usize::from(sign)).copied().unwrap_or(255));
            if (first | second | third | fourth) > 63 {
                return Err(bad_character(group));
            }
            let word = u32::from(first) << 18
                | u32::from(second) << 12
                | u32::from(third) << 6
                | u32::from(fourth);
            let [_, bytes @ ..] = word.to_be_bytes();
            *to = bytes;
        }
        self.len += groups.len() * 24;
        for sign in rest {
            let value = VALUES.get(usize::from(*sign)).copied().unwrap_or(255);
            if value > 63 {
                return Err(ArmourError::Character(*sign));
            }
            self.push_six(value);
        }
        self.drop_last(usize::from(fill.min(5)));
        Ok(())
    }

    fn push_six(&mut self, value: u8) {
        let (at, shift) = (self.len / 8, self.len % 8);
        let [high, low] = (u16::from(value) << (10 - shift)).to_be_bytes();
        if let Some([a, b]) = self.bytes.get_mut(at..at + 2) {
            *a |= high;
            *b |= low;
        }
        self.len += 6;
    }

    fn drop_last(&mut self, fill: usize) {
        let keep = self.len.saturating_sub(fill);
        for at in keep..self.len {
            if let Some(byte) = self.bytes.get_mut(at / 8) {
                *byte &= !(0x80 >> (at % 8));
            }
        }
        self.len = keep;
    }

    /// `width` bits (1 to 32) from `start` as an unsigned number; bits beyond the end are 0.
    #[inline]
    pub(super) fn u(&self, start: usize, width: usize) -> u32 {
        let word = self
            .bytes
            .get(start / 8..)
            .and_then(|bytes| bytes.first_chunk::<8>())
            .map_or(0, |bytes| u64::from_be_bytes(*bytes));
        let value = (word << (start % 8)) >> (64 - width);
        u32::try_from(value).unwrap_or(u32::MAX)
    }

    /// As [`Self::u`] for fields of at most eight bits.
    #[inline]
    pub(super) fn u8(&self, start: usize, width: usize) -> u8 {
        u8::try_from(self.u(start, width)).unwrap_or(u8::MAX)
    }

    /// As [`Self::u`] for fields of at most sixteen bits.
    #[inline]
    pub(super) fn u16(&self, start: usize, width: usize) -> u16 {
        u16::try_from(self.u(start, width)).unwrap_or(u16::MAX)
    }

    /// `width` bits from `start` as a number in two's complement.
    #[inline]
    pub(super) fn i(&self, start: usize, width: usize) -> i32 {
        let shift = 32 - width;
        self.u(start, width).cast_signed() << shift >> shift
    }

    /// One bit.
    #[inline]
    pub(super) fn flag(&self, at: usize) -> bool {
        self.u(at, 1) == 1
    }

    /// Whether the field ends within the message.
    #[inline]
    pub(super) const fn has(&self, start: usize, width: usize) -> bool {
        start + width <= self.len
    }

    /// A number where the field is there.
    #[inline]
    pub(super) fn opt(&self, start: usize, width: usize) -> Option<u32> {
        self.has(start, width).then(|| self.u(start, width))
    }

    /// Six-bit text of at most `N` characters from `start` (M.1371-5, Annex 8, six-bit ASCII).
    /// It ends at the first `@`; blanks at its end are dropped.
    pub(super) fn text<const N: usize>(&self, start: usize) -> Text<N> {
        let mut text = Text {
            signs: [0; N],
            len: 0,
        };
        let there = self.len.saturating_sub(start) / 6;
        for (i, to) in text.signs.iter_mut().take(there).enumerate() {
            match self.u8(start + 6 * i, 6) {
                0 => break,
                value @ 1..32 => *to = value + 64,
                value => *to = value,
            }
            if *to != b' ' {
                text.len = i + 1;
            }
        }
        text
    }

    /// Hexadecimal digits of the bits from `start` to the end, the last one filled with 0.
    pub(super) fn hex(&self, start: usize) -> String {
        (start..self.len)
            .step_by(4)
            .map(|at| char::from_digit(self.u(at, 4), 16).unwrap_or('0'))
            .collect()
    }
}

#[cold]
fn bad_character(group: &[u8]) -> ArmourError {
    let known = |sign: &&u8| {
        VALUES
            .get(usize::from(**sign))
            .is_none_or(|value| *value > 63)
    };
    ArmourError::Character(group.iter().find(known).copied().unwrap_or(0))
}

/// Text of at most `N` ASCII characters, held in place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Text<const N: usize> {
    signs: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    /// The text.
    pub(super) fn as_str(&self) -> &str {
        self.signs
            .get(..self.len)
            .and_then(|text| core::str::from_utf8(text).ok())
            .unwrap_or_default()
    }

    /// The text without blanks around it, where there is any.
    pub(super) fn filled(&self) -> Option<&str> {
        Some(self.as_str().trim()).filter(|text| !text.is_empty())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> Serialize for Text<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
pub(super) mod encode {
    //! The other way round, for fixtures and tests.

    /// Bits in the making.
    #[derive(Default)]
    pub(in crate::formats::ais_nmea) struct Writer(pub Vec<bool>);

    impl Writer {
        /// Appends a number of `width` bits.
        pub(in crate::formats::ais_nmea) fn u(mut self, width: usize, value: u64) -> Self {
            self.0
                .extend((0..width).rev().map(|bit| value >> bit & 1 == 1));
            self
        }

        /// Appends text filled with `@`.
        pub(in crate::formats::ais_nmea) fn text(mut self, signs: usize, text: &str) -> Self {
            for i in 0..signs {
                let sign = text.as_bytes().get(i).copied().unwrap_or(b'@');
                self = self.u(6, u64::from(if sign >= 64 { sign - 64 } else { sign }));
            }
            self
        }

        /// The armour and its number of fill bits.
        pub(in crate::formats::ais_nmea) fn armour(&self) -> (String, u8) {
            let text = self
                .0
                .chunks(6)
                .map(|six| {
                    let bits = six.iter().chain([&false; 6]).take(6);
                    let value = bits.fold(0_u8, |value, bit| value << 1 | u8::from(*bit));
                    char::from(if value < 40 { value + 48 } else { value + 56 })
                })
                .collect();
            (
                text,
                u8::try_from(self.0.len().next_multiple_of(6) - self.0.len()).unwrap(),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::encode::Writer;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back_wherever_they_stand(
            fields in prop::collection::vec((1_usize..=32, any::<u32>()), 1..40),
            cut in 0_usize..60,
        ) {
            let mut writer = Writer::default();
            for (width, value) in &fields {
                writer = writer.u(*width, u64::from(*value));
            }
            let (armour, fill) = writer.armour();
            let (first, second) = armour.as_bytes().split_at(cut.min(armour.len()));
            let mut bits = Bits::new();
            bits.append(b"wwww", 0).unwrap();
            bits.clear();
            bits.append(first, 0).unwrap();
            bits.append(second, fill).unwrap();
            prop_assert_eq!(bits.len(), writer.0.len());
            let mut at = 0;
            for (width, value) in fields {
                let mask = u32::MAX >> (32 - width);
                prop_assert_eq!(bits.u(at, width), value & mask);
                let signed = bits.i(at, width);
                prop_assert_eq!(signed.cast_unsigned() & mask, value & mask);
                at += width;
            }
        }
    }

    #[test]
    fn every_sign_outside_the_armour_is_named() {
        let mut bits = Bits::new();
        for sign in [b'/', b'X', b'_', b'x', b' ', 0, 255] {
            bits.clear();
            assert_eq!(
                bits.append(&[b'0', sign, b'0', b'0'], 0),
                Err(ArmourError::Character(sign))
            );
            bits.clear();
            assert_eq!(bits.append(&[sign], 0), Err(ArmourError::Character(sign)));
        }
    }

    #[test]
    fn text_ends_at_the_first_at_sign_and_loses_blanks_behind() {
        let (armour, fill) = Writer::default().text(8, "AB 1  @Z").armour();
        let mut bits = Bits::new();
        bits.append(armour.as_bytes(), fill).unwrap();
        assert_eq!(bits.text::<8>(0).as_str(), "AB 1");
        assert_eq!(bits.text::<3>(0).as_str(), "AB");
    }

    #[test]
    fn too_much_armour_is_refused() {
        let mut bits = Bits::new();
        assert_eq!(
            bits.append(&[b'0'; MAX_BITS / 6 + 1], 0),
            Err(ArmourError::TooLong)
        );
    }
}
