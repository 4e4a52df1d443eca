//! What becomes of a command.

use oneroof_model::{
    Actor, AttachmentRef, Command, CommandBody, CommandRefusal, Curated, Curation, DismissReason,
    EntryBody, Erasure, Event, EventId, EventState, MAX_TEXT_BYTES, MergeRecord, Note, NoteId,
    Receipt, ReportId, SectionId, SectionLevel, SettledValue, SuggestionId, SuggestionState, Time,
};

use crate::batch::{Deciding, standing};
use crate::curate::{curate, rule_itself};

pub(crate) type Decided = Result<Option<EventId>, CommandRefusal>;

/// What a command that was carried out touched.
enum Touched {
    /// An event, or nothing that has a version.
    Event(Option<EventId>),
    /// An area, which has this version now; none where it is gone.
    Area(Option<u64>),
}

pub(crate) fn missing(what: &str) -> CommandRefusal {
    CommandRefusal::NotFound {
        what: what.to_owned(),
    }
}

pub(crate) fn forbidden(why: impl Into<String>) -> CommandRefusal {
    CommandRefusal::NotAllowed { why: why.into() }
}

pub(crate) fn never_mix() -> CommandRefusal {
    forbidden("actual, exercise and test never mix")
}

/// Longest name of an actor, bytes.
pub const MAX_NAME: usize = 120;

/// Most files with one note.
const MAX_FILES: usize = 20;

/// Longest reason of an erasure, bytes.
const MAX_REASON: usize = 500;

/// A value set by a person, on his own knowledge.
struct Setting {
    by: Actor,
    at: Time,
}

impl Setting {
    fn to<T>(&self, value: T) -> Curated<T> {
        Curated {
            value,
            rests_on: Vec::new(),
            by: self.by.clone(),
            at: self.at,
        }
    }
}

