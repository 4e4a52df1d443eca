//! What the room makes of a sender's own names: duplicates, revisions, updates and withdrawals, in any order.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::{
    House, at, draft, emergency, place, police, related, river, sensors, with_key, with_text,
};
use oneroof_model::{
    CommandBody, DismissReason, EntryBody, EventState, Interval, LinkProvenance, Place, PlaceKind,
    QualityIssue, RecordOutcome, Relation, Report, ReportDraft, ReportId, SectionId, TypeCode,
};
use oneroof_ports::{Journal as _, StoreError, StoredEntry};
use oneroof_room::SubmitError;
use oneroof_wire::project::Reports as _;

fn alert(text: &str) -> ReportDraft {
    with_text(draft("CRI05", at(0, 40, 0), river()), text)
}

fn of(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|k| (*k).to_owned()).collect()
}

fn cancel(keys: &[&str]) -> ReportDraft {
    related(alert("cancelled"), Relation::Cancel { of: of(keys) })
}

fn update(keys: &[&str]) -> ReportDraft {
    related(alert("more of it"), Relation::Update { of: of(keys) })
}

/// The report of an outcome that is a new one.
fn new_report(outcome: &RecordOutcome) -> ReportId {
    match outcome {
        RecordOutcome::Accepted {
            report: Some(r), ..
        } => *r,
        RecordOutcome::Revised { report, .. } => *report,
        other => panic!("no new report: {other:?}"),
    }
}

/// The report that stands of all that the picture holds; there must be one.
fn standing(house: &House) -> Report {
    let picture = house.picture();
    let mut standing = picture
        .reports()
        .filter(|(_, s)| s.superseded_by.is_none() && !s.withdrawn)
        .filter_map(|(_, s)| s.report.clone());
    let one = standing.next().unwrap();
    assert!(standing.next().is_none(), "more than one stands");
    one
}

/// Reports in the journal.
async fn recorded(house: &House) -> usize {
    let entries = house.store.read(0, usize::MAX).await.unwrap();
    let is_report = |e: &StoredEntry| matches!(e.body, Some(EntryBody::ReportRecorded { .. }));
    entries.iter().filter(|e| is_report(e)).count()
}

#[tokio::test]
async fn the_same_key_and_content_is_a_duplicate_for_ever_and_in_one_submission_too() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let d = with_key(alert("water rises"), "a", None);
    let both = house
        .submit(&emergency(), [d.clone(), d.clone()])
        .await
        .unwrap();
    let report = new_report(&both.outcomes[0]);
    let duplicate = RecordOutcome::Duplicate {
        report: Some(report),
    };
    assert_eq!(both.outcomes[1], duplicate);
    house.at(20, 0, 0);
    assert_eq!(house.say(&emergency(), d.clone()).await, duplicate);
    // The key is the feed's own: another's is another report.
    house.report(&police(), d).await;
    assert_eq!(house.picture().reports().count(), 2);
}

#[tokio::test]
async fn without_a_key_the_same_content_is_a_duplicate_for_ten_minutes_only() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let d = alert("water rises");
    let (report, event) = house.report(&emergency(), d.clone()).await;
    house.at(0, 54, 59);
    let duplicate = RecordOutcome::Duplicate {
        report: Some(report),
    };
    assert_eq!(house.say(&emergency(), d.clone()).await, duplicate);
    house.at(0, 55, 0);
    let (second, other) = house.report(&emergency(), d.clone()).await;
    assert!(second != report && other != event);
    // The ten minutes begin anew with it, and other content is no duplicate at all.
    house.at(1, 4, 59);
    assert_eq!(
        house.say(&emergency(), d).await,
        RecordOutcome::Duplicate {
            report: Some(second)
        }
    );
    house.report(&emergency(), alert("water falls")).await;
    let revised = house.picture();
    assert!(revised.reports().all(|(_, s)| s.superseded_by.is_none()));
}

#[tokio::test]
async fn a_revision_that_comes_late_is_kept_and_does_not_win() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let revision = |n, text| with_key(alert(text), "a", Some(n));
    let (second, event) = house.report(&emergency(), revision(2, "second")).await;
    let outcome = house.say(&emergency(), revision(1, "first")).await;
    let RecordOutcome::Revised {
        report: first,
        revises,
        newest,
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!((revises, newest), (second, false));
    let picture = house.picture();
    assert!(picture.superseded(first) && !picture.superseded(second));
    assert_eq!(picture.event_of(first), Some(event));
    assert_eq!(standing(&house).id, second);
    assert_eq!(house.event(event).curation.type_code.rests_on, [second]);

    let third = new_report(&house.say(&emergency(), revision(3, "third")).await);
    assert_eq!(standing(&house).id, third);
    // The newest takes the place of both; what they said is in the journal.
    let [last] = house.event(event).reports.try_into().unwrap();
    assert_eq!(last.provenance, LinkProvenance::Revision { of: second });
    assert_eq!(house.picture().reports().count(), 1);
    for older in [first, second] {
        let read = house.room.earlier(older).await.unwrap().unwrap();
        assert_eq!((read.report.id, read.newest), (older, third));
    }
    assert_eq!(house.room.earlier(third).await.unwrap(), None);
    let issues = standing(&house).quality.issues;
    assert!(issues.contains(&QualityIssue::ContentChanged), "{issues:?}");
}

