/** Lengths, areas and what can be wrong with an outline; all in metres of the map. */

const distance = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);

/** Length of a line, in metres. */
export function lengthOf(line) {
  return line.slice(1).reduce((sum, p, i) => sum + distance(line[i], p), 0);
}

/** Area inside a ring, in square metres, whichever way round. */
export function areaOf(ring) {
  const twice = ring.reduce((sum, [x, y], i) => {
    const [nx, ny] = ring[(i + 1) % ring.length];
    return sum + x * ny - nx * y;
  }, 0);
  return Math.abs(twice) / 2;
}

/** Area of a band along a line with round ends, in square metres; where it bends twice over itself, less. */
export function bandAreaOf(line, widthM) {
  return lengthOf(line) * widthM + Math.PI * (widthM / 2) ** 2;
}

/** Whether a place lies inside a ring. */
export function inside([x, y], ring) {
  let within = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [[ax, ay], [bx, by]] = [ring[i], ring[j]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  }
  return within;
}

/** Whether a place lies inside an area of several rings, of which inner ones are holes. */
export function insideRings(place, rings) {
  return rings.filter((ring) => inside(place, ring)).length % 2 === 1;
}

function side(a, b, c) {
  return Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
}

/** Whether two segments cross or touch. */
function cross(a, b, c, d) {
  const [p, q, r, s] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (p !== q && r !== s) return true;
  const on = (e, f, g, turn) =>
    turn === 0 && Math.min(e[0], f[0]) <= g[0] && g[0] <= Math.max(e[0], f[0]) &&
    Math.min(e[1], f[1]) <= g[1] && g[1] <= Math.max(e[1], f[1]);
  return on(a, b, c, p) || on(a, b, d, q) || on(c, d, a, r) || on(c, d, b, s);
}

/** Whether a ring crosses or touches itself. */
export function crossesItself(ring) {
  const n = ring.length;
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 2; j < n; j += 1) {
      if (i === 0 && j === n - 1) continue;
      if (cross(ring[i], ring[i + 1], ring[j], ring[(j + 1) % n])) return true;
    }
  }
  return false;
}

/** Distance from a place to a segment, in metres, and the nearest place on it. */
export function toSegment(place, a, b) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const whole = dx * dx + dy * dy;
  const along = whole ? ((place[0] - a[0]) * dx + (place[1] - a[1]) * dy) / whole : 0;
  const t = Math.max(0, Math.min(1, along));
  const at = [a[0] + t * dx, a[1] + t * dy];
  return { metres: distance(place, at), at };
}

/** How many cells of the map have their centre inside a ring; counting ends at `most`. */
export function cellsIn(ring, grid, most = 2) {
  const columns = ring.map(([x]) => (x - grid.west_m) / grid.cell_m);
  const rows = ring.map(([, y]) => (grid.north_m - y) / grid.cell_m);
  const within = (values, n) => [Math.max(0, Math.floor(Math.min(...values))), Math.min(n - 1, Math.ceil(Math.max(...values)))];
  const [left, right] = within(columns, grid.width);
  const [top, bottom] = within(rows, grid.height);
  let found = 0;
  for (let row = top; row <= bottom; row += 1) {
    for (let column = left; column <= right; column += 1) {
      const centre = [grid.west_m + (column + 0.5) * grid.cell_m, grid.north_m - (row + 0.5) * grid.cell_m];
      if (inside(centre, ring) && (found += 1) >= most) return found;
    }
  }
  return found;
}

/** Whether a place lies on the map. */
export function onMap([x, y], grid) {
  return x >= grid.west_m && x <= grid.west_m + grid.width * grid.cell_m &&
    y <= grid.north_m && y >= grid.north_m - grid.height * grid.cell_m;
}

/** The shortest line from one area to another, longer by `overM` at both ends, so that it reaches into both. */
export function between(from, to, overM) {
  let best = { metres: Infinity };
  const try_ = (rings, others, turned) => {
    for (const p of rings.flat()) {
      for (const ring of others) {
        for (let i = 0; i < ring.length; i += 1) {
          const { metres, at } = toSegment(p, ring[i], ring[(i + 1) % ring.length]);
          if (metres < best.metres) best = { metres, line: turned ? [at, p] : [p, at] };
        }
      }
    }
  };
  try_(from, to, false);
  try_(to, from, true);
  if (!best.metres) return null;
  const [[ax, ay], [bx, by]] = best.line;
  const [dx, dy] = [((bx - ax) / best.metres) * overM, ((by - ay) / best.metres) * overM];
  return [[ax - dx, ay - dy], [bx + dx, by + dy]];
}
