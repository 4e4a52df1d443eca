//! A batch that is being decided: entries are applied to the working picture as they are made, so that the next
//! decision rests on them, and are committed together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use oneroof_model::{
    Actor, Audience, EntryBody, Erasure, Event, EventId, FeedId, IdSource, PersonalData,
    RecordOutcome, Report, ReportId, Suggestion, SuggestionId, SuggestionState, ThreatHeard, Time,
    WeatherReading,
};
use oneroof_picture::{Change, Picture};
use oneroof_ports::{Batch, KnownSource, NewEntry, SourceClaim};
use oneroof_wire::project::{self, Reports as _};

use crate::index::LinkIndex;
use crate::score::{Features, of_features};
use crate::writer::RoomRules;

/// Suggestions of one event that wait at one time: the best. A crowd of reports of one place makes no more entries than
/// so many each, and nobody looks through more.
pub(crate) const MAX_SUGGESTIONS: usize = 20;

/// Known revisions by source key.
pub(crate) type Sources = BTreeMap<(FeedId, String), Vec<KnownSource>>;

/// What becomes of a record that is taken and is no report.
pub(crate) const TAKEN: RecordOutcome = RecordOutcome::Accepted {
    report: None,
    event: None,
};

pub(crate) struct Deciding<'a> {
    pub picture: &'a mut Picture,
    pub index: &'a mut LinkIndex,
    pub rules: &'a RoomRules,
    pub ids: &'a dyn IdSource,
    pub at: Time,
    pub batch: Batch,
    pub sources: Sources,
    pub changes: BTreeSet<Change>,
    /// Who commands: versions are told, and named, as he sees them; `None` is somebody who sees everything.
    pub audience: Option<Arc<Audience>>,
    /// Words about regions that the submission under way repeats.
    pub heard_again: Vec<ThreatHeard>,
    /// Readings of the weather of the submission under way.
    pub weather: Vec<WeatherReading>,
    /// Reports that are to be erased by order and of which the journal holds nothing.
    pub not_there: BTreeSet<ReportId>,
    /// What is to be erased once the batch is durable.
    pub erasures: Vec<(ReportId, Erasure)>,
}

