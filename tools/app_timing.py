"""Time the page on this machine: first map, a drawn link's answers, memory.

    python tools/app_timing.py                 # built-in landscape at 1 km, all species
    python tools/app_timing.py scenario.toml

Starts ``corridor-sim app`` three times on one folder: once to make what is kept, twice to be timed.
A real Chromium opens it, and a link is put as if it had just been drawn.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))

from changing import put_work
from served import CHROMIUM, FLAGS, SIZES, Served, free_port

STARTS = 3
# a band of five kilometres beside Sangay, moved a little each time so that every answer is new
WEST, NORTH, WIDE, HIGH, MOVED = 760_000.0, 9_700_000.0, 20_000.0, 40_000.0, 1500.0
LINKS = 5
LISTEN = """() => { window.heard = [];
  const source = new EventSource("api/events");
  source.addEventListener("answer", (event) => {
    const one = JSON.parse(event.data);
    window.heard.push([performance.now(), one.name, one.replicates ?? 0, Boolean(one.final)]);
  });
}"""
ASK = """async (name) => { window.asked = performance.now();
  const headers = { "Content-Type": "application/json" };
  await fetch("api/answers", { method: "POST", headers, body: JSON.stringify({ name }) });
}"""
HEARD = """(name) => window.heard.filter((one) => one[1] === name)
  .map((one) => [(one[0] - window.asked) / 1000, one[2], one[3]])"""


def memory_gb(pid: int, key: str = "VmHWM") -> float:
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(row for row in text.splitlines() if row.startswith(key)).split()[1]) / 1e6


def link(number: int, crs: str) -> dict[str, Any]:
    x, y = WEST + number * MOVED, NORTH
    ring = [[x, y], [x + WIDE, y], [x + WIDE, y - HIGH], [x, y - HIGH]]
    name = f"Link {number + 1}"
    change = {"kind": "build_link", "name": name, "areas": [ring], "crs": crs}
    return {"name": name, "changes": [{**change, "actions": ["restore", "protect"]}]}


def answers(page: Any) -> None:
    """Ask about links one after the other, and print when each answer came."""
    crs = page.evaluate("() => window.corridor.store.state.picture.grid.crs")
    page.evaluate(LISTEN)
    first, whole = [], []
    for number in range(LINKS):
        one = link(number, crs)
        put_work(page, {"alternatives": [one]})
        page.evaluate(ASK, one["name"])
        while not (told := page.evaluate(HEARD, one["name"])) or not told[-1][2]:
            page.wait_for_timeout(20)
        print(one["name"], "; ".join(f"{n} replicates {s:.2f} s" for s, n, _ in told))
        first.append(told[0][0])
        whole.append(told[-1][0])
    print(f"median of {LINKS}: first answer {median(first):.2f} s, last {median(whole):.2f} s")


def main() -> None:
    from playwright.sync_api import sync_playwright

    assert CHROMIUM is not None, "Chromium is not installed"
    width, height = SIZES["desk"]
    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": height})
        served = Served(Path(folder) / "drawn", free_port(), sys.argv[1:])
        for start in range(STARTS):
            began = perf_counter()
            served.start()
            page.goto(served.url)
            page.wait_for_selector("body[data-painted]", timeout=300_000)
            painted = perf_counter() - began
            page.wait_for_selector("body[data-stage=ready]", timeout=300_000)
            ready = perf_counter() - began
            print(f"start {start + 1}: first map {painted:.2f} s, ready for links {ready:.2f} s")
            if start == STARTS - 1:
                answers(page)
                assert served.process is not None
                print(f"memory of the program at most {memory_gb(served.process.pid):.2f} GB")
            page.goto("about:blank")
            served.stop()
        browser.close()


if __name__ == "__main__":
    main()
