use oneroof_model::{Draft, TrackIdent};
use serde_json::{Value, json};

use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::registry::{Options, build};

contract!("asterix");

const SITES: &str = include_str!("example.yaml");

/// A block of one category: head and content.
fn block(category: u8, records: &[&[u8]]) -> Vec<u8> {
    let content = records.concat();
    let length = u16::try_from(content.len() + 3).unwrap();
    [&[category], &length.to_be_bytes()[..], &content].concat()
}

/// A plot of radar 117/1 with items 010, 140 (02:40:57), 020, 040 (42.5 NM, 118 degrees), 070, 090 (FL 351), 220.
fn plot(code: u16) -> Vec<u8> {
    let mut record = vec![0b1111_1101, 0b1000_0000, 117, 1, 0x12, 0xdc, 0x80, 0xa0];
    record.extend([0x2a, 0x80, 0x53, 0xe9]);
    record.extend(code.to_be_bytes());
    record.extend([0x05, 0x7c, 0x50, 0x80, 0x35]);
    record
}

/// A north mark of radar 117/1 at 02:40:55.
const NORTH: &[u8] = &[0b1110_0000, 117, 1, 1, 0x12, 0xdb, 0x80];

fn decode_in(options: &str, pieces: &[&[u8]], datagrams: bool) -> Output {
    let format = build("asterix", Options::new(options)).expect("right options");
    let mut decoder = format.decoder();
    let mut out = Output::with_decoded();
    for piece in pieces {
        decoder.push(piece, RECEIVED, &mut out);
        if datagrams {
            decoder.end_datagram(RECEIVED, &mut out);
        }
    }
    decoder.finish(RECEIVED, &mut out);
    out
}

fn decode(bytes: &[u8]) -> Output {
    decode_in(SITES, &[bytes], false)
}

/// What came out: the draft's kind, the kind skipped, or the code of a reject.
fn outcome(out: &Output) -> Vec<String> {
    let say = |line: &Value| {
        let said = [
            &line["draft"]["draft"],
            &line["skipped"],
            &line["reject"]["code"],
        ];
        said.iter()
            .find_map(|value| value.as_str())
            .unwrap_or("fields")
            .to_owned()
    };
    out.to_lines().iter().map(say).collect()
}

#[test]
fn a_plot_becomes_a_position_only_where_its_radar_has_a_place() {
    let bytes = block(48, &[&plot(0o217)]);
    let out = decode(&bytes);
    let [Draft::Position(position)] = [&out.drafts[0].draft] else {
        panic!("{out:?}")
    };
    assert_eq!(position.track.ident, TrackIdent::Number(0x50_8035));
    assert_eq!(position.at.unwrap().to_string(), "2026-11-23T02:40:57Z");
    assert!((position.alt_m.unwrap() - 10_698.5).abs() < 0.1);
    let site = oneroof_model::LatLon::new(48.634, 22.263).unwrap();
    // 42.5 NM of slant range are 78.7 km; at 10.7 km of height that is 77.9 km on the ground.
    let ground = site.distance_m(position.position.unwrap());
    assert!((77_700.0..78_200.0).contains(&ground), "{ground}");
    assert_eq!(position.ce_m, None);

    let without = decode_in("", &[&bytes], false);
    assert_eq!(outcome(&without), ["cat048_radar_without_place"]);
    assert_eq!(
        without.to_lines()[0]["decoded"]["I048"]["040"]["RHO_nm"],
        42.5
    );
}

#[test]
fn a_garbled_height_is_no_height_and_widens_the_error() {
    let mut record = plot(0o217);
    record[14] |= 0x40;
    let out = decode(&block(48, &[&record]));
    let Draft::Position(position) = &out.drafts[0].draft else {
        panic!("{out:?}")
    };
    assert_eq!(position.alt_m, None);
    assert!(position.ce_m.unwrap() > 100.0, "{:?}", position.ce_m);
}

#[test]
fn an_emergency_is_reported_once_whatever_the_scans() {
    let normal = block(48, &[&plot(0o217)]);
    let distress = block(48, &[&plot(0o7700)]);
    let unsure = block(48, &[&plot(0x8000 | 0o7600)]);
    let out = decode(&[normal, distress.clone(), unsure, distress].concat());
    assert_eq!(
        outcome(&out),
        ["position", "report", "position", "position", "position"]
    );
    let Draft::Report(report) = &out.drafts[1].draft else {
        panic!("{out:?}")
    };
    assert_eq!(report.original_code.as_deref(), Some("Mode 3/A 7700"));
    assert_eq!(out.origins.len(), 1);
}

