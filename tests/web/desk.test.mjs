// What an officer does at the desk, in a real browser: two agencies' reports are suggested as one happening with
// reasons in words, one key confirms, the merge is taken back; values are set, and somebody else's change is shown and
// not overwritten; language and zone are switched.

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import { closeBrowser, live, missing, openPage, overlayOf, pushFeed, startServer, state, until } from "./lib.mjs";

const skip = missing("server", "client", "browser");
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

async function post(address, body) {
  const answer = await fetch(server.url + address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${address}: ${answer.status}: ${text}`);
  return JSON.parse(text);
}

/** Two agencies tell of one river crossing, 200 m and half a minute apart. */
async function twoReports(run, lat) {
  const time = (shift) => new Date(Date.now() - shift * 1000).toISOString();
  const [guard, police] = [
    { id: `G-${run}`, type: "UBC01", time: time(60), lat, lon: 23.9, title: `Persons at the bank ${run}` },
    { id: `P-${run}`, type: "UBC02", time: time(30), lat: lat + 0.0018, lon: 23.9, title: `One in the river ${run}`, danger: true },
  ];
  await post("/api/v1/feeds/t-guard", guard);
  await post("/api/v1/feeds/t-police", police);
}

/** The officer says who he is, the first time that he does anything. */
async function sayWho(page) {
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await dialog.locator("input").fill("Олена Тестова");
  await dialog.locator("button[type=submit]").click();
  await dialog.waitFor({ state: "detached" });
}

test("two reports become one event by one key, and two again", { skip, timeout: 120_000 }, async () => {
  const page = await openPage(server.url);
  await live(page);
  await twoReports("a", 47.96);
  await until("it is asked", async () => (await state(page)).suggestions === 1);
  assert.equal((await state(page)).events, 2);

  const card = page.locator(".question");
  const told = await card.innerText();
  for (const word of ["Місце", "Час", "Вид", "Кількість", "Ідентифікатори", "між", "%"]) {
    assert.ok(told.includes(word), `${word} is not in: ${told}`);
  }
  assert.doesNotMatch(told, /link\.|\{/, "a key of the catalogue is shown as it stands");

  await page.keyboard.press("y");
  await sayWho(page);
  await until("they are one", async () => (await state(page)).events === 1);
  const row = page.locator(".row");
  assert.match(await row.innerText(), /One in the river a/, "what is said of the life at risk heads the event");
  assert.ok(await row.evaluate((e) => e.classList.contains("life")));

  await page.keyboard.press("j");
  const detail = page.locator(".right .card");
  await detail.waitFor();
  assert.equal(await detail.locator(".report").count(), 2);
  assert.match(await detail.innerText(), /Persons at the bank a/);
  await detail.locator(".merge button").click();
  await until("they are two again", async () => (await state(page)).events === 2);
  await until("all orders have their receipts", async () => (await state(page)).orders === 0);
  await page.finish("desk-1-unmerged");
});

test("a change of somebody else is shown and not overwritten", { skip, timeout: 120_000 }, async () => {
  const page = await openPage(server.url);
  await live(page);
  await post("/api/v1/feeds/t-guard", { id: "C-1", type: "UBC01", time: new Date().toISOString(), lat: 51.2, lon: 23.8, title: "Alone" });
  const row = page.locator(".row", { hasText: "Alone" });
  await row.waitFor();
  await row.locator("button").click();
  const detail = page.locator(".right .card");
  await detail.locator("button.impact.medium").click();
  await sayWho(page);

  // The desk does not hear of the other officer's change before its own command is sent.
  const read = async (address) => (await fetch(server.url + address)).json();
  const [told] = (await read("/api/v1/reports?q=Alone")).items;
  const { event } = await read(`/api/v1/events/${told.event}`);
  await until("the first command is carried out", async () => (await state(page)).orders === 0);
  await page.route("**/api/v1/commands", async (route) => {
    await post("/api/v1/commands", {
      id: crypto.randomUUID(),
      by: { is: "person", name: "Another", org: "PO" },
      do: "set_impact",
      event: event.id,
      impact: "high",
    });
    await route.continue();
  }, { times: 1 });
  // The refusal itself is told in the browser's console.
  page.expectFaults(/409 \(Conflict\)/);
  await detail.locator("button.impact.low").click();
  const conflict = page.locator(".order.conflict");
  await conflict.waitFor();
  assert.match(await conflict.innerText(), /Низький[\s\S]*Високий/);
  await conflict.locator("button").last().click();
  await conflict.waitFor({ state: "detached" });
  await until("the other value stands", async () =>
    detail.locator("button.impact.high").evaluate((e) => e.classList.contains("chosen")));
  await page.finish("desk-2-conflict");
});

test("language and zone are switched at once and remembered", { skip, timeout: 60_000 }, async () => {
  const page = await openPage(server.url);
  await live(page);
  await page.getByRole("button", { name: "ENG" }).click();
  await until("English", async () => (await page.locator(".priority h2").innerText()).startsWith("Events"));
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  const cyrillic = await page.locator(".head").innerText();
  assert.doesNotMatch(cyrillic.replace("УКР", ""), /[а-яіїєґ]/i);
  await page.locator(".clock", { hasText: "UTC" }).click();
  assert.equal(await page.locator(".clock", { hasText: "UTC" }).getAttribute("aria-pressed"), "true");
  await page.reload();
  await until("still English", async () => (await page.locator(".priority h2").innerText()).startsWith("Events"));
  await page.finish("desk-3-english");
});

test("nothing on the screen is cut off or lies on something else", { skip, timeout: 60_000 }, async () => {
  for (const [width, height] of [[1366, 768], [1920, 1080], [3840, 2160]]) {
    const page = await openPage(server.url, { width, height });
    await live(page);
    const found = await page.evaluate(() => {
      const faults = [];
      const size = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      if (size < 16) faults.push(`the type is ${size} px`);
      if (document.documentElement.scrollWidth > innerWidth) faults.push("the page is wider than the window");
      for (const e of document.querySelectorAll(".head > *, .strip > *, .tools button, .question, .priority")) {
        const r = e.getBoundingClientRect();
        if (r.width > 0 && (r.right > innerWidth + 1 || r.bottom > innerHeight + 1 || r.left < -1 || r.top < -1)) {
          faults.push(`${e.className || e.tagName} is cut off: ${Math.round(r.left)},${Math.round(r.top)} to ${Math.round(r.right)},${Math.round(r.bottom)}`);
        }
      }
      const parts = [...document.querySelectorAll(".head > *")].map((e) => [e, e.getBoundingClientRect()]);
      parts.forEach(([a, ra], i) => parts.slice(i + 1).forEach(([b, rb]) => {
        if (ra.width > 0 && rb.width > 0 && ra.right > rb.left + 1 && rb.right > ra.left + 1) {
          faults.push(`${a.className} lies on ${b.className}`);
        }
      }));
      return faults;
    });
    assert.deepEqual(found, [], `${width}x${height}`);
    await page.finish(`desk-4-${width}`);
  }
});
