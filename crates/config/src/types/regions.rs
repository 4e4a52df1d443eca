//! `regions.yaml`: what can be warned.

use oneroof_model::RegionId;

use crate::read::record;

record! {
    /// `regions.yaml`; may be missing.
    pub struct RegionsFile {
        /// The regions of the state.
        regions: Vec<RegionRow>,
    }

    /// A region that can be warned.
    pub struct RegionRow {
        /// Its code by ISO 3166-2, as in UA-46.
        id: RegionId,
        /// Name in Ukrainian.
        uk: String,
        /// Name in English.
        en: String,
    }
}
