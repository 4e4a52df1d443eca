//! The history of positions: thinned, in daily files, apart from the journal. Acknowledgements never wait for it.

use oneroof_model::{LatLon, Time, TrackKey};

use crate::{BoxFuture, StoreError};

/// One remembered position.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryPoint {
    /// The track.
    pub track: TrackKey,
    /// When it was there: min(occurred, received).
    pub at: Time,
    /// Where.
    pub position: LatLon,
    /// Speed in metres a second.
    pub speed_mps: Option<f32>,
    /// Course in degrees.
    pub course_deg: Option<f32>,
}

/// The history of positions.
pub trait History: Send + Sync {
    /// Adds points, in any order. Loss of the last seconds at a crash is allowed.
    fn add(&self, points: Vec<HistoryPoint>) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Points of one track within `[from, to)`, oldest first, at most `limit` (thinned evenly where more).
    fn of_track(
        &self,
        track: TrackKey,
        from: Time,
        to: Time,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<HistoryPoint>, StoreError>>;

    /// Thins whole days before this moment: of each track the first point in every `keep_every_s` seconds (counted from
    /// midnight UTC) stays. Gives the number of points removed.
    fn thin(&self, before: Time, keep_every_s: u32) -> BoxFuture<'_, Result<u64, StoreError>>;

    /// Drops whole days before this moment; gives the number of days dropped.
    fn retain(&self, before: Time) -> BoxFuture<'_, Result<u64, StoreError>>;
}
