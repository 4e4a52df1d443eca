//! What a decoder makes of an agency's bytes, before the room has decided anything.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    BcpId, Confidence, CountRange, Identifier, ImpactProposal, Interval, Marking, Mode, OrgId,
    Place, PositionDraft, QualityIssue, SourceKey, SourceKind, ThreatDraft, Time, TrackKey,
    TypeCode, UnitId, UnitKind, UnitStatus, WeatherDraft,
};

/// What a report says of earlier ones of its feed, by their source keys.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Relation {
    /// It stands alone.
    #[default]
    New,
    /// It updates the named ones (CAP `Update`, a status message of a police incident).
    Update {
        /// Source keys of the same feed.
        of: Vec<String>,
    },
    /// It withdraws the named ones (CAP `Cancel`).
    Cancel {
        /// Source keys of the same feed.
        of: Vec<String>,
    },
}

/// A file that is referred to or stored with a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttachmentRef {
    /// Name to show.
    pub name: String,
    /// Media type (RFC 6838), where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Address at the agency; never fetched by the server on its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Id in our store, where the content is kept here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<crate::AttachmentId>,
    /// Size in bytes, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// SHA-256 as 64 hexadecimal digits, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A report in the making. What the sender did not say is missing; the feed's defaults fill in the originator, the
/// marking, the confidence and the mode when the room takes it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ReportDraft {
    /// The sender's own name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceKey>,
    /// What it says of earlier reports.
    pub relation: Relation,
    /// Event type, where the sender's code is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub type_code: Option<TypeCode>,
    /// The sender's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_code: Option<String>,
    /// When it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred: Option<Interval>,
    /// When the agency became aware.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aware: Option<Time>,
    /// When the agency reported it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported: Option<Time>,
    /// Until when the sender means it to hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// Where.
    pub place: Place,
    /// Persons involved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persons: Option<CountRange>,
    /// Vehicles involved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicles: Option<CountRange>,
    /// Whether a life is at risk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub life_at_risk: Option<bool>,
    /// Headline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Free text, at most 8 kB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Confidence, where the sender states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// Impact that the sender proposes.
    pub impact_proposed: ImpactProposal,
    /// The agency that says it, where a feed carries several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
    /// Kind of source, where the sender states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_kind: Option<SourceKind>,
    /// Identifiers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    /// Files by reference.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentRef>,
    /// Sub-type detail.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, serde_json::Value>,
    /// Marking, where the sender states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marking: Option<Marking>,
    /// Mode, where the sender states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// What the decoder found odd.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<QualityIssue>,
}

/// State of an own unit as its agency says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnitDraft {
    /// The unit.
    pub unit: UnitId,
    /// Its agency, where the feed carries several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
    /// Name or call sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What kind of unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<UnitKind>,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<UnitStatus>,
    /// When that was so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
}

/// Figures of a crossing point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FiguresDraft {
    /// The crossing point.
    pub bcp: BcpId,
    /// When they were taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// Cars waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cars_waiting: Option<u32>,
    /// Trucks waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trucks_waiting: Option<u32>,
    /// Buses waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buses_waiting: Option<u32>,
    /// Expected waiting time in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_min: Option<u32>,
    /// Persons passed in the last hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persons_per_h: Option<u32>,
    /// State as the sender says it: `open`, `limited`, `closed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// A sign of life without content.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct HeartbeatDraft {
    /// The sender's clock, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
}

/// What a sender withdraws.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "target", rename_all = "snake_case")]
pub enum DeleteTarget {
    /// Reports by source key.
    Report {
        /// The key.
        key: String,
    },
    /// A track.
    Track {
        /// The track.
        track: TrackKey,
    },
    /// The threats that one message of the same feed announced, by its key ([`ThreatDraft::key`]): they are over.
    Threat {
        /// The key.
        key: String,
    },
}

/// A withdrawal by the sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeleteDraft {
    /// What is withdrawn.
    #[serde(flatten)]
    pub target: DeleteTarget,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
}

/// What a decoder gives out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "draft", rename_all = "snake_case")]
pub enum Draft {
    /// A report.
    Report(Box<ReportDraft>),
    /// A position or the static data of something that moves.
    Position(PositionDraft),
    /// State of an own unit.
    Unit(UnitDraft),
    /// Figures of a crossing point.
    Figures(FiguresDraft),
    /// The state of a region: an air raid, or that it is over.
    Threat(ThreatDraft),
    /// The weather at a cell or a station.
    Weather(WeatherDraft),
    /// A sign of life.
    Heartbeat(HeartbeatDraft),
    /// A withdrawal.
    Delete(DeleteDraft),
}
