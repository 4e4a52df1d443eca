//! Plays a scenario again and again: sends its messages when they are due and looks at what the server makes of them.

use core::time::Duration;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use oneroof_model::{EventId, RecordOutcome};
use oneroof_wire::{FeedAnswer, Page, ReportView};

use crate::clock::now;
use crate::fleet::{Heard, Spoken};
use crate::http::{Http, HttpError};
use crate::officer::Officer;
use crate::placeholder::Moment;
use crate::radio::Air;
use crate::scenario::{Expect, Scenario, Step, Way};

/// 2026-01-01T00:00:00Z, seconds since 1970: runs are numbered by the tens of seconds since then, so that they differ
/// between two starts of the demonstration over one journal.
const RUNS_SINCE_S: i64 = 1_767_225_600;

/// Sends what scenarios say.
#[derive(Debug, Clone)]
pub(crate) struct Player {
    pub(crate) http: Http,
    pub(crate) air: Air,
    pub(crate) cap_folder: PathBuf,
    pub(crate) officer: Officer,
}

/// Number of a run that begins at this moment: greater than any that began ten seconds before.
pub(crate) fn run_number(start: Timestamp) -> u64 {
    u64::try_from((start.as_second() - RUNS_SINCE_S) / 10).unwrap_or(0)
}

impl Player {
    /// Plays until stopped.
    pub(crate) async fn play(self, scenario: Scenario) {
        loop {
            let start = now();
            let run = run_number(start);
            tracing::info!(scenario = %scenario.name, run, "a scenario begins");
            let mut opened = BTreeSet::new();
            for (i, step) in scenario.steps.iter().enumerate() {
                if !self.http.wait(step.after).await {
                    return;
                }
                let moment = Moment {
                    start,
                    now: now(),
                    run,
                };
                opened.extend(self.step(&scenario, i, step, moment).await);
            }
            if !self.http.wait(scenario.pause).await {
                return;
            }
            if scenario.sends_to(Way::Cap) {
                opened.extend(self.of_warnings(run).await);
            }
            self.officer.close(&opened).await;
        }
    }

    /// Sends one message; gives the events that it opened or was attached to.
    async fn step(&self, of: &Scenario, i: usize, step: &Step, moment: Moment) -> Vec<EventId> {
        let body = step.body.render(moment);
        let (scenario, line) = (of.name.as_str(), step.line);
        match step.way {
            Way::Http => match self.http.push(&step.feed, &body).await {
                Ok(answer) => {
                    if !as_expected(&answer, step.expect) {
                        let (feed, expected) = (step.feed.as_str(), step.expect);
                        tracing::warn!(
                            scenario,
                            line,
                            feed,
                            ?expected,
                            ?answer,
                            "another answer than expected"
                        );
                    }
                    return events_of(&answer);
                }
                Err(HttpError::Stopped) => {}
                Err(error) => tracing::warn!(scenario, line, %error, "a message was not taken"),
            },
            Way::Cap => {
                let name = format!("{}-{}-{i:02}.xml", of.name, moment.run);
                if let Err(error) = drop_file(&self.cap_folder, &name, &body).await {
                    tracing::warn!(scenario, line, %error, "a file was not written");
                }
            }
            Way::Tcp => self.air.say(Spoken {
                heard: Heard::Coast,
                text: lines(&body),
            }),
            Way::Udp => self.air.say(Spoken {
                heard: Heard::River,
                text: lines(&body),
            }),
        }
        Vec::new()
    }

    /// Events of the warnings of a run: a dropped file is not answered, so they are asked for.
    async fn of_warnings(&self, run: u64) -> Vec<EventId> {
        let path = "/api/v1/reports?feed=emergency-cap&limit=1000";
        let run = run.to_string();
        match self.http.get::<Page<ReportView>>(path).await {
            Ok(page) => page
                .items
                .into_iter()
                .filter(|r| r.source_key.as_ref().is_some_and(|k| k.contains(&run)))
                .filter_map(|r| r.event)
                .collect(),
            Err(error) => {
                tracing::warn!(%error, "the warnings' events are not known");
                Vec::new()
            }
        }
    }
}

/// Sentences with the line ends of the standard.
fn lines(body: &str) -> String {
    body.lines()
        .filter(|l| !l.is_empty())
        .flat_map(|l| [l, "\r\n"])
        .collect()
}

fn as_expected(answer: &FeedAnswer, expect: Expect) -> bool {
    answer.records.iter().all(|r| {
        matches!(
            (r, expect),
            (RecordOutcome::Accepted { .. }, Expect::Accepted)
                | (RecordOutcome::Duplicate { .. }, Expect::Duplicate)
                | (RecordOutcome::Revised { .. }, Expect::Revised)
                | (RecordOutcome::Quarantined { .. }, Expect::Quarantine)
        )
    })
}

fn events_of(answer: &FeedAnswer) -> Vec<EventId> {
    let event = |r: &RecordOutcome| match r {
        RecordOutcome::Accepted { event, .. } => *event,
        _ => None,
    };
    answer.records.iter().filter_map(event).collect()
}

/// Writes a file under another name and renames it, so that it is never seen half.
async fn drop_file(folder: &Path, name: &str, text: &str) -> std::io::Result<()> {
    tokio::fs::create_dir_all(folder).await?;
    let half = folder.join(format!(".{name}.part"));
    tokio::fs::write(&half, text).await?;
    tokio::fs::rename(&half, folder.join(name)).await
}

/// Sends what a background part has due, every `every`, until stopped.
pub(crate) async fn background(
    http: Http,
    name: &'static str,
    every: Duration,
    mut due: impl FnMut(u64, Timestamp) -> Vec<crate::patrols::Push>,
) {
    let start = now();
    let mut failing = false;
    loop {
        let at = now();
        let elapsed = u64::try_from(at.duration_since(start).as_millis()).unwrap_or(0);
        for push in due(elapsed, at) {
            match http.push_once(push.feed, push.body).await {
                Ok(answer) => {
                    if failing {
                        tracing::info!(part = name, "sending again");
                    }
                    failing = false;
                    if answer.quarantined + answer.refused > 0 {
                        tracing::warn!(
                            part = name,
                            feed = push.feed,
                            ?answer,
                            "records were not taken"
                        );
                    }
                }
                Err(HttpError::Stopped) => return,
                // Said once; what comes next replaces what was lost.
                Err(error) if !failing => {
                    failing = true;
                    tracing::warn!(part = name, feed = push.feed, %error, "sending fails; tried again");
                }
                Err(_) => {}
            }
        }
        if !http.wait(every).await {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_have_greater_numbers_ten_seconds_later() {
        let at = |s: i64| run_number(Timestamp::from_second(s).unwrap());
        assert_eq!(at(RUNS_SINCE_S), 0);
        assert!(at(1_795_400_010) > at(1_795_400_000));
    }

    #[tokio::test]
    async fn a_file_appears_whole_and_leaves_nothing_half() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = folder.path().join("a/b");
        drop_file(&inbox, "w.xml", "<alert/>").await.unwrap();
        let names: Vec<_> = std::fs::read_dir(&inbox)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names, ["w.xml"]);
        assert_eq!(
            std::fs::read_to_string(inbox.join("w.xml")).unwrap(),
            "<alert/>"
        );
    }
}
