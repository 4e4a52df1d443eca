//! Backup while writing goes on, restoring, and backups that follow an erasure.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::path::Path;

use oneroof_model::Erasure;
use oneroof_ports::contract::sample::{aside, batch, claim, erased, personal, report, report_id};
use oneroof_ports::contract::store::file;
use oneroof_ports::{Batch, Journal as _, Store as _, StoreError};
use oneroof_store_sqlite::{Options, SqliteStore, restore};

fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder, &Options::default()).unwrap()
}

async fn filled(folder: &Path) -> SqliteStore {
    let store = open(folder);
    let first = Batch {
        claims: vec![claim("f", "a", 1, 1)],
        quarantine: vec![aside("f", 0, b"raw")],
        ..batch([report(1), personal(report(2)), report(3)])
    };
    store.append(first, 0).await.unwrap();
    let id = oneroof_model::AttachmentId(report_id(7).0);
    let (meta, bytes) = file(id, b"photo");
    store.put_attachment(meta, bytes).await.unwrap();
    store
}

#[tokio::test]
async fn a_restored_backup_holds_what_was_there_when_it_was_made() {
    let (data, kept, back) = three();
    let store = filled(data.path()).await;
    let to = kept.path().join("backup.sqlite");
    let bytes = store.backup(to.clone()).await.unwrap();
    assert!(bytes > 10_000, "{bytes}");
    let then = store.verify().await.unwrap();
    store.append(batch([report(4)]), 3).await.unwrap();

    let restored = restore(&to, None, &back.path().join("new"), false).unwrap();
    assert_eq!(restored.journal, then);
    let copy = open(&back.path().join("new"));
    assert_eq!(
        copy.read(0, 9).await.unwrap(),
        store.read(0, 3).await.unwrap()
    );
    let keys = vec![("f".into(), "a".to_owned())];
    assert_eq!(
        copy.known_sources(keys.clone()).await,
        store.known_sources(keys).await
    );
    assert_eq!(
        copy.quarantine(None, None, 9).await,
        store.quarantine(None, None, 9).await
    );
    let size = copy.quarantine_size().await.unwrap();
    assert_eq!(size, [("f".into(), 3, 1)]);
    let id = oneroof_model::AttachmentId(report_id(7).0);
    assert_eq!(copy.attachment(id).await.unwrap().unwrap().1, b"photo");
    assert_eq!(
        copy.append(batch([personal(report(5))]), 3)
            .await
            .unwrap()
            .head,
        4
    );
    assert_eq!(copy.verify().await.unwrap().broken, None);
}

fn three() -> (tempfile::TempDir, tempfile::TempDir, tempfile::TempDir) {
    let one = || tempfile::tempdir().unwrap();
    (one(), one(), one())
}

#[tokio::test]
async fn a_backup_is_whole_while_writing_goes_on() {
    let (data, kept, back) = three();
    let store = filled(data.path()).await;
    let writing = async {
        for head in 3..63 {
            let next = batch([personal(report(head + 1))]);
            store.append(next, head).await.unwrap();
        }
    };
    let backups = async {
        let mut heads = Vec::new();
        for n in 0..3 {
            let to = kept.path().join(format!("{n}.sqlite"));
            store.backup(to.clone()).await.unwrap();
            let restored = restore(&to, None, &back.path().join(n.to_string()), false);
            heads.push(restored.unwrap().journal.entries);
        }
        heads
    };
    let ((), heads) = tokio::join!(writing, backups);
    assert!(heads.is_sorted(), "{heads:?}");
    assert_eq!(store.head().await.unwrap(), 63);
    let parts = std::fs::read_dir(kept.path()).unwrap().count();
    assert_eq!(parts, 6, "a database and its keys each, nothing half made");
}

#[tokio::test]
async fn an_older_backup_follows_an_erasure_with_the_newest_keys() {
    let (data, kept, back) = three();
    let store = filled(data.path()).await;
    let old = kept.path().join("old.sqlite");
    store.backup(old.clone()).await.unwrap();
    for n in [1, 2] {
        let head = store.head().await.unwrap();
        store.append(batch([erased(n)]), head).await.unwrap();
        store.erase(report_id(n), Erasure::Report).await.unwrap();
    }
    let newest = data.path().join("keys.sqlite");
    let folder = back.path().join("followed");
    let restored = restore(&old, Some(&newest), &folder, false).unwrap();
    assert_eq!((restored.journal.entries, restored.journal.erased), (3, 2));
    let copy = open(&folder);
    let read = copy.read(0, 9).await.unwrap();
    assert_eq!((&read[0].body, &read[1].body), (&None, &None));
    assert_eq!(read[2].body, Some(report(3).body));
    let known = copy
        .known_sources(vec![("f".into(), "a".into())])
        .await
        .unwrap();
    assert_eq!(known[0][0].digest, [0; 16]);
    drop(copy);

    // With its own old keys it does not: that is why those are to be destroyed.
    let restored = restore(&old, None, &back.path().join("old"), false).unwrap();
    assert_eq!(restored.journal.erased, 0);
}

