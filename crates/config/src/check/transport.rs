//! Options of transports against sense, the environment and each other.

use core::net::{IpAddr, SocketAddr};
use std::collections::BTreeMap;

use super::place;
use crate::load::Env;
use crate::read::Cx;
use crate::scalar::Period;
use crate::types::{
    ClientAuth, Feed, HeaderText, HttpPoll, Interface, Mqtt, MqttVersion, Multicast, Nats,
    PagingBy, PemFile, Secret, TlsClient, TlsListen, Transport, UdpListen, WebSocket,
};
use crate::yaml::Node;

/// Checks the options of one transport. `feed` is the tree of its file.
pub(super) fn values(transport: &Transport, feed: &Node, env: Env<'_>, cx: &mut Cx) {
    for (path, secret) in secrets(transport) {
        if let Err(message) = secret.fetch(env) {
            cx.at(place(feed, &path), "secret-missing", message, None);
        }
    }
    if let Some(headers) = headers(transport) {
        check_headers(headers, feed, env, cx);
    }
    for (path, pem) in pem_files(transport) {
        if let Err(error) = std::fs::metadata(&pem.0).and_then(|_| std::fs::File::open(&pem.0)) {
            let message = format!(
                "the file {} cannot be read: {}",
                pem.0.display(),
                error.kind()
            );
            let help = "a relative path counts from the configuration folder".to_owned();
            cx.at(place(feed, &path), "file-missing", message, Some(help));
        }
    }
    for (key, message) in faults(transport) {
        let path: Vec<&str> = ["transport"]
            .into_iter()
            .chain(key.split('.').filter(|k| !k.is_empty()))
            .collect();
        cx.at(place(feed, &path), "wrong-value", message.to_owned(), None);
    }
}

const fn headers(transport: &Transport) -> Option<&BTreeMap<String, HeaderText>> {
    match transport {
        Transport::HttpPoll(t) => Some(&t.headers),
        Transport::WebSocket(t) => Some(&t.headers),
        _ => None,
    }
}

/// Parts of the names of headers whose content is a secret.
const SECRET_NAMES: [&str; 6] = ["auth", "key", "token", "secret", "cookie", "password"];

fn check_headers(headers: &BTreeMap<String, HeaderText>, feed: &Node, env: Env<'_>, cx: &mut Cx) {
    for (name, text) in headers {
        let spot = place(feed, &["transport", "headers", name]);
        let sane = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if name.is_empty() || !name.bytes().all(sane) {
            let message = format!("{name:?} is no name of a header (RFC 9110, 5.1)");
            cx.at(spot, "wrong-value", message, None);
        }
        let lower = name.to_ascii_lowercase();
        let inline = matches!(text, HeaderText::Text(_));
        if inline && SECRET_NAMES.iter().any(|part| lower.contains(part)) {
            let message = "a secret must not stand in the configuration".to_owned();
            let help = "write {env: NAME} or {file: /run/secrets/name}, and change this secret";
            cx.at(spot, "secret-inline", message, Some(help.to_owned()));
        } else if let Err(message) = text.fetch(env) {
            cx.at(spot, "secret-missing", message, None);
        }
    }
}

/// Secrets that a transport names, with their places.
fn secrets(transport: &Transport) -> Vec<(Vec<&'static str>, &Secret)> {
    let all: Vec<(&'static str, Option<&Secret>)> = match transport {
        Transport::HttpPush(t) => vec![("token", t.token.as_ref())],
        Transport::HttpPoll(t) => vec![
            ("token", t.token.as_ref()),
            ("basic.password", t.basic.as_ref().map(|b| &b.password)),
        ],
        Transport::WebSocket(t) => vec![("token", t.token.as_ref())],
        Transport::Mqtt(t) => vec![("password", t.password.as_ref())],
        Transport::Nats(t) => vec![
            ("password", t.password.as_ref()),
            ("token", t.token.as_ref()),
            ("credentials", t.credentials.as_ref()),
        ],
        Transport::SqlPoll(t) => vec![("password", t.password.as_ref())],
        _ => Vec::new(),
    };
    all.into_iter()
        .filter_map(|(key, secret)| {
            let path = ["transport"].into_iter().chain(key.split('.'));
            Some((path.collect(), secret?))
        })
        .collect()
}

