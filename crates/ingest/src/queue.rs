//! What was decoded and waits for the room, in order. Bounded: while it is full nothing more is read.

use std::collections::{BTreeMap, VecDeque};
use std::mem;

use oneroof_model::{DeleteTarget, Draft, PositionDraft, RecordOutcome, Time};
use oneroof_ports::{Ack, Link};
use oneroof_room::Record;
use tokio::sync::oneshot;

/// Most records of one submission.
const BATCH_RECORDS: usize = 256;

/// Raw bytes after which a submission is not filled further. 4 MiB.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Records that were received within so many seconds may be submitted as of one moment. 100 ms.
const TOGETHER_S: f64 = 0.1;

/// Records beyond which nothing more is read.
const FULL_RECORDS: usize = 4_096;

/// Raw bytes beyond which nothing more is read. 16 MiB.
const FULL_BYTES: usize = 16 * 1024 * 1024;

/// Most links of one connection. What an index names beyond is counted as lost.
const MAX_LINKS: usize = 2_000;

/// Something that waits.
#[expect(clippy::large_enum_variant, reason = "nearly all of them are records")]
pub(crate) enum Item {
    /// A record of a connection.
    Record { conn: u64, at: Time, record: Record },
    /// A record that was refused here already (the quarantine is full).
    Refused { conn: u64 },
    /// Positions that must not overtake a withdrawal of their track before them.
    Positions {
        conn: u64,
        at: Time,
        drafts: Vec<PositionDraft>,
    },
    /// The end of a connection, and who waits for it.
    Closed {
        conn: u64,
        ack: Option<oneshot::Sender<Ack>>,
    },
}

/// Raw bytes of a record.
pub(crate) fn raw_len(record: &Record) -> usize {
    match record {
        Record::Draft { original, .. } | Record::Reject { original, .. } => original.raw.len(),
    }
}

/// Whether positions that come after it have to wait for it.
fn withdraws_track(record: &Record) -> bool {
    let Record::Draft {
        draft: Draft::Delete(delete),
        ..
    } = record
    else {
        return false;
    };
    matches!(delete.target, DeleteTarget::Track { .. })
}

/// What was taken and put aside of one connection.
#[derive(Debug, Default)]
struct Tally {
    taken: u64,
    quarantined: u64,
    links: Vec<Link>,
}

/// The queue of one run of a feed.
#[derive(Default)]
pub(crate) struct Queue {
    items: VecDeque<Item>,
    records: usize,
    bytes: usize,
    withdrawals: usize,
    tallies: BTreeMap<u64, Tally>,
}

/// What is submitted together.
pub(crate) struct Batch {
    /// When the first of it was received.
    pub(crate) at: Time,
    /// The records.
    pub(crate) records: Vec<Record>,
    /// The connection of each.
    pub(crate) conns: Vec<u64>,
}

/// What comes next.
pub(crate) enum Next {
    /// Nothing waits.
    Nothing,
    /// Positions for the live tracks.
    Positions {
        conn: u64,
        at: Time,
        drafts: Vec<PositionDraft>,
    },
    /// Records for the room.
    Batch(Batch),
}

impl Queue {
    /// Whether nothing more may be read for now.
    pub(crate) const fn is_full(&self) -> bool {
        self.records >= FULL_RECORDS || self.bytes >= FULL_BYTES
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether positions have to go through the queue.
    pub(crate) const fn holds_positions(&self) -> bool {
        self.withdrawals > 0
    }

    pub(crate) fn push(&mut self, item: Item) {
        match &item {
            Item::Record { record, .. } => {
                self.records += 1;
                self.bytes += raw_len(record);
                self.withdrawals += usize::from(withdraws_track(record));
            }
            Item::Positions { drafts, .. } => self.records += drafts.len(),
            Item::Refused { .. } | Item::Closed { .. } => {}
        }
        self.items.push_back(item);
    }

    /// Adds to what was taken of a connection.
    pub(crate) fn taken(&mut self, conn: u64, records: u64) {
        self.tallies.entry(conn).or_default().taken += records;
    }

    /// Keeps what the records of a connection name and do not hold for whoever asks at its end; how many were too many.
    pub(crate) fn linked(&mut self, conn: u64, links: impl Iterator<Item = Link>) -> u64 {
        let mut links = links.peekable();
        if links.peek().is_none() {
            return 0;
        }
        let kept = &mut self.tallies.entry(conn).or_default().links;
        let room = MAX_LINKS.saturating_sub(kept.len());
        kept.extend(links.by_ref().take(room));
        links.count() as u64
    }

    /// What has to be done next. Ends of connections before it are answered on the way.
    pub(crate) fn next(&mut self) -> Next {
        loop {
            match self.items.pop_front() {
                None => return Next::Nothing,
                Some(Item::Refused { conn }) => {
                    self.tallies.entry(conn).or_default().quarantined += 1;
                }
                Some(Item::Closed { conn, ack }) => {
                    let Tally {
                        taken,
                        quarantined,
                        links,
                    } = self.tallies.remove(&conn).unwrap_or_default();
                    if let Some(ack) = ack {
                        // Whoever asked may have gone.
                        drop(ack.send(Ack::Durable {
                            taken,
                            quarantined,
                            links,
                        }));
                    }
                }
                Some(Item::Positions { conn, at, drafts }) => {
                    self.records -= drafts.len().min(self.records);
                    return Next::Positions { conn, at, drafts };
                }
                Some(record @ Item::Record { .. }) => {
                    self.items.push_front(record);
                    return Next::Batch(self.batch());
                }
            }
        }
    }

    fn batch(&mut self) -> Batch {
        let mut batch = Batch {
            at: Time::EPOCH,
            records: Vec::new(),
            conns: Vec::new(),
        };
        let (mut bytes, mut first) = (0, Time::EPOCH);
        while batch.records.len() < BATCH_RECORDS && bytes < BATCH_BYTES {
            match self.items.pop_front() {
                // What was received at nearly one moment is decided together, as of the newest.
                Some(Item::Record { conn, at, record })
                    if batch.records.is_empty() || at.secs_since(first) < TOGETHER_S =>
                {
                    if batch.records.is_empty() {
                        first = at;
                    }
                    batch.at = batch.at.max(at);
                    let size = raw_len(&record);
                    bytes += size;
                    self.bytes -= size;
                    self.records -= 1;
                    batch.conns.push(conn);
                    batch.records.push(record);
                }
                Some(other) => {
                    self.items.push_front(other);
                    break;
                }
                None => break,
            }
        }
        batch
    }

    /// Notes what became of a batch.
    pub(crate) fn done(&mut self, batch: &Batch, outcomes: &[RecordOutcome]) {
        let withdrawn = batch.records.iter().filter(|r| withdraws_track(r)).count();
        self.withdrawals -= withdrawn.min(self.withdrawals);
        for (conn, outcome) in batch.conns.iter().zip(outcomes) {
            let tally = self.tallies.entry(*conn).or_default();
            match outcome {
                RecordOutcome::Accepted { .. }
                | RecordOutcome::Duplicate { .. }
                | RecordOutcome::Revised { .. } => tally.taken += 1,
                RecordOutcome::Quarantined { .. } | RecordOutcome::Refused { .. } => {
                    tally.quarantined += 1;
                }
            }
        }
    }

    /// Gives up: whoever waits is told that nothing is promised.
    pub(crate) fn fail(&mut self, why: &str) {
        for item in mem::take(&mut self.items) {
            if let Item::Closed { ack: Some(ack), .. } = item {
                drop(ack.send(Ack::Failed {
                    why: why.to_owned(),
                }));
            }
        }
        *self = Self::default();
    }
}
