"""Where one animal can end its dispersal: the rule by which animals settle, without neighbours.

Arriving in a core area means to end where a home range can be, and not to touch its edge. An animal
at the end of its dispersal looks at the place where it is and at :data:`PLACES` others, spread
evenly over the disc of its perception, and takes the one whose home-range-sized window is best,
among those whose mean suitability is at least that of suitable ground. Through decades others count
as well: crowding, exclusion and mates, see :func:`corridor_sim.kernels.places.settle`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.philox import SETTLEMENT, keyed_uniforms
from corridor_sim.simulation.days.seeding import home_window
from corridor_sim.species.fields import SpeciesOnLandscape

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

# further places at which a searching animal looks, beside the one where it is
PLACES = 10


@dataclass(frozen=True, slots=True)
class SettlementGround:
    """Where one species can end its dispersal.

    Attributes
    ----------
    quality : float32 ``[height, width]``
        Mean suitability of a home-range-sized window; -1 where the species does not live.
    enough : float
        Quality from which an animal settles: that of suitable ground.
    perception : float
        Distance over which it knows where it could settle, in cells; 0 = its own place only, as
        for species without a life cycle.
    """

    quality: F32
    enough: float
    perception: float


def settlement_ground(here: SpeciesOnLandscape, window: F32 | None = None) -> SettlementGround:
    """Return where a species can end its dispersal on a landscape.

    A species without a life cycle has no stated perception and settles where it is, or nowhere.

    Parameters
    ----------
    here : SpeciesOnLandscape
    window : float32 ``[height, width]``, optional
        Its :func:`.days.seeding.home_window`, where it is there already.
    """
    cell_m, life = float(here.params.cell_m), here.species.life_cycle
    return SettlementGround(
        quality=home_quality(here, cell_m, window),
        enough=here.species.habitat.suitable_from.value,
        perception=0.0 if life is None else life.perception_m.value / cell_m,
    )


def changed_ground(
    before: SettlementGround, here: SpeciesOnLandscape, middle: tuple[slice, slice] | None
) -> SettlementGround:
    """Return :func:`settlement_ground`, made anew around what has changed and kept elsewhere.

    ``middle`` is that of :func:`corridor_sim.species.fields.on_changed_landscape`, beyond which no
    suitability has changed.
    """
    if middle is None:
        return settlement_ground(here)
    height, width = before.quality.shape
    sexes = (here.species.movement.female, here.species.movement.male)
    sigma_m = float(np.mean([one.resident.sigma_m for one in sexes]))
    # a window of three sigma sees so far, and what is seen of it has to be there in full
    margin = int(np.ceil(3.0 * sigma_m / here.params.cell_m)) + 2
    inner, outer = (
        tuple(
            slice(max(0, one.start - k * margin), min(n, one.stop + k * margin))
            for one, n in zip(middle, (height, width), strict=True)
        )
        for k in (1, 2)
    )
    fields = here.fields._replace(permeability=here.fields.permeability[outer])
    suitability = np.ascontiguousarray(here.suitability[outer])
    piece = replace(here, suitability=suitability, fields=fields)
    made = home_quality(piece, float(here.params.cell_m))
    cut = tuple(
        slice(i.start - w.start, i.stop - w.start) for i, w in zip(inner, outer, strict=True)
    )
    quality = before.quality.copy()
    quality[inner] = made[cut]
    return replace(before, quality=quality)


def home_quality(here: SpeciesOnLandscape, cell_m: float, window: F32 | None = None) -> F32:
    """Return the mean suitability of a home-range-sized window; -1 where the species cannot live.

    Returns
    -------
    float32 ``[height, width]``
    """
    if window is None:
        window = home_window(here, cell_m)
    return np.where(here.suitability > 0, window, np.float32(-1))


def settlement_draws(seed: int, replicate: int, stream: int, ids: NDArray[np.int64]) -> F64:
    """Return the uniforms ``[n, 2 * PLACES]`` by which animals look around, keyed by animal."""
    return keyed_uniforms(seed, replicate, stream, ids, SETTLEMENT, 2 * PLACES)


def places_to_look(x: F64, y: F64, perception: float, u: F64) -> tuple[F64, F64]:
    """Return ``[n, PLACES]`` places spread evenly over discs around ``x, y``, in cells.

    Parameters
    ----------
    x, y : float64 ``[n]``
    perception : float
        Radius of the discs in cells.
    u : float64 ``[n, 2 * PLACES]``
        Uniforms: first for the distances, then for the directions.
    """
    far = perception * np.sqrt(u[:, :PLACES])
    angle = 2 * np.pi * u[:, PLACES:]
    return x[:, None] + far * np.cos(angle), y[:, None] + far * np.sin(angle)


def settle_alone(ground: SettlementGround, x: F64, y: F64, u: F64) -> tuple[F64, F64]:
    """Return the centre of the home that each animal chooses where nobody else lives.

    As :func:`corridor_sim.kernels.places.settle` with capacity everywhere and no animal.

    Parameters
    ----------
    ground : SettlementGround
    x, y : float64 ``[n]``
        Where the animals end, in cells.
    u : float64 ``[n, 2 * PLACES]``
        Of :func:`settlement_draws`.

    Returns
    -------
    x, y : float64 ``[n]``
        In cells; NaN where no place within perception is good enough.
    """
    height, width = ground.quality.shape
    at_x, at_y = x[:, None], y[:, None]
    if ground.perception > 0:
        further_x, further_y = places_to_look(x, y, ground.perception, u)
        at_x, at_y = np.hstack([at_x, further_x]), np.hstack([at_y, further_y])
    inside = (at_x >= 0) & (at_x < width) & (at_y >= 0) & (at_y < height)
    col = np.where(inside, at_x, 0).astype(np.int64)
    row = np.where(inside, at_y, 0).astype(np.int64)
    good = np.where(inside, ground.quality[row, col], np.float32(-1)).astype(np.float64)
    good[(good < ground.enough) | (good <= 0)] = -1.0
    best = good.argmax(axis=1)[:, None]
    found = np.take_along_axis(good, best, 1)[:, 0] > 0
    chosen = (np.take_along_axis(at, best, 1)[:, 0] for at in (at_x, at_y))
    new_x, new_y = (np.where(found, at, np.nan) for at in chosen)
    return new_x, new_y
