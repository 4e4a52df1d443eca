use oneroof_model::{Draft, PositionDraft};
use serde_json::Value;

use crate::contract::Output;
use crate::contract_tests::{RECEIVED, contract};
use crate::registry::{Options, build};

contract!("nmea_gnss");

/// Sentences with their checksums, as lines.
fn lines(bodies: &[&str]) -> String {
    let line = |body: &&str| {
        let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
        format!("${body}*{sum:02X}\r\n")
    };
    bodies.iter().map(line).collect()
}

fn decode_in(options: &str, pieces: &[&str]) -> Output {
    let format = build("nmea_gnss", Options::new(options)).expect("right options");
    let mut decoder = format.decoder();
    let mut out = Output::with_decoded();
    for piece in pieces {
        decoder.push(piece.as_bytes(), RECEIVED, &mut out);
    }
    decoder.finish(RECEIVED, &mut out);
    out
}

fn decode(bodies: &[&str]) -> Output {
    decode_in("", &[&lines(bodies)])
}

fn positions(out: &Output) -> Vec<PositionDraft> {
    let each = |draft: &Draft| match draft {
        Draft::Position(position) => Some(position.clone()),
        _ => None,
    };
    out.drafts.iter().filter_map(|d| each(&d.draft)).collect()
}

const RMC: &str = "GNRMC,024056.00,A,4838.04,N,02215.78,E,19.44,84.4,231126,5.1,E,A,V";
const GGA: &str = "GNGGA,024056.00,4838.04,N,02215.78,E,1,09,0.9,121.5,M,40.0,M,,";
const VTG: &str = "GNVTG,84.4,T,79.3,M,19.44,N,36.0,K,A";
const RMC2: &str = "GNRMC,024057.00,A,4838.05,N,02215.90,E,19.44,84.4,231126,5.1,E,A,V";
const GGA2: &str = "GNGGA,024057.00,4838.05,N,02215.90,E,1,09,0.9,122.5,M,40.0,M,,";

#[test]
fn sentences_of_one_moment_are_one_position() {
    let out = decode(&[VTG, RMC, GGA, VTG, RMC2, GGA2]);
    let got = positions(&out);
    assert_eq!(got.len(), 2, "{got:?}");
    assert_eq!(got[0].at.unwrap().to_string(), "2026-11-23T02:40:56Z");
    assert_eq!(got[0].alt_m, Some(121.5));
    assert!((got[0].speed_mps.unwrap() - 10.0).abs() < 0.01);
    assert_eq!(got[0].course_deg, Some(84.4));
    assert!((got[0].position.unwrap().lat() - 48.634).abs() < 1e-9);
    assert_eq!(got[1].alt_m, Some(122.5));
}

#[test]
fn once_the_order_is_known_nothing_is_waited_for() {
    let format = build("nmea_gnss", Options::new("")).unwrap();
    let mut decoder = format.decoder();
    let mut out = Output::default();
    let mut given = Vec::new();
    for body in [RMC, GGA, RMC2, GGA2] {
        decoder.push(lines(&[body]).as_bytes(), RECEIVED, &mut out);
        given.push(out.drafts.len());
    }
    // The first moment ends when the second begins; the second ends with its last sentence.
    assert_eq!(given, [0, 0, 1, 2]);
}

#[test]
fn the_sentences_of_a_moment_may_come_in_several_messages_of_a_broker() {
    let format = build("nmea_gnss", Options::new("")).expect("the defaults are right");
    let mut decoder = format.decoder();
    let mut out = Output::with_decoded();
    let after: Vec<usize> = [RMC, GGA, RMC2, GGA2]
        .map(|body| {
            // Without a line end, as brokers' publishers leave it out.
            decoder.push(lines(&[body]).trim_end().as_bytes(), RECEIVED, &mut out);
            decoder.end_message(RECEIVED, &mut out);
            positions(&out).len()
        })
        .into();
    // The first is not waited for, since nobody knows yet what comes; the second is whole with its second message.
    assert_eq!(after, [1, 1, 1, 2]);
    assert_eq!(out.skipped.get("same_moment"), Some(&1));
    let second = &positions(&out)[1];
    assert_eq!(second.alt_m, Some(122.5));
    assert!((second.speed_mps.unwrap() - 10.0).abs() < 0.01);
    assert_eq!(second.at.unwrap().to_string(), "2026-11-23T02:40:57Z");
    decoder.finish(RECEIVED, &mut out);
    assert_eq!(positions(&out).len(), 2);
}

#[test]
fn a_sentence_alone_is_a_position_too() {
    for body in [
        RMC,
        GGA,
        "GPGLL,4838.04,N,02215.78,E,024056,A,A",
        "GNGNS,024056.00,4838.04,N,02215.78,E,AN,08,1.1,121.5,40.0,,",
        "GPGLL,4838.04,N,02215.78,E",
    ] {
        assert_eq!(positions(&decode(&[body])).len(), 1, "{body}");
    }
}

#[test]
fn what_the_receiver_calls_void_is_no_position() {
    for body in [
        "GPRMC,024056,V,4838.04,N,02215.78,E,,,231126,,,N",
        "GPGGA,024056,4838.04,N,02215.78,E,0,00,,,M,,M,,",
        "GPGLL,4838.04,N,02215.78,E,024056,V,N",
        "GNGNS,181604.00,,,,,NN,00,99.99,,,,",
        "GPRMC,,V,,,,,,,,,,N",
    ] {
        let out = decode(&[body]);
        assert_eq!(positions(&out), [], "{body}");
        assert_eq!(out.skipped["no_fix"], 1, "{body}");
    }
    // One sentence that says so is enough for the moment.
    let mixed = decode(&[GGA, "GNRMC,024056.00,V,,,,,,,231126,,,N"]);
    assert_eq!(positions(&mixed), []);
}

