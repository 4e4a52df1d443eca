//! HTTP poll: the centre fetches an address again and again, with `ETag` and `Last-Modified` (RFC 9110, 13.1), so that
//! what has not changed is not sent. An answer is handed on when it is whole; one that broke off is fetched again.
//!
//! What does not stand in one answer is fetched page by page ([`paging`]), each as an answer of its own. A cursor that
//! is kept moves only after what is before it is durable.
//!
//! What an answer names and does not hold (an index of alerts) is fetched after it ([`links`]).

mod links;
mod paging;
mod request;

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::sync::Arc;

use oneroof_config::types::HttpPoll;
use oneroof_ports::{Ack, BoxFuture, Link, Source, SourceError, SourceOut, Up};
use reqwest::Url;
use reqwest::header::HeaderMap;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::links::{Followed, Links, Requesters};
use self::paging::{Next, Pages, Target};
use self::request::{FetchError, Fetched, Redirects, Requests, Validators};
use crate::backoff::Backoff;
use crate::pipe::{Pipe, Stopped, failed};

/// Longest wait after failures, and longest that a `Retry-After` is heeded. 15 min.
const MAX_WAIT: Duration = Duration::from_mins(15);

/// An HTTP poll.
#[derive(Debug)]
pub struct HttpPollSource {
    config: HttpPoll,
    requests: Requests,
    /// Requests of links; missing where they are not followed.
    links: Option<Requesters>,
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
struct Memory<'s> {
    conn: u64,
    peer: Arc<str>,
    known: Validators,
    pages: Pages,
    links: Option<Links<'s>>,
}

impl Memory<'_> {
    /// That the address answers, and what of its links does not.
    fn up(&self) -> Up {
        Up {
            address: self.peer.to_string(),
            trouble: self.links.as_ref().and_then(Links::trouble),
        }
    }

    /// Notes the links of a page, the first of its round or a further one.
    fn note(&mut self, pipe: &Pipe, at: &Url, named: Vec<Link>, page: u32) {
        let Some(links) = &mut self.links else {
            return;
        };
        if page == 0 {
            links.begin();
        }
        let lost = links.note(at, named);
        pipe.out.lost.fetch_add(lost, Ordering::Relaxed);
    }
}

impl HttpPollSource {
    /// A poll of the configured address.
    ///
    /// # Errors
    /// Where the machine cannot make HTTP requests (no certificates, a bad token).
    pub fn new(config: HttpPoll) -> Result<Self, String> {
        let requests = Requests::new(&config, Redirects::Free)?;
        let links = Requesters::new(&config)?;
        Ok(Self {
            config,
            requests,
            links,
        })
    }

    /// Fetches all pages of one round.
    async fn round(&self, pipe: &Pipe, memory: &mut Memory<'_>) -> Result<Round, Stopped> {
        let mut target = memory.pages.begin();
        for number in 0..memory.pages.most() {
            let now = pipe.out.clock.now();
            let fetched = self.requests.fetch(&target, &memory.known, now);
            let answer = match pipe.unless_stopped(fetched).await? {
                Ok(Fetched::Unchanged) => {
                    pipe.say(Ok(memory.up())).await?;
                    return Ok(Round::Done);
                }
                Ok(Fetched::Content(answer)) => answer,
                Err(error) => return Ok(Round::Failed(error)),
            };
            pipe.say(Ok(memory.up())).await?;
            let next = match memory.pages.after(&target, &answer.headers, &answer.body) {
                Ok(next) => next,
                Err(error) => return Ok(Round::Failed(error.into())),
            };
            if next != Next::PastTheLast {
                memory.conn += 1;
                match pipe.whole(memory.conn, &memory.peer, &answer.body).await? {
                    Ack::Durable { links, .. } => {
                        memory.note(pipe, &answer.url, links, number);
                    }
                    Ack::Failed { .. } => {
                        memory.known = Validators::default();
                        return Ok(Round::Again);
                    }
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
    fn advance(memory: &mut Memory<'_>, next: Next) -> Result<Option<Target>, SourceError> {
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

    /// Fetches links that are due, as many as one round may.
    async fn follow(&self, pipe: &Pipe, memory: &mut Memory<'_>) -> Result<(), Stopped> {
        let Some(links) = &mut memory.links else {
            return Ok(());
        };
        let before = links.trouble();
        let end = Instant::now() + self.config.links.within.duration();
        for link in links.due(self.config.links.max) {
            if Instant::now() >= end {
                break;
            }
            let fetched = links.fetch(&link, pipe.out.clock.now());
            let followed = match pipe.unless_stopped(fetched).await? {
                Ok(Fetched::Unchanged) => Followed::Unchanged,
                Ok(Fetched::Content(answer)) => {
                    memory.conn += 1;
                    let peer = without_query(link.as_str()).into();
                    match pipe.whole(memory.conn, &peer, &answer.body).await? {
                        // What it names in its turn is not followed.
                        Ack::Durable { .. } => Followed::Durable(answer.validators),
                        // It stays due, and so do those after it: the fault is ours.
                        Ack::Failed { .. } => break,
                    }
                }
                Err(error) => Followed::Failed(error),
            };
            links.followed(&link, followed);
        }
        let lost = links.give_up();
        pipe.out.lost.fetch_add(lost, Ordering::Relaxed);
        if links.trouble() != before {
            pipe.say(Ok(memory.up())).await?;
        }
        Ok(())
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
            links: self.links.as_ref().map(Links::new),
        };
        let mut backoff = Backoff::new(every, MAX_WAIT.max(every));
        loop {
            let wait = match self.round(pipe, &mut memory).await? {
                Round::Done => {
                    self.follow(pipe, &mut memory).await?;
                    backoff.reset();
                    every
                }
                Round::Again => {
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
    /// Where it stood, after redirects.
    url: Url,
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
