/** Intervals as small bars about zero. */
import { el } from "../../dom.js";

const WIDTH = 200;
const HEIGHT = 22;

/** A bar from `low` to `high` with a mark at `change`, on a scale from `-most` to `most`. */
export function intervalBar({ low, high, change }, most) {
  const at = (value) => WIDTH / 2 + (Math.max(-most, Math.min(most, value)) / (most || 1)) * (WIDTH / 2 - 4);
  const told = low > 0 ? "more" : high < 0 ? "fewer" : "open";
  return el("svg", { class: `interval ${told}`, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    el("line", { x1: 0, x2: WIDTH, y1: HEIGHT / 2, y2: HEIGHT / 2, class: "ground" }),
    el("line", { x1: WIDTH / 2, x2: WIDTH / 2, y1: 0, y2: HEIGHT, class: "zero" }),
    el("rect", { x: at(low), y: 6, width: Math.max(at(high) - at(low), 2), height: HEIGHT - 12, class: "span" }),
    el("line", { x1: at(change), x2: at(change), y1: 2, y2: HEIGHT - 2, class: "best" }));
}

/** The most that a scale must hold for rows with `low` and `high`. */
export function scaleOf(rows, least = 0.01) {
  return Math.max(least, ...rows.flatMap((row) => [Math.abs(row.low ?? 0), Math.abs(row.high ?? 0)]));
}
