//! The hub: follows the room, projects each commit once, tells the clients.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard};

use oneroof_geo::SectionShape;
use oneroof_model::{Audience, Mode, SectionId, Time};
use oneroof_ports::TimeSource;
use oneroof_room::RoomHandle;
use oneroof_wire::{
    Cursor, Entity, EntityKey, EntityKind, FeedView, Remove, RemoveReason, Show, WallState, wall,
};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cursor::{CursorKey, Seen};
use crate::projection::{ClassDelta, Mark, Projection};
use crate::walls::Walls;

/// Deltas that a client may be behind before it catches up from the projection.
const MAX_DELTAS: usize = 1_024;

/// Changes of feeds that a client may be behind.
const MAX_FEED_CHANGES: usize = 64;

/// Where the hub learns how the feeds are doing.
pub trait FeedBoard: Send + Sync {
    /// Health of every feed.
    fn health(&self) -> Vec<FeedView>;
}

/// What of the picture a hub gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shows {
    /// All that its audience may see.
    #[default]
    Everything,
    /// What may stand on a wall ([`oneroof_wire::wall`]): no reports, no names, no free text.
    Wall,
}

/// What a hub is told.
#[derive(Clone)]
pub struct HubOptions {
    /// Who looks.
    pub audience: Audience,
    /// How much of it.
    pub shows: Shows,
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

/// Feeds as they stand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Feeds {
    /// JSON of each, by name.
    pub json: BTreeMap<String, Arc<str>>,
    /// Digest of the names.
    pub names: u64,
}

/// What changed with the feeds in the last second.
#[derive(Debug, Clone)]
pub(crate) struct FeedChange {
    /// JSON of new and changed ones.
    pub upsert: Vec<Arc<str>>,
    /// Those that were taken away.
    pub remove: Vec<Remove>,
    /// Digest of the names after it.
    pub names: u64,
}

impl Shows {
    /// An entity as it may be given; `None` where it may not be at all.
    pub(crate) fn of(self, entity: Entity) -> Option<Entity> {
        match self {
            Self::Everything => Some(entity),
            Self::Wall => wall::entity(entity),
        }
    }
}

impl HubOptions {
    /// Name of the class that cursors are good for.
    fn class(&self) -> String {
        match self.shows {
            Shows::Everything => self.audience.name.clone(),
            Shows::Wall => format!("{}/wall", self.audience.name),
        }
    }
}

impl Feeds {
    fn of(views: Vec<FeedView>, shows: Shows) -> Self {
        let json: BTreeMap<String, Arc<str>> = views
            .into_iter()
            .filter_map(|f| {
                let name = f.health.feed.to_string();
                let json = serde_json::to_string(&shows.of(Entity::Feed(f))?).ok()?;
                Some((name, json.into()))
            })
            .collect();
        let mut names = DefaultHasher::new();
        for name in json.keys() {
            name.hash(&mut names);
        }
        Self {
            names: names.finish(),
            json,
        }
    }

    fn since(&self, before: &Self) -> FeedChange {
        let changed = |(name, json): &(&String, &Arc<str>)| before.json.get(*name) != Some(*json);
        let gone = before.json.keys().filter(|n| !self.json.contains_key(*n));
        FeedChange {
            upsert: self
                .json
                .iter()
                .filter(changed)
                .map(|(_, json)| Arc::clone(json))
                .collect(),
            remove: gone
                .map(|name| Remove {
                    key: EntityKey {
                        kind: EntityKind::Feed,
                        id: name.clone(),
                    },
                    reason: RemoveReason::Gone,
                })
                .collect(),
            names: self.names,
        }
    }
}

/// A client's place among the connections; given back when it is dropped, whatever ends the client.
pub(crate) struct Seat(Hub);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.0.clients.fetch_sub(1, Ordering::AcqRel);
        metrics::gauge!("live_clients").decrement(1.0);
    }
}

