//! What the types of CoT mean here, and which types our own things have in CoT.
//!
//! Types: MITRE's CoT type list v1.80. Types of events: domain digest 7.3, the same as `codes.cot` in
//! `config/event-types.yaml`.

use oneroof_model::{TrackDomain, UnitKind};

use super::event::{Event, is_below};

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// An own unit.
    Unit,
    /// Something else that moves or stands.
    Track(TrackDomain),
    /// A happening, a marker, a drawing, a message.
    Report,
    /// The sender withdraws something.
    Delete,
    /// A sign of life.
    Heartbeat,
    /// Known and out of scope.
    Skip(&'static str),
}

/// Types that are out of scope, by what they are counted as; the first that holds.
const SKIPPED: &[(&str, &str)] = &[
    ("t-x-takp", "tak_negotiation"),
    ("t-x-m", "tak_mission"),
    ("t-x", "tak_message"),
    ("t", "cot_tasking"),
    ("y", "cot_reply"),
    ("r", "cot_reservation"),
    ("c", "cot_capability"),
    ("b-t-f-d", "chat_receipt"),
    ("b-t-f-r", "chat_receipt"),
    ("b-t-f-p", "chat_receipt"),
    ("b-t-f-s", "chat_receipt"),
    ("b-f-t", "tak_file_transfer"),
];

/// What an event is.
pub(super) fn meaning(event: &Event) -> Meaning {
    if event.is_a("t-x-c-t") {
        return Meaning::Heartbeat;
    }
    if event.is_a("t-x-d-d") {
        return Meaning::Delete;
    }
    if let Some((_, kind)) = SKIPPED.iter().find(|(above, _)| event.is_a(above)) {
        return Meaning::Skip(kind);
    }
    let mut segments = event.segments();
    match (segments.next(), segments.next(), segments.next()) {
        (Some("a"), affiliation, dimension) => atom(affiliation, dimension),
        // The point a sensor looks at moves with it.
        _ if event.is_a("b-m-p-s-p-i") => Meaning::Track(TrackDomain::Sensor),
        _ => Meaning::Report,
    }
}

fn atom(affiliation: Option<&str>, dimension: Option<&str>) -> Meaning {
    // "Other" are incidents: what happens, not what moves.
    if dimension == Some("X") {
        return Meaning::Report;
    }
    if affiliation == Some("f") {
        return Meaning::Unit;
    }
    Meaning::Track(domain(dimension))
}

/// The world of an atom that has no better identifier than its uid.
pub(super) fn domain(dimension: Option<&str>) -> TrackDomain {
    match dimension {
        Some("A") => TrackDomain::Aircraft,
        Some("S" | "U") => TrackDomain::Vessel,
        Some("G" | "F") => TrackDomain::Vehicle,
        _ => TrackDomain::Sensor,
    }
}

/// The kind of a friendly atom, where its type says so; the first that holds.
const UNIT_KINDS: &[(&str, UnitKind)] = &[
    ("a-f-A-.-F-q", UnitKind::Uav),
    ("a-f-A-C-q", UnitKind::Uav),
    ("a-f-A-.-.-Q", UnitKind::Uav),
    ("a-f-A-M-Q", UnitKind::Uav),
    ("a-f-A-.-H", UnitKind::Helicopter),
    ("a-f-G-U-i-l-hps", UnitKind::Helicopter),
    ("a-f-G-U-i-l-tt", UnitKind::ReactionGroup),
    ("a-f-G-U-i-m", UnitKind::Ambulance),
    ("a-f-G-U-i-f", UnitKind::Rescue),
    ("a-f-G-U-i-s", UnitKind::Rescue),
    ("a-f-G-E-V", UnitKind::VehiclePatrol),
    ("a-f-S", UnitKind::Boat),
];

/// The kind of a unit, where its type says so.
pub(super) fn unit_kind(kind: &str) -> Option<UnitKind> {
    let mut kinds = UNIT_KINDS.iter();
    kinds
        .find(|(above, _)| is_below(kind, above))
        .map(|(_, unit)| *unit)
}

/// The type of a unit of a kind (domain digest 3.4); those without a word of their own are law enforcement.
pub(super) const fn of_unit(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::FootPatrol | UnitKind::CustomsGroup | UnitKind::Other => "a-f-G-U-U-L",
        UnitKind::VehiclePatrol => "a-f-G-E-V-C",
        UnitKind::Boat => "a-f-S-X-L",
        UnitKind::Helicopter => "a-f-A-C-H",
        UnitKind::Uav => "a-f-A-C-F-q",
        UnitKind::Ambulance => "a-f-G-U-i-m",
        UnitKind::Rescue => "a-f-G-U-i-s",
        UnitKind::ReactionGroup => "a-f-G-U-i-l-tt",
    }
}

