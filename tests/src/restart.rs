//! Kills what the server is fed by, again and again, and counts what is there afterwards: Mosquitto, nats-server with
//! `JetStream`, `PostgreSQL`, and a receiver that only streams.
//!
//! In each round the peer takes reports and acknowledges them; then it dies, in every other round before the server
//! can have fetched them. The feed's light has to say so, and has to say that it is back. At the end every report that a
//! peer acknowledged is there, once. A receiver that streams acknowledges nothing: there only the light is looked at,
//! and that it is heard again.

use core::time::Duration;
use std::collections::BTreeSet;

use oneroof_model::FeedLight;
use tokio::time::Instant;

use crate::agency::Peer;
use crate::say::{report, vessel};
use crate::server::Server;
use crate::servers::{Mosquitto, Nats, OPEN, Postgres};
use crate::site::{JSON_REPORTS, Site};
use crate::wait::{until, within};

/// Reports of one round.
const REPORTS: u32 = 5;

/// Longest time from a peer's death until the light says so, and from its return until the light says that. The feeds
/// try again after 500 ms at most; the rest is for a machine that does other things as well.
const LIGHT: Duration = Duration::from_secs(10);

/// Which peer is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerKind {
    /// Mosquitto, quality of service 1.
    Mqtt,
    /// nats-server with a durable consumer of `JetStream`.
    Nats,
    /// `PostgreSQL`, polled by a cursor.
    Sql,
    /// A receiver that streams lines over TCP.
    Tcp,
}

impl PeerKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Mqtt, Self::Nats, Self::Sql, Self::Tcp];
}

/// What came of the kills of one peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restarted {
    /// Kills.
    pub kills: u32,
    /// Reports that the peer acknowledged; vessels, where it acknowledges nothing.
    pub acknowledged: u64,
    /// Longest time from a death until the light said so, milliseconds.
    pub slowest_down_ms: u64,
    /// Longest time from a return until the light said so, milliseconds.
    pub slowest_up_ms: u64,
}

/// A running peer.
enum Running {
    Mqtt(Mosquitto),
    Nats(Nats),
    Sql(Postgres),
    /// The receiver, or its port while it is dead.
    Tcp(Result<Peer, u16>),
}

impl Running {
    /// `None`, and a line that says what is skipped, where the program is not installed.
    async fn start(kind: PeerKind) -> Option<Self> {
        Some(match kind {
            PeerKind::Mqtt => Self::Mqtt(Mosquitto::start(OPEN).await?),
            PeerKind::Nats => {
                let nats = Nats::start("").await?;
                nats.stream().await;
                Self::Nats(nats)
            }
            PeerKind::Sql => {
                let server = Postgres::start(&[]).await?;
                let made = "CREATE TABLE calls (seq bigserial, body jsonb NOT NULL)";
                server.admin().await.batch_execute(made).await.unwrap();
                Self::Sql(server)
            }
            PeerKind::Tcp => Self::Tcp(Ok(Peer::listen(0).await)),
        })
    }

    /// The rest of the feed's file: transport, format.
    fn feed(&self, site: &Site) -> (String, &'static str) {
        let again = "reconnect_min: 50ms, reconnect_max: 500ms";
        let transport = match self {
            Self::Mqtt(broker) => format!(
                "kind: mqtt, url: \"mqtt://127.0.0.1:{}\", client_id: centre, topics: [{{topic: calls/bg, qos: 1}}], {again}",
                broker.port
            ),
            Self::Nats(nats) => format!(
                "kind: nats, url: \"nats://127.0.0.1:{}\", subject: \"alarms.>\", \
                 jetstream: {{stream: ALARMS, durable: centre, ack_wait: 2s}}, {again}",
                nats.port
            ),
            Self::Sql(server) => {
                let password = site.path("password");
                std::fs::write(&password, "tiger7").unwrap();
                format!(
                    "kind: sql_poll, address: \"127.0.0.1:{}\", database: postgres, user: postgres, \
                     password: {{file: \"{}\"}}, cursor: seq, every: 100ms, reconnect_max: 500ms, query: \"SELECT seq, \
                     body->>'id' AS id, body->>'type' AS type, body->>'time' AS time, (body->>'lat')::float8 AS lat, \
                     (body->>'lon')::float8 AS lon, body->>'text' AS text FROM calls\"",
                    server.port,
                    password.display()
                )
            }
            Self::Tcp(peer) => {
                let port = peer
                    .as_ref()
                    .map_or_else(|port| *port, |p| p.address.port());
                let transport = format!("kind: tcp_client, address: \"127.0.0.1:{port}\", {again}");
                return (transport, "format: {kind: ais_nmea}\n");
            }
        };
        (transport, JSON_REPORTS)
    }

