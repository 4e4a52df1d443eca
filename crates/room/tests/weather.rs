//! Readings of the weather: those of a message are one entry, the newest wins, and cells are bounded.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{House, at, emergency};
use oneroof_model::{
    Draft, LatLon, MAX_WEATHER_CELLS, Mode, RecordOutcome, Time, WeatherDraft, WeatherValues,
};

fn reading(cell: &str, said: Time, wind_mps: f64) -> WeatherDraft {
    WeatherDraft {
        cell: cell.into(),
        position: LatLon::new(47.9, 24.1).ok(),
        at: Some(said),
        values: WeatherValues {
            wind_mps: Some(wind_mps),
            ..WeatherValues::default()
        },
        mode: None,
    }
}

async fn say(house: &House, readings: Vec<WeatherDraft>) -> Vec<RecordOutcome> {
    let drafts = readings.into_iter().map(Draft::Weather);
    let submission = house.submission(&emergency(), drafts);
    house.room.submit(submission).await.unwrap().outcomes
}

fn wind(house: &House, cell: &str) -> Option<f64> {
    let picture = house.picture();
    let weather = picture.weather(&cell.into(), Mode::Actual)?;
    weather.reading.values.wind_mps
}

#[tokio::test]
async fn readings_of_a_message_are_one_entry_and_a_late_one_changes_nothing() {
    let house = House::open().await;
    house.at(1, 0, 0);
    let all = ["A", "B", "C"].map(|c| reading(c, at(1, 0, 0), 5.0));
    say(&house, all.into()).await;
    assert_eq!(
        house.picture().position(),
        2,
        "the configuration, and one entry"
    );
    let late = say(&house, vec![reading("A", at(0, 30, 0), 1.0)]).await;
    assert_eq!(late, [RecordOutcome::Duplicate { report: None }]);
    // Where it is need not be said again.
    let newer = WeatherDraft {
        position: None,
        ..reading("A", at(1, 0, 0), 8.0)
    };
    say(&house, vec![newer]).await;
    assert_eq!(
        (wind(&house, "A"), wind(&house, "B")),
        (Some(8.0), Some(5.0))
    );
    house.holds_what_the_journal_says().await;
    let house = house.again().await;
    assert_eq!(wind(&house, "A"), Some(8.0), "after a restart too");
}

#[tokio::test]
async fn a_cell_that_is_nowhere_and_one_too_many_are_put_aside() {
    let house = House::open().await;
    let nowhere = WeatherDraft {
        position: None,
        ..reading("A", at(0, 0, 0), 5.0)
    };
    let code = |o: &RecordOutcome| match o {
        RecordOutcome::Quarantined { reason, .. } => reason.code.clone(),
        other => format!("{other:?}"),
    };
    assert_eq!(code(&say(&house, vec![nowhere]).await[0]), "missing.place");
    let many = (0..=MAX_WEATHER_CELLS).map(|n| reading(&format!("C-{n}"), at(0, 0, 0), 5.0));
    let outcomes = say(&house, many.collect()).await;
    assert_eq!(code(outcomes.last().unwrap()), "bad.cell");
    let aside = outcomes
        .iter()
        .filter(|o| matches!(o, RecordOutcome::Quarantined { .. }));
    assert_eq!(aside.count(), 1);
    assert_eq!(house.picture().weather_cells(), MAX_WEATHER_CELLS);
}
