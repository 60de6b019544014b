/** What every map shows: rivers, roads and borders as lines, core areas, towns, and their names. */
import { el } from "../dom.js";
import { CLASSES } from "./colours.js";
import { linesOf, pieceOf, tracePath } from "./lines.js";
import { drawNames } from "./names.js";

// widths in pixels by class; a class is left out where cells are smaller than `from` pixels
const LINES = {
  river: { 1: { width: 0.7, from: 1.6 }, 2: { width: 1.1, from: 0.7 }, 3: { width: 2, from: 0 } },
  road: { 1: { width: 1, from: 0.9 }, 2: { width: 1.8, from: 0, casing: 1.6 }, 3: { width: 3, from: 0, casing: 2 } },
};
const STYLES = { casing: "#ffffffb0", border: "#3a2f4d", area: "#0c4a2c" };

/**
 * Draw the ground of a landscape on its map.
 * @param {import("./map.js").CorridorMap} map @param {object} picture
 * @returns {{off: Set<string>, setLines: (key: string, layer: object, values: Uint8Array) => void, mark: (place: object | null) => void}}
 */
export function drawGround(map, picture) {
  const off = new Set();
  const lines = [];
  const outlines = picture.core_areas.flatMap((area) => area.rings.map((ring) => pieceOf(ring.map(([x, y]) =>
    [(x - map.grid.west_m) / map.grid.cell_m, (map.grid.north_m - y) / map.grid.cell_m]))));
  const node = el("canvas", { class: "lines" });
  const names = el("canvas", { class: "names" });
  map.addLayer({ node, draw });
  map.addLayer({ node: names, above: true, draw: () => {
    if (off.has("names")) return map.sharp(names);
    return drawNames(map.sharp(names), map, picture, off);
  } });

  function draw() {
    const context = map.sharp(node);
    const cell = map.grid.cell_m / map.view.pixel_m;
    const [left, top] = map.toScreen(map.grid.west_m, map.grid.north_m);
    const at = { left, top, cell, width: map.host.clientWidth, height: map.host.clientHeight };
    context.lineCap = context.lineJoin = "round";
    const stroke = (pieces, width, colour) => {
      tracePath(context, pieces, at);
      Object.assign(context, { lineWidth: width, strokeStyle: colour });
      context.stroke();
    };
    const grown = Math.min(Math.max(cell ** 0.5, 0.9), 2.2);
    const drawn = lines.filter((one) => !off.has(one.key) && cell >= one.from);
    for (const one of drawn) if (one.casing) stroke(one.pieces, one.width * grown + one.casing, STYLES.casing);
    for (const one of drawn) stroke(one.pieces, one.width * grown, one.colour);
    if (!off.has("core-areas")) {
      stroke(outlines, 4, "#ffffffd0");
      stroke(outlines, 1.8, STYLES.area);
    }
    if (off.has("borders")) return;
    context.save();
    context.beginPath();
    context.rect(left, top, map.grid.width * cell, map.grid.height * cell);
    context.clip();
    for (const { line } of picture.borders ?? []) {
      const path = new Path2D(map.path([line], false));
      Object.assign(context, { lineWidth: 3.6, strokeStyle: STYLES.casing });
      context.setLineDash([]);
      context.stroke(path);
      Object.assign(context, { lineWidth: 1.6, strokeStyle: STYLES.border });
      context.setLineDash([9, 4, 2, 4]);
      context.stroke(path);
    }
    context.restore();
  }

  return {
    off,
    setLines(key, layer, values) {
      for (const [value, style] of Object.entries(LINES[key])) {
        if (layer.classes.includes(Number(value))) {
          lines.push({ key, ...style, colour: CLASSES[key][value], pieces: linesOf(values, layer.classes, map.grid, Number(value)) });
        }
      }
      lines.sort((a, b) => (a.key === b.key ? a.width - b.width : a.key === "river" ? -1 : 1));
      map.draw();
    },
    /** Mark a place that was looked for. */
    mark(place) {
      map.setOverlay("found", place && ((m) => {
        const [x, y] = m.toScreen(place.x, place.y);
        return [el("circle", { cx: x, cy: y, r: 16, class: "halo" }), el("circle", { cx: x, cy: y, r: 16 })];
      }));
    },
  };
}

/** The core area at a place, null outside. */
export function areaAt(picture, x, y) {
  const within = (rings) => rings.reduce((inside, ring) => {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
    return inside;
  }, false);
  return picture.core_areas.find((area) => within(area.rings)) ?? null;
}
