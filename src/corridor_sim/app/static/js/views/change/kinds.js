/**
 * What can be drawn, and the table that each makes (as an edit in a scenario's file). A kind is what a
 * person calls it; its table's `kind` is what the program does.
 */
import { areaOf, bandAreaOf, cellsIn, crossesItself, insideRings, lengthOf, onMap } from "./geometry.js";

const ACTIONS = ["restore", "protect", "crossings"];

/** `shapes`: how it may be drawn; `start`: what it does before anybody chooses. */
export const KINDS = {
  link: { edit: "build_link", shapes: ["band", "area", "between"], start: { actions: ["restore", "protect"] } },
  road: { edit: "add_road", shapes: ["line"], start: { road_class: 2 } },
  clearing: { edit: "clear", shapes: ["area"], start: { fraction: 1 } },
  reserve: { edit: "protect", shapes: ["area"], start: { core: false } },
  warming: { edit: "warm", shapes: [], start: { degrees_c: 2 } },
};
export const LEAST_WIDTH_M = 500;
export const MOST_WIDTH_M = 20000;
export { ACTIONS };

/** What a person calls a change; null where it is one that only files make. */
export function kindOf(change) {
  return Object.keys(KINDS).find((kind) => KINDS[kind].edit === change.kind) ?? null;
}

/** What a change says beside its kind and its place. */
export function optionsOf(change) {
  const { kind, name, areas, line, points, crs, width_m, ...options } = change;
  return options;
}

/** The place of a change: `shape` (`band`, `line`, `area` or none), `rings` and `width_m`. */
export function placeOf(change) {
  if (change.line) return { shape: "band", rings: [change.line], width_m: change.width_m };
  if (change.points) return { shape: "line", rings: [change.points] };
  if (change.areas?.length) return { shape: "area", rings: change.areas };
  return { shape: null, rings: [] };
}

/** The change with its corners elsewhere. */
export function placed(change, rings, widthM) {
  if (change.line) return { ...change, line: rings[0], width_m: widthM };
  if (change.points) return { ...change, points: rings[0] };
  return { ...change, areas: rings };
}

/** A change from what was drawn. */
export function changeFrom({ kind, name, shape, corners, width_m, options, crs }) {
  const table = { kind: KINDS[kind].edit, ...(kind === "clearing" || kind === "warming" ? {} : { name }), ...options };
  if (!shape) return table;
  const round = corners.map((p) => p.map((v) => Math.round(v * 10) / 10));
  if (shape === "band") return { ...table, line: round, width_m, crs };
  return shape === "line" ? { ...table, points: round, crs } : { ...table, areas: [round], crs };
}

/** Lengths and areas of a place in km and km², null where it has none. */
export function measuresOf({ shape, rings, width_m }) {
  if (!shape || rings[0].length < 2) return { length: null, area: null };
  if (shape === "area") {
    return { length: null, area: rings.reduce((sum, ring) => sum + (ring.length > 2 ? areaOf(ring) : 0), 0) / 1e6 };
  }
  return { length: lengthOf(rings[0]) / 1000, area: shape === "band" ? bandAreaOf(rings[0], width_m) / 1e6 : null };
}

/** How many corners a shape needs. */
export function needed(shape) {
  return shape === "area" ? 3 : 2;
}

/**
 * What is wrong with a place, as keys of words with their values, the first being the worst.
 * @returns {{key: string, values?: object, stops: boolean}[]}
 */
export function problemsOf({ shape, rings, width_m }, { grid, areas = [] }) {
  const found = [];
  for (const ring of rings) {
    const distinct = ring.filter((p, i) => i === 0 || p.join() !== ring[i - 1].join());
    if (distinct.length < needed(shape)) {
      found.push({ key: shape === "area" ? "few_area" : "few_line", stops: true });
      continue;
    }
    if (shape === "area" && crossesItself(ring)) found.push({ key: "crosses", stops: true });
    const off = ring.filter((p) => !onMap(p, grid));
    if (off.length && (shape === "line" || off.length === ring.length)) {
      const whole = off.length === ring.length && !(shape === "area" && cellsIn(ring, grid, 1));
      if (whole) found.push({ key: "outside", stops: true });
      else if (shape === "line") found.push({ key: "road_outside", values: { corner: ring.indexOf(off[0]) + 1 }, stops: true });
    } else if (off.length) found.push({ key: "partly_outside", stops: false });
    if (shape === "area" && !found.some((one) => one.stops)) {
      const cells = cellsIn(ring, grid);
      const cell_km = grid.cell_m / 1000;
      if (cells === 0) found.push({ key: "small", values: { cell_km }, stops: true });
      else if (cells === 1) found.push({ key: "one_cell", values: { cell_km }, stops: false });
    }
    if (shape === "band" && width_m < grid.cell_m) {
      found.push({ key: "narrow", values: { cell_km: grid.cell_m / 1000, width_km: width_m / 1000 }, stops: false });
    }
    const over = areas.find((area) => ring.every((p) => insideRings(p, area.rings)));
    if (over && shape !== "line") found.push({ key: "in_core", values: { area: over.name }, stops: false });
  }
  return found;
}
