//! The loop of the only writer.

use std::collections::BTreeSet;
use std::sync::Arc;

use oneroof_config::types::Linking;
use oneroof_geo::SectionIndex;
use oneroof_model::{
    Bounds, Command, CommandBody, DeleteTarget, Draft, EntryBody, Erasure, FeedId, IdSource,
    PositionDraft, Receipt, RecordOutcome, Report, ReportId, RoomConfig, Time,
};
use oneroof_picture::{FOLD_VERSION, Picture};
use oneroof_ports::{Batch, Checkpoint, Idempotency, Journal, Store, StoreError, TimeSource};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::batch::{Deciding, Sources};
use crate::decide::keys_of;
use crate::index::LinkIndex;
use crate::submit::{Job, Published, Record, Submission, SubmitAnswer, SubmitError, Update};
use crate::tracks::Tracks;

/// Most jobs decided and committed together.
const MAX_JOBS: usize = 256;

/// Most records decided and committed together.
const MAX_RECORDS: usize = 4_096;

/// Most reports that wait for the one that they name, for each feed.
const MAX_WAITING: usize = 1_000;

/// Rules by which the room decides.
pub struct RoomRules {
    /// The link rule and the chatter rule.
    pub linking: Linking,
    /// The country's bounding box, for swapped coordinates.
    pub bounds: Option<Bounds>,
    /// Which section a place belongs to.
    pub sections: SectionIndex,
}

/// Updates and cancels of a feed, newest first, bounded: what they name may not have come yet.
pub(crate) fn waiting_reports<'a>(
    picture: &'a Picture,
    feed: &'a FeedId,
) -> impl Iterator<Item = &'a Report> {
    picture
        .waiting()
        .rev()
        .filter(move |r| r.feed == *feed)
        .take(MAX_WAITING)
}

pub(crate) struct Writer {
    pub journal: Arc<dyn Journal>,
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn TimeSource>,
    pub ids: Arc<dyn IdSource>,
    pub rules: RoomRules,
    pub tracks: Arc<Tracks>,
    pub working: Picture,
    pub index: LinkIndex,
    pub published: Published,
    pub updates: broadcast::Sender<Arc<Update>>,
    pub checkpoint_every: u64,
    pub checkpointed: u64,
}

/// What waits for the commit.
enum Answer {
    /// The quarantine numbers are places in the batch where `numbered` is false.
    Submit {
        tx: oneshot::Sender<Result<SubmitAnswer, SubmitError>>,
        answer: SubmitAnswer,
        numbered: bool,
    },
    Command(oneshot::Sender<Result<Receipt, SubmitError>>, Receipt),
    Configure(oneshot::Sender<Result<(), SubmitError>>),
}

impl Answer {
    fn send(self, result: &Result<Vec<i64>, StoreError>) {
        // Who no longer listens does not get an answer; that is his choice.
        match (self, result) {
            (
                Self::Submit {
                    tx,
                    mut answer,
                    numbered,
                },
                Ok(ids),
            ) => {
                for outcome in &mut answer.outcomes {
                    if let RecordOutcome::Quarantined { id, .. } = outcome
                        && !numbered
                    {
                        let at = usize::try_from(*id).unwrap_or(usize::MAX);
                        *id = ids.get(at).copied().unwrap_or(0);
                    }
                }
                drop(tx.send(Ok(answer)));
            }
            (Self::Submit { tx, .. }, Err(e)) => drop(tx.send(Err(e.clone().into()))),
            (Self::Command(tx, receipt), Ok(_)) => drop(tx.send(Ok(receipt))),
            (Self::Command(tx, _), Err(e)) => drop(tx.send(Err(e.clone().into()))),
            (Self::Configure(tx), Ok(_)) => drop(tx.send(Ok(()))),
            (Self::Configure(tx), Err(e)) => drop(tx.send(Err(e.clone().into()))),
        }
    }
}

