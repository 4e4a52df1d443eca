//! A report: what one agency said, once. Immutable.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AttachmentRef, Confidence, FeedId, ImpactProposal, Interval, Marking, OrgId, Place, Relation,
    ReportId, SectionId, Time, TypeCode,
};

/// Whether something is real. The three never mix on a screen.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It is meant.
    #[default]
    Actual,
    /// Part of an exercise.
    Exercise,
    /// A technical test.
    Test,
}

/// Where a report comes from: the sources of the national picture of Regulation (EU) 2019/1896, Art. 25(2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// The national border surveillance system.
    BorderSurveillance,
    /// Fixed and mobile sensors.
    Sensor,
    /// Patrols and monitoring missions.
    Patrol,
    /// Local, regional and other coordination centres.
    CoordinationCentre,
    /// Other national authorities and systems.
    NationalAuthority,
    /// Border checks.
    BorderCheck,
    /// The European Border and Coast Guard Agency.
    Agency,
    /// National coordination centres of other states.
    OtherNcc,
    /// Third countries.
    ThirdCountry,
    /// Ship reporting systems.
    ShipReporting,
    /// Other organisations.
    Organisation,
    /// Other sources.
    #[default]
    Other,
}

/// The sender's own name for a record; built by the feed's mapping. Same key and content is a duplicate, other
/// content a revision of which the highest wins in any order of arrival.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct SourceKey {
    /// Unique within the feed, at most 256 bytes.
    pub key: String,
    /// Number of the revision, where the sender numbers or dates them; higher is newer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<i64>,
}

/// A count that may be known only within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub struct CountRange {
    /// Exact number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u32>,
    /// Least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// Greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

impl CountRange {
    /// An exact count.
    pub const fn exactly(n: u32) -> Self {
        Self {
            n: Some(n),
            min: None,
            max: None,
        }
    }

    /// Lower and upper bound, where anything is known; an open end is 0 or `u32::MAX`.
    pub fn bounds(&self) -> Option<(u32, u32)> {
        match (self.n, self.min, self.max) {
            (Some(n), _, _) => Some((n, n)),
            (None, None, None) => None,
            (None, lo, hi) => Some((lo.unwrap_or(0), hi.unwrap_or(u32::MAX))),
        }
    }
}

/// Kind of an identifier.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// Vehicle registration plate.
    Plate,
    /// Maritime Mobile Service Identity.
    Mmsi,
    /// IMO ship number.
    Imo,
    /// ICAO 24-bit aircraft address.
    Icao24,
    /// Call sign.
    CallSign,
    /// Travel or identity document.
    Document,
    /// Telephone number.
    Phone,
}

impl IdentifierKind {
    /// Whether it points at a person (and is personal data).
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Plate | Self::Document | Self::Phone)
    }
}

/// An identifier in a report. Personal ones are compared as keyed hashes and never shown on a wall.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Identifier {
    /// What kind of identifier.
    pub kind: IdentifierKind,
    /// Its value, upper case without blanks.
    pub value: String,
}

/// Something about a report that a reader should know; the report is accepted all the same.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum QualityIssue {
    /// The time had no zone; the feed's zone was assumed.
    TzAssumed,
    /// No time of occurrence; the time of receipt stands in for it.
    TimeAssumed,
    /// The sender's code is in no table; type `OTH` with the original code kept.
    UnknownCode,
    /// More than 50 km from the border and every crossing point, for an unauthorised-crossing type.
    FarFromBorder,
    /// The same source id came before with other content.
    ContentChanged,
    /// The text looks as if it held personal data.
    PersonalDataSuspected,
    /// Only a crossing point or section is known, no position.
    PlaceCoarse,
    /// The sender's clock runs ahead; the time of receipt was used.
    ClockAhead,
    /// Signed, and the signature was not checked.
    SignatureUnchecked,
    /// The document breaks a rule of its format, yet could be read.
    FormatFault,
}

/// How complete a report is and what is odd about it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Quality {
    /// Share of the fields of Annex 2 section 1 that are filled, 0 to 1.
    pub completeness: f32,
    /// What is odd.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<QualityIssue>,
}

/// What one agency said, once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// The feed it came by.
    pub feed: FeedId,
    /// The sender's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceKey>,
    /// The revision that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revises: Option<ReportId>,
    /// What it says of earlier reports.
    #[serde(default)]
    pub relation: Relation,
    /// The agency that says it.
    pub org: OrgId,
    /// What kind of source it rests on.
    pub source_kind: SourceKind,
    /// Real, exercise or test.
    pub mode: Mode,
    /// Event type.
    pub type_code: TypeCode,
    /// The sender's own code, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_code: Option<String>,
    /// When it happened.
    pub occurred: Interval,
    /// When the agency became aware (the 24-hour clock of Art. 9 of Implementing Regulation (EU) 2021/581).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aware: Option<Time>,
    /// When the agency reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Time>,
    /// When the server received it.
    pub received: Time,
    /// Until when the sender means it to hold (CAP `expires`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// Where.
    pub place: Place,
    /// Border section, decided once by the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<SectionId>,
    /// Persons involved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persons: Option<CountRange>,
    /// Vehicles involved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicles: Option<CountRange>,
    /// Whether a life is at risk; `None` where nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life_at_risk: Option<bool>,
    /// Headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Confidence on three criteria.
    pub confidence: Confidence,
    /// Impact that the originator proposes.
    #[serde(default)]
    pub impact_proposed: ImpactProposal,
    /// Identifiers of vehicles, vessels, documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    /// Files by reference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentRef>,
    /// Sub-type detail (direction, means of transport, kind of goods, sensor id ...).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, serde_json::Value>,
    /// Who may see it.
    pub marking: Marking,
    /// Completeness and oddities.
    pub quality: Quality,
}

impl Report {
    /// The moment that sorts it on a screen: occurrence, but never after receipt (a fast clock never wins).
    pub fn sort_time(&self) -> Time {
        self.occurred.from.min(self.received)
    }
}
