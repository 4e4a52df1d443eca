//! An output record by record: what became of each, and what of it no rule read. For whoever tries a mapping on a
//! sample, and for programs that help with that.

use std::collections::BTreeMap;

use oneroof_model::Draft;
use serde_json::Value;

use crate::contract::{Details, Output, Reject};

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tried<'o> {
    /// Its number, from 0.
    pub record: u64,
    /// Its drafts; several where rules go on.
    pub drafts: Vec<&'o Draft>,
    /// Why it could not be understood.
    pub reject: Option<&'o Reject>,
    /// The kind under which it was counted as known and left out.
    pub skipped: Option<&'static str>,
    /// Its decoded fields: an object, or `null` where the output collected none.
    pub decoded: Value,
}

impl Tried<'_> {
    /// The rules of the mapping that took it, where its format has a mapping.
    pub fn rule(&self) -> Option<&str> {
        self.decoded
            .get("rule")?
            .as_str()
            .filter(|rule| !rule.is_empty())
    }

    /// The line on which it begins, where its format counts lines.
    pub fn line(&self) -> Option<u64> {
        self.decoded.get("line")?.as_u64()
    }

    /// The paths in it that no rule which took it reads (see [`crate::mapping::Mapping::unmapped`]); none where its
    /// format has no mapping.
    pub fn unmapped(&self) -> impl Iterator<Item = &str> {
        let list = self.decoded.get("unmapped").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str)
    }
}

/// The records of an output, in their order.
pub fn tried(out: &Output) -> Vec<Tried<'_>> {
    let mut records: BTreeMap<u64, Tried<'_>> = BTreeMap::new();
    for details in out.decoded.iter().flat_map(Details::iter) {
        let tried = entry(&mut records, details.record);
        tried.skipped = details.skipped;
        let fields = details
            .fields
            .and_then(|text| serde_json::from_slice(text).ok());
        tried.decoded = fields.unwrap_or_default();
    }
    for drafted in &out.drafts {
        entry(&mut records, drafted.record)
            .drafts
            .push(&drafted.draft);
    }
    for reject in &out.rejects {
        entry(&mut records, reject.record).reject = Some(reject);
    }
    records.into_values().collect()
}

fn entry<'r, 'o>(records: &'r mut BTreeMap<u64, Tried<'o>>, record: u64) -> &'r mut Tried<'o> {
    let new = || Tried {
        record,
        ..Tried::default()
    };
    records.entry(record).or_insert_with(new)
}

#[cfg(test)]
mod tests {
    use oneroof_model::Time;

    use super::*;
    use crate::registry::{Options, build};

    #[test]
    fn every_record_of_every_mapped_format_names_what_is_not_mapped() {
        let map = "{draft: report, id: ID, type: {const: SYS01}}";
        for (kind, id, sample, unmapped) in [
            ("json", "a", r#"{"a":1,"b":{"c":2}}"#, "b.c"),
            ("csv", "a", "a,b c\n1,2\n", "b c"),
            ("xml", "'@a'", "<r a='1'><b><c>2</c></b></r>", "b.c"),
            (
                "geojson",
                "id",
                r#"{"type":"Feature","id":1,"properties":{"c":2},"geometry":null}"#,
                "properties.c",
            ),
        ] {
            let options = format!("map: {}", map.replace("ID", id));
            let format = build(kind, Options::new(&options)).unwrap_or_else(|p| panic!("{p:?}"));
            let mut decoder = format.decoder();
            let mut out = Output::with_decoded();
            decoder.push(sample.as_bytes(), Time::EPOCH, &mut out);
            decoder.finish(Time::EPOCH, &mut out);
            let records = tried(&out);
            let last = records.last().unwrap();
            assert_eq!(last.drafts.len(), 1, "{kind}: {last:?}");
            assert_eq!(
                (last.rule(), last.unmapped().collect::<Vec<_>>()),
                (Some("1"), vec![unmapped]),
                "{kind}"
            );
        }
    }

    #[test]
    fn rejects_and_what_is_left_out_have_their_records() {
        let format = build("csv", Options::new("map: {draft: heartbeat}")).unwrap();
        let mut decoder = format.decoder();
        let mut out = Output::with_decoded();
        decoder.push(b"a,b\n1\n2,3\n", Time::EPOCH, &mut out);
        decoder.finish(Time::EPOCH, &mut out);
        let records = tried(&out);
        let numbers: Vec<u64> = records.iter().map(|r| r.record).collect();
        assert_eq!(numbers, [0, 1, 2]);
        assert_eq!(records[0].skipped, Some("header"));
        assert_eq!(records[1].reject.unwrap().reason.code, "ragged_row");
        assert_eq!((records[2].drafts.len(), records[2].line()), (1, Some(3)));
    }
}
