/** All alternatives side by side, and the set to build for a budget. */
import { el } from "../../dom.js";
import { QUANTITIES, rangeOf, rowOf, sentenceOf, speciesName, speciesOf } from "./answer.js";
import { intervalBar, scaleOf } from "./bars.js";
import { amount, button, check, signed } from "./controls.js";
import { costField, letter, letterOf } from "./list.js";

/** Index of the alternative that is best for a row, null where nothing tells it from no change. */
function bestOf(cells, good) {
  const told = cells.map((cell, i) => ({ cell, i })).filter(({ cell }) => cell && (good > 0 ? cell.low > 0 : cell.high < 0));
  told.sort((a, b) => good * (b.cell.change - a.cell.change));
  return told.length ? told[0].i : null;
}

export function compareNodes(view) {
  const { drawings, ctx, answers } = view;
  const word = (key, values) => ctx.word(`change.${key}`, values);
  const { alternatives, cost_unit: unit } = drawings.now;
  if (!alternatives.length) return [el("p", { class: "hint" }, word("nothing"))];
  const told = alternatives.map((one) => answers.of(one.name));
  const species = [...new Set(told.filter(Boolean).flatMap((answer) => speciesOf(answer)))];
  if (species.length > 1) species.push("all");
  return [
    el("h3", {}, word("compare.title")),
    el("p", { class: "hint" }, word("compare.is")),
    table(view, alternatives, told, species, unit, word),
    costs(view, alternatives, unit, word),
    bestSet(view, alternatives, unit, word),
  ];
}

function table(view, alternatives, told, species, unit, word) {
  const { ctx, answers } = view;
  const heads = alternatives.map((one, i) => el("th", { scope: "col" },
    letter(i), ` ${one.name}`,
    check({ id: `outline-${i}`, label: word("compare.outline"), checked: view.outlined.has(one.name), onchange: (on) => view.outlines(one.name, on) })));
  const state = alternatives.map((one) => {
    if (!(one.changes ?? []).length) return word("compare.empty");
    const trouble = answers.trouble.get(one.name) ?? answers.of(one.name)?.problem;
    if (trouble) return trouble;
    return answers.waiting(one.name) === "first" ? word("compare.waiting") : null;
  });
  const note = state.some(Boolean)
    ? el("tr", { class: "state" }, el("th", { scope: "row" }, word("compare.state")), state.map((text, i) => el("td", { "data-name": alternatives[i].name }, text ?? word("compare.done"))))
    : null;
  const rows = species.flatMap((key) => {
    const name = speciesName(ctx.store, key, ctx.word);
    return QUANTITIES.flatMap(({ key: quantity, good, share }) => {
      const cells = told.map((answer) => (answer && !answer.problem ? rowOf(answer, key, quantity) : null));
      if (!cells.some(Boolean)) return [];
      const best = bestOf(cells, good);
      const most = scaleOf(cells.filter(Boolean), 0.001);
      const scale = share ? 100 : 1;
      return [el("tr", { "data-species": key, "data-quantity": quantity },
        el("th", { scope: "row" }, name, el("span", { class: "sub" }, word(`quantities.${quantity}`))),
        cells.map((cell, i) => el("td", {
          class: best === i ? "best" : null, "data-name": alternatives[i].name,
          "data-change": cell?.change, "data-low": cell?.low, "data-high": cell?.high,
        },
        el("span", { class: "who" }, `${letterOf(i)} ${alternatives[i].name}`),
        cell ? [
          el("strong", {}, signed(cell.change * scale)), " ", el("span", { class: "span" }, rangeOf(cell, scale, ctx.word)),
          cell.low === null ? null : intervalBar(cell, most),
          best === i ? el("span", { class: "badge" }, word("compare.best")) : null,
          cell.low !== null && cell.low <= 0 && cell.high >= 0 ? el("span", { class: "sub" }, word("compare.open")) : null,
        ] : "–")))];
    });
  });
  return el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": word("compare.title") },
    el("table", { class: "compare", id: "compare" },
      el("caption", { class: "unseen" }, word("compare.is")),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, word("compare.outcome")), heads)),
      el("tbody", {}, note, rows,
        el("tr", { class: "costs" }, el("th", { scope: "row" }, word("compare.cost", { unit })),
          alternatives.map((one, i) => el("td", { "data-name": one.name }, el("span", { class: "who" }, `${letterOf(i)} ${one.name}`), one.cost === undefined ? word("compare.no_cost") : amount(one.cost, 4)))))));
}

