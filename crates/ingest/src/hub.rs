//! All feeds of the centre: added, changed, paused, resumed and removed on the running system.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oneroof_config::{Feed, Problem};
use oneroof_model::{FeedId, FeedLight};
use oneroof_ports::{SourceFactory, Store, TimeSource};
use oneroof_wire::{FeedDetail, FeedSummary, FeedView};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::pipeline::FeedParts;
use crate::plan::{Defaults, Formats, Plan, PlanError, first_of};
use crate::port::RoomPort;
use crate::quota::Quota;
use crate::silence::Board;
use crate::stats::{Face, FeedStats, Heard};
use crate::supervise::supervise;

/// Most feeds of one centre.
pub const MAX_FEEDS: usize = 500;

/// How often health is published where no light changes. 1 s.
const PUBLISH_EVERY: Duration = Duration::from_secs(1);

/// Least time between two publications, however often a light flickers. 100 ms.
const PUBLISH_GAP: Duration = Duration::from_millis(100);

/// Publications between two looks at how full the quarantines are.
const LOOK_AT_QUARANTINE: u32 = 10;

/// Longest wait for a feed to end. 20 s; its own limits end it sooner.
const END_WAIT: Duration = Duration::from_secs(20);

/// What the ingest works with.
pub struct IngestParts {
    /// What feeds take from the centre.
    pub defaults: Defaults,
    /// The room.
    pub room: Arc<dyn RoomPort>,
    /// Makes sources.
    pub sources: Arc<dyn SourceFactory>,
    /// Makes formats ([`crate::registry`]).
    pub formats: Formats,
    /// The quarantine's store; without one its bound is only counted from the start of the process.
    pub store: Option<Arc<dyn Store>>,
    /// The clock.
    pub clock: Arc<dyn TimeSource>,
}

/// Why a feed could not be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// There is none of that name.
    #[error("no feed {0}")]
    NotFound(FeedId),
    /// It cannot work as it is configured; what was there before goes on.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// There are too many.
    #[error("more than {MAX_FEEDS} feeds")]
    TooMany,
    /// The ingest is shutting down.
    #[error("the ingest is closed")]
    Closed,
}

/// A run of a feed.
struct Run {
    stop: CancellationToken,
    done: JoinHandle<()>,
}

/// A feed.
struct Slot {
    /// Missing where its file was never valid.
    plan: Option<Plan>,
    stats: Arc<FeedStats>,
    quota: Arc<Mutex<Quota>>,
    run: Option<Run>,
    paused: bool,
}

pub(crate) struct Inner {
    pub(crate) parts: IngestParts,
    defaults: Arc<Defaults>,
    feeds: Mutex<BTreeMap<FeedId, Slot>>,
    /// Held while feeds are changed, so that two changes of one feed do not cross.
    changing: tokio::sync::Mutex<()>,
    bell: Arc<Notify>,
    /// What the silence detector found, for the feeds page.
    pub(crate) board: Board,
    views: watch::Sender<Arc<[FeedView]>>,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

/// The ingest. Cheap to clone.
#[derive(Clone)]
pub struct Ingest {
    pub(crate) inner: Arc<Inner>,
}

impl Ingest {
    /// Starts without feeds; [`Self::apply`] adds them. Needs a tokio runtime.
    pub fn start(parts: IngestParts, stop: CancellationToken) -> Self {
        let defaults = Arc::new(parts.defaults.clone());
        let inner = Arc::new(Inner {
            parts,
            defaults,
            feeds: Mutex::default(),
            changing: tokio::sync::Mutex::default(),
            bell: Arc::default(),
            board: Board::default(),
            views: watch::Sender::new(Arc::default()),
            stop,
            tasks: TaskTracker::new(),
        });
        let ingest = Self { inner };
        ingest
            .inner
            .tasks
            .spawn(ingest.clone().publish_until_stopped());
        ingest
    }

