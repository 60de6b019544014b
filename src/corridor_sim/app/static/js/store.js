/** What the page knows, and who wants to hear when it changes. */

export class Store extends EventTarget {
  /** From /api/start: version, stage, picture, species, work, answers by name. */
  state = { version: "", stage: "landscape", problem: "", picture: null, species: [], work: null, answers: {}, best_set: null, jobs: [], slow: null };

  /** Change some of it; listeners of `change:KEY` hear. */
  set(some) {
    Object.assign(this.state, some);
    for (const key of Object.keys(some)) this.dispatchEvent(new CustomEvent(`change:${key}`));
  }

  /** Call now and whenever one of the keys changes; return what ends it. */
  watch(keys, call) {
    for (const key of keys) this.addEventListener(`change:${key}`, call);
    call();
    return () => keys.forEach((key) => this.removeEventListener(`change:${key}`, call));
  }
}
