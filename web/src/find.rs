//! The search: events, units, vessels, aircraft, crossing points, sections, places, positions and acts, by what an
//! officer would type, in both languages at once. Pure, ranked, in a stable order, and done in slices: whatever the
//! number of tracks, a slice takes the same time.

use core::cmp::{Ordering, Reverse};
use core::ops::Bound;

use oneroof_geo::parse_position;
use oneroof_model::{EventId, LatLon, Mode, OrgId, TrackDomain};
use oneroof_wire::client::{ClientTrack, Picture};
use oneroof_wire::{Entity, EntityKey, EntityKind, TrackInfo};

use crate::acts::{self, Act};
use crate::centre::Centre;
use crate::fold::{fold, words};
use crate::view::events::{event, report};
use crate::view::places::{Both, anchor, place_of, section};
use crate::words::Lang;

/// Most hits that are kept.
pub const MAX_HITS: usize = 60;

/// Tracks looked at in one slice: well below a millisecond.
pub const SLICE: usize = 1_000;

/// Most words of a query; what comes after them is not looked at.
const MAX_WORDS: usize = 8;

/// What a hit leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// An event.
    Event(EventId),
    /// A track, by its handle.
    Track(u32),
    /// A unit without a position.
    Unit(String),
    /// A crossing point.
    Bcp(String),
    /// A border section.
    Section(String),
    /// A place of the basemap.
    Place,
    /// A position that was typed.
    Position,
    /// Something to do.
    Act(Act),
}

/// Kinds of hits, in the order in which equals are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HitKind {
    /// A position that was typed.
    Position,
    /// An act.
    Act,
    /// An event.
    Event,
    /// A unit.
    Unit,
    /// A crossing point.
    Bcp,
    /// A section.
    Section,
    /// A vessel.
    Vessel,
    /// An aircraft.
    Aircraft,
    /// Another track.
    Track,
    /// A place of the basemap.
    Place,
}

impl HitKind {
    /// Its name's key in the catalogue.
    pub const fn name_key(self) -> &'static str {
        match self {
            Self::Position => "find.position",
            Self::Act => "find.act",
            Self::Event => "find.event",
            Self::Unit => "track_domain.unit",
            Self::Bcp => "group.crossing_point",
            Self::Section => "event.section",
            Self::Vessel => "track_domain.vessel",
            Self::Aircraft => "track_domain.aircraft",
            Self::Track => "nav.tracks",
            Self::Place => "event.place",
        }
    }
}

/// Something found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// What kind of thing.
    pub kind: HitKind,
    /// What it leads to.
    pub target: Target,
    /// Its name in both languages.
    pub name: Both,
    /// What tells it from others of that name (an id, an agency, a place).
    pub more: Both,
    /// Where it is.
    pub at: Option<LatLon>,
    /// How well it fits; higher is better.
    pub score: u32,
    /// What orders equals: an id that does not change.
    tie: String,
}

/// A place of the basemap.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceName {
    /// Its name.
    pub name: Both,
    /// State (ISO 3166-1 alpha-2).
    pub country: String,
    /// Where.
    pub at: LatLon,
}

/// Farthest from the border that a place of the basemap is searched for, degrees: about 300 km.
const AROUND_DEG: f64 = 3.0;

/// The rectangle in which places are searched for (south, west, north, east): the border's, and some way around it. `None`
/// while no section is known.
pub fn around_border(picture: &Picture) -> Option<[f64; 4]> {
    let [s, w, n, e] = of_kind(picture, EntityKind::Section)
        .filter_map(|e| match e {
            Entity::Section(s) => Some(s),
            _ => None,
        })
        .flat_map(|s| s.line.iter().chain(&s.polygon))
        .fold(None, |b: Option<[f64; 4]>, at| {
            let (lat, lon) = (at.lat(), at.lon());
            Some(match b {
                None => [lat, lon, lat, lon],
                Some([s, w, n, e]) => [s.min(lat), w.min(lon), n.max(lat), e.max(lon)],
            })
        })?;
    Some([
        s - AROUND_DEG,
        w - AROUND_DEG,
        n + AROUND_DEG,
        e + AROUND_DEG,
    ])
}

/// Where the search looks, tracks apart.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The picture.
    pub picture: &'a Picture,
    /// What the screen shows: the other modes are not there for it.
    pub mode: Mode,
    /// The centre's tables.
    pub centre: &'a Centre,
    /// Places of the basemap, as far as they are loaded.
    pub places: &'a [PlaceName],
    /// Acts that can be done now.
    pub acts: &'a [Act],
}

