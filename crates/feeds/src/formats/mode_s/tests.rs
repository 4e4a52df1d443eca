//! Frames made here, through the decoder of AVR lines.

use oneroof_model::{Draft, LatLon, PositionDraft, ReportDraft, Time};
use serde_json::Value;

use super::aircraft::{MAX_AIRCRAFT, Moment, Table};
use super::codes::{Address, Callsign, Squawk, altitude_ft, altitude12_ft};
use super::emergency::{Emergencies, Sender, Signs};
use super::frame::parity;
use crate::contract::Output;
use crate::contract_tests::RECEIVED;
use crate::registry::{Options, build};

/// A frame: its bytes without the last three, and what is overlaid on the parity.
pub(in crate::formats) fn frame(data: &[u8], overlay: u32) -> Vec<u8> {
    let end = (parity(data) ^ overlay).to_be_bytes();
    [data, &end[1..]].concat()
}

/// The line of a frame.
fn line(data: &[u8], overlay: u32) -> String {
    let bytes = frame(data, overlay);
    let digits = bytes.iter().map(|byte| format!("{byte:02X}"));
    format!("*{};", digits.collect::<String>())
}

/// A squitter of DF17.
pub(in crate::formats) fn squitter(icao: u32, me: u64) -> String {
    let mut data = vec![0x8d];
    data.extend_from_slice(&icao.to_be_bytes()[1..]);
    data.extend_from_slice(&me.to_be_bytes()[1..]);
    line(&data, 0)
}

fn all_call(icao: u32, interrogator: u32) -> String {
    let mut data = vec![0x5d];
    data.extend_from_slice(&icao.to_be_bytes()[1..]);
    line(&data, interrogator)
}

/// A reply of DF5 with the squawk's 13 bits.
fn identity(icao: u32, code: u32) -> String {
    line(&(5 << 27 | code).to_be_bytes(), icao)
}

/// An airborne position of type code 11 at 35,000 ft.
fn position(odd: bool, lat: u32, lon: u32) -> u64 {
    let altitude = 0b1011_0101_0000;
    11 << 51 | altitude << 36 | u64::from(odd) << 34 | u64::from(lat) << 17 | u64::from(lon)
}

struct Decoded {
    lines: Vec<Value>,
    out: Output,
}

fn decode(options: &str, pushes: &[(Time, &str)]) -> Decoded {
    let format = build("adsb_avr", Options::new(options)).expect("good options");
    let mut decoder = format.decoder();
    let mut out = Output::with_decoded();
    for (at, text) in pushes {
        decoder.push(text.as_bytes(), *at, &mut out);
        decoder.push(b"\n", *at, &mut out);
    }
    decoder.finish(RECEIVED, &mut out);
    Decoded {
        lines: out.to_lines(),
        out,
    }
}

impl Decoded {
    fn reports(&self) -> Vec<&ReportDraft> {
        let drafts = self.out.drafts.iter();
        drafts
            .filter_map(|drafted| match &drafted.draft {
                Draft::Report(report) => Some(&**report),
                _ => None,
            })
            .collect()
    }

    fn positions(&self) -> Vec<&PositionDraft> {
        let drafts = self.out.drafts.iter();
        drafts
            .filter_map(|drafted| match &drafted.draft {
                Draft::Position(draft) if draft.position.is_some() => Some(draft),
                _ => None,
            })
            .collect()
    }
}

/// Even and odd fields of 52.2572 N, 3.9194 E: the worked example of `The 1090 MHz Riddle`, chapter 5.
const EVEN: (u32, u32) = (93_000, 51_372);
const ODD: (u32, u32) = (74_158, 50_194);

fn pair() -> (String, String) {
    let icao = 0x40_621d;
    (
        squitter(icao, position(false, EVEN.0, EVEN.1)),
        squitter(icao, position(true, ODD.0, ODD.1)),
    )
}

#[test]
fn an_even_and_an_odd_message_give_the_place_of_the_worked_example() {
    let (even, odd) = pair();
    let decoded = decode("", &[(RECEIVED, &odd), (RECEIVED, &even)]);
    let at = decoded.positions()[0].position.unwrap();
    let expected = LatLon::new(52.257_202, 3.919_373).unwrap();
    assert!(at.distance_m(expected) < 1.0, "{at:?}");
    assert_eq!(decoded.lines[0]["decoded"]["lat"], Value::Null);
    assert_eq!(decoded.lines[0]["decoded"]["altitude_ft"], 35_000);
}

#[test]
fn messages_more_than_ten_seconds_apart_are_no_pair() {
    let (even, odd) = pair();
    for (seconds, places) in [(9, 1), (11, 0)] {
        let later = RECEIVED.plus_secs(seconds);
        let decoded = decode("", &[(RECEIVED, &odd), (later, &even)]);
        assert_eq!(decoded.positions().len(), places, "{seconds} s");
    }
}

