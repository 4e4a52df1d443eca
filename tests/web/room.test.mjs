// The event's room, triage by keys, impact by three questions, links to a view, and the second window with the lists.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import { accessible, closeBrowser, live, missing, openPage, overlayOf, pushFeed, pushTo, screenshot, signed, startServer, state, until } from "./lib.mjs";

const skip = missing("server", "client", "browser");
const NAME = "Олена Тестова";
let overlay;
let server;

before(async () => {
  if (skip) return;
  overlay = await overlayOf({ "t-guard": pushFeed("t-guard", "BG"), "t-police": pushFeed("t-police", "PO") });
  server = await startServer({ config: ["config", overlay] });
});
after(async () => {
  await closeBrowser();
  await server?.stop();
  if (overlay) await rm(overlay, { recursive: true, force: true });
});

const read = async (address) => (await fetch(server.url + address)).json();
const eventOf = async (title) => (await read(`/api/v1/events?q=${encodeURIComponent(title)}`)).items[0];

const push = (feed, record) => pushTo(server, feed, { time: new Date().toISOString(), ...record });

const row = (page, title) => page.locator(".priority li.row", { hasText: title });

/** A signed desk with the event of this title chosen. */
async function deskAt(title, options) {
  const page = await openPage(server.url, options);
  await live(page);
  await signed(page, NAME);
  await row(page, title).locator("button").click();
  await page.locator(".right .card").waitFor();
  return page;
}

test("the room tells an event in one line of time, with its reasons, and takes it apart again", { skip, timeout: 120_000 }, async () => {
  await push("t-guard", { id: "R-1", type: "UBC01", lat: 47.95, lon: 23.9, title: "Камера: людина у воді", danger: true });
  await push("t-police", { id: "R-2", type: "UBC01", lat: 47.951, lon: 23.902, title: "Патруль: бачили людину біля берега" });
  await push("t-guard", { id: "R-3", type: "UBC01", lat: 47.99, lon: 23.7, title: "Стара подія поруч" });
  const page = await deskAt("Камера");
  await accessible(page, "#oneroof");
  const before = await state(page);
  await page.keyboard.press("e");
  const room = page.locator(".room");
  await room.waitFor();
  await until("the line is told", async () => /Камера: людина у воді[\s\S]*відомо через[\s\S]*Зараз[\s\S]*Передати за/.test(await room.locator(".timeline").innerText()));
  assert.equal(await room.locator(".timeline li.due").count(), 2, "both clocks of a life at risk");
  // The reasons with their five terms; the answer is given here.
  const reason = room.locator(".reason").first();
  await reason.waitFor();
  assert.equal(await reason.locator(".term").count(), 5);
  await screenshot(page, "room-1-open");
  await accessible(page, ".room");
  await until("the map shows the place alone", async () => {
    const [s, w, n, e] = (await state(page)).bounds;
    return s > 47 && n < 49 && w > 22 && e < 26;
  });
  const other = (await reason.locator("code").innerText()).trim();
  await reason.getByRole("button", { name: "Одна подія" }).click();
  await until("the other one went in", async () => new RegExp(`Охоплює подію ${other}|${other}`).test(await room.locator(".timeline .merged").innerText()));
  assert.match(await room.locator(".room-reports").innerText(), /Патруль: бачили/);
  assert.equal(await room.locator(".report button", { hasText: "Від’єднати" }).count(), 0, "what came by a merge goes by un-merging");
  await page.locator(".right .merge button").click();
  await until("it stands alone again", async () => (await room.locator(".report").count()) > 0 && (await room.locator(".timeline .unmerged").count()) === 1);
  assert.equal(await room.locator(".timeline .merged").count(), 1, "what was done stays told when it is taken back");

  // A tie to another event, and what was like it.
  await until("the earlier one is found", async () => (await room.locator(".alike li").count()) > 0);
  const select = room.getByRole("combobox", { name: "Інша подія" });
  const label = (await select.locator("option").allInnerTexts()).find((t) => t.includes("47.99") || true);
  await select.selectOption({ label });
  await room.getByRole("combobox", { name: "Як вони пов’язані" }).selectOption("same_modus");
  await room.getByRole("button", { name: "Пов’язати з подією" }).click();
  await until("it is tied", async () => (await room.locator(".timeline .linked").count()) === 1);
  await room.getByRole("button", { name: "Розв’язати", exact: true }).click();
  await until("it is untied", async () => (await room.locator(".timeline .unlinked").count()) === 1);
  assert.equal(await room.locator(".untie").count(), 0);
  await page.keyboard.press("Escape");
  await room.waitFor({ state: "detached" });
  await until("the map stands where it stood", async () => {
    const now = await state(page);
    return now.held === before.held && now.bounds.every((b, i) => Math.abs(b - before.bounds[i]) < 0.02);
  });
  await page.finish("room-2-closed");
});

