"""Simulating sets of links: every set is a scenario, every benefit a paired difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.build import apply_edits
from corridor_sim.config.change import Change
from corridor_sim.config.links import Benefit
from corridor_sim.config.load import Resolved, make_edit
from corridor_sim.decision.bounds import added
from corridor_sim.decision.weighting import Weighting
from corridor_sim.errors import ScenarioError, nearest
from corridor_sim.experiment.jobs import lost_run
from corridor_sim.experiment.plan import Run
from corridor_sim.experiment.study import Study
from corridor_sim.experiment.values import outcome_table
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.links.candidates import Link, edits_of
from corridor_sim.links.limits import benefit_limits
from corridor_sim.reading import Unfit
from corridor_sim.simulation.protocol import simulator_of
from corridor_sim.simulation.run_file import Extent

F64 = NDArray[np.float64]
Chosen = frozenset[int]
NO_LINK: Chosen = frozenset()
DoRuns = Callable[[Study, Sequence[Run]], object]


def with_links(
    base: Resolved, links: Sequence[Link], chosen: Chosen, opens: int | None = None
) -> Resolved:
    """Return the base scenario with some links built after its own edits.

    Parameters
    ----------
    base : Resolved
    links : sequence of Link
    chosen : frozenset of int
        Positions of those that are built.
    opens : int, optional
        Year in which they are built, for a base through decades; from the first day without it.
    """
    if not chosen:
        return base
    picked = [links[i] for i in sorted(chosen)]
    tables = edits_of(picked)
    name = " + ".join(link.name for link in picked)[:80]
    levels = (("links", name),)
    if opens is not None:
        change = base.scenario.change or Change()
        dated = tuple({"opens": opens, **table} for table in tables)
        change = change.model_copy(update={"events": (*change.events, *dated)})
        scenario = base.scenario.model_copy(update={"name": name, "change": change})
        return Resolved(scenario, base.edits, levels, base.base_dir)
    scenario = base.scenario.model_copy(
        update={"name": name, "edits": (*base.scenario.edits, *tables)}
    )
    return Resolved(scenario, (*base.edits, *_made(tables)), levels, base.base_dir)


def _made(tables: Sequence[dict[str, Any]]) -> tuple[Edit, ...]:
    return tuple(make_edit(table, str(table["name"])) for table in tables)


@dataclass(slots=True)
class LinkEvaluator:
    """Sets of links and what they bring, simulated when asked for and read from disk after that.

    Attributes
    ----------
    study : Study
        Its scenario 0 is the base without any link.
    links : sequence of Link
    benefit : Benefit
    do_runs : callable
        Simulates runs of the study that are missing.
    opens : int, optional
        Year in which links are built; from the first day without it.
    scenarios : dict
        Position in the study of every set asked for so far.
    references, baseline : dict
        By species and outcome, what a change is divided by and the baseline's mean, both from the
        replicates of the first call.
    """

    study: Study
    links: Sequence[Link]
    benefit: Benefit
    do_runs: DoRuns
    opens: int | None = None
    scenarios: dict[Chosen, int] = field(default_factory=lambda: {NO_LINK: 0})
    references: dict[tuple[str, str], float] = field(default_factory=dict)
    baseline: dict[tuple[str, str], float] = field(default_factory=dict)
    _values: dict[str, dict[str, F64]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        table = outcome_table(self.study.scenarios[0])
        for name in (*self.benefit.weights, *self.benefit.scales):
            if name not in table:
                raise ScenarioError(
                    f"unknown outcome {name!r}", where="links.benefit", remedy=nearest(name, table)
                )
        for name, weight in self.benefit.weights.items():
            if weight > 0 and table[name].better == "neither":
                raise ScenarioError(
                    f"of {name!r} neither more nor less is better",
                    where="links.benefit.weights",
                    remedy="weigh an outcome that has a good side: "
                    + ", ".join(key for key, row in table.items() if row.better != "neither"),
                )
        for key in self.benefit.species:
            if key not in self.study.species_keys():
                raise ScenarioError(
                    f"unknown species {key!r}",
                    where="links.benefit.species",
                    remedy=nearest(key, self.study.species_keys()),
                )

    @property
    def species(self) -> list[str]:
        """Keys of the species that count, in the order of the study."""
        given = self.benefit.species
        return [k for k in self.study.species_keys() if not given or given.get(k, 0.0) > 0]

    @property
    def species_weights(self) -> F64:
        """Weight of each species of :attr:`species`."""
        return np.array([self.benefit.species.get(key, 1.0) for key in self.species])

    @property
    def runs_done(self) -> int:
        """Runs planned so far, the baseline's included."""
        return len(self.study.runs)

    def scenario(self, chosen: Chosen) -> int:
        """Return the study's scenario with these links built, added to it if it is new."""
        if chosen not in self.scenarios:
            made = with_links(self.study.scenarios[0], self.links, chosen, self.opens)
            self.scenarios[chosen] = self.study.add([made])[0]
        return self.scenarios[chosen]

    def built(self, chosen: Chosen, land: Landscape) -> Landscape:
        """Return the base's landscape with links built and grown, whenever they open."""
        picked = [self.links[i] for i in sorted(chosen)]
        return apply_edits(land, _made(edits_of(picked)), self.study.scenarios[0].scenario.seed)

    def benefits(self, sets: Sequence[Chosen], replicates: Iterable[int]) -> F64:
        """Return the benefit of each set, by species and replicate: ``[species, set, replicate]``.

        The change from the base of the same replicate, each outcome divided by its reference and
        weighted; NaN where an outcome that counts has no value.
        """
        wanted = list(replicates)
        asked = [NO_LINK, *sets]
        found = [self.scenario(chosen) for chosen in asked]
        runs = self.study.extend((s, r) for s in found for r in wanted)
        self.do_runs(self.study, runs)
        values = [
            [self._read(run) for run in runs[i * len(wanted) : (i + 1) * len(wanted)]]
            for i in range(len(asked))
        ]
        self._set_references(values[0])
        names = list(outcome_table(self.study.scenarios[0]))
        counted = [n for n, w in self.benefit.weights.items() if w > 0]
        at = [names.index(n) for n in counted]
        out = np.empty((len(self.species), len(sets), len(wanted)))
        for s, key in enumerate(self.species):
            base = np.array([one[key][at] for one in values[0]]).T
            weighting = self._weighting(key, counted)
            for i in range(len(sets)):
                here = np.array([one[key][at] for one in values[i + 1]]).T
                out[s, i] = weighting.combine(here - base)
        return out

    def total(self, sets: Sequence[Chosen], replicates: Iterable[int]) -> F64:
        """Return the benefit of each set over all species, ``[set, replicate]``."""
        share = self.species_weights / self.species_weights.sum()
        return added(np.moveaxis(share[:, None, None] * self.benefits(sets, replicates), 0, -1))

    def limits(self) -> tuple[F64, F64]:
        """Return the least and the most that a benefit can be, ``[species]``; after a first call.

        In per cent of the baseline nothing is below -100 %.
        """
        table = outcome_table(self.study.scenarios[0])
        return benefit_limits(self.benefit, table, self.species, self.baseline)

    def limits_of_total(self) -> tuple[float, float]:
        """Return the same of the benefit over all species."""
        share = self.species_weights / self.species_weights.sum()
        least, most = self.limits()
        return float(share @ least), float(share @ most)

    def mean_outcomes(self, chosen: Chosen, replicates: Iterable[int]) -> dict[str, F64]:
        """Return all outcomes by species, ``[replicate, outcome]``, of runs that are done."""
        runs = self.study.extend((self.scenario(chosen), r) for r in replicates)
        rows = [self._read(run) for run in runs]
        return {key: np.array([row[key] for row in rows]) for key in self.study.species_keys()}

    def _weighting(self, key: str, counted: Sequence[str]) -> Weighting:
        table = outcome_table(self.study.scenarios[0])
        try:
            return Weighting(
                tuple(counted),
                tuple(self.benefit.weights[n] for n in counted),
                tuple(self.references[key, n] for n in counted),
                tuple(table[n].better != "less" for n in counted),
            )
        except ScenarioError as bad:
            raise ScenarioError(
                f"{key}: {bad.problem}",
                where=f"links.benefit: {bad.where or ''}",
                remedy="give links.benefit.scales, or leave the species out with "
                "links.benefit.species",
            ) from None

    def _set_references(self, base: Sequence[dict[str, F64]]) -> None:
        """Take the baseline's means of the first call as references, unless scales are given."""
        names = list(outcome_table(self.study.scenarios[0]))
        for key in self.species:
            for name in self.benefit.weights:
                if (key, name) in self.references:
                    continue
                column = np.array([row[key][names.index(name)] for row in base])
                known = column[np.isfinite(column)]
                mean = float(known.mean()) if known.size else 0.0
                self.references[key, name] = self.benefit.scales.get(name, mean)
                self.baseline[key, name] = mean

    def _read(self, run: Run) -> dict[str, F64]:
        """Return the outcomes of a run by species."""
        if run.ident not in self._values:
            resolved = self.study.scenarios[run.scenario]
            path, keys = self.study.path(run), self.study.species_keys()
            extent = Extent.of(self.study.land)
            try:
                found = simulator_of(resolved).load(path, keys, resolved, extent)
            except Unfit as bad:
                raise lost_run(self.study.out, run, resolved.name, bad) from None
            self._values[run.ident] = {key: found[key].values for key in keys}
        return self._values[run.ident]
