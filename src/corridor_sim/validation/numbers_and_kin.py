"""What decades of life cycles give: densities, deaths, kin, genes; one number per replicate."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.datasets.andes_amazon.protected import in_ecuador
from corridor_sim.genetics.drop import drop_genes
from corridor_sim.genetics.statistics import diversity_of_drop
from corridor_sim.kernels.states import RESIDENT
from corridor_sim.landscape.polygons import cells_in_rings
from corridor_sim.simulation.decades.gene_outcomes import pedigree_of
from corridor_sim.simulation.decades.individuals import JUVENILE
from corridor_sim.simulation.outcomes import ratio
from corridor_sim.species.demography import generation_y, growth_rate, leslie_matrix, vital_rates
from corridor_sim.species.life_cycle import LifeCycle
from corridor_sim.validation.patterns import Pattern
from corridor_sim.validation.runs import DecadesRun

Bool = NDArray[np.bool_]
I64 = NDArray[np.int64]
LOCI = 200
MOST_PER_AREA = 40


def good_ground(one: DecadesRun) -> Bool:
    """Return the suitable cells inside core areas: where field studies count."""
    here = one.habitat.here
    return (here.suitability >= one.habitat.enough) & (here.fields.zone > 0)


def within_range(one: DecadesRun) -> Bool:
    """Return the cells where the species may live at all, good or bad."""
    return np.asarray(one.habitat.here.suitability > 0)


def per_100km2(one: DecadesRun, where: Bool) -> float:
    """Return independent animals with a home (or searching) on some cells, mean over the years."""
    area = float(where.sum()) * one.land.grid.cell_km2
    seen = [
        int(where[_cells(one, places[:, 0], places[:, 1])].sum())
        for places in one.result.places.values()
    ]
    return 100.0 * float(np.mean(seen)) / area if area else math.nan


def density(one: DecadesRun, pattern: Pattern) -> float:
    """Density on good ground in core areas, 1/100 km²."""
    return per_100km2(one, good_ground(one))


def remote_over_accessible(one: DecadesRun, pattern: Pattern) -> float:
    """Density far from people over that near them, in some land covers of the range."""
    cover = np.isin(
        one.land["land_cover"], one.land.covers.codes_of(pattern.given["covers"])
    ) & within_range(one)
    away = np.minimum(one.land["road_distance_m"], one.land["settlement_distance_m"])
    remote = per_100km2(one, cover & (away >= pattern.given["remote_m"]))
    return ratio(remote, per_100km2(one, cover & (away <= pattern.given["accessible_m"])))


def cover_ratio(one: DecadesRun, pattern: Pattern) -> float:
    """Density in some land covers over that in others, both in core areas within the range."""
    cover, inside = one.land["land_cover"], within_range(one) & (one.habitat.here.fields.zone > 0)
    over, under = (
        per_100km2(one, inside & np.isin(cover, one.land.covers.codes_of(pattern.given[name])))
        for name in ("over", "under")
    )
    return ratio(over, under)


def occupied(one: DecadesRun, row: I64, col: I64) -> NDArray[np.float64]:
    """Return the share of the recorded years in which each cell's centre lay in a range."""
    from scipy.spatial import cKDTree

    reach = range_radius_m(one, "female") / one.land.grid.cell_m
    share = np.zeros(row.size)
    for places in one.result.places.values():
        homes = places[places[:, 2] == RESIDENT, :2]
        if homes.size:
            away, _ = cKDTree(homes).query(np.column_stack([col + 0.5, row + 0.5]))
            share += away <= reach
    return share / len(one.result.places)


def _surveyed(one: DecadesRun, pattern: Pattern) -> tuple[I64, I64]:
    """Return the cells of a survey: within the range, heights, and a core area if one is named."""
    z, given = one.land["elevation_m"], pattern.given
    here = within_range(one) & (z >= given.get("low_m", -np.inf))
    here &= z <= given.get("high_m", np.inf)
    if "core_area" in given:
        here &= one.habitat.here.fields.zone == one.land.zone_names.index(str(given["core_area"]))
    row, col = np.nonzero(here)
    return row.astype(np.int64), col.astype(np.int64)


