//! A payload on its way to the disk and back: salted, perhaps deflated, perhaps encrypted.

use std::io::{Read as _, Write as _};

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload as Sealed};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use oneroof_model::{EntryBody, ReportId, Time};
use oneroof_ports::chain::{self, Hash, SALT_BYTES};
use oneroof_ports::{NewEntry, StoreError};

/// Key of one payload.
pub(crate) type Key = [u8; 32];

/// Payloads below this are not deflated.
const DEFLATE_FROM_BYTES: usize = 512;
/// No payload is larger than this when read back, whatever the file says.
const MAX_PAYLOAD_BYTES: u64 = 256_000_000;
const NONCE_BYTES: usize = 12;

/// An entry made ready on the caller's thread, so that the writer only writes.
pub(crate) struct Ready {
    pub(crate) at: Time,
    pub(crate) v: u16,
    pub(crate) kind: String,
    pub(crate) digest: Hash,
    pub(crate) report: Option<ReportId>,
    pub(crate) personal: bool,
    pub(crate) salt: [u8; SALT_BYTES],
    pub(crate) encoding: i64,
    pub(crate) body: Vec<u8>,
}

impl Ready {
    pub(crate) fn new(entry: &NewEntry) -> Result<Self, StoreError> {
        let encoded = chain::encode(&entry.body)?;
        let salt = crate::keys::random()?;
        let digest = chain::payload_digest(&salt, &encoded.payload);
        let (encoding, body) = deflate(encoded.payload)?;
        Ok(Self {
            at: entry.at,
            v: encoded.v,
            kind: encoded.kind,
            digest,
            report: entry.body.carries(),
            // What orders an erasure must stay readable: the check of the chain rests on it.
            personal: entry.personal && !matches!(entry.body, EntryBody::Erased { .. }),
            salt,
            encoding,
            body,
        })
    }

    /// The body under a key: nonce, then salt and body sealed to the entry's place in the journal.
    pub(crate) fn seal(&self, key: &Key, seq: u64) -> Result<Vec<u8>, StoreError> {
        let nonce: [u8; NONCE_BYTES] = crate::keys::random()?;
        let mut open = self.salt.to_vec();
        open.extend_from_slice(&self.body);
        let sealed = ChaCha20Poly1305::new(key.into())
            .encrypt(
                Nonce::from_slice(&nonce),
                Sealed {
                    msg: &open,
                    aad: &seq.to_be_bytes(),
                },
            )
            .map_err(|e| StoreError::Failed(format!("encryption: {e}")))?;
        let mut out = nonce.to_vec();
        out.extend_from_slice(&sealed);
        Ok(out)
    }
}

/// What is in a payload's row, opened.
pub(crate) struct Opened {
    pub(crate) salt: Vec<u8>,
    pub(crate) payload: Vec<u8>,
}

/// A payload's row as it lies in the database.
pub(crate) struct Row {
    pub(crate) seq: u64,
    pub(crate) at: Time,
    pub(crate) v: u16,
    pub(crate) kind: String,
    pub(crate) report: Option<ReportId>,
    pub(crate) encoding: i64,
    pub(crate) key_id: Option<i64>,
    pub(crate) key: Option<Key>,
    pub(crate) salt: Option<Vec<u8>>,
    pub(crate) body: Option<Vec<u8>>,
}

impl Row {
    fn damaged(&self, detail: impl Into<String>) -> StoreError {
        StoreError::Damaged {
            place: format!("journal entry {}", self.seq),
            detail: detail.into(),
        }
    }

    /// Salt and payload; `None` where they were erased.
    pub(crate) fn open(&self) -> Result<Option<Opened>, StoreError> {
        let Some(body) = &self.body else {
            return Ok(None);
        };
        let Some(key_id) = self.key_id else {
            let salt = self.salt.clone().ok_or_else(|| self.damaged("no salt"))?;
            let payload = self.inflate(body)?;
            return Ok(Some(Opened { salt, payload }));
        };
        let Some(key) = self.key else {
            return Err(self.damaged(format!("its key {key_id} is not in keys.sqlite")));
        };
        if key == [0; 32] {
            return Ok(None);
        }
        let (nonce, sealed) = body
            .split_at_checked(NONCE_BYTES)
            .ok_or_else(|| self.damaged("too short for its encryption"))?;
        let opened = ChaCha20Poly1305::new((&key).into())
            .decrypt(
                Nonce::from_slice(nonce),
                Sealed {
                    msg: sealed,
                    aad: &self.seq.to_be_bytes(),
                },
            )
            .map_err(|e| self.damaged(format!("its key does not open it ({e})")))?;
        let (salt, body) = opened
            .split_at_checked(SALT_BYTES)
            .ok_or_else(|| self.damaged("no salt"))?;
        Ok(Some(Opened {
            salt: salt.to_vec(),
            payload: self.inflate(body)?,
        }))
    }

    /// What the entry says; `None` where it was erased.
    pub(crate) fn entry(&self) -> Result<Option<EntryBody>, StoreError> {
        self.open()?
            .map(|opened| chain::decode(self.seq, self.v, &self.kind, &opened.payload))
            .transpose()
    }

    fn inflate(&self, body: &[u8]) -> Result<Vec<u8>, StoreError> {
        match self.encoding {
            0 => Ok(body.to_vec()),
            1 => {
                let mut out = Vec::with_capacity(body.len() * 3);
                flate2::read::DeflateDecoder::new(body)
                    .take(MAX_PAYLOAD_BYTES)
                    .read_to_end(&mut out)
                    .map_err(|e| self.damaged(e.to_string()))?;
                Ok(out)
            }
            other => Err(self.damaged(format!("encoding {other} is not known"))),
        }
    }
}

fn deflate(payload: Vec<u8>) -> Result<(i64, Vec<u8>), StoreError> {
    if payload.len() < DEFLATE_FROM_BYTES {
        return Ok((0, payload));
    }
    let room = Vec::with_capacity(payload.len() / 2);
    let mut deflater = flate2::write::DeflateEncoder::new(room, flate2::Compression::fast());
    let small = deflater
        .write_all(&payload)
        .and_then(|()| deflater.finish())
        .map_err(|e| StoreError::Failed(e.to_string()))?;
    if small.len() < payload.len() {
        Ok((1, small))
    } else {
        Ok((0, payload))
    }
}
