/** What an alternative does, in words, bars and tables. */
import { el } from "../../dom.js";
import { intervalBar, scaleOf } from "./bars.js";
import { amount, button, signed } from "./controls.js";

const MOST_PAIRS = 6;
const MOST_AREAS = 4;
const JOINING = "joining_per_year";
/** Quantities of the tables, in their order; `share` ones are told in per cent. */
export const QUANTITIES = [
  { key: JOINING, good: 1 },
  { key: "migrants_per_generation", good: 1 },
  { key: "deaths_per_year", good: -1 },
  { key: "dispersal_success", good: 1, share: true },
];

/** The name of a species for people. */
export function speciesName(store, key, word) {
  if (key === "all") return word("change.all_species");
  const known = (store.state.picture?.species ?? []).find((one) => one.key === key);
  const told = known?.name ?? key.replaceAll("_", " ");
  return told[0].toUpperCase() + told.slice(1);
}

/** Row of a quantity and a species, from the totals or the outcomes of an answer. */
export function rowOf(answer, species, quantity) {
  return (answer.totals ?? []).find((row) => row.species === species && row.quantity === quantity) ??
    (answer.outcomes ?? []).find((row) => row.species === species && row.outcome === quantity) ?? null;
}

/** Species of an answer, in their order. */
export function speciesOf(answer) {
  return [...new Set((answer.outcomes ?? []).map((row) => row.species))];
}

// animals a year either way that are not worth two numbers: one in a thousand years
const SMALL = 0.001;

/** What a change of a row is, in one sentence; `short` where a heading says of what. */
export function sentenceOf(row, word, length = "whole") {
  const { change, low, high } = row;
  const told = (key, values) => word(`change.answer.${length}.${key}`, values);
  if (low === null || high === null) return change === 0 ? told("none") : told("no_interval", { change: signed(change) });
  if (change === 0 && low === 0 && high === 0) return told("none");
  const values = { low: amount(Math.abs(low)), high: amount(Math.abs(high)), change: amount(Math.abs(change)) };
  if (Math.max(-low, high) < SMALL) return told("small", { most: amount(SMALL, 1) });
  if (low > 0) return told("more", values);
  if (high < 0 && row.with === 0) return told("gone", { ...values, low: values.high, high: values.low });
  if (high < 0) return told("fewer", { ...values, low: values.high, high: values.low });
  return told("open", values);
}

/** What comes first of an answer: a sentence and a bar for each species. */
export function headlineNodes(view, one) {
  const { ctx, answers } = view;
  const word = (key, values) => ctx.word(`change.${key}`, values);
  const { name } = one;
  const heading = el("h3", { id: "answer-title" }, word("answer.title", { name }));
  if (!(one.changes ?? []).length) return [heading, el("p", { class: "hint" }, word("answer.empty"))];
  const answer = answers.of(name);
  const waiting = answers.waiting(name);
  const stage = ctx.store.state.stage;
  const parts = [heading];
  if (stage !== "ready" && !answer) return [...parts, el("p", { role: "status" }, word("answer.not_ready"))];
  const trouble = answers.trouble.get(name) ?? answer?.problem;
  if (trouble) return [...parts, el("p", { class: "wrong", role: "alert", id: "answer-problem" }, trouble), el("p", { class: "hint" }, word("answer.kept"))];
  if (waiting) parts.push(progress(view, name, waiting, answer));
  if (!answer) {
    if (answers.asked.get(name)?.stopped) parts.push(button(word("answer.resume"), () => view.resume(name)));
    return parts;
  }
  return [...parts, el("p", { class: "of" }, word("answer.of")), speciesOf(answer).map((key) => speciesNodes(view, answer, key)), scale(view, answer), unasked(view, answer), sure(view, answer)];
}

/** The rest of an answer: figures and pairs of blocks. */
export function figureNodes(view, one) {
  const answer = view.answers.of(one.name);
  if (!(one.changes ?? []).length || !answer || answer.problem) return [];
  const word = (key, values) => view.ctx.word(`change.${key}`, values);
  return [el("h3", {}, word("answer.figures")), speciesOf(answer).map((key) => figures(view, answer, key)), pairs(view, answer)];
}

function progress(view, name, waiting, answer) {
  const word = (key, values) => view.ctx.word(`change.${key}`, values);
  const seconds = view.answers.slow.get(name);
  const text = seconds ? word("answer.slow", { seconds: amount(seconds) }) : word(`answer.waiting_${waiting}`, { n: answer?.replicates ?? 0 });
  return el("div", { class: "working" },
    el("progress", { "aria-label": text }), el("p", {}, text),
    button(word("answer.cancel"), () => view.answers.cancel(name), { id: "answer-cancel" }));
}

