//! Walls: which are there, whether each paints, and a desk's request to show something.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use oneroof_wire::{Page, Show, WallState, wall};

use crate::problem::{Answer, Fault};
use crate::state::Api;

pub(crate) async fn list(State(api): State<Api>) -> Json<Page<WallState>> {
    Json(Page {
        items: api.wall.walls(),
        next: None,
    })
}

pub(crate) async fn show(
    State(api): State<Api>,
    Path(name): Path<String>,
    Json(show): Json<Show>,
) -> Answer<StatusCode> {
    if !wall::ZOOMS.contains(&show.zoom) {
        return Err(Fault::bad("the zoom of a wall's map is 3 to 12"));
    }
    if api.wall.show(&name, show) {
        tracing::info!(wall = %name, "a desk asked a wall to show a place");
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Fault::missing())
    }
}
