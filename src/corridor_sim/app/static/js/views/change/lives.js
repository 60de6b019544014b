/**
 * Animals that live differently with a change: where they were born, where they end without it and with it.
 * The two ends differ in shape as well as in colour, so that nobody needs to tell colours apart.
 */
import { el } from "../../dom.js";
import { speciesColour } from "../../map/colours.js";
import { amount, button, check } from "./controls.js";
import { speciesName } from "./answer.js";

// more would hide what was drawn
const MOST_SHOWN = 80;
const REACH_PX = 24;
const PIECE = 4;

/** Columns as rows. */
export function rowsOf(found) {
  const { columns = {} } = found ?? {};
  const keys = Object.keys(columns);
  const n = keys.length ? columns[keys[0]].length : 0;
  return Array.from({ length: n }, (_, row) => ({ row, ...Object.fromEntries(keys.map((key) => [key, columns[key][row]])) }));
}

/** The mark of an end: joined a triangle, at home a square, dead a cross, else a ring. */
function mark(fate, x, y, attributes) {
  const at = (points) => `M${points.map(([dx, dy]) => `${(x + dx).toFixed(1)},${(y + dy).toFixed(1)}`).join("L")}`;
  const s = PIECE;
  const d = {
    joined: `${at([[0, -s - 1], [s + 1, s], [-s - 1, s]])}Z`,
    stayed: `${at([[-s, -s], [s, -s], [s, s], [-s, s]])}Z`,
    died: at([[-s, -s], [s, s]]) + at([[s, -s], [-s, s]]),
  }[fate] ?? `M${x - s},${y}a${s},${s} 0 1,0 ${2 * s},0a${s},${s} 0 1,0 ${-2 * s},0Z`;
  return el("path", { d, ...attributes });
}

export class Lives {
  constructor(view) {
    this.view = view;
    this.ctx = view.ctx;
    this.off = new Set();
    this.gains = false;
    this.shown = true;
    this.chosen = null;
    this.ways = null;
    this.rows = [];
    this.pick = (event) => this.picked(event.detail);
    this.ctx.map.addEventListener("pick", this.pick);
  }

  word(key, values) {
    return this.ctx.word(`change.lives.${key}`, values);
  }

  end() {
    this.ctx.map.removeEventListener("pick", this.pick);
    for (const name of ["lives", "life"]) this.ctx.map.setOverlay(name, null);
    this.ctx.map.legend?.(null, { slot: "lives" });
  }

  /** Take the animals of an alternative, or none. */
  take(name) {
    const found = name ? this.view.answers.beside("lives", name) : null;
    if (found === this.found && name === this.name) return;
    Object.assign(this, { found, name, chosen: null, ways: null });
    this.rows = rowsOf(found);
    this.draw();
  }

  /** Rows that are shown: who joins on one side only comes first. */
  visible() {
    return this.rows
      .filter((one) => !this.off.has(one.species) && (!this.gains || one.gain))
      .sort((a, b) => Math.abs(b.gain) - Math.abs(a.gain) || a.row - b.row)
      .slice(0, MOST_SHOWN);
  }

  colour(species) {
    return speciesColour(this.ctx.store.state.picture.species, species);
  }

  draw() {
    const { map } = this.ctx;
    const some = this.shown ? this.visible() : [];
    map.setOverlay("lives", some.length ? (at) => some.flatMap((one) => this.shapes(at, one, one === this.chosen)) : null);
    map.setOverlay("life", this.chosen && this.ways ? (at) => this.way(at) : null);
    map.legend?.(some.length ? {
      title: this.word("title"), kind: "classes",
      items: [...new Set(some.map((one) => one.species))].map((key) => ({
        colour: this.colour(key), label: this.word("with_of", { species: speciesName(this.ctx.store, key, this.ctx.word) }), shape: "line",
      })).concat([{ colour: "#555555", label: this.word("without"), shape: "line" }]),
    } : null, { slot: "lives" });
  }

  shapes(map, one, strong) {
    const [sx, sy] = map.toScreen(one.start_x, one.start_y);
    const nodes = [];
    for (const when of ["without", "with"]) {
      const [x, y] = map.toScreen(one[`end_x_${when}`], one[`end_y_${when}`]);
      const stroke = when === "with" ? this.colour(one.species) : "#555555";
      const fate = one[`fate_${when}`];
      nodes.push(
        el("line", { x1: sx, y1: sy, x2: x, y2: y, stroke, class: `life ${when}${strong ? " strong" : ""}` }),
        mark(fate, x, y, { stroke, fill: fate === "died" || when === "without" ? "none" : stroke, class: `end ${when}${strong ? " strong" : ""}` }));
    }
    nodes.push(el("circle", { cx: sx, cy: sy, r: 2.5, class: "birth" }));
    return nodes;
  }

