/** The animals of one landscape: where each was at any time, and what became of it. */

const MINUTES = 1440;
export const HOMES = ["joined", "stayed", "outside"];

export class Herd {
  /** @param {any} about as the program tells it @param {Uint8Array} places @param {any} grid of the map */
  constructor(about, places, grid) {
    const n = places.byteLength / 6;
    const column = (i) => new Uint16Array(places.buffer, places.byteOffset + 2 * n * i, n);
    this.about = about;
    [this.x, this.y, this.tick] = [0, 1, 2].map(column);
    this.perDay = MINUTES / about.minutes_per_tick;
    const [west, south, east, north] = about.bounds_m;
    this.scale = [(east - west) / 65535, (north - south) / 65535];
    // metres from the map's upper left corner
    this.shift = [west - grid.west_m, south - grid.north_m];
    this.origin = [grid.west_m, grid.north_m];
    const species = about.species.map((one) => one.key);
    this.animals = about.animals.map((one, i) => ({
      ...one,
      i,
      kind: species.indexOf(one.species),
      end: this.tick[one.first + one.n - 1] / this.perDay,
      // a resident does not end, its days do
      ended: one.fate !== "alive",
    }));
    this.byName = new Map(this.animals.map((one) => [one.animal, one]));
    this.species = about.species;
    this.days = about.days;
  }

  /** Days from the begin of a row of places. */
  day(row) {
    return this.tick[row] / this.perDay;
  }

  /** Metres from the map's upper left corner of a row. */
  east(row) {
    return this.x[row] * this.scale[0] + this.shift[0];
  }

  north(row) {
    return this.y[row] * this.scale[1] + this.shift[1];
  }

  /** The last row of an animal that is not after a time. */
  row(animal, time) {
    const wanted = time * this.perDay;
    let low = animal.first;
    let high = animal.first + animal.n - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.tick[middle] <= wanted) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Where an animal is at a time, between its places; from the map's upper left corner. */
  place(animal, time, row = this.row(animal, time)) {
    const last = row === animal.first + animal.n - 1;
    const from = this.day(row);
    const part = last ? 0 : Math.min(Math.max((time - from) / (this.day(row + 1) - from || 1), 0), 1);
    const next = last ? row : row + 1;
    return [
      this.east(row) + (this.east(next) - this.east(row)) * part,
      this.north(row) + (this.north(next) - this.north(row)) * part,
    ];
  }

  /** The same in metres of the map. */
  metres(animal, time) {
    const [x, y] = this.place(animal, time);
    return [x + this.origin[0], y + this.origin[1]];
  }

  /** All places of an animal in metres of the map. */
  way(animal) {
    return Array.from({ length: animal.n }, (_, k) => [
      this.east(animal.first + k) + this.origin[0],
      this.north(animal.first + k) + this.origin[1],
    ]);
  }

  /** What an animal is at a time: `alive`, `died` and so on, see `fate`. */
  state(animal, time) {
    return animal.ended && time >= animal.end ? animal.fate : "alive";
  }

  /** Whether an animal goes or ends otherwise than the same one among others. */
  otherwise(animal, others) {
    const other = others.byName.get(animal.animal);
    if (!other || other.n !== animal.n || other.fate !== animal.fate || other.cause !== animal.cause) return true;
    for (let k = 0; k < animal.n; k += 1) {
      if (this.x[animal.first + k] !== others.x[other.first + k]) return true;
      if (this.y[animal.first + k] !== others.y[other.first + k]) return true;
    }
    return false;
  }

  /**
   * How many animals of each species are what at a time.
   * @returns {Record<string, number[]>} by `resident`, `disperser`, `displaced` (alive), the fates, `died CAUSE`
   */
  counts(time, shown) {
    const found = {};
    for (const one of this.animals) {
      if (!shown(one)) continue;
      const state = this.state(one, time);
      const key = state === "alive" ? one.stage : state === "died" ? `died_${one.cause}` : state;
      (found[key] ??= this.species.map(() => 0))[one.kind] += 1;
    }
    return found;
  }
}
