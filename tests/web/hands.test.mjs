// What an officer does at the desk by keyboard alone: search and commands, a telephone call, the lock of the map, measuring,
// and taking back his own last step. With a Ukrainian keyboard layout too.

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import {
  accessible, closeBrowser, live, missing, openPage, overlayOf, pushFeed, pushTo, signed, startServer, state, until,
} from "./lib.mjs";

const skip = missing("server", "client", "browser");
let overlay;
let server;

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

const read = async (address) => (await fetch(server.url + address)).json();

const push = (record) => pushTo(server, "t-guard", { time: new Date().toISOString(), ...record });

async function desk(options) {
  const page = await openPage(server.url, options);
  await live(page);
  return page;
}

/** A page at which it is known who sits there. */
async function signedDesk() {
  const page = await desk();
  await signed(page);
  return page;
}

/** A key of a keyboard with the Ukrainian layout: its place is told, and another letter. */
async function ukrainian(page, code, key, more = {}) {
  await page.evaluate(
    ([code, key, more]) =>
      (document.activeElement ?? document.body).dispatchEvent(
        new KeyboardEvent("keydown", { code, key, bubbles: true, cancelable: true, ...more }),
      ),
    [code, key, more],
  );
}

const middle = (bounds) => [(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2];

test("one field finds in both languages, chooses, moves the map and holds it", { skip, timeout: 120_000 }, async () => {
  const page = await desk();
  await page.keyboard.press("/");
  const box = page.getByRole("combobox", { name: "Пошук і команди" });
  await box.waitFor();
  assert.ok(await box.evaluate((e) => e === document.activeElement), "one can type at once");
  assert.match(await page.locator(".palette").ariaSnapshot(), /dialog[\s\S]*combobox[\s\S]*listbox[\s\S]*option/);
  await accessible(page, ".palette");

  for (const typed of ["шегині", "Shehyni", "shegini", "uapl07"]) {
    await box.fill(typed);
    await until(`${typed} is found`, async () => /Шегині/.test(await page.locator("#find-0").innerText()));
  }
  assert.equal(await box.getAttribute("aria-activedescendant"), "find-0");
  await page.keyboard.press("Enter");
  await page.locator(".right .card", { hasText: "Шегині" }).waitFor();
  const there = await state(page);
  assert.ok(there.held, "the map is held");
  const [lat, lon] = middle(there.bounds);
  assert.ok(Math.abs(lat - 49.8) < 0.05 && Math.abs(lon - 22.94) < 0.1, `the map shows ${lat}, ${lon}`);

  // From anywhere, in a field too, and by the place of the keys.
  await ukrainian(page, "KeyK", "л", { ctrlKey: true });
  await box.waitFor();
  await box.fill("35U LQ 131 975");
  await until("the square is found", async () => /Координати/.test(await page.locator("#find-0").innerText()));
  const [, lat35, lon35] = (await page.locator("#find-0").innerText()).match(/([\d.]+)° N\s+([\d.]+)° E/);
  await page.keyboard.press("Enter");
  await until("the map is there", async () => {
    const [lat, lon] = middle((await state(page)).bounds);
    return Math.abs(lat - Number(lat35)) < 0.1 && Math.abs(lon - Number(lon35)) < 0.1;
  });
  await page.finish("hands-1-found");
});

test("nothing found is said with what helps, and commands are done from the palette", { skip, timeout: 120_000 }, async () => {
  const page = await desk();
  await page.keyboard.press("Control+k");
  const box = page.getByRole("combobox", { name: "Пошук і команди" });
  await box.fill("zzqqzz");
  await page.locator(".find-none").waitFor();
  assert.match(await page.locator(".find-none").innerText(), /zzqqzz[\s\S]*MMSI/);
  await page.keyboard.press("Escape");
  await box.waitFor({ state: "detached" });

  // The key of the help lies on the same place as that of the search.
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Клавіші та знаки" });
  await help.waitFor();
  assert.match(await help.innerText(), /Ctrl K[\s\S]*Телефонний дзвінок/);
  await accessible(page, ".box");
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "detached" });

  await page.keyboard.press("Control+k");
  await box.fill("english");
  await until("the command is found", async () => /Англійська/.test(await page.locator("#find-0").innerText()));
  await page.keyboard.press("Enter");
  await until("English", async () => (await page.evaluate(() => document.documentElement.lang)) === "en");
  await page.finish("hands-2-commands");
});