/// A search that goes on slice by slice.
#[derive(Debug, Clone, Default)]
pub struct Search {
    query: Vec<String>,
    typed: String,
    hits: Vec<Hit>,
    after: Option<u32>,
    done: bool,
}

/// How well one word of the query fits one field, 0 where it does not.
fn fit(word: &str, field: &str) -> u32 {
    if field.len() < word.len() {
        return 0;
    }
    if field == word {
        return 100;
    }
    if field.starts_with(word) {
        return 80;
    }
    match field.find(word) {
        Some(_) if at_word(word, field) => 60,
        // A piece out of the middle of a word says something only where it is long.
        Some(_) if word.chars().count() >= 3 => 25,
        None | Some(_) => 0,
    }
}

/// Whether a word of the field begins with the word.
fn at_word(word: &str, field: &str) -> bool {
    field.split(' ').any(|w| w.starts_with(word))
}

/// How well a query fits folded fields with their weights (per cent): every word has to fit one of them. The words
/// together, in their order, fit better than apart.
fn score(query: &[String], fields: &[(u32, &str)]) -> u32 {
    let mut sum = 0;
    for word in query {
        let best = fields
            .iter()
            .map(|(weight, field)| fit(word, field) * weight / 100)
            .max()
            .unwrap_or(0);
        if best == 0 {
            return 0;
        }
        sum += best;
    }
    let count = u32::try_from(query.len()).unwrap_or(1).max(1);
    let phrase = query.join(" ");
    let together = fields
        .iter()
        .map(|(weight, field)| fit(&phrase, field) * weight / 100)
        .max()
        .unwrap_or(0);
    sum / count + together
}

/// How well a query of folded words fits the names of one thing, 0 where it does not.
pub(crate) fn fit_names(query: &[String], names: &[&str]) -> u32 {
    if query.is_empty() {
        return 0;
    }
    let folded: Vec<String> = names.iter().map(|n| fold(n)).collect();
    let fields: Vec<(u32, &str)> = folded.iter().map(|n| (100, n.as_str())).collect();
    score(query, &fields)
}

fn order(a: &Hit, b: &Hit) -> Ordering {
    (Reverse(a.score), a.kind, &a.name.uk, &a.tie).cmp(&(
        Reverse(b.score),
        b.kind,
        &b.name.uk,
        &b.tie,
    ))
}

impl Search {
    /// A search for what was typed.
    pub fn new(typed: &str) -> Self {
        let mut query = words(typed);
        query.truncate(MAX_WORDS);
        Self {
            done: query.is_empty(),
            query,
            typed: typed.trim().chars().take(100).collect(),
            hits: Vec::new(),
            after: None,
        }
    }

    /// The hits so far, the best first.
    pub fn hits(&self) -> &[Hit] {
        &self.hits
    }

    /// Whether everything was looked at.
    pub const fn is_done(&self) -> bool {
        self.done
    }

    fn take(&mut self, hit: Hit) {
        if hit.score == 0 {
            return;
        }
        let at = self
            .hits
            .partition_point(|h| order(h, &hit) != Ordering::Greater);
        if at < MAX_HITS {
            self.hits.insert(at, hit);
            self.hits.truncate(MAX_HITS);
        }
    }

    /// Looks at everything but the tracks: it is bounded by what the centre has.
    pub fn fixed(&mut self, from: &Sources<'_>) {
        self.position();
        for act in from.acts {
            self.act(*act);
        }
        if self.query.is_empty() {
            return;
        }
        self.events(from);
        self.border(from);
        self.units(from);
        for p in from.places {
            let (uk, en) = (fold(&p.name.uk), fold(&p.name.en));
            let s = score(&self.query, &[(70, &uk), (70, &en)]);
            self.take(Hit {
                kind: HitKind::Place,
                target: Target::Place,
                name: p.name.clone(),
                more: same(&p.country),
                at: Some(p.at),
                score: s,
                tie: format!("{:?}", p.at),
            });
        }
    }

    /// Looks at the next tracks, so many at most; gives whether more are left.
    pub fn tracks(&mut self, picture: &Picture, mode: Mode, at_most: usize) -> bool {
        if self.done {
            return false;
        }
        let from = self.after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut looked = 0;
        let mut last = self.after;
        for (handle, track) in picture.tracks.range((from, Bound::Unbounded)).take(at_most) {
            looked += 1;
            last = Some(*handle);
            // Own units are found as units, with their names in both languages; one that no list names by its track.
            let found = track
                .info
                .as_ref()
                .filter(|i| i.mode == mode && !is_listed(picture, i));
            if let Some(hit) = found.and_then(|info| self.track(*handle, info, track)) {
                self.take(hit);
            }
        }
        self.after = last;
        self.done = looked < at_most;
        !self.done
    }

