//! The configuration as shipped: it loads, it is whole, and the demonstration lies well on it.

#![expect(clippy::panic, reason = "a helper of tests")]

use std::path::PathBuf;

use oneroof_config::{Config, load_with};
use oneroof_model::{FeedId, SectionLevel, TypeCode};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn shipped(folders: &[&str]) -> Config {
    let folders: Vec<PathBuf> = folders.iter().map(|f| root().join(f)).collect();
    load_with(&folders, &|_| None).unwrap_or_else(|problems| {
        let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("{} problems\n{}", text.len(), text.join("\n\n"));
    })
}

#[test]
fn the_ukrainian_centre_has_nine_agencies_67_types_30_sections_and_75_crossing_points() {
    let config = shipped(&["config"]);
    assert_eq!(config.agencies.len(), 9);
    assert_eq!(config.event_types.len(), 67);
    assert_eq!(config.sections.len(), 30);
    assert_eq!(config.crossing_points.len(), 75);
    assert!(
        config.feeds.is_empty(),
        "a real centre does not start with invented feeds"
    );
    assert!(config.units.is_empty());
    assert!(!config.centre.demo);
}

#[test]
fn the_demonstration_lies_on_it_with_its_units_and_feeds() {
    let config = shipped(&["config", "demo/config"]);
    assert!(config.centre.demo);
    assert_eq!(config.units.len(), 42);
    let names: Vec<&str> = config.feeds.keys().map(FeedId::as_str).collect();
    assert_eq!(
        names,
        [
            "air-alarm",
            "bg-cot",
            "bg-events",
            "bg-patrols",
            "bg-sensors",
            "cg-plot",
            "coast-ais",
            "customs-alerts",
            "customs-batch",
            "danube-ais",
            "emergency-112",
            "emergency-cap",
            "police-cad",
            "sky-adsb",
            "ss-notices",
            "unit-trackers",
            "weather-grid"
        ]
    );
    for feed in config.feeds.values() {
        let rule = config.feed_rule(feed);
        assert!(
            rule.expected_s < rule.stale_s && rule.stale_s < rule.lost_s,
            "{}",
            feed.feed
        );
        assert_eq!(config.feed_zone(feed), "Europe/Kyiv");
        assert!(
            feed.format.yaml.contains(&feed.format.kind),
            "{}",
            feed.feed
        );
    }
    assert_ne!(config.hash, shipped(&["config"]).hash);
}

#[test]
fn codes_and_levels_reach_the_model_as_they_are_written() {
    let config = shipped(&["config"]);
    let room = config.room_config();
    assert_eq!(room.hash.len(), 64);
    assert_eq!(room.event_types.len(), 68, "and the one for unknown codes");
    assert_eq!(
        room.event_types.last().unwrap().code.as_str(),
        TypeCode::OTHER
    );
    let river = room
        .event_types
        .iter()
        .find(|t| t.code.as_str() == "UBC05")
        .unwrap();
    assert_eq!(river.cot.as_deref(), Some("b-l-r"));
    assert_eq!(river.cap.as_deref(), Some("Rescue"));
    assert_eq!(river.cise_type.as_deref(), Some("IrregularExitAttempt"));
    assert_eq!(river.sidc40.as_deref(), Some("130800"));
    let tisa = room
        .sections
        .iter()
        .find(|s| s.id.as_str() == "UA-RO-01")
        .unwrap();
    assert_eq!(tisa.level, SectionLevel::High);
    let shehyni = room
        .crossing_points
        .iter()
        .find(|p| p.id.as_str() == "UAPL07")
        .unwrap();
    assert_eq!((shehyni.at.lat(), shehyni.at.lon()), (49.8, 22.9437));
    assert_eq!(
        config.event_type(&"XYZ".into()).code.as_str(),
        TypeCode::OTHER
    );
}

#[test]
fn names_are_in_ukrainian_where_they_should_be_and_no_two_types_share_one() {
    let config = shipped(&["config"]);
    let mut seen = std::collections::BTreeSet::new();
    for row in config.event_types.iter().chain([&config.other_type]) {
        assert!(
            row.uk.chars().any(|c| ('а'..='я').contains(&c)),
            "{}",
            row.uk
        );
        assert!(!row.uk.contains(['ы', 'э', 'ъ', 'ё']), "{}", row.uk);
        assert!(seen.insert(row.uk.clone()), "{} stands twice", row.uk);
        assert!(seen.insert(row.en.clone()), "{} stands twice", row.en);
    }
}

#[test]
fn the_type_matrix_brings_the_reports_of_a_river_crossing_together() {
    let types = shipped(&["config"]).centre.linking.types;
    let pair = |a: &str, b: &str| types.compatibility(&a.into(), &b.into());
    assert_eq!(pair("UBC05", "UBC05"), Some(1.0));
    assert!(
        pair("SYS01", "UBC05").unwrap() >= 0.8,
        "a sensor and a crossing"
    );
    assert_eq!(pair("SYS01", "UBC05"), pair("UBC05", "SYS01"));
    assert!(
        pair("UBC05", "CRI01").unwrap() >= 0.7,
        "a crossing and a person in danger"
    );
    assert_eq!(
        pair("SYS04", "UBC05"),
        Some(0.0),
        "a silent feed is no crossing"
    );
    assert_eq!(pair("OTH", "UBC05"), None, "unknown drops out");
}

#[test]
fn the_hash_is_that_of_the_content_and_not_of_the_day() {
    assert_eq!(shipped(&["config"]).hash, shipped(&["config"]).hash);
}

#[test]
fn every_schema_is_an_object_that_names_its_required_keys() {
    let schemas = oneroof_config::schemas();
    assert_eq!(schemas.len(), 10);
    for (file, schema) in schemas {
        assert_eq!(schema["type"], "object", "{file}");
        assert!(!schema["required"].as_array().unwrap().is_empty(), "{file}");
        assert_eq!(schema["additionalProperties"], false, "{file}");
    }
}
