//! NATS client: a subject, or a stream of JetStream through a durable pull consumer.
//!
//! A message of a stream is acknowledged only after it is durable here; what was not comes again after `ack_wait`. A
//! plain subject has no memory: what the server sends while we are away is gone, and what finds no room here is counted
//! as lost, as far as the client library says so.
//!
//! The server is trusted in one thing: the library collects a line or a message whole before it gives it out, however
//! long the server makes it, and has no bound of its own. A message that is whole and too large is counted as lost.

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::{self, message::Acker};
use async_nats::{
    Client, ConnectError, ConnectErrorKind, ConnectOptions, Event, Message, Subscriber,
};
use futures_util::{FutureExt as _, StreamExt as _};
use oneroof_config::process_env;
use oneroof_config::types::{Deliver, JetStream, Nats, Secret, SecretText};
use oneroof_model::MessageContext;
use oneroof_ports::{Ack, BoxFuture, ChunkKind, Source, SourceError, SourceOut};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::peers::Peers;
use crate::pipe::{Pipe, Stopped, failed};
use crate::tls;
use crate::unanswered::Unanswered;

/// Longest time for connecting, subscribing and acknowledging. 10 s.
const PATIENCE: Duration = Duration::from_secs(10);

/// Events of the client that wait to be told.
const EVENTS: usize = 64;

/// How long one request for messages of a stream lasts, and how often the server says meanwhile that it is there.
const PULL: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(5));

/// A NATS client.
#[derive(Debug)]
pub struct NatsSource {
    config: Nats,
    password: Option<SecretText>,
    token: Option<SecretText>,
    credentials: Option<SecretText>,
    tls: Option<tls::Client>,
}

/// Where messages come from.
enum Line {
    Subject(Subscriber),
    Stream(Box<pull::Stream>),
}

/// What the client says of its connection.
type Events = mpsc::Receiver<Event>;

/// One session.
struct Session<'s> {
    source: &'s NatsSource,
    pipe: &'s Pipe,
    subjects: &'s mut Peers<String>,
    unanswered: Unanswered<Option<Acker>>,
    line: Line,
    events: Events,
}

impl NatsSource {
    /// A client that connects when it is run.
    ///
    /// # Errors
    /// Where a secret is not there.
    pub fn new(config: Nats) -> Result<Self, String> {
        let fetch = |secret: &Option<Secret>| {
            let fetched = secret.as_ref().map(|s| s.fetch(&process_env));
            fetched.transpose()
        };
        Ok(Self {
            password: fetch(&config.password)?,
            token: fetch(&config.token)?,
            credentials: fetch(&config.credentials)?,
            tls: tls::Client::of(config.tls.clone(), config.url.0.tls || config.tls.is_some()),
            config,
        })
    }

    fn options(&self, events: mpsc::Sender<Event>) -> Result<ConnectOptions, SourceError> {
        let config = &self.config;
        let (least, most) = (
            config.reconnect_min.duration(),
            config.reconnect_max.duration(),
        );
        let mut options = ConnectOptions::new()
            .name("oneroof")
            .connection_timeout(PATIENCE)
            .subscription_capacity(self.in_flight())
            // The client connects again by itself; this waits as our other lines do.
            .reconnect_delay_callback(move |attempts| {
                let mut backoff = Backoff::new(least, most);
                (0..attempts.clamp(1, 32))
                    .map(|_| backoff.next_wait())
                    .last()
                    .unwrap_or(least)
            })
            .event_callback(move |event| {
                // Where nobody follows, newer events say the same.
                drop(events.try_send(event));
                core::future::ready(())
            });
        if let (Some(user), Some(password)) = (&config.user, &self.password) {
            options = options.user_and_password(user.clone(), password.expose().to_owned());
        }
        if let Some(token) = &self.token {
            options = options.token(token.expose().to_owned());
        }
        if let Some(credentials) = &self.credentials {
            options = options
                .credentials(credentials.expose())
                .map_err(|_inside| {
                    failed("nats.credentials", "these are no credentials of NATS")
                })?;
        }
        if let Some(tls) = &self.tls {
            options = options
                .require_tls(true)
                .tls_client_config((*tls.config()?).clone());
        }
        Ok(options)
    }

