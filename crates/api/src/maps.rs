//! The operator's own maps: their list, and their tiles.

use core::time::Duration;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use oneroof_ports::{MapAbout, MapFault, Maps};
use oneroof_wire::{OwnMapView, Page, ProblemCode};
use tokio::sync::Semaphore;

use crate::files::{Coding, Sent, tag, welcome};
use crate::problem::{Answer, Fault};
use crate::state::Api;

/// Tiles that are read at once; others wait.
const AT_ONCE: usize = 8;

/// A map is exchanged seldom; a screen asks again after an hour, and by the tag.
const CACHE: &str = "private, max-age=3600";

/// Longest wait for a tile.
const WITHIN: Duration = Duration::from_secs(10);

/// The maps, and how many tiles are read at once. Cheap to clone.
#[derive(Clone)]
pub struct OwnMaps {
    maps: Arc<dyn Maps>,
    places: Arc<Semaphore>,
}

impl OwnMaps {
    /// Maps behind a bound.
    pub fn new(maps: Arc<dyn Maps>) -> Self {
        Self {
            maps,
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Runs what reads files on a thread that may block. A reading that takes too long keeps its place until it ends.
    async fn read<T: Send + 'static>(
        &self,
        what: impl FnOnce(Arc<dyn Maps>) -> T + Send + 'static,
    ) -> Answer<T> {
        let maps = Arc::clone(&self.maps);
        let places = Arc::clone(&self.places);
        let reading = async move {
            let place = places.acquire_owned().await.ok()?;
            tokio::task::spawn_blocking(move || {
                let read = what(maps);
                drop(place);
                read
            })
            .await
            .ok()
        };
        match tokio::time::timeout(WITHIN, reading).await {
            Ok(Some(read)) => Ok(read),
            _ => Err(Fault::new(
                ProblemCode::Unavailable,
                "the map does not answer",
            )),
        }
    }
}

fn view(about: MapAbout) -> OwnMapView {
    OwnMapView {
        id: about.id,
        uk: about.uk,
        en: about.en,
        attribution: about.attribution,
        vector: about.kind.is_some_and(oneroof_ports::TileKind::is_vector),
        min_zoom: about.zooms.0,
        max_zoom: about.zooms.1,
        bounds: about.bounds,
        readable: about.readable,
    }
}

/// `GET /api/v1/maps`.
pub(crate) async fn list(State(api): State<Api>) -> Answer<Json<Page<OwnMapView>>> {
    let all = api.maps.read(|maps| maps.list()).await?;
    Ok(Json(Page {
        items: all.into_iter().map(view).collect(),
        next: None,
    }))
}

/// `GET /maps/{id}/{z}/{x}/{y}`: 204 where the map has no tile there.
pub(crate) async fn tile(
    State(api): State<Api>,
    Path((id, z, x, y)): Path<(String, u8, u32, u32)>,
    headers: HeaderMap,
) -> Answer<Response> {
    let gzip = welcome(&headers).contains(&Coding::Gzip);
    let read = move |maps: Arc<dyn Maps>| {
        let tile = maps.tile(&id, z, x, y, gzip);
        tile.map(|found| found.map(|t| (tag(&t.bytes), t)))
    };
    let (tag, tile) = match api.maps.read(read).await? {
        Ok(Some(found)) => found,
        Ok(None) => {
            let always = [
                (header::CACHE_CONTROL, CACHE),
                (header::VARY, "accept-encoding"),
            ];
            return Ok((StatusCode::NO_CONTENT, always).into_response());
        }
        Err(MapFault::Unknown) => return Err(Fault::missing()),
        Err(fault @ MapFault::Unreadable) => {
            return Err(Fault::new(ProblemCode::Internal, fault.to_string()));
        }
    };
    let sent = Sent {
        bytes: tile.bytes,
        media_type: tile.kind.media_type(),
        coding: tile.gzip.then_some(Coding::Gzip),
        tag,
        cache: CACHE,
    };
    Ok(sent.to(&headers))
}
