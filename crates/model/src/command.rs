//! What people (and the demo's scripted officer) ask the room to do.

use core::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AreaDraft, AreaId, AttachmentRef, CommandId, DismissReason, EventId, EventImpact,
    EventLinkKind, EventState, OrgId, SectionId, SectionLevel, SuggestionId, TypeCode,
};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Actor {
    /// A person at a desk; until accounts exist the name is what he typed.
    Person {
        /// Name as given.
        name: String,
        /// Agency.
        org: OrgId,
    },
    /// A rule of the room, with its version (`first-report/1`).
    Rule {
        /// Name and version.
        rule: String,
    },
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person { name, org } => write!(f, "{name} ({org})"),
            Self::Rule { rule } => f.write_str(rule),
        }
    }
}

/// A command: carried out once however often it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Command {
    /// Its id, made by the sender.
    pub id: CommandId,
    /// Who asks.
    pub by: Actor,
    /// Version of the event or area that he looked at; a conflict is refused, not overwritten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_version: Option<u64>,
    /// What to do.
    #[serde(flatten)]
    pub body: CommandBody,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum CommandBody {
    /// Confirm a suggestion: merge its events.
    AcceptSuggestion {
        /// Which.
        suggestion: SuggestionId,
    },
    /// Refuse a suggestion.
    RejectSuggestion {
        /// Which.
        suggestion: SuggestionId,
    },
    /// Merge one event into another without a suggestion.
    Merge {
        /// The event that stays.
        survivor: EventId,
        /// The one that goes into it.
        absorbed: EventId,
    },
    /// Take a merge back: the absorbed event stands again under its old id with what was attached to it; what came
    /// later stays with the survivor.
    Unmerge {
        /// The event that stays.
        survivor: EventId,
        /// The one to give back.
        absorbed: EventId,
    },
    /// Lead an event to another state.
    SetState {
        /// Which.
        event: EventId,
        /// Where to.
        state: EventState,
        /// Needed for `dismissed`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<DismissReason>,
    },
    /// Set the impact of an event.
    SetImpact {
        /// Which.
        event: EventId,
        /// The level.
        impact: EventImpact,
    },
    /// Say whether a life is at risk.
    SetLifeAtRisk {
        /// Which.
        event: EventId,
        /// Whether.
        life_at_risk: bool,
    },
    /// Set the type of an event.
    SetType {
        /// Which.
        event: EventId,
        /// The type.
        type_code: TypeCode,
    },
    /// Say which agency leads an event: its owner.
    SetLead {
        /// Which.
        event: EventId,
        /// The agency, one of the configured.
        lead: OrgId,
    },
    /// Leave a value that a person had settled to the rule: what the reports say stands again.
    LeaveToRule {
        /// Which event.
        event: EventId,
        /// Which value.
        value: crate::SettledValue,
    },
    /// Write a note on an event.
    AddNote {
        /// Which.
        event: EventId,
        /// The text, at most 8 kB.
        text: String,
        /// Files with it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<AttachmentRef>,
    },
    /// Detach a report that a rule attached: it opens its own event.
    Detach {
        /// The event.
        event: EventId,
        /// The report.
        report: crate::ReportId,
    },
    /// Erase a report, or what in it points at persons: ordered by a court or the data protection officer. It can't be
    /// taken back; that it was there stays known.
    EraseReport {
        /// Which.
        report: crate::ReportId,
        /// What of it.
        #[serde(default)]
        what: crate::Erasure,
        /// On whose order and why, at most 500 bytes; stands in the journal for good.
        reason: String,
    },
    /// Tie two events that stay two.
    LinkEvents {
        /// One.
        event: EventId,
        /// The other.
        other: EventId,
        /// How.
        kind: EventLinkKind,
    },
    /// Take a tie away.
    UnlinkEvents {
        /// The event that has it.
        event: EventId,
        /// The other.
        other: EventId,
        /// How they are tied.
        kind: EventLinkKind,
    },
    /// Split an event: reports that belong to another happening open one event together.
    Split {
        /// The event.
        event: EventId,
        /// The reports that leave it, at least one; at least one stays.
        reports: Vec<crate::ReportId>,
    },
    /// Set the level of a border section.
    SetSectionLevel {
        /// Which.
        section: SectionId,
        /// The level.
        level: SectionLevel,
    },
    /// Draw an area on the map, or change one. A change names the version that was looked at; without one it is a new area.
    SetArea {
        /// Its id, made by the sender.
        area: AreaId,
        /// What it is from now on.
        draft: Box<AreaDraft>,
    },
    /// Take an area off the map and off the list.
    RemoveArea {
        /// Which.
        area: AreaId,
    },
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum CommandRefusal {
    /// There is no such thing, or the asker may not see it.
    #[error("no such {what}")]
    NotFound {
        /// `event`, `suggestion`, `report`, `section`, `event type`, `agency` or `area`.
        what: String,
    },
    /// Somebody else was there first.
    #[error("it has version {current}, the command names {expected}")]
    Conflict {
        /// What the command named.
        expected: u64,
        /// What it is.
        current: u64,
    },
    /// The step is not allowed from here.
    #[error("not allowed now: {why}")]
    NotAllowed {
        /// In words, English.
        why: String,
    },
    /// Something in the command is out of bounds.
    #[error("invalid command: {why}")]
    Invalid {
        /// In words, English.
        why: String,
    },
}
