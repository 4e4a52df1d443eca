//! Addresses.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::read::{Cx, FromNode};
use crate::yaml::Node;

/// An address to listen on, `ip:port`. Port 0 takes any free one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen(pub SocketAddr);

/// Somebody's address, `host:port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Name or address of the host.
    pub host: String,
    /// Port, 1 to 65535.
    pub port: u16,
}

/// An address or a network in CIDR form, for lists of who may connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Its address.
    pub address: IpAddr,
    /// Bits that have to agree.
    pub prefix: u8,
}

/// A multicast group: 224.0.0.0/4 (RFC 5771) or `ff00::/8` (RFC 4291, 2.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group(pub IpAddr);

/// A network interface of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interface {
    /// By one of its addresses.
    Address(IpAddr),
    /// By its name (`eth0`), 1 to 15 signs as Linux has them.
    Name(String),
}

/// An address of the web, http or https, without a user or password in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl(pub String);

/// Scheme, host and port of an address of the web (RFC 6454, 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(pub String);

impl Network {
    /// Whether an address belongs to it. An IPv4 address that came mapped into IPv6 counts as IPv4.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.address, ip.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                let mask = u32::MAX
                    .checked_shl(32 - u32::from(self.prefix))
                    .unwrap_or(0);
                (u32::from(a) ^ u32::from(b)) & mask == 0
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.prefix))
                    .unwrap_or(0);
                (u128::from(a) ^ u128::from(b)) & mask == 0
            }
            _ => false,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(most);
        (prefix <= most).then_some(Self { address, prefix })
    }
}

pub(super) fn parse_endpoint(text: &str) -> Option<Endpoint> {
    let (host, port) = text.rsplit_once(':')?;
    let bare = host
        .strip_prefix('[')
        .and_then(|h| h.strip_suffix(']'))
        .unwrap_or(host);
    let sane = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    let port: u16 = port.parse().ok()?;
    (port != 0 && !bare.is_empty() && bare.chars().all(sane)).then(|| Endpoint {
        host: bare.to_owned(),
        port,
    })
}

fn parse_url(text: &str) -> Option<HttpUrl> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    let fine = !host.is_empty() && !host.contains('@') && !text.contains(char::is_whitespace);
    fine.then(|| HttpUrl(text.to_owned()))
}

fn parse_origin(text: &str) -> Option<Origin> {
    let HttpUrl(url) = parse_url(text)?;
    let (_, rest) = url.split_once("://")?;
    let bare = rest.strip_suffix('/').unwrap_or(rest);
    let fine = !bare.is_empty() && !bare.contains(['/', '?', '#', '*']);
    fine.then_some(Origin(url))
}

/// Longest name of an interface (`IFNAMSIZ` less its final zero).
const INTERFACE_NAME: usize = 15;

fn parse_interface(text: &str) -> Option<Interface> {
    if let Ok(address) = text.parse() {
        return Some(Interface::Address(address));
    }
    let sane = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    let fine = !text.is_empty()
        && text.len() <= INTERFACE_NAME
        && text.chars().all(sane)
        && !matches!(text, "." | "..");
    fine.then(|| Interface::Name(text.to_owned()))
}

fn parse_group(text: &str) -> Option<Group> {
    let address: IpAddr = text.parse().ok()?;
    address.is_multicast().then_some(Group(address))
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl FromNode for Ipv4Addr {
    fn expects() -> String {
        "an IPv4 address such as 10.1.0.5".to_owned()
    }
    fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
        let value = node.text().and_then(|t| t.parse().ok());
        if value.is_none() {
            cx.expected(node, &<Self as FromNode>::expects(), None);
        }
        value
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! address {
    ($($ty:ident, $name:literal, $expects:literal, $help:literal, $parse:expr;)*) => {$(
        impl FromNode for $ty {
            fn expects() -> String {
                $expects.to_owned()
            }
            fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
                let value = node.text().and_then($parse);
                if value.is_none() {
                    cx.expected(node, $expects, Some($help.to_owned()));
                }
                value
            }
        }
        impl Serialize for $ty {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl JsonSchema for $ty {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string" })
            }
        }
    )*};
}

address! {
    Listen, "Listen", "an address to listen on such as 127.0.0.1:8080",
        "an IP address, a colon, a port; names are not looked up", |t: &str| t.parse().ok().map(Self);
    Endpoint, "Endpoint", "an address such as receiver.example:10110",
        "a host, a colon, a port from 1 to 65535", parse_endpoint;
    Network, "Network", "an address or network such as 10.1.0.0/16",
        "an IP address, with /bits for a network", Self::parse;
    Group, "Group", "a multicast group such as 239.2.3.1",
        "an address of 224.0.0.0/4 or ff00::/8", parse_group;
    Interface, "Interface", "a network interface such as 10.1.2.3 or eth0",
        "an address of this machine, or the name of an interface", parse_interface;
    HttpUrl, "HttpUrl", "an address of the web such as https://host/path",
        "http or https, without a user or password in it; use `token` for those", parse_url;
    Origin, "Origin", "scheme, host and port such as https://alerts.example",
        "http or https and a host, with a port where it is not the usual one; no path and no wildcards", parse_origin;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_own_and_no_other() {
        let net = Network::parse("10.1.0.0/16").unwrap();
        assert!(net.contains("10.1.255.3".parse().unwrap()));
        assert!(net.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!net.contains("10.2.0.1".parse().unwrap()));
        assert!(
            Network::parse("0.0.0.0/0")
                .unwrap()
                .contains("8.8.8.8".parse().unwrap())
        );
        assert!(
            Network::parse("::1")
                .unwrap()
                .contains("::1".parse().unwrap())
        );
        assert!(Network::parse("10.1.0.0/33").is_none());
    }

    #[test]
    fn an_origin_has_nothing_after_its_host_and_port() {
        for text in ["https://h.example", "http://h:81/", "https://[::1]:444"] {
            assert_eq!(parse_origin(text), Some(Origin(text.to_owned())));
        }
        for text in [
            "https://h/a",
            "h.example",
            "https://",
            "https://u@h",
            "https://*.h",
            "ftp://h",
            "https://h?a",
        ] {
            assert_eq!(parse_origin(text), None, "{text}");
        }
    }

    #[test]
    fn groups_are_multicast_and_interfaces_addresses_or_names() {
        assert!(parse_group("239.2.3.1").is_some() && parse_group("ff02::1").is_some());
        assert!(parse_group("10.1.2.3").is_none() && parse_group("eth0").is_none());
        assert_eq!(parse_interface("eth0.7").unwrap().to_string(), "eth0.7");
        assert!(matches!(
            parse_interface("10.1.2.3"),
            Some(Interface::Address(_))
        ));
        for text in ["", "..", "a/b", "a-name-that-is-too-long"] {
            assert!(parse_interface(text).is_none(), "{text}");
        }
    }

    #[test]
    fn endpoints_and_urls_are_checked_without_looking_anything_up() {
        assert_eq!(parse_endpoint("[::1]:80").unwrap().to_string(), "[::1]:80");
        assert_eq!(parse_endpoint("host.example:10110").unwrap().port, 10_110);
        for text in ["host", "host:0", "host:70000", ":80", "ho st:80"] {
            assert!(parse_endpoint(text).is_none(), "{text}");
        }
        assert!(parse_url("https://user:pass@host/").is_none());
        assert!(parse_url("ftp://host/").is_none());
        assert!(parse_url("http://host:8080/feed?a=b@c").is_some());
    }
}
