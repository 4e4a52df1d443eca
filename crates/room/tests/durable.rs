//! The journal is the truth: what was answered is in it, what is not in it was never seen.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

mod common;

use std::sync::Arc;

use common::{
    House, assert_same, at, draft, emergency, police, river, sensors, with_key, with_text,
};
use oneroof_model::{
    CommandBody, DismissReason, Draft, EntryBody, EventImpact, EventState, FiguresDraft,
    QuarantineReason, RecordOutcome, ReportDraft, SectionLevel, UnitDraft, UnitStatus,
};
use oneroof_picture::{Change, FOLD_VERSION, Picture};
use oneroof_ports::{Batch, Checkpoint, Journal as _, NewEntry, Store as _, StoreError};
use oneroof_room::{Original, Record, RequestKey, Submission, SubmitError};

fn said(text: &str) -> ReportDraft {
    with_text(draft("UBC01", at(0, 40, 0), river()), text)
}

fn unit_and_figures() -> [Draft; 2] {
    [
        Draft::Unit(UnitDraft {
            unit: "BG-P-014".into(),
            org: None,
            name: Some("Patrol 14".to_owned()),
            kind: None,
            status: Some(UnitStatus::EnRoute),
            at: None,
        }),
        Draft::Figures(FiguresDraft {
            bcp: "UAPL07".into(),
            at: None,
            cars_waiting: Some(40),
            trucks_waiting: None,
            buses_waiting: None,
            wait_min: Some(95),
            persons_per_h: None,
            state: None,
        }),
    ]
}

/// A bit of everything that the room does.
async fn busy() -> House {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (_, a) = house
        .report(&police(), with_key(said("six persons"), "1", Some(1)))
        .await;
    let cry = draft("MAR05", at(0, 41, 0), river());
    let (_, b) = house.report(&emergency(), cry).await;
    let drafts = unit_and_figures();
    house
        .room
        .submit(house.submission(&police(), drafts))
        .await
        .unwrap();
    let suggestion = house.suggestions()[0].id;
    house
        .done(CommandBody::AcceptSuggestion { suggestion })
        .await;
    house
        .say(&police(), with_key(said("seven persons"), "1", Some(2)))
        .await;
    house
        .done(CommandBody::Unmerge {
            survivor: a,
            absorbed: b,
        })
        .await;
    house
        .done(CommandBody::SetImpact {
            event: a,
            impact: EventImpact::High,
        })
        .await;
    let (section, level) = ("UA-RO-01".into(), SectionLevel::Critical);
    house
        .done(CommandBody::SetSectionLevel { section, level })
        .await;
    house
}

#[tokio::test]
async fn the_journal_alone_gives_the_picture_that_was_published() {
    let house = busy().await;
    house.holds_what_the_journal_says().await;
    let picture = house.picture();
    assert!(picture.position() > 12, "{}", picture.position());
    assert_eq!(Ok(picture.position()), house.store.head().await);
    assert_eq!(house.store.verify().await.unwrap().broken, None);
    // Up to a moment, it gives what was known then.
    let mut then = Picture::default();
    for e in house.store.read(0, 3).await.unwrap() {
        then.apply(e.seq, e.at, e.body);
    }
    assert_eq!((then.events().count(), then.position()), (1, 3));
}

#[tokio::test]
async fn a_restart_from_a_checkpoint_and_the_tail_gives_the_same_picture() {
    let house = busy().await;
    let saved = house.room.checkpoint().await.unwrap();
    assert_eq!(saved, house.picture().position());
    house
        .report(&sensors(), draft("SYS01", at(0, 42, 0), river()))
        .await;
    let before = house.picture();
    assert!(before.position() > saved);
    let house = house.again().await;
    assert_same(&house.picture(), &before);
    // It goes on where it stood: the next report is compared with what was there.
    let known = house.picture().suggestions().count();
    house.report(&emergency(), said("one more")).await;
    assert!(house.picture().suggestions().count() > known);
    house.holds_what_the_journal_says().await;
}

