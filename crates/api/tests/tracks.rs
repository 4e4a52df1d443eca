//! What was around a place at a time, out of the history of positions.

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
use common::{Bench, bench};
use oneroof_model::{
    Confidence, FeedId, LatLon, Marking, Mode, OrgId, PositionDraft, SourceKind, Time, Tlp,
    TrackKey,
};
use oneroof_ports::HistoryPoint;
use oneroof_room::FeedContext;
use serde_json::Value;

/// 03:10 in the night.
const THEN: &str = "2026-11-23T03:10:00Z";

fn then() -> Time {
    THEN.parse().unwrap()
}

/// A vessel that the picture knows, with a history of its own apart from where it is now.
async fn vessel(bench: &Bench, mmsi: u32, marking: Marking, mode: Mode, was: &[(i64, f64)]) {
    let key = TrackKey::vessel(mmsi);
    let feed = FeedContext {
        id: FeedId::from("sg-ais"),
        org: OrgId::from("SG"),
        source_kind: SourceKind::Patrol,
        mode,
        marking,
        confidence: Confidence::default(),
        sensor: false,
        recorded: false,
    };
    let mut draft = PositionDraft::new(key.clone());
    draft.name = Some(format!("SHIP {mmsi}").into());
    draft.position = LatLon::new(44.0, 31.0).ok();
    draft.at = Some(then().plus_secs(7_200));
    let now = then().plus_secs(7_200);
    bench.api.room.tracks().take(&feed, now, vec![draft]);
    let points = was.iter().map(|(seconds, lat)| HistoryPoint {
        track: key.clone(),
        at: then().plus_secs(*seconds),
        position: LatLon::new(*lat, 30.7).unwrap(),
        speed_mps: Some(5.0),
        course_deg: None,
    });
    bench.api.history.add(points.collect()).await.unwrap();
}

async fn asked(bench: &Bench, more: &str) -> Value {
    let path = format!("/api/v1/tracks/near?lat=45.0&lon=30.7&at={THEN}{more}");
    let answer = bench.get(&path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

fn idents(answer: &Value) -> Vec<&str> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|i| i["ident"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn who_was_around_a_place_at_a_time_is_told_nearest_first() {
    let bench = bench().await;
    let seen = Marking::default;
    vessel(
        &bench,
        101,
        seen(),
        Mode::Actual,
        &[(-200, 45.02), (-100, 45.003), (50, 45.009)],
    )
    .await;
    vessel(&bench, 102, seen(), Mode::Actual, &[(0, 45.001)]).await;
    vessel(
        &bench,
        103,
        seen(),
        Mode::Actual,
        &[(301, 45.0), (-301, 45.0)],
    )
    .await;
    vessel(&bench, 104, seen(), Mode::Actual, &[(0, 45.1)]).await;
    let answer = asked(&bench, "").await;
    assert_eq!(idents(&answer), ["102", "101"]);
    assert_eq!(
        (&answer["at"], answer["within_s"].as_u64()),
        (&THEN.into(), Some(300))
    );
    assert_eq!(answer["truncated"], false);
    let second = &answer["items"][1];
    assert_eq!(second["name"], "SHIP 101");
    assert_eq!(second["nearest"]["at"], "2026-11-23T03:08:20Z");
    let distance = second["distance_m"].as_f64().unwrap();
    assert!((distance - 333.6).abs() < 0.5, "{distance}");

    // Both ends of the span are within, and a wider circle holds the other one.
    let wide = asked(&bench, "&within_s=301&radius_m=20000").await;
    assert_eq!(idents(&wide), ["103", "102", "101", "104"]);
    let one = asked(&bench, "&within_s=301&radius_m=20000&limit=1").await;
    assert_eq!(
        (idents(&one), &one["truncated"]),
        (vec!["103"], &true.into())
    );
}

#[tokio::test]
async fn what_may_not_be_seen_or_is_forgotten_was_not_there() {
    let bench = bench().await;
    let red = Marking {
        tlp: Tlp::Red,
        ..Marking::default()
    };
    vessel(&bench, 201, red, Mode::Actual, &[(0, 45.0)]).await;
    vessel(
        &bench,
        202,
        Marking::default(),
        Mode::Exercise,
        &[(0, 45.0)],
    )
    .await;
    vessel(&bench, 203, Marking::default(), Mode::Actual, &[(0, 45.0)]).await;
    assert_eq!(idents(&asked(&bench, "").await), ["203"]);
    let alone = asked(&bench, "&limit=1").await;
    assert_eq!(
        alone["truncated"], false,
        "nothing tells that there are others"
    );
    bench.api.room.tracks().retire(then().plus_secs(999_999));
    assert!(idents(&asked(&bench, "").await).is_empty());
}
