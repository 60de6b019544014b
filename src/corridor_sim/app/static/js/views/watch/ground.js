/** The ground under the animals: heights in pale greys, so that marks and trails stand out. */

const KEY = "elevation_m";
const [LOW, HIGH] = [[205, 216, 209], [250, 250, 247]];

/** Show the pale ground; return what brings back the ground that was there before. */
export function paleGround(layers) {
  const before = layers.key ?? layers.wanted;
  if (!layers.picture.layers.some((one) => one.key === KEY)) return () => {};
  const table = new Uint8Array(1024);
  for (let i = 1; i < 256; i += 1) {
    table.set([...LOW.map((v, k) => Math.round(v + ((HIGH[k] - v) * (i - 1)) / 254)), 255], i * 4);
  }
  layers.ground(KEY, table);
  return () => layers.show(before);
}
