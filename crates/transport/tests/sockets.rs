//! TCP and UDP on loopback with real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use core::sync::atomic::Ordering;
use core::time::Duration;

use common::{DEADLINE, start, until};
use oneroof_config::Period;
use oneroof_config::types::{Endpoint, Listen, Network, TcpClient, TcpListen, UdpListen};
use oneroof_ports::ChunkKind;
use oneroof_transport::{TcpClientSource, TcpListenSource, UdpListenSource};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::time::timeout;

fn ms(n: u64) -> Period {
    Period(Duration::from_millis(n))
}

fn client(port: u16) -> TcpClientSource {
    TcpClientSource::new(TcpClient {
        address: Endpoint {
            host: "127.0.0.1".to_owned(),
            port,
        },
        reconnect_min: ms(10),
        reconnect_max: ms(50),
        idle_timeout: ms(300),
        tls: None,
    })
}

fn any_port() -> Listen {
    Listen("127.0.0.1:0".parse().unwrap())
}

fn listener(max_connections: u32, idle: u64) -> TcpListenSource {
    TcpListenSource::new(TcpListen {
        listen: any_port(),
        allow: Vec::new(),
        max_connections,
        idle_timeout: ms(idle),
        tls: None,
    })
}

#[tokio::test]
async fn a_client_connects_again_after_its_peer_died_in_the_middle_of_a_record() {
    let peer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut run = start(client(peer.local_addr().unwrap().port()), 64);
    let (mut first, _) = peer.accept().await.unwrap();
    first.write_all(b"!AIVDM,1,1,").await.unwrap();
    assert_eq!(run.open().await, 1);
    assert_eq!(run.bytes(11).await, b"!AIVDM,1,1,");
    drop(first);
    assert_eq!(run.chunk().await.kind, ChunkKind::Close);
    assert_eq!(run.up().await, peer.local_addr().unwrap().to_string());
    assert_eq!(run.error().await, "peer.closed");
    let (mut second, _) = timeout(DEADLINE, peer.accept()).await.unwrap().unwrap();
    second.write_all(b"whole\n").await.unwrap();
    assert_eq!(run.open().await, 2, "a new connection, so a new decoder");
    assert_eq!(run.bytes(6).await, b"whole\n");
    run.end().await;
}

#[tokio::test]
async fn a_client_says_that_it_is_refused_and_comes_up_when_the_peer_does() {
    let peer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = peer.local_addr().unwrap();
    drop(peer);
    let mut run = start(client(address.port()), 64);
    assert_eq!(run.error().await, "connect.refused");
    let peer = TcpListener::bind(address).await.unwrap();
    let (_kept, _) = timeout(DEADLINE, peer.accept()).await.unwrap().unwrap();
    assert_eq!(run.up().await, address.to_string());
    run.end().await;
}

#[tokio::test]
async fn a_half_open_peer_is_left_and_connected_to_again() {
    let peer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut run = start(client(peer.local_addr().unwrap().port()), 64);
    // Accepted and never spoken to: to the client it looks like a peer that lost its power.
    let (_silent, _) = peer.accept().await.unwrap();
    assert_eq!(run.error().await, "peer.idle");
    timeout(DEADLINE, peer.accept()).await.unwrap().unwrap();
    run.end().await;
}

#[tokio::test]
async fn a_flood_is_held_back_by_the_protocol_and_arrives_whole() {
    let mut run = start(listener(4, 60_000), 2);
    let address = run.up().await;
    let mut sender = TcpStream::connect(&address).await.unwrap();
    let total = 32 * 1024 * 1024;
    let writer = tokio::task::spawn(async move {
        sender.write_all(&vec![b'x'; total]).await.unwrap();
        sender
    });
    run.open().await;
    // Two chunks wait, the buffers of the system are full: the sender stands still.
    until("the channel is full", || run.chunks.len() == 2).await;
    assert!(!writer.is_finished());
    assert_eq!(run.bytes(total).await.len(), total);
    drop(timeout(DEADLINE, writer).await.unwrap().unwrap());
    assert_eq!(run.chunk().await.kind, ChunkKind::Close);
    run.end().await;
}

#[tokio::test]
async fn a_huge_line_passes_in_bounded_chunks() {
    let mut run = start(listener(4, 60_000), 64);
    let address = run.up().await;
    let mut sender = TcpStream::connect(&address).await.unwrap();
    let writer = tokio::task::spawn(async move { sender.write_all(&vec![b'y'; 1_000_000]).await });
    run.open().await;
    let mut got = 0;
    while got < 1_000_000 {
        let ChunkKind::Data(data) = run.chunk().await.kind else {
            panic!("data expected")
        };
        assert!(data.len() <= 32 * 1024);
        got += data.len();
    }
    writer.await.unwrap().unwrap();
    run.end().await;
}

