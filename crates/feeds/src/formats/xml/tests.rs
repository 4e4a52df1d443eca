//! Tests of the format; those of the mapping language are in `mapping/tests.rs`.

use oneroof_model::{Draft, ReportDraft};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::registry::{Options, build};

contract!("xml");

/// A mapping that takes every `e` and reads its `id`.
const PLAIN: &str =
    "kind: xml\nrecord: //e\nmap: {draft: report, id: '@id', type: {const: SYS01}, text: text()}\n";

fn decode(yaml: &str, chunks: &[&[u8]]) -> Output {
    let format = build("xml", Options::new(yaml)).unwrap_or_else(|p| panic!("{p:?}"));
    let mut decoder = format.decoder();
    let mut out = Output::with_decoded();
    for chunk in chunks {
        decoder.push(chunk, RECEIVED, &mut out);
    }
    decoder.finish(RECEIVED, &mut out);
    out
}

fn reports(out: &Output) -> Vec<&ReportDraft> {
    let reports = out.drafts.iter().filter_map(|d| match &d.draft {
        Draft::Report(r) => Some(&**r),
        _ => None,
    });
    reports.collect()
}

fn keys(out: &Output) -> Vec<&str> {
    let sources = reports(out).into_iter().filter_map(|r| r.source.as_ref());
    sources.map(|s| s.key.as_str()).collect()
}

fn codes(out: &Output) -> Vec<&'static str> {
    out.rejects.iter().map(|r| r.reason.code).collect()
}

/// The one record of a document, as it was decoded.
fn record(yaml: &str, text: &str) -> Value {
    let out = decode(yaml, &[text.as_bytes()]);
    assert_eq!(codes(&out), [""; 0], "{text}");
    out.to_lines()[0]["decoded"]["record"].clone()
}