    fn in_flight(&self) -> usize {
        usize::try_from(self.config.in_flight.max(1)).unwrap_or(usize::MAX)
    }

    async fn connect(&self) -> Result<(Line, Events), SourceError> {
        let (events_to, events) = mpsc::channel(EVENTS);
        let endpoint = &self.config.url.0.endpoint;
        let connecting = self.options(events_to)?.connect(endpoint.to_string());
        let client = connecting.await.map_err(|e| connect_error(&e))?;
        let subject = self.config.subject.clone();
        let line = match &self.config.jetstream {
            None => {
                let subscribed = client.subscribe(subject).await;
                Line::Subject(subscribed.map_err(|e| failed("nats.subscription", e.to_string()))?)
            }
            Some(stream) => Line::Stream(Box::new(self.consume(client, stream, subject).await?)),
        };
        Ok((line, events))
    }

    async fn consume(
        &self,
        client: Client,
        stream: &JetStream,
        subject: String,
    ) -> Result<pull::Stream, SourceError> {
        let wrong = |what: &str, e: &dyn core::fmt::Display| {
            failed("nats.jetstream", format!("{what}: {e}"))
        };
        let found = jetstream::new(client).get_stream(&stream.stream).await;
        let found = found.map_err(|e| wrong(&stream.stream, &e))?;
        let config = pull::Config {
            durable_name: Some(stream.durable.clone()),
            filter_subject: subject,
            ack_policy: AckPolicy::Explicit,
            ack_wait: stream.ack_wait.duration(),
            deliver_policy: match stream.deliver {
                Deliver::All => DeliverPolicy::All,
                Deliver::New => DeliverPolicy::New,
            },
            max_ack_pending: i64::from(self.config.in_flight.max(1)),
            ..pull::Config::default()
        };
        let consumer = found.get_or_create_consumer(&stream.durable, config).await;
        let consumer = consumer.map_err(|e| wrong(&stream.durable, &e))?;
        consumer
            .stream()
            .max_messages_per_batch(self.in_flight())
            .expires(PULL.0)
            .heartbeat(PULL.1)
            .messages()
            .await
            .map_err(|e| wrong(&stream.durable, &e))
    }

    async fn serve(&self, pipe: &Pipe) -> Result<(), Stopped> {
        let config = &self.config;
        let mut backoff = Backoff::new(
            config.reconnect_min.duration(),
            config.reconnect_max.duration(),
        );
        let mut subjects = Peers::default();
        loop {
            let error = match pipe.unless_stopped(self.connect()).await? {
                Ok((line, events)) => {
                    backoff.reset();
                    let mut session = Session {
                        source: self,
                        pipe,
                        subjects: &mut subjects,
                        unanswered: Unanswered::new(self.in_flight()),
                        line,
                        events,
                    };
                    session.run().await?
                }
                Err(error) => error,
            };
            pipe.lost(error, &mut backoff).await?;
        }
    }
}

impl Line {
    /// The next message, and how to acknowledge it. Safe to be dropped half-way.
    async fn next(&mut self) -> Result<(Message, Option<Acker>), SourceError> {
        match self {
            Self::Subject(subscriber) => match subscriber.next().await {
                Some(message) => Ok((message, None)),
                None => Err(failed("peer.closed", "the server ended the subscription")),
            },
            Self::Stream(stream) => match stream.next().await {
                Some(Ok(message)) => {
                    let (message, acker) = message.split();
                    Ok((message, Some(acker)))
                }
                Some(Err(e)) => Err(failed("nats.jetstream", e.to_string())),
                None => Err(failed("peer.closed", "the server ended the consumer")),
            },
        }
    }
}

