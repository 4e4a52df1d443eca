//! Suggestions that two events are one happening, and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{EventId, SuggestionId, Time};

/// The five terms of the link score (domain digest 7.2; our own design, a decision aid).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LinkTermKind {
    /// Nearness of place.
    Place,
    /// Nearness in time.
    Time,
    /// Compatibility of types.
    Type,
    /// Agreement of the counts of persons and vehicles.
    Count,
    /// Shared identifiers.
    Identifier,
}

/// A term in words: a key of the catalogue and its parameters, so that each reads it in his language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TermWords {
    /// Key in the catalogue (`link.place.near`).
    pub key: String,
    /// Parameters; numbers carry their unit in the name (`distance_m`).
    pub args: std::collections::BTreeMap<String, serde_json::Value>,
}

/// One term of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinkTerm {
    /// Which.
    pub kind: LinkTermKind,
    /// Its value, 0 to 1; missing where unknown (it then drops out and the weights are renormalised).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Its weight after renormalisation, 0 to 1; 0 where unknown.
    pub weight: f64,
    /// Why, in words.
    pub words: TermWords,
}

/// What became of a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionState {
    /// Waits for a person.
    Open,
    /// Confirmed: the events were merged.
    Accepted,
    /// Refused: they are two happenings.
    Rejected,
    /// One of the events was merged elsewhere or closed.
    Obsolete,
}

/// A suggestion that two events are one happening. A person decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Suggestion {
    /// Its id.
    pub id: SuggestionId,
    /// The older event, which would survive.
    pub a: EventId,
    /// The younger one.
    pub b: EventId,
    /// Sum of the weighted terms, 0 to 1.
    pub score: f64,
    /// The terms.
    pub terms: Vec<LinkTerm>,
    /// Whether the score is high enough to be ticked already.
    pub strong: bool,
    /// The rule and its version (`link/1`).
    pub rule: String,
    /// When it was made.
    pub at: Time,
    /// What became of it.
    pub state: SuggestionState,
}
