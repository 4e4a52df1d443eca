//! The hub: follows the room, projects each commit once, tells the clients.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard};

use oneroof_geo::SectionShape;
use oneroof_model::{Audience, Mode, SectionId, Time};
use oneroof_ports::TimeSource;
use oneroof_room::RoomHandle;
use oneroof_wire::{Cursor, Entity, FeedView};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cursor::CursorKey;
use crate::projection::{ClassDelta, Projection};

/// Deltas that a client may be behind before it catches up from the projection.
const MAX_DELTAS: usize = 1_024;

/// Where the hub learns how the feeds are doing.
pub trait FeedBoard: Send + Sync {
    /// Health of every feed.
    fn health(&self) -> Vec<FeedView>;
}

/// What a hub is told.
#[derive(Clone)]
pub struct HubOptions {
    /// Who looks.
    pub audience: Audience,
    /// What the screen shows; nothing of another mode gets on it.
    pub mode: Mode,
    /// `demo` or `recorded` where the screen must say so.
    pub banner: Option<String>,
    /// Version of the server.
    pub version: String,
    /// Key of the resume cursors.
    pub cursor_key: CursorKey,
    /// Twelve random bytes of this process.
    pub nonce: [u8; 12],
    /// Shapes of the sections.
    pub shapes: BTreeMap<SectionId, SectionShape>,
    /// Most clients.
    pub max_clients: u32,
    /// Most bytes that wait for one client.
    pub max_queue_bytes: usize,
    /// Milliseconds between two flushes of tracks.
    pub tick_ms: u64,
    /// Milliseconds between two beats.
    pub beat_ms: u32,
}

struct Inner {
    room: RoomHandle,
    feeds: Arc<dyn FeedBoard>,
    clock: Arc<dyn TimeSource>,
    options: HubOptions,
    projection: RwLock<Projection>,
    deltas: broadcast::Sender<Arc<ClassDelta>>,
    feed_deltas: broadcast::Sender<Arc<Vec<Arc<str>>>>,
    clients: AtomicU32,
    seals: AtomicU64,
    clock_suspect: AtomicBool,
    stop: CancellationToken,
}

/// The hub. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

impl core::fmt::Debug for Hub {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Hub")
            .field("clients", &self.clients())
            .finish_non_exhaustive()
    }
}

impl Hub {
    /// Starts a hub; its tasks run on `tasks` until `stop`.
    pub fn start(
        room: RoomHandle,
        feeds: Arc<dyn FeedBoard>,
        clock: Arc<dyn TimeSource>,
        options: HubOptions,
        tasks: &TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        let updates = room.updates();
        let projection = Projection::new(
            &room.picture().read(),
            options.audience.clone(),
            options.mode,
            options.shapes.clone(),
        );
        let (deltas, _) = broadcast::channel(MAX_DELTAS);
        let (feed_deltas, _) = broadcast::channel(64);
        let hub = Self(Arc::new(Inner {
            room,
            feeds,
            clock,
            options,
            projection: RwLock::new(projection),
            deltas,
            feed_deltas,
            clients: AtomicU32::new(0),
            seals: AtomicU64::new(0),
            clock_suspect: AtomicBool::new(false),
            stop,
        }));
        tasks.spawn(hub.clone().follow(updates));
        tasks.spawn(hub.clone().second_hand());
        hub
    }

    /// Connected clients.
    pub fn clients(&self) -> u32 {
        self.0.clients.load(Ordering::Relaxed)
    }

