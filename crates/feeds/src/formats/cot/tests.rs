//! Tests of what both kinds conclude from events: cutting, bounds, units, withdrawals, options.

use oneroof_model::{
    DeleteTarget, Draft, Mode, Relation, Time, TrackDomain, TrackIdent, TrackKey, TypeCode, UnitId,
};
use proptest::prelude::*;
use serde_json::Value;

use super::peers::goes_round;
use super::{Negotiation, xml};
use crate::contract::Output;
use crate::contract_tests::RECEIVED;
use crate::registry::{Options, build};

const FIXTURES: &[(&str, &[u8])] = &[
    (
        "cot_xml",
        include_bytes!("../cot_xml/fixtures/tak-stream.xml"),
    ),
    ("cot_xml", include_bytes!("../cot_xml/fixtures/odd.xml")),
    (
        "cot_proto",
        include_bytes!("../cot_proto/fixtures/stream.bin"),
    ),
    (
        "cot_proto",
        include_bytes!("../cot_proto/fixtures/mesh.bin"),
    ),
    (
        "cot_proto",
        include_bytes!("../cot_proto/fixtures/bare.bin"),
    ),
    ("cot_proto", include_bytes!("../cot_proto/fixtures/odd.bin")),
];

pub(super) fn decode_in(kind: &str, options: &str, bytes: &[u8], step: usize) -> Output {
    let mut decoder = build(kind, Options::new(options))
        .unwrap_or_else(|p| panic!("{p:?}"))
        .decoder();
    let mut out = Output::with_decoded();
    for chunk in bytes.chunks(step.max(1)) {
        decoder.push(chunk, RECEIVED, &mut out);
    }
    decoder.finish(RECEIVED, &mut out);
    out
}

fn decode(options: &str, text: &str) -> Output {
    decode_in("cot_xml", options, text.as_bytes(), usize::MAX)
}

pub(super) fn drafts(out: &Output) -> Vec<&Draft> {
    out.drafts.iter().map(|d| &d.draft).collect()
}

fn codes(out: &Output) -> Vec<&'static str> {
    out.rejects.iter().map(|r| r.reason.code).collect()
}

/// A small event.
fn text(uid: &str, kind: &str, attributes: &str, detail: &str) -> String {
    format!(
        "<event version=\"2.0\" uid=\"{uid}\" type=\"{kind}\" how=\"m-g\" time=\"2026-11-23T02:40:00Z\" \
         start=\"2026-11-23T02:40:00Z\" stale=\"2026-11-23T02:45:00Z\" {attributes}>\
         <point lat=\"47.95\" lon=\"23.9\" hae=\"200\" ce=\"5\" le=\"9999999.0\"/><detail>{detail}</detail></event>"
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cutting_of_what_is_damaged_gives_the_same(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 0..8),
        step in 1_usize..300,
        small in any::<bool>(),
    ) {
        let (kind, bytes) = which.get(FIXTURES);
        let mut bytes = bytes.to_vec();
        for (at, byte, cut) in damage {
            let at = at.index(bytes.len());
            if cut {
                bytes.drain(at..(at + usize::from(byte)).min(bytes.len()));
            } else {
                bytes[at] = byte;
            }
            prop_assume!(!bytes.is_empty());
        }
        let options = if small { "document_bytes: 1024" } else { "" };
        let whole = decode_in(kind, options, &bytes, usize::MAX);
        let cut = decode_in(kind, options, &bytes, step);
        let shape = |out: &Output| -> Vec<_> {
            out.rejects.iter().map(|r| (r.offset, r.raw_len, r.reason.code)).collect()
        };
        prop_assert_eq!(shape(&cut), shape(&whole), "{} in steps of {}", kind, step);
        prop_assert_eq!(&cut, &whole, "{} in steps of {}", kind, step);
        let kept: u64 = whole.rejects.iter().map(|r| r.raw_len).sum();
        prop_assert!(kept <= bytes.len() as u64, "a byte is in one reject at most");
    }
}

#[test]
fn every_event_of_the_fixture_goes_round_without_loss() {
    let stream = include_str!("../cot_xml/fixtures/tak-stream.xml");
    let mut seen = 0;
    for piece in stream.split_inclusive("</event>") {
        let Some((_, event)) = piece.split_once("<event ") else {
            continue;
        };
        let (event, faults) = xml::read(&format!("<event {event}")).unwrap();
        assert_eq!(faults, [""; 0]);
        goes_round(&event, &event.uid);
        seen += 1;
    }
    assert!(seen > 15, "{seen}");
}

#[test]
fn an_event_of_any_length_is_read_up_to_the_bound_and_told_beyond_it() {
    for (length, expected) in [(500, (1, 0)), (3_000, (1, 3))] {
        let long = text("long", "a-u-G", "", &"x".repeat(length));
        let out = decode(
            "document_bytes: 1024",
            &(long + &text("next", "a-u-G", "", "")),
        );
        let told = (out.drafts.len(), out.rejects.len());
        if length == 500 {
            assert_eq!(told, (2, 0));
        } else {
            assert!(told.0 == expected.0 && told.1 >= expected.1, "{told:?}");
            assert!(
                codes(&out).iter().all(|c| *c == "too_long"),
                "{:?}",
                codes(&out)
            );
        }
    }
}

