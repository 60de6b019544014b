/** Sliders over the parameters of a sweep, and the curve that grows with every point. */
import { Chart } from "../../chart.js";
import { el } from "../../dom.js";
import { speciesColour } from "../../map/colours.js";
import { number, unitWord } from "../../numbers.js";
import { word } from "../../words.js";
import { choice, Runner, slider, starter } from "./parts.js";

const known = (key, or) => {
  const found = word(key);
  return found === key ? or : found;
};
export const outcomeName = (key) => known(`learn.outcomes.${key}`, key.replaceAll("_", " "));

/**
 * @param {{sweep: string, replicates?: number}} what
 * @param {{say: (text: string) => void, kept?: object, keep?: (rows: object) => void, note?: (lines: string[]) => void,
 *   outcome?: string, labels?: Record<string, string>, words?: Record<string, Record<string, string>>, moved?: (at: object) => void}} env
 *   `outcome` is the one that is shown, where there is no choice; `labels` and `words` are those of parameters and of their values;
 *   `moved` hears where the sliders stand
 * @returns {{node: HTMLElement, end: () => void}}
 */
export function sliders(what, env) {
  const runner = new Runner(env.say);
  const node = el("div", { class: "sliders" }, runner.node);
  const points = new Map(Object.entries(env.kept?.points ?? {}));
  let about = null;
  let chart = null;
  const at = {};
  /** A value of a parameter as its axis shows it. */
  const shown = (one, value) => env.words?.[one.name]?.[value] ?? (typeof value === "number" ? number(value * one.scale) : String(value));
  const labelOf = (one) => env.labels?.[one.name] ?? one.label;
  const view = { axis: null, outcome: null };

  begin();

  async function begin() {
    await runner.run("sweep", what, (one) => (about = one), { text: word("learn.sweep.opening") });
    if (!about) return;
    view.axis = about.parameters.find((one) => typeof one.values[0] === "number") ?? about.parameters[0];
    view.outcome = env.outcome ?? about.outcomes[0];
    for (const one of about.parameters) at[one.name] = one.values[0];
    build();
  }

  function build() {
    const controls = about.parameters.map((one) => (typeof one.values[0] === "number" && one.values.length > 2
      ? slider({ label: labelOf(one), values: one.values, value: at[one.name], written: (v) => shown(one, v), onchange: (v) => move(one, v) })
      : choice({ label: labelOf(one), value: String(at[one.name]), options: one.values.map((v) => [String(v), shown(one, v)]),
        onchange: (v) => move(one, one.values.find((own) => String(own) === v)) })).node);
    const numeric = about.parameters.filter((one) => one.values.length > 1);
    const outcome = about.outcomes.length > 1 && choice({ label: word("learn.sweep.outcome"), value: view.outcome,
      options: about.outcomes.map((key) => [key, outcomeName(key)]), onchange: (key) => { view.outcome = key; renew(); } }).node;
    const axis = numeric.length > 1 && choice({ label: word("learn.sweep.axis"), value: view.axis.name,
      options: numeric.map((one) => [one.name, one.label]),
      onchange: (name) => { view.axis = about.parameters.find((one) => one.name === name); renew(); } }).node;
    chart = null;
    node.replaceChildren(...controls,
      el("div", { class: "row" },
        starter({ label: word("learn.sweep.one"), runner, start: () => run([{ ...at }]) }),
        starter({ label: word("learn.sweep.curve"), runner, main: false, start: () => run(curve()) })),
      runner.node, el("div", { class: "chart-place" }), ...(env.outcome ? [] : [outcome, axis].filter(Boolean)),
      el("p", { class: "soft" }, word("learn.sweep.replicates", { n: about.replicates })));
    renew();
    env.moved?.({ ...at });
  }

  function move(one, value) {
    at[one.name] = value;
    draw();
    env.moved?.({ ...at });
  }

  /** The points of the curve through the sliders' place, along the axis. */
  const curve = () => view.axis.values.map((value) => ({ ...at, [view.axis.name]: value }));

  async function run(wanted) {
    let left = wanted.length;
    await runner.run("points", { ...what, at: wanted }, (one) => {
      points.set(JSON.stringify(one.at), one.rows);
      const n = Math.max(...one.rows.map((row) => row.n));
      if (n === one.of) left -= 1;
      runner.tell(word("learn.sweep.going", { left, n, of: one.of }));
      draw();
    });
    env.keep?.({ points: Object.fromEntries(points) });
    tellFound();
  }

  function renew() {
    chart = new Chart({
      title: outcomeName(view.outcome),
      x: { label: view.axis.label, factor: view.axis.scale, ...ends(view.axis.values) },
      y: { label: outcomeName(view.outcome), low: 0 },
    });
    node.querySelector(".chart-place").replaceChildren(chart.node);
    draw();
  }

  const ends = (values) => (typeof values[0] === "number" ? { low: Math.min(...values), high: Math.max(...values) } : { low: 0, high: values.length - 1 });

  /** The rows along the axis, the others where the sliders stand; one series a kind of animal. */
  function along() {
    const found = new Map();
    for (const value of view.axis.values) {
      const rows = points.get(JSON.stringify({ ...at, [view.axis.name]: value })) ?? [];
      for (const row of rows.filter((one) => one.outcome === view.outcome)) {
        if (!found.has(row.species)) found.set(row.species, []);
        const x = typeof value === "number" ? value : view.axis.values.indexOf(value);
        found.get(row.species).push({ x, y: row.mean ?? NaN, low: row.low ?? NaN, high: row.high ?? NaN, unit: row.unit });
      }
    }
    return found;
  }

  function draw() {
    if (!chart) return;
    const found = along();
    const unit = [...found.values()][0]?.[0]?.unit;
    // the title says of what
    if (unit) chart.y.label = unit === "1" ? word("learn.share") : known(`learn.units.${unit}`, unitWord(unit));
    const names = Object.fromEntries(about.species.map((one) => [one.key, { name: one.name, colour: speciesColour(about.species, one.key) }]));
    chart.set({ series: [...found].map(([key, all]) => ({ key, label: names[key]?.name ?? word("learn.sweep.landscape"),
      colour: names[key]?.colour ?? "#444", points: all })) });
  }

  function tellFound() {
    const lines = [];
    for (const [key, all] of along()) {
      if (all.length < 2) continue;
      const name = about.species.find((one) => one.key === key)?.name ?? word("learn.sweep.landscape");
      const [a, b] = [all[0], all.at(-1)];
      lines.push(word("learn.sweep.found", { who: name, what: outcomeName(view.outcome), axis: view.axis.label,
        from: number(a.x * view.axis.scale), first: chart.written(a), to: number(b.x * view.axis.scale), last: chart.written(b) }));
    }
    if (lines.length) env.note?.(lines);
  }

  return { node, end: () => runner.stop() };
}