    fn feeds(&self) -> MutexGuard<'_, BTreeMap<FeedId, Slot>> {
        // Slots are whole at every moment.
        self.inner
            .feeds
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a feed or changes one. What was there before goes on where the new one cannot work, and where nothing
    /// has changed. A paused feed stays paused unless its file says otherwise than before.
    ///
    /// # Errors
    /// Where the feed cannot work as it is configured; its health shows why.
    pub async fn apply(&self, feed: Feed) -> Result<(), FeedError> {
        let _changing = self.inner.changing.lock().await;
        if self.inner.stop.is_cancelled() {
            return Err(FeedError::Closed);
        }
        let id = feed.feed.clone();
        let known = self
            .feeds()
            .get(&id)
            .and_then(|s| Some((s.plan.clone()?.feed, s.paused)));
        if let Some((before, _)) = &known
            && *before == feed
        {
            self.set_config_problem(&id, None);
            return Ok(());
        }
        if known.is_none() && self.feeds().len() >= MAX_FEEDS {
            return Err(FeedError::TooMany);
        }
        let parts = &self.inner.parts;
        let face = self.inner.defaults.face(&feed);
        let plan = match Plan::of(feed, &self.inner.defaults, &parts.formats, &*parts.sources) {
            Ok(plan) => plan,
            Err(error) => {
                self.slot_for_problem(&id, face);
                self.set_config_problem(&id, Some(format!("config.invalid {error}")));
                return Err(error.into());
            }
        };
        let paused = match known {
            Some((before, paused)) if before.paused == plan.feed.paused => paused,
            _ => plan.feed.paused,
        };
        self.end_run(&id).await;
        self.put(&id, plan, face, paused);
        self.begin_run(&id);
        Ok(())
    }

    /// Whether a feed could work as it is configured; changes nothing.
    ///
    /// # Errors
    /// Where it could not.
    pub fn check(&self, feed: &Feed) -> Result<(), PlanError> {
        let parts = &self.inner.parts;
        Plan::of(
            feed.clone(),
            &self.inner.defaults,
            &parts.formats,
            &*parts.sources,
        )
        .map(|_| ())
    }

    /// Shows that a feed's file is invalid; the feed goes on as it was. One that never was valid is shown as down.
    pub fn reject_config(&self, id: &FeedId, problems: &[Problem]) {
        if problems.is_empty() {
            return;
        }
        let text = format!("config.invalid {}", first_of(problems));
        let face = Face {
            org: self.inner.defaults.org.clone(),
            uk: id.to_string(),
            en: id.to_string(),
            rule: self.inner.defaults.rule,
            transport: "",
            format: String::new(),
        };
        self.slot_for_problem(id, face);
        self.set_config_problem(id, Some(text));
    }

    fn set_config_problem(&self, id: &FeedId, problem: Option<String>) {
        if let Some(slot) = self.feeds().get(id) {
            slot.stats.config_problem(problem);
        }
    }

    fn new_stats(&self, id: &FeedId, face: Face) -> Arc<FeedStats> {
        let clock = Arc::clone(&self.inner.parts.clock);
        Arc::new(FeedStats::new(
            id.clone(),
            face,
            clock,
            Arc::clone(&self.inner.bell),
        ))
    }

    /// A place to show the problem of a feed that never was valid.
    fn slot_for_problem(&self, id: &FeedId, face: Face) {
        let mut feeds = self.feeds();
        if feeds.contains_key(id) || feeds.len() >= MAX_FEEDS {
            return;
        }
        let stats = self.new_stats(id, face);
        stats.light(FeedLight::Down, None);
        let quota = Arc::new(Mutex::new(Quota::new(0, 0)));
        feeds.insert(
            id.clone(),
            Slot {
                plan: None,
                stats,
                quota,
                run: None,
                paused: false,
            },
        );
    }

