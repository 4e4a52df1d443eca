//! HTTP push, apart from HTTP.

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

use common::{Got, bench, lines, push_feed, stream_feed};
use oneroof_config::Transport;
use oneroof_config::types::{HttpPush, Network, Quota, Secret};
use oneroof_config::{Feed, Size};
use oneroof_ingest::PushError;
use oneroof_model::{FeedId, RecordOutcome};
use oneroof_ports::StoreError;
use oneroof_room::SubmitError;

fn id(name: &str) -> FeedId {
    FeedId::from(name)
}

fn body(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

#[tokio::test]
async fn every_record_has_its_own_outcome_in_its_place() {
    let bench = bench();
    bench.ingest.apply(push_feed("a")).await.unwrap();
    let text = "R1\nnonsense\nP5\nR1\nH\nR2";
    let answer = bench
        .ingest
        .push(&id("a"), body(text), None, None)
        .await
        .unwrap();
    let outcomes: Vec<&str> = answer
        .records
        .iter()
        .map(|r| match r {
            RecordOutcome::Accepted {
                report: Some(_), ..
            } => "report",
            RecordOutcome::Accepted { .. } => "taken",
            RecordOutcome::Duplicate { .. } => "duplicate",
            RecordOutcome::Quarantined { reason, .. } => reason.code.as_str(),
            _ => "other",
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            "report",
            "decode.bad_line",
            "taken",
            "duplicate",
            "taken",
            "report"
        ]
    );
    let counts = (
        answer.accepted,
        answer.duplicates,
        answer.quarantined,
        answer.refused,
    );
    assert_eq!(counts, (4, 1, 1, 0));
    assert!(bench.view("a").health.last_heard.is_some());
}

#[tokio::test]
async fn the_same_key_and_body_give_the_same_answer_and_another_body_is_an_error() {
    let bench = bench();
    bench.ingest.apply(push_feed("a")).await.unwrap();
    let push = |text: &str| {
        let (ingest, body) = (bench.ingest.clone(), body(text));
        async move {
            ingest
                .push(&id("a"), body, None, Some("key-1".to_owned()))
                .await
        }
    };
    let first = push("R1\nP3\nbad").await.unwrap();
    let again = push("R1\nP3\nbad").await.unwrap();
    assert!(again.repeated && !first.repeated);
    assert_eq!(again.records, first.records);
    assert_eq!(
        bench
            .room
            .got()
            .iter()
            .filter(|g| **g == Got::Position(3))
            .count(),
        1
    );
    assert_eq!(push("R2").await.unwrap_err(), PushError::KeyReused);
    let view = bench.view("a").health;
    assert_eq!((view.accepted, view.quarantined), (2, 1), "counted once");
}

#[tokio::test]
async fn keys_are_short_and_plain() {
    let bench = bench();
    bench.ingest.apply(push_feed("a")).await.unwrap();
    for key in [
        String::new(),
        "x".repeat(257),
        "two words".to_owned(),
        "\u{457}".to_owned(),
    ] {
        let answer = bench
            .ingest
            .push(&id("a"), body("R1"), None, Some(key))
            .await;
        assert_eq!(answer.unwrap_err(), PushError::BadKey);
    }
}

#[tokio::test]
async fn over_the_quota_is_said_with_when_to_come_again() {
    let bench = bench();
    let quota = Quota {
        records_per_s: 10,
        bytes_per_s: Size(1_000_000),
    };
    bench
        .ingest
        .apply(Feed {
            quota,
            ..push_feed("a")
        })
        .await
        .unwrap();
    let many = lines(0..120, |n| format!("R{n}"));
    bench
        .ingest
        .push(&id("a"), body(&many), None, None)
        .await
        .unwrap();
    let refused = bench
        .ingest
        .push(&id("a"), body("R"), None, None)
        .await
        .unwrap_err();
    assert_eq!(
        refused,
        PushError::TooMany {
            retry_after: Duration::from_secs(2)
        }
    );
    bench.clock.advance(Duration::from_secs(2));
    bench
        .ingest
        .push(&id("a"), body("R"), None, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_not_a_push_is_refused() {
    let mut bench = bench();
    bench.ingest.apply(push_feed("a")).await.unwrap();
    bench.ingest.apply(stream_feed("tcp")).await.unwrap();
    let _run = bench.run().await;
    let push = |feed: &str, bytes: Vec<u8>, kind: Option<&'static str>| {
        let feed = id(feed);
        let ingest = bench.ingest.clone();
        async move { ingest.push(&feed, bytes, kind, None).await.unwrap_err() }
    };
    assert_eq!(
        push("tcp", body("R"), None).await,
        PushError::NotFound(id("tcp"))
    );
    assert_eq!(
        push("none", body("R"), None).await,
        PushError::NotFound(id("none"))
    );
    assert_eq!(push("a", body(""), None).await, PushError::Empty);
    let large = vec![b'x'; 1_000_001];
    assert_eq!(
        push("a", large, None).await,
        PushError::TooLarge { most: 1_000_000 }
    );
    let form = "application/x-www-form-urlencoded".to_owned();
    let kind = Some("application/x-www-form-urlencoded; charset=utf-8");
    assert_eq!(
        push("a", body("R"), kind).await,
        PushError::UnsupportedMediaType(form)
    );
    assert_eq!(push("a", body("PANIC"), None).await, PushError::Internal);
    bench.ingest.pause(&id("a")).await.unwrap();
    assert_eq!(push("a", body("R"), None).await, PushError::Paused);
    bench.ingest.resume(&id("a")).await.unwrap();
    bench
        .ingest
        .push(&id("a"), body("R"), Some("application/json"), None)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_store_that_fails_is_an_error_and_nothing_was_taken() {
    let bench = bench();
    bench.ingest.apply(push_feed("a")).await.unwrap();
    let full = SubmitError::Store(StoreError::Full("no space".to_owned()));
    bench.room.failures.lock().unwrap().push(full);
    let refused = bench
        .ingest
        .push(&id("a"), body("P1\nR1"), None, None)
        .await
        .unwrap_err();
    assert_eq!(refused, PushError::StorageFull("no space".to_owned()));
    assert!(bench.room.got().is_empty(), "not even the position");
    bench
        .ingest
        .push(&id("a"), body("P1\nR1"), None, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_full_quarantine_is_an_error_for_the_record_and_not_for_the_others() {
    let bench = bench();
    bench.ingest.apply(push_feed("a")).await.unwrap();
    let garbage = "x".repeat(1_000);
    bench
        .ingest
        .push(&id("a"), body(&garbage), None, None)
        .await
        .unwrap();
    let answer = bench
        .ingest
        .push(&id("a"), body("y\nR1"), None, None)
        .await
        .unwrap();
    assert_eq!((answer.refused, answer.accepted), (1, 1));
    let RecordOutcome::Refused { reason } = &answer.records[0] else {
        panic!("{answer:?}")
    };
    assert_eq!(reason.code, "quarantine.full");
}

#[tokio::test]
async fn who_may_push_is_told_by_address_and_token() {
    let bench = bench();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "s3cret\n").unwrap();
    let transport = Transport::HttpPush(HttpPush {
        allow: vec![Network {
            address: "10.1.0.0".parse().unwrap(),
            prefix: 16,
        }],
        token: Some(Secret::File(file.display().to_string())),
    });
    bench
        .ingest
        .apply(Feed {
            transport,
            ..push_feed("a")
        })
        .await
        .unwrap();
    let may = |from: &str, token| {
        bench
            .ingest
            .may_push(&id("a"), from.parse().unwrap(), token)
    };
    assert_eq!(may("10.1.2.3", Some("s3cret")), Ok(()));
    assert_eq!(
        may("10.1.2.3", Some("S3cret")),
        Err(PushError::Unauthorised)
    );
    assert_eq!(may("10.1.2.3", None), Err(PushError::Unauthorised));
    assert_eq!(
        may("10.2.0.1", Some("s3cret")),
        Err(PushError::NotFound(id("a")))
    );
}
