//! One run of a feed: chunks of its source through decoders to the room.
//!
//! One submission is under way at a time, so a connection's records keep their order; meanwhile reading goes on until
//! the queue is full, so positions do not wait for the disk. A full queue, or a feed in debt of its quota, reads
//! nothing: the channel fills, and the sender is held back by its protocol.

use core::mem;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use oneroof_feeds::{Decoder, Output};
use oneroof_model::{MessageContext, RecordOutcome, Time};
use oneroof_ports::{BoxFuture, Chunk, ChunkKind, Link, SourceError, TimeSource, Up};
use oneroof_room::{Original, Record, Submission, SubmitError, digest16};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::plan::{Defaults, Plan};
use crate::port::RoomPort;
use crate::queue::{Batch, Item, Next, Queue, raw_len};
use crate::quota::Quota;
use crate::sorted::{Sorted, decode_reason, sort, would_be_refused};
use crate::stats::FeedStats;

/// Decoders of one feed; the oldest connection gives way.
const MAX_DECODERS: usize = 1_024;

/// Waits between tries of a submission that the store could not take. 200 ms to 10 s.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// Most raw bytes kept of a chunk at which a decoder failed. 64 KiB.
const PANIC_RAW_BYTES: usize = 64 * 1024;

/// What a run shares with the rest of its feed.
#[derive(Clone)]
pub(crate) struct FeedParts {
    pub(crate) plan: Plan,
    pub(crate) stats: Arc<FeedStats>,
    pub(crate) quota: Arc<Mutex<Quota>>,
    pub(crate) room: Arc<dyn RoomPort>,
    pub(crate) clock: Arc<dyn TimeSource>,
    pub(crate) defaults: Arc<Defaults>,
}

impl FeedParts {
    /// Whether the quarantine of the feed has no room.
    pub(crate) fn quarantine_full(&self) -> bool {
        let full =
            self.stats.quarantine_bytes.load(Ordering::Relaxed) >= self.defaults.quarantine_bytes;
        self.stats.quarantine_problem(full.then(|| {
            format!(
                "quarantine.full: {} bytes; what cannot be understood is refused",
                self.defaults.quarantine_bytes
            )
        }));
        full
    }

    /// Takes from the quota; how long the sender has to be held back.
    pub(crate) fn charge(&self, records: u64, bytes: u64) -> Duration {
        let mut quota = self.quota.lock().unwrap_or_else(PoisonError::into_inner);
        quota.take(self.clock.monotonic(), records, bytes)
    }
}

/// A submission that is under way.
type Delivery<'a> = BoxFuture<'a, (Batch, Option<Vec<RecordOutcome>>)>;

/// One run of a feed.
pub(crate) struct Pipeline<'a> {
    parts: &'a FeedParts,
    stop: &'a CancellationToken,
    decoders: BTreeMap<u64, Box<dyn Decoder>>,
    queue: Queue,
    out: Output,
    /// Until when nothing is read.
    held_until: Option<Instant>,
}

impl<'a> Pipeline<'a> {
    pub(crate) fn new(parts: &'a FeedParts, stop: &'a CancellationToken) -> Self {
        Self {
            parts,
            stop,
            decoders: BTreeMap::new(),
            queue: Queue::default(),
            out: Output::default(),
            held_until: None,
        }
    }

    /// Runs until the source has ended and everything is handed on.
    pub(crate) async fn run(
        mut self,
        mut chunks: mpsc::Receiver<Chunk>,
        mut state: mpsc::Receiver<Result<Up, SourceError>>,
    ) {
        let mut delivery: Option<Delivery<'a>> = None;
        let (mut open, mut speaking) = (true, true);
        loop {
            if delivery.is_none() {
                delivery = self.start_delivery();
            }
            if !open && delivery.is_none() && self.queue.is_empty() {
                return;
            }
            let held = self.held_until.filter(|_| !self.stop.is_cancelled());
            tokio::select! {
                (batch, outcomes) = async { delivery.as_mut().expect("checked by the guard").await },
                    if delivery.is_some() =>
                {
                    delivery = None;
                    self.delivered(&batch, outcomes);
                }
                said = state.recv(), if speaking => match said {
                    Some(said) => self.said(said),
                    None => speaking = false,
                },
                () = sleep_until(held.unwrap_or_else(Instant::now)), if held.is_some() => {
                    self.held_until = None;
                }
                chunk = chunks.recv(), if open && held.is_none() && !self.queue.is_full() => {
                    if let Some(chunk) = chunk {
                        self.chunk(chunk);
                    } else {
                        open = false;
                        self.finish_all();
                    }
                }
            }
        }
    }

