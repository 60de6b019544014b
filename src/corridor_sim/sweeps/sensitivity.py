"""Which uncertain trait the answer hangs on: Morris screening and Sobol indices over the ranges.

With ``[sensitivity.links]`` every link is simulated alone at every point too: see
:mod:`corridor_sim.sweeps.link_sensitivity`. The designs and the indices are those of SALib
(Herman & Usher 2017, J. Open Source Softw. 2:97).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.build import build_species
from corridor_sim.config.links import LinkSettings
from corridor_sim.config.load import Resolved, read_file, resolve
from corridor_sim.config.sensitivity import SensitivityFile, SensitivitySettings
from corridor_sim.config.sweep import Value
from corridor_sim.errors import ResultsError, ScenarioError, nearest
from corridor_sim.experiment.manifest import MANIFEST, read_settings
from corridor_sim.experiment.plan import scenario_digest
from corridor_sim.experiment.values import outcome_table, read_values, runs_by_scenario
from corridor_sim.links.files import read_links_file
from corridor_sim.species.reader import describe_species
from corridor_sim.sweeps.link_plan import LinkTask, plan_links, put_below, scenarios_with_links
from corridor_sim.sweeps.points import check_outcomes, latin_hypercube, make_points, refuse_too_many

if TYPE_CHECKING:
    import pandas as pd

    from corridor_sim.experiment.study import Study

F64 = NDArray[np.float64]
LEVELS = 4
MOST_TRAITS = 100


class Range(NamedTuple):
    """A trait and the plausible range its species' file gives."""

    species: str
    trait: str
    low: float
    high: float

    @property
    def name(self) -> str:
        """The trait's dotted name in a scenario."""
        return f"species.{self.species}.traits.{self.trait}"


class Plan(NamedTuple):
    """A sensitivity analysis, ready to run.

    ``rows`` are the design's values ``[row, trait]``, and ``which`` the point of every row: a
    point that comes twice is simulated once. ``at`` is the scenario of every point; with
    ``links``, the scenarios in between are those with a link.
    """

    file: SensitivityFile
    ranges: tuple[Range, ...]
    scenarios: tuple[Resolved, ...]
    rows: F64
    which: NDArray[np.int64]
    at: NDArray[np.int64]
    links: LinkTask | None = None


def ranges_of(base: Resolved, patterns: Sequence[str], where: str | Path) -> tuple[Range, ...]:
    """Return the traits that the patterns name, with the ranges of the species' files.

    Raises
    ------
    ScenarioError
        A pattern fits no trait (the nearest is offered), or one without a range.
    """
    every: dict[str, Range | None] = {}
    for one in build_species(base):
        for row in describe_species(one):
            ranged = row.low is not None and row.high is not None and row.low < row.high
            every[f"{one.key}.{row.name}"] = (
                Range(one.key, row.name, float(row.low or 0.0), float(row.high or 0.0))
                if ranged
                else None
            )
    found: dict[str, Range] = {}
    for pattern in patterns:
        fitting = [name for name in every if fnmatchcase(name, pattern)]
        some = {name: r for name in fitting if (r := every[name]) is not None}
        if not fitting:
            raise ScenarioError(
                f"no trait is named {pattern!r}", where=where, remedy=_near(pattern, list(every))
            )
        if not some:
            raise ScenarioError(
                f"{pattern!r} has no range in its species file",
                where=where,
                remedy="see corridor-sim species show",
            )
        found |= some
    if len(found) > MOST_TRAITS:
        raise ScenarioError(
            f"{len(found)} traits", where=where, remedy=f"name {MOST_TRAITS} at most"
        )
    return tuple(found.values())


def _near(pattern: str, names: list[str]) -> str:
    told = nearest(pattern, names)
    return told if told.startswith("did") else "see corridor-sim species show for the names"


def plan_sensitivity(path: Path, assignments: Sequence[str] = (), *, yes: bool = False) -> Plan:
    """Read a sensitivity file and return what there is to run, everything checked.

    Raises
    ------
    CorridorSimError
        In one line: what is wrong with the file, a trait, or the number of runs.
    """
    file, _ = read_file(path, SensitivityFile, assignments, put_below, section="sensitivity")
    links, base_dir = None, path.parent
    if file.sensitivity.links is not None:
        named = path.parent / file.sensitivity.links.file
        links, base_dir = read_links_file(named)[0].links, named.parent
    base = resolve(file.base, f"{path}: base", base_dir)
    return _planned(file, base, links, path, yes=yes)


def plan_again(study: Study) -> Plan:
    """Return the plan of a study that was opened from its folder.

    Raises
    ------
    CorridorSimError
        ``experiment.json`` does not hold the analysis of these scenarios, or files have changed.
    """
    where = study.out / MANIFEST
    data = dict(study.settings)
    links = data.pop("links", None)
    file = read_settings(SensitivityFile, data, where)
    base = resolve(file.base, f"{where}: base", study.scenarios[0].base_dir)
    settings = None
    if file.sensitivity.links is not None:
        settings = read_settings(LinkSettings, links, where, "settings of links")
    plan = _planned(file, base, settings, where, yes=True)
    if [scenario_digest(one) for one in plan.scenarios] != study.digests:
        raise ResultsError(
            "holds other scenarios than its sensitivity analysis has now",
            where=where,
            remedy=f"call again: {study.command}",
        )
    return plan


