//! Live tracks: the newest position of everything that moves, in memory.
//!
//! Positions never pass the journal. Each track has a slot, used again when it left, and two counters of change
//! (position, identity) taken from one clock of changes: whoever follows the tracks remembers the count up to which he
//! has seen and asks what is newer ([`Tracks::changed_since`]); what left is told before what came in its place.
//!
//! - Newest = min(occurred, received): a fast clock never wins, a late position goes to the history only.
//! - One identifier heard in two places at once is split by impossible speed, once the second place is confirmed by a
//!   second position there, and both tracks say so.
//! - Tracks of others retire after long silence, counted; own units stay until dismissed.

mod own;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use oneroof_model::{
    FeedId, FreshnessRule, LatLon, Marking, Mode, OrgId, PositionDraft, Time, TrackDomain,
    TrackIdent, TrackKey,
};
use oneroof_ports::HistoryPoint;
use oneroof_wire::RemoveReason;
use tokio::sync::mpsc;

use crate::submit::FeedContext;

/// Most tracks in memory.
pub const MAX_TRACKS: usize = 200_000;

/// Longest gap between two positions over which a speed is believed to be impossible, seconds.
const SPLIT_WINDOW_S: f64 = 600.0;

/// Least jump that is looked at, metres: below it GNSS errors make any speed.
const SPLIT_MIN_M: f64 = 5_000.0;

/// Stands for "no slot": the position is not taken.
const NO_SLOT: u32 = u32::MAX;

/// How the history is thinned when it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HistoryRule {
    /// A position is written when so much time has passed since the last one, seconds ...
    pub every_s: f64,
    /// ... or when it moved so far, metres.
    pub moved_m: f64,
}

/// Rules of the tracks.
#[derive(Debug, Clone)]
pub struct TrackRules {
    /// Freshness by domain.
    pub freshness: BTreeMap<TrackDomain, FreshnessRule>,
    /// Freshness of own units that have a rule of their own, by identifier.
    pub units: BTreeMap<String, FreshnessRule>,
    /// Thinning of the history.
    pub history: HistoryRule,
    /// Tracks of others retire after so long without a word, seconds.
    pub retire_s: i64,
}

/// One track.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Its key; the identifier of a split twin ends in `~2`.
    pub key: TrackKey,
    /// Newest position and its moment.
    pub position: Option<(LatLon, Time)>,
    /// When anything of it was last heard, by our clock.
    pub heard: Time,
    /// Speed, m/s.
    pub speed_mps: Option<f32>,
    /// Course, degrees.
    pub course_deg: Option<f32>,
    /// Heading, degrees.
    pub heading_deg: Option<f32>,
    /// Altitude, metres.
    pub alt_m: Option<f32>,
    /// Name.
    pub name: Option<Box<str>>,
    /// Call sign.
    pub call_sign: Option<Box<str>>,
    /// Type within the domain.
    pub kind_code: Option<u16>,
    /// AIS navigational status.
    pub nav_status: Option<u8>,
    /// Length, metres.
    pub length_m: Option<u16>,
    /// Destination.
    pub destination: Option<Box<str>>,
    /// Agency of an own unit.
    pub org: Option<OrgId>,
    /// Feed last heard by.
    pub feed: FeedId,
    /// Agency that answers for that feed.
    pub originator: OrgId,
    /// Who may see it: the marking of that feed.
    pub marking: Marking,
    /// Real, exercise or test.
    pub mode: Mode,
    /// Whether it is a capture played again.
    pub recorded: bool,
    /// Whether its identifier is heard in two places.
    pub split: bool,
    /// When it is stale and lost.
    pub rule: FreshnessRule,
    /// Count of its newest change of position.
    pub moved: u64,
    /// Count of its newest change of identity.
    pub renamed: u64,
    written: Option<(LatLon, Time)>,
    /// A position elsewhere that one more would confirm.
    elsewhere: Option<(LatLon, Time)>,
    twin: Option<u32>,
}

/// What became of some positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PositionsTaken {
    /// Taken as the newest of their track, or as static data.
    pub accepted: u64,
    /// Older than what was known: history only.
    pub late: u64,
    /// Not taken: the table is full.
    pub refused: u64,
}

