/**
 * Colours: tables of 256 times RGBA, the first one clear, for cells without data; ramps whose lightness alone tells
 * the order; and a few colours that are told apart by who does not see red or green.
 */

export const RAMPS = {
  // from light to dark, so that lines and names stay readable over the many cells that hold little
  sequence: ["#fbf6df", "#e6df92", "#a9cb74", "#58a97c", "#23808a", "#265789", "#33235a"],
  // loss, nothing, gain: equally dark at both ends, orange and blue
  diverging: ["#7a3500", "#c4701d", "#eec48d", "#f6f5f1", "#a2c6e2", "#3d7db3", "#0d3d6e"],
};
const KIND_RAMPS = { ramp: "sequence", diverging: "diverging" };

// known layers of classes by value; `rest` is any other value
export const CLASSES = {
  road: { 0: "#f3f1ea", 1: "#b0621f", 2: "#8c1d12", 3: "#000000" },
  river: { 0: "#f3f1ea", 1: "#69a9dc", 2: "#2d7cc2", 3: "#123f73" },
};
const PRESENCE = { 0: "#f3f1ea", rest: "#3f8f6b" };

// in the order in which they are given: of the first four any two stay apart by 38 in CIELAB, of all by 21, as seen by
// who lacks red, green or blue cones (Machado et al. 2009)
const APART = ["#d55e00", "#0072b2", "#603018", "#7800f0", "#d890a8", "#303060", "#907848", "#a84878"];

/** Colour of the i-th of whatever is to be told apart. */
export const apart = (i) => APART[i % APART.length];

/** Colour of a species: that of its file, as in every figure; what has none is dark. */
export const speciesColour = (all, key) => all.find((one) => one.key === key)?.colour ?? "#444444";

export const channels = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

/** Colour of a ramp at a share of its length, as three channels. */
export function alongRamp(ramp, share) {
  const at = Math.min(Math.max(share, 0), 1) * (ramp.length - 1);
  const low = Math.min(Math.floor(at), ramp.length - 2);
  const [a, b] = [channels(ramp[low]), channels(ramp[low + 1])];
  return a.map((v, k) => Math.round(v + (b[k] - v) * (at - low)));
}

export const rampOf = (layer) => RAMPS[layer.ramp ?? KIND_RAMPS[layer.kind] ?? "sequence"];

/** Colour of the i-th class of a layer, as hex. */
export function classColour(layer, i) {
  if (layer.colours) return layer.colours[i];
  const value = layer.classes?.[i] ?? i;
  const table = CLASSES[layer.key] ?? PRESENCE;
  return table[value] ?? table.rest ?? apart(i);
}

/**
 * A table for a layer: a ramp, or a colour a class.
 * @param {Set<number> | null} [lit] places of classes that keep their colours while the others fade
 */
export function coloursOf(layer, lit = null) {
  const table = new Uint8ClampedArray(1024);
  const ramp = rampOf(layer);
  for (let i = 1; i < 256; i += 1) {
    let colour = layer.kind === "classes" ? channels(classColour(layer, (i - 1) % Math.max(layer.classes.length, 1)))
      : alongRamp(ramp, (i - 1) / (layer.planes === 2 ? 253 : 254));
    if (lit && !lit.has(i - 1)) {
      const grey = 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2];
      colour = colour.map(() => 225 + (grey / 255) * 25);
    }
    table.set([...colour, 255], i * 4);
  }
  return new Uint8Array(table.buffer);
}
