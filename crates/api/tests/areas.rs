//! Areas on the map over HTTP: drawn and changed by commands, listed, exported as polygons; who does not see the event does
//! not see its areas.

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
use common::{Answer, Bench, bench, command, report, secret};
use oneroof_model::Mode;
use serde_json::{Value, json};

const NORTH: &str = "00000000-0000-7000-8000-0000000000a1";
const ROAD: &str = "00000000-0000-7000-8000-0000000000a2";

fn circle() -> Value {
    json!({"name": "North bank", "purpose": "search",
        "shape": {"shape": "circle", "center": {"lat": 47.95, "lon": 23.88}, "radius_m": 5_000.0}})
}

async fn set(bench: &Bench, n: u128, area: &str, draft: &Value, if_version: Option<u64>) -> Answer {
    let mut body = json!({
        "id": uuid::Uuid::from_u128(n), "by": {"is": "person", "name": "Officer", "org": "BG"},
        "do": "set_area", "area": area, "draft": draft,
    });
    if let Some(version) = if_version {
        body["if_version"] = version.into();
    }
    bench.post_json("/api/v1/commands", &body).await
}

#[tokio::test]
async fn an_area_is_drawn_changed_listed_and_exported_as_a_polygon() {
    let bench = bench().await;
    let drawn = set(&bench, 1, NORTH, &circle(), None).await;
    assert_eq!(drawn.status, StatusCode::OK, "{}", drawn.text());
    assert_eq!(drawn.json()["version"], 1);
    let road = json!({"purpose": "danger", "until": bench.now().plus_secs(60), "shape": {"shape": "corridor",
        "line": [{"lat": 48.0, "lon": 24.0}, {"lat": 48.2, "lon": 24.0}], "half_width_m": 500.0}});
    assert_eq!(set(&bench, 2, ROAD, &road, None).await.status, 200);
    assert_eq!(bench.get("/api/v1/areas").await.ids().len(), 2);
    for (query, expected) in [
        ("state=search", vec![NORTH]),
        ("q=north%20bank", vec![NORTH]),
        ("bbox=48,23,49,25", vec![ROAD]),
        ("open=false", vec![]),
    ] {
        let found = bench.get(&format!("/api/v1/areas?{query}")).await.ids();
        assert_eq!(found, expected, "{query}");
    }

    let geo = bench.get("/api/v1/areas?format=geojson&state=search").await;
    assert_eq!(geo.header("content-type"), "application/geo+json");
    let feature = geo.json()["features"][0].clone();
    assert_eq!(feature["geometry"]["type"], "Polygon");
    let ring = feature["geometry"]["coordinates"][0]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(ring.len(), 97);
    assert_eq!(ring.first(), ring.last(), "closed");
    assert!(
        (ring[0][0].as_f64().unwrap() - 23.88).abs() < 0.1,
        "longitude first"
    );
    assert_eq!(
        feature["properties"]["shape"]["radius_m"], 5_000.0,
        "as it was drawn"
    );
    let csv = bench
        .get("/api/v1/areas?format=csv")
        .await
        .text()
        .to_owned();
    assert!(
        csv.contains("circle,78.5") && csv.contains("corridor,23."),
        "{csv}"
    );

    let older = set(&bench, 3, NORTH, &circle(), None).await;
    assert_eq!(older.problem(), "conflict");
    let mut larger = circle();
    larger["shape"]["radius_m"] = 6_000.0.into();
    let changed = set(&bench, 4, NORTH, &larger, Some(1)).await;
    assert_eq!(changed.json()["version"], 2, "{}", changed.text());
    bench.clock.advance(core::time::Duration::from_secs(61));
    assert_eq!(bench.get("/api/v1/areas?open=false").await.ids(), [ROAD]);
}

#[tokio::test]
async fn what_cannot_be_drawn_is_told_in_words() {
    let bench = bench().await;
    let p = |lat: f64, lon: f64| json!({"lat": lat, "lon": lon});
    let bow = json!({"purpose": "watch", "shape": {"shape": "polygon",
        "ring": [p(48.0, 24.0), p(48.1, 24.1), p(48.0, 24.1), p(48.1, 24.0)]}});
    let refused = set(&bench, 1, NORTH, &bow, None).await;
    assert_eq!(refused.problem(), "invalid");
    assert!(
        refused.text().contains("crosses itself"),
        "{}",
        refused.text()
    );
    let mut exercise = circle();
    exercise["mode"] = "exercise".into();
    assert_eq!(
        set(&bench, 2, NORTH, &exercise, None).await.problem(),
        "invalid"
    );
    let mut nonsense = circle();
    nonsense["shape"]["center"]["lat"] = 91.into();
    let answer = set(&bench, 3, NORTH, &nonsense, None).await;
    assert!(answer.status.is_client_error(), "{}", answer.text());
    assert_eq!(bench.get("/api/v1/areas").await.ids(), [] as [String; 0]);
}

#[tokio::test]
async fn an_area_of_an_event_that_is_not_seen_is_in_no_list_and_in_no_command() {
    let bench = bench().await;
    let hidden = bench.report("SS", Mode::Actual, secret(1)).await;
    let seen = bench.event(report(2)).await;
    let mut of_hidden = circle();
    of_hidden["event"] = hidden.to_string().into();
    assert_eq!(
        set(&bench, 1, NORTH, &of_hidden, None).await.problem(),
        "not_found"
    );
    // The room itself may hold one, of somebody who sees the event.
    let mut body = command(
        2,
        oneroof_model::CommandBody::RemoveArea {
            area: NORTH.parse().unwrap(),
        },
    );
    body["do"] = "set_area".into();
    body["draft"] = of_hidden;
    let own = serde_json::from_value(body).unwrap();
    bench.api.room.command(own).await.unwrap();
    assert_eq!(bench.api.room.picture().read().area_count(), 1);
    for query in ["", "format=geojson", "q=north"] {
        let list = bench.get(&format!("/api/v1/areas?{query}")).await;
        assert!(!list.text().contains(NORTH), "{query}");
    }
    // Neither a conflict nor a version tells that it is there.
    let mut mine = circle();
    mine["event"] = seen.to_string().into();
    assert_eq!(
        set(&bench, 3, NORTH, &mine, None).await.problem(),
        "not_found"
    );
    let remove = command(
        4,
        oneroof_model::CommandBody::RemoveArea {
            area: NORTH.parse().unwrap(),
        },
    );
    assert_eq!(
        bench.post_json("/api/v1/commands", &remove).await.problem(),
        "not_found"
    );
    assert_eq!(set(&bench, 5, ROAD, &mine, None).await.status, 200);
    assert_eq!(bench.get("/api/v1/areas").await.ids(), [ROAD]);
}
