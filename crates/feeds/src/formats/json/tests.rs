//! Tests of the format; those of the mapping language are in `mapping/tests.rs`.

use oneroof_model::{Draft, MessageContext, ReportDraft, Time};
use proptest::prelude::*;

use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::registry::{Options, build};

contract!("json");

/// A mapping that takes every object and reads its `id`.
const PLAIN: &str = "kind: json\nmap: {draft: report, id: id, type: {const: SYS01}, text: text}\n";

fn decode(yaml: &str, chunks: &[&[u8]]) -> Output {
    let format = build("json", Options::new(yaml)).unwrap_or_else(|p| panic!("{p:?}"));
    let mut decoder = format.decoder();
    let mut out = Output::default();
    for chunk in chunks {
        decoder.push(chunk, RECEIVED, &mut out);
    }
    decoder.finish(RECEIVED, &mut out);
    out
}

fn reports(out: &Output) -> Vec<&ReportDraft> {
    out.drafts
        .iter()
        .filter_map(|d| {
            if let Draft::Report(r) = &d.draft {
                Some(&**r)
            } else {
                None
            }
        })
        .collect()
}

fn keys(out: &Output) -> Vec<String> {
    reports(out)
        .iter()
        .filter_map(|r| r.source.as_ref())
        .map(|s| s.key.clone())
        .collect()
}

fn codes(out: &Output) -> Vec<&'static str> {
    out.rejects.iter().map(|r| r.reason.code).collect()
}

#[test]
fn one_object_a_list_lines_and_values_one_after_another_are_read_alike() {
    for text in [
        r#"[{"id":1},{"id":2}]"#,
        "{\"id\":1}\n{\"id\":2}\n",
        r#"{"id":1}{"id":2}"#,
        "\u{feff}{\"id\":1}\r\n\r\n{\"id\":2}",
        "\u{1e}{\"id\":1}\n\u{1e}{\"id\":2}\n",
        "{\n  \"id\": 1\n}\n{\n  \"id\": 2\n}",
    ] {
        let out = decode(PLAIN, &[text.as_bytes()]);
        assert_eq!(keys(&out), ["1", "2"], "{text}");
        assert!(out.rejects.is_empty(), "{text}: {:?}", out.rejects);
    }
}

#[test]
fn a_bad_line_costs_only_itself() {
    let text = "{\"id\":1}\n{\"id\":2,\n{\"id\":3}\nnonsense\n{\"id\":4}\n";
    let out = decode(PLAIN, &[text.as_bytes()]);
    assert_eq!(keys(&out), ["1", "3", "4"]);
    assert_eq!(codes(&out), ["bad_json", "bad_json"]);
    assert_eq!(out.rejects[0].raw, b"{\"id\":2,\n");
    assert_eq!(out.rejects[0].offset, 9);
}

