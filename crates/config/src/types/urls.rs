//! Addresses that begin with a scheme: of a WebSocket and of brokers.

use core::fmt;
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::net::{Endpoint, parse_endpoint};
use crate::read::{Cx, FromNode};
use crate::yaml::Node;

/// An address with a scheme, without a user or password in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemeUrl {
    /// As it is written.
    pub text: String,
    /// Whether its scheme says TLS.
    pub tls: bool,
    /// Host and port.
    pub endpoint: Endpoint,
}

/// The address of a WebSocket, `ws://` or `wss://` (RFC 6455, 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WsUrl(pub SchemeUrl);

/// The address of an MQTT broker, `mqtt://` or `mqtts://`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MqttUrl(pub SchemeUrl);

/// The address of a NATS server, `nats://` or `tls://`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatsUrl(pub SchemeUrl);

/// A scheme, its usual port, and whether it says TLS.
type Scheme = (&'static str, u16, bool);

/// Whether something may follow host and port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tail {
    Path,
    Nothing,
}

fn parse(text: &str, schemes: [Scheme; 2], tail: Tail) -> Option<SchemeUrl> {
    let (rest, port, tls) = schemes
        .iter()
        .find_map(|(scheme, port, tls)| Some((text.strip_prefix(scheme)?, *port, *tls)))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, after) = rest.split_at_checked(end)?;
    let bare = tail == Tail::Path || matches!(after, "" | "/");
    if !bare || host.contains('@') || text.contains(char::is_whitespace) {
        return None;
    }
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(_, p)| !p.ends_with(']'));
    let endpoint = if has_port {
        parse_endpoint(host)
    } else {
        parse_endpoint(&format!("{host}:{port}"))
    };
    Some(SchemeUrl {
        text: text.to_owned(),
        tls,
        endpoint: endpoint?,
    })
}

macro_rules! urls {
    ($($ty:ident, $expects:literal, $help:literal, $schemes:expr, $tail:expr;)*) => {$(
        impl fmt::Display for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0.text)
            }
        }
        impl FromNode for $ty {
            fn expects() -> String {
                $expects.to_owned()
            }
            fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
                let value = node.text().and_then(|t| parse(t, $schemes, $tail));
                if value.is_none() {
                    cx.expected(node, $expects, Some($help.to_owned()));
                }
                value.map(Self)
            }
        }
        impl Serialize for $ty {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl JsonSchema for $ty {
            fn schema_name() -> Cow<'static, str> {
                stringify!($ty).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string" })
            }
        }
    )*};
}

urls! {
    WsUrl, "the address of a WebSocket such as wss://host/path",
        "ws or wss, without a user or password in it; use `token` or `headers` for those",
        [("ws://", 80, false), ("wss://", 443, true)], Tail::Path;
    MqttUrl, "the address of a broker such as mqtts://host:8883",
        "mqtt or mqtts and a host; use `user` and `password` for those",
        [("mqtt://", 1883, false), ("mqtts://", 8883, true)], Tail::Nothing;
    NatsUrl, "the address of a server such as nats://host:4222",
        "nats or tls and a host; use `user` and `password`, `token` or `credentials` for those",
        [("nats://", 4222, false), ("tls://", 4222, true)], Tail::Nothing;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_give_their_ports_and_say_tls() {
        let schemes = [("ws://", 80, false), ("wss://", 443, true)];
        let of = |text| parse(text, schemes, Tail::Path).map(|u| (u.tls, u.endpoint.to_string()));
        assert_eq!(
            of("wss://host.example/a?b=c"),
            Some((true, "host.example:443".to_owned()))
        );
        assert_eq!(of("ws://[::1]/a"), Some((false, "[::1]:80".to_owned())));
        assert_eq!(of("ws://[::1]:81"), Some((false, "[::1]:81".to_owned())));
        for text in ["http://host", "ws://", "ws://u:p@host", "ws://ho st"] {
            assert_eq!(of(text), None, "{text}");
        }
        assert!(parse("ws://host/a", schemes, Tail::Nothing).is_none());
        assert!(parse("ws://host/", schemes, Tail::Nothing).is_some());
    }
}
