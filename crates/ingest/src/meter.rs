//! What happened within the last minute, second by second.

use core::time::Duration;

/// Seconds that are looked back.
const WINDOW_S: u64 = 60;

/// Samples of lag kept of one second; more do not change the median worth showing.
const SAMPLES_PER_S: usize = 16;

/// One second.
#[derive(Debug, Clone, Default)]
struct Slot {
    /// Which second since the clock's fixed moment.
    second: u64,
    accepted: u64,
    rejected: u64,
    /// Received minus occurred, seconds.
    lags: Vec<f32>,
    /// Greatest of the sender's clock minus ours, seconds.
    skew: Option<f32>,
}

/// Rates of the last minute.
#[derive(Debug)]
pub(crate) struct Meter {
    slots: Vec<Slot>,
    started: Option<Duration>,
}

/// What the meter shows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Reading {
    /// Records accepted a second.
    pub(crate) rate_per_s: f32,
    /// Median of received minus occurred, seconds.
    pub(crate) lag_s: Option<f32>,
    /// The sender's clock minus ours, seconds.
    pub(crate) skew_s: Option<f32>,
    /// Share of records rejected, 0 to 1.
    pub(crate) reject_rate: f32,
}

impl Meter {
    pub(crate) fn new() -> Self {
        let slots = usize::try_from(WINDOW_S).unwrap_or(60);
        Self {
            slots: vec![Slot::default(); slots],
            started: None,
        }
    }

    fn slot(&mut self, now: Duration) -> Option<&mut Slot> {
        self.started.get_or_insert(now);
        let second = now.as_secs();
        let slot = self
            .slots
            .get_mut(usize::try_from(second % WINDOW_S).ok()?)?;
        if slot.second != second {
            slot.second = second;
            slot.accepted = 0;
            slot.rejected = 0;
            slot.lags.clear();
            slot.skew = None;
        }
        Some(slot)
    }

    /// Counts records.
    pub(crate) fn count(&mut self, now: Duration, accepted: u64, rejected: u64) {
        if let Some(slot) = self.slot(now) {
            slot.accepted += accepted;
            slot.rejected += rejected;
        }
    }

    /// Notes how long ago something had occurred when it was received.
    pub(crate) fn lag(&mut self, now: Duration, seconds: f64) {
        if let Some(slot) = self.slot(now)
            && slot.lags.len() < SAMPLES_PER_S
        {
            #[expect(clippy::cast_possible_truncation, reason = "shown with one decimal")]
            slot.lags.push(seconds as f32);
        }
    }

    /// Notes what the sender's clock showed, minus ours. It came after it was sent, so the greatest of a minute is
    /// the one that says most about the clock and least about the way.
    pub(crate) fn skew(&mut self, now: Duration, seconds: f64) {
        if let Some(slot) = self.slot(now) {
            #[expect(clippy::cast_possible_truncation, reason = "shown with one decimal")]
            let seconds = seconds as f32;
            slot.skew = Some(slot.skew.map_or(seconds, |known| known.max(seconds)));
        }
    }

    /// What the last minute shows.
    pub(crate) fn read(&self, now: Duration) -> Reading {
        let oldest = now.as_secs().saturating_sub(WINDOW_S - 1);
        let current = |slot: &&Slot| (oldest..=now.as_secs()).contains(&slot.second);
        let (mut accepted, mut rejected) = (0_u64, 0_u64);
        let mut lags = Vec::new();
        let mut skew_s: Option<f32> = None;
        for slot in self.slots.iter().filter(current) {
            accepted += slot.accepted;
            rejected += slot.rejected;
            lags.extend_from_slice(&slot.lags);
            skew_s = match (skew_s, slot.skew) {
                (Some(a), Some(b)) => Some(a.max(b)),
                (a, b) => a.or(b),
            };
        }
        lags.sort_by(f32::total_cmp);
        // A feed that has just begun is not slower for that.
        let since = self
            .started
            .map_or(0.0, |start| now.saturating_sub(start).as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "the window is 60 s")]
        let window = since.clamp(1.0, WINDOW_S as f64);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "shown with one decimal"
        )]
        Reading {
            rate_per_s: (accepted as f64 / window) as f32,
            lag_s: lags.get(lags.len() / 2).copied(),
            skew_s,
            reject_rate: match accepted + rejected {
                0 => 0.0,
                all => (rejected as f64 / all as f64) as f32,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn rates_are_those_of_the_last_minute_only() {
        let mut meter = Meter::new();
        meter.count(s(1_000), 600, 0);
        meter.count(s(1_030), 60, 60);
        assert!((meter.read(s(1_059)).rate_per_s - 660.0 / 59.0).abs() < 0.01);
        let later = meter.read(s(1_080));
        assert!((later.rate_per_s - 1.0).abs() < 0.01, "{later:?}");
        assert!((later.reject_rate - 0.5).abs() < 0.001);
        assert_eq!(meter.read(s(2_000)), Reading::default());
    }

    #[test]
    fn lag_is_the_median_and_skew_the_greatest() {
        let mut meter = Meter::new();
        for lag in [3.0, 1.0, 100.0] {
            meter.lag(s(10), lag);
        }
        meter.skew(s(10), -4.0);
        meter.skew(s(11), 7.5);
        meter.skew(s(12), 2.0);
        let reading = meter.read(s(12));
        assert_eq!((reading.lag_s, reading.skew_s), (Some(3.0), Some(7.5)));
        assert_eq!(meter.read(s(100)).lag_s, None);
    }

    #[test]
    fn samples_of_a_second_are_bounded() {
        let mut meter = Meter::new();
        for _ in 0..10_000 {
            meter.lag(s(5), 1.0);
        }
        assert_eq!(meter.slots[5].lags.len(), SAMPLES_PER_S);
    }
}
