// The wall, in a real browser: what a room reads from its seats, at the three sizes that it is judged at; no word that
// somebody wrote gets to it; it goes where a desk asks and nowhere else; the desk knows when it does not paint.

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import { closeBrowser, live, missing, openPage, overlayOf, pushFeed, startServer, state, until } from "./lib.mjs";

const skip = missing("server", "client", "browser");
let overlay;
let server;

/** Walls that are judged: pixels, metres, millimetres of a pixel, columns of the list. */
const WALLS = [
  { width: 1920, height: 1080, distance_m: 2, mm_per_px: 0.63, columns: 1 },
  { width: 3840, height: 2160, distance_m: 3, mm_per_px: 0.493, columns: 1 },
  { width: 7680, height: 2160, distance_m: 6, mm_per_px: 0.562, columns: 2 },
];

before(async () => {
  if (skip) return;
  overlay = await overlayOf({ "t-guard": pushFeed("t-guard", "BG") });
  server = await startServer({ config: ["config", overlay] });
});
after(async () => {
  await closeBrowser();
  await server?.stop();
  if (overlay) await rm(overlay, { recursive: true, force: true });
});

let number = 0;

async function report(lat, lon, more = {}) {
  number += 1;
  const time = new Date(Date.now() - 30_000).toISOString();
  const body = { id: `W-${number}`, type: "UBC01", time, lat, lon, title: "Petrenko seen at Lisova 7", ...more };
  const answer = await fetch(`${server.url}/api/v1/feeds/t-guard`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, await answer.text());
}

const wallAddress = (name, more = {}) => `${server.url}/wall?${new URLSearchParams({ name, ...more })}`;

/** Everything that is written on the page, with the size of its type and whether it is cut off. */
const written = (page) =>
  page.evaluate(() => {
    const out = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent.trim();
      const element = node.parentElement;
      const box = element.getBoundingClientRect();
      if (text === "" || box.width === 0 || element.closest(".attribution, script, style")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const at = range.getBoundingClientRect();
      out.push({
        text,
        px: Number.parseFloat(getComputedStyle(element).fontSize),
        cut: at.right > innerWidth + 3 || at.bottom > innerHeight + 3 || at.left < -3 || at.top < -3,
      });
    }
    return out;
  });

test("a room can read the wall from its seats, at each of the three sizes", { skip, timeout: 180_000 }, async () => {
  await report(47.96, 23.9, { danger: true });
  for (const lat of [48.6, 49.1, 49.6, 50.2, 50.7, 51.2, 45.4, 45.6]) await report(lat, 25 - (51 - lat) / 4, { type: "CBC01" });
  for (const [i, wall] of WALLS.entries()) {
    const { width, height, distance_m, mm_per_px } = wall;
    const page = await openPage(wallAddress(`w${i}`, { distance_m, mm_per_px }), { width, height });
    await live(page);
    await until("the events are there", async () => (await state(page)).events === 9);
    const rows = page.locator(".wall-row");
    await until("at least four are shown", async () => (await rows.count()) >= 4);
    assert.ok((await rows.count()) <= 7);
    assert.ok(await rows.first().evaluate((e) => e.classList.contains("life")), "the life at risk is on top");
    const shown = await rows.count();
    assert.match(await page.locator(".wall-more").innerText(), new RegExp(`\\+${9 - shown} `), "what found no room is counted");
    assert.equal(
      await page.locator(".wall-rows").evaluate((e) => getComputedStyle(e).columnCount),
      String(wall.columns),
    );
    const overflow = () =>
      page.evaluate(() =>
        [".wall-rows", ".wall-row", ".wall-strips", ".wall-head"].filter((s) =>
          [...document.querySelectorAll(s)].some((e) => e.scrollWidth > e.clientWidth + 2 || e.scrollHeight > e.clientHeight + 2),
        ),
      );
    await until(`nothing overflows on ${width}x${height}`, async () => (await overflow()).length === 0);
    for (const { text, px, cut } of await written(page)) {
      // Capitals of IBM Plex Sans are 0.698 of the type.
      const arcmin = (Math.atan((px * 0.698 * mm_per_px) / (distance_m * 1000)) * 180 * 60) / Math.PI;
      assert.ok(arcmin >= 16, `"${text}" has ${arcmin.toFixed(1)} minutes of arc on ${width}x${height}`);
      assert.ok(!cut, `"${text}" leaves ${width}x${height}`);
    }
    await page.finish(`wall-${width}`);
  }
});

test("no word that somebody wrote gets to a wall", { skip, timeout: 60_000 }, async () => {
  const page = await openPage("about:blank");
  const heard = [];
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => heard.push(String(payload))));
  await page.goto(wallAddress("words"));
  await live(page);
  await report(48.2, 24.2);
  await until("it is on the wall", async () => heard.some((f) => f.includes('"entity":"event"')));
  await until("positions and beats come too", async () => heard.length > 5);
  const all = heard.join("\n");
  for (const word of ["Petrenko", "Lisova", '"entity":"report"', '"entity":"suggestion"', '"notes"']) {
    assert.ok(!all.includes(word), `${word} is on the wall's line`);
  }
  assert.ok(!(await page.locator("body").innerText()).includes("Petrenko"));
  await page.finish();
});

