//! How a line ends: faults of the client, silence, slowness, the end of the server.

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

use common::{Bench, Screen, Told, Wanted, bench, bench_with, feed, report, titles};
use oneroof_live::{Frame, FromClient};
use oneroof_model::{Mode, ReportDraft};
use oneroof_wire::{ByeReason, Filter, ServerMessage};

async fn begun(bench: &Bench) -> Screen {
    let mut screen = bench.screen(None, Filter::default()).await;
    screen.begun().await;
    screen
}

/// A report whose text has so many kilobytes.
fn long(n: u32, kilobytes: usize) -> ReportDraft {
    ReportDraft {
        text: Some("x".repeat(kilobytes * 1_000)),
        ..report(n)
    }
}

/// Waits for the end of a line's task.
async fn ended(mut screen: Screen) {
    let task = screen.task.take().unwrap();
    drop(screen);
    tokio::time::timeout(common::DEADLINE, task)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_does_not_begin_within_five_seconds_is_told_so() {
    let bench = bench().await;
    let mut screen = bench.connect();
    screen.raw(FromClient::Alive).await;
    let began = tokio::time::Instant::now();
    let (reason, detail, code) = screen.bye().await;
    assert_eq!(
        (reason, code),
        (ByeReason::Protocol, Some(1008)),
        "{detail}"
    );
    assert_eq!(began.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn what_the_protocol_does_not_know_ends_the_line_with_a_word() {
    let start = r#"{"t":"start"}"#;
    let filter = r#"{"t":"filter","filter":{}}"#;
    let padding = " ".repeat(16 * 1024);
    let cases = [
        (vec!["nonsense".to_owned()], "expected"),
        (vec![r#"{"t":"steal"}"#.to_owned()], "unknown variant"),
        (vec![filter.to_owned()], "`start` comes first"),
        (vec![start.to_owned(), start.to_owned()], "said once"),
        (vec![start.to_owned(), "[1,2".to_owned()], "expected"),
        (
            vec![start.to_owned(), format!("{filter}{padding}")],
            "16384 bytes",
        ),
        (vec![format!("{padding}{start}")], "16384 bytes"),
        (
            vec![
                start.to_owned(),
                r#"{"t":"filter","filter":{"area":{"south":1}}}"#.to_owned(),
            ],
            "west",
        ),
    ];
    for (said, expected) in cases {
        let bench = bench().await;
        let mut screen = bench.connect();
        for text in &said {
            screen.raw(FromClient::Text(text.clone())).await;
        }
        let (reason, detail, code) = screen.bye().await;
        assert_eq!((reason, code), (ByeReason::Protocol, Some(1008)));
        assert!(detail.contains(expected), "{detail}");
        ended(screen).await;
        assert_eq!(bench.hub.clients(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_messages_ends_the_line_whatever_they_are() {
    let painted = FromClient::Text(r#"{"t":"painted","seq":0}"#.to_owned());
    for (flood, n, survives) in [
        (painted.clone(), 45, true),
        (painted, 51, false),
        (FromClient::Alive, 51, false),
    ] {
        let bench = bench().await;
        let mut screen = begun(&bench).await;
        for _ in 0..n {
            screen.raw(flood.clone()).await;
        }
        if survives {
            screen.settled().await;
        } else {
            let (reason, detail, _) = screen.bye().await;
            assert_eq!(reason, ByeReason::Protocol);
            assert!(detail.contains("too many"), "{detail}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_unanswered_pings_end_the_line_at_the_third() {
    let bench = bench().await;
    let mut screen = bench.screen(None, Filter::default()).await;
    let began = tokio::time::Instant::now();
    let mut pings = 0;
    let reason = loop {
        match screen.frame().await.unwrap() {
            // Read, and not answered.
            Frame::Ping => pings += 1,
            Frame::Text(json) => {
                if let (ServerMessage::Bye { reason, .. }, _) = screen.picture.text(&json).unwrap()
                {
                    break reason;
                }
            }
            _ => {}
        }
    };
    assert_eq!(reason, ByeReason::Silent);
    assert_eq!(pings, 2);
    let after = began.elapsed().as_secs();
    assert!((29..=31).contains(&after), "{after}");
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_answers_pings_stays() {
    let bench = bench().await;
    let mut screen = begun(&bench).await;
    let began = tokio::time::Instant::now();
    let mut pings = 0;
    while began.elapsed() < Duration::from_mins(5) {
        // `next` answers.
        if screen.next().await.unwrap() == Told::Ping {
            pings += 1;
        }
    }
    assert!((19..=21).contains(&pings), "{pings}");
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_is_said_to_everyone_and_waits_for_nobody() {
    let bench = bench().await;
    let mut reading = begun(&bench).await;
    let stalled = begun(&bench).await;
    let mut waiting = bench.connect();
    bench.stop.cancel();
    for screen in [&mut reading, &mut waiting] {
        let (reason, _, code) = screen.bye().await;
        assert_eq!((reason, code), (ByeReason::Shutdown, Some(1001)));
    }
    let began = tokio::time::Instant::now();
    for screen in [reading, stalled, waiting] {
        ended(screen).await;
    }
    assert!(
        began.elapsed() < Duration::from_secs(6),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(bench.hub.clients(), 0);
}

#[tokio::test(start_paused = true)]
async fn one_too_many_is_told_to_come_later_and_comes_once_there_is_a_place() {
    let bench = bench_with(Wanted {
        max_clients: 1,
        ..Wanted::default()
    })
    .await;
    let first = begun(&bench).await;
    let mut second = bench.connect();
    let (reason, _, code) = second.bye().await;
    assert_eq!((reason, code), (ByeReason::Busy, Some(1013)));
    ended(second).await;
    ended(first).await;
    begun(&bench).await;
}

#[tokio::test(start_paused = true)]
async fn a_line_that_ends_in_whatever_way_gives_its_place_back() {
    let bench = bench().await;
    let mut screen = begun(&bench).await;
    let other = begun(&bench).await;
    assert_eq!(bench.hub.clients(), 2);
    let task = screen.task.take().unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(bench.hub.clients(), 1);
    other.raw(FromClient::Close).await;
    ended(other).await;
    assert_eq!(bench.hub.clients(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stalled_screen_is_cut_off_past_its_bytes_with_a_reason_and_harms_nobody() {
    let bench = bench_with(Wanted {
        max_queue_bytes: 64 * 1024,
        ..Wanted::default()
    })
    .await;
    let mut good = begun(&bench).await;
    let mut stalled = begun(&bench).await;
    let mut task = stalled.task.take().unwrap();
    // 40 kB wait: within the bound.
    for n in 0..5 {
        bench
            .submit(feed("BG", Mode::Actual), vec![long(n, 8)])
            .await;
    }
    good.until_picture(|p| titles(p).len() == 5).await;
    assert!(!task.is_finished());
    for n in 5..20 {
        bench
            .submit(feed("BG", Mode::Actual), vec![long(n, 8)])
            .await;
        good.until_picture(|p| titles(p).len() == n as usize + 1)
            .await;
    }
    let (reason, detail, code) = stalled.bye().await;
    assert_eq!((reason, code), (ByeReason::TooSlow, Some(1008)));
    assert!(detail.contains("65536"), "{detail}");
    (&mut task).await.unwrap();
    good.settled().await;
    assert_eq!(bench.hub.clients(), 1);

    // It comes again with its cursor and has lost nothing.
    let had = stalled.drop_line();
    assert!(titles(&had).len() < 20);
    let mut again = bench.screen(had.cursor.clone(), Filter::default()).await;
    again.picture = had;
    assert!(again.begun().await);
    again.settled().await;
    assert_eq!(again.picture.entities, good.picture.entities);
}

#[tokio::test(start_paused = true)]
async fn a_slow_screen_within_its_bytes_skips_no_event() {
    let bench = bench().await;
    let mut screen = begun(&bench).await;
    for n in 0..100 {
        bench
            .submit(feed("BG", Mode::Actual), vec![long(n, 1)])
            .await;
    }
    let mut numbers = Vec::new();
    while screen.titles().len() < 100 {
        if let Some(Told::Message(ServerMessage::Delta { seq, .. }, _)) = screen.next().await {
            numbers.push(seq);
        }
    }
    assert!(numbers.into_iter().eq(1..=100), "each commit, in order");
}

#[tokio::test(start_paused = true)]
async fn a_large_picture_on_a_slow_line_cuts_nobody_off_however_much_comes_meanwhile() {
    let bench = bench_with(Wanted {
        max_queue_bytes: 64 * 1024,
        ..Wanted::default()
    })
    .await;
    // A picture of several pages.
    for n in 0..80 {
        bench
            .submit(feed("BG", Mode::Actual), vec![long(n, 8)])
            .await;
    }
    let mut slow = bench.screen(None, Filter::default()).await;
    // Three times the bound comes while its first page goes out.
    for n in 80..105 {
        bench
            .submit(feed("BG", Mode::Actual), vec![long(n, 8)])
            .await;
    }
    assert!(!slow.begun().await);
    slow.until_picture(|p| titles(p).len() == 105).await;
    slow.settled().await;
    let mut fresh = begun(&bench).await;
    fresh.settled().await;
    assert_eq!(slow.picture.entities, fresh.picture.entities);
    assert_eq!(bench.hub.clients(), 2);
}

#[tokio::test(start_paused = true)]
async fn one_commit_larger_than_the_bound_cuts_nobody_off() {
    let bench = bench_with(Wanted {
        max_queue_bytes: 64 * 1024,
        ..Wanted::default()
    })
    .await;
    let mut screen = begun(&bench).await;
    let drafts = (0..100).map(|n| long(n, 4)).collect();
    bench.submit(feed("BG", Mode::Actual), drafts).await;
    screen.until_picture(|p| titles(p).len() == 100).await;
    screen.settled().await;
}

#[tokio::test(start_paused = true)]
async fn a_picture_larger_than_the_bound_cuts_nobody_off() {
    let bench = bench_with(Wanted {
        max_queue_bytes: 64 * 1024,
        ..Wanted::default()
    })
    .await;
    let drafts = (0..100).map(|n| long(n, 4)).collect();
    bench.submit(feed("BG", Mode::Actual), drafts).await;
    let mut screen = begun(&bench).await;
    screen.settled().await;
    assert_eq!(screen.titles().len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_takes_nothing_for_ten_seconds_is_left_without_a_word() {
    let bench = bench().await;
    let mut good = begun(&bench).await;
    let mut stalled = begun(&bench).await;
    let mut task = stalled.task.take().unwrap();
    let began = tokio::time::Instant::now();
    tokio::select! {
        ended = &mut task => ended.unwrap(),
        () = async { loop { good.next().await.unwrap(); } } => {}
    }
    let after = began.elapsed().as_secs();
    assert!((10..=13).contains(&after), "{after}");
    good.settled().await;
    assert_eq!(bench.hub.clients(), 1);
}