test("a call is a report in one line and one key", { skip, timeout: 120_000 }, async () => {
  const page = await signedDesk();
  const began = performance.now();
  await ukrainian(page, "KeyC", "с");
  const line = page.locator(".call-line");
  await line.waitFor();
  await page.keyboard.type("UBC01 UA-RO-01 km 12 4 особи -5хв поліція човен біля берега");
  const chips = page.locator("#call-understood");
  await until("it is understood", async () => (await chips.locator("li").count()) === 6);
  const told = await chips.innerText();
  for (const word of ["Спроба", "UA-RO-01", "4 особи", "поліція", "5 хв", "човен біля берега"]) {
    assert.match(told, new RegExp(word.replace(" ", "\\s"), "i"), told);
  }
  await accessible(page, ".call");
  await page.keyboard.press("Enter");
  await page.locator(".call").waitFor({ state: "detached" });
  await until("it is an event", async () => (await state(page)).events === 1);
  assert.ok(performance.now() - began < 20_000, "in less than 20 s");
  await until("the call left the log", async () => (await state(page)).calls === 0);

  const [report] = (await read("/api/v1/reports?org=PO")).items;
  assert.equal(report.feed, "desk");
  assert.equal(report.title, "човен біля берега");
  assert.equal(report.place.section, "UA-RO-01");
  assert.equal(report.attributes.taken_down_by.name, "Олена Тестова");
  await page.finish("hands-3-call");
});

test("a call by fields: the type is searched, what is missing is said, a wrong time is told", { skip, timeout: 120_000 }, async () => {
  const page = await signedDesk();
  await page.keyboard.press("c");
  await page.locator(".call-line").waitFor();
  const send = page.locator(".call button[type=submit]");
  assert.ok(await send.isDisabled());
  assert.match(await page.locator(".missing").innerText(), /виду події.*місця.*відомства/);

  await page.locator("#call-type").fill("тютюн");
  await page.keyboard.press("Enter");
  const type = await page.locator("#call-type").inputValue();
  assert.match(type, /^[A-Z]{3}\d\d$/, "the code is taken");
  await page.locator("#call-place").fill("рава");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Tab");
  assert.match(await page.locator("#call-place").inputValue(), /^UA/);
  await page.locator(".call select").selectOption("CU");
  const when = page.locator(".call-fields label", { hasText: "Коли сталося" });
  await when.locator("input").fill("31022026 0310");
  assert.match(await when.innerText(), /Такого часу немає/);
  assert.ok(await send.isDisabled());
  await when.locator("input").fill("-15хв");
  assert.match(await when.innerText(), /15\sхв/);
  await page.locator(".call textarea").fill("двоє з мішками");
  await page.keyboard.press("Control+Enter");
  await page.locator(".call").waitFor({ state: "detached" });
  const [report] = await until("it is a report", async () => {
    const { items } = await read("/api/v1/reports?org=CU");
    return items.length > 0 && items;
  });
  assert.equal(report.type_code, type);
  assert.equal(report.title, "двоє з мішками");
  await page.finish("hands-4-fields");
});

test("a call without a line is kept over a reload and sent when the line is back", { skip, timeout: 120_000 }, async () => {
  const page = await signedDesk();
  page.expectFaults(/ERR_/, /Failed to load/);
  await page.route("**/api/v1/reports", (route) => route.abort());
  await page.keyboard.press("c");
  await page.locator(".call-line").waitFor();
  await page.keyboard.type("CBC01 UAPL07 ДСНС без зв’язку");
  await page.keyboard.press("Enter");
  await page.locator(".call-log .call").waitFor();
  assert.equal((await state(page)).calls, 1);
  const called = (await page.evaluate(() => JSON.parse(localStorage.getItem("oneroof.calls"))))[0].request.called_at;

  await page.reload();
  await page.locator(".call-log .call").waitFor();
  await page.unroute("**/api/v1/reports");
  await until("it is sent", async () => (await state(page)).calls === 0);
  const { items } = await read("/api/v1/reports?org=ES");
  assert.equal(items.length, 1);
  assert.equal(items[0].reported, called, "the time of the call is kept");
  await page.finish("hands-5-kept");
});

test("a call that the server refuses is shown with its field and can be corrected", { skip, timeout: 120_000 }, async () => {
  const page = await signedDesk();
  page.expectFaults(/422/);
  await page.route("**/api/v1/reports", async (route) => {
    const body = route.request().postDataJSON();
    await route.continue({ postData: JSON.stringify({ ...body, org: "XX" }) });
  }, { times: 1 });
  await page.keyboard.press("c");
  await page.locator(".call-line").waitFor();
  await page.keyboard.type("UBC01 UAPL07 НГУ на смузі");
  await page.keyboard.press("Enter");
  const refused = page.locator(".call-log .refused");
  await refused.waitFor();
  assert.match(await refused.innerText(), /Хто дзвонить/);
  await refused.getByRole("button", { name: "Виправити" }).click();
  await page.locator(".call-line").waitFor();
  await page.locator(".call button[type=submit]").click();
  await until("it is a report", async () => (await read("/api/v1/reports?org=NG")).items.length === 1);
  await page.finish("hands-6-corrected");
});

