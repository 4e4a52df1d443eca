//! Feeds that are added, changed, paused and removed while they run; quarantine processed again.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and its tasks end with it"
)]

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use common::{Got, bench, push_feed, stream_feed, until};
use oneroof_config::types::Format as FormatConfig;
use oneroof_config::{Config, Feed};
use oneroof_ingest::{Change, FeedError, FeedFolders, ReprocessError};
use oneroof_model::{FeedId, FeedLight, QuarantineReason, RecordOutcome};
use oneroof_ports::{Ack, Batch, Journal as _, QuarantinePut, Store as _, TimeSource as _};

fn id(name: &str) -> FeedId {
    FeedId::from(name)
}

fn with_options(feed: Feed, yaml: &str) -> Feed {
    let format = FormatConfig {
        yaml: yaml.to_owned(),
        ..feed.format.clone()
    };
    Feed { format, ..feed }
}

#[tokio::test]
async fn an_invalid_change_leaves_the_old_feed_at_work_and_is_shown() {
    let mut bench = bench();
    bench.ingest.apply(stream_feed("a")).await.unwrap();
    let run = bench.run().await;
    run.up().await;
    let refused = bench
        .ingest
        .apply(with_options(stream_feed("a"), "bad"))
        .await;
    assert!(matches!(refused, Err(FeedError::Plan(_))));
    assert!(
        bench
            .error("a")
            .starts_with("config.invalid feeds/a.yaml:7:3"),
        "{}",
        bench.error("a")
    );
    run.data(1, "R1\n").await;
    assert_eq!(
        run.close(1).await,
        Ack::Durable {
            taken: 1,
            quarantined: 0,
            links: Vec::new()
        }
    );
    assert!(!run.stop.is_cancelled());
    // The file is as it was again: nothing is restarted, and the problem is gone.
    bench.ingest.apply(stream_feed("a")).await.unwrap();
    assert!(!run.stop.is_cancelled());
    assert_eq!(bench.error("a"), "");
}

#[tokio::test]
async fn a_feed_that_never_was_valid_is_shown_as_down() {
    let bench = bench();
    assert!(
        bench
            .ingest
            .apply(with_options(push_feed("a"), "bad"))
            .await
            .is_err()
    );
    let health = bench.view("a").health;
    assert_eq!(health.light, FeedLight::Down);
    assert!(health.error.unwrap().contains("feeds/a.yaml:7:3"));
    bench.ingest.apply(push_feed("a")).await.unwrap();
    assert_eq!(bench.view("a").health.light, FeedLight::Up);
}

#[tokio::test]
async fn a_change_ends_the_old_run_first_and_keeps_the_counters() {
    let mut bench = bench();
    bench.ingest.apply(stream_feed("a")).await.unwrap();
    let old = bench.run().await;
    old.data(1, "R1\n").await;
    until("it is taken", || bench.view("a").health.accepted == 1).await;
    let changing = {
        let ingest = bench.ingest.clone();
        tokio::task::spawn(async move {
            ingest
                .apply(with_options(stream_feed("a"), "also Q"))
                .await
                .unwrap();
        })
    };
    old.stop.cancelled().await;
    assert!(
        bench.runs.try_recv().is_err(),
        "the new one waits for the end of the old one"
    );
    drop(old);
    changing.await.unwrap();
    let new = bench.run().await;
    new.data(1, "Q2\n").await;
    assert_eq!(
        new.close(1).await,
        Ack::Durable {
            taken: 1,
            quarantined: 0,
            links: Vec::new()
        }
    );
    let health = bench.view("a").health;
    assert_eq!((health.accepted, health.restarts), (2, 0));
}

#[tokio::test]
async fn pausing_stops_a_feed_and_resuming_starts_it_again() {
    let mut bench = bench();
    bench.ingest.apply(stream_feed("a")).await.unwrap();
    let run = bench.run().await;
    let stop = run.stop.clone();
    drop(run);
    bench.ingest.pause(&id("a")).await.unwrap();
    assert!(stop.is_cancelled());
    assert_eq!(bench.view("a").health.light, FeedLight::Paused);
    // A change of its file does not wake it.
    bench
        .ingest
        .apply(with_options(stream_feed("a"), "also Q"))
        .await
        .unwrap();
    assert_eq!(bench.view("a").health.light, FeedLight::Paused);
    bench.ingest.resume(&id("a")).await.unwrap();
    let run = bench.run().await;
    run.up().await;
    until("it is up", || bench.view("a").health.light == FeedLight::Up).await;
    drop(run);
    // Its file says so: paused.
    let paused = Feed {
        paused: true,
        ..stream_feed("a")
    };
    bench.ingest.apply(paused).await.unwrap();
    assert_eq!(bench.view("a").health.light, FeedLight::Paused);
    assert!(matches!(
        bench.ingest.pause(&id("none")).await,
        Err(FeedError::NotFound(_))
    ));
}

#[tokio::test]
async fn a_removed_feed_is_gone_and_may_come_back() {
    let mut bench = bench();
    bench.ingest.apply(stream_feed("a")).await.unwrap();
    let run = bench.run().await;
    let stop = run.stop.clone();
    drop(run);
    bench.ingest.remove(&id("a")).await.unwrap();
    assert!(stop.is_cancelled());
    assert!(bench.ingest.health().is_empty());
    assert!(matches!(
        bench.ingest.remove(&id("a")).await,
        Err(FeedError::NotFound(_))
    ));
    bench.ingest.apply(stream_feed("a")).await.unwrap();
    bench.run().await;
}

