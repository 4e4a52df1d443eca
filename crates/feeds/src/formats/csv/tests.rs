//! Tests of the format; those of the mapping language are in `mapping/tests.rs`.

use oneroof_model::Draft;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::registry::{Options, build};

contract!("csv");

/// A mapping that takes every row and reads its `id`.
const PLAIN: &str = "kind: csv\nmap: {draft: report, id: id, type: {const: SYS01}, text: text}\n";

fn decode(yaml: &str, chunks: &[&[u8]]) -> Output {
    let format = build("csv", Options::new(yaml)).unwrap_or_else(|p| panic!("{p:?}"));
    let mut decoder = format.decoder();
    let mut out = Output::with_decoded();
    for chunk in chunks {
        decoder.push(chunk, RECEIVED, &mut out);
    }
    decoder.finish(RECEIVED, &mut out);
    out
}

fn keys(out: &Output) -> Vec<&str> {
    let reports = out.drafts.iter().filter_map(|d| match &d.draft {
        Draft::Report(r) => r.source.as_ref(),
        _ => None,
    });
    reports.map(|source| source.key.as_str()).collect()
}

fn codes(out: &Output) -> Vec<&'static str> {
    out.rejects.iter().map(|r| r.reason.code).collect()
}

/// The records as they were decoded, headers left out.
fn records(yaml: &str, bytes: &[u8]) -> Vec<Value> {
    let out = decode(yaml, &[bytes]);
    assert_eq!(codes(&out), [""; 0]);
    let lines = out.to_lines().into_iter();
    lines
        .map(|line| line["decoded"]["record"].clone())
        .filter(|r| !r.is_null())
        .collect()
}

#[test]
fn without_options_a_table_is_shown_and_counted() {
    let out = decode("", &[b"id,\"a, b\"\n1,x\n2,\n"]);
    assert_eq!((out.skipped["header"], out.skipped["no_mapping"]), (1, 2));
    let lines = out.to_lines();
    assert_eq!(
        lines[0],
        json!({
            "skipped": "header", "draft": null, "decoded": {"line": 1, "columns": ["id", "a, b"]}
        })
    );
    assert_eq!(
        lines[2]["decoded"]["record"],
        json!({"id": "2", "a, b": ""})
    );
    assert_eq!(lines[2]["decoded"]["line"], 3);
    assert_eq!(lines[2]["decoded"]["unmapped"], json!(["a, b", "id"]));
}

#[test]
fn encodings_and_byte_order_marks_give_the_same_rows() {
    let text = "id,\u{456}\u{43c}'\u{44f}\n1,\u{41e}\u{43b}\u{435}\u{43d}\u{430} \u{407}\n";
    let utf16 = |swap: bool| -> Vec<u8> {
        let units = format!("\u{feff}{text}");
        units
            .encode_utf16()
            .flat_map(|u| {
                if swap {
                    u.to_be_bytes()
                } else {
                    u.to_le_bytes()
                }
            })
            .collect()
    };
    let legacy = |label: &str| -> (String, Vec<u8>) {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
        (
            format!("encoding: {label}\nmap: []"),
            encoding.encode(text).0.into_owned(),
        )
    };
    let cases = [
        (String::new(), text.as_bytes().to_vec()),
        (String::new(), format!("\u{feff}{text}").into_bytes()),
        (
            "encoding: windows-1251\nmap: []".to_owned(),
            format!("\u{feff}{text}").into_bytes(),
        ),
        (String::new(), utf16(false)),
        (String::new(), utf16(true)),
        legacy("windows-1251"),
        legacy("koi8-u"),
        legacy("iso-8859-5"),
    ];
    let expected =
        json!({"id": "1", "\u{456}\u{43c}'\u{44f}": "\u{41e}\u{43b}\u{435}\u{43d}\u{430} \u{407}"});
    for (yaml, bytes) in cases {
        assert_eq!(
            records(&yaml, &bytes),
            core::slice::from_ref(&expected),
            "{yaml} {bytes:?}"
        );
    }
}

