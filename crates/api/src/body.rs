//! Bodies of requests: whole before a handler begins, bounded in bytes and in time, and never compressed.
//!
//! A sender that trickles holds nothing but its own connection, and one that is cut off has changed nothing. A
//! compressed body is refused instead of unpacked: a push is small, and what is not unpacked cannot be a bomb.

use core::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use oneroof_wire::ProblemCode;

use crate::problem::{Answer, Fault};

/// Longest time that a whole body may take to come.
const BODY_WITHIN: Duration = Duration::from_secs(30);

/// Takes the body whole, at most so many bytes, and goes on with it.
pub(crate) async fn whole(State(most): State<usize>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if let Err(fault) = check(&parts.headers, most) {
        return unread(fault);
    }
    match tokio::time::timeout(BODY_WITHIN, read(body, most)).await {
        Ok(Ok(bytes)) => {
            next.run(Request::from_parts(parts, Body::from(bytes)))
                .await
        }
        Ok(Err(fault)) => unread(fault),
        Err(_late) => {
            let detail = format!("the body did not come within {} s", BODY_WITHIN.as_secs());
            unread(Fault::bad(detail))
        }
    }
}

/// Says no while the body, or the rest of it, is still to come. The line ends with the answer, and the client is told: it
/// would send its next request into a line that is being closed.
fn unread(fault: Fault) -> Response {
    let mut response = fault.into_response();
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

fn check(headers: &HeaderMap, most: usize) -> Answer<()> {
    let plain = |v: &HeaderValue| v.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .any(|v| !plain(v))
    {
        let detail = "a body is sent as it is, without Content-Encoding";
        return Err(Fault::new(ProblemCode::UnsupportedMediaType, detail));
    }
    let said: Option<usize> = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok()?.parse().ok());
    if said.is_some_and(|n| n > most) {
        return Err(too_large(most));
    }
    Ok(())
}

fn too_large(most: usize) -> Fault {
    Fault::new(ProblemCode::TooLarge, format!("at most {most} bytes"))
}

async fn read(body: Body, most: usize) -> Answer<Bytes> {
    let mut stream = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(part) = stream.next().await {
        let part = part.map_err(|e| Fault::bad(format!("the body broke off: {e}")))?;
        if whole.len() + part.len() > most {
            return Err(too_large(most));
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole.into())
}
