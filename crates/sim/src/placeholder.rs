//! Placeholders in a scenario's messages: `{now+40s|%d.%m.%Y %H:%M:%S|Europe/Kyiv}`, `{run}`, `{count}`,
//! `{near|47.95|0.02}`.
//!
//! A brace that does not begin with one of the five words is text, so JSON needs no escaping.

use core::fmt::Write as _;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::random::Random;

/// Longest shift of a time: a year.
const MAX_SHIFT_S: i64 = 366 * 86_400;

/// What a message is rendered with.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// When the run began.
    pub start: Timestamp,
    /// When the message is sent.
    pub now: Timestamp,
    /// Number of the run.
    pub run: u64,
    /// Which repetition of its step the message is, from 1.
    pub count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    Now,
    Start,
}

#[derive(Debug, Clone, PartialEq)]
enum Form {
    /// `2026-11-23T00:40:05Z`.
    Rfc3339,
    /// Milliseconds since 1970.
    EpochMs,
    /// Seconds since 1970.
    EpochS,
    Written {
        format: String,
        zone: TimeZone,
    },
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Time {
        base: Base,
        shift: SignedDuration,
        form: Form,
    },
    /// The number of the run, or its last digits without leading zeros.
    Run {
        digits: Option<u32>,
    },
    /// Which repetition it is.
    Count,
    /// Some number at most this far from the middle; another one in each repetition and each run, the same for the
    /// same.
    Near {
        middle: f64,
        within: f64,
        decimals: usize,
    },
}

/// How a placeholder begins behind its brace.
const WORDS: [&str; 5] = ["now", "start", "run", "count}", "near|"];

/// Whether what follows a brace is a placeholder.
fn is_ours(after: &str) -> bool {
    WORDS.iter().any(|w| after.starts_with(w))
}

/// A message with placeholders.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Template(Vec<Part>);

/// A placeholder that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("placeholder {{{text}}}: {why}")]
pub struct PlaceholderError {
    /// Line within the message, from 0.
    pub line: usize,
    /// What stands between the braces.
    pub text: String,
    /// What is wrong with it.
    pub why: String,
}

impl Template {
    /// Reads a message.
    ///
    /// # Errors
    /// At the first placeholder that cannot be read.
    pub fn read(text: &str) -> Result<Self, PlaceholderError> {
        let mut parts = Vec::new();
        let (mut plain, mut rest, mut line) = (String::new(), text, 0);
        while let Some((before, after)) = rest.split_once('{') {
            plain.push_str(before);
            line += before.matches('\n').count();
            if !is_ours(after) {
                plain.push('{');
                rest = after;
                continue;
            }
            let fault = |text: &str, why: String| PlaceholderError {
                line,
                text: text.to_owned(),
                why,
            };
            let Some((inner, tail)) = after.split_once('}').filter(|(i, _)| !i.contains('\n'))
            else {
                let shown = after.lines().next().unwrap_or_default();
                return Err(fault(shown, "`}` is missing in its line".to_owned()));
            };
            if !plain.is_empty() {
                parts.push(Part::Text(core::mem::take(&mut plain)));
            }
            parts.push(part(inner).map_err(|why| fault(inner, why))?);
            rest = tail;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// The message at a moment.
    pub fn render(&self, moment: Moment) -> String {
        let mut out = String::new();
        let seed = moment.run.wrapping_mul(100_003);
        let mut random = Random::new(seed.wrapping_add(u64::from(moment.count)));
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                // Writing to a String does not fail.
                Part::Count => write!(out, "{}", moment.count).unwrap_or_default(),
                Part::Near {
                    middle,
                    within,
                    decimals,
                } => {
                    let number = random.between(middle - within, middle + within);
                    write!(out, "{number:.decimals$}").unwrap_or_default();
                }
                Part::Run { digits } => {
                    let most = digits
                        .and_then(|d| 10_u64.checked_pow(d))
                        .unwrap_or(u64::MAX);
                    write!(out, "{}", moment.run % most).unwrap_or_default();
                }
                Part::Time { base, shift, form } => {
                    let at = match base {
                        Base::Now => moment.now,
                        Base::Start => moment.start,
                    };
                    out.push_str(&form.write(at.saturating_add(*shift).unwrap_or(at)));
                }
            }
        }
        out
    }
}

impl Form {
    fn write(&self, at: Timestamp) -> String {
        match self {
            Self::Rfc3339 => at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            Self::EpochMs => at.as_millisecond().to_string(),
            Self::EpochS => at.as_second().to_string(),
            Self::Written { format, zone } => at
                .to_zoned_datetime(zone.clone())
                .strftime(format)
                .to_string(),
        }
    }
}

fn part(inner: &str) -> Result<Part, String> {
    let mut fields = inner.split('|');
    let head = fields.next().unwrap_or_default().trim();
    let (format, zone) = (fields.next(), fields.next());
    if fields.next().is_some() {
        return Err("at most a format and a zone after the word".to_owned());
    }
    if head == "count" && format.is_none() {
        return Ok(Part::Count);
    }
    if head == "near" {
        return near(format, zone);
    }
    if head == "run" {
        let digits = match format.map(str::parse::<u32>) {
            None => None,
            Some(Ok(d @ 1..=18)) => Some(d),
            Some(_) => return Err("`{run|4}` takes the last 1 to 18 digits".to_owned()),
        };
        return Ok(Part::Run { digits });
    }
    let (base, shift) = match (head.strip_prefix("now"), head.strip_prefix("start")) {
        (Some(shift), _) => (Base::Now, shift),
        (None, Some(shift)) => (Base::Start, shift),
        (None, None) => return Err("expected now, start, run, count or near".to_owned()),
    };
    Ok(Part::Time {
        base,
        shift: read_shift(shift)?,
        form: form(format, zone)?,
    })
}

