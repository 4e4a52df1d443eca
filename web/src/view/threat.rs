//! Threats by region: what is under alert, what is not known, what is clear. What is not known is never shown as clear.

use std::collections::BTreeMap;

use oneroof_model::{FeedId, OrgId, RegionId, ThreatKind, ThreatState, Time};
use oneroof_wire::client::Picture;
use oneroof_wire::{Entity, EntityKey, EntityKind, FeedView, RegionView, ThreatView};

use super::places::Both;
use crate::find::of_kind;

/// How a region stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Under alert.
    Alert,
    /// Nothing can be relied on.
    Unknown,
    /// No alert.
    Clear,
}

/// A region with one kind of threat, as a row of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The region.
    pub id: RegionId,
    /// Its name.
    pub name: Both,
    /// What it is warned of.
    pub kind: ThreatKind,
    /// How it stands.
    pub standing: Standing,
    /// What was said last, though it cannot be relied on any more; nothing where nobody ever spoke.
    pub said: Option<ThreatState>,
    /// Since when what was said holds.
    pub since: Option<Time>,
    /// When it was last heard.
    pub heard: Option<Time>,
    /// By whom.
    pub org: Option<OrgId>,
    /// The feed that said so, by its name where the screen knows it.
    pub feed: Option<Both>,
}

/// What the head says of all regions.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Summary {
    /// Regions of the configuration.
    pub regions: usize,
    /// Those under an air-raid alert.
    pub alerts: usize,
    /// When the longest of these alerts began.
    pub since: Option<Time>,
    /// Those of which it is not known whether there is one.
    pub unknown: usize,
    /// Alerts of other kinds.
    pub others: usize,
    /// When anything was last heard of a region that is not known; nothing where nothing ever was.
    pub heard: Option<Time>,
}

/// A key of the catalogue for a kind.
pub const fn kind_key(kind: ThreatKind) -> &'static str {
    match kind {
        ThreatKind::AirRaid => "threat.kind.air_raid",
        ThreatKind::Artillery => "threat.kind.artillery",
        ThreatKind::Chemical => "threat.kind.chemical",
        ThreatKind::StreetFighting => "threat.kind.street_fighting",
        ThreatKind::Unknown => "threat.kind.unknown",
    }
}

fn feed<'p>(picture: &'p Picture, id: &FeedId) -> Option<&'p FeedView> {
    let key = EntityKey {
        kind: EntityKind::Feed,
        id: id.to_string(),
    };
    match picture.entities.get(&key) {
        Some(Entity::Feed(f)) => Some(f),
        _ => None,
    }
}

fn regions(picture: &Picture) -> impl Iterator<Item = &RegionView> {
    of_kind(picture, EntityKind::Region).filter_map(|e| match e {
        Entity::Region(r) => Some(r),
        _ => None,
    })
}

fn standing(picture: &Picture, threat: &ThreatView, now: Time) -> Standing {
    match threat.known(feed(picture, &threat.feed), now) {
        Some(ThreatState::Alert) => Standing::Alert,
        Some(ThreatState::Clear) => Standing::Clear,
        None => Standing::Unknown,
    }
}

/// When a word was last confirmed: by its feed's own life, where the sender tells of changes only.
fn heard(threat: &ThreatView, feed: Option<&FeedView>) -> Time {
    let alive = feed.and_then(|f| f.health.last_heard);
    threat
        .heard
        .max(alive.filter(|_| threat.holds).unwrap_or(threat.heard))
}

fn row(picture: &Picture, region: &RegionView, kind: ThreatKind, now: Time) -> Row {
    let threat = region.threat(kind);
    let source = threat.and_then(|t| feed(picture, &t.feed));
    Row {
        id: region.id.clone(),
        name: Both {
            uk: region.uk.clone(),
            en: region.en.clone(),
        },
        kind,
        standing: threat.map_or(Standing::Unknown, |t| standing(picture, t, now)),
        said: threat.map(|t| t.said(now)),
        since: threat.map(|t| t.since),
        heard: threat.map(|t| heard(t, source)),
        org: threat.map(|t| t.org.clone()),
        feed: source.map(|f| Both {
            uk: f.health.uk.clone(),
            en: f.health.en.clone(),
        }),
    }
}

/// All regions: alerts with the longest first, then what is not known, then what is clear. Other kinds than an air raid
/// have rows only where they are on, or were when they were last heard of.
pub fn rows(picture: &Picture, now: Time) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for region in regions(picture) {
        rows.push(row(picture, region, ThreatKind::AirRaid, now));
        let others = region.threats.iter().map(|t| t.kind);
        for kind in others.filter(|k| *k != ThreatKind::AirRaid) {
            let other = row(picture, region, kind, now);
            if other.said == Some(ThreatState::Alert) {
                rows.push(other);
            }
        }
    }
    rows.sort_by(|a, b| {
        let place = |r: &Row| {
            let begun = (r.standing == Standing::Alert).then_some(r.since).flatten();
            (r.standing, begun)
        };
        (place(a), &a.name.uk, a.kind).cmp(&(place(b), &b.name.uk, b.kind))
    });
    rows
}

/// What rows come to.
pub fn summary(rows: &[Row]) -> Summary {
    let of = |kind: bool, standing| {
        let air = move |r: &&Row| (r.kind == ThreatKind::AirRaid) == kind;
        rows.iter()
            .filter(air)
            .filter(move |r| r.standing == standing)
    };
    Summary {
        regions: rows
            .iter()
            .filter(|r| r.kind == ThreatKind::AirRaid)
            .count(),
        alerts: of(true, Standing::Alert).count(),
        since: of(true, Standing::Alert).filter_map(|r| r.since).min(),
        unknown: of(true, Standing::Unknown).count(),
        others: of(false, Standing::Alert).count(),
        heard: of(true, Standing::Unknown).filter_map(|r| r.heard).max(),
    }
}

