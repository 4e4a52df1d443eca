use oneroof_model::{Draft, PositionDraft, TrackDomain};

use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::registry::{Options, build};

contract!("owntracks");

fn decode(options: &str, text: &str) -> Output {
    let format = build("owntracks", Options::new(options)).expect("right options");
    let mut decoder = format.decoder();
    let mut out = Output::with_decoded();
    decoder.push(text.as_bytes(), RECEIVED, &mut out);
    decoder.finish(RECEIVED, &mut out);
    out
}

fn one(options: &str, text: &str) -> PositionDraft {
    let out = decode(options, text);
    match out.drafts.as_slice() {
        [drafted] => match &drafted.draft {
            Draft::Position(position) => position.clone(),
            other => panic!("{other:?}"),
        },
        _ => panic!("{out:?}"),
    }
}

const LOCATION: &str = r#"{"_type":"location","topic":"owntracks/patrol/phone14","tid":"14","lat":48.25,"lon":23.5,"tst":1795401640,
  "acc":10,"alt":300,"vac":5,"vel":36,"cog":360,"batt":87,"conn":"m","t":"u","inregions":["base"]}"#;

#[test]
fn a_location_is_a_position_in_units_of_the_model() {
    let got = one("", LOCATION);
    assert_eq!(got.track.domain, TrackDomain::Vehicle);
    assert_eq!(got.track.ident.to_string(), "patrol/phone14");
    assert_eq!(got.at.unwrap().to_string(), "2026-11-23T02:40:40Z");
    assert_eq!(
        (got.speed_mps, got.course_deg, got.alt_m),
        (Some(10.0), Some(0.0), Some(300.0))
    );
    assert!((got.ce_m.unwrap() - 16.215).abs() < 0.001);
    let shown = &decode("", LOCATION).to_lines()[0]["decoded"];
    assert_eq!(shown["vertical_accuracy_m"], 5);
    assert_eq!(shown["in_regions"][0], "base");
    assert_eq!(shown["time"], "2026-11-23T02:40:40Z");
}

#[test]
fn a_device_is_known_by_topic_option_or_letters() {
    let without = LOCATION.replace("\"topic\":\"owntracks/patrol/phone14\",", "");
    let line = format!("owntracks/u/d {}", without.replace('\n', " "));
    let event = LOCATION
        .replace("phone14", "phone14/event")
        .replace("location", "transition");
    for (options, text, ident) in [
        ("devices: {patrol/phone14: {unit: U1}}", LOCATION, "U1"),
        (
            "devices: {owntracks/patrol/phone14: {unit: U2}}",
            LOCATION,
            "U2",
        ),
        ("devices: {\"14\": {unit: U3}}", LOCATION, "U3"),
        ("device: a/b", &without, "a/b"),
        ("device: a/b\ndevices: {a/b: {unit: U4}}", &without, "U4"),
        ("", &without, "14"),
        ("", &event, "patrol/phone14"),
        ("", &line, "u/d"),
    ] {
        assert_eq!(
            one(options, text).track.ident.to_string(),
            ident,
            "{options} {text}"
        );
    }
}

#[test]
fn one_message_a_list_and_lines_are_read_alike() {
    let plain = LOCATION.replace('\n', " ");
    for text in [
        format!("{plain}\n{plain}"),
        format!("[{plain},{plain}]"),
        format!("{LOCATION}{LOCATION}"),
    ] {
        assert_eq!(decode("", &text).drafts.len(), 2, "{text}");
    }
    assert_eq!(decode("", "[]").skipped["empty_batch"], 1);
}

#[test]
fn other_messages_are_counted_by_kind_and_shown() {
    for (kind, rest) in [
        (
            "waypoint",
            r#""desc":"base","lat":48.1,"lon":23.1,"rad":100,"tst":1795401640"#,
        ),
        ("lwt", r#""tst":1795401640"#),
        ("card", r#""name":"Jane","face":"iVBORw0KGgo=","tid":"J1""#),
        ("status", r#""android":{}"#),
        ("steps", r#""steps":4711,"from":1,"to":2"#),
        ("encrypted", r#""data":"xyz""#),
    ] {
        let out = decode("", &format!(r#"{{"_type":"{kind}",{rest}}}"#));
        assert_eq!(
            out.skipped[format!("owntracks_{kind}").as_str()],
            1,
            "{kind}"
        );
        let shown = &out.to_lines()[0]["decoded"];
        assert_eq!(shown["type"], kind);
        assert!(shown["face"].is_null());
    }
    assert_eq!(
        decode("", r#"{"_type":"new"}"#).skipped["owntracks_other"],
        1
    );
}

#[test]
fn what_can_not_be_taken_is_rejected_with_a_reason() {
    for (text, code) in [
        (r#"{"lat":1}"#, "no_type"),
        ("[1]", "malformed"),
        (r#"{"_type":"location","tid":"a","lat":1}"#, "malformed"),
        (
            r#"{"_type":"location","tid":"a","lat":"1","lon":2}"#,
            "malformed",
        ),
        (
            r#"{"_type":"location","tid":"a","lat":1,"lon":2,"tst":"now"}"#,
            "malformed",
        ),
        (
            r#"{"_type":"location","tid":"a","lat":91,"lon":2}"#,
            "out_of_range",
        ),
        (r#"{"_type":"location","lat":1,"lon":2}"#, "no_device_id"),
        ("hello", "not_json"),
        (r#"{"_type":"#, "truncated"),
        (r#"{"_type":tru}"#, "bad_json"),
    ] {
        let out = decode("", text);
        assert_eq!(out.rejects.len(), 1, "{text}: {out:?}");
        assert_eq!(out.rejects[0].reason.code, code, "{text}");
    }
}
