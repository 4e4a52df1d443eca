//! What an officer does with tracks: a pair of them, following one, filtering, speed vectors, who was at a place. Signals and
//! what is kept beside them; it lasts as long as the page, and no restart brings a filter back.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use oneroof_model::{LatLon, Time, TrackDomain};
use oneroof_wire::NearAnswer;
use oneroof_wire::client::ClientTrack;

use crate::acts::Act;
use crate::find::Target;
use crate::map::coverage::{Layer, Piece, coverage};
use crate::map::density::{self, CELL_PX, Cell as DenseCell};
use crate::map::filter::{Around, TrackFilter};
use crate::map::mercator::Frame;
use crate::map::symbols::{Shape, TrackFrame};
use crate::view::tracks::{card, handle_of};

use super::desk::{Desk, Selection};
use super::hands::Tool;
use super::thing::name_of;
use super::zone;

/// How often it is worked out anew what tells of the border, seconds.
const COVERAGE_S: i64 = 10;

/// A track that the map follows, by what stays the same over a new session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Followed {
    domain: TrackDomain,
    ident: String,
    name: String,
}

/// How the question who was at a place stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Asked {
    /// Nothing was asked yet.
    #[default]
    Nothing,
    /// The server is asked.
    Asking,
    /// It gave no answer.
    Failed,
    /// It answered.
    Found(NearAnswer),
}

#[derive(Default)]
struct Inner {
    around: RefCell<Around>,
    /// Whether counts may stand for symbols; a wall draws every track.
    counts: Cell<bool>,
}

/// The tools. A page has one set, and they live as long as the page.
pub(crate) struct TrackTools {
    inner: StoredValue<Rc<Inner>, LocalStorage>,
    /// Which tracks are shown.
    pub(crate) filter: RwSignal<TrackFilter>,
    /// Whether the bar of the filter is open.
    pub(crate) bar: RwSignal<bool>,
    /// Tracks that pass the filter, and all of them.
    pub(crate) counts: RwSignal<(usize, usize)>,
    /// The second track of a pair; the first one is chosen.
    pub(crate) second: RwSignal<Option<u32>>,
    /// The track that the map follows.
    following: RwSignal<Option<Followed>>,
    /// Whether all tracks have a speed vector.
    pub(crate) vectors: RwSignal<bool>,
    /// Tracks that are counted in cells instead of drawn; 0 where all are drawn.
    pub(crate) counted: RwSignal<usize>,
    /// Whether too many tracks are counted; where not, every one of them is drawn.
    pub(crate) may_count: RwSignal<bool>,
    /// Whether the panel for who was at a place is open.
    pub(crate) here: RwSignal<bool>,
    /// The place that it asks for.
    pub(crate) here_at: RwSignal<Option<LatLon>>,
    /// The radius that it asks for, metres.
    pub(crate) here_m: RwSignal<f64>,
    /// Its answer.
    pub(crate) found: RwSignal<Asked>,
    /// What is asked of the border.
    pub(crate) layer: RwSignal<Layer>,
    /// What is said of its pieces.
    pub(crate) pieces: RwSignal<Vec<Piece>>,
}

/// Where this screen remembers whether too many tracks are counted.
const DENSITY_KEY: &str = "oneroof.density";

/// The word for a screen that draws them all.
const DRAWN: &str = "drawn";

impl TrackTools {
    /// Counts too many tracks from now on, or draws every one; this screen remembers it.
    pub(crate) fn count_many(&self, may: bool) {
        self.may_count.set(may);
        zone::keep(DENSITY_KEY, if may { "counted" } else { DRAWN });
    }

