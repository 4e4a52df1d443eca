//! The files as types. Each struct is one mapping; its fields are the keys.

mod centre;
mod feed;
mod format;
mod net;
mod secret;
mod tables;
mod words;

pub use centre::{
    Bounds, Centre, CentreFile, Chatter, Disk, History, Limits, Linking, Retention, SectionRule,
    Server, Thinning, TypeMatrix, Weights,
};
pub use feed::{
    Done, Feed, FeedConfidence, FeedMarking, Folder, HttpPoll, HttpPush, Quota, Replay, TcpClient,
    TcpListen, Transport, UdpListen,
};
pub use format::Format;
pub use net::{Endpoint, HttpUrl, Listen, Network};
pub use secret::{Secret, SecretText};
pub use tables::{
    AgenciesFile, Agency, Aging, CrossingPoint, CrossingPointKind, CrossingPointStatus,
    CrossingPointsFile, EventCodes, EventTypeRow, EventTypesFile, FreshnessClass, FreshnessClasses,
    FreshnessFile, Names, NeedsUpdate, Precision, Section, SectionDomain, SectionsFile, UnitRow,
    UnitsFile,
};
pub use words::{GroupCode, Lang};
