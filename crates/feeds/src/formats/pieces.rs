//! A stream into JSON values and lines that are none. Shared by the trackers' HTTP formats, whose messages are a request's
//! query on a line or a body of JSON, which may go over several lines.

use crate::json_read::scan::{Scanner, Step, children};

/// Most bytes of one value or line. 1 MiB: a phone that was out of reach for a day sends what it has kept in one list.
pub(super) const MAX_PIECE: usize = 1024 * 1024;

/// Deepest nesting of a value.
const MAX_DEPTH: usize = 32;

/// Most elements of a list.
const MAX_ELEMENTS: usize = 50_000;

/// One piece of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A JSON value that begins with a bracket; whole, but what stands inside numbers and words was not looked at.
    Json(&'a [u8]),
    /// A line that begins with something else, without its end and blanks around it.
    Line(&'a [u8]),
    /// What could not be followed to its end.
    Bad {
        /// Stable code of the reject.
        code: &'static str,
        /// What is wrong.
        why: &'static str,
        /// The bytes.
        bytes: &'a [u8],
    },
}

#[derive(Debug)]
enum State {
    Between,
    Json(Scanner),
    /// Looked through from the index on for its end.
    Line {
        from: usize,
    },
    /// After something that is no JSON; looked through from the index on for the next line that may begin something.
    Lost {
        code: &'static str,
        why: &'static str,
        from: usize,
    },
}

/// Cuts a stream. Holds at most [`MAX_PIECE`] bytes and what was pushed last.
#[derive(Debug)]
pub(super) struct Pieces {
    held: Vec<u8>,
    /// Offset of the first byte of `held` from the first byte ever given.
    offset: u64,
    state: State,
}

impl Default for Pieces {
    fn default() -> Self {
        Self {
            held: Vec::new(),
            offset: 0,
            state: State::Between,
        }
    }
}

impl Pieces {
    /// Takes bytes and calls `each` with every piece that ends within them and its offset.
    pub(super) fn push(&mut self, bytes: &[u8], mut each: impl FnMut(u64, Piece<'_>)) {
        for part in bytes.chunks(MAX_PIECE) {
            self.held.extend_from_slice(part);
            self.run(false, &mut each);
        }
    }

    /// The stream has ended: an unfinished line counts as a line.
    pub(super) fn finish(&mut self, mut each: impl FnMut(u64, Piece<'_>)) {
        self.run(true, &mut each);
        self.offset += self.held.len() as u64;
        self.held.clear();
        self.state = State::Between;
    }

    fn run(&mut self, ended: bool, each: &mut impl FnMut(u64, Piece<'_>)) {
        let held = core::mem::take(&mut self.held);
        let mut done = 0;
        while let Some(rest) = held.get(done..).filter(|rest| !rest.is_empty()) {
            let at = self.offset + done as u64;
            let Some(more) = self.step(rest, at, ended, each) else {
                break;
            };
            done += more;
        }
        self.held = held;
        self.held.drain(..done);
        self.offset += done as u64;
    }

    /// One step at the beginning of `rest`; how many bytes are done with, `None` where more are needed.
    fn step(
        &mut self,
        rest: &[u8],
        at: u64,
        ended: bool,
        each: &mut impl FnMut(u64, Piece<'_>),
    ) -> Option<usize> {
        let bounded = rest.get(..MAX_PIECE).unwrap_or(rest);
        let full = bounded.len() == MAX_PIECE;
        match &mut self.state {
            State::Between => {
                let blank = rest.iter().take_while(|byte| is_blank(**byte)).count();
                if blank > 0 {
                    return Some(blank);
                }
                let mark = b"\xef\xbb\xbf";
                if rest.starts_with(mark) {
                    return Some(mark.len());
                }
                if mark.starts_with(rest) && !ended {
                    return None; // a byte order mark may come in pieces
                }
                self.state = match rest.first() {
                    Some(b'{' | b'[') => State::Json(Scanner::new(MAX_DEPTH)),
                    _ => State::Line { from: 0 },
                };
                Some(0)
            }
            State::Json(scanner) => match scanner.feed(bounded) {
                Step::Done(end) => {
                    self.state = State::Between;
                    each(at, Piece::Json(rest.get(..end)?));
                    Some(end)
                }
                Step::More if !full && !ended => None,
                Step::More if full => self.lose("too_long", "a value beyond 1 MiB", MAX_PIECE),
                Step::More => self.lose("truncated", "the end of the bytes within a value", 1),
                Step::Bad(_, why) => self.lose("bad_json", why, 1),
            },
            State::Line { from } => {
                let new = bounded.get(*from..)?;
                let end = new.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
                let end = end
                    .map(|end| *from + end)
                    .or((ended && !full).then_some(bounded.len()));
                if let Some(end) = end {
                    self.state = State::Between;
                    each(at, Piece::Line(rest.get(..end)?.trim_ascii_end()));
                    return Some(end);
                }
                *from = bounded.len();
                if full {
                    return self.lose("too_long", "a line beyond 1 MiB", MAX_PIECE);
                }
                None
            }
            State::Lost { code, why, from } => {
                let next = next_start(bounded, *from, ended || full);
                if next.is_none() && !full && !ended {
                    // A line end that came last says nothing yet of what follows it.
                    *from = bounded.len().saturating_sub(1).max(*from);
                    return None;
                }
                let end = next.unwrap_or(bounded.len());
                let (code, why) = (*code, *why);
                self.state = State::Between;
                let bytes = bounded.get(..end)?;
                each(at, Piece::Bad { code, why, bytes });
                Some(end)
            }
        }
    }

    /// Goes on as lost: the next piece is looked for behind `from`.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the outcome of a step: no byte is done with yet"
    )]
    fn lose(&mut self, code: &'static str, why: &'static str, from: usize) -> Option<usize> {
        self.state = State::Lost { code, why, from };
        Some(0)
    }
}

/// Where behind `from` the next line begins that may begin a piece: not one that goes on with a broken value.
fn next_start(bytes: &[u8], from: usize, all: bool) -> Option<usize> {
    let from = from.saturating_sub(1);
    let lines = bytes.get(from..)?.windows(2);
    let found = lines.enumerate().find(|(_, pair)| match pair {
        [b'\n' | b'\r', next] => !is_blank(*next) && !matches!(next, b'"' | b'}' | b']' | b','),
        _ => false,
    });
    let ends = || (all && matches!(bytes, [.., b'\n' | b'\r'])).then_some(bytes.len());
    found.map(|(at, _)| from + at + 1).or_else(ends)
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The elements of a list with their places in it, or the value itself where it is none; nothing where there are more
/// than [`MAX_ELEMENTS`].
pub(super) fn elements(value: &[u8]) -> Option<Vec<(usize, &[u8])>> {
    if value.first() != Some(&b'[') {
        return Some(vec![(0, value)]);
    }
    let children = children(value, MAX_ELEMENTS)?;
    let each = |start: usize, end: usize| value.get(start..end).map(|bytes| (start, bytes));
    children
        .iter()
        .map(|child| each(child.start, child.end))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, size: usize) -> Vec<(u64, String)> {
        let mut pieces = Pieces::default();
        let mut got = Vec::new();
        let mut each = |at: u64, piece: Piece<'_>| {
            let (kind, bytes) = match piece {
                Piece::Json(bytes) => ("json", bytes),
                Piece::Line(bytes) => ("line", bytes),
                Piece::Bad { code, bytes, .. } => (code, bytes),
            };
            got.push((at, format!("{kind} {}", String::from_utf8_lossy(bytes))));
        };
        for chunk in text.as_bytes().chunks(size) {
            pieces.push(chunk, &mut each);
        }
        pieces.finish(&mut each);
        got
    }

    #[test]
    fn values_and_lines_are_told_apart_in_any_cutting() {
        let text = "{\"a\":\n 1}[1]\r\n/?id=1 \n\n{\"b\" 2}\n  \"c\": 3}\nid=2&x=3";
        let whole = cut(text, 1_000);
        assert_eq!(
            whole,
            [
                (0, "json {\"a\":\n 1}".to_owned()),
                (9, "json [1]".to_owned()),
                (14, "line /?id=1".to_owned()),
                (23, "bad_json {\"b\" 2}\n  \"c\": 3}\n".to_owned()),
                (41, "line id=2&x=3".to_owned()),
            ]
        );
        for size in 1..text.len() {
            assert_eq!(cut(text, size), whole, "in chunks of {size}");
        }
    }

    #[test]
    fn a_value_without_its_end_costs_no_other_line() {
        let text = "{\"a\": {\n{\"b\":1}\n{\"c\":1}\n";
        let got = cut(text, 3);
        assert_eq!(
            got.iter()
                .map(|(_, piece)| piece.as_str())
                .collect::<Vec<_>>(),
            ["bad_json {\"a\": {\n", "json {\"b\":1}", "json {\"c\":1}"]
        );
    }

    #[test]
    fn what_ends_too_early_is_told() {
        assert_eq!(cut("{\"a\":", 2), [(0, "truncated {\"a\":".to_owned())]);
        assert_eq!(cut("{]\n", 1), [(0, "bad_json {]\n".to_owned())]);
        let deep = "[".repeat(100);
        assert!(cut(&deep, 7)[0].1.starts_with("bad_json"));
    }

    #[test]
    fn what_is_too_long_is_given_up_in_pieces_of_the_bound() {
        let long = "x".repeat(MAX_PIECE + 10);
        let got = cut(&long, 100_000);
        assert!(got[0].1.starts_with("too_long"));
        assert_eq!(got.len(), 2);
    }

    #[test]
    fn a_list_has_elements_and_another_value_is_its_own() {
        assert_eq!(
            elements(b"[{}, 2]").unwrap(),
            [(1, &b"{}"[..]), (5, &b"2"[..])]
        );
        assert_eq!(elements(b"{\"a\":1}").unwrap().len(), 1);
        let many = format!("[{}1]", "1,".repeat(MAX_ELEMENTS));
        assert_eq!(elements(many.as_bytes()), None);
    }
}
