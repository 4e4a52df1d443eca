//! Hostile, broken and huge input on each transport: a clear answer or quarantine, bounded memory, and the server goes
//! on as if nothing had been.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use core::time::Duration;

use oneroof_model::FeedLight;
use oneroof_tests::{
    HUGE, JSON_REPORTS, Live, Page, Shelf, Site, free_port, gzip, is_well, missing_binary, noise,
    now, pour, raw_http, report, until, vessel,
};
use oneroof_wire::ProblemCode;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_a_hundred_megabytes_and_noise_over_tcp_cost_a_few_rejects() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let ports = [free_port(), free_port(), free_port()];
    for (n, (feed, format)) in [
        ("ais", "format: {kind: ais_nmea}\n"),
        ("json", JSON_REPORTS),
        ("cap", "format: {kind: cap}\n"),
    ]
    .into_iter()
    .enumerate()
    {
        let transport = format!(
            "transport: {{kind: tcp_listen, listen: \"127.0.0.1:{}\"}}",
            ports[n]
        );
        site.feed(feed, &transport, format);
    }
    let server = site.start().await;
    let http = server.http();
    for feed in ["ais", "json", "cap"] {
        http.feed_until(feed, "listens", |v| v.health.light == FeedLight::Up)
            .await;
    }
    let before = server.rss_bytes();
    for (feed, head, body) in [
        ("ais", "!AIVDM", b'x'),
        ("json", "{\"id\":\"", b'x'),
        ("cap", "<alert>", b'x'),
    ] {
        let n = ["ais", "json", "cap"]
            .iter()
            .position(|f| *f == feed)
            .unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", ports[n])).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        drop(stream);
        pour(ports[n], &vec![body; 1 << 16], HUGE).await;
        pour(ports[n], &noise(1 << 20), 1 << 20).await;
        let view = http
            .feed_until(feed, "has rejects", |v| v.health.quarantined > 0)
            .await;
        assert_eq!(view.health.light, FeedLight::Up);
        assert_eq!(view.health.accepted, 0);
    }
    // The next connection is as good as any.
    pour(ports[0], vessel(272_000_001).as_bytes(), 1).await;
    pour(ports[1], report("over-tcp").to_string().as_bytes(), 1).await;
    for feed in ["ais", "json"] {
        http.feed_until(feed, "takes what is good", |v| v.health.accepted == 1)
            .await;
    }
    let kept: u64 = http
        .list("quarantine")
        .await
        .iter()
        .map(|i| i["size_bytes"].as_u64().unwrap())
        .sum();
    assert!(kept <= 3 * 64_000_000, "{kept} bytes in quarantine");
    is_well(&server, before, "good").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_connections_than_a_listener_has_are_closed_and_half_open_ones_hold_nothing_up() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let port = free_port();
    let transport = format!(
        "transport: {{kind: tcp_listen, listen: \"127.0.0.1:{port}\", max_connections: 3, idle_timeout: 2s}}"
    );
    site.feed("ais", &transport, "format: {kind: ais_nmea}\n");
    let server = site.start().await;
    let http = server.http();
    http.feed_until("ais", "listens", |v| v.health.light == FeedLight::Up)
        .await;
    let before = server.rss_bytes();
    let mut open = Vec::new();
    for n in 0..3 {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream
            .write_all(vessel(272_000_001 + n).as_bytes())
            .await
            .unwrap();
        http.feed_until("ais", "has its vessel", |v| {
            v.health.accepted == u64::from(n) + 1
        })
        .await;
        open.push(stream);
    }
    let mut fourth = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let end = timeout(Duration::from_secs(10), fourth.read(&mut [0; 1])).await;
    assert!(
        matches!(end.unwrap(), Ok(0) | Err(_)),
        "the fourth is closed"
    );
    // One that says a byte now and then is idle as well; then there is room again.
    for stream in &mut open {
        stream.write_all(b"!").await.unwrap();
    }
    for mut stream in open {
        let end = timeout(Duration::from_secs(10), stream.read(&mut [0; 1])).await;
        assert!(
            matches!(end.unwrap(), Ok(0) | Err(_)),
            "an idle one is closed"
        );
    }
    until("there is room again", async || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream
            .write_all(vessel(272_000_009).as_bytes())
            .await
            .unwrap();
        let heard = http.feed("ais").await.unwrap().health.accepted;
        (heard >= 4).then_some(())
    })
    .await;

    // Three hundred requests that never end, on the listener of the API.
    let mut loris = Vec::new();
    for n in 0..300 {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        let head = if n % 2 == 0 {
            "POST /api/v1/feeds/reports HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{"
        } else {
            "GET / HTTP/1.1\r\nHost: 127."
        };
        stream.write_all(head.as_bytes()).await.unwrap();
        loris.push(stream);
    }
    is_well(&server, before, "beside").await;
    let mut screen = server.screen().await;
    screen.until("the report", |s| s.keys().len() == 1).await;
    drop(screen);
    server.stop().await;
    drop(loris);
}

