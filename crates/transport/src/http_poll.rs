//! HTTP poll: the centre fetches an address again and again, with `ETag` and `Last-Modified` (RFC 9110, 13.1), so that
//! what has not changed is not sent. An answer is handed on when it is whole; one that broke off is fetched again.

use core::time::Duration;
use std::sync::Arc;

use oneroof_config::process_env;
use oneroof_config::types::HttpPoll;
use oneroof_ports::{Ack, BoxFuture, ChunkKind, Source, SourceError, SourceOut};
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, ETAG, HeaderMap, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER,
};
use reqwest::{Client, Response, StatusCode, redirect};
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::capped;
use crate::pipe::{Pipe, READ_BYTES, Stopped, failed};

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 3;

/// Longest wait after failures, and longest that a `Retry-After` is heeded. 15 min.
const MAX_WAIT: Duration = Duration::from_mins(15);

/// An HTTP poll.
#[derive(Debug)]
pub struct HttpPollSource {
    config: HttpPoll,
    client: Client,
}

/// What the server named its last answer.
#[derive(Debug, Default)]
struct Validators {
    etag: Option<HeaderValue>,
    modified: Option<HeaderValue>,
}

/// What one fetch gave.
enum Fetched {
    /// The same as before.
    Unchanged,
    /// New content, unpacked.
    Content(Vec<u8>, Validators),
}

/// Why a fetch failed, and how long the server asks to be left alone.
struct FetchError {
    error: SourceError,
    retry_after: Option<Duration>,
}

impl From<SourceError> for FetchError {
    fn from(error: SourceError) -> Self {
        Self {
            error,
            retry_after: None,
        }
    }
}

