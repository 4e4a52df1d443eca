// node --test web/js
import assert from "node:assert/strict";
import { test } from "node:test";
import { lookOf, within } from "./own_map.js";

test("a place deeper than the map is a part of its deepest tile", () => {
  assert.deepEqual(within({ z: 14, x: 9000, y: 5600 }, 14), { z: 14, x: 9000, y: 5600, part: { side: 1, column: 0, row: 0 } });
  assert.deepEqual(within({ z: 16, x: 36_003, y: 22_402 }, 14), { z: 14, x: 9000, y: 5600, part: { side: 4, column: 3, row: 2 } });
});

test("the colours are those of the style sheet", () => {
  const look = lookOf({ getPropertyValue: (name) => ` ${name}-value ` }, "en", 1.5);
  assert.equal(look.water, "--map-water-value");
  assert.equal(look.great, "--map-great-value");
  assert.deepEqual([look.lang, look.ui], ["en", 1.5]);
});
