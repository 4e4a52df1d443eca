//! The one writer: a thread with the one writing connection. Appends that wait together and whose expected heads
//! chain are committed together.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use oneroof_model::{CommandId, Receipt};
use oneroof_ports::chain::{GENESIS, Hash, Header};
use oneroof_ports::{Appended, Batch, Idempotency, QuarantinePut, SourceClaim, StoreError};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::OpenError;
use crate::error::InStore as _;
use crate::keys::KeyRing;
use crate::payload::Ready;
use crate::rows::int;

/// Appends committed together at most.
const MAX_GROUP: usize = 64;

/// An append made ready.
pub(crate) struct Append {
    pub(crate) entries: Vec<Ready>,
    pub(crate) claims: Vec<SourceClaim>,
    pub(crate) commands: Vec<(CommandId, Receipt)>,
    pub(crate) quarantine: Vec<QuarantinePut>,
    pub(crate) idempotency: Vec<Idempotency>,
    pub(crate) expected: u64,
    pub(crate) answer: oneshot::Sender<Result<Appended, StoreError>>,
}

impl Append {
    pub(crate) fn new(
        batch: Batch,
        expected: u64,
        answer: oneshot::Sender<Result<Appended, StoreError>>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            entries: batch
                .entries
                .iter()
                .map(Ready::new)
                .collect::<Result<_, _>>()?,
            claims: batch.claims,
            commands: batch.commands,
            quarantine: batch.quarantine,
            idempotency: batch.idempotency,
            expected,
            answer,
        })
    }
}

/// What the writer is asked for.
pub(crate) enum Request {
    Append(Append),
    Work(Box<dyn FnOnce(&mut Writer) + Send>),
}

/// The writing side.
pub(crate) struct Writer {
    pub(crate) conn: Connection,
    pub(crate) keys: KeyRing,
    pub(crate) folder: PathBuf,
    head: u64,
    hash: Hash,
    committed: Arc<AtomicU64>,
    /// Held as long as the writer lives.
    _lock: File,
}

impl Writer {
    pub(crate) fn new(
        conn: Connection,
        keys: KeyRing,
        folder: &Path,
        lock: File,
    ) -> Result<Self, OpenError> {
        let mut writer = Self {
            conn,
            keys,
            folder: folder.to_owned(),
            head: 0,
            hash: GENESIS,
            committed: Arc::new(AtomicU64::new(0)),
            _lock: lock,
        };
        writer.read_head()?;
        Ok(writer)
    }