function costs(view, alternatives, unit, word) {
  return el("section", { class: "money", "aria-labelledby": "money-title" },
    el("h3", { id: "money-title" }, word("money.title")),
    el("div", { class: "costs" }, alternatives.map((one, i) => costField(view, one, unit, `cost-${i}`))),
    el("div", { class: "field" }, el("label", { for: "unit" }, word("money.unit")),
      el("input", { id: "unit", value: unit, maxlength: 40, autocomplete: "off", onchange: (event) => view.unit(event.target.value) })));
}

function bestSet(view, alternatives, unit, word) {
  const { drawings, ctx } = view;
  const { budget } = drawings.now;
  const found = ctx.store.state.best_set;
  const working = view.searching;
  return el("section", { class: "best-set", "aria-labelledby": "best-title" },
    el("h3", { id: "best-title" }, word("best.title")),
    el("div", { class: "field" }, el("label", { for: "budget" }, word("best.budget", { unit })),
      el("input", { id: "budget", type: "number", min: 0, step: "any", inputmode: "decimal", value: budget ?? "", onchange: (event) => view.budget(event.target.value) })),
    el("div", { class: "row" }, button(word("best.find"), () => view.findBest(), { id: "best-find", class: "main" }),
      working ? button(word("answer.cancel"), () => view.stopBest(), { id: "best-cancel" }) : null),
    view.bestProblem ? el("p", { class: "wrong", role: "alert", id: "best-problem" }, view.bestProblem) : null,
    working ? el("div", { class: "working" }, el("progress", { "aria-label": word("best.working") }), el("p", { role: "status" }, found?.progress || word("best.working"))) : null,
    !working && found?.problem && !view.bestProblem ? el("p", { class: "wrong", role: "alert" }, found.problem) : null,
    !working && found?.sentence ? choice(view, found, unit, word) : null);
}

function choice(view, found, unit, word) {
  const named = found.names ?? [];
  const low = { ...found, change: found.benefit };
  return el("div", { class: "choice", id: "choice" },
    el("p", { class: "sentence" }, named.length ? word("best.build", { names: named.join(", "), cost: amount(found.cost, 4), unit }) : word("best.nothing")),
    !named.length || (found.benefit ?? null) === null ? null : el("p", {}, sentenceOf({ change: found.benefit, low: found.low, high: found.high }, view.ctx.word)),
    !named.length || (found.low ?? null) === null ? null : el("div", { class: "bar" }, intervalBar(low, scaleOf([found]))),
    el("p", { class: "hint", id: "choice-sure" }, found.sentence),
    found.check && named.length ? el("p", { class: "hint" }, found.check) : null,
    frontier(found, unit, word));
}

/** All sets that the budget pays for, the best first. */
function frontier(found, unit, word) {
  const sets = found.sets ?? [];
  if (sets.length < 2) return null;
  const most = scaleOf(sets, 0.001);
  return el("details", { id: "sets" }, el("summary", {}, word("best.sets", { n: sets.length })),
    el("table", { class: "figures" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, word("best.set")), el("th", { scope: "col" }, unit), el("th", { scope: "col" }, word("best.brings")))),
      el("tbody", {}, sets.slice(0, 20).map((one) => el("tr", {},
        el("th", { scope: "row" }, (one.names ?? []).join(", ") || word("best.none")), el("td", {}, amount(one.cost, 4)),
        el("td", {}, signed(one.benefit), one.low === null || one.low === undefined ? null : [` (${signed(one.low)}; ${signed(one.high)})`, intervalBar({ ...one, change: one.benefit }, most)]))))));
}
