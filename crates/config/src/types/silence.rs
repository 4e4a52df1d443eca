//! `silence` in `freshness.yaml`: when the centre itself reports that somebody has fallen silent.

use std::collections::BTreeSet;

use oneroof_model::BcpId;

use crate::read::record;
use crate::scalar::{Period, Share};

record! {
    /// What is called a silence, and raised as an event of the centre's own.
    pub struct Silence {
        /// Whether anything is looked for.
        enabled: bool = true,
        /// Time between two looks, 1 s to 1 min.
        every: Period = Period::secs(10),
        /// Feeds that are quieter than their own normal.
        feeds: FeedSilence = FeedSilence::default(),
        /// Units that are overdue.
        units: UnitSilence = UnitSilence::default(),
        /// Crossing points without figures.
        figures: FiguresSilence = FiguresSilence::default(),
    }

    /// A feed quieter than its own normal for this hour of the week.
    pub struct FeedSilence {
        /// Whether it is looked for.
        enabled: bool = true,
        /// A feed is not quiet while it says more than this share of its normal, above 0.
        quieter_than: Share = Share(0.5),
        /// Most chance that a feed which says just that share would by accident say so little, above 0 to 0.1.
        chance: Share = Share(0.0001),
        /// Weeks that are remembered of each hour of the week, 1 to 12.
        weeks: u32 = 8,
        /// Weeks that have to be heard of an hour before anything is normal for it, 1 to `weeks`.
        least_weeks: u32 = 3,
    }

    /// A unit on duty without a word.
    pub struct UnitSilence {
        /// Whether it is looked for.
        enabled: bool = true,
        /// Overdue after so long without a word; where it is missing, by the unit's `lost_after`, and at least three of its
        /// expected periods.
        after: Option<Period> = None,
        /// Whether a unit that sends positions and never said what it does counts as on duty.
        positions_mean_duty: bool = true,
        /// A unit that was silent for so long when the server starts is taken to be off duty.
        off_duty_after: Period = Period::secs(12 * 3_600),
    }

    /// A crossing point that gives no figures.
    pub struct FiguresSilence {
        /// Whether it is looked for.
        enabled: bool = true,
        /// Crossing points that have to give figures; where it is empty, those that gave some within `remembered`.
        crossing_points: BTreeSet<BcpId> = BTreeSet::new(),
        /// See `crossing_points`.
        remembered: Period = Period::secs(7 * 86_400),
        /// Silent after so long without figures; `lost_after` of `figures` where it is missing.
        after: Option<Period> = None,
    }
}

impl Default for Silence {
    fn default() -> Self {
        Self {
            enabled: true,
            every: Period::secs(10),
            feeds: FeedSilence::default(),
            units: UnitSilence::default(),
            figures: FiguresSilence::default(),
        }
    }
}

impl Default for FeedSilence {
    fn default() -> Self {
        Self {
            enabled: true,
            quieter_than: Share(0.5),
            chance: Share(0.0001),
            weeks: 8,
            least_weeks: 3,
        }
    }
}

impl Default for UnitSilence {
    fn default() -> Self {
        Self {
            enabled: true,
            after: None,
            positions_mean_duty: true,
            off_duty_after: Period::secs(12 * 3_600),
        }
    }
}

impl Default for FiguresSilence {
    fn default() -> Self {
        Self {
            enabled: true,
            crossing_points: BTreeSet::new(),
            remembered: Period::secs(7 * 86_400),
            after: None,
        }
    }
}
