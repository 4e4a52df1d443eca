//! Scenarios 2 to 7 and the agencies' everyday: each says what its file promises.

use std::collections::{BTreeMap, BTreeSet};

use oneroof_model::{
    Audience, CountRange, DeleteDraft, DeleteTarget, Draft, FiguresDraft, Identifier,
    IdentifierKind, LatLon, Marking, PositionDraft, Relation, ReportDraft, TrackDomain, TrackKey,
    TypeCode, may_see,
};
use oneroof_sim::{Expect, Scenario, Way};

use crate::common::{config, decode, messages, positions, reports, scenario, scenarios, time};

/// A report with its feed and what the sender expects of it.
struct Said {
    feed: String,
    report: ReportDraft,
    expect: Expect,
}

impl Said {
    fn code(&self) -> &str {
        let code = self.report.type_code.as_ref();
        code.map(TypeCode::as_str).unwrap_or_default()
    }

    fn key(&self) -> &str {
        &self.report.source.as_ref().unwrap().key
    }

    fn at_s(&self) -> f64 {
        let occurred = self.report.occurred.unwrap().from;
        occurred.secs_since(time(crate::common::noon()))
    }
}

fn said(scenario: &Scenario) -> Vec<Said> {
    messages(scenario)
        .into_iter()
        .flat_map(|(step, body, at)| {
            let out = decode(&step.feed, &body, at);
            reports(&out).into_iter().map(|report| Said {
                feed: step.feed.clone(),
                report,
                expect: step.expect,
            })
        })
        .collect()
}

fn of<'s>(said: &'s [Said], feed: &str) -> Vec<&'s Said> {
    said.iter().filter(|s| s.feed == feed).collect()
}

fn codes<'s>(said: &[&'s Said]) -> Vec<&'s str> {
    said.iter().map(|s| s.code()).collect()
}

fn at(report: &ReportDraft) -> LatLon {
    report.place.anchor().unwrap()
}

fn figures(scenario: &Scenario) -> Vec<FiguresDraft> {
    let of = |d: &oneroof_feeds::Drafted| match &d.draft {
        Draft::Figures(f) => Some(f.clone()),
        _ => None,
    };
    messages(scenario)
        .into_iter()
        .flat_map(|(step, body, at)| {
            let out = decode(&step.feed, &body, at);
            out.drafts.iter().filter_map(of).collect::<Vec<_>>()
        })
        .collect()
}

fn tracks(scenario: &Scenario, feed: &str) -> Vec<PositionDraft> {
    messages(scenario)
        .into_iter()
        .filter(|(step, ..)| step.feed == feed)
        .flat_map(|(step, body, at)| positions(&decode(&step.feed, &body, at)))
        .collect()
}

/// Readings of the weather in all messages of a feed.
fn readings(scenario: &Scenario, feed: &str) -> usize {
    messages(scenario)
        .into_iter()
        .filter(|(step, ..)| step.feed == feed)
        .flat_map(|(step, body, at)| decode(&step.feed, &body, at).drafts)
        .filter(|d| matches!(d.draft, Draft::Weather(_)))
        .count()
}

/// Whether the officers in the room may see it, as the server asks.
fn seen_in_the_room(s: &Said) -> bool {
    let feed = config().feeds.get(&s.feed.as_str().into()).unwrap();
    let by_default = Marking {
        classification: feed.marking.classification,
        tlp: feed.marking.tlp,
        handling: feed.marking.handling.clone(),
        releasable_to: feed.marking.releasable_to.clone(),
        personal_data: feed.marking.personal_data,
        ..Marking::default()
    };
    let marking = s.report.marking.clone().unwrap_or(by_default);
    let room = Audience::room(config().agencies.iter().map(|a| a.code.clone()));
    may_see(&marking, &feed.org, &room)
}

fn has(report: &ReportDraft, kind: IdentifierKind, value: &str) -> bool {
    let value = value.to_owned();
    report.identifiers.contains(&Identifier { kind, value })
}

#[test]
fn the_seven_scenarios_are_there_and_the_first_one_is_first() {
    let names: Vec<String> = scenarios().into_iter().map(|s| s.name).collect();
    assert_eq!(
        names[..7],
        [
            "01-tisa-night-crossing",
            "02-shehyni-van",
            "03-drone-nights",
            "04-danube-dark-vessel",
            "05-krakovets-blockade",
            "06-customs-blackout",
            "07-storm-alarms",
        ]
    );
    assert_eq!(
        names[7..],
        [
            "border-guard",
            "coast-guard",
            "customs",
            "emergency-service",
            "police",
            "security-service",
            "weather",
        ]
    );
}

