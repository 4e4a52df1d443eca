//! Feeds: health, push, change, pause, resume.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use oneroof_config::{Config, Feed, Problem};
use oneroof_ingest::{Ingest, PlanError};
use oneroof_model::{FeedId, Mode};
use oneroof_wire::{FeedAnswer, FeedDetail, FeedSummary, FeedView, Page, ProblemCode};

use crate::problem::{Answer, Fault};
use crate::quarantine;
use crate::state::Api;

/// Largest file of a feed, bytes.
pub(crate) const MAX_FEED_FILE: usize = 256 * 1024;

/// Rejects that a feed's page shows; the quarantine has all.
const REJECTS: usize = 20;

pub(crate) async fn list(State(api): State<Api>) -> Json<Page<FeedSummary>> {
    Json(Page {
        items: api.ingest.summaries(),
        next: None,
    })
}

pub(crate) async fn one(
    State(api): State<Api>,
    Path(feed): Path<String>,
) -> Answer<Json<FeedDetail>> {
    let id = FeedId::from(feed);
    let mut detail = api.ingest.detail(&id).ok_or_else(Fault::missing)?;
    detail.rejects = quarantine::newest(&api, &id, REJECTS).await?;
    Ok(Json(detail))
}

fn view(api: &Api, feed: &str) -> Answer<FeedView> {
    let of = |f: &FeedView| f.health.feed.as_str() == feed;
    api.ingest
        .health()
        .into_iter()
        .find(of)
        .ok_or_else(Fault::missing)
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .and_then(|v| v.to_str().ok())
        .map(str::to_owned)
}

pub(crate) async fn push(
    State(api): State<Api>,
    Path(feed): Path<String>,
    RawQuery(query): RawQuery,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Json<FeedAnswer>> {
    // Phones put all that they say into the address.
    let body = match query {
        Some(query) if body.is_empty() => Bytes::from(query),
        _ => body,
    };
    let id = FeedId::from(feed);
    let from = peer.map_or(IpAddr::from([127, 0, 0, 1]), |p| p.0.0.ip());
    let bearer = text(&headers, header::AUTHORIZATION.as_str());
    let bearer = bearer.as_deref().and_then(|b| b.strip_prefix("Bearer "));
    api.ingest.may_push(&id, from, bearer)?;
    let kind = text(&headers, header::CONTENT_TYPE.as_str());
    let key = text(&headers, "idempotency-key");
    let answer = api
        .ingest
        .push(&id, body.to_vec(), kind.as_deref(), key)
        .await?;
    Ok(Json(answer))
}

/// Writes the feed's file; the watcher of the folder and this call put it in force. An invalid one changes nothing.
pub(crate) async fn change(
    State(api): State<Api>,
    Path(feed): Path<String>,
    body: Bytes,
) -> Answer<(StatusCode, Json<FeedView>)> {
    let folder = api.feeds_folder.clone().ok_or_else(|| {
        Fault::new(
            ProblemCode::NotAllowed,
            "the folder of the feeds is not writable for the API",
        )
    })?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if feed.is_empty() || feed.len() > 64 || !feed.chars().all(plain) {
        return Err(Fault::bad("a feed's name has 1 to 64 of a-z, 0-9 and -"));
    }
    let trial = Trial::new(folder, &feed, Arc::clone(&api.config), api.ingest.clone());
    let checked = tokio::task::spawn_blocking(move || trial.put(&body)).await;
    let parsed = checked
        .map_err(|e| Fault::new(ProblemCode::Internal, e.to_string()))?
        .map_err(|detail| Fault::new(ProblemCode::Invalid, detail))?;
    let status = if view(&api, &feed).is_ok() {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    api.ingest.apply(parsed).await?;
    Ok((status, Json(view(&api, &feed)?)))
}

/// A feed's file that is checked beside the folder and then put in its place: what is there goes on until the new one
/// is known to work.
struct Trial {
    folder: PathBuf,
    name: String,
    config: Arc<Config>,
    ingest: Ingest,
}

impl Trial {
    fn new(folder: PathBuf, feed: &str, config: Arc<Config>, ingest: Ingest) -> Self {
        Self {
            folder,
            name: format!("{feed}.yaml"),
            config,
            ingest,
        }
    }

    fn put(&self, bytes: &[u8]) -> Result<Feed, String> {
        let beside = self.folder.join(".trial");
        std::fs::create_dir_all(&beside).map_err(|e| e.to_string())?;
        let path = beside.join(&self.name);
        std::fs::write(&path, bytes).map_err(|e| e.to_string())?;
        match self.read(&path) {
            Ok(feed) => {
                let place = self.folder.join(&self.name);
                std::fs::rename(&path, place).map_err(|e| e.to_string())?;
                Ok(feed)
            }
            Err(faults) => {
                std::fs::remove_file(&path).map_err(|e| e.to_string())?;
                Err(faults)
            }
        }
    }

    /// All of it has to hold, also what only the format and the transport know.
    fn read(&self, path: &FilePath) -> Result<Feed, String> {
        let told = |problems: &[Problem]| -> String {
            let named = |p: &Problem| {
                let mut p = p.clone();
                p.file.clone_from(&self.name);
                p.to_string()
            };
            let all: Vec<String> = problems.iter().map(named).collect();
            all.join("\n")
        };
        let feed = oneroof_config::load_feed(path, &self.config, &oneroof_config::process_env)
            .map_err(|problems| told(&problems))?;
        match self.ingest.check(&feed) {
            Ok(()) => Ok(feed),
            Err(PlanError::Format(problems)) => Err(told(&problems)),
            Err(other) => Err(other.to_string()),
        }
    }
}

pub(crate) async fn pause(
    State(api): State<Api>,
    Path(feed): Path<String>,
) -> Answer<Json<FeedView>> {
    api.ingest.pause(&feed.as_str().into()).await?;
    view(&api, &feed).map(Json)
}

pub(crate) async fn resume(
    State(api): State<Api>,
    Path(feed): Path<String>,
) -> Answer<Json<FeedView>> {
    api.ingest.resume(&feed.as_str().into()).await?;
    view(&api, &feed).map(Json)
}

/// What a screen shows, in words.
pub(crate) const fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Actual => "actual",
        Mode::Exercise => "exercise",
        Mode::Test => "test",
    }
}
