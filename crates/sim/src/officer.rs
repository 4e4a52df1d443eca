//! The demonstration's scripted officer: where nobody decides, he does, over the same API as a screen.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use oneroof_model::{
    Actor, Command, CommandBody, CommandId, EventId, EventState, Receipt, SuggestionId,
    SuggestionState,
};
use oneroof_wire::{EventView, Page, SuggestionView};
use serde::Deserialize;
use tokio::time::Instant;
use uuid::Uuid;

use crate::http::{Http, HttpError};

/// He looks this often.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A further suggestion on an event at which he works already is decided sooner.
const NEXT_AFTER: Duration = Duration::from_secs(6);

/// His note follows this long after his first decision on an event.
const NOTE_AFTER: Duration = Duration::from_secs(12);

const NOTE_LIFE: &str = "Повідомлення кількох відомств про одну подію. Людина в небезпеці: рятувальники першими, наряди \
                         поруч попереджені. / Several agencies report one happening. A life is at risk: rescue first, \
                         the patrols nearby are warned.";
const NOTE: &str = "Повідомлення кількох відомств про одну подію, наряди поруч попереджені. / Several agencies report one \
                    happening; the patrols nearby are warned.";

/// The officer.
#[derive(Debug, Clone)]
pub(crate) struct Officer {
    http: Http,
    after: Duration,
}

/// The part of an event's detail that he reads.
#[derive(Debug, Deserialize)]
struct Detail {
    event: EventView,
}

/// What he has seen and done.
#[derive(Debug, Default)]
struct Desk {
    /// When each open suggestion was first seen.
    seen: BTreeMap<SuggestionId, Instant>,
    /// Events that he confirmed something of, and when his note is due (`None`: written).
    works_at: BTreeMap<EventId, Option<Instant>>,
}

impl Desk {
    /// The suggestion to decide now: the one with the highest score among those that waited long enough.
    fn ripe<'s>(
        &mut self,
        open: &'s [SuggestionView],
        at: Instant,
        after: Duration,
    ) -> Option<&'s SuggestionView> {
        self.seen.retain(|id, _| open.iter().any(|s| s.id == *id));
        for s in open {
            self.seen.entry(s.id).or_insert(at);
        }
        open.iter()
            .filter(|s| {
                let known = self.works_at.contains_key(&s.a) || self.works_at.contains_key(&s.b);
                let wait = if known { NEXT_AFTER.min(after) } else { after };
                self.seen
                    .get(&s.id)
                    .is_some_and(|first| at.duration_since(*first) >= wait)
            })
            .max_by(|a, b| a.score.total_cmp(&b.score))
    }

    /// The event whose note is due; it is not due again.
    fn note_due(&mut self, at: Instant) -> Option<EventId> {
        let (event, due) = self
            .works_at
            .iter_mut()
            .find(|(_, due)| due.is_some_and(|d| d <= at))?;
        *due = None;
        Some(*event)
    }
}

impl Officer {
    pub(crate) const fn new(http: Http, after: Duration) -> Self {
        Self { http, after }
    }

    /// Works until stopped.
    pub(crate) async fn work(self) {
        let mut desk = Desk::default();
        let mut failing = false;
        while self.http.wait(LOOK_EVERY).await {
            match self.look(&mut desk).await {
                Ok(()) => failing = false,
                Err(HttpError::Stopped) => return,
                Err(error) if !failing => {
                    failing = true;
                    tracing::warn!(%error, "the scripted officer sees nothing; he looks again");
                }
                Err(_) => {}
            }
        }
    }

    async fn look(&self, desk: &mut Desk) -> Result<(), HttpError> {
        let path = "/api/v1/suggestions?state=open&limit=1000";
        let mut open = self.http.get::<Page<SuggestionView>>(path).await?.items;
        open.retain(|s| s.state == SuggestionState::Open);
        let at = Instant::now();
        if let Some(s) = desk.ripe(&open, at, self.after) {
            let suggestion = s.id;
            let done = self
                .command(CommandBody::AcceptSuggestion { suggestion })
                .await?;
            // A refusal means that somebody was there first; the next look shows it.
            if let Receipt::Done { event, .. } = done {
                let event = event.unwrap_or(s.a);
                tracing::info!(%event, score = s.score, "the scripted officer confirmed a suggestion");
                desk.works_at.entry(event).or_insert(Some(at + NOTE_AFTER));
                self.validate(event).await?;
            }
        }
        if let Some(event) = desk.note_due(at) {
            let Detail { event: view } = self.http.get(&format!("/api/v1/events/{event}")).await?;
            let text = if view.life_at_risk { NOTE_LIFE } else { NOTE }.to_owned();
            self.command(CommandBody::AddNote {
                event,
                text,
                attachments: Vec::new(),
            })
            .await?;
        }
        Ok(())
    }

