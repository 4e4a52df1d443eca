//! Taking back one's own last step, where the model has a way back. What somebody else changed since is not overwritten:
//! the way back names the version that the step left behind.

use oneroof_model::{AreaId, CommandBody, EventId, Receipt, ReportId, SettledValue};
use oneroof_wire::client::Picture;
use oneroof_wire::{Entity, EntityKey, EntityKind, EventView};

use crate::areas::{area, draft_of};
use crate::view::events::{event, report};

/// Most steps that can be taken back.
const MAX_STEPS: usize = 20;

/// A way back.
#[derive(Debug, Clone, PartialEq)]
pub enum Back {
    /// A command.
    Command(CommandBody),
    /// A detached report opened an event of its own, which is merged back; which one is known when it is there.
    Reattach {
        /// The event that it was detached from.
        event: EventId,
        /// The report.
        report: ReportId,
    },
}

/// What a step changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// An event.
    Event(EventId),
    /// An area on the map.
    Area(AreaId),
}

/// A step that was carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What was done.
    pub done: CommandBody,
    /// The way back.
    pub back: Back,
    /// The version that it found its event in.
    pub before: Option<u64>,
    /// The version that it left its event in.
    pub version: Option<u64>,
}

/// A way back that is being gone.
#[derive(Debug, Clone, PartialEq)]
pub struct Return {
    /// The version to name: that which the step left behind.
    pub if_version: Option<u64>,
    /// The command.
    pub body: CommandBody,
    /// What it changes, and the version that the step had found it in.
    pub found: (Option<Thing>, Option<u64>),
}

impl Back {
    /// What it changes.
    const fn thing(&self) -> Option<Thing> {
        use CommandBody as C;
        match self {
            Self::Command(C::SetArea { area, .. } | C::RemoveArea { area }) => {
                Some(Thing::Area(*area))
            }
            Self::Reattach { event, .. }
            | Self::Command(
                C::SetState { event, .. }
                | C::SetImpact { event, .. }
                | C::SetLifeAtRisk { event, .. }
                | C::SetType { event, .. }
                | C::SetLead { event, .. }
                | C::LeaveToRule { event, .. },
            ) => Some(Thing::Event(*event)),
            Self::Command(C::Merge { survivor, .. } | C::Unmerge { survivor, .. }) => {
                Some(Thing::Event(*survivor))
            }
            Self::Command(_) => None,
        }
    }
}

/// One's own steps, the newest last.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Steps(Vec<Step>);

/// The way back from a command, as the picture stands before it is carried out; `None` where the model has none: a note or
/// an answer "no" stays, and a state has no way to every other.
pub fn way_back(picture: &Picture, body: &CommandBody) -> Option<Back> {
    use CommandBody as C;
    let command = match body {
        C::SetState {
            event: id, state, ..
        } => {
            let from = event(picture, *id)?.state;
            // A dismissal needs its reason, which is not known any more once it was lifted.
            state.may_become(from).then_some(C::SetState {
                event: *id,
                state: from,
                reason: None,
            })?
        }
        C::SetImpact { event: id, .. }
        | C::SetLifeAtRisk { event: id, .. }
        | C::SetType { event: id, .. }
        | C::SetLead { event: id, .. } => value_before(event(picture, *id)?, body)?,
        C::LeaveToRule { event: id, value } => set_as_it_is(event(picture, *id)?, *value)?,
        C::Merge { survivor, absorbed } => C::Unmerge {
            survivor: *survivor,
            absorbed: *absorbed,
        },
        C::Unmerge { survivor, absorbed } => C::Merge {
            survivor: *survivor,
            absorbed: *absorbed,
        },
        C::AcceptSuggestion { suggestion } => {
            let key = EntityKey {
                kind: EntityKind::Suggestion,
                id: suggestion.to_string(),
            };
            let Some(Entity::Suggestion(s)) = picture.entities.get(&key) else {
                return None;
            };
            C::Unmerge {
                survivor: s.a,
                absorbed: s.b,
            }
        }
        C::Detach { event, report } => {
            return Some(Back::Reattach {
                event: *event,
                report: *report,
            });
        }
        C::Split { event, reports } => {
            return Some(Back::Reattach {
                event: *event,
                report: *reports.first()?,
            });
        }
        C::LinkEvents { event, other, kind } => C::UnlinkEvents {
            event: *event,
            other: *other,
            kind: *kind,
        },
        C::UnlinkEvents { event, other, kind } => C::LinkEvents {
            event: *event,
            other: *other,
            kind: *kind,
        },
        C::SetArea { area: id, .. } => match area(picture, *id) {
            Some(before) => C::SetArea {
                area: *id,
                draft: Box::new(draft_of(before)),
            },
            None => C::RemoveArea { area: *id },
        },
        C::RemoveArea { area: id } => C::SetArea {
            area: id.following(),
            draft: Box::new(draft_of(area(picture, *id)?)),
        },
        C::SetSectionLevel { .. }
        | C::RejectSuggestion { .. }
        | C::AddNote { .. }
        | C::EraseReport { .. } => return None,
    };
    // What changes nothing needs no way back.
    (command != *body).then_some(Back::Command(command))
}

