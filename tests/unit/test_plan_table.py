"""What a plan keeps, against what is known of it, and what the page says of that."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit

from corridor_sim.comparison.decades import DecadesComparison
from corridor_sim.comparison.plan import (
    COLUMNS,
    ELSEWHERE,
    IN_ALL,
    LEDGER,
    ON_PLAN,
    plan_ground,
    plan_of,
    plan_outcomes,
)
from corridor_sim.comparison.tables import compare, write_tables
from corridor_sim.errors import ResultsError
from corridor_sim.report.compared import ComparedDecades
from corridor_sim.report.study import print_plan, write_report
from corridor_sim.report.text.plan import PlanAnswer, area
from corridor_sim.statistics.enough import MOST, replicates_until_told
from oracles.page import Page
from oracles.plan_study import HEIGHT, KEYS, PLAN_KM2, RATE, WIDTH, YEARS, plan_study


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> ComparedDecades:
    study = plan_study(tmp_path_factory.mktemp("plan") / "study")
    found = compare(study)
    assert isinstance(found, DecadesComparison)
    write_tables(found, study)
    return ComparedDecades(found, study)


def rows_of(table: pd.DataFrame, case: str, species: str = "") -> pd.DataFrame:
    mine = table[(table["scenario"] == case) & (table["species"] == species)]
    return mine.set_index("outcome")


def test_a_strict_plan_of_the_first_year_loses_nothing(compared: ComparedDecades) -> None:
    ground = compared.comparison.plan_ground
    assert list(ground.columns) == list(LEDGER)
    assert (ground["plan_km2"] == PLAN_KM2).all()
    assert (ground["forest_km2"] == PLAN_KM2).all()
    assert (ground["lost_on_plan_with"] == 0).all()
    assert (ground["lost_on_plan_without"] > 0).any()
    # four replicates stand on the first four of eight maps
    assert sorted(set(ground["map"])) == [0, 1, 2, 3]


def test_clearing_meets_its_rate_without_the_plan(compared: ComparedDecades) -> None:
    ground = compared.comparison.plan_ground
    lost = ground["lost_on_plan_without"] + ground["lost_elsewhere_without"]
    # of 480 km² of forest, three updates of six years; to a cell a year
    assert lost.to_numpy() == pytest.approx(HEIGHT * WIDTH * (1 - (1 - RATE) ** 18), abs=2.0)


def test_what_a_plan_keeps_falls_elsewhere_under_fixed_demand(compared: ComparedDecades) -> None:
    mine = compared.comparison.plan_ground.query("scenario == 'plan, fixed'")
    kept = mine["lost_on_plan_without"] - mine["lost_on_plan_with"]
    moved = mine["lost_elsewhere_with"] - mine["lost_elsewhere_without"]
    assert kept.tolist() == moved.tolist()
    table = rows_of(compared.comparison.plan, "plan, fixed")
    assert table.loc[IN_ALL.name, "difference"] == 0.0
    assert table.loc[ELSEWHERE.name, "difference"] == pytest.approx(kept.mean())
    assert bool(table.loc[IN_ALL.name, "moves_elsewhere"])


def test_nothing_moves_elsewhere_under_responsive_demand(compared: ComparedDecades) -> None:
    mine = compared.comparison.plan_ground.query("scenario == 'plan'")
    assert (mine["lost_elsewhere_with"] <= mine["lost_elsewhere_without"]).all()
    table = rows_of(compared.comparison.plan, "plan")
    there, total = (table.loc[name] for name in (ON_PLAN.name, IN_ALL.name))
    assert -total["difference"] >= -there["difference"] > 0
    assert (there["without_plan"], there["with_plan"]) == (mine["lost_on_plan_without"].mean(), 0.0)
    assert there["low"] < there["difference"] < there["high"]


def test_a_plan_that_opens_later_loses_what_falls_before(tmp_path: Path) -> None:
    study = plan_study(tmp_path / "study", opens=2037)
    plan = plan_of(study)
    assert plan is not None
    ground = plan_ground(study, plan)
    late = ground["lost_on_plan_with"]
    assert (late <= ground["lost_on_plan_without"]).all()
    assert 0 < late.sum() < ground["lost_on_plan_without"].sum()


def test_species_are_told_as_the_effects_tell_them(compared: ComparedDecades) -> None:
    table = compared.comparison.plan
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 2 * (3 + len(KEYS) * len(plan_outcomes(YEARS)))
    assert plan_outcomes(YEARS)[-1] == "quasi_extinct_20y"
    for key in KEYS:
        for name in plan_outcomes(YEARS):
            effect = compared.effects["plan", key, name]
            row = rows_of(table, "plan", key).loc[name]
            for column in ("difference", "low", "high", "verdict"):
                assert row[column] == effect[column] or math.isnan(effect[column]), (name, column)
    jaguars = rows_of(table, "plan", "jaguar").loc["animals_end"]
    assert (jaguars["without_plan"], jaguars["with_plan"]) == (60.0, 71.5)
    assert jaguars["verdict"] == "more"


def test_costs_are_of_what_is_gained(compared: ComparedDecades) -> None:
    own = rows_of(compared.comparison.plan, "plan")
    there = own.loc[ON_PLAN.name]
    assert there["cost_each"] == pytest.approx(10.0 / -there["difference"])
    ends = sorted(-there[name] for name in ("low", "high"))
    assert there["cost_each_low"] == pytest.approx(10.0 / ends[1])
    assert there["cost_each_high"] == pytest.approx(10.0 / ends[0] if ends[0] > 0 else math.inf)
    jaguars = rows_of(compared.comparison.plan, "plan", "jaguar").loc["animals_end"]
    assert jaguars["cost_each"] == pytest.approx(10.0 / 11.5)
    bears = rows_of(compared.comparison.plan, "plan", "andean_bear").loc["animals_end"]
    # by chance alone: no price, but that one more is not to be had for less
    assert math.isnan(bears["cost_each"])
    assert bears["cost_each_high"] == math.inf
    assert bears["cost_each_low"] == pytest.approx(10.0 / bears["high"])
    assert math.isfinite(bears["runs_to_tell"])
    assert rows_of(compared.comparison.plan, "plan, fixed")["cost_each"].isna().all()


def test_the_page_begins_with_the_plan(compared: ComparedDecades) -> None:
    study = compared.study
    html = write_report(compared.comparison, study).read_text("utf-8")
    page = Page(html)
    assert "plan" in page.ids
    text = re.sub(r"\s+", " ", page.text)
    assert text.index("What would be lost without it") < text.index("Who is still there in")
    lost = rows_of(compared.comparison.plan, "plan").loc[ON_PLAN.name, "without_plan"]
    for said in (
        "The plan protects 50 km² more than is protected without it",
        f"Without the plan {area(lost)} of the forest on it would be cleared by 2049",
        "so that it keeps 100 % of that",
        "More by what matters: animals at the end of the jaguar.",
        "The plan's ground is 10.4 % of the map",
        "No species fell below 20 animals in any of 4 runs, with or without the plan",
        "with it 0 km²",
        "60 without, 72 with",
        "hold: nothing falls inside",
        "guards <b>",
        "Where the figure is from: a guess",
        "0.87 million USD",
        "Of 3 of the 8 effects on species one cannot tell yet from 4 runs",
        "animals at the end, Andean bear (about",
        "tables/plan.parquet",
    ):
        assert said in text, said
    assert not re.search(r"\bnan\b|\binf\b|None|∞", text[: text.index("Who is still there in")])
    assert (study.out / "tables/plan.parquet").is_file()


def test_ground_that_nobody_clears_is_said_and_not_shown_as_kept(tmp_path: Path) -> None:
    study = plan_study(tmp_path / "study", rate=1e-9)
    found = compare(study)
    assert isinstance(found, DecadesComparison)
    lead = PlanAnswer(ComparedDecades(found, study)).lead()
    assert "no forest would be lost by 2049 without the plan" in lead
    assert "nobody clears there" in lead
    sums = found.plan[found.plan["species"] == ""]
    assert sums["cost_each"].isna().all()


def test_without_costs_and_cases_the_page_says_so(tmp_path: Path) -> None:
    study = plan_study(tmp_path / "study", cost="")
    study.settings["plan"]["under"] = []
    found = compare(study)
    assert isinstance(found, DecadesComparison)
    told = PlanAnswer(ComparedDecades(found, study)).contents()
    assert "gives no cost" in told["cost"][0]
    assert told["prices"] == []
    assert any("one way only" in text for text in told["unknown"])


def test_a_study_without_a_plan_has_none(tmp_path: Path) -> None:
    study = plan_study(tmp_path / "study")
    del study.settings["plan"]
    found = compare(study)
    assert isinstance(found, DecadesComparison)
    assert found.plan.empty
    write_tables(found, study)
    assert not (study.out / "tables/plan.parquet").exists()
    assert (study.out / "tables/exchange.parquet").is_file()
    assert "The plan" not in Page(write_report(found, study).read_text("utf-8")).text


def test_a_folder_whose_plan_cannot_be_is_refused(tmp_path: Path) -> None:
    study = plan_study(tmp_path / "study")
    study.settings["plan"]["scenario"] = "elsewhere"
    with pytest.raises(ResultsError, match="no scenario is named 'elsewhere'"):
        plan_of(study)
    study.settings["plan"] = {"cost": -1}
    with pytest.raises(ResultsError, match="plan"):
        plan_of(study)


def test_the_terminal_has_a_row_a_case(
    compared: ComparedDecades, capsys: pytest.CaptureFixture[str]
) -> None:
    print_plan(compared.comparison, compared.study)
    said = capsys.readouterr().out
    assert "plan, fixed" in said
    assert "Kept in all" in said


@pytest.mark.parametrize("n", [2, 8, 30])
@pytest.mark.parametrize(("difference", "zone"), [(1.0, 0.0), (0.2, 0.0), (1.0, 0.6), (0.1, 0.4)])
def test_replicates_until_told_is_the_first_whose_interval_tells(
    n: int, difference: float, zone: float
) -> None:
    spread = 1.3
    half = stdtrit(n - 1, 0.975) * spread / math.sqrt(n)
    found = replicates_until_told(difference, difference - half, difference + half, n=n, zone=zone)
    away = abs(difference - zone)
    told = [stdtrit(m - 1, 0.975) * spread / math.sqrt(m) < away for m in range(2, 4000)]
    assert found == max(2 + told.index(True), n)


def test_what_nobody_can_tell_takes_for_ever() -> None:
    assert replicates_until_told(0.5, 0.0, 1.0, n=8, zone=0.5) == math.inf
    assert replicates_until_told(1.0, np.nan, np.nan, n=1) == math.inf
    assert replicates_until_told(1e-6, -1.0, 1.0, n=8) == math.inf
    assert replicates_until_told(0.05, -1.0, 1.0, n=8) < MOST
