//! Quotas of a feed: records and bytes a second, as means over ten seconds.

use core::time::Duration;

/// Seconds over which a quota is a mean; so much may come at once.
const BURST_S: f64 = 10.0;

/// One allowance: fills at a rate, may go into debt once.
#[derive(Debug, Clone)]
struct Bucket {
    per_s: f64,
    level: f64,
    at: Duration,
}

impl Bucket {
    fn new(per_s: f64) -> Self {
        Self {
            per_s,
            level: per_s * BURST_S,
            at: Duration::ZERO,
        }
    }

    fn fill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.level = (self.level + passed * self.per_s).min(self.per_s * BURST_S);
        self.at = self.at.max(now);
    }

    /// How long until it is out of debt.
    fn debt(&self) -> Duration {
        if self.level >= 0.0 {
            return Duration::ZERO;
        }
        // A quota of nothing is never out of debt.
        Duration::try_from_secs_f64(-self.level / self.per_s).unwrap_or(Duration::from_hours(1))
    }
}

/// The quota of one feed. What has come is taken in any case; being in debt is what the sender is told, or is held
/// back by.
#[derive(Debug, Clone)]
pub(crate) struct Quota {
    records: Bucket,
    bytes: Bucket,
}

impl Quota {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes a second")]
    pub(crate) fn new(records_per_s: u32, bytes_per_s: u64) -> Self {
        Self {
            records: Bucket::new(records_per_s.into()),
            bytes: Bucket::new(bytes_per_s as f64),
        }
    }

    /// Takes what has come (nothing: only asks), and gives how long the sender has to be held back.
    #[expect(clippy::cast_precision_loss, reason = "counts of one chunk")]
    pub(crate) fn take(&mut self, now: Duration, records: u64, bytes: u64) -> Duration {
        self.records.fill(now);
        self.bytes.fill(now);
        self.records.level -= records as f64;
        self.bytes.level -= bytes as f64;
        self.records.debt().max(self.bytes.debt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_seconds_worth_may_come_at_once_and_then_the_rate_holds() {
        let mut quota = Quota::new(100, 1_000_000);
        let t = Duration::from_secs(50);
        assert_eq!(quota.take(t, 1_000, 10), Duration::ZERO);
        assert_eq!(quota.take(t, 50, 10), Duration::from_millis(500));
        assert_eq!(
            quota.take(t + Duration::from_millis(500), 0, 0),
            Duration::ZERO
        );
    }

    #[test]
    fn bytes_and_records_count_apart() {
        let mut quota = Quota::new(1_000, 100);
        assert_eq!(
            quota.take(Duration::from_secs(1), 1, 1_300),
            Duration::from_secs(3)
        );
        // After a long silence no more than ten seconds' worth has gathered.
        assert_eq!(
            quota.take(Duration::from_mins(150), 1, 1_000),
            Duration::ZERO
        );
        assert_eq!(
            quota.take(Duration::from_mins(150), 1, 100),
            Duration::from_secs(1)
        );
    }
}
