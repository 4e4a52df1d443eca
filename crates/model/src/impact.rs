//! The two impact scales, which are different things: one per event, one per border section.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Indicative impact of one event (Regulation (EU) 2019/1896, Art. 25(3)).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EventImpact {
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Very high; there is no "critical" event.
    VeryHigh,
}

/// Impact level attributed to a border section (Regulation (EU) 2019/1896, Art. 34).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SectionLevel {
    /// Insignificant impact of incidents on border security.
    Low,
    /// Moderate.
    Medium,
    /// Significant.
    High,
    /// Decisive; temporary. There is no "very high" section.
    Critical,
}

/// What the originator proposes, by the three questions of Implementing Regulation (EU) 2021/581, Art. 17:
/// the effect on illegal immigration, on cross-border crime, and on lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ImpactProposal {
    /// Effect on detecting, preventing, combating illegal immigration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub immigration: Option<EventImpact>,
    /// The same for cross-border crime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crime: Option<EventImpact>,
    /// Effect on protecting and saving lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lives: Option<EventImpact>,
}

impl ImpactProposal {
    /// The overall proposal: the highest answer, where there is one.
    pub fn overall(self) -> Option<EventImpact> {
        [self.immigration, self.crime, self.lives]
            .into_iter()
            .flatten()
            .max()
    }
}