#[test]
fn without_times_only_neighbours_are_a_pair() {
    let (even, odd) = pair();
    for (between, places) in [(11, 1), (12, 0)] {
        let mut text = odd.clone();
        for _ in 0..between {
            text = format!("{text}\n{}", squitter(0x40_621d, position(false, 1, 1)));
        }
        // Those between are of another zone and leave the odd one waiting.
        let waiting = decode("", &[(RECEIVED, &format!("{text}\n{even}"))]);
        let right = |draft: &&PositionDraft| (draft.position.unwrap().lat() - 52.257).abs() < 0.01;
        let found = waiting.positions().iter().copied().filter(right).count();
        assert!(found <= places, "{between} between gave {found}");
    }
}

#[test]
fn the_receivers_own_clock_decides_where_there_is_one() {
    let (even, odd) = pair();
    let at = |ticks: u64, line: &str| format!("@{ticks:012X}{}", line.trim_start_matches('*'));
    let second = 12_000_000;
    for (seconds, places) in [(9, 1), (11, 0)] {
        let text = format!(
            "{}\n{}",
            at(second, &odd),
            at((1 + seconds) * second, &even)
        );
        assert_eq!(decode("", &[(RECEIVED, &text)]).positions().len(), places);
    }
}

#[test]
fn of_many_counters_none_is_believed() {
    let (even, odd) = pair();
    let at = |ticks: u64, line: &str| format!("@{ticks:012X}{}", line.trim_start_matches('*'));
    let hour = 3_600 * 12_000_000;
    let others = [3, 1, 4, 2, 6, 5].map(|hours| at(hours * hour, &all_call(0x50_8123, 0)));
    let text = [others.join("\n"), at(9 * hour, &odd), at(7 * hour, &even)].join("\n");
    assert_eq!(decode("", &[(RECEIVED, &text)]).positions().len(), 1);
}

#[test]
fn a_position_out_of_reach_is_doubted_and_a_second_one_believed() {
    let (even, odd) = pair();
    let there = squitter(0x40_621d, position(false, 20_000, 20_000));
    let other = squitter(0x40_621d, position(true, 20_000, 20_000));
    let at = |seconds| RECEIVED.plus_secs(seconds);
    let decoded = decode("", &[(at(0), &odd), (at(1), &even), (at(2), &there)]);
    assert_eq!(decoded.positions().len(), 1);
    let again = decode(
        "",
        &[
            (at(0), &odd),
            (at(1), &even),
            (at(2), &there),
            (at(3), &other),
            (at(4), &there),
            (at(5), &other),
            (at(6), &there),
        ],
    );
    let last = again.positions().last().unwrap().position.unwrap();
    let first = again.positions()[0].position.unwrap();
    assert!(last.distance_m(first) > 100_000.0, "{first:?} {last:?}");
}

#[test]
fn near_the_receiver_one_message_is_enough() {
    let (even, _) = pair();
    let near = decode("reference: {lat: 52.0, lon: 4.0}", &[(RECEIVED, &even)]);
    assert_eq!(near.positions().len(), 1);
    let far = decode("reference: {lat: 48.0, lon: 22.0}", &[(RECEIVED, &even)]);
    assert!(far.positions().is_empty());
}

#[test]
fn a_reply_counts_only_where_its_address_was_announced_a_short_while_ago() {
    let icao = 0x50_8123;
    let reply = identity(icao, 0x0808);
    let kind = |pushes: &[(Time, &str)]| {
        let decoded = decode("", pushes);
        let last = decoded.lines.last().unwrap();
        assert_eq!(last["decoded"]["squawk"], "1200");
        assert_eq!(last["decoded"]["icao"], "508123");
        last["skipped"].as_str().unwrap().to_owned()
    };
    assert_eq!(kind(&[(RECEIVED, &reply)]), "address_unverified");
    let (told, answer) = (all_call(icao, 0), all_call(icao, 5));
    assert_eq!(
        kind(&[(RECEIVED, &told), (RECEIVED, &reply)]),
        "surveillance_reply"
    );
    // Behind a code of an interrogator may be damage.
    assert_eq!(
        kind(&[(RECEIVED, &answer), (RECEIVED, &reply)]),
        "address_unverified"
    );
    let later = RECEIVED.plus_secs(121);
    assert_eq!(
        kind(&[(RECEIVED, &told), (later, &reply)]),
        "address_unverified"
    );
}

#[test]
fn a_damaged_squitter_is_a_reject_and_never_a_guess() {
    let whole = squitter(0x50_8123, 0x20_2cc3_71c3_2ce0);
    for at in 3..whole.len() - 1 {
        let mut damaged = whole.clone().into_bytes();
        damaged[at] = if damaged[at] == b'0' { b'1' } else { b'0' };
        let text = String::from_utf8(damaged).unwrap();
        let decoded = decode("", &[(RECEIVED, &text)]);
        assert_eq!(decoded.out.rejects[0].reason.code, "parity", "{text}");
        assert!(decoded.out.drafts.is_empty());
    }
}

