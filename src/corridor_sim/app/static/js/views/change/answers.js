/** Asking the program what alternatives do, and what it said beside: lives, co-benefits, current. */
const BESIDE = { lives: "lives", benefits: "co-benefits", current: "current" };

export class Answers extends EventTarget {
  constructor({ store, ask }) {
    super();
    this.store = store;
    this.ask = ask;
    this.asked = new Map();
    this.held = new Map();
    this.trouble = new Map();
    this.slow = new Map();
    this.stop = store.watch(["answers"], () => this.heard());
    this.stopSlow = store.watch(["slow"], () => {
      const { slow } = store.state;
      if (slow) this.slow.set(slow.name, slow.seconds);
      this.dispatchEvent(new CustomEvent("changed", { detail: slow?.name }));
    });
  }

  end() {
    this.stop();
    this.stopSlow();
  }

  of(name) {
    const answer = this.store.state.answers[name];
    return answer && !answer.dropped && this.waiting(name) !== "first" ? answer : null;
  }

  /** Whether an answer is being worked out: `first` before any, `more` while it grows, or false. */
  waiting(name) {
    const one = this.asked.get(name);
    if (one?.open) return "first";
    const answer = this.store.state.answers[name];
    return answer && answer.final === false && !answer.problem && !one?.stopped ? "more" : false;
  }

  /** Ask about the alternatives whose changes are others than when they were last asked about. */
  follow(alternatives, first, unsent) {
    if (this.store.state.stage !== "ready") return;
    const inTurn = [...alternatives].sort((a, b) => (b.name === first) - (a.name === first));
    for (const { name, changes = [] } of inTurn) {
      const text = JSON.stringify(changes);
      if (this.asked.get(name)?.text === text) continue;
      if (unsent) {
        // asked when the program knows what was drawn
        if (changes.length) this.asked.set(name, { text: null, open: true, answer: this.store.state.answers[name] });
        continue;
      }
      const known = !this.asked.has(name) && this.store.state.answers[name];
      this.asked.set(name, { text, open: changes.length > 0 && !known, answer: this.store.state.answers[name], began: performance.now() });
      this.forget(name);
      if (changes.length && !known) this.post(name);
    }
    for (const name of [...this.asked.keys()]) {
      if (!alternatives.some((one) => one.name === name)) this.asked.delete(name);
    }
  }

  async post(name) {
    this.slow.delete(name);
    try {
      await this.ask("api/answers", { method: "POST", data: { name } });
    } catch (bad) {
      if (!(bad instanceof TypeError)) this.trouble.set(name, bad.message);
      // asked again when the program is back
      if (bad instanceof TypeError) this.asked.delete(name);
      this.dispatchEvent(new CustomEvent("changed", { detail: name }));
    }
  }

  /** The program started anew: ask again for what it did not keep. */
  again() {
    for (const [name] of this.asked) if (!this.store.state.answers[name]) this.asked.delete(name);
  }

  async cancel(name) {
    const one = this.asked.get(name);
    if (one) Object.assign(one, { open: false, stopped: true });
    this.slow.delete(name);
    try {
      await this.ask(`api/answers/${encodeURIComponent(name)}`, { method: "DELETE" });
    } catch {
      // a program that is away works on nothing
    }
    this.dispatchEvent(new CustomEvent("changed", { detail: name }));
  }

  resume(name) {
    this.asked.delete(name);
  }

  heard() {
    for (const [name, one] of this.asked) {
      const answer = this.store.state.answers[name];
      if (answer === one.answer) continue;
      one.answer = answer;
      if (answer) one.open = false;
      if (answer?.final !== false) this.slow.delete(name);
      this.dispatchEvent(new CustomEvent("changed", { detail: name }));
    }
  }

  forget(name) {
    this.trouble.delete(name);
    for (const key of Object.keys(BESIDE)) this.held.delete(`${key} ${name}`);
  }

  /**
   * What goes with an answer: `lives`, `benefits` or `current`; null where it is not there yet (a `changed` follows),
   * `{problem}` where the program cannot say.
   */
  beside(key, name) {
    const answer = this.of(name);
    if (!answer || answer.problem || this.waiting(name)) return null;
    const at = `${key} ${name}`;
    const tag = `${answer.revision} ${answer.replicates}`;
    const known = this.held.get(at);
    if (known?.tag === tag) return known.found ?? null;
    const one = { tag };
    this.held.set(at, one);
    this.ask(`api/answers/${encodeURIComponent(name)}/${BESIDE[key]}`)
      .then((found) => { one.found = found; })
      .catch((bad) => { one.found = bad instanceof SyntaxError ? { absent: true } : { problem: bad.message }; })
      .finally(() => this.held.get(at) === one && this.dispatchEvent(new CustomEvent("changed", { detail: name })));
    return null;
  }

  ways(name, row) {
    return this.ask(`api/answers/${encodeURIComponent(name)}/ways?rows=${row}`);
  }
}
