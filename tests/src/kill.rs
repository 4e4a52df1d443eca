//! Kills the server at random moments under load and counts what is there afterwards.
//!
//! Senders push reports and note what they were told; where there was no answer they send the same again to the next
//! server, as an agency does. At the end every acknowledged report is there once, and nothing that was never sent.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use oneroof_model::{RecordOutcome, ReportId};
use oneroof_wire::client::Picture;
use oneroof_wire::{EntityKind, FeedAnswer};
use serde_json::Value;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::TaskTracker;

use crate::http::Http;
use crate::live::Live;
use crate::say::{mixed, report};
use crate::server::Server;
use crate::site::{Site, free_port};
use crate::wait::until;

/// Senders at one time.
const SENDERS: u32 = 4;

/// A sender pushes this often, one to seven reports at a time: together some two hundred a second.
const PUSH_EVERY: Duration = Duration::from_millis(80);

/// Reports that are acknowledged at least before a kill.
const BETWEEN: u64 = 20;

/// Longest time after that, milliseconds.
const MOST_MS: u64 = 400;

/// What came of all kills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Killed {
    /// Kills.
    pub rounds: u32,
    /// Reports that were acknowledged.
    pub acknowledged: u64,
    /// Pushes that got no answer and were sent again.
    pub unanswered: u64,
    /// Longest start after a kill, until the address was printed, milliseconds.
    pub slowest_start_ms: u64,
}

/// What the senders share.
#[derive(Debug, Default)]
struct Told {
    /// Which report each key became, as the sender was told.
    acknowledged: Mutex<BTreeMap<String, ReportId>>,
    /// Those of them that were not looked for since.
    newest: Mutex<Vec<(String, ReportId)>>,
    count: AtomicU64,
    unanswered: AtomicU64,
    over: AtomicBool,
}

/// Kills a server so many times under load. `seed` decides when.
///
/// # Panics
/// Where an acknowledged report is missing or there twice, or anything else is wrong.
pub async fn kill_under_load(rounds: u32, seed: u64) -> Killed {
    let site = Site::with_reports();
    let port = free_port();
    let told = Arc::new(Told::default());
    let tasks = TaskTracker::new();
    let mut server = site.start_at(port).await;
    for n in 0..SENDERS {
        let (http, told) = (server.http().clone(), Arc::clone(&told));
        tasks.spawn(send(n, http, told));
    }
    tasks.close();
    let (mut random, mut slowest_start_ms) = (seed, 0);
    let mut screen = Picture::default();
    for round in 0..rounds {
        // Something under way at each kill, at another moment of the writer's round.
        let from = told.count.load(Ordering::Relaxed);
        until("reports are taken", async || {
            (told.count.load(Ordering::Relaxed) >= from + BETWEEN).then_some(())
        })
        .await;
        let mut live = Live::open(server.address(), screen, oneroof_wire::Filter::default()).await;
        live.listen_for(Duration::from_millis(next(&mut random) % MOST_MS))
            .await;
        server.kill();
        // What a screen has was durable: it may never know more than the restarted server.
        screen = live.break_off();
        let begun = tokio::time::Instant::now();
        server = site.start_at(port).await;
        slowest_start_ms = slowest_start_ms.max(begun.elapsed().as_millis());
        check_newest(&server, &told, &format!("seed {seed}, round {round}")).await;
    }
    told.over.store(true, Ordering::Relaxed);
    tasks.wait().await;
    check_all(&server, &told, &screen, &format!("seed {seed}")).await;
    server.stop().await;
    verify_journal(&site);
    Killed {
        rounds,
        acknowledged: told.count.load(Ordering::Relaxed),
        unanswered: told.unanswered.load(Ordering::Relaxed),
        slowest_start_ms: u64::try_from(slowest_start_ms).unwrap(),
    }
}

/// The next number of a small generator (`SplitMix64`), enough to choose moments.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed(*state)
}

/// One agency: reports one after another, singly and in batches, each sent until it is answered.
async fn send(sender: u32, http: Http, told: Arc<Told>) {
    let mut n = 0_u64;
    let mut tick = interval(PUSH_EVERY);
    // After a kill what was missed is not made up for.
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !told.over.load(Ordering::Relaxed) {
        tick.tick().await;
        let size = 1 + n % 7;
        let keys: Vec<String> = (n..n + size).map(|n| format!("s{sender}-{n}")).collect();
        n += size;
        let records: Value = keys.iter().map(|key| report(key)).collect();
        let body = records.to_string();
        let mut tries = 0;
        let answer = loop {
            let sent = http
                .try_send(
                    reqwest::Method::POST,
                    "/api/v1/feeds/reports",
                    &[],
                    body.clone(),
                )
                .await;
            match sent {
                Ok(answer) if answer.status == 200 => break answer,
                // Killed in the middle, or not there yet: the same again.
                _ => {
                    told.unanswered.fetch_add(1, Ordering::Relaxed);
                    tries += 1;
                    assert!(tries < 5_000, "nobody answers");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        };
        let answer: FeedAnswer = serde_json::from_str(&answer.body).unwrap();
        let mut known = told.acknowledged.lock().unwrap();
        for (key, outcome) in keys.into_iter().zip(&answer.records) {
            let (RecordOutcome::Accepted {
                report: Some(id), ..
            }
            | RecordOutcome::Duplicate { report: Some(id) }) = outcome
            else {
                panic!("{key}: {outcome:?}");
            };
            told.newest.lock().unwrap().push((key.clone(), *id));
            known.insert(key, *id);
        }
        drop(known);
        told.count.fetch_add(size, Ordering::Relaxed);
    }
}

/// What was acknowledged since the kill before is there, as the report that the sender was told of.
async fn check_newest(server: &Server, told: &Told, when: &str) {
    let newest = core::mem::take(&mut *told.newest.lock().unwrap());
    for (key, id) in newest {
        let answer = server.http().get(&format!("/api/v1/reports/{id}")).await;
        assert_eq!(answer.status, 200, "{when}: {key} was acknowledged as {id}");
        assert_eq!(answer.json()["source_key"], key.as_str(), "{when}");
    }
}

/// Everything that was acknowledged is there, once, and a screen never had more than was durable.
async fn check_all(server: &Server, told: &Told, screen: &Picture, when: &str) {
    let acknowledged = told.acknowledged.lock().unwrap().clone();
    let mut there = BTreeMap::new();
    for report in server.http().list("reports").await {
        let key = report["source_key"].as_str().unwrap().to_owned();
        let id: ReportId = report["id"].as_str().unwrap().parse().unwrap();
        let twice = there.insert(key, id);
        assert_eq!(twice, None, "{when}: {report} is there twice");
    }
    assert_eq!(
        there, acknowledged,
        "{when}: each push was answered in the end"
    );
    let ids: BTreeSet<String> = there.values().map(ToString::to_string).collect();
    let reports = screen
        .entities
        .keys()
        .filter(|key| key.kind == EntityKind::Report);
    for key in reports {
        assert!(ids.contains(&key.id), "{when}: a screen had {key:?}");
    }
}

fn verify_journal(site: &Site) {
    let data = site.data().display().to_string();
    crate::cli::oneroof(&["journal", "verify", "--data", &data]).ok();
}
