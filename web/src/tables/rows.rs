//! Rows of each list.

use core::cmp::Reverse;

use oneroof_geo::{BoundingBox, area_km2};
use oneroof_model::{OrgId, Time, TrackDomain};
use oneroof_wire::client::Picture;
use oneroof_wire::{AreaView, BcpView, Entity, EventView, FeedView, ReportView, UnitView};
use serde::Serialize;

use super::{Cell, Row, Table, Voice};
use crate::address::Chosen;
use crate::areas::{extent, is_over, listed, purpose_key, shape_key};
use crate::view::events::grade;
use crate::view::feeds::{Light, light};
use crate::view::places::{anchor, place_of};
use crate::view::tracks::{KNOTS_PER_MPS, handle_of};
use crate::words::{age, number, t};

/// The rows of a list as they come: events by gravity, feeds the worst first, everything else by name.
pub(super) fn rows(picture: &Picture, table: Table, voice: Voice<'_>) -> Vec<Row> {
    let things = || picture.entities.values();
    match table {
        Table::Events => {
            let mut all: Vec<&EventView> = things()
                .filter_map(|e| match e {
                    Entity::Event(e) if e.mode == voice.mode => Some(&**e),
                    _ => None,
                })
                .filter(|e| e.merged_into.is_none())
                .collect();
            all.sort_by_key(|e| {
                let open = e.state.is_open();
                (
                    Reverse((open, open && e.life_at_risk, e.impact, e.first_known_at)),
                    e.id,
                )
            });
            all.into_iter().map(|e| event(picture, e, voice)).collect()
        }
        Table::Reports => {
            let mut all: Vec<&ReportView> = things()
                .filter_map(|e| match e {
                    Entity::Report(r) if r.mode == voice.mode && !r.superseded => Some(&**r),
                    _ => None,
                })
                .collect();
            all.sort_by_key(|r| (Reverse(r.received), r.id));
            all.into_iter().map(|r| report(picture, r, voice)).collect()
        }
        Table::Tracks => tracks(picture, voice),
        Table::Units => things()
            .filter_map(|e| match e {
                Entity::Unit(u) => Some(unit(picture, u, voice)),
                _ => None,
            })
            .collect(),
        Table::Points => things()
            .filter_map(|e| match e {
                Entity::Bcp(b) => Some(point(b, voice)),
                _ => None,
            })
            .collect(),
        Table::Feeds => {
            let mut all: Vec<&FeedView> = things()
                .filter_map(|e| match e {
                    Entity::Feed(f) => Some(f),
                    _ => None,
                })
                .collect();
            all.sort_by_key(|f| (Reverse(light(f, voice.now)), f.health.feed.clone()));
            all.into_iter().map(|f| feed(f, voice)).collect()
        }
        Table::Areas => listed(picture, voice.mode, voice.now)
            .into_iter()
            .map(|a| area(a, voice))
            .collect(),
    }
}

/// The word of a value as it stands in JSON.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|v| v.as_str().map(ToOwned::to_owned))
        .unwrap_or_default()
}

impl Voice<'_> {
    fn w(&self, key: &str) -> String {
        t(self.lang, key, &[])
    }

    fn badge(&self, org: &OrgId) -> Cell {
        Cell::text(self.centre.badge(org, self.lang))
    }

    fn when(&self, at: Time) -> Cell {
        Cell::number(at.secs_since(Time::EPOCH), (self.clock)(at))
    }

    fn ago(&self, at: Time) -> Cell {
        let s = self.now.secs_since(at);
        Cell::number(s, age(self.lang, s))
    }

    fn type_name(&self, code: &oneroof_model::TypeCode) -> Cell {
        Cell::text(self.centre.type_name(code, self.lang))
    }
}

fn count(n: impl Into<f64>, lang: crate::words::Lang) -> Cell {
    let n = n.into();
    Cell::number(n, number(lang, n, 0))
}

/// Counts are shown rounded to what a double holds, far beyond any feed's.
#[expect(clippy::cast_precision_loss, reason = "counts below 2^52")]
fn many(n: u64, lang: crate::words::Lang) -> Cell {
    count(n as f64, lang)
}

fn opt<T>(v: Option<T>, cell: impl FnOnce(T) -> Cell) -> Cell {
    v.map_or_else(Cell::unknown, cell)
}

