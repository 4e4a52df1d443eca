//! MQTT client, 3.1.1 and 5.0: subscribes with a broker and hands on each publication with its topic.
//!
//! A publication of quality 1 or 2 is acknowledged only after it is durable here; what was not is sent again by the
//! broker, to the same session, after whatever breaks. While the ingest is behind nothing is read, so the broker is held
//! back by TCP and its own bounds; pings go on meanwhile.
//!
//! The protocol is our own ([`packet`]): a subscriber of both versions is one small file, and it can stop reading, which
//! the libraries at hand cannot.

mod packet;

use core::time::Duration;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::FutureExt as _;
use oneroof_config::process_env;
use oneroof_config::types::{Mqtt, MqttVersion, SecretText};
use oneroof_model::MessageContext;
use oneroof_ports::{Ack, BoxFuture, Chunk, ChunkKind, Source, SourceError, SourceOut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf, split};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use self::packet::{Connect, DISCONNECT, Incoming, PINGREQ, Packet, Qos};
use crate::backoff::Backoff;
use crate::dial::{Line, dial};
use crate::peers::Peers;
use crate::pipe::{Pipe, READ_BYTES, Stopped, failed};
use crate::tls;
use crate::unanswered::Unanswered;

/// Longest time for the broker's greeting, and for sending a packet. 10 s.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of a publication beside its content: topic and properties. 128 KiB.
const PACKET_EXTRA: u64 = 128 * 1024;

/// An MQTT client.
#[derive(Debug)]
pub struct MqttSource {
    config: Mqtt,
    password: Option<SecretText>,
    tls: Option<tls::Client>,
}

/// What a publication is answered with once it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reply {
    /// Quality 0.
    Nothing,
    /// Quality 1.
    Acknowledge(u16),
    /// Quality 2.
    Received(u16),
}

/// Both ends of a connection.
struct Wire {
    reading: ReadHalf<Line>,
    writing: WriteHalf<Line>,
    incoming: Incoming,
    buffer: Vec<u8>,
    /// Longest silence of the broker.
    silence: Duration,
}

/// One connection.
struct Session<'s> {
    source: &'s MqttSource,
    pipe: &'s Pipe,
    topics: &'s mut Peers<String>,
    /// Identifiers of quality 2 that the broker has not released yet (4.3.3): sent again, they are no new ones.
    unreleased: &'s mut BTreeSet<u16>,
    unanswered: Unanswered<Reply>,
    /// What waits for room in the ingest's channel: a message, and before it the end of a topic that gave way.
    held: VecDeque<Chunk>,
    wire: Wire,
    /// Whether the broker took the subscription.
    subscribed: bool,
}

impl MqttSource {
    /// A client that connects when it is run.
    ///
    /// # Errors
    /// Where the password is not there.
    pub fn new(config: Mqtt) -> Result<Self, String> {
        let password = config.password.as_ref().map(|p| p.fetch(&process_env));
        Ok(Self {
            password: password.transpose()?,
            tls: tls::Client::of(config.tls.clone(), config.url.0.tls),
            config,
        })
    }

    /// Connects and greets; whether the broker knew our session.
    async fn connect(&self) -> Result<(Wire, bool), SourceError> {
        let config = &self.config;
        let (reading, writing) = split(dial(&config.url.0.endpoint, self.tls.as_ref()).await?);
        let keep_alive_s = u16::try_from(config.keep_alive.as_secs_u32()).unwrap_or(u16::MAX);
        let mut wire = Wire {
            reading,
            writing,
            incoming: Incoming::new(config.version, config.max_message.as_usize()),
            buffer: vec![0; READ_BYTES],
            silence: silence(keep_alive_s),
        };
        let most = config.max_message.bytes().saturating_add(PACKET_EXTRA);
        wire.send(&packet::connect(&Connect {
            version: config.version,
            client_id: &config.client_id,
            user: config.user.as_deref(),
            password: self.password.as_ref().map(SecretText::expose),
            clean: config.clean_start,
            keep_alive_s,
            session_expiry_s: config.session_expiry.as_secs_u32(),
            receive_maximum: u16::try_from(config.in_flight.max(1)).unwrap_or(u16::MAX),
            maximum_packet: u32::try_from(most).unwrap_or(u32::MAX),
        }))
        .await?;
        match wire.next(Instant::now() + PATIENCE).await? {
            Packet::ConnAck {
                session,
                code: 0,
                keep_alive_s: theirs,
            } => {
                wire.silence = silence(theirs.unwrap_or(keep_alive_s));
                Ok((wire, session))
            }
            Packet::ConnAck { code, .. } => Err(refused(config.version, code)),
            _ => Err(failed("mqtt.protocol", "the broker began without CONNACK")),
        }
    }

