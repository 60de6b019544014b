/** One raster of bytes in a colour table, on a 2D canvas: it needs no WebGL. */

export class Raster {
  /** @param {{width: number, height: number, cell_m: number, west_m: number, north_m: number}} grid */
  constructor(grid) {
    this.grid = grid;
    this.image = document.createElement("canvas");
    this.image.width = grid.width;
    this.image.height = grid.height;
  }

  /** @param {Uint8Array} values the first byte of each cell @param {Uint8Array} colours 256 times RGBA */
  set(values, colours) {
    const context = this.image.getContext("2d", { willReadFrequently: true });
    const pixels = context.createImageData(this.grid.width, this.grid.height);
    const from = new Uint32Array(colours.buffer, colours.byteOffset, 256);
    const to = new Uint32Array(pixels.data.buffer);
    for (let i = 0; i < to.length; i += 1) to[i] = from[values[i]];
    context.putImageData(pixels, 0, 0);
  }

  /** Draw what is seen of it. */
  draw(context, map) {
    const { grid } = this;
    const [left, top] = map.toScreen(grid.west_m, grid.north_m);
    const cell = grid.cell_m / map.view.pixel_m;
    // of cells larger than a pixel the edges are shown, of smaller ones the mean
    context.imageSmoothingEnabled = cell < 1;
    context.imageSmoothingQuality = "medium";
    const [width, height] = [map.host.clientWidth, map.host.clientHeight];
    const from = (at) => Math.floor(Math.max(-at / cell, 0));
    const to = (at, size, n) => Math.ceil(Math.min((size - at) / cell, n));
    const [x0, x1, y0, y1] = [from(left), to(left, width, grid.width), from(top), to(top, height, grid.height)];
    if (x1 <= x0 || y1 <= y0) return;
    context.drawImage(this.image, x0, y0, x1 - x0, y1 - y0,
      left + x0 * cell, top + y0 * cell, (x1 - x0) * cell, (y1 - y0) * cell);
  }
}

/**
 * The value of a cell from its bytes: a number, the value of a class, or null where there is none.
 * @param {object} layer as `picture.layer_of` tells it @param {Uint8Array} values @param {number} i cell
 */
export function valueAt(layer, values, i) {
  const first = values[i];
  if (!first) return null;
  const second = layer.planes === 2 ? values[layer.grid.width * layer.grid.height + i] : 0;
  if (layer.kind === "classes") return layer.classes[254 * second + first - 1] ?? null;
  const share = layer.planes === 2 ? ((first - 1) * 256 + second) / 65023 : (first - 1) / 254;
  return fromShare(layer, share);
}

/** The number at a share of a ramp's length. */
export function fromShare({ scale, low, high }, share) {
  if (scale !== "root") return low + (high - low) * share;
  return (Math.sqrt(low) + (Math.sqrt(high) - Math.sqrt(low)) * share) ** 2;
}

/** The share of a ramp's length at which a number stands. */
export function toShare({ scale, low, high }, value) {
  if (!(high > low)) return 0;
  if (scale !== "root") return (value - low) / (high - low);
  return (Math.sqrt(value) - Math.sqrt(low)) / (Math.sqrt(high) - Math.sqrt(low));
}
