//! Numbers as agencies write them: decimal comma, blanks between thousands, units, degrees and minutes.

use serde_json::Value;

use super::node::{Kind, Node};
use super::problem::Problems;
use super::reads::Reads;
use super::record::{Notes, Record, scalar_text, what};
use super::section::Section;
use super::source::{Source, Tables};

/// What a number measures; decides which units it may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// A count or a code.
    Plain,
    /// Speed, given out in metres a second.
    Speed,
    /// Length, given out in metres.
    Length,
    /// A span of time, given out in minutes.
    Minutes,
    /// An angle, given out in degrees.
    Degrees,
}

impl Dimension {
    /// Unit names and what one of them is in the unit given out. Foot, mile: international, exact; knot and
    /// nautical mile: ISO 80000-3 (1852 m).
    const fn units(self) -> &'static [(&'static str, f64)] {
        match self {
            Self::Plain => &[("1", 1.0), ("%", 0.01)],
            Self::Speed => &[
                ("m/s", 1.0),
                ("km/h", 1000.0 / 3600.0),
                ("kn", 1852.0 / 3600.0),
                ("mph", 1609.344 / 3600.0),
                ("ft/s", 0.3048),
            ],
            Self::Length => &[
                ("m", 1.0),
                ("km", 1000.0),
                ("ft", 0.3048),
                ("nmi", 1852.0),
                ("mi", 1609.344),
            ],
            Self::Minutes => &[("min", 1.0), ("s", 1.0 / 60.0), ("h", 60.0)],
            Self::Degrees => &[("deg", 1.0), ("rad", 57.295_779_513_082_32)],
        }
    }
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Decimal {
    /// `1234.5`
    #[default]
    Point,
    /// `1 234,5` or `1.234,5`
    Comma,
}

/// Words for [`Decimal`].
pub(crate) const DECIMALS: &[(&str, Decimal)] =
    &[("point", Decimal::Point), ("comma", Decimal::Comma)];

/// How an angle of a position is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Style {
    #[default]
    Plain,
    /// `4830.50` = 48 degrees 30.50 minutes (NMEA 0183), hemisphere as a letter or in the sign.
    DegreesMinutes,
    /// Degrees, minutes and seconds with any signs between them: `48 30 12.5 N`.
    Dms,
}

/// A number of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    source: Source,
    factor: f64,
    decimal: Decimal,
    style: Style,
    hemisphere: Option<Source>,
    /// From this input on (after the unit): this value. Sorted, highest first.
    steps: Vec<(f64, f64)>,
}

impl Number {
    /// Reads it; a unit other than the one given out must be named.
    pub(crate) fn read(
        node: &Node,
        dimension: Dimension,
        decimal: Decimal,
        tables: &Tables,
        problems: &mut Problems,
    ) -> Option<Self> {
        let plain = |source| Self {
            source,
            factor: 1.0,
            decimal,
            style: Style::Plain,
            hemisphere: None,
            steps: Vec::new(),
        };
        if !matches!(node.kind, Kind::Map(_)) {
            return Source::read(node, tables, problems).map(plain);
        }
        let mut section = Section::open(node, problems)?;
        let source = Source::read_in(&mut section, tables, problems);
        let unit = section
            .word("unit", dimension.units(), problems)
            .unwrap_or(1.0);
        let scale = match section.take("scale") {
            None => 1.0,
            Some(n) => n
                .as_f64()
                .filter(|f| f.is_finite() && *f != 0.0)
                .unwrap_or_else(|| {
                    problems.add(n, "wrong_type", "expected a number other than 0");
                    1.0
                }),
        };
        let decimal = section
            .word("decimal", DECIMALS, problems)
            .unwrap_or(decimal);
        let (mut style, mut hemisphere) = (Style::Plain, None);
        if dimension == Dimension::Degrees {
            let words = [
                ("degrees", Style::Plain),
                ("ddmm", Style::DegreesMinutes),
                ("dms", Style::Dms),
            ];
            style = section.word("style", &words, problems).unwrap_or_default();
            hemisphere = section
                .take("hemisphere")
                .and_then(|n| Source::read(n, tables, problems));
        }
        let steps = section
            .take("steps")
            .map_or_else(Vec::new, |n| read_steps(n, problems));
        section.finish(problems);
        Some(Self {
            factor: unit * scale,
            decimal,
            style,
            hemisphere,
            steps,
            ..plain(source?)
        })
    }

