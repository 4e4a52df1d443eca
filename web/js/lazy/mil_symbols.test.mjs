// node --test web/js
import assert from "node:assert/strict";
import { test } from "node:test";
import { MilSymbols, styleOf } from "./mil_symbols.js";

function library() {
  const made = [];
  class Symbol {
    constructor(sidc, style) {
      made.push([sidc, style]);
      this.style = style;
    }

    getAnchor() {
      return { x: 10, y: 12 };
    }

    asCanvas() {
      return { width: this.style.size, height: this.style.size };
    }
  }
  return { made, Symbol };
}

test("a symbol is drawn once for each size, palette and step", () => {
  const ms = library();
  const symbols = new MilSymbols(ms);
  const first = symbols.bitmap("10031000000000000000", 20, "night");
  assert.equal(symbols.bitmap("10031000000000000000", 20, "night"), first);
  assert.equal(ms.made.length, 1);
  symbols.bitmap("10031000000000000000", 20, "day");
  symbols.bitmap("10031000000000000000", 20, "night", false);
  assert.equal(ms.made.length, 3);
});

test("what is kept is bounded", () => {
  const ms = library();
  const symbols = new MilSymbols(ms);
  for (let size = 1; size < 1_000; size += 1) symbols.bitmap("1", size, "night");
  assert.ok(symbols.kept.size <= 400, `${symbols.kept.size}`);
});

test("a symbol that is late is hollow, and colours stand for whose it is alone", () => {
  assert.equal(styleOf({ size: 10, mode: "night", filled: true }).fill, true);
  const late = styleOf({ size: 10, mode: "day", filled: false });
  assert.equal(late.fill, false);
  assert.equal(late.civilianColor, false);
});

test("a symbol lies with its anchor on its place, in CSS pixels", () => {
  const symbols = new MilSymbols(library());
  const calls = [];
  const ctx = { drawImage: (...args) => calls.push(args.slice(1)) };
  assert.equal(symbols.paint(ctx, "1", 100, 50, 20, 2, "night"), true);
  assert.deepEqual(calls, [[95, 44, 20, 20]]);
  assert.equal(symbols.paint(ctx, "1", 100, 50, 0, 2, "night"), false, "what has no size is not drawn");
});
