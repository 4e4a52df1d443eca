//! The strip of feed lights.

use core::cmp::Reverse;

use oneroof_model::{FeedLight, Freshness, OrgId, Time, freshness};
use oneroof_wire::client::Picture;
use oneroof_wire::{Entity, FeedView};

use super::places::Both;

/// What a light says: worse is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Light {
    /// As expected.
    Fresh,
    /// Paused by an officer.
    Paused,
    /// Not heard yet since the start.
    Waiting,
    /// Late.
    Stale,
    /// Gone.
    Lost,
    /// The line itself is down.
    Down,
}

/// One light.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedRow {
    /// The feed.
    pub id: String,
    /// Its agency.
    pub org: OrgId,
    /// Its name.
    pub name: Both,
    /// What it says.
    pub light: Light,
    /// When it was last heard.
    pub last_heard: Option<Time>,
    /// Records a second.
    pub rate_per_s: f32,
    /// Share rejected, 0 to 1.
    pub reject_rate: f32,
    /// Records put aside.
    pub quarantined: u64,
    /// Last fault.
    pub error: Option<String>,
}

/// What a feed's light says at a moment. A line that is up but silent is never just green.
pub fn light(feed: &FeedView, now: Time) -> Light {
    let h = &feed.health;
    match h.light {
        FeedLight::Paused => return Light::Paused,
        FeedLight::Down => return Light::Down,
        FeedLight::Starting | FeedLight::Up => {}
    }
    if h.last_heard.is_none() {
        return Light::Waiting;
    }
    match freshness(h.last_heard, now, h.rule) {
        Freshness::Fresh => Light::Fresh,
        Freshness::Stale => Light::Stale,
        Freshness::Lost => Light::Lost,
    }
}

/// All lights, the worst first, then by name.
pub fn feed_rows(picture: &Picture, now: Time) -> Vec<FeedRow> {
    let mut rows: Vec<FeedRow> = picture
        .entities
        .values()
        .filter_map(|e| match e {
            Entity::Feed(f) => Some(FeedRow {
                id: f.health.feed.to_string(),
                org: f.health.org.clone(),
                name: Both {
                    uk: f.health.uk.clone(),
                    en: f.health.en.clone(),
                },
                light: light(f, now),
                last_heard: f.health.last_heard,
                rate_per_s: f.health.rate_per_s,
                reject_rate: f.health.reject_rate,
                quarantined: f.health.quarantined,
                error: f.health.error.clone(),
            }),
            _ => None,
        })
        .collect();
    rows.sort_by(|a, b| (Reverse(a.light), &a.org, &a.id).cmp(&(Reverse(b.light), &b.org, &b.id)));
    rows
}

#[cfg(test)]
mod tests {
    use oneroof_model::{FeedHealth, FreshnessRule};

    use super::*;

    fn feed(light: FeedLight, heard_s: Option<i64>) -> FeedView {
        FeedView {
            health: FeedHealth {
                feed: "x".into(),
                org: "BG".into(),
                uk: "х".into(),
                en: "x".into(),
                light,
                error: None,
                last_heard: heard_s.map(Time::from_secs),
                rule: FreshnessRule {
                    expected_s: 10,
                    stale_s: 30,
                    lost_s: 90,
                },
                rate_per_s: 0.0,
                lag_s: None,
                skew_s: None,
                reject_rate: 0.0,
                accepted: 0,
                duplicates: 0,
                quarantined: 0,
                skipped: 0,
                restarts: 0,
            },
            transport: "http_push".into(),
            format: "json".into(),
        }
    }

    #[test]
    fn a_line_that_is_up_and_silent_is_not_green() {
        let at = |s| light(&feed(FeedLight::Up, Some(1_000)), Time::from_secs(s));
        assert_eq!(
            [at(1_010), at(1_040), at(1_100)],
            [Light::Fresh, Light::Stale, Light::Lost]
        );
        assert_eq!(
            light(&feed(FeedLight::Up, None), Time::from_secs(1)),
            Light::Waiting
        );
    }

    #[test]
    fn a_line_that_is_down_says_so_however_fresh_its_last_word() {
        assert_eq!(
            light(&feed(FeedLight::Down, Some(1_000)), Time::from_secs(1_000)),
            Light::Down
        );
        assert_eq!(
            light(
                &feed(FeedLight::Paused, Some(1_000)),
                Time::from_secs(1_000)
            ),
            Light::Paused
        );
    }
}