fn numbered(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn without_options_the_whole_document_is_one_record() {
    let text =
        "<?xml version='1.0'?>\n<a x='1'><b>t</b><b y='2'> u </b><c/>mixed <i>in</i>\n</a>\n";
    let expected = json!({
        "@x": "1", "b": ["t", {"@y": "2", "text()": "u"}], "c": "", "i": "in",
        "text()": "mixed", "string()": "t u mixed in", "name()": "a"
    });
    let out = decode("", &[text.as_bytes()]);
    assert_eq!((out.skipped["no_mapping"], codes(&out)), (1, vec![]));
    let decoded = &out.to_lines()[0]["decoded"];
    assert_eq!(
        (&decoded["record"], &decoded["line"]),
        (&expected, &json!(2))
    );
    let unmapped = json!(["@x", "b[0]", "b[].@y", "b[].text()", "c", "i", "text()"]);
    assert_eq!(decoded["unmapped"], unmapped);
}

#[test]
fn records_come_out_one_by_one_while_the_document_goes_on() {
    let format = build("xml", Options::new(PLAIN)).unwrap();
    let mut decoder = format.decoder();
    let mut out = Output::default();
    decoder.push(b"<list><part>", RECEIVED, &mut out);
    for n in 0..500 {
        let text = format!("<e id='{n}'/>\n");
        decoder.push(text.as_bytes(), RECEIVED, &mut out);
        assert_eq!(out.drafts.len(), n + 1);
    }
    decoder.push(
        b"</part></list>\n<list><e id='x'/></list>",
        RECEIVED,
        &mut out,
    );
    decoder.finish(RECEIVED, &mut out);
    assert_eq!(out.drafts.len(), 501);
    assert!(
        out.rejects.is_empty() && out.skipped.is_empty(),
        "{:?}",
        out.rejects
    );
}

#[test]
fn document_types_and_entities_are_refused_with_a_stable_code() {
    for (text, code) in [
        (
            "<!DOCTYPE a SYSTEM 'http://example.com/a.dtd'><e id='1'/>",
            "doctype",
        ),
        (
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><e id='1'>&x;</e>",
            "doctype",
        ),
        ("<l><e id='1'>&x;</e></l>", "entity"),
        ("<l><e id='&x;'/></l>", "entity"),
        ("<l><e id='1'>&#0;</e></l>", "entity"),
        ("<l><e id='1'>a & b</e></l>", "entity"),
    ] {
        let out = decode(PLAIN, &[text.as_bytes()]);
        assert_eq!((codes(&out), keys(&out)), (vec![code], vec![]), "{text}");
    }
}

#[test]
fn a_record_that_can_not_be_taken_costs_only_itself() {
    let deep = format!("<e id='2'>{}{}</e>", "<d>".repeat(80), "</d>".repeat(80));
    let wide = format!("<e id='2' {}/>", numbered(200, |n| format!("a{n}=''")));
    let many = format!("<e id='2'>{}</e>", "<x/>".repeat(120));
    let long = format!("<e id='2'>{}</e>", "x".repeat(9_000));
    let yaml = format!("limits: {{record_bytes: 4096, elements: 100}}\n{PLAIN}");
    for (bad, code) in [
        ("<e id='2'>&x;</e>", "entity"),
        ("<e id='2' id='3'/>", "bad_xml"),
        ("<e/>", "missing_id"),
        (&*deep, "too_deep"),
        (&*wide, "too_many_attributes"),
        (&*many, "too_many_elements"),
        (&*long, "too_long"),
    ] {
        let text = format!("<l a='1'><e id='1'/>{bad}<e id='3'/></l>");
        for size in [1, 50, 100_000] {
            let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            let out = decode(&yaml, &chunks);
            assert_eq!(
                (codes(&out), keys(&out)),
                (vec![code], vec!["1", "3"]),
                "{code} {size}"
            );
        }
    }
}

#[test]
fn a_reject_can_be_decoded_again_with_what_stands_around_it() {
    let yaml = PLAIN.replace("id: '@id'", "id: {template: '{$.@n}-{$.p.q}-{.@id}'}");
    let text = "<?xml version='1.0'?><l n='7'><p><q>8</q><e id='1'/><e/><e id='3'/></p></l>";
    let out = decode(&yaml, &[text.as_bytes()]);
    assert_eq!(
        (codes(&out), keys(&out)),
        (vec!["missing_id"], vec!["7-8-1", "7-8-3"])
    );
    let raw = b"<?xml version='1.0'?><l n='7'><p><e/>";
    assert_eq!(out.rejects[0].raw, raw);
    let again = decode(&yaml.replace("-{$.p.q}", "").replace("-{.@id}", ""), &[raw]);
    assert_eq!((codes(&again), keys(&again)), (vec![], vec!["7"]));
    assert_eq!(again.skipped["unfinished_document"], 1);
}

#[test]
fn a_broken_document_is_put_aside_up_to_the_next_declaration() {
    let text = "<?xml version='1.0'?><l><e id='1'/></x><e id='2'/></l>\n<?xml version='1.0'?><l><e id='3'/></l>";
    for size in [1, 7, 1_000] {
        let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
        let out = decode(PLAIN, &chunks);
        assert_eq!(
            (codes(&out), keys(&out)),
            (vec!["bad_xml"], vec!["1", "3"]),
            "{size}"
        );
        assert_eq!(out.rejects[0].raw, b"</x><e id='2'/></l>\n");
    }
}

#[test]
fn what_is_not_well_formed_is_a_reject() {
    for (text, code) in [
        ("<l><e id='1'></l>", "bad_xml"),
        ("<l><e id='1'", "truncated"),
        ("<l><e id='1'>", "truncated"),
        ("hello", "bad_xml"),
        ("<>", "bad_xml"),
        ("<l><e id='1'>\u{1}</e></l>", "bad_xml"),
        ("<?xml version='1.0' encoding='nonsense'?><l/>", "encoding"),
        ("<?xml version='1.0' encoding='shift_jis'?><l/>", "encoding"),
    ] {
        let out = decode(PLAIN, &[text.as_bytes()]);
        assert_eq!((codes(&out), keys(&out)), (vec![code], vec![]), "{text}");
    }
    let open = "<l>".repeat(100);
    assert_eq!(codes(&decode(PLAIN, &[open.as_bytes()])), ["too_deep"]);
    assert_eq!(
        codes(&decode(PLAIN, &[b"<l><e id='1'>\xff</e></l>"])),
        ["encoding"]
    );
    let spaces = numbered(300, |n| format!("xmlns:n{n}='u'"));
    let yaml = format!("limits: {{attributes: 1000}}\n{PLAIN}");
    assert_eq!(
        codes(&decode(&yaml, &[format!("<l {spaces}/>").as_bytes()])),
        ["too_many_namespaces"]
    );
}

#[test]
fn encodings_by_mark_and_declaration_give_the_same_record() {
    let text = |label: &str| {
        format!(
            "<?xml version='1.0' encoding='{label}'?><e \u{456}d='1'>\u{407}\u{436}\u{430}\u{43a}</e>"
        )
    };
    let legacy = |label: &str| {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
        encoding.encode(&text(label)).0.into_owned()
    };
    let utf16 = |mark: &str, swap: bool| -> Vec<u8> {
        let units = format!("{mark}{}", text("UTF-16"));
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
    let expected =
        json!({"@\u{456}d": "1", "text()": "\u{407}\u{436}\u{430}\u{43a}", "name()": "e"});
    for bytes in [
        text("UTF-8").into_bytes(),
        format!("\u{feff}{}", text("windows-1251")).into_bytes(),
        legacy("windows-1251"),
        legacy("koi8-u"),
        utf16("\u{feff}", false),
        utf16("\u{feff}", true),
        utf16("", false),
        utf16("", true),
    ] {
        for size in [1, 5, 1_000] {
            let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
            let out = decode("", &chunks);
            assert_eq!(codes(&out), [""; 0], "{bytes:?}");
            assert_eq!(
                out.to_lines()[0]["decoded"]["record"],
                expected,
                "{bytes:?}"
            );
        }
    }
}

#[test]
fn names_are_local_unless_their_namespace_has_a_prefix_of_ours() {
    let text = "<x:l xmlns:x='urn:a' xmlns:y='urn:b'><x:e y:id='1' id='2'><y:n>b</y:n><n xmlns='urn:a'>a</n></x:e></x:l>";
    let local = record("record: /l/e\nmap: []", text);
    assert_eq!(local, json!({"@id": "2", "n": ["b", "a"], "name()": "e"}));
    let named = record("record: /l/e\nnamespaces: {q: 'urn:b'}\nmap: []", text);
    assert_eq!(
        named,
        json!({"@id": "2", "@q:id": "1", "q:n": "b", "n": "a", "name()": "e"})
    );
    let other = decode(
        "record: /l/q:e\nnamespaces: {q: 'urn:b'}\nmap: []",
        &[text.as_bytes()],
    );
    assert_eq!(other.skipped["empty_batch"], 1);
}

#[test]
fn one_element_or_several_are_read_by_the_same_paths() {
    let yaml = "record: //e\nmap: {draft: report, type: {const: X}, title: 'v[0].p', identifiers: {kind: plate, each: v, from: p}}";
    for (text, count) in [
        ("<e><v><p>A1</p></v></e>", 1),
        ("<e><v x='1'><p y='2'>A1</p></v><v><p>B2</p></v></e>", 2),
    ] {
        let out = decode(yaml, &[text.as_bytes()]);
        let report = reports(&out)[0];
        assert_eq!(
            (report.title.as_deref(), report.identifiers.len()),
            (Some("A1"), count),
            "{text}"
        );
    }
}

#[test]
fn faults_of_the_options_are_told_with_their_places() {
    for (yaml, line, part) in [
        ("map: []\nrecord: item", 2, "from the root"),
        ("map: []\nrecord: /x:item", 2, "not under `namespaces`"),
        ("map: []\nnamespaces: {a: 'u', b: 'u'}", 2, "another prefix"),
        ("map: []\nencoding: gbk", 2, "one byte a sign"),
        ("map: []\nrecords: //e", 2, "unknown key"),
    ] {
        let problems = build("xml", Options::new(yaml)).err().unwrap();
        assert_eq!(problems[0].line, line, "{problems:?}");
        assert!(problems[0].message.contains(part), "{problems:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Whatever text an element and an attribute hold, it comes out as it was, whatever the cutting.
    #[test]
    fn what_is_written_by_the_rules_is_read_back(text in "[a-z<>&'\"\u{456} ]{0,12}", cut in 1_usize..9) {
        let escaped = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('\'', "&apos;")
            .replace('"', "&#34;");
        let document = format!("<l><e id='{escaped}'><t>{escaped}</t></e></l>");
        let chunks: Vec<&[u8]> = document.as_bytes().chunks(cut).collect();
        let out = decode("record: //e\nmap: []", &chunks);
        prop_assert_eq!(codes(&out), [""; 0]);
        let record = &out.to_lines()[0]["decoded"]["record"];
        prop_assert_eq!(record["@id"].as_str(), Some(text.as_str()));
        prop_assert_eq!(record["t"].as_str(), Some(text.trim()));
    }
}
