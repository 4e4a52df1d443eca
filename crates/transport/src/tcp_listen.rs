//! TCP listener, plain or with TLS: the agency connects.

use core::net::{IpAddr, SocketAddr};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;

use oneroof_config::types::{Network, TcpListen};
use oneroof_ports::{BoxFuture, Source, SourceError, SourceOut, Up};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::answer::{Answering, Caller, converse};
use crate::pipe::{Ended, Pipe, Stopped, failed, pump};
use crate::{common_name, tls};

/// Wait after `accept` failed (usually no file handles left). 200 ms.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Whether an address may speak: one of the list, or only this machine where the list is empty.
pub(crate) fn allowed(allow: &[Network], from: IpAddr) -> bool {
    if allow.is_empty() {
        return from.to_canonical().is_loopback();
    }
    allow.iter().any(|network| network.contains(from))
}

/// The error of a listening address that could not be taken.
pub(crate) fn bind_error(listen: SocketAddr, error: &std::io::Error) -> SourceError {
    let code = match error.kind() {
        std::io::ErrorKind::AddrInUse => "bind.in_use",
        std::io::ErrorKind::AddrNotAvailable => "bind.not_available",
        std::io::ErrorKind::PermissionDenied => "bind.denied",
        _ => "bind.failed",
    };
    failed(code, format!("{listen}: {error}"))
}

/// A TCP listener.
#[derive(Debug)]
pub struct TcpListenSource {
    config: TcpListen,
    tls: Option<Arc<tls::Listener>>,
    answering: Option<Arc<dyn Answering>>,
}

/// One connection that was accepted.
struct Accepted {
    conn: u64,
    peer: Arc<str>,
    stream: TcpStream,
}

/// How its handshakes go.
///
/// Where one agency connects, the feed is shown as down while nobody is connected and the last one was refused: that was
/// the agency. Where many connect and are answered it stays up, for a stranger says nothing of the others; it says who was
/// refused last until somebody is let in.
#[derive(Debug)]
struct Handshakes {
    tls: Arc<tls::Listener>,
    here: SocketAddr,
    answering: Option<Arc<dyn Answering>>,
    connected: AtomicUsize,
    refused: AtomicBool,
}

impl TcpListenSource {
    /// A listener that takes its address when it is run.
    pub fn new(config: TcpListen) -> Self {
        let tls = config.tls.clone().map(tls::Listener::new).map(Arc::new);
        Self {
            config,
            tls,
            answering: None,
        }
    }

    /// A listener whose peers are answered.
    pub fn answering(config: TcpListen, answering: Arc<dyn Answering>) -> Self {
        Self {
            answering: Some(answering),
            ..Self::new(config)
        }
    }

