//! Copies thousands of small symbols into one picture, on the processor alone.
//!
//! A browser that has no GPU draws a symbol with `drawImage` in about five microseconds, most of it for the call. Here the
//! symbols are cut out of their sheet once ([`Sheet`]): of each line only what is not transparent is kept. The picture ([`Raster`]) knows which of its parts changed, so that no more is cleared and
//! handed to the browser than has to be.
//!
//! A pixel is four bytes: red, green, blue, alpha, not multiplied with alpha, as in `ImageData` of HTML's canvas.

mod sheet;

pub use sheet::{Rect, Sheet};

/// A pixel.
pub type Pixel = [u8; 4];

const CLEAR: Pixel = [0; 4];

/// Rows that are cleared and handed over together.
const BAND: usize = 64;

/// A picture that symbols are drawn into.
#[derive(Debug, Clone, Default)]
pub struct Raster {
    width: usize,
    height: usize,
    pixels: Vec<Pixel>,
    /// Bands that hold something now.
    now: Vec<bool>,
    /// Bands that held something before it was begun anew.
    before: Vec<bool>,
}

impl Raster {
    /// An empty picture, pixels.
    pub fn new(width: usize, height: usize) -> Self {
        let bands = height.div_ceil(BAND);
        Self {
            width,
            height,
            pixels: vec![CLEAR; width * height],
            now: vec![false; bands],
            before: vec![false; bands],
        }
    }

    /// Width and height, pixels.
    pub const fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Clears it for another drawing.
    pub fn begin(&mut self) {
        core::mem::swap(&mut self.now, &mut self.before);
        self.now.fill(false);
        let bands = self.pixels.chunks_mut((self.width * BAND).max(1));
        for (band, _) in bands.zip(&self.before).filter(|(_, held)| **held) {
            band.fill(CLEAR);
        }
    }

    /// Draws symbols with their middles at these positions, one over the other: `xy` alternates, in units of which `scale`
    /// pixels are one; `sprite` numbers the rectangles of the sheet. What lies outside is cut off, a number that the sheet
    /// does not have draws nothing.
    ///
    /// Neighbours in the list are of one layer where their numbers are within the same multiple of `layer`; these are drawn
    /// place by place, so that the processor finds the pixels in its cache: which of two of one layer lies above the other
    /// where they meet is left open.
    // A function of its own, so that it keeps the way in which this crate is optimised.
    #[inline(never)]
    pub fn draw(&mut self, sheet: &Sheet, xy: &[f32], sprite: &[u16], scale: f32, layer: u16) {
        let (positions, _) = xy.as_chunks::<2>();
        let layer = layer.max(1);
        let mut rest = positions;
        for group in sprite.chunk_by(|a, b| a / layer == b / layer) {
            let Some((here, after)) = rest.split_at_checked(group.len()) else {
                return;
            };
            rest = after;
            let symbols = here.iter().zip(group).filter_map(|(at, number)| {
                let [x, y] = at.map(|v| v * scale);
                // Further out than any picture is wide; also what is no number.
                (x.abs() < 1e6 && y.abs() < 1e6).then_some((*number, x, y))
            });
            for (number, x, y) in by_place(symbols, self.width, self.height) {
                self.put(sheet, number, x, y);
            }
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        reason = "positions below a million, sizes of a picture, and what was looked at before"
    )]
    fn put(&mut self, sheet: &Sheet, number: u16, x: f32, y: f32) {
        let Some(sprite) = sheet.sprite(number) else {
            return;
        };
        // Whole pixels: nothing is resampled.
        let left = (x - f32::from(sprite.width) / 2.0).round() as i32;
        let top = (y - f32::from(sprite.height) / 2.0).round() as i32;
        let (width, height) = (self.width as i32, self.height as i32);
        if left >= width || top >= height {
            return;
        }
        for (run, source) in sheet.runs(sprite) {
            let row = top + i32::from(run.dy);
            if row < 0 || row >= height {
                continue;
            }
            let begin = left + i32::from(run.dx);
            let cut = begin.min(0).unsigned_abs() as usize;
            let begin = begin.max(0);
            let room = (width - begin).max(0) as usize;
            let Some(source) = source.get(cut..) else {
                continue;
            };
            let source = source.get(..room).unwrap_or(source);
            let from = row as usize * self.width + begin as usize;
            let Some(target) = self.pixels.get_mut(from..from + source.len()) else {
                continue;
            };
            // Runs are short: a call that copies them as a block takes longer than this.
            for (t, s) in target.iter_mut().zip(source) {
                *t = if s[3] == 255 { *s } else { over(*s, *t) };
            }
        }
        let first = top.max(0) as usize / BAND;
        let last = (top + i32::from(sprite.height)).clamp(1, height) as usize - 1;
        if let Some(bands) = self.now.get_mut(first..=last / BAND) {
            bands.fill(true);
        }
    }

