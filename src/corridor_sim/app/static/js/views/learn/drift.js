/** The lesson on drift and gene flow: two blocks of forest, a century, and exact theory beside what the animals do. */
import { Chart } from "../../chart.js";
import { el, typeset } from "../../dom.js";
import { apart } from "../../map/colours.js";
import { number, percent } from "../../numbers.js";
import { word } from "../../words.js";
import { choice, interval, Runner, slider, starter } from "./parts.js";
import { bytesOf } from "./stream.js";

const LINKS = ["none", "narrow", "wide"];
const colour = (link) => apart([1, 0, 3][LINKS.indexOf(link)]);
/** What was simulated is shared by all steps: by link, rows every few years. */
const runs = (env) => env.kept("runs") ?? {};
const axisX = (env) => ({ label: word("learn.drift.years"), low: 0, high: env.lesson.drift.years });

async function showLand(env, link, runner) {
  await runner.run("blocks", { link }, async (one) => {
    await env.land.layer(one.layer, bytesOf(one.cells));
  }, { silent: true });
}

function showAnimals(env, places) {
  env.land.draw("lesson-animals", (m) => places.map(([x, y]) => {
    const [cx, cy] = m.toScreen(x, y);
    return el("circle", { cx, cy, r: 3.5, class: "lesson-animal" });
  }));
}

const line = (rows, of) => rows.map((row) => ({ x: row.year, y: row[of].mean ?? NaN, low: row[of].low ?? NaN, high: row[of].high ?? NaN }));

/** Generations at years, and what theory says there, as a line. */
const theory = (curve, generation, years, of) => curve.map((row) => ({ x: row.generation * generation, y: row[of] })).filter((p) => p.x <= years + generation / 2);

function charts(env) {
  return {
    heterozygosity: new Chart({ title: word("learn.drift.heterozygosity_title"), x: axisX(env), y: { label: word("learn.drift.heterozygosity_axis"), factor: 100, low: 0.5, high: 1 } }),
    fst: new Chart({ title: word("learn.drift.fst_title"), x: axisX(env), y: { label: word("learn.drift.fst_axis"), low: 0 } }),
  };
}

const seriesOf = (env, links, of) => links.filter((link) => runs(env)[link]?.length).map((link) => ({ key: link, label: word(`learn.drift.links.${link}`),
  colour: colour(link), points: line(runs(env)[link], of) }));

/** The two blocks. */
export function blocks(env) {
  const runner = new Runner(env.say);
  showLand(env, "none", runner);
  return { nodes: [runner.node], end: () => runner.stop() };
}

/** A century of two blocks, with one of the links. */
export function drift(env) {
  const [runner, map] = [new Runner(env.say), new Runner(env.say)];
  const { heterozygosity, fst } = charts(env);
  const links = env.step.links;
  let link = links.at(-1) === "none" ? "none" : links[1] ?? links[0];
  const said = el("p", { class: "measured", role: "status" });
  showLand(env, link, map);
  draw();

  function draw() {
    heterozygosity.set({ series: seriesOf(env, links, "heterozygosity") });
    fst.set({ series: seriesOf(env, links, "fst") });
  }

  async function live() {
    const rows = [];
    const doing = link;
    await map.run("blocks", { link: doing }, (one) => env.land.layer(one.layer, bytesOf(one.cells)), { silent: true });
    await runner.run("drift", { link: doing }, (one) => {
      const { places, ...row } = one;
      rows.push(row);
      env.keep({ ...runs(env), [doing]: rows }, "runs");
      showAnimals(env, places);
      runner.tell(word("learn.drift.year", { year: one.year, of: one.of }));
      // F_ST is not told before the step that says what it is
      said.replaceChildren(...typeset(word(env.step.shows === "fst" ? "learn.drift.now_fst" : "learn.drift.now",
        { link: word(`learn.drift.links.${doing}`), year: one.year, animals: number(one.animals.mean), kept: percent(one.heterozygosity.mean ?? NaN, 3), fst: number(one.fst.mean ?? NaN) })
        + (one.lost ? ` ${word("learn.drift.lost", { n: one.lost, of: one.replicates })}` : "")));
      draw();
    });
    const last = rows.at(-1);
    if (last?.year === last?.of) tellFound();
  }

  function tellFound() {
    env.note(links.filter((one) => runs(env)[one]?.length).map((one) => {
      const last = runs(env)[one].at(-1);
      return word(env.step.shows === "fst" ? "learn.drift.found" : "learn.drift.found_kept", { link: word(`learn.drift.links.${one}`), years: last.year, kept: interval(last.heterozygosity, (share) => number(share * 100)), fst: interval(last.fst), migrants: number(last.migrants ?? 0) });
    }));
  }

  const which = links.length > 1 && choice({ label: word("learn.drift.link"), value: link, options: links.map((key) => [key, word(`learn.drift.links.${key}`)]),
    onchange: (key) => { link = key; said.replaceChildren(); showLand(env, key, map); showAnimals(env, []); } }).node;
  const shown = env.step.shows === "fst" ? [fst.node, heterozygosity.node] : [heterozygosity.node];
  return {
    nodes: [which, starter({ label: word("learn.drift.start", { years: env.lesson.drift.years }), runner, start: live }), runner.node, map.node, said, ...shown].filter(Boolean),
    end: () => { runner.stop(); map.stop(); },
  };
}

