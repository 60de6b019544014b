"""What decades of life cycles give: densities, deaths, kin, genes; one number per replicate."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from corridor_sim.engine.life.herd import JUVENILE
from corridor_sim.genes.drop import drop_genes
from corridor_sim.genes.statistics import diversity_of_drop
from corridor_sim.landscape.builtin.protected import in_ecuador
from corridor_sim.landscape.covers import COVERS
from corridor_sim.landscape.rings import cells_in_rings
from corridor_sim.metrics.life_genes import pedigree_of
from corridor_sim.species.demography import generation_y, growth_rate, leslie_matrix, vital_rates
from corridor_sim.validation.patterns import Pattern
from corridor_sim.validation.trial import Lived

Bool = NDArray[np.bool_]
I64 = NDArray[np.int64]
LOCI = 200
MOST_PER_AREA = 40


def good_ground(one: Lived) -> Bool:
    """Return the suitable cells inside core areas: where field studies count."""
    here = one.ground.here
    return (here.suitability >= one.ground.enough) & (here.fields.zone > 0)


def within_range(one: Lived) -> Bool:
    """Return the cells where the species may live at all, good or bad."""
    return np.asarray(one.ground.here.suitability > 0)


def per_100km2(one: Lived, where: Bool) -> float:
    """Return independent animals with a home (or searching) on some cells, mean over the years."""
    area = float(where.sum()) * one.land.grid.cell_km2
    height, width = where.shape
    seen = []
    for places in one.result.places.values():
        row = np.clip(places[:, 1].astype(np.int64), 0, height - 1)
        col = np.clip(places[:, 0].astype(np.int64), 0, width - 1)
        seen.append(int(where[row, col].sum()))
    return 100.0 * float(np.mean(seen)) / area if area else math.nan


def density(one: Lived, pattern: Pattern) -> float:
    return per_100km2(one, good_ground(one))


def remote_over_accessible(one: Lived, pattern: Pattern) -> float:
    cover = np.isin(one.land["land_cover"], _codes(pattern.given["covers"])) & within_range(one)
    away = np.minimum(one.land["road_distance_m"], one.land["settlement_distance_m"])
    remote = per_100km2(one, cover & (away >= pattern.given["remote_m"]))
    return _ratio(remote, per_100km2(one, cover & (away <= pattern.given["accessible_m"])))


def cover_ratio(one: Lived, pattern: Pattern) -> float:
    cover, inside = one.land["land_cover"], within_range(one) & (one.ground.here.fields.zone > 0)
    over, under = (
        per_100km2(one, inside & np.isin(cover, _codes(pattern.given[name])))
        for name in ("over", "under")
    )
    return _ratio(over, under)


def _codes(keys: object) -> list[int]:
    assert isinstance(keys, tuple)
    return [COVERS[str(key)].code for key in keys]


def _ratio(a: float, b: float) -> float:
    return a / b if b > 0 else math.nan


def occupancy(one: Lived, pattern: Pattern) -> float:
    """Share of some cells whose centre lies in a resident's range, mean over the years."""
    from scipy.spatial import cKDTree

    z = one.land["elevation_m"]
    zone = one.land.zone_names.index(str(pattern.given["core_area"]))
    inside = (one.ground.here.fields.zone == zone) & (z >= pattern.given["low_m"])
    row, col = np.nonzero(inside & (z <= pattern.given["high_m"]))
    reach = range_radius_m(one, "female") / one.land.grid.cell_m
    shares = []
    for places in one.result.places.values():
        homes = places[places[:, 2] == 0, :2]
        if homes.size == 0:
            shares.append(0.0)
            continue
        away, _ = cKDTree(homes).query(np.column_stack([col + 0.5, row + 0.5]))
        shares.append(float((away <= reach).mean()))
    return float(np.mean(shares))


def range_radius_m(one: Lived, sex: str) -> float:
    """Return the radius of a circle as large as the 95 % home range of a sex."""
    resident = getattr(one.species.movement, sex).resident
    return math.sqrt(resident.home_range_km2.value * 1e6 / math.pi)


