// The pictures of the documents, taken of the demonstration: `cargo xtask screenshots`.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { closeBrowser, live, openPage, root, startServer, state, until } from "./lib.mjs";

const images = path.join(root, "docs/images");

/** Longest wait for the demonstration to come to what a picture shows, milliseconds. */
const PATIENCE_MS = 240_000;

/** Opens a page of the demonstration and waits until it is alive and the map is drawn. */
async function open(server, address, size) {
  const page = await openPage(server.url + address, size);
  await live(page);
  await until("the map is drawn", async () => (await state(page)).symbolsDrawn > 50);
  return page;
}

async function take(page, name) {
  // Typefaces, the last tiles of the basemap, and a card that slides in.
  await page.waitForTimeout(2_500);
  await page.screenshot({ path: path.join(images, `${name}.png`) });
  console.log(`docs/images/${name}.png`);
  await page.finish();
}

await mkdir(images, { recursive: true });
const server = await startServer({ demo: true });
try {
  const desk = await open(server, "/", { width: 1920, height: 1080 });
  await until("two events are suggested to be one", async () => (await state(desk)).suggestions > 0, {
    patience: PATIENCE_MS,
  });
  await desk.keyboard.press("j");
  await take(desk, "desk");
  const folded = await open(server, "/wall?name=picture", { width: 1920, height: 1080 });
  await until("three agencies tell of one life at risk", async () =>
    (await folded.locator(".wall-row.life .badge").count()) >= 3, { patience: PATIENCE_MS });
  await take(folded, "wall");
  await take(await open(server, "/wall?name=picture&tone=day", { width: 1920, height: 1080 }), "wall-day");
  const wide = { width: 3840, height: 1080 };
  await take(await open(server, "/wall?name=picture&distance_m=3&mm_per_px=0.562", wide), "wall-wide");
} finally {
  await closeBrowser();
  await server.stop();
}
