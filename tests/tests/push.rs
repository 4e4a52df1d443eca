//! Reports that are pushed: what each form of a body gives, what is answered to what is wrong, and that an answer
//! means "durable and on its way to the screens".
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use oneroof_model::RecordOutcome;
use oneroof_tests::{Site, missing_binary, now, raw_http, report};
use oneroof_wire::{FeedAnswer, ProblemCode};
use reqwest::Method;
use serde_json::json;

fn words(answer: &FeedAnswer) -> Vec<String> {
    let word = |outcome: &RecordOutcome| {
        let json = serde_json::to_value(outcome).unwrap();
        json["outcome"].as_str().unwrap().to_owned()
    };
    answer.records.iter().map(word).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_record_of_each_form_of_a_body_is_answered_in_order() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let server = site.start().await;
    let http = server.http();

    let single = http.report(&report("a-1")).await;
    assert_eq!(words(&single), ["accepted"]);
    let array = http.report(&json!([report("a-2"), report("a-3")])).await;
    assert_eq!(words(&array), ["accepted", "accepted"]);
    let lines = format!("{}\n{}\n{}\n", report("a-4"), report("a-5"), report("a-6"));
    let ndjson = http.push("reports", lines).await;
    assert_eq!(words(&ndjson), ["accepted"; 3]);
    assert_eq!((ndjson.accepted, ndjson.repeated), (3, false));

    let mut first = report("b-1");
    first["rev"] = json!(1);
    let mut second = first.clone();
    second["rev"] = json!(2);
    second["text"] = json!("more is known");
    let mut future = report("b-2");
    future["time"] = json!(now().plus_secs(7_200).to_string());
    let mut untyped = report("b-3");
    untyped.as_object_mut().unwrap().remove("type");
    let mixed = json!([first, first, second, future, untyped, report("b-4")]);
    let answer = http.report(&mixed).await;
    assert_eq!(
        words(&answer),
        [
            "accepted",
            "duplicate",
            "revised",
            "quarantined",
            "quarantined",
            "accepted"
        ]
    );
    assert_eq!(
        (answer.accepted, answer.duplicates, answer.quarantined),
        (3, 1, 2)
    );
    let reason = |n: usize| match &answer.records[n] {
        RecordOutcome::Quarantined { reason, .. } => reason.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(3).code, "bad.future");
    assert!(reason(3).detail.contains("at most 300"), "{:?}", reason(3));
    assert!(reason(4).code.starts_with("decode."), "{:?}", reason(4));
    assert!(reason(4).detail.contains("type"), "{:?}", reason(4));

    let reports = http.list("reports").await;
    // An older revision is read by its id; the list has the newest.
    assert_eq!(
        reports.len(),
        8,
        "six, the newest revision, one: {reports:#?}"
    );
    let newest = |r: &&serde_json::Value| r["text"] == "more is known";
    assert_eq!(reports.iter().filter(newest).count(), 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_of_an_acknowledged_report_reaches_the_screen() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let server = site.start().await;
    let mut screen = server.screen().await;
    screen
        .until("the snapshot", oneroof_tests::Live::has_snapshot)
        .await;
    let answer = server.http().report(&report("a-1")).await;
    let RecordOutcome::Accepted { report, event } = &answer.records[0] else {
        panic!("{answer:?}");
    };
    let (report, event) = (report.unwrap(), event.unwrap());
    screen
        .until("the report and its event", |s| {
            s.reports().any(|r| r.id == report) && s.events().any(|e| e.id == event)
        })
        .await;
    let shown = screen.events().find(|e| e.id == event).unwrap();
    assert_eq!(shown.reports.len(), 1);
    assert_eq!(shown.reports[0].report, report);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_gives_the_same_answer_and_no_other_body() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    // Without ids, so that the key alone can tell that it is the same.
    let format = oneroof_tests::JSON_REPORTS
        .replace("      id: {template: \"{id}\"}\n      revision: rev\n", "");
    site.feed("reports", "transport: {kind: http_push}", &format);
    let server = site.start().await;
    let http = server.http();
    let body = json!([report("x"), {"type": "UBC01"}]).to_string();
    let send = |key: &'static str, body: String| {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        async move {
            http.send(Method::POST, "/api/v1/feeds/reports", &headers, body)
                .await
        }
    };
    let first: FeedAnswer =
        serde_json::from_str(&send("k-1", body.clone()).await.ok().body).unwrap();
    let again: FeedAnswer =
        serde_json::from_str(&send("k-1", body.clone()).await.ok().body).unwrap();
    assert!(again.repeated && !first.repeated);
    assert_eq!(again.records[0], first.records[0]);
    assert_eq!(words(&again), ["accepted", "quarantined"]);
    assert_eq!(http.list("reports").await.len(), 1);
    assert_eq!(http.list("quarantine").await.len(), 1);

    let other = report("y").to_string();
    send("k-1", other.clone())
        .await
        .problem(422, ProblemCode::IdempotencyMismatch);
    assert_eq!(http.list("reports").await.len(), 1);
    send("bad key", other.clone())
        .await
        .problem(400, ProblemCode::BadRequest);
    send("k-2", other).await.ok();
    assert_eq!(http.list("reports").await.len(), 2);

    // The key holds across a restart.
    server.kill();
    let server = site.start().await;
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", "k-1"),
    ];
    let answer = server
        .http()
        .send(Method::POST, "/api/v1/feeds/reports", &headers, body)
        .await
        .ok();
    assert_eq!(answer.json()["repeated"], true);
    assert_eq!(server.http().list("reports").await.len(), 2);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_a_request_is_a_problem_with_a_stable_code() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    site.feed(
        "secret",
        "transport: {kind: http_push, token: {file: TOKEN}}"
            .replace("TOKEN", &site.path("token").display().to_string())
            .as_str(),
        oneroof_tests::JSON_REPORTS,
    );
    std::fs::write(site.path("token"), "open sesame\n").unwrap();
    site.feed(
        "elsewhere",
        "transport: {kind: http_push, allow: [10.1.0.0/16]}",
        oneroof_tests::JSON_REPORTS,
    );
    site.feed(
        "listener",
        "transport: {kind: tcp_listen, listen: \"127.0.0.1:0\"}",
        "format: {kind: ais_nmea}\n",
    );
    site.centre("limits: {body: 100kB}\n");
    let server = site.start().await;
    let http = server.http();
    let body = report("a").to_string();

    http.push_raw("reports", "")
        .await
        .problem(400, ProblemCode::BadRequest);
    http.push_raw("nobody", body.clone())
        .await
        .problem(404, ProblemCode::NotFound);
    http.push_raw("listener", body.clone())
        .await
        .problem(404, ProblemCode::NotFound);
    http.push_raw("elsewhere", body.clone())
        .await
        .problem(404, ProblemCode::NotFound);
    let large = http.push_raw("reports", " ".repeat(200_000)).await;
    large.problem(413, ProblemCode::TooLarge);
    assert_eq!(large.header("connection"), "close", "its rest is not read");
    http.get("/api/v1/nothing/here")
        .await
        .problem(404, ProblemCode::NotFound);
    http.get("/api/v1/reports?limit=0")
        .await
        .problem(400, ProblemCode::BadRequest);
    http.get("/api/v1/reports?limit=many")
        .await
        .problem(400, ProblemCode::BadRequest);
    http.get("/api/v1/events/no-uuid")
        .await
        .problem(404, ProblemCode::NotFound);
    http.send(Method::DELETE, "/api/v1/events", &[], "")
        .await
        .problem(405, ProblemCode::MethodNotAllowed);
    http.post("/api/v1/commands", "{}")
        .await
        .problem(422, ProblemCode::Invalid);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    http.send(Method::POST, "/api/v1/feeds/reports", &form, "a=b")
        .await
        .problem(415, ProblemCode::UnsupportedMediaType);

    http.push_raw("secret", body.clone())
        .await
        .problem(401, ProblemCode::Unauthorised);
    let token = [("authorization", "Bearer open sesame")];
    http.send(Method::POST, "/api/v1/feeds/secret", &token, body)
        .await
        .ok();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_and_a_rebound_name_are_refused() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let server = site.start().await;
    let http = server.http();
    let body = report("a").to_string();
    let path = "/api/v1/feeds/reports";
    for foreign in [
        [("origin", "http://evil.example")],
        [("origin", "null")],
        [("sec-fetch-site", "cross-site")],
        [("host", "rebound.example")],
    ] {
        let answer = http.send(Method::POST, path, &foreign, body.clone()).await;
        answer.problem(403, ProblemCode::ForeignOrigin);
    }
    http.send(
        Method::GET,
        "/api/v1/events",
        &[("host", "rebound.example")],
        "",
    )
    .await
    .problem(403, ProblemCode::ForeignOrigin);
    let own = [("origin", server.url())];
    http.send(Method::POST, path, &own, body).await.ok();

    let upgrade = |extra: &str| {
        format!(
            "GET /live HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extra}\r\n",
            server.address()
        )
    };
    let protocol = "Sec-WebSocket-Protocol: oneroof.live.v1\r\n";
    let foreign = upgrade(&format!("{protocol}Origin: http://evil.example\r\n"));
    let answer = raw_http(server.address(), foreign.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(answer.contains("foreign_origin"), "{answer}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_readiness_metrics_and_the_description_of_the_api_are_served() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let server = site.start().await;
    let http = server.http();
    let once = report("a");
    http.report(&json!([once, once, {"type": "UBC01"}])).await;

    let health = http.get("/healthz").await.ok().json();
    assert_eq!(health["status"], "ok");
    let ready = http.get("/readyz").await.ok().json();
    assert_eq!(
        (&ready["ready"], &ready["faults"]),
        (&json!(true), &json!([]))
    );
    assert!(ready["journal"].as_u64().unwrap() >= 1);

    let _screen = server.screen().await;
    for (name, value) in [
        ("feed_events_total{feed=\"reports\"}", 1.0),
        ("feed_duplicates_total{feed=\"reports\"}", 1.0),
        ("feed_connected{feed=\"reports\"}", 1.0),
        ("live_clients", 1.0),
    ] {
        assert_eq!(server.metric(name).await, Some(value), "{name}");
    }
    let text = http.get("/metrics").await.ok();
    assert!(text.header("content-type").starts_with("text/plain"));
    assert!(
        text.body
            .contains("feed_rejects_total{feed=\"reports\",reason=\"decode."),
        "{}",
        text.body
    );

    let document = http.get("/api/v1/openapi.json").await.ok().json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for path in document["paths"].as_object().unwrap().keys() {
        if path.contains('{') {
            continue;
        }
        // Whatever the document names is there.
        let answer = http.send(Method::OPTIONS, path, &[], "").await;
        assert_ne!(answer.status, 404, "{path} is described and not served");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_exported_and_shown_one_by_one() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let server = site.start().await;
    let http = server.http();
    let mut far = report("far");
    (far["lat"], far["lon"], far["type"]) = (json!(50.3), json!(23.4), json!("CBC01"));
    let mut near = report("near");
    (near["lat"], near["lon"]) = (json!(47.96), json!(23.9));
    let answer = http.report(&json!([near, far])).await;
    let RecordOutcome::Accepted {
        report: Some(id),
        event: Some(event),
    } = &answer.records[0]
    else {
        panic!("{answer:?}");
    };
    assert_eq!(http.list("events").await.len(), 2);
    assert_eq!(http.list("events?type_code=CBC").await.len(), 1);
    assert_eq!(http.list("events?bbox=47,23,49,25").await.len(), 1);
    assert_eq!(http.list("reports?q=report%20near").await.len(), 1);
    let page = http.get("/api/v1/events?limit=1").await.ok().json();
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert!(page["next"].is_string());

    let geo = http.get("/api/v1/events?format=geojson").await.ok();
    assert_eq!(geo.json()["features"].as_array().unwrap().len(), 2);
    let csv = http.get("/api/v1/events?format=csv").await.ok();
    assert!(
        csv.header("content-type").starts_with("text/csv"),
        "{:?}",
        csv.headers
    );
    assert_eq!(csv.body.lines().count(), 3, "{}", csv.body);

    let shown = http.get(&format!("/api/v1/reports/{id}")).await.ok().json();
    assert_eq!(shown["source_key"], "near");
    let detail = http.get(&format!("/api/v1/events/{event}")).await.ok().body;
    assert!(detail.contains(&id.to_string()), "{detail}");
    assert_eq!(http.list("sections").await.len(), 30);
    assert_eq!(http.list("crossing-points").await.len(), 75);
    server.stop().await;
}

#[test]
fn an_address_that_is_not_loopback_is_refused_with_an_error_that_says_why() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        let (status, said) =
            oneroof_tests::refused_start(&site.config_args(), &site.data(), listen);
        assert!(!status.success(), "{listen}: {said}");
        assert!(said.contains("loopback only"), "{listen}: {said}");
        assert!(said.contains(listen), "{listen}: {said}");
    }
}

#[tokio::test]
async fn a_phone_says_its_place_in_the_address_of_its_request() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    site.feed(
        "phones",
        "transport: {kind: http_push}",
        "format:\n  kind: osmand\n",
    );
    let server = site.start().await;
    let http = server.http();
    let now = now().as_millis() / 1_000;
    let place = format!("id=860000000000001&lat=48.61&lon=22.31&timestamp={now}&speed=5");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for path in [
        format!("/api/v1/feeds/phones?{place}"),
        "/api/v1/feeds/phones".to_owned(),
    ] {
        let body = if path.contains('?') {
            String::new()
        } else {
            place.clone()
        };
        let answer = http.send(Method::POST, &path, &form, body).await.ok();
        assert_eq!(answer.json()["accepted"], 1, "{}", answer.body);
    }
    let tracks = http.get("/api/v1/tracks").await.ok();
    assert!(tracks.body.contains("860000000000001"), "{}", tracks.body);
}
