//! How bytes come in from agencies: TCP (connecting or listening), UDP, HTTP fetched, files in a folder, captures
//! played again. HTTP push is served by the API and has no source here.
//!
//! A [`Source`] knows nothing of formats: it gives bytes with the connection that they belong to and the moment at
//! which they came. Every one is bounded (named constants with their units), stops within moments when told to, and
//! says when it is up or has lost its peer. Where the protocol can hold a sender back it does; where it cannot (UDP)
//! what is lost is counted.
//!
//! [`Source`]: oneroof_ports::Source

mod answer;
pub mod backoff;
pub mod capped;
mod capture;
mod common_name;
mod credentials;
mod cursor;
mod dial;
mod folder;
mod http_poll;
mod json_path;
mod mqtt;
mod multicast;
mod nats;
mod pacer;
mod peers;
mod pipe;
mod replay;
mod sender;
mod sql_poll;
mod tcp_client;
mod tcp_listen;
mod tls;
mod udp_listen;
mod unanswered;
mod websocket;
mod wildcard;

use std::sync::Arc;

use oneroof_config::Transport;
use oneroof_model::FeedId;
use oneroof_ports::{Source, SourceBuildError, SourceFactory};

pub use answer::{Answering, Caller, Conversation};
pub use capture::{CaptureError, CaptureLine, MAX_CAPTURE_LINE_BYTES};
pub use folder::{DONE_FOLDER, FAILED_FOLDER, FolderSource, REASON_SUFFIX};
pub use http_poll::HttpPollSource;
pub use mqtt::MqttSource;
pub use nats::NatsSource;
pub use pacer::{DEFAULT_RATE_PER_S, MAX_GAP_S, Pace, Pacer};
pub use replay::ReplaySource;
pub use sender::{ReplaySender, SendError, Sent, Target};
pub use sql_poll::SqlPollSource;
pub use tcp_client::TcpClientSource;
pub use tcp_listen::TcpListenSource;
pub use udp_listen::UdpListenSource;
pub use websocket::WebSocketSource;

/// Makes the sources of this crate from configuration.
#[derive(Debug, Clone, Copy, Default)]
pub struct Transports;

impl SourceFactory for Transports {
    fn build(
        &self,
        _feed: &FeedId,
        config: &Transport,
    ) -> Result<Option<Arc<dyn Source>>, SourceBuildError> {
        let fail = |detail: String| SourceBuildError {
            kind: config.kind().to_owned(),
            detail,
        };
        Ok(match config {
            Transport::HttpPush(_) => None,
            Transport::TcpClient(c) => Some(Arc::new(TcpClientSource::new(c.clone()))),
            Transport::TcpListen(c) => Some(Arc::new(TcpListenSource::new(c.clone()))),
            // Heard, and told nothing: whoever has something to tell makes it with `TcpListenSource::answering`.
            Transport::TakListen(c) => Some(Arc::new(TcpListenSource::new(c.tcp()))),
            Transport::UdpListen(c) => Some(Arc::new(UdpListenSource::new(c.clone()))),
            Transport::HttpPoll(c) => Some(Arc::new(HttpPollSource::new(c.clone()).map_err(fail)?)),
            Transport::Folder(c) => Some(Arc::new(FolderSource::new(c.clone()))),
            Transport::WebSocket(c) => {
                Some(Arc::new(WebSocketSource::new(c.clone()).map_err(fail)?))
            }
            Transport::Mqtt(c) => Some(Arc::new(MqttSource::new(c.clone()).map_err(fail)?)),
            Transport::Nats(c) => Some(Arc::new(NatsSource::new(c.clone()).map_err(fail)?)),
            Transport::SqlPoll(c) => Some(Arc::new(SqlPollSource::new(c.clone()).map_err(fail)?)),
            Transport::Replay(c) => Some(Arc::new(ReplaySource::new(c.clone()))),
        })
    }
}
