//! The options of transports: what is read, and what a person reads who made a mistake in them.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};

use oneroof_config::{Problem, Transport, load_feed, load_with};
use tempfile::TempDir;

/// A configuration folder with two PEM files and one feed.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("feeds")).unwrap();
        fs::create_dir(folder.path().join("tls")).unwrap();
        for name in ["ca.pem", "own.pem", "own.key"] {
            fs::write(folder.path().join("tls").join(name), "PEM").unwrap();
        }
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Reads a feed whose transport is this, on line 5.
    fn read(&self, transport: &str) -> Result<Transport, Vec<Problem>> {
        let shipped = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config");
        let config = load_with(&[shipped], &|_| None).unwrap();
        let path = self.path().join("feeds/agency.yaml");
        let text = format!(
            "feed: agency\norg: PO\nname: {{uk: \"A\", en: \"A\"}}\nsource_kind: patrol\ntransport: {transport}\n\
             format: {{kind: json, map: []}}\n"
        );
        fs::write(&path, text).unwrap();
        let env = |name: &str| (name == "SECRET").then(|| "tiger7".to_owned());
        load_feed(&path, &config, &env).map(|feed| feed.transport)
    }
}

/// Each is read, and gives the same when its own text is read again.
#[test]
fn every_transport_of_the_documentation_is_read() {
    let folder = Folder::new();
    for transport in [
        "{kind: udp_listen, listen: '0.0.0.0:6969', multicast: {group: 239.2.3.1, interface: eth0}}",
        "{kind: udp_listen, listen: '0.0.0.0:6969', allow: [10.1.0.0/16], multicast: {group: 232.2.3.1, interface: 10.1.2.3, source: 10.1.0.5, rejoin_after: 2min}}",
        "{kind: udp_listen, listen: '[::]:6969', multicast: {group: 'ff05::17', interface: eth0}}",
        "{kind: tcp_client, address: host:1, tls: {}}",
        "{kind: tcp_client, address: host:1, tls: {ca: tls/ca.pem, cert: tls/own.pem, key: tls/own.key, server_name: gw.example}}",
        "{kind: tcp_listen, listen: 127.0.0.1:1, tls: {cert: tls/own.pem, key: tls/own.key, ca: tls/ca.pem, client_auth: required}}",
        "{kind: http_poll, url: 'https://host/a', basic: {user: centre, password: {env: SECRET}}, tls: {ca: tls/ca.pem}}",
        "{kind: http_poll, url: 'http://host/a', headers: {X-Api-Key: {env: SECRET}, Accept: text/xml}, paging: {by: link, max_pages: 5}}",
        "{kind: http_poll, url: 'http://host/a', post: {body: '{\"a\": \"{cursor}\"}'}, paging: {by: cursor, path: meta.next, keep: true, file: state/agency}}",
        "{kind: http_poll, url: 'https://host/index.atom', links: {origins: ['https://cap.example', 'https://h:8443'], max: 50, max_bytes: 200kB, timeout: 5s, within: 2min}}",
        "{kind: http_poll, url: 'https://host/index.atom', links: {follow: false}}",
        "{kind: http_poll, url: 'http://host/a', paging: {by: page, parameter: page, path: items, first: 0}}",
        "{kind: mqtt, url: 'mqtts://host', client_id: centre, topics: [{topic: bg/+/alarm, qos: 2}, {topic: 'a/#'}], user: centre, password: {env: SECRET}, status: {topic: gw/status}, tls: {}}",
        "{kind: mqtt, url: 'mqtt://host:1884', client_id: centre, topics: [{topic: a}], version: 3.1.1, clean_start: true}",
        "{kind: nats, url: 'nats://host', subject: 'alarms.>', jetstream: {stream: ALARMS, durable: centre, deliver: new}, token: {env: SECRET}}",
        "{kind: nats, url: 'tls://host', subject: alarms.*.bg, user: centre, password: {env: SECRET}}",
        "{kind: sql_poll, address: 'db.example:5432', database: cad, user: reader, password: {env: SECRET}, query: 'SELECT * FROM v', cursor: id, start: '0', cursor_file: state/cad, tls: {ca: tls/ca.pem}}",
        "{kind: websocket, url: 'wss://host/live', token: {env: SECRET}, subscribe: ['{}'], resume: {path: seq, subscribe: ['{\"from\": \"{cursor}\"}'], file: state/agency}, tls: {ca: tls/ca.pem}}",
    ] {
        let read = folder.read(transport);
        let read = read.unwrap_or_else(|p| panic!("{transport}\n{}", p[0]));
        let kind = transport.split([':', ',']).nth(1).unwrap().trim();
        assert_eq!(read.kind(), kind);
        assert!(!format!("{read:?}").contains("tiger7"));
    }
}

