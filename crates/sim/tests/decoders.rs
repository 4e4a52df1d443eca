//! What the demonstration sends is what the shipped configuration understands: every message of every scenario and
//! of the background goes through the real decoders with `demo/config`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jiff::{SignedDuration, Timestamp};
use oneroof_config::{Config, Transport, load_with};
use oneroof_feeds::{Options, Output, build};
use oneroof_geo::{SectionShape, nearest_on_line};
use oneroof_model::{
    CountRange, Draft, LatLon, PositionDraft, Relation, ReportDraft, Time, TrackIdent,
    validate_draft,
};
use oneroof_sim::{
    Channel, ClassA, Expect, Fleet, Heard, Moment, Motion, Particulars, Patrols, Pulse, Scenario,
    Way, base_station, load,
};
use proptest::prelude::*;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn config() -> &'static Config {
    static CONFIG: OnceLock<Config> = OnceLock::new();
    CONFIG.get_or_init(|| {
        let (base, demo) = (root().join("config"), root().join("demo/config"));
        load_with(&[&base, &demo], &|_| None).unwrap_or_else(|problems| {
            panic!(
                "{}",
                problems.iter().map(ToString::to_string).collect::<String>()
            )
        })
    })
}

fn scenarios() -> Vec<Scenario> {
    load(&root().join("demo/scenarios"), None).unwrap_or_else(|p| {
        let told: Vec<String> = p.iter().map(ToString::to_string).collect();
        panic!("{}", told.join("\n"))
    })
}

fn noon() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn time(at: Timestamp) -> Time {
    Time::from_millis(at.as_millisecond())
}

/// Decodes a message as the feed's pipeline does.
fn decode(feed: &str, body: &str, at: Timestamp) -> Output {
    let feed = config()
        .feeds
        .get(&feed.into())
        .unwrap_or_else(|| panic!("no feed {feed}"));
    let options = Options {
        yaml: &feed.format.yaml,
        first_line: feed.format.first_line,
    };
    let format = build(&feed.format.kind, options).unwrap_or_else(|p| panic!("{p:?}"));
    let mut decoder = format.decoder();
    let mut out = Output::default();
    decoder.push(body.as_bytes(), time(at), &mut out);
    decoder.finish(time(at), &mut out);
    out
}

/// What of an output would be put aside, in words.
fn put_aside(out: &Output, at: Timestamp) -> Vec<String> {
    let rejects = out.rejects.iter().map(|r| r.reason.to_string());
    let invalid = out
        .drafts
        .iter()
        .filter_map(|d| validate_draft(&d.draft, time(at), None).err());
    rejects
        .chain(invalid.map(|q| format!("{}: {}", q.code, q.detail)))
        .collect()
}

/// Every message of a scenario with its moment, as played in one run.
fn messages(scenario: &Scenario) -> Vec<(&oneroof_sim::Step, String, Timestamp)> {
    let mut now = noon();
    let mut played = Vec::new();
    for step in &scenario.steps {
        now = now
            .checked_add(SignedDuration::try_from(step.after).unwrap())
            .unwrap();
        let moment = Moment {
            start: noon(),
            now,
            run: 2_820_407,
        };
        played.push((step, step.body.render(moment), now));
    }
    played
}

fn reports(out: &Output) -> Vec<ReportDraft> {
    let report = |d: &oneroof_feeds::Drafted| match &d.draft {
        Draft::Report(r) => Some((**r).clone()),
        _ => None,
    };
    out.drafts.iter().filter_map(report).collect()
}

#[test]
fn every_message_of_every_scenario_is_taken_except_those_meant_for_quarantine() {
    let mut quarantined = 0;
    for scenario in scenarios() {
        for (step, body, at) in messages(&scenario) {
            let out = decode(&step.feed, &body, at);
            let (aside, here) = (
                put_aside(&out, at),
                format!("{}:{}", scenario.name, step.line),
            );
            if step.expect == Expect::Quarantine {
                quarantined += 1;
                assert!(!aside.is_empty(), "{here}: is taken: {:?}", out.drafts);
                continue;
            }
            assert!(aside.is_empty(), "{here}: {aside:?}\n{body}");
            assert!(
                !out.drafts.is_empty() && out.skipped.is_empty(),
                "{here}: {out:?}"
            );
            for r in reports(&out) {
                assert!(r.source.is_some(), "{here}: without an id of the agency");
                let typed = r.type_code.is_some() || r.relation != Relation::New;
                assert!(typed, "{here}: code {:?} is in no table", r.original_code);
            }
        }
    }
    assert_eq!(quarantined, 1, "one message shows the quarantine");
}