function speciesNodes(view, answer, species) {
  const { ctx } = view;
  const word = (key, values) => ctx.word(`change.${key}`, values);
  const joining = rowOf(answer, species, JOINING);
  if (!joining) return null;
  const most = mostOf(view, answer);
  return el("section", { class: "species", "data-species": species },
    el("h4", {}, speciesName(ctx.store, species, ctx.word)),
    el("p", { class: "sentence" }, sentenceOf(joining, ctx.word, "short")),
    joining.low === null && joining.change === 0 ? null : el("div", { class: "bar" }, intervalBar(joining, most)));
}

/** Which species of the landscape the answer leaves out, and why. */
function unasked(view, answer) {
  const { ctx } = view;
  const told = new Set(speciesOf(answer));
  const soar = (ctx.store.state.picture?.species ?? []).filter((one) => !one.walks && !told.has(one.key));
  if (!soar.length) return null;
  const names = soar.map((one) => speciesName(ctx.store, one.key, ctx.word)).join(", ");
  return el("p", { class: "hint", id: "unasked" }, ctx.word("change.answer.unasked", { names }));
}

/** What the bars of all species reach to; the same while the answer grows. */
function mostOf(view, answer) {
  const bars = speciesOf(answer).map((key) => rowOf(answer, key, JOINING)).filter(Boolean);
  return view.scaleFor(answer.name, scaleOf(bars));
}

/** The scale under the bars. */
function scale(view, answer) {
  if (speciesOf(answer).every((key) => (rowOf(answer, key, JOINING)?.low ?? null) === null)) return null;
  const most = mostOf(view, answer);
  return el("div", { class: "ends", "aria-hidden": "true" }, el("span", {}, `−${amount(most)}`), el("span", {}, view.ctx.word("change.answer.scale")), el("span", {}, `+${amount(most)}`));
}

function figures(view, answer, species) {
  const { ctx } = view;
  const word = (key, values) => ctx.word(`change.${key}`, values);
  const rows = QUANTITIES.map((one) => ({ ...one, row: rowOf(answer, species, one.key) })).filter((one) => one.row);
  return el("section", { "data-species": species },
    el("h4", {}, speciesName(ctx.store, species, ctx.word)),
    el("table", { class: "figures" },
      el("caption", { class: "unseen" }, word("answer.table", { species: speciesName(ctx.store, species, ctx.word) })),
      el("thead", {}, el("tr", {}, ["what", "without", "with", "change"].map((key) => el("th", { scope: "col" }, word(`answer.columns.${key}`))))),
      el("tbody", {}, rows.map(({ key, row, share }) => {
        const scale = share ? 100 : 1;
        return el("tr", { "data-quantity": key },
          el("th", { scope: "row" }, word(`quantities.${key}`)),
          el("td", {}, amount(row.without * scale)), el("td", {}, amount(row.with * scale)),
          el("td", { "data-change": row.change, "data-low": row.low, "data-high": row.high },
            signed(row.change * scale), el("span", { class: "span" }, ` ${rangeOf(row, scale, ctx.word)}`)));
      }))));
}

/** The interval of a row, as text. */
export function rangeOf(row, scale, word) {
  if (row.low === null || row.high === null) return "";
  return word("change.answer.range", { low: signed(row.low * scale), high: signed(row.high * scale) });
}

/** Migrants a generation between the blocks that the change touches most. */
function pairs(view, answer) {
  const { ctx } = view;
  const word = (key, values) => ctx.word(`change.${key}`, values);
  const moved = (answer.pairs ?? [])
    .filter((row) => row.per_generation_with !== null && row.per_generation_with !== row.per_generation_without)
    .sort((a, b) => Math.abs(b.per_generation_with - b.per_generation_without) - Math.abs(a.per_generation_with - a.per_generation_without));
  if (!moved.length) return null;
  const mark = (one) => el("span", { class: one ? "one" : "below", title: word(one ? "pairs.one" : "pairs.below") }, one ? "●" : "○");
  const line = (row) => el("tr", {},
    el("th", { scope: "row" }, word("pairs.pair", { from: row.from, to: row.to }), el("span", { class: "sub" }, speciesName(ctx.store, row.species, ctx.word))),
    ["without", "with"].map((when) => el("td", {}, mark(row[`one_migrant_${when}`]), ` ${amount(row[`per_generation_${when}`])}`)));
  const table = (rows) => el("table", { class: "figures pairs" },
    el("thead", {}, el("tr", {}, ["pair", "without", "with"].map((key) => el("th", { scope: "col" }, word(`pairs.columns.${key}`))))),
    el("tbody", {}, rows.map(line)));
  return el("section", {},
    el("h4", {}, word("pairs.title")), table(moved.slice(0, MOST_PAIRS)),
    el("p", { class: "hint" }, word("pairs.marks")),
    moved.length > MOST_PAIRS
      ? el("details", { id: "more-pairs" }, el("summary", {}, word("pairs.more", { n: moved.length - MOST_PAIRS })), table(moved.slice(MOST_PAIRS)))
      : null);
}