#[test]
fn any_single_sign_parts_cells() {
    for (word, sign) in [
        ("comma", ","),
        ("semicolon", ";"),
        ("tab", "\t"),
        ("pipe", "|"),
        ("\"^\"", "^"),
    ] {
        let yaml = format!("delimiter: {word}\nmap: []");
        let text = format!("id{sign}n\n1{sign}\"a{sign}b\"\n");
        let expected = json!({"id": "1", "n": format!("a{sign}b")});
        assert_eq!(records(&yaml, text.as_bytes()), [expected]);
    }
}

#[test]
fn line_breaks_of_every_kind_end_rows_and_stay_within_quotes() {
    for end in ["\n", "\r\n", "\r"] {
        let text = format!("id,text{end}1,\"a{end}{end}b\"{end}{end}2,c{end}");
        let expected = [
            json!({"id": "1", "text": format!("a{end}{end}b")}),
            json!({"id": "2", "text": "c"}),
        ];
        assert_eq!(records("", text.as_bytes()), expected, "{end:?}");
        let out = decode("", &[text.as_bytes()]);
        assert_eq!(out.to_lines()[2]["decoded"]["line"], 6, "{end:?}");
    }
}

#[test]
fn a_ragged_row_names_its_line_and_both_counts_and_can_be_decoded_again() {
    let out = decode(PLAIN, &[b"id,text\n1,a\n2\n3,b,c\n4,d\n"]);
    assert_eq!(keys(&out), ["1", "4"]);
    assert_eq!(codes(&out), ["ragged_row", "ragged_row"]);
    assert_eq!(
        out.rejects[0].reason.detail,
        "line 3: expected 2 columns, found 1"
    );
    assert_eq!(
        out.rejects[1].reason.detail,
        "line 4: expected 2 columns, found 3"
    );
    assert_eq!(
        (out.rejects[1].offset, &*out.rejects[1].raw),
        (14, &b"id,text\n3,b,c"[..])
    );
    let again = decode(PLAIN, &[&out.rejects[1].raw]);
    assert_eq!(codes(&again), ["ragged_row"]);
    assert_eq!(again.rejects[0].raw, out.rejects[1].raw);
    assert_eq!(out.origins[1].raw, b"id,text\n4,d");
}

#[test]
fn a_quote_that_never_ends_costs_its_line_only() {
    let out = decode(PLAIN, &[b"id,text\n1,\"open\n2,b\n3,c\n"]);
    assert_eq!(keys(&out), ["2", "3"]);
    assert_eq!(codes(&out), ["open_quote"]);
    assert_eq!(out.rejects[0].raw, b"id,text\n1,\"open");
    let yaml = format!("limits: {{row_bytes: 1024}}\n{PLAIN}");
    let long = format!("id,text\n1,\"open\n{}", "2,b\n".repeat(400));
    for size in [1, 100, 10_000] {
        let chunks: Vec<&[u8]> = long.as_bytes().chunks(size).collect();
        let out = decode(&yaml, &chunks);
        assert_eq!(keys(&out).len(), 400, "in chunks of {size}");
        assert_eq!(codes(&out), ["open_quote"]);
    }
}

#[test]
fn no_more_than_one_row_is_held_and_a_longer_one_is_a_reject() {
    let yaml = format!("limits: {{row_bytes: 1024, columns: 3}}\n{PLAIN}");
    let long = format!("id,text\n1,{}\n2,b\n", "x".repeat(5_000));
    for size in [1, 700, 10_000] {
        let chunks: Vec<&[u8]> = long.as_bytes().chunks(size).collect();
        let out = decode(&yaml, &chunks);
        assert_eq!(keys(&out), ["2"], "in chunks of {size}");
        assert_eq!(codes(&out), ["too_long"]);
        assert_eq!(out.to_lines().last().unwrap()["decoded"]["line"], 3);
    }
    assert_eq!(
        codes(&decode(&yaml, &[b"id,text\n1,2,3,4\n"])),
        ["too_many_columns"]
    );
}

#[test]
fn the_row_after_a_header_that_can_not_be_read_is_not_taken_for_it() {
    let out = decode(PLAIN, &[b"id,te\xffxt\n1,a\n2,b\n"]);
    assert_eq!(codes(&out), ["encoding", "no_header", "no_header"]);
    let yaml = PLAIN.replace("map:", "columns: [id, text]\nheader: true\nmap:");
    let out = decode(&yaml, &[b"id,te\xffxt\n1,a\n"]);
    assert_eq!((codes(&out), keys(&out)), (vec!["encoding"], vec!["1"]));
    let out = decode(&yaml, &[b"a,b,c\n1,a\n"]);
    assert_eq!((codes(&out), keys(&out)), (vec!["bad_header"], vec!["1"]));
}

