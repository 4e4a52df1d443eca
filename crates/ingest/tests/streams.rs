//! Feeds whose sources are streams, datagrams and files.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use core::time::Duration;

use common::{Bench, DEADLINE, End, Got, bench, lines, stream_feed, until};
use oneroof_config::types::Quota;
use oneroof_config::{Feed, Size};
use oneroof_model::{FeedId, FeedLight};
use oneroof_ports::{Ack, ChunkKind, SourceError, StoreError, TimeSource as _};
use oneroof_room::SubmitError;
use tokio::time::{Instant, timeout};

fn report(text: &str) -> Got {
    Got::Report(text.to_owned())
}

async fn running(feed: &str) -> (Bench, common::Script) {
    let mut bench = bench();
    bench.ingest.apply(stream_feed(feed)).await.unwrap();
    let run = bench.run().await;
    run.up().await;
    (bench, run)
}

#[tokio::test]
async fn records_reach_the_room_in_order_and_the_end_of_a_connection_finishes_its_decoder() {
    let (bench, run) = running("a").await;
    run.send(1, ChunkKind::Open).await;
    run.data(1, "R1\nsome").await;
    run.data(1, "thing\nR2\nH\nS\nR").await;
    run.data(1, "3 without end").await;
    assert_eq!(
        run.close(1).await,
        Ack::Durable {
            taken: 4,
            quarantined: 1,
            links: Vec::new()
        }
    );
    let reject = Got::Reject("decode.bad_line".to_owned());
    assert_eq!(
        bench.room.got(),
        [report("R1"), reject, report("R2"), report("R3 without end")]
    );
    let health = bench.view("a").health;
    assert_eq!(
        (health.accepted, health.quarantined, health.skipped),
        (4, 1, 1)
    );
    assert_eq!(health.light, FeedLight::Up);
}

#[tokio::test]
async fn connections_have_decoders_of_their_own() {
    let (bench, run) = running("a").await;
    run.data(1, "R one").await;
    run.data(2, "R two").await;
    run.data(1, " end\n").await;
    assert_eq!(
        run.close(2).await,
        Ack::Durable {
            taken: 1,
            quarantined: 0,
            links: Vec::new()
        }
    );
    assert_eq!(
        run.close(1).await,
        Ack::Durable {
            taken: 1,
            quarantined: 0,
            links: Vec::new()
        }
    );
    assert_eq!(bench.room.got(), [report("R one end"), report("R two")]);
}

#[tokio::test]
async fn positions_do_not_wait_for_the_disk_but_do_not_overtake_a_withdrawal() {
    let (bench, run) = running("a").await;
    bench.room.gate.forget_permits(1_000);
    run.data(1, "R1\n").await;
    until("the report is under way", || bench.room.asked() == 1).await;
    run.data(1, "P7\n").await;
    until("the position is there", || {
        bench.room.got() == [Got::Position(7)]
    })
    .await;
    run.data(1, "D7\nP8\n").await;
    bench.room.gate.add_permits(10);
    assert_eq!(
        run.close(1).await,
        Ack::Durable {
            taken: 4,
            quarantined: 0,
            links: Vec::new()
        }
    );
    assert_eq!(
        bench.room.got(),
        [
            Got::Position(7),
            report("R1"),
            Got::Delete,
            Got::Position(8)
        ]
    );
}

#[tokio::test]
async fn a_slow_room_holds_the_source_back_and_nothing_is_lost() {
    let mut bench = bench();
    let quota = Quota {
        records_per_s: 1_000_000,
        bytes_per_s: Size(1_000_000_000),
    };
    bench
        .ingest
        .apply(Feed {
            quota,
            ..stream_feed("a")
        })
        .await
        .unwrap();
    let run = bench.run().await;
    bench.room.gate.forget_permits(1_000);
    let sender = tokio::task::spawn(async move {
        for n in 0..400 {
            let text = lines(0..30, |m| format!("R{n}-{m}"));
            run.data(1, &text).await;
        }
        run
    });
    // The queue is full at 4,096 records, 137 chunks; 128 more wait in the channel.
    until("a submission is under way", || bench.room.asked() == 1).await;
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert!(!sender.is_finished(), "the source is held back");
    bench.room.gate.add_permits(1_000);
    let run = timeout(DEADLINE, sender)
        .await
        .expect("all is taken in time")
        .unwrap();
    assert_eq!(
        run.close(1).await,
        Ack::Durable {
            taken: 12_000,
            quarantined: 0,
            links: Vec::new()
        }
    );
    assert_eq!(bench.view("a").health.accepted, 12_000);
    assert!(
        bench.room.asked() < 400,
        "many records go in one submission: {}",
        bench.room.asked()
    );
}

