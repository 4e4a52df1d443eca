//! The live protocol as another team's client would meet it: `docs/live-protocol.md`, section by section.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use core::time::Duration;
use std::collections::BTreeSet;

use futures_util::{SinkExt as _, StreamExt as _};
use oneroof_model::{FeedLight, TrackDomain};
use oneroof_tests::{
    End, Live, Peer, Server, Site, free_port, missing_binary, report, until, vessel, vessel_at,
};
use oneroof_wire::client::Picture;
use oneroof_wire::{Area, ByeReason, ClientMessage, Filter, RemoveReason};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;

fn keys(prefix: &str, range: core::ops::Range<u32>) -> BTreeSet<String> {
    range.map(|n| format!("{prefix}{n}")).collect()
}

async fn push_each(server: &Server, prefix: &str, range: core::ops::Range<u32>) {
    for n in range {
        let answer = server.http().report(&report(&format!("{prefix}{n}"))).await;
        assert_eq!(answer.accepted, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_gets_a_snapshot_and_then_dense_deltas_and_knows_what_another_knows() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let server = site.start().await;
    push_each(&server, "before-", 0..3).await;
    let mut early = server.screen().await;
    early
        .until("the snapshot", |s| s.keys() == keys("before-", 0..3))
        .await;
    assert!(!early.resumed);
    assert!(early.changes.iter().any(|c| c.snapshot));
    push_each(&server, "after-", 0..20).await;
    // A gap in the numbers of the deltas would be a fault of the picture, and fail here.
    early.until("the deltas", |s| s.keys().len() == 23).await;
    assert!(early.picture.seq >= 20);

    let mut late = server.screen().await;
    late.until("the snapshot", |s| s.keys().len() == 23).await;
    let same = |a: &Live, b: &Live| {
        let without_feeds = |live: &Live| {
            let mut entities = live.picture.entities.clone();
            entities.retain(|key, _| key.kind != oneroof_wire::EntityKind::Feed);
            entities
        };
        without_feeds(a) == without_feeds(b)
    };
    assert!(same(&early, &late), "built by deltas and by a snapshot");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_lost_its_line_goes_on_where_it_was() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let server = site.start().await;
    let mut screen = server.screen().await;
    push_each(&server, "a-", 0..5).await;
    screen.until("five reports", |s| s.keys().len() == 5).await;
    let known = screen.break_off();
    push_each(&server, "b-", 0..7).await;

    let mut screen = Live::open(server.address(), known, Filter::default()).await;
    assert!(screen.resumed, "the cursor is good");
    screen
        .until("what came meanwhile", |s| s.keys().len() == 12)
        .await;
    assert!(
        screen.changes.iter().all(|c| !c.snapshot),
        "no snapshot after resuming"
    );
    let again: usize = screen
        .changes
        .iter()
        .flat_map(|c| &c.upserted)
        .filter(|key| key.kind == oneroof_wire::EntityKind::Report)
        .count();
    assert_eq!(again, 7, "only what changed since came");
    push_each(&server, "c-", 0..1).await;
    screen
        .until("the stream goes on", |s| s.keys().len() == 13)
        .await;

    // A cursor of nowhere is answered with a snapshot, not with an error.
    let mut lost = Picture::default();
    lost.cursor = Some(oneroof_wire::Cursor("nowhere".to_owned()));
    let mut screen = Live::open(server.address(), lost, Filter::default()).await;
    assert!(!screen.resumed);
    screen.until("the snapshot", |s| s.keys().len() == 13).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_is_told_of_the_shutdown_and_resumes_after_it() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    // The address is a part of the configuration, and a changed one is journalled: it stays the same here.
    let port = free_port();
    let server = site.start_at(port).await;
    let mut screen = server.screen().await;
    push_each(&server, "a-", 0..5).await;
    screen.until("five reports", |s| s.keys().len() == 5).await;
    server.ask_to_end();
    let end = screen.end().await;
    let shutdown = End {
        bye: Some(ByeReason::Shutdown),
        code: Some(1001),
    };
    assert_eq!(end, shutdown);
    server.ended().await;

    let server = site.start_at(port).await;
    let known = screen.break_off();
    let mut screen = Live::open(server.address(), known, Filter::default()).await;
    assert!(screen.resumed, "it had seen everything");
    push_each(&server, "b-", 0..1).await;
    screen
        .until("the stream goes on", |s| s.keys().len() == 6)
        .await;

    // Who was behind when the server died gets the picture anew.
    let behind = screen.break_off();
    push_each(&server, "c-", 0..2).await;
    server.kill();
    let server = site.start_at(port).await;
    let mut screen = Live::open(server.address(), behind, Filter::default()).await;
    screen
        .until("the whole picture", |s| s.keys().len() == 8)
        .await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_filter_brings_what_enters_and_takes_what_leaves() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let peer = Peer::listen(0).await;
    site.coast(&peer);
    let server = site.start().await;
    let west = Area {
        south: 44.0,
        west: 28.0,
        north: 47.0,
        east: 31.0,
    };
    let east = Area {
        west: 31.0,
        east: 34.0,
        ..west
    };
    let of = |area| Filter {
        area: Some(area),
        domains: None,
    };
    let mut screen = Live::open(server.address(), Picture::default(), of(west)).await;
    peer.say(vessel_at(272_000_001, 45.0, 30.0) + &vessel_at(272_000_002, 45.0, 31.0003))
        .await;
    screen
        .until("the western vessel", |s| s.idents().contains("272000001"))
        .await;
    assert_eq!(screen.idents().len(), 1, "the eastern one is outside");
    let old = *screen.picture.tracks.keys().next().unwrap();

    screen
        .say(&ClientMessage::Filter { filter: of(east) })
        .await;
    let eastern = BTreeSet::from(["272000002".to_owned()]);
    screen
        .until("the other vessel alone", |s| s.idents() == eastern)
        .await;
    assert_eq!(screen.left, [(old, RemoveReason::Filtered)]);

    // It sails across the line: it leaves the one, with a new handle it would come back.
    peer.say(vessel_at(272_000_002, 45.0, 30.9997)).await;
    screen.until("it left", |s| s.idents().is_empty()).await;
    peer.say(vessel_at(272_000_002, 45.0, 31.0003)).await;
    screen
        .until("it came back", |s| s.idents() == eastern)
        .await;
    let handles: BTreeSet<u32> = screen.picture.tracks.keys().copied().collect();
    assert!(handles.is_disjoint(&screen.left.iter().map(|(h, _)| *h).collect()));

    let aircraft = Filter {
        area: None,
        domains: Some(vec![TrackDomain::Aircraft]),
    };
    screen
        .say(&ClientMessage::Filter { filter: aircraft })
        .await;
    screen.until("no vessel", |s| s.idents().is_empty()).await;
    screen
        .say(&ClientMessage::Filter {
            filter: Filter::default(),
        })
        .await;
    screen
        .until("both vessels", |s| s.idents().len() == 2)
        .await;
    // Events come whatever the filter says.
    push_each(&server, "a-", 0..1).await;
    screen.until("the report", |s| s.keys().len() == 1).await;
    peer.die().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_keep_to_the_protocol_is_told_so_and_cut_off() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let server = site.start().await;
    let mut witness = server.screen().await;
    let address = server.address();
    for subprotocol in [None, Some("oneroof.live.v0"), Some("chat")] {
        let stream = TcpStream::connect(address).await.unwrap();
        let refused = Live::upgrade(address, stream, subprotocol)
            .await
            .unwrap_err();
        let tokio_tungstenite::tungstenite::Error::Http(answer) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(answer.status(), 400);
    }
    let cut = End {
        bye: Some(ByeReason::Protocol),
        code: Some(1008),
    };
    let start = r#"{"t":"start"}"#;
    for said in [
        vec!["nonsense"],
        vec![r#"{"t":"dance"}"#],
        vec![r#"{"t":"painted","seq":1}"#],
        vec![r#"{"t":"start","cursor":7}"#],
        vec![start, start],
        vec![start, "[]"],
        vec![start, r#"{"t":"filter","filter":{"area":{"south":"x"}}}"#],
    ] {
        let mut screen = Live::silent(address).await;
        for text in &said {
            screen.say_raw(Message::Text((*text).into())).await;
        }
        assert_eq!(screen.end().await, cut, "{said:?}");
    }
    let mut flood = Live::silent(address).await;
    flood.say_raw(Message::Text(start.into())).await;
    for _ in 0..60 {
        flood
            .say_raw(Message::Text(r#"{"t":"painted","seq":1}"#.into()))
            .await;
    }
    assert_eq!(flood.end().await, cut, "more than 50 messages a second");
    // So is too large a message; binary ones are only a sign of life.
    let mut large = Live::silent(address).await;
    large
        .say_raw(Message::Text("x".repeat(20_000).into()))
        .await;
    assert_eq!(large.end().await, cut);
    witness
        .say_raw(Message::Binary(vec![0xff; 1_000].into()))
        .await;
    push_each(&server, "a-", 0..1).await;
    witness.until("the report", |s| s.keys().len() == 1).await;
    assert!(
        server
            .metric("live_cut_off_total{reason=\"protocol\"}")
            .await
            .unwrap()
            >= 8.0
    );
    until("the others are gone", async || {
        (server.metric("live_clients").await == Some(1.0)).then_some(())
    })
    .await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_never_says_start_is_cut_off_after_five_seconds() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let server = site.start().await;
    let mut silent = Live::silent(server.address()).await;
    let cut = End {
        bye: Some(ByeReason::Protocol),
        code: Some(1008),
    };
    assert_eq!(silent.end().await, cut);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_screens_than_the_limit_are_told_that_the_server_is_busy() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    site.centre("limits: {live_clients: 3}\n");
    let server = site.start().await;
    let mut screens = Vec::new();
    for _ in 0..3 {
        screens.push(server.screen().await);
    }
    let mut fourth = Live::silent(server.address()).await;
    let busy = End {
        bye: Some(ByeReason::Busy),
        code: Some(1013),
    };
    assert_eq!(fourth.end().await, busy);
    drop(screens.pop());
    until("there is room again", async || {
        (server.metric("live_clients").await == Some(2.0)).then_some(())
    })
    .await;
    let mut fifth = server.screen().await;
    push_each(&server, "a-", 0..1).await;
    fifth.until("the report", |s| s.keys().len() == 1).await;
    server.stop().await;
}

/// A report with a text so long that few of them fill every buffer on the way.
fn long_report(id: u32) -> Value {
    let mut long = report(&format!("long-{id}"));
    long["text"] = json!("x".repeat(8_000));
    long
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_does_not_read_is_cut_off_and_harms_nobody() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    site.centre("limits: {live_queue_per_client: 512kB}\n");
    let server = site.start().await;
    let mut witness = server.screen().await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let stream = socket
        .connect(server.address().parse().unwrap())
        .await
        .unwrap();
    let mut stalled = Live::over(server.address(), stream).await;
    stalled.start(Filter::default()).await;

    let before = server.rss_bytes();
    let mut sent = 0;
    until("the stalled screen is cut off", async || {
        let batch: Vec<Value> = (sent..sent + 20).map(long_report).collect();
        sent += 20;
        assert_eq!(
            server.http().report(&Value::Array(batch)).await.accepted,
            20
        );
        // The other one reads, and misses nothing.
        witness
            .until("everything", |s| s.keys().len() == sent as usize)
            .await;
        (server.metric("live_clients").await == Some(1.0)).then_some(())
    })
    .await;
    assert_eq!(
        server
            .metric("live_cut_off_total{reason=\"too_slow\"}")
            .await,
        Some(1.0)
    );
    let grown = server.rss_bytes().saturating_sub(before);
    assert!(grown < 200_000_000, "{grown} bytes for {sent} reports");

    // It comes back and has the whole picture.
    let mut again = Live::open(server.address(), stalled.break_off(), Filter::default()).await;
    again
        .until("everything", |s| s.keys().len() == sent as usize)
        .await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_sends_a_beat_every_second_and_answers_pings() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let peer = Peer::listen(0).await;
    site.coast(&peer);
    let server = site.start().await;
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let protocol = Some(oneroof_wire::SUBPROTOCOL);
    let mut socket = Live::upgrade(server.address(), stream, protocol)
        .await
        .unwrap();
    socket
        .send(Message::Text(r#"{"t":"start"}"#.into()))
        .await
        .unwrap();
    socket
        .send(Message::Ping(b"are you there"[..].into()))
        .await
        .unwrap();
    peer.say(vessel(272_000_001)).await;
    let (mut beats, mut ponged, mut tracks) = (0, false, 0);
    let listening = tokio::time::timeout(Duration::from_secs(20), async {
        while beats < 3 || !ponged || tracks == 0 {
            match socket.next().await.unwrap().unwrap() {
                Message::Pong(bytes) => ponged = bytes.as_ref() == b"are you there",
                Message::Text(text) => {
                    let said: Value = serde_json::from_str(&text).unwrap();
                    if said["t"] == "beat" {
                        beats += 1;
                        assert_eq!(said["skipped"], 0);
                        tracks = said["tracks"].as_u64().unwrap();
                    }
                }
                _ => {}
            }
        }
    });
    listening.await.expect("beats and a pong");
    assert_eq!(tracks, 1);
    let feed = server.http().feed("coast").await.unwrap();
    assert_eq!(feed.health.light, FeedLight::Up);
    peer.die().await;
    server.stop().await;
}
