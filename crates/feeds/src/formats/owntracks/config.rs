//! Options of the format.

use oneroof_model::{OrgId, TrackDomain};
use serde::Deserialize;

use crate::devices::Devices;

/// Options of `owntracks`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwntracksOptions {
    /// The format's name, as the feed's file has it.
    pub kind: String,
    /// The device, where messages name none by a topic: in HTTP mode the phone says who it is in the request's head only.
    pub device: Option<String>,
    /// Whose a device is, by `user/device`, by the whole topic, or by the tracker's two letters (`tid`).
    pub devices: Devices,
    /// World of the devices that `devices` does not list.
    pub domain: TrackDomain,
    /// The agency, where `devices` does not say.
    pub org: Option<OrgId>,
}

impl Default for OwntracksOptions {
    fn default() -> Self {
        Self {
            kind: super::KIND.kind.to_owned(),
            device: None,
            devices: Devices::default(),
            domain: TrackDomain::Vehicle,
            org: None,
        }
    }
}
