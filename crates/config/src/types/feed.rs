//! `feeds/<feed>.yaml`: transport x format x mapping.

use std::collections::BTreeSet;

use oneroof_model::{
    Classification, Confidence, FeedId, Handling, InformationGrade, Marking, Mode, OrgId,
    PersonalData, Purpose, SourceGrade, SourceKind, Tlp, Validation,
};

use super::format::Format;
use super::tables::Names;
use super::transport::Transport;
use crate::read::record;
use crate::scalar::{Period, Size};

record! {
    /// A feed: one agency's line into the centre.
    pub struct Feed {
        /// Its name; that of its file.
        feed: FeedId,
        /// The agency that answers for it.
        org: OrgId,
        /// Name as shown.
        name: Names,
        /// Source of the national picture (Regulation (EU) 2019/1896, Art. 25(2)).
        source_kind: SourceKind,
        /// How its bytes arrive.
        transport: Transport,
        /// What its bytes mean.
        format: Format,
        /// What a report carries where the sender does not mark it.
        marking: FeedMarking = FeedMarking::default(),
        /// What a report carries where the sender does not grade it.
        confidence: FeedConfidence = FeedConfidence::default(),
        /// Actual, exercise or test; the centre's where it is missing.
        mode: Option<Mode> = None,
        /// How often a word is expected; that of `feed` in freshness.yaml where it is missing.
        expected_period: Option<Period> = None,
        /// Stale after so long without a word.
        stale_after: Option<Period> = None,
        /// Lost after so long without a word.
        lost_after: Option<Period> = None,
        /// More than this is refused with an error to the sender.
        quota: Quota = Quota::default(),
        /// IANA zone of times that carry none; the centre's where it is missing.
        zone: Option<String> = None,
        /// A paused feed is loaded, shown and not started.
        paused: bool = false,
    }

    /// What a report carries where the sender does not mark it.
    pub struct FeedMarking {
        /// Classification.
        classification: Classification = Classification::Unclassified,
        /// Traffic Light Protocol 2.0.
        tlp: Tlp = Tlp::Amber,
        /// Europol handling codes.
        handling: BTreeSet<Handling> = BTreeSet::new(),
        /// Agencies that it is released to beside the originator.
        releasable_to: BTreeSet<OrgId> = BTreeSet::new(),
        /// Personal data in it.
        personal_data: PersonalData = PersonalData::None,
        /// Restrictions in words.
        caveats: Option<String> = None,
        /// Purpose of processing (CISE 1.5.3 `PurposeType`).
        purpose: Option<Purpose> = None,
    }

    /// What a report carries where the sender does not grade it; Europol 4x4.
    pub struct FeedConfidence {
        /// Reliability of the source, A to C or X.
        reliability: SourceGrade = SourceGrade::X,
        /// Credibility of the information, 1 to 4.
        credibility: InformationGrade = InformationGrade::Four,
    }

    /// Bounds of a feed.
    pub struct Quota {
        /// Records a second, mean over ten seconds.
        records_per_s: u32 = 100,
        /// Bytes a second, mean over ten seconds.
        bytes_per_s: Size = Size(1_000_000),
    }
}

impl Default for FeedMarking {
    fn default() -> Self {
        Self {
            classification: Classification::Unclassified,
            tlp: Tlp::Amber,
            handling: BTreeSet::new(),
            releasable_to: BTreeSet::new(),
            personal_data: PersonalData::None,
            caveats: None,
            purpose: None,
        }
    }
}

impl Default for FeedConfidence {
    fn default() -> Self {
        Self {
            reliability: SourceGrade::X,
            credibility: InformationGrade::Four,
        }
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            records_per_s: 100,
            bytes_per_s: Size(1_000_000),
        }
    }
}

impl FeedMarking {
    /// The marking of the model.
    pub fn to_model(&self) -> Marking {
        Marking {
            classification: self.classification,
            tlp: self.tlp,
            handling: self.handling.clone(),
            releasable_to: self.releasable_to.clone(),
            personal_data: self.personal_data,
            caveats: self.caveats.clone(),
            purpose: self.purpose,
            retain_until: None,
        }
    }
}

impl FeedConfidence {
    /// The confidence of the model; nobody has validated anything yet.
    pub const fn to_model(&self) -> Confidence {
        Confidence {
            reliability: self.reliability,
            credibility: self.credibility,
            validation: Validation::Unvalidated,
        }
    }
}
