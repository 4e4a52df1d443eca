//! What becomes of readings of the weather: those of one message are one entry.

use oneroof_model::{
    EntryBody, MAX_WEATHER_CELLS, QuarantineReason, RecordOutcome, Time, WeatherBatch,
    WeatherDraft, WeatherReading,
};

use crate::batch::{Deciding, TAKEN};
use crate::submit::FeedContext;

impl Deciding<'_> {
    /// Why a reading cannot be taken: nobody said where its cell is, or there are too many.
    pub(crate) fn no_such_cell(&self, d: &WeatherDraft) -> Option<QuarantineReason> {
        let waiting = |r: &WeatherReading| r.cell == d.cell;
        let known = self.picture.cell_position(&d.cell).is_some();
        let known = known || self.weather.iter().any(waiting);
        if known {
            return None;
        }
        if d.position.is_none() {
            let detail = format!("the cell {} was never said to be anywhere", d.cell);
            return Some(QuarantineReason::new("missing.place", detail));
        }
        // Those of this message may be known ones, so that the bound is reached a message late at most.
        let count = self.picture.weather_cells() + self.weather.len();
        (count >= MAX_WEATHER_CELLS).then(|| {
            let detail = format!("more than {MAX_WEATHER_CELLS} cells");
            QuarantineReason::new("bad.cell", detail)
        })
    }

    /// Takes a reading whose cell is known or has a position.
    pub(crate) fn weather(
        &mut self,
        feed: &FeedContext,
        d: WeatherDraft,
        at: Time,
    ) -> RecordOutcome {
        let mode = d.mode.unwrap_or(feed.mode);
        let moment = d.at.map_or(at, |t| t.min(at));
        let known = self.picture.weather(&d.cell, mode);
        if known.is_some_and(|w| w.reading.at > moment) {
            // Late: what is known is newer.
            return RecordOutcome::Duplicate { report: None };
        }
        let waiting = self.weather.iter().find(|r| r.cell == d.cell);
        let position = d
            .position
            .or_else(|| self.picture.cell_position(&d.cell))
            .or_else(|| waiting.map(|r| r.position));
        if let Some(position) = position {
            self.weather.push(WeatherReading {
                cell: d.cell,
                mode,
                position,
                at: moment,
                values: d.values,
            });
        }
        TAKEN
    }

    /// Makes one entry of the readings of a submission.
    pub(crate) fn flush_weather(&mut self, feed: &FeedContext) {
        if self.weather.is_empty() {
            return;
        }
        let readings = core::mem::take(&mut self.weather);
        let batch = WeatherBatch {
            feed: feed.id.clone(),
            org: feed.org.clone(),
            marking: feed.marking.clone(),
            readings,
        };
        self.record(EntryBody::WeatherRecorded {
            weather: Box::new(batch),
        });
    }
}