/// PEM files that a transport names, with their places.
fn pem_files(transport: &Transport) -> Vec<(Vec<&'static str>, &PemFile)> {
    let mut all: Vec<(&'static str, Option<&PemFile>)> = Vec::new();
    if let Some(tls) = tls_client(transport) {
        all.extend([
            ("ca", tls.ca.as_ref()),
            ("cert", tls.cert.as_ref()),
            ("key", tls.key.as_ref()),
        ]);
    }
    if let Some(tls) = tls_listen(transport) {
        all.extend([
            ("ca", tls.ca.as_ref()),
            ("cert", Some(&tls.cert)),
            ("key", Some(&tls.key)),
        ]);
    }
    all.into_iter()
        .filter_map(|(key, file)| Some((vec!["transport", "tls", key], file?)))
        .collect()
}

const fn tls_client(transport: &Transport) -> Option<&TlsClient> {
    match transport {
        Transport::TcpClient(t) => t.tls.as_ref(),
        Transport::HttpPoll(t) => t.tls.as_ref(),
        Transport::WebSocket(t) => t.tls.as_ref(),
        Transport::Mqtt(t) => t.tls.as_ref(),
        Transport::Nats(t) => t.tls.as_ref(),
        Transport::SqlPoll(t) => t.tls.as_ref(),
        _ => None,
    }
}

const fn tls_listen(transport: &Transport) -> Option<&TlsListen> {
    match transport {
        Transport::TcpListen(t) => t.tls.as_ref(),
        Transport::TakListen(t) => t.tls.as_ref(),
        _ => None,
    }
}

/// What cannot work, each with the key below `transport` (dots between) that it stands at.
fn faults(transport: &Transport) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let mut told = |wrong: bool, key, message| found.extend(wrong.then_some((key, message)));
    match transport {
        Transport::TcpClient(t) => {
            told(
                reconnect_wrong(t.reconnect_min, t.reconnect_max),
                "",
                RECONNECT,
            );
        }
        Transport::HttpPoll(t) => {
            let wrong = t.every.0.is_zero() || t.timeout.0.is_zero();
            told(wrong, "", "`every` and `timeout` have to be above 0");
            found.extend(http_faults(t));
        }
        Transport::Replay(t) => {
            let none = t.files.is_empty();
            told(none, "", "name at least one capture in `files`");
            let still = t.speed <= 0.0 || t.rate_per_s.is_some_and(|r| r <= 0.0);
            told(still, "", "`speed` and `rate_per_s` have to be above 0");
        }
        Transport::TcpListen(t) => {
            let none = t.max_connections == 0;
            told(none, "", "`max_connections` has to be above 0");
        }
        Transport::TakListen(t) => {
            let none = t.max_connections == 0;
            told(none, "", "`max_connections` has to be above 0");
        }
        Transport::UdpListen(t) => {
            if let Some(multicast) = &t.multicast {
                found.extend(multicast_faults(t, multicast));
            }
        }
        Transport::WebSocket(t) => found.extend(websocket_faults(t)),
        Transport::Mqtt(t) => found.extend(mqtt_faults(t)),
        Transport::Nats(t) => found.extend(nats_faults(t)),
        Transport::SqlPoll(t) => {
            let wrong = t.every.0.is_zero() || t.statement_timeout.0.is_zero();
            told(
                wrong,
                "",
                "`every` and `statement_timeout` have to be above 0",
            );
            told(t.batch == 0, "batch", "has to be above 0");
            told(t.max_bytes.bytes() == 0, "max_bytes", "has to be above 0");
        }
        Transport::HttpPush(_) | Transport::Folder(_) => {}
    }
    if let Some(tls) = tls_client(transport)
        && tls.cert.is_some() != tls.key.is_some()
    {
        found.push(("tls", "`cert` and `key` go together"));
    }
    if let Some(tls) = tls_listen(transport)
        && tls.client_auth != ClientAuth::None
        && tls.ca.is_none()
    {
        found.push((
            "tls",
            "with `client_auth` the certificates that may have signed the peer's are needed in `ca`",
        ));
    }
    found
}

const NAME_OF_ADDRESS: &str = "the name is that of the address here";

const RECONNECT: &str = "`reconnect_min` has to be above 0 and at most `reconnect_max`";

fn reconnect_wrong(least: Period, most: Period) -> bool {
    least.0.is_zero() || least > most
}

fn websocket_faults(socket: &WebSocket) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let mut told = |wrong: bool, key, message| found.extend(wrong.then_some((key, message)));
    let wrong = reconnect_wrong(socket.reconnect_min, socket.reconnect_max);
    told(wrong, "", RECONNECT);
    let plain = socket.tls.is_some() && !socket.url.0.tls;
    told(plain, "tls", "there is TLS with a wss address only");
    let still = socket.ping_every.0.is_zero() || socket.idle_timeout <= socket.ping_every;
    let message = "`ping_every` has to be above 0 and below `idle_timeout`";
    told(still, "", message);
    let none = socket.max_message.bytes() == 0;
    told(none, "max_message", "has to be above 0");
    found
}

