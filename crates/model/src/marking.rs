//! Who may see what. A marking travels with every report; [`may_see`] denies by default.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{OrgId, Time};

/// Classification, ordered from open to most secret. `Dsk` is the Ukrainian "for service use".
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Classification {
    /// Not classified.
    #[default]
    Unclassified,
    /// For service use (ДСК).
    Dsk,
    /// EU RESTRICTED.
    EuRestricted,
    /// EU CONFIDENTIAL.
    EuConfidential,
    /// Secret.
    Secret,
    /// Top secret.
    TopSecret,
}

/// Traffic Light Protocol 2.0 (FIRST).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
pub enum Tlp {
    /// May be told to anyone.
    #[serde(rename = "CLEAR")]
    Clear,
    /// The community: the agencies under one roof.
    #[serde(rename = "GREEN")]
    Green,
    /// The organisation and those who need to know.
    #[default]
    #[serde(rename = "AMBER")]
    Amber,
    /// The organisation only.
    #[serde(rename = "AMBER+STRICT")]
    AmberStrict,
    /// Named recipients only.
    #[serde(rename = "RED")]
    Red,
}

/// Europol handling codes; they combine.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Handling {
    /// Only for preventing and combating crime.
    H0,
    /// Not to be disclosed in court without the provider's permission.
    H1,
    /// Not to be disseminated without the provider's permission.
    H2,
    /// Other restrictions, in the caveats.
    H3,
}

/// Personal data in a record, from none to special categories.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PersonalData {
    /// None.
    #[default]
    None,
    /// Identifiers (names, plates, document numbers, telephones).
    Identifiers,
    /// Special categories.
    Special,
}

/// Purpose of processing; the names of CISE 1.5.3 `PurposeType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Purpose {
    /// Border monitoring.
    BorderMonitoring,
    /// Border operation.
    BorderOperation,
    /// Customs monitoring.
    CustomsMonitoring,
    /// Customs operation.
    CustomsOperation,
    /// Law-enforcement monitoring.
    LawEnforcementMonitoring,
    /// Law-enforcement operation.
    LawEnforcementOperation,
    /// Search and rescue.
    #[serde(rename = "SAR")]
    Sar,
    /// Safety.
    Safety,
    /// Security.
    Security,
}

/// Marking of a report. The default is the strictest that the room still sees: TLP AMBER, nobody beyond.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Marking {
    /// Classification.
    #[serde(default)]
    pub classification: Classification,
    /// TLP 2.0 label.
    #[serde(default)]
    pub tlp: Tlp,
    /// Handling codes.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub handling: BTreeSet<Handling>,
    /// Agencies that it is released to beside the originator; empty means by label alone.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub releasable_to: BTreeSet<OrgId>,
    /// Personal data in it.
    #[serde(default)]
    pub personal_data: PersonalData,
    /// Restrictions in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caveats: Option<String>,
    /// Purpose of processing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Moment until which the content may be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retain_until: Option<Time>,
}

/// Whoever looks: the set of things that decides what may be seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Audience {
    /// Name of the rights class, for logs and caches.
    pub name: String,
    /// Agencies whose officers are in it.
    pub orgs: BTreeSet<OrgId>,
    /// Highest classification that it may see.
    pub clearance: Classification,
    /// Most personal data that it may see.
    pub personal_data: PersonalData,
}

impl Audience {
    /// The one audience until accounts exist: the officers of all agencies in the room, up to "for
    /// service use" and identifiers.
    pub fn room(orgs: impl IntoIterator<Item = OrgId>) -> Self {
        Self {
            name: "room".to_owned(),
            orgs: orgs.into_iter().collect(),
            clearance: Classification::Dsk,
            personal_data: PersonalData::Identifiers,
        }
    }

    /// An audience that sees nothing that is marked at all: what a mistake should give.
    pub fn nobody() -> Self {
        Self {
            name: "nobody".to_owned(),
            orgs: BTreeSet::new(),
            clearance: Classification::Unclassified,
            personal_data: PersonalData::None,
        }
    }
}

/// Whether an audience may see what carries this marking, of this originator. Denies by default: each
/// of the label, the classification, the personal data and the list of recipients must allow it.
///
/// - classification and personal data must lie within the audience's own;
/// - a list of recipients must name the audience's agency, or the audience must be the originator's;
/// - `CLEAR` and `GREEN` go to every agency, `AMBER` to every agency in the room unless handling code
///   H2 asks for the provider's permission, `AMBER+STRICT` and `RED` only by the list or to the originator;
/// - an audience without an agency sees `CLEAR` only.
pub fn may_see(marking: &Marking, originator: &OrgId, audience: &Audience) -> bool {
    if marking.classification > audience.clearance || marking.personal_data > audience.personal_data
    {
        return false;
    }
    // An audience of several agencies sees only what each single one of them could see.
    let single = |org: &OrgId| {
        if org == originator {
            return true;
        }
        let named = marking.releasable_to.contains(org);
        match marking.tlp {
            Tlp::Clear | Tlp::Green => named || marking.releasable_to.is_empty(),
            Tlp::Amber => {
                named
                    || (marking.releasable_to.is_empty()
                        && !marking.handling.contains(&Handling::H2))
            }
            Tlp::AmberStrict | Tlp::Red => named,
        }
    };
    if audience.orgs.is_empty() {
        return marking.tlp == Tlp::Clear && marking.releasable_to.is_empty();
    }
    audience.orgs.iter().all(single)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> Audience {
        Audience::room(["BG", "CU", "PO"].map(OrgId::from))
    }

    #[test]
    fn the_default_marking_stays_in_the_room() {
        let m = Marking::default();
        assert!(may_see(&m, &"BG".into(), &room()));
        assert!(!may_see(&m, &"BG".into(), &Audience::nobody()));
    }

    #[test]
    fn red_needs_every_one_in_the_room_to_be_named() {
        let mut m = Marking {
            tlp: Tlp::Red,
            ..Marking::default()
        };
        assert!(!may_see(&m, &"SS".into(), &room()));
        m.releasable_to = ["BG", "CU"].map(OrgId::from).into();
        assert!(
            !may_see(&m, &"SS".into(), &room()),
            "police is in the room and was not named"
        );
        m.releasable_to.insert("PO".into());
        assert!(may_see(&m, &"SS".into(), &room()));
    }

    #[test]
    fn h2_withdraws_amber_until_released() {
        let mut m = Marking {
            handling: [Handling::H2].into(),
            ..Marking::default()
        };
        assert!(!may_see(&m, &"SS".into(), &room()));
        m.releasable_to = ["BG", "CU", "PO"].map(OrgId::from).into();
        assert!(may_see(&m, &"SS".into(), &room()));
    }

    #[test]
    fn classification_and_personal_data_are_ceilings() {
        let m = Marking {
            classification: Classification::Secret,
            ..Marking::default()
        };
        assert!(!may_see(&m, &"BG".into(), &room()));
        let m = Marking {
            personal_data: PersonalData::Special,
            ..Marking::default()
        };
        assert!(!may_see(&m, &"BG".into(), &room()));
    }

    #[test]
    fn an_agency_sees_its_own_red() {
        let own = Audience {
            orgs: [OrgId::from("SS")].into(),
            ..room()
        };
        assert!(may_see(
            &Marking {
                tlp: Tlp::Red,
                ..Marking::default()
            },
            &"SS".into(),
            &own
        ));
    }
}