def occupancy(one: DecadesRun, pattern: Pattern) -> float:
    """Share of the cells of a survey that lie in a resident's range."""
    row, col = _surveyed(one, pattern)
    return float(occupied(one, row, col).mean()) if row.size else math.nan


def effect_on_occupancy(one: DecadesRun, pattern: Pattern) -> float:
    """Change of occupancy with one standard deviation of a layer, the others held.

    Least squares on standardised layers: the partial effect, as the betas of occupancy models.
    """
    names = pattern.given["layers"]
    row, col = _surveyed(one, pattern)
    layers = np.stack([one.land[str(name)][row, col].astype(np.float64) for name in names], axis=1)
    if row.size <= len(names) + 1 or not layers.std(axis=0).all():
        return math.nan
    layers = (layers - layers.mean(axis=0)) / layers.std(axis=0)
    design = np.column_stack([np.ones(row.size), layers])
    beta = np.linalg.lstsq(design, occupied(one, row, col), rcond=None)[0]
    return float(beta[1 + names.index(pattern.given["layer"])])


def range_radius_m(one: DecadesRun, sex: str) -> float:
    """Return the radius of a circle as large as the 95 % home range of a sex."""
    resident = getattr(one.species.movement, sex).resident
    return math.sqrt(resident.home_range_km2.value * 1e6 / math.pi)


def overlap(one: DecadesRun, pattern: Pattern) -> float:
    """Mean overlap of pairs of ranges that overlap at all; the mean of the shares of either."""
    from scipy.spatial import cKDTree

    sexes = pattern.given["sexes"]
    cell = one.land.grid.cell_m
    radii = [range_radius_m(one, str(sex)) / cell for sex in sexes]
    homes = []
    for sex in sexes:
        here = one.individuals.residents(male=sex == "male")
        homes.append(
            np.column_stack([one.individuals.centre_x[here], one.individuals.centre_y[here]])
        )
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


def cubs_of_long_lived(one: DecadesRun, pattern: Pattern) -> float:
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


def left_natal_range(one: DecadesRun, pattern: Pattern) -> float:
    """Share of residents of a sex, born in the run, that live beyond their mother's range."""
    return 1.0 - stayed_in_natal_range(one, pattern)


def stayed_in_natal_range(one: DecadesRun, pattern: Pattern) -> float:
    """Share of residents of a sex, born in the run, whose range may overlap their mother's."""
    individuals = one.individuals
    here = individuals.residents(male=pattern.given["sex"] == "male") & (individuals.mother >= 0)
    if not here.any():
        return math.nan
    away = np.hypot(
        individuals.centre_x - individuals.natal_x, individuals.centre_y - individuals.natal_y
    )[here]
    wide = 2 * range_radius_m(one, "female") / one.land.grid.cell_m
    return float((away <= wide).mean())


def fst(one: DecadesRun, pattern: Pattern) -> float:
    """Hudson's F_ST among the core areas that hold enough animals."""
    pedigree = pedigree_of(one.result, one.land.grid)
    # field samples are of animals on their own: cubs with their mother would count kin twice
    alive = one.individuals.row[one.individuals.stage != JUVENILE].astype(np.int64)
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
        pedigree,
        seed=0,
        replicate=0,
        stream=one.habitat.here.stream,
        n_loci=LOCI,
        rows=np.sort(np.concatenate(rows)),
    )
    return float(diversity_of_drop(drop, pedigree.zone[drop.rows]).fst_all.value)


