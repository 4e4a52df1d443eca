//! Which agencies' lines are dead: a scenario may silence a feed, and then nothing at all is sent to it.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

/// The silenced feeds, shared by all that send.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hush(Arc<Mutex<BTreeMap<String, Instant>>>);

impl Hush {
    fn lines(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Instant>> {
        // A thread that panicked with the table in hand left whole entries.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The feed's line is dead for so long.
    pub(crate) fn silence(&self, feed: &str, span: Duration) {
        self.lines().insert(feed.to_owned(), Instant::now() + span);
    }

    /// How long it still is; `None` where it can speak.
    pub(crate) fn left(&self, feed: &str) -> Option<Duration> {
        let until = self.lines().get(feed).copied()?;
        let left = until.checked_duration_since(Instant::now())?;
        (!left.is_zero()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silenced_feed_speaks_again_when_its_time_is_over() {
        let hush = Hush::default();
        hush.silence("customs-batch", Duration::from_mins(6));
        assert_eq!(hush.left("customs-alerts"), None);
        tokio::time::advance(Duration::from_mins(5)).await;
        assert_eq!(hush.left("customs-batch"), Some(Duration::from_mins(1)));
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!(hush.left("customs-batch"), None);
    }
}
