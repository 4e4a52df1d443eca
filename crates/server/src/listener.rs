//! The listener of screens and the API: what `axum::serve` does, with a bound on connections and on the time that a
//! client may take to say what it wants.

use core::pin::pin;
use core::time::Duration;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Connections at once; more wait to be accepted. A WebSocket counts until it is open: the hub has its own bound.
const MAX_CONNECTIONS: usize = 2_048;

/// The head of a request has to be there within so long, also on a connection that was kept open.
const HEAD_WITHIN: Duration = Duration::from_secs(20);

/// Pause after an error of accepting, such as no free file descriptor.
const PAUSE: Duration = Duration::from_millis(50);

/// Bounds of a listener.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    connections: usize,
    head_within: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: MAX_CONNECTIONS,
            head_within: HEAD_WITHIN,
        }
    }
}

/// Serves until `closing`, then lets requests under way end.
pub(crate) async fn listen(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    closing: CancellationToken,
) {
    let slots = Arc::new(Semaphore::new(bounds.connections));
    let connections = TaskTracker::new();
    loop {
        let free = Arc::clone(&slots).acquire_owned();
        let accepted = tokio::select! {
            () = closing.cancelled() => break,
            Ok(slot) = free => tokio::select! {
                () = closing.cancelled() => break,
                accepted = listener.accept() => accepted.map(|peer| (peer, slot)),
            },
        };
        match accepted {
            Ok(((stream, peer), slot)) => {
                let one = connection(stream, peer, router.clone(), bounds, closing.clone());
                connections.spawn(async move {
                    one.await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::debug!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    connections.close();
    connections.wait().await;
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    bounds: Bounds,
    closing: CancellationToken,
) {
    // Deltas are small and waited for.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection went away at once");
        return;
    }
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        tower::Service::call(&mut router.clone(), request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head_within)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // A client that goes away in the middle is no fault of ours.
        tracing::debug!(%error, "a connection ended");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const WITHIN: Duration = Duration::from_secs(20);

    async fn start(bounds: Bounds) -> (SocketAddr, CancellationToken, TaskTracker) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route(
            "/",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }),
        );
        let closing = CancellationToken::new();
        let tasks = TaskTracker::new();
        tasks.spawn(listen(listener, router, bounds, closing.clone()));
        tasks.close();
        (address, closing, tasks)
    }

    async fn said(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        let read = stream.read_to_string(&mut text);
        tokio::time::timeout(WITHIN, read).await.unwrap().unwrap();
        text
    }

    async fn ask(stream: &mut TcpStream) {
        let request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
    }

    #[tokio::test]
    async fn who_does_not_say_what_he_wants_is_let_go_and_others_are_served() {
        let (address, closing, tasks) = start(Bounds {
            connections: 2,
            head_within: Duration::from_millis(200),
        })
        .await;
        let mut slow = TcpStream::connect(address).await.unwrap();
        let mut mute = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            .await
            .unwrap();
        // Both places are taken; this one waits until one of them is free.
        let mut third = TcpStream::connect(address).await.unwrap();
        ask(&mut third).await;
        assert!(said(&mut third).await.ends_with("127.0.0.1"));
        assert!(!said(&mut slow).await.contains("200 OK"));
        assert!(said(&mut mute).await.is_empty());
        closing.cancel();
        tokio::time::timeout(WITHIN, tasks.wait()).await.unwrap();
    }

    #[tokio::test]
    async fn at_the_end_idle_connections_do_not_hold_the_listener() {
        let (address, closing, tasks) = start(Bounds::default()).await;
        let mut kept = TcpStream::connect(address).await.unwrap();
        kept.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        let mut some = [0; 16];
        kept.read_exact(&mut some).await.unwrap();
        closing.cancel();
        tokio::time::timeout(WITHIN, tasks.wait()).await.unwrap();
    }
}
