//! Words about regions and readings of the weather.

use oneroof_model::{
    EntryBody, LatLon, Marking, Mode, Threat, ThreatHeard, ThreatKind, ThreatState, Time,
    WeatherBatch, WeatherReading, WeatherValues,
};

/// A word about one of two regions, an alert or that it is over.
pub(crate) fn threat(n: u8, alert: bool, at: Time) -> Threat {
    Threat {
        region: format!("UA-{:02}", n % 2).into(),
        kind: ThreatKind::AirRaid,
        mode: Mode::Actual,
        state: if alert {
            ThreatState::Alert
        } else {
            ThreatState::Clear
        },
        since: at,
        at,
        heard: at,
        until: None,
        holds: false,
        feed: "alarms".into(),
        org: "ES".into(),
        marking: Marking::default(),
        key: None,
    }
}

/// The wind at one of three cells.
#[expect(clippy::unwrap_used, reason = "a place on Earth")]
pub(crate) fn reading(n: u8, at: Time, wind_mps: f64) -> WeatherReading {
    WeatherReading {
        cell: format!("C-{}", n % 3).into(),
        mode: Mode::Actual,
        position: LatLon::new(48.0, 24.0).unwrap(),
        at,
        values: WeatherValues {
            wind_mps: Some(wind_mps),
            ..WeatherValues::default()
        },
    }
}

/// Readings that came together.
pub(crate) fn weather_came(readings: Vec<WeatherReading>) -> EntryBody {
    EntryBody::WeatherRecorded {
        weather: Box::new(WeatherBatch {
            feed: "grid".into(),
            org: "ES".into(),
            marking: Marking::default(),
            readings,
        }),
    }
}

/// The word about a region once more.
pub(crate) fn said_again(n: u8, at: Time) -> ThreatHeard {
    let Threat {
        region, kind, mode, ..
    } = threat(n, true, at);
    ThreatHeard {
        region,
        kind,
        mode,
        at,
    }
}
