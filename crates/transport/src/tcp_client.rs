//! TCP client: the centre connects to a receiver and connects again whenever the connection is lost.

use core::time::Duration;
use std::sync::Arc;

use oneroof_config::types::TcpClient;
use oneroof_ports::{BoxFuture, Source, SourceError, SourceOut};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::pipe::{Pipe, Stopped, failed, pump};

/// Longest time for looking up a name and connecting. 10 s.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A TCP client.
#[derive(Debug)]
pub struct TcpClientSource {
    config: TcpClient,
}

impl TcpClientSource {
    /// A client that connects when it is run.
    pub const fn new(config: TcpClient) -> Self {
        Self { config }
    }

    async fn connect(&self) -> Result<TcpStream, SourceError> {
        let endpoint = &self.config.address;
        let connect = TcpStream::connect((endpoint.host.as_str(), endpoint.port));
        match timeout(CONNECT_TIMEOUT, connect).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(e)) => {
                let code = match e.kind() {
                    std::io::ErrorKind::ConnectionRefused => "connect.refused",
                    std::io::ErrorKind::HostUnreachable
                    | std::io::ErrorKind::NetworkUnreachable => "connect.unreachable",
                    _ => "connect.failed",
                };
                Err(failed(code, format!("{endpoint}: {e}")))
            }
            Err(_) => Err(failed(
                "connect.timeout",
                format!(
                    "{endpoint}: no answer within {} s",
                    CONNECT_TIMEOUT.as_secs()
                ),
            )),
        }
    }

    async fn serve(&self, pipe: &Pipe) -> Result<(), Stopped> {
        let config = &self.config;
        let (least, most) = (
            config.reconnect_min.duration(),
            config.reconnect_max.duration(),
        );
        let mut backoff = Backoff::new(least, most);
        let peer: Arc<str> = config.address.to_string().into();
        let mut conn = 0;
        loop {
            let connected = tokio::select! {
                biased;
                () = pipe.stop.cancelled() => return Err(Stopped),
                connected = self.connect() => connected,
            };
            let error = match connected {
                Ok(stream) => {
                    conn += 1;
                    pipe.state(Ok(peer.to_string())).await?;
                    let idle = config.idle_timeout.duration();
                    let ended = pump(pipe, conn, &peer, stream, idle).await?;
                    // A peer that accepts and says nothing is no success.
                    if ended.bytes > 0 {
                        backoff.reset();
                    }
                    ended.error
                }
                Err(error) => error,
            };
            pipe.state(Err(error)).await?;
            pipe.sleep(backoff.next_wait()).await?;
        }
    }
}

impl Source for TcpClientSource {
    fn run(
        &self,
        out: SourceOut,
        stop: CancellationToken,
    ) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(async move {
            let Err(Stopped) = self.serve(&Pipe { out, stop }).await else {
                return Ok(());
            };
            Ok(())
        })
    }
}
