"""The co-benefits of a study: what its settings ask for, checked before it runs and told after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corridor_sim.config.co_benefits import CoBenefit, refuse_twice
from corridor_sim.errors import ScenarioError
from corridor_sim.experiment.study import Study
from corridor_sim.ground.given import Given, given_on
from corridor_sim.ground.scenarios import Ends, ScenarioSum, check_plans, scenario_sums
from corridor_sim.toml.strict import validate


def asked_of(tables: Sequence[Mapping[str, Any]], where: str) -> tuple[CoBenefit, ...]:
    """Return co-benefits given as tables, checked as those of a file are.

    Raises
    ------
    ScenarioError
        In one line.
    """
    found = tuple(
        validate(CoBenefit, dict(one), where=f"{where}[{i}]", error=ScenarioError)
        for i, one in enumerate(tables)
    )
    try:
        refuse_twice(found)
    except ValueError as bad:
        raise ScenarioError(str(bad), where=where, remedy="name each once") from None
    return found


def given_of(study: Study, asked: Sequence[CoBenefit], where: str) -> tuple[Given, ...]:
    """Return co-benefits on the landscape of a study; errors as :func:`.given.given_on`."""
    return given_on(asked, study.land, study.scenarios[0].base_dir, where)


def check_study(study: Study, asked: Sequence[CoBenefit], where: str) -> None:
    """Refuse, before any run, co-benefits that cannot be told.

    Raises
    ------
    CorridorSimError
        As :func:`.given.given_on` and :func:`.scenarios.check_plans`.
    """
    if asked:
        given = given_of(study, asked, where)
        check_plans(given, study.scenarios, Ends(study.land, study.landscape_of), where)


def sums_of(study: Study, asked: Sequence[CoBenefit], where: str = "") -> tuple[ScenarioSum, ...]:
    """Return the co-benefits of the scenarios of a study.

    Parameters
    ----------
    study : Study
        Its runs are not looked at.
    asked : sequence of CoBenefit
    where : str
        For messages; the study's folder by default.
    """
    given = given_of(study, asked, where or str(study.out))
    ends = Ends(study.land, study.landscape_of)
    return tuple(scenario_sums(given, study.scenarios, ends))


def settings_of(study: Study) -> tuple[CoBenefit, ...]:
    """Return the co-benefits that the settings of a study ask for; mostly none."""
    tables = study.settings.get("co_benefits") or ()
    return asked_of(tables, f"{Path(study.out)}: co_benefits")
