//! Threats by region: an air-raid alert and what public warning services say beside it.
//!
//! What is kept is the newest word of an agency for each region, kind and mode, and when it was last heard. Whether that
//! word can still be relied on is not stored: it follows from the feed's health and from the moment of asking. Silence is
//! never "all clear".

use core::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::text_id;
use crate::{FeedId, Marking, Mode, OrgId, Time};

text_id! {
    /// A region of a state by ISO 3166-2 (`UA-46`).
    RegionId,
}

/// Words of the same content that follow within this time, seconds, are one confirmation: a service that sends its whole
/// list every few seconds does not fill the journal.
pub const THREAT_CONFIRM_S: u32 = 30;

/// What a region is warned of; the words of the public Ukrainian services.
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
pub enum ThreatKind {
    /// An air raid.
    #[default]
    AirRaid,
    /// Artillery.
    Artillery,
    /// Chemical substances.
    Chemical,
    /// Fighting in the streets.
    StreetFighting,
    /// Something that the sender does not say, or says in a word of its own.
    Unknown,
}

/// Whether a warning is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThreatState {
    /// It is.
    Alert,
    /// It is over, or there is none.
    Clear,
}

/// The state of a region as a sender says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ThreatDraft {
    /// The region.
    pub region: RegionId,
    /// What it is warned of.
    #[serde(default)]
    pub kind: ThreatKind,
    /// Whether it is on.
    pub state: ThreatState,
    /// Since when the state holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// When the sender said so; the newest wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// When an alert ends by itself (CAP `expires`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// Whether the sender tells of changes only, so that its word holds as long as its feed is alive. Otherwise it
    /// repeats what holds, and what it no longer repeats is not known any more.
    #[serde(default)]
    pub holds: bool,
    /// The sender's own name of the message, at most 256 bytes: by it the alert can be cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Mode, where the sender states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
}

/// The newest word about one kind of threat in one region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Threat {
    /// The region.
    pub region: RegionId,
    /// What it is warned of.
    pub kind: ThreatKind,
    /// Real, exercise or test: each has a word of its own.
    pub mode: Mode,
    /// Whether it is on.
    pub state: ThreatState,
    /// Since when; never after `at`.
    pub since: Time,
    /// When the sender said so; never after `heard`.
    pub at: Time,
    /// When it was last heard that this is so.
    pub heard: Time,
    /// When an alert ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// Whether the word holds as long as its feed is alive ([`ThreatDraft::holds`]).
    #[serde(default)]
    pub holds: bool,
    /// The feed that said so.
    pub feed: FeedId,
    /// The agency that said so.
    pub org: OrgId,
    /// Who may see it.
    pub marking: Marking,
    /// The sender's name of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl Threat {
    /// Whether this is the word about a kind in a mode.
    pub fn is_of(&self, kind: ThreatKind, mode: Mode) -> bool {
        self.kind == kind && self.mode == mode
    }

    /// Whether another word says nothing but that this one still holds.
    pub fn confirmed_by(&self, other: &Self) -> bool {
        self.state == other.state
            && self.since == other.since
            && self.until == other.until
            && self.holds == other.holds
            && self.feed == other.feed
            && self.marking == other.marking
            && self.key == other.key
    }
}

/// Names a word that was said again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ThreatHeard {
    /// The region.
    pub region: RegionId,
    /// What it is warned of.
    pub kind: ThreatKind,
    /// The mode of the word.
    pub mode: Mode,
    /// When the sender said so again; never after it was heard.
    pub at: Time,
}

/// A region as configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegionDef {
    /// Its id.
    pub id: RegionId,
    /// Name in Ukrainian.
    pub uk: String,
    /// Name in English.
    pub en: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word() -> Threat {
        let t = Time::from_secs(1_000);
        Threat {
            region: "UA-46".into(),
            kind: ThreatKind::AirRaid,
            mode: Mode::Actual,
            state: ThreatState::Alert,
            since: t,
            at: t,
            heard: t,
            until: None,
            holds: false,
            feed: "alarms".into(),
            org: "ES".into(),
            marking: Marking::default(),
            key: None,
        }
    }

    #[test]
    fn the_same_word_later_is_a_confirmation_and_another_state_is_not() {
        let later = Threat {
            at: Time::from_secs(2_000),
            heard: Time::from_secs(2_001),
            ..word()
        };
        assert!(word().confirmed_by(&later));
        let clear = Threat {
            state: ThreatState::Clear,
            ..later.clone()
        };
        assert!(!word().confirmed_by(&clear));
        // Whoever else says the same is named from then on: his silence counts.
        let other = Threat {
            feed: "other".into(),
            ..later
        };
        assert!(!word().confirmed_by(&other));
    }

    #[test]
    fn an_exercise_has_a_word_of_its_own() {
        assert!(word().is_of(ThreatKind::AirRaid, Mode::Actual));
        assert!(!word().is_of(ThreatKind::AirRaid, Mode::Exercise));
        assert!(!word().is_of(ThreatKind::Chemical, Mode::Actual));
    }

    #[test]
    fn a_draft_needs_a_region_and_a_state_only() {
        let draft: ThreatDraft =
            serde_json::from_str(r#"{"region":"UA-46","state":"alert"}"#).unwrap();
        assert_eq!(draft.kind, ThreatKind::AirRaid);
        assert!(draft.at.is_none() && !draft.holds);
    }
}
