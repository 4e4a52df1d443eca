//! Feeds are added, changed, paused and resumed on the running system, by files and by the API; a file with faults
//! changes nothing and shows its fault.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs;

use oneroof_model::FeedLight;
use oneroof_tests::{JSON_REPORTS, Peer, Server, Site, missing_binary, report, until, vessel};
use oneroof_wire::ProblemCode;
use reqwest::Method;

const PUSH: &str = "transport: {kind: http_push}";

async fn put(server: &Server, feed: &str, text: String) -> oneroof_tests::Answer {
    let path = format!("/api/v1/feeds/{feed}");
    let kind = [("content-type", "application/yaml")];
    server.http().send(Method::PUT, &path, &kind, text).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_comes_changes_or_goes_takes_effect_by_itself() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    let server = site.start().await;
    let http = server.http();
    let mut screen = server.screen().await;
    assert!(http.feed("reports").await.is_none());

    site.feed("reports", PUSH, JSON_REPORTS);
    http.feed_until("reports", "is there", |v| v.health.light == FeedLight::Up)
        .await;
    http.report(&report("a-1")).await;
    screen.until("the report", |s| s.keys().len() == 1).await;

    // The agency renames its field; the mapping follows. Counters go on.
    site.feed(
        "reports",
        PUSH,
        &JSON_REPORTS.replace("text: text", "text: words"),
    );
    let mut renamed = report("a-2");
    renamed["words"] = "in another field".into();
    let seen = until("the new mapping is at work", async || {
        let answer = http.report(&renamed).await;
        renamed["id"] = format!("a-{}", answer.records.len() + 10).into();
        let reports = http.list("reports").await;
        reports
            .iter()
            .any(|r| r["text"] == "in another field")
            .then_some(reports.len())
    })
    .await;
    assert!(seen >= 2);
    let view = http.feed("reports").await.unwrap();
    assert!(view.health.accepted >= 2, "{view:?}");

    fs::remove_file(site.feed_file("reports")).unwrap();
    until("the feed is gone", async || {
        http.feed("reports").await.is_none().then_some(())
    })
    .await;
    http.push_raw("reports", report("b").to_string())
        .await
        .problem(404, ProblemCode::NotFound);
    // What it said stays.
    assert!(http.list("reports").await.len() >= 2);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_faults_leaves_the_old_feed_at_work_and_shows_the_fault() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let mut server = site.start().await;
    server.expect_errors("the feed's file is");
    let http = server.http().clone();
    http.feed_until("reports", "is up", |v| v.health.light == FeedLight::Up)
        .await;
    // One that the configuration refuses, one that the format refuses, one that is no YAML.
    for (transport, format, place) in [
        (
            "transport: {kind: http_pusch}",
            JSON_REPORTS.to_owned(),
            "reports.yaml:6:",
        ),
        (
            PUSH,
            JSON_REPORTS.replace("draft: report", "draft: raport"),
            "reports.yaml:13:",
        ),
        (
            "transport: {kind: http_push",
            JSON_REPORTS.to_owned(),
            "reports.yaml:",
        ),
    ] {
        site.feed("reports", transport, &format);
        let view = http
            .feed_until("reports", "shows the fault", |v| {
                v.health
                    .error
                    .as_ref()
                    .is_some_and(|e| e.contains("config.invalid") && e.contains(place))
            })
            .await;
        assert_eq!(view.health.light, FeedLight::Up, "the old one is at work");
        assert_eq!(http.report(&report(place)).await.accepted, 1);
        site.feed("reports", PUSH, JSON_REPORTS);
        http.feed_until("reports", "is well", |v| v.health.error.is_none())
            .await;
    }
    // A feed that never was valid is shown as well, as down.
    fs::write(site.feed_file("stillborn"), "feed: stillborn\norg: XX\n").unwrap();
    let view = http.feed_until("stillborn", "is shown", |_| true).await;
    assert_eq!(view.health.light, FeedLight::Down);
    assert!(view.health.error.unwrap().starts_with("config.invalid"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_put_by_the_api_where_it_is_valid_and_only_there() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    let server = site.start().await;
    let http = server.http();
    let text = Site::feed_text("reports", PUSH, JSON_REPORTS);
    let made = put(&server, "reports", text.clone()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.json()["light"], "up");
    assert_eq!(http.report(&report("a-1")).await.accepted, 1);
    let again = put(&server, "reports", text.clone()).await;
    assert_eq!(again.status, 200, "{}", again.body);
    let on_disk = || fs::read_to_string(site.feed_file("reports")).unwrap();
    assert_eq!(on_disk(), text);

    for (bad, part) in [
        (text.replace("http_push", "http_pusch"), ":6:"),
        (text.replace("feed: reports", "feed: other"), "reports"),
        // What only the format can know.
        (text.replace("draft: report", "draft: raport"), "raport"),
        ("nonsense".to_owned(), ""),
    ] {
        let detail = put(&server, "reports", bad)
            .await
            .problem(422, ProblemCode::Invalid);
        assert!(detail.contains(part), "{detail}");
        assert_eq!(on_disk(), text, "an invalid file is not put in its place");
    }
    put(&server, "Re_Ports", text.clone())
        .await
        .problem(400, ProblemCode::BadRequest);
    put(&server, "..%2Fcentre", text.clone())
        .await
        .problem(400, ProblemCode::BadRequest);
    put(&server, "reports", "#".repeat(300_000))
        .await
        .problem(413, ProblemCode::TooLarge);
    assert_eq!(
        http.report(&report("a-2")).await.accepted,
        1,
        "the good one is at work"
    );
    // What was put is there after a restart.
    server.kill();
    let server = site.start().await;
    assert_eq!(server.http().report(&report("a-3")).await.accepted, 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_feed_takes_nothing_until_it_is_resumed() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let peer = Peer::listen(0).await;
    site.coast(&peer);
    let server = site.start().await;
    let http = server.http();
    let mut screen = server.screen().await;
    peer.say(vessel(272_000_001)).await;
    screen.until("the vessel", |s| s.idents().len() == 1).await;

    for feed in ["coast", "reports"] {
        let paused = http
            .post(&format!("/api/v1/feeds/{feed}/pause"), "")
            .await
            .ok();
        assert_eq!(paused.json()["light"], "paused");
    }
    until("the line is closed", async || {
        (peer.listeners() == 0).then_some(())
    })
    .await;
    http.push_raw("reports", report("a").to_string())
        .await
        .problem(503, ProblemCode::Unavailable);
    http.post("/api/v1/feeds/nobody/pause", "")
        .await
        .problem(404, ProblemCode::NotFound);

    for feed in ["coast", "reports"] {
        http.post(&format!("/api/v1/feeds/{feed}/resume"), "")
            .await
            .ok();
    }
    peer.say(vessel(272_000_002)).await;
    screen
        .until("the next vessel", |s| s.idents().len() == 2)
        .await;
    assert_eq!(http.report(&report("a")).await.accepted, 1);

    // The file may say it too.
    let text = Site::feed_text(
        "reports",
        "paused: true\ntransport: {kind: http_push}",
        JSON_REPORTS,
    );
    assert_eq!(
        put(&server, "reports", text).await.ok().json()["light"],
        "paused"
    );
    peer.die().await;
    server.stop().await;
}
