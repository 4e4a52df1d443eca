//! Symbols of MIL-STD-2525 for those who are used to them. What draws them is loaded when they are switched on, and keeps them
//! as bitmaps: thousands of tracks are copied from one sheet, as ours are.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::CanvasRenderingContext2d;

use crate::map::mil::of_event;
use crate::ui::desk::Desk;
use crate::view::events::EventRow;

use super::canvas::device_pixels;
use super::own::part;
use super::stage::Stage;
use super::theme;

#[wasm_bindgen]
extern "C" {
    /// The module `js/lazy/mil_symbols.js`.
    type MilModule;
    #[wasm_bindgen(method, catch)]
    fn make(this: &MilModule) -> Result<MilSymbols, JsValue>;

    /// Draws and keeps symbols.
    type MilSymbols;
    #[wasm_bindgen(method)]
    fn paint(
        this: &MilSymbols,
        ctx: &CanvasRenderingContext2d,
        sidc: &str,
        x: f64,
        y: f64,
        size: f64,
        dpr: f64,
        mode: &str,
    ) -> bool;
}

/// What draws the symbols, once it is there.
#[derive(Default)]
pub(super) struct Mil {
    symbols: RefCell<Option<MilSymbols>>,
    asked: Cell<bool>,
}

impl Mil {
    /// Whether the symbols are wanted, and can be drawn.
    pub(super) fn is_on(&self, desk: Desk) -> bool {
        desk.hands.layers.mil.get_untracked() && self.symbols.borrow().is_some()
    }

    /// Draws an event's symbol, `r` large from its middle; gives whether it did.
    pub(super) fn event(
        &self,
        ctx: &CanvasRenderingContext2d,
        row: &EventRow,
        (x, y, r): (f64, f64, f64),
        desk: Desk,
    ) -> bool {
        if !desk.hands.layers.mil.get_untracked() {
            return false;
        }
        let symbols = self.symbols.borrow();
        let Some(symbols) = symbols.as_ref() else {
            return false;
        };
        let sidc = desk
            .centre
            .with_untracked(|c| of_event(&c.event_types, row.type_code.as_ref()));
        symbols.paint(ctx, &sidc, x, y, r * 1.5, device_pixels(), theme::tone())
    }
}

impl Stage {
    /// Whether symbols of the military are drawn.
    pub(crate) fn draws_mil(&self) -> bool {
        self.mil.is_on(self.desk)
    }

    /// Symbols were switched on or off: what draws them is loaded the first time.
    pub(crate) fn switch_symbols(self: &Rc<Self>, on: bool) {
        self.everything();
        if !on || self.mil.asked.replace(true) {
            return;
        }
        let stage = Rc::downgrade(self);
        spawn_local(async move {
            let made = load().await;
            let Some(stage) = stage.upgrade() else { return };
            match made {
                Ok(symbols) => {
                    stage.give_symbols(symbols.as_ref());
                    *stage.mil.symbols.borrow_mut() = Some(symbols);
                    stage.everything();
                }
                Err(e) => {
                    // Switched on once more it is tried again.
                    stage.mil.asked.set(false);
                    leptos::logging::error!("the symbols can't be loaded: {e:?}");
                    stage.desk.hands.note.set(Some("symbols.failed"));
                    stage.desk.hands.layers.mil.set(false);
                }
            }
        });
    }
}

async fn load() -> Result<MilSymbols, JsValue> {
    part("milsymbol").await?;
    let module: MilModule = part("mil_symbols").await?.unchecked_into();
    module.make()
}