#[test]
fn the_number_of_a_radar_track_is_its_name_where_there_is_no_address() {
    // Items 010, 140, 020, 040, 161.
    let record = [
        0b1111_0001,
        0b0001_0000,
        117,
        2,
        0x12,
        0xdc,
        0x80,
        0x20,
        0x0a,
        0,
        0x20,
        0,
        0x00,
        0x2a,
    ];
    let out = decode(&block(48, &[&record]));
    let line = &out.to_lines()[0];
    assert_eq!(
        line["draft"]["track"],
        json!({ "domain": "aircraft", "ident": "117/2/42" })
    );
    assert_eq!(line["decoded"]["I048"]["161"]["Tn"], 42);
}

#[test]
fn a_short_datagram_does_not_swallow_the_next() {
    let whole = block(34, &[NORTH]);
    let short = &whole[..6];
    let out = decode_in("", &[&whole, short, &whole], true);
    assert_eq!(outcome(&out), ["heartbeat", "truncated", "heartbeat"]);
    assert_eq!(out.rejects[0].raw, short);
}

#[test]
fn a_stream_is_found_again_behind_octets_that_are_no_block() {
    let whole = block(34, &[NORTH]);
    let out = decode(&[&whole[..], &[0, 0, 1, 0xff], &whole[..], &whole[..]].concat());
    assert_eq!(
        outcome(&out),
        ["heartbeat", "no_block", "heartbeat", "heartbeat"]
    );
    let reject = &out.rejects[0];
    assert_eq!(
        (reject.offset, reject.raw.as_slice()),
        (10, &[0, 0, 1, 0xff][..])
    );
}

#[test]
fn a_capture_that_begins_within_a_block_is_found_again() {
    // The rest of a plot: 0x35 is no category, and what would be its length would swallow 28 KB.
    let rest = [0x35, 0x6d, 0xee, 0xa0, 0xc2];
    let whole = block(34, &[NORTH]);
    let out = decode(&[&rest[..], &whole[..], &whole[..]].concat());
    assert_eq!(outcome(&out), ["no_block", "heartbeat", "heartbeat"]);
}

#[test]
fn what_stands_in_a_faulty_block_is_shown_and_gives_no_draft() {
    let out = decode(&block(48, &[&plot(0o217), &[0x01, 0x01]]));
    assert_eq!(outcome(&out), ["record_of_a_faulty_block", "truncated"]);
    assert!(out.drafts.is_empty());
    assert_eq!(out.to_lines()[0]["decoded"]["sic"], 1);
}

#[test]
fn a_track_read_by_another_edition_is_refused() {
    // Items 010, 015, 070, 105, whose latitude would be 3161 degrees.
    let record = [
        0b1011_1000,
        0x19,
        0x64,
        0x59,
        0xfa,
        0x47,
        0x0f,
        0x23,
        0x20,
        0xd6,
        0x88,
        0,
        0,
        0,
        0,
    ];
    let out = decode(&block(62, &[&record]));
    assert_eq!(outcome(&out), ["out_of_range"]);
}

#[test]
fn categories_that_are_not_read_are_counted_by_name() {
    let out = decode(&[block(21, &[&[1, 2, 3]]), block(200, &[&[1]])].concat());
    assert_eq!(outcome(&out), ["cat021_ads_b", "unknown_category"]);
    assert_eq!(out.skipped["cat021_ads_b"], 1);
}

#[test]
fn a_place_of_a_radar_that_is_none_is_a_problem_of_the_options() {
    for (yaml, word) in [
        ("radars: {25: {lat: 1, lon: 2}}", "SAC/SIC"),
        ("radars: {256/1: {lat: 1, lon: 2}}", "SAC/SIC"),
        ("radars: {25/1: {lat: 91, lon: 2}}", "latitude"),
        (
            "radars: {25/1: {lat: 1, lon: 2, height_m: 10000}}",
            "height_m",
        ),
        ("radar: {}", "radar"),
    ] {
        let problems = build("asterix", Options::new(yaml)).err().unwrap();
        assert!(problems[0].message.contains(word), "{yaml}: {problems:?}");
    }
}

#[test]
fn every_item_of_every_category_is_in_the_fixture_and_in_what_is_shown() {
    let out = decode(include_bytes!("fixtures/every-item.bin"));
    assert_eq!(out.rejects, []);
    for (line, category) in out.to_lines().iter().zip([34, 48, 62, 65]) {
        let shown = line["decoded"][format!("I{category:03}")]
            .as_object()
            .unwrap();
        let items = match category {
            34 => super::cat034::ITEMS,
            48 => super::cat048::ITEMS,
            62 => super::cat062::ITEMS,
            _ => super::cat065::ITEMS,
        };
        for item in items.iter().filter(|item| !item.number.is_empty()) {
            let value = shown.get(item.number).unwrap_or(&Value::Null);
            let said = value.as_object().map_or_else(
                || value.as_array().is_some_and(|all| !all.is_empty()),
                |fields| !fields.is_empty(),
            );
            assert!(
                said,
                "I{category:03}/{} {}: {value}",
                item.number, item.title
            );
        }
    }
}
