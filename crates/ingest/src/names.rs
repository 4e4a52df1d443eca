//! Names of the metrics, in one place. Every one carries the label `feed`.
//!
//! The recorder has to be installed before the ingest starts: handles are made once per feed.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use metrics::{Counter, Gauge, counter, gauge};
use oneroof_model::FeedId;
use oneroof_wire::FeedQuality;

/// Chunks that came: reads of a stream, datagrams, files, requests.
pub const FRAMES: &str = "feed_frames_total";
/// Bytes that came.
pub const BYTES: &str = "feed_bytes_total";
/// Records taken: reports, positions, states, figures.
pub const EVENTS: &str = "feed_events_total";
/// Records put into quarantine, by `reason` (a stable code).
pub const REJECTS: &str = "feed_rejects_total";
/// Records that were known already.
pub const DUPLICATES: &str = "feed_duplicates_total";
/// Records that are known and out of scope.
pub const SKIPPED: &str = "feed_skipped_total";
/// What could neither be taken nor kept: datagrams over the quota or beyond the buffer, rejects beyond the
/// quarantine's bound.
pub const LOST: &str = "feed_lost_total";
/// Restarts of the transport.
pub const RESTARTS: &str = "feed_restarts_total";
/// Panics caught at the task's boundary.
pub const PANICS: &str = "feed_panics_total";
/// Seconds since anything that could be understood was heard.
pub const LAST_EVENT_AGE: &str = "feed_last_event_age_seconds";
/// 1 while connected or listening, else 0.
pub const CONNECTED: &str = "feed_connected";
/// How good what it says is, 0 to 1, by `part` (`completeness`, `timeliness`, `duplicates`); not there while unknown.
pub const QUALITY: &str = "feed_quality_ratio";
/// Silences raised, by `kind` (`feed`, `unit`, `figures`) and without `feed`.
pub const SILENCES: &str = "silences_total";
/// Silences that are not over, by `kind` and without `feed`.
pub const SILENCES_OPEN: &str = "silences_open";

/// Reasons that are told apart in [`REJECTS`]; the rest is `other`, so that labels stay few.
const MAX_REASONS: usize = 64;

/// The handles of one feed.
pub(crate) struct FeedMetrics {
    feed: String,
    pub(crate) frames: Counter,
    pub(crate) bytes: Counter,
    pub(crate) events: Counter,
    pub(crate) duplicates: Counter,
    pub(crate) skipped: Counter,
    pub(crate) lost: Counter,
    pub(crate) restarts: Counter,
    pub(crate) panics: Counter,
    pub(crate) last_event_age: Gauge,
    pub(crate) connected: Gauge,
    /// Parts of the quality, made when the first of it is known.
    quality: [OnceLock<Gauge>; 3],
    rejects: Mutex<BTreeMap<String, Counter>>,
}

impl FeedMetrics {
    pub(crate) fn new(feed: &FeedId) -> Self {
        let feed = feed.as_str().to_owned();
        let count = |name: &'static str| counter!(name, "feed" => feed.clone());
        let level = |name: &'static str| gauge!(name, "feed" => feed.clone());
        Self {
            frames: count(FRAMES),
            bytes: count(BYTES),
            events: count(EVENTS),
            duplicates: count(DUPLICATES),
            skipped: count(SKIPPED),
            lost: count(LOST),
            restarts: count(RESTARTS),
            panics: count(PANICS),
            last_event_age: level(LAST_EVENT_AGE),
            connected: level(CONNECTED),
            quality: [const { OnceLock::new() }; 3],
            rejects: Mutex::default(),
            feed,
        }
    }

    /// Shows the parts of the quality that are known.
    pub(crate) fn quality(&self, quality: &FeedQuality) {
        let parts = [
            ("completeness", quality.completeness.score),
            ("timeliness", quality.timeliness.score),
            ("duplicates", quality.duplicates.score),
        ];
        for (handle, (part, score)) in self.quality.iter().zip(parts) {
            if let Some(score) = score {
                let make = || gauge!(QUALITY, "feed" => self.feed.clone(), "part" => part);
                handle.get_or_init(make).set(f64::from(score));
            }
        }
    }

    /// Counts a reject under its reason.
    pub(crate) fn reject(&self, code: &str) {
        let mut known = self.rejects.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = known.get(code) {
            return counter.increment(1);
        }
        let code = if known.len() < MAX_REASONS {
            code
        } else {
            "other"
        };
        let make = || counter!(REJECTS, "feed" => self.feed.clone(), "reason" => code.to_owned());
        known
            .entry(code.to_owned())
            .or_insert_with(make)
            .increment(1);
    }
}
