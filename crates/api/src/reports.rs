//! What agencies tell the centre by telephone or across the room: a person at a desk takes it down, and it becomes a
//! report of the internal feed [`DESK_FEED`] like any other.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use oneroof_config::DESK_FEED;
use oneroof_config::types::{FeedConfidence, FeedMarking};
use oneroof_model::{
    Actor, CountRange, Draft, FeedId, Interval, Place, RecordOutcome, ReportDraft, SourceKey,
    SourceKind, Time, validate_draft,
};
use oneroof_picture::Picture;
use oneroof_room::{FeedContext, MAX_NAME, Original, Record, RequestKey, Submission, digest16};
use oneroof_wire::project::Reports as _;
use oneroof_wire::{FieldFault, ProblemCode, ReportAnswer, ReportRequest};

use crate::problem::{Answer, Fault};
use crate::state::Api;

/// How far ahead of the server's clock a desk's may be, seconds.
const MAX_AHEAD_S: f64 = 300.0;

/// Longest text or headline, bytes.
const MAX_TEXT: usize = oneroof_model::MAX_TEXT_BYTES;

/// Takes a report down; answers when it is durable.
pub(crate) async fn take_down(
    State(api): State<Api>,
    Json(request): Json<ReportRequest>,
) -> Answer<(StatusCode, Json<ReportAnswer>)> {
    let at = api.clock.now();
    let faults = faults(&request, &api.room.picture().read(), at);
    if !faults.is_empty() {
        return Err(Fault::fields(faults));
    }
    let said = serde_json::to_vec(&request).map_err(|e| Fault::bad(e.to_string()))?;
    let digest = digest16(&said);
    let key = request.id.to_string();
    let context = context(&api, &request);
    let draft = Draft::Report(Box::new(draft(request)));
    if let Err(reason) = validate_draft(&draft, at, api.config.bounds().as_ref()) {
        return Err(Fault::fields(vec![fault(
            field_of(&reason.code),
            &reason.code,
            reason.detail,
        )]));
    }
    let submission = Submission {
        feed: Arc::new(context),
        at,
        records: vec![Record::Draft {
            draft,
            original: Original {
                raw: said.into(),
                offset: 0,
                digest,
                message: None,
            },
        }],
        request: Some(RequestKey { key, digest }),
    };
    let answer = api.room.submit(submission).await?;
    let Some(outcome) = answer.outcomes.into_iter().next() else {
        return Err(Fault::plain(ProblemCode::Internal));
    };
    taken(&api, outcome, answer.repeated)
}

fn taken(
    api: &Api,
    outcome: RecordOutcome,
    repeated: bool,
) -> Answer<(StatusCode, Json<ReportAnswer>)> {
    // The room knows the report by its id for longer than it remembers the request.
    let repeated = repeated || matches!(outcome, RecordOutcome::Duplicate { .. });
    let (report, event) = match outcome {
        RecordOutcome::Accepted {
            report: Some(report),
            event,
        } => (report, event),
        RecordOutcome::Duplicate {
            report: Some(report),
        }
        | RecordOutcome::Revised { report, .. } => {
            (report, api.room.picture().read().event_of(report))
        }
        RecordOutcome::Quarantined { reason, .. } | RecordOutcome::Refused { reason } => {
            let why = fault(field_of(&reason.code), &reason.code, reason.detail);
            return Err(Fault::fields(vec![why]));
        }
        RecordOutcome::Accepted { .. } | RecordOutcome::Duplicate { .. } => {
            return Err(Fault::plain(ProblemCode::Internal));
        }
    };
    let status = if repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let answer = ReportAnswer {
        report,
        event,
        repeated,
    };
    Ok((status, Json(answer)))
}

/// The desk as a feed: it carries what every agency says, marked as a feed that says nothing of markings.
fn context(api: &Api, request: &ReportRequest) -> FeedContext {
    let centre = &api.config.centre;
    let own = request.org == centre.centre.org;
    FeedContext {
        id: FeedId::from(DESK_FEED),
        org: request.org.clone(),
        source_kind: if own {
            SourceKind::CoordinationCentre
        } else {
            SourceKind::NationalAuthority
        },
        mode: centre.mode,
        marking: FeedMarking::default().to_model(),
        confidence: FeedConfidence::default().to_model(),
        sensor: false,
        recorded: false,
    }
}