fn mqtt_faults(mqtt: &Mqtt) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let mut told = |wrong: bool, key, message| found.extend(wrong.then_some((key, message)));
    let wrong = reconnect_wrong(mqtt.reconnect_min, mqtt.reconnect_max);
    told(wrong, "", RECONNECT);
    let plain = mqtt.tls.is_some() && !mqtt.url.0.tls;
    told(plain, "tls", "there is TLS with an mqtts address only");
    let id = &mqtt.client_id;
    told(
        u16::try_from(id.len()).is_err(),
        "client_id",
        "longer than MQTT allows",
    );
    told(mqtt.topics.is_empty(), "topics", "name at least one topic");
    let wrong = mqtt.topics.iter().any(|t| !is_filter(&t.topic));
    told(
        wrong,
        "topics",
        "a topic filter has `+` as a whole level and `#` as the last one only (MQTT 5.0, 4.7.1)",
    );
    let none = mqtt.topics.iter().any(|t| t.qos > 2);
    told(none, "topics", "`qos` is 0, 1 or 2");
    let status = mqtt.status.as_ref();
    let wild = status.is_some_and(|s| s.topic.contains(['+', '#']));
    told(wild, "status.topic", "the topic has no wildcards here");
    let same = status.is_some_and(|s| s.up == s.down);
    told(same, "status", "`up` and `down` have to differ");
    let alive = mqtt.keep_alive.as_secs_u32();
    told(
        alive == 0 || alive > u32::from(u16::MAX),
        "keep_alive",
        "from 1s to 65535s",
    );
    let many = mqtt.in_flight == 0 || mqtt.in_flight > u32::from(u16::MAX);
    told(many, "in_flight", "from 1 to 65535");
    told(
        mqtt.max_message.bytes() == 0,
        "max_message",
        "has to be above 0",
    );
    told(
        mqtt.password.is_some() && mqtt.user.is_none() && mqtt.version == MqttVersion::V311,
        "password",
        "MQTT 3.1.1 has no password without a user",
    );
    found
}

/// Whether a text is a topic filter (MQTT 5.0, 4.7.1), also one of a shared subscription.
fn is_filter(text: &str) -> bool {
    let levels: Vec<&str> = text.split('/').collect();
    let last = levels.len().saturating_sub(1);
    let fine = |(at, level): (usize, &&str)| match *level {
        "+" => true,
        "#" => at == last,
        other => !other.contains(['+', '#', '\0']),
    };
    !text.is_empty() && u16::try_from(text.len()).is_ok() && levels.iter().enumerate().all(fine)
}

fn nats_faults(nats: &Nats) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let mut told = |wrong: bool, key, message| found.extend(wrong.then_some((key, message)));
    let wrong = reconnect_wrong(nats.reconnect_min, nats.reconnect_max);
    told(wrong, "", RECONNECT);
    told(
        !is_subject(&nats.subject),
        "subject",
        "a subject has `*` as a whole level and `>` as the last one only, and no blanks",
    );
    told(
        nats.user.is_some() != nats.password.is_some(),
        "",
        "`user` and `password` go together",
    );
    let named = nats.tls.as_ref().is_some_and(|t| t.server_name.is_some());
    told(named, "tls.server_name", NAME_OF_ADDRESS);
    told(nats.in_flight == 0, "in_flight", "has to be above 0");
    told(
        nats.max_message.bytes() == 0,
        "max_message",
        "has to be above 0",
    );
    if let Some(stream) = &nats.jetstream {
        let fine = |name: &str| !name.is_empty() && !name.contains(['.', '*', '>', ' ', '\t', '/']);
        told(
            !fine(&stream.stream) || !fine(&stream.durable),
            "jetstream",
            "names of a stream and of a consumer have no dots, wildcards and blanks",
        );
        let none = stream.ack_wait.0.is_zero();
        told(none, "jetstream.ack_wait", "has to be above 0");
    }
    found
}

/// Whether a text is a subject that can be subscribed.
fn is_subject(text: &str) -> bool {
    let levels: Vec<&str> = text.split('.').collect();
    let last = levels.len().saturating_sub(1);
    let plain = |c: char| !matches!(c, '*' | '>') && !c.is_whitespace();
    let fine = |(at, level): (usize, &&str)| match *level {
        "*" => true,
        ">" => at == last,
        other => !other.is_empty() && other.chars().all(plain),
    };
    levels.iter().enumerate().all(fine)
}

