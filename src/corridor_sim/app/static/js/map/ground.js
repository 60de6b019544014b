/** What every map shows: rivers, roads and borders as lines, core areas, towns, and their names. */
import { el } from "../dom.js";
import { drawNames } from "./names.js";

// widths in pixels by class; a class is left out where cells are smaller than `from` pixels
const LINES = {
  river: { 1: { width: 0.7, from: 1.6 }, 2: { width: 1.1, from: 0.7 }, 3: { width: 2, from: 0 } },
  road: { 1: { width: 1, from: 0.9 }, 2: { width: 1.8, from: 0, casing: 1.6 }, 3: { width: 3, from: 0, casing: 2 } },
};
const STYLES = { river: "#2467a6", road: "#7d2413", casing: "#ffffffb0", border: "#3a2f4d" };

/** Lines between neighbouring cells of at least a class, as a path in cells from the north-west. */
export function linesOf(values, layer, grid, value) {
  const path = new Path2D();
  const place = layer.classes.indexOf(value) + 1;
  const { width, height } = grid;
  const least = (i) => layer.classes[values[i] - 1] >= value;
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const i = row * width + column;
      if (values[i] !== place) continue;
      // a line goes on into a wider one; corner to corner only where no side leads there
      for (const [dx, dy] of [[1, 0], [0, 1], [1, 1], [-1, 1], [-1, 0], [0, -1], [-1, -1], [1, -1]]) {
        const [x, y] = [column + dx, row + dy];
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        const j = y * width + x;
        if (!least(j)) continue;
        const back = dy < 0 || (dy === 0 && dx < 0);
        if (back && values[j] === place) continue;
        if (dx && dy && (least(row * width + x) || least(y * width + column))) continue;
        path.moveTo(column + 0.5, row + 0.5);
        path.lineTo(x + 0.5, y + 0.5);
      }
    }
  }
  return path;
}

/**
 * Draw the ground of a landscape on its map.
 * @param {import("./map.js").CorridorMap} map @param {object} picture
 * @returns {{off: Set<string>, setLines: (key: string, layer: object, values: Uint8Array) => void, mark: (place: object | null) => void}}
 */
export function drawGround(map, picture) {
  const off = new Set();
  const lines = [];
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
    context.lineCap = context.lineJoin = "round";
    const stroke = (path, width, colour) => {
      context.lineWidth = width / cell;
      context.strokeStyle = colour;
      context.stroke(path);
    };
    context.save();
    context.translate(left, top);
    context.scale(cell, cell);
    const grown = Math.min(Math.max(cell ** 0.5, 0.9), 2.2);
    const drawn = lines.filter((one) => !off.has(one.key) && cell >= one.from);
    for (const one of drawn) if (one.casing) stroke(one.path, one.width * grown + one.casing, STYLES.casing);
    for (const one of drawn) stroke(one.path, one.width * grown, STYLES[one.key]);
    context.restore();
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

  map.setOverlay("core-areas", (m) => off.has("core-areas") ? [] : picture.core_areas.flatMap((area) => {
    const d = m.path(area.rings);
    return [el("path", { d, class: "halo" }), el("path", { d, class: "outline" })];
  }));
  return {
    off,
    setLines(key, layer, values) {
      for (const [value, style] of Object.entries(LINES[key])) {
        if (layer.classes.includes(Number(value))) {
          lines.push({ key, ...style, path: linesOf(values, layer, map.grid, Number(value)) });
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
