/**
 * What has been drawn, as this window knows it: every step can be undone, and none is lost while the
 * program is away. It lives as long as the page, whichever view is shown.
 */
const PENDING = "corridor_sim:pending";
const STEPS = "corridor_sim:steps";
const MOST_STEPS = 100;

// always in this order and without nulls, so that two works compare as texts
const content = ({ alternatives = [], cost_unit, budget } = {}) => ({
  alternatives: alternatives.map(({ name, cost, changes = [] }) => ({ name, cost: cost ?? undefined, changes })),
  cost_unit,
  budget: budget ?? undefined,
});
const text = (work) => JSON.stringify(content(work));

function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null;
  }
}

function write(storage, key, value) {
  try {
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(value));
  } catch {
    // a full or forbidden storage: the page goes on without it
  }
}

export class Drawings extends EventTarget {
  constructor({ store, putWork }) {
    super();
    this.store = store;
    this.putWork = putWork;
    this.now = content(store.state.work);
    this.kept = text(this.now);
    this.own = false;
    this.sending = false;
    const steps = read(sessionStorage, STEPS);
    const holds = steps && JSON.stringify(steps.now) === this.kept;
    this.done = holds ? steps.done : [];
    this.undone = holds ? steps.undone : [];
    this.trouble = null;
    this.pending = read(localStorage, PENDING);
    store.watch(["work"], () => this.heard());
  }

  /** Whether the program does not know yet what there is now. */
  get unsent() {
    return this.sending || Boolean(this.pending) || text(this.now) !== this.kept;
  }

  /** A step: `make(work)` returns the work after it, or null where it cannot be. Resolves to whether it is kept. */
  async step(label, make) {
    const after = make(structuredClone(this.now));
    if (!after) return false;
    if (text(after) === text(this.now)) return true;
    this.done.push({ label, work: this.now });
    this.done = this.done.slice(-MOST_STEPS);
    this.undone = [];
    this.set(after);
    const kept = await this.send(make);
    if (!kept) this.changed();
    return kept;
  }

  undo() {
    return this.back(this.done, this.undone);
  }

  redo() {
    return this.back(this.undone, this.done);
  }

  back(from, to) {
    const one = from.pop();
    if (!one) return null;
    to.push({ label: one.label, work: this.now });
    this.set(one.work);
    this.send(null);
    return one.label;
  }

  /** Take no notice any more of what went wrong. */
  heed() {
    this.trouble = null;
    this.changed();
  }

  /** After a conflict: put this window's drawings in the place of the program's, or drop them. */
  settle(mine) {
    const { pending } = this;
    this.trouble = null;
    this.pending = null;
    write(localStorage, PENDING, null);
    if (mine && pending) this.step("mine", () => pending.now);
    else this.changed();
  }

  set(work) {
    this.now = content(work);
    const { revision } = this.store.state.work;
    this.own = true;
    this.store.set({ work: { ...this.now, revision } });
    this.own = false;
    this.changed();
  }

  changed() {
    write(sessionStorage, STEPS, { done: this.done.slice(-30), undone: this.undone.slice(-30), now: this.now });
    this.dispatchEvent(new CustomEvent("changed"));
  }

  /** Send what there is now, again as long as it changes meanwhile. */
  async send(again) {
    if (this.sending) return true;
    this.sending = true;
    let retried = false;
    const { trouble } = this;
    try {
      for (;;) {
        const sent = text(this.now);
        if (sent === this.kept && !this.pending) return true;
        const mine = this.now;
        try {
          await this.putWork(mine);
        } catch (bad) {
          if (bad instanceof TypeError) {
            this.away(mine);
            return true;
          }
          const found = content(this.store.state.work);
          if (bad.status === 409 && again && !retried) {
            // another window was first: the same step, made on top of what it drew
            retried = true;
            const after = again(structuredClone(found));
            this.kept = text(found);
            if (after) {
              this.trouble = { key: "on_top" };
              this.set(after);
              continue;
            }
          }
          this.refuse(bad, found);
          return false;
        }
        this.kept = text(this.store.state.work);
        this.pending = null;
        write(localStorage, PENDING, null);
        // what went wrong before is over; what is told of this step stays
        if (this.trouble?.key === "away" || this.trouble === trouble) this.trouble = null;
        if (text(this.now) !== sent) {
          this.set(this.now);
          continue;
        }
        this.now = JSON.parse(this.kept);
        return true;
      }
    } finally {
      this.sending = false;
      // while the program is away the store holds what this window drew, not what the program keeps
      if (!this.pending) this.heard();
      this.changed();
    }
  }

  away(mine) {
    this.pending = { base: this.pending?.base ?? JSON.parse(this.kept), now: mine };
    write(localStorage, PENDING, this.pending);
    this.trouble = { key: "away" };
    this.changed();
  }

  /** The program refuses: what was before holds; the step can be made again by Redo. */
  refuse(bad, found) {
    const last = this.done.pop();
    if (last) this.undone.push({ label: last.label, work: this.now });
    this.trouble = { text: bad.message };
    this.kept = bad.status === 409 ? text(found) : this.kept;
    this.set(bad.status === 409 ? found : JSON.parse(this.kept));
  }

  /** The work changed: by this window, by another, or since the program is back. */
  heard() {
    if (this.own || this.sending) return;
    const found = text(this.store.state.work);
    if (this.pending) {
      if (found === JSON.stringify(this.pending.now)) {
        this.pending = null;
        write(localStorage, PENDING, null);
      } else if (found === JSON.stringify(this.pending.base)) {
        this.kept = found;
        this.set(this.pending.now);
        this.send(null);
        return;
      } else this.trouble = { key: "conflict", choice: true };
    }
    this.kept = found;
    if (found === text(this.now)) return;
    this.done.push({ label: "other", work: this.now });
    this.now = JSON.parse(found);
    this.changed();
  }
}

let shared = null;

/** The drawings of this window, which all views share. */
export const drawingsOf = (ctx) => (shared ??= new Drawings(ctx));
