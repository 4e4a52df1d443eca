//! Moments as agencies write them: RFC 3339, seconds or milliseconds since 1970, or a form of their own,
//! in their own zone.
//!
//! A time without a zone is taken in the field's or the feed's zone and the draft is marked `tz_assumed`
//! (domain digest 7.4). Where clocks went back and a local time happened twice, the earlier moment is taken; one
//! that never happened is moved forward by the gap (RFC 5545, 3.3.5). Zones come from the database that is
//! built in (IANA), never from the machine.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime, Time as CivilTime};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use oneroof_model::{Interval, QualityIssue, Time};
use serde_json::Value;

use super::node::{Kind, Node};
use super::problem::Problems;
use super::reads::Reads;
use super::record::{Notes, Record, scalar_text, what};
use super::section::Section;
use super::source::{Source, Tables};

/// How a moment is written.
#[derive(Debug, Clone, PartialEq)]
enum Form {
    Rfc3339,
    /// Units a second since 1970.
    Epoch(f64),
    /// A strftime-like form.
    Custom {
        form: String,
        has_date: bool,
    },
}

/// Form and zone that fields take where they say nothing.
#[derive(Debug, Clone)]
pub struct TimeDefaults {
    /// The zone of times without one.
    pub zone: TimeZone,
    forms: Vec<Form>,
}

impl TimeDefaults {
    /// Reads `zone` and `time` of a mapping.
    pub(crate) fn read(section: &mut Section<'_>, problems: &mut Problems) -> Self {
        let zone = section.take("zone").and_then(|n| read_zone(n, problems));
        let forms = section
            .take("time")
            .map(|n| read_forms(n, problems))
            .unwrap_or_default();
        Self {
            zone: zone.unwrap_or(TimeZone::UTC),
            forms: if forms.is_empty() {
                vec![Form::Rfc3339]
            } else {
                forms
            },
        }
    }
}

/// A moment of a record.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    source: Source,
    forms: Vec<Form>,
    zone: Option<TimeZone>,
}

impl Moment {
    pub(crate) fn read(
        node: &Node,
        defaults: &TimeDefaults,
        tables: &Tables,
        problems: &mut Problems,
    ) -> Option<Self> {
        let forms = defaults.forms.clone();
        if !matches!(node.kind, Kind::Map(_)) {
            let source = Source::read(node, tables, problems)?;
            return Some(Self {
                source,
                forms,
                zone: None,
            });
        }
        let mut section = Section::open(node, problems)?;
        let moment = Self::read_in(&mut section, defaults, tables, problems);
        section.finish(problems);
        moment
    }

    fn read_in(
        section: &mut Section<'_>,
        defaults: &TimeDefaults,
        tables: &Tables,
        problems: &mut Problems,
    ) -> Option<Self> {
        let source = Source::read_in(section, tables, problems);
        let forms = section.take("format").map(|n| read_forms(n, problems));
        let zone = section.take("zone").and_then(|n| read_zone(n, problems));
        let forms = forms.unwrap_or_else(|| defaults.forms.clone());
        Some(Self {
            source: source?,
            forms,
            zone,
        })
    }

    /// The moment.
    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Option<Time> {
        let value = self.source.value(record, notes)?;
        let zone = self.zone.as_ref().unwrap_or(record.zone);
        let found = self
            .forms
            .iter()
            .find_map(|f| f.read(&value, zone, record.received));
        let Some((time, assumed)) = found else {
            let expected: Vec<Cow<'_, str>> = self.forms.iter().map(Form::describe).collect();
            let expected = format!(
                "a time as {}, found {}",
                expected.join(" or "),
                what(&value)
            );
            self.source.bad(notes, "not_a_time", expected);
            return None;
        };
        if assumed {
            notes.issues.insert(QualityIssue::TzAssumed);
        }
        Some(time)
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        self.source.paths(to);
    }
}

/// A moment, or the two ends of an interval (`{from: ..., to: ...}`).
#[derive(Debug, Clone)]
pub(crate) enum Span {
    /// One moment.
    At(Moment),
    /// Two ends, either of which may be missing in a record.
    Between(Moment, Moment),
}

