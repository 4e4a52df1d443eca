//! The map as drawn: canvases in panes, and when each of them is drawn anew.

mod base;
mod canvas;
mod drawer;
mod marks;
mod mil;
mod net;
mod ops;
mod own;
mod stage;
mod theme;
mod tools;

pub(crate) use ops::{Hit, bcp};
pub(crate) use stage::Stage;
pub(crate) use theme::set as set_tone;
