/** The model's description in ODD order, open beside what is seen at the part that belongs to it. */
import { el } from "./dom.js";
import { ask } from "./server.js";
import { word } from "./words.js";

// parts of the description that tell of a view or a lesson
const PARTS = {
  look: ["entities_state_variables_and_scales", "habitat", "input_data"],
  watch: ["steps", "barriers", "hazards", "settling", "soaring"],
  change: ["process_overview_and_scheduling", "steps", "settling", "stochasticity"],
  keep: ["purpose_and_patterns", "observation"],
  learn: ["purpose_and_patterns", "basic_principles"],
  percolation: ["habitat", "steps", "settling", "stochasticity"],
  corridor: ["steps", "habitat", "barriers", "settling"],
  drift: ["births_and_deaths_through_decades", "initialisation", "stochasticity"],
};

const where = () => document.body.dataset.lesson?.split("/")[0] ?? document.querySelector("#views [aria-current]")?.dataset.view ?? "look";

/** A paragraph of Markdown that knows `*` and `**` alone. */
const paragraph = (text) => el("p", {}, text.split(/(\*\*[^*]+\*\*|\*[^*]+\*)/).map((piece) => {
  if (piece.startsWith("**")) return el("strong", {}, piece.slice(2, -2));
  return piece.startsWith("*") && piece.length > 1 ? el("em", {}, piece.slice(1, -1)) : piece;
}));

const section = (one, level) => [el(level, {}, one.title), ...one.paragraphs.map(paragraph), ...(one.parts ?? []).flatMap((part) => section(part, "h4"))];

/** Put the button into an element, and the drawer into the page; it follows from view to view while it is open. */
export function mountOdd(host) {
  const body = el("div", {});
  const close = el("button", { type: "button", onclick: () => drawer.close() }, word("page.odd.close"));
  const title = el("h2", { id: "odd-title", tabindex: "-1" }, word("page.odd.title"));
  const drawer = el("dialog", { class: "odd", "aria-labelledby": "odd-title" }, el("div", { class: "odd-head" }, title, close), body);
  const button = el("button", { type: "button", class: "odd-open", "aria-haspopup": "dialog", "aria-label": word("page.odd.open"), title: word("page.odd.open"), onclick: open },
    el("span", { class: "long" }, word("page.odd.open")), el("span", { class: "short" }, word("page.odd.short")));
  let found = null;

  async function open() {
    if (drawer.open) return drawer.close();
    try {
      found ??= (await ask("api/odd")).sections;
    } catch (bad) {
      body.replaceChildren(el("p", {}, bad.message));
    }
    show();
    drawer.show();
    return title.focus();
  }

  function show() {
    if (!found) return;
    const every = found.flatMap((one) => [one, ...one.parts]);
    const wanted = PARTS[where()].map((key) => every.find((one) => one.key === key)).filter(Boolean);
    body.replaceChildren(
      el("p", { class: "soft" }, word("page.odd.about")), ...wanted.flatMap((one) => section(one, "h3")),
      el("details", {}, el("summary", {}, word("page.odd.whole")), found.flatMap((one) => section(one, "h3"))));
    drawer.scrollTop = 0;
  }

  drawer.addEventListener("close", () => button.focus());
  drawer.addEventListener("keydown", (event) => event.key === "Escape" && drawer.close());
  new MutationObserver(() => drawer.open && show()).observe(document.body, { attributes: true, attributeFilter: ["data-lesson"] });
  document.getElementById("views").addEventListener("click", () => drawer.open && show());
  host.append(button);
  document.body.append(drawer);
}
