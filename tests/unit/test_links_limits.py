"""No number of a ranking of links claims what cannot be, nor what nothing was seen of."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from corridor_sim.config.links import Benefit
from corridor_sim.experiment.values import outcome_table
from corridor_sim.experiment.worth import counts_of, worths_of
from corridor_sim.links.benefit import benefit_limits
from corridor_sim.links.evaluator import NO_LINK
from corridor_sim.links.summary import summary_of
from corridor_sim.report.text import links_answer, links_printed, links_tables
from corridor_sim.report.text.links_found import Found
from corridor_sim.simulation.days.outcomes import OUTCOMES
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES
from corridor_sim.statistics.intervals import Support, interval, paired_contrast
from corridor_sim.statistics.supports import support_of
from oracles.folders import exact_rows
from oracles.link_country import ranked, write_links
from oracles.links_pages import page_of, text_of

# as a whole it takes long; each part has quicker tests beside it
pytestmark = pytest.mark.slow


def points_of(country: Found) -> dict[str, str]:
    return {p["head"]: p["text"] for p in links_answer.answer(country)["points"]}


@pytest.mark.parametrize("table", [OUTCOMES, DECADES_OUTCOMES])
def test_every_outcome_has_ends(table: dict[str, Any]) -> None:
    for one in table.values():
        least, most = one.least, one.most
        assert least < most
        if one.unit in ("animals", "km²", "1/yr"):
            assert (least, most) == (0.0, np.inf)
        if "share" in one.name or "extinct" in one.name or one.name == "inbreeding":
            assert (least, most) == (0.0, 1.0)
    assert (DECADES_OUTCOMES["fst"].least, DECADES_OUTCOMES["fst"].most) == (-1.0, 1.0)
    assert DECADES_OUTCOMES["gene_diversity_kept"].most == np.inf
    assert DECADES_OUTCOMES["elevation_shift_m"].least == -np.inf


def test_no_benefit_is_beyond_what_can_be() -> None:
    base = {
        ("a", "joining_per_year"): 4.0,
        ("a", "dispersal_success"): 0.25,
        ("a", "mortality_per_year"): 0.5,
    }
    for weights, scales, least, most in (
        # in per cent of the baseline nothing is lost but all of it
        ({"joining_per_year": 1.0}, {}, -1.0, np.inf),
        # a share of 25 % may grow to four times that
        ({"dispersal_success": 1.0}, {}, -1.0, 3.0),
        ({"dispersal_success": 1.0}, {"dispersal_success": 0.5}, -0.5, 1.5),
        # of what should be less, all can be avoided
        ({"mortality_per_year": 1.0}, {}, -np.inf, 1.0),
        (
            {"joining_per_year": 1.0, "dispersal_success": 3.0},
            {"joining_per_year": 8.0},
            -0.875,
            np.inf,
        ),
        ({"joining_per_year": 1.0, "mortality_per_year": 1.0}, {}, -np.inf, np.inf),
    ):
        found = benefit_limits(Benefit(weights=weights, scales=scales), OUTCOMES, ["a"], base)
        assert [float(v[0]) for v in found] == pytest.approx([least, most])
    # without a baseline nothing is known
    none = benefit_limits(Benefit(), OUTCOMES, ["a"], {("a", "joining_per_year"): np.nan})
    assert [float(v[0]) for v in none] == [-np.inf, np.inf]


def test_no_number_of_the_country_lies_beyond_what_can_be(country: Found) -> None:
    result, ranking = country.result, country.result.ranking
    # nobody arrives without links: no benefit is below nothing
    for low in (ranking.low, ranking.low_all, result.by_species_low):
        assert low.min() == 0.0
    study = country.evaluator.study
    every = worths_of(study.scenarios[0], counts_of(study.out, 0))
    worths = dict(zip(study.species_keys(), every, strict=True))
    names = list(outcome_table(study.scenarios[0]))
    base = country.evaluator.mean_outcomes(NO_LINK, range(result.first))
    for one in result.by_outcome:
        before = base[one.species][:, names.index(one.outcome.name)]
        there = interval(before, support=support_of(one.outcome, worths[one.species]))
        # no more is lost than there may be without the link, though none was seen
        assert not (one.low + np.fmax(there.high, one.without) < one.outcome.least - 1e-9).any()
        assert not (one.high + np.fmin(there.low, one.without) > one.outcome.most + 1e-9).any()
        assert not (one.relative.low < -1).any()
    page = text_of(page_of(country))
    assert not re.search("\N{MINUS SIGN}0(\\.0*)?(?![\\d.])", page)
    for path in country.evaluator.study.out.rglob("*.csv"):
        for row in csv.reader(path.read_text(encoding="utf-8-sig").splitlines()):
            for cell in row:
                assert not re.fullmatch(r"-0(\.0*)?", cell), (path.name, row)
                assert not re.fullmatch(r"-?[\d.]+e-(1[5-9]|[2-9]\d)", cell), (path.name, row)


@pytest.mark.parametrize(
    ("before", "after", "ends", "span", "sure"),
    [
        # nothing happened in any replicate: no [0, 0]
        ([0, 0, 0, 0], [0, 0, 0, 0], (0, np.inf), "the same in every replicate", False),
        # not fewer animals than none
        ([1, 0, 2, 1], [0, 0, 0, 5], (0, np.inf), None, False),
        ([0.1, 0.0, 0.2, 0.1], [1.0, 0.0, 0.9, 0.1], (0, 1), None, False),
        # what follows from the ground alone
        ([5, 5, 5], [7, 7, 7], (0, np.inf), "the same in every replicate", True),
    ],
)
def test_a_contrast_says_no_more_than_can_be(
    before: list[float], after: list[float], ends: tuple[float, float], span: str | None, sure: bool
) -> None:
    one = paired_contrast(np.array(before, float), np.array(after, float), support=Support(*ends))
    found, base = one.difference, one.baseline
    if np.isfinite(found.low):
        # no more is lost than there may be, no more gained than there is room for
        assert ends[0] <= base.high + found.low + 1e-12
        assert base.low + found.high <= ends[1] + 1e-12
        assert found.low <= found.mean <= found.high
    row = links_tables.contrast_row("x", one, 2, better="more", zone=0.05 * base.mean)
    if span is not None and np.isfinite(one.difference.low):
        assert row["cell"]["span"] == span
        assert row["cell"]["sure"] == sure
    assert "0.00, 0.00" not in row["cell"]["span"]


def test_files_leave_the_ends_empty_where_nothing_ever_happened(country: Found) -> None:
    out = country.evaluator.study.out
    page_of(country)
    rows = exact_rows(out, "links_outcomes")
    empty = [r for r in rows if r["outcome"] == "border_joining_per_year"]
    assert empty
    # nobody crossed the border in any replicate: so many may have been missed all the same
    assert all(r["change"] == "0.0" and float(r["low"]) < 0 < float(r["high"]) for r in empty)
    assert all(r["relative"] == "" and r["relative_note"] for r in empty)
    assert all(r["verdict"] == "cannot tell yet" for r in empty)
    told = [r for r in rows if r["outcome"] == "joining_per_year"]
    assert all(r["low"] and r["high"] for r in told)
    for path in (out / "tables").glob("links_*.parquet"):
        for row in exact_rows(out, path.stem):
            for low in (key for key in row if key.endswith("low")):
                high = low.removesuffix("low") + "high"
                assert (row[low], row[high]) != ("0.0", "0.0"), (path.name, row)


def test_that_nothing_happened_is_not_taken_for_knowledge(tmp_path: Path) -> None:
    procedure = "first_replicates = 5\nbudget_runs = 40\nconfirm_replicates = 3\n"
    path = write_links(
        tmp_path, ("half-way", "away"), links="budget = 2", procedure=procedure, days=30, count=900
    )
    result, evaluator = ranked(path, tmp_path / "out")
    found = Found(result, evaluator, evaluator.study.landscape_of(evaluator.study.scenarios[0]))
    assert found.still
    points = points_of(found)
    assert "points, the same in every replicate; the true" in points["How sure"]
    text = points["What was not told apart"]
    assert text.startswith(
        "None of the 2 links changed anything in any replicate. That is not shown"
    )
    assert "no link changed anything" in points["Why sampling stopped"]
    assert points["Would more runs change the choice?"].startswith("They may: no link changed any")
    everything = " ".join(points.values())
    for word in ("[0.00, 0.00]", "shown to differ", "Every pair of links is decided"):
        assert word not in everything
    written = summary_of(result)["links"]
    assert [(one["low"], one["high"]) for one in written] == [(None, None)] * 2
    out = io.StringIO()
    links_printed.print_table(found, Console(file=out, width=100))
    assert out.getvalue().count(" all the same ") == 2
