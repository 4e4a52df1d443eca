// What an officer does with tracks at the desk: how near two of them come, following one, filtering, who was at a place at a
// time, and counts where there are too many of them to be drawn.

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import { closeBrowser, live, missing, openPage, overlayOf, pushFeed, pushTo, screenshot, startServer, state, until } from "./lib.mjs";

const skip = missing("server", "client", "browser");
/** A rule for positions of what a domain names by one field. */
const moving = (domain, id) => `    - rule: ${domain}
      when: {path: ${id}, exists: true}
      draft: position
      track: {domain: {const: ${domain}}, id: ${id}}
      at: at
      lat: lat
      lon: lon
      speed: {path: sog, unit: kn}
      course: cog
      name: name
      kind_code: kind
`;
const PLOT = `feed: t-plot
org: CG
name: {uk: "t-plot", en: "t-plot"}
source_kind: ship_reporting
marking: {tlp: AMBER, purpose: BorderMonitoring}
confidence: {reliability: B, credibility: 2}
expected_period: 15s
stale_after: 90s
lost_after: 5min
quota: {records_per_s: 10000, bytes_per_s: 10MB}
transport: {kind: http_push}
format:
  kind: json
  zone: UTC
  time: [rfc3339]
  map:
${moving("vessel", "mmsi")}${moving("aircraft", "icao")}    - rule: state of the unit
      when: {path: status, exists: true}
      draft: unit
      go_on: true
      unit: unit
      org: {const: CG}
      name: name
      kind: {const: vehicle_patrol}
      status: {path: status, table: {FREE: available}}
      at: at
    - rule: unit
      when: {path: unit, exists: true}
      draft: position
      track: {domain: {const: unit}, id: unit}
      at: at
      lat: lat
      lon: lon
      name: name
      org: {const: CG}
`;

let overlay;
let server;

before(async () => {
  if (skip) return;
  overlay = await overlayOf({ "t-plot": PLOT, "t-guard": pushFeed("t-guard", "BG") });
  server = await startServer({ config: ["config", overlay] });
});
after(async () => {
  await closeBrowser();
  await server?.stop();
  if (overlay) await rm(overlay, { recursive: true, force: true });
});

const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();

async function push(records, feed = "t-plot") {
  const answer = await pushTo(server, feed, records);
  assert.equal(answer.accepted, records.length, JSON.stringify(answer).slice(0, 500));
}

async function desk() {
  const page = await openPage(server.url);
  await live(page);
  return page;
}

/** Finds something by its name, goes there, and waits until its card is open. */
async function choose(page, name) {
  await page.keyboard.press("/");
  const typed = page.locator(".palette input");
  // What was just sent may come to the screen after the search began: then it is searched for again.
  await until(
    `${name} is found`,
    async () => {
      await typed.fill("");
      await typed.fill(name);
      await page.locator("#find-0", { hasText: name }).waitFor({ timeout: 700 });
      return true;
    },
    { every: 100 },
  );
  await page.keyboard.press("Enter");
}

/** Where a place is on the page. */
async function pixel(page, lat, lon) {
  const { bounds } = await state(page);
  const map = await page.locator(".map").boundingBox();
  const y = (d) => Math.asinh(Math.tan((d * Math.PI) / 180));
  const [s, w, n, e] = bounds;
  return [map.x + ((lon - w) / (e - w)) * map.width, map.y + ((y(n) - y(lat)) / (y(n) - y(s))) * map.height];
}

/** Degrees of so many nautical miles to the east at a latitude. */
const east = (miles, lat) => miles / 60 / Math.cos((lat * Math.PI) / 180);

test("how near two tracks come is told, drawn and kept up to date", { skip, timeout: 120_000 }, async () => {
  const page = await desk();
  const pair = (t) => [
    { mmsi: 272000101, name: "ALFA NORTH", lat: 45 + t / 360 / 60, lon: 30.5, sog: 10, cog: 0, at: ago(0), kind: 70 },
    { mmsi: 272000102, name: "BRAVO WEST", lat: 45, lon: 30.5 + east(5 - t / 360, 45), sog: 10, cog: 270, at: ago(0), kind: 80 },
  ];
  await push(pair(0));
  await until("both are there", async () => (await state(page)).tracks >= 2);
  await choose(page, "ALFA NORTH");
  const card = page.locator(".right .card");
  await card.waitFor();
  await page.keyboard.press("x");
  assert.match(await page.locator(".tool").innerText(), /другу ціль/);
  await choose(page, "BRAVO WEST");
  const told = card.locator(".pair");
  await told.waitFor();
  // The textbook: a right angle, five miles apart, ten knots each: 3.54 miles in a quarter of an hour.
  await until("the pair is told", async () => /BRAVO WEST[\s\S]*3,5\d\sмор/.test(await told.innerText()));
  const text = await told.innerText();
  assert.match(text, /через 1[45]\sхв/, text);
  assert.match(text, /напрямок 0(89|90|91)°/, text);
  assert.equal(await card.locator("h2").innerText(), "ALFA NORTH", "the first one stays chosen");
  await screenshot(page, "tracks-1-pair");

  // They turn round, and go apart.
  const turned = ([a, b]) => [{ ...a, cog: 180 }, { ...b, cog: 90 }];
  await push(turned(pair(0)));
  await until("it is over", async () => /уже минуло/.test(await told.innerText()));
  await page.keyboard.press("Escape");
  await told.waitFor({ state: "detached" });
  assert.equal(await card.locator("h2").innerText(), "ALFA NORTH");
  await page.finish();
});

