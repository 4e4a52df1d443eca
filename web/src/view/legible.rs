//! How large a wall's type has to be, and what finds room on the wall at that size.
//!
//! Text is never shrunk to fit. Where there is not enough room, content is dropped in this order, and what was dropped
//! is shown as `+n`:
//!
//! 1. the line of the last change,
//! 2. the forces,
//! 3. the fifth to seventh event of the list,
//! 4. feeds that are in order,
//! 5. clocks but the nearest,
//! 6. more events from the bottom of the list: those with a life at risk are on top of it and go last.

/// Visual angle of the text of a wall, minutes of arc (20 to 22 are preferred, 16 is the least).
pub const TEXT_ARCMIN: f64 = 21.0;
/// Height of a capital against the size of the type (IBM Plex Sans: 0.698).
const CAP_HEIGHT: f64 = 0.698;
/// Smallest type, CSS pixels: a screen has no more to give.
const LEAST_PX: f64 = 12.0;

/// From where a wall is read, and how fine its pixels are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Viewing {
    /// Metres from the farthest seat.
    pub distance_m: f64,
    /// Millimetres of one CSS pixel.
    pub mm_per_px: f64,
}

impl Viewing {
    /// What is assumed of a screen until somebody says: a 55-inch screen at 2 m, an 86-inch one at 3 m, a wall of
    /// 98-inch ones at 6 m, by the number of pixels.
    pub fn assumed(width_px: f64) -> Self {
        let (distance_m, mm_per_px) = match width_px {
            w if w < 2_600.0 => (2.0, 0.63),
            w if w < 5_200.0 => (3.0, 0.493),
            _ => (6.0, 0.562),
        };
        Self {
            distance_m,
            mm_per_px,
        }
    }

    /// What was said, where it can be true: 0.3 to 50 m, 0.05 to 10 mm.
    pub fn said(distance_m: f64, mm_per_px: f64) -> Option<Self> {
        let ok = (0.3..=50.0).contains(&distance_m) && (0.05..=10.0).contains(&mm_per_px);
        ok.then_some(Self {
            distance_m,
            mm_per_px,
        })
    }

    /// Size of type whose capitals are seen under an angle, CSS pixels.
    pub fn type_px(&self, arcmin: f64) -> f64 {
        let cap_mm = self.distance_m * 1_000.0 * (arcmin / 60.0).to_radians().tan();
        (cap_mm / self.mm_per_px / CAP_HEIGHT).max(LEAST_PX)
    }
}

/// What wants to be on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Wanted {
    /// Height that the page found a row to need more than was reckoned, in heights of type.
    pub taller: f64,
    /// Open events.
    pub events: usize,
    /// Those of them with a life at risk.
    pub lives: usize,
    /// Feeds that are not in order.
    pub bad_feeds: usize,
    /// Feeds that are.
    pub good_feeds: usize,
    /// Agencies with feeds.
    pub feed_orgs: usize,
    /// Clocks that run.
    pub clocks: usize,
    /// Agencies with units.
    pub agencies: usize,
}

/// What is on it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Plan {
    /// Columns of the list of events: 0 where not even one row finds room beside the map.
    pub columns: usize,
    /// Width of the list, in heights of type.
    pub lane: f64,
    /// Rows of events.
    pub events: usize,
    /// Feeds not in order.
    pub bad_feeds: usize,
    /// Feeds in order.
    pub good_feeds: usize,
    /// Clocks.
    pub clocks: usize,
    /// Whether the forces are shown.
    pub forces: bool,
    /// Whether the last change is shown.
    pub last: bool,
}

/// Most events in the list.
pub const MAX_EVENTS: usize = 7;
/// Events for which no more than the last change and the forces is dropped.
const ENOUGH_EVENTS: usize = 4;
/// The head: time, mode, line.
const HEAD: f64 = 2.9;
/// A line of a strip.
const LINE: f64 = 1.75;
/// A row of the list, with its gap: what on two lines, where, since when and who on two more. The page measures
/// what it really has and takes a row away where this was too little.
const ROW: f64 = 6.0;
/// What a life at risk needs more.
const LIFE_MORE: f64 = 1.6;
/// What is around the list.
const PADDING: f64 = 0.8;
/// The line `+n`.
const MORE: f64 = 1.7;
/// Width of a column of the list.
const COLUMN: f64 = 23.0;
/// Width of a feed that is not in order: it has its name.
pub const FEED: f64 = 17.0;
/// Width of a light with its age, for a feed that is in order.
pub const LIGHT: f64 = 4.6;
/// Width of an agency's letters with what is about them.
pub const BADGE: f64 = 4.6;
/// Width of a clock.
pub const CLOCK: f64 = 21.5;
/// What `+n` takes at the end of a line.
const REST: f64 = 3.0;
/// Width of an agency's forces.
pub const FORCE: f64 = 8.0;
/// Share of the width that the map keeps.
const MAP: f64 = 0.42;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few hundred at most, clamped to be positive"
)]
fn whole(x: f64) -> usize {
    x.clamp(0.0, 1e6) as usize
}

