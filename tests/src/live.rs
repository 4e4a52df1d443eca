//! A screen: the live protocol over a real WebSocket, with the picture that the browser builds too.

use core::time::Duration;
use std::collections::BTreeSet;

use futures_util::{SinkExt as _, StreamExt as _};
use oneroof_wire::client::{Changed, Picture};
use oneroof_wire::{
    ByeReason, ClientMessage, Entity, EntityKind, EventView, Filter, ReportView, SUBPROTOCOL,
    ServerMessage,
};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::wait::PATIENCE;

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The server's last word, where it said one.
    pub bye: Option<ByeReason>,
    /// Its close code, where it sent one.
    pub code: Option<u16>,
}

/// A connected screen.
#[derive(Debug)]
pub struct Live {
    socket: WebSocketStream<TcpStream>,
    /// What it knows.
    pub picture: Picture,
    /// What the newest messages changed, oldest first; a test takes them when it likes.
    pub changes: Vec<Changed>,
    /// Whether the server went on from our cursor.
    pub resumed: bool,
    /// Removals in binary frames: handle and number of the reason.
    pub left: Vec<(u32, oneroof_wire::RemoveReason)>,
    bye: Option<ByeReason>,
}

impl Live {
    /// Connects, says `start` with the picture's cursor, and waits for `hello`.
    ///
    /// # Panics
    /// Where the server does not take it.
    pub async fn open(address: &str, picture: Picture, filter: Filter) -> Self {
        let mut live = Self::silent(address).await;
        live.picture = picture;
        live.start(filter).await;
        live
    }

    /// Connects and says nothing yet.
    pub async fn silent(address: &str) -> Self {
        Self::over(address, TcpStream::connect(address).await.unwrap()).await
    }

    /// The same over a stream of the test's.
    pub async fn over(address: &str, stream: TcpStream) -> Self {
        let socket = Self::upgrade(address, stream, Some(SUBPROTOCOL)).await;
        Self {
            socket: socket.expect("the server takes the upgrade"),
            picture: Picture::default(),
            changes: Vec::new(),
            resumed: false,
            left: Vec::new(),
            bye: None,
        }
    }

    /// Asks for the upgrade with this subprotocol.
    pub async fn upgrade(
        address: &str,
        stream: TcpStream,
        subprotocol: Option<&str>,
    ) -> Result<WebSocketStream<TcpStream>, Error> {
        let mut request = format!("ws://{address}/live").into_client_request()?;
        if let Some(name) = subprotocol {
            let value = name.parse().expect("a name of a subprotocol");
            request
                .headers_mut()
                .insert("sec-websocket-protocol", value);
        }
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
        Ok(socket)
    }

    /// Says `start` and waits for `hello`.
    pub async fn start(&mut self, filter: Filter) {
        let cursor = self.picture.cursor.clone();
        self.say(&ClientMessage::Start {
            cursor,
            filter,
            wall: None,
        })
        .await;
        while self.picture.server_now.is_none() || self.changes.is_empty() {
            self.next().await.expect("hello");
        }
    }

    /// Says something in order.
    pub async fn say(&mut self, message: &ClientMessage) {
        let text = serde_json::to_string(message).unwrap();
        self.say_raw(Message::Text(text.into())).await;
    }

    /// Sends any frame; a server that is gone is no fault.
    pub async fn say_raw(&mut self, message: Message) {
        drop(self.socket.send(message).await);
    }

    /// Takes one message.
    ///
    /// # Errors
    /// Where the connection ended.
    pub async fn next(&mut self) -> Result<(), End> {
        let came = timeout(PATIENCE, self.socket.next()).await;
        let came = came.expect("the server never falls silent");
        self.took(came)
    }

    #[expect(
        clippy::panic_in_result_fn,
        reason = "a fault of the stream fails the test"
    )]
    fn took(&mut self, came: Option<Result<Message, Error>>) -> Result<(), End> {
        match came {
            Some(Ok(Message::Text(text))) => {
                let taken = self.picture.text(&text);
                let (message, changed) = taken.unwrap_or_else(|e| panic!("{e}: {text}"));
                match message {
                    ServerMessage::Hello { resumed, .. } => self.resumed = resumed,
                    ServerMessage::Bye { reason, .. } => self.bye = Some(reason),
                    _ => {}
                }
                self.changes.push(changed);
                Ok(())
            }
            Some(Ok(Message::Binary(bytes))) => {
                let frame = oneroof_wire::columns::decode(&bytes).expect("a frame of tracks");
                self.left.extend(frame.removed);
                let changed = self.picture.binary(&bytes).expect("a frame of tracks");
                self.changes.push(changed);
                Ok(())
            }
            Some(Ok(Message::Close(frame))) => Err(End {
                bye: self.bye,
                code: frame.map(|f| f.code.into()),
            }),
            Some(Ok(_)) => Ok(()),
            None | Some(Err(_)) => Err(End {
                bye: self.bye,
                code: None,
            }),
        }
    }

    /// Takes messages until something holds.
    ///
    /// # Panics
    /// Where it does not hold in time, or the connection ends before.
    pub async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(self) {
            let came = timeout_at(end, self.socket.next()).await;
            let came = came.unwrap_or_else(|_| panic!("not in time: {what}"));
            self.took(came)
                .unwrap_or_else(|end| panic!("{what}: ended with {end:?}"));
        }
    }

    /// Takes messages for so long: where a test shows that something does *not* come.
    pub async fn listen_for(&mut self, span: Duration) {
        let end = Instant::now() + span;
        while let Ok(came) = timeout_at(end, self.socket.next()).await {
            self.took(came)
                .unwrap_or_else(|end| panic!("ended with {end:?}"));
        }
    }

    /// Takes messages until the connection ends.
    pub async fn end(&mut self) -> End {
        let end = Instant::now() + PATIENCE;
        loop {
            let came = timeout_at(end, self.socket.next()).await;
            if let Err(end) = self.took(came.expect("the connection ends")) {
                return end;
            }
        }
    }

    /// Breaks the line off, without a word; what was known remains.
    pub fn break_off(self) -> Picture {
        self.picture
    }

    /// Reports in the picture.
    pub fn reports(&self) -> impl Iterator<Item = &ReportView> {
        self.picture.entities.values().filter_map(|e| match e {
            Entity::Report(report) => Some(report.as_ref()),
            _ => None,
        })
    }

    /// Events in the picture.
    pub fn events(&self) -> impl Iterator<Item = &EventView> {
        self.picture.entities.values().filter_map(|e| match e {
            Entity::Event(event) => Some(event.as_ref()),
            _ => None,
        })
    }

    /// Source ids of the reports in the picture; each stands there once.
    pub fn keys(&self) -> BTreeSet<String> {
        let keys: Vec<String> = self
            .reports()
            .filter_map(|r| r.source_key.clone())
            .collect();
        let set: BTreeSet<String> = keys.iter().cloned().collect();
        assert_eq!(set.len(), keys.len(), "a report is there twice: {keys:?}");
        set
    }

    /// Identifiers of the tracks that have a position.
    pub fn idents(&self) -> BTreeSet<String> {
        self.picture
            .tracks
            .values()
            .filter(|track| track.row.is_some())
            .filter_map(|track| Some(track.info.as_ref()?.ident.clone()))
            .collect()
    }

    /// Whether the snapshot is whole.
    pub fn has_snapshot(&self) -> bool {
        self.picture
            .entities
            .keys()
            .any(|key| key.kind == EntityKind::Section)
    }
}
