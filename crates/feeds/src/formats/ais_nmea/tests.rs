use serde_json::Value;

use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::registry::{Options, build};

contract!("ais_nmea");

/// Message 5 in three parts, on both channels.
const PARTS: [(&str, &str); 3] = [
    (
        "55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8",
        "0",
    ),
    ("88888888", "0"),
    ("880", "2"),
];

/// A sentence with its checksum.
fn sum(body: &str) -> String {
    let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
    format!("!{body}*{sum:02X}")
}

/// A tag block with its checksum.
fn tag(block: &str) -> String {
    let sum = block.bytes().fold(0, |sum, byte| sum ^ byte);
    format!("\\{block}*{sum:02X}\\")
}

/// Part `number` (from 1) of the message in three parts.
fn part(number: usize, sequence: &str, channel: &str) -> String {
    let (payload, fill) = PARTS[number - 1];
    sum(&format!(
        "AIVDM,3,{number},{sequence},{channel},{payload},{fill}"
    ))
}

/// A whole position report.
fn single() -> String {
    "!AIVDM,1,1,,A,143Ob`@01DR4UTpItC43J2lH2d3i,0*66".to_owned()
}

fn decode(text: &str) -> Output {
    let format = build("ais_nmea", Options::new("")).expect("the defaults are right");
    let mut decoder = format.decoder();
    let mut out = Output::with_decoded();
    decoder.push(text.as_bytes(), RECEIVED, &mut out);
    decoder.finish(RECEIVED, &mut out);
    out
}

/// What came out, a word or two a line: type, channel and station of a message, or the code of a reject.
fn outcome(text: &str) -> Vec<String> {
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let say = |line: &Value| {
        let decoded = &line["decoded"];
        if let Some(code) = line["reject"]["code"].as_str() {
            return code.to_owned();
        }
        if decoded.is_null() {
            return word(&line["skipped"]);
        }
        let mut said = format!("{} {}", decoded["message_type"], word(&decoded["channel"]));
        for name in ["station", "heard_at"] {
            if !decoded[name].is_null() {
                said = format!("{said} {}", word(&decoded[name]));
            }
        }
        said
    };
    decode(text).to_lines().iter().map(say).collect()
}

fn lines(lines: &[String]) -> String {
    lines.join("\r\n")
}