    fn put(&self, id: &FeedId, plan: Plan, face: Face, paused: bool) {
        let quota = &plan.feed.quota;
        let quota = Quota::new(quota.records_per_s, quota.bytes_per_s.bytes());
        let mut feeds = self.feeds();
        let stats = match feeds.remove(id) {
            Some(slot) => slot.stats,
            None => self.new_stats(id, face.clone()),
        };
        stats.set_face(face);
        stats.config_problem(None);
        let quota = Arc::new(Mutex::new(quota));
        feeds.insert(
            id.clone(),
            Slot {
                plan: Some(plan),
                stats,
                quota,
                run: None,
                paused,
            },
        );
    }

    fn parts_of(&self, slot: &Slot) -> Option<FeedParts> {
        Some(FeedParts {
            plan: slot.plan.clone()?,
            stats: Arc::clone(&slot.stats),
            quota: Arc::clone(&slot.quota),
            room: Arc::clone(&self.inner.parts.room),
            clock: Arc::clone(&self.inner.parts.clock),
            defaults: Arc::clone(&self.inner.defaults),
        })
    }

    /// What a feed that is pushed to works with, and whether it is paused.
    pub(crate) fn feed_parts(&self, id: &FeedId) -> Option<(FeedParts, bool)> {
        let feeds = self.feeds();
        let slot = feeds.get(id)?;
        Some((self.parts_of(slot)?, slot.paused))
    }

    fn begin_run(&self, id: &FeedId) {
        let mut feeds = self.feeds();
        let Some(slot) = feeds.get(id) else { return };
        let Some(parts) = self.parts_of(slot) else {
            return;
        };
        let run = match (&parts.plan.source, slot.paused) {
            (_, true) => {
                slot.stats.light(FeedLight::Paused, None);
                None
            }
            (None, false) => {
                slot.stats.light(FeedLight::Up, None);
                None
            }
            (Some(source), false) => {
                let stop = self.inner.stop.child_token();
                let source = Arc::clone(source);
                let tasks = self.inner.tasks.clone();
                let run = supervise(parts, source, tasks, stop.clone());
                Some(Run {
                    stop,
                    done: self.inner.tasks.spawn(run),
                })
            }
        };
        if let Some(slot) = feeds.get_mut(id) {
            slot.run = run;
        }
    }

    /// Ends what runs of a feed and waits for it, so that its port or folder is free again.
    async fn end_run(&self, id: &FeedId) {
        let run = self.feeds().get_mut(id).and_then(|slot| slot.run.take());
        let Some(Run { stop, done }) = run else {
            return;
        };
        stop.cancel();
        if timeout(END_WAIT, done).await.is_err() {
            tracing::error!(feed = %id, "the feed did not end in time");
        }
    }

    /// Ends a feed and forgets it. What it said stays.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub async fn remove(&self, id: &FeedId) -> Result<(), FeedError> {
        let _changing = self.inner.changing.lock().await;
        self.end_run(id).await;
        let gone = self.feeds().remove(id);
        self.inner.bell.notify_one();
        gone.map(|_| ())
            .ok_or_else(|| FeedError::NotFound(id.clone()))
    }

