//! Placing names so that none lies on another: greedy, most important first.

use crate::map::mercator::Frame;

use super::file::{Named, PlaceClass};
use crate::words::Lang;

/// A name with its place on the canvas.
#[derive(Debug, Clone, PartialEq)]
pub struct Label<'a> {
    /// The text.
    pub text: &'a str,
    /// What it names.
    pub class: PlaceClass,
    /// The spot itself, CSS pixels.
    pub dot: (f64, f64),
    /// Left end and middle line of the text, CSS pixels; the centre for names without a dot.
    pub at: (f64, f64),
}

/// Most names on a canvas.
const MAX_LABELS: usize = 220;

/// Height of a name in CSS pixels at scale 1.
pub fn font_px(class: PlaceClass) -> f64 {
    match class {
        PlaceClass::State => 17.0,
        PlaceClass::Sea | PlaceClass::Capital => 15.0,
        PlaceClass::RegionCentre => 14.0,
        PlaceClass::Region | PlaceClass::Place => 13.0,
        PlaceClass::District => 12.5,
    }
}

fn text_of(place: &Named, lang: Lang) -> Option<&str> {
    let (first, second) = match lang {
        Lang::Uk => (&place.name.uk, &place.name.en),
        Lang::En => (&place.name.en, &place.name.uk),
    };
    first.as_deref().or(second.as_deref())
}

/// A box on the canvas: left, top, right, bottom.
type Rect = [f64; 4];

fn overlaps(a: &Rect, b: &Rect) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// Chooses the names of a canvas. `width_of` measures a text in CSS pixels at a font height; `scale` enlarges all.
pub fn place<'a>(
    places: impl Iterator<Item = &'a Named>,
    frame: &Frame,
    lang: Lang,
    scale: f64,
    width_of: impl Fn(&str, PlaceClass) -> f64,
) -> Vec<Label<'a>> {
    let mut taken: Vec<Rect> = Vec::new();
    let mut out = Vec::new();
    for p in places {
        if f64::from(p.z) > frame.zoom + 0.01 {
            continue;
        }
        // A region's name is drawn only while it helps: between the whole country and its towns.
        if p.class == PlaceClass::Region && !(6.0..9.0).contains(&frame.zoom) {
            continue;
        }
        let dot = frame.project(p.at);
        let Some(text) = text_of(p, lang).filter(|_| frame.holds(dot.0, dot.1, 0.0)) else {
            continue;
        };
        let (w, h) = (width_of(text, p.class), font_px(p.class) * scale * 1.25);
        let gap = 7.0 * scale;
        let tries: &[(f64, f64)] = if p.class.has_dot() {
            &[(gap, 0.0), (-gap - w, 0.0), (-w / 2.0, -h), (-w / 2.0, h)]
        } else {
            &[(-w / 2.0, 0.0)]
        };
        for (dx, dy) in tries {
            let (x, y) = (dot.0 + dx, dot.1 + dy);
            let rect = [x - 3.0, y - h / 2.0 - 1.0, x + w + 3.0, y + h / 2.0 + 1.0];
            if taken.iter().any(|t| overlaps(t, &rect)) {
                continue;
            }
            taken.push(rect);
            if p.class.has_dot() {
                let dot_r = 4.0 * scale;
                taken.push([dot.0 - dot_r, dot.1 - dot_r, dot.0 + dot_r, dot.1 + dot_r]);
            }
            out.push(Label {
                text,
                class: p.class,
                dot,
                at: (x, y),
            });
            break;
        }
        if out.len() >= MAX_LABELS {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::file::Name;
    use super::*;
    use crate::map::mercator::world_of_degrees;

    fn named(lat: f64, lon: f64, z: u8, class: PlaceClass, name: &str) -> Named {
        Named {
            at: world_of_degrees(lat, lon),
            z,
            class,
            country: "UA".into(),
            name: Name {
                uk: None,
                en: Some(name.into()),
            },
        }
    }

    fn frame(zoom: f64) -> Frame {
        let (x, y) = Frame {
            zoom,
            ..Frame::default()
        }
        .project(world_of_degrees(46.0, 30.0));
        Frame {
            zoom,
            left: x - 500.0,
            top: y - 500.0,
            width: 1000.0,
            height: 1000.0,
        }
    }

    fn texts(places: &[Named], zoom: f64) -> Vec<String> {
        let width = |t: &str, _: PlaceClass| 8.0 * f64::from(u8::try_from(t.len()).unwrap());
        place(places.iter(), &frame(zoom), Lang::Uk, 1.0, width)
            .iter()
            .map(|l| l.text.to_owned())
            .collect()
    }

    #[test]
    fn where_several_names_want_one_spot_the_most_important_ones_stay() {
        let at = |name: &str| named(46.0, 30.0, 5, PlaceClass::Place, name);
        let places: Vec<_> = ["A", "B", "C", "D", "E", "F"].map(at).to_vec();
        let kept = texts(&places, 6.0);
        assert_eq!(kept.first().map(String::as_str), Some("A"));
        assert!(kept.len() <= 4, "{kept:?}");
    }

    #[test]
    fn a_name_appears_from_its_zoom_on_and_falls_back_to_the_other_language() {
        let places = [named(46.0, 30.0, 7, PlaceClass::Place, "Bilhorod")];
        assert!(texts(&places, 6.0).is_empty());
        assert_eq!(texts(&places, 7.0), ["Bilhorod"]);
    }

    #[test]
    fn names_of_regions_go_when_towns_tell_more() {
        let places = [named(46.0, 30.0, 5, PlaceClass::Region, "Odesa oblast")];
        assert_eq!(texts(&places, 7.0).len(), 1);
        assert!(texts(&places, 9.0).is_empty());
    }
}
