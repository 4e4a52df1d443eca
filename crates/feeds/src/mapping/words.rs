//! The words of the model that a mapping may give, as they are written in configuration.

use oneroof_model::{
    Classification, EventImpact, Handling, IdentifierKind, InformationGrade, Mode, PersonalData,
    PositionSource, Purpose, SourceGrade, SourceKind, ThreatKind, ThreatState, Tlp, TrackDomain,
    UnitKind, UnitStatus, Validation,
};

pub(crate) const MODES: &[(&str, Mode)] = &[
    ("actual", Mode::Actual),
    ("exercise", Mode::Exercise),
    ("test", Mode::Test),
];

pub(crate) const SOURCE_KINDS: &[(&str, SourceKind)] = &[
    ("border_surveillance", SourceKind::BorderSurveillance),
    ("sensor", SourceKind::Sensor),
    ("patrol", SourceKind::Patrol),
    ("coordination_centre", SourceKind::CoordinationCentre),
    ("national_authority", SourceKind::NationalAuthority),
    ("border_check", SourceKind::BorderCheck),
    ("agency", SourceKind::Agency),
    ("other_ncc", SourceKind::OtherNcc),
    ("third_country", SourceKind::ThirdCountry),
    ("ship_reporting", SourceKind::ShipReporting),
    ("organisation", SourceKind::Organisation),
    ("other", SourceKind::Other),
];

pub(crate) const IMPACTS: &[(&str, EventImpact)] = &[
    ("low", EventImpact::Low),
    ("medium", EventImpact::Medium),
    ("high", EventImpact::High),
    ("very_high", EventImpact::VeryHigh),
];

pub(crate) const RELIABILITY: &[(&str, SourceGrade)] = &[
    ("A", SourceGrade::A),
    ("B", SourceGrade::B),
    ("C", SourceGrade::C),
    ("X", SourceGrade::X),
];

pub(crate) const CREDIBILITY: &[(&str, InformationGrade)] = &[
    ("1", InformationGrade::One),
    ("2", InformationGrade::Two),
    ("3", InformationGrade::Three),
    ("4", InformationGrade::Four),
];

pub(crate) const VALIDATIONS: &[(&str, Validation)] = &[
    ("unvalidated", Validation::Unvalidated),
    ("by_originator", Validation::ByOriginator),
    ("by_ncc", Validation::ByNcc),
    ("refuted", Validation::Refuted),
];

pub(crate) const IDENTIFIERS: &[(&str, IdentifierKind)] = &[
    ("plate", IdentifierKind::Plate),
    ("mmsi", IdentifierKind::Mmsi),
    ("imo", IdentifierKind::Imo),
    ("icao24", IdentifierKind::Icao24),
    ("call_sign", IdentifierKind::CallSign),
    ("document", IdentifierKind::Document),
    ("phone", IdentifierKind::Phone),
];

pub(crate) const CLASSIFICATIONS: &[(&str, Classification)] = &[
    ("unclassified", Classification::Unclassified),
    ("dsk", Classification::Dsk),
    ("eu_restricted", Classification::EuRestricted),
    ("eu_confidential", Classification::EuConfidential),
    ("secret", Classification::Secret),
    ("top_secret", Classification::TopSecret),
];

pub(crate) const TLPS: &[(&str, Tlp)] = &[
    ("CLEAR", Tlp::Clear),
    ("GREEN", Tlp::Green),
    ("AMBER", Tlp::Amber),
    ("AMBER+STRICT", Tlp::AmberStrict),
    ("RED", Tlp::Red),
];

pub(crate) const HANDLING: &[(&str, Handling)] = &[
    ("H0", Handling::H0),
    ("H1", Handling::H1),
    ("H2", Handling::H2),
    ("H3", Handling::H3),
];

pub(crate) const PERSONAL: &[(&str, PersonalData)] = &[
    ("none", PersonalData::None),
    ("identifiers", PersonalData::Identifiers),
    ("special", PersonalData::Special),
];