impl Writer {
    /// Runs until every handle is gone, then saves a checkpoint.
    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut waiting = Vec::new();
        while jobs.recv_many(&mut waiting, MAX_JOBS).await > 0 {
            for group in group(core::mem::take(&mut waiting)) {
                self.group(group).await;
            }
            if self.working.position().saturating_sub(self.checkpointed) >= self.checkpoint_every
                && let Err(error) = self.save_checkpoint().await
            {
                tracing::warn!(%error, "checkpoint not saved; the next start reads a longer tail");
                // Not at once again.
                self.checkpointed = self.working.position();
            }
        }
        if let Err(error) = self.save_checkpoint().await {
            tracing::warn!(%error, "last checkpoint not saved; the next start reads a longer tail");
        }
    }

    async fn group(&mut self, group: Group) {
        match group {
            Group::Decide(jobs) => self.decide(jobs).await,
            Group::Checkpoint(tx) => {
                drop(tx.send(self.save_checkpoint().await.map_err(SubmitError::from)));
            }
            Group::Housekeep(before, tx) => drop(tx.send(self.archive(before).await)),
            Group::Erase(before, what, tx) => drop(tx.send(self.erase_before(before, what).await)),
        }
    }

    async fn decide(&mut self, jobs: Vec<Job>) {
        let prepared = match self.look_up(&jobs).await {
            Ok(p) => p,
            Err(e) => {
                for job in jobs {
                    refuse(job, &e);
                }
                return;
            }
        };
        let mut answers = Vec::with_capacity(jobs.len());
        let mut repeated_requests = prepared.requests;
        let mut repeated_commands = prepared.commands;
        let expected = self.published.read().position();
        let tracks = Arc::clone(&self.tracks);
        let mut deciding = self.deciding(prepared.sources);
        deciding.not_there = prepared.not_there;
        for job in jobs {
            match job {
                Job::Submit(s, tx) => {
                    match submission(&mut deciding, &tracks, s, &mut repeated_requests) {
                        Ok((answer, numbered)) => answers.push(Answer::Submit {
                            tx,
                            answer,
                            numbered,
                        }),
                        Err(e) => drop(tx.send(Err(e))),
                    }
                }
                Job::Command(c, audience, tx) => {
                    deciding.audience = audience;
                    let receipt = command(&mut deciding, *c, &mut repeated_commands);
                    answers.push(Answer::Command(tx, receipt));
                }
                Job::Configure(config, tx) => {
                    deciding.record(EntryBody::Configured { config });
                    answers.push(Answer::Configure(tx));
                }
                Job::Housekeep(..) | Job::Erase(..) | Job::Checkpoint(_) => {}
            }
        }
        let (batch, changes) = (deciding.batch, deciding.changes);
        let erasures = deciding.erasures;
        let mut result = self
            .commit(batch, expected, changes.into_iter().collect())
            .await;
        if result.is_ok() && !erasures.is_empty() {
            // The orders stand in the journal: what fails here is made up for when the store is opened next.
            if let Err(error) = self.carry_out(&erasures).await {
                tracing::error!(%error, "an erasure was ordered and not carried out");
                result = Err(error);
            }
            if let Err(error) = self.save_checkpoint().await {
                tracing::warn!(%error, "checkpoint not saved; the next start reads a longer tail");
            }
        }
        for answer in answers {
            answer.send(&result);
        }
    }

    /// Begins a batch on top of the working picture.
    fn deciding(&mut self, sources: Sources) -> Deciding<'_> {
        Deciding {
            at: self.clock.now().max(self.working.at()),
            picture: &mut self.working,
            index: &mut self.index,
            rules: &self.rules,
            ids: &*self.ids,
            batch: Batch::default(),
            sources,
            changes: BTreeSet::new(),
            erasures: Vec::new(),
            heard_again: Vec::new(),
            weather: Vec::new(),
            not_there: BTreeSet::new(),
            audience: None,
        }
    }

    /// Journals what the room says by itself, as one batch.
    pub(crate) async fn say(
        &mut self,
        entries: impl IntoIterator<Item = EntryBody>,
    ) -> Result<(), StoreError> {
        let expected = self.published.read().position();
        let mut deciding = self.deciding(Sources::new());
        for body in entries {
            deciding.record(body);
        }
        let (batch, changes) = (deciding.batch, deciding.changes);
        self.commit(batch, expected, changes.into_iter().collect())
            .await?;
        Ok(())
    }

    /// Commits, then publishes. When the commit fails the working picture goes back to what is durable.
    async fn commit(
        &mut self,
        batch: Batch,
        expected: u64,
        changes: Vec<oneroof_picture::Change>,
    ) -> Result<Vec<i64>, StoreError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        match self.journal.append(batch, expected).await {
            Ok(appended) => {
                self.publish(changes);
                Ok(appended.quarantine_ids)
            }
            Err(error) => {
                tracing::error!(%error, "commit failed: nothing of the batch was taken");
                self.working = self.published.read().clone();
                self.index = index_of(&self.working, &self.rules);
                Err(error)
            }
        }
    }

    /// The working picture is durable now: it becomes the published one. Both share what they hold.
    fn publish(&self, changes: Vec<oneroof_picture::Change>) {
        let (position, at) = (self.working.position(), self.working.at());
        let durable = self.working.clone();
        let mut published = self
            .published
            .0
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if published.position() == position {
            return;
        }
        let before = core::mem::replace(&mut *published, durable);
        drop(published);
        // What only the older one held is freed after the lock.
        drop(before);
        // Nobody may be following; that is no fault.
        drop(self.updates.send(Arc::new(Update {
            position,
            at,
            changes,
        })));
    }

    pub(crate) async fn save_checkpoint(&mut self) -> Result<u64, StoreError> {
        let picture = self.published.read().clone();
        let (position, at) = (picture.position(), self.clock.now());
        if position == 0 {
            return Ok(0);
        }
        let state = tokio::task::spawn_blocking(move || picture.to_checkpoint())
            .await
            .map_err(|e| StoreError::Failed(e.to_string()))?
            .map_err(|e| StoreError::Failed(e.to_string()))?;
        self.store
            .save_checkpoint(Checkpoint {
                fold_version: FOLD_VERSION,
                position,
                state,
                at,
            })
            .await?;
        self.checkpointed = position;
        Ok(position)
    }

    /// Asks the journal for everything that the decisions need, once for the whole group.
    async fn look_up(&self, jobs: &[Job]) -> Result<Prepared, StoreError> {
        let mut keys = BTreeSet::new();
        let mut prepared = Prepared::default();
        for job in jobs {
            match job {
                Job::Submit(s, _) => {
                    keys.extend(s.records.iter().flat_map(|r| {
                        keys_of(r, &s.feed)
                            .into_iter()
                            .map(|k| (s.feed.id.clone(), k))
                    }));
                    if let Some(r) = &s.request {
                        let scope = s.feed.id.to_string();
                        let known = self
                            .journal
                            .known_request(scope.clone(), r.key.clone())
                            .await?;
                        if let Some((digest, answer)) = known {
                            let outcomes = serde_json::from_str(&answer);
                            let outcomes = outcomes.map_err(|e| StoreError::Damaged {
                                place: "requests".into(),
                                detail: e.to_string(),
                            })?;
                            prepared.requests.push(KnownAnswer {
                                scope,
                                key: r.key.clone(),
                                digest,
                                outcomes,
                                numbered: true,
                            });
                        }
                    }
                }
                Job::Command(c, ..) => {
                    if let Some(receipt) = self.journal.known_command(c.id).await? {
                        prepared.commands.push((c.id, receipt));
                    }
                    if let CommandBody::EraseReport { report, .. } = c.body
                        && !self.journal.has_report(report).await?
                    {
                        prepared.not_there.insert(report);
                    }
                }
                _ => {}
            }
        }
        let keys: Vec<_> = keys.into_iter().collect();
        if !keys.is_empty() {
            let known = self.journal.known_sources(keys.clone()).await?;
            prepared.sources = keys.into_iter().zip(known).collect();
        }
        Ok(prepared)
    }
}

