//! The map as drawn: canvases in panes, and when each of them is drawn anew.

mod areas;
mod base;
mod canvas;
mod drawer;
mod hold;
mod marks;
mod mil;
mod net;
mod ops;
mod own;
mod regions;
mod stage;
mod theme;
mod tools;
mod weather;

pub(crate) use ops::{Hit, bcp};
pub(crate) use stage::Stage;
pub(crate) use theme::set as set_tone;
