// Symbols of MIL-STD-2525D and APP-6D as bitmaps, drawn by milsymbol. Loaded when somebody switches them on and never before.

const KEPT = 400;

/** The style of a symbol: filled while it is heard of, hollow when it is late. */
export function styleOf({ size, mode, filled }) {
  return {
    size, colorMode: mode === "day" ? "Light" : "Dark", fill: filled, civilianColor: false, simpleStatusModifier: true,
    // The edge that everything on the map has.
    outlineWidth: 8, outlineColor: mode === "day" ? "rgb(255,255,255)" : "rgb(11,20,28)",
    // A hollow symbol has its colour in the frame.
    monoColor: filled ? "" : mode === "day" ? "#33424d" : "#c9d3db",
  };
}

/** Draws and keeps symbols. `ms` is the library. */
export class MilSymbols {
  constructor(ms) {
    this.ms = ms;
    this.kept = new Map();
  }

  /**
   * A symbol as `{canvas, x, y}`, its anchor in pixels of the canvas; null where the number means nothing. `size`: device
   * pixels of the frame; `mode`: `night`, `day` or `dim`.
   */
  bitmap(sidc, size, mode, filled = true) {
    const key = `${sidc} ${size} ${mode} ${filled}`;
    if (!this.kept.has(key)) {
      if (this.kept.size >= KEPT) this.kept.clear();
      this.kept.set(key, this.draw(sidc, styleOf({ size, mode, filled })));
    }
    return this.kept.get(key);
  }

  draw(sidc, style) {
    const symbol = new this.ms.Symbol(sidc, style);
    const { x, y } = symbol.getAnchor();
    const canvas = symbol.asCanvas();
    return canvas.width > 0 && canvas.height > 0 ? { canvas, x, y } : null;
  }

  /** Draws a symbol around a point of a canvas that counts in CSS pixels; gives whether it did. */
  paint(ctx, sidc, x, y, size, dpr, mode) {
    const found = this.bitmap(sidc, Math.round(size * dpr), mode);
    if (!found) return false;
    const { canvas } = found;
    ctx.drawImage(canvas, x - found.x / dpr, y - found.y / dpr, canvas.width / dpr, canvas.height / dpr);
    return true;
  }
}

/** Symbols by the library that the page has loaded. */
export const make = () => new MilSymbols(globalThis.ms);
