/** Change: draw something and see what animals do. */
import { bytes } from "../server.js";
import { el } from "../dom.js";
import { besideNodes, figureNodes, headlineNodes, spoken } from "./change/answer.js";
import { Answers } from "./change/answers.js";
import { Box } from "./change/box.js";
import { compareNodes } from "./change/compare.js";
import { button, renew } from "./change/controls.js";
import { drawingsOf } from "./change/drawings.js";
import { KINDS, kindOf, optionsOf, placeOf } from "./change/kinds.js";
import { MOST, listNodes, outline, titleOf, topNodes } from "./change/list.js";
import { Lives } from "./change/lives.js";

const WIDTH_M = 5000;
// as long as the page lives, whichever view is shown
let drawings = null;
const memory = { chosen: null, comparing: false, outlined: new Set() };

class Change {
  constructor(ctx) {
    this.ctx = ctx;
    drawings = drawingsOf(ctx);
    this.drawings = drawings;
    this.answers = new Answers(ctx);
    this.box = null;
    this.renamed = null;
    this.scales = new Map();
    this.shownMap = null;
    this.outlined = memory.outlined;
    this.bestProblem = null;
    this.word = (key, values) => ctx.word(`change.${key}`, values);
    this.hosts = Object.fromEntries(["trouble", "bar", "box", "top", "headline", "list", "answer", "compare"].map((key) => [key, el("div", { class: `part ${key}` })]));
    this.lives = new Lives(this);
    ctx.panel.append(el("div", { class: "head" }, el("h2", {}, this.word("title")), this.hosts.bar), ...Object.values(this.hosts).filter((one) => one !== this.hosts.bar));
    this.changed = () => this.render();
    this.told = (event) => this.answered(event.detail);
    drawings.addEventListener("changed", this.changed);
    this.answers.addEventListener("changed", this.told);
    this.keys = (event) => this.key(event);
    document.addEventListener("keydown", this.keys);
    this.stops = [
      ctx.store.watch(["stage"], () => {
        if (ctx.store.state.stage !== "ready") this.answers.again();
        this.render();
      }),
      ctx.store.watch(["best_set"], () => {
        if (memory.comparing) this.showCompare();
      }),
    ];
  }

  end() {
    this.stops.forEach((stop) => stop());
    drawings.removeEventListener("changed", this.changed);
    document.removeEventListener("keydown", this.keys);
    this.answers.end();
    this.box?.end();
    this.lives.end();
    this.hideMap();
    for (const name of ["drawn", "sketch"]) this.ctx.map.setOverlay(name, null);
    document.body.classList.remove("comparing");
  }

  get host() {
    return this.hosts.box;
  }

  chosenOne() {
    const { alternatives } = drawings.now;
    return alternatives.find((one) => one.name === memory.chosen) ?? alternatives[0] ?? null;
  }

  isShown(one, chosen) {
    return one.name === chosen?.name || (memory.comparing && this.outlined.has(one.name));
  }

  // ---- what is shown

  render() {
    document.body.classList.toggle("comparing", memory.comparing);
    this.answers.follow(drawings.now.alternatives, this.chosenOne()?.name, drawings.unsent);
    this.showTrouble();
    this.showBar();
    const drawing = Boolean(this.box);
    const away = drawing || memory.comparing;
    renew(this.hosts.top, away ? [] : topNodes(this));
    renew(this.hosts.list, away ? [] : listNodes(this));
    this.showAnswer();
    this.showCompare();
    outline(this);
  }

  showTrouble() {
    const { trouble } = drawings;
    const { text, key, choice } = trouble ?? {};
    renew(this.hosts.trouble, trouble ? [el("div", { class: "wrong", role: "alert", id: "trouble" },
      el("p", {}, text ?? this.word(`trouble.${key}`)),
      choice
        ? el("div", { class: "row" }, button(this.word("trouble.mine"), () => drawings.settle(true), { id: "settle-mine" }), button(this.word("trouble.theirs"), () => drawings.settle(false), { id: "settle-theirs" }))
        : key === "away" ? null : button(this.word("trouble.heed"), () => drawings.heed(), { id: "heed" }))] : []);
  }

