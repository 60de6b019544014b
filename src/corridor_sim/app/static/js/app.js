/** The page: its views, the map they share, and the program behind it. */
import { el } from "./dom.js";
import { drawGround } from "./map/ground.js";
import { Layers } from "./map/layers.js";
import { CorridorMap } from "./map/map.js";
import { goBack, mountLanguage } from "./language.js";
import { mountOdd } from "./odd.js";
import { ask, hear, Problem } from "./server.js";
import { Store } from "./store.js";
import { loadWords, word } from "./words.js";
import * as look from "./views/look.js";
import * as watch from "./views/watch.js";
import * as change from "./views/change.js";
import * as keep from "./views/keep.js";
import * as learn from "./views/learn.js";

const VIEWS = { look, watch, change, keep, learn };
const store = new Store();
const panel = document.getElementById("panel");
const stage = document.getElementById("stage");
let map = null;
let layers = null;
let ground = null;
let leave = null;

/** Say it to who does not see it. */
function say(text) {
  document.getElementById("said").textContent = text;
}

/** Show one view; each mounts itself into the panel and returns what ends it. */
function show(name) {
  leave?.();
  panel.replaceChildren();
  for (const button of document.querySelectorAll("#views button")) {
    if (button.dataset.view === name) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  history.replaceState(null, "", `#${name}`);
  // before there is a map the choice is kept in the address, and shown as soon as there is one
  if (!map) return;
  leave = VIEWS[name].mount({ store, map, layers, ground, panel, say, ask, putWork, word });
}

/** Keep the drawings as they are now; where another window was first, take over what it made. */
async function putWork(work) {
  const { revision: seen, ...given } = { ...store.state.work, ...work };
  try {
    store.set({ work: await ask("api/work", { method: "PUT", data: { seen, work: given } }) });
  } catch (bad) {
    if (!(bad instanceof Problem)) throw bad;
    if (bad.status !== 409) throw bad;
    store.set({ work: bad.found });
    throw new Problem(word("page.stale"), 409);
  }
}

/** The map with its ground; what is shown first is asked for first, lines and names follow. */
async function makeMap(picture) {
  map = new CorridorMap(document.getElementById("map"), picture.grid, picture.degrees);
  map.addEventListener("said", (event) => say(event.detail));
  layers = new Layers(map, picture);
  ground = drawGround(map, picture);
  window.corridor = { map, store, layers };
  try {
    await layers.show(layers.first);
    for (const key of ["river", "road"]) {
      if (!picture.layers.some((one) => one.key === key)) continue;
      const { layer, values } = await layers.get(key);
      ground.setLines(key, layer, values);
    }
    document.body.dataset.ground = "drawn";
    goBack(map);
  } catch (bad) {
    stage.textContent = bad instanceof Problem ? bad.message : word("page.lost");
    stage.classList.add("warn");
  }
}

async function start() {
  const { answers, ...some } = await ask("api/start");
  if (map && some.picture && JSON.stringify(some.picture) !== JSON.stringify(store.state.picture)) {
    // the program was started again on another landscape
    location.reload();
    return;
  }
  if (map && !some.picture) {
    // it was started again and has no map yet: this window has
    delete some.picture;
    delete some.species;
  }
  store.set({ ...some, answers: Object.fromEntries(answers.map((one) => [one.name, one])) });
}

function told() {
  const { stage: at, progress, problem } = store.state;
  document.body.dataset.stage = at;
  stage.textContent = word(`page.stages.${at}`, { problem, ...progress });
  stage.classList.toggle("warn", at === "failed");
}

/** The run that an address leads to: `#run=0123456789abcdef`. */
function runOf(hash) {
  return /^run=([0-9a-f]{1,64})$/.exec(hash)?.[1] ?? null;
}

async function main() {
  const started = start();
  mountLanguage(document.getElementById("language"), await loadWords());
  const views = document.getElementById("views");
  for (const name of Object.keys(VIEWS)) {
    views.append(el("button", { "data-view": name, onclick: () => show(name) }, word(`page.views.${name}`)));
  }
  mountOdd(document.querySelector("header"));
  await started;
  store.watch(["stage", "progress", "problem"], told);
  store.watch(["picture"], () => {
    if (!store.state.picture || map) return;
    makeMap(store.state.picture);
    const wanted = location.hash.slice(1);
    store.set({ run: runOf(wanted) });
    show(store.state.run ? "keep" : wanted in VIEWS ? wanted : "look");
  });
  window.addEventListener("hashchange", () => {
    const run = runOf(location.hash.slice(1));
    if (!run || !map) return;
    store.set({ run });
    show("keep");
  });
  hear({
    stage: async (data) => {
      store.set(data);
      if (data.stage !== store.state.seen) {
        store.state.seen = data.stage;
        await start();
      }
    },
    work: (work) => work.revision > (store.state.work?.revision ?? -1) && store.set({ work }),
    answer: (one) => store.set({ answers: { ...store.state.answers, [one.name]: one } }),
    dropped: ({ name }) => {
      const { [name]: gone, ...answers } = store.state.answers;
      if (gone) store.set({ answers });
    },
    slow: (slow) => store.set({ slow }),
    "best-set": (found) => store.set({ best_set: found.revision ? found : null }),
    job: (one) => store.set({ jobs: [...store.state.jobs.filter((other) => other.id !== one.id), one] }),
    // the files of the landscape are others than when the map was kept
    picture: () => location.reload(),
    watch: (one) => store.set({ watched: { ...store.state.watched, [one.key]: one } }),
    problem: (one) => say(one.text),
    lost: () => {
      stage.textContent = word("page.lost");
      stage.classList.add("warn");
    },
    back: () => start().then(told),
  });
}

main();
