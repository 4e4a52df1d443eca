//! Which events are suggested to be one happening, and what becomes of it.

mod common;

use std::collections::BTreeSet;

use common::{House, at, draft, emergency, officer, place, police, river, sensors, with_text};
use oneroof_model::{
    CommandBody, CommandRefusal, CountRange, Did, Event, EventId, EventImpact, EventState,
    Identifier, IdentifierKind, LinkProvenance, LinkTermKind, Mode, Place, PlaceKind, Receipt,
    ReportDraft, ReportId, SectionId, SuggestionState,
};
use oneroof_room::FeedContext;
use oneroof_wire::project::Reports as _;

fn seismic() -> ReportDraft {
    draft("SYS01", at(0, 40, 5), river())
}

fn camera() -> ReportDraft {
    let mut d = draft(
        "SYS02",
        at(0, 41, 40),
        place(47.981_5, 23.303, PlaceKind::Camera),
    );
    d.persons = Some(CountRange::exactly(6));
    d
}

fn patrol() -> ReportDraft {
    let mut d = draft(
        "UBC01",
        at(0, 43, 0),
        place(47.983, 23.306, PlaceKind::Sighting),
    );
    d.persons = Some(CountRange {
        n: None,
        min: Some(5),
        max: Some(7),
    });
    d
}

fn call() -> ReportDraft {
    let mut d = draft(
        "MAR05",
        at(0, 44, 30),
        place(47.982, 23.304, PlaceKind::Geocoded),
    );
    d.persons = Some(CountRange::exactly(1));
    d.life_at_risk = Some(true);
    d
}

/// An event without what counts its changes.
fn as_it_was(event: &Event) -> Event {
    Event {
        version: 0,
        made_by: Vec::new(),
        updated_at: at(0, 0, 0),
        acts: Vec::new(),
        ..event.clone()
    }
}

/// The four reports of the night, each of its own agency or kind; their events.
async fn night(house: &House) -> Vec<EventId> {
    let mut events = Vec::new();
    let (s, p, e) = (sensors(), police(), emergency());
    for (feed, draft) in [
        (&s, seismic()),
        (&s, camera()),
        (&p, patrol()),
        (&e, call()),
    ] {
        house.clock.advance(core::time::Duration::from_mins(1));
        events.push(house.report(feed, draft).await.1);
    }
    events
}

#[tokio::test]
async fn the_night_at_the_tisa_is_suggested_to_be_one_happening_with_all_terms_shown() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let events = night(&house).await;
    assert_eq!(BTreeSet::from_iter(&events).len(), 4, "each opens its own");
    for id in &events {
        let section = house.event(*id).curation.section.value;
        assert_eq!(section.as_ref().map(SectionId::as_str), Some("UA-RO-01"));
    }
    let suggestions = house.suggestions();
    // Whoever follows the suggestions comes from the first event to all of them.
    let mut one = BTreeSet::from([events[0]]);
    for _ in &events {
        let pairs = suggestions.iter().map(|s| [s.a, s.b]);
        let met = pairs.filter(|p| p.iter().any(|e| one.contains(e)));
        let met: Vec<EventId> = met.flatten().collect();
        one.extend(met);
    }
    assert_eq!(one, events.iter().copied().collect());
    assert!(suggestions.iter().any(|s| s.strong));
    for s in &suggestions {
        assert!(s.a < s.b, "the older would survive");
        assert_eq!(s.rule, "link/1");
        let kinds: Vec<LinkTermKind> = s.terms.iter().map(|t| t.kind).collect();
        assert_eq!(
            kinds,
            [
                LinkTermKind::Place,
                LinkTermKind::Time,
                LinkTermKind::Type,
                LinkTermKind::Count,
                LinkTermKind::Identifier,
            ]
        );
        let weights: f64 = s.terms.iter().map(|t| t.weight).sum();
        assert!((weights - 1.0).abs() < 1e-9, "{weights}");
        let sum: f64 = s
            .terms
            .iter()
            .map(|t| t.weight * t.value.unwrap_or(9.0))
            .sum();
        assert!((sum - s.score).abs() < 1e-9, "{sum} {}", s.score);
        assert!((0.5..=1.0).contains(&s.score));
        for t in &s.terms {
            assert_eq!(
                t.value.is_none(),
                t.weight == 0.0,
                "unknown drops out: {t:?}"
            );
            let about = format!(
                "link.{}.",
                serde_json::to_value(t.kind).unwrap().as_str().unwrap()
            );
            assert!(t.words.key.starts_with(&about), "{t:?}");
        }
        // Nobody named a plate or a document.
        assert_eq!(s.terms[4].value, None);
    }
}

