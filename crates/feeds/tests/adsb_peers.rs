//! What other decoders of Mode S made of real captures, compared field by field.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test speaks to its reader and fails by panic"
)]

mod shared;

use std::collections::{BTreeMap, BTreeSet};

use oneroof_feeds::{Details, Options, Output, build};
use oneroof_model::{LatLon, Time, validate_draft};
use serde_json::Value;

use shared::data;

const AT: Time = Time::from_secs(1_795_455_350);

fn decode(kind: &str, options: &str, bytes: &[u8]) -> Output {
    let mut decoder = build(kind, Options::new(options)).unwrap().decoder();
    let mut out = Output::with_decoded();
    decoder.push(bytes, AT, &mut out);
    decoder.finish(AT, &mut out);
    for drafted in &out.drafts {
        let valid = validate_draft(&drafted.draft, AT, None);
        assert!(valid.is_ok(), "{kind}: {valid:?}: {drafted:?}");
    }
    out
}

/// The decoded fields of each record, and the kind under which it was counted.
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

/// Their name of a field, ours, and how far the two may be apart: pyModeS rounds speed down and pressure to a tenth.
const PYMODES: &[(&str, &str, f64)] = &[
    ("df", "df", 0.0),
    ("icao", "icao", 0.0),
    ("typecode", "typecode", 0.0),
    ("category", "category", 0.0),
    ("callsign", "callsign", 0.0),
    ("cpr_format", "cpr_format", 0.0),
    ("altitude", "altitude_ft", 0.0),
    ("squawk", "squawk", 0.0),
    ("groundspeed", "ground_speed_kt", 1.0),
    ("track", "track_deg", 1e-6),
    ("vertical_rate", "vertical_rate_fpm", 0.0),
    ("selected_altitude_mcp", "selected_altitude_mcp_ft", 0.0),
    ("selected_altitude_fms", "selected_altitude_fms_ft", 0.0),
    ("baro_pressure_setting", "baro_pressure_setting_hpa", 0.051),
    ("roll", "roll_deg", 1e-6),
    ("true_track", "true_track_deg", 1e-6),
    ("track_rate", "track_rate_deg_s", 1e-6),
    ("true_airspeed", "true_airspeed_kt", 0.0),
    ("magnetic_heading", "magnetic_heading_deg", 1e-6),
    ("indicated_airspeed", "indicated_airspeed_kt", 0.0),
    ("mach", "mach", 1e-6),
    ("baro_vertical_rate", "baro_vertical_rate_fpm", 0.0),
    ("inertial_vertical_rate", "inertial_vertical_rate_fpm", 0.0),
    ("bds", "bds", 0.0),
];

fn same(ours: &Value, theirs: &Value, apart: f64) -> bool {
    match (ours, theirs) {
        (Value::String(ours), Value::String(theirs)) => {
            // They fill call signs up, and write registers without the comma.
            let theirs = theirs.trim_end_matches('_');
            ours.eq_ignore_ascii_case(theirs) || format!("BDS{}", ours.replace(',', "")) == theirs
        }
        (ours, theirs) => match (ours.as_f64(), theirs.as_f64()) {
            (Some(ours), Some(theirs)) => (ours - theirs).abs() <= apart,
            _ => ours == theirs,
        },
    }
}

#[test]
fn the_golden_messages_of_pymodes_agree_in_every_field() {
    let Some(bytes) = data("adsb/pymodes-golden_v2.json") else {
        return;
    };
    let golden: BTreeMap<String, Value> = serde_json::from_slice(&bytes).unwrap();
    let lines: Vec<String> = golden.keys().map(|hex| format!("*{hex};")).collect();
    let ours = fields(&decode("adsb_avr", "", lines.join("\n").as_bytes()));
    assert_eq!(ours.len(), golden.len());
    let (mut compared, mut by_register) = (0, 0);
    for ((hex, theirs), ours) in golden.iter().zip(&ours) {
        for (name, value) in theirs.as_object().unwrap() {
            let (_, own, apart) = PYMODES.iter().find(|(their, ..)| their == name).unwrap();
            compared += 1;
            if same(&ours[*own], value, *apart) {
                continue;
            }
            // Which register it is: theirs leaves several, we decide by what the values say of each other.
            let several = value.as_str().is_some_and(|value| value.contains(','));
            let undecided = !ours["bds_candidates"].is_null();
            assert!(
                (name == "bds" && several) || undecided,
                "{hex}: {name} is {} here, {value} there",
                ours[*own]
            );
            by_register += 1;
        }
    }
    println!("{compared} values compared, {by_register} differ by the choice of a register");
    assert!(
        compared > 4_000 && by_register < 45,
        "{compared}, {by_register}"
    );
}

