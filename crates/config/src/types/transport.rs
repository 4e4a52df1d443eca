//! The `transport:` of a feed: how its bytes arrive.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};

use super::brokers::{Mqtt, Nats, SqlPoll, WebSocket};
use super::header::HeaderText;
use super::net::{Endpoint, Group, HttpUrl, Interface, Listen, Network, Origin};
use super::secret::Secret;
use super::tables::word_enum;
use super::tls::{TlsClient, TlsListen};
use super::value_path::ValuePath;
use crate::read::{Cx, FromNode, record, word, words};
use crate::scalar::{Period, Size};
use crate::yaml::{Kind, Node};

record! {
    /// HTTP push: the agency posts to `/api/v1/feeds/{feed}`.
    pub struct HttpPush {
        /// Who may post; everybody who reaches the address where it is empty.
        allow: Vec<Network> = Vec::new(),
        /// Bearer token that the sender has to show.
        token: Option<Secret> = None,
    }

    /// TCP client: the centre connects.
    pub struct TcpClient {
        /// Where to.
        address: Endpoint,
        /// First wait before connecting again; it doubles each time.
        reconnect_min: Period = Period::secs(1),
        /// Longest wait.
        reconnect_max: Period = Period::secs(60),
        /// A connection without a byte for so long is closed and opened again.
        idle_timeout: Period = Period::secs(120),
        /// TLS; `{}` is TLS with the certificates of the system.
        tls: Option<TlsClient> = None,
    }

    /// TCP listener: the agency connects.
    pub struct TcpListen {
        /// Address to listen on.
        listen: Listen,
        /// Who may connect; only this machine where it is empty.
        allow: Vec<Network> = Vec::new(),
        /// Most connections at one time.
        max_connections: u32 = 16,
        /// A connection without a byte for so long is closed.
        idle_timeout: Period = Period::secs(600),
        /// TLS with this certificate of ours.
        tls: Option<TlsListen> = None,
    }

    /// TCP listener for TAK clients: they connect as to a TAK server, are heard, and told what `tak.yaml` says.
    pub struct TakListen {
        /// Address to listen on. TAK clients expect 8087 for TCP, 8089 for TLS.
        listen: Listen,
        /// Who may connect; only this machine where it is empty.
        allow: Vec<Network> = Vec::new(),
        /// Most connections at one time.
        max_connections: u32 = 64,
        /// A client without a byte for so long is cut off. It is asked for a sign of life every 15 s.
        idle_timeout: Period = Period::secs(600),
        /// TLS with this certificate of ours.
        tls: Option<TlsListen> = None,
    }

    /// UDP listener.
    pub struct UdpListen {
        /// Address to listen on.
        listen: Listen,
        /// Who may send; only this machine where it is empty.
        allow: Vec<Network> = Vec::new(),
        /// A group to join.
        multicast: Option<Multicast> = None,
    }

    /// A multicast group (IGMP of RFC 3376, MLD of RFC 3810).
    pub struct Multicast {
        /// The group, IPv4 or IPv6; of the family of `listen`.
        group: Group,
        /// On which interface of this machine, by an address of it or by its name; the system's choice where it is
        /// missing.
        interface: Option<Interface> = None,
        /// The only sender to be heard (source-specific, RFC 4607); IPv4.
        source: Option<core::net::Ipv4Addr> = None,
        /// After so long without a datagram the group is left and joined again, for switches that have forgotten it
        /// and interfaces that were away.
        rejoin_after: Period = Period::secs(60),
    }

    /// HTTP poll: the centre fetches, with `ETag` and Last-Modified.
    pub struct HttpPoll {
        /// What to fetch.
        url: HttpUrl,
        /// How often.
        every: Period = Period::secs(60),
        /// Longest time for one answer.
        timeout: Period = Period::secs(20),
        /// Largest answer, after decompression.
        max_bytes: Size = Size(16_000_000),
        /// Bearer token to show.
        token: Option<Secret> = None,
        /// User and password to show (RFC 7617).
        basic: Option<Basic> = None,
        /// Headers to send.
        headers: BTreeMap<String, HeaderText> = BTreeMap::new(),
        /// A body to send by POST; without one the address is fetched by GET.
        post: Option<Post> = None,
        /// How to get at what does not stand in one answer.
        paging: Option<Paging> = None,
        /// How to get at what the answers name and do not hold (an index of alerts).
        links: Links = Links::default(),
        /// TLS of an `https` address.
        tls: Option<TlsClient> = None,
    }

    /// User and password.
    pub struct Basic {
        /// User, without a colon in it.
        user: String,
        /// Password.
        password: Secret,
    }

    /// The body of a request.
    pub struct Post {
        /// The body; `{cursor}` in it stands for the cursor, within the quotes of a JSON text.
        body: String,
        /// What it is.
        content_type: String = "application/json".to_owned(),
    }

    /// Several answers to one question.
    pub struct Paging {
        /// How the next page is found.
        by: PagingBy,
        /// By cursor: where it stands in an answer. By page: where the list stands; one that is empty is the last.
        /// Keys with dots between, `[n]` or `[-1]` in a list.
        path: Option<ValuePath> = None,
        /// Parameter of the address's query that takes the cursor or the page.
        parameter: Option<String> = None,
        /// Number of the first page.
        first: u32 = 1,
        /// Pages that are fetched at one time.
        max_pages: u32 = 100,
        /// By cursor: whether the next fetch goes on at the last cursor instead of beginning anew.
        keep: bool = false,
        /// File that keeps the cursor over a restart; without one it is in memory.
        file: Option<String> = None,
    }

