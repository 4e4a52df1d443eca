//! Tests of the format; the comparison with other people's alerts is in `peers.rs`.

use oneroof_model::{Draft, EventImpact, Mode, QualityIssue, Relation, ReportDraft, Time};
use proptest::prelude::*;

use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::registry::{Options, build};

contract!("cap");

pub(super) fn decode(yaml: &str, bytes: &[u8]) -> Output {
    let format = build("cap", Options::new(yaml)).unwrap_or_else(|p| panic!("{p:?}"));
    let mut decoder = format.decoder();
    let mut out = Output::with_decoded();
    decoder.push(bytes, RECEIVED, &mut out);
    decoder.finish(RECEIVED, &mut out);
    out
}

pub(super) fn codes(out: &Output) -> Vec<&'static str> {
    out.rejects.iter().map(|r| r.reason.code).collect()
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

/// A small alert with some lines replaced.
fn alert(replace: &[(&str, &str)]) -> String {
    let mut text = String::from(
        "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\n\
         <identifier>A-1</identifier>\n<sender>s@es.example</sender>\n\
         <sent>2026-11-23T04:38:00+02:00</sent>\n<status>Actual</status>\n\
         <msgType>Alert</msgType>\n<scope>Public</scope>\n\
         <info><category>Fire</category><event>E</event><urgency>Immediate</urgency>\
         <severity>Severe</severity><certainty>Observed</certainty>\
         <area><areaDesc>D</areaDesc><circle>48.1,24.1 2</circle></area></info>\n</alert>",
    );
    for (from, to) in replace {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

#[test]
fn the_small_alert_has_no_fault() {
    let out = decode("", alert(&[]).as_bytes());
    let report = reports(&out)[0];
    assert_eq!(report.source.as_ref().unwrap().key, "s@es.example,A-1");
    let sent = "2026-11-23T02:38:00Z".parse::<Time>().unwrap();
    assert_eq!(
        report.source.as_ref().unwrap().revision,
        Some(sent.as_millis())
    );
    assert_eq!(
        report.issues,
        [QualityIssue::UnknownCode],
        "typed by its category alone"
    );
    assert_eq!(report.impact_proposed.lives, Some(EventImpact::High));
    assert_eq!(report.mode, Some(Mode::Actual));
}

#[test]
fn what_an_alert_can_not_be_without_is_a_reject_that_names_it() {
    for (from, to, code) in [
        ("<identifier>A-1</identifier>", "", "missing_field"),
        (
            "<sender>s@es.example</sender>",
            "<sender> </sender>",
            "missing_field",
        ),
        (
            "2026-11-23T04:38:00+02:00",
            "2026-11-23T04:38:00",
            "not_a_time",
        ),
        ("<status>Actual</status>", "", "missing_field"),
        ("Actual", "actual", "unknown_word"),
        (">Alert<", ">Alarm<", "unknown_word"),
        (
            "urn:oasis:names:tc:emergency:cap:1.2",
            "urn:oasis:names:tc:emergency:cap:9.9",
            "not_cap",
        ),
        ("</info>", "", "bad_xml"),
    ] {
        let out = decode("", alert(&[(from, to)]).as_bytes());
        assert_eq!(codes(&out), [code], "{to:?}");
        assert!(out.drafts.is_empty());
    }
}

#[test]
fn what_the_schema_refuses_is_taken_with_an_issue_or_rejected_where_the_feed_is_strict() {
    for (from, to, fault) in [
        (
            "<scope>Public</scope>\n",
            "",
            "alert/scope: expected, found none",
        ),
        ("Severe", "severe", "alert/info/severity: expected one of"),
        (
            "<category>Fire</category>",
            "",
            "alert/info/category: expected, found none",
        ),
        (
            "04:38:00+02:00",
            "04:38:00.5+02:00",
            "alert/sent: expected a time",
        ),
        (
            "<event>E</event>",
            "<event>E</event><event>F</event>",
            "alert/info/event: expected at most 1",
        ),
        (
            "<status>Actual</status>",
            "<note>n</note><status>Actual</status>",
            "alert/status: out of order",
        ),
        (
            "<areaDesc>D</areaDesc>",
            "<areaDesc>D</areaDesc><foo/>",
            "alert/info/area/foo: not an element",
        ),
        (
            "48.1,24.1 2",
            "48.1 24.1 2",
            "alert/info/area/circle: expected",
        ),
    ] {
        let text = alert(&[(from, to)]);
        let out = decode("", text.as_bytes());
        assert!(
            reports(&out)[0].issues.contains(&QualityIssue::FormatFault),
            "{to}"
        );
        let lines = out.to_lines();
        let faults = lines[0]["decoded"]["faults"].to_string();
        assert!(faults.contains(fault), "{faults}");
        assert!(
            lines[0]["draft"]["attributes"]["format_faults"]
                .to_string()
                .contains(fault)
        );
        let strict = decode("strictness: strict", text.as_bytes());
        assert_eq!(codes(&strict), ["schema"]);
        assert!(
            strict.rejects[0].reason.detail.contains(fault),
            "{:?}",
            strict.rejects[0].reason
        );
    }
}

#[test]
fn external_entities_and_document_types_are_refused_whole() {
    let attack = format!(
        "<!DOCTYPE alert [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>{}",
        alert(&[("<event>E</event>", "<event>&x;</event>")])
    );
    assert_eq!(codes(&decode("", attack.as_bytes())), ["doctype"]);
    let undefined = alert(&[("<event>E</event>", "<event>&x;</event>")]);
    assert_eq!(codes(&decode("", undefined.as_bytes())), ["entity"]);
}

#[test]
fn hostile_documents_end_in_bounds() {
    let deep = format!(
        "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'>{}",
        "<a>".repeat(60_000)
    );
    assert_eq!(codes(&decode("", deep.as_bytes())), ["too_deep"]);
    let wide = format!("<a>{}</a>", "<b/>".repeat(200_001));
    assert_eq!(codes(&decode("", wide.as_bytes())), ["too_many_elements"]);
    let spaces = format!("<a>{}</a>", "<b xmlns:c='d'/>".repeat(1_001));
    assert_eq!(
        codes(&decode("", spaces.as_bytes())),
        ["too_many_namespaces"]
    );
    let long = alert(&[(
        "<event>E</event>",
        &format!("<event>{}</event>", "x".repeat(5_000)),
    )]);
    assert!(codes(&decode("document_bytes: 1024", long.as_bytes())).contains(&"too_long"));
    assert_eq!(codes(&decode("", b"\xff\xfe\x00")), ["encoding"]);
    assert_eq!(codes(&decode("", b"not xml")), ["bad_xml"]);
}

#[test]
fn an_end_tag_within_a_text_does_not_end_the_document() {
    let text = alert(&[("<event>E</event>", "<event><![CDATA[</alert>]]></event>")]);
    let twice = format!("{text}\n{text}");
    let out = decode("", twice.as_bytes());
    assert_eq!(
        (out.drafts.len(), out.rejects.len()),
        (2, 0),
        "{:?}",
        out.rejects
    );
}

#[test]
fn what_is_announced_for_later_has_begun_with_the_announcement() {
    let out = decode(
        "",
        alert(&[(
            "</certainty>",
            "</certainty><onset>2026-11-25T00:00:00+02:00</onset>",
        )])
        .as_bytes(),
    );
    let occurred = reports(&out)[0].occurred.unwrap();
    assert_eq!(occurred.from.to_string(), "2026-11-23T02:38:00Z");
    assert_eq!(occurred.to.to_string(), "2026-11-24T22:00:00Z");
}

#[test]
fn the_levels_of_the_domain_come_back_from_the_words_they_are_written_in() {
    for (urgency, severity, level) in [
        ("Immediate", "Extreme", Some(EventImpact::VeryHigh)),
        ("Immediate", "Severe", Some(EventImpact::High)),
        ("Expected", "Moderate", Some(EventImpact::Medium)),
        ("Future", "Minor", Some(EventImpact::Low)),
        ("Past", "Severe", Some(EventImpact::Medium)),
        ("Immediate", "Unknown", None),
    ] {
        let out = decode(
            "",
            alert(&[("Immediate", urgency), ("Severe", severity)]).as_bytes(),
        );
        assert_eq!(
            reports(&out)[0].impact_proposed.overall(),
            level,
            "{urgency} {severity}"
        );
    }
}

#[test]
fn an_update_that_names_nothing_stands_alone_and_says_so() {
    let out = decode("", alert(&[(">Alert<", ">Update<")]).as_bytes());
    assert_eq!(reports(&out)[0].relation, Relation::New);
    assert!(reports(&out)[0].issues.contains(&QualityIssue::FormatFault));
}

#[test]
fn options_tell_all_their_problems_at_once() {
    let yaml = "kind: cap\nstrictnes: strict\nlanguages: [1]\ncategories: {Fyre: CRI04}\nevents: {a: [b]}\nreliability: D\n";
    let problems = build(
        "cap",
        Options {
            yaml,
            first_line: 10,
        },
    )
    .err()
    .unwrap();
    let lines: Vec<u32> = problems.iter().map(|p| p.line).collect();
    assert_eq!(lines, [11, 12, 13, 14, 15], "{problems:?}");
    assert_eq!(
        problems[0].help.as_deref(),
        Some("did you mean `strictness`?")
    );
}

/// An Atom index of so many entries.
fn index_of(entries: usize, entry: impl Fn(usize) -> String) -> String {
    let entries: String = (0..entries).map(entry).collect();
    format!(
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:cap='urn:oasis:names:tc:emergency:cap:1.2'>\
         <id>f</id><title>t</title><updated>2026-11-23T02:38:00Z</updated>{entries}</feed>"
    )
}

fn linked(n: usize) -> String {
    format!(
        "<entry><id>e{n}</id><title>t</title><updated>2026-11-23T02:38:00Z</updated>\
         <link href='https://a.example/{n}'/></entry>"
    )
}

#[test]
fn links_of_an_index_are_given_out_once_and_to_a_bound() {
    let out = decode("", index_of(3, |n| linked(n % 2)).as_bytes());
    let links: Vec<&str> = out.follow.iter().map(|f| f.uri.as_str()).collect();
    assert_eq!(links, ["https://a.example/0", "https://a.example/1"]);
    assert_eq!(out.follow[1].record, 1);
    assert_eq!(out.follow[1].id.as_deref(), Some("e1"));
    let updated = "2026-11-23T02:38:00Z".parse::<Time>().unwrap();
    assert_eq!(out.follow[1].updated, Some(updated));
    assert_eq!(out.skipped["atom_entry"], 3);

    let many = decode("", index_of(1_003, linked).as_bytes());
    assert_eq!(many.follow.len(), 1_000);
    assert_eq!(codes(&many), ["too_many_links"; 3]);
    assert!(
        many.rejects.iter().all(|r| r.raw_len < 200),
        "each its own bytes"
    );

    let ignored = decode("index: ignore", index_of(3, linked).as_bytes());
    assert!(ignored.follow.is_empty());
    assert_eq!(ignored.skipped["atom_entry"], 3);
}

#[test]
fn an_entry_becomes_a_report_only_where_its_excerpt_says_enough() {
    let excerpt = "<cap:status>Exercise</cap:status><cap:msgType>Alert</cap:msgType>\
                   <cap:event>Fire</cap:event><cap:areaDesc>D</cap:areaDesc><cap:scope>Public</cap:scope>";
    let index = |excerpt: &str| {
        index_of(1, |n| {
            linked(n).replace("</entry>", &format!("{excerpt}</entry>"))
        })
    };
    let whole = decode("index: summaries", index(excerpt).as_bytes());
    let report = reports(&whole)[0];
    assert_eq!(report.source.as_ref().unwrap().key, "f,e0");
    assert_eq!(report.mode, Some(Mode::Exercise));
    assert_eq!(report.title.as_deref(), Some("t"));
    assert!(
        whole.follow.is_empty(),
        "what is reported need not be fetched"
    );
    let references =
        "<cap:references>f,e9,2026-11-23T01:00:00Z</cap:references><cap:foo>1</cap:foo>";
    let update = format!("{}{references}", excerpt.replace(">Alert<", ">Update<"));
    let update = decode("index: summaries", index(&update).as_bytes());
    let of = vec!["f,e9".to_owned()];
    assert_eq!(reports(&update)[0].relation, Relation::Update { of });
    let faults = &update.to_lines()[0]["decoded"]["faults"];
    assert!(
        faults.to_string().contains("entry/cap/foo: not an element"),
        "{faults}"
    );
    for (from, to) in [
        ("<cap:status>Exercise</cap:status>", ""),
        ("Exercise", "Perhaps"),
        (">Alert<", ">Cancel<"),
        ("<cap:areaDesc>D</cap:areaDesc>", ""),
    ] {
        let less = excerpt.replace(from, to);
        let out = decode("index: summaries", index(&less).as_bytes());
        assert_eq!((out.drafts.len(), out.follow.len()), (0, 1), "{less}");
    }
}

#[test]
fn a_broken_index_is_told_by_its_first_fault_where_the_feed_is_strict() {
    let text = index_of(1, |n| linked(n).replace("<title>t</title>", ""));
    assert_eq!(decode("", text.as_bytes()).follow.len(), 1);
    let strict = decode("strictness: strict", text.as_bytes());
    assert_eq!(codes(&strict), ["schema"]);
    let detail = &strict.rejects[0].reason.detail;
    assert!(detail.starts_with("entry/title: expected"), "{detail}");
}

#[test]
fn many_records_of_one_document_keep_their_own_bytes_only() {
    let alert = "<c:alert xmlns:c='urn:oasis:names:tc:emergency:cap:1.2'/>".repeat(200);
    let text = format!("<feed xmlns='http://www.w3.org/2005/Atom'>{alert}</feed>");
    let out = decode("", text.as_bytes());
    assert_eq!(codes(&out), ["missing_field"; 200]);
    assert!(out.rejects.iter().all(|r| r.raw_len < 100));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Whatever stands where a value should: a draft, a reject or a count.
    #[test]
    fn any_text_in_any_element_ends_as_draft_reject_or_count(
        which in 0_usize..12, text in "\\PC{0,20}|[-0-9., ]{0,30}|<[a-z/!&;]{0,6}>?",
    ) {
        let places = ["A-1", "s@es.example", "2026-11-23T04:38:00+02:00", "Actual", "Public", "Fire",
            "<event>E</event>", "Immediate", "Severe", "Observed", "48.1,24.1 2", "<areaDesc>D</areaDesc>"];
        let out = decode("", alert(&[(places[which], &text)]).as_bytes());
        let skipped: u64 = out.skipped.values().sum();
        prop_assert!(out.drafts.len() + out.rejects.len() + usize::try_from(skipped).unwrap() >= 1);
        for report in reports(&out) {
            prop_assert!(report.source.as_ref().is_some_and(|s| s.key.len() <= 256));
        }
    }
}