#[tokio::test]
async fn a_full_disk_is_tried_again_until_it_is_durable_and_is_shown_meanwhile() {
    let (bench, run) = running("a").await;
    let full = || SubmitError::Store(StoreError::Full("no space".to_owned()));
    bench.room.failures.lock().unwrap().extend([full(), full()]);
    run.data(1, "R1\n").await;
    until("the trouble is shown", || {
        bench.error("a").starts_with("store.failed")
    })
    .await;
    assert_eq!(
        run.close(1).await,
        Ack::Durable {
            taken: 1,
            quarantined: 0,
            links: Vec::new()
        }
    );
    assert_eq!(bench.room.got(), [report("R1")]);
    assert_eq!(bench.error("a"), "");
}

#[tokio::test]
async fn a_source_that_dies_or_panics_is_seen_as_down_and_started_again() {
    let (mut bench, run) = running("a").await;
    until("it is up", || bench.view("a").health.light == FeedLight::Up).await;
    run.data(1, "R before").await;
    let lost = SourceError {
        code: "bind.in_use",
        detail: "ordered".to_owned(),
    };
    assert!(run.end.send(End::Error(lost)).is_ok());
    drop(run.out);
    // It may be trying again already, and says why all the same.
    until("it is not up and says why", || {
        bench.view("a").health.light != FeedLight::Up && bench.error("a").starts_with("bind.in_use")
    })
    .await;
    // What had come is not lost with its source.
    assert_eq!(bench.room.got(), [report("R before")]);
    let run = bench.run().await;
    assert!(run.end.send(End::Panic).is_ok());
    drop(run.out);
    until("it is down", || {
        bench.error("a").starts_with("feed.panicked")
    })
    .await;
    let run = bench.run().await;
    run.up().await;
    until("it is up", || bench.view("a").health.light == FeedLight::Up).await;
    assert_eq!(bench.view("a").health.restarts, 2);
    assert_eq!(bench.error("a"), "");
}

#[tokio::test]
async fn a_decoder_that_panics_costs_its_bytes_only_and_they_are_in_quarantine() {
    let (bench, run) = running("a").await;
    run.data(1, "R1\n").await;
    run.data(1, "PANIC\n").await;
    run.data(1, "R2\n").await;
    assert_eq!(
        run.close(1).await,
        Ack::Durable {
            taken: 2,
            quarantined: 1,
            links: Vec::new()
        }
    );
    let panic = Got::Reject("decode.panic".to_owned());
    assert_eq!(bench.room.got(), [report("R1"), panic, report("R2")]);
    assert_eq!(bench.view("a").health.light, FeedLight::Up);
}

