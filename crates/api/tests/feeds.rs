//! What the feeds page is given: rates, quality, rejects; what is unknown is null.

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

use axum::http::StatusCode;
use common::{Bench, bench, push_feed};
use oneroof_config::Feed;
use oneroof_model::{FeedId, Tlp};
use serde_json::{Value, json};

const FEED: &str = "/api/v1/feeds/bg-sensors";

/// Alarms of sensors, numbered from `first`, that happened at two in the morning in Kyiv.
fn alarms(first: u32, count: u32) -> Value {
    let alarm = |n| {
        json!({
            "sensor": "RO01-S-017", "id": n, "rev": 1, "kind": "SEISMIC",
            "time": "2026-11-23 02:00:00", "lat": 47.98, "lon": 23.3, "note": "steps",
        })
    };
    json!({ "alarms": (first..first + count).map(alarm).collect::<Vec<_>>() })
}

async fn push(bench: &Bench, path: &str, body: &Value) -> Value {
    let answer = bench.post_json(path, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

/// The newest buckets of a trend.
fn newest(trend: &Value, what: &str, count: usize) -> Vec<Value> {
    let all = trend[what].as_array().unwrap();
    all[all.len() - count..].to_vec()
}

#[tokio::test]
async fn a_feed_of_which_nothing_came_is_unknown_and_not_bad() {
    let bench = bench().await;
    let page = bench.get(FEED).await.json();
    for path in [
        "/quality/score",
        "/quality/completeness/score",
        "/quality/timeliness/score",
        "/quality/duplicates/score",
        "/normal",
    ] {
        let value = page
            .pointer(path)
            .unwrap_or_else(|| panic!("{path}: {page}"));
        assert_eq!(*value, Value::Null, "{path}");
    }
    assert_eq!(page["rejects"], json!([]));
    assert_eq!(page["quality"]["completeness"]["fields"], json!([]));
    let words = page["quality"]["words"].clone();
    assert!(
        words["en"].as_str().unwrap().starts_with("Unknown"),
        "{words}"
    );
    assert!(
        words["uk"].as_str().unwrap().starts_with("Невідомо"),
        "{words}"
    );
    let trends = page["trends"].as_array().unwrap();
    let lengths: Vec<_> = trends
        .iter()
        .map(|t| {
            (
                t["bucket_s"].clone(),
                t["accepted"].as_array().unwrap().len(),
            )
        })
        .collect();
    assert_eq!(lengths, [(json!(60), 60), (json!(1800), 48)]);
    let accepted = newest(&trends[0], "accepted", 2);
    assert_eq!(
        accepted,
        [Value::Null, json!(0)],
        "before the start is unknown"
    );

    let list = bench.get("/api/v1/feeds").await.json();
    let item = &list["items"][0];
    assert_eq!(item["feed"], "bg-sensors");
    assert_eq!(
        (&item["quality"], &item["silent_since"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn rates_duplicates_and_rejects_are_in_the_bucket_of_their_minute() {
    let bench = bench().await;
    push(&bench, FEED, &alarms(1, 3)).await;
    bench.clock.advance(Duration::from_mins(2));
    push(&bench, FEED, &alarms(3, 4)).await;
    let unknown = json!({"alarms": [{"sensor": "A", "id": 1}]});
    assert_eq!(push(&bench, FEED, &unknown).await["quarantined"], 1);
    bench.clock.advance(Duration::from_secs(30));

    let page = bench.get(FEED).await.json();
    let [hour, day] = page["trends"].as_array().unwrap().as_slice() else {
        panic!("{page}");
    };
    assert_eq!(hour["newest_s"], 30);
    assert_eq!(newest(hour, "accepted", 3), [json!(3), json!(0), json!(3)]);
    assert_eq!(
        newest(hour, "duplicates", 3),
        [json!(0), json!(0), json!(1)]
    );
    assert_eq!(newest(hour, "rejected", 3), [json!(0), json!(0), json!(1)]);
    assert_eq!(newest(day, "accepted", 1), [json!(6)]);
    let list = bench.get("/api/v1/feeds").await.json();
    assert_eq!(list["items"][0]["trend"], *hour);
    assert_eq!(list["items"][0]["quality"], page["quality"]["score"]);
    // A day and a bit later all of it is forgotten.
    bench.clock.advance(Duration::from_hours(25));
    let later = bench.get(FEED).await.json();
    let day = later["trends"][1]["accepted"].as_array().unwrap();
    assert!(day.iter().all(|n| *n == json!(0)), "{day:?}");
    assert_eq!(later["quality"]["score"], Value::Null);
    assert_eq!(later["quality"]["window_s"], 86_400);
}

#[tokio::test]
async fn quality_is_told_in_three_parts_with_numbers_units_and_words() {
    let bench = bench().await;
    // Twenty seconds after it happened: in time. Then a minute and more later: late.
    bench.clock.advance(Duration::from_secs(20));
    push(&bench, FEED, &alarms(1, 3)).await;
    bench.clock.advance(Duration::from_mins(1));
    let mut late = alarms(4, 1);
    late["alarms"][0].as_object_mut().unwrap().remove("note");
    push(&bench, FEED, &late).await;
    push(&bench, FEED, &late).await;

    let quality = bench.get(FEED).await.json()["quality"].clone();
    assert_eq!(quality["window_s"], 80);
    let complete = &quality["completeness"];
    assert_eq!(complete["records"], 5);
    let words = complete["fields"].as_array().unwrap();
    let text = words.iter().find(|f| f["field"] == "words").unwrap();
    assert_eq!((&text["present"], &text["wanted"]), (&json!(3), &json!(5)));
    assert!(
        (complete["score"].as_f64().unwrap() - 0.92).abs() < 1e-3,
        "{complete}"
    );
    assert!(
        complete["words"]["en"].as_str().unwrap().contains("2 of 5"),
        "{complete}"
    );
    assert!(
        complete["words"]["uk"].as_str().unwrap().contains("2 з 5"),
        "{complete}"
    );
    let timely = &quality["timeliness"];
    assert_eq!(
        (&timely["in_time"], &timely["late"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(timely["too_late"], 0);
    assert_eq!(
        (&timely["late_after_s"], &timely["too_late_after_s"]),
        (&json!(45), &json!(180))
    );
    assert!(
        (timely["score"].as_f64().unwrap() - 0.8).abs() < 1e-3,
        "{timely}"
    );
    let once = &quality["duplicates"];
    assert_eq!(
        (&once["records"], &once["duplicates"]),
        (&json!(5), &json!(1))
    );
    assert!((quality["score"].as_f64().unwrap() - (0.92 + 0.8 + 0.8) / 3.0).abs() < 1e-3);
}

#[tokio::test]
async fn the_last_rejects_have_reason_moment_offset_and_digest_and_never_their_bytes() {
    let bench = bench().await;
    for n in 0..25 {
        bench.clock.advance(Duration::from_secs(1));
        let body = json!({"alarms": [{"sensor": format!("secret-word-{n}"), "id": n}]});
        push(&bench, FEED, &body).await;
    }
    let page = bench.get(FEED).await;
    assert!(!page.text().contains("secret-word"), "no bytes of a record");
    let page = page.json();
    let rejects = page["rejects"].as_array().unwrap();
    assert_eq!(rejects.len(), 20, "the newest twenty");
    let first = &rejects[0];
    assert_eq!(first["at"], json!(bench.now()));
    assert!(!first["code"].as_str().unwrap().is_empty());
    assert!(!first["detail"].as_str().unwrap().is_empty());
    assert!(first["offset"].is_u64() && first["size_bytes"].as_u64().unwrap() > 0);
    assert_eq!(first["digest"].as_str().unwrap().len(), 32);
    assert_ne!(first["digest"], rejects[1]["digest"]);
    assert_eq!(first.get("raw"), None);
    // The bytes are where they always were.
    let raw = bench
        .get(&format!("/api/v1/quarantine/{}", first["id"]))
        .await;
    assert!(
        raw.json()["raw"]
            .as_str()
            .unwrap()
            .contains("secret-word-24")
    );
}

#[tokio::test]
async fn rejects_of_a_feed_that_the_room_may_not_see_are_not_shown() {
    let bench = bench().await;
    let own = push_feed(&bench.config);
    let mut marking = own.marking.clone();
    marking.tlp = Tlp::Red;
    let secret = Feed {
        feed: FeedId::from("secret-sensors"),
        marking,
        ..own
    };
    bench.api.ingest.apply(secret).await.unwrap();
    let path = "/api/v1/feeds/secret-sensors";
    let body = json!({"alarms": [{"sensor": "A", "id": 1}]});
    assert_eq!(push(&bench, path, &body).await["quarantined"], 1);
    let page = bench.get(path).await.json();
    assert_eq!(page["rejects"], json!([]));
    assert_eq!(
        bench.get("/api/v1/feeds/nobody").await.problem(),
        "not_found"
    );
}
