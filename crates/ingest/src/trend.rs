//! What a feed said over the last hour, minute by minute, and over the last day, half-hour by half-hour: the numbers
//! of the feeds page. Fixed rings, counted on the clock that never jumps.

use core::time::Duration;

use oneroof_wire::FeedTrend;

use crate::quality::Measured;

/// Seconds of a short bucket and how many there are: an hour by minutes.
const SHORT: (u64, usize) = (60, 60);

/// Seconds of a long bucket and how many there are: a day by half-hours.
const LONG: (u64, usize) = (1_800, 48);

/// What is counted; sums stay at their greatest number rather than begin anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    /// Records taken.
    pub(crate) accepted: u32,
    /// Records that were known already.
    pub(crate) duplicates: u32,
    /// Records put aside or refused.
    pub(crate) rejected: u32,
    /// What the quality rests on.
    pub(crate) measured: Measured,
}

impl Tally {
    /// Adds another.
    pub(crate) fn add(&mut self, other: &Self) {
        self.accepted = self.accepted.saturating_add(other.accepted);
        self.duplicates = self.duplicates.saturating_add(other.duplicates);
        self.rejected = self.rejected.saturating_add(other.rejected);
        self.measured.add(&other.measured);
    }
}

/// Buckets of one length, the newest overwriting the oldest.
#[derive(Debug)]
struct Ring {
    span_s: u64,
    buckets: Vec<Tally>,
    /// Number of the newest bucket since the clock's fixed moment, and of the first one ever.
    newest: u64,
    first: u64,
}

impl Ring {
    fn new((span_s, count): (u64, usize), now: Duration) -> Self {
        let number = now.as_secs() / span_s;
        Self {
            span_s,
            buckets: vec![Tally::default(); count],
            newest: number,
            first: number,
        }
    }

    fn place(&self, number: u64) -> usize {
        let count = self.buckets.len().max(1) as u64;
        usize::try_from(number % count).unwrap_or(0)
    }

    /// Goes on to the bucket of now, emptying those that it passes.
    fn turn(&mut self, now: Duration) {
        let number = now.as_secs() / self.span_s;
        let passed = number.saturating_sub(self.newest);
        let passed = passed.min(self.buckets.len() as u64);
        for step in 0..passed {
            let place = self.place(number.saturating_sub(step));
            if let Some(bucket) = self.buckets.get_mut(place) {
                *bucket = Tally::default();
            }
        }
        self.newest = self.newest.max(number);
    }

    fn add(&mut self, now: Duration, tally: &Tally) {
        self.turn(now);
        let place = self.place(self.newest);
        if let Some(bucket) = self.buckets.get_mut(place) {
            bucket.add(tally);
        }
    }

    /// Oldest first; nothing for what lies before the beginning.
    fn read(&self) -> impl Iterator<Item = Option<&Tally>> {
        let count = self.buckets.len() as u64;
        (0..count).rev().map(move |back| {
            let number = self.newest.checked_sub(back)?;
            (number >= self.first).then(|| self.buckets.get(self.place(number)))?
        })
    }

    fn view(&self, now: Duration) -> FeedTrend {
        let count = |of: fn(&Tally) -> u32| self.read().map(|b| b.map(of)).collect();
        FeedTrend {
            bucket_s: u32::try_from(self.span_s).unwrap_or(u32::MAX),
            newest_s: u32::try_from(now.as_secs() % self.span_s).unwrap_or(0),
            accepted: count(|b| b.accepted),
            duplicates: count(|b| b.duplicates),
            rejected: count(|b| b.rejected),
        }
    }
}

/// Both rings of one feed: about 9 kB.
#[derive(Debug)]
pub(crate) struct Trend {
    short: Ring,
    long: Ring,
    begun: Duration,
}

impl Trend {
    /// Empty, from now on.
    pub(crate) fn new(now: Duration) -> Self {
        Self {
            short: Ring::new(SHORT, now),
            long: Ring::new(LONG, now),
            begun: now,
        }
    }

    /// Counts into the buckets of now.
    pub(crate) fn add(&mut self, now: Duration, tally: &Tally) {
        self.short.add(now, tally);
        self.long.add(now, tally);
    }

    /// The last hour by minutes.
    pub(crate) fn hour(&mut self, now: Duration) -> FeedTrend {
        self.short.turn(now);
        self.short.view(now)
    }

    /// The last day by half-hours.
    pub(crate) fn day(&mut self, now: Duration) -> FeedTrend {
        self.long.turn(now);
        self.long.view(now)
    }

    /// The sum of the last day, and the seconds that it spans.
    pub(crate) fn sum_of_day(&mut self, now: Duration) -> (Tally, u32) {
        self.long.turn(now);
        let mut sum = Tally::default();
        for tally in self.long.read().flatten() {
            sum.add(tally);
        }
        let span = LONG.0 * LONG.1 as u64;
        let known = now.saturating_sub(self.begun).as_secs().min(span);
        (sum, u32::try_from(known).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn accepted(n: u32) -> Tally {
        Tally {
            accepted: n,
            ..Tally::default()
        }
    }

    #[test]
    fn buckets_are_oldest_first_and_what_lies_before_the_beginning_is_unknown() {
        let mut trend = Trend::new(s(6_000));
        trend.add(s(6_010), &accepted(3));
        trend.add(s(6_130), &accepted(4));
        let hour = trend.hour(s(6_150));
        assert_eq!((hour.bucket_s, hour.newest_s), (60, 30));
        assert_eq!(hour.accepted.len(), 60);
        assert_eq!(hour.accepted[56..], [None, Some(3), Some(0), Some(4)]);
        let day = trend.day(s(6_150));
        assert_eq!((day.bucket_s, day.accepted.len()), (1_800, 48));
        assert_eq!(day.accepted[47], Some(7));
        assert_eq!(day.accepted[46], None);
    }

    #[test]
    fn what_is_older_than_the_ring_is_forgotten_however_long_nothing_came() {
        let mut trend = Trend::new(s(0));
        trend.add(s(5), &accepted(9));
        assert_eq!(trend.hour(s(3_599)).accepted[0], Some(9));
        let later = trend.hour(s(3_600));
        assert!(later.accepted.iter().all(|n| *n == Some(0)), "{later:?}");
        let much_later = trend.day(s(10_000_000));
        assert!(much_later.accepted.iter().all(|n| *n == Some(0)));
        assert_eq!(trend.sum_of_day(s(10_000_000)).0, Tally::default());
    }

    #[test]
    fn sums_stay_at_their_greatest_number() {
        let mut trend = Trend::new(s(0));
        trend.add(s(1), &accepted(u32::MAX));
        trend.add(s(1), &accepted(5));
        assert_eq!(trend.hour(s(1)).accepted[59], Some(u32::MAX));
        assert_eq!(trend.sum_of_day(s(1)), (accepted(u32::MAX), 1));
    }
}
