/** Learn: guided lessons for a class, and sliders on the curves of sweeps. */
import { el } from "../dom.js";
import { openLesson } from "./learn/lesson.js";
import { Progress } from "./learn/progress.js";
import { sliders } from "./learn/sliders.js";

export function mount(ctx) {
  const { panel, word, ask, say } = ctx;
  const host = el("div", { class: "learn" });
  panel.append(host);
  document.body.classList.add("in-learn");
  let end = () => {};
  let gone = false;
  const change = (then) => {
    end();
    end = then ?? (() => {});
  };

  /** All lessons; back from one of them, its card has the focus. */
  async function home(from = null) {
    change();
    let found;
    try {
      found = await ask("api/learn");
    } catch (bad) {
      host.replaceChildren(el("p", { class: "warn" }, bad.message));
      return;
    }
    if (gone) return;
    const lessons = found.lessons.map((lesson) => el("li", {},
      el("button", { type: "button", class: "card", "data-lesson": lesson.key, onclick: () => open(lesson) },
        el("strong", {}, word(`learn.lessons.${lesson.key}.title`)), el("span", {}, word(`learn.lessons.${lesson.key}.question`)),
        el("span", { class: "soft" }, word(Progress.begun(lesson.key) ? "learn.go_on" : "learn.minutes", { minutes: lesson.minutes })))));
    const sweeps = found.sweeps.map((key) => el("li", {},
      el("button", { type: "button", class: "card", "data-sweep": key, onclick: () => openSweep(key) },
        el("strong", {}, word(`learn.sweeps.${key}.title`)), el("span", {}, word(`learn.sweeps.${key}.question`)))));
    host.replaceChildren(el("h2", {}, word("learn.title")), el("p", {}, word("learn.intro")),
      el("h3", {}, word("learn.lessons_title")), el("ul", { class: "cards" }, lessons),
      el("h3", {}, word("learn.sweeps_title")), el("p", {}, word("learn.sweeps_intro")), el("ul", { class: "cards" }, sweeps));
    if (from) host.querySelector(from)?.focus();
  }

  async function open(lesson) {
    change();
    const ended = await openLesson(ctx, lesson, { host, leave: () => home(`[data-lesson="${lesson.key}"]`) });
    if (gone) ended();
    else change(ended);
  }

  function openSweep(key) {
    const made = sliders({ sweep: key }, { say });
    change(made.end);
    const title = el("h2", { tabindex: "-1" }, word(`learn.sweeps.${key}.title`));
    host.replaceChildren(el("button", { type: "button", class: "lesson-leave", onclick: () => home(`[data-sweep="${key}"]`) }, word("learn.leave_sliders")),
      title, el("p", {}, word(`learn.sweeps.${key}.question`)), made.node);
    title.focus();
  }

  home();
  return () => {
    gone = true;
    change();
    document.body.classList.remove("in-learn");
  };
}
