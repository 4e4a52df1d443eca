//! A telephone call as it is typed: one line (`UBC01 UA-RO-01 km 12 4 persons 0310 police ...`) or fields, understood
//! piece by piece. What is not understood is text, and is shown as such. Pure.

use oneroof_geo::{Mgrs, at_distance, length_m, parse_position};
use oneroof_model::{
    Actor, BcpId, CommandId, CountRange, EventType, Geometry, Interval, LatLon, OrgId, Place,
    PlaceKind, SectionId, Time, TypeCode,
};
use oneroof_wire::client::Picture;
use oneroof_wire::{BcpView, Entity, ReportRequest, SectionView};

use crate::centre::{Badge, Centre};
use crate::find;
use crate::fold::{fold, words};
use crate::view::places::{Both, section};
use crate::when::{self, Offset};

#[path = "call/line.rs"]
mod line;

pub use line::{Meaning, Part, read_line};

/// Longest headline that is made of the text, characters.
const MAX_TITLE: usize = 100;

/// Most suggestions for a field.
const MAX_SUGGESTED: usize = 8;

/// What the reading rests on.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Crossing points and sections.
    pub picture: &'a Picture,
    /// Types and agencies.
    pub centre: &'a Centre,
    /// Now.
    pub now: Time,
    /// The zone of typed times.
    pub offset: Offset<'a>,
}

/// Where a call says that it happened.
#[derive(Debug, Clone, PartialEq)]
pub enum CallPlace {
    /// At a crossing point.
    Bcp {
        /// Which.
        id: BcpId,
        /// Its name.
        name: Both,
    },
    /// In a section, or at a kilometre of it.
    Section {
        /// Which.
        id: SectionId,
        /// Its name.
        name: Both,
        /// Kilometres from its beginning, and where that is.
        km: Option<(f64, LatLon)>,
    },
    /// At a position.
    At {
        /// Where.
        at: LatLon,
        /// Circular error in metres, where the form of the position says it (a square of MGRS).
        ce_m: Option<f64>,
    },
}

/// Why a text is no place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoPlace {
    /// Nothing of that name, and no position.
    Unknown,
    /// The section ends before that kilometre; its length in kilometres.
    Beyond(f64),
    /// The section has no line to measure along.
    NoLine,
}

impl CallPlace {
    /// The place as the server takes it.
    pub fn to_model(&self) -> Place {
        match self {
            Self::Bcp { id, .. } => Place {
                kind: PlaceKind::CrossingPoint,
                bcp: Some(id.clone()),
                ..Place::default()
            },
            Self::Section { id, km: None, .. } => Place {
                kind: PlaceKind::Section,
                section: Some(id.clone()),
                ..Place::default()
            },
            Self::Section {
                id,
                km: Some((km, at)),
                ..
            } => Place {
                geometry: Some(Geometry::Point { at: *at }),
                kind: PlaceKind::Sighting,
                section: Some(id.clone()),
                described: Some(format!("{id} km {km}")),
                ..Place::default()
            },
            Self::At { at, ce_m } => Place {
                geometry: Some(Geometry::Point { at: *at }),
                ce_m: *ce_m,
                kind: PlaceKind::Sighting,
                ..Place::default()
            },
        }
    }

    /// Where to show it on the map.
    pub fn at(&self, picture: &Picture) -> Option<LatLon> {
        match self {
            Self::At { at, .. }
            | Self::Section {
                km: Some((_, at)), ..
            } => Some(*at),
            Self::Bcp { .. } | Self::Section { .. } => {
                let place = self.to_model();
                crate::view::places::anchor(picture, Some(&place), None)
            }
        }
    }
}

/// What of a call is known so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Call {
    /// What.
    pub type_code: Option<TypeCode>,
    /// Where.
    pub place: Option<CallPlace>,
    /// Which agency called.
    pub org: Option<OrgId>,
    /// When it happened; where nobody said, when it was told.
    pub when: Option<Time>,
    /// How many persons.
    pub persons: Option<CountRange>,
    /// Whether a life is at risk; a call that does not say so leaves it open.
    pub life: bool,
    /// The rest, in words.
    pub text: String,
}

/// What a call must have before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The type.
    Type,
    /// The place.
    Place,
    /// The agency.
    Agency,
}

impl Missing {
    /// Its words' key in the catalogue.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Type => "call.missing.type",
            Self::Place => "call.missing.place",
            Self::Agency => "call.missing.agency",
        }
    }
}

impl Call {
    /// The call that the parts of a line make.
    pub fn of_parts(parts: &[Part]) -> Self {
        let mut call = Self::default();
        let mut text: Vec<&str> = Vec::new();
        for part in parts {
            match &part.means {
                Meaning::Type(code) => call.type_code = Some(code.clone()),
                Meaning::Place(place) => call.place = Some(place.clone()),
                Meaning::Agency(org) => call.org = Some(org.clone()),
                Meaning::When(t) => call.when = Some(*t),
                Meaning::Persons(n) => call.persons = Some(*n),
                Meaning::Life => call.life = true,
                Meaning::Text | Meaning::Beyond(_) => text.push(&part.said),
            }
        }
        call.text = text.join(" ");
        call
    }

