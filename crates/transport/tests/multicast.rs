//! Multicast on the loopback interface with real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;

use common::programs::skipped;
use common::{DEADLINE, Running, start};
use oneroof_config::Period;
use oneroof_config::types::{Group, Interface, Listen, Multicast, UdpListen};
use oneroof_ports::ChunkKind;
use oneroof_transport::UdpListenSource;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::UdpSocket;
use tokio::time::timeout;

fn group(text: &str, interface: Interface) -> Multicast {
    Multicast {
        group: Group(text.parse().unwrap()),
        interface: Some(interface),
        source: None,
        rejoin_after: Period::secs(60),
    }
}

fn loopback() -> Interface {
    Interface::Address(Ipv4Addr::LOCALHOST.into())
}

fn source(listen: &str, multicast: Multicast) -> UdpListenSource {
    UdpListenSource::new(UdpListen {
        listen: Listen(listen.parse().unwrap()),
        allow: Vec::new(),
        multicast: Some(multicast),
    })
}

/// The port of the address that a source says it is up at (`0.0.0.0:4242 in 239.2.3.1`).
async fn port(run: &mut Running) -> u16 {
    let up = run.up().await;
    let address: SocketAddr = up.split(' ').next().unwrap().parse().unwrap();
    address.port()
}

/// A sender to groups on the loopback interface.
async fn sender(from: Ipv4Addr) -> UdpSocket {
    let socket = UdpSocket::bind((from, 0)).await.unwrap();
    SockRef::from(&socket)
        .set_multicast_if_v4(&Ipv4Addr::LOCALHOST)
        .unwrap();
    socket
}

async fn datagram(run: &mut Running) -> Vec<u8> {
    match run.chunk().await.kind {
        ChunkKind::Datagram(bytes) => bytes,
        other => panic!("unexpected {other:?}"),
    }
}

#[tokio::test]
async fn two_listeners_on_one_port_each_hear_their_own_group_only() {
    let mut one = start(source("0.0.0.0:0", group("239.255.83.1", loopback())), 16);
    let port_of_both = port(&mut one).await;
    let address = format!("0.0.0.0:{port_of_both}");
    let mut two = start(source(&address, group("239.255.83.2", loopback())), 16);
    two.up().await;
    let sender = sender(Ipv4Addr::LOCALHOST).await;
    for (to, text) in [("239.255.83.1", "to one"), ("239.255.83.2", "to two")] {
        let to: IpAddr = to.parse().unwrap();
        let sent = sender.send_to(text.as_bytes(), (to, port_of_both)).await;
        sent.unwrap();
    }
    assert_eq!(datagram(&mut one).await, b"to one");
    assert_eq!(datagram(&mut two).await, b"to two");
    assert!(one.chunks.try_recv().is_err() && two.chunks.try_recv().is_err());
    one.end().await;
    two.end().await;
}

#[tokio::test]
async fn of_a_group_with_a_source_only_that_sender_is_heard() {
    let config = Multicast {
        source: Some(Ipv4Addr::new(127, 0, 0, 2)),
        ..group("232.83.0.1", loopback())
    };
    let mut run = start(source("0.0.0.0:0", config), 16);
    let to = (Ipv4Addr::new(232, 83, 0, 1), port(&mut run).await);
    let (wrong, right) = (
        sender(Ipv4Addr::LOCALHOST).await,
        sender(Ipv4Addr::new(127, 0, 0, 2)).await,
    );
    wrong.send_to(b"from another", to).await.unwrap();
    right.send_to(b"from the source", to).await.unwrap();
    assert_eq!(datagram(&mut run).await, b"from the source");
    assert!(run.chunks.try_recv().is_err());
    run.end().await;
}

#[tokio::test]
async fn a_group_that_fell_silent_is_joined_again_and_heard_on() {
    let config = Multicast {
        rejoin_after: Period(Duration::from_millis(1)),
        ..group("239.255.83.3", loopback())
    };
    let mut run = start(source("0.0.0.0:0", config), 16);
    let to = (Ipv4Addr::new(239, 255, 83, 3), port(&mut run).await);
    let sender = sender(Ipv4Addr::LOCALHOST).await;
    sender.send_to(b"before", to).await.unwrap();
    assert_eq!(datagram(&mut run).await, b"before");
    // The rhythm of looking at the silence is a second.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    sender.send_to(b"after", to).await.unwrap();
    assert_eq!(datagram(&mut run).await, b"after");
    run.end().await;
}

#[tokio::test]
async fn a_group_of_ipv6_is_joined_by_the_name_of_the_interface() {
    let probe = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP)).unwrap();
    let here: SocketAddr = "[::1]:0".parse().unwrap();
    if probe.bind(&here.into()).is_err() {
        skipped("multicast over IPv6", "this machine has no IPv6");
        return;
    }
    let config = group("ff01::83:1", Interface::Name("lo".to_owned()));
    let mut run = start(source("[::]:0", config), 16);
    let port = port(&mut run).await;
    let sender = UdpSocket::bind("[::1]:0").await.unwrap();
    SockRef::from(&sender).set_multicast_if_v6(1).unwrap();
    let to = format!("[ff01::83:1%1]:{port}");
    if let Err(error) = sender.send_to(b"six", to).await {
        skipped("multicast over IPv6", &error.to_string());
        return;
    }
    assert_eq!(datagram(&mut run).await, b"six");
    run.end().await;
}

#[tokio::test]
async fn an_interface_that_is_not_there_is_an_error_that_names_it() {
    let config = group("239.255.83.4", Interface::Name("none83".to_owned()));
    let run = start(source("0.0.0.0:0", config), 4);
    let ended = timeout(DEADLINE, run.task).await.unwrap().unwrap();
    let error = ended.unwrap_err();
    assert_eq!(error.code, "multicast.join");
    assert!(error.detail.contains("none83"), "{}", error.detail);
}
