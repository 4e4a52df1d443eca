//! Threats by region: the newest word of each kind and mode, and when it was last heard.

use std::sync::Arc;

use oneroof_model::{Threat, ThreatHeard, Time};

use crate::state::{Change, Picture};

impl Picture {
    /// A word that is older than the one that is known changes nothing.
    pub(crate) fn warned(&mut self, threat: Box<Threat>) -> Vec<Change> {
        let region = threat.region.clone();
        let words = self.threats.entry(region.clone()).or_default();
        let known = words.iter_mut().find(|t| t.is_of(threat.kind, threat.mode));
        match known {
            Some(known) if known.at > threat.at => return Vec::new(),
            Some(known) => *known = Arc::from(threat),
            None => words.push(Arc::from(threat)),
        }
        vec![Change::Region(region)]
    }

    /// What is not known cannot be confirmed, and is passed over.
    pub(crate) fn heard_again(&mut self, at: Time, of: &[ThreatHeard]) -> Vec<Change> {
        let mut changes = Vec::with_capacity(of.len());
        for again in of {
            let words = self.threats.get_mut(&again.region);
            let known = words
                .into_iter()
                .flatten()
                .find(|t| t.is_of(again.kind, again.mode));
            if let Some(known) = known {
                let known = Arc::make_mut(known);
                known.at = known.at.max(again.at);
                known.heard = known.heard.max(at);
                changes.push(Change::Region(again.region.clone()));
            }
        }
        changes
    }
}
