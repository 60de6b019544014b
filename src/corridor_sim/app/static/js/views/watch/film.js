/** One frame: the marks and trails of the animals that are shown, at a time. */
import { SHAPES } from "../../map/points.js";
import { HOMES } from "./herd.js";

const TRAIL_DAYS = 10;
/** Days for which it is seen where an animal died, or gave up. */
const LEFT_DAYS = 15;
const STAGES = { resident: SHAPES.circle, disperser: SHAPES.triangle, displaced: SHAPES.diamond };

/** Days of a trail that is drawn without WebGL. */
const PLAIN_TRAIL_DAYS = 4;

/**
 * Put a frame.
 * @param {import("../../map/points.js").Points} points
 * @param {import("./herd.js").Herd} herd
 * @param {number} time in days
 * @param {(animal: any) => boolean} shown
 * @param {any} chosen an animal, or null
 */
export function putFrame(points, herd, time, shown, chosen) {
  points.clear();
  const size = herd.animals.length > 800 ? 9 : 12;
  const days = points.plain ? PLAIN_TRAIL_DAYS : TRAIL_DAYS;
  for (const one of herd.animals) {
    if (one !== chosen && !shown(one)) continue;
    const row = herd.row(one, time);
    const [x, y] = herd.place(one, time, row);
    putTrail(points, herd, one, row, x, y, time, days);
    const state = herd.state(one, time);
    const since = state === "alive" ? 0 : time - one.end;
    const left = Math.max(0, 1 - since / LEFT_DAYS);
    if (one === chosen) points.mark(x, y, SHAPES.halo, size * 2.6, one.kind, 1);
    if (state === "alive") points.mark(x, y, STAGES[one.stage], size, one.kind, 1);
    else if (HOMES.includes(state)) points.mark(x, y, SHAPES.ring, size * 1.15, one.kind, 1);
    else if (left > 0) points.mark(x, y, state === "died" ? SHAPES.cross : SHAPES.open, size * 1.3, one.kind, Math.min(1, 0.2 + left * 1.6));
  }
}

function putTrail(points, herd, one, row, x, y, time, days) {
  const begin = time - days;
  let opacity = Math.max(0, 1 - (time - herd.day(row)) / days);
  if (!opacity) return;
  // pieces below a pixel or two are joined
  const least = 1.5 * points.map.view.pixel_m;
  let [fromX, fromY] = [herd.east(row), herd.north(row)];
  const last = row === one.first + one.n - 1;
  if (!last) points.trail(fromX, fromY, 0.75 * opacity, x, y, 0.75, one.kind);
  for (let k = row - 1; k >= one.first; k -= 1) {
    const day = herd.day(k);
    const older = Math.max(0, (day - begin) / days);
    const [toX, toY] = [herd.east(k), herd.north(k)];
    if (Math.abs(toX - fromX) + Math.abs(toY - fromY) > least) {
      points.trail(toX, toY, 0.75 * older, fromX, fromY, 0.75 * opacity, one.kind);
      [fromX, fromY, opacity] = [toX, toY, older];
    }
    if (!older) return;
  }
}

/** The animal that is drawn nearest to a place in metres of the map, within a distance; null if none is. */
export function nearest(herd, time, shown, x, y, within_m) {
  let found = null;
  let least = within_m;
  for (const one of herd.animals) {
    if (!shown(one)) continue;
    const state = herd.state(one, time);
    if (state !== "alive" && !HOMES.includes(state) && time - one.end > LEFT_DAYS) continue;
    const [ax, ay] = herd.metres(one, time);
    const far = Math.hypot(ax - x, ay - y);
    if (far < least) [found, least] = [one, far];
  }
  return found;
}
