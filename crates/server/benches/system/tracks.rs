//! Many vessels: memory, the first picture of a screen, what a position costs on the line.

use core::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use oneroof_tests::{Live, Peer, Server, Site, vessel_at, within};
use oneroof_wire::SUBPROTOCOL;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::{figure, moment, since};

/// Vessels.
const VESSELS: u32 = 50_000;

/// Vessels that speak at a time: what a step of memory is measured over.
const STEP: u32 = 10_000;

/// First MMSI.
const FIRST: u32 = 272_000_000;

/// Measures.
pub(crate) async fn run() {
    let site = Site::new();
    let peer = Peer::listen(0).await;
    site.coast(&peer);
    let server = site.start().await;
    let empty = server.rss_bytes();
    let begun = moment();
    for from in (0..VESSELS).step_by(STEP as usize) {
        speak(&peer, from, from + STEP, 0.0).await;
    }
    heard(&server, VESSELS).await;
    let filled = since(begun);
    tokio::time::sleep(Duration::from_secs(2)).await; // the history writes what it holds
    let full = server.rss_bytes();
    figure(
        "memory of 10,000 tracks",
        full.saturating_sub(empty) as f64 / f64::from(VESSELS / STEP) / 1e6,
        "MB",
        "",
        &format!(
            "{VESSELS} vessels: {} MB instead of {} MB, history and buffers with it; the first {VESSELS} positions were taken in \
             {filled:.1} s",
            full / 1_000_000,
            empty / 1_000_000
        ),
    );
    let mut times: Vec<(f64, u64)> = Vec::new();
    for _ in 0..5 {
        times.push(first_picture(server.address()).await);
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (median, bytes) = times[times.len() / 2];
    figure(
        &format!("first picture of a screen with {VESSELS} tracks"),
        median * 1e3,
        "ms",
        "",
        &format!(
            "from the TCP connection to the last position, median of {}, {:.1} MB",
            times.len(),
            bytes as f64 / 1e6
        ),
    );
    let (rows, bytes) = positions(&server, &peer).await;
    figure(
        "bytes of a position update",
        bytes as f64 / rows as f64,
        "bytes",
        "",
        &format!(
            "binary columns, {rows} updates after each vessel has moved, message heads with it"
        ),
    );
    server.stop().await;
    peer.die().await;
}

async fn speak(peer: &Peer, from: u32, to: u32, drift: f64) {
    for first in (from..to).step_by(500) {
        let text: String = (first..first + 500)
            .map(|n| {
                let (row, column) = (f64::from(n / 250), f64::from(n % 250));
                vessel_at(FIRST + n, 42.5 + row * 0.02, 28.5 + column * 0.03 + drift)
            })
            .collect();
        peer.say(text).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn heard(server: &Server, count: u32) {
    within(
        Duration::from_mins(2),
        "all positions are taken",
        async || {
            let accepted = server.http().feed("coast").await?.health.accepted;
            (accepted >= u64::from(count)).then_some(())
        },
    )
    .await;
}

async fn connect(address: &str) -> WebSocketStream<TcpStream> {
    let stream = TcpStream::connect(address).await.unwrap();
    let mut socket = Live::upgrade(address, stream, Some(SUBPROTOCOL))
        .await
        .unwrap();
    socket
        .send(Message::Text(r#"{"t":"start"}"#.into()))
        .await
        .unwrap();
    socket
}

/// Rows of a binary frame.
fn rows(bytes: &[u8]) -> u64 {
    u64::from(u32::from_le_bytes(bytes[4..8].try_into().unwrap()))
}

/// Seconds and bytes until a screen has every position.
async fn first_picture(address: &str) -> (f64, u64) {
    let begun = moment();
    let mut socket = connect(address).await;
    let (mut got, mut bytes) = (0, 0);
    while got < u64::from(VESSELS) {
        match socket.next().await.unwrap().unwrap() {
            Message::Binary(frame) => {
                got += rows(&frame);
                bytes += frame.len() as u64;
            }
            Message::Text(text) => bytes += text.len() as u64,
            _ => {}
        }
    }
    (since(begun), bytes)
}

/// Rows and bytes of the frames after every vessel has moved.
async fn positions(server: &Server, peer: &Peer) -> (u64, u64) {
    let mut socket = connect(server.address()).await;
    let mut got = 0;
    while got < u64::from(VESSELS) {
        if let Message::Binary(frame) = socket.next().await.unwrap().unwrap() {
            got += rows(&frame);
        }
    }
    let moving = speak(peer, 0, VESSELS, 0.01);
    let watching = async {
        let (mut got, mut bytes) = (0, 0);
        while got < u64::from(VESSELS) {
            if let Message::Binary(frame) = socket.next().await.unwrap().unwrap() {
                got += rows(&frame);
                bytes += frame.len() as u64;
            }
        }
        (got, bytes)
    };
    let ((), counted) = tokio::join!(moving, watching);
    counted
}
