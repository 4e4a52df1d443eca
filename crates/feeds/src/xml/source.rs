//! A piece of a stream to a tree, or to a reject; and where the bytes of its records lie.

use super::documents::Piece;
use super::tree::{self, Element};
use crate::contract::{Output, RejectReason};

/// Records of one document beyond which each keeps its own bytes only, so that a document is not kept and hashed once
/// for each of thousands.
pub(crate) const MANY_RECORDS: usize = 64;

/// Bytes that stand for a record whose own can't be told (encodings other than UTF-8).
const HEAD_BYTES: usize = 4 * 1024;

/// The bytes of one document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'b> {
    /// Where it began, in bytes since the first push.
    pub(crate) offset: u64,
    /// All of them.
    pub(crate) bytes: &'b [u8],
    /// Bytes before the text, where offsets in the text are offsets in the bytes.
    shift: Option<usize>,
}

impl<'b> Source<'b> {
    /// Where the document began, and all of it.
    pub(crate) const fn whole(&self) -> (u64, &'b [u8]) {
        (self.offset, self.bytes)
    }

    /// Where an element began, and its bytes; the beginning of the document where they can't be told.
    pub(crate) fn of(&self, element: &Element) -> (u64, &'b [u8]) {
        let own = self.shift.and_then(|shift| {
            let start = element.start + shift;
            let bytes = self.bytes.get(start..element.end + shift)?;
            Some((self.offset + start as u64, bytes))
        });
        own.unwrap_or_else(|| {
            let head = self.bytes.get(..HEAD_BYTES).unwrap_or(self.bytes);
            (self.offset, head)
        })
    }
}

/// Reads a piece. What is no document becomes a reject or a count here, and `record` goes on.
pub(crate) fn read<'b>(
    piece: Piece<'b>,
    record: &mut u64,
    out: &mut Output,
) -> Option<(Element, Source<'b>)> {
    let (offset, bytes) = match piece {
        Piece::Document { offset, bytes } => (offset, bytes),
        Piece::TooLong { offset, bytes } => {
            let why = format!("expected a document of at most {} bytes", bytes.len());
            out.reject(*record, offset, RejectReason::new("too_long", why), bytes);
            *record += 1;
            return None;
        }
    };
    let parsed = tree::decode(bytes)
        .and_then(|(text, encoding)| tree::parse(&text).map(|root| (root, encoding)));
    match parsed {
        Err(fault) => {
            let why = RejectReason::new(fault.code, fault.detail);
            out.reject(*record, offset, why, bytes);
            *record += 1;
            None
        }
        Ok((None, _)) => {
            if !is_blank(bytes) {
                out.skip(*record, "markup_between_documents");
                *record += 1;
            }
            None
        }
        Ok((Some(root), encoding)) => {
            let marked = bytes.starts_with(b"\xef\xbb\xbf");
            let shift = if marked { 3 } else { 0 };
            let source = Source {
                offset,
                bytes,
                shift: (encoding == "UTF-8").then_some(shift),
            };
            Some((root, source))
        }
    }
}

/// Whether there is nothing but white space and a byte order mark.
fn is_blank(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|b| b.is_ascii_whitespace() || b"\xef\xbb\xbf".contains(b))
}
