"""The benefit of links: what is asked for, how runs are weighed by it, what it can be at all."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.links import Benefit
from corridor_sim.decision.weighting import Weighting
from corridor_sim.errors import ScenarioError, refuse_unknown
from corridor_sim.simulation.outcomes import Outcome

F64 = NDArray[np.float64]


def check_benefit(
    benefit: Benefit, table: Mapping[str, Outcome], species: Collection[str], where: str
) -> None:
    """Refuse outcomes and species of a benefit that the runs do not have.

    Raises
    ------
    ScenarioError
        With the nearest name; ``where`` is the place of the benefit.
    """
    for name in (*benefit.weights, *benefit.scales):
        refuse_unknown(name, table, f"unknown outcome {name!r}", where=where)
    for name, weight in benefit.weights.items():
        if weight > 0 and table[name].better == "neither":
            raise ScenarioError(
                f"of {name!r} neither more nor less is better",
                where=f"{where}.weights",
                remedy="weigh an outcome that has a good side: "
                + ", ".join(key for key, row in table.items() if row.better != "neither"),
            )
    for key in benefit.species:
        refuse_unknown(key, species, f"unknown species {key!r}", where=f"{where}.species")


def counted_species(benefit: Benefit, keys: Sequence[str]) -> list[str]:
    """Return the species that count, in the order of ``keys``."""
    return [k for k in keys if not benefit.species or benefit.species.get(k, 0.0) > 0]


def species_weights(benefit: Benefit, counted: Sequence[str]) -> F64:
    """Return the weight of each species that counts."""
    return np.array([benefit.species.get(key, 1.0) for key in counted])


def species_shares(benefit: Benefit, counted: Sequence[str]) -> F64:
    """Return what each species' benefit is multiplied by in the sum over species.

    The weights themselves where the benefit has a unit, so that animals of all species add up; else
    the same adding up to 1, for a mean.
    """
    weights = species_weights(benefit, counted)
    return weights if benefit.unit is not None else np.asarray(weights / weights.sum())


def scale_of(benefit: Benefit, name: str, baseline: float) -> float:
    """Return what an outcome is divided by: as stated, else 1 of a unit, else the baseline."""
    return benefit.scales.get(name, baseline if benefit.unit is None else 1.0)


@dataclass(frozen=True, slots=True)
class Weighings:
    """How changes of the outcomes of every species that counts become benefits.

    Attributes
    ----------
    weightings : tuple of Weighting
        One for each of those species.
    rows, at : tuple of int
        Those species among all of the runs, and the outcomes that count among all.
    baseline : dict
        By species and outcome, the mean of the base.
    times : float
        Sum of the outcomes' weights where these add up to a benefit with a unit, 1 for a mean.
    """

    weightings: tuple[Weighting, ...]
    rows: tuple[int, ...]
    at: tuple[int, ...]
    baseline: dict[tuple[str, str], float]
    times: float = 1.0

    @staticmethod
    def of(
        benefit: Benefit, table: Mapping[str, Outcome], keys: Sequence[str], base: F64
    ) -> Weighings:
        """Return the weighings for a base without links, ``[replicate, species, outcome]``.

        Each outcome is divided by its stated scale or by the base's mean.

        Raises
        ------
        ScenarioError
            An outcome of a species is 0 in the base and has no scale.
        """
        names = [name for name, weight in benefit.weights.items() if weight > 0]
        places = list(table)
        baseline = {}
        found = []
        counted = counted_species(benefit, keys)
        for key in counted:
            for name in benefit.weights:
                known = base[:, keys.index(key), places.index(name)]
                known = known[np.isfinite(known)]
                baseline[key, name] = float(known.mean()) if known.size else 0.0
            try:
                one = Weighting(
                    tuple(names),
                    tuple(benefit.weights[name] for name in names),
                    tuple(scale_of(benefit, name, baseline[key, name]) for name in names),
                    tuple(table[name].better != "less" for name in names),
                )
            except ScenarioError as bad:
                raise ScenarioError(
                    f"{key}: {bad.problem}",
                    where=f"links.benefit: {bad.where or ''}",
                    remedy="give links.benefit.scales, or leave the species out with "
                    "links.benefit.species",
                ) from None
            found.append(one)
        rows = tuple(keys.index(key) for key in counted)
        times = 1.0 if benefit.unit is None else sum(benefit.weights[name] for name in names)
        return Weighings(tuple(found), rows, tuple(map(places.index, names)), baseline, times)

    def by_species(self, change: F64) -> F64:
        """Return benefits ``[species, replicate]`` of changes ``[replicate, species, outcome]``."""
        return np.stack(
            [
                self.times * one.combine(change[:, row][:, list(self.at)].T)
                for one, row in zip(self.weightings, self.rows, strict=True)
            ]
        )


def benefit_limits(
    benefit: Benefit,
    table: Mapping[str, Outcome],
    species: Sequence[str],
    baseline: Mapping[tuple[str, str], float],
) -> tuple[F64, F64]:
    """Return the least and the most that the benefit of any set of links can be, ``[species]``.

    No link brings fewer animals than none, nor more than every one.

    Parameters
    ----------
    benefit : Benefit
    table : mapping of Outcome
    species : sequence of str
        Keys of the species that count.
    baseline : mapping
        Mean of the base without links by species and outcome: a benefit in its per cent is
        -100 % where everything is lost.
    """
    counted = [(n, w) for n, w in benefit.weights.items() if w > 0]
    whole = 1.0 if benefit.unit is not None else sum(w for _, w in counted)
    least, most = np.zeros(len(species)), np.zeros(len(species))
    for s, key in enumerate(species):
        for name, weight in counted:
            base = baseline[key, name]
            scale = abs(scale_of(benefit, name, base))
            if not (math.isfinite(base) and scale > 0):
                least[s], most[s] = -math.inf, math.inf
                continue
            low, high = ((end - base) / scale for end in (table[name].least, table[name].most))
            if table[name].better == "less":
                low, high = -high, -low
            least[s] += weight / whole * low
            most[s] += weight / whole * high
    return least, most
