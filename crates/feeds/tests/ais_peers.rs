//! What other decoders made of real captures, compared field by field.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test speaks to its reader and fails by panic"
)]

mod shared;

use std::collections::BTreeMap;

use oneroof_feeds::{Details, Options, Output, build};
use oneroof_model::{Draft, Time, validate_draft};
use serde_json::Value;

use shared::data;

const AT: Time = Time::from_secs(1_795_401_660);

fn decode(options: &str, bytes: &[u8]) -> Output {
    let mut decoder = build("ais_nmea", Options::new(options)).unwrap().decoder();
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

/// Their name of a field, ours, and their number for "not available" where ours is `null`.
const FIELDS: &[(&str, &str, Option<f64>)] = &[
    ("msg_type", "message_type", None),
    ("type", "message_type", None),
    ("mmsi", "mmsi", None),
    ("repeat", "repeat", None),
    ("lat", "lat_deg", Some(91.0)),
    ("lon", "lon_deg", Some(181.0)),
    ("speed", "speed_knots", Some(102.3)),
    ("course", "course_deg", Some(360.0)),
    ("heading", "heading_deg", Some(511.0)),
    ("status", "nav_status", None),
    ("second", "utc_second", None),
    ("accuracy", "position_accuracy", None),
    ("raim", "raim", None),
    ("year", "utc_year", None),
    ("epfd", "epfd", None),
    ("shipname", "name", None),
    ("name", "name", None),
    ("callsign", "callsign", None),
    ("imo", "imo", None),
    ("ship_type", "ship_type", None),
    ("shiptype", "ship_type", None),
    ("destination", "destination", None),
    ("draught", "draught_m", None),
    ("to_bow", "to_bow_m", None),
    ("to_stern", "to_stern_m", None),
    ("to_port", "to_port_m", None),
    ("to_starboard", "to_starboard_m", None),
    ("alt", "alt_m", Some(4095.0)),
    ("assigned", "assigned", None),
    ("cs", "carrier_sense", None),
    ("dest_mmsi", "dest_mmsi", None),
    ("dac", "dac", None),
    ("fid", "fid", None),
    ("text", "text", None),
    ("aid_type", "aid_type", None),
    ("name_ext", "name_extension", None),
    ("off_position", "off_position", None),
    ("virtual_aid", "virtual_aid", None),
    ("partno", "part_number", None),
    ("part_num", "part_number", None),
    ("vendorid", "vendor_id", None),
    ("channel_a", "channel_a", None),
    ("channel_b", "channel_b", None),
    ("stationtype", "station_type", None),
    ("quiet", "quiet_time_min", None),
    ("interval", "reporting_interval", None),
    ("maneuver", "manoeuvre", None),
    ("display", "display", None),
    ("dsc", "dsc", None),
    ("msg22", "message_22", None),
    ("retransmit", "retransmit", None),
    ("ais_version", "ais_version", None),
];

/// `month` and its like mean the arrival in message 5 and the station's clock in messages 4 and 11.
fn our_name(theirs: &str, message_type: i64) -> Option<(String, Option<f64>)> {
    if matches!(theirs, "month" | "day" | "hour" | "minute") {
        let prefix = if message_type == 5 { "eta" } else { "utc" };
        return Some((format!("{prefix}_{theirs}"), None));
    }
    let (_, ours, missing) = FIELDS.iter().find(|(name, _, _)| *name == theirs)?;
    let missing = match (*ours, message_type) {
        ("speed_knots", 9) => Some(1023.0),
        ("speed_knots", 27) => Some(63.0),
        ("course_deg", 27) => Some(511.0),
        _ => *missing,
    };
    Some(((*ours).to_owned(), missing))
}

fn same(ours: &Value, theirs: &Value, missing: Option<f64>, name: &str, message_type: i64) -> bool {
    let number = |value: &Value| match value {
        Value::Bool(b) => Some(f64::from(u8::from(*b))),
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    match (ours, theirs) {
        (Value::Null, Value::Null) => true,
        (Value::Null, theirs) => number(theirs).is_some_and(|t| Some(t) == missing),
        (Value::String(a), Value::String(b)) => a.trim() == b.trim(),
        (ours, theirs) => {
            let tolerance = match (name, message_type) {
                ("lat_deg" | "lon_deg", 17 | 27) => 0.01,
                ("lat_deg" | "lon_deg", _) => 0.0001,
                _ => 0.011, // single precision of tenths
            };
            number(ours)
                .zip(number(theirs))
                .is_some_and(|(a, b)| (a - b).abs() <= tolerance)
        }
    }
}

/// Rate of turn: theirs is rounded, and has ±127 and -128 for what has no number.
fn same_turn(ours: &Value, theirs: &Value) -> bool {
    let raw = ours["turn_raw"].as_i64();
    match (ours["turn_deg_per_min"].as_f64(), theirs.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() <= 1.0,
        (None, Some(b)) => {
            [Some(-128), Some(127), Some(-127)].contains(&raw)
                && ours["turn_raw"]
                    .as_f64()
                    .is_some_and(|raw| (raw - b).abs() < 0.5)
        }
        (None, None) => true,
        (Some(_), None) => false,
    }
}

#[derive(Default)]
struct Tally {
    compared: usize,
    differing: BTreeMap<(i64, String), Vec<String>>,
}

impl Tally {
    fn compare(&mut self, ours: &Value, expected: &Value, what: &str) {
        let kind = ours["message_type"].as_i64().unwrap_or(0);
        for (name, theirs) in expected.as_object().unwrap() {
            let agrees = if name == "turn" {
                Some(same_turn(ours, theirs))
            } else {
                our_name(name, kind).map(|(ours_name, missing)| {
                    same(&ours[&ours_name], theirs, missing, &ours_name, kind)
                })
            };
            let Some(agrees) = agrees else { continue };
            self.compared += 1;
            if !agrees {
                let shown =
                    our_name(name, kind).map_or_else(String::new, |(n, _)| ours[&n].to_string());
                self.differing
                    .entry((kind, name.clone()))
                    .or_default()
                    .push(format!("{shown} / {theirs} in {what}"));
            }
        }
    }

    fn differing(&self) -> usize {
        self.differing.values().map(Vec::len).sum()
    }

    /// Asserts that every value agrees, but for the fields whose difference is explained in the format's
    /// README.
    fn finish(&self, least: usize, explained: &[(i64, &str)]) {
        for ((kind, name), cases) in &self.differing {
            println!(
                "message {kind} {name}: {} differ, first {}",
                cases.len(),
                cases[0]
            );
        }
        println!(
            "{} values compared, {} differ",
            self.compared,
            self.differing()
        );
        assert!(
            self.compared >= least,
            "only {} values were compared",
            self.compared
        );
        for ((kind, name), cases) in &self.differing {
            let known = explained.contains(&(*kind, name.as_str()));
            assert!(known, "message {kind} {name}: {:?}", cases.first());
        }
    }
}

#[test]
fn the_terrestrial_capture_agrees_with_pyais() {
    let Some(expected) = data("ais/amsa-terrestrial.expected.jsonl.gz") else {
        return;
    };
    let mut tally = Tally::default();
    let mut refused = Vec::new();
    let mut cases = 0;
    for line in String::from_utf8(expected).unwrap().lines() {
        cases += 1;
        let case: Value = serde_json::from_str(line).unwrap();
        let sentences: Vec<&str> = case["input"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let out = decode("", sentences.join("\n").as_bytes());
        let ours = fields(&out);
        if let [reject] = out.rejects.as_slice() {
            refused.push((reject.reason.code, sentences[0].to_owned()));
            continue;
        }
        assert_eq!(ours.len(), 1, "{sentences:?}");
        tally.compare(&ours[0], &case["expected"], sentences[0]);
    }
    println!("{cases} messages, refused {refused:?}");
    // pyais does not look at checksums and fills up what is cut off; both are explained in the README.
    assert!(
        refused
            .iter()
            .all(|(code, _)| ["checksum", "too_short"].contains(code))
    );
    assert!(
        refused.len() * 500 <= cases,
        "{} of {cases} refused",
        refused.len()
    );
    let explained = [
        (5, "destination"),
        (5, "ship_type"),
        (5, "shipname"),
        (14, "text"),
        (17, "lat"),
        (17, "lon"),
        (23, "ship_type"),
        (24, "callsign"),
    ];
    tally.finish(40_000, &explained);
    // Apart from message 17, whose sign they do not read.
    let others: usize = tally
        .differing
        .iter()
        .filter(|((kind, _), _)| *kind != 17)
        .map(|(_, c)| c.len())
        .sum();
    assert!(others * 1000 <= tally.compared, "{others} differ");
}

#[test]
fn the_examples_of_libais_agree() {
    for (name, least) in [("libais-typeexamples", 200), ("libais-tagblock", 40)] {
        let (Some(sentences), Some(expected)) = (
            data(&format!("ais/{name}.nmea")),
            data(&format!("ais/{name}.json")),
        ) else {
            return;
        };
        let mut left: Vec<Value> = fields(&decode("", &sentences));
        let mut tally = Tally::default();
        for line in String::from_utf8(expected).unwrap().lines() {
            let theirs: Value = serde_json::from_str(line).unwrap();
            let at = left
                .iter()
                .position(|ours| {
                    ours["mmsi"] == theirs["mmsi"]
                        && ours["message_type"] == theirs["type"]
                        && (theirs["second"].is_null() || ours["utc_second"] == theirs["second"])
                })
                .unwrap_or_else(|| panic!("{name}: nothing for {theirs}"));
            let ours = left.remove(at);
            tally.compare(&ours, &theirs, line);
        }
        assert!(left.is_empty(), "{name}: they have nothing for {left:?}");
        tally.finish(
            least,
            &[(6, "retransmit"), (6, "text"), (9, "speed"), (21, "name")],
        );
    }
}

#[test]
fn every_line_of_every_capture_is_accounted_for() {
    let captures = [
        "amsa-terrestrial.nmea.gz",
        "amsa-satellite-1.nmea.gz",
        "amsa-satellite-2.nmea.gz",
        "amsa-satellite-3.nmea.gz",
        "amsa-satellite-tagblock.nmea",
        "dma-ais250.txt",
        "dma-commentblock.txt",
        "dma-decode_encode_messages.txt",
        "dma-replay_dump.txt",
        "dma-retry_example.txt",
        "dma-stream.nmea.gz",
        "libais-tagblock.nmea",
        "libais-typeexamples.nmea",
        "pyais-ais_test_messages",
        "pyais-gatehouse.nmea",
        "pyais-messages.ais",
        "pyais-mixed.nmea",
        "pyais-nmea_data_sample.nmea",
        "pyais-sample.ais",
        "pyais-timestamped.ais",
    ];
    for name in captures {
        let Some(bytes) = data(&format!("ais/{name}")) else {
            return;
        };
        let lines = bytes
            .split(|b| *b == b'\n')
            .filter(|l| !l.trim_ascii_end().is_empty())
            .count();
        let out = decode("", &bytes);
        let mut reasons: BTreeMap<&str, u32> = BTreeMap::new();
        for reject in &out.rejects {
            *reasons.entry(reject.reason.code).or_default() += 1;
        }
        let skipped: u64 = out.skipped.values().sum();
        println!(
            "{name}: {lines} lines, {} drafts, {skipped} skipped, rejects {reasons:?}",
            out.drafts.len()
        );
        let mut parts = 0;
        for value in fields(&out) {
            parts += value["sentences"].as_u64().unwrap() - 1;
        }
        // Each line is a record; of a message in parts only the last one has an outcome of its own.
        let mut records: Vec<u64> = out.drafts.iter().map(|drafted| drafted.record).collect();
        let details = out.decoded.iter().flat_map(Details::iter);
        records.extend(details.map(|decoded| decoded.record));
        records.extend(out.rejects.iter().map(|reject| reject.record));
        records.sort_unstable();
        records.dedup();
        let lost: u64 = out
            .rejects
            .iter()
            .filter(|reject| reject.reason.code == "incomplete")
            .map(|reject| reject.raw.split(|b| *b == b'\n').count() as u64 - 1)
            .sum();
        // A line in which sentences were run together is several records.
        let without = (lines as u64).saturating_sub(records.len() as u64);
        // Fewer where a capture has the parts of a message on one line.
        assert!(
            without <= parts + lost,
            "{name}: {without} lines without an outcome"
        );
        for drafted in &out.drafts {
            if let Draft::Position(_) = &drafted.draft {
                validate_draft(&drafted.draft, AT, None)
                    .unwrap_or_else(|reason| panic!("{name}: {reason:?}: {drafted:?}"));
            }
        }
    }
}
