//! Lists and details of the picture, always as the audience sees them.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use oneroof_model::{AttachmentId, EventId, Geometry};
use oneroof_picture::Picture;
use oneroof_wire::{
    BcpView, EventView, ListQuery, Page, RegionView, ReportView, SectionView, SuggestionView,
    UnitView, WEATHER_RULE, WeatherView, project,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::archive;
use crate::export::{Export, send};
use crate::feeds::mode_word;
use crate::problem::{Answer, Fault};
use crate::query::{Asked, page};
use crate::state::Api;

fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(s)) => s,
        Ok(Value::Null) | Err(_) => String::new(),
        Ok(other) => other.to_string(),
    }
}

fn opt<T: ToString>(value: Option<T>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

/// What the screen has to know before it begins.
pub(crate) async fn config(State(api): State<Api>) -> Json<Value> {
    let c = &api.config;
    let agencies: Vec<Value> = c
        .agencies
        .iter()
        .map(|a| json!({ "code": a.code, "uk": a.uk, "en": a.en, "badge": a.badge }))
        .collect();
    Json(json!({
        "centre": { "uk": c.centre.centre.name.uk, "en": c.centre.centre.name.en },
        "time_zone": c.centre.centre.time_zone,
        "languages": c.centre.centre.languages,
        "mode": mode_word(c.centre.mode),
        "banner": api.banner,
        "version": api.version,
        "agencies": agencies,
        "event_types": c.event_types_model(),
    }))
}

impl Export for EventView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "short",
        "state",
        "type",
        "impact",
        "life_at_risk",
        "occurred_from",
        "occurred_to",
        "section",
        "bcp",
        "lat",
        "lon",
        "lead",
        "agencies",
        "reports",
        "first_known_at",
        "updated_at",
    ];

    fn row(&self) -> Vec<String> {
        let at = self.place.as_ref().and_then(oneroof_model::Place::anchor);
        let orgs: Vec<&str> = self.orgs.iter().map(oneroof_model::OrgId::as_str).collect();
        vec![
            self.id.to_string(),
            self.short.clone(),
            word(&self.state),
            opt(self.type_code.as_ref()),
            self.impact.as_ref().map(word).unwrap_or_default(),
            self.life_at_risk.to_string(),
            opt(self.occurred.map(|o| o.from)),
            opt(self.occurred.map(|o| o.to)),
            opt(self.section.as_ref()),
            opt(self.place.as_ref().and_then(|p| p.bcp.as_ref())),
            opt(at.map(oneroof_model::LatLon::lat)),
            opt(at.map(oneroof_model::LatLon::lon)),
            opt(self.lead.as_ref()),
            orgs.join(" "),
            self.reports.len().to_string(),
            self.first_known_at.to_string(),
            self.updated_at.to_string(),
        ]
    }

    fn geometry(&self) -> Option<Geometry> {
        self.place.as_ref().and_then(|p| p.geometry.clone())
    }

    fn id(&self) -> String {
        self.id.to_string()
    }
}

impl Export for ReportView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "event",
        "feed",
        "org",
        "type",
        "original_code",
        "occurred_from",
        "reported",
        "received",
        "section",
        "lat",
        "lon",
        "life_at_risk",
        "title",
        "text",
    ];

    fn row(&self) -> Vec<String> {
        let at = self.place.anchor();
        vec![
            self.id.to_string(),
            opt(self.event),
            self.feed.to_string(),
            self.org.to_string(),
            self.type_code.to_string(),
            opt(self.original_code.as_ref()),
            self.occurred.from.to_string(),
            opt(self.reported),
            self.received.to_string(),
            opt(self.section.as_ref()),
            opt(at.map(oneroof_model::LatLon::lat)),
            opt(at.map(oneroof_model::LatLon::lon)),
            opt(self.life_at_risk),
            opt(self.title.as_ref()),
            opt(self.text.as_ref()),
        ]
    }

    fn geometry(&self) -> Option<Geometry> {
        self.place.geometry.clone()
    }

    fn id(&self) -> String {
        self.id.to_string()
    }
}