#[tokio::test(flavor = "multi_thread")]
async fn datagrams_of_noise_and_of_every_size_are_rejects_and_the_next_good_one_counts() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let port = free_port();
    site.feed(
        "udp",
        &format!("transport: {{kind: udp_listen, listen: \"127.0.0.1:{port}\"}}"),
        "format: {kind: ais_nmea}\n",
    );
    let server = site.start().await;
    let http = server.http();
    http.feed_until("udp", "listens", |v| v.health.light == FeedLight::Up)
        .await;
    let before = server.rss_bytes();
    let bytes = noise(65_000);
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for size in [0, 1, 2, 81, 4_096, 65_000] {
        socket
            .send_to(&bytes[..size], ("127.0.0.1", port))
            .await
            .unwrap();
    }
    // Two halves in two datagrams are two rejects: a datagram holds whole records.
    let sentence = vessel(272_000_001);
    let (head, tail) = sentence.split_at(25);
    for half in [head, tail] {
        socket
            .send_to(half.as_bytes(), ("127.0.0.1", port))
            .await
            .unwrap();
    }
    socket
        .send_to(vessel(272_000_002).as_bytes(), ("127.0.0.1", port))
        .await
        .unwrap();
    let view = http
        .feed_until("udp", "took the good one", |v| {
            v.health.accepted > 0 && v.health.quarantined >= 3
        })
        .await;
    assert_eq!(view.health.accepted, 1);
    is_well(&server, before, "good").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_body_that_is_huge_packed_or_nonsense_has_a_clear_answer() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let server = site.start().await;
    let http = server.http();
    let before = server.rss_bytes();
    let path = "/api/v1/feeds/reports";

    // Said to be too large: refused before it comes. In chunks without a size: when it is.
    let head = format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    let said = format!("{head}Content-Length: {HUGE}\r\n\r\n{{");
    let answer = raw_http(server.address(), said.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let chunk = [b"10000\r\n", vec![b' '; 0x10000].as_slice(), b"\r\n"].concat();
    let chunked = [
        format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes(),
        &chunk.repeat(200),
    ]
    .concat();
    let answer = raw_http(server.address(), &chunked).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 413"),
        "{answer}"
    );

    // A bomb: a hundred megabytes in a hundred kilobytes. Bodies are not compressed.
    let bomb = gzip(&vec![b' '; HUGE]);
    assert!(bomb.len() < 200_000);
    for coding in ["gzip", "deflate", "br"] {
        let headers = [("content-encoding", coding)];
        http.send(Method::POST, path, &headers, bomb.clone())
            .await
            .problem(415, ProblemCode::UnsupportedMediaType);
    }
    let answer = http.push("reports", bomb).await;
    assert_eq!((answer.accepted, answer.quarantined > 0), (0, true));

    let good = report("good").to_string();
    for (nonsense, what) in [
        (noise(100_000), "noise"),
        (
            good.replace("\"lat\":", "\"lat\":NaN,\"x\":").into_bytes(),
            "no number",
        ),
        (
            good.replace("\"lat\":", "\"lat\":1e999,\"x\":")
                .into_bytes(),
            "infinite",
        ),
        (
            b"{\"id\":\"\xff\xfe\",\"type\":\"UBC01\"}".to_vec(),
            "invalid UTF-8",
        ),
        (b"[".repeat(1_000_000), "deep"),
        (b"{\"a\":".repeat(100_000), "deeper"),
        (vec![0; 10_000], "zeros"),
    ] {
        let answer = http.push("reports", nonsense).await;
        assert_eq!(answer.accepted, 0, "{what}: {answer:?}");
        assert!(answer.quarantined >= 1, "{what}: {answer:?}");
    }
    is_well(&server, before, "good").await;
    server.stop().await;
}

