//! The decoded fields of records, as the texts that they are printed as.

use core::ops::Range;

/// What records held, field by field, for people who look into a feed: for each a JSON object with every
/// field of the format under a name with its unit (`speed_knots`), `null` = not available. As text, for it
/// is only printed; all of it in one piece of memory, which is used again after [`super::Output::clear`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    records: Vec<Detail>,
    text: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Detail {
    record: u64,
    /// Where its text lies; nothing where only the kind is known.
    fields: Range<usize>,
    skipped: Option<&'static str>,
}

/// One record of [`Details`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// Number of the record, as in [`super::Drafted`].
    pub record: u64,
    /// The JSON object; `None` where only the kind is known.
    pub fields: Option<&'a [u8]>,
    /// The kind under which it was counted in [`super::Output::skipped`], where it was.
    pub skipped: Option<&'static str>,
}

impl Details {
    /// The records in the order in which they were decoded.
    pub fn iter(&self) -> impl Iterator<Item = Decoded<'_>> {
        self.records.iter().map(|detail| Decoded {
            record: detail.record,
            fields: self
                .text
                .get(detail.fields.clone())
                .filter(|text| !text.is_empty()),
            skipped: detail.skipped,
        })
    }

    /// How many records there are.
    pub(super) const fn len(&self) -> usize {
        self.records.len()
    }

    /// Adds a record, whose object `write` appends.
    pub(super) fn add(&mut self, record: u64, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.text.len();
        write(&mut self.text);
        self.records.push(Detail {
            record,
            fields: start..self.text.len(),
            skipped: None,
        });
    }

    /// Notes under which kind a record was counted.
    pub(super) fn skip(&mut self, record: u64, kind: &'static str) {
        match self.records.last_mut() {
            Some(last) if last.record == record => last.skipped = Some(kind),
            _ => self.records.push(Detail {
                record,
                fields: 0..0,
                skipped: Some(kind),
            }),
        }
    }

    pub(super) fn clear(&mut self) {
        self.records.clear();
        self.text.clear();
    }
}
