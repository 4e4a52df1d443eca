//! Folder drop in a temporary folder.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use core::time::Duration;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use common::{Running, start, until};
use flate2::Compression;
use flate2::write::GzEncoder;
use oneroof_config::types::{Done, Folder};
use oneroof_config::{Period, Size};
use oneroof_ports::{Ack, ChunkKind};
use oneroof_transport::FolderSource;

fn drop_in(path: &Path, done: Done) -> Running {
    let config = Folder {
        path: path.display().to_string(),
        pattern: "*.xml*".to_owned(),
        settle: Period(Duration::from_millis(150)),
        max_bytes: Size(10_000),
        done,
    };
    start(FolderSource::new(config), 64)
}

fn reason(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join("failed").join(format!("{name}.reason.txt"))).unwrap_or_default()
}

#[tokio::test]
async fn a_file_is_moved_only_after_it_is_durable() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = folder.path().join("made/when/missing");
    let mut run = drop_in(&inbox, Done::KeepInDone);
    run.up().await;
    fs::write(inbox.join("a.xml"), "<alert/>").unwrap();
    run.open().await;
    assert_eq!(run.bytes(8).await, b"<alert/>");
    let close = run.chunk().await;
    assert_eq!(close.kind, ChunkKind::Close);
    assert!(inbox.join("a.xml").exists() && !inbox.join("done").exists());
    close
        .ack
        .unwrap()
        .send(Ack::Durable {
            taken: 1,
            quarantined: 0,
            links: Vec::new(),
        })
        .unwrap();
    until("the file is moved", || inbox.join("done/a.xml").exists()).await;
    assert!(!inbox.join("a.xml").exists());
    run.end().await;
}

#[tokio::test]
async fn a_file_that_comes_in_pieces_or_under_another_name_is_taken_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = drop_in(folder.path(), Done::Delete);
    run.up().await;
    let path = folder.path().join("slow.xml");
    let mut file = fs::File::create(&path).unwrap();
    let mut tick = tokio::time::interval(Duration::from_millis(60));
    for _ in 0..8 {
        tick.tick().await;
        file.write_all(b"piece ").unwrap();
        file.flush().unwrap();
    }
    fs::write(folder.path().join("b.xml.part"), "unfinished").unwrap();
    assert_eq!(
        run.whole(1, 0).await,
        ("slow.xml".to_owned(), b"piece ".repeat(8))
    );
    until("the file is deleted", || !path.exists()).await;
    fs::rename(
        folder.path().join("b.xml.part"),
        folder.path().join("b.xml"),
    )
    .unwrap();
    assert_eq!(run.whole(1, 0).await.0, "b.xml");
    run.end().await;
}

#[tokio::test]
async fn files_in_place_at_a_restart_are_taken_oldest_first_and_again_where_no_answer_came() {
    let folder = tempfile::tempdir().unwrap();
    for (name, age_s) in [("new.xml", 10), ("old.xml", 100)] {
        let file = fs::File::create(folder.path().join(name)).unwrap();
        let age = Duration::from_secs(age_s);
        let written = fs::metadata(folder.path().join(name))
            .unwrap()
            .modified()
            .unwrap()
            - age;
        file.set_modified(written).unwrap();
    }
    let mut run = drop_in(folder.path(), Done::KeepInDone);
    assert_eq!(run.whole(1, 0).await.0, "old.xml");
    run.open().await;
    let close = run.chunk().await;
    assert_eq!(&*close.peer, "new.xml");
    // The process ends before it answers.
    run.end().await;
    assert!(folder.path().join("new.xml").exists());
    let mut again = drop_in(folder.path(), Done::KeepInDone);
    assert_eq!(again.whole(1, 0).await.0, "new.xml");
    until("the file is moved", || {
        folder.path().join("done/new.xml").exists()
    })
    .await;
    again.end().await;
}

#[tokio::test]
async fn what_could_not_be_made_durable_stays_and_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.xml"), "x").unwrap();
    let mut run = drop_in(folder.path(), Done::Delete);
    run.open().await;
    run.bytes(1).await;
    let close = run.chunk().await;
    close
        .ack
        .unwrap()
        .send(Ack::Failed {
            why: "the disk is full".to_owned(),
        })
        .unwrap();
    assert_eq!(run.error().await, "file.not_durable");
    assert_eq!(run.whole(1, 0).await.0, "a.xml");
    run.up().await;
    run.end().await;
}

#[tokio::test]
async fn what_cannot_be_read_or_understood_goes_to_failed_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&vec![0; 1_000_000]).unwrap();
    fs::write(folder.path().join("bomb.xml.gz"), packed.finish().unwrap()).unwrap();
    fs::write(folder.path().join("cut.xml.gz"), [0x1f, 0x8b, 8, 0, 0]).unwrap();
    fs::write(folder.path().join("huge.xml"), vec![b'x'; 10_001]).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link.xml")).unwrap();
    let mut run = drop_in(folder.path(), Done::KeepInDone);
    let expected = [
        ("bomb.xml.gz", "file.too_large"),
        ("cut.xml.gz", "file.gzip"),
        ("huge.xml", "file.too_large"),
        ("link.xml", "file.not_regular"),
    ];
    for (name, code) in expected {
        until(name, || {
            fs::symlink_metadata(folder.path().join("failed").join(name)).is_ok()
        })
        .await;
        assert!(reason(folder.path(), name).contains(code), "{name}");
    }
    assert!(run.chunks.try_recv().is_err());
    fs::write(folder.path().join("odd.xml"), "no alert").unwrap();
    run.whole(0, 1).await;
    until("the file is moved", || {
        folder.path().join("failed/odd.xml").exists()
    })
    .await;
    assert!(reason(folder.path(), "odd.xml").contains("file.quarantined"));
    run.end().await;
}

#[tokio::test]
async fn a_file_without_permission_goes_to_failed() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.xml");
    fs::write(&path, "x").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let readable = fs::File::open(&path).is_ok();
    let mut run = drop_in(folder.path(), Done::KeepInDone);
    if readable {
        // The superuser reads everything; then it is taken like any other.
        assert_eq!(run.whole(1, 0).await.1, b"x");
    } else {
        until("the file is moved", || {
            folder.path().join("failed/secret.xml").exists()
        })
        .await;
        assert!(reason(folder.path(), "secret.xml").contains("file.unreadable"));
    }
    run.end().await;
}
