/** Files of others: chosen or dropped, looked at, and added to what is drawn. */
import { el } from "../../dom.js";
import { Problem } from "../../server.js";
import { button } from "../change/controls.js";
import { MOST } from "../change/list.js";
import { Told, add } from "./parts.js";

export class Opener {
  constructor(ctx) {
    this.ctx = ctx;
    const { word } = ctx;
    this.told = new Told();
    this.input = el("input", { type: "file", id: "open-file", class: "unseen", tabindex: "-1", "aria-hidden": "true",
      accept: ".toml,.gpkg,.geojson,.json,.zip,.fgb,.kml,.shp", onchange: () => this.input.files.length && this.look([...this.input.files]) });
    this.choose = button(word("keep.open.choose"), () => this.input.click(), { id: "open-choose", class: "main" });
    this.drop = el("div", { class: "drop" }, this.choose, el("span", { class: "hint" }, word("keep.open.drop")), this.input);
    this.held = el("div", { id: "open-held" });
    this.node = el("section", { "aria-labelledby": "open-title" },
      el("h3", { id: "open-title" }, word("keep.open.title")), el("p", { class: "hint" }, word("keep.open.hint")),
      this.drop, this.held, this.told.node);
    this.listen();
  }

  /** A file may be dropped anywhere on the page. */
  listen() {
    const over = (event) => {
      if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
      event.preventDefault();
      this.drop.classList.toggle("over", event.type === "dragover");
    };
    const dropped = (event) => {
      over(event);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length) this.look(files);
    };
    const heard = [["dragover", over], ["dragleave", over], ["drop", dropped]];
    for (const [kind, call] of heard) document.addEventListener(kind, call);
    this.end = () => {
      for (const [kind, call] of heard) document.removeEventListener(kind, call);
    };
  }

  render(drawn, ready) {
    this.choose.disabled = !ready;
  }

  async ask(file, names = []) {
    const more = names.map((name) => `&name=${encodeURIComponent(name)}`).join("");
    const response = await fetch(`api/opened?file=${encodeURIComponent(file.name)}${more}`, { method: "POST", body: file });
    const found = await response.json();
    if (!response.ok) throw new Problem(found.problem ?? "", response.status);
    return found;
  }

  async look(files) {
    const { word } = this.ctx;
    this.input.value = "";
    this.held.replaceChildren();
    this.told.wait(word("keep.working"));
    try {
      if (files.length > 1) throw new Problem(word("keep.open.one_file"), 422);
      const { names } = await this.ask(files[0]);
      if (!names.length) throw new Problem(word("keep.open.empty", { file: files[0].name }), 422);
      this.told.clear();
      this.offer(files[0], names);
    } catch (bad) {
      this.told.wrong(bad, word);
    }
  }

  /** Let the reader choose among what the file holds. */
  offer(file, names) {
    const { word, store } = this.ctx;
    const { alternatives: there = [] } = store.state.work;
    const room = MOST - there.length;
    const n = names.length === 1 ? word("keep.open.one") : word("keep.open.many", { n: names.length });
    const boxes = names.map((name, i) => el("input", { type: "checkbox", id: `held-${i}`, value: name, checked: i < Math.max(room, 1) }));
    const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
    const list = el("fieldset", {},
      el("legend", {}, word("keep.open.held", { file: file.name, n, most: Math.max(room, 1) })),
      el("ul", { class: "held" }, boxes.map((box, i) => el("li", { class: "check" }, box, el("label", { for: box.id }, names[i])))));
    const replace = button(word("keep.open.replace"), () => this.sure(file, chosen));
    const others = there.length ? replace : null;
    this.buttons = el("div", { class: "inline" },
      button(word("keep.open.take"), () => this.take(file, chosen(), false), { class: "main", id: "open-take" }),
      others, button(word("keep.open.leave"), () => this.close()));
    this.held.replaceChildren(list, this.buttons);
    boxes[0].focus();
  }

  /** What was drawn goes only after a second yes. */
  sure(file, chosen) {
    const { word, store } = this.ctx;
    const n = (store.state.work.alternatives ?? []).length;
    const yes = button(word("keep.open.yes"), () => this.take(file, chosen(), true), { class: "main", id: "open-replace" });
    const no = button(word("keep.open.no"), () => this.close());
    this.buttons.replaceChildren(el("p", { class: "note", role: "alert" }, word("keep.open.sure", { n })), yes, no);
    no.focus();
  }

  close() {
    this.held.replaceChildren();
    this.told.clear();
    this.choose.focus();
  }

  async take(file, names, replacing) {
    const { word, store } = this.ctx;
    try {
      if (!names.length) throw new Problem(word("keep.open.choose_some"), 422);
      const there = (replacing ? [] : store.state.work.alternatives) ?? [];
      if (there.length + names.length > MOST) throw new Problem(word("keep.open.too_many", { most: MOST, n: there.length }), 422);
      this.told.wait(word("keep.working"));
      const found = await this.ask(file, names);
      const lines = await this.add(found, replacing);
      this.held.replaceChildren();
      this.told.done(...lines);
    } catch (bad) {
      this.told.wrong(bad, word);
    }
  }

  /** Put alternatives beside those that are drawn, or in their place; return what is to be told. */
  async add({ alternatives, cost_unit: unit, budget }, replacing) {
    const { word, store } = this.ctx;
    const { cost_unit: ours, alternatives: now = [] } = store.state.work;
    // costs in two units cannot stand side by side
    const begun = !replacing && now.length > 0;
    const other = begun && unit !== ours && alternatives.some((one) => one.cost !== undefined);
    const given = other ? alternatives.map(({ cost, ...rest }) => rest) : alternatives;
    const about = () => (begun ? {} : { cost_unit: unit, ...(budget === undefined ? {} : { budget }) });
    const { added, renamed } = await add(this.ctx, given, { replacing, about });
    const names = added.map((one) => one.name).join(", ");
    return [
      word(replacing ? "keep.open.replaced" : "keep.open.done", { names }),
      ...renamed.map((one) => word("keep.open.renamed", one)),
      other && word("keep.open.units", { theirs: unit, ours }),
    ];
  }
}