fn event(p: &Picture, e: &EventView, v: Voice<'_>) -> Row {
    let place = place_of(p, e.place.as_ref(), e.section.as_ref());
    let orgs: Vec<String> = e.orgs.iter().map(|o| v.centre.badge(o, v.lang)).collect();
    let impact = opt(e.impact, |i| {
        let word = v.w(&format!("impact.{}", word(i)));
        Cell::number(f64::from(i as u8), word)
    });
    let class = if !e.state.is_open() {
        "over"
    } else if e.life_at_risk {
        "life"
    } else {
        match e.impact {
            Some(oneroof_model::EventImpact::VeryHigh) => "very_high",
            Some(oneroof_model::EventImpact::High) => "high",
            _ => "",
        }
    };
    let since = e.occurred.map_or(e.first_known_at, |o| o.from);
    Row {
        id: e.id.to_string(),
        at: anchor(p, e.place.as_ref(), e.section.as_ref()),
        chosen: Some(Chosen::Event(e.id)),
        class,
        cells: vec![
            Cell::text(e.short.clone()),
            opt(e.type_code.as_ref(), |c| v.type_name(c)),
            impact,
            Cell::text(v.w(&format!("event_state.{}", word(e.state)))),
            Cell::text(place.line(v.lang).unwrap_or_default()),
            opt(e.section.as_ref(), |s| Cell::text(s.to_string())),
            Cell::text(orgs.join(" · ")),
            many(e.reports.len() as u64, v.lang),
            v.when(since),
            v.ago(e.updated_at),
        ],
    }
}

fn report(p: &Picture, r: &ReportView, v: Voice<'_>) -> Row {
    let place = place_of(p, Some(&r.place), r.section.as_ref());
    let class = match (r.withdrawn, r.life_at_risk) {
        (true, _) => "over",
        (false, Some(true)) => "life",
        _ => "",
    };
    Row {
        id: r.id.to_string(),
        at: r.place.anchor(),
        chosen: r.event.map(Chosen::Event),
        class,
        cells: vec![
            v.when(r.received),
            v.badge(&r.org),
            v.type_name(&r.type_code),
            opt(r.title.clone(), Cell::text),
            Cell::text(place.line(v.lang).unwrap_or_default()),
            Cell::text(grade(r.confidence)),
            v.when(r.occurred.from),
            opt(r.event, |e| Cell::text(e.short())),
            Cell::text(r.feed.to_string()),
        ],
    }
}

fn tracks(p: &Picture, v: Voice<'_>) -> Vec<Row> {
    let mut out: Vec<Row> = p
        .tracks
        .values()
        .filter_map(|t| {
            let i = t.info.as_ref()?;
            let row = t.row.as_ref();
            let degrees = |d: f32| Cell::number(f64::from(d), format!("{d:.0}°"));
            Some(Row {
                id: format!("{}:{}", word(i.domain), i.ident),
                at: row.map(|r| r.at),
                chosen: Some(Chosen::Track(i.domain, i.ident.clone())),
                class: if i.recorded { "recorded" } else { "" },
                cells: vec![
                    Cell::text(v.w(&format!("track_domain.{}", word(i.domain)))),
                    opt(i.name.clone(), Cell::text),
                    Cell::text(i.ident.clone()),
                    opt(i.call_sign.clone(), Cell::text),
                    opt(i.org.as_ref(), |o| v.badge(o)),
                    opt(row.and_then(|r| r.speed_mps), |s| {
                        let kn = f64::from(s * KNOTS_PER_MPS);
                        Cell::number(kn, number(v.lang, kn, 0))
                    }),
                    opt(row.and_then(|r| r.course_deg), degrees),
                    opt(row.and_then(|r| r.alt_m), |a| {
                        count(f64::from(a.round()), v.lang)
                    }),
                    opt(row.map(|r| r.time), |at| v.ago(at)),
                    Cell::text(i.feed.clone()),
                ],
            })
        })
        .collect();
    out.sort_by(|a, b| a.id.cmp(&b.id));
    out
}