#[expect(clippy::cast_precision_loss, reason = "counts on a screen")]
fn f(n: usize) -> f64 {
    n as f64
}

/// How many of a width stand in a line.
fn in_line(width: f64, each: f64) -> usize {
    whole((width - 1.6) / each).max(1)
}

/// Lines of the feeds: those not in order with their names, the others as lights behind their agency's letters.
fn feed_lines(width: f64, p: &Plan, orgs: usize) -> usize {
    let orgs = if p.good_feeds == 0 { 0 } else { orgs };
    let wide = f(p.bad_feeds) * FEED + f(p.good_feeds) * LIGHT + f(orgs) * BADGE;
    // Groups are not broken: about a tenth of each line stays empty.
    let line = ((width - 1.6) * 0.9).max(1.0);
    whole((wide / line).ceil()).max(1)
}

/// Feeds in order that stand in one line with those that are not.
fn good_in_a_line(width: f64, wanted: &Wanted) -> usize {
    let free =
        (width - 1.6) * 0.9 - f(wanted.bad_feeds) * FEED - f(wanted.feed_orgs) * BADGE - LIGHT;
    whole(free / LIGHT).min(wanted.good_feeds)
}

impl Plan {
    /// Lines of strips that a plan has below the map, each with the number of things in it.
    fn strips(&self, width: f64, orgs: usize, agencies: usize) -> f64 {
        let lines = |n: usize, each: f64| n.div_ceil(in_line(width, each));
        let mut n = 1 + feed_lines(width, self, orgs);
        if self.forces {
            n += lines(agencies + 1, FORCE);
        }
        n += usize::from(self.last);
        f(n) * LINE
    }
}

/// Rows that stand in a height, the lives first.
fn rows(height: f64, columns: usize, wanted: &Wanted, most: usize) -> usize {
    let fits = |n: usize| {
        let mut columns_left = columns;
        // `+n` stands below all columns.
        let more = if n == wanted.events { 0.0 } else { MORE };
        let height = height - PADDING - more;
        let mut left = height;
        for i in 0..n {
            let life = if i < wanted.lives { LIFE_MORE } else { 0.0 };
            let need = ROW + wanted.taller + life;
            if need > left {
                columns_left = columns_left.saturating_sub(1);
                if columns_left == 0 {
                    return false;
                }
                left = height;
                if need > left {
                    return false;
                }
            }
            left -= need;
        }
        true
    };
    (0..=most).rev().find(|n| *n == 0 || fits(*n)).unwrap_or(0)
}

/// What finds room on a wall of `width` by `height`, both in heights of type.
pub fn plan(width: f64, height: f64, wanted: &Wanted) -> Plan {
    let most = wanted.events.min(MAX_EVENTS);
    let room = width * (1.0 - MAP);
    let line = in_line(width, FEED);
    let full = Plan {
        bad_feeds: wanted.bad_feeds,
        good_feeds: wanted.good_feeds,
        clocks: wanted.clocks.min(in_line(width - REST, CLOCK)),
        forces: wanted.agencies > 0,
        last: true,
        ..Plan::default()
    };
    // Each step drops one thing more.
    let no_last = Plan {
        last: false,
        ..full
    };
    let no_forces = Plan {
        forces: false,
        ..no_last
    };
    // The list has its place by the size of the wall, not by what is in it: nothing moves when an event comes.
    let columns = lane_columns(width, height);
    // One line of feeds: those not in order first, the last place for "+n".
    let few_feeds = Plan {
        bad_feeds: wanted.bad_feeds.min(line),
        good_feeds: good_in_a_line(width, wanted),
        ..no_forces
    };
    let one_clock = Plan {
        clocks: wanted.clocks.min(1),
        ..few_feeds
    };
    let mut best = Plan::default();
    for p in [full, no_last, no_forces, few_feeds, one_clock] {
        let free = height - HEAD - p.strips(width, wanted.feed_orgs, wanted.agencies);
        let events = rows(free, columns, wanted, most);
        if best == Plan::default() || events > best.events {
            best = Plan {
                columns,
                lane: (COLUMN * f(columns)).min(room),
                events,
                ..p
            };
        }
        // Lights of feeds in order are not given away for a fifth event.
        let enough = !p.forces && events >= ENOUGH_EVENTS.max(wanted.lives.min(MAX_EVENTS));
        if events == most || enough {
            break;
        }
    }
    best
}

