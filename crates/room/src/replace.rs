//! Which older revisions leave memory when a newer one is attached: rule `replace/1`.
//!
//! A record that its agency sends again and again, a patrol's place every few seconds, would else fill the memory, the
//! checkpoints and each message that tells of its event. What an older revision said stays in the journal and is read from
//! there when somebody asks for it. It goes only where nobody could miss it: the newer one is released to the same
//! audience and refers to the same files, and no merge that may be taken back names the older.

use std::collections::BTreeSet;

use oneroof_model::{Event, Replaced, Report, ReportId};
use oneroof_picture::{Picture, ReportState};

/// Superseded revisions in an event whose place a report takes that is about to be attached to it; `None` where there are
/// none. A revision that came late takes the place of those that are superseded as it is, so that one of them stays.
pub(crate) fn replaced(picture: &Picture, event: &Event, report: ReportId) -> Option<Replaced> {
    let state = picture.report_state(report)?;
    let said = state.report.as_ref()?;
    let attached: Vec<(ReportId, &ReportState)> = event
        .reports
        .iter()
        .filter_map(|a| Some((a.report, picture.report_state(a.report)?)))
        .filter(|(id, s)| *id != report && s.superseded_by.is_some())
        .collect();
    // The newest revision, and those that it and these superseded: one that came late stands behind its own.
    let mut chain = BTreeSet::from([report]);
    let mut above = state;
    while let Some(by) = above.superseded_by.filter(|by| chain.insert(*by)) {
        above = picture.report_state(by)?;
    }
    loop {
        let before = chain.len();
        let follows = |s: &ReportState| s.superseded_by.is_some_and(|by| chain.contains(&by));
        let more: Vec<ReportId> = attached
            .iter()
            .filter(|(_, s)| follows(s))
            .map(|(id, _)| *id)
            .collect();
        chain.extend(more);
        if chain.len() == before {
            break;
        }
    }
    let merged: BTreeSet<ReportId> = event
        .merges
        .iter()
        .flat_map(|m| &m.reports)
        .copied()
        .collect();
    let mut since = known_since(said, state);
    let mut reports = Vec::new();
    for (id, older) in attached {
        let Some(word) = older.report.as_ref().filter(|_| chain.contains(&id)) else {
            continue;
        };
        if alike(word, said) && !merged.contains(&id) {
            let first = known_since(word, older);
            since = (since.0.min(first.0), since.1.min(first.1));
            reports.push(id);
        }
    }
    let (received, aware) = since;
    (!reports.is_empty()).then_some(Replaced {
        reports,
        received,
        aware,
    })
}

/// When the first of its revisions was received, and when the agency was aware.
fn known_since(report: &Report, state: &ReportState) -> (oneroof_model::Time, oneroof_model::Time) {
    let aware = report.aware.unwrap_or(report.received).min(report.received);
    state.older.map_or((report.received, aware), |o| {
        (report.received.min(o.received), aware.min(o.aware))
    })
}

/// Whether the newer one says to the same audience what the older one is to others: the same kind of word, and every file.
fn alike(older: &Report, newer: &Report) -> bool {
    let files =
        |r: &Report| -> BTreeSet<_> { r.attachments.iter().filter_map(|a| a.stored).collect() };
    older.marking == newer.marking
        && older.org == newer.org
        && older.mode == newer.mode
        && older.relation == newer.relation
        && files(older).is_subset(&files(newer))
}
