//! A Cursor on Target event as it is sent, before anything is concluded from it.
//!
//! Attributes and their meaning: MITRE, "Cursor on Target Message Router User's Guide" and the CoT base schema 2.0
//! (`Event.xsd`); names of the protocol buffer fields: TAK protocol version 1, `cotevent.proto`.

use oneroof_model::{LatLon, Time};

use super::Element;

/// What CoT writes for a height or an error that is not known, metres.
pub const UNKNOWN_M: f64 = 9_999_999.0;

/// Values of a height or an error from here on are not known, metres: senders also write 999999 (TAK Server where the
/// attribute is missing), 9999999 and larger.
const UNKNOWN_FROM_M: f64 = 999_999.0;

/// Where an event is, on WGS 84.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Latitude in degrees, -90 to 90, north positive.
    pub lat: f64,
    /// Longitude in degrees, -180 to 180, east positive.
    pub lon: f64,
    /// Height above the ellipsoid in metres; [`UNKNOWN_M`] = not known.
    pub hae: f64,
    /// Circular error in metres; [`UNKNOWN_M`] = not known.
    pub ce: f64,
    /// Linear (vertical) error in metres; [`UNKNOWN_M`] = not known.
    pub le: f64,
}

impl Point {
    /// A place of which nothing but latitude and longitude is known.
    pub const fn at(at: LatLon) -> Self {
        Self {
            lat: at.lat(),
            lon: at.lon(),
            hae: UNKNOWN_M,
            ce: UNKNOWN_M,
            le: UNKNOWN_M,
        }
    }

    /// No place: what messages of the protocol itself carry, and senders without a fix.
    pub const NOWHERE: Self = Self {
        lat: 0.0,
        lon: 0.0,
        hae: UNKNOWN_M,
        ce: UNKNOWN_M,
        le: UNKNOWN_M,
    };

    /// The position. Exactly 0, 0 is how CoT says that there is none: the point is required.
    pub fn position(&self) -> Option<LatLon> {
        if self.lat == 0.0 && self.lon == 0.0 {
            return None;
        }
        LatLon::new(self.lat, self.lon).ok()
    }

    /// Height above the ellipsoid in metres, where it is known.
    pub fn hae_m(&self) -> Option<f64> {
        (self.hae < UNKNOWN_FROM_M).then_some(self.hae)
    }

    /// Circular error in metres, where it is known. None is exactly 0, which is what a protocol buffer says that has none.
    pub fn ce_m(&self) -> Option<f64> {
        known_error(self.ce)
    }

    /// Linear error in metres, where it is known; as [`Self::ce_m`].
    pub fn le_m(&self) -> Option<f64> {
        known_error(self.le)
    }
}

fn known_error(metres: f64) -> Option<f64> {
    (metres > 0.0 && metres < UNKNOWN_FROM_M).then_some(metres)
}

/// One event. Texts that are empty count as not there.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Version of the schema as sent (`2.0`); a protocol buffer has none.
    pub version: Option<String>,
    /// Globally unique name of the thing or happening; never empty.
    pub uid: String,
    /// Type, segments parted by hyphens (`a-f-G-U-C`); never empty.
    pub kind: String,
    /// How the point was found (`m-g`: machine, GPS).
    pub how: Option<String>,
    /// When the event was made.
    pub time: Time,
    /// From when it holds.
    pub start: Option<Time>,
    /// Until when it holds; before `start` it withdraws the thing.
    pub stale: Option<Time>,
    /// Who may have it, in the sender's words (`Undefined`, `Unclassified`).
    pub access: Option<String>,
    /// Quality of service, `priority-overtaking-assurance` (`5-r-d`).
    pub qos: Option<String>,
    /// Operation (`o`), exercise (`e`) or simulation (`s`), with a nickname after a hyphen.
    pub opex: Option<String>,
    /// Restrictions of passing on.
    pub caveat: Option<String>,
    /// To whom it may be passed on.
    pub releasable_to: Option<String>,
    /// Where.
    pub point: Point,
    /// Everything else, as an element `detail`.
    pub detail: Option<Element>,
    /// Attributes of `event` that the schema does not know; XML only.
    pub more: Vec<(String, String)>,
    /// Attributes of `point` that the schema does not know; XML only.
    pub point_more: Vec<(String, String)>,
    /// Elements in `event` beside `point` and `detail`; XML only.
    pub beside: Vec<Element>,
}

