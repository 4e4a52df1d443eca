//! The HTTP edge of OneRoof: REST under `/api/v1`, the live WebSocket at `/live`, the screen's files, health and
//! metrics. Problems (RFC 9457) are made only here.
//!
//! Every output that shows a thing of the picture goes through [`oneroof_wire::project`] with the audience of the
//! request; until accounts exist that is the one audience of the room, and the listener is bound to loopback by the
//! binary. Requests that change something must come from a page of this server or from no page at all ([`origin`]).

mod archive;
mod areas;
mod body;
mod commands;
mod export;
mod feeds;
mod files;
mod lists;
mod live;
mod maps;
mod one_report;
mod openapi;
pub mod origin;
mod problem;
mod quarantine;
mod query;
mod reports;
mod similar;
mod state;
mod tracks;
mod walls;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Request};
use axum::middleware;
use axum::routing::{MethodRouter, get, post, put};
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

pub use files::{Asset, Assets, Coding, FolderAssets};
pub use maps::OwnMaps;
pub use openapi::document as openapi_document;
pub use state::{Api, Limits, MetricsText, Readiness};

/// Only our own files, no inline script, no other host: what a hostile text on a screen could still try is refused by
/// the browser. WASM needs `wasm-unsafe-eval`.
const CSP: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Largest command or note, bytes: a note has at most 8 kB of text. 64 KiB.
const COMMAND_BYTES: usize = 64 * 1024;

/// A route that takes a body of at most so many bytes.
fn taking(route: MethodRouter<Api>, bytes: usize) -> MethodRouter<Api> {
    route
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(bytes, body::whole))
}

/// REST under `/api/v1`.
fn v1(limits: Limits) -> Router<Api> {
    let Limits {
        body_bytes,
        attachment_bytes,
    } = limits;
    Router::new()
        .route("/openapi.json", get(openapi::serve))
        .route("/config", get(lists::config))
        .route("/events", get(lists::events))
        .route("/events/{id}", get(lists::event))
        .route("/events/{id}/similar", get(similar::similar))
        .route(
            "/events/{id}/notes",
            taking(post(commands::note), COMMAND_BYTES),
        )
        .route(
            "/reports",
            taking(post(reports::take_down), COMMAND_BYTES).get(lists::reports),
        )
        .route("/reports/{id}", get(one_report::report))
        .route("/suggestions", get(lists::suggestions))
        .route("/sections", get(lists::sections))
        .route("/crossing-points", get(lists::crossing_points))
        .route("/regions", get(lists::regions))
        .route("/weather", get(lists::weather))
        .route("/units", get(lists::units))
        .route("/areas", get(areas::areas))
        .route("/tracks", get(tracks::list))
        .route("/tracks/near", get(tracks::near))
        .route("/tracks/{domain}/{ident}", get(tracks::one))
        .route("/tracks/{domain}/{ident}/history", get(tracks::history))
        .route("/feeds", get(feeds::list))
        .route(
            "/feeds/{feed}",
            taking(post(feeds::push), body_bytes)
                .merge(taking(put(feeds::change), feeds::MAX_FEED_FILE))
                .get(feeds::one),
        )
        .route(
            "/feeds/{feed}/pause",
            taking(post(feeds::pause), COMMAND_BYTES),
        )
        .route(
            "/feeds/{feed}/resume",
            taking(post(feeds::resume), COMMAND_BYTES),
        )
        .route("/commands", taking(post(commands::command), COMMAND_BYTES))
        .route("/walls", get(walls::list))
        .route(
            "/walls/{name}/show",
            taking(post(walls::show), COMMAND_BYTES),
        )
        .route("/maps", get(maps::list))
        .route("/quarantine", get(quarantine::list))
        .route("/quarantine/{id}", get(quarantine::one))
        .route(
            "/quarantine/{id}/reprocess",
            taking(post(quarantine::reprocess), COMMAND_BYTES),
        )
        .route(
            "/attachments",
            taking(post(commands::attach), attachment_bytes),
        )
        .route("/attachments/{id}", get(commands::attachment))
        .route("/backup", taking(post(commands::backup), COMMAND_BYTES))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::wrong_method)
}

/// The whole service.
pub fn router(api: Api) -> Router {
    let header = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    Router::new()
        .nest("/api/v1", v1(api.limits))
        .route("/maps/{id}/{z}/{x}/{y}", get(maps::tile))
        .route("/live", get(live::desk))
        .route("/live/wall", get(live::wall))
        .route("/healthz", get(state::healthz))
        .route("/readyz", get(state::readyz))
        .route("/metrics", get(state::metrics_text))
        .fallback(files::serve)
        .layer(middleware::map_response(problem::only_problems))
        .layer(middleware::from_fn(origin::guard))
        .layer(CompressionLayer::new().gzip(true))
        .layer(header("content-security-policy", CSP))
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("x-frame-options", "DENY"))
        .layer(header("referrer-policy", "no-referrer"))
        .layer(header("cross-origin-resource-policy", "same-origin"))
        .layer(header("cross-origin-opener-policy", "same-origin"))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(|r: &Request<_>| {
                    // Never the query: it may name a person.
                    tracing::info_span!("request", method = %r.method(), path = r.uri().path())
                })
                // A problem is logged where it is made, once.
                .on_failure(()),
        )
        .with_state(api)
}