fn with(id: &str, changes: &Value) -> Value {
    let mut record = report(id);
    for (key, value) in changes.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_cannot_be_are_put_aside_each_with_its_reason() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let server = site.start().await;
    let http = server.http();
    let far = |s: i64| now().plus_secs(s).to_string();
    for (changes, code) in [
        (json!({"lat": 91.0}), "decode."),
        (json!({"lon": -200.0}), "decode."),
        (
            json!({"lat": 23.9, "lon": 47.96}),
            "bad.swapped_coordinates",
        ),
        (json!({"time": far(3_600)}), "bad.future"),
        (json!({"time": "2999-12-31T23:59:59Z"}), "bad.future"),
        (json!({"time": "1970-01-01T00:00:00Z"}), "bad.past"),
        (json!({"time": "yesterday"}), "decode."),
        (json!({"time": "-99999999-01-01T00:00:00Z"}), "decode."),
        (json!({"id": "x".repeat(300)}), "bad.source_id"),
        (json!({"text": "x".repeat(10_000)}), "bad.text"),
        (json!({"lat": null, "lon": null}), "missing.place"),
        (json!({"rev": -1.5e300}), "decode."),
    ] {
        let answer = http.report(&with("bad", &changes)).await;
        let outcome = serde_json::to_value(&answer.records[0]).unwrap();
        let reason = outcome["reason"]["code"].as_str().unwrap_or_default();
        assert!(reason.starts_with(code), "{changes}: {outcome}");
    }
    // The same id with other content a thousand times over: revisions, and one event.
    let revisions: Vec<Value> = (0..1_000)
        .rev()
        .map(|n| with("r", &json!({"rev": n, "text": format!("{n}")})))
        .collect();
    let answer = http.report(&Value::Array(revisions)).await;
    assert_eq!(
        answer.accepted, 1_000,
        "out of order, each of them is a revision"
    );
    let events = http.list("events").await;
    assert_eq!(events.len(), 1);
    let newest: Vec<Value> = http
        .list("reports")
        .await
        .into_iter()
        .filter(|r| r["superseded"] != true)
        .collect();
    assert_eq!(newest.len(), 1);
    assert_eq!(newest[0]["text"], "999", "the highest wins in any order");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_in_pages_and_files_are_refused_with_a_reason_and_the_feeds_go_on() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let inbox = site.path("inbox");
    std::fs::create_dir_all(&inbox).unwrap();
    let folder = format!(
        "transport: {{kind: folder, path: \"{}\", settle: 100ms, max_bytes: 1MB}}",
        inbox.display()
    );
    site.feed("folder", &folder, JSON_REPORTS);
    let shelf = Shelf::open().await;
    let bomb = gzip(&vec![b' '; HUGE]);
    let packed = Page {
        status: 200,
        body: bomb.clone(),
        headers: vec![("Content-Encoding".to_owned(), "gzip".to_owned())],
        ..Page::default()
    };
    shelf.put("/page", packed);
    let poll = format!(
        "transport: {{kind: http_poll, url: \"http://{}/page\", every: 200ms, max_bytes: 1MB}}",
        shelf.address
    );
    site.feed("poll", &poll, JSON_REPORTS);
    let server = site.start().await;
    let http = server.http();
    let before = server.rss_bytes();

    let down = http
        .feed_until("poll", "is down", |v| v.health.light == FeedLight::Down)
        .await;
    assert!(down.health.error.unwrap().starts_with("http.too_large"));
    std::fs::write(inbox.join("bomb.json.gz"), &bomb).unwrap();
    std::fs::write(inbox.join("huge.json"), vec![b' '; 2_000_000]).unwrap();
    std::fs::write(inbox.join("cut.json.gz"), &gzip(&noise(5_000))[..2_000]).unwrap();
    std::fs::write(inbox.join("noise.json"), noise(100_000)).unwrap();
    std::fs::write(inbox.join("empty.json"), "").unwrap();
    std::os::unix::fs::symlink("/etc/hostname", inbox.join("link.json")).unwrap();
    for (name, code) in [
        ("bomb.json.gz", "file.too_large"),
        ("huge.json", "file.too_large"),
        ("cut.json.gz", "file.gzip"),
        ("noise.json", "file.quarantined"),
        ("link.json", "file.not_regular"),
    ] {
        let note = inbox.join(format!("failed/{name}.reason.txt"));
        let reason = until(name, async || std::fs::read_to_string(&note).ok()).await;
        assert!(reason.contains(code), "{name}: {reason}");
    }
    until("the empty file moved", async || {
        (!inbox.join("empty.json").exists()).then_some(())
    })
    .await;

    std::fs::write(inbox.join("good.json"), report("by-file").to_string()).unwrap();
    shelf.put(
        "/page",
        Page {
            status: 200,
            body: report("by-page").to_string().into_bytes(),
            ..Page::default()
        },
    );
    for feed in ["folder", "poll"] {
        http.feed_until(feed, "takes what is good", |v| v.health.accepted == 1)
            .await;
    }
    is_well(&server, before, "good").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_at_the_live_socket_ends_that_line_only() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let server = site.start().await;
    let before = server.rss_bytes();
    let mut witness = server.screen().await;
    for n in 0..5 {
        // Frames that are none.
        let mut raw = TcpStream::connect(server.address()).await.unwrap();
        let upgrade = format!(
            "GET /live HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: oneroof.live.v1\r\n\r\n",
            server.address()
        );
        raw.write_all(upgrade.as_bytes()).await.unwrap();
        drop(raw.write_all(&noise(10_000 + n)).await);
        // Text that is none, and a huge message in pieces.
        let mut live = Live::silent(server.address()).await;
        let text = String::from_utf8_lossy(&noise(1_000)).into_owned();
        live.say_raw(Message::Text(text.into())).await;
        live.end().await;
        let mut live = server.screen().await;
        for _ in 0..100 {
            live.say_raw(Message::Binary(vec![7; 60_000].into())).await;
        }
        live.end().await;
    }
    assert_eq!(server.http().report(&report("a")).await.accepted, 1);
    witness.until("the report", |s| s.keys().len() == 1).await;
    until("the others are gone", async || {
        (server.metric("live_clients").await == Some(1.0)).then_some(())
    })
    .await;
    is_well(&server, before, "good").await;
    drop(witness);
    server.stop().await;
}
