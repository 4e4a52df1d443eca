//! The stations: what vessels, aircraft and units speak, over TCP to whoever connects and over UDP.

use core::time::Duration;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use oneroof_transport::backoff::Backoff;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::broadcast;
use tokio::time::{interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::now;
use crate::cot::CotUnits;
use crate::fleet::{Fleet, Heard, Spoken};
use crate::plot::Plot;
use crate::sky::Sky;

/// Messages that wait for a listener before the oldest are dropped: air is not kept either.
const WAITING: usize = 1_024;

/// Most listeners at one time.
const MAX_LISTENERS: usize = 16;

/// A listener that takes nothing for so long is let go.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

/// How often vessels and aircraft are asked what they say.
const TICK: Duration = Duration::from_millis(250);

/// Everything that moves and speaks by itself.
#[derive(Debug)]
pub(crate) struct Traffic {
    pub(crate) fleet: Fleet,
    pub(crate) sky: Sky,
    pub(crate) guard: CotUnits,
    pub(crate) plot: Plot,
}

impl Traffic {
    fn speak(&mut self, elapsed_ms: u64, at: Timestamp) -> Vec<Spoken> {
        let mut said = self.fleet.speak(elapsed_ms, at);
        said.extend(self.sky.speak(elapsed_ms));
        said.extend(self.guard.speak(elapsed_ms, at));
        said.extend(self.plot.speak(elapsed_ms, at));
        said
    }
}

/// The air: what is said there reaches every listener.
#[derive(Debug, Clone)]
pub(crate) struct Air {
    coast: broadcast::Sender<Arc<str>>,
    river: broadcast::Sender<Arc<str>>,
    sky: broadcast::Sender<Arc<str>>,
    guard: broadcast::Sender<Arc<str>>,
    plot: broadcast::Sender<Arc<str>>,
    newcomer: Arc<AtomicBool>,
}

impl Air {
    pub(crate) fn new() -> Self {
        let station = || broadcast::channel(WAITING).0;
        Self {
            coast: station(),
            river: station(),
            sky: station(),
            guard: station(),
            plot: station(),
            newcomer: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Says something; nobody may be listening.
    pub(crate) fn say(&self, spoken: Spoken) {
        let to = self.station(spoken.heard);
        if to.send(spoken.text.into()).is_err() {
            tracing::trace!("said without a listener: gone, as on the air");
        }
    }

    const fn station(&self, heard: Heard) -> &broadcast::Sender<Arc<str>> {
        match heard {
            Heard::Coast => &self.coast,
            Heard::River => &self.river,
            Heard::Sky => &self.sky,
            Heard::Guard => &self.guard,
            Heard::Plot => &self.plot,
        }
    }

    /// Lets everything that moves speak until stopped.
    pub(crate) async fn traffic(self, mut traffic: Traffic, stop: CancellationToken) {
        let start = now();
        let mut ticks = interval(TICK);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            if self.newcomer.swap(false, Ordering::Relaxed) {
                traffic.fleet.introduce();
            }
            let at = now();
            let elapsed = at.duration_since(start).as_millis();
            // A clock that was set back stands still for them.
            let elapsed = u64::try_from(elapsed).unwrap_or(0);
            for spoken in traffic.speak(elapsed, at) {
                self.say(spoken);
            }
        }
    }

    /// Serves what is heard there to whoever connects to `address`.
    pub(crate) async fn serve_tcp(
        self,
        heard: Heard,
        address: SocketAddr,
        stop: CancellationToken,
    ) {
        let tasks = TaskTracker::new();
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        while !stop.is_cancelled() {
            let bound = TcpListener::bind(address).await;
            match bound {
                Ok(listener) => {
                    backoff.reset();
                    tracing::info!(%address, ?heard, "the stations can be listened to");
                    self.accept(heard, &listener, &tasks, &stop).await;
                }
                Err(error) => {
                    tracing::warn!(%address, ?heard, %error, "the stations have no port; tried again");
                }
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = sleep(backoff.next_wait()) => {}
            }
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn accept(
        &self,
        heard: Heard,
        listener: &TcpListener,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) {
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) if tasks.len() < MAX_LISTENERS => {
                    tracing::info!(%peer, ?heard, "a listener connected");
                    let words = self.station(heard).subscribe();
                    self.newcomer.store(true, Ordering::Relaxed);
                    tasks.spawn(stream_words(stream, words, stop.clone()));
                }
                Ok((_, peer)) => tracing::warn!(%peer, MAX_LISTENERS, "too many listeners"),
                Err(error) => {
                    tracing::warn!(%error, "accepting a listener failed");
                    return;
                }
            }
        }
    }

    /// Sends the river's sentences as datagrams to `address`, one message each.
    pub(crate) async fn serve_udp(self, address: SocketAddr, stop: CancellationToken) {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        let local: SocketAddr = match address {
            SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
            SocketAddr::V6(_) => ([0_u16; 8], 0).into(),
        };
        while !stop.is_cancelled() {
            match UdpSocket::bind(local).await {
                Ok(socket) => {
                    backoff.reset();
                    tracing::info!(%address, "the river stations send");
                    let words = self.river.subscribe();
                    self.newcomer.store(true, Ordering::Relaxed);
                    send_words(&socket, address, words, &stop).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "the river stations have no socket; tried again");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(backoff.next_wait()) => {}
            }
        }
    }
}

/// The next words; `None` at the end. Words that a slow listener missed are gone.
async fn next(
    words: &mut broadcast::Receiver<Arc<str>>,
    stop: &CancellationToken,
) -> Option<Arc<str>> {
    loop {
        let word = tokio::select! {
            () = stop.cancelled() => return None,
            word = words.recv() => word,
        };
        match word {
            Ok(word) => return Some(word),
            Err(broadcast::error::RecvError::Lagged(missed)) => {
                tracing::warn!(missed, "a listener is too slow");
            }
            Err(broadcast::error::RecvError::Closed) => return None,
        }
    }
}

async fn stream_words(
    mut stream: TcpStream,
    mut words: broadcast::Receiver<Arc<str>>,
    stop: CancellationToken,
) {
    while let Some(word) = next(&mut words, &stop).await {
        match timeout(WRITE_TIMEOUT, stream.write_all(word.as_bytes())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::info!(%error, "a listener left");
                return;
            }
            Err(_) => {
                tracing::warn!("a listener takes nothing; let go");
                return;
            }
        }
    }
}