#[test]
fn an_emergency_is_reported_when_it_begins_and_when_it_ends() {
    let icao = 0x50_8123;
    let told = all_call(icao, 0);
    let (usual, emergency) = (identity(icao, 0x0808), identity(icao, 0x0aaa));
    let text = [&told, &usual, &emergency, &emergency, &usual, &usual]
        .map(String::as_str)
        .join("\n");
    let decoded = decode("", &[(RECEIVED, &text)]);
    let reports = decoded.reports();
    let codes: Vec<_> = reports.iter().map(|r| r.original_code.as_deref()).collect();
    assert_eq!(codes, [Some("squawk 7700"), Some("emergency none")]);
    assert_eq!(reports[0].life_at_risk, Some(true));
    assert_eq!(reports[0].type_code, None);
    assert_eq!(reports[0].place.described.as_deref(), Some("508123"));
    let key = reports[0].source.as_ref().unwrap().key.clone();
    assert_eq!(
        reports[1].relation,
        oneroof_model::Relation::Update { of: vec![key] }
    );
}

#[test]
fn squawk_and_state_of_one_emergency_are_one_report() {
    let mut all = Emergencies::default();
    let sender = Sender {
        address: Address::icao(0x50_8123),
        callsign: Some("AUI7TK"),
        place: None,
        at: RECEIVED,
    };
    let squawk = |text| Signs {
        squawk: Squawk::from_text(text),
        state: None,
    };
    let state = |kind| Signs {
        squawk: None,
        state: Some(kind),
    };
    let mut codes = Vec::new();
    for signs in [
        squawk("7600"),
        state(4),
        squawk("7600"),
        state(5),
        state(0),
        squawk("2741"),
    ] {
        codes.extend(
            all.take(signs, &sender)
                .and_then(|report| report.original_code),
        );
    }
    assert_eq!(
        codes,
        [
            "squawk 7600",
            "emergency unlawful",
            "squawk 7600",
            "emergency none"
        ]
    );
}

#[test]
fn after_six_hours_of_silence_it_is_another_emergency() {
    let mut all = Emergencies::default();
    let mut report = |seconds| {
        let sender = Sender {
            address: Address::icao(0x50_8123),
            callsign: None,
            place: None,
            at: RECEIVED.plus_secs(seconds),
        };
        let signs = Signs {
            squawk: Squawk::from_text("7700"),
            state: None,
        };
        all.take(signs, &sender).is_some()
    };
    assert!(report(0));
    assert!(!report(6 * 3_600));
    assert!(report(12 * 3_600 + 1));
}

#[test]
fn aircraft_are_bounded_and_the_newest_stay() {
    let mut table = Table::default();
    for frame in 0..50_000_u32 {
        let now = Moment {
            us: i64::from(frame),
            frame: u64::from(frame),
        };
        table.announced(Address::icao(frame), now);
        assert!(table.len() <= MAX_AIRCRAFT);
    }
    let now = Moment {
        us: 50_000,
        frame: 50_000,
    };
    assert!(table.known(Address::icao(49_999), now).is_some());
    assert!(table.known(Address::icao(0), now).is_none());
}

#[test]
fn altitudes_are_those_of_the_standard() {
    // Annex 10 Vol IV, 3.1.2.6.5.4; the Gillham codes are those of its appendix to chapter 3.
    assert_eq!(altitude12_ft(0b1100_0011_1000), Some(38_000));
    assert_eq!(altitude_ft(0), None);
    assert_eq!(altitude_ft(0x0040), None);
    assert_eq!(altitude_ft(0x0010), Some(-1_000));
    let all: Vec<i32> = (1..0x2000_u16)
        .filter(|code| code & 0x50 == 0)
        .filter_map(altitude_ft)
        .collect();
    let mut each = all.clone();
    each.sort_unstable();
    each.dedup();
    assert_eq!(each.len(), all.len(), "two codes of one altitude");
    assert_eq!((each[0], each[each.len() - 1]), (-1_200, 126_700));
    assert!(each.windows(2).all(|pair| pair[1] - pair[0] == 100));
}

#[test]
fn a_call_sign_has_only_signs_that_it_may_have() {
    let sign = Callsign::from_bits(0x2cc3_71c3_2ce0);
    assert_eq!(sign.filled(), Some("KLM1023"));
    assert_eq!(Callsign::from_bits(0x8208_2082_0820).filled(), None);
    assert_eq!(Callsign::from_bits(0).as_str(), "########");
    assert_eq!(Callsign::from_bits(0).filled(), None);
    assert_eq!(
        Callsign::from_text(" AUI7TK ").unwrap().filled(),
        Some("AUI7TK")
    );
    assert_eq!(Callsign::from_text("AUI7TK789"), None);
    assert_eq!(Callsign::from_text("@@@@@@@@"), None);
}

#[test]
fn an_address_is_read_and_written_with_its_tilde() {
    for text in ["508123", "~2a0f11"] {
        let address = Address::from_text(text).unwrap();
        assert_eq!(address.to_string(), text);
        assert_eq!(address.track().ident.to_string(), text);
    }
    for text in ["", "~", "5081234", "50812g", "+08123"] {
        assert_eq!(Address::from_text(text), None, "{text}");
    }
}