#[test]
fn no_two_files_share_an_id_in_one_run() {
    let mut owner: BTreeMap<(String, String), String> = BTreeMap::new();
    for scenario in scenarios() {
        for s in said(&scenario) {
            // The first scenario shows a record that can not be read.
            if s.expect == Expect::Quarantine {
                continue;
            }
            let key = (s.feed.clone(), s.key().to_owned());
            let first = owner.entry(key).or_insert_with(|| scenario.name.clone());
            assert_eq!(first, &scenario.name, "{} {}", s.feed, s.key());
        }
    }
    assert!(owner.len() > 400, "{}", owner.len());
}

#[test]
fn revisions_and_duplicates_are_what_the_files_say() {
    for scenario in scenarios() {
        let mut known: BTreeMap<(String, String), Option<i64>> = BTreeMap::new();
        for s in said(&scenario) {
            if s.expect == Expect::Quarantine || s.feed == "bg-cot" {
                continue;
            }
            let here = format!("{}: {} {}", scenario.name, s.feed, s.key());
            let revision = s.report.source.as_ref().unwrap().revision;
            let before = known.insert((s.feed.clone(), s.key().to_owned()), revision);
            match (s.expect, before) {
                (Expect::Accepted, None) => {}
                // What comes in a file is not answered: the file can not say what to expect.
                (Expect::Accepted, Some(_)) if s.feed == "customs-batch" => {}
                (Expect::Duplicate, Some(r)) => assert_eq!(r, revision, "{here}"),
                (Expect::Revised, Some(r)) => assert!(r < revision, "{here}"),
                (expect, before) => panic!("{here}: {expect:?} after {before:?}"),
            }
        }
    }
}

#[test]
fn what_people_read_of_the_newer_scenarios_is_in_both_languages() {
    let mut read = 0;
    for scenario in scenarios()
        .into_iter()
        .filter(|s| !s.name.starts_with("01"))
    {
        for s in said(&scenario) {
            for text in [&s.report.title, &s.report.text].into_iter().flatten() {
                read += 1;
                let (uk, en) = text.split_once(" / ").unwrap_or((text, ""));
                let cyrillic = |t: &str| t.chars().any(|c| ('а'..='я').contains(&c));
                let both = cyrillic(uk) && !en.is_empty() && !cyrillic(en);
                let warning = s.feed == "emergency-cap";
                assert!(both || warning && cyrillic(uk), "{}: {text}", scenario.name);
            }
        }
    }
    assert!(read > 450, "{read}");
}

#[test]
fn the_van_is_one_by_its_plate_in_two_agencies_and_customs_saw_it_twenty_minutes_before() {
    let all = said(&scenario("02-shehyni-van"));
    let (customs, police) = (of(&all, "customs-alerts"), of(&all, "police-cad"));
    assert_eq!(codes(&customs), ["CBC06", "CBC06"]);
    assert_eq!(codes(&police), ["CBC16", "CBC16", "CBC16"]);
    assert_eq!(codes(&of(&all, "bg-cot")), ["CBC16"]);
    for s in [customs[0], customs[1], police[0]] {
        assert!(
            has(&s.report, IdentifierKind::Plate, "ZZ0417QQ"),
            "{:?}",
            s.report
        );
    }
    assert!((customs[0].at_s() + 1_200.0).abs() < 60.0);
    assert_eq!(customs[1].expect, Expect::Revised);
    let place = &customs[0].report.place;
    assert_eq!(place.bcp.as_ref().unwrap().as_str(), "UAPL07");
    assert!(
        place.geometry.is_none(),
        "the code is all that customs says"
    );
    let incident = police[0].key().to_owned();
    for status in &police[1..] {
        let of = vec![incident.clone()];
        assert_eq!(status.report.relation, Relation::Update { of });
    }
    let alarm = &of(&all, "bg-cot")[0].report;
    assert!(at(alarm).distance_m(at(&police[0].report)) < 2_000.0);
}

