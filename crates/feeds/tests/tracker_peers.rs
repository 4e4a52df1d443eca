//! Logs of satellite receivers and messages of phones from other people's tests, and what these say of them.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test speaks to its reader and fails by panic"
)]

mod shared;

use std::collections::BTreeMap;

use oneroof_feeds::{Details, Options, Output, build};
use oneroof_model::{Draft, PositionDraft, Time};
use serde_json::Value;

use shared::data;

const AT: Time = Time::from_secs(1_795_401_660);

fn decode(kind: &str, bytes: &[u8]) -> Output {
    let mut decoder = build(kind, Options::new("")).unwrap().decoder();
    let mut out = Output::with_decoded();
    decoder.push(bytes, AT, &mut out);
    decoder.finish(AT, &mut out);
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

fn positions(out: &Output) -> Vec<&PositionDraft> {
    let each = out.drafts.iter().map(|drafted| match &drafted.draft {
        Draft::Position(position) => position,
        other => panic!("{other:?}"),
    });
    each.collect()
}

/// `ddmm.mmmm` and a hemisphere as degrees, read apart from the decoder.
fn degrees(text: &str, hemisphere: &str) -> f64 {
    let dot = text.find('.').unwrap_or(text.len());
    let (whole, minutes) = text.split_at(dot - 2);
    let angle = whole.parse::<f64>().unwrap() + minutes.parse::<f64>().unwrap() / 60.0;
    if matches!(hemisphere, "S" | "W") {
        -angle
    } else {
        angle
    }
}

#[test]
fn every_sentence_of_the_long_log_has_the_type_that_the_nmea_crate_says() {
    let (Some(log), Some(expected)) = (
        data("gps/nmea-crate-nmea1.log.gz"),
        data("gps/nmea-crate-nmea1.log.expected.gz"),
    ) else {
        return;
    };
    let out = decode("nmea_gnss", &log);
    assert_eq!(out.rejects, []);
    let ours: Vec<String> = fields(&out)
        .iter()
        .map(|said| said["sentence"].as_str().unwrap().to_owned())
        .collect();
    let theirs = String::from_utf8(expected).unwrap();
    let theirs: Vec<&str> = theirs.lines().collect();
    println!("{} sentences", ours.len());
    assert_eq!(ours, theirs);
}

#[test]
fn every_moment_of_a_log_is_one_position_with_the_values_of_its_sentences() {
    for (name, least) in [
        ("nmea-crate-nmea1.log.gz", 900),
        ("nmea-crate-nmea_with_sat_info.log", 35),
    ] {
        let Some(log) = data(&format!("gps/{name}")) else {
            return;
        };
        let text = String::from_utf8(log).unwrap();
        let out = decode("nmea_gnss", text.as_bytes());
        assert_eq!(out.rejects, [], "{name}");
        // By time of day: latitude, longitude, height.
        let mut moments: BTreeMap<String, (f64, f64, f64)> = BTreeMap::new();
        let mut speeds: BTreeMap<String, f64> = BTreeMap::new();
        let mut order: Vec<String> = Vec::new();
        for line in text.lines() {
            let f: Vec<&str> = line.split([',', '*']).collect();
            let key = |time: &str| format!("{:0<9}", time.replace('.', ""));
            if f[0].ends_with("GGA") && f[6] != "0" && !f[6].is_empty() {
                let at = (
                    degrees(f[2], f[3]),
                    degrees(f[4], f[5]),
                    f[9].parse().unwrap(),
                );
                if moments.insert(key(f[1]), at).is_none() {
                    order.push(key(f[1]));
                }
            }
            if f[0].ends_with("RMC") && f[2] == "A" {
                speeds.insert(key(f[1]), f[7].parse::<f64>().unwrap() * 1852.0 / 3600.0);
            }
        }
        let ours = positions(&out);
        assert_eq!(ours.len(), moments.len(), "{name}");
        assert!(ours.len() >= least, "{name}: {}", ours.len());
        let mut compared = 0;
        for (position, key) in ours.iter().zip(&order) {
            let (lat, lon, alt) = moments[key];
            let at = position.position.unwrap();
            assert!(
                (at.lat() - lat).abs() < 1e-9 && (at.lon() - lon).abs() < 1e-9,
                "{name} {key}"
            );
            assert!(
                (f64::from(position.alt_m.unwrap()) - alt).abs() < 0.001,
                "{name} {key}"
            );
            let speed = f64::from(position.speed_mps.unwrap());
            assert!((speed - speeds[key]).abs() < 0.001, "{name} {key}");
            let clock = position
                .at
                .unwrap()
                .to_string()
                .replace([':', '.', 'Z'], "");
            let clock = format!("{:0<9}", clock.split_once('T').unwrap().1);
            assert_eq!(&clock, key, "{name}");
            compared += 5;
        }
        println!("{name}: {} positions, {compared} values equal", ours.len());
    }
}

#[test]
fn a_log_without_a_fix_gives_no_position() {
    let Some(log) = data("gps/nmea-crate-nmea2.log") else {
        return;
    };
    let out = decode("nmea_gnss", &log);
    assert_eq!(out.rejects, []);
    assert_eq!(positions(&out), Vec::<&PositionDraft>::new());
    assert!(out.skipped["no_fix"] >= 3, "{:?}", out.skipped);
}

#[test]
fn messages_of_phones_give_what_traccar_asserts() {
    let Some(cases) = data("gps/traccar-messages.jsonl") else {
        return;
    };
    let mut checked: BTreeMap<String, u32> = BTreeMap::new();
    for line in String::from_utf8(cases).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let kind = match case["protocol"].as_str().unwrap() {
            "OsmAnd" => "osmand",
            "OwnTracks" => "owntracks",
            _ => continue,
        };
        let input = case["input"].as_str().unwrap();
        let out = decode(kind, input.as_bytes());
        let assertion = case["expected"]["assert"].as_str().unwrap();
        match assertion {
            "verifyNull" => assert!(out.drafts.is_empty() && !out.rejects.is_empty(), "{input}"),
            "verifyNotNull" => {
                assert_eq!((fields(&out).len(), out.rejects.len()), (1, 0), "{input}");
            }
            _ => {
                let [position] = positions(&out)[..] else {
                    panic!("{input}: {out:?}")
                };
                assert!(position.position.is_some(), "{input}");
                // Every number that the message has for its place is in the fields.
                let at = position.position.unwrap();
                let said = &fields(&out)[0];
                assert_eq!(said["lat_deg"].as_f64(), Some(at.lat()));
                assert_eq!(said["lon_deg"].as_f64(), Some(at.lon()));
            }
        }
        *checked.entry(format!("{kind} {assertion}")).or_default() += 1;
    }
    println!("{checked:?}");
    assert_eq!(checked.values().sum::<u32>(), 21);
}
