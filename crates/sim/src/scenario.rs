//! A scenario: a timeline of raw agency messages, read from a YAML file with every fault at its line.

use core::time::Duration;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

use crate::placeholder::{Template, span};

/// Largest scenario file, bytes.
const MAX_FILE_BYTES: u64 = 1_000_000;

/// Most steps of one scenario.
const MAX_STEPS: usize = 2_000;

/// Something wrong in a scenario's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// Line, from 1; 0 where it concerns the whole file.
    pub line: u64,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match self.line {
            0 => write!(f, "{file}: {}", self.message),
            line => write!(f, "{file}:{line}: {}", self.message),
        }
    }
}

/// The way by which a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// `POST /api/v1/feeds/{feed}`.
    Http,
    /// A file in the CAP folder.
    Cap,
    /// Sentences in the stream of the coast stations.
    Tcp,
    /// Sentences as datagrams of the river stations.
    Udp,
}

/// What the server is expected to make of every record of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expect {
    /// Taken.
    #[default]
    Accepted,
    /// Known already.
    Duplicate,
    /// A known record with other content.
    Revised,
    /// Put aside.
    Quarantine,
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// How long after the step before (the first: after the beginning of the run).
    pub after: Duration,
    /// The feed.
    pub feed: String,
    /// How it goes.
    pub way: Way,
    /// The message.
    pub body: Template,
    /// What the server should say.
    pub expect: Expect,
    /// Line of the step in its file.
    pub line: u64,
}

/// A timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its name; that of its file.
    pub name: String,
    /// How long nothing happens after the last step, before the next run.
    pub pause: Duration,
    /// The messages, in order.
    pub steps: Vec<Step>,
}

impl Scenario {
    /// The feeds that it sends to.
    pub fn sends_to(&self, way: Way) -> bool {
        self.steps.iter().any(|s| s.way == way)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScenario {
    scenario: Spanned<String>,
    /// For the reader of the file.
    #[expect(dead_code, reason = "must be a text, and is read by people")]
    about: String,
    pause: Spanned<String>,
    steps: Vec<RawStep>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    after: Spanned<String>,
    feed: Spanned<String>,
    #[serde(default)]
    http: Option<Spanned<String>>,
    #[serde(default)]
    cap: Option<Spanned<String>>,
    #[serde(default)]
    tcp: Option<Spanned<String>>,
    #[serde(default)]
    udp: Option<Spanned<String>>,
    #[serde(default)]
    expect: Option<Spanned<String>>,
}

struct Reader<'a> {
    file: &'a Path,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn fault(&mut self, line: u64, message: impl Into<String>) {
        let (file, message) = (self.file.to_path_buf(), message.into());
        self.problems.push(Problem {
            file,
            line,
            message,
        });
    }

    fn period(&mut self, text: &Spanned<String>) -> Duration {
        match span(&text.value) {
            Ok(span) => span.unsigned_abs(),
            Err(why) => {
                self.fault(line_of(text.referenced), why);
                Duration::ZERO
            }
        }
    }

    fn expect(&mut self, text: Option<&Spanned<String>>) -> Expect {
        let Some(text) = text else {
            return Expect::Accepted;
        };
        match text.value.as_str() {
            "accepted" => Expect::Accepted,
            "duplicate" => Expect::Duplicate,
            "revised" => Expect::Revised,
            "quarantine" => Expect::Quarantine,
            other => {
                let words = "accepted, duplicate, revised or quarantine";
                self.fault(
                    line_of(text.referenced),
                    format!("`{other}`: expected {words}"),
                );
                Expect::Accepted
            }
        }
    }

    fn step(&mut self, raw: &RawStep) -> Option<Step> {
        let line = line_of(raw.after.referenced);
        let after = self.period(&raw.after);
        let expect = self.expect(raw.expect.as_ref());
        if raw.feed.value.is_empty() {
            self.fault(line_of(raw.feed.referenced), "the feed has no name");
        }
        let ways = [
            (Way::Http, &raw.http),
            (Way::Cap, &raw.cap),
            (Way::Tcp, &raw.tcp),
            (Way::Udp, &raw.udp),
        ];
        let mut given = ways
            .into_iter()
            .filter_map(|(way, body)| Some((way, body.as_ref()?)));
        let (Some((way, body)), None) = (given.next(), given.next()) else {
            self.fault(line, "a step has exactly one of http, cap, tcp and udp");
            return None;
        };
        match Template::read(&body.value) {
            Ok(template) => {
                let feed = raw.feed.value.clone();
                Some(Step {
                    after,
                    feed,
                    way,
                    body: template,
                    expect,
                    line,
                })
            }
            Err(e) => {
                // A block (`|`) begins in the line after its sign.
                let block = u64::from(body.value.contains('\n'));
                let within = u64::try_from(e.line).unwrap_or(0);
                self.fault(line_of(body.referenced) + block + within, e.to_string());
                None
            }
        }
    }
}

fn line_of(at: Location) -> u64 {
    at.line()
}