impl Event {
    /// An event with what it can not do without, made and valid from `time` until `stale`.
    pub fn new(uid: &str, kind: &str, how: &str, time: Time, stale: Time) -> Self {
        Self {
            version: None,
            uid: uid.to_owned(),
            kind: kind.to_owned(),
            how: Some(how.to_owned()),
            time,
            start: Some(time),
            stale: Some(stale),
            access: None,
            qos: None,
            opex: None,
            caveat: None,
            releasable_to: None,
            point: Point::NOWHERE,
            detail: None,
            more: Vec::new(),
            point_more: Vec::new(),
            beside: Vec::new(),
        }
    }

    /// The first element of that name in the detail.
    pub fn detail(&self, name: &str) -> Option<&Element> {
        self.detail.as_ref()?.child(name)
    }

    /// The elements in the detail.
    pub fn details(&self) -> impl Iterator<Item = &Element> {
        self.detail.iter().flat_map(Element::children)
    }

    /// Adds an element to the detail.
    pub fn push_detail(&mut self, element: Element) {
        let detail = self.detail.get_or_insert_with(|| Element::new("detail"));
        detail.nodes.push(super::Node::Element(element));
    }

    /// The call sign of whoever or whatever it is (`contact`).
    pub fn callsign(&self) -> Option<&str> {
        self.detail("contact")?.filled("callsign")
    }

    /// Whether it withdraws the thing: stale before it starts (MITRE's "drop track").
    pub fn is_dropped(&self) -> bool {
        let start = self.start.unwrap_or(self.time);
        self.stale.is_some_and(|stale| stale < start)
    }

    /// The segments of its type.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.kind.split('-')
    }

    /// Whether its type is that one or below it: `b-a-o` holds for `b-a-o-tbl`. A dot stands for any one segment.
    pub fn is_a(&self, kind: &str) -> bool {
        is_below(&self.kind, kind)
    }
}

/// Whether a type is `above` or below it; a dot in `above` stands for any one segment.
pub(super) fn is_below(kind: &str, above: &str) -> bool {
    if !above.contains('.') {
        // As most are: asked of every event many times.
        let rest = kind.strip_prefix(above);
        return rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    }
    let mut own = kind.split('-');
    above
        .split('-')
        .all(|want| own.next().is_some_and(|have| want == "." || want == have))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_holds_those_below_it_by_whole_segments() {
        for (kind, above, expected) in [
            ("b-a-o-tbl", "b-a-o", true),
            ("b-a-o", "b-a-o", true),
            ("b-a-opn", "b-a-o", false),
            ("b-a", "b-a-o", false),
            ("a-u-X-i-f-w", "a-.-X-i-f", true),
            ("a-u-S-X-i", "a-.-X-i", false),
        ] {
            assert_eq!(is_below(kind, above), expected, "{kind} {above}");
        }
    }

    #[test]
    fn what_stands_for_unknown_is_unknown() {
        let mut point = Point::NOWHERE;
        assert_eq!(
            (point.position(), point.hae_m(), point.ce_m(), point.le_m()),
            (None, None, None, None)
        );
        point = Point {
            lat: 48.0,
            lon: 24.0,
            hae: -20.5,
            ce: 0.0,
            le: 4.0,
        };
        assert!(point.position().is_some());
        assert_eq!(
            (point.hae_m(), point.ce_m(), point.le_m()),
            (Some(-20.5), None, Some(4.0))
        );
    }

    #[test]
    fn an_event_is_dropped_where_it_is_stale_before_it_starts() {
        let at = Time::from_secs(1_795_401_660);
        let event = |stale| Event::new("u", "a-f-G", "m-g", at, stale);
        assert!(event(at.plus_secs(-1)).is_dropped());
        assert!(!event(at).is_dropped());
    }
}
