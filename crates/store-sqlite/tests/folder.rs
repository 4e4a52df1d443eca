//! The data folder: one writer, versions, damage, and room on the disk.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::path::Path;

use oneroof_ports::contract::sample::{batch, claim, personal, report, report_id};
use oneroof_ports::contract::store::checkpoint;
use oneroof_ports::{Batch, Journal as _, Store as _, StoreError};
use oneroof_store_sqlite::{HistoryOptions, OpenError, Options, SqliteHistory, SqliteStore};

fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder, &Options::default()).unwrap()
}

#[tokio::test]
async fn a_second_server_on_one_folder_is_refused_and_told_who_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let second = SqliteStore::open(folder.path(), &Options::default()).unwrap_err();
    assert!(matches!(second, OpenError::InUse { .. }), "{second}");
    let process = format!("process {}", std::process::id());
    assert!(second.to_string().contains(&process), "{second}");
    first.append(batch([report(1)]), 0).await.unwrap();
    drop(first);
    assert_eq!(open(folder.path()).head().await.unwrap(), 1);
}

#[test]
fn a_newer_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let file = folder.path().join("oneroof.sqlite");
    let conn = rusqlite::Connection::open(&file).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    drop(conn);
    let newer = SqliteStore::open(folder.path(), &Options::default()).unwrap_err();
    assert!(
        matches!(newer, OpenError::Newer { found: 99, .. }),
        "{newer}"
    );
    assert!(newer.to_string().contains("has version 99"), "{newer}");
    let conn = rusqlite::Connection::open(&file).unwrap();
    let version: i64 = conn
        .pragma_query_value(None, "user_version", |r| r.get(0))
        .unwrap();
    assert_eq!(version, 99);
}

#[test]
fn a_database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let conn = rusqlite::Connection::open(folder.path().join("oneroof.sqlite")).unwrap();
    conn.execute_batch("CREATE TABLE songs (name TEXT)")
        .unwrap();
    drop(conn);
    let foreign = SqliteStore::open(folder.path(), &Options::default()).unwrap_err();
    assert!(matches!(foreign, OpenError::Foreign { .. }), "{foreign}");
}

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let first = Batch {
        claims: vec![claim("f", "a", 1, 1)],
        ..batch([report(1), personal(report(2))])
    };
    store.append(first, 0).await.unwrap();
    let hash = store.verify().await.unwrap().head_hash;
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.verify().await.unwrap().head_hash, hash);
    assert_eq!(
        store
            .append(batch([personal(report(3))]), 2)
            .await
            .unwrap()
            .head,
        3
    );
    let read = store.read(0, 9).await.unwrap();
    assert_eq!(read[1].body, Some(report(2).body));
    assert_eq!(read[2].body, Some(report(3).body));
    assert_eq!(store.verify().await.unwrap().broken, None);
}

#[tokio::test]
async fn a_full_store_refuses_the_sender_writes_nothing_and_works_again_after_room_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.set_max_bytes(Some(400_000)).await.unwrap();
    let mut head = 0;
    let refused = loop {
        let n = head + 1;
        let next = Batch {
            claims: vec![claim("f", &n.to_string(), 1, n)],
            ..batch((0..4).map(|i| report(n * 10 + i)))
        };
        match store.append(next, head).await {
            Ok(done) => head = done.head,
            Err(e) => break e,
        }
        assert!(head < 10_000, "the bound holds nothing back");
    };
    assert!(matches!(refused, StoreError::Full(_)), "{refused:?}");
    assert!(head > 40, "{head}");
    assert_eq!(store.head().await.unwrap(), head);
    let whole = store.verify().await.unwrap();
    assert_eq!((whole.entries, whole.broken), (head, None));
    let half = vec![("f".into(), (head + 1).to_string())];
    assert_eq!(store.known_sources(half).await.unwrap(), [vec![]]);

    store.set_max_bytes(None).await.unwrap();
    let again = store.append(batch([report(1)]), head).await.unwrap();
    assert_eq!(again.head, head + 1);
    assert_eq!(store.verify().await.unwrap().broken, None);
}

#[tokio::test]
async fn damage_is_named_with_file_and_page_or_with_the_entry() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.append(batch((1..200).map(report)), 0).await.unwrap();
    drop(store);
    let file = folder.path().join("oneroof.sqlite");
    let mut bytes = std::fs::read(&file).unwrap();
    let page = 4_096;
    let middle = bytes.len() / page / 2 * page;
    bytes[middle..middle + page].fill(0xa5);
    std::fs::write(&file, bytes).unwrap();
    // Found when opening or when reading, by where it lies.
    let damaged = match SqliteStore::open(folder.path(), &Options::default()) {
        Ok(store) => store.verify().await.unwrap_err(),
        Err(e) => e.into(),
    };
    assert!(matches!(damaged, StoreError::Damaged { .. }), "{damaged:?}");
    assert!(
        damaged.to_string().contains("oneroof.sqlite page "),
        "{damaged}"
    );
}

