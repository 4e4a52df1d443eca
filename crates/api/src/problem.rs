//! Problems (RFC 9457): made at this edge and nowhere else.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oneroof_ingest::{FeedError, PushError, ReprocessError};
use oneroof_model::CommandRefusal;
use oneroof_ports::StoreError;
use oneroof_room::SubmitError;
use oneroof_wire::{FieldFault, PROBLEM_BASE, Problem, ProblemCode};

/// Media type of a problem.
const PROBLEM_KIND: &str = "application/problem+json";

/// An answer that says what went wrong.
#[derive(Debug)]
pub(crate) struct Fault {
    code: ProblemCode,
    detail: Option<String>,
    retry_after_s: Option<u64>,
    fields: Vec<FieldFault>,
}

pub(crate) type Answer<T> = Result<T, Fault>;

impl Fault {
    pub(crate) const fn plain(code: ProblemCode) -> Self {
        Self {
            code,
            detail: None,
            retry_after_s: None,
            fields: Vec::new(),
        }
    }

    pub(crate) fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: Some(detail.into()),
            retry_after_s: None,
            fields: Vec::new(),
        }
    }

    pub(crate) fn bad(detail: impl Into<String>) -> Self {
        Self::new(ProblemCode::BadRequest, detail)
    }

    /// What is wrong with single fields of a request.
    pub(crate) fn fields(fields: Vec<FieldFault>) -> Self {
        let told: Vec<String> = fields
            .iter()
            .map(|f| format!("{}: {}", f.field, f.detail))
            .collect();
        Self {
            fields,
            ..Self::new(ProblemCode::Invalid, told.join("; "))
        }
    }

    pub(crate) const fn missing() -> Self {
        Self::plain(ProblemCode::NotFound)
    }
}

const fn known(code: ProblemCode) -> (StatusCode, &'static str) {
    use ProblemCode as C;
    match code {
        C::BadRequest => (StatusCode::BAD_REQUEST, "the request cannot be understood"),
        C::Unauthorised => (StatusCode::UNAUTHORIZED, "the token is missing or wrong"),
        C::NotFound => (StatusCode::NOT_FOUND, "no such thing"),
        C::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "the method does not fit"),
        C::Conflict => (StatusCode::CONFLICT, "somebody was there first"),
        C::IdempotencyMismatch => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "the idempotency key came with another body",
        ),
        C::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
        C::UnsupportedMediaType => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the type of the body is not understood",
        ),
        C::NotAllowed => (StatusCode::CONFLICT, "not allowed now"),
        C::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "invalid values"),
        C::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too many"),
        C::ForeignOrigin => (StatusCode::FORBIDDEN, "not from a page of this server"),
        C::StorageFull => (
            StatusCode::INSUFFICIENT_STORAGE,
            "no room to store it; nothing was taken",
        ),
        C::Unavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            "not now; nothing was taken",
        ),
        C::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "a fault of the server"),
    }
}

/// The code as it stands in the type of the problem.
fn name(code: ProblemCode) -> String {
    serde_json::to_value(code)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, title) = known(self.code);
        let (code, detail) = (name(self.code), self.detail.as_deref());
        if self.code == ProblemCode::Unavailable {
            // Nothing is lost: the sender still has it and was told to come again.
            tracing::warn!(code, detail, "answered with a problem");
        } else if status.is_server_error() {
            tracing::error!(code, detail, "answered with a problem");
        }
        let problem = Problem {
            kind: format!("{PROBLEM_BASE}{}", name(self.code)),
            status: status.as_u16(),
            title: title.to_owned(),
            detail: self.detail,
            code: self.code,
            fields: self.fields,
            request_id: None,
        };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_KIND));
        if self.code == ProblemCode::Unauthorised {
            // RFC 9110, 11.6.1: a 401 says how to show who one is.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(s) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(s));
        }
        response
    }
}

impl From<StoreError> for Fault {
    fn from(e: StoreError) -> Self {
        match e {
            StoreError::Full(_) => Self::plain(ProblemCode::StorageFull),
            e => Self::new(ProblemCode::Unavailable, e.to_string()),
        }
    }
}

