/** The ground under the animals: heights in pale greys, so that marks and trails stand out. */
import { bytes } from "../../server.js";

const KEY = "elevation_m";
const [LOW, HIGH] = [[205, 216, 209], [250, 250, 247]];

/** Show the pale ground where the landscape has heights. */
export async function muted(map, layers) {
  if (!layers.some((one) => one.key === KEY)) return;
  const table = new Uint8Array(1024);
  for (let i = 1; i < 256; i += 1) {
    table.set([...LOW.map((v, k) => Math.round(v + ((HIGH[k] - v) * (i - 1)) / 254)), 255], i * 4);
  }
  map.setRaster(await bytes(`api/rasters/${KEY}`), table);
}
