//! The history of positions: thinned, in daily files, apart from the journal. Acknowledgements never wait for it.

use std::collections::BTreeMap;

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

/// Which positions are asked for by [`History::near`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearAsked {
    /// The place.
    pub center: LatLon,
    /// Farthest from it, metres; a point at exactly that distance is within.
    pub radius_m: f64,
    /// From this moment on.
    pub from: Time,
    /// Before this moment.
    pub to: Time,
    /// Most tracks in the answer.
    pub tracks: usize,
    /// Most points looked at, so that a busy hour costs no more than this.
    pub work: usize,
}

/// What was near a place in a span of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Near {
    /// Of each track its point nearest to the place with its distance in metres, nearest first.
    pub points: Vec<(f64, HistoryPoint)>,
    /// Whether tracks were left out, because there are more than asked for or more points than may be looked at.
    pub truncated: bool,
}

/// Finds the nearest point of each track among those that an adapter reads, within bounds of work and memory.
#[derive(Debug)]
pub struct Nearest {
    asked: NearAsked,
    best: BTreeMap<TrackKey, (f64, HistoryPoint)>,
    looked: usize,
    exhausted: bool,
}

impl Nearest {
    /// Begins to look.
    pub const fn new(asked: NearAsked) -> Self {
        Self {
            asked,
            best: BTreeMap::new(),
            looked: 0,
            exhausted: false,
        }
    }

    /// What is asked.
    pub const fn asked(&self) -> &NearAsked {
        &self.asked
    }

    /// Whether one more point may be looked at; where not, the answer says that it is not whole.
    pub const fn may_look(&mut self) -> bool {
        self.exhausted = self.looked >= self.asked.work;
        self.looked = self.looked.saturating_add(1);
        !self.exhausted
    }

    /// How far a position is from the place, metres; `None` beyond the radius.
    pub fn reaches(&self, position: LatLon) -> Option<f64> {
        // A degree of latitude has at least 110.5 km: what is plainly too far north or south costs no sines.
        let far = (position.lat() - self.asked.center.lat()).abs() * 110_500.0;
        if far > self.asked.radius_m {
            return None;
        }
        let distance_m = self.asked.center.distance_m(position);
        (distance_m <= self.asked.radius_m).then_some(distance_m)
    }

    /// Takes a point that is within reach. Of two equally near ones the earlier stays.
    pub fn take(&mut self, distance_m: f64, point: HistoryPoint) {
        match self.best.entry(point.track.clone()) {
            std::collections::btree_map::Entry::Vacant(e) => {
                e.insert((distance_m, point));
            }
            std::collections::btree_map::Entry::Occupied(mut e) => {
                let known = e.get();
                if (distance_m, point.at) < (known.0, known.1.at) {
                    e.insert((distance_m, point));
                }
            }
        }
    }

    /// The answer.
    pub fn end(self) -> Near {
        let mut points: Vec<(f64, HistoryPoint)> = self.best.into_values().collect();
        points.sort_by(|a, b| {
            let order = a.0.total_cmp(&b.0);
            order.then_with(|| a.1.track.cmp(&b.1.track))
        });
        let truncated = self.exhausted || points.len() > self.asked.tracks;
        points.truncate(self.asked.tracks);
        Near { points, truncated }
    }
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

    /// Which tracks were within a radius of a place in `[from, to)`, each with its nearest point, nearest first.
    fn near(&self, asked: NearAsked) -> BoxFuture<'_, Result<Near, StoreError>>;

    /// Thins whole days before this moment: of each track the first point in every `keep_every_s` seconds (counted from
    /// midnight UTC) stays. Gives the number of points removed.
    fn thin(&self, before: Time, keep_every_s: u32) -> BoxFuture<'_, Result<u64, StoreError>>;

    /// Drops whole days before this moment; gives the number of days dropped.
    fn retain(&self, before: Time) -> BoxFuture<'_, Result<u64, StoreError>>;
}
