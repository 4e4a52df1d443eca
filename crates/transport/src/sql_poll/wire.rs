//! What the client of PostgreSQL needs of us: TLS over its connection, and parameters as texts.

use core::error::Error;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;
use std::sync::Arc;

use bytes::BytesMut;
use oneroof_ports::BoxFuture;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};
use tokio_rustls::{TlsConnector, client};

use super::measured::Measured;

/// Makes the connection one of TLS after the server has agreed to it.
pub(super) struct Handshake {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    /// Longest message of the server, bytes.
    most: usize,
}

/// A connection with TLS.
pub(super) struct Sealed(Measured<client::TlsStream<TcpStream>>);

/// A parameter in the text form of whatever type the server expects there.
#[derive(Debug)]
pub(super) struct AsText<'t>(pub(super) &'t str);

impl Handshake {
    pub(super) const fn new(
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        most: usize,
    ) -> Self {
        Self { config, name, most }
    }
}

impl TlsConnect<TcpStream> for Handshake {
    type Stream = Sealed;
    type Error = io::Error;
    type Future = BoxFuture<'static, Result<Sealed, io::Error>>;

    fn connect(self, stream: TcpStream) -> Self::Future {
        let shaken = TlsConnector::from(self.config).connect(self.name, stream);
        let most = self.most;
        Box::pin(async move { Ok(Sealed(Measured::new(shaken.await?, most))) })
    }
}

impl TlsStream for Sealed {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Sealed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Sealed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

impl ToSql for AsText<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}
