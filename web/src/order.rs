//! Commands on their way: pending until the receipt, and what to say when they are refused.

use oneroof_model::{
    Actor, AreaId, Command, CommandBody, CommandId, CommandRefusal, EventId, Receipt, SuggestionId,
};
use oneroof_wire::{Problem, ProblemCode};

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// No receipt yet.
    Pending,
    /// Somebody was there first: the version looked at and the one that it is.
    Conflict {
        /// What the command named.
        expected: u64,
        /// What it is; `None` where the server did not say.
        current: Option<u64>,
    },
    /// Refused for another reason: a code, and the server's words (English).
    Refused {
        /// Stable code.
        code: String,
        /// Detail.
        detail: String,
    },
    /// Nobody knows whether it arrived; the same id may be sent again without harm.
    Unknown,
}

/// A command that was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// As sent.
    pub command: Command,
    /// What became of it.
    pub outcome: Outcome,
}

impl Order {
    /// A command of an officer.
    pub fn new(id: CommandId, by: Actor, if_version: Option<u64>, body: CommandBody) -> Self {
        Self {
            command: Command {
                id,
                by,
                if_version,
                body,
            },
            outcome: Outcome::Pending,
        }
    }

    /// The event that it is about.
    pub fn event(&self) -> Option<EventId> {
        match &self.command.body {
            CommandBody::SetState { event, .. }
            | CommandBody::SetImpact { event, .. }
            | CommandBody::SetLifeAtRisk { event, .. }
            | CommandBody::SetType { event, .. }
            | CommandBody::SetLead { event, .. }
            | CommandBody::LeaveToRule { event, .. }
            | CommandBody::AddNote { event, .. }
            | CommandBody::Detach { event, .. }
            | CommandBody::LinkEvents { event, .. }
            | CommandBody::UnlinkEvents { event, .. }
            | CommandBody::Split { event, .. } => Some(*event),
            CommandBody::Merge { survivor, .. } | CommandBody::Unmerge { survivor, .. } => {
                Some(*survivor)
            }
            CommandBody::AcceptSuggestion { .. }
            | CommandBody::RejectSuggestion { .. }
            | CommandBody::EraseReport { .. }
            | CommandBody::SetSectionLevel { .. }
            | CommandBody::SetArea { .. }
            | CommandBody::RemoveArea { .. } => None,
        }
    }

    /// The area that it is about.
    pub const fn area(&self) -> Option<AreaId> {
        match &self.command.body {
            CommandBody::SetArea { area, .. } | CommandBody::RemoveArea { area } => Some(*area),
            _ => None,
        }
    }

    /// The suggestion that it answers.
    pub fn suggestion(&self) -> Option<SuggestionId> {
        match &self.command.body {
            CommandBody::AcceptSuggestion { suggestion }
            | CommandBody::RejectSuggestion { suggestion } => Some(*suggestion),
            _ => None,
        }
    }
}

/// What an answer of the server means; `None` where the command was carried out.
pub fn outcome(body: &str) -> Option<Outcome> {
    if let Ok(receipt) = serde_json::from_str::<Receipt>(body) {
        return match receipt {
            Receipt::Done { .. } => None,
            Receipt::Refused {
                refusal: CommandRefusal::Conflict { expected, current },
            } => Some(Outcome::Conflict {
                expected,
                current: Some(current),
            }),
            Receipt::Refused { refusal } => {
                let code = match &refusal {
                    CommandRefusal::NotFound { .. } => "not_found",
                    CommandRefusal::NotAllowed { .. } => "not_allowed",
                    CommandRefusal::Conflict { .. } | CommandRefusal::Invalid { .. } => "invalid",
                };
                Some(Outcome::Refused {
                    code: code.into(),
                    detail: refusal.to_string(),
                })
            }
        };
    }
    let Ok(problem) = serde_json::from_str::<Problem>(body) else {
        return Some(Outcome::Unknown);
    };
    Some(match problem.code {
        ProblemCode::Conflict => Outcome::Conflict {
            expected: 0,
            current: None,
        },
        code => Outcome::Refused {
            code: serde_json::to_value(code)
                .ok()
                .and_then(|v| v.as_str().map(ToOwned::to_owned))
                .unwrap_or_default(),
            detail: problem.detail.unwrap_or(problem.title),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_of_success_leaves_nothing_to_say() {
        assert_eq!(
            outcome(r#"{"result":"done","repeated":false,"version":4}"#),
            None
        );
    }

    #[test]
    fn a_conflict_names_both_versions() {
        let body = r#"{"result":"refused","refusal":{"code":"conflict","expected":3,"current":5}}"#;
        assert_eq!(
            outcome(body),
            Some(Outcome::Conflict {
                expected: 3,
                current: Some(5)
            })
        );
    }

    #[test]
    fn a_problem_is_told_with_its_code() {
        let body = r#"{"type":"https://oneroof.invalid/problems/storage_full","status":507,
            "title":"disk full","code":"storage_full"}"#;
        let said = Outcome::Refused {
            code: "storage_full".into(),
            detail: "disk full".into(),
        };
        assert_eq!(outcome(body), Some(said));
    }

    #[test]
    fn an_answer_that_nobody_understands_is_not_taken_for_success() {
        assert_eq!(outcome("<html>"), Some(Outcome::Unknown));
    }
}