def overlap(one: Lived, pattern: Pattern) -> float:
    """Mean overlap of pairs of ranges that overlap at all; the mean of the shares of either."""
    from scipy.spatial import cKDTree

    sexes = pattern.given["sexes"]
    assert isinstance(sexes, tuple)
    cell = one.land.grid.cell_m
    radii = [range_radius_m(one, str(sex)) / cell for sex in sexes]
    homes = []
    for sex in sexes:
        here = one.herd.residents(male=sex == "male")
        homes.append(np.column_stack([one.herd.centre_x[here], one.herd.centre_y[here]]))
    near = cKDTree(homes[0]).sparse_distance_matrix(
        cKDTree(homes[1]), radii[0] + radii[1], output_type="coo_matrix"
    )
    apart = near.row != near.col if sexes[0] == sexes[1] else np.ones(near.nnz, np.bool_)
    if not apart.any():
        return math.nan
    shared = lens_area(near.data[apart], *radii)
    return float((shared / math.pi * np.mean([r**-2 for r in radii])).mean())


def lens_area(d: NDArray[np.float64], a: float, b: float) -> NDArray[np.float64]:
    """Return the area shared by circles of radii ``a`` and ``b`` at distances ``d``."""
    small, large = min(a, b), max(a, b)
    with np.errstate(invalid="ignore", divide="ignore"):
        alpha = np.arccos(np.clip((d**2 + a**2 - b**2) / (2 * d * a), -1, 1))
        beta = np.arccos(np.clip((d**2 + b**2 - a**2) / (2 * d * b), -1, 1))
        lens = a**2 * (alpha - np.sin(2 * alpha) / 2) + b**2 * (beta - np.sin(2 * beta) / 2)
    whole = np.where(d <= large - small, math.pi * small**2, lens)
    return np.where(d >= a + b, 0.0, whole)


def cubs_of_long_lived(one: Lived, pattern: Pattern) -> float:
    """Mean young of females that outlived their breeding years, the last of them in the run."""
    book = one.result.pedigree
    rates = vital_rates(_life(one))
    done = float(np.flatnonzero(rates.gives_birth)[-1]) + 1
    end = one.result.burn_in_y + len(one.result.yearly) - 1
    died = np.where(np.isnan(book["death_year"]), end, book["death_year"])
    complete = book["birth_year"] + done
    females = ~book["male"] & (book["mother"] >= 0) & (died >= complete)
    females &= complete > one.result.burn_in_y
    young = np.bincount(book["mother"][book["mother"] >= 0], minlength=females.size)
    return float(young[females].mean()) if females.any() else math.nan


def left_natal_range(one: Lived, pattern: Pattern) -> float:
    return 1.0 - stayed_in_natal_range(one, pattern)


def stayed_in_natal_range(one: Lived, pattern: Pattern) -> float:
    """Share of residents of a sex, born in the run, whose range may overlap their mother's."""
    herd = one.herd
    here = herd.residents(male=pattern.given["sex"] == "male") & (herd.mother >= 0)
    if not here.any():
        return math.nan
    away = np.hypot(herd.centre_x - herd.natal_x, herd.centre_y - herd.natal_y)[here]
    wide = 2 * range_radius_m(one, "female") / one.land.grid.cell_m
    return float((away <= wide).mean())


