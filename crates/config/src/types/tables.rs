//! The tables: agencies, event types, sections, crossing points, units, freshness.

use oneroof_model::{
    BcpId, EventImpact, FreshnessRule, LatLon, OrgId, SectionId, SectionLevel, SubLayer, TypeCode,
    UnitId, UnitKind,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::silence::Silence;
use crate::read::{record, words};
use crate::scalar::Period;

record! {
    /// A text in both languages.
    pub struct Names {
        /// In Ukrainian.
        uk: String,
        /// In English.
        en: String,
    }

    /// `agencies.yaml`.
    pub struct AgenciesFile {
        /// The agencies and the centre itself.
        agencies: Vec<Agency>,
    }

    /// An agency.
    pub struct Agency {
        /// Its stable code.
        code: OrgId,
        /// Name in Ukrainian.
        uk: String,
        /// Name in English.
        en: String,
        /// At most four signs for symbols on the map.
        badge: Names,
    }

    /// `event-types.yaml`.
    pub struct EventTypesFile {
        /// The event types.
        types: Vec<EventTypeRow>,
        /// What a record gets whose own code is in no table.
        other: EventTypeRow,
    }

    /// An event type with its defaults.
    pub struct EventTypeRow {
        /// Its stable code.
        code: TypeCode,
        /// Name in Ukrainian.
        uk: String,
        /// Name in English.
        en: String,
        /// EUROSUR sub-layer.
        sub_layer: SubLayer,
        /// Impact that a new event of this type starts with.
        default_impact: EventImpact,
        /// Agency that leads by default.
        lead: OrgId,
        /// Agencies that support by default.
        support: Vec<OrgId> = Vec::new(),
        /// Its codes in other vocabularies.
        codes: EventCodes = EventCodes::NONE,
    }

    /// Codes of an event type in other vocabularies.
    pub struct EventCodes {
        /// Cursor on Target type.
        cot: Option<String> = None,
        /// CAP 1.2 category.
        cap: Option<CapCategory> = None,
        /// CISE 1.5.3 class.
        cise_class: Option<String> = None,
        /// CISE 1.5.3 type, spelled as in its schemas.
        cise_type: Option<String> = None,
        /// APP-6D symbol set 40 entity, six digits.
        sidc40: Option<String> = None,
    }

    /// `sections.yaml`.
    pub struct SectionsFile {
        /// The border sections.
        sections: Vec<Section>,
    }

    /// A border section.
    pub struct Section {
        /// Its stable id.
        id: SectionId,
        /// Name in Ukrainian.
        uk: String,
        /// Name in English.
        en: String,
        /// Neighbouring state (ISO 3166-1 alpha-2), SEA or AIR.
        neighbour: String,
        /// Land, river, sea or air.
        domain: SectionDomain,
        /// Rough anchor where the border line is cut.
        from: LatLon,
        /// Rough anchor of its other end.
        to: LatLon,
        /// Who answers for it, in words.
        responsible: Option<Names> = None,
        /// Impact level that it starts with.
        level: SectionLevel,
    }

    /// `crossing-points.yaml`.
    pub struct CrossingPointsFile {
        /// The crossing points.
        crossing_points: Vec<CrossingPoint>,
    }

    /// A border crossing point.
    pub struct CrossingPoint {
        /// Its stable id.
        id: BcpId,
        /// Name in Ukrainian.
        uk: String,
        /// Name in English.
        en: String,
        /// Neighbouring state (ISO 3166-1 alpha-2), SEA or AIR.
        neighbour: String,
        /// The crossing point on the other side.
        counterpart: Option<String> = None,
        /// Road, rail, river, air, sea or foot.
        kind: CrossingPointKind,
        /// Where, degrees on WGS 84.
        at: LatLon,
        /// A public data, B 1 to 3 km, C up to 10 km.
        precision: Precision,
        /// Open, limited or closed.
        status: CrossingPointStatus,
        /// Its section.
        section: SectionId,
    }

    /// `units.yaml`.
    pub struct UnitsFile {
        /// The own units.
        units: Vec<UnitRow>,
    }

    /// An own unit.
    pub struct UnitRow {
        /// Its stable id.
        id: UnitId,
        /// Its agency.
        org: OrgId,
        /// Name in Ukrainian.
        uk: String,
        /// Name in English.
        en: String,
        /// What kind.
        kind: UnitKind,
        /// Names of CISE 1.5.3 `OperationalCapability`.
        capabilities: Vec<String> = Vec::new(),
        /// Home section.
        section: Option<SectionId> = None,
        /// How its position ages; by its kind where it is missing.
        freshness: Option<FreshnessClass> = None,
        /// Expected period of its position, where it differs from its class.
        expected_period: Option<Period> = None,
    }

    /// `freshness.yaml`.
    pub struct FreshnessFile {
        /// When things are late.
        freshness: FreshnessClasses,
        /// An open event without an update for so long needs one, by impact.
        needs_update: NeedsUpdate,
        /// What is called a silence, and raised as an event.
        silence: Silence = Silence::default(),
    }

    /// When things are late, by class.
    pub struct FreshnessClasses {
        /// Vehicle or foot patrol.
        patrol: Aging,
        /// Patrol boat.
        boat: Aging,
        /// Helicopter or uncrewed aircraft of ours.
        aircraft: Aging,
        /// Other vessels by AIS.
        vessel: Aging,
        /// Figures of a crossing point.
        figures: Aging,
        /// Heartbeat of a fixed sensor.
        sensor: Aging,
        /// An agency's feed.
        feed: Aging,
        /// Weather.
        weather: Aging,
    }

    /// When one class of things is late.
    pub struct Aging {
        /// How often a word is expected.
        expected: Period,
        /// How often while standing still, where that differs.
        still: Option<Period> = None,
        /// Stale after so long without a word.
        stale_after: Period,
        /// Lost after so long without a word.
        lost_after: Period,
    }

    /// After how long an open event needs an update, by its impact.
    pub struct NeedsUpdate {
        /// Very high impact.
        very_high: Period,
        /// High impact.
        high: Period,
        /// Medium impact.
        medium: Period,
        /// Low impact.
        low: Period,
    }
}

impl EventCodes {
    /// No counterpart in any vocabulary.
    pub const NONE: Self = Self {
        cot: None,
        cap: None,
        cise_class: None,
        cise_type: None,
        sidc40: None,
    };
}

impl Aging {
    /// The rule of the model.
    pub fn rule(&self) -> FreshnessRule {
        FreshnessRule {
            expected_s: self.expected.as_secs_u32(),
            stale_s: self.stale_after.as_secs_u32(),
            lost_s: self.lost_after.as_secs_u32(),
        }
    }
}

impl FreshnessClasses {
    /// The aging of a class.
    pub const fn of(&self, class: FreshnessClass) -> &Aging {
        match class {
            FreshnessClass::Patrol => &self.patrol,
            FreshnessClass::Boat => &self.boat,
            FreshnessClass::Aircraft => &self.aircraft,
            FreshnessClass::Vessel => &self.vessel,
            FreshnessClass::Figures => &self.figures,
            FreshnessClass::Sensor => &self.sensor,
            FreshnessClass::Feed => &self.feed,
            FreshnessClass::Weather => &self.weather,
        }
    }
}

impl UnitRow {
    /// How its position ages.
    pub fn class(&self) -> FreshnessClass {
        self.freshness.unwrap_or(match self.kind {
            UnitKind::Boat => FreshnessClass::Boat,
            UnitKind::Helicopter | UnitKind::Uav => FreshnessClass::Aircraft,
            _ => FreshnessClass::Patrol,
        })
    }
}

macro_rules! word_enum {
    ($($(#[doc = $doc:literal])+ $name:ident {
        $($(#[doc = $vdoc:literal])+ $variant:ident = $word:literal),* $(,)?
    })*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
        pub enum $name {
            $($(#[doc = $vdoc])+ #[serde(rename = $word)] $variant),*
        }
        impl $name {
            /// The word as it is written in the file.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }
        words! { $name { $($word => Self::$variant),* } }
    )*};
}
pub(crate) use word_enum;

word_enum! {
    /// Where a section lies.
    SectionDomain {
        /// Land.
        Land = "land",
        /// A river that is the border.
        River = "river",
        /// The sea.
        Sea = "sea",
        /// Airports.
        Air = "air",
    }
    /// What passes a crossing point.
    CrossingPointKind {
        /// Road.
        Road = "road",
        /// Railway.
        Rail = "rail",
        /// River.
        River = "river",
        /// Air.
        Air = "air",
        /// Sea.
        Sea = "sea",
        /// On foot.
        Foot = "foot",
    }
    /// How well a position is known.
    Precision {
        /// From a public data set (unofficial).
        A = "A",
        /// Our approximation, 1 to 3 km.
        B = "B",
        /// Rough, up to 10 km.
        C = "C",
    }
    /// State of a crossing point.
    CrossingPointStatus {
        /// Open.
        Open = "open",
        /// Limited.
        Limited = "limited",
        /// Closed.
        Closed = "closed",
    }
    /// Class of things that age alike.
    FreshnessClass {
        /// Vehicle or foot patrol.
        Patrol = "patrol",
        /// Patrol boat.
        Boat = "boat",
        /// Helicopter or uncrewed aircraft of ours.
        Aircraft = "aircraft",
        /// Other vessels.
        Vessel = "vessel",
        /// Figures of a crossing point.
        Figures = "figures",
        /// Fixed sensor.
        Sensor = "sensor",
        /// An agency's feed.
        Feed = "feed",
        /// Weather.
        Weather = "weather",
    }
    /// Category of CAP 1.2 (3.2.2).
    CapCategory {
        /// Geophysical.
        Geo = "Geo",
        /// Meteorological.
        Met = "Met",
        /// General emergency and public safety.
        Safety = "Safety",
        /// Law enforcement, military, homeland and local security.
        Security = "Security",
        /// Rescue and recovery.
        Rescue = "Rescue",
        /// Fire suppression and rescue.
        Fire = "Fire",
        /// Medical and public health.
        Health = "Health",
        /// Pollution and other environmental.
        Env = "Env",
        /// Public and private transport.
        Transport = "Transport",
        /// Utility, telecommunication, other infrastructure.
        Infra = "Infra",
        /// Chemical, biological, radiological, nuclear or explosive.
        Cbrne = "CBRNE",
        /// Other.
        Other = "Other",
    }
}
