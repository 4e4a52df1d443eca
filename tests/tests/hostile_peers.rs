//! Hostile peers that the server connects to: a WebSocket, an MQTT broker, a NATS server, a database and its rows. Each
//! costs what it says and nothing else, and is heard again once it is good.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use futures_util::SinkExt as _;
use oneroof_model::FeedLight;
use oneroof_tests::{
    HUGE, JSON_REPORTS, Mosquitto, Nats, OPEN, Postgres, SOON, Server, Site, closes, counted,
    is_well, missing_binary, noise, nonsense, pour_into, report, trickles,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

/// Waits of the feeds before they connect again.
const AGAIN: &str = "reconnect_min: 50ms, reconnect_max: 200ms";

/// Who connects to a hostile peer.
struct Trap {
    listener: TcpListener,
    port: u16,
}

impl Trap {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { listener, port }
    }

    /// The server's next connection: it has given the one before up, and goes on.
    async fn next(&self) -> TcpStream {
        let accepted = timeout(SOON, self.listener.accept()).await;
        accepted.expect("it connects again").unwrap().0
    }

    /// Pours bytes at the next connection until it is closed or everything is said.
    async fn pours(&self, head: &[u8], chunk: &[u8], total: usize) {
        let mut stream = self.next().await;
        stream.write_all(head).await.unwrap();
        pour_into(&mut stream, chunk, total).await;
    }
}

/// The next good report of a feed arrives, and it is shown as up.
async fn recovers(server: &Server, feed: &str) {
    let what = "takes what is good";
    let view = server
        .http()
        .feed_until(feed, what, |v| {
            v.health.accepted == 1 && v.health.light == FeedLight::Up
        })
        .await;
    assert_eq!(view.health.restarts, 0, "nothing of it failed");
}

