// Paints the symbols of tracks once into a sheet: one row for each shape and step of freshness, one column for each heading.
// From there they are copied thousands of times, by the processor (`crates/raster`) or the GPU (`gl_layer.js`).

export const HEADINGS = 32;
export const COLUMNS = HEADINGS + 1;
export const STEPS = 3;

// Order as in `Shape` of src/map/symbols.rs; badges of agencies follow.
const SHAPES = [
  "mark", "sensor", "vessel", "cargo", "tanker", "passenger", "fishing", "law", "rescue", "vehicle", "aircraft", "helicopter",
  "uav", "distress",
];

// Types have the colour of their kind: they are told by their form.
const COLOUR_OF = {
  cargo: "vessel", tanker: "vessel", passenger: "vessel", fishing: "vessel", law: "vessel", rescue: "vessel",
  helicopter: "aircraft", uav: "aircraft",
};

// Outlines on a field of -1 to 1, pointing up.
const OUTLINES = {
  mark: { points: [[0, -0.5], [0.5, 0], [0, 0.5], [-0.5, 0]], turns: false },
  sensor: { points: [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]], turns: false },
  vessel: { points: [[0, -1], [0.5, -0.25], [0.5, 0.85], [-0.5, 0.85], [-0.5, -0.25]], turns: true },
  // A hull with its bridge aft; the same with a pipe along the deck.
  cargo: { points: [[0, -1.1], [0.5, -0.55], [0.5, 0.95], [-0.5, 0.95], [-0.5, -0.55]], turns: true, marks: [[[-0.5, 0.42], [0.5, 0.42]]], rest: [[[-0.6, 0.22], [0.6, 0.22]]] },
  tanker: { points: [[0, -1.1], [0.5, -0.55], [0.5, 0.95], [-0.5, 0.95], [-0.5, -0.55]], turns: true, marks: [[[0, -0.55], [0, 0.42]], [[-0.5, 0.42], [0.5, 0.42]]], rest: [[[0, -0.6], [0, 0.22]], [[-0.6, 0.22], [0.6, 0.22]]] },
  // Decks one above the other.
  passenger: { points: [[0, -1], [0.6, -0.3], [0.6, 0.6], [0.3, 0.95], [-0.3, 0.95], [-0.6, 0.6], [-0.6, -0.3]], turns: true, marks: [[[-0.6, -0.2], [0.6, -0.2]], [[-0.6, 0.2], [0.6, 0.2]], [[-0.6, 0.6], [0.6, 0.6]]], rest: [[[-0.6, -0.2], [0.6, -0.2]], [[-0.6, 0.25], [0.6, 0.25]]] },
  // A small hull with its net behind it.
  fishing: { points: [[0, -0.95], [0.5, 0.2], [0.12, 0.2], [0.5, 0.95], [-0.5, 0.95], [-0.12, 0.2], [-0.5, 0.2]], turns: true, rest: [[[-0.6, -0.6], [0, 0.4]], [[0.6, -0.6], [0, 0.4]]] },
  // The slanting stripe of a coast guard.
  law: { points: [[0, -1.05], [0.55, -0.2], [0.45, 0.95], [-0.45, 0.95], [-0.55, -0.2]], turns: true, marks: [[[-0.5, 0.55], [0.53, -0.15]]], rest: [[[-0.6, 0.5], [0.6, -0.5]]] },
  rescue: { points: [[0, -1.05], [0.6, -0.3], [0.6, 0.9], [-0.6, 0.9], [-0.6, -0.3]], turns: true, marks: [[[0, -0.3], [0, 0.7]], [[-0.5, 0.2], [0.5, 0.2]]], rest: [[[0, -0.6], [0, 0.6]], [[-0.6, 0], [0.6, 0]]] },
  vehicle: { points: [[0, -0.9], [0.6, -0.2], [0.6, 0.7], [-0.6, 0.7], [-0.6, -0.2]], turns: true },
  aircraft: { points: [[0, -1], [0.18, -0.3], [1, 0.25], [0.18, 0.25], [0.3, 0.9], [0, 0.75], [-0.3, 0.9], [-0.18, 0.25], [-1, 0.25], [-0.18, -0.3]], turns: true },
  // A body with its tail, and the blades across it.
  helicopter: { points: [[0, -0.7], [0.32, -0.45], [0.32, 0.1], [0.09, 0.3], [0.09, 0.7], [0.3, 0.7], [0.3, 0.92], [-0.3, 0.92], [-0.3, 0.7], [-0.09, 0.7], [-0.09, 0.3], [-0.32, 0.1], [-0.32, -0.45]], turns: true, still: true, blades: [[[-0.8, -0.95], [0.8, 0.65]], [[0.8, -0.95], [-0.8, 0.65]]] },
  // A bare wing.
  uav: { points: [[0, -0.75], [1, 0.45], [0.8, 0.7], [0, 0.2], [-0.8, 0.7], [-1, 0.45]], turns: true, still: true },
  distress: { points: [[0, -1], [1, 0], [0, 1], [-1, 0]], turns: false },
};
// What has no heading, at rest: larger where it bears the sign of its type.
const TYPED_REST = { points: [[-0.6, -0.6], [0.6, -0.6], [0.6, 0.6], [-0.6, 0.6]], turns: false };
const REST = { points: [[-0.45, -0.45], [0.45, -0.45], [0.45, 0.45], [-0.45, 0.45]], turns: false };

