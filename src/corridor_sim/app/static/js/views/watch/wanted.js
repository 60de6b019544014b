/** On which landscape, how many animals and for how long. */
import { el } from "../../dom.js";
import { number } from "../../numbers.js";
import { word } from "../../words.js";

const ANIMALS = [15, 60, 250];
const DAYS = [120, 365, 730];

export function makeWanted({ store, asked, plain, changed }) {
  const { alternatives = [] } = store.state.work ?? {};
  const choice = (name, text) =>
    el("label", { class: "watch-choice" },
      el("input", { type: "radio", name: "watch-landscape", checked: asked.name === name,
        onchange: () => {
          asked.name = name;
          changed();
        } }),
      text);
  const landscape = el("fieldset", {}, el("legend", {}, word("watch.landscape")),
    choice(null, word("watch.today")),
    alternatives.map((one) => choice(one.name, word("watch.with", { name: one.name }))),
    alternatives.length ? null : el("p", { class: "watch-note" }, word("watch.no_alternative")));
  const select = (key, values, label, disabled) =>
    el("label", { class: "field" }, word(`watch.${key}`),
      el("select", { disabled, "data-wanted": key,
        onchange: (event) => {
          asked[key] = Number(event.target.value);
          changed();
        } },
        values.map((one) => el("option", { value: one, selected: one === asked[key] }, label(one)))));
  const more = el("details", {}, el("summary", {}, word("watch.more")),
    select("animals", ANIMALS, (n) => word("watch.animals_of", { n: number(n) }), plain),
    select("days", DAYS, (n) => word(`watch.days_of.${n}`), false));
  return { landscape, more };
}
