//! What the style guide shows: the names of the tokens, and a picture with one of each thing. Only for builds of the guide and
//! for tests; the product does not carry it.

use oneroof_model::Time;
use oneroof_wire::Entity;
use oneroof_wire::client::Picture;

use crate::centre::Centre;

/// The moment at which the samples are looked at: 23.11.2026 03:10 UTC, an hour into the sample night.
pub const NOW_S: i64 = 1_795_403_400;

/// Grounds: what text stands on.
pub const GROUNDS: [&str; 10] = [
    "ground",
    "panel",
    "raised",
    "hover",
    "chosen",
    "asking",
    "act",
    "badge",
    "life-ground",
    "alarm",
];

/// Inks: text and signs.
pub const INKS: [&str; 15] = [
    "text",
    "quiet",
    "accent",
    "line",
    "edge",
    "low",
    "medium",
    "high",
    "very-high",
    "life",
    "warn",
    "lost",
    "fresh",
    "on-badge",
    "on-alarm",
];

/// Colours of an own map's lines.
pub const MAP: [&str; 14] = [
    "map-land",
    "map-wood",
    "map-built",
    "map-water",
    "map-stream",
    "map-building",
    "map-path",
    "map-track",
    "map-rail",
    "map-small",
    "map-large",
    "map-great",
    "map-label",
    "map-halo",
];

/// The sample: events of each impact, feeds with each light, a question.
const SAMPLE: &str = include_str!("guide/sample.json");

/// The centre's tables of the sample.
const CENTRE: &str = include_str!("guide/centre.json");

/// The sample as a picture; empty where it cannot be read (a test holds that it can).
pub fn picture() -> Picture {
    let mut picture = Picture::default();
    for entity in serde_json::from_str::<Vec<Entity>>(SAMPLE).unwrap_or_default() {
        picture.entities.insert(entity.key(), entity);
    }
    picture
}

/// The tables.
pub fn centre() -> Centre {
    serde_json::from_str(CENTRE).unwrap_or_default()
}

/// The moment of the sample.
pub const fn now() -> Time {
    Time::from_secs(NOW_S)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use oneroof_model::Mode;

    use super::*;
    use crate::view::events::open_events;
    use crate::view::feeds::{Light, feed_rows};
    use crate::view::suggestions::questions;

    #[test]
    fn the_sample_has_each_impact_each_light_and_a_question() {
        let p = picture();
        let rows = open_events(&p, Mode::Actual);
        let impacts: BTreeSet<_> = rows.iter().map(|r| r.impact).collect();
        assert_eq!(impacts.len(), 5, "none and four: {impacts:?}");
        assert!(rows.iter().any(|r| r.life_at_risk));
        let lights: BTreeSet<Light> = feed_rows(&p, now()).iter().map(|f| f.light).collect();
        assert_eq!(lights.len(), 6, "{lights:?}");
        assert_eq!(questions(&p, Mode::Actual).len(), 1);
        assert!(!centre().agencies.is_empty());
    }

    #[test]
    fn the_tokens_are_those_of_the_style_sheets() {
        let sheets = [
            include_str!("../style/10-tokens.css"),
            include_str!("../style/47-maps.css"),
        ]
        .concat();
        for name in GROUNDS.iter().chain(&INKS).chain(&MAP) {
            let times = sheets.matches(&format!("--{name}:")).count();
            assert_eq!(times, 3, "{name}: one in each palette");
        }
    }
}
