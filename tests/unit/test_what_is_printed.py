"""Printed numbers say what they are: no width shown as none, no order that is not shown."""

from __future__ import annotations

import dataclasses
import io
import math
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from corridor_sim import Landscape
from corridor_sim.cli.main import main
from corridor_sim.comparison.tables import compare
from corridor_sim.decision.confirm import Prediction, confirm
from corridor_sim.report.figures.landscape import show_landscape
from corridor_sim.report.study import print_effects, write_report
from corridor_sim.report.text import days_answer as answer
from corridor_sim.report.text import links_answer, links_printed
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.days_tables import short_effect
from corridor_sim.report.text.link_sensitivity import measure
from corridor_sim.report.text.links_found import Found
from corridor_sim.report.text.terminal import print_table
from corridor_sim.simulation.days.outcomes import OUTCOMES, Outcome
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES
from corridor_sim.statistics.zones import verdicts
from oracles.links_pages import AT, page_of, with_
from oracles.made_study import made_study
from oracles.printed import NOTHING_TO_NOTHING, faults_of, intervals_on, value_of

MINUS = "\N{MINUS SIGN}"


def effect(name: str, base: float, found: float, half: float) -> dict[str, Any]:
    low, high = found - half, found + half
    return {
        "outcome": name,
        "baseline": base,
        "difference": found,
        "low": low,
        "high": high,
        "interval_note": "",
        "relative": found / base,
        "relative_low": low / base,
        "relative_high": high / base,
        "relative_note": "",
        "verdict": verdicts(*(np.array([v]) for v in (low, high, 0.05 * base)))[0],
        "against": "none",
        "scenario": "plan",
        "species": "jaguar",
    }


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (effect("eca_km2", 1000.0, -7.0, 0.4), f"{MINUS}0.70 ±0.04 same"),
        (effect("eca_km2", 1000.0, 80.0, 4.0), "+8.0 ±0.4 more"),
        (effect("eca_km2", 1000.0, 1.0, 3.0), "+0.1 ±0.3 same"),
        (effect("joining_per_year", 4.0, -1.0, 0.5), f"{MINUS}25 ±12 less"),
        (effect("displaced_share", 0.2, 0.001, 0.002), "+0.1 ±0.2 same"),
        (effect("eca_km2", 1000.0, -7.0, 1e-6), f"{MINUS}0.700 ±<0.001 same"),
    ],
)
def test_half_a_width_is_not_printed_as_none(row: dict[str, Any], words: str) -> None:
    assert short_effect(OUTCOMES[row["outcome"]], row) == words


@pytest.mark.parametrize("outcome", [OUTCOMES["eca_km2"], DECADES_OUTCOMES["animals_end"]])
def test_ends_of_a_spoken_interval_are_apart(outcome: Outcome) -> None:
    for half in (0.2, 0.4, 3.0, 40.0):
        text = say.effect_words(outcome, effect(outcome.name, 1000.0, -7.0, half))
        assert not faults_of(text), text
        ((_, low, high),) = intervals_on(text)
        assert value_of(low) < value_of(high)


def test_two_sums_of_the_same_numbers_are_printed_alike() -> None:
    assert say.number(2.65, 1) == say.number(2.65 + 4e-16, 1) == say.number(2.65 - 4e-16, 1)
    assert say.number(-1e-18, 2, sign=True) == "0.00"


def test_what_covers_little_ground_is_not_told_as_nothing() -> None:
    assert say.share_of_all(48 / 312_928) == "< 0.1 %"
    assert say.share_of_all(0.0) == "0.0 %"


def test_noise_of_a_layer_is_shown_as_nothing(wild: Landscape) -> None:
    layers = dict(wild.layers)
    layers["hazard_access"] = np.where(
        np.arange(wild.grid.height * wild.grid.width).reshape(wild.grid.shape) == 0, 1e-17, 1.0
    ).astype(np.float32)
    said = show_landscape(dataclasses.replace(wild, layers=layers))
    row = next(line for line in said.splitlines() if line.startswith("hazard_access"))
    assert row.split()[2:4] == ["0", "1"]
    assert "e-" not in row