struct Inner {
    room: RoomHandle,
    feeds: Arc<dyn FeedBoard>,
    clock: Arc<dyn TimeSource>,
    options: HubOptions,
    projection: RwLock<Projection>,
    deltas: broadcast::Sender<Arc<ClassDelta>>,
    feed_changes: broadcast::Sender<Arc<FeedChange>>,
    epoch: u64,
    clients: AtomicU32,
    seals: AtomicU64,
    clock_suspect: AtomicBool,
    walls: Walls,
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
            options.shows,
            options.mode,
            options.shapes.clone(),
        );
        let (deltas, _) = broadcast::channel(MAX_DELTAS);
        let (feed_changes, _) = broadcast::channel(MAX_FEED_CHANGES);
        let [_, _, _, _, epoch @ ..] = options.nonce;
        let hub = Self(Arc::new(Inner {
            room,
            feeds,
            clock,
            options,
            projection: RwLock::new(projection),
            deltas,
            feed_changes,
            epoch: u64::from_le_bytes(epoch),
            clients: AtomicU32::new(0),
            seals: AtomicU64::new(0),
            clock_suspect: AtomicBool::new(false),
            walls: Walls::default(),
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

    /// A place for one more client, if there is one.
    pub(crate) fn enter(&self) -> Option<Seat> {
        let full = self.0.options.max_clients;
        self.0
            .clients
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| {
                (n < full).then_some(n + 1)
            })
            .ok()?;
        metrics::gauge!("live_clients").increment(1.0);
        Some(Seat(self.clone()))
    }

    /// How the walls that follow this hub stand, by name.
    pub fn walls(&self) -> Vec<WallState> {
        self.0.walls.states(self.now())
    }

    /// Asks a wall to show a place; whether the wall is there.
    pub fn show(&self, wall: &str, show: Show) -> bool {
        self.0.walls.show(wall, show)
    }

    pub(crate) fn wall_board(&self) -> &Walls {
        &self.0.walls
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

    pub(crate) fn feed_changes(&self) -> broadcast::Receiver<Arc<FeedChange>> {
        self.0.feed_changes.subscribe()
    }

    pub(crate) fn projection(&self) -> RwLockReadGuard<'_, Projection> {
        self.0
            .projection
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A cursor for a place.
    pub(crate) fn seal(&self, mark: Mark) -> Cursor {
        let n = self.0.seals.fetch_add(1, Ordering::Relaxed);
        let mut nonce = self.0.options.nonce;
        nonce
            .iter_mut()
            .zip(n.to_le_bytes())
            .for_each(|(a, b)| *a ^= b);
        let seen = Seen {
            epoch: self.0.epoch,
            mark,
        };
        self.0
            .options
            .cursor_key
            .seal(seen, &self.0.options.class(), nonce)
    }

    /// What changed since a cursor was given, and where the client stood then; `None` where that can't be told. A feed
    /// that was taken away meanwhile is remembered nowhere: then it can't be told either.
    pub(crate) fn since(
        &self,
        cursor: &Cursor,
        projection: &Projection,
        feeds: &Feeds,
    ) -> Option<(Mark, ClassDelta)> {
        let options = &self.0.options;
        let seen = options.cursor_key.open(cursor, &options.class())?;
        if seen.mark.feeds != feeds.names {
            return None;
        }
        let before = if seen.epoch == self.0.epoch {
            seen.mark
        } else {
            Mark {
                feeds: feeds.names,
                ..projection.same_as_start(seen.mark)?
            }
        };
        Some((before, projection.since(before.position)?))
    }

    pub(crate) fn feeds(&self) -> Feeds {
        Feeds::of(self.0.feeds.health(), self.0.options.shows)
    }

    async fn follow(self, mut updates: broadcast::Receiver<Arc<oneroof_room::Update>>) {
        // A hub that follows no longer must not look alive: should this end for whatever reason, the clients end.
        let _ended = self.0.stop.clone().drop_guard();
        loop {
            let update = tokio::select! {
                () = self.0.stop.cancelled() => return,
                u = updates.recv() => u,
            };
            let delta = match update {
                Ok(update) => {
                    let picture = self.0.room.picture().read();
                    self.write()
                        .apply(&picture, update.position, &update.changes)
                }
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "the hub fell behind and projects everything anew");
                    metrics::counter!("live_hub_lagged_total").increment(1);
                    let picture = self.0.room.picture().read();
                    Some(self.write().everything(&picture))
                }
                Err(RecvError::Closed) => return,
            };
            // What changed nothing for this class is no news for its clients.
            if let Some(delta) = delta.filter(|d| !d.is_empty()) {
                // Nobody may be connected; that is no fault.
                drop(self.0.deltas.send(Arc::new(delta)));
            }
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
        let mut before = Feeds::default();
        let mut clock = ClockWatch::new(&*self.0.clock);
        loop {
            tokio::select! {
                () = self.0.stop.cancelled() => return,
                _ = every.tick() => {}
            }
            let now = self.feeds();
            let change = now.since(&before);
            before = now;
            if !change.upsert.is_empty() || !change.remove.is_empty() {
                drop(self.0.feed_changes.send(Arc::new(change)));
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
            self.suspect_until = steady + core::time::Duration::from_mins(1);
        }
        (self.wall, self.steady) = (wall, steady);
        steady < self.suspect_until
    }
}
