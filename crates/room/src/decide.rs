//! What becomes of a draft.

use std::sync::Arc;

use oneroof_model::{
    Actor, Attachment, Bounds, DeleteDraft, DeleteTarget, DismissReason, Draft, EntryBody, EventId,
    EventState, Figures, FiguresDraft, LinkProvenance, Mode, QualityIssue, QuarantineReason,
    RecordOutcome, Relation, Report, ReportDraft, ReportId, SourceKey, Time, Unit, UnitDraft,
    UnitKind, UnitStatus, validate_draft,
};
use oneroof_ports::{KnownSource, QuarantinePut, SourceClaim};
use oneroof_wire::project::Reports as _;

use crate::batch::{Deciding, TAKEN, standing};
use crate::curate::{RULE, curate};
use crate::digest::{hex, of_draft};
use crate::replace::replaced;
use crate::score::Features;
use crate::submit::{FeedContext, Original, Record};
use crate::writer::waiting_reports;

/// Most bytes of one record kept in quarantine.
pub(crate) const MAX_RAW: usize = 64 * 1024;

/// A record without a source id that says the same again within this time is a duplicate, seconds.
const SAME_CONTENT_S: f64 = 600.0;

/// How the source keys of a draft are looked up before the decision.
pub(crate) fn keys_of(record: &Record, feed: &FeedContext) -> Vec<String> {
    let Record::Draft { draft, .. } = record else {
        return Vec::new();
    };
    match draft {
        Draft::Report(r) => {
            let named = match &r.relation {
                Relation::New => &[][..],
                Relation::Update { of } | Relation::Cancel { of } => of.as_slice(),
            };
            core::iter::once(own_key(r, feed.mode))
                .chain(named.iter().cloned())
                .collect()
        }
        Draft::Delete(DeleteDraft {
            target: DeleteTarget::Report { key },
            ..
        }) => {
            vec![key.clone()]
        }
        _ => Vec::new(),
    }
}

fn own_key(draft: &ReportDraft, mode: Mode) -> String {
    match &draft.source {
        Some(SourceKey { key, .. }) => key.clone(),
        None => format!("sha256:{}", hex(of_draft(draft, mode))),
    }
}

/// Rank of a revision: as its sender numbers it, else the next one. A number that was used for other content takes
/// the next one where it was the highest, and else a free one below, for it must not win over what is newer.
fn rank(stated: Option<i64>, known: &[KnownSource]) -> i64 {
    let Some(top) = known.iter().map(|k| k.revision).max() else {
        return stated.unwrap_or(1);
    };
    let free = |r: &i64| known.iter().all(|k| k.revision != *r);
    let free_below = |r: i64| {
        let mut down = (0..).map_while(|n| r.checked_sub(n));
        let mut up = (0..).map_while(|n| r.checked_add(n));
        down.find(free).or_else(|| up.find(free)).unwrap_or(r)
    };
    match stated {
        Some(r) if r > top => r,
        Some(r) if r < top => free_below(r),
        // The highest number there is has no next one.
        _ => top.checked_add(1).unwrap_or_else(|| free_below(top)),
    }
}