    /// What differs from before it was begun: the first row, the number of rows, and their bytes. Neighbours are one.
    pub fn changed(&self) -> impl Iterator<Item = (usize, usize, &[u8])> {
        let held: Vec<bool> = self
            .now
            .iter()
            .zip(&self.before)
            .map(|(now, before)| *now || *before)
            .collect();
        let mut at = 0;
        let runs: Vec<(usize, usize)> = held
            .chunk_by(|a, b| a == b)
            .filter_map(|run| {
                let from = at;
                at += run.len();
                run.first().is_some_and(|held| *held).then_some((from, at))
            })
            .collect();
        runs.into_iter().filter_map(|(from, to)| {
            let (first, end) = (from * BAND, (to * BAND).min(self.height));
            let rows = self.pixels.get(first * self.width..end * self.width)?;
            Some((first, end - first, rows.as_flattened()))
        })
    }
}

/// Width of a tile of the picture, pixels: with the height of a band it fits into the nearest cache.
const TILE: usize = 256;

/// Sorts symbols by the tile that they are in; those of one tile stay in their order.
fn by_place(
    symbols: impl Iterator<Item = (u16, f32, f32)>,
    width: usize,
    height: usize,
) -> Vec<(u16, f32, f32)> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of what is negative or too large ends at the edge"
    )]
    let tile = |v: f32, edge: usize, count: usize| (v as usize / edge).min(count.saturating_sub(1));
    let (columns, rows) = (width.div_ceil(TILE), height.div_ceil(BAND));
    let mut tiled: Vec<(usize, (u16, f32, f32))> = symbols
        .map(|s| {
            (
                tile(s.2, BAND, rows) * columns + tile(s.1, TILE, columns),
                s,
            )
        })
        .collect();
    tiled.sort_by_key(|(tile, _)| *tile);
    tiled.into_iter().map(|(_, symbol)| symbol).collect()
}

