"""What the page on decades answers: right numbers, no overclaiming, in words and on a terminal."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console
from scipy.stats import binomtest

from corridor_sim.comparison.tables import compare
from corridor_sim.experiment.study import Study
from corridor_sim.report.figures.maps import homes
from corridor_sim.report.study import print_effects
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.decades_answer import answer
from corridor_sim.report.text.decades_tables import end_table
from oracles.made_decades import PLAN, decades_of, ends, made_decades, report_of

# as a whole it takes half a minute and more; each part has quicker tests beside it
pytestmark = pytest.mark.slow


def test_answer_tells_changes_that_matter_with_their_intervals(decades_report):
    study, _, page = decades_report
    found = answer(decades_of(study))
    assert "is gone" not in found["lead"]
    assert "Numbers fall for the jaguar." in found["lead"]
    assert "For the Andean bear one cannot tell yet from 3 runs." in found["lead"]
    jaguar, bear = found["species"]
    # 80, 79, 78: mean 79; half width h = 4.303 x 1 / sqrt(3) = 2.48, both ends moved off zero by
    # h^2 / (4 x 79) = 0.02; of 100: -21 % (-23.46 to -18.49)
    assert "100 animals in 2025, 79 in 2049 (95 % interval 77 to 82)" in jaguar["text"]
    assert "−21 % (95 % interval −23 to −18 %), a change that matters." in jaguar["text"]
    assert ", cannot tell yet." in bear["text"]
    assert jaguar["text"] in page.text


def test_answer_compares_each_scenario_with_its_own_reference(decades_report):
    study, _, _ = decades_report
    plan, corridor = answer(decades_of(study))["points"]
    # 90 against 80, 79, 78: R = 1.139, residuals -1.14, 0, 1.14, whose
    # half width is 4.303 x 1.14 / sqrt(3) / 79 = 3.6 %
    assert plan["against"] == "as now"
    assert "animals at the end: jaguar +14 % (95 % interval +10 to +18 %)" in plan["text"]
    assert corridor["against"] == PLAN
    assert corridor["text"].startswith(
        "No change that matters for any species in animals at the end"
    )
    assert found_in(answer(decades_of(study))["lead"], PLAN)


def found_in(text: str, name: str) -> bool:
    return f"\u201c{name}\u201d" in text


def test_one_run_claims_nothing(tmp_path: Path):
    study = made_decades(tmp_path / "study", replicates=1)
    found = answer(decades_of(study))
    assert "of no change below one can tell" in found["lead"]
    assert "95 % interval" not in " ".join(s["text"] for s in found["species"])
    assert (
        "In the only run numbers never fell below 20 within 24 years."
        in (found["species"][0]["text"])
    )
    _, page = report_of(study)
    assert "there are no intervals" in page.text
    assert not re.search(r"\bnan\b|\[–", page.text)
    text = " ".join(printed(study).split())
    assert "One run has no intervals" in text
    assert not re.search(r"\d (more|less|same|\?)", text)


def _dying(scenario: str, replicate: int, key: str) -> tuple[float, float]:
    return (100.0, 0.0) if key == "jaguar" else ends(scenario, replicate, key)


def test_a_species_that_died_out(tmp_path: Path):
    study = made_decades(tmp_path / "study", ends=_dying)
    compared = decades_of(study)
    found = answer(compared)
    assert "the jaguar is gone in all 3 runs" in found["lead"]
    assert "the Andean bear is still there in 2049 in all 3 runs" in found["lead"]
    assert "Nobody is left in 2049." in found["species"][0]["text"]
    # 3 of 3: the exact lower end is 0.025^(1/3) = 29 %
    assert "in 3 of 3 runs: a risk between 29 and 100 %" in found["species"][0]["text"]
    _, page = report_of(study)
    assert not re.search(r"\bnan\b|\binf\b", page.text)
    assert not homes(compared, "as now", "jaguar", 24).size


def _some_fall(scenario: str, replicate: int, key: str) -> tuple[float, float]:
    return (100.0, 10.0) if replicate == 0 else (100.0, 90.0)


def test_risk_beyond_the_end_of_the_runs_is_not_known(tmp_path: Path):
    study = made_decades(tmp_path / "study", years=12, single=True, ends=_some_fall)
    compared = decades_of(study)
    # of the runs that say anything about 20 years, all fell: the mean of those is no risk
    assert compared.summary["as now", "jaguar", "quasi_extinct_20y"]["mean"] == 1.0
    assert compared.horizons_beyond == [20, 50, 100]
    assert compared.quasi_extinct("as now", "jaguar") == (1, 3)
    _, page = report_of(study)
    assert "nothing is known of 20, 50 or 100 years" in page.text
    assert "Quasi-extinction within 20 years" not in page.text
    assert any(line[5] == "1/3" for line in end_table(compared))


def test_risk_at_the_horizons_reached(decades_report):
    study, _, page = decades_report
    compared = decades_of(study)
    assert compared.horizons_beyond == [50, 100]
    assert compared.quasi_extinct("as now", "jaguar", 20) == (0, 3)
    assert "nothing is known of 50 or 100 years" in page.text
    assert "Quasi-extinction within 20 years" in page.text


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (0, 4), (2, 4), (4, 4), (3, 17)])
def test_risk_interval_is_the_exact_one(hits: int, n: int):
    expected = binomtest(hits, n).proportion_ci(method="exact")
    assert say.risk_interval(hits, n) == pytest.approx((expected.low, expected.high))


def test_restless_populations_are_named(tmp_path: Path):
    study = made_decades(tmp_path / "study", settled=("andean_bear",))
    found = answer(decades_of(study))
    assert (
        "the jaguar: its numbers were still declining before the start, from 130 to 100 in 2"
        in (found["restless"])
    )
    assert "Come to rest had the Andean bear." in found["restless"]
    assert "before the start: Jaguar." in " ".join(printed(study).split())
    calm = made_decades(tmp_path / "calm")
    assert answer(decades_of(calm))["restless"] == ""
    assert "come to rest" in answer(decades_of(calm))["caution"][0]


def printed(study: Study, width: int = 200) -> str:
    out = io.StringIO()
    print_effects(compare(study), study, Console(file=out, width=width))
    return out.getvalue()


def test_terminal_table_fits_and_says_what_matters(decades_report):
    study, _, _ = decades_report
    text = printed(study, 100)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    head, *body = end_table(decades_of(study))
    assert head[:6] == ["Species", "Scenario", "2025", "2049", "Change", "Risk 24 y"]
    by_name = {line[1]: line for line in body[:3]}
    assert by_name["as now"][2:6] == ["100", "79", "−21 %", "0/3"]
    assert by_name[PLAN][3] == "90 more"
    assert by_name["corridor"][3] == "90 same"
    assert "90 more" in text