/// A request that was answered before, or earlier in this batch.
struct KnownAnswer {
    scope: String,
    key: String,
    digest: [u8; 16],
    outcomes: Vec<RecordOutcome>,
    /// Whether its quarantine numbers are those that the commit gave.
    numbered: bool,
}

type KnownCommands = Vec<(oneroof_model::CommandId, Receipt)>;

#[derive(Default)]
struct Prepared {
    sources: Sources,
    requests: Vec<KnownAnswer>,
    commands: KnownCommands,
    not_there: BTreeSet<ReportId>,
}

/// Decides a submission; gives the answer and whether its quarantine numbers are those that a commit gave.
fn submission(
    deciding: &mut Deciding<'_>,
    tracks: &Tracks,
    s: Submission,
    known: &mut Vec<KnownAnswer>,
) -> Result<(SubmitAnswer, bool), SubmitError> {
    let scope = s.feed.id.to_string();
    if let Some(request) = &s.request {
        let mut known = known.iter();
        if let Some(before) = known.find(|k| k.scope == scope && k.key == request.key) {
            if before.digest != request.digest {
                return Err(SubmitError::RequestMismatch);
            }
            let answer = SubmitAnswer {
                outcomes: before.outcomes.clone(),
                repeated: true,
            };
            return Ok((answer, before.numbered));
        }
    }
    let mut outcomes = Vec::with_capacity(s.records.len());
    let mut positions: Vec<PositionDraft> = Vec::new();
    for record in s.records {
        match &record {
            Record::Draft {
                draft: Draft::Position(p),
                ..
            } if oneroof_model::validate_draft(&Draft::Position(p.clone()), s.at, None).is_ok() => {
                positions.push(p.clone());
            }
            Record::Draft {
                draft: Draft::Delete(d),
                ..
            } => {
                if let DeleteTarget::Track { track } = &d.target {
                    tracks.withdraw(track);
                }
            }
            _ => {}
        }
        outcomes.push(deciding.take(&s.feed, record, s.at));
    }
    deciding.flush_heard(&s.feed);
    deciding.flush_weather(&s.feed);
    if !positions.is_empty() {
        tracks.take(&s.feed, s.at, positions);
    }
    if let Some(request) = s.request {
        deciding.batch.idempotency.push(Idempotency {
            scope: scope.clone(),
            key: request.key.clone(),
            digest: request.digest,
            answer: to_be_kept(&outcomes)?,
            at: deciding.at,
        });
        known.push(KnownAnswer {
            scope,
            key: request.key,
            digest: request.digest,
            outcomes: outcomes.clone(),
            numbered: false,
        });
    }
    let answer = SubmitAnswer {
        outcomes,
        repeated: false,
    };
    Ok((answer, false))
}

