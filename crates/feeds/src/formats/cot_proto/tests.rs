//! Tests of the format; its fixtures are written by our own encoder and compared here, byte by byte.

use std::path::Path;

use super::super::cot::{DATAGRAM_END, Element, TakControl, TakMessage, xml};
use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::registry::{Options, build};

contract!("cot_proto");

/// The events of the XML fixture.
fn events() -> Vec<TakMessage> {
    let text = include_str!("../cot_xml/fixtures/tak-stream.xml");
    let messages: Vec<TakMessage> = text
        .split_inclusive("</event>")
        .filter_map(|piece| piece.find("<event ").and_then(|at| piece.get(at..)))
        .map(|piece| TakMessage::of(xml::read(piece).unwrap().0))
        .collect();
    assert!(messages.len() > 15, "{}", messages.len());
    messages
}

/// A stream of a TAK server: XML until both agree, then messages with their length.
fn stream() -> Vec<u8> {
    let mut out = Vec::new();
    for (n, message) in events().iter().enumerate() {
        if n == 0 {
            xml::write_stream(message.event.as_ref().unwrap(), &mut out);
        } else {
            message.write_stream(&mut out);
        }
    }
    out
}

/// Datagrams of a mesh, with the ends that a transport pushes between them.
fn mesh() -> Vec<u8> {
    let mut out = Vec::new();
    let events = events();
    let control = TakControl {
        min_proto_version: 1,
        max_proto_version: 1,
        contact_uid: "ANDROID-0014".to_owned(),
    };
    let alone = TakMessage {
        control: Some(control.clone()),
        ..TakMessage::default()
    };
    let both = TakMessage {
        control: Some(TakControl {
            contact_uid: String::new(),
            ..control
        }),
        submission_time_ms: 1_795_401_602_000,
        creation_time_ms: 1_795_401_603_000,
        ..events[1].clone()
    };
    for message in [&alone, &both, &events[3]] {
        message.write_mesh(&mut out);
        out.extend_from_slice(DATAGRAM_END);
    }
    // In a file nothing stands between them.
    events[4].write_mesh(&mut out);
    events[6].write_mesh(&mut out);
    out.extend_from_slice(&[0xbf, 0, 0xbf]);
    xml::write_stream(events[9].event.as_ref().unwrap(), &mut out);
    out.extend_from_slice(DATAGRAM_END);
    out
}

/// Messages without any header.
fn bare() -> Vec<u8> {
    let events = events();
    [&events[1], &events[6], &events[10]]
        .into_iter()
        .flat_map(TakMessage::write)
        .collect()
}

/// What is broken, with something whole between.
fn odd() -> Vec<u8> {
    let events = events();
    let (good, unknown) = (&events[3], [0xa2, 0x06, 0x01, 0x78]);
    let mut out = Vec::new();
    let mut frame = |bytes: &[u8]| {
        out.push(0xbf);
        out.push(u8::try_from(bytes.len()).unwrap());
        out.extend_from_slice(bytes);
    };
    frame(&[0x12, 0x00]); // an event of nothing but defaults
    frame(&[0x12, 0x03, 0x0a, 0x01, 0xff]); // a type that is no UTF-8
    frame(&[0x12, 0x02, 0x0a, 0x05]); // a text longer than its event
    frame(&[0x08, 0x01]); // a control of another wire type
    frame(&[0x0a, 0x04, 0xa2, 0x06, 0x01, 0x78]); // a control with an unknown field
    good.write_stream(&mut out);
    // A version that does not exist yet, noise, a length beyond all bounds.
    out.extend_from_slice(&[0xbf, 0x02, 0xbf]);
    out.extend_from_slice(&unknown);
    good.write_mesh(&mut out);
    out.extend_from_slice(b"\xbf\xff\xff\xff\xff\xff\x7f no message");
    good.write_stream(&mut out);
    // A datagram that was cut off, and one after it.
    let mut cut = Vec::new();
    good.write_mesh(&mut cut);
    out.extend_from_slice(&cut[..cut.len() / 2]);
    out.extend_from_slice(DATAGRAM_END);
    good.write_mesh(&mut out);
    out.extend_from_slice(DATAGRAM_END);
    // xmlDetail that is no XML, a latitude that is none, a time beyond the year 9999.
    let mut event = good.event.clone().unwrap();
    event.point.lat = 123.0;
    TakMessage::of(event.clone()).write_stream(&mut out);
    event.point.lat = f64::NAN;
    TakMessage::of(event).write_stream(&mut out);
    out.extend_from_slice(&[0xbf, 0x7f, 0x12, 0x7d]);
    out
}

fn decode(options: &str, bytes: &[u8]) -> Output {
    let mut decoder = build("cot_proto", Options::new(options)).unwrap().decoder();
    let mut out = Output::with_decoded();
    decoder.push(bytes, RECEIVED, &mut out);
    decoder.finish(RECEIVED, &mut out);
    out
}

#[test]
fn the_fixtures_are_what_our_encoder_writes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/formats/cot_proto/fixtures");
    for (name, bytes) in [
        ("stream.bin", stream()),
        ("mesh.bin", mesh()),
        ("bare.bin", bare()),
        ("odd.bin", odd()),
    ] {
        let path = folder.join(name);
        if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
            std::fs::write(&path, &bytes).unwrap();
        }
        assert!(
            std::fs::read(&path).unwrap() == bytes,
            "{name}: `cargo xtask bless` writes it anew"
        );
    }
}