    fn position(&mut self) {
        // Two numbers alone may be a count and a time: a position has a point, a sign of degrees or letters.
        let marked = self
            .typed
            .contains(|c: char| c.is_alphabetic() || matches!(c, '.' | ',' | '°'));
        if !marked || !self.typed.contains(|c: char| c.is_ascii_digit()) {
            return;
        }
        let Ok(at) = parse_position(&self.typed) else {
            return;
        };
        self.take(Hit {
            kind: HitKind::Position,
            target: Target::Position,
            name: same(&crate::view::places::degrees_text(at)),
            more: same(&self.typed.clone()),
            at: Some(at),
            score: 1_000,
            tie: String::new(),
        });
    }

    fn act(&mut self, act: Act) {
        let name = Both {
            uk: act.name(Lang::Uk),
            en: act.name(Lang::En),
        };
        let (uk, en) = (fold(&name.uk), fold(&name.en));
        let s = if self.query.is_empty() {
            // Nothing was typed: all of them are shown, in the order of their table.
            let at = acts::ALL.iter().position(|a| *a == act).unwrap_or(0);
            1_000_u32.saturating_sub(u32::try_from(at).unwrap_or(0))
        } else {
            score(&self.query, &[(75, &uk), (75, &en)])
        };
        self.take(Hit {
            kind: HitKind::Act,
            target: Target::Act(act),
            name,
            more: Both::default(),
            at: None,
            score: s,
            tie: act.key().to_owned(),
        });
    }

    fn events(&mut self, from: &Sources<'_>) {
        for e in of_kind(from.picture, EntityKind::Event) {
            let Entity::Event(e) = e else { continue };
            if e.mode != from.mode || !e.state.is_open() {
                continue;
            }
            let name = e.type_code.as_ref().map_or_else(Both::default, |c| Both {
                uk: from.centre.type_name(c, Lang::Uk),
                en: from.centre.type_name(c, Lang::En),
            });
            let place = place_of(from.picture, e.place.as_ref(), e.section.as_ref());
            let line = |l: Lang| place.line(l).unwrap_or_default();
            let where_ = Both {
                uk: line(Lang::Uk),
                en: line(Lang::En),
            };
            let titles: Vec<String> = e
                .reports
                .iter()
                .filter_map(|a| report(from.picture, a.report)?.title.as_deref().map(fold))
                .collect();
            let folded = [
                fold(&e.short),
                fold(e.type_code.as_ref().map_or("", |c| c.as_str())),
                fold(&name.uk),
                fold(&name.en),
                fold(&where_.uk),
                fold(&where_.en),
                fold(e.section.as_ref().map_or("", |s| s.as_str())),
            ];
            let weights = [100, 95, 85, 85, 80, 80, 80];
            let fields: Vec<(u32, &str)> = weights
                .into_iter()
                .zip(folded.iter().map(String::as_str))
                .chain(titles.iter().map(|t| (70, t.as_str())))
                .collect();
            let s = score(&self.query, &fields);
            self.take(Hit {
                kind: HitKind::Event,
                target: Target::Event(e.id),
                name,
                more: Both {
                    uk: format!("{} · {}", e.short, where_.uk),
                    en: format!("{} · {}", e.short, where_.en),
                },
                at: anchor(from.picture, e.place.as_ref(), e.section.as_ref()),
                score: s,
                tie: e.id.to_string(),
            });
        }
    }

    fn border(&mut self, from: &Sources<'_>) {
        for e in of_kind(from.picture, EntityKind::Bcp) {
            let Entity::Bcp(b) = e else { continue };
            let s = score(
                &self.query,
                &[
                    (100, &fold(b.id.as_str())),
                    (95, &fold(&b.uk)),
                    (95, &fold(&b.en)),
                ],
            );
            self.take(Hit {
                kind: HitKind::Bcp,
                target: Target::Bcp(b.id.to_string()),
                name: both(&b.uk, &b.en),
                more: same(&format!("{} · {}", b.id, b.section)),
                at: Some(b.at),
                score: s,
                tie: b.id.to_string(),
            });
        }
        for e in of_kind(from.picture, EntityKind::Section) {
            let Entity::Section(x) = e else { continue };
            let s = score(
                &self.query,
                &[
                    (98, &fold(x.id.as_str())),
                    (85, &fold(&x.uk)),
                    (85, &fold(&x.en)),
                ],
            );
            self.take(Hit {
                kind: HitKind::Section,
                target: Target::Section(x.id.to_string()),
                name: both(&x.uk, &x.en),
                more: same(x.id.as_str()),
                at: section_middle(from.picture, &x.id),
                score: s,
                tie: x.id.to_string(),
            });
        }
    }

