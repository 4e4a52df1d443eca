//! Weather as an audience is given it.

use oneroof_model::{
    Audience, CellId, FeedId, Freshness, FreshnessRule, LatLon, Mode, OrgId, Time, Weather,
    WeatherValues, freshness, may_see,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How weather ages where the configuration says nothing: expected every hour, stale after two, lost after six.
pub const WEATHER_RULE: FreshnessRule = FreshnessRule {
    expected_s: 3_600,
    stale_s: 7_200,
    lost_s: 21_600,
};

/// The newest reading of a cell or a station.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WeatherView {
    /// The cell or station.
    pub id: CellId,
    /// Where it is.
    pub position: LatLon,
    /// When it was observed.
    pub at: Time,
    /// What was observed.
    #[serde(flatten)]
    pub values: WeatherValues,
    /// By which feed.
    pub feed: FeedId,
    /// Of which agency.
    pub org: OrgId,
    /// Seconds after which it is stale and lost.
    pub stale_s: u32,
    /// See `stale_s`.
    pub lost_s: u32,
}

impl WeatherView {
    /// A reading as an audience is given it on a screen of a mode; `None` where it may not be seen there.
    pub fn of(
        weather: &Weather,
        rule: FreshnessRule,
        mode: Mode,
        audience: &Audience,
    ) -> Option<Self> {
        let seen =
            weather.reading.mode == mode && may_see(&weather.marking, &weather.org, audience);
        seen.then(|| Self {
            id: weather.reading.cell.clone(),
            position: weather.reading.position,
            at: weather.reading.at,
            values: weather.reading.values,
            feed: weather.feed.clone(),
            org: weather.org.clone(),
            stale_s: rule.stale_s,
            lost_s: rule.lost_s,
        })
    }

    /// How old it is at a moment.
    pub fn freshness(&self, now: Time) -> Freshness {
        let rule = FreshnessRule {
            expected_s: self.stale_s,
            stale_s: self.stale_s,
            lost_s: self.lost_s,
        };
        freshness(Some(self.at), now, rule)
    }
}

#[cfg(test)]
mod tests {
    use oneroof_model::{Marking, Tlp, WeatherReading};

    use super::*;

    fn weather(mode: Mode, marking: Marking) -> Weather {
        Weather {
            reading: WeatherReading {
                cell: "RO02-3".into(),
                mode,
                position: LatLon::new(47.9, 24.1).unwrap(),
                at: Time::from_secs(10_000),
                values: WeatherValues {
                    wind_mps: Some(7.0),
                    ..WeatherValues::default()
                },
            },
            heard: Time::from_secs(10_001),
            feed: "weather-grid".into(),
            org: "ES".into(),
            marking,
        }
    }

    fn seen(weather: &Weather) -> Option<WeatherView> {
        let room = Audience::room(["BG", "ES"].map(OrgId::from));
        WeatherView::of(weather, WEATHER_RULE, Mode::Actual, &room)
    }

    #[test]
    fn weather_is_fresh_for_two_hours_and_lost_after_six() {
        let view = seen(&weather(Mode::Actual, Marking::default())).unwrap();
        let at = |s: i64| view.freshness(Time::from_secs(10_000 + s));
        assert_eq!(at(7_199), Freshness::Fresh);
        assert_eq!(at(7_201), Freshness::Stale);
        assert_eq!(at(21_601), Freshness::Lost);
    }

    #[test]
    fn no_exercise_and_nothing_that_is_not_released_is_shown() {
        let red = Marking {
            tlp: Tlp::Red,
            ..Marking::default()
        };
        assert!(seen(&weather(Mode::Exercise, Marking::default())).is_none());
        assert!(seen(&weather(Mode::Actual, red)).is_none());
    }
}
