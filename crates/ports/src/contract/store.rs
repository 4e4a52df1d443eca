//! What a store does.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests"
)]

use oneroof_model::{AttachmentId, EventId, FeedId, MessageContext, QuarantineReason};
use uuid::Uuid;

use super::sample::{aside, at, batch, report};
use crate::{
    ArchivedEvent, AttachmentMeta, Batch, Checkpoint, Idempotency, Journal, QuarantinePut,
    RetentionReport, Store,
};

/// A checkpoint of a made-up state.
pub fn checkpoint(fold_version: u32, position: u64) -> Checkpoint {
    Checkpoint {
        fold_version,
        position,
        state: format!("state at {position} ").repeat(1_000).into_bytes(),
        at: at(0),
    }
}

/// A file and its description.
pub fn file(id: AttachmentId, bytes: &[u8]) -> (AttachmentMeta, Vec<u8>) {
    let meta = AttachmentMeta {
        id,
        name: "photo.jpg".to_owned(),
        media_type: "image/jpeg".to_owned(),
        size_bytes: bytes.len() as u64,
        sha256: "0".repeat(64),
        at: at(0),
    };
    (meta, bytes.to_vec())
}

/// Another version of the fold does not read it.
pub async fn the_newest_checkpoint_of_the_version_is_given_and_two_are_kept<S: Journal + Store>(
    s: &S,
) {
    assert_eq!(s.newest_checkpoint(1).await.unwrap(), None);
    for position in [5, 30, 20] {
        s.save_checkpoint(checkpoint(1, position)).await.unwrap();
    }
    let newest = s.newest_checkpoint(1).await.unwrap();
    assert_eq!(newest, Some(checkpoint(1, 30)));
    assert_eq!(s.newest_checkpoint(2).await.unwrap(), None);
    s.save_checkpoint(checkpoint(2, 40)).await.unwrap();
    assert_eq!(
        s.newest_checkpoint(2).await.unwrap(),
        Some(checkpoint(2, 40))
    );
    assert_eq!(
        s.newest_checkpoint(1).await.unwrap(),
        Some(checkpoint(1, 30))
    );
    s.save_checkpoint(checkpoint(2, 50)).await.unwrap();
    assert_eq!(s.newest_checkpoint(1).await.unwrap(), None, "two are kept");
}

fn topic() -> MessageContext {
    MessageContext {
        topic: "t/g".into(),
        separator: '/',
    }
}

async fn put_aside<S: Journal + Store>(s: &S) -> Vec<i64> {
    let all = Batch {
        quarantine: vec![
            aside("f", 1, b"one"),
            QuarantinePut {
                message: Some(topic()),
                ..aside("g", 2, b"twotwo")
            },
            aside("f", 3, b"three"),
            aside("f", 4, b""),
        ],
        ..Batch::default()
    };
    s.append(all, 0).await.unwrap().quarantine_ids
}

/// Newest first; `before` pages on.
pub async fn the_quarantine_is_listed_newest_first_by_feed_and_page<S: Journal + Store>(s: &S) {
    let ids = put_aside(s).await;
    assert_eq!(ids.len(), 4);
    assert!(ids.is_sorted(), "{ids:?}");
    let all = s.quarantine(None, None, 10).await.unwrap();
    let got: Vec<_> = all.iter().map(|q| q.id).collect();
    assert_eq!(got, [ids[3], ids[2], ids[1], ids[0]]);
    let page = s.quarantine(Some("f".into()), None, 2).await.unwrap();
    let got: Vec<_> = page.iter().map(|q| q.id).collect();
    assert_eq!(got, [ids[3], ids[2]]);
    let page = s
        .quarantine(Some("f".into()), Some(ids[2]), 2)
        .await
        .unwrap();
    assert_eq!(page.len(), 1);
    let (one, put) = (&page[0], aside("f", 1, b"one"));
    assert_eq!((one.id, &one.feed, one.at), (ids[0], &put.feed, put.at));
    assert_eq!(
        (&one.reason, one.offset, &one.raw),
        (&put.reason, put.offset, &put.raw)
    );
    assert_eq!((one.attempts, one.released_at), (0, None));
    assert_eq!(s.quarantine_get(ids[0]).await.unwrap().as_ref(), Some(one));
    assert_eq!(s.quarantine_get(9_999).await.unwrap(), None);
}

/// Bytes and records of each feed.
pub async fn the_quarantine_counts_what_waits_by_feed<S: Journal + Store>(s: &S) {
    assert!(s.quarantine_size().await.unwrap().is_empty());
    let ids = put_aside(s).await;
    let (f, g) = (FeedId::from("f"), FeedId::from("g"));
    let size = s.quarantine_size().await.unwrap();
    assert_eq!(
        size,
        [(f.clone(), 8, 3), (g.clone(), 9, 1)],
        "a topic counts as well"
    );
    s.quarantine_tried(ids[0], at(9), Ok(())).await.unwrap();
    let still = QuarantineReason::new("bad.place", "still");
    s.quarantine_tried(ids[2], at(9), Err(still)).await.unwrap();
    let size = s.quarantine_size().await.unwrap();
    assert_eq!(size, [(f, 5, 2), (g, 9, 1)]);
    s.retain(at(100), at(0), at(0)).await.unwrap();
    assert!(s.quarantine_size().await.unwrap().is_empty());
}