test("the map follows the set of open events until a gesture holds it", { skip, timeout: 120_000 }, async () => {
  const page = await desk();
  assert.equal((await state(page)).held, false);
  // Outside of what the border needs: the map has to grow.
  await push({ id: "M-1", type: "UBC01", lat: 53.4, lon: 23.6, title: "North" });
  const holds = (bounds, lat, lon) => bounds[0] < lat && lat < bounds[2] && bounds[1] < lon && lon < bounds[3];
  await until("the map shows it", async () => {
    const s = await state(page);
    return !s.held && holds(s.bounds, 53.4, 23.6) && holds(s.bounds, 45.4, 28.8) && holds(s.bounds, 51.4, 23.6);
  });

  // A drag holds the map.
  const map = await page.locator(".map").boundingBox();
  const at = [map.x + map.width / 2, map.y + map.height / 2];
  await page.mouse.move(...at);
  await page.mouse.down();
  await page.mouse.move(at[0] + 90, at[1] + 40, { steps: 4 });
  await page.mouse.up();
  await until("it is held", async () => (await state(page)).held);
  const before = (await state(page)).bounds;
  const events = (await state(page)).events;
  await push({ id: "M-2", type: "UBC01", lat: 45.4, lon: 28.8, title: "South" });
  await until("the event is there", async () => (await state(page)).events === events + 1);
  assert.deepEqual((await state(page)).bounds, before, "nothing recentres");
  assert.equal(await page.locator(".lock").getAttribute("aria-pressed"), "true");

  await ukrainian(page, "KeyL", "д");
  await until("it follows again", async () => {
    const s = await state(page);
    return !s.held && holds(s.bounds, 45.4, 28.8) && holds(s.bounds, 53.4, 23.6);
  });
  await page.finish("hands-7-follow");
});

test("coordinates change their form, distances and rings are laid on the map", { skip, timeout: 120_000 }, async () => {
  const page = await desk();
  const map = await page.locator(".map").boundingBox();
  const point = (dx, dy) => [map.x + map.width / 2 + dx, map.y + map.height / 2 + dy];
  await page.mouse.move(...point(0, 0));
  const bar = page.locator(".coordinates");
  await until("degrees", async () => /DD[\s\S]*° N/.test(await bar.innerText()));
  for (const form of [/DMS[\s\S]*′/, /MGRS[\s\S]*\d\d[A-Z] ?[A-Z]{2}/, /UTM[\s\S]*\d{6}/, /DD/]) {
    await page.keyboard.press("g");
    await until(`${form}`, async () => form.test(await bar.innerText()));
  }
  await page.keyboard.press("d");
  await page.mouse.click(...point(-120, 0));
  await page.mouse.click(...point(120, 0));
  const told = page.locator(".tool");
  await until("it is measured", async () => /км, напрямок 0(8[5-9]|90)°/.test(await told.innerText()));
  await page.keyboard.press("Escape");
  await told.waitFor({ state: "detached" });
  await page.mouse.move(...point(0, 60));
  await page.keyboard.press("r");
  await page.finish("hands-8-measured");
});

test("one's own last step is taken back, and not over somebody else's change", { skip, timeout: 120_000 }, async () => {
  const page = await signedDesk();
  await push({ id: "U-1", type: "UBC01", lat: 48.3, lon: 22.6, title: "Undo me" });
  const row = page.locator(".row", { hasText: "Undo me" });
  await row.locator("button").click();
  const detail = page.locator(".right .card");
  const chosen = (level) => detail.locator(`button.impact.${level}.chosen`);
  await chosen("medium").waitFor();
  await detail.locator("button.impact.high").click();
  await chosen("high").waitFor();
  await ukrainian(page, "KeyU", "г");
  await chosen("medium").waitFor();
  await page.keyboard.press("u");
  await page.locator(".call-log .note").waitFor();
  assert.match(await page.locator(".call-log .note").innerText(), /Немає кроку/);

  // Somebody else changes it after our step: the way back is refused, with both values shown.
  await detail.locator("button.impact.low").click();
  await chosen("low").waitFor();
  await until("receipts", async () => (await state(page)).orders === 0);
  const [report] = (await read("/api/v1/reports?q=Undo")).items;
  const other = await fetch(`${server.url}/api/v1/commands`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      id: crypto.randomUUID(), by: { is: "person", name: "Another", org: "PO" }, do: "set_impact", event: report.event, impact: "very_high",
    }),
  });
  assert.ok(other.ok);
  await chosen("very_high").waitFor();
  page.expectFaults(/409 \(Conflict\)/);
  await page.keyboard.press("u");
  await page.locator(".order.conflict").waitFor();
  await page.locator(".order.conflict button").last().click();
  await chosen("very_high").waitFor();
  await page.finish("hands-9-undo");
});
