//! The MQTT client with a real Mosquitto.

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
use std::process::{Command, Stdio};

use common::certs::{Authority, Valid};
use common::programs::{Program, find, write};
use common::servers::{Mosquitto, OPEN};
use common::{Running, durable, start, until};
use oneroof_config::types::{
    Endpoint, Mqtt, MqttStatus, MqttTopic, MqttUrl, MqttVersion, SchemeUrl, Secret, TlsClient,
};
use oneroof_config::{Period, Size};
use oneroof_ports::Chunk;
use oneroof_transport::MqttSource;
use tempfile::TempDir;

fn config(port: u16, topics: &[(&str, u32)]) -> Mqtt {
    let topics = topics.iter().map(|(topic, qos)| MqttTopic {
        topic: (*topic).to_owned(),
        qos: *qos,
    });
    Mqtt {
        url: MqttUrl(SchemeUrl {
            text: format!("mqtt://localhost:{port}"),
            tls: false,
            endpoint: Endpoint {
                host: "localhost".to_owned(),
                port,
            },
        }),
        client_id: "centre".to_owned(),
        topics: topics.collect(),
        version: MqttVersion::V5,
        user: None,
        password: None,
        clean_start: false,
        session_expiry: Period::secs(3_600),
        keep_alive: Period::secs(30),
        max_message: Size(10_000),
        in_flight: 100,
        status: None,
        reconnect_min: Period(Duration::from_millis(20)),
        reconnect_max: Period(Duration::from_millis(200)),
        tls: None,
    }
}

fn source(config: Mqtt) -> MqttSource {
    MqttSource::new(config).unwrap()
}

