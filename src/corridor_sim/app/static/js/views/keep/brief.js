/** One page for who decides. */
import { el } from "../../dom.js";
import { Problem } from "../../server.js";
import { button, renew } from "../change/controls.js";
import { Told, download, made } from "./parts.js";

export class Brief {
  constructor(ctx) {
    this.ctx = ctx;
    const { word } = ctx;
    this.told = new Told();
    this.left = new Set();
    this.heading = el("input", { type: "text", id: "brief-heading", maxlength: 120 });
    this.which = el("div", {});
    this.make = button(word("keep.brief.make"), () => this.print(), { id: "brief-make", class: "main" });
    this.node = el("section", { "aria-labelledby": "brief-title" },
      el("h3", { id: "brief-title" }, word("keep.brief.title")), el("p", { class: "hint" }, word("keep.brief.hint")),
      el("div", { class: "field" }, el("label", { for: "brief-heading" }, word("keep.brief.heading")), this.heading),
      this.which, this.make, this.told.node);
  }

  render(drawn, ready) {
    const { word } = this.ctx;
    this.names = drawn.map((one) => one.name);
    this.make.disabled = !ready || !drawn.length;
    renew(this.which, drawn.length > 1 ? [el("fieldset", {}, el("legend", {}, word("keep.brief.which")),
      drawn.map((one, i) => el("div", { class: "check" },
        el("input", { type: "checkbox", id: `brief-${i}`, checked: !this.left.has(one.name),
          onchange: (event) => (event.target.checked ? this.left.delete(one.name) : this.left.add(one.name)) }),
        el("label", { for: `brief-${i}` }, one.name))))] : [], { always: true });
  }

  async print() {
    const { word } = this.ctx;
    this.make.disabled = true;
    this.told.wait(word("keep.working"));
    try {
      const names = this.names.filter((name) => !this.left.has(name));
      if (!names.length) throw new Problem(word("keep.brief.none"), 422);
      download(await made("api/brief", { data: { names, title: this.heading.value } }));
      this.told.done(word("keep.brief.done"));
    } catch (bad) {
      this.told.wrong(bad, word);
    } finally {
      this.make.disabled = false;
    }
  }
}