#[tokio::test]
async fn a_room_that_ends_in_good_order_leaves_a_checkpoint_of_all_that_it_knew() {
    let house = busy().await;
    let picture = house.picture();
    let store = house.close().await;
    let newest = store
        .newest_checkpoint(FOLD_VERSION)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(newest.position, picture.position());
    assert_same(&Picture::from_checkpoint(&newest.state).unwrap(), &picture);
}

#[tokio::test]
async fn a_damaged_checkpoint_is_a_lost_cache_and_no_lost_picture() {
    let house = busy().await;
    let picture = house.picture();
    let whole = picture.to_checkpoint().unwrap();
    let half = whole[..whole.len() / 2].to_vec();
    let cases = [
        ("cut off", picture.position(), half),
        ("of another position", picture.position() - 1, whole.clone()),
        (
            "of entries that were never written",
            picture.position() + 5,
            whole,
        ),
    ];
    for (what, position, state) in cases {
        let checkpoint = Checkpoint {
            fold_version: FOLD_VERSION,
            position,
            state,
            at: at(0, 50, 0),
        };
        house.store.save_checkpoint(checkpoint).await.unwrap();
        let again = house.again().await;
        assert_eq!(again.picture(), picture, "{what}");
    }
}

#[tokio::test]
async fn a_configuration_is_journalled_at_the_start_where_it_differs_and_only_there() {
    let house = House::open().await;
    let of = |house: &House| house.picture().position();
    assert_eq!(of(&house), 1);
    assert_eq!(of(&house.again().await), 1);
    let mut config = common::config().room_config();
    config.hash = "00".repeat(32);
    house.room.configure(config).await.unwrap();
    assert_eq!(house.picture().config().hash, "00".repeat(32));
    assert_eq!(
        of(&house.again().await),
        3,
        "back to the one that is in the folder"
    );
}

#[tokio::test]
async fn a_failed_commit_is_an_error_to_everyone_in_it_and_nothing_of_it_is_seen() {
    let house = busy().await;
    let before = house.picture();
    let mut updates = house.room.updates();
    let event = before.events().next().unwrap().id;
    let set = house.command(
        CommandBody::SetImpact {
            event,
            impact: EventImpact::Low,
        },
        None,
    );
    house.store.fill_disk_for_one_append();
    let (one, other) = (sensors(), emergency());
    let (a, b, c) = tokio::join!(
        house.submit(&one, [said("a")]),
        house.submit(&other, [said("b")]),
        house.room.command(set.clone()),
    );
    let full = |e: &SubmitError| matches!(e, SubmitError::Store(StoreError::Full(_)));
    assert!(a.is_err_and(|e| full(&e)) && b.is_err_and(|e| full(&e)));
    assert!(c.is_err_and(|e| full(&e)));
    assert_same(&house.picture(), &before);
    assert!(updates.try_recv().is_err(), "nobody was told");
    house.holds_what_the_journal_says().await;

    // Nothing was built upon it either: the same again is new, and is decided as if it were the first.
    let (_, opened) = house.report(&sensors(), said("a")).await;
    assert_eq!(house.event(opened).reports.len(), 1);
    house.room.command(set).await.unwrap();
    assert_eq!(house.event(event).curation.impact.value, EventImpact::Low);
    house.holds_what_the_journal_says().await;
    assert!(updates.try_recv().is_ok());
}