    /// What is subscribed: topics, and that of the gateway's health.
    fn subscription(&self) -> Vec<(&str, u8)> {
        let topics = self.config.topics.iter();
        let of = |qos: u32| u8::try_from(qos.min(2)).unwrap_or(0);
        let mut all: Vec<(&str, u8)> = topics.map(|t| (t.topic.as_str(), of(t.qos))).collect();
        if let Some(status) = &self.config.status {
            all.push((&status.topic, 1));
        }
        all
    }

    async fn serve(&self, pipe: &Pipe) -> Result<(), Stopped> {
        let config = &self.config;
        let mut backoff = Backoff::new(
            config.reconnect_min.duration(),
            config.reconnect_max.duration(),
        );
        let (mut topics, mut unreleased) = (Peers::default(), BTreeSet::new());
        let mut before = false;
        loop {
            let error = match pipe.unless_stopped(self.connect()).await? {
                Ok((wire, known)) => {
                    if !known {
                        unreleased.clear();
                        if before && !config.clean_start {
                            tracing::warn!(broker = %config.url, "the broker has forgotten our session: what it held for us is gone");
                        }
                    }
                    before = true;
                    let mut session = Session {
                        source: self,
                        pipe,
                        topics: &mut topics,
                        unreleased: &mut unreleased,
                        unanswered: Unanswered::new(in_flight(config)),
                        held: VecDeque::new(),
                        wire,
                        subscribed: false,
                    };
                    let error = session.run().await?;
                    // A broker that greets and then refuses is no success.
                    if session.subscribed {
                        backoff.reset();
                    }
                    error
                }
                Err(error) => error,
            };
            pipe.lost(error, &mut backoff).await?;
        }
    }
}

fn in_flight(config: &Mqtt) -> usize {
    usize::try_from(config.in_flight.max(1)).unwrap_or(usize::MAX)
}

/// The broker is gone after one and a half of the keep-alive (3.1.2.10), as we are to it. 0 is none: a day.
fn silence(keep_alive_s: u16) -> Duration {
    match keep_alive_s {
        0 => Duration::from_hours(24),
        s => Duration::from_secs(s.into()) * 3 / 2,
    }
}

impl Wire {
    async fn send(&mut self, packet: &[u8]) -> Result<(), SourceError> {
        let sent = async {
            self.writing.write_all(packet).await?;
            self.writing.flush().await
        };
        match timeout(PATIENCE, sent).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(e)) => Err(lost(&e)),
            Err(_) => Err(failed("peer.lost", "the broker takes nothing")),
        }
    }

    /// The next packet. Safe to be dropped half-way.
    async fn next(&mut self, deadline: Instant) -> Result<Packet, SourceError> {
        loop {
            match self.incoming.next() {
                Ok(Some(packet)) => return Ok(packet),
                Ok(None) => {}
                Err(e) => return Err(failed("mqtt.protocol", e.to_string())),
            }
            match timeout_at(deadline, self.reading.read(&mut self.buffer)).await {
                Err(_) => {
                    return Err(failed("peer.idle", "no word, not even an answer to a ping"));
                }
                Ok(Err(e)) => return Err(lost(&e)),
                Ok(Ok(0)) => return Err(failed("peer.closed", "the broker ended the connection")),
                Ok(Ok(n)) => self.incoming.push(self.buffer.get(..n).unwrap_or_default()),
            }
        }
    }
}

