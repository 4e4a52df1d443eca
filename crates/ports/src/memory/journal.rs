//! Journal in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use oneroof_model::{
    AttachmentId, CommandId, EntryBody, Erasure, EventId, FeedId, IDENTIFIERS_KIND, Receipt,
    Report, ReportId, Time,
};

use crate::chain::{self, GENESIS, Hash, Header, SALT_BYTES};
use crate::{
    Appended, ArchivedEvent, AttachmentMeta, Batch, BoxFuture, Checkpoint, Journal, KnownSource,
    QuarantineRecord, StoreError, StoredEntry, VerifyReport, report_of,
};

/// A journal and a store in memory, with faults to be ordered.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

/// An entry as it is kept.
#[derive(Debug)]
pub(super) struct Kept {
    at: Time,
    /// Version, kind, digest and hash outlive an erasure.
    v: u16,
    kind: String,
    digest: Hash,
    hash: Hash,
    report: Option<ReportId>,
    payload: Option<Vec<u8>>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) entries: Vec<Kept>,
    pub(super) claims: BTreeMap<(FeedId, String), BTreeMap<i64, KnownSource>>,
    pub(super) commands: BTreeMap<CommandId, Receipt>,
    pub(super) requests: BTreeMap<(String, String), ([u8; 16], String, Time)>,
    pub(super) quarantine: BTreeMap<i64, (QuarantineRecord, [u8; 16])>,
    pub(super) quarantine_last: i64,
    pub(super) checkpoints: Vec<Checkpoint>,
    pub(super) archive: BTreeMap<EventId, ArchivedEvent>,
    pub(super) attachments: BTreeMap<AttachmentId, (AttachmentMeta, Vec<u8>)>,
    faults: VecDeque<StoreError>,
}

impl MemoryStore {
    /// The next append answers this instead of being carried out; several wait in order.
    pub fn fail_next_append(&self, error: StoreError) {
        self.state().faults.push_back(error);
    }

    /// The next append answers [`StoreError::Full`].
    pub fn fill_disk_for_one_append(&self) {
        self.fail_next_append(StoreError::Full("ordered by the test".to_owned()));
    }