    pub(crate) fn enter(&self) -> bool {
        let full = self.0.options.max_clients;
        let entered = self
            .0
            .clients
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| {
                (n < full).then_some(n + 1)
            });
        entered.is_ok()
    }

    pub(crate) fn leave(&self) {
        self.0.clients.fetch_sub(1, Ordering::AcqRel);
    }

    pub(crate) fn options(&self) -> &HubOptions {
        &self.0.options
    }

    pub(crate) fn room(&self) -> &RoomHandle {
        &self.0.room
    }

    pub(crate) fn now(&self) -> Time {
        self.0.clock.now()
    }

    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }

    /// Whether the server mistrusts its own clock.
    pub fn clock_suspect(&self) -> bool {
        self.0.clock_suspect.load(Ordering::Relaxed)
    }

    pub(crate) fn deltas(&self) -> broadcast::Receiver<Arc<ClassDelta>> {
        self.0.deltas.subscribe()
    }

    pub(crate) fn feed_deltas(&self) -> broadcast::Receiver<Arc<Vec<Arc<str>>>> {
        self.0.feed_deltas.subscribe()
    }

    pub(crate) fn projection(&self) -> RwLockReadGuard<'_, Projection> {
        self.0
            .projection
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A cursor for a position.
    pub(crate) fn seal(&self, position: u64) -> Cursor {
        let n = self.0.seals.fetch_add(1, Ordering::Relaxed);
        let mut nonce = self.0.options.nonce;
        nonce
            .iter_mut()
            .zip(n.to_le_bytes())
            .for_each(|(a, b)| *a ^= b);
        self.0
            .options
            .cursor_key
            .seal(position, &self.0.options.audience.name, nonce)
    }

    pub(crate) fn open(&self, cursor: &Cursor) -> Option<u64> {
        self.0
            .options
            .cursor_key
            .open(cursor, &self.0.options.audience.name)
    }

    pub(crate) fn feeds_json(&self) -> Vec<Arc<str>> {
        feeds_json(&self.0.feeds.health())
    }

    async fn follow(self, mut updates: broadcast::Receiver<Arc<oneroof_room::Update>>) {
        loop {
            let update = tokio::select! {
                () = self.0.stop.cancelled() => return,
                u = updates.recv() => u,
            };
            let delta = match update {
                Ok(update) => {
                    let picture = self.0.room.picture().read();
                    self.write().apply(&picture, &update.changes)
                }
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "the hub fell behind and projects everything anew");
                    let picture = self.0.room.picture().read();
                    self.write().everything(&picture)
                }
                Err(RecvError::Closed) => return,
            };
            // Nobody may be connected; that is no fault.
            drop(self.0.deltas.send(Arc::new(delta)));
        }
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Projection> {
        self.0
            .projection
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Once a second: feeds that changed, retired tracks, the clock's health.
    async fn second_hand(self) {
        let mut every = tokio::time::interval(core::time::Duration::from_secs(1));
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut before: BTreeMap<usize, Arc<str>> = BTreeMap::new();
        let mut clock = ClockWatch::new(&*self.0.clock);
        loop {
            tokio::select! {
                () = self.0.stop.cancelled() => return,
                _ = every.tick() => {}
            }
            let now = feeds_json(&self.0.feeds.health());
            let changed: Vec<Arc<str>> = now
                .iter()
                .enumerate()
                .filter(|(i, json)| before.get(i) != Some(*json))
                .map(|(_, json)| Arc::clone(json))
                .collect();
            before = now.into_iter().enumerate().collect();
            if !changed.is_empty() {
                drop(self.0.feed_deltas.send(Arc::new(changed)));
            }
            self.0.room.tracks().retire(self.now());
            let suspect = clock.check(&*self.0.clock);
            if suspect && !self.0.clock_suspect.swap(suspect, Ordering::Relaxed) {
                tracing::error!(
                    "the server's clock jumped: ages on the screens are not to be trusted"
                );
            }
            self.0.clock_suspect.store(suspect, Ordering::Relaxed);
        }
    }
}

fn feeds_json(feeds: &[FeedView]) -> Vec<Arc<str>> {
    feeds
        .iter()
        .filter_map(|f| serde_json::to_string(&Entity::Feed(f.clone())).ok())
        .map(Arc::from)
        .collect()
}

/// Compares the wall clock with the steady one: a jump of more than two seconds is told for a minute.
struct ClockWatch {
    wall: Time,
    steady: core::time::Duration,
    suspect_until: core::time::Duration,
}

impl ClockWatch {
    fn new(clock: &dyn TimeSource) -> Self {
        Self {
            wall: clock.now(),
            steady: clock.monotonic(),
            suspect_until: core::time::Duration::ZERO,
        }
    }

    fn check(&mut self, clock: &dyn TimeSource) -> bool {
        let (wall, steady) = (clock.now(), clock.monotonic());
        let drift = wall.secs_since(self.wall) - steady.saturating_sub(self.steady).as_secs_f64();
        if drift.abs() > 2.0 {
            self.suspect_until = steady + core::time::Duration::from_secs(60);
        }
        (self.wall, self.steady) = (wall, steady);
        steady < self.suspect_until
    }
}
