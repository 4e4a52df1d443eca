//! What the browser knows: its storage, calendars and zones, chance.

use std::cell::RefCell;

use js_sys::{Array, Date, Intl, Object, Reflect};
use oneroof_model::Time;
use wasm_bindgen::prelude::*;

use super::desk::Zone;

/// The browser's storage for this origin.
pub(crate) fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// What an earlier visit kept.
pub(crate) fn kept(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Keeps a value until the next visit.
pub(crate) fn keep(key: &str, value: &str) {
    if let Some(s) = storage() {
        // A browser that keeps nothing asks again next time.
        s.set_item(key, value).ok();
    }
}

/// The page's font size, CSS pixels.
pub(crate) fn root_font_px() -> f64 {
    let read = || {
        let window = web_sys::window()?;
        let root = window.document()?.document_element()?;
        let style = window.get_computed_style(&root).ok().flatten()?;
        style
            .get_property_value("font-size")
            .ok()?
            .trim_end_matches("px")
            .parse::<f64>()
            .ok()
    };
    read().unwrap_or(16.0)
}

/// Size of the screen's type against a desk's (16 CSS pixels).
pub(crate) fn ui_scale() -> f64 {
    root_font_px() / 16.0
}

fn formatter(zone: Zone, options: &[(&str, &str)]) -> Intl::DateTimeFormat {
    let o = Object::new();
    let name = match zone {
        Zone::Kyiv => "Europe/Kyiv",
        Zone::Utc => "UTC",
    };
    for (k, v) in options
        .iter()
        .copied()
        .chain([("timeZone", name), ("hourCycle", "h23")])
    {
        // A plain object takes any property.
        Reflect::set(&o, &k.into(), &v.into()).ok();
    }
    Intl::DateTimeFormat::new(&Array::of1(&"uk-UA".into()), &o)
}

struct Formats {
    clock: [Intl::DateTimeFormat; 2],
    day: [Intl::DateTimeFormat; 2],
}

thread_local! {
    static FORMATS: RefCell<Option<Formats>> = const { RefCell::new(None) };
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of our age are below 2^52"
)]
fn format(t: Time, zone: Zone, day: bool) -> String {
    FORMATS.with_borrow_mut(|f| {
        let f = f.get_or_insert_with(|| {
            let clock = |z| {
                formatter(
                    z,
                    &[
                        ("hour", "2-digit"),
                        ("minute", "2-digit"),
                        ("second", "2-digit"),
                    ],
                )
            };
            let day = |z| {
                formatter(
                    z,
                    &[
                        ("day", "2-digit"),
                        ("month", "2-digit"),
                        ("year", "numeric"),
                    ],
                )
            };
            Formats {
                clock: [clock(Zone::Kyiv), clock(Zone::Utc)],
                day: [day(Zone::Kyiv), day(Zone::Utc)],
            }
        });
        let [kyiv, utc] = if day { &f.day } else { &f.clock };
        let which = if zone == Zone::Kyiv { kyiv } else { utc };
        let date = Date::new(&JsValue::from_f64(t.as_millis() as f64));
        which
            .format()
            .call1(&JsValue::UNDEFINED, &date)
            .ok()
            .and_then(|s| s.as_string())
            .unwrap_or_default()
    })
}

/// `02:41:07`.
pub(crate) fn clock(t: Time, zone: Zone) -> String {
    format(t, zone, false)
}

/// `23.11.2026`.
pub(crate) fn day(t: Time, zone: Zone) -> String {
    format(t, zone, true)
}

/// Seconds that the clock of a zone is ahead of universal time at a moment; 0 where the browser knows no zones.
pub(crate) fn offset_s(t: Time, zone: Zone) -> i64 {
    let read = || {
        let (day, clock) = (day(t, zone), clock(t, zone));
        let mut parts = day.split('.').chain(clock.split(':'));
        let mut next = || parts.next()?.parse::<i64>().ok();
        let (d, m, y) = (next()?, next()?, next()?);
        let (hour, minute, second) = (next()?, next()?, next()?);
        let days = crate::when::days(y, m, d)?;
        Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
    };
    read().map_or(0, |local| local - t.as_secs())
}

/// The clock, with the day before it where it is another one than today's.
pub(crate) fn clock_or_day(t: Time, now: Time, zone: Zone) -> String {
    let (that, today) = (day(t, zone), day(now, zone));
    if that == today {
        clock(t, zone)
    } else {
        format!("{that} {}", clock(t, zone))
    }
}

/// A new id (UUID version 7) of the server's moment; `None` where the browser has no source of chance.
pub(crate) fn new_uuid(now: Option<Time>) -> Option<uuid::Uuid> {
    let mut bytes = [0u8; 16];
    web_sys::window()?
        .crypto()
        .ok()?
        .get_random_values_with_u8_array(&mut bytes)
        .ok()?;
    let ms = now.map_or(0, Time::as_millis).max(0).to_be_bytes();
    if let (Some(head), Some(stamp)) = (bytes.get_mut(..6), ms.get(2..)) {
        head.copy_from_slice(stamp);
    }
    Some(
        uuid::Builder::from_bytes(bytes)
            .with_version(uuid::Version::SortRand)
            .with_variant(uuid::Variant::RFC4122)
            .into_uuid(),
    )
}

/// Chance, 0 to 1.
pub(crate) fn random() -> f64 {
    js_sys::Math::random()
}