/// Tried once more: released, or still refused for another reason.
pub async fn a_released_record_keeps_its_trace_and_no_bytes<S: Journal + Store>(s: &S) {
    let ids = put_aside(s).await;
    let reason = QuarantineReason::new("bad.place", "outside the world");
    s.quarantine_tried(ids[0], at(8), Err(reason.clone()))
        .await
        .unwrap();
    let one = s.quarantine_get(ids[0]).await.unwrap().unwrap();
    assert_eq!((one.attempts, one.released_at), (1, None));
    assert_eq!(
        (&one.reason, one.raw.as_slice()),
        (&reason, b"one".as_slice())
    );
    s.quarantine_tried(ids[0], at(9), Ok(())).await.unwrap();
    let one = s.quarantine_get(ids[0]).await.unwrap().unwrap();
    assert_eq!((one.attempts, one.released_at), (2, Some(at(9))));
    assert!(one.raw.is_empty());
    let other = s.quarantine_get(ids[1]).await.unwrap().unwrap();
    assert_eq!(other.message, Some(topic()), "as it came");
    s.quarantine_tried(ids[1], at(9), Ok(())).await.unwrap();
    let other = s.quarantine_get(ids[1]).await.unwrap().unwrap();
    assert_eq!(other.message, None);
    assert!(s.quarantine_tried(9_999, at(9), Ok(())).await.is_err());
}

/// Newest first, the start within and the end without.
pub async fn archived_events_are_found_by_id_and_by_time<S: Journal + Store>(s: &S) {
    let event = |n: u32, seconds| ArchivedEvent {
        event: EventId(Uuid::from_u128(n.into())),
        occurred: at(seconds),
        json: format!("{{\"n\":{n}}}"),
    };
    let all = vec![event(1, 10), event(2, 30), event(3, 20)];
    s.archive(all).await.unwrap();
    let found = s.archived(event(2, 0).event).await.unwrap();
    assert_eq!(found, Some(event(2, 30)));
    assert_eq!(s.archived(event(9, 0).event).await.unwrap(), None);
    let found = s.archived_between(at(10), at(30), 10).await.unwrap();
    assert_eq!(found, [event(3, 20), event(1, 10)]);
    let found = s.archived_between(at(0), at(99), 1).await.unwrap();
    assert_eq!(found, [event(2, 30)]);
    s.archive(vec![event(2, 5)]).await.unwrap();
    let found = s.archived_between(at(0), at(99), 10).await.unwrap();
    assert_eq!(found.len(), 3, "archived again is replaced");
    assert_eq!(found[2], event(2, 5));
}

/// A description that does not fit is refused.
pub async fn a_file_comes_back_byte_by_byte<S: Journal + Store>(s: &S) {
    let id = AttachmentId(Uuid::from_u128(3));
    assert_eq!(s.attachment(id).await.unwrap(), None);
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let (meta, bytes) = file(id, &bytes);
    s.put_attachment(meta.clone(), bytes.clone()).await.unwrap();
    assert_eq!(s.attachment(id).await.unwrap(), Some((meta.clone(), bytes)));
    let wrong = s.put_attachment(meta, b"short".to_vec()).await;
    assert!(wrong.is_err());
}

/// By the time of each kind.
pub async fn the_retention_drops_what_is_older_and_nothing_else<S: Journal + Store>(s: &S) {
    let old_and_new = |n: i64| Idempotency {
        scope: "f".to_owned(),
        key: n.to_string(),
        digest: [0; 16],
        answer: "{}".to_owned(),
        at: at(n),
    };
    let all = Batch {
        quarantine: vec![aside("f", 10, b"old"), aside("f", 20, b"new")],
        idempotency: vec![old_and_new(10), old_and_new(20)],
        ..batch([report(1)])
    };
    s.append(all, 0).await.unwrap();
    for n in [10, 20_u32] {
        let event = ArchivedEvent {
            event: EventId(Uuid::from_u128(n.into())),
            occurred: at(n.into()),
            json: "{}".to_owned(),
        };
        s.archive(vec![event]).await.unwrap();
        let (mut meta, bytes) = file(AttachmentId(Uuid::from_u128(n.into())), b"x");
        meta.at = at(n.into());
        s.put_attachment(meta, bytes).await.unwrap();
    }
    let done = s.retain(at(20), at(20), at(20)).await.unwrap();
    let one_each = RetentionReport {
        quarantine: 1,
        events: 1,
        attachments: 1,
        requests: 1,
    };
    assert_eq!(done, one_each);
    let again = s.retain(at(20), at(20), at(20)).await.unwrap();
    assert_eq!(again, RetentionReport::default());
    assert_eq!(s.quarantine(None, None, 9).await.unwrap().len(), 1);
    let kept = s.known_request("f".into(), "20".into()).await.unwrap();
    assert!(kept.is_some());
    assert_eq!(s.head().await.unwrap(), 1, "the journal is kept");
}

/// The figures are possible.
pub async fn the_disk_has_room<S: Journal + Store>(s: &S) {
    let disk = s.disk().await.unwrap();
    assert!(disk.free_bytes > 0 && disk.free_bytes <= disk.total_bytes);
    assert!(disk.used_by_us_bytes < disk.total_bytes);
}
