/** Files of what is drawn. */
import { el } from "../../dom.js";
import { button } from "../change/controls.js";
import { Told, download, made } from "./parts.js";

const FORMS = ["alternatives", "map", "links", "experiment", "scenario"];

export class Saver {
  constructor(ctx) {
    this.ctx = ctx;
    const { word } = ctx;
    this.told = new Told();
    this.buttons = Object.fromEntries(FORMS.map((form) => [
      form, button(word(`keep.save.as.${form}`), () => this.save(form), { id: `save-${form}`, "aria-describedby": `save-${form}-what` }),
    ]));
    this.which = el("select", { id: "save-which", "aria-label": word("keep.save.which") });
    this.leftOut = el("div", {});
    const files = FORMS.map((form) => el("li", {},
      this.buttons[form],
      el("p", { class: "hint", id: `save-${form}-what` }, word(`keep.save.what.${form}`)),
      form === "scenario" ? this.which : null));
    this.node = el("section", { "aria-labelledby": "save-title" },
      el("h3", { id: "save-title" }, word("keep.save.title")), el("ul", { class: "files" }, files), this.leftOut, this.told.node);
  }

  render(drawn, ready) {
    for (const form of FORMS) this.buttons[form].disabled = !ready || !drawn.length;
    const held = this.which.value;
    this.which.replaceChildren(...drawn.map((one) => el("option", { value: one.name, selected: one.name === held }, one.name)));
    this.which.disabled = !drawn.length;
    this.tellLeftOut(drawn, ready);
  }

  /** Say before anybody saves it which drawings cannot be in a links file, and why. */
  async tellLeftOut(drawn, ready) {
    const { ask, word } = this.ctx;
    let why = {};
    const asked = (this.asked = {});
    try {
      if (ready && drawn.length) why = (await ask("api/links-left-out")).left_out;
    } catch {
      return; // it is told again with the file
    }
    if (asked !== this.asked) return;
    const rows = drawn.filter((one) => one.name in why);
    this.buttons.links.disabled = !ready || rows.length === drawn.length;
    this.leftOut.replaceChildren(...(rows.length ? [
      el("p", { class: "hint" }, word("keep.save.left_out")),
      el("ul", { class: "plain" }, rows.map((one) => el("li", {}, word("keep.save.left_out_one", { name: one.name, why: why[one.name] })))),
    ] : []));
  }

  async save(form) {
    const { word } = this.ctx;
    this.told.wait(word("keep.working"));
    const name = form === "scenario" ? `?name=${encodeURIComponent(this.which.value)}` : "";
    try {
      const found = await made(`api/files/${form}${name}`);
      download(found);
      this.told.done(word("keep.save.done", { file: found.file }));
    } catch (bad) {
      this.told.wrong(bad, word);
    }
  }
}
