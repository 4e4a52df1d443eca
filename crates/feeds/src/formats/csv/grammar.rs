//! How rows and cells are parted (RFC 4180, with the delimiters and escapes of real tables).
//!
//! One table of states serves both the search for the end of a row in raw bytes and the parting of a row's text
//! into cells, so that the two can't disagree.

use std::borrow::Cow;

/// The signs of a dialect, all ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Between cells.
    pub delimiter: u8,
    /// Around cells; `None` where quotes are signs like any other.
    pub quote: Option<u8>,
    /// Before a sign that is meant as itself.
    pub escape: Option<u8>,
    /// Whether a doubled quote within quotes is one quote (RFC 4180, 2.7).
    pub double_quote: bool,
    /// Whether blanks around cells are dropped.
    pub trim: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: Some(b'"'),
            escape: None,
            double_quote: true,
            trim: false,
        }
    }
}

/// Where one is in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum State {
    /// Before the first sign of a cell.
    #[default]
    CellStart,
    /// In a cell without quotes, or behind its closing quote.
    Plain,
    /// Within quotes.
    Quoted,
    /// Behind a quote within quotes: doubled, or the end.
    AfterQuote,
    /// Behind an escape without quotes.
    Escaped,
    /// Behind an escape within quotes.
    QuotedEscaped,
}

impl State {
    /// Whether a line break here belongs to the cell.
    pub(super) const fn is_open(self) -> bool {
        matches!(self, Self::Quoted | Self::Escaped | Self::QuotedEscaped)
    }
}

/// What a sign is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// Part of the cell.
    Content,
    /// A quote, an escape, a blank that is dropped.
    Markup,
    /// The end of a cell.
    CellEnd,
    /// The end of a row: LF, or CR with or without LF behind it.
    RowEnd,
}

impl Dialect {
    /// One sign further; anything beyond ASCII is 0x80 or more.
    pub(super) fn step(self, state: State, c: u8) -> (State, Sign) {
        let is_quote = self.quote == Some(c);
        let is_escape = self.escape == Some(c);
        let unquoted = || match c {
            b'\n' | b'\r' => (State::CellStart, Sign::RowEnd),
            _ if c == self.delimiter => (State::CellStart, Sign::CellEnd),
            _ if is_escape => (State::Escaped, Sign::Markup),
            _ => (State::Plain, Sign::Content),
        };
        match state {
            State::CellStart if is_quote => (State::Quoted, Sign::Markup),
            State::CellStart if self.trim && c == b' ' && self.delimiter != b' ' => {
                (State::CellStart, Sign::Markup)
            }
            State::Quoted if is_escape && !is_quote => (State::QuotedEscaped, Sign::Markup),
            State::Quoted if is_quote => (State::AfterQuote, Sign::Markup),
            State::Quoted | State::QuotedEscaped => (State::Quoted, Sign::Content),
            State::AfterQuote if is_quote && self.double_quote => (State::Quoted, Sign::Content),
            State::CellStart | State::Plain | State::AfterQuote => unquoted(),
            State::Escaped => (State::Plain, Sign::Content),
        }
    }

    /// How many of the first bytes are content that leaves the state as it is. They are passed over without a look at
    /// each: most of a table is.
    pub(super) fn run(self, state: State, bytes: &[u8]) -> usize {
        let end = match (state, self.quote) {
            (State::Plain, _) => {
                let delimiter = self.delimiter;
                let escape = self.escape.unwrap_or(delimiter);
                let ends = |b: u8| b == delimiter || b == escape || b == b'\n' || b == b'\r';
                bytes.iter().position(|b| ends(*b))
            }
            (State::Quoted, Some(quote)) => {
                memchr::memchr2(quote, self.escape.unwrap_or(quote), bytes)
            }
            _ => return 0,
        };
        end.unwrap_or(bytes.len())
    }

