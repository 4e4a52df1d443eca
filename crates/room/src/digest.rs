//! Digests that tell a duplicate from a revision.

use oneroof_model::{Mode, ReportDraft};
use sha2::{Digest as _, Sha256};

/// The first 16 bytes of the SHA-256 of some bytes.
pub fn digest16(bytes: &[u8]) -> [u8; 16] {
    let full = Sha256::digest(bytes);
    let mut out = [0; 16];
    out.iter_mut().zip(full.iter()).for_each(|(o, b)| *o = *b);
    out
}

/// Digest of what a draft says. Its JSON has a fixed order of fields and sorted maps.
///
/// Without a name of its sender's it is told apart by this alone. Then the mode counts that it will have, whether the draft
/// states it or the feed does: an exercise is never a duplicate of the real thing. `Actual` is as if nothing were said.
pub(crate) fn of_draft(draft: &ReportDraft, feeds: Mode) -> [u8; 16] {
    let of = |draft: &ReportDraft| digest16(&serde_json::to_vec(draft).unwrap_or_default());
    let mode = Some(draft.mode.unwrap_or(feeds)).filter(|mode| *mode != Mode::Actual);
    if draft.source.is_some() || draft.mode == mode {
        return of(draft);
    }
    let mut told = draft.clone();
    told.mode = mode;
    of(&told)
}

/// Hexadecimal.
pub(crate) fn hex(digest: [u8; 16]) -> String {
    oneroof_ports::chain::hex(&digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_name_the_mode_counts_that_a_report_will_have() {
        let said = |mode| ReportDraft {
            mode,
            ..ReportDraft::default()
        };
        let of = |stated, feeds| of_draft(&said(stated), feeds);
        let real = of(None, Mode::Actual);
        assert_eq!(real, of(Some(Mode::Actual), Mode::Exercise));
        assert_eq!(real, of(Some(Mode::Actual), Mode::Actual));
        let exercise = of(None, Mode::Exercise);
        assert_eq!(exercise, of(Some(Mode::Exercise), Mode::Actual));
        assert!(real != exercise && exercise != of(None, Mode::Test));
    }

    #[test]
    fn a_digest_is_the_beginning_of_sha256() {
        assert_eq!(hex(digest16(b"abc")), "ba7816bf8f01cfea414140de5dae2223");
    }
}
