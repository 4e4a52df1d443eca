//! Listeners whose peers are answered: both directions, who is let in, how it ends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use std::sync::{Arc, Mutex};

use common::certs::{Authority, Pair, Valid};
use common::{DEADLINE, Running, start};
use oneroof_config::Period;
use oneroof_config::types::{ClientAuth, Listen, PemFile, TcpListen, TlsListen};
use oneroof_ports::{BoxFuture, ChunkKind, SourceError};
use oneroof_transport::{Answering, Caller, Conversation, TcpListenSource};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_util::sync::CancellationToken;

/// Says back what it heard; `out` is no word to be said, `bye` ends it.
struct Echo {
    say: Mutex<Option<mpsc::Receiver<Vec<u8>>>>,
    heard: mpsc::Sender<Vec<u8>>,
}

fn error(code: &'static str) -> SourceError {
    let detail = String::new();
    SourceError { code, detail }
}

impl Conversation for Echo {
    fn heard(&self, bytes: &[u8]) -> Result<(), SourceError> {
        if bytes == b"out" {
            return Err(error("echo.out"));
        }
        self.heard.try_send(bytes.to_vec()).unwrap();
        Ok(())
    }

    fn speak(
        self: Arc<Self>,
        mut to: Box<dyn AsyncWrite + Send + Unpin>,
        over: CancellationToken,
    ) -> BoxFuture<'static, SourceError> {
        Box::pin(async move {
            let mut say = self.say.lock().unwrap().take().unwrap();
            loop {
                let bytes = tokio::select! {
                    () = over.cancelled() => return error("echo.over"),
                    bytes = say.recv() => bytes.unwrap(),
                };
                if bytes == b"bye" {
                    return error("echo.bye");
                }
                to.write_all(&bytes).await.unwrap();
                to.flush().await.unwrap();
            }
        })
    }
}

/// Lets in whom it is told to, and everybody where that is nobody.
#[derive(Debug, Default)]
struct Host {
    known: Vec<&'static str>,
    came: Mutex<Vec<Option<String>>>,
    refused: Mutex<Vec<&'static str>>,
}

impl Answering for Host {
    fn call(&self, caller: &Caller) -> Result<Arc<dyn Conversation>, SourceError> {
        let name = caller.common_name.clone();
        self.came.lock().unwrap().push(name.clone());
        if !self.known.is_empty() && !self.known.iter().any(|k| Some(*k) == name.as_deref()) {
            return Err(error("echo.unknown"));
        }
        let (heard, say) = mpsc::channel(8);
        let say = Mutex::new(Some(say));
        Ok(Arc::new(Echo { say, heard }))
    }

    fn refused(&self, error: &SourceError) {
        self.refused.lock().unwrap().push(error.code);
    }
}

fn listen(tls: Option<TlsListen>) -> TcpListen {
    TcpListen {
        listen: Listen("127.0.0.1:0".parse().unwrap()),
        allow: Vec::new(),
        max_connections: 4,
        idle_timeout: Period(DEADLINE),
        tls,
    }
}

async fn reads(stream: &mut (impl AsyncRead + Unpin), bytes: usize) -> Vec<u8> {
    let mut read = vec![0; bytes];
    let filled = timeout(DEADLINE, stream.read_exact(&mut read)).await;
    filled.unwrap().unwrap();
    read
}

#[tokio::test]
async fn what_comes_goes_on_and_is_answered_on_the_same_connection() {
    let host = Arc::new(Host::default());
    let mut run = start(
        TcpListenSource::answering(listen(None), Arc::<Host>::clone(&host)),
        16,
    );
    let address = run.up().await;
    let mut stream = TcpStream::connect(&address).await.unwrap();
    run.open().await;
    stream.write_all(b"hello").await.unwrap();
    assert_eq!(run.bytes(5).await, b"hello");
    assert_eq!(reads(&mut stream, 5).await, b"hello");
    // The conversation ends it from either side of it; the ingest is told each time.
    for last in [&b"bye"[..], b"out"] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        run.open().await;
        stream.write_all(last).await.unwrap();
        if last == b"bye" {
            assert_eq!(run.bytes(3).await, b"bye");
        }
        assert_eq!(run.chunk().await.kind, ChunkKind::Close);
        let mut rest = Vec::new();
        let read = timeout(DEADLINE, stream.read_to_end(&mut rest)).await;
        // A reset is an end as well.
        drop(read.unwrap());
        assert_eq!(rest, b"");
    }
    assert_eq!(*host.came.lock().unwrap(), [None, None, None]);
    run.end().await;
}

async fn shake(address: &str, ca: &PemFile, pair: &Pair) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&ca.0).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let chain = CertificateDer::pem_file_iter(&pair.cert.0).unwrap();
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_client_auth_cert(
            chain.map(Result::unwrap).collect(),
            PrivateKeyDer::from_pem_file(&pair.key.0).unwrap(),
        )
        .unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, stream).await.unwrap()
}

/// What it says next that it cannot do although it is up.
async fn trouble(run: &mut Running) -> Option<&'static str> {
    let up = run.said().await.unwrap();
    up.trouble.map(|error| error.code)
}

#[tokio::test]
async fn who_is_let_in_is_decided_by_the_name_in_the_certificate() {
    let authority = Authority::new();
    let own = authority.sign("own", "localhost", Valid::Now);
    let tls = TlsListen {
        cert: own.cert,
        key: own.key,
        ca: Some(authority.ca.clone()),
        client_auth: ClientAuth::Required,
    };
    let host = Arc::new(Host {
        known: vec!["patrol7"],
        ..Host::default()
    });
    let mut run = start(
        TcpListenSource::answering(listen(Some(tls)), Arc::<Host>::clone(&host)),
        16,
    );
    let address = run.up().await;
    let stranger = authority.sign("stranger", "patrol8", Valid::Now);
    let mut refused = shake(&address, &authority.ca, &stranger).await;
    let mut rest = Vec::new();
    drop(
        timeout(DEADLINE, refused.read_to_end(&mut rest))
            .await
            .unwrap(),
    );
    assert_eq!(rest, b"");
    // It stays up for the others, and names who was refused until somebody is let in.
    assert_eq!(trouble(&mut run).await, Some("echo.unknown"));
    let known = authority.sign("known", "patrol7", Valid::Now);
    let mut stream = shake(&address, &authority.ca, &known).await;
    // The first that the ingest hears of anybody.
    run.open().await;
    stream.write_all(b"hello").await.unwrap();
    assert_eq!(run.bytes(5).await, b"hello");
    assert_eq!(reads(&mut stream, 5).await, b"hello");
    assert_eq!(trouble(&mut run).await, None);
    let other = Authority::new();
    let forged = other.sign("forged", "patrol7", Valid::Now);
    drop(shake(&address, &authority.ca, &forged).await);
    assert_eq!(trouble(&mut run).await, Some("tls.unknown_ca"));
    assert_eq!(*host.refused.lock().unwrap(), ["tls.unknown_ca"]);
    stream.write_all(b"again").await.unwrap();
    assert_eq!(run.bytes(5).await, b"again");
    let came = host.came.lock().unwrap().clone();
    assert_eq!(
        came,
        [Some("patrol8".to_owned()), Some("patrol7".to_owned())]
    );
    run.end().await;
}