#[tokio::test]
async fn the_night_becomes_one_event_of_four_reports_by_confirming() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let events = night(&house).await;
    let mut confirmed = 0;
    while let Some(s) = house.suggestions().first() {
        let suggestion = s.id;
        house
            .done(CommandBody::AcceptSuggestion { suggestion })
            .await;
        confirmed += 1;
        assert!(confirmed <= 3, "four become one in three steps");
    }
    let one = house.event(events[0]);
    assert_eq!(
        (one.state, one.reports.len(), one.merges.len()),
        (EventState::New, 4, 3)
    );
    assert!(one.curation.life_at_risk.value);
    assert_eq!(one.curation.impact.value, EventImpact::VeryHigh);
    assert_eq!(one.curation.type_code.value.as_str(), "MAR05");
    assert_eq!(one.curation.occurred.value.from, at(0, 40, 5));
    assert_eq!(one.curation.occurred.value.to, at(0, 44, 30));
    for id in &events[1..] {
        assert_eq!(house.event(*id).merged_into, Some(one.id));
    }
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn a_confirmed_suggestion_merges_raises_the_danger_and_can_be_taken_back() {
    let house = House::open().await;
    house.at(0, 46, 0);
    let (_, older) = house.report(&sensors(), seismic()).await;
    let (cry, younger) = house.report(&emergency(), call()).await;
    let before = [house.event(older), house.event(younger)];
    assert!(!before[0].curation.life_at_risk.value);
    let suggestion = house.suggestions()[0].clone();
    assert_eq!((suggestion.a, suggestion.b), (older, younger));

    let accept = CommandBody::AcceptSuggestion {
        suggestion: suggestion.id,
    };
    assert_eq!(house.done(accept.clone()).await, Some(older));
    let merged = house.event(older);
    assert!(merged.curation.life_at_risk.value);
    assert_eq!(merged.curation.life_at_risk.rests_on, [cry]);
    assert_eq!(merged.curation.impact.value, EventImpact::VeryHigh);
    assert_eq!(merged.merges[0].suggestion, Some(suggestion.id));
    assert_eq!(merged.merges[0].by, officer());
    let gone = house.event(younger);
    assert_eq!(
        (gone.state, gone.merged_into),
        (EventState::Merged, Some(older))
    );
    assert!(matches!(house.ask(accept).await, Receipt::Refused { .. }));

    let unmerge = CommandBody::Unmerge {
        survivor: older,
        absorbed: younger,
    };
    house.done(unmerge.clone()).await;
    for then in &before {
        assert_eq!(as_it_was(&house.event(then.id)), as_it_was(then));
    }
    assert_eq!(house.picture().event_of(cry), Some(younger));
    let settled = house.picture().suggestion(suggestion.id).unwrap().state;
    assert_eq!(settled, SuggestionState::Rejected);
    assert!(
        house.suggestions().is_empty(),
        "a person said that they are two"
    );
    assert!(matches!(house.ask(unmerge).await, Receipt::Refused { .. }));
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn what_a_merge_made_obsolete_is_suggested_again_when_it_is_taken_back() {
    let house = House::open().await;
    house.at(0, 50, 0);
    let (_, a) = house.report(&sensors(), seismic()).await;
    let (_, b) = house.report(&police(), patrol()).await;
    let (_, c) = house.report(&emergency(), call()).await;
    let pairs = |house: &House| -> BTreeSet<(EventId, EventId)> {
        house.suggestions().iter().map(|s| (s.a, s.b)).collect()
    };
    assert_eq!(pairs(&house), [(a, b), (a, c), (b, c)].into());
    let suggestion = house.suggestions().iter().find(|s| s.b == b).unwrap().id;
    house
        .done(CommandBody::AcceptSuggestion { suggestion })
        .await;
    assert_eq!(pairs(&house), [(a, c)].into());
    house
        .done(CommandBody::Unmerge {
            survivor: a,
            absorbed: b,
        })
        .await;
    assert_eq!(pairs(&house), [(a, c), (b, c)].into());
}

#[tokio::test]
async fn what_was_settled_while_two_were_one_stays_when_they_are_two_again() {
    let house = House::open().await;
    house.at(0, 50, 0);
    let (_, a) = house.report(&sensors(), seismic()).await;
    let (_, b) = house.report(&emergency(), call()).await;
    let before = house.event(a);
    house
        .done(CommandBody::Merge {
            survivor: a,
            absorbed: b,
        })
        .await;
    let set = CommandBody::SetImpact {
        event: a,
        impact: EventImpact::Medium,
    };
    house.done(set).await;
    house
        .done(CommandBody::Unmerge {
            survivor: a,
            absorbed: b,
        })
        .await;
    let now = house.event(a).curation;
    assert_eq!(
        (now.impact.value, now.impact.by),
        (EventImpact::Medium, officer())
    );
    // All else is as before the merge, to the moment at which it was settled.
    assert_eq!(now.life_at_risk, before.curation.life_at_risk);
    assert_eq!(now.type_code, before.curation.type_code);
    assert_eq!(now.occurred, before.curation.occurred);
    assert_eq!(now.place, before.curation.place);
}

#[tokio::test]
async fn merges_are_taken_back_in_any_order() {
    for first in [1, 2] {
        let house = House::open().await;
        house.at(0, 50, 0);
        let (_, a) = house.report(&sensors(), seismic()).await;
        let (_, b) = house.report(&emergency(), call()).await;
        let (_, c) = house.report(&police(), patrol()).await;
        let before = [a, b, c].map(|e| as_it_was(&house.event(e)));
        for absorbed in [b, c] {
            house
                .done(CommandBody::Merge {
                    survivor: a,
                    absorbed,
                })
                .await;
        }
        let order = if first == 1 { [b, c] } else { [c, b] };
        for absorbed in order {
            house
                .done(CommandBody::Unmerge {
                    survivor: a,
                    absorbed,
                })
                .await;
        }
        assert_eq!([a, b, c].map(|e| as_it_was(&house.event(e))), before);
    }
}

#[tokio::test]
async fn two_happenings_at_one_time_far_apart_are_not_suggested() {
    let house = House::open().await;
    house.at(0, 50, 0);
    house
        .report(&police(), draft("UBC01", at(0, 41, 0), river()))
        .await;
    let far = place(48.45, 22.2, PlaceKind::Sensor);
    house
        .report(&emergency(), draft("UBC01", at(0, 41, 0), far))
        .await;
    assert_eq!(house.picture().suggestions().count(), 0);
}

#[tokio::test]
async fn the_same_place_hours_apart_is_not_suggested() {
    let house = House::open().await;
    house.at(5, 0, 0);
    house
        .report(&police(), draft("UBC01", at(0, 41, 0), river()))
        .await;
    house
        .report(&emergency(), draft("UBC01", at(4, 41, 0), river()))
        .await;
    assert_eq!(house.picture().suggestions().count(), 0);
}

#[tokio::test]
async fn a_report_without_a_place_is_compared_by_a_shared_plate_only_and_the_plate_is_not_named() {
    let house = House::open().await;
    house.at(1, 30, 0);
    let plate = |value: &str| Identifier {
        kind: IdentifierKind::Plate,
        value: value.to_owned(),
    };
    let mut seen = draft("CBC16", at(0, 41, 0), river());
    seen.identifiers = vec![plate("AO1234BK")];
    house.report(&police(), seen).await;
    let somewhere = Place {
        described: Some("on the road to Khust".to_owned()),
        ..Place::default()
    };
    let mut told = draft("CBC16", at(0, 45, 0), somewhere);
    for (value, suggestions) in [("AO0000AA", 0), ("AO1234BK", 1)] {
        told.identifiers = vec![plate(value)];
        house.report(&emergency(), told.clone()).await;
        assert_eq!(house.suggestions().len(), suggestions, "{value}");
    }
    let suggestion = &house.suggestions()[0];
    assert_eq!(suggestion.terms[0].value, None);
    assert_eq!(suggestion.terms[4].words.key, "link.identifier.shared");
    let told = serde_json::to_string(suggestion).unwrap();
    assert!(!told.contains("AO1234BK"), "{told}");
}

#[tokio::test]
async fn an_exercise_is_never_suggested_with_the_real_thing_nor_merged_into_it() {
    let house = House::open().await;
    house.at(0, 50, 0);
    let (_, real) = house.report(&police(), patrol()).await;
    let exercise = FeedContext {
        mode: Mode::Exercise,
        ..(*emergency()).clone()
    };
    let (_, played) = house.report(&exercise.into(), call()).await;
    assert_eq!(house.event(played).mode, Mode::Exercise);
    assert_eq!(house.picture().suggestions().count(), 0);
    let before = house.picture();
    for (survivor, absorbed) in [(real, played), (played, real)] {
        let receipt = house.ask(CommandBody::Merge { survivor, absorbed }).await;
        let Receipt::Refused {
            refusal: CommandRefusal::NotAllowed { why },
        } = receipt
        else {
            panic!("{receipt:?}");
        };
        assert!(why.contains("never mix"), "{why}");
    }
    assert_eq!(house.picture(), before);
    // The real thing of the same kind is compared.
    let really = with_text(call(), "not an exercise");
    house.report(&emergency(), really).await;
    assert_eq!(house.suggestions().len(), 1);
}

#[tokio::test]
async fn a_refused_suggestion_does_not_come_again_with_the_next_report() {
    let house = House::open().await;
    house.at(0, 50, 0);
    house.report(&sensors(), seismic()).await;
    let (_, other) = house.report(&emergency(), call()).await;
    let suggestion = house.suggestions()[0].id;
    house
        .done(CommandBody::RejectSuggestion { suggestion })
        .await;
    // The sensor goes on; its event is compared anew.
    let (_, event) = house
        .report(&sensors(), draft("SYS01", at(0, 40, 40), river()))
        .await;
    assert_ne!(event, other);
    assert!(house.suggestions().is_empty());
    assert!(matches!(
        house
            .ask(CommandBody::AcceptSuggestion { suggestion })
            .await,
        Receipt::Refused { .. }
    ));
}

#[tokio::test]
async fn chatter_of_one_sensor_feed_is_attached_visibly_and_can_be_undone() {
    let house = House::open().await;
    house.at(0, 41, 0);
    let (_, event) = house.report(&sensors(), seismic()).await;
    let again = draft("SYS01", at(0, 40, 50), river());
    let (chatter, same) = house.report(&sensors(), again.clone()).await;
    assert_eq!(same, event);
    let attachment = house.event(event).reports[1].clone();
    assert_eq!(attachment.report, chatter);
    let LinkProvenance::Chatter { rule } = attachment.provenance else {
        panic!("{attachment:?}");
    };
    assert_eq!(rule, "chatter/1");
    assert_eq!(house.event(event).curation.occurred.value.to, at(0, 40, 50));

    house
        .done(CommandBody::Detach {
            event,
            report: chatter,
        })
        .await;
    let own = house.picture().event_of(chatter).unwrap();
    assert_ne!(own, event);
    assert_eq!(house.event(event).reports.len(), 1);
    assert_eq!(house.event(event).curation.occurred.value.to, at(0, 40, 5));
    assert_eq!(house.event(own).reports.len(), 1);
    assert!(
        house.suggestions().is_empty(),
        "a person has just taken them apart"
    );
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn several_reports_leave_an_event_and_open_one_together() {
    let house = House::open().await;
    house.at(0, 41, 0);
    let (first, event) = house.report(&sensors(), seismic()).await;
    let mut others = Vec::new();
    for second in [20, 35, 50] {
        let again = draft("SYS01", at(0, 40, second), river());
        others.push(house.report(&sensors(), again).await.0);
    }
    let split = |reports: &[ReportId]| CommandBody::Split {
        event,
        reports: reports.to_vec(),
    };
    let all = [&[first], &*others].concat();
    let twice = [others[0], others[0]];
    let stranger = [ReportId(uuid::Uuid::nil())];
    for none in [&all, &twice[..], &stranger, &[]] {
        let receipt = house.ask(split(none)).await;
        assert!(matches!(receipt, Receipt::Refused { .. }), "{none:?}");
    }
    // Named in any order, they stand in that in which they came.
    house.done(split(&[others[2], others[1]])).await;
    let own = house.picture().event_of(others[1]).unwrap();
    let reports =
        |e| -> Vec<ReportId> { house.event(e).reports.iter().map(|a| a.report).collect() };
    assert_eq!(reports(event), [first, others[0]]);
    assert_eq!(reports(own), [others[1], others[2]]);
    let how = house.event(own).reports[1].provenance.clone();
    assert_eq!(how, LinkProvenance::Manual { by: officer() });
    assert_eq!(house.event(event).curation.occurred.value.to, at(0, 40, 20));
    assert_eq!(house.event(own).curation.occurred.value.to, at(0, 40, 50));
    assert!(house.suggestions().is_empty(), "a person took them apart");
    let log: Vec<Did> = house.event(event).acts.into_iter().map(|a| a.did).collect();
    let gone = |report| Did::Detached { report };
    assert_eq!(log, [gone(others[1]), gone(others[2])]);
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn chatter_takes_only_what_is_near_in_place_and_time_and_of_one_sensor_feed() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (_, event) = house.report(&sensors(), seismic()).await;
    let late = draft("SYS01", at(0, 41, 6), river());
    let far = draft(
        "SYS01",
        at(0, 40, 6),
        place(47.983, 23.301_1, PlaceKind::Sensor),
    );
    for other in [late, far] {
        assert_ne!(house.report(&sensors(), other).await.1, event);
    }
    // Agencies that are no sensors are never attached by rule.
    let same = draft("SYS01", at(0, 40, 6), river());
    assert_ne!(house.report(&police(), same).await.1, event);
    assert_eq!(house.event(event).reports.len(), 1);
}

#[tokio::test]
async fn an_event_that_others_have_confirmed_takes_no_chatter() {
    let house = House::open().await;
    house.at(0, 46, 0);
    let (_, event) = house.report(&sensors(), seismic()).await;
    let (_, cry) = house.report(&emergency(), call()).await;
    house
        .done(CommandBody::Merge {
            survivor: event,
            absorbed: cry,
        })
        .await;
    let (_, own) = house
        .report(&sensors(), draft("SYS01", at(0, 40, 20), river()))
        .await;
    assert_ne!(own, event, "it rests on more than one feed");
}

#[tokio::test]
async fn the_only_report_of_an_event_stays_with_it_and_what_a_merge_brought_does_not_count() {
    let house = House::open().await;
    house.at(0, 46, 0);
    let (report, event) = house.report(&sensors(), seismic()).await;
    let (_, absorbed) = house.report(&emergency(), call()).await;
    for merged in [false, true] {
        if merged {
            let survivor = event;
            house.done(CommandBody::Merge { survivor, absorbed }).await;
        }
        let before = house.picture();
        let receipt = house.ask(CommandBody::Detach { event, report }).await;
        assert!(matches!(
            receipt,
            Receipt::Refused {
                refusal: CommandRefusal::NotAllowed { .. }
            }
        ));
        assert_eq!(house.picture(), before);
    }
}

#[tokio::test]
async fn a_crowd_of_reports_of_one_place_makes_the_best_few_suggestions_each() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (feed, mut newest) = (police(), None);
    for n in 0..60 {
        house.clock.advance(core::time::Duration::from_secs(1));
        let report = with_text(patrol(), &format!("caller {n}"));
        newest = Some(house.report(&feed, report).await.1);
    }
    let suggestions = house.suggestions();
    let newest = newest.expect("sixty reports");
    let of_newest = suggestions.iter().filter(|s| s.b == newest).count();
    assert_eq!(of_newest, 20);
    assert!(suggestions.len() <= 60 * 20, "{}", suggestions.len());
}