pub(crate) const PURPOSES: &[(&str, Purpose)] = &[
    ("BorderMonitoring", Purpose::BorderMonitoring),
    ("BorderOperation", Purpose::BorderOperation),
    ("CustomsMonitoring", Purpose::CustomsMonitoring),
    ("CustomsOperation", Purpose::CustomsOperation),
    (
        "LawEnforcementMonitoring",
        Purpose::LawEnforcementMonitoring,
    ),
    ("LawEnforcementOperation", Purpose::LawEnforcementOperation),
    ("SAR", Purpose::Sar),
    ("Safety", Purpose::Safety),
    ("Security", Purpose::Security),
];

pub(crate) const DOMAINS: &[(&str, TrackDomain)] = &[
    ("vessel", TrackDomain::Vessel),
    ("aircraft", TrackDomain::Aircraft),
    ("unit", TrackDomain::Unit),
    ("vehicle", TrackDomain::Vehicle),
    ("sensor", TrackDomain::Sensor),
];

pub(crate) const POSITION_SOURCES: &[(&str, PositionSource)] = &[
    ("ais", PositionSource::Ais),
    ("adsb", PositionSource::Adsb),
    ("mlat", PositionSource::Mlat),
    ("radar", PositionSource::Radar),
    ("gnss", PositionSource::Gnss),
    ("manual", PositionSource::Manual),
    ("unknown", PositionSource::Unknown),
];

pub(crate) const UNIT_KINDS: &[(&str, UnitKind)] = &[
    ("foot_patrol", UnitKind::FootPatrol),
    ("vehicle_patrol", UnitKind::VehiclePatrol),
    ("boat", UnitKind::Boat),
    ("helicopter", UnitKind::Helicopter),
    ("uav", UnitKind::Uav),
    ("ambulance", UnitKind::Ambulance),
    ("rescue", UnitKind::Rescue),
    ("customs_group", UnitKind::CustomsGroup),
    ("reaction_group", UnitKind::ReactionGroup),
    ("other", UnitKind::Other),
];

pub(crate) const UNIT_STATUSES: &[(&str, UnitStatus)] = &[
    ("available", UnitStatus::Available),
    ("tasked", UnitStatus::Tasked),
    ("en_route", UnitStatus::EnRoute),
    ("on_scene", UnitStatus::OnScene),
    ("returning", UnitStatus::Returning),
    ("out_of_service", UnitStatus::OutOfService),
];

pub(crate) const THREAT_KINDS: &[(&str, ThreatKind)] = &[
    ("air_raid", ThreatKind::AirRaid),
    ("artillery", ThreatKind::Artillery),
    ("chemical", ThreatKind::Chemical),
    ("street_fighting", ThreatKind::StreetFighting),
    ("unknown", ThreatKind::Unknown),
];

pub(crate) const THREAT_STATES: &[(&str, ThreatState)] =
    &[("alert", ThreatState::Alert), ("clear", ThreatState::Clear)];

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::DeserializeOwned;

    /// The words are those of the model's JSON, so that configuration and API speak alike.
    fn agree<T: DeserializeOwned + PartialEq + Copy + core::fmt::Debug>(words: &[(&str, T)]) {
        for (word, value) in words {
            let read: T = serde_json::from_value(serde_json::json!(word)).expect(word);
            assert_eq!(read, *value, "{word}");
        }
    }

    #[test]
    fn every_word_is_the_one_of_the_model() {
        agree(MODES);
        agree(SOURCE_KINDS);
        agree(IMPACTS);
        agree(RELIABILITY);
        agree(CREDIBILITY);
        agree(VALIDATIONS);
        agree(IDENTIFIERS);
        agree(CLASSIFICATIONS);
        agree(TLPS);
        agree(HANDLING);
        agree(PERSONAL);
        agree(PURPOSES);
        agree(DOMAINS);
        agree(POSITION_SOURCES);
        agree(UNIT_KINDS);
        agree(UNIT_STATUSES);
        agree(THREAT_KINDS);
        agree(THREAT_STATES);
    }
}