    /// What is still missing.
    pub fn missing(&self) -> Vec<Missing> {
        let mut out = Vec::new();
        if self.type_code.is_none() {
            out.push(Missing::Type);
        }
        if self.place.is_none() {
            out.push(Missing::Place);
        }
        if self.org.is_none() {
            out.push(Missing::Agency);
        }
        out
    }

    /// The request to the server; `None` while something is missing.
    pub fn request(&self, id: CommandId, by: Actor, called_at: Time) -> Option<ReportRequest> {
        let text = self.text.trim();
        let (title, text) = headline(text);
        Some(ReportRequest {
            id,
            by,
            org: self.org.clone()?,
            type_code: self.type_code.clone()?,
            called_at,
            occurred: self.when.map(Interval::at),
            place: self.place.as_ref()?.to_model(),
            persons: self.persons,
            life_at_risk: self.life.then_some(true),
            title,
            text,
            source_kind: None,
        })
    }
}

/// A headline, and the whole text where it does not fit into one.
fn headline(text: &str) -> (Option<String>, Option<String>) {
    if text.is_empty() {
        return (None, None);
    }
    let first = text.lines().next().unwrap_or_default();
    if first.chars().count() <= MAX_TITLE {
        let rest = (first.len() < text.len()).then(|| text.to_owned());
        return (Some(first.trim().to_owned()), rest);
    }
    let cut: String = first.chars().take(MAX_TITLE).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    (Some(format!("{cut}\u{2026}")), Some(text.to_owned()))
}

fn bcps(picture: &Picture) -> impl Iterator<Item = &BcpView> {
    picture.entities.values().filter_map(|e| match e {
        Entity::Bcp(b) => Some(b),
        _ => None,
    })
}

fn sections(picture: &Picture) -> impl Iterator<Item = &SectionView> {
    picture.entities.values().filter_map(|e| match e {
        Entity::Section(s) => Some(s),
        _ => None,
    })
}

fn bcp_place(b: &BcpView) -> CallPlace {
    CallPlace::Bcp {
        id: b.id.clone(),
        name: Both {
            uk: b.uk.clone(),
            en: b.en.clone(),
        },
    }
}

/// A section, and where its kilometre lies.
fn section_place(s: &SectionView, km: Option<f64>) -> Result<CallPlace, NoPlace> {
    let km = match km {
        None => None,
        Some(_) if s.line.is_empty() => return Err(NoPlace::NoLine),
        Some(km) => {
            let length = length_m(&s.line) / 1_000.0;
            let at = at_distance(&s.line, km * 1_000.0).ok_or(NoPlace::Beyond(length))?;
            Some((km, at))
        }
    };
    Ok(CallPlace::Section {
        id: s.id.clone(),
        name: Both {
            uk: s.uk.clone(),
            en: s.en.clone(),
        },
        km,
    })
}

/// The crossing point or section that a text names exactly: by its id, or by its name in either language.
fn named(picture: &Picture, text: &str) -> Option<CallPlace> {
    let folded = fold(text);
    if folded.is_empty() {
        return None;
    }
    let is = |id: &str, uk: &str, en: &str| [id, uk, en].iter().any(|n| fold(n) == folded);
    bcps(picture)
        .find(|b| is(b.id.as_str(), &b.uk, &b.en))
        .map(bcp_place)
        .or_else(|| {
            let s = sections(picture).find(|s| is(s.id.as_str(), &s.uk, &s.en))?;
            section_place(s, None).ok()
        })
}

/// A position in any form, where the text is plainly one: a sign of degrees, letters or decimals, and enough digits
/// that it is no count and no date.
fn position(text: &str) -> Option<CallPlace> {
    let marked = text.contains(|c: char| c.is_alphabetic() || matches!(c, '.' | ',' | '°'));
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if !marked || digits < 6 {
        return None;
    }
    let at = parse_position(text).ok()?;
    let ce_m = text
        .parse::<Mgrs>()
        .ok()
        // Half the diagonal of the square.
        .map(|m| (f64::from(m.precision().side_m()) * 0.71).ceil());
    Some(CallPlace::At { at, ce_m })
}

/// A number of kilometres: `12`, `12.5`, `12,5`.
fn kilometres(text: &str) -> Option<f64> {
    let km: f64 = text.replace(',', ".").parse().ok()?;
    (0.0..=5_000.0).contains(&km).then_some(km)
}

