//! Hostile TAK clients at the listener: each costs its connection, and the others see the picture.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use oneroof_model::FeedLight;
use oneroof_tests::{
    HUGE, Server, Site, Tak, Wants, closes, counted, free_port, is_well, missing_binary, noise,
    now, pour_into, report, self_report, trickles, until,
};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// A listener with room for thirty.
async fn start(site: &Site) -> (Server, u16) {
    let port = free_port();
    let transport = format!(
        "transport: {{kind: tak_listen, listen: \"127.0.0.1:{port}\", max_connections: 30, idle_timeout: 3s}}"
    );
    site.feed("tak", &transport, "format: {kind: cot_proto}\n");
    let outputs = "outputs:\n  - {feed: tak, orgs: [BG], every: 200ms}\n";
    std::fs::write(site.overlay().join("tak.yaml"), outputs).unwrap();
    let server = site.start().await;
    let http = server.http();
    http.feed_until("tak", "listens", |v| v.health.light == FeedLight::Up)
        .await;
    (server, port)
}

/// An event of a client as XML, with this as its detail.
fn cot(detail: &str) -> String {
    let time = now();
    format!(
        "<event version=\"2.0\" uid=\"X\" type=\"a-f-G\" how=\"m-g\" time=\"{time}\" start=\"{time}\" stale=\"{time}\">\
         <point lat=\"48.1\" lon=\"22.9\" hae=\"0\" ce=\"1\" le=\"1\"/><detail>{detail}</detail></event>"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_tak_clients_cost_their_connections_and_the_others_see_the_picture() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let (server, port) = start(&site).await;
    let http = server.http();
    let before = server.rss_bytes();

    let nest = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    let broken = cot("").replace("</detail>", "</detial>").into_bytes();
    let said = [
        ("noise", noise(100_000)),
        ("malformed", broken),
        ("a nest", cot(&nest).into_bytes()),
        (
            "not UTF-8",
            cot("<remarks>?</remarks>")
                .bytes()
                .map(|b| if b == b'?' { 0xff } else { b })
                .collect(),
        ),
        ("NUL", vec![0; 10_000]),
        (
            "an entity",
            b"<!DOCTYPE e [<!ENTITY a \"aaaa\">]><event uid=\"&a;\"/>".to_vec(),
        ),
        (
            "a message that says it is huge",
            vec![0xbf, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2, 3],
        ),
        ("half an event", cot("").into_bytes()[..100].to_vec()),
    ];
    for (n, (what, bytes)) in said.iter().enumerate() {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        // The other end may have had enough before all is said.
        drop(stream.write_all(bytes).await);
        drop(stream.shutdown().await);
        closes(&mut stream).await;
        let view = counted(&server, "tak", n + 1, 0.0).await;
        assert_eq!(view.health.light, FeedLight::Up, "{what}");
    }
    // An event and a message without an end.
    for head in [&b"<event uid=\""[..], &[0xbf, 0xff, 0xff, 0x7f]] {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(head).await.unwrap();
        pour_into(&mut stream, &vec![b'x'; 1 << 16], HUGE).await;
        closes(&mut stream).await;
    }
    // Silence, and a byte now and then.
    let mut silent = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    silent.write_all(b"<event").await.unwrap();
    closes(&mut silent).await;
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    trickles(stream, b"<").await;

    http.report(&report("seen")).await;
    let mut phone = Tak::connect(port, Wants::Proto).await;
    phone.until("the event", |s| !s.told.is_empty()).await;
    phone
        .say(self_report("ANDROID-7", "Patrol 7", (48.1, 22.9), now()))
        .await;
    let mut screen = server.screen().await;
    screen
        .until("the unit", |s| s.idents().contains("Patrol 7"))
        .await;
    is_well(&server, before, "good").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_connections_get_the_places_that_there_are_and_no_more() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let (server, port) = start(&site).await;
    let before = server.rss_bytes();
    // More than there is room for, again and again: thirty are let in, and leave when they say nothing.
    let mut many = Vec::new();
    for _ in 0..3_000 {
        many.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    }
    let clients = server.metric("tak_clients{feed=\"tak\"}").await;
    assert!(clients <= Some(30.0), "{clients:?}");
    drop(many);
    until("they are gone", async || {
        (server.metric("tak_clients{feed=\"tak\"}").await == Some(0.0)).then_some(())
    })
    .await;
    let mut phone = Tak::connect(port, Wants::Proto).await;
    phone.ping().await;
    is_well(&server, before, "good").await;
    server.stop().await;
}
