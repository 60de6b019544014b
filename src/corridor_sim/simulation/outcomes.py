"""What an outcome of a run is: one row of a table, with its name, its words and its function.

Both simulators declare theirs as a table of such rows: functions under :func:`outcome_of`. Whoever
measures, compares, ranks or writes outcomes asks the row, so a further outcome is a function and
what is said above it, and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.strips import strips_of
from corridor_sim.simulation.pairs import Pairs

# a square table of this many core areas takes 8 MB
MOST_AREAS_AT_ONCE = 1000
Measure = Callable[[Any], float]
_UNITS = {"1": "", "1/yr": "per year", "km/d": "km per day", "animals/yr": "animals a year"}


@dataclass(frozen=True, slots=True)
class Scale:
    """How an outcome is shown: multiplied, rounded, named."""

    factor: float
    decimals: int
    unit: str
    difference_unit: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome: name, unit, label, which direction is good, decimals, meaning and function.

    Attributes
    ----------
    of : callable
        Returns the value of one species in one run, NaN where undefined, from what its simulator
        measures a run with.
    least, most : float
        No value lies beyond them.
    event : str
        What one chance event moves in a replicate: ``animal`` one dispersing animal of the
        population a year, ``migrant`` the same a generation and block, ``resident`` or
        ``disperser`` one of those simulated, the same with ``_year`` one in their years of life,
        ``one`` counts itself, ``year`` and ``decade`` per year and decade of the run,
        ``of_start`` and ``of_start_year`` one among the animals at the start, in all and per year,
        ``animal_year`` and ``crossing`` one in the years of all, ``some`` is not known beforehand,
        ``unseen`` not even from the values. Empty for means over many places and steps.
    certain : bool
        Follows from the landscape without chance, the same in every replicate.
    headline : int
        Place among those that a planner looks at first, from 1; 0 = not among them.
    short : str
        Its word as a column of the small table on the terminal; empty = no column.
    relative : bool
        Its size differs between species by orders of magnitude: compared as per cent of the
        reference. The others share a natural scale.
    matters : float
        Smallest change that matters, in the outcome's unit, where nobody says otherwise: a default
        to be questioned, no finding. NaN: a share of the reference, the same for all.
    asked : int
        Place among those that links are compared by, from 1; 0 = not among them.
    factor : float
        It is shown times this.
    shown_unit : str
        Unit in which it is shown, if not its own.
    """

    name: str
    unit: str
    label: str
    better: Literal["more", "less", "neither"]
    decimals: int
    meaning: str
    of: Measure
    least: float = 0.0
    most: float = math.inf
    event: str = ""
    certain: bool = False
    headline: int = 0
    short: str = ""
    relative: bool = False
    matters: float = math.nan
    asked: int = 0
    factor: float = 1.0
    shown_unit: str = ""

    @property
    def scale(self) -> Scale:
        """How it is shown."""
        unit = self.shown_unit or _UNITS.get(self.unit, self.unit)
        decimals = max(self.decimals - round(math.log10(self.factor)), 0)
        return Scale(self.factor, decimals, unit, "percentage points" if unit == "%" else unit)


Outcomes = Mapping[str, Outcome]
# attributes of a share that is shown as per cent
PERCENT: dict[str, Any] = {"factor": 100.0, "shown_unit": "%"}


def outcome_of(
    table: dict[str, Outcome],
    unit: str,
    label: str,
    better: Literal["more", "less", "neither"],
    decimals: int,
    **more: Any,
) -> Callable[[Measure], Measure]:
    """Return a decorator that makes a function a row of a table.

    The row has the function's name, its docstring is the outcome's meaning, and the attributes are
    those of :class:`Outcome`.
    """

    def add(of: Measure) -> Measure:
        name, meaning = of.__name__, of.__doc__ or ""
        table[name] = Outcome(name, unit, label, better, decimals, meaning, of, **more)
        return of

    return add


def headlines(table: Outcomes) -> tuple[str, ...]:
    """Return the names of what a planner looks at first, in that order."""
    return tuple(
        sorted((n for n, row in table.items() if row.headline), key=lambda n: table[n].headline)
    )


def measured(table: Outcomes, run: Any) -> dict[str, float]:
    """Return every outcome of a table of what a simulator measures a run with."""
    return {name: float(row.of(run)) for name, row in table.items()}


def forest_km2_of(land: Landscape) -> float:
    """Return the area of forest on a landscape, secondary forest included."""
    cover = land["land_cover"]
    rows_of = strips_of(cover.shape)
    n = sum(int(land.covers.has(cover[rows], "forest").sum()) for rows in rows_of)
    return float(n) * land.grid.cell_km2


def ratio(a: float, b: float) -> float:
    """Return ``a / b``, NaN where there is nothing to divide by.

    >>> ratio(1.0, 2.0), ratio(1.0, 0.0)
    (0.5, nan)
    """
    return a / b if b > 0 else math.nan


@dataclass(frozen=True, slots=True)
class Flux:
    """Dispersal between core areas, or blocks of them: who was born where, and settled where.

    Attributes
    ----------
    born : int64 ``[area + 1]``
        Dispersers by natal area; 0 = outside.
    settled : Pairs
        Dispersers by natal area and area of their home; to 0 = outside, or nowhere.
    """

    born: NDArray[np.int64]
    settled: Pairs

    @property
    def total(self) -> int:
        """Dispersers born in an area that settled in another one."""
        return self.settled.elsewhere().total()

    def among(self, new: NDArray[np.integer[Any]]) -> Flux:
        """Return the same dispersal among what ``new`` ``[area + 1]`` calls each area."""
        born = np.bincount(new, weights=self.born, minlength=int(new.max(initial=0)) + 1)
        return Flux(born.astype(np.int64), self.settled.renamed(new))


def equivalent_connected_area_km2(area_km2: NDArray[np.float64], flux: Flux) -> float:
    """Return ``ECA = sqrt(sum_ij a_i a_j p_ij)`` with ``p_ii = 1``.

    ``p_ij`` is the share of dispersers born in ``i`` that settle in ``j``, a directed probability;
    both directions are summed. Source: Saura, Estreguil, Mouton &
    Rodríguez-Freire (2011), Ecol. Indic. 11:407-416.

    Parameters
    ----------
    area_km2 : float64 ``[area + 1]``
        Suitable area of each area; position 0 is ignored.
    """
    between = flux.settled.elsewhere()
    between = between.where(flux.born[between.start] > 0)
    i, j = between.start - 1, between.end - 1
    p_ij = between.count / flux.born[between.start]
    a = area_km2[1:]
    if a.size > MOST_AREAS_AT_ONCE:
        return float(np.sqrt(a @ a + (a[i] * a[j] * p_ij).sum()))
    # the same sum; the order of its parts is kept, since the last digit hangs on it
    p = np.eye(a.size)
    p[i, j] = p_ij
    return float(np.sqrt(a @ p @ a))


def area_by_zone_km2(
    suitability: NDArray[np.float32],
    suitable_from: float,
    zone: NDArray[np.integer[Any]],
    n_zones: int,
    cell_km2: float,
) -> NDArray[np.float64]:
    """Return the suitability-weighted suitable area of every core area, ``[zone + 1]``; first 0."""
    inside = zone > 0
    fit = suitability[inside]
    suitable = np.where(fit >= suitable_from, fit, 0).astype(np.float64)
    area = np.bincount(zone[inside], weights=suitable, minlength=n_zones + 1)
    return np.asarray(area * cell_km2)
