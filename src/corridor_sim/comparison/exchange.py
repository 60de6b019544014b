"""Tables of who settled where: by pairs of core areas and by pairs of blocks, for any simulator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim.simulation.facts import BlockFacts
from corridor_sim.simulation.outcomes import Flux
from corridor_sim.simulation.pairs import by_pair
from corridor_sim.species.demography import generation_y, vital_rates
from corridor_sim.species.traits import Species
from corridor_sim.statistics.intervals import COUNT, interval

I64 = NDArray[np.int64]
_COUNTS = ["born", "settled", "share", "per_year", "per_year_low", "per_year_high"]
_FLUX = ["scenario", "species", "from_area", "to_area", "from_block", "to_block", *_COUNTS, "n"]
_EXCHANGE = ["scenario", "species", "from_block", "to_block", *_COUNTS]
_EXCHANGE += ["migrants", "migrants_low", "migrants_high", "one_migrant", "n"]


class ExchangeTables:
    """Gathers both tables, scenario by scenario.

    Parameters
    ----------
    zone_names : sequence of str ``[zone + 1]``
        Core areas of the reference landscape; those that a scenario adds have no row in ``flux``.
    """

    def __init__(self, zone_names: Sequence[str]) -> None:
        self._zones = zone_names
        self._flux: list[dict[str, Any]] = []
        self._exchange: list[dict[str, Any]] = []

    def add(
        self,
        scenario: str,
        species: Species,
        runs: list[Flux],
        per_year: float,
        facts: BlockFacts,
        maps: I64 | None,
    ) -> None:
        """Take in who settled where of one species in the runs of a scenario.

        ``per_year`` is what an animal of the runs counts for, in animals a year. A bird that soars
        is no disperser between reserves and has no rows.
        """
        of_zone, names = np.array(facts.block_of_zone, np.int64), facts.block_names
        if species.soaring is not None or any(one.born.size != of_zone.size for one in runs):
            return
        named = {"scenario": scenario, "species": species.key}
        for i, j, row in _settled(runs, per_year, maps):
            if max(i, j) < len(self._zones):
                here = {"from_area": self._zones[i], "to_area": self._zones[j]}
                here |= {"from_block": names[of_zone[i]], "to_block": names[of_zone[j]]}
                self._flux.append({**named, **here, **row})
        life = species.life_cycle
        generation = np.nan if life is None else generation_y(vital_rates(life))
        for i, j, row in _settled([flux.among(of_zone) for flux in runs], per_year, maps):
            for end in ("", "_low", "_high"):
                row[f"migrants{end}"] = row[f"per_year{end}"] * generation
            row["one_migrant"] = _meets_one(row["migrants_low"], row["migrants_high"])
            here = {"from_block": names[i], "to_block": names[j]}
            self._exchange.append({**named, **here, **row})

    @property
    def flux(self) -> pd.DataFrame:
        """One row per scenario, species and pair of core areas."""
        return pd.DataFrame(self._flux, columns=_FLUX)

    @property
    def exchange(self) -> pd.DataFrame:
        """One row per scenario, species and pair of blocks."""
        return pd.DataFrame(self._exchange, columns=_EXCHANGE)


def _settled(
    runs: list[Flux], per_year: float, maps: I64 | None
) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield every pair of different areas between which animals settled, and its numbers."""
    born = np.sum([flux.born for flux in runs], axis=0) / len(runs)
    for i, j, counts in by_pair([flux.settled.elsewhere() for flux in runs]):
        found = interval(counts, support=COUNT, maps=maps)
        ends = {"": found.mean, "_low": found.low, "_high": found.high}
        yield (
            i,
            j,
            {
                "born": float(born[i]),
                "settled": found.mean,
                "share": found.mean / float(born[i]) if born[i] else np.nan,
                **{f"per_year{end}": value * per_year for end, value in ends.items()},
                "n": found.n,
            },
        )


def _meets_one(low: float, high: float) -> str:
    """Say whether an interval of migrants per generation lies at or above one."""
    if low >= 1:
        return "yes"
    return "no" if high < 1 else "unsure"