test("an event is led on by single keys, and its impact follows from three answers", { skip, timeout: 120_000 }, async () => {
  await push("t-guard", { id: "T-1", type: "CBC01", lat: 48.6, lon: 22.3, title: "Тюки на дорозі" });
  const page = await deskAt("Тюки на дорозі");
  const now = () => eventOf("Тюки на дорозі");
  // A command names the version that the officer sees: the next one waits until the desk shows the last.
  const shows = (text) => page.locator(".right .settled", { hasText: text }).waitFor();
  await page.keyboard.press("1");
  await shows("На розгляді");
  await page.keyboard.press("Numpad2");
  await shows("Підтверджена");
  assert.equal((await now()).state, "validated");
  assert.equal((await now()).lead, "BG", "the type says who leads");
  await page.keyboard.press("t");
  await until("we lead", async () => (await now()).lead === "NCC");
  await page.getByRole("button", { name: "Моє відомство веде" }).waitFor({ state: "detached" });
  await page.keyboard.press("a");
  await until("a life is at risk", async () => (await now()).life_at_risk === true);
  await until("the desk knows", async () => (await page.locator(".right .at-risk").count()) > 0);
  await page.keyboard.press("a");
  await until("no longer", async () => (await now()).life_at_risk === false);

  await page.keyboard.press("i");
  const box = page.getByRole("dialog", { name: /Вплив за трьома запитаннями/ });
  await box.waitFor();
  await accessible(page, ".impact-box");
  assert.match(await box.ariaSnapshot(), /нелегальній міграції[\s\S]*транскордонній злочинності[\s\S]*порятунок життя/);
  await page.keyboard.press("1");
  await page.keyboard.press("Enter");
  assert.equal(await box.count(), 1, "not before all three are answered");
  await page.keyboard.press("5");
  await page.keyboard.press("2");
  assert.match(await box.innerText(), /Найважча відповідь дає: Дуже високий/);
  await screenshot(page, "room-3-questions");
  await page.keyboard.press("Enter");
  await until("it is set", async () => (await now()).impact === "very_high");
  await until("the answers are kept", async () => /нелегальна міграція: Немає; транскордонна злочинність: Дуже високий; життя людей: Низький/.test((await now()).notes?.[0]?.text ?? ""));
  const settled = (await now()).settled.map((s) => [s.value, s.by.name]);
  assert.ok(settled.some(([v, n]) => v === "impact" && n === NAME) && settled.some(([v]) => v === "lead"), JSON.stringify(settled));
  // The palette of the desk is changed without a key of its own, and stays over a reload.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("кольори");
  await page.keyboard.press("Enter");
  const tone = () => page.evaluate(() => document.documentElement.dataset.tone);
  await until("it is day", async () => (await tone()) === "day");
  await page.reload();
  await live(page);
  assert.equal(await tone(), "day");
  await accessible(page, "#oneroof");
  await page.finish("room-4-settled");
});

