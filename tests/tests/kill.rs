//! `kill -9` at random moments under load: every acknowledged report is there after the restart, once. So it is when the
//! peers that feed the server are killed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use oneroof_tests::{PeerKind, kill_peer, kill_under_load, missing_binary};

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

async fn killed(kind: PeerKind) {
    if missing_binary() {
        return;
    }
    if let Some(restarted) = kill_peer(kind, ROUNDS).await {
        assert_eq!(restarted.kills, ROUNDS);
        assert!(restarted.acknowledged >= 20, "{restarted:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_of_mqtt_that_is_killed_costs_no_report_and_the_light_tells() {
    killed(PeerKind::Mqtt).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_nats_that_is_killed_costs_no_report_and_the_light_tells() {
    killed(PeerKind::Nats).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_killed_costs_no_report_and_the_light_tells() {
    killed(PeerKind::Sql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_killed_is_heard_again_and_the_light_tells() {
    killed(PeerKind::Tcp).await;
}