impl HttpPollSource {
    /// A poll of the configured address.
    ///
    /// # Errors
    /// Where the machine cannot make HTTP requests (no certificates, a bad token).
    pub fn new(config: HttpPoll) -> Result<Self, String> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        if let Some(token) = &config.token {
            let token = token.fetch(&process_env)?;
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
                .map_err(|_invalid| "the token holds signs that HTTP does not allow".to_owned())?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let client = Client::builder()
            .user_agent(concat!("oneroof/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(redirect::Policy::limited(MAX_REDIRECTS))
            .timeout(config.timeout.duration())
            .pool_max_idle_per_host(1)
            .build()
            .map_err(|e| format!("no HTTP client: {e}"))?;
        Ok(Self { config, client })
    }

    async fn fetch(&self, known: &Validators) -> Result<Fetched, FetchError> {
        let mut request = self.client.get(&self.config.url.0);
        if let Some(etag) = &known.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(modified) = &known.modified {
            request = request.header(IF_MODIFIED_SINCE, modified);
        }
        let response = request.send().await.map_err(|e| http_error(&e))?;
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED {
            return Ok(Fetched::Unchanged);
        }
        if status != StatusCode::OK {
            let retry_after = retry_after(response.headers());
            return Err(FetchError {
                error: failed("http.status", format!("the server answered {status}")),
                retry_after,
            });
        }
        let validators = Validators {
            etag: response.headers().get(ETAG).cloned(),
            modified: response.headers().get(LAST_MODIFIED).cloned(),
        };
        let body = self.body(response).await?;
        Ok(Fetched::Content(body, validators))
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, SourceError> {
        let cap = self.config.max_bytes.bytes();
        let too_large = || {
            failed(
                "http.too_large",
                format!("an answer of more than {cap} bytes"),
            )
        };
        if response.content_length().is_some_and(|n| n > cap) {
            return Err(too_large());
        }
        let packed = match response.headers().get(CONTENT_ENCODING) {
            None => false,
            Some(coding) if coding == "identity" => false,
            Some(coding) if coding == "gzip" || coding == "x-gzip" => true,
            Some(coding) => {
                return Err(failed(
                    "http.encoding",
                    format!("content encoding {coding:?}"),
                ));
            }
        };
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|e| http_error(&e))? {
            if (body.len() + part.len()) as u64 > cap {
                return Err(too_large());
            }
            body.extend_from_slice(&part);
        }
        if packed && !capped::is_gzip(&body) {
            return Err(failed("http.gzip", "the answer says gzip and is none"));
        }
        // A file that is gzip itself (`feed.json.gz`) is unpacked as well.
        capped::unpack(body, cap).map_err(|e| match e {
            capped::CappedError::TooLarge { .. } => too_large(),
            capped::CappedError::Damaged(_) => failed("http.gzip", e.to_string()),
        })
    }

    /// Hands an answer on; whether everything in it is durable.
    async fn hand_on(pipe: &Pipe, conn: u64, peer: &Arc<str>, body: &[u8]) -> Result<Ack, Stopped> {
        pipe.chunk(conn, peer, ChunkKind::Open).await?;
        for part in body.chunks(READ_BYTES) {
            pipe.chunk(conn, peer, ChunkKind::Data(part.to_vec()))
                .await?;
        }
        pipe.close_and_wait(conn, peer).await
    }

    async fn serve(&self, pipe: &Pipe) -> Result<(), Stopped> {
        let every = self.config.every.duration();
        let peer: Arc<str> = without_query(&self.config.url.0).into();
        let mut backoff = Backoff::new(every, MAX_WAIT.max(every));
        let mut known = Validators::default();
        let mut conn = 0;
        loop {
            let fetched = tokio::select! {
                biased;
                () = pipe.stop.cancelled() => return Err(Stopped),
                fetched = self.fetch(&known) => fetched,
            };
            let mut wait = every;
            match fetched {
                Ok(Fetched::Unchanged) => {
                    backoff.reset();
                    pipe.state(Ok(peer.to_string())).await?;
                }
                Ok(Fetched::Content(body, validators)) => {
                    backoff.reset();
                    pipe.state(Ok(peer.to_string())).await?;
                    conn += 1;
                    // What is not durable is fetched again.
                    known = match Self::hand_on(pipe, conn, &peer, &body).await? {
                        Ack::Durable { .. } => validators,
                        Ack::Failed { .. } => Validators::default(),
                    };
                }
                Err(FetchError { error, retry_after }) => {
                    pipe.state(Err(error)).await?;
                    wait = backoff.next_wait().max(retry_after.unwrap_or_default());
                }
            }
            pipe.sleep(wait).await?;
        }
    }
}

/// The address without what may be a secret in its query.
fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or(url).to_owned()
}

/// Seconds of a `Retry-After`, bounded; a date there is not heeded.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds).min(MAX_WAIT))
}

fn http_error(error: &reqwest::Error) -> SourceError {
    let code = if error.is_timeout() {
        "http.timeout"
    } else if error.is_connect() {
        "connect.failed"
    } else if error.is_redirect() {
        "http.redirect"
    } else if error.is_body() || error.is_decode() {
        "http.broken_off"
    } else {
        "http.failed"
    };
    // The causes say what happened; the error itself would print the address with its query.
    let mut detail = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(e) = cause {
        if !detail.is_empty() {
            detail.push_str(": ");
        }
        detail.push_str(&e.to_string());
        cause = e.source();
    }
    failed(
        code,
        if detail.is_empty() {
            "the request failed".to_owned()
        } else {
            detail
        },
    )
}

impl Source for HttpPollSource {
    fn run(
        &self,
        out: SourceOut,
        stop: CancellationToken,
    ) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(async move {
            let Err(Stopped) = self.serve(&Pipe { out, stop }).await else {
                return Ok(());
            };
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_not_shown_and_a_long_retry_after_is_bounded() {
        assert_eq!(without_query("https://host/a?key=1"), "https://host/a");
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("99999999"));
        assert_eq!(retry_after(&headers), Some(MAX_WAIT));
        headers.insert(
            RETRY_AFTER,
            HeaderValue::from_static("Wed, 21 Oct 2026 07:28:00 GMT"),
        );
        assert_eq!(retry_after(&headers), None);
    }
}