fn shipped_config() -> Config {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config");
    oneroof_config::load(&[folder]).unwrap_or_else(|problems| panic!("{}", problems[0]))
}

const FEED_FILE: &str = "feed: harbour
org: CG
name: {uk: Порт, en: Harbour}
source_kind: ship_reporting
transport: {kind: http_push}
format: {kind: lines}
";

#[tokio::test]
async fn files_take_effect_and_an_invalid_one_is_shown_at_its_line() {
    let bench = bench();
    let config = shipped_config();
    let base = tempfile::tempdir().unwrap();
    let overlay = tempfile::tempdir().unwrap();
    let file = base.path().join("feeds/harbour.yaml");
    fs::create_dir(base.path().join("feeds")).unwrap();
    fs::create_dir(overlay.path().join("feeds")).unwrap();
    let mut folders = FeedFolders::new(&[base.path(), overlay.path()]);
    assert!(folders.look(&config).is_empty());
    fs::write(&file, FEED_FILE).unwrap();
    fs::write(base.path().join("feeds/_example.yaml"), "nonsense").unwrap();
    bench.ingest.take_changes(folders.look(&config)).await;
    assert_eq!(bench.view("harbour").health.light, FeedLight::Up);
    assert!(
        folders.look(&config).is_empty(),
        "nothing has changed since"
    );

    fs::write(&file, FEED_FILE.replace("org: CG", "org: NOBODY")).unwrap();
    bench.ingest.take_changes(folders.look(&config)).await;
    let error = bench.error("harbour");
    assert!(error.starts_with("config.invalid "), "{error}");
    assert!(error.contains("harbour.yaml:2:"), "{error}");
    let answer = bench
        .ingest
        .push(&id("harbour"), b"R1".to_vec(), None, None)
        .await
        .unwrap();
    assert_eq!(answer.accepted, 1, "the old one is at work");

    let other = FEED_FILE.replace("Harbour", "Harbour of the overlay");
    fs::write(overlay.path().join("feeds/harbour.yaml"), other).unwrap();
    bench.ingest.take_changes(folders.look(&config)).await;
    assert_eq!(bench.view("harbour").health.en, "Harbour of the overlay");
    assert_eq!(bench.error("harbour"), "");

    fs::remove_file(overlay.path().join("feeds/harbour.yaml")).unwrap();
    fs::remove_file(&file).unwrap();
    let changes = folders.look(&config);
    assert!(matches!(changes.as_slice(), [Change::Gone(gone)] if gone.as_str() == "harbour"));
    bench.ingest.take_changes(changes).await;
    assert!(bench.ingest.ids().is_empty());
}

#[tokio::test]
async fn the_watcher_follows_a_folder_by_itself() {
    let bench = bench();
    let base = tempfile::tempdir().unwrap();
    fs::create_dir(base.path().join("feeds")).unwrap();
    bench
        .ingest
        .watch(FeedFolders::new(&[base.path()]), Arc::new(shipped_config()))
        .await;
    fs::write(base.path().join("feeds/harbour.yaml"), FEED_FILE).unwrap();
    until("the feed is there", || {
        bench.ingest.ids() == [id("harbour")]
    })
    .await;
    fs::remove_file(base.path().join("feeds/harbour.yaml")).unwrap();
    until("the feed is gone", || bench.ingest.ids().is_empty()).await;
    bench.ingest.shutdown().await;
}

#[tokio::test]
async fn a_quarantined_record_is_taken_after_its_format_was_mended() {
    let bench = bench();
    bench.ingest.apply(push_feed("a")).await.unwrap();
    let put = QuarantinePut {
        feed: id("a"),
        at: bench.clock.now(),
        reason: QuarantineReason::new("decode.bad_line", "x"),
        offset: 0,
        raw: b"Q1".to_vec(),
        digest: [1; 16],
        message: None,
    };
    let batch = Batch {
        quarantine: vec![put],
        ..Batch::default()
    };
    let number = bench.store.append(batch, 0).await.unwrap().quarantine_ids[0];
    let record = || async { bench.store.quarantine_get(number).await.unwrap().unwrap() };
    let refused = bench.ingest.reprocess(record().await).await.unwrap_err();
    assert!(matches!(refused, ReprocessError::StillRefused(why) if why.code == "decode.bad_line"));
    assert_eq!(record().await.attempts, 1);
    assert!(
        bench.room.got().is_empty(),
        "it is not put aside a second time"
    );
    bench
        .ingest
        .apply(with_options(push_feed("a"), "also Q"))
        .await
        .unwrap();
    let taken = bench.ingest.reprocess(record().await).await.unwrap();
    assert!(matches!(
        taken,
        RecordOutcome::Accepted {
            report: Some(_),
            ..
        }
    ));
    assert_eq!(bench.room.got(), [Got::Report("Q1".to_owned())]);
    assert!(record().await.released_at.is_some());
    assert_eq!(
        bench.ingest.reprocess(record().await).await,
        Err(ReprocessError::Released)
    );
}
