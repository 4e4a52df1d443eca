//! Whose a tracking device is: its identifier in a feed to an own unit or another track.
//!
//! Shared by the formats of trackers, whose options have a table `devices: {"862...": {unit: BG-P-014}}`.

use std::collections::BTreeMap;

use oneroof_model::{OrgId, PositionDraft, TrackDomain, TrackKey, UnitId};
use serde::Deserialize;

/// Longest identifier of a track in bytes ([`oneroof_model::TrackIdent`]).
pub const MAX_IDENT: usize = 64;

/// Whom a device is with.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "RawBearer")]
pub struct Bearer {
    /// The track that its positions are of; `None` where only a name or agency is known.
    pub track: Option<TrackKey>,
    /// Its name on a screen.
    pub name: Option<Box<str>>,
    /// Its agency.
    pub org: Option<OrgId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBearer {
    unit: Option<UnitId>,
    vehicle: Option<String>,
    track: Option<TrackKey>,
    name: Option<Box<str>>,
    org: Option<OrgId>,
}

impl TryFrom<RawBearer> for Bearer {
    type Error = String;

    fn try_from(raw: RawBearer) -> Result<Self, String> {
        Ok(Self {
            track: one_track(raw.unit, raw.vehicle, raw.track)?,
            name: raw.name,
            org: raw.org,
        })
    }
}

/// The track that an option names in one of three ways.
///
/// # Errors
/// Where it names more than one, or one whose identifier is empty or too long.
pub(crate) fn one_track(
    unit: Option<UnitId>,
    vehicle: Option<String>,
    track: Option<TrackKey>,
) -> Result<Option<TrackKey>, String> {
    let mut named = [
        unit.map(|unit| TrackKey::text(TrackDomain::Unit, unit.as_str())),
        vehicle.map(|vehicle| TrackKey::text(TrackDomain::Vehicle, &vehicle)),
        track,
    ]
    .into_iter()
    .flatten();
    let first = named.next();
    if named.next().is_some() {
        return Err("only one of `unit`, `vehicle` and `track` can be said".to_owned());
    }
    match first {
        Some(key) if !is_ident(&key.ident.to_string()) => Err(format!(
            "`{}` is no identifier of a track: 1 to {MAX_IDENT} bytes",
            key.ident
        )),
        other => Ok(other),
    }
}

/// Whether a device's identifier can be a track's.
pub(crate) const fn is_ident(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_IDENT
}

/// The devices of a feed by their identifiers.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(transparent)]
pub struct Devices(BTreeMap<String, Bearer>);

impl Devices {
    /// Whether the table has a device.
    pub(crate) fn knows(&self, device: &str) -> bool {
        self.0.contains_key(device)
    }

    /// A draft without values about whom a device is with; a track of `domain` by the device's own identifier, where the
    /// table does not say. `None` where the identifier is none ([`MAX_IDENT`]).
    pub(crate) fn draft(&self, device: &str, domain: TrackDomain) -> Option<PositionDraft> {
        let bearer = self.0.get(device);
        let track = bearer.and_then(|bearer| bearer.track.clone());
        let track = match track {
            Some(track) => track,
            None if is_ident(device) => TrackKey::text(domain, device),
            None => return None,
        };
        let mut draft = PositionDraft::new(track);
        draft.name = bearer.and_then(|bearer| bearer.name.clone());
        draft.org = bearer.and_then(|bearer| bearer.org.clone());
        Some(draft)
    }
}

#[cfg(test)]
mod tests {
    use oneroof_model::TrackIdent;

    use super::*;

    fn devices(yaml: &str) -> Result<Devices, String> {
        serde_saphyr::from_str(yaml).map_err(|error| error.to_string())
    }

    #[test]
    fn a_device_of_the_table_is_whom_the_table_says_and_others_are_themselves() {
        let table = devices(
            "\"862\": {unit: BG-P-014, org: BG}\nb: {track: {domain: vessel, ident: 272123456}}\nc: {name: Car 3}\n",
        )
        .unwrap();
        let key = |id: &str| {
            let draft = table.draft(id, TrackDomain::Vehicle).unwrap();
            (draft.track.domain, draft.track.ident.to_string())
        };
        assert_eq!(key("862"), (TrackDomain::Unit, "BG-P-014".to_owned()));
        assert_eq!(key("b"), (TrackDomain::Vessel, "272123456".to_owned()));
        assert_eq!(key("c"), (TrackDomain::Vehicle, "c".to_owned()));
        assert_eq!(key("d"), (TrackDomain::Vehicle, "d".to_owned()));
        let named = table.draft("c", TrackDomain::Vehicle).unwrap();
        assert_eq!(named.name.as_deref(), Some("Car 3"));
        let vessel = table.draft("b", TrackDomain::Vehicle).unwrap();
        assert_eq!(vessel.track.ident, TrackIdent::Number(272_123_456));
        assert_eq!(table.draft("", TrackDomain::Vehicle), None);
        assert_eq!(table.draft(&"x".repeat(65), TrackDomain::Vehicle), None);
    }

    #[test]
    fn two_names_for_one_device_are_a_problem() {
        for yaml in ["a: {unit: X, vehicle: Y}", "a: {unit: ''}", "a: {units: X}"] {
            assert!(devices(yaml).is_err(), "{yaml}");
        }
    }
}
