//! Names of the metrics, in one place. Every one carries the label `feed`.
//!
//! The recorder has to be installed before the ingest starts: handles are made once per feed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use metrics::{Counter, Gauge, counter, gauge};
use oneroof_model::FeedId;

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
            rejects: Mutex::default(),
            feed,
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
