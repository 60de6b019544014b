"""Many generations of one scenario, or of two side by side, replicate by replicate.

Both scenarios are told on the same walks, so that what their walks share drops out of the
differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError
from corridor_sim.experiment.generations import Asked
from corridor_sim.progress import Listener
from corridor_sim.simulation.generations.between import (
    AT_REST,
    Counts,
    Settled,
    Vitals,
    counts_of,
    pooled,
    vitals_of,
)
from corridor_sim.simulation.generations.flows import come_to_rest, growth_of_few
from corridor_sim.simulation.generations.machine import Generations, Ground, Kind
from corridor_sim.simulation.generations.outcomes import OUTCOMES, Lived
from corridor_sim.simulation.generations.stepping_stones import refuse_without_path
from corridor_sim.species.traits import Species

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Side:
    """One species in one scenario, replicate by replicate.

    Attributes
    ----------
    values : float64 ``[replicate, outcome]``
        Of ``OUTCOMES``, then of ``AT_REST``.
    yearly : float64 ``[replicate, year + 1]``
        Independent animals, the beginning first.
    counts : tuple of Counts
    fed, residents : float64 ``[tile]``
        Animals that each tile feeds, and residents at the end in the mean, on the last landscape.
    settled : bool
        Whether numbers came to rest in every replicate.
    """

    values: F64
    yearly: F64
    counts: tuple[Counts, ...]
    fed: F64
    residents: F64
    settled: bool


@dataclass(frozen=True, slots=True)
class Kindred:
    """One species in one scenario, or in two.

    Attributes
    ----------
    kind : Kind
    vitals : Vitals
    here : Side
    against : Side or None
    """

    kind: Kind
    vitals: Vitals
    here: Side
    against: Side | None

    @property
    def species(self) -> Species:
        """Which species."""
        return self.kind.species

    @property
    def key(self) -> str:
        """Its key."""
        return self.kind.species.key

    @property
    def sides(self) -> list[Side]:
        """The scenario, and what it is compared with if anything."""
        return [self.here] if self.against is None else [self.here, self.against]


def follow(asked: Asked, replicates: int, listener: Listener) -> list[Kindred]:
    """Return every species through the generations, in so many replicates.

    Raises
    ------
    ScenarioError
        No species has a path between any two blocks, in any number of generations.
    """
    machine = asked.machine
    sides = 1 if asked.against is None else 2
    listener.expect(len(machine.kinds) * replicates * sides)
    found = []
    for key, kind in machine.kinds.items():
        vitals = vitals_of(kind, machine.years)
        made = _sides(asked, key, replicates, vitals, listener)
        here, against = (made[0], None) if sides == 1 else (made[0], made[1])
        found.append(Kindred(kind, vitals, here, against))
    _refuse_apart(found)
    return found


def _refuse_apart(found: Sequence[Kindred]) -> None:
    """Refuse scenarios in which no species has any path between blocks."""
    said = None
    for one in found:
        for side in one.sides:
            flow = pooled(side.counts).flow
            n = side.counts[0].residents.size - 1
            try:
                refuse_without_path(flow.moves, flow.block, n, species=f"species.{one.key}")
            except ScenarioError as bad:
                said = said or bad
            else:
                return
    if said is not None:
        raise said


def _sides(
    asked: Asked, key: str, replicates: int, vitals: Vitals, listener: Listener
) -> list[Side]:
    """Return a species on the scenario's landscape, and on the other if there is one."""
    machine = asked.machine
    grounds: list[Sequence[Ground] | None] = [None]
    if asked.against is not None:
        grounds = [machine.grounds(key, asked.course), None]
    lived: list[list[_Lived]] = [[] for _ in grounds]
    for replicate in range(replicates):
        for told, ground in zip(lived, grounds, strict=True):
            told.append(_live(machine, key, replicate, ground, vitals))
            listener.done(1)
        machine.forget([replicate])
    return [
        Side(
            values=np.array([one.values for one in told]),
            yearly=np.array([one.yearly for one in told]),
            counts=tuple(one.counts for one in told),
            fed=told[0].fed,
            residents=np.mean([one.residents for one in told], axis=0),
            settled=all(one.settled for one in told),
        )
        for told in lived
    ]


@dataclass(frozen=True, slots=True)
class _Lived:
    values: list[float]
    yearly: F64
    counts: Counts
    fed: F64
    residents: F64
    settled: bool


def _live(
    machine: Generations, key: str, replicate: int, grounds: Sequence[Ground] | None, vitals: Vitals
) -> _Lived:
    kind, life = machine.kinds[key], machine.life
    ran = machine.run(key, replicate, grounds, with_flow=True)
    lived = Lived(ran, kind, machine.blocks.n, life.quasi_extinction, life.environmental_sd)
    given = kind.projection, ran.last, ran.numbers, vitals.generation_y
    rest = come_to_rest(*given)
    settled = Settled(rest.year.independent, growth_of_few(*given))
    values = [row.of(lived) for row in OUTCOMES.values()]
    return _Lived(
        values=[*values, *(row.of(settled) for row in AT_REST.values())],
        yearly=lived.course,
        counts=counts_of(kind, ran, rest, machine.blocks.n),
        fed=ran.last.ground.capacity,
        residents=ran.years[-1].residents,
        settled=rest.settled,
    )
