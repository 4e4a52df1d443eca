//! Digests that tell a duplicate from a revision.

use oneroof_model::ReportDraft;
use sha2::{Digest as _, Sha256};

/// The first 16 bytes of the SHA-256 of some bytes.
pub fn digest16(bytes: &[u8]) -> [u8; 16] {
    let full = Sha256::digest(bytes);
    let mut out = [0; 16];
    out.iter_mut().zip(full.iter()).for_each(|(o, b)| *o = *b);
    out
}

/// Digest of what a draft says. Its JSON has a fixed order of fields and sorted maps.
pub(crate) fn of_draft(draft: &ReportDraft) -> [u8; 16] {
    digest16(&serde_json::to_vec(draft).unwrap_or_default())
}

/// Hexadecimal.
pub(crate) fn hex(digest: [u8; 16]) -> String {
    oneroof_ports::chain::hex(&digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_the_beginning_of_sha256() {
        assert_eq!(hex(digest16(b"abc")), "ba7816bf8f01cfea414140de5dae2223");
    }
}
