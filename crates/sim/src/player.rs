//! Plays a scenario again and again: sends its messages when they are due and looks at what the server makes of them.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use oneroof_model::{EventId, RecordOutcome};
use oneroof_wire::{FeedAnswer, Page, ReportView};
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::clock::now;
use crate::fleet::{Heard, Spoken};
use crate::http::{Http, HttpError};
use crate::hush::Hush;
use crate::officer::Officer;
use crate::placeholder::Moment;
use crate::radio::Air;
use crate::scenario::{Expect, Scenario, Step, Way};

/// 2026-01-01T00:00:00Z, seconds since 1970: runs are numbered by the tens of seconds since then, so that they differ
/// between two starts of the demonstration over one journal.
const RUNS_SINCE_S: i64 = 1_767_225_600;

/// In turn: how long after the last message of one scenario the next one begins.
const BETWEEN: Duration = Duration::from_mins(1);

/// Least time between two beginnings of one scenario, so that runs differ in number.
const LEAST_RUN: Duration = Duration::from_secs(11);

/// Sends what scenarios say.
#[derive(Debug, Clone)]
pub(crate) struct Player {
    pub(crate) http: Http,
    pub(crate) air: Air,
    /// Where files of a feed are dropped.
    pub(crate) folders: Arc<BTreeMap<String, PathBuf>>,
    pub(crate) officer: Officer,
    pub(crate) hush: Hush,
    /// How many times faster than it is written.
    pub(crate) speed: f64,
    /// Where the filing of runs goes on.
    pub(crate) tasks: TaskTracker,
}

/// Number of a run that begins at this moment: greater than any that began ten seconds before.
pub(crate) fn run_number(start: Timestamp) -> u64 {
    u64::try_from((start.as_second() - RUNS_SINCE_S) / 10).unwrap_or(0)
}

impl Player {
    /// Plays scenarios one after the other, again and again, until stopped. The events of a run are filed after its
    /// pause, while others are played; a scenario does not begin anew before that.
    pub(crate) async fn in_turn(self, scenarios: Vec<Scenario>) {
        let mut filing: Vec<Option<JoinHandle<()>>> = scenarios.iter().map(|_| None).collect();
        let alone = scenarios.len() == 1;
        loop {
            for (scenario, filed) in scenarios.iter().zip(&mut filing) {
                if let Some(last) = filed.take()
                    && let Err(error) = last.await
                {
                    tracing::warn!(scenario = %scenario.name, %error, "the last run was not filed");
                }
                let Some((run, opened)) = self.once(scenario).await else {
                    return;
                };
                *filed = Some(
                    self.tasks
                        .spawn(self.clone().file(scenario.clone(), run, opened)),
                );
                if !alone && !self.pause(scenario.pause.min(BETWEEN)).await {
                    return;
                }
            }
        }
    }

    /// One run: its number and the events that answers named. `None`: stopped.
    async fn once(&self, scenario: &Scenario) -> Option<(u64, BTreeSet<EventId>)> {
        let mut left = scenario.length();
        let begun = now();
        let (start, run) = (self.as_if(begun, left), run_number(begun));
        tracing::info!(scenario = %scenario.name, run, "a scenario begins");
        let mut opened = BTreeSet::new();
        for (i, step) in scenario.steps.iter().enumerate() {
            if !self.pause(step.after).await {
                return None;
            }
            // A dead line carries nothing: what is due waits for its end.
            while let Some(left) = self.hush.left(&step.feed) {
                if !self.http.wait(left).await {
                    return None;
                }
            }
            left = left.saturating_sub(step.after);
            let moment = Moment {
                start,
                now: self.as_if(now(), left),
                run,
                count: step.count,
            };
            opened.extend(self.step(scenario, i, step, moment).await);
        }
        Some((run, opened))
    }

    /// Files a run's events after its pause.
    async fn file(self, scenario: Scenario, run: u64, mut opened: BTreeSet<EventId>) {
        let pause = scenario.pause.div_f64(self.speed).max(LEAST_RUN);
        if !self.http.wait(pause).await {
            return;
        }
        for feed in scenario.unanswered() {
            opened.extend(self.of_unanswered(feed, run).await);
        }
        self.officer.close(&opened).await;
    }

    /// What a scenario that still takes so long calls this moment. Played faster it happened earlier, so that its last
    /// message is of now and none is of the future.
    fn as_if(&self, at: Timestamp, left: Duration) -> Timestamp {
        let earlier = left.mul_f64((1.0 - self.speed.recip()).max(0.0));
        at.checked_sub(earlier).unwrap_or(at)
    }

    /// Waits for a span of the scenario.
    async fn pause(&self, span: Duration) -> bool {
        self.http.wait(span.div_f64(self.speed)).await
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
            Way::Cap | Way::Csv => {
                let extension = step.way.extension().unwrap_or_default();
                let name = format!("{}-{}-{i:04}.{extension}", of.name, moment.run);
                let dropped = match self.folders.get(&step.feed) {
                    Some(folder) => drop_file(folder, &name, &body).await,
                    None => Err(std::io::ErrorKind::NotADirectory.into()),
                };
                if let Err(error) = dropped {
                    tracing::warn!(scenario, line, %error, "a file was not written");
                }
            }
            Way::Tcp(heard) => self.air.say(Spoken {
                heard,
                text: lines(&body),
            }),
            Way::Udp => self.air.say(Spoken {
                heard: Heard::River,
                text: lines(&body),
            }),
            Way::Silence(span) => {
                tracing::info!(scenario, feed = %step.feed, "a feed falls silent");
                self.hush.silence(&step.feed, span.div_f64(self.speed));
            }
        }
        Vec::new()
    }

    /// Events of what a run sent to a feed that does not answer: they are asked for.
    async fn of_unanswered(&self, feed: &str, run: u64) -> Vec<EventId> {
        let path = format!("/api/v1/reports?feed={feed}&limit=1000");
        let run = run.to_string();
        match self.http.get::<Page<ReportView>>(&path).await {
            Ok(page) => page
                .items
                .into_iter()
                .filter(|r| r.source_key.as_ref().is_some_and(|k| k.contains(&run)))
                .filter_map(|r| r.event)
                .collect(),
            Err(HttpError::Stopped) => Vec::new(),
            Err(error) => {
                tracing::warn!(feed, %error, "the feed's events are not known");
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
    hush: Hush,
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
            if hush.left(push.feed).is_some() {
                continue;
            }
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