/// A whole frame of a WebSocket from a server: the opcode, and the bytes that it says it has.
fn frame_head(opcode: u8, size: u64) -> Vec<u8> {
    [&[opcode, 127][..], &size.to_be_bytes()].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_websocket_costs_its_connection_and_is_heard_again_once_it_is_good() {
    if missing_binary() {
        return;
    }
    let (site, trap) = (Site::with_reports(), Trap::open().await);
    let transport = format!(
        "transport: {{kind: websocket, url: \"ws://127.0.0.1:{}/\", {AGAIN}, ping_every: 500ms, idle_timeout: 2s}}",
        trap.port
    );
    site.feed("ws", &transport, JSON_REPORTS);
    let server = site.start().await;
    let before = server.rss_bytes();

    // No handshake, and one that never ends.
    trap.pours(&noise(100_000), &[], 0).await;
    let head = b"HTTP/1.1 101 Switching Protocols\r\nX-Fill: ";
    trap.pours(head, &vec![b'x'; 1 << 16], HUGE).await;

    // Frames that are too large, in one and in pieces without an end; frames that are none; text that is none.
    for (head, chunk) in [
        (frame_head(0x82, HUGE as u64), vec![b'x'; 1 << 16]),
        (
            vec![0x02, 0],
            [frame_head(0, 1 << 16), vec![b'x'; 1 << 16]].concat(),
        ),
        (noise(10_000), Vec::new()),
        (b"\x81\x04\xff\xfe\xfd\xfc".to_vec(), Vec::new()),
    ] {
        let mut stream = accept_async(trap.next().await).await.unwrap().into_inner();
        stream.write_all(&head).await.unwrap();
        if !chunk.is_empty() {
            pour_into(&mut stream, &chunk, HUGE).await;
        }
        closes(&mut stream).await;
    }
    counted(&server, "ws", 0, 2.0).await;

    // Messages that are no records: each is put aside, and the connection goes on.
    let mut peer = accept_async(trap.next().await).await.unwrap();
    let nonsense = nonsense();
    for (_, bytes) in &nonsense {
        peer.send(Message::binary(bytes.clone())).await.unwrap();
    }
    counted(&server, "ws", nonsense.len(), 2.0).await;
    drop(peer);

    // Half a message and then nothing; a message that comes byte by byte.
    let mut stream = accept_async(trap.next().await).await.unwrap().into_inner();
    stream.write_all(&frame_head(0x81, 1_000)).await.unwrap();
    stream.write_all(b"{\"id\":").await.unwrap();
    closes(&mut stream).await;
    let mut stream = accept_async(trap.next().await).await.unwrap().into_inner();
    stream.write_all(&frame_head(0x81, 1_000)).await.unwrap();
    trickles(stream, b" ").await;

    let mut peer = accept_async(trap.next().await).await.unwrap();
    let good = report("over-ws").to_string();
    peer.send(Message::text(good)).await.unwrap();
    recovers(&server, "ws").await;
    is_well(&server, before, "good").await;
    server.stop().await;
}

/// A packet of MQTT as far as its length says: the first byte, and the bytes that follow.
fn mqtt_head(first: u8, mut size: usize) -> Vec<u8> {
    let mut head = vec![first];
    loop {
        let low = u8::try_from(size & 0x7f).unwrap();
        size >>= 7;
        head.push(if size > 0 { low | 0x80 } else { low });
        if size == 0 {
            return head;
        }
    }
}

/// A publication of quality 0 (3.1.1).
fn publication(topic: &str, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(topic.len()).unwrap().to_be_bytes();
    let body = [&length[..], topic.as_bytes(), content].concat();
    [mqtt_head(0x30, body.len()), body].concat()
}

/// A broker that lets the server in and takes its subscription.
async fn broker(trap: &Trap) -> TcpStream {
    let mut stream = trap.next().await;
    let mut buffer = [0; 1024];
    // CONNECT, then SUBSCRIBE with identifier 1 (3.1, 3.8).
    assert!(stream.read(&mut buffer).await.unwrap() > 0);
    stream.write_all(&[0x20, 2, 0, 0]).await.unwrap();
    assert!(stream.read(&mut buffer).await.unwrap() > 0);
    stream.write_all(&[0x90, 3, 0, 1, 1]).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_broker_costs_its_connection_and_is_heard_again_once_it_is_good() {
    if missing_binary() {
        return;
    }
    let (site, trap) = (Site::with_reports(), Trap::open().await);
    let transport = format!(
        "transport: {{kind: mqtt, url: \"mqtt://127.0.0.1:{}\", client_id: centre, version: \"3.1.1\", \
         topics: [{{topic: \"#\"}}], keep_alive: 2s, {AGAIN}}}",
        trap.port
    );
    site.feed("mqtt", &transport, JSON_REPORTS);
    let server = site.start().await;
    let before = server.rss_bytes();

    // No greeting; a length without an end; a greeting that says it is huge.
    trap.pours(&noise(100_000), &[], 0).await;
    trap.pours(&[0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], &[], 0)
        .await;
    trap.pours(&mqtt_head(0x20, HUGE), &vec![0; 1 << 16], HUGE)
        .await;
    // A topic longer than its packet, and one that is no text.
    for packet in [
        &[0x30, 4, 0xff, 0xff, b'a', b'b'][..],
        &[0x30, 4, 0, 2, 0xff, 0xfe],
    ] {
        let mut stream = broker(&trap).await;
        stream.write_all(packet).await.unwrap();
        closes(&mut stream).await;
    }
    // Half a publication and then nothing; one that comes byte by byte.
    let mut stream = broker(&trap).await;
    let whole = publication("a", report("half").to_string().as_bytes());
    stream.write_all(&whole[..whole.len() / 2]).await.unwrap();
    closes(&mut stream).await;
    let mut stream = broker(&trap).await;
    stream.write_all(&mqtt_head(0x30, 1_000)).await.unwrap();
    trickles(stream, &[0]).await;

    // A huge publication is passed over and counted; what is no record is put aside, a topic each; then a good one, on
    // the same connection.
    let mut stream = broker(&trap).await;
    stream.write_all(&mqtt_head(0x30, HUGE)).await.unwrap();
    stream.write_all(&[0, 1, b'a']).await.unwrap();
    pour_into(&mut stream, &vec![b'x'; HUGE - 3], HUGE - 3).await;
    let nonsense = nonsense();
    for (n, (_, bytes)) in nonsense.iter().enumerate() {
        let packet = publication(&format!("odd/{n}"), bytes);
        stream.write_all(&packet).await.unwrap();
    }
    counted(&server, "mqtt", nonsense.len(), 1.0).await;
    let good = publication("calls", report("by-mqtt").to_string().as_bytes());
    stream.write_all(&good).await.unwrap();
    recovers(&server, "mqtt").await;
    is_well(&server, before, "good").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hostile_clients_publish_at_a_real_broker_is_put_aside_or_counted() {
    if missing_binary() {
        return;
    }
    let Some(broker) = Mosquitto::start(OPEN).await else {
        return;
    };
    let site = Site::with_reports();
    let transport = format!(
        "transport: {{kind: mqtt, url: \"mqtt://127.0.0.1:{}\", client_id: centre, topics: [{{topic: \"calls/#\"}}], {AGAIN}}}",
        broker.port
    );
    site.feed("mqtt", &transport, JSON_REPORTS);
    let server = site.start().await;
    let http = server.http();
    http.feed_until("mqtt", "is up", |v| v.health.light == FeedLight::Up)
        .await;
    let before = server.rss_bytes();
    let nonsense = nonsense();
    for (n, (what, bytes)) in nonsense.iter().enumerate() {
        let file = site.path("message");
        std::fs::write(&file, bytes).unwrap();
        assert!(broker.publish_file(&format!("calls/{n}"), &file), "{what}");
    }
    // Larger than the server says it takes (version 5): the broker keeps it back.
    let file = site.path("message");
    std::fs::write(&file, vec![b'x'; 20_000_000]).unwrap();
    assert!(broker.publish_file("calls/huge", &file));
    counted(&server, "mqtt", nonsense.len(), 0.0).await;
    assert!(broker.publish("calls/bg", &report("by-mqtt").to_string(), &[]));
    recovers(&server, "mqtt").await;
    is_well(&server, before, "good").await;
    server.stop().await;
}

/// A server of NATS that lets the centre in and takes its subscription.
async fn nats(trap: &Trap) -> TcpStream {
    let mut stream = trap.next().await;
    let info = "INFO {\"server_id\":\"x\",\"version\":\"2.10.0\",\"proto\":1,\"host\":\"127.0.0.1\",\"port\":1,\
                \"headers\":true,\"max_payload\":1048576}\r\n";
    stream.write_all(info.as_bytes()).await.unwrap();
    let (mut heard, mut buffer) = (Vec::new(), [0; 1024]);
    while !heard.windows(4).any(|w| w == b"SUB ") {
        let n = stream.read(&mut buffer).await.unwrap();
        assert!(n > 0, "it goes away: {}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&buffer[..n]);
        if heard.windows(4).any(|w| w == b"PING") {
            stream.write_all(b"PONG\r\n").await.unwrap();
        }
    }
    stream
}

/// A message as the server of NATS says it.
fn nats_message(content: &[u8]) -> Vec<u8> {
    let head = format!("MSG alarms.bg 1 {}\r\n", content.len());
    [head.as_bytes(), content, b"\r\n"].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_nats_server_costs_its_connection_and_is_heard_again_once_it_is_good() {
    if missing_binary() {
        return;
    }
    let (site, trap) = (Site::with_reports(), Trap::open().await);
    let transport = format!(
        "transport: {{kind: nats, url: \"nats://127.0.0.1:{}\", subject: \"alarms.>\", {AGAIN}}}",
        trap.port
    );
    site.feed("nats", &transport, JSON_REPORTS);
    let server = site.start().await;
    let before = server.rss_bytes();
    trap.pours(&noise(100_000), &[], 0).await;
    trap.pours(b"INFO {\"server_id\":\r\n", &[], 0).await;
    trap.pours(&[0; 10_000], &[], 0).await;
    // An operation that is none, a length that is none. The library lets go of a connection once it has the next one.
    let mut before_next = Vec::new();
    for said in ["MSG alarms.bg 1\r\n", "MSG alarms.bg 1 -5\r\n", "LIES\r\n"] {
        let mut stream = nats(&trap).await;
        stream.write_all(said.as_bytes()).await.unwrap();
        before_next.push(stream);
    }
    let mut stream = nats(&trap).await;
    let nonsense = nonsense();
    for (_, bytes) in &nonsense {
        stream.write_all(&nats_message(bytes)).await.unwrap();
    }
    stream
        .write_all(&nats_message(&vec![b'x'; 2_000_000]))
        .await
        .unwrap();
    counted(&server, "nats", nonsense.len(), 1.0).await;
    let good = nats_message(report("by-nats").to_string().as_bytes());
    stream.write_all(&good).await.unwrap();
    recovers(&server, "nats").await;
    is_well(&server, before, "good").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hostile_clients_publish_at_a_real_nats_server_is_put_aside_or_counted() {
    if missing_binary() {
        return;
    }
    let Some(nats) = Nats::start("max_payload: 8MB").await else {
        return;
    };
    let context = nats.stream().await;
    let site = Site::with_reports();
    let transport = format!(
        "transport: {{kind: nats, url: \"nats://127.0.0.1:{}\", subject: \"alarms.>\", \
         jetstream: {{stream: ALARMS, durable: centre, ack_wait: 5s}}, {AGAIN}}}",
        nats.port
    );
    site.feed("nats", &transport, JSON_REPORTS);
    let server = site.start().await;
    let before = server.rss_bytes();
    let nonsense = nonsense();
    for (_, bytes) in &nonsense {
        let sent = context.publish("alarms.bg", bytes.clone().into()).await;
        sent.unwrap().await.unwrap();
    }
    let huge = vec![b'x'; 7_000_000];
    let sent = context.publish("alarms.bg", huge.into()).await;
    sent.unwrap().await.unwrap();
    let good = report("by-nats").to_string();
    let sent = context.publish("alarms.bg", good.into()).await;
    sent.unwrap().await.unwrap();
    counted(&server, "nats", nonsense.len(), 1.0).await;
    recovers(&server, "nats").await;
    is_well(&server, before, "good").await;
    server.stop().await;
}

/// Rows whose body is anything, and one whose query can fail.
const CALLS: &str =
    "CREATE TABLE calls (seq bigserial, body json NOT NULL, lat text NOT NULL DEFAULT '48.1')";

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_lies_is_put_aside_or_named_and_the_rows_after_it_arrive() {
    if missing_binary() {
        return;
    }
    // A nest of ten thousand lists needs a deep stack of PostgreSQL itself.
    let Some(database) = Postgres::start(&["max_stack_depth=6MB"]).await else {
        return;
    };
    let admin = database.admin().await;
    admin.batch_execute(CALLS).await.unwrap();
    let site = Site::with_reports();
    let password = site.path("password");
    std::fs::write(&password, "tiger7").unwrap();
    let transport = format!(
        "transport: {{kind: sql_poll, address: \"127.0.0.1:{}\", database: postgres, user: postgres, \
         password: {{file: \"{}\"}}, cursor: seq, every: 100ms, reconnect_max: 500ms, max_bytes: 4MB, query: \"SELECT seq, \
         body->'id' AS id, body->'type' AS type, body->'time' AS time, lat::float8 AS lat, body->'lon' AS lon, \
         body->'text' AS text FROM calls\"}}",
        database.port,
        password.display()
    );
    site.feed("sql", &transport, JSON_REPORTS);
    let server = site.start().await;
    let http = server.http();
    http.feed_until("sql", "is up", |v| v.health.light == FeedLight::Up)
        .await;
    let before = server.rss_bytes();
    let insert = "INSERT INTO calls (body, lat) VALUES (($1::text)::json, $2)";
    let nest = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let lies = [
        (
            r#"{"id": 7, "type": "UBC01", "time": "infinity", "lon": 22.9}"#.to_owned(),
            "48.1",
        ),
        (
            r#"{"id": {"a": 1}, "type": null, "time": 1e999, "lon": []}"#.to_owned(),
            "48.1",
        ),
        (report("nan").to_string(), "NaN"),
        (report("far").to_string(), "1e300"),
        (
            format!(r#"{{"id": "nest", "type": "UBC01", "text": {nest}}}"#),
            "48.1",
        ),
        ("[]".to_owned(), "48.1"),
        ("\"\\u0001\"".to_owned(), "48.1"),
    ];
    for (body, lat) in &lies {
        admin.execute(insert, &[body, lat]).await.unwrap();
    }
    counted(&server, "sql", lies.len(), 0.0).await;
    // A row that is larger than an answer may be: passed over, and said.
    let huge = "INSERT INTO calls (body) VALUES (json_build_object('id', repeat('x', 50000000)))";
    admin.execute(huge, &[]).await.unwrap();
    counted(&server, "sql", lies.len(), 1.0).await;
    // A row at which the agency's own query fails holds the feed up, in view, until it is mended; nothing is passed over.
    let north = report("north").to_string();
    admin.execute(insert, &[&north, &"north"]).await.unwrap();
    let down = http
        .feed_until("sql", "says that the query fails", |v| {
            v.health.light == FeedLight::Down
        })
        .await;
    let error = down.health.error.unwrap();
    assert!(error.starts_with("sql.query"), "{error}");
    admin
        .execute("UPDATE calls SET lat = '48.2' WHERE lat = 'north'", &[])
        .await
        .unwrap();
    recovers(&server, "sql").await;
    is_well(&server, before, "good").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_messages_have_no_end_costs_its_connection() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let trap = Trap::open().await;
    let liar = format!(
        "transport: {{kind: sql_poll, address: \"127.0.0.1:{}\", database: a, user: a, cursor: seq, every: 100ms, \
         reconnect_max: 500ms, query: \"SELECT 1 AS seq\"}}",
        trap.port
    );
    site.feed("liar", &liar, JSON_REPORTS);
    let server = site.start().await;
    let (http, before) = (server.http(), server.rss_bytes());
    for head in [&b"R\x7f\xff\xff\xff"[..], b"E\xff\xff\xff\xff"] {
        trap.pours(head, &vec![b'x'; 1 << 16], HUGE).await;
    }
    let down = http
        .feed_until("liar", "is down", |v| v.health.light == FeedLight::Down)
        .await;
    let error = down.health.error.unwrap();
    assert!(error.starts_with("sql.too_large"), "{error}");
    is_well(&server, before, "good").await;
    server.stop().await;
}