#[test]
fn parts_in_any_order_make_the_same_message() {
    let whole = decode(&lines(&[1, 2, 3].map(|n| part(n, "3", "A")))).to_lines();
    assert_eq!(whole[0]["decoded"]["name"], "EVER DIADEM");
    for order in [[1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
        let other = decode(&lines(&order.map(|n| part(n, "3", "A")))).to_lines();
        assert_eq!(other, whole, "{order:?}");
    }
}

#[test]
fn parts_of_a_message_may_come_in_several_messages_of_a_broker() {
    let format = build("ais_nmea", Options::new("")).expect("the defaults are right");
    let mut decoder = format.decoder();
    let mut out = Output::with_decoded();
    for number in [1, 2, 3] {
        // Without a line end, as brokers' publishers leave it out.
        decoder.push(part(number, "3", "A").as_bytes(), RECEIVED, &mut out);
        decoder.end_message(RECEIVED, &mut out);
    }
    let fields = |out: &Output| out.to_lines()[0]["decoded"].clone();
    let whole = decode(&lines(&[1, 2, 3].map(|n| part(n, "3", "A"))));
    assert_eq!(fields(&out), fields(&whole));
}

#[test]
fn messages_on_both_channels_and_others_between_do_not_mix() {
    let (a, b) = (|n| part(n, "3", "A"), |n| part(n, "3", "B"));
    let text = lines(&[a(1), b(1), single(), b(2), a(2), b(3), single(), a(3)]);
    assert_eq!(outcome(&text), ["1 A", "5 B", "1 A", "5 A"]);
}

#[test]
fn a_part_without_a_channel_belongs_to_the_message_that_waits() {
    assert_eq!(
        outcome(&lines(&[
            part(1, "3", "A"),
            part(2, "3", ""),
            part(3, "3", "")
        ])),
        ["5 null"]
    );
}

#[test]
fn a_missing_part_is_a_reject_with_the_lines_that_came() {
    let text = lines(&[part(1, "3", "A"), part(3, "3", "A"), single()]);
    assert_eq!(outcome(&text), ["incomplete", "1 A"]);
    let reject = decode(&text).rejects.remove(0);
    assert_eq!(reject.raw.split(|sign| *sign == b'\n').count(), 2);
    // The same part again begins another message.
    let again = lines(&[1, 1, 2, 3].map(|n| part(n, "3", "A")));
    assert_eq!(outcome(&again), ["incomplete", "5 A"]);
}

#[test]
fn groups_of_tag_blocks_keep_messages_of_one_number_apart() {
    let tagged = |group: &str, n: usize| {
        format!(
            "{}{}",
            tag(&format!("g:{n}-3-{group},s:r{group},n:{n}")),
            part(n, "3", "A")
        )
    };
    let order = [
        ("71", 1),
        ("72", 1),
        ("71", 2),
        ("72", 2),
        ("72", 3),
        ("71", 3),
    ];
    let text = lines(&order.map(|(group, n)| tagged(group, n)));
    assert_eq!(outcome(&text), ["5 A r72", "5 A r71"]);
}

#[test]
fn line_ends_and_what_stands_around_a_sentence_do_not_matter() {
    let one = single();
    for text in [
        format!("{one}\r{one}\n{one}\r\n\r\n{one}\n\r"),
        format!("{one}{one}{one}{one}"),
        format!("\u{feff}{one}\nfoo bar {one}\nC:\\log\\x.txt {one}\nq\\z: {one}"),
        format!("\0{one}\n [3] {one}\n# \n$x {one}\n\\s:x{one}\n#"),
    ] {
        let all = outcome(&text);
        let found = all.iter().filter(|said| *said == "1 A").count();
        assert_eq!(found, 4, "{text:?} gave {all:?}");
    }
}

#[test]
fn sentences_run_together_are_records_of_their_own() {
    let one = single();
    let out = decode(&format!("$AIALR,x*00{one}!AIVDM,1,1,,A,14{one}"));
    let records: Vec<u64> = out.drafts.iter().map(|drafted| drafted.record).collect();
    assert_eq!(records, [1, 3]);
    let reject = &out.rejects[0];
    assert_eq!((reject.record, reject.offset), (2, 11 + one.len() as u64));
    assert_eq!(reject.raw, b"!AIVDM,1,1,,A,14");
    assert_eq!(out.skipped["nmea_alr"], 1);
}

#[test]
fn a_checksum_may_be_of_small_letters_or_missing() {
    let sentence = sum("AIVDM,1,1,4,A,143Ob`@01DR4UTpItC43J2lH2d3d,5");
    let (text, digits) = sentence.split_once('*').unwrap();
    assert!(
        digits.bytes().any(|sign| sign.is_ascii_uppercase()),
        "{digits}"
    );
    for written in [
        sentence.clone(),
        format!("{text}*{}", digits.to_lowercase()),
        text.to_owned(),
    ] {
        assert_eq!(outcome(&written), ["1 A"], "{written}");
    }
    assert_eq!(outcome(&format!("{text}*00")), ["checksum"]);
    assert_eq!(outcome(&format!("{text}*6")), ["truncated"]);
}

#[test]
fn each_way_to_say_when_and_where_it_was_heard_is_read() {
    let one = single();
    let at = "2026-11-23T02:40:40Z";
    for (text, expected) in [
        (
            format!("{}{one}", tag("s:rIZM01,c:1795401640")),
            format!("1 A rIZM01 {at}"),
        ),
        (
            format!("{}{one}", tag("c:1795401640000,n:12")),
            format!("1 A {at}"),
        ),
        (
            format!("{}{}{one}", tag("s:a"), tag("c:1795401640")),
            format!("1 A a {at}"),
        ),
        (
            format!("1795401640 {}{one}", tag("s:a")),
            format!("1 A a {at}"),
        ),
        (format!("{one},1795401640"), format!("1 A {at}")),
        (format!("{one},rIZM01,1795401640000"), format!("1 A {at}")),
        (format!("{at} {one}"), format!("1 A {at}")),
        (format!("[{at}]: {one}"), format!("1 A {at}")),
        (format!("\\s:a,c:1795401640*00\\{one}"), "1 A".to_owned()),
    ] {
        assert_eq!(outcome(&text), [expected], "{text}");
    }
}

#[test]
fn sentences_of_the_own_ship_are_told_apart() {
    for talker in ["AI", "AB", "BS"] {
        let text = sum(&format!("{talker}VDO,1,1,,,143Ob`@01DR4UTpItC43J2lH2d3i,0"));
        let line = &decode(&text).to_lines()[0];
        assert_eq!(line["decoded"]["own_ship"], true, "{talker}");
        assert_eq!(line["decoded"]["talker"], talker);
        assert_eq!(line["draft"]["track"]["ident"], line["decoded"]["mmsi"]);
    }
}
