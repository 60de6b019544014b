"""The record of every animal that ever lived in a run, grown year by year."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.simulation.decades.individuals import Individuals, at

Columns = dict[str, NDArray[Any]]


class PedigreeBook:
    """Columns of :class:`corridor_sim.genetics.pedigree.Pedigree`, filled while animals live.

    Parents stand before their children, because rows are given at birth. Places are in cells.
    """

    def __init__(self) -> None:
        self._born: list[Columns] = []
        self._died: list[tuple[NDArray[np.int32], float, Columns]] = []
        self.n = 0

    def copy(self) -> PedigreeBook:
        """Return a book to which other years can be added; past entries are shared."""
        other = PedigreeBook()
        other._born, other._died, other.n = list(self._born), list(self._died), self.n
        return other

    def enter(self, individuals: Individuals, year: float) -> None:
        """Give rows to newborn animals (or founders) and write down their birth."""
        n = len(individuals)
        individuals.row[:] = np.arange(self.n, self.n + n)
        self.n += n
        self._born.append(
            {
                # draws are keyed by 32 bits, which may repeat; year and key together do not
                "ident": (np.int64(len(self._born)) << 32) + individuals.key,
                "mother": individuals.mother.copy(),
                "father": individuals.father.copy(),
                "birth_year": np.float32(year) - individuals.age.astype(np.float32),
                "male": individuals.male.copy(),
                "birth_x": individuals.natal_x.astype(np.float32),
                "birth_y": individuals.natal_y.astype(np.float32),
                "birth_zone": individuals.natal_zone.copy(),
            }
        )

    def leave(
        self, individuals: Individuals, rows: NDArray[np.bool_] | NDArray[np.int64], year: float
    ) -> None:
        """Write down deaths, with the last home."""
        self._died.append((individuals.row[rows].copy(), year, _last_home(individuals, rows)))

    def columns(self, individuals: Individuals, zone_of: NDArray[np.int16]) -> Columns:
        """Return all rows; ``individuals`` live now, ``zone_of`` are the core areas."""
        if not self._born:
            return {}
        merged = {name: np.concatenate([b[name] for b in self._born]) for name in self._born[0]}
        # two animals of one year with one key: told apart by their rows, far above every year
        _, first = np.unique(merged["ident"], return_index=True)
        again = np.setdiff1d(np.arange(self.n), first)
        merged["ident"][again] = (np.int64(1) << 48) + again
        died = np.full(self.n, np.nan, np.float32)
        place = {name: np.zeros(self.n, np.float32) for name in ("x", "y")}
        everyone = np.arange(len(individuals))
        for rows, year, home in [
            *self._died,
            (individuals.row, np.nan, _last_home(individuals, everyone)),
        ]:
            died[rows] = year
            for name in place:
                place[name][rows] = home[name]
        merged |= {"death_year": died, **place}
        merged["zone"] = at(zone_of, place["x"], place["y"])
        return merged


def _last_home(individuals: Individuals, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Columns:
    """Return home-range centres, or where animals without a home are."""
    home = individuals.residents()
    return {
        "x": np.where(home, individuals.centre_x, individuals.x)[rows].astype(np.float32),
        "y": np.where(home, individuals.centre_y, individuals.y)[rows].astype(np.float32),
    }
