//! Links of an index: what its answers name and do not hold, fetched one level deep.
//!
//! They lead to the origin of the feed's address, or to one that its configuration lists; what is shown to the address
//! (token, headers, certificate) is shown to its own origin alone. Each is fetched once, and again when the index says
//! that it has changed. One that fails is tried again, more and more rarely, as long as the index names it; one that
//! the index names no more is given up after some tries and counted as lost.

use core::time::Duration;
use std::collections::BTreeMap;

use oneroof_config::types::{HttpPoll, TlsClient};
use oneroof_model::Time;
use oneroof_ports::{Link, SourceError};
use reqwest::Url;
use tokio::time::Instant;

use super::paging::Target;
use super::request::{FetchError, Fetched, Redirects, Requests, Validators};
use super::without_query;
use crate::backoff::Backoff;
use crate::pipe::failed;

/// Links that are remembered. With the longest addresses and validators some 12 MiB.
const MAX_KNOWN: usize = 4_096;

/// Waits before a link that failed is tried again. 10 s to 15 min.
const RETRY: (Duration, Duration) = (Duration::from_secs(10), Duration::from_mins(15));

/// Tries of a link that the index names no more.
const MAX_TRIES: u32 = 5;

/// Makes requests of links.
#[derive(Debug)]
pub(super) struct Requesters {
    home: Url,
    /// Of those of the feed's own origin.
    own: Requests,
    /// Of those of others, to whom nothing is shown.
    others: Requests,
    /// The origins of others.
    allowed: Vec<Url>,
}

impl Requesters {
    /// Those of a poll; `None` where it does not follow links.
    ///
    /// # Errors
    /// As those of [`Requests::new`].
    pub(super) fn new(config: &HttpPoll) -> Result<Option<Self>, String> {
        if !config.links.follow {
            return Ok(None);
        }
        let parse = |text: &str| Url::parse(text).map_err(|e| format!("the address {text}: {e}"));
        let origins = config.links.origins.iter();
        let own = HttpPoll {
            timeout: config.links.timeout,
            max_bytes: config.links.max_bytes,
            post: None,
            paging: None,
            ..config.clone()
        };
        let others = HttpPoll {
            token: None,
            basic: None,
            headers: BTreeMap::new(),
            tls: config.tls.clone().map(|tls| TlsClient {
                cert: None,
                key: None,
                ..tls
            }),
            ..own.clone()
        };
        Ok(Some(Self {
            home: parse(&config.url.0)?,
            own: Requests::new(&own, Redirects::Home)?,
            others: Requests::new(&others, Redirects::Home)?,
            allowed: origins.map(|o| parse(&o.0)).collect::<Result<_, _>>()?,
        }))
    }

    /// Whether a link may be followed.
    fn allows(&self, url: &Url) -> bool {
        let bare = url.username().is_empty() && url.password().is_none();
        let mut origins = [&self.home].into_iter().chain(&self.allowed);
        matches!(url.scheme(), "http" | "https")
            && bare
            && origins.any(|allowed| allowed.origin() == url.origin())
    }
}

/// What is known of a link.
#[derive(Debug)]
struct Known {
    /// When it changed last, by the index.
    updated: Option<Time>,
    /// What the server named its last answer.
    validators: Validators,
    /// The last round in which the index named it.
    named: u64,
    /// Missing where what it leads to is here.
    due: Option<Due>,
}

/// A link that has to be fetched.
#[derive(Debug)]
struct Due {
    /// Its place in the order of naming.
    place: u64,
    tries: u32,
    backoff: Backoff,
    not_before: Option<Instant>,
}

/// What became of a link.
pub(super) enum Followed {
    /// It is the same as before.
    Unchanged,
    /// What it leads to is durable.
    Durable(Validators),
    /// It could not be fetched.
    Failed(FetchError),
}

/// The links of a feed while it runs.
#[derive(Debug)]
pub(super) struct Links<'s> {
    requesters: &'s Requesters,
    known: BTreeMap<String, Known>,
    round: u64,
    places: u64,
    /// Links of the last index that lead elsewhere, and where the first of them does.
    refused: (u64, Option<String>),
    /// The last failure: link and why.
    failure: Option<(String, SourceError)>,
}

impl<'s> Links<'s> {
    pub(super) const fn new(requesters: &'s Requesters) -> Self {
        Self {
            requesters,
            known: BTreeMap::new(),
            round: 0,
            places: 0,
            refused: (0, None),
            failure: None,
        }
    }

    /// A round with new content begins: what the index named before counts as named no more.
    pub(super) fn begin(&mut self) {
        self.round += 1;
        self.refused = (0, None);
    }