#[test]
fn positions_are_within_ten_metres_of_those_of_dump1090() {
    let (Some(avr), Some(sbs)) = (data("adsb/lax-part1.avr.gz"), data("adsb/lax-part1.sbs.gz"))
    else {
        return;
    };
    // Where dump1090 was told that it was.
    let out = decode("adsb_avr", "reference: {lat: 33.94, lon: -118.40}", &avr);
    let mut ours: BTreeMap<String, Vec<LatLon>> = BTreeMap::new();
    for own in fields(&out) {
        if let (Some(lat), Some(lon)) = (own["lat"].as_f64(), own["lon"].as_f64()) {
            let icao = own["icao"].as_str().unwrap().to_owned();
            let at = LatLon::new(lat, lon).unwrap();
            ours.entry(icao).or_default().push(at);
        }
    }
    let theirs = fields(&decode("adsb_sbs", "", &sbs));
    assert_eq!(theirs.len(), 136_737);
    let (mut compared, mut far) = (0, 0);
    // Theirs goes on for a little longer than the lines that we have.
    for own in theirs.iter().take(133_000) {
        let (Some(lat), Some(lon)) = (own["lat"].as_f64(), own["lon"].as_f64()) else {
            continue;
        };
        let at = LatLon::new(lat, lon).unwrap();
        let known = ours.get(own["icao"].as_str().unwrap());
        let near = known.is_some_and(|all| {
            // Latitude first: it is quick, and nearly always enough.
            let mut close = all
                .iter()
                .filter(|ours| (ours.lat() - at.lat()).abs() < 0.000_1);
            close.any(|ours| ours.distance_m(at) < 10.0)
        });
        compared += 1;
        far += u32::from(!near);
    }
    println!("{compared} positions compared, {far} of theirs are not among ours");
    assert!(compared > 16_000 && far <= 5, "{compared}, {far}");
}

#[test]
fn lines_and_binary_of_one_reception_say_the_same() {
    let (Some(avr), Some(beast)) = (
        data("adsb/lax-part1.avr.gz"),
        data("adsb/lax-part1.beast.gz"),
    ) else {
        return;
    };
    let (lines, binary) = (
        decode("adsb_avr", "", &avr),
        decode("adsb_beast", "", &beast),
    );
    assert!(lines.rejects.is_empty() && binary.rejects.is_empty());
    // dump1090 sent on those that it believed, in nearly their order; what depends on others is left out.
    let plain = |own: &Value| {
        let object = own.as_object().unwrap();
        let comm_b = object.contains_key("mb");
        let left_out = [
            "timestamp",
            "signal_level",
            "icao_verified",
            "lat",
            "lon",
            "nic",
        ];
        let kept = object.iter().filter(|(name, _)| {
            !left_out.contains(&name.as_str())
                && (!comm_b || ["df", "icao", "mb"].contains(&name.as_str()))
        });
        format!("{:?}", kept.collect::<Vec<_>>())
    };
    let all: BTreeSet<String> = fields(&lines).iter().map(plain).collect();
    let binary = fields(&binary);
    for own in &binary {
        assert!(all.contains(&plain(own)), "{own} is not among the lines");
    }
    println!("{} frames compared", binary.len());
    assert!(binary.len() > 120_000);
}

#[test]
fn every_aircraft_of_the_snapshots_of_dump1090_keeps_every_field() {
    let mut compared = 0;
    for number in 1..=5 {
        let Some(bytes) = data(&format!("adsb/lax-aircraft-{number}.json")) else {
            return;
        };
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        let theirs = document["aircraft"].as_array().unwrap();
        let out = decode("adsb_json", "", &bytes);
        assert!(out.rejects.is_empty());
        let ours = fields(&out);
        assert_eq!(ours.len(), theirs.len() + 1);
        for (theirs, ours) in theirs.iter().zip(&ours[1..]) {
            for (name, value) in theirs.as_object().unwrap() {
                assert_eq!(&ours[name], value, "{name} of {theirs}");
                compared += 1;
            }
            let icao = theirs["hex"].as_str().unwrap().trim_start_matches('~');
            assert_eq!(ours["icao"], icao);
        }
    }
    println!("{compared} values compared");
    assert!(compared > 5_000);
}