  showBar() {
    const step = (list) => {
      const one = list.at(-1);
      return one ? this.word(`steps.${one.label}`) : "";
    };
    renew(this.hosts.bar, [
      el("div", { class: "row" },
        button(this.word("undo"), () => this.back("undo"), { id: "undo", disabled: !drawings.done.length, title: step(drawings.done) }),
        button(this.word("redo"), () => this.back("redo"), { id: "redo", disabled: !drawings.undone.length, title: step(drawings.undone) }),
        button(this.word("compare.show"), () => this.compare(!memory.comparing), { id: "comparing", "aria-pressed": String(memory.comparing), disabled: Boolean(this.box) })),
    ]);
  }

  showAnswer() {
    const one = this.chosenOne();
    const show = one && !memory.comparing && !(this.box && !this.box.draft.change);
    // what is being moved must be seen
    this.lives.take(show && !this.box ? one.name : null);
    renew(this.hosts.headline, show ? headlineNodes(this, one) : []);
    renew(this.hosts.answer, show ? [...this.lives.nodes(), ...figureNodes(this, one), ...besideNodes(this, one.name)] : []);
  }

  showCompare() {
    renew(this.hosts.compare, memory.comparing ? compareNodes(this) : []);
  }

  /** One scale for the bars of an answer while it grows, so that intervals are seen to narrow. */
  scaleFor(name, most) {
    const held = Math.max(this.scales.get(name) ?? 0, most);
    this.scales.set(name, held);
    return held;
  }

  answered(name) {
    this.showAnswer();
    if (memory.comparing) this.showCompare();
    const answer = this.ctx.store.state.answers[name];
    const ended = answer && !this.answers.waiting(name);
    if (ended && name === this.chosenOne()?.name && this.heardLast !== answer) {
      this.heardLast = answer;
      this.ctx.say(spoken(this, answer));
    }
    document.body.dataset.answered = ended ? name : "";
  }

  async toggleMap(kind) {
    if (this.shownMap === kind) {
      this.hideMap();
      this.showAnswer();
      return;
    }
    const { name } = this.chosenOne();
    try {
      const layer = await this.ctx.ask(`api/maps/${kind}?alternative=${encodeURIComponent(name)}`);
      this.ctx.map.show(layer, await bytes(`api/rasters/${layer.key}`), { slot: "above" });
      this.shownMap = kind;
    } catch (bad) {
      this.ctx.say(bad.message);
    }
    this.showAnswer();
  }

  hideMap() {
    if (this.shownMap) this.ctx.map.show(null, null, { slot: "above" });
    this.shownMap = null;
  }

  // ---- alternatives

  choose(name) {
    memory.chosen = name;
    this.renamed = null;
    this.hideMap();
    this.render();
  }

  compare(on) {
    memory.comparing = on;
    if (on) for (const one of drawings.now.alternatives) this.outlined.add(one.name);
    this.render();
    if (on) this.showAll();
  }

  /** Lead the map to all that is drawn. */
  showAll() {
    const { grid } = this.ctx.store.state.picture;
    const places = drawings.now.alternatives.flatMap((one) => one.changes ?? [])
      .filter((change) => change.crs === grid.crs).flatMap((change) => placeOf(change).rings.flat());
    if (!places.length) return;
    const [xs, ys] = [0, 1].map((i) => places.map((p) => p[i]));
    const room = 20 * grid.cell_m;
    this.ctx.map.fit([Math.min(...xs) - room, Math.min(...ys) - room, Math.max(...xs) + room, Math.max(...ys) + room]);
  }

  outlines(name, on) {
    if (on) this.outlined.add(name);
    else this.outlined.delete(name);
    outline(this);
  }

