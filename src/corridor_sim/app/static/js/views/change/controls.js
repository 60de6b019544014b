/** Fields with their labels, as every form of this view uses them; and numbers in words. */
import { el } from "../../dom.js";
import { number } from "../../numbers.js";

// smaller ones are what remains of sums of equal numbers
const NOTHING = 1e-9;

/** A number as people read it; what is nothing but for rounding is 0. */
export function amount(value, figures = 2) {
  if (value === null || value === undefined) return number(null);
  return number(Math.abs(value) < NOTHING ? 0 : value, figures);
}

/** The same with its sign. */
export function signed(value, figures = 2) {
  const told = amount(value, figures);
  return value >= NOTHING ? `+${told}` : told;
}

// by host the markup that was put there last
const built = new WeakMap();

export function button(text, onclick, more = {}) {
  return el("button", { type: "button", onclick, ...more }, text);
}

export function check({ id, label, hint, checked, onchange, disabled }) {
  return el("div", { class: "check" },
    el("input", { type: "checkbox", id, checked, disabled, "aria-describedby": hint ? `${id}-hint` : null,
      onchange: (event) => onchange(event.target.checked) }),
    el("label", { for: id }, label),
    hint ? el("p", { id: `${id}-hint`, class: "hint" }, hint) : null);
}

/** Radio buttons; `choices` are [value, label]. */
export function radios({ id, legend, choices, value, onchange }) {
  return el("fieldset", {}, el("legend", {}, legend), choices.map(([key, label]) =>
    el("div", { class: "check" },
      el("input", { type: "radio", name: id, id: `${id}-${key}`, value: key, checked: key === value, onchange: () => onchange(key) }),
      el("label", { for: `${id}-${key}` }, label))));
}

export function select({ id, label, choices, value, onchange }) {
  return el("div", { class: "field" }, el("label", { for: id }, label),
    el("select", { id, onchange: (event) => onchange(event.target.value) },
      choices.map(([key, text]) => el("option", { value: key, selected: key === value }, text))));
}

/** A slider and the same number in a field. `oninput` hears at every move, `onchange` when it rests. */
export function slider({ id, label, min, max, step, value, oninput, onchange }) {
  const set = (event, call, other) => {
    const given = Number(event.target.value);
    if (event.target.value === "" || !Number.isFinite(given)) return;
    const held = Math.min(Math.max(given, min), max);
    other.value = held;
    if (call !== oninput) event.target.value = held;
    call?.(held);
  };
  const range = el("input", { type: "range", id, min, max, step, value });
  const field = el("input", { type: "number", id: `${id}-number`, min, max, step: "any", value, inputmode: "decimal",
    "aria-label": label });
  range.addEventListener("input", (event) => set(event, oninput, field));
  range.addEventListener("change", (event) => set(event, onchange, field));
  field.addEventListener("change", (event) => {
    set(event, oninput, range);
    set(event, onchange, range);
  });
  return el("div", { class: "field slide" }, el("label", { for: id }, label), el("div", { class: "row" }, range, field));
}

/**
 * Put other nodes into a host; who had the keyboard keeps it. Where they are as those that were put there last nothing is
 * touched, so that a click or a text that is being typed is not lost to a redraw.
 */
export function renew(host, given, { always = false } = {}) {
  const nodes = given.flat(9).filter(Boolean);
  const markup = nodes.map((node) => node.outerHTML).join("");
  if (markup === built.get(host) && !always) return;
  built.set(host, markup);
  const { activeElement: active } = document;
  const held = host.contains(active) && active.id ? active.id : null;
  const spot = held && typeof active.selectionStart === "number" ? active.selectionStart : null;
  const open = [...host.querySelectorAll("details[id]")].filter((one) => one.open).map((one) => one.id);
  host.replaceChildren(...nodes);
  for (const id of open) host.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  const again = held && document.getElementById(held);
  if (!again) return;
  again.focus({ preventScroll: true });
  if (spot !== null && again.type !== "number") again.setSelectionRange?.(spot, spot);
}