    fn said(&self, said: Result<Up, SourceError>) {
        if said.is_ok() && self.parts.plan.state_is_word {
            self.parts.stats.heard(self.parts.clock.now());
        }
        self.parts.stats.source_state(said);
    }

    /// Does what has to be done next, and starts a submission where that is a batch.
    fn start_delivery(&mut self) -> Option<Delivery<'a>> {
        loop {
            match self.queue.next() {
                Next::Nothing => return None,
                Next::Positions { conn, at, drafts } => self.positions(conn, at, drafts),
                Next::Batch(batch) => return Some(Box::pin(deliver(self.parts, self.stop, batch))),
            }
        }
    }

    fn delivered(&mut self, batch: &Batch, outcomes: Option<Vec<RecordOutcome>>) {
        let Some(outcomes) = outcomes else {
            // Told to whoever waits; a stream is not acknowledged, its sender was held back until now.
            self.queue.fail("the server stopped before it was durable");
            return;
        };
        for (record, outcome) in batch.records.iter().zip(&outcomes) {
            self.parts.stats.outcome(outcome, raw_len(record));
        }
        self.queue.done(batch, &outcomes);
    }

    fn chunk(&mut self, chunk: Chunk) {
        let Chunk {
            conn,
            at,
            kind,
            ack,
            peer: _,
        } = chunk;
        match kind {
            ChunkKind::Open => {
                let decoder = self.parts.plan.format.decoder();
                self.decoders.insert(conn, decoder);
                self.bound_decoders(at);
            }
            ChunkKind::Data(bytes) => {
                self.parts.stats.frame(bytes.len());
                let records = self.guarded(conn, at, &bytes, None, |decoder, out| {
                    decoder.push(&bytes, at, out);
                });
                self.hold_back(records, bytes.len());
            }
            ChunkKind::Datagram(bytes) => {
                self.parts.stats.frame(bytes.len());
                // It cannot be held back: what is over the quota is counted and dropped.
                if !self.parts.charge(0, 0).is_zero() {
                    return self.parts.stats.lost(1);
                }
                let records = self.guarded(conn, at, &bytes, None, |decoder, out| {
                    decoder.push(&bytes, at, out);
                    decoder.end_datagram(at, out);
                });
                self.parts.charge(records, bytes.len() as u64);
                self.bound_decoders(at);
            }
            ChunkKind::Message { bytes, context } => {
                self.parts.stats.frame(bytes.len());
                let records = self.message(conn, at, &bytes, context.as_ref());
                self.hold_back(records, bytes.len());
                self.bound_decoders(at);
                if ack.is_some() {
                    self.queue.push(Item::Closed { conn, ack });
                }
            }
            ChunkKind::Close => {
                self.finish(conn, at);
                self.queue.push(Item::Closed { conn, ack });
            }
        }
    }

    /// Holds the sender back where it is over its quota.
    fn hold_back(&mut self, records: u64, bytes: usize) {
        let wait = self.parts.charge(records, bytes as u64);
        if !wait.is_zero() {
            self.held_until = Some(Instant::now() + wait);
        }
    }

    fn bound_decoders(&mut self, at: Time) {
        if self.decoders.len() > MAX_DECODERS
            && let Some(oldest) = self.decoders.keys().next().copied()
        {
            self.finish(oldest, at);
        }
    }

    /// Decodes one whole message; the number of records in it.
    fn message(
        &mut self,
        conn: u64,
        at: Time,
        bytes: &[u8],
        context: Option<&MessageContext>,
    ) -> u64 {
        self.guarded(conn, at, bytes, context, |decoder, out| {
            if let Some(context) = context {
                decoder.context(context);
            }
            decoder.push(bytes, at, out);
            decoder.end_message(at, out);
        })
    }

    /// Lets the decoder of a connection work on `bytes`; the number of records that came of it.
    fn guarded(
        &mut self,
        conn: u64,
        at: Time,
        bytes: &[u8],
        message: Option<&MessageContext>,
        work: impl FnOnce(&mut dyn Decoder, &mut Output),
    ) -> u64 {
        let format = &self.parts.plan.format;
        let decoder = self
            .decoders
            .entry(conn)
            .or_insert_with(|| format.decoder());
        let out = &mut self.out;
        if catch_unwind(AssertUnwindSafe(|| work(&mut **decoder, out))).is_err() {
            self.decoder_failed(conn, bytes, message);
        }
        self.hand_on(conn, at, message)
    }

    fn finish(&mut self, conn: u64, at: Time) {
        let Some(mut decoder) = self.decoders.remove(&conn) else {
            return;
        };
        let out = &mut self.out;
        if catch_unwind(AssertUnwindSafe(|| decoder.finish(at, out))).is_err() {
            self.decoder_failed(conn, b"", None);
        }
        // A message is whole: what is held at the end of a connection came of none.
        self.hand_on(conn, at, None);
    }

    fn finish_all(&mut self) {
        let at = self.parts.clock.now();
        while let Some(conn) = self.decoders.keys().next().copied() {
            self.finish(conn, at);
            self.queue.push(Item::Closed { conn, ack: None });
        }
    }

    /// A fault of ours: the bytes go to quarantine, the connection gets a new decoder.
    fn decoder_failed(&mut self, conn: u64, bytes: &[u8], message: Option<&MessageContext>) {
        tracing::error!(feed = %self.parts.plan.feed.feed, conn, "a decoder panicked; its bytes are in quarantine");
        self.parts.stats.panicked();
        self.decoders.remove(&conn);
        self.out.clear();
        let raw = bytes.get(..PANIC_RAW_BYTES).unwrap_or(bytes);
        let record = Record::Reject {
            reason: decode_reason("panic", "the decoder failed at these bytes"),
            original: Original {
                raw: raw.into(),
                offset: 0,
                digest: digest16(bytes),
                message: message.cloned(),
            },
        };
        let at = self.parts.clock.now();
        self.queue.push(Item::Record { conn, at, record });
    }

    /// Passes on what was decoded; the number of records in it.
    fn hand_on(&mut self, conn: u64, at: Time, message: Option<&MessageContext>) -> u64 {
        let stats = &self.parts.stats;
        stats.measure(&self.out.drafts, at);
        let links = mem::take(&mut self.out.follow);
        if self.parts.plan.follows_links {
            let links = links.into_iter().map(|l| Link {
                uri: l.uri,
                updated: l.updated,
            });
            stats.lost(self.queue.linked(conn, links));
        }
        let sorted = sort(&mut self.out, at, message);
        if sorted.understood() {
            stats.heard(at);
        }
        stats.skipped(sorted.skipped);
        let alive = sorted.heartbeats.len() as u64;
        stats.alive(alive);
        self.queue.taken(conn, alive);
        let records = sorted.len();
        self.enqueue(conn, at, sorted);
        records
    }

    fn enqueue(&mut self, conn: u64, at: Time, sorted: Sorted) {
        let full = !sorted.records.is_empty() && self.parts.quarantine_full();
        let bounds = self.parts.defaults.bounds.as_ref();
        for numbered in sorted.records {
            let record = numbered.record;
            if full && would_be_refused(&record, at, bounds).is_some() {
                self.parts.stats.lost(1);
                self.queue.push(Item::Refused { conn });
            } else {
                self.queue.push(Item::Record { conn, at, record });
            }
        }
        if sorted.positions.is_empty() {
            return;
        }
        if self.queue.holds_positions() {
            self.queue.push(Item::Positions {
                conn,
                at,
                drafts: sorted.positions,
            });
        } else {
            self.positions(conn, at, sorted.positions);
        }
    }

    fn positions(&mut self, conn: u64, at: Time, drafts: Vec<oneroof_model::PositionDraft>) {
        let taken = self
            .parts
            .room
            .positions(&self.parts.plan.context, at, drafts);
        self.parts.stats.taken(taken.accepted + taken.late);
        self.parts.stats.lost(taken.refused);
        self.queue.taken(conn, taken.accepted + taken.late);
    }
}

/// Submits a batch until it is durable. `None` where the server stops first.
async fn deliver(
    parts: &FeedParts,
    stop: &CancellationToken,
    batch: Batch,
) -> (Batch, Option<Vec<RecordOutcome>>) {
    let mut wait = RETRY.0;
    let mut failed = false;
    loop {
        let submission = Submission {
            feed: Arc::clone(&parts.plan.context),
            at: batch.at,
            records: batch.records.clone(),
            request: None,
        };
        match parts.room.submit(submission).await {
            Ok(answer) => {
                if failed {
                    parts.stats.store_problem(None);
                }
                return (batch, Some(answer.outcomes));
            }
            Err(error @ (SubmitError::Store(_) | SubmitError::RequestMismatch)) => {
                failed = true;
                tracing::error!(feed = %parts.plan.feed.feed, %error, records = batch.records.len(), "not durable; will be tried again");
                parts
                    .stats
                    .store_problem(Some(format!("store.failed: {error}")));
            }
            Err(SubmitError::Closed) => return (batch, None),
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return (batch, None),
            () = tokio::time::sleep(wait) => wait = (wait * 2).min(RETRY.1),
        }
    }
}
