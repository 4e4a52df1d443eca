//! The live socket: axum's WebSocket as a sink and a stream of frames.

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use futures_util::{SinkExt as _, StreamExt as _};
use oneroof_live::{Frame, FromClient, Hub, serve};
use oneroof_wire::{ProblemCode, SUBPROTOCOL};
use tokio_util::task::TaskTracker;

use crate::origin;
use crate::problem::Fault;
use crate::state::Api;

/// Message of a client at which the line is cut, bytes. The hub's own bound is lower and is answered with a word.
const MAX_MESSAGE: usize = 64 * 1024;

/// Bytes to a client beyond which the socket takes no more. It fills only when the line does not take them, and then
/// with a frame or two.
const MAX_WRITE_BUFFER: usize = 16 * 1024 * 1024;

/// The line of a desk.
pub(crate) async fn desk(
    State(api): State<Api>,
    headers: HeaderMap,
    ws: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let (hub, tasks) = (api.hub, api.tasks);
    upgrade(hub, tasks, &headers, ws)
}

/// The line of a wall.
pub(crate) async fn wall(
    State(api): State<Api>,
    headers: HeaderMap,
    ws: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let (hub, tasks) = (api.wall, api.tasks);
    upgrade(hub, tasks, &headers, ws)
}

fn upgrade(
    hub: Hub,
    tasks: TaskTracker,
    headers: &HeaderMap,
    ws: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    // Before anything else: a browser opens a socket to whatever a page names.
    if !origin::is_own(headers) || !origin::is_local_host(headers) {
        return Fault::plain(ProblemCode::ForeignOrigin).into_response();
    }
    let ws = match ws {
        Ok(ws) => ws,
        Err(rejection) => return rejection.into_response(),
    };
    let ws = ws
        .protocols([SUBPROTOCOL])
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .max_write_buffer_size(MAX_WRITE_BUFFER);
    if ws.selected_protocol().is_none() {
        return Fault::bad(format!("the subprotocol is {SUBPROTOCOL}")).into_response();
    }
    ws.on_upgrade(move |socket| async move {
        // Tracked, so that a shutdown waits for the last word to go out.
        drop(tasks.spawn(client(hub, socket)).await);
    })
}

async fn client(hub: Hub, socket: WebSocket) {
    let (sink, stream) = socket.split();
    let sink = sink.with(|frame: Frame| {
        let message = match frame {
            Frame::Text(text) => Message::Text(text.into()),
            Frame::Binary(bytes) => Message::Binary(bytes.into()),
            Frame::Ping => Message::Ping(axum::body::Bytes::new()),
            Frame::Close(code, reason) => Message::Close(Some(CloseFrame {
                code,
                reason: reason.into(),
            })),
        };
        core::future::ready(Ok::<_, axum::Error>(message))
    });
    let stream = stream.map(|message| {
        message.map(|m| match m {
            Message::Text(text) => FromClient::Text(text.to_string()),
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) => FromClient::Alive,
            Message::Close(_) => FromClient::Close,
        })
    });
    serve(hub, sink, stream).await;
}
