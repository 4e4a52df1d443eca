//! Which symbol of MIL-STD-2525D (APP-6D) stands for a track or an event: its number of 20 digits. What is not known is
//! *unknown*: nobody is called neutral or a friend who is not known to be one. Pure.

use oneroof_model::{EventType, TypeCode};

use super::symbols::Shape;

/// Standard identities that are used (2525D, table A-III).
const UNKNOWN: char = '1';
const FRIEND: char = '3';

/// The symbol set of activities.
const ACTIVITY: &str = "40";

/// A number: version 10, reality, the identity, a symbol set, present, the entity, no modifiers.
fn number(identity: char, set: &str, entity: &str) -> String {
    format!("100{identity}{set}0000{entity}0000")
}

/// The symbol of a shape of tracks; `None` for what marks a place or calls for help: there our own sign stays.
pub fn of_shape(shape: Shape) -> Option<String> {
    let vessel = |entity| Some(number(UNKNOWN, "30", entity));
    let aircraft = |entity| Some(number(UNKNOWN, "01", entity));
    match shape {
        Shape::Mark | Shape::Distress => None,
        // Something that a sensor saw on the ground.
        Shape::Sensor => Some(number(UNKNOWN, "15", "000000")),
        // A vessel for search and rescue has no symbol of its own at sea.
        Shape::Vessel | Shape::Rescue => vessel("000000"),
        Shape::Cargo => vessel("140101"),
        Shape::Tanker => vessel("140109"),
        Shape::Passenger => vessel("140110"),
        Shape::Fishing => vessel("140200"),
        Shape::Law => vessel("140300"),
        Shape::Vehicle => Some(number(UNKNOWN, "15", "160000")),
        Shape::Aircraft => aircraft("000000"),
        // The categories of ADS-B are those of civil aviation.
        Shape::Helicopter => aircraft("120200"),
        Shape::Uav => aircraft("120300"),
        Shape::Unit => Some(number(FRIEND, "10", "000000")),
    }
}

/// Shapes in the order of the sprite sheet, without the units.
const SHAPES: [Shape; 14] = [
    Shape::Mark,
    Shape::Sensor,
    Shape::Vessel,
    Shape::Cargo,
    Shape::Tanker,
    Shape::Passenger,
    Shape::Fishing,
    Shape::Law,
    Shape::Rescue,
    Shape::Vehicle,
    Shape::Aircraft,
    Shape::Helicopter,
    Shape::Uav,
    Shape::Distress,
];

/// Symbols of the rows of the sprite sheet.
pub fn rows() -> [Option<String>; 14] {
    SHAPES.map(of_shape)
}

/// The battle dimension of a Cursor on Target type (`a-u-S-X`: its third part) as a symbol set.
fn set_of_cot(cot: &str) -> Option<&'static str> {
    let mut parts = cot.split('-');
    if parts.next() != Some("a") {
        return None;
    }
    match parts.nth(1) {
        Some("A") => Some("01"),
        Some("G") => Some("10"),
        Some("S") => Some("30"),
        Some("U") => Some("35"),
        _ => None,
    }
}

/// The symbol of an event: the activity that its type names (`sidc40`), else what its Cursor on Target type is about, else an
/// activity of which no more is known. Whose it is, is never known.
pub fn of_event(types: &[EventType], code: Option<&TypeCode>) -> String {
    let known = code.and_then(|c| types.iter().find(|t| t.code == *c));
    let entity = known
        .and_then(|t| t.sidc40.as_deref())
        .filter(|e| e.len() == 6 && e.bytes().all(|b| b.is_ascii_digit()));
    if let Some(entity) = entity {
        return number(UNKNOWN, ACTIVITY, entity);
    }
    let set = known.and_then(|t| t.cot.as_deref()).and_then(set_of_cot);
    number(UNKNOWN, set.unwrap_or(ACTIVITY), "000000")
}

#[cfg(test)]
mod tests {
    use oneroof_model::{EventImpact, SubLayer};

    use super::*;

    fn event_type(code: &str, cot: Option<&str>, sidc40: Option<&str>) -> EventType {
        EventType {
            code: code.into(),
            uk: "т".to_owned(),
            en: "t".to_owned(),
            sub_layer: SubLayer::Ubc,
            default_impact: EventImpact::Medium,
            lead: "BG".into(),
            support: Vec::new(),
            cot: cot.map(str::to_owned),
            cap: None,
            cise_class: None,
            cise_type: None,
            sidc40: sidc40.map(str::to_owned),
        }
    }

    #[test]
    fn a_number_has_twenty_digits() {
        for sidc in rows().into_iter().flatten() {
            assert_eq!(sidc.len(), 20, "{sidc}");
            assert!(sidc.bytes().all(|b| b.is_ascii_digit()), "{sidc}");
        }
        assert_eq!(rows().len(), usize::from(Shape::Unit as u16));
        for (at, shape) in SHAPES.iter().enumerate() {
            assert_eq!(usize::from(*shape as u16), at, "{shape:?}");
        }
    }

    #[test]
    fn only_own_units_are_friends_and_everybody_else_is_unknown() {
        let identity = |shape| of_shape(shape).and_then(|s| s.chars().nth(3));
        assert_eq!(identity(Shape::Unit), Some('3'));
        for shape in SHAPES {
            assert!(
                matches!(identity(shape), None | Some('1')),
                "{shape:?} is called more than unknown"
            );
        }
        assert_eq!(of_shape(Shape::Distress), None, "our own sign stays");
    }

    #[test]
    fn an_event_has_the_activity_of_its_type() {
        let types = [
            event_type("UBC01", Some("b-l-l-l-sp"), Some("130900")),
            event_type("MAR01", Some("a-u-S-X"), None),
            event_type("AIR01", Some("a-u-A"), None),
            event_type("BCP03", Some("b-l-i"), None),
            event_type("BAD01", None, Some("13x900")),
        ];
        let of = |code: &str| of_event(&types, Some(&code.into()));
        assert_eq!(of("UBC01"), "10014000001309000000");
        assert_eq!(of("MAR01"), "10013000000000000000");
        assert_eq!(of("AIR01"), "10010100000000000000");
        for code in ["BCP03", "BAD01", "ZZZ99"] {
            assert_eq!(of(code), "10014000000000000000", "{code}");
        }
        assert_eq!(of_event(&types, None), "10014000000000000000");
    }
}
