//! HTTP poll: the centre fetches an address again and again, with `ETag` and `Last-Modified` (RFC 9110, 13.1), so that
//! what has not changed is not sent. An answer is handed on when it is whole; one that broke off is fetched again.
//!
//! What does not stand in one answer is fetched page by page ([`paging`]), each as an answer of its own. A cursor that
//! is kept moves only after what is before it is durable.

mod paging;
mod request;

use core::time::Duration;
use std::sync::Arc;

use oneroof_config::types::HttpPoll;
use oneroof_ports::{Ack, BoxFuture, ChunkKind, Source, SourceError, SourceOut};
use reqwest::header::HeaderMap;
use tokio_util::sync::CancellationToken;

use self::paging::{Next, Pages, Target};
use self::request::{FetchError, Fetched, Requests, Validators};
use crate::backoff::Backoff;
use crate::pipe::{Pipe, READ_BYTES, Stopped, failed};

/// Longest wait after failures, and longest that a `Retry-After` is heeded. 15 min.
const MAX_WAIT: Duration = Duration::from_mins(15);

/// An HTTP poll.
#[derive(Debug)]
pub struct HttpPollSource {
    config: HttpPoll,
    requests: Requests,
}

/// How one round of fetching ended.
enum Round {
    /// Everything was handed on and is durable, or nothing had changed.
    Done,
    /// Something was not made durable: it is fetched again.
    Again,
    /// It failed.
    Failed(FetchError),
}

/// A round that goes on, and what it remembers for the next one.
struct Memory {
    conn: u64,
    peer: Arc<str>,
    known: Validators,
    pages: Pages,
}

impl HttpPollSource {
    /// A poll of the configured address.
    ///
    /// # Errors
    /// Where the machine cannot make HTTP requests (no certificates, a bad token).
    pub fn new(config: HttpPoll) -> Result<Self, String> {
        let requests = Requests::new(&config)?;
        Ok(Self { config, requests })
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

    /// Fetches all pages of one round.
    async fn round(&self, pipe: &Pipe, memory: &mut Memory) -> Result<Round, Stopped> {
        let mut target = memory.pages.begin();
        for _ in 0..memory.pages.most() {
            let fetched = tokio::select! {
                biased;
                () = pipe.stop.cancelled() => return Err(Stopped),
                fetched = self.requests.fetch(&target, &memory.known, pipe.out.clock.now()) => fetched,
            };
            let answer = match fetched {
                Ok(Fetched::Unchanged) => {
                    pipe.state(Ok(memory.peer.to_string())).await?;
                    return Ok(Round::Done);
                }
                Ok(Fetched::Content(answer)) => answer,
                Err(error) => return Ok(Round::Failed(error)),
            };
            pipe.state(Ok(memory.peer.to_string())).await?;
            let next = match memory.pages.after(&target, &answer.headers, &answer.body) {
                Ok(next) => next,
                Err(error) => return Ok(Round::Failed(error.into())),
            };
            if next != Next::PastTheLast {
                memory.conn += 1;
                let ack = Self::hand_on(pipe, memory.conn, &memory.peer, &answer.body).await?;
                if let Ack::Failed { .. } = ack {
                    memory.known = Validators::default();
                    return Ok(Round::Again);
                }
            }
            if !memory.pages.is_paged() {
                memory.known = answer.validators;
            }
            match Self::advance(memory, next) {
                Ok(Some(further)) => target = further,
                Ok(None) => return Ok(Round::Done),
                Err(error) => return Ok(Round::Failed(error.into())),
            }
        }
        Ok(if memory.pages.keeps() {
            // The next round goes on at the cursor.
            Round::Done
        } else {
            let why = format!("there are more than {} pages", memory.pages.most());
            Round::Failed(failed("http.too_many_pages", why).into())
        })
    }

    /// After a page that is durable.
    fn advance(memory: &mut Memory, next: Next) -> Result<Option<Target>, SourceError> {
        match next {
            Next::Target(target) => {
                memory.pages.keep(&target)?;
                Ok(Some(target))
            }
            Next::Last(None) | Next::PastTheLast => Ok(None),
            Next::Last(Some(cursor)) => {
                memory.pages.keep(&Target::cursor(cursor))?;
                Ok(None)
            }
        }
    }

    async fn serve(&self, pipe: &Pipe) -> Result<Result<(), SourceError>, Stopped> {
        let every = self.config.every.duration();
        let pages = match Pages::new(&self.config) {
            Ok(pages) => pages,
            Err(error) => return Ok(Err(error)),
        };
        let mut memory = Memory {
            conn: 0,
            peer: without_query(&self.config.url.0).into(),
            known: Validators::default(),
            pages,
        };
        let mut backoff = Backoff::new(every, MAX_WAIT.max(every));
        loop {
            let wait = match self.round(pipe, &mut memory).await? {
                Round::Done | Round::Again => {
                    backoff.reset();
                    every
                }
                Round::Failed(FetchError { error, retry_after }) => {
                    pipe.state(Err(error)).await?;
                    backoff.next_wait().max(retry_after.unwrap_or_default())
                }
            };
            pipe.sleep(wait).await?;
        }
    }
}

/// What came back.
#[derive(Debug)]
struct Answer {
    headers: HeaderMap,
    body: Vec<u8>,
    validators: Validators,
}

/// The address without what may be a secret in its query.
fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or(url).to_owned()
}

impl Source for HttpPollSource {
    fn run(
        &self,
        out: SourceOut,
        stop: CancellationToken,
    ) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(async move {
            match self.serve(&Pipe { out, stop }).await {
                Ok(ended) => ended,
                Err(Stopped) => Ok(()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_not_shown() {
        assert_eq!(without_query("https://host/a?key=1"), "https://host/a");
    }
}