/// Outcomes as they are kept with an idempotency key: the numbers in quarantine are places in the batch until the
/// commit gives them ([`Idempotency::answer_with`]).
fn to_be_kept(outcomes: &[RecordOutcome]) -> Result<String, StoreError> {
    let failed = |e: serde_json::Error| StoreError::Failed(e.to_string());
    let mut values = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        let mut value = serde_json::to_value(outcome).map_err(failed)?;
        if let (RecordOutcome::Quarantined { .. }, Some(map)) = (outcome, value.as_object_mut())
            && let Some(place) = map.remove("id")
        {
            map.insert("quarantine_index".to_owned(), place);
        }
        values.push(value);
    }
    serde_json::to_string(&values).map_err(failed)
}

fn command(deciding: &mut Deciding<'_>, c: Command, known: &mut KnownCommands) -> Receipt {
    let id = c.id;
    if let Some((_, receipt)) = known.iter().find(|(k, _)| *k == id) {
        return match receipt.clone() {
            Receipt::Done { event, version, .. } => Receipt::Done {
                repeated: true,
                event,
                version,
            },
            refused @ Receipt::Refused { .. } => refused,
        };
    }
    let receipt = deciding.command(c);
    // A refusal is not remembered: the same command may be allowed later.
    if matches!(receipt, Receipt::Done { .. }) {
        known.push((id, receipt.clone()));
        deciding.batch.commands.push((id, receipt.clone()));
    }
    receipt
}

fn refuse(job: Job, e: &StoreError) {
    match job {
        Job::Submit(_, tx) => drop(tx.send(Err(e.clone().into()))),
        Job::Command(_, _, tx) => drop(tx.send(Err(e.clone().into()))),
        Job::Configure(_, tx) => drop(tx.send(Err(e.clone().into()))),
        Job::Housekeep(_, tx) | Job::Erase(_, _, tx) | Job::Checkpoint(tx) => {
            drop(tx.send(Err(e.clone().into())));
        }
    }
}

enum Group {
    Decide(Vec<Job>),
    Housekeep(Time, oneshot::Sender<Result<u64, SubmitError>>),
    Erase(Time, Erasure, oneshot::Sender<Result<u64, SubmitError>>),
    Checkpoint(oneshot::Sender<Result<u64, SubmitError>>),
}

/// Cuts jobs into groups that are committed together, in order.
fn group(jobs: Vec<Job>) -> Vec<Group> {
    let mut groups = Vec::new();
    let (mut now, mut records) = (Vec::new(), 0);
    for job in jobs {
        match job {
            Job::Housekeep(t, tx) => {
                groups.push(Group::Decide(core::mem::take(&mut now)));
                groups.push(Group::Housekeep(t, tx));
            }
            Job::Erase(t, what, tx) => {
                groups.push(Group::Decide(core::mem::take(&mut now)));
                groups.push(Group::Erase(t, what, tx));
            }
            Job::Checkpoint(tx) => {
                groups.push(Group::Decide(core::mem::take(&mut now)));
                groups.push(Group::Checkpoint(tx));
            }
            job => {
                records += match &job {
                    Job::Submit(s, _) => s.records.len(),
                    _ => 1,
                };
                now.push(job);
                if records >= MAX_RECORDS {
                    groups.push(Group::Decide(core::mem::take(&mut now)));
                    records = 0;
                }
            }
        }
    }
    groups.push(Group::Decide(now));
    groups.retain(|g| !matches!(g, Group::Decide(jobs) if jobs.is_empty()));
    groups
}

/// The link index of a picture.
pub(crate) fn index_of(picture: &Picture, rules: &RoomRules) -> LinkIndex {
    let mut index = LinkIndex::default();
    for e in picture.events().filter(|e| e.state.is_open()) {
        let features = crate::score::Features::of(e, picture);
        index.put(e.id, &features, rules.linking.place_base_m);
    }
    index
}

/// The configuration that a room starts with is journalled where it differs from the one in force.
pub(crate) fn differs(picture: &Picture, config: &RoomConfig) -> bool {
    picture.config().hash != config.hash
}