    /// The newest committed entry, for readers.
    pub(crate) fn committed(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.committed)
    }

    fn read_head(&mut self) -> Result<(), StoreError> {
        let newest = self.conn.query_row(
            "SELECT seq, hash FROM headers ORDER BY seq DESC LIMIT 1",
            [],
            |r| Ok((crate::rows::uint(r, 0)?, r.get(1)?)),
        );
        (self.head, self.hash) = match newest {
            Err(rusqlite::Error::QueryReturnedNoRows) => (0, GENESIS),
            other => other.stored()?,
        };
        self.committed.store(self.head, Ordering::Release);
        Ok(())
    }

    /// Works until the last sender is gone.
    pub(crate) fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut next = requests.blocking_recv();
        while let Some(request) = next.take() {
            match request {
                Request::Work(work) => work(&mut self),
                Request::Append(first) => {
                    let mut group = vec![first];
                    while group.len() < MAX_GROUP && next.is_none() {
                        match requests.try_recv() {
                            Ok(Request::Append(more)) => group.push(more),
                            Ok(work) => next = Some(work),
                            Err(_) => break,
                        }
                    }
                    self.commit(group);
                }
            }
            if next.is_none() {
                next = requests.blocking_recv();
            }
        }
        if let Err(e) = self.conn.execute_batch("PRAGMA optimize") {
            tracing::debug!(error = %e, "optimize at the end");
        }
    }

    /// Commits a group of appends in one transaction and answers them after it.
    fn commit(&mut self, group: Vec<Append>) {
        let mut answers = Vec::with_capacity(group.len());
        let mut outcomes = Vec::with_capacity(group.len());
        let done = self.transaction(group, &mut answers, &mut outcomes);
        if let Err(e) = &done {
            if !self.conn.is_autocommit()
                && let Err(e) = self.conn.execute_batch("ROLLBACK")
            {
                tracing::error!(error = %e, "the failed transaction could not be rolled back");
            }
            if let Err(e) = self.read_head() {
                tracing::error!(error = %e, "the head could not be read after a failure");
            }
            tracing::warn!(error = %e, appends = answers.len(), "nothing was written");
        } else {
            self.committed.store(self.head, Ordering::Release);
        }
        for (answer, outcome) in answers.into_iter().zip(outcomes) {
            let outcome = match &done {
                Ok(()) => outcome,
                Err(e) => Err(e.clone()),
            };
            if answer.send(outcome).is_err() {
                tracing::debug!("nobody waits for the answer to an append");
            }
        }
    }

    fn transaction(
        &mut self,
        group: Vec<Append>,
        answers: &mut Vec<oneshot::Sender<Result<Appended, StoreError>>>,
        outcomes: &mut Vec<Result<Appended, StoreError>>,
    ) -> Result<(), StoreError> {
        let mut failed = self.conn.execute_batch("BEGIN IMMEDIATE").stored().err();
        for append in group {
            let outcome = match &failed {
                Some(e) => Err(e.clone()),
                None => self.one(&append),
            };
            // A full disk ends the whole transaction, and with it what was written before in it.
            if failed.is_none() && self.conn.is_autocommit() {
                failed = outcome.clone().err();
            }
            outcomes.push(outcome);
            answers.push(append.answer);
        }
        match failed {
            Some(e) => Err(e),
            None => self.conn.execute_batch("COMMIT").stored(),
        }
    }

    /// One append within the transaction: all of it or nothing.
    fn one(&mut self, append: &Append) -> Result<Appended, StoreError> {
        if append.expected != self.head {
            return Err(StoreError::HeadMoved {
                expected: append.expected,
                actual: self.head,
            });
        }
        let before = (self.head, self.hash);
        self.conn.execute_batch("SAVEPOINT one").stored()?;
        let written = self.write(append);
        let end = match written {
            Ok(_) => "RELEASE one",
            Err(_) => "ROLLBACK TO one; RELEASE one",
        };
        if written.is_err() {
            (self.head, self.hash) = before;
            if self.conn.is_autocommit() {
                return written;
            }
        }
        self.conn.execute_batch(end).stored()?;
        written
    }

    fn write(&mut self, append: &Append) -> Result<Appended, StoreError> {
        for entry in &append.entries {
            self.write_entry(entry)?;
        }
        let conn = &self.conn;
        write_claims(conn, &append.claims)?;
        write_commands(conn, &append.commands)?;
        let quarantine_ids = write_quarantine(conn, &append.quarantine)?;
        write_requests(conn, &append.idempotency, &quarantine_ids)?;
        Ok(Appended {
            head: self.head,
            quarantine_ids,
        })
    }

    fn write_entry(&mut self, entry: &Ready) -> Result<(), StoreError> {
        let seq = self.head + 1;
        let hash = Header {
            seq,
            at: entry.at,
            v: entry.v,
            kind: &entry.kind,
            digest: entry.digest,
            prev: self.hash,
        }
        .hash();
        self.conn
            .prepare_cached("INSERT INTO headers VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .stored()?
            .execute((
                int(seq),
                entry.at.as_micros(),
                entry.v,
                &entry.kind,
                entry.digest,
                hash,
            ))
            .stored()?;
        let mut insert = self
            .conn
            .prepare_cached("INSERT INTO payloads VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .stored()?;
        let report = entry.report.map(|r| *r.0.as_bytes());
        if entry.personal {
            let (id, key) = self.keys.take()?;
            let body = entry.seal(&key, seq)?;
            insert
                .execute((int(seq), report, entry.encoding, id, None::<&[u8]>, body))
                .stored()?;
        } else {
            insert
                .execute((
                    int(seq),
                    report,
                    entry.encoding,
                    None::<i64>,
                    entry.salt,
                    &entry.body,
                ))
                .stored()?;
        }
        (self.head, self.hash) = (seq, hash);
        Ok(())
    }
}

/// A row that is there already is the caller's mistake, and is named.
fn unique<T>(done: rusqlite::Result<T>, what: impl FnOnce() -> String) -> Result<T, StoreError> {
    match done {
        Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {
            Err(StoreError::Failed(format!("{} is taken", what())))
        }
        other => other.stored(),
    }
}

fn write_claims(conn: &Connection, claims: &[SourceClaim]) -> Result<(), StoreError> {
    let mut insert = conn
        .prepare_cached("INSERT INTO claims VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        .stored()?;
    for c in claims {
        let row = (
            c.feed.as_str(),
            &c.key,
            c.revision,
            c.digest,
            c.report.0.as_bytes(),
            c.at.as_micros(),
        );
        unique(insert.execute(row), || {
            format!("source id {} {} {}", c.feed, c.key, c.revision)
        })?;
    }
    Ok(())
}

fn write_commands(conn: &Connection, commands: &[(CommandId, Receipt)]) -> Result<(), StoreError> {
    let mut insert = conn
        .prepare_cached("INSERT INTO commands VALUES (?1, ?2)")
        .stored()?;
    for (id, receipt) in commands {
        let text = serde_json::to_string(receipt).map_err(|e| StoreError::Failed(e.to_string()))?;
        unique(insert.execute((id.0.as_bytes(), text)), || {
            format!("command {id}")
        })?;
    }
    Ok(())
}

fn write_quarantine(conn: &Connection, records: &[QuarantinePut]) -> Result<Vec<i64>, StoreError> {
    let mut insert = conn
        .prepare_cached(
            "INSERT INTO quarantine (feed, at_us, code, detail, start_byte, raw, digest, topic, topic_separator)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .stored()?;
    let mut ids = Vec::with_capacity(records.len());
    for q in records {
        let row = (
            q.feed.as_str(),
            q.at.as_micros(),
            &q.reason.code,
            &q.reason.detail,
            int(q.offset),
            &q.raw,
            q.digest,
            q.message.as_ref().map(|m| &*m.topic),
            q.message.as_ref().map(|m| m.separator.to_string()),
        );
        ids.push(insert.insert(row).stored()?);
    }
    Ok(ids)
}

fn write_requests(
    conn: &Connection,
    requests: &[Idempotency],
    quarantine_ids: &[i64],
) -> Result<(), StoreError> {
    let mut insert = conn
        .prepare_cached("INSERT INTO requests VALUES (?1, ?2, ?3, ?4, ?5)")
        .stored()?;
    for r in requests {
        let answer = r.answer_with(quarantine_ids);
        let row = (&r.scope, &r.key, r.digest, answer, r.at.as_micros());
        unique(insert.execute(row), || {
            format!("idempotency key of {}", r.scope)
        })?;
    }
    Ok(())
}
