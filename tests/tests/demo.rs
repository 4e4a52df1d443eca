//! `oneroof demo`: the seven scenarios and the agencies' everyday through the built binary, played a hundred times faster
//! than they happen. What they promise (docs/demo.md) is in the room's picture; what was not released is not.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use oneroof_tests::{Http, JSON_REPORTS, Site, missing_binary, report, within};
use serde_json::Value;

/// Scenarios and everyday take 40 minutes; a hundred times faster, with room for a busy machine.
const PATIENCE: Duration = Duration::from_secs(150);

fn text<'v>(of: &'v Value, key: &str) -> &'v str {
    of[key].as_str().unwrap_or_default()
}

/// Reports of a feed, by their source key without the number of the run.
async fn of_feed(http: &Http, feed: &str) -> Vec<Value> {
    http.list(&format!("reports?feed={feed}")).await
}

/// Waits until a report of a feed has a key like this.
async fn awaited(http: &Http, feed: &str, begins: &str, ends: &str) -> Value {
    let what = format!("{feed}: {begins}...{ends}");
    within(PATIENCE, &what, async || {
        let reports = of_feed(http, feed).await;
        reports.into_iter().find(|r| {
            let key = text(r, "source_key");
            key.starts_with(begins) && key.ends_with(ends)
        })
    })
    .await
}

/// The storm's events by the sensors that they rest on, and the camera's.
async fn storm(http: &Http) -> (BTreeMap<String, BTreeSet<String>>, usize, Value) {
    let (mut events, mut alarms, mut camera) = (BTreeMap::new(), 0, Value::Null);
    for r in of_feed(http, "bg-sensors").await {
        let key = text(&r, "source_key").to_owned();
        if key.starts_with("RO02-T-011") {
            camera = r;
        } else if key.starts_with("RO02-S-") {
            alarms += 1;
            let sensor = key.get(..10).unwrap().to_owned();
            let of: &mut BTreeSet<String> = events.entry(sensor).or_default();
            of.insert(text(&r, "event").to_owned());
        }
    }
    (events, alarms, camera)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seven_scenarios_are_played_in_turn_and_all_of_them_are_taken() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    let arguments = [
        "--scenario",
        "all",
        "--speed",
        "100",
        "--officer-after",
        "0",
    ];
    let server = site.demo(&arguments).await;
    let http = server.http();

    // 1 to 6: the last message of each.
    awaited(http, "police-cad", "", "/status/1").await;
    awaited(http, "bg-cot", "BG-T-105-alarm-", "").await;
    awaited(http, "bg-events", "BG-D", "-4").await;
    awaited(http, "bg-events", "BG-V", "-1").await;
    awaited(http, "bg-events", "BG-K", "-3").await;
    let late = awaited(http, "customs-batch", "CUB-R", "-1").await;
    let first = awaited(http, "bg-events", "BG-R", "-1").await;
    assert!(
        text(&late["occurred"], "from") < text(&first["occurred"], "from"),
        "what came last happened first: {late} {first}"
    );

    // 7: four hundred alarms are eight events, and the camera's is none of them.
    let whole = within(PATIENCE, "the storm", async || {
        let found = storm(http).await;
        (found.1 == 400 && found.2 != Value::Null).then_some(found)
    });
    let (sensors, _, camera) = whole.await;
    assert_eq!(sensors.len(), 8, "{sensors:?}");
    let of_storm: BTreeSet<&String> = sensors.values().flatten().collect();
    assert_eq!(of_storm.len(), 8, "one event each: {sensors:?}");
    assert!(!of_storm.contains(&text(&camera, "event").to_owned()));
    awaited(http, "weather-grid", "W-S", "").await;

    // Then the first one begins anew.
    within(PATIENCE, "the second round", async || {
        let begun = server
            .log()
            .matches("scenario=01-tisa-night-crossing")
            .count();
        (begun >= 2).then_some(())
    })
    .await;
    let log = server.stop().await;
    let warnings: Vec<&str> = log
        .lines()
        .filter(|l| l.contains(" WARN ") && l.contains("oneroof_sim"))
        .collect();
    assert!(warnings.is_empty(), "{warnings:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_nowhere_in_the_room_until_the_service_releases_it() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    let arguments = [
        "--scenario",
        "03-drone-nights",
        "--speed",
        "20",
        "--officer-after",
        "0",
    ];
    let server = site.demo(&arguments).await;
    let http = server.http();
    let everything = async || {
        let mut all = String::new();
        for list in ["reports", "events", "suggestions"] {
            for item in http.list(list).await {
                all.push_str(&item.to_string());
            }
        }
        all
    };
    // The three nights are entered after the notice: whoever sees them would see it.
    awaited(http, "bg-events", "BG-D", "-3").await;
    let all = everything().await;
    assert!(all.contains("There is information on this section"));
    for kept in ["launch sites", "CBC20"] {
        assert!(!all.contains(kept), "{kept}: {all}");
    }
    let kept = |r: &Value| text(r, "source_key").ends_with("-1");
    assert!(!of_feed(http, "ss-notices").await.iter().any(kept));

    let released = awaited(http, "ss-notices", "SS-D", "-1").await;
    assert_eq!(released["type_code"], "CBC20");
    let event = text(&released, "event").to_owned();
    let detail = http.get(&format!("/api/v1/events/{event}")).await;
    assert_eq!(detail.status, 200, "{}", detail.body);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_that_is_not_there_is_said_and_plays_nothing() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    let mut server = site.demo(&["--scenario", "99-nothing"]).await;
    server.expect_errors("the demonstration's agencies ended");
    within(PATIENCE, "the fault is in the log", async || {
        server
            .log()
            .contains("no scenario `99-nothing`")
            .then_some(())
    })
    .await;
    assert!(server.http().list("reports").await.is_empty());
    server.stop().await;
}

