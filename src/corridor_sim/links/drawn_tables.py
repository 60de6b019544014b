"""What a change does to dispersers: tables of an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.edits.base import Edit
from corridor_sim.languages import tr, written
from corridor_sim.links.drawn_lives import animals_of
from corridor_sim.links.drawn_walks import Answer, Walks
from corridor_sim.links.money import ONE_MIGRANT
from corridor_sim.simulation.dispersal.outcomes import OUTCOMES
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.species.demography import generation_y, vital_rates
from corridor_sim.statistics.intervals import paired_contrast
from corridor_sim.statistics.supports import support_of

if TYPE_CHECKING:
    import pandas as pd

F64 = NDArray[np.float64]
JOINING, DEATHS = "joining_per_year", "deaths_per_year"
# what happens to an animal that counts in an outcome
EVENTS = {
    JOINING: "joined",
    "exchange_within_blocks_per_year": "stayed",
    "dispersal_success": "joined",
    "dispersal_deaths": "died",
}
# what the table of totals adds up over all species
ALL = "all"
CONTRAST = "without with change low high"


@dataclass(frozen=True, slots=True)
class LinkEffect:
    """What a drawn link, or any change, does to the dispersers of a landscape.

    Attributes
    ----------
    name : str
    outcomes : DataFrame
        By species and outcome: means over replicates ``without`` and ``with`` the change, the
        paired ``change`` with its interval ``low``, ``high``, and the unit. Where nobody lived
        otherwise the interval says what so many replicates may have missed all the same, an event
        counting what those of the baseline count on average; NaN of means over many, such as the
        distance, where nothing tells how far they may change.
    pairs : DataFrame
        By species and pair of blocks between which anybody went: animals a year and migrants a
        generation, without and with, and whether there is one migrant a generation at least.
    totals : DataFrame
        The same contrasts of what adds up, by species and for ``"all"`` of them:
        ``joining_per_year`` (animals a year that join another block), ``deaths_per_year``
        (dispersers that die on their way, animals a year) and ``migrants_per_generation`` (over
        all pairs of blocks; not of all species together, whose generations differ).
    animals : DataFrame
        By species how many were simulated (``dispersers``), whom the change could concern and who
        therefore walked again (``walk_again``), who went another way and ended the same
        (``walk_otherwise``), who ended otherwise (``end_otherwise``), the latter also in animals a
        year (``per_year_otherwise``), and of these those that join another block only with the
        change (``gained``) or only without it (``lost``), in animals a year.
    concerned : dict of str to float
        Share of each species' dispersers whom the change can concern: those that walked again.
    area_km2 : float
        Of the ground that was drawn; NaN where edits were given.
    seconds : float
        What the answer took.
    replicates : int
        From which it was told.
    edits : tuple of edits
        What was changed, after the edits of the scenario.
    without_home : tuple of str
        Species for which no ground is good enough for a home any more: all of their dispersers
        fail, whatever the rest of the tables says.
    """

    name: str
    outcomes: pd.DataFrame
    pairs: pd.DataFrame
    totals: pd.DataFrame
    animals: pd.DataFrame
    concerned: dict[str, float]
    area_km2: float
    seconds: float
    replicates: int
    edits: tuple[Edit, ...]
    without_home: tuple[str, ...]
    answer: Answer = field(repr=False)

    def __str__(self) -> str:
        rows = self.outcomes[self.outcomes["outcome"] == JOINING]
        told = [
            tr(
                "{species} {change} [{low}, {high}]",
                species=row.species,
                change=written(f"{row.change:+.3f}"),
                low=written(f"{row.low:+.3f}"),
                high=written(f"{row.high:+.3f}"),
            )
            for row in rows.itertuples()
        ]
        told += [
            tr("{species} finds no home anywhere any more", species=key)
            for key in self.without_home
        ]
        return tr(
            "{name}: animals a year that join another block: {told} ({seconds} s)",
            name=self.name,
            told="; ".join(told),
            seconds=written(f"{self.seconds:.1f}"),
        )


def effect_of(
    walks: Walks,
    answer: Answer,
    name: str,
    replicates: int,
    level: float,
    *,
    area_km2: float,
    without_home: tuple[str, ...] = (),
) -> LinkEffect:
    """Return what an answer tells from its first replicates."""
    import pandas as pd

    outcomes: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    for key in walks.dispersal.kinds:
        before = walks.baseline.values(key, replicates)
        after = answer.values(key, replicates)
        for at, (outcome, row) in enumerate(OUTCOMES.items()):
            # dispersers of different strata stand for different numbers of animals, and none
            # of these is what one event is worth
            jump = _jump(walks, key, outcome, replicates)
            seen = _contrast(before[:, at], after[:, at], level, row, jump)
            outcomes.append({"species": key, "outcome": outcome, **seen, "unit": row.unit})
        pairs += _between(walks, answer, key, replicates)
    columns = "species from to per_year_without per_year_with per_generation_without "
    columns += "per_generation_with one_migrant_without one_migrant_with"
    dispersers = {key: replicates * walks.size(key) for key in walks.dispersal.kinds}
    return LinkEffect(
        name,
        pd.DataFrame(outcomes),
        pd.DataFrame(pairs, columns=columns.split()),
        _totals(walks, answer, replicates, level),
        animals_of(walks, answer, replicates),
        {key: answer.again(key, replicates) / n for key, n in dispersers.items()},
        area_km2,
        answer.seconds,
        replicates,
        answer.edits,
        without_home,
        answer,
    )


Jump = Callable[[], float]


def _jump(walks: Walks, key: str, outcome: str, replicates: int) -> Jump:
    """Return what tells by how much one event moves an outcome."""
    return lambda: walks.event(key, EVENTS.get(outcome, ""), replicates, OUTCOMES[outcome].unit)


def _contrast(
    before: F64, after: F64, level: float, row: Outcome, jump: Jump, factor: float = 1.0
) -> dict[str, float]:
    """Return a paired contrast, as a row of a table.

    Where no replicate changed an event may yet have been missed by all; then ``jump`` is asked.
    """
    support = support_of(row, factor=factor)
    if np.array_equal(before, after):
        support = replace(support, jump=jump() * factor)
    seen = paired_contrast(before * factor, after * factor, level, support)
    change = seen.difference
    found = seen.baseline.mean, seen.scenario.mean, change.mean, change.low, change.high
    return dict(zip(CONTRAST.split(), found, strict=True))


def generation(walks: Walks, key: str) -> float:
    """Return the years of a species' generation; NaN where its life cycle is not known."""
    life = walks.dispersal.kinds[key].species.life_cycle
    return float("nan") if life is None else generation_y(vital_rates(life))


