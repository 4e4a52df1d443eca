// Reads Mapbox vector tiles (specification 2.1) and draws what an operations room needs of them: water, woods, buildings,
// railways, roads and their names. Knows the layers of OpenMapTiles, of Shortbread and of Protomaps by their names.
// Everything in a tile is somebody else's: counts are bounded, and what does not fit is an error and no endless loop.

const MAX_LAYERS = 100;
const MAX_FEATURES = 200_000;
const MAX_POINTS = 2_000_000;
const MAX_KEYS = 100_000;

class Reader {
  constructor(bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
    this.end = end;
  }

  more() {
    return this.at < this.end;
  }

  // Up to 53 bits; what has more loses precision, and nothing here needs it.
  varint() {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 10; i += 1) {
      if (this.at >= this.end) throw new Error("cut off");
      const byte = this.bytes[this.at];
      this.at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new Error("an endless number");
  }

  zigzag() {
    const n = this.varint();
    return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
  }

  skip(length) {
    if (!(length >= 0) || this.at + length > this.end) throw new Error("cut off");
    this.at += length;
    return this.at - length;
  }

  part() {
    const length = this.varint();
    const from = this.skip(length);
    return new Reader(this.bytes, from, from + length);
  }

  text() {
    const part = this.part();
    return new TextDecoder().decode(this.bytes.subarray(part.at, part.end));
  }

  // Calls back with the number and the wire type of each field; what is not taken is passed over.
  fields(take) {
    while (this.more()) {
      const key = this.varint();
      const wire = key & 7;
      const before = this.at;
      take(Math.floor(key / 8), wire);
      if (this.at !== before) continue;
      if (wire === 0) this.varint();
      else if (wire === 1) this.skip(8);
      else if (wire === 2) this.part();
      else if (wire === 5) this.skip(4);
      else throw new Error("an unknown wire type");
    }
  }
}

function valueOf(reader) {
  let value = null;
  reader.fields((field, wire) => {
    if (field === 1 && wire === 2) value = reader.text();
    else if (field === 2 && wire === 5) value = reader.view.getFloat32(reader.skip(4), true);
    else if (field === 3 && wire === 1) value = reader.view.getFloat64(reader.skip(8), true);
    else if ((field === 4 || field === 5) && wire === 0) value = reader.varint();
    else if (field === 6 && wire === 0) value = reader.zigzag();
    else if (field === 7 && wire === 0) value = reader.varint() !== 0;
  });
  return value;
}

// Rings or lines as arrays of alternating x and y, in units of the layer.
function geometry(reader, budget) {
  const lines = [];
  let line = null;
  let [x, y] = [0, 0];
  while (reader.more()) {
    const command = reader.varint();
    const [id, count] = [command & 7, Math.floor(command / 8)];
    if (id === 7) {
      if (line?.length) line.push(line[0], line[1]);
      continue;
    }
    if (id !== 1 && id !== 2) throw new Error("an unknown command");
    budget.points -= count;
    if (budget.points < 0) throw new Error("too many points");
    for (let i = 0; i < count; i += 1) {
      x += reader.zigzag();
      y += reader.zigzag();
      if (id === 1) {
        line = [];
        lines.push(line);
      }
      if (!line) throw new Error("a line without a beginning");
      line.push(x, y);
    }
  }
  return lines;
}

function feature(reader, keys, values, budget) {
  const found = { type: 0, tags: Object.create(null), lines: [] };
  reader.fields((field, wire) => {
    if (field === 2 && wire === 2) {
      const tags = reader.part();
      while (tags.more()) {
        const key = keys[tags.varint()];
        const value = values[tags.varint()];
        if (key !== undefined && value !== undefined) found.tags[key] = value;
      }
    } else if (field === 3 && wire === 0) found.type = reader.varint();
    else if (field === 4 && wire === 2) found.lines = geometry(reader.part(), budget);
  });
  return found;
}

function layer(reader, wanted, budget) {
  const found = { name: "", extent: 4096, features: [] };
  const [keys, values, parts] = [[], [], []];
  reader.fields((field, wire) => {
    if (field === 1 && wire === 2) found.name = reader.text();
    else if (field === 2 && wire === 2) parts.push(reader.part());
    else if (field === 3 && wire === 2) keys.push(reader.text());
    else if (field === 4 && wire === 2) values.push(valueOf(reader.part()));
    else if (field === 5 && wire === 0) found.extent = reader.varint();
    if (parts.length > MAX_FEATURES || keys.length + values.length > MAX_KEYS) throw new Error("too large a layer");
  });
  if (!(found.extent >= 1 && found.extent <= 65_536)) throw new Error("an impossible extent");
  if (wanted(found.name)) {
    budget.features -= parts.length;
    if (budget.features < 0) throw new Error("too many features");
    found.features = parts.map((part) => feature(part, keys, values, budget));
  }
  return found;
}

