//! `feeds/<feed>.yaml`: transport x format x mapping.

use std::collections::BTreeSet;

use oneroof_model::{
    Classification, Confidence, FeedId, Handling, InformationGrade, Marking, Mode, OrgId,
    PersonalData, Purpose, SourceGrade, SourceKind, Tlp, Validation,
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};

use super::format::Format;
use super::net::{Endpoint, HttpUrl, Listen, Network};
use super::secret::Secret;
use super::tables::{Names, word_enum};
use crate::read::{Cx, FromNode, record, word, words};
use crate::scalar::{Period, Size};
use crate::yaml::{Kind, Node};

record! {
    /// A feed: one agency's line into the centre.
    pub struct Feed {
        /// Its name; that of its file.
        feed: FeedId,
        /// The agency that answers for it.
        org: OrgId,
        /// Name as shown.
        name: Names,
        /// Source of the national picture (Regulation (EU) 2019/1896, Art. 25(2)).
        source_kind: SourceKind,
        /// How its bytes arrive.
        transport: Transport,
        /// What its bytes mean.
        format: Format,
        /// What a report carries where the sender does not mark it.
        marking: FeedMarking = FeedMarking::default(),
        /// What a report carries where the sender does not grade it.
        confidence: FeedConfidence = FeedConfidence::default(),
        /// Actual, exercise or test; the centre's where it is missing.
        mode: Option<Mode> = None,
        /// How often a word is expected; that of `feed` in freshness.yaml where it is missing.
        expected_period: Option<Period> = None,
        /// Stale after so long without a word.
        stale_after: Option<Period> = None,
        /// Lost after so long without a word.
        lost_after: Option<Period> = None,
        /// More than this is refused with an error to the sender.
        quota: Quota = Quota::default(),
        /// IANA zone of times that carry none; the centre's where it is missing.
        zone: Option<String> = None,
        /// A paused feed is loaded, shown and not started.
        paused: bool = false,
    }

    /// What a report carries where the sender does not mark it.
    pub struct FeedMarking {
        /// Classification.
        classification: Classification = Classification::Unclassified,
        /// Traffic Light Protocol 2.0.
        tlp: Tlp = Tlp::Amber,
        /// Europol handling codes.
        handling: BTreeSet<Handling> = BTreeSet::new(),
        /// Agencies that it is released to beside the originator.
        releasable_to: BTreeSet<OrgId> = BTreeSet::new(),
        /// Personal data in it.
        personal_data: PersonalData = PersonalData::None,
        /// Restrictions in words.
        caveats: Option<String> = None,
        /// Purpose of processing (CISE 1.5.3 `PurposeType`).
        purpose: Option<Purpose> = None,
    }

    /// What a report carries where the sender does not grade it; Europol 4x4.
    pub struct FeedConfidence {
        /// Reliability of the source, A to C or X.
        reliability: SourceGrade = SourceGrade::X,
        /// Credibility of the information, 1 to 4.
        credibility: InformationGrade = InformationGrade::Four,
    }

    /// Bounds of a feed.
    pub struct Quota {
        /// Records a second, mean over ten seconds.
        records_per_s: u32 = 100,
        /// Bytes a second, mean over ten seconds.
        bytes_per_s: Size = Size(1_000_000),
    }

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
    }

    /// UDP listener.
    pub struct UdpListen {
        /// Address to listen on.
        listen: Listen,
        /// Who may send; only this machine where it is empty.
        allow: Vec<Network> = Vec::new(),
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

word_enum! {
    /// What becomes of a file that was taken.
    Done {
        /// It is deleted.
        Delete = "delete",
        /// It is moved into the folder `done` beside it.
        KeepInDone = "keep_in_done",
    }
}

impl Default for FeedMarking {
    fn default() -> Self {
        Self {
            classification: Classification::Unclassified,
            tlp: Tlp::Amber,
            handling: BTreeSet::new(),
            releasable_to: BTreeSet::new(),
            personal_data: PersonalData::None,
            caveats: None,
            purpose: None,
        }
    }
}

impl Default for FeedConfidence {
    fn default() -> Self {
        Self {
            reliability: SourceGrade::X,
            credibility: InformationGrade::Four,
        }
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            records_per_s: 100,
            bytes_per_s: Size(1_000_000),
        }
    }
}

impl FeedMarking {
    /// The marking of the model.
    pub fn to_model(&self) -> Marking {
        Marking {
            classification: self.classification,
            tlp: self.tlp,
            handling: self.handling.clone(),
            releasable_to: self.releasable_to.clone(),
            personal_data: self.personal_data,
            caveats: self.caveats.clone(),
            purpose: self.purpose,
            retain_until: None,
        }
    }
}

impl FeedConfidence {
    /// The confidence of the model; nobody has validated anything yet.
    pub const fn to_model(&self) -> Confidence {
        Confidence {
            reliability: self.reliability,
            credibility: self.credibility,
            validation: Validation::Unvalidated,
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
    /// Datagrams.
    UdpListen = "udp_listen",
    /// The centre fetches.
    HttpPoll = "http_poll",
    /// Files in a folder.
    Folder = "folder",
    /// Captures.
    Replay = "replay",
}
