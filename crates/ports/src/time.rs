//! Clock and ids.

use core::time::Duration;
use std::sync::OnceLock;

use oneroof_model::{IdSource, Time};
use uuid::Uuid;

/// The server's clock. Everything that reads time takes one of these.
pub trait TimeSource: Send + Sync {
    /// Wall clock, UTC.
    fn now(&self) -> Time;
    /// Time since some fixed moment, never going back; for measuring spans.
    fn monotonic(&self) -> Duration;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemTime;

impl TimeSource for SystemTime {
    #[expect(clippy::disallowed_methods, reason = "this is the TimeSource")]
    fn now(&self) -> Time {
        let now = std::time::SystemTime::now();
        let us = match now.duration_since(std::time::UNIX_EPOCH) {
            Ok(d) => i64::try_from(d.as_micros()).unwrap_or(i64::MAX),
            Err(e) => -i64::try_from(e.duration().as_micros()).unwrap_or(i64::MAX),
        };
        Time::from_micros(us)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the TimeSource")]
    fn monotonic(&self) -> Duration {
        static START: OnceLock<std::time::Instant> = OnceLock::new();
        START.get_or_init(std::time::Instant::now).elapsed()
    }
}

/// Time-ordered random ids (UUID version 7, RFC 9562 5.7).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    fn next(&self, unix_ms: i64) -> Uuid {
        let ms = u64::try_from(unix_ms).unwrap_or(0);
        let ts = uuid::Timestamp::from_unix_time(
            ms / 1_000,
            u32::try_from(ms % 1_000).unwrap_or(0) * 1_000_000,
            0,
            0,
        );
        Uuid::new_v7(ts)
    }
}
