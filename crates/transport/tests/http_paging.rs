//! HTTP poll: pages, cursors, what is shown to the server, TLS.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use common::certs::{Authority, Pair, Valid};
use common::{DEADLINE, http_poll, start, until};
use oneroof_config::types::{
    Basic, HeaderText, HttpPoll, Paging, PagingBy, PemFile, Post, Secret, TlsClient, ValuePath,
};
use oneroof_ports::{Ack, ChunkKind};
use oneroof_transport::HttpPollSource;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use wiremock::matchers::{body_string, header, method, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn paging(by: PagingBy) -> Paging {
    Paging {
        by,
        path: None,
        parameter: None,
        first: 1,
        max_pages: 10,
        keep: false,
        file: None,
    }
}

fn paged(url: &str, paging: Paging) -> HttpPollSource {
    let config = HttpPoll {
        paging: Some(paging),
        ..http_poll(url)
    };
    HttpPollSource::new(config).unwrap()
}

fn body(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(text)
}

#[tokio::test]
async fn links_to_the_next_page_are_followed_and_one_to_another_host_is_not() {
    let server = MockServer::start().await;
    let first = body("one").insert_header("link", "</?page=2>; rel=\"next\", </>; rel=first");
    Mock::given(query_param_is_missing("page"))
        .respond_with(first)
        .mount(&server)
        .await;
    let second = body("two").insert_header("link", "<http://other.example/>; rel=next");
    Mock::given(query_param("page", "2"))
        .respond_with(second)
        .mount(&server)
        .await;
    let mut run = start(paged(&server.uri(), paging(PagingBy::Link)), 16);
    assert_eq!(run.whole(1, 0).await.1, b"one");
    let error = loop {
        if let Err(error) = run.state().await {
            break error;
        }
    };
    assert_eq!(error.code, "http.link");
    assert!(error.detail.contains("other.example"), "{}", error.detail);
    run.end().await;
}

#[tokio::test]
async fn pages_are_counted_until_one_is_empty_and_too_many_are_said() {
    let server = MockServer::start().await;
    for (page, text) in [("1", "[1, 2]"), ("2", "[3]"), ("3", "[]")] {
        Mock::given(query_param("page", page))
            .respond_with(body(text))
            .mount(&server)
            .await;
    }
    let by_page = || Paging {
        parameter: Some("page".to_owned()),
        ..paging(PagingBy::Page)
    };
    let mut run = start(paged(&server.uri(), by_page()), 16);
    for expected in ["[1, 2]", "[3]", "[1, 2]", "[3]"] {
        assert_eq!(run.whole(1, 0).await.1, expected.as_bytes());
    }
    run.end().await;
    let few = Paging {
        max_pages: 2,
        ..by_page()
    };
    let mut run = start(paged(&server.uri(), few), 16);
    run.whole(1, 0).await;
    run.whole(1, 0).await;
    assert_eq!(run.error().await, "http.too_many_pages");
    run.end().await;
}

fn changes(file: &str) -> Paging {
    Paging {
        path: ValuePath::parse("meta.next"),
        parameter: Some("since".to_owned()),
        keep: true,
        file: Some(file.to_owned()),
        ..paging(PagingBy::Cursor)
    }
}

#[tokio::test]
async fn a_cursor_moves_after_what_is_durable_and_outlives_a_restart() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("cursor");
    let server = MockServer::start().await;
    Mock::given(query_param_is_missing("since"))
        .respond_with(body(r#"{"meta": {"next": "a"}}"#))
        .mount(&server)
        .await;
    Mock::given(query_param("since", "a"))
        .respond_with(body(r#"{"meta": {"next": "b"}}"#))
        .mount(&server)
        .await;
    Mock::given(query_param("since", "b"))
        .respond_with(body(r#"{"meta": {"next": "b"}}"#))
        .mount(&server)
        .await;
    let source = || paged(&server.uri(), changes(file.to_str().unwrap()));
    let mut run = start(source(), 16);
    assert_eq!(run.whole(1, 0).await.1, br#"{"meta": {"next": "a"}}"#);
    // The second page is not made durable: it comes again, and the cursor is still before it.
    for durable in [false, true] {
        run.open().await;
        run.bytes(23).await;
        let close = run.chunk().await;
        assert_eq!(fs::read_to_string(&file).unwrap(), "a");
        let answer = if durable {
            Ack::Durable {
                taken: 1,
                quarantined: 0,
                links: Vec::new(),
            }
        } else {
            Ack::Failed {
                why: "the disk is full".to_owned(),
            }
        };
        close.ack.unwrap().send(answer).unwrap();
    }
    until("the cursor has moved", || {
        fs::read_to_string(&file).unwrap() == "b"
    })
    .await;
    run.end().await;
    let mut run = start(source(), 16);
    run.whole(1, 0).await;
    let asked = server.received_requests().await.unwrap();
    assert_eq!(asked.last().unwrap().url.query(), Some("since=b"));
    run.end().await;
}

#[tokio::test]
async fn a_search_is_posted_with_its_cursor_and_with_what_is_to_be_shown() {
    let folder = TempDir::new().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "tiger7\n").unwrap();
    let secret = Secret::File(secret.to_str().unwrap().to_owned());
    let server = MockServer::start().await;
    for (after, answer) in [("", r#"{"last": "x\"y"}"#), ("x\\\"y", "{}")] {
        Mock::given(method("POST"))
            .and(body_string(format!(r#"{{"after": "{after}"}}"#)))
            // "centre:tiger7"
            .and(header("authorization", "Basic Y2VudHJlOnRpZ2VyNw=="))
            .and(header("x-api-key", "tiger7"))
            .and(header("accept", "application/json"))
            .and(header("content-type", "application/json"))
            .respond_with(body(answer))
            .mount(&server)
            .await;
    }
    let accept = HeaderText::Text("application/json".to_owned());
    let config = HttpPoll {
        basic: Some(Basic {
            user: "centre".to_owned(),
            password: secret.clone(),
        }),
        headers: BTreeMap::from([
            ("X-Api-Key".to_owned(), HeaderText::Secret(secret)),
            ("Accept".to_owned(), accept),
        ]),
        post: Some(Post {
            body: r#"{"after": "{cursor}"}"#.to_owned(),
            content_type: "application/json".to_owned(),
        }),
        paging: Some(Paging {
            path: ValuePath::parse("last"),
            ..paging(PagingBy::Cursor)
        }),
        ..http_poll(&server.uri())
    };
    let mut run = start(HttpPollSource::new(config).unwrap(), 16);
    assert_eq!(run.whole(1, 0).await.1, br#"{"last": "x\"y"}"#);
    assert_eq!(run.whole(1, 0).await.1, b"{}");
    run.end().await;
}

#[tokio::test]
async fn what_we_show_is_not_shown_to_another_host() {
    let (server, other) = (MockServer::start().await, MockServer::start().await);
    let away = ResponseTemplate::new(302).insert_header("location", other.uri());
    Mock::given(method("GET"))
        .respond_with(away)
        .mount(&server)
        .await;
    let key = HeaderText::Text("tiger7".to_owned());
    let config = HttpPoll {
        headers: BTreeMap::from([("X-Own".to_owned(), key)]),
        ..http_poll(&server.uri())
    };
    let mut run = start(HttpPollSource::new(config).unwrap(), 16);
    assert_eq!(run.error().await, "http.redirect");
    assert!(other.received_requests().await.unwrap().is_empty());
    run.end().await;
}

/// A server that asks for a certificate and answers one request a connection. Its port.
async fn mutual(pair: &Pair, ca: &PemFile) -> u16 {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(&ca.0).unwrap())
        .unwrap();
    let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build();
    let config = ServerConfig::builder()
        .with_client_cert_verifier(verifier.unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_file(&pair.cert.0).unwrap()],
            PrivateKeyDer::from_pem_file(&pair.key.0).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::task::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut request = [0; 4_096];
            let _bytes = stream.read(&mut request).await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
            stream.write_all(answer).await.unwrap();
            stream.shutdown().await.ok();
        }
    });
    port
}

#[tokio::test]
async fn both_sides_show_a_certificate_and_a_missing_one_is_said() {
    let authority = Authority::new();
    let server = authority.sign("server", "localhost", Valid::Now);
    let ours = authority.sign("ours", "centre.example", Valid::Now);
    let port = mutual(&server, &authority.ca).await;
    let with = |cert, key| HttpPoll {
        tls: Some(TlsClient {
            ca: Some(authority.ca.clone()),
            cert,
            key,
            server_name: None,
        }),
        ..http_poll(&format!("https://localhost:{port}/feed"))
    };
    let mut run = start(HttpPollSource::new(with(None, None)).unwrap(), 16);
    assert_eq!(run.error().await, "tls.client_cert_missing");
    run.end().await;
    let config = with(Some(ours.cert), Some(ours.key));
    let mut run = start(HttpPollSource::new(config).unwrap(), 16);
    assert_eq!(run.whole(1, 0).await.1, b"{}");
    run.end().await;
    let other = Authority::new();
    let config = HttpPoll {
        tls: Some(TlsClient {
            ca: Some(other.ca.clone()),
            cert: None,
            key: None,
            server_name: None,
        }),
        ..config_of(port)
    };
    let mut run = start(HttpPollSource::new(config).unwrap(), 16);
    let error = timeout(DEADLINE, run.error()).await.unwrap();
    assert_eq!(error, "tls.unknown_ca");
    assert!(!matches!(
        run.chunks.try_recv().map(|c| c.kind),
        Ok(ChunkKind::Data(_))
    ));
    run.end().await;
}

fn config_of(port: u16) -> HttpPoll {
    http_poll(&format!("https://localhost:{port}/feed"))
}
