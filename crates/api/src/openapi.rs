//! The OpenAPI 3.1 document. Its schemas are generated from the types; the table of paths below is held to the router
//! by a test that asks each of them.

use axum::Json;
use oneroof_model::{AttachmentRef, Command, Receipt, RecordOutcome};
use oneroof_wire::{
    AreaView, BcpView, EventView, FeedAnswer, FeedDetail, FeedSummary, FeedView, ListQuery,
    NearAnswer, NearQuery, OwnMapView, Page, Problem, QuarantineItem, RegionView, ReportAnswer,
    ReportRequest, ReportView, SectionView, Show, SimilarEvents, SuggestionView, TrackPoint,
    TrackState, UnitView, WallState, WeatherView,
};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::lists::EventDetail;

/// Method, path, what it does, schema of the request, schema of the answer (empty where it is any object or no JSON).
pub(crate) const PATHS: &[(&str, &str, &str, Option<&str>, &str)] = &[
    (
        "get",
        "/api/v1/events",
        "Events: life at risk first, then impact, then the newest",
        None,
        "Page_of_EventView",
    ),
    (
        "get",
        "/api/v1/events/{id}",
        "An event with its reports and suggestions, from the archive where it was filed",
        None,
        "EventDetail",
    ),
    (
        "get",
        "/api/v1/events/{id}/similar",
        "Earlier events of its group near it, those of the archive with them",
        None,
        "SimilarEvents",
    ),
    (
        "post",
        "/api/v1/events/{id}/notes",
        "Write a note on an event",
        None,
        "Receipt",
    ),
    (
        "get",
        "/api/v1/reports",
        "Reports, newest first",
        None,
        "Page_of_ReportView",
    ),
    (
        "post",
        "/api/v1/reports",
        "Take down what an agency told the centre by telephone, once however often it is sent",
        Some("ReportRequest"),
        "ReportAnswer",
    ),
    (
        "get",
        "/api/v1/reports/{id}",
        "A report",
        None,
        "ReportView",
    ),
    (
        "get",
        "/api/v1/suggestions",
        "Suggestions that two events are one happening",
        None,
        "Page_of_SuggestionView",
    ),
    (
        "get",
        "/api/v1/sections",
        "Border sections with level and open events",
        None,
        "Page_of_SectionView",
    ),
    (
        "get",
        "/api/v1/crossing-points",
        "Crossing points with newest figures",
        None,
        "Page_of_BcpView",
    ),
    (
        "get",
        "/api/v1/regions",
        "Regions with the newest word about each threat, and when it was heard",
        None,
        "Page_of_RegionView",
    ),
    (
        "get",
        "/api/v1/weather",
        "Newest reading of each cell of the weather",
        None,
        "Page_of_WeatherView",
    ),
    (
        "get",
        "/api/v1/units",
        "Own units",
        None,
        "Page_of_UnitView",
    ),
    (
        "get",
        "/api/v1/areas",
        "Areas drawn on the map, newest first; `state` names a purpose, `open` those that are not over. GeoJSON has polygons, the shape as drawn is in the properties",
        None,
        "Page_of_AreaView",
    ),
    (
        "get",
        "/api/v1/tracks",
        "Newest state of what moves; `state` names a domain",
        None,
        "Page_of_TrackState",
    ),
    (
        "get",
        "/api/v1/tracks/near",
        "What was around a place at a time, nearest first",
        None,
        "NearAnswer",
    ),
    (
        "get",
        "/api/v1/tracks/{domain}/{ident}",
        "One track",
        None,
        "TrackState",
    ),
    (
        "get",
        "/api/v1/tracks/{domain}/{ident}/history",
        "Where it was, thinned",
        None,
        "Page_of_TrackPoint",
    ),
    (
        "get",
        "/api/v1/feeds",
        "Health of the feeds, with the last hour by minutes",
        None,
        "Page_of_FeedSummary",
    ),
    (
        "get",
        "/api/v1/feeds/{feed}",
        "A feed's page: health, rates, quality, normal, last rejects",
        None,
        "FeedDetail",
    ),
    (
        "post",
        "/api/v1/feeds/{feed}",
        "Push records: one, an array, or one a line; `Idempotency-Key` is honoured",
        None,
        "FeedAnswer",
    ),
    (
        "put",
        "/api/v1/feeds/{feed}",
        "Add or change a feed: its file as YAML",
        None,
        "FeedView",
    ),
    (
        "post",
        "/api/v1/feeds/{feed}/pause",
        "Pause a feed",
        None,
        "FeedView",
    ),
    (
        "post",
        "/api/v1/feeds/{feed}/resume",
        "Resume a feed",
        None,
        "FeedView",
    ),
    (
        "post",
        "/api/v1/commands",
        "Carry out a command, once however often it is sent",
        Some("Command"),
        "Receipt",
    ),
    (
        "get",
        "/api/v1/walls",
        "Walls: which are there, and whether each has painted the newest that it was sent",
        None,
        "Page_of_WallState",
    ),
    (
        "post",
        "/api/v1/walls/{name}/show",
        "Ask a wall to show a place",
        Some("Show"),
        "",
    ),
    (
        "get",
        "/api/v1/quarantine",
        "Records put aside, newest first",
        None,
        "Page_of_QuarantineItem",
    ),
    (
        "get",
        "/api/v1/quarantine/{id}",
        "One of them with its raw bytes",
        None,
        "QuarantineItem",
    ),
    (
        "post",
        "/api/v1/quarantine/{id}/reprocess",
        "Process it again with the feed's mapping of now",
        None,
        "RecordOutcome",
    ),
    (
        "post",
        "/api/v1/attachments",
        "Store a file; `name` in the query",
        None,
        "AttachmentRef",
    ),
    (
        "get",
        "/api/v1/attachments/{id}",
        "A stored file, always as a download",
        None,
        "",
    ),
    (
        "post",
        "/api/v1/backup",
        "Write a backup while the system runs",
        None,
        "",
    ),
    (
        "get",
        "/api/v1/maps",
        "The operator's own maps",
        None,
        "Page_of_OwnMapView",
    ),
    (
        "get",
        "/maps/{id}/{z}/{x}/{y}",
        "A tile of such a map, `y` counted from the north; 204 where it has none there",
        None,
        "",
    ),
    (
        "get",
        "/api/v1/config",
        "What a screen has to know",
        None,
        "",
    ),
    ("get", "/api/v1/openapi.json", "This document", None, ""),
];