/** Where each sprite lies in the sheet, in device pixels: [x, y, width, height] each. */
export function sheetLayout({ size, badges, badge_px: px, dpr, mil }) {
  const cell = Math.ceil((mil ? mil.px * 2.7 : size * 2.6) * dpr);
  // Without room for letters a unit is a dot. Symbols of the military have the letters below them.
  const letters = mil ? [Math.max(cell, Math.ceil(px * 4 * dpr)), cell + Math.ceil(px * 2.4 * dpr)] : [Math.ceil(px * 4.8 * dpr), Math.ceil(px * 2.8 * dpr)];
  const unit = px > 0 ? letters : [cell, cell];
  const rects = [];
  let y = 0;
  const rows = SHAPES.length + badges.length;
  for (let row = 0; row < rows; row += 1) {
    const [w, h] = row < SHAPES.length ? [cell, cell] : unit;
    for (let step = 0; step < STEPS; step += 1) {
      for (let col = 0; col < COLUMNS; col += 1) rects.push([col * w, y, w, h]);
      y += h;
    }
  }
  return { rects, width: COLUMNS * Math.max(cell, unit[0]), height: y };
}

// Lines of a shape, turned with it.
function strokes(ctx, lines, angle, r, colour, width) {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  ctx.beginPath();
  for (const [[ax, ay], [bx, by]] of lines) {
    ctx.moveTo((ax * c - ay * s) * r, (ax * s + ay * c) * r);
    ctx.lineTo((bx * c - by * s) * r, (bx * s + by * c) * r);
  }
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash([]);
  ctx.stroke();
}

function outline(ctx, { points, turns }, angle, r) {
  const [c, s] = turns ? [Math.cos(angle), Math.sin(angle)] : [1, 0];
  ctx.beginPath();
  points.forEach(([x, y], i) => {
    const px = (x * c - y * s) * r;
    const py = (x * s + y * c) * r;
    if (i === 0) ctx.moveTo(px, py);
    else ctx.lineTo(px, py);
  });
  ctx.closePath();
}

