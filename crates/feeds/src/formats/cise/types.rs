//! CISE types to event types, where the meaning is certain; and which element of a class says its type.

use oneroof_model::TypeCode;

/// Where a class says its type: the element, and the kind of its words.
const TYPE_ELEMENTS: &[(&str, &str)] = &[
    (
        "IrregularMigrationIncident",
        "IrregularMigrationIncidentType",
    ),
    ("LawInfringementIncident", "LawInfringementIncidentType"),
    ("CrisisIncident", "CrisisIncidentType"),
    ("MaritimeSafetyIncident", "MaritimeSafetyIncidentType"),
    // It says what is spilt in an element of its own.
    ("PollutionIncident", "MaritimeSafetyIncidentType"),
    ("Anomaly", "AnomalyType"),
    ("Action", "ActionType"),
    ("Risk", "RiskType"),
    ("Movement", "MovementType"),
];

/// The element that says the type of a class, which is also the name of the kind of its words.
pub(super) fn kind_of(class: &str) -> Option<&'static str> {
    let (_, element) = TYPE_ELEMENTS.iter().find(|(name, _)| *name == class)?;
    Some(element)
}

/// Types whose meaning is that of an event type. Those that the taxonomy (domain digest 7.3) writes for several event
/// types are here only where one of them means no more than the word does; what may mean something else (a mutiny
/// is no blockade of a crossing point, an armed conflict no reconnaissance group) is not: then the word itself is kept, and
/// a feed's option `types` may say what it means there.
const TYPES: &[(&str, &str, &str)] = &[
    (
        "IrregularMigrationIncident",
        "IrregularEntryAttempt",
        "UBC01",
    ),
    (
        "IrregularMigrationIncident",
        "IrregularBorderEntry",
        "UBC02",
    ),
    (
        "IrregularMigrationIncident",
        "IrregularExitAttempt",
        "UBC03",
    ),
    ("IrregularMigrationIncident", "IrregularBorderExit", "UBC04"),
    ("IrregularMigrationIncident", "RefusedBorderEntry", "UBC08"),
    (
        "IrregularMigrationIncident",
        "EventRefusedBorderEntry",
        "UBC08",
    ),
    ("IrregularMigrationIncident", "IrregularStay", "UBC09"),
    (
        "IrregularMigrationIncident",
        "FacilitatorInterception",
        "CBC01",
    ),
    (
        "IrregularMigrationIncident",
        "FacilitatorDisclosure",
        "CBC20",
    ),
    ("LawInfringementIncident", "HumanTrafficking*", "CBC02"),
    ("LawInfringementIncident", "DrugSmuggling*", "CBC03"),
    (
        "LawInfringementIncident",
        "SmugglingInWeaponAndRelatedAccessoriesArmsWeapons",
        "CBC04",
    ),
    (
        "LawInfringementIncident",
        "SmugglingInWeaponAndRelatedAccessoriesAmmunition",
        "CBC04",
    ),
    (
        "LawInfringementIncident",
        "SmugglingInWeaponAndRelatedAccessoriesExplosives",
        "CBC05",
    ),
    (
        "LawInfringementIncident",
        "GoodsSmugglingExciseGoods",
        "CBC06",
    ),
    (
        "LawInfringementIncident",
        "GoodsSmugglingCounterfeitedProducts",
        "CBC07",
    ),
    (
        "LawInfringementIncident",
        "GoodsSmugglingCulturalHeritageGoods",
        "CBC08",
    ),
    (
        "LawInfringementIncident",
        "GoodsSmugglingNaturalResourcesMinerals",
        "CBC09",
    ),
    (
        "LawInfringementIncident",
        "GoodsSmugglingThreatenedSpecies",
        "CBC09",
    ),
    (
        "LawInfringementIncident",
        "SmugglingInWasteAndOtherHazardousMaterialRadioActive",
        "CBC12",
    ),
    (
        "LawInfringementIncident",
        "SmugglingInWasteAndOtherHazardousMaterialNuclear",
        "CBC12",
    ),
    (
        "LawInfringementIncident",
        "SmugglingInWasteAndOtherHazardousMaterial*",
        "CBC13",
    ),
    (
        "LawInfringementIncident",
        "OtherRelatedCrossBorderCriminalActivityStolenVehicle",
        "CBC14",
    ),
    (
        "LawInfringementIncident",
        "OtherRelatedCrossBorderCriminalActivityDocumentFalsificationFraud",
        "CBC21",
    ),
    (
        "LawInfringementIncident",
        "LawInfringementByVessels",
        "MAR03",
    ),
    ("CrisisIncident", "ViolenceShooting", "SEC01"),
    ("CrisisIncident", "ViolenceAirMissileAttack", "AIR02"),
    ("CrisisIncident", "NaturalDisasterWildFire", "CRI04"),
    ("CrisisIncident", "NaturalDisasterFlood", "CRI05"),
    (
        "CrisisIncident",
        "NaturalDisasterOutbreakOfInfectiousDiseaseAndOtherBioHazard",
        "CRI06",
    ),
    ("MaritimeSafetyIncident", "Capsizing", "MAR05"),
    ("MaritimeSafetyIncident", "IncidentNatureSinking", "MAR05"),
    (
        "MaritimeSafetyIncident",
        "IncidentNatureAbandonShip",
        "MAR05",
    ),
    ("MaritimeSafetyIncident", "Collision", "MAR06"),
    ("MaritimeSafetyIncident", "Grounding", "MAR06"),
    ("MaritimeSafetyIncident", "Pollution", "MAR07"),
    ("PollutionIncident", "*", "MAR07"),
    ("Anomaly", "WithoutAISTransmission", "MAR01"),
    ("Anomaly", "PerformingAISSpoofing", "MAR01"),
    ("Anomaly", "VesselWithErraticMovements", "MAR02"),
];

/// The event type of a class and its type, where the meaning is certain.
pub(super) fn event_type(class: &str, of: Option<&str>) -> Option<TypeCode> {
    let of = of.unwrap_or_default();
    let fits = |pattern: &str| match pattern.strip_suffix('*') {
        Some(head) => of.starts_with(head),
        None => of == pattern,
    };
    let (_, _, code) = TYPES
        .iter()
        .find(|(own, pattern, _)| *own == class && fits(pattern))?;
    Some(TypeCode::from(*code))
}

#[cfg(test)]
mod tests {
    use super::super::schema::schema;
    use super::*;

    #[test]
    fn every_type_is_a_word_of_the_schema_and_every_code_one_of_the_taxonomy() {
        for (class, pattern, code) in TYPES {
            let words = schema().words(kind_of(class).unwrap());
            let head = pattern.trim_end_matches('*');
            assert!(
                words.iter().any(|w| w.starts_with(head)),
                "{class} {pattern}"
            );
            assert!(
                crate::vocabulary::word(&TypeCode::from(*code)).is_some(),
                "{code}"
            );
        }
    }

    #[test]
    fn what_is_written_comes_back_or_is_kept_as_its_word() {
        let mut back = 0;
        for (code, word) in crate::vocabulary::all() {
            let Some(class) = word.codes.cise_class.as_deref() else {
                continue;
            };
            let read = event_type(class, word.codes.cise_type.as_deref());
            back += usize::from(read.as_ref() == Some(&code));
            // What comes back as another type shares its word with it.
            if let Some(other) = read.filter(|read| *read != code) {
                let theirs = &crate::vocabulary::word(&other).unwrap().codes;
                assert_eq!(theirs.cise_type, word.codes.cise_type, "{code} as {other}");
            }
        }
        assert_eq!(back, 31);
    }
}
