"""The living animals of one population as columns, and their dealings with the movement core."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.records import Animals, begin
from corridor_sim.kernels.states import DISPERSER, DISPLACED, RESIDENT
from corridor_sim.species.fields import SEXES

# with its mother; it moves with her and is not moved on its own
JUVENILE = 3

F64 = NDArray[np.float64]
T = TypeVar("T", bound=np.generic)


@dataclass(slots=True)
class Individuals:
    """One row per living animal; positions and centres in cells (col, row).

    Attributes
    ----------
    key : int64
        Number that keys the animal's draws, below 2^32.
    row, mother, father : int32
        Rows of the pedigree; -1 = unknown.
    age : int16
        Completed years.
    stage : int8
        RESIDENT, DISPERSER, DISPLACED or JUVENILE.
    natal_x, natal_y : float64
        Home of the mother at birth.
    natal_zone, last_zone : int16
        Core area of birth, and the last one visited.
    leave_age : int16
        Age at which a young animal leaves its mother.
    disperses : bool
        Whether it then leaves its natal range, or stays if there is room.
    wander_d : float64
        Days of search after which it is ready to settle.
    searched_d : float64
        Days of search so far.
    quality : float32
        Suitability of the home-range window when it settled.
    hold : float64
        Draw that decides whether it stays when its home loses suitability.
    """

    key: NDArray[np.int64]
    row: NDArray[np.int32]
    mother: NDArray[np.int32]
    father: NDArray[np.int32]
    male: NDArray[np.bool_]
    age: NDArray[np.int16]
    stage: NDArray[np.int8]
    x: F64
    y: F64
    heading_x: F64
    heading_y: F64
    centre_x: F64
    centre_y: F64
    roost_x: F64
    roost_y: F64
    natal_x: F64
    natal_y: F64
    natal_zone: NDArray[np.int16]
    last_zone: NDArray[np.int16]
    leave_age: NDArray[np.int16]
    disperses: NDArray[np.bool_]
    wander_d: F64
    searched_d: F64
    quality: NDArray[np.float32]
    hold: F64
    reserve_m: F64
    aloft: NDArray[np.int8]

    def __len__(self) -> int:
        """Return the number of living animals."""
        return int(self.key.size)

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Keep the animals of ``mask`` only."""
        if mask.all():
            return
        rows = np.flatnonzero(mask)  # several times faster than the mask, column by column
        for column in fields(self):
            setattr(self, column.name, getattr(self, column.name)[rows])

    def append(self, other: Individuals) -> None:
        """Add the animals of ``other`` behind the present ones."""
        for column in fields(self):
            mine = getattr(self, column.name)
            joined = np.concatenate([mine, getattr(other, column.name)])
            setattr(self, column.name, joined.astype(mine.dtype, copy=False))

    def copy(self) -> Individuals:
        """Return the same animals in arrays of their own."""
        return Individuals(**{c.name: getattr(self, c.name).copy() for c in fields(self)})

    def movers(self, rows: NDArray[np.int64]) -> Animals:
        """Return the animals of ``rows`` as the movement models take them, all alive."""
        klass = self.stage[rows].astype(np.int16) * len(SEXES) + self.male[rows]
        return begin(
            ident=self.key[rows],
            klass=klass.astype(np.int16),
            **{name: getattr(self, name)[rows] for name in SHARED},
        )

    def moved(self, rows: NDArray[np.int64], animals: Animals) -> None:
        """Take the places and states of moved animals back into ``rows``."""
        for name in SHARED:
            if name not in ("centre_x", "centre_y", "natal_zone"):
                getattr(self, name)[rows] = getattr(animals, name)

    def searching(self) -> NDArray[np.bool_]:
        """Return who has no home: dispersers and displaced animals."""
        return np.isin(self.stage, (DISPERSER, DISPLACED))

    def residents(self, male: bool | None = None) -> NDArray[np.bool_]:
        """Return who has a home range of its own, of one sex or both."""
        here: NDArray[np.bool_] = self.stage == RESIDENT
        if male is not None:
            here &= self.male == male
        return here


def at(layer: NDArray[T], x: F64 | NDArray[np.float32], y: F64 | NDArray[np.float32]) -> NDArray[T]:
    """Return a layer ``[height, width]`` at places in cells; the far edge is in the last cell."""
    height, width = layer.shape
    row, col = (np.clip(v.astype(np.int64), 0, n - 1) for v, n in ((y, height), (x, width)))
    return layer[row, col]


def _kind(hint: Any) -> Any:
    """Return the number type of an array's hint, whichever way numpy writes ``NDArray`` out."""
    inner = get_args(hint)[-1]
    return (get_args(inner) or (inner,))[0]


# number type of every column, and the columns that the movement core has too
KINDS = {name: _kind(hint) for name, hint in get_type_hints(Individuals).items()}
SHARED = [name for name in Animals._fields if name in KINDS]


def no_individuals(n: int = 0) -> Individuals:
    """Return ``n`` animals with every column at zero."""
    return Individuals(**{name: np.zeros(n, kind) for name, kind in KINDS.items()})
