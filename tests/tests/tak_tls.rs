//! The TAK endpoint with TLS and listed clients, through the built binary: who shows a certificate of the list is let in
//! under its own call sign, and nobody else hears anything.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use oneroof_model::FeedLight;
use oneroof_tests::{
    Authority, Server, Site, Tak, Valid, free_port, missing_binary, now, report, self_report,
};
use serde_json::json;

const HERE: (f64, f64) = (48.1, 22.9);

const TAK: &str = "outputs:
  - feed: tak-bg
    orgs: [BG]
    every: 200ms
    clients:
      - {common_name: patrol7, callsign: \"Patrol 7\"}
      - {common_name: desk}
";

/// A listener that asks for a certificate which `authority` has signed, and an event in the room.
async fn start(site: &Site, authority: &Authority) -> (Server, u16) {
    let own = authority.sign("centre", "localhost", Valid::Now);
    let port = free_port();
    let transport = format!(
        "transport: {{kind: tak_listen, listen: \"127.0.0.1:{port}\", tls: {{cert: \"{}\", key: \"{}\", ca: \"{}\", \
         client_auth: required}}}}",
        own.cert.0.display(),
        own.key.0.display(),
        authority.ca.0.display()
    );
    site.feed("tak-bg", &transport, "format: {kind: cot_proto}\n");
    std::fs::write(site.overlay().join("tak.yaml"), TAK).unwrap();
    let server = site.start().await;
    let http = server.http();
    http.feed_until("tak-bg", "listens", |v| v.health.light == FeedLight::Up)
        .await;
    http.report(&json!([report("r-1")])).await;
    let mut screen = server.screen().await;
    screen.until("the event", |s| s.events().count() == 1).await;
    (server, port)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_client_is_let_in_by_its_certificate_under_its_own_call_sign() {
    if missing_binary() {
        return;
    }
    let (site, authority) = (Site::with_reports(), Authority::new());
    let (server, port) = start(&site, &authority).await;
    let mut screen = server.screen().await;
    let pair = authority.sign("patrol7", "patrol7", Valid::Now);
    let mut phone = Tak::connect_tls(port, &authority, Some(&pair))
        .await
        .unwrap();
    phone.until("the event", |s| !s.told.is_empty()).await;
    phone
        .say(self_report("ANDROID-7", "Patrol 7", HERE, now()))
        .await;
    screen
        .until("the unit", |s| s.idents().contains("Patrol 7"))
        .await;
    // The other that is listed may choose its call sign, and hears of the first.
    let pair = authority.sign("desk", "desk", Valid::Now);
    let mut desk = Tak::connect_tls(port, &authority, Some(&pair))
        .await
        .unwrap();
    desk.say(self_report("WINTAK-1", "Any name", HERE, now()))
        .await;
    desk.until("the unit", |s| s.newest("oneroof.unit.Patrol 7").is_some())
        .await;
    screen
        .until("the desk", |s| s.idents().contains("Any name"))
        .await;
    // Who calls itself otherwise than listed is cut off before its word goes on.
    phone
        .say(self_report("ANDROID-7", "Patrol 8", HERE, now()))
        .await;
    phone.until("it is cut off", |s| s.ended).await;
    desk.ping().await;
    assert!(!screen.idents().contains("Patrol 8"));
    assert!(desk.newest("oneroof.unit.Patrol 8").is_none());
    let cut = "tak_cut_off_total{feed=\"tak-bg\",reason=\"tak.callsign\"}";
    assert_eq!(server.metric(cut).await, Some(1.0));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_listed_or_shows_no_good_certificate_hears_nothing() {
    if missing_binary() {
        return;
    }
    let (site, authority, other) = (Site::with_reports(), Authority::new(), Authority::new());
    let (server, port) = start(&site, &authority).await;
    // Refused strangers darken no feed that serves others: while nobody is connected, ...
    let cases = [
        (
            "tak.unknown_client",
            Some(authority.sign("mallory", "mallory", Valid::Now)),
        ),
        (
            "tls.expired",
            Some(authority.sign("old", "patrol7", Valid::Past)),
        ),
        (
            "tls.unknown_ca",
            Some(other.sign("forged", "patrol7", Valid::Now)),
        ),
        ("tls.client_cert_missing", None),
    ];
    let http = server.http();
    for (code, pair) in cases {
        // With TLS 1.3 the client ends its handshake before the server has looked at the certificate.
        if let Ok(mut client) = Tak::connect_tls(port, &authority, pair.as_ref()).await {
            client
                .say(self_report("ANDROID-7", "Patrol 7", HERE, now()))
                .await;
            client.until("it is cut off", |s| s.ended).await;
            assert_eq!(client.told, [], "{code}");
        }
        let view = http
            .feed_until("tak-bg", "names who was refused", |v| {
                let error = v.health.error.as_deref().unwrap_or_default();
                error.starts_with(code)
            })
            .await;
        assert_eq!(view.health.light, FeedLight::Up, "{code}");
        let refused = format!("tak_refused_total{{feed=\"tak-bg\",reason=\"{code}\"}}");
        assert_eq!(server.metric(&refused).await, Some(1.0), "{refused}");
    }
    let pair = authority.sign("desk", "desk", Valid::Now);
    let mut desk = Tak::connect_tls(port, &authority, Some(&pair))
        .await
        .unwrap();
    desk.until("the event", |s| !s.told.is_empty()).await;
    desk.ping().await;
    assert_eq!(desk.told.len(), 1, "nobody else said anything that counts");
    let screen = server.screen().await;
    assert!(!screen.idents().contains("Patrol 7"));
    let view = http
        .feed_until("tak-bg", "has nothing against it", |v| {
            v.health.error.is_none()
        })
        .await;
    assert_eq!(view.health.light, FeedLight::Up);
    // ... and while somebody is.
    let pair = other.sign("again", "patrol7", Valid::Now);
    drop(Tak::connect_tls(port, &authority, Some(&pair)).await);
    let view = http
        .feed_until("tak-bg", "names the other", |v| v.health.error.is_some())
        .await;
    assert_eq!(view.health.light, FeedLight::Up);
    desk.ping().await;
    let log = server.log();
    assert!(log.contains("connection refused"), "each is in the log");
    server.stop().await;
}
