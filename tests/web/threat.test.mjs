// Threats by region and the weather, in a real browser: an alert appears on desk and wall and is over; a feed that falls
// silent leaves nothing known, which is not "clear".

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import { accessible, closeBrowser, live, missing, openPage, overlayOf, pushFeed, pushTo, startServer, state, until } from "./lib.mjs";

const skip = missing("server", "client", "browser");
let overlay;
let server;

/** A service that repeats its whole list. It is late after eight seconds. */
const ALARMS = `feed: t-alarms
org: ES
name: {uk: "Тривоги", en: "Alarms"}
source_kind: national_authority
marking: {tlp: CLEAR, purpose: Safety}
confidence: {reliability: A, credibility: 1}
expected_period: 2s
stale_after: 8s
lost_after: 20s
transport: {kind: http_push}
format:
  kind: json
  records: states
  time: [rfc3339]
  map:
    - rule: state
      draft: threat
      region: id
      state: {path: alert, table: {"true": alert, "false": clear}, required: true}
      since: since
      at: $.at
`;

/** The weather of two cells; a feed of reports for an event beside them. */
const GRID = `feed: t-grid
org: ES
name: {uk: "Погода", en: "Weather"}
source_kind: national_authority
marking: {tlp: GREEN, purpose: Safety}
transport: {kind: http_push}
format:
  kind: json
  time: [rfc3339]
  map:
    - rule: reading
      draft: weather
      cell: cell
      lat: lat
      lon: lon
      at: at
      wind: wind
      wind_from: from
      visibility: visibility
`;

before(async () => {
  if (skip) return;
  overlay = await overlayOf({ "t-alarms": ALARMS, "t-grid": GRID, "t-guard": pushFeed("t-guard", "BG") });
  server = await startServer({ config: ["config", overlay] });
});
after(async () => {
  await closeBrowser();
  await server?.stop();
  if (overlay) await rm(overlay, { recursive: true, force: true });
});

const REGIONS = [
  "05", "07", "09", "12", "14", "18", "21", "23", "26", "30", "32", "35", "40", "43", "46", "48", "51", "53", "56", "59", "61", "63",
  "65", "68", "71", "74", "77",
].map((n) => `UA-${n}`);

const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();

/** Sends the whole list, with alerts that began so many seconds ago; again every two seconds until the answer is called. */
async function speaking(alerts) {
  const begun = Object.fromEntries(Object.entries(alerts).map(([id, seconds]) => [id, ago(seconds)]));
  const list = () => ({
    at: new Date().toISOString(),
    states: REGIONS.map((id) => ({ id, alert: id in begun, since: begun[id] ?? ago(7200) })),
  });
  await pushTo(server, "t-alarms", list());
  const timer = setInterval(() => pushTo(server, "t-alarms", list()).catch(() => {}), 2_000);
  return () => clearInterval(timer);
}

const sign = (page) => page.locator("button.threat");
const wallSign = (page) => page.locator(".wall-threat");
const text = async (locator) => (await locator.innerText()).replaceAll(/\s+/g, " ");
/** What a wall's head leaves over, CSS pixels: nothing, or what is cut off. */
const overflow = (page) => page.locator(".wall-head").evaluate((e) => e.scrollWidth - e.clientWidth);