#[tokio::test]
async fn a_changed_payload_header_or_a_payload_taken_away_breaks_the_check_at_its_entry() {
    for (sql, at, why) in [
        (
            "UPDATE payloads SET body = '{}', encoding = 0 WHERE seq = 3",
            3,
            "digest",
        ),
        (
            "UPDATE headers SET at_us = at_us + 1 WHERE seq = 2",
            2,
            "hash",
        ),
        (
            "UPDATE payloads SET body = NULL, salt = NULL WHERE seq = 4",
            4,
            "erased",
        ),
        ("DELETE FROM payloads WHERE seq = 4", 4, "row"),
        (
            "DELETE FROM payloads WHERE seq = 2; DELETE FROM headers WHERE seq = 2",
            3,
            "missing",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        store.append(batch((1..=5).map(report)), 0).await.unwrap();
        let conn = rusqlite::Connection::open(folder.path().join("oneroof.sqlite")).unwrap();
        let sql = sql.replace("'{}'", "CAST('{}' AS BLOB)");
        conn.execute_batch(&sql).unwrap();
        let (seq, what) = store.verify().await.unwrap().broken.unwrap();
        assert_eq!(seq, at, "{sql}");
        assert!(what.contains(why), "{sql}: {what}");
    }
}

#[tokio::test]
async fn a_lost_key_is_damage_and_no_erasure() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.append(batch([personal(report(1))]), 0).await.unwrap();
    let conn = rusqlite::Connection::open(folder.path().join("keys.sqlite")).unwrap();
    conn.execute_batch("DELETE FROM keys").unwrap();
    let read = store.read(0, 9).await;
    assert!(matches!(read, Err(StoreError::Damaged { .. })), "{read:?}");
    assert!(store.verify().await.unwrap().broken.is_some());
}

#[tokio::test]
async fn a_broken_checkpoint_is_dropped_and_the_older_one_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for position in [10, 20] {
        store
            .save_checkpoint(checkpoint(1, position))
            .await
            .unwrap();
    }
    let newest = folder.path().join(format!("checkpoint-{:020}-v1.bin", 20));
    let mut bytes = std::fs::read(&newest).unwrap();
    let last = bytes.len() - 20;
    bytes[last] ^= 1;
    std::fs::write(&newest, bytes).unwrap();
    let given = store.newest_checkpoint(1).await.unwrap();
    assert_eq!(given, Some(checkpoint(1, 10)));
    assert!(!newest.exists());
}

#[tokio::test]
async fn a_personal_text_is_not_in_the_files_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.append(batch([personal(report(1))]), 0).await.unwrap();
    let id = report_id(1).0;
    assert!(store.read(0, 1).await.unwrap()[0].body.is_some());
    drop(store);
    for item in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(item.unwrap().path()).unwrap();
        assert!(!bytes.windows(12).any(|w| w == b"at the wire,"));
        assert!(!bytes.windows(8).any(|w| w == b"Report 1"));
    }
    assert!(!id.is_nil());
}

#[tokio::test]
async fn the_number_of_position_files_is_bounded_whatever_times_a_feed_sends() {
    use oneroof_model::{LatLon, Time, TrackKey};
    use oneroof_ports::{History as _, HistoryPoint};
    let folder = tempfile::tempdir().unwrap();
    let options = HistoryOptions {
        max_days: 3,
        ..HistoryOptions::default()
    };
    let history = SqliteHistory::open(folder.path(), &options).unwrap();
    let days = [20_000_i64, 20_001, 20_002, 20_003, -400_000, 19_000];
    let points = days.map(|day| HistoryPoint {
        track: TrackKey::vessel(1),
        at: Time::from_secs(day * 86_400),
        position: LatLon::new(45.0, 30.0).unwrap(),
        speed_mps: None,
        course_deg: None,
    });
    for point in points {
        history.add(vec![point]).await.unwrap();
    }
    let (from, to) = (Time::from_secs(i64::MIN), Time::from_secs(i64::MAX));
    let left = history
        .of_track(TrackKey::vessel(1), from, to, 99)
        .await
        .unwrap();
    let left: Vec<_> = left.iter().map(|p| p.at.as_secs() / 86_400).collect();
    assert_eq!(left, [20_001, 20_002, 20_003]);
}
