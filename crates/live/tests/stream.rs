//! Greeting, snapshot, deltas and resuming.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use core::task::Poll;
use std::collections::BTreeMap;
use std::pin::pin;

use common::{Screen, Told, Wanted, bench, bench_with, count, feed, report, same, titles};
use oneroof_live::Frame;
use oneroof_model::{Audience, CommandBody, EventState, Mode};
use oneroof_wire::client::Picture;
use oneroof_wire::{Cursor, EntityKind, Filter, RemoveReason, ServerMessage};

/// A screen that goes on with what another one had.
async fn resumed(bench: &common::Bench, had: Picture) -> (Screen, bool) {
    let mut screen = bench.screen(had.cursor.clone(), Filter::default()).await;
    screen.picture = had;
    let resumed = screen.begun().await;
    (screen, resumed)
}

async fn fresh(bench: &common::Bench) -> Screen {
    let mut screen = bench.screen(None, Filter::default()).await;
    assert!(!screen.begun().await);
    screen
}

#[tokio::test(start_paused = true)]
async fn a_screen_is_greeted_then_given_the_picture_in_pages_then_what_changes() {
    let bench = bench().await;
    bench
        .submit(feed("BG", Mode::Actual), (0..600).map(report).collect())
        .await;
    let mut screen = bench.screen(None, Filter::default()).await;
    let (hello, _) = match screen.next().await {
        Some(Told::Message(m, c)) => (m, c),
        other => panic!("{other:?}"),
    };
    assert!(
        matches!(
            &hello,
            ServerMessage::Hello { resumed: false, mode: Mode::Actual, beat_ms: 1_000, banner: Some(b), .. } if b == "demo"
        ),
        "{hello:?}"
    );
    let mut pages = Vec::new();
    screen
        .until(|told, _| match told {
            Told::Message(
                ServerMessage::Snapshot {
                    page,
                    last,
                    entities,
                    cursor,
                },
                _,
            ) => {
                assert!(entities.len() <= 500, "{}", entities.len());
                assert_eq!(cursor.is_some(), *last);
                pages.push(*page);
                last.then_some(())
            }
            _ => None,
        })
        .await;
    assert!(pages.len() > 2, "{pages:?}");
    assert!(
        pages
            .iter()
            .copied()
            .eq(0..u32::try_from(pages.len()).unwrap())
    );
    assert_eq!(screen.titles().len(), 600);
    assert_eq!(count(&screen.picture, EntityKind::Event), 600);
    assert_eq!(count(&screen.picture, EntityKind::Section), 30);
    assert_eq!(count(&screen.picture, EntityKind::Bcp), 75);

    let event = bench.event(report(600)).await;
    screen.until_picture(|p| titles(p).len() == 601).await;
    assert_eq!(screen.picture.seq, 1);
    assert!(
        screen
            .picture
            .entities
            .keys()
            .any(|k| k.id == event.to_string())
    );
}

