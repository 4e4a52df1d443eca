//! Bits of a field of 56, counted from 1 at the most significant, as the standards count them.

/// `width` bits from bit `first` on.
pub(super) const fn bits(field: u64, first: u32, width: u32) -> u64 {
    (field >> (57 - first - width)) & ((1 << width) - 1)
}

/// Bit `n`.
pub(super) const fn flag(field: u64, n: u32) -> bool {
    bits(field, n, 1) == 1
}

/// Up to eight bits.
#[expect(clippy::cast_possible_truncation, reason = "at most eight bits")]
pub(super) const fn small(field: u64, first: u32, width: u32) -> u8 {
    bits(field, first, width) as u8
}

/// Up to sixteen bits.
#[expect(clippy::cast_possible_truncation, reason = "at most sixteen bits")]
pub(super) const fn number(field: u64, first: u32, width: u32) -> u16 {
    bits(field, first, width) as u16
}

/// Up to 31 bits.
#[expect(clippy::cast_possible_truncation, reason = "at most 31 bits")]
pub(super) const fn wide(field: u64, first: u32, width: u32) -> u32 {
    bits(field, first, width) as u32
}

/// `width` bits as a number in two's complement.
#[expect(clippy::cast_possible_truncation, reason = "at most sixteen bits")]
pub(super) const fn signed(field: u64, first: u32, width: u32) -> i32 {
    let value = bits(field, first, width) as i32;
    if value >= 1 << (width - 1) {
        value - (1 << width)
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_from_one_at_the_left() {
        let field = 0x80_0000_0000_0003;
        assert!(flag(field, 1) && !flag(field, 2) && flag(field, 56));
        assert_eq!(small(field, 1, 8), 0x80);
        assert_eq!(wide(field, 33, 24), 3);
        assert_eq!(signed(field, 1, 8), -128);
        assert_eq!(signed(field, 49, 8), 3);
    }
}
