//! WebSocket client (RFC 6455): connects, subscribes, and takes each message, text or binary, as a whole one.
//!
//! While the ingest is behind nothing is read, so the peer is held back by TCP; pings go on meanwhile. With `resume` the
//! cursor of the last message that is durable here is sent after connecting again.

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::{SinkExt as _, StreamExt as _};
use oneroof_config::types::WebSocket;
use oneroof_ports::{Ack, BoxFuture, ChunkKind, Source, SourceError, SourceOut};
use reqwest::header::HeaderMap;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, error::CapacityError};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::cursor::{Cursor, fill};
use crate::dial::{Line, dial};
use crate::json_path;
use crate::pipe::{Pipe, Stopped, failed};
use crate::unanswered::Unanswered;
use crate::{credentials, tls};

/// Longest time for the opening handshake, and for sending a message. 10 s.
const PATIENCE: Duration = Duration::from_secs(10);

/// Messages that may wait for the room's answer.
const MAX_UNANSWERED: usize = 256;

type Socket = WebSocketStream<Line>;

/// A WebSocket client.
#[derive(Debug)]
pub struct WebSocketSource {
    config: WebSocket,
    headers: HeaderMap,
    tls: Option<tls::Client>,
}

/// One connection.
struct Session<'s> {
    source: &'s WebSocketSource,
    pipe: &'s Pipe,
    conn: u64,
    peer: &'s Arc<str>,
    cursor: &'s mut Cursor,
    /// With the cursor of each message.
    unanswered: Unanswered<Option<String>>,
    messages: u64,
}

impl WebSocketSource {
    /// A client that connects when it is run.
    ///
    /// # Errors
    /// Where a secret is not there.
    pub fn new(config: WebSocket) -> Result<Self, String> {
        Ok(Self {
            headers: credentials::headers(config.token.as_ref(), &config.headers)?,
            tls: tls::Client::of(config.tls.clone(), config.url.0.tls),
            config,
        })
    }