test("a filter says so, hides what it hides from the pointer and not from the search, and a reload ends it", { skip, timeout: 120_000 }, async () => {
  const page = await desk();
  await push([
    { mmsi: 272000200, name: "FAR AWAY", lat: 30, lon: -30, sog: 4, cog: 90, at: ago(0), kind: 70 },
    { mmsi: 272000201, name: "SLOW COASTER", lat: 45.2, lon: 31, sog: 4, cog: 90, at: ago(0), kind: 70 },
    { mmsi: 272000202, name: "QUICK BOAT", lat: 45.3, lon: 31, sog: 32, cog: 90, at: ago(0), kind: 55 },
    { icao: "4ca7b1", name: "HELI ONE", lat: 45.25, lon: 31.1, sog: 90, cog: 45, at: ago(0), kind: 0xa7 },
  ]);
  await choose(page, "SLOW COASTER");
  await page.locator(".right .card").waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".filter-chip").count(), 0);
  await page.keyboard.press("f");
  const bar = page.locator(".filter-bar");
  await bar.waitFor();
  await bar.getByLabel("Від, вуз").fill("20");
  const chip = page.locator(".filter-chip");
  await until("it is said", async () => /Відібрано: \d+ з \d+/.test(await chip.innerText()));
  const [, shown, all] = (await chip.innerText()).match(/(\d+) з (\d+)/).map(Number);
  assert.ok(shown >= 2 && shown < all, `${shown} of ${all}`);
  assert.equal(all, (await state(page)).tracks);
  await page.keyboard.press("Escape");
  await bar.waitFor({ state: "detached" });
  assert.ok(await chip.isVisible(), "the chip stays without the bar");

  await until("it is not drawn", async () => (await state(page)).symbolsDrawn <= shown);
  const [x, y] = await pixel(page, 45.2, 31);
  await page.mouse.click(x, y);
  assert.equal(await page.locator(".right .card").count(), 0, "what is hidden is not clicked");
  const [qx, qy] = await pixel(page, 45.3, 31);
  await page.mouse.click(qx, qy);
  await until("what is shown is", async () => (await page.locator(".right .card h2").innerText()) === "QUICK BOAT");

  await page.keyboard.press("/");
  await page.locator(".palette input").fill("SLOW COASTER");
  await until("the search says that it is hidden", async () => /приховано відбором/.test(await page.locator("#find-0").innerText()));
  await screenshot(page, "tracks-2-hidden");
  await page.keyboard.press("Enter");
  await until("it is chosen", async () => (await page.locator(".right .card h2").innerText()) === "SLOW COASTER");
  await page.keyboard.press("f");
  await bar.waitFor();
  await screenshot(page, "tracks-3-filter");
  await bar.getByLabel("Від, вуз").fill("quick");
  assert.equal(await bar.getByLabel("Від, вуз").getAttribute("aria-invalid"), "true");
  assert.ok(await chip.isVisible(), "what was not understood changes nothing");
  await page.reload();
  await live(page);
  assert.equal(await chip.count(), 0, "a reload shows everything");

  await page.keyboard.press("f");
  await bar.waitFor();
  await bar.getByLabel(/^Де/).selectOption("5");
  await until("the border is measured", async () => {
    const [, near, of] = (await chip.innerText()).match(/(\d+) з (\d+)/).map(Number);
    return near < of;
  });
  await chip.click();
  await chip.waitFor({ state: "detached" });
  assert.equal(await bar.getByLabel(/^Де/).inputValue(), "all");
  await page.finish();
});

