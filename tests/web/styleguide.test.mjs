// The style guide: every token and component in its states, in each palette, with contrasts that can be read.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, closeBrowser, guideDist, missing, openPage, screenshot, startServer, until } from "./lib.mjs";

const skip = missing("server", "guide", "browser");

let server;
before(async () => {
  if (!skip) server = await startServer({ web: guideDist });
});
after(async () => {
  await closeBrowser();
  await server?.stop();
});

for (const tone of ["night", "day", "dim"]) {
  test(`the style guide can be read in the palette ${tone}`, { skip }, async () => {
    const page = await openPage(`${server.url}/styleguide`);
    await page.getByRole("button", { name: tone, exact: true }).click();
    await until("the palette is in force", () => page.evaluate((t) => document.documentElement.dataset.tone === t, tone));
    const states = await page.locator(".guide-state").evaluateAll((all) => all.map((e) => e.dataset.state));
    assert.deepEqual(states, ["Loading", "Empty", "Full", "Stale", "Error"]);
    assert.equal(await page.locator('[data-state="Full"] .row').count(), 5);
    assert.equal(await page.locator('[data-state="Empty"] .row').count(), 0);
    assert.equal(await page.locator('[data-state="Error"] .order').count(), 4);
    assert.equal(await page.locator('[data-state="Stale"] .lost[role="alert"]').count(), 1);
    const swatches = await page.locator(".swatch").evaluateAll((all) => all.map((e) => getComputedStyle(e).backgroundColor));
    assert.ok(swatches.length > 30 && swatches.every((c) => c !== "rgba(0, 0, 0, 0)"), "every token has a colour");
    await accessible(page, ".guide");
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width: 1920, height: Math.min(height, 8_000) });
    await screenshot(page, `styleguide-${tone}`);
    await page.finish();
  });
}
