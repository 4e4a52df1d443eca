use oneroof_model::{Draft, Mode, PositionDraft, TrackDomain};

use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::registry::{Options, build};

contract!("osmand");

fn decode(options: &str, text: &str) -> Output {
    let format = build("osmand", Options::new(options)).expect("right options");
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

const JSON: &str = r#"{"location":{"timestamp":"2026-11-23T02:40:12.862Z","mock":false,"coords":{"latitude":48.25,"longitude":23.5,
  "accuracy":5,"speed":10,"heading":90,"altitude":300,"floor":null},"is_moving":true,"odometer":12,
  "battery":{"level":0.5,"is_charging":true},"activity":{"type":"still"},"extras":{"a":1},"_":"&id=1&"},"device_id":"902064"}"#;

#[test]
fn a_query_is_a_position_in_units_of_the_model() {
    let got = one(
        "",
        "/?id=902064&lat=48.25&lon=23.5&timestamp=1795401640&hdop=6.0&altitude=224.0&speed=10&bearing=360&batt=87&accuracy=10",
    );
    assert_eq!(got.track.domain, TrackDomain::Vehicle);
    assert_eq!(got.track.ident.to_string(), "902064");
    assert_eq!(got.at.unwrap().to_string(), "2026-11-23T02:40:40Z");
    assert!((got.speed_mps.unwrap() - 5.144).abs() < 0.001);
    assert_eq!(got.course_deg, Some(0.0));
    assert_eq!(got.alt_m, Some(224.0));
    assert!((got.ce_m.unwrap() - 16.215).abs() < 0.001);
}

#[test]
fn the_unit_of_speed_is_an_option() {
    for (unit, expected) in [("knots", 5.144), ("kmh", 2.778), ("mps", 10.0)] {
        let got = one(&format!("speed: {unit}"), "id=1&lat=1&lon=2&speed=10");
        assert!((got.speed_mps.unwrap() - expected).abs() < 0.001, "{unit}");
    }
}

#[test]
fn a_device_of_the_table_is_an_own_unit() {
    let options = "devices: {\"902064\": {unit: BG-P-014, org: BG}}";
    for text in ["deviceid=902064&location=48.25,23.5", JSON] {
        let got = one(options, text);
        assert_eq!(got.track.domain, TrackDomain::Unit);
        assert_eq!(got.track.ident.to_string(), "BG-P-014");
        assert_eq!(got.org.as_ref().unwrap().as_str(), "BG");
    }
}

#[test]
fn the_json_form_has_metres_a_second_and_minus_one_for_unknown() {
    let got = one("", JSON);
    assert_eq!((got.speed_mps, got.course_deg), (Some(10.0), Some(90.0)));
    assert_eq!(got.mode, None);
    let unknown = one(
        "",
        &JSON
            .replace(":10,", ":-1,")
            .replace(":90,", ":-1,")
            .replace("0.5", "-1"),
    );
    assert_eq!((unknown.speed_mps, unknown.course_deg), (None, None));
    let mock = one("", &JSON.replace("\"mock\":false", "\"mock\":true"));
    assert_eq!(mock.mode, Some(Mode::Test));
    let shown = &decode("", JSON).to_lines()[0]["decoded"];
    assert_eq!(shown["battery_percent"], 50.0);
    assert_eq!(shown["attributes"]["activity"]["type"], "still");
    assert_eq!(shown["attributes"]["floor"], serde_json::Value::Null);
}

#[test]
fn a_list_of_locations_gives_each() {
    let place = r#"{"coords":{"latitude":1,"longitude":2}}"#;
    let out = decode(
        "",
        &format!(r#"{{"location":[{place},{place},{{}}],"device_id":7}}"#),
    );
    assert_eq!((out.drafts.len(), out.rejects.len()), (2, 1));
}

#[test]
fn a_request_without_a_place_is_shown_and_counted() {
    for text in [
        "/?id=1&timestamp=1795401640&cell=257,02,16,2224",
        "id=1&lat=1&lon=2&valid=false",
    ] {
        let out = decode("", text);
        assert_eq!(out.skipped["no_position"], 1, "{text}");
        assert_eq!(out.to_lines()[0]["decoded"]["device_id"], "1");
    }
}

#[test]
fn what_can_not_be_taken_is_rejected_with_a_reason() {
    for (text, code) in [
        ("/?lat=60.0&lon=30.0", "no_device_id"),
        ("id=1&lat=91&lon=2", "out_of_range"),
        ("id=1&lat=1", "malformed"),
        ("id=1&lat=x&lon=2", "malformed"),
        ("id=1&lat=nan&lon=2", "malformed"),
        ("id=1&lat=1&lon=2&timestamp=soon", "malformed"),
        ("hello", "no_query"),
        ("{\"a\":1}", "malformed"),
        (
            "{\"location\":{\"coords\":{\"latitude\":\"1\",\"longitude\":2}},\"device_id\":\"1\"}",
            "malformed",
        ),
        ("{\"location\":", "truncated"),
        ("{\"location\" 1}", "bad_json"),
        ("{\"location\":1x}", "bad_json"),
    ] {
        let out = decode("", text);
        assert_eq!(out.rejects.len(), 1, "{text}: {out:?}");
        assert_eq!(out.rejects[0].reason.code, code, "{text}");
    }
    let long = format!("id={}&lat=1&lon=2", "7".repeat(65));
    assert_eq!(decode("", &long).rejects[0].reason.code, "bad_device_id");
    let many = format!("id=1{}", "&a=1".repeat(300));
    assert_eq!(decode("", &many).rejects[0].reason.code, "too_many");
}

#[test]
fn a_recorded_request_is_read_through_its_head_and_body() {
    let text = "POST / HTTP/1.1\r\nHost: centre.example\r\nContent-Length: 27\r\n\r\nid=1&location=48.25%2C23.5\r\n";
    let out = decode("", text);
    assert_eq!(out.drafts.len(), 1);
    assert_eq!(out.skipped["http_header"], 2);
    assert_eq!(out.skipped["http_request_without_query"], 1);
}