    /// The number in the unit of its dimension.
    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Option<f64> {
        let value = self.source.value(record, notes)?;
        let parsed = match (self.style, &*value) {
            (Style::Plain, Value::Number(n)) => n.as_f64(),
            (Style::Plain, Value::String(s)) => parse(s, self.decimal),
            (Style::DegreesMinutes, v) => {
                scalar_text(v).and_then(|t| degrees_minutes(&t, self.decimal))
            }
            (Style::Dms, v) => scalar_text(v).and_then(|t| dms(&t)),
            _ => None,
        };
        let Some(number) = parsed.filter(|n| n.is_finite() && n.abs() < 1e15) else {
            let expected = format!("{}, found {}", self.expectation(), what(&value));
            self.source.bad(notes, "not_a_number", expected);
            return None;
        };
        let mut number = number * self.factor;
        if let Some(letter) = self.hemisphere.as_ref().and_then(|h| h.text(record, notes)) {
            match hemisphere_sign(letter.chars().next()) {
                Some(sign) => number = number.abs() * sign,
                None => self.source.bad(notes, "not_a_hemisphere", "N, S, E or W"),
            }
        }
        if self.steps.is_empty() {
            return Some(number);
        }
        let step = self
            .steps
            .iter()
            .find(|(from, _)| number >= *from)
            .map(|(_, value)| *value);
        if step.is_none() {
            self.source
                .bad(notes, "below_steps", "a number not below the lowest step");
        }
        step
    }

    /// The number as a whole count.
    pub(crate) fn count(&self, record: &Record<'_>, notes: &mut Notes) -> Option<u32> {
        let number = self.get(record, notes)?;
        let count = whole(number).and_then(|n| u32::try_from(n).ok());
        if count.is_none() {
            self.source.bad(
                notes,
                "not_a_count",
                "a whole number, not negative, below 2^32",
            );
        }
        count
    }

    /// The number as a whole number.
    pub(crate) fn integer(&self, record: &Record<'_>, notes: &mut Notes) -> Option<i64> {
        let number = self.get(record, notes)?;
        let integer = whole(number);
        if integer.is_none() {
            self.source.bad(notes, "not_whole", "a whole number");
        }
        integer
    }

    /// The path it reads, for a reason.
    pub(crate) fn label(&self) -> String {
        self.source.label()
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        self.source.paths(to);
        if let Some(h) = &self.hemisphere {
            h.paths(to);
        }
    }

    const fn expectation(&self) -> &'static str {
        match (self.style, self.decimal) {
            (Style::Plain, Decimal::Point) => "a number with a decimal point",
            (Style::Plain, Decimal::Comma) => "a number with a decimal comma",
            (Style::DegreesMinutes, _) => "degrees and minutes as in 4830.50",
            (Style::Dms, _) => "degrees, minutes and seconds",
        }
    }
}

/// A whole number out of a float that is one.
#[expect(
    clippy::cast_possible_truncation,
    reason = "bounded to 2^53 just before"
)]
fn whole(number: f64) -> Option<i64> {
    (number.fract().abs() < 1e-9 && number.abs() <= 9_007_199_254_740_992.0)
        .then_some(number.round() as i64)
}

fn read_steps(node: &Node, problems: &mut Problems) -> Vec<(f64, f64)> {
    let Kind::List(items) = &node.kind else {
        problems.add(
            node,
            "wrong_type",
            format!("expected a list, found {}", node.what()),
        );
        return Vec::new();
    };
    let mut steps = Vec::new();
    for item in items {
        let Some(mut section) = Section::open(item, problems) else {
            continue;
        };
        let from = section.need("from", problems);
        let value = section.need("value", problems);
        section.finish(problems);
        match (from.and_then(Node::as_f64), value.and_then(Node::as_f64)) {
            (Some(from), Some(value)) => steps.push((from, value)),
            _ => problems.add(
                item,
                "wrong_type",
                "expected numbers: {from: 0.9, value: 50}",
            ),
        }
    }
    steps.sort_by(|a, b| b.0.total_cmp(&a.0));
    steps
}

/// Whether every point of a number with a decimal comma stands before three digits.
fn thousands_are_whole(text: &str) -> bool {
    let whole = text.split(',').next().unwrap_or_default();
    let fraction_has_points = text.get(whole.len()..).is_some_and(|f| f.contains('.'));
    let groups = whole.split('.').skip(1);
    !fraction_has_points
        && groups
            .into_iter()
            .all(|g| g.len() == 3 && g.bytes().all(|b| b.is_ascii_digit()))
}