#[test]
fn every_step_goes_the_way_that_its_feed_listens_on() {
    for scenario in scenarios() {
        for step in &scenario.steps {
            let feed = config().feeds.get(&step.feed.as_str().into());
            let fits = matches!(
                (step.way, feed.map(|f| &f.transport)),
                (Way::Http, Some(Transport::HttpPush(_)))
                    | (Way::Cap, Some(Transport::Folder(_)))
                    | (Way::Tcp, Some(Transport::TcpClient(_)))
                    | (Way::Udp, Some(Transport::UdpListen(_)))
            );
            assert!(
                fits,
                "{}:{}: {} by {:?}",
                scenario.name, step.line, step.feed, step.way
            );
        }
    }
}

fn tisa() -> Scenario {
    scenarios()
        .into_iter()
        .find(|s| s.name == "01-tisa-night-crossing")
        .unwrap()
}

#[test]
fn the_first_scenario_is_whole_within_forty_five_seconds() {
    let whole: core::time::Duration = tisa().steps.iter().map(|s| s.after).sum();
    assert!(whole.as_secs() <= 45, "{whole:?}");
}

#[test]
fn the_first_scenario_says_one_happening_on_the_tisa_by_three_agencies() {
    let scenario = tisa();
    let mut said: BTreeMap<String, Vec<ReportDraft>> = BTreeMap::new();
    let mut duplicate = Vec::new();
    for (step, body, at) in messages(&scenario) {
        if step.expect == Expect::Duplicate {
            duplicate.extend(reports(&decode(&step.feed, &body, at)));
        } else if step.expect != Expect::Quarantine {
            let more = reports(&decode(&step.feed, &body, at));
            said.entry(step.feed.clone()).or_default().extend(more);
        }
    }
    let (sensors, police, calls) = (
        &said["bg-sensors"],
        &said["police-cad"],
        &said["emergency-112"],
    );
    assert_eq!((sensors.len(), police.len(), calls.len()), (4, 2, 1));
    let code = |r: &ReportDraft| r.type_code.as_ref().unwrap().to_string();
    assert_eq!(
        sensors.iter().map(code).collect::<Vec<_>>(),
        ["SYS01", "SYS01", "SYS01", "SYS02"]
    );
    assert_eq!(
        (code(&police[0]), code(&calls[0])),
        ("UBC01".to_owned(), "UBC05".to_owned())
    );
    assert_eq!(duplicate, *calls, "sent twice, with the same content");
    assert_eq!(calls[0].life_at_risk, Some(true));
    let of = police[0].source.as_ref().unwrap().key.clone();
    assert_eq!(police[1].relation, Relation::Update { of: vec![of] });

    let at = |r: &ReportDraft| r.place.anchor().unwrap();
    let seconds = |r: &ReportDraft| r.occurred.unwrap().from;
    let first = &sensors[0];
    for chatter in &sensors[1..3] {
        assert!(at(first).distance_m(at(chatter)) <= 250.0);
        assert!(seconds(chatter).secs_since(seconds(first)) <= 60.0);
    }
    let camera = &sensors[3];
    assert!((at(first).distance_m(at(camera)) - 150.0).abs() < 5.0);
    assert!((seconds(camera).secs_since(seconds(first)) - 40.0).abs() < 0.5);
    assert_eq!(
        camera.persons.as_ref().and_then(CountRange::bounds),
        Some((6, 6))
    );
    assert!((at(first).distance_m(at(&police[0])) - 300.0).abs() < 20.0);
    let Some(SectionShape::Line(line)) = config().geometry.get(&"UA-RO-01".into()) else {
        panic!("UA-RO-01 has no line; `cargo xtask basemap` makes it");
    };
    for r in [first, camera, &police[0], &calls[0]] {
        let away = nearest_on_line(line, at(r)).unwrap().distance_m;
        assert!(away < 600.0, "{away} m from the border line");
    }
}

#[test]
fn runs_do_not_share_ids() {
    for scenario in scenarios() {
        let ids = |run| -> BTreeSet<String> {
            let moment = Moment {
                start: noon(),
                now: noon(),
                run,
            };
            let steps = scenario
                .steps
                .iter()
                .filter(|s| s.expect != Expect::Quarantine);
            steps
                .flat_map(|s| reports(&decode(&s.feed, &s.body.render(moment), noon())))
                .map(|r| r.source.unwrap().key)
                .collect()
        };
        let shared: Vec<String> = ids(2_820_407)
            .intersection(&ids(2_820_408))
            .cloned()
            .collect();
        assert!(shared.is_empty(), "{}: {shared:?}", scenario.name);
    }
}

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
        "bg-patrols",
        "bg-sensors",
        "customs-alerts",
        "emergency-112",
        "police-cad",
        "unit-trackers",
    ];
    assert_eq!(feeds.into_iter().collect::<Vec<_>>(), all);
}