#[test]
fn a_password_of_a_client_is_kept_nowhere() {
    let auth = "<auth><cot username=\"u\" password=\"hunter2\" uid=\"x\"/></auth>";
    for bytes in [
        auth.to_owned(),
        auth.replace("</auth>", ""),
        auth.to_owned() + &text("u", "a-u-G", "", ""),
    ] {
        let out = decode("", &bytes);
        assert_eq!(out.skipped["tak_auth"], 1);
        let mut lines = Vec::new();
        out.write_lines(&mut lines).unwrap();
        let all = format!("{}{:?}", String::from_utf8(lines).unwrap(), out.rejects);
        assert!(!all.contains("hunter2"), "{all}");
    }
}

#[test]
fn strict_rejects_what_lenient_tells_and_still_shows_its_fields() {
    let event = text("u", "a-u-G", "", "").replace("hae=\"200\"", "hae=\"NaN\"");
    let lenient = decode("", &event);
    assert_eq!((lenient.drafts.len(), lenient.rejects.len()), (1, 0));
    let strict = decode("strictness: strict", &event);
    assert_eq!((strict.drafts.len(), codes(&strict)), (0, vec!["schema"]));
    assert_eq!(strict.to_lines()[0]["decoded"]["uid"], "u");
    assert!(
        strict.rejects[0].reason.detail.contains("hae"),
        "{}",
        strict.rejects[0].reason
    );
}

fn unit_of(out: &Output) -> (&UnitId, Option<&TrackKey>) {
    let all = drafts(out);
    let [Draft::Unit(unit), rest @ ..] = all.as_slice() else {
        panic!("{all:?}")
    };
    let track = rest.first().map(|d| match d {
        Draft::Position(p) => &p.track,
        other => panic!("{other:?}"),
    });
    (&unit.unit, track)
}

#[test]
fn a_friend_is_named_as_the_options_say() {
    let contact = "<contact callsign=\"ALPHA 1\"/>";
    let friend = text("UID-1", "a-f-G-U-C", "", contact);
    for (options, expected) in [
        ("", "ALPHA 1"),
        ("units: {by: uid}", "UID-1"),
        ("units: {table: {ALPHA 1: BG-P-014}}", "BG-P-014"),
        (
            "units: {by: uid, table: {UID-1: BG-P-015}, others: tracks}",
            "BG-P-015",
        ),
    ] {
        let out = decode(options, &friend);
        let (unit, track) = unit_of(&out);
        assert_eq!(unit.as_str(), expected, "{options}");
        assert_eq!(track, Some(&TrackKey::text(TrackDomain::Unit, expected)));
    }
    let out = decode("units: {others: tracks}", &friend);
    let [Draft::Position(track)] = drafts(&out)[..] else {
        panic!("{out:?}")
    };
    assert_eq!(track.track, TrackKey::text(TrackDomain::Vehicle, "UID-1"));
    let long = "x".repeat(300);
    let out = decode("units: {by: uid}", &text(&long, "a-f-G", "", ""));
    assert_eq!(
        unit_of(&out).0.as_str().len(),
        32,
        "an identifier has 64 bytes at most"
    );
}

#[test]
fn a_withdrawal_names_what_was_heard_and_else_what_it_says() {
    let link =
        |uid: &str, kind: &str| format!("<link uid=\"{uid}\" type=\"{kind}\" relation=\"none\"/>");
    let delete = |links: &str| text("d", "t-x-d-d", "", links);
    let heard = text("UID-1", "a-f-G", "", "<contact callsign=\"ALPHA 1\"/>");
    let targets = |text: &str| -> Vec<DeleteTarget> {
        decode("", text)
            .drafts
            .into_iter()
            .filter_map(|d| match d.draft {
                Draft::Delete(d) => Some(d.target),
                _ => None,
            })
            .collect()
    };
    let track = |track| DeleteTarget::Track { track };
    let unit = |name| track(TrackKey::text(TrackDomain::Unit, name));
    assert_eq!(
        targets(&(heard + &delete(&link("UID-1", "a-f-G")))),
        [unit("ALPHA 1")]
    );
    assert_eq!(targets(&delete(&link("UID-2", "a-f-G"))), [unit("UID-2")]);
    let vessel = track(TrackKey::vessel(272_000_001));
    let report = DeleteTarget::Report {
        key: "m-1".to_owned(),
    };
    let both = link("MMSI-272000001", "a-n-S-X") + &link("m-1", "b-m-p-s-m");
    assert_eq!(targets(&delete(&both)), [vessel, report.clone()]);
    assert_eq!(targets(&delete(&link("m-1", ""))), [report]);
    assert_eq!(decode("", &delete("")).skipped["tak_delete_of_nothing"], 1);
    let dropped = text("r-1", "b-m-p-s-m", "", "").replace("02:45:00", "02:39:59");
    assert_eq!(
        targets(&dropped),
        [DeleteTarget::Report {
            key: "r-1".to_owned()
        }]
    );
}

