//! A record becomes a reading of the weather.

use oneroof_model::{Mode, WeatherDraft, WeatherValues};

use super::Scope;
use super::number::{Dimension, Number};
use super::place::Position;
use super::problem::Problems;
use super::reads::Reads;
use super::record::{Notes, Record};
use super::section::Section;
use super::source::{Source, Words};
use super::time::Moment;
use super::words::MODES;

/// Longest name of a cell, bytes.
const MAX_CELL: usize = 64;

/// How a reading is put together.
#[derive(Debug, Clone)]
pub(crate) struct WeatherMap {
    cell: Option<Source>,
    at: Option<Moment>,
    position: Position,
    wind: Option<Number>,
    wind_from: Option<Number>,
    gust: Option<Number>,
    visibility: Option<Number>,
    temperature: Option<Number>,
    precipitation: Option<Number>,
    mode: Option<Words<Mode>>,
}

impl WeatherMap {
    pub(crate) fn read(
        section: &mut Section<'_>,
        scope: &Scope<'_>,
        problems: &mut Problems,
    ) -> Self {
        let cell = section.need("cell", problems);
        let cell = cell.and_then(|n| Source::read(n, scope.tables, problems));
        let position = Position::read_in(section, scope, problems);
        let mut number = |key, dimension| {
            let node = section.take(key)?;
            Number::read(node, dimension, scope.decimal, scope.tables, problems)
        };
        let wind = number("wind", Dimension::Speed);
        let wind_from = number("wind_from", Dimension::Degrees);
        let gust = number("gust", Dimension::Speed);
        let visibility = number("visibility", Dimension::Length);
        let temperature = number("temperature", Dimension::Plain);
        let precipitation = number("precipitation", Dimension::Plain);
        Self {
            cell,
            at: scope.moment(section, "at", problems),
            position,
            wind,
            wind_from,
            gust,
            visibility,
            temperature,
            precipitation,
            mode: scope.words(section, "mode", MODES, problems),
        }
    }

    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Option<WeatherDraft> {
        let source = self.cell.as_ref()?;
        let cell = source.text(record, notes).filter(|c| c.len() <= MAX_CELL);
        let Some(cell) = cell else {
            let expected = "the name of a cell of at most 64 bytes";
            notes.fault("missing_id", source.label(), expected);
            return None;
        };
        let mut number = |n: &Option<Number>| n.as_ref().and_then(|n| n.get(record, notes));
        let values = WeatherValues {
            wind_mps: number(&self.wind),
            wind_from_deg: number(&self.wind_from).map(|a| a.rem_euclid(360.0)),
            gust_mps: number(&self.gust),
            visibility_m: number(&self.visibility),
            temperature_c: number(&self.temperature),
            precipitation_mm_h: number(&self.precipitation),
        };
        if values.is_empty() && notes.faults.is_empty() {
            let expected = "one value of the weather at least, found none";
            notes.fault("no_values", source.label(), expected);
            return None;
        }
        if !values.can_be() {
            let expected = "values that can be: wind, gust, visibility, temperature, precipitation";
            notes.fault("impossible", source.label(), expected);
            return None;
        }
        Some(WeatherDraft {
            cell: cell.into(),
            position: self.position.point(record, notes),
            at: self.at.as_ref().and_then(|m| m.get(record, notes)),
            values,
            mode: self.mode.as_ref().and_then(|w| w.get(record, notes)),
        })
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
        self.cell.iter().for_each(|s| s.paths(to));
        self.at.iter().for_each(|m| m.paths(to));
        self.position.paths(to);
        let numbers = [
            &self.wind,
            &self.wind_from,
            &self.gust,
            &self.visibility,
            &self.temperature,
            &self.precipitation,
        ];
        numbers.into_iter().flatten().for_each(|n| n.paths(to));
        self.mode.iter().for_each(|w| w.paths(to));
    }
}

#[cfg(test)]
mod tests {
    use oneroof_model::Draft;
    use serde_json::{Value, json};

    use super::super::tests::read;
    use super::super::{Applied, Ground};

    const GRID: &str = r"
time: [rfc3339]
map:
  draft: weather
  cell: c
  lat: lat
  lon: lon
  at: t
  wind: {path: ff, unit: km/h}
  wind_from: dd
  gust: gust
  visibility: {path: vis, unit: km}
  temperature: tt
  precipitation: rr
";

    fn apply(record: &Value) -> Applied {
        let received = "2026-11-23T02:41:00Z".parse().unwrap();
        read(GRID)
            .unwrap_or_else(|p| panic!("{p}"))
            .apply(Ground::alone(record), received)
    }

    #[test]
    fn a_reading_comes_in_metres_and_seconds_whatever_its_sender_counts_in() {
        let record = json!({"c": "RO02-3", "lat": 47.9, "lon": 24.1, "t": "2026-11-23T02:40:00Z", "ff": 36, "dd": 370,
            "vis": 0.3, "tt": -2.5});
        let Some(Draft::Weather(w)) = apply(&record).drafts.pop() else {
            panic!("a reading");
        };
        let v = w.values;
        assert!((v.wind_mps.unwrap() - 10.0).abs() < 1e-9);
        assert!((v.wind_from_deg.unwrap() - 10.0).abs() < 1e-9);
        assert!((v.visibility_m.unwrap() - 300.0).abs() < 1e-9);
        assert_eq!(
            (v.temperature_c, v.gust_mps, v.precipitation_mm_h),
            (Some(-2.5), None, None)
        );
        assert_eq!(w.cell.as_str(), "RO02-3");
        assert!(w.position.is_some() && w.at.is_some());
    }

    #[test]
    fn a_reading_that_cannot_be_is_a_reject() {
        let far = json!({"c": "X", "ff": 3600});
        assert_eq!(apply(&far).reject.unwrap().0, "impossible");
        let empty = json!({"c": "X", "lat": 47.9, "lon": 24.1});
        assert_eq!(apply(&empty).reject.unwrap().0, "no_values");
        let nameless = json!({"ff": 3});
        assert_eq!(apply(&nameless).reject.unwrap().0, "missing_id");
    }
}