    /// Tools with nothing in hand.
    pub(crate) fn new() -> &'static Self {
        Box::leak(Box::new(Self {
            inner: StoredValue::new_local(Rc::default()),
            filter: RwSignal::new(TrackFilter::default()),
            bar: RwSignal::new(false),
            counts: RwSignal::new((0, 0)),
            second: RwSignal::new(None),
            following: RwSignal::new(None),
            vectors: RwSignal::new(false),
            counted: RwSignal::new(0),
            may_count: RwSignal::new(zone::kept(DENSITY_KEY).as_deref() != Some(DRAWN)),
            here: RwSignal::new(false),
            here_at: RwSignal::new(None),
            here_m: RwSignal::new(2_000.0),
            found: RwSignal::new(Asked::Nothing),
            layer: RwSignal::new(Layer::Off),
            pieces: RwSignal::new(Vec::new()),
        }))
    }

    fn inner(&self) -> Rc<Inner> {
        self.inner.with_value(Rc::clone)
    }

    /// Puts away what lies on top; gives whether there was anything.
    pub(crate) fn put_away(&self) -> bool {
        if self.here.get_untracked() {
            self.close_here();
        } else if self.bar.get_untracked() {
            self.bar.set(false);
        } else if self.second.get_untracked().is_some() {
            self.second.set(None);
        } else {
            return self.stop_following();
        }
        true
    }

    /// Closes the panel for who was at a place; what it laid on the map goes with it.
    pub(crate) fn close_here(&self) {
        self.here.set(false);
        self.here_at.set(None);
        self.found.set(Asked::Nothing);
    }

    /// Follows no track any more; gives whether one was followed.
    pub(crate) fn stop_following(&self) -> bool {
        let was = self.following.get_untracked().is_some();
        if was {
            self.following.set(None);
        }
        was
    }

    /// The name of the track that the map follows.
    pub(crate) fn followed_name(&self) -> Option<String> {
        self.following.with(|f| f.as_ref().map(|f| f.name.clone()))
    }

    /// Shows all tracks again.
    pub(crate) fn clear_filter(&self) {
        self.filter.set(TrackFilter::default());
    }

    /// What decides for one drawing which tracks are shown.
    pub(crate) fn sieve(&self, desk: &Desk) -> Sieve {
        let chosen = match desk.selected.get_untracked() {
            Some(Selection::Track(h)) => Some(h),
            _ => None,
        };
        let followed = self.following.with_untracked(|f| {
            let f = f.as_ref()?;
            desk.with_picture(|p| handle_of(p, f.domain, &f.ident))
        });
        let always = [chosen, self.second.get_untracked(), followed];
        Sieve {
            inner: self.inner(),
            filter: Some(self.filter.get_untracked()).filter(|f| !f.is_off()),
            always: always.into_iter().flatten().collect(),
            counted: self.counted,
            may_count: self.may_count.get_untracked(),
        }
    }
}

/// What decides which tracks are shown. The chosen track, the second of a pair and the followed one always are.
pub(crate) struct Sieve {
    inner: Rc<Inner>,
    filter: Option<TrackFilter>,
    always: Vec<u32>,
    counted: RwSignal<usize>,
    may_count: bool,
}

impl Sieve {
    /// Whether a track is shown.
    pub(crate) fn lets(&self, handle: u32, track: &ClientTrack, now: Time) -> bool {
        self.filter.as_ref().is_none_or(|f| {
            self.always.contains(&handle)
                || f.passes(handle, track, now, &mut self.inner.around.borrow_mut())
        })
    }

    /// Takes away the symbols of a frame where there are too many of them in the view, and gives the counts that stand for
    /// them; `None` where all are drawn. Own units, a life at risk and what is chosen stay.
    pub(crate) fn thin_out(
        &self,
        view: &Frame,
        frame: &Frame,
        tracks: &mut TrackFrame,
    ) -> Option<Vec<DenseCell>> {
        let (dx, dy) = (view.left - frame.left, view.top - frame.top);
        let in_view = |x: f32, y: f32| view.holds(f64::from(x) - dx, f64::from(y) - dy, 0.0);
        let count = tracks.things.iter().filter(|t| in_view(t.0, t.1)).count();
        let was = self.counted.get_untracked();
        let may_count = self.may_count && self.inner.counts.get();
        if !may_count || !density::dense(was > 0, count) {
            if was > 0 {
                self.counted.set(0);
            }
            return None;
        }
        let gone = tracks.thin_out(|handle, shape| {
            matches!(shape, Shape::Unit | Shape::Distress) || self.always.contains(&handle)
        });
        let counted = gone.iter().filter(|(x, y)| in_view(*x, *y)).count();
        if counted != was {
            self.counted.set(counted.max(1));
        }
        Some(density::count(frame, CELL_PX * zone::ui_scale(), gone))
    }
}

