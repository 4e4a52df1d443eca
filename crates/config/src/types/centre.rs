//! `centre.yaml`.

use std::collections::{BTreeMap, BTreeSet};

use oneroof_model::{LatLon, Mode, OrgId, TypeCode};

use super::maps::OwnMap;
use super::net::Listen;
use super::tables::Names;
use super::words::{GroupCode, Lang};
use crate::read::record;
use crate::scalar::{Period, Share, Size};

record! {
    /// `centre.yaml`: who the centre is, how it runs, what it keeps.
    pub struct CentreFile {
        /// Who the centre is.
        centre: Centre,
        /// What the centre as a whole is doing: actual, exercise or test.
        mode: Mode = Mode::Actual,
        /// Whether DEMO stands over every screen.
        demo: bool = false,
        /// Addresses and folders of the process.
        server: Server,
        /// How long content is kept.
        retention: Retention,
        /// How positions are written and thinned.
        history: History,
        /// The rule by which two events are suggested to be one happening.
        linking: Linking,
        /// Sections by geometry.
        sections: SectionRule = SectionRule { snap_m: 30_000.0 },
        /// Bounds; reaching one is counted and told.
        limits: Limits,
        /// Free space where the data folder lies.
        disk: Disk,
        /// The operator's own maps, in the order in which a screen offers them.
        maps: Vec<OwnMap> = Vec::new(),
    }

    /// Who the centre is.
    pub struct Centre {
        /// Short id, for file names and messages to others.
        id: String,
        /// Name as shown.
        name: Names,
        /// ISO 3166-1 alpha-2.
        country: String,
        /// The country's bounding box, degrees; for recognising exchanged coordinates in reports.
        bounds: Bounds,
        /// IANA name of the zone that screens show beside UTC.
        time_zone: String,
        /// Languages of the screen, the default first.
        languages: Vec<Lang>,
        /// The code under which the centre itself speaks.
        org: OrgId,
    }

    /// A box in degrees on WGS 84.
    pub struct Bounds {
        /// Least latitude.
        south: f64,
        /// Greatest latitude.
        north: f64,
        /// Least longitude.
        west: f64,
        /// Greatest longitude.
        east: f64,
    }

    /// Addresses and folders of the process.
    pub struct Server {
        /// Address of the screens and the API; loopback until accounts exist.
        listen: Listen,
        /// Folder of journal, history and attachments, relative to the working folder.
        data: String,
    }

    /// How long content is kept.
    pub struct Retention {
        /// Reports.
        reports: Period,
        /// Closed events.
        events: Period,
        /// Position history.
        positions: Period,
        /// Quarantined records.
        quarantine: Period,
        /// Plates, documents, telephones.
        personal_identifiers: Period,
        /// An event that is closed or dismissed and unchanged for so long leaves memory, and the screens, for the archive.
        in_view: Period = Period::secs(86_400),
    }

    /// How positions are written and thinned.
    pub struct History {
        /// A position is written when this much time has passed since the last one of its track.
        write_every: Period,
        /// ... or when it has moved this far, metres.
        or_moved_m: f64,
        /// Thinning with age, from young to old.
        thinning: Vec<Thinning> = Vec::new(),
    }

    /// One step of thinning.
    pub struct Thinning {
        /// Applies to positions older than this.
        after: Period,
        /// One position of a track is kept in so much time.
        keep_every: Period,
    }

    /// The rule by which two events are suggested to be one happening.
    pub struct Linking {
        /// Name and version of the rule; goes into every suggestion.
        rule: String,
        /// Weights of the five terms.
        weights: Weights,
        /// Metres added to the circular errors in exp(-d / (ce1 + ce2 + base)).
        place_base_m: f64,
        /// Scale of exp(-dt / scale).
        time_scale: Period,
        /// Events further apart in time than this are not compared.
        window: Period,
        /// Least score that is shown.
        suggest: Share,
        /// Least score that is ticked already.
        strong: Share,
        /// Compatibility of types.
        types: TypeMatrix,
        /// Chatter of one sensor feed.
        chatter: Chatter,
    }

    /// Weights of the five terms; unknown terms drop out and the others are renormalised to 1.
    pub struct Weights {
        /// Nearness of place.
        place: Share,
        /// Nearness in time.
        time: Share,
        /// Compatibility of types.
        r#type: Share,
        /// Agreement of counts.
        count: Share,
        /// Shared identifiers.
        identifier: Share,
    }

    /// Compatibility of types, 0 (cannot be one happening) to 1.
    pub struct TypeMatrix {
        /// Two events of the same code.
        same_code: Share = Share(1.0),
        /// Pairs of groups; each stands once, the order does not matter; a missing pair is unknown.
        groups: BTreeMap<GroupCode, BTreeMap<GroupCode, Share>>,
        /// Codes that go with their own code only.
        apart: BTreeSet<TypeCode> = BTreeSet::new(),
    }

    /// Reports of one sensor feed alone that are attached to one event by rule.
    pub struct Chatter {
        /// At most so long after each other.
        within: Period,
        /// At most this far from each other, metres.
        distance_m: f64,
    }

    /// Sections by geometry.
    pub struct SectionRule {
        /// Greatest distance to the border line, metres; beyond it a place has no section.
        snap_m: f64,
    }

    /// Bounds; reaching one is counted and told.
    pub struct Limits {
        /// One HTTP push.
        body: Size,
        /// One file at an event or report.
        attachment: Size,
        /// Raw bytes in quarantine per feed.
        quarantine_per_feed: Size,
        /// Clients on the live socket.
        live_clients: u32,
        /// Bytes waiting for one slow client before it is cut off.
        live_queue_per_client: Size,
    }

    /// Free space where the data folder lies.
    pub struct Disk {
        /// Below this a warning is on every screen.
        warn_below: Size,
        /// Below this reports are refused with an error to the sender.
        stop_below: Size,
    }
}

impl Bounds {
    /// The corners as the model's validation wants them, where they are positions.
    pub fn to_model(&self) -> Option<oneroof_model::Bounds> {
        let south_west = LatLon::new(self.south, self.west).ok()?;
        let north_east = LatLon::new(self.north, self.east).ok()?;
        Some(oneroof_model::Bounds {
            south_west,
            north_east,
        })
    }

    /// Whether a position lies in the box.
    pub fn holds(&self, at: LatLon) -> bool {
        (self.south..=self.north).contains(&at.lat()) && (self.west..=self.east).contains(&at.lon())
    }
}

impl TypeMatrix {
    /// Compatibility of two event types, 0 to 1; `None` where it is unknown and the term drops out.
    pub fn compatibility(&self, a: &TypeCode, b: &TypeCode) -> Option<f64> {
        if a.0 == TypeCode::OTHER || b.0 == TypeCode::OTHER {
            return None;
        }
        if a == b {
            return Some(self.same_code.0);
        }
        if self.apart.contains(a) || self.apart.contains(b) {
            return Some(0.0);
        }
        let (a, b) = (GroupCode::of(a.group())?, GroupCode::of(b.group())?);
        let cell = |x, y| self.groups.get(&x).and_then(|row| row.get(&y));
        cell(a, b).or_else(|| cell(b, a)).map(|share| share.0)
    }
}
