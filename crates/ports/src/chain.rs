//! The chain of the journal's headers, the same in every adapter, so that a journal can be moved between them and
//! checked by another program.
//!
//! All numbers are big-endian; all hashes are SHA-256.
//!
//! - digest of a payload = hash of `"oneroof.payload.1"`, salt (16 random bytes), payload (JSON of the entry's body);
//! - hash of a header = hash of `"oneroof.header.1"`, seq (8 bytes), time in microseconds since 1970 (8),
//!   version (2), length of the kind (2), kind, digest (32), hash of the header before (32; zeros for the first).
//!
//! The salt lies with the payload and goes with it, so that what is left after an erasure cannot be guessed at.

use oneroof_model::{Entry, EntryBody, Time};
use sha2::{Digest as _, Sha256};

use crate::StoreError;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Hash before the first header.
pub const GENESIS: Hash = [0; 32];

/// Length of a salt in bytes.
pub const SALT_BYTES: usize = 16;

/// What a header says, without its own hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header<'a> {
    /// Place in the journal, from 1.
    pub seq: u64,
    /// When the room decided it.
    pub at: Time,
    /// Version of the body.
    pub v: u16,
    /// Kind of the entry.
    pub kind: &'a str,
    /// Digest of the payload.
    pub digest: Hash,
    /// Hash of the header before.
    pub prev: Hash,
}

impl Header<'_> {
    /// Hash of this header.
    pub fn hash(&self) -> Hash {
        let kind_bytes = u16::try_from(self.kind.len()).unwrap_or(u16::MAX);
        let mut h = Sha256::new();
        h.update(b"oneroof.header.1");
        h.update(self.seq.to_be_bytes());
        h.update(self.at.as_micros().to_be_bytes());
        h.update(self.v.to_be_bytes());
        h.update(kind_bytes.to_be_bytes());
        h.update(self.kind.as_bytes());
        h.update(self.digest);
        h.update(self.prev);
        h.finalize().into()
    }
}

/// Digest of a payload under its salt.
pub fn payload_digest(salt: &[u8], payload: &[u8]) -> Hash {
    let mut h = Sha256::new();
    h.update(b"oneroof.payload.1");
    h.update(salt);
    h.update(payload);
    h.finalize().into()
}

/// A hash as 64 hexadecimal digits.
pub fn hex(hash: &[u8]) -> String {
    use core::fmt::Write as _;
    let mut text = String::with_capacity(hash.len() * 2);
    for byte in hash {
        // Writing to a String cannot fail.
        if write!(text, "{byte:02x}").is_err() {
            break;
        }
    }
    text
}

/// An entry in its stored form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Version of the body.
    pub v: u16,
    /// Kind.
    pub kind: String,
    /// JSON of the body.
    pub payload: Vec<u8>,
}

/// The stored form of an entry.
///
/// # Errors
/// [`StoreError::Failed`] where a body has no JSON form; none of ours has such.
pub fn encode(body: &EntryBody) -> Result<Encoded, StoreError> {
    let entry = body
        .to_entry()
        .map_err(|e| StoreError::Failed(e.to_string()))?;
    let payload = serde_json::to_vec(&entry.body).map_err(|e| StoreError::Failed(e.to_string()))?;
    Ok(Encoded {
        v: entry.v,
        kind: entry.kind,
        payload,
    })
}

/// An entry from its stored form.
///
/// # Errors
/// [`StoreError::Damaged`] with the place given, where the payload is no JSON or does not fit its kind.
pub fn decode(seq: u64, v: u16, kind: &str, payload: &[u8]) -> Result<EntryBody, StoreError> {
    let damaged = |detail: String| StoreError::Damaged {
        place: format!("journal entry {seq}"),
        detail,
    };
    let body = serde_json::from_slice(payload).map_err(|e| damaged(e.to_string()))?;
    EntryBody::from_entry(Entry {
        v,
        kind: kind.to_owned(),
        body,
    })
    .map_err(|e| damaged(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written once with another program (`printf ... | sha256sum`); a change here breaks every journal there is.
    #[test]
    fn the_hashes_are_those_of_the_description() {
        let digest = payload_digest(&[1; SALT_BYTES], b"{}");
        assert_eq!(hex(&digest), DIGEST);
        let header = Header {
            seq: 1,
            at: Time::from_micros(2),
            v: 1,
            kind: "erased",
            digest,
            prev: GENESIS,
        };
        assert_eq!(hex(&header.hash()), HASH);
    }

    const DIGEST: &str = "7b4f80bd25c52a13ef00b398525021d5f2989ad0b80212dd8ed8139a18f47c63";
    const HASH: &str = "b33908a3779e1684e4e8c7e0665e350f5a530be93e526da8866a99fc98796184";

    #[test]
    fn a_body_survives_its_stored_form() {
        let body = EntryBody::EventsArchived { events: vec![] };
        let e = encode(&body).unwrap();
        assert_eq!(decode(1, e.v, &e.kind, &e.payload).unwrap(), body);
        let wrong = decode(7, e.v, "erased", &e.payload).unwrap_err();
        assert!(wrong.to_string().contains("journal entry 7"), "{wrong}");
    }
}
