"""Where dispersers start: strata of the ground inside blocks, and how many of each.

Only who is born in a block can join another, so only those are simulated. Their ground is cut into
strata by block, sex and distance to the nearest other block, or to the ground that is to be changed
where that is known. In a stratum of ``lambda`` births of
dispersers a year of which ``n`` are simulated, each stands for ``lambda / n`` animals a year: sums
of weights over those that did something have the expectation of the plain design, in which
dispersers start wherever the species lives, for any ``n`` of at least one a stratum.

With ``n`` in all, the variance of such a sum is least where ``n_h`` is in proportion to ``lambda_h
s_h``, ``s_h`` being the standard deviation of what one disperser of the stratum contributes
(Neyman 1934, J. R. Stat. Soc. 97:558). It comes from a pilot; an allocation from a bad guess costs
precision and no truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from corridor_sim.errors import ScenarioError
from corridor_sim.kernels.philox import keyed_uniforms
from corridor_sim.kernels.records import Animals, begin
from corridor_sim.kernels.states import DISPERSER
from corridor_sim.landscape.blocks import Blocks
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.simulation.days.seeding import Habitat, female_share_of_dispersers
from corridor_sim.species.demography import cohort_y
from corridor_sim.species.fields import SEXES, SpeciesOnLandscape
from corridor_sim.species.gaits import drawn_profiles

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
# the draws of starts, see corridor_sim.kernels.philox
STARTS = 8240
# A disperser of replicate r has the number (r << 16) + k. All replicates then move in one call, and
# the replicate's place in the counter of draws says that they are of this design.
NUMBER_BITS = 16
MOST_REPLICATES = 1 << 16
DISPERSAL = 1 << 31
# strata by distance end at these shares of the free displacement
RINGS = (0.125, 0.25, 0.5, 1.0, 2.0)
# of each stratum with any births
LEAST = 2


@dataclass(frozen=True, slots=True)
class Strata:
    """Strata of one species' births; cells are those of the reference landscape.

    Attributes
    ----------
    block, klass, ring : int16 ``[stratum]``
        Block of birth, class of the kernel (stage and sex), ring by distance.
    per_year : float64 ``[stratum]``
        Dispersers born there a year.
    cells : tuple of int64 ``[m]``
        Flat indices of the stratum's suitable cells.
    cumulative : tuple of float64 ``[m]``
        Their cumulative suitability, ending at 1.
    everywhere_per_year : float
        Dispersers born a year in all, outside core areas too.
    """

    block: NDArray[np.int16]
    klass: NDArray[np.int16]
    ring: NDArray[np.int16]
    per_year: F64
    cells: tuple[I64, ...]
    cumulative: tuple[F64, ...]
    everywhere_per_year: float

    def __len__(self) -> int:
        return len(self.cells)


def free_displacement(here: SpeciesOnLandscape, klass: int) -> float:
    """Return the root mean square displacement in cells of dispersal on even ground.

    Of a correlated walk of ``n`` steps with mean cosine ``c``: ``E[R^2] = n E[L^2] + 2 E[L]^2 c
    / (1 - c) (n - (1 - c^n) / (1 - c))`` (Kareiva & Shigesada 1983, Oecologia 56:234).
    """
    p = here.params
    moving = 1.0 - p.rest[klass]
    n = float(moving.sum()) * duration_d(here, klass)
    length = p.length[klass].astype(np.float64) * float((p.scale[klass] * moving).sum())
    length /= max(float(moving.sum()), 1e-12)
    c = float(p.turn_cos[klass].mean(dtype=np.float64))
    first, second = float(length.mean()), float((length**2).mean())
    return float(np.sqrt(n * second + 2 * first**2 * c / (1 - c) * (n - (1 - c**n) / (1 - c))))


def duration_d(here: SpeciesOnLandscape, klass: int) -> int:
    """Return for how many days a disperser of a class walks."""
    sex = SEXES[klass % len(SEXES)]
    days: float = getattr(here.species.movement, sex).disperser.duration_d.value
    return max(1, round(days))


def strata_of(
    here: SpeciesOnLandscape,
    home: Habitat,
    land: Landscape,
    blocks: Blocks,
    count: int | None = None,
    toward: NDArray[np.bool_] | None = None,
    apart: NDArray[np.float32] | None = None,
) -> Strata:
    """Return the strata of a species' births.

    Parameters
    ----------
    here : SpeciesOnLandscape
        On the reference landscape.
    home : Habitat
        Where it lives there.
    land : Landscape
        The reference landscape.
    blocks : Blocks
    count : int, optional
        Size of the whole population, instead of density x suitable area.
    toward : bool ``[height, width]``, optional
        Cells whose distance makes the rings, where it is known which ground matters; the nearest
        other block's otherwise.
    apart : float32 ``[height, width]``, optional
        :func:`to_other_block`, where somebody has it: it is the same for all species.

    Raises
    ------
    ScenarioError
        Fewer than two blocks, or the species lives in none.
    """
    if blocks.n < 2:
        raise ScenarioError(
            f"{blocks.n} block of core areas: nobody can join another",
            where=land.name,
            remedy="give two core areas or more that are apart, or a smaller join_within_m",
        )
    species = here.species
    raster = blocks.raster(land)
    rate = species.population.density_per_100km2.value
    animals = float(count) if count is not None else rate * home.suitable_km2 / 100.0
    per_year = animals * species.population.disperser_share.value / cohort_y(species)
    share = np.diff(home.cumulative, prepend=0.0)
    block = raster.reshape(-1)[home.cells]
    if toward is not None and toward.any():
        away = distance_transform_edt(~toward)
    else:
        away = to_other_block(raster, blocks.n) if apart is None else apart
    far = away.reshape(-1)[home.cells]
    female = female_share_of_dispersers(species)
    found: list[tuple[int, int, int, float, I64, F64]] = []
    for male, of_sex in enumerate((female, 1.0 - female)):
        klass = DISPERSER * len(SEXES) + male
        edges = np.array(RINGS) * free_displacement(here, klass)
        ring = np.searchsorted(edges, far, side="right")
        if of_sex <= 0:
            continue
        for b in range(1, blocks.n + 1):
            for r in range(len(RINGS) + 1):
                inside = np.flatnonzero((block == b) & (ring == r))
                whole = float(share[inside].sum())
                if whole > 0:
                    total = np.cumsum(share[inside])
                    found.append(
                        (
                            b,
                            klass,
                            r,
                            per_year * of_sex * whole,
                            home.cells[inside],
                            total / total[-1],
                        )
                    )
    if not found:
        raise ScenarioError(
            f"{species.key} lives in no core area: none of its dispersers can join another block",
            where=f"species.{species.key}",
            remedy="leave the species out, or give core areas where it lives",
        )
    return Strata(
        block=np.array([one[0] for one in found], np.int16),
        klass=np.array([one[1] for one in found], np.int16),
        ring=np.array([one[2] for one in found], np.int16),
        per_year=np.array([one[3] for one in found]),
        cells=tuple(one[4] for one in found),
        cumulative=tuple(one[5] for one in found),
        everywhere_per_year=per_year,
    )


def to_other_block(raster: NDArray[np.int16], n: int) -> NDArray[np.float32]:
    """Return for each cell of a block the distance in cells to the nearest other one."""
    away = np.zeros(raster.shape, np.float32)
    for b in range(1, n + 1):
        mine = raster == b
        others = (raster != b) & (raster > 0)
        if mine.any() and others.any():
            away[mine] = distance_transform_edt(~others)[mine]
    return away


def allocate(per_year: F64, sd: F64, n: int, least: int = LEAST) -> I64:
    """Return how many of ``n`` starts each stratum gets: in proportion to ``per_year * sd``.

    Every stratum gets at least ``least``; what is left over by rounding goes to those with the
    largest remainders. ``n`` grows where the least alone need more.

    >>> allocate(np.array([1.0, 1.0, 2.0]), np.array([0.1, 0.3, 0.3]), 20).tolist()
    [2, 6, 12]
    """
    want = per_year * sd
    if not want.sum() > 0:
        want = per_year.copy()
    n = max(n, least * per_year.size)
    got = np.full(per_year.size, least, np.int64)
    free = np.ones(per_year.size, bool)
    # a stratum held up to the least takes from what the others share
    while True:
        left = n - least * int((~free).sum())
        ideal = left * want / want[free].sum() if want[free].sum() > 0 else np.zeros_like(want)
        low = free & (ideal < least)
        if not low.any() or not free.any():
            break
        free &= ~low
    if not free.any():
        return got
    got[free] = np.floor(ideal[free]).astype(np.int64)
    order = np.argsort(-(ideal - np.floor(ideal)) * free, kind="stable")
    got[order[: n - int(got.sum())]] += 1
    return got


@dataclass(frozen=True, slots=True)
class Starts:
    """Dispersers at the beginning, one row each, replicate by replicate.

    Attributes
    ----------
    animals : Animals
    stratum, replicate : int32 ``[n]``
    weight : float64 ``[stratum]``
        Animals a year that one of the stratum's dispersers stands for.
    block : int16 ``[n]``
        Of birth.
    """

    animals: Animals
    stratum: NDArray[np.int32]
    replicate: NDArray[np.int32]
    weight: F64
    block: NDArray[np.int16]


def starts_of(
    here: SpeciesOnLandscape, strata: Strata, n: I64, seed: int, replicates: Sequence[int]
) -> Starts:
    """Return the dispersers of some replicates.

    In a stratum they are spread evenly over its suitability, each by its own draw within its part:
    systematic sampling with a random place in each interval, which is unbiased and never less
    precise than independent places.

    Parameters
    ----------
    here : SpeciesOnLandscape
        On the reference landscape.
    n : int64 ``[stratum]``
        Of each stratum in each replicate.
    """
    total = int(n.sum())
    if total >= 1 << NUMBER_BITS:
        raise ScenarioError(
            f"{total:,} dispersers a species and replicate exceed {(1 << NUMBER_BITS) - 1:,}",
            where="dispersers_per_replicate",
            remedy="use more replicates of fewer",
        )
    which = np.repeat(np.arange(len(strata), dtype=np.int32), n)
    part = np.concatenate([np.arange(k) for k in n])
    numbers = np.arange(total, dtype=np.int64)
    rep = np.repeat(np.asarray(replicates, np.int64), total)
    ident = (rep << NUMBER_BITS) + np.tile(numbers, len(replicates))
    stratum, part = np.tile(which, len(replicates)), np.tile(part, len(replicates))
    u = keyed_uniforms(seed, DISPERSAL, here.stream, ident, STARTS, 4)
    at = (part + u[:, 0]) / n[stratum]
    cell = placed(strata.cells, strata.cumulative, stratum, at)
    animals = begun(ident, strata.klass[stratum], cell, u[:, 1:], here.fields.zone)
    animals.profile[:] = drawn_profiles(here.species, seed, DISPERSAL, here.stream, ident)
    return Starts(
        animals, stratum, rep.astype(np.int32), strata.per_year / n, strata.block[stratum]
    )


def placed(
    cells: Sequence[I64], cumulative: Sequence[F64], stratum: NDArray[np.integer[Any]], at: F64
) -> I64:
    """Return the flat cells that lie at shares of their strata's suitability.

    Parameters
    ----------
    cells, cumulative
        Of each stratum its cells, and their cumulative share, ending at 1.
    stratum : int ``[n]``
    at : float64 ``[n]``
        From 0 to 1.
    """
    found = np.empty(at.size, np.int64)
    for h, (some, share) in enumerate(zip(cells, cumulative, strict=True)):
        mine = stratum == h
        rank = np.searchsorted(share, at[mine], side="right")
        found[mine] = some[np.minimum(rank, some.size - 1)]
    return found


def begun(
    ident: I64, klass: NDArray[np.int16], cell: I64, u: F64, zone: NDArray[np.int16]
) -> Animals:
    """Return animals at the beginning of their dispersal, each somewhere in its cell.

    Parameters
    ----------
    u : float64 ``[n, 3]``
        Uniforms for column, row and heading.
    zone : int16 ``[height, width]``
        Core area of each cell.
    """
    width = zone.shape[1]
    x, y = cell % width + u[:, 0], cell // width + u[:, 1]
    angle = 2 * np.pi * u[:, 2]
    natal = zone.reshape(-1)[cell]
    return begin(
        ident=ident,
        klass=klass,
        x=x,
        y=y,
        heading_x=np.cos(angle),
        heading_y=np.sin(angle),
        centre_x=x.copy(),
        centre_y=y.copy(),
        roost_x=x.copy(),
        roost_y=y.copy(),
        natal_zone=natal.copy(),
        last_zone=natal.copy(),
    )
