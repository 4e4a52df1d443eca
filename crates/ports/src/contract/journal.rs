//! What a journal does.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests"
)]

use oneroof_model::{
    AttachmentId, CommandId, Erasure, EventId, FeedId, Identifier, IdentifierKind, Receipt,
};
use uuid::Uuid;

use super::sample::{
    aside, at, batch, claim, erased, erased_of, identifiers, personal, plate, report, report_id,
    report_with_file,
};
use super::store::{checkpoint, file};
use crate::{ArchivedEvent, Batch, Idempotency, Journal, Store, StoreError};

/// What goes in comes out: bodies, times and numbers.
pub async fn an_append_under_the_head_is_read_back_as_it_was<S: Journal + Store>(s: &S) {
    assert_eq!(s.head().await.unwrap(), 0);
    let entries = [report(1), report(2), erased(9)];
    let done = s.append(batch(entries.clone()), 0).await.unwrap();
    assert_eq!((done.head, s.head().await.unwrap()), (3, 3));
    let read = s.read(0, 10).await.unwrap();
    assert_eq!(read.len(), 3);
    for (i, (got, put)) in read.iter().zip(&entries).enumerate() {
        assert_eq!(got.seq, i as u64 + 1);
        assert_eq!(got.at, put.at);
        assert_eq!(got.body.as_ref(), Some(&put.body));
    }
}

/// Another writer was first.
pub async fn an_append_under_another_head_writes_nothing<S: Journal + Store>(s: &S) {
    s.append(batch([report(1)]), 0).await.unwrap();
    for expected in [0, 2, u64::MAX] {
        let moved = s.append(batch([report(2)]), expected).await;
        let want = StoreError::HeadMoved {
            expected,
            actual: 1,
        };
        assert_eq!(moved, Err(want));
    }
    assert_eq!(s.read(0, 10).await.unwrap().len(), 1);
}

/// A source id taken in the middle of a batch takes all of the batch back.
pub async fn a_batch_is_written_whole_or_not_at_all<S: Journal + Store>(s: &S) {
    let first = Batch {
        claims: vec![claim("f", "a", 1, 1)],
        ..batch([report(1)])
    };
    s.append(first, 0).await.unwrap();
    let command = CommandId(Uuid::from_u128(5));
    let second = Batch {
        claims: vec![claim("f", "b", 1, 2), claim("f", "a", 1, 3)],
        commands: vec![(command, done_receipt())],
        quarantine: vec![aside("f", 0, b"raw")],
        idempotency: vec![request("f", "k", "{}")],
        ..batch([report(2), report(3)])
    };
    let taken = s.append(second.clone(), 1).await;
    assert!(matches!(taken, Err(StoreError::Failed(_))), "{taken:?}");
    assert_eq!(s.head().await.unwrap(), 1);
    assert_eq!(s.read(0, 10).await.unwrap().len(), 1);
    let known = s.known_sources(vec![("f".into(), "b".into())]).await;
    assert_eq!(known.unwrap(), [vec![]]);
    assert_eq!(s.known_command(command).await.unwrap(), None);
    assert_eq!(s.known_request("f".into(), "k".into()).await.unwrap(), None);
    assert!(s.quarantine_size().await.unwrap().is_empty());

    let mended = Batch {
        claims: vec![claim("f", "b", 1, 2)],
        ..second
    };
    assert_eq!(s.append(mended, 1).await.unwrap().head, 3);
    assert_eq!(s.verify().await.unwrap().broken, None);
}

/// `(feed, key, revision)` is unique; each part of it tells apart.
pub async fn a_revision_of_a_source_id_is_taken_once<S: Journal + Store>(s: &S) {
    let all = [
        claim("f", "a", 1, 1),
        claim("f", "a", 2, 2),
        claim("f", "b", 1, 3),
        claim("g", "a", 1, 4),
    ];
    for (i, c) in all.iter().enumerate() {
        let one = Batch {
            claims: vec![c.clone()],
            ..batch([report(i as u64)])
        };
        s.append(one, i as u64).await.unwrap();
    }
    for c in all {
        let again = Batch {
            claims: vec![c],
            ..batch([report(9)])
        };
        let taken = s.append(again, 4).await;
        assert!(matches!(taken, Err(StoreError::Failed(_))), "{taken:?}");
    }
    let twice = Batch {
        claims: vec![claim("h", "a", 1, 5), claim("h", "a", 1, 6)],
        ..Batch::default()
    };
    assert!(s.append(twice, 4).await.is_err());
}

