//! The agencies' and the officer's HTTP client.

use core::time::Duration;

use oneroof_model::{Command, Receipt};
use oneroof_transport::backoff::Backoff;
use oneroof_wire::FeedAnswer;
use serde::de::DeserializeOwned;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Longest time for one request.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How often a message of a scenario is sent anew before it is given up.
const TRIES: u32 = 8;

/// Longest part of an answer that is shown in a log line, characters.
const SHOWN: usize = 300;

/// Why a request brought nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// Nobody answered.
    #[error("no answer: {0}")]
    Transport(#[from] reqwest::Error),
    /// The answer was a refusal.
    #[error("{status}: {body}")]
    Status {
        /// HTTP status.
        status: u16,
        /// Beginning of the answer.
        body: String,
    },
    /// The answer is not what was expected, or the request could not be written.
    #[error("unreadable: {0}")]
    Json(#[from] serde_json::Error),
    /// The demonstration ends.
    #[error("stopped")]
    Stopped,
}

impl HttpError {
    /// Whether the same request may succeed later.
    const fn may_pass(&self) -> bool {
        match self {
            Self::Transport(_) => true,
            Self::Status { status, .. } => matches!(*status, 408 | 429 | 500..=599),
            Self::Json(_) | Self::Stopped => false,
        }
    }
}

/// Talks to the server under one base address.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: reqwest::Client,
    base: String,
    stop: CancellationToken,
}

impl Http {
    /// A client for the server at `base` (`http://127.0.0.1:8080`).
    pub(crate) fn new(base: &str, stop: CancellationToken) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
            stop,
        })
    }

    /// Waits; `false` where the demonstration ended meanwhile.
    pub(crate) async fn wait(&self, time: Duration) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => false,
            () = sleep(time) => true,
        }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Vec<u8>, HttpError> {
        let whole = async {
            let answer = request.send().await?;
            let status = answer.status();
            let bytes = answer.bytes().await?;
            if status.is_success() {
                return Ok(bytes.to_vec());
            }
            let body = String::from_utf8_lossy(&bytes)
                .chars()
                .take(SHOWN)
                .collect();
            Err(HttpError::Status {
                status: status.as_u16(),
                body,
            })
        };
        tokio::select! {
            () = self.stop.cancelled() => Err(HttpError::Stopped),
            answer = whole => answer,
        }
    }

    /// Fetches.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, HttpError> {
        let bytes = self
            .send(self.client.get(format!("{}{path}", self.base)))
            .await?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Gives a command.
    pub(crate) async fn command(&self, command: &Command) -> Result<Receipt, HttpError> {
        let url = format!("{}/api/v1/commands", self.base);
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json");
        let bytes = self
            .send(request.body(serde_json::to_vec(command)?))
            .await?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Pushes records once: what is soon worthless is not sent again.
    pub(crate) async fn push_once(
        &self,
        feed: &str,
        body: String,
    ) -> Result<FeedAnswer, HttpError> {
        let url = format!("{}/api/v1/feeds/{feed}", self.base);
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json");
        let bytes = self.send(request.body(body)).await?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Pushes records, again with backoff while the fault may pass.
    pub(crate) async fn push(&self, feed: &str, body: &str) -> Result<FeedAnswer, HttpError> {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(15));
        for _ in 1..TRIES {
            match self.push_once(feed, body.to_owned()).await {
                Err(e) if e.may_pass() => {
                    tracing::debug!(feed, error = %e, "a push failed; it is sent again");
                    if !self.wait(backoff.next_wait()).await {
                        return Err(HttpError::Stopped);
                    }
                }
                answer => return answer,
            }
        }
        self.push_once(feed, body.to_owned()).await
    }

    /// Waits until the server is ready to take reports; `false` where the demonstration ended before.
    pub(crate) async fn ready(&self) -> bool {
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(3));
        loop {
            match self
                .send(self.client.get(format!("{}/readyz", self.base)))
                .await
            {
                Ok(_) => return true,
                Err(HttpError::Stopped) => return false,
                Err(e) => tracing::debug!(error = %e, "the server is not ready yet"),
            }
            if !self.wait(backoff.next_wait()).await {
                return false;
            }
        }
    }
}
