//! A room, a hub on it, and screens that a test steers: no sockets, no disk, time as told.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "helpers of tests"
)]

use core::time::Duration;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use futures_util::stream;
use oneroof_config::Config;
use oneroof_geo::SectionIndex;
use oneroof_live::{CursorKey, FeedBoard, Frame, FromClient, Hub, HubOptions, Shows, serve};
use oneroof_model::{
    Actor, Audience, Command, CommandBody, CommandId, Confidence, Draft, FeedHealth, FeedId,
    FreshnessRule, Interval, LatLon, Marking, Mode, OrgId, Place, PositionDraft, Receipt,
    RecordOutcome, ReportDraft, SourceKind, Tlp, TrackDomain, TrackKey, TypeCode,
};
use oneroof_ports::TimeSource as _;
use oneroof_ports::memory::{CountingIds, ManualClock, MemoryHistory, MemoryStore};
use oneroof_room::tracks::{HistoryRule, TrackRules};
use oneroof_room::{FeedContext, Original, Record, RoomHandle, RoomOptions, RoomRules, Submission};
use oneroof_wire::client::{Changed, Picture};
use oneroof_wire::{
    ByeReason, ClientMessage, Cursor, Entity, EntityKind, FeedView, Filter, ServerMessage,
};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, PollSender};
use tokio_util::task::TaskTracker;

/// Longest wait for anything in a test. Time is paused: it passes only when nothing else can happen.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// Tracks of others retire after so many seconds.
pub const RETIRE_S: i64 = 600;

pub const RULE: FreshnessRule = FreshnessRule {
    expected_s: 15,
    stale_s: 45,
    lost_s: 180,
};

/// Feeds that stand as the test says.
#[derive(Default)]
pub struct Board(Mutex<Vec<FeedView>>);

impl FeedBoard for Board {
    fn health(&self) -> Vec<FeedView> {
        self.0.lock().unwrap().clone()
    }
}

impl Board {
    pub fn set(&self, feeds: Vec<FeedView>) {
        *self.0.lock().unwrap() = feeds;
    }
}

pub fn feed_view(name: &str, accepted: u64) -> FeedView {
    FeedView {
        health: FeedHealth {
            feed: name.into(),
            org: "BG".into(),
            uk: name.to_owned(),
            en: name.to_owned(),
            light: oneroof_model::FeedLight::Up,
            error: None,
            last_heard: None,
            rule: RULE,
            rate_per_s: 0.0,
            lag_s: None,
            skew_s: None,
            reject_rate: 0.0,
            accepted,
            duplicates: 0,
            quarantined: 0,
            skipped: 0,
            restarts: 0,
        },
        transport: "tcp_client".to_owned(),
        format: "json".to_owned(),
    }
}

/// What a test wants otherwise.
pub struct Wanted {
    pub audience: Option<Audience>,
    pub shows: Shows,
    pub mode: Mode,
    pub max_clients: u32,
    pub max_queue_bytes: usize,
    pub key: u8,
    pub nonce: u8,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            audience: None,
            shows: Shows::Everything,
            mode: Mode::Actual,
            max_clients: 100,
            max_queue_bytes: 4 * 1024 * 1024,
            key: 7,
            nonce: 1,
        }
    }
}

/// A room with a hub on it.
pub struct Bench {
    pub room: RoomHandle,
    pub hub: Hub,
    pub clock: Arc<ManualClock>,
    pub board: Arc<Board>,
    pub stop: CancellationToken,
    store: Arc<MemoryStore>,
    config: Arc<Config>,
    tasks: TaskTracker,
}

pub async fn bench() -> Bench {
    bench_with(Wanted::default()).await
}

pub async fn bench_with(wanted: Wanted) -> Bench {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config");
    let config = oneroof_config::load_with(&[folder], &|_| None)
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    let clock = Arc::new(ManualClock::default());
    start(
        wanted,
        Arc::new(config),
        Arc::new(MemoryStore::default()),
        clock,
        Arc::default(),
    )
    .await
}

