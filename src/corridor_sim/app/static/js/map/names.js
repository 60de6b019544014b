/** Names of core areas and towns, the large first, none over another. */

const FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
const LINE_PX = 13;
const LONGEST = 17;
// a town is named where so many of its people come on each metre of a pixel's side
const PEOPLE_PER_PIXEL_M = 60;
// a core area is named where its side is so many pixels
const SIDE_PX = 13;

/** Break a long name into lines at spaces and dashes. */
export function broken(name) {
  const lines = [""];
  for (const part of name.split(/(?<=[ \u2013-])/)) {
    if (lines.at(-1) && (lines.at(-1) + part).trim().length > LONGEST) lines.push("");
    lines[lines.length - 1] += part;
  }
  return lines.map((one) => one.trim());
}

/**
 * @param {CanvasRenderingContext2D} context @param {import("./map.js").CorridorMap} map @param {object} picture
 * @param {Set<string>} off what is not drawn
 */
export function drawNames(context, map, picture, off) {
  const { clientWidth: width, clientHeight: height } = map.host;
  const { pixel_m: pixel } = map.view;
  // what stands around the map hides what lies under it
  const origin = map.host.getBoundingClientRect();
  const taken = [...map.host.querySelectorAll(".map-corner, .map-buttons, .legend")].map((node) => {
    const box = node.getBoundingClientRect();
    return [box.left - origin.left, box.top - origin.top, box.right - origin.left, box.bottom - origin.top];
  });
  const seen = ([x, y]) => x > -60 && y > -20 && x < width + 60 && y < height + 20;
  const free = (box) => box[0] > 2 && box[2] < width - 2 && box[1] > 2 && box[3] < height - 2
    && taken.every((other) => box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3]);
  context.lineJoin = "round";
  context.textBaseline = "middle";

  const towns = off.has("towns") ? [] : picture.towns
    .filter((town) => town.population >= PEOPLE_PER_PIXEL_M * pixel)
    .map((town) => ({ ...town, at: map.toScreen(town.x, town.y) }))
    .filter((town) => seen(town.at))
    .sort((a, b) => b.population - a.population);
  for (const town of towns) {
    const radius = town.population > 200_000 ? 4.5 : town.population > 30_000 ? 3.5 : 2.5;
    const [x, y] = town.at;
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    Object.assign(context, { fillStyle: "#1b1b1b", strokeStyle: "#ffffff", lineWidth: 1.5 });
    context.stroke();
    context.fill();
    taken.push([x - radius, y - radius, x + radius, y + radius]);
  }
  const write = (lines, x, y, colour) => {
    lines.forEach((line, i) => {
      const at = y + (i - (lines.length - 1) / 2) * LINE_PX;
      Object.assign(context, { strokeStyle: "#ffffffe0", lineWidth: 3.5, fillStyle: colour });
      context.strokeText(line, x, at);
      context.fillText(line, x, at);
    });
  };
  const areas = off.has("core-areas") ? [] : [...picture.core_areas].sort((a, b) => b.area_km2 - a.area_km2);
  const named = [
    ...towns.slice(0, 6).map((town) => ({ town })),
    ...areas.filter((area) => (Math.sqrt(area.area_km2) * 1000) / pixel > SIDE_PX).map((area) => ({ area })),
    ...towns.slice(6).map((town) => ({ town })),
  ];
  for (const { town, area } of named) {
    if (town) {
      context.font = `${town.population > 200_000 ? 600 : 400} 12px ${FONT}`;
      const [x, y] = town.at;
      const wide = context.measureText(town.name).width;
      const places = [[x + 7, y, "left"], [x - 7, y, "right"], [x, y - 12, "center"], [x, y + 12, "center"]];
      for (const [px, py, align] of places) {
        const left = align === "left" ? px : align === "right" ? px - wide : px - wide / 2;
        const box = [left - 1, py - 7, left + wide + 1, py + 7];
        if (!free(box)) continue;
        taken.push(box);
        context.textAlign = align;
        write([town.name], px, py, "#1b1b1b");
        break;
      }
    } else {
      const [x, y] = map.toScreen(area.x, area.y);
      if (!seen([x, y])) continue;
      context.font = `italic 600 12px ${FONT}`;
      const lines = broken(area.name);
      const wide = Math.max(...lines.map((line) => context.measureText(line).width));
      const tall = (lines.length * LINE_PX) / 2;
      for (const dy of [0, -tall - 8, tall + 8]) {
        const box = [x - wide / 2 - 1, y + dy - tall, x + wide / 2 + 1, y + dy + tall];
        if (!free(box)) continue;
        taken.push(box);
        context.textAlign = "center";
        write(lines, x, y + dy, "#0c4a2c");
        break;
      }
    }
  }
}
