/** The box in which something is drawn, or moved: what it is, what is done there, how large it is. */
import { el } from "../../dom.js";
import { button, amount, check, radios, renew, select, slider } from "./controls.js";
import { between } from "./geometry.js";
import { ACTIONS, KINDS, LEAST_WIDTH_M, MOST_WIDTH_M, changeFrom, measuresOf, needed, placed, problemsOf } from "./kinds.js";
import { Handles, Pen } from "./pen.js";

const LONGEST_YEAR = 2300;

export class Box {
  /**
   * @param {object} view with the `ctx` of the page, `host`, and what hears: `commit(change)`, `left()`
   * @param {{kind: string, shape?: string, change?: object, name: string}} draft a change to be moved, or one to be made
   */
  constructor(view, draft) {
    this.view = view;
    this.ctx = view.ctx;
    this.draft = draft;
    this.refused = null;
    this.word = (key, values) => this.ctx.word(`change.${key}`, values);
    this.live = el("p", { class: "measures", id: "measures" });
    this.notes = el("div", { class: "notes" });
    this.telling = el("p", { class: "unseen", "aria-live": "polite" });
    if (draft.place) this.hold();
    else if (draft.shape) this.draw(draft.corners ?? []);
    this.render();
  }

  get crs() {
    return this.ctx.store.state.picture.grid.crs;
  }

  get rings() {
    if (this.draft.place) return this.draft.place.rings;
    return this.pen ? [this.pen.corners] : [];
  }

  get place() {
    return { shape: this.draft.shape, rings: this.rings, width_m: this.draft.width_m };
  }

  // ---- tools

  draw(corners) {
    this.pen?.end();
    const { draft, ctx } = this;
    this.pen = new Pen(ctx.map, {
      shape: draft.shape,
      corners,
      widthM: () => draft.width_m,
      changed: () => this.measured(),
      finish: () => this.finish(),
      leave: () => this.view.left(),
      told: (key, values) => this.tell(key, values),
    });
    ctx.map.setTool(this.pen);
  }

  hold() {
    const { draft, ctx } = this;
    this.pen = new Handles(ctx.map, {
      shape: draft.shape,
      rings: draft.place.rings,
      widthM: () => draft.width_m,
      least: needed(draft.shape),
      changed: () => this.measured(),
      moved: () => this.keep(),
      leave: () => this.view.left(),
      told: (key, values) => this.tell(key, values),
    });
    ctx.map.setTool(this.pen);
  }

  tell(key, values) {
    const { length, area } = measuresOf(this.place);
    const size = [length && this.word("say.length", { km: amount(length) }), area && this.word("say.area", { km2: amount(area) })];
    this.telling.textContent = [this.word(`say.${key}`, values), ...size].filter(Boolean).join(" ");
  }

  // ---- what is wrong, and what is kept

  problems() {
    const { grid, core_areas } = this.ctx.store.state.picture;
    return problemsOf(this.place, { grid, areas: core_areas });
  }

  /** What was drawn is done. */
  async finish() {
    if (this.busy) return;
    const { draft } = this;
    if (this.pen?.ahead) this.pen.ahead = null;
    const bad = draft.shape ? this.problems().find((one) => one.stops) : null;
    if (bad ?? this.empty()) {
      this.refuse(bad ? this.word(`wrong.${bad.key}`, bad.values) : this.word(`wrong.${this.empty()}`));
      return;
    }
    this.busy = true;
    const { kind, shape, width_m, options } = draft;
    const name = draft.name;
    const kept = await this.view.commit(changeFrom({ kind, name, shape, corners: this.rings[0], width_m, options, crs: this.crs }));
    this.busy = false;
    if (kept) this.view.left();
  }

  /** What was moved is kept at once, so that the answer follows. */
  async keep() {
    const { draft } = this;
    const bad = draft.shape ? this.problems().find((one) => one.stops) : null;
    if (bad ?? this.empty()) {
      this.refuse(bad ? this.word(`wrong.${bad.key}`, bad.values) : this.word(`wrong.${this.empty()}`));
      return;
    }
    this.refuse(null);
    const round = this.rings.map((ring) => ring.map((p) => p.map((v) => Math.round(v * 10) / 10)));
    const { name } = draft.change;
    const { crs, areas, line, points } = draft.change;
    const table = { ...changeFrom({ kind: draft.kind, name, options: draft.options }), areas, line, points, crs };
    draft.change = draft.shape ? placed(table, round, draft.width_m) : table;
    await this.view.commit(JSON.parse(JSON.stringify(draft.change)));
  }

  /** What is missing beside the place. */
  empty() {
    return this.draft.options.actions?.length === 0 ? "no_action" : null;
  }

