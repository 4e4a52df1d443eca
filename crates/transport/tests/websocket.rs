//! The WebSocket client with a real peer on loopback.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::result_large_err,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use common::certs::{Authority, Valid};
use common::{DEADLINE, DURABLE, Running, start, until};
use futures_util::{SinkExt as _, StreamExt as _};
use oneroof_config::types::{
    Endpoint, HeaderText, Resume, SchemeUrl, Secret, TlsClient, ValuePath, WebSocket, WsUrl,
};
use oneroof_config::{Period, Size};
use oneroof_ports::{Ack, ChunkKind};
use oneroof_transport::WebSocketSource;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::{WebSocketStream, accept_async, accept_hdr_async};

fn ms(n: u64) -> Period {
    Period(Duration::from_millis(n))
}

fn config(port: u16) -> WebSocket {
    WebSocket {
        url: WsUrl(SchemeUrl {
            text: format!("ws://localhost:{port}/live?key=1"),
            tls: false,
            endpoint: Endpoint {
                host: "localhost".to_owned(),
                port,
            },
        }),
        token: None,
        headers: BTreeMap::new(),
        subscribe: vec![r#"{"subscribe": "all"}"#.to_owned()],
        resume: None,
        ping_every: ms(5_000),
        idle_timeout: ms(20_000),
        max_message: Size(10_000),
        reconnect_min: ms(10),
        reconnect_max: ms(50),
        tls: None,
    }
}

async fn server() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

type Peer = WebSocketStream<TcpStream>;

async fn accept(listener: &TcpListener) -> Peer {
    let (stream, _) = timeout(DEADLINE, listener.accept()).await.unwrap().unwrap();
    accept_async(stream).await.unwrap()
}

/// The next text that the client sends.
async fn said(peer: &mut Peer) -> String {
    loop {
        let message = timeout(DEADLINE, peer.next()).await.unwrap();
        if let Message::Text(text) = message.unwrap().unwrap() {
            return text.to_string();
        }
    }
}

/// The next message, answered as durable or not at all.
async fn message(run: &mut Running, answer: Option<Ack>) -> Vec<u8> {
    let chunk = run.chunk().await;
    let ChunkKind::Message { bytes, context } = chunk.kind else {
        panic!("unexpected {:?}", chunk.kind);
    };
    assert_eq!(context, None);
    if let Some(answer) = answer {
        chunk.ack.unwrap().send(answer).unwrap();
    }
    bytes
}

#[tokio::test]
async fn a_message_is_whole_whether_text_or_binary_and_in_however_many_frames() {
    let (listener, port) = server().await;
    let mut run = start(WebSocketSource::new(config(port)).unwrap(), 16);
    let mut peer = accept(&listener).await;
    assert_eq!(said(&mut peer).await, r#"{"subscribe": "all"}"#);
    assert_eq!(run.up().await, format!("ws://localhost:{port}/live"));
    peer.send(Message::text("one")).await.unwrap();
    peer.send(Message::binary(vec![0, 255, 10])).await.unwrap();
    peer.send(Message::text("x".repeat(9_999))).await.unwrap();
    assert_eq!(message(&mut run, Some(DURABLE)).await, b"one");
    assert_eq!(message(&mut run, Some(DURABLE)).await, [0, 255, 10]);
    assert_eq!(message(&mut run, Some(DURABLE)).await.len(), 9_999);
    run.end().await;
}

fn resuming(port: u16, file: &str) -> WebSocket {
    WebSocket {
        resume: Some(Resume {
            path: ValuePath::parse("seq").unwrap(),
            subscribe: vec![r#"{"from": "{cursor}"}"#.to_owned()],
            file: Some(file.to_owned()),
        }),
        ..config(port)
    }
}

#[tokio::test]
async fn after_a_lost_connection_it_goes_on_at_the_last_message_that_is_durable() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("cursor");
    let (listener, port) = server().await;
    let source = || WebSocketSource::new(resuming(port, file.to_str().unwrap())).unwrap();
    let mut run = start(source(), 16);
    let mut peer = accept(&listener).await;
    assert_eq!(said(&mut peer).await, r#"{"subscribe": "all"}"#);
    for text in [r#"{"seq": 1}"#, r#"{"no": 0}"#, r#"{"seq": 2}"#] {
        peer.send(Message::text(text)).await.unwrap();
    }
    message(&mut run, Some(DURABLE)).await;
    message(&mut run, Some(DURABLE)).await;
    // The third is not durable when the run ends.
    message(&mut run, None).await;
    until("the cursor has moved", || {
        fs::read_to_string(&file).is_ok_and(|t| t == "1")
    })
    .await;
    run.end().await;
    drop(peer);
    let mut run = start(source(), 16);
    let mut peer = accept(&listener).await;
    assert_eq!(said(&mut peer).await, r#"{"from": "1"}"#);
    peer.send(Message::text(r#"{"seq": 2}"#)).await.unwrap();
    message(&mut run, Some(DURABLE)).await;
    peer.close(None).await.unwrap();
    assert_eq!(run.error().await, "peer.closed");
    assert_eq!(run.chunk().await.kind, ChunkKind::Close);
    let mut peer = accept(&listener).await;
    assert_eq!(said(&mut peer).await, r#"{"from": "2"}"#);
    run.end().await;
}

#[tokio::test]
async fn a_message_that_is_too_large_is_counted_and_the_connection_made_anew() {
    let (listener, port) = server().await;
    let mut run = start(WebSocketSource::new(config(port)).unwrap(), 16);
    let mut peer = accept(&listener).await;
    peer.send(Message::text("x".repeat(10_001))).await.unwrap();
    assert_eq!(run.error().await, "websocket.too_large");
    assert_eq!(run.lost.load(Ordering::Relaxed), 1);
    let mut peer = accept(&listener).await;
    peer.send(Message::text("small")).await.unwrap();
    assert_eq!(run.chunk().await.kind, ChunkKind::Close);
    assert_eq!(message(&mut run, Some(DURABLE)).await, b"small");
    run.end().await;
}

#[tokio::test]
async fn a_peer_that_answers_no_ping_is_left() {
    let (listener, port) = server().await;
    let config = WebSocket {
        ping_every: ms(50),
        idle_timeout: ms(300),
        ..config(port)
    };
    let mut run = start(WebSocketSource::new(config).unwrap(), 16);
    // One that reads answers the pings, and stays although it says nothing.
    let mut peer = accept(&listener).await;
    let alive = tokio::task::spawn(async move {
        let mut pings = 0;
        while pings < 12 {
            if let Some(Ok(Message::Ping(_))) = peer.next().await {
                pings += 1;
            }
        }
        peer
    });
    let silent = timeout(DEADLINE, alive).await.unwrap().unwrap();
    assert!(run.up().await.contains("localhost"));
    assert!(run.state.try_recv().is_err(), "it is still up");
    assert_eq!(run.error().await, "peer.idle");
    drop(silent);
    run.end().await;
}

#[tokio::test]
async fn while_the_room_is_slow_the_peer_is_held_back_and_nothing_is_lost() {
    let (listener, port) = server().await;
    let mut run = start(WebSocketSource::new(config(port)).unwrap(), 2);
    let mut peer = accept(&listener).await;
    let total = 4_000_u32;
    let sender = tokio::task::spawn(async move {
        for n in 0..total {
            let text = format!("{n:>4000}");
            peer.send(Message::text(text)).await.unwrap();
        }
        peer
    });
    until("the channel is full", || run.chunks.len() == 2).await;
    assert!(!sender.is_finished());
    for n in 0..total {
        let bytes = message(&mut run, Some(DURABLE)).await;
        assert_eq!(bytes, format!("{n:>4000}").into_bytes());
    }
    drop(timeout(DEADLINE, sender).await.unwrap().unwrap());
    run.end().await;
}

#[tokio::test]
async fn a_token_and_headers_are_shown_and_a_refusal_is_said() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, "tiger7").unwrap();
    let (listener, port) = server().await;
    let config = WebSocket {
        token: Some(Secret::File(file.to_str().unwrap().to_owned())),
        headers: BTreeMap::from([("X-Centre".to_owned(), HeaderText::Text("ncc".to_owned()))]),
        ..config(port)
    };
    let mut run = start(WebSocketSource::new(config).unwrap(), 16);
    let (stream, _) = listener.accept().await.unwrap();
    let mut shown = Vec::new();
    let refused = accept_hdr_async(stream, |request: &Request, _: Response| {
        for name in ["authorization", "x-centre"] {
            shown.push(request.headers()[name].to_str().unwrap().to_owned());
        }
        let mut refusal = ErrorResponse::new(None);
        *refusal.status_mut() = StatusCode::FORBIDDEN;
        Err(refusal)
    });
    assert!(refused.await.is_err());
    assert_eq!(shown, ["Bearer tiger7", "ncc"]);
    let error = run.state().await.unwrap_err();
    assert_eq!(error.code, "websocket.status");
    assert!(error.detail.contains("403"), "{}", error.detail);
    run.end().await;
}

#[tokio::test]
async fn an_address_with_tls_is_spoken_to_with_tls() {
    let authority = Authority::new();
    let pair = authority.sign("peer", "localhost", Valid::Now);
    let (listener, port) = server().await;
    let mut config = WebSocket {
        tls: Some(TlsClient {
            ca: Some(authority.ca.clone()),
            cert: None,
            key: None,
            server_name: None,
        }),
        ..config(port)
    };
    config.url.0.text = format!("wss://localhost:{port}/live");
    config.url.0.tls = true;
    let mut run = start(WebSocketSource::new(config).unwrap(), 16);
    let tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_file(&pair.cert.0).unwrap()],
            PrivateKeyDer::from_pem_file(&pair.key.0).unwrap(),
        )
        .unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let stream = TlsAcceptor::from(Arc::new(tls)).accept(stream).await;
    let mut peer = accept_async(stream.unwrap()).await.unwrap();
    peer.send(Message::text("sealed")).await.unwrap();
    assert_eq!(message(&mut run, Some(DURABLE)).await, b"sealed");
    run.end().await;
}
