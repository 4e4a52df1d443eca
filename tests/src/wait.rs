//! Waiting for a condition with a deadline: nothing here sleeps for a time that was guessed.

use core::time::Duration;

use tokio::time::Instant;

/// How long a test waits for anything. Far more than it takes, also on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Time between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Looks until there is something and gives that.
///
/// # Panics
/// Where there is nothing within [`PATIENCE`].
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    within(PATIENCE, what, look).await
}

/// Looks until there is something, for so long at most.
///
/// # Panics
/// Where there is nothing in that time.
pub async fn within<T>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let end = Instant::now() + patience;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            Instant::now() < end,
            "not within {} s: {what}",
            patience.as_secs_f64()
        );
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