/// A slot that was emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// The slot.
    pub slot: u32,
    /// Why.
    pub reason: RemoveReason,
    /// Count of the change.
    pub count: u64,
}

/// Most removals remembered for those who follow; who is further behind starts anew.
const MAX_REMOVED: usize = 50_000;

#[derive(Debug, Default)]
struct Table {
    slots: Vec<Option<Track>>,
    /// Slots of tracks that left, to be used again: a room runs for months.
    free: Vec<u32>,
    by_key: HashMap<TrackKey, u32>,
    removed: Vec<Removed>,
    forgotten_to: u64,
    count: u64,
}

/// The live tracks.
pub struct Tracks {
    table: Mutex<Table>,
    rules: TrackRules,
    history: mpsc::Sender<Vec<HistoryPoint>>,
    history_lost: AtomicU64,
    retired: AtomicU64,
}

impl core::fmt::Debug for Tracks {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Tracks").finish_non_exhaustive()
    }
}

/// What changed in the tracks since some count.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrackChanges {
    /// Count up to which this goes.
    pub count: u64,
    /// Whether the asker is too far behind and has to start anew.
    pub anew: bool,
    /// Slots whose position changed.
    pub moved: Vec<u32>,
    /// Slots whose identity changed (or are new; a slot that was emptied before may be in use again).
    pub renamed: Vec<u32>,
    /// Slots that were emptied.
    pub removed: Vec<Removed>,
}

fn top_speed_mps(domain: TrackDomain) -> f64 {
    match domain {
        TrackDomain::Vessel => 60.0,
        TrackDomain::Aircraft => 1_000.0,
        TrackDomain::Unit | TrackDomain::Vehicle => 120.0,
        TrackDomain::Sensor => f64::INFINITY,
    }
}

fn reachable(domain: TrackDomain, from: (LatLon, Time), to: (LatLon, Time)) -> bool {
    let d = from.0.distance_m(to.0);
    let dt = to.1.secs_since(from.1).abs();
    d < SPLIT_MIN_M || dt > SPLIT_WINDOW_S || d / dt.max(1.0) <= top_speed_mps(domain)
}

