//! Symbols of events that would lie on each other are spread around their common place, tied to it by thin lines.

use core::f64::consts::TAU;

/// Where each symbol is drawn, for symbols that want to be at `wanted` (CSS pixels) and need `room` between centres.
/// The first of a crowd keeps the best seat (the top), so callers put what counts most first.
pub fn spread(wanted: &[(f64, f64)], room: f64) -> Vec<(f64, f64)> {
    let mut out = wanted.to_vec();
    let mut taken = vec![false; wanted.len()];
    for (i, at) in wanted.iter().enumerate() {
        if taken.get(i) != Some(&false) {
            continue;
        }
        let crowd: Vec<usize> = wanted
            .iter()
            .enumerate()
            .skip(i)
            .filter(|(j, b)| taken.get(*j) == Some(&false) && (at.0 - b.0).hypot(at.1 - b.1) < room)
            .map(|(j, _)| j)
            .collect();
        for j in &crowd {
            if let Some(t) = taken.get_mut(*j) {
                *t = true;
            }
        }
        if crowd.len() < 2 {
            continue;
        }
        seat(&crowd, wanted, room, &mut out);
    }
    out
}

#[expect(clippy::cast_precision_loss, reason = "a crowd is small")]
fn seat(crowd: &[usize], wanted: &[(f64, f64)], room: f64, out: &mut [(f64, f64)]) {
    let n = crowd.len() as f64;
    let sum = crowd
        .iter()
        .filter_map(|j| wanted.get(*j))
        .fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
    let centre = (sum.0 / n, sum.1 / n);
    let mut left = crowd;
    let mut radius = room * 0.75;
    while !left.is_empty() {
        // So many fit on this ring with `room` between neighbours.
        let (ring, rest) = left.split_at(seats(TAU * radius / room).min(left.len()));
        for (k, j) in ring.iter().enumerate() {
            let a = TAU * k as f64 / ring.len() as f64 - TAU / 4.0;
            if let Some(slot) = out.get_mut(*j) {
                *slot = (centre.0 + radius * a.cos(), centre.1 + radius * a.sin());
            }
        }
        left = rest;
        radius += room;
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small positive count"
)]
fn seats(n: f64) -> usize {
    (n as usize).max(2)
}

/// Places of texts that are written already, so that none is written over another.
#[derive(Debug, Clone, Default)]
pub struct Written {
    boxes: Vec<[f64; 4]>,
}

impl Written {
    /// Takes the place of a text around its middle, pixels; `false` where another one is in the way.
    pub fn take(&mut self, (x, y): (f64, f64), width: f64, height: f64) -> bool {
        let mine = [
            x - width / 2.0,
            y - height / 2.0,
            x + width / 2.0,
            y + height / 2.0,
        ];
        let beside =
            |t: &[f64; 4]| mine[0] >= t[2] || mine[2] <= t[0] || mine[1] >= t[3] || mine[3] <= t[1];
        let free = self.boxes.iter().all(beside);
        if free {
            self.boxes.push(mine);
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_apart_stay_where_they_are() {
        let wanted = [(0.0, 0.0), (100.0, 0.0)];
        assert_eq!(spread(&wanted, 30.0), wanted);
    }

    #[test]
    fn four_symbols_at_one_place_get_room_and_the_first_the_top() {
        let out = spread(&[(50.0, 50.0); 4], 30.0);
        for (i, a) in out.iter().enumerate() {
            for b in &out[i + 1..] {
                assert!((a.0 - b.0).hypot(a.1 - b.1) >= 29.0, "{out:?}");
            }
        }
        assert!(out.iter().all(|p| p.1 >= out[0].1 - 1e-9));
    }

    #[test]
    fn a_large_crowd_takes_more_rings_and_none_is_lost() {
        let out = spread(&[(0.0, 0.0); 40], 20.0);
        assert_eq!(out.len(), 40);
        for (i, a) in out.iter().enumerate() {
            for b in &out[i + 1..] {
                assert!((a.0 - b.0).hypot(a.1 - b.1) > 15.0);
            }
        }
    }

    #[test]
    fn no_text_is_written_over_another() {
        let mut w = Written::default();
        assert!(w.take((100.0, 100.0), 60.0, 16.0));
        assert!(!w.take((130.0, 108.0), 60.0, 16.0));
        assert!(w.take((160.0, 100.0), 60.0, 16.0), "side by side");
        assert!(w.take((130.0, 116.0), 60.0, 16.0), "one below the other");
    }
}