    fn units(&mut self, from: &Sources<'_>) {
        for e in of_kind(from.picture, EntityKind::Unit) {
            let Entity::Unit(u) = e else { continue };
            let u = &u.unit;
            let org = agency(from.centre, &u.org);
            let s = score(
                &self.query,
                &[
                    (100, &fold(u.id.as_str())),
                    (95, &fold(&u.uk)),
                    (95, &fold(&u.en)),
                    (60, &fold(&org.uk)),
                    (60, &fold(&org.en)),
                    (60, &fold(u.org.as_str())),
                ],
            );
            self.take(Hit {
                kind: HitKind::Unit,
                target: Target::Unit(u.id.to_string()),
                name: both(&u.uk, &u.en),
                more: Both {
                    uk: format!("{} · {}", u.id, org.uk),
                    en: format!("{} · {}", u.id, org.en),
                },
                at: None,
                score: s,
                tie: u.id.to_string(),
            });
        }
    }

    fn track(&self, handle: u32, info: &TrackInfo, track: &ClientTrack) -> Option<Hit> {
        let name = info.name.as_deref().unwrap_or_default();
        let call = info.call_sign.as_deref().unwrap_or_default();
        let (ident, folded_name, folded_call) = (fold(&info.ident), fold(name), fold(call));
        let s = score(
            &self.query,
            &[(96, &ident), (90, &folded_name), (94, &folded_call)],
        );
        if s == 0 {
            return None;
        }
        let shown = [name, call, &info.ident]
            .into_iter()
            .find(|n| !n.is_empty())
            .unwrap_or_default();
        let also: Vec<&str> = [info.ident.as_str(), call]
            .into_iter()
            .filter(|m| !m.is_empty() && *m != shown)
            .collect();
        Some(Hit {
            kind: match info.domain {
                TrackDomain::Vessel => HitKind::Vessel,
                TrackDomain::Aircraft => HitKind::Aircraft,
                TrackDomain::Unit => HitKind::Unit,
                _ => HitKind::Track,
            },
            target: Target::Track(handle),
            name: same(shown),
            more: same(&also.join(" · ")),
            at: track.row.as_ref().map(|r| r.at),
            score: s,
            tie: format!("{}{handle:010}", info.ident),
        })
    }
}

fn same(text: &str) -> Both {
    both(text, text)
}

fn both(uk: &str, en: &str) -> Both {
    Both {
        uk: uk.to_owned(),
        en: en.to_owned(),
    }
}

fn agency(centre: &Centre, org: &OrgId) -> Both {
    Both {
        uk: centre.agency_name(org, Lang::Uk),
        en: centre.agency_name(org, Lang::En),
    }
}

fn section_middle(picture: &Picture, id: &oneroof_model::SectionId) -> Option<LatLon> {
    let s = section(picture, id)?;
    let points = if s.line.is_empty() {
        &s.polygon
    } else {
        &s.line
    };
    points.get(points.len() / 2).copied()
}

/// The entities of a kind; those of other kinds are passed over without a look.
fn is_listed(picture: &Picture, info: &TrackInfo) -> bool {
    let mut units = of_kind(picture, EntityKind::Unit);
    info.domain == TrackDomain::Unit && units.any(|u| u.key().id == info.ident)
}

pub(crate) fn of_kind(p: &Picture, kind: EntityKind) -> impl Iterator<Item = &Entity> {
    let first = EntityKey {
        kind,
        id: String::new(),
    };
    p.entities
        .range(first..)
        .take_while(move |(k, _)| k.kind == kind)
        .map(|(_, e)| e)
}

/// Where a hit lies now: what moves may have moved since it was found.
pub fn place_now(picture: &Picture, hit: &Hit) -> Option<LatLon> {
    match &hit.target {
        Target::Track(h) => picture.tracks.get(h)?.row.as_ref().map(|r| r.at),
        Target::Event(id) => {
            let e = event(picture, *id)?;
            anchor(picture, e.place.as_ref(), e.section.as_ref())
        }
        _ => hit.at,
    }
}

#[cfg(test)]
#[path = "find/tests.rs"]
mod tests;