#[test]
fn the_date_is_that_of_the_last_sentence_with_one_else_the_nearest() {
    let gga = |time: &str| format!("GPGGA,{time},4838.04,N,02215.78,E,1,09,0.9,121.5,M,40.0,M,,");
    let at = |bodies: &[&str]| {
        positions(&decode(bodies))
            .pop()
            .unwrap()
            .at
            .unwrap()
            .to_string()
    };
    assert_eq!(at(&[&gga("235959")]), "2026-11-22T23:59:59Z");
    let rmc = "GPRMC,235958,A,4838.04,N,02215.78,E,0.0,,310317,,,A";
    assert_eq!(
        at(&[rmc, &gga("235959"), &gga("000001.5")]),
        "2017-04-01T00:00:01.5Z"
    );
    assert_eq!(
        at(&["GPZDA,235959,31,12,2019,00,00", &gga("235959")]),
        "2019-12-31T23:59:59Z"
    );
}

#[test]
fn an_error_ellipse_is_a_circular_error() {
    let out = decode(&[RMC, "GNGST,024056.00,1.0,,,,3.0,4.0,6.0"]);
    let error = positions(&out)[0].ce_m.unwrap();
    assert!((error - 8.654).abs() < 0.01, "{error}");
}

#[test]
fn receivers_are_told_apart_by_tag_block_or_prefix() {
    let options = "unit: OWN\ndevices: {BOAT1: {unit: CG-B-003, org: CG}}";
    let one = lines(&[RMC]);
    let text = format!("\\s:BOAT1*{:02X}\\{one}862643030000001,{one}{one}", {
        "s:BOAT1".bytes().fold(0, |sum, byte| sum ^ byte)
    });
    let mut keys: Vec<String> = positions(&decode_in(options, &[&text]))
        .iter()
        .map(|position| format!("{:?} {}", position.track.domain, position.track.ident))
        .collect();
    keys.sort();
    assert_eq!(
        keys,
        ["Unit CG-B-003", "Unit OWN", "Vehicle 862643030000001"]
    );
}

#[test]
fn a_time_before_a_sentence_is_no_name() {
    let text = format!("2026-11-23T02:40:57Z {}", lines(&[RMC]));
    let got = positions(&decode_in("vehicle: truck-7", &[&text]));
    assert_eq!(got[0].track.ident.to_string(), "truck-7");
}

#[test]
fn damage_is_rejected_with_a_reason() {
    let broken = lines(&[RMC]).replace("4838", "4839");
    for (text, code) in [
        (broken.as_str(), "checksum"),
        ("$GPRMC,024056,A,4838.04,N*4", "truncated"),
        ("$GPRMC,024056,A,4838.04", "truncated"),
        ("$GPGGA,024056,4899.04,N,02215.78,E,1", "malformed"),
        (
            "$GPRMC,024056,A,4838.04,N,02215.78,E,x,,231126,,",
            "malformed",
        ),
        (
            "$GPRMC,024056,A,4838.04,N,02215.78,E,,,321326,,",
            "malformed",
        ),
        ("hello", "not_nmea"),
    ] {
        let out = decode_in("", &[text]);
        assert_eq!(out.rejects.len(), 1, "{text}: {out:?}");
        assert_eq!(out.rejects[0].reason.code, code, "{text}");
    }
}

#[test]
fn every_field_is_shown_by_name() {
    let out = decode(&[
        RMC,
        GGA,
        VTG,
        "GPGSA,A,3,05,07,08,,,,,,,,,,1.2,0.9,0.8,1",
        "GPGSV,1,1,02,05,19,222,36,07,05,090,,1",
        "GPHDT,271.5,T",
        "PUBX,00,x",
    ]);
    let shown: Vec<Value> = out
        .to_lines()
        .iter()
        .map(|line| line["decoded"].clone())
        .collect();
    assert_eq!(shown[0]["magnetic_variation_deg"], 5.1);
    assert_eq!(shown[0]["time_utc"], "02:40:56");
    assert_eq!(shown[1]["geoid_separation_m"], 40.0);
    assert_eq!(shown[2]["speed_kmh"], 36.0);
    assert_eq!(shown[3]["satellites_used"].as_array().unwrap().len(), 3);
    assert_eq!(shown[4]["satellites"][0]["snr_db"], 36.0);
    assert_eq!(shown[4]["signal_id"], "1");
    assert_eq!(shown[5]["heading_deg"], 271.5);
    assert_eq!(shown[6]["fields"][1], "x");
    assert_eq!(out.skipped["nmea_other"], 1);
}

#[test]
fn a_simulator_is_a_test() {
    let out = decode(&[&RMC.replace(",E,A,V", ",E,S,V")]);
    assert_eq!(positions(&out)[0].mode, Some(oneroof_model::Mode::Test));
}

#[test]
fn however_many_receivers_there_are_none_is_lost() {
    let line = lines(&[RMC]);
    let each: Vec<String> = (0..1_500).map(|n| format!("dev{n},{line}")).collect();
    let text = each.concat();
    assert_eq!(positions(&decode_in("", &[&text])).len(), 1_500);
}