/// Columns of the list: two where one does not hold seven events and two leave the map its share; none where even one
/// would be too narrow.
fn lane_columns(width: f64, height: f64) -> usize {
    let room = width * (1.0 - MAP);
    if room < COLUMN * 0.6 {
        return 0;
    }
    let house = Wanted {
        events: MAX_EVENTS,
        lives: 1,
        ..Wanted::default()
    };
    let strips = 4.0 * LINE;
    let one = rows(height - HEAD - strips, 1, &house, MAX_EVENTS);
    if one < MAX_EVENTS && room >= 2.0 * COLUMN {
        2
    } else {
        1
    }
}

/// What the head may say beside the time, in signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeadTexts {
    /// The day.
    pub day: usize,
    /// The threat state.
    pub threat: usize,
    /// For how long.
    pub age: usize,
    /// What else is said of threats.
    pub rest: usize,
    /// Whether it says that this is no actual picture.
    pub banner: bool,
}

/// What of it finds room. The time, the threat state and the line always stand there.
#[expect(clippy::struct_excessive_bools, reason = "one for each part")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadPlan {
    /// The zone of the time.
    pub zone: bool,
    /// Universal time.
    pub utc: bool,
    /// The day.
    pub day: bool,
    /// For how long the threat state holds.
    pub age: bool,
    /// What else is said of threats.
    pub rest: bool,
}

/// Width of a sign of the head, in heights of type: between that of small letters and that of capitals.
const SIGN: f64 = 0.62;
/// The same of a text in capitals.
const CAPITAL: f64 = 0.7;
/// Between two parts of the head, with what surrounds the threat state.
const BETWEEN: f64 = 1.0;
/// The time in its large type, and what surrounds the head.
const TIME: f64 = 10.5;
/// The name of the zone.
const ZONE: f64 = 3.5;
/// Universal time.
const UTC: f64 = 8.5;
/// What kind of picture this is.
const BANNER: f64 = 13.0;
/// The line, with a short note.
const ALIVE: f64 = 8.0;