impl Span {
    pub(crate) fn read(
        node: &Node,
        defaults: &TimeDefaults,
        tables: &Tables,
        problems: &mut Problems,
    ) -> Option<Self> {
        if node.get("from").is_none() {
            return Moment::read(node, defaults, tables, problems).map(Self::At);
        }
        let mut section = Section::open(node, problems)?;
        let from = section.need("from", problems);
        let to = section.need("to", problems);
        section.finish(problems);
        let from = from.and_then(|n| Moment::read(n, defaults, tables, problems));
        let to = to.and_then(|n| Moment::read(n, defaults, tables, problems));
        Some(Self::Between(from?, to?))
    }

    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Option<Interval> {
        match self {
            Self::At(moment) => moment.get(record, notes).map(Interval::at),
            Self::Between(from, to) => match (from.get(record, notes), to.get(record, notes)) {
                (Some(a), Some(b)) => Some(Interval::between(a, b)),
                (Some(t), None) | (None, Some(t)) => Some(Interval::at(t)),
                (None, None) => None,
            },
        }
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        match self {
            Self::At(moment) => moment.paths(to),
            Self::Between(a, b) => {
                a.paths(to);
                b.paths(to);
            }
        }
    }
}

/// A zone by its IANA name; problems name what was expected.
fn read_zone(node: &Node, problems: &mut Problems) -> Option<TimeZone> {
    let name = node.as_text().unwrap_or_default();
    let zone = TimeZone::get(name).ok();
    if zone.is_none() {
        problems.add_with_help(
            node,
            "unknown_zone",
            "no time zone of this name in the IANA database",
            "as in Europe/Kyiv, Europe/Bucharest, UTC",
        );
    }
    zone
}

fn read_forms(node: &Node, problems: &mut Problems) -> Vec<Form> {
    match &node.kind {
        Kind::List(items) => items
            .iter()
            .filter_map(|n| read_form(n, problems))
            .collect(),
        _ => read_form(node, problems).into_iter().collect(),
    }
}

fn read_form(node: &Node, problems: &mut Problems) -> Option<Form> {
    match node.as_text() {
        Some("rfc3339") => return Some(Form::Rfc3339),
        Some("epoch_s") => return Some(Form::Epoch(1.0)),
        Some("epoch_ms") => return Some(Form::Epoch(1e3)),
        Some("epoch_us") => return Some(Form::Epoch(1e6)),
        Some(form) if form.contains('%') => {
            // A form that can not write a known moment can not read one.
            let sample = jiff::ZonedDateTime::new(jiff::Timestamp::UNIX_EPOCH, TimeZone::UTC);
            match jiff::fmt::strtime::format(form, &sample) {
                Ok(written) => {
                    let read = BrokenDownTime::parse(form, &written).ok()?;
                    let has_date = read.to_date().is_ok();
                    if has_date || read.to_time().is_ok() {
                        return Some(Form::Custom {
                            form: form.to_owned(),
                            has_date,
                        });
                    }
                    problems.add(
                        node,
                        "bad_time_form",
                        "neither a date nor a time of day in it",
                    );
                }
                Err(e) => problems.add(node, "bad_time_form", format!("not a time form: {e}")),
            }
            return None;
        }
        _ => {}
    }
    problems.add_with_help(
        node,
        "bad_time_form",
        "expected rfc3339, epoch_s, epoch_ms, epoch_us or a form with % signs",
        "as in `%d.%m.%Y %H:%M:%S`",
    );
    None
}

impl Form {
    fn describe(&self) -> Cow<'_, str> {
        match self {
            Self::Rfc3339 => Cow::Borrowed("RFC 3339"),
            Self::Epoch(_) => Cow::Borrowed("a number since 1970"),
            Self::Custom { form, .. } => Cow::Borrowed(form.as_str()),
        }
    }

    /// The moment and whether its zone was assumed.
    fn read(&self, value: &Value, zone: &TimeZone, received: Time) -> Option<(Time, bool)> {
        match self {
            Self::Rfc3339 => rfc3339(value.as_str()?.trim(), zone),
            Self::Epoch(per_second) => {
                let number = match value {
                    Value::Number(n) => n.as_f64()?,
                    other => scalar_text(other)?.parse().ok()?,
                };
                let micros = (number / per_second * 1e6).round();
                // The year 9999 is 2.5e17 microseconds away.
                #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
                (micros.abs() < 2.5e17).then(|| (Time::from_micros(micros as i64), false))
            }
            Self::Custom { form, has_date } => {
                let text = scalar_text(value)?;
                let read = BrokenDownTime::parse(form, text.as_bytes()).ok()?;
                if let Ok(t) = read.to_timestamp() {
                    return Some((t.into(), false));
                }
                if *has_date {
                    let day = read.to_date().ok()?;
                    let time = read.to_time().unwrap_or_else(|_| CivilTime::midnight());
                    local(day.to_datetime(time), zone).map(|t| (t, true))
                } else {
                    nearest_day(read.to_time().ok()?, zone, received).map(|t| (t, true))
                }
            }
        }
    }
}

