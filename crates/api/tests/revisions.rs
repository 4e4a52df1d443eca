//! Older revisions of a report: not in the lists any more, and still to be had one by one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use axum::http::StatusCode;
use common::{Bench, bench, report};
use oneroof_model::{Marking, Mode, ReportDraft, SourceKey, Tlp};
use serde_json::Value;

fn told(n: u32, key: &str) -> ReportDraft {
    ReportDraft {
        source: Some(SourceKey {
            key: key.to_owned(),
            revision: Some(n.into()),
        }),
        text: Some(format!("told for the {n}. time")),
        ..report(1)
    }
}

/// Reports that are listed, the newest first.
async fn listed(bench: &Bench) -> Vec<Value> {
    let list = bench.get("/api/v1/reports").await.json();
    list["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_older_revision_is_read_from_the_journal_by_the_name_that_the_newer_one_says() {
    let bench = bench().await;
    let event = bench.event(told(1, "a")).await;
    let first = listed(&bench).await[0]["id"].as_str().unwrap().to_owned();
    for n in 2..5 {
        bench.revise("BG", Mode::Actual, told(n, "a")).await;
    }
    let [newest] = listed(&bench).await.try_into().unwrap();
    assert_eq!(newest["text"], "told for the 4. time");
    let detail = bench.get(&format!("/api/v1/events/{event}")).await.json();
    assert_eq!(detail["reports"].as_array().unwrap().len(), 1);
    // From the newest back to the first, each by the name that the one after it says.
    let mut at = newest;
    for n in (1..4).rev() {
        let older = at["revises"].as_str().unwrap();
        at = bench.get(&format!("/api/v1/reports/{older}")).await.json();
        assert_eq!(at["text"], format!("told for the {n}. time"));
        assert_eq!(at["superseded"], true);
        assert_eq!(at["event"], event.to_string());
    }
    assert_eq!(at["id"], first.as_str());
    assert_eq!(at["revises"], Value::Null);
}

#[tokio::test]
async fn an_older_revision_is_not_given_to_whom_it_was_not_released_nor_in_another_mode() {
    let bench = bench().await;
    let red = |n| ReportDraft {
        marking: Some(Marking {
            tlp: Tlp::Red,
            ..Marking::default()
        }),
        ..told(n, "b")
    };
    bench.report("SS", Mode::Actual, red(1)).await;
    bench.report("BG", Mode::Exercise, told(1, "c")).await;
    let ids: Vec<String> = {
        let picture = bench.api.room.picture().read();
        picture.reports().map(|(id, _)| id.to_string()).collect()
    };
    assert_eq!(ids.len(), 2);
    bench.revise("SS", Mode::Actual, red(2)).await;
    bench.revise("BG", Mode::Exercise, told(2, "c")).await;
    for id in ids {
        let gone = bench
            .api
            .room
            .picture()
            .read()
            .report_state(id.parse().unwrap())
            .is_none();
        assert!(gone, "it left memory");
        let answer = bench.get(&format!("/api/v1/reports/{id}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text());
    }
}