#[test]
fn a_pem_file_counts_from_the_configuration_folder() {
    let folder = Folder::new();
    let read = folder.read("{kind: tcp_client, address: host:1, tls: {ca: tls/ca.pem}}");
    let Transport::TcpClient(client) = read.unwrap() else {
        panic!("another transport");
    };
    let ca = client.tls.unwrap().ca.unwrap().0;
    assert_eq!(ca, folder.path().join("tls/ca.pem"));
}

/// Code, what the place in the line begins with, and a part of the message.
type Fault = (&'static str, &'static str, &'static str, &'static str);

const FAULTS: &[Fault] = &[
    (
        "{kind: udp_listen, listen: '0.0.0.0:1', multicast: {group: 10.2.3.1}}",
        "wrong-value",
        "10.2.3.1",
        "a multicast group",
    ),
    (
        "{kind: udp_listen, listen: '0.0.0.0:1', multicast: {group: 'ff05::1'}}",
        "wrong-value",
        "'ff05",
        "family of `listen`",
    ),
    (
        "{kind: udp_listen, listen: '10.1.2.3:1', multicast: {group: 239.2.3.1}}",
        "wrong-value",
        "'10.1.2.3:1'",
        "listen on every address",
    ),
    (
        "{kind: udp_listen, listen: '0.0.0.0:1', multicast: {group: 232.2.3.1, interface: eth0, source: 10.1.0.5}}",
        "wrong-value",
        "10.1.0.5",
        "with `source`",
    ),
    (
        "{kind: udp_listen, listen: '0.0.0.0:1', multicast: {group: 239.2.3.1, interface: '::1'}}",
        "wrong-value",
        "'::1'",
        "takes an IPv4 address or a name",
    ),
    (
        "{kind: udp_listen, listen: '0.0.0.0:1', multicast: {grup: 239.2.3.1}}",
        "unknown-key",
        "grup",
        "unknown key `grup`",
    ),
    (
        "{kind: tcp_client, address: host:1, tls: {cert: tls/own.pem}}",
        "wrong-value",
        "{cert",
        "go together",
    ),
    (
        "{kind: tcp_client, address: host:1, tls: {ca: tls/gone.pem}}",
        "file-missing",
        "tls/gone.pem",
        "gone.pem cannot be read",
    ),
    (
        "{kind: tcp_listen, listen: 127.0.0.1:1, tls: {cert: tls/own.pem, key: tls/own.key, client_auth: required}}",
        "wrong-value",
        "{cert",
        "needed in `ca`",
    ),
    (
        "{kind: tcp_listen, listen: 127.0.0.1:1, tls: {cert: tls/own.pem}}",
        "missing-key",
        "{cert",
        "missing key `key`",
    ),
    (
        "{kind: tcp_listen, listen: 127.0.0.1:1, tls: {cert: tls/own.pem, key: tls/own.key, client_auth: maybe}}",
        "wrong-value",
        "maybe",
        "one of required, optional, none",
    ),
    (
        "{kind: http_poll, url: 'http://host/a', tls: {}}",
        "wrong-value",
        "{}",
        "https address only",
    ),
    (
        "{kind: http_poll, url: 'https://host/a', tls: {server_name: gw}}",
        "wrong-value",
        "gw",
        "that of the address",
    ),
    (
        "{kind: http_poll, url: 'http://host/a', headers: {X-Api-Key: tiger7}}",
        "secret-inline",
        "tiger7",
        "must not stand",
    ),
    (
        "{kind: http_poll, url: 'http://host/a', headers: {'X Y': z}}",
        "wrong-value",
        "z",
        "no name of a header",
    ),
    (
        "{kind: http_poll, url: 'http://host/a', headers: {X-Key: {env: NONE}}}",
        "secret-missing",
        "{env",
        "NONE is not set",
    ),
    (
        "{kind: http_poll, url: 'http://host/a', basic: {user: 'a:b', password: {env: SECRET}}}",
        "wrong-value",
        "'a:b'",
        "no colon",
    ),
    (
        "{kind: http_poll, url: 'http://host/a', paging: {by: cursor, parameter: after}}",
        "wrong-value",
        "{by",
        "say with `path`",
    ),
    (
        "{kind: http_poll, url: 'http://host/a', paging: {by: page}}",
        "wrong-value",
        "{by",
        "say with `parameter`",
    ),
    (
        "{kind: http_poll, url: 'http://host/a', paging: {by: link, keep: true}}",
        "wrong-value",
        "true",
        "only a cursor",
    ),
    (
        "{kind: websocket, url: 'http://host/a'}",
        "wrong-value",
        "'http",
        "the address of a WebSocket",
    ),
    (
        "{kind: websocket, url: 'ws://host/a', tls: {}}",
        "wrong-value",
        "{}",
        "wss address only",
    ),
    (
        "{kind: websocket, url: 'ws://host/a', ping_every: 2min}",
        "wrong-value",
        "{kind",
        "below `idle_timeout`",
    ),
    (
        "{kind: websocket, url: 'ws://host/a', reconnect_min: 2min}",
        "wrong-value",
        "{kind",
        "`reconnect_min`",
    ),
    (
        "{kind: mqtt, url: 'http://host', client_id: c, topics: [{topic: a}]}",
        "wrong-value",
        "'http",
        "the address of a broker",
    ),
    (
        "{kind: mqtt, url: 'mqtt://host', topics: [{topic: a}]}",
        "missing-key",
        "{kind",
        "missing key `client_id`",
    ),
    (
        "{kind: mqtt, url: 'mqtt://host', client_id: c, topics: []}",
        "wrong-value",
        "[]",
        "at least one topic",
    ),
    (
        "{kind: mqtt, url: 'mqtt://host', client_id: c, topics: [{topic: 'a/#/b'}]}",
        "wrong-value",
        "[{topic",
        "a topic filter",
    ),
    (
        "{kind: mqtt, url: 'mqtt://host', client_id: c, topics: [{topic: a, qos: 3}]}",
        "wrong-value",
        "[{topic",
        "0, 1 or 2",
    ),
    (
        "{kind: mqtt, url: 'mqtt://host', client_id: c, topics: [{topic: a}], status: {topic: 'gw/+'}}",
        "wrong-value",
        "'gw/+'",
        "no wildcards",
    ),
    (
        "{kind: mqtt, url: 'mqtt://host', client_id: c, topics: [{topic: a}], keep_alive: 0s}",
        "wrong-value",
        "0s",
        "from 1s",
    ),
    (
        "{kind: mqtt, url: 'mqtt://host', client_id: c, topics: [{topic: a}], tls: {}}",
        "wrong-value",
        "{}",
        "mqtts address only",
    ),
    (
        "{kind: nats, url: 'nats://host', subject: 'a..b'}",
        "wrong-value",
        "'a..b'",
        "a subject has",
    ),
    (
        "{kind: nats, url: 'nats://host', subject: a, user: centre}",
        "wrong-value",
        "{kind",
        "go together",
    ),
    (
        "{kind: nats, url: 'nats://host', subject: a, jetstream: {stream: a.b, durable: c}}",
        "wrong-value",
        "{stream",
        "no dots",
    ),
    (
        "{kind: sql_poll, address: 'db:1', database: d, user: u, query: q, cursor: id, batch: 0}",
        "wrong-value",
        "0}",
        "above 0",
    ),
    (
        "{kind: sql_poll, address: 'db:1', database: d, user: u, query: q}",
        "missing-key",
        "{kind",
        "missing key `cursor`",
    ),
    (
        "{kind: http_poll, url: 'http://host/a', paging: {by: cursor, path: 'a..b', parameter: p}}",
        "wrong-value",
        "'a..b'",
        "a path such as",
    ),
    (
        "{kind: websocket, url: 'ws://host/a', resume: {path: 'a[x]', subscribe: []}}",
        "wrong-value",
        "'a[x]'",
        "a path such as",
    ),
];

#[test]
fn every_fault_is_told_at_its_line_and_column() {
    let folder = Folder::new();
    for (transport, code, at, message) in FAULTS {
        let problems = folder.read(transport).expect_err(transport);
        let [problem] = problems.as_slice() else {
            panic!("{transport}\n{problems:?}");
        };
        assert_eq!(problem.code, *code, "{transport}\n{problem}");
        let text = problem.to_string();
        assert!(text.contains(message), "{transport}\n{text}");
        assert_eq!(problem.line, 5, "{text}");
        let line = format!("transport: {transport}");
        let found: String = line.chars().skip(problem.column - 1).collect();
        assert!(found.starts_with(at), "{transport}\nat {found}");
        assert!(!text.contains("tiger7"), "{text}");
    }
}
