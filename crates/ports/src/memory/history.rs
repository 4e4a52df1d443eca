//! History in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use oneroof_model::{Time, TrackKey};

use crate::{BoxFuture, History, HistoryPoint, Near, NearAsked, Nearest, StoreError};

const DAY_US: i64 = 86_400_000_000;

/// A history of positions in memory.
#[derive(Debug, Default)]
pub struct MemoryHistory {
    points: Mutex<BTreeMap<(TrackKey, Time), HistoryPoint>>,
}

impl History for MemoryHistory {
    fn add(&self, points: Vec<HistoryPoint>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let mut kept = self.points.lock().unwrap_or_else(PoisonError::into_inner);
            for point in points {
                kept.insert((point.track.clone(), point.at), point);
            }
            Ok(())
        })
    }

    fn of_track(
        &self,
        track: TrackKey,
        from: Time,
        to: Time,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<HistoryPoint>, StoreError>> {
        Box::pin(async move {
            if from >= to {
                return Ok(Vec::new());
            }
            let kept = self.points.lock().unwrap_or_else(PoisonError::into_inner);
            let found: Vec<_> = kept
                .range((track.clone(), from)..(track, to))
                .map(|(_, point)| point.clone())
                .collect();
            drop(kept);
            Ok(thin_evenly(found, limit))
        })
    }

    fn near(&self, asked: NearAsked) -> BoxFuture<'_, Result<Near, StoreError>> {
        Box::pin(async move {
            let mut nearest = Nearest::new(asked);
            let kept = self.points.lock().unwrap_or_else(PoisonError::into_inner);
            for point in kept
                .values()
                .filter(|p| asked.from <= p.at && p.at < asked.to)
            {
                if !nearest.may_look() {
                    break;
                }
                if let Some(distance_m) = nearest.reaches(point.position) {
                    nearest.take(distance_m, point.clone());
                }
            }
            drop(kept);
            Ok(nearest.end())
        })
    }

    fn thin(&self, before: Time, keep_every_s: u32) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(async move {
            let first = before.as_micros().div_euclid(DAY_US);
            let slot_us = i64::from(keep_every_s.max(1)) * 1_000_000;
            let mut kept = self.points.lock().unwrap_or_else(PoisonError::into_inner);
            let had = kept.len();
            let mut newest: Option<(TrackKey, i64)> = None;
            // Sorted by track and time: the first of a slot comes first.
            kept.retain(|(track, at), _| {
                if at.as_micros().div_euclid(DAY_US) >= first {
                    return true;
                }
                let slot = at.as_micros().div_euclid(slot_us);
                let seen = newest
                    .as_ref()
                    .is_some_and(|(t, s)| t == track && *s == slot);
                newest = Some((track.clone(), slot));
                !seen
            });
            Ok(u64::try_from(had - kept.len()).unwrap_or(u64::MAX))
        })
    }

    fn retain(&self, before: Time) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(async move {
            let first = before.as_micros().div_euclid(DAY_US);
            let day = |at: Time| at.as_micros().div_euclid(DAY_US);
            let mut kept = self.points.lock().unwrap_or_else(PoisonError::into_inner);
            let mut days: Vec<i64> = kept.keys().map(|(_, at)| day(*at)).collect();
            days.retain(|d| *d < first);
            days.sort_unstable();
            days.dedup();
            kept.retain(|(_, at), _| day(*at) >= first);
            Ok(u64::try_from(days.len()).unwrap_or(u64::MAX))
        })
    }
}

/// At most `limit` of these, evenly spread, the first and the last among them (the last alone where `limit` is 1).
pub fn thin_evenly<T>(all: Vec<T>, limit: usize) -> Vec<T> {
    let n = all.len();
    if n <= limit {
        return all;
    }
    // The k-th one kept is number k * (n - 1) / (limit - 1).
    let place = |k: usize| match limit {
        0 => n,
        1 => n - 1,
        _ => k * (n - 1) / (limit - 1),
    };
    let mut kept = 0;
    let mut out = Vec::with_capacity(limit);
    for (i, item) in all.into_iter().enumerate() {
        if kept < limit && i == place(kept) {
            out.push(item);
            kept += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_both_ends_and_exactly_the_limit() {
        for n in 0..60_usize {
            for limit in 0..70 {
                let thin = thin_evenly((0..n).collect(), limit);
                assert_eq!(thin.len(), n.min(limit), "{n} to {limit}");
                if limit >= 2 && n >= 1 {
                    assert_eq!(thin.first(), Some(&0));
                }
                if limit >= 1 && n >= 1 {
                    assert_eq!(thin.last(), Some(&(n - 1)));
                }
            }
        }
    }
}
