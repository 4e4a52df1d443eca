//! TLS of lines, both sides, with rustls and one provider of cryptography (aws-lc-rs).
//!
//! Keys and certificates are read from their files when a line is opened; a file that has changed is in force from the
//! next connection on, and one that is broken then leaves what was in force (listener) or is the feed's error (client).
//! What a handshake fails at has a stable code of its own, see [`error`].

use core::time::Duration;
use std::io::{self, Read as _};
use std::sync::{Arc, Mutex, PoisonError};

use oneroof_config::types::{ClientAuth, PemFile, TlsClient, TlsListen};
use oneroof_ports::SourceError;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, Error, RootCertStore, ServerConfig,
};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use crate::pipe::failed;

/// Longest time of a handshake. 10 s.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Largest PEM file. 1 MiB.
const PEM_BYTES: u64 = 1024 * 1024;

/// Least time between two looks of a listener at its files. 1 s.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What was made of files, and of which content.
#[derive(Debug)]
struct Made<T> {
    of: Vec<Vec<u8>>,
    config: Arc<T>,
    looked: Instant,
}

/// TLS towards a peer that the centre connects to.
#[derive(Debug)]
pub(crate) struct Client {
    files: TlsClient,
    made: Mutex<Option<Made<ClientConfig>>>,
}

/// TLS towards peers that connect.
#[derive(Debug)]
pub(crate) struct Listener {
    files: TlsListen,
    made: Mutex<Option<Made<ServerConfig>>>,
}

impl Client {
    pub(crate) const fn new(files: TlsClient) -> Self {
        Self {
            files,
            made: Mutex::new(None),
        }
    }

    /// TLS of an address whose scheme asks for it, by files of ours or the system's certificates.
    pub(crate) fn of(files: Option<TlsClient>, asked: bool) -> Option<Self> {
        let of_system = TlsClient {
            ca: None,
            cert: None,
            key: None,
            server_name: None,
        };
        asked.then(|| Self::new(files.unwrap_or(of_system)))
    }

    /// The configuration by the files of now.
    ///
    /// # Errors
    /// Where a file cannot be used; the error names it.
    pub(crate) fn config(&self) -> Result<Arc<ClientConfig>, SourceError> {
        let files = &self.files;
        let named = [&files.ca, &files.cert, &files.key];
        let of = named
            .into_iter()
            .flatten()
            .map(read)
            .collect::<Result<Vec<_>, _>>()?;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = &*made
            && made.of == of
        {
            return Ok(Arc::clone(&made.config));
        }
        let config = Arc::new(self.make()?);
        *made = Some(Made {
            of,
            config: Arc::clone(&config),
            looked: Instant::now(),
        });
        Ok(config)
    }

    fn make(&self) -> Result<ClientConfig, SourceError> {
        let roots = match &self.files.ca {
            Some(ca) => roots(ca)?,
            None => system_roots()?,
        };
        let wrong = |e: &dyn core::fmt::Display| failed("tls.config", e.to_string());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .map_err(|e| wrong(&e))?;
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|e| wrong(&e))?
            .with_webpki_verifier(verifier);
        match (&self.files.cert, &self.files.key) {
            (Some(cert), Some(key)) => builder
                .with_client_auth_cert(certificates(cert)?, private_key(key)?)
                .map_err(|e| pair_error(cert, key, &e)),
            _ => Ok(builder.with_no_client_auth()),
        }
    }

    /// The name that the certificate of `host` has to be for.
    ///
    /// # Errors
    /// Where no certificate can be for it.
    pub(crate) fn name(&self, host: &str) -> Result<ServerName<'static>, SourceError> {
        let name = self.files.server_name.as_deref().unwrap_or(host);
        ServerName::try_from(name.to_owned()).map_err(|_no_name| {
            let why = format!("no certificate can be for the name {name:?}");
            failed("tls.config", why)
        })
    }

    /// Makes a connection to `host` one of TLS.
    ///
    /// # Errors
    /// Where a file cannot be used or the handshake fails.
    pub(crate) async fn connect(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<client::TlsStream<TcpStream>, SourceError> {
        let config = self.config()?;
        let server = self.name(host)?;
        let shaken = timeout(
            HANDSHAKE,
            TlsConnector::from(config).connect(server, stream),
        )
        .await;
        settle(shaken)
    }
}

impl Listener {
    pub(crate) const fn new(files: TlsListen) -> Self {
        Self {
            files,
            made: Mutex::new(None),
        }
    }