#[test]
fn identities_are_taken_where_they_are_whole() {
    for (kind, uid, detail, expected) in [
        (
            "a-n-A-C-F",
            "x",
            "<_aircot_ icao=\"A835AF\"/>",
            TrackIdent::Number(0xa8_35af),
        ),
        (
            "a-n-A-C-F",
            "ICAO-508123",
            "",
            TrackIdent::Number(0x50_8123),
        ),
        (
            "a-n-A-C-F",
            "x",
            "<_aircot_ icao=\"+835AF\"/>",
            TrackIdent::Text("x".into()),
        ),
        (
            "a-n-A-C-F",
            "x",
            "<_aircot_ icao=\"835AF\"/>",
            TrackIdent::Text("x".into()),
        ),
        (
            "a-u-S-X",
            "x",
            "<__ais mmsi=\"272000001\"/>",
            TrackIdent::Number(272_000_001),
        ),
        (
            "a-u-S-X",
            "MMSI-27200000",
            "",
            TrackIdent::Text("MMSI-27200000".into()),
        ),
        (
            "a-u-G",
            "x",
            "<__ais mmsi=\"272000001\"/>",
            TrackIdent::Text("x".into()),
        ),
    ] {
        let out = decode("", &text(uid, kind, "", detail));
        let [Draft::Position(p)] = drafts(&out)[..] else {
            panic!("{out:?}")
        };
        assert_eq!(p.track.ident, expected, "{kind} {uid} {detail}");
    }
}

#[test]
fn exercises_simulations_and_restrictions_are_carried() {
    for (attributes, expected) in [
        ("", None),
        ("opex=\"o-NORTH\"", Some(Mode::Actual)),
        ("opex=\"e-NORTH\"", Some(Mode::Exercise)),
        ("opex=\"s\"", Some(Mode::Exercise)),
        ("access=\"Undefined\"", None),
    ] {
        let out = decode("", &text("u", "b-l-l-l-s", attributes, ""));
        let [Draft::Report(report)] = drafts(&out)[..] else {
            panic!("{out:?}")
        };
        assert_eq!(
            (report.mode, &report.marking),
            (expected, &None),
            "{attributes}"
        );
    }
    let out = decode("", &text("u", "b-l-l-l-s", "access=\"FOUO\"", ""));
    let [Draft::Report(report)] = drafts(&out)[..] else {
        panic!("{out:?}")
    };
    let marking = report.marking.as_ref().unwrap();
    assert_eq!(marking.caveats.as_deref(), Some("access: FOUO"));
}

#[test]
fn what_is_announced_has_not_happened_and_the_longest_type_wins() {
    let event = text("u", "b-l-l-l-s", "", "")
        .replace(
            "start=\"2026-11-23T02:40:00Z\"",
            "start=\"2026-11-23T04:00:00Z\"",
        )
        .replace("02:45:00", "05:00:00");
    let out = decode("types: {b-l: OTH, b-l-l-l-s: SEC03}", &event);
    let [Draft::Report(report)] = drafts(&out)[..] else {
        panic!("{out:?}")
    };
    assert_eq!(
        report.occurred.unwrap().from,
        "2026-11-23T02:40:00Z".parse().unwrap()
    );
    assert_eq!(report.type_code, Some(TypeCode::from("SEC03")));
    assert_eq!(report.relation, Relation::New);
}

#[test]
fn a_call_for_help_without_a_position_is_not_put_aside() {
    let nowhere = |kind: &str| {
        text("u", kind, "", "<contact callsign=\"ALPHA 1\"/>")
            .replace("lat=\"47.95\" lon=\"23.9\"", "lat=\"0.0\" lon=\"0.0\"")
    };
    let judged = |kind: &str| {
        let out = decode("", &nowhere(kind));
        oneroof_model::validate_draft(drafts(&out)[0], RECEIVED, None).map_err(|reason| reason.code)
    };
    assert_eq!(judged("b-a-o-tbl"), Ok(()));
    assert_eq!(judged("b-m-p-s-m"), Err("missing.place".to_owned()));
}

#[test]
fn faults_of_the_options_are_told_all_at_once() {
    let yaml = "kind: cot_xml\nframing: mesh\nstrictness: hard\nunits: {by: name, table: {A: 7}}\ntypes: [x]\n";
    let problems = build("cot_xml", Options::new(yaml)).err().unwrap();
    let lines: Vec<u32> = problems.iter().map(|p| p.line).collect();
    assert_eq!(lines, [2, 3, 4, 4, 5], "{problems:?}");
    assert!(build("cot_proto", Options::new("kind: cot_proto\nframing: mesh")).is_ok());
}

#[test]
fn a_negotiation_shows_what_it_says() {
    let event = Negotiation::Request { version: 1 }.to_event("u", Time::from_secs(1_795_401_660));
    let out = decode("", &xml::write(&event));
    assert_eq!(out.skipped["tak_negotiation"], 1);
    let line: &Value = &out.to_lines()[0];
    assert_eq!(line["decoded"]["negotiation"]["version"], 1, "{line}");
}
