//! Earlier events like one: of the same group, near it, those in the archive with them. What is known of them may help;
//! nothing is concluded from it.

use core::cmp::Ordering;

use axum::Json;
use axum::extract::{Path, State};
use oneroof_geo::distance_m;
use oneroof_model::{EventId, Geometry, SectionId, Time, TypeCode};
use oneroof_wire::{EventView, ProblemCode, SimilarEvent, SimilarEvents, project};

use crate::problem::{Answer, Fault};
use crate::state::Api;
use crate::{archive, lists};

/// Up to this distance, metres, an event of the same group is near.
const NEAR_M: f64 = 30_000.0;

/// Most that are given.
const MOST: usize = 8;

/// Most events of the archive that are looked at, the newest first.
const ARCHIVED: usize = 2_000;

pub(crate) async fn similar(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Answer<Json<SimilarEvents>> {
    let id: EventId = id.parse().map_err(|_bad| Fault::missing())?;
    let of = lists::detail(&api, id).await?.event;
    let (from, now) = (Time::from_secs(0), api.clock.now());
    let filed = api.store.archived_between(from, now, ARCHIVED).await?;
    // Thousands of events are read: not on a thread that answers others.
    let looking = tokio::task::spawn_blocking(move || {
        let mut found = in_memory(&api, &of);
        found.extend(
            filed
                .iter()
                .filter_map(|e| archive::read(&api, &e.json))
                .filter_map(|d| like(&of, &d.event, true)),
        );
        order(&mut found);
        // Where there are more than are looked at, the answer says how far back it goes.
        let since = filed.last().filter(|_| filed.len() == ARCHIVED);
        SimilarEvents {
            items: found,
            near_m: NEAR_M,
            since: since.map(|e| e.occurred),
        }
    });
    let found = looking
        .await
        .map_err(|_ended| Fault::plain(ProblemCode::Internal))?;
    Ok(Json(found))
}

fn in_memory(api: &Api, of: &EventView) -> Vec<SimilarEvent> {
    let p = api.room.picture().read();
    let group = of.type_code.as_ref().map(TypeCode::group);
    p.events()
        .filter(|e| e.mode == api.config.centre.mode)
        // Whoever sees its type sees this one; only those are projected.
        .filter(|e| Some(e.curation.type_code.value.group()) == group)
        .filter_map(|e| project::event(e, &*p, &api.audience))
        .filter_map(|e| like(of, &e, false))
        .collect()
}

fn geometry(e: &EventView) -> Option<&Geometry> {
    e.place.as_ref()?.geometry.as_ref()
}

/// The other event, where it is like this one: of its group and near it, or in its section where a place is missing.
fn like(of: &EventView, other: &EventView, archived: bool) -> Option<SimilarEvent> {
    let group = |e: &EventView| e.type_code.as_ref().map(TypeCode::group);
    let wanted = group(of)?;
    if other.id == of.id || other.merged_into.is_some() || group(other) != Some(wanted) {
        return None;
    }
    let distance = geometry(of)
        .zip(geometry(other))
        .and_then(|(a, b)| distance_m(a, b));
    let same_section = |s: &SectionId| other.section.as_ref() == Some(s);
    let near = match distance {
        Some(d) => d <= NEAR_M,
        None => of.section.as_ref().is_some_and(same_section),
    };
    near.then(|| SimilarEvent {
        id: other.id,
        short: other.short.clone(),
        type_code: other.type_code.clone(),
        state: other.state,
        at: other.occurred.map_or(other.first_known_at, |i| i.from),
        distance_m: distance,
        same_type: other.type_code == of.type_code,
        archived,
    })
}

/// Those of the very same type first, then the nearest, then the newest.
fn order(found: &mut Vec<SimilarEvent>) {
    found.sort_by(|a, b| {
        let far = |s: &SimilarEvent| s.distance_m.unwrap_or(f64::INFINITY);
        b.same_type
            .cmp(&a.same_type)
            .then(far(a).partial_cmp(&far(b)).unwrap_or(Ordering::Equal))
            .then(b.at.cmp(&a.at))
    });
    found.truncate(MOST);
}
