// node --test web/js
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADVANTAGE, choose } from "./gl_layer.js";

// A layer on a canvas that takes `ms` of a clock of our own for each drawing.
const clockwork = { now: 0 };
const layerThatTakes = (ms) => {
  class Layer {
    constructor() {
      this.dpr = 1;
      this.key = "{}";
      this.rects = new Int32Array(40);
      this.ctx = { getImageData: () => undefined };
    }
    style() {}
    draw() {
      clockwork.now += ms;
    }
  }
  return new Layer();
};
const options = { symbols: 10, element: () => ({ getContext: () => null, addEventListener: () => undefined }), clock: () => clockwork.now };

test("without WebGL 2 the canvas draws, and what is not there has no figure", () => {
  assert.deepEqual(choose(layerThatTakes(7), 100, 100, options), { kind: "canvas", canvasMs: 7, webgl2Ms: null });
});

test("an advantage is asked for that pays for the memory", () => {
  assert.ok(ADVANTAGE > 1);
});
