//! Own assets and the figures of crossing points.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{BcpId, OrgId, SectionId, Time, UnitId};

/// What kind of unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// Officers on foot.
    FootPatrol,
    /// A car or off-road vehicle.
    VehiclePatrol,
    /// A boat or ship.
    Boat,
    /// A helicopter.
    Helicopter,
    /// An uncrewed aircraft.
    Uav,
    /// An ambulance.
    Ambulance,
    /// Fire and rescue.
    Rescue,
    /// A mobile customs group.
    CustomsGroup,
    /// A quick reaction group.
    ReactionGroup,
    /// Other.
    Other,
}

/// What a unit does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnitStatus {
    /// May be asked.
    #[default]
    Available,
    /// Has a task.
    Tasked,
    /// On its way.
    EnRoute,
    /// There.
    OnScene,
    /// On its way back.
    Returning,
    /// Out of service.
    OutOfService,
}

/// An own asset as the picture holds it; its position is a track of domain `unit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// Its agency.
    pub org: OrgId,
    /// Name in Ukrainian (or as sent).
    pub uk: String,
    /// Name in English (or as sent).
    pub en: String,
    /// What kind.
    pub kind: UnitKind,
    /// What it can do; CISE 1.5.3 `OperationalCapability` names.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// Its home section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<SectionId>,
    /// What it does.
    #[serde(default)]
    pub status: UnitStatus,
    /// When the status was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_at: Option<Time>,
}

/// Newest figures of a crossing point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Figures {
    /// The crossing point.
    pub bcp: BcpId,
    /// When they were taken; never after `received`.
    pub at: Time,
    /// When they came.
    pub received: Time,
    /// The agency that says so.
    pub org: OrgId,
    /// Cars waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cars_waiting: Option<u32>,
    /// Trucks waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trucks_waiting: Option<u32>,
    /// Buses waiting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buses_waiting: Option<u32>,
    /// Waiting time in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_min: Option<u32>,
    /// Persons passed in the last hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persons_per_h: Option<u32>,
    /// State as the sender says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}
