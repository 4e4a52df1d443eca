//! A reply or squitter as it came off the air: its parts and its parity.

/// Bytes of a short frame: 56 bits (ICAO Annex 10 Vol IV, 3.1.2.3.1).
pub(in crate::formats) const SHORT: usize = 7;

/// Bytes of a long frame: 112 bits.
pub(in crate::formats) const LONG: usize = 14;

/// Bytes of parity at the end of each.
const PARITY: usize = 3;

/// Generator polynomial of the parity, without its leading term (Annex 10 Vol IV, 3.1.2.3.3.1.2).
const GENERATOR: u32 = 0x00ff_f409;

/// Remainders of all bytes.
const REMAINDERS: [u32; 256] = remainders();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which would refuse an index out of bounds"
)]
const fn remainders() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte: u32 = 0;
    while byte < 256 {
        let mut value = byte << 16;
        let mut bit = 0;
        while bit < 8 {
            value <<= 1;
            if value & 0x0100_0000 != 0 {
                value ^= 0x0100_0000 | GENERATOR;
            }
            bit += 1;
        }
        table[byte as usize] = value;
        byte += 1;
    }
    table
}

/// The parity of these bytes: the remainder of the division by the generator (Annex 10 Vol IV,
/// 3.1.2.3.3).
pub(super) fn parity(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum: u32, byte| {
        let [_, top, middle, low] = sum.to_be_bytes();
        let next = REMAINDERS.get(usize::from(top ^ byte)).copied();
        next.unwrap_or_default() ^ u32::from_be_bytes([0, middle, low, 0])
    })
}

/// A whole frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// Bits 1 to 32.
    pub head: u32,
    /// Bits 33 to 88 of a long frame (ME, MB, MV, MD); 0 in a short one.
    pub payload: u64,
    /// What is left when the parity of the rest is taken off its last 24 bits: 0 where parity is sent
    /// alone and nothing was damaged, else the address or interrogator overlaid on it.
    pub overlay: u32,
    /// Whether it has 112 bits.
    pub long: bool,
}

/// Why bytes are no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameFault {
    /// Neither 7 nor 14 bytes.
    Length,
    /// Seven bytes of a downlink format that has fourteen.
    Cut,
}

impl Frame {
    /// Reads 7 or 14 bytes. Of a format of 56 bits for which 112 were given, only the first 56 count.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, FrameFault> {
        // The first bit tells the length (Annex 10 Vol IV, 3.1.2.3.1.2).
        let long = bytes.first().is_some_and(|first| first & 0x80 != 0);
        let length = match (bytes.len(), long) {
            (LONG, true) => LONG,
            (SHORT | LONG, false) => SHORT,
            (SHORT, true) => return Err(FrameFault::Cut),
            _ => return Err(FrameFault::Length),
        };
        bytes
            .get(..length)
            .and_then(|whole| whole.split_at_checked(length - PARITY))
            .and_then(|(data, end)| Self::of(data, end))
            .ok_or(FrameFault::Length)
    }

    fn of(data: &[u8], end: &[u8]) -> Option<Self> {
        let (head, payload) = data.split_first_chunk()?;
        Some(Self {
            head: u32::from_be_bytes(*head),
            payload: payload
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
            overlay: parity(data) ^ end.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)),
            long: !payload.is_empty(),
        })
    }

    /// Downlink format (DF, bits 1 to 5); 24 for all from 24 on, which has two bits only.
    pub(super) const fn df(self) -> u8 {
        let [first, ..] = self.head.to_be_bytes();
        let df = first >> 3;
        if df > 24 { 24 } else { df }
    }

    /// `width` bits of the first 32, from bit `first` on, counted from 1; at most 16 bits.
    #[expect(clippy::cast_possible_truncation, reason = "at most sixteen bits")]
    pub(super) const fn head_bits(self, first: u32, width: u32) -> u16 {
        ((self.head >> (33 - first - width)) & ((1 << width) - 1)) as u16
    }

    /// Bits 6 to 8: CA, CF, FS, VS and CC.
    pub(super) const fn third(self) -> u8 {
        let [first, ..] = self.head.to_be_bytes();
        first & 7
    }

    /// Address announced (AA, bits 9 to 32).
    pub(super) const fn announced(self) -> u32 {
        self.head & 0x00ff_ffff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parity_is_the_long_division_bit_by_bit() {
        for seed in 0..200_u32 {
            let first = seed.wrapping_mul(2_654_435_761).to_be_bytes();
            let data = [first, first.map(|byte| byte ^ 0x5a)].concat();
            let mut sum = 0_u32;
            for byte in &data {
                for bit in (0..8).rev() {
                    let carry = (sum >> 23) ^ u32::from(byte >> bit & 1);
                    sum = (sum << 1) & 0x00ff_ffff;
                    if carry & 1 == 1 {
                        sum ^= GENERATOR;
                    }
                }
            }
            assert_eq!(parity(&data), sum);
        }
    }

    #[test]
    fn an_undamaged_squitter_leaves_nothing_and_a_damaged_one_something() {
        // Annex 10 Vol IV, 3.1.2.3.3: the last 24 bits of a squitter are the parity of the others.
        let mut squitter = vec![
            0x8d, 0x48, 0x40, 0xd6, 0x20, 0x2c, 0xc3, 0x71, 0xc3, 0x2c, 0xe0,
        ];
        let sum = parity(&squitter).to_be_bytes();
        squitter.extend_from_slice(&sum[1..]);
        let frame = Frame::read(&squitter).unwrap();
        assert_eq!((frame.df(), frame.announced()), (17, 0x48_40d6));
        assert_eq!(frame.overlay, 0);
        assert_eq!(frame.payload, 0x20_2cc3_71c3_2ce0);
        for at in 0..112 {
            let mut damaged = squitter.clone();
            damaged[at / 8] ^= 1 << (at % 8);
            let still = Frame::read(&damaged).is_ok_and(|frame| frame.overlay == 0 && frame.long);
            assert!(!still, "bit {at}");
        }
    }

    #[test]
    fn a_frame_has_the_length_of_its_format() {
        let zeros = [0_u8; LONG];
        assert!(!Frame::read(&zeros).unwrap().long);
        assert_eq!(Frame::read(&[0x8d; SHORT]), Err(FrameFault::Cut));
        for length in [0, 1, 6, 8, 13, 15] {
            assert_eq!(Frame::read(&vec![0x8d; length]), Err(FrameFault::Length));
        }
    }
}
