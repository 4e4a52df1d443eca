//! What all sources share: handing on chunks without ever waiting past the stop, and reading a stream.

use core::time::Duration;
use std::sync::Arc;

use oneroof_model::MessageContext;
use oneroof_ports::{Ack, Chunk, ChunkKind, SourceError, SourceOut, Up};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::tls;

/// Most bytes of one chunk of a stream. 32 KiB: with the channel's length this bounds what waits.
pub(crate) const READ_BYTES: usize = 32 * 1024;

/// Bytes without a line end that count as progress of a stream. A peer that trickles fewer within its idle timeout
/// is closed as an idle one is, so that it cannot hold a connection for ever with a byte now and then.
pub(crate) const PROGRESS_BYTES: usize = 64;

/// The source was told to stop, or nobody reads any more.
#[derive(Debug)]
pub(crate) struct Stopped;

/// An error of a source.
pub(crate) fn failed(code: &'static str, detail: impl Into<String>) -> SourceError {
    SourceError {
        code,
        detail: detail.into(),
    }
}

/// Where a source hands things on; never waits past the stop.
#[derive(Clone)]
pub(crate) struct Pipe {
    pub(crate) out: SourceOut,
    pub(crate) stop: CancellationToken,
}

impl Pipe {
    /// A chunk that came now; waits while the ingest is behind.
    pub(crate) async fn chunk(
        &self,
        conn: u64,
        peer: &Arc<str>,
        kind: ChunkKind,
    ) -> Result<(), Stopped> {
        self.send(conn, peer, kind, None).await
    }

    /// A whole message that came now, and where its answer will be.
    pub(crate) fn message(
        &self,
        conn: u64,
        peer: &Arc<str>,
        bytes: Vec<u8>,
        context: Option<MessageContext>,
    ) -> (Chunk, oneshot::Receiver<Ack>) {
        let (ack, answer) = oneshot::channel();
        let chunk = Chunk {
            conn,
            peer: Arc::clone(peer),
            at: self.out.clock.now(),
            kind: ChunkKind::Message { bytes, context },
            ack: Some(ack),
        };
        (chunk, answer)
    }

    /// The end of something whose sender waits for the answer.
    pub(crate) async fn close_and_wait(&self, conn: u64, peer: &Arc<str>) -> Result<Ack, Stopped> {
        let (ack, answer) = oneshot::channel();
        self.send(conn, peer, ChunkKind::Close, Some(ack)).await?;
        tokio::select! {
            () = self.stop.cancelled() => Err(Stopped),
            answer = answer => Ok(answer.unwrap_or_else(|_| Ack::Failed {
                why: "the ingest ended before it answered".to_owned(),
            })),
        }
    }

    async fn send(
        &self,
        conn: u64,
        peer: &Arc<str>,
        kind: ChunkKind,
        ack: Option<oneshot::Sender<Ack>>,
    ) -> Result<(), Stopped> {
        let at = self.out.clock.now();
        let chunk = Chunk {
            conn,
            peer: Arc::clone(peer),
            at,
            kind,
            ack,
        };
        let sent = self.unless_stopped(self.out.chunks.send(chunk)).await?;
        sent.map_err(|_closed| Stopped)
    }

    /// Says that it is up (with its address) or has lost its peer.
    pub(crate) async fn state(&self, state: Result<String, SourceError>) -> Result<(), Stopped> {
        self.say(state.map(Up::from)).await
    }

    /// As [`Self::state`], also with what it cannot do although it is up.
    pub(crate) async fn say(&self, state: Result<Up, SourceError>) -> Result<(), Stopped> {
        let sent = self.unless_stopped(self.out.state.send(state)).await?;
        sent.map_err(|_closed| Stopped)
    }

    /// Says that the peer is lost, and waits until it is to be tried again.
    pub(crate) async fn lost(
        &self,
        error: SourceError,
        backoff: &mut Backoff,
    ) -> Result<(), Stopped> {
        self.state(Err(error)).await?;
        self.sleep(backoff.next_wait()).await
    }

