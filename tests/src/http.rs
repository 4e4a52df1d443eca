//! A client of the API.

use core::time::Duration;

use oneroof_wire::{FeedAnswer, FeedView, Problem, ProblemCode};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::wait::{PATIENCE, until};

/// Speaks to one server.
#[derive(Debug, Clone)]
pub struct Http {
    base: String,
    client: reqwest::Client,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: String,
}

impl Answer {
    /// It is a good one.
    ///
    /// # Panics
    /// Where it is not.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "often only the check is wanted"
    )]
    pub fn ok(self) -> Self {
        assert!(
            (200..300).contains(&self.status),
            "{}: {}",
            self.status,
            self.body
        );
        self
    }

    /// Its body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect(&self.body)
    }

    /// A header as text; empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// It is a problem (RFC 9457) of this status and code; its detail.
    ///
    /// # Panics
    /// Where it is anything else.
    pub fn problem(&self, status: u16, code: ProblemCode) -> String {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem: Problem = serde_json::from_str(&self.body).expect(&self.body);
        assert_eq!(
            (problem.status, problem.code),
            (status, code),
            "{}",
            self.body
        );
        problem.detail.unwrap_or_default()
    }
}

impl Http {
    /// Of a server at this address.
    pub(crate) fn new(base: &str) -> Self {
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .no_proxy()
            .build()
            .unwrap();
        Self {
            base: base.to_owned(),
            client,
        }
    }

    /// Sends a request; an error is only that there was no answer.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body).send().await?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await?,
        })
    }

    /// Sends a request that is answered.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        self.try_send(method, path, headers, body).await.unwrap()
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        let headers = [("content-type", "application/json")];
        self.send(Method::POST, path, &headers, body).await
    }

    /// Pushes a body to a feed, whatever the answer.
    pub async fn push_raw(&self, feed: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.post(&format!("/api/v1/feeds/{feed}"), body).await
    }

    /// Pushes a body to a feed that takes it.
    pub async fn push(&self, feed: &str, body: impl Into<reqwest::Body>) -> FeedAnswer {
        let answer = self.push_raw(feed, body).await.ok();
        serde_json::from_str(&answer.body).expect(&answer.body)
    }

    /// Pushes records, or one.
    pub async fn report(&self, records: &Value) -> FeedAnswer {
        self.push("reports", records.to_string()).await
    }

    /// All items of a list, page by page.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut after = String::new();
        loop {
            let sign = if path.contains('?') { '&' } else { '?' };
            let asked = format!("/api/v1/{path}{sign}limit=1000{after}");
            let page = self.get(&asked).await.ok().json();
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return items,
            }
        }
    }

    /// A feed's health.
    pub async fn feed(&self, feed: &str) -> Option<FeedView> {
        let answer = self.get(&format!("/api/v1/feeds/{feed}")).await;
        (answer.status == 200).then(|| serde_json::from_str(&answer.body).expect(&answer.body))
    }

    /// Waits until a feed is as a test wants it.
    pub async fn feed_until(
        &self,
        feed: &str,
        what: &str,
        fits: impl Fn(&FeedView) -> bool,
    ) -> FeedView {
        let mut last = None;
        let look = async || {
            last = self.feed(feed).await;
            last.clone().filter(|view| fits(view))
        };
        until(&format!("{feed} {what}"), look).await
    }
}

/// Writes bytes to the server as they are and reads what it answers until it closes or falls silent for two seconds.
pub async fn raw_http(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // It may answer and close before it has read everything.
    drop(stream.write_all(bytes).await);
    let mut answer = Vec::new();
    let mut buffer = [0; 8192];
    while let Ok(Ok(n)) = timeout(Duration::from_secs(2), stream.read(&mut buffer)).await {
        if n == 0 {
            break;
        }
        answer.extend_from_slice(&buffer[..n]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}
