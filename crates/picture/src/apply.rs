//! What each kind of entry does.

use std::collections::BTreeSet;
use std::sync::Arc;

use oneroof_model::{
    Actor, Attachment, Curation, Did, DismissReason, EntryBody, Erasure, Event, EventId, EventLink,
    EventLinkKind, EventState, Figures, Identifier, LinkProvenance, MergeRecord, Mode, Relation,
    Replaced, Report, ReportId, RoomConfig, Suggestion, SuggestionId, SuggestionState, Time, Unit,
};

use crate::acts;
use crate::state::{Change, Older, Picture, ReportState};

/// An entry that does not fit the state.
pub(crate) struct Misfit;

pub(crate) type Applied = Result<Vec<Change>, Misfit>;

impl Picture {
    /// Applies one entry; `None` is an entry of which nothing is known any more. Gives what changed.
    ///
    /// An entry that does not fit changes nothing but [`Picture::anomalies`].
    pub fn apply(&mut self, seq: u64, at: Time, body: Option<EntryBody>) -> Vec<Change> {
        self.position = seq;
        self.at = at;
        let Some(body) = body else { return Vec::new() };
        self.entry(at, body).unwrap_or_else(|Misfit| {
            self.anomalies += 1;
            Vec::new()
        })
    }

    /// Applies the entry of a report whose payload was erased: that it was there is known, and what became of it, but
    /// nothing of what it said. An event that it opened counts as known from the moment of the entry.
    pub fn apply_erased(&mut self, seq: u64, at: Time, report: ReportId) -> Vec<Change> {
        self.position = seq;
        self.at = at;
        if !self.reports.contains_key(&report) {
            let erased = ReportState {
                report: None,
                event: None,
                superseded_by: None,
                withdrawn: false,
                older: None,
            };
            self.reports.insert(report, Arc::new(erased));
        }
        vec![Change::Report(report)]
    }

    fn entry(&mut self, at: Time, body: EntryBody) -> Applied {
        match body {
            EntryBody::Configured { config } => Ok(self.configured(*config)),
            EntryBody::ReportRecorded { report, newest } => self.recorded(*report, newest),
            EntryBody::ReportWithdrawn { report, .. } => self.withdrawn_by_sender(report),
            EntryBody::ReportIdentifiers {
                report,
                identifiers,
            } => self.identified(report, identifiers),
            EntryBody::Erased { report, what, .. } => Ok(self.erased(report, what)),
            EntryBody::EventOpened {
                event,
                mode,
                report,
                curation,
                aware_at,
            } => self.opened(at, event, mode, report, *curation, aware_at),
            EntryBody::ReportAttached {
                event,
                attachment,
                curation,
                replaces,
            } => self.attached(
                at,
                event,
                attachment,
                curation.map(|c| *c),
                replaces.as_deref(),
            ),
            EntryBody::ReportDetached {
                event,
                report,
                curation,
                by,
            } => self.detached(at, event, report, *curation, &by),
            EntryBody::SuggestionMade { suggestion } => self.suggested(*suggestion),
            EntryBody::SuggestionSettled {
                suggestion, state, ..
            } => self.settled(suggestion, state),
            EntryBody::EventsMerged { survivor, record } => self.merged(at, survivor, *record),
            EntryBody::EventUnmerged {
                survivor,
                absorbed,
                curation,
                by,
            } => self.unmerged(at, (survivor, absorbed), *curation, &by),
            EntryBody::EventStateSet {
                event,
                state,
                reason,
                by,
            } => self.led(at, event, state, reason, &by),
            EntryBody::EventCurated {
                event,
                curation,
                by,
            } => self.curated(at, event, *curation, &by),
            EntryBody::NoteAdded { event, note } => self.touch(at, event, |e| e.notes.push(*note)),
            EntryBody::EventsLinked { event, link } => self.linked(at, event, link),
            EntryBody::EventsUnlinked {
                event,
                other,
                kind,
                by,
            } => self.unlinked(at, event, (other, kind), &by),
            EntryBody::SectionLevelSet { section, level, .. } => {
                self.levels.insert(section.clone(), level);
                Ok(vec![Change::Section(section)])
            }
            EntryBody::UnitReported { unit, .. } => Ok(self.told_of(unit)),
            EntryBody::FiguresRecorded { figures } => Ok(self.counted(figures)),
            EntryBody::ThreatRecorded { threat } => Ok(self.warned(threat)),
            EntryBody::ThreatsHeard { of, .. } => Ok(self.heard_again(at, &of)),
            EntryBody::WeatherRecorded { weather } => Ok(self.weathered(at, *weather)),
            EntryBody::EventsArchived { events } => self.archived(&events),
            EntryBody::AreaSet { area } => self.area_set(*area),
            EntryBody::AreaRemoved { area, .. } => self.area_removed(area),
            EntryBody::Unknown { .. } => Ok(Vec::new()),
        }
    }

