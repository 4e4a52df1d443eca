//! What hostile senders say, and how a server has to be while they say it.

use core::time::Duration;

use futures_util::future::select;
use oneroof_wire::FeedView;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::say::report;
use crate::server::Server;
use crate::wait::within;

/// What a hostile sender may cost at most, bytes of memory.
const MOST_MEMORY: u64 = 150_000_000;

/// Size of what is too large, bytes.
pub const HUGE: usize = 100_000_000;

/// Longest time until the server connects again, or gives a peer up.
pub const SOON: Duration = Duration::from_secs(20);

/// Bytes that mean nothing, the same in every run (xorshift).
pub fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    core::iter::repeat_with(next).take(count).collect()
}

/// The server is well, takes a good report over its feed `reports`, and has not grown by more than it may.
///
/// # Panics
/// Where any of it is not so.
pub async fn is_well(server: &Server, before: u64, id: &str) {
    let http = server.http();
    http.get("/readyz").await.ok();
    assert_eq!(http.report(&report(id)).await.accepted, 1);
    let grown = server.peak_rss_bytes().saturating_sub(before);
    assert!(grown < MOST_MEMORY, "{grown} bytes more");
}

/// Writes as much as the peer takes.
///
/// # Panics
/// Where nobody listens.
pub async fn pour(port: u16, chunk: &[u8], total: usize) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    pour_into(&mut stream, chunk, total).await;
    drop(stream.shutdown().await);
    drop(timeout(Duration::from_secs(10), stream.read(&mut [0; 1])).await);
}

/// As [`pour`], into a stream that is there.
pub async fn pour_into(stream: &mut TcpStream, chunk: &[u8], total: usize) {
    let mut sent = 0;
    while sent < total {
        // A peer that closes has had enough.
        if stream.write_all(chunk).await.is_err() {
            return;
        }
        sent += chunk.len();
    }
}

/// A document for each way of being none, and what it is: no JSON, a nest, no text, a record whose values cannot be.
/// None of them holds a line end.
pub fn nonsense() -> Vec<(&'static str, Vec<u8>)> {
    let good = report("good").to_string();
    let deep = |open: &str, shut: &str| format!("{}{}", open.repeat(10_000), shut.repeat(10_000));
    let half = good.split_at(good.len() / 2).0;
    vec![
        ("malformed", b"{\"id\": \"a\", }".to_vec()),
        ("half a record", half.as_bytes().to_vec()),
        ("a nest of lists", deep("[", "]").into_bytes()),
        ("a nest of members", deep("{\"a\":", "}").into_bytes()),
        (
            "not UTF-8",
            b"{\"id\":\"\xff\xfe\",\"type\":\"UBC01\"}".to_vec(),
        ),
        ("NUL", vec![0; 10_000]),
        (
            "a NUL in a record",
            good.replace("UBC01", "UB\0C01").into_bytes(),
        ),
        (
            "a place that cannot be",
            good.replace("\"lat\":", "\"lat\":1e999,\"x\":")
                .into_bytes(),
        ),
        (
            "a number that is none",
            good.replace("\"lat\":", "\"lat\":NaN,\"x\":").into_bytes(),
        ),
    ]
}

/// Waits until the other end closes.
///
/// # Panics
/// Where it does not.
pub async fn closes(stream: &mut TcpStream) {
    let mut buffer = vec![0; 4096];
    let end = async { while stream.read(&mut buffer).await.is_ok_and(|n| n > 0) {} };
    timeout(SOON, end).await.expect("it is given up");
}

/// Says one byte after the other for ever; until the other end has had enough.
///
/// # Panics
/// Where it never has.
pub async fn trickles(stream: TcpStream, bytes: &[u8]) {
    let (mut reading, mut writing) = stream.into_split();
    let trickle = async {
        for byte in bytes.iter().cycle() {
            if writing.write_all(&[*byte]).await.is_err() {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    let mut buffer = vec![0; 4096];
    let end = async { while reading.read(&mut buffer).await.is_ok_and(|n| n > 0) {} };
    let (trickle, end) = (Box::pin(trickle), Box::pin(end));
    timeout(SOON, select(trickle, end))
        .await
        .expect("it is given up");
}

/// Waits until so many records of a feed are in quarantine and so many are counted as lost.
///
/// # Panics
/// Where they are not.
pub async fn counted(server: &Server, feed: &str, quarantined: usize, lost: f64) -> FeedView {
    let what = format!("{quarantined} in quarantine, {lost} lost");
    let metric = format!("feed_lost_total{{feed=\"{feed}\"}}");
    within(SOON, &what, async || {
        let view = server.http().feed(feed).await?;
        let now_lost = server.metric(&metric).await.unwrap_or(0.0);
        let enough = view.health.quarantined >= quarantined as u64 && now_lost >= lost;
        enough.then_some(view)
    })
    .await
}
