//! HTTP poll: links of an index, against servers on loopback.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::collections::BTreeMap;

use common::{Running, http_poll, start, until};
use oneroof_config::types::{HeaderText, HttpPoll, Links, Origin};
use oneroof_config::{Period, Size};
use oneroof_model::Time;
use oneroof_ports::{Ack, ChunkKind, Link, SourceError};
use oneroof_transport::HttpPollSource;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

fn config(url: &str, links: Links) -> HttpPoll {
    let key = HeaderText::Text("tiger7".to_owned());
    HttpPoll {
        headers: BTreeMap::from([("X-Own".to_owned(), key)]),
        links,
        ..http_poll(&format!("{url}/index"))
    }
}

fn poll(url: &str, links: Links) -> Running {
    start(HttpPollSource::new(config(url, links)).unwrap(), 16)
}

fn body(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(text)
}

async fn page(server: &MockServer, at: &str, answer: ResponseTemplate) {
    let mock = Mock::given(method("GET")).and(path(at));
    mock.respond_with(answer).mount(server).await;
}

fn link(uri: &str, updated_s: i64) -> Link {
    Link {
        uri: uri.to_owned(),
        updated: Some(Time::from_secs(updated_s)),
    }
}

/// Takes the next answer whole, says that it is durable and that these links stand in it. Its peer and text.
async fn taken(run: &mut Running, links: Vec<Link>) -> (String, String) {
    run.open().await;
    let mut bytes = Vec::new();
    loop {
        let chunk = run.chunk().await;
        match chunk.kind {
            ChunkKind::Data(data) => bytes.extend(data),
            ChunkKind::Close => {
                let durable = Ack::Durable {
                    taken: 1,
                    quarantined: 0,
                    links,
                };
                chunk.ack.unwrap().send(durable).unwrap();
                return (chunk.peer.to_string(), String::from_utf8(bytes).unwrap());
            }
            other => panic!("unexpected {other:?}"),
        }
    }
}

/// The next trouble that it says although it is up.
async fn trouble(run: &mut Running) -> SourceError {
    loop {
        if let Some(trouble) = run.said().await.unwrap().trouble {
            return trouble;
        }
    }
}

/// How many requests came for a path.
async fn asked(server: &MockServer, at: &str) -> usize {
    let all = server.received_requests().await.unwrap();
    all.iter().filter(|r| r.url.path() == at).count()
}

/// Takes the index again so many times with the same links.
async fn again(run: &mut Running, times: u32, links: &[Link]) {
    for _ in 0..times {
        assert_eq!(taken(run, links.to_vec()).await.1, "index");
    }
}

#[tokio::test]
async fn each_link_is_fetched_once_and_again_when_the_index_says_that_it_changed() {
    let server = MockServer::start().await;
    page(&server, "/index", body("index")).await;
    page(&server, "/b", body("b")).await;
    Mock::given(path("/a"))
        .and(header("if-none-match", "\"v1\""))
        .respond_with(ResponseTemplate::new(304))
        .with_priority(1)
        .mount(&server)
        .await;
    page(&server, "/a", body("a").insert_header("etag", "\"v1\"")).await;
    let mut run = poll(&server.uri(), Links::default());
    let links = [link("a", 1), link("/b?key=secret", 1), link("a", 1)];
    assert_eq!(taken(&mut run, links.to_vec()).await.1, "index");
    let (peer, text) = taken(&mut run, vec![link("/too/deep", 1)]).await;
    assert_eq!((peer, text.as_str()), (format!("{}/a", server.uri()), "a"));
    let (peer, text) = taken(&mut run, Vec::new()).await;
    assert_eq!((peer, text.as_str()), (format!("{}/b", server.uri()), "b"));
    again(&mut run, 3, &links).await;
    // Changed by the index: asked for with what the server named it, and the same.
    again(&mut run, 1, &[link("a", 2)]).await;
    again(&mut run, 1, &[link("a", 2), link("/b?key=secret", 2)]).await;
    assert_eq!(taken(&mut run, Vec::new()).await.1, "b");
    again(&mut run, 2, &[]).await;
    assert_eq!(asked(&server, "/a").await, 2);
    assert_eq!(asked(&server, "/b").await, 2);
    assert_eq!(asked(&server, "/too/deep").await, 0);
    assert_eq!(run.lost.load(Ordering::Relaxed), 0);
    run.end().await;
}