/** Reads the layers of a tile whose names are `wanted`; throws where the bytes are none. */
export function readTile(bytes, wanted = (name) => Object.hasOwn(LAYERS, name)) {
  const reader = new Reader(bytes);
  const budget = { features: MAX_FEATURES, points: MAX_POINTS };
  const layers = [];
  reader.fields((field, wire) => {
    if (field !== 3 || wire !== 2) return;
    if (layers.length >= MAX_LAYERS) throw new Error("too many layers");
    const found = layer(reader.part(), wanted, budget);
    if (wanted(found.name)) layers.push(found);
  });
  return layers;
}

const kindOf = (tags) => String(tags.kind_detail ?? tags.kind ?? tags.class ?? tags.subclass ?? "");

// What a way is: its class of road, or a railway, a track, a path; null for what is not drawn.
const ROADS = Object.assign(Object.create(null), {
  motorway: "great", trunk: "great", highway: "great", motorway_link: "great", trunk_link: "great",
  primary: "large", secondary: "large", major_road: "large", primary_link: "large", secondary_link: "large",
  tertiary: "small", tertiary_link: "small", minor: "small", minor_road: "small", residential: "small", unclassified: "small",
  living_street: "small", service: "small", street: "small", street_limited: "small", road: "small", busway: "small",
  track: "track", path: "path", footway: "path", cycleway: "path", steps: "path", pedestrian: "path", bridleway: "path",
  rail: "rail", narrow_gauge: "rail", light_rail: "rail", tram: "rail", transit: "rail",
});
export const roadOf = (tags) => ROADS[kindOf(tags)] ?? ROADS[String(tags.kind ?? tags.class ?? "")] ?? null;

const GREEN = /^(wood|forest|scrub|park|nature_reserve|national_park|protected_area)$/;
const BUILT = /^(residential|urban_area|suburb|neighbourhood|commercial|industrial|retail|garages)$/;
const ground = (tags) => (GREEN.test(kindOf(tags)) ? "wood" : BUILT.test(kindOf(tags)) ? "built" : null);
const water = (tags, type) => (type === 3 ? "water" : "stream");
const SMALL_PLACES = /^(village|hamlet|isolated_dwelling|suburb|quarter|neighbourhood|locality|farm)$/;

// What is drawn of which layer: the class by tags and the type of geometry (1 points, 2 lines, 3 areas).
const LAYERS = {
  water, waterway: water, ocean: water, water_polygons: water, water_lines: water,
  landcover: ground, landuse: ground, land: ground, park: () => "wood",
  building: () => "building", buildings: () => "building",
  transportation: roadOf, streets: roadOf, roads: roadOf,
  transportation_name: () => null, street_labels: () => null,
  place: () => null, place_labels: () => null, places: () => null,
};
const NAMES = new Set(["transportation_name", "street_labels", "streets", "roads"]);
const PLACES = new Set(["place", "place_labels", "places"]);

// From the lowest to the uppermost.
const ORDER = ["wood", "built", "water", "stream", "building", "path", "track", "rail", "small", "large", "great"];
const AREAS = new Set(["wood", "built", "water", "building"]);
const WIDTH = { great: 2.6, large: 1.9, small: 1.1, rail: 0.9, track: 0.8, path: 0.7, stream: 0.9 };
const DASHES = { rail: [6, 3], track: [5, 3], path: [2, 3] };

/** Width of a line at a zoom, CSS pixels. */
export const widthAt = (kind, zoom) => WIDTH[kind] * Math.min(6, Math.max(0.5, 1.32 ** (zoom - 12)));

function nameOf(tags, lang) {
  const other = lang === "uk" ? tags["name:uk"] ?? tags.name_uk : tags["name:en"] ?? tags.name_en ?? tags["name:latin"];
  const name = other ?? tags.name ?? tags["pgf:name"];
  return typeof name === "string" ? name.slice(0, 60) : "";
}

// The longest straight piece of a line within the tile: where a name can stand without being cut.
function straight(line, scale, dx, dy, size) {
  let best = null;
  for (let i = 0; i + 3 < line.length; i += 2) {
    const [ax, ay, bx, by] = [line[i] * scale - dx, line[i + 1] * scale - dy, line[i + 2] * scale - dx, line[i + 3] * scale - dy];
    if (Math.min(ax, ay, bx, by) < 0 || Math.max(ax, ay, bx, by) > size) continue;
    const long = Math.hypot(bx - ax, by - ay);
    if (!best || long > best.long) best = { long, x: (ax + bx) / 2, y: (ay + by) / 2, turn: Math.atan2(by - ay, bx - ax) };
  }
  return best;
}

