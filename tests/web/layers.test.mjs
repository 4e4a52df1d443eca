// The layer that draws tracks by WebGL, in a real browser with a GPU made of software: that it draws what copying the symbols
// of the sheet one by one gives, and that its measurement tells the truth about what is there.

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

/** Runs in the page: draws the same symbols by WebGL and one by one; gives both pictures and the look of the sheet. */
async function drawBoth() {
  const { SymbolSheet } = await import("/track_layer.js");
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
  const sheet = new SymbolSheet(element());
  sheet.style(style);
  const one = element().getContext("2d");
  sprite.forEach((number, i) => {
    const [x, y, w, h] = sheet.rects.subarray(number * 4, number * 4 + 4);
    one.drawImage(sheet.sheet, x, y, w, h, Math.round(xy[2 * i] - w / 2), Math.round(xy[2 * i + 1] - h / 2), w, h);
  });
  const gl = new GlTrackLayer(element(), sheet, { software: true });
  gl.style(style);
  gl.draw(xy, sprite);
  // WebGL counts rows from below.
  const raw = new Uint8Array(400 * 300 * 4);
  gl.gl.readPixels(0, 0, 400, 300, gl.gl.RGBA, gl.gl.UNSIGNED_BYTE, raw);
  const want = one.getImageData(0, 0, 400, 300).data;
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

test("WebGL draws what copying the symbols one by one gives", { skip, timeout: 60_000 }, async () => {
  const page = await openPage(url);
  const { inked, differ, lost } = await page.evaluate(drawBoth);
  assert.equal(lost, false);
  assert.ok(inked > 5_000, `${inked} pixels were drawn`);
  assert.ok(differ < inked / 200, `${differ} of ${inked} pixels differ`);
  await page.finish();
});

test("the measurement tells what a drawing takes, and nothing where a GPU of software is not wanted", { skip, timeout: 60_000 }, async () => {
  const page = await openPage(url);
  const { taken, refused } = await page.evaluate(async () => {
    const { SymbolSheet } = await import("/track_layer.js");
    const { measure } = await import("/gl_layer.js");
    const colour = { fill: "#86a0b3", edge: "#0b141c" };
    const kinds = ["mark", "sensor", "vessel", "vehicle", "aircraft", "distress", "unit"];
    const colours = Object.fromEntries(kinds.map((one) => [one, colour]));
    const sheet = new SymbolSheet(document.createElement("canvas"));
    sheet.style(JSON.stringify({ size: 6, dpr: 1, badges: [{ text: "?" }], badge_px: 0, colours }));
    const of = (options) => measure(sheet, 800, 600, new Float32Array([9, 9, 50, 50]), new Uint16Array([0, 40]), options);
    return { taken: of({ software: true }), refused: of({ element: () => ({ getContext: () => null }) }) };
  });
  assert.ok(taken > 0, `${taken} ms`);
  assert.equal(refused, undefined);
  await page.finish();
});
