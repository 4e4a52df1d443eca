//! The fold is held to what the rest of the house builds on: the same entries give the same picture from a checkpoint
//! as from the start, what changed is named, a merge can be taken back, and nonsense is counted and does nothing.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{
    Entry, STEPS, attached, curation, event_id, figures, go_on, merged, officer, opened, recorded,
    report, report_id, run, steps, suggested, suggestion_id, time, unit,
};
use oneroof_model::{
    EntryBody, Event, EventId, EventState, LinkProvenance, Relation, RoomConfig, UnitStatus,
};
use oneroof_picture::{Change, Picture};
use oneroof_wire::project::Reports as _;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::Value;

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 192,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// All that a picture holds beside the number and the moment of its newest entry and the count of anomalies.
fn content(picture: &Picture) -> Value {
    let mut value: Value = serde_json::from_slice(&picture.to_checkpoint().unwrap()).unwrap();
    let map = value.as_object_mut().unwrap();
    for apart in ["position", "at", "anomalies"] {
        assert!(map.remove(apart).is_some(), "{apart}");
    }
    value
}

/// What differs between two pictures, named as the fold names it.
fn differences(before: &Picture, after: &Picture) -> BTreeSet<Change> {
    let (before, after) = (content(before), content(after));
    let mut found = BTreeSet::new();
    if before["config"] != after["config"] {
        found.insert(Change::Config);
    }
    let mut each = |part: &str, name: &dyn Fn(&str, bool) -> Change| {
        let empty = serde_json::Map::new();
        let of = |v: &'_ Value| v[part].as_object().cloned().unwrap_or(empty.clone());
        let (old, new) = (of(&before), of(&after));
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let other = keys.into_iter().filter(|k| old.get(*k) != new.get(*k));
        found.extend(other.map(|k| name(k, new.contains_key(k))));
    };
    each("events", &|id, there| {
        let id = id.parse().unwrap();
        if there {
            Change::Event(id)
        } else {
            Change::Archived(id)
        }
    });
    each("reports", &|id, _| Change::Report(id.parse().unwrap()));
    each("suggestions", &|id, _| {
        Change::Suggestion(id.parse().unwrap())
    });
    each("levels", &|id, _| Change::Section(id.into()));
    each("figures", &|id, _| Change::Bcp(id.into()));
    each("units", &|id, _| Change::Unit(id.into()));
    each("areas", &|id, _| Change::Area(id.parse().unwrap()));
    each("threats", &|id, _| Change::Region(id.into()));
    each("weather", &|id, _| Change::Weather(id.into()));
    found
}

/// What must hold of any picture, whatever entries made it.
fn check(picture: &Picture) -> Result<(), TestCaseError> {
    let mut attached_to: BTreeMap<_, EventId> = BTreeMap::new();
    for event in picture.events() {
        prop_assert_eq!(
            event.merged_into.is_some(),
            event.state == EventState::Merged
        );
        let stands = picture.standing(event.id);
        prop_assert!(stands.is_some(), "{} was merged into nothing", event.id);
        for m in &event.merges {
            let absorbed = picture.event(m.absorbed);
            prop_assert_eq!(absorbed.and_then(|e| e.merged_into), Some(event.id));
        }
        if event.merged_into.is_some() {
            continue;
        }
        for a in &event.reports {
            let twice = attached_to.insert(a.report, event.id);
            prop_assert_eq!(twice, None, "{} is attached twice", a.report);
        }
    }
    for (id, state) in picture.reports() {
        prop_assert_eq!(attached_to.remove(&id), state.event);
    }
    prop_assert!(attached_to.is_empty(), "reports that are not there");
    for s in picture.suggestions() {
        prop_assert!(picture.event(s.a).is_some() && picture.event(s.b).is_some());
    }
    for r in picture.waiting() {
        prop_assert!(r.relation != Relation::New);
    }
    for a in picture.areas() {
        prop_assert!(a.said.event.is_none_or(|e| picture.event(e).is_some()));
    }
    Ok(())
}

fn fold(entries: &[Entry]) -> Picture {
    let mut picture = Picture::default();
    for (entry, seq) in entries.iter().zip(1..) {
        picture.apply(seq, time(seq), entry.clone());
    }
    picture
}