def _planned(
    file: SensitivityFile, base: Resolved, links: LinkSettings | None, path: Path, *, yes: bool
) -> Plan:
    own = file.sensitivity
    where = f"{path}: sensitivity"
    outcomes, species = check_outcomes(own.outcomes, own.species, base, where)
    ranges = ranges_of(base, own.traits, f"{where}.traits")
    task = None
    n_points, replicates = own.n_points(len(ranges)), base.scenario.replicates
    if own.links is None or links is None:
        refuse_too_many(n_points, replicates, path, yes=yes)
    else:
        file_of_links = path.parent / own.links.file
        task = plan_links(own.links, links, base, file_of_links, f"{where}.links")
        refuse_too_many(
            n_points, replicates, path, yes=yes, links=len(task.links), beside=task.nominal
        )
        file._links = task.settings
    rows = _design(own, ranges, base.scenario.seed)
    at, which = np.unique(rows, axis=0, return_inverse=True)
    values: list[list[Value]] = [[float(v) for v in row] for row in at]
    scenarios = make_points(base, [r.name for r in ranges], values, f"{where}.traits")
    own = own.model_copy(update={"outcomes": outcomes, "species": species})
    file = file.model_copy(update={"sensitivity": own})
    where_at = np.arange(len(at), dtype=np.int64)
    if task is not None:
        task = replace(task, points=len(at))
        scenarios, where_at = scenarios_with_links(base, scenarios, task), task.bases()
    which = np.asarray(which, np.int64).reshape(-1)
    return Plan(file, ranges, scenarios, rows, which, where_at, task)


def values_at_points(plan: Plan, study: Study) -> F64:
    """Return outcomes at every point without a link, ``[point, replicate, species, outcome]``.

    Raises
    ------
    ResultsError
        A run is missing or damaged.
    """
    runs = runs_by_scenario(study)
    return np.stack([read_values(study, runs[i]) for i in plan.at])


def problem_of(ranges: Sequence[Range]) -> dict[str, Any]:
    """Return the traits as SALib wants them."""
    return {
        "num_vars": len(ranges),
        "names": [r.name for r in ranges],
        "bounds": [[r.low, r.high] for r in ranges],
    }


def _design(own: SensitivitySettings, ranges: Sequence[Range], seed: int) -> F64:
    low, high = np.array([r.low for r in ranges]), np.array([r.high for r in ranges])
    if own.method == "lhs":
        rows = low + latin_hypercube(own.n, len(ranges), seed) * (high - low)
    elif own.method == "morris":
        from SALib.sample import morris

        rows = morris.sample(problem_of(ranges), own.n, num_levels=LEVELS, seed=seed % 2**32)
    else:
        from SALib.sample import sobol

        rows = sobol.sample(problem_of(ranges), own.n, calc_second_order=False, seed=seed % 2**32)
    rows = np.asarray(rows, np.float64)
    # 12 digits: names and settings are written in decimals
    rounded = np.array([[float(f"{v:.12g}") for v in row] for row in rows])
    return np.asarray(np.clip(rounded, low, high))


def indices(
    own: SensitivitySettings, ranges: Sequence[Range], rows: F64, y: F64, seed: int
) -> dict[str, F64]:
    """Return SALib's indices of one outcome, by column; ``y`` holds the outcome of every row.

    Morris: ``effect`` (mean absolute elementary effect over the whole range, mu*), its 95 %
    ``half_width``, and ``spread`` (sigma: curvature and interaction). Sobol: ``total`` and
    ``first`` order shares with their half widths. NaN where the outcome is undefined at a point.
    """
    n = len(ranges)
    names = (
        ("effect", "half_width", "spread", "mean_effect")
        if own.method == "morris"
        else ("total", "half_width", "first", "first_half_width")
    )
    if not np.isfinite(y).all() or np.ptp(y) == 0:
        value = math.nan if not np.isfinite(y).all() else 0.0
        return {name: np.full(n, value) for name in names}
    if own.method == "morris":
        from SALib.analyze import morris

        found = morris.analyze(problem_of(ranges), rows, y, num_levels=LEVELS, seed=seed % 2**32)
        columns = ("mu_star", "mu_star_conf", "sigma", "mu")
    else:
        from SALib.analyze import sobol

        # a seed of 0 would be no seed there
        found = sobol.analyze(problem_of(ranges), y, calc_second_order=False, seed=seed % 2**31 + 1)
        columns = ("ST", "ST_conf", "S1", "S1_conf")
    return {a: np.asarray(found[b], np.float64) for a, b in zip(names, columns, strict=True)}


def sensitivity_table(plan: Plan, study: Study, values: F64) -> pd.DataFrame:
    """Return one row per species, outcome and trait, the strongest trait first.

    Parameters
    ----------
    plan : Plan
    study : Study
    values : float64 ``[point, replicate, species, outcome]``
        Of every point of the plan: :func:`values_at_points`.
    """
    import pandas as pd

    own = plan.file.sensitivity
    table = outcome_table(study.scenarios[0])
    keys, names = study.species_keys(), list(table)
    mean = values.mean(axis=1)
    seed = study.scenarios[0].scenario.seed
    frames: list[pd.DataFrame] = []
    for key in own.species:
        for outcome in own.outcomes:
            y = mean[plan.which, keys.index(key), names.index(outcome)]
            found = indices(own, plan.ranges, plan.rows, y, seed)
            part = pd.DataFrame(
                {
                    "species": key,
                    "outcome": outcome,
                    "trait": [f"{r.species}.{r.trait}" for r in plan.ranges],
                    "low": [r.low for r in plan.ranges],
                    "high": [r.high for r in plan.ranges],
                    **found,
                }
            )
            first = "effect" if own.method == "morris" else "total"
            frames.append(part.sort_values(first, ascending=False, kind="stable"))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
