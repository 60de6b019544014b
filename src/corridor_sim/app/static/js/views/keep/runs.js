/** The way back: addresses and commands of what is drawn, and what an address leads to. */
import { el } from "../../dom.js";
import { amount, button, signed } from "../change/controls.js";
import { speciesName } from "../change/answer.js";
import { Told, add, sameChanges, showOnMap } from "./parts.js";

const JOINING = "joining_per_year";

export class Runs {
  constructor(ctx) {
    this.ctx = ctx;
    const { word } = ctx;
    this.told = new Told();
    this.list = el("ul", { class: "runs" });
    this.node = el("section", { "aria-labelledby": "runs-title" },
      el("h3", { id: "runs-title" }, word("keep.run.title")), el("p", { class: "hint" }, word("keep.run.hint")),
      this.list, this.told.node);
    this.toldShown = new Told();
    this.shown = el("section", { id: "run-shown", hidden: true });
    this.run = ctx.store.state.run ?? null;
    this.loaded = null;
    this.found = null;
    this.end = ctx.store.watch(["run"], () => {
      this.run = ctx.store.state.run ?? null;
      this.open();
    });
  }

  render(drawn, ready) {
    this.ready = ready;
    this.node.hidden = !drawn.length;
    if (ready && drawn.length) this.refresh(drawn);
    this.open();
  }

  async refresh(drawn) {
    const { ask, word } = this.ctx;
    const asked = (this.asked = {});
    let runs;
    try {
      ({ runs } = await ask("api/runs"));
    } catch {
      return;
    }
    if (asked !== this.asked) return;
    this.list.replaceChildren(...drawn.filter((one) => one.name in runs).map(({ name }, i) => el("li", {},
      this.field(`run-address-${i}`, word("keep.run.address", { name }), `${location.origin}/#run=${runs[name].run}`),
      this.field(`run-command-${i}`, word("keep.run.command", { name }), runs[name].command))));
  }

  field(id, label, value) {
    const { word } = this.ctx;
    const input = el("input", { type: "text", id, value, readonly: true });
    const copy = async () => {
      input.select();
      try {
        await navigator.clipboard.writeText(value);
        this.told.done(word("keep.run.copied"));
      } catch {
        this.told.done(word("keep.run.not_copied"));
      }
    };
    return el("div", {}, el("label", { for: id }, label),
      el("div", { class: "copy" }, input, button(word("keep.run.copy"), copy, { "aria-label": `${word("keep.run.copy")}: ${label}` })));
  }

  /** Show the run of the address. */
  async open() {
    const { ask, word, map } = this.ctx;
    if (this.run) history.replaceState(null, "", `#run=${this.run}`);
    if (!this.run || !this.ready || this.loaded === this.run) return;
    this.loaded = this.run;
    this.shown.hidden = false;
    this.shown.replaceChildren(el("h3", { tabindex: "-1" }, word("keep.run.shown", { run: this.run })), this.toldShown.node);
    this.toldShown.wait(word("keep.run.waiting"));
    try {
      this.found = await ask(`api/runs/${this.run}`);
      this.toldShown.clear();
      showOnMap(map, this.found.alternatives);
      this.tell();
    } catch (bad) {
      this.toldShown.wrong(bad, word);
      this.shown.append(button(word("keep.run.close"), () => this.close()));
    }
  }

  tell() {
    const { word } = this.ctx;
    const { found } = this;
    this.shown.replaceChildren(
      el("h3", {}, word("keep.run.shown", { run: found.run })),
      el("p", { class: "note" }, word(found.same ? "keep.run.same" : "keep.run.other")),
      ...found.alternatives.map((one) => this.table(one, found.answers[one.name])),
      this.field("run-command", word("keep.run.command", { name: found.alternatives.map((one) => one.name).join(", ") }), found.command),
      el("div", { class: "inline", style: "margin-top:0.5rem" },
        button(word("keep.run.add"), () => this.add(), { class: "main", id: "run-add" }),
        button(word("keep.run.close"), () => this.close())),
      this.toldShown.node);
    document.body.dataset.run = found.run;
  }

  table(one, outcomes) {
    const { word, store } = this.ctx;
    const rows = outcomes.filter((row) => row.outcome === JOINING);
    return el("div", {}, el("h4", {}, one.name), el("table", { class: "figures" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, word("keep.run.species")), el("th", { scope: "col" }, word("keep.run.change")))),
      el("tbody", {}, rows.map((row) => el("tr", { "data-species": row.species, "data-change": String(row.change) },
        el("th", { scope: "row" }, speciesName(store, row.species, word)),
        el("td", {}, word("keep.run.interval", { change: signed(row.change), low: amount(row.low), high: amount(row.high) })))))));
  }

  /** Put what the address leads to among the drawings; nothing that is drawn goes. */
  async add() {
    const { word, store } = this.ctx;
    const there = store.state.work.alternatives ?? [];
    const told = (key, given) => this.toldShown.done(word(`keep.run.${key}`, { names: given.map((one) => one.name).join(", ") }));
    const fresh = this.found.alternatives.filter((one) => !there.some((other) => sameChanges(one, other)));
    try {
      if (fresh.length) told("added", (await add(this.ctx, fresh)).added);
      else told("there", there.filter((one) => this.found.alternatives.some((other) => sameChanges(one, other))));
    } catch (bad) {
      this.toldShown.wrong(bad, word);
    }
  }

  close() {
    const { store, map } = this.ctx;
    store.set({ run: null });
    this.loaded = null;
    this.found = null;
    this.shown.hidden = true;
    this.shown.replaceChildren();
    delete document.body.dataset.run;
    history.replaceState(null, "", "#keep");
    showOnMap(map, store.state.work.alternatives ?? []);
  }
}
