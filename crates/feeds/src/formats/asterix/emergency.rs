//! Emergency codes of Mode 3/A: one report when an aircraft begins to send one, not one for every scan.
//!
//! ICAO Doc 4444, 8.5.1 and Annex 10, Volume IV, 2.1.4.2: 7500 unlawful interference, 7600 radio failure, 7700 state of
//! emergency.

use std::collections::BTreeMap;

use oneroof_model::{
    Identifier, IdentifierKind, Interval, LatLon, Place, PlaceKind, ReportDraft, SourceKey,
    SourceKind, Time,
};

/// Most aircraft in an emergency that are remembered; the one not heard of for longest makes room.
const MAX_REMEMBERED: usize = 256;

/// Silence after which the same code of the same aircraft is another happening. Our own choice.
const EPISODE_S: i64 = 1_800;

/// What is known of the aircraft beside its code.
pub(super) struct Aircraft<'a> {
    /// Its track's identifier as text.
    pub track: &'a str,
    /// Its ICAO 24-bit address.
    pub address: Option<u32>,
    /// Its call sign.
    pub call_sign: Option<&'a str>,
    /// Where it is.
    pub position: Option<LatLon>,
}

struct Known {
    code: u16,
    last: Time,
}

/// Remembers who sends an emergency code.
#[derive(Default)]
pub(super) struct Emergencies {
    known: BTreeMap<String, Known>,
}

/// What a code means, where it means an emergency; and whether lives are at risk.
const fn meaning(code: u16) -> Option<(&'static str, Option<bool>)> {
    match code {
        0o7500 => Some(("unlawful interference", Some(true))),
        0o7600 => Some(("radio failure", None)),
        0o7700 => Some(("emergency", Some(true))),
        _ => None,
    }
}

impl Emergencies {
    /// Takes the code that an aircraft sends at `now`; a report where it is an emergency code and new.
    pub(super) fn take(
        &mut self,
        aircraft: &Aircraft<'_>,
        code: u16,
        now: Time,
    ) -> Option<ReportDraft> {
        let Some((meaning, life_at_risk)) = meaning(code) else {
            self.known.remove(aircraft.track);
            return None;
        };
        if let Some(known) = self.known.get_mut(aircraft.track) {
            let same = known.code == code && now <= known.last.plus_secs(EPISODE_S);
            known.code = code;
            known.last = known.last.max(now);
            if same {
                return None;
            }
        } else {
            self.make_room();
            let known = Known { code, last: now };
            self.known.insert(aircraft.track.to_owned(), known);
        }
        let mut identifiers = Vec::new();
        if let Some(address) = aircraft.address {
            identifiers.push(identifier(
                IdentifierKind::Icao24,
                &format!("{address:06X}"),
            ));
        }
        if let Some(call_sign) = aircraft.call_sign {
            identifiers.push(identifier(IdentifierKind::CallSign, call_sign));
        }
        let name = aircraft.call_sign.unwrap_or(aircraft.track);
        Some(ReportDraft {
            source: Some(SourceKey {
                key: format!("squawk-{code:04o}-{}-{}", aircraft.track, now.as_secs()),
                revision: None,
            }),
            original_code: Some(format!("Mode 3/A {code:04o}")),
            occurred: Some(Interval::at(now)),
            reported: Some(now),
            place: place(aircraft),
            life_at_risk,
            title: Some(format!("{name}: {code:04o} {meaning}")),
            source_kind: Some(SourceKind::Sensor),
            identifiers,
            ..ReportDraft::default()
        })
    }

    fn make_room(&mut self) {
        if self.known.len() < MAX_REMEMBERED {
            return;
        }
        let oldest = self.known.iter().min_by_key(|(_, known)| known.last);
        if let Some(track) = oldest.map(|(track, _)| track.clone()) {
            self.known.remove(&track);
        }
    }
}

fn identifier(kind: IdentifierKind, value: &str) -> Identifier {
    Identifier {
        kind,
        value: value.to_owned(),
    }
}

fn place(aircraft: &Aircraft<'_>) -> Place {
    match aircraft.position {
        Some(at) => Place {
            kind: PlaceKind::Sensor,
            ..Place::point(at)
        },
        None => Place {
            described: Some(format!("aircraft {}", aircraft.track)),
            ..Place::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aircraft(track: &str) -> Aircraft<'_> {
        Aircraft {
            track,
            address: Some(0x3c_660c),
            call_sign: Some("DLH65A"),
            position: None,
        }
    }

    #[test]
    fn a_code_is_reported_once_and_again_when_it_changes() {
        let mut all = Emergencies::default();
        let at = |s| Time::from_secs(1_795_401_660 + s);
        let mut take = |code, s| all.take(&aircraft("x"), code, at(s)).is_some();
        let got = [
            take(0o1000, 0),
            take(0o7700, 4),
            take(0o7700, 8),
            take(0o7600, 12),
            take(0o1000, 16),
            take(0o7600, 20),
            take(0o7600, 20 + EPISODE_S),
            take(0o7600, 21 + 2 * EPISODE_S),
        ];
        assert_eq!(got, [false, true, false, true, false, true, false, true]);
    }

    #[test]
    fn a_report_says_who_and_what() {
        let report = Emergencies::default()
            .take(&aircraft("x"), 0o7500, Time::from_secs(1_795_401_660))
            .unwrap();
        assert_eq!(report.original_code.as_deref(), Some("Mode 3/A 7500"));
        assert_eq!(report.type_code, None);
        assert_eq!(
            report.title.as_deref(),
            Some("DLH65A: 7500 unlawful interference")
        );
        assert_eq!(report.identifiers[0].value, "3C660C");
    }

    #[test]
    fn however_many_aircraft_there_are_memory_is_bounded() {
        let mut all = Emergencies::default();
        for n in 0..1_000 {
            let track = format!("t{n}");
            assert!(
                all.take(&aircraft(&track), 0o7700, Time::from_secs(n))
                    .is_some()
            );
        }
        assert_eq!(all.known.len(), MAX_REMEMBERED);
        assert!(all.known.contains_key("t999"));
    }
}