impl Deciding<'_> {
    /// Decides one record.
    pub(crate) fn take(
        &mut self,
        feed: &Arc<FeedContext>,
        record: Record,
        at: Time,
    ) -> RecordOutcome {
        match record {
            Record::Reject { reason, original } => self.quarantine(feed, at, reason, original),
            Record::Draft { draft, original } => {
                let bounds: Option<&Bounds> = if feed.recorded {
                    None
                } else {
                    self.rules.bounds.as_ref()
                };
                if let Err(reason) = validate_draft(&draft, at, bounds) {
                    return self.quarantine(feed, at, reason, original);
                }
                match draft {
                    Draft::Report(r) => self.report(feed, *r, at),
                    Draft::Unit(u) => self.unit(feed, &u, at),
                    Draft::Figures(f) => self.figures(feed, f, at),
                    Draft::Threat(t) => match self.no_such_region(&t.region) {
                        Some(reason) => self.quarantine(feed, at, reason, original),
                        None => self.threat(feed, t, at),
                    },
                    Draft::Weather(w) => match self.no_such_cell(&w) {
                        Some(reason) => self.quarantine(feed, at, reason, original),
                        None => self.weather(feed, w, at),
                    },
                    Draft::Delete(d) => self.delete(feed, d),
                    // Positions went to the tracks; a sign of life is in the feed's health.
                    Draft::Position(_) | Draft::Heartbeat(_) => TAKEN,
                }
            }
        }
    }

    fn quarantine(
        &mut self,
        feed: &FeedContext,
        at: Time,
        reason: QuarantineReason,
        original: Original,
    ) -> RecordOutcome {
        let Original {
            raw,
            offset,
            digest,
            message,
        } = original;
        // The number is put in after the commit; until then it is the place in the batch.
        let id = i64::try_from(self.batch.quarantine.len()).unwrap_or(i64::MAX);
        self.batch.quarantine.push(QuarantinePut {
            feed: feed.id.clone(),
            at,
            reason: reason.clone(),
            offset,
            raw: raw
                .get(..MAX_RAW.min(raw.len()))
                .unwrap_or_default()
                .to_vec(),
            digest,
            message,
        });
        RecordOutcome::Quarantined { id, reason }
    }

    fn report(&mut self, feed: &Arc<FeedContext>, draft: ReportDraft, at: Time) -> RecordOutcome {
        let digest = of_draft(&draft, feed.mode);
        let key = own_key(&draft, feed.mode);
        let known: Vec<KnownSource> = self.known(&feed.id, &key).to_vec();
        let stated = draft.source.as_ref().and_then(|s| s.revision);
        let named = draft.source.is_some();
        let same = known.iter().find(|k| {
            k.digest == digest
                && stated.is_none_or(|r| r == k.revision)
                && (named || at.secs_since(k.at) < SAME_CONTENT_S)
        });
        if let Some(k) = same {
            return RecordOutcome::Duplicate {
                report: Some(k.report),
            };
        }
        let top = known.iter().max_by_key(|k| k.revision);
        let revision = rank(stated, &known);
        let newest = top.is_none_or(|t| revision > t.revision);
        let revises = if named { top.map(|t| t.report) } else { None };
        let id = ReportId::next(self.ids, self.unix_ms());
        let mut report = self.assemble(feed, draft, id, at);
        report.revises = revises;
        if revises.is_some() {
            report.quality.issues.push(QualityIssue::ContentChanged);
        }
        self.claim(SourceClaim {
            feed: feed.id.clone(),
            key: key.clone(),
            revision,
            digest,
            report: id,
            at,
        });
        let relation = report.relation.clone();
        let personal = report
            .identifiers
            .extract_if(.., |i| i.kind.is_personal())
            .collect::<Vec<_>>();
        self.record(EntryBody::ReportRecorded {
            report: Box::new(report),
            newest,
        });
        if !personal.is_empty() {
            self.record(EntryBody::ReportIdentifiers {
                report: id,
                identifiers: personal,
            });
        }
        if let Some(older) = revises {
            self.attach_revision(id, older, &relation, newest);
            return RecordOutcome::Revised {
                report: id,
                revises: older,
                newest,
            };
        }
        let event = self.place_report(feed, id, &key, &relation);
        RecordOutcome::Accepted {
            report: Some(id),
            event,
        }
    }

    /// A revision goes where the report that it revises is. Where that event left memory, or the sender had withdrawn
    /// the report and says it again, it opens a new one; a cancel that waits for its alert goes on waiting.
    fn attach_revision(
        &mut self,
        report: ReportId,
        older: ReportId,
        relation: &Relation,
        newest: bool,
    ) {
        let cancels = matches!(relation, Relation::Cancel { .. });
        if newest && !cancels && self.picture.withdrawn(older) {
            self.open(report);
        } else if let Some(event) = self.of_its_mode(report, older) {
            self.attach(event, report, LinkProvenance::Revision { of: older }, None);
        } else if !cancels {
            self.open(report);
        }
    }

    /// The event of an older report, where the new one is of its mode: an exercise never speaks of the real thing.
    fn of_its_mode(&self, new: ReportId, older: ReportId) -> Option<EventId> {
        let event = self.picture.event_of(older)?;
        let mode = self.picture.report(new)?.mode;
        self.picture.event(event).filter(|e| e.mode == mode)?;
        Some(event)
    }

    /// Finds or opens the event of a new report.
    fn place_report(
        &mut self,
        feed: &Arc<FeedContext>,
        report: ReportId,
        key: &str,
        relation: &Relation,
    ) -> Option<EventId> {
        let targets: Vec<ReportId> = match relation {
            Relation::New => Vec::new(),
            Relation::Update { of } | Relation::Cancel { of } => of
                .iter()
                .filter_map(|k| self.known(&feed.id, k).iter().max_by_key(|k| k.revision))
                .map(|k| k.report)
                // One that names itself names nothing.
                .filter(|r| *r != report)
                .collect(),
        };
        let cancels = matches!(relation, Relation::Cancel { .. });
        let standing_at = targets
            .iter()
            .find_map(|t| Some((*t, self.of_its_mode(report, *t)?)));
        if cancels {
            return self.cancel(report, &targets, standing_at);
        }
        if let Some((to, event)) = standing_at {
            self.attach(event, report, LinkProvenance::Relation { to }, None);
            return Some(event);
        }
        if let Some((waiting, by)) = self.waiting_for(feed, report, key)
            && let Some(event) = self.meet_waiting(report, waiting, &by)
        {
            return Some(event);
        }
        if feed.sensor
            && let Some(event) = self.chatters_with(report)
        {
            let rule = "chatter/1".to_owned();
            self.attach(event, report, LinkProvenance::Chatter { rule }, None);
            return Some(event);
        }
        self.open(report)
    }

    fn cancel(
        &mut self,
        report: ReportId,
        targets: &[ReportId],
        standing_at: Option<(ReportId, EventId)>,
    ) -> Option<EventId> {
        // A cancel that came before its alert stays without an event and waits for it.
        let (to, event) = standing_at?;
        let mut touched = vec![event];
        for target in targets {
            if self.picture.report_state(*target).is_none() {
                continue;
            }
            self.record(EntryBody::ReportWithdrawn {
                report: *target,
                by: Some(report),
            });
            touched.extend(self.picture.event_of(*target));
        }
        // One that names several is attached to the event of the first that is there.
        if self.picture.event_of(report).is_none() {
            self.attach(event, report, LinkProvenance::Relation { to }, None);
        }
        touched.sort_unstable();
        touched.dedup();
        for event in touched {
            self.after_withdrawal(event);
        }
        Some(event)
    }

    /// After a withdrawal: an event of which nothing stands any more and that nobody has touched is dismissed by rule,
    /// another rests on what is left.
    fn after_withdrawal(&mut self, id: EventId) {
        let Some(event) = self.picture.event(id) else {
            return;
        };
        let saying: Vec<&Report> = self
            .standing_reports(event)
            .into_iter()
            .filter(|r| !matches!(r.relation, Relation::Cancel { .. }))
            .collect();
        let anew = curate(&saying, Some(&event.curation), self.picture, self.at)
            .filter(|c| *c != event.curation);
        if let Some(curation) = anew {
            self.record(EntryBody::EventCurated {
                event: id,
                curation: Box::new(curation),
                by: Actor::Rule {
                    rule: RULE.to_owned(),
                },
            });
            self.reindex(id);
        } else if saying.is_empty() && event.state == EventState::New {
            self.record(EntryBody::EventStateSet {
                event: id,
                state: EventState::Dismissed,
                reason: Some(DismissReason::Withdrawn),
                by: Actor::Rule {
                    rule: "withdrawn/1".to_owned(),
                },
            });
            self.settle_obsolete(id, "withdrawn/1");
            self.reindex(id);
        }
    }

    /// An update or cancel that came before the report that it names.
    fn waiting_for(
        &self,
        feed: &FeedContext,
        report: ReportId,
        key: &str,
    ) -> Option<(ReportId, Relation)> {
        let mut others = waiting_reports(self.picture, &feed.id).filter(|r| r.id != report);
        others.find_map(|r| match &r.relation {
            Relation::Update { of } | Relation::Cancel { of } if of.iter().any(|k| k == key) => {
                Some((r.id, r.relation.clone()))
            }
            _ => None,
        })
    }

    fn meet_waiting(
        &mut self,
        report: ReportId,
        waiting: ReportId,
        relation: &Relation,
    ) -> Option<EventId> {
        if matches!(relation, Relation::Cancel { .. }) {
            let event = self.open(report)?;
            return self.cancel(waiting, &[report], Some((report, event)));
        }
        let event = self.picture.event_of(waiting)?;
        self.attach(
            event,
            report,
            LinkProvenance::Relation { to: waiting },
            None,
        );
        Some(event)
    }

    /// An open event that rests on reports of the same sensor feed alone, near in place and time.
    fn chatters_with(&self, report: ReportId) -> Option<EventId> {
        let new = self.picture.report(report)?;
        let rule = &self.rules.linking.chatter;
        let within = f64::from(rule.within.as_secs_u32());
        let geometry = new.place.geometry.clone()?;
        let features = Features {
            geometry: Some(geometry.clone()),
            ce_m: rule.distance_m,
            occurred: new.occurred,
            types: [new.type_code.clone()].into(),
            persons: None,
            identifiers: std::collections::BTreeSet::new(),
        };
        self.index
            .candidates(&features, rule.distance_m)
            .into_iter()
            .find(|id| {
                let Some(event) = self.picture.event(*id).filter(|e| e.state.is_open()) else {
                    return false;
                };
                let reports: Vec<&Report> = event
                    .reports
                    .iter()
                    .filter_map(|a| self.picture.report(a.report))
                    .collect();
                event.mode == new.mode
                    && reports.iter().all(|r| r.feed == new.feed)
                    && reports.iter().any(|r| {
                        r.occurred.gap_secs(new.occurred) <= within
                            && r.place
                                .geometry
                                .as_ref()
                                .and_then(|g| oneroof_geo::distance_m(g, &geometry))
                                .is_some_and(|d| d <= rule.distance_m)
                    })
            })
    }

    /// Opens an event for a report.
    pub(crate) fn open(&mut self, report: ReportId) -> Option<EventId> {
        self.open_apart_from(report, None)
    }

    /// Opens an event for a report that a person took out of another, with which it is not compared at once.
    pub(crate) fn open_apart_from(
        &mut self,
        report: ReportId,
        apart_from: Option<EventId>,
    ) -> Option<EventId> {
        let r = self.picture.report(report)?;
        let (mode, aware_at) = (r.mode, r.aware.unwrap_or(r.received).min(r.received));
        let curation = curate(&[r], None, self.picture, self.at)?;
        let event = EventId::next(self.ids, self.unix_ms());
        self.record(EntryBody::EventOpened {
            event,
            mode,
            report,
            curation: Box::new(curation),
            aware_at,
        });
        self.reindex(event);
        self.suggest(event, apart_from);
        Some(event)
    }

    /// Attaches a report to an event, or to the one that it was merged into; the event is suggested to be one with others,
    /// but not with one that a person has just taken it apart from.
    pub(crate) fn attach(
        &mut self,
        event: EventId,
        report: ReportId,
        provenance: LinkProvenance,
        apart_from: Option<EventId>,
    ) {
        let Some(event) = self.picture.standing(event).map(|e| e.id) else {
            return;
        };
        let attachment = Attachment {
            report,
            at: self.at,
            provenance,
        };
        let curation = self.picture.event(event).and_then(|e| {
            let ids = e.reports.iter().map(|a| a.report).chain([report]);
            let reports = standing(self.picture, ids);
            let saying: Vec<&Report> = reports
                .iter()
                .copied()
                .filter(|r| !matches!(r.relation, Relation::Cancel { .. }))
                .collect();
            let basis = if saying.is_empty() { &reports } else { &saying };
            curate(basis, Some(&e.curation), self.picture, self.at)
                .filter(|c| *c != e.curation)
                .map(Box::new)
        });
        let replaces = self
            .picture
            .event(event)
            .and_then(|e| replaced(self.picture, e, report));
        self.record(EntryBody::ReportAttached {
            event,
            attachment,
            curation,
            replaces: replaces.map(Box::new),
        });
        self.reindex(event);
        self.suggest(event, apart_from);
    }

    fn unit(&mut self, feed: &FeedContext, d: &UnitDraft, at: Time) -> RecordOutcome {
        let known = self.picture.unit(&d.unit).cloned();
        let moment = d.at.map_or(at, |t| t.min(at));
        if let Some(unit) = &known
            && unit.status_at.is_some_and(|t| t > moment)
        {
            // Late: what is known is newer.
            return RecordOutcome::Duplicate { report: None };
        }
        let is_known = known.is_some();
        let mut unit = known.unwrap_or_else(|| Unit {
            id: d.unit.clone(),
            org: d.org.clone().unwrap_or_else(|| feed.org.clone()),
            uk: d.name.clone().unwrap_or_else(|| d.unit.to_string()),
            en: d.name.clone().unwrap_or_else(|| d.unit.to_string()),
            kind: d.kind.unwrap_or(UnitKind::Other),
            capabilities: Vec::new(),
            section: None,
            status: UnitStatus::Available,
            status_at: None,
        });
        let before = unit.clone();
        unit.status = d.status.unwrap_or(unit.status);
        if is_known && unit == before && before.status_at.is_some() {
            return TAKEN;
        }
        unit.status_at = Some(moment);
        self.record(EntryBody::UnitReported {
            unit: Box::new(unit),
            known: is_known,
        });
        TAKEN
    }

    fn figures(&mut self, feed: &FeedContext, d: FiguresDraft, at: Time) -> RecordOutcome {
        if self.picture.crossing_point(&d.bcp).is_none()
            && !self.picture.config().crossing_points.is_empty()
        {
            return RecordOutcome::Refused {
                reason: QuarantineReason::new("bad.bcp", "no such crossing point"),
            };
        }
        let figures = Figures {
            bcp: d.bcp,
            at: d.at.map_or(at, |t| t.min(at)),
            received: at,
            org: feed.org.clone(),
            cars_waiting: d.cars_waiting,
            trucks_waiting: d.trucks_waiting,
            buses_waiting: d.buses_waiting,
            wait_min: d.wait_min,
            persons_per_h: d.persons_per_h,
            state: d.state,
        };
        self.record(EntryBody::FiguresRecorded {
            figures: Box::new(figures),
        });
        TAKEN
    }

    fn delete(&mut self, feed: &FeedContext, d: DeleteDraft) -> RecordOutcome {
        if let DeleteTarget::Threat { key } = &d.target {
            self.end_threats(feed, key, d.at);
        }
        if let DeleteTarget::Report { key } = d.target {
            let reports: Vec<ReportId> = self
                .known(&feed.id, &key)
                .iter()
                .map(|k| k.report)
                .collect();
            for report in reports {
                if self
                    .picture
                    .report_state(report)
                    .is_none_or(|s| s.withdrawn)
                {
                    continue;
                }
                let event = self.picture.event_of(report);
                self.record(EntryBody::ReportWithdrawn { report, by: None });
                if let Some(event) = event {
                    self.after_withdrawal(event);
                }
            }
        }
        TAKEN
    }
}
