//! Draws the offline basemap: quiet land, water, borders and names.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use oneroof_model::LatLon;
use wasm_bindgen_futures::spawn_local;
use web_sys::{CanvasRenderingContext2d, Path2d};

use crate::basemap::detail::{Cell, Detail, cells, detail};
use crate::basemap::file::{File, Named, Pen, PlaceClass, walk, walk_coast};
use crate::basemap::labels;
use crate::find::PlaceName;
use crate::map::mercator::{Frame, degrees, world_px};
use crate::ui::http;
use crate::view::places::Both;
use crate::words::Lang;

use super::ops::dashed;
use super::theme::{self, Paint};

/// A file of the basemap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    World,
    Low,
    Places,
    High(Cell),
}

impl Source {
    fn address(self) -> String {
        match self {
            Self::World => "/assets/basemap/world.json".into(),
            Self::Low => "/assets/basemap/region-lo.json".into(),
            Self::Places => "/assets/basemap/places.json".into(),
            Self::High((c, r)) => format!("/assets/basemap/hi/c{c}r{r}.json"),
        }
    }
}

/// What of a layer is drawn from one zoom on.
struct Part {
    layer: String,
    z: u8,
    shape: Path2d,
    coast: Option<Path2d>,
}

struct Loaded {
    parts: Vec<Part>,
    places: Vec<Named>,
}

/// The basemap's files as far as they came.
#[derive(Default)]
pub(crate) struct Base {
    loaded: BTreeMap<Source, Loaded>,
    asked: BTreeSet<Source>,
    /// How many files could not be loaded.
    pub(crate) failed: u32,
}

fn pen(path: &Path2d, step: Pen) {
    match step {
        Pen::Move(w) => path.move_to(w.x, w.y),
        Pen::Line(w) => path.line_to(w.x, w.y),
        Pen::Close => path.close_path(),
    }
}

fn build(file: File) -> Option<Loaded> {
    let mut parts: BTreeMap<(String, u8), Part> = BTreeMap::new();
    for (layer, features) in &file.layers {
        let area = ["land", "lakes", "islands"]
            .iter()
            .any(|a| layer.starts_with(a));
        for f in features {
            let part = match parts.entry((layer.clone(), f.z)) {
                std::collections::btree_map::Entry::Occupied(e) => e.into_mut(),
                std::collections::btree_map::Entry::Vacant(e) => e.insert(Part {
                    layer: layer.clone(),
                    z: f.z,
                    shape: Path2d::new().ok()?,
                    coast: if area {
                        Some(Path2d::new().ok()?)
                    } else {
                        None
                    },
                }),
            };
            for d in &f.d {
                walk(d, file.scale, area, |s| pen(&part.shape, s));
                if let Some(coast) = &part.coast {
                    walk_coast(d, file.scale, &file.cuts, |s| pen(coast, s));
                }
            }
        }
    }
    Some(Loaded {
        parts: parts.into_values().collect(),
        places: file.places,
    })
}

/// Asks for a file once; `then` is called when it came.
fn ask(base: &Rc<RefCell<Base>>, source: Source, then: &Rc<dyn Fn()>) {
    if !base.borrow_mut().asked.insert(source) {
        return;
    }
    let (base, then) = (Rc::clone(base), Rc::clone(then));
    spawn_local(async move {
        let loaded = match http::get_text(&source.address()).await {
            Ok(text) => File::read(&text).ok().and_then(build),
            Err(_) => None,
        };
        match loaded {
            Some(l) => {
                base.borrow_mut().loaded.insert(source, l);
            }
            None => base.borrow_mut().failed += 1,
        }
        then();
    });
}

/// Asks for the files that a view needs and that were not asked for yet.
pub(crate) fn want(base: &Rc<RefCell<Base>>, view: &Frame, then: &Rc<dyn Fn()>) {
    for source in [Source::World, Source::Low, Source::Places] {
        ask(base, source, then);
    }
    if view.zoom >= 7.0 {
        for cell in cells(view.bounds()) {
            ask(base, Source::High(cell), then);
        }
    }
}

impl Base {
    /// The names of places in a rectangle (south, west, north, east) as far as they came, so many at most.
    pub(crate) fn place_names(&self, [s, w, n, e]: [f64; 4], at_most: usize) -> Vec<PlaceName> {
        let overview = self.loaded.get(&Source::Places);
        let detailed = self
            .loaded
            .iter()
            .filter(|(s, _)| matches!(s, Source::High(_)))
            .map(|(_, l)| l);
        overview
            .into_iter()
            .chain(detailed)
            .flat_map(|l| &l.places)
            .filter(|n| !matches!(n.class, PlaceClass::Sea | PlaceClass::State))
            .filter_map(|place| {
                let (lat, lon) = degrees(place.at);
                if !((s..=n).contains(&lat) && (w..=e).contains(&lon)) {
                    return None;
                }
                let any = place.name.uk.as_ref().or(place.name.en.as_ref())?;
                Some(PlaceName {
                    name: Both {
                        uk: any.clone(),
                        en: place.name.en.as_ref().unwrap_or(any).clone(),
                    },
                    country: place.country.clone(),
                    at: LatLon::new(lat, lon).ok()?,
                })
            })
            .take(at_most)
            .collect()
    }

