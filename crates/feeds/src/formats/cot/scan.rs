//! What bytes are at a place: headers, start tags, end tags, what may stand between events.

use memchr::memmem;

use super::config::Framing;
use super::frame::{DATAGRAM_END, LOOK_AHEAD, Looked};
use super::message::{MAGIC, begins_message};
use super::proto::varint;

/// Whether so few bytes are a header already.
pub(super) fn is_whole_header(bytes: &[u8]) -> bool {
    // A datagram's end is the longest.
    let ends = DATAGRAM_END.starts_with(bytes.get(..bytes.len().min(8)).unwrap_or_default());
    !(ends && bytes.len() < DATAGRAM_END.len())
        && matches!(varint(bytes.get(1..).unwrap_or_default()), Ok((_, len)) if bytes.len() > len + 1)
}

/// How many of the last bytes may be the beginning of a datagram's end.
pub(super) fn begun_end(bytes: &[u8]) -> usize {
    (1..DATAGRAM_END.len())
        .rev()
        .find(|len| {
            DATAGRAM_END
                .get(..*len)
                .is_some_and(|begun| bytes.ends_with(begun))
        })
        .unwrap_or(0)
}

/// Whether bytes that begin with 0xBF are a header.
pub(super) fn begins_header(bytes: &[u8], framing: Framing, limit: usize) -> bool {
    if bytes.starts_with(DATAGRAM_END) {
        return true;
    }
    let Ok((number, len)) = varint(bytes.get(1..).unwrap_or_default()) else {
        return false;
    };
    let Some(after) = bytes.get(1 + len) else {
        return false;
    };
    let mesh = *after == MAGIC && number <= 1;
    let stream = begins_message(*after) && (1..=limit as u64).contains(&number);
    match framing {
        Framing::Auto => mesh || stream,
        Framing::Stream => stream,
        Framing::Mesh | Framing::Bare => mesh,
    }
}

/// Whether bytes that begin with `<` may begin an event.
pub(super) fn begins_text(bytes: &[u8]) -> bool {
    bytes.starts_with(b"<?xml") || opens(bytes).is_some()
}

/// Whether a start tag of an event (`false`) or of a client's credentials (`true`) begins here.
pub(super) fn opens(bytes: &[u8]) -> Option<bool> {
    [(&b"<event"[..], false), (&b"<auth"[..], true)]
        .into_iter()
        .find_map(|(token, auth)| {
            let after = bytes.strip_prefix(token)?.first()?;
            (after.is_ascii_whitespace() || matches!(after, b'>' | b'/')).then_some(auth)
        })
}

/// Blanks, NULs and byte order marks that may stand between events; `None` where that can not be said yet.
pub(super) fn filler(bytes: &[u8], ended: bool) -> Option<usize> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let blank = |b: &&u8| b.is_ascii_whitespace() || **b == 0;
    let len = bytes.iter().take_while(blank).count();
    let rest = bytes.get(len..).unwrap_or_default();
    if rest.starts_with(MARK) {
        return Some(len + MARK.len());
    }
    if len == 0 && !ended && MARK.starts_with(rest) {
        return None;
    }
    Some(len)
}

/// Whether only blanks, declarations, comments and a document type stand before an event.
pub(super) fn is_prolog(lead: &[u8]) -> bool {
    let mut rest = lead.trim_ascii();
    while !rest.is_empty() {
        let end: &[u8] = if rest.starts_with(b"<?") {
            b"?>"
        } else if rest.starts_with(b"<!--") {
            b"-->"
        } else {
            // Where a document type ends is no matter: the parser refuses it.
            return rest.starts_with(b"<!DOCTYPE");
        };
        let Some(at) = memmem::find(rest, end) else {
            return false;
        };
        rest = rest
            .get(at + end.len()..)
            .unwrap_or_default()
            .trim_ascii_start();
    }
    true
}

/// Reads on in a start tag; where it ends, if it is that of an element without content.
pub(super) fn read_tag(bytes: &[u8], looked: &mut Looked) -> Option<usize> {
    while !looked.tag_ended {
        let byte = *bytes.get(looked.tag)?;
        match looked.quote {
            Some(quote) if quote == byte => looked.quote = None,
            None if matches!(byte, b'"' | b'\'') => looked.quote = Some(byte),
            None if byte == b'>' => looked.tag_ended = true,
            _ => {}
        }
        looked.tag += 1;
    }
    let before = looked.tag.checked_sub(2).and_then(|at| bytes.get(at));
    (before == Some(&b'/')).then_some(looked.tag)
}

/// Where an end tag ends that is looked for from `from` on.
pub(super) fn find_end_tag(bytes: &[u8], from: usize, token: &[u8]) -> Option<usize> {
    let mut at = from;
    loop {
        let after = at + memmem::find(bytes.get(at..)?, token)? + token.len();
        let rest = bytes.get(after..)?;
        // Hardly anybody writes blanks there; more than a few are no end tag.
        let blanks = rest
            .iter()
            .take(LOOK_AHEAD / 2)
            .take_while(|b| b.is_ascii_whitespace())
            .count();
        match rest.get(blanks) {
            Some(b'>') => return Some(after + blanks + 1),
            Some(_) => at = after,
            None => return None,
        }
    }
}
