//! How one feed is doing: counted where it happens, read by whoever shows it.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oneroof_feeds::Drafted;
use oneroof_model::{
    BcpId, Draft, FeedHealth, FeedId, FeedLight, FreshnessRule, OrgId, RecordOutcome, Time,
};
use oneroof_ports::{SourceError, TimeSource, Up};
use oneroof_wire::{FeedQuality, FeedTrend, FeedView};
use tokio::sync::Notify;

use crate::meter::Meter;
use crate::names::FeedMetrics;
use crate::quality::{Measured, occurred, quality};
use crate::trend::{Tally, Trend};

/// Times of a chunk that are looked at for lag and clock; more would not change what is shown.
const TIMES_PER_CHUNK: usize = 8;

/// Most crossing points that are noted of a feed; a centre has fewer.
const MAX_POINTS: usize = 1_000;

/// What is shown of a feed and does not change while it runs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Face {
    pub(crate) org: OrgId,
    pub(crate) uk: String,
    pub(crate) en: String,
    pub(crate) rule: FreshnessRule,
    pub(crate) transport: &'static str,
    pub(crate) format: String,
}

/// What changes.
#[derive(Debug)]
struct State {
    face: Face,
    light: FeedLight,
    /// Last error of the transport.
    error: Option<String>,
    /// What is wrong with its file; shown before anything else.
    config_problem: Option<String>,
    /// Why what it says cannot be made durable.
    store_problem: Option<String>,
    /// That its quarantine is full.
    quarantine_problem: Option<String>,
    last_heard: Option<Time>,
    meter: Meter,
    trend: Trend,
    /// Records with something to say, taken or not: signs of life and duplicates tell nothing new.
    spoken: u64,
    /// Crossing points of which it gives figures; at most [`MAX_POINTS`].
    points: BTreeSet<BcpId>,
    accepted: u64,
    duplicates: u64,
    quarantined: u64,
    skipped: u64,
    restarts: u64,
    lost: u64,
}

impl State {
    /// Counts records that were not taken: somebody spoke all the same.
    fn rejected(&mut self, now: Duration, records: u64) {
        self.spoken += records;
        self.meter.count(now, 0, records);
        let tally = Tally {
            rejected: u32::try_from(records).unwrap_or(u32::MAX),
            ..Tally::default()
        };
        self.trend.add(now, &tally);
    }
}

/// What the feeds page shows of a feed beside its health.
pub(crate) struct Shown {
    pub(crate) hour: FeedTrend,
    pub(crate) day: FeedTrend,
    pub(crate) quality: FeedQuality,
}

/// What the silence detector is told of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) light: FeedLight,
    pub(crate) last_heard: Option<Time>,
    /// Records with something to say since the start.
    pub(crate) spoken: u64,
    /// Crossing points of which it gives figures.
    pub(crate) points: BTreeSet<BcpId>,
}

/// Counters of one feed; they outlive its restarts and its changes.
pub(crate) struct FeedStats {
    id: FeedId,
    clock: Arc<dyn TimeSource>,
    metrics: FeedMetrics,
    state: Mutex<State>,
    /// Rung when its light changes.
    bell: Arc<Notify>,
    /// Raw bytes in its quarantine.
    pub(crate) quarantine_bytes: AtomicU64,
    /// Datagrams that its source had to drop; handed to the source.
    pub(crate) source_lost: Arc<AtomicU64>,
    source_lost_told: AtomicU64,
}

