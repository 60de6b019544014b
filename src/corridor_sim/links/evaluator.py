"""Simulating sets of links: every set is a scenario, every benefit a paired difference."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.build import apply_edits
from corridor_sim.config.links import Benefit
from corridor_sim.config.load import Resolved
from corridor_sim.experiment.plan import Run
from corridor_sim.experiment.study import Study
from corridor_sim.experiment.values import outcome_table, read_values
from corridor_sim.experiment.worth import counts_of, worths_of
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.timeline.rules import Change, DatedEdit
from corridor_sim.links.benefit import (
    Weighings,
    benefit_limits,
    check_benefit,
    counted_species,
    species_shares,
    species_weights,
)
from corridor_sim.links.candidates import Link
from corridor_sim.progress import tell
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.statistics.moments import added
from corridor_sim.statistics.supports import Worth

F64 = NDArray[np.float64]
Chosen = frozenset[int]
NO_LINK: Chosen = frozenset()
DoRuns = Callable[[Study, Sequence[Run]], object]


class Migrants(NamedTuple):
    """Migrants a generation from block to block of core areas.

    Attributes
    ----------
    blocks : sequence of str
        Names; the first is the ground outside.
    values : dict of str to float64 ``[replicate, from, to]``
        By species; those whose generation is not known are left out.
    """

    blocks: Sequence[str]
    values: dict[str, F64]


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
    name = " + ".join(link.name for link in picked)[:80]
    levels = (("links", name),)
    if opens is not None:
        change = base.scenario.change or Change()
        dated = tuple(DatedEdit(opens, link.edit) for link in picked)
        change = change.model_copy(update={"events": (*change.events, *dated)})
        scenario = base.scenario.model_copy(update={"name": name, "change": change})
        return Resolved(scenario, levels, base.base_dir)
    edits = (*base.edits, *(link.edit for link in picked))
    scenario = base.scenario.model_copy(update={"name": name, "edits": edits})
    return Resolved(scenario, levels, base.base_dir)


@dataclass(slots=True)
class SetEvaluator(ABC):
    """Sets of links and what they bring, simulated when asked for and read from disk after that.

    Attributes
    ----------
    study : Study
        Its scenario 0 is the base without any link.
    links : sequence of Link
    benefit : Benefit
    opens : int, optional
        Year in which links are built; from the first day without it.
    weighings : Weighings or None
        From the base's replicates of the first call; None before it.
    """

    study: Study
    links: Sequence[Link]
    benefit: Benefit
    opens: int | None = None
    weighings: Weighings | None = None

    @property
    @abstractmethod
    def table(self) -> dict[str, Outcome]:
        """The outcomes that sets are told by, in their order."""

    @property
    @abstractmethod
    def keys(self) -> list[str]:
        """Keys of the species that are simulated, in their order."""

    @property
    @abstractmethod
    def done(self) -> int:
        """Sets times replicates simulated or planned so far, the baseline's included."""

    @property
    def pace_s(self) -> float:
        """Seconds that one replicate of a set takes here; NaN where it was not measured."""
        return float("nan")

    @abstractmethod
    def outcomes(self, sets: Sequence[Chosen], replicates: Sequence[int]) -> list[F64]:
        """Return of each set the outcomes ``[replicate, species, outcome]``, simulated if need be.

        Raises
        ------
        ResultsError
            Files of the folder are damaged or, where nothing may be simulated, missing.
        """

    @abstractmethod
    def worths(self) -> dict[str, Worth]:
        """Return, by species, what one event of each kind is worth, at most."""

    def migrants(self, chosen: Chosen, replicates: Sequence[int]) -> Migrants | None:
        """Return migrants a generation from block to block with a set; None where not told.

        Parameters
        ----------
        chosen : frozenset of int
        replicates : sequence of int
            That are simulated.
        """
        return None

    def check_on_one_map(self) -> None:
        """Refuse a benefit that cannot be told, and say that sets are told on one map of clearing.

        Raises
        ------
        ScenarioError
        """
        check_benefit(self.benefit, self.table, self.keys, "links.benefit")
        n_maps = self.study.scenarios[0].scenario.n_maps
        if n_maps > 1:
            tell(
                f"links are told on the first of {n_maps} maps of clearing alone (base.maps = 1 "
                "says so)"
            )

    @property
    def species(self) -> list[str]:
        """Keys of the species that count, in the order of the study."""
        return counted_species(self.benefit, self.keys)

    @property
    def species_weights(self) -> F64:
        """Weight of each species of :attr:`species`."""
        return species_weights(self.benefit, self.species)

    @property
    def shares(self) -> F64:
        """What each species' benefit is multiplied by in the sum over species."""
        return species_shares(self.benefit, self.species)

    def built(self, chosen: Chosen, land: Landscape) -> Landscape:
        """Return the base's landscape with links built and grown, whenever they open."""
        edits = [self.links[i].edit for i in sorted(chosen)]
        return apply_edits(land, edits, self.study.scenarios[0].scenario.seed)

    def benefits(
        self, sets: Sequence[Chosen], replicates: Iterable[int], *, linear: bool = False
    ) -> F64:
        """Return the benefit of each set, by species and replicate: ``[species, set, replicate]``.

        The change from the base of the same replicate, each outcome divided by its reference and
        weighted; NaN where an outcome that counts has no value.

        Parameters
        ----------
        linear : bool
            Return values of the same mean whose spread is that of the ratio to the base's mean,
            which is itself known from these replicates only (linearisation, see
            :mod:`corridor_sim.statistics.ratios`).
        """
        wanted = list(replicates)
        values = self.outcomes([NO_LINK, *sets], wanted)
        if self.weighings is None:
            self.weighings = Weighings.of(self.benefit, self.table, self.keys, values[0])
        weigh = self.weighings.by_species
        changes = [one - values[0] for one in values[1:]]
        if linear:
            changes = [self._linear(change, values[0]) for change in changes]
        found = [weigh(change) for change in changes]
        return np.stack(found, axis=1) if found else np.empty((len(self.species), 0, len(wanted)))

    def _linear(self, change: F64, base: F64) -> F64:
        """Return changes less what the base's own luck does to their ratio, ``[replicate, ...]``.

        What is divided by a stated scale stays as it is.
        """
        own = self.benefit.unit is None
        ours = np.array([own and name not in self.benefit.scales for name in self.table])
        both = np.isfinite(change) & np.isfinite(base)
        n = np.maximum(both.sum(axis=0), 1)
        mean = np.where(both, base, 0.0).sum(axis=0) / n
        rise = np.where(both, change, 0.0).sum(axis=0) / n
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(ours & (mean != 0), rise / mean, 0.0)
        return np.asarray(change - ratio * (base - mean))

    def total(self, sets: Sequence[Chosen], replicates: Iterable[int]) -> F64:
        """Return the benefit of each set over all species, ``[set, replicate]``."""
        return added(
            np.moveaxis(self.shares[:, None, None] * self.benefits(sets, replicates), 0, -1)
        )

    def limits(self) -> tuple[F64, F64]:
        """Return the least and the most that a benefit can be, ``[species]``; after a first call.

        In per cent of the baseline nothing is below -100 %.
        """
        assert self.weighings is not None, "nothing was simulated"
        return benefit_limits(self.benefit, self.table, self.species, self.weighings.baseline)

    def limits_of_total(self) -> tuple[float, float]:
        """Return the same of the benefit over all species."""
        least, most = self.limits()
        return float(self.shares @ least), float(self.shares @ most)

    def mean_outcomes(self, chosen: Chosen, replicates: Iterable[int]) -> dict[str, F64]:
        """Return all outcomes by species, ``[replicate, outcome]``."""
        (values,) = self.outcomes([chosen], list(replicates))
        return {key: values[:, i] for i, key in enumerate(self.keys)}