/// The command that gives a value back what it was: the person's, or the rule's.
fn value_before(e: &EventView, body: &CommandBody) -> Option<CommandBody> {
    use CommandBody as C;
    let value = match body {
        C::SetImpact { .. } => SettledValue::Impact,
        C::SetLifeAtRisk { .. } => SettledValue::LifeAtRisk,
        C::SetType { .. } => SettledValue::Type,
        C::SetLead { .. } => SettledValue::Lead,
        _ => return None,
    };
    let was_settled = e.settled.iter().any(|s| s.value == value);
    if was_settled {
        return set_as_it_is(e, value);
    }
    // Where the same was said again by a person, what changed is who says it.
    Some(C::LeaveToRule { event: e.id, value })
}

/// The command that sets a value to what it is.
fn set_as_it_is(e: &EventView, value: SettledValue) -> Option<CommandBody> {
    use CommandBody as C;
    let event = e.id;
    Some(match value {
        SettledValue::Impact => C::SetImpact {
            event,
            impact: e.impact?,
        },
        SettledValue::LifeAtRisk => C::SetLifeAtRisk {
            event,
            life_at_risk: e.life_at_risk,
        },
        SettledValue::Type => C::SetType {
            event,
            type_code: e.type_code.clone()?,
        },
        SettledValue::Lead => C::SetLead {
            event,
            lead: e.lead.clone()?,
        },
    })
}

/// What a receipt of the server says of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It was carried out and left its event in this version, where it has one.
    Done(Option<u64>),
    /// It was not, or nobody knows.
    NotDone,
}

/// Reads a receipt.
pub fn told(receipt: &str) -> Told {
    match serde_json::from_str(receipt) {
        Ok(Receipt::Done { version, .. }) => Told::Done(version),
        Ok(Receipt::Refused { .. }) | Err(_) => Told::NotDone,
    }
}

impl Steps {
    /// Remembers a step; the oldest is forgotten where there are too many.
    pub fn push(&mut self, step: Step) {
        if self.0.len() == MAX_STEPS {
            self.0.remove(0);
        }
        self.0.push(step);
    }

    /// Whether there is anything to take back.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the last step off: the command that leads back. `None` where there is none, or the event that a report went
    /// to is not there (the step is gone then too).
    pub fn pop(&mut self, picture: &Picture) -> Option<Return> {
        let step = self.0.pop()?;
        let found = (step.back.thing(), step.before);
        let body = match step.back {
            Back::Command(body) => body,
            Back::Reattach {
                event: survivor,
                report: id,
            } => CommandBody::Merge {
                survivor,
                absorbed: report(picture, id)?.event.filter(|e| *e != survivor)?,
            },
        };
        Some(Return {
            if_version: step.version,
            body,
            found,
        })
    }

    /// A step was taken back and left its event in this version. The step before it on that event is the last one again,
    /// unless somebody else changed the event between the two: then it keeps its version, and its way back is refused.
    pub fn came_back(&mut self, found: (Option<Thing>, Option<u64>), version: Option<u64>) {
        let last = self.0.iter_mut().rev().find(|s| s.back.thing() == found.0);
        if let Some(step) = last.filter(|s| s.version.is_some() && s.version == found.1) {
            step.version = version;
        }
    }
}

#[cfg(test)]
mod tests {
    use oneroof_model::{EventImpact, EventState};

    use super::*;

    fn id(n: u8) -> EventId {
        format!("00000000-0000-7000-8000-0000000000{n:02x}")
            .parse()
            .unwrap()
    }

    fn put(p: &mut Picture, json: &str) {
        let e: Entity = serde_json::from_str(json).unwrap();
        p.entities.insert(e.key(), e);
    }