/// One answer for each question, revisions ascending.
pub async fn known_sources_come_in_the_order_asked_with_all_their_revisions<S: Journal + Store>(
    s: &S,
) {
    let claims = vec![
        claim("f", "a", 7, 1),
        claim("f", "a", -2, 2),
        claim("f", "b", 1, 3),
    ];
    let one = Batch {
        claims,
        ..Batch::default()
    };
    s.append(one, 0).await.unwrap();
    let ask = |feed: &str, key: &str| (FeedId::from(feed), key.to_owned());
    let keys = vec![
        ask("f", "b"),
        ask("f", "nobody"),
        ask("f", "a"),
        ask("g", "a"),
    ];
    let known = s.known_sources(keys).await.unwrap();
    assert_eq!(known.len(), 4);
    assert_eq!(known[0].len(), 1);
    assert!(known[1].is_empty() && known[3].is_empty());
    let revisions: Vec<_> = known[2].iter().map(|k| (k.revision, k.report)).collect();
    assert_eq!(revisions, [(-2, report_id(2)), (7, report_id(1))]);
    assert_eq!(known[0][0].digest, claim("f", "b", 1, 3).digest);
    assert_eq!(known[0][0].at, at(0));
}

fn done_receipt() -> Receipt {
    Receipt::Done {
        repeated: false,
        event: Some(EventId(Uuid::from_u128(7))),
        version: Some(3),
    }
}

/// A command sent twice is carried out once.
pub async fn a_command_is_known_with_its_receipt<S: Journal + Store>(s: &S) {
    let id = CommandId(Uuid::from_u128(5));
    assert_eq!(s.known_command(id).await.unwrap(), None);
    let one = Batch {
        commands: vec![(id, done_receipt())],
        ..batch([report(1)])
    };
    s.append(one.clone(), 0).await.unwrap();
    assert_eq!(s.known_command(id).await.unwrap(), Some(done_receipt()));
    assert!(s.append(one, 1).await.is_err());
    assert_eq!(s.head().await.unwrap(), 1);
}

fn request(scope: &str, key: &str, answer: &str) -> Idempotency {
    Idempotency {
        scope: scope.to_owned(),
        key: key.to_owned(),
        digest: [4; 16],
        answer: answer.to_owned(),
        at: at(0),
    }
}

/// The numbers are only known in the commit.
pub async fn a_repeated_request_gets_the_answer_with_the_numbers_of_the_quarantine<
    S: Journal + Store,
>(
    s: &S,
) {
    let answer = r#"{"records":[{"quarantine_index":1},{"quarantine_index":0}]}"#;
    let one = Batch {
        quarantine: vec![aside("f", 0, b"one"), aside("f", 0, b"two")],
        idempotency: vec![request("f", "k", answer)],
        ..Batch::default()
    };
    let ids = s.append(one, 0).await.unwrap().quarantine_ids;
    let (digest, kept) = s
        .known_request("f".into(), "k".into())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(digest, [4; 16]);
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept["records"][0]["id"], ids[1]);
    assert_eq!(kept["records"][1]["id"], ids[0]);
    assert_eq!(s.known_request("g".into(), "k".into()).await.unwrap(), None);
    let first = s.quarantine_get(ids[0]).await.unwrap().unwrap();
    assert_eq!(first.raw, b"one");
}

/// Pages meet each other and end at the head.
pub async fn reading_goes_page_by_page_without_a_gap<S: Journal + Store>(s: &S) {
    s.append(batch((1..=25).map(report)), 0).await.unwrap();
    let mut seen = Vec::new();
    loop {
        let after = seen.last().copied().unwrap_or(0);
        let page = s.read(after, 10).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 10);
        seen.extend(page.iter().map(|e| e.seq));
    }
    assert_eq!(seen, (1..=25).collect::<Vec<_>>());
    assert!(s.read(25, 10).await.unwrap().is_empty());
    assert!(s.read(0, 0).await.unwrap().is_empty());
}

/// Appends that chain their heads are all taken; of those that fight for one head, one is.
pub async fn many_appends_at_once_take_each_number_once<S: Journal + Store>(s: &S) {
    let fight = tokio::join!(
        s.append(batch([report(1)]), 0),
        s.append(batch([report(2)]), 0),
        s.append(batch([report(3)]), 0),
    );
    let won = [&fight.0, &fight.1, &fight.2];
    assert_eq!(won.iter().filter(|r| r.is_ok()).count(), 1);
    let chained = tokio::join!(
        s.append(batch([report(4)]), 1),
        s.append(batch([report(5)]), 2),
        s.append(batch([report(6)]), 3),
    );
    let heads = [chained.0, chained.1, chained.2].map(|r| r.unwrap().head);
    assert_eq!(heads, [2, 3, 4]);
    assert_eq!(s.verify().await.unwrap().entries, 4);
    assert_eq!(s.verify().await.unwrap().broken, None);
}