#[tokio::test]
async fn the_highest_revision_wins_in_any_order_of_arrival() {
    let orders = [
        [1, 2, 3],
        [1, 3, 2],
        [2, 1, 3],
        [2, 3, 1],
        [3, 1, 2],
        [3, 2, 1],
    ];
    for order in orders {
        for together in [false, true] {
            let house = House::open().await;
            house.at(0, 45, 0);
            let drafts = order.map(|n| with_key(alert(&format!("{n}")), "a", Some(n)));
            if together {
                house.submit(&emergency(), drafts).await.unwrap();
            } else {
                for d in drafts {
                    house.submit(&emergency(), [d]).await.unwrap();
                }
            }
            let stands = standing(&house).text;
            assert_eq!(stands.as_deref(), Some("3"), "{order:?} {together}");
            assert_eq!(house.picture().events().count(), 1);
            assert_eq!(recorded(&house).await, 3);
            house.holds_what_the_journal_says().await;
        }
    }
}

#[tokio::test]
async fn an_old_number_with_other_content_does_not_win_over_what_is_newer() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let revision = |n, text| with_key(alert(text), "a", Some(n));
    for (n, text) in [(1, "first"), (2, "second"), (1, "first, corrected")] {
        house
            .submit(&emergency(), [revision(n, text)])
            .await
            .unwrap();
    }
    assert_eq!(standing(&house).text.as_deref(), Some("second"));
    // The highest with other content is a correction, and the next number is newer than that.
    for (n, text) in [(2, "second, corrected"), (3, "third")] {
        let outcome = house.say(&emergency(), revision(n, text)).await;
        assert!(matches!(
            outcome,
            RecordOutcome::Revised { newest: true, .. }
        ));
        assert_eq!(standing(&house).text.as_deref(), Some(text));
    }
    assert_eq!(recorded(&house).await, 5, "nothing is lost");
}

