//! The background: units, signs of life, vessels, the plot.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use oneroof_geo::{SectionShape, nearest_on_line};
use oneroof_model::{Draft, LatLon, ThreatDraft, ThreatState, TrackIdent};
use oneroof_sim::{Alarm, CotUnits, Fleet, Grid, Patrols, Plot, Pulse};

use crate::common::{config, decode, noon, positions, put_aside, reports};

#[test]
fn units_and_signs_of_life_are_understood_by_their_feeds() {
    let (mut patrols, mut pulse) = (Patrols::new(1, config()), Pulse::new(1));
    assert!(patrols.len() >= 25, "{} units", patrols.len());
    let mut feeds = BTreeSet::new();
    let mut figures = 0;
    for s in 0..200_u64 {
        let now = noon()
            .checked_add(SignedDuration::from_secs(i64::try_from(s).unwrap() * 5))
            .unwrap();
        let pushes = patrols
            .pushes(s * 5_000, now)
            .into_iter()
            .chain(pulse.pushes(s * 5_000, now));
        for push in pushes {
            let out = decode(push.feed, &push.body, now);
            assert_eq!(
                put_aside(&out, now),
                Vec::<String>::new(),
                "{}: {}",
                push.feed,
                push.body
            );
            assert!(
                !out.drafts.is_empty() && out.skipped.is_empty(),
                "{}",
                push.body
            );
            assert!(
                reports(&out).is_empty(),
                "background makes no reports: {}",
                push.body
            );
            for d in &out.drafts {
                match &d.draft {
                    Draft::Figures(f) => {
                        figures += 1;
                        assert!(
                            config().crossing_points.iter().any(|b| b.id == f.bcp),
                            "{f:?}"
                        );
                        assert!(f.wait_min.is_some() && f.cars_waiting.is_some());
                    }
                    Draft::Unit(u) => {
                        let unit = config().units.iter().find(|c| c.id == u.unit).unwrap();
                        assert_eq!(u.org.as_ref(), Some(&unit.org), "{}", u.unit);
                        assert!(u.status.is_some());
                    }
                    _ => {}
                }
            }
            feeds.insert(push.feed);
        }
    }
    assert!(figures > 20, "{figures}");
    let all = [
        "bg-events",
        "bg-patrols",
        "bg-sensors",
        "customs-alerts",
        "emergency-112",
        "police-cad",
        "ss-notices",
        "unit-trackers",
    ];
    assert_eq!(feeds.into_iter().collect::<Vec<_>>(), all);
}

/// What the fleet says in ten minutes, by who heard it.
fn ten_minutes(seed: u64) -> BTreeMap<&'static str, String> {
    let mut fleet = Fleet::new(seed, config());
    let mut said: BTreeMap<&str, String> = BTreeMap::new();
    for quarter in 0..2_400_u64 {
        let ms = quarter * 250;
        let now = noon()
            .checked_add(SignedDuration::from_millis(i64::try_from(ms).unwrap()))
            .unwrap();
        for spoken in fleet.speak(ms, now) {
            let feed = spoken.heard.feed();
            said.entry(feed).or_default().push_str(&spoken.text);
        }
    }
    said
}

#[test]
fn the_fleet_is_the_same_for_the_same_seed_and_understood_without_a_fault() {
    let said = ten_minutes(5);
    assert_eq!(said, ten_minutes(5));
    assert_ne!(said, ten_minutes(6));
    let mut vessels = BTreeSet::new();
    let (mut named, mut count) = (BTreeSet::new(), 0);
    for (feed, text) in &said {
        let out = decode(feed, text, noon());
        assert_eq!(put_aside(&out, noon()), Vec::<String>::new(), "{feed}");
        assert!(out.skipped.is_empty(), "{feed}: {:?}", out.skipped);
        for p in positions(&out) {
            let TrackIdent::Number(mmsi) = p.track.ident else {
                panic!("{p:?}")
            };
            vessels.insert(mmsi);
            count += usize::from(p.position.is_some());
            if p.name.is_some() {
                named.insert(mmsi);
            }
        }
    }
    let ships: BTreeSet<u32> = vessels
        .iter()
        .copied()
        .filter(|m| *m >= 100_000_000)
        .collect();
    assert!((50..=62).contains(&ships.len()), "{} vessels", ships.len());
    assert_eq!(named, ships, "all said their names");
    assert!(count > 3_000, "{count} positions in ten minutes");
}