    async fn serve(&self, pipe: &Pipe, tasks: &TaskTracker) -> Result<(), SourceError> {
        let listen = self.config.listen.0;
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|e| bind_error(listen, &e))?;
        let here = listener.local_addr().map_err(|e| bind_error(listen, &e))?;
        let most = usize::try_from(self.config.max_connections).unwrap_or(usize::MAX);
        let handshakes = match &self.tls {
            None => None,
            Some(tls) => {
                // What is wrong with our own files is told before anybody connects.
                tls.config()?;
                Some(Arc::new(Handshakes {
                    tls: Arc::clone(tls),
                    here,
                    answering: self.answering.clone(),
                    connected: AtomicUsize::new(0),
                    refused: AtomicBool::new(false),
                }))
            }
        };
        let mut conn = 0;
        if pipe.state(Ok(here.to_string())).await.is_err() {
            return Ok(());
        }
        loop {
            let accepted = tokio::select! {
                biased;
                () = pipe.stop.cancelled() => return Ok(()),
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((_, from)) if !allowed(&self.config.allow, from.ip()) => {
                    tracing::warn!(%from, listen = %here, "connection refused: not on the allow-list");
                }
                Ok((_, from)) if tasks.len() >= most => {
                    tracing::warn!(%from, listen = %here, most, "connection refused: all are taken");
                }
                Ok((stream, from)) => {
                    conn += 1;
                    let peer: Arc<str> = from.to_string().into();
                    let accepted = Accepted { conn, peer, stream };
                    self.start(pipe, tasks, accepted, handshakes.clone());
                }
                Err(error) => {
                    tracing::warn!(listen = %here, %error, "a connection could not be accepted");
                    if pipe.sleep(ACCEPT_PAUSE).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn start(
        &self,
        pipe: &Pipe,
        tasks: &TaskTracker,
        accepted: Accepted,
        handshakes: Option<Arc<Handshakes>>,
    ) {
        let idle = self.config.idle_timeout.duration();
        let line = Line {
            pipe: pipe.clone(),
            idle,
            answering: self.answering.clone(),
        };
        tasks.spawn(async move {
            let Accepted { conn, peer, stream } = accepted;
            let ended = match &handshakes {
                None => line.serve(conn, &peer, stream, None, None).await,
                Some(shaking) => match shaking.shake(&line.pipe, &peer, stream).await {
                    Ok(Some(stream)) => {
                        let shown = stream.get_ref().1.peer_certificates();
                        let name = shown.and_then(|c| common_name::of(c.first()?));
                        let ended = line.serve(conn, &peer, stream, name, Some(shaking)).await;
                        shaking.connected.fetch_sub(1, Ordering::Relaxed);
                        ended
                    }
                    Ok(None) | Err(Stopped) => return,
                },
            };
            // Else it was stopped: nothing to be told.
            if let Ok(ended) = ended {
                tracing::debug!(%peer, code = ended.error.code, size_bytes = ended.bytes, "connection ended");
            }
        });
    }
}

/// What is done with a connection once it is one.
struct Line {
    pipe: Pipe,
    idle: Duration,
    answering: Option<Arc<dyn Answering>>,
}

impl Line {
    async fn serve(
        &self,
        conn: u64,
        peer: &Arc<str>,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        common_name: Option<String>,
        handshakes: Option<&Arc<Handshakes>>,
    ) -> Result<Ended, Stopped> {
        let Some(answering) = &self.answering else {
            if let Some(handshakes) = handshakes {
                handshakes.let_in(&self.pipe).await?;
            }
            return pump(&self.pipe, conn, peer, stream, self.idle).await;
        };
        let caller = Caller {
            peer: Arc::clone(peer),
            common_name,
        };
        match answering.call(&caller) {
            Ok(conversation) => {
                if let Some(handshakes) = handshakes {
                    handshakes.let_in(&self.pipe).await?;
                }
                converse(&self.pipe, conn, peer, stream, self.idle, &conversation).await
            }
            Err(error) => {
                tracing::warn!(
                    peer = &**peer,
                    code = error.code,
                    detail = error.detail,
                    "connection refused"
                );
                if let Some(handshakes) = handshakes {
                    handshakes.refused(&self.pipe, peer, &error).await?;
                }
                Ok(Ended { error, bytes: 0 })
            }
        }
    }
}

impl Handshakes {
    /// Shakes hands. `None` where the peer is refused, which is said then.
    async fn shake(
        &self,
        pipe: &Pipe,
        peer: &str,
        stream: TcpStream,
    ) -> Result<Option<TlsStream<TcpStream>>, Stopped> {
        let shaken = tokio::select! {
            biased;
            () = pipe.stop.cancelled() => return Err(Stopped),
            shaken = self.tls.accept(stream) => shaken,
        };
        match shaken {
            Ok(stream) => {
                self.connected.fetch_add(1, Ordering::Relaxed);
                Ok(Some(stream))
            }
            Err(error) => {
                let SourceError { code, detail } = &error;
                tracing::warn!(peer, listen = %self.here, code, detail, "connection refused: no handshake");
                if let Some(answering) = &self.answering {
                    answering.refused(&error);
                }
                self.refused(pipe, peer, &error).await?;
                Ok(None)
            }
        }
    }

    /// Somebody is let in: who was refused before him is past.
    async fn let_in(&self, pipe: &Pipe) -> Result<(), Stopped> {
        if self.refused.swap(false, Ordering::Relaxed) {
            pipe.state(Ok(self.here.to_string())).await?;
        }
        Ok(())
    }

    /// Somebody is refused.
    async fn refused(&self, pipe: &Pipe, peer: &str, error: &SourceError) -> Result<(), Stopped> {
        let error = failed(error.code, format!("{peer}: {}", error.detail));
        if self.answering.is_some() {
            self.refused.store(true, Ordering::Relaxed);
            let address = self.here.to_string();
            let trouble = Some(error);
            return pipe.say(Ok(Up { address, trouble })).await;
        }
        if self.connected.load(Ordering::Relaxed) == 0 {
            self.refused.store(true, Ordering::Relaxed);
            pipe.state(Err(error)).await?;
        }
        Ok(())
    }
}

impl Source for TcpListenSource {
    fn run(
        &self,
        out: SourceOut,
        stop: CancellationToken,
    ) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(async move {
            // Connections end with their listener, however it ends.
            let stop = stop.child_token();
            let _end = stop.clone().drop_guard();
            let tasks = TaskTracker::new();
            let ended = self
                .serve(
                    &Pipe {
                        out,
                        stop: stop.clone(),
                    },
                    &tasks,
                )
                .await;
            stop.cancel();
            tasks.close();
            tasks.wait().await;
            ended
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_means_this_machine_only() {
        assert!(allowed(&[], "127.0.0.1".parse().unwrap()));
        assert!(allowed(&[], "::ffff:127.0.0.1".parse().unwrap()));
        assert!(!allowed(&[], "10.0.0.1".parse().unwrap()));
        let list = [Network {
            address: "10.1.0.0".parse().unwrap(),
            prefix: 16,
        }];
        assert!(allowed(&list, "10.1.2.3".parse().unwrap()));
        assert!(!allowed(&list, "127.0.0.1".parse().unwrap()));
    }
}
