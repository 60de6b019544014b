"""The one-page brief: what it says is what was told, and it holds to its page."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import corridor_sim as cs
from corridor_sim.languages import language
from corridor_sim.links.drawn_tables import LinkEffect
from corridor_sim.report.figures.basemap import make_basemap
from corridor_sim.report.figures.brief import HIGH, WIDE, Sheet, brief_figure
from corridor_sim.report.text.brief import Beside, Brief, brief_of
from oracles.pseudo import PSEUDO, bare

BOX = [[-78.9, -3.0], [-78.3, -3.0], [-78.3, -3.6], [-78.9, -3.6]]
LONG = "Corridor with a name that somebody typed without a thought of tables, " * 2


@pytest.fixture(scope="module")
def evaluator() -> cs.LinkEvaluator:
    scenario = cs.Scenario(
        name="Cleared",
        maps=1,
        seed=7,
        landscape={"cell_m": 10_000},
        edits=[{"kind": "clear", "fraction": 0.4}],
        species={"andean_bear": {}, "mountain_tapir": {}, "andean_condor": {}},
    )
    return cs.LinkEvaluator(scenario, replicates=4, dispersers=60)


@pytest.fixture(scope="module")
def effect(evaluator: cs.LinkEvaluator) -> LinkEffect:
    return evaluator.evaluate(BOX, name="North")


def told(effect: LinkEffect, name: str, change: float, low: float, high: float) -> LinkEffect:
    """Return an answer in which every number of the table of totals is another."""
    totals = effect.totals.assign(without=2.0, change=change, low=low, high=high)
    totals["with"] = 2.0 + change
    animals = effect.animals.assign(end_otherwise=5)
    return replace(effect, name=name, totals=totals, animals=animals)


def brief(
    evaluator: cs.LinkEvaluator,
    effects: list[LinkEffect],
    beside: bool = False,
    costs: dict[str, float] | None = None,
) -> Brief:
    found = [
        Beside(
            evaluator.current(one.edits),
            evaluator.co_benefits(one.edits),
            evaluator.changed_areas(one.edits),
        )
        for one in effects
        if beside
    ]
    return brief_of(
        evaluator,
        effects,
        found,
        costs=costs or {},
        currency="million USD",
        title=None,
        date="1 May",
        command="corridor-sim app x.toml",
        more=["Something more."],
    )


def test_it_says_what_was_told(evaluator: cs.LinkEvaluator, effect: LinkEffect) -> None:
    found = brief(evaluator, [effect], beside=True, costs={"North": 4.2})
    row = effect.totals.set_index(["species", "quantity"]).loc[("andean_bear", "joining_per_year")]
    bears = found.rows[0].cells[found.columns.index("Andean bear")]
    theirs = [row["change"], row["low"], row["high"]]
    assert [bears.mean, bears.low, bears.high] == pytest.approx(theirs, nan_ok=True)
    assert found.title == "What North would do for wildlife"
    assert "10 km" in found.subtitle
    assert "1 May" in found.subtitle
    assert "4.2 million USD" in found.rows[0].about
    assert found.rows[0].does == "restore natural cover and protect"
    heads = dict(zip(found.beside, found.rows[0].beside, strict=True))
    areas = evaluator.changed_areas(effect.edits)
    restored = areas.loc[areas["what"] == "restored", "area_km2"].sum()
    assert heads["Restored, km²"] == f"{restored:,.0f}"
    assert any(name.startswith("Carbon above ground, ") for name in heads)
    assert "Something more." in found.short
    assert "corridor-sim app x.toml" in found.foot[-1]
    assert "soar are left out" in " ".join(found.notes)


def test_no_change_is_said_to_be_no_change(evaluator: cs.LinkEvaluator, effect: LinkEffect) -> None:
    unsure = brief(evaluator, [told(effect, "A", 0.1, -0.2, 0.4)])
    assert "Whether A changes that cannot be told" in unsure.short[1]
    assert "−0.20 to +0.40, includes no change" in unsure.short[1]
    assert not any(cell.sure for cell in unsure.rows[0].cells)
    more = brief(evaluator, [told(effect, "A", 0.3, 0.001, 0.6)], costs={"A": 5.0})
    # what leaves out no change is never written as reaching it
    assert "about 0.300 more (from 0.001 to 0.600, 95\u00a0% interval)" in more.short[1]
    assert more.short[1].endswith("It costs 5 million USD.")
    assert all(cell.sure for cell in more.rows[0].cells)
    fewer = brief(evaluator, [told(effect, "A", -0.3, -0.6, -0.1)])
    assert "about 0.30 fewer (from 0.10 to 0.60," in fewer.short[1]


def test_which_of_several_adds_most_is_told_as_far_as_it_is_known(
    evaluator: cs.LinkEvaluator, effect: LinkEffect
) -> None:
    best, near, far = (
        told(effect, name, *numbers)
        for name, numbers in (
            ("Best", (0.5, 0.3, 0.7)),
            ("Near", (0.3, 0.1, 0.5)),
            ("Far", (0.1, 0.05, 0.2)),
        )
    )
    assert "Best adds most" in brief(evaluator, [far, best]).short[1]
    assert "No interval of the others reaches it." in brief(evaluator, [far, best]).short
    said = brief(evaluator, [near, far, best]).short[2]
    assert said == "The interval of Near overlaps with it: which adds most is not certain."
    none = brief(evaluator, [told(effect, "X", 0.1, -0.2, 0.4), told(effect, "Y", -1, -2, -0.5)])
    assert none.short[1].startswith("None of the 2 alternatives is told to bring more")
    assert "With Y it would be about 1.0 fewer" in none.short[2]


@pytest.mark.parametrize("n", [1, 8])
def test_nothing_leaves_the_page(evaluator: cs.LinkEvaluator, effect: LinkEffect, n: int) -> None:
    from matplotlib.text import Text

    effects = [told(effect, f"{i} {LONG}", 0.3 * i, -0.2, 0.4 + i) for i in range(n)]
    found = brief(evaluator, effects, beside=n == 1)
    figure = brief_figure(found, make_basemap(evaluator.land), [one.edits for one in effects])
    figure.canvas.draw()
    texts = [one for one in figure.findobj(Text) if isinstance(one, Text) and one.get_text()]
    shown = [one.get_text() for one in texts]
    for i in range(n):
        assert any(text.startswith(f"{i} Corridor") for text in shown)
    wide, high = WIDE * figure.dpi, HIGH * figure.dpi
    for one in texts:
        box = one.get_window_extent()
        assert box.x0 > 0, one
        assert box.x1 < wide, one
        assert box.y0 > 0, one
        assert box.y1 < high, one


def test_a_page_is_written_whole_or_refused(
    evaluator: cs.LinkEvaluator, effect: LinkEffect, tmp_path: Path
) -> None:
    path = cs.write_brief(evaluator, [effect], tmp_path / "brief.pdf", date="today")
    assert path.read_bytes().startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", path.read_bytes())) == 1
    again = cs.write_brief(evaluator, [effect], tmp_path / "again.pdf", date="today")
    assert again.read_bytes() == path.read_bytes()
    other = replace(effect, name="Other", replicates=2)
    for effects, more, said in (
        ([], {}, "0 alternatives: a page holds 1 to 8"),
        ([effect] * 9, {}, "9 alternatives: a page holds 1 to 8"),
        ([effect, effect], {}, "two alternatives are named 'North'"),
        ([effect, other], {}, "rest on 2 to 4 replicates"),
        ([effect], {"costs": {"South": 1.0}}, "a cost of 'South', which is no alternative"),
    ):
        with pytest.raises(cs.CorridorSimError, match=said):
            cs.write_brief(evaluator, effects, tmp_path / "bad.pdf", **more)
    with pytest.raises(cs.CorridorSimError, match="a brief is a PDF file"):
        cs.write_brief(evaluator, [effect], tmp_path / "brief.html")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again.pdf", "brief.pdf"]


def test_a_letter_that_no_font_has_is_measured_without_a_warning() -> None:
    assert Sheet().wrapped("🐻 for bears", 7, 3.0) == ["🐻 for bears"]


def words_of(found: Brief) -> str:
    """Return all that a brief says, the map's names aside."""
    rows = [(r.name, r.about, r.does, *(c.span for c in r.cells), *r.beside) for r in found.rows]
    parts = (found.title, found.subtitle, *found.short, *found.columns, *found.beside, *found.notes)
    return "\n".join([*parts, *found.foot, *(text for row in rows for text in row)])


