"""Tables of many generations: outcomes, pairs of blocks, blocks, years, tiles; with intervals.

Where a column has a twin that ends in ``_against``, that is the scenario to compare with, and
``_change`` is the scenario less it, paired by replicate, with ``_change_low`` and ``_change_high``.
All intervals are of 95 %, by replicates of walks: they carry the error of the counts, not what is
unknown of traits and landscape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.generations import Kindred, Side
from corridor_sim.experiment.generations import Asked
from corridor_sim.landscape.blocks import Blocks
from corridor_sim.simulation.generations.between import (
    AT_REST,
    FURTHER,
    ONE_MIGRANT,
    SOON,
    Between,
    Counts,
    between_blocks,
    pooled,
)
from corridor_sim.simulation.generations.flows import stepping_stones
from corridor_sim.simulation.generations.outcomes import OUTCOMES
from corridor_sim.simulation.generations.risk import dies_out
from corridor_sim.simulation.generations.stepping_stones import pairs_without_path
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.species.traits import Species
from corridor_sim.statistics.intervals import Support, interval, paired_contrast
from corridor_sim.statistics.jackknife import jackknife, leaving_one_out

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from corridor_sim.landscape.landscape import Landscape

F64 = NDArray[np.float64]
Row = dict[str, Any]
# a block that feeds fewer animals is no place to start from or to come to
LEAST_FED = 1.0
# a way is sooner or later only where its speed, 1 / generations, changes by more than this share
MATTERS = 0.05
# share of a value below which a difference is rounding
ROUNDING = 1e-9
TABLE: dict[str, Outcome] = {**OUTCOMES, **AT_REST, **FURTHER}
_BY_REPLICATE = {**OUTCOMES, **AT_REST}


class Told:
    """Pairs of blocks of one species, with what leaving out each replicate gives.

    Attributes
    ----------
    n : int
        Number of blocks.
    fed : float64 ``[block]``
        Animals that each block feeds, on the scenario's last landscape or the other's.
    """

    def __init__(self, one: Kindred) -> None:
        self.one = one
        self.n = one.here.counts[0].residents.size - 1
        self.fed = np.max([_by_block(one, side.fed) for side in one.sides], axis=0)
        self.sides = [self._left_out(side) for side in one.sides]

    def _left_out(self, side: Side) -> tuple[F64, F64]:
        def of(counts: Sequence[Counts]) -> F64:
            return _stacked(between_blocks(pooled(counts), self.one.vitals))

        return leaving_one_out(side.counts, of)

    def between(self, side: int = 0) -> Between:
        """Return what follows for pairs from all replicates together."""
        return _unstacked(self.sides[side][0], self.n)

    def parts(self, side: int, of: Callable[[Between], Any]) -> tuple[F64, F64]:
        """Return something of all replicates together, and of all but one."""
        whole, parts = self.sides[side]
        each = [np.asarray(of(_unstacked(one, self.n)), np.float64) for one in parts]
        whole = np.asarray(of(_unstacked(whole, self.n)), np.float64)
        return whole, np.array(each, np.float64).reshape(len(each), *whole.shape)

    def without_path(self, side: int = 0) -> set[tuple[int, int]]:
        """Return the pairs of blocks between which no line leads, in any generation."""
        flow = pooled(self.one.sides[side].counts).flow
        return set(pairs_without_path(flow.moves, flow.block, self.n))


_NAMES = ("generations", "chance", "direct", "through", "fst", "fst_rest")


def _stacked(found: Between) -> F64:
    grids = [getattr(found, name).reshape(-1) for name in _NAMES]
    return np.concatenate([*grids, [found.capacity, found.cut]])


def _unstacked(values: F64, n: int) -> Between:
    grids = values[:-2].reshape(len(_NAMES), n, n)
    given = dict(zip(_NAMES, grids, strict=True))
    return Between(**given, capacity=float(values[-2]), cut=float(values[-1]))


def _by_block(one: Kindred, values: F64) -> F64:
    n = one.here.counts[0].residents.size
    found = np.bincount(one.kind.tiles.block, values, minlength=n)[1:]
    return np.asarray(found, np.float64)


def _compared(name: str, sides: Sequence[tuple[F64, F64]], least: float = 0.0) -> dict[str, F64]:
    """Return columns of something that follows from all replicates, and its change."""
    whole, parts = sides[0]
    low, high = jackknife(whole, parts)
    found = {name: whole, f"{name}_low": np.fmax(low, least), f"{name}_high": high}
    found[f"{name}_low"] = np.where(np.isnan(low), np.nan, found[f"{name}_low"])
    if len(sides) > 1:
        found[f"{name}_against"] = sides[1][0]
        change, apart = _apart(*sides)
        found[f"{name}_change"] = change
        found[f"{name}_change_low"], found[f"{name}_change_high"] = jackknife(change, apart)
    return found


def _apart(one: tuple[F64, F64], other: tuple[F64, F64]) -> tuple[F64, F64]:
    """Return differences; what is left of equal numbers is rounding."""
    size = ROUNDING * np.maximum(np.abs(one[0]), np.abs(other[0]))
    found = []
    for mine, yours in zip(one, other, strict=True):
        change = mine - yours
        found.append(np.where(np.abs(change) <= size, 0.0, change))
    return found[0], found[1]


# ---- pairs


def pairs_table(told: Sequence[Told], blocks: Blocks) -> pd.DataFrame:
    """Return one row an ordered pair of blocks that both feed an animal, by species."""
    import pandas as pd

    return pd.concat([_pairs(one, blocks) for one in told], ignore_index=True)


def _pairs(told: Told, blocks: Blocks) -> pd.DataFrame:
    import pandas as pd

    lives = told.fed >= LEAST_FED
    start, end = np.nonzero(lives[:, None] & lives[None, :] & ~np.eye(told.n, dtype=np.bool_))
    at = start, end
    columns: dict[str, Any] = {
        "species": told.one.key,
        "from": [blocks.names[k + 1] for k in start],
        "to": [blocks.names[k + 1] for k in end],
        **_generations(told, at),
    }
    for name in ("direct", "through"):
        columns[name] = getattr(told.between(), name)[at]
    sides = range(len(told.sides))
    for name, of in (
        (f"chance_in_{SOON}", lambda m: m.chance[at]),
        ("migrants", lambda m: m.migrants[at]),
        ("fst", lambda m: m.fst[at]),
        ("fst_rest", lambda m: m.fst_rest[at]),
    ):
        columns |= _compared(name, [told.parts(side, of) for side in sides])
    high = columns[f"chance_in_{SOON}_high"]
    columns[f"chance_in_{SOON}_high"] = np.where(np.isnan(high), high, np.fmin(high, 1.0))
    low, high = columns["migrants_low"], columns["migrants_high"]
    columns["one_migrant"] = np.select(
        [low >= ONE_MIGRANT, high < ONE_MIGRANT, columns["migrants"] == 0],
        ["yes", "no", "no"],
        "open",
    )
    chains = Chains(told.between().migrants)
    pairs = list(zip(start.tolist(), end.tolist(), strict=True))
    ways = [chains.best(a, b) for a, b in pairs]
    columns["via"] = ["; ".join(blocks.names[k + 1] for k in way[1:-1]) for way, _ in ways]
    columns["weakest_step"] = [weakest for _, weakest in ways]
    apart = told.without_path()
    columns["path"] = [(a + 1, b + 1) not in apart for a, b in pairs]
    return pd.DataFrame(columns, index=range(len(start)))


def _generations(told: Told, at: Any) -> dict[str, Any]:
    """Return generations with an interval that can hold "never": it is that of 1 / generations."""

    def rate(m: Between) -> F64:
        return np.asarray(1.0 / m.generations[at])

    found: dict[str, Any] = {"generations": told.between().generations[at]}
    sides = [told.parts(side, rate) for side in range(len(told.sides))]
    slow, fast = jackknife(*sides[0])
    with np.errstate(divide="ignore"):
        found["generations_low"] = 1.0 / fast
        found["generations_high"] = 1.0 / np.fmax(slow, 0.0)
    found["generations_high"] = np.where(np.isnan(slow), np.nan, found["generations_high"])
    if len(sides) > 1:
        found["generations_against"] = told.between(1).generations[at]
        change, parts = _apart(*sides)
        low, high = jackknife(change, parts)
        zone = MATTERS * sides[1][0]
        low, high = (np.where(np.isnan(end) & (change == 0), 0.0, end) for end in (low, high))
        said = [low > zone, high < -zone, (low >= -zone) & (high <= zone)]
        found["arrival"] = np.select(said, ["sooner", "later", "same"], "open")
    return found


class Chains:
    """Chains of blocks from one to another whose weakest step brings the most animals.

    Parameters
    ----------
    migrants : float64 ``[n, n]``
        Animals a generation that come from block to block without meeting another.
    """

    def __init__(self, migrants: F64) -> None:
        n = len(migrants)
        self.width = migrants.copy()
        self.first = np.where(migrants > 0, np.arange(n)[None, :], -1)
        for k in range(n):
            over = np.minimum(self.width[:, k, None], self.width[None, k, :])
            wider = over > self.width
            self.width = np.where(wider, over, self.width)
            self.first = np.where(wider, self.first[:, k, None], self.first)

    def best(self, start: int, end: int) -> tuple[list[int], float]:
        """Return the blocks of the best chain, both ends included, and its weakest step."""
        way, at = [int(start)], int(start)
        if not self.width[start, end] > 0:
            return [int(start), int(end)], 0.0
        while at != end and len(way) <= len(self.width):
            at = int(self.first[at, end])
            way.append(at)
        return way, float(self.width[start, end])


# ---- blocks


def blocks_table(told: Sequence[Told], blocks: Blocks) -> pd.DataFrame:
    """Return one row a block that feeds an animal, by species."""
    import pandas as pd

    return pd.DataFrame([row for one in told for row in _blocks(one, blocks)])


def _blocks(told: Told, blocks: Blocks) -> Iterator[Row]:
    one, years = told.one, told.one.vitals.years
    life = one.species.life_cycle
    assert life is not None
    ages = np.arange(one.kind.rates.survival.size)
    alone = (ages >= int(life.leaves_from_y.value)).astype(np.float64)
    sides = range(len(told.sides))
    arrive = [told.parts(side, lambda m: m.migrants.sum(axis=0)) for side in sides]
    arrivals = _compared("arrivals", arrive)
    fed = _by_block(one, one.here.fed)
    for k in np.flatnonzero(told.fed >= LEAST_FED):
        row: Row = {"species": one.key, "block": blocks.names[k + 1], "feeds": fed[k]}
        for name, of in (("residents", "residents"), ("at_rest", "rest_residents")):
            seen = [np.array([getattr(c, of)[k + 1] for c in side.counts]) for side in one.sides]
            row |= _by_replicates(name, seen, Support(0.0))
        row |= {name: float(column[k]) for name, column in arrivals.items()}
        lost = dies_out(one.kind.rates, max(row["residents"], 0.0), years, counted=alone)
        row["dies_out"] = float(lost[-1])
        yield row


def _by_replicates(name: str, sides: Sequence[F64], support: Support) -> Row:
    """Return mean and interval of replicates, and their paired change."""
    here = interval(sides[0], support=support)
    row = {name: here.mean, f"{name}_low": here.low, f"{name}_high": here.high}
    if len(sides) > 1:
        found = paired_contrast(sides[1], sides[0], support=support)
        row[f"{name}_against"] = found.baseline.mean
        change = found.difference
        row |= {f"{name}_change": change.mean, f"{name}_change_low": change.low}
        row[f"{name}_change_high"] = change.high
    return row


# ---- outcomes and years


def outcomes_table(told: Sequence[Told]) -> pd.DataFrame:
    """Return one row a species and outcome."""
    import pandas as pd

    return pd.DataFrame([row for one in told for row in _outcomes(one)])


def _outcomes(told: Told) -> Iterator[Row]:
    one, sides = told.one, range(len(told.sides))
    for k, outcome in enumerate(_BY_REPLICATE.values()):
        values = [side.values[:, k] for side in one.sides]
        support = Support(outcome.least, outcome.most, certain=outcome.certain)
        row = {"species": one.key, "outcome": outcome.name, "unit": outcome.unit}
        yield row | _by_replicates("mean", values, support) | {"n": len(values[0])}
    for outcome in FURTHER.values():
        columns = _compared("mean", [told.parts(side, outcome.of) for side in sides])
        row = {"species": one.key, "outcome": outcome.name, "unit": outcome.unit}
        told_of = {name: float(value) for name, value in columns.items()}
        yield row | told_of | {"n": len(one.here.counts)}


def yearly_table(told: Sequence[Told], start_year: int) -> pd.DataFrame:
    """Return one row a species and year: independent animals at its beginning."""
    import pandas as pd

    rows = []
    for each in told:
        one = each.one
        for year in range(one.here.yearly.shape[1]):
            values = [side.yearly[:, year] for side in one.sides]
            row = {"species": one.key, "year": start_year + year}
            rows.append(row | _by_replicates("animals", values, Support(0.0)))
    return pd.DataFrame(rows)


# ---- tiles


def tiles_table(told: Sequence[Told], land: Landscape, blocks: Blocks) -> gpd.GeoDataFrame:
    """Return one row a species and tile: its outline, and who lives and arrives there."""
    import geopandas as gpd
    import pandas as pd

    frames = [_tiles(one, land, blocks) for one in told]
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=land.grid.crs)


def _tiles(told: Told, land: Landscape, blocks: Blocks) -> gpd.GeoDataFrame:
    import geopandas as gpd

    one, tiles = told.one, told.one.kind.tiles
    flow = pooled(one.here.counts).flow
    generation = one.vitals.generation_y
    stones = stepping_stones(flow, told.n) * generation
    settle = np.asarray(flow.moves.sum(axis=0)).reshape(-1) * generation
    columns: Mapping[str, Any] = {
        "species": one.key,
        "tile": np.arange(tiles.n),
        "block": [blocks.names[k] for k in tiles.block],
        "feeds": one.here.fed,
        "residents": one.here.residents,
        "settlers": _shared(settle, one.here.residents, tiles.stratum),
        "stepping_stones": _shared(stones, one.here.residents, tiles.stratum),
    }
    return gpd.GeoDataFrame(columns, geometry=tile_outlines(tiles.tile, land), crs=land.grid.crs)


def _shared(values: F64, residents: F64, unit: NDArray[np.integer[Any]]) -> F64:
    """Share values of units among their tiles by who lives there."""
    whole = np.bincount(unit, residents, minlength=values.size)[unit]
    share = np.divide(residents, whole, out=np.zeros_like(residents), where=whole > 0)
    return np.asarray(np.nan_to_num(values)[unit] * share)


def tile_outlines(tile: NDArray[np.int32], land: Landscape) -> list[Any]:
    """Return the outline of every tile in map metres."""
    from affine import Affine
    from rasterio.features import shapes
    from shapely.geometry import MultiPolygon, shape

    from corridor_sim.landscape.io.geo import quiet

    parts: list[list[Any]] = [[] for _ in range(int(tile.max(initial=-1)) + 1)]
    with quiet():
        found = list(shapes(tile, mask=tile >= 0, transform=Affine(*land.grid.transform)))
    for geometry, number in found:
        parts[int(number)].append(shape(geometry))
    return [MultiPolygon(one) for one in parts]


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that is told of one scenario, or of two.

    Attributes
    ----------
    asked : Asked
    told : tuple of Told
        By species.
    outcomes, pairs, blocks, yearly : DataFrame
    tiles : GeoDataFrame
    replicates : int
    """

    asked: Asked
    told: tuple[Told, ...]
    outcomes: pd.DataFrame
    pairs: pd.DataFrame
    blocks: pd.DataFrame
    yearly: pd.DataFrame
    tiles: gpd.GeoDataFrame
    replicates: int

    @property
    def species(self) -> list[Species]:
        """The species told, in order."""
        return [one.one.species for one in self.told]

    @property
    def land(self) -> Landscape:
        """The landscape before all edits."""
        return self.asked.machine.reference

    @property
    def names(self) -> list[str]:
        """Name of the scenario, and of the one to compare with if there is one."""
        both = (self.asked.scenario, self.asked.against)
        return [one.name for one in both if one is not None]


def found_of(asked: Asked, kindred: Sequence[Kindred]) -> Found:
    """Return all tables of species followed through the generations."""
    told, blocks = tuple(Told(one) for one in kindred), asked.machine.blocks
    return Found(
        asked=asked,
        told=told,
        outcomes=outcomes_table(told),
        pairs=pairs_table(told, blocks),
        blocks=blocks_table(told, blocks),
        yearly=yearly_table(told, asked.scenario.scenario.start_year),
        tiles=tiles_table(told, asked.machine.reference, blocks),
        replicates=len(kindred[0].here.values),
    )
