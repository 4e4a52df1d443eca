//! What does not stand in one answer: the next page by a link, by a cursor in the answer, or by counting.

use oneroof_config::types::{HttpPoll, Paging, PagingBy, ValuePath};
use oneroof_ports::SourceError;
use reqwest::Url;
use reqwest::header::{HeaderMap, LINK};

use crate::cursor::{Cursor, fill};
use crate::json_path::{self, Found};
use crate::pipe::failed;

/// Pages of one round where paging is not configured.
const ONE: u32 = 1;

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// An address of its own.
    link: Option<Url>,
    /// What goes into the parameter or the body.
    cursor: Option<String>,
    /// Number of the page, where they are counted.
    number: u32,
}

/// What comes after a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another page.
    Target(Target),
    /// It was the last; with the cursor at which the next round goes on, where it is kept.
    Last(Option<String>),
    /// It was none: the list on it is empty.
    PastTheLast,
}

/// Pages of an address.
#[derive(Debug)]
pub(super) struct Pages {
    paging: Option<Paging>,
    url: Url,
    path: Option<ValuePath>,
    cursor: Cursor,
}

impl Target {
    pub(super) const fn cursor(cursor: String) -> Self {
        Self {
            link: None,
            cursor: Some(cursor),
            number: 0,
        }
    }

    /// An address of its own.
    pub(super) const fn link(link: Url) -> Self {
        Self {
            link: Some(link),
            cursor: None,
            number: 0,
        }
    }

    /// The address to fetch.
    pub(super) fn url(&self, base: &Url, paging: Option<&Paging>) -> Url {
        if let Some(link) = &self.link {
            return link.clone();
        }
        let mut url = base.clone();
        let parameter = paging.and_then(|p| p.parameter.as_deref());
        if let (Some(parameter), Some(cursor)) = (parameter, &self.cursor) {
            // One that stands in the address already is replaced.
            let others: Vec<(String, String)> = base
                .query_pairs()
                .filter(|(name, _)| name != parameter)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect();
            url.query_pairs_mut()
                .clear()
                .extend_pairs(others)
                .append_pair(parameter, cursor);
        }
        url
    }

    /// The body with the cursor in it.
    pub(super) fn body(&self, template: &str) -> String {
        fill(template, self.cursor.as_deref().unwrap_or_default())
    }
}

impl Pages {
    /// Pages of the configured address.
    ///
    /// # Errors
    /// Where the file of the cursor cannot be used.
    pub(super) fn new(config: &HttpPoll) -> Result<Self, SourceError> {
        let paging = config.paging.clone();
        let path = match paging.as_ref().map(|p| (p.by, p.path.clone())) {
            Some((PagingBy::Page, path)) => Some(path.unwrap_or_else(ValuePath::document)),
            Some((PagingBy::Cursor, path)) => path,
            _ => None,
        };
        let wrong = |e: String| failed("http.config", e);
        let file = paging.as_ref().and_then(|p| p.file.as_deref());
        Ok(Self {
            url: Url::parse(&config.url.0).map_err(|e| wrong(e.to_string()))?,
            path,
            cursor: Cursor::open(file, None)?,
            paging,
        })
    }

    pub(super) const fn is_paged(&self) -> bool {
        self.paging.is_some()
    }

    /// Whether a round goes on at the cursor of the last one.
    pub(super) fn keeps(&self) -> bool {
        self.paging.as_ref().is_some_and(|p| p.keep)
    }

    /// Most pages of one round.
    pub(super) fn most(&self) -> u32 {
        self.paging.as_ref().map_or(ONE, |p| p.max_pages)
    }

    /// The first page of a round.
    pub(super) fn begin(&self) -> Target {
        let by_page = |p: &&Paging| p.by == PagingBy::Page;
        let number = self.paging.as_ref().filter(by_page).map(|p| p.first);
        Target {
            link: None,
            cursor: match number {
                Some(number) => Some(number.to_string()),
                None => self.cursor.get().map(str::to_owned),
            },
            number: number.unwrap_or(0),
        }
    }

    /// Keeps the cursor of a page that everything before is durable of.
    ///
    /// # Errors
    /// Where its file cannot be written.
    pub(super) fn keep(&mut self, target: &Target) -> Result<(), SourceError> {
        match &target.cursor {
            Some(cursor) if self.keeps() => self.cursor.set(cursor.clone()),
            _ => Ok(()),
        }
    }

