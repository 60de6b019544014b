"""Which animals live otherwise because of a change, and the ways they go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.errors import ScenarioError
from corridor_sim.kernels.states import ALIVE, CAUSES
from corridor_sim.landscape.grid import Grid
from corridor_sim.links.drawn_walks import Answer, Grounds, Walks
from corridor_sim.simulation.dispersal.cohort import Fates, picked, rows_of, ways
from corridor_sim.simulation.dispersal.machine import Told
from corridor_sim.simulation.dispersal.outcomes import Ends
from corridor_sim.simulation.dispersal.strata import NUMBER_BITS
from corridor_sim.species.fields import SEXES

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

F64 = NDArray[np.float64]
BOOL = NDArray[np.bool_]
# how a disperser can end
FATES = ("joined", "stayed", "outside", "looking", "died")
ANIMALS = "dispersers walk_again walk_otherwise end_otherwise per_year_otherwise gained lost"


@dataclass(frozen=True, slots=True)
class Both:
    """Dispersers of one species in a block of replicates that were looked at again.

    Attributes
    ----------
    rows : int64 ``[n]``
        Of the baseline.
    without, with_ : Ends
        Each animal's end on the baseline, and under the change.
    otherwise : bool ``[n]``
        Ends differently: dies or not, of another cause, or settles elsewhere.
    walks : bool ``[n]``
        Goes another way, whether or not it ends the same.
    """

    rows: NDArray[np.int64]
    without: Ends
    with_: Ends
    otherwise: BOOL
    walks: BOOL

    @property
    def weight(self) -> F64:
        """Animals a year that each stands for."""
        return self.without.weight


def both(walks: Walks, key: str, some: range, told: Told) -> Both:
    """Return the ends of those that were looked at again, without and with the change."""
    kind = walks.dispersal.kinds[key]
    walked = walks.dispersal.baseline(key, some)
    old = rows_of(walked.fates, told.rows)
    starts = picked(walked.starts, told.rows)
    scales = kind.reference.params.steps_per_day, kind.reference.params.cell_m
    new = told.fates
    moved = (old.x != new.x) | (old.y != new.y) | (old.end_step != new.end_step)
    homes = _differ(old.home_x, new.home_x) | _differ(old.home_y, new.home_y)
    other = (old.state != new.state) | homes | (old.block != new.block) | (old.zone != new.zone)
    before, after = (Ends.of(starts, fates, *scales) for fates in (old, new))
    return Both(told.rows, before, after, other, moved | (old.state != new.state))


def _differ(a: F64, b: F64) -> BOOL:
    return np.asarray((a != b) & ~(np.isnan(a) & np.isnan(b)))


def animals_of(walks: Walks, answer: Answer, replicates: int) -> pd.DataFrame:
    """Return, by species, how many dispersers a change concerns and how many live otherwise."""
    import pandas as pd

    rows = []
    for key in walks.dispersal.kinds:
        found = [both(walks, key, *one) for one in walks.told(answer, key, replicates)]
        otherwise, moved, before, after, weight = (
            np.concatenate(columns)
            for columns in zip(
                *(
                    (one.otherwise, one.walks, one.without.joined, one.with_.joined, one.weight)
                    for one in found
                ),
                strict=True,
            )
        )
        # over all blocks at once: sums do not hang on how replicates were walked
        cases = otherwise, after & ~before, before & ~after
        per_year = [float(weight[case].sum()) / replicates for case in cases]
        again = answer.again(key, replicates)
        counts = int((moved & ~otherwise).sum()), int(otherwise.sum())
        rows.append([key, replicates * walks.size(key), again, *counts, *per_year])
    return pd.DataFrame(rows, columns=["species", *ANIMALS.split()])


def lives(walks: Walks, answer: Answer, grid: Grid, replicates: int) -> gpd.GeoDataFrame:
    """Return the dispersers whose lives a change alters; see :meth:`.drawn.LinkEvaluator.lives`."""
    import geopandas as gpd
    import pandas as pd
    from shapely import points

    parts = []
    for key in walks.dispersal.kinds:
        for some, told in walks.told(answer, key, replicates):
            one = both(walks, key, some, told)
            parts.append(_table(walks, key, some, one, grid, replicates))
    table = pd.concat(parts, ignore_index=True)
    at = points(table["start_x"].to_numpy(), table["start_y"].to_numpy())
    return gpd.GeoDataFrame(table, geometry=at, crs=grid.crs)


def _table(
    walks: Walks, key: str, some: range, one: Both, grid: Grid, replicates: int
) -> pd.DataFrame:
    import pandas as pd

    keep = np.flatnonzero(one.otherwise)
    starts = picked(walks.dispersal.baseline(key, some).starts, one.rows[keep])
    names = np.array(walks.dispersal.blocks.names, object)
    ends = {"without": one.without.some(keep), "with": one.with_.some(keep)}
    start = grid.to_metres(starts.animals.x, starts.animals.y)
    columns: dict[str, Any] = {
        "species": np.full(keep.size, key, object),
        "animal": starts.animals.ident,
        "sex": np.array(SEXES, object)[starts.animals.klass % len(SEXES)],
        "replicate": starts.replicate,
        "natal_block": names[starts.block],
        "per_year": ends["with"].weight / replicates,
        "start_x": start[0],
        "start_y": start[1],
    }
    for when, end in ends.items():
        place = grid.to_metres(*_places(end.fates))
        fate = _fate(end)
        cause = np.array(["", *CAUSES], object)[
            np.where(end.died, end.fates.state.astype(np.int64) - ALIVE, 0)
        ]
        columns |= {
            f"fate_{when}": np.array(FATES, object)[fate],
            f"cause_{when}": cause,
            f"block_{when}": names[end.fates.block],
            f"end_x_{when}": place[0],
            f"end_y_{when}": place[1],
            f"years_{when}": end.years,
        }
    joined = [ends[when].joined.astype(np.int8) for when in ("with", "without")]
    return pd.DataFrame(columns | {"gain": joined[0] - joined[1]})


def _places(fates: Fates) -> tuple[F64, F64]:
    """Return where animals ended, in cells: at their homes, else where the walk ended."""
    home = ~np.isnan(fates.home_x)
    return np.where(home, fates.home_x, fates.x), np.where(home, fates.home_y, fates.y)


def _fate(end: Ends) -> NDArray[np.int64]:
    """Return positions in :data:`FATES`."""
    home = ~np.isnan(end.fates.home_x)
    own = end.fates.block == end.natal_block
    cases = [end.died, ~home, end.fates.block == 0, own]
    return np.select(cases, [4, 3, 2, 1], 0)


def chosen(table: gpd.GeoDataFrame, most: int) -> gpd.GeoDataFrame:
    """Return ``most`` animals: those first that join on one side only, then by replicate."""
    if len(table) <= most:
        return table
    of_species = table.groupby("species", sort=False).cumcount().to_numpy()
    order = np.lexsort((of_species, table["replicate"].to_numpy(), table["gain"].to_numpy() == 0))
    return table.iloc[order[:most]]


def lines(
    walks: Walks, answer: Answer, grounds: Grounds, grid: Grid, table: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return the ways of some animals, without and with a change, as lines of daily places."""
    import geopandas as gpd
    import pandas as pd
    from shapely import linestrings

    parts, corners, counts = [], [], []
    for key, some, rows, at in _rows(walks, answer, table):
        kind = walks.dispersal.kinds[key]
        walked = walks.dispersal.baseline(key, some)
        told = answer.blocks[walks.blocks.index(some)].told[key]
        starts = picked(walked.starts, rows)
        fresh = rows_of(told.fates, np.searchsorted(told.rows, rows))
        sides = (
            ("without", kind.ground, rows_of(walked.fates, rows)),
            ("with", grounds[key][0], fresh),
        )
        tracks = [
            ways(ground, starts, walks.dispersal.seed, start_day=walks.dispersal.start_day)
            for _, ground, _ in sides
        ]
        day = _parting(*tracks)
        for track, (when, _, fates) in zip(tracks, sides, strict=True):
            xy, n = _corners((starts.animals.x, starts.animals.y), track, fates)
            corners.append(np.column_stack(grid.to_metres(xy[:, 0], xy[:, 1])))
            counts.append(n)
            parts.append(
                pd.DataFrame(
                    {
                        "species": key,
                        "animal": starts.animals.ident,
                        "change": when,
                        "days": n - 2,
                        "apart_from_day": day,
                        "_at": at,
                    }
                )
            )
    if not parts:
        columns = ["species", "animal", "change", "days", "apart_from_day"]
        return gpd.GeoDataFrame({name: [] for name in columns}, geometry=[], crs=grid.crs)
    found = pd.concat(parts, ignore_index=True)
    n = np.concatenate(counts)
    geometry = linestrings(np.concatenate(corners), indices=np.repeat(np.arange(n.size), n))
    made = gpd.GeoDataFrame(found, geometry=geometry, crs=grid.crs)
    made = made.sort_values("_at", kind="stable", ignore_index=True)
    return made.drop(columns="_at")


