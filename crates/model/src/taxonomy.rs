//! Event types: stable codes whose names and mappings live in configuration (`event-types.yaml`).

use core::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::text_id;
use crate::{EventImpact, OrgId};

text_id! {
    /// Code of an event type (`UBC05`); codes are stable, names are translated.
    TypeCode,
}

impl TypeCode {
    /// The code for what no table knows; the sender's own code is kept beside it.
    pub const OTHER: &'static str = "OTH";

    /// The type's group: the letters of its code.
    pub fn group(&self) -> EventTypeGroup {
        match self.0.get(..3) {
            Some("UBC") => EventTypeGroup::UnauthorisedCrossing,
            Some("CBC") => EventTypeGroup::CrossBorderCrime,
            Some("BCP") => EventTypeGroup::CrossingPoint,
            Some("MAR") => EventTypeGroup::Maritime,
            Some("AIR") => EventTypeGroup::Air,
            Some("SEC") => EventTypeGroup::Security,
            Some("CRI") => EventTypeGroup::Crisis,
            Some("SYS") => EventTypeGroup::System,
            _ => EventTypeGroup::Other,
        }
    }
}

/// Group of event types; shape of the symbol and row of the type matrix.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EventTypeGroup {
    /// `UBC`: unauthorised border crossing.
    UnauthorisedCrossing,
    /// `CBC`: cross-border crime.
    CrossBorderCrime,
    /// `BCP`: at a crossing point.
    CrossingPoint,
    /// `MAR`: at sea and on rivers.
    Maritime,
    /// `AIR`: in the air.
    Air,
    /// `SEC`: security.
    Security,
    /// `CRI`: crisis.
    Crisis,
    /// `SYS`: sensors and systems.
    System,
    /// Everything else.
    Other,
}

/// EUROSUR sub-layer of an event type (domain digest 1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum SubLayer {
    /// Unauthorised border crossing.
    Ubc,
    /// Cross-border crime.
    Cbc,
    /// Crisis.
    Crs,
    /// Other.
    Oth,
    /// Secondary movements.
    Sec,
    /// Quality of service (Art. 23 of Implementing Regulation (EU) 2021/581).
    Qos,
}

/// One event type with its defaults and its codes in other vocabularies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventType {
    /// Its code.
    pub code: TypeCode,
    /// Name in Ukrainian.
    pub uk: String,
    /// Name in English.
    pub en: String,
    /// EUROSUR sub-layer.
    pub sub_layer: SubLayer,
    /// Impact that a new event of this type starts with.
    pub default_impact: EventImpact,
    /// Agency that leads by default.
    pub lead: OrgId,
    /// Agencies that support by default.
    #[serde(default)]
    pub support: Vec<OrgId>,
    /// Cursor on Target type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cot: Option<String>,
    /// CAP 1.2 category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<String>,
    /// CISE 1.5.3 class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cise_class: Option<String>,
    /// CISE 1.5.3 type, literal from the schemas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cise_type: Option<String>,
    /// APP-6D symbol set 40 entity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sidc40: Option<String>,
}
