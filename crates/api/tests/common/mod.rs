//! The whole service on a room in memory, asked without a socket.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "helpers of tests"
)]

pub mod maps;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use oneroof_api::{Api, Asset, Assets, Coding, Limits, OwnMaps, router};
use oneroof_config::{Config, Feed, Transport};
use oneroof_geo::SectionIndex;
use oneroof_ingest::{Defaults, Ingest, IngestParts, registry};
use oneroof_live::{CursorKey, FeedBoard, Hub, HubOptions, Shows};
use oneroof_model::{
    Actor, Audience, Command, CommandBody, CommandId, Confidence, Draft, EventId, FeedId, Interval,
    LatLon, Marking, Mode, OrgId, Place, RecordOutcome, ReportDraft, SourceKind, Time, Tlp,
    TypeCode,
};
use oneroof_ports::memory::{CountingIds, ManualClock, MemoryHistory, MemoryStore};
use oneroof_ports::{Source, SourceBuildError, SourceFactory, TimeSource as _};
use oneroof_room::tracks::{HistoryRule, TrackRules};
use oneroof_room::{FeedContext, Original, Record, RoomOptions, RoomRules, Submission};
use oneroof_wire::FeedView;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// Largest body of a push, bytes.
pub const BODY_BYTES: usize = 4_096;

/// Largest attachment, bytes.
pub const ATTACHMENT_BYTES: usize = 1_000;

/// Under which name the service is asked.
pub const HOST: &str = "127.0.0.1:8080";

struct NoSources;

impl SourceFactory for NoSources {
    fn build(
        &self,
        _: &FeedId,
        _: &Transport,
    ) -> Result<Option<Arc<dyn Source>>, SourceBuildError> {
        Ok(None)
    }
}

struct Feeds(Ingest);

impl FeedBoard for Feeds {
    fn health(&self) -> Vec<FeedView> {
        self.0.health()
    }
}

struct Files(BTreeMap<&'static str, &'static [u8]>);

impl Assets for Files {
    fn get(&self, path: &str, welcome: &[Coding]) -> Option<Asset> {
        let gzip = welcome.contains(&Coding::Gzip).then_some(Coding::Gzip);
        let compressed = gzip.and_then(|_| self.0.get(format!("{path}.gz").as_str()));
        let coding = gzip.filter(|_| compressed.is_some());
        let bytes = compressed.or_else(|| self.0.get(path))?.to_vec();
        Some(Asset { bytes, coding })
    }
}

/// The service.
pub struct Bench {
    pub api: Api,
    pub clock: Arc<ManualClock>,
    pub config: Arc<Config>,
    router: Router,
    tasks: TaskTracker,
}

pub async fn bench() -> Bench {
    bench_with(|_| {}).await
}

/// The shipped configuration with the demonstration over it.
fn configuration() -> Config {
    let repository = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders = ["config", "demo/config"].map(|f| repository.join(f));
    oneroof_config::load_with(&folders, &|_| None).unwrap_or_else(|problems| panic!("{problems:?}"))
}