    /// A tie is seen where the other event is.
    fn linked(&mut self, at: Time, event: EventId, link: EventLink) -> Applied {
        let named = self.reports_of(link.other);
        self.touch(at, event, |e| {
            e.note_made_by(named);
            let (other, kind) = (link.other, link.kind);
            e.note_act(at, &link.by, Did::Linked { other, kind });
            e.links.push(link);
        })
    }

    fn unlinked(
        &mut self,
        at: Time,
        event: EventId,
        (other, kind): (EventId, EventLinkKind),
        by: &Actor,
    ) -> Applied {
        let is_it = |l: &EventLink| l.other == other && l.kind == kind;
        let tied = self.events.get(&event).ok_or(Misfit)?;
        if !tied.links.iter().any(is_it) {
            return Err(Misfit);
        }
        let named = self.reports_of(other);
        self.touch(at, event, |e| {
            e.note_made_by(named);
            e.note_act(at, by, Did::Unlinked { other, kind });
            e.links.retain(|l| !is_it(l));
        })
    }

    fn reports_of(&self, event: EventId) -> Vec<ReportId> {
        let event = self.events.get(&event);
        event
            .into_iter()
            .flat_map(|e| e.reports.iter().map(|a| a.report))
            .collect()
    }

    fn settled(&mut self, id: SuggestionId, state: SuggestionState) -> Applied {
        self.suggestions.settle(id, state).ok_or(Misfit)?;
        Ok(vec![Change::Suggestion(id)])
    }

    fn told_of(&mut self, unit: Box<Unit>) -> Vec<Change> {
        let id = unit.id.clone();
        self.units.insert(id.clone(), Arc::from(unit));
        vec![Change::Unit(id)]
    }

    /// Late figures never replace newer ones.
    fn counted(&mut self, figures: Box<Figures>) -> Vec<Change> {
        let id = figures.bcp.clone();
        if self.figures.get(&id).is_some_and(|f| f.at > figures.at) {
            return Vec::new();
        }
        self.figures.insert(id.clone(), Arc::from(figures));
        vec![Change::Bcp(id)]
    }

    fn configured(&mut self, config: RoomConfig) -> Vec<Change> {
        for unit in &config.units {
            // What an agency said of a unit's status outlives a new configuration of its name.
            let status = self.units.get(&unit.id).map(|u| (u.status, u.status_at));
            let mut unit = unit.clone();
            if let Some((status, status_at)) = status {
                (unit.status, unit.status_at) = (status, status_at);
            }
            self.units.insert(unit.id.clone(), Arc::new(unit));
        }
        self.config = Arc::new(config);
        vec![Change::Config]
    }

    fn recorded(&mut self, report: Report, newest: bool) -> Applied {
        let id = report.id;
        if self.reports.contains_key(&id) || report.revises == Some(id) {
            return Err(Misfit);
        }
        let mut changes = vec![Change::Report(id)];
        let mut superseded_by = None;
        if let Some(older) = report.revises {
            if newest {
                if let Some(state) = self.report_mut(older) {
                    state.superseded_by = Some(id);
                    changes.push(Change::Report(older));
                }
            } else {
                // It came late: the one it names is the newer one.
                superseded_by = Some(older);
            }
        }
        if report.relation != Relation::New {
            self.waiting.insert(id);
        }
        let state = ReportState {
            report: Some(report),
            event: None,
            superseded_by,
            withdrawn: false,
            older: None,
        };
        self.reports.insert(id, Arc::new(state));
        Ok(changes)
    }

    fn withdrawn_by_sender(&mut self, report: ReportId) -> Applied {
        let state = self.report_mut(report).ok_or(Misfit)?;
        state.withdrawn = true;
        let event = state.event;
        Ok(core::iter::once(Change::Report(report))
            .chain(event.map(Change::Event))
            .collect())
    }

    fn identified(&mut self, id: ReportId, identifiers: Vec<Identifier>) -> Applied {
        let state = self.report_mut(id).ok_or(Misfit)?;
        // Where the report itself was erased there is nothing that they could stand in.
        if let Some(report) = &mut state.report {
            report.identifiers.extend(identifiers);
        }
        Ok(vec![Change::Report(id)])
    }

    fn erased(&mut self, report: ReportId, what: Erasure) -> Vec<Change> {
        // What left memory for the archive is erased there.
        let Some(state) = self.report_mut(report) else {
            return Vec::new();
        };
        let event = state.event;
        match (what, &mut state.report) {
            (Erasure::Identifiers, Some(report)) => {
                report.identifiers.retain(|i| !i.kind.is_personal());
            }
            (Erasure::Identifiers, None) => {}
            (Erasure::Report, content) => {
                *content = None;
                self.waiting.remove(&report);
            }
        }
        core::iter::once(Change::Report(report))
            .chain(event.map(Change::Event))
            .collect()
    }