#[tokio::test(start_paused = true)]
async fn each_screen_has_dense_numbers_of_its_own() {
    let bench = bench().await;
    let mut early = fresh(&bench).await;
    for n in 0..5 {
        bench.event(report(n)).await;
    }
    early.until_picture(|p| titles(p).len() == 5).await;
    let mut late = fresh(&bench).await;
    bench.event(report(5)).await;
    // A gap would be a fault of the stream, and the screen would have panicked.
    early.until_picture(|p| titles(p).len() == 6).await;
    late.until_picture(|p| titles(p).len() == 6).await;
    assert_eq!((early.picture.seq, late.picture.seq), (6, 1));
    assert!(same(&early.picture, &late.picture));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_and_nothing_comes_twice_however_fast_commits_follow() {
    const COMMITS: u32 = 400;
    let bench = bench().await;
    let mut screens = Vec::new();
    for _ in 0..3 {
        screens.push(fresh(&bench).await);
    }
    let write = async {
        for n in 0..COMMITS {
            bench.event(report(n)).await;
        }
    };
    let read = futures_util::future::join_all(screens.into_iter().map(|mut screen| async {
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        while screen.titles().len() < COMMITS as usize {
            let told = screen.next().await.unwrap();
            if let Told::Message(ServerMessage::Delta { .. }, changed) = told {
                for key in changed.upserted {
                    if key.kind == EntityKind::Report {
                        *seen.entry(key.id).or_default() += 1;
                    }
                }
            }
        }
        (screen, seen)
    }));
    let ((), read) = tokio::join!(write, read);
    let late = fresh(&bench).await;
    for (mut screen, seen) in read {
        screen.settled().await;
        assert_eq!(seen.len(), COMMITS as usize);
        assert!(seen.values().all(|n| *n == 1), "each report comes once");
        assert!(same(&screen.picture, &late.picture));
    }
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_comes_again_gets_what_changed_and_nothing_that_it_had() {
    let bench = bench().await;
    let gone = bench.event(report(1)).await;
    bench.event(report(2)).await;
    let had = fresh(&bench).await.drop_line();

    bench.event(report(3)).await;
    for (n, state) in [EventState::Triaged, EventState::Dismissed]
        .into_iter()
        .enumerate()
    {
        let reason =
            (state == EventState::Dismissed).then_some(oneroof_model::DismissReason::FalseAlarm);
        let body = CommandBody::SetState {
            event: gone,
            state,
            reason,
        };
        bench.command(n as u128, body).await;
    }
    bench.clock.advance(core::time::Duration::from_secs(10));
    let before = oneroof_ports::TimeSource::now(&*bench.clock);
    assert_eq!(bench.room.housekeep(before).await.unwrap(), 1);

    let mut screen = bench.screen(had.cursor.clone(), Filter::default()).await;
    screen.picture = had;
    assert!(screen.begun().await);
    let (upserted, removed) = screen
        .until(|told, _| match told {
            Told::Message(ServerMessage::Delta { seq: 1, .. }, changed) => {
                Some((changed.upserted.clone(), changed.removed.clone()))
            }
            _ => None,
        })
        .await;
    assert_eq!(screen.titles(), ["report 2", "report 3"]);
    assert_eq!(
        upserted
            .iter()
            .filter(|k| k.kind == EntityKind::Report)
            .count(),
        1,
        "what it had does not come again"
    );
    let archived: Vec<_> = removed
        .iter()
        .filter(|r| r.key.id == gone.to_string())
        .map(|r| r.reason)
        .collect();
    assert_eq!(archived, [RemoveReason::Archived]);
    let late = fresh(&bench).await;
    assert!(same(&screen.picture, &late.picture));
}

#[tokio::test(start_paused = true)]
async fn from_the_cursor_of_every_delta_the_picture_is_reached() {
    let bench = bench().await;
    let mut screen = fresh(&bench).await;
    let mut places = vec![screen.picture.clone()];
    for n in 0..12 {
        let event = bench.event(report(n)).await;
        if n % 3 == 0 {
            let body = CommandBody::AddNote {
                event,
                text: format!("note {n}"),
                attachments: Vec::new(),
            };
            bench.command(u128::from(n), body).await;
        }
        screen
            .until(|_, picture| {
                places.push(picture.clone());
                (titles(picture).len() == n as usize + 1).then_some(())
            })
            .await;
    }
    screen.settled().await;
    places.dedup_by(|a, b| a.cursor == b.cursor);
    assert!(places.len() >= 13, "{}", places.len());
    for had in places {
        let known = titles(&had).len();
        let (mut again, was_resumed) = resumed(&bench, had).await;
        again.settled().await;
        assert!(was_resumed);
        assert!(
            same(&again.picture, &screen.picture),
            "from {known} reports"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_lost_in_the_middle_of_catching_up_leaves_nothing_out() {
    let bench = bench().await;
    let had = fresh(&bench).await.drop_line();
    bench
        .submit(feed("BG", Mode::Actual), (0..700).map(report).collect())
        .await;
    let (mut screen, was_resumed) = resumed(&bench, had).await;
    assert!(was_resumed);
    screen
        .until(|told, _| {
            matches!(told, Told::Message(ServerMessage::Delta { .. }, _)).then_some(())
        })
        .await;
    assert!(count(&screen.picture, EntityKind::Event) < 700);
    let (mut again, was_resumed) = resumed(&bench, screen.drop_line()).await;
    assert!(was_resumed);
    again.settled().await;
    assert!(same(&again.picture, &fresh(&bench).await.picture));
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_is_not_ours_costs_a_snapshot_and_nothing_else() {
    let bench = bench().await;
    bench.event(report(1)).await;
    let had = fresh(&bench).await.drop_line();
    let good = had.cursor.clone().unwrap().0;
    for cursor in [
        "",
        "no hexadecimal",
        good.strip_suffix(|_: char| true).unwrap(),
        &"0".repeat(good.len()),
    ] {
        let mut screen = bench
            .screen(Some(Cursor(cursor.to_owned())), Filter::default())
            .await;
        assert!(!screen.begun().await, "{cursor}");
        assert_eq!(screen.titles(), ["report 1"]);
    }
    let bench = bench
        .restarted(Wanted {
            key: 8,
            ..Wanted::default()
        })
        .await;
    let (screen, was_resumed) = resumed(&bench, had.clone()).await;
    assert!(!was_resumed, "another key");
    assert_eq!(screen.titles(), ["report 1"]);
    let customs = Audience {
        name: "customs".to_owned(),
        ..Audience::room(["BG", "CU"].map(Into::into))
    };
    let other = Wanted {
        audience: Some(customs),
        nonce: 2,
        ..Wanted::default()
    };
    let bench = bench.restarted(other).await;
    let (_, was_resumed) = resumed(&bench, had).await;
    assert!(!was_resumed, "another class");
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_only_who_had_seen_everything_goes_on() {
    let bench = bench().await;
    bench.event(report(1)).await;
    let behind = fresh(&bench).await.drop_line();
    bench.event(report(2)).await;
    let whole = fresh(&bench).await.drop_line();
    let next = Wanted {
        nonce: 2,
        ..Wanted::default()
    };
    let bench = bench.restarted(next).await;
    let (mut screen, was_resumed) = resumed(&bench, whole).await;
    assert!(was_resumed);
    let (other, was_resumed) = resumed(&bench, behind).await;
    assert!(!was_resumed);
    assert!(same(&screen.picture, &other.picture));
    bench.event(report(3)).await;
    screen.until_picture(|p| titles(p).len() == 3).await;
}

#[tokio::test(start_paused = true)]
async fn a_cursor_of_another_journal_does_not_count_once_the_numbers_have_come_so_far() {
    let first = bench().await;
    for n in 0..3 {
        first.event(report(n)).await;
    }
    let had = fresh(&first).await.drop_line();
    // A backup from before was put back, and other things happened since.
    let second = bench_with(Wanted {
        nonce: 2,
        ..Wanted::default()
    })
    .await;
    for n in 10..20 {
        second.event(report(n)).await;
    }
    let (screen, was_resumed) = resumed(&second, had).await;
    assert!(!was_resumed);
    assert_eq!(screen.titles().len(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_screen_behind_by_more_than_the_channel_holds_is_brought_up_to_date() {
    const COMMITS: u32 = 1_100;
    let bench = bench().await;
    // Not a task: it goes on only when it is polled here, as one on a machine that is too busy.
    let (screen, served) = bench.held(Filter::default()).await;
    let mut screen = screen;
    let mut served = pin!(served);
    let mut poll = || {
        let waker = core::task::Waker::noop();
        let mut cx = core::task::Context::from_waker(waker);
        assert!(matches!(served.as_mut().poll(&mut cx), Poll::Pending));
    };
    poll();
    for n in 0..COMMITS {
        bench.event(report(n)).await;
    }
    let mut idle = 0;
    while idle < 100 {
        poll();
        // What waits in a channel is given out only to a task that now and then lets others go on.
        tokio::task::yield_now().await;
        match screen.try_frame() {
            Some(Frame::Text(json)) => drop(screen.picture.text(&json).unwrap()),
            Some(Frame::Binary(bytes)) => drop(screen.picture.binary(&bytes).unwrap()),
            Some(_) => {}
            None => idle += 1,
        }
    }
    assert_eq!(screen.titles().len(), COMMITS as usize);
    assert!(
        screen.picture.seq < u64::from(COMMITS),
        "conflated to {} deltas",
        screen.picture.seq
    );
    assert!(same(&screen.picture, &fresh(&bench).await.picture));
}
