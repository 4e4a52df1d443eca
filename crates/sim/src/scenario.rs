//! A scenario: a timeline of raw agency messages, read from a YAML file with every fault at its line.

use core::time::Duration;
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

use crate::fleet::Heard;
use crate::placeholder::{Template, span};

/// Largest scenario file, bytes.
const MAX_FILE_BYTES: u64 = 1_000_000;

/// Most messages of one scenario, repetitions counted.
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
    /// A warning as a file in the feed's folder.
    Cap,
    /// A table as a file in the feed's folder.
    Csv,
    /// Lines in the stream of the feed's station, beside its own traffic.
    Tcp(Heard),
    /// Sentences as datagrams of the river stations.
    Udp,
    /// Nothing is sent: the agency's line is dead for so long. Its signs of life stay away, and what is due waits.
    Silence(Duration),
}

impl Way {
    /// How the name of a file ends that goes this way; `None` where no file is dropped.
    pub const fn extension(self) -> Option<&'static str> {
        match self {
            Self::Cap => Some("xml"),
            Self::Csv => Some("csv"),
            Self::Http | Self::Tcp(_) | Self::Udp | Self::Silence(_) => None,
        }
    }

    /// Whether the sender is told at once what became of its message.
    pub const fn is_answered(self) -> bool {
        matches!(self, Self::Http)
    }
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
    /// Which repetition of its step it is, from 1.
    pub count: u32,
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
    /// The feeds that it sends to without an answer.
    pub fn unanswered(&self) -> BTreeSet<&str> {
        let sent = self.steps.iter().filter(|s| !s.way.is_answered());
        sent.filter(|s| !matches!(s.way, Way::Silence(_)))
            .map(|s| s.feed.as_str())
            .collect()
    }

    /// How long it takes from its beginning to its last message.
    pub fn length(&self) -> Duration {
        self.steps.iter().map(|s| s.after).sum()
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
    csv: Option<Spanned<String>>,
    #[serde(default)]
    udp: Option<Spanned<String>>,
    #[serde(default)]
    silence: Option<Spanned<String>>,
    #[serde(default)]
    repeat: Option<RawRepeat>,
    #[serde(default)]
    expect: Option<Spanned<String>>,
}

/// The same step several times.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRepeat {
    times: u32,
    every: Spanned<String>,
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

    fn step(&mut self, raw: &RawStep) -> Vec<Step> {
        let line = line_of(raw.after.referenced);
        let after = self.period(&raw.after);
        let expect = self.expect(raw.expect.as_ref());
        if raw.feed.value.is_empty() {
            self.fault(line_of(raw.feed.referenced), "the feed has no name");
        }
        let ways = [
            (Way::Http, &raw.http),
            (Way::Cap, &raw.cap),
            (Way::Csv, &raw.csv),
            (Way::Tcp(Heard::Coast), &raw.tcp),
            (Way::Udp, &raw.udp),
            (Way::Silence(Duration::ZERO), &raw.silence),
        ];
        let mut given = ways
            .into_iter()
            .filter_map(|(way, body)| Some((way, body.as_ref()?)));
        let (Some((way, text)), None) = (given.next(), given.next()) else {
            let words = "http, cap, csv, tcp, udp and silence";
            self.fault(line, format!("a step has exactly one of {words}"));
            return Vec::new();
        };
        let feed = raw.feed.value.clone();
        let (way, body) = match way {
            Way::Silence(_) => (Way::Silence(self.period(text)), Some(Template::default())),
            Way::Tcp(_) => (Way::Tcp(self.station(&raw.feed)), self.template(text)),
            way => (way, self.template(text)),
        };
        let Some(body) = body else {
            return Vec::new();
        };
        let first = Step {
            after,
            feed,
            way,
            body,
            expect,
            count: 1,
            line,
        };
        self.repeated(first, raw.repeat.as_ref())
    }

    /// The station of a feed; of one that has none it does not matter which, for the fault is told.
    fn station(&mut self, feed: &Spanned<String>) -> Heard {
        Heard::of_feed(&feed.value).unwrap_or_else(|| {
            let message = format!("`{}` has no station", feed.value);
            self.fault(line_of(feed.referenced), message);
            Heard::Coast
        })
    }

    fn template(&mut self, text: &Spanned<String>) -> Option<Template> {
        match Template::read(&text.value) {
            Ok(template) => Some(template),
            Err(e) => {
                // A block (`|`) begins in the line after its sign.
                let block = u64::from(text.value.contains('\n'));
                let within = u64::try_from(e.line).unwrap_or(0);
                self.fault(line_of(text.referenced) + block + within, e.to_string());
                None
            }
        }
    }

    /// A step with its repetitions.
    fn repeated(&mut self, first: Step, repeat: Option<&RawRepeat>) -> Vec<Step> {
        let Some(repeat) = repeat else {
            return vec![first];
        };
        let every = self.period(&repeat.every);
        let most = u32::try_from(MAX_STEPS).unwrap_or(u32::MAX);
        if !(1..=most).contains(&repeat.times) {
            self.fault(first.line, format!("repeat: 1 to {most} times"));
            return Vec::new();
        }
        let next = |count| Step {
            after: if count == 1 { first.after } else { every },
            count,
            ..first.clone()
        };
        (1..=repeat.times).map(next).collect()
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
    let mut steps = Vec::new();
    for step in &raw.steps {
        steps.extend(reader.step(step));
        // Beyond the bound nothing more is read, so that a few lines do not become millions.
        if steps.len() > MAX_STEPS {
            break;
        }
    }
    if raw.steps.is_empty() || steps.len() > MAX_STEPS {
        let n = steps.len();
        let message = format!("{n} messages; a scenario has 1 to {MAX_STEPS}");
        reader.fault(0, message);
    }
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
        assert_eq!(s.unanswered(), BTreeSet::from(["emergency-cap"]));
        assert_eq!(s.length(), Duration::from_secs(3));
    }

    #[test]
    fn a_step_is_repeated_with_its_count_and_a_silence_sends_nothing() {
        let text = format!(
            "{GOOD}  - {{after: 5s, feed: coast-ais, tcp: \"{{count}}\", repeat: {{times: 3, every: 2s}}}}\n  \
             - {{after: 1s, feed: customs-batch, silence: 4min}}\n"
        );
        let s = parse(Path::new("x.yaml"), &text).unwrap();
        let told: Vec<_> = s.steps.iter().skip(2).map(|s| (s.after, s.count)).collect();
        let secs = Duration::from_secs;
        assert_eq!(
            told,
            [(secs(5), 1), (secs(2), 2), (secs(2), 3), (secs(1), 1)]
        );
        assert_eq!(
            s.steps.last().unwrap().way,
            Way::Silence(Duration::from_mins(4))
        );
        assert_eq!(
            s.unanswered(),
            BTreeSet::from(["coast-ais", "emergency-cap"])
        );
        let many = text.replace("times: 3", "times: 2001");
        assert!(problems(&many)[0].contains("1 to 2000 times"));
        let sum = text.replace("times: 3", "times: 1999");
        assert!(problems(&sum)[0].contains("messages; a scenario has 1 to 2000"));
        let nowhere = text.replace("feed: coast-ais", "feed: police-cad");
        assert!(problems(&nowhere)[0].contains("`police-cad` has no station"));
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
        assert!(problems(empty)[0].contains("0 messages"));
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
