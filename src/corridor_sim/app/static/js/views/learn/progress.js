/** How far somebody is in a lesson, what they foresaw and what they found: kept by this browser. */
const KEY = "corridor_sim.learn";

function all() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export class Progress {
  constructor(lesson) {
    this.lesson = lesson;
    this.now = { step: 0, foreseen: {}, answered: {}, found: {}, kept: {}, ...all()[lesson] };
  }

  /** Change some of it. */
  set(some) {
    Object.assign(this.now, some);
    try {
      localStorage.setItem(KEY, JSON.stringify({ ...all(), [this.lesson]: this.now }));
    } catch {
      // a browser that keeps nothing: the lesson goes on in this window
    }
  }

  put(kind, key, value) {
    this.set({ [kind]: { ...this.now[kind], [key]: value } });
  }

  /** Begin anew. */
  clear() {
    this.now = { step: 0, foreseen: {}, answered: {}, found: {}, kept: {} };
    this.set({});
  }

  static begun(lesson) {
    return (all()[lesson]?.step ?? 0) > 0;
  }
}
