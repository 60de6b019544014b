"""What a plan keeps: of the forest on its ground and elsewhere, and of every species, at what cost.

Where forest falls is made again from the settings, map by map: it takes no run. What the plan adds
to protected ground by the end of the years is *the plan's ground*. Forest that it keeps there may
fall elsewhere; how much of it does is told apart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.plan import PlanSettings
from corridor_sim.config.schema import Scenario
from corridor_sim.experiment.manifest import MANIFEST, damaged, read_settings
from corridor_sim.experiment.study import Study
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES, RISK_YEARS
from corridor_sim.simulation.decades.simulator import context_of, years_of
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.statistics.enough import replicates_until_told
from corridor_sim.statistics.intervals import Support, paired_contrast
from corridor_sim.statistics.zones import OPEN, verdicts

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.config.load import Resolved

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GroundOutcome:
    """What is told of the ground: name, words, and the columns of the ledger that it sums up."""

    name: str
    label: str
    columns: tuple[str, ...]


ON_PLAN = GroundOutcome(
    "forest_lost_on_plan_km2", "Forest lost on the plan's ground", ("lost_on_plan",)
)
ELSEWHERE = GroundOutcome("forest_lost_elsewhere_km2", "Forest lost elsewhere", ("lost_elsewhere",))
IN_ALL = GroundOutcome(
    "forest_lost_km2", "Forest lost in all", (*ON_PLAN.columns, *ELSEWHERE.columns)
)
GROUND = (ON_PLAN, ELSEWHERE, IN_ALL)
# the climate of a scenario without warming
AS_TODAY = "as today"
# what is told of every species, in the order in which a minister would ask
OF_SPECIES = ("animals_end", "breeding_females_end", "joining_per_year", "suitable_km2_end")
# what has a price each; a risk has none
PRICED = frozenset({ON_PLAN.name, IN_ALL.name, *OF_SPECIES} - {"breeding_females_end"})
LEDGER = (
    *("scenario", "against", "map", "plan_km2", "forest_km2", "lost_on_plan_without"),
    *("lost_elsewhere_without", "lost_on_plan_with", "lost_elsewhere_with"),
)
COLUMNS = (
    *("scenario", "against", "rate_in_reserves", "moves_elsewhere", "climate", "species"),
    *("outcome", "label", "unit", "better", "without_plan", "with_plan", "difference", "low"),
    *("high", "n", "verdict", "cost_each", "cost_each_low", "cost_each_high", "runs_to_tell"),
)


def plan_of(study: Study) -> PlanSettings | None:
    """Return the plan that a study's file tells of, if it does.

    Raises
    ------
    ResultsError
        The folder tells of one that cannot be.
    """
    given = study.settings.get("plan")
    if given is None:
        return None
    plan = read_settings(PlanSettings, given, study.out / MANIFEST, "plan")
    known = {one.name for one in study.scenarios[1:]}
    for name in plan.cases:
        if name not in known:
            raise damaged(study.out / MANIFEST, f"plan: no scenario is named {name!r}")
    return plan


def plan_outcomes(years: int) -> tuple[str, ...]:
    """Return the outcomes told of every species: the risk within the years of the run as well."""
    risks = [f"quasi_extinct_{y}y" for y in RISK_YEARS if y <= years]
    return (*OF_SPECIES, *risks[-1:])


def plan_ground(study: Study, plan: PlanSettings) -> pd.DataFrame:
    """Return where forest falls with and without a plan, map by map.

    Returns
    -------
    DataFrame
        One row per scenario with the plan and map: ``scenario``, ``against``, ``map``, ``plan_km2``
        (the plan's ground), ``forest_km2`` (on it at the start), and ``lost_on_plan`` and
        ``lost_elsewhere`` (km² by the end of the years) with ``_without`` and ``_with`` it.

    Examples
    --------
    >>> import corridor_sim as cs
    >>> cs.open_results("results/protection_plan").plan_ground  # doctest: +SKIP
    """
    import pandas as pd

    by_name = {one.name: one for one in study.scenarios}
    ends: dict[tuple[str, int], tuple[Landscape, Landscape]] = {}
    rows: list[dict[str, Any]] = []
    for name in plan.cases:
        with_plan, without = by_name[name], _without(study, name)
        replicates = {r.replicate for r in study.runs if study.scenarios[r.scenario].name == name}
        n_maps = max(with_plan.scenario.n_maps, without.scenario.n_maps)
        for k in sorted({replicate % n_maps for replicate in replicates}):
            pair = []
            for one in (without, with_plan):
                if (one.name, k) not in ends:
                    ends[one.name, k] = _ends(study, one, k)
                pair.append(ends[one.name, k])
            told = _ledger(pair[0], pair[1])
            rows.append({"scenario": name, "against": without.name, "map": k, **told})
    return pd.DataFrame(rows, columns=list(LEDGER))


def plan_table(effects: pd.DataFrame, study: Study, ground: pd.DataFrame) -> pd.DataFrame:
    """Return what a plan keeps, of the ground and of every species, under each of its cases.

    Parameters
    ----------
    effects : DataFrame
        Of a comparison of decades.
    study : Study
        With a plan; see :func:`plan_of`.
    ground : DataFrame
        From :func:`plan_ground`.

    Returns
    -------
    DataFrame
        One row per scenario with the plan, species (empty: the ground) and outcome: ``against``;
        ``rate_in_reserves`` (clearing inside reserves over that outside), ``moves_elsewhere``
        (whether what the plan keeps falls elsewhere), ``climate``; ``without_plan`` and
        ``with_plan`` (means), ``difference`` with ``low`` and ``high`` (95 % interval, paired), all
        in ``unit``; ``n`` (replicates, or maps of clearing), ``verdict``; ``cost_each`` with
        ``_low`` and ``_high`` (cost over what is gained, of the plan's own scenario; NaN and
        infinite where it cannot be told whether anything is); ``runs_to_tell`` (replicates after
        which an open verdict would be told, were the difference found the true one).
    """
    import pandas as pd

    plan = plan_of(study)
    assert plan is not None
    years = years_of(study.scenarios[0])
    table = {name: DECADES_OUTCOMES[name] for name in plan_outcomes(years)}
    by = ("scenario", "species", "outcome")
    found = {tuple(row[k] for k in by): row for row in effects.to_dict("records")}
    rows: list[dict[str, Any]] = []
    for name in plan.cases:
        case = {"scenario": name, "against": _without(study, name).name, **case_of(study, name)}
        mine = ground[ground["scenario"] == name]
        rows += [{**case, **_of_ground(one, mine)} for one in GROUND]
        for one in study.species:
            for outcome in table.values():
                effect = found[name, one.key, outcome.name]
                rows.append({**case, "species": one.key, **_of_species(outcome, effect)})
    for row in rows:
        own = plan.cost if row["scenario"] == plan.scenario and row["outcome"] in PRICED else None
        row |= dict(zip(COLUMNS[-4:-1], _cost_each(row, own), strict=True))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def no_plan() -> pd.DataFrame:
    """Return the table of a study that has no plan."""
    import pandas as pd

    return pd.DataFrame(columns=list(COLUMNS))


def no_ground() -> pd.DataFrame:
    """Return the ledger of a study that has no plan."""
    import pandas as pd

    return pd.DataFrame(columns=list(LEDGER))


def case_of(study: Study, name: str) -> dict[str, Any]:
    """Return what a case assumes: clearing in reserves, whether it moves, and the climate."""
    change = next(one.scenario for one in study.scenarios if one.name == name).change
    clearing = None if change is None else change.clearing
    climate = None if change is None else change.climate
    return {
        "rate_in_reserves": math.nan if clearing is None else clearing.protected_factor,
        "moves_elsewhere": clearing is not None and clearing.demand == "fixed",
        "climate": AS_TODAY if climate is None else climate.ssp,
    }


def _without(study: Study, name: str) -> Resolved:
    """Return the scenario without the plan that one with it is compared with."""
    one = next(s for s in study.scenarios if s.name == name)
    against = one.against or study.scenarios[0].name
    return next(s for s in study.scenarios if s.name == against)


def _ends(study: Study, one: Resolved, map_number: int) -> tuple[Landscape, Landscape]:
    """Return the landscape of a scenario's first and of its last year, on one of its maps."""
    scenario: Scenario = one.scenario
    land = study.landscape_of(one, map_number if scenario.n_maps > 1 else 0)
    line = context_of(one, (), land, changes=True, map_number=map_number)
    return line.landscape(0), line.landscape(years_of(one) - 1)


def _ledger(
    without: tuple[Landscape, Landscape], with_plan: tuple[Landscape, Landscape]
) -> dict[str, float]:
    plan = (with_plan[1]["protection"] > 0) & (without[1]["protection"] == 0)
    km2 = without[0].grid.cell_km2
    start = _forest(without[0])
    found = {"plan_km2": float(plan.sum()) * km2, "forest_km2": float((start & plan).sum()) * km2}
    for word, (first, last) in (("without", without), ("with", with_plan)):
        forest = [_forest(one) for one in (first, last)]
        for place, where in (("on_plan", plan), ("elsewhere", ~plan)):
            # what grows up elsewhere on it, as where the tree line climbs, is no loss made good
            found[f"lost_{place}_{word}"] = float((forest[0] & ~forest[1] & where).sum()) * km2
    return found


def _forest(land: Landscape) -> NDArray[np.bool_]:
    return land.covers.has(land["land_cover"], "forest")


def _of_ground(one: GroundOutcome, mine: pd.DataFrame) -> dict[str, Any]:
    """Return a row on the ground: the means over maps, and the interval of their difference."""
    sides = [
        np.sum([mine[f"{column}_{word}"].to_numpy(np.float64) for column in one.columns], axis=0)
        for word in ("without", "with")
    ]
    # equal losses on all maps are no coincidence: demand may fix them
    found = paired_contrast(sides[0], sides[1], support=Support(least=0.0, certain=True))
    low, high = found.difference.low, found.difference.high
    # of the ground every change is told that is no chance: it is small beside the whole map
    word = verdicts(np.array([low]), np.array([high]), np.zeros(1))[0]
    row = {
        "species": "",
        "outcome": one.name,
        "label": one.label,
        "unit": "km²",
        "better": "less",
        "without_plan": float(sides[0].mean()),
        "with_plan": float(sides[1].mean()),
        "difference": found.difference.mean,
        "low": low,
        "high": high,
        "n": found.difference.n,
        "verdict": word,
    }
    return {**row, "runs_to_tell": _runs_to_tell(row, 0.0)}


def _of_species(outcome: Outcome, effect: Mapping[Any, Any]) -> dict[str, Any]:
    row = {
        "outcome": outcome.name,
        "label": outcome.label,
        "unit": outcome.unit,
        "better": outcome.better,
        "without_plan": effect["baseline"],
        "with_plan": effect["scenario_mean"],
        **{name: effect[name] for name in ("difference", "low", "high", "n", "verdict")},
    }
    return {**row, "runs_to_tell": _runs_to_tell(row, effect["zone"])}


def _runs_to_tell(row: Mapping[str, Any], zone: float) -> float:
    if row["verdict"] != OPEN or not math.isfinite(row["difference"]):
        return math.nan
    ends = (float(row[name]) for name in ("difference", "low", "high"))
    return replicates_until_told(*ends, n=int(row["n"]), zone=float(zone))


def _cost_each(row: Mapping[str, Any], cost: float | None) -> tuple[float, float, float]:
    """Return the cost of one unit gained and its ends; infinite where nothing may be gained."""
    if cost is None:
        return math.nan, math.nan, math.nan
    sign = 1.0 if row["better"] == "more" else -1.0
    gain, *ends = (sign * float(row[name]) for name in ("difference", "low", "high"))
    low, high = sorted(ends) if all(map(math.isfinite, ends)) else (gain, gain)
    if not math.isfinite(gain) or high <= 0:
        return math.nan, math.inf, math.inf
    return cost / gain if low > 0 else math.nan, cost / high, cost / low if low > 0 else math.inf