impl FeedStats {
    pub(crate) fn new(
        id: FeedId,
        face: Face,
        clock: Arc<dyn TimeSource>,
        bell: Arc<Notify>,
    ) -> Self {
        let metrics = FeedMetrics::new(&id);
        let state = State {
            face,
            light: FeedLight::Starting,
            error: None,
            config_problem: None,
            store_problem: None,
            quarantine_problem: None,
            last_heard: None,
            meter: Meter::new(),
            trend: Trend::new(clock.monotonic()),
            spoken: 0,
            points: BTreeSet::new(),
            accepted: 0,
            duplicates: 0,
            quarantined: 0,
            skipped: 0,
            restarts: 0,
            lost: 0,
        };
        Self {
            id,
            clock,
            metrics,
            state: Mutex::new(state),
            bell,
            quarantine_bytes: AtomicU64::new(0),
            source_lost: Arc::default(),
            source_lost_told: AtomicU64::new(0),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Counters are whole at every moment; a panic elsewhere does not spoil them.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_face(&self, face: Face) {
        self.state().face = face;
        self.bell.notify_one();
    }

    /// Sets the light and the error that goes with it.
    pub(crate) fn light(&self, light: FeedLight, error: Option<String>) {
        let changed = {
            let mut state = self.state();
            let changed = state.light != light || state.error != error;
            state.light = light;
            state.error = error;
            changed
        };
        self.metrics
            .connected
            .set(if light == FeedLight::Up { 1.0 } else { 0.0 });
        if changed {
            self.bell.notify_one();
        }
    }

    /// What its source said of itself.
    pub(crate) fn source_state(&self, said: Result<Up, SourceError>) {
        match said {
            Ok(Up { address, trouble }) => {
                tracing::info!(feed = %self.id, address, trouble = trouble.as_ref().map(tracing::field::display), "feed is up");
                self.light(FeedLight::Up, trouble.map(|t| t.to_string()));
            }
            Err(error) => {
                tracing::warn!(feed = %self.id, code = error.code, detail = %error.detail, "feed is down");
                self.light(FeedLight::Down, Some(error.to_string()));
            }
        }
    }

    /// What is wrong with its file, or nothing any more.
    pub(crate) fn config_problem(&self, problem: Option<String>) {
        self.show(problem, |state| &mut state.config_problem);
    }

    /// Why what it says cannot be made durable, or nothing any more.
    pub(crate) fn store_problem(&self, problem: Option<String>) {
        self.show(problem, |state| &mut state.store_problem);
    }

    /// That its quarantine is full, or not any more.
    pub(crate) fn quarantine_problem(&self, problem: Option<String>) {
        self.show(problem, |state| &mut state.quarantine_problem);
    }

    fn show(&self, problem: Option<String>, place: impl FnOnce(&mut State) -> &mut Option<String>) {
        let changed = {
            let mut state = self.state();
            let place = place(&mut state);
            let changed = *place != problem;
            *place = problem;
            changed
        };
        if changed {
            self.bell.notify_one();
        }
    }

    pub(crate) fn restarted(&self) {
        self.metrics.restarts.increment(1);
        self.state().restarts += 1;
    }

    pub(crate) fn panicked(&self) {
        self.metrics.panics.increment(1);
    }

    pub(crate) fn frame(&self, bytes: usize) {
        self.metrics.frames.increment(1);
        self.metrics.bytes.increment(bytes as u64);
    }

    /// Something that could be understood came.
    pub(crate) fn heard(&self, at: Time) {
        let mut state = self.state();
        state.last_heard = state.last_heard.max(Some(at));
    }

    /// Notes what drafts say of times, and how much of what is wanted they carry.
    pub(crate) fn measure(&self, drafts: &[Drafted], received: Time) {
        if drafts.is_empty() {
            return;
        }
        let now = self.clock.monotonic();
        let mut state = self.state();
        let mut measured = Measured::default();
        for Drafted { draft, .. } in drafts {
            measured.take(draft, received, state.face.rule);
            if let Draft::Figures(f) = draft
                && state.points.len() < MAX_POINTS
                && !state.points.contains(&f.bcp)
            {
                state.points.insert(f.bcp.clone());
            }
        }
        for Drafted { draft, .. } in drafts.iter().take(TIMES_PER_CHUNK) {
            let sent = match draft {
                Draft::Report(r) => r.reported,
                Draft::Heartbeat(h) => h.at,
                Draft::Delete(d) => d.at,
                Draft::Position(_)
                | Draft::Unit(_)
                | Draft::Figures(_)
                | Draft::Threat(_)
                | Draft::Weather(_) => occurred(draft),
            };
            if let Some(occurred) = occurred(draft) {
                state.meter.lag(now, received.secs_since(occurred));
            }
            if let Some(sent) = sent {
                state.meter.skew(now, sent.secs_since(received));
            }
        }
        let tally = Tally {
            measured,
            ..Tally::default()
        };
        state.trend.add(now, &tally);
    }

    /// Counts signs of life: taken, and nothing said.
    pub(crate) fn alive(&self, records: u64) {
        self.count_taken(records, 0);
    }

    /// Counts records that were taken without an answer of their own (positions).
    pub(crate) fn taken(&self, records: u64) {
        self.count_taken(records, records);
    }

    fn count_taken(&self, records: u64, spoken: u64) {
        if records > 0 {
            self.metrics.events.increment(records);
            let now = self.clock.monotonic();
            let mut state = self.state();
            state.accepted += records;
            state.spoken += spoken;
            state.meter.count(now, records, 0);
            let tally = Tally {
                accepted: u32::try_from(records).unwrap_or(u32::MAX),
                ..Tally::default()
            };
            state.trend.add(now, &tally);
        }
    }

    pub(crate) fn skipped(&self, records: u64) {
        if records > 0 {
            self.metrics.skipped.increment(records);
            self.state().skipped += records;
        }
    }

    /// Counts what could neither be taken nor kept.
    pub(crate) fn lost(&self, records: u64) {
        if records > 0 {
            self.metrics.lost.increment(records);
            let now = self.clock.monotonic();
            let mut state = self.state();
            state.lost += records;
            state.rejected(now, records);
        }
    }

    /// Counts what became of a record whose raw bytes are so many.
    pub(crate) fn outcome(&self, outcome: &RecordOutcome, raw_bytes: usize) {
        match outcome {
            RecordOutcome::Accepted { .. } | RecordOutcome::Revised { .. } => self.taken(1),
            RecordOutcome::Duplicate { .. } => {
                self.metrics.duplicates.increment(1);
                let now = self.clock.monotonic();
                let mut state = self.state();
                state.duplicates += 1;
                let tally = Tally {
                    duplicates: 1,
                    ..Tally::default()
                };
                state.trend.add(now, &tally);
            }
            RecordOutcome::Quarantined { reason, .. } => {
                self.metrics.reject(&reason.code);
                self.quarantine_bytes
                    .fetch_add(raw_bytes as u64, Ordering::Relaxed);
                let now = self.clock.monotonic();
                let mut state = self.state();
                state.quarantined += 1;
                state.rejected(now, 1);
            }
            RecordOutcome::Refused { .. } => self.lost(1),
        }
    }

    /// Takes over what the source counted as lost since last time.
    pub(crate) fn settle_source_lost(&self) {
        let now = self.source_lost.load(Ordering::Relaxed);
        let told = self.source_lost_told.swap(now, Ordering::Relaxed);
        self.lost(now.saturating_sub(told));
    }

    /// Its last hour and day, and how good what it says is.
    pub(crate) fn shown(&self) -> Shown {
        let now = self.clock.monotonic();
        let mut state = self.state();
        let (sum, window_s) = state.trend.sum_of_day(now);
        let rule = state.face.rule;
        Shown {
            hour: state.trend.hour(now),
            day: state.trend.day(now),
            quality: quality(&sum, window_s, rule),
        }
    }

    /// Shows its quality among the metrics.
    pub(crate) fn measure_quality(&self) {
        let now = self.clock.monotonic();
        let mut state = self.state();
        let (sum, window_s) = state.trend.sum_of_day(now);
        let quality = quality(&sum, window_s, state.face.rule);
        drop(state);
        self.metrics.quality(&quality);
    }

    /// What the silence detector is told.
    pub(crate) fn heard_so_far(&self) -> Heard {
        self.settle_source_lost();
        let state = self.state();
        Heard {
            light: state.light,
            last_heard: state.last_heard,
            spoken: state.spoken,
            points: state.points.clone(),
        }
    }

    /// Its health as it is shown.
    pub(crate) fn view(&self) -> FeedView {
        self.settle_source_lost();
        let (now, mono) = (self.clock.now(), self.clock.monotonic());
        let state = self.state();
        if let Some(heard) = state.last_heard {
            self.metrics
                .last_event_age
                .set(now.secs_since(heard).max(0.0));
        }
        let reading = state.meter.read(mono);
        let errors = [
            &state.config_problem,
            &state.error,
            &state.store_problem,
            &state.quarantine_problem,
        ];
        let lost =
            (state.lost > 0).then(|| format!("feed.lost: {} records since the start", state.lost));
        FeedView {
            health: FeedHealth {
                feed: self.id.clone(),
                org: state.face.org.clone(),
                uk: state.face.uk.clone(),
                en: state.face.en.clone(),
                light: state.light,
                error: errors.into_iter().flatten().next().cloned().or(lost),
                last_heard: state.last_heard,
                rule: state.face.rule,
                rate_per_s: reading.rate_per_s,
                lag_s: reading.lag_s,
                skew_s: reading.skew_s,
                reject_rate: reading.reject_rate,
                accepted: state.accepted,
                duplicates: state.duplicates,
                quarantined: state.quarantined,
                skipped: state.skipped,
                restarts: state.restarts,
            },
            transport: state.face.transport.to_owned(),
            format: state.face.format.clone(),
        }
    }
}