    /// What comes after a page.
    ///
    /// # Errors
    /// Where a link leads to another host.
    pub(super) fn after(
        &self,
        page: &Target,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Next, SourceError> {
        let Some(paging) = &self.paging else {
            return Ok(Next::Last(None));
        };
        match paging.by {
            PagingBy::Link => self.by_link(page, headers),
            PagingBy::Cursor => {
                let cursor = self.path.as_ref().and_then(|p| json_path::cursor(p, body));
                Ok(match cursor {
                    Some(same) if page.cursor.as_ref() == Some(&same) => Next::Last(Some(same)),
                    Some(cursor) => Next::Target(Target::cursor(cursor)),
                    None => Next::Last(None),
                })
            }
            PagingBy::Page => {
                let list = self.path.as_ref().and_then(|p| json_path::find(p, body));
                let next = page.number.saturating_add(1);
                Ok(match list {
                    Some(Found::List(0)) if page.number != paging.first => Next::PastTheLast,
                    Some(Found::List(n)) if n > 0 => Next::Target(Target {
                        link: None,
                        cursor: Some(next.to_string()),
                        number: next,
                    }),
                    _ => Next::Last(None),
                })
            }
        }
    }

    fn by_link(&self, page: &Target, headers: &HeaderMap) -> Result<Next, SourceError> {
        let here = page.link.as_ref().unwrap_or(&self.url);
        let mut all = headers.get_all(LINK).iter();
        let next = all.find_map(|v| next_link(v.to_str().ok()?));
        let Some(next) = next else {
            return Ok(Next::Last(None));
        };
        let link = here
            .join(&next)
            .map_err(|e| failed("http.link", format!("the link to the next page: {e}")))?;
        if link.origin() != self.url.origin() {
            let host = link.host_str().unwrap_or("?").to_owned();
            let detail = format!("the next page is on another host, {host}");
            return Err(failed("http.link", detail));
        }
        if link == *here {
            return Ok(Next::Last(None));
        }
        Ok(Next::Target(Target::link(link)))
    }
}

/// The target of the first link of a `Link` header whose relation is `next` (RFC 8288, 3).
fn next_link(header: &str) -> Option<String> {
    let mut rest = header;
    loop {
        let (_, after) = rest.split_once('<')?;
        let (target, parameters) = after.split_once('>')?;
        let (own, further) = until(',', parameters);
        if relations(own).any(|r| r.eq_ignore_ascii_case("next")) {
            return Some(target.trim().to_owned());
        }
        rest = further;
    }
}

/// The relations that the parameters of one link name.
fn relations(parameters: &str) -> impl Iterator<Item = &str> {
    let mut rest = parameters;
    let each = core::iter::from_fn(move || {
        let (own, further) = until(';', rest);
        rest = further.strip_prefix(';').unwrap_or_default();
        (!own.is_empty() || !further.is_empty()).then_some(own)
    });
    each.filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_rel = name.trim().eq_ignore_ascii_case("rel");
        is_rel.then(|| value.trim().trim_matches('"').split_ascii_whitespace())
    })
    .flatten()
}

/// What is before the first `sign` outside of quotes, and what begins with it.
fn until(sign: char, text: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, found) in text.char_indices() {
        match found {
            '"' => quoted = !quoted,
            _ if found == sign && !quoted => {
                return text.split_at_checked(at).unwrap_or((text, ""));
            }
            _ => {}
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        let cases = [
            (
                r#"<https://h/a?page=2>; rel="next""#,
                Some("https://h/a?page=2"),
            ),
            (
                r#"</a?p=1>; rel="prev", </a?p=3>; rel="next""#,
                Some("/a?p=3"),
            ),
            (
                r#"</a>; title="x, y; rel=next"; rel=last, <b>; REL=Next"#,
                Some("b"),
            ),
            (r#"</a,b>; rel="last next""#, Some("/a,b")),
            ("</a>; rel=nextish", None),
            ("no link at all", None),
            ("<never ends", None),
            ("", None),
        ];
        for (header, expected) in cases {
            assert_eq!(next_link(header).as_deref(), expected, "{header}");
        }
    }

    #[test]
    fn a_cursor_goes_into_the_query_and_into_the_body_without_breaking_either() {
        let target = Target::cursor("a&b=\"c".to_owned());
        let base = Url::parse("https://h/a?cursor=old&x=1").unwrap();
        let paging = Paging {
            by: PagingBy::Cursor,
            path: None,
            parameter: Some("cursor".to_owned()),
            first: 1,
            max_pages: 1,
            keep: false,
            file: None,
        };
        let url = target.url(&base, Some(&paging));
        assert_eq!(url.as_str(), "https://h/a?x=1&cursor=a%26b%3D%22c");
        let body = target.body(r#"{"after": "{cursor}"}"#);
        assert_eq!(body, r#"{"after": "a&b=\"c"}"#);
    }
}
