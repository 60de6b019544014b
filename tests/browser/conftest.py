"""A served page and a real browser: what every test of the page starts from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from served import CHROMIUM, FLAGS, SIZES, Served, Window, free_port


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The built-in landscape at 4 km with two species, shared by tests that do not stop it."""
    folder = tmp_path_factory.mktemp("app")
    scenario = folder / "small.toml"
    scenario.write_text(
        'name = "Today"\n[landscape]\ncell_m = 4000\n[species.andean_bear]\n[species.jaguar]\n',
        encoding="utf-8",
    )
    one = Served(folder / "drawn", free_port(), [str(scenario)]).start()
    yield one
    one.stop()


@pytest.fixture(scope="session")
def evaluator(served: Served) -> Any:
    """What the page asks, asked directly: same scenario, same numbers."""
    import corridor_sim as cs

    return cs.LinkEvaluator(served.arguments[0])


@pytest.fixture
def window(chromium: Any, served: Served) -> Iterator[Callable[..., Window]]:
    """Open a window: ``window("phone")``; nothing may go wrong in it unseen."""
    opened: list[tuple[Any, Window]] = []

    def make(size: str = "desk", url: str | None = None, **options: Any) -> Window:
        width, height = SIZES[size]
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        page = context.new_page()
        one = Window(page, [], [])
        page.on("pageerror", lambda error: one.errors.append(str(error)))
        page.on("console", lambda m: one.errors.append(m.text) if m.type == "error" else None)
        page.on("request", lambda request: one.requests.append(request.url))
        page.goto(url or served.url)
        opened.append((context, one))
        return one

    yield make
    for context, one in opened:
        context.close()
        assert one.errors == []
        away = [
            u for u in one.requests if not u.startswith(("http://127.0.0.1:", "data:", "blob:"))
        ]
        assert away == []
