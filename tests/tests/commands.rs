//! The command line beside `serve`: check, decode, replay, schema.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs;

use oneroof_model::FeedLight;
use oneroof_tests::{
    JSON_REPORTS, Site, free_port, gzip, missing_binary, oneroof, oneroof_with_input, until, vessel,
};
use serde_json::Value;

fn check(site: &Site) -> oneroof_tests::Done {
    let mut args = vec!["check".to_owned()];
    args.extend(site.config_args());
    oneroof(&args)
}

#[test]
fn check_tells_every_fault_at_its_line_and_column_at_once() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let good = check(&site).ok();
    assert!(good.out.contains("the configuration holds"), "{}", good.out);
    assert!(good.out.contains("1 feeds"), "{}", good.out);

    site.centre("limits:\n  boddy: 8MB\nmode: actually\n");
    site.feed(
        "one",
        "transport: {kind: tcp_client, address: nowhere}",
        "format: {kind: ais_nmea}\n",
    );
    site.feed(
        "two",
        "transport: {kind: http_push}",
        &JSON_REPORTS
            .replace("draft: report", "draft: raport")
            .replace("lat: lat", "lat: [lat"),
    );
    site.feed(
        "three",
        "transport: {kind: http_push}",
        &JSON_REPORTS.replace("draft: report", "draft: raport"),
    );
    let bad = check(&site);
    assert_eq!(bad.code, Some(1));
    let told = &bad.err;
    for place in [
        "centre.yaml:3:3",
        "centre.yaml:4:7",
        "one.yaml:6:40",
        "two.yaml:18:",
        "three.yaml:13:",
    ] {
        assert!(told.contains(place), "{place} is missing in:\n{told}");
    }
    assert!(told.contains('^'), "the place is shown:\n{told}");
    assert!(told.contains("body"), "what to write instead:\n{told}");
    let count: usize = told
        .lines()
        .last()
        .and_then(|line| line.strip_suffix(" faults")?.parse().ok())
        .unwrap();
    assert!(count >= 5, "{told}");

    let nowhere = oneroof(&["check", "--config", "/nowhere/at/all"]);
    assert_eq!(nowhere.code, Some(1));
    assert!(nowhere.err.contains("/nowhere/at/all"), "{}", nowhere.err);
}

/// Two vessels, a sentence with a wrong checksum, one that is none, and one of a receiver's own.
fn capture() -> String {
    let broken = vessel(272_000_009).replace("!AIVDM,1,1,,A,1", "!AIVDM,1,1,,A,2");
    format!(
        "{}{}{broken}what is this\r\n$GPZDA,120000.00,24,11,2026,00,00*6C\r\n",
        vessel(272_000_001),
        vessel(272_000_002)
    )
}

#[test]
fn decode_gives_one_json_object_a_line_from_a_file_or_standard_input_plain_or_packed() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    let (plain, packed) = (site.path("a.nmea"), site.path("a.nmea.gz"));
    fs::write(&plain, capture()).unwrap();
    fs::write(&packed, gzip(capture().as_bytes())).unwrap();
    let at = ["--received-at", "2026-11-24T12:00:00Z"];
    let decode = |file: &[&str], input: &[u8]| {
        let args = [&["decode", "ais_nmea"], file, &at].concat();
        oneroof_with_input(&args, input).ok().json_lines()
    };
    let lines = decode(&[plain.to_str().unwrap()], b"");
    let of = |kind: &str| lines.iter().filter(|l| l.get(kind).is_some()).count();
    assert_eq!(
        (of("draft"), of("reject"), of("skipped")),
        (2, 2, 1),
        "{lines:#?}"
    );
    let first = &lines[0];
    assert_eq!(first["decoded"]["mmsi"], 272_000_001);
    assert_eq!(first["draft"]["draft"], "position", "{first}");
    for (file, input) in [
        (vec![packed.to_str().unwrap()], Vec::new()),
        (vec![], capture().into_bytes()),
        (vec![], gzip(capture().as_bytes())),
    ] {
        assert_eq!(decode(&file, &input), lines);
    }

    let options = site.path("options.yaml");
    fs::write(&options, JSON_REPORTS.replace("format:\n", "")).unwrap();
    let args = ["decode", "json", "--options", options.to_str().unwrap()];
    let record = oneroof_tests::report("a-1").to_string();
    let lines = oneroof_with_input(&args, record.as_bytes())
        .ok()
        .json_lines();
    assert_eq!(lines.len(), 1);
    assert!(lines[0]["draft"].to_string().contains("a-1"), "{lines:?}");

    for (args, part) in [
        (vec!["decode", "ais_nmea", "/nowhere.nmea"], "/nowhere.nmea"),
        (vec!["decode", "morse"], "ais_nmea"),
    ] {
        let failed = oneroof(&args);
        assert_eq!(failed.code, Some(1));
        assert!(failed.err.contains(part), "{}", failed.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replay_plays_a_capture_towards_a_feed_of_each_kind() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    let ports = [free_port(), free_port(), free_port()];
    let ais = "format: {kind: ais_nmea}\n";
    for (name, transport) in [
        (
            "tcp",
            format!("tcp_listen, listen: \"127.0.0.1:{}\"", ports[0]),
        ),
        (
            "udp",
            format!("udp_listen, listen: \"127.0.0.1:{}\"", ports[1]),
        ),
        (
            "serve",
            format!(
                "tcp_client, address: \"127.0.0.1:{}\", reconnect_min: 50ms, reconnect_max: 100ms",
                ports[2]
            ),
        ),
    ] {
        site.feed(name, &format!("transport: {{kind: {transport}}}"), ais);
    }
    let server = site.start().await;
    let http = server.http();
    for feed in ["tcp", "udp"] {
        http.feed_until(feed, "listens", |v| v.health.light == FeedLight::Up)
            .await;
    }
    for (n, way) in ["tcp", "udp", "serve"].into_iter().enumerate() {
        let first = 272_000_100 * u32::try_from(n + 1).unwrap();
        let file = site.path(&format!("{way}.nmea.gz"));
        let text: String = (first..first + 20).map(vessel).collect();
        fs::write(&file, gzip(text.as_bytes())).unwrap();
        let to = format!("{way}:127.0.0.1:{}", ports[n]);
        let file = file.display().to_string();
        let sent = oneroof(&["replay", &file, "--to", &to, "--rate", "500"]).ok();
        assert!(sent.out.starts_with("sent "), "{}", sent.out);
        http.feed_until(way, "has all of it", |v| v.health.accepted == 20)
            .await;
    }
    until("sixty tracks", async || {
        (http.list("tracks").await.len() == 60).then_some(())
    })
    .await;
    let nowhere = oneroof(&["replay", "/nowhere", "--to", "tcp:127.0.0.1:1"]);
    assert_eq!(nowhere.code, Some(1));
    server.stop().await;
}

#[test]
fn schema_prints_json_schemas_and_the_description_of_the_api() {
    if missing_binary() {
        return;
    }
    let names = oneroof::<&str>(&["schema"]).ok().out;
    assert!(names.lines().any(|name| name == "openapi"), "{names}");
    for name in names.lines() {
        let text = oneroof(&["schema", name]).ok().out;
        let schema: Value = serde_json::from_str(&text).unwrap();
        assert!(schema.is_object(), "{name}");
    }
    assert_eq!(oneroof(&["schema", "nothing"]).code, Some(1));
}