pub async fn bench_with(change: impl FnOnce(&mut Api)) -> Bench {
    let config = Arc::new(configuration());
    let clock = Arc::new(ManualClock::default());
    let store = Arc::new(MemoryStore::default());
    let history = Arc::new(MemoryHistory::default());
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let options = RoomOptions {
        journal: Arc::clone(&store) as _,
        store: Arc::clone(&store) as _,
        history: Arc::clone(&history) as _,
        clock: Arc::clone(&clock) as _,
        ids: Arc::new(CountingIds::default()),
        rules: rules(&config),
        tracks: track_rules(),
        config: config.room_config(),
        checkpoint_every: 1_000_000,
    };
    let room = oneroof_room::start(options, &tasks).await.unwrap();
    let mut defaults = Defaults::of(&config);
    defaults.body_bytes = BODY_BYTES;
    let parts = IngestParts {
        defaults,
        room: Arc::new(room.clone()),
        sources: Arc::new(NoSources),
        formats: registry(),
        store: Some(Arc::clone(&store) as _),
        clock: Arc::clone(&clock) as _,
    };
    let ingest = Ingest::start(parts, stop.child_token());
    ingest.apply(push_feed(&config)).await.unwrap();
    let audience = Audience::room(config.orgs());
    let hub = |shows| {
        Hub::start(
            room.clone(),
            Arc::new(Feeds(ingest.clone())),
            Arc::clone(&clock) as _,
            hub_options(&config, audience.clone(), shows),
            &tasks,
            stop.child_token(),
        )
    };
    let (hub, wall) = (hub(Shows::Everything), hub(Shows::Wall));
    let mut api = Api {
        room,
        ingest,
        hub,
        wall,
        store,
        history,
        clock: Arc::clone(&clock) as _,
        ids: Arc::new(CountingIds::after(1 << 40)),
        config: Arc::clone(&config),
        feeds_folder: None,
        backup_folder: std::env::temp_dir(),
        audience,
        banner: None,
        limits: Limits {
            body_bytes: BODY_BYTES,
            attachment_bytes: ATTACHMENT_BYTES,
        },
        maps: OwnMaps::new(Arc::new(maps::FewMaps)),
        assets: Arc::new(files()),
        metrics: Arc::new(|| "live_clients 0\n".to_owned()),
        readiness: Arc::new(Vec::new),
        tasks: tasks.clone(),
        version: "0.0.0-test",
    };
    change(&mut api);
    let router = router(api.clone());
    Bench {
        api,
        clock,
        config,
        router,
        tasks,
    }
}

fn rules(config: &Config) -> RoomRules {
    let shapes = config
        .sections
        .iter()
        .map(|s| (s.id.clone(), config.geometry.get(&s.id).cloned()));
    let points = config
        .crossing_points
        .iter()
        .map(|b| (b.id.clone(), b.section.clone()));
    RoomRules {
        linking: config.centre.linking.clone(),
        bounds: None,
        sections: SectionIndex::new(shapes, points),
    }
}

const fn track_rules() -> TrackRules {
    TrackRules {
        freshness: BTreeMap::new(),
        units: BTreeMap::new(),
        history: HistoryRule {
            every_s: 10.0,
            moved_m: 50.0,
        },
        retire_s: 600,
    }
}

fn hub_options(config: &Config, audience: Audience, shows: Shows) -> HubOptions {
    HubOptions {
        audience,
        shows,
        mode: config.centre.mode,
        banner: None,
        version: "0.0.0-test".to_owned(),
        cursor_key: CursorKey::new([7; 32]),
        nonce: [1; 12],
        shapes: config.geometry.clone(),
        max_clients: 10,
        max_queue_bytes: 1024 * 1024,
        tick_ms: 200,
        beat_ms: 1_000,
    }
}

fn files() -> Files {
    let files: [(&str, &[u8]); 4] = [
        ("index.html", b"<!doctype html><title>OneRoof</title>"),
        ("index.html.gz", b"\x1f\x8bcompressed"),
        ("assets/app-3f9a21bc44d0.js", b"let a = 1;"),
        ("basemap/places.json", b"[]"),
    ];
    Files(files.into())
}

/// A feed of the demonstration that is pushed to.
pub fn push_feed(config: &Config) -> Feed {
    config
        .feeds
        .get(&FeedId::from("bg-sensors"))
        .unwrap()
        .clone()
}

