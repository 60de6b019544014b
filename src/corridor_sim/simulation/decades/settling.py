"""Those without a home: they wander, and settle where there is room."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.mates import choose_mates, gather
from corridor_sim.kernels.places import Bins, crowding, fill, make_bins, settle
from corridor_sim.kernels.states import RESIDENT
from corridor_sim.simulation.decades.founders import at_home
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.individuals import JUVENILE, Individuals
from corridor_sim.simulation.decades.random_streams import RandomStreams

# further places at which a searching animal looks, beside the one where it is
PLACES = 10

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


def bins_of(x: F64, y: F64, ground: PopulationHabitat, more: int = 0) -> Bins:
    """Return bins as wide as the mating reach with the animals at ``x, y`` in them."""
    side = max(ground.life.mating_reach_m.value / ground.cell_m, 1.0)
    bins = make_bins(ground.shape, side, x.size + more)
    fill(x, y, x.size, bins)
    return bins


def count_all(herd: Individuals, ground: PopulationHabitat) -> NDArray[np.int32]:
    """Return the independent animals with a home on each block of the crowd."""
    crowd = ground.crowd
    rows, cols = crowd.number.shape
    here = herd.residents()
    row = np.minimum((herd.centre_y[here] / crowd.side).astype(np.int64), rows - 1)
    col = np.minimum((herd.centre_x[here] / crowd.side).astype(np.int64), cols - 1)
    return np.bincount(row * cols + col, minlength=rows * cols).reshape(rows, cols).astype(np.int32)


def let_settle(
    herd: Individuals, ready: I64, ground: PopulationHabitat, luck: RandomStreams, day: int
) -> I64:
    """Let the animals of rows ``ready`` settle where they can, and return the rows that did.

    They come in the order of a draw. Each looks at its own place, if it has wandered there, and at
    :data:`PLACES` others, spread evenly over the disc of its perception.

    Parameters
    ----------
    herd : Individuals
    ready : int64 ``[n]``
    ground : PopulationHabitat
    luck : RandomStreams
    day : int
        Days since the start of the burn-in; keys the draws.
    """
    if ready.size == 0:
        return ready
    life, cell_m = ground.life, ground.cell_m
    u = luck.draws_of_day(herd.key[ready], day, 1 + 2 * PLACES)
    order = np.argsort(u[:, 0], kind="stable")
    ready, u = ready[order], u[order]
    far = life.perception_m.value / cell_m * np.sqrt(u[:, 1 : 1 + PLACES])
    angle = 2 * np.pi * u[:, 1 + PLACES :]
    x, y = herd.x[ready], herd.y[ready]
    homes = [herd.residents(male) for male in (False, True)]
    n = np.array([int(h.sum()) for h in homes], np.int64)
    room = np.full(ready.size, np.nan)
    fx, fy = (np.concatenate([c[homes[0]], room]) for c in (herd.centre_x, herd.centre_y))
    mx, my = (np.concatenate([c[homes[1]], room]) for c in (herd.centre_x, herd.centre_y))
    chosen = np.full((ready.size, 2), np.nan)
    # a young animal that stays has not left yet: the spot where it stands is its mother's
    own_x = np.where(herd.searched_d[ready] > 0, x, np.nan)
    settle(
        own_x,
        y,
        herd.male[ready],
        x[:, None] + far * np.cos(angle),
        y[:, None] + far * np.sin(angle),
        ground.quality,
        ground.enough,
        ground.crowd._replace(number=count_all(herd, ground)),
        bins_of(fx[: n[0]], fy[: n[0]], ground, ready.size),
        bins_of(mx[: n[1]], my[: n[1]], ground, ready.size),
        fx,
        fy,
        mx,
        my,
        n,
        np.array([life.exclusion_female_m.value, life.exclusion_male_m.value]) / cell_m,
        life.mating_reach_m.value / cell_m,
        life.settles_with_mate,
        chosen,
    )
    found = ~np.isnan(chosen[:, 0])
    rows: I64 = ready[found]
    herd.stage[rows] = RESIDENT
    # it is where it is and walks home by itself, over whatever lies on the way
    herd.centre_x[rows], herd.centre_y[rows] = chosen[found].T
    cell = chosen[found].astype(np.int64)
    herd.quality[rows] = ground.quality[cell[:, 1], cell[:, 0]]
    return rows


def settle_in_place(herd: Individuals, rows: I64, ground: PopulationHabitat) -> None:
    """Make animals residents where they are, as a life cycle without movement does."""
    herd.stage[rows] = RESIDENT
    at_home(herd, rows, ground)
    height, width = ground.shape
    row = np.minimum(herd.y[rows].astype(np.int64), height - 1)
    col = np.minimum(herd.x[rows].astype(np.int64), width - 1)
    herd.quality[rows] = ground.quality[row, col]


def crowding_of(herd: Individuals, rows: I64, ground: PopulationHabitat) -> F64:
    """Return numbers over capacity around the homes of some animals; all independents count."""
    crowd = ground.crowd
    n_rows, n_cols = crowd.number.shape
    alone = herd.stage != JUVENILE
    home = herd.residents()
    x = np.where(home, herd.centre_x, herd.x)[alone]
    y = np.where(home, herd.centre_y, herd.y)[alone]
    row = np.clip((y / crowd.side).astype(np.int64), 0, n_rows - 1)
    col = np.clip((x / crowd.side).astype(np.int64), 0, n_cols - 1)
    count = np.bincount(row * n_cols + col, minlength=n_rows * n_cols)
    full = crowd._replace(number=count.reshape(n_rows, n_cols).astype(np.int32))
    out = np.empty(rows.size)
    crowding(herd.centre_x[rows], herd.centre_y[rows], full, out)
    return out


def mates_of(
    herd: Individuals, females: I64, males: I64, ground: PopulationHabitat, u: F64
) -> NDArray[np.int32]:
    """Return for each female the position of her mate among ``males``, -1 = none in reach.

    A draw picks a male by his number, not by his row: the order of the herd has no say.
    """
    order = np.argsort(herd.key[males], kind="stable")
    mx, my = herd.centre_x[males][order], herd.centre_y[males][order]
    reach = ground.life.mating_reach_m.value / ground.cell_m
    side = max(reach, 1.0)
    rows, cols = (max(1, int(np.ceil(n / side))) for n in ground.shape)
    start, member = np.zeros(rows * cols + 1, np.int32), np.empty(males.size, np.int32)
    gather(mx, my, side, rows, cols, start, member)
    chosen = np.full(females.size, -1, np.int32)
    choose_mates(
        herd.centre_x[females],
        herd.centre_y[females],
        np.ascontiguousarray(u),
        mx,
        my,
        reach,
        side,
        rows,
        cols,
        start,
        member,
        chosen,
    )
    return np.where(chosen >= 0, order[chosen], -1).astype(np.int32)
