//! Lines out of bytes in any cutting, with a bound. Shared by the formats that are made of lines.

use memchr::memchr2;

/// Longest line that is kept, in bytes without its end: 4 KiB. NMEA 0183 allows 82 characters a
/// sentence; tag blocks, receiver suffixes and satellite providers' long sentences take a few hundred.
pub const MAX_LINE: usize = 4 * 1024;

/// One line, or the head of one that was too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// A whole line without CR and LF; never empty.
    Whole {
        /// Where it began, in bytes since the first push.
        offset: u64,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// A line beyond the bound; the rest of it was passed over.
    TooLong {
        /// Where it began, in bytes since the first push.
        offset: u64,
        /// Its first bytes, as many as the bound.
        head: &'a [u8],
    },
}

/// Cuts a stream into lines. Holds at most `max` bytes of an unfinished line.
#[derive(Debug, Clone)]
pub struct Lines {
    max: usize,
    partial: Vec<u8>,
    /// Where the line in `partial` began.
    began: u64,
    /// Bytes taken so far.
    taken: u64,
    /// The line in hand is already beyond the bound and was given out.
    overlong: bool,
}

impl Default for Lines {
    fn default() -> Self {
        Self::new(MAX_LINE)
    }
}

impl Lines {
    /// With a bound in bytes.
    pub const fn new(max: usize) -> Self {
        Self {
            max,
            partial: Vec::new(),
            began: 0,
            taken: 0,
            overlong: false,
        }
    }

    /// Takes bytes and calls `each` for every line that ends within them: LF, CR LF, or the CR alone of
    /// some old receivers.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Line<'_>)) {
        let mut rest = bytes;
        while let Some(end) = memchr2(b'\n', b'\r', rest) {
            let (line, after) = rest.split_at(end);
            self.end_line(line, &mut each);
            self.taken += end as u64 + 1;
            self.began = self.taken;
            rest = after.get(1..).unwrap_or_default();
        }
        self.taken += rest.len() as u64;
        self.hold(rest, &mut each);
    }

    /// The stream has ended: an unfinished line counts as a line.
    pub fn finish(&mut self, mut each: impl FnMut(Line<'_>)) {
        self.end_line(&[], &mut each);
        self.began = self.taken;
    }

    /// A line ends with `tail`, which may have its beginning in `partial`.
    fn end_line(&mut self, tail: &[u8], each: &mut impl FnMut(Line<'_>)) {
        if self.partial.is_empty() && !self.overlong && tail.len() <= self.max {
            give(self.began, tail, each); // the usual way: nothing is copied
            return;
        }
        self.hold(tail, each);
        if !self.overlong {
            give(self.began, &self.partial, each);
        }
        self.partial.clear();
        self.overlong = false;
    }

    /// Keeps the beginning of a line, up to the bound.
    fn hold(&mut self, bytes: &[u8], each: &mut impl FnMut(Line<'_>)) {
        if self.overlong {
            return;
        }
        let room = self.max - self.partial.len();
        self.partial
            .extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        if bytes.len() > room {
            each(Line::TooLong {
                offset: self.began,
                head: &self.partial,
            });
            self.partial.clear();
            self.overlong = true;
        }
    }
}

fn give(offset: u64, line: &[u8], each: &mut impl FnMut(Line<'_>)) {
    let bytes = line.trim_ascii_end();
    if !bytes.is_empty() {
        each(Line::Whole { offset, bytes });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collect(max: usize, chunks: &[&[u8]]) -> Vec<(u64, Vec<u8>, bool)> {
        let mut lines = Lines::new(max);
        let mut got = Vec::new();
        let mut each = |line: Line<'_>| {
            got.push(match line {
                Line::Whole { offset, bytes } => (offset, bytes.to_vec(), true),
                Line::TooLong { offset, head } => (offset, head.to_vec(), false),
            });
        };
        for chunk in chunks {
            lines.push(chunk, &mut each);
        }
        lines.finish(&mut each);
        got
    }

    #[test]
    fn any_cutting_gives_the_same_lines_and_offsets() {
        let text = b"one\r\n\ntwo-two\nthree";
        let whole = collect(20, &[text]);
        assert_eq!(
            whole,
            [
                (0, b"one".to_vec(), true),
                (6, b"two-two".to_vec(), true),
                (14, b"three".to_vec(), true)
            ]
        );
        for cut in 0..text.len() {
            assert_eq!(
                collect(20, &[&text[..cut], &text[cut..]]),
                whole,
                "cut at {cut}"
            );
        }
        let single: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(collect(20, &single), whole);
    }

    #[test]
    fn a_line_may_end_with_either_sign_or_both() {
        assert_eq!(
            collect(20, &[b"a\rb\r\rc\n\rd\r\n\r\ne"]),
            [(0, "a"), (2, "b"), (5, "c"), (8, "d"), (13, "e")].map(|(at, text)| (
                at,
                text.as_bytes().to_vec(),
                true
            ))
        );
    }

    #[test]
    fn a_line_beyond_the_bound_is_given_once_and_the_next_is_whole() {
        for step in 1..12 {
            let chunks: Vec<&[u8]> = b"0123456789\nok\n".chunks(step).collect();
            assert_eq!(
                collect(4, &chunks),
                [(0, b"0123".to_vec(), false), (11, b"ok".to_vec(), true)],
                "chunks of {step}"
            );
        }
    }
}