fn http_faults(http: &HttpPoll) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let mut told = |wrong: bool, key, message| {
        if wrong {
            found.push((key, message));
        }
    };
    let https = http.url.0.starts_with("https://");
    told(
        http.tls.is_some() && !https,
        "tls",
        "there is TLS with an https address only",
    );
    let named = http.tls.as_ref().is_some_and(|t| t.server_name.is_some());
    told(named, "tls.server_name", NAME_OF_ADDRESS);
    told(
        http.token.is_some() && http.basic.is_some(),
        "basic",
        "either `token` or `basic`: they take the same header",
    );
    let colon = http.basic.as_ref().is_some_and(|b| b.user.contains(':'));
    told(colon, "basic.user", "a user has no colon in it");
    let links = &http.links;
    let none = links.max == 0 || links.max_bytes.bytes() == 0;
    let still = links.timeout.0.is_zero() || links.within.0.is_zero();
    told(
        none || still,
        "links",
        "`max`, `max_bytes`, `timeout` and `within` have to be above 0; with `follow: false` nothing is fetched",
    );
    if let Some(paging) = &http.paging {
        let in_body = http
            .post
            .as_ref()
            .is_some_and(|p| p.body.contains("{cursor}"));
        let nowhere = paging.parameter.is_none() && !in_body;
        told(
            paging.by != PagingBy::Link && nowhere,
            "paging",
            "say with `parameter`, or with `{cursor}` in the body of `post`, where the cursor or page goes",
        );
        let cursor = paging.by == PagingBy::Cursor;
        told(
            cursor && paging.path.is_none(),
            "paging",
            "say with `path` where the cursor stands in an answer",
        );
        told(
            paging.keep && !cursor,
            "paging.keep",
            "only a cursor can be kept",
        );
        told(
            paging.file.is_some() && !paging.keep,
            "paging.file",
            "a cursor is kept in a file with `keep: true` only",
        );
        told(
            paging.max_pages == 0,
            "paging.max_pages",
            "has to be above 0",
        );
    }
    found
}

fn multicast_faults(udp: &UdpListen, multicast: &Multicast) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let v4 = multicast.group.0.is_ipv4();
    if udp.listen.0.is_ipv4() != v4 {
        let message = "the group has to be of the family of `listen`: both IPv4 or both IPv6";
        found.push(("multicast.group", message));
    }
    let here = udp.listen.0.ip();
    if !here.is_unspecified() && here != multicast.group.0 {
        let message =
            "for a group listen on every address (0.0.0.0 or [::]) or on the group itself";
        found.push(("listen", message));
    }
    if multicast.rejoin_after.0.is_zero() {
        found.push(("multicast.rejoin_after", "has to be above 0"));
    }
    let by_name = matches!(multicast.interface, Some(Interface::Name(_)));
    if multicast.source.is_some() && (!v4 || by_name) {
        let message =
            "with `source` the group is IPv4 and the interface, where it is given, an address";
        found.push(("multicast.source", message));
    }
    let address = match &multicast.interface {
        Some(Interface::Address(address)) => Some(*address),
        _ => None,
    };
    if v4 && address.is_some_and(|a| a.is_ipv6()) || !v4 && address.is_some() {
        let message = "an IPv4 group takes an IPv4 address or a name here, an IPv6 group a name";
        found.push(("multicast.interface", message));
    }
    found
}

/// Where a transport listens: protocol, address, and the group that it alone takes from there.
type Place = (&'static str, SocketAddr, Option<IpAddr>);

fn listens(transport: &Transport) -> Option<Place> {
    match transport {
        Transport::TcpListen(t) => Some(("tcp", t.listen.0, None)),
        Transport::TakListen(t) => Some(("tcp", t.listen.0, None)),
        Transport::UdpListen(t) => {
            Some(("udp", t.listen.0, t.multicast.as_ref().map(|m| m.group.0)))
        }
        _ => None,
    }
}

/// Two feeds that want the same port. Different multicast groups may share one.
pub(crate) fn ports<'a>(
    others: impl Iterator<Item = &'a Feed>,
    feed: &Feed,
    node: &Node,
    cx: &mut Cx,
) {
    let Some(mine) = listens(&feed.transport).filter(|(_, a, _)| a.port() != 0) else {
        return;
    };
    for other in others {
        let Some(theirs) = listens(&other.transport) else {
            continue;
        };
        let same_place = (mine.0, mine.1) == (theirs.0, theirs.1);
        let apart = mine.2.is_some() && theirs.2.is_some() && mine.2 != theirs.2;
        if same_place && !apart {
            let message = format!("the feed {} listens on {} already", other.feed, mine.1);
            cx.at(
                place(node, &["transport", "listen"]),
                "duplicate",
                message,
                None,
            );
        }
    }
}