#[tokio::test]
async fn a_sender_who_numbers_at_the_end_of_all_numbers_stops_nobody() {
    let house = House::open().await;
    house.at(0, 45, 0);
    for (n, text) in [
        (i64::MAX, "a"),
        (i64::MAX, "b"),
        (i64::MIN, "c"),
        (i64::MIN, "d"),
    ] {
        let d = with_key(alert(text), "a", Some(n));
        let answer = house.submit(&emergency(), [d, alert(text)]).await;
        let outcomes = answer.unwrap().outcomes;
        assert!(
            matches!(outcomes[1], RecordOutcome::Accepted { .. }),
            "{n} {text}"
        );
    }
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn a_revision_of_what_left_memory_opens_an_event_and_is_seen() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (_, event) = house
        .report(&emergency(), with_key(alert("one"), "a", Some(1)))
        .await;
    house
        .done(CommandBody::SetState {
            event,
            state: EventState::Dismissed,
            reason: Some(DismissReason::FalseAlarm),
        })
        .await;
    house.at(9, 0, 0);
    assert_eq!(house.room.housekeep(at(8, 0, 0)).await, Ok(1));
    assert_eq!(house.picture().reports().count(), 0);
    let outcome = house
        .say(&emergency(), with_key(alert("two"), "a", Some(2)))
        .await;
    let report = new_report(&outcome);
    let own = house.picture().event_of(report);
    assert_eq!(own.map(|e| house.event(e).state), Some(EventState::New));
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn a_cancel_before_its_alert_waits_for_it() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let outcome = house
        .say(&emergency(), with_key(cancel(&["a"]), "c", None))
        .await;
    let RecordOutcome::Accepted {
        report: Some(waits),
        event: None,
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(house.picture().events().count(), 0);
    // Another feed's alert of that name is not meant.
    let (_, other) = house
        .report(&police(), with_key(alert("other"), "a", None))
        .await;
    assert_eq!(house.event(other).state, EventState::New);

    let (report, event) = house
        .report(&emergency(), with_key(alert("water"), "a", None))
        .await;
    let picture = house.picture();
    assert!(picture.withdrawn(report) && !picture.withdrawn(waits));
    let event = picture.event(event).unwrap();
    assert_eq!(event.state, EventState::Dismissed);
    assert_eq!(event.dismissed, Some(DismissReason::Withdrawn));
    assert_eq!(event.reports[1].report, waits);
    assert_eq!(
        event.reports[1].provenance,
        LinkProvenance::Relation { to: report }
    );
    assert!(
        house.suggestions().is_empty(),
        "nothing is compared with it"
    );
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn a_cancel_that_waits_is_still_there_after_a_restart() {
    let house = House::open().await;
    house.at(0, 45, 0);
    house
        .say(&emergency(), with_key(cancel(&["a"]), "c", None))
        .await;
    house.room.checkpoint().await.unwrap();
    let house = house.again().await;
    let (_, event) = house
        .report(&emergency(), with_key(alert("water"), "a", None))
        .await;
    assert_eq!(house.event(event).state, EventState::Dismissed);
}

#[tokio::test]
async fn a_cancel_after_its_alert_dismisses_what_nobody_has_touched() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (_, new) = house
        .report(&emergency(), with_key(alert("one"), "a", None))
        .await;
    let far = draft("CRI05", at(0, 40, 0), place(48.45, 22.2, PlaceKind::Gnss));
    let (_, seen) = house.report(&emergency(), with_key(far, "b", None)).await;
    let triaged = CommandBody::SetState {
        event: seen,
        state: EventState::Triaged,
        reason: None,
    };
    house.done(triaged).await;
    for (key, event, state) in [
        ("a", new, EventState::Dismissed),
        ("b", seen, EventState::Triaged),
    ] {
        let own = format!("cancel of {key}");
        let (_, of) = house
            .report(&emergency(), with_key(cancel(&[key]), &own, None))
            .await;
        assert_eq!((of, house.event(event).state), (event, state));
        assert_eq!(house.event(event).reports.len(), 2);
    }
}

#[tokio::test]
async fn what_its_sender_withdrew_and_says_again_is_seen_again() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (first, event) = house
        .report(&emergency(), with_key(alert("water rises"), "a", Some(1)))
        .await;
    house
        .report(&emergency(), with_key(cancel(&["a"]), "c", None))
        .await;
    house.at(1, 0, 0);
    let again = with_key(alert("water rises again"), "a", Some(2));
    let outcome = house.say(&emergency(), again).await;
    assert!(
        matches!(outcome, RecordOutcome::Revised { revises, newest: true, .. } if revises == first),
        "{outcome:?}"
    );
    let second = new_report(&outcome);
    let picture = house.picture();
    let other = picture.event_of(second).unwrap();
    assert_ne!(other, event, "the dismissed event does not swallow it");
    assert_eq!(picture.event(event).unwrap().state, EventState::Dismissed);
    assert!(picture.event(other).unwrap().state.is_open());
}

#[tokio::test]
async fn a_cancel_of_two_withdraws_both_whichever_comes_first() {
    let keys = ["a", "b"];
    for order in [["a", "b", "c"], ["a", "c", "b"], ["c", "a", "b"]] {
        let house = House::open().await;
        house.at(0, 45, 0);
        for key in order {
            let d = if key == "c" {
                cancel(&keys)
            } else {
                alert(key)
            };
            house.say(&emergency(), with_key(d, key, None)).await;
        }
        let picture = house.picture();
        let states: Vec<EventState> = picture.events().map(|e| e.state).collect();
        assert_eq!(states, [EventState::Dismissed; 2], "{order:?}");
        let withdrawn = picture.reports().filter(|(_, s)| s.withdrawn).count();
        assert_eq!(withdrawn, 2, "{order:?}");
        house.holds_what_the_journal_says().await;
    }
}

#[tokio::test]
async fn an_update_and_its_alert_are_one_event_whichever_comes_first() {
    for order in [["a", "u"], ["u", "a"]] {
        let house = House::open().await;
        house.at(0, 45, 0);
        let mut reports = Vec::new();
        for key in order {
            let d = if key == "u" {
                update(&["a"])
            } else {
                alert(key)
            };
            reports.push(house.report(&emergency(), with_key(d, key, None)).await);
        }
        assert_eq!(reports[0].1, reports[1].1, "{order:?}");
        let attachment = house.event(reports[0].1).reports[1].clone();
        assert_eq!(attachment.report, reports[1].0);
        assert_eq!(
            attachment.provenance,
            LinkProvenance::Relation { to: reports[0].0 }
        );
    }
}

#[tokio::test]
async fn an_update_that_names_itself_is_a_report_like_any_other() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (_, event) = house
        .report(&emergency(), with_key(update(&["u"]), "u", None))
        .await;
    assert_eq!(house.event(event).reports.len(), 1);
}