impl Tracks {
    /// An empty table. Thinned positions go to `history`; when that is full they are dropped and counted, for
    /// acknowledgements never wait for the history.
    pub fn new(rules: TrackRules, history: mpsc::Sender<Vec<HistoryPoint>>) -> Arc<Self> {
        Arc::new(Self {
            table: Mutex::default(),
            rules,
            history,
            history_lost: AtomicU64::new(0),
            retired: AtomicU64::new(0),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Positions that the history could not take.
    pub fn history_lost(&self) -> u64 {
        self.history_lost.load(Ordering::Relaxed)
    }

    /// Tracks retired so far.
    pub fn retired(&self) -> u64 {
        self.retired.load(Ordering::Relaxed)
    }

    /// Tracks in the table.
    pub fn len(&self) -> usize {
        self.lock().by_key.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes positions.
    pub fn take(&self, feed: &FeedContext, at: Time, drafts: Vec<PositionDraft>) -> PositionsTaken {
        let mut taken = PositionsTaken::default();
        let mut points = Vec::new();
        {
            let mut table = self.lock();
            for draft in drafts {
                table.take(&self.rules, feed, at, &draft, &mut taken, &mut points);
            }
        }
        if !points.is_empty() {
            let n = u64::try_from(points.len()).unwrap_or(0);
            if self.history.try_send(points).is_err() {
                self.history_lost.fetch_add(n, Ordering::Relaxed);
            }
        }
        taken
    }

    /// Removes a track that its sender withdrew.
    pub fn withdraw(&self, key: &TrackKey) -> bool {
        let mut table = self.lock();
        let Some(slot) = table.by_key.get(key).copied() else {
            return false;
        };
        table.remove(slot, RemoveReason::Gone);
        true
    }

    /// Retires tracks of others that were silent for long; gives their number.
    pub fn retire(&self, now: Time) -> usize {
        let mut table = self.lock();
        let before = now.plus_secs(-self.rules.retire_s);
        let old: Vec<u32> = table
            .slots
            .iter()
            .enumerate()
            .filter_map(|(i, t)| {
                let t = t.as_ref()?;
                let out = t.key.domain != TrackDomain::Unit && t.heard < before;
                out.then(|| u32::try_from(i).ok()).flatten()
            })
            .collect();
        for slot in &old {
            table.remove(*slot, RemoveReason::Retired);
        }
        self.retired
            .fetch_add(u64::try_from(old.len()).unwrap_or(0), Ordering::Relaxed);
        old.len()
    }

    /// What changed since `count`, which was given before (0 at first: everything).
    pub fn changed_since(&self, count: u64) -> TrackChanges {
        let table = self.lock();
        let mut out = TrackChanges {
            count: table.count,
            anew: count < table.forgotten_to,
            ..TrackChanges::default()
        };
        if count == table.count {
            return out;
        }
        for (i, track) in table.slots.iter().enumerate() {
            let (Some(t), Ok(slot)) = (track, u32::try_from(i)) else {
                continue;
            };
            if t.moved > count && t.position.is_some() {
                out.moved.push(slot);
            }
            if t.renamed > count {
                out.renamed.push(slot);
            }
        }
        out.removed = table
            .removed
            .iter()
            .copied()
            .filter(|r| r.count > count)
            .collect();
        out
    }

    /// Reads slots under one lock; empty ones are passed over.
    pub fn visit(&self, slots: impl IntoIterator<Item = u32>, mut f: impl FnMut(u32, &Track)) {
        let table = self.lock();
        for slot in slots {
            let at = usize::try_from(slot).ok();
            if let Some(Some(t)) = at.and_then(|i| table.slots.get(i)) {
                f(slot, t);
            }
        }
    }

    /// Reads all tracks under one lock.
    pub fn visit_all(&self, mut f: impl FnMut(u32, &Track)) {
        let table = self.lock();
        for (i, t) in table.slots.iter().enumerate() {
            if let (Some(t), Ok(slot)) = (t, u32::try_from(i)) {
                f(slot, t);
            }
        }
    }

    /// One track by key.
    pub fn get(&self, key: &TrackKey) -> Option<Track> {
        let table = self.lock();
        let slot = *table.by_key.get(key)?;
        table.slots.get(usize::try_from(slot).ok()?)?.clone()
    }
}

impl Table {
    fn take(
        &mut self,
        rules: &TrackRules,
        feed: &FeedContext,
        at: Time,
        draft: &PositionDraft,
        taken: &mut PositionsTaken,
        points: &mut Vec<HistoryPoint>,
    ) {
        let Some(mut slot) = self.slot_of(rules, feed, at, draft) else {
            taken.refused += 1;
            return;
        };
        // A capture played again moves now: its own times only set its pace.
        let said = draft.at.filter(|_| !feed.recorded);
        let moment = said.map_or(at, |t| t.min(at));
        if let Some(position) = draft.position {
            slot = self.split(slot, (position, moment), rules, feed, at);
        }
        self.count += 1;
        let count = self.count;
        let Some(Some(track)) = usize::try_from(slot)
            .ok()
            .and_then(|i| self.slots.get_mut(i))
        else {
            return;
        };
        track.heard = track.heard.max(at);
        if track.identify(feed, draft) {
            track.renamed = count;
        }
        let Some(position) = draft.position else {
            taken.accepted += 1;
            return;
        };
        let newest = track.position.is_none_or(|(_, t)| moment >= t);
        if newest {
            track.position = Some((position, moment));
            track.speed_mps = draft.speed_mps;
            track.course_deg = draft.course_deg;
            track.heading_deg = draft.heading_deg;
            track.alt_m = draft.alt_m.or(track.alt_m);
            track.nav_status = draft.nav_status.or(track.nav_status);
            track.moved = count;
            taken.accepted += 1;
        } else {
            taken.late += 1;
        }
        if track.due(&rules.history, position, moment, newest) {
            points.push(HistoryPoint {
                track: track.key.clone(),
                at: moment,
                position,
                speed_mps: draft.speed_mps,
                course_deg: draft.course_deg,
            });
        }
    }

    fn slot_of(
        &mut self,
        rules: &TrackRules,
        feed: &FeedContext,
        at: Time,
        draft: &PositionDraft,
    ) -> Option<u32> {
        match self.by_key.get(&draft.track) {
            Some(slot) => Some(*slot),
            None => self.open(rules, feed, at, draft.track.clone()),
        }
    }

    fn open(
        &mut self,
        rules: &TrackRules,
        feed: &FeedContext,
        at: Time,
        key: TrackKey,
    ) -> Option<u32> {
        if self.by_key.len() >= MAX_TRACKS {
            return None;
        }
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => u32::try_from(self.slots.len()).ok()?,
        };
        self.count += 1;
        let rule = rules
            .units
            .get(&key.ident.to_string())
            .filter(|_| key.domain == TrackDomain::Unit)
            .or_else(|| rules.freshness.get(&key.domain))
            .copied()
            .unwrap_or(FreshnessRule {
                expected_s: 180,
                stale_s: 360,
                lost_s: 1_800,
            });
        self.by_key.insert(key.clone(), slot);
        let track = Track {
            key,
            position: None,
            heard: at,
            speed_mps: None,
            course_deg: None,
            heading_deg: None,
            alt_m: None,
            name: None,
            call_sign: None,
            kind_code: None,
            nav_status: None,
            length_m: None,
            destination: None,
            org: None,
            feed: feed.id.clone(),
            originator: feed.org.clone(),
            marking: feed.marking.clone(),
            mode: feed.mode,
            recorded: feed.recorded,
            split: false,
            rule,
            moved: 0,
            renamed: self.count,
            written: None,
            elsewhere: None,
            twin: None,
        };
        match usize::try_from(slot)
            .ok()
            .and_then(|i| self.slots.get_mut(i))
        {
            Some(entry) => *entry = Some(track),
            None => self.slots.push(Some(track)),
        }
        Some(slot)
    }

    /// The slot that a position belongs to: its own, or that of the twin where it cannot have come from here.
    fn split(
        &mut self,
        slot: u32,
        to: (LatLon, Time),
        rules: &TrackRules,
        feed: &FeedContext,
        at: Time,
    ) -> u32 {
        let index = usize::try_from(slot).unwrap_or(usize::MAX);
        let Some(Some(track)) = self.slots.get_mut(index) else {
            return slot;
        };
        let domain = track.key.domain;
        let Some(here) = track.position else {
            return slot;
        };
        if reachable(domain, here, to) {
            track.elsewhere = None;
            return slot;
        }
        if let Some(twin) = track.twin {
            return twin;
        }
        let confirmed = track.elsewhere.is_some_and(|e| reachable(domain, e, to));
        track.elsewhere = Some(to);
        if !confirmed {
            // Remembered, not believed: the picture stays.
            return NO_SLOT;
        }
        let key = TrackKey {
            domain,
            ident: TrackIdent::Text(format!("{}~2", track.key.ident).into()),
        };
        let (name, call_sign, kind_code) =
            (track.name.clone(), track.call_sign.clone(), track.kind_code);
        let Some(twin) = self.open(rules, feed, at, key) else {
            return slot;
        };
        self.count += 1;
        let count = self.count;
        if let Some(Some(t)) = self
            .slots
            .get_mut(usize::try_from(twin).unwrap_or(usize::MAX))
        {
            (t.name, t.call_sign, t.kind_code, t.split) = (name, call_sign, kind_code, true);
        }
        if let Some(Some(t)) = self.slots.get_mut(index) {
            (t.twin, t.split, t.renamed) = (Some(twin), true, count);
        }
        twin
    }

    fn remove(&mut self, slot: u32, reason: RemoveReason) {
        let Some(entry) = usize::try_from(slot)
            .ok()
            .and_then(|i| self.slots.get_mut(i))
        else {
            return;
        };
        let Some(track) = entry.take() else { return };
        self.by_key.remove(&track.key);
        // A track in two places names its twin by its slot, so theirs stay as they are.
        if !track.split {
            self.free.push(slot);
        }
        self.count += 1;
        self.removed.push(Removed {
            slot,
            reason,
            count: self.count,
        });
        if self.removed.len() > MAX_REMOVED {
            let half = self.removed.len() / 2;
            if let Some(last) = self.removed.get(half.saturating_sub(1)) {
                self.forgotten_to = last.count;
            }
            self.removed.drain(..half);
        }
    }
}

#[cfg(test)]
mod tests;
