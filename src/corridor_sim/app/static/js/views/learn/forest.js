/** The lesson on percolation: forest strewn by chance, the forest of the Andes, and the animals that cross it. */
import { Chart } from "../../chart.js";
import { el } from "../../dom.js";
import { number, percent } from "../../numbers.js";
import { apart } from "../../map/colours.js";
import { word } from "../../words.js";
import { choice, Runner, slider, starter } from "./parts.js";
import { sliders } from "./sliders.js";
import { bytesOf } from "./stream.js";

const COLOURS = { other: "#f3f1ea", cleared: "#e7c9a0", piece: "#7fb39a", largest: "#0c4a2c" };
const KEYS = Object.keys(COLOURS);
/** Show what is left of a forest; `keys` are those of the legend, in which the bytes 1 to 4 stand for all of them. */
function showMap(env, one, title, keys = KEYS) {
  env.land.classes(one.grid, bytesOf(one.cells), KEYS.map((key) => COLOURS[key]), title,
    keys.map((key) => ({ colour: COLOURS[key], label: word(`learn.forest.${key}`) })));
}
const neighboursChoice = (value, onchange) => choice({ label: word("learn.forest.neighbours"), value: String(value),
  options: [["4", word("learn.forest.four")], ["8", word("learn.forest.eight")]], onchange: (v) => onchange(Number(v)) });

/** Forest strewn by chance: a slider of how much, and the curve of its largest piece. */
export function lattice(env) {
  const { shares } = env.lesson.lattice;
  const [runner, curves] = [new Runner(env.say), new Runner(env.say)];
  const now = { share: 0.6, neighbours: 4 };
  const kept = env.kept() ?? { curves: {}, thresholds: {} };
  const said = el("p", { class: "measured", role: "status" });
  const chart = new Chart({ title: word("learn.forest.largest_title"),
    x: { label: word("learn.forest.share"), factor: 100, low: 0, high: 1 },
    y: { label: word("learn.forest.largest_axis"), factor: 100, low: 0, high: 1 } });
  const mapShares = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);

  async function show() {
    await runner.run("lattice", { share: now.share, neighbours: now.neighbours }, (one) => {
      showMap(env, one, word("learn.forest.chance_title"), ["other", "piece", "largest"]);
      said.textContent = word("learn.forest.measured", { share: percent(one.forest), pieces: number(one.pieces, 5), largest: percent(one.largest ?? 0) });
    }, { silent: true });
  }

  async function grow() {
    const points = [];
    await curves.run("percolation", { neighbours: now.neighbours }, (one) => {
      if (one.threshold) kept.thresholds[now.neighbours] = one.threshold;
      for (const row of one.rows ?? []) points.push({ x: row.share, y: row.largest, low: row.low, high: row.high });
      kept.curves[now.neighbours] = points;
      draw();
    });
    env.keep(kept);
    // what was found stays beside what is found next
    env.note(Object.entries(kept.curves).map(([neighbours, all]) => [neighbours, all.find((p) => p.y >= 0.5)]).filter(([, half]) => half)
      .map(([neighbours, half]) => word("learn.forest.found_chance", { neighbours, share: percent(half.x), threshold: percent(kept.thresholds[neighbours], 3) })));
  }

  function draw() {
    chart.set({
      series: Object.entries(kept.curves).map(([key, points]) => ({ key, label: word(key === "4" ? "learn.forest.four" : "learn.forest.eight"),
        colour: apart(key === "4" ? 1 : 0), points })),
      uprights: Object.entries(kept.thresholds).map(([key, x]) => ({ x, label: word("learn.forest.threshold", { share: number(x * 100), neighbours: key }) })),
    });
  }

  draw();
  show();
  return {
    nodes: [
      slider({ label: word("learn.forest.share"), values: mapShares, value: 0.6, written: (v) => percent(v), onchange: (v) => { now.share = v; show(); } }).node,
      neighboursChoice(4, (v) => { now.neighbours = v; show(); }).node, said, runner.node,
      starter({ label: word("learn.forest.grow"), runner: curves, start: grow }), curves.node, chart.node,
      el("p", { class: "soft" }, word("learn.forest.lattice_note", { n: env.lesson.lattice.replicates, side: env.lesson.lattice.side, shares: shares.length })),
    ],
    end: () => { runner.stop(); curves.stop(); },
  };
}