/// Watches from now on: what passes the filter, where the followed track is, what has to be drawn anew.
pub(crate) fn start(desk: Desk) {
    let tools = desk.hands.tracks;
    tools.inner().counts.set(true);
    Effect::new(move |_| {
        tools.filter.track();
        desk.with_picture(|p| *tools.inner().around.borrow_mut() = Around::of(p));
    });
    Effect::new(move |_| {
        let now = desk.now.get();
        let counts = tools.filter.with(|filter| {
            (!filter.is_off()).then(|| {
                let inner = tools.inner();
                let mut around = inner.around.borrow_mut();
                desk.with_picture(|p| {
                    if around.is_empty() {
                        *around = Around::of(p);
                    }
                    around.refresh(p);
                    filter.count(p, now, &mut around)
                })
            })
        });
        let counts = counts.unwrap_or_default();
        if counts != tools.counts.get_untracked() {
            tools.counts.set(counts);
        }
    });
    let due = Memo::new(move |_| desk.now.get().as_secs().div_euclid(COVERAGE_S));
    Effect::new(move |_| {
        // A memo that nobody reads is not worked out.
        due.with(|_| ());
        let layer = tools.layer.get();
        let now = desk.now.get_untracked();
        let pieces = desk.with_picture(|p| coverage(p, layer, now));
        if tools.pieces.with_untracked(|old| *old != pieces) {
            tools.pieces.set(pieces);
            if let Some(stage) = desk.stage() {
                stage.picture_changed();
            }
        }
    });
    Effect::new(move |_| {
        desk.now.track();
        tools.following.track();
        keep_up(desk);
    });
    Effect::new(move |_| {
        tools.filter.track();
        tools.second.track();
        tools.vectors.track();
        tools.may_count.track();
        tools.here_at.track();
        tools.here_m.track();
        tools.found.track();
        if let Some(stage) = desk.stage() {
            stage.positions_changed();
            stage.tools_changed();
        }
    });
}

/// Moves the map after the track that it follows. One that left the picture is not followed any more, and that is said.
fn keep_up(desk: Desk) {
    let tools = desk.hands.tracks;
    let Some(followed) = tools.following.get_untracked() else {
        return;
    };
    let at = desk.with_picture(|p| {
        let handle = handle_of(p, followed.domain, &followed.ident)?;
        card(p, handle)?.at
    });
    match (at, desk.stage()) {
        (Some(at), Some(stage)) => stage.keep_in_the_middle(at),
        (Some(_), None) => {}
        (None, _) => {
            // A new session begins without tracks; they come within seconds.
            if desk.with_picture(|p| !p.tracks.is_empty()) {
                tools.stop_following();
                desk.hands.note.set(Some("track.following.gone"));
            }
        }
    }
}

/// A selection while a second track is being chosen: gives whether it was taken as that.
pub(crate) fn took_second(desk: Desk, what: Option<&Selection>) -> bool {
    let tools = desk.hands.tracks;
    if desk.hands.tool.get_untracked() == Tool::Pair {
        if let (Some(Selection::Track(first)), Some(Selection::Track(h))) =
            (desk.selected.get_untracked(), what)
        {
            if first != *h {
                tools.second.set(Some(*h));
                desk.hands.tool.set(Tool::Choose);
            }
            return true;
        }
        desk.hands.tool.set(Tool::Choose);
    }
    if tools.second.get_untracked().is_some() {
        tools.second.set(None);
    }
    false
}

