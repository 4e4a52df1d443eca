// Frames a second of the map, idle and while it is dragged, in headless Chromium without a GPU.
//
//   node web/bench/frames.mjs http://127.0.0.1:8080/ [--seconds 8] [--size 1920x1080] [--gl] [--shot out.png]
//
// Needs a running server with as many tracks as are to be measured, and `npm ci` in tests/web (playwright-core).
// Prints one JSON object. `--gl` lets Chromium draw with software GL instead of its CPU raster.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../tests/web/package.json", import.meta.url));
const { chromium } = require(process.env.PLAYWRIGHT ?? "playwright-core");

const args = process.argv.slice(2);
const option = (name, fallback) => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? fallback : args[at + 1];
};
const url = args[0] ?? "http://127.0.0.1:8080/";
const seconds = Number(option("seconds", "8"));
const [width, height] = option("size", "1920x1080").split("x").map(Number);

const browser = await chromium.launch({
  executablePath: process.env.ONEROOF_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", ...(args.includes("--gl") ? ["--use-gl=angle", "--use-angle=swiftshader"] : ["--disable-gpu"])],
});
const page = await browser.newPage({ viewport: { width, height } });
const requests = [];
page.on("request", (r) => requests.push(r.url()));
const errors = [];
page.on("pageerror", (e) => errors.push(String(e)));
const begun = Date.now();
await page.goto(url);
// Where a desk would count so many tracks, it is told to draw them: that is what is measured.
await page.waitForFunction(
  () => {
    document.querySelector(".density button")?.click();
    return window.__oneroof?.state().symbolsDrawn > 0;
  },
  null,
  { timeout: 60_000, polling: 500 },
);
const firstPicture = Date.now() - begun;
await page.waitForTimeout(3000);
await page.evaluate(() => document.querySelector(".density button")?.click());
await page.waitForTimeout(500);

// Counts animation frames and the longest pause between two of them.
const count = (ms) => page.evaluate((duration) => new Promise((done) => {
  const start = performance.now();
  let [frames, last, longest] = [0, start, 0];
  const step = (now) => {
    longest = Math.max(longest, now - last);
    last = now;
    frames += 1;
    if (now - start < duration) requestAnimationFrame(step);
    else done({ fps: Math.round((frames * 1000) / (now - start)), longestMs: Math.round(longest) });
  };
  requestAnimationFrame(step);
}), ms);

const idle = await count(seconds * 1000);
const box = await page.locator(".map").boundingBox();
const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
await page.mouse.move(x, y);
await page.mouse.down();
let dragging = true;
const drag = (async () => {
  for (let i = 0; dragging; i += 1) {
    await page.mouse.move(x + 260 * Math.sin(i / 25), y + 160 * Math.sin(i / 40));
  }
})();
const panning = await count(seconds * 1000);
dragging = false;
await drag;
await page.mouse.up();
await page.waitForTimeout(500);
const state = await page.evaluate(() => window.__oneroof.state());
const shot = option("shot");
if (shot) await page.screenshot({ path: shot });
const origin = new URL(url).origin;
console.log(JSON.stringify({
  width, height, tracks: state.tracks, symbolsDrawn: state.symbolsDrawn, symbolsMs: state.symbolsMs,
  drawnBy: state.drawnBy, canvasMs: state.canvasMs, webgl2Ms: state.webgl2Ms,
  firstPictureMs: firstPicture, idle, panning, zoom: state.zoom,
  foreignRequests: requests.filter((r) => !r.startsWith(origin) && !r.startsWith("data:")), errors,
}, null, 2));
await browser.close();