    async fn connect(&self) -> Result<Socket, SourceError> {
        let url = &self.config.url.0;
        let mut request = url
            .text
            .as_str()
            .into_client_request()
            .map_err(|e| failed("websocket.url", e.to_string()))?;
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
        let most = Some(self.config.max_message.as_usize());
        let bounds = WebSocketConfig::default()
            .max_message_size(most)
            .max_frame_size(most);
        let line = dial(&url.endpoint, self.tls.as_ref()).await?;
        let shaken = client_async_with_config(request, line, Some(bounds));
        match timeout(PATIENCE, shaken).await {
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(e)) => Err(error(&e)),
            Err(_) => Err(failed(
                "websocket.timeout",
                format!("no handshake within {} s", PATIENCE.as_secs()),
            )),
        }
    }

    /// What is sent after connecting.
    fn greetings(&self, cursor: &Cursor) -> Vec<String> {
        match (&self.config.resume, cursor.get()) {
            (Some(resume), Some(cursor)) => {
                let texts = resume.subscribe.iter();
                texts.map(|text| fill(text, cursor)).collect()
            }
            _ => self.config.subscribe.clone(),
        }
    }

    async fn serve(&self, pipe: &Pipe) -> Result<Result<(), SourceError>, Stopped> {
        let config = &self.config;
        let mut backoff = Backoff::new(
            config.reconnect_min.duration(),
            config.reconnect_max.duration(),
        );
        let url = &config.url.0.text;
        let peer: Arc<str> = url.split(['?', '#']).next().unwrap_or(url).into();
        let file = config.resume.as_ref().and_then(|r| r.file.as_deref());
        let mut cursor = match Cursor::open(file, None) {
            Ok(cursor) => cursor,
            Err(error) => return Ok(Err(error)),
        };
        let mut conn = 0;
        loop {
            let error = match pipe.unless_stopped(Box::pin(self.connect())).await? {
                Ok(socket) => {
                    conn += 1;
                    let mut session = Session {
                        source: self,
                        pipe,
                        conn,
                        peer: &peer,
                        cursor: &mut cursor,
                        unanswered: Unanswered::new(MAX_UNANSWERED),
                        messages: 0,
                    };
                    let error = session.run(socket).await?;
                    // A peer that accepts and says nothing is no success.
                    if session.messages > 0 {
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

impl Session<'_> {
    /// Runs until the connection ends; why it did.
    async fn run(&mut self, mut socket: Socket) -> Result<SourceError, Stopped> {
        for text in self.source.greetings(self.cursor) {
            if let Err(error) = send(&mut socket, Message::text(text)).await {
                return Ok(error);
            }
        }
        self.pipe.state(Ok(self.peer.to_string())).await?;
        let ended = self.read(&mut socket).await?;
        // What is with the room is answered before the cursor is used again.
        while !self.unanswered.is_empty() {
            tokio::select! {
                biased;
                () = self.pipe.stop.cancelled() => return Err(Stopped),
                (cursor, ack) = self.unanswered.next() => {
                    if let Err(error) = self.answered(cursor, ack) {
                        return Ok(error);
                    }
                }
            }
        }
        self.pipe
            .chunk(self.conn, self.peer, ChunkKind::Close)
            .await?;
        Ok(ended)
    }

    async fn read(&mut self, socket: &mut Socket) -> Result<SourceError, Stopped> {
        let config = &self.source.config;
        let (every, idle) = (config.ping_every.duration(), config.idle_timeout.duration());
        let mut ping = interval_at(Instant::now() + every, every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut deadline = Instant::now() + idle;
        // A message that waits for room in the ingest's channel.
        let mut held: Option<Vec<u8>> = None;
        loop {
            let reads = held.is_none() && !self.unanswered.is_full();
            tokio::select! {
                biased;
                () = self.pipe.stop.cancelled() => return Err(Stopped),
                (cursor, ack) = self.unanswered.next() => {
                    if let Err(error) = self.answered(cursor, ack) {
                        return Ok(error);
                    }
                }
                _ = ping.tick() => {
                    if let Err(error) = send(socket, Message::Ping(Vec::new().into())).await {
                        return Ok(error);
                    }
                }
                room = self.pipe.out.chunks.reserve(), if held.is_some() => {
                    let room = room.map_err(|_closed| Stopped)?;
                    if let Some(bytes) = held.take() {
                        let resume = config.resume.as_ref();
                        let cursor = resume.and_then(|r| json_path::cursor(&r.path, &bytes));
                        let (chunk, answer) = self.pipe.message(self.conn, self.peer, bytes, None);
                        room.send(chunk);
                        self.unanswered.push(cursor, answer);
                        // Time that was spent waiting for the ingest is not the peer's.
                        deadline = Instant::now() + idle;
                    }
                }
                came = next(socket, deadline), if reads => match came {
                    Ok(message) => {
                        deadline = Instant::now() + idle;
                        if let Some(bytes) = message {
                            self.messages += 1;
                            held = Some(bytes);
                        }
                    }
                    Err(error) => {
                        if error.code == "websocket.too_large" {
                            self.pipe.out.lost.fetch_add(1, Ordering::Relaxed);
                        }
                        return Ok(error);
                    }
                },
            }
        }
    }

    /// A message was answered: its cursor is where we go on, if it is durable.
    fn answered(&mut self, cursor: Option<String>, ack: Ack) -> Result<(), SourceError> {
        match (ack, cursor) {
            (Ack::Failed { why }, _) => Err(failed("ingest.failed", why)),
            (Ack::Durable { .. }, Some(cursor)) => self.cursor.set(cursor),
            (Ack::Durable { .. }, None) => Ok(()),
        }
    }
}

/// The next message; `None` for what only keeps the connection alive.
async fn next(socket: &mut Socket, deadline: Instant) -> Result<Option<Vec<u8>>, SourceError> {
    match timeout_at(deadline, socket.next()).await {
        Err(_) => Err(failed(
            "peer.idle",
            "nothing came, not even an answer to a ping",
        )),
        Ok(None) => Err(failed("peer.closed", "the peer ended the connection")),
        Ok(Some(Err(e))) => Err(error(&e)),
        Ok(Some(Ok(Message::Text(text)))) => Ok(Some(text.as_bytes().to_vec())),
        Ok(Some(Ok(Message::Binary(bytes)))) => Ok(Some(bytes.to_vec())),
        Ok(Some(Ok(Message::Close(frame)))) => {
            let why = frame.map_or_else(
                || "the peer ended the connection".to_owned(),
                |f| format!("the peer ended the connection: {} {}", f.code, f.reason),
            );
            Err(failed("peer.closed", why))
        }
        Ok(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => Ok(None),
    }
}

async fn send(socket: &mut Socket, message: Message) -> Result<(), SourceError> {
    match timeout(PATIENCE, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(e)) => Err(error(&e)),
        Err(_) => Err(failed("peer.lost", "the peer takes nothing")),
    }
}

fn error(error: &Error) -> SourceError {
    let code = match error {
        Error::Io(e) => return tls::error(e).unwrap_or_else(|| failed("peer.lost", e.to_string())),
        Error::ConnectionClosed | Error::AlreadyClosed => "peer.closed",
        Error::Capacity(CapacityError::MessageTooLong { .. }) => "websocket.too_large",
        Error::Http(answer) => {
            let status = answer.status();
            return failed("websocket.status", format!("the server answered {status}"));
        }
        _ => "websocket.protocol",
    };
    failed(code, error.to_string())
}

impl Source for WebSocketSource {
    fn run(
        &self,
        out: SourceOut,
        stop: CancellationToken,
    ) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(async move {
            match self.serve(&Pipe { out, stop }).await {
                Ok(ended) => ended,
                Err(Stopped) => Ok(()),
            }
        })
    }
}
