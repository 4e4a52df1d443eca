// The two layers that draw tracks, in a real browser with a GPU made of software: that both draw the same picture, and
// that the measurement between them tells the truth about what is there.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { SOFTWARE_GPU, closeBrowser, missing, openPage, root, useFlags } from "./lib.mjs";

const skip = missing("browser");
let site;
let url;

before(async () => {
  if (skip) return;
  useFlags(SOFTWARE_GPU);
  site = http.createServer(async (request, response) => {
    const name = path.basename(new URL(request.url, "http://x").pathname);
    if (!name.endsWith(".js")) {
      response.setHeader("content-type", "text/html");
      return response.end('<!doctype html><link rel="icon" href="data:,"><body></body>');
    }
    response.setHeader("content-type", "text/javascript");
    response.end(await readFile(path.join(root, "web/js", name)));
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${site.address().port}/`;
});
after(async () => {
  await closeBrowser();
  site?.closeAllConnections();
  site?.close();
});

/** Runs in the page: draws the same symbols with both layers; gives both pictures and the look of the sheet. */
async function drawBoth() {
  const { TrackLayer } = await import("/track_layer.js");
  const { GlTrackLayer } = await import("/gl_layer.js");
  const colour = { fill: "#86a0b3", edge: "#0b141c" };
  const kinds = ["mark", "sensor", "vessel", "vehicle", "aircraft", "distress", "unit"];
  const colours = Object.fromEntries(kinds.map((kind) => [kind, colour]));
  const style = JSON.stringify({ size: 6, dpr: 1, badges: [{ text: "?" }, { text: "BG" }], badge_px: 11, colours });
  const element = () => Object.assign(document.createElement("canvas"), { width: 400, height: 300 });
  const xy = new Float32Array(2 * 200);
  const sprite = new Uint16Array(200);
  for (let i = 0; i < 200; i += 1) {
    xy.set([20 + (i % 20) * 19, 20 + Math.floor(i / 20) * 28], 2 * i);
    sprite[i] = (i * 37) % 700;
  }
  const painter = new TrackLayer(element(), element());
  painter.style(style);
  painter.draw(xy, sprite);
  const gl = new GlTrackLayer(element(), painter, { software: true });
  gl.style(style);
  gl.draw(xy, sprite);
  // WebGL counts rows from below.
  const raw = new Uint8Array(400 * 300 * 4);
  gl.gl.readPixels(0, 0, 400, 300, gl.gl.RGBA, gl.gl.UNSIGNED_BYTE, raw);
  const want = painter.ctx.getImageData(0, 0, 400, 300).data;
  let [inked, differ] = [0, 0];
  for (let y = 0; y < 300; y += 1) {
    for (let x = 0; x < 400; x += 1) {
      const [a, b] = [(y * 400 + x) * 4, ((299 - y) * 400 + x) * 4];
      if (want[a + 3] > 0) inked += 1;
      // Alpha, and the colour as it is laid on black.
      const off = [0, 1, 2].some((c) => Math.abs((want[a + c] * want[a + 3]) / 255 - raw[b + c]) > 8);
      if (off || Math.abs(want[a + 3] - raw[b + 3]) > 8) differ += 1;
    }
  }
  return { inked, differ, lost: gl.lost };
}

test("both layers draw the same picture", { skip, timeout: 60_000 }, async () => {
  const page = await openPage(url);
  const { inked, differ, lost } = await page.evaluate(drawBoth);
  assert.equal(lost, false);
  assert.ok(inked > 5_000, `${inked} pixels were drawn`);
  assert.ok(differ < inked / 200, `${differ} of ${inked} pixels differ`);
  await page.finish();
});

test("the measurement knows both ways, and takes WebGL only with a clear advantage", { skip, timeout: 60_000 }, async () => {
  const page = await openPage(url);
  const { kind, canvasMs, webgl2Ms, advantage } = await page.evaluate(async () => {
    const { TrackLayer } = await import("/track_layer.js");
    const { ADVANTAGE: advantage, choose } = await import("/gl_layer.js");
    const colour = { fill: "#86a0b3", edge: "#0b141c" };
    const kinds = ["mark", "sensor", "vessel", "vehicle", "aircraft", "distress", "unit"];
    const colours = Object.fromEntries(kinds.map((one) => [one, colour]));
    const layer = new TrackLayer(document.createElement("canvas"), document.createElement("canvas"));
    layer.style(JSON.stringify({ size: 6, dpr: 1, badges: [{ text: "?" }], badge_px: 0, colours }));
    return { advantage, ...choose(layer, 800, 600, { software: true }) };
  });
  assert.ok(canvasMs > 0 && webgl2Ms > 0, `${canvasMs} ms, ${webgl2Ms} ms`);
  assert.equal(kind, canvasMs > webgl2Ms * advantage ? "webgl2" : "canvas");
  await page.finish();
});

test("measuring is bounded on the largest wall", { skip, timeout: 60_000 }, async () => {
  const page = await openPage(url);
  const chosen = await page.evaluate(async () => {
    const { TrackLayer } = await import("/track_layer.js");
    const { choose } = await import("/gl_layer.js");
    const colour = { fill: "#86a0b3", edge: "#0b141c" };
    const kinds = ["mark", "sensor", "vessel", "vehicle", "aircraft", "distress", "unit"];
    const colours = Object.fromEntries(kinds.map((one) => [one, colour]));
    const layer = new TrackLayer(document.createElement("canvas"), document.createElement("canvas"));
    layer.style(JSON.stringify({ size: 6, dpr: 1, badges: [{ text: "?" }], badge_px: 0, colours }));
    const drawn = [];
    const element = () => {
      const canvas = document.createElement("canvas");
      drawn.push(canvas);
      return canvas;
    };
    const chosen = choose(layer, 7680, 2160, { element });
    return { ...chosen, pixels: Math.max(...drawn.map((c) => (c.width === 300 ? 0 : c.width * c.height))) };
  });
  assert.ok(chosen.canvasMs > 0, JSON.stringify(chosen));
  assert.ok(chosen.pixels < 2_500_000, `${chosen.pixels} pixels were drawn on`);
  await page.finish();
});
