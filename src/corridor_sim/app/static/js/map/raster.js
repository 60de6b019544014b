/** One raster of bytes in a colour table, on a 2D canvas. */

export class Raster {
  constructor(canvas, grid) {
    this.canvas = canvas;
    this.grid = grid;
    this.image = document.createElement("canvas");
    this.image.width = grid.width;
    this.image.height = grid.height;
    this.empty = true;
  }

  set(values, colours) {
    this.empty = !values;
    if (!values) return;
    const context = this.image.getContext("2d");
    const pixels = context.createImageData(this.grid.width, this.grid.height);
    const from = new Uint32Array(colours.buffer, colours.byteOffset, 256);
    const to = new Uint32Array(pixels.data.buffer);
    for (let i = 0; i < values.length; i += 1) to[i] = from[values[i]];
    context.putImageData(pixels, 0, 0);
  }

  draw(map) {
    const context = this.canvas.getContext("2d");
    const { grid } = this;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (this.empty) return;
    const [left, top] = map.toScreen(grid.west_m, grid.north_m);
    const cell = grid.cell_m / map.view.pixel_m;
    context.imageSmoothingEnabled = cell < 1;
    context.drawImage(this.image, left, top, grid.width * cell, grid.height * cell);
  }
}