def _totals(walks: Walks, answer: Answer, replicates: int, level: float) -> pd.DataFrame:
    """Return contrasts of numbers that add up, by species and over all."""
    import pandas as pd

    row, rows = OUTCOMES[JOINING], []
    by_quantity: dict[str, list[tuple[F64, F64]]] = {JOINING: [], DEATHS: []}
    for key in walks.dispersal.kinds:
        at = list(OUTCOMES).index(JOINING)
        one, other = walks.baseline, answer
        joining = one.values(key, replicates)[:, at], other.values(key, replicates)[:, at]
        deaths = one.deaths(key, replicates), other.deaths(key, replicates)
        years = generation(walks, key)
        for quantity, event, (before, after), factor, unit in (
            (JOINING, "joined", joining, 1.0, row.unit),
            (DEATHS, "died", deaths, 1.0, row.unit),
            ("migrants_per_generation", "joined", joining, years, "animals/generation"),
        ):
            jump = partial(walks.event, key, event, replicates, row.unit)
            told = _contrast(before, after, level, row, jump, factor)
            rows.append({"species": key, "quantity": quantity, **told, "unit": unit})
        by_quantity[JOINING].append(joining)
        by_quantity[DEATHS].append(deaths)
    for quantity, found in by_quantity.items():
        before, after = (np.sum([one[i] for one in found], axis=0) for i in (0, 1))
        event = "joined" if quantity == JOINING else "died"
        keys = walks.dispersal.kinds
        each = [partial(walks.event, key, event, replicates, row.unit) for key in keys]
        told = _contrast(before, after, level, row, partial(_largest, each))
        rows.append({"species": ALL, "quantity": quantity, **told, "unit": row.unit})
    return pd.DataFrame(rows)


def _largest(each: Sequence[Jump]) -> float:
    return float(np.fmax.reduce([jump() for jump in each]))


def _between(walks: Walks, answer: Answer, key: str, replicates: int) -> list[dict[str, Any]]:
    """Return the rows of pairs of blocks between which anybody went."""
    before = walks.baseline.pairs(key, replicates).mean(axis=0)
    after = answer.pairs(key, replicates).mean(axis=0)
    years, names, found = generation(walks, key), walks.dispersal.blocks.names, []
    for i, j in np.argwhere((before > 0) | (after > 0)):
        if j and i != j:
            per = [float(m[i, j]) for m in (before, after)]
            found.append(
                {
                    "species": key,
                    "from": names[i],
                    "to": names[j],
                    "per_year_without": per[0],
                    "per_year_with": per[1],
                    "per_generation_without": per[0] * years,
                    "per_generation_with": per[1] * years,
                    "one_migrant_without": per[0] * years >= ONE_MIGRANT,
                    "one_migrant_with": per[1] * years >= ONE_MIGRANT,
                }
            )
    return found