/** The forest of the Andes, cleared step by step. */
export function ground(env) {
  const rule = env.lesson.sweep;
  const [runner, curves] = [new Runner(env.say), new Runner(env.say)];
  const fractions = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
  const now = { cleared: 0.4, clumped: 0, neighbours: 4 };
  const kept = env.kept() ?? { curves: {}, outside: {} };
  const said = el("p", { class: "measured", role: "status" });
  const chart = new Chart({ title: word("learn.forest.andes_chart"),
    x: { label: word("learn.forest.cleared_axis"), factor: 100, low: 0, high: 0.9 },
    y: { label: word("learn.forest.largest_axis"), factor: 100, low: 0, high: 1 } });
  const at = (fraction) => ({ [rule.cleared]: fraction, [rule.clumped]: now.clumped });
  const name = () => (now.clumped ? "clumped" : "scattered");

  async function show() {
    await runner.run("ground", { sweep: rule.file, replicates: rule.replicates, neighbours: now.neighbours, at: [at(now.cleared)] }, (one) => {
      showMap(env, one, word("learn.forest.andes_title"));
      said.textContent = word("learn.forest.measured_andes", { left: percent(one.left), pieces: number(one.pieces, 5), largest: percent(one.largest) });
    }, { text: word("learn.forest.clearing") });
  }

  async function grow() {
    const points = [];
    const key = name();
    await curves.run("ground", { sweep: rule.file, replicates: rule.replicates, neighbours: now.neighbours, at: fractions.map(at) }, (one) => {
      points.push({ x: one.at[rule.cleared], y: one.largest ?? NaN, left: one.left_outside });
      kept.curves[key] = points;
      draw();
    }, { text: word("learn.forest.clearing") });
    env.keep(kept);
    env.note(Object.entries(kept.curves).filter(([, all]) => all.length === fractions.length).map(([how, all]) => {
      const largest = (fraction) => percent(all.find((p) => p.x === fraction).y);
      return word(`learn.forest.found_${how}`, { some: largest(0.4), much: largest(0.8), most: largest(0.9) });
    }));
  }

  /** Where along the axis so much of the forest outside core areas is left, between two points. */
  const crossing = (points, share) => {
    for (let i = 1; i < points.length; i += 1) {
      const [a, b] = [points[i - 1], points[i]];
      if (a.left >= share && b.left < share) return a.x + ((a.left - share) / (a.left - b.left)) * (b.x - a.x);
    }
    return null;
  };

  function draw() {
    const some = Object.values(kept.curves)[0] ?? [];
    const uprights = [0.593, 0.407].map((share) => ({ x: crossing(some, share), label: word("learn.forest.left_at", { share: number(share * 100) }) }));
    chart.set({
      series: Object.entries(kept.curves).map(([key, points]) => ({ key, label: word(`learn.forest.${key}`), colour: apart(key === "clumped" ? 0 : 1), points })),
      uprights: uprights.filter((one) => one.x !== null),
    });
  }

  draw();
  show();
  return {
    nodes: [
      slider({ label: word("learn.forest.cleared_axis"), values: fractions, value: now.cleared, written: (v) => percent(v), onchange: (v) => { now.cleared = v; show(); } }).node,
      choice({ label: word("learn.forest.how"), value: "scattered", options: ["scattered", "clumped"].map((key) => [key, word(`learn.forest.${key}`)]),
        onchange: (key) => { now.clumped = key === "clumped" ? 0.95 : 0; show(); } }).node,
      said, runner.node, starter({ label: word("learn.forest.grow_andes"), runner: curves, start: grow }), curves.node, chart.node,
      el("p", { class: "soft" }, word("learn.forest.andes_note")),
    ],
    end: () => { runner.stop(); curves.stop(); },
  };
}

/** Dispersers on it: the sweep's own sliders, and the map where they stand. */
export function points(env) {
  const rule = env.lesson.sweep;
  const what = { sweep: rule.file, replicates: rule.replicates };
  const map = new Runner(env.say);
  const made = sliders(what, {
    say: env.say, kept: env.kept(), keep: env.keep, note: env.note, outcome: rule.outcome,
    labels: { [rule.clumped]: word("learn.forest.how") },
    words: { [rule.clumped]: { 0: word("learn.forest.scattered"), 0.95: word("learn.forest.clumped") } },
    moved: (at) => map.run("ground", { ...what, at: [at] }, (one) => showMap(env, one, word("learn.forest.andes_title")), { silent: true }),
  });
  return { nodes: [made.node, map.node], end: () => { made.end(); map.stop(); } };
}