/// Reads what was typed as a place: id or name of a crossing point or a section, `UA-RO-01 km 12`, a position.
///
/// # Errors
/// Where it is none.
pub fn read_place(text: &str, picture: &Picture) -> Result<CallPlace, NoPlace> {
    let text = text.trim();
    if let Some(place) = named(picture, text) {
        return Ok(place);
    }
    let lower = text.to_lowercase();
    for unit in ["km", "км"] {
        if let Some((name, km)) = lower.split_once(unit)
            && let (Some(km), Some(CallPlace::Section { id, .. })) =
                (kilometres(km.trim()), named(picture, name))
            && let Some(s) = section(picture, &id)
        {
            return section_place(s, Some(km));
        }
    }
    position(text).ok_or(NoPlace::Unknown)
}

/// Crossing points and sections that fit the beginning of a text, the best first; at most eight.
pub fn suggest_places(text: &str, picture: &Picture) -> Vec<CallPlace> {
    let query = words(text);
    let mut out: Vec<(u32, CallPlace)> = bcps(picture)
        .map(|b| {
            let s = find::fit_names(&query, &[b.id.as_str(), &b.uk, &b.en]);
            (s, bcp_place(b))
        })
        .chain(sections(picture).filter_map(|s| {
            let fits = find::fit_names(&query, &[s.id.as_str(), &s.uk, &s.en]);
            Some((fits, section_place(s, None).ok()?))
        }))
        .filter(|(s, _)| *s > 0)
        .collect();
    out.sort_by_key(|(s, _)| core::cmp::Reverse(*s));
    out.truncate(MAX_SUGGESTED);
    out.into_iter().map(|(_, p)| p).collect()
}

/// Event types that fit a text by code or name in either language, the best first; at most eight.
pub fn suggest_types<'a>(text: &str, centre: &'a Centre) -> Vec<&'a EventType> {
    let query = words(text);
    let mut out: Vec<(u32, &EventType)> = centre
        .event_types
        .iter()
        .map(|t| {
            let s = find::fit_names(&query, &[t.code.as_str(), &t.uk, &t.en]);
            (s, t)
        })
        .filter(|(s, _)| *s > 0)
        .collect();
    out.sort_by_key(|(s, _)| core::cmp::Reverse(*s));
    out.truncate(MAX_SUGGESTED);
    out.into_iter().map(|(_, t)| t).collect()
}

/// Reads a number of persons: `4`, `3-5`, `>10`, `10+`, `<5`.
pub fn read_persons(text: &str) -> Option<CountRange> {
    let n = |t: &str| -> Option<u32> {
        let t = t.trim();
        (!t.is_empty() && t.len() <= 5 && t.bytes().all(|b| b.is_ascii_digit()))
            .then(|| t.parse().ok())
            .flatten()
    };
    let text = text.trim().trim_start_matches(['~', '≈']);
    let range = |min, max| CountRange { n: None, min, max };
    if let Some(rest) = text
        .strip_prefix(['>', '≥'])
        .or_else(|| text.strip_suffix('+'))
    {
        return Some(range(Some(n(rest)?), None));
    }
    if let Some(rest) = text.strip_prefix(['<', '≤']) {
        return Some(range(None, Some(n(rest)?)));
    }
    if let Some((least, most)) = text.split_once(['-', '\u{2013}']) {
        let (least, most) = (n(least)?, n(most)?);
        return (least <= most).then(|| range(Some(least), Some(most)));
    }
    n(text).map(CountRange::exactly)
}

/// The agency that a word names: by its code, its badge, or a word that stands in the name of no other.
fn agency(centre: &Centre, word: &str) -> Option<OrgId> {
    let by_sign = centre.agencies.iter().find(|a| {
        let code = a.code.as_str();
        let badge = match &a.badge {
            Badge::One(b) => b == word,
            Badge::Each { uk, en } => uk == word || en == word,
        };
        code.eq_ignore_ascii_case(word) || badge
    });
    if let Some(a) = by_sign {
        return Some(a.code.clone());
    }
    let folded = fold(word);
    // Words of names that stand in half of all reports as well.
    let common = ["border", "securiti", "bezpeki", "situatsi", "sea"];
    if folded.chars().count() < 4 || common.iter().any(|c| folded.starts_with(c)) {
        return None;
    }
    // Ukrainian changes the ends of words: поліція, поліції.
    let stem: String = {
        let n = folded.chars().count();
        folded.chars().take(n.saturating_sub(2).max(5)).collect()
    };
    let mut fitting = centre.agencies.iter().filter(|a| {
        [&a.uk, &a.en].iter().any(|name| {
            words(name)
                .iter()
                .any(|w| *w == folded || (stem.len() >= 5 && w.starts_with(&stem)))
        })
    });
    match (fitting.next(), fitting.next()) {
        (Some(a), None) => Some(a.code.clone()),
        _ => None,
    }
}

#[cfg(test)]
#[path = "call/tests.rs"]
mod tests;