def fst(one: Lived, pattern: Pattern) -> float:
    """Hudson's F_ST among the core areas that hold enough animals."""
    pedigree = pedigree_of(one.result, one.land.grid)
    alive = np.flatnonzero(np.isnan(pedigree.death_year))
    zone = pedigree.zone[alive]
    counts = np.bincount(zone, minlength=len(one.land.zone_names))
    big = counts >= pattern.given["least"]
    big[0] = False
    if "country" in pattern.given:
        big &= np.array(one.land.zone_countries) == pattern.given["country"]
    if big.sum() < 2:
        return math.nan
    rows = [alive[zone == z][:: -(-counts[z] // MOST_PER_AREA)] for z in np.flatnonzero(big)]
    drop = drop_genes(
        pedigree, seed=0, replicate=0, stream=one.ground.here.stream, n_loci=LOCI,
        rows=np.sort(np.concatenate(rows)),
    )  # fmt: skip
    return float(diversity_of_drop(drop, pedigree.zone[drop.rows]).fst_all.value)


def exchange_across(one: Lived, pattern: Pattern) -> float:
    """Animals that bred on the other side of a latitude than that of their birth, a generation."""
    from pyproj import Transformer

    grid, book = one.land.grid, one.result.pedigree
    change = Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    west, _, east, _ = grid.bounds_m
    back = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    lon, _ = back.transform((west + east) / 2, grid.north_m)
    row = (grid.north_m - change.transform(lon, pattern.given["latitude"])[1]) / grid.cell_m
    parents = np.zeros(book["mother"].size, np.bool_)
    for name in ("mother", "father"):
        parents[book[name][book[name] >= 0]] = True
    moved = (book["birth_y"] < row) != (book["y"] < row)
    years = one.result.burn_in_y + len(one.result.yearly) - 1
    bred = int((parents & moved & (book["mother"] >= 0)).sum())
    return bred * generation_y(vital_rates(_life(one))) / years


def _life(one: Lived):  # type: ignore[no-untyped-def]
    assert one.species.life_cycle is not None
    return one.species.life_cycle


def _of_age(one: Lived, least: object) -> Bool:
    assert isinstance(least, float | int)
    return np.asarray(one.herd.age >= least)


def ecuador(one: Lived) -> Bool:
    """Return the cells of Ecuador, by the coarse border of the built-in landscape."""
    from pyproj import Transformer

    grid = one.land.grid
    x, y = np.meshgrid(grid.x_centres_m(), grid.y_centres_m())
    lon, lat = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True).transform(x, y)
    return np.asarray(in_ecuador(lon, lat))


def _homes(one: Lived) -> tuple[I64, I64]:
    """Return row and column of everybody's home; the young share their mother's."""
    herd, (height, width) = one.herd, one.land.grid.shape
    home = herd.residents() | (herd.stage == JUVENILE)
    x = np.where(home, herd.centre_x, herd.x)
    y = np.where(home, herd.centre_y, herd.y)
    row = np.clip(y.astype(np.int64), 0, height - 1)
    return row, np.clip(x.astype(np.int64), 0, width - 1)


def hull_density(one: Lived, pattern: Pattern) -> float:
    """Animals per 100 km² of the convex hull of their homes, in Ecuador."""
    from scipy.spatial import ConvexHull

    row, col = _homes(one)
    some = ecuador(one)[row, col] & _of_age(one, pattern.given["least_age"])
    points = np.unique(np.column_stack([col, row])[some], axis=0)
    if points.shape[0] < 3:
        return math.nan
    # in two dimensions a hull's "volume" is its area
    return 100.0 * float(some.sum()) / (ConvexHull(points).volume * one.land.grid.cell_km2)


def numbers_inside(one: Lived, pattern: Pattern) -> float:
    ring = pattern.given["ring"]
    inside = cells_in_rings((ring,), one.land.grid) & ecuador(one)  # type: ignore[arg-type]
    return float((inside[_homes(one)] & _of_age(one, pattern.given["least_age"])).sum())


def adult_share(one: Lived, pattern: Pattern) -> float:
    adults = _of_age(one, pattern.given["adult_age"]).sum()
    return _ratio(float(adults), float(_of_age(one, pattern.given["least_age"]).sum()))


def killed_per_year(one: Lived, pattern: Pattern) -> float:
    killed = one.total("deaths_poison") + one.total("deaths_hunting")
    return _ratio(killed, one.animal_years)


def growth_with_killing(one: Lived, pattern: Pattern) -> float:
    # every entry of the matrix holds one survival: all of them less, the eigenvalue less by as much
    return growth_rate(leslie_matrix(vital_rates(_life(one)))) * (
        1.0 - killed_per_year(one, pattern)
    )
