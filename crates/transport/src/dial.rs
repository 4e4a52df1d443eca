//! Connecting to a peer over TCP, plain or with TLS.

use core::time::Duration;

use oneroof_config::types::Endpoint;
use oneroof_ports::SourceError;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use crate::pipe::failed;
use crate::tls;

/// Longest time for looking up a name and connecting. 10 s.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection that we opened.
pub(crate) type Line = Either<TcpStream, TlsStream<TcpStream>>;

/// Connects, and shakes hands where there is TLS.
///
/// # Errors
/// Where the peer is not there, refuses, or its certificate does.
pub(crate) async fn dial(
    endpoint: &Endpoint,
    tls: Option<&tls::Client>,
) -> Result<Line, SourceError> {
    let stream = connect(endpoint).await?;
    match tls {
        None => Ok(Either::Left(stream)),
        Some(tls) => Ok(Either::Right(tls.connect(&endpoint.host, stream).await?)),
    }
}

/// Connects over TCP.
///
/// # Errors
/// Where the peer is not there or refuses.
pub(crate) async fn connect(endpoint: &Endpoint) -> Result<TcpStream, SourceError> {
    let connect = TcpStream::connect((endpoint.host.as_str(), endpoint.port));
    match timeout(CONNECT_TIMEOUT, connect).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(e)) => {
            let code = match e.kind() {
                std::io::ErrorKind::ConnectionRefused => "connect.refused",
                std::io::ErrorKind::HostUnreachable | std::io::ErrorKind::NetworkUnreachable => {
                    "connect.unreachable"
                }
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
