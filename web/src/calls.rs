//! Calls that were taken down and are on their way: kept by the browser until the server has them, so that neither a lost
//! line nor a closed page loses one. Pure: the storage is the screen's.

use oneroof_model::CommandId;
use oneroof_wire::{FieldFault, Problem, ProblemCode, ReportAnswer, ReportRequest};
use serde::{Deserialize, Serialize};

/// Name under which the browser keeps them.
pub const STORAGE_KEY: &str = "oneroof.calls";

/// Most calls that wait; beyond it the form says so and keeps what was typed.
pub const MAX_CALLS: usize = 100;

/// How a call stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Standing {
    /// On its way, or waiting for the line.
    Waiting,
    /// The server will not have it as it is.
    Refused {
        /// Stable code of the problem.
        code: String,
        /// What exactly, English.
        detail: String,
        /// What is wrong with single fields.
        fields: Vec<FieldFault>,
    },
}

/// A call in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logged {
    /// As it is sent, with the time of the call.
    pub request: ReportRequest,
    /// How it stands.
    pub standing: Standing,
}

/// What an answer of the server means for a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    /// It is a report now.
    Taken(ReportAnswer),
    /// It was refused.
    Refused(Standing),
    /// Not now: it goes on waiting.
    Later,
}

/// What an answer means, by its status and body. Only what the server understood and declined is refused; whatever may
/// pass (a full disk, a start, too many requests, an answer of something else in between) is tried again.
pub fn answered(status: u16, body: &str) -> Answered {
    if (200..300).contains(&status)
        && let Ok(answer) = serde_json::from_str(body)
    {
        return Answered::Taken(answer);
    }
    let Ok(problem) = serde_json::from_str::<Problem>(body) else {
        return Answered::Later;
    };
    match problem.code {
        ProblemCode::TooMany
        | ProblemCode::StorageFull
        | ProblemCode::Unavailable
        | ProblemCode::Internal
        | ProblemCode::NotFound
        | ProblemCode::MethodNotAllowed => Answered::Later,
        code => Answered::Refused(Standing::Refused {
            code: serde_json::to_value(code)
                .ok()
                .and_then(|v| v.as_str().map(ToOwned::to_owned))
                .unwrap_or_default(),
            detail: problem.detail.unwrap_or(problem.title),
            fields: problem.fields,
        }),
    }
}

/// The log, oldest call first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Log(Vec<Logged>);

impl Log {
    /// The log as it was kept. What cannot be read is given as it is, so that it can be kept aside.
    ///
    /// # Errors
    /// The text, where it is no log of ours.
    pub fn read(json: &str) -> Result<Self, String> {
        serde_json::from_str(json)
            .map(Self)
            .map_err(|_other| json.to_owned())
    }

    /// The log as it is kept.
    pub fn write(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_else(|_| "[]".to_owned())
    }

    /// The calls.
    pub fn calls(&self) -> &[Logged] {
        &self.0
    }

    /// Whether there is room for another call.
    pub fn has_room(&self) -> bool {
        self.0.len() < MAX_CALLS
    }

    /// Adds a call; gives whether there was room. The same call is not added twice.
    pub fn add(&mut self, request: ReportRequest) -> bool {
        if self.0.iter().any(|c| c.request.id == request.id) {
            return true;
        }
        if !self.has_room() {
            return false;
        }
        self.0.push(Logged {
            request,
            standing: Standing::Waiting,
        });
        true
    }

    /// Takes a call off the log: the server has it, or somebody gave it up.
    pub fn remove(&mut self, id: CommandId) -> Option<Logged> {
        let at = self.0.iter().position(|c| c.request.id == id)?;
        Some(self.0.remove(at))
    }

    /// Says how a call stands.
    pub fn stand(&mut self, id: CommandId, standing: Standing) {
        if let Some(c) = self.0.iter_mut().find(|c| c.request.id == id) {
            c.standing = standing;
        }
    }

    /// The calls that wait, in the order in which they were taken.
    pub fn waiting(&self) -> impl Iterator<Item = &ReportRequest> {
        self.0
            .iter()
            .filter(|c| c.standing == Standing::Waiting)
            .map(|c| &c.request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(n: u8) -> ReportRequest {
        let json = format!(
            r#"{{"id":"00000000-0000-7000-8000-0000000000{n:02x}","by":{{"is":"person","name":"A","org":"BG"}},
            "org":"PO","type_code":"UBC01","called_at":"2026-11-23T01:10:00Z","place":{{"bcp":"UAPL07"}}}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn a_call_is_kept_as_it_was_until_the_server_has_it() {
        let mut log = Log::default();
        assert!(log.add(request(1)) && log.add(request(2)) && log.add(request(1)));
        assert_eq!(log.calls().len(), 2, "the same call once");
        let again = Log::read(&log.write()).unwrap();
        assert_eq!(again, log);
        assert_eq!(log.remove(request(1).id).unwrap().request, request(1));
        assert_eq!(log.remove(request(1).id), None);
        assert_eq!(log.waiting().count(), 1);
    }

    #[test]
    fn a_full_log_takes_no_call_and_says_so() {
        let mut log = Log::default();
        for n in 0..100 {
            assert!(log.add(request(n)));
        }
        assert!(!log.has_room() && !log.add(request(200)));
        assert_eq!(log.calls().len(), MAX_CALLS);
    }

    #[test]
    fn what_is_no_log_is_given_back() {
        assert_eq!(Log::read("{oops"), Err("{oops".to_owned()));
    }

    #[test]
    fn only_what_the_server_understood_and_declined_is_refused() {
        let problem = |code: &str| {
            format!(
                r#"{{"type":"t","status":422,"title":"no","code":"{code}","fields":[{{"field":"org","code":"unknown","detail":"no agency XX"}}]}}"#
            )
        };
        let Answered::Refused(Standing::Refused { code, fields, .. }) =
            answered(422, &problem("invalid"))
        else {
            panic!("refused")
        };
        assert_eq!(
            (code.as_str(), fields[0].field.as_str()),
            ("invalid", "org")
        );
        for code in ["storage_full", "unavailable", "too_many"] {
            assert_eq!(answered(503, &problem(code)), Answered::Later, "{code}");
        }
        assert_eq!(answered(502, "<html>bad gateway"), Answered::Later);
        let taken = r#"{"report":"00000000-0000-7000-8000-000000000009","repeated":true}"#;
        assert!(matches!(answered(200, taken), Answered::Taken(a) if a.repeated));
        assert_eq!(answered(200, "<html>"), Answered::Later);
        assert_eq!(answered(304, taken), Answered::Later);
    }

    #[test]
    fn a_refused_call_waits_no_longer_until_it_is_put_back() {
        let mut log = Log::default();
        log.add(request(1));
        let refused = Standing::Refused {
            code: "invalid".into(),
            detail: String::new(),
            fields: vec![],
        };
        log.stand(request(1).id, refused);
        assert_eq!(log.waiting().count(), 0);
        log.stand(request(1).id, Standing::Waiting);
        assert_eq!(log.waiting().count(), 1);
    }
}