test("a link shows a colleague the same view, and views are saved by name", { skip, timeout: 120_000 }, async () => {
  await push("t-guard", { id: "L-1", type: "UBC01", lat: 51.2, lon: 24.5, title: "Подія для посилання" });
  const page = await deskAt("Подія для посилання");
  await page.keyboard.press("m");
  await until("the map is there", async () => (await state(page)).zoom >= 8);
  await page.keyboard.press("e");
  await page.locator(".room").waitFor();
  await page.keyboard.press("e");
  await page.locator(".room").waitFor({ state: "detached" });
  await page.keyboard.press("s");
  await page.locator(".views input").fill("Шацькі озера");
  await page.locator(".views input").press("Enter");
  await page.locator(".views .view-name", { hasText: "Шацькі озера" }).waitFor();
  await accessible(page, ".views");
  await page.locator(".views").getByRole("button", { name: "Копіювати посилання" }).click();
  await until("the address says it", async () => /#at=.*&zoom=.*&event=/.test(page.url()));
  const link = page.url();
  await page.keyboard.press("Escape");
  await page.keyboard.press("b");
  await page.keyboard.press("s");
  await page.locator(".views .view-name").click();
  await until("the saved view is shown", async () => (await state(page)).zoom >= 8);
  const there = await state(page);
  await page.finish("room-5-views");

  const colleague = await openPage(link);
  await live(colleague);
  await colleague.locator(".right .card", { hasText: "Подія для посилання" }).waitFor();
  const same = await state(colleague);
  assert.ok(same.held, "a view that somebody chose is held");
  for (const [i, b] of same.bounds.entries()) assert.ok(Math.abs(b - there.bounds[i]) < 0.2, `${same.bounds} ${there.bounds}`);
  await colleague.finish("room-6-colleague");

  const gone = await openPage(`${server.url}/#at=48.1,24.2&zoom=7.00&vessel=999`);
  await live(gone);
  await gone.getByText("Того, на що вказує посилання, немає в картині.").waitFor();
  await gone.finish();
});

test("the lists stand in a second window, in step with the desk, and leave as files", { skip, timeout: 120_000 }, async () => {
  await push("t-guard", { id: "S-1", type: "UBC01", lat: 48.1, lon: 23.1, title: "=Список, перший" });
  const page = await deskAt("=Список, перший");
  const [lists] = await Promise.all([page.context().waitForEvent("page"), page.keyboard.press("p")]);
  const faults = [];
  lists.on("pageerror", (e) => faults.push(String(e)));
  lists.on("console", (m) => m.type() === "error" && faults.push(m.text()));
  await lists.waitForLoadState();
  await live(lists);
  const rows = lists.locator("tbody tr");
  await until("the events are listed", async () => (await rows.count()) > 0);
  await accessible(lists, ".lists-main");
  assert.match(await lists.locator(".lists-main").ariaSnapshot(), /tablist[\s\S]*tab[\s\S]*table[\s\S]*columnheader/);
  const short = (await eventOf("=Список, перший")).short;
  // What the desk chose before is not told again; what it chooses now is.
  await row(page, "=Список, перший").locator("button").click();
  await lists.locator("tbody tr", { hasText: short }).click();
  await until("the desk shows it", async () => /Список/.test(await page.locator(".right").innerText()));

  // Reports: filtered, sorted, taken along.
  await lists.keyboard.press("2");
  await lists.keyboard.press("/");
  await lists.keyboard.type("список перший");
  await until("one is left", async () => (await rows.count()) === 1);
  assert.match(await lists.locator(".lists-bar .count").innerText(), /^1 із \d+/);
  const [csv] = await Promise.all([lists.waitForEvent("download"), lists.getByRole("button", { name: "Експорт CSV" }).click()]);
  const text = readFileSync(await csv.path(), "utf8");
  assert.match(text, /^\ufeffОтримано,/);
  assert.match(text, /"'=Список, перший"/, "no formula, quoted");
  assert.equal(text.trim().split("\r\n").length, 2);
  const [geo] = await Promise.all([lists.waitForEvent("download"), lists.getByRole("button", { name: "Експорт GeoJSON" }).click()]);
  const parsed = JSON.parse(readFileSync(await geo.path(), "utf8"));
  assert.deepEqual(parsed.features[0].geometry.coordinates, [23.1, 48.1]);
  await lists.keyboard.press("Escape");
  await until("the filter is gone", async () => (await rows.count()) > 1);

  // Crossing points by name, both ways.
  await lists.locator("h1, .lists-foot").first().click();
  await lists.keyboard.press("5");
  await until("crossing points", async () => (await rows.count()) > 20);
  const name = lists.locator("th button").first();
  await name.click();
  const first = await rows.first().innerText();
  await name.click();
  assert.notEqual(await rows.first().innerText(), first);
  assert.equal(await lists.locator("th").first().getAttribute("aria-sort"), "descending");
  await lists.getByRole("row", { name: "Шегині Автомобільний" }).click();
  await page.locator(".right .card", { hasText: "Шегині" }).waitFor();

  await lists.locator("h1, .lists-foot").first().click();
  await lists.keyboard.press("6");
  await until("feeds with their ways", async () => /http_push · json/.test(await lists.locator("tbody").innerText()));
  await screenshot(lists, "room-7-lists");
  // Two desks in one browser do not move each other; the lists lead both.
  const other = await page.context().newPage();
  await other.goto(server.url);
  await live(other);
  await row(page, "=Список, перший").locator("button").click();
  await until("the lists heard it", async () => {
    await lists.keyboard.press("1");
    return (await lists.locator("tbody tr.chosen", { hasText: short }).count()) === 1;
  });
  assert.equal(await other.locator(".right .card").count(), 0, "the other desk stays as it is");
  assert.deepEqual(faults, []);
  await page.finish("room-8-in-step");
});