    /// The agency hands a report to the peer; whether the peer acknowledged it.
    async fn say(&self, key: &str) -> bool {
        let text = report(key).to_string();
        match self {
            Self::Mqtt(broker) => broker.publish("calls/bg", &text, &[]),
            Self::Nats(nats) => {
                let stream = nats.stream().await;
                let sent = stream.publish("alarms.bg", text.into()).await;
                sent.unwrap().await.is_ok()
            }
            Self::Sql(server) => {
                let admin = server.admin().await;
                let insert = "INSERT INTO calls (body) VALUES ($1::text::jsonb)";
                admin.execute(insert, &[&text]).await.is_ok()
            }
            Self::Tcp(peer) => {
                let peer = peer.as_ref().unwrap();
                peer.say(vessel(mmsi(key))).await;
                true
            }
        }
    }

    /// It dies.
    async fn kill(&mut self) {
        match self {
            Self::Mqtt(broker) => {
                // What it acknowledged and had only in memory would be its own loss.
                broker.save().await;
                broker.run.kill();
            }
            Self::Nats(nats) => nats.run.kill(),
            Self::Sql(server) => server.stop(),
            Self::Tcp(peer) => {
                let port = peer.as_ref().unwrap().address.port();
                let dead = core::mem::replace(peer, Err(port)).unwrap();
                dead.die().await;
            }
        }
    }

    /// It is started again, where it was.
    async fn again(&mut self) {
        match self {
            Self::Mqtt(broker) => broker.again().await,
            Self::Nats(nats) => nats.again().await,
            Self::Sql(server) => server.again().await,
            Self::Tcp(peer) => {
                let port = *peer.as_ref().unwrap_err();
                *peer = Ok(Peer::listen(port).await);
            }
        }
    }
}

/// The vessel of a key `ROUND-N`.
fn mmsi(key: &str) -> u32 {
    let digits = key.chars().filter(char::is_ascii_digit);
    272_000_000 + digits.collect::<String>().parse::<u32>().unwrap()
}

/// Kills a peer so many times under a server that it feeds. `None` where the peer is not installed.
///
/// # Panics
/// Where a report that the peer acknowledged is missing or there twice, or the light is wrong for longer than [`LIGHT`].
pub async fn kill_peer(kind: PeerKind, kills: u32) -> Option<Restarted> {
    let mut peer = Running::start(kind).await?;
    let site = Site::new();
    let (transport, format) = peer.feed(&site);
    site.feed("fed", &format!("transport: {{{transport}}}"), format);
    let server = site.start().await;
    light(&server, FeedLight::Up, "at the start").await;
    let mut told = BTreeSet::new();
    let mut restarted = Restarted {
        kills,
        acknowledged: 0,
        slowest_down_ms: 0,
        slowest_up_ms: 0,
    };
    for round in 0..kills {
        for n in 0..REPORTS {
            let key = format!("{round}-{n}");
            if peer.say(&key).await {
                told.insert(key);
            }
        }
        if round % 2 == 0 || kind == PeerKind::Tcp {
            arrived(kind, &server, &told).await;
        }
        peer.kill().await;
        let when = format!("{kind:?}, round {round}");
        let down = light(&server, FeedLight::Down, &when).await;
        peer.again().await;
        let up = light(&server, FeedLight::Up, &when).await;
        restarted.slowest_down_ms = restarted.slowest_down_ms.max(down);
        restarted.slowest_up_ms = restarted.slowest_up_ms.max(up);
    }
    arrived(kind, &server, &told).await;
    restarted.acknowledged = told.len() as u64;
    server.stop().await;
    Some(restarted)
}

/// Waits until the feed's light is so. Milliseconds that it took.
async fn light(server: &Server, light: FeedLight, when: &str) -> u64 {
    let begun = Instant::now();
    within(
        LIGHT,
        &format!("{when}: the light is {light:?}"),
        async || {
            let view = server.http().feed("fed").await?;
            (view.health.light == light).then_some(())
        },
    )
    .await;
    u64::try_from(begun.elapsed().as_millis()).unwrap()
}

/// Everything that was acknowledged is there, each once.
async fn arrived(kind: PeerKind, server: &Server, told: &BTreeSet<String>) {
    if kind == PeerKind::Tcp {
        let mut screen = server.screen().await;
        let wanted: BTreeSet<String> = told.iter().map(|key| mmsi(key).to_string()).collect();
        let all = |idents: &BTreeSet<String>| wanted.iter().all(|w| idents.contains(w));
        screen.until("every vessel", |s| all(&s.idents())).await;
        return;
    }
    until("everything acknowledged is there", async || {
        let view = server.http().feed("fed").await?;
        (view.health.accepted >= told.len() as u64).then_some(())
    })
    .await;
    let reports = server.http().list("reports").await;
    let keys: Vec<String> = reports
        .iter()
        .map(|r| r["source_key"].as_str().unwrap().to_owned())
        .collect();
    let once: BTreeSet<String> = keys.iter().cloned().collect();
    assert_eq!(keys.len(), once.len(), "{kind:?}: some are there twice");
    let missing: Vec<&String> = told.difference(&once).collect();
    assert!(missing.is_empty(), "{kind:?}: {missing:?} are missing");
}
