//! HTTP poll against a server on loopback.

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
use std::io::Write as _;

use common::{DEADLINE, http_poll, start};
use flate2::Compression;
use flate2::write::GzEncoder;
use oneroof_config::Period;
use oneroof_config::types::HttpPoll;
use oneroof_ports::{Ack, ChunkKind};
use oneroof_transport::HttpPollSource;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;
use wiremock::matchers::{header, header_exists, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn config(url: &str) -> HttpPoll {
    HttpPoll {
        timeout: Period(Duration::from_millis(500)),
        ..http_poll(url)
    }
}

fn poll(url: &str) -> HttpPollSource {
    HttpPollSource::new(config(url)).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn what_has_not_changed_is_asked_for_and_not_sent_again() {
    let server = MockServer::start().await;
    Mock::given(header("if-none-match", "\"v1\""))
        .respond_with(ResponseTemplate::new(304))
        .with_priority(1)
        .expect(2..)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .respond_with(
            ResponseTemplate::new(200)
                .insert_header("etag", "\"v1\"")
                .set_body_string("{}"),
        )
        .expect(1)
        .mount(&server)
        .await;
    let mut run = start(poll(&server.uri()), 16);
    assert_eq!(run.whole(1, 0).await.1, b"{}");
    // Each successful answer says that the feed is up: the 200, and two times "not modified".
    for _ in 0..3 {
        assert_eq!(run.up().await, server.uri());
    }
    assert!(run.chunks.try_recv().is_err());
    run.end().await;
    server.verify().await;
}

#[tokio::test]
async fn what_was_not_made_durable_is_fetched_again() {
    let server = MockServer::start().await;
    Mock::given(header_exists("if-none-match"))
        .respond_with(ResponseTemplate::new(304))
        .with_priority(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .respond_with(
            ResponseTemplate::new(200)
                .insert_header("etag", "\"v1\"")
                .set_body_string("x"),
        )
        .mount(&server)
        .await;
    let mut run = start(poll(&server.uri()), 16);
    run.open().await;
    assert_eq!(run.bytes(1).await, b"x");
    let close = run.chunk().await;
    close
        .ack
        .unwrap()
        .send(Ack::Failed {
            why: "the disk is full".to_owned(),
        })
        .unwrap();
    assert_eq!(run.whole(1, 0).await.1, b"x");
    run.end().await;
}

#[tokio::test]
async fn gzip_is_unpacked_and_damaged_gzip_or_a_bomb_is_an_error() {
    type Case<'a> = (Vec<u8>, Result<&'a [u8], &'a str>);
    let mut cut = gzip(b"{\"a\": 1}");
    cut.truncate(12);
    let cases: [Case<'_>; 4] = [
        (gzip(b"{\"a\": 1}"), Ok(b"{\"a\": 1}")),
        (cut, Err("http.gzip")),
        (b"no gzip at all".to_vec(), Err("http.gzip")),
        (gzip(&vec![b' '; 5_000_000]), Err("http.too_large")),
    ];
    for (body, expected) in cases {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(
                ResponseTemplate::new(200)
                    .insert_header("content-encoding", "gzip")
                    .set_body_bytes(body),
            )
            .mount(&server)
            .await;
        let mut run = start(poll(&server.uri()), 16);
        match expected {
            Ok(text) => assert_eq!(run.whole(1, 0).await.1, text),
            Err(code) => assert_eq!(run.error().await, code),
        }
        run.end().await;
    }
}

#[tokio::test]
async fn errors_of_the_server_are_said_and_an_answer_too_large_is_refused() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(vec![b'x'; 10_001]))
        .mount(&server)
        .await;
    let mut run = start(poll(&server.uri()), 16);
    assert_eq!(run.error().await, "http.status");
    assert_eq!(run.error().await, "http.too_large");
    assert!(
        run.chunks.try_recv().is_err(),
        "nothing of it was handed on"
    );
    run.end().await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_fetched_again_and_nothing_of_it_is_handed_on() {
    let peer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/feed?key=secret", peer.local_addr().unwrap());
    let mut run = start(poll(&url), 16);
    let (mut first, _) = peer.accept().await.unwrap();
    assert!(first.read(&mut [0; 2_000]).await.unwrap() > 0);
    first
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"half\":")
        .await
        .unwrap();
    drop(first);
    let error = run.state().await.unwrap_err();
    assert_eq!(error.code, "http.broken_off");
    assert!(!error.to_string().contains("secret"), "{error}");
    let (mut second, _) = timeout(DEADLINE, peer.accept()).await.unwrap().unwrap();
    assert!(second.read(&mut [0; 2_000]).await.unwrap() > 0);
    second
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        .await
        .unwrap();
    let (name, bytes) = run.whole(1, 0).await;
    assert_eq!(bytes, b"{}");
    assert!(!name.contains("secret"), "{name}");
    run.end().await;
}

#[tokio::test]
async fn a_server_that_never_answers_is_a_timeout() {
    let peer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut run = start(poll(&format!("http://{}/", peer.local_addr().unwrap())), 16);
    let (_silent, _) = peer.accept().await.unwrap();
    assert_eq!(run.error().await, "http.timeout");
    run.end().await;
}

#[tokio::test]
async fn a_stop_while_an_answer_is_awaited_ends_it() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_string("x"))
        .mount(&server)
        .await;
    let mut run = start(poll(&server.uri()), 16);
    run.open().await;
    run.bytes(1).await;
    let close = run.chunk().await;
    assert_eq!(close.kind, ChunkKind::Close);
    // The ingest never answers.
    run.end().await;
    drop(close);
}