impl Deciding<'_> {
    /// Orders an erasure; it is carried out when the order is durable.
    fn erase(&mut self, by: Actor, report: ReportId, what: Erasure, reason: String) -> Decided {
        if reason.trim().is_empty() || reason.len() > MAX_REASON {
            let why = format!("a reason of 1 to {MAX_REASON} bytes");
            return Err(CommandRefusal::Invalid { why });
        }
        if self.not_there.contains(&report) {
            return Err(missing("report"));
        }
        let event = self.picture.report_state(report).and_then(|s| s.event);
        self.record(EntryBody::Erased {
            report,
            what,
            by,
            reason,
        });
        self.erasures.push((report, what));
        Ok(event)
    }

    /// Carries a command out; refusals change nothing.
    pub(crate) fn command(&mut self, c: Command) -> Receipt {
        let Command {
            by,
            if_version,
            body,
            ..
        } = c;
        if let Actor::Person { name, .. } = &by
            && (name.trim().is_empty() || name.len() > MAX_NAME)
        {
            let why = format!("a name of 1 to {MAX_NAME} bytes");
            return Receipt::Refused {
                refusal: CommandRefusal::Invalid { why },
            };
        }
        match self.carry_out(by, if_version, body) {
            Ok(Touched::Area(version)) => Receipt::Done {
                repeated: false,
                event: None,
                version,
            },
            Ok(Touched::Event(event)) => {
                if let Some(id) = event {
                    self.reindex(id);
                }
                let version = event
                    .and_then(|id| self.picture.event(id))
                    .map(|e| self.version_of(e));
                Receipt::Done {
                    repeated: false,
                    event,
                    version,
                }
            }
            Err(refusal) => Receipt::Refused { refusal },
        }
    }

    fn carry_out(
        &mut self,
        by: Actor,
        if_version: Option<u64>,
        body: CommandBody,
    ) -> Result<Touched, CommandRefusal> {
        let event = match body {
            CommandBody::SetArea { area, draft } => {
                let version = self.set_area(by, if_version, area, *draft)?;
                return Ok(Touched::Area(Some(version)));
            }
            CommandBody::RemoveArea { area } => {
                self.remove_area(by, if_version, area)?;
                return Ok(Touched::Area(None));
            }
            CommandBody::AcceptSuggestion { suggestion } => self.accept(by, if_version, suggestion),
            CommandBody::RejectSuggestion { suggestion } => self.reject(by, suggestion),
            CommandBody::Merge { survivor, absorbed } => self
                .looked_at(survivor, if_version)?
                .merge(by, survivor, absorbed, None),
            CommandBody::Unmerge { survivor, absorbed } => self
                .looked_at(survivor, if_version)?
                .unmerge(by, survivor, absorbed),
            CommandBody::EraseReport {
                report,
                what,
                reason,
            } => self.erase(by, report, what, reason),
            CommandBody::SetState {
                event,
                state,
                reason,
            } => self
                .looked_at(event, if_version)?
                .set_state(by, event, state, reason),
            CommandBody::SetImpact { event, impact } => {
                self.curated_with(event, if_version, by, |c, set| c.impact = set.to(impact))
            }
            CommandBody::SetLifeAtRisk {
                event,
                life_at_risk,
            } => self.curated_with(event, if_version, by, |c, set| {
                c.life_at_risk = set.to(life_at_risk);
            }),
            CommandBody::SetType { event, type_code } => {
                if self.picture.event_type(&type_code).is_none() {
                    return Err(missing("event type"));
                }
                self.curated_with(event, if_version, by, |c, set| {
                    c.type_code = set.to(type_code);
                })
            }
            CommandBody::SetLead { event, lead } => {
                if !self.picture.config().orgs.contains(&lead) {
                    return Err(missing("agency"));
                }
                self.curated_with(event, if_version, by, |c, set| c.lead = set.to(lead))
            }
            CommandBody::LeaveToRule { event, value } => self
                .looked_at(event, if_version)?
                .leave_to_rule(by, event, value),
            CommandBody::AddNote {
                event,
                text,
                attachments,
            } => self.note(by, event, text, attachments),
            CommandBody::Detach { event, report } => {
                self.looked_at(event, if_version)?
                    .split(&by, event, &[report])
            }
            CommandBody::LinkEvents { event, other, kind } => self
                .looked_at(event, if_version)?
                .link(by, event, other, kind),
            CommandBody::UnlinkEvents { event, other, kind } => self
                .looked_at(event, if_version)?
                .unlink(by, event, other, kind),
            CommandBody::Split { event, reports } => self
                .looked_at(event, if_version)?
                .split(&by, event, &reports),
            CommandBody::SetSectionLevel { section, level } => self.set_level(by, section, level),
        }?;
        Ok(Touched::Event(event))
    }

    fn set_level(&mut self, by: Actor, section: SectionId, level: SectionLevel) -> Decided {
        if self.picture.level(&section).is_none() {
            return Err(missing("section"));
        }
        self.record(EntryBody::SectionLevelSet { section, level, by });
        Ok(None)
    }

    /// Itself, where the event is as the asker looked at it.
    fn looked_at(
        &mut self,
        event: EventId,
        if_version: Option<u64>,
    ) -> Result<&mut Self, CommandRefusal> {
        self.event(event, if_version)?;
        Ok(self)
    }

    fn note(
        &mut self,
        by: Actor,
        event: EventId,
        text: String,
        attachments: Vec<AttachmentRef>,
    ) -> Decided {
        self.event(event, None)?;
        if text.trim().is_empty() || text.len() > MAX_TEXT_BYTES || attachments.len() > MAX_FILES {
            let why = format!("a text of 1 to {MAX_TEXT_BYTES} bytes, at most {MAX_FILES} files");
            return Err(CommandRefusal::Invalid { why });
        }
        let note = Note {
            id: NoteId::next(self.ids, self.unix_ms()),
            by,
            at: self.at,
            text,
            attachments,
        };
        self.record(EntryBody::NoteAdded {
            event,
            note: Box::new(note),
        });
        Ok(Some(event))
    }

    fn set_state(
        &mut self,
        by: Actor,
        event: EventId,
        state: EventState,
        reason: Option<DismissReason>,
    ) -> Decided {
        let current = self.event(event, None)?.state;
        if !current.may_become(state) {
            return Err(forbidden(format!("{current:?} does not lead to {state:?}")));
        }
        if (state == EventState::Dismissed) != reason.is_some() {
            let why = "a reason is given with `dismissed`, and only there".to_owned();
            return Err(CommandRefusal::Invalid { why });
        }
        self.record(EntryBody::EventStateSet {
            event,
            state,
            reason,
            by,
        });
        if !state.is_open() {
            self.settle_obsolete(event, "closed/1");
        }
        Ok(Some(event))
    }

    /// An event that stands by itself, at the version that the asker looked at.
    pub(crate) fn event(
        &self,
        id: EventId,
        if_version: Option<u64>,
    ) -> Result<&Event, CommandRefusal> {
        let event = self.picture.event(id).ok_or_else(|| missing("event"))?;
        match if_version {
            Some(expected) if expected != self.version_of(event) => Err(CommandRefusal::Conflict {
                expected,
                current: self.version_of(event),
            }),
            _ => Ok(event),
        }
    }

    fn accept(&mut self, by: Actor, if_version: Option<u64>, id: SuggestionId) -> Decided {
        let s = self
            .picture
            .suggestion(id)
            .ok_or_else(|| missing("suggestion"))?;
        if s.state != SuggestionState::Open {
            return Err(forbidden(format!(
                "the suggestion is {:?} already",
                s.state
            )));
        }
        let (a, b) = (s.a, s.b);
        // Where one side was merged meanwhile, what it was merged into stands for it.
        let stand = |x| {
            self.picture
                .standing(x)
                .map(|e| e.id)
                .ok_or_else(|| missing("event"))
        };
        let (survivor, absorbed) = (stand(a)?, stand(b)?);
        self.event(survivor, if_version)?;
        let settled = EntryBody::SuggestionSettled {
            suggestion: id,
            state: SuggestionState::Accepted,
            by: by.clone(),
        };
        if survivor == absorbed {
            self.record(settled);
            return Ok(Some(survivor));
        }
        self.check_merge(survivor, absorbed)?;
        self.record(settled);
        self.merge(by, survivor, absorbed, Some(id))
    }

    fn reject(&mut self, by: Actor, id: SuggestionId) -> Decided {
        let s = self
            .picture
            .suggestion(id)
            .ok_or_else(|| missing("suggestion"))?;
        if s.state != SuggestionState::Open {
            return Err(forbidden(format!(
                "the suggestion is {:?} already",
                s.state
            )));
        }
        let state = SuggestionState::Rejected;
        self.record(EntryBody::SuggestionSettled {
            suggestion: id,
            state,
            by,
        });
        Ok(None)
    }

    fn check_merge(&self, survivor: EventId, absorbed: EventId) -> Result<(), CommandRefusal> {
        let (s, a) = (self.event(survivor, None)?, self.event(absorbed, None)?);
        if survivor == absorbed {
            return Err(forbidden("an event is not merged into itself"));
        }
        if s.merged_into.is_some() || a.merged_into.is_some() {
            return Err(forbidden(
                "one of the events is merged into another already",
            ));
        }
        if s.mode != a.mode {
            return Err(never_mix());
        }
        Ok(())
    }

    fn merge(
        &mut self,
        by: Actor,
        survivor: EventId,
        absorbed: EventId,
        suggestion: Option<SuggestionId>,
    ) -> Decided {
        self.check_merge(survivor, absorbed)?;
        let (s, a) = (self.event(survivor, None)?, self.event(absorbed, None)?);
        let ids = s.reports.iter().chain(&a.reports).map(|x| x.report);
        let reports = standing(self.picture, ids);
        let previous = persons_values(&s.curation, &a.curation);
        let after = curate(&reports, Some(&previous), self.picture, self.at)
            .unwrap_or_else(|| s.curation.clone());
        let record = MergeRecord {
            absorbed,
            reports: a.reports.iter().map(|x| x.report).collect(),
            by,
            at: self.at,
            suggestion,
            before: Box::new(s.curation.clone()),
            after: Box::new(after),
            absorbed_state: a.state,
        };
        self.record(EntryBody::EventsMerged {
            survivor,
            record: Box::new(record),
        });
        // They name something that no longer stands by itself; the survivor is compared anew.
        self.settle_obsolete(absorbed, "merged/1");
        self.reindex(absorbed);
        self.reindex(survivor);
        self.suggest(survivor, None);
        Ok(Some(survivor))
    }

    fn unmerge(&mut self, by: Actor, survivor: EventId, absorbed: EventId) -> Decided {
        let s = self.event(survivor, None)?;
        if s.merged_into.is_some() {
            return Err(forbidden(
                "the event is merged into another; take that back first",
            ));
        }
        let record = s
            .merges
            .iter()
            .find(|m| m.absorbed == absorbed)
            .ok_or_else(|| missing("merge"))?;
        let last = s.merges.last().is_some_and(|m| m.absorbed == absorbed);
        let curation = if last && s.curation == *record.after {
            (*record.before).clone()
        } else {
            let stays = s
                .reports
                .iter()
                .map(|a| a.report)
                .filter(|r| !record.reports.contains(r));
            let reports = standing(self.picture, stays);
            let previous = without_merge(&s.curation, record);
            curate(&reports, Some(&previous), self.picture, self.at)
                .unwrap_or_else(|| (*record.before).clone())
        };
        let curation = Box::new(curation);
        // A person said that they are two: not to be suggested again.
        let pair = record.suggestion.or_else(|| {
            let both = [survivor, absorbed];
            let mut named = self.picture.suggestions_of(survivor);
            named
                .find(|s| both.contains(&s.a) && both.contains(&s.b))
                .map(|s| s.id)
        });
        self.record(EntryBody::EventUnmerged {
            survivor,
            absorbed,
            by: by.clone(),
            curation,
        });
        if let Some(suggestion) = pair {
            let state = SuggestionState::Rejected;
            self.record(EntryBody::SuggestionSettled {
                suggestion,
                state,
                by,
            });
        }
        self.reindex(absorbed);
        self.reindex(survivor);
        // What it was suggested with became obsolete by the merge.
        self.suggest(absorbed, Some(survivor));
        Ok(Some(survivor))
    }

    /// What the reports say stands again in the place of what a person said.
    fn leave_to_rule(&mut self, by: Actor, event: EventId, value: SettledValue) -> Decided {
        let e = self.event(event, None)?;
        if e.merged_into.is_some() {
            return Err(forbidden("the event is merged into another"));
        }
        let mut previous = e.curation.clone();
        let who = match value {
            SettledValue::Type => &mut previous.type_code.by,
            SettledValue::Impact => &mut previous.impact.by,
            SettledValue::LifeAtRisk => &mut previous.life_at_risk.by,
            SettledValue::Lead => &mut previous.lead.by,
        };
        if matches!(who, Actor::Rule { .. }) {
            return Err(forbidden("no person settled it"));
        }
        *who = rule_itself();
        let reports = standing(self.picture, e.reports.iter().map(|a| a.report));
        let curation = curate(&reports, Some(&previous), self.picture, self.at)
            .ok_or_else(|| forbidden("no report says anything of it"))?;
        self.record(EntryBody::EventCurated {
            event,
            curation: Box::new(curation),
            by,
        });
        Ok(Some(event))
    }

    fn curated_with(
        &mut self,
        event: EventId,
        if_version: Option<u64>,
        by: Actor,
        set: impl FnOnce(&mut Curation, &Setting),
    ) -> Decided {
        let e = self.event(event, if_version)?;
        if e.merged_into.is_some() {
            return Err(forbidden("the event is merged into another"));
        }
        let mut curation = e.curation.clone();
        let setting = Setting { by, at: self.at };
        set(&mut curation, &setting);
        self.record(EntryBody::EventCurated {
            event,
            curation: Box::new(curation),
            by: setting.by,
        });
        Ok(Some(event))
    }
}