/// What of a head finds room in a width, in heights of type. Dropped are, one after the other: the day, universal time, the
/// zone, what else is said of threats, and for how long the state holds.
pub fn head(width: f64, texts: &HeadTexts) -> HeadPlan {
    let wide = |signs: usize, sign: f64| {
        if signs == 0 {
            0.0
        } else {
            f(signs) * sign + BETWEEN
        }
    };
    let of = |shown: bool, width: f64| if shown { width } else { 0.0 };
    let fixed = TIME + ALIVE + of(texts.banner, BANNER) + wide(texts.threat, CAPITAL);
    let need = |p: &HeadPlan| {
        fixed
            + of(p.zone, ZONE)
            + of(p.utc, UTC)
            + of(p.day, wide(texts.day, SIGN))
            + of(p.rest, wide(texts.rest, SIGN))
            + of(p.age, wide(texts.age, SIGN))
    };
    let mut plan = HeadPlan {
        zone: true,
        utc: true,
        day: true,
        age: true,
        rest: true,
    };
    let drops: [fn(&mut HeadPlan); 5] = [
        |p| p.day = false,
        |p| p.utc = false,
        |p| p.zone = false,
        |p| p.rest = false,
        |p| p.age = false,
    ];
    for drop in drops {
        if need(&plan) <= width {
            break;
        }
        drop(&mut plan);
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Wanted {
        Wanted {
            taller: 0.0,
            events: 12,
            lives: 1,
            bad_feeds: 2,
            good_feeds: 14,
            feed_orgs: 8,
            clocks: 3,
            agencies: 6,
        }
    }

    /// A wall of so many pixels as assumed.
    fn on(width: f64, height: f64) -> (Plan, Viewing) {
        let v = Viewing::assumed(width);
        let px = v.type_px(TEXT_ARCMIN);
        (plan(width / px, height / px, &wanted()), v)
    }

    /// The angle under which capitals of a size are seen, minutes of arc.
    fn arcmin(v: Viewing, type_px: f64) -> f64 {
        let cap_mm = type_px * CAP_HEIGHT * v.mm_per_px;
        (cap_mm / (v.distance_m * 1_000.0)).atan().to_degrees() * 60.0
    }

    #[test]
    fn the_type_is_that_of_the_table_of_the_domain() {
        // 20 minutes of arc, capitals of 0.7 em: 86-inch 4K at 3 and 6 m, LED of 1.2 mm at 6 m.
        let px = |mm, m| Viewing::said(m, mm).unwrap().type_px(20.0);
        for (mm, m, expected) in [(0.493, 3.0, 51.0), (0.493, 6.0, 101.0), (1.2, 6.0, 42.0)] {
            let px = px(mm, m);
            assert!((px - expected).abs() < 1.0, "{mm} mm at {m} m: {px}");
        }
        let v = Viewing::said(6.0, 0.562).unwrap();
        assert!((arcmin(v, v.type_px(TEXT_ARCMIN)) - TEXT_ARCMIN).abs() < 1e-6);
    }

    #[test]
    fn what_can_t_be_true_is_not_believed() {
        assert_eq!(Viewing::said(0.0, 0.5), None);
        assert_eq!(Viewing::said(f64::NAN, 0.5), None);
        assert_eq!(Viewing::said(6.0, f64::INFINITY), None);
    }

    #[test]
    fn the_three_walls_that_are_judged_show_at_least_four_events() {
        for (w, h) in [(1_920.0, 1_080.0), (3_840.0, 2_160.0)] {
            let (p, _) = on(w, h);
            assert!(p.events >= 4, "{w}x{h}: {p:?}");
            assert_eq!(p.bad_feeds, 2);
        }
        // The reference wall is wide and low: two columns.
        let (p, _) = on(7_680.0, 2_160.0);
        assert!(p.columns == 2 && p.events >= 4, "{p:?}");
        // Where rows turn out to be taller there are fewer, and the strips go before them.
        let taller = Wanted {
            taller: 1.0,
            ..wanted()
        };
        let q = plan(82.0, 23.0, &taller);
        assert!(
            q.events <= p.events && (q.events == p.events || !q.forces),
            "{q:?}"
        );
        // And stands there also when nothing happens.
        let quiet = plan(82.0, 23.0, &Wanted::default());
        assert_eq!((quiet.columns, quiet.lane), (p.columns, p.lane));
    }

    #[test]
    fn a_smaller_wall_never_shows_more_and_a_life_at_risk_goes_last() {
        let mut before = usize::MAX;
        for height in (4..60).rev().map(f64::from) {
            let p = plan(75.0, height, &wanted());
            // Between four and seven other things may go for an event.
            assert!(p.events <= before.max(4), "{height}: {p:?}");
            before = p.events;
        }
        let lives = |height| plan(75.0, height, &wanted()).events >= 1;
        assert!(
            lives(18.0),
            "the life is there while there is room for anything"
        );
    }

    #[test]
    fn content_is_dropped_in_the_order_that_is_stated() {
        let quiet = Wanted {
            events: 3,
            lives: 0,
            ..wanted()
        };
        let mut seen = Vec::new();
        for height in (12..60).rev().map(f64::from) {
            let p = plan(75.0, height, &quiet);
            if p.events < 3 {
                break;
            }
            let now = (p.last, p.forces, p.good_feeds, p.clocks);
            if seen.last() != Some(&now) {
                seen.push(now);
            }
        }
        let first = seen.first().copied().unwrap();
        assert_eq!(first, (true, true, 14, 3));
        // Each step drops, none brings back.
        for w in seen.windows(2) {
            assert!(w[1].0 <= w[0].0 && w[1].1 <= w[0].1 && w[1].2 <= w[0].2 && w[1].3 <= w[0].3);
        }
        assert!(
            seen.iter().any(|s| !s.0 && s.1),
            "the last change goes first: {seen:?}"
        );
        assert!(
            seen.iter().any(|s| !s.1 && s.2 == 14),
            "then the forces: {seen:?}"
        );
    }

    #[test]
    fn the_threat_state_stays_in_the_head_and_the_day_goes_first() {
        let texts = HeadTexts {
            day: 20,
            threat: 30,
            age: 14,
            rest: 11,
            banner: true,
        };
        let shown = |p: HeadPlan| [p.day, p.utc, p.zone, p.rest, p.age];
        let mut before = shown(head(200.0, &texts));
        assert_eq!(before, [true; 5]);
        for width in (0..200).rev().map(f64::from) {
            let now = shown(head(width, &texts));
            assert!(now.iter().zip(before).all(|(n, b)| *n <= b), "{width}");
            // What goes later is there as long as what goes sooner.
            assert!(now.is_sorted(), "{width}: {now:?}");
            before = now;
        }
        assert_eq!(before, [false; 5]);
        // Without a threat state there is room for all on the walls that are judged.
        let quiet = HeadTexts {
            threat: 0,
            age: 0,
            rest: 0,
            ..texts
        };
        assert_eq!(shown(head(69.0, &quiet)), [true; 5]);
    }

    #[test]
    fn nothing_breaks_on_a_wall_of_no_size() {
        for (w, h) in [(0.0, 0.0), (5.0, 2.0), (f64::MAX, 1.0)] {
            let p = plan(w, h, &wanted());
            assert!(p.events <= MAX_EVENTS);
        }
    }
}
