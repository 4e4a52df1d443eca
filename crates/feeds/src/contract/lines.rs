//! An output as lines of JSON: what `oneroof decode` prints.

use std::io;

use oneroof_model::Draft;
use serde_json::{Value, json};

use super::details::{Decoded, Details};
use super::{Output, Reject, hex};
use crate::json_text;

/// Text that is gathered before it is written, in bytes.
const WRITE_AT: usize = 64 * 1024;

impl Output {
    /// Writes one JSON object a line for each draft, reject and record without either, in the order of
    /// records; what `oneroof decode` prints. A record with fields and without a draft has
    /// `"draft": null`; one that was counted as known and out of scope has its kind as `skipped`.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_lines(&self, to: &mut impl io::Write) -> io::Result<()> {
        let mut text = Vec::with_capacity(WRITE_AT + WRITE_AT / 4);
        for (_, line) in self.in_order() {
            line.append(&mut text);
            if text.len() >= WRITE_AT {
                to.write_all(&text)?;
                text.clear();
            }
        }
        to.write_all(&text)
    }

    /// All that there is to write, with the number of its record.
    fn in_order(&self) -> Vec<(u64, Line<'_>)> {
        let details = self.decoded.as_ref();
        let room = self.drafts.len() + self.rejects.len() + details.map_or(0, Details::len);
        let mut drafts = self.drafts.iter().peekable();
        let mut lines: Vec<(u64, Line<'_>)> = Vec::with_capacity(room);
        // Both lists are in the order of records, so they are walked side by side.
        for own in details.iter().flat_map(|all| all.iter()) {
            while let Some(earlier) = drafts.next_if(|draft| draft.record < own.record) {
                lines.push((earlier.record, Line::Draft(&earlier.draft, None)));
            }
            let before = lines.len();
            while let Some(drafted) = drafts.next_if(|draft| draft.record == own.record) {
                lines.push((own.record, Line::Draft(&drafted.draft, own.fields)));
            }
            if lines.len() == before {
                lines.push((own.record, Line::Fields(own)));
            }
        }
        lines.extend(drafts.map(|rest| (rest.record, Line::Draft(&rest.draft, None))));
        lines.extend(
            self.rejects
                .iter()
                .map(|reject| (reject.record, Line::Reject(reject))),
        );
        lines.sort_by_key(|(record, _)| *record);
        lines
    }
}

/// One line of [`Output::write_lines`].
enum Line<'a> {
    Draft(&'a Draft, Option<&'a [u8]>),
    Fields(Decoded<'a>),
    Reject(&'a Reject),
}

impl Line<'_> {
    fn append(&self, to: &mut Vec<u8>) {
        match self {
            Self::Draft(draft, fields) => {
                to.extend_from_slice(b"{\"draft\":");
                append_or_null(to, *draft);
                if let Some(fields) = fields {
                    to.extend_from_slice(b",\"decoded\":");
                    to.extend_from_slice(fields);
                }
            }
            Self::Fields(decoded) => {
                let kind = decoded.skipped;
                to.extend_from_slice(b"{");
                if let Some(kind) = kind {
                    to.extend_from_slice(b"\"skipped\":");
                    append_or_null(to, kind);
                }
                if kind.is_some() && decoded.fields.is_some() {
                    to.extend_from_slice(b",");
                }
                if kind.is_none() || decoded.fields.is_some() {
                    to.extend_from_slice(b"\"draft\":null");
                }
                if let Some(fields) = decoded.fields {
                    to.extend_from_slice(b",\"decoded\":");
                    to.extend_from_slice(fields);
                }
            }
            Self::Reject(reject) => {
                to.extend_from_slice(b"{\"reject\":");
                append_or_null(to, &reject_json(reject));
            }
        }
        to.extend_from_slice(b"}\n");
    }
}

fn append_or_null<T: serde::Serialize + ?Sized>(to: &mut Vec<u8>, value: &T) {
    if !json_text::append(to, value) {
        to.extend_from_slice(b"null");
    }
}

/// A reject as JSON: text where the bytes are UTF-8, else hexadecimal digits.
fn reject_json(reject: &Reject) -> Value {
    let (name, raw) = core::str::from_utf8(&reject.raw).map_or_else(
        |_| ("raw_hex", hex(&reject.raw)),
        |text| ("raw", text.to_owned()),
    );
    json!({
        "record": reject.record,
        "offset": reject.offset,
        "code": reject.reason.code,
        "detail": reject.reason.detail,
        "digest": reject.digest_hex(),
        "raw_len": reject.raw_len,
        name: raw,
    })
}