test("the map follows a track until a gesture, and says so", { skip, timeout: 120_000 }, async () => {
  const page = await desk();
  const at = (lat, lon) => ({ mmsi: 272000301, name: "FOLLOWED ONE", lat, lon, sog: 20, cog: 90, at: ago(0), kind: 51 });
  await push([at(45.6, 30.9)]);
  await choose(page, "FOLLOWED ONE");
  await page.locator(".right .card").waitFor();
  // So near that a third of the map is a leap that a vessel may make.
  for (let i = 0; i < 6; i += 1) await page.locator(".tools button", { hasText: "+" }).click();
  await page.keyboard.press("o");
  const lock = page.locator(".lock");
  await until("it is said", async () => /FOLLOWED ONE/.test(await lock.innerText()));
  const lon = async () => {
    const { bounds } = await state(page);
    return (bounds[1] + bounds[3]) / 2;
  };
  const before = await lon();
  await push([at(45.6, 30.905)]);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  assert.equal(await lon(), before, "within the middle third the map stays");
  const { bounds } = await state(page);
  const far = 30.9 + (bounds[3] - bounds[1]) / 4;
  // In steps, for a leap of more than 5 km would be another vessel with its number.
  for (let lon = 30.905; lon < far; lon += 0.03) await push([at(45.6, Math.min(lon + 0.03, far))]);
  await until("the map went after it", async () => Math.abs((await lon()) - far) < 0.002);

  const map = await page.locator(".map").boundingBox();
  const from = [map.x + map.width / 3, map.y + map.height / 2];
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(from[0] + 80, from[1] + 40, { steps: 4 });
  await page.mouse.up();
  await until("a gesture ended it", async () => !/FOLLOWED ONE/.test(await lock.innerText()));
  assert.ok((await state(page)).held);
  await page.finish();
});

test("who was at a place at a time is told nearest first", { skip, timeout: 120_000 }, async () => {
  const page = await desk();
  const name = (n) => ({ mmsi: 272000400 + n, name: `WITNESS ${n}`, sog: 8, cog: 90, kind: 30 });
  // Twenty minutes ago they were at the place, and went away since.
  await push([1, 2, 3].map((n) => ({ ...name(n), lat: 45.4 + n * 0.004, lon: 32, at: ago(1200 + n) })));
  await push([1, 2, 3].map((n) => ({ ...name(n), lat: 45.7, lon: 32.2 + n * 0.01, at: ago(1) })));
  await push([{ id: "H-1", type: "UBC01", time: ago(1200), lat: 45.4, lon: 32, title: "Something at sea" }], "t-guard");
  const row = page.locator(".row", { hasText: "Something at sea" });
  await row.locator("button").click();
  await page.keyboard.press("m");
  await page.keyboard.press("h");
  const panel = page.locator(".here");
  await panel.waitFor();
  assert.match(await panel.locator(".at").innerText(), /45\.40000° N, 32\.00000° E/);
  await panel.getByLabel("Радіус").selectOption("1000");
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  await page.keyboard.press("h");
  await panel.waitFor();
  // The history is written in batches: asked again until they are there.
  await until("two are told", async () => {
    await panel.getByRole("button", { name: "Запитати" }).click();
    await until("it is answered", async () => !/Запит до історії/.test(await panel.innerText()));
    return /2 цілі/.test(await panel.innerText());
  }, { every: 500 }).catch(async (error) => {
    throw new Error(`${error.message}: ${await panel.innerText()}`);
  });
  const told = await panel.locator(".here-list").innerText();
  assert.match(told, /WITNESS 1[\s\S]*4[45]0\sм[\s\S]*WITNESS 2[\s\S]*890\sм/, told);
  assert.match(await panel.innerText(), /картина ще знає/);
  await screenshot(page, "tracks-4-here");
  await panel.locator(".here-list button", { hasText: "WITNESS 2" }).click();
  await until("it is chosen", async () => (await page.locator(".right .card h2").innerText()) === "WITNESS 2");

  const when = panel.getByLabel("Коли");
  await when.fill("31022026 0310");
  assert.match(await panel.innerText(), /Такого часу немає/);
  assert.ok(await panel.getByRole("button", { name: "Запитати" }).isDisabled());
  await when.fill("-2h");
  await page.keyboard.press("Enter");
  await until("nobody was there then", async () => /0 цілей/.test(await panel.innerText()));
  await page.finish();
});

