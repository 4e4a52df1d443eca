//! Tracks and their history.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use oneroof_model::{Geometry, LatLon, Time, TrackDomain, TrackIdent, TrackKey, may_see};
use oneroof_ports::{HistoryPoint, NearAsked};
use oneroof_room::tracks::Track;
use oneroof_wire::{
    ListQuery, NearAnswer, NearQuery, Page, TrackInfo, TrackNear, TrackPoint, TrackState,
};

use crate::export::{Export, send};
use crate::problem::{Answer, Fault};
use crate::query::{Asked, page};
use crate::state::Api;

/// History given where no beginning is asked for, seconds.
const DEFAULT_HISTORY_S: i64 = 3_600;

/// Radius around a place where none is asked for, metres, and the widest.
const NEAR_M: (f64, f64) = (2_000.0, 100_000.0);

/// Seconds before and after a moment where none are asked for, and the most.
const NEAR_S: (u32, u32) = (300, 3_600);

/// Tracks in an answer where no number is asked for, and the most.
const NEAR_TRACKS: (u32, u32) = (100, 1_000);

/// Most positions that are looked at for one question, so that a busy hour costs no more than a quiet one.
const NEAR_WORK: usize = 500_000;

/// Most tracks that are taken out of the history for one question, before those are left out that may not be seen.
const NEAR_FOUND: usize = 5_000;

fn domain(word: &str) -> Answer<TrackDomain> {
    serde_json::from_value(word.into()).map_err(|_unknown| Fault::missing())
}

fn key(domain_word: &str, ident: &str) -> Answer<TrackKey> {
    let domain = domain(domain_word)?;
    if ident.len() > 64 {
        return Err(Fault::missing());
    }
    let number = ident
        .parse()
        .ok()
        .filter(|_| matches!(domain, TrackDomain::Vessel | TrackDomain::Aircraft));
    let ident = number.map_or_else(|| TrackIdent::Text(ident.into()), TrackIdent::Number);
    Ok(TrackKey { domain, ident })
}

fn state(slot: u32, t: &Track) -> TrackState {
    let text = |s: &Option<Box<str>>| s.as_ref().map(ToString::to_string);
    TrackState {
        info: TrackInfo {
            h: slot,
            domain: t.key.domain,
            ident: t.key.ident.to_string(),
            name: text(&t.name),
            call_sign: text(&t.call_sign),
            kind_code: t.kind_code,
            length_m: t.length_m,
            destination: text(&t.destination),
            org: t.org.clone(),
            mode: t.mode,
            feed: t.feed.to_string(),
            stale_s: t.rule.stale_s,
            lost_s: t.rule.lost_s,
            split: t.split,
            recorded: t.recorded,
        },
        position: t.position.map(|(p, _)| p),
        at: t.position.map(|(_, at)| at),
        speed_mps: t.speed_mps,
        course_deg: t.course_deg,
        heading_deg: t.heading_deg,
        alt_m: t.alt_m,
    }
}

fn seen(api: &Api, t: &Track) -> bool {
    t.mode == api.config.centre.mode && may_see(&t.marking, &t.originator, &api.audience)
}

impl Export for TrackState {
    const COLUMNS: &'static [&'static str] = &[
        "domain",
        "ident",
        "name",
        "call_sign",
        "org",
        "feed",
        "lat",
        "lon",
        "at",
        "speed_mps",
        "course_deg",
        "heading_deg",
        "alt_m",
    ];

    fn row(&self) -> Vec<String> {
        fn opt<T: ToString>(v: Option<T>) -> String {
            v.map(|v| v.to_string()).unwrap_or_default()
        }
        vec![
            serde_json::to_value(self.info.domain)
                .ok()
                .and_then(|v| v.as_str().map(str::to_owned))
                .unwrap_or_default(),
            self.info.ident.clone(),
            opt(self.info.name.as_ref()),
            opt(self.info.call_sign.as_ref()),
            opt(self.info.org.as_ref()),
            self.info.feed.clone(),
            opt(self.position.map(LatLon::lat)),
            opt(self.position.map(LatLon::lon)),
            opt(self.at),
            opt(self.speed_mps),
            opt(self.course_deg),
            opt(self.heading_deg),
            opt(self.alt_m),
        ]
    }

    fn geometry(&self) -> Option<Geometry> {
        self.position.map(|at| Geometry::Point { at })
    }

    fn id(&self) -> String {
        format!("{:?}/{}", self.info.domain, self.info.ident)
    }
}

