//! `tak.yaml`: what TAK clients that connect to a feed's `tak_listen` are given to see. A feed that is not in it is heard
//! and told nothing.

use std::collections::BTreeSet;

use oneroof_model::{Audience, Classification, FeedId, OrgId, PersonalData, UnitId};
use schemars::JsonSchema;
use serde::Serialize;

use super::tables::word_enum;
use crate::read::{record, words};
use crate::scalar::{Period, Size};

record! {
    /// `tak.yaml`; may be missing.
    pub struct TakFile {
        /// What is given out, and to whom.
        outputs: Vec<TakOutput>,
    }

    /// What the clients of one feed see.
    pub struct TakOutput {
        /// The feed; its transport is `tak_listen`.
        feed: FeedId,
        /// Agencies whose officers look; each of them has to be allowed to see what is given out, the feed's own is one
        /// of them.
        orgs: BTreeSet<OrgId>,
        /// Highest classification that is given out.
        clearance: Classification = Classification::Unclassified,
        /// Most personal data that is given out.
        personal_data: PersonalData = PersonalData::None,
        /// Which tracks.
        tracks: TakTracks = TakTracks::Units,
        /// Least time between two positions of one track.
        every: Period = Period::secs(5),
        /// Bytes of events that may wait for one client; past them it is cut off and comes again.
        queue: Size = Size(4_000_000),
        /// Who may connect, by the name in his certificate; whoever shows a certificate of the listener's `ca` where it is
        /// empty, and anybody where the listener asks for none.
        clients: Vec<TakClient> = Vec::new(),
    }

    /// Somebody who may connect.
    pub struct TakClient {
        /// Common name of the certificate.
        common_name: String,
        /// Call sign that it has to give itself; any where it is missing.
        callsign: Option<String> = None,
        /// The unit that it is: its position is not sent back to it.
        unit: Option<UnitId> = None,
    }
}

word_enum! {
    /// Which tracks are given out.
    TakTracks {
        /// None.
        None = "none",
        /// Own units.
        Units = "units",
        /// All that the audience may see.
        All = "all",
    }
}

impl TakOutput {
    /// Who looks, as `may_see` asks it.
    pub fn audience(&self) -> Audience {
        Audience {
            name: format!("tak {}", self.feed),
            orgs: self.orgs.clone(),
            clearance: self.clearance,
            personal_data: self.personal_data,
        }
    }
}
