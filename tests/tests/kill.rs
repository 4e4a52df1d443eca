//! `kill -9` at random moments under load: every acknowledged report is there after the restart, once.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use oneroof_tests::{kill_under_load, missing_binary};

/// Kills in a run of the tests; `cargo xtask soak` does a hundred.
const ROUNDS: u32 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_once_after_every_kill() {
    if missing_binary() {
        return;
    }
    // Another run kills at other moments; the seed is in each message.
    let seed = oneroof_tests::now().as_micros().unsigned_abs();
    let killed = kill_under_load(ROUNDS, seed).await;
    assert_eq!(killed.rounds, ROUNDS);
    assert!(killed.acknowledged >= 100, "{killed:?}");
    assert!(
        killed.unanswered > 0,
        "some were hit in the middle: {killed:?}"
    );
}