/// Reads a scenario's text.
///
/// # Errors
/// Every fault with its line.
pub fn parse(file: &Path, text: &str) -> Result<Scenario, Vec<Problem>> {
    let mut reader = Reader {
        file,
        problems: Vec::new(),
    };
    let raw: RawScenario = match serde_saphyr::from_str(text) {
        Ok(raw) => raw,
        Err(e) => {
            reader.fault(
                e.location().map_or(0, line_of),
                e.without_snippet().to_string(),
            );
            return Err(reader.problems);
        }
    };
    let name = raw.scenario.value.clone();
    let stem = file
        .file_stem()
        .and_then(|s| s.to_str())
        .unwrap_or_default();
    if name != stem {
        let at = line_of(raw.scenario.referenced);
        reader.fault(
            at,
            format!("`{name}` is not the name of the file, `{stem}`"),
        );
    }
    let pause = reader.period(&raw.pause);
    if raw.steps.is_empty() || raw.steps.len() > MAX_STEPS {
        reader.fault(
            0,
            format!("{} steps; a scenario has 1 to {MAX_STEPS}", raw.steps.len()),
        );
    }
    let steps: Vec<Step> = raw.steps.iter().filter_map(|s| reader.step(s)).collect();
    let whole: Duration = steps.iter().map(|s| s.after).sum::<Duration>() + pause;
    if reader.problems.is_empty() && whole < Duration::from_secs(20) {
        let at = line_of(raw.pause.referenced);
        reader.fault(
            at,
            "a run with its pause lasts 20 s or more, so that runs differ in number",
        );
    }
    if reader.problems.is_empty() {
        Ok(Scenario { name, pause, steps })
    } else {
        Err(reader.problems)
    }
}

/// Reads all scenarios of a folder by name, or only one.
///
/// # Errors
/// Every fault of every file.
pub fn load(folder: &Path, only: Option<&str>) -> Result<Vec<Scenario>, Vec<Problem>> {
    let whole = |message: String| Problem {
        file: folder.to_path_buf(),
        line: 0,
        message,
    };
    let entries = fs::read_dir(folder).map_err(|e| vec![whole(e.to_string())])?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "yaml"))
        .filter(|p| only.is_none_or(|o| p.file_stem().is_some_and(|s| s == o)))
        .collect();
    files.sort();
    let (mut scenarios, mut problems) = (Vec::new(), Vec::new());
    for file in files {
        let at = |message: String| Problem {
            file: file.clone(),
            line: 0,
            message,
        };
        let size = fs::metadata(&file).map_or(0, |m| m.len());
        if size > MAX_FILE_BYTES {
            problems.push(at(format!("{size} bytes; at most {MAX_FILE_BYTES}")));
            continue;
        }
        match fs::read_to_string(&file).map_err(|e| vec![at(e.to_string())]) {
            Ok(text) => match parse(&file, &text) {
                Ok(scenario) => scenarios.push(scenario),
                Err(more) => problems.extend(more),
            },
            Err(more) => problems.extend(more),
        }
    }
    if let (Some(name), true, true) = (only, scenarios.is_empty(), problems.is_empty()) {
        problems.push(whole(format!("no scenario `{name}`")));
    }
    if problems.is_empty() {
        Ok(scenarios)
    } else {
        Err(problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "scenario: x\nabout: a test\npause: 1min\nsteps:\n  - after: 2s\n    feed: police-cad\n    \
                        http: |\n      {\"id\": \"{run}\",\n       \"t\": \"{now}\"}\n    expect: duplicate\n  \
                        - {after: 1s, feed: emergency-cap, cap: \"<alert/>\"}\n";

    fn problems(text: &str) -> Vec<String> {
        let found = parse(Path::new("x.yaml"), text).unwrap_err();
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_timeline_is_read_with_its_ways_and_expectations() {
        let s = parse(Path::new("x.yaml"), GOOD).unwrap();
        assert_eq!(s.pause, Duration::from_mins(1));
        assert_eq!(s.steps.len(), 2);
        assert_eq!(
            (s.steps[0].way, s.steps[0].expect),
            (Way::Http, Expect::Duplicate)
        );
        assert_eq!(s.steps[0].line, 5);
        assert!(s.sends_to(Way::Cap) && !s.sends_to(Way::Tcp));
    }

    #[test]
    fn every_fault_is_told_at_its_line() {
        let text = GOOD
            .replace("after: 2s", "after: soon")
            .replace("{now}", "{now+}")
            .replace("duplicate", "twice")
            .replace("cap: \"<alert/>\"", "cap: a, udp: b");
        let found = problems(&text);
        for (line, part) in [
            (5, "`soon` is no span"),
            (10, "placeholder {now+}"),
            (10, "`twice`"),
            (11, "exactly one"),
        ] {
            let head = format!("x.yaml:{line}: ");
            assert!(
                found
                    .iter()
                    .any(|p| p.starts_with(&head) && p.contains(part)),
                "{found:#?}"
            );
        }
    }

    #[test]
    fn an_unknown_key_a_wrong_name_and_an_empty_timeline_are_faults() {
        assert!(problems(&GOOD.replace("pause:", "pase:"))[0].contains("x.yaml:"));
        assert!(
            problems(&GOOD.replace("scenario: x", "scenario: y"))[0].contains("name of the file")
        );
        let empty = "scenario: x\nabout: a\npause: 1min\nsteps: []\n";
        assert!(problems(empty)[0].contains("0 steps"));
    }

    #[test]
    fn a_name_that_no_file_has_is_said() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x.yaml"), GOOD).unwrap();
        assert_eq!(load(folder.path(), None).unwrap().len(), 1);
        assert_eq!(load(folder.path(), Some("x")).unwrap().len(), 1);
        assert!(
            load(folder.path(), Some("z")).unwrap_err()[0]
                .to_string()
                .contains("no scenario `z`")
        );
    }
}