/** How sure it is, and from what. */
function sure(view, answer) {
  const word = (key, values) => view.ctx.word(`change.${key}`, values);
  const shares = Object.values(answer.concerned ?? {});
  const most = shares.length ? Math.max(...shares) * 100 : null;
  return el("div", { class: "sure" },
    el("p", { id: "replicates" }, answer.replicates ? word("answer.replicates", { n: answer.replicates, seconds: amount(answer.seconds) }) : word("answer.took", { seconds: amount(answer.seconds) })),
    el("p", { class: "hint" }, word("answer.sure")),
    most === null ? null : el("p", { class: "hint" }, word("answer.concerned", { percent: amount(most) })));
}

/** One sentence for who does not see the panel. */
export function spoken(view, answer) {
  const { ctx } = view;
  if (answer.problem) return answer.problem;
  const told = speciesOf(answer).map((key) => {
    const row = rowOf(answer, key, JOINING);
    return row ? `${speciesName(ctx.store, key, ctx.word)}: ${sentenceOf(row, ctx.word)}` : "";
  });
  return [ctx.word("change.answer.heard", { name: answer.name }), ...told].join(" ");
}

/** Co-benefits and circuit theory beside the animals. */
export function besideNodes(view, name) {
  const { ctx, answers } = view;
  const word = (key, values) => ctx.word(`change.${key}`, values);
  if (!answers.of(name) || answers.waiting(name)) return [];
  return [benefitNodes(answers.beside("benefits", name), word), currentNodes(view, name, word)];
}

function benefitNodes(found, word) {
  if (!found || found.absent) return null;
  if (found.problem) return el("section", {}, el("h4", {}, word("benefits.title")), el("p", { class: "hint" }, found.problem));
  const { rows = [], note } = found;
  const areas = [...(found.areas ?? [])].sort((a, b) => b.area_km2 - a.area_km2);
  if (!rows.length && !areas.length && !note) return null;
  return el("section", { class: "benefits" }, el("h4", {}, word("benefits.title")),
    rows.length
      ? el("table", { class: "figures" },
        el("thead", {}, el("tr", {}, ["answer.columns.what", "answer.columns.without", "answer.columns.with", "benefits.change"].map((key) => el("th", { scope: "col" }, word(key))))),
        el("tbody", {}, rows.map((row) => el("tr", {},
          el("th", { scope: "row" }, row.co_benefit, el("span", { class: "sub" }, row.unit)),
          el("td", {}, amount(row.without, 3)), el("td", {}, amount(row.with, 3)), el("td", {}, signed(row.avoided_loss))))))
      : el("p", { class: "hint" }, note),
    areas.length ? ground(areas.slice(0, MOST_AREAS), word) : null,
    areas.length > MOST_AREAS
      ? el("details", { id: "more-areas" }, el("summary", {}, word("benefits.more", { n: areas.length - MOST_AREAS })), ground(areas.slice(MOST_AREAS), word))
      : null,
    rows.length ? el("p", { class: "hint" }, word("benefits.no_interval")) : null);
}

/** What happens to which ground, as a list. */
function ground(areas, word) {
  return el("ul", { class: "areas" }, areas.map((row) =>
    el("li", {}, word(row.cover_before === row.cover_after ? "benefits.same" : "benefits.area", {
      what: word(`benefits.${row.what}`), before: row.cover_before, after: row.cover_after, km2: amount(row.area_km2),
    }))));
}

function currentNodes(view, name, word) {
  const found = view.answers.beside("current", name);
  if (!found || found.absent) return null;
  if (found.problem) return el("section", {}, el("h4", {}, word("current.title")), el("p", { class: "hint" }, found.problem));
  const pair = (found.resistance ?? [])[0];
  return el("section", { class: "current" }, el("h4", {}, word("current.title")),
    found.inside_with_a === null || found.inside_with_a === undefined ? null
      : el("p", {}, word("current.inside", { without: amount(found.inside_without_a), with: amount(found.inside_with_a) })),
    pair && pair.change ? el("p", {}, word(pair.change < 0 ? "current.easier" : "current.harder", { from: pair.from, to: pair.to, percent: amount(Math.abs(pair.change * 100)) })) : null,
    el("p", { class: "hint" }, word("current.is", { cell_km: amount(found.cell_m / 1000) })),
    el("button", { type: "button", id: "current-map", "aria-pressed": String(view.shownMap === "current_change"), onclick: () => view.toggleMap("current_change") }, word("current.map")),
    el("button", { type: "button", id: "use-map", "aria-pressed": String(view.shownMap === "use_change"), onclick: () => view.toggleMap("use_change") }, word("current.use_map")));
}