    fn picture(state: &str, impact: &str) -> Picture {
        let mut p = Picture::default();
        put(
            &mut p,
            &format!(
                r#"{{"entity":"event","id":"{}","short":"A","version":3,"mode":"actual","state":"{state}","type_code":"UBC01",{impact}
                "orgs":["BG"],"reports":[],"first_known_at":"2026-11-23T00:00:00Z","aware_at":"2026-11-23T00:00:00Z","updated_at":"2026-11-23T00:00:00Z"}}"#,
                id(1)
            ),
        );
        p
    }

    fn back(p: &Picture, body: &CommandBody) -> Option<CommandBody> {
        match way_back(p, body)? {
            Back::Command(c) => Some(c),
            Back::Reattach { .. } => None,
        }
    }

    #[test]
    fn a_value_goes_back_to_what_it_was_and_one_that_was_not_set_stays() {
        let set = |impact| CommandBody::SetImpact {
            event: id(1),
            impact,
        };
        let officer = r#"{"is":"person","name":"O","org":"NCC"}"#;
        let settled = |value: &str| {
            format!(
                r#""settled":[{{"value":"{value}","by":{officer},"at":"2026-11-23T00:00:00Z"}}],"#
            )
        };
        let to_rule = |value| {
            Some(CommandBody::LeaveToRule {
                event: id(1),
                value,
            })
        };
        let low = set(EventImpact::Low);
        let high = picture("new", r#""impact":"high","#);
        assert_eq!(back(&high, &low), to_rule(SettledValue::Impact));
        assert_eq!(
            back(&picture("new", ""), &low),
            to_rule(SettledValue::Impact),
            "also where it is not to be seen"
        );
        let by_person = picture("new", &format!(r#""impact":"high",{}"#, settled("impact")));
        assert_eq!(back(&by_person, &low), Some(set(EventImpact::High)));
        assert_eq!(
            back(&by_person, &set(EventImpact::High)),
            None,
            "nothing was changed"
        );
        let left = CommandBody::LeaveToRule {
            event: id(1),
            value: SettledValue::Impact,
        };
        assert_eq!(back(&by_person, &left), Some(set(EventImpact::High)));
        let life = |life_at_risk| CommandBody::SetLifeAtRisk {
            event: id(1),
            life_at_risk,
        };
        assert_eq!(back(&high, &life(true)), to_rule(SettledValue::LifeAtRisk));
        let safe = picture("new", &settled("life_at_risk"));
        assert_eq!(back(&safe, &life(true)), Some(life(false)));
        let lead = |o: &str| CommandBody::SetLead {
            event: id(1),
            lead: o.into(),
        };
        let customs = picture("new", &format!(r#""lead":"CU",{}"#, settled("lead")));
        assert_eq!(back(&customs, &lead("BG")), Some(lead("CU")));
        assert_eq!(back(&high, &lead("BG")), to_rule(SettledValue::Lead));
        let kind = |t: &str| CommandBody::SetType {
            event: id(1),
            type_code: t.into(),
        };
        let named = picture("new", &settled("type"));
        assert_eq!(back(&named, &kind("CBC01")), Some(kind("UBC01")));
    }

    #[test]
    fn a_state_goes_back_only_where_the_model_has_a_way() {
        let set = |state| CommandBody::SetState {
            event: id(1),
            state,
            reason: None,
        };
        let active = picture("active", "");
        assert_eq!(
            back(&active, &set(EventState::Resolved)),
            Some(set(EventState::Active))
        );
        let new = picture("new", "");
        assert_eq!(
            back(&new, &set(EventState::Triaged)),
            Some(set(EventState::New))
        );
        assert_eq!(
            back(&new, &set(EventState::Validated)),
            None,
            "what was found true is not new again"
        );
    }

    #[test]
    fn a_merge_is_taken_apart_and_put_together_again() {
        let (survivor, absorbed) = (id(1), id(2));
        let p = Picture::default();
        let merge = CommandBody::Merge { survivor, absorbed };
        let unmerge = CommandBody::Unmerge { survivor, absorbed };
        assert_eq!(back(&p, &merge), Some(unmerge.clone()));
        assert_eq!(back(&p, &unmerge), Some(merge));
    }

    #[test]
    fn a_detached_report_goes_back_with_the_event_that_it_opened() {
        let mut p = Picture::default();
        let report: ReportId = "00000000-0000-7000-8000-0000000000aa".parse().unwrap();
        let body = CommandBody::Detach {
            event: id(1),
            report,
        };
        let mut steps = Steps::default();
        let step = Step {
            back: way_back(&p, &body).unwrap(),
            done: body,
            before: Some(3),
            version: Some(4),
        };
        steps.push(step.clone());
        assert_eq!(steps.pop(&p), None, "the report is not there");
        put(
            &mut p,
            &format!(
                r#"{{"entity":"report","id":"{report}","event":"{}","feed":"f","org":"BG","source_kind":"patrol","mode":"actual","type_code":"UBC01",
                "occurred":{{"from":"2026-11-23T00:00:00Z","to":"2026-11-23T00:00:00Z"}},"received":"2026-11-23T00:00:00Z","place":{{}},"confidence":{{}},
                "marking":{{"classification":"unclassified","tlp":"AMBER"}},"quality":{{"completeness":0}}}}"#,
                id(7)
            ),
        );
        steps.push(step);
        let merge = CommandBody::Merge {
            survivor: id(1),
            absorbed: id(7),
        };
        let back = steps.pop(&p).unwrap();
        assert_eq!((back.if_version, back.body), (Some(4), merge));
    }

    #[test]
    fn the_last_steps_are_taken_back_first_and_their_number_is_bounded() {
        let p = picture("new", r#""impact":"high","#);
        let mut steps = Steps::default();
        assert!(steps.is_empty());
        for n in 0..30_u64 {
            let body = CommandBody::SetImpact {
                event: id(1),
                impact: EventImpact::Low,
            };
            let back = way_back(&p, &body).unwrap();
            steps.push(Step {
                done: body,
                back,
                before: n.checked_sub(1),
                version: Some(n),
            });
        }
        assert_eq!(steps.pop(&p).and_then(|s| s.if_version), Some(29));
        let left = core::iter::from_fn(|| steps.pop(&p)).count();
        assert_eq!(left, MAX_STEPS - 1);
    }

    #[test]
    fn several_steps_are_taken_back_one_after_the_other_but_not_over_a_strangers() {
        let p = picture("new", r#""impact":"high","#);
        let step = |before, version| {
            let done = CommandBody::SetImpact {
                event: id(1),
                impact: EventImpact::Low,
            };
            Step {
                back: way_back(&p, &done).unwrap(),
                done,
                before: Some(before),
                version: Some(version),
            }
        };
        let mut steps = Steps::default();
        // Somebody else made version 2 of it between the first step and the second.
        for s in [step(0, 1), step(2, 3), step(3, 4)] {
            steps.push(s);
        }
        let back = steps.pop(&p).unwrap();
        assert_eq!(back.if_version, Some(4));
        steps.came_back(back.found, Some(5));
        let back = steps.pop(&p).unwrap();
        assert_eq!(back.if_version, Some(5), "the one before is the last again");
        steps.came_back(back.found, Some(6));
        assert_eq!(
            steps.pop(&p).unwrap().if_version,
            Some(1),
            "this one is refused"
        );
    }

    #[test]
    fn an_area_goes_back_to_what_it_was_and_a_removed_one_comes_back_under_an_id_of_its_own() {
        let mut p = Picture::default();
        let id: AreaId = "00000000-0000-7000-bfff-ffffffffffff".parse().unwrap();
        let draft = |radius: u32| -> Box<oneroof_model::AreaDraft> {
            let json = format!(
                r#"{{"purpose":"watch","shape":{{"shape":"circle","center":{{"lat":48.0,"lon":24.0}},"radius_m":{radius}.0}}}}"#
            );
            Box::new(serde_json::from_str(&json).unwrap())
        };
        let set = |radius| CommandBody::SetArea {
            area: id,
            draft: draft(radius),
        };
        let remove = CommandBody::RemoveArea { area: id };
        assert_eq!(back(&p, &set(500)), Some(remove.clone()), "a new one");
        assert_eq!(back(&p, &remove), None, "it is not there");
        put(
            &mut p,
            &format!(
                r#"{{"entity":"area","id":"{id}","short":"A","version":2,"mode":"actual","purpose":"watch",
                "shape":{{"shape":"circle","center":{{"lat":48.0,"lon":24.0}},"radius_m":500.0}},"drawn_at":"2026-11-23T00:00:00Z"}}"#
            ),
        );
        assert_eq!(back(&p, &set(900)), Some(set(500)));
        assert_eq!(back(&p, &set(500)), None, "nothing was changed");
        let Some(CommandBody::SetArea { area, draft: again }) = back(&p, &remove) else {
            panic!("it comes back")
        };
        assert_eq!(again, draft(500));
        assert_eq!(area.to_string(), "00000000-0000-7000-8000-000000000000");
    }

    #[test]
    fn a_receipt_tells_the_version_that_was_left_behind() {
        assert_eq!(
            told(r#"{"result":"done","repeated":false,"version":4}"#),
            Told::Done(Some(4))
        );
        assert_eq!(
            told(r#"{"result":"refused","refusal":{"code":"not_found","what":"event"}}"#),
            Told::NotDone
        );
        assert_eq!(told("<html>"), Told::NotDone);
    }
}