    /// Notes what an answer at `base` names. How many found no room.
    pub(super) fn note(&mut self, base: &Url, links: Vec<Link>) -> u64 {
        let mut lost = 0;
        for link in links {
            match base.join(&link.uri) {
                Ok(mut url) if self.requesters.allows(&url) => {
                    url.set_fragment(None);
                    lost += u64::from(!self.name(url.into(), link.updated));
                }
                elsewhere => {
                    let (refused, first) = &mut self.refused;
                    *refused += 1;
                    first.get_or_insert_with(|| match elsewhere {
                        Ok(url) => url.origin().ascii_serialization(),
                        Err(error) => error.to_string(),
                    });
                }
            }
        }
        lost
    }

    /// The index names a link. Whether there was room for it.
    fn name(&mut self, link: String, updated: Option<Time>) -> bool {
        self.places += 1;
        let due = Due {
            place: self.places,
            tries: 0,
            backoff: Backoff::new(RETRY.0, RETRY.1),
            not_before: None,
        };
        if let Some(known) = self.known.get_mut(&link) {
            known.named = self.round;
            if updated.is_some() && known.updated != updated {
                known.updated = updated;
                known.due = Some(due);
            }
            return true;
        }
        if self.known.len() >= MAX_KNOWN && !self.forget() {
            return false;
        }
        let known = Known {
            updated,
            validators: Validators::default(),
            named: self.round,
            due: Some(due),
        };
        self.known.insert(link, known);
        true
    }

    /// Makes room: forgets all that is here and that the index names no more. Whether there was any.
    fn forget(&mut self) -> bool {
        let (round, before) = (self.round, self.known.len());
        self.known
            .retain(|_, known| known.due.is_some() || known.named == round);
        self.known.len() < before
    }

    /// Links to be fetched now, in the order of naming.
    pub(super) fn due(&self, most: u32) -> Vec<Url> {
        let now = Instant::now();
        let mut due: Vec<(u64, &str)> = self
            .known
            .iter()
            .filter_map(|(link, known)| {
                let due = known.due.as_ref()?;
                let waits = due.not_before.is_some_and(|at| now < at);
                (!waits).then_some((due.place, link.as_str()))
            })
            .collect();
        due.sort_unstable();
        due.into_iter()
            .take(most as usize)
            .filter_map(|(_, link)| Url::parse(link).ok())
            .collect()
    }

    /// Fetches a link.
    pub(super) async fn fetch(&self, link: &Url, now: Time) -> Result<Fetched, FetchError> {
        let none = Validators::default();
        let known = self.known.get(link.as_str()).map(|k| &k.validators);
        let own = link.origin() == self.requesters.home.origin();
        let requests = if own {
            &self.requesters.own
        } else {
            &self.requesters.others
        };
        let target = Target::link(link.clone());
        requests.fetch(&target, known.unwrap_or(&none), now).await
    }

    /// Notes what became of a link.
    pub(super) fn followed(&mut self, link: &Url, followed: Followed) {
        let Some(known) = self.known.get_mut(link.as_str()) else {
            return;
        };
        match followed {
            Followed::Unchanged => known.due = None,
            Followed::Durable(validators) => {
                known.due = None;
                known.validators = validators;
            }
            Followed::Failed(FetchError { error, retry_after }) => {
                if let Some(due) = &mut known.due {
                    due.tries += 1;
                    let wait = due.backoff.next_wait().max(retry_after.unwrap_or_default());
                    due.not_before = Some(Instant::now() + wait);
                }
                self.failure = Some((without_query(link.as_str()), error));
            }
        }
    }

    /// Gives up what has failed often and is named no more. How many.
    pub(super) fn give_up(&mut self) -> u64 {
        let (round, before) = (self.round, self.known.len());
        self.known.retain(|link, known| {
            let failed = known.due.as_ref().is_some_and(|d| d.tries >= MAX_TRIES);
            let over = failed && known.named != round;
            if over {
                let link = without_query(link);
                tracing::error!(%link, "a link could not be fetched, and its index names it no more: it is lost");
            }
            !over
        });
        (before - self.known.len()) as u64
    }

