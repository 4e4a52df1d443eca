//! Tracks: filters, conflation, removals.

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

use common::{Screen, Told, bench, feed, red, unit, vessel};
use oneroof_live::Frame;
use oneroof_model::{Mode, TrackDomain};
use oneroof_wire::columns;
use oneroof_wire::{Area, ClientMessage, Filter, RemoveReason, ServerMessage};

fn area(south: f64, west: f64, north: f64, east: f64) -> Filter {
    Filter {
        area: Some(Area {
            south,
            west,
            north,
            east,
        }),
        domains: None,
    }
}

/// Takes what comes until positions come; gives them.
async fn positions(screen: &mut Screen) -> columns::Frame {
    screen
        .until(|told, _| match told {
            Told::Positions(frame) => Some(frame.clone()),
            _ => None,
        })
        .await
}

fn handle(screen: &Screen, ident: &str) -> u32 {
    let of =
        |t: &&oneroof_wire::client::ClientTrack| t.info.as_ref().is_some_and(|i| i.ident == ident);
    let found = screen.picture.tracks.values().find(of).unwrap();
    found.info.as_ref().unwrap().h
}

#[tokio::test(start_paused = true)]
async fn identities_come_before_positions_and_the_first_set_is_marked() {
    let bench = bench().await;
    bench.positions(vec![vessel(272_000_001, 46.0, 31.0)]);
    let mut screen = bench.screen(None, Filter::default()).await;
    let mut known = false;
    let frame = screen
        .until(|told, _| match told {
            Told::Message(ServerMessage::Tracks { tracks }, _) => {
                assert_eq!(tracks[0].ident, "272000001");
                assert_eq!(tracks[0].name.as_deref(), Some("vessel 272000001"));
                known = true;
                None
            }
            Told::Positions(frame) => Some(frame.clone()),
            _ => None,
        })
        .await;
    assert!(known && frame.first && frame.last);
    assert_eq!(frame.rows.len(), 1);
    bench.positions(vec![vessel(272_000_001, 46.01, 31.0)]);
    let frame = positions(&mut screen).await;
    assert!(!frame.first && !frame.last);
    assert_eq!(screen.vessels(), ["272000001"]);
}

#[tokio::test(start_paused = true)]
async fn the_first_set_comes_even_where_there_is_no_track() {
    let bench = bench().await;
    let mut screen = bench.screen(None, Filter::default()).await;
    let frame = positions(&mut screen).await;
    assert!(frame.first && frame.last && frame.rows.is_empty());
}

#[tokio::test(start_paused = true)]
async fn another_area_brings_what_enters_as_new_and_removes_what_leaves_on_the_same_line() {
    let bench = bench().await;
    bench.positions(vec![
        vessel(1, 46.0, 31.0),
        vessel(2, 44.0, 28.0),
        unit("BG-1", 50.0, 24.0),
    ]);
    let mut screen = bench.screen(None, area(45.5, 30.0, 46.5, 32.0)).await;
    screen.settled().await;
    assert_eq!(screen.vessels(), ["1", "BG-1"], "own units come always");
    let (one, own) = (handle(&screen, "1"), handle(&screen, "BG-1"));

    let filter = area(43.5, 27.0, 44.5, 29.0);
    screen.say(&ClientMessage::Filter { filter }).await;
    let frame = positions(&mut screen).await;
    assert_eq!(frame.removed, [(one, RemoveReason::Filtered)]);
    screen.settled().await;
    assert_eq!(screen.vessels(), ["2", "BG-1"]);
    assert_eq!(handle(&screen, "BG-1"), own, "what stays keeps its handle");
    assert_ne!(handle(&screen, "2"), one);

    screen
        .say(&ClientMessage::Filter {
            filter: Filter::default(),
        })
        .await;
    screen.settled().await;
    assert_eq!(screen.vessels(), ["1", "2", "BG-1"]);
    assert_ne!(
        handle(&screen, "1"),
        one,
        "a track that comes back is a new one"
    );
}

