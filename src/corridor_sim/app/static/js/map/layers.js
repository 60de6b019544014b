/** Layers of the landscape and maps of species: fetched once, shown as the ground of a view. */
import { ask, bytes } from "../server.js";

const FIRST = "land_cover";
// maps of animals change with the program's settings only, but each is as large as a layer
const MOST_KEPT = 24;

export class Layers {
  /** @param {import("./map.js").CorridorMap} map @param {object} picture */
  constructor(map, picture) {
    Object.assign(this, { map, picture, kept: new Map(), wanted: null, key: null });
    this.first = picture.layers.some((one) => one.key === FIRST) ? FIRST : picture.layers[0]?.key;
  }

  /**
   * Fetch a layer without showing it.
   * @param {string} key of a layer, or `suitability/SPECIES`, `use/SPECIES`, `current/SPECIES`
   * @returns {Promise<{layer: object, values: Uint8Array}>} throws a Problem in plain words
   */
  get(key) {
    if (!this.kept.has(key)) {
      const found = this.fetched(key);
      // what failed may be there later
      found.catch(() => this.kept.delete(key));
      this.kept.set(key, found);
      if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value);
    }
    return this.kept.get(key);
  }

  async fetched(key) {
    const own = this.picture.layers.find((one) => one.key === key);
    if (own) return { layer: own, values: await bytes(`api/rasters/${key}`) };
    const [kind, species] = key.split("/");
    const layer = await ask(`api/maps/${kind}?species=${encodeURIComponent(species)}`);
    return { layer, values: await bytes(`api/rasters/${encodeURIComponent(layer.key)}`) };
  }

  /** Show a layer as a ground that is told by nothing, in colours of a view's own. */
  async ground(key, colours) {
    this.wanted = colours;
    const { values } = await this.get(key);
    if (this.wanted === colours) this.map.setRaster(values, colours);
  }

  /** Show a layer as the ground; one that was asked for since then wins. Says whether it did. */
  async show(key) {
    this.wanted = key;
    const { layer, values } = await this.get(key);
    if (this.wanted !== key) return false;
    this.key = key;
    this.map.show(layer, values);
    document.body.dataset.painted = key;
    return true;
  }
}
