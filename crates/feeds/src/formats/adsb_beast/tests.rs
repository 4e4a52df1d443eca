use proptest::prelude::*;

use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::formats::mode_s::tests::frame;
use crate::registry::{Options, build};

contract!("adsb_beast");

/// A frame with its time and signal, escaped.
fn message(kind: u8, stamp: u64, signal: u8, frame: &[u8]) -> Vec<u8> {
    let mut all = stamp.to_be_bytes()[2..].to_vec();
    all.push(signal);
    all.extend_from_slice(frame);
    let mut out = vec![0x1a, kind];
    for byte in all {
        out.push(byte);
        if byte == 0x1a {
            out.push(0x1a);
        }
    }
    out
}

/// An all-call reply whose address has an escape in it.
fn all_call() -> Vec<u8> {
    frame(&[0x5d, 0x50, 0x1a, 0x1a], 0)
}

fn decode(options: &str, bytes: &[u8]) -> Output {
    let mut decoder = build("adsb_beast", Options::new(options))
        .unwrap()
        .decoder();
    let mut out = Output::with_decoded();
    decoder.push(bytes, RECEIVED, &mut out);
    decoder.finish(RECEIVED, &mut out);
    out
}

#[test]
fn escapes_in_time_signal_and_frame_are_taken_back() {
    let out = decode("", &message(b'2', 0x1a00_001a_001a, 0x1a, &all_call()));
    let line = &out.to_lines()[0]["decoded"];
    assert_eq!(line["icao"], "501a1a");
    assert_eq!(line["timestamp"], 0x1a00_001a_001a_u64);
    assert_eq!(
        (line["signal_level"].as_u64(), line["rssi_dbfs"].as_f64()),
        (Some(26), Some(-19.8))
    );
    assert!(out.rejects.is_empty());
}

#[test]
fn after_noise_and_after_a_cut_message_the_next_one_is_whole() {
    let good = message(b'2', 12, 50, &all_call());
    let mut bytes = b"\x00\x1a\x1a\x07 noise".to_vec();
    bytes.extend_from_slice(&good);
    bytes.extend_from_slice(&good[..9]);
    bytes.extend_from_slice(&good);
    let out = decode("", &bytes);
    let codes: Vec<_> = out
        .rejects
        .iter()
        .map(|r| (r.reason.code, r.offset))
        .collect();
    assert_eq!(codes, [("noise", 0), ("truncated", 10 + good.len() as u64)]);
    assert_eq!(out.skipped["all_call_reply"], 2);
}

#[test]
fn a_time_of_day_is_the_nearest_to_receipt() {
    // RECEIVED is 02:41:00; 02:40:59.5 was half a second ago, 23:59:59 was yesterday.
    for (seconds, nanoseconds, expected) in [
        (9_659_u64, 500_000_000_u64, "2026-11-23T02:40:59.5Z"),
        (86_399, 0, "2026-11-22T23:59:59Z"),
    ] {
        let stamp = seconds << 30 | nanoseconds;
        let out = decode("timestamps: gps", &message(b'2', stamp, 50, &all_call()));
        assert_eq!(out.to_lines()[0]["decoded"]["heard_at"], expected);
    }
    let out = decode("", &message(b'2', 9_659 << 30, 50, &all_call()));
    assert!(out.to_lines()[0]["decoded"]["heard_at"].is_null());
}

proptest! {
    #[test]
    fn every_byte_is_in_a_reject_or_in_a_message(bytes in prop::collection::vec(
        prop_oneof![Just(0x1a_u8), Just(b'1'), Just(b'2'), Just(b'P'), any::<u8>()], 0..400,
    )) {
        let mut decoder = build("adsb_beast", Options::new("")).unwrap().decoder();
        let mut out = Output::default();
        decoder.push(&bytes, RECEIVED, &mut out);
        decoder.finish(RECEIVED, &mut out);
        for reject in &out.rejects {
            let start = usize::try_from(reject.offset).unwrap();
            prop_assert_eq!(&bytes[start..start + reject.raw.len()], &reject.raw[..]);
        }
    }
}
