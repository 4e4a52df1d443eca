//! What changes the picture: commands, notes, attachments; and backups.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use oneroof_model::{
    Actor, AttachmentId, AttachmentRef, Command, CommandBody, CommandId, EventId, Receipt,
};
use oneroof_ports::AttachmentMeta;
use oneroof_wire::{CommandRequest, ProblemCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::problem::{Answer, Fault};
use crate::state::Api;

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
    match api.room.command(command).await? {
        Receipt::Refused { refusal } => Err(refusal.into()),
        done => Ok(done),
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
    if body.len() > api.limits.attachment_bytes {
        let detail = format!("at most {} bytes", api.limits.attachment_bytes);
        return Err(Fault::new(ProblemCode::TooLarge, detail));
    }
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
    let sha256 = Sha256::digest(&body)
        .iter()
        .fold(String::new(), |mut s, b| {
            use core::fmt::Write as _;
            // Writing to a String does not fail.
            write!(s, "{b:02x}").unwrap_or_default();
            s
        });
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
pub(crate) async fn attachment(State(api): State<Api>, Path(id): Path<String>) -> Answer<Response> {
    let id: AttachmentId = id.parse().map_err(|_bad| Fault::missing())?;
    let (meta, bytes) = api.store.attachment(id).await?.ok_or_else(Fault::missing)?;
    let ascii: String = meta
        .name
        .chars()
        .map(|c| if c.is_ascii_graphic() { c } else { '_' })
        .collect();
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{ascii}\""),
        ),
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
