// Drives one page under measurement: opens it with the probe, draws and drags, and reads the trace of it.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { CHROMIUM_FLAGS, SOFTWARE_GPU, closeBrowser, openPage, useFlags } from "../lib.mjs";
import { CATEGORIES, rate, read } from "./trace.mjs";

/** The size of the page, CSS pixels. */
export const SIZE = { width: 1920, height: 1080 };

/** The window: larger than the page with the browser's own bars, or the display would draw only the upper part of it. */
const WINDOW = { width: SIZE.width + 80, height: SIZE.height + 220 };

/** Longest wait for the browser, milliseconds. */
const PATIENCE_MS = 60_000;

/** Milliseconds between two movements of the pointer in a drag, as of a mouse with 125 reports a second. */
const POINTER_MS = 8;

/** Movements that were sent and not yet answered; more are not sent. */
const MOST_UNANSWERED = 4;

/** Ends the browser and lets the next page start one with or without a GPU made of software. */
export async function freshBrowser({ softwareGpu = false } = {}) {
  await closeBrowser();
  useFlags(softwareGpu ? SOFTWARE_GPU : CHROMIUM_FLAGS);
}

/** A page with the probe in it, which has not gone anywhere yet. */
export async function probedPage() {
  const page = await openPage("about:blank", SIZE);
  // A machine that is busy with what is measured answers late.
  page.setDefaultTimeout(PATIENCE_MS);
  const cdp = await page.context().newCDPSession(page);
  const { windowId } = await cdp.send("Browser.getWindowForTarget");
  await cdp.send("Browser.setWindowBounds", { windowId, bounds: WINDOW });
  await cdp.detach();
  // Every track is drawn: a screen would rather count so many.
  await page.addInitScript(() => {
    if (location.protocol !== "about:") localStorage.setItem("oneroof.density", "drawn");
  });
  await page.addInitScript({ path: fileURLToPath(new URL("./probe.js", import.meta.url)) });
  return page;
}

/** Traces while `work` runs, and gives what was read; a mark before and after says from when to when. */
export async function traced(page, work) {
  const browser = page.context().browser();
  await browser.startTracing(page, { categories: CATEGORIES });
  let value;
  let bytes;
  try {
    value = await work();
    // The last frames reach the screen.
    await page.waitForTimeout(300);
  } finally {
    bytes = await browser.stopTracing();
  }
  return { trace: read(bytes), value };
}

const mark = (page, name) => page.evaluate((n) => window.__bench.mark(n), name);

/** Runs `work` between two marks under a trace, and gives the frames between them. */
async function measured(page, work) {
  const { trace } = await traced(page, async () => {
    // What was painted shortly before says how old the tracks are at the beginning.
    await page.waitForTimeout(1_500);
    await mark(page, "bench:from");
    await work();
    await mark(page, "bench:to");
  });
  const [[from], [to]] = ["bench:from", "bench:to"].map((name) => trace.marks.get(name) ?? []);
  assert.ok(from < to, "the trace has no marks of the measurement");
  return rate(trace, from, to);
}

/** Frames while nobody touches the page, and one pixel changes with each of them. */
export async function idle(page, seconds) {
  await page.evaluate(() => {
    window.__bench.stop = window.__bench.tick();
  });
  try {
    return await measured(page, () => page.waitForTimeout(seconds * 1000));
  } finally {
    await page.evaluate(() => window.__bench.stop());
  }
}

/** The middle of an element, in pixels of the page. */
async function middle(page, selector) {
  const box = await page.locator(selector).first().boundingBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
}

/** Frames while the map is dragged without end, along a curve that stays within the view. */
export async function panning(page, selector, seconds) {
  const [x, y] = await middle(page, selector);
  const at = (ms) => [x + 220 * Math.sin(ms / 700), y + 130 * Math.sin(ms / 1_100)];
  await page.mouse.move(x, y);
  await page.mouse.down();
  const begun = performance.now();
  let unanswered = 0;
  const timer = setInterval(() => {
    if (unanswered >= MOST_UNANSWERED) return;
    unanswered += 1;
    // A page that is being closed answers no more.
    page.mouse.move(...at(performance.now() - begun)).catch(() => {}).finally(() => {
      unanswered -= 1;
    });
  }, POINTER_MS);
  try {
    return await measured(page, () => page.waitForTimeout(seconds * 1000));
  } finally {
    clearInterval(timer);
    await page.mouse.up();
  }
}

/** Waits for the effect of the input that `act` makes; false where it did not come within three seconds. */
export async function acted(page, n, { type, selector, shows }, act) {
  await page.evaluate(([...a]) => window.__bench.expect(...a), [n, type, selector, shows]);
  await act();
  return page.evaluate(() => window.__bench.pending);
}

/** Memory of the page after its garbage was collected, megabytes; and its long tasks so far, milliseconds. */
export async function memory(page) {
  const cdp = await page.context().newCDPSession(page);
  try {
    await cdp.send("HeapProfiler.collectGarbage");
    const { usedSize, totalSize } = await cdp.send("Runtime.getHeapUsage");
    const counters = await cdp.send("Memory.getDOMCounters");
    const { wasm, longTasks } = await page.evaluate(() => ({
      wasm: window.__bench.memory?.buffer.byteLength ?? 0,
      longTasks: window.__bench.longTasks,
    }));
    return {
      heapMb: usedSize / 1e6,
      reservedMb: totalSize / 1e6,
      wasmMb: wasm / 1e6,
      domNodes: counters.nodes,
      listeners: counters.jsEventListeners,
      longTasks,
    };
  } finally {
    await cdp.detach();
  }
}
