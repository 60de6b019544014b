"""What passes through a link and what dies beside it, with the link less without, from the runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.experiment.jobs import lost_file
from corridor_sim.experiment.plan import Run
from corridor_sim.kernels.states import ALIVE, CAUSES, DISPERSER, STAGES
from corridor_sim.landscape.grid import Grid
from corridor_sim.links.dispersal_sets import BLOCK, DispersalSets
from corridor_sim.links.evaluator import NO_LINK
from corridor_sim.reading import Absent, Unfit
from corridor_sim.report.figures.basemap import BaseMap
from corridor_sim.report.text.links_found import Found
from corridor_sim.simulation.days.run_file import load_run
from corridor_sim.simulation.decades.census import DEATHS
from corridor_sim.simulation.decades.run_file import load_decades
from corridor_sim.simulation.run_file import Extent
from corridor_sim.statistics.chance_maps import ChanceMap
from corridor_sim.statistics.intervals import COUNT, Contrast, Support, paired_contrast

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Slices = tuple[slice, slice]
Window = tuple[float, float, float, float]
BESIDE_M = 5000.0
SMOOTH_M = 1500.0
# ways of dispersers are walked anew to be seen: of more replicates the table would say little more
MOST_BLOCKS = 2


@dataclass(frozen=True, slots=True)
class LinkUse:
    """What the runs say of one link.

    Attributes
    ----------
    passing : tuple of Contrast
        By species: dispersers' days inside the link per run, in animals; of runs through decades
        the animals that live inside at the end.
    died : tuple of Contrast
        By species: deaths of simulated animals per run in the link and up to 5 km beside it.
    causes : tuple of (str, float, float)
        Cause of death, deaths per run without and with the link, all species.
    change : float32 ``[rows, cols]`` or None
        Dispersers' days per 100 km² with the link less without, all species, in the window of
        the link's map, smoothed for the eye; None in decades.
    told : bool ``[rows, cols]`` or None
        Where the interval of that change, over replicates, leaves out zero: the rest is within
        chance.
    window : (slice, slice)
        Rows and columns of that window.
    dead : (int64 ``[n]``, int64 ``[m]``)
        Flat cells of the deaths beside it in all replicates, without and with the link.
    n : int
        Replicates of both.
    """

    passing: tuple[Contrast, ...]
    died: tuple[Contrast, ...]
    causes: tuple[tuple[str, float, float], ...]
    change: F32 | None
    told: NDArray[np.bool_] | None
    window: Slices
    dead: tuple[I64, I64]
    n: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is read of a species in one run: dispersers' days by cell or homes, and deaths."""

    inside: Callable[[I64], float]
    density: F32 | None
    cells: I64
    causes: I64


@dataclass(slots=True)
class _Sums:
    """Sums of one link over its replicates, without it (0) and with it (1)."""

    inside: I64
    near: NDArray[np.bool_]
    window: Slices
    passing: list[dict[tuple[int, int], float]] = field(default_factory=lambda: [{}, {}])
    died: list[dict[tuple[int, int], float]] = field(default_factory=lambda: [{}, {}])
    causes: list[F64] = field(default_factory=lambda: [np.zeros(len(DEATHS)) for _ in range(2)])
    dead: list[list[I64]] = field(default_factory=lambda: [[], []])
    runs: list[int] = field(default_factory=lambda: [0, 0])


def read_use(found: Found) -> list[LinkUse]:
    """Return what passes through each link and what dies beside it, over its replicates.

    A run that is gone is left out, and so is its twin.
    """
    links = range(len(found.result.links))
    if isinstance(found.evaluator, DispersalSets):
        return [_of_dispersers(found, found.evaluator, i) for i in links]
    return [_of_runs(found, i) for i in links]


def _of_runs(found: Found, i: int) -> LinkUse:
    """Return the use of a link by its runs, each beside its twin without the link."""
    grid = found.land.grid
    window = cells_of(grid, window_of(found, i))
    sums = _Sums(found.result.links[i].cells, beside(found, i), window)
    change = ChanceMap()
    wanted = range(int(found.result.ranking.replicates[i]))
    both = (found.runs(chosen, wanted) for chosen in (NO_LINK, frozenset([i])))
    for pair in zip(*both, strict=True):
        seen = [_read(found, run) for run in pair]
        for which, (run, one) in enumerate(zip(pair, seen, strict=True)):
            _add(sums, which, run.replicate, one)
        if seen[0] is not None and seen[1] is not None and seen[0][0].density is not None:
            before, after = (_days_of(one, grid, window) for one in seen)
            change.add(_smooth(after - before, grid.cell_m))
    return _finished(found, sums, change)


def _days_of(seen: list[_Seen] | None, grid: Grid, window: Slices) -> F32:
    """Return the days of all species by cell of a window."""
    total = np.zeros(grid.shape, np.float32)[window]
    for one in seen or ():
        if one.density is not None:
            total += one.density.reshape(grid.shape)[window]
    return total