/// An event without what counts its changes.
fn as_it_was(event: &Event) -> Event {
    Event {
        version: 0,
        made_by: Vec::new(),
        acts: Vec::new(),
        updated_at: time(0),
        ..event.clone()
    }
}

/// Two events that stand by themselves, chosen by a number; `None` where there are not two.
fn two(picture: &Picture, n: u8) -> Option<(EventId, EventId)> {
    let standing: Vec<EventId> = picture
        .events()
        .filter(|e| e.merged_into.is_none())
        .map(|e| e.id)
        .collect();
    let a = *standing.get(usize::from(n).checked_rem(standing.len())?)?;
    let b = standing.into_iter().find(|e| *e != a)?;
    Some((a, b))
}

fn merge_of(picture: &Picture, survivor: EventId, absorbed: EventId, after: u8) -> EntryBody {
    let before = picture.event(survivor).unwrap().curation.clone();
    merged(survivor, picture.event(absorbed).unwrap(), &before, after)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_checkpoint_at_any_point_and_the_tail_give_what_the_start_gives(
        steps in steps(60),
        cut in any::<prop::sample::Index>(),
    ) {
        let (entries, whole) = run(&steps);
        let cut = cut.index(entries.len() + 1);
        let early = fold(&entries[..cut]);
        let mut late = Picture::from_checkpoint(&early.to_checkpoint().unwrap()).unwrap();
        prop_assert_eq!(&late, &early);
        let mut by_itself = early;
        for (entry, seq) in entries[cut..].iter().zip(cut as u64 + 1..) {
            let changes = late.apply(seq, time(seq), entry.clone());
            prop_assert_eq!(changes, by_itself.apply(seq, time(seq), entry.clone()));
        }
        prop_assert_eq!(&late, &whole);
        prop_assert_eq!(late.to_checkpoint().unwrap(), whole.to_checkpoint().unwrap());
    }

    #[test]
    fn everything_that_is_different_is_named_in_the_changes(steps in steps(60)) {
        let (entries, _) = run(&steps);
        let mut picture = Picture::default();
        for (entry, seq) in entries.into_iter().zip(1..) {
            let before = picture.clone();
            let changes: BTreeSet<Change> =
                picture.apply(seq, time(seq), entry.clone()).into_iter().collect();
            let archived = changes.iter().any(|c| matches!(c, Change::Archived(_)));
            for different in differences(&before, &picture) {
                let covered = match &different {
                    Change::Unit(_) if changes.contains(&Change::Config) => true,
                    // What goes with an archived event is not named one by one.
                    Change::Report(id) if archived => picture.report_state(*id).is_none(),
                    Change::Suggestion(id) if archived => picture.suggestion(*id).is_none(),
                    one => changes.contains(one),
                };
                prop_assert!(covered, "{:?} is not in {:?} of {:?}", different, changes, entry);
            }
        }
    }

    #[test]
    fn nonsense_changes_nothing_but_the_count_of_anomalies(steps in steps(60)) {
        let mut picture = Picture::default();
        for (step, seq) in steps.into_iter().zip(1..) {
            let before = picture.clone();
            let entry = step.entry(&before);
            let changes = picture.apply(seq, time(seq), entry.clone());
            prop_assert_eq!((picture.position(), picture.at()), (seq, time(seq)));
            if picture.anomalies() > before.anomalies() {
                prop_assert_eq!(picture.anomalies(), before.anomalies() + 1);
                prop_assert_eq!(changes, Vec::new());
                prop_assert_eq!(content(&picture), content(&before), "{:?}", entry);
            }
            check(&picture)?;
        }
    }

    #[test]
    fn a_merge_taken_back_gives_both_events_as_they_were(steps in steps(50), n in any::<u8>()) {
        let (_, mut picture) = run(&steps);
        let Some((survivor, absorbed)) = two(&picture, n) else { return Ok(()) };
        let before = picture.clone();
        let body = merge_of(&picture, survivor, absorbed, n);
        go_on(&mut picture, body);
        prop_assert_eq!(picture.standing(absorbed).map(|e| e.id), Some(survivor));
        check(&picture)?;
        go_on(&mut picture, EntryBody::EventUnmerged {
            survivor,
            absorbed,
            by: officer(),
            curation: Box::new(before.event(survivor).unwrap().curation.clone()),
        });
        check(&picture)?;
        for id in [survivor, absorbed] {
            let (now, then) = (picture.event(id).unwrap(), before.event(id).unwrap());
            prop_assert_eq!(as_it_was(now), as_it_was(then));
            prop_assert!(now.version > then.version, "who looked at it before is told");
        }
        // And nothing else is different.
        let touched: BTreeSet<Change> = [survivor, absorbed].map(Change::Event).into();
        prop_assert_eq!(differences(&before, &picture), touched);
    }

    #[test]
    fn what_comes_while_two_are_one_stays_with_the_survivor(steps in steps(50), n in any::<u8>()) {
        let (_, mut picture) = run(&steps);
        let Some((survivor, absorbed)) = two(&picture, n) else { return Ok(()) };
        let before = picture.clone();
        let body = merge_of(&picture, survivor, absorbed, n);
        go_on(&mut picture, body);
        go_on(&mut picture, recorded(report(200)));
        go_on(&mut picture, attached(survivor, report_id(200), Some(3)));
        go_on(&mut picture, EntryBody::EventUnmerged {
            survivor,
            absorbed,
            by: officer(),
            curation: Box::new(curation(4)),
        });
        check(&picture)?;
        prop_assert_eq!(picture.event_of(report_id(200)), Some(survivor));
        let mut own: Vec<_> = before.event(survivor).unwrap().reports.clone();
        let stays = picture.event(survivor).unwrap();
        own.extend(stays.reports.last().cloned());
        prop_assert_eq!(&stays.reports, &own);
        prop_assert_eq!(&stays.curation, &curation(4));
        let back = picture.event(absorbed).unwrap();
        prop_assert_eq!(as_it_was(back), as_it_was(before.event(absorbed).unwrap()));
    }

    #[test]
    fn unknown_and_erased_entries_are_accepted(steps in steps(40), at in any::<prop::sample::Index>()) {
        let (mut entries, whole) = run(&steps);
        let at = at.index(entries.len() + 1);
        entries.insert(at, None);
        entries.insert(at, Some(EntryBody::Unknown {
            v: 7,
            kind: "something_new".to_owned(),
            body: serde_json::json!({ "event": event_id(1) }),
        }));
        let picture = fold(&entries);
        prop_assert_eq!(picture.anomalies(), whole.anomalies());
        prop_assert_eq!(picture.position(), whole.position() + 2);
        prop_assert_eq!(picture.reports().count(), whole.reports().count());
        prop_assert_eq!(picture.events().count(), whole.events().count());
    }
}

