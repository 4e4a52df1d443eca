//! Reads what test runners write: how many passed, how many failed, what was skipped and why.

/// What a test prints, at the beginning of a line, when it can't do its work here.
const SKIP_MARK: &str = "SKIPPED";

/// Passed and failed tests.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: usize,
    pub(super) failed: usize,
}

impl Counts {
    /// Adds others to these.
    pub(super) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// The result of one runner.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Native {
    pub(super) counts: Counts,
    /// What was skipped, and why.
    pub(super) skips: Vec<(String, String)>,
}

impl Native {
    /// Reads one line of cargo's own test runner.
    pub(super) fn read_line(&mut self, line: &str) {
        if self.read_skip(line) {
            return;
        }
        let Some((_, counts)) = line
            .strip_prefix("test result: ")
            .and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for part in counts.split("; ") {
            let mut words = part.split_whitespace();
            let number: usize = words
                .next()
                .and_then(|word| word.parse().ok())
                .unwrap_or_default();
            match words.next() {
                Some("passed") => self.counts.passed += number,
                Some("failed") => self.counts.failed += number,
                _ => {}
            }
        }
    }

    /// Takes a line that tells of a skip; its test was counted as passed, or will be.
    fn read_skip(&mut self, line: &str) -> bool {
        let Some(rest) = line.trim_start().strip_prefix(SKIP_MARK) else {
            return false;
        };
        if !rest.starts_with([' ', ':']) {
            return false;
        }
        let rest = rest.trim_start_matches([' ', ':']);
        let (what, why) = rest.split_once(": ").unwrap_or(("a part of a test", rest));
        self.skips
            .push((what.trim().to_owned(), why.trim().to_owned()));
        true
    }
}

/// Reads the report that nextest writes, with the output of tests that passed in it.
///
/// Each test that printed a skip is taken from the passed ones.
pub(super) fn from_junit(xml: &str) -> Native {
    let mut native = Native::default();
    let mut cases = xml.split("<testcase ");
    cases.next();
    for case in cases {
        let case = case.split("</testsuite>").next().unwrap_or(case);
        let failed = ["<failure", "<error"].iter().any(|tag| case.contains(tag));
        let before = native.skips.len();
        for line in unescape(case).lines() {
            // The first line of an output stands behind its tag.
            let line = line.rsplit("<system-out>").next().unwrap_or(line);
            let line = line.rsplit("<system-err>").next().unwrap_or(line);
            native.read_skip(line);
        }
        if failed {
            native.skips.truncate(before);
            native.counts.failed += 1;
        } else if native.skips.len() == before {
            native.counts.passed += 1;
        }
    }
    native
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&#10;", "\n")
        .replace("&amp;", "&")
}

/// Reads the TAP report of node's test runner: its closing counts, and each `# SKIP` with its reason.
pub(super) fn from_tap(tap: &str) -> Native {
    let mut native = Native::default();
    let mut seen = Vec::new();
    for line in tap.lines() {
        let number = |mark: &str| {
            line.strip_prefix(mark)
                .and_then(|text| text.trim().parse::<usize>().ok())
                .unwrap_or_default()
        };
        native.counts.passed += number("# pass ");
        native.counts.failed += number("# fail ") + number("# cancelled ");
        if let Some((name, why)) = line.split_once(" # SKIP") {
            let name = name.split_once(" - ").map_or(name, |(_, name)| name).trim();
            let why = if why.trim().is_empty() {
                "no reason given"
            } else {
                why.trim()
            };
            seen.push((name.to_owned(), why.to_owned()));
        }
    }
    native.skips = seen;
    native
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(what: &str, why: &str) -> (String, String) {
        (what.to_owned(), why.to_owned())
    }

    #[test]
    fn the_report_of_nextest_gives_passes_failures_and_named_skips() {
        let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="x" tests="3" failures="1" errors="0">
    <testsuite name="a" tests="3" disabled="0" errors="0" failures="1">
        <testcase name="one" classname="a" time="0.1"/>
        <testcase name="two" classname="a" time="0.1">
            <system-out>
running 1 test
SKIPPED captures: ONEROOF_SHARED_DATA &amp; ../shared/data are absent
</system-out>
        </testcase>
        <testcase name="three" classname="a" time="0.1">
            <failure type="test failure"/>
            <system-out>SKIPPED not this one: it failed</system-out>
        </testcase>
    </testsuite>
</testsuites>"#;
        assert_eq!(
            from_junit(xml),
            Native {
                counts: Counts {
                    passed: 1,
                    failed: 1
                },
                skips: vec![skip(
                    "captures",
                    "ONEROOF_SHARED_DATA & ../shared/data are absent"
                )],
            }
        );
    }

    #[test]
    fn the_lines_of_cargo_test_are_summed() {
        let mut native = Native::default();
        for line in [
            "test a::b ... ok",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
            "SKIPPED captures: absent",
            "SKIPPED: a.gz is not there",
            "SKIPPEDNESS is no skip: at all",
        ] {
            native.read_line(line);
        }
        assert_eq!(
            native.counts,
            Counts {
                passed: 4,
                failed: 2
            }
        );
        assert_eq!(
            native.skips,
            [
                skip("captures", "absent"),
                skip("a part of a test", "a.gz is not there")
            ]
        );
    }

    #[test]
    fn the_report_of_node_gives_passes_failures_and_named_skips() {
        let tap = "TAP version 13\n# Subtest: a\nok 1 - a\nok 2 - b # SKIP no server\n\
                   not ok 3 - c\n1..3\n# tests 4\n# pass 1\n# fail 1\n# cancelled 1\n# skipped 1\n";
        let native = from_tap(tap);
        assert_eq!(
            native.counts,
            Counts {
                passed: 1,
                failed: 2
            }
        );
        assert_eq!(native.skips, [skip("b", "no server")]);
    }
}