    fn opened(
        &mut self,
        at: Time,
        id: EventId,
        mode: Mode,
        report: ReportId,
        curation: Curation,
        aware_at: Time,
    ) -> Applied {
        let taken = self.events.contains_key(&id);
        let state = self.report_mut(report).ok_or(Misfit)?;
        if taken || state.event.is_some() {
            return Err(Misfit);
        }
        state.event = Some(id);
        let received = state.report.as_ref().map_or(at, |r| r.received);
        let event = Event {
            id,
            mode,
            state: EventState::New,
            dismissed: None,
            curation,
            reports: vec![Attachment {
                report,
                at,
                provenance: LinkProvenance::First,
            }],
            first_known_at: received,
            aware_at,
            updated_at: at,
            version: 1,
            made_by: Vec::new(),
            merged_into: None,
            merges: Vec::new(),
            notes: Vec::new(),
            links: Vec::new(),
            acts: Vec::new(),
            acts_before: 0,
        };
        self.events.insert(id, Arc::new(event));
        Ok(vec![Change::Report(report), Change::Event(id)])
    }

    fn attached(
        &mut self,
        at: Time,
        event: EventId,
        attachment: Attachment,
        curation: Option<Curation>,
        replaces: Option<&Replaced>,
    ) -> Applied {
        let report = attachment.report;
        let stands = self.standing_by_itself(event)?;
        let older: BTreeSet<ReportId> = replaces
            .into_iter()
            .flat_map(|r| &r.reports)
            .copied()
            .collect();
        if !older.iter().all(|r| self.may_leave(*r, stands)) {
            return Err(Misfit);
        }
        let state = self.report_mut(report).ok_or(Misfit)?;
        if state.event.is_some() {
            return Err(Misfit);
        }
        state.event = Some(event);
        let mut changes = vec![Change::Report(report)];
        if let Some(replaces) = replaces {
            changes.extend(older.iter().copied().map(Change::Report));
            self.replace(report, &older, replaces);
        }
        changes.extend(self.touch(at, event, |e| {
            if !older.is_empty() {
                e.reports.retain(|a| !older.contains(&a.report));
                e.pass_on(|r| older.contains(&r), report);
            }
            e.note_made_by([report]);
            e.reports.push(attachment);
            if let Some(c) = curation {
                e.curation = c;
            }
        })?);
        Ok(changes)
    }

    /// Whether a report of an event is an older revision that nothing rests on: no merge that may be taken back names it.
    fn may_leave(&self, report: ReportId, event: &Event) -> bool {
        let state = self.reports.get(&report);
        state.is_some_and(|s| s.event == Some(event.id) && s.superseded_by.is_some())
            && !event.merges.iter().any(|m| m.reports.contains(&report))
    }

    /// Older revisions leave memory; what is kept of them stands with the one that takes their place.
    fn replace(&mut self, report: ReportId, older: &BTreeSet<ReportId>, by: &Replaced) {
        let mut revisions = 0_u32;
        for id in older {
            let gone = self.reports.remove(id);
            let before = gone.and_then(|s| s.older).map_or(0, |o| o.revisions);
            revisions = revisions.saturating_add(before).saturating_add(1);
            self.waiting.remove(id);
        }
        if let Some(state) = self.report_mut(report) {
            state.older = Some(Older {
                revisions,
                received: by.received,
                aware: by.aware,
            });
        }
    }

    fn detached(
        &mut self,
        at: Time,
        event: EventId,
        report: ReportId,
        curation: Curation,
        by: &Actor,
    ) -> Applied {
        let state = self.report_mut(report).ok_or(Misfit)?;
        if state.event != Some(event) {
            return Err(Misfit);
        }
        state.event = None;
        let mut changes = self.touch(at, event, |e| {
            e.reports.retain(|a| a.report != report);
            e.note_made_by([report]);
            e.note_act(at, by, Did::Detached { report });
            e.curation = curation;
        })?;
        changes.insert(0, Change::Report(report));
        Ok(changes)
    }

    fn merged(&mut self, at: Time, survivor: EventId, record: MergeRecord) -> Applied {
        let absorbed = record.absorbed;
        self.standing_by_itself(survivor)?;
        let goes = self.standing_by_itself(absorbed)?;
        let with_it = goes.reports.iter().map(|a| a.report);
        if survivor == absorbed || !with_it.eq(record.reports.iter().copied()) {
            return Err(Misfit);
        }
        let reports = record.reports.clone();
        let mut changes = self.touch(at, absorbed, |e| {
            e.state = EventState::Merged;
            e.merged_into = Some(survivor);
        })?;
        changes.extend(self.touch(at, survivor, |e| {
            e.reports.extend(reports.iter().map(|r| Attachment {
                report: *r,
                at,
                provenance: LinkProvenance::Merge { from: absorbed },
            }));
            e.curation = (*record.after).clone();
            e.note_made_by(record.reports.iter().copied());
            e.note_act(at, &record.by, Did::Merged { absorbed });
            e.merges.push(record);
        })?);
        changes.extend(self.move_reports(&reports, survivor));
        Ok(changes)
    }