function write(ctx, text, x, y, turn, look) {
  ctx.save();
  ctx.translate(x, y);
  ctx.rotate(turn > Math.PI / 2 ? turn - Math.PI : turn < -Math.PI / 2 ? turn + Math.PI : turn);
  ctx.strokeStyle = look.halo;
  ctx.lineWidth = 3 * look.ui;
  ctx.strokeText(text, 0, 0);
  ctx.fillStyle = look.label;
  ctx.fillText(text, 0, 0);
  ctx.restore();
}

function names(ctx, layers, place, look) {
  const { size, zoom, scaleOf, dx, dy } = place;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.lineJoin = "round";
  ctx.font = `500 ${11.5 * look.ui}px "IBM Plex Sans", sans-serif`;
  const taken = [];
  const free = (x, y, w) => {
    const half = w / 2 + 4;
    const high = 9 * look.ui;
    // A name that reaches over the edge of its tile would be cut.
    if (x - half < 0 || x + half > size || y - high < 0 || y + high > size) return false;
    if (taken.some((t) => Math.abs(t[0] - x) < t[2] + half && Math.abs(t[1] - y) < 2 * high)) return false;
    taken.push([x, y, half]);
    return true;
  };
  for (const found of layers) {
    const scale = scaleOf(found.extent);
    for (const one of found.features) {
      if (taken.length > 60) return;
      const name = nameOf(one.tags, look.lang);
      if (PLACES.has(found.name) && zoom >= 12 && name && one.lines[0] && SMALL_PLACES.test(kindOf(one.tags))) {
        const [x, y] = [one.lines[0][0] * scale - dx, one.lines[0][1] * scale - dy];
        if (free(x, y, ctx.measureText(name).width)) write(ctx, name, x, y, 0, look);
      } else if (NAMES.has(found.name) && one.type === 2) {
        const kind = roadOf(one.tags);
        const text = (kind === "great" || kind === "large") && typeof one.tags.ref === "string" && zoom < 15 ? one.tags.ref.slice(0, 20) : zoom >= 15 ? name : "";
        const at = text && one.lines[0] ? straight(one.lines[0], scale, dx, dy, size) : null;
        const wide = at ? ctx.measureText(text).width : 0;
        if (at && at.long > wide && free(at.x, at.y, wide)) write(ctx, text, at.x, at.y, text === one.tags.ref ? 0 : at.turn, look);
      }
    }
  }
}

/**
 * Draws a tile on a canvas of `size` CSS pixels. Where the map has no such deep zoom, `part` says which piece of the tile it
 * is: how many to a side, and which column and row. `look`: colours of the classes, `land`, `label`, `halo`, `lang`, `ui`.
 */
export function drawTile(ctx, layers, { size, zoom, part = { side: 1, column: 0, row: 0 } }, look) {
  const scaleOf = (extent) => (size / extent) * part.side;
  const [dx, dy] = [part.column * size, part.row * size];
  ctx.fillStyle = look.land;
  ctx.fillRect(0, 0, size, size);
  ctx.lineJoin = "round";
  ctx.lineCap = "round";
  const paths = new Map();
  for (const found of layers) {
    const scale = scaleOf(found.extent);
    for (const one of found.features) {
      const kind = LAYERS[found.name]?.(one.tags, one.type);
      if (!kind || one.type < 2 || (AREAS.has(kind) && one.type !== 3) || (!AREAS.has(kind) && one.type === 3)) continue;
      if (!paths.has(kind)) paths.set(kind, []);
      for (const line of one.lines) paths.get(kind).push([line, scale]);
    }
  }
  for (const kind of ORDER) {
    const lines = paths.get(kind);
    if (!lines) continue;
    ctx.beginPath();
    for (const [line, scale] of lines) {
      for (let i = 0; i + 1 < line.length; i += 2) {
        const [x, y] = [line[i] * scale - dx, line[i + 1] * scale - dy];
        if (i === 0) ctx.moveTo(x, y);
        else ctx.lineTo(x, y);
      }
    }
    if (AREAS.has(kind)) {
      ctx.fillStyle = look[kind];
      ctx.fill();
      continue;
    }
    ctx.strokeStyle = look[kind];
    ctx.lineWidth = widthAt(kind, zoom) * look.ui;
    ctx.setLineDash((DASHES[kind] ?? []).map((d) => d * look.ui));
    ctx.stroke();
    ctx.setLineDash([]);
  }
  names(ctx, layers, { size, zoom, scaleOf, dx, dy }, look);
}