/// One pixel over another (Porter and Duff's "over"), neither multiplied with its alpha.
fn over(source: Pixel, under: Pixel) -> Pixel {
    let ([.., alpha], [.., beneath]) = (source, under);
    match (u32::from(alpha), u32::from(beneath)) {
        (0, _) => under,
        (255, _) | (_, 0) => source,
        (a, b) => {
            // In 255ths of 255ths.
            let rest = b * (255 - a);
            let all = a * 255 + rest;
            let mix = |s: u8, u: u8| byte((u32::from(s) * a * 255 + u32::from(u) * rest) / all);
            let ([r, g, blue, _], [ur, ug, ub, _]) = (source, under);
            [mix(r, ur), mix(g, ug), mix(blue, ub), byte(all / 255)]
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "an average of bytes")]
const fn byte(value: u32) -> u8 {
    value as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Pixel = [255, 0, 0, 255];
    const HALF: Pixel = [0, 0, 255, 128];

    /// A sheet of two sprites side by side: 3 x 2 with a clear corner, 1 x 1 half transparent.
    fn sheet() -> Sheet {
        let rows = [[CLEAR, RED, RED, HALF], [RED, RED, RED, CLEAR]];
        let bytes: Vec<u8> = rows.iter().flatten().flatten().copied().collect();
        let rect = |x, width, height| Rect {
            x,
            y: 0,
            width,
            height,
        };
        Sheet::cut(&bytes, 4, &[rect(0, 3, 2), rect(3, 1, 1)])
    }

    fn drawn(xy: &[f32], sprite: &[u16]) -> Raster {
        let mut r = Raster::new(6, 200);
        r.begin();
        r.draw(&sheet(), xy, sprite, 1.0, 1);
        r
    }

    fn at(r: &Raster, x: usize, y: usize) -> Pixel {
        r.pixels[y * r.width + x]
    }

    #[test]
    fn a_symbol_is_copied_to_whole_pixels_around_its_position() {
        let r = drawn(&[3.6, 3.2], &[0]);
        // Middle 3.6, 3.2 of a symbol of 3 x 2: its corner is 2.1, 2.2.
        assert_eq!(
            [at(&r, 2, 2), at(&r, 3, 2), at(&r, 4, 2)],
            [CLEAR, RED, RED]
        );
        assert_eq!([at(&r, 2, 3), at(&r, 3, 3), at(&r, 4, 3)], [RED; 3]);
        assert_eq!(r.pixels.iter().filter(|p| **p == RED).count(), 5);
    }

    #[test]
    fn what_is_outside_is_cut_off_and_nonsense_draws_nothing() {
        for (x, y, left) in [
            (0.4, 0.0, 2),
            (5.4, 100.0, 3),
            (3.4, 200.0, 2),
            (-9.0, 3.0, 0),
            (3.0, -9.0, 0),
            (3.0, 900.0, 0),
            (f32::NAN, 3.0, 0),
            (f32::INFINITY, 3.0, 0),
            (1e9, 1e9, 0),
        ] {
            let r = drawn(&[x, y], &[0]);
            let red = r.pixels.iter().filter(|p| **p == RED).count();
            assert_eq!(red, left, "{x}, {y}");
        }
        assert!(drawn(&[3.0, 3.0], &[7]).pixels.iter().all(|p| *p == CLEAR));
    }

    #[test]
    fn half_transparent_pixels_are_mixed_with_what_lies_under_them() {
        let r = drawn(&[3.5, 3.0, 3.5, 3.5, 0.5, 0.5, 0.5, 0.5], &[0, 1, 1, 1]);
        assert_eq!(at(&r, 3, 3), [127, 0, 128, 255], "over what is opaque");
        let [red, green, blue, alpha] = at(&r, 0, 0);
        assert_eq!((red, green, blue), (0, 0, 255), "the colour stays");
        assert_eq!(alpha, 191, "two halves cover three quarters");
    }

    #[test]
    fn layers_lie_over_each_other_in_their_order_wherever_their_symbols_are() {
        // Two layers of two sprites each, all red or all blue.
        let blue: Pixel = [0, 0, 255, 255];
        let bytes: Vec<u8> = [RED, RED, blue, blue].concat();
        let rect = |x| Rect {
            x,
            y: 0,
            width: 1,
            height: 1,
        };
        let sheet = Sheet::cut(&bytes, 4, &[0, 1, 2, 3].map(rect));
        let places =
            |n: u16| (0..n).flat_map(|i| [f32::from(i * 37 % 600), f32::from(i * 91 % 300)]);
        let xy: Vec<f32> = places(500).chain(places(500)).collect();
        let sprite: Vec<u16> = (0..500)
            .map(|i| i % 2)
            .chain((0..500).map(|i| 2 + i % 2))
            .collect();
        let mut r = Raster::new(600, 300);
        r.begin();
        r.draw(&sheet, &xy, &sprite, 1.0, 2);
        assert!(r.pixels.contains(&blue) && !r.pixels.contains(&RED));
        assert!(r.pixels.iter().filter(|p| **p == blue).count() > 300);
    }

    #[test]
    fn only_rows_that_hold_or_held_something_are_cleared_and_handed_over() {
        let mut r = drawn(&[3.0, 10.0, 3.0, 150.0], &[0, 0]);
        let rows = |r: &Raster| -> Vec<(usize, usize, usize)> {
            r.changed()
                .map(|(y, n, bytes)| (y, n, bytes.len()))
                .collect()
        };
        assert_eq!(rows(&r), [(0, 64, 64 * 24), (128, 64, 64 * 24)]);
        r.begin();
        r.draw(&sheet(), &[3.0, 64.0], &[0], 1.0, 1);
        assert_eq!(rows(&r), [(0, 192, 192 * 24)], "neighbours together");
        assert_eq!(r.pixels.iter().filter(|p| **p == RED).count(), 5);
        r.begin();
        assert_eq!(rows(&r), [(0, 128, 128 * 24)]);
        assert!(r.pixels.iter().all(|p| *p == CLEAR));
        r.begin();
        assert_eq!(rows(&r), []);
        let last = drawn(&[3.0, 199.0], &[0]);
        assert_eq!(rows(&last), [(192, 8, 8 * 24)]);
    }
}