    /// Changes the payload of an entry behind the journal's back, as damage or an intruder would.
    pub fn tamper(&self, seq: u64, payload: Vec<u8>) {
        let at = usize::try_from(seq.saturating_sub(1)).unwrap_or(usize::MAX);
        if let Some(entry) = self.state().entries.get_mut(at) {
            entry.payload = Some(payload);
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The salt of the memory version; nothing rests on it being secret here.
const SALT: [u8; SALT_BYTES] = [0; SALT_BYTES];

impl State {
    fn head(&self) -> u64 {
        self.entries.len() as u64
    }

    /// What in the batch is there already, or twice within it.
    fn check_unique(&self, batch: &Batch) -> Result<(), StoreError> {
        let taken = |what: String| Err(StoreError::Failed(format!("{what} is taken")));
        let mut seen = std::collections::BTreeSet::new();
        for c in &batch.claims {
            let known = self
                .claims
                .get(&(c.feed.clone(), c.key.clone()))
                .is_some_and(|revisions| revisions.contains_key(&c.revision));
            if known || !seen.insert((&c.feed, &c.key, c.revision)) {
                return taken(format!("source id {} {} {}", c.feed, c.key, c.revision));
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        for (id, _) in &batch.commands {
            if self.commands.contains_key(id) || !seen.insert(*id) {
                return taken(format!("command {id}"));
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        for r in &batch.idempotency {
            let key = (r.scope.clone(), r.key.clone());
            if self.requests.contains_key(&key) || !seen.insert(key) {
                return taken(format!("idempotency key of {}", r.scope));
            }
        }
        Ok(())
    }

    fn append(&mut self, batch: Batch, expected: u64) -> Result<Appended, StoreError> {
        if let Some(fault) = self.faults.pop_front() {
            return Err(fault);
        }
        let actual = self.head();
        if actual != expected {
            return Err(StoreError::HeadMoved { expected, actual });
        }
        self.check_unique(&batch)?;
        let mut entries = Vec::with_capacity(batch.entries.len());
        let mut prev = self.entries.last().map_or(GENESIS, |e| e.hash);
        for (entry, seq) in batch.entries.iter().zip(expected + 1..) {
            let encoded = chain::encode(&entry.body)?;
            let digest = chain::payload_digest(&SALT, &encoded.payload);
            let header = Header {
                seq,
                at: entry.at,
                v: encoded.v,
                kind: &encoded.kind,
                digest,
                prev,
            };
            prev = header.hash();
            entries.push(Kept {
                at: entry.at,
                v: encoded.v,
                kind: encoded.kind,
                digest,
                hash: prev,
                report: entry.body.carries(),
                payload: Some(encoded.payload),
            });
        }
        // Nothing fails from here on.
        self.entries.append(&mut entries);
        for c in batch.claims {
            self.claims.entry((c.feed, c.key)).or_default().insert(
                c.revision,
                KnownSource {
                    revision: c.revision,
                    digest: c.digest,
                    report: c.report,
                    at: c.at,
                },
            );
        }
        self.commands.extend(batch.commands);
        let mut quarantine_ids = Vec::with_capacity(batch.quarantine.len());
        for q in batch.quarantine {
            self.quarantine_last += 1;
            let id = self.quarantine_last;
            quarantine_ids.push(id);
            let record = QuarantineRecord {
                id,
                feed: q.feed,
                at: q.at,
                reason: q.reason,
                offset: q.offset,
                raw: q.raw,
                digest: q.digest,
                message: q.message,
                attempts: 0,
                released_at: None,
            };
            self.quarantine.insert(id, (record, q.digest));
        }
        for r in batch.idempotency {
            let answer = r.answer_with(&quarantine_ids);
            self.requests
                .insert((r.scope, r.key), (r.digest, answer, r.at));
        }
        Ok(Appended {
            head: self.head(),
            quarantine_ids,
        })
    }

    fn decode(seq: u64, kept: &Kept) -> Result<Option<EntryBody>, StoreError> {
        kept.payload
            .as_deref()
            .map(|payload| chain::decode(seq, kept.v, &kept.kind, payload))
            .transpose()
    }

    /// What `Erased` entries name.
    fn ordered_erasures(&self) -> Vec<(ReportId, Erasure)> {
        self.entries
            .iter()
            .zip(1..)
            .filter(|(e, _)| e.kind == "erased")
            .filter_map(|(e, seq)| match Self::decode(seq, e) {
                Ok(Some(EntryBody::Erased { report, what, .. })) => Some((report, what)),
                _ => None,
            })
            .collect()
    }

    fn erase(&mut self, report: ReportId, what: Erasure) -> Result<(), StoreError> {
        if !self.ordered_erasures().contains(&(report, what)) {
            return Err(StoreError::Failed(format!(
                "no Erased entry names report {report}: append it first"
            )));
        }
        let mut stored = Vec::new();
        for (entry, seq) in self.entries.iter_mut().zip(1..) {
            if entry.report != Some(report) || !what.takes(&entry.kind) {
                continue;
            }
            if let Ok(Some(EntryBody::ReportRecorded { report, .. })) = Self::decode(seq, entry) {
                stored.extend(report.attachments.iter().filter_map(|a| a.stored));
            }
            entry.payload = None;
        }
        for id in stored {
            self.attachments.remove(&id);
        }
        let mut twins = Vec::new();
        for ((feed, key), revisions) in &mut self.claims {
            for known in revisions.values_mut().filter(|k| k.report == report) {
                twins.push((feed.clone(), key.clone(), known.digest));
                known.digest = [0; 16];
            }
        }
        self.claims.retain(|(_, key), known| {
            if key.starts_with("sha256:") {
                known.retain(|_, k| k.report != report);
            }
            !known.is_empty()
        });
        self.quarantine.retain(|_, (q, digest)| {
            !twins.iter().any(|(feed, key, of)| {
                q.feed == *feed && (digest == of || contains(&q.raw, key.as_bytes()))
            })
        });
        let name = report.to_string();
        match what {
            Erasure::Report => self.archive.retain(|_, e| !e.json.contains(&name)),
            Erasure::Identifiers => {
                for event in self.archive.values_mut() {
                    event.forget_identifiers(report);
                }
            }
        }
        self.checkpoints.clear();
        Ok(())
    }

    fn verify(&self) -> VerifyReport {
        let ordered = self.ordered_erasures();
        let mut prev = GENESIS;
        let mut erased = 0;
        let mut broken = None;
        for (entry, seq) in self.entries.iter().zip(1..) {
            let header = Header {
                seq,
                at: entry.at,
                v: entry.v,
                kind: &entry.kind,
                digest: entry.digest,
                prev,
            };
            let why = match &entry.payload {
                _ if header.hash() != entry.hash => Some("the header does not fit its hash"),
                Some(p) if chain::payload_digest(&SALT, p) != entry.digest => {
                    Some("the payload does not fit its digest")
                }
                None if !ordered
                    .iter()
                    .any(|(r, what)| entry.report == Some(*r) && what.takes(&entry.kind)) =>
                {
                    Some("the payload is missing and no entry says that it was erased")
                }
                _ => None,
            };
            if let (Some(why), None) = (why, &broken) {
                broken = Some((seq, why.to_owned()));
            }
            erased += u64::from(entry.payload.is_none());
            prev = entry.hash;
        }
        VerifyReport {
            entries: self.head(),
            erased,
            head_hash: chain::hex(&prev),
            broken,
        }
    }
}

/// Whether the bytes hold these others; an empty text is held by nothing.
fn contains(bytes: &[u8], text: &[u8]) -> bool {
    !text.is_empty() && bytes.windows(text.len()).any(|w| w == text)
}

impl Journal for MemoryStore {
    fn head(&self) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(async move { Ok(self.state().head()) })
    }

    fn append(
        &self,
        batch: Batch,
        expected_head: u64,
    ) -> BoxFuture<'_, Result<Appended, StoreError>> {
        Box::pin(async move { self.state().append(batch, expected_head) })
    }

    fn read(
        &self,
        after: u64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<StoredEntry>, StoreError>> {
        Box::pin(async move {
            let skip = usize::try_from(after).unwrap_or(usize::MAX);
            self.state()
                .entries
                .iter()
                .zip(1..)
                .skip(skip)
                .take(limit)
                .map(|(entry, seq)| {
                    let body = State::decode(seq, entry)?;
                    Ok(StoredEntry {
                        seq,
                        at: entry.at,
                        erased: entry.report.filter(|_| body.is_none()),
                        body,
                    })
                })
                .collect()
        })
    }

    fn known_sources(
        &self,
        keys: Vec<(FeedId, String)>,
    ) -> BoxFuture<'_, Result<Vec<Vec<KnownSource>>, StoreError>> {
        Box::pin(async move {
            let state = self.state();
            Ok(keys
                .iter()
                .map(|key| {
                    let revisions = state.claims.get(key);
                    revisions.map_or_else(Vec::new, |r| r.values().cloned().collect())
                })
                .collect())
        })
    }

    fn known_command(&self, id: CommandId) -> BoxFuture<'_, Result<Option<Receipt>, StoreError>> {
        Box::pin(async move { Ok(self.state().commands.get(&id).cloned()) })
    }

    fn known_request(
        &self,
        scope: String,
        key: String,
    ) -> BoxFuture<'_, Result<Option<([u8; 16], String)>, StoreError>> {
        Box::pin(async move {
            let known = self.state().requests.get(&(scope, key)).cloned();
            Ok(known.map(|(digest, answer, _)| (digest, answer)))
        })
    }

    fn report(&self, id: ReportId) -> BoxFuture<'_, Result<Option<Report>, StoreError>> {
        Box::pin(async move {
            let state = self.state();
            let entries = state.entries.iter().zip(1..);
            let of_it = entries.filter(|(e, _)| e.report == Some(id));
            let bodies: Vec<Option<EntryBody>> = of_it
                .map(|(e, seq)| State::decode(seq, e))
                .collect::<Result<_, _>>()?;
            Ok(report_of(bodies.into_iter().flatten()))
        })
    }

    fn has_report(&self, report: ReportId) -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(async move {
            let state = self.state();
            let mut entries = state.entries.iter();
            Ok(entries.any(|e| e.report == Some(report) && e.payload.is_some()))
        })
    }

    fn erase(&self, report: ReportId, what: Erasure) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.state().erase(report, what) })
    }

    fn reports_before(
        &self,
        before: Time,
        what: Erasure,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<ReportId>, StoreError>> {
        Box::pin(async move {
            let state = self.state();
            let there = state
                .entries
                .iter()
                .filter(|e| e.at < before && e.payload.is_some())
                .filter(|e| (e.kind == IDENTIFIERS_KIND) == (what == Erasure::Identifiers));
            Ok(there.filter_map(|e| e.report).take(limit).collect())
        })
    }

    fn verify(&self) -> BoxFuture<'_, Result<VerifyReport, StoreError>> {
        Box::pin(async move { Ok(self.state().verify()) })
    }
}
