//! Options of the format.

use serde::Deserialize;

/// What to do about a sentence's checksum (IEC 61162-1, 7.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChecksumPolicy {
    /// A wrong or missing one is a reject.
    Require,
    /// A wrong one is a reject, a missing one is let pass: some forwarders strip it.
    #[default]
    IfPresent,
    /// Not looked at. Only for looking into damaged captures: damaged sentences then give false positions.
    Ignore,
}

/// Options of `ais_nmea`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AisOptions {
    /// The format's name, as the feed's file has it.
    pub kind: String,
    /// What to do about checksums.
    pub checksum: ChecksumPolicy,
    /// Whether own-ship sentences (`VDO`) give drafts as those heard by radio (`VDM`) do.
    pub own_ship: bool,
    /// Seconds until the parts of a message that did not become whole are given up, 1 to 600.
    pub assembly_timeout_s: u32,
}

impl Default for AisOptions {
    fn default() -> Self {
        Self {
            kind: super::KIND.kind.to_owned(),
            checksum: ChecksumPolicy::default(),
            own_ship: true,
            assembly_timeout_s: 10,
        }
    }
}