test("what tells of the border and where units would be in time is coloured, with its kilometres", { skip, timeout: 120_000 }, async () => {
  const page = await desk();
  const { items } = await (await fetch(`${server.url}/api/v1/sections?limit=1000`)).json();
  const { line } = items.find((section) => section.line?.length > 2 && section.neighbour === "RO");
  const { lat, lon } = line[Math.floor(line.length / 2)];
  await push([{ unit: "CG-78", name: "Наряд 78", lat, lon, at: ago(0), status: "FREE" }]);
  const legend = page.locator(".coverage");
  await page.keyboard.press("v");
  await legend.waitFor();
  const km = async (name) => {
    const all = (await legend.innerText()).replace(/\u00a0/g, " ");
    return Number(all.match(new RegExp(`${name}\\s+([\\d ]+) км`))[1].replace(/ /g, ""));
  };
  await until("the border is judged", async () => (await km("Невідомо: джерел немає")) > 1_000 && (await km("Є свіже слово")) >= 2);
  assert.ok((await km("Є свіже слово")) <= 30, "one unit tells of what is around it");
  assert.equal(await km("Не видно: канал не працює"), 0);
  await choose(page, "Наряд 78");
  await page.locator(".right .card").waitFor();
  await page.keyboard.press("Escape");
  await until("it is drawn", async () => (await state(page)).zoom >= 8);
  await screenshot(page, "tracks-7-coverage");
  await page.keyboard.press("v");
  await until("the reach is told", async () => /оцінка/.test(await legend.innerText()));
  // A car of 50 km/h comes 19 km in half an hour, in both directions.
  const within = await km("Встигнуть");
  assert.ok(within >= 20 && within <= 120, `${within} km`);
  await screenshot(page, "tracks-8-reach");
  await page.keyboard.press("v");
  await legend.waitFor({ state: "detached" });
  await page.finish();
});

test("types are told by the form of their symbols, with speed vectors when zoomed in", { skip, timeout: 120_000 }, async () => {
  const page = await desk();
  const kinds = [0, 70, 80, 60, 30, 55, 51];
  const all = kinds.map((kind, i) => ({
    mmsi: 272000500 + i, name: `TYPE ${kind}`, lat: 46.2 + 0.006 * Math.floor(i / 4), lon: 30.9 + 0.012 * (i % 4), sog: 9, cog: 20 + 30 * i, at: ago(0), ...(kind && { kind }),
  }));
  const planes = [0xa3, 0xa7, 0xb6].map((kind, i) => ({
    icao: `4ca7c${i}`, name: `FLY ${i}`, lat: 46.214, lon: 30.9 + 0.012 * i, sog: 80, cog: 60 * i, at: ago(0), kind,
  }));
  await push([...all, ...planes]);
  await choose(page, "TYPE 60");
  await page.locator(".right .card").waitFor();
  for (let i = 0; i < 4; i += 1) await page.locator(".tools button", { hasText: "+" }).click();
  await page.keyboard.press("f");
  await page.locator(".filter-bar").getByLabel("Вектори").check();
  await page.keyboard.press("Escape");
  await until("they are drawn", async () => (await state(page)).symbolsDrawn >= 10 && (await state(page)).zoom >= 12);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await page.finish("tracks-5-types");
});

test("too many tracks are counted and not drawn, but for own units and what is chosen", { skip, timeout: 180_000 }, async () => {
  const page = await desk();
  const fleet = Array.from({ length: 3_200 }, (_, i) => ({
    mmsi: 273000000 + i, name: `FLEET ${i}`, lat: 43.2 + (i % 80) * 0.02, lon: 30.6 + Math.floor(i / 80) * 0.05, sog: 7, cog: (i * 7) % 360, at: ago(0), kind: 70,
  }));
  for (let i = 0; i < fleet.length; i += 400) await push(fleet.slice(i, i + 400));
  await push([{ unit: "CG-77", name: "Катер 77", lat: 43.9, lon: 31.5, at: ago(0) }]);
  await page.locator(".tools button", { hasText: "До кордону" }).click();
  const legend = page.locator(".density");
  await legend.waitFor();
  assert.match(await legend.innerText(), /Густота: 3\s?\d{3} цілей|Густота: 3\s?\d{3} ціл/);
  const few = await until("only what counts is drawn", async () => {
    const { symbolsDrawn } = await state(page);
    return symbolsDrawn > 0 && symbolsDrawn < 300 && symbolsDrawn;
  });
  assert.ok(few >= 1, "the unit");
  const [x, y] = await pixel(page, 43.9, 31.5);
  await page.mouse.click(x, y);
  await until("the unit is clicked", async () => /CG-77/.test(await page.locator(".right .card").innerText()));
  await page.keyboard.press("Escape");
  await screenshot(page, "tracks-6-density");
  // Whoever wants to see every one of them may.
  await legend.locator("button").click();
  await legend.waitFor({ state: "detached" });
  await until("all are drawn", async () => (await state(page)).symbolsDrawn > 3_000);
  await page.keyboard.press("f");
  await page.locator(".filter-bar").getByLabel("рахувати").check();
  await legend.waitFor();
  await page.keyboard.press("Escape");
  // Near enough there are few of them: each is drawn.
  await choose(page, "FLEET 1234");
  for (let i = 0; i < 3; i += 1) await page.locator(".tools button", { hasText: "+" }).click();
  await legend.waitFor({ state: "detached" });
  await until("they are drawn", async () => (await state(page)).symbolsDrawn > few);
  await page.finish();
});