#[test]
fn a_bad_record_in_a_list_costs_only_itself_and_can_be_decoded_again() {
    let yaml = "kind: json\nrecords: a.b\nmap: {draft: report, id: {template: '{$.a.n}-{id}'}, type: {const: X}}\n";
    let text = r#"{"a":{"n":7,"b":[{"id":1},{"id":01},{"id":{}},{"id":4}]}}"#;
    let out = decode(yaml, &[text.as_bytes()]);
    assert_eq!(keys(&out), ["7-1", "7-4"]);
    assert_eq!(codes(&out), ["bad_json", "missing_id"]);
    assert_eq!(out.rejects[0].raw, br#"{"a":{"n":7,"b":[{"id":01}]}}"#);
    let again = decode(yaml, &[&out.rejects[1].raw]);
    assert_eq!(codes(&again), ["missing_id"]);
    assert_eq!(again.rejects[0].raw, out.rejects[1].raw);
}

#[test]
fn a_list_that_is_not_where_it_should_be_is_named_by_its_path() {
    let yaml = PLAIN.replace("map:", "records: data.items\nmap:");
    let out = decode(&yaml, &[br#"{"data":{"x":1}}"#]);
    assert_eq!(codes(&out), ["no_records"]);
    assert!(out.rejects[0].reason.detail.starts_with("data.items: "));
    let empty = decode(&yaml, &[br#"{"data":{"items":[]}}"#]);
    assert_eq!(empty.skipped.get("empty_batch"), Some(&1));
    let single = decode(&yaml, &[br#"{"data":{"items":{"id":5}}}"#]);
    assert_eq!(keys(&single), ["5"]);
}

#[test]
fn hostile_values_are_rejected_with_a_reason() {
    let deep = format!(r#"{{"id":{}1{}}}"#, "[".repeat(40), "]".repeat(40));
    for (text, code) in [
        (r#"{"id":1,"id":2}"#, "duplicate_key"),
        (r#"{"id":{"x":1,"x":1}}"#, "duplicate_key"),
        (r#"{"id":NaN}"#, "bad_json"),
        (r#"{"id":1e999}"#, "bad_json"),
        (r#"{"id":"\ud800"}"#, "bad_json"),
        (r#"{"id":1"#, "truncated"),
        ("17", "not_a_record"),
        ("[1]", "not_a_record"),
        (deep.as_str(), "bad_json"),
        ("\u{0}\u{0}", "bad_json"),
    ] {
        assert_eq!(codes(&decode(PLAIN, &[text.as_bytes()])), [code], "{text}");
    }
    assert_eq!(codes(&decode(PLAIN, &[b"{\"id\":\"\xff\"}"])), ["bad_json"]);
    let brackets = "[".repeat(100_000);
    assert_eq!(codes(&decode(PLAIN, &[brackets.as_bytes()])), ["bad_json"]);
}

#[test]
fn which_of_two_equal_keys_counts_can_be_chosen() {
    for (policy, key) in [("first", "1"), ("last", "2")] {
        let yaml = format!("duplicate_keys: {policy}\n{PLAIN}");
        assert_eq!(keys(&decode(&yaml, &[br#"{"id":1,"id":2}"#])), [key]);
    }
}

#[test]
fn no_more_than_one_document_is_held_and_a_longer_one_is_a_reject() {
    let yaml = format!("limits: {{document_bytes: 1024, records: 3}}\n{PLAIN}");
    let long = format!(
        "{{\"id\":1,\"text\":\"{}\"}}\n{{\"id\":2}}\n",
        "x".repeat(5_000)
    );
    for size in [1, 700, 10_000] {
        let chunks: Vec<&[u8]> = long.as_bytes().chunks(size).collect();
        let out = decode(&yaml, &chunks);
        assert_eq!(keys(&out), ["2"], "in chunks of {size}");
        assert!(
            codes(&out).iter().all(|c| *c == "too_long"),
            "{:?}",
            codes(&out)
        );
    }
    let many = decode(&yaml, &[br#"[{"id":1},{"id":2},{"id":3},{"id":4}]"#]);
    assert_eq!(codes(&many), ["too_many_records"]);
}

#[test]
fn a_reason_names_path_and_expectation_and_never_the_content() {
    let yaml = "kind: json\nmap: {draft: report, type: {const: X}, occurred: a.when, persons: n, place: {lat: y, lon: x}}\n";
    let out = decode(
        yaml,
        &[br#"{"a":{"when":"SECRET"},"n":"SECRET2","y":95,"x":1}"#],
    );
    let detail = &out.rejects[0].reason.detail;
    assert!(
        detail.contains("a.when: a time as RFC 3339, found another text"),
        "{detail}"
    );
    assert!(
        detail.contains("n: a number with a decimal point"),
        "{detail}"
    );
    assert!(detail.contains("y, x: latitude"), "{detail}");
    assert!(!detail.contains("SECRET"), "{detail}");
}

#[test]
fn numbers_used_again_every_day_get_the_day_into_their_id() {
    let yaml = "kind: json\nzone: Europe/Kyiv\nmap: {draft: report, id: {template: '{@date}-{n}'}, type: {const: X}, occurred: t}\n";
    // 23:30 UTC is already the next day in Kyiv.
    let out = decode(
        yaml,
        &[br#"[{"n":1,"t":"2026-11-21T23:30:00Z"},{"n":1,"t":"2026-11-23T01:00:00Z"}]"#],
    );
    assert_eq!(keys(&out), ["2026-11-22-1", "2026-11-23-1"]);
}

#[test]
fn what_no_rule_reads_is_listed_for_whoever_writes_the_mapping() {
    let format = build("json", Options::new(PLAIN)).unwrap_or_else(|p| panic!("{p:?}"));
    let mut out = Output::with_decoded();
    format.decoder().push(
        br#"{"id":1,"a":{"b":[{"c":1}]},"text":"x"} "#,
        RECEIVED,
        &mut out,
    );
    let line = &out.to_lines()[0];
    assert_eq!(line["decoded"]["unmapped"], serde_json::json!(["a.b[].c"]));
    assert_eq!(line["decoded"]["record"]["a"]["b"][0]["c"], 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Any JSON at all is a draft, a reject or a count, and never more than that.
    #[test]
    fn any_json_ends_as_draft_reject_or_count(values in prop::collection::vec(any_json(), 0..6)) {
        let lines: Vec<String> = values.iter().map(ToString::to_string).collect();
        let text = lines.join("\n");
        let out = decode(crate::registry::kind("json").unwrap().example, &[text.as_bytes()]);
        let skipped: u64 = out.skipped.values().sum();
        let records = out.drafts.len() + out.rejects.len() + usize::try_from(skipped).unwrap();
        let expected: usize =
            values.iter().map(|v| v.as_array().map_or(1, |a| a.len().max(1))).sum();
        prop_assert_eq!(records, expected);
    }

    /// A mapping's YAML may be anything: it is a mapping or a list of problems.
    #[test]
    fn any_options_are_a_mapping_or_problems(
        at in any::<prop::sample::Index>(), with in "[ -~\\n]{0,12}", cut in 0_usize..40,
    ) {
        let example = crate::registry::kind("json").unwrap().example;
        let chars: Vec<char> = example.chars().collect();
        let at = at.index(chars.len());
        let end = (at + cut).min(chars.len());
        let text: String =
            chars[..at].iter().copied().chain(with.chars()).chain(chars[end..].iter().copied()).collect();
        if let Err(problems) = build("json", Options::new(&text)) {
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|p| p.line >= 1 && !p.message.is_empty()));
        }
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "\\PC{0,8}".prop_map(Into::into),
        prop_oneof![
            Just("INCIDENT"),
            Just("STATUS"),
            Just("PING"),
            Just("2026-11-23T02:40:00Z")
        ]
        .prop_map(Into::into),
    ];
    let key = prop_oneof![
        "[a-z]{1,4}",
        prop_oneof![
            Just("msg"),
            Just("ts"),
            Just("number"),
            Just("opened"),
            Just("call"),
            Just("address"),
            Just("geo"),
            Just("lat"),
            Just("persons"),
            Just("incident"),
            Just("type")
        ]
        .prop_map(ToOwned::to_owned),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(key.clone(), inner, 0..6)
                .prop_map(|m| { serde_json::Value::Object(m.into_iter().collect()) }),
        ]
    })
}

#[test]
fn the_received_moment_is_the_one_of_the_fixtures() {
    assert_eq!(RECEIVED, "2026-11-23T02:41:00Z".parse::<Time>().unwrap());
}

#[test]
fn the_mappings_of_the_demonstration_are_understood() {
    use crate::formats::cap::CapOptions;
    use crate::formats::json::JsonOptions;
    use crate::mapping::Node;

    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/config/feeds");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
    {
        let path = entry.unwrap().path();
        let root = Node::parse(&std::fs::read_to_string(&path).unwrap());
        let root = root.unwrap_or_else(|p| panic!("{}: {p}", path.display()));
        let format = root.get("format").unwrap();
        let problems = match format.get("kind").and_then(Node::as_text) {
            Some("json") => JsonOptions::from_node(format).err(),
            Some("cap") => CapOptions::from_node(format).err(),
            _ => continue,
        };
        assert!(problems.is_none(), "{}: {problems:?}", path.display());
        seen += 1;
    }
    assert!(seen > 0, "no feed of the demonstration was found");
}

#[test]
fn the_topic_of_a_message_is_an_input_of_the_mapping() {
    let yaml = "kind: json\nmap: {draft: report, id: {template: '{@.levels[1]}-{n}'}, type: {const: SYS01}, \
                text: '@.topic'}\n";
    let format = build("json", Options::new(yaml)).unwrap_or_else(|p| panic!("{p:?}"));
    let mut decoder = format.decoder();
    let mut out = Output::default();
    for (topic, bytes) in [("bg/17/alarm", "{\"n\": 1}"), ("bg/18/alarm", "{\"n\": 1")] {
        let context = MessageContext {
            topic: topic.into(),
            separator: '/',
        };
        decoder.context(&context);
        decoder.push(bytes.as_bytes(), RECEIVED, &mut out);
        decoder.end_message(RECEIVED, &mut out);
    }
    let Draft::Report(report) = &out.drafts[0].draft else {
        panic!("expected a report");
    };
    assert_eq!(report.source.as_ref().unwrap().key, "17-1");
    assert_eq!(report.text.as_deref(), Some("bg/17/alarm"));
    // The second message is cut off: a reject of its own, which nothing that follows is taken into.
    assert_eq!((out.drafts.len(), out.rejects.len()), (1, 1));
    assert_eq!(out.rejects[0].reason.code, "truncated");
}
