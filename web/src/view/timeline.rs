//! What happened around an event, in one line of time: what agencies say happened, when it was known, what officers did, what is due.

use oneroof_model::{Act, Actor, LinkProvenance, OrgId, ReportId, Time, TypeCode};
use oneroof_wire::{EventView, ReportView};

use super::clocks::{Duty, of_event};

/// One thing on the line.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Something happened, as a report says.
    Report {
        /// The report.
        id: ReportId,
        /// Who says so.
        org: OrgId,
        /// What.
        type_code: TypeCode,
        /// In the sender's words: its title, else the beginning of its text.
        words: Option<String>,
        /// When it ended, where that is another moment.
        until: Option<Time>,
        /// Seconds until the centre had it; negative where the sender's clock is ahead.
        known_after_s: f64,
        /// Whether its sender took it back.
        withdrawn: bool,
        /// How it came to the event.
        how: LinkProvenance,
    },
    /// An officer wrote.
    Note {
        /// Who.
        by: Actor,
        /// What.
        text: String,
        /// How many files with it.
        files: usize,
    },
    /// Somebody did something to it.
    Done(Act),
    /// Older acts are in the journal alone.
    Before(u64),
    /// A duty is due.
    Due(Duty),
}

/// A thing with its moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// When: of a report its beginning, of everything else when it was done or is due.
    pub at: Time,
    /// What.
    pub what: What,
}

/// Most characters of a report's text that stand on the line.
const TEXT_CHARS: usize = 140;

/// The beginning of a text.
fn begin(text: &str) -> String {
    let mut chars = text.chars();
    let mut out: String = chars.by_ref().take(TEXT_CHARS).collect();
    if chars.next().is_some() {
        out.push('\u{2026}');
    }
    out
}

/// Everything about an event, the oldest first. Reports that a newer revision replaced are left out.
pub fn moments(e: &EventView, reports: &[ReportView]) -> Vec<Moment> {
    let mut out: Vec<Moment> = Vec::new();
    for a in &e.reports {
        let Some(r) = reports.iter().find(|r| r.id == a.report && !r.superseded) else {
            continue;
        };
        let (from, to) = (r.occurred.from, r.occurred.to);
        out.push(Moment {
            at: from,
            what: What::Report {
                id: r.id,
                org: r.org.clone(),
                type_code: r.type_code.clone(),
                words: r.title.clone().or_else(|| r.text.as_deref().map(begin)),
                until: (to != from).then_some(to),
                known_after_s: r.received.secs_since(from),
                withdrawn: r.withdrawn,
                how: a.provenance.clone(),
            },
        });
    }
    out.extend(e.notes.iter().map(|n| Moment {
        at: n.at,
        what: What::Note {
            by: n.by.clone(),
            text: n.text.clone(),
            files: n.attachments.len(),
        },
    }));
    out.extend(e.acts.iter().map(|a| Moment {
        at: a.at,
        what: What::Done(a.clone()),
    }));
    if let Some(first) = e.acts.first().filter(|_| e.acts_before > 0) {
        // Before the first of those that are told.
        out.insert(
            0,
            Moment {
                at: first.at,
                what: What::Before(e.acts_before),
            },
        );
    }
    out.extend(of_event(e).into_iter().map(|c| Moment {
        at: c.due,
        what: What::Due(c.duty),
    }));
    // Stable: of one moment, what happened stands before what was done.
    out.sort_by_key(|m| m.at);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::testing::{event, report};

    #[test]
    fn the_line_runs_in_the_order_of_happening_and_says_when_it_was_known() {
        let mut e = event(1);
        let (late, early) = (report(7, 1_300, 1_310), report(8, 1_100, 1_700));
        for r in [&late, &early] {
            e.reports.push(crate::view::testing::attached(r));
        }
        e.life_at_risk = true;
        e.acts = serde_json::from_str(
            r#"[{"did":"led","to":"active","by":{"is":"person","name":"O","org":"NCC"},"at":"1970-01-01T00:20:00Z"}]"#,
        )
        .unwrap();
        e.acts_before = 2;
        let line = moments(&e, &[late.clone(), early]);
        let said: Vec<String> = line
            .iter()
            .map(|m| match &m.what {
                What::Report {
                    id, known_after_s, ..
                } => {
                    format!(
                        "{} {known_after_s}",
                        if *id == late.id { "late" } else { "early" }
                    )
                }
                What::Done(act) => format!("{:?}", act.did),
                What::Before(n) => format!("{n} before"),
                What::Due(d) => format!("{d:?}"),
                What::Note { text, .. } => text.clone(),
            })
            .collect();
        assert_eq!(
            said,
            [
                "early 600",
                "2 before",
                "Led { to: Active, reason: None }",
                "late 10",
                "Forward",
                "Report"
            ]
        );
    }

    #[test]
    fn a_long_text_is_cut_with_a_sign_and_a_short_one_is_whole() {
        assert_eq!(begin("Тиса"), "Тиса");
        let long = begin(&"я".repeat(TEXT_CHARS + 1));
        assert_eq!(long.chars().count(), TEXT_CHARS + 1);
        assert!(long.ends_with('\u{2026}'));
    }

    #[test]
    fn what_a_newer_revision_replaced_is_not_told_again() {
        let mut e = event(1);
        let mut old = report(7, 1_300, 1_310);
        e.reports.push(crate::view::testing::attached(&old));
        assert_eq!(moments(&e, core::slice::from_ref(&old)).len(), 1);
        old.superseded = true;
        assert_eq!(moments(&e, &[old]), []);
    }
}
