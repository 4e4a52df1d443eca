//! What is erased: old reports, what in them points at persons, one report by order. A replay still knows that it was
//! there.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests"
)]

mod common;

use common::{House, at, draft, emergency, police, river, with_text};
use oneroof_model::{
    Actor, CommandBody, CommandRefusal, EntryBody, Erasure, EventId, Identifier, IdentifierKind,
    Receipt, ReportDraft, ReportId,
};
use oneroof_picture::Picture;
use oneroof_ports::Journal as _;
use oneroof_wire::project::Reports as _;

fn said(text: &str) -> ReportDraft {
    with_text(draft("UBC01", at(0, 40, 0), river()), text)
}

#[tokio::test]
async fn the_content_of_old_reports_goes_and_a_replay_still_knows_that_they_were_there() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (_, old) = house.report(&police(), said("six persons by name")).await;
    house.at(2, 0, 0);
    let (_, young) = house.report(&emergency(), said("a cry")).await;
    house.at(3, 0, 0);
    house.room.checkpoint().await.unwrap();

    assert_eq!(
        house.room.erase_before(at(1, 0, 0), Erasure::Report).await,
        Ok(1)
    );
    assert_eq!(
        house.room.erase_before(at(1, 0, 0), Erasure::Report).await,
        Ok(0)
    );
    let picture = house.picture();
    let event = picture.event(old).unwrap().clone();
    let gone = event.reports[0].report;
    assert_eq!(picture.report(gone), None);
    assert_eq!(picture.anomalies(), 0);
    let kept = picture.event(young).unwrap().reports[0].report;
    assert!(picture.report(kept).is_some());

    let replayed = house.replayed().await;
    assert_eq!(replayed.anomalies(), 0);
    assert_eq!(replayed.event_of(gone), Some(old));
    assert_eq!(replayed.event(old).unwrap().curation, event.curation);
    assert!(replayed.report(kept).is_some());
    let again = house.again().await;
    assert_eq!(
        again.picture().event(old),
        Some(&event),
        "from the checkpoint"
    );
    for entry in house.store.read(0, usize::MAX).await.unwrap() {
        let text = serde_json::to_string(&entry.body.map(|b| b.to_entry().unwrap())).unwrap();
        assert!(!text.contains("by name"), "{text}");
    }
}

fn plate(value: &str) -> Identifier {
    Identifier {
        kind: IdentifierKind::Plate,
        value: value.to_owned(),
    }
}

fn of_a_van(title: &str, value: &str) -> ReportDraft {
    let imo = Identifier {
        kind: IdentifierKind::Imo,
        value: "9074729".to_owned(),
    };
    ReportDraft {
        identifiers: vec![plate(value), imo],
        ..said(title)
    }
}

/// Kinds of the identifiers of the first report of an event.
fn kinds(picture: &Picture, event: EventId) -> Vec<IdentifierKind> {
    let report = picture.event(event).unwrap().reports[0].report;
    let report = picture.report(report).unwrap();
    report.identifiers.iter().map(|i| i.kind).collect()
}

#[tokio::test]
async fn what_points_at_persons_goes_sooner_than_the_report() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (_, old) = house.report(&police(), of_a_van("a van", "AO1234BK")).await;
    house.at(2, 0, 0);
    let (_, young) = house
        .report(&emergency(), of_a_van("a crash", "BC7788AA"))
        .await;
    house.room.checkpoint().await.unwrap();
    let both = [IdentifierKind::Imo, IdentifierKind::Plate];
    assert_eq!(kinds(&house.picture(), old), both);

    let gone = house
        .room
        .erase_before(at(1, 0, 0), Erasure::Identifiers)
        .await;
    assert_eq!(gone, Ok(1));
    let again = house
        .room
        .erase_before(at(1, 0, 0), Erasure::Identifiers)
        .await;
    assert_eq!(again, Ok(0));
    assert_eq!(kinds(&house.picture(), old), [IdentifierKind::Imo]);
    assert_eq!(kinds(&house.picture(), young), both);
    for picture in [house.replayed().await, house.again().await.picture()] {
        assert_eq!(picture.anomalies(), 0);
        assert_eq!(kinds(&picture, old), [IdentifierKind::Imo]);
        assert_eq!(kinds(&picture, young), both);
    }
    for entry in house.store.read(0, usize::MAX).await.unwrap() {
        let text = serde_json::to_string(&entry.body.map(|b| b.to_entry().unwrap())).unwrap();
        assert!(!text.contains("AO1234BK"), "{text}");
    }
}

#[tokio::test]
async fn one_report_is_erased_by_order_and_an_unknown_one_is_not_there() {
    let house = House::open().await;
    house.at(0, 45, 0);
    let (_, event) = house.report(&police(), of_a_van("a van", "AO1234BK")).await;
    let report = house.picture().event(event).unwrap().reports[0].report;
    let order = |report, what, reason: &str| CommandBody::EraseReport {
        report,
        what,
        reason: reason.to_owned(),
    };
    let unknown = ReportId(uuid::Uuid::from_u128(7));
    let refused = house
        .ask(order(unknown, Erasure::Report, "court order 12"))
        .await;
    assert!(
        matches!(&refused, Receipt::Refused { refusal: CommandRefusal::NotFound { what } } if what == "report"),
        "{refused:?}"
    );
    let without_reason = house.ask(order(report, Erasure::Report, " ")).await;
    assert!(matches!(without_reason, Receipt::Refused { .. }));
    let why = "court order 12/2026";
    house.done(order(report, Erasure::Identifiers, why)).await;
    assert_eq!(kinds(&house.picture(), event), [IdentifierKind::Imo]);
    house.done(order(report, Erasure::Report, why)).await;
    assert_eq!(house.picture().report(report), None);
    let replayed = house.replayed().await;
    assert_eq!((replayed.anomalies(), replayed.report(report)), (0, None));
    let entries = house.store.read(0, usize::MAX).await.unwrap();
    let told = entries.iter().any(|e| {
        matches!(&e.body, Some(EntryBody::Erased { reason, by: Actor::Person { .. }, .. }) if reason == why)
    });
    assert!(told, "who ordered it and why stands in the journal");
}
