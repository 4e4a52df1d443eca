//! Waiting before another try: doubling, bounded, with jitter, so that many that failed together do not come back
//! together.

use core::time::Duration;

/// Exponential backoff.
#[derive(Debug, Clone)]
pub struct Backoff {
    least: Duration,
    most: Duration,
    next: Duration,
}

impl Backoff {
    /// Waits from `least`, doubling up to `most`.
    pub fn new(least: Duration, most: Duration) -> Self {
        let least = least.max(Duration::from_millis(1));
        Self {
            least,
            most: most.max(least),
            next: least,
        }
    }

    /// The next wait: between half of the step and the whole of it, by `random`; the step then doubles.
    pub fn step(&mut self, random: u32) -> Duration {
        let step = self.next;
        self.next = step.saturating_mul(2).min(self.most);
        let half = step / 2;
        half + half.mul_f64(f64::from(random) / f64::from(u32::MAX))
    }

    /// The next wait with the machine's random numbers.
    pub fn next_wait(&mut self) -> Duration {
        // Without random numbers the wait is only not spread.
        self.step(getrandom::u32().unwrap_or(u32::MAX))
    }

    /// After success: the next wait is the shortest again.
    pub fn reset(&mut self) {
        self.next = self.least;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_its_bound_and_starts_anew_after_success() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(5));
        let waits: Vec<u64> = (0..5).map(|_| backoff.step(u32::MAX).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 5, 5]);
        backoff.reset();
        assert_eq!(backoff.step(0), Duration::from_millis(500));
    }

    #[test]
    fn jitter_stays_between_half_and_the_whole_step() {
        for random in [0, 1, u32::MAX / 3, u32::MAX] {
            let mut backoff = Backoff::new(Duration::from_secs(8), Duration::from_secs(8));
            let wait = backoff.step(random);
            assert!((4.0..=8.0).contains(&wait.as_secs_f64()), "{wait:?}");
        }
    }
}
