//! Words of fixed lists, most of them the model's.

use oneroof_model::{
    Classification, EventImpact, EventTypeGroup, Handling, InformationGrade, Mode, PersonalData,
    Purpose, SectionLevel, SourceGrade, SourceKind, SubLayer, Tlp, UnitKind,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::tables::word_enum;
use crate::read::words;

/// A language of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    /// Ukrainian.
    Uk,
    /// English.
    En,
}

word_enum! {
    /// Group of event types by the first three letters of their codes.
    GroupCode {
        /// Unauthorised border crossing.
        Ubc = "UBC",
        /// Cross-border crime.
        Cbc = "CBC",
        /// At a crossing point.
        Bcp = "BCP",
        /// At sea and on rivers.
        Mar = "MAR",
        /// In the air.
        Air = "AIR",
        /// Security.
        Sec = "SEC",
        /// Crisis.
        Cri = "CRI",
        /// Sensors and systems.
        Sys = "SYS",
    }
}

impl GroupCode {
    /// The group of the model; none for `Other`, which is unknown and so compatible with nothing in particular.
    pub const fn of(group: EventTypeGroup) -> Option<Self> {
        match group {
            EventTypeGroup::UnauthorisedCrossing => Some(Self::Ubc),
            EventTypeGroup::CrossBorderCrime => Some(Self::Cbc),
            EventTypeGroup::CrossingPoint => Some(Self::Bcp),
            EventTypeGroup::Maritime => Some(Self::Mar),
            EventTypeGroup::Air => Some(Self::Air),
            EventTypeGroup::Security => Some(Self::Sec),
            EventTypeGroup::Crisis => Some(Self::Cri),
            EventTypeGroup::System => Some(Self::Sys),
            EventTypeGroup::Other => None,
        }
    }
}

words! {
    Lang { "uk" => Self::Uk, "en" => Self::En }
    Mode { "actual" => Self::Actual, "exercise" => Self::Exercise, "test" => Self::Test }
    EventImpact {
        "low" => Self::Low, "medium" => Self::Medium, "high" => Self::High,
        "very_high" => Self::VeryHigh,
    }
    SectionLevel {
        "low" => Self::Low, "medium" => Self::Medium, "high" => Self::High,
        "critical" => Self::Critical,
    }
    SubLayer {
        "UBC" => Self::Ubc, "CBC" => Self::Cbc, "CRS" => Self::Crs, "OTH" => Self::Oth,
        "SEC" => Self::Sec, "QOS" => Self::Qos,
    }
    UnitKind {
        "foot_patrol" => Self::FootPatrol, "vehicle_patrol" => Self::VehiclePatrol,
        "boat" => Self::Boat, "helicopter" => Self::Helicopter, "uav" => Self::Uav,
        "ambulance" => Self::Ambulance, "rescue" => Self::Rescue,
        "customs_group" => Self::CustomsGroup, "reaction_group" => Self::ReactionGroup,
        "other" => Self::Other,
    }
    SourceKind {
        "border_surveillance" => Self::BorderSurveillance, "sensor" => Self::Sensor,
        "patrol" => Self::Patrol, "coordination_centre" => Self::CoordinationCentre,
        "national_authority" => Self::NationalAuthority, "border_check" => Self::BorderCheck,
        "agency" => Self::Agency, "other_ncc" => Self::OtherNcc,
        "third_country" => Self::ThirdCountry, "ship_reporting" => Self::ShipReporting,
        "organisation" => Self::Organisation, "other" => Self::Other,
    }
    Classification {
        "unclassified" => Self::Unclassified, "dsk" => Self::Dsk,
        "eu_restricted" => Self::EuRestricted, "eu_confidential" => Self::EuConfidential,
        "secret" => Self::Secret, "top_secret" => Self::TopSecret,
    }
    Tlp {
        "CLEAR" => Self::Clear, "GREEN" => Self::Green, "AMBER" => Self::Amber,
        "AMBER+STRICT" => Self::AmberStrict, "RED" => Self::Red,
    }
    Handling { "H0" => Self::H0, "H1" => Self::H1, "H2" => Self::H2, "H3" => Self::H3 }
    PersonalData {
        "none" => Self::None, "identifiers" => Self::Identifiers, "special" => Self::Special,
    }
    Purpose {
        "BorderMonitoring" => Self::BorderMonitoring, "BorderOperation" => Self::BorderOperation,
        "CustomsMonitoring" => Self::CustomsMonitoring,
        "CustomsOperation" => Self::CustomsOperation,
        "LawEnforcementMonitoring" => Self::LawEnforcementMonitoring,
        "LawEnforcementOperation" => Self::LawEnforcementOperation,
        "SAR" => Self::Sar, "Safety" => Self::Safety, "Security" => Self::Security,
    }
    SourceGrade { "A" => Self::A, "B" => Self::B, "C" => Self::C, "X" => Self::X }
    InformationGrade {
        "1" => Self::One, "2" => Self::Two, "3" => Self::Three, "4" => Self::Four,
    }
}
