/** What is asked of the program, told line by line as it comes; who aborts ends the work on it. */
import { Problem } from "../../server.js";
import { word } from "../../words.js";

/**
 * @param {string} task @param {object} data
 * @param {(told: object) => void} hear called with every line
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} whether it came to its end; throws a Problem in plain words
 */
export async function told(task, data, hear, signal) {
  let response;
  try {
    response = await fetch("api/learn/run", { method: "POST", signal, headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ task, ...data }) });
    if (!response.ok) throw new Problem((await response.json()).problem, response.status);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines.filter(Boolean)) {
        const one = JSON.parse(line);
        if (signal?.aborted) return false;
        if (one.problem) throw new Problem(one.problem, 422);
        if (one.done) return true;
        hear(one);
      }
    }
  } catch (bad) {
    if (signal?.aborted) return false;
    if (bad instanceof Problem) throw bad;
    throw new Problem(word("page.lost"), 0);
  }
  throw new Problem(word("page.lost"), 0);
}

/** Bytes of a text in base 64. */
export const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
