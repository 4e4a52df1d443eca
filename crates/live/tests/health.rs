//! Feeds and the clock, as the screens are told of them.

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

use common::{Bench, Screen, Told, bench, count, feed_view};
use oneroof_ports::TimeSource as _;
use oneroof_wire::{Entity, EntityKind, Filter, RemoveReason, ServerMessage};

async fn begun(bench: &Bench) -> Screen {
    let mut screen = bench.screen(None, Filter::default()).await;
    screen.begun().await;
    screen
}

async fn suspect(screen: &mut Screen) -> bool {
    screen
        .until(|told, _| match told {
            Told::Message(ServerMessage::Beat { clock_suspect, .. }, _) => Some(*clock_suspect),
            _ => None,
        })
        .await
}

#[tokio::test(start_paused = true)]
async fn a_feed_comes_when_it_changed_and_at_most_once_a_second() {
    let bench = bench().await;
    bench.board.set(vec![feed_view("a", 0), feed_view("b", 0)]);
    let mut screen = begun(&bench).await;
    assert_eq!(count(&screen.picture, EntityKind::Feed), 2);
    screen.settled().await;
    let (began, seq) = (tokio::time::Instant::now(), screen.picture.seq);
    for n in 1..=10 {
        bench.board.set(vec![feed_view("a", n), feed_view("b", 0)]);
        let changed = screen
            .until(|told, _| match told {
                Told::Message(ServerMessage::Delta { upsert, .. }, _) => Some(upsert.clone()),
                _ => None,
            })
            .await;
        let names: Vec<String> = changed.iter().map(|e| e.key().id).collect();
        assert_eq!(names, ["a"]);
        assert!(matches!(&changed[0], Entity::Feed(f) if f.health.accepted == n));
    }
    assert!(began.elapsed() >= Duration::from_secs(9));
    assert_eq!(screen.picture.seq, seq + 10);
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_was_taken_away_leaves_the_screens() {
    let bench = bench().await;
    bench.board.set(vec![feed_view("a", 0), feed_view("b", 0)]);
    let mut screen = begun(&bench).await;
    screen.settled().await;
    let away = screen.picture.clone();
    bench.board.set(vec![feed_view("b", 0)]);
    let removed = screen
        .until(|told, _| match told {
            Told::Message(_, changed) if !changed.removed.is_empty() => {
                Some(changed.removed.clone())
            }
            _ => None,
        })
        .await;
    assert_eq!(removed.len(), 1);
    assert_eq!(
        (
            removed[0].key.kind,
            removed[0].key.id.as_str(),
            removed[0].reason
        ),
        (EntityKind::Feed, "a", RemoveReason::Gone)
    );

    // Who was away meanwhile does not keep it either.
    let mut again = bench.screen(away.cursor.clone(), Filter::default()).await;
    again.picture = away;
    again.begun().await;
    again.settled().await;
    assert_eq!(again.picture.entities, screen.picture.entities);
    // And who saw it go goes on from there.
    let had = screen.drop_line();
    let mut again = bench.screen(had.cursor.clone(), Filter::default()).await;
    assert!(again.begun().await);
}

#[tokio::test(start_paused = true)]
async fn a_jump_of_the_clock_is_told_for_a_minute() {
    let bench = bench().await;
    let mut screen = begun(&bench).await;
    screen.settled().await;
    assert!(!suspect(&mut screen).await);
    bench.clock.jump_to(bench.clock.now().plus_secs(30));
    screen.settled().await;
    assert!(suspect(&mut screen).await && bench.hub.clock_suspect());
    for (seconds, expected) in [(50, true), (15, false)] {
        for _ in 0..seconds {
            bench.clock.advance(Duration::from_secs(1));
        }
        screen.settled().await;
        assert_eq!(suspect(&mut screen).await, expected, "after {seconds} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_or_creeps_is_told_apart() {
    let bench = bench().await;
    let mut screen = begun(&bench).await;
    // A second a second, with a second of correction now and then: no jump.
    for _ in 0..5 {
        bench.clock.advance(Duration::from_secs(1));
        bench.clock.jump_to(bench.clock.now().plus_secs(1));
        screen.settled().await;
        assert!(!suspect(&mut screen).await);
    }
    bench.clock.jump_to(bench.clock.now().plus_secs(-3));
    screen.settled().await;
    assert!(suspect(&mut screen).await);
}