/// The payload is gone, the header and the chain stay.
pub async fn an_erased_report_is_gone_and_the_chain_still_verifies<S: Journal + Store>(s: &S) {
    s.append(batch([report(1), report(2)]), 0).await.unwrap();
    let before = s.verify().await.unwrap();
    assert_eq!((before.entries, before.erased, before.broken), (2, 0, None));
    let later = report(2).at.plus_secs(1);
    let old = async || s.reports_before(later, Erasure::Report, 10).await.unwrap();
    assert_eq!(old().await, [report_id(1), report_id(2)]);
    assert_eq!(
        s.reports_before(later, Erasure::Report, 1).await.unwrap(),
        [report_id(1)]
    );
    assert!(
        s.reports_before(report(1).at, Erasure::Report, 9)
            .await
            .unwrap()
            .is_empty()
    );
    s.append(batch([erased(1)]), 2).await.unwrap();
    s.erase(report_id(1), Erasure::Report).await.unwrap();
    assert_eq!(old().await, [report_id(2)]);
    let read = s.read(0, 10).await.unwrap();
    assert_eq!((&read[0].body, read[0].erased), (&None, Some(report_id(1))));
    assert_eq!(read[1].erased, None);
    assert_eq!(read[0].at, report(1).at);
    assert_eq!(read[1].body, Some(report(2).body));
    let after = s.verify().await.unwrap();
    assert_eq!((after.entries, after.erased, after.broken), (3, 1, None));
    assert_ne!(after.head_hash, before.head_hash);
    assert_eq!(after.head_hash.len(), 64);
    // Twice is not wrong.
    s.erase(report_id(1), Erasure::Report).await.unwrap();
    s.append(batch([report(3)]), 3).await.unwrap();
    assert_eq!(s.verify().await.unwrap().broken, None);
}

/// What points at persons goes sooner than the rest, and leaves the archive as well.
pub async fn personal_identifiers_are_erased_apart_from_their_report<S: Journal + Store>(s: &S) {
    let entries = [report(1), identifiers(1), report(2), identifiers(2)];
    s.append(batch(entries), 0).await.unwrap();
    let later = report(2).at.plus_secs(1);
    let old = async |what| s.reports_before(later, what, 10).await.unwrap();
    assert_eq!(
        old(Erasure::Identifiers).await,
        [report_id(1), report_id(2)]
    );
    assert_eq!(old(Erasure::Report).await, [report_id(1), report_id(2)]);
    let imo = Identifier {
        kind: IdentifierKind::Imo,
        value: "9074729".to_owned(),
    };
    let reports = [1, 2].map(|n| {
        let found = serde_json::json!([plate(n), imo]);
        serde_json::json!({"report": {"id": report_id(n), "identifiers": found}})
    });
    let id = EventId(Uuid::from_u128(7));
    let archived = ArchivedEvent {
        event: id,
        occurred: at(0),
        json: serde_json::json!({ "event": {}, "reports": reports }).to_string(),
    };
    s.archive(vec![archived]).await.unwrap();
    let order = erased_of(1, Erasure::Identifiers);
    s.append(batch([order]), 4).await.unwrap();
    // The order names a part, and no more than that goes.
    let refused = s.erase(report_id(1), Erasure::Report).await;
    assert!(matches!(refused, Err(StoreError::Failed(_))), "{refused:?}");
    s.erase(report_id(1), Erasure::Identifiers).await.unwrap();

    let first = s.report(report_id(1)).await.unwrap().unwrap();
    assert!(first.id == report_id(1) && !first.identifiers.contains(&plate(1)));
    let whole = s.report(report_id(2)).await.unwrap().unwrap();
    assert!(whole.identifiers.contains(&plate(2)), "{whole:?}");
    assert_eq!(s.report(report_id(9)).await.unwrap(), None);
    assert_eq!(old(Erasure::Identifiers).await, [report_id(2)]);
    assert_eq!(old(Erasure::Report).await, [report_id(1), report_id(2)]);
    let read = s.read(0, 10).await.unwrap();
    assert_eq!(read[0].body, Some(report(1).body));
    assert_eq!((&read[1].body, read[1].erased), (&None, Some(report_id(1))));
    assert_eq!(read[3].body, Some(identifiers(2).body));
    let found = s.verify().await.unwrap();
    assert_eq!((found.entries, found.erased, found.broken), (5, 1, None));
    let left = s.archived(id).await.unwrap().unwrap();
    assert!(!left.json.contains(&plate(1).value), "{}", left.json);
    assert!(left.json.contains(&plate(2).value) && left.json.matches("9074729").count() == 2);
    // The rest can still go.
    s.append(batch([erased(1)]), 5).await.unwrap();
    assert!(s.has_report(report_id(1)).await.unwrap());
    s.erase(report_id(1), Erasure::Report).await.unwrap();
    assert!(!s.has_report(report_id(1)).await.unwrap());
    assert_eq!(s.report(report_id(1)).await.unwrap(), None);
    assert_eq!(s.verify().await.unwrap().broken, None);
}

