use oneroof_model::{Draft, PositionDraft, PositionSource, Time};

use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::registry::{Options, build};

contract!("adsb_json");

fn decode(text: &str) -> Output {
    let mut decoder = build("adsb_json", Options::new("")).unwrap().decoder();
    let mut out = Output::with_decoded();
    decoder.push(text.as_bytes(), RECEIVED, &mut out);
    decoder.finish(RECEIVED, &mut out);
    out
}

fn first(text: &str) -> PositionDraft {
    match &decode(text).drafts[0].draft {
        Draft::Position(draft) => draft.clone(),
        other => panic!("a position, not {other:?}"),
    }
}

#[test]
fn a_position_is_as_old_as_it_says_it_is() {
    for (now, seen, expected) in [
        (
            r#""now":1795401650.5,"#,
            r#""seen_pos":2.25,"seen":0"#,
            Time::from_millis(1_795_401_648_250),
        ),
        (
            r#""now":1795401650500,"#,
            r#""seen":1"#,
            Time::from_millis(1_795_401_649_500),
        ),
        ("", r#""seen":60"#, RECEIVED.plus_secs(-60)),
    ] {
        let text = format!(r#"{{{now}"hex":"508123","lat":48.5,"lon":22.5,{seen}}}"#);
        assert_eq!(first(&text).at, Some(expected), "{text}");
    }
}

#[test]
fn every_vintage_means_the_same() {
    let new = r#"{"hex":"508123","flight":"AUI7TK ","alt_baro":35000,"gs":100,"track":90,"lat":48.5,"lon":22.5}"#;
    let old = r#"[{"hex":"508123","flight":"AUI7TK ","altitude":35000,"speed":100,"track":90,"lat":48.5,"lon":22.5,"validposition":1,"validtrack":1}]"#;
    let listed = format!(r#"{{"aircraft":[{new}]}}"#);
    assert_eq!(first(new), first(old));
    assert_eq!(first(new), first(&listed));
    assert_eq!(first(new).call_sign.as_deref(), Some("AUI7TK"));
    assert_eq!(first(new).alt_m, Some(10_668.0));
}

#[test]
fn a_position_that_the_sender_calls_invalid_is_none() {
    let text = r#"{"hex":"508123","flight":"A","lat":0.0,"lon":0.0,"validposition":0,"track":5,"validtrack":0,"speed":3}"#;
    assert_eq!((first(text).position, first(text).course_deg), (None, None));
}

#[test]
fn on_the_ground_there_is_no_altitude() {
    let out = decode(r#"{"hex":"508123","alt_baro":"ground","alt_geom":400,"gs":3}"#);
    let line = &out.to_lines()[0];
    assert_eq!(line["decoded"]["on_ground"], true);
    assert!(line["decoded"]["altitude_ft"].is_null());
    assert!(line["draft"]["alt_m"].is_null());
}

#[test]
fn what_was_worked_out_by_others_says_so() {
    let at = r#""lat":48.5,"lon":22.5"#;
    for (more, expected) in [
        (r#""mlat":["lat","lon"]"#, PositionSource::Mlat),
        (r#""tisb":["lat"]"#, PositionSource::Radar),
        (r#""mlat":["gs"],"tisb":[]"#, PositionSource::Adsb),
        (r#""type":"adsr_icao""#, PositionSource::Adsb),
        (r#""type":"other""#, PositionSource::Unknown),
    ] {
        assert_eq!(
            first(&format!(r#"{{"hex":"508123",{at},{more}}}"#)).source,
            expected,
            "{more}"
        );
    }
}

#[test]
fn one_bad_aircraft_costs_only_itself() {
    let good = r#"{"hex":"508123","alt_baro":1000}"#;
    for bad in [
        r#"{"hex":"x"}"#,
        r#"{"alt_baro":1}"#,
        r#"{"hex":"508123","lat":91,"lon":0}"#,
        r#"{"hex":"508123","gs":-1}"#,
        r#"{"hex":"508123","flight":5}"#,
        "7",
    ] {
        let out = decode(&format!(
            r#"{{"now":1795401650,"aircraft":[{bad},{good}]}}"#
        ));
        assert_eq!((out.rejects.len(), out.drafts.len()), (1, 1), "{bad}");
        assert_eq!(out.rejects[0].raw, bad.as_bytes());
    }
}

#[test]
fn a_broken_document_ends_with_its_line() {
    let good = r#"{"hex":"508123","alt_baro":1000}"#;
    let out = decode(&format!("{good}\n{{\"hex\":!\n{good} {good}"));
    assert_eq!((out.rejects.len(), out.drafts.len()), (1, 3));
    assert_eq!(out.rejects[0].reason.code, "bad_json");
}

#[test]
fn a_byte_order_mark_is_passed_over_in_any_cutting() {
    let text = "\u{feff}{\"hex\":\"508123\",\"alt_baro\":1000}\n\u{feff} [] ".as_bytes();
    for size in 1..5 {
        let mut decoder = build("adsb_json", Options::new("")).unwrap().decoder();
        let mut out = Output::default();
        for piece in text.chunks(size) {
            decoder.push(piece, RECEIVED, &mut out);
        }
        decoder.finish(RECEIVED, &mut out);
        assert_eq!(
            (out.drafts.len(), out.rejects.len()),
            (1, 0),
            "pieces of {size}"
        );
        assert_eq!(out.skipped["list"], 1);
    }
    let cut = decode("{\"hex\":\"508123\"}\n\u{feff}");
    assert!(cut.rejects.is_empty());
}

#[test]
fn a_document_without_end_is_given_up_at_the_bound() {
    let mut decoder = build("adsb_json", Options::new("")).unwrap().decoder();
    let mut out = Output::default();
    decoder.push(b"{\"aircraft\":[", RECEIVED, &mut out);
    let piece = b"{\"hex\":\"508123\"},".repeat(60_000);
    for _ in 0..40 {
        decoder.push(&piece, RECEIVED, &mut out);
    }
    assert_eq!(out.rejects[0].reason.code, "too_long");
    assert_eq!(out.rejects[0].raw_len, 32 * 1024 * 1024);
}
