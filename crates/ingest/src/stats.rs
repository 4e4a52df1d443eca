//! How one feed is doing: counted where it happens, read by whoever shows it.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oneroof_model::{
    Draft, FeedHealth, FeedId, FeedLight, FreshnessRule, Interval, OrgId, RecordOutcome, Time,
};
use oneroof_ports::{SourceError, TimeSource, Up};
use oneroof_wire::FeedView;
use tokio::sync::Notify;

use crate::meter::Meter;
use crate::names::FeedMetrics;

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
    accepted: u64,
    duplicates: u64,
    quarantined: u64,
    skipped: u64,
    restarts: u64,
    lost: u64,
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

    /// Notes what a draft says of times.
    pub(crate) fn times(&self, drafts: &[&Draft], received: Time) {
        let now = self.clock.monotonic();
        let mut state = self.state();
        for draft in drafts {
            let (occurred, sent) = match draft {
                Draft::Report(r) => (
                    r.occurred.map(|Interval { to, .. }| to).or(r.reported),
                    r.reported,
                ),
                Draft::Position(p) => (p.at, p.at),
                Draft::Unit(u) => (u.at, u.at),
                Draft::Figures(f) => (f.at, f.at),
                Draft::Heartbeat(h) => (None, h.at),
                Draft::Delete(d) => (None, d.at),
            };
            if let Some(occurred) = occurred {
                state.meter.lag(now, received.secs_since(occurred));
            }
            if let Some(sent) = sent {
                state.meter.skew(now, sent.secs_since(received));
            }
        }
    }

    /// Counts records that were taken without an answer of their own (positions).
    pub(crate) fn taken(&self, records: u64) {
        if records > 0 {
            self.metrics.events.increment(records);
            let now = self.clock.monotonic();
            let mut state = self.state();
            state.accepted += records;
            state.meter.count(now, records, 0);
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
            state.meter.count(now, 0, records);
        }
    }

    /// Counts what became of a record whose raw bytes are so many.
    pub(crate) fn outcome(&self, outcome: &RecordOutcome, raw_bytes: usize) {
        match outcome {
            RecordOutcome::Accepted { .. } | RecordOutcome::Revised { .. } => self.taken(1),
            RecordOutcome::Duplicate { .. } => {
                self.metrics.duplicates.increment(1);
                self.state().duplicates += 1;
            }
            RecordOutcome::Quarantined { reason, .. } => {
                self.metrics.reject(&reason.code);
                self.quarantine_bytes
                    .fetch_add(raw_bytes as u64, Ordering::Relaxed);
                let now = self.clock.monotonic();
                let mut state = self.state();
                state.quarantined += 1;
                state.meter.count(now, 0, 1);
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