async fn start(
    wanted: Wanted,
    config: Arc<Config>,
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
    board: Arc<Board>,
) -> Bench {
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let given = u64::from(wanted.nonce) << 32;
    let options = RoomOptions {
        journal: Arc::clone(&store) as _,
        store: Arc::clone(&store) as _,
        history: Arc::new(MemoryHistory::default()),
        clock: Arc::clone(&clock) as _,
        ids: Arc::new(CountingIds::after(given)),
        rules: RoomRules {
            linking: config.centre.linking.clone(),
            bounds: None,
            sections: SectionIndex::new(
                config
                    .sections
                    .iter()
                    .map(|s| (s.id.clone(), config.geometry.get(&s.id).cloned())),
                config
                    .crossing_points
                    .iter()
                    .map(|b| (b.id.clone(), b.section.clone())),
            ),
        },
        tracks: TrackRules {
            freshness: BTreeMap::new(),
            units: BTreeMap::new(),
            history: HistoryRule {
                every_s: 10.0,
                moved_m: 50.0,
            },
            retire_s: RETIRE_S,
        },
        config: config.room_config(),
        checkpoint_every: 1_000_000,
    };
    let room = oneroof_room::start(options, &tasks).await.unwrap();
    let options = hub_options(wanted, &config);
    let hub = Hub::start(
        room.clone(),
        Arc::clone(&board) as _,
        Arc::clone(&clock) as _,
        options,
        &tasks,
        stop.child_token(),
    );
    Bench {
        room,
        hub,
        clock,
        board,
        stop,
        store,
        config,
        tasks,
    }
}

/// The options of a hub as a test wants it.
fn hub_options(wanted: Wanted, config: &Config) -> HubOptions {
    HubOptions {
        audience: wanted
            .audience
            .unwrap_or_else(|| Audience::room(config.orgs())),
        shows: wanted.shows,
        mode: wanted.mode,
        banner: Some("demo".to_owned()),
        version: "0.0.0-test".to_owned(),
        cursor_key: CursorKey::new([wanted.key; 32]),
        nonce: [wanted.nonce; 12],
        shapes: config.geometry.clone(),
        max_clients: wanted.max_clients,
        max_queue_bytes: wanted.max_queue_bytes,
        tick_ms: 200,
        beat_ms: 1_000,
    }
}

/// The context of a feed of an agency.
pub fn feed(org: &str, mode: Mode) -> FeedContext {
    FeedContext {
        id: FeedId::from(format!("{}-feed", org.to_lowercase())),
        org: OrgId::from(org),
        source_kind: SourceKind::Patrol,
        mode,
        marking: Marking::default(),
        confidence: Confidence::default(),
        sensor: false,
        recorded: false,
    }
}

pub fn red() -> Marking {
    Marking {
        tlp: Tlp::Red,
        ..Marking::default()
    }
}

pub fn at(lat: f64, lon: f64) -> LatLon {
    LatLon::new(lat, lon).unwrap()
}

/// A report that resembles no other: number `n` has its own place and text.
pub fn report(n: u32) -> ReportDraft {
    ReportDraft {
        type_code: Some(TypeCode::from("UBC01")),
        place: Place::point(at(
            48.0 + f64::from(n % 40) / 20.0,
            24.0 + f64::from(n / 40) / 20.0,
        )),
        occurred: Some(Interval::at(ManualClock::default().now())),
        title: Some(format!("report {n}")),
        ..ReportDraft::default()
    }
}

pub fn vessel(mmsi: u32, lat: f64, lon: f64) -> PositionDraft {
    PositionDraft {
        position: Some(at(lat, lon)),
        name: Some(format!("vessel {mmsi}").into()),
        ..PositionDraft::new(TrackKey::vessel(mmsi))
    }
}

pub fn unit(ident: &str, lat: f64, lon: f64) -> PositionDraft {
    PositionDraft {
        position: Some(at(lat, lon)),
        ..PositionDraft::new(TrackKey::text(TrackDomain::Unit, ident))
    }
}

impl Bench {
    /// The same installation, started again: another process on the same journal.
    pub async fn restarted(self, wanted: Wanted) -> Self {
        self.stop.cancel();
        let Self {
            store,
            config,
            clock,
            board,
            ..
        } = self;
        start(wanted, config, store, clock, board).await
    }

    /// Another hub on the same room, which ends when the token is cancelled.
    pub fn hub_beside(&self, wanted: Wanted) -> (Hub, CancellationToken) {
        let stop = CancellationToken::new();
        let hub = Hub::start(
            self.room.clone(),
            Arc::clone(&self.board) as _,
            Arc::clone(&self.clock) as _,
            hub_options(wanted, &self.config),
            &self.tasks,
            stop.clone(),
        );
        (hub, stop)
    }