/// A number near another one, with as many decimals as the other one has.
fn near(middle: Option<&str>, within: Option<&str>) -> Result<Part, String> {
    let text = middle.unwrap_or_default();
    let number = |t: &str| t.parse::<f64>().ok().filter(|n| n.is_finite());
    let (Some(middle), Some(within)) = (number(text), within.and_then(number)) else {
        return Err("expected a number and how far from it, as in {near|47.950|0.02}".to_owned());
    };
    let decimals = text.split_once('.').map_or(0, |(_, d)| d.len());
    Ok(Part::Near {
        middle,
        within: within.abs(),
        decimals,
    })
}

fn read_shift(text: &str) -> Result<SignedDuration, String> {
    if text.is_empty() {
        return Ok(SignedDuration::ZERO);
    }
    let (back, amount) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(amount), _) => (false, amount),
        (None, Some(amount)) => (true, amount),
        (None, None) => return Err("expected + or - and a span such as 40s".to_owned()),
    };
    let span = span(amount)?;
    Ok(if back { -span } else { span })
}

/// A span such as `500ms`, `12s`, `2min`, `1h`, `3d`.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn span(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("`{text}` is no span such as 500ms, 12s, 2min, 1h or 3d");
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at_checked(unit_at).ok_or_else(wrong)?;
    let number: i64 = number.parse().map_err(|_none| wrong())?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    let ms = number
        .checked_mul(unit_ms)
        .filter(|ms| *ms <= MAX_SHIFT_S * 1_000);
    ms.map(SignedDuration::from_millis)
        .ok_or_else(|| format!("{text} is more than a year"))
}

fn form(format: Option<&str>, zone: Option<&str>) -> Result<Form, String> {
    let zone = match zone {
        None => TimeZone::UTC,
        Some(name) => TimeZone::get(name).map_err(|_unknown| format!("no time zone `{name}`"))?,
    };
    let format = match format {
        None => return Ok(Form::Rfc3339),
        Some("epoch_ms") => return Ok(Form::EpochMs),
        Some("epoch_s") => return Ok(Form::EpochS),
        Some(format) => format,
    };
    if !format.contains('%') {
        return Err("expected epoch_ms, epoch_s or a format such as %H:%M:%S".to_owned());
    }
    let trial = Timestamp::UNIX_EPOCH.to_zoned_datetime(zone.clone());
    jiff::fmt::strtime::format(format, &trial).map_err(|e| e.to_string())?;
    Ok(Form::Written {
        format: format.to_owned(),
        zone,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str) -> String {
        let start: Timestamp = "2026-11-23T21:59:30Z".parse().unwrap();
        let now: Timestamp = "2026-11-23T22:00:10Z".parse().unwrap();
        Template::read(text).unwrap().render(Moment {
            start,
            now,
            run: 120_407,
            count: 3,
        })
    }

    #[test]
    fn repetitions_are_counted_and_their_numbers_wander() {
        assert_eq!(render("{count}/{run|4} {counter}"), "3/407 {counter}");
        let template = Template::read("{near|47.950|0.02} {near|12|3}").unwrap();
        let at = |count| {
            template.render(Moment {
                start: Timestamp::UNIX_EPOCH,
                now: Timestamp::UNIX_EPOCH,
                run: 7,
                count,
            })
        };
        assert_eq!(at(1), at(1), "the same for the same repetition");
        assert_ne!(at(1), at(2));
        for count in 1..200 {
            let (text, lat) = (at(count), at(count));
            let (lat, wind) = lat.split_once(' ').unwrap();
            assert_eq!(lat.len(), "47.950".len(), "{text}");
            assert!(
                (lat.parse::<f64>().unwrap() - 47.95).abs() < 0.0206,
                "{text}"
            );
            assert!((9..=15).contains(&wind.parse::<i32>().unwrap()), "{text}");
        }
    }

    #[test]
    fn times_come_in_the_form_that_the_agency_writes() {
        assert_eq!(render("{now}"), "2026-11-23T22:00:10Z");
        assert_eq!(render("{now-2min}"), "2026-11-23T21:58:10Z");
        assert_eq!(render("{now+40s|epoch_ms}"), "1795471250000");
        assert_eq!(
            render("{now+40s|%d.%m.%Y %H:%M:%S|Europe/Kyiv}"),
            "24.11.2026 00:00:50"
        );
        assert_eq!(
            render("{start|%Y-%m-%dT%H:%M:%S%:z|Europe/Kyiv}"),
            "2026-11-23T23:59:30+02:00"
        );
    }

    #[test]
    fn runs_are_numbered_and_json_stays_as_it_is() {
        let text = r#"{"id": "S-{run}", "n": {run|4}, "o": {"now": 1}}"#;
        assert_eq!(
            render(text),
            r#"{"id": "S-120407", "n": 407, "o": {"now": 1}}"#
        );
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line() {
        for (text, why) in [
            ("a\nb {now+4 parsecs}", "no span"),
            ("a\n{now", "missing"),
            ("a\n{now|hours}", "expected epoch_ms"),
            ("a\n{now|%H|Mars/Olympus}", "no time zone"),
            ("a\n{now|%@}", "placeholder {now|%@}: "),
            ("a\n{run|x}", "last 1 to 18 digits"),
            ("a\n{nowadays}", "expected + or -"),
            ("a\n{now+400d}", "more than a year"),
            ("a\n{now|%H|UTC|x}", "at most"),
            ("a\n{near|x|2}", "expected a number"),
            ("a\n{near|2}", "expected a number"),
        ] {
            let error = Template::read(text).unwrap_err();
            assert_eq!(error.line, 1, "{text}");
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}