async fn send_words(
    socket: &UdpSocket,
    address: SocketAddr,
    mut words: broadcast::Receiver<Arc<str>>,
    stop: &CancellationToken,
) {
    let mut failing = false;
    while let Some(word) = next(&mut words, stop).await {
        match socket.send_to(word.as_bytes(), address).await {
            Ok(_) => failing = false,
            // Nobody listens (an ICMP answer to an earlier datagram), or the network is gone: said once.
            Err(error) if !failing => {
                failing = true;
                tracing::debug!(%error, "a datagram was not sent");
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt as _, BufReader};

    use super::*;

    #[tokio::test]
    async fn what_is_said_reaches_listeners_over_tcp_and_udp() {
        let stop = CancellationToken::new();
        let air = Air::new();
        let free = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let river = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let tasks = TaskTracker::new();
        tasks.spawn(air.clone().serve_tcp(Heard::Coast, free, stop.clone()));
        tasks.spawn(
            air.clone()
                .serve_udp(river.local_addr().unwrap(), stop.clone()),
        );
        let talking = (air.clone(), stop.clone());
        tasks.spawn(async move {
            let mut ticks = interval(Duration::from_millis(5));
            while !talking.1.is_cancelled() {
                ticks.tick().await;
                for heard in [Heard::Coast, Heard::River] {
                    talking.0.say(Spoken {
                        heard,
                        text: format!("{heard:?}\r\n"),
                    });
                }
            }
        });
        let deadline = Duration::from_secs(10);
        let stream = timeout(deadline, async {
            loop {
                if let Ok(stream) = TcpStream::connect(free).await {
                    return stream;
                }
                tokio::task::yield_now().await;
            }
        });
        let mut lines = BufReader::new(stream.await.unwrap()).lines();
        let line = timeout(deadline, lines.next_line()).await.unwrap().unwrap();
        assert_eq!(line.as_deref(), Some("Coast"));
        let mut datagram = [0; 64];
        let n = timeout(deadline, river.recv(&mut datagram))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(&datagram[..n], b"River\r\n");
        stop.cancel();
        tasks.close();
        timeout(deadline, tasks.wait()).await.unwrap();
    }
}
