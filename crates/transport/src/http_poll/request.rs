//! One request and its answer, bounded.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use oneroof_config::process_env;
use oneroof_config::types::{HttpPoll, SecretText};
use oneroof_model::Time;
use oneroof_ports::SourceError;
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, RETRY_AFTER,
};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use rustls::ClientConfig;

use super::paging::Target;
use super::{Answer, MAX_WAIT};
use crate::pipe::failed;
use crate::{capped, credentials, tls};

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 3;

/// Longest validator that is kept; what is longer is done without. 512 bytes.
const MAX_VALIDATOR: usize = 512;

/// Where redirects may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redirects {
    /// Anywhere, unless we have something to show that others must not see.
    Free,
    /// Within the origin of the request.
    Home,
}

/// What the server named its last answer.
#[derive(Debug, Default)]
pub(super) struct Validators {
    etag: Option<HeaderValue>,
    modified: Option<HeaderValue>,
}

impl Validators {
    fn of(headers: &HeaderMap) -> Self {
        let short = |value: &&HeaderValue| value.len() <= MAX_VALIDATOR;
        Self {
            etag: headers.get(ETAG).filter(short).cloned(),
            modified: headers.get(LAST_MODIFIED).filter(short).cloned(),
        }
    }
}

/// What one fetch gave.
pub(super) enum Fetched {
    /// The same as before.
    Unchanged,
    /// New content, unpacked.
    Content(Box<Answer>),
}

/// Why a fetch failed, and how long the server asks to be left alone.
pub(super) struct FetchError {
    pub(super) error: SourceError,
    pub(super) retry_after: Option<Duration>,
}

impl From<SourceError> for FetchError {
    fn from(error: SourceError) -> Self {
        Self {
            error,
            retry_after: None,
        }
    }
}

/// Makes requests as they are configured.
#[derive(Debug)]
pub(super) struct Requests {
    config: HttpPoll,
    url: Url,
    redirects: Redirects,
    headers: HeaderMap,
    password: Option<SecretText>,
    tls: Option<tls::Client>,
    /// The client, and the TLS that it was made with.
    client: Mutex<Option<(Option<Arc<ClientConfig>>, Client)>>,
}

impl Requests {
    pub(super) fn new(config: &HttpPoll, redirects: Redirects) -> Result<Self, String> {
        let url = Url::parse(&config.url.0).map_err(|e| format!("the address: {e}"))?;
        let mut headers = credentials::headers(config.token.as_ref(), &config.headers)?;
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let password = config
            .basic
            .as_ref()
            .map(|b| b.password.fetch(&process_env));
        let requests = Self {
            config: config.clone(),
            url,
            redirects,
            headers,
            password: password.transpose()?,
            tls: config.tls.clone().map(tls::Client::new),
            client: Mutex::new(None),
        };
        if requests.tls.is_none() {
            requests.client().map_err(|e| e.detail)?;
        }
        Ok(requests)
    }

    /// The client; another one after the files of its TLS have changed.
    fn client(&self) -> Result<Client, SourceError> {
        let tls = self.tls.as_ref().map(tls::Client::config).transpose()?;
        let mut kept = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |of: &Option<Arc<ClientConfig>>| match (of, &tls) {
            (None, None) => true,
            (Some(of), Some(tls)) => Arc::ptr_eq(of, tls),
            _ => false,
        };
        if let Some((of, client)) = &*kept
            && same(of)
        {
            return Ok(client.clone());
        }
        let mut builder = Client::builder()
            .user_agent(concat!("oneroof/", env!("CARGO_PKG_VERSION")))
            .default_headers(self.headers.clone())
            .redirect(self.redirects())
            .timeout(self.config.timeout.duration())
            .pool_max_idle_per_host(1);
        if let Some(tls) = &tls {
            builder = builder.tls_backend_preconfigured((**tls).clone());
        }
        let client = builder
            .build()
            .map_err(|e| failed("http.client", format!("no HTTP client: {e}")))?;
        *kept = Some((tls, client.clone()));
        Ok(client)
    }

    /// With something to show redirects are followed within the request's origin only, lest another one sees it.
    fn redirects(&self) -> redirect::Policy {
        let shows = self.config.token.is_some()
            || self.config.basic.is_some()
            || !self.config.headers.is_empty();
        if !shows && self.redirects == Redirects::Free {
            return redirect::Policy::limited(MAX_REDIRECTS);
        }
        redirect::Policy::custom(|attempt| {
            let home = attempt.previous().first().map(Url::origin);
            if attempt.previous().len() > MAX_REDIRECTS {
                attempt.error("too many redirects")
            } else if Some(attempt.url().origin()) == home {
                attempt.follow()
            } else {
                attempt.error("a redirect to another host, which is not allowed here")
            }
        })
    }

    /// Fetches one page.
    pub(super) async fn fetch(
        &self,
        target: &Target,
        known: &Validators,
        now: Time,
    ) -> Result<Fetched, FetchError> {
        let response = self
            .request(target, known)?
            .send()
            .await
            .map_err(|e| http_error(&e))?;
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED {
            return Ok(Fetched::Unchanged);
        }
        if status != StatusCode::OK {
            let retry_after = retry_after(response.headers(), now);
            return Err(FetchError {
                error: failed("http.status", format!("the server answered {status}")),
                retry_after,
            });
        }
        let headers = response.headers().clone();
        let url = response.url().clone();
        let body = self.body(response).await?;
        let validators = Validators::of(&headers);
        Ok(Fetched::Content(Box::new(Answer {
            url,
            headers,
            body,
            validators,
        })))
    }

    fn request(
        &self,
        target: &Target,
        known: &Validators,
    ) -> Result<reqwest::RequestBuilder, SourceError> {
        let url = target.url(&self.url, self.config.paging.as_ref());
        let client = self.client()?;
        let mut request = match &self.config.post {
            None => client.get(url),
            Some(post) => client
                .post(url)
                .header(CONTENT_TYPE, post.content_type.as_str())
                .body(target.body(&post.body)),
        };
        if let (Some(basic), Some(password)) = (&self.config.basic, &self.password) {
            request = request.basic_auth(&basic.user, Some(password.expose()));
        }
        if let Some(etag) = &known.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(modified) = &known.modified {
            request = request.header(IF_MODIFIED_SINCE, modified);
        }
        Ok(request)
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
}

/// How long a `Retry-After` (RFC 9110, 10.2.3) asks for, in seconds or until a date; bounded.
fn retry_after(headers: &HeaderMap, now: Time) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = if let Ok(seconds) = text.parse::<u64>() {
        seconds
    } else {
        let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
        u64::try_from(until.as_second() - now.as_secs()).ok()?
    };
    Some(Duration::from_secs(seconds).min(MAX_WAIT))
}

fn http_error(error: &reqwest::Error) -> SourceError {
    let mut code = if error.is_timeout() {
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
        let of_tls = e.downcast_ref::<std::io::Error>().and_then(tls::error);
        if let Some(of_tls) = of_tls {
            code = of_tls.code;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_after_is_heeded_in_seconds_and_as_a_date_and_bounded() {
        let now: Time = "2026-10-21T07:28:00Z".parse().unwrap();
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            retry_after(&headers, now)
        };
        assert_eq!(of("120"), Some(Duration::from_mins(2)));
        assert_eq!(of("99999999"), Some(MAX_WAIT));
        let date = "Wed, 21 Oct 2026 07:29:30 GMT";
        assert_eq!(of(date), Some(Duration::from_secs(90)));
        assert_eq!(of("Wed, 21 Oct 2026 07:00:00 GMT"), None);
        assert_eq!(of("soon"), None);
    }
}
