"""Those without a home: they wander, and settle where there is room."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.mates import choose_mates, gather
from corridor_sim.kernels.places import Bins, Crowd, crowding, fill, make_bins, settle
from corridor_sim.kernels.states import RESIDENT
from corridor_sim.simulation.decades.founders import at_home
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.individuals import JUVENILE, Individuals, at
from corridor_sim.simulation.decades.random_streams import RandomStreams
from corridor_sim.simulation.settlement import PLACES, places_to_look

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


def bins_of(x: F64, y: F64, habitat: PopulationHabitat, more: int = 0) -> Bins:
    """Return bins as wide as the mating reach with the animals at ``x, y`` in them."""
    side = max(habitat.life.mating_reach_m.value / habitat.cell_m, 1.0)
    bins = make_bins(habitat.shape, side, x.size + more)
    fill(x, y, x.size, bins)
    return bins


def numbers_on(crowd: Crowd, x: F64, y: F64) -> Crowd:
    """Return the crowd with the animals at ``x, y`` counted on its blocks."""
    rows, cols = crowd.number.shape
    row = np.clip((y / crowd.side).astype(np.int64), 0, rows - 1)
    col = np.clip((x / crowd.side).astype(np.int64), 0, cols - 1)
    count = np.bincount(row * cols + col, minlength=rows * cols)
    return crowd._replace(number=count.reshape(rows, cols).astype(np.int32))


def let_settle(
    individuals: Individuals,
    ready: I64,
    habitat: PopulationHabitat,
    streams: RandomStreams,
    day: int,
) -> I64:
    """Let the animals of rows ``ready`` settle where they can, and return the rows that did.

    They come in the order of a draw. Each looks at its own place, if it has wandered there, and at
    :data:`.settlement.PLACES` others, spread evenly over the disc of its perception.

    Parameters
    ----------
    ready : int64 ``[n]``
    day : int
        Days since the start of the burn-in; keys the draws.
    """
    if ready.size == 0:
        return ready
    life, cell_m = habitat.life, habitat.cell_m
    u = streams.draws_of_day(individuals.key[ready], day, 1 + 2 * PLACES)
    order = np.argsort(u[:, 0], kind="stable")
    ready, u = ready[order], u[order]
    x, y = individuals.x[ready], individuals.y[ready]
    try_x, try_y = places_to_look(x, y, life.perception_m.value / cell_m, u[:, 1:])
    homes = [individuals.residents(male) for male in (False, True)]
    home = homes[0] | homes[1]
    n = np.array([int(h.sum()) for h in homes], np.int64)
    room = np.full(ready.size, np.nan)
    fx, fy = (
        np.concatenate([c[homes[0]], room]) for c in (individuals.centre_x, individuals.centre_y)
    )
    mx, my = (
        np.concatenate([c[homes[1]], room]) for c in (individuals.centre_x, individuals.centre_y)
    )
    chosen = np.full((ready.size, 2), np.nan)
    # a young animal that stays has not left yet: the spot where it stands is its mother's
    own_x = np.where(individuals.searched_d[ready] > 0, x, np.nan)
    settle(
        own_x,
        y,
        individuals.male[ready],
        try_x,
        try_y,
        habitat.quality,
        habitat.enough,
        numbers_on(habitat.crowd, individuals.centre_x[home], individuals.centre_y[home]),
        bins_of(fx[: n[0]], fy[: n[0]], habitat, ready.size),
        bins_of(mx[: n[1]], my[: n[1]], habitat, ready.size),
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
    individuals.stage[rows] = RESIDENT
    # it is where it is and walks home by itself, over whatever lies on the way
    individuals.centre_x[rows], individuals.centre_y[rows] = chosen[found].T
    individuals.quality[rows] = at(habitat.quality, *chosen[found].T)
    return rows


def settle_in_place(individuals: Individuals, rows: I64, habitat: PopulationHabitat) -> None:
    """Make animals residents where they are, as a life cycle without movement does."""
    individuals.stage[rows] = RESIDENT
    at_home(individuals, rows, habitat)
    x, y = individuals.x[rows], individuals.y[rows]
    individuals.quality[rows] = at(habitat.quality, x, y)


def crowding_of(individuals: Individuals, rows: I64, habitat: PopulationHabitat) -> F64:
    """Return numbers over capacity around the homes of some animals; all independents count."""
    alone = individuals.stage != JUVENILE
    home = individuals.residents()
    x = np.where(home, individuals.centre_x, individuals.x)[alone]
    y = np.where(home, individuals.centre_y, individuals.y)[alone]
    out = np.empty(rows.size)
    crowding(
        individuals.centre_x[rows], individuals.centre_y[rows], numbers_on(habitat.crowd, x, y), out
    )
    return out


def mates_of(
    individuals: Individuals, females: I64, males: I64, habitat: PopulationHabitat, u: F64
) -> NDArray[np.int32]:
    """Return for each female the position of her mate among ``males``, -1 = none in reach.

    A draw picks a male by his number, not by his row: the order of the animals has no say.
    """
    order = np.argsort(individuals.key[males], kind="stable")
    mx, my = individuals.centre_x[males][order], individuals.centre_y[males][order]
    reach = habitat.life.mating_reach_m.value / habitat.cell_m
    side = max(reach, 1.0)
    rows, cols = (max(1, int(np.ceil(n / side))) for n in habitat.shape)
    start, member = np.zeros(rows * cols + 1, np.int32), np.empty(males.size, np.int32)
    gather(mx, my, side, rows, cols, start, member)
    chosen = np.full(females.size, -1, np.int32)
    choose_mates(
        individuals.centre_x[females],
        individuals.centre_y[females],
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