#[test]
fn the_drone_comes_in_four_nights_over_the_same_stretch_and_once_as_a_track() {
    let scenario = scenario("03-drone-nights");
    let all = said(&scenario);
    let nights = of(&all, "bg-events");
    assert_eq!(codes(&nights), ["CBC18"; 4]);
    let days: Vec<f64> = nights.iter().map(|n| n.at_s() / 86_400.0).collect();
    for (night, days) in [-3.0, -2.0, -1.0, 0.0].into_iter().zip(days) {
        assert!((days - night).abs() < 0.01, "{days}");
    }
    for night in &nights {
        assert!(at(&night.report).distance_m(at(&nights[0].report)) < 500.0);
        let section = night.report.place.section.as_ref().unwrap();
        assert_eq!(section.as_str(), "UA-PL-04");
    }
    let seen = tracks(&scenario, "bg-cot");
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|p| p.track.domain == TrackDomain::Aircraft));
    assert!(
        seen.iter().any(|p| p.ce_m.is_none()),
        "one without an error"
    );
    assert_eq!(codes(&of(&all, "police-cad")), ["CBC06"]);
}

#[test]
fn what_a_phone_put_on_the_map_is_taken_off_again() {
    for name in ["03-drone-nights", "04-danube-dark-vessel"] {
        let scenario = scenario(name);
        let put: BTreeSet<TrackKey> = tracks(&scenario, "bg-cot")
            .into_iter()
            .map(|p| p.track)
            .collect();
        let (step, body, at) = messages(&scenario).pop().unwrap();
        let out = decode(&step.feed, &body, at);
        let gone: BTreeSet<TrackKey> = out
            .drafts
            .iter()
            .filter_map(|d| match &d.draft {
                Draft::Delete(DeleteDraft {
                    target: DeleteTarget::Track { track },
                    ..
                }) => Some(track.clone()),
                _ => None,
            })
            .collect();
        assert_eq!((put.len(), &gone), (1, &put), "{name}");
    }
}

#[test]
fn what_the_security_service_keeps_is_not_for_the_room_until_it_is_released() {
    for (name, kept) in [
        ("03-drone-nights", "SS-D"),
        ("04-danube-dark-vessel", "SS-V"),
    ] {
        let all = said(&scenario(name));
        let notices = of(&all, "ss-notices");
        let of_it: Vec<_> = notices
            .iter()
            .filter(|s| s.key().starts_with(kept) && s.key().ends_with("-1"))
            .collect();
        let seen: Vec<bool> = of_it.iter().map(|s| seen_in_the_room(s)).collect();
        assert_eq!(seen, [false, true], "{name}: kept, then released");
        assert_eq!(of_it[1].expect, Expect::Revised);
    }
    let drone = said(&scenario("03-drone-nights"));
    let exists = drone.iter().find(|s| s.key().ends_with("-2")).unwrap();
    assert!(seen_in_the_room(exists), "that there is something");
    assert!(exists.report.place.geometry.is_none(), "and not where");

    let everyday = said(&scenario("security-service"));
    let seen: Vec<bool> = everyday.iter().map(seen_in_the_room).collect();
    assert_eq!(seen, [false, true, false]);
    let of = vec![everyday[0].key().to_owned()];
    assert_eq!(everyday[2].report.relation, Relation::Cancel { of });
}

#[test]
fn a_notice_that_says_nothing_of_its_marking_stays_with_the_service() {
    let notice = r#"{"notices": [{"ref": "SS-1", "version": 1, "at": "2026-11-23T10:00:00Z", "kind": "RECON",
        "section": "UA-RO-04", MARK"title": "x"}]}"#;
    for mark in [
        "",
        r#""tlp": "AMBER", "#,
        r#""class": "DSK", "#,
        r#""class": "DSK", "tlp": "AMBER", "codes": ["H2"], "#,
    ] {
        let out = decode(
            "ss-notices",
            &notice.replace("MARK", mark),
            crate::common::noon(),
        );
        let report = reports(&out).remove(0);
        let (feed, expect) = ("ss-notices".to_owned(), Expect::Accepted);
        assert!(
            !seen_in_the_room(&Said {
                feed,
                report,
                expect
            }),
            "{mark}"
        );
    }
}

