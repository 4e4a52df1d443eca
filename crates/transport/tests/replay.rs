//! Captures played: as a source, and towards a port.

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
use std::fs;

use common::{DEADLINE, start};
use oneroof_config::Period;
use oneroof_config::types::{Listen, Replay, TcpListen, UdpListen};
use oneroof_ports::ChunkKind;
use oneroof_transport::{
    Pace, ReplaySender, ReplaySource, Target, TcpListenSource, UdpListenSource,
};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

const CAPTURE: &str = "!A*00,1795401660\n!B*00,1795401661\n!C*00,1795401662\n";

fn capture() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture.nmea");
    fs::write(&path, CAPTURE).unwrap();
    let path = path.display().to_string();
    (folder, path)
}

#[tokio::test]
async fn a_capture_is_played_at_the_pace_of_its_times() {
    let (_folder, path) = capture();
    let config = Replay {
        files: vec![path],
        speed: 10.0,
        rate_per_s: None,
        repeat: false,
    };
    let begun = Instant::now();
    let mut run = start(ReplaySource::new(config), 64);
    let (_, bytes) = run.whole(3, 0).await;
    assert_eq!(bytes, CAPTURE.as_bytes());
    let took = begun.elapsed();
    assert!(
        took >= Duration::from_millis(200),
        "two seconds at ten times the speed: {took:?}"
    );
    run.end().await;
}

#[tokio::test]
async fn a_repeated_capture_begins_anew_as_a_new_connection() {
    let (_folder, path) = capture();
    let config = Replay {
        files: vec![path],
        speed: 1.0,
        rate_per_s: Some(1e6),
        repeat: true,
    };
    let mut run = start(ReplaySource::new(config), 64);
    for _ in 0..2 {
        assert_eq!(run.whole(3, 0).await.1, CAPTURE.as_bytes());
    }
    run.end().await;
}

/// A capture of packets (libpcap, raw IP): datagrams between two ports of loopback, each with its moment.
fn packets(datagrams: &[(u16, &[u8])]) -> Vec<u8> {
    let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0];
    file.extend([0; 8]);
    file.extend(65_535_u32.to_le_bytes());
    file.extend(101_u32.to_le_bytes());
    for (seconds, (port, payload)) in (0_u32..).zip(datagrams) {
        let udp = u16::try_from(8 + payload.len()).unwrap();
        let total = 20 + udp;
        file.extend((1_795_401_660 + seconds).to_le_bytes());
        file.extend(0_u32.to_le_bytes());
        file.extend(u32::from(total).to_le_bytes());
        file.extend(u32::from(total).to_le_bytes());
        file.extend([0x45, 0]);
        file.extend(total.to_be_bytes());
        file.extend([0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
        file.extend(port.to_be_bytes());
        file.extend(9_000_u16.to_be_bytes());
        file.extend(udp.to_be_bytes());
        file.extend([0, 0]);
        file.extend_from_slice(payload);
    }
    file
}

#[tokio::test]
async fn packets_are_played_as_the_datagrams_that_they_were_each_sender_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("radar.pcap");
    let sent: [(u16, &[u8]); 3] = [(1, b"\x30\n\x04\xff"), (2, b"\x22\0\x04"), (1, b"\0")];
    fs::write(&path, packets(&sent)).unwrap();
    let config = Replay {
        files: vec![path.display().to_string()],
        speed: 100.0,
        rate_per_s: None,
        repeat: false,
    };
    let mut run = start(ReplaySource::new(config), 64);
    let mut got = Vec::new();
    let mut kinds = Vec::new();
    while kinds.len() < 7 {
        let chunk = run.chunk().await;
        kinds.push(match chunk.kind {
            ChunkKind::Open => "open",
            ChunkKind::Close => "close",
            ChunkKind::Datagram(bytes) => {
                got.push((chunk.conn, bytes));
                "datagram"
            }
            other => panic!("unexpected {other:?}"),
        });
    }
    let as_sent: Vec<(u64, Vec<u8>)> = sent.map(|(n, b)| (n.into(), b.to_vec())).into();
    assert_eq!(got, as_sent);
    let expected = "open datagram open datagram datagram close close";
    assert_eq!(kinds.join(" "), expected);
    run.end().await;
}

#[tokio::test]
async fn a_missing_capture_ends_the_source_with_its_name() {
    let files = vec!["no/such.nmea".to_owned()];
    let config = Replay {
        files,
        speed: 1.0,
        rate_per_s: None,
        repeat: false,
    };
    let run = start(ReplaySource::new(config), 64);
    let error = timeout(DEADLINE, run.task)
        .await
        .unwrap()
        .unwrap()
        .unwrap_err();
    assert_eq!(error.code, "replay.unreadable");
    assert!(error.detail.contains("such.nmea"));
}

#[tokio::test]
async fn a_sender_plays_towards_tcp_and_udp() {
    let (_folder, path) = capture();
    let listen = Listen("127.0.0.1:0".parse().unwrap());
    let idle_timeout = Period(Duration::from_mins(1));
    let tcp = TcpListen {
        listen,
        allow: Vec::new(),
        max_connections: 1,
        idle_timeout,
        tls: None,
    };
    let mut tcp = start(TcpListenSource::new(tcp), 64);
    let mut udp = start(
        UdpListenSource::new(UdpListen {
            listen,
            allow: Vec::new(),
            multicast: None,
        }),
        64,
    );
    let mut sender = ReplaySender {
        files: vec![path.into()],
        pace: Pace::Unpaced,
        repeat: false,
        target: Target::Tcp(tcp.up().await),
    };
    let sent = sender.run(&CancellationToken::new()).await.unwrap();
    assert_eq!(sent.bytes, CAPTURE.len() as u64);
    assert_eq!(tcp.whole(3, 0).await.1, CAPTURE.as_bytes());
    sender.target = Target::Udp(udp.up().await);
    assert_eq!(
        sender.run(&CancellationToken::new()).await.unwrap().frames,
        3
    );
    for line in CAPTURE.split_inclusive('\n') {
        assert_eq!(
            udp.chunk().await.kind,
            ChunkKind::Datagram(line.as_bytes().to_vec())
        );
    }
    tcp.end().await;
    udp.end().await;
}

#[tokio::test]
async fn a_sender_serves_the_client_that_connects_and_ends_when_told_to() {
    let (_folder, path) = capture();
    // A free port, found by taking and leaving it.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let sender = ReplaySender {
        files: vec![path.into()],
        pace: Pace::Rate { per_s: 0.001 },
        repeat: true,
        target: Target::TcpServe(port),
    };
    let stop = CancellationToken::new();
    let task = {
        let stop = stop.clone();
        tokio::task::spawn(async move { sender.run(&stop).await })
    };
    let client = timeout(DEADLINE, async {
        loop {
            if let Ok(client) = tokio::net::TcpStream::connect(port).await {
                return client;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    client.readable().await.unwrap();
    stop.cancel();
    assert_eq!(
        timeout(DEADLINE, task)
            .await
            .unwrap()
            .unwrap()
            .unwrap()
            .frames,
        1
    );
}