test("an alert is on desk and wall with its regions, is over, and what is not heard is not known", { skip, timeout: 180_000 }, async () => {
  const desk = await openPage(server.url);
  const wall = await openPage(`${server.url}/wall?name=t&distance_m=2&mm_per_px=0.63`);
  await live(desk);
  await live(wall);
  await until("nobody spoke yet", async () => /Повітряна тривога: невідомо не чути/.test(await text(sign(desk))));
  assert.match(await text(wallSign(wall)), /невідомо/);
  assert.equal((await state(desk)).alertSigns, 0);

  let silence = await speaking({ "UA-46": 754, "UA-51": 120, "UA-21": 30 });
  await until("the alert is said", async () => /ПОВІТРЯНА ТРИВОГА: 3 області/.test(await text(sign(desk))));
  assert.match(await text(sign(desk)), /триває 12 хв/, "by the longest");
  assert.ok(await sign(desk).evaluate((e) => e.classList.contains("alert")));
  await until("and on the wall", async () => /ПОВІТРЯНА ТРИВОГА: 3 області/.test(await text(wallSign(wall))));
  assert.ok((await overflow(wall)) <= 2, "the wall's head holds it");
  for (const page of [desk, wall]) {
    await until("three regions are marked", async () => (await state(page)).alertSigns === 3);
  }
  // The list behind the sign: by a click, by the key, and with what is not under alert by name.
  await sign(desk).click();
  const list = desk.locator(".threats");
  await list.waitFor();
  const rows = list.locator("li.alert");
  assert.equal(await rows.count(), 3);
  assert.match(await text(rows.first()), /Львівська область з \d\d:\d\d(:\d\d)? · триває 12 хв/);
  assert.match(await text(list), /Без тривоги: .*Волинська область/);
  assert.match(await text(list), /Джерело: Тривоги/);
  await accessible(desk, ".threats");
  await accessible(desk, ".head");
  await desk.keyboard.press("Escape");
  await list.waitFor({ state: "detached" });

  silence();
  silence = await speaking({ "UA-51": 130 });
  await until("two are over", async () => /ТРИВОГА: 1 область/.test(await text(sign(desk))));
  silence();
  silence = await speaking({});
  await until("all is over", async () => /Повітряної тривоги немає/.test(await text(sign(desk))));
  await until("on the wall too", async () => /Повітряної тривоги немає/.test(await text(wallSign(wall))));
  await until("and off the map", async () => (await state(wall)).alertSigns === 0);

  silence();
  silence = await speaking({ "UA-77": 60 });
  await until("an alert is on", async () => /ТРИВОГА: 1 область/.test(await text(sign(desk))));
  silence();
  const late = { patience: 25_000 };
  await until("it is late: not known", async () => /невідомо востаннє чути/.test(await text(sign(desk))), late);
  await until("nor on the wall", async () => /невідомо/.test(await text(wallSign(wall))), late);
  await until("no mark is left", async () => (await state(desk)).alertSigns === 0);
  await desk.keyboard.press("6");
  await list.waitFor();
  assert.match(await text(list.locator("li.unknown")), /Чернівецька область невідомо; востаннє була тривога/);
  await until("what is not known is marked where it is asked for", async () => (await state(desk)).unknownSigns === 27);
  assert.equal((await state(wall)).unknownSigns, 0, "a wall has no such layer");
  assert.doesNotMatch(await text(list), /Без тривоги/);
  await desk.finish("threat-desk");
  await wall.finish("threat-wall");
});

test("the weather is on the map where it is asked for, and an event tells what its place has", { skip, timeout: 90_000 }, async () => {
  await pushTo(server, "t-grid", [
    { cell: "near", lat: 48.05, lon: 24.0, at: ago(120), wind: 7, from: 290, visibility: 300 },
    { cell: "old", lat: 50.0, lon: 24.0, at: ago(3 * 3600), wind: 12, from: 10, visibility: 9000 },
    { cell: "lost", lat: 46.0, lon: 29.0, at: ago(7 * 3600), wind: 3 },
  ]);
  await pushTo(server, "t-guard", { id: "w-1", type: "UBC01", time: ago(60), lat: 48.0, lon: 24.0, title: "x" });
  const page = await openPage(server.url);
  await live(page);
  await until("the readings are there", async () => (await state(page)).weather === 3);
  const legend = page.locator(".weather-legend");
  assert.equal(await legend.count(), 0, "only on demand");
  await page.keyboard.press("7");
  await legend.waitFor();
  assert.match(await text(legend), /свіжих: 1, застарілих: 1, втрачених: 1; туман: 1/);
  await accessible(page, ".weather-legend");
  await page.keyboard.press("j");
  const told = page.locator("dd.weather");
  await told.waitFor();
  assert.match(await text(told), /вітер 7 м\/с з 290°, туман, видимість 300 м за 5,\d км звідси, 2 хв/);
  await page.keyboard.press("7");
  await legend.waitFor({ state: "detached" });
  await page.finish("weather");
});