    /// Hands on something whole (a file, an answer) as a connection of its own, and waits for what becomes of it.
    pub(crate) async fn whole(
        &self,
        conn: u64,
        peer: &Arc<str>,
        bytes: &[u8],
    ) -> Result<Ack, Stopped> {
        self.chunk(conn, peer, ChunkKind::Open).await?;
        for part in bytes.chunks(READ_BYTES) {
            let data = ChunkKind::Data(part.to_vec());
            self.chunk(conn, peer, data).await?;
        }
        self.close_and_wait(conn, peer).await
    }

    /// What a future gives, unless the stop comes first.
    pub(crate) async fn unless_stopped<T>(
        &self,
        future: impl Future<Output = T>,
    ) -> Result<T, Stopped> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Stopped),
            given = future => Ok(given),
        }
    }

    /// Waits.
    pub(crate) async fn sleep(&self, wait: Duration) -> Result<(), Stopped> {
        self.unless_stopped(tokio::time::sleep(wait)).await
    }
}

/// How a stream ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Why.
    pub(crate) error: SourceError,
    /// Bytes that came.
    pub(crate) bytes: u64,
}

/// Passes a stream on until it ends, falls silent for `idle`, or the stop comes: `Open`, data, `Close`.
pub(crate) async fn pump(
    pipe: &Pipe,
    conn: u64,
    peer: &Arc<str>,
    stream: impl AsyncRead + Unpin,
    idle: Duration,
) -> Result<Ended, Stopped> {
    // Nobody else hears it, and nobody cuts it.
    let (_open, cut) = oneshot::channel();
    pump_with(pipe, conn, peer, stream, idle, |_| Ok(()), cut).await
}

/// As [`pump`]; `hear` is told the bytes before they go on and may end the stream, as may whoever holds the other end of
/// `cut`.
pub(crate) async fn pump_with(
    pipe: &Pipe,
    conn: u64,
    peer: &Arc<str>,
    mut stream: impl AsyncRead + Unpin,
    idle: Duration,
    mut hear: impl FnMut(&[u8]) -> Result<(), SourceError>,
    mut cut: oneshot::Receiver<SourceError>,
) -> Result<Ended, Stopped> {
    pipe.chunk(conn, peer, ChunkKind::Open).await?;
    let mut buffer = vec![0; READ_BYTES];
    let mut bytes = 0;
    let mut trickled = 0;
    let mut deadline = Instant::now() + idle;
    let error = loop {
        let read = tokio::select! {
            biased;
            () = pipe.stop.cancelled() => return Err(Stopped),
            why = &mut cut => {
                break why.unwrap_or_else(|_| failed("peer.cut", "nobody answers it any more"));
            }
            read = timeout_at(deadline, stream.read(&mut buffer)) => read,
        };
        let n = match read {
            Err(_) => {
                break failed(
                    "peer.idle",
                    format!("nothing for {:.0} s", idle.as_secs_f64()),
                );
            }
            Ok(Err(e)) => {
                break tls::error(&e).unwrap_or_else(|| failed("peer.lost", e.kind().to_string()));
            }
            Ok(Ok(0)) => break failed("peer.closed", "the peer ended the connection"),
            Ok(Ok(n)) => n,
        };
        let data = buffer.get(..n).unwrap_or_default();
        bytes += n as u64;
        trickled += n;
        let progress = trickled >= PROGRESS_BYTES || data.contains(&b'\n');
        if let Err(why) = hear(data) {
            break why;
        }
        let came = Instant::now();
        pipe.chunk(conn, peer, ChunkKind::Data(data.to_vec()))
            .await?;
        if progress {
            trickled = 0;
            deadline = Instant::now() + idle;
        } else {
            // Time that was spent waiting for the ingest is not the peer's.
            deadline += came.elapsed();
        }
    };
    pipe.chunk(conn, peer, ChunkKind::Close).await?;
    Ok(Ended { error, bytes })
}
