//! Feeds that stream and feeds that are fetched: TCP both ways, UDP, HTTP poll, folder drop. What comes arrives, and a
//! line that dies is seen and comes back.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fs;

use oneroof_model::{FeedLight, Freshness, freshness};

use oneroof_tests::{
    JSON_REPORTS, Page, Peer, Shelf, Site, free_port, gzip, missing_binary, now, report, until,
    vessel,
};
use oneroof_wire::FeedView;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

const AIS: &str = "format: {kind: ais_nmea}\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_dies_and_comes_back_is_heard_again_and_its_light_tells_all_of_it() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    let peer = Peer::listen(0).await;
    let port = peer.address.port();
    let transport = format!(
        "expected_period: 1s\nstale_after: 2s\nlost_after: 4s\n\
         transport: {{kind: tcp_client, address: \"127.0.0.1:{port}\", reconnect_min: 100ms, reconnect_max: 400ms}}"
    );
    site.feed("coast", &transport, AIS);
    let server = site.start().await;
    let http = server.http();
    let mut screen = server.screen().await;
    peer.say(vessel(272_000_001) + &vessel(272_000_002)).await;
    screen
        .until("both vessels", |s| s.idents().len() == 2)
        .await;
    let view = http
        .feed_until("coast", "is up", |v| v.health.light == FeedLight::Up)
        .await;
    let age = |heard| freshness(heard, now(), view.health.rule);
    assert_eq!(age(view.health.last_heard), Freshness::Fresh);
    assert_eq!(view.health.accepted, 2);

    peer.die().await;
    let down = http
        .feed_until("coast", "is down", |v| v.health.light == FeedLight::Down)
        .await;
    let error = down.health.error.unwrap();
    assert!(
        error.starts_with("connect.refused") || error.starts_with("peer."),
        "{error}"
    );
    for step in [Freshness::Stale, Freshness::Lost] {
        http.feed_until("coast", "ages", |v| age(v.health.last_heard) == step)
            .await;
    }
    // What was known stays in view.
    assert_eq!(screen.idents().len(), 2);

    let peer = Peer::listen(port).await;
    peer.say(vessel(272_000_003)).await;
    screen
        .until("the third vessel", |s| s.idents().len() == 3)
        .await;
    let view = http
        .feed_until("coast", "is up again", |v| v.health.light == FeedLight::Up)
        .await;
    assert_eq!(age(view.health.last_heard), Freshness::Fresh);
    assert_eq!(view.health.error, None);
    assert_eq!(
        server.metric("feed_connected{feed=\"coast\"}").await,
        Some(1.0)
    );
    // The screen was told of the light as it changed.
    let lights: Vec<_> = screen
        .picture
        .entities
        .values()
        .filter_map(|e| match e {
            oneroof_wire::Entity::Feed(f) => Some(f.health.light),
            _ => None,
        })
        .collect();
    assert_eq!(lights.len(), 1);
    peer.die().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agencies_connect_to_a_tcp_listener_and_send_datagrams() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    let (tcp, udp) = (free_port(), free_port());
    site.feed(
        "tcp",
        &format!("transport: {{kind: tcp_listen, listen: \"127.0.0.1:{tcp}\"}}"),
        AIS,
    );
    site.feed(
        "udp",
        &format!("transport: {{kind: udp_listen, listen: \"127.0.0.1:{udp}\"}}"),
        AIS,
    );
    site.feed(
        "reports-tcp",
        &format!(
            "transport: {{kind: tcp_listen, listen: \"127.0.0.1:{}\"}}",
            free_port()
        ),
        JSON_REPORTS,
    );
    let server = site.start().await;
    let http = server.http();
    for feed in ["tcp", "udp", "reports-tcp"] {
        http.feed_until(feed, "listens", |v| v.health.light == FeedLight::Up)
            .await;
    }
    let mut screen = server.screen().await;

    let mut stream = TcpStream::connect(("127.0.0.1", tcp)).await.unwrap();
    // A sentence in pieces, and one without its end until the connection closes.
    let sentence = vessel(272_000_001);
    let (head, tail) = sentence.split_at(20);
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(tail.as_bytes()).await.unwrap();
    screen
        .until("the vessel over TCP", |s| s.idents().contains("272000001"))
        .await;
    stream
        .write_all(vessel(272_000_002).trim_end().as_bytes())
        .await
        .unwrap();
    drop(stream);
    screen
        .until("the last line", |s| s.idents().contains("272000002"))
        .await;

    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let datagrams = [
        vessel(272_000_003),
        vessel(272_000_004) + &vessel(272_000_005),
    ];
    for datagram in &datagrams {
        socket
            .send_to(datagram.trim_end().as_bytes(), ("127.0.0.1", udp))
            .await
            .unwrap();
    }
    screen
        .until("the vessels over UDP", |s| s.idents().len() == 5)
        .await;
    for feed in ["tcp", "udp"] {
        let view = http.feed(feed).await.unwrap();
        assert_eq!(view.health.quarantined, 0, "{view:?}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_over_a_stream_are_taken_once_however_often_they_come() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    let port = free_port();
    site.feed(
        "lines",
        &format!("transport: {{kind: tcp_listen, listen: \"127.0.0.1:{port}\"}}"),
        JSON_REPORTS,
    );
    let server = site.start().await;
    let http = server.http();
    http.feed_until("lines", "listens", |v| v.health.light == FeedLight::Up)
        .await;
    let records: Vec<String> = (0..50)
        .map(|n| report(&format!("r-{n}")).to_string())
        .collect();
    let lines = records.join("\n") + "\n";
    for _ in 0..2 {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(lines.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        // The server closes when it has read everything.
        drop(stream.read(&mut [0; 1]).await);
    }
    let view = http
        .feed_until("lines", "has taken both", |v| {
            v.health.accepted + v.health.duplicates == 100
        })
        .await;
    assert_eq!((view.health.accepted, view.health.duplicates), (50, 50));
    assert_eq!(http.list("reports").await.len(), 50);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_fetched_again_only_where_it_changed() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    let shelf = Shelf::open().await;
    let page = |etag: &str, body: Vec<u8>| Page {
        status: 200,
        etag: Some(format!("\"{etag}\"")),
        body,
        headers: Vec::new(),
    };
    shelf.put(
        "/alerts",
        page("one", report("a-1").to_string().into_bytes()),
    );
    let url = format!("http://{}/alerts?key=secret", shelf.address);
    shelf.put(
        "/alerts?key=secret",
        page("one", report("a-1").to_string().into_bytes()),
    );
    let transport = format!(
        "expected_period: 1s\nstale_after: 1min\nlost_after: 2min\ntransport: {{kind: http_poll, url: \"{url}\", every: 200ms}}"
    );
    site.feed("poll", &transport, JSON_REPORTS);
    let server = site.start().await;
    let http = server.http();
    let path = "/alerts?key=secret";
    until("it asked three times", async || {
        (shelf.asked(path).len() >= 3).then_some(())
    })
    .await;
    let asked = shelf.asked(path);
    assert_eq!(asked[0], (None, 200));
    assert_eq!(asked[1], (Some("\"one\"".to_owned()), 304), "{asked:?}");
    let view = http.feed("poll").await.unwrap();
    assert_eq!(
        (view.health.accepted, view.health.duplicates),
        (1, 0),
        "{view:?}"
    );

    let mut packed = page(
        "two",
        gzip(format!("[{},{}]", report("a-1"), report("a-2")).as_bytes()),
    );
    packed
        .headers
        .push(("Content-Encoding".to_owned(), "gzip".to_owned()));
    shelf.put(path, packed);
    http.feed_until("poll", "has the second", |v| v.health.accepted == 3)
        .await;
    let reports = http.list("reports").await;
    assert!(
        reports.iter().any(|r| r["source_key"] == "a-2"),
        "{reports:?}"
    );

    shelf.put(
        path,
        Page {
            status: 500,
            ..Page::default()
        },
    );
    let down = http
        .feed_until("poll", "is down", |v| v.health.light == FeedLight::Down)
        .await;
    assert!(down.health.error.unwrap().starts_with("http.status"));
    shelf.put(path, page("two", Vec::new()));
    http.feed_until("poll", "is up again", |v| v.health.light == FeedLight::Up)
        .await;
    let log = server.stop().await;
    assert!(
        !log.contains("secret"),
        "the query of an address is in the log"
    );
}

/// An alert of CAP 1.2, now.
fn alert(identifier: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\
         <identifier>{identifier}</identifier><sender>od@es.example</sender><sent>{}+00:00</sent>\
         <status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info><language>en-GB</language>\
         <category>Rescue</category><event>Person in the water</event><urgency>Immediate</urgency>\
         <severity>Severe</severity><certainty>Likely</certainty><headline>Person in the Tysa</headline>\
         <area><areaDesc>The river below the bridge</areaDesc><circle>47.9812,23.3022 0.4</circle></area>\
         </info></alert>",
        now().to_string().split_at(19).0
    )
}

/// An index of the alerts that stand at these addresses and changed last at that moment.
fn index(links: &[String], at: &str) -> Vec<u8> {
    let entries: Vec<String> = links
        .iter()
        .map(|link| {
            format!(
                "<entry><id>{link}</id><title>t</title><updated>{at}</updated>\
                 <link type=\"application/cap+xml\" href=\"{link}\"/></entry>"
            )
        })
        .collect();
    let entries = entries.concat();
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>f</id><title>t</title><updated>{at}</updated>{entries}</feed>"
    )
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_that_an_index_links_to_become_reports_and_a_link_that_leads_elsewhere_is_said() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    let (shelf, other) = (Shelf::open().await, Shelf::open().await);
    let page = |body: Vec<u8>| Page {
        status: 200,
        body,
        ..Page::default()
    };
    for name in ["a-1", "a-2", "a-3"] {
        shelf.put(&format!("/{name}.cap"), page(alert(name).into_bytes()));
    }
    other.put("/b-1.cap", page(alert("b-1").into_bytes()));
    let at = now().to_string();
    let elsewhere = format!("http://{}/b-1.cap", other.address);
    let named = ["a-1.cap".to_owned(), "/a-2.cap".to_owned(), elsewhere];
    shelf.put("/index", page(index(&named, &at)));
    let url = format!("http://{}/index", shelf.address);
    let transport = format!("transport: {{kind: http_poll, url: \"{url}\", every: 200ms}}");
    site.feed("alerts", &transport, "format: {kind: cap}\n");
    let server = site.start().await;
    let http = server.http();
    let view = http
        .feed_until("alerts", "has both and says what it did not fetch", |v| {
            v.health.accepted == 2 && v.health.error.is_some()
        })
        .await;
    assert_eq!(view.health.light, FeedLight::Up);
    let error = view.health.error.unwrap();
    assert!(error.starts_with("http.links: 1 links"), "{error}");
    assert!(error.contains(&other.address.to_string()), "{error}");
    assert!(other.asked("/b-1.cap").is_empty());

    // A new alert comes, and one that is not there yet; then it is there, and the other origin is listed.
    let later = ["a-3.cap".to_owned(), "late.cap".to_owned()];
    shelf.put("/index", page(index(&later, &at)));
    let view = http
        .feed_until("alerts", "has the third and says what is not there", |v| {
            let error = v.health.error.as_deref().unwrap_or_default();
            v.health.accepted == 3 && error.contains("/late.cap")
        })
        .await;
    assert_eq!(view.health.light, FeedLight::Up);
    shelf.put("/index", page(index(&named, &at)));
    let listed = format!(
        "transport: {{kind: http_poll, url: \"{url}\", every: 200ms, links: {{origins: [\"http://{}\"]}}}}",
        other.address
    );
    site.feed("alerts", &listed, "format: {kind: cap}\n");
    let view = http
        .feed_until("alerts", "has the one of the other origin", |v| {
            v.health.accepted == 4 && v.health.error.is_none()
        })
        .await;
    assert_eq!(
        (view.health.quarantined, view.health.light),
        (0, FeedLight::Up)
    );
    assert_eq!(http.list("reports").await.len(), 4);
    // Each once for each run of the feed: whatever else an index says again is not fetched again.
    let times = |path: &str| shelf.asked(path).len();
    assert_eq!((times("/a-1.cap"), times("/a-3.cap")), (2, 1));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_are_fetched_again_after_a_restart_are_duplicates_and_no_second_events() {
    if missing_binary() {
        return;
    }
    let (site, shelf) = (Site::new(), Shelf::open().await);
    let page = |body: Vec<u8>| Page {
        status: 200,
        body,
        ..Page::default()
    };
    for name in ["a-1", "a-2"] {
        shelf.put(&format!("/{name}.cap"), page(alert(name).into_bytes()));
    }
    let named = ["a-1.cap".to_owned(), "/a-2.cap".to_owned()];
    shelf.put("/index", page(index(&named, &now().to_string())));
    let transport = format!(
        "transport: {{kind: http_poll, url: \"http://{}/index\", every: 200ms}}",
        shelf.address
    );
    site.feed("alerts", &transport, "format: {kind: cap}\n");
    let server = site.start().await;
    let has_both = |v: &FeedView| v.health.accepted == 2;
    server
        .http()
        .feed_until("alerts", "has both", has_both)
        .await;
    let ids = |events: Vec<serde_json::Value>| -> BTreeSet<String> {
        events.iter().map(|e| e["id"].to_string()).collect()
    };
    let before = ids(server.http().list("events").await);
    assert_eq!(before.len(), 2);
    server.stop().await;

    // Which links were fetched is not kept: they are fetched once more, and what comes is known by its key.
    let server = site.start().await;
    let http = server.http();
    let view = http
        .feed_until("alerts", "knows both", |v| v.health.duplicates == 2)
        .await;
    assert_eq!((view.health.accepted, view.health.quarantined), (0, 0));
    let times = |path: &str| shelf.asked(path).len();
    assert_eq!((times("/a-1.cap"), times("/a-2.cap")), (2, 2));
    assert_eq!(http.list("reports").await.len(), 2);
    assert_eq!(ids(http.list("events").await), before);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_file_is_taken_once_and_moved_as_the_feed_says() {
    if missing_binary() {
        return;
    }
    let site = Site::new();
    let (inbox, other) = (site.path("inbox"), site.path("other"));
    fs::create_dir_all(&inbox).unwrap();
    let folder = |path: &std::path::Path, done: &str| {
        format!(
            "transport: {{kind: folder, path: \"{}\", pattern: \"*.xml*\", settle: 100ms, done: {done}}}",
            path.display()
        )
    };
    site.feed(
        "keep",
        &folder(&inbox, "keep_in_done"),
        "format: {kind: cap}\n",
    );
    site.feed("drop", &folder(&other, "delete"), "format: {kind: cap}\n");
    fs::write(inbox.join("before.xml"), alert("a-0")).unwrap();
    let server = site.start().await;
    let http = server.http();
    http.feed_until("keep", "took what was there", |v| v.health.accepted == 1)
        .await;

    fs::write(inbox.join("one.xml"), alert("a-1")).unwrap();
    fs::write(inbox.join("two.xml.gz"), gzip(alert("a-2").as_bytes())).unwrap();
    fs::write(inbox.join("half.xml.part"), alert("a-3").split_at(80).0).unwrap();
    fs::write(inbox.join("broken.xml"), "<alert><identifier>").unwrap();
    fs::write(other.join("gone.xml"), alert("b-1")).unwrap();
    for name in [
        "done/before.xml",
        "done/one.xml",
        "done/two.xml.gz",
        "failed/broken.xml",
        "failed/broken.xml.reason.txt",
    ] {
        until(name, async || inbox.join(name).exists().then_some(())).await;
    }
    until("the file is gone", async || {
        (!other.join("gone.xml").exists()).then_some(())
    })
    .await;
    assert!(
        inbox.join("half.xml.part").exists(),
        "what is not finished is left alone"
    );
    let reason = fs::read_to_string(inbox.join("failed/broken.xml.reason.txt")).unwrap();
    assert!(reason.contains("file.quarantined"), "{reason}");
    assert!(!other.join("done").exists());
    // The sender finishes its file under the final name.
    fs::write(inbox.join("half.xml.part"), alert("a-3")).unwrap();
    fs::rename(inbox.join("half.xml.part"), inbox.join("half.xml")).unwrap();
    until("the renamed file", async || {
        inbox.join("done/half.xml").exists().then_some(())
    })
    .await;
    // The same file again is a duplicate and moves as well.
    fs::write(
        inbox.join("one.xml"),
        fs::read(inbox.join("done/one.xml")).unwrap(),
    )
    .unwrap();
    let view = http
        .feed_until("keep", "took the second copy", |v| v.health.duplicates == 1)
        .await;
    assert_eq!((view.health.accepted, view.health.quarantined), (4, 1));
    until("the second copy moves", async || {
        (!inbox.join("one.xml").exists()).then_some(())
    })
    .await;
    let events = http.list("events").await;
    assert_eq!(events.len(), 5, "{events:#?}");
    assert!(events.iter().all(|e| e["life_at_risk"] == true));
    server.stop().await;
}
