//! What the handlers share; health, readiness, metrics.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use oneroof_config::Config;
use oneroof_ingest::Ingest;
use oneroof_live::Hub;
use oneroof_model::{Audience, IdSource};
use oneroof_ports::{History, Store, TimeSource};
use oneroof_room::RoomHandle;
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

use crate::files::Assets;
use crate::maps::OwnMaps;

/// Bounds of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest body of a push, bytes.
    pub body_bytes: usize,
    /// Largest attachment, bytes.
    pub attachment_bytes: usize,
}

/// Text of the metrics in the Prometheus format.
pub type MetricsText = Arc<dyn Fn() -> String + Send + Sync>;

/// What is not in order, in words; empty where the server is ready.
pub type Readiness = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// What the handlers share. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    /// The room.
    pub room: RoomHandle,
    /// The feeds.
    pub ingest: Ingest,
    /// The live hub.
    pub hub: Hub,
    /// The hub of the walls: the same picture without what must not stand on one.
    pub wall: Hub,
    /// Quarantine, archive, attachments.
    pub store: Arc<dyn Store>,
    /// History of positions.
    pub history: Arc<dyn History>,
    /// The clock.
    pub clock: Arc<dyn TimeSource>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Configuration that the server started with.
    pub config: Arc<Config>,
    /// Folder of the feeds' files that the API may write; `None` where it may not.
    pub feeds_folder: Option<PathBuf>,
    /// Folder in which backups are written.
    pub backup_folder: PathBuf,
    /// Who looks, until accounts exist.
    pub audience: Audience,
    /// `demo` or `recorded`.
    pub banner: Option<String>,
    /// Bounds.
    pub limits: Limits,
    /// The operator's own maps.
    pub maps: OwnMaps,
    /// The screen's files.
    pub assets: Arc<dyn Assets>,
    /// Metrics.
    pub metrics: MetricsText,
    /// Readiness.
    pub readiness: Readiness,
    /// Tasks that a shutdown waits for: axum forgets upgraded sockets.
    pub tasks: TaskTracker,
    /// Version of the server.
    pub version: &'static str,
}

/// Lives.
pub(crate) async fn healthz(State(api): State<Api>) -> Json<Value> {
    Json(json!({ "status": "ok", "version": api.version, "now": api.clock.now() }))
}

/// Ready to take reports and to be looked at.
pub(crate) async fn readyz(State(api): State<Api>) -> Response {
    let faults = (api.readiness)();
    let picture = api.room.picture().read().position();
    let body = Json(json!({ "ready": faults.is_empty(), "faults": faults, "journal": picture }));
    let status = if faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, body).into_response()
}

/// Metrics in the Prometheus text format.
pub(crate) async fn metrics_text(State(api): State<Api>) -> Response {
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (kind, (api.metrics)()).into_response()
}