    /// Links of an index: fetched as well, each once and again when the index says that it has changed. Links of what
    /// they lead to are not followed.
    pub struct Links {
        /// Whether they are fetched.
        follow: bool = true,
        /// Where they may lead beside the origin of the address. Nothing is shown there: no token, header or certificate.
        origins: Vec<Origin> = Vec::new(),
        /// Most that are fetched in one round; the others follow in the next ones.
        max: u32 = 100,
        /// Largest answer of one, after decompression.
        max_bytes: Size = Size(1_000_000),
        /// Longest time for one.
        timeout: Period = Period::secs(10),
        /// Longest time for those of one round.
        within: Period = Period::secs(60),
    }

    /// Folder drop: files that appear in a folder.
    pub struct Folder {
        /// The folder; made where it is missing.
        path: String,
        /// Which files, with `*` and `?`.
        pattern: String = "*".to_owned(),
        /// A file is taken when it has not changed for so long.
        settle: Period = Period::secs(1),
        /// Largest file.
        max_bytes: Size = Size(16_000_000),
        /// What becomes of a file that was taken.
        done: Done = Done::KeepInDone,
    }

    /// Replay of captures, paced by the times in them.
    pub struct Replay {
        /// The captures, plain or gzip, in order.
        files: Vec<String>,
        /// How much faster than it happened.
        speed: f64 = 1.0,
        /// Records a second, for captures without times in them.
        rate_per_s: Option<f64> = None,
        /// Whether to begin anew at the end.
        repeat: bool = false,
    }
}

impl Default for Links {
    fn default() -> Self {
        Self {
            follow: true,
            origins: Vec::new(),
            max: 100,
            max_bytes: Size(1_000_000),
            timeout: Period::secs(10),
            within: Period::secs(60),
        }
    }
}

word_enum! {
    /// How the next page is found.
    PagingBy {
        /// By a header `Link` with `rel=next` (RFC 8288).
        Link = "link",
        /// By a cursor in the answer; the last page has none.
        Cursor = "cursor",
        /// By counting.
        Page = "page",
    }
    /// What becomes of a file that was taken.
    Done {
        /// It is deleted.
        Delete = "delete",
        /// It is moved into the folder `done` beside it.
        KeepInDone = "keep_in_done",
    }
}

impl TakListen {
    /// The listener below it.
    pub fn tcp(&self) -> TcpListen {
        TcpListen {
            listen: self.listen,
            allow: self.allow.clone(),
            max_connections: self.max_connections,
            idle_timeout: self.idle_timeout,
            tls: self.tls.clone(),
        }
    }
}

macro_rules! transport {
    ($($(#[doc = $doc:literal])+ $variant:ident = $word:literal),* $(,)?) => {
        /// How a feed's bytes arrive.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(tag = "kind")]
        pub enum Transport {
            $($(#[doc = $doc])+ #[serde(rename = $word)] $variant($variant)),*
        }

        impl Transport {
            /// All kinds, as they are written.
            pub const KINDS: &[&str] = &[$($word),*];

            /// Its kind, as it is written.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $word),* }
            }
        }

        impl FromNode for Transport {
            fn expects() -> String {
                format!("a mapping with `kind`, one of {}", Self::KINDS.join(", "))
            }

            fn from_node(node: &Node, cx: &mut Cx) -> Option<Self> {
                let Kind::Map(entries) = &node.kind else {
                    cx.expected(node, &Self::expects(), None);
                    return None;
                };
                let Some(kind) = node.get("kind") else {
                    let help = format!("add `kind:`, one of {}", Self::KINDS.join(", "));
                    cx.at(node.spot, "missing-key", "missing key `kind`".to_owned(), Some(help));
                    return None;
                };
                let rest: Vec<_> =
                    entries.iter().filter(|(k, _)| k.name != "kind").cloned().collect();
                let rest = Node { kind: Kind::Map(rest), ..node.clone() };
                match word(kind, cx, &[$(($word, $word)),*])? {
                    $($word => $variant::from_node(&rest, cx).map(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl JsonSchema for Transport {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                "Transport".into()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let variants = vec![$(with_kind($variant::json_schema(generator), $word)),*];
                let mut map = serde_json::Map::new();
                map.insert("oneOf".to_owned(), Value::Array(variants));
                Schema::from(map)
            }
        }
    };
}

/// Adds `kind` to the schema of one variant.
fn with_kind(schema: Schema, word: &str) -> Value {
    let mut value = schema.to_value();
    if let Some(Value::Object(properties)) = value.get_mut("properties") {
        properties.insert("kind".to_owned(), json!({ "const": word }));
    }
    if let Some(Value::Array(required)) = value.get_mut("required") {
        required.push(json!("kind"));
    }
    value
}

transport! {
    /// The agency posts.
    HttpPush = "http_push",
    /// The centre connects.
    TcpClient = "tcp_client",
    /// The agency connects.
    TcpListen = "tcp_listen",
    /// TAK clients connect.
    TakListen = "tak_listen",
    /// Datagrams.
    UdpListen = "udp_listen",
    /// The centre fetches.
    HttpPoll = "http_poll",
    /// Files in a folder.
    Folder = "folder",
    /// Captures.
    Replay = "replay",
    /// Messages of a WebSocket.
    WebSocket = "websocket",
    /// Messages of an MQTT broker.
    Mqtt = "mqtt",
    /// Messages of a NATS server.
    Nats = "nats",
    /// Rows of a database's view.
    SqlPoll = "sql_poll",
}
