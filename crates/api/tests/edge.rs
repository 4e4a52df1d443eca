//! The edge itself: problems, bounds, origins, headers, files.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use core::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode, header};
use common::{
    ATTACHMENT_BYTES, BODY_BYTES, Bench, HOST, bench, bench_with, command, report, request, secret,
};
use futures_util::{StreamExt as _, stream};
use oneroof_model::{AttachmentRef, CommandBody, Mode, ReportDraft};
use serde_json::json;

const PUSH: &str = "/api/v1/feeds/bg-sensors";
const COMMANDS: &str = "/api/v1/commands";

/// A body whose length nobody was told.
fn in_parts(bytes: usize) -> Body {
    let part = Bytes::from(vec![b' '; 1_000]);
    let parts = (0..bytes.div_ceil(1_000)).map(move |_| Ok::<_, std::io::Error>(part.clone()));
    Body::from_stream(stream::iter(parts))
}

/// Method, path, type and text of the body (`-` is none), status, code.
const FAULTS: &str = r#"
GET    /api/v1/nothing                   -                   -      404 not_found
GET    /nothing.html                     -                   -      404 not_found
GET    /api/v1/events/no-id              -                   -      404 not_found
DELETE /api/v1/events                    -                   -      405 method_not_allowed
POST   /live                             -                   -      405 method_not_allowed
POST   /                                 -                   -      405 method_not_allowed
POST   /healthz                          -                   -      405 method_not_allowed
POST   /api/v1/commands                  text/plain          {}     415 unsupported_media_type
POST   /api/v1/commands                  application/json    {      400 bad_request
POST   /api/v1/commands                  application/json    {}     422 invalid
POST   /api/v1/reports                   text/plain          {}     415 unsupported_media_type
POST   /api/v1/reports                   application/json    {}     422 invalid
GET    /api/v1/events?limit=many         -                   -      400 bad_request
GET    /api/v1/events?limit=5000         -                   -      400 bad_request
GET    /api/v1/events?colour=red         -                   -      400 bad_request
GET    /api/v1/events?bbox=1,2,3         -                   -      400 bad_request
GET    /api/v1/events?format=xml         -                   -      400 bad_request
GET    /api/v1/quarantine/no-number      -                   -      400 bad_request
GET    /api/v1/tracks/ufo/1              -                   -      404 not_found
GET    /api/v1/tracks/near               -                   -      400 bad_request
GET    /api/v1/tracks/near?lat=91&lon=0  -                   -      400 bad_request
GET    /api/v1/tracks/near?lat=NaN&lon=0 -                   -      400 bad_request
GET    /api/v1/tracks/near?lat=1&lon=0&radius_m=0 -          -      400 bad_request
GET    /api/v1/tracks/near?lat=1&lon=0&radius_m=NaN -        -      400 bad_request
GET    /api/v1/tracks/near?lat=1&lon=0&within_s=3601 -       -      400 bad_request
GET    /api/v1/tracks/near?lat=1&lon=0&limit=0 -             -      400 bad_request
GET    /api/v1/tracks/near?lat=1&lon=0&at=yesterday -        -      400 bad_request
POST   /api/v1/feeds/nobody              application/json    {}     404 not_found
POST   /api/v1/feeds/bg-sensors          multipart/form-data x      415 unsupported_media_type
POST   /api/v1/attachments               application/json    x      400 bad_request
POST   /api/v1/attachments?name=a/b      application/json    x      400 bad_request
PUT    /api/v1/feeds/bg-sensors          application/yaml    feed:x 409 not_allowed
GET    /live                             -                   -      400 bad_request
GET    /live/wall                        -                   -      400 bad_request
POST   /api/v1/walls/north/show          application/json    {"at":{"lat":48.0,"lon":24.0},"zoom":9} 404 not_found
POST   /api/v1/walls/north/show          application/json    {"at":{"lat":48.0,"lon":24.0},"zoom":99} 400 bad_request
POST   /api/v1/walls/north/show          application/json    {}     422 invalid
"#;

#[tokio::test]
async fn every_error_is_a_problem_with_a_stable_code() {
    let bench = bench().await;
    for line in FAULTS.trim().lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [method, path, kind, body, status, code] = words[..] else {
            panic!("{line}");
        };
        let mut r = request(method.parse().unwrap(), path);
        if kind != "-" {
            r = r.header(header::CONTENT_TYPE, kind);
        }
        let body = if body == "-" { "" } else { body };
        let answer = bench
            .ask(r.body(Body::from(body.to_owned())).unwrap())
            .await;
        let told = answer.text();
        assert_eq!(answer.status.as_str(), status, "{line}: {told}");
        assert_eq!(answer.problem(), code, "{line}");
        if status == "405" && path.starts_with("/api") {
            assert!(answer.header("allow").contains("GET"), "{line}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_ready_says_what_is_missing_in_its_own_form() {
    let bench = bench_with(|api| {
        api.readiness = std::sync::Arc::new(|| vec!["the disk is nearly full".to_owned()]);
    })
    .await;
    let answer = bench.get("/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["faults"], json!(["the disk is nearly full"]));
}

#[tokio::test]
async fn a_body_over_its_bound_is_refused_whether_its_length_was_told_or_not() {
    let bench = bench().await;
    for (path, most) in [
        (PUSH, BODY_BYTES),
        ("/api/v1/attachments?name=a", ATTACHMENT_BYTES),
        (COMMANDS, 64 * 1024),
        ("/api/v1/backup", 64 * 1024),
    ] {
        for body in [Body::from(vec![b' '; most + 1]), in_parts(most + 1_000)] {
            let answer = bench.post(path, "application/json", body).await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
            assert_eq!(answer.problem(), "too_large");
        }
    }
    let whole = Body::from(vec![b'x'; ATTACHMENT_BYTES]);
    let answer = bench
        .post("/api/v1/attachments?name=a", "image/png", whole)
        .await;
    assert_eq!(answer.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_compressed_body_is_refused_and_never_unpacked() {
    let bench = bench().await;
    for encoding in ["gzip", "br", "deflate", "gzip, gzip"] {
        let r = request(Method::POST, PUSH)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_ENCODING, encoding)
            .body(Body::from(&b"\x1f\x8b\x08\x00"[..]))
            .unwrap();
        assert_eq!(bench.ask(r).await.problem(), "unsupported_media_type");
    }
    let feed = bench.api.ingest.health().remove(0);
    assert_eq!(feed.health.quarantined, 0, "nothing of it was taken");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_trickles_is_given_up_after_half_a_minute() {
    let bench = bench().await;
    let trickle = stream::iter(0..).then(|_| async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok::<_, std::io::Error>(Bytes::from_static(b" "))
    });
    let began = tokio::time::Instant::now();
    let answer = bench
        .post(
            PUSH,
            "application/json",
            Body::from_stream(Box::pin(trickle)),
        )
        .await;
    assert_eq!(answer.problem(), "bad_request");
    assert!(answer.text().contains("30 s"), "{}", answer.text());
    assert_eq!(began.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn a_body_that_breaks_off_changes_nothing() {
    let bench = bench().await;
    let half = stream::iter([
        Ok(Bytes::from_static(
            br#"{"alarms": [{"sensor": "A", "id": 1"#,
        )),
        Err(std::io::Error::other("the line broke")),
    ]);
    let answer = bench
        .post(PUSH, "application/json", Body::from_stream(half))
        .await;
    assert_eq!(answer.problem(), "bad_request");
    assert_eq!(bench.api.ingest.health().remove(0).health.quarantined, 0);
}

/// Method and path of everything that the OpenAPI document names.
fn documented() -> Vec<(Method, String)> {
    let document = oneroof_api::openapi_document("0");
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| {
                let method = method.to_uppercase().parse().unwrap();
                (method, path.replace(['{', '}'], ""))
            })
        })
        .collect()
}

#[tokio::test]
async fn every_documented_path_is_there_with_its_method() {
    let bench = bench().await;
    let all = documented();
    assert!(all.len() > 20, "{}", all.len());
    for (method, path) in all {
        let r = request(Method::PATCH, &path).body(Body::empty()).unwrap();
        let answer = bench.ask(r).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let allowed = answer.header("allow").to_owned();
        let named = allowed.split(',').any(|m| m.trim() == method.as_str());
        assert!(named, "{method} {path}: {allowed}");
    }
}

#[tokio::test]
async fn a_foreign_page_changes_nothing_whichever_path_it_tries() {
    let bench = bench().await;
    let changing: Vec<_> = documented()
        .into_iter()
        .filter(|(method, _)| method != Method::GET)
        .collect();
    assert!(changing.len() >= 9, "{changing:?}");
    for (method, path) in changing {
        for (name, value) in [
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("origin", "http://127.0.0.1:9999"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let r = request(method.clone(), &path)
                .header(name, value)
                .body(Body::empty())
                .unwrap();
            let answer = bench.ask(r).await;
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{method} {path} {value}"
            );
            assert_eq!(answer.problem(), "foreign_origin");
        }
    }
    let own = request(Method::POST, "/api/v1/feeds/bg-sensors/pause")
        .header("origin", format!("http://{HOST}"))
        .body(Body::empty())
        .unwrap();
    assert_eq!(bench.ask(own).await.status, StatusCode::OK);
}

#[tokio::test]
async fn under_a_foreign_name_nothing_is_answered_not_even_a_file() {
    let bench = bench().await;
    for path in [
        "/",
        "/live",
        "/metrics",
        "/healthz",
        "/readyz",
        "/api/v1/events",
        "/api/v1/x",
    ] {
        for host in [
            "rebound.example",
            "rebound.example:8080",
            "192.168.1.7",
            "127.0.0.1.evil.example",
        ] {
            let r = Request::get(path)
                .header(header::HOST, host)
                .body(Body::empty())
                .unwrap();
            let answer = bench.ask(r).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{host} {path}");
            assert_eq!(answer.problem(), "foreign_origin");
        }
    }
}

fn upgrade(name: &str, value: &str, protocol: &str) -> Request<Body> {
    request(Method::GET, "/live")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-protocol", protocol)
        .header(name, value)
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn the_socket_is_refused_to_a_foreign_page() {
    let bench = bench().await;
    for (name, value) in [
        ("origin", "http://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let answer = bench.ask(upgrade(name, value, "oneroof.live.v1")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{value}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_hold_a_browser_back() {
    let bench = bench().await;
    for path in [
        "/",
        "/nothing",
        "/api/v1/events",
        "/api/v1/nothing",
        "/metrics",
        "/live",
    ] {
        let answer = bench.get(path).await;
        let csp = answer.header("content-security-policy");
        for part in [
            "default-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(csp.contains(part), "{path}: {csp}");
        }
        assert!(!csp.contains("script-src 'self' 'unsafe-inline'"), "{csp}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        assert!(answer.headers.get("access-control-allow-origin").is_none());
    }
}

async fn file(bench: &Bench, path: &str, name: &str, value: &str) -> common::Answer {
    let r = request(Method::GET, path)
        .header(name, value)
        .body(Body::empty())
        .unwrap();
    bench.ask(r).await
}

#[tokio::test]
async fn a_file_that_a_browser_has_is_not_sent_again() {
    let bench = bench().await;
    let first = bench.get("/").await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(first.header("cache-control"), "no-cache");
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");
    let again = file(&bench, "/", "if-none-match", &format!("\"other\", {tag}")).await;
    assert_eq!(
        (again.status, again.body.len()),
        (StatusCode::NOT_MODIFIED, 0)
    );
    assert_eq!(again.header("etag"), tag);
    let other = file(&bench, "/", "if-none-match", "W/\"other\"").await;
    assert_eq!(other.status, StatusCode::OK);
    let compressed = file(&bench, "/", "accept-encoding", "gzip").await;
    assert_eq!(compressed.header("content-encoding"), "gzip");
    assert_eq!(
        compressed.header("content-type"),
        "text/html; charset=utf-8"
    );
    assert_ne!(compressed.header("etag"), tag);
    let hashed = bench.get("/assets/app-3f9a21bc44d0.js").await;
    assert!(hashed.header("cache-control").contains("immutable"));
}

#[tokio::test]
async fn a_stored_file_leaves_as_a_download_that_nothing_runs_in() {
    let bench = bench().await;
    let page = "<script>alert(1)</script>";
    let name = "%D0%B7%D0%B2%D1%96%D1%82.html";
    let stored = bench
        .post(
            &format!("/api/v1/attachments?name={name}"),
            "text/html",
            page,
        )
        .await;
    assert_eq!(stored.status, StatusCode::CREATED, "{}", stored.text());
    let file: AttachmentRef = serde_json::from_value(stored.json()).unwrap();
    let path = format!("/api/v1/attachments/{}", file.stored.unwrap());
    assert_eq!(
        bench.get(&path).await.problem(),
        "not_found",
        "nothing refers to it yet"
    );
    // What only a report refers to that was not released is not there.
    let secret = ReportDraft {
        attachments: vec![file.clone()],
        ..secret(7)
    };
    bench.report("SS", Mode::Actual, secret).await;
    assert_eq!(bench.get(&path).await.problem(), "not_found");
    let event = bench.event(report(1)).await;
    let note = CommandBody::AddNote {
        event,
        text: "see the file".to_owned(),
        attachments: vec![file],
    };
    let done = bench.post_json(COMMANDS, &command(1, note)).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    let answer = bench.get(&path).await;
    assert_eq!(answer.text(), page);
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(
        answer.header("content-disposition"),
        format!("attachment; filename=\"____.html\"; filename*=UTF-8''{name}")
    );
    let csp = answer.header("content-security-policy");
    assert!(
        csp.contains("default-src 'none'") && csp.contains("sandbox"),
        "{csp}"
    );
    assert_eq!(
        bench.get("/api/v1/attachments/no-id").await.problem(),
        "not_found"
    );
}

#[tokio::test]
async fn the_same_push_again_gives_the_same_answer_and_another_under_its_key_is_refused() {
    let bench = bench().await;
    let body = |id: u32| {
        json!({"alarms": [{"sensor": "RO01-S-017", "id": id, "rev": 1, "kind": "SEISMIC",
            "time": "2026-11-23 02:00:05", "lat": 47.98, "lon": 23.3, "section": "UA-RO-01"}]})
    };
    let push = |id| {
        let r = request(Method::POST, PUSH)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "k-1")
            .body(Body::from(body(id).to_string()))
            .unwrap();
        bench.ask(r)
    };
    let first = push(1).await.json();
    assert_eq!(
        (&first["accepted"], &first["repeated"]),
        (&json!(1), &json!(false)),
        "{first}"
    );
    let again = push(1).await.json();
    assert_eq!(
        (&again["records"], &again["repeated"]),
        (&first["records"], &json!(true))
    );
    let other = push(2).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.problem(), "idempotency_mismatch");
}

#[tokio::test]
async fn a_rule_can_not_be_played_from_outside() {
    let bench = bench().await;
    let event = bench.event(report(1)).await;
    let mut body = command(
        1,
        CommandBody::SetState {
            event,
            state: oneroof_model::EventState::Triaged,
            reason: None,
        },
    );
    body["by"] = json!({"is": "rule", "rule": "first-report/1"});
    let answer = bench.post_json(COMMANDS, &body).await;
    assert_eq!(answer.problem(), "invalid");
}
