/** Colour tables: 256 times RGBA, the first one clear, for cells without data. */

// from dark to light so that lightness alone tells the order, also to the colour-blind
const RAMP = ["#2d1e4f", "#31478c", "#22718c", "#2a9774", "#7cb950", "#e3d35c", "#fbf3d0"];
const CLASSES = ["#f0eee6", "#1b6b4a", "#e69f00", "#56b4e9", "#cc79a7", "#d55e00", "#0072b2", "#f0e442", "#999999"];

const channels = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

/** A table for a layer: a ramp, or a colour a class. */
export function coloursOf(layer) {
  const table = new Uint8Array(1024);
  for (let i = 1; i < 256; i += 1) {
    let colour;
    if (layer.kind === "classes") {
      colour = channels((layer.colours ?? CLASSES)[(i - 1) % (layer.colours ?? CLASSES).length]);
    } else {
      const at = ((i - 1) / 254) * (RAMP.length - 1);
      const low = Math.min(Math.floor(at), RAMP.length - 2);
      const [a, b] = [channels(RAMP[low]), channels(RAMP[low + 1])];
      colour = a.map((v, k) => Math.round(v + (b[k] - v) * (at - low)));
    }
    table.set([...colour, 255], i * 4);
  }
  return table;
}
