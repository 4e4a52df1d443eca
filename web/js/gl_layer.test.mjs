// node --test web/js
import assert from "node:assert/strict";
import { test } from "node:test";
import { GlTrackLayer, measure } from "./gl_layer.js";

const sheet = { key: "{}", dpr: 1, rects: new Int32Array([0, 0, 4, 4]), sheet: { width: 4, height: 4 }, style: () => false };
const [xy, sprite] = [new Float32Array([1, 2]), new Uint16Array([0])];

// A context of WebGL that answers every call; drawing takes `ms` of a clock of our own.
function setting(ms) {
  const time = { now: 0 };
  const gl = new Proxy({}, {
    get: (_, name) => {
      if (name === "drawArraysInstanced") return () => { time.now += ms; };
      if (name === "getProgramParameter") return () => true;
      if (name === "getError") return () => undefined;
      return /^[A-Z0-9_]+$/.test(name) ? undefined : () => undefined;
    },
  });
  const element = () => ({ getContext: () => gl, addEventListener: () => undefined });
  return { element, clock: () => time.now };
}

test("without WebGL 2 there is no layer and no figure", () => {
  const element = () => ({ getContext: () => null, addEventListener: () => undefined });
  assert.throws(() => new GlTrackLayer(element(), sheet), /no WebGL 2/);
  assert.equal(measure(sheet, 10, 10, xy, sprite, { element }), undefined);
});

test("a drawing is measured after a first one, unless that took too long by itself", () => {
  assert.equal(measure(sheet, 10, 10, xy, sprite, setting(7)), 7);
  assert.equal(measure(sheet, 10, 10, xy, sprite, setting(90)), 90);
});