#[tokio::test]
async fn a_stream_over_its_quota_is_held_back_and_loses_nothing() {
    let (bench, run) = running("a").await;
    let begun = Instant::now();
    // 1,000 may come at once; 30 more at 100 a second take 300 ms.
    let text = lines(0..1_030, |n| format!("R{n}"));
    run.data(1, &text).await;
    run.data(1, "R last\n").await;
    assert_eq!(
        run.close(1).await,
        Ack::Durable {
            taken: 1_031,
            quarantined: 0,
            links: Vec::new()
        }
    );
    assert!(
        begun.elapsed() >= Duration::from_millis(290),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(bench.error("a"), "");
}

#[tokio::test]
async fn datagrams_over_the_quota_are_counted_as_lost_until_it_has_filled_again() {
    let (bench, run) = running("a").await;
    let datagram = |text: &str| ChunkKind::Datagram(text.as_bytes().to_vec());
    let text = lines(0..1_100, |n| format!("R{n}"));
    run.send(1, datagram(&text)).await;
    run.send(1, datagram("R over")).await;
    until("it is counted", || {
        bench.error("a").starts_with("feed.lost: 1 ")
    })
    .await;
    bench.clock.advance(Duration::from_secs(2));
    run.send(1, datagram("R again")).await;
    until("it is taken", || {
        bench.room.got().contains(&report("R again"))
    })
    .await;
    assert!(!bench.room.got().contains(&report("R over")));
    let health = bench.view("a").health;
    assert_eq!(health.accepted, 1_101);
    assert!(health.reject_rate > 0.0);
}

#[tokio::test]
async fn a_message_is_whole_and_is_answered_when_everything_in_it_is_durable() {
    let (bench, run) = running("a").await;
    let durable = |taken, quarantined| Ack::Durable {
        taken,
        quarantined,
        links: Vec::new(),
    };
    // Without its line end a record would wait for more.
    assert_eq!(run.message(1, "R1\nR2").await, durable(2, 0));
    assert_eq!(run.message(1, "what\nR3").await, durable(1, 1));
    let reject = Got::Reject("decode.bad_line".to_owned());
    let all = [report("R1"), report("R2"), reject, report("R3")];
    assert_eq!(bench.room.got(), all);
    assert_eq!(run.message(2, "H").await, durable(1, 0));
    assert_eq!(run.message(2, "").await, durable(0, 0));
}

#[tokio::test]
async fn a_full_quarantine_refuses_what_cannot_be_understood_and_takes_the_rest() {
    let (bench, run) = running("a").await;
    run.data(1, &format!("{}\n", "x".repeat(1_000))).await;
    until("it is in quarantine", || {
        bench.view("a").health.quarantined == 1
    })
    .await;
    run.data(1, "y\nR1\n").await;
    assert_eq!(
        run.close(1).await,
        Ack::Durable {
            taken: 1,
            quarantined: 2,
            links: Vec::new()
        }
    );
    assert!(bench.error("a").starts_with("quarantine.full"));
    assert_eq!(
        bench.room.got(),
        [Got::Reject("decode.bad_line".to_owned()), report("R1")]
    );
}

#[tokio::test]
async fn health_shows_lag_clock_rate_and_when_it_was_heard() {
    let (bench, run) = running("a").await;
    bench.clock.advance(Duration::from_secs(10));
    // Reports are sent three seconds late, the sign of life shows a clock that runs seven seconds ahead.
    run.data(1, "R1\nR2\nH\nzzz\n").await;
    run.close(1).await;
    bench.clock.advance(Duration::from_secs(9));
    let health = bench.view("a").health;
    assert_eq!(health.lag_s, Some(3.0));
    assert_eq!(health.skew_s, Some(7.0));
    assert!(
        (health.reject_rate - 0.25).abs() < 0.001,
        "{}",
        health.reject_rate
    );
    assert!(health.rate_per_s > 0.0);
    assert_eq!(
        health.last_heard,
        Some(bench.clock.now() - Duration::from_secs(9))
    );
    bench.clock.advance(Duration::from_secs(100));
    let later = bench.view("a").health;
    assert_eq!((later.lag_s, later.accepted), (None, 3));
    assert!(later.rate_per_s.abs() < f32::EPSILON);
}

#[tokio::test]
async fn a_change_of_light_is_published_at_once() {
    let mut bench = bench();
    let mut health = bench.ingest.subscribe();
    bench.ingest.apply(stream_feed("a")).await.unwrap();
    let run = bench.run().await;
    run.up().await;
    let up = health.wait_for(|views| {
        views
            .iter()
            .any(|v| v.health.feed.as_str() == "a" && v.health.light == FeedLight::Up)
    });
    timeout(Duration::from_millis(900), up)
        .await
        .expect("before the next second")
        .unwrap();
}

#[tokio::test]
async fn a_shutdown_makes_durable_what_was_decoded() {
    let (bench, run) = running("a").await;
    run.data(1, "R1\nR unfinished").await;
    until("it is taken", || bench.room.asked() == 1).await;
    let stopping = {
        let ingest = bench.ingest.clone();
        tokio::task::spawn(async move { ingest.shutdown().await })
    };
    timeout(DEADLINE, run.stop.cancelled()).await.unwrap();
    drop(run.out);
    timeout(DEADLINE, stopping)
        .await
        .expect("an end in time")
        .unwrap();
    assert_eq!(bench.room.got(), [report("R1"), report("R unfinished")]);
    let error = bench.ingest.apply(stream_feed("b")).await.unwrap_err();
    assert_eq!(error, oneroof_ingest::FeedError::Closed);
    assert_eq!(bench.ingest.ids(), [FeedId::from("a")]);
}