    async fn validate(&self, event: EventId) -> Result<(), HttpError> {
        let detail: Detail = self.http.get(&format!("/api/v1/events/{event}")).await?;
        if matches!(detail.event.state, EventState::New | EventState::Triaged) {
            self.set_state(event, EventState::Validated).await?;
        }
        Ok(())
    }

    /// Resolves and files the events that a run of a scenario opened, where they stand now.
    pub(crate) async fn close(&self, opened: &BTreeSet<EventId>) {
        for event in opened {
            match self.close_one(*event).await {
                Ok(()) => {}
                Err(HttpError::Stopped) => return,
                // What was not released to the room is not his: its agency closes it.
                Err(HttpError::Status { status: 404, .. }) => {
                    tracing::debug!(%event, "an event that the room does not see is left alone");
                }
                Err(error) => tracing::warn!(%event, %error, "an event of the last run stays open"),
            }
        }
    }

    async fn close_one(&self, event: EventId) -> Result<(), HttpError> {
        let mut id = event;
        // Each turn is one step of the event's life, or one merge to follow; there are not many.
        for _ in 0..12 {
            let Detail { event: view } = self.http.get(&format!("/api/v1/events/{id}")).await?;
            let next = match (view.state, view.merged_into) {
                (EventState::Merged, Some(into)) => {
                    id = into;
                    continue;
                }
                (EventState::New, _) => EventState::Triaged,
                (EventState::Triaged | EventState::Validated | EventState::Active, _) => {
                    EventState::Resolved
                }
                (EventState::Resolved, _) => EventState::Closed,
                (EventState::Closed | EventState::Dismissed | EventState::Merged, _) => {
                    return Ok(());
                }
            };
            self.set_state(id, next).await?;
        }
        Ok(())
    }

    async fn set_state(&self, event: EventId, state: EventState) -> Result<Receipt, HttpError> {
        self.command(CommandBody::SetState {
            event,
            state,
            reason: None,
        })
        .await
    }

    /// Gives a command; a refusal is an answer.
    async fn command(&self, body: CommandBody) -> Result<Receipt, HttpError> {
        let by = Actor::Person {
            name: "Demo officer (scripted)".to_owned(),
            org: "NCC".into(),
        };
        let id = CommandId(Uuid::new_v4());
        let answer = self
            .http
            .command(&Command {
                id,
                by,
                if_version: None,
                body,
            })
            .await;
        match answer {
            Err(HttpError::Status {
                status: 404 | 409 | 422,
                body,
            }) => {
                tracing::info!(refusal = %body, "a command of the scripted officer was refused");
                let why = body;
                Ok(Receipt::Refused {
                    refusal: oneroof_model::CommandRefusal::NotAllowed { why },
                })
            }
            answer => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggestion(n: u8, a: u8, b: u8, score: f64) -> SuggestionView {
        let id = |n: u8| format!("00000000-0000-7000-8000-0000000000{n:02x}");
        serde_json::from_value(serde_json::json!({
            "id": id(n), "a": id(a), "b": id(b), "score": score, "terms": [], "strong": true, "rule": "link/1",
            "at": "2026-11-23T00:00:00Z", "state": "open",
        }))
        .unwrap()
    }

    #[test]
    fn he_leaves_a_person_time_and_then_takes_the_surest_first() {
        let mut desk = Desk::default();
        let open = [suggestion(1, 10, 11, 0.6), suggestion(2, 10, 12, 0.9)];
        let after = Duration::from_secs(40);
        let start = Instant::now();
        assert_eq!(desk.ripe(&open, start, after), None);
        assert_eq!(
            desk.ripe(&open, start + Duration::from_secs(39), after),
            None
        );
        let ripe = desk
            .ripe(&open, start + Duration::from_secs(40), after)
            .unwrap();
        assert_eq!(ripe.id, open[1].id);
    }

    #[test]
    fn what_concerns_an_event_that_he_works_at_waits_less_and_notes_come_once() {
        let mut desk = Desk::default();
        let start = Instant::now();
        let first = suggestion(1, 10, 11, 0.6);
        desk.works_at.insert(first.a, Some(start + NOTE_AFTER));
        let open = [suggestion(2, 10, 12, 0.9)];
        let after = Duration::from_secs(40);
        assert_eq!(desk.ripe(&open, start, after), None);
        assert!(desk.ripe(&open, start + NEXT_AFTER, after).is_some());
        assert_eq!(desk.note_due(start), None);
        assert_eq!(desk.note_due(start + NOTE_AFTER), Some(first.a));
        assert_eq!(desk.note_due(start + NOTE_AFTER * 2), None);
    }
}
