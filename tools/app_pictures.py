"""Open every view of the page at the size of a desk and of a phone, and keep a picture of each.

    python tools/app_pictures.py FOLDER [--url URL] [--view look change] [--lang es] [SCENARIO]
    python tools/app_pictures.py docs/pictures --drawn      # the README's picture, page.png

Without ``--url`` the page is started, with the built-in landscape or a scenario, and stopped again.
Pictures are to be looked at: can a planner read them?
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))

from served import CHROMIUM, FLAGS, SIZES, Served, free_port

VIEWS = ("look", "watch", "change", "keep", "learn")
# what a view draws after it is there
SETTLED_MS = 1500
READY_MS = 120_000
# of the README's picture
DRAWN = [
    [-78.65, -2.3],
    [-78.45, -2.3],
    [-78.50, -3.1],
    [-78.85, -4.1],
    [-79.05, -4.1],
    [-78.75, -3.1],
]


def take(url: str, folder: Path, views: list[str]) -> None:
    """Save ``VIEW-SIZE.png`` of each view, and tell what went wrong on its page."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for size, (width, height) in SIZES.items():
            phone = {"device_scale_factor": 2, "has_touch": True} if size == "phone" else {}
            context = browser.new_context(viewport={"width": width, "height": height}, **phone)
            page = context.new_page()
            page.on("pageerror", lambda error: print(f"error: {error}"))
            page.on("console", lambda m: print(f"{m.type}: {m.text}") if m.type == "error" else 0)
            page.goto(url)
            page.wait_for_selector("body[data-stage=ready]", timeout=READY_MS)
            for view in views:
                page.locator(f"#views [data-view={view}]").click()
                page.wait_for_timeout(SETTLED_MS)
                page.screenshot(path=str(folder / f"{view}-{size}.png"))
                print(folder / f"{view}-{size}.png")
            context.close()
        browser.close()


def take_drawn(url: str, picture: Path) -> None:
    """Save a picture of the page with a drawn link and its whole answer."""
    from changing import answered, open_change
    from playwright.sync_api import sync_playwright

    link = {"kind": "build_link", "name": "Sangay to Podocarpus", "areas": [DRAWN]}
    link |= {"actions": ["restore", "protect"]}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1366, "height": 860})
        page.goto(url)
        open_change(
            page, {"alternatives": [{"name": link["name"], "cost": 4.0, "changes": [link]}]}
        )
        answered(page)
        page.wait_for_timeout(SETTLED_MS)
        page.screenshot(path=str(picture))
        browser.close()
    print(picture)


def main() -> None:
    """Take the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("scenario", nargs="*", help="of the page that is started")
    parser.add_argument("--url", help="address with its token of a page that runs")
    parser.add_argument("--view", nargs="+", choices=VIEWS, default=list(VIEWS))
    parser.add_argument("--lang", help="language in which the page is started [English]")
    parser.add_argument("--drawn", action="store_true", help="one picture with a drawn link")
    asked = parser.parse_args()
    if CHROMIUM is None:
        parser.error("Chromium is not installed (Debian: apt-get install chromium)")
    if asked.url:
        take(asked.url, asked.folder, asked.view)
        return
    with tempfile.TemporaryDirectory() as place:
        language = ["--lang", asked.lang] if asked.lang else []
        served = Served(Path(place) / "drawn", free_port(), [*asked.scenario, *language]).start()
        try:
            if asked.drawn:
                take_drawn(served.url, asked.folder / "page.png")
            else:
                take(served.url, asked.folder, asked.view)
        finally:
            served.stop()


if __name__ == "__main__":
    main()