#[tokio::test(start_paused = true)]
async fn a_track_that_sails_out_of_the_area_leaves_and_one_that_sails_in_comes() {
    let bench = bench().await;
    bench.positions(vec![vessel(1, 46.4, 31.0), vessel(2, 46.6, 31.0)]);
    let mut screen = bench.screen(None, area(45.5, 30.0, 46.5, 32.0)).await;
    screen.settled().await;
    assert_eq!(screen.vessels(), ["1"]);
    let one = handle(&screen, "1");
    bench.clock.advance(Duration::from_mins(15));
    bench.positions(vec![vessel(1, 46.55, 31.0), vessel(2, 46.45, 31.0)]);
    let frame = positions(&mut screen).await;
    assert_eq!(frame.removed, [(one, RemoveReason::Filtered)]);
    assert_eq!(screen.vessels(), ["2"]);
}

#[tokio::test(start_paused = true)]
async fn another_kind_is_asked_for_without_connecting_anew() {
    let bench = bench().await;
    bench.positions(vec![vessel(1, 46.0, 31.0), unit("BG-1", 50.0, 24.0)]);
    let of = |domain| Filter {
        area: None,
        domains: Some(vec![domain; 1_000]),
    };
    let mut screen = bench.screen(None, of(TrackDomain::Vessel)).await;
    screen.settled().await;
    assert_eq!(screen.vessels(), ["1"]);
    let filter = of(TrackDomain::Unit);
    screen.say(&ClientMessage::Filter { filter }).await;
    screen.settled().await;
    assert_eq!(screen.vessels(), ["BG-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_screen_gets_the_newest_position_once_and_is_told_what_it_skipped() {
    let bench = bench().await;
    bench.positions(vec![vessel(1, 46.0, 31.0)]);
    let mut screen = bench.screen(None, Filter::default()).await;
    let mut other = bench.screen(None, Filter::default()).await;
    screen.settled().await;
    other.settled().await;
    // Twenty ticks pass, and the slow one reads nothing.
    for n in 1..=20 {
        bench.clock.advance(Duration::from_secs(1));
        bench.positions(vec![vessel(1, 46.0 + f64::from(n) / 1_000.0, 31.0)]);
        let frame = positions(&mut other).await;
        assert_eq!(frame.rows.len(), 1);
    }
    let mut rows = Vec::new();
    let skipped = screen
        .until(|told, _| match told {
            Told::Positions(frame) => {
                rows.extend(frame.rows.iter().map(|r| r.at.lat()));
                None
            }
            Told::Message(ServerMessage::Beat { skipped, .. }, _) if *skipped > 0 => Some(*skipped),
            _ => None,
        })
        .await;
    assert!(skipped >= 10, "{skipped}");
    screen.settled().await;
    let row = screen.picture.tracks.values().next().unwrap().row.unwrap();
    assert!((row.at.lat() - 46.02).abs() < 1e-6, "{row:?}");
    assert!(rows.len() <= 4, "conflated, not queued: {rows:?}");
    let calm = screen
        .until(|told, _| match told {
            Told::Message(ServerMessage::Beat { skipped, .. }, _) => Some(*skipped),
            _ => None,
        })
        .await;
    assert_eq!(calm, 0);
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_reads_skips_nothing() {
    let bench = bench().await;
    let mut screen = bench.screen(None, Filter::default()).await;
    for n in 0..50 {
        bench.clock.advance(Duration::from_secs(1));
        bench.positions(vec![vessel(1, 46.0 + f64::from(n) / 1_000.0, 31.0)]);
        screen
            .until(|told, p| {
                if let Told::Message(ServerMessage::Beat { skipped, .. }, _) = told {
                    assert_eq!(*skipped, 0);
                }
                let row = p.tracks.values().next()?.row?;
                ((row.at.lat() - 46.0 - f64::from(n) / 1_000.0).abs() < 1e-6).then_some(())
            })
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_track_that_is_silent_for_long_retires_and_is_counted() {
    let bench = bench().await;
    bench.positions(vec![vessel(1, 46.0, 31.0), unit("BG-1", 50.0, 24.0)]);
    let mut screen = bench.screen(None, Filter::default()).await;
    screen.settled().await;
    let one = handle(&screen, "1");
    bench.clock.advance(Duration::from_secs(
        u64::try_from(common::RETIRE_S).unwrap() + 5,
    ));
    let frame = positions(&mut screen).await;
    assert_eq!(frame.removed, [(one, RemoveReason::Retired)]);
    let left = screen
        .until(|told, _| match told {
            Told::Message(ServerMessage::Beat { tracks, .. }, _) => Some(*tracks),
            _ => None,
        })
        .await;
    assert_eq!((left, bench.room.tracks().retired()), (1, 1));
    assert_eq!(screen.vessels(), ["BG-1"], "own units stay until dismissed");
}

#[tokio::test(start_paused = true)]
async fn a_track_of_another_mode_or_that_is_not_released_is_nowhere() {
    let bench = bench().await;
    let now = oneroof_ports::TimeSource::now(&*bench.clock);
    let exercise = feed("CG", Mode::Exercise);
    bench
        .room
        .positions(&exercise, now, vec![vessel(1, 46.0, 31.0)]);
    let mut secret = feed("SS", Mode::Actual);
    secret.marking = red();
    bench
        .room
        .positions(&secret, now, vec![vessel(2, 46.0, 31.0)]);
    bench.positions(vec![vessel(3, 46.0, 31.0)]);
    let mut screen = bench.screen(None, Filter::default()).await;
    screen.settled().await;
    assert_eq!(screen.vessels(), ["3"]);
    assert_eq!(handle(&screen, "3"), 0, "numbers tell of nothing else");

    // The same vessel, heard by the one that does not share it: it goes, and not because of a filter.
    secret.id = "another".into();
    bench.clock.advance(Duration::from_secs(1));
    let now = oneroof_ports::TimeSource::now(&*bench.clock);
    bench
        .room
        .positions(&secret, now, vec![vessel(3, 46.0, 31.0)]);
    let frame = positions(&mut screen).await;
    assert_eq!(frame.removed, [(0, RemoveReason::Gone)]);
    assert!(screen.vessels().is_empty());
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_tracks_come_and_go_in_pages() {
    const N: usize = 10_000;
    let bench = bench().await;
    let all = (0..u32::try_from(N).unwrap())
        .map(|n| vessel(1_000 + n, 44.0 + f64::from(n % 100) / 50.0, 30.0))
        .collect();
    bench.positions(all);
    let mut screen = bench.screen(None, Filter::default()).await;
    let mut flags = Vec::new();
    while screen.vessels().len() < N {
        match screen.frame().await.unwrap() {
            Frame::Text(json) => {
                let (message, _) = screen.picture.text(&json).unwrap();
                if let ServerMessage::Tracks { tracks } = message {
                    assert!(tracks.len() <= 500);
                }
            }
            Frame::Binary(bytes) => {
                let frame = columns::decode(&bytes).unwrap();
                assert!(frame.rows.len() <= 4_096);
                flags.push((frame.first, frame.last));
                screen.picture.binary(&bytes).unwrap();
            }
            _ => {}
        }
    }
    assert_eq!(flags, [(true, false), (false, false), (false, true)]);

    let nowhere = area(0.0, 0.0, 1.0, 1.0);
    screen.say(&ClientMessage::Filter { filter: nowhere }).await;
    let mut gone = 0;
    while gone < N {
        let frame = positions(&mut screen).await;
        assert!(frame.removed.len() <= 4_096 && frame.rows.is_empty());
        gone += frame.removed.len();
    }
    assert!(screen.picture.tracks.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_learnt_of_a_track_comes_without_a_move() {
    let bench = bench().await;
    bench.positions(vec![vessel(1, 46.0, 31.0)]);
    let mut screen = bench.screen(None, Filter::default()).await;
    screen.settled().await;
    let mut named = vessel(1, 46.0, 31.0);
    (named.position, named.destination) = (None, Some("ODESA".into()));
    bench.positions(vec![named]);
    screen
        .until(|told, _| match told {
            Told::Message(ServerMessage::Tracks { tracks }, _) => {
                (tracks[0].destination.as_deref() == Some("ODESA")).then_some(())
            }
            _ => None,
        })
        .await;
    assert_eq!(screen.picture.tracks.len(), 1);
}
