//! What is normal for one feed in each hour of the week, learned from the weeks before.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::week::SLOTS;

/// Most weeks that are kept of an hour, whatever the configuration says.
pub(crate) const MAX_WEEKS: usize = 12;

/// What came in one whole hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hour {
    /// Records.
    pub(crate) records: u32,
    /// Minutes in which any came, 0 to 60. Records that come in batches are not as many words as they are records.
    pub(crate) minutes: u8,
}

/// What is at least usual in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Usual {
    /// Records an hour.
    pub(crate) records: f64,
    /// Minutes of an hour in which any come.
    pub(crate) minutes: f64,
}

/// Hours of the week of one feed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Normal {
    slots: BTreeMap<u8, VecDeque<Hour>>,
}

impl Normal {
    /// Takes an hour that was heard whole; the oldest makes room.
    pub(crate) fn learn(&mut self, slot: u8, hour: Hour, weeks: usize) {
        if slot >= SLOTS {
            return;
        }
        let hours = self.slots.entry(slot).or_default();
        hours.push_back(hour);
        while hours.len() > weeks.clamp(1, MAX_WEEKS) {
            hours.pop_front();
        }
    }

    /// Weeks of which an hour was heard.
    pub(crate) fn weeks(&self, slot: u8) -> usize {
        self.slots.get(&slot).map_or(0, VecDeque::len)
    }

    /// What is at least usual in an hour: the lower quartile, so that neither one outage nor one flood of the past
    /// moves it. Unknown until so many weeks were heard.
    pub(crate) fn usual(&self, slot: u8, least_weeks: usize) -> Option<Usual> {
        let hours = self.slots.get(&slot)?;
        if hours.len() < least_weeks.max(1) {
            return None;
        }
        Some(Usual {
            records: quartile(hours.iter().map(|h| h.records))?,
            minutes: quartile(hours.iter().map(|h| u32::from(h.minutes)))?,
        })
    }

    /// Cuts what was read from a file to what is kept.
    pub(crate) fn bounded(mut self) -> Self {
        self.slots.retain(|slot, _| *slot < SLOTS);
        for hours in self.slots.values_mut() {
            while hours.len() > MAX_WEEKS {
                hours.pop_front();
            }
            for hour in hours.iter_mut() {
                hour.minutes = hour.minutes.min(60);
            }
        }
        self
    }
}

/// The lower quartile: of three the least, of eight the second least.
fn quartile(values: impl Iterator<Item = u32>) -> Option<f64> {
    let mut sorted: Vec<u32> = values.collect();
    sorted.sort_unstable();
    let at = sorted.len().checked_sub(1)? / 4;
    sorted.get(at).map(|n| f64::from(*n))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn hour(records: u32, minutes: u8) -> Hour {
        Hour { records, minutes }
    }

    #[test]
    fn an_hour_is_unknown_until_enough_weeks_were_heard() {
        let mut normal = Normal::default();
        for _ in 0..2 {
            normal.learn(9, hour(200, 58), 8);
        }
        assert_eq!((normal.usual(9, 3), normal.weeks(9)), (None, 2));
        normal.learn(9, hour(220, 59), 8);
        let usual = Usual {
            records: 200.0,
            minutes: 58.0,
        };
        assert_eq!(normal.usual(9, 3), Some(usual));
        assert_eq!(normal.usual(10, 3), None);
        normal.learn(SLOTS, hour(1, 1), 8);
        assert_eq!(normal.weeks(SLOTS), 0, "there is no such hour");
    }

    #[test]
    fn one_outage_and_one_flood_of_the_past_do_not_move_it() {
        let mut normal = Normal::default();
        for records in [200, 0, 210, 190, 50_000, 205, 195, 200] {
            normal.learn(3, hour(records, 60), 8);
        }
        assert!((normal.usual(3, 3).unwrap().records - 190.0).abs() < 1e-9);
    }

    #[test]
    fn what_has_changed_for_good_becomes_normal() {
        let mut normal = Normal::default();
        for week in 0..20 {
            normal.learn(3, hour(if week < 10 { 200 } else { 20 }, 20), 8);
        }
        assert!((normal.usual(3, 3).unwrap().records - 20.0).abs() < 1e-9);
        assert_eq!(normal.weeks(3), 8);
    }
}