test("the map goes where a desk asks, and what is new elsewhere is proposed beside it", { skip, timeout: 90_000 }, async () => {
  const wall = await openPage(wallAddress("asked"));
  await live(wall);
  const desk = await openPage(server.url);
  await live(desk);
  await until("the desk knows the wall", async () => {
    await desk.keyboard.press("j");
    return desk.locator(".right").getByText("Показати на стінах").isVisible();
  });
  const before = (await state(wall)).zoom;
  await desk.keyboard.press("w");
  await until("the wall shows it", async () => (await state(wall)).zoom > before);
  const at = (await state(wall)).bounds;
  await report(45.35, 28.95, { danger: true });
  const inset = wall.locator(".wall-inset");
  await until("it is proposed", async () => inset.isVisible());
  assert.match(await inset.innerText(), /Нове поза цим видом/);
  assert.deepEqual((await state(wall)).bounds, at, "the large map stays where it is");
  await wall.keyboard.press("Escape");
  await inset.waitFor({ state: "hidden" });
  await desk.finish("wall-asked-desk");
  await wall.finish("wall-asked");
});

test("a desk is told of a wall that does not paint, and of one that is gone", { skip, timeout: 120_000 }, async () => {
  const wall = await openPage(wallAddress("frozen"));
  await live(wall);
  const desk = await openPage(server.url);
  await live(desk);
  // Something to paint: where nothing comes a wall says that it paints, and no number.
  await report(48.3, 23.1, { type: "CBC01" });
  await until("all is well", async () => (await fetch(`${server.url}/api/v1/walls`)).json().then((w) => w.items.some((i) => i.name === "frozen" && i.painted > 0)));
  // The page hangs; its line stays open.
  wall.evaluate(() => {
    const end = performance.now() + 25_000;
    while (performance.now() < end);
  }).catch(() => {});
  const notes = desk.locator(".head .notes");
  await until("it is said", async () => /Стіна frozen не малює/.test(await notes.innerText()), { patience: 40_000 });
  await until("it paints again", async () => !/frozen/.test(await notes.innerText()), { patience: 40_000 });
  await wall.finish();
  await until("it is gone", async () => /Стіна frozen зникла/.test(await notes.innerText()), { patience: 30_000 });
  await desk.finish();
});

test("palettes change by a key and are kept; the settings say how large the type is", { skip, timeout: 60_000 }, async () => {
  const page = await openPage(wallAddress("tones", { distance_m: 2, mm_per_px: 0.63 }));
  await live(page);
  const tone = () => page.evaluate(() => document.documentElement.dataset.tone);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(await tone(), "night");
  const night = await ground();
  await page.keyboard.press("p");
  await until("it is day", async () => (await tone()) === "day");
  assert.notEqual(await ground(), night);
  await page.keyboard.press("s");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  assert.match(await dialog.innerText(), /28 пікс\.: 21/);
  await dialog.getByText("Зберегти цей вид").click();
  await dialog.locator("button[type=submit]").click();
  await dialog.waitFor({ state: "detached" });
  await page.goto(`${server.url}/wall`);
  await live(page);
  assert.equal(await tone(), "day", "kept by the wall's own browser");
  const kept = await page.evaluate(() => JSON.parse(localStorage.getItem("oneroof.wall")));
  assert.equal(kept.views.length, 1);
  await page.finish("wall-day");
});

test("a wall whose server is gone says so, keeps its picture, and comes back by itself", { skip, timeout: 120_000 }, async () => {
  const page = await openPage(wallAddress("lost"));
  await live(page);
  const before = await state(page);
  assert.ok(before.events > 0);
  page.expectFaults(/WebSocket|ERR_|Failed to load/);
  await server.kill();
  await until("it says so", async () => page.locator(".lost").isVisible());
  assert.match(await page.locator(".lost").innerText(), /\d+/);
  assert.equal((await state(page)).events, before.events, "the last picture stays");
  server = await startServer({ config: ["config", overlay], data: server.data, port: server.port });
  await live(page);
  await page.locator(".lost").waitFor({ state: "detached" });
  await until("all events are there again", async () => (await state(page)).events === before.events);
  // The strips around it may have another height, so its edges may: its middle and its zoom may not.
  const now = await state(page);
  const middle = ([s, w, n, e]) => [(s + n) / 2, (w + e) / 2];
  assert.equal(now.zoom, before.zoom);
  for (const [i, at] of middle(now.bounds).entries()) {
    assert.ok(Math.abs(at - middle(before.bounds)[i]) < 0.02, `the map has moved: ${now.bounds}, before ${before.bounds}`);
  }
  await page.finish("wall-back");
});
