//! Rows to records to drafts.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use oneroof_model::{MessageContext, Time};
use serde_json::{Map, Value, json};

use super::config::CsvOptions;
use super::rows::{Found, Rows, Span};
use crate::charset::{Charset, Mark, Whole};
use crate::contract::{Decoder, MAX_REJECT_RAW, Output, RejectReason};
use crate::mapping::{Giving, Ground, message_value};

/// Most bytes before the first row that are kept so that a reject can be decoded again by itself.
const MAX_PREAMBLE: usize = MAX_REJECT_RAW / 2;

/// Decodes one table.
#[derive(Debug)]
pub(super) struct CsvDecoder {
    options: Arc<CsvOptions>,
    /// One unfinished row and what came behind it; bytes before `head` are done with.
    held: Vec<u8>,
    head: usize,
    /// Offset of the byte at `head` from the first byte ever given.
    offset: u64,
    record: u64,
    /// What a broker says of the message that is pushed; null without one.
    message: Value,
    rows: Rows,
    table: Table,
}

/// What is known of the table in hand.
#[derive(Debug, Default)]
struct Table {
    /// Known once the first bytes have come.
    charset: Option<Charset>,
    /// The line that comes next, from 0.
    line: u64,
    /// The columns, once they are known; none where the header could not be read.
    columns: Option<Columns>,
    /// The cells of the header row.
    header: Option<Vec<String>>,
    /// Byte order mark, skipped lines and header as they came.
    preamble: Vec<u8>,
}

/// The columns of a table, and the record of a row that is filled anew for each: its keys are the same in all of them.
#[derive(Debug)]
struct Columns {
    names: Vec<String>,
    record: Value,
    /// The column of each member of the record, in the record's own order.
    order: Vec<usize>,
}

impl Columns {
    fn new(names: &[String]) -> Self {
        let record: Map<_, _> = names
            .iter()
            .map(|name| (name.clone(), Value::Null))
            .collect();
        // Of two columns of one name the last counts.
        let last = |name: &String| names.iter().rposition(|n| n == name);
        Self {
            order: record.keys().filter_map(last).collect(),
            names: names.to_vec(),
            record: Value::Object(record),
        }
    }

    /// Puts a row's cells into the record; a missing one is null.
    fn fill(&mut self, cells: &[Cow<'_, str>], is_missing: impl Fn(&str) -> bool) {
        let members = self.record.as_object_mut().into_iter().flatten();
        for ((_, member), column) in members.zip(&self.order) {
            let cell = cells.get(*column).map_or("", |cell| cell);
            match member {
                _ if is_missing(cell) => *member = Value::Null,
                Value::String(text) => {
                    text.clear();
                    text.push_str(cell);
                }
                _ => *member = Value::String(cell.to_owned()),
            }
        }
    }
}

impl CsvDecoder {
    pub(super) fn new(options: Arc<CsvOptions>) -> Self {
        let mut decoder = Self {
            options,
            held: Vec::new(),
            head: 0,
            offset: 0,
            record: 0,
            message: Value::Null,
            rows: Rows::default(),
            table: Table::default(),
        };
        decoder.begin();
        decoder
    }

    /// A new table.
    fn begin(&mut self) {
        self.rows = Rows::default();
        self.rows.to_skip = self.options.skip_rows;
        self.table = Table::default();
        if !self.options.header {
            self.table.columns = self.options.columns.as_deref().map(Columns::new);
        }
    }

    fn run(&mut self, whole: Whole, at: Time, out: &mut Output) {
        let charset = match self.table.charset {
            Some(charset) => charset,
            None => match Charset::of_mark(self.rest(), whole) {
                Mark::Unclear => return,
                Mark::Found(charset, len) => {
                    self.keep_preamble(len);
                    self.drop_front(len);
                    *self.table.charset.insert(charset)
                }
                Mark::None => *self.table.charset.insert(self.options.charset),
            },
        };
        loop {
            let rest = self.held.get(self.head..).unwrap_or_default();
            let found = self.rows.find(rest, charset, &self.options, whole);
            let (passed, lines) = self.rows.take_passed();
            self.drop_front(passed);
            self.table.line += lines;
            let (span, reason) = match found {
                Found::More => return,
                Found::Row(span) => (span, self.row(span, charset, at, out)),
                Found::Comment(span) => {
                    self.skip("comment", out);
                    (span, Ok(()))
                }
                Found::Skipped(span) => {
                    self.keep_preamble(span.done);
                    self.skip("skipped_row", out);
                    (span, Ok(()))
                }
                Found::TooLong(span) => (span, Err(self.too_long())),
                Found::OpenQuote(span) => (span, Err(open_quote(self.table.line + 1))),
            };
            if let Err(reason) = reason {
                let raw = self.with_preamble(span);
                out.reject(self.record, self.offset, reason, &raw);
                self.record += 1;
                if matches!(
                    found,
                    Found::Row(_) | Found::TooLong(_) | Found::OpenQuote(_)
                ) {
                    self.without_header();
                }
            }
            self.count_lines(span, charset);
            self.drop_front(span.done);
            self.rows.restart();
        }
    }

