//! Queries of lists: filters, paging, and in which form the answer goes out.

use oneroof_model::{EventImpact, LatLon, Time};
use oneroof_wire::{Area, ListQuery, ProblemCode};

use crate::problem::{Answer, Fault};

/// Most items of one page.
const MAX_LIMIT: u32 = 1_000;

/// Items of a page where nothing is asked.
const DEFAULT_LIMIT: u32 = 100;

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    GeoJson,
    Csv,
}

/// A query, understood.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub text: Option<String>,
    pub impact: Option<EventImpact>,
    pub area: Option<Area>,
    pub form: Form,
    pub limit: usize,
    pub query: ListQuery,
}

impl Asked {
    pub(crate) fn of(query: ListQuery) -> Answer<Self> {
        let form = match query.format.as_deref() {
            None | Some("json") => Form::Json,
            Some("geojson") => Form::GeoJson,
            Some("csv") => Form::Csv,
            Some(other) => {
                return Err(Fault::bad(format!("format {other}: json, geojson or csv")));
            }
        };
        let impact = match query.impact.as_deref() {
            None => None,
            Some("low") => Some(EventImpact::Low),
            Some("medium") => Some(EventImpact::Medium),
            Some("high") => Some(EventImpact::High),
            Some("very_high") => Some(EventImpact::VeryHigh),
            Some(other) => {
                let words = "low, medium, high or very_high";
                return Err(Fault::bad(format!("impact {other}: {words}")));
            }
        };
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Fault::bad(format!("limit {limit}: 1 to {MAX_LIMIT}")));
        }
        let area = query.bbox.as_deref().map(area).transpose()?;
        let text = query
            .q
            .as_ref()
            .map(|q| q.trim().to_lowercase())
            .filter(|q| !q.is_empty());
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(Self {
            text,
            impact,
            area,
            form,
            limit,
            query,
        })
    }

    /// Whether one of the texts holds what is looked for.
    pub(crate) fn finds<'a>(&self, texts: impl IntoIterator<Item = Option<&'a str>>) -> bool {
        self.text.as_deref().is_none_or(|q| {
            texts
                .into_iter()
                .flatten()
                .any(|t| t.to_lowercase().contains(q))
        })
    }

    pub(crate) fn within(&self, from: Time, to: Time) -> bool {
        self.query.from.is_none_or(|f| to >= f) && self.query.to.is_none_or(|t| from < t)
    }

    pub(crate) fn at(&self, at: Option<LatLon>) -> bool {
        self.area.is_none_or(|a| at.is_some_and(|p| a.holds(p)))
    }

    /// Whether an optional value is the one asked for.
    pub(crate) fn is(asked: Option<&String>, value: Option<&str>) -> bool {
        asked.is_none_or(|a| value == Some(a.as_str()))
    }
}

fn area(text: &str) -> Answer<Area> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some([south, west, north, east])
            if LatLon::new(*south, *west).is_ok()
                && LatLon::new(*north, *east).is_ok()
                && south <= north =>
        {
            Ok(Area {
                south: *south,
                west: *west,
                north: *north,
                east: *east,
            })
        }
        _ => Err(Fault::bad("bbox: south,west,north,east in degrees")),
    }
}

/// A page out of items that are sorted and filtered; `after` is the id of the last one before.
///
/// # Errors
/// Where that one is not in the list any more: going on from nowhere would look like the end.
pub(crate) fn page<T>(
    items: impl Iterator<Item = T>,
    id: impl Fn(&T) -> String,
    after: Option<&String>,
    limit: usize,
) -> Answer<(Vec<T>, Option<String>)> {
    let mut passed = after.is_none();
    let mut out = Vec::new();
    for item in items {
        if !passed {
            passed = after == Some(&id(&item));
            continue;
        }
        if out.len() == limit {
            let next = out.last().map(&id);
            return Ok((out, next));
        }
        out.push(item);
    }
    if passed {
        Ok((out, None))
    } else {
        let detail = "after: it is not in the list any more; begin anew";
        Err(Fault::new(ProblemCode::Conflict, detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_on_without_gap_or_repetition() {
        let all = || ["a", "b", "c", "d", "e"].into_iter();
        let id = |s: &&str| (*s).to_owned();
        let (first, next) = page(all(), id, None, 2).unwrap();
        assert_eq!((first, next.as_deref()), (vec!["a", "b"], Some("b")));
        let (second, next) = page(all(), id, next.as_ref(), 2).unwrap();
        assert_eq!((second, next.as_deref()), (vec!["c", "d"], Some("d")));
        let (third, next) = page(all(), id, next.as_ref(), 2).unwrap();
        assert_eq!((third, next), (vec!["e"], None));
        assert!(page(all(), id, Some(&"gone".to_owned()), 2).is_err());
    }

    #[test]
    fn nonsense_is_refused_with_what_would_be_right() {
        for q in [
            ListQuery {
                format: Some("xml".into()),
                ..ListQuery::default()
            },
            ListQuery {
                limit: Some(0),
                ..ListQuery::default()
            },
            ListQuery {
                impact: Some("critical".into()),
                ..ListQuery::default()
            },
            ListQuery {
                bbox: Some("1,2,3".into()),
                ..ListQuery::default()
            },
            ListQuery {
                bbox: Some("95,2,96,4".into()),
                ..ListQuery::default()
            },
        ] {
            assert!(Asked::of(q.clone()).is_err(), "{q:?}");
        }
    }
}
