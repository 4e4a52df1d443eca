//! TCP client, plain or with TLS: the centre connects to a receiver and connects again whenever the connection is lost.

use std::sync::Arc;

use oneroof_config::types::TcpClient;
use oneroof_ports::{BoxFuture, Source, SourceError, SourceOut};
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::dial::dial;
use crate::pipe::{Pipe, Stopped, pump};
use crate::tls;

/// A TCP client.
#[derive(Debug)]
pub struct TcpClientSource {
    config: TcpClient,
    tls: Option<tls::Client>,
}

impl TcpClientSource {
    /// A client that connects when it is run.
    pub fn new(config: TcpClient) -> Self {
        let tls = config.tls.clone().map(tls::Client::new);
        Self { config, tls }
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
            let error = match pipe
                .unless_stopped(dial(&config.address, self.tls.as_ref()))
                .await?
            {
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
            pipe.lost(error, &mut backoff).await?;
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