    /// Stops a feed until it is resumed.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub async fn pause(&self, id: &FeedId) -> Result<(), FeedError> {
        self.set_paused(id, Paused::Yes).await
    }

    /// Starts a paused feed again.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub async fn resume(&self, id: &FeedId) -> Result<(), FeedError> {
        self.set_paused(id, Paused::No).await
    }

    async fn set_paused(&self, id: &FeedId, to: Paused) -> Result<(), FeedError> {
        let _changing = self.inner.changing.lock().await;
        let paused = to == Paused::Yes;
        {
            let mut feeds = self.feeds();
            let slot = feeds
                .get_mut(id)
                .ok_or_else(|| FeedError::NotFound(id.clone()))?;
            if slot.paused == paused {
                return Ok(());
            }
            slot.paused = paused;
        }
        self.end_run(id).await;
        self.begin_run(id);
        Ok(())
    }

    /// Names of all feeds.
    pub fn ids(&self) -> Vec<FeedId> {
        self.feeds().keys().cloned().collect()
    }

    /// The configuration of a feed as it is at work.
    pub fn feed(&self, id: &FeedId) -> Option<Feed> {
        self.feeds()
            .get(id)?
            .plan
            .as_ref()
            .map(|plan| plan.feed.clone())
    }

    /// Health of every feed now, by name.
    pub fn health(&self) -> Vec<FeedView> {
        self.feeds()
            .values()
            .map(|slot| slot.stats.view())
            .collect()
    }

    /// A feed of the feeds page's list, by name.
    pub fn summaries(&self) -> Vec<FeedSummary> {
        self.feeds()
            .iter()
            .map(|(id, slot)| {
                let shown = slot.stats.shown();
                FeedSummary {
                    view: slot.stats.view(),
                    trend: shown.hour,
                    quality: shown.quality.score,
                    silent_since: self.inner.board.silent_since(id),
                }
            })
            .collect()
    }

    /// A feed's own page; its rejects are in the store, and for the caller to add.
    pub fn detail(&self, id: &FeedId) -> Option<FeedDetail> {
        let stats = Arc::clone(&self.feeds().get(id)?.stats);
        let shown = stats.shown();
        Some(FeedDetail {
            view: stats.view(),
            trends: vec![shown.hour, shown.day],
            quality: shown.quality,
            normal: self.inner.board.normal(id),
            rejects: Vec::new(),
        })
    }

    /// What every feed was heard to say, by name.
    pub(crate) fn heard(&self) -> Vec<(FeedId, Heard)> {
        self.feeds()
            .iter()
            .map(|(id, slot)| (id.clone(), slot.stats.heard_so_far()))
            .collect()
    }

    /// Follows the health of all feeds: once a second, and at once when a light changes. What was missed is not
    /// told; the newest is.
    pub fn subscribe(&self) -> watch::Receiver<Arc<[FeedView]>> {
        self.inner.views.subscribe()
    }

    fn publish(&self) {
        let now = self.health();
        self.inner.views.send_if_modified(|shown| {
            let changed = **shown != *now;
            if changed {
                *shown = now.into();
            }
            changed
        });
    }

    async fn publish_until_stopped(self) {
        let mut tick = interval(PUBLISH_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ticks: u32 = 0;
        loop {
            tokio::select! {
                biased;
                () = self.inner.stop.cancelled() => break,
                () = self.inner.bell.notified() => {
                    self.publish();
                    tokio::time::sleep(PUBLISH_GAP).await;
                }
                _ = tick.tick() => {
                    if ticks.is_multiple_of(LOOK_AT_QUARANTINE) {
                        self.look_at_quarantine().await;
                        for slot in self.feeds().values() {
                            slot.stats.measure_quality();
                        }
                    }
                    ticks = ticks.wrapping_add(1);
                    self.publish();
                }
            }
        }
        self.publish();
    }

    /// How full the quarantines really are: retention and re-processing empty them.
    pub(crate) async fn look_at_quarantine(&self) {
        let Some(store) = &self.inner.parts.store else {
            return;
        };
        let sizes = match store.quarantine_size().await {
            Ok(sizes) => sizes,
            Err(error) => {
                tracing::warn!(%error, "the size of the quarantine is not known");
                return;
            }
        };
        let feeds = self.feeds();
        for (id, slot) in feeds.iter() {
            let bytes = sizes
                .iter()
                .find(|(feed, _, _)| feed == id)
                .map_or(0, |(_, b, _)| *b);
            slot.stats.quarantine_bytes.store(bytes, Ordering::Relaxed);
            if bytes < self.inner.defaults.quarantine_bytes {
                slot.stats.quarantine_problem(None);
            }
        }
    }

    /// Ends everything: sources first, then what they gave is made durable as far as that goes within its limits.
    pub async fn shutdown(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        if timeout(END_WAIT, self.inner.tasks.wait()).await.is_err() {
            tracing::error!("some feeds did not end in time");
        }
    }
}

/// Whether a feed is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paused {
    Yes,
    No,
}
