//! Plays a capture towards a port: what `oneroof replay` and the demonstration's agencies do.

use core::net::SocketAddr;
use std::path::PathBuf;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio_util::sync::CancellationToken;

use crate::capture::CaptureError;
use crate::pacer::Pace;
use crate::pipe::READ_BYTES;
use crate::replay::Player;

/// Where a capture is played to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A TCP port that listens (`host:port`).
    Tcp(String),
    /// Whoever connects to this address first; for feeds that connect themselves.
    TcpServe(SocketAddr),
    /// A UDP port (`host:port`); one line a datagram, or a datagram of the capture as it was.
    Udp(String),
}

/// What was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// Bytes.
    pub bytes: u64,
    /// Writes or datagrams.
    pub frames: u64,
}

/// Why a replay ended early.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The capture cannot be read.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// The other side cannot be reached, or went away.
    #[error("{target}: {source}")]
    Socket {
        /// The address.
        target: String,
        /// What happened.
        source: std::io::Error,
    },
}

/// Plays captures towards a target.
#[derive(Debug, Clone)]
pub struct ReplaySender {
    /// Captures, in order.
    pub files: Vec<PathBuf>,
    /// What sets the pace.
    pub pace: Pace,
    /// Whether to begin anew at the end.
    pub repeat: bool,
    /// Where to.
    pub target: Target,
}

/// The open socket.
enum Wire {
    Tcp(TcpStream),
    Udp(UdpSocket),
}

impl ReplaySender {
    /// Plays until the end or the stop.
    ///
    /// # Errors
    /// Where a capture cannot be read or the other side is gone.
    pub async fn run(&self, stop: &CancellationToken) -> Result<Sent, SendError> {
        let mut sent = Sent::default();
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            played = self.play(&mut sent) => played?,
        }
        Ok(sent)
    }

    async fn play(&self, sent: &mut Sent) -> Result<(), SendError> {
        let (mut wire, target) = self.open().await?;
        let socket = |source| SendError::Socket {
            target: target.clone(),
            source,
        };
        loop {
            let before = sent.frames;
            for file in &self.files {
                let mut player = Player::open(file.clone(), self.pace).await?;
                while let Some(bytes) = wire.next(&mut player).await? {
                    wire.send(&bytes).await.map_err(socket)?;
                    sent.bytes += bytes.len() as u64;
                    sent.frames += 1;
                }
            }
            if !self.repeat || sent.frames == before {
                break;
            }
        }
        if let Wire::Tcp(stream) = &mut wire {
            stream.shutdown().await.map_err(socket)?;
        }
        Ok(())
    }

    async fn open(&self) -> Result<(Wire, String), SendError> {
        let (opened, target) = match &self.target {
            Target::Tcp(to) => (TcpStream::connect(to).await.map(Wire::Tcp), to.clone()),
            Target::TcpServe(at) => (serve_one(*at).await.map(Wire::Tcp), at.to_string()),
            Target::Udp(to) => (connect_udp(to).await.map(Wire::Udp), to.clone()),
        };
        match opened {
            Ok(wire) => Ok((wire, target)),
            Err(source) => Err(SendError::Socket { target, source }),
        }
    }
}

impl Wire {
    /// As much as fits into one write, or the one line of a datagram.
    async fn next(&self, player: &mut Player) -> Result<Option<Vec<u8>>, CaptureError> {
        let due = match self {
            Self::Tcp(_) => player.next(READ_BYTES).await,
            Self::Udp(_) => player.next_line().await,
        };
        Ok(due?.map(|mut due| {
            // Senders of datagrams often leave out the line end, which a stream needs.
            let text = core::str::from_utf8(&due.bytes).is_ok();
            let stream = matches!(self, Self::Tcp(_));
            if due.datagram && stream && text && !due.bytes.ends_with(b"\n") {
                due.bytes.push(b'\n');
            }
            due.bytes
        }))
    }

    async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(bytes).await,
            Self::Udp(socket) => socket.send(bytes).await.map(|_| ()),
        }
    }
}

async fn serve_one(at: SocketAddr) -> std::io::Result<TcpStream> {
    let listener = TcpListener::bind(at).await?;
    listener.accept().await.map(|(stream, _)| stream)
}

async fn connect_udp(to: &str) -> std::io::Result<UdpSocket> {
    let to = tokio::net::lookup_host(to)
        .await?
        .next()
        .ok_or_else(|| std::io::Error::new(std::io::ErrorKind::NotFound, "no such host"))?;
    let any: SocketAddr = if to.is_ipv4() {
        ([0; 4], 0).into()
    } else {
        ([0_u16; 8], 0).into()
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(to).await?;
    Ok(socket)
}
