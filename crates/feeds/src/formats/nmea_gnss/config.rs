//! Options of the format.

use oneroof_model::{OrgId, PositionDraft, TrackDomain, TrackKey, UnitId};
use serde::Deserialize;

use crate::devices::{Devices, one_track};
use crate::formats::ais_nmea::ChecksumPolicy;

/// Identifier of a receiver of which nothing says whose it is.
const NAMELESS: &str = "gnss";

/// Options of `nmea_gnss`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "RawOptions")]
pub struct GnssOptions {
    /// What to do about checksums.
    pub checksum: ChecksumPolicy,
    /// Whose the receiver is, where its sentences do not name it.
    pub track: TrackKey,
    /// Whose a receiver is that a tag block or what stands before the sentence names.
    pub devices: Devices,
    /// The agency, where the table does not say.
    pub org: Option<OrgId>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct RawOptions {
    #[serde(rename = "kind")]
    _kind: String,
    checksum: ChecksumPolicy,
    unit: Option<UnitId>,
    vehicle: Option<String>,
    track: Option<TrackKey>,
    devices: Devices,
    org: Option<OrgId>,
}

impl TryFrom<RawOptions> for GnssOptions {
    type Error = String;

    fn try_from(raw: RawOptions) -> Result<Self, String> {
        let track = one_track(raw.unit, raw.vehicle, raw.track)?;
        Ok(Self {
            checksum: raw.checksum,
            track: track.unwrap_or_else(|| TrackKey::text(TrackDomain::Vehicle, NAMELESS)),
            devices: raw.devices,
            org: raw.org,
        })
    }
}

impl Default for GnssOptions {
    fn default() -> Self {
        Self {
            checksum: ChecksumPolicy::default(),
            track: TrackKey::text(TrackDomain::Vehicle, NAMELESS),
            devices: Devices::default(),
            org: None,
        }
    }
}

impl GnssOptions {
    /// A draft without values about whom a receiver is with; `name` is what its sentences call it.
    pub(super) fn draft(&self, name: &str) -> PositionDraft {
        let named = (!name.is_empty()).then(|| self.devices.draft(name, TrackDomain::Vehicle));
        let mut draft = named
            .flatten()
            .unwrap_or_else(|| PositionDraft::new(self.track.clone()));
        draft.org = draft.org.or_else(|| self.org.clone());
        draft
    }
}
