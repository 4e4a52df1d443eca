//! Feeds: how each agency's line is doing. Freshness is computed from `(last_heard, now)`, never stored.

use core::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{FeedId, OrgId, Time};

/// Age of data in three steps (domain digest 5.3).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// As expected.
    Fresh,
    /// Late.
    Stale,
    /// Gone, or never heard.
    Lost,
}

/// After how long something is stale and lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct FreshnessRule {
    /// Expected period in seconds.
    pub expected_s: u32,
    /// Stale after this many seconds without a word.
    pub stale_s: u32,
    /// Lost after this many seconds without a word.
    pub lost_s: u32,
}

/// Freshness of something last heard then, seen now. A last word from the future counts as just now.
pub fn freshness(last_heard: Option<Time>, now: Time, rule: FreshnessRule) -> Freshness {
    let Some(heard) = last_heard else {
        return Freshness::Lost;
    };
    if now >= heard + Duration::from_secs(u64::from(rule.lost_s)) {
        Freshness::Lost
    } else if now >= heard + Duration::from_secs(u64::from(rule.stale_s)) {
        Freshness::Stale
    } else {
        Freshness::Fresh
    }
}

/// What the transport of a feed is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedLight {
    /// Not started yet.
    #[default]
    Starting,
    /// Connected or listening.
    Up,
    /// Failed; a restart is waiting for its backoff.
    Down,
    /// Paused by an officer.
    Paused,
}

/// Health of one feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeedHealth {
    /// The feed.
    pub feed: FeedId,
    /// Its agency.
    pub org: OrgId,
    /// Name in Ukrainian.
    pub uk: String,
    /// Name in English.
    pub en: String,
    /// What its transport is doing.
    pub light: FeedLight,
    /// Last error of the transport as a stable code with detail; never raw content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When anything that could be understood was last heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_heard: Option<Time>,
    /// When it is stale and lost.
    pub rule: FreshnessRule,
    /// Records accepted a second, mean over the last minute.
    pub rate_per_s: f32,
    /// Median of received minus occurred over the last minute, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag_s: Option<f32>,
    /// The sender's clock minus ours, seconds; positive where the sender runs ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skew_s: Option<f32>,
    /// Share of records rejected over the last minute, 0 to 1.
    pub reject_rate: f32,
    /// Records accepted since the start.
    pub accepted: u64,
    /// Duplicates since the start.
    pub duplicates: u64,
    /// Records quarantined since the start.
    pub quarantined: u64,
    /// Known records out of scope since the start.
    pub skipped: u64,
    /// Restarts of the transport since the start.
    pub restarts: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: FreshnessRule = FreshnessRule {
        expected_s: 15,
        stale_s: 45,
        lost_s: 180,
    };

    #[test]
    fn the_three_steps_change_exactly_at_their_limits() {
        let t0 = Time::from_secs(1_000);
        let at = |s| freshness(Some(t0), t0.plus_secs(s), RULE);
        assert_eq!((at(0), at(44)), (Freshness::Fresh, Freshness::Fresh));
        assert_eq!((at(45), at(179)), (Freshness::Stale, Freshness::Stale));
        assert_eq!(at(180), Freshness::Lost);
        assert_eq!(freshness(None, t0, RULE), Freshness::Lost);
    }

    #[test]
    fn a_word_from_the_future_is_just_now() {
        let t0 = Time::from_secs(1_000);
        assert_eq!(
            freshness(Some(t0.plus_secs(500)), t0, RULE),
            Freshness::Fresh
        );
    }
}