fn positions(out: &Output) -> Vec<PositionDraft> {
    let position = |d: &oneroof_feeds::Drafted| match &d.draft {
        Draft::Position(p) => Some(p.clone()),
        _ => None,
    };
    out.drafts.iter().filter_map(position).collect()
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
            let feed = match spoken.heard {
                Heard::Coast => "coast-ais",
                Heard::River => "danube-ais",
                Heard::Sky => "sky-adsb",
            };
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

prop_compose! {
    fn motion()(
        mmsi in 201_000_000_u32..776_000_000, lat in -89.9..89.9f64, lon in -179.9..179.9f64,
        speed_kn in 0.0..102.0f64, course_deg in 0.0..360.0f64, second in 0_u8..60,
    ) -> Motion {
        Motion { mmsi, at: LatLon::new(lat, lon).unwrap(), speed_kn, course_deg, second }
    }
}

proptest! {
    #[test]
    fn a_position_comes_back_from_the_decoder_as_it_was_sent(
        m in motion(), status in 0_u8..15, class_a in any::<bool>(), special in any::<bool>(),
    ) {
        let message = if special { ClassA::Special } else { ClassA::Scheduled };
        let text = if class_a { m.class_a(message, status, Channel::A) } else { m.class_b(Channel::B) };
        let out = decode("coast-ais", &text, noon());
        prop_assert!(out.rejects.is_empty(), "{:?}", out.rejects);
        let drafts = positions(&out);
        prop_assert_eq!(drafts.len(), 1);
        let p = &drafts[0];
        prop_assert_eq!(&p.track.ident, &TrackIdent::Number(m.mmsi));
        prop_assert!(p.position.unwrap().distance_m(m.at) < 0.2);
        prop_assert!((f64::from(p.speed_mps.unwrap()) - m.speed_kn * 1_852.0 / 3_600.0).abs() < 0.03);
        let turn = (f64::from(p.course_deg.unwrap()) - m.course_deg + 540.0).rem_euclid(360.0) - 180.0;
        prop_assert!(turn.abs() < 0.06, "{turn}");
        if class_a {
            prop_assert_eq!(p.nav_status, Some(status));
        }
    }

    #[test]
    fn a_ship_is_called_what_it_says(
        mmsi in 201_000_000_u32..776_000_000, name in "[A-Z][A-Z0-9 ]{0,18}[A-Z]", call_sign in "[A-Z0-9]{3,7}",
        kind in 1_u8..100, length_m in 2_u16..400, destination in "[A-Z]{3,20}", sequence in 0_u8..10,
        class_a in any::<bool>(),
    ) {
        let ship = Particulars { mmsi, name, call_sign, kind, length_m, destination };
        let text = if class_a { ship.class_a(sequence, Channel::A) } else { ship.class_b(Channel::B) };
        let out = decode("coast-ais", &text, noon());
        prop_assert!(out.rejects.is_empty(), "{:?}", out.rejects);
        let drafts = positions(&out);
        let name = drafts.iter().find_map(|p| p.name.as_deref());
        prop_assert_eq!(name, Some(ship.name.as_str()));
        let sign = drafts.iter().find_map(|p| p.call_sign.as_deref());
        prop_assert_eq!(sign, Some(ship.call_sign.as_str()));
        prop_assert_eq!(drafts.iter().find_map(|p| p.kind_code), Some(u16::from(kind)));
        prop_assert_eq!(drafts.iter().find_map(|p| p.length_m), Some(length_m));
        if class_a {
            let to = drafts.iter().find_map(|p| p.destination.as_deref());
            prop_assert_eq!(to, Some(ship.destination.as_str()));
        }
    }

    #[test]
    fn a_base_station_is_where_it_says(lat in -89.9..89.9f64, lon in -179.9..179.9f64, s in 0_i64..2_000_000_000) {
        let at = LatLon::new(lat, lon).unwrap();
        let text = base_station(2_723_660, at, Timestamp::from_second(s).unwrap(), Channel::B);
        let out = decode("coast-ais", &text, noon());
        prop_assert!(out.rejects.is_empty(), "{:?}", out.rejects);
        let drafts = positions(&out);
        prop_assert!(drafts.iter().any(|p| p.position.is_some_and(|q| q.distance_m(at) < 0.2)), "{:?}", out);
    }
}