#[test]
fn one_identity_is_in_two_places_at_once_and_one_ship_falls_silent() {
    let said = ten_minutes(5);
    let mut last: BTreeMap<u32, LatLon> = BTreeMap::new();
    let mut jumps = BTreeSet::new();
    let out = decode("coast-ais", &said["coast-ais"], noon());
    for p in positions(&out) {
        let (TrackIdent::Number(mmsi), Some(at)) = (p.track.ident, p.position) else {
            continue;
        };
        if last
            .insert(mmsi, at)
            .is_some_and(|before| before.distance_m(at) > 20_000.0)
        {
            jumps.insert(mmsi);
        }
    }
    assert_eq!(jumps.len(), 1, "{jumps:?}");
    let lines: Vec<&str> = said["coast-ais"].split_inclusive('\n').collect();
    let (early, late) = lines.split_at(lines.len() * 6 / 10);
    let (early, late) = (early.concat(), late.concat());
    let heard = |text: &str| -> BTreeSet<String> {
        let drafts = positions(&decode("coast-ais", text, noon()));
        drafts.iter().map(|p| p.track.ident.to_string()).collect()
    };
    assert_eq!(
        heard(&early).difference(&heard(&late)).count(),
        1,
        "one fell silent"
    );
}

#[test]
fn vessels_on_the_danube_stay_on_it() {
    let Some(SectionShape::Line(river)) = config().geometry.get(&"UA-RO-04".into()) else {
        panic!("UA-RO-04 has no line; `cargo xtask basemap` makes it");
    };
    let said = ten_minutes(9);
    for p in positions(&decode("danube-ais", &said["danube-ais"], noon())) {
        if let Some(at) = p
            .position
            .filter(|_| p.kind_code != Some(0) && p.speed_mps.is_some())
        {
            let away = nearest_on_line(river, at).unwrap().distance_m;
            assert!(away < 30.0, "{}: {away} m", p.track.ident);
        }
    }
}

#[test]
fn units_with_tak_speak_every_half_minute_and_some_leave_their_error_open() {
    let mut units = CotUnits::new(3, config());
    assert_eq!(units.len(), 12);
    let mut heard: BTreeMap<String, Vec<Option<f32>>> = BTreeMap::new();
    for s in 0..120_u64 {
        let now = noon()
            .checked_add(SignedDuration::from_secs(i64::try_from(s).unwrap()))
            .unwrap();
        let Some(spoken) = units.speak(s * 1_000, now) else {
            continue;
        };
        let out = decode(spoken.heard.feed(), &spoken.text, now);
        assert_eq!(put_aside(&out, now), Vec::<String>::new());
        assert!(out.skipped.is_empty() && reports(&out).is_empty());
        for p in positions(&out) {
            let unit = p.track.ident.to_string();
            assert!(
                config().units.iter().any(|u| u.id.as_str() == unit),
                "{unit}"
            );
            assert!(p.position.is_some() && p.speed_mps.is_some());
            heard.entry(unit).or_default().push(p.ce_m);
        }
    }
    assert_eq!(heard.len(), units.len());
    assert!(heard.values().all(|said| said.len() == 4), "{heard:?}");
    let open = heard
        .values()
        .filter(|said| said.iter().all(Option::is_none));
    assert_eq!(open.count(), 4, "{heard:?}");
}

