"""The page in Spanish: nothing of it is English, and what is drawn stays when it is chosen."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe import findings
from changing import answered, area, click, open_change, put_work, until, work_of
from served import Window

pytestmark = pytest.mark.browser

Open = Callable[..., Window]
VIEWS = ("look", "watch", "change", "keep", "learn")
QUITO = "es-EC"
# all that is read or read out: texts, and attributes that are
TEXTS = """() => {
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const { parentElement: host, data } = walk.currentNode;
    if (data.trim() && !host.closest("script, style, code, option[lang]")) found.add(data.trim());
  }
  for (const name of ["aria-label", "title", "placeholder", "aria-roledescription"]) {
    for (const node of document.querySelectorAll(`[${name}]`)) {
      if (node.getAttribute(name).trim()) found.add(node.getAttribute(name).trim());
    }
  }
  return [...found];
}"""
# what both languages call so
ALIKE = ("corridor_sim", "Jaguar", "Animal", "Ecuador", "Páramo", "GeoPackage")
CUT = """() => [...document.querySelectorAll("button, select, summary, label, th, td, legend, h3")]
  .filter((one) => one.offsetParent && !one.closest(".unseen, .map-buttons, .chart-table"))
  .filter((one) => {
    const { left, right } = one.getBoundingClientRect();
    const cut = !one.matches("th, td") && one.scrollWidth > one.clientWidth + 2;
    return left < -1 || right > innerWidth + 1 || cut;
  })
  .map((one) => `${one.tagName} ${one.textContent.trim().slice(0, 60)}`)"""
WIDE = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


def ready(page: Any) -> Any:
    page.set_default_timeout(60_000)
    page.wait_for_selector("body[data-stage=ready]", timeout=240_000)
    return page


def show(page: Any, view: str) -> None:
    """Show a view with all that comes by itself."""
    page.locator(f"#views [data-view={view}]").click()
    page.wait_for_selector("#panel h2", state="attached")
    if view == "watch":
        page.wait_for_selector(".watch table", timeout=120_000)
    elif view == "change":
        page.wait_for_selector("#answer-title")
        page.wait_for_selector(".headline .working", state="detached")
        page.wait_for_selector(".benefits")
    elif view == "keep":
        page.wait_for_selector("#save-links:not([disabled])")
    elif view == "learn":
        page.wait_for_selector("[data-lesson=drift]")


def names_of(page: Any) -> list[str]:
    """Names of places, and of what was drawn, which nobody translates."""
    return list(
        page.evaluate(
            """() => {
              const { picture, work } = window.corridor.store.state;
              const { core_areas, towns, blocks } = picture;
              const changes = work.alternatives.flatMap((one) => [one, ...one.changes]);
              return [...core_areas, ...towns, ...blocks, ...changes].map((one) => one.name);
            }"""
        )
    )


def left_english(one: set[str], other: set[str], names: list[str]) -> list[str]:
    """Texts that both pages have, with words that are no names."""
    found = []
    for text in one & other:
        rest = text
        for name in sorted([*names, *ALIKE], key=len, reverse=True):
            rest = rest.replace(name, " ")
        # what is typed in a terminal, and what files are called
        rest = re.sub(
            r"corridor-sim \S+.*|\S*[\w-]\.(?:toml|gpkg|pdf)\S*|\S*(?:/|#run=)\S+", " ", rest
        )
        if re.search(r"[a-zà-ÿ]{3,}", rest, re.IGNORECASE):
            found.append(text)
    return found


def draw_between(page: Any) -> None:
    """A link with a cost, in whichever language."""
    page.locator("#draw-link").click()
    click(page, [area(page, "Sangay"), area(page, "Podocarpus")])
    page.locator("#draw-done").click()
    answered(page)
    (drawn,) = work_of(page)["alternatives"]
    put_work(page, {"alternatives": [drawn | {"cost": 12.5}], "budget": 20, "cost_unit": "M$"})


def test_no_word_of_any_view_is_left_in_english(window: Open) -> None:
    english, spanish = ready(window().page), ready(window(locale=QUITO).page)
    assert spanish.locator("html").get_attribute("lang") == QUITO
    open_change(english)
    draw_between(english)
    for view in VIEWS:
        found = []
        for page in (english, spanish):
            show(page, view)
            found.append(set(page.evaluate(TEXTS)))
        assert len(found[0]) > 20
        assert left_english(*found, names_of(spanish)) == [], view
    # a word that stands in both would be seen
    assert left_english({"no value"}, {"no value"}, []) == ["no value"]


def test_numbers_are_those_of_the_country(window: Open) -> None:
    pages = {code: ready(window(locale=code).page) for code in ("en-GB", QUITO, "es-PE")}
    for code, decimal in (("en-GB", "."), (QUITO, ","), ("es-PE", ".")):
        page = pages[code]
        page.evaluate("window.corridor.map.look({...window.corridor.map.view})")
        told = page.evaluate("window.corridor.map.told(...window.corridor.map.centre())")
        assert re.match(rf"−\d+\{decimal}\d{{3}}°", told), told
        written = page.evaluate(
            """async () => {
              const { number } = await import("/static/js/numbers.js");
              return [number(1234.5), number(0.0123), number(-3.42)];
            }"""
        )
        group = "," if decimal == "." else "."
        assert written == [f"1{group}235", f"0{decimal}0123", f"−3{decimal}42"]


def test_a_language_is_chosen_on_the_page_and_what_is_drawn_stays(window: Open) -> None:
    page = ready(window().page)
    open_change(page)
    draw_between(page)
    drawn, figures = work_of(page), page.locator(".headline").inner_text()
    page.evaluate("window.corridor.map.zoom(0.5)")
    seen = page.evaluate("({...window.corridor.map.view})")
    with page.expect_navigation():
        page.locator("#language select").select_option("es")
    ready(page)
    page.wait_for_selector("#answer-title")
    answered(page)
    assert page.locator("html").get_attribute("lang") == "es"
    assert work_of(page) == drawn
    assert page.evaluate("({...window.corridor.map.view})") == pytest.approx(seen)
    assert page.locator("#views [aria-current]").inner_text() == "Cambiar"
    told = page.locator(".headline").inner_text()
    assert "Oso andino" in told
    digits = re.compile(r"\d+[.,]\d+")
    assert [one.replace(",", ".") for one in digits.findall(told)] == digits.findall(figures)
    # the choice outlives the window's own language, and is of this window alone
    page.reload()
    assert ready(page).locator("html").get_attribute("lang") == "es"
    other = ready(window().page)
    assert other.locator("html").get_attribute("lang") == "en"
    with page.expect_navigation():
        page.locator("#language select").select_option("en")
    assert ready(page).locator("#views [aria-current]").inner_text() == "Change"


def test_what_cannot_be_made_is_told_in_the_language_of_who_drew_it(window: Open) -> None:
    page = ready(window(locale=QUITO).page)
    inside = page.evaluate(
        """() => {
          const { core_areas, grid } = window.corridor.store.state.picture;
          const { x, y } = core_areas.find((one) => one.name === "Sangay");
          const s = grid.cell_m;
          return [[[x - s, y - s], [x + s, y - s], [x + s, y + s], [x - s, y + s]]];
        }"""
    )
    crs = page.evaluate("window.corridor.store.state.picture.grid.crs")
    reserve = {"kind": "protect", "name": "Adentro", "areas": inside, "crs": crs}
    put_work(page, {"alternatives": [{"name": "Norte", "changes": [reserve]}]})
    page.locator("#views [data-view=change]").click()
    page.wait_for_selector(".headline >> text=terreno protegido")
    english = ready(window().page)
    english.locator("#views [data-view=change]").click()
    english.wait_for_selector(".headline >> text=protected ground")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_longer_words_fit_every_view(window: Open, size: str) -> None:
    page = ready(window(size, locale=QUITO).page)
    open_change(page)
    put_work(
        page, {"alternatives": [{"name": "Aire", "changes": [{"kind": "warm", "degrees_c": 1.5}]}]}
    )
    until(page, lambda: bool(work_of(page)["alternatives"]))
    for view in VIEWS:
        show(page, view)
        assert page.evaluate(WIDE), view
        assert page.evaluate(CUT) == [], view
        assert findings(page) == [], view