def _rows(walks: Walks, answer: Answer, table: pd.DataFrame) -> list[tuple[str, range, Any, Any]]:
    """Return the rows of the baseline's blocks that animals of a table are, and where they stand.

    Raises
    ------
    ScenarioError
        An animal whose life the change does not alter.
    """
    ident, species = table["animal"].to_numpy(np.int64), table["species"].to_numpy(object)
    replicate, number = ident >> NUMBER_BITS, ident & ((1 << NUMBER_BITS) - 1)
    found, told = [], np.zeros(ident.size, np.bool_)
    for key in dict.fromkeys(species.tolist()):
        if key not in walks.dispersal.kinds:
            continue
        for some, block in zip(walks.blocks, answer.blocks, strict=False):
            one = block.told
            here = (species == key) & (replicate >= some.start) & (replicate < some.stop)
            at = np.flatnonzero(here)
            rows = (replicate[at] - some.start) * walks.size(key) + number[at]
            known = np.isin(rows, one[key].rows) & (number[at] < walks.size(key))
            told[at[known]] = True
            if known.any():
                found.append((key, some, rows[known], at[known]))
    if not told.all():
        i = int(np.argmin(told))
        raise ScenarioError(
            f"the change does not concern animal {ident[i]} of {species[i]}",
            remedy="ask for animals of lives(effect), of the same effect",
        )
    return found


def _parting(one: NDArray[np.float32], other: NDArray[np.float32]) -> F64:
    """Return the first day, from 1, whose place differs, ``[n]``; NaN where none does."""
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    apart = ~same.all(axis=2)
    return np.where(apart.any(axis=1), apart.argmax(axis=1) + 1.0, np.nan)


def _corners(
    start: tuple[F64, F64], track: NDArray[np.float32], fates: Fates
) -> tuple[F64, NDArray[np.int64]]:
    """Return the corners of lines one after the other, in cells, and how many each line has.

    The start, the place at the end of every day, and where it ended.
    """
    n, days, _ = track.shape
    whole = np.full((n, days + 2, 2), np.nan)
    whole[:, 0, 0], whole[:, 0, 1] = start
    whole[:, 1:-1] = track
    there = ~np.isnan(whole[:, :, 0])
    there[:, -1] = True
    whole[:, -1, 0], whole[:, -1, 1] = _places(fates)
    return whole[there], there.sum(axis=1)