  /** A name that no alternative has. */
  fresh(base, work = drawings.now) {
    const taken = new Set(work.alternatives.map((one) => one.name));
    for (let i = 1; ; i += 1) {
      const name = base(i);
      if (!taken.has(name)) return name;
    }
  }

  full() {
    if (drawings.now.alternatives.length < MOST) return false;
    drawings.trouble = { text: this.word("trouble.full", { most: MOST }) };
    this.render();
    return true;
  }

  add() {
    if (this.full()) return;
    this.put("add", (i) => this.word("alternative_name", { n: i }), { changes: [] });
  }

  duplicate() {
    if (this.full()) return;
    const one = this.chosenOne();
    this.put("copy", (i) => this.word(i === 1 ? "copy" : "copies", { name: one.name.slice(0, 60), n: i }), structuredClone(one));
  }

  /** Add an alternative and choose it; its name is one that is free when it is added. */
  put(label, base, one) {
    return drawings.step(label, (work) => {
      if (work.alternatives.length >= MOST) return null;
      memory.chosen = this.fresh(base, work);
      return { ...work, alternatives: [...work.alternatives, { ...one, name: memory.chosen }] };
    });
  }

  remove() {
    const { name } = this.chosenOne();
    drawings.step("remove", (work) => ({ ...work, alternatives: work.alternatives.filter((one) => one.name !== name) }));
    this.ctx.say(this.word("removed", { name }));
  }

  /** A step on one alternative; null where another window deleted it. */
  on(name, label, make) {
    return drawings.step(label, (work) => {
      const at = work.alternatives.findIndex((one) => one.name === name);
      if (at < 0) return null;
      work.alternatives[at] = make(work.alternatives[at]);
      return work;
    });
  }

  async rename(text) {
    const one = this.chosenOne();
    const name = text.trim();
    if (name === one.name) return;
    const bad = !name ? "name_empty" : drawings.now.alternatives.some((each) => each.name === name) ? "name_taken" : null;
    if (bad) {
      drawings.trouble = { text: this.word(`trouble.${bad}`, { name }) };
      this.render();
      return;
    }
    memory.chosen = name;
    if (this.outlined.delete(one.name)) this.outlined.add(name);
    if (!await this.on(one.name, "rename", (each) => ({ ...each, name }))) memory.chosen = one.name;
  }

  cost(name, text) {
    const number = text === "" ? undefined : Number(text);
    if (number !== undefined && !(number >= 0)) {
      drawings.trouble = { text: this.word("trouble.cost") };
      this.render();
      return;
    }
    this.on(name, "cost", (one) => ({ ...one, cost: number }));
  }

  unit(text) {
    if (text.trim()) drawings.step("cost", (work) => ({ ...work, cost_unit: text.trim() }));
    else this.render();
  }

  budget(text) {
    const number = text === "" ? undefined : Number(text);
    return drawings.step("budget", (work) => ({ ...work, budget: number >= 0 ? number : undefined }));
  }

  // ---- changes

  begin(kind) {
    const [shape = null] = KINDS[kind].shapes;
    const draft = { kind, shape, width_m: WIDTH_M, options: structuredClone(KINDS[kind].start), name: this.changeName(kind) };
    this.open(draft);
    if (shape) this.ctx.map.surface.focus({ preventScroll: true });
    else document.getElementById("draw-done")?.focus();
  }

  changeName(kind) {
    const taken = new Set(drawings.now.alternatives.flatMap((one) => (one.changes ?? []).map((change) => change.name)));
    for (let i = 1; ; i += 1) {
      const name = this.word(`kinds.${kind}.called`, { n: i });
      if (!taken.has(name)) return name;
    }
  }

