/** The lesson on corridors: three prepared links, what each species makes of them, and a link of one's own. */
import { el } from "../../dom.js";
import { speciesColour } from "../../map/colours.js";
import { number } from "../../numbers.js";
import { word } from "../../words.js";
import { interval, Runner, starter } from "./parts.js";
import { signed } from "../change/controls.js";
import { bytesOf } from "./stream.js";

const change = (row) => interval({ mean: row.change, low: row.low, high: row.high }, (value) => signed(value, 3));

// of a name on the map, and of the map's buttons in its corner
const NAME = { letter: 8.3, height: 18, gap: 6 };
const BUTTONS = 60;

/** Where names of shapes stand so that they cover neither a shape nor one another: the middles of their feet. */
function placed(shapes, names, width) {
  const taken = [...shapes];
  return shapes.map((shape, i) => {
    const wide = names[i].length * NAME.letter;
    const middle = Math.max(Math.min((shape.left + shape.right) / 2, width - BUTTONS - wide / 2), wide / 2 + NAME.gap);
    const beside = (shape.top + shape.bottom) / 2 + NAME.gap;
    const boxes = [[middle, shape.top - 2 * NAME.gap], [middle, shape.bottom + NAME.height + NAME.gap],
      [shape.right + wide / 2 + 2 * NAME.gap, beside], [shape.left - wide / 2 - 2 * NAME.gap, beside]]
      .map(([x, y]) => ({ x, y, left: x - wide / 2, right: x + wide / 2, top: y - NAME.height, bottom: y + NAME.gap }));
    const clear = (a) => a.left >= 0 && a.right < width - BUTTONS + 1 && a.top >= 0
      && taken.every((b) => a.right < b.left || a.left > b.right || a.bottom < b.top || a.top > b.bottom);
    const found = boxes.find(clear) ?? boxes[0];
    taken.push(found);
    return found;
  });
}

/** Show the cleared landscape with its core areas, and one of the links or all. */
async function showPlaces(env, only = null) {
  const about = env.shared.places;
  if (!about) return;
  const shown = about.links.filter((one) => !only || one.key === only);
  const texts = shown.map((one) => env.words.links[one.key]);
  const names = (m) => {
    const shapes = shown.map((one) => {
      const [xs, ys] = [0, 1].map((i) => one.rings.flat().map((p) => m.toScreen(...p)[i]));
      return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
    });
    return placed(shapes, texts, m.host.clientWidth).map(({ x, y }, i) => el("text", { x, y, class: "lesson-name" }, texts[i]));
  };
  await env.land.layer(about.layer, bytesOf(about.cells), about.degrees);
  env.land.draw("lesson", (m) => [
    ...about.core_areas.map((area) => el("path", { d: m.path(area.rings), class: "lesson-area", "fill-rule": "evenodd" }, el("title", {}, area.name))),
    ...shown.map((one) => el("path", { d: m.path(one.rings), class: "lesson-link" },
      el("title", {}, env.words.links[one.key]))),
    ...names(m),
  ]);
  const rings = shown.flatMap((one) => one.rings.flat());
  const [xs, ys] = [rings.map((p) => p[0]), rings.map((p) => p[1])];
  const around = only ? 40_000 : 25_000;
  env.land.map.fit([Math.min(...xs) - around, Math.min(...ys) - around, Math.max(...xs) + around, Math.max(...ys) + around]);
}

async function getPlaces(env, runner) {
  if (!env.shared.places) {
    await runner.run("places", {}, (one) => (env.shared.places = one), { text: word("learn.links.making") });
  }
}

/** Where the links would lie. */
export function places(env) {
  const runner = new Runner(env.say);
  (async () => {
    await getPlaces(env, runner);
    await showPlaces(env);
  })();
  return { nodes: [runner.node], end: () => runner.stop() };
}