#[test]
fn the_vessel_falls_silent_is_reported_by_its_number_and_heard_again() {
    let scenario = scenario("04-danube-dark-vessel");
    let all = said(&scenario);
    let plot = of(&all, "cg-plot");
    assert_eq!(codes(&plot), ["MAR01", "MAR02"]);
    assert_eq!(codes(&of(&all, "bg-events")), ["MAR02"]);
    let with_number = all
        .iter()
        .filter(|s| has(&s.report, IdentifierKind::Mmsi, "272810777"));
    assert_eq!(
        with_number.count(),
        5,
        "plot, guard and both versions of the notice"
    );
    let vessel = tracks(&scenario, "cg-plot");
    assert_eq!(vessel.len(), 4);
    let moments: Vec<f64> = vessel
        .iter()
        .map(|p| p.at.unwrap().secs_since(time(crate::common::noon())))
        .collect();
    assert!(
        moments[3] - moments[2] > 180.0,
        "dark for minutes: {moments:?}"
    );
    let last = vessel[2].position.unwrap();
    assert!(at(&plot[0].report).distance_m(last) < 500.0);
    let craft = tracks(&scenario, "bg-cot");
    let nearest = craft.iter().map(|p| p.position.unwrap().distance_m(last));
    assert!(nearest.fold(f64::MAX, f64::min) < 700.0, "they met");
}

