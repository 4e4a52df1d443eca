// A map of the operator's own under the picture: one layer of Leaflet, pictures or lines. Loaded when such a map is chosen and
// never before. Tiles come from the server that served the page, and from nowhere else.

const MAX_BYTES = 16_000_000;
const KEPT_TILES = 48;

// The whole answer, within bounds: a tile that unpacks without end is given up.
async function bytesOf(answer) {
  const parts = [];
  let length = 0;
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > MAX_BYTES) {
      await reader.cancel();
      throw new Error("too large a tile");
    }
    parts.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Colours of the classes, as the style sheet has them for the palette in force. */
export function lookOf(style, lang, ui) {
  const colour = (name) => style.getPropertyValue(`--map-${name}`).trim();
  const classes = ["land", "wood", "built", "water", "stream", "building", "path", "track", "rail", "small", "large", "great", "label", "halo"];
  return { ...Object.fromEntries(classes.map((name) => [name, colour(name)])), lang, ui };
}

/** Which tile holds a place of a zoom deeper than the map's, and which part of it. */
export function within({ x, y, z }, deepest) {
  const down = Math.max(0, z - deepest);
  const side = 2 ** down;
  return { z: z - down, x: Math.floor(x / side), y: Math.floor(y / side), part: { side, column: x % side, row: y % side } };
}

/**
 * Lays a map on Leaflet's. `about`: `{id, vector, minZoom, maxZoom, deepest, bounds, lang, ui}` as JSON. `tell(painted, broken)` is
 * called after each tile with the numbers so far; `draw` is `vector_tile.js`, where it is needed.
 */
export function show(map, pane, json, tell, draw) {
  const about = JSON.parse(json);
  const L = window.L;
  const counts = { painted: 0, broken: 0 };
  const look = about.vector ? lookOf(getComputedStyle(document.documentElement), about.lang, about.ui) : null;
  const kept = new Map();
  let over = false;
  const told = (good) => {
    // Whoever listened is gone with the map.
    if (over) return;
    counts[good ? "painted" : "broken"] += 1;
    tell(counts.painted, counts.broken);
  };

  // The bytes of a tile; null where the map has none. A line that is gone is no fault of the map.
  async function fetched(z, x, y, signal) {
    const answer = await fetch(`/maps/${encodeURIComponent(about.id)}/${z}/${x}/${y}`, { signal }).catch((error) => {
      throw Object.assign(error, { away: true });
    });
    if (answer.status === 204) return null;
    if (!answer.ok) throw Object.assign(new Error(`status ${answer.status}`), { away: answer.status === 503 });
    return { bytes: await bytesOf(answer), type: answer.headers.get("content-type") ?? "" };
  }

  // Read once for all the parts of it that are shown.
  function parsed(z, x, y) {
    const key = `${z}/${x}/${y}`;
    if (!kept.has(key)) {
      if (kept.size >= KEPT_TILES) kept.delete(kept.keys().next().value);
      const reading = fetched(z, x, y).then((found) => found && draw.readTile(found.bytes));
      // What failed is asked for again next time.
      reading.catch(() => kept.delete(key));
      kept.set(key, reading);
    }
    return kept.get(key);
  }

  async function lines(canvas, coords, size) {
    const { z, x, y, part } = within(coords, about.deepest);
    const layers = await parsed(z, x, y);
    if (!layers) return;
    // Between two zooms tiles are enlarged: drawn finer, they stay sharp.
    const dpr = Math.min(3, window.devicePixelRatio || 1) * 1.5;
    canvas.width = Math.round(size * dpr);
    canvas.height = canvas.width;
    const ctx = canvas.getContext("2d");
    ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
    draw.drawTile(ctx, layers, { size, zoom: coords.z, part }, look);
    canvas.dataset.painted = "1";
  }

  async function picture(image, coords, signal) {
    const found = await fetched(coords.z, coords.x, coords.y, signal);
    if (!found) {
      image.style.visibility = "hidden";
      return;
    }
    const address = URL.createObjectURL(new Blob([found.bytes], { type: found.type }));
    image.address = address;
    image.src = address;
    await image.decode();
    image.dataset.painted = "1";
  }

  const Layer = L.GridLayer.extend({
    createTile(coords, done) {
      const tile = document.createElement(about.vector ? "canvas" : "img");
      tile.setAttribute("role", "presentation");
      if (!about.vector) tile.alt = "";
      const stop = new AbortController();
      tile.stop = stop;
      const painting = about.vector ? lines(tile, coords, this.getTileSize().x) : picture(tile, coords, stop.signal);
      painting.then(
        () => {
          told(true);
          done(null, tile);
        },
        (error) => {
          tile.style.visibility = "hidden";
          if (!stop.signal.aborted && !error.away) told(false);
          done(error, tile);
        },
      );
      return tile;
    },
  });
  const [south, west, north, east] = about.bounds ?? [-85, -180, 85, 180];
  const layer = new Layer({
    pane,
    className: about.vector ? "own-lines" : "own-pictures",
    minZoom: about.minZoom,
    maxZoom: about.maxZoom,
    bounds: L.latLngBounds([south, west], [north, east]),
    noWrap: true,
    updateWhenIdle: true,
    keepBuffer: 1,
  });
  // Enlarged between two zooms, tiles would leave a hair between each other.
  layer.on("tileloadstart", ({ tile }) => {
    const size = layer.getTileSize().x + 0.6;
    tile.style.width = `${size}px`;
    tile.style.height = `${size}px`;
  });
  layer.on("tileunload", ({ tile }) => {
    tile.stop?.abort();
    if (tile.address) URL.revokeObjectURL(tile.address);
  });
  layer.addTo(map);
  return {
    /** Takes it away. */
    remove() {
      over = true;
      layer.remove();
      kept.clear();
    },
  };
}
