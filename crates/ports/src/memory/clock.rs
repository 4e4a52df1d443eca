//! A clock and ids that a test steers.

use core::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use core::time::Duration;

use oneroof_model::{IdSource, Time};
use uuid::Uuid;

use crate::TimeSource;

/// A clock that stands still until it is moved. Wall clock and monotonic clock move apart where a test wants a jump.
#[derive(Debug)]
pub struct ManualClock {
    wall_us: AtomicI64,
    monotonic_us: AtomicU64,
}

impl ManualClock {
    /// A clock that shows `now`; its monotonic clock begins at zero.
    pub const fn new(now: Time) -> Self {
        Self {
            wall_us: AtomicI64::new(now.as_micros()),
            monotonic_us: AtomicU64::new(0),
        }
    }

    /// Lets time go on: both clocks move.
    pub fn advance(&self, by: Duration) {
        let us = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        self.monotonic_us.fetch_add(us, Ordering::SeqCst);
        let us = i64::try_from(us).unwrap_or(i64::MAX);
        self.wall_us.fetch_add(us, Ordering::SeqCst);
    }

    /// Sets the wall clock alone, as an operator or a time server would: a jump.
    pub fn jump_to(&self, now: Time) {
        self.wall_us.store(now.as_micros(), Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    /// 2026-11-23T00:00:00Z.
    fn default() -> Self {
        Self::new(Time::from_secs(1_795_392_000))
    }
}

impl TimeSource for ManualClock {
    fn now(&self) -> Time {
        Time::from_micros(self.wall_us.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_micros(self.monotonic_us.load(Ordering::SeqCst))
    }
}

/// Ids 1, 2, 3 ... as UUIDs: the same at each run, and short in a failed assertion.
#[derive(Debug, Default)]
pub struct CountingIds {
    given: AtomicU64,
}

impl CountingIds {
    /// Ids that begin after `given`.
    pub const fn after(given: u64) -> Self {
        Self {
            given: AtomicU64::new(given),
        }
    }
}

impl IdSource for CountingIds {
    fn next(&self, _unix_ms: i64) -> Uuid {
        let n = self.given.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        Uuid::from_u128(u128::from(n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_only_when_told_to_and_jumps_apart_from_the_monotonic_one() {
        let clock = ManualClock::new(Time::from_secs(100));
        assert_eq!(clock.now(), Time::from_secs(100));
        clock.advance(Duration::from_millis(1_500));
        assert_eq!(clock.now(), Time::from_millis(101_500));
        assert_eq!(clock.monotonic(), Duration::from_millis(1_500));
        clock.jump_to(Time::from_secs(50));
        assert_eq!(clock.now(), Time::from_secs(50));
        assert_eq!(clock.monotonic(), Duration::from_millis(1_500));
    }

    #[test]
    fn ids_count_up() {
        let ids = CountingIds::default();
        assert_eq!(ids.next(0), Uuid::from_u128(1));
        assert_eq!(ids.next(0), Uuid::from_u128(2));
    }
}
