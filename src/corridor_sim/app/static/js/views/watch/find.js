/** The list of all animals, searched by words. */
import { el } from "../../dom.js";
import { number } from "../../numbers.js";
import { word } from "../../words.js";
import { nameOf } from "./life.js";

const MOST = 100;

/** @param {(animal: any) => void} chosen */
export function makeFinder(chosen) {
  let herd = null;
  let shown = null;
  let labelOf = null;
  const search = el("input", { type: "search", id: "watch-find", placeholder: word("watch.find_hint"), oninput: filter });
  const list = el("select", { size: 5, "aria-label": word("watch.find"),
    onchange: () => chosen(herd.byName.get(list.value)) });
  const count = el("p", { class: "watch-note" });
  const node = el("div", { class: "find" }, el("h3", {}, el("label", { for: "watch-find" }, word("watch.find"))), search, list, count);

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = herd.animals.filter((one) => {
      if (!shown(one)) return false;
      const text = ` ${labelOf(one).toLowerCase()} `;
      return words.every((each) => text.includes(` ${each}`));
    });
    // who writes a whole name wants that animal first
    const exact = search.value.trim().toLowerCase();
    found.sort((a, b) => (nameOf(herd, b).toLowerCase() === exact) - (nameOf(herd, a).toLowerCase() === exact));
    list.replaceChildren(...found.slice(0, MOST).map((one) => el("option", { value: one.animal }, labelOf(one))));
    count.textContent = word(found.length > MOST ? "watch.found" : "watch.found_all", { n: number(MOST), of: number(found.length) });
  }

  return {
    node,
    filter,
    show(...given) {
      [herd, shown, labelOf] = given;
      filter();
    },
  };
}