    /// The cells of one whole row; nothing where there are more than `limit`.
    pub(super) fn cells(self, row: &str, limit: usize) -> Option<Vec<Cow<'_, str>>> {
        let mut cells = Vec::new();
        let mut cell = Cell::default();
        let mut state = State::default();
        let bytes = row.as_bytes();
        let mut at = 0;
        // All signs of a dialect are ASCII, so that bytes beyond are content and come in one run with those before.
        while let Some(c) = bytes.get(at) {
            let (next, sign) = self.step(state, *c);
            state = next;
            let begin = at;
            at += 1;
            match sign {
                Sign::Content => {
                    at += self.run(state, bytes.get(at..).unwrap_or_default());
                    cell.add(begin, at, row);
                }
                Sign::Markup => {}
                // A row's text ends before its line break.
                Sign::CellEnd | Sign::RowEnd => {
                    cells.push(core::mem::take(&mut cell).finish(row, self.trim));
                }
            }
            if cells.len() >= limit {
                return None;
            }
        }
        cells.push(cell.finish(row, self.trim));
        Some(cells)
    }
}

/// A cell in the making: a piece of the row as long as nothing within it is left out.
#[derive(Default)]
struct Cell {
    start: usize,
    end: usize,
    own: Option<String>,
}

impl Cell {
    /// Adds a piece of the row.
    fn add(&mut self, from: usize, to: usize, row: &str) {
        if let Some(own) = &mut self.own {
            own.push_str(row.get(from..to).unwrap_or_default());
        } else if self.start == self.end {
            (self.start, self.end) = (from, to);
        } else if self.end == from {
            self.end = to;
        } else {
            let mut own = row.get(self.start..self.end).unwrap_or_default().to_owned();
            own.push_str(row.get(from..to).unwrap_or_default());
            self.own = Some(own);
        }
    }

    fn finish(self, row: &str, trim: bool) -> Cow<'_, str> {
        match self.own {
            Some(own) if trim => Cow::Owned(own.trim().to_owned()),
            Some(own) => Cow::Owned(own),
            None => {
                let piece = row.get(self.start..self.end).unwrap_or_default();
                Cow::Borrowed(if trim { piece.trim() } else { piece })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(dialect: Dialect, row: &str) -> Vec<String> {
        let cells = dialect.cells(row, 100).unwrap();
        cells.into_iter().map(Cow::into_owned).collect()
    }

    #[test]
    fn quotes_are_taken_off_and_doubled_ones_are_one() {
        let plain = |row| cells(Dialect::default(), row);
        assert_eq!(
            plain(r#"a,"b,c","d ""e""",f"#),
            ["a", "b,c", r#"d "e""#, "f"]
        );
        assert_eq!(plain("\"two\nlines\",x"), ["two\nlines", "x"]);
        assert_eq!(plain(",,"), ["", "", ""]);
        assert_eq!(plain(r#""","""""#), ["", "\""]);
        // Not of RFC 4180, read as Python's csv reads them.
        assert_eq!(plain(r#"5" pipe,"a"b"#), [r#"5" pipe"#, "ab"]);
        assert_eq!(plain(r#" "a",b "#), [r#" "a""#, "b "]);
    }

    #[test]
    fn blanks_around_cells_are_dropped_where_that_is_said() {
        let dialect = Dialect {
            trim: true,
            ..Dialect::default()
        };
        assert_eq!(cells(dialect, r#"  a , "b, c" , "#), ["a", "b, c", ""]);
    }

    #[test]
    fn an_escape_keeps_the_sign_behind_it() {
        let dialect = Dialect {
            delimiter: b';',
            escape: Some(b'\\'),
            double_quote: false,
            ..Dialect::default()
        };
        assert_eq!(cells(dialect, r#"a\;b;"c\"d;";e"#), ["a;b", "c\"d;", "e"]);
    }

    #[test]
    fn without_quotes_they_are_signs_like_others() {
        let dialect = Dialect {
            delimiter: b'\t',
            quote: None,
            ..Dialect::default()
        };
        assert_eq!(cells(dialect, "\"a\tb\""), ["\"a", "b\""]);
    }

    #[test]
    fn signs_of_several_bytes_are_whole_wherever_they_stand() {
        let dialect = Dialect {
            escape: Some(b'\\'),
            ..Dialect::default()
        };
        let row = "\u{457},\"\u{454}\"\"\u{451}\",\\\u{456}\u{457},\"\\\u{454}x\"\u{457}";
        let expected = [
            "\u{457}",
            "\u{454}\"\u{451}",
            "\u{456}\u{457}",
            "\u{454}x\u{457}",
        ];
        assert_eq!(cells(dialect, row), expected);
    }

    #[test]
    fn cells_are_bounded() {
        assert_eq!(Dialect::default().cells("a,b,c", 2), None);
        assert!(Dialect::default().cells("a,b", 3).is_some());
    }
}
