//! Weather: what is shown of it on the map, in words, and which reading a place has.

use oneroof_model::{Freshness, LatLon, Time, WeatherValues};
use oneroof_wire::client::Picture;
use oneroof_wire::{Entity, EntityKind, WeatherView};

use crate::find::of_kind;
use crate::words::{Arg, Lang, number, t};

/// A reading that is farther away says nothing of a place, metres.
pub const NEAR_M: f64 = 50_000.0;

/// Below this visibility it is called fog, metres (as meteorologists do).
pub const FOG_M: f64 = 1_000.0;

/// Readings by their age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// As expected.
    pub fresh: usize,
    /// Late.
    pub stale: usize,
    /// So old that nothing is known.
    pub lost: usize,
    /// Of the fresh and the late ones, those with fog.
    pub fog: usize,
}

/// A reading near a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// The reading.
    pub view: WeatherView,
    /// How far away its cell is, metres.
    pub distance_m: f64,
    /// How old it is.
    pub freshness: Freshness,
}

/// All readings.
pub fn readings(picture: &Picture) -> impl Iterator<Item = &WeatherView> {
    of_kind(picture, EntityKind::Weather).filter_map(|e| match e {
        Entity::Weather(w) => Some(&**w),
        _ => None,
    })
}

/// Whether a reading tells of fog.
pub fn is_fog(values: &WeatherValues) -> bool {
    values.visibility_m.is_some_and(|v| v < FOG_M)
}

/// How many readings there are of each age.
pub fn counts(picture: &Picture, now: Time) -> Counts {
    let mut counts = Counts::default();
    for w in readings(picture) {
        let age = w.freshness(now);
        match age {
            Freshness::Fresh => counts.fresh += 1,
            Freshness::Stale => counts.stale += 1,
            Freshness::Lost => counts.lost += 1,
        }
        counts.fog += usize::from(age != Freshness::Lost && is_fog(&w.values));
    }
    counts
}

/// The nearest reading within [`NEAR_M`] of a place; one that is not lost before any that is.
pub fn nearest(picture: &Picture, at: LatLon, now: Time) -> Option<Near> {
    readings(picture)
        .map(|w| Near {
            distance_m: w.position.distance_m(at),
            freshness: w.freshness(now),
            view: w.clone(),
        })
        .filter(|n| n.distance_m <= NEAR_M)
        .min_by(|a, b| {
            let lost = |n: &Near| n.freshness == Freshness::Lost;
            (lost(a).cmp(&lost(b))).then(a.distance_m.total_cmp(&b.distance_m))
        })
}

/// Degrees as a course is written: three digits.
fn course(degrees: f64) -> String {
    let whole = degrees.round().rem_euclid(360.0);
    format!("{whole:03.0}°")
}

/// A reading in words: wind, gusts, visibility, temperature, precipitation, as far as they are known.
pub fn words(lang: Lang, v: &WeatherValues) -> String {
    let say = |key: &str, value: f64, decimals: usize| {
        let text = number(lang, value, decimals);
        t(lang, key, &[("value", Arg::from(&text))])
    };
    let wind = v.wind_mps.map(|speed| match v.wind_from_deg {
        Some(from) => {
            let (speed, from) = (number(lang, speed, 0), course(from));
            let args = [("value", Arg::from(&speed)), ("course", Arg::from(&from))];
            t(lang, "weather.wind_from", &args)
        }
        None => say("weather.wind", speed, 0),
    });
    let gust = v.gust_mps.map(|g| say("weather.gust", g, 0));
    let visibility = v.visibility_m.map(|m| {
        let key = if is_fog(v) {
            "weather.fog"
        } else {
            "weather.visibility"
        };
        t(lang, key, &[("distance_m", Arg::from(m))])
    });
    let temperature = v.temperature_c.map(|c| say("weather.temperature", c, 0));
    let rain = v.precipitation_mm_h.filter(|r| *r > 0.0);
    let rain = rain.map(|r| say("weather.precipitation", r, 1));
    let parts: Vec<String> = [wind, gust, visibility, temperature, rain]
        .into_iter()
        .flatten()
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 100_000;

    fn now() -> Time {
        Time::from_secs(NOW)
    }

    /// A reading so many degrees north of 48, so many seconds ago.
    fn reading(id: &str, north: f64, ago_s: i64, values: &str) -> Entity {
        let at = Time::from_secs(NOW - ago_s);
        let lat = 48.0 + north;
        let json = format!(
            r#"{{"entity":"weather","id":"{id}","position":{{"lat":{lat},"lon":24.0}},"at":"{at}",{values}
            "feed":"grid","org":"ES","stale_s":7200,"lost_s":21600}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    fn picture(all: Vec<Entity>) -> Picture {
        let mut picture = Picture::default();
        picture.entities = all.into_iter().map(|e| (e.key(), e)).collect();
        picture
    }

    #[test]
    fn a_place_has_the_nearest_reading_that_is_not_lost_within_fifty_kilometres() {
        let here = LatLon::new(48.0, 24.0).unwrap();
        let near =
            |all| nearest(&picture(all), here, now()).map(|n| (n.view.id.0.clone(), n.freshness));
        let (close, far) = (reading("close", 0.1, 600, ""), reading("far", 0.5, 600, ""));
        assert_eq!(near(vec![far.clone()]), None, "55 km");
        assert_eq!(near(vec![close, far]).unwrap().0, "close");
        let lost = reading("lost", 0.1, 30_000, "");
        assert_eq!(
            near(vec![lost.clone()]),
            Some(("lost".into(), Freshness::Lost))
        );
        let old = reading("old", 0.3, 8_000, "");
        assert_eq!(
            near(vec![lost, old]),
            Some(("old".into(), Freshness::Stale))
        );
    }

    #[test]
    fn readings_are_counted_by_their_age_and_lost_fog_is_no_fog() {
        let fog = r#""visibility_m":200,"#;
        let p = picture(vec![
            reading("a", 0.0, 0, fog),
            reading("b", 0.0, 8_000, fog),
            reading("c", 0.0, 30_000, fog),
            reading("d", 0.0, 10, r#""visibility_m":1000,"#),
        ]);
        let expected = Counts {
            fresh: 2,
            stale: 1,
            lost: 1,
            fog: 2,
        };
        assert_eq!(counts(&p, now()), expected);
    }

    #[test]
    fn a_reading_is_told_as_far_as_it_is_known() {
        let all = WeatherValues {
            wind_mps: Some(7.4),
            wind_from_deg: Some(9.6),
            gust_mps: Some(11.0),
            visibility_m: Some(250.0),
            temperature_c: Some(-2.6),
            precipitation_mm_h: Some(0.4),
        };
        let plain = |lang, v: &WeatherValues| words(lang, v).replace('\u{a0}', " ");
        assert_eq!(
            plain(Lang::En, &all),
            "wind 7 m/s from 010°, gusts 11 m/s, fog, visibility 250 m, −3 °C, rain or snow 0.4 mm/h"
        );
        let little = WeatherValues {
            wind_mps: Some(3.0),
            precipitation_mm_h: Some(0.0),
            ..WeatherValues::default()
        };
        assert_eq!(plain(Lang::En, &little), "wind 3 m/s");
        assert_eq!(plain(Lang::Uk, &little), "вітер 3 м/с");
    }
}
