use serde_json::Value;

use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::formats::mode_s::tests::squitter;
use crate::registry::{Options, build};

contract!("adsb_avr");

fn decode(text: &str) -> Output {
    let mut decoder = build("adsb_avr", Options::new("")).unwrap().decoder();
    let mut out = Output::with_decoded();
    decoder.push(text.as_bytes(), RECEIVED, &mut out);
    decoder.finish(RECEIVED, &mut out);
    out
}

/// Call sign KLM1023 of 4840d6.
fn frame() -> String {
    squitter(0x48_40d6, 0x20_2cc3_71c3_2ce0)
}

#[test]
fn every_way_to_write_a_frame_gives_the_same_frame() {
    let line = frame();
    let digits = line.trim_matches(['*', ';']);
    for (text, time, signal) in [
        (line.clone(), Value::Null, Value::Null),
        (format!(":{digits};"), Value::Null, Value::Null),
        (digits.to_lowercase(), Value::Null, Value::Null),
        (format!("@0000000000FF{digits};"), 255.into(), Value::Null),
        (format!("%0000000000FF{digits};"), 255.into(), Value::Null),
        (format!("<0000000000ff80{digits};"), 255.into(), 128.into()),
        (format!("  {line}(512,48,1F2E)"), Value::Null, Value::Null),
    ] {
        let decoded = &decode(&text).to_lines()[0]["decoded"];
        assert_eq!(decoded["callsign"], "KLM1023", "{text}");
        assert_eq!(decoded["timestamp"], time, "{text}");
        assert_eq!(decoded["signal_level"], signal, "{text}");
    }
}

#[test]
fn frames_without_line_ends_are_records_of_their_own() {
    let line = frame();
    let out = decode(&format!("{line}{line}*8D4840;{line}"));
    let records: Vec<u64> = out.drafts.iter().map(|drafted| drafted.record).collect();
    assert_eq!(records, [0, 1, 3]);
    let reject = &out.rejects[0];
    assert_eq!(
        (reject.reason.code, reject.offset),
        ("frame_length", 2 * line.len() as u64)
    );
}

#[test]
fn what_is_no_frame_is_a_reject_with_its_reason() {
    for (text, code) in [
        ("hello", "not_avr"),
        ("*8D4840D6202CC371C32CE05760G8;", "hex"),
        ("*8D4840D6202CC3;", "truncated"),
        ("*8D4840D6202CC37;", "frame_length"),
        ("@0000;", "frame_length"),
        (";", "not_avr"),
        ("@00000000000G8D4840D6202CC3;", "hex"),
        ("*31000000000000;", "unknown_format"),
    ] {
        assert_eq!(decode(text).rejects[0].reason.code, code, "{text}");
    }
}

#[test]
fn a_heartbeat_is_a_sign_of_life_and_a_reply_of_mode_a_is_counted() {
    let out = decode("*0000;\n*7500;\n");
    assert_eq!(out.to_lines()[0]["draft"]["draft"], "heartbeat");
    assert_eq!(out.to_lines()[1]["decoded"]["squawk"], "7500");
    assert_eq!(out.skipped["mode_ac"], 1);
}