def exchange_across(one: DecadesRun, pattern: Pattern) -> float:
    """Animals that bred on the other side of a ring's edge than that of their birth, a generation.

    Parents of the burn-in count too; founders, who were put where they are, do not.
    """
    book = one.result.pedigree
    inside = cells_in_rings((pattern.given["ring"],), one.land.grid)
    side = [inside[_cells(one, book[f"{at}x"], book[f"{at}y"])] for at in ("birth_", "")]
    moved = (side[0] != side[1]) & (book["mother"] >= 0)
    parents = np.zeros(moved.size, np.bool_)
    for name in ("mother", "father"):
        parents[book[name][book[name] >= 0]] = True
    years = one.result.burn_in_y + len(one.result.yearly) - 1
    return int((parents & moved).sum()) * generation_y(vital_rates(_life(one))) / years


def _cells(one: DecadesRun, x: NDArray[Any], y: NDArray[Any]) -> tuple[I64, I64]:
    """Return row and column of places in cells."""
    height, width = one.land.grid.shape
    row = np.clip(y.astype(np.int64), 0, height - 1)
    return row, np.clip(x.astype(np.int64), 0, width - 1)


def _life(one: DecadesRun) -> LifeCycle:
    assert one.species.life_cycle is not None
    return one.species.life_cycle


def _of_age(one: DecadesRun, least: float) -> Bool:
    return np.asarray(one.individuals.age >= least)


def ecuador(one: DecadesRun) -> Bool:
    """Return the cells of Ecuador, by the coarse border of the built-in landscape."""
    from pyproj import Transformer

    grid = one.land.grid
    x, y = np.meshgrid(grid.x_centres_m(), grid.y_centres_m())
    lon, lat = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True).transform(x, y)
    return np.asarray(in_ecuador(lon, lat))


def _homes(one: DecadesRun) -> tuple[I64, I64]:
    """Return row and column of everybody's home; the young share their mother's."""
    individuals = one.individuals
    home = individuals.residents() | (individuals.stage == JUVENILE)
    x, y = (
        np.where(home, individuals.centre_x, individuals.x),
        np.where(home, individuals.centre_y, individuals.y),
    )
    return _cells(one, x, y)


def hull_density(one: DecadesRun, pattern: Pattern) -> float:
    """Animals per 100 km² of the convex hull of their homes, in Ecuador."""
    from scipy.spatial import ConvexHull

    row, col = _homes(one)
    some = ecuador(one)[row, col] & _of_age(one, pattern.given["least_age"])
    points = np.unique(np.column_stack([col, row])[some], axis=0)
    if points.shape[0] < 3:
        return math.nan
    # in two dimensions a hull's "volume" is its area
    hull_km2 = float(ConvexHull(points).volume) * one.land.grid.cell_km2
    return 100.0 * float(some.sum()) / hull_km2


def numbers_inside(one: DecadesRun, pattern: Pattern) -> float:
    """Animals with a home inside a ring, in Ecuador."""
    ring = pattern.given["ring"]
    inside = cells_in_rings((ring,), one.land.grid) & ecuador(one)
    return float((inside[_homes(one)] & _of_age(one, pattern.given["least_age"])).sum())


def adult_share(one: DecadesRun, pattern: Pattern) -> float:
    """Share of adults among those that have left the nest."""
    adults = _of_age(one, pattern.given["adult_age"]).sum()
    return ratio(float(adults), float(_of_age(one, pattern.given["least_age"]).sum()))


def killed_per_year(one: DecadesRun, pattern: Pattern) -> float:
    """Deaths by poison and hunting per animal-year."""
    killed = one.total("deaths_poison") + one.total("deaths_hunting")
    return ratio(killed, one.animal_years)


def growth_with_killing(one: DecadesRun, pattern: Pattern) -> float:
    """Growth rate at low numbers when what is killed is taken off every survival."""
    # every entry of the matrix holds one survival: all of them less, the eigenvalue less by as much
    return growth_rate(leslie_matrix(vital_rates(_life(one)))) * (
        1.0 - killed_per_year(one, pattern)
    )