impl From<SubmitError> for Fault {
    fn from(e: SubmitError) -> Self {
        match e {
            SubmitError::Store(e) => e.into(),
            SubmitError::Closed => Self::plain(ProblemCode::Unavailable),
            SubmitError::RequestMismatch => Self::plain(ProblemCode::IdempotencyMismatch),
        }
    }
}

impl From<PushError> for Fault {
    fn from(e: PushError) -> Self {
        let detail = e.to_string();
        match e {
            PushError::NotFound(_) => Self::new(ProblemCode::NotFound, detail),
            PushError::Unauthorised => Self::new(ProblemCode::Unauthorised, detail),
            PushError::Paused | PushError::Unavailable(_) => {
                Self::new(ProblemCode::Unavailable, detail)
            }
            PushError::TooLarge { .. } => Self::new(ProblemCode::TooLarge, detail),
            PushError::UnsupportedMediaType(_) => {
                Self::new(ProblemCode::UnsupportedMediaType, detail)
            }
            PushError::TooMany { retry_after } => Self {
                retry_after_s: Some(retry_after.as_secs().max(1)),
                ..Self::new(ProblemCode::TooMany, detail)
            },
            PushError::BadKey | PushError::Empty => Self::bad(detail),
            PushError::KeyReused => Self::plain(ProblemCode::IdempotencyMismatch),
            PushError::StorageFull(_) => Self::new(ProblemCode::StorageFull, detail),
            PushError::Internal => Self::plain(ProblemCode::Internal),
        }
    }
}

impl From<FeedError> for Fault {
    fn from(e: FeedError) -> Self {
        match e {
            FeedError::NotFound(_) => Self::missing(),
            FeedError::Closed => Self::plain(ProblemCode::Unavailable),
            e => Self::new(ProblemCode::Invalid, e.to_string()),
        }
    }
}

impl From<ReprocessError> for Fault {
    fn from(e: ReprocessError) -> Self {
        Self::new(ProblemCode::NotAllowed, e.to_string())
    }
}

impl From<CommandRefusal> for Fault {
    fn from(e: CommandRefusal) -> Self {
        let detail = e.to_string();
        match e {
            CommandRefusal::NotFound { .. } => Self::new(ProblemCode::NotFound, detail),
            CommandRefusal::Conflict { .. } => Self::new(ProblemCode::Conflict, detail),
            CommandRefusal::NotAllowed { .. } => Self::new(ProblemCode::NotAllowed, detail),
            CommandRefusal::Invalid { .. } => Self::new(ProblemCode::Invalid, detail),
        }
    }
}

/// Longest text of another's error that is taken over as detail, bytes.
const MAX_DETAIL: usize = 4 * 1024;

/// Makes a problem of an error that is none: those of axum's extractors (a body over the bound, a query or an id that
/// cannot be read) are plain text.
pub(crate) async fn only_problems(response: Response) -> Response {
    let status = response.status();
    // What is said in a form of ours is left: a problem, or what keeps the server from being ready.
    let is_ours = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"));
    if !(status.is_client_error() || status.is_server_error()) || is_ours {
        return response;
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let code = match status {
        StatusCode::NOT_FOUND => ProblemCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ProblemCode::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ProblemCode::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ProblemCode::UnsupportedMediaType,
        StatusCode::UNPROCESSABLE_ENTITY => ProblemCode::Invalid,
        _ if status.is_client_error() => ProblemCode::BadRequest,
        _ => ProblemCode::Internal,
    };
    let text = axum::body::to_bytes(response.into_body(), MAX_DETAIL).await;
    let mut problem = match text.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()) {
        Ok(detail) if !detail.is_empty() => Fault::new(code, detail),
        _ => Fault::plain(code),
    }
    .into_response();
    // Which methods there are goes with the answer that this one is none of them.
    if let Some(allow) = allow {
        problem.headers_mut().insert(header::ALLOW, allow);
    }
    problem
}

/// No such path.
pub(crate) async fn not_found() -> Fault {
    Fault::missing()
}

/// The path is there, the method is not.
pub(crate) async fn wrong_method() -> Fault {
    Fault::plain(ProblemCode::MethodNotAllowed)
}
