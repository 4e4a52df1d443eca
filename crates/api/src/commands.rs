//! What changes the picture: commands, notes, attachments; and backups.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use oneroof_model::{
    Actor, AreaId, AttachmentId, AttachmentRef, Command, CommandBody, CommandId, EventId, Receipt,
};
use oneroof_ports::AttachmentMeta;
use oneroof_ports::chain::hex;
use oneroof_wire::{CommandRequest, ProblemCode, project};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::export::encoded;
use crate::feeds::mode_word;
use crate::lists::{sees_both, sees_file};
use crate::problem::{Answer, Fault};
use crate::state::Api;

/// Nothing of a file that came from outside may run, should a browser show it after all.
const UNTRUSTED_CSP: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// Carries out a command. A refusal is a problem with the receipt's words; the status is told by its kind.
pub(crate) async fn command(
    State(api): State<Api>,
    Json(CommandRequest(command)): Json<CommandRequest>,
) -> Answer<Json<Receipt>> {
    carry_out(&api, command).await.map(Json)
}

async fn carry_out(api: &Api, command: Command) -> Answer<Receipt> {
    // Rules act in the room; from outside only people do.
    if !matches!(command.by, Actor::Person { .. }) {
        return Err(Fault::new(
            ProblemCode::Invalid,
            "a command comes from a person",
        ));
    }
    let mode = api.config.centre.mode;
    if let CommandBody::SetArea { draft, .. } = &command.body
        && draft.mode != mode
    {
        let detail = format!(
            "this centre shows {}: an area of it is of that mode",
            mode_word(mode)
        );
        return Err(Fault::new(ProblemCode::Invalid, detail));
    }
    if !sees_what_is_named(api, &command.body) {
        return Err(Fault::missing());
    }
    let audience = Arc::new(api.audience.clone());
    match api.room.command_of(audience, command).await? {
        Receipt::Refused { refusal } => Err(refusal.into()),
        done @ Receipt::Done { .. } => Ok(done),
    }
}

/// Whether the audience sees everything that a command names. What it does not see is not there for it: neither a
/// conflict nor a version may tell otherwise. What is not in memory is left to the room, which says that it is missing.
fn sees_what_is_named(api: &Api, body: &CommandBody) -> bool {
    use CommandBody as C;
    let p = api.room.picture().read();
    let mode = api.config.centre.mode;
    let event = |id: EventId| {
        p.event(id)
            .is_none_or(|e| e.mode == mode && project::sees_event(e, &*p, &api.audience))
    };
    let area = |id: AreaId| {
        p.area(id)
            .is_none_or(|a| a.said.mode == mode && project::sees_area(a, &*p, &api.audience))
    };
    match body {
        C::AcceptSuggestion { suggestion } | C::RejectSuggestion { suggestion } => p
            .suggestion(*suggestion)
            .is_none_or(|s| sees_both(api, &p, s)),
        C::Merge {
            survivor: a,
            absorbed: b,
        }
        | C::Unmerge {
            survivor: a,
            absorbed: b,
        }
        | C::LinkEvents {
            event: a, other: b, ..
        }
        | C::UnlinkEvents {
            event: a, other: b, ..
        } => event(*a) && event(*b),
        C::Split { event: e, reports } => {
            let seen = |r: &oneroof_model::ReportId| {
                let report = p.report_state(*r).and_then(|s| s.report.as_ref());
                report.is_none_or(|r| project::sees_report(r, &api.audience))
            };
            event(*e) && reports.iter().all(seen)
        }
        C::Detach { event: e, report } => {
            let report = p.report_state(*report).and_then(|s| s.report.as_ref());
            event(*e) && report.is_none_or(|r| project::sees_report(r, &api.audience))
        }
        C::EraseReport { report, .. } => {
            let report = p.report_state(*report).and_then(|s| s.report.as_ref());
            report.is_none_or(|r| project::sees_report(r, &api.audience))
        }
        C::SetState { event: e, .. }
        | C::SetImpact { event: e, .. }
        | C::SetLifeAtRisk { event: e, .. }
        | C::SetType { event: e, .. }
        | C::SetLead { event: e, .. }
        | C::LeaveToRule { event: e, .. }
        | C::AddNote { event: e, .. } => event(*e),
        C::SetSectionLevel { .. } => true,
        C::SetArea { area: id, draft } => area(*id) && draft.event.is_none_or(event),
        C::RemoveArea { area: id } => area(*id),
    }
}

