//! Where something is, in names that an officer uses: crossing point, description, section, degrees.

use oneroof_model::{LatLon, Place, SectionId, SectionLevel};
use oneroof_wire::client::Picture;
use oneroof_wire::{BcpView, Entity, EntityKey, EntityKind, SectionView};

use crate::words::Lang;

/// A name in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Both {
    /// In Ukrainian.
    pub uk: String,
    /// In English.
    pub en: String,
}

impl Both {
    /// The name in a language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Uk => &self.uk,
            Lang::En => &self.en,
        }
    }
}

/// A place in words.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Where {
    /// The crossing point.
    pub bcp: Option<Both>,
    /// The sender's own words.
    pub described: Option<String>,
    /// The section's id and name.
    pub section: Option<(SectionId, Both)>,
    /// Degrees.
    pub at: Option<LatLon>,
}

impl Where {
    /// The best single line.
    pub fn line(&self, lang: Lang) -> Option<String> {
        self.bcp
            .as_ref()
            .map(|b| b.get(lang).to_owned())
            .or_else(|| self.described.clone())
            .or_else(|| self.section.as_ref().map(|(_, n)| n.get(lang).to_owned()))
            .or_else(|| self.at.map(degrees_text))
    }
}

/// South, west, north, east of positions; `None` where there are none.
pub fn bounds(positions: impl IntoIterator<Item = LatLon>) -> Option<[f64; 4]> {
    positions.into_iter().fold(None, |b, at| {
        let (lat, lon) = (at.lat(), at.lon());
        let [s, w, n, e] = b.unwrap_or([lat, lon, lat, lon]);
        Some([s.min(lat), w.min(lon), n.max(lat), e.max(lon)])
    })
}

/// Degrees with five digits, about a metre.
pub fn degrees_text(at: LatLon) -> String {
    let ns = if at.lat() < 0.0 { 'S' } else { 'N' };
    let ew = if at.lon() < 0.0 { 'W' } else { 'E' };
    format!("{:.5}° {ns}  {:.5}° {ew}", at.lat().abs(), at.lon().abs())
}

/// A section of the picture.
pub fn section<'a>(picture: &'a Picture, id: &SectionId) -> Option<&'a SectionView> {
    let key = EntityKey {
        kind: EntityKind::Section,
        id: id.to_string(),
    };
    match picture.entities.get(&key) {
        Some(Entity::Section(s)) => Some(s),
        _ => None,
    }
}

fn bcp<'a>(picture: &'a Picture, id: &oneroof_model::BcpId) -> Option<&'a BcpView> {
    let key = EntityKey {
        kind: EntityKind::Bcp,
        id: id.to_string(),
    };
    match picture.entities.get(&key) {
        Some(Entity::Bcp(b)) => Some(b),
        _ => None,
    }
}

/// The words for a place and the section that the room decided.
pub fn place_of(picture: &Picture, place: Option<&Place>, in_section: Option<&SectionId>) -> Where {
    let section_id = in_section.or_else(|| place.and_then(|p| p.section.as_ref()));
    Where {
        bcp: place
            .and_then(|p| p.bcp.as_ref())
            .and_then(|id| bcp(picture, id))
            .map(|b| Both {
                uk: b.uk.clone(),
                en: b.en.clone(),
            }),
        described: place.and_then(|p| p.described.clone()),
        section: section_id.map(|id| {
            let name = section(picture, id).map_or_else(
                || Both {
                    uk: id.to_string(),
                    en: id.to_string(),
                },
                |s| Both {
                    uk: s.uk.clone(),
                    en: s.en.clone(),
                },
            );
            (id.clone(), name)
        }),
        at: place.and_then(Place::anchor),
    }
}

/// Where to draw a symbol: the place's own shape, else its crossing point, else the middle of its section.
pub fn anchor(
    picture: &Picture,
    place: Option<&Place>,
    in_section: Option<&SectionId>,
) -> Option<LatLon> {
    let of_section = |id: &SectionId| {
        let s = section(picture, id)?;
        if s.line.is_empty() {
            s.polygon.get(s.polygon.len() / 2).copied()
        } else {
            s.line.get(s.line.len() / 2).copied()
        }
    };
    place
        .and_then(Place::anchor)
        .or_else(|| {
            place
                .and_then(|p| p.bcp.as_ref())
                .and_then(|id| bcp(picture, id))
                .map(|b| b.at)
        })
        .or_else(|| in_section.and_then(of_section))
        .or_else(|| place.and_then(|p| p.section.as_ref()).and_then(of_section))
}

/// How a section is drawn: in colour only where it is abnormal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SectionTint {
    /// A thin quiet line.
    Quiet,
    /// Level high.
    High,
    /// Level critical.
    Critical,
}

/// The tint of a level. Low and medium are the ordinary state of a border and stay quiet.
pub const fn tint(level: SectionLevel) -> SectionTint {
    match level {
        SectionLevel::Low | SectionLevel::Medium => SectionTint::Quiet,
        SectionLevel::High => SectionTint::High,
        SectionLevel::Critical => SectionTint::Critical,
    }
}

/// State of a crossing point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BcpState {
    /// Open.
    Open,
    /// Something is limited.
    Limited,
    /// Closed.
    Closed,
    /// Nobody said anything that we know.
    Unknown,
}

/// State of a crossing point by its word.
pub fn bcp_state(status: &str) -> BcpState {
    match status {
        "open" => BcpState::Open,
        "limited" => BcpState::Limited,
        "closed" => BcpState::Closed,
        _ => BcpState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Picture {
        let p = |lat, lon| LatLon::new(lat, lon).unwrap();
        let mut picture = Picture::default();
        let s = Entity::Section(SectionView {
            id: "UA-RO-01".into(),
            uk: "Тиса".into(),
            en: "Tysa".into(),
            neighbour: "RO".into(),
            domain: "river".into(),
            level: SectionLevel::Medium,
            open_events: 0,
            line: vec![p(48.0, 23.0), p(47.9, 23.5), p(47.9, 24.0)],
            polygon: vec![],
        });
        picture.entities.insert(s.key(), s);
        picture
    }

    #[test]
    fn a_place_known_only_by_its_section_is_drawn_in_the_middle_of_it() {
        let id: SectionId = "UA-RO-01".into();
        let at = anchor(&picture(), Some(&Place::default()), Some(&id)).unwrap();
        assert!((at.lon() - 23.5).abs() < 1e-9);
        let w = place_of(&picture(), None, Some(&id));
        assert_eq!(w.line(Lang::Uk).as_deref(), Some("Тиса"));
    }

    #[test]
    fn the_senders_words_come_before_the_section() {
        let place = Place {
            described: Some("вул. Річна".into()),
            ..Place::default()
        };
        let w = place_of(&picture(), Some(&place), Some(&"UA-RO-01".into()));
        assert_eq!(w.line(Lang::En).as_deref(), Some("вул. Річна"));
    }

    #[test]
    fn only_high_and_critical_sections_have_a_colour() {
        assert_eq!(tint(SectionLevel::Medium), SectionTint::Quiet);
        assert_eq!(tint(SectionLevel::High), SectionTint::High);
        assert_eq!(tint(SectionLevel::Critical), SectionTint::Critical);
    }

    #[test]
    fn degrees_name_their_hemispheres() {
        let at = LatLon::new(-45.3, 28.85).unwrap();
        assert_eq!(degrees_text(at), "45.30000° S  28.85000° E");
    }
}