    fn unmerged(
        &mut self,
        at: Time,
        (survivor, absorbed): (EventId, EventId),
        curation: Curation,
        by: &Actor,
    ) -> Applied {
        let back = self.events.get(&absorbed).ok_or(Misfit)?;
        let event = self.standing_by_itself(survivor)?;
        let record = event
            .merges
            .iter()
            .find(|m| m.absorbed == absorbed)
            .ok_or(Misfit)?;
        if back.merged_into != Some(survivor) {
            return Err(Misfit);
        }
        let state = record.absorbed_state;
        let came = record.reports.clone();
        // A report that was detached meanwhile has its own event and does not come back.
        let still: Vec<ReportId> = record
            .reports
            .iter()
            .copied()
            .filter(|r| {
                self.reports
                    .get(r)
                    .is_some_and(|s| s.event == Some(survivor))
            })
            .collect();
        let gone: Vec<ReportId> = record
            .reports
            .iter()
            .copied()
            .filter(|r| !still.contains(r))
            .collect();
        let mut changes = self.touch(at, survivor, |e| {
            e.reports.retain(|a| !still.contains(&a.report));
            e.merges.retain(|m| m.absorbed != absorbed);
            e.note_made_by(came);
            e.note_act(at, by, Did::Unmerged { absorbed });
            e.curation = curation;
        })?;
        changes.extend(self.touch(at, absorbed, |e| {
            e.state = state;
            e.merged_into = None;
            e.reports.retain(|a| !gone.contains(&a.report));
        })?);
        changes.extend(self.move_reports(&still, absorbed));
        Ok(changes)
    }

    /// Values that a person sets are seen by all who see the event; by rule they change as a report no longer counts.
    fn curated(&mut self, at: Time, event: EventId, curation: Curation, by: &Actor) -> Applied {
        self.standing_by_itself(event)?;
        self.touch(at, event, |e| {
            if !matches!(by, Actor::Person { .. }) {
                let still = curation.rests_on();
                let before = e.curation.rests_on();
                e.note_made_by(before.difference(&still).copied());
            }
            for did in acts::said(&e.curation, &curation, by) {
                e.note_act(at, by, did);
            }
            e.curation = curation;
        })
    }

    fn move_reports(&mut self, reports: &[ReportId], to: EventId) -> Vec<Change> {
        for id in reports {
            if let Some(state) = self.report_mut(*id) {
                state.event = Some(to);
            }
        }
        reports.iter().copied().map(Change::Report).collect()
    }

    fn suggested(&mut self, suggestion: Suggestion) -> Applied {
        let Suggestion { id, a, b, .. } = suggestion;
        let known = self.events.contains_key(&a) && self.events.contains_key(&b);
        if a == b || !known || self.suggestions.get(id).is_some() {
            return Err(Misfit);
        }
        self.suggestions.insert(suggestion);
        Ok(vec![Change::Suggestion(id)])
    }

    fn led(
        &mut self,
        at: Time,
        event: EventId,
        state: EventState,
        reason: Option<DismissReason>,
        by: &Actor,
    ) -> Applied {
        self.standing_by_itself(event)?;
        // Only a merge leads there.
        if state == EventState::Merged {
            return Err(Misfit);
        }
        self.touch(at, event, |e| {
            e.state = state;
            e.dismissed = reason.filter(|_| state == EventState::Dismissed);
            let reason = e.dismissed;
            e.note_act(at, by, Did::Led { to: state, reason });
        })
    }

    fn report_mut(&mut self, id: ReportId) -> Option<&mut ReportState> {
        self.reports.get_mut(&id).map(Arc::make_mut)
    }

    /// An event that was not merged into another.
    fn standing_by_itself(&self, id: EventId) -> Result<&Event, Misfit> {
        let event = self.events.get(&id).ok_or(Misfit)?;
        if event.merged_into.is_some() {
            return Err(Misfit);
        }
        Ok(event)
    }

    /// Changes one event and counts it.
    fn touch(&mut self, at: Time, id: EventId, change: impl FnOnce(&mut Event)) -> Applied {
        let event = self.events.get_mut(&id).ok_or(Misfit)?;
        let event = Arc::make_mut(event);
        change(event);
        event.version += 1;
        event.updated_at = at;
        Ok(vec![Change::Event(id)])
    }
}