/// A note.
#[derive(Debug, Deserialize)]
pub(crate) struct NoteRequest {
    by: Actor,
    text: String,
    #[serde(default)]
    attachments: Vec<AttachmentRef>,
}

pub(crate) async fn note(
    State(api): State<Api>,
    Path(event): Path<String>,
    Json(note): Json<NoteRequest>,
) -> Answer<Json<Receipt>> {
    let event: EventId = event.parse().map_err(|_bad| Fault::missing())?;
    let id = CommandId::next(&*api.ids, api.clock.now().as_millis());
    let body = CommandBody::AddNote {
        event,
        text: note.text,
        attachments: note.attachments,
    };
    carry_out(
        &api,
        Command {
            id,
            by: note.by,
            if_version: None,
            body,
        },
    )
    .await
    .map(Json)
}

/// How a file is named.
#[derive(Debug, Deserialize)]
pub(crate) struct FileName {
    name: String,
}

pub(crate) async fn attach(
    State(api): State<Api>,
    Query(FileName { name }): Query<FileName>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<(StatusCode, Json<AttachmentRef>)> {
    let odd = |c: char| c.is_control() || matches!(c, '/' | '\\' | '"');
    if name.is_empty() || name.len() > 200 || name.chars().any(odd) {
        return Err(Fault::bad(
            "a name of 1 to 200 bytes without / \\ \" and control signs",
        ));
    }
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("application/octet-stream")
        .to_owned();
    let at = api.clock.now();
    let sha256 = hex(&Sha256::digest(&body));
    let size = u64::try_from(body.len()).unwrap_or(u64::MAX);
    let meta = AttachmentMeta {
        id: AttachmentId::next(&*api.ids, at.as_millis()),
        name: name.clone(),
        media_type: media_type.clone(),
        size_bytes: size,
        sha256: sha256.clone(),
        at,
    };
    let id = meta.id;
    api.store.put_attachment(meta, body.to_vec()).await?;
    let reference = AttachmentRef {
        name,
        media_type: Some(media_type),
        uri: None,
        stored: Some(id),
        size_bytes: Some(size),
        sha256: Some(sha256),
    };
    Ok((StatusCode::CREATED, Json(reference)))
}

/// A stored file. Always as a download and never as a page: it came from outside.
/// The event that a file belongs to: to be named where it was filed.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct OfEvent {
    #[serde(default)]
    event: Option<EventId>,
}

/// A stored file, to who sees a note or a report that refers to it.
pub(crate) async fn attachment(
    State(api): State<Api>,
    Path(id): Path<String>,
    Query(OfEvent { event }): Query<OfEvent>,
) -> Answer<Response> {
    let id: AttachmentId = id.parse().map_err(|_bad| Fault::missing())?;
    if !sees_file(&api, id, event).await {
        return Err(Fault::missing());
    }
    let (meta, bytes) = api.store.attachment(id).await?.ok_or_else(Fault::missing)?;
    let ascii: String = meta
        .name
        .chars()
        .map(|c| if c.is_ascii_graphic() { c } else { '_' })
        .collect();
    // RFC 6266: the plain name for old programs, the true one beside it.
    let disposition = format!(
        "attachment; filename=\"{ascii}\"; filename*=UTF-8''{}",
        encoded(&meta.name)
    );
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, UNTRUSTED_CSP.to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
        (header::ETAG, format!("\"{}\"", meta.sha256)),
    ];
    Ok((headers, bytes).into_response())
}

/// What a backup gave.
#[derive(Debug, Serialize)]
pub(crate) struct BackupDone {
    file: String,
    size_bytes: u64,
}

/// Writes a backup while the system runs.
pub(crate) async fn backup(State(api): State<Api>) -> Answer<Json<BackupDone>> {
    let name = format!("oneroof-{}.backup", api.clock.now().as_millis());
    let path = api.backup_folder.join(&name);
    let size_bytes = api.store.backup(path.clone()).await?;
    tracing::info!(file = %path.display(), size_bytes, "backup written");
    Ok(Json(BackupDone {
        file: path.display().to_string(),
        size_bytes,
    }))
}