/// The type of a track: neutral where a civil identity is known, else unknown.
pub(super) const fn of_track(domain: TrackDomain, kind_code: Option<u16>) -> &'static str {
    match (domain, kind_code) {
        // AIS types of ships (ITU-R M.1371-5, table 53).
        (TrackDomain::Vessel, Some(30)) => "a-n-S-X-F",
        (TrackDomain::Vessel, Some(36 | 37)) => "a-n-S-X-R",
        (TrackDomain::Vessel, Some(51)) => "a-n-S-N-N-R",
        (TrackDomain::Vessel, Some(55)) => "a-n-S-X-L",
        (TrackDomain::Vessel, Some(60..=69)) => "a-n-S-X-M-P",
        (TrackDomain::Vessel, Some(70..=89)) => "a-n-S-X-M",
        (TrackDomain::Vessel, _) => "a-u-S-X",
        (TrackDomain::Aircraft, _) => "a-u-A",
        (TrackDomain::Unit, _) => "a-f-G-U-U-L",
        (TrackDomain::Vehicle, _) => "a-u-G",
        (TrackDomain::Sensor, _) => "a-u-X",
    }
}

/// Types of CoT that mean one type of event and no other. Those that digest 7.3 gives to several, or that say more or less
/// than its type (`b-l-l-l-k` kidnapping, `b-l-i` infrastructure), are not among them.
pub(super) const KNOWN_TYPES: &[(&str, &str)] = &[
    ("b-l-l-l-s", "SEC01"),
    ("b-l-l-l-bt", "SEC02"),
    ("b-l-l-l-od", "SEC05"),
    ("b-l-l-l-mp", "CRI01"),
    ("b-l-l-l-dp", "CRI02"),
    ("b-l-l-l-dc", "CBC03"),
    ("b-l-t-v-a", "BCP05"),
    ("b-l-h", "CRI06"),
    ("b-l-o-tam-s-s", "SYS03"),
    ("b-l-o-tbl-s-cf", "SYS04"),
    ("b-d-c-e", "CBC05"),
    ("b-d-s", "SYS01"),
    ("b-d-m", "SYS02"),
    ("a-.-X-i-f-w", "CRI04"),
    ("a-.-X-i-t-m-a", "MAR06"),
    ("a-.-X-i-t-r", "BCP06"),
];

/// The CoT type of each of our types of events.
const SAID: &[(&str, &str)] = &[
    ("UBC01", "b-l-l-l-sp"),
    ("UBC02", "b-l-l-l-sp"),
    ("UBC03", "b-l-l-l-sp"),
    ("UBC04", "b-l-l-l-sp"),
    ("UBC05", "b-l-r"),
    ("UBC06", "b-l-l-l-sv"),
    ("CBC21", "b-l-l-l-sc"),
    ("UBC08", "b-l-l-l"),
    ("UBC09", "b-l-l-l"),
    ("UBC10", "a-u-X-i-l-c-p"),
    ("UBC11", "a-u-X-i-l-l"),
    ("UBC12", "b-l-l-l-sc"),
    ("UBC13", "b-l-l-l"),
    ("CBC01", "b-l-l-l-sg"),
    ("CBC02", "b-l-l-l-k"),
    ("CBC03", "b-l-l-l-dc"),
    ("CBC04", "b-l-l-l-ad"),
    ("CBC05", "b-d-c-e"),
    ("CBC06", "b-l-l-l-sg"),
    ("CBC07", "b-l-l-l-sg"),
    ("CBC08", "b-l-l-l-sg"),
    ("CBC09", "b-l-l-l-sg"),
    ("CBC10", "b-l-l-l-sg"),
    ("CBC11", "b-l-l-l-sg"),
    ("CBC12", "b-d-c-n-r"),
    ("CBC13", "b-l-e-h"),
    ("CBC14", "b-l-l-l-sv"),
    ("CBC15", "b-l-l-l-sp"),
    ("CBC16", "b-l-l-l-sv"),
    ("CBC17", "b-l-l-l-io"),
    ("CBC18", "a-u-A-C-F-q"),
    ("CBC19", "a-u-A-C-F"),
    ("CBC20", "b-l-l-l-ii"),
    ("BCP01", "a-n-X-i-t-v"),
    ("BCP02", "a-n-X-i-t"),
    ("BCP03", "a-u-X-i-l-c-d"),
    ("BCP04", "b-l-i"),
    ("BCP05", "b-l-t-v-a"),
    ("BCP06", "a-u-X-i-t-r"),
    ("MAR01", "a-u-S-X"),
    ("MAR02", "a-u-S-X-R"),
    ("MAR03", "a-u-S-X"),
    ("MAR04", "a-u-S-X-F"),
    ("MAR05", "b-l-r"),
    ("MAR06", "a-n-X-i-t-m-a"),
    ("MAR07", "a-n-X-i-e"),
    ("MAR08", "a-u-X-i-l-l-b-t"),
    ("AIR01", "a-u-A"),
    ("AIR02", "a-u-A-M-F-Q"),
    ("SEC01", "b-l-l-l-s"),
    ("SEC02", "b-l-l-l-bt"),
    ("SEC03", "b-l-l-l-ad"),
    ("SEC04", "b-l-l-l-sp"),
    ("SEC05", "b-l-l-l-od"),
    ("SEC06", "a-u-X-i-l-l-b-t"),
    ("SEC07", "b-l-l-l-sc"),
    ("CRI01", "b-l-l-l-mp"),
    ("CRI02", "b-l-l-l-dp"),
    ("CRI03", "a-u-X-i-l-c-p"),
    ("CRI04", "a-n-X-i-f-w"),
    ("CRI05", "b-l-m"),
    ("CRI06", "b-l-h"),
    ("SYS01", "b-d-s"),
    ("SYS02", "b-d-m"),
    ("SYS03", "b-l-o-tam-s-s"),
    ("SYS04", "b-l-o-tbl-s-cf"),
    ("SYS05", "b-l-o-pan"),
];