/// RFC 3339, also with a blank for `T` and without an offset (then in the zone).
fn rfc3339(text: &str, zone: &TimeZone) -> Option<(Time, bool)> {
    if let Ok(time) = text.parse::<Time>() {
        return Some((time, false));
    }
    // Offsets without a colon (`+0200`) are ISO 8601 basic form and common.
    let civil = text.parse::<DateTime>().ok()?;
    local(civil, zone).map(|t| (t, true))
}

/// A time of day without a date: the day that brings it nearest to the moment of receipt.
fn nearest_day(time: CivilTime, zone: &TimeZone, received: Time) -> Option<Time> {
    let today: Date = jiff::ZonedDateTime::new(received.to_jiff().ok()?, zone.clone()).date();
    [today.yesterday().ok(), Some(today), today.tomorrow().ok()]
        .into_iter()
        .flatten()
        .filter_map(|day| local(day.to_datetime(time), zone))
        .min_by_key(|t| (t.as_micros() - received.as_micros()).abs())
}

fn local(civil: DateTime, zone: &TimeZone) -> Option<Time> {
    zone.to_ambiguous_timestamp(civil)
        .compatible()
        .ok()
        .map(Time::from)
}

/// The calendar day of a moment in a zone.
pub(crate) fn day_of(time: Time, zone: &TimeZone) -> Option<Date> {
    Some(jiff::ZonedDateTime::new(time.to_jiff().ok()?, zone.clone()).date())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kyiv() -> TimeZone {
        TimeZone::get("Europe/Kyiv").unwrap()
    }

    fn read(form: &str, value: &Value) -> Option<(String, bool)> {
        let node = Node::from_value(&json!(form));
        let mut problems = Problems::default();
        let form = read_form(&node, &mut problems).expect("a form");
        let received: Time = "2026-11-23T00:10:00Z".parse().unwrap();
        form.read(value, &kyiv(), received)
            .map(|(t, assumed)| (t.to_string(), assumed))
    }

    fn is(form: &str, value: &Value, expected: &str, assumed: bool) {
        assert_eq!(
            read(form, value),
            Some((expected.to_owned(), assumed)),
            "{form} {value}"
        );
    }

    #[test]
    fn a_zone_is_taken_from_the_text_and_else_assumed() {
        is(
            "rfc3339",
            &json!("2026-11-23T02:41:07+02:00"),
            "2026-11-23T00:41:07Z",
            false,
        );
        is(
            "rfc3339",
            &json!("2026-11-23 02:41:07"),
            "2026-11-23T00:41:07Z",
            true,
        );
        is(
            "rfc3339",
            &json!("2026-07-01T12:00:00"),
            "2026-07-01T09:00:00Z",
            true,
        );
        is(
            "%d.%m.%Y %H:%M",
            &json!("23.11.2026 02:41"),
            "2026-11-23T00:41:00Z",
            true,
        );
        is(
            "%Y%m%d%H%M%S%z",
            &json!("20261123024100+0100"),
            "2026-11-23T01:41:00Z",
            false,
        );
        is(
            "epoch_ms",
            &json!(1_795_401_660_250_i64),
            "2026-11-23T02:41:00.25Z",
            false,
        );
        is(
            "epoch_s",
            &json!("1795401660"),
            "2026-11-23T02:41:00Z",
            false,
        );
        assert_eq!(read("epoch_s", &json!(1e300)), None);
        assert_eq!(read("rfc3339", &json!("yesterday")), None);
    }

    #[test]
    fn a_time_of_day_falls_on_the_day_nearest_to_its_receipt() {
        // Received at 02:10 in Kyiv: 23:50 was yesterday, 01:05 is today.
        is("%H:%M:%S", &json!("23:50:00"), "2026-11-22T21:50:00Z", true);
        is("%H:%M:%S", &json!("01:05:00"), "2026-11-22T23:05:00Z", true);
    }

    #[test]
    fn a_local_time_that_happened_twice_or_never_is_still_a_moment() {
        // Kyiv 2026-10-25 04:00 EEST -> 03:00 EET; 2026-03-29 03:00 EET -> 04:00 EEST.
        is(
            "rfc3339",
            &json!("2026-10-25T03:30:00"),
            "2026-10-25T00:30:00Z",
            true,
        );
        is(
            "rfc3339",
            &json!("2026-03-29T03:30:00"),
            "2026-03-29T01:30:00Z",
            true,
        );
    }
}