/// Topic and text of the next message, and the chunk for its answer.
async fn next(run: &mut Running) -> (String, String, Chunk) {
    run.message('/').await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_acknowledged_after_it_is_durable_and_comes_again_otherwise() {
    let Some(broker) = Mosquitto::start(OPEN).await else {
        return;
    };
    for version in [MqttVersion::V5, MqttVersion::V311] {
        for qos in [1, 2] {
            let config = || Mqtt {
                version,
                client_id: format!("centre-{}-{qos}", version.as_str()),
                ..config(broker.port, &[("bg/+/alarm", qos)])
            };
            let mut run = start(source(config()), 16);
            run.up().await;
            let level = qos.to_string();
            for n in ["1", "2"] {
                // The subscription is in force when a message comes; until then it is sent again.
                until("it is published", || {
                    broker.publish("bg/17/alarm", n, &["-q", &level])
                })
                .await;
            }
            let (topic, text, first) = next(&mut run).await;
            assert_eq!((topic.as_str(), text.as_str()), ("bg/17/alarm", "1"));
            durable(first);
            let (_, text, _never) = next(&mut run).await;
            assert_eq!(text, "2");
            run.end().await;
            let mut run = start(source(config()), 16);
            let (_, text, again) = next(&mut run).await;
            assert_eq!(text, "2", "version {}, quality {qos}", version.as_str());
            durable(again);
            assert!(broker.publish("bg/18/alarm", "3", &["-q", &level]));
            let (topic, text, third) = next(&mut run).await;
            assert_eq!((topic.as_str(), text.as_str()), ("bg/18/alarm", "3"));
            durable(third);
            run.end().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_the_broker_acknowledged_is_lost_when_it_is_ended_and_started_again() {
    let Some(mut broker) = Mosquitto::start(OPEN).await else {
        return;
    };
    let mut run = start(source(config(broker.port, &[("#", 1)])), 1);
    run.up().await;
    let (mut acknowledged, mut got) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..3_u32 {
        for n in 0..20_u32 {
            let text = format!("{}", round * 100 + n);
            if broker.publish("a/b", &text, &[]) {
                acknowledged.insert(text);
            }
        }
        // Some are taken, the others are in the broker's hands only.
        for _ in 0..5 {
            let (_, text, chunk) = next(&mut run).await;
            got.insert(text);
            durable(chunk);
        }
        broker.run.terminate();
        broker.again().await;
    }
    assert_eq!(acknowledged.len(), 60);
    while got.len() < 60 {
        let (_, text, chunk) = next(&mut run).await;
        got.insert(text);
        durable(chunk);
    }
    assert_eq!(got, acknowledged);
    run.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_will_of_a_gateway_is_the_health_of_the_feed() {
    let Some(broker) = Mosquitto::start(OPEN).await else {
        return;
    };
    let status = MqttStatus {
        topic: "gw/7/status".to_owned(),
        up: "online".to_owned(),
        down: "offline".to_owned(),
    };
    let config = Mqtt {
        status: Some(status),
        ..config(broker.port, &[("gw/7/data", 1)])
    };
    assert!(broker.publish("gw/7/status", "online", &["-r"]));
    let mut run = start(source(config), 16);
    // Once as connected, once by the gateway's own word.
    run.up().await;
    run.up().await;
    let port = broker.port.to_string();
    let words = [
        "-h",
        "127.0.0.1",
        "-p",
        &port,
        "-t",
        "none",
        "--will-topic",
        "gw/7/status",
    ];
    let mut gateway = Program::start(Command::new("mosquitto_sub").args(words).args([
        "--will-payload",
        "offline",
        "--will-qos",
        "1",
        "-i",
        "gw-7",
    ]));
    // It is connected when the broker takes something for it, which nobody sees; so until its will comes.
    tokio::time::sleep(Duration::from_millis(500)).await;
    gateway.kill();
    assert_eq!(run.error().await, "peer.gateway_down");
    assert!(broker.publish("gw/7/status", "online", &["-r"]));
    run.up().await;
    assert!(broker.publish("gw/7/status", "on fire", &[]));
    assert_eq!(run.error().await, "peer.gateway_unknown");
    assert!(run.chunks.try_recv().is_err(), "health is no data");
    run.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_large_is_counted_and_does_not_come_for_ever() {
    let Some(broker) = Mosquitto::start(OPEN).await else {
        return;
    };
    let config = Mqtt {
        version: MqttVersion::V311,
        ..config(broker.port, &[("a", 1)])
    };
    let mut run = start(source(config), 16);
    run.up().await;
    assert!(broker.publish("a", &"x".repeat(10_001), &[]));
    assert!(broker.publish("a", &"y".repeat(100_000), &[]));
    assert!(broker.publish("a", "small", &[]));
    let (_, text, chunk) = next(&mut run).await;
    assert_eq!(text, "small");
    durable(chunk);
    assert_eq!(run.lost.load(Ordering::Relaxed), 2);
    run.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_and_a_right_one_is_taken() {
    let folder = TempDir::new().unwrap();
    let users = folder.path().join("users");
    if let Some(passwd) = find("mosquitto_passwd") {
        let made = Command::new(passwd)
            .args(["-b", "-c"])
            .arg(&users)
            .args(["centre", "tiger7"])
            .stderr(Stdio::null())
            .status();
        assert!(made.unwrap().success());
    }
    let more = format!("allow_anonymous false\npassword_file {}", users.display());
    let Some(broker) = Mosquitto::start(&more).await else {
        return;
    };
    for version in [MqttVersion::V5, MqttVersion::V311] {
        let secret = write(folder.path(), "secret", "wrong");
        let config = || Mqtt {
            version,
            user: Some("centre".to_owned()),
            password: Some(Secret::File(secret.display().to_string())),
            ..config(broker.port, &[("a", 1)])
        };
        let mut run = start(source(config()), 16);
        assert_eq!(run.error().await, "mqtt.not_authorised");
        run.end().await;
        write(folder.path(), "secret", "tiger7");
        let mut run = start(source(config()), 16);
        run.up().await;
        run.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_with_tls_is_spoken_to_with_tls() {
    let authority = Authority::new();
    let pair = authority.sign("broker", "localhost", Valid::Now);
    let past = authority.sign("past", "localhost", Valid::Past);
    for (pair, fine) in [(pair, true), (past, false)] {
        let more = format!(
            "{OPEN}\ncertfile {}\nkeyfile {}",
            pair.cert.0.display(),
            pair.key.0.display()
        );
        let Some(broker) = Mosquitto::start(&more).await else {
            return;
        };
        let mut config = Mqtt {
            tls: Some(TlsClient {
                ca: Some(authority.ca.clone()),
                cert: None,
                key: None,
                server_name: None,
            }),
            ..config(broker.port, &[("a", 1)])
        };
        config.url.0.tls = true;
        let mut run = start(source(config), 16);
        if fine {
            run.up().await;
        } else {
            assert_eq!(run.error().await, "tls.expired");
        }
        run.end().await;
    }
}
