// node --test web/js
import assert from "node:assert/strict";
import { test } from "node:test";
import { drawTile, readTile, roadOf, widthAt } from "./vector_tile.js";

// A writer of protobuf, as small as a test needs it.
const varint = (n) => {
  const out = [];
  for (; n >= 128; n = Math.floor(n / 128)) out.push((n % 128) | 128);
  return [...out, n];
};
const field = (number, wire, content) => [...varint(number * 8 + wire), ...content];
const part = (number, content) => field(number, 2, [...varint(content.length), ...content]);
const text = (number, value) => part(number, [...new TextEncoder().encode(value)]);
const zigzag = (n) => varint(n < 0 ? -2 * n - 1 : 2 * n);

// A line from 0,0 by steps.
const geometry = (first, ...steps) => [
  ...varint(9), ...first.flatMap(zigzag), ...varint(steps.length * 8 + 2), ...steps.flatMap((s) => s.flatMap(zigzag)),
];
const feature = (type, tags, lines) => [...part(2, tags.flatMap(varint)), ...field(3, 0, varint(type)), ...part(4, lines)];
const layer = (name, keys, values, features) => part(3, [
  ...field(15, 0, varint(2)), ...text(1, name), ...features.flatMap((f) => part(2, f)),
  ...keys.flatMap((k) => text(3, k)), ...values.flatMap((v) => part(4, text(1, v))), ...field(5, 0, varint(4096)),
]);

const roads = layer("transportation", ["class"], ["primary", "rail"], [
  feature(2, [0, 0], geometry([0, 2048], [4096, 0])),
  feature(2, [0, 1], geometry([2048, 0], [0, 4096])),
]);
const lake = layer("water", [], [], [feature(3, [], [...geometry([0, 0], [1000, 0], [0, 1000]), ...varint(15)])]);
const tile = Uint8Array.from([...roads, ...lake, ...layer("poi", [], [], [feature(1, [], geometry([1, 1]))])]);

test("a tile is read with its lines, areas and tags, and only the layers that are drawn", () => {
  const layers = readTile(tile);
  assert.deepEqual(layers.map((l) => l.name), ["transportation", "water"]);
  const { type, tags, lines } = layers[0].features[0];
  assert.deepEqual([type, { ...tags }, lines], [2, { class: "primary" }, [[0, 2048, 4096, 2048]]]);
  assert.deepEqual(layers[1].features[0].lines, [[0, 0, 1000, 0, 1000, 1000, 0, 0]], "an area is closed");
});

test("a tile cut short anywhere, or of random bytes, is an error and never endless", () => {
  let errors = 0;
  for (let end = 1; end < tile.length; end += 1) {
    try {
      readTile(tile.subarray(0, end));
    } catch {
      errors += 1;
    }
  }
  assert.ok(errors > tile.length / 2, `${errors} of ${tile.length}`);
  let seed = 7;
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % 256;
  for (let round = 0; round < 2_000; round += 1) {
    const bytes = Uint8Array.from({ length: round % 90 }, random);
    try {
      assert.ok(Array.isArray(readTile(bytes)));
    } catch (error) {
      assert.ok(error instanceof Error);
    }
  }
});

test("a geometry that promises more points than there are is refused at once", () => {
  const huge = layer("water", [], [], [feature(3, [], [...varint(9), 0, 0, ...varint((2 ** 28) * 8 + 2)])]);
  assert.throws(() => readTile(Uint8Array.from(huge)), /too many points/);
});

test("the classes of three schemes are the same roads", () => {
  assert.equal(roadOf({ class: "trunk" }), "great");
  assert.equal(roadOf({ kind: "motorway" }), "great");
  assert.equal(roadOf({ kind: "major_road", kind_detail: "secondary" }), "large");
  assert.equal(roadOf({ class: "minor" }), "small");
  assert.equal(roadOf({ kind: "track" }), "track");
  assert.equal(roadOf({ class: "ferry" }), null);
});

test("lines grow with the zoom within bounds", () => {
  assert.ok(widthAt("great", 15) > widthAt("great", 12));
  assert.ok(widthAt("great", 12) > widthAt("small", 12));
  assert.equal(widthAt("great", 30), widthAt("great", 40));
});

function canvas() {
  const calls = [];
  const ctx = new Proxy({}, {
    get: (target, name) => (name in target ? target[name] : (...args) => {
      calls.push([name, ...args]);
      return name === "measureText" ? { width: 40 } : undefined;
    }),
    set: (target, name, value) => {
      target[name] = value;
      if (name === "strokeStyle" || name === "fillStyle") calls.push([name, value]);
      return true;
    },
  });
  return { calls, ctx };
}

const look = {
  land: "land", wood: "wood", built: "built", water: "water", stream: "stream", building: "building", path: "path", track: "track",
  rail: "rail", small: "small", large: "large", great: "great", label: "label", halo: "halo", lang: "uk", ui: 1,
};

test("water lies under railways and these under roads, on the land of the palette", () => {
  const { calls, ctx } = canvas();
  drawTile(ctx, readTile(tile), { size: 256, zoom: 12 }, look);
  const colours = calls.filter(([name]) => name.endsWith("Style")).map(([, value]) => value);
  assert.deepEqual(colours, ["land", "water", "rail", "large"]);
});

test("a part of a tile is drawn as large as the whole", () => {
  const { calls, ctx } = canvas();
  drawTile(ctx, readTile(tile), { size: 256, zoom: 15, part: { side: 2, column: 0, row: 1 } }, look);
  const moves = calls.filter(([name]) => name === "moveTo").map(([, x, y]) => [x, y]);
  // The road at half the height of the tile is the upper edge of its lower half.
  assert.ok(moves.some(([x, y]) => x === 0 && y === 0), JSON.stringify(moves));
});

test("a name stands where it is not cut, once, in the language of the screen", () => {
  const named = layer("streets", ["kind", "name", "name:en"], ["residential", "вулиця Миру", "Myru Street"], [
    feature(2, [0, 0, 1, 1, 2, 2], geometry([400, 2048], [3000, 0])),
    feature(2, [0, 0, 1, 1, 2, 2], geometry([400, 2060], [3000, 0])),
    feature(2, [0, 0, 1, 1, 2, 2], geometry([0, 10], [4096, 0])),
  ]);
  const written = (lang) => {
    const { calls, ctx } = canvas();
    drawTile(ctx, readTile(Uint8Array.from(named)), { size: 256, zoom: 16 }, { ...look, lang });
    return calls.filter(([name]) => name === "fillText").map(([, what]) => what);
  };
  assert.deepEqual(written("uk"), ["вулиця Миру"]);
  assert.deepEqual(written("en"), ["Myru Street"]);
});