  refuse(text) {
    this.refused = text;
    this.measured();
  }

  // ---- what is shown

  measured() {
    const { draft } = this;
    const { length, area } = measuresOf(this.place);
    const told = [
      length !== null && this.word("measures.length", { km: amount(length, 3) }),
      draft.shape === "band" && this.word("measures.width", { km: amount(draft.width_m / 1000, 3) }),
      area !== null && this.word("measures.area", { km2: amount(area, 3) }),
    ].filter(Boolean);
    this.live.textContent = told.length ? told.join(" · ") : draft.shape ? this.word("measures.none") : "";
    const ahead = draft.shape && this.rings[0]?.length >= needed(draft.shape) ? this.problems() : [];
    const soft = ahead.filter((one) => !(this.refused && one.stops));
    renew(this.notes, [
      this.refused && el("p", { class: "wrong", role: "alert" }, this.refused),
      soft.map((one) => el("p", { class: one.stops ? "wrong" : "note" }, this.word(`wrong.${one.key}`, one.values))),
    ]);
  }

  render() {
    const { draft, word } = this;
    const drawn = Boolean(draft.place);
    const editing = Boolean(draft.change);
    renew(this.view.host, [
      el("section", { class: "drawing-box", "aria-labelledby": "box-title" },
        el("h3", { id: "box-title" }, editing ? word("editing", { name: draft.title }) : word(`kinds.${draft.kind}.draw`)),
        draft.shape ? el("p", { class: "hint", id: "how" }, word(drawn ? "how.move" : `how.${draft.shape}`)) : null,
        this.live,
        this.notes,
        el("div", { class: "row" },
          editing
            ? button(word("done_moving"), () => this.view.left(), { class: "main", id: "draw-done" })
            : button(word("done"), () => this.finish(), { class: "main", id: "draw-done" }),
          draft.shape && !drawn ? button(word("drop_corner"), () => this.pen.drop(), { id: "draw-back" }) : null,
          drawn ? button(word("next_corner"), () => this.pen.next(), { id: "draw-next" }) : null,
          drawn ? button(word("drop_this"), () => this.pen.drop(), { id: "draw-back" }) : null,
          editing ? null : button(word("cancel"), () => this.view.left(), { id: "draw-cancel" })),
        draft.shape ? el("details", { id: "keys" }, el("summary", {}, word("keys.title")), el("p", { class: "hint" }, word(drawn ? "keys.move" : "keys.draw"))) : null,
        el("p", { class: "hint" }, word(`kinds.${draft.kind}.is`)),
        this.shapes(),
        this.options(),
        draft.shape && !drawn ? this.typed() : null,
        this.telling),
    ], { always: true });
    this.measured();
  }

  /** Ways to draw it, where there are several. */
  shapes() {
    const { draft, word } = this;
    const { shapes } = KINDS[draft.kind];
    if (draft.change || shapes.length < 2) return null;
    return [
      radios({
        id: "shape", legend: word("shape"), value: draft.way ?? draft.shape,
        choices: shapes.map((one) => [one, word(`shapes.${one}`)]),
        onchange: (one) => {
          draft.way = one;
          draft.shape = one === "between" ? "band" : one;
          this.draw(this.pen.corners);
          this.render();
        },
      }),
      draft.way === "between" ? this.joining() : null,
    ];
  }

  /** Two core areas between whose nearest edges a link leads. */
  joining() {
    const { word, draft } = this;
    const { core_areas: areas, grid } = this.ctx.store.state.picture;
    const choices = areas.map((one, i) => [String(i), one.name]);
    this.ends ??= ["0", String(Math.min(1, areas.length - 1))];
    const join = () => {
      const [a, b] = this.ends.map((i) => areas[Number(i)]);
      const line = a === b ? null : between(a.rings, b.rings, grid.cell_m);
      this.pen.corners.splice(0, Infinity, ...(line ?? []));
      this.pen.sketch();
      this.refuse(line ? null : word("wrong.no_gap"));
      if (!line) return;
      this.tell("joined");
      const [[ax, ay], [bx, by]] = line;
      const room = draft.width_m * 2;
      this.ctx.map.fit([Math.min(ax, bx) - room, Math.min(ay, by) - room, Math.max(ax, bx) + room, Math.max(ay, by) + room]);
    };
    return el("div", {},
      select({ id: "join-from", label: word("from"), choices, value: this.ends[0], onchange: (i) => { this.ends[0] = i; } }),
      select({ id: "join-to", label: word("to"), choices, value: this.ends[1], onchange: (i) => { this.ends[1] = i; } }),
      button(word("join"), join, { id: "join" }));
  }