/// Reads a decimal number; blanks (also no-break and thin ones) and apostrophes between digits are dropped.
fn parse(text: &str, decimal: Decimal) -> Option<f64> {
    let text = text.trim();
    if decimal == Decimal::Comma && !thousands_are_whole(text) {
        return None;
    }
    let mut plain = String::with_capacity(text.len().min(64));
    for c in text.chars() {
        match (c, decimal) {
            (' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'', _) | ('.', Decimal::Comma) => {}
            (',', Decimal::Comma) => plain.push('.'),
            ('\u{2212}', _) => plain.push('-'),
            ('0'..='9' | '.' | '+' | '-' | 'e' | 'E', _) => plain.push(c),
            _ => return None,
        }
        if plain.len() > 64 {
            return None;
        }
    }
    plain.parse().ok()
}

fn hemisphere_sign(letter: Option<char>) -> Option<f64> {
    match letter?.to_ascii_uppercase() {
        'N' | 'E' => Some(1.0),
        'S' | 'W' => Some(-1.0),
        _ => None,
    }
}

/// A hemisphere letter at either end of a text, and the rest.
fn split_hemisphere(text: &str) -> (Option<f64>, &str) {
    let text = text.trim();
    if let Some(sign) = hemisphere_sign(text.chars().next_back()) {
        return (
            Some(sign),
            text.trim_end_matches(char::is_alphabetic).trim_end(),
        );
    }
    if let Some(sign) = hemisphere_sign(text.chars().next()) {
        return (
            Some(sign),
            text.trim_start_matches(char::is_alphabetic).trim_start(),
        );
    }
    (None, text)
}

/// `ddmm.mmmm` or `dddmm.mmmm` (NMEA 0183 field format `llll.ll`).
fn degrees_minutes(text: &str, decimal: Decimal) -> Option<f64> {
    let (hemisphere, rest) = split_hemisphere(text);
    let number = parse(rest, decimal)?;
    let degrees = (number.abs() / 100.0).trunc();
    let minutes = number.abs() - degrees * 100.0;
    if minutes >= 60.0 || degrees > 180.0 {
        return None;
    }
    let angle = degrees + minutes / 60.0;
    Some(hemisphere.map_or_else(|| angle.copysign(number), |sign| angle * sign))
}

/// Degrees, minutes, seconds with any signs between; a decimal comma is read as a point.
fn dms(text: &str) -> Option<f64> {
    let (hemisphere, rest) = split_hemisphere(text);
    let negative = rest.starts_with(['-', '\u{2212}']);
    let mut parts = Vec::new();
    for piece in rest.split(|c: char| !c.is_ascii_digit() && c != '.' && c != ',') {
        if !piece.is_empty() {
            parts.push(piece.replace(',', ".").parse::<f64>().ok()?);
        }
    }
    let (degrees, minutes, seconds) = match *parts.as_slice() {
        [d] => (d, 0.0, 0.0),
        [d, m] => (d, m, 0.0),
        [d, m, s] => (d, m, s),
        _ => return None,
    };
    if minutes >= 60.0 || seconds >= 60.0 {
        return None;
    }
    let angle = degrees + minutes / 60.0 + seconds / 3600.0;
    let sign = hemisphere.unwrap_or(if negative { -1.0 } else { 1.0 });
    Some(angle * sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Option<f64>, expected: f64) {
        assert!(
            found.is_some_and(|f| (f - expected).abs() < 1e-7),
            "{found:?} is not {expected}"
        );
    }

    #[test]
    fn a_decimal_comma_is_read_with_and_without_thousands() {
        near(parse("1\u{a0}234,5", Decimal::Comma), 1234.5);
        near(parse("1.234,5", Decimal::Comma), 1234.5);
        near(parse("-0,25", Decimal::Comma), -0.25);
        assert_eq!(
            parse("12.5", Decimal::Comma),
            None,
            "no thousands: a point by mistake"
        );
        assert_eq!(parse("35.5.1", Decimal::Comma), None);
        near(parse("1 234.5", Decimal::Point), 1234.5);
        assert_eq!(parse("12,5", Decimal::Point), None);
        assert_eq!(parse("NaN", Decimal::Point), None);
        assert_eq!(parse("inf", Decimal::Comma), None);
        assert_eq!(parse("0x10", Decimal::Point), None);
    }

    #[test]
    fn degrees_and_minutes_are_read_with_their_hemisphere() {
        near(degrees_minutes("4830.50N", Decimal::Point), 48.508_333_333);
        near(degrees_minutes("02945,6 W", Decimal::Comma), -29.76);
        near(degrees_minutes("-0130.0", Decimal::Point), -1.5);
        assert_eq!(degrees_minutes("4861.0N", Decimal::Point), None);
        near(dms("48\u{b0}30'12.5\"N"), 48.503_472_222);
        near(dms("W 029 45,5"), -29.758_333_333);
        assert_eq!(dms("48 75 0 N"), None);
    }
}