/// What the map marks of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The region.
    pub region: RegionId,
    /// Its worst standing of any kind.
    pub standing: Standing,
    /// Since when it is under alert.
    pub since: Option<Time>,
}

/// What the map marks: each region once; an alert of another kind than an air raid counts as one.
pub fn marks(rows: &[Row]) -> Vec<Mark> {
    let mut marks: BTreeMap<&RegionId, Mark> = BTreeMap::new();
    for row in rows {
        let since = row.since.filter(|_| row.standing == Standing::Alert);
        let mark = marks.entry(&row.id).or_insert_with(|| Mark {
            region: row.id.clone(),
            standing: row.standing,
            since,
        });
        mark.standing = mark.standing.min(row.standing);
        mark.since = mark.since.into_iter().chain(since).min();
    }
    marks.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 10_000;

    /// A picture with a feed heard so many seconds ago, and regions as JSON.
    fn picture(heard_ago_s: i64, regions: &[&str]) -> Picture {
        let heard = Time::from_secs(NOW - heard_ago_s);
        let feed = format!(
            r#"{{"entity":"feed","feed":"alarms","org":"ES","uk":"Тривоги","en":"Alarms","light":"up","last_heard":"{heard}",
            "rule":{{"expected_s":60,"stale_s":150,"lost_s":600}},"rate_per_s":0,"reject_rate":0,"accepted":0,"duplicates":0,
            "quarantined":0,"skipped":0,"restarts":0,"transport":"http_push","format":"json"}}"#
        );
        let mut picture = Picture::default();
        for json in regions.iter().map(|r| (*r).to_owned()).chain([feed]) {
            let e: Entity = serde_json::from_str(&json).unwrap();
            picture.entities.insert(e.key(), e);
        }
        picture
    }

    fn region(id: &str, kind: &str, state: &str, since_ago_s: i64) -> String {
        let (since, heard) = (
            Time::from_secs(NOW - since_ago_s),
            Time::from_secs(NOW - 10),
        );
        format!(
            r#"{{"entity":"region","id":"{id}","uk":"область {id}","en":"{id} oblast","threats":[{{"kind":"{kind}","state":"{state}",
            "since":"{since}","heard":"{heard}","feed":"alarms","org":"ES"}}]}}"#
        )
    }

    fn silent(id: &str) -> String {
        format!(r#"{{"entity":"region","id":"{id}","uk":"область {id}","en":"{id} oblast"}}"#)
    }

    fn now() -> Time {
        Time::from_secs(NOW)
    }

    #[test]
    fn alerts_come_first_with_the_longest_on_top_and_what_nobody_spoke_of_is_not_known() {
        let said = [
            region("UA-46", "air_raid", "alert", 60),
            region("UA-51", "air_raid", "alert", 600),
            region("UA-07", "air_raid", "clear", 900),
            silent("UA-21"),
        ];
        let p = picture(5, &said.each_ref().map(String::as_str));
        let all = rows(&p, now());
        let order: Vec<(&str, Standing)> =
            all.iter().map(|r| (r.id.as_str(), r.standing)).collect();
        assert_eq!(
            order,
            [
                ("UA-51", Standing::Alert),
                ("UA-46", Standing::Alert),
                ("UA-21", Standing::Unknown),
                ("UA-07", Standing::Clear)
            ]
        );
        let s = summary(&all);
        assert_eq!((s.regions, s.alerts, s.unknown, s.others), (4, 2, 1, 0));
        assert_eq!(s.since, Some(Time::from_secs(NOW - 600)));
        assert_eq!(s.heard, None, "of it nothing was ever heard");
        assert_eq!(all[0].feed.as_ref().map(|f| f.en.as_str()), Some("Alarms"));
    }

    #[test]
    fn a_feed_that_is_late_leaves_nothing_known_and_what_it_said_last_is_told() {
        let a = region("UA-46", "air_raid", "alert", 60);
        let b = region("UA-51", "air_raid", "clear", 60);
        let all = rows(&picture(400, &[&a, &b]), now());
        assert!(all.iter().all(|r| r.standing == Standing::Unknown));
        let s = summary(&all);
        assert_eq!((s.alerts, s.unknown), (0, 2));
        assert_eq!(s.heard, Some(Time::from_secs(NOW - 10)));
        let said: Vec<Option<ThreatState>> = all.iter().map(|r| r.said).collect();
        assert_eq!(said, [Some(ThreatState::Alert), Some(ThreatState::Clear)]);
    }

    #[test]
    fn another_kind_of_threat_is_a_row_of_its_own_and_no_air_raid() {
        let a = region("UA-63", "artillery", "alert", 60);
        let all = rows(&picture(5, &[&a]), now());
        let s = summary(&all);
        // Of an air raid nothing was said there.
        assert_eq!((s.regions, s.alerts, s.unknown, s.others), (1, 0, 1, 1));
        let mark = Mark {
            region: "UA-63".into(),
            standing: Standing::Alert,
            since: Some(Time::from_secs(NOW - 60)),
        };
        assert_eq!(marks(&all), [mark]);
        let over = region("UA-63", "artillery", "clear", 60);
        assert_eq!(rows(&picture(5, &[&over]), now()).len(), 1);
    }

    #[test]
    fn without_regions_there_is_nothing_to_say() {
        assert_eq!(
            summary(&rows(&Picture::default(), now())),
            Summary::default()
        );
    }
}
