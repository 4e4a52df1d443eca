//! What is spoken, against the rules of the schemas and against what our own decoder reads in it; and acknowledgements.

use oneroof_model::{EventImpact, Geometry, Mode};
use serde_json::{Value, json};

use super::acknowledge::{AckCode, Answer, acknowledgement};
use super::schema::schema;
use super::tests::{codes, decode, reports};
use crate::encode::{Encoder, Saying};
use crate::encode_tests::{EVENT, NOW, encoder, event, report, said, say};

const SPEAK: &str = "speak: {sender: ua.ncc.incident.push.provider, recipient: eu.lsa.incident.push.consumer, \
    organisation: Coordination centre, sea_basin: BlackSea, retention_days: 90, requires_ack: true, exercises: true}";

fn speaking() -> Box<dyn Encoder> {
    encoder("cise", SPEAK)
}

/// Reads what was said by the strictest rules; its decoded fields.
fn read(text: &str) -> (crate::Output, Value) {
    let out = decode("strictness: strict", text.as_bytes());
    assert_eq!(codes(&out), Vec::<&str>::new(), "{:?}\n{text}", out.rejects);
    let decoded = out.to_lines()[0]["decoded"].clone();
    (out, decoded)
}

#[test]
fn an_event_is_said_as_its_golden_message() {
    let text = say(&mut *speaking(), &event(&json!({})), NOW).unwrap();
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("spoken-event", text);
    });
}

#[test]
fn what_is_said_of_an_event_is_read_as_it_was_meant() {
    let (out, decoded) = read(&say(&mut *speaking(), &event(&json!({})), NOW).unwrap());
    let read = reports(&out)[0];
    assert_eq!(read.source.as_ref().unwrap().key, EVENT);
    assert_eq!(read.reported, Some(NOW));
    assert_eq!(
        read.original_code.as_deref(),
        Some("IrregularMigrationIncident/IrregularExitAttempt")
    );
    assert_eq!(read.impact_proposed.overall(), Some(EventImpact::High));
    let occurred = read.occurred.unwrap();
    assert_eq!(occurred.from.to_string(), "2026-11-23T02:30:00Z");
    assert_eq!(occurred.to.to_string(), "2026-11-23T02:35:00Z");
    assert_eq!(
        read.place.described.as_deref(),
        Some("Tisa near Tiachiv <left bank>")
    );
    let Some(Geometry::Point { at }) = read.place.geometry else {
        panic!("expected a point")
    };
    assert_eq!((at.lat(), at.lon()), (48.01, 23.58));
    assert_eq!(decoded["ContextID"], json!(EVENT));
    assert_eq!(decoded["RequiresAck"], json!(true));
    assert_eq!(
        decoded["Payload"]["RetentionPeriod"],
        json!("2027-02-21T02:41:00Z")
    );
}

#[test]
fn every_event_type_is_said_in_its_class_with_its_literal_word() {
    for (code, word) in crate::vocabulary::all() {
        let text = say(&mut *speaking(), &event(&json!({ "type_code": code })), NOW).unwrap();
        let (_, decoded) = read(&text);
        let class = word.codes.cise_class.as_deref().unwrap();
        assert_eq!(decoded["entity"], json!(class), "{code}");
        if let Some(of) = &word.codes.cise_type {
            assert!(text.contains(&format!(">{of}<")), "{code}: {text}");
        }
    }
    let unknown = event(&json!({ "type_code": "NEW99" }));
    let (_, decoded) = read(&say(&mut *speaking(), &unknown, NOW).unwrap());
    assert_eq!(decoded["entity"], json!("Incident"));
}

#[test]
fn every_shape_comes_back() {
    let at = |lat: f64, lon: f64| json!({ "lat": lat, "lon": lon });
    let ring = [at(48.0, 23.5), at(48.0, 23.6), at(48.1, 23.6)];
    let other = [at(49.0, 23.5), at(49.0, 23.6), at(49.1, 23.6)];
    for (geometry, shape, points) in [
        (json!({ "shape": "area", "rings": [ring] }), "area", 4),
        (
            json!({ "shape": "area", "rings": [ring, other] }),
            "area",
            8,
        ),
        (json!({ "shape": "line", "points": ring }), "line", 3),
        (
            json!({ "shape": "circle", "center": ring[0], "radius_m": 1500.0 }),
            "area",
            33,
        ),
    ] {
        let place = json!({ "geometry": geometry });
        let (out, _) =
            read(&say(&mut *speaking(), &event(&json!({ "place": place })), NOW).unwrap());
        let read = reports(&out)[0].place.geometry.clone().unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap()["shape"], json!(shape));
        assert_eq!(read.points().len(), points);
    }
    let nowhere = event(&json!({ "place": null }));
    let text = say(&mut *speaking(), &nowhere, NOW).unwrap();
    assert!(!text.contains("<LocationRel>"), "{text}");
}