/// Nothing vanishes without a trace in the journal.
pub async fn an_erasure_without_its_entry_is_refused<S: Journal + Store>(s: &S) {
    s.append(batch([report(1)]), 0).await.unwrap();
    let refused = s.erase(report_id(1), Erasure::Report).await;
    assert!(matches!(refused, Err(StoreError::Failed(_))), "{refused:?}");
    assert!(s.read(0, 1).await.unwrap()[0].body.is_some());
}

/// What was made from the report goes with it; what belongs to others stays.
pub async fn an_erasure_takes_files_twins_archive_and_checkpoints_along<S: Journal + Store>(s: &S) {
    let (mine, other) = (
        AttachmentId(Uuid::from_u128(1)),
        AttachmentId(Uuid::from_u128(2)),
    );
    for id in [mine, other] {
        let (meta, bytes) = file(id, b"photo");
        s.put_attachment(meta, bytes).await.unwrap();
    }
    let same = claim("f", "ICR-77-2026", 1, 1);
    let mut twin = aside("f", 0, b"another text");
    twin.digest = same.digest;
    let all = Batch {
        claims: vec![
            same,
            claim("f", "sha256:abcd", 1, 1),
            claim("f", "x-2", 1, 2),
        ],
        quarantine: vec![
            twin,
            aside("f", 0, b"{\"id\":\"ICR-77-2026\"}"),
            aside("f", 0, b"{\"id\":\"x-2\"}"),
            aside("g", 0, b"{\"id\":\"ICR-77-2026\"}"),
        ],
        ..batch([report_with_file(1, Some(mine)), report(2)])
    };
    let ids = s.append(all, 0).await.unwrap().quarantine_ids;
    for n in [1, 2] {
        let event = ArchivedEvent {
            event: EventId(Uuid::from_u128(n.into())),
            occurred: at(0),
            json: format!("{{\"reports\":[\"{}\"]}}", report_id(n)),
        };
        s.archive(vec![event]).await.unwrap();
    }
    s.save_checkpoint(checkpoint(1, 2)).await.unwrap();
    s.append(batch([erased(1)]), 2).await.unwrap();
    s.erase(report_id(1), Erasure::Report).await.unwrap();

    assert_eq!(s.attachment(mine).await.unwrap(), None);
    assert!(s.attachment(other).await.unwrap().is_some());
    let left = s.quarantine(None, None, 10).await.unwrap();
    let left: Vec<_> = left.iter().map(|q| q.id).collect();
    assert_eq!(left, [ids[3], ids[2]]);
    let archived = s.archived(EventId(Uuid::from_u128(1))).await.unwrap();
    assert_eq!(archived, None);
    let archived = s.archived(EventId(Uuid::from_u128(2))).await.unwrap();
    assert!(archived.is_some());
    assert_eq!(s.newest_checkpoint(1).await.unwrap(), None);
    let keys = ["ICR-77-2026", "sha256:abcd", "x-2"];
    let keys = keys.map(|k| (FeedId::from("f"), k.to_owned())).to_vec();
    let known = s.known_sources(keys).await.unwrap();
    assert_eq!(
        known[0][0].digest, [0; 16],
        "the id stays taken, without digest"
    );
    assert!(
        known[1].is_empty(),
        "a digest of the content is the content's"
    );
    assert_eq!(known[2][0].digest, claim("f", "x-2", 1, 2).digest);
}

/// Encryption is not seen from outside.
pub async fn a_personal_payload_reads_as_it_was_and_is_erased_like_others<S: Journal + Store>(
    s: &S,
) {
    let entries = [
        personal(report(1)),
        personal(report(2)),
        personal(erased(1)),
    ];
    s.append(batch(entries.clone()), 0).await.unwrap();
    let read = s.read(0, 10).await.unwrap();
    for (got, put) in read.iter().zip(&entries) {
        assert_eq!(got.body.as_ref(), Some(&put.body));
    }
    s.erase(report_id(1), Erasure::Report).await.unwrap();
    let read = s.read(0, 10).await.unwrap();
    assert_eq!(read[0].body, None);
    assert_eq!(read[1].body, Some(report(2).body));
    let after = s.verify().await.unwrap();
    assert_eq!((after.entries, after.erased, after.broken), (3, 1, None));
}
