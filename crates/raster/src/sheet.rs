//! Symbols cut out of a sheet.

use crate::Pixel;

/// Where a symbol lies in a sheet, pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// Left edge.
    pub x: usize,
    /// Upper edge.
    pub y: usize,
    /// Width.
    pub width: u16,
    /// Height.
    pub height: u16,
}

/// Neighbouring pixels of one line of a symbol, none of them wholly transparent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// From the left edge of the symbol.
    pub(crate) dx: u16,
    /// From its upper edge.
    pub(crate) dy: u16,
    /// Its pixels in the sheet.
    from: usize,
    len: usize,
}

/// A symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sprite {
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Its runs in the sheet.
    from: usize,
    len: usize,
}

/// Symbols, ready to be copied.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    sprites: Vec<Sprite>,
    runs: Vec<Run>,
    pixels: Vec<Pixel>,
}

/// Whether nothing of a pixel is to be seen.
const fn is_clear([.., alpha]: Pixel) -> bool {
    alpha == 0
}

impl Sheet {
    /// Cuts symbols out of a picture of this width, pixels; its bytes are red, green, blue, alpha for each pixel, row by row.
    /// What of a rectangle lies outside of the picture is transparent.
    pub fn cut(rgba: &[u8], width: usize, rects: &[Rect]) -> Self {
        let (pixels, _) = rgba.as_chunks::<4>();
        let mut out = Self::default();
        for rect in rects {
            let from = out.runs.len();
            for dy in 0..rect.height {
                let begin = (rect.y + usize::from(dy)) * width + rect.x;
                let inside = usize::from(rect.width).min(width.saturating_sub(rect.x));
                if let Some(line) = pixels.get(begin..begin + inside) {
                    out.line(line, dy);
                }
            }
            out.sprites.push(Sprite {
                width: rect.width,
                height: rect.height,
                from,
                len: out.runs.len() - from,
            });
        }
        out
    }

    fn line(&mut self, line: &[Pixel], dy: u16) {
        let mut dx = 0_u16;
        for part in line.chunk_by(|a, b| is_clear(*a) == is_clear(*b)) {
            let begins = dx;
            dx = dx.saturating_add(u16::try_from(part.len()).unwrap_or(u16::MAX));
            if part.first().is_none_or(|p| is_clear(*p)) {
                continue;
            }
            self.runs.push(Run {
                dx: begins,
                dy,
                from: self.pixels.len(),
                len: part.len(),
            });
            self.pixels.extend_from_slice(part);
        }
    }

    pub(crate) fn sprite(&self, number: u16) -> Option<Sprite> {
        self.sprites.get(usize::from(number)).copied()
    }

    /// Runs of a symbol with their pixels.
    pub(crate) fn runs(&self, sprite: Sprite) -> impl Iterator<Item = (Run, &[Pixel])> {
        let runs = self.runs.get(sprite.from..sprite.from + sprite.len);
        runs.unwrap_or_default()
            .iter()
            .filter_map(|r| Some((*r, self.pixels.get(r.from..r.from + r.len)?)))
    }
}