#[tokio::test]
async fn links_lead_to_listed_origins_only_and_what_we_show_stays_at_home() {
    let (home, listed, other) = (
        MockServer::start().await,
        MockServer::start().await,
        MockServer::start().await,
    );
    page(&home, "/index", body("index")).await;
    page(&home, "/own", body("own")).await;
    page(&listed, "/alert", body("listed")).await;
    let away = ResponseTemplate::new(302).insert_header("location", other.uri());
    page(&listed, "/away", away.clone()).await;
    page(&home, "/away", away).await;
    let links = Links {
        origins: vec![Origin(listed.uri())],
        ..Links::default()
    };
    let mut run = poll(&home.uri(), links);
    let named = [
        link("own", 1),
        link(&format!("{}/alert", listed.uri()), 1),
        link(&format!("{}/alert", other.uri()), 1),
        link("file:///etc/passwd", 1),
        link(&format!("{}/away", listed.uri()), 1),
        link("/away", 1),
    ];
    taken(&mut run, named.to_vec()).await;
    assert_eq!(taken(&mut run, Vec::new()).await.1, "own");
    assert_eq!(taken(&mut run, Vec::new()).await.1, "listed");
    let said = loop {
        let said = trouble(&mut run).await;
        if said.detail.contains("cannot be fetched") {
            break said;
        }
    };
    assert_eq!(said.code, "http.links");
    assert!(said.detail.contains("http.redirect"), "{said}");
    assert!(said.detail.contains("2 links are not followed"), "{said}");
    assert!(said.detail.contains(&other.uri()), "{said}");
    let shown = |r: &Request| r.headers.contains_key("x-own");
    let at_home = home.received_requests().await.unwrap();
    assert!(at_home.iter().all(shown), "{at_home:?}");
    let elsewhere = listed.received_requests().await.unwrap();
    assert_eq!(elsewhere.len(), 2);
    assert!(!elsewhere.iter().any(shown), "{elsewhere:?}");
    assert!(other.received_requests().await.unwrap().is_empty());
    run.end().await;
}

#[tokio::test]
async fn a_link_that_fails_is_said_while_the_feed_is_up_and_is_fetched_when_it_is_there() {
    let server = MockServer::start().await;
    page(&server, "/index", body("index")).await;
    Mock::given(path("/late"))
        .respond_with(ResponseTemplate::new(503).insert_header("retry-after", "0"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    page(&server, "/late", body("late")).await;
    page(&server, "/large", body(&"x".repeat(2_001))).await;
    let slow = body("slow").set_delay(Duration::from_secs(30));
    page(&server, "/slow", slow).await;
    let links = Links {
        max_bytes: Size(2_000),
        timeout: Period(Duration::from_millis(300)),
        ..Links::default()
    };
    let mut run = poll(&server.uri(), links);
    let named = [link("late", 1), link("large", 1), link("slow", 1)];
    taken(&mut run, named.to_vec()).await;
    let said = trouble(&mut run).await;
    assert!(said.detail.starts_with("3 of 3 links"), "{said}");
    assert!(said.detail.contains("http.timeout"), "{said}");
    // The waits begin at ten seconds, of which jitter halves some; meanwhile the index goes on.
    let (mut texts, mut said) = (Vec::new(), said);
    while !said.detail.starts_with("2 of 3 links") {
        texts.push(taken(&mut run, named.to_vec()).await.1);
        while let Ok(state) = run.state.try_recv() {
            said = state.unwrap().trouble.unwrap_or(said);
        }
    }
    assert_eq!(said.code, "http.links");
    assert_eq!(texts.iter().filter(|t| *t == "late").count(), 1);
    assert!(texts.len() > 10, "{texts:?}");
    run.end().await;
}

#[tokio::test]
async fn one_round_fetches_so_many_and_the_next_ones_go_on_where_it_ended() {
    let server = MockServer::start().await;
    let unchanged = Mock::given(path("/index")).and(header("if-none-match", "\"v1\""));
    unchanged
        .respond_with(ResponseTemplate::new(304))
        .with_priority(1)
        .mount(&server)
        .await;
    page(
        &server,
        "/index",
        body("index").insert_header("etag", "\"v1\""),
    )
    .await;
    let names: Vec<String> = (0..7).map(|n| format!("/{n}")).collect();
    for name in &names {
        page(&server, name, body(name)).await;
    }
    let links = Links {
        max: 3,
        ..Links::default()
    };
    let mut run = poll(&server.uri(), links);
    taken(&mut run, names.iter().map(|n| link(n, 1)).collect()).await;
    for name in &names {
        assert_eq!(&taken(&mut run, Vec::new()).await.1, name);
    }
    let all = server.received_requests().await.unwrap();
    let order: Vec<&str> = all.iter().map(|r| r.url.path()).collect();
    let expected = "/index /0 /1 /2 /index /3 /4 /5 /index /6";
    assert_eq!(order.join(" "), expected);
    run.end().await;
}

#[tokio::test]
async fn what_a_link_led_to_and_was_not_made_durable_is_fetched_again() {
    let server = MockServer::start().await;
    page(&server, "/index", body("index")).await;
    page(&server, "/a", body("a")).await;
    let mut run = poll(&server.uri(), Links::default());
    taken(&mut run, vec![link("a", 1)]).await;
    run.open().await;
    assert_eq!(run.bytes(1).await, b"a");
    let close = run.chunk().await;
    let failed = Ack::Failed {
        why: "the disk is full".to_owned(),
    };
    close.ack.unwrap().send(failed).unwrap();
    again(&mut run, 1, &[link("a", 1)]).await;
    assert_eq!(taken(&mut run, Vec::new()).await.1, "a");
    run.end().await;
}

#[tokio::test]
async fn nothing_is_fetched_where_links_are_not_to_be_followed() {
    let server = MockServer::start().await;
    page(&server, "/index", body("index")).await;
    let links = Links {
        follow: false,
        ..Links::default()
    };
    let mut run = poll(&server.uri(), links);
    again(&mut run, 3, &[link("a", 1)]).await;
    until("it polls", || !run.chunks.is_empty()).await;
    assert_eq!(asked(&server, "/a").await, 0);
    run.end().await;
}