#[tokio::test]
async fn what_was_followed_is_not_looked_at_again_until_the_keys_tell_something_new() {
    let (data, kept, back) = three();
    let store = filled(data.path()).await;
    let old = kept.path().join("old.sqlite");
    store.append(batch([erased(1)]), 3).await.unwrap();
    store.erase(report_id(1), Erasure::Report).await.unwrap();
    // With its mark: the first order is followed.
    store.backup(old.clone()).await.unwrap();
    store.append(batch([erased(2)]), 4).await.unwrap();
    store.erase(report_id(2), Erasure::Report).await.unwrap();
    let mark = |folder: &Path| -> i64 {
        let conn = rusqlite::Connection::open(folder.join("oneroof.sqlite")).unwrap();
        conn.query_row("SELECT orders FROM followed", [], |r| r.get(0))
            .unwrap()
    };
    assert_eq!(mark(data.path()), 5);
    drop(store);
    let newest = data.path().join("keys.sqlite");
    let folder = back.path().join("followed");
    restore(&old, Some(&newest), &folder, false).unwrap();
    let read = open(&folder).read(0, 9).await.unwrap();
    let gone: Vec<bool> = read.iter().map(|e| e.body.is_none()).collect();
    assert_eq!(
        gone,
        [true, true, false, false],
        "the keys told of the second"
    );
    assert_eq!(mark(&folder), 4);

    // An order whose erasure was cut short is behind no mark.
    let store = open(data.path());
    store.append(batch([erased(3)]), 5).await.unwrap();
    drop(store);
    let read = open(data.path()).read(0, 9).await.unwrap();
    assert!(read[2].body.is_none());
    assert_eq!(mark(data.path()), 6);
}

#[tokio::test]
async fn a_restore_overwrites_nothing_unless_told_to_and_takes_no_folder_in_use() {
    let (data, kept, _) = three();
    let store = filled(data.path()).await;
    let to = kept.path().join("backup.sqlite");
    store.backup(to.clone()).await.unwrap();
    store.append(batch([report(4)]), 3).await.unwrap();
    assert!(
        store.backup(to.clone()).await.is_err(),
        "a backup overwrites nothing"
    );
    let in_use = restore(&to, None, data.path(), true).unwrap_err();
    assert!(in_use.to_string().contains("in use"), "{in_use}");
    drop(store);
    let full = restore(&to, None, data.path(), false).unwrap_err();
    assert!(full.to_string().contains("not empty"), "{full}");
    assert_eq!(open(data.path()).head().await.unwrap(), 4);
    restore(&to, None, data.path(), true).unwrap();
    assert_eq!(open(data.path()).head().await.unwrap(), 3);
}

#[tokio::test]
async fn a_damaged_backup_is_refused_before_anything_is_changed() {
    let (data, kept, back) = three();
    let store = filled(data.path()).await;
    let to = kept.path().join("backup.sqlite");
    store.backup(to.clone()).await.unwrap();
    let conn = rusqlite::Connection::open(&to).unwrap();
    conn.execute_batch("UPDATE headers SET kind = 'erased' WHERE seq = 2")
        .unwrap();
    drop(conn);
    let folder = back.path().join("new");
    let refused = restore(&to, None, &folder, false);
    assert!(
        matches!(refused, Err(StoreError::Damaged { .. })),
        "{refused:?}"
    );
    assert!(!folder.exists());
    std::fs::remove_file(kept.path().join("backup.sqlite.keys")).unwrap();
    let no_keys = restore(&to, None, &folder, false).unwrap_err();
    assert!(
        no_keys.to_string().contains("backup.sqlite.keys"),
        "{no_keys}"
    );
}

#[tokio::test]
async fn what_was_erased_is_in_no_file_of_the_folder() {
    let (data, _, _) = three();
    let store = open(data.path());
    let mut short = report(1);
    if let oneroof_model::EntryBody::ReportRecorded { report, .. } = &mut short.body {
        // Short enough to be stored without compression, so that it can be looked for.
        report.text = None;
        report.title = Some("Plate XX 77".to_owned());
    }
    let put = Batch {
        claims: vec![claim("f", "k-1", 1, 1)],
        quarantine: vec![aside("f", 0, b"k-1 Plate XX 77")],
        ..Batch::default()
    };
    let note = oneroof_model::EntryBody::Unknown {
        v: 9,
        kind: "filler".into(),
        body: serde_json::json!({}),
    };
    let filler = oneroof_ports::NewEntry {
        body: note,
        ..report(2)
    };
    store
        .append(
            Batch {
                entries: vec![short, filler],
                ..put
            },
            0,
        )
        .await
        .unwrap();
    assert!(
        found(data.path(), b"Plate XX 77"),
        "the test looks for the right text"
    );
    store.append(batch([erased(1)]), 2).await.unwrap();
    store.erase(report_id(1), Erasure::Report).await.unwrap();
    assert!(!found(data.path(), b"Plate XX 77"));
    drop(store);
    assert!(!found(data.path(), b"Plate XX 77"));
}

fn found(folder: &Path, text: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|item| {
        let bytes = std::fs::read(item.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|w| w == text)
    })
}