    /// The configuration by the files of about now. Files that are broken leave what was in force.
    ///
    /// # Errors
    /// Where a file cannot be used at the start; the error names it.
    pub(crate) fn config(&self) -> Result<Arc<ServerConfig>, SourceError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(kept) = &mut *made else {
            let (of, config) = self.make()?;
            *made = Some(Made {
                of,
                config: Arc::clone(&config),
                looked: Instant::now(),
            });
            return Ok(config);
        };
        if kept.looked.elapsed() >= LOOK_EVERY {
            kept.looked = Instant::now();
            match self.make_if_changed(&kept.of) {
                Ok(Some((of, config))) => {
                    kept.of = of;
                    kept.config = config;
                    tracing::info!(cert = %self.files.cert.0.display(), "certificates were read anew");
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, "changed certificates cannot be used; those before stay in force");
                }
            }
        }
        Ok(Arc::clone(&kept.config))
    }

    fn contents(&self) -> Result<Vec<Vec<u8>>, SourceError> {
        let files = &self.files;
        let named = [Some(&files.cert), Some(&files.key), files.ca.as_ref()];
        named.into_iter().flatten().map(read).collect()
    }

    fn make_if_changed(&self, before: &[Vec<u8>]) -> Result<Option<MadeServer>, SourceError> {
        if self.contents()? == before {
            return Ok(None);
        }
        self.make().map(Some)
    }

    fn make(&self) -> Result<MadeServer, SourceError> {
        let of = self.contents()?;
        let wrong = |e: &dyn core::fmt::Display| failed("tls.config", e.to_string());
        let builder = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|e| wrong(&e))?;
        let builder = match (&self.files.ca, self.files.client_auth) {
            (None, _) | (_, ClientAuth::None) => builder.with_no_client_auth(),
            (Some(ca), auth) => {
                let roots = Arc::new(roots(ca)?);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
                let verifier = match auth {
                    ClientAuth::Optional => verifier.allow_unauthenticated(),
                    _ => verifier,
                };
                builder.with_client_cert_verifier(verifier.build().map_err(|e| wrong(&e))?)
            }
        };
        let (cert, key) = (&self.files.cert, &self.files.key);
        let config = builder
            .with_single_cert(certificates(cert)?, private_key(key)?)
            .map_err(|e| pair_error(cert, key, &e))?;
        Ok((of, Arc::new(config)))
    }

    /// Makes a connection that was accepted one of TLS.
    ///
    /// # Errors
    /// Where the handshake fails.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
    ) -> Result<server::TlsStream<TcpStream>, SourceError> {
        let acceptor = TlsAcceptor::from(self.config()?);
        settle(timeout(HANDSHAKE, acceptor.accept(stream)).await)
    }
}

type MadeServer = (Vec<Vec<u8>>, Arc<ServerConfig>);

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn settle<T>(shaken: Result<io::Result<T>, tokio::time::error::Elapsed>) -> Result<T, SourceError> {
    match shaken {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(e)) => {
            Err(error(&e).unwrap_or_else(|| failed("tls.failed", format!("handshake: {e}"))))
        }
        Err(_) => Err(failed(
            "tls.timeout",
            format!("no handshake within {} s", HANDSHAKE.as_secs()),
        )),
    }
}

fn read(file: &PemFile) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(&file.0);
    opened
        .and_then(|f| f.take(PEM_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|e| file_error(file, e.kind()))?;
    if bytes.len() as u64 > PEM_BYTES {
        return Err(file_error(file, format!("more than {PEM_BYTES} bytes")));
    }
    Ok(bytes)
}

fn file_error(file: &PemFile, why: impl core::fmt::Display) -> SourceError {
    failed("tls.file", format!("{}: {why}", file.0.display()))
}

fn pair_error(cert: &PemFile, key: &PemFile, error: &Error) -> SourceError {
    file_error(
        cert,
        format!("cannot be used with the key {}: {error}", key.0.display()),
    )
}

fn certificates(file: &PemFile) -> Result<Vec<CertificateDer<'static>>, SourceError> {
    let bytes = read(file)?;
    let all = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| file_error(file, e))?;
    if all.is_empty() {
        return Err(file_error(file, "no certificate in it"));
    }
    Ok(all)
}

fn private_key(file: &PemFile) -> Result<PrivateKeyDer<'static>, SourceError> {
    PrivateKeyDer::from_pem_slice(&read(file)?)
        .map_err(|_no_key| file_error(file, "no private key in it that is not encrypted"))
}

fn roots(file: &PemFile) -> Result<RootCertStore, SourceError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|e| file_error(file, e))?;
    }
    Ok(roots)
}

fn system_roots() -> Result<RootCertStore, SourceError> {
    let mut roots = RootCertStore::empty();
    let (added, _) =
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 {
        return Err(failed(
            "tls.config",
            "this system has no certificates to trust; name some in `ca`",
        ));
    }
    Ok(roots)
}

/// What went wrong in TLS, where an error of a stream is one of TLS.
pub(crate) fn error(error: &io::Error) -> Option<SourceError> {
    let inner = error.get_ref()?;
    // Libraries between wrap one error of a stream into another.
    if let Some(wrapped) = inner.downcast_ref::<io::Error>() {
        return self::error(wrapped);
    }
    let of_tls = inner.downcast_ref::<Error>()?;
    Some(failed(code(of_tls), of_tls.to_string()))
}

/// The stable code of an error of TLS.
fn code(error: &Error) -> &'static str {
    match error {
        Error::InvalidCertificate(why) => match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "tls.expired",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "tls.not_yet_valid"
            }
            CertificateError::UnknownIssuer => "tls.unknown_ca",
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "tls.wrong_name"
            }
            CertificateError::Revoked => "tls.revoked",
            _ => "tls.bad_certificate",
        },
        Error::NoCertificatesPresented
        | Error::AlertReceived(AlertDescription::CertificateRequired) => "tls.client_cert_missing",
        Error::AlertReceived(_) => "tls.refused",
        Error::InvalidMessage(_) => "tls.no_tls",
        _ => "tls.failed",
    }
}