impl Session<'_> {
    /// Runs until the connection ends; why it did.
    async fn run(&mut self) -> Result<SourceError, Stopped> {
        let source = self.source;
        let topics = source.subscription();
        let subscribe = packet::subscribe(source.config.version, topics.into_iter());
        if let Err(error) = self.wire.send(&subscribe).await {
            return Ok(error);
        }
        let url = source.config.url.to_string();
        self.pipe.state(Ok(url)).await?;
        let ended = self.follow().await;
        if ended.is_err() {
            // What is answered by now is acknowledged still.
            while let Some((reply, ack)) = self.unanswered.next().now_or_never() {
                if self.answered(reply, ack).await.is_err() {
                    break;
                }
            }
            // A stop is told to the broker, so that it does not publish our last will or wait for us.
            drop(self.wire.send(&DISCONNECT).await);
        }
        ended
    }

    async fn follow(&mut self) -> Result<SourceError, Stopped> {
        let every = self.wire.silence / 3;
        let mut ping = interval_at(Instant::now() + every, every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut deadline = Instant::now() + self.wire.silence;
        loop {
            let reads = self.held.is_empty() && !self.unanswered.is_full();
            let done = tokio::select! {
                biased;
                () = self.pipe.stop.cancelled() => return Err(Stopped),
                (reply, ack) = self.unanswered.next() => self.answered(reply, ack).await,
                _ = ping.tick() => self.wire.send(&PINGREQ).await,
                room = self.pipe.out.chunks.reserve(), if !self.held.is_empty() => {
                    let room = room.map_err(|_closed| Stopped)?;
                    if let Some(chunk) = self.held.pop_front() {
                        room.send(chunk);
                    }
                    // Time that was spent waiting for the ingest is not the broker's.
                    deadline = Instant::now() + self.wire.silence;
                    Ok(())
                }
                came = self.wire.next(deadline), if reads => {
                    deadline = Instant::now() + self.wire.silence;
                    match came {
                        Ok(packet) => self.took(packet).await?,
                        Err(error) => Err(error),
                    }
                }
            };
            if let Err(error) = done {
                return Ok(error);
            }
        }
    }

    /// A publication was answered by the room.
    async fn answered(&mut self, reply: Reply, ack: Ack) -> Result<(), SourceError> {
        if let Ack::Failed { why } = ack {
            return Err(failed("ingest.failed", why));
        }
        match reply {
            Reply::Nothing => Ok(()),
            Reply::Acknowledge(id) => self.wire.send(&packet::puback(id)).await,
            Reply::Received(id) => {
                self.unreleased.insert(id);
                self.wire.send(&packet::pubrec(id)).await
            }
        }
    }

    /// Acts on a packet.
    async fn took(&mut self, packet: Packet) -> Result<Result<(), SourceError>, Stopped> {
        Ok(match packet {
            Packet::Publish {
                qos,
                topic,
                id,
                payload,
            } => {
                let reply = match qos {
                    Qos::AtMostOnce => Reply::Nothing,
                    Qos::AtLeastOnce => Reply::Acknowledge(id),
                    Qos::ExactlyOnce => Reply::Received(id),
                };
                return self.published(&topic, reply, payload).await;
            }
            Packet::PubRel(id) => {
                self.unreleased.remove(&id);
                self.wire.send(&packet::pubcomp(id)).await
            }
            Packet::SubAck(codes) => self.subscribed(&codes),
            Packet::PingResp => Ok(()),
            Packet::Disconnect(code) => {
                let why = format!("the broker ended the session, reason {code:#04x}");
                Err(failed("mqtt.disconnected", why))
            }
            Packet::ConnAck { .. } => Err(failed("mqtt.protocol", "a second CONNACK")),
        })
    }

    async fn published(
        &mut self,
        topic: &str,
        reply: Reply,
        payload: Option<Vec<u8>>,
    ) -> Result<Result<(), SourceError>, Stopped> {
        let durable = Ack::Durable {
            taken: 0,
            quarantined: 0,
            links: Vec::new(),
        };
        if let Reply::Received(id) = reply
            && self.unreleased.contains(&id)
        {
            return Ok(self.answered(reply, durable).await);
        }
        let Some(bytes) = payload else {
            // Acknowledged, else the broker would send it for ever.
            let most = self.source.config.max_message.bytes();
            tracing::warn!(topic, most, "a message is larger than allowed and is lost");
            self.pipe.out.lost.fetch_add(1, Ordering::Relaxed);
            return Ok(self.answered(reply, durable).await);
        };
        if let Some(state) = self.health(topic, &bytes) {
            self.pipe.state(state).await?;
            return Ok(self.answered(reply, durable).await);
        }
        let (conn, name, gone) = self.topics.of(&topic.to_owned(), Instant::now());
        if let Some(gone) = gone {
            self.held.push_back(Chunk {
                conn: gone.conn,
                peer: gone.name,
                at: self.pipe.out.clock.now(),
                kind: ChunkKind::Close,
                ack: None,
            });
        }
        let context = MessageContext {
            topic: Arc::clone(&name),
            separator: '/',
        };
        let (chunk, answer) = self.pipe.message(conn, &name, bytes, Some(context));
        self.held.push_back(chunk);
        self.unanswered.push(reply, answer);
        Ok(Ok(()))
    }

    /// What a message says of the agency's gateway, where it is one on that topic.
    fn health(&self, topic: &str, bytes: &[u8]) -> Option<Result<String, SourceError>> {
        let config = &self.source.config;
        let status = config.status.as_ref().filter(|s| s.topic == topic)?;
        let said = String::from_utf8_lossy(bytes);
        let said = said.trim();
        Some(if said == status.up {
            Ok(config.url.to_string())
        } else if said == status.down {
            let why = format!("the gateway says on {topic} that it is not there");
            Err(failed("peer.gateway_down", why))
        } else {
            let (up, down) = (&status.up, &status.down);
            let why = format!("the gateway says on {topic} neither `{up}` nor `{down}`");
            Err(failed("peer.gateway_unknown", why))
        })
    }

    /// The broker's answer to the subscription, a code for each topic (3.9.3).
    fn subscribed(&mut self, codes: &[u8]) -> Result<(), SourceError> {
        let source = self.source;
        for ((topic, wanted), code) in source.subscription().into_iter().zip(codes) {
            if *code >= 0x80 {
                let why = format!("{topic}: refused by the broker, reason {code:#04x}");
                return Err(failed("mqtt.subscription", why));
            }
            if *code < wanted {
                tracing::warn!(
                    topic,
                    wanted,
                    granted = code,
                    "the broker grants a lower quality of service"
                );
            }
        }
        self.subscribed = true;
        Ok(())
    }
}

