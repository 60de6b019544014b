/** How a map is moved: mouse, wheel, one or two fingers, and keys. */

const STEP = 1 / 6;
const FINE = 1 / 40;
const CLICK_PX = 4;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @param {import("./map.js").CorridorMap} map */
export function listen(map) {
  const { surface } = map;
  const at = (event) => {
    const box = map.host.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const used = (name, event) => map.tool?.[name]?.(...map.toMap(...at(event)), event);
  const held = new Map();
  let began = null;
  let dragging = false;

  const pinch = () => {
    const [a, b] = [...held.values()];
    return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, apart: Math.hypot(a[0] - b[0], a[1] - b[1]) || 1 };
  };
  surface.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    // a click must not scroll the page nor show the crosshair of the keyboard
    surface.classList.add("by-pointer");
    held.set(event.pointerId, at(event));
    surface.setPointerCapture(event.pointerId);
    if (held.size > 1) {
      map.tool?.cancel?.();
      began = null;
      dragging = true;
      return;
    }
    dragging = !used("down", event);
    began = dragging ? at(event) : null;
  });
  surface.addEventListener("pointermove", (event) => {
    const now = at(event);
    if (held.size === 2 && held.has(event.pointerId)) {
      const before = pinch();
      held.set(event.pointerId, now);
      const after = pinch();
      map.pan(after.x - before.x, after.y - before.y);
      map.zoom(before.apart / after.apart, after.x, after.y);
      return;
    }
    const taken = used("move", event);
    if (!taken && held.has(event.pointerId) && dragging) {
      if (began && Math.hypot(now[0] - began[0], now[1] - began[1]) > CLICK_PX) began = null;
      if (!began) {
        const [px, py] = held.get(event.pointerId);
        map.pan(now[0] - px, now[1] - py);
        held.set(event.pointerId, now);
        surface.classList.add("dragged");
      }
    }
    map.dispatchEvent(new CustomEvent("pointer", { detail: map.toMap(...now) }));
  });
  const end = (event) => {
    if (!held.delete(event.pointerId)) return;
    surface.classList.remove("dragged");
    const taken = used("up", event);
    if (began && !taken && event.type === "pointerup") {
      map.dispatchEvent(new CustomEvent("pick", { detail: map.toMap(...at(event)) }));
    }
    began = null;
    if (!held.size) dragging = false;
  };
  surface.addEventListener("pointerup", end);
  surface.addEventListener("pointercancel", end);
  surface.addEventListener("pointerleave", () => map.dispatchEvent(new CustomEvent("pointer", { detail: null })));
  surface.addEventListener("dblclick", (event) => {
    if (used("double", event)) return;
    if (!map.tool) map.glide((view) => map.zoomed(view, 0.5, ...at(event)));
  });
  surface.addEventListener("wheel", (event) => {
    event.preventDefault();
    const pixels = event.deltaY * [1, 30, 300][event.deltaMode];
    const factor = Math.exp(Math.min(Math.max(pixels, -240), 240) * 0.002);
    // a notch of a wheel is a leap, to be shown as a way; fingers on a pad make the way themselves
    if (Math.abs(pixels) >= 50) map.glide((view) => map.zoomed(view, factor, ...at(event)));
    else map.zoom(factor, ...at(event));
  }, { passive: false });
  surface.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    surface.classList.remove("by-pointer");
    if (map.tool?.key?.(event)) return event.preventDefault();
    const arrow = ARROWS[event.key];
    if (arrow) {
      const share = event.shiftKey ? FINE : STEP;
      const size = share * Math.min(map.host.clientWidth, map.host.clientHeight);
      map.glide((view) => ({ ...view, x: view.x + arrow[0] * size * view.pixel_m, y: view.y + arrow[1] * size * view.pixel_m }));
    } else if (event.key === "+" || event.key === "=") map.glide((view) => map.zoomed(view, 1 / 1.5));
    else if (event.key === "-" || event.key === "_") map.glide((view) => map.zoomed(view, 1.5));
    else if (event.key === "0") map.whole();
    else if (event.key === "Enter" || event.key === " ") map.dispatchEvent(new CustomEvent("pick", { detail: map.centre() }));
    else return undefined;
    return event.preventDefault();
  });
}
