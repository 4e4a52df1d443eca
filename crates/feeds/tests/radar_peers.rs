//! What `asterix_decoder` made of real radar captures, compared field by field.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test speaks to its reader and fails by panic"
)]

mod shared;

use std::collections::BTreeMap;
use std::io::Cursor;

use oneroof_feeds::sniff::Chunks;
use oneroof_feeds::{Decoder, Details, Options, Output, build};
use oneroof_model::Time;
use serde_json::Value;

use shared::data;

/// Units that stand behind our names.
const UNITS: &[&str] = &[
    "nm", "deg", "ft", "s", "kt", "m", "m_s", "m_s2", "dbm", "ft_min", "deg_s", "mach", "mb", "fl",
];

fn octets(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn decode(bytes: &[u8], at: Time) -> Output {
    let mut decoder = build("asterix", Options::new("")).unwrap().decoder();
    let mut out = Output::with_decoded();
    decoder.push(bytes, at, &mut out);
    decoder.end_datagram(at, &mut out);
    decoder.finish(at, &mut out);
    out
}

fn fields(out: &Output) -> Vec<Value> {
    let texts = out
        .decoded
        .iter()
        .flat_map(Details::iter)
        .filter_map(|decoded| decoded.fields);
    texts
        .map(|text| serde_json::from_slice(text).unwrap())
        .collect()
}

fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::String(a), Value::String(b)) => a.eq_ignore_ascii_case(b),
        _ => ours.as_f64().zip(theirs.as_f64()).is_some_and(|(a, b)| {
            // Their least significant bits are written with few digits.
            (a - b).abs() <= 1e-6 + b.abs() * 1e-6
        }),
    }
}

#[derive(Default)]
struct Tally {
    compared: usize,
    differing: Vec<String>,
}

impl Tally {
    /// Every value of theirs in ours, whose names have the unit behind.
    fn compare(&mut self, ours: &Value, theirs: &Value, what: &str) {
        match theirs {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let with_unit = || {
                        UNITS
                            .iter()
                            .map(|unit| &ours[format!("{name}_{unit}")])
                            .find(|found| !found.is_null())
                    };
                    let found = Some(&ours[name]).filter(|found| !found.is_null());
                    let found = found.or_else(with_unit).unwrap_or(&Value::Null);
                    self.compare(found, value, &format!("{what}.{name}"));
                }
            }
            Value::Array(all) => {
                for (nth, value) in all.iter().enumerate() {
                    self.compare(&ours[nth], value, &format!("{what}[{nth}]"));
                }
            }
            _ => {
                self.compared += 1;
                if !same(ours, theirs) {
                    self.differing.push(format!("{what}: {ours} / {theirs}"));
                }
            }
        }
    }
}

#[test]
fn every_value_of_the_radar_capture_agrees_with_asterix_decoder() {
    let Some(expected) = data("asterix/asterix-expected.jsonl.gz") else {
        return;
    };
    let mut tally = Tally::default();
    let mut records = 0;
    for line in String::from_utf8(expected).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let Some(expected) = case["expected"].as_array() else {
            continue;
        };
        let at = case["unix_time"].as_f64().unwrap_or(1_462_433_756.0);
        #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds")]
        let at = Time::from_millis((at * 1000.0) as i64);
        let out = decode(&octets(case["udp_payload_hex"].as_str().unwrap()), at);
        assert_eq!(out.rejects, [], "{}", case["source"]);
        let ours = fields(&out);
        assert_eq!(ours.len(), expected.len(), "{}", case["source"]);
        for (ours, theirs) in ours.iter().zip(expected) {
            records += 1;
            assert_eq!(ours["category"], theirs["category"]);
            let number = format!("I{:03}", theirs["category"].as_u64().unwrap());
            for (item, value) in theirs["items"].as_object().unwrap() {
                let ours = &ours[&number][item.trim_start_matches('I')];
                tally.compare(ours, value, &format!("{} {number}/{item}", case["source"]));
            }
        }
    }
    println!(
        "{records} records, {} values compared, {} differ: {:?}",
        tally.compared,
        tally.differing.len(),
        tally.differing
    );
    assert!(
        tally.compared > 2_500,
        "only {} were compared",
        tally.compared
    );
    assert_eq!(tally.differing, Vec::<String>::new());
}

#[test]
fn tracks_of_a_pre_standard_edition_are_refused_and_none_is_invented() {
    let Some(expected) = data("asterix/asterix-expected.jsonl.gz") else {
        return;
    };
    let mut refused = 0;
    for line in String::from_utf8(expected).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        if !case["expected"].is_null() {
            continue;
        }
        let bytes = octets(case["udp_payload_hex"].as_str().unwrap());
        let out = decode(&bytes, Time::from_secs(1_210_855_668));
        assert!(
            out.drafts.is_empty(),
            "{}: {:?}",
            case["source"],
            out.drafts
        );
        assert!(!out.rejects.is_empty(), "{}", case["source"]);
        refused += 1;
    }
    assert_eq!(refused, 50);
}

/// A capture of packets, each flow by a decoder of its own, as `oneroof decode` reads it.
fn decode_capture(capture: Vec<u8>) -> Output {
    let format = build("asterix", Options::new("")).unwrap();
    let mut decoders: BTreeMap<u32, Box<dyn Decoder>> = BTreeMap::new();
    let mut out = Output::with_decoded();
    for chunk in Chunks::new(Cursor::new(capture)).unwrap() {
        let chunk = chunk.unwrap();
        let decoder = decoders
            .entry(chunk.stream)
            .or_insert_with(|| format.decoder());
        let at = chunk.time.unwrap();
        decoder.push(&chunk.bytes, at, &mut out);
        assert!(chunk.datagram, "a capture of datagrams");
        decoder.end_datagram(at, &mut out);
    }
    out
}

#[test]
fn the_packet_captures_give_what_their_packets_give() {
    let (Some(expected), Some(radar), Some(early)) = (
        data("asterix/asterix-expected.jsonl.gz"),
        data("asterix/cat_034_048-first.pcap"),
        data("asterix/asterix-first.pcap"),
    ) else {
        return;
    };
    let mut records = 0;
    for line in String::from_utf8(expected).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let of_radar = case["source"].as_str().unwrap().starts_with("cat_034_048");
        records += case["expected"]
            .as_array()
            .filter(|_| of_radar)
            .map_or(0, Vec::len);
    }
    let out = decode_capture(radar);
    assert_eq!(out.rejects, []);
    assert_eq!(fields(&out).len(), records);
    let heartbeats = out.drafts.len();
    println!("{records} records, {heartbeats} of them heartbeats");
    assert!(heartbeats > 20, "{heartbeats}");

    let refused = decode_capture(early);
    assert_eq!((refused.drafts.len(), refused.rejects.len()), (0, 50));
}
