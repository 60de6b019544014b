"""From a sensitivity file that asks about links to the scenarios of every point and every link."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.build import apply_edits, reference_landscape
from corridor_sim.config.links import LinkSettings
from corridor_sim.config.load import Resolved
from corridor_sim.config.sensitivity import LinkQuestion
from corridor_sim.errors import ScenarioError, nearest
from corridor_sim.experiment.values import outcome_table
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.links.benefit import check_benefit
from corridor_sim.links.candidates import Link, make_links
from corridor_sim.links.evaluator import with_links
from corridor_sim.links.files import read_links_file
from corridor_sim.toml.strict import read_toml

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
LONGEST_NAME = 80
# the order is called another if it differs beyond noise in so many of the points
SHARE_OF_POINTS = 0.2


@dataclass(frozen=True, slots=True)
class LinkTask:
    """The links of a sensitivity analysis, checked.

    Scenarios of the study come in blocks of ``1 + len(links)``, the base first and then each link
    alone: the block at the nominal traits first, then one for every point.

    Attributes
    ----------
    question : LinkQuestion
    settings : LinkSettings
        Of the links file, with the budget and indifference asked for.
    links : tuple of Link
    replicates, nominal : int
        Replicates of every scenario at a point, and at the nominal traits.
    points : int
    land : Landscape or None
        The base's before all edits.
    """

    question: LinkQuestion
    settings: LinkSettings
    links: tuple[Link, ...]
    replicates: int
    nominal: int
    points: int
    land: Landscape | None = field(default=None, repr=False, compare=False)

    @property
    def block(self) -> int:
        """Scenarios at one point."""
        return 1 + len(self.links)

    def bases(self) -> I64:
        """Return the scenario without a link at every point, ``[point]``."""
        return np.arange(1, self.points + 1, dtype=np.int64) * self.block

    @property
    def top(self) -> int:
        """How many links count as the best, never all of them."""
        return min(self.question.top, len(self.links) - 1)


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table whose entries ``above`` replace; tables within are merged, lists replaced."""
    found = dict(below)
    for key, value in above.items():
        old = found.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        # both are mappings there, which mypy does not follow through a name
        found[key] = merged(old, value) if both else value  # type: ignore[arg-type]
    return found


def put_below(data: dict[str, Any], path: Path) -> None:
    """Put the base of the links file that is named, if one is, below the file's own ``[base]``.

    Raises
    ------
    ScenarioError
        In one line: what is wrong with the links file by itself.
    """
    own = data["sensitivity"]
    links = own.get("links") if isinstance(own, Mapping) else None
    name = links.get("file") if isinstance(links, Mapping) else None
    if not isinstance(name, str) or not name:
        return
    read_links_file(path.parent / name)
    base = data.get("base", {})
    if isinstance(base, Mapping):
        data["base"] = merged(read_toml(path.parent / name, ScenarioError)["base"], base)


def plan_links(
    question: LinkQuestion, settings: LinkSettings, base: Resolved, file: Path, where: str
) -> LinkTask:
    """Check the links on the base's landscape; the number of points is still 0.

    Raises
    ------
    CorridorSimError
        In one line: a link that does not fit or is not there, a benefit, a budget, replicates.
    """
    table, species = outcome_table(base), base.scenario.species
    check_benefit(settings.benefit, table, species, f"{file}: links.benefit")
    replicates = base.scenario.replicates
    _check_replicates(question, replicates, 1 - settings.procedure.confidence, where)
    rule = settings.procedure
    if question.indifference is not None:
        rule = rule.model_copy(update={"indifference": question.indifference})
    settings = settings.model_copy(
        update={"budget": question.budget or settings.budget, "procedure": rule}
    )
    if settings.file is None:
        settings = settings.model_copy(
            update={"candidates": _named(settings.candidates, question.names, where)}
        )
    scenario = base.scenario
    before = reference_landscape(base)
    land = apply_edits(before, base.edits, scenario.seed)
    links = make_links(settings, land, base.base_dir, str(file))
    if settings.file is not None:
        links = list(_named(links, question.names, where))
    _check_choice(settings, links, file, where)
    return LinkTask(
        question, settings, tuple(links), replicates, question.nominal(replicates), 0, before
    )


def _check_replicates(question: LinkQuestion, replicates: int, error: float, where: str) -> None:
    """Refuse so few replicates that noise could not be told from anything."""
    if replicates < 2:
        raise ScenarioError(
            "one replicate at a point cannot tell the ranking from noise",
            where=where,
            remedy="set base.replicates to 2 or more, better 4",
        )
    need = 2 * replicates
    while math.comb(need, replicates) * SHARE_OF_POINTS * error < 1 - 1e-9:
        need += 1
    if question.nominal(replicates) < need:
        raise ScenarioError(
            f"nominal_replicates = {question.nominal(replicates)} cannot show what is noise where "
            f"points have {replicates}",
            where=where,
            remedy=f"give {need} or more",
        )


def _named(given: Sequence[Any], patterns: Sequence[str], where: str) -> tuple[Any, ...]:
    """Return the links that the patterns name, in the order of the file."""
    every = [one.name for one in given]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in every):
            raise ScenarioError(
                f"no link is named {pattern!r}",
                where=f"{where}.names",
                remedy=nearest(pattern, every),
            )
    return tuple(one for one in given if any(fnmatchcase(one.name, p) for p in patterns))


def _check_choice(settings: LinkSettings, links: Sequence[Link], file: Path, where: str) -> None:
    if len(links) < 2:
        raise ScenarioError(
            "one link cannot be ranked", where=f"{where}.names", remedy="take two or more"
        )
    if settings.fair:
        raise ScenarioError(
            "links.fair: what a choice loses is measured over all species together",
            where=file,
            remedy="set links.fair = false, or weigh species with links.benefit.species",
        )
    if settings.budget is None:
        return
    free = [link.cost for link in links if link.must is not False]
    demanded = sum(link.cost for link in links if link.must)
    if not free or settings.budget < max(min(free), demanded):
        raise ScenarioError(
            f"a budget of {settings.budget:g} {settings.cost_unit} buys none of these links, or "
            "not those that must be built",
            where=where,
            remedy="raise budget",
        )


def scenarios_with_links(
    base: Resolved, points: Sequence[Resolved], task: LinkTask
) -> tuple[Resolved, ...]:
    """Return every scenario of the study, in the order that :class:`LinkTask` says."""
    nominal = replace(
        base,
        scenario=base.scenario.model_copy(update={"name": "nominal", "replicates": task.nominal}),
    )
    found = []
    for at in (nominal, *points):
        found.append(at)
        for i, link in enumerate(task.links):
            one = with_links(at, task.links, frozenset([i]), task.settings.opens)
            name = f"{at.name[:50]}, link {i + 1}: {link.name}"[:LONGEST_NAME]
            found.append(
                Resolved(
                    one.scenario.model_copy(update={"name": name}),
                    (*at.levels, *one.levels),
                    one.base_dir,
                )
            )
    return tuple(found)