    /// What does not work with them, where anything does not.
    pub(super) fn trouble(&self) -> Option<SourceError> {
        let tried = |known: &&Known| known.due.as_ref().is_some_and(|d| d.tries > 0);
        let failing = self.known.values().filter(tried).count();
        let mut parts = Vec::new();
        if let (1.., Some((link, error))) = (failing, &self.failure) {
            parts.push(format!(
                "{failing} of {} links cannot be fetched; the last was {link}: {error}",
                self.known.len()
            ));
        }
        if let (refused @ 1.., Some(origin)) = &self.refused {
            parts.push(format!(
                "{refused} links are not followed because they lead elsewhere, the first to {origin}, which is not in `links.origins`"
            ));
        }
        (!parts.is_empty()).then(|| failed("http.links", parts.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use oneroof_config::types::{HttpUrl, Origin};
    use oneroof_config::{Period, Size};

    use super::*;

    fn requesters(origins: &[&str]) -> Requesters {
        let config = HttpPoll {
            url: HttpUrl("https://home.example/alerts/index.atom?key=1".to_owned()),
            every: Period(Duration::from_mins(1)),
            timeout: Period(Duration::from_secs(1)),
            max_bytes: Size(1_000),
            token: None,
            basic: None,
            headers: BTreeMap::new(),
            post: None,
            paging: None,
            links: oneroof_config::types::Links {
                origins: origins.iter().map(|o| Origin((*o).to_owned())).collect(),
                ..Default::default()
            },
            tls: None,
        };
        Requesters::new(&config).unwrap().unwrap()
    }

    fn link(uri: &str, updated_s: Option<i64>) -> Link {
        Link {
            uri: uri.to_owned(),
            updated: updated_s.map(Time::from_secs),
        }
    }

    fn due(links: &Links<'_>) -> Vec<String> {
        links.due(10).into_iter().map(String::from).collect()
    }

    fn base() -> Url {
        Url::parse("https://home.example/alerts/index.atom?key=1").unwrap()
    }

    #[test]
    fn links_lead_home_or_to_a_listed_origin_and_nowhere_else() {
        let requesters = requesters(&["https://warn.example:8443"]);
        let mut links = Links::new(&requesters);
        links.begin();
        let elsewhere = [
            "http://home.example/a",
            "https://home.example:444/a",
            "https://home.example.evil.example/a",
            "https://user:pw@home.example/a",
            "https://warn.example/a",
            "//169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
            "http://[::1]/a",
            "https://",
        ];
        let lost = links.note(&base(), elsewhere.map(|uri| link(uri, None)).into());
        assert_eq!((lost, due(&links)), (0, Vec::new()));
        let trouble = links.trouble().unwrap();
        assert_eq!(trouble.code, "http.links");
        assert!(trouble.detail.starts_with("9 links"), "{trouble}");
        assert!(trouble.detail.contains("http://home.example,"), "{trouble}");
        let fine = ["2.cap", "/x#part", "https://WARN.example:8443/1"];
        links.begin();
        links.note(&base(), fine.map(|uri| link(uri, None)).into());
        let expected = [
            "https://home.example/alerts/2.cap",
            "https://home.example/x",
            "https://warn.example:8443/1",
        ];
        assert_eq!(due(&links), expected);
        assert_eq!(links.trouble(), None);
    }

    #[test]
    fn a_link_is_due_once_and_again_when_the_index_says_that_it_changed() {
        let requesters = requesters(&[]);
        let mut links = Links::new(&requesters);
        let url = Url::parse("https://home.example/a").unwrap();
        for (updated, expected) in [
            (Some(1), 1),
            (Some(1), 0),
            (None, 0),
            (Some(2), 1),
            (Some(2), 0),
        ] {
            links.begin();
            links.note(&base(), vec![link("/a", updated), link("/a", updated)]);
            assert_eq!(links.due(10).len(), expected, "{updated:?}");
            links.followed(&url, Followed::Durable(Validators::default()));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_link_that_fails_is_tried_while_it_is_named_and_is_then_given_up_and_counted() {
        let requesters = requesters(&[]);
        let mut links = Links::new(&requesters);
        let url = Url::parse("https://home.example/a").unwrap();
        for tries in 1..=8 {
            links.begin();
            links.note(&base(), vec![link("/a", Some(1))]);
            assert_eq!(links.due(10).len(), 1, "try {tries}");
            let error = failed("http.status", "404").into();
            links.followed(&url, Followed::Failed(error));
            assert!(links.due(10).is_empty(), "it waits after try {tries}");
            assert!(links.trouble().unwrap().detail.contains("404"));
            assert_eq!(links.give_up(), 0);
            tokio::time::advance(RETRY.1).await;
        }
        links.begin();
        assert_eq!((links.give_up(), links.trouble()), (1, None));
        assert!(links.due(10).is_empty());
    }

    #[test]
    fn what_is_remembered_is_bounded_and_what_finds_no_room_is_counted() {
        let requesters = requesters(&[]);
        let mut links = Links::new(&requesters);
        let many = |from: usize| (from..from + MAX_KNOWN).map(|n| link(&format!("/{n}"), None));
        links.begin();
        assert_eq!(links.note(&base(), many(0).collect()), 0);
        assert_eq!(links.note(&base(), vec![link("/more", None)]), 1);
        for url in links.due(u32::MAX) {
            links.followed(&url, Followed::Unchanged);
        }
        links.begin();
        assert_eq!(links.note(&base(), many(MAX_KNOWN).collect()), 0);
        assert_eq!(links.known.len(), MAX_KNOWN);
    }
}