@dataclass(slots=True)
class RunEvaluator(SetEvaluator):
    """Sets as scenarios of the study, each replicate a run with a file of its own.

    Attributes
    ----------
    do_runs : callable
        Simulates runs of the study that are missing.
    scenarios : dict
        Position in the study of every set asked for so far.
    """

    do_runs: DoRuns = field(kw_only=True)
    scenarios: dict[Chosen, int] = field(default_factory=lambda: {NO_LINK: 0})
    _values: dict[str, F64] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_benefit(self.benefit, self.table, self.study.species_keys(), "links.benefit")

    @property
    def table(self) -> dict[str, Outcome]:
        """Those of the study's simulator."""
        return outcome_table(self.study.scenarios[0])

    @property
    def keys(self) -> list[str]:
        """All species of the study."""
        return self.study.species_keys()

    @property
    def done(self) -> int:
        """Runs planned so far, the baseline's included."""
        return len(self.study.runs)

    @property
    def pace_s(self) -> float:
        """What the forecast says of a run on one thread."""
        return float(self.study.each[0])

    def worths(self) -> dict[str, Worth]:
        """Return what one event is worth in the base's runs."""
        found = worths_of(self.study.scenarios[0], counts_of(self.study.out, 0))
        return dict(zip(self.keys, found, strict=True))

    def scenario(self, chosen: Chosen) -> int:
        """Return the study's scenario with these links built, added to it if it is new."""
        if chosen not in self.scenarios:
            made = with_links(self.study.scenarios[0], self.links, chosen, self.opens)
            self.scenarios[chosen] = self.study.add([made])[0]
        return self.scenarios[chosen]

    def outcomes(self, sets: Sequence[Chosen], replicates: Sequence[int]) -> list[F64]:
        """Return the outcomes of each set from the runs, simulated where they are missing."""
        at = [self.scenario(chosen) for chosen in sets]
        runs = self.study.extend((s, r) for s in at for r in replicates)
        self.do_runs(self.study, runs)
        n = len(replicates)
        return [self._read(runs[i * n : (i + 1) * n]) for i in range(len(sets))]

    def runs(self, chosen: Chosen, replicates: range) -> tuple[Run, ...]:
        """Return the runs of a set that was simulated; nothing is planned, nothing simulated."""
        index = self.scenarios.get(chosen)
        if index is None:
            return ()
        there = {r.replicate: r for r in self.study.runs if r.scenario == index}
        return tuple(there[k] for k in replicates if k in there)

    def _read(self, runs: Sequence[Run]) -> F64:
        """Return the outcomes of runs, ``[run, species, outcome]``, from the heads of their files.

        Raises
        ------
        ResultsError
            A run is missing, or damaged and set aside.
        """
        new = [run for run in runs if run.ident not in self._values]
        found = zip(new, read_values(self.study, new), strict=True) if new else ()
        self._values |= {run.ident: values for run, values in found}
        return np.stack([self._values[run.ident] for run in runs])
