//! Options of the format.

use jiff::tz::TimeZone;
use serde::Deserialize;

/// Options of `adsb_sbs`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SbsOptions {
    /// The format's name, as the feed's file has it.
    pub kind: String,
    /// Zone of the times, by its name in the IANA database: lines tell none.
    pub timezone: String,
}

impl Default for SbsOptions {
    fn default() -> Self {
        Self {
            kind: super::KIND.kind.to_owned(),
            timezone: "UTC".to_owned(),
        }
    }
}

impl SbsOptions {
    /// The zone, or what is wrong with its name.
    pub(super) fn zone(&self) -> Result<TimeZone, String> {
        if self.timezone == "UTC" {
            return Ok(TimeZone::UTC);
        }
        TimeZone::get(&self.timezone)
            .map_err(|_unknown| format!("no time zone is called `{}`", self.timezone))
    }
}
