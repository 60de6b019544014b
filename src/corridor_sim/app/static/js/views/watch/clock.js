/** Time that runs: so many days a second, from 0 to the last day. */

/** Longest pause between two frames that counts, in seconds. */
const LONGEST = 0.25;

export class Clock {
  /** @param {() => void} tick called at each frame while it runs, and after each change of time */
  constructor(days, tick) {
    this.days = days;
    this.tick = tick;
    this.time = 0;
    this.speed = 3;
    this.loop = true;
    this.playing = false;
    this.frames = 0;
    this.unseen = () => {
      this.last = null;
      if (!document.hidden) this.next();
    };
    document.addEventListener("visibilitychange", this.unseen);
  }

  play(on = !this.playing) {
    this.playing = on;
    this.last = null;
    if (on && this.time >= this.days) this.time = 0;
    this.next();
    this.tick();
  }

  /** Go to a time. */
  go(time) {
    this.time = Math.min(Math.max(time, 0), this.days);
    this.tick();
  }

  next() {
    if (this.waiting || !this.playing || document.hidden) return;
    this.waiting = requestAnimationFrame((now) => {
      this.waiting = null;
      if (!this.playing || document.hidden) return;
      const passed = this.last === null ? 0 : Math.min((now - this.last) / 1000, LONGEST);
      this.last = now;
      this.frames += 1;
      this.time += passed * this.speed;
      if (this.time >= this.days) {
        this.time = this.loop ? 0 : this.days;
        this.playing = this.loop;
      }
      this.tick();
      this.next();
    });
  }

  end() {
    this.playing = false;
    cancelAnimationFrame(this.waiting);
    document.removeEventListener("visibilitychange", this.unseen);
  }
}
