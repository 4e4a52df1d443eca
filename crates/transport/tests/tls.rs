//! TLS of both sides on loopback, with certificates made here.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use core::time::Duration;
use std::sync::Arc;

use common::certs::{Authority, Pair, Valid};
use common::{DEADLINE, Running, start};
use oneroof_config::Period;
use oneroof_config::types::{
    ClientAuth, Endpoint, Listen, PemFile, TcpClient, TcpListen, TlsClient, TlsListen,
};
use oneroof_transport::{TcpClientSource, TcpListenSource};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector, client};

fn ms(n: u64) -> Period {
    Period(Duration::from_millis(n))
}

fn store(ca: &PemFile) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&ca.0).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    roots
}

fn own(pair: &Pair) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let chain = CertificateDer::pem_file_iter(&pair.cert.0).unwrap();
    (
        chain.map(Result::unwrap).collect(),
        PrivateKeyDer::from_pem_file(&pair.key.0).unwrap(),
    )
}

/// An agency's receiver that sends a line to each who connects and can shake hands. Its port.
async fn receiver(pair: &Pair, asks_for: Option<&PemFile>) -> u16 {
    let (chain, key) = own(pair);
    let builder = ServerConfig::builder();
    let builder = match asks_for {
        None => builder.with_no_client_auth(),
        Some(ca) => {
            let verifier = WebPkiClientVerifier::builder(Arc::new(store(ca)));
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::task::spawn(async move {
        let mut kept = Vec::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(mut stream) = acceptor.accept(stream).await {
                stream.write_all(b"a line\n").await.unwrap();
                stream.flush().await.unwrap();
                kept.push(stream);
            }
        }
    });
    port
}

fn client(port: u16, tls: TlsClient) -> Running {
    let config = TcpClient {
        address: Endpoint {
            host: "localhost".to_owned(),
            port,
        },
        reconnect_min: ms(10),
        reconnect_max: ms(50),
        idle_timeout: ms(20_000),
        tls: Some(tls),
    };
    start(TcpClientSource::new(config), 16)
}

fn trusting(ca: &PemFile) -> TlsClient {
    TlsClient {
        ca: Some(ca.clone()),
        cert: None,
        key: None,
        server_name: None,
    }
}

async fn line_comes(run: &mut Running) {
    run.open().await;
    assert_eq!(run.bytes(7).await, b"a line\n");
}

#[tokio::test]
async fn a_client_reads_from_a_peer_whose_certificate_holds() {
    let authority = Authority::new();
    let port = receiver(&authority.sign("peer", "localhost", Valid::Now), None).await;
    let mut run = client(port, trusting(&authority.ca));
    line_comes(&mut run).await;
    run.end().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_peers_certificate_is_said_by_its_code() {
    let (authority, other) = (Authority::new(), Authority::new());
    let right = authority.sign("right", "localhost", Valid::Now);
    let past = authority.sign("past", "localhost", Valid::Past);
    let named = authority.sign("named", "gateway.example", Valid::Now);
    let cases = [
        (&past, &authority.ca, "tls.expired"),
        (&right, &other.ca, "tls.unknown_ca"),
        (&named, &authority.ca, "tls.wrong_name"),
    ];
    for (pair, ca, code) in cases {
        let port = receiver(pair, None).await;
        let mut run = client(port, trusting(ca));
        assert_eq!(run.error().await, code);
        assert!(run.chunks.try_recv().is_err());
        run.end().await;
    }
    // The name that the certificate is for may be said.
    let port = receiver(&named, None).await;
    let tls = TlsClient {
        server_name: Some("gateway.example".to_owned()),
        ..trusting(&authority.ca)
    };
    let mut run = client(port, tls);
    line_comes(&mut run).await;
    run.end().await;
}

#[tokio::test]
async fn a_peer_that_asks_for_a_certificate_gets_ours_or_the_feed_says_that_it_is_missing() {
    let authority = Authority::new();
    let peer = authority.sign("peer", "localhost", Valid::Now);
    let ours = authority.sign("ours", "centre.example", Valid::Now);
    let port = receiver(&peer, Some(&authority.ca)).await;
    let mut without = client(port, trusting(&authority.ca));
    assert_eq!(without.error().await, "tls.client_cert_missing");
    without.end().await;
    let tls = TlsClient {
        cert: Some(ours.cert),
        key: Some(ours.key),
        ..trusting(&authority.ca)
    };
    let mut with = client(port, tls);
    line_comes(&mut with).await;
    with.end().await;
}

#[tokio::test]
async fn a_peer_that_speaks_no_tls_and_a_file_that_is_none_are_said() {
    let authority = Authority::new();
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = plain.local_addr().unwrap().port();
    tokio::task::spawn(async move {
        loop {
            let (mut stream, _) = plain.accept().await.unwrap();
            stream.write_all(b"!AIVDM,1,1,,A,,0*00\r\n").await.unwrap();
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).await.ok();
        }
    });
    let mut run = client(port, trusting(&authority.ca));
    assert_eq!(run.error().await, "tls.no_tls");
    run.end().await;
    let none = PemFile(authority.folder.path().join("none.pem"));
    let mut run = client(port, trusting(&none));
    let error = run.state().await.unwrap_err();
    assert_eq!(error.code, "tls.file");
    assert!(error.detail.contains("none.pem"), "{}", error.detail);
    std::fs::write(&none.0, "no certificate").unwrap();
    while !run
        .state()
        .await
        .unwrap_err()
        .detail
        .contains("no certificate in it")
    {}
    run.end().await;
}

fn listener(tls: TlsListen) -> Running {
    let config = TcpListen {
        listen: Listen("127.0.0.1:0".parse().unwrap()),
        allow: Vec::new(),
        max_connections: 4,
        idle_timeout: ms(20_000),
        tls: Some(tls),
    };
    start(TcpListenSource::new(config), 16)
}

fn asking(pair: &Pair, ca: &PemFile, client_auth: ClientAuth) -> TlsListen {
    TlsListen {
        cert: pair.cert.clone(),
        key: pair.key.clone(),
        ca: Some(ca.clone()),
        client_auth,
    }
}

/// An agency's gateway that connects.
async fn gateway(
    address: &str,
    trusts: &PemFile,
    shows: Option<&Pair>,
) -> std::io::Result<client::TlsStream<TcpStream>> {
    let builder = ClientConfig::builder().with_root_certificates(store(trusts));
    let config = match shows {
        None => builder.with_no_client_auth(),
        Some(pair) => {
            let (chain, key) = own(pair);
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

#[tokio::test]
async fn a_listener_takes_who_shows_a_right_certificate_and_says_why_another_is_refused() {
    let (authority, other) = (Authority::new(), Authority::new());
    let ours = authority.sign("ours", "localhost", Valid::Now);
    let right = authority.sign("right", "gateway.example", Valid::Now);
    let past = authority.sign("past", "gateway.example", Valid::Past);
    let foreign = other.sign("foreign", "gateway.example", Valid::Now);
    let mut run = listener(asking(&ours, &authority.ca, ClientAuth::Required));
    let address = run.up().await;
    let refused = [
        (None, "tls.client_cert_missing"),
        (Some(&past), "tls.expired"),
        (Some(&foreign), "tls.unknown_ca"),
    ];
    for (shows, code) in refused {
        // In TLS 1.3 the gateway learns of it only when it reads.
        let mut stream = gateway(&address, &authority.ca, shows).await.unwrap();
        assert_eq!(run.error().await, code);
        assert!(stream.read(&mut [0; 8]).await.is_err());
    }
    assert!(run.chunks.try_recv().is_err());
    let mut stream = gateway(&address, &authority.ca, Some(&right))
        .await
        .unwrap();
    stream.write_all(b"a line\n").await.unwrap();
    line_comes(&mut run).await;
    assert_eq!(run.up().await, address, "it is up again");
    run.end().await;
}

#[tokio::test]
async fn an_optional_certificate_may_be_missing_and_must_not_be_wrong() {
    let (authority, other) = (Authority::new(), Authority::new());
    let ours = authority.sign("ours", "localhost", Valid::Now);
    let foreign = other.sign("foreign", "gateway.example", Valid::Now);
    let mut run = listener(asking(&ours, &authority.ca, ClientAuth::Optional));
    let address = run.up().await;
    let _wrong = gateway(&address, &authority.ca, Some(&foreign)).await;
    assert_eq!(run.error().await, "tls.unknown_ca");
    let mut stream = gateway(&address, &authority.ca, None).await.unwrap();
    stream.write_all(b"a line\n").await.unwrap();
    line_comes(&mut run).await;
    run.end().await;
}

#[tokio::test]
async fn a_gateway_that_does_not_accept_our_certificate_is_said() {
    let (authority, other) = (Authority::new(), Authority::new());
    let ours = authority.sign("ours", "localhost", Valid::Now);
    let mut run = listener(asking(&ours, &authority.ca, ClientAuth::None));
    let address = run.up().await;
    assert!(gateway(&address, &other.ca, None).await.is_err());
    let error = run.state().await.unwrap_err();
    assert_eq!(error.code, "tls.refused");
    assert!(error.detail.contains("UnknownCA"), "{}", error.detail);
    run.end().await;
}

#[tokio::test]
async fn certificates_that_changed_are_in_force_and_broken_ones_are_not() {
    let (old, new) = (Authority::new(), Authority::new());
    let ours = old.sign("ours", "localhost", Valid::Now);
    let mut run = listener(asking(&ours, &old.ca, ClientAuth::None));
    let address = run.up().await;
    assert!(gateway(&address, &old.ca, None).await.is_ok());
    let fresh = new.sign("fresh", "localhost", Valid::Now);
    std::fs::copy(&fresh.cert.0, &ours.cert.0).unwrap();
    std::fs::copy(&fresh.key.0, &ours.key.0).unwrap();
    let taken = timeout(DEADLINE, async {
        while gateway(&address, &new.ca, None).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    taken.await.expect("the new certificate is shown");
    std::fs::write(&ours.cert.0, "half of a cert").unwrap();
    // Longer than a listener lets pass between two looks.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(gateway(&address, &new.ca, None).await.is_ok());
    run.end().await;
}

#[tokio::test]
async fn a_listener_whose_files_do_not_go_together_ends_with_an_error_that_names_them() {
    let authority = Authority::new();
    let (one, two) = (
        authority.sign("one", "localhost", Valid::Now),
        authority.sign("two", "localhost", Valid::Now),
    );
    let mixed = Pair {
        cert: one.cert,
        key: two.key,
    };
    let run = listener(asking(&mixed, &authority.ca, ClientAuth::None));
    let error = timeout(DEADLINE, run.task)
        .await
        .unwrap()
        .unwrap()
        .unwrap_err();
    assert_eq!(error.code, "tls.file");
    assert!(error.detail.contains("one.pem") && error.detail.contains("two.key"));
}
