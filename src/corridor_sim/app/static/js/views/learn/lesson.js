/** One lesson: its steps, what was foreseen, done, answered and found. */
import { el, typeset } from "../../dom.js";
import { word } from "../../words.js";
import * as drift from "./drift.js";
import * as forest from "./forest.js";
import { Land } from "./land.js";
import * as links from "./links.js";
import { choice } from "./parts.js";
import { Progress } from "./progress.js";

const ACTIVITIES = { ...forest, ...links, ...drift };
// landscapes that were asked for, as long as the page is open
const SHARED = {};

/**
 * @param {object} ctx of the page @param {object} lesson its data
 * @param {{host: HTMLElement, leave: () => void}} where
 * @returns {Promise<() => void>} what ends it
 */
export async function openLesson(ctx, lesson, { host, leave }) {
  const words = await ctx.ask(`api/words/lessons/${lesson.key}`);
  const progress = new Progress(lesson.key);
  const land = { now: null };
  let end = () => {};
  progress.now.step = Math.min(progress.now.step, lesson.steps.length - 1);

  /** Show a step; `focus` where somebody asked for it. */
  function show(index, focus = true) {
    end();
    progress.set({ step: index });
    const step = lesson.steps[index];
    const text = words.steps[step.key];
    land.now ??= new Land(ctx);
    const body = step.sums_up ? summary() : stepNodes(step, text);
    const title = el("h3", { tabindex: "-1" }, text.title);
    const nav = el("div", { class: "row lesson-nav" },
      index > 0 && el("button", { type: "button", onclick: () => show(index - 1) }, word("learn.back")),
      index < lesson.steps.length - 1
        ? el("button", { type: "button", class: "main", onclick: () => show(index + 1) }, word("learn.next"))
        : el("button", { type: "button", onclick: () => { progress.clear(); show(0); } }, word("learn.again")));
    host.replaceChildren(
      el("button", { type: "button", class: "lesson-leave", onclick: leave }, word("learn.leave")),
      el("h2", {}, words.title),
      el("p", { class: "lesson-at" }, word("learn.at", { step: index + 1, of: lesson.steps.length }),
        el("progress", { max: lesson.steps.length, value: index + 1, "aria-label": word("learn.progress") })),
      title, ...body, nav);
    document.body.dataset.lesson = `${lesson.key}/${step.key}`;
    if (focus) {
      title.focus({ preventScroll: true });
      host.closest("#panel").scrollTop = 0;
    }
  }

  const paragraphs = (texts = [], kind = "") => [].concat(texts).map((text) => el("p", { class: kind }, typeset(text)));

  function stepNodes(step, text) {
    const rest = el("div", { class: "lesson-doing" });
    const nodes = [...paragraphs(text.text)];
    if (text.equation) nodes.push(el("div", { class: "equation" }, [].concat(text.equation).map((one) => el("p", {}, typeset(one)))));
    if (text.list) nodes.push(el("ul", {}, text.list.map((one) => el("li", {}, one))));
    if (text.source) nodes.push(el("p", { class: "soft" }, text.source));
    if (step.predict) nodes.push(predict(step, text, () => doing(step, text, rest)));
    nodes.push(rest);
    if (!step.predict || progress.now.foreseen[step.key]) doing(step, text, rest);
    else end = () => {};
    return nodes;
  }

  /** First what somebody expects, then what there is to do. */
  function predict(step, text, then) {
    const asked = text.predict;
    const node = el("section", { class: "predict" });
    const chosen = progress.now.foreseen[step.key];
    const given = () => node.replaceChildren(el("p", {}, word("learn.foreseen"), " ", el("strong", {}, asked.answers[progress.now.foreseen[step.key]])));
    if (chosen) {
      given();
      return node;
    }
    const select = choice({ label: asked.question, options: step.predict.map((key) => [key, asked.answers[key]]), onchange: () => (button.disabled = false) });
    const button = el("button", { type: "button", class: "main", disabled: true, onclick: () => {
      progress.put("foreseen", step.key, select.value);
      given();
      // the button that had the focus is gone
      node.tabIndex = -1;
      node.focus({ preventScroll: true });
      then();
      ctx.say(word("learn.kept"));
    } }, word("learn.foresee"));
    node.append(select.node, button);
    return node;
  }

  function doing(step, text, rest) {
    const nodes = [];
    if (text.do) nodes.push(el("h4", {}, word("learn.do")), el("ol", {}, [].concat(text.do).map((one) => el("li", {}, one))));
    let made = { nodes: [], end: () => {} };
    if (step.activity) {
      land.now ??= new Land(ctx);
      const shared = (SHARED[lesson.key] ??= {});
      made = ACTIVITIES[step.activity]({
        ...ctx, lesson, step, words, shared,
        get land() { return land.now; },
        kept: (key = step.key) => progress.now.kept[key],
        keep: (value, key = step.key) => progress.put("kept", key, value),
        note: (lines) => progress.put("found", step.key, lines),
      });
      nodes.push(...made.nodes);
    }
    if (text.look) nodes.push(el("h4", {}, word("learn.look")), ...paragraphs(text.look));
    if (step.ask) nodes.push(ask(step, text));
    rest.replaceChildren(...nodes.filter(Boolean));
    end = () => {
      made.end();
      if (step.activity === "own") land.now = null;
    };
  }

  function ask(step, text) {
    const asked = text.ask;
    const said = el("div", { role: "status" });
    const tell = (key) => {
      const right = key === step.ask.right;
      said.replaceChildren(el("p", { class: right ? "lesson-right" : "lesson-wrong" }, word(right ? "learn.right" : "learn.wrong")), ...paragraphs(asked.explanation));
    };
    const before = progress.now.answered[step.key];
    const select = choice({ label: asked.question, value: before, options: step.ask.answers.map((key) => [key, asked.answers[key]]),
      onchange: (key) => { progress.put("answered", step.key, key); tell(key); } });
    if (before) tell(before);
    return el("section", { class: "ask" }, select.node, said);
  }

  /** What this student foresaw and found, to be printed. */
  function summary() {
    const { foreseen, answered, found } = progress.now;
    const nodes = [...paragraphs(words.steps[lesson.steps.at(-1).key].text)];
    for (const step of lesson.steps) {
      const text = words.steps[step.key];
      const own = [];
      if (foreseen[step.key]) own.push(el("p", {}, word("learn.foreseen"), " ", el("strong", {}, text.predict.answers[foreseen[step.key]])));
      if (found[step.key]?.length) own.push(el("p", {}, word("learn.found")), el("ul", {}, found[step.key].map((one) => el("li", {}, typeset(one)))));
      if (answered[step.key]) own.push(el("p", {}, word("learn.answered", { question: text.ask.question, answer: text.ask.answers[answered[step.key]] }),
        " ", word(answered[step.key] === step.ask.right ? "learn.right" : "learn.wrong")));
      if (own.length) nodes.push(el("h4", {}, text.title), ...own);
    }
    nodes.push(el("h4", {}, word("learn.taken")), ...paragraphs(words.taken));
    nodes.push(el("p", { class: "soft" }, word("learn.made_with", { version: ctx.store.state.version, date: new Date().toLocaleDateString(document.documentElement.lang, { dateStyle: "long" }) })));
    nodes.push(el("button", { type: "button", onclick: () => window.print() }, word("learn.print")));
    end = () => {};
    return nodes;
  }

  show(progress.now.step);
  return () => {
    end();
    land.now?.end();
    delete document.body.dataset.lesson;
  };
}