def _of_dispersers(found: Found, sets: DispersalSets, i: int) -> LinkUse:
    """Return the use of a link by dispersers alone, from the first replicates of the ranking.

    Only those walk for it whose way leads through the link, or whom it concerns.
    """
    grid, keys, level = found.land.grid, sets.keys, found.result.settings.procedure.confidence
    near, window = beside(found, i), cells_of(grid, window_of(found, i))
    inside = np.zeros(grid.shape, bool)
    inside.reshape(-1)[found.result.links[i].cells] = True
    blocks = min(MOST_BLOCKS, -(-int(found.result.ranking.replicates[i]) // BLOCK))
    n = blocks * BLOCK
    passing, died = (np.zeros((2, len(keys), n)) for _ in range(2))
    causes = np.zeros((2, len(CAUSES)))
    dead: list[list[I64]] = [[], []]
    change = ChanceMap()
    for block in range(blocks):
        first = block * BLOCK
        days = np.zeros((BLOCK, grid.height * grid.width), np.float32)
        for s, key in enumerate(keys):
            seen = sets.seen(frozenset([i]), key, inside, block)
            for which, (cells, days_each, ends, cell_of_end) in enumerate(seen):
                weight, replicate = ends.weight, ends.replicate
                at = np.repeat(replicate, days_each)
                one_day = np.repeat(weight, days_each)
                np.add.at(days, (at - first, cells), (2 * which - 1) * one_day)
                here = inside.reshape(-1)[cells]
                np.add.at(passing[which, s], at[here], one_day[here])
                gone = ends.died & near[cell_of_end]
                np.add.at(died[which, s], replicate[gone], weight[gone])
                np.add.at(causes[which], ends.fates.state[gone] - ALIVE - 1, weight[gone] / n)
                dead[which].append(cell_of_end[gone])
        for one in days:
            change.add(_smooth(one.reshape(grid.shape)[window], grid.cell_m))

    def contrasts(values: F64) -> tuple[Contrast, ...]:
        return tuple(
            paired_contrast(values[0, s], values[1, s], level, Support(0.0))
            for s in range(len(keys))
        )

    return LinkUse(
        contrasts(passing),
        contrasts(died),
        tuple((name, *causes[:, c].tolist()) for c, name in enumerate(CAUSES)),
        *_shown(change, grid, level),
        window,
        (np.concatenate(dead[0]), np.concatenate(dead[1])),
        n,
    )


def _shown(
    change: ChanceMap, grid: Grid, level: float
) -> tuple[F32 | None, NDArray[np.bool_] | None]:
    """Return the map of a change per 100 km², and where it is told from none."""
    if not change.n:
        return None, None
    shown: F32 = (change.mean * (100 / grid.cell_km2)).astype(np.float32)
    return shown, change.told(level)


def window_of(found: Found, i: int) -> Window:
    """Return (west, east, south, north) of a square around a link, in map metres."""
    points = np.concatenate([np.asarray(r) for r in found.result.links[i].rings])
    low, high = points.min(axis=0), points.max(axis=0)
    half = 0.5 * float((high - low).max())
    half += max(0.3 * half, 8 * found.land.grid.cell_m)
    x, y = (low + high) / 2
    west, south, east, north = found.land.grid.bounds_m
    half = min(half, 0.5 * min(east - west, north - south))
    x = float(np.clip(x, west + half, east - half))
    y = float(np.clip(y, south + half, north - half))
    return x - half, x + half, y - half, y + half


def cells_of(grid: Grid, window: Window) -> Slices:
    """Return the rows and columns whose centres lie in a window of map metres."""
    x, y = grid.x_centres_m(), grid.y_centres_m()
    cols = np.flatnonzero((x >= window[0]) & (x <= window[1]))
    rows = np.flatnonzero((y >= window[2]) & (y <= window[3]))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)


def around(base: BaseMap, window: Window) -> BaseMap:
    """Return the base map as the names' placing sees it: this window, and areas' parts in it."""
    land, grid = base.land, base.land.grid
    rows, cols = cells_of(grid, window)
    zone = land["protected"][rows, cols]
    gx, gy = np.meshgrid(grid.x_centres_m()[cols], grid.y_centres_m()[rows])
    areas = []
    for code in np.unique(zone):
        if code:
            here = zone == code
            areas.append(
                (
                    land.zone_names[code],
                    float(gx[here].mean()),
                    float(gy[here].mean()),
                    float(here.sum()) * grid.cell_km2,
                )
            )
    areas.sort(key=lambda a: (-a[3], a[0]))
    return replace(base, extent_m=window, areas=tuple(areas))


def beside(found: Found, i: int) -> NDArray[np.bool_]:
    """Return the cells whose centre lies in a link or up to 5 km from a cell of it, ``[cell]``."""
    from scipy.ndimage import distance_transform_edt

    grid, cells = found.land.grid, found.result.links[i].cells
    near = np.zeros(grid.shape, bool)
    if not cells.size:
        return near.reshape(-1)
    row, col = np.divmod(cells, grid.width)
    margin = int(np.ceil(BESIDE_M / grid.cell_m)) + 1
    top, left = max(0, int(row.min()) - margin), max(0, int(col.min()) - margin)
    part = near[top : int(row.max()) + margin + 1, left : int(col.max()) + margin + 1]
    away = np.ones(part.shape, bool)
    away[row - top, col - left] = False
    part[:] = distance_transform_edt(away, sampling=grid.cell_m) <= BESIDE_M
    return near.reshape(-1)


def _read(found: Found, run: Run) -> list[_Seen] | None:
    """Return what is needed of a run by species, or None if its file is gone."""
    study, keys = found.evaluator.study, list(found.result.species)
    path, years = study.path(run), found.years
    extent = Extent.of(found.land)
    try:
        if years is not None:
            decades = load_decades(path, keys, years, extent)
            return [_of_decades(found, decades[key]) for key in keys]
        records = load_run(path, keys, len(STAGES), extent)
    except Absent:
        return None
    except Unfit as bad:
        raise lost_file(path, bad) from None
    return [_of_days(found, key, records[key]) for key in keys]


def _of_days(found: Found, key: str, record: Any) -> _Seen:
    """Undo the sampling of the file and the number of looks a day: relocations become days."""
    scenario = found.evaluator.study.scenarios[0].scenario
    species = next(s for s in found.evaluator.study.species if s.key == key)
    settings, per_day = scenario.species[key], species.movement.steps_per_day
    looks = settings.dispersal.visits_per_day(per_day) if settings.dispersal else per_day
    grid = found.land.grid
    days = np.zeros(grid.height * grid.width, np.float32)
    cells, visits = record.visits[DISPERSER]
    days[cells] = visits / (looks * settings.disperser_sampling)
    return _Seen(
        lambda inside: float(days[inside].sum(dtype=np.float64)),
        days,
        record.deaths[:, 0],
        record.deaths[:, 1],
    )


def _of_decades(found: Found, record: Any) -> _Seen:
    grid = found.land.grid
    last = record.places_year == (record.places_year.max() if record.places_year.size else 0)
    col, row = np.floor(record.places[last, :2]).astype(np.int64).T
    there = (col >= 0) & (col < grid.width) & (row >= 0) & (row < grid.height)
    homes = (row * grid.width + col)[there]
    dead = record.deaths
    kept = (dead[:, 0] >= 0) & (dead[:, 1] >= 0) & (dead[:, 1] < grid.height * grid.width)
    return _Seen(
        lambda inside: float(np.isin(homes, inside).sum()),
        None,
        dead[kept, 1].astype(np.int64),
        dead[kept, 2].astype(np.int64),
    )


def _add(sums: _Sums, which: int, replicate: int, seen: list[_Seen] | None) -> None:
    if seen is None:
        return
    sums.runs[which] += 1
    for s, one in enumerate(seen):
        sums.passing[which][s, replicate] = one.inside(sums.inside)
        here = sums.near[one.cells]
        sums.died[which][s, replicate] = float(here.sum())
        sums.causes[which] += np.bincount(one.causes[here], minlength=len(DEATHS))
        sums.dead[which].append(one.cells[here])


def _finished(found: Found, sums: _Sums, change: ChanceMap) -> LinkUse:
    level = found.result.settings.procedure.confidence
    n = len(found.result.species)
    both = sorted(set(sums.died[0]) & set(sums.died[1]))

    def contrast(values: list[dict[tuple[int, int], float]], s: int, support: Support) -> Contrast:
        rows = [np.array([one[at] for at in both if at[0] == s]) for one in values]
        return paired_contrast(rows[0], rows[1], level, support)

    names = DEATHS if found.years is not None else CAUSES
    per = [np.maximum(r, 1) for r in sums.runs]
    dead = [np.concatenate(d) if d else np.empty(0, np.int64) for d in sums.dead]
    return LinkUse(
        tuple(contrast(sums.passing, s, Support(0.0)) for s in range(n)),
        tuple(contrast(sums.died, s, COUNT) for s in range(n)),
        tuple(
            (name, float(sums.causes[0][c] / per[0]), float(sums.causes[1][c] / per[1]))
            for c, name in enumerate(names)
        ),
        *_shown(change, found.land.grid, level),
        sums.window,
        (dead[0], dead[1]),
        len(both) // max(1, n),
    )


def _smooth(values: F32, cell_m: float) -> F32:
    from scipy.ndimage import gaussian_filter

    found: F32 = gaussian_filter(values, SMOOTH_M / cell_m, mode="nearest", truncate=3.0)
    return found