/** What one link does: by species, with intervals that narrow, and the ways of animals that gain. */
export function link(env) {
  const runner = new Runner(env.say);
  const body = el("tbody", {});
  const table = el("table", { class: "lesson-table", hidden: true },
    el("caption", {}, word("learn.links.caption")),
    el("thead", {}, el("tr", {}, ["animal", "both", "change", "verdict"].map((key) => el("th", { scope: "col" }, word(`learn.links.${key}`))))),
    body);
  const narrowing = el("p", { class: "soft", role: "status" });
  const ways = el("p", { class: "measured" });
  const colour = (key) => speciesColour(env.shared.places?.species ?? [], key);
  const names = () => Object.fromEntries((env.shared.places?.species ?? []).map((one) => [one.key, one.name]));
  const kept = env.kept();
  const ready = getPlaces(env, runner).then(() => {
    showPlaces(env, env.step.choice);
    if (kept && env.shared.places) show(kept);
  });

  const verdict = (row, one) => {
    const of = one.animals.find((some) => some.species === row.species);
    if (of.end_otherwise === 0) return word("learn.links.nobody", { n: number(of.dispersers, 6) });
    if (row.with === 0 && row.without === 0) return word("learn.links.none_joins", { n: number(of.dispersers, 6) });
    if (row.low > 0) return word("learn.links.gain");
    if (row.high < 0) return word("learn.links.loss");
    return word("learn.links.unsure");
  };

  function show(one) {
    table.hidden = false;
    body.replaceChildren(...one.rows.map((row) => el("tr", {},
      el("th", { scope: "row" }, el("span", { class: "dot", style: `--colour: ${colour(row.species)}` }), names()[row.species] ?? row.species),
      el("td", {}, word("learn.links.from_to", { without: number(row.without), with: number(row.with) })),
      el("td", {}, change(row)), el("td", {}, verdict(row, one)))));
    narrowing.textContent = word("learn.links.replicates", { n: one.n, of: one.of });
    if (one.ways) showWays(one);
  }

  function showWays(one) {
    env.land.draw("lesson-ways", (m) => one.ways.flatMap((way) => {
      const [[x0, y0], [x1, y1]] = [m.toScreen(...way.line[0]), m.toScreen(...way.line.at(-1))];
      const stroke = colour(way.species);
      return [el("path", { d: m.path([way.line], false), class: `lesson-way ${way.change}`, stroke }),
        el("circle", { cx: x0, cy: y0, r: 4, class: "lesson-birth", stroke }),
        way.change === "with" ? el("circle", { cx: x1, cy: y1, r: 6, class: "lesson-end", fill: stroke }) : null];
    }));
    ways.textContent = word(one.ways.length ? "learn.links.ways" : "learn.links.no_ways", { gained: one.gained, lost: one.lost, n: one.ways.length / 2, replicates: one.n });
    if (one.ways.length) env.land.legend(word("learn.links.ways_title"), [
      { colour: "#b00040", label: word("learn.links.own"), shape: "line" },
      { colour: "#ffffff", label: word("learn.links.born"), shape: "dot" },
      ...env.shared.places.species.filter((s) => one.ways.some((way) => way.species === s.key)).map((s) => ({ colour: colour(s.key), label: s.name, shape: "line" }))]);
  }

  async function build() {
    let now = null;
    await ready;
    await runner.run("link", { choice: env.step.choice }, (one) => {
      if (one.walked) runner.tell(word("learn.links.walking", { n: one.walked, of: one.of }));
      else if (one.ways) show((now = { ...now, ...one }));
      else {
        show((now = one));
        runner.tell(word("learn.links.narrowing"));
      }
    });
    if (!now?.ways) return;
    env.keep(now);
    env.note(now.rows.map((row) => word("learn.links.found_row", { who: names()[row.species] ?? row.species, change: change(row), verdict: verdict(row, now) })));
  }
  return { nodes: [starter({ label: word("learn.links.build"), runner, start: build }), runner.node, table, narrowing, ways], end: () => runner.stop() };
}

/** A link that was drawn in Change, and what came of it. */
export function own(env) {
  const list = el("div", {});
  const { store } = env;
  const end = store.watch(["work", "answers"], () => {
    const drawn = store.state.work?.alternatives ?? [];
    const name = (key) => store.state.picture?.species?.find((s) => s.key === key)?.name ?? key;
    const joining = (answer) => (answer?.outcomes ?? []).filter((row) => row.outcome === env.lesson.links.outcome);
    const rows = drawn.map((one) => {
      const answer = store.state.answers[one.name];
      const joined = joining(answer);
      return el("li", {}, el("strong", {}, one.name), joined.length ? el("ul", {}, joined.map((row) => el("li", {},
        word("learn.links.own_row", { who: name(row.species), change: change(row) })))) : ` ${answer?.problem ?? word("learn.links.no_answer")}`);
    });
    list.replaceChildren(rows.length ? el("ul", {}, rows) : el("p", {}, word("learn.links.nothing_drawn")));
    const told = drawn.flatMap((one) => joining(store.state.answers[one.name]).map((row) =>
      word("learn.links.found_own", { name: one.name, who: name(row.species), change: change(row) })));
    if (told.length) env.note(told);
  });
  env.land.end();
  const away = el("button", { type: "button", class: "main", onclick: () => document.querySelector("#views [data-view=change]").click() }, word("learn.links.to_change"));
  return { nodes: [away, el("h4", {}, word("learn.links.own_title")), list], end };
}