#[test]
fn bytes_that_are_no_text_are_rejects_with_a_reason() {
    for (row, code) in [(&b"1,\xff"[..], "encoding"), (b"1,a\0b", "nul")] {
        let out = decode(PLAIN, &[b"id,text\n", row, b"\n2,b\n"]);
        assert_eq!((codes(&out), keys(&out)), (vec![code], vec!["2"]));
    }
}

#[test]
fn names_of_columns_are_made_different() {
    let record = records("", b" a ,a,,a_2,a,column_3\n1,2,3,4,5,6\n");
    let expected = json!({
        "a": "1", "a_3": "2", "column_3_1": "3", "a_2": "4", "a_4": "5", "column_3": "6"
    });
    assert_eq!(record, [expected]);
}

#[test]
fn a_header_that_comes_again_is_no_row() {
    let out = decode(PLAIN, &[b"id,text\n1,a\nid,text\n2,b\n"]);
    assert_eq!((keys(&out), out.skipped["header"]), (vec!["1", "2"], 2));
}

#[test]
fn words_for_missing_are_missing_and_still_shown() {
    let yaml = "missing: ['-', 'NULL']\nmap: {draft: report, id: id, type: {const: X}, persons: n, text: t}";
    let out = decode(yaml, &[b"id,n,t\n1, NULL ,-\n2,5,NULLS\n"]);
    let [first, second] = &out.drafts[..] else {
        panic!("{:?}", out.rejects)
    };
    let (Draft::Report(first), Draft::Report(second)) = (&first.draft, &second.draft) else {
        panic!("reports")
    };
    assert_eq!((first.persons, first.text.as_deref()), (None, None));
    assert_eq!(
        (second.persons.unwrap().n, second.text.as_deref()),
        (Some(5), Some("NULLS"))
    );
    assert_eq!(out.to_lines()[1]["decoded"]["record"]["n"], " NULL ");
}

#[test]
fn faults_of_the_options_are_told_with_their_places() {
    for (yaml, line, part) in [
        ("delimiter: ','\nquote: ','\nmap: []", 1, "different signs"),
        ("encoding: shift_jis\nmap: []", 1, "one byte a sign"),
        ("map: []\nheader: false", 1, "needs `columns`"),
        ("map: []\ncolumns: [a, a]", 2, "different names"),
        ("map: []\ndelimiter: ab", 2, "one ASCII sign"),
        ("map: []\ncomment: 'a,'", 2, "visible ASCII signs"),
        (
            "map: {draft: heartbeat, at: $.x}",
            1,
            "nothing around its rows",
        ),
        ("kind: csv\ndelimitre: ','\nmap: []", 2, "unknown key"),
    ] {
        let problems = build("csv", Options::new(yaml)).err().unwrap();
        assert_eq!(problems[0].line, line, "{problems:?}");
        assert!(problems[0].message.contains(part), "{problems:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Whatever is written by the rules of RFC 4180 is read as it was.
    #[test]
    fn what_is_written_by_the_rules_is_read_back(
        rows in prop::collection::vec(prop::collection::vec("[a-z,\"\\n\\r ;\u{456}]{0,6}", 3), 1..6),
        cut in 1_usize..9,
    ) {
        let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let mut text = "a,b,c\r\n".to_owned();
        for row in &rows {
            text.push_str(&row.iter().map(quoted).collect::<Vec<_>>().join(","));
            text.push_str("\r\n");
        }
        let chunks: Vec<&[u8]> = text.as_bytes().chunks(cut).collect();
        let out = decode("", &chunks);
        prop_assert_eq!(codes(&out), [""; 0]);
        let read: Vec<Vec<String>> = out.to_lines().iter().skip(1).map(|line| {
            let cell = |name: &str| line["decoded"]["record"][name].as_str().unwrap_or("?").to_owned();
            vec![cell("a"), cell("b"), cell("c")]
        }).collect();
        prop_assert_eq!(read, rows);
    }
}
