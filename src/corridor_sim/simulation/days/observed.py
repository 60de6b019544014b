"""Animals that start where somebody saw them, and what there is to say of these places.

Each animal that was seen is one of the run, times ``sampling``; those of a file are spread evenly
over the animals simulated. Who was seen on ground that the model takes for unsuitable starts there
all the same: it was there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.load import Resolved
from corridor_sim.errors import counted
from corridor_sim.landscape.io.positions import Positions, read_positions
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.progress import tell
from corridor_sim.species.traits import Species

# so many lines are named
NAMED = 8


@dataclass(frozen=True, slots=True)
class Observed:
    """Where the animals of one species were seen.

    Attributes
    ----------
    positions : Positions
    residents, dispersers : int64 ``[n]``
        Rows of the positions at which they start. Where the file tells nobody's stage, all are
        residents, and dispersers set out from their places.
    """

    positions: Positions
    residents: NDArray[np.int64]
    dispersers: NDArray[np.int64]

    @property
    def tells_stage(self) -> bool:
        """Whether the dispersers were seen as such."""
        return self.positions.tells_stage

    def rows(self, n_residents: int, n_dispersers: int) -> NDArray[np.int64]:
        """Return the row of the positions at which each animal starts, residents first.

        Animal ``i`` of ``n`` starts at row ``i N // n`` of ``N``.
        """
        both = ((self.residents, n_residents), (self.dispersers, n_dispersers))
        return np.concatenate([rows[np.arange(n) * rows.size // max(n, 1)] for rows, n in both])

    def known_sex(
        self, row: NDArray[np.int64], disperses: NDArray[np.bool_], drawn: NDArray[np.int16]
    ) -> NDArray[np.int16]:
        """Return who is a male: as seen, else as drawn; sons and daughters are as drawn."""
        seen = self.positions.male[row]
        known = (seen >= 0) & (self.positions.disperses[row] | ~disperses)
        return np.where(known, seen, drawn).astype(np.int16)


def observed_of(resolved: Resolved, key: str, land: Landscape) -> Observed | None:
    """Return where the animals of a scenario's species were seen; None where it does not say.

    Raises
    ------
    LandscapeError
        The file cannot be read, or does not fit the map.
    """
    settings = resolved.scenario.species[key]
    if settings.positions is None:
        return None
    positions = read_positions(
        resolved.base_dir / settings.positions,
        land.grid,
        off=land.outside,
        key=f"species.{key}.positions",
        crs=settings.positions_crs,
        written=settings.positions,
    )
    residents = np.flatnonzero(~positions.disperses)
    dispersers = np.flatnonzero(positions.disperses) if positions.tells_stage else residents
    return Observed(positions, residents, dispersers)


def tell_of_places(
    species: Species, observed: Observed, homes: NDArray[np.int64], width: int
) -> None:
    """Tell which observed places are off the map, and which the model takes for no home.

    Parameters
    ----------
    homes : int64 ``[m]``
        Flat indices of the cells where the species can live.
    width : int
        Columns of the map.
    """
    seen = observed.positions
    if seen.outside:
        tell(
            f"{species.key}: {counted(len(seen.outside), 'position')} outside the map or off its "
            f"ground left out ({_named(seen.unit, seen.outside)} of {seen.where})"
        )
    cell = seen.y.astype(np.int64) * width + seen.x.astype(np.int64)
    odd = np.unique(seen.row[~np.isin(cell, homes)]).tolist()
    if odd:
        needed = species.habitat.suitable_from.value
        tell(
            f"{species.key}: {counted(len(odd), 'position')} on ground that its numbers take for "
            f"no home (suitability below {needed:g}; {_named(seen.unit, odd)} of {seen.where}): "
            "they start there all the same; check habitat.resistance, or the map"
        )


def _named(unit: str, rows: Sequence[int]) -> str:
    more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
    return f"{unit} {', '.join(str(row) for row in rows[:NAMED])}{more}"
