//! Regions and their threats, and whether what was said can still be relied on.
//!
//! A view carries what was said, by whom and when it was last heard. Whether it is known *now* is worked out where it is
//! read, from the health of the feed: what is stale or lost is not known, and never "clear".

use oneroof_model::{
    Audience, FeedId, Freshness, Mode, OrgId, RegionDef, RegionId, THREAT_CONFIRM_S, Threat,
    ThreatKind, ThreatState, Time, freshness, may_see,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::FeedView;

/// The newest word about one kind of threat in a region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ThreatView {
    /// What the region is warned of.
    pub kind: ThreatKind,
    /// What was said.
    pub state: ThreatState,
    /// Since when that is so.
    pub since: Time,
    /// When it was last heard.
    pub heard: Time,
    /// When an alert ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// Whether the word holds as long as its feed is alive; otherwise it has to be repeated.
    #[serde(default)]
    pub holds: bool,
    /// The feed that said so.
    pub feed: FeedId,
    /// The agency that said so.
    pub org: OrgId,
}

/// A region that can be warned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegionView {
    /// Its id by ISO 3166-2 (`UA-46`).
    pub id: RegionId,
    /// Name in Ukrainian.
    pub uk: String,
    /// Name in English.
    pub en: String,
    /// What was said of it, each kind once; empty where nothing ever was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub threats: Vec<ThreatView>,
}

impl RegionView {
    /// A region as an audience is given it on a screen of a mode.
    pub fn of<'t>(
        region: &RegionDef,
        words: impl Iterator<Item = &'t Threat>,
        mode: Mode,
        audience: &Audience,
    ) -> Self {
        let mut threats: Vec<ThreatView> = words
            .filter(|t| t.mode == mode && may_see(&t.marking, &t.org, audience))
            .map(|t| ThreatView {
                kind: t.kind,
                state: t.state,
                since: t.since,
                heard: t.heard,
                until: t.until,
                holds: t.holds,
                feed: t.feed.clone(),
                org: t.org.clone(),
            })
            .collect();
        threats.sort_by_key(|t| t.kind);
        Self {
            id: region.id.clone(),
            uk: region.uk.clone(),
            en: region.en.clone(),
            threats,
        }
    }

    /// The newest word about a kind.
    pub fn threat(&self, kind: ThreatKind) -> Option<&ThreatView> {
        self.threats.iter().find(|t| t.kind == kind)
    }
}

impl ThreatView {
    /// What can be relied on at a moment, with the feed that said it as it then is; `None` where nothing can: the feed is
    /// not there, not heard, late or lost, or it repeats what holds and no longer repeats this.
    pub fn known(&self, feed: Option<&FeedView>, now: Time) -> Option<ThreatState> {
        let health = &feed?.health;
        let up = matches!(
            health.light,
            oneroof_model::FeedLight::Up | oneroof_model::FeedLight::Starting
        );
        let fresh = |heard| freshness(heard, now, health.rule) == Freshness::Fresh;
        health.last_heard?;
        if !up || !fresh(health.last_heard) {
            return None;
        }
        // A confirmation is noted half a minute late at most.
        let repeated = self.heard.plus_secs(i64::from(THREAT_CONFIRM_S));
        if !self.holds && !fresh(Some(repeated)) {
            return None;
        }
        Some(self.said(now))
    }

    /// What was said, as it is at a moment: an alert that ended by itself is over.
    pub fn said(&self, now: Time) -> ThreatState {
        if self.until.is_some_and(|t| t <= now) {
            ThreatState::Clear
        } else {
            self.state
        }
    }
}

#[cfg(test)]
mod tests {
    use oneroof_model::{FeedHealth, FeedLight, FreshnessRule};

    use super::*;

    fn feed(light: FeedLight, heard_s: Option<i64>) -> FeedView {
        FeedView {
            health: FeedHealth {
                feed: "alarms".into(),
                org: "ES".into(),
                uk: "х".into(),
                en: "x".into(),
                light,
                error: None,
                last_heard: heard_s.map(Time::from_secs),
                rule: FreshnessRule {
                    expected_s: 60,
                    stale_s: 150,
                    lost_s: 600,
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

    fn alert(heard_s: i64) -> ThreatView {
        ThreatView {
            kind: ThreatKind::AirRaid,
            state: ThreatState::Alert,
            since: Time::from_secs(500),
            heard: Time::from_secs(heard_s),
            until: None,
            holds: false,
            feed: "alarms".into(),
            org: "ES".into(),
        }
    }

    fn at(s: i64) -> Time {
        Time::from_secs(s)
    }

    #[test]
    fn a_word_is_known_while_its_feed_is_fresh_and_not_known_after() {
        let up = feed(FeedLight::Up, Some(1_000));
        let known = |s| alert(1_000).known(Some(&up), at(s));
        assert_eq!(known(1_100), Some(ThreatState::Alert));
        assert_eq!(known(1_151), None, "stale is not known, and not clear");
        assert_eq!(alert(1_000).known(None, at(1_000)), None);
        for light in [FeedLight::Down, FeedLight::Paused] {
            let feed = feed(light, Some(1_000));
            assert_eq!(alert(1_000).known(Some(&feed), at(1_001)), None);
        }
        let silent = feed(FeedLight::Up, None);
        assert_eq!(alert(1_000).known(Some(&silent), at(1_001)), None);
    }

    #[test]
    fn what_a_list_no_longer_repeats_is_not_known_though_its_feed_lives() {
        let up = feed(FeedLight::Up, Some(2_000));
        assert_eq!(alert(1_000).known(Some(&up), at(2_000)), None);
        // Who tells of changes only is relied on as long as he is there.
        let holds = ThreatView {
            holds: true,
            ..alert(1_000)
        };
        assert_eq!(holds.known(Some(&up), at(2_000)), Some(ThreatState::Alert));
    }

    #[test]
    fn an_alert_with_an_end_is_over_by_itself() {
        let ends = ThreatView {
            until: Some(at(1_050)),
            ..alert(1_000)
        };
        let up = feed(FeedLight::Up, Some(1_000));
        assert_eq!(ends.known(Some(&up), at(1_049)), Some(ThreatState::Alert));
        assert_eq!(ends.known(Some(&up), at(1_050)), Some(ThreatState::Clear));
    }

    #[test]
    fn nobody_is_told_what_is_not_released_to_him_and_no_exercise_is_the_real_thing() {
        use oneroof_model::{Marking, Tlp};
        let region = RegionDef {
            id: "UA-46".into(),
            uk: "Львівська область".into(),
            en: "Lviv oblast".into(),
        };
        let word = |marking, mode| Threat {
            region: "UA-46".into(),
            kind: ThreatKind::AirRaid,
            mode,
            state: ThreatState::Alert,
            since: at(1),
            at: at(1),
            heard: at(1),
            until: None,
            holds: false,
            feed: "alarms".into(),
            org: "ES".into(),
            marking,
            key: None,
        };
        let red = Marking {
            tlp: Tlp::Red,
            ..Marking::default()
        };
        let room = Audience::room(["BG", "ES"].map(OrgId::from));
        let seen = |word: &Threat| {
            RegionView::of(&region, [word].into_iter(), Mode::Actual, &room)
                .threats
                .len()
        };
        assert_eq!(seen(&word(Marking::default(), Mode::Actual)), 1);
        assert_eq!(seen(&word(red, Mode::Actual)), 0);
        assert_eq!(seen(&word(Marking::default(), Mode::Exercise)), 0);
    }
}