#[tokio::test]
async fn one_who_trickles_bytes_does_not_hold_a_connection_for_ever() {
    let mut run = start(listener(1, 400), 64);
    let address = run.up().await;
    let slow = TcpStream::connect(&address).await.unwrap();
    let (mut reading, mut writing) = slow.into_split();
    // A byte every 50 ms: never idle, never a line.
    let trickle = tokio::task::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_millis(50));
        loop {
            tick.tick().await;
            if writing.write_all(b"z").await.is_err() {
                return;
            }
        }
    });
    run.open().await;
    let closed = timeout(DEADLINE, reading.read(&mut [0; 8]))
        .await
        .expect("closed in time");
    assert!(matches!(closed, Ok(0) | Err(_)));
    while run.chunk().await.kind != ChunkKind::Close {}
    // Its place is free for somebody else.
    let mut other = TcpStream::connect(&address).await.unwrap();
    other.write_all(b"line\n").await.unwrap();
    assert_eq!(run.open().await, 2);
    trickle.abort();
    run.end().await;
}

#[tokio::test]
async fn connections_beyond_the_bound_are_closed_and_the_others_stay() {
    let mut run = start(listener(2, 60_000), 64);
    let address = run.up().await;
    let mut first = TcpStream::connect(&address).await.unwrap();
    let _second = TcpStream::connect(&address).await.unwrap();
    run.open().await;
    run.open().await;
    let mut third = TcpStream::connect(&address).await.unwrap();
    assert!(matches!(
        timeout(DEADLINE, third.read(&mut [0; 8])).await.unwrap(),
        Ok(0) | Err(_)
    ));
    first.write_all(b"still here\n").await.unwrap();
    assert_eq!(run.bytes(11).await, b"still here\n");
    run.end().await;
}

#[tokio::test]
async fn who_is_not_on_the_list_gets_no_connection() {
    let mut run = start(
        TcpListenSource::new(TcpListen {
            listen: any_port(),
            allow: vec![Network {
                address: "10.1.0.0".parse().unwrap(),
                prefix: 16,
            }],
            max_connections: 4,
            idle_timeout: ms(60_000),
            tls: None,
        }),
        64,
    );
    let address = run.up().await;
    let mut refused = TcpStream::connect(&address).await.unwrap();
    assert!(matches!(
        timeout(DEADLINE, refused.read(&mut [0; 8])).await.unwrap(),
        Ok(0) | Err(_)
    ));
    assert!(run.chunks.try_recv().is_err());
    run.end().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_with_its_code() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = Listen(taken.local_addr().unwrap());
    let config = TcpListen {
        listen,
        allow: Vec::new(),
        max_connections: 1,
        idle_timeout: ms(1_000),
        tls: None,
    };
    let run = start(TcpListenSource::new(config), 4);
    let ended = timeout(DEADLINE, run.task).await.unwrap().unwrap();
    assert_eq!(ended.unwrap_err().code, "bind.in_use");
}

#[tokio::test]
async fn a_listener_stops_at_once_although_connections_are_open_and_the_channel_is_full() {
    let mut run = start(listener(4, 60_000), 1);
    let address = run.up().await;
    let mut sender = TcpStream::connect(&address).await.unwrap();
    sender.write_all(b"a\nb\nc\n").await.unwrap();
    until("the channel is full", || run.chunks.len() == 1).await;
    run.stop.cancel();
    timeout(DEADLINE, run.task)
        .await
        .expect("an end in time")
        .unwrap()
        .unwrap();
    TcpListener::bind(&address)
        .await
        .expect("the port is free again");
}

#[tokio::test]
async fn datagrams_come_whole_and_senders_are_told_apart() {
    let config = UdpListen {
        listen: any_port(),
        allow: Vec::new(),
        multicast: None,
    };
    let mut run = start(UdpListenSource::new(config), 64);
    let address = run.up().await;
    let (a, b) = (
        UdpSocket::bind("127.0.0.1:0").await.unwrap(),
        UdpSocket::bind("127.0.0.1:0").await.unwrap(),
    );
    let mut conns = Vec::new();
    for (socket, text) in [(&a, "one"), (&b, "two"), (&a, "three")] {
        socket.send_to(text.as_bytes(), &address).await.unwrap();
        let chunk = run.chunk().await;
        assert_eq!(chunk.kind, ChunkKind::Datagram(text.as_bytes().to_vec()));
        conns.push(chunk.conn);
    }
    assert_eq!(conns, [1, 2, 1]);
    run.end().await;
}

#[tokio::test]
async fn datagrams_that_find_no_room_are_counted_and_the_rest_arrives() {
    let config = UdpListen {
        listen: any_port(),
        allow: Vec::new(),
        multicast: None,
    };
    let mut run = start(UdpListenSource::new(config), 1);
    let address = run.up().await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for n in 0..4_u8 {
        socket.send_to(&[n], &address).await.unwrap();
    }
    // One waits in the channel; the next waits for room, in vain, and is counted.
    let lost = std::sync::Arc::clone(&run.lost);
    until("a datagram is counted as lost", || {
        lost.load(Ordering::Relaxed) >= 1
    })
    .await;
    let mut got = 0;
    while got + lost.load(Ordering::Relaxed) < 4 {
        run.chunk().await;
        got += 1;
    }
    assert_eq!(got + lost.load(Ordering::Relaxed), 4);
    assert!(got >= 1);
    run.end().await;
}