def test_no_probability_that_was_estimated_is_certain() -> None:
    for share in (0.0, 0.001, 0.992, 1.0):
        assert say.probability(share) in ("< 1 %", "> 99 %")
    assert say.probability(0.5) == "50 %"
    assert say.probability(math.nan) == say.NOTHING


def _any(scenario: str, replicate: int, species: str, outcome: str) -> float:
    """Values of all sizes inside what is possible: rare, still, near an end, nearly equal."""
    kind = zlib.crc32(f"{scenario} {species} {outcome}".encode())
    luck = zlib.crc32(f"{replicate} {kind}".encode()) / 2**32
    own = OUTCOMES[outcome]
    least, most = max(own.least, -2.0), min(own.most, 900.0)
    if own.certain:
        return least + (most - least) * (kind % 97) / 97
    way = (kind // 7) % 6
    value = (0.0, 1.0, 0.5 + 1e-6 * luck, 0.3 + 1e-3 * luck, luck**6, float(luck > 0.8))[way]
    return least + (most - least) * value


@pytest.mark.parametrize("replicates", [1, 2, 5])
def test_whatever_the_numbers_what_is_printed_can_be(replicates: int, tmp_path: Path) -> None:
    study = made_study(tmp_path / "study", replicates=replicates, value=_any)
    comparison = compare(study)
    page = write_report(comparison, study).read_text("utf-8")
    assert faults_of(page) == []
    assert (len(intervals_on(page)) > 50) == (replicates > 1)
    said = io.StringIO()
    print_effects(comparison, study, Console(file=said, width=200))
    assert not NOTHING_TO_NOTHING.search(said.getvalue())
    assert f"{MINUS}0 " not in said.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 300])
def test_a_long_head_goes_on_in_the_next_line_before_a_word_is_cut(width: int) -> None:
    head = [
        "Species",
        "Scenario",
        "Animals joining another block (animals a year)",
        "Mortality of residents (per year)",
    ]
    body = [["Mountain tapir", "Road over the Cóndor", "12.0 [7.0, 17.0]", "0.024 [0.000, 0.087]"]]
    said = io.StringIO()
    print_table(head, body, "Means.", Console(file=said, width=width))
    text = said.getvalue()
    assert max(map(len, text.splitlines())) <= width
    for words in (*head, *body[0][:2]):
        assert all(word in text.split() for word in words.split()), text
    assert all(number in text for number in body[0][2:])


def test_the_checks_see_what_they_look_for() -> None:
    for wrong in (
        "[0, 0]",
        "[0.00, +0.00]",
        f"[{MINUS}0.0, 0.0]",
        "+2 ±0",
        f"{MINUS}0.0 %",
        "<td>3 <span>[5, 6]</span></td>",
        "+3 % (95 % interval +5 to +6)",
    ):
        assert faults_of(wrong), wrong
    for right in ("[0.0, +0.1]", "+2 ±0.4", f"{MINUS}0.5", "<td>3 <span>[2, 5]</span></td>"):
        assert not faults_of(right), right


def test_effects_that_reach_into_the_largest_are_counted() -> None:
    rows = [effect("eca_km2", 100.0, d, h) for d, h in ((-20, 3), (16, 2), (-15, 1), (5, 20))]

    def ends(row: dict[str, Any]) -> tuple[float, float]:
        return row["low"], row["high"]

    assert answer.beside(rows[0], rows[:1], ends) == ""
    assert answer.beside(rows[0], [rows[0], rows[2]], ends) == ""
    assert answer.beside(rows[0], rows[:2], ends) == (
        " The interval of 1 other reaches into its own, so that that one may be larger."
    )
    assert "of 2 others reach into its own" in answer.beside(rows[0], rows, ends)


@pytest.mark.parametrize(
    ("value", "half", "most", "words"),
    [
        (4.08, 5.2, math.inf, "4.08 [0, 9.3]"),
        (0.97, 0.1, 1.0, "0.97 [0.87, 1]"),
        (9.37, 2.2, math.inf, "9.37 ± 2.2"),
        (0.0, 0.0, 1.0, "0, no change at any point"),
        (1e-19, 1e-18, math.inf, "0, no change at any point"),
        (math.nan, 1.0, 1.0, "undefined"),
    ],
)
def test_sensitivity_is_not_told_below_nothing(
    value: float, half: float, most: float, words: str
) -> None:
    assert measure(value, half, most) == words


