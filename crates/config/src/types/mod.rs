//! The files as types. Each struct is one mapping; its fields are the keys.

mod brokers;
mod centre;
mod feed;
mod format;
mod header;
mod maps;
mod net;
mod regions;
mod secret;
mod silence;
mod tables;
mod tak;
mod tls;
mod transport;
mod urls;
mod value_path;
mod words;

pub use brokers::{
    Deliver, JetStream, Mqtt, MqttStatus, MqttTopic, MqttVersion, Nats, Resume, SqlPoll, WebSocket,
};
pub use centre::{
    Bounds, Centre, CentreFile, Chatter, Disk, History, Limits, Linking, Retention, SectionRule,
    Server, Thinning, TypeMatrix, Weights,
};
pub use feed::{Feed, FeedConfidence, FeedMarking, Quota};
pub use format::Format;
pub use header::HeaderText;
pub(crate) use maps::MAX_MAPS;
pub use maps::{MapId, MapPath, OwnMap};
pub use net::{Endpoint, Group, HttpUrl, Interface, Listen, Network, Origin};
pub use regions::{RegionRow, RegionsFile};
pub use secret::{Secret, SecretText};
pub use silence::{FeedSilence, FiguresSilence, Silence, UnitSilence};
pub use tables::{
    AgenciesFile, Agency, Aging, CrossingPoint, CrossingPointKind, CrossingPointStatus,
    CrossingPointsFile, EventCodes, EventTypeRow, EventTypesFile, FreshnessClass, FreshnessClasses,
    FreshnessFile, Names, NeedsUpdate, Precision, Section, SectionDomain, SectionsFile, UnitRow,
    UnitsFile,
};
pub use tak::{TakClient, TakFile, TakOutput, TakTracks};
pub use tls::{ClientAuth, PemFile, TlsClient, TlsListen};
pub use transport::{
    Basic, Done, Folder, HttpPoll, HttpPush, Links, Multicast, Paging, PagingBy, Post, Replay,
    TakListen, TcpClient, TcpListen, Transport, UdpListen,
};
pub use urls::{MqttUrl, NatsUrl, SchemeUrl, WsUrl};
pub use value_path::{PathStep, ValuePath};
pub use words::{GroupCode, Lang};
