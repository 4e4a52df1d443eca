//! An event: what the centre believes, resting on reports.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Actor, AttachmentRef, EventId, EventImpact, Interval, LinkProvenance, Mode, NoteId, OrgId,
    Place, ReportId, SectionId, SuggestionId, Time, TypeCode,
};

/// A value that the centre settled on, and the reports that it rests on. Who may see none of them does not see the
/// value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Curated<T> {
    /// The value.
    pub value: T,
    /// Reports that it rests on; empty where a person set it on his own knowledge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rests_on: Vec<ReportId>,
    /// Who set it.
    pub by: Actor,
    /// When.
    pub at: Time,
}

/// The values of an event that the centre settles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Curation {
    /// Event type.
    pub type_code: Curated<TypeCode>,
    /// Indicative impact.
    pub impact: Curated<EventImpact>,
    /// Whether a life is at risk.
    pub life_at_risk: Curated<bool>,
    /// When it happened.
    pub occurred: Curated<Interval>,
    /// Where.
    pub place: Curated<Place>,
    /// Border section; "none" is a valid answer.
    pub section: Curated<Option<SectionId>>,
    /// Agency that leads.
    pub lead: Curated<OrgId>,
}

impl Curation {
    /// Every report that a value rests on.
    pub fn rests_on(&self) -> BTreeSet<ReportId> {
        [
            &self.type_code.rests_on,
            &self.impact.rests_on,
            &self.life_at_risk.rests_on,
            &self.occurred.rests_on,
            &self.place.rests_on,
            &self.section.rests_on,
            &self.lead.rests_on,
        ]
        .into_iter()
        .flatten()
        .copied()
        .collect()
    }
}

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventState {
    /// Nobody has looked.
    New,
    /// Looked at.
    Triaged,
    /// Found true.
    Validated,
    /// A response is under way.
    Active,
    /// Over.
    Resolved,
    /// Filed.
    Closed,
    /// Found to be nothing, with a reason.
    Dismissed,
    /// Part of another event.
    Merged,
}

impl EventState {
    /// Whether it still asks for someone's attention.
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::New | Self::Triaged | Self::Validated | Self::Active
        )
    }

    /// Whether a person may lead it from one state to another.
    pub const fn may_become(self, next: Self) -> bool {
        use EventState::{Active, Closed, Dismissed, New, Resolved, Triaged, Validated};
        matches!(
            (self, next),
            (New, Triaged | Validated | Active | Dismissed)
                // To new: the step was a mistake, nobody has looked.
                | (Triaged, New | Validated | Active | Resolved | Dismissed)
                | (Validated, Active | Resolved | Dismissed)
                | (Active, Resolved)
                | (Resolved, Active | Closed)
                | (Closed | Dismissed, Triaged)
        )
    }
}

/// Why an event was dismissed (Implementing Regulation (EU) 2021/581: the owner may close when ...).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DismissReason {
    /// The presumed event did not happen.
    DidNotHappen,
    /// The estimated impact does not justify it.
    ImpactTooLow,
    /// A sensor's false alarm.
    FalseAlarm,
    /// The originator withdrew it.
    Withdrawn,
}

/// A report attached to an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attachment {
    /// The report.
    pub report: ReportId,
    /// When it was attached.
    pub at: Time,
    /// How it came to be attached.
    pub provenance: LinkProvenance,
}

/// One merge, with all that is needed to take it back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MergeRecord {
    /// The event that was absorbed; it keeps its id.
    pub absorbed: EventId,
    /// Reports that came with it.
    pub reports: Vec<ReportId>,
    /// Who merged.
    pub by: Actor,
    /// When.
    pub at: Time,
    /// The suggestion that was confirmed, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<SuggestionId>,
    /// The survivor's values before.
    pub before: Box<Curation>,
    /// The survivor's values that the merge set.
    pub after: Box<Curation>,
    /// State of the absorbed event before.
    pub absorbed_state: EventState,
}

