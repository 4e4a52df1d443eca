//! Reading gzip with a bound on what comes out of it: a few kilobytes can unpack to gigabytes.

use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;

/// First two bytes of a gzip member (RFC 1952, 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Why bytes could not be unpacked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CappedError {
    /// More than the bound comes out.
    #[error("more than {cap_bytes} bytes after decompression")]
    TooLarge {
        /// The bound.
        cap_bytes: u64,
    },
    /// The bytes are damaged or cut off.
    #[error("damaged or truncated gzip: {0}")]
    Damaged(String),
}

/// Whether bytes begin as gzip does.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&GZIP_MAGIC)
}

/// Unpacks gzip (all members) where the bytes begin as gzip does, else gives them back; at most `cap_bytes`.
///
/// # Errors
/// Where more would come out, or the bytes are damaged.
pub fn unpack(bytes: Vec<u8>, cap_bytes: u64) -> Result<Vec<u8>, CappedError> {
    if !is_gzip(&bytes) {
        return if bytes.len() as u64 > cap_bytes {
            Err(CappedError::TooLarge { cap_bytes })
        } else {
            Ok(bytes)
        };
    }
    let mut out = Vec::new();
    // One byte more than allowed shows that there is more.
    MultiGzDecoder::new(bytes.as_slice())
        .take(cap_bytes.saturating_add(1))
        .read_to_end(&mut out)
        .map_err(|e| CappedError::Damaged(e.to_string()))?;
    if out.len() as u64 > cap_bytes {
        return Err(CappedError::TooLarge { cap_bytes });
    }
    Ok(out)
}

/// A reader that fails after `cap_bytes`, for streams that are too large to be held.
#[derive(Debug)]
pub struct CappedReader<R> {
    inner: R,
    left: u64,
    cap_bytes: u64,
}

impl<R: Read> CappedReader<R> {
    /// Reads at most `cap_bytes` from `inner`.
    pub const fn new(inner: R, cap_bytes: u64) -> Self {
        Self {
            inner,
            left: cap_bytes,
            cap_bytes,
        }
    }
}

impl<R: Read> Read for CappedReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        let taken = n as u64;
        if taken > self.left {
            let error = CappedError::TooLarge {
                cap_bytes: self.cap_bytes,
            };
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, error));
        }
        self.left -= taken;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn several_members_are_read_as_one() {
        let mut both = gzip(b"one ");
        both.extend(gzip(b"two"));
        assert_eq!(unpack(both, 100).unwrap(), b"one two");
        assert_eq!(unpack(b"plain".to_vec(), 100).unwrap(), b"plain");
    }

    #[test]
    fn a_bomb_is_refused_at_the_bound() {
        let bomb = gzip(&vec![0; 10_000_000]);
        assert!(bomb.len() < 20_000);
        assert_eq!(
            unpack(bomb, 1_000_000),
            Err(CappedError::TooLarge {
                cap_bytes: 1_000_000
            })
        );
        assert_eq!(unpack(gzip(&[7; 50]), 50).unwrap().len(), 50);
        assert_eq!(
            unpack(vec![1; 51], 50),
            Err(CappedError::TooLarge { cap_bytes: 50 })
        );
    }

    #[test]
    fn any_truncation_or_damage_is_an_error_and_no_panic() {
        let whole = gzip(b"a line of a sensor, and another one");
        for cut in 2..whole.len() {
            assert!(
                unpack(whole[..cut].to_vec(), 1_000).is_err(),
                "cut at {cut}"
            );
        }
        let mut damaged = whole;
        let at = damaged.len() - 5;
        damaged[at] ^= 0xff;
        assert!(matches!(
            unpack(damaged, 1_000),
            Err(CappedError::Damaged(_))
        ));
    }

    #[test]
    fn a_capped_reader_gives_what_is_allowed_and_then_fails() {
        let mut out = Vec::new();
        assert!(
            CappedReader::new(&[1_u8; 9][..], 9)
                .read_to_end(&mut out)
                .is_ok()
        );
        assert_eq!(out.len(), 9);
        let error = CappedReader::new(&[1_u8; 10][..], 9)
            .read_to_end(&mut out)
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