fn event_fits(asked: &Asked, v: &EventView, p: &Picture) -> bool {
    let q = &asked.query;
    // Those of the view only: what the audience does not see is not found by what it says.
    let titles = || {
        let report = |id| p.report_state(id)?.report.as_ref();
        v.reports
            .iter()
            .filter_map(move |a| report(a.report))
            .map(|r| r.title.as_deref())
    };
    let code = v.type_code.as_ref().map(oneroof_model::TypeCode::as_str);
    let kind = v.type_code.as_ref().and_then(|c| p.event_type(c));
    let when = v
        .occurred
        .map_or((v.first_known_at, v.first_known_at), |o| (o.from, o.to));
    q.open.is_none_or(|o| v.state.is_open() == o)
        && q.state.as_ref().is_none_or(|s| word(&v.state) == *s)
        && q.org
            .as_ref()
            .is_none_or(|o| v.orgs.iter().any(|x| x.as_str() == o))
        && q.feed.as_ref().is_none_or(|f| {
            let of = |id| p.report_state(id)?.report.as_ref();
            let mut reports = v.reports.iter().filter_map(|a| of(a.report));
            reports.any(|r| r.feed.as_str() == f)
        })
        && Asked::is(
            q.section.as_ref(),
            v.section.as_ref().map(oneroof_model::SectionId::as_str),
        )
        && q.type_code
            .as_ref()
            .is_none_or(|t| code.is_some_and(|c| c.starts_with(t.as_str())))
        && asked
            .impact
            .is_none_or(|i| v.impact.is_some_and(|x| x >= i))
        && q.life_at_risk.is_none_or(|l| v.life_at_risk == l)
        && asked.within(when.0, when.1)
        && asked.at(v.place.as_ref().and_then(oneroof_model::Place::anchor))
        && asked.finds(
            [
                Some(v.short.as_str()),
                code,
                kind.map(|k| k.uk.as_str()),
                kind.map(|k| k.en.as_str()),
                v.place.as_ref().and_then(|p| p.described.as_deref()),
                v.section.as_ref().map(oneroof_model::SectionId::as_str),
            ]
            .into_iter()
            .chain(titles()),
        )
}

pub(crate) async fn events(
    State(api): State<Api>,
    Query(query): Query<ListQuery>,
) -> Answer<Response> {
    let asked = Asked::of(query)?;
    let (items, next) = {
        let p = api.room.picture().read();
        let mut found: Vec<EventView> = p
            .events()
            .filter(|e| e.mode == api.config.centre.mode)
            .filter_map(|e| project::event(e, &*p, &api.audience))
            .filter(|v| event_fits(&asked, v, &p))
            .collect();
        // As on the screen: life first, then impact, then the newest.
        found.sort_by(|a, b| {
            let key = |v: &EventView| (v.life_at_risk && v.state.is_open(), v.impact, v.updated_at);
            key(b).cmp(&key(a)).then(a.id.cmp(&b.id))
        });
        page(
            found.into_iter(),
            |v| v.id.to_string(),
            asked.query.after.as_ref(),
            asked.limit,
        )?
    };
    send(asked.form, items, next)
}

/// An event with all that belongs to it.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub(crate) struct EventDetail {
    pub(crate) event: EventView,
    pub(crate) reports: Vec<ReportView>,
    pub(crate) suggestions: Vec<SuggestionView>,
    /// Whether it comes from the archive.
    pub(crate) archived: bool,
}