/// The CoT type of a type of event; one that no table knows is an incident without more.
pub(super) fn of_event(code: Option<&str>) -> &'static str {
    let mut all = SAID.iter();
    let known = code.and_then(|code| all.find(|(own, _)| *own == code));
    known.map_or("a-u-X-i", |(_, cot)| cot)
}

#[cfg(test)]
mod tests {
    use oneroof_model::Time;

    use super::*;

    fn meaning_of(kind: &str) -> Meaning {
        let at = Time::from_secs(1_795_401_660);
        meaning(&Event::new("u", kind, "m-g", at, at))
    }

    #[test]
    fn each_family_of_types_has_its_meaning() {
        for (kind, expected) in [
            ("a-f-G-U-C", Meaning::Unit),
            ("a-f-S-X-L", Meaning::Unit),
            ("a-u-A-C-F", Meaning::Track(TrackDomain::Aircraft)),
            ("a-h-S-X", Meaning::Track(TrackDomain::Vessel)),
            ("a-n-G", Meaning::Track(TrackDomain::Vehicle)),
            ("a-U-G", Meaning::Track(TrackDomain::Vehicle)),
            ("a-u-P", Meaning::Track(TrackDomain::Sensor)),
            ("a-u-X-i-l", Meaning::Report),
            ("b-m-p-s-p-i", Meaning::Track(TrackDomain::Sensor)),
            ("b-m-p-s-p-loc", Meaning::Report),
            ("b-a-o-tbl", Meaning::Report),
            ("b-t-f", Meaning::Report),
            ("b-t-f-d", Meaning::Skip("chat_receipt")),
            ("b-f-t-r", Meaning::Skip("tak_file_transfer")),
            ("u-d-f", Meaning::Report),
            ("t-x-c-t", Meaning::Heartbeat),
            ("t-x-c-t-r", Meaning::Heartbeat),
            ("t-x-d-d", Meaning::Delete),
            ("t-x-m-c", Meaning::Skip("tak_mission")),
            ("t-x-takp-v", Meaning::Skip("tak_negotiation")),
            ("t-k-i", Meaning::Skip("cot_tasking")),
            ("y-a-w", Meaning::Skip("cot_reply")),
            ("zzz", Meaning::Report),
        ] {
            assert_eq!(meaning_of(kind), expected, "{kind}");
        }
    }

    #[test]
    fn the_types_of_events_are_those_of_the_configuration() {
        let yaml = include_str!("../../../../../config/event-types.yaml");
        let mut seen = 0;
        let mut code = "";
        for line in yaml.lines() {
            if let Some((_, after)) = line.split_once("- code: ") {
                code = after.trim();
            } else if let Some((_, after)) = line.split_once("cot: ") {
                let cot = after
                    .split([',', '}'])
                    .next()
                    .unwrap()
                    .trim()
                    .trim_matches('"');
                if !line.trim_start().starts_with('#') {
                    assert_eq!(of_event(Some(code)), cot, "{code}");
                    seen += 1;
                }
            }
        }
        assert_eq!(seen, SAID.len());
        assert_eq!(of_event(Some("OTH")), "a-u-X-i");
        assert_eq!(of_event(None), "a-u-X-i");
    }

    #[test]
    fn a_known_type_is_one_that_is_said_so_and_for_nothing_else() {
        for (cot, code) in KNOWN_TYPES {
            let said: Vec<&str> = SAID
                .iter()
                .filter(|(_, own)| is_below(own, cot))
                .map(|(code, _)| *code)
                .collect();
            assert_eq!(said, [*code], "{cot}");
        }
    }

    #[test]
    fn what_a_unit_is_said_as_is_read_as_no_other_kind() {
        use UnitKind as K;
        for kind in [
            K::FootPatrol,
            K::VehiclePatrol,
            K::Boat,
            K::Helicopter,
            K::Uav,
            K::Ambulance,
            K::Rescue,
            K::CustomsGroup,
            K::ReactionGroup,
            K::Other,
        ] {
            let said = of_unit(kind);
            assert!(
                unit_kind(said).is_none_or(|read| read == kind),
                "{kind:?} {said}"
            );
        }
        assert_eq!(unit_kind("a-f-A-M-H-Q"), Some(K::Uav));
        assert_eq!(unit_kind("a-f-G-U-C-I"), None);
    }
}