@pytest.mark.parametrize(
    "numbers",
    [
        [(0.5, 0.3, 0.7)],
        [(-0.3, -0.6, -0.1)],
        [(0.5, 0.3, 0.7), (0.3, 0.1, 0.5)],
        [(0.1, -1, 1)] * 2,
    ],
)
def test_every_word_is_a_message_and_spanish_has_the_same_numbers(
    evaluator: cs.LinkEvaluator, effect: LinkEffect, numbers: list[tuple[float, float, float]]
) -> None:
    effects = [told(effect, f"Nr{i}", *some) for i, some in enumerate(numbers)]
    given = ("Nr0", "Nr1", "Andean bear", "Mountain tapir", "mountain tapir", "1 May", "Cleared")
    given += ("Something more.", "corridor-sim app x.toml", "corridor_sim", "km²")
    with language(PSEUDO):
        found = brief(evaluator, effects, beside=True, costs={"Nr0": 4.2})
    assert bare(words_of(found), given) == []
    english = brief(evaluator, effects, beside=True, costs={"Nr0": 4.2})
    with language("es"):
        spanish = brief(evaluator, effects, beside=True, costs={"Nr0": 4.2})
    assert "millones de USD" in spanish.rows[0].about
    swapped = str.maketrans({",": ".", ".": ","})
    numbers_of = re.compile(r"\d[\d.,]*\d|\d")
    same = (sorted(numbers_of.findall(words_of(one))) for one in (english, spanish))
    first, second = ([n for n in one if n != "0.1.0"] for one in same)
    assert sorted(n.translate(swapped) for n in first) == second
