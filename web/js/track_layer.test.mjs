// node --test web/js
import assert from "node:assert/strict";
import { test } from "node:test";
import { COLUMNS, STEPS, SymbolSheet, sheetLayout } from "./track_layer.js";

const colour = { fill: "#fff", edge: "#000" };
const colours = Object.fromEntries(
  ["mark", "sensor", "vessel", "vehicle", "aircraft", "distress", "unit"].map((k) => [k, colour]),
);
const style = { size: 6, dpr: 2, badges: [{ text: "?" }, { text: "BG" }], badge_px: 11, colours };

// A canvas that remembers the calls made on its context.
function canvas() {
  const calls = [];
  const ctx = new Proxy({}, {
    get: (target, name) => (name in target ? target[name] : (...args) => {
      calls.push([name, ...args]);
      return name === "measureText" ? { width: 10 } : undefined;
    }),
    set: (target, name, value) => { target[name] = value; return true; },
  });
  return { width: 100, height: 100, calls, getContext: () => ctx };
}

test("each shape, step and heading has a place of its own in the sheet", () => {
  const { rects, width, height } = sheetLayout(style);
  assert.equal(rects.length, (14 + 2) * STEPS * COLUMNS);
  const seen = new Set(rects.map(([x, y]) => `${x},${y}`));
  assert.equal(seen.size, rects.length);
  for (const [x, y, w, h] of rects) assert.ok(x + w <= width && y + h <= height);
});

test("the sheet is drawn again only when its style changes", () => {
  const layer = new SymbolSheet(canvas());
  assert.equal(layer.style(JSON.stringify(style)), true);
  assert.equal(layer.style(JSON.stringify(style)), false);
  assert.equal(layer.style(JSON.stringify({ ...style, size: 8 })), true);
});

test("a unit has letters only where there is room for them", () => {
  const letters = (badge_px) => {
    const sheet = canvas();
    new SymbolSheet(sheet).style(JSON.stringify({ ...style, badge_px }));
    return sheet.calls.filter(([name, text]) => name === "fillText" && text.startsWith("BG")).length;
  };
  assert.equal(letters(11), STEPS * COLUMNS);
  assert.equal(letters(0), 0);
});

test("where the style asks for them symbols of the military are in the sheet, and letters below those of units", () => {
  const sheet = canvas();
  const layer = new SymbolSheet(sheet);
  const asked = new Set();
  layer.symbols({
    bitmap: (sidc, px, mode, filled) => {
      asked.add(`${sidc} ${px} ${mode} ${filled}`);
      return { canvas: {}, x: 5, y: 5 };
    },
  });
  const mil = { px: 10, mode: "night", unit: "unit", rows: Array.from({ length: 14 }, (_, row) => (row === 13 ? null : `row ${row}`)) };
  layer.style(JSON.stringify({ ...style, mil }));
  assert.equal(asked.size, 2 * 14, "thirteen shapes and the units, filled and hollow");
  assert.ok(asked.has("row 2 20 night true") && asked.has("unit 20 night false"));
  const copies = sheet.calls.filter(([name]) => name === "drawImage").length;
  assert.equal(copies, (13 + 2) * STEPS * COLUMNS, "a distress keeps our own sign");
  const { rects, width, height } = sheetLayout({ ...style, mil });
  assert.equal(rects.length, (14 + 2) * STEPS * COLUMNS);
  for (const [x, y, w, h] of rects) assert.ok(x + w <= width && y + h <= height);
  assert.equal(layer.style(JSON.stringify(style)), true, "switched off, the sheet is drawn as before");
});

test("each type of vessel and aircraft has a form of its own, and the colour of its kind", () => {
  const sheet = canvas();
  new SymbolSheet(sheet).style(JSON.stringify({ ...style, badges: [], badge_px: 0 }));
  // The calls of one sprite of each shape: fresh, with the heading north.
  const sprites = [];
  for (const call of sheet.calls) {
    if (call[0] === "setTransform" && call.length === 7) sprites.push([]);
    else sprites.at(-1)?.push(call.join(" "));
  }
  const fresh = Array.from({ length: 14 }, (_, shape) => sprites[shape * STEPS * COLUMNS].join("; "));
  assert.equal(new Set(fresh).size, 14, "no two look alike");
});
