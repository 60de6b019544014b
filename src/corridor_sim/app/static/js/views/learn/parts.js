/** Small parts that activities share: sliders, choices, buttons that run something, and what is said meanwhile. */
import { el, typeset } from "../../dom.js";
import { number } from "../../numbers.js";
import { Problem } from "../../server.js";
import { word } from "../../words.js";
import { told } from "./stream.js";

let last = 0;
const unique = (name) => `${name}-${(last += 1)}`;

/** A slider that stops at given values: `onchange(value)` when it rests. */
export function slider({ label, values, value, written, onchange }) {
  const id = unique("slider");
  const out = el("output", { for: id });
  const input = el("input", { id, type: "range", min: 0, max: values.length - 1, step: 1, value: Math.max(values.indexOf(value), 0) });
  const show = () => {
    const text = written(values[Number(input.value)]);
    out.textContent = text;
    input.setAttribute("aria-valuetext", text);
  };
  input.addEventListener("input", show);
  input.addEventListener("change", () => onchange(values[Number(input.value)]));
  show();
  const node = el("div", { class: "slider" }, el("label", { for: id }, label), out, input);
  return { node, get value() { return values[Number(input.value)]; } };
}

/** One of a few: a group of buttons to choose from. */
export function choice({ label, options, value, onchange }) {
  const name = unique("choice");
  const node = el("fieldset", { class: "lesson-choice" }, el("legend", {}, typeset(label)), options.map(([key, text]) => {
    const id = unique("option");
    return el("label", { for: id }, el("input", { id, type: "radio", name, value: key, checked: key === value,
      onchange: () => onchange(key) }), el("span", {}, text));
  }));
  return { node, get value() { return node.querySelector("input:checked")?.value; } };
}

/** Something that the program works out: one at a time, given up when another begins or the view is left. */
export class Runner {
  constructor(say) {
    this.say = say;
    this.control = null;
    this.node = el("p", { class: "running", role: "status" });
  }

  /** Run a task; true where it came to its end. */
  async run(task, data, hear, { text = word("learn.working"), silent = false } = {}) {
    this.stop();
    const control = (this.control = new AbortController());
    this.tell(silent ? "" : word("learn.waiting"));
    try {
      return await told(task, data, (one) => {
        if (one.begun) this.tell(silent ? "" : text);
        else hear(one);
      }, control.signal);
    } catch (bad) {
      if (!(bad instanceof Problem)) throw bad;
      this.tell(bad.message, true);
      this.say(bad.message);
      return false;
    } finally {
      if (this.control === control) {
        this.control = null;
        if (!this.node.classList.contains("warn")) this.tell("");
      }
    }
  }

  tell(text, warn = false) {
    this.node.textContent = text;
    this.node.classList.toggle("warn", warn);
  }

  get busy() {
    return this.control !== null;
  }

  stop() {
    this.control?.abort();
    this.control = null;
    this.tell("");
  }
}

/** A button that starts a run, and stops it where it is under way. */
export function starter({ label, runner, start, main = true }) {
  const button = el("button", { type: "button", class: main ? "main" : "" }, label);
  button.addEventListener("click", async () => {
    if (button.dataset.on) return runner.stop();
    button.dataset.on = "yes";
    button.textContent = word("learn.stop");
    try {
      await start();
    } finally {
      delete button.dataset.on;
      button.textContent = label;
    }
    return null;
  });
  return button;
}

/** A mean with its interval, in words; `written` says how a number is shown. */
export function interval({ mean, low, high }, written = number) {
  if (mean === null || mean === undefined) return word("learn.chart.nothing");
  if (low === null || low === undefined) return written(mean);
  return word("learn.chart.with_interval", { value: written(mean), low: written(low), high: written(high) });
}