  edit(index) {
    const change = this.chosenOne().changes[index];
    const { shape, rings, width_m } = placeOf(change);
    const options = structuredClone(optionsOf(change));
    if (options.does) {
      options.actions = options.does;
      delete options.does;
    }
    this.open({
      kind: kindOf(change), shape, width_m: width_m ?? WIDTH_M, options, name: change.name, title: titleOf(change, this.ctx.word),
      change: structuredClone(change), index, place: shape ? { rings: structuredClone(rings) } : null,
    });
    if (shape) this.ctx.map.surface.focus({ preventScroll: true });
    else document.getElementById("draw-done")?.focus();
  }

  open(draft) {
    this.box?.end();
    this.back_to = document.activeElement?.id;
    const view = {
      ctx: this.ctx,
      host: this.hosts.box,
      commit: (change) => (draft.change ? this.replace(draft.index, change) : this.insert(change)),
      left: () => this.left(),
    };
    this.box = new Box(view, draft);
    this.render();
    this.ctx.panel.scrollTop = 0;
  }

  left() {
    const { draft } = this.box;
    this.box.end();
    this.box = null;
    renew(this.hosts.box, []);
    this.render();
    const back = document.getElementById(draft.index === undefined ? `draw-${draft.kind}` : `change-${draft.index}-edit`);
    (back ?? this.ctx.panel).focus({ preventScroll: true });
  }

  async insert(change) {
    const one = this.chosenOne();
    if (one) return this.on(one.name, "draw", (each) => ({ ...each, changes: [...(each.changes ?? []), change] }));
    return this.put("draw", (i) => this.word("alternative_name", { n: i }), { changes: [change] });
  }

  replace(index, change) {
    const { name } = this.chosenOne();
    return this.on(name, "move", (one) => ({ ...one, changes: one.changes.map((each, i) => (i === index ? change : each)) }));
  }

  removeChange(index) {
    const { name } = this.chosenOne();
    this.on(name, "erase", (one) => ({ ...one, changes: one.changes.filter((_, i) => i !== index) }));
    document.getElementById("undo")?.focus();
  }

  renaming(index) {
    this.renamed = this.renamed === index ? null : index;
    this.render();
    document.getElementById("change-name")?.select();
  }

  renameChange(index, text) {
    const name = text.trim();
    this.renamed = null;
    if (!name) {
      this.render();
      return;
    }
    const { name: of } = this.chosenOne();
    this.on(of, "rename", (one) => ({ ...one, changes: one.changes.map((each, i) => (i === index ? { ...each, name } : each)) }));
  }

  resume(name) {
    this.answers.resume(name);
    this.render();
  }

  // ---- steps

  back(which) {
    if (this.box) this.left();
    const label = drawings[which]();
    if (label) this.ctx.say(this.word(`${which}ne`, { step: this.word(`steps.${label}`) }));
  }

  key(event) {
    const typing = event.target.matches?.("input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea");
    if (!(event.ctrlKey || event.metaKey) || typing || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    this.back(key === "y" || event.shiftKey ? "redo" : "undo");
  }

  // ---- the best set

  async findBest() {
    const { alternatives, budget } = drawings.now;
    const free = alternatives.filter((one) => (one.changes ?? []).length && !(one.cost > 0));
    const bad = alternatives.length < 2 ? "few" : free.length ? "no_cost" : budget === undefined ? "no_budget" : null;
    this.bestProblem = bad ? this.word(`best.${bad}`, { names: free.map((one) => one.name).join(", ") }) : null;
    if (!bad) {
      try {
        await this.ctx.ask("api/best-set", { method: "POST", data: {} });
      } catch (problem) {
        this.bestProblem = problem.message;
      }
    }
    this.showCompare();
  }

  /** Whether the best set is being looked for. */
  get searching() {
    const found = this.ctx.store.state.best_set;
    return Boolean(found && !found.sentence && !found.problem);
  }

  async stopBest() {
    try {
      await this.ctx.ask("api/best-set", { method: "DELETE" });
    } catch {
      // a program that is away searches no more
    }
    this.showCompare();
  }
}

export function mount(ctx) {
  const view = new Change(ctx);
  return () => view.end();
}
