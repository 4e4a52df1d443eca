//! UDP listener, unicast or a multicast group. A datagram cannot be held back: the system's receive buffer is the
//! queue, and what does not fit into it, or comes while the ingest is behind for long, is counted as lost.

use core::net::SocketAddr;
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::fmt::Write as _;
use std::sync::Arc;

use oneroof_config::types::UdpListen;
use oneroof_ports::{BoxFuture, Chunk, ChunkKind, Source, SourceError, SourceOut};
use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::multicast;
use crate::peers::Peers;
use crate::pipe::{Pipe, Stopped, failed};
use crate::tcp_listen::{allowed, bind_error};

/// Receive buffer asked of the system. 4 MiB; the system may give less.
const RECEIVE_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// Largest datagram (65,507 bytes of payload over IPv4).
const DATAGRAM_BYTES: usize = 65_536;

/// Longest wait for room in the ingest's channel; meanwhile the system's buffer fills. 250 ms.
const ROOM_WAIT: Duration = Duration::from_millis(250);

/// How often the system is asked for what it dropped. 1 s.
const DROPS_EVERY: Duration = Duration::from_secs(1);

/// A UDP listener.
#[derive(Debug)]
pub struct UdpListenSource {
    config: UdpListen,
}

impl UdpListenSource {
    /// A listener that takes its address when it is run.
    pub const fn new(config: UdpListen) -> Self {
        Self { config }
    }

    async fn bind(&self) -> Result<(UdpSocket, SocketAddr), SourceError> {
        let listen = self.config.listen.0;
        let socket = match &self.config.multicast {
            None => UdpSocket::bind(listen)
                .await
                .map_err(|e| bind_error(listen, &e))?,
            Some(group) => {
                let socket = multicast::bind(listen).map_err(|e| bind_error(listen, &e))?;
                multicast::join(&socket, group)?;
                socket
            }
        };
        if let Err(error) = SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER_BYTES) {
            tracing::warn!(%listen, %error, "the receive buffer keeps its usual size");
        }
        let here = socket.local_addr().map_err(|e| bind_error(listen, &e))?;
        Ok((socket, here))
    }

    async fn serve(&self, pipe: &Pipe) -> Result<(), SourceError> {
        let (socket, here) = self.bind().await?;
        let up = match &self.config.multicast {
            None => here.to_string(),
            Some(group) => format!("{here} in {}", group.group),
        };
        if pipe.state(Ok(up)).await.is_err() {
            return Ok(());
        }
        let mut senders: Peers<SocketAddr> = Peers::default();
        let mut buffer = vec![0; DATAGRAM_BYTES];
        let mut drops = Drops::new(here);
        let mut ask = tokio::time::interval(DROPS_EVERY);
        let mut heard = Instant::now();
        loop {
            let received = tokio::select! {
                biased;
                () = pipe.stop.cancelled() => return Ok(()),
                _ = ask.tick() => {
                    pipe.out.lost.fetch_add(drops.since_last(), Ordering::Relaxed);
                    if let Some(group) = &self.config.multicast
                        && heard.elapsed() >= group.rejoin_after.duration()
                    {
                        multicast::rejoin(&socket, group)?;
                        heard = Instant::now();
                    }
                    continue;
                }
                received = socket.recv_from(&mut buffer) => received,
            };
            let (n, from) = match received {
                Ok(received) => received,
                // On Linux an ICMP answer to something sent; nothing is ever sent from here.
                Err(error) => return Err(failed("receive.failed", format!("{here}: {error}"))),
            };
            heard = Instant::now();
            if !allowed(&self.config.allow, from.ip()) {
                tracing::debug!(%from, listen = %here, "datagram refused: not on the allow-list");
                continue;
            }
            let (conn, peer, gone) = senders.of(&from, Instant::now());
            if let Some(gone) = gone
                && pipe
                    .chunk(gone.conn, &gone.name, ChunkKind::Close)
                    .await
                    .is_err()
            {
                return Ok(());
            }
            let data = buffer.get(..n).unwrap_or_default().to_vec();
            if Self::hand_on(pipe, conn, peer, data).await.is_err() {
                return Ok(());
            }
        }
    }

    /// Hands a datagram on, or counts it as lost where there is no room for long.
    async fn hand_on(pipe: &Pipe, conn: u64, peer: Arc<str>, data: Vec<u8>) -> Result<(), Stopped> {
        let at = pipe.out.clock.now();
        let reserved = tokio::select! {
            biased;
            () = pipe.stop.cancelled() => return Err(Stopped),
            reserved = timeout(ROOM_WAIT, pipe.out.chunks.reserve()) => reserved,
        };
        match reserved {
            Ok(Ok(room)) => {
                room.send(Chunk {
                    conn,
                    peer,
                    at,
                    kind: ChunkKind::Datagram(data),
                    ack: None,
                });
                Ok(())
            }
            Ok(Err(_)) => Err(Stopped),
            Err(_) => {
                pipe.out.lost.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
        }
    }
}

impl Source for UdpListenSource {
    fn run(
        &self,
        out: SourceOut,
        stop: CancellationToken,
    ) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(async move { self.serve(&Pipe { out, stop }).await })
    }
}

/// What the system dropped because the receive buffer was full, where it says so (Linux: the last column of
/// `/proc/net/udp`).
struct Drops {
    /// Table and local address in it, as the system writes them.
    place: Option<(&'static str, String)>,
    counted: u64,
}

impl Drops {
    fn new(here: SocketAddr) -> Self {
        let place = cfg!(target_os = "linux").then(|| match here {
            SocketAddr::V4(v4) => {
                let address = u32::from_ne_bytes(v4.ip().octets());
                ("/proc/net/udp", format!("{address:08X}:{:04X}", v4.port()))
            }
            SocketAddr::V6(v6) => {
                let mut address = String::new();
                for word in v6.ip().octets().chunks_exact(4) {
                    let word = word.try_into().map_or(0, u32::from_ne_bytes);
                    // Writing to a String does not fail.
                    write!(address, "{word:08X}").unwrap_or_default();
                }
                ("/proc/net/udp6", format!("{address}:{:04X}", v6.port()))
            }
        });
        Self { place, counted: 0 }
    }

    fn since_last(&mut self) -> u64 {
        let Some((table, here)) = &self.place else {
            return 0;
        };
        // A small file of the kernel, made at once when read.
        let Ok(text) = std::fs::read_to_string(table) else {
            return 0;
        };
        let now = text
            .lines()
            .filter(|line| line.split_whitespace().nth(1) == Some(here))
            .filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok())
            .sum::<u64>();
        let more = now.saturating_sub(self.counted);
        self.counted = now;
        more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_the_system_drops_is_counted() {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        SockRef::from(&socket).set_recv_buffer_size(1).unwrap();
        let here = socket.local_addr().unwrap();
        let mut drops = Drops::new(here);
        assert_eq!(drops.since_last(), 0);
        let sender = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        for _ in 0..50 {
            sender.send_to(&[7; 1_000], here).await.unwrap();
        }
        let (mut lost, mut got) = (0, 0);
        let mut buffer = [0; 2_000];
        // A busy system delivers a moment later.
        let all = async {
            while got + lost < 50 {
                lost += drops.since_last();
                while lost > 0 && socket.try_recv(&mut buffer).is_ok() {
                    got += 1;
                }
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(20), all)
            .await
            .expect("each is received or counted");
        assert!(lost > 0, "nothing was dropped");
        assert_eq!(got + lost, 50);
    }
}
