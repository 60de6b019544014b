/** Alternatives and the changes in each; their outlines on the map. */
import { el } from "../../dom.js";
import { amount, button } from "./controls.js";
import { KINDS, kindOf, measuresOf, placeOf } from "./kinds.js";
import { bandOf } from "./pen.js";

export const MOST = 8;
// dark enough for white letters; each also has its letter
const COLOURS = ["#b35c00", "#0b5394", "#7a1f6e", "#1b6b4a", "#8a1c1c", "#5a4a00", "#3d3d8f", "#4a4a4a"];
export const letterOf = (i) => String.fromCharCode(65 + i);
export const colourOf = (i) => COLOURS[i % COLOURS.length];

/** What a change is called. */
export function titleOf(change, word) {
  if (change.name) return change.name;
  const kind = kindOf(change);
  return word(kind ? `change.kinds.${kind}.name` : "change.kinds.other", { kind: change.kind });
}

/** What a change is, in a line. */
function lineOf(change, word) {
  const kind = kindOf(change);
  const { length, area } = measuresOf(placeOf(change));
  const does = (change.actions ?? change.does ?? []).map((one) => word(`change.actions.${one}.short`)).join(", ");
  return [
    kind ? word(`change.kinds.${kind}.name`) : word("change.kinds.other", { kind: change.kind }),
    does,
    kind === "road" && word(`change.roads.${change.road_class ?? 2}`),
    kind === "clearing" && word("change.cleared", { percent: amount(change.fraction * 100) }),
    kind === "warming" && (change.ssp ? word("change.warmed_by", { ssp: change.ssp, year: change.year }) : word("change.warmed", { degrees: amount(change.degrees_c) })),
    length !== null && kind !== "link" && word("change.measures.length", { km: amount(length) }),
    area !== null && word("change.measures.area", { km2: amount(area) }),
  ].filter(Boolean).join(" · ");
}

/** Nodes: the alternatives side by side, and what can be added to the chosen one. */
export function topNodes(view) {
  const { drawings, ctx } = view;
  const word = (key, values) => ctx.word(`change.${key}`, values);
  const { alternatives } = drawings.now;
  const chosen = view.chosenOne();
  return [
    el("div", { class: "alternatives", role: "group", "aria-label": word("alternatives") },
      alternatives.map((one, i) => el("button", {
        type: "button", id: `alternative-${i}`, class: "alternative", "aria-pressed": String(one.name === chosen?.name), onclick: () => view.choose(one.name),
      }, letter(i), ` ${one.name}`)),
      button(word("new"), () => view.add(), { id: "alternative-new" })),
    alternatives.length ? null : el("p", { class: "hint", id: "nothing" }, word("nothing")),
    el("div", { class: "kinds", role: "group", "aria-labelledby": "kinds-label" }, el("span", { id: "kinds-label" }, word("add")),
      Object.keys(KINDS).map((kind) => button(word(`kinds.${kind}.short`), () => view.begin(kind), {
        id: `draw-${kind}`, class: kind === "link" ? "main" : null, "aria-label": word(`kinds.${kind}.draw`),
      }))),
  ];
}

/** The letter of an alternative, in its colour. */
export function letter(i) {
  return el("span", { class: "letter", style: `background:${colourOf(i)}` }, letterOf(i));
}

/** Nodes: the chosen alternative, and what is done in it. */
export function listNodes(view) {
  const { drawings, ctx } = view;
  const word = (key, values) => ctx.word(`change.${key}`, values);
  const chosen = view.chosenOne();
  if (!chosen) return [];
  const changes = chosen.changes ?? [];
  return [
    el("h3", {}, word("changes")),
    changes.length ? el("ul", { class: "changes" }, changes.map((change, i) => row(view, change, i))) : el("p", { class: "hint" }, word("no_changes")),
    el("div", { class: "field" }, el("label", { for: "alternative-name" }, word("name")),
      el("input", { id: "alternative-name", value: chosen.name, maxlength: 80, autocomplete: "off", onchange: (event) => view.rename(event.target.value) })),
    costField(view, chosen, drawings.now.cost_unit),
    el("div", { class: "row" },
      button(word("duplicate"), () => view.duplicate(), { id: "alternative-copy" }),
      button(word("delete_alternative"), () => view.remove(), { id: "alternative-delete" })),
  ];
}

/** A cost that can be set, in the unit of all. */
export function costField(view, one, unit, id = "alternative-cost") {
  const word = (key, values) => view.ctx.word(`change.${key}`, values);
  return el("div", { class: "field cost" }, el("label", { for: id }, word("cost", { name: one.name })),
    el("div", { class: "row" },
      el("input", { id, type: "number", min: 0, step: "any", inputmode: "decimal", value: one.cost ?? "", onchange: (event) => view.cost(one.name, event.target.value) }),
      el("span", {}, unit)));
}

function row(view, change, i) {
  const { ctx } = view;
  const word = (key, values) => ctx.word(`change.${key}`, values);
  const name = titleOf(change, ctx.word);
  const { shape } = placeOf(change);
  const movable = shape ? change.crs === ctx.store.state.picture.grid.crs : kindOf(change) === "warming";
  return el("li", {}, el("div", {}, el("strong", {}, name), el("span", { class: "sub" }, lineOf(change, ctx.word)),
    movable || !shape ? null : el("span", { class: "sub" }, word("not_shown"))),
  el("div", { class: "row" },
    movable && kindOf(change) ? button(word("edit"), () => view.edit(i), { id: `change-${i}-edit`, "aria-label": word("edit_of", { name }) }) : null,
    change.name === undefined ? null : button(word("rename"), () => view.renaming(i), { id: `change-${i}-name`, "aria-label": word("rename_of", { name }) }),
    button(word("delete"), () => view.removeChange(i), { id: `change-${i}-delete`, "aria-label": word("delete_of", { name }) })),
  view.renamed === i ? el("div", { class: "field" }, el("label", { for: "change-name" }, word("name_of_change")),
    el("input", { id: "change-name", value: change.name, maxlength: 80, onchange: (event) => view.renameChange(i, event.target.value) })) : null);
}

/** Outlines of the alternatives on the map: the chosen one strong, others as far as they are asked for. */
export function outline(view) {
  const { ctx, drawings } = view;
  const { crs } = ctx.store.state.picture.grid;
  const chosen = view.chosenOne();
  const held = view.box?.draft.index;
  const shown = drawings.now.alternatives.map((one, i) => ({ one, i })).filter(({ one }) => view.isShown(one, chosen));
  ctx.map.setOverlay("drawn", (map) => shown.flatMap(({ one, i }) => (one.changes ?? []).flatMap((change, k) => {
    const { shape, rings, width_m } = placeOf(change);
    if (!shape || change.crs !== crs || (one === chosen && k === held)) return [];
    const strong = one.name === chosen?.name;
    const style = `--own:${colourOf(i)}`;
    // at its first corner, where letters of plans that overlap lie apart
    const [x, y] = map.toScreen(...rings[0][0]);
    return [
      el("g", { class: `outline${strong ? " chosen" : ""}`, style }, rings.flatMap((ring) => bandOf(map, shape, ring, width_m, "own"))),
      el("g", { class: "tag", style }, el("circle", { cx: x, cy: y, r: 10 }), el("text", { x, y: y + 4 }, letterOf(i))),
    ];
  })));
}
