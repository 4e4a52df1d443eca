//! Resume cursors: the journal position that a client has seen, sealed, for a plain number would tell how much
//! happened that the client may not see.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use oneroof_wire::Cursor;

/// Key of the cursors of an installation. Another key makes old cursors useless, which costs a snapshot.
#[derive(Clone)]
pub struct CursorKey(ChaCha20Poly1305);

impl core::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("CursorKey(..)")
    }
}

impl CursorKey {
    /// A key from 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(ChaCha20Poly1305::new(&Key::from(bytes)))
    }

    /// Seals a position for a rights class, under a nonce made of a counter that never repeats in this process and the
    /// process's own random part.
    pub(crate) fn seal(&self, position: u64, class: &str, nonce: [u8; 12]) -> Cursor {
        let payload = Payload {
            msg: &position.to_le_bytes(),
            aad: class.as_bytes(),
        };
        let sealed = self
            .0
            .encrypt(&Nonce::from(nonce), payload)
            .unwrap_or_default();
        Cursor(hex(nonce.iter().chain(&sealed)))
    }

    /// The position of a cursor that this installation sealed for this class.
    pub(crate) fn open(&self, cursor: &Cursor, class: &str) -> Option<u64> {
        let bytes = unhex(&cursor.0)?;
        let (nonce, sealed) = bytes.split_at_checked(12)?;
        let nonce: [u8; 12] = nonce.try_into().ok()?;
        let payload = Payload {
            msg: sealed,
            aad: class.as_bytes(),
        };
        let plain = self.0.decrypt(&Nonce::from(nonce), payload).ok()?;
        Some(u64::from_le_bytes(plain.try_into().ok()?))
    }
}

fn hex<'a>(bytes: impl Iterator<Item = &'a u8>) -> String {
    use core::fmt::Write as _;
    bytes.fold(String::with_capacity(72), |mut s, b| {
        // Writing to a String does not fail.
        write!(s, "{b:02x}").unwrap_or_default();
        s
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || text.len() % 2 != 0 || text.len() > 256 {
        return None;
    }
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_only_with_its_key_and_class() {
        let key = CursorKey::new([7; 32]);
        let c = key.seal(42, "room", [1; 12]);
        assert_eq!(key.open(&c, "room"), Some(42));
        assert_eq!(key.open(&c, "customs"), None);
        assert_eq!(CursorKey::new([8; 32]).open(&c, "room"), None);
        for bad in ["", "zz", "0", "00", &"ab".repeat(200)] {
            assert_eq!(key.open(&Cursor(bad.into()), "room"), None);
        }
    }
}
