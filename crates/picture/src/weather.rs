//! Weather: the newest reading of each cell and mode.

use std::sync::Arc;

use oneroof_model::{CellId, Time, WEATHER_FORGOTTEN_S, Weather, WeatherBatch};

use crate::state::{Change, Picture};

impl Picture {
    /// Takes readings; late ones never replace newer ones, and a cell of which nothing was heard for a day is dropped.
    pub(crate) fn weathered(&mut self, now: Time, batch: WeatherBatch) -> Vec<Change> {
        let WeatherBatch {
            feed,
            org,
            marking,
            readings,
        } = batch;
        let mut changes = Vec::with_capacity(readings.len());
        for reading in readings {
            let cell = reading.cell.clone();
            let all = self.weather.entry(cell.clone()).or_default();
            let known = all.iter_mut().find(|w| w.reading.mode == reading.mode);
            if known.as_ref().is_some_and(|w| w.reading.at > reading.at) {
                continue;
            }
            let new = Arc::new(Weather {
                reading,
                heard: now,
                feed: feed.clone(),
                org: org.clone(),
                marking: marking.clone(),
            });
            match known {
                Some(known) => *known = new,
                None => all.push(new),
            }
            changes.push(Change::Weather(cell));
        }
        let before = now.plus_secs(-WEATHER_FORGOTTEN_S);
        let forgotten: Vec<CellId> = self
            .weather
            .iter()
            .filter(|(_, all)| all.iter().all(|w| w.heard < before))
            .map(|(cell, _)| cell.clone())
            .collect();
        for cell in forgotten {
            self.weather.remove(&cell);
            changes.push(Change::Weather(cell));
        }
        changes
    }
}