def points_of(country: Found) -> dict[str, str]:
    return {p["head"]: p["text"] for p in links_answer.answer(country)["points"]}


@pytest.mark.slow
def test_no_page_on_links_prints_a_width_as_none(country: Found) -> None:
    assert faults_of(page_of(country)) == []


def test_a_link_that_must_be_built_is_in_the_set_for_that(country: Found) -> None:
    """The file's word is not told as a finding, nor the best of what it allows as the best."""
    assert country.result.chosen is not None
    at = AT["dead end"]
    links = list(country.result.links)
    links[at] = dataclasses.replace(links[at], must=True)
    chosen = dataclasses.replace(
        country.result.chosen, links=tuple(sorted({*country.chosen, at})), ties=()
    )
    found = with_(country, links=tuple(links), chosen=chosen, confirmation=None)
    sure = points_of(found)["How sure"]
    assert "(dead end): in the set because the links file says so (must = true)." in sure
    assert "add up to something" not in sure
    lead = links_answer.answer(found)["lead"]
    assert ("and as the links file allows (must)" in lead) == ("promises the most" in lead)


def test_pairs_in_which_nothing_happened_leave_open_how_far_they_could_go(country: Found) -> None:
    seen = country.result.interactions
    assert seen is not None
    still = dataclasses.replace(
        seen, **{k: 0.0 * getattr(seen, k) for k in ("kept", "estimate", "low", "high")}
    )
    text = points_of(with_(country, interactions=still))["Together"]
    assert "none changed in any replicate" in text
    assert "up to 0" not in text


def test_a_promise_that_was_too_high_names_pairs_that_were_not_simulated(country: Found) -> None:
    seen = country.result.interactions
    assert seen is not None
    high = confirm(Prediction(9.0), np.array([1.99, 2.0, 2.01]), tolerance=0.05)
    k, n = len(country.chosen), len(seen.pairs)
    for pairs in (seen.pairs, np.empty((0, 2), seen.pairs.dtype)):
        found = with_(
            country,
            confirmation=high,
            interactions=dataclasses.replace(
                seen,
                pairs=pairs,
                **{
                    key: getattr(seen, key)[:, : len(pairs)]
                    for key in ("kept", "estimate", "low", "high")
                },
            ),
        )
        text = points_of(found)["Did the prediction mislead?"]
        known = sum({int(i), int(j)} <= country.chosen for i, j in pairs)
        left = k * (k - 1) // 2 - known
        assert (f"{left} pairs of chosen links that were not simulated" in text) == (left > 1)
    assert n > 0


def test_where_nothing_ever_happened_the_terminal_calls_nothing_equal(country: Found) -> None:
    ranking = country.result.ranking
    none = 0.0 * ranking.mean
    still = dataclasses.replace(
        ranking,
        mean=none,
        low=none,
        high=none,
        low_all=none,
        high_all=none,
        rank=np.ones_like(ranking.rank),
    )
    said = io.StringIO()
    links_printed.print_table(
        with_(country, ranking=still, chosen=None, confirmation=None), Console(file=said, width=400)
    )
    assert "no link changed anything in any replicate" in said.getvalue()
    assert "equal within" not in said.getvalue()
    said = io.StringIO()
    links_printed.print_table(country, Console(file=said, width=400))
    assert re.search(r"equal within 20(\.0)? points", said.getvalue())
    assert "which share a rank" in said.getvalue()


@pytest.mark.parametrize("key", ["jaguar", "andean_bear", "mountain_tapir", "andean_condor"])
def test_species_are_shown_in_words(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["species", "show", key]) == 0
    said = capsys.readouterr().out
    assert not re.search(r"\bNone\b|\bnan\b|\b1 rings\b|, $", said, re.M)
    assert "without range or source" in said
