//! Who falls silent is an event of the centre's own, through the built binary: once, over a kill as well, and over when
//! he is heard again.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use core::time::Duration;
use std::fs;

use oneroof_model::EventState;
use oneroof_tests::{Live, Server, Site, missing_binary, now, until};
use serde_json::json;

const PUSH: &str = "transport: {kind: http_push}";

const POSITIONS: &str = "format:\n  kind: json\n  time: [rfc3339]\n  map:\n    - rule: position\n      draft: position\n      \
    track: {domain: {const: unit}, id: unit}\n      at: time\n      lat: lat\n      lon: lon\n";

const FIGURES: &str = "format:\n  kind: json\n  time: [rfc3339]\n  map:\n    - rule: queue\n      draft: figures\n      \
    bcp: point\n      at: time\n      cars_waiting: cars\n";

/// One patrol that is late after three seconds, and crossing points that are after four.
fn site() -> Site {
    let site = Site::new();
    site.table(
        "units.yaml",
        "units:\n  - {id: T-1, org: BG, uk: \"Наряд Один\", en: \"Patrol One\", kind: vehicle_patrol}\n",
    );
    site.table(
        "freshness.yaml",
        "freshness: {patrol: {expected: 1s, stale_after: 2s, lost_after: 3s}}\n\
         silence: {every: 1s, figures: {after: 4s}}\n",
    );
    site.feed("patrols", PUSH, POSITIONS);
    site.feed("customs", PUSH, FIGURES);
    site
}

async fn speak(server: &Server) {
    let position = json!({"unit": "T-1", "time": now(), "lat": 48.0, "lon": 24.0});
    let figures = json!({"point": "UAPL07", "time": now(), "cars": 12});
    let http = server.http();
    assert_eq!(http.push("patrols", position.to_string()).await.accepted, 1);
    assert_eq!(http.push("customs", figures.to_string()).await.accepted, 1);
}

/// Event types and states of all events, in the order of the types.
fn events(screen: &Live) -> Vec<(String, EventState)> {
    let of = |e: &oneroof_wire::EventView| {
        (
            e.type_code.clone().map(|c| c.0).unwrap_or_default(),
            e.state,
        )
    };
    let mut all: Vec<_> = screen.events().map(of).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn both(state: EventState) -> Vec<(String, EventState)> {
    ["SYS04", "SYS05"].map(|c| (c.to_owned(), state)).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_patrol_and_crossing_point_are_events_once_and_over_when_heard() {
    if missing_binary() {
        return;
    }
    let site = site();
    let server = site.start().await;
    speak(&server).await;
    let mut screen = server.screen().await;
    screen
        .until("both silences", |s| events(s) == both(EventState::New))
        .await;
    let titles: Vec<String> = screen.reports().filter_map(|r| r.title.clone()).collect();
    for part in ["Наряд Один", "Patrol One", "Shehyni"] {
        assert!(
            titles.iter().any(|t| t.contains(part)),
            "{part}: {titles:?}"
        );
    }
    assert_eq!(
        server.metric("silences_total{kind=\"unit\"}").await,
        Some(1.0)
    );
    let opened = server.metric("silences_open{kind=\"figures\"}").await;
    assert_eq!(opened, Some(1.0));
    let kept = site.data().join("silence.json");
    until("what is open is kept", async || {
        fs::read_to_string(&kept)
            .ok()
            .filter(|t| t.contains("unit:T-1"))
    })
    .await;
    drop(screen);
    server.kill();

    // Again, on the same folder: the silences go on and are not raised anew.
    let server = site.start().await;
    let mut screen = server.screen().await;
    until("it has looked", async || {
        let open = server.metric("silences_open{kind=\"unit\"}").await;
        open.filter(|n| *n > 0.0)
    })
    .await;
    screen.listen_for(Duration::from_secs(6)).await;
    assert_eq!(events(&screen), both(EventState::New));
    assert_eq!(screen.reports().count(), 2, "each was told once");
    speak(&server).await;
    screen
        .until("both are over", |s| {
            events(s) == both(EventState::Dismissed)
        })
        .await;
    assert_eq!(screen.reports().count(), 4, "each was cancelled once");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_memory_is_a_lost_cache_and_the_page_of_a_feed_is_there() {
    if missing_binary() {
        return;
    }
    let site = site();
    fs::create_dir_all(site.data()).unwrap();
    fs::write(site.data().join("silence.json"), b"{\"version\":1,\"zo").unwrap();
    let server = site.start().await;
    until("the loss is logged", async || {
        let log = server.log();
        log.contains("had learned is lost").then_some(())
    })
    .await;
    speak(&server).await;
    let page = until("its normal is looked for", async || {
        let page = server.http().get("/api/v1/feeds/customs").await.ok().json();
        (!page["normal"].is_null()).then_some(page)
    })
    .await;
    assert_eq!(
        page["normal"]["per_h"],
        json!(null),
        "nothing is normal yet"
    );
    assert_eq!(page["normal"]["least_weeks"], 3);
    assert_eq!(page["quality"]["completeness"]["score"], 1.0);
    let newest = page["trends"][0]["accepted"].as_array().unwrap();
    let total: u64 = newest.iter().filter_map(serde_json::Value::as_u64).sum();
    assert_eq!(total, 1);
    let quality = until("quality is measured", async || {
        let name = "feed_quality_ratio{feed=\"customs\",part=\"completeness\"}";
        server.metric(name).await
    })
    .await;
    assert!((quality - 1.0).abs() < 1e-6);
    server.stop().await;
}
