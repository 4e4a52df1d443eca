//! Keeps a feed running: its source and its pipeline, restarted with backoff when either ends or panics.

use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::sync::Arc;

use futures_util::FutureExt as _;
use oneroof_model::FeedLight;
use oneroof_ports::{Source, SourceError, SourceOut};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::pipeline::{FeedParts, Pipeline};

/// Chunks that wait between source and decoder; with the size of a chunk (32 KiB) 4 MiB a feed.
const CHUNKS: usize = 128;

/// States that wait.
const STATES: usize = 16;

/// Waits before a restart. 500 ms to 1 min.
const RESTART: (Duration, Duration) = (Duration::from_millis(500), Duration::from_mins(1));

/// A run this long was a success: the next wait is the shortest again. 1 min.
const GOOD_RUN: Duration = Duration::from_mins(1);

/// Longest wait for a source to end after it was told to. 5 s.
const STOP_WAIT: Duration = Duration::from_secs(5);

/// Longest wait for what is decoded to become durable after the source has ended on a stop. 10 s.
const FLUSH_WAIT: Duration = Duration::from_secs(10);

/// Runs a feed until it is stopped.
pub(crate) async fn supervise(
    parts: FeedParts,
    source: Arc<dyn Source>,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    let feed = parts.plan.feed.feed.clone();
    let mut wait = RESTART.0;
    loop {
        parts.stats.light(FeedLight::Starting, None);
        let begun = parts.clock.monotonic();
        let ended = run_once(&parts, &source, &tasks, &stop).await;
        if stop.is_cancelled() {
            return;
        }
        let error = ended.err().unwrap_or_else(|| SourceError {
            code: "source.ended",
            detail: "the source ended by itself".to_owned(),
        });
        tracing::warn!(%feed, code = error.code, detail = %error.detail, wait_ms = wait.as_millis(), "feed ended; it is restarted");
        parts.stats.light(FeedLight::Down, Some(error.to_string()));
        if parts.clock.monotonic().saturating_sub(begun) >= GOOD_RUN {
            wait = RESTART.0;
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        wait = (wait * 2).min(RESTART.1);
        parts.stats.restarted();
    }
}

/// One run: the source on a task of its own, the pipeline here.
async fn run_once(
    parts: &FeedParts,
    source: &Arc<dyn Source>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Result<(), SourceError> {
    let stop = stop.child_token();
    // However this ends, the source does not outlive it.
    let _end = stop.clone().drop_guard();
    let (chunks_to, chunks) = mpsc::channel(CHUNKS);
    let (state_to, state) = mpsc::channel(STATES);
    let out = SourceOut {
        chunks: chunks_to,
        state: state_to,
        lost: Arc::clone(&parts.stats.source_lost),
        clock: Arc::clone(&parts.clock),
    };
    let mut running = {
        let (source, stop) = (Arc::clone(source), stop.clone());
        tasks.spawn(async move { source.run(out, stop).await })
    };
    let pipeline = AssertUnwindSafe(Pipeline::new(parts, &stop).run(chunks, state)).catch_unwind();
    tokio::pin!(pipeline);
    let piped = tokio::select! {
        piped = &mut pipeline => Some(piped),
        () = stop.cancelled() => timeout(STOP_WAIT + FLUSH_WAIT, &mut pipeline).await.ok(),
    };
    stop.cancel();
    let ran = timeout(STOP_WAIT, &mut running).await;
    if ran.is_err() {
        running.abort();
    }
    if matches!(piped, Some(Err(_))) {
        parts.stats.panicked();
        return Err(panicked("pipeline"));
    }
    match ran {
        Ok(Ok(ended)) => ended,
        Ok(Err(join)) if join.is_panic() => {
            parts.stats.panicked();
            Err(panicked("source"))
        }
        _ => Err(SourceError {
            code: "source.stuck",
            detail: "the source did not end when told to".to_owned(),
        }),
    }
}

fn panicked(what: &str) -> SourceError {
    SourceError {
        code: "feed.panicked",
        detail: format!("the {what} failed; see the log"),
    }
}