fn chosen_track(desk: Desk) -> Option<u32> {
    match desk.selected.get_untracked() {
        Some(Selection::Track(h)) => Some(h),
        _ => None,
    }
}

/// Whether an act on tracks can be done now.
pub(crate) fn possible(desk: Desk, act: Act) -> bool {
    let tools = desk.hands.tracks;
    match act {
        Act::Pair => chosen_track(desk).is_some(),
        Act::FollowTrack => {
            chosen_track(desk).is_some() || tools.following.with_untracked(Option::is_some)
        }
        Act::AllTracks => tools.filter.with_untracked(|f| !f.is_off()),
        _ => true,
    }
}

/// Does an act on tracks; without a chosen track it is said that one is needed.
pub(crate) fn perform(desk: Desk, act: Act) {
    let (hands, tools) = (desk.hands, desk.hands.tracks);
    if !possible(desk, act) {
        hands.note.set(Some("track.none_chosen"));
        return;
    }
    match act {
        Act::Pair => {
            let choosing = hands.tool.get_untracked() == Tool::Pair;
            hands.path.set(Vec::new());
            hands
                .tool
                .set(if choosing { Tool::Choose } else { Tool::Pair });
        }
        Act::FollowTrack => toggle_following(desk),
        Act::Filter => tools.bar.update(|open| *open = !*open),
        Act::AllTracks => tools.clear_filter(),
        Act::Vectors => tools.vectors.update(|on| *on = !*on),
        Act::Here => open_here(desk),
        Act::Coverage => tools.layer.update(|l| *l = l.next()),
        _ => {}
    }
}

fn toggle_following(desk: Desk) {
    let (hands, tools) = (desk.hands, desk.hands.tracks);
    let chosen = chosen_track(desk).and_then(|h| desk.with_picture(|p| card(p, h)));
    let wanted = chosen.map(|c| Followed {
        domain: c.info.domain,
        name: name_of(&c),
        ident: c.info.ident,
    });
    let was = tools.following.get_untracked();
    // To hold the map ends what was followed.
    hands.hold();
    if wanted != was {
        tools.following.set(wanted);
    }
}

/// Opens the panel: at the chosen event or other thing, else at the pointer, else in the middle of the map.
fn open_here(desk: Desk) {
    let (hands, tools) = (desk.hands, desk.hands.tracks);
    if tools.here.get_untracked() {
        tools.close_here();
        return;
    }
    let event = matches!(desk.selected.get_untracked(), Some(Selection::Event(_)));
    let pointed = hands.pointer.get_untracked();
    let at = if event { None } else { pointed }
        .or_else(|| desk.place_selected())
        .or(pointed)
        .or_else(|| desk.stage()?.middle());
    tools.here_at.set(at);
    tools.here.set(true);
}

/// Whether a track is hidden by the filter now.
fn is_hidden(desk: Desk, handle: u32) -> bool {
    let Some(now) = desk.server_now() else {
        return false;
    };
    let sieve = desk.hands.tracks.sieve(&desk);
    desk.with_picture(|p| {
        let track = p.tracks.get(&handle);
        track.is_some_and(|t| t.row.is_some() && !sieve.lets(handle, t, now))
    })
}

/// For a hit of the search: says that the filter hides it from the map.
pub(crate) fn hidden_note(desk: Desk, target: &Target) -> Option<impl IntoView + use<>> {
    let hidden = match target {
        Target::Track(h) => is_hidden(desk, *h),
        Target::Unit(id) => desk
            .with_picture(|p| handle_of(p, TrackDomain::Unit, id))
            .is_some_and(|h| is_hidden(desk, h)),
        _ => false,
    };
    hidden.then(|| view! { <span class="find-hidden">{desk.w("filter.hidden")}</span> })
}