#[test]
fn the_plot_has_a_frozen_vessel_and_a_doubled_one() {
    let mut plot = Plot::new(3);
    let mut text = String::new();
    for s in 0..300_u64 {
        let now = noon()
            .checked_add(SignedDuration::from_secs(i64::try_from(s).unwrap()))
            .unwrap();
        if let Some(spoken) = plot.speak(s * 1_000, now) {
            text.push_str(&spoken.text);
        }
    }
    let out = decode("cg-plot", &text, noon());
    assert!(out.rejects.is_empty() && out.skipped.is_empty(), "{out:?}");
    let mut said: BTreeMap<String, Vec<LatLon>> = BTreeMap::new();
    for p in positions(&out) {
        let at = p.position.unwrap();
        assert!(p.speed_mps.unwrap() > 3.0, "all claim to sail");
        said.entry(p.track.ident.to_string()).or_default().push(at);
    }
    assert_eq!(said.len(), 5);
    let farthest = |places: &Vec<LatLon>| {
        let first = places[0];
        let far = places.iter().map(|p| p.distance_m(first));
        far.fold(0.0, f64::max)
    };
    assert!(farthest(&said["272810120"]) < 0.1, "frozen");
    assert!(farthest(&said["272810110"]) > 50_000.0, "in two places");
    for honest in ["272810101", "272810102", "272810103"] {
        let went = farthest(&said[honest]);
        assert!((200.0..3_000.0).contains(&went), "{honest}: {went} m");
    }
}

#[test]
fn the_alarm_service_tells_of_every_region_and_raises_and_clears_alerts() {
    let mut alarm = Alarm::new();
    let mut alerts = Vec::new();
    for s in (0..900_u64).step_by(20) {
        let now = noon()
            .checked_add(SignedDuration::from_secs(i64::try_from(s).unwrap()))
            .unwrap();
        for push in alarm.pushes(s * 1_000, now) {
            let out = decode(push.feed, &push.body, now);
            assert_eq!(put_aside(&out, now), Vec::<String>::new(), "{}", push.body);
            let threats: Vec<&ThreatDraft> = out
                .drafts
                .iter()
                .filter_map(|d| match &d.draft {
                    Draft::Threat(t) => Some(t),
                    _ => None,
                })
                .collect();
            let said: BTreeSet<&str> = threats.iter().map(|t| t.region.as_str()).collect();
            let all = config().regions.iter().map(|r| r.id.as_str());
            assert_eq!(said, all.collect(), "each region, as configured");
            assert!(threats.iter().all(|t| t.at.is_some() && t.since.is_some()));
            let on = threats.iter().filter(|t| t.state == ThreatState::Alert);
            alerts.push(on.count());
        }
    }
    assert_eq!(alerts.first(), Some(&0));
    assert_eq!(alerts.iter().max(), Some(&4));
    assert!(alerts.len() >= 40, "{alerts:?}");
}

#[test]
fn the_weather_service_reads_each_cell_of_its_grid_every_two_minutes() {
    let mut grid = Grid::new();
    let mut fog = 0;
    for s in (0..1_200_u64).step_by(60) {
        let now = noon()
            .checked_add(SignedDuration::from_secs(i64::try_from(s).unwrap()))
            .unwrap();
        let pushes = grid.pushes(s * 1_000, now);
        assert_eq!(pushes.len(), usize::from(s % 120 == 0));
        for push in pushes {
            let out = decode(push.feed, &push.body, now);
            assert_eq!(put_aside(&out, now), Vec::<String>::new(), "{}", push.body);
            let readings = out.drafts.iter().map(|d| match &d.draft {
                Draft::Weather(w) => w,
                other => panic!("{other:?}"),
            });
            let mut cells = BTreeSet::new();
            for w in readings {
                assert!(w.position.is_some() && w.at.is_some());
                assert!(w.values.wind_from_deg.is_some() && w.values.temperature_c.is_some());
                fog += usize::from(w.values.visibility_m.is_some_and(|v| v < 1_000.0));
                cells.insert(w.cell.clone());
            }
            assert_eq!(cells.len(), 36);
        }
    }
    assert_eq!(fog, 30, "three cells in each of ten messages");
}