    /// A row could not be read. Where it would have been the header, the next one is not taken for it.
    fn without_header(&mut self) {
        if self.table.columns.is_none() {
            let named = self.options.columns.as_deref().unwrap_or_default();
            self.table.columns = Some(Columns::new(named));
        }
    }

    fn rest(&self) -> &[u8] {
        self.held.get(self.head..).unwrap_or_default()
    }

    fn too_long(&self) -> RejectReason {
        let limit = self.options.limits.row_bytes;
        let line = self.table.line + 1;
        let detail = format!("line {line}: expected a row of at most {limit} bytes");
        RejectReason::new("too_long", detail)
    }

    fn skip(&mut self, kind: &'static str, out: &mut Output) {
        out.skip(self.record, kind);
        self.record += 1;
    }

    /// A whole row.
    fn row(
        &mut self,
        span: Span,
        charset: Charset,
        at: Time,
        out: &mut Output,
    ) -> Result<(), RejectReason> {
        let row = self.head..self.head + span.len;
        let bytes = self.held.get(row).unwrap_or_default();
        let line = self.table.line + 1;
        let fault = |code, what: String| RejectReason::new(code, format!("line {line}: {what}"));
        let Some(text) = charset.decode(bytes) else {
            let what = format!("expected {}, found other bytes", charset.name());
            return Err(fault("encoding", what));
        };
        let dialect = &self.options.dialect;
        let is_blank = |b: u8| matches!(b, b' ' | b'\t') && b != dialect.delimiter;
        if text.bytes().all(is_blank) {
            return Ok(()); // a blank line
        }
        if text.contains('\0') {
            return Err(fault(
                "nul",
                "expected a text, found a zero byte".to_owned(),
            ));
        }
        let limit = self.options.limits.columns;
        let Some(cells) = dialect.cells(&text, limit) else {
            return Err(fault(
                "too_many_columns",
                format!("expected at most {limit} columns"),
            ));
        };
        let header = self.table.header.as_ref();
        let repeated = header.is_some_and(|header| header.iter().eq(cells.iter()));
        let Some(columns) = self.table.columns.as_mut().filter(|_| !repeated) else {
            let cells = cells.into_iter().map(Into::into).collect();
            self.header(cells, span, out);
            return Ok(());
        };
        if columns.names.is_empty() {
            return Err(fault(
                "no_header",
                "expected a header before the rows, it could not be read".to_owned(),
            ));
        }
        if cells.len() != columns.names.len() {
            let (expected, found) = (columns.names.len(), cells.len());
            return Err(fault(
                "ragged_row",
                format!("expected {expected} columns, found {found}"),
            ));
        }
        let missing = &self.options.missing;
        let is_missing = |cell: &str| missing.iter().any(|m| m == cell.trim());
        let marked = cells.iter().any(|cell| is_missing(cell));
        // As the sender wrote it, for whoever asked to see it.
        let shown = (marked && out.wants_decoded()).then(|| {
            columns.fill(&cells, |_| false);
            columns.record.clone()
        });
        columns.fill(&cells, is_missing);
        let giving = Giving {
            record: self.record,
            ground: Ground {
                message: &self.message,
                ..Ground::alone(&columns.record)
            },
            shown: shown.as_ref(),
            own: &[],
            line: Some(line),
            at,
        };
        self.options.mapping.give(&giving, out)?;
        out.origin(self.record, self.offset, || self.with_preamble(span));
        self.record += 1;
        Ok(())
    }

