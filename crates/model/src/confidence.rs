//! Confidence on three criteria (Implementing Regulation (EU) 2021/581, Art. 16): credibility of the
//! information, reliability of the source, validation status of the report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reliability of the source, Europol 4x4.
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
pub enum SourceGrade {
    /// No doubt.
    A,
    /// Mostly reliable.
    B,
    /// Mostly unreliable.
    C,
    /// Cannot be assessed.
    #[default]
    X,
}

/// Credibility of the information, Europol 4x4.
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
pub enum InformationGrade {
    /// Accuracy not in doubt.
    #[serde(rename = "1")]
    One,
    /// Known personally to the source, not to the officer who passes it on.
    #[serde(rename = "2")]
    Two,
    /// Not known personally to the source, but corroborated.
    #[serde(rename = "3")]
    Three,
    /// Not known personally and cannot be corroborated.
    #[default]
    #[serde(rename = "4")]
    Four,
}

/// Validation status of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Validation {
    /// Nobody has validated it.
    #[default]
    Unvalidated,
    /// Its originator has.
    ByOriginator,
    /// The coordination centre has.
    ByNcc,
    /// It was found to be wrong.
    Refuted,
}

/// The three criteria together; shown as `B2` with the status in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub struct Confidence {
    /// Reliability of the source.
    #[serde(default)]
    pub reliability: SourceGrade,
    /// Credibility of the information.
    #[serde(default)]
    pub credibility: InformationGrade,
    /// Validation status.
    #[serde(default)]
    pub validation: Validation,
}
