// The fleet drawn by the libraries of others, as their documentation says how, with nothing else on the page:
//
//   peer.html?draws=leaflet|maplibre-circle|maplibre-symbol&width=1200&height=900&lat=45&lon=31&zoom=8
//
// `zoom` is Leaflet's. The positions of all vessels come once a second. `window.__peer` tells what is drawn.

const asked = new URLSearchParams(location.search);
const number = (name) => Number(asked.get(name));
const [lat, lon, zoom] = ["lat", "lon", "zoom"].map(number);
const element = document.getElementById("map");
element.style.width = `${number("width")}px`;
element.style.height = `${number("height")}px`;

const PERIOD_MS = 1000;
const FILL = "#4fb3ff";
const EDGE = "#10151c";
// A dot with about as much ink as the symbol of a vessel that OneRoof draws.
const RADIUS_PX = 4.5;

/** Leaflet with all markers on one canvas. */
function leaflet() {
  const { L } = window;
  const map = L.map(element, { renderer: L.canvas({ padding: 0.3 }), zoomControl: false, inertia: false, zoomSnap: 0.5 });
  map.setView([lat, lon], zoom);
  const markers = [];
  return {
    show(positions) {
      window.__bench?.arrived();
      for (let i = 0; i < positions.length / 3; i += 1) {
        const at = [positions[i * 3], positions[i * 3 + 1]];
        if (markers[i]) markers[i].setLatLng(at);
        else markers.push(L.circleMarker(at, { radius: RADIUS_PX, weight: 1, color: EDGE, fillColor: FILL, fillOpacity: 1 }).addTo(map));
      }
    },
    drawn: () => markers.filter((m) => map.getBounds().contains(m.getLatLng())).length,
  };
}

/** The symbol of a vessel for MapLibre, pointing up. */
function vesselImage() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 17;
  const ctx = canvas.getContext("2d");
  ctx.translate(8.5, 8.5);
  ctx.beginPath();
  for (const [x, y] of [[0, -1], [0.5, -0.25], [0.5, 0.85], [-0.5, 0.85], [-0.5, -0.25]]) ctx.lineTo(x * 6.6, y * 6.6);
  ctx.closePath();
  ctx.fillStyle = FILL;
  ctx.fill();
  ctx.strokeStyle = EDGE;
  ctx.stroke();
  return ctx.getImageData(0, 0, 17, 17);
}

/** MapLibre GL with the positions as a GeoJSON source. */
async function maplibre(symbol) {
  const { Map, setWorkerUrl } = await import("/maplibre-gl.mjs");
  setWorkerUrl?.("/maplibre-gl-worker.mjs");
  const map = new Map({
    container: element,
    style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": EDGE } }] },
    center: [lon, lat],
    zoom: zoom - 1,
    attributionControl: false,
    fadeDuration: 0,
    dragRotate: false,
  });
  await map.once("load");
  const empty = { type: "FeatureCollection", features: [] };
  // Points need no simplification; a buffer holds what sticks out of a tile.
  map.addSource("fleet", { type: "geojson", data: empty, tolerance: 0, buffer: 16 });
  if (symbol) {
    map.addImage("vessel", vesselImage());
    const layout = { "icon-image": "vessel", "icon-rotate": ["get", "c"], "icon-rotation-alignment": "map", "icon-allow-overlap": true, "icon-ignore-placement": true };
    map.addLayer({ id: "fleet", type: "symbol", source: "fleet", layout });
  } else {
    const paint = { "circle-radius": RADIUS_PX, "circle-color": FILL, "circle-stroke-color": EDGE, "circle-stroke-width": 1 };
    map.addLayer({ id: "fleet", type: "circle", source: "fleet", paint });
  }
  // A tile that its worker has made anew is painted by the next rendering. One of them is enough to count as new positions:
  // where rendering is slow, all of them are never done before the next second's positions come.
  let made = false;
  map.on("data", (event) => {
    made ||= event.sourceId === "fleet" && Boolean(event.tile);
  });
  map.on("render", () => {
    if (!made) return;
    made = false;
    window.__bench?.arrived();
    window.__bench?.painted();
  });
  return {
    show(positions) {
      const features = [];
      for (let i = 0; i < positions.length / 3; i += 1) {
        const coordinates = [positions[i * 3 + 1], positions[i * 3]];
        features.push({ type: "Feature", geometry: { type: "Point", coordinates }, properties: { c: positions[i * 3 + 2] } });
      }
      map.getSource("fleet").setData({ type: "FeatureCollection", features });
    },
    drawn: () => map.queryRenderedFeatures({ layers: ["fleet"] }).length,
  };
}

const draws = asked.get("draws");
const peer = draws === "leaflet" ? leaflet() : await maplibre(draws === "maplibre-symbol");
let rounds = 0;
async function round() {
  const answer = await fetch("/positions");
  peer.show(new Float64Array(await answer.arrayBuffer()));
  rounds += 1;
}
setInterval(() => round().catch((error) => console.error(`no positions: ${error}`)), PERIOD_MS);
window.__peer = { drawn: () => peer.drawn(), rounds: () => rounds };