/// A note of an officer on an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// Who wrote it.
    pub by: Actor,
    /// When.
    pub at: Time,
    /// What, at most 8 kB.
    pub text: String,
    /// Files with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentRef>,
}

/// How two events belong together (names of CISE 1.5.3 `EventRoleInEvent`, and two of ours).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventLinkKind {
    /// Causes.
    Causes,
    /// Responds to.
    Responds,
    /// Prevents.
    Prevents,
    /// Encompasses.
    Encompasses,
    /// Same persons.
    SamePersons,
    /// Same way of working.
    SameModus,
}

/// A tie between two events that stay two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventLink {
    /// How.
    pub kind: EventLinkKind,
    /// The other one.
    pub other: EventId,
    /// Who tied them.
    pub by: Actor,
    /// When.
    pub at: Time,
}

/// What the centre believes about one happening.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Its id; never used again.
    pub id: EventId,
    /// Real, exercise or test.
    pub mode: Mode,
    /// Where it stands.
    pub state: EventState,
    /// Why it was dismissed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed: Option<DismissReason>,
    /// Values that the centre settled.
    pub curation: Curation,
    /// Reports, in the order in which they were attached.
    pub reports: Vec<Attachment>,
    /// When the first report was received.
    pub first_known_at: Time,
    /// When an agency became aware (start of the 24-hour clock).
    pub aware_at: Time,
    /// Newest change by a report or a person.
    pub updated_at: Time,
    /// Counts every change. What an audience is told of it, and names as `if_version`, is [`Event::version_seen`].
    pub version: u64,
    /// Of these, changes that reports made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made_by: Vec<MadeBy>,
    /// The event that absorbed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<EventId>,
    /// Merges that can be taken back, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merges: Vec<MergeRecord>,
    /// Notes, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Ties to other events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<EventLink>,
    /// What was done to it, oldest first; at most [`crate::MAX_ACTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<crate::Act>,
    /// Older acts that left memory.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub acts_before: u64,
}

/// Whether a count is nought, and left out where it is written.
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")
)]
pub const fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Changes of an event that rest on reports: who sees none of these is not to see that anything changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MadeBy {
    /// The reports, sorted; those of a merge together.
    pub reports: Vec<ReportId>,
    /// How many changes.
    pub changes: u64,
}

impl Event {
    /// The version as it is for somebody who sees some reports: changes that only others made do not count. A change that he
    /// may see raises it by one, whatever happens beside it.
    pub fn version_seen(&self, sees: impl Fn(ReportId) -> bool) -> u64 {
        let unseen = self
            .made_by
            .iter()
            .filter(|m| !m.reports.iter().any(|r| sees(*r)))
            .map(|m| m.changes)
            .sum();
        self.version.saturating_sub(unseen)
    }

    /// Notes that a change rests on these reports.
    pub fn note_made_by(&mut self, reports: impl IntoIterator<Item = ReportId>) {
        let mut reports: Vec<ReportId> = reports.into_iter().collect();
        reports.sort_unstable();
        reports.dedup();
        if !reports.is_empty() {
            self.count(reports, 1);
        }
    }

    /// Changes that older revisions made count as those of the one that took their place.
    pub fn pass_on(&mut self, older: impl Fn(ReportId) -> bool, newer: ReportId) {
        for made in core::mem::take(&mut self.made_by) {
            let stands = |r| if older(r) { newer } else { r };
            let mut reports: Vec<ReportId> = made.reports.into_iter().map(stands).collect();
            reports.sort_unstable();
            reports.dedup();
            self.count(reports, made.changes);
        }
    }

    fn count(&mut self, reports: Vec<ReportId>, changes: u64) {
        match self.made_by.iter_mut().find(|m| m.reports == reports) {
            Some(made) => made.changes += changes,
            None => self.made_by.push(MadeBy { reports, changes }),
        }
    }
}