fn unit(p: &Picture, u: &UnitView, v: Voice<'_>) -> Row {
    let u = &u.unit;
    let track =
        handle_of(p, TrackDomain::Unit, u.id.as_str()).and_then(|h| p.tracks.get(&h)?.row.as_ref());
    Row {
        id: u.id.to_string(),
        at: track.map(|r| r.at),
        chosen: track.map(|_| Chosen::Track(TrackDomain::Unit, u.id.to_string())),
        class: "",
        cells: vec![
            Cell::text(v.lang.pick(&u.uk, &u.en)),
            v.badge(&u.org),
            Cell::text(v.w(&format!("unit_kind.{}", word(u.kind)))),
            Cell::text(v.w(&format!("unit_status.{}", word(u.status)))),
            opt(u.section.as_ref(), |s| Cell::text(s.to_string())),
            opt(track.map(|r| r.time), |at| v.ago(at)),
        ],
    }
}

fn point(b: &BcpView, v: Voice<'_>) -> Row {
    let figures = b.figures.as_ref();
    let waiting = |n: Option<u32>| opt(n, |n| count(n, v.lang));
    Row {
        id: b.id.to_string(),
        at: Some(b.at),
        chosen: Some(Chosen::Bcp(b.id.to_string())),
        class: match b.status.as_str() {
            "closed" => "lost",
            "limited" => "stale",
            _ => "",
        },
        cells: vec![
            Cell::text(v.lang.pick(&b.uk, &b.en)),
            Cell::text(v.w(&format!("crossing_point.kind.{}", b.kind))),
            Cell::text(b.neighbour.clone()),
            Cell::text(b.section.to_string()),
            Cell::text(v.w(&format!("crossing_point.{}", b.status))),
            waiting(figures.and_then(|f| f.cars_waiting)),
            waiting(figures.and_then(|f| f.trucks_waiting)),
            waiting(figures.and_then(|f| f.buses_waiting)),
            opt(figures.and_then(|f| f.wait_min), |m| {
                let s = f64::from(m) * 60.0;
                Cell::number(s, age(v.lang, s))
            }),
            opt(figures.map(|f| f.at), |at| v.ago(at)),
        ],
    }
}

fn feed(f: &FeedView, v: Voice<'_>) -> Row {
    let h = &f.health;
    let (class, key) = match light(f, v.now) {
        Light::Fresh => ("", "freshness.fresh"),
        Light::Paused => ("over", "light.paused"),
        Light::Waiting => ("stale", "light.starting"),
        Light::Stale => ("stale", "freshness.stale"),
        Light::Lost => ("lost", "freshness.lost"),
        Light::Down => ("down", "light.down"),
    };
    let share = f64::from(h.reject_rate);
    Row {
        id: h.feed.to_string(),
        at: None,
        chosen: None,
        class,
        cells: vec![
            Cell::text(v.lang.pick(&h.uk, &h.en)),
            v.badge(&h.org),
            Cell::text(v.w(key)),
            opt(h.last_heard, |at| v.ago(at)),
            Cell::number(
                f64::from(h.rate_per_s),
                number(v.lang, f64::from(h.rate_per_s), 1),
            ),
            Cell::number(
                share,
                format!("{}\u{a0}%", number(v.lang, share * 100.0, 1)),
            ),
            many(h.quarantined, v.lang),
            many(h.duplicates, v.lang),
            many(h.restarts, v.lang),
            Cell::text(format!("{} · {}", f.transport, f.format)),
            opt(h.error.clone(), Cell::text),
        ],
    }
}

fn area(a: &AreaView, v: Voice<'_>) -> Row {
    let km2 = area_km2(&a.shape);
    Row {
        id: a.id.to_string(),
        at: extent(&a.shape).and_then(BoundingBox::center),
        chosen: Some(Chosen::Area(a.id)),
        class: if is_over(a, v.now) { "over" } else { "" },
        cells: vec![
            Cell::text(a.short.clone()),
            Cell::text(v.w(purpose_key(a.purpose))),
            Cell::text(a.name.clone()),
            Cell::text(v.w(shape_key(&a.shape))),
            Cell::number(km2, number(v.lang, km2, 2)),
            opt(a.event, |e| Cell::text(e.short())),
            opt(a.until, |t| v.when(t)),
            opt(a.drawn_by.as_ref(), |who| Cell::text(who.to_string())),
            v.when(a.drawn_at),
        ],
    }
}
