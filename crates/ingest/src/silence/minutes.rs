//! The last day of one feed minute by minute, and the hour that is being gathered.

use std::collections::VecDeque;

use super::evidence::Evidence;
use super::normal::{Hour, Normal};

/// Minutes that are kept: a day.
const KEPT: usize = 1_440;

/// Minutes of an hour that have to be heard for it to count as whole; looks do not fall on its edges.
const WHOLE: u8 = 58;

/// One minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Minute {
    /// Records that came.
    pub(crate) records: u32,
    /// Hour of the week.
    pub(crate) slot: u8,
    /// Whether the server listened to the feed all the time, and its clock did not jump.
    pub(crate) heard: bool,
}

/// An hour so far.
#[derive(Debug, Clone, Copy)]
struct Gathered {
    slot: u8,
    minutes: u8,
    heard: u8,
    hour: Hour,
}

impl Gathered {
    const fn new(slot: u8) -> Self {
        Self {
            slot,
            minutes: 0,
            heard: 0,
            hour: Hour {
                records: 0,
                minutes: 0,
            },
        }
    }

    fn done(&self) -> Option<(u8, Hour)> {
        (self.heard >= WHOLE).then_some((self.slot, self.hour))
    }
}

/// Newest first; about 12 kB a feed when it is full.
#[derive(Debug, Default)]
pub(crate) struct Minutes {
    ring: VecDeque<Minute>,
    hour: Option<Gathered>,
}

impl Minutes {
    /// Takes a minute that is over; gives the hour that is complete with the minute before, where it was heard whole.
    pub(crate) fn push(&mut self, minute: Minute) -> Option<(u8, Hour)> {
        self.ring.push_front(minute);
        self.ring.truncate(KEPT);
        let over = self
            .hour
            .filter(|h| h.slot != minute.slot || h.minutes >= 60);
        if over.is_some() {
            self.hour = None;
        }
        let hour = self.hour.get_or_insert(Gathered::new(minute.slot));
        hour.minutes = hour.minutes.saturating_add(1);
        if minute.heard {
            hour.heard = hour.heard.saturating_add(1);
            hour.hour.records = hour.hour.records.saturating_add(minute.records);
            hour.hour.minutes += u8::from(minute.records > 0);
        }
        over.and_then(|h| h.done())
    }

    /// Whether the newest minute was heard.
    pub(crate) fn newest_heard(&self) -> bool {
        self.ring.front().is_some_and(|m| m.heard)
    }

    /// Newest first, with what is usual in the hours of the minutes.
    pub(crate) fn evidence(
        &self,
        normal: &Normal,
        least_weeks: usize,
    ) -> impl Iterator<Item = Evidence> + Clone {
        self.ring.iter().map(move |m| Evidence {
            records: if m.heard { m.records } else { 0 },
            usual: m.heard.then(|| normal.usual(m.slot, least_weeks)).flatten(),
        })
    }

    /// Records of the last hour, where all of it was heard.
    pub(crate) fn last_hour(&self) -> Option<u32> {
        let newest = || self.ring.iter().take(60);
        let whole = newest().filter(|m| m.heard).count() == 60;
        whole.then(|| newest().fold(0, |sum: u32, m| sum.saturating_add(m.records)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn minute(records: u32, slot: u8) -> Minute {
        Minute {
            records,
            slot,
            heard: true,
        }
    }

    #[test]
    fn an_hour_that_was_heard_whole_is_given_with_the_first_minute_of_the_next() {
        let mut minutes = Minutes::default();
        for n in 0..60 {
            assert_eq!(minutes.push(minute(u32::from(n % 2 == 0) * 3, 7)), None);
        }
        let hour = Hour {
            records: 90,
            minutes: 30,
        };
        assert_eq!(minutes.last_hour(), Some(90));
        assert_eq!(minutes.push(minute(1, 8)), Some((7, hour)));
    }

    #[test]
    fn an_hour_of_which_a_part_was_not_heard_is_not_learned() {
        let mut minutes = Minutes::default();
        for n in 0..60 {
            let heard = n >= 3;
            let given = minutes.push(Minute {
                heard,
                ..minute(5, 7)
            });
            assert_eq!(given, None);
        }
        assert_eq!(minutes.push(minute(5, 8)), None);
        assert_eq!(
            minutes.last_hour(),
            None,
            "three of its minutes are unknown"
        );
    }

    #[test]
    fn the_hour_that_comes_twice_in_autumn_is_two_hours() {
        let mut minutes = Minutes::default();
        let given: Vec<_> = (0..121)
            .filter_map(|_| minutes.push(minute(1, 147)))
            .collect();
        let hour = Hour {
            records: 60,
            minutes: 60,
        };
        assert_eq!(given, [(147, hour); 2]);
    }

    #[test]
    fn no_more_than_a_day_is_kept() {
        let mut minutes = Minutes::default();
        for _ in 0..5_000 {
            minutes.push(minute(1, 1));
        }
        assert_eq!(minutes.evidence(&Normal::default(), 3).count(), KEPT);
    }
}