impl Deciding<'_> {
    /// Makes an entry: applies it to the working picture and puts it into the batch.
    pub(crate) fn record(&mut self, body: EntryBody) {
        let personal = match &body {
            EntryBody::ReportRecorded { report, .. } => {
                report.marking.personal_data > PersonalData::None
            }
            EntryBody::ReportIdentifiers { .. } => true,
            _ => false,
        };
        let seq = self.picture.position() + 1;
        self.changes
            .extend(self.picture.apply(seq, self.at, Some(body.clone())));
        self.batch.entries.push(NewEntry {
            at: self.at,
            body,
            personal,
        });
    }

    /// Takes a source key for a report.
    pub(crate) fn claim(&mut self, claim: SourceClaim) {
        self.sources
            .entry((claim.feed.clone(), claim.key.clone()))
            .or_default()
            .push(KnownSource {
                revision: claim.revision,
                digest: claim.digest,
                report: claim.report,
                at: claim.at,
            });
        self.batch.claims.push(claim);
    }

    /// The version of an event as who commands sees it.
    pub(crate) fn version_of(&self, event: &Event) -> u64 {
        self.audience.as_ref().map_or(event.version, |audience| {
            project::version(event, &*self.picture, audience)
        })
    }

    pub(crate) fn known(&self, feed: &FeedId, key: &str) -> &[KnownSource] {
        self.sources
            .get(&(feed.clone(), key.to_owned()))
            .map_or(&[], Vec::as_slice)
    }

    pub(crate) fn unix_ms(&self) -> i64 {
        self.at.as_millis()
    }

    /// Reports of an event that stand: neither superseded nor withdrawn nor erased, in the order of receipt.
    pub(crate) fn standing_reports(&self, event: &Event) -> Vec<&Report> {
        standing(self.picture, event.reports.iter().map(|a| a.report))
    }

    /// Puts an event into the link index anew, or takes it out when it is no longer open.
    pub(crate) fn reindex(&mut self, id: EventId) {
        let base = self.rules.linking.place_base_m;
        match self.picture.event(id) {
            Some(e) if e.state.is_open() => {
                let features = Features::of(e, self.picture);
                self.index.put(id, &features, base);
            }
            _ => self.index.remove(id),
        }
    }

    /// Suggests the events that may be the same happening as this one, but for one that a person has just taken
    /// apart from it.
    pub(crate) fn suggest(&mut self, id: EventId, apart_from: Option<EventId>) {
        let Some(event) = self.picture.event(id).filter(|e| e.state.is_open()) else {
            return;
        };
        let rule = &self.rules.linking;
        let features = Features::of(event, self.picture);
        let (mode, window) = (event.mode, f64::from(rule.window.as_secs_u32()));
        let paired = self.paired_with(id);
        let mut found = Vec::new();
        for other in self.index.candidates(&features, rule.place_base_m) {
            if other == id || Some(other) == apart_from || paired.contains(&other) {
                continue;
            }
            let Some(o) = self.picture.event(other).filter(|o| o.state.is_open()) else {
                continue;
            };
            if o.mode != mode || o.curation.occurred.value.gap_secs(features.occurred) > window {
                continue;
            }
            let theirs = Features::of(o, self.picture);
            if let Some((score, terms)) = of_features(&theirs, &features, rule)
                && score >= rule.suggest.0
            {
                found.push((other, score, terms));
            }
        }
        let (strong, name) = (rule.strong.0, rule.rule.clone());
        // The best first, and the oldest of equals.
        found.sort_by(|(x, s, _), (y, t, _)| t.total_cmp(s).then(x.cmp(y)));
        let waiting = self.picture.open_suggestions_of(id).count();
        found.truncate(MAX_SUGGESTIONS.saturating_sub(waiting));
        for (other, score, terms) in found {
            // Ids sort by the time of opening: the older one would survive.
            let (a, b) = (id.min(other), id.max(other));
            let suggestion = Suggestion {
                id: SuggestionId::next(self.ids, self.unix_ms()),
                a,
                b,
                score,
                terms,
                strong: score >= strong,
                rule: name.clone(),
                at: self.at,
                state: SuggestionState::Open,
            };
            self.record(EntryBody::SuggestionMade {
                suggestion: Box::new(suggestion),
            });
        }
    }

    /// Events with which this one was compared before and the outcome still stands: open or refused suggestions, of
    /// it and of whatever was merged into it.
    fn paired_with(&self, id: EventId) -> BTreeSet<EventId> {
        let absorbed = self.picture.event(id).into_iter().flat_map(|e| &e.merges);
        let mine: BTreeSet<EventId> = absorbed
            .map(|m| m.absorbed)
            .chain(core::iter::once(id))
            .collect();
        mine.iter()
            .flat_map(|e| self.picture.suggestions_of(*e))
            .filter(|s| matches!(s.state, SuggestionState::Open | SuggestionState::Rejected))
            .map(|s| if mine.contains(&s.a) { s.b } else { s.a })
            .filter_map(|other| self.picture.standing(other).map(|e| e.id))
            .collect()
    }

    /// Settles the open suggestions of an event that no longer stands by itself.
    pub(crate) fn settle_obsolete(&mut self, id: EventId, rule: &str) {
        let open: Vec<SuggestionId> = self.picture.open_suggestions_of(id).map(|s| s.id).collect();
        for suggestion in open {
            self.record(EntryBody::SuggestionSettled {
                suggestion,
                state: SuggestionState::Obsolete,
                by: Actor::Rule {
                    rule: rule.to_owned(),
                },
            });
        }
    }
}

/// Those of the reports that stand, in the order of receipt.
pub(crate) fn standing(picture: &Picture, ids: impl IntoIterator<Item = ReportId>) -> Vec<&Report> {
    let mut reports: Vec<&Report> = ids
        .into_iter()
        .filter(|id| !picture.superseded(*id) && !picture.withdrawn(*id))
        .filter_map(|id| picture.report(id))
        .collect();
    reports.sort_by_key(|r| (r.received, r.id));
    reports
}
