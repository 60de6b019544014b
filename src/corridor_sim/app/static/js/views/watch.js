/** Watch: animals walk on the map, and each tells its life. */
import { el } from "../dom.js";
import { Points } from "../map/points.js";
import { number } from "../numbers.js";
import { bytes } from "../server.js";
import { Clock } from "./watch/clock.js";
import { nearest, putFrame } from "./watch/film.js";
import { makeFinder } from "./watch/find.js";
import { paleGround } from "./watch/ground.js";
import { Herd } from "./watch/herd.js";
import { dateOf, lifeOf, nameOf, seasonOf, whereIs } from "./watch/life.js";
import { makePlayer } from "./watch/player.js";
import { icon, inWords, makeTable, rowsOf } from "./watch/table.js";
import { makeWanted } from "./watch/wanted.js";

/** Pixels within which a click, or a tap, finds an animal. */
const REACH = 26;
/** Milliseconds between two updates of the numbers. */
const BEAT_MS = 400;
const MOST_HERDS = 4;
const PLAIN_ANIMALS = 15;
// what is asked for, and what came of it, stays while other views are seen
const asked = { name: null, animals: null, days: 365, hidden: new Set(), stages: new Set(), otherwise: false, time: 0 };
const herds = new Map();

export function mount({ store, map, layers, panel, say, ask, word }) {
  const state = { herd: null, today: null, differ: null, chosen: null, ended: false, pending: null };
  const areas = store.state.picture.core_areas;
  const root = el("div", { class: "watch" });
  const status = el("p", { class: "watch-note", role: "status" }, word("watch.waiting"));
  const body = el("div", {});
  body.append(status);
  root.append(el("h2", {}, word("watch.title")), body);
  panel.append(root);
  const ends = [];
  let points = null;
  let table = null;
  let wanted = null;
  let beat = 0;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const clock = new Clock(asked.days, () => frame());
  const shown = (one) =>
    !asked.hidden.has(one.species) && !asked.stages.has(one.stage) && (!state.differ || !asked.otherwise || state.differ[one.i]);
  const player = makePlayer(clock, {
    dateOf: (day) => (state.herd ? dateOf(state.herd, day) : ""),
    seasonOf: (day) => (state.herd ? seasonOf(state.herd, day) : null),
    stopped: tell,
  });
  const life = el("section", { class: "one-life", "aria-live": "polite" });
  const finder = makeFinder((one) => choose(one, true));

  function frame() {
    const { herd } = state;
    if (!herd) return;
    asked.time = clock.time;
    putFrame(points, herd, clock.time, shown, state.chosen);
    points.draw();
    player.update();
    const now = performance.now();
    if (clock.playing && now - beat < BEAT_MS) return;
    beat = now;
    table.update(herd.counts(clock.time, shown));
    tellNow();
  }

  /** Say the numbers to who does not see, when time stands still. */
  function tell() {
    if (state.herd) say(inWords(state.herd, state.herd.counts(clock.time, shown), dateOf(state.herd, clock.time)));
  }

  function tellNow() {
    const node = life.querySelector("[data-now]");
    if (!node) return;
    const { herd, chosen } = state;
    node.textContent =
      herd.state(chosen, clock.time) === "alive"
        ? word("watch.now", { date: dateOf(herd, clock.time), where: whereIs(areas, ...herd.metres(chosen, clock.time)) })
        : "";
  }

  function choose(one, show = false) {
    state.chosen = one;
    const { herd, today } = state;
    const other = today && today !== herd ? today.byName.get(one?.animal) : null;
    life.style.setProperty("--own", one ? herd.species[one.kind].colour : "");
    life.dataset.animal = one?.animal ?? "";
    if (!one) life.replaceChildren(el("p", { class: "watch-note" }, word("watch.choose")));
    else {
      const lines = (of, animal) => lifeOf(of, animal, areas).map((text) => el("p", {}, text));
      life.replaceChildren(
        el("h3", {}, nameOf(herd, one)),
        other ? el("p", {}, el("strong", {}, word("watch.now_with", { name: herd.about.name }))) : "",
        ...lines(herd, one),
        // it changes as time runs, which nobody wants to hear each time
        el("p", { "data-now": true, class: "watch-note", "aria-live": "off" }),
        ...(other ? [el("p", {}, el("strong", {}, word("watch.today"))), ...lines(today, other)] : []),
        el("div", { class: "row" },
          el("button", { onclick: () => centre(one) }, word("watch.go")),
          el("button", { onclick: () => choose(null) }, word("watch.leave"))),
      );
    }
    map.setOverlay("watched-way", one && ((m) => {
      const { colour } = herd.species[one.kind];
      const way = m.path([herd.way(one)], false);
      const before = other ? m.path([today.way(other)], false) : null;
      return [
        before && el("path", { d: before, stroke: "#14231d", "stroke-width": 1.6, "stroke-dasharray": "2 4" }),
        el("path", { d: way, stroke: "#ffffff", "stroke-width": 4, "stroke-opacity": 0.75 }),
        el("path", { d: way, stroke: colour, "stroke-width": 2 }),
      ];
    }));
    if (one && show) centre(one);
    frame();
  }

  function centre(one) {
    const [x, y] = state.herd.metres(one, clock.time);
    map.goTo({ x, y });
  }

  /** Ask for animals on a landscape; a herd once they are there, null where another is wanted by then. */
  async function herdOf(name) {
    const data = { name, animals: asked.animals, days: asked.days };
    const { key, ready } = await ask("api/watch", { method: "POST", data });
    if (herds.has(key)) return herds.get(key);
    if (!ready && !(await arrival(key))) return null;
    const [about, places] = await Promise.all([ask(`api/watch/${key}`), bytes(`api/watch/${key}/places`)]);
    const made = new Herd(about, places, map.grid);
    herds.set(key, made);
    if (herds.size > MOST_HERDS) herds.delete(herds.keys().next().value);
    return made;
  }

  function arrival(key) {
    state.pending?.(null);
    return new Promise((resolve, reject) => {
      const end = store.watch(["watched"], () => {
        const news = store.state.watched?.[key];
        if (!news) return;
        if (news.problem) reject(new Error(news.problem));
        else if (news.ready) resolve(true);
        else status.textContent = word("watch.walked", { done: number(news.done), of: number(news.of), seconds: number(Math.ceil(news.seconds)) });
        if (news.problem || news.ready) {
          end();
          delete store.state.watched[key];
        }
      });
      state.pending = (value) => {
        end();
        resolve(value);
      };
      ends.push(() => state.pending?.(null));
    });
  }

  let turn = 0;

  /** Show what is asked for. */
  async function load() {
    turn += 1;
    const own = turn;
    status.classList.remove("warn");
    status.textContent = word("watch.waiting");
    const begun = performance.now();
    try {
      const today = await herdOf(null);
      const herd = asked.name === null ? today : today && (await herdOf(asked.name));
      if (!herd || state.ended || own !== turn) return;
      show(herd, today);
      window.corridor.watch.seconds = (performance.now() - begun) / 1000;
    } catch (bad) {
      if (state.ended || own !== turn) return;
      status.classList.add("warn");
      status.textContent = bad instanceof TypeError ? word("watch.lost") : word("watch.failed", { problem: bad.message });
    }
  }

  function show(herd, today) {
    const first = !state.herd;
    const name = state.chosen?.animal;
    state.herd = herd;
    state.today = today;
    state.differ = herd === today ? null : herd.animals.map((one) => herd.otherwise(one, today));
    points?.remove();
    points = new Points(map, herd.species.map((one) => one.colour));
    clock.days = herd.days;
    clock.time = Math.min(clock.time, herd.days);
    tellWhich();
    build();
    choose(name ? (herd.byName.get(name) ?? null) : null);
    drawChange();
    drawLegend();
    expose();
    root.dataset.watched = herd.about.name ?? "";
    if (first && !still) clock.play(true);
    else frame();
  }

  function tellWhich() {
    const { herd } = state;
    const all = herd.species.reduce((sum, one) => sum + Object.values(one.in_run).reduce((a, b) => a + b, 0), 0);
    const n = number(herd.animals.length);
    status.textContent = points.plain ? word("watch.plain", { n, all: number(all) }) : word("watch.sample", { n, of: number(all) });
  }

  function build() {
    const { herd, differ } = state;
    const shownAll = (one) => !asked.stages.has(one.stage);
    const made = makeTable(herd, rowsOf(herd, shownAll), {
      hidden: asked.hidden,
      toggle: (key, on) => {
        if (on) asked.hidden.delete(key);
        else asked.hidden.add(key);
        changed();
      },
    });
    table = made;
    const stages = ["resident", "disperser", "displaced"].filter((key) => herd.animals.some((one) => one.stage === key));
    const stageBox = (key) =>
      el("label", { class: "watch-choice" },
        el("input", { type: "checkbox", checked: !asked.stages.has(key), "data-stage": key,
          onchange: (event) => {
            if (event.target.checked) asked.stages.delete(key);
            else asked.stages.add(key);
            changed();
          } }),
        el("span", {}, icon(key), word(`watch.stages.${key}`)));
    const only = differ && el("label", { class: "watch-choice" },
      el("input", { type: "checkbox", checked: asked.otherwise, "data-otherwise": true,
        onchange: (event) => {
          asked.otherwise = event.target.checked;
          changed();
        } }),
      word("watch.only_otherwise"));
    const marks = ["settled", "died", "looking"].map((key) => el("div", { class: "watch-note" }, icon(key), word(`watch.marks.${key}`)));
    finder.show(herd, shown, (one) => word("watch.option", { name: nameOf(herd, one), end: word(`watch.ends.${one.fate}`) }));
    const focus = document.activeElement;
    body.replaceChildren(
      player.node,
      status,
      wanted.landscape,
      differ ? el("p", {}, word("watch.otherwise", { n: number(differ.filter(Boolean).length), of: number(differ.length) })) : "",
      only ?? "",
      el("h3", {}, word("watch.counts")), made.node, el("p", { class: "watch-note" }, word("watch.blocks")),
      life, finder.node,
      el("fieldset", {}, el("legend", {}, word("watch.who")), stages.map(stageBox), marks),
      wanted.more,
      el("p", { class: "watch-note" }, word("watch.sampled")),
      el("p", { class: "watch-note" }, word("watch.hint")),
    );
    if (root.contains(focus)) focus.focus();
  }

  function changed() {
    finder.filter();
    frame();
    tell();
  }

  function drawLegend() {
    const items = state.herd.species.map((one) => ({ colour: one.colour, label: one.name, shape: "dot" }));
    map.legend({ title: word("watch.legend"), kind: "classes", items, note: word("watch.shapes") }, { slot: "watch" });
  }

  /** Outlines of what was changed, where it was drawn on this map. */
  function drawChange() {
    const one = (store.state.work?.alternatives ?? []).find((each) => each.name === asked.name);
    const here = (one?.changes ?? []).filter((each) => each.crs === map.grid.crs);
    map.setOverlay("watched-change", here.length ? (m) => here.map((each) =>
      el("path", { d: m.path(each.areas ?? [each.line ?? each.points ?? []], Boolean(each.areas)) })) : null);
  }

  /** What tests read. */
  function expose() {
    const { herd } = state;
    window.corridor.watch = {
      ...window.corridor.watch, clock, herd, points,
      where: (name) => herd.metres(herd.byName.get(name), clock.time),
    };
  }

  function key(event) {
    const on = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || !state.herd) return;
    // who came to the map by keys moves it and picks with them
    const taken = on.closest?.("input, select, textarea, button, summary, a, .surface:not(.by-pointer)");
    if (event.key === " " && !taken) clock.play();
    else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && !taken && !on.closest?.("#map")) {
      const days = event.shiftKey ? 10 : 1;
      player.step(event.key === "ArrowRight" ? days : -days);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function pick({ detail: [x, y] }) {
    if (!state.herd) return;
    const found = nearest(state.herd, clock.time, shown, x, y, REACH * map.view.pixel_m);
    if (found) choose(found);
  }

  ends.push(paleGround(layers));
  document.addEventListener("keydown", key, true);
  map.addEventListener("pick", pick);
  const probe = document.createElement("canvas").getContext("webgl2");
  asked.animals ??= probe ? 60 : PLAIN_ANIMALS;
  clock.time = asked.time;
  // who was away asks again, and learns what was drawn meanwhile
  let names = null;
  ends.push(store.watch(["work"], () => {
    const { alternatives = [] } = store.state.work ?? {};
    const now = JSON.stringify(alternatives);
    if (now === names) return;
    names = now;
    wanted = makeWanted({ store, asked, plain: !probe, changed: load });
    if (!alternatives.some((one) => one.name === asked.name)) asked.name = null;
    if (state.herd) build();
    load();
  }));
  return () => {
    state.ended = true;
    clock.end();
    points?.remove();
    ends.forEach((end) => end());
    document.removeEventListener("keydown", key, true);
    map.removeEventListener("pick", pick);
    map.legend(null, { slot: "watch" });
    map.setOverlay("watched-way", null);
    map.setOverlay("watched-change", null);
  };
}
