//! Finds rows in raw bytes, whatever the cutting, and holds one at most.

use super::config::CsvOptions;
use super::grammar::{Sign, State};
use crate::charset::{Charset, Whole};

/// What stands at the head of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Not yet known.
    More,
    /// A row.
    Row(Span),
    /// A comment.
    Comment(Span),
    /// A line before the header.
    Skipped(Span),
    /// A row beyond the bound: its first bytes. The rest of the line is passed over.
    TooLong(Span),
    /// The first line of a row whose quote nowhere ends; what follows is looked at anew.
    OpenQuote(Span),
}

/// Bytes of a line or row: without its line break, and how many are done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) len: usize,
    pub(super) done: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Line {
    /// A row; as many of its first signs are those of a comment.
    Row {
        like_comment: Option<usize>,
    },
    /// Anything up to the line break.
    Comment,
    Skipped,
    /// The rest of a row that was too long.
    #[default]
    Passed,
}

/// Where the search is.
#[derive(Debug, Default)]
pub(super) struct Rows {
    at: usize,
    state: State,
    line: Option<Line>,
    /// The line before ended with CR: an LF here belongs to it.
    after_cr: bool,
    /// Lines still to be skipped.
    pub(super) to_skip: u32,
    pass: bool,
    /// Bytes that are neither row nor anything that is told of: line breaks, rests of rows that were too long.
    passed: usize,
    /// Line breaks within them that count as lines.
    passed_lines: u64,
}

impl Rows {
    /// Looks on in `held`, whose first byte is the first that is not done with. What was passed over before the
    /// found span ([`Self::take_passed`]) is to be dropped first.
    pub(super) fn find(
        &mut self,
        held: &[u8],
        charset: Charset,
        options: &CsvOptions,
        whole: Whole,
    ) -> Found {
        self.passed = 0;
        let width = charset.width();
        while let Some(c) = charset.unit(held, self.at) {
            let start = self.passed;
            if self.at == start && core::mem::take(&mut self.after_cr) && c == b'\n' {
                self.at += width;
                self.passed = self.at;
                continue;
            }
            let line = match self.line {
                Some(line) => line,
                None => self.begin(options),
            };
            let (line, ends) = self.step(line, c, options);
            self.line = Some(line);
            if ends {
                let span = Span {
                    len: self.at - start,
                    done: self.at - start + width,
                };
                self.after_cr = c == b'\r';
                let kind = self.end();
                if let Some(found) = told(kind, span) {
                    return found;
                }
                self.passed_lines += 1;
                self.at = start + span.done;
                self.passed = self.at;
                continue;
            }
            self.at += width;
            self.pass_run(held, charset, options, start);
            if self.at - start > options.limits.row_bytes
                && let Some(found) = self.too_long(held, charset, start)
            {
                return found;
            }
        }
        if whole == Whole::No {
            return Found::More;
        }
        self.last(held, charset)
    }

    /// Goes on over content that changes nothing, as far as a row may be long.
    fn pass_run(&mut self, held: &[u8], charset: Charset, options: &CsvOptions, start: usize) {
        let is_bytes = charset.width() == 1;
        if is_bytes && self.line == Some(Line::Row { like_comment: None }) {
            let bound = held
                .len()
                .min(start.saturating_add(options.limits.row_bytes));
            let rest = held.get(self.at..bound).unwrap_or_default();
            self.at += options.dialect.run(self.state, rest);
        }
    }

    /// The bytes are dropped up to where [`Self::find`] came.
    pub(super) fn restart(&mut self) {
        self.at = 0;
    }

    /// How many bytes at the head are passed over, and how many lines end in them; they are taken as dropped.
    pub(super) fn take_passed(&mut self) -> (usize, u64) {
        let passed = core::mem::take(&mut self.passed);
        self.at -= passed.min(self.at);
        (passed, core::mem::take(&mut self.passed_lines))
    }

    fn begin(&mut self, options: &CsvOptions) -> Line {
        self.state = State::default();
        if core::mem::take(&mut self.pass) {
            Line::Passed
        } else if self.to_skip > 0 {
            Line::Skipped
        } else {
            Line::Row {
                like_comment: options.comment.as_ref().map(|_| 0),
            }
        }
    }

    /// One sign further, and whether the line ends with it.
    fn step(&mut self, line: Line, c: u8, options: &CsvOptions) -> (Line, bool) {
        let Line::Row { like_comment } = line else {
            return (line, matches!(c, b'\n' | b'\r'));
        };
        let (state, sign) = options.dialect.step(self.state, c);
        self.state = state;
        let comment = options.comment.as_deref().unwrap_or_default().as_bytes();
        let like_comment = like_comment
            .filter(|n| comment.get(*n) == Some(&c))
            .map(|n| n + 1);
        let line = if like_comment == Some(comment.len()) {
            Line::Comment
        } else {
            Line::Row { like_comment }
        };
        (line, sign == Sign::RowEnd)
    }

    fn end(&mut self) -> Line {
        let line = self.line.take().unwrap_or_default();
        if line == Line::Skipped {
            self.to_skip = self.to_skip.saturating_sub(1);
        }
        line
    }

    /// A row has grown beyond the bound.
    fn too_long(&mut self, held: &[u8], charset: Charset, start: usize) -> Option<Found> {
        let line = self.end();
        if line == Line::Passed {
            self.passed = self.at;
            self.pass = true;
            return None;
        }
        if matches!(line, Line::Row { .. })
            && self.state.is_open()
            && let Some(span) = first_line(held.get(start..self.at).unwrap_or_default(), charset)
        {
            return Some(Found::OpenQuote(span));
        }
        self.pass = true;
        let len = self.at - start;
        Some(Found::TooLong(Span { len, done: len }))
    }

    /// The stream has ended within a line.
    fn last(&mut self, held: &[u8], charset: Charset) -> Found {
        let rest = held.get(self.passed..).unwrap_or_default();
        let whole = Span {
            len: rest.len(),
            done: rest.len(),
        };
        let line = match self.line.take() {
            Some(line) => line,
            None if rest.is_empty() => return Found::More,
            // Half a unit of UTF-16.
            None => Line::Row { like_comment: None },
        };
        if matches!(line, Line::Row { .. })
            && matches!(self.state, State::Quoted | State::QuotedEscaped)
        {
            return Found::OpenQuote(first_line(rest, charset).unwrap_or(whole));
        }
        told(line, whole).unwrap_or_else(|| {
            self.passed = held.len();
            Found::More
        })
    }
}

fn told(line: Line, span: Span) -> Option<Found> {
    match line {
        Line::Row { .. } => Some(Found::Row(span)),
        Line::Comment => Some(Found::Comment(span)),
        Line::Skipped => Some(Found::Skipped(span)),
        Line::Passed => None,
    }
}

/// The first line of several.
fn first_line(bytes: &[u8], charset: Charset) -> Option<Span> {
    let width = charset.width();
    let units = (0..)
        .step_by(width)
        .map_while(|at| Some((at, charset.unit(bytes, at)?)));
    let mut breaks = units.filter(|(_, c)| matches!(c, b'\n' | b'\r'));
    let (at, c) = breaks.next()?;
    let two = c == b'\r' && charset.unit(bytes, at + width) == Some(b'\n');
    let done = at + width + if two { width } else { 0 };
    Some(Span { len: at, done })
}