pub(crate) async fn list(
    State(api): State<Api>,
    Query(query): Query<ListQuery>,
) -> Answer<Response> {
    let asked = Asked::of(query)?;
    let only = asked.query.state.as_deref().map(domain).transpose()?;
    let mut found = Vec::new();
    api.room.tracks().visit_all(|slot, t| {
        let fits = seen(&api, t)
            && only.is_none_or(|d| d == t.key.domain)
            && asked
                .query
                .feed
                .as_ref()
                .is_none_or(|f| t.feed.as_str() == f)
            && asked.at(t.position.map(|(p, _)| p))
            && asked.finds([
                t.name.as_deref(),
                t.call_sign.as_deref(),
                Some(&t.key.ident.to_string()),
            ]);
        if fits {
            found.push(state(slot, t));
        }
    });
    found.sort_by_key(Export::id);
    let (items, next) = page(
        found.into_iter(),
        Export::id,
        asked.query.after.as_ref(),
        asked.limit,
    )?;
    send(asked.form, items, next)
}

pub(crate) async fn one(
    State(api): State<Api>,
    Path((domain, ident)): Path<(String, String)>,
) -> Answer<Json<TrackState>> {
    let key = key(&domain, &ident)?;
    let track = api
        .room
        .tracks()
        .get(&key)
        .filter(|t| seen(&api, t))
        .ok_or_else(Fault::missing)?;
    Ok(Json(state(0, &track)))
}

pub(crate) async fn history(
    State(api): State<Api>,
    Path((domain, ident)): Path<(String, String)>,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Page<TrackPoint>>> {
    let asked = Asked::of(query)?;
    let key = key(&domain, &ident)?;
    // The history knows no marking: a track that the audience does not see now has no history for it either.
    api.room
        .tracks()
        .get(&key)
        .filter(|t| seen(&api, t))
        .ok_or_else(Fault::missing)?;
    let to = asked
        .query
        .to
        .unwrap_or_else(|| api.clock.now().plus_secs(1));
    let from = asked
        .query
        .from
        .unwrap_or_else(|| to.plus_secs(-DEFAULT_HISTORY_S));
    let points = api.history.of_track(key, from, to, asked.limit).await?;
    let items = points.iter().map(told).collect();
    Ok(Json(Page { items, next: None }))
}

const fn told(p: &HistoryPoint) -> TrackPoint {
    TrackPoint {
        at: p.at,
        position: p.position,
        speed_mps: p.speed_mps,
        course_deg: p.course_deg,
    }
}

/// A number asked for within its bounds, or what is meant where none is.
fn bounded(name: &str, asked: Option<u32>, (usual, most): (u32, u32)) -> Answer<u32> {
    match asked.unwrap_or(usual) {
        n if (1..=most).contains(&n) => Ok(n),
        n => Err(Fault::bad(format!("{name} {n}: 1 to {most}"))),
    }
}

pub(crate) async fn near(
    State(api): State<Api>,
    Query(query): Query<NearQuery>,
) -> Answer<Json<NearAnswer>> {
    let center = LatLon::new(query.lat, query.lon)
        .map_err(|e| Fault::bad(format!("lat, lon: {e}; degrees are asked for")))?;
    let radius_m = query.radius_m.unwrap_or(NEAR_M.0);
    if !(1.0..=NEAR_M.1).contains(&radius_m) {
        let detail = format!("radius_m {radius_m}: 1 to {} metres", NEAR_M.1);
        return Err(Fault::bad(detail));
    }
    let within_s = bounded("within_s", query.within_s, NEAR_S)?;
    let limit = bounded("limit", query.limit, NEAR_TRACKS)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let at = query.at.unwrap_or_else(|| api.clock.now());
    let asked = NearAsked {
        center,
        radius_m,
        from: at.plus_secs(-i64::from(within_s)),
        // The last moment itself is within.
        to: Time::from_micros(
            at.plus_secs(i64::from(within_s))
                .as_micros()
                .saturating_add(1),
        ),
        tracks: NEAR_FOUND,
        work: NEAR_WORK,
    };
    let found = api.history.near(asked).await?;
    // The history knows no marking: what the audience does not see now has no history for it either.
    let tracks = api.room.tracks();
    let mut seen_now = found.points.iter().filter_map(|(distance_m, point)| {
        let track = tracks.get(&point.track).filter(|t| seen(&api, t))?;
        Some(TrackNear {
            info: state(0, &track).info,
            nearest: told(point),
            distance_m: *distance_m,
        })
    });
    let items: Vec<TrackNear> = seen_now.by_ref().take(limit).collect();
    let truncated = found.truncated || seen_now.next().is_some();
    Ok(Json(NearAnswer {
        items,
        at,
        within_s,
        radius_m,
        truncated,
    }))
}