fn lost(error: &std::io::Error) -> SourceError {
    tls::error(error).unwrap_or_else(|| failed("peer.lost", error.to_string()))
}

/// The broker's refusal (3.2.2.2; in 3.1.1 table 3.1).
fn refused(version: MqttVersion, code: u8) -> SourceError {
    let (code_of, why) = match (version, code) {
        (MqttVersion::V311, 4) | (MqttVersion::V5, 0x86) => {
            ("mqtt.not_authorised", "user or password are wrong")
        }
        (MqttVersion::V311, 5) | (MqttVersion::V5, 0x87) => {
            ("mqtt.not_authorised", "we are not authorised")
        }
        (MqttVersion::V311, 1) | (MqttVersion::V5, 0x84) => {
            ("mqtt.version", "it does not speak this version")
        }
        (MqttVersion::V311, 2) | (MqttVersion::V5, 0x85) => {
            ("mqtt.client_id", "it does not take our client id")
        }
        _ => ("mqtt.refused", "it refuses"),
    };
    failed(code_of, format!("the broker says {code:#04x}: {why}"))
}

impl Source for MqttSource {
    fn run(
        &self,
        out: SourceOut,
        stop: CancellationToken,
    ) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(async move {
            let Err(Stopped) = self.serve(&Pipe { out, stop }).await else {
                return Ok(());
            };
            Ok(())
        })
    }
}