// Fresh is solid, stale is hollow with a dashed edge, lost is a ghost with a question mark.
function paint(ctx, step, colour, line, r) {
  ctx.lineWidth = line;
  ctx.strokeStyle = colour.fill;
  if (step === 0) {
    ctx.fillStyle = colour.fill;
    ctx.fill();
    ctx.strokeStyle = colour.edge;
    ctx.lineWidth = line * 0.7;
    ctx.setLineDash([]);
    ctx.stroke();
    return;
  }
  ctx.fillStyle = colour.edge;
  ctx.globalAlpha = step === 1 ? 0.8 : 0.45;
  ctx.fill();
  ctx.globalAlpha = step === 1 ? 1 : 0.6;
  ctx.setLineDash(step === 1 ? [line * 2, line * 1.4] : [line, line * 1.6]);
  ctx.stroke();
  ctx.setLineDash([]);
  if (step === 2) {
    ctx.fillStyle = colour.fill;
    ctx.globalAlpha = 0.9;
    ctx.font = `600 ${r * 1.5}px "IBM Plex Sans", sans-serif`;
    ctx.fillText("?", 0, r * 0.1);
  }
  ctx.globalAlpha = 1;
}

// A pointer from the edge of something, `reach` away from its middle, in the direction of a column.
function pointer(ctx, angle, reach, long) {
  ctx.beginPath();
  ctx.moveTo(Math.cos(angle) * (reach + long), Math.sin(angle) * (reach + long));
  ctx.lineTo(Math.cos(angle - 0.45) * reach, Math.sin(angle - 0.45) * reach);
  ctx.lineTo(Math.cos(angle + 0.45) * reach, Math.sin(angle + 0.45) * reach);
  ctx.closePath();
  ctx.fill();
}

const toward = (col) => (col / HEADINGS) * Math.PI * 2 - Math.PI / 2;

// A unit where the map is too small for letters: a dot that points where it goes.
function paintDot(ctx, step, col, colour, line, r) {
  ctx.fillStyle = colour.fill;
  if (col < HEADINGS && step < 2) pointer(ctx, toward(col), r * 0.55, r * 0.6);
  ctx.beginPath();
  ctx.arc(0, 0, r * 0.62, 0, Math.PI * 2);
  paint(ctx, step, colour, line, r * 0.7);
}

function paintBadge(ctx, { text }, step, col, colour, line, px) {
  const r = px / 1.15;
  ctx.font = `600 ${px}px "IBM Plex Sans", sans-serif`;
  const half = Math.max(r * 1.05, ctx.measureText(text).width / 2 + r * 0.3);
  const high = r * 0.8;
  if (col < HEADINGS) {
    const angle = toward(col);
    const reach = Math.min(half / Math.abs(Math.cos(angle) || 1e-9), high / Math.abs(Math.sin(angle) || 1e-9));
    ctx.fillStyle = colour.fill;
    pointer(ctx, angle, reach, r * 0.5);
  }
  ctx.beginPath();
  ctx.rect(-half, -high, half * 2, high * 2);
  ctx.fillStyle = step === 0 ? colour.fill : colour.edge;
  ctx.globalAlpha = step === 2 ? 0.7 : 1;
  ctx.fill();
  ctx.lineWidth = line;
  ctx.strokeStyle = step === 0 ? colour.edge : colour.fill;
  ctx.setLineDash(step === 0 ? [] : [line * 2, line * 1.5]);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.fillStyle = step === 0 ? colour.edge : colour.fill;
  ctx.fillText(step === 2 ? `${text}?` : text, 0, r * 0.06);
  ctx.globalAlpha = 1;
}

// A symbol of the military does not turn: a pointer at its edge says where it goes. Late it is hollow, lost a ghost with a
// question mark, as everything on the map is.
function paintMil(ctx, { canvas, x, y }, step, col, colour, px, letters) {
  if (col < HEADINGS && step < 2) {
    ctx.fillStyle = colour.fill;
    pointer(ctx, toward(col), px * 0.92, px * 0.34);
  }
  ctx.globalAlpha = step === 2 ? 0.45 : 1;
  ctx.drawImage(canvas, Math.round(-x), Math.round(-y));
  ctx.globalAlpha = 1;
  const write = (text, at, size) => {
    ctx.font = `600 ${size}px "IBM Plex Sans", sans-serif`;
    ctx.lineWidth = size * 0.3;
    ctx.strokeStyle = colour.edge;
    ctx.strokeText(text, 0, at);
    ctx.fillStyle = colour.fill;
    ctx.fillText(text, 0, at);
  };
  if (step === 2) write("?", 0, px);
  if (letters) write(letters.text, px * 0.8 + letters.px * 0.6, letters.px);
}