/// Lists that take the parameters of [`ListQuery`] (each those that have a meaning there).
const FILTERED: &[&str] = &[
    "/api/v1/events",
    "/api/v1/reports",
    "/api/v1/sections",
    "/api/v1/areas",
    "/api/v1/tracks",
    "/api/v1/tracks/{domain}/{ident}/history",
    "/api/v1/quarantine",
];

/// The fields of a type as parameters of a query.
fn filters(schemas: &Map<String, Value>, of: &str) -> Vec<Value> {
    let schema = schemas.get(of);
    let required = schema.and_then(|q| q.get("required")?.as_array());
    let fields = schema.and_then(|q| q.get("properties")?.as_object());
    fields
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            let mut parameter = json!({ "name": name, "in": "query", "schema": schema });
            let needed = required.is_some_and(|r| r.iter().any(|n| n == name));
            if let (true, Value::Object(o)) = (needed, &mut parameter) {
                o.insert("required".to_owned(), true.into());
            }
            parameter
        })
        .collect()
}

/// The document.
pub fn document(version: &str) -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    let mut generator = settings.into_generator();
    let g = &mut generator;
    add::<Command>(g);
    add::<Receipt>(g);
    add::<RecordOutcome>(g);
    add::<ReportRequest>(g);
    add::<ReportAnswer>(g);
    add::<Problem>(g);
    add::<FeedAnswer>(g);
    add::<Page<EventView>>(g);
    add::<Page<ReportView>>(g);
    add::<Page<SuggestionView>>(g);
    add::<Page<SectionView>>(g);
    add::<Page<BcpView>>(g);
    add::<Page<RegionView>>(g);
    add::<Page<WeatherView>>(g);
    add::<Page<UnitView>>(g);
    add::<Page<AreaView>>(g);
    add::<Page<TrackState>>(g);
    add::<Page<TrackPoint>>(g);
    add::<Page<FeedSummary>>(g);
    add::<FeedDetail>(g);
    add::<FeedView>(g);
    add::<Page<WallState>>(g);
    add::<Page<OwnMapView>>(g);
    add::<Show>(g);
    add::<Page<QuarantineItem>>(g);
    add::<EventDetail>(g);
    add::<AttachmentRef>(g);
    add::<ListQuery>(g);
    add::<NearQuery>(g);
    add::<NearAnswer>(g);
    add::<SimilarEvents>(g);
    let schemas: Map<String, Value> = generator.take_definitions(true);
    let mut paths: Map<String, Value> = Map::new();
    for (method, path, summary, request, answer) in PATHS {
        let item = paths.entry((*path).to_owned()).or_insert_with(|| json!({}));
        if let Value::Object(item) = item {
            item.insert(
                (*method).to_owned(),
                operation(path, summary, *request, answer, &schemas),
            );
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "OneRoof",
            "version": version,
            "description": "The operations room of a border coordination centre. The live picture is at `/live` (WebSocket, subprotocol `oneroof.live.v1`).",
            "license": { "name": "EUPL-1.2", "identifier": "EUPL-1.2" },
        },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

fn add<T: JsonSchema>(g: &mut schemars::SchemaGenerator) {
    g.subschema_for::<T>();
}

fn operation(
    path: &str,
    summary: &str,
    request: Option<&str>,
    answer: &str,
    schemas: &Map<String, Value>,
) -> Value {
    let reference = |name: &str| {
        if schemas.contains_key(name) {
            json!({ "$ref": format!("#/components/schemas/{name}") })
        } else {
            json!({ "type": "object" })
        }
    };
    let mut parameters: Vec<Value> = path
        .split('/')
        .filter_map(|p| p.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    if FILTERED.contains(&path) {
        parameters.extend(filters(schemas, "ListQuery"));
    } else if path == "/api/v1/tracks/near" {
        parameters.extend(filters(schemas, "NearQuery"));
    }
    let mut operation = json!({
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": { "description": "done", "content": { "application/json": { "schema": reference(answer) } } },
            "default": { "description": "a problem (RFC 9457)", "content": { "application/problem+json": { "schema": reference("Problem") } } },
        },
    });
    if let (Some(name), Value::Object(o)) = (request, &mut operation) {
        let body = json!({ "required": true, "content": { "application/json": { "schema": reference(name) } } });
        o.insert("requestBody".to_owned(), body);
    }
    operation
}

pub(crate) async fn serve(
    axum::extract::State(api): axum::extract::State<crate::state::Api>,
) -> Json<Value> {
    Json(document(api.version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_as_it_was_agreed() {
        // Another document is another contract: `oneroof schema openapi > docs/openapi.json`, and say so in the
        // change log.
        let agreed: Value =
            serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
        // Not `assert_eq`: both are hundreds of kilobytes.
        let same = document(env!("CARGO_PKG_VERSION")) == agreed;
        assert!(same, "docs/openapi.json is not what the server says now");
    }

    #[test]
    fn every_schema_that_is_named_is_there() {
        let doc = document("0.0.0").to_string();
        let schemas = document("0.0.0")["components"]["schemas"].clone();
        let mut n = 0;
        for rest in doc.split("#/components/schemas/").skip(1) {
            let name = rest.split('"').next().unwrap();
            assert!(schemas.get(name).is_some(), "{name}");
            n += 1;
        }
        assert!(n > 50, "{n} references");
        for (_, path, _, request, answer) in PATHS {
            for name in request.iter().chain([answer]).filter(|n| !n.is_empty()) {
                assert!(schemas.get(name).is_some(), "{path}: {name}");
            }
        }
    }
}