    /// Files to draw for a frame, and whether it is the detailed set.
    fn sources(&self, frame: &Frame) -> Vec<Source> {
        let mut out = vec![Source::World];
        match detail(frame.zoom) {
            Detail::World => {}
            Detail::Low => out.push(Source::Low),
            Detail::High => {
                let hi: Vec<Source> = cells(frame.bounds())
                    .into_iter()
                    .map(Source::High)
                    .collect();
                if hi.iter().all(|s| self.loaded.contains_key(s)) {
                    out.extend(hi);
                } else {
                    out.push(Source::Low);
                }
            }
        }
        out
    }

    /// Draws everything but names onto a canvas in CSS pixels.
    pub(crate) fn draw(&self, ctx: &CanvasRenderingContext2d, frame: &Frame, dpr: f64, ui: f64) {
        ctx.set_fill_style_str(theme::now().sea);
        ctx.fill_rect(0.0, 0.0, frame.width, frame.height);
        self.draw_layers(ctx, frame, (dpr, ui), &theme::base());
    }

    /// Draws the borders of states alone, with a dark edge, above a map of the operator's own.
    pub(crate) fn draw_borders(
        &self,
        ctx: &CanvasRenderingContext2d,
        frame: &Frame,
        dpr: f64,
        ui: f64,
    ) {
        self.draw_layers(ctx, frame, (dpr, ui), &theme::borders());
    }

    fn draw_layers(
        &self,
        ctx: &CanvasRenderingContext2d,
        frame: &Frame,
        (dpr, ui): (f64, f64),
        paints: &[Paint],
    ) {
        let sources = self.sources(frame);
        let whole = detail(frame.zoom) == Detail::World;
        let px = world_px(frame.zoom);
        ctx.save();
        if ctx
            .set_transform(
                dpr * px,
                0.0,
                0.0,
                dpr * px,
                -frame.left * dpr,
                -frame.top * dpr,
            )
            .is_err()
        {
            return;
        }
        ctx.set_line_join("round");
        for paint in paints {
            for part in sources
                .iter()
                .filter_map(|s| self.loaded.get(s))
                .flat_map(|l| &l.parts)
            {
                let name = part.layer.strip_suffix("_in").unwrap_or(&part.layer);
                let hidden = part.layer.ends_with("_in") && !whole;
                if name != paint.layer || hidden || f64::from(part.z) > frame.zoom + 0.01 {
                    continue;
                }
                if let Some(fill) = paint.fill {
                    ctx.set_fill_style_str(fill);
                    ctx.fill_with_path_2d(&part.shape);
                }
                let line = part.coast.as_ref().unwrap_or(&part.shape);
                if let Some((width, colour, dash)) = paint.stroke {
                    ctx.set_stroke_style_str(colour);
                    ctx.set_line_width(width * ui / px);
                    dashed(ctx, dash, ui / px);
                    ctx.stroke_with_path(line);
                }
            }
        }
        ctx.restore();
    }

    /// Draws the names.
    pub(crate) fn draw_names(
        &self,
        ctx: &CanvasRenderingContext2d,
        frame: &Frame,
        lang: Lang,
        ui: f64,
    ) {
        let hi = self.sources(frame);
        let places = self
            .loaded
            .get(&Source::Places)
            .into_iter()
            .chain(
                hi.iter()
                    .filter(|s| matches!(s, Source::High(_)))
                    .filter_map(|s| self.loaded.get(s)),
            )
            .flat_map(|l| &l.places);
        let font = |class| theme::label_font(class, labels::font_px(class) * ui);
        let width = |text: &str, class: PlaceClass| {
            ctx.set_font(&font(class));
            ctx.measure_text(text).map_or(0.0, |m| m.width())
        };
        let chosen = labels::place(places, frame, lang, ui, width);
        ctx.set_text_baseline("middle");
        ctx.set_line_join("round");
        for l in &chosen {
            let (colour, halo) = (theme::now().name(l.class), theme::now().name_halo(l.class));
            if l.class.has_dot() {
                ctx.begin_path();
                let r = if l.class == PlaceClass::Place {
                    1.7
                } else {
                    2.4
                } * ui;
                // An arc with a positive radius is always taken.
                ctx.arc(l.dot.0, l.dot.1, r, 0.0, core::f64::consts::TAU)
                    .ok();
                ctx.set_fill_style_str(colour);
                ctx.fill();
            }
            ctx.set_font(&font(l.class));
            ctx.set_line_width(3.0 * ui);
            ctx.set_stroke_style_str(halo);
            ctx.stroke_text(l.text, l.at.0, l.at.1).ok();
            ctx.set_fill_style_str(colour);
            ctx.fill_text(l.text, l.at.0, l.at.1).ok();
        }
    }
}