fn draft(r: ReportRequest) -> ReportDraft {
    let mut attributes = BTreeMap::from([("told_by".to_owned(), "phone".into())]);
    // Who took it down stands in the journal with the report, as with every command.
    if let Ok(by) = serde_json::to_value(&r.by) {
        attributes.insert("taken_down_by".to_owned(), by);
    }
    ReportDraft {
        source: Some(SourceKey {
            key: r.id.to_string(),
            revision: None,
        }),
        type_code: Some(r.type_code),
        occurred: Some(r.occurred.unwrap_or_else(|| Interval::at(r.called_at))),
        aware: Some(r.called_at),
        reported: Some(r.called_at),
        place: r.place,
        persons: r.persons,
        life_at_risk: r.life_at_risk,
        title: r.title,
        text: r.text,
        org: Some(r.org),
        source_kind: r.source_kind,
        attributes,
        ..ReportDraft::default()
    }
}

fn fault(field: &str, code: &str, detail: impl Into<String>) -> FieldFault {
    FieldFault {
        field: field.to_owned(),
        code: code.to_owned(),
        detail: detail.into(),
    }
}

/// The field that a reason of the model's validation is about.
fn field_of(code: &str) -> &'static str {
    match code {
        "missing.type" => "type_code",
        "bad.count" => "persons",
        "bad.text" => "text",
        "missing.time" | "bad.interval" | "bad.future" | "bad.past" => "occurred",
        "bad.source_id" => "id",
        _ => "place",
    }
}

/// Everything that is wrong with a request, field by field.
fn faults(r: &ReportRequest, picture: &Picture, now: Time) -> Vec<FieldFault> {
    let config = picture.config();
    let mut out = Vec::new();
    match &r.by {
        Actor::Person { name, .. } if name.trim().is_empty() || name.len() > MAX_NAME => {
            out.push(fault(
                "by",
                "bad_name",
                format!("a name of 1 to {MAX_NAME} bytes"),
            ));
        }
        Actor::Person { org, .. } if !config.orgs.contains(org) => {
            out.push(fault("by", "unknown", format!("no agency {org}")));
        }
        Actor::Person { .. } => {}
        Actor::Rule { .. } => out.push(fault(
            "by",
            "no_person",
            "a report is taken down by a person",
        )),
    }
    if !config.orgs.contains(&r.org) {
        out.push(fault("org", "unknown", format!("no agency {}", r.org)));
    }
    if picture.event_type(&r.type_code).is_none() {
        out.push(fault(
            "type_code",
            "unknown",
            format!("no event type {}", r.type_code),
        ));
    }
    if r.called_at.secs_since(now) > MAX_AHEAD_S {
        out.push(fault("called_at", "future", "the call lies in the future"));
    }
    if r.occurred
        .is_some_and(|o| o.from.secs_since(now) > MAX_AHEAD_S)
    {
        out.push(fault("occurred", "future", "it lies in the future"));
    }
    let bounds = r.persons.as_ref().map(CountRange::bounds);
    if bounds.is_some_and(|b| b.is_none_or(|(least, most)| least > most)) {
        out.push(fault(
            "persons",
            "bad_count",
            "no number, or the least above the most",
        ));
    }
    for (field, text) in [("title", &r.title), ("text", &r.text)] {
        if text.as_ref().is_some_and(|t| t.len() > MAX_TEXT) {
            out.push(fault(
                field,
                "too_long",
                format!("at most {MAX_TEXT} bytes"),
            ));
        }
    }
    out.extend(place_faults(&r.place, picture));
    out
}

fn place_faults(place: &Place, picture: &Picture) -> Vec<FieldFault> {
    let config = picture.config();
    let mut out = Vec::new();
    if let Some(id) = &place.bcp
        && !config.crossing_points.iter().any(|b| b.id == *id)
    {
        out.push(fault(
            "place.bcp",
            "unknown",
            format!("no crossing point {id}"),
        ));
    }
    if let Some(id) = &place.section
        && !config.sections.iter().any(|s| s.id == *id)
    {
        out.push(fault(
            "place.section",
            "unknown",
            format!("no section {id}"),
        ));
    }
    if place.is_unknown() && place.described.as_ref().is_none_or(|d| d.trim().is_empty()) {
        let detail = "no position, crossing point, section or description";
        out.push(fault("place", "missing", detail));
    }
    if place.described.as_ref().is_some_and(|d| d.len() > MAX_TEXT) {
        out.push(fault(
            "place.described",
            "too_long",
            format!("at most {MAX_TEXT} bytes"),
        ));
    }
    out
}
