use oneroof_model::{Draft, PositionDraft};

use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::registry::{Options, build};

contract!("adsb_sbs");

fn decode(options: &str, text: &str) -> Output {
    let mut decoder = build("adsb_sbs", Options::new(options)).unwrap().decoder();
    let mut out = Output::with_decoded();
    decoder.push(text.as_bytes(), RECEIVED, &mut out);
    decoder.finish(RECEIVED, &mut out);
    out
}

/// A line about 508123 at a second past 02:40, from its eleventh field on.
fn line(kind: &str, second: u8, rest: &str) -> String {
    let time = format!("2026/11/23,02:40:{second:02}.500");
    format!("{kind},1,1,508123,1,{time},{time},{rest}\r\n")
}

fn positions(out: &Output) -> Vec<&PositionDraft> {
    let drafts = out.drafts.iter();
    drafts
        .filter_map(|drafted| match &drafted.draft {
            Draft::Position(draft) => Some(draft),
            _ => None,
        })
        .collect()
}

#[test]
fn the_speed_heard_a_moment_ago_goes_with_the_next_position() {
    let place = ",35000,,,48.5,22.5,,,,,,0";
    for (second, speed) in [(10, Some(51.444_443)), (40, None)] {
        let text = line("MSG,4", 0, ",,100,90,,,0,,,,,0") + &line("MSG,3", second, place);
        let out = decode("", &text);
        assert_eq!(positions(&out)[1].speed_mps, speed);
        assert_eq!(positions(&out)[1].alt_m, Some(10_668.0));
    }
}

#[test]
fn times_are_of_the_zone_that_was_told() {
    let text = line("MSG,3", 0, ",35000,,,48.5,22.5,,,,,,0");
    for (zone, expected) in [
        ("UTC", "2026-11-23T02:40:00.5Z"),
        ("Europe/Kyiv", "2026-11-23T00:40:00.5Z"),
    ] {
        let out = decode(&format!("timezone: {zone}"), &text);
        assert_eq!(positions(&out)[0].at.unwrap().to_string(), expected);
    }
    let problems = build("adsb_sbs", Options::new("timezone: Kyiv"))
        .err()
        .unwrap();
    assert!(problems[0].message.contains("`Kyiv`"), "{problems:?}");
}

#[test]
fn an_emergency_is_one_report_however_often_it_is_sent() {
    let sent = line("MSG,6", 1, ",,,,,,,7500,-1,-1,0,0").repeat(5);
    let ended = line("MSG,6", 9, ",,,,,,,2741,0,0,0,0");
    let out = decode("", &(sent + &ended));
    let codes: Vec<_> = out
        .drafts
        .iter()
        .filter_map(|drafted| match &drafted.draft {
            Draft::Report(report) => report.original_code.clone(),
            _ => None,
        })
        .collect();
    assert_eq!(codes, ["squawk 7500", "emergency none"]);
}

#[test]
fn what_can_not_be_is_a_reject_that_names_its_field() {
    for (rest, named) in [
        (",x,,,,,,,,,,0", "altitude"),
        (",35000,,,91,22.5,,,,,,0", "lat"),
        (",35000,,,48.5,NaN,,,,,,0", "lon"),
        (",,-1,,,,,,,,,0", "ground_speed"),
        (",,,361,,,,,,,,0", "track"),
        (",,,,,,,8000,,,,0", "squawk"),
        (",,,,,,,,no,,,0", "alert"),
    ] {
        let out = decode("", &line("MSG,3", 0, rest));
        let reason = &out.rejects[0].reason;
        assert_eq!(reason.code, "bad_value", "{rest}");
        assert!(reason.detail.contains(named), "{}", reason.detail);
        assert!(out.drafts.is_empty());
    }
}