    /// Submits drafts of one feed as one commit; gives their outcomes.
    pub async fn submit(&self, feed: FeedContext, drafts: Vec<ReportDraft>) -> Vec<RecordOutcome> {
        let records = drafts
            .into_iter()
            .map(|draft| {
                let raw = format!("{draft:?}").into_bytes();
                Record::Draft {
                    original: Original::of(raw),
                    draft: Draft::Report(Box::new(draft)),
                }
            })
            .collect();
        let submission = Submission {
            feed: Arc::new(feed),
            at: self.clock.now(),
            records,
            request: None,
        };
        let outcomes = self.room.submit(submission).await.unwrap().outcomes;
        let taken = |o: &RecordOutcome| matches!(o, RecordOutcome::Accepted { .. });
        assert!(outcomes.iter().all(taken), "{outcomes:?}");
        outcomes
    }

    /// Submits one report of the border guard and gives the id of its event.
    pub async fn event(&self, draft: ReportDraft) -> oneroof_model::EventId {
        let outcomes = self.submit(feed("BG", Mode::Actual), vec![draft]).await;
        match outcomes.as_slice() {
            [
                RecordOutcome::Accepted {
                    event: Some(event), ..
                },
            ] => *event,
            other => panic!("{other:?}"),
        }
    }

    pub async fn command(&self, n: u128, body: CommandBody) -> Receipt {
        let command = Command {
            id: CommandId(uuid::Uuid::from_u128(n)),
            by: Actor::Person {
                name: "Officer".to_owned(),
                org: "BG".into(),
            },
            if_version: None,
            body,
        };
        self.room.command(command).await.unwrap()
    }

    pub fn positions(&self, drafts: Vec<PositionDraft>) {
        let feed = feed("CG", Mode::Actual);
        self.room.positions(&feed, self.clock.now(), drafts);
    }

    /// A screen that has not said anything yet, and its server's side.
    fn line(&self) -> (Screen, impl Future<Output = ()> + Send + 'static) {
        let (to_server, mut inbox) = mpsc::channel::<Result<FromClient, ()>>(1_000);
        let (outbox, from_server) = mpsc::channel(1);
        let stream = Box::pin(stream::poll_fn(move |cx| inbox.poll_recv(cx)));
        let sink = PollSender::new(outbox);
        let served = serve(self.hub.clone(), sink, stream);
        let screen = Screen {
            to_server,
            from_server,
            picture: Picture::default(),
            task: None,
        };
        (screen, served)
    }

    /// A screen that has not said anything yet.
    pub fn connect(&self) -> Screen {
        let (mut screen, served) = self.line();
        screen.task = Some(self.tasks.spawn(served));
        screen
    }

    /// A screen that has begun, and its server's side, which goes on only when the test polls it.
    pub async fn held(
        &self,
        filter: Filter,
    ) -> (Screen, impl Future<Output = ()> + Send + 'static) {
        let (screen, served) = self.line();
        screen.start(None, filter, None).await;
        (screen, served)
    }

    /// A wall that has begun.
    pub async fn wall(&self, name: &str) -> Screen {
        let screen = self.connect();
        screen.start(None, Filter::default(), Some(name)).await;
        screen
    }

    /// A screen that has begun.
    pub async fn screen(&self, cursor: Option<Cursor>, filter: Filter) -> Screen {
        let screen = self.connect();
        screen.start(cursor, filter, None).await;
        screen
    }
}

/// Something that a screen was told.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    Message(ServerMessage, Changed),
    Positions(oneroof_wire::columns::Frame),
    Ping,
    Closed(u16),
}

/// A client of the hub, with the picture that the browser would have.
pub struct Screen {
    to_server: mpsc::Sender<Result<FromClient, ()>>,
    from_server: mpsc::Receiver<Frame>,
    pub picture: Picture,
    pub task: Option<tokio::task::JoinHandle<()>>,
}

impl Screen {
    /// Says the first word.
    async fn start(&self, cursor: Option<Cursor>, filter: Filter, wall: Option<&str>) {
        let start = ClientMessage::Start {
            cursor,
            filter,
            wall: wall.map(str::to_owned),
        };
        self.say(&start).await;
    }

    pub async fn raw(&self, from: FromClient) {
        // A server that has ended the line hears nothing.
        drop(self.to_server.send(Ok(from)).await);
    }

