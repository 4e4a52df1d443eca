//! What persons did to an event, in the order in which they did it: its log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Actor, DismissReason, Event, EventId, EventImpact, EventLinkKind, EventState, OrgId, ReportId,
    Time, TypeCode,
};

/// Most acts that an event keeps in memory; of more the oldest leave, and their number stays known. The journal has all.
pub const MAX_ACTS: usize = 300;

/// Something that was done to an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Act {
    /// When.
    pub at: Time,
    /// Who.
    pub by: Actor,
    /// What.
    #[serde(flatten)]
    pub did: Did,
}

/// A value of an event that a person may settle, or leave to the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettledValue {
    /// Event type.
    Type,
    /// Impact.
    Impact,
    /// Whether a life is at risk.
    LifeAtRisk,
    /// Agency that leads.
    Lead,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Did {
    /// The event was led to a state.
    Led {
        /// Where to.
        to: EventState,
        /// Why it was dismissed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<DismissReason>,
    },
    /// A person said of what type it is.
    SetType {
        /// The type.
        to: TypeCode,
    },
    /// A person said how grave it is.
    SetImpact {
        /// The impact.
        to: EventImpact,
    },
    /// A person said whether a life is at risk.
    SetLifeAtRisk {
        /// Whether.
        to: bool,
    },
    /// A person said who leads.
    SetLead {
        /// The agency.
        to: OrgId,
    },
    /// A value that a person had settled is what the reports say again.
    LeftToRule {
        /// Which.
        value: SettledValue,
    },
    /// A report was taken out; it opened an event of its own, or one together with others.
    Detached {
        /// Which.
        report: ReportId,
    },
    /// Another event was merged into it.
    Merged {
        /// Which.
        absorbed: EventId,
    },
    /// A merge was taken back.
    Unmerged {
        /// The event that stands by itself again.
        absorbed: EventId,
    },
    /// It was tied to another event.
    Linked {
        /// Which.
        other: EventId,
        /// How.
        kind: EventLinkKind,
    },
    /// A tie was taken away.
    Unlinked {
        /// To which event.
        other: EventId,
        /// How it was tied.
        kind: EventLinkKind,
    },
}

impl Did {
    /// The other event that it names; who may not see that one is not told of the act.
    pub const fn names(&self) -> Option<EventId> {
        match self {
            Self::Merged { absorbed } | Self::Unmerged { absorbed } => Some(*absorbed),
            Self::Linked { other, .. } | Self::Unlinked { other, .. } => Some(*other),
            _ => None,
        }
    }
}

impl Event {
    /// Writes an act into the log.
    pub fn note_act(&mut self, at: Time, by: &Actor, did: Did) {
        if self.acts.len() == MAX_ACTS {
            self.acts.remove(0);
            self.acts_before = self.acts_before.saturating_add(1);
        }
        self.acts.push(Act {
            at,
            by: by.clone(),
            did,
        });
    }
}