#[test]
fn an_exercise_is_said_as_simulated_where_that_is_wanted_and_else_not_at_all() {
    let exercise = event(&json!({ "mode": "exercise" }));
    let (out, _) = read(&say(&mut *speaking(), &exercise, NOW).unwrap());
    assert_eq!(reports(&out)[0].mode, Some(Mode::Exercise));
    let mut silent = encoder("cise", "speak: {sender: a}");
    assert_eq!(say(&mut *silent, &exercise, NOW), None);
    assert!(say(&mut *silent, &event(&json!({})), NOW).is_some());
}

#[test]
fn what_has_no_word_in_cise_is_not_said() {
    let mut encoder = speaking();
    let there = event(&json!({}));
    for view in [report(&json!({})), event(&json!({ "state": "dismissed" }))] {
        assert_eq!(say(&mut *encoder, &view, NOW), None);
    }
    assert_eq!(said(&mut *encoder, Saying::Gone(&there.key()), NOW), None);
    assert!(
        crate::registry::build("cise", crate::Options::new(""))
            .unwrap()
            .encoder()
            .is_none()
    );
}

#[test]
fn a_message_that_asks_for_it_is_acknowledged_to_its_sender() {
    let text = say(&mut *speaking(), &event(&json!({})), NOW).unwrap();
    let answer = Answer {
        code: AckCode::Success,
        detail: Some("taken & kept"),
    };
    let later = NOW.plus_secs(1);
    let ack = acknowledgement(text.as_bytes(), answer, later)
        .unwrap()
        .unwrap();
    let ack = String::from_utf8(ack).unwrap();
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("acknowledgement", ack);
    });
    let (out, decoded) = read(&ack);
    assert_eq!(out.skipped["cise_acknowledgement"], 1);
    assert_eq!(decoded["AckCode"], json!("Success"));
    assert_eq!(
        decoded["Sender"]["ServiceID"],
        json!("eu.lsa.incident.push.consumer")
    );
    assert_eq!(
        decoded["Recipient"]["ServiceID"],
        json!("ua.ncc.incident.push.provider")
    );
    let (_, pushed) = read(&text);
    assert_eq!(decoded["CorrelationID"], pushed["MessageID"]);
    assert_ne!(decoded["MessageID"], pushed["MessageID"]);
    let again = acknowledgement(text.as_bytes(), answer, later)
        .unwrap()
        .unwrap();
    assert_eq!(again, ack.as_bytes());
    assert_eq!(
        acknowledgement(ack.as_bytes(), answer, later),
        Ok(None),
        "never of an acknowledgement"
    );
    let unasked = text.replace("<RequiresAck>true", "<RequiresAck>false");
    assert_eq!(acknowledgement(unasked.as_bytes(), answer, later), Ok(None));
}

#[test]
fn what_can_not_be_answered_says_why() {
    let answer = Answer {
        code: AckCode::BadRequest,
        detail: None,
    };
    for (bytes, code) in [
        (&b"nothing"[..], "not_cise"),
        (b"<a/>", "not_cise"),
        (
            b"<m:Push xmlns:m='http://www.cise.eu/servicemodel/v1/message/'><RequiresAck>true</RequiresAck></m:Push>",
            "missing_field",
        ),
    ] {
        let fault = acknowledgement(bytes, answer, NOW).unwrap_err();
        assert_eq!(fault.code, code);
    }
}

#[test]
fn the_codes_of_acknowledgements_are_those_of_the_schema() {
    let mut ours: Vec<&str> = AckCode::ALL.iter().map(|code| code.word()).collect();
    let mut theirs = schema().words("AcknowledgementType").to_vec();
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);
}