#[test]
fn the_blockade_is_in_three_sections_and_what_was_false_is_withdrawn() {
    let scenario = scenario("05-krakovets-blockade");
    let all = said(&scenario);
    let police = of(&all, "police-cad");
    assert_eq!(codes(&police), ["BCP03", "SEC01", "SEC01", "BCP03"]);
    let of_shots = vec![police[1].key().to_owned()];
    assert_eq!(police[2].report.relation, Relation::Cancel { of: of_shots });
    let sections: BTreeSet<&str> = of(&all, "bg-events")
        .iter()
        .map(|s| s.report.place.section.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(
        sections.into_iter().collect::<Vec<_>>(),
        ["UA-PL-03", "UA-PL-04", "UA-PL-05"]
    );
    let queues = figures(&scenario);
    let points: BTreeSet<&str> = queues.iter().map(|f| f.bcp.as_str()).collect();
    assert_eq!(points.len(), 4);
    let krakovets = queues.iter().find(|f| f.bcp.as_str() == "UAPL06").unwrap();
    assert_eq!(krakovets.wait_min, Some(18 * 60 + 30), "a decimal comma");
    let calls = of(&all, "emergency-112");
    assert_eq!(calls[0].key(), calls[1].key());
    assert_eq!(calls[1].expect, Expect::Revised);
}

#[test]
fn nothing_of_customs_comes_in_the_blackout_and_then_the_gap_in_no_order() {
    let scenario = scenario("06-customs-blackout");
    let mut silent: BTreeMap<&str, f64> = BTreeMap::new();
    let mut spoke = BTreeSet::new();
    let begin = time(crate::common::noon());
    for (step, _, at) in messages(&scenario) {
        let at_s = time(at).secs_since(begin);
        if let Way::Silence(span) = step.way {
            silent.insert(step.feed.as_str(), at_s + span.as_secs_f64());
        } else {
            let until = silent.get(step.feed.as_str()).copied().unwrap_or(0.0);
            assert!(at_s >= until, "{} speaks while it is silent", step.feed);
            spoke.insert(step.feed.as_str());
        }
    }
    let customs = ["customs-alerts", "customs-batch"];
    assert_eq!(silent.keys().copied().collect::<Vec<_>>(), customs);
    assert!(customs.iter().all(|f| spoke.contains(f)), "both come back");
    for (feed, until) in silent {
        let rule = config().feed_rule(&config().feeds[&feed.into()]);
        if feed == "customs-alerts" {
            assert!(until > f64::from(rule.stale_s) + 60.0, "its light turns");
        }
    }
    let all = said(&scenario);
    let radiation: Vec<&str> = all
        .iter()
        .filter(|s| s.code() == "CBC12")
        .map(|s| s.feed.as_str())
        .collect();
    assert_eq!(
        radiation,
        [
            "bg-events",
            "emergency-cap",
            "emergency-cap",
            "customs-batch",
            "customs-alerts"
        ]
    );
    let late = of(&all, "customs-batch");
    let moments: Vec<f64> = late.iter().map(|s| s.at_s()).collect();
    assert_eq!(moments, [240.0, 0.0, 120.0], "in no order");
    assert!(
        moments[1] < all[0].at_s(),
        "older than what was known first"
    );
    assert!(has(&late[1].report, IdentifierKind::Plate, "ZZ7702QX"));
    assert_eq!(figures(&scenario).len(), 2);
}

#[test]
fn the_storm_is_four_hundred_alarms_of_eight_places_and_one_real_crossing_apart_from_them() {
    let scenario = scenario("07-storm-alarms");
    let all = said(&scenario);
    let sensors = of(&all, "bg-sensors");
    let (real, storm): (Vec<&Said>, Vec<&Said>) = sensors
        .into_iter()
        .partition(|s| s.report.persons.is_some());
    assert_eq!((storm.len(), real.len()), (400, 1));
    let length = scenario.length().as_secs();
    assert!((540..=660).contains(&length), "{length} s");
    let keys: BTreeSet<&str> = storm.iter().map(|s| s.key()).collect();
    assert_eq!(keys.len(), 400, "no alarm is told twice");

    // The rule for chatter takes the alarms of one place together, as long as they go on.
    let rule = &config().centre.linking.chatter;
    let within_s = f64::from(rule.within.as_secs_u32());
    let mut places: Vec<(LatLon, f64)> = Vec::new();
    for s in &storm {
        let here = at(&s.report);
        match places
            .iter_mut()
            .find(|(p, _)| p.distance_m(here) <= rule.distance_m)
        {
            Some((_, last)) => {
                assert!(
                    s.at_s() - *last <= within_s,
                    "the chatter of {} breaks off",
                    s.key()
                );
                *last = s.at_s();
            }
            None => places.push((here, s.at_s())),
        }
    }
    assert_eq!(places.len(), 8);
    let camera = &real[0].report;
    assert_eq!(
        camera.persons.as_ref().and_then(CountRange::bounds),
        Some((4, 4))
    );
    for (place, _) in &places {
        assert!(
            place.distance_m(at(camera)) > 1_800.0,
            "hidden by none of them"
        );
    }
    let journal = of(&all, "bg-events")[0];
    assert_eq!(journal.code(), "UBC01");
    assert!(at(&journal.report).distance_m(at(camera)) < 300.0);

    let weather = of(&all, "weather-grid");
    assert_eq!(weather.len(), 2);
    assert_eq!(weather[0].report.original_code.as_deref(), Some("GALE"));
    assert!(
        weather[0].report.place.geometry.is_none(),
        "never taken for a happening"
    );
    let of = vec![weather[0].key().to_owned()];
    assert_eq!(weather[1].report.relation, Relation::Cancel { of });
    assert_eq!(
        readings(&scenario, "weather-grid"),
        4,
        "each cell is a reading"
    );
}

#[test]
fn the_batches_of_customs_are_late_and_repeat_what_they_corrected() {
    let scenario = scenario("customs");
    let mut rows = Vec::new();
    for (step, body, sent) in messages(&scenario) {
        for report in reports(&decode(&step.feed, &body, sent)) {
            let late_min = time(sent).secs_since(report.occurred.unwrap().from) / 60.0;
            let source = report.source.clone().unwrap();
            rows.push((source.key, source.revision, late_min, report));
        }
    }
    let told: Vec<(&str, Option<i64>)> = rows
        .iter()
        .map(|(key, revision, ..)| (key.rsplit('-').next().unwrap(), *revision))
        .collect();
    let versions = [("1", 1), ("2", 1), ("1", 2), ("2", 1)].map(|(k, v)| (k, Some(v)));
    assert_eq!(told, versions);
    for (key, _, late_min, _) in &rows[..2] {
        assert!((5.0..=41.0).contains(late_min), "{key}: {late_min} min");
    }
    // The repeated one is the same to the letter, the corrected one is of the same moment.
    assert_eq!(rows[1].3, rows[3].3);
    assert_eq!(rows[0].3.occurred, rows[2].3.occurred);
    assert_ne!(rows[0].3.attributes, rows[2].3.attributes);
    assert_eq!(figures(&scenario).len(), 4);
}

#[test]
fn the_agencies_everyday_makes_no_more_reports_than_a_centre_gets() {
    let mut per_day = 0.0;
    for scenario in scenarios().into_iter().skip(7) {
        // What opens an event: no update, no repetition, of chatter only the first.
        let all = said(&scenario);
        let mut opens: BTreeSet<String> = BTreeSet::new();
        for s in all.iter().filter(|s| s.report.relation == Relation::New) {
            let chatter = s.feed == "bg-sensors";
            let name = if chatter {
                s.report.attributes["sensor"].to_string()
            } else {
                s.key().to_owned()
            };
            opens.insert(name);
        }
        let hours = (scenario.length() + scenario.pause).as_secs_f64() / 3_600.0;
        per_day += f64::from(u32::try_from(opens.len()).unwrap()) / hours * 24.0;
    }
    assert!((60.0..=150.0).contains(&per_day), "{per_day:.0} a day");
}
