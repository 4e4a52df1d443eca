//! Weather in the fold: the newest reading of a cell wins, and a cell that nobody speaks of is dropped after a day.

mod common;

use common::{go_on, reading, time, weather_came};
use oneroof_model::Mode;
use oneroof_picture::{Change, Picture};

fn wind(picture: &Picture, cell: &str) -> Option<f64> {
    let weather = picture.weather(&cell.into(), Mode::Actual)?;
    weather.reading.values.wind_mps
}

#[test]
fn a_late_reading_never_replaces_a_newer_one() {
    let mut picture = Picture::default();
    let two = vec![reading(0, time(100), 7.0), reading(1, time(100), 3.0)];
    let changed = go_on(&mut picture, weather_came(two));
    assert_eq!(changed, ["C-0", "C-1"].map(|c| Change::Weather(c.into())));
    assert_eq!(
        go_on(&mut picture, weather_came(vec![reading(0, time(90), 1.0)])),
        []
    );
    assert_eq!(wind(&picture, "C-0"), Some(7.0));
    go_on(&mut picture, weather_came(vec![reading(0, time(110), 9.0)]));
    assert_eq!(
        (wind(&picture, "C-0"), picture.weather_cells()),
        (Some(9.0), 2)
    );
    assert_eq!(picture.weather(&"C-0".into(), Mode::Exercise), None);
    let bytes = picture.to_checkpoint().unwrap();
    assert_eq!(Picture::from_checkpoint(&bytes).unwrap(), picture);
}

#[test]
fn a_cell_of_which_nothing_was_heard_for_a_day_is_dropped() {
    let mut picture = Picture::default();
    picture.apply(
        1,
        time(0),
        Some(weather_came(vec![reading(0, time(0), 7.0)])),
    );
    let later = time(90_000);
    let changed = picture.apply(2, later, Some(weather_came(vec![reading(1, later, 3.0)])));
    assert_eq!(changed, ["C-1", "C-0"].map(|c| Change::Weather(c.into())));
    assert_eq!((picture.weather_cells(), wind(&picture, "C-0")), (1, None));
}
