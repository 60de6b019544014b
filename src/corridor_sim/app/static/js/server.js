/** Requests to the program, and its news. */

/** An answer of the program that is a problem in plain words. */
export class Problem extends Error {
  constructor(text, status) {
    super(text);
    this.status = status;
  }
}

/** Ask for JSON; throws a Problem where the program refuses, and TypeError where it is away. */
export async function ask(path, { method = "GET", data } = {}) {
  const response = await fetch(path, {
    method,
    headers: data === undefined ? {} : { "Content-Type": "application/json" },
    body: data === undefined ? undefined : JSON.stringify(data),
  });
  const found = await response.json();
  if (!response.ok) throw Object.assign(new Problem(found.problem ?? "", response.status), { found });
  return found;
}

/** Fetch bytes. */
export async function bytes(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Problem((await response.json()).problem, response.status);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * Hear the program's news for as long as the window is open.
 * @param {Record<string, (data: any) => void>} heard by kind of event; `lost` and `back` besides
 */
export function hear(heard) {
  const source = new EventSource("api/events");
  let lost = false;
  for (const [kind, call] of Object.entries(heard)) {
    if (kind !== "lost" && kind !== "back") {
      source.addEventListener(kind, (event) => call(JSON.parse(event.data)));
    }
  }
  source.onopen = () => {
    if (lost) heard.back?.();
    lost = false;
  };
  source.onerror = () => {
    if (!lost) heard.lost?.();
    lost = true;
  };
  return source;
}
