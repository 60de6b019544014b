/** The full report: how long it takes, made beside other work, and listed. */
import { el } from "../../dom.js";
import { number } from "../../numbers.js";
import { button } from "../change/controls.js";
import { Told } from "./parts.js";

const RUNNING = ["waiting", "running"];

export class Report {
  constructor(ctx) {
    this.ctx = ctx;
    const { word, store } = ctx;
    this.told = new Told();
    this.days = el("input", { type: "number", id: "report-days", min: 1, max: 36525, step: 1, inputmode: "numeric" });
    this.replicates = el("input", { type: "number", id: "report-replicates", min: 2, max: 1000, step: 1, inputmode: "numeric" });
    this.daysField = el("div", { class: "field" }, el("label", { for: "report-days" }, word("keep.report.days")), this.days);
    this.forecast = button(word("keep.report.forecast"), () => this.foretell(), { id: "report-forecast" });
    this.make = button(word("keep.report.make"), () => this.begin(), { id: "report-make", class: "main" });
    this.work = el("div", { id: "report-work" });
    this.list = el("div", { id: "report-list" });
    this.node = el("section", { "aria-labelledby": "report-title" },
      el("h3", { id: "report-title" }, word("keep.report.title")), el("p", { class: "hint" }, word("keep.report.hint")),
      el("div", { class: "inline" }, this.daysField,
        el("div", { class: "field" }, el("label", { for: "report-replicates" }, word("keep.report.replicates")), this.replicates)),
      el("div", { class: "inline" }, this.forecast, this.make), this.told.node, this.work, this.list);
    this.end = store.watch(["jobs"], () => this.follow());
    this.refresh();
  }

  render(drawn, ready) {
    this.can = ready && drawn.length > 0;
    this.allow();
    if (ready && !this.days.value && !this.replicates.value) this.refresh();
  }

  allow() {
    const busy = this.job && RUNNING.includes(this.job.stage);
    this.make.disabled = !this.can || Boolean(busy);
    this.forecast.disabled = !this.can;
  }

  asked() {
    const whole = (field) => (field.value === "" ? null : Math.round(Number(field.value)));
    return { days: this.daysField.hidden ? null : whole(this.days), replicates: whole(this.replicates) };
  }

  async foretell() {
    const { word, ask } = this.ctx;
    this.told.wait(word("keep.working"));
    try {
      const { seconds, bytes, runs } = await ask("api/reports/forecast", { method: "POST", data: this.asked() });
      const memory = number(bytes / 1e9, 2);
      this.told.done(word("keep.report.expected", { time: this.lasting(seconds), memory, runs: number(runs) }));
    } catch (bad) {
      this.told.wrong(bad, word);
    }
  }

  lasting(seconds) {
    const { word } = this.ctx;
    if (seconds < 90) return word("keep.report.seconds", { n: number(Math.max(seconds, 1), 1) });
    if (seconds < 5400) return word("keep.report.minutes", { n: number(seconds / 60, 2) });
    return word("keep.report.hours", { n: number(seconds / 3600, 2) });
  }

  async begin() {
    const { word, ask } = this.ctx;
    this.make.disabled = true;
    try {
      await this.foretell();
      await ask("api/reports", { method: "POST", data: this.asked() });
    } catch (bad) {
      this.told.wrong(bad, word);
      this.allow();
    }
  }

  /** The last report that is, or was, being made. */
  follow() {
    const { store, word, ask, say } = this.ctx;
    const job = (store.state.jobs ?? []).filter((one) => one.kind === "report").at(-1);
    const before = this.job;
    this.job = job;
    this.allow();
    if (!job) return;
    const { stage } = job;
    if (RUNNING.includes(stage)) {
      const line = stage === "waiting" ? word("keep.report.waiting") : job.line || word("keep.report.working");
      if (before?.id === job.id && RUNNING.includes(before.stage) && this.line) {
        this.line.textContent = line;
        return;
      }
      this.line = el("p", { class: "hint" }, line);
      this.work.replaceChildren(el("div", { class: "working" },
        el("progress", { "aria-label": word("keep.report.working") }), this.line,
        button(word("keep.report.cancel"), () => ask(`api/jobs/${job.id}`, { method: "DELETE" }), { id: "report-cancel" })));
      return;
    }
    this.line = null;
    const parts = {
      done: () => el("p", { class: "done" }, word("keep.report.ready"), " ", this.link(job.result.name, word("keep.report.title"))),
      failed: () => el("p", { class: "wrong", role: "alert" }, word("keep.report.failed", { problem: job.problem })),
      cancelled: () => el("p", { class: "note" }, word("keep.report.cancelled")),
    };
    this.work.replaceChildren(parts[stage]());
    if (before && before.stage !== stage) say(this.work.textContent);
    if (stage === "done") this.refresh();
  }

  link(name, title) {
    const { word } = this.ctx;
    return el("a", { href: `reports/${name}/report.html`, target: "_blank", rel: "noopener" }, title,
      el("span", { class: "unseen" }, ` (${word("keep.report.opens")})`));
  }

  async refresh() {
    const { ask, word } = this.ctx;
    let found;
    try {
      found = await ask("api/reports");
    } catch {
      return; // the page says by itself that the program is away
    }
    this.daysField.hidden = found.days === null;
    if (!this.days.value && found.days !== null) this.days.value = found.days;
    if (!this.replicates.value && found.replicates !== null) this.replicates.value = found.replicates;
    const rows = found.reports.map(({ name, title }) => el("li", {}, this.link(name, title),
      el("span", { class: "sub" }, word("keep.report.made", { date: dated(name) }))));
    this.list.replaceChildren(...(rows.length
      ? [el("h4", {}, word("keep.report.all")), el("ul", { class: "reports" }, rows)] : []));
  }
}

/** "2026-11-30 21:05" from the name of a report. */
function dated(name) {
  const [, day, hour, minute] = /^(\d{4}-\d{2}-\d{2})-(\d{2})(\d{2})/.exec(name) ?? [];
  return day ? `${day} ${hour}:${minute}` : name;
}
