//! The list of areas drawn on the map, and their export: whatever they were drawn as, they leave as polygons.

use axum::extract::{Query, State};
use axum::response::Response;
use oneroof_geo::{area_km2, outline};
use oneroof_model::{AreaShape, Geometry, LatLon};
use oneroof_wire::{AreaView, ListQuery, project};
use serde_json::{Value, json};

use crate::export::{Export, send};
use crate::problem::Answer;
use crate::query::{Asked, page};
use crate::state::Api;

/// The rings of an outline as the coordinates of a polygon (RFC 7946): closed, longitude first.
fn coordinates(shape: &AreaShape) -> Vec<Vec<Value>> {
    let pair = |p: &LatLon| json!([p.lon(), p.lat()]);
    let outline = outline(shape);
    outline
        .rings()
        .map(|ring| ring.iter().chain(ring.first()).map(pair).collect())
        .collect()
}

impl Export for AreaView {
    const COLUMNS: &'static [&'static str] = &[
        "id", "short", "name", "purpose", "shape", "km2", "event", "until", "drawn_by", "drawn_at",
    ];

    fn row(&self) -> Vec<String> {
        let shape = match self.shape {
            AreaShape::Polygon { .. } => "polygon",
            AreaShape::Circle { .. } => "circle",
            AreaShape::Corridor { .. } => "corridor",
        };
        let text = |v: Option<String>| v.unwrap_or_default();
        vec![
            self.id.to_string(),
            self.short.clone(),
            self.name.clone(),
            self.purpose.name().to_owned(),
            shape.to_owned(),
            format!("{:.3}", area_km2(&self.shape)),
            text(self.event.map(|e| e.to_string())),
            text(self.until.map(|t| t.to_string())),
            text(self.drawn_by.as_ref().map(ToString::to_string)),
            self.drawn_at.to_string(),
        ]
    }

    fn geometry(&self) -> Option<Geometry> {
        let outline = outline(&self.shape);
        (!outline.outer.is_empty()).then(|| Geometry::Area {
            rings: vec![outline.outer],
        })
    }

    fn geojson(&self) -> Option<Value> {
        Some(json!({ "type": "Polygon", "coordinates": coordinates(&self.shape) }))
    }

    fn id(&self) -> String {
        self.id.to_string()
    }
}

pub(crate) async fn areas(
    State(api): State<Api>,
    Query(query): Query<ListQuery>,
) -> Answer<Response> {
    let asked = Asked::of(query)?;
    let q = &asked.query;
    let now = api.clock.now();
    let fits = |v: &AreaView| {
        let over = v.until.is_some_and(|t| t <= now);
        let inside = v.shape.points().iter().any(|p| asked.at(Some(*p)));
        q.state.as_ref().is_none_or(|s| v.purpose.name() == s)
            && q.open.is_none_or(|open| open != over)
            && asked.within(v.drawn_at, v.until.unwrap_or(now).max(v.drawn_at))
            && inside
            && asked.finds([Some(v.name.as_str()), Some(v.short.as_str())])
    };
    let (items, next) = {
        let p = api.room.picture().read();
        let mut found: Vec<AreaView> = p
            .areas()
            .filter(|a| a.said.mode == api.config.centre.mode)
            .filter_map(|a| project::area(a, &*p, &api.audience))
            .filter(fits)
            .collect();
        found.sort_by_key(|v| (core::cmp::Reverse(v.drawn_at), v.id));
        page(
            found.into_iter(),
            |v| v.id.to_string(),
            q.after.as_ref(),
            asked.limit,
        )?
    };
    send(asked.form, items, next)
}
