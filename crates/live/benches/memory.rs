//! Memory by its parts: what is held of each happening, however often it is told of, by the picture, the room and the hubs.
//!
//! `cargo xtask bench memory` runs it. An allocator counts the bytes that are taken and not given back; each part is
//! built alone on the same journal, and the difference is its own. No socket and no disk take part: what those need
//! does not grow with the reports.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    unsafe_code,
    reason = "a bench prints its figures and fails loudly; an allocator can't be written without `unsafe`"
)]

#[path = "../tests/common/mod.rs"]
#[expect(
    unreachable_pub,
    reason = "shared with the tests, which use it as a module of their own"
)]
mod common;

use core::time::Duration;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Wanted, bench, report};
use oneroof_live::Shows;
use oneroof_model::{Draft, Mode, SourceKey};
use oneroof_picture::Picture;
use oneroof_ports::TimeSource as _;
use oneroof_room::{FeedContext, Original, Record, Submission};

/// Happenings, each an event that stays open.
const HAPPENINGS: u32 = 4_000;

/// Each is told of so many times: once, and then in revisions.
const TELLINGS: u32 = 10;

/// Records in one submission.
const BATCH: u32 = 200;

/// Bytes taken and not given back.
static HELD: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counted.
struct Counted;

// SAFETY: every call goes to the system's allocator as it came; the count has no part in what is given.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps to the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the block came from `System` with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counted = Counted;

fn held() -> f64 {
    HELD.load(Ordering::Relaxed) as f64
}

/// Prints a figure for each happening.
fn figure(what: &str, bytes: f64, note: &str) {
    let value = bytes / f64::from(HAPPENINGS);
    println!(
        "{}",
        serde_json::json!({"what": what, "value": value, "unit": "bytes", "aim": "", "note": note})
    );
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for tellings in [1, TELLINGS] {
        measure(tellings).await;
    }
}

async fn measure(tellings: u32) {
    let house = bench().await;
    let feed = std::sync::Arc::new(common::feed("BG", Mode::Actual));
    for telling in 0..tellings {
        for from in (0..HAPPENINGS).step_by(BATCH as usize) {
            let records = (from..from + BATCH).map(|n| record(n, telling)).collect();
            house.clock.advance(Duration::from_millis(500));
            tell(&house, &feed, records).await;
        }
    }
    let often = format!("{HAPPENINGS} happenings told of {tellings} times");
    let said = |part: &str| format!("{part}, told of {tellings} times");
    let before = held();
    let picture = Picture::from_checkpoint(&house.room.picture().read().to_checkpoint().unwrap());
    let own = picture.unwrap();
    figure(
        &said("an event and its reports in the picture"),
        held() - before,
        &format!("{often}; the working and the published picture share it"),
    );
    let state = own.to_checkpoint().unwrap();
    figure(
        &said("in a checkpoint, before it is deflated"),
        state.len() as f64,
        &often,
    );
    drop((state, own));
    for (name, shows) in [
        ("the screens", Shows::Everything),
        ("the walls", Shows::Wall),
    ] {
        let before = held();
        let (hub, stop) = house.hub_beside(Wanted {
            shows,
            ..Wanted::default()
        });
        figure(
            &said(&format!("as JSON in the hub of {name}")),
            held() - before,
            &often,
        );
        stop.cancel();
        drop(hub);
    }
    house.stop.cancel();
}

/// A report of a happening as agencies send them, told for the so many-th time.
fn record(n: u32, telling: u32) -> Record {
    let mut draft = report(n);
    draft.place.geometry = Some(oneroof_model::Geometry::Point {
        at: common::at(
            44.5 + f64::from(n % 80) / 10.0,
            22.5 + f64::from(n / 80) / 4.0,
        ),
    });
    draft.source = Some(SourceKey {
        key: format!("L-{n}"),
        revision: Some(i64::from(telling)),
    });
    draft.text = Some(format!(
        "report-{n}-{telling} is one of many reports of a day at the border"
    ));
    let raw = draft.text.clone().unwrap_or_default().into_bytes();
    Record::Draft {
        original: Original::of(raw),
        draft: Draft::Report(Box::new(draft)),
    }
}

async fn tell(house: &common::Bench, feed: &std::sync::Arc<FeedContext>, records: Vec<Record>) {
    let submission = Submission {
        feed: std::sync::Arc::clone(feed),
        at: house.clock.now(),
        records,
        request: None,
    };
    house.room.submit(submission).await.unwrap();
}
