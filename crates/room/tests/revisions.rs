//! Revisions of a report: which leave memory, and that an exercise and the real thing are never one report.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{House, at, draft, emergency, emergency_in, river, with_key, with_text};
use oneroof_model::{Marking, Mode, RecordOutcome, Report, ReportDraft, Tlp};
use oneroof_wire::project::Reports as _;

fn alert(text: &str) -> ReportDraft {
    with_text(draft("CRI05", at(0, 40, 0), river()), text)
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

#[tokio::test]
async fn a_record_sent_a_hundred_times_is_one_report_in_memory_known_since_the_first() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (_, event) = house
        .report(&emergency(), with_key(alert("0"), "a", Some(0)))
        .await;
    let first_known = house.event(event).first_known_at;
    for n in 1..100 {
        house.at(0, 46 + n / 60, n % 60);
        let newer = with_key(alert(&n.to_string()), "a", Some(n));
        house.say(&emergency(), newer).await;
    }
    let picture = house.picture();
    assert_eq!(
        (picture.reports().count(), house.event(event).reports.len()),
        (1, 1)
    );
    let state = picture.report_state(standing(&house).id).unwrap().clone();
    let older = state.older.unwrap();
    assert_eq!((older.revisions, older.received), (99, first_known));
    let audience = oneroof_model::Audience::room(common::config().orgs());
    let view = oneroof_wire::project::event(&house.event(event), &picture, &audience).unwrap();
    assert_eq!(view.first_known_at, first_known);
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn an_older_revision_that_others_may_see_stays_beside_the_newer_one() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (first, event) = house
        .report(&emergency(), with_key(alert("0"), "a", Some(0)))
        .await;
    let mut closer = with_key(alert("1"), "a", Some(1));
    closer.marking = Some(Marking {
        tlp: Tlp::Red,
        ..Marking::default()
    });
    house.say(&emergency(), closer).await;
    assert_eq!(house.event(event).reports.len(), 2);
    assert!(house.picture().superseded(first));
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn of_revisions_that_come_late_one_stays_until_a_newer_one_comes() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (_, event) = house
        .report(&emergency(), with_key(alert("9"), "a", Some(9)))
        .await;
    for n in (1..9).rev() {
        house
            .say(&emergency(), with_key(alert(&n.to_string()), "a", Some(n)))
            .await;
    }
    assert_eq!(house.event(event).reports.len(), 2);
    assert_eq!(standing(&house).text.as_deref(), Some("9"));
    house
        .say(&emergency(), with_key(alert("10"), "a", Some(10)))
        .await;
    assert_eq!(house.event(event).reports.len(), 1);
    let older = house
        .picture()
        .report_state(standing(&house).id)
        .unwrap()
        .older
        .unwrap();
    assert_eq!(older.revisions, 9);
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn an_exercise_and_the_real_thing_are_never_duplicates_whether_or_not_the_draft_says_its_mode()
 {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (real, exercise) = (emergency(), emergency_in(Mode::Exercise));
    let stating = |mode| ReportDraft {
        mode,
        ..alert("water rises")
    };
    let (first, event) = house.report(&real, stating(None)).await;
    let (second, other) = house.report(&exercise, stating(None)).await;
    assert!(second != first && other != event);
    let duplicate = |report| RecordOutcome::Duplicate {
        report: Some(report),
    };
    // The same feed, set to the exercise and back, and drafts that say it themselves.
    for (feed, mode, same) in [
        (&real, None, first),
        (&real, Some(Mode::Actual), first),
        (&exercise, Some(Mode::Actual), first),
        (&exercise, None, second),
        (&real, Some(Mode::Exercise), second),
    ] {
        assert_eq!(house.say(feed, stating(mode)).await, duplicate(same));
    }
    assert_eq!(house.event(event).mode, Mode::Actual);
    assert_eq!(house.event(other).mode, Mode::Exercise);
}

#[tokio::test]
async fn a_revision_of_another_mode_opens_an_event_of_its_own() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (real, exercise) = (emergency(), emergency_in(Mode::Exercise));
    let (_, event) = house
        .report(&real, with_key(alert("0"), "a", Some(0)))
        .await;
    house
        .say(&exercise, with_key(alert("1"), "a", Some(1)))
        .await;
    let modes: Vec<Mode> = house.picture().events().map(|e| e.mode).collect();
    assert_eq!(modes, [Mode::Actual, Mode::Exercise]);
    assert_eq!(house.event(event).reports.len(), 1);
    house.holds_what_the_journal_says().await;
}