/** The sheet of symbols. */
export class SymbolSheet {
  constructor(sheet) {
    this.sheet = sheet;
    this.key = "";
    this.rects = new Int32Array(0);
    this.dpr = 1;
    this.mil = null;
  }

  /** What draws symbols of the military (`lazy/mil_symbols.js`); it is used where the style asks for them. */
  symbols(mil) {
    this.mil = mil;
  }

  // Draws the sprite of a row as the military does; false where the row has no such symbol, and ours stays.
  military(ctx, style, row, step, col) {
    const { mil, dpr } = style;
    const sidc = mil && this.mil ? (row < SHAPES.length ? mil.rows[row] : mil.unit) : null;
    const px = sidc ? Math.round(mil.px * dpr) : 0;
    const found = sidc ? this.mil.bitmap(sidc, px, mil.mode, step === 0) : null;
    if (!found) return false;
    const unit = row >= SHAPES.length;
    const letters = unit && style.badge_px > 0 ? { text: style.badges[row - SHAPES.length].text, px: style.badge_px * dpr } : null;
    const colour = unit ? style.colours.unit : style.colours[COLOUR_OF[SHAPES[row]] ?? SHAPES[row]];
    paintMil(ctx, found, step, col, colour, px, letters);
    return true;
  }

  /** Draws the sheet anew where size, resolution or badges changed. `style`: JSON, see `sheetLayout`. */
  style(json) {
    if (json === this.key) return false;
    this.key = json;
    const style = JSON.parse(json);
    this.dpr = style.dpr;
    const { rects, width, height } = sheetLayout(style);
    this.rects = Int32Array.from(rects.flat());
    this.sheet.width = width;
    this.sheet.height = height;
    // It is read back, pixel by pixel.
    const ctx = this.sheet.getContext("2d", { willReadFrequently: true });
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    const r = style.size * style.dpr;
    const line = Math.max(1, style.size * 0.16) * style.dpr;
    rects.forEach(([x, y, w, h], i) => {
      const col = i % COLUMNS;
      const step = Math.floor(i / COLUMNS) % STEPS;
      const row = Math.floor(i / COLUMNS / STEPS);
      ctx.setTransform(1, 0, 0, 1, x + w / 2, y + h / 2);
      if (this.military(ctx, style, row, step, col)) return;
      if (row < SHAPES.length) {
        const shape = SHAPES[row];
        const own = OUTLINES[shape];
        // A form that would not be known as a square stays as it is where its heading is not known, and points up.
        const rests = col === HEADINGS && own.turns && !own.still;
        const lines = rests ? own.rest : own.marks;
        const angle = col === HEADINGS ? 0 : (col / HEADINGS) * Math.PI * 2;
        const colour = style.colours[COLOUR_OF[shape] ?? shape];
        if (own.blades) strokes(ctx, own.blades, angle, r, colour.fill, Math.max(1, line * 0.9));
        outline(ctx, rests ? (own.rest ? TYPED_REST : REST) : own, angle, r);
        paint(ctx, step, colour, line, r);
        // Of a lost one the sign of its type would only be noise beside the question mark.
        if (lines && step < 2) strokes(ctx, lines, angle, r, step === 0 ? colour.edge : colour.fill, Math.max(1, line * 0.8));
      } else if (style.badge_px > 0) {
        const px = style.badge_px * style.dpr;
        paintBadge(ctx, style.badges[row - SHAPES.length], step, col, style.colours.unit, line, px);
      } else {
        paintDot(ctx, step, col, style.colours.unit, line, r);
      }
    });
    return true;
  }
}
