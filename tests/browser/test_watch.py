"""Animals walk on the map: what is seen, told and clicked is what the simulator says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any

import pytest
from axe import findings
from served import Served, Window

import corridor_sim as cs

pytestmark = pytest.mark.browser

NO_WEBGL = """
const own = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith("webgl") ? null : own.call(this, kind, ...more);
};
"""
# all bytes of what is drawn, added up
INK = """() => {
  const { points } = corridor.watch;
  points.draw();
  const { width, height } = points.node;
  const added = (bytes) => bytes.reduce((a, b) => a + b, 0);
  if (points.plain) return added(points.context.getImageData(0, 0, width, height).data);
  const { gl } = points;
  const bytes = new Uint8Array(4 * width * height);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
  return added(bytes);
}"""
CHANGED = """async (changes) => {
  const { revision } = corridor.store.state.work;
  const work = { alternatives: [{ name: "Other", changes }] };
  await fetch("api/work", { method: "PUT", body: JSON.stringify({ seen: revision, work }) });
}"""


def until(page: Any, asked: str, seconds: float = 60) -> None:
    end = monotonic() + seconds
    while not page.evaluate(asked):
        assert monotonic() < end, asked
        sleep(0.05)


def watching(page: Any) -> Any:
    page.get_by_role("button", name="Watch").click()
    until(page, "Boolean(window.corridor?.watch?.herd)")
    return page


@pytest.fixture
def page(window: Callable[..., Window]) -> Any:
    return watching(window(reduced_motion="reduce").page)


@pytest.fixture
def other(page: Any) -> Iterator[Any]:
    """Put an alternative into the work, and take it out again."""
    yield lambda changes: page.evaluate(CHANGED, changes)
    page.evaluate(
        """async () => {
          const seen = corridor.store.state.work.revision;
          await fetch("api/work", { method: "PUT", body: JSON.stringify({ seen, work: {} }) });
        }"""
    )


def test_animals_move_until_they_are_paused(window: Callable[..., Window]) -> None:
    page = watching(window().page)
    until(page, "corridor.watch.clock.time > 0.5")
    before = page.evaluate("[corridor.watch.where('jaguar-0'), corridor.watch.clock.time]")
    ink = page.evaluate(INK)
    until(page, f"corridor.watch.clock.time > {before[1]} + 2")
    page.get_by_role("button", name="Pause").click()
    after = page.evaluate("[corridor.watch.where('jaguar-0'), corridor.watch.clock.time]")
    assert after[0] != before[0]
    assert page.evaluate(INK) != ink > 0
    sleep(0.3)
    assert page.evaluate("corridor.watch.clock.time") == after[1]
    # on by a day from a whole day
    page.get_by_role("button", name="One day on").click()
    assert page.evaluate("corridor.watch.clock.time") == int(after[1]) + 1
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Shift+ArrowLeft")
    assert page.evaluate("corridor.watch.clock.time") == max(0, int(after[1]) + 1 - 10)
    page.keyboard.press(" ")
    assert page.evaluate("corridor.watch.clock.playing")


def test_who_wants_no_motion_starts_paused(page: Any) -> None:
    assert page.evaluate("[corridor.watch.clock.playing, corridor.watch.clock.time]") == [False, 0]
    assert page.get_by_role("button", name="Play").is_visible()


def test_a_click_tells_the_life_of_that_very_animal(page: Any, served: Served) -> None:
    lives = cs.fates(served.arguments[0], animals=60, stage="disperser").set_index("animal")
    name = lives.index[lives["fate"] == "died"][0]
    track = cs.tracks(served.arguments[0], animals=[name], every="step")
    end = track["time"].iloc[-1].tz_convert("UTC-05:00")
    # the only one that is drawn near there, an hour before it dies
    page.evaluate("(t) => corridor.watch.clock.go(t)", float(lives.loc[name, "days"]) - 0.5)
    x, y = page.evaluate("(name) => corridor.watch.where(name)", name)
    own = track[["x_m", "y_m"]].to_numpy()
    assert min(((own - (x, y)) ** 2).sum(axis=1)) ** 0.5 < 5000
    page.evaluate("(at) => corridor.map.look({ x: at[0], y: at[1], pixel_m: 100 })", [x, y])
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(page, f"document.querySelector('.one-life')?.dataset.animal === '{name}'", 5)
    told = page.locator(".one-life").inner_text()
    assert f"{end.day} {end.strftime('%B')}" in told
    km = sum((track[["x_m", "y_m"]].diff().iloc[1:] ** 2).sum(axis=1) ** 0.5) / 1000
    assert re.search(rf"goes {km:,.0f} km|goes {km:,.1f} km", told)
    causes = {"natural": "natural causes", "hunting": "hunting", "road": "traffic"}
    assert causes[lives.loc[name, "cause"]] in told
    corners = page.locator(".watched-way path").last.get_attribute("d").count("L") + 1
    assert corners >= len(track) // 2
    page.get_by_role("button", name="Let it go").click()
    assert page.locator(".watched-way path").count() == 0


def test_an_animal_is_found_by_its_name_and_the_keyboard(page: Any) -> None:
    page.locator("#watch-find").focus()
    page.keyboard.type("jaguar d3")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.locator(".one-life h3").inner_text() == "Jaguar d3"
    assert "looking for a home" in page.locator(".one-life").inner_text()


def test_species_and_stages_are_put_off_and_on(page: Any) -> None:
    n = "corridor.watch.points.marks.n"
    both = page.evaluate(n)
    page.evaluate("corridor.watch.clock.go(1)")
    ink = page.evaluate(INK)
    page.get_by_label("Jaguar", exact=True).uncheck()
    bears = "corridor.watch.herd.animals.filter((one) => one.species === 'andean_bear')"
    assert page.evaluate(n) == page.evaluate(f"{bears}.length") < both
    assert page.evaluate(INK) < ink
    page.get_by_label("Animals with a home range").uncheck()
    few = page.evaluate(f"{bears}.filter((one) => one.stage === 'disperser').length")
    assert page.evaluate(n) == few
    column = page.locator(".counts tbody td:nth-child(2)").all_inner_texts()
    assert sum(int(text) for text in column) == few
    page.get_by_label("Jaguar", exact=True).check()
    page.get_by_label("Animals with a home range").check()
    assert page.evaluate(n) == both


def test_numbers_are_those_of_the_whole_run_at_its_end(page: Any, served: Served) -> None:
    page.evaluate("corridor.watch.clock.go(365)")
    lives = cs.fates(served.arguments[0], animals=60, days=365)
    found = lives.groupby(["species", "fate"], observed=True).size()
    species = [one["key"] for one in page.evaluate("corridor.watch.herd.species")]
    for fate in ("joined", "stayed", "outside", "looking"):
        row = page.locator(f"tr[data-state={fate}] td")
        told = [int(text) for text in row.all_inner_texts()] or [0] * len(species)
        assert told == [found.get((key, fate), 0) for key in species]
    dead = page.locator("tr[data-state^=died] td").all_inner_texts()
    assert sum(int(text) for text in dead) == (lives["fate"] == "died").sum()


def test_the_same_animals_are_watched_with_a_change(page: Any, other: Any) -> None:
    other([{"kind": "warm", "degrees_c": 3}])
    page.get_by_label("With Other").check()
    until(page, "corridor.watch.herd.about.name === 'Other'")
    told = page.get_by_text("live otherwise than today").inner_text()
    n, of = (int(word) for word in re.findall(r"\d+", told))
    assert 0 < n <= of == page.evaluate("corridor.watch.herd.animals.length")
    page.get_by_label("Only those that live otherwise").check()
    until(page, f"corridor.watch.points.marks.n === {n}", 5)
    page.get_by_label("As today").check()
    until(page, "corridor.watch.herd.about.name === null")


def test_a_change_that_cannot_be_is_told_and_the_film_goes_on(page: Any, other: Any) -> None:
    far = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]
    other([{"kind": "build_link", "name": "Far", "areas": [far], "crs": "EPSG:4326"}])
    page.get_by_label("With Other").check()
    page.get_by_text("The animals cannot be shown").wait_for()
    assert page.evaluate("corridor.watch.herd.about.name") is None
    page.get_by_label("As today").check()
    page.get_by_text("simulated animals").wait_for()


def test_without_webgl_fewer_animals_are_drawn_and_it_is_said(
    window: Callable[..., Window],
) -> None:
    page = window(reduced_motion="reduce").page
    page.add_init_script(NO_WEBGL)
    page.reload()
    watching(page)
    assert page.get_by_text("This browser has no WebGL").is_visible()
    assert page.evaluate("corridor.watch.herd.animals.length") == 60
    page.evaluate("corridor.watch.clock.go(20)")
    ink = page.evaluate(INK)
    page.evaluate("corridor.watch.clock.go(40)")
    assert 0 < page.evaluate(INK) != ink


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_nothing_serious_for_who_sees_or_hears_otherwise(
    window: Callable[..., Window], size: str
) -> None:
    page = watching(window(size, reduced_motion="reduce").page)
    page.locator("#watch-find").fill("jaguar d3")
    page.locator(".find select").select_option(index=0)
    assert findings(page) == []
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