pub(crate) async fn event(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Answer<Json<EventDetail>> {
    let id: EventId = id.parse().map_err(|_bad| Fault::missing())?;
    detail(&api, id).await.map(Json)
}

pub(crate) async fn detail(api: &Api, id: EventId) -> Answer<EventDetail> {
    if let Some(detail) = live_event(api, id) {
        return Ok(detail);
    }
    // An archived event is read back into a picture of its own and projected like any other.
    let stored = api.store.archived(id).await?.ok_or_else(Fault::missing)?;
    archive::read(api, &stored.json).ok_or_else(Fault::missing)
}

impl EventDetail {
    /// Whether a note or a report in it, as the audience sees it, refers to a stored file.
    fn refers_to(&self, file: AttachmentId) -> bool {
        let notes = self.event.notes.iter().flat_map(|n| &n.attachments);
        let reports = self.reports.iter().flat_map(|r| &r.attachments);
        notes.chain(reports).any(|a| a.stored == Some(file))
    }
}

/// Whether the audience sees anything that refers to a stored file. One that only filed events refer to is found by
/// the event that the asker names.
pub(crate) async fn sees_file(api: &Api, file: AttachmentId, named: Option<EventId>) -> bool {
    let holders: Vec<EventId> = {
        let p = api.room.picture().read();
        let is = |a: &oneroof_model::AttachmentRef| a.stored == Some(file);
        let told = |id| {
            let report = p.report_state(id).and_then(|s| s.report.as_ref());
            report.is_some_and(|r| r.attachments.iter().any(is))
        };
        p.events()
            .filter(|e| {
                e.notes.iter().any(|n| n.attachments.iter().any(is))
                    || e.reports.iter().any(|a| told(a.report))
            })
            .map(|e| e.id)
            .collect()
    };
    if holders
        .into_iter()
        .filter_map(|id| live_event(api, id))
        .any(|d| d.refers_to(file))
    {
        return true;
    }
    match named {
        Some(id) => detail(api, id).await.is_ok_and(|d| d.refers_to(file)),
        None => false,
    }
}

fn live_event(api: &Api, id: EventId) -> Option<EventDetail> {
    let p = api.room.picture().read();
    let e = p.event(id).filter(|e| e.mode == api.config.centre.mode)?;
    let event = project::event(e, &*p, &api.audience)?;
    let reports = event
        .reports
        .iter()
        .filter_map(|a| p.report_state(a.report)?.report.as_ref())
        .filter_map(|r| project::report(r, &*p, &api.audience))
        .collect();
    let suggestions = p
        .suggestions()
        .filter(|s| s.a == id || s.b == id)
        .filter_map(|s| project::suggestion(s, sees_both(api, &p, s)))
        .collect();
    Some(EventDetail {
        event,
        reports,
        suggestions,
        archived: false,
    })
}

/// Whether everything that a suggestion was made of is to be seen.
pub(crate) fn sees_both(api: &Api, p: &Picture, s: &oneroof_model::Suggestion) -> bool {
    let sees = |id| {
        p.event(id).is_some_and(|e| {
            e.mode == api.config.centre.mode && project::sees_whole_event(e, p, &api.audience)
        })
    };
    sees(s.a) && sees(s.b)
}

pub(crate) async fn reports(
    State(api): State<Api>,
    Query(query): Query<ListQuery>,
) -> Answer<Response> {
    let asked = Asked::of(query)?;
    let q = &asked.query;
    let fits = |v: &ReportView| {
        q.org.as_ref().is_none_or(|o| v.org.as_str() == o)
            && q.feed.as_ref().is_none_or(|f| v.feed.as_str() == f)
            && Asked::is(
                q.section.as_ref(),
                v.section.as_ref().map(oneroof_model::SectionId::as_str),
            )
            && q.type_code
                .as_ref()
                .is_none_or(|t| v.type_code.as_str().starts_with(t.as_str()))
            && q.life_at_risk.is_none_or(|l| v.life_at_risk == Some(l))
            && asked.within(v.occurred.from, v.occurred.to)
            && asked.at(v.place.anchor())
            && asked.finds([
                v.title.as_deref(),
                v.text.as_deref(),
                v.source_key.as_deref(),
                v.place.described.as_deref(),
                Some(v.type_code.as_str()),
            ])
    };
    let (items, next) = {
        let p = api.room.picture().read();
        let mut found: Vec<ReportView> = p
            .reports()
            .filter_map(|(_, s)| s.report.as_ref())
            .filter(|r| r.mode == api.config.centre.mode)
            .filter_map(|r| project::report(r, &*p, &api.audience))
            .filter(fits)
            .collect();
        found.sort_by_key(|v| (core::cmp::Reverse(v.received), v.id));
        page(
            found.into_iter(),
            |v| v.id.to_string(),
            q.after.as_ref(),
            asked.limit,
        )?
    };
    send(asked.form, items, next)
}

pub(crate) async fn suggestions(State(api): State<Api>) -> Json<Page<SuggestionView>> {
    let p = api.room.picture().read();
    let items = p
        .suggestions()
        .filter_map(|s| project::suggestion(s, sees_both(&api, &p, s)))
        .collect();
    Json(Page { items, next: None })
}

impl Export for SectionView {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "uk",
        "en",
        "neighbour",
        "domain",
        "level",
        "open_events",
    ];

    fn row(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.uk.clone(),
            self.en.clone(),
            self.neighbour.clone(),
            self.domain.clone(),
            word(&self.level),
            self.open_events.to_string(),
        ]
    }

    fn geometry(&self) -> Option<Geometry> {
        if self.polygon.is_empty() {
            (!self.line.is_empty()).then(|| Geometry::Line {
                points: self.line.clone(),
            })
        } else {
            Some(Geometry::Area {
                rings: vec![self.polygon.clone()],
            })
        }
    }

    fn id(&self) -> String {
        self.id.to_string()
    }
}