/// An answer, whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {:?}", self.body))
    }

    pub fn text(&self) -> &str {
        core::str::from_utf8(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// The code of the problem that it has to be.
    pub fn problem(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{} {:?}",
            self.status,
            self.body
        );
        let v = self.json();
        let code = v["code"].as_str().unwrap().to_owned();
        assert_eq!(v["status"], self.status.as_u16());
        assert_eq!(
            v["type"],
            format!("https://oneroof.invalid/problems/{code}")
        );
        assert!(!v["title"].as_str().unwrap().is_empty());
        code
    }

    /// Ids of the items of a list.
    pub fn ids(&self) -> Vec<String> {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        let v = self.json();
        let id = |i: &Value| i["id"].as_str().unwrap().to_owned();
        v["items"].as_array().unwrap().iter().map(id).collect()
    }
}

/// A request under the service's own name.
pub fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, HOST)
}

impl Bench {
    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: axum::body::to_bytes(body, 64 * 1024 * 1024).await.unwrap(),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(request(Method::GET, path).body(Body::empty()).unwrap())
            .await
    }

    pub async fn post(&self, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let request = request(Method::POST, path)
            .header(header::CONTENT_TYPE, kind)
            .body(body.into())
            .unwrap();
        self.ask(request).await
    }

    pub async fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.post(path, "application/json", body.to_string()).await
    }

    async fn submit(&self, org: &str, mode: Mode, draft: ReportDraft) -> Vec<RecordOutcome> {
        let feed = FeedContext {
            id: FeedId::from(format!("{}-test", org.to_lowercase())),
            org: OrgId::from(org),
            source_kind: SourceKind::Patrol,
            mode,
            marking: Marking::default(),
            confidence: Confidence::default(),
            sensor: false,
            recorded: false,
        };
        let raw = format!("{draft:?}").into_bytes();
        let submission = Submission {
            feed: Arc::new(feed),
            at: self.clock.now(),
            records: vec![Record::Draft {
                original: Original::of(raw),
                draft: Draft::Report(Box::new(draft)),
            }],
            request: None,
        };
        self.api.room.submit(submission).await.unwrap().outcomes
    }

    /// Submits a newer revision of a report of an agency.
    pub async fn revise(&self, org: &str, mode: Mode, draft: ReportDraft) {
        let outcomes = self.submit(org, mode, draft).await;
        let revised = |o: &RecordOutcome| matches!(o, RecordOutcome::Revised { newest: true, .. });
        assert!(outcomes.iter().all(revised), "{outcomes:?}");
    }

    /// Submits a report of an agency; gives its event.
    pub async fn report(&self, org: &str, mode: Mode, draft: ReportDraft) -> EventId {
        let outcomes = self.submit(org, mode, draft).await;
        match outcomes.as_slice() {
            [
                RecordOutcome::Accepted {
                    event: Some(event), ..
                },
            ] => *event,
            other => panic!("{other:?}"),
        }
    }

    /// Submits a plain report of the border guard.
    pub async fn event(&self, draft: ReportDraft) -> EventId {
        self.report("BG", Mode::Actual, draft).await
    }

    pub fn now(&self) -> Time {
        self.clock.now()
    }
}

/// A report that resembles no other.
pub fn report(n: u32) -> ReportDraft {
    ReportDraft {
        type_code: Some(TypeCode::from("UBC01")),
        occurred: Some(Interval::at(ManualClock::default().now())),
        place: Place::point(LatLon::new(44.0 + f64::from(n), 24.0 + f64::from(n)).unwrap()),
        title: Some(format!("report {n}")),
        ..ReportDraft::default()
    }
}

/// One that nobody in the room but its sender may see.
pub fn secret(n: u32) -> ReportDraft {
    ReportDraft {
        title: Some("a covert observation".to_owned()),
        marking: Some(Marking {
            tlp: Tlp::Red,
            ..Marking::default()
        }),
        ..report(n)
    }
}

pub fn command(n: u128, body: CommandBody) -> Value {
    let command = Command {
        id: CommandId(uuid::Uuid::from_u128(n)),
        by: Actor::Person {
            name: "Officer".to_owned(),
            org: "BG".into(),
        },
        if_version: None,
        body,
    };
    serde_json::to_value(command).unwrap()
}
