//! Listeners whose peers are answered on the same connection. What comes goes to the ingest as from any listener; what is
//! said is the business of a [`Conversation`], of which this crate knows nothing else.

use std::sync::Arc;

use oneroof_ports::{BoxFuture, SourceError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use core::time::Duration;

use crate::pipe::{Ended, Pipe, Stopped, pump_with};

/// Who has connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// From where.
    pub peer: Arc<str>,
    /// Common name of the certificate that was shown and verified.
    pub common_name: Option<String>,
}

/// Who answers those who connect to a listener.
pub trait Answering: Send + Sync + core::fmt::Debug {
    /// Somebody has connected.
    ///
    /// # Errors
    /// Why he is not let in.
    fn call(&self, caller: &Caller) -> Result<Arc<dyn Conversation>, SourceError>;

    /// Somebody did not get so far: his handshake failed, for his certificate or for anything else.
    fn refused(&self, error: &SourceError);
}

/// One connection's conversation.
pub trait Conversation: Send + Sync {
    /// Bytes came. It does not wait, for reading goes on after it.
    ///
    /// # Errors
    /// Why the connection ends; these bytes go nowhere then.
    fn heard(&self, bytes: &[u8]) -> Result<(), SourceError>;

    /// Speaks until `over`, or until there is a reason to end the connection, which it gives.
    fn speak(
        self: Arc<Self>,
        to: Box<dyn AsyncWrite + Send + Unpin>,
        over: CancellationToken,
    ) -> BoxFuture<'static, SourceError>;
}

/// Passes a stream on as [`crate::pipe::pump`] does, and lets the conversation speak on it.
pub(crate) async fn converse(
    pipe: &Pipe,
    conn: u64,
    peer: &Arc<str>,
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    idle: Duration,
    conversation: &Arc<dyn Conversation>,
) -> Result<Ended, Stopped> {
    let (reader, writer) = tokio::io::split(stream);
    let over = pipe.stop.child_token();
    let (ended, cut) = oneshot::channel();
    let reading = async {
        let hear = |bytes: &[u8]| conversation.heard(bytes);
        let read = pump_with(pipe, conn, peer, reader, idle, hear, cut).await;
        over.cancel();
        read
    };
    let speaking = async {
        let why = Arc::clone(conversation)
            .speak(Box::new(writer), over.clone())
            .await;
        // Reading may have ended before.
        drop(ended.send(why));
    };
    tokio::join!(reading, speaking).0
}