    /// The header row, for the first time or again (tables put one behind the other).
    fn header(&mut self, cells: Vec<String>, span: Span, out: &mut Output) {
        let line = self.table.line + 1;
        if self.table.columns.is_none() {
            let names = self
                .options
                .columns
                .clone()
                .unwrap_or_else(|| distinct(&cells));
            let (expected, found) = (names.len(), cells.len());
            let raw = self.with_preamble(span);
            self.table.columns = Some(Columns::new(&names));
            self.keep_preamble(span.done);
            if expected != found {
                let detail =
                    format!("line {line}: expected a header of {expected} columns, found {found}");
                let reason = RejectReason::new("bad_header", detail);
                out.reject(self.record, self.offset, reason, &raw);
                self.record += 1;
                return;
            }
        }
        out.fields(
            self.record,
            || json!({ "line": line, "columns": self.table.columns.as_ref().map(|c| &c.names) }),
        );
        out.skip(self.record, "header");
        self.record += 1;
        self.table.header = Some(cells);
    }

    /// A row as it can be decoded again by itself: with what stands before the first row, where that is not too long.
    fn with_preamble(&self, span: Span) -> Vec<u8> {
        let row = self.rest().get(..span.len).unwrap_or_default();
        let preamble = &self.table.preamble;
        if preamble.len() + row.len() > MAX_REJECT_RAW {
            return row.to_vec();
        }
        [preamble, row].concat()
    }

    fn keep_preamble(&mut self, len: usize) {
        let bytes = self
            .held
            .get(self.head..self.head + len)
            .unwrap_or_default();
        if self.table.preamble.len() + len <= MAX_PREAMBLE {
            self.table.preamble.extend_from_slice(bytes);
        }
    }

    /// Lines that end within a row, for the line numbers of what follows.
    fn count_lines(&mut self, span: Span, charset: Charset) {
        let bytes = self.held.get(self.head..self.head + span.len);
        self.table.line += line_breaks(bytes.unwrap_or_default(), charset);
        self.table.line += u64::from(span.done > span.len);
    }

    const fn drop_front(&mut self, len: usize) {
        self.head += len;
        self.offset += len as u64;
    }

    fn compact(&mut self) {
        self.held.drain(..self.head.min(self.held.len()));
        self.head = 0;
    }
}

impl Decoder for CsvDecoder {
    fn push(&mut self, bytes: &[u8], at: Time, out: &mut Output) {
        // In steps, so that a huge push is not held whole beside its copy.
        for chunk in bytes.chunks(STEP) {
            self.held.extend_from_slice(chunk);
            self.run(Whole::No, at, out);
            self.compact();
        }
    }

    fn end_datagram(&mut self, at: Time, out: &mut Output) {
        self.push(b"\n", at, out);
    }

    fn finish(&mut self, at: Time, out: &mut Output) {
        self.run(Whole::Yes, at, out);
        self.drop_front(self.rest().len());
        self.compact();
        self.begin();
    }

    fn context(&mut self, context: &MessageContext) {
        self.message = message_value(context);
    }
}

/// Bytes of a push that are worked off at a time.
const STEP: usize = 16 * 1024;

/// Line breaks in some bytes: LF, CR, or both together.
fn line_breaks(bytes: &[u8], charset: Charset) -> u64 {
    let width = charset.width();
    if width == 1 && memchr::memchr2(b'\n', b'\r', bytes).is_none() {
        return 0;
    }
    let (mut breaks, mut before) = (0, 0);
    for at in (0..bytes.len()).step_by(width) {
        let c = charset.unit(bytes, at).unwrap_or_default();
        breaks += u64::from(c == b'\r' || c == b'\n' && before != b'\r');
        before = c;
    }
    breaks
}

fn open_quote(line: u64) -> RejectReason {
    let detail = format!(
        "line {line}: expected the end of a quoted cell, found none; the next line is read anew"
    );
    RejectReason::new("open_quote", detail)
}

/// The names of a header: trimmed, an empty one by its number, a second of the same name with a number behind it.
fn distinct(cells: &[String]) -> Vec<String> {
    let mut taken: BTreeSet<String> = cells.iter().map(|cell| cell.trim().to_owned()).collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = Vec::with_capacity(cells.len());
    for (index, cell) in cells.iter().enumerate() {
        let stated = cell.trim();
        let count = seen.entry(stated.to_owned()).or_default();
        *count += 1;
        let base = match stated {
            "" => format!("column_{}", index + 1),
            name => name.to_owned(),
        };
        let is_made_up = *count > 1 || stated.is_empty();
        let mut name = base.clone();
        let mut number = *count;
        while is_made_up && !taken.insert(name.clone()) {
            name = format!("{base}_{number}");
            number += 1;
        }
        *count = (number - 1).max(*count);
        names.push(name);
    }
    names
}
