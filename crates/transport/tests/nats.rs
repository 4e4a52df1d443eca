//! The NATS client with a real nats-server.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::collections::BTreeSet;

use async_nats::jetstream;
use common::certs::{Authority, Valid};
use common::programs::write;
use common::servers::Nats as Server;
use common::{Running, durable, start};
use oneroof_config::types::{
    Deliver, Endpoint, JetStream, Nats, NatsUrl, SchemeUrl, Secret, TlsClient,
};
use oneroof_config::{Period, Size};
use oneroof_ports::Chunk;
use oneroof_transport::NatsSource;
use tempfile::TempDir;

async fn publish(stream: &jetstream::Context, subject: &str, text: String) {
    let subject = subject.to_owned();
    let sent = stream.publish(subject, text.into()).await.unwrap();
    sent.await.expect("the server has stored it");
}

fn config(port: u16) -> Nats {
    Nats {
        url: NatsUrl(SchemeUrl {
            text: format!("nats://localhost:{port}"),
            tls: false,
            endpoint: Endpoint {
                host: "localhost".to_owned(),
                port,
            },
        }),
        subject: "alarms.>".to_owned(),
        jetstream: None,
        user: None,
        password: None,
        token: None,
        credentials: None,
        max_message: Size(10_000),
        in_flight: 100,
        reconnect_min: Period(Duration::from_millis(20)),
        reconnect_max: Period(Duration::from_millis(200)),
        tls: None,
    }
}

fn durable_consumer(port: u16) -> Nats {
    Nats {
        jetstream: Some(JetStream {
            stream: "ALARMS".to_owned(),
            durable: "centre".to_owned(),
            deliver: Deliver::All,
            ack_wait: Period::secs(1),
        }),
        ..config(port)
    }
}

fn source(config: Nats) -> NatsSource {
    NatsSource::new(config).unwrap()
}

/// Topic and text of the next message, and the chunk for its answer.
async fn next(run: &mut Running) -> (String, String, Chunk) {
    run.message('.').await
}

#[tokio::test]
async fn messages_of_a_subject_come_with_it_and_a_large_one_is_counted() {
    let Some(server) = Server::start("").await else {
        return;
    };
    let client = async_nats::connect(format!("127.0.0.1:{}", server.port)).await;
    let client = client.unwrap();
    let mut run = start(source(config(server.port)), 16);
    run.up().await;
    // The subscription is in force when a message comes; until then it is sent again.
    let first = loop {
        client.publish("alarms.bg.17", "one".into()).await.unwrap();
        client.flush().await.unwrap();
        if let Ok(chunk) = tokio::time::timeout(Duration::from_millis(100), run.chunks.recv()).await
        {
            break chunk.unwrap();
        }
    };
    durable(first);
    let large = "x".repeat(10_001);
    client.publish("alarms.bg.17", large.into()).await.unwrap();
    client.publish("alarms.bg.18", "two".into()).await.unwrap();
    let (subject, text) = loop {
        let (subject, text, chunk) = next(&mut run).await;
        durable(chunk);
        if text != "one" {
            break (subject, text);
        }
    };
    assert_eq!((subject.as_str(), text.as_str()), ("alarms.bg.18", "two"));
    assert_eq!(run.lost.load(Ordering::Relaxed), 1);
    run.end().await;
}

#[tokio::test]
async fn of_a_stream_what_is_not_durable_comes_again_and_what_is_does_not() {
    let Some(server) = Server::start("").await else {
        return;
    };
    let stream = server.stream().await;
    for n in 0..3 {
        publish(&stream, "alarms.bg", n.to_string()).await;
    }
    let mut run = start(source(durable_consumer(server.port)), 16);
    for expected in ["0", "1"] {
        let (_, text, chunk) = next(&mut run).await;
        assert_eq!(text, expected);
        durable(chunk);
    }
    let (_, text, _never) = next(&mut run).await;
    assert_eq!(text, "2");
    run.end().await;
    let mut run = start(source(durable_consumer(server.port)), 16);
    let (_, text, chunk) = next(&mut run).await;
    assert_eq!(text, "2");
    durable(chunk);
    publish(&stream, "alarms.bg", "3".to_owned()).await;
    let (subject, text, chunk) = next(&mut run).await;
    assert_eq!((subject.as_str(), text.as_str()), ("alarms.bg", "3"));
    durable(chunk);
    run.end().await;
}

#[tokio::test]
async fn nothing_that_a_stream_has_stored_is_lost_when_the_server_is_killed() {
    let Some(mut server) = Server::start("").await else {
        return;
    };
    let mut run = start(source(durable_consumer(server.port)), 1);
    let mut got = BTreeSet::new();
    for round in 0..3_u32 {
        let stream = server.stream().await;
        for n in 0..20 {
            publish(&stream, "alarms.bg", (round * 100 + n).to_string()).await;
        }
        for _ in 0..5 {
            let (_, text, chunk) = next(&mut run).await;
            got.insert(text);
            durable(chunk);
        }
        server.run.kill();
        server.again().await;
    }
    while got.len() < 60 {
        let (_, text, chunk) = next(&mut run).await;
        got.insert(text);
        durable(chunk);
    }
    run.end().await;
}

#[tokio::test]
async fn a_stream_that_is_not_there_and_a_wrong_password_are_said() {
    let folder = TempDir::new().unwrap();
    let users = "authorization { user: centre, password: tiger7 }";
    let Some(server) = Server::start(users).await else {
        return;
    };
    let with = |text: &str| {
        let secret = write(folder.path(), text, text);
        Nats {
            user: Some("centre".to_owned()),
            password: Some(Secret::File(secret.display().to_string())),
            ..durable_consumer(server.port)
        }
    };
    let mut run = start(source(with("wrong")), 16);
    assert_eq!(run.error().await, "nats.not_authorised");
    run.end().await;
    let mut run = start(source(with("tiger7")), 16);
    let error = run.state().await.unwrap_err();
    assert_eq!(error.code, "nats.jetstream");
    assert!(error.detail.contains("ALARMS"), "{}", error.detail);
    run.end().await;
}

#[tokio::test]
async fn a_server_with_tls_is_spoken_to_with_tls() {
    let (authority, other) = (Authority::new(), Authority::new());
    let pair = authority.sign("server", "localhost", Valid::Now);
    let more = format!(
        "tls {{ cert_file: \"{}\", key_file: \"{}\" }}",
        pair.cert.0.display(),
        pair.key.0.display()
    );
    let Some(server) = Server::start(&more).await else {
        return;
    };
    let with = |authority: &Authority| {
        let mut config = Nats {
            tls: Some(TlsClient {
                ca: Some(authority.ca.clone()),
                cert: None,
                key: None,
                server_name: None,
            }),
            ..config(server.port)
        };
        config.url.0.tls = true;
        config
    };
    let mut run = start(source(with(&authority)), 16);
    run.up().await;
    run.end().await;
    let mut run = start(source(with(&other)), 16);
    assert_eq!(run.error().await, "tls.unknown_ca");
    run.end().await;
}
