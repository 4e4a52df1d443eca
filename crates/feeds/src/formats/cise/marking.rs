//! Security of a payload and of an entity to a marking (domain digest 6.2). The stricter one holds; a word that is not
//! known is taken for the strictest, for what may not be shown must not be guessed to be open.

use jiff::tz::TimeZone;
use oneroof_model::{Classification, Marking, PersonalData, Purpose, Time, Tlp};
use serde_json::Value;

use super::time::moment;
use super::value::{all, text};

/// The marking of an entity in a payload.
pub(super) fn marking(
    payload: &Value,
    entity: &Value,
    is_person: bool,
    zone: &TimeZone,
) -> Marking {
    let mut marking = Marking {
        classification: classification(text(payload, &["InformationSecurityLevel"])),
        tlp: sensitivity(text(payload, &["InformationSensitivity"])),
        purpose: text(payload, &["Purpose"]).and_then(purpose),
        retain_until: retention(payload, zone),
        ..Marking::default()
    };
    let said = payload.get("IsPersonalData").and_then(Value::as_bool);
    if said == Some(true) || is_person {
        marking.personal_data = PersonalData::Identifiers;
    }
    for metadata in all(entity, "Metadata") {
        // Without a word of its own an entity is as its payload says.
        if let Some(own) = text(metadata, &["InformationSecurityClassification"]) {
            marking.classification = marking.classification.max(classification(Some(own)));
        }
        if let Some(own) = text(metadata, &["InformationSensitivityDegree"]) {
            marking.tlp = marking.tlp.max(sensitivity(Some(own)));
        }
    }
    marking
}

fn classification(word: Option<&str>) -> Classification {
    match word {
        None | Some("NonSpecified" | "NonClassified") => Classification::Unclassified,
        Some("EURestricted") => Classification::EuRestricted,
        Some("EUConfidential") => Classification::EuConfidential,
        Some("EUSecret") => Classification::Secret,
        Some(_) => Classification::TopSecret,
    }
}

/// TLP 1 in CISE, TLP 2 here: `White` is `CLEAR`.
fn sensitivity(word: Option<&str>) -> Tlp {
    match word {
        Some("White") => Tlp::Clear,
        Some("Green") => Tlp::Green,
        None | Some("Amber" | "NonSpecified") => Tlp::Amber,
        Some(_) => Tlp::Red,
    }
}

/// The purposes that our marking knows; the others stay an attribute.
fn purpose(word: &str) -> Option<Purpose> {
    Some(match word {
        "BorderMonitoring" => Purpose::BorderMonitoring,
        "BorderOperation" => Purpose::BorderOperation,
        "CustomsMonitoring" => Purpose::CustomsMonitoring,
        "CustomsOperation" => Purpose::CustomsOperation,
        "LawEnforcementMonitoring" => Purpose::LawEnforcementMonitoring,
        "LawEnforcementOperation" => Purpose::LawEnforcementOperation,
        "SAR" => Purpose::Sar,
        "Safety" => Purpose::Safety,
        "Security" => Purpose::Security,
        _ => return None,
    })
}

fn retention(payload: &Value, zone: &TimeZone) -> Option<Time> {
    let (until, _) = moment(text(payload, &["RetentionPeriod"])?, zone)?;
    Some(until)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_stricter_of_payload_and_entity_holds_and_unknown_words_are_the_strictest() {
        let payload = json!({
            "InformationSecurityLevel": "NonClassified", "InformationSensitivity": "Green", "Purpose": "SAR",
            "IsPersonalData": true, "RetentionPeriod": "2027-01-01T00:00:00Z",
        });
        let open = marking(&payload, &json!({}), false, &TimeZone::UTC);
        assert_eq!(
            (open.classification, open.tlp),
            (Classification::Unclassified, Tlp::Green)
        );
        assert_eq!(open.personal_data, PersonalData::Identifiers);
        assert_eq!(open.purpose, Some(Purpose::Sar));
        assert_eq!(
            open.retain_until.unwrap().to_string(),
            "2027-01-01T00:00:00Z"
        );
        let entity = json!({ "Metadata": [{
            "InformationSecurityClassification": "EURestricted", "InformationSensitivityDegree": "Red",
        }] });
        let strict = marking(&payload, &entity, false, &TimeZone::UTC);
        assert_eq!(
            (strict.classification, strict.tlp),
            (Classification::EuRestricted, Tlp::Red)
        );
        let odd =
            json!({ "InformationSecurityLevel": "Cosmic", "InformationSensitivity": "Purple" });
        let odd = marking(&odd, &json!({}), true, &TimeZone::UTC);
        assert_eq!(
            (odd.classification, odd.tlp),
            (Classification::TopSecret, Tlp::Red)
        );
        assert_eq!(odd.personal_data, PersonalData::Identifiers);
        assert_eq!(
            marking(&json!({}), &json!({}), false, &TimeZone::UTC).tlp,
            Tlp::Amber
        );
    }
}