  /** Corners given as numbers. */
  typed() {
    const { word, ctx } = this;
    const field = (key) => el("input", { type: "number", id: `corner-${key}`, step: "any", inputmode: "decimal" });
    const [x, y] = [field("x"), field("y")];
    const add = () => {
      if (x.value === "" || y.value === "") {
        this.refuse(word("wrong.no_number"));
        return;
      }
      this.refuse(null);
      this.pen.add([Number(x.value), Number(y.value)]);
      x.value = y.value = "";
      x.focus();
    };
    return el("details", { id: "typing" }, el("summary", {}, word("type_corners")),
      el("p", { class: "hint" }, word("type_how", { crs: ctx.store.state.picture.grid.crs })),
      el("div", { class: "row" },
        el("label", { for: "corner-x" }, word("easting")), x,
        el("label", { for: "corner-y" }, word("northing")), y),
      button(word("add_corner"), add, { id: "corner-add" }));
  }

  options() {
    const { draft, word } = this;
    const set = (key, value) => {
      if (value === undefined) delete draft.options[key];
      else draft.options[key] = value;
      if (draft.change) this.keep();
      else this.measured();
    };
    const parts = [];
    if (draft.shape === "band") {
      parts.push(slider({
        id: "width", label: word("width"), min: LEAST_WIDTH_M / 1000, max: MOST_WIDTH_M / 1000, step: 0.5, value: draft.width_m / 1000,
        oninput: (km) => {
          draft.width_m = Math.round(km * 1000);
          this.pen.sketch();
          this.measured();
        },
        onchange: () => draft.change && this.keep(),
      }));
    }
    const { actions, road_class: road, fraction } = draft.options;
    if (draft.kind === "link") {
      parts.push(el("fieldset", {}, el("legend", {}, word("inside")), ACTIONS.map((one) =>
        check({
          id: `does-${one}`, label: word(`actions.${one}.name`), hint: word(`actions.${one}.is`), checked: actions.includes(one),
          onchange: (on) => set("actions", ACTIONS.filter((each) => (each === one ? on : draft.options.actions.includes(each)))),
        }))));
    }
    if (draft.kind === "road") {
      parts.push(radios({
        id: "road", legend: word("road_class"), value: String(road ?? 2), choices: ["2", "1"].map((one) => [one, word(`roads.${one}`)]),
        onchange: (one) => set("road_class", Number(one)),
      }));
    }
    if (draft.kind === "clearing") {
      const made = this.ctx.store.state.picture.choices?.cleared_to ?? [];
      parts.push(slider({
        id: "fraction", label: word("fraction"), min: 1, max: 100, step: 1, value: Math.round(fraction * 100),
        oninput: () => {}, onchange: (percent) => set("fraction", percent / 100),
      }));
      if (made.length) {
        parts.push(select({
          id: "cleared", label: word("cleared_to"), value: draft.options.to ?? made[0].key,
          choices: made.map((one) => [one.key, one.label]), onchange: (key) => set("to", key),
        }));
      }
    }
    if (draft.kind === "warming") parts.push(...this.warming(set));
    return parts;
  }

  warming(set) {
    const { draft, word } = this;
    const pathways = this.ctx.store.state.picture.choices?.pathways ?? [];
    const { options } = draft;
    const by = options.ssp ? "pathway" : "degrees";
    const parts = [];
    if (pathways.length) {
      parts.push(radios({
        id: "warm", legend: word("warm_by"), value: by, choices: ["degrees", "pathway"].map((one) => [one, word(`warm.${one}`)]),
        onchange: (one) => {
          draft.options = one === "degrees" ? { degrees_c: 2 } : { ssp: pathways[0].name, year: pathways[0].years.at(-1) };
          if (draft.change) this.keep();
          this.render();
        },
      }));
    }
    if (by === "degrees") {
      parts.push(slider({
        id: "degrees", label: word("degrees"), min: 0.1, max: 6, step: 0.1, value: options.degrees_c,
        oninput: () => {}, onchange: (c) => set("degrees_c", c),
      }));
    } else {
      const one = pathways.find(({ name }) => name === options.ssp) ?? pathways[0];
      parts.push(
        select({ id: "pathway", label: word("pathway"), value: options.ssp, choices: pathways.map(({ name }) => [name, name]), onchange: (ssp) => set("ssp", ssp) }),
        slider({
          id: "year", label: word("year"), min: (one?.years[0] ?? 1850) + 1, max: one?.years.at(-1) ?? LONGEST_YEAR, step: 1, value: options.year,
          oninput: () => {}, onchange: (year) => set("year", Math.round(year)),
        }));
    }
    return parts;
  }

  end() {
    this.ctx.map.setTool(null);
    this.pen?.end();
  }
}
