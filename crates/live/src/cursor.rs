//! Resume cursors: the place in the stream up to which a client has seen, sealed, for a plain number would tell how much
//! happened that the client may not see.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use oneroof_wire::Cursor;

use crate::projection::Mark;

/// Most signs of a cursor that is looked at.
const MAX_SIGNS: usize = 256;

/// Key of the cursors of an installation. Another key makes old cursors useless, which costs a snapshot.
#[derive(Clone)]
pub struct CursorKey(ChaCha20Poly1305);

impl core::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("CursorKey(..)")
    }
}

/// What is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Which process gave it: positions of one process say nothing in the next.
    pub epoch: u64,
    /// Where.
    pub mark: Mark,
}

impl Seen {
    fn to_bytes(self) -> [u8; 32] {
        let Mark {
            position,
            state,
            feeds,
        } = self.mark;
        let mut out = [0; 32];
        let (words, _) = out.as_chunks_mut::<8>();
        for (to, from) in words.iter_mut().zip([self.epoch, position, state, feeds]) {
            *to = from.to_le_bytes();
        }
        out
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.as_chunks::<8>();
        let [epoch, position, state, feeds] = *words else {
            return None;
        };
        rest.is_empty().then(|| Self {
            epoch: u64::from_le_bytes(epoch),
            mark: Mark {
                position: u64::from_le_bytes(position),
                state: u64::from_le_bytes(state),
                feeds: u64::from_le_bytes(feeds),
            },
        })
    }
}

impl CursorKey {
    /// A key from 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(ChaCha20Poly1305::new(&Key::from(bytes)))
    }

    /// Seals a place for a rights class, under a nonce made of a counter that never repeats in this process and the
    /// process's own random part.
    pub(crate) fn seal(&self, seen: Seen, class: &str, nonce: [u8; 12]) -> Cursor {
        let payload = Payload {
            msg: &seen.to_bytes(),
            aad: class.as_bytes(),
        };
        let sealed = self
            .0
            .encrypt(&Nonce::from(nonce), payload)
            .unwrap_or_default();
        Cursor(hex(nonce.iter().chain(&sealed)))
    }

    /// The place of a cursor that this installation sealed for this class.
    pub(crate) fn open(&self, cursor: &Cursor, class: &str) -> Option<Seen> {
        let bytes = unhex(&cursor.0)?;
        let (nonce, sealed) = bytes.split_at_checked(12)?;
        let nonce: [u8; 12] = nonce.try_into().ok()?;
        let payload = Payload {
            msg: sealed,
            aad: class.as_bytes(),
        };
        Seen::of(&self.0.decrypt(&Nonce::from(nonce), payload).ok()?)
    }
}

fn hex<'a>(bytes: impl Iterator<Item = &'a u8>) -> String {
    let digit = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('0');
    let mut out = String::with_capacity(2 * (12 + 32 + 16));
    for b in bytes {
        out.extend([digit(b >> 4), digit(b & 15)]);
    }
    out
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || text.len() > MAX_SIGNS {
        return None;
    }
    let digit = |b: u8| {
        char::from(b)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let (pairs, _) = text.as_bytes().as_chunks::<2>();
    pairs
        .iter()
        .map(|[a, b]| Some(digit(*a)? << 4 | digit(*b)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: Seen = Seen {
        epoch: u64::MAX,
        mark: Mark {
            position: 42,
            state: 0x0123_4567_89ab_cdef,
            feeds: 7,
        },
    };

    #[test]
    fn a_cursor_opens_only_with_its_key_and_class() {
        let key = CursorKey::new([7; 32]);
        let c = key.seal(SEEN, "room", [1; 12]);
        assert_eq!(key.open(&c, "room"), Some(SEEN));
        assert_eq!(key.open(&c, "customs"), None);
        assert_eq!(CursorKey::new([8; 32]).open(&c, "room"), None);
        for bad in ["", "zz", "0", "00", "\u{457}", "+1", &"ab".repeat(200)] {
            assert_eq!(key.open(&Cursor(bad.into()), "room"), None);
        }
    }

    #[test]
    fn a_cursor_changed_in_any_sign_does_not_open() {
        let key = CursorKey::new([7; 32]);
        let c = key.seal(SEEN, "room", [1; 12]).0;
        assert!(c.len() <= MAX_SIGNS);
        for at in 0..c.len() {
            let mut other = c.clone().into_bytes();
            other[at] = if other[at] == b'0' { b'1' } else { b'0' };
            let other = Cursor(String::from_utf8(other).unwrap());
            assert_eq!(key.open(&other, "room"), None, "sign {at}");
        }
    }

    #[test]
    fn two_cursors_of_one_place_have_nothing_in_common() {
        let key = CursorKey::new([7; 32]);
        let (a, b) = (
            key.seal(SEEN, "room", [1; 12]).0,
            key.seal(SEEN, "room", [2; 12]).0,
        );
        let sealed = |c: &str| c.as_bytes()[24..40].to_vec();
        assert_ne!(sealed(&a), sealed(&b));
        assert_eq!(a.len(), b.len(), "its length tells nothing");
    }
}