#[tokio::test]
async fn everyone_in_a_batch_that_fails_is_told_so() {
    let house = busy().await;
    let before = house.picture();
    let event = before.events().next().unwrap().id;
    let request = |mut s: Submission, key: &str| {
        s.request = Some(RequestKey {
            key: key.to_owned(),
            digest: [1; 16],
        });
        s
    };
    let record = |d: ReportDraft| [Draft::Report(Box::new(d))];
    let new = request(house.submission(&sensors(), record(said("new"))), "k");
    let duplicate = house.submission(
        &police(),
        record(with_key(said("six persons"), "1", Some(1))),
    );
    let mut nonsense = house.submission(&emergency(), []);
    nonsense.records.push(reject("decode.json"));
    let refused = house.command(
        CommandBody::Merge {
            survivor: event,
            absorbed: event,
        },
        None,
    );
    let done = house.command(
        CommandBody::SetImpact {
            event,
            impact: EventImpact::Low,
        },
        None,
    );
    let mut config = common::config().room_config();
    config.hash = "11".repeat(32);

    let failed = StoreError::Failed("ordered by the test".to_owned());
    house.store.fail_next_append(failed.clone());
    let senders = async {
        tokio::join!(
            house.room.submit(new.clone()),
            house.room.submit(duplicate),
            house.room.submit(nonsense),
        )
    };
    let officers = async { tokio::join!(house.room.command(refused), house.room.command(done)) };
    let (senders, officers, configured) =
        tokio::join!(senders, officers, house.room.configure(config));
    let told = SubmitError::Store(failed);
    for answer in <[_; 3]>::from(senders) {
        assert_eq!(answer, Err(told.clone()));
    }
    for answer in <[_; 2]>::from(officers) {
        assert_eq!(answer, Err(told.clone()));
    }
    assert_eq!(configured, Err(told));
    assert_same(&house.picture(), &before);
    assert_eq!(house.store.quarantine(None, None, 9).await.unwrap(), []);
    // The key of the request was not taken.
    assert!(!house.room.submit(new).await.unwrap().repeated);
}

fn reject(code: &str) -> Record {
    Record::Reject {
        reason: QuarantineReason::new(code, "ordered by the test"),
        original: Original {
            raw: Arc::from(code.as_bytes()),
            offset: 7,
            digest: [7; 16],
            message: None,
        },
    }
}

#[tokio::test]
async fn another_writer_of_the_journal_is_noticed_and_nothing_is_taken() {
    let house = busy().await;
    let before = house.picture();
    let entry = NewEntry {
        at: at(0, 46, 0),
        body: EntryBody::EventsArchived { events: Vec::new() },
        personal: false,
    };
    let batch = Batch {
        entries: vec![entry],
        ..Batch::default()
    };
    house.store.append(batch, before.position()).await.unwrap();
    let answer = house.submit(&sensors(), [said("a")]).await;
    let moved = StoreError::HeadMoved {
        expected: before.position(),
        actual: before.position() + 1,
    };
    assert_eq!(answer, Err(moved.into()));
    assert_same(&house.picture(), &before);
}

#[tokio::test]
async fn what_cannot_be_taken_is_put_aside_under_the_number_that_is_told() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let swapped = common::place(23.3, 47.98, oneroof_model::PlaceKind::Gnss);
    let drafts = [said("good"), draft("UBC01", at(0, 40, 0), swapped)];
    let drafts = drafts.map(|d| Draft::Report(Box::new(d)));
    let mut both = house.submission(&police(), drafts);
    both.records.push(reject("decode.json"));
    let mut other = house.submission(&emergency(), []);
    other.records.push(reject("decode.xml"));
    let (a, b) = tokio::join!(house.room.submit(both), house.room.submit(other));
    let (a, b) = (a.unwrap().outcomes, b.unwrap().outcomes);
    assert!(matches!(a[0], RecordOutcome::Accepted { .. }));
    let mut told = Vec::new();
    for outcome in [&a[1], &a[2], &b[0]] {
        let RecordOutcome::Quarantined { id, reason } = outcome else {
            panic!("{outcome:?}");
        };
        let kept = house.store.quarantine_get(*id).await.unwrap().unwrap();
        assert_eq!(kept.reason, *reason);
        assert!(!kept.raw.is_empty());
        told.push((kept.feed.0, reason.code.clone()));
    }
    let told: Vec<(&str, &str)> = told.iter().map(|(f, c)| (&**f, &**c)).collect();
    assert_eq!(
        told,
        [
            ("police-cad", "bad.swapped_coordinates"),
            ("police-cad", "decode.json"),
            ("emergency-112", "decode.xml"),
        ]
    );
    assert_eq!(house.picture().reports().count(), 1);
}