#[tokio::test]
async fn what_a_sender_withdraws_no_longer_counts_and_what_others_said_does() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let mut cry = with_key(draft("MAR05", at(0, 41, 0), river()), "a", None);
    cry.life_at_risk = Some(true);
    let (withdrawn, one) = house.report(&emergency(), cry).await;
    let (stays, other) = house
        .report(&police(), draft("UBC01", at(0, 42, 0), river()))
        .await;
    house
        .done(CommandBody::Merge {
            survivor: one,
            absorbed: other,
        })
        .await;
    house.withdraw(&emergency(), "a").await;
    let event = house.event(one);
    assert!(house.picture().withdrawn(withdrawn));
    assert_eq!(event.state, EventState::New);
    assert_eq!(event.curation.type_code.value.as_str(), "UBC01");
    assert_eq!(event.curation.type_code.rests_on, [stays]);
    assert!(!event.curation.life_at_risk.value);
    // Once more changes nothing.
    let before = house.picture();
    house.withdraw(&emergency(), "a").await;
    assert_eq!(house.picture().position(), before.position());
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn what_comes_for_an_absorbed_event_goes_to_the_one_that_stands_for_it() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (_, survivor) = house
        .report(&police(), draft("UBC01", at(0, 42, 0), river()))
        .await;
    let (first, absorbed) = house
        .report(&emergency(), with_key(alert("1"), "a", Some(1)))
        .await;
    house.done(CommandBody::Merge { survivor, absorbed }).await;
    let (_, of_update) = house
        .report(&emergency(), with_key(update(&["a"]), "u", None))
        .await;
    let second = new_report(
        &house
            .say(&emergency(), with_key(alert("2"), "a", Some(2)))
            .await,
    );
    assert_eq!(of_update, survivor);
    assert_eq!(house.picture().event_of(second), Some(survivor));
    house
        .done(CommandBody::Unmerge { survivor, absorbed })
        .await;
    let picture = house.picture();
    assert_eq!(picture.event_of(first), Some(absorbed));
    assert_eq!(picture.event_of(second), Some(survivor), "it came later");
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn a_fast_clock_never_wins_in_a_report() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let mut ahead = draft("UBC01", at(0, 49, 0), river());
    ahead.occurred = Some(Interval::between(at(0, 49, 0), at(0, 49, 30)));
    let (report, _) = house.report(&police(), ahead).await;
    let picture = house.picture();
    let report = picture.report(report).unwrap();
    assert_eq!(report.occurred.from, at(0, 45, 0));
    assert_eq!(report.sort_time(), at(0, 45, 0));
    assert!(report.quality.issues.contains(&QualityIssue::ClockAhead));
}

#[tokio::test]
async fn the_section_of_a_report_is_decided_once_and_none_is_an_answer() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let named = Place {
        section: Some("UA-PL-04".into()),
        ..Place::default()
    };
    let inland = place(49.4, 27.0, PlaceKind::Gnss);
    let wrong = Place {
        section: Some("UA-XX-99".into()),
        ..river()
    };
    let cases = [
        (river(), Some("UA-RO-01")),
        (named, Some("UA-PL-04")),
        (inland, None),
        (wrong, Some("UA-RO-01")),
    ];
    for (place, section) in cases {
        let (report, event) = house
            .report(&police(), draft("CRI01", at(0, 40, 0), place))
            .await;
        let picture = house.picture();
        let said = picture.report(report).unwrap().section.clone();
        assert_eq!(said.as_ref().map(SectionId::as_str), section);
        assert_eq!(picture.event(event).unwrap().curation.section.value, said);
    }
}

#[tokio::test]
async fn a_code_that_nobody_knows_is_kept_under_other() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let mut d = draft("ZZZ99", at(0, 40, 0), river());
    d.original_code = Some("4711".to_owned());
    let (report, event) = house.report(&police(), d).await;
    let picture = house.picture();
    let report = picture.report(report).unwrap();
    assert_eq!(report.type_code.as_str(), TypeCode::OTHER);
    assert_eq!(report.original_code.as_deref(), Some("4711"));
    assert!(report.quality.issues.contains(&QualityIssue::UnknownCode));
    assert!(picture.event(event).is_some());
}

#[tokio::test]
async fn what_fails_to_be_written_is_no_duplicate_when_it_is_sent_again() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let d = with_key(alert("water"), "a", None);
    house.store.fill_disk_for_one_append();
    let full = house.submit(&sensors(), [d.clone()]).await;
    assert!(
        matches!(full, Err(SubmitError::Store(StoreError::Full(_)))),
        "{full:?}"
    );
    house.report(&sensors(), d).await;
}