    pub async fn say(&self, message: &ClientMessage) {
        let json = serde_json::to_string(message).unwrap();
        self.raw(FromClient::Text(json)).await;
    }

    /// The line breaks.
    pub fn drop_line(self) -> Picture {
        self.picture
    }

    /// The next frame; `None` once the server has gone.
    pub async fn frame(&mut self) -> Option<Frame> {
        timeout(DEADLINE, self.from_server.recv())
            .await
            .expect("a word within the deadline")
    }

    /// The next frame, if there is one already.
    pub fn try_frame(&mut self) -> Option<Frame> {
        self.from_server.try_recv().ok()
    }

    /// The next thing told, taken into the picture. Pings are answered.
    pub async fn next(&mut self) -> Option<Told> {
        Some(match self.frame().await? {
            Frame::Text(json) => {
                let (message, changed) = self
                    .picture
                    .text(&json)
                    .unwrap_or_else(|fault| panic!("{fault}: {json}"));
                Told::Message(message, changed)
            }
            Frame::Binary(bytes) => {
                self.picture.binary(&bytes).unwrap();
                Told::Positions(oneroof_wire::columns::decode(&bytes).unwrap())
            }
            Frame::Ping => {
                self.raw(FromClient::Alive).await;
                Told::Ping
            }
            Frame::Close(code, _) => Told::Closed(code),
        })
    }

    /// Takes what comes until something fits; gives what that gave.
    pub async fn until<T>(&mut self, mut fits: impl FnMut(&Told, &Picture) -> Option<T>) -> T {
        loop {
            let told = self.next().await.expect("the server is still there");
            if let Some(found) = fits(&told, &self.picture) {
                return found;
            }
        }
    }

    /// Takes what comes until the picture fits.
    pub async fn until_picture(&mut self, fits: impl Fn(&Picture) -> bool) {
        self.until(|_, picture| fits(picture).then_some(())).await;
    }

    /// Takes the greeting and the snapshot; gives whether it was resumed instead.
    pub async fn begun(&mut self) -> bool {
        let resumed = self
            .until(|told, _| match told {
                Told::Message(ServerMessage::Hello { resumed, .. }, _) => Some(*resumed),
                other => panic!("not a hello: {other:?}"),
            })
            .await;
        if !resumed {
            self.until(|told, _| match told {
                Told::Message(_, changed) if changed.snapshot => Some(()),
                _ => None,
            })
            .await;
        }
        resumed
    }

    /// Takes what comes until two beats have passed: everything that was due is there.
    pub async fn settled(&mut self) {
        for _ in 0..2 {
            self.until(|told, _| match told {
                Told::Message(ServerMessage::Beat { .. }, _) => Some(()),
                _ => None,
            })
            .await;
        }
    }

    /// Takes what comes until the server says bye; gives its reason and the close code.
    pub async fn bye(&mut self) -> (ByeReason, String, Option<u16>) {
        let (reason, detail) = self
            .until(|told, _| match told {
                Told::Message(ServerMessage::Bye { reason, detail }, _) => {
                    Some((*reason, detail.clone()))
                }
                _ => None,
            })
            .await;
        let code = match self.next().await {
            Some(Told::Closed(code)) => Some(code),
            _ => None,
        };
        (reason, detail, code)
    }

    /// Titles of the reports in the picture, sorted.
    pub fn titles(&self) -> Vec<String> {
        titles(&self.picture)
    }

    /// Names of the tracks in the picture, sorted.
    pub fn vessels(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .picture
            .tracks
            .values()
            .filter(|t| t.row.is_some())
            .filter_map(|t| Some(t.info.as_ref()?.ident.clone()))
            .collect();
        names.sort();
        names
    }
}

pub fn titles(picture: &Picture) -> Vec<String> {
    let mut titles: Vec<String> = picture
        .entities
        .values()
        .filter_map(|e| match e {
            Entity::Report(r) => r.title.clone(),
            _ => None,
        })
        .collect();
    titles.sort();
    titles
}

pub fn count(picture: &Picture, kind: EntityKind) -> usize {
    picture.entities.keys().filter(|k| k.kind == kind).count()
}

/// Whether two pictures show the same, health of feeds apart.
pub fn same(a: &Picture, b: &Picture) -> bool {
    a.entities == b.entities
}
