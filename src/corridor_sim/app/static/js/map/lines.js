/** Lines from cells: roads and rivers are classes of a raster, and are drawn as lines between its neighbours. */

// opposite ones four apart
const SIDES = [[1, 0], [0, 1], [1, 1], [-1, 1], [-1, 0], [0, -1], [-1, -1], [1, -1]];
// a line is drawn in pieces of so many corners, so that those out of sight are left out
const MOST_CORNERS = 48;

/**
 * Pieces of lines through the cells of a class, in cells from the north-west.
 * @param {Uint8Array} values place of a cell's class and one @param {number[]} classes
 * @param {{width: number, height: number}} grid @param {number} value the class; lines go on into higher ones
 * @returns {{points: Float32Array, box: number[]}[]} `box` is west, north, east, south
 */
export function linesOf(values, classes, { width, height }, value) {
  const least = new Uint8Array(257);
  classes.forEach((one, i) => { least[i + 1] = one >= value ? 1 : 0; });
  const place = classes.indexOf(value) + 1;
  // by cell, a bit for each side to which a line leads
  const ways = new Uint8Array(width * height);
  for (let i = 0; i < ways.length; i += 1) {
    if (values[i] !== place) continue;
    const column = i % width;
    const row = (i - column) / width;
    for (let d = 0; d < 8; d += 1) {
      const [dx, dy] = SIDES[d];
      const [x, y] = [column + dx, row + dy];
      if (x < 0 || y < 0 || x >= width || y >= height || !least[values[y * width + x]]) continue;
      // corner to corner only where no side leads there
      if (dx && dy && (least[values[row * width + x]] || least[values[y * width + column]])) continue;
      ways[i] |= 1 << d;
      ways[y * width + x] |= 1 << (d ^ 4);
    }
  }
  const through = Uint8Array.from(ways, (bits) => (two(bits) ? 1 : 0));
  const found = [];
  const follow = (from, side) => {
    let at = from;
    let corners = [from];
    for (let d = side; d >= 0; d = through[at] ? Math.clz32(1) - Math.clz32(ways[at]) : -1) {
      ways[at] &= ~(1 << d);
      at += SIDES[d][0] + SIDES[d][1] * width;
      ways[at] &= ~(1 << (d ^ 4));
      corners.push(at);
      if (corners.length === MOST_CORNERS) {
        found.push(piece(corners, width));
        corners = [at];
      }
    }
    if (corners.length > 1) found.push(piece(corners, width));
  };
  // ends and crossings first, then what runs in a ring
  for (const rings of [0, 1]) {
    for (let i = 0; i < ways.length; i += 1) {
      if (ways[i] && through[i] === rings) for (let d = 0; d < 8; d += 1) if (ways[i] & (1 << d)) follow(i, d);
    }
  }
  return found;
}

/** Whether exactly two bits are set. */
function two(bits) {
  const rest = bits & (bits - 1);
  return rest !== 0 && (rest & (rest - 1)) === 0;
}

const piece = (cells, width) => pieceOf(cells.map((i) => [(i % width) + 0.5, Math.floor(i / width) + 0.5]));

/** A piece of a line through corners, in cells from the north-west. */
export function pieceOf(corners) {
  const points = Float32Array.from(corners.flat());
  const [xs, ys] = [0, 1].map((k) => corners.map((corner) => corner[k]));
  return { points, box: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] };
}

/**
 * Put pieces of lines that are seen into a context's path, in pixels.
 * @param {CanvasRenderingContext2D} context @param {{points: Float32Array, box: number[]}[]} pieces
 * @param {{left: number, top: number, cell: number, width: number, height: number}} at
 */
export function tracePath(context, pieces, { left, top, cell, width, height }) {
  // of cells smaller than two pixels every other corner tells as much
  const skip = cell < 2 ? 2 : 1;
  context.beginPath();
  for (const { points, box } of pieces) {
    if (left + box[2] * cell < -5 || top + box[3] * cell < -5 || left + box[0] * cell > width + 5 || top + box[1] * cell > height + 5) continue;
    const last = points.length / 2 - 1;
    context.moveTo(left + points[0] * cell, top + points[1] * cell);
    for (let k = skip; k < last; k += skip) context.lineTo(left + points[2 * k] * cell, top + points[2 * k + 1] * cell);
    context.lineTo(left + points[2 * last] * cell, top + points[2 * last + 1] * cell);
  }
}
