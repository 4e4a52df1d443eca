//! The operator's own maps over HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use common::maps::{PACKED, PLAIN};
use common::{bench, request};

#[tokio::test]
async fn the_maps_are_listed_with_what_a_screen_has_to_know() {
    let bench = bench().await;
    let answer = bench.get("/api/v1/maps").await;
    assert_eq!(answer.ids(), ["roads", "broken"]);
    let items = answer.json()["items"].clone();
    assert_eq!(items[0]["vector"], true);
    assert_eq!(items[0]["max_zoom"], 14);
    assert_eq!(items[0]["attribution"], "© somebody");
    assert_eq!(items[0]["bounds"][0], 44.0);
    assert_eq!(items[1]["readable"], false);
}

#[tokio::test]
async fn a_tile_comes_with_its_type_packed_where_that_is_welcome_and_once() {
    let bench = bench().await;
    let ask = |headers: &[(&str, &str)]| {
        let mut r = request(Method::GET, "/maps/roads/1/0/1");
        for (name, value) in headers {
            r = r.header(*name, *value);
        }
        bench.ask(r.body(Body::empty()).unwrap())
    };
    let packed = ask(&[("accept-encoding", "gzip")]).await;
    assert_eq!(packed.status, StatusCode::OK);
    assert_eq!(
        packed.header("content-type"),
        "application/vnd.mapbox-vector-tile"
    );
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_eq!(packed.header("cache-control"), "private, max-age=3600");
    assert_eq!(packed.body.as_ref(), PACKED);
    let plain = ask(&[]).await;
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(plain.body.as_ref(), PLAIN);
    let tag = plain.header("etag").to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");
    let again = ask(&[("if-none-match", &tag)]).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.body.is_empty());
}

#[tokio::test]
async fn what_is_missing_unknown_or_damaged_is_told_apart() {
    let bench = bench().await;
    let nothing = bench.get("/maps/roads/1/0/0").await;
    assert_eq!(nothing.status, StatusCode::NO_CONTENT);
    assert!(nothing.body.is_empty());
    let unknown = bench.get("/maps/other/1/0/0").await;
    assert_eq!(unknown.problem(), "not_found");
    let broken = bench.get("/maps/broken/1/0/0").await;
    assert_eq!(broken.problem(), "internal");
    for path in [
        "/maps/roads/256/0/0",
        "/maps/roads/1/-1/0",
        "/maps/roads/1/0/x",
        "/maps/roads/1/0/99999999999",
    ] {
        assert_eq!(bench.get(path).await.problem(), "bad_request", "{path}");
    }
    for path in ["/maps/roads/1/0", "/maps/../maps/roads/1/0/0/1", "/maps"] {
        assert_eq!(bench.get(path).await.problem(), "not_found", "{path}");
    }
}