  way(map) {
    return ["without", "with"].map((when) =>
      el("path", { d: map.path([this.ways[when]], false), class: `way ${when}`, stroke: when === "with" ? this.colour(this.chosen.species) : "#333333" }));
  }

  picked([x, y]) {
    const { map } = this.ctx;
    const [px, py] = map.toScreen(x, y);
    const far = (one) => Math.min(...[["start_x", "start_y"], ["end_x_without", "end_y_without"], ["end_x_with", "end_y_with"]].map(([kx, ky]) => {
      const [sx, sy] = map.toScreen(one[kx], one[ky]);
      return Math.hypot(sx - px, sy - py);
    }));
    const near = this.visible().map((one) => ({ one, px: far(one) })).sort((a, b) => a.px - b.px)[0];
    if (this.shown && near && near.px <= REACH_PX) this.choose(near.one);
  }

  async choose(one) {
    this.chosen = one;
    this.ways = null;
    this.draw();
    this.view.showAnswer();
    this.ctx.say(this.sentence(one));
    try {
      const { ways } = await this.view.answers.ways(this.name, one.row);
      if (this.chosen === one) this.ways = ways[0] ?? null;
      this.draw();
    } catch {
      // its two ends are drawn; the way between them is an extra
    }
  }

  /** Choose the one before or after. */
  turn(by) {
    const all = this.visible();
    if (!all.length) return;
    const at = this.chosen ? all.indexOf(this.chosen) + by : 0;
    const one = all[(at + all.length) % all.length];
    const xs = [one.start_x, one.end_x_without, one.end_x_with];
    const ys = [one.start_y, one.end_y_without, one.end_y_with];
    const room = 0.3 * Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)) + this.ctx.map.grid.cell_m * 10;
    this.ctx.map.fit([Math.min(...xs) - room, Math.min(...ys) - room, Math.max(...xs) + room, Math.max(...ys) + room]);
    this.choose(one);
  }

  /** Its life in one sentence. */
  sentence(one) {
    const end = (when) => this.word(`ends.${one[`fate_${when}`]}`, {
      block: one[`block_${when}`] || this.word("no_block"),
      cause: this.word(`causes.${one[`cause_${when}`] || "unknown"}`),
    });
    const sex = this.word(`sexes.${one.sex}`);
    return this.word("life", {
      sex, species: speciesName(this.ctx.store, one.species, this.ctx.word), block: one.natal_block || this.word("no_block"),
      without: end("without"), with: end("with"),
    });
  }

  /** What stands in the panel. */
  nodes() {
    const { found } = this;
    if (!found || found.absent) return [];
    const title = el("h4", {}, this.word("title"));
    if (found.problem) return [el("section", {}, title, el("p", { class: "hint" }, found.problem))];
    if (!this.rows.length) return [el("section", {}, title, el("p", {}, this.word("none")))];
    const kinds = [...new Set(this.rows.map((one) => one.species))];
    const again = () => {
      this.draw();
      this.view.showAnswer();
    };
    const visible = this.visible();
    return [el("section", { class: "lives", id: "lives" }, title,
      el("p", {}, this.word("count", { n: amount(this.rows.length), years: found.replicates ?? 0 })),
      check({ id: "lives-shown", label: this.word("show"), checked: this.shown, onchange: (on) => { this.shown = on; again(); } }),
      kinds.map((key) => check({
        id: `lives-${key}`, label: this.word("species", { species: speciesName(this.ctx.store, key, this.ctx.word), n: amount(this.rows.filter((one) => one.species === key).length) }),
        checked: !this.off.has(key), onchange: (on) => { if (on) this.off.delete(key); else this.off.add(key); again(); },
      })),
      check({ id: "lives-gain", label: this.word("only_gain"), checked: this.gains, onchange: (on) => { this.gains = on; again(); } }),
      this.key(),
      el("div", { class: "row" },
        button(this.word("before"), () => this.turn(-1), { id: "life-before", disabled: !visible.length }),
        button(this.word("after"), () => this.turn(1), { id: "life-after", disabled: !visible.length })),
      this.chosen ? el("p", { class: "sentence", id: "life" }, this.sentence(this.chosen)) : el("p", { class: "hint" }, this.word("how")))];
  }

  /** What the marks mean. */
  key() {
    return el("ul", { class: "key" }, ["joined", "stayed", "died", "other"].map((fate) =>
      el("li", {}, el("svg", { width: 18, height: 18, "aria-hidden": "true" }, mark(fate, 9, 9, { stroke: "#14231d", fill: fate === "died" ? "none" : "#14231d", class: "end" })),
        this.word(`marks.${fate}`))));
  }
}