pub(crate) async fn sections(
    State(api): State<Api>,
    Query(query): Query<ListQuery>,
) -> Answer<Response> {
    let asked = Asked::of(query)?;
    let items = {
        let p = api.room.picture().read();
        let open: Vec<_> = p
            .events()
            .filter(|e| e.state.is_open() && e.mode == api.config.centre.mode)
            .filter_map(|e| project::event(e, &*p, &api.audience)?.section)
            .collect();
        p.config()
            .sections
            .iter()
            .map(|s| {
                let (line, polygon) = match api.config.geometry.get(&s.id) {
                    Some(oneroof_geo::SectionShape::Line(l)) => (l.clone(), Vec::new()),
                    Some(oneroof_geo::SectionShape::Polygon(r)) => (Vec::new(), r.clone()),
                    None => (Vec::new(), Vec::new()),
                };
                let n = open.iter().filter(|o| **o == s.id).count();
                SectionView {
                    id: s.id.clone(),
                    uk: s.uk.clone(),
                    en: s.en.clone(),
                    neighbour: s.neighbour.clone(),
                    domain: s.domain.clone(),
                    level: p.level(&s.id).unwrap_or(s.level),
                    open_events: u32::try_from(n).unwrap_or(u32::MAX),
                    line,
                    polygon,
                }
            })
            .collect()
    };
    send(asked.form, items, None)
}

pub(crate) async fn crossing_points(State(api): State<Api>) -> Json<Page<BcpView>> {
    let p = api.room.picture().read();
    let items = p
        .config()
        .crossing_points
        .iter()
        .map(|b| {
            let figures = p.figures(&b.id).cloned();
            BcpView {
                id: b.id.clone(),
                uk: b.uk.clone(),
                en: b.en.clone(),
                kind: b.kind.clone(),
                neighbour: b.neighbour.clone(),
                at: b.at,
                precision: b.precision.clone(),
                status: figures
                    .as_ref()
                    .and_then(|f| f.state.clone())
                    .unwrap_or_else(|| b.status.clone()),
                section: b.section.clone(),
                figures,
            }
        })
        .collect();
    Json(Page { items, next: None })
}

pub(crate) async fn regions(State(api): State<Api>) -> Json<Page<RegionView>> {
    let p = api.room.picture().read();
    let mode = api.config.centre.mode;
    let regions = p.config().regions.iter();
    let items = regions
        .map(|r| RegionView::of(r, p.threats(&r.id), mode, &api.audience))
        .collect();
    Json(Page { items, next: None })
}

pub(crate) async fn weather(State(api): State<Api>) -> Json<Page<WeatherView>> {
    let p = api.room.picture().read();
    let (mode, rule) = (api.config.centre.mode, p.config().weather);
    let rule = rule.unwrap_or(WEATHER_RULE);
    let items = p
        .all_weather()
        .filter_map(|w| WeatherView::of(w, rule, mode, &api.audience))
        .collect();
    Json(Page { items, next: None })
}

pub(crate) async fn units(State(api): State<Api>) -> Json<Page<UnitView>> {
    let p = api.room.picture().read();
    let items = p
        .units()
        .map(|unit| UnitView { unit: unit.clone() })
        .collect();
    Json(Page { items, next: None })
}