/** Which effective size the theory needs to lose as much. */
export function fit(env) {
  const runner = new Runner(env.say);
  const { heterozygosity } = charts(env);
  const rule = env.lesson.drift;
  const rows = runs(env).none ?? [];
  const last = rows.at(-1);
  if (!last?.year) return { nodes: [el("p", { class: "warn" }, word("learn.drift.first"))], end: () => {} };
  const counted = rows.reduce((sum, row) => sum + row.animals.mean, 0) / rows.length;
  const sizes = rule.effective_sizes;
  let size = sizes.at(-1);
  let curves = null;
  const said = el("p", { class: "measured", role: "status" });
  runner.run("islands", { migrants: 0, generations: Math.ceil(rule.years / last.generation_y) }, (one) => {
    ({ curves } = one);
    draw();
  }, { silent: true });

  function draw() {
    const points = theory(curves[size], last.generation_y, rule.years, "heterozygosity");
    heterozygosity.set({ series: seriesOf(env, ["none"], "heterozygosity"), lines: [{ label: word("learn.drift.theory", { size }), points }] });
    said.textContent = word("learn.drift.fitted", { size, counted: number(counted), generation: number(last.generation_y) });
    env.note([word("learn.drift.found_size", { size, counted: number(counted) })]);
  }

  return {
    // the slider under the curve, so that both are seen at once
    nodes: [heterozygosity.node,
      slider({ label: word("learn.drift.size"), values: sizes, value: size, written: (v) => String(v), onchange: (v) => { size = v; if (curves) draw(); } }).node,
      said, runner.node],
    end: () => runner.stop(),
  };
}

/** Migrants a generation, and where drift and gene flow balance. */
export function migrants(env) {
  const rule = env.lesson.drift;
  const chart = new Chart({ title: word("learn.drift.balance_title"), x: { label: word("learn.drift.migrants_axis"), low: 0, high: 5 },
    y: { label: word("learn.drift.fst_axis"), low: 0, high: 1 } });
  const runner = new Runner(env.say);
  const steps = [0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5];
  const many = [];
  const two = [];
  const done = LINKS.filter((link) => runs(env)[link]?.at(-1)?.migrants !== undefined && runs(env)[link]?.length > 1);
  const points = done.map((link) => {
    const row = runs(env)[link].at(-1);
    return { key: link, label: word("learn.drift.measured", { link: word(`learn.drift.links.${link}`) }), colour: colour(link), joined: false,
      points: [{ x: row.migrants ?? 0, y: row.fst.mean ?? NaN, low: row.fst.low ?? NaN, high: row.fst.high ?? NaN }] };
  });
  const draw = () => chart.set({ series: points, lines: [
    { label: word("learn.drift.many"), points: many }, { label: word("learn.drift.two"), points: two, dash: "2 3" }],
  uprights: [{ x: 1, label: word("learn.drift.one") }] });
  (async () => {
    for (const at of steps) {
      await runner.run("islands", { migrants: at, generations: 1 }, (one) => {
        many.push({ x: at, y: one.balance });
        two.push({ x: at, y: one.balance_of_two });
        draw();
      }, { silent: true });
    }
  })();
  draw();
  const rows = done.map((link) => {
    const row = runs(env)[link].at(-1);
    return word("learn.drift.row", { link: word(`learn.drift.links.${link}`), migrants: number(row.migrants ?? 0), fst: interval(row.fst) });
  });
  if (rows.length) env.note(rows);
  return {
    nodes: [rows.length > 1 ? el("ul", {}, rows.map((text) => el("li", {}, typeset(text)))) : el("p", { class: "warn" }, word("learn.drift.first_links")),
      chart.node, runner.node, el("p", { class: "soft" }, word("learn.drift.years_note", { years: rule.years }))],
    end: () => runner.stop(),
  };
}
