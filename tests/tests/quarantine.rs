//! What could not be understood is kept, shown, and taken after the mapping was mended: by the API and on the command
//! line.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use oneroof_model::FeedLight;
use oneroof_tests::{
    JSON_REPORTS, Mosquitto, OPEN, Server, Site, missing_binary, now, oneroof, report, until,
};
use oneroof_wire::ProblemCode;
use serde_json::{Value, json};

const PUSH: &str = "transport: {kind: http_push}";

/// A record whose type stands under another name than the mapping knows.
fn odd(id: &str) -> Value {
    let mut odd = report(id);
    odd["kind"] = odd["type"].take();
    odd.as_object_mut().unwrap().remove("type");
    odd
}

/// Mends the mapping and waits until the feed is as its file says.
async fn mend(site: &Site, server: &Server) {
    let mended = JSON_REPORTS.replace("path: type,", "path: [type, kind],");
    assert_ne!(mended, JSON_REPORTS);
    let text = Site::feed_text("reports", PUSH, &mended);
    let path = "/api/v1/feeds/reports";
    let answer = server
        .http()
        .send(reqwest::Method::PUT, path, &[], text)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(site.feed_file("reports").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_in_quarantine_is_shown_and_taken_after_the_mapping_was_mended() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let server = site.start().await;
    let http = server.http();
    let before = now();
    let answer = http
        .report(&json!([odd("a-1"), report("good"), odd("a-2")]))
        .await;
    assert_eq!((answer.accepted, answer.quarantined), (1, 2));

    let items = http.list("quarantine").await;
    assert_eq!(items.len(), 2);
    assert_eq!(http.list("quarantine?feed=nobody").await.len(), 0);
    assert_eq!(
        http.get("/api/v1/quarantine?limit=1").await.ok().json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let (newest, oldest) = (&items[0], &items[1]);
    assert_eq!(
        (&newest["feed"], &newest["attempts"]),
        (&json!("reports"), &json!(0))
    );
    assert!(newest["code"].as_str().unwrap().starts_with("decode."));
    let id = oldest["id"].as_i64().unwrap();
    let path = format!("/api/v1/quarantine/{id}");
    let shown = http.get(&path).await.ok().json();
    let raw: Value = serde_json::from_str(shown["raw"].as_str().unwrap()).unwrap();
    assert!(raw.to_string().contains("\"a-1\""), "its bytes: {raw}");
    http.get("/api/v1/quarantine/999999")
        .await
        .problem(404, ProblemCode::NotFound);

    // As the mapping is, it stays; the attempt is noted.
    http.post(&format!("{path}/reprocess"), "")
        .await
        .problem(409, ProblemCode::NotAllowed);
    assert_eq!(http.get(&path).await.ok().json()["attempts"], 1);

    mend(&site, &server).await;
    let taken = http
        .post(&format!("{path}/reprocess"), "")
        .await
        .ok()
        .json();
    assert_eq!(taken["outcome"], "accepted");
    let report = taken["report"].as_str().unwrap();
    let report = http
        .get(&format!("/api/v1/reports/{report}"))
        .await
        .ok()
        .json();
    assert_eq!(
        (&report["source_key"], &report["type_code"]),
        (&json!("a-1"), &json!("UBC01"))
    );
    // It counts as received when it was received.
    let received: oneroof_model::Time = report["received"].as_str().unwrap().parse().unwrap();
    assert_eq!(received.to_string(), oldest["at"].as_str().unwrap());
    assert!(received >= before);
    let released = http.get(&path).await.ok().json();
    assert!(released["released_at"].is_string());
    assert!(
        released["raw"].as_str().unwrap_or_default().is_empty(),
        "a trace and no bytes"
    );
    http.post(&format!("{path}/reprocess"), "")
        .await
        .problem(409, ProblemCode::NotAllowed);
    assert_eq!(http.list("reports").await.len(), 2);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lists_shows_and_processes_again() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    site.feed("others", PUSH, JSON_REPORTS);
    let server = site.start().await;
    let http = server.http().clone();
    http.report(&json!([odd("a-1"), odd("a-2"), odd("a-3"), {"id": "hopeless"}]))
        .await;
    http.push("others", odd("b-1").to_string()).await;
    let url = server.url().to_owned();
    let at = ["--server", &url];
    let run = |args: &[&str]| oneroof(&[args, &at].concat());

    let listed = run(&["quarantine", "list"]).ok().json_lines();
    assert_eq!(listed.len(), 5);
    let of_feed = run(&["quarantine", "list", "--feed", "others"])
        .ok()
        .json_lines();
    assert_eq!(of_feed.len(), 1);
    let id = of_feed[0]["id"].to_string();
    let shown = run(&["quarantine", "show", &id]).ok();
    assert!(shown.out.contains("b-1"), "{}", shown.out);
    let missing = run(&["quarantine", "show", "999999"]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.err.contains("404"), "{}", missing.err);

    let in_vain = run(&["quarantine", "reprocess", "--feed", "reports"]);
    assert_eq!(in_vain.code, Some(1), "nothing was taken");
    assert!(in_vain.out.contains("0 of 4 taken"), "{}", in_vain.out);
    mend(&site, &server).await;
    let done = run(&["quarantine", "reprocess", "--feed", "reports"]).ok();
    assert!(done.out.contains("3 of 4 taken"), "{}", done.out);
    let keys = until("the reports are there", async || {
        let reports = http.list("reports").await;
        (reports.len() == 3).then_some(reports)
    })
    .await;
    assert!(
        keys.iter()
            .all(|r| r["source_key"].as_str().unwrap().starts_with("a-"))
    );
    let left = run(&["quarantine", "list", "--feed", "reports"])
        .ok()
        .json_lines();
    let waiting: Vec<_> = left.iter().filter(|i| i["released_at"].is_null()).collect();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0]["attempts"], 2);
    server.stop().await;
    let gone = run(&["quarantine", "list"]);
    assert_eq!(gone.code, Some(1));
    assert!(gone.err.contains("does not answer"), "{}", gone.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_quarantine_is_taken_later_with_the_topic_that_it_came_on() {
    if missing_binary() {
        return;
    }
    let Some(broker) = Mosquitto::start(OPEN).await else {
        return;
    };
    let site = Site::new();
    let transport = format!(
        "transport: {{kind: mqtt, url: \"mqtt://127.0.0.1:{}\", client_id: centre, topics: [{{topic: \"calls/#\"}}]}}",
        broker.port
    );
    // The id and the text need what the broker says.
    let by_topic = JSON_REPORTS
        .replace("template: \"{id}\"", "template: \"{@.levels[-1]}/{id}\"")
        .replace("text: text", "text: '@.topic'");
    assert!(by_topic.contains("@.levels") && by_topic.contains("'@.topic'"));
    site.feed("mqtt", &transport, &by_topic);
    let server = site.start().await;
    let http = server.http();
    http.feed_until("mqtt", "is up", |v| v.health.light == FeedLight::Up)
        .await;
    for topic in ["calls/bg/north", "calls/bg/south"] {
        assert!(broker.publish(topic, &odd("a-1").to_string(), &[]));
    }
    let items = until("both are in quarantine", async || {
        let items = http.list("quarantine").await;
        (items.len() == 2).then_some(items)
    })
    .await;
    assert_eq!(items[0]["topic"], "calls/bg/south");
    // Over a restart as well: it is in the store.
    let mended = by_topic.replace("path: type,", "path: [type, kind],");
    site.feed("mqtt", &transport, &mended);
    server.stop().await;
    let server = site.start().await;
    let http = server.http();
    for item in &items {
        let path = format!("/api/v1/quarantine/{}/reprocess", item["id"]);
        http.post(&path, "").await.ok();
    }
    let reports = until("both are reports", async || {
        let reports = http.list("reports").await;
        (reports.len() == 2).then_some(reports)
    })
    .await;
    let mut said: Vec<_> = reports
        .iter()
        .map(|r| (r["source_key"].as_str(), r["text"].as_str()))
        .collect();
    said.sort_unstable();
    assert_eq!(
        said,
        [
            (Some("north/a-1"), Some("calls/bg/north")),
            (Some("south/a-1"), Some("calls/bg/south"))
        ]
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_quarantine_refuses_what_cannot_be_understood_and_takes_the_rest() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    site.centre("limits: {quarantine_per_feed: 10kB}\n");
    let server = site.start().await;
    let http = server.http();
    let mut large = odd("large");
    large["text"] = json!("x".repeat(6_000));
    assert_eq!(http.report(&large).await.quarantined, 1);
    assert_eq!(http.report(&large).await.quarantined, 1);
    let answer = http.report(&json!([large, report("good")])).await;
    assert_eq!((answer.refused, answer.accepted), (1, 1), "{answer:?}");
    let json = serde_json::to_value(&answer.records[0]).unwrap();
    assert_eq!(json["reason"]["code"], "quarantine.full");
    let view = http.feed("reports").await.unwrap();
    assert!(view.health.error.unwrap().starts_with("quarantine.full"));
    assert_eq!(
        server.metric("feed_lost_total{feed=\"reports\"}").await,
        Some(1.0)
    );
    assert_eq!(http.list("quarantine").await.len(), 2);
    server.stop().await;
}