/// A fixture of a format.
fn fixture(path: &str) -> String {
    let formats = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/feeds/src/formats");
    format!("{formats}/{path}")
}

#[tokio::test(flavor = "multi_thread")]
async fn captures_of_several_kinds_are_known_and_played_as_a_feed_each() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    let files = [
        "adsb_avr/fixtures/every-format.avr",
        "adsb_beast/fixtures/every-format.beast",
        "cot_xml/fixtures/tak-stream.xml",
        "cap/fixtures/person-in-the-water.xml",
    ]
    .map(fixture);
    let mut arguments = vec!["--rate", "1000", "--capture"];
    arguments.extend(files.iter().map(String::as_str));
    let server = site.demo(&arguments).await;
    let http = server.http();
    for kind in ["adsb-avr", "adsb-beast", "cot-xml", "cap"] {
        let feed = format!("recorded-{kind}");
        let view = http
            .feed_until(&feed, "is played", |v| v.health.accepted > 0)
            .await;
        assert_eq!(view.format, kind.replace('-', "_"));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_is_played_by_the_mapping_that_is_given_with_it() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    let (calls, options) = (site.path("calls.ndjson"), site.path("calls.yaml"));
    let records: Vec<String> = ["c-1", "c-2"].map(|id| report(id).to_string()).into();
    std::fs::write(&calls, records.join("\n")).unwrap();
    let mapping = JSON_REPORTS.trim_start_matches("format:\n");
    let mapping: Vec<&str> = mapping
        .lines()
        .map(|line| line.strip_prefix("  ").unwrap())
        .collect();
    std::fs::write(&options, mapping.join("\n")).unwrap();
    let [calls, options] = [calls, options].map(|p| p.display().to_string());
    let arguments = [
        "--capture",
        &calls,
        "--capture-format",
        "json",
        "--capture-options",
        &options,
    ];
    let server = site.demo(&arguments).await;
    let http = server.http();
    http.feed_until("recorded", "is played", |v| v.health.accepted == 2)
        .await;
    let keys: BTreeSet<String> = of_feed(http, "recorded")
        .await
        .iter()
        .map(|r| text(r, "source_key").to_owned())
        .collect();
    assert_eq!(keys, BTreeSet::from(["c-1".to_owned(), "c-2".to_owned()]));
    server.stop().await;
}