#[tokio::test]
async fn a_repeated_request_gets_the_answer_of_the_first_with_its_numbers() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let mut request = house.submission(&police(), [Draft::Report(Box::new(said("a")))]);
    request.records.push(reject("decode.json"));
    request.request = Some(RequestKey {
        key: "k".to_owned(),
        digest: [1; 16],
    });
    // Another of the same batch takes the first place in the quarantine.
    let mut other = house.submission(&emergency(), []);
    other.records.push(reject("decode.xml"));
    let (_, first, again) = tokio::join!(
        house.room.submit(other),
        house.room.submit(request.clone()),
        house.room.submit(request.clone()),
    );
    let (first, again) = (first.unwrap(), again.unwrap());
    assert!(matches!(
        first.outcomes[1],
        RecordOutcome::Quarantined { id: 2, .. }
    ));
    assert!(!first.repeated && again.repeated);
    assert_eq!(again.outcomes, first.outcomes, "in one batch");
    let later = house.room.submit(request.clone()).await.unwrap();
    assert_eq!(
        (later.repeated, &later.outcomes),
        (true, &first.outcomes),
        "later"
    );
    let house = house.again().await;
    let later = house.room.submit(request.clone()).await.unwrap();
    assert_eq!(
        (later.repeated, &later.outcomes),
        (true, &first.outcomes),
        "after a restart"
    );
    assert_eq!(house.picture().reports().count(), 1);
    assert_eq!(
        house.store.quarantine(None, None, 9).await.unwrap().len(),
        2
    );

    // Another request under the same key is an error; another feed's key is its own.
    let mut mismatch = request.clone();
    mismatch.request.as_mut().unwrap().digest = [2; 16];
    assert_eq!(
        house.room.submit(mismatch).await,
        Err(SubmitError::RequestMismatch)
    );
    request.feed = emergency();
    assert!(!house.room.submit(request).await.unwrap().repeated);
}

#[tokio::test]
async fn who_follows_is_told_of_each_commit_once_and_after_it() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let mut updates = house.room.updates();
    let (report, event) = house.report(&police(), said("a")).await;
    let update = updates.try_recv().unwrap();
    assert_eq!(update.position, house.picture().position());
    assert_eq!(
        update.changes,
        [Change::Event(event), Change::Report(report)]
    );
    assert!(updates.try_recv().is_err());
    // A duplicate and a refusal are no news.
    house.submit(&police(), [said("a")]).await.unwrap();
    house
        .ask(CommandBody::Merge {
            survivor: event,
            absorbed: event,
        })
        .await;
    assert!(updates.try_recv().is_err());
}

#[tokio::test]
async fn what_is_over_leaves_memory_for_the_archive_together_with_what_it_absorbed() {
    let house = busy().await;
    let (a, b) = {
        let picture = house.picture();
        let mut events = picture.events().map(|e| e.id);
        (events.next().unwrap(), events.next().unwrap())
    };
    house
        .done(CommandBody::Merge {
            survivor: a,
            absorbed: b,
        })
        .await;
    let (_, open) = house.report(&sensors(), said("still open")).await;
    let dismiss = CommandBody::SetState {
        event: a,
        state: EventState::Dismissed,
        reason: Some(DismissReason::FalseAlarm),
    };
    house.done(dismiss).await;
    assert_eq!(
        house.room.housekeep(at(0, 45, 0)).await,
        Ok(0),
        "not old enough"
    );
    house.at(9, 0, 0);
    assert_eq!(house.room.housekeep(at(8, 0, 0)).await, Ok(2));
    let left: Vec<_> = house.picture().events().map(|e| e.id).collect();
    assert_eq!(left, [open]);
    assert_eq!(house.picture().reports().count(), 1);
    for id in [a, b] {
        let kept = house.store.archived(id).await.unwrap().unwrap();
        assert!(
            kept.json.contains(&format!("\"id\":\"{id}\"")),
            "{}",
            kept.json
        );
    }
    house.holds_what_the_journal_says().await;
    assert_same(&house.again().await.picture(), &house.picture());
}
