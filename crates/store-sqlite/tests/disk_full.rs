//! A disk that is really full: a small tmpfs, where the test may mount one (root on Linux); else a named skip.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "these are tests")]

use std::path::Path;
use std::process::Command;

use oneroof_ports::contract::sample::{batch, claim, report};
use oneroof_ports::{Batch, Journal as _, Store as _, StoreError};
use oneroof_store_sqlite::{Options, SqliteStore};

/// A small file system that goes with this.
struct Small(tempfile::TempDir);

impl Small {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m", "oneroof-test"])
            .arg(folder.path())
            .output();
        done.is_ok_and(|o| o.status.success()).then(|| Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Lazily, for a failed test may still hold files open.
        if let Err(e) = Command::new("umount").arg("-l").arg(self.path()).status() {
            eprintln!("umount: {e}");
        }
    }
}

async fn append(store: &SqliteStore, head: u64) -> Result<u64, StoreError> {
    let n = head + 1;
    let next = Batch {
        claims: vec![claim("f", &n.to_string(), 1, n)],
        ..batch((0..16).map(|i| report(n * 100 + i)))
    };
    store.append(next, head).await.map(|done| done.head)
}

#[tokio::test]
async fn on_a_full_disk_the_sender_is_told_nothing_is_lost_and_room_helps() {
    let Some(disk) = Small::mount() else {
        eprintln!("skipped: disk_full (no right to mount a tmpfs)");
        return;
    };
    let ballast = disk.path().join("ballast");
    std::fs::write(&ballast, vec![1; 1_500_000]).unwrap();
    let data = disk.path().join("data");
    let store = SqliteStore::open(&data, &Options::default()).unwrap();
    let before = store.disk().await.unwrap();
    let mut head = 0;
    let refused = loop {
        match append(&store, head).await {
            Ok(now) => head = now,
            Err(e) => break e,
        }
        assert!(head < 100_000, "the disk does not fill");
    };
    assert!(matches!(refused, StoreError::Full(_)), "{refused:?}");
    assert!(head > 0);
    // Asked again and again it stays refused, and what was acknowledged is there.
    for _ in 0..3 {
        assert!(append(&store, head).await.is_err());
    }
    assert_eq!(store.head().await.unwrap(), head);
    let check = store.verify().await.unwrap();
    assert_eq!((check.entries, check.broken), (head, None));
    let half = vec![("f".into(), (head + 1).to_string())];
    assert_eq!(store.known_sources(half).await.unwrap(), [vec![]]);
    let after = store.disk().await.unwrap();
    assert!(after.free_bytes < before.free_bytes / 2);
    assert!(after.used_by_us_bytes > before.used_by_us_bytes);
    let no_room = store.backup(disk.path().join("backup")).await;
    assert!(matches!(no_room, Err(StoreError::Full(_))), "{no_room:?}");
    assert!(!disk.path().join("backup.part").exists());

    std::fs::remove_file(ballast).unwrap();
    let now = append(&store, head).await.unwrap();
    assert_eq!(now, head + 16);
    drop(store);
    let store = SqliteStore::open(&data, &Options::default()).unwrap();
    let check = store.verify().await.unwrap();
    assert_eq!((check.entries, check.broken), (now, None));
}