#[test]
fn the_sequences_hold_every_kind_of_entry_that_fits_and_most_that_do_not() {
    let mut runner = TestRunner::deterministic();
    let (mut fits, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..300 {
        let steps = steps(60).new_tree(&mut runner).unwrap().current();
        let mut picture = Picture::default();
        for (step, seq) in steps.into_iter().zip(1..) {
            let before = picture.anomalies();
            let entry = step.entry(&picture);
            let kind = entry.as_ref().map(|b| b.to_entry().unwrap().kind);
            picture.apply(seq, time(seq), entry);
            if picture.anomalies() > before {
                refused.insert(kind);
            } else {
                fits.insert(kind);
            }
        }
    }
    // All 21 kinds, the unknown one, and the entry whose payload is gone (attaching has two steps).
    assert_eq!(fits.len(), usize::from(STEPS) - 1, "{fits:?}");
    assert!(refused.len() >= 13, "{refused:?}");
}

/// Event 1 with report 1; event 2 with report 2, merged into event 3 with report 3; report 4 by itself.
fn small() -> Picture {
    let mut picture = Picture::default();
    for n in 1..=4 {
        go_on(&mut picture, recorded(report(n)));
    }
    for n in 1..=3 {
        go_on(&mut picture, opened(event_id(n), report_id(n), n));
    }
    let body = merge_of(&picture, event_id(3), event_id(2), 5);
    go_on(
        &mut picture,
        suggested(suggestion_id(1), event_id(1), event_id(3)),
    );
    go_on(&mut picture, body);
    picture
}

fn misfits(picture: &Picture) -> Vec<(&'static str, EntryBody)> {
    let (one, gone, stays, none) = (event_id(1), event_id(2), event_id(3), event_id(99));
    let set = |event, state| EntryBody::EventStateSet {
        event,
        state,
        reason: None,
        by: officer(),
    };
    let unmerge = |survivor, absorbed| EntryBody::EventUnmerged {
        survivor,
        absorbed,
        by: officer(),
        curation: Box::new(curation(0)),
    };
    let curate = |event| EntryBody::EventCurated {
        event,
        curation: Box::new(curation(7)),
        by: officer(),
    };
    let mut itself = report(5);
    itself.revises = Some(report_id(5));
    let archive = |events: &[EventId]| EntryBody::EventsArchived {
        events: events.to_vec(),
    };
    vec![
        ("a report twice", recorded(report(1))),
        ("a report that revises itself", recorded(itself)),
        ("an event twice", opened(one, report_id(4), 0)),
        ("an event of no report", opened(none, report_id(99), 0)),
        (
            "an event of another's report",
            opened(none, report_id(1), 0),
        ),
        ("attached to nothing", attached(none, report_id(4), None)),
        ("attached and not there", attached(one, report_id(99), None)),
        ("attached twice", attached(stays, report_id(1), None)),
        (
            "attached to what was merged",
            attached(gone, report_id(4), None),
        ),
        ("merged into itself", merge_of(picture, one, one, 0)),
        ("merged twice", merge_of(picture, one, gone, 0)),
        (
            "merged into what was merged",
            merge_of(picture, gone, one, 0),
        ),
        ("never merged", unmerge(stays, one)),
        ("not merged there", unmerge(one, gone)),
        ("a state by no merge", set(one, EventState::Merged)),
        ("a state of what was merged", set(gone, EventState::Closed)),
        ("values of what was merged", curate(gone)),
        ("values of nothing", curate(none)),
        (
            "a suggestion of nothing",
            suggested(suggestion_id(2), one, none),
        ),
        ("a suggestion of one", suggested(suggestion_id(2), one, one)),
        (
            "a suggestion twice",
            suggested(suggestion_id(1), one, stays),
        ),
        ("archived and not there", archive(&[one, none])),
        ("archived without what it absorbed", archive(&[stays])),
        ("archived without its survivor", archive(&[gone])),
        ("archived twice", archive(&[one, one])),
    ]
}

#[test]
fn an_entry_that_does_not_fit_is_counted_and_leaves_everything_alone() {
    let picture = small();
    for (what, body) in misfits(&picture) {
        let mut after = picture.clone();
        let seq = picture.position() + 1;
        assert_eq!(after.apply(seq, time(seq), Some(body)), [], "{what}");
        assert_eq!(after.anomalies(), 1, "{what}");
        assert_eq!(content(&after), content(&picture), "{what}");
    }
}

#[test]
fn an_event_leaves_memory_with_what_it_absorbed_and_their_reports_and_suggestions() {
    let mut picture = small();
    let events = vec![event_id(3), event_id(2)];
    let changes = go_on(&mut picture, EntryBody::EventsArchived { events });
    assert_eq!(
        changes,
        [event_id(3), event_id(2)].map(Change::Archived).to_vec()
    );
    let left: Vec<_> = picture.reports().map(|(id, _)| id).collect();
    assert_eq!(left, [report_id(1), report_id(4)]);
    assert_eq!(picture.suggestions().count(), 0);
    assert_eq!(picture.events().count(), 1);
}

#[test]
fn a_report_that_was_detached_while_two_were_one_does_not_come_back_with_the_merge() {
    let mut picture = small();
    go_on(
        &mut picture,
        EntryBody::ReportDetached {
            event: event_id(3),
            report: report_id(2),
            by: officer(),
            curation: Box::new(curation(3)),
        },
    );
    go_on(&mut picture, opened(event_id(4), report_id(2), 6));
    go_on(
        &mut picture,
        EntryBody::EventUnmerged {
            survivor: event_id(3),
            absorbed: event_id(2),
            by: officer(),
            curation: Box::new(curation(3)),
        },
    );
    assert_eq!(picture.event_of(report_id(2)), Some(event_id(4)));
    assert_eq!(picture.event(event_id(2)).unwrap().reports, []);
    check(&picture).unwrap();
}

#[test]
fn a_report_that_was_detached_after_a_merge_stays_when_what_it_came_with_leaves_memory() {
    let mut picture = small();
    // Report 2 came to event 3 with event 2; now it gets an event of its own.
    let detached = EntryBody::ReportDetached {
        event: event_id(3),
        report: report_id(2),
        by: officer(),
        curation: Box::new(curation(1)),
    };
    go_on(&mut picture, detached);
    go_on(&mut picture, opened(event_id(4), report_id(2), 2));
    let body = EntryBody::EventsArchived {
        events: vec![event_id(2), event_id(3)],
    };
    go_on(&mut picture, body);
    assert_eq!(picture.event_of(report_id(2)), Some(event_id(4)));
    assert!(picture.report(report_id(2)).is_some());
    assert!(picture.report(report_id(3)).is_none());
}

#[test]
fn an_older_revision_that_came_late_is_superseded_by_the_one_it_names() {
    let mut picture = Picture::default();
    go_on(&mut picture, recorded(report(1)));
    let mut late = report(2);
    late.revises = Some(report_id(1));
    let body = EntryBody::ReportRecorded {
        report: Box::new(late),
        newest: false,
    };
    assert_eq!(go_on(&mut picture, body), [Change::Report(report_id(2))]);
    assert!(picture.superseded(report_id(2)) && !picture.superseded(report_id(1)));
    let mut newer = report(3);
    newer.revises = Some(report_id(1));
    let changes = go_on(&mut picture, recorded(newer));
    assert_eq!(
        changes,
        [3, 1].map(|n| Change::Report(report_id(n))).to_vec()
    );
    assert!(picture.superseded(report_id(1)) && !picture.superseded(report_id(3)));
}

#[test]
fn late_figures_never_replace_newer_ones_and_change_nothing() {
    let mut picture = Picture::default();
    let put = |at, cars| EntryBody::FiguresRecorded {
        figures: Box::new(figures(0, time(at), cars)),
    };
    assert_eq!(
        go_on(&mut picture, put(100, 40)),
        [Change::Bcp("UAPL00".into())]
    );
    assert_eq!(go_on(&mut picture, put(90, 3)), []);
    let cars = |p: &Picture| p.figures(&"UAPL00".into()).unwrap().cars_waiting;
    assert_eq!(cars(&picture), Some(40));
    go_on(&mut picture, put(110, 41));
    assert_eq!(cars(&picture), Some(41));
}

#[test]
fn a_new_configuration_of_a_unit_keeps_what_its_agency_last_said() {
    let mut picture = Picture::default();
    go_on(
        &mut picture,
        EntryBody::UnitReported {
            unit: Box::new(unit(0, UnitStatus::OnScene, time(7))),
            known: false,
        },
    );
    let mut renamed = unit(0, UnitStatus::Available, time(0));
    renamed.en = "Falcon".to_owned();
    let config = RoomConfig {
        units: vec![renamed],
        ..RoomConfig::default()
    };
    let body = EntryBody::Configured {
        config: Box::new(config),
    };
    assert_eq!(go_on(&mut picture, body), [Change::Config]);
    let unit = picture.units().next().unwrap();
    assert_eq!(
        (unit.en.as_str(), unit.status),
        ("Falcon", UnitStatus::OnScene)
    );
    assert_eq!(unit.status_at, Some(time(7)));
}

#[test]
fn an_erased_report_stays_where_it_was_without_what_it_said() {
    let mut picture = small();
    let changes = go_on(
        &mut picture,
        EntryBody::Erased {
            what: oneroof_model::Erasure::Report,
            report: report_id(1),
            by: officer(),
            reason: "ordered".to_owned(),
        },
    );
    assert_eq!(
        changes,
        [Change::Report(report_id(1)), Change::Event(event_id(1))]
    );
    assert_eq!(picture.report(report_id(1)), None);
    assert_eq!(picture.event_of(report_id(1)), Some(event_id(1)));
    let attachment = &picture.event(event_id(1)).unwrap().reports[0];
    assert_eq!(attachment.provenance, LinkProvenance::First);
}

#[test]
fn a_damaged_checkpoint_is_an_error_and_no_picture() {
    let bytes = small().to_checkpoint().unwrap();
    assert!(Picture::from_checkpoint(&bytes[..bytes.len() / 2]).is_err());
    assert!(Picture::from_checkpoint(b"").is_err());
    assert!(Picture::from_checkpoint(b"{}").is_err());
}
