//! What hostile senders say, and how a server has to be while they say it.

use core::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::say::report;
use crate::server::Server;

/// What a hostile sender may cost at most, bytes of memory.
const MOST_MEMORY: u64 = 150_000_000;

/// Size of what is too large, bytes.
pub const HUGE: usize = 100_000_000;

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
