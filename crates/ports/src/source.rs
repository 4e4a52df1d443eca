//! Sources of bytes: what a transport gives to the ingest.

use std::sync::Arc;

use oneroof_config::Transport;
use oneroof_model::{FeedId, MessageContext, Time};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::{BoxFuture, TimeSource};

/// What is passed along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChunkKind {
    /// A connection, file or response begins; a decoder of its own is made for it.
    Open,
    /// Bytes, in order within their connection.
    Data(Vec<u8>),
    /// The connection, file or response ended.
    Close,
    /// One whole datagram: complete in itself, but parts of a message may come in several.
    Datagram(Vec<u8>),
    /// One whole message of a broker or a socket that has messages: complete in itself. Its sender can be held
    /// back, and is answered where it waits.
    Message {
        /// Its bytes.
        bytes: Vec<u8>,
        /// What the broker says of it.
        context: Option<MessageContext>,
    },
}

/// Answer to a chunk whose sender waits for one (a file that is moved to `done/` or `failed/`, a message that a
/// broker keeps until it is acknowledged).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ack {
    /// Everything up to here is durable.
    Durable {
        /// Records taken (accepted, duplicate or revised).
        taken: u64,
        /// Records put into quarantine.
        quarantined: u64,
        /// What the records name and do not hold, in order, for a source that can fetch it; bounded by the ingest.
        links: Vec<Link>,
    },
    /// Nothing is promised; send it again.
    Failed {
        /// Why, English.
        why: String,
    },
}

/// Something of a feed that lies elsewhere, as its format found it named (an index of alerts).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where it is: `http`, `https` or relative to what named it (RFC 3986), as sent; at most 2048 bytes.
    pub uri: String,
    /// When it changed last, by its sender.
    pub updated: Option<Time>,
}

/// A piece of what came in.
#[derive(Debug)]
pub struct Chunk {
    /// Connection, file or response that it belongs to; unique within the source's run.
    pub conn: u64,
    /// Who sent it (an address, a file name), for logs.
    pub peer: Arc<str>,
    /// When it was received; for a replayed capture that is still the time of receipt here.
    pub at: Time,
    /// What.
    pub kind: ChunkKind,
    /// Where the answer goes, where the sender waits.
    pub ack: Option<oneshot::Sender<Ack>>,
}

/// Why a source ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct SourceError {
    /// Stable code (`connect.refused`, `bind.in_use`, `peer.closed`, `tls.expired`).
    pub code: &'static str,
    /// Detail, English.
    pub detail: String,
}

/// A source that is connected or listening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Up {
    /// With whom, or where.
    pub address: String,
    /// What it cannot do although it is up (some links of an index cannot be fetched).
    pub trouble: Option<SourceError>,
}

impl From<String> for Up {
    fn from(address: String) -> Self {
        Self {
            address,
            trouble: None,
        }
    }
}

/// Why a source could not be made from its configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("transport {kind}: {detail}")]
pub struct SourceBuildError {
    /// Kind of transport.
    pub kind: String,
    /// What is wrong.
    pub detail: String,
}

/// Where a source puts what it receives, and says how it is doing.
#[derive(Clone)]
pub struct SourceOut {
    /// Bounded; a full channel holds the sender back where the protocol can, and is counted loss where it cannot.
    pub chunks: mpsc::Sender<Chunk>,
    /// Bounded; a source says when it is up or has lost its peer.
    pub state: mpsc::Sender<Result<Up, SourceError>>,
    /// Counted loss: datagrams dropped because the ingest was behind, messages larger than allowed.
    pub lost: Arc<core::sync::atomic::AtomicU64>,
    /// The clock.
    pub clock: Arc<dyn TimeSource>,
}

/// A source of bytes. It reconnects by itself with backoff; it ends only when stopped or when it cannot go on, and
/// is then restarted with backoff by its supervisor.
pub trait Source: Send + Sync {
    /// Runs until stopped.
    fn run(
        &self,
        out: SourceOut,
        stop: CancellationToken,
    ) -> BoxFuture<'_, Result<(), SourceError>>;
}

/// Makes sources from configuration; implemented by the transport adapter, given to the ingest by the binary.
pub trait SourceFactory: Send + Sync {
    /// A source for this transport of a feed; `None` for those that are served elsewhere (HTTP push by the API).
    ///
    /// # Errors
    /// Where the configuration cannot work on this machine.
    fn build(
        &self,
        feed: &FeedId,
        config: &Transport,
    ) -> Result<Option<Arc<dyn Source>>, SourceBuildError>;
}