/// Values that the merged event starts from: a person's value on either side stands, the survivor's before the other's.
fn persons_values(survivor: &Curation, absorbed: &Curation) -> Curation {
    fn pick<T: Clone>(a: &Curated<T>, b: &Curated<T>) -> Curated<T> {
        let person = |c: &Curated<T>| matches!(c.by, Actor::Person { .. });
        if !person(a) && person(b) {
            b.clone()
        } else {
            a.clone()
        }
    }
    Curation {
        type_code: pick(&survivor.type_code, &absorbed.type_code),
        impact: pick(&survivor.impact, &absorbed.impact),
        life_at_risk: pick(&survivor.life_at_risk, &absorbed.life_at_risk),
        occurred: pick(&survivor.occurred, &absorbed.occurred),
        place: pick(&survivor.place, &absorbed.place),
        section: pick(&survivor.section, &absorbed.section),
        lead: pick(&survivor.lead, &absorbed.lead),
    }
}

/// Values of a survivor as they would be had the merge not set any: one that is still as the merge left it goes back.
fn without_merge(now: &Curation, record: &MergeRecord) -> Curation {
    fn back<T: Clone + PartialEq>(
        now: &Curated<T>,
        after: &Curated<T>,
        before: &Curated<T>,
    ) -> Curated<T> {
        if now == after {
            before.clone()
        } else {
            now.clone()
        }
    }
    let (a, b) = (&record.after, &record.before);
    Curation {
        type_code: back(&now.type_code, &a.type_code, &b.type_code),
        impact: back(&now.impact, &a.impact, &b.impact),
        life_at_risk: back(&now.life_at_risk, &a.life_at_risk, &b.life_at_risk),
        occurred: back(&now.occurred, &a.occurred, &b.occurred),
        place: back(&now.place, &a.place, &b.place),
        section: back(&now.section, &a.section, &b.section),
        lead: back(&now.lead, &a.lead, &b.lead),
    }
}