#[test]
fn every_framing_gives_the_same_drafts_as_xml() {
    let xml: &[u8] = include_bytes!("../cot_xml/fixtures/tak-stream.xml");
    let mut decoder = build("cot_xml", Options::new("")).unwrap().decoder();
    let mut expected = Output::default();
    decoder.push(xml, RECEIVED, &mut expected);
    decoder.finish(RECEIVED, &mut expected);
    let expected: Vec<_> = expected.drafts.into_iter().map(|d| d.draft).collect();
    let mut all: [(&str, Vec<u8>); 3] = [
        ("stream", Vec::new()),
        ("mesh", Vec::new()),
        ("bare", Vec::new()),
    ];
    for message in events() {
        message.write_stream(&mut all[0].1);
        message.write_mesh(&mut all[1].1);
        all[2].1.extend(message.write());
    }
    for (framing, bytes) in &all {
        for options in [String::new(), format!("framing: {framing}")] {
            let out = decode(&options, bytes);
            assert_eq!(out.rejects, [], "{framing} {options}");
            let drafts: Vec<_> = out.drafts.into_iter().map(|d| d.draft).collect();
            assert_eq!(drafts, expected, "{framing} {options}");
        }
    }
}

#[test]
fn a_wrong_framing_is_a_reject_and_no_guess() {
    let bytes = stream();
    let first = decode("framing: mesh", &bytes);
    assert!(
        first.rejects.iter().any(|r| r.reason.code == "bad_header"),
        "{:?}",
        first.rejects.first()
    );
    let second = decode("framing: stream", &mesh());
    assert!(
        second.rejects.iter().any(|r| r.reason.code == "bad_proto"),
        "{:?}",
        second.rejects.first()
    );
}

#[test]
fn a_message_of_nothing_is_a_reject() {
    for (options, bytes) in [
        ("framing: stream", &[0xbf, 0x00][..]),
        ("framing: mesh", &[0xbf, 0x01, 0xbf][..]),
        ("framing: bare", &[0x1a, 0x00][..]),
    ] {
        let codes: Vec<_> = decode(options, bytes)
            .rejects
            .iter()
            .map(|r| r.reason.code)
            .collect();
        let expected = if options.ends_with("bare") {
            "bad_proto"
        } else {
            "empty_message"
        };
        assert_eq!(codes, [expected], "{options}");
    }
}

#[test]
fn a_datagram_is_given_as_soon_as_it_has_ended() {
    let format = build("cot_proto", Options::new("")).unwrap();
    let mut decoder = format.decoder();
    let mut bytes = Vec::new();
    events()[4].write_mesh(&mut bytes);
    for round in 1..4 {
        let mut out = Output::default();
        decoder.push(&bytes, RECEIVED, &mut out);
        decoder.end_datagram(RECEIVED, &mut out);
        assert_eq!(
            (out.drafts.len(), out.rejects.len()),
            (1, 0),
            "datagram {round}"
        );
    }
    let mut out = Output::default();
    decoder.push(&bytes[..40], RECEIVED, &mut out);
    decoder.end_datagram(RECEIVED, &mut out);
    decoder.push(&bytes, RECEIVED, &mut out);
    decoder.end_datagram(RECEIVED, &mut out);
    let codes: Vec<_> = out.rejects.iter().map(|r| r.reason.code).collect();
    assert_eq!((out.drafts.len(), codes), (1, vec!["truncated"]));
}

#[test]
fn who_comes_in_the_middle_of_a_stream_loses_one_message_only() {
    let mut bytes = Vec::new();
    for message in &events()[1..4] {
        message.write_stream(&mut bytes);
    }
    let whole = decode("", &bytes).drafts.len();
    let first = 2 + usize::from(bytes[1] & 0x7f) + 128 * usize::from(bytes[2]);
    let mut worst = 0;
    for start in 4..first {
        let out = decode("", &bytes[start..]);
        let lost: u64 = out.rejects.iter().map(|r| r.raw_len).sum();
        worst = worst.max(lost);
        // The first message gives a unit and its position, the others one draft each.
        assert_eq!(out.drafts.len(), whole - 2, "from byte {start}");
    }
    assert!(worst < first as u64, "{worst}");
}

#[test]
fn blanks_and_marks_before_xml_are_no_message() {
    let event = xml::write(events()[4].event.as_ref().unwrap());
    for before in ["", " ", "\r\n", "\u{feff}", "\u{feff}  \n"] {
        let out = decode("", format!("{before}{event}\n").as_bytes());
        assert_eq!((out.drafts.len(), out.rejects.len()), (1, 0), "{before:?}");
    }
}

#[test]
fn a_message_longer_than_allowed_is_told_and_the_next_is_read() {
    let mut event = events()[4].event.clone().unwrap();
    event.push_detail(Element::new("remarks").saying("x".repeat(3_000)));
    let mut bytes = Vec::new();
    TakMessage::of(event).write_stream(&mut bytes);
    events()[4].write_stream(&mut bytes);
    let out = decode("document_bytes: 1024", &bytes);
    let codes: Vec<_> = out.rejects.iter().map(|r| r.reason.code).collect();
    assert!(
        codes.iter().all(|c| *c == "too_long") && codes.len() > 1,
        "{codes:?}"
    );
    assert_eq!(out.drafts.len(), 1);
}