impl Session<'_> {
    /// Runs until the session ends; why it did.
    async fn run(&mut self) -> Result<SourceError, Stopped> {
        let url = self.source.config.url.to_string();
        self.pipe.state(Ok(url)).await?;
        let ended = self.follow().await;
        // What is answered by now is acknowledged still.
        while let Some((acker, ack)) = self.unanswered.next().now_or_never() {
            if answered(acker, ack).await.is_err() {
                break;
            }
        }
        ended
    }

    async fn follow(&mut self) -> Result<SourceError, Stopped> {
        let mut held: Option<(Message, Option<Acker>)> = None;
        loop {
            let reads = held.is_none() && !self.unanswered.is_full();
            let done = tokio::select! {
                biased;
                () = self.pipe.stop.cancelled() => return Err(Stopped),
                (acker, ack) = self.unanswered.next() => answered(acker, ack).await,
                Some(event) = self.events.recv() => {
                    self.told(event).await?;
                    Ok(())
                }
                room = self.pipe.out.chunks.reserve(), if held.is_some() => {
                    let room = room.map_err(|_closed| Stopped)?;
                    if let Some((message, acker)) = held.take() {
                        let subject = message.subject.to_string();
                        let (conn, name, gone) = self.subjects.of(&subject, Instant::now());
                        let context = MessageContext { topic: Arc::clone(&name), separator: '.' };
                        let bytes = message.payload.to_vec();
                        let (chunk, answer) = self.pipe.message(conn, &name, bytes, Some(context));
                        room.send(chunk);
                        self.unanswered.push(acker, answer);
                        if let Some(gone) = gone {
                            self.pipe.chunk(gone.conn, &gone.name, ChunkKind::Close).await?;
                        }
                    }
                    Ok(())
                }
                came = self.line.next(), if reads => match came {
                    Ok((message, acker)) => {
                        if message.payload.len() as u64 > self.source.config.max_message.bytes() {
                            self.too_large(&message, acker).await
                        } else {
                            held = Some((message, acker));
                            Ok(())
                        }
                    }
                    Err(error) => Err(error),
                },
            };
            if let Err(error) = done {
                return Ok(error);
            }
        }
    }

    /// Acknowledged, else the server would send it for ever.
    async fn too_large(&self, message: &Message, acker: Option<Acker>) -> Result<(), SourceError> {
        let most = self.source.config.max_message.bytes();
        tracing::warn!(subject = %message.subject, most, "a message is larger than allowed and is lost");
        self.pipe.out.lost.fetch_add(1, Ordering::Relaxed);
        acknowledge(acker).await
    }

    /// What the client says of its connection.
    async fn told(&self, event: Event) -> Result<(), Stopped> {
        match event {
            Event::Connected => {
                let url = self.source.config.url.to_string();
                self.pipe.state(Ok(url)).await
            }
            Event::Disconnected => {
                let lost = failed("peer.lost", "the connection is lost; it is made anew");
                self.pipe.state(Err(lost)).await
            }
            Event::SlowConsumer(_) => {
                self.pipe.out.lost.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Event::ServerError(error) => {
                let error = failed("nats.server", error.to_string());
                self.pipe.state(Err(error)).await
            }
            other => {
                tracing::debug!(event = %other, server = %self.source.config.url, "the client says");
                Ok(())
            }
        }
    }
}

/// A message was answered by the room.
async fn answered(acker: Option<Acker>, ack: Ack) -> Result<(), SourceError> {
    match ack {
        Ack::Durable { .. } => acknowledge(acker).await,
        Ack::Failed { why } => Err(failed("ingest.failed", why)),
    }
}

async fn acknowledge(acker: Option<Acker>) -> Result<(), SourceError> {
    let Some(acker) = acker else { return Ok(()) };
    match timeout(PATIENCE, acker.ack()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(e)) => Err(failed("nats.ack", e.to_string())),
        Err(_) => Err(failed("nats.ack", "the server takes nothing")),
    }
}

fn connect_error(error: &ConnectError) -> SourceError {
    let mut cause = std::error::Error::source(error);
    while let Some(e) = cause {
        if let Some(of_tls) = e.downcast_ref::<std::io::Error>().and_then(tls::error) {
            return of_tls;
        }
        cause = e.source();
    }
    let code = match error.kind() {
        ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
            "nats.not_authorised"
        }
        ConnectErrorKind::TimedOut => "connect.timeout",
        ConnectErrorKind::Tls => "tls.failed",
        _ => "connect.failed",
    };
    failed(code, error.to_string())
}

impl Source for NatsSource {
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
