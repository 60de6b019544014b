"""Properties that a landscape through time keeps on any ground and under any rules."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor_sim import Landscape, edits
from corridor_sim.landscape.derive import derive, derive_changed
from corridor_sim.landscape.layers import LAYERS
from corridor_sim.landscape.timeline.rules import (
    Change,
    ClearingRule,
    ClimateRule,
    DatedEdit,
    RegrowthRule,
)
from corridor_sim.landscape.timeline.timeline import Timeline
from oracles.andes_covers import FOREST_CODES
from oracles.ragged import ragged
from oracles.timelines import rates

SHARE = st.floats(0, 1)
SEED = st.integers(0, 2**63 - 1)
LANDSCAPES = ragged(4, 16, with_road=True)


@st.composite
def events(draw, land: Landscape, first: int, last: int) -> tuple[DatedEdit, ...]:
    """A few roads, mines and reserves somewhere on the landscape, at any year of the run."""
    west, south, east, north = land.grid.bounds_m

    def point() -> tuple[float, float]:
        u, v = draw(st.floats(0.01, 0.99)), draw(st.floats(0.01, 0.99))
        return west + u * (east - west), south + v * (north - south)

    found = []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["road", "mine", "reserve"]))
        crs = land.grid.crs
        if kind == "road":
            edit = edits.AddRoad(name="R", points=(point(), point()), crs=crs)
        elif kind == "mine":
            edit = edits.OpenMine(name="M", at=point(), area_ha=1, crs=crs)
        else:
            ring = ((west, north), (east, north), (east, south))
            if (land["protection"] > 0).all() or any(
                isinstance(e.edit, edits.Protect) for e in found
            ):
                continue
            edit = edits.Protect(name="P", areas=(ring,), core=False, crs=crs)
        found.append(DatedEdit(draw(st.integers(first, last)), edit))
    return tuple(found)


@st.composite
def timelines(draw) -> Timeline:
    land = draw(LANDSCAPES)
    years = draw(st.integers(1, 30))
    pairs = [(2025 + i * 7, draw(st.floats(0, 0.4))) for i in range(draw(st.integers(1, 3)))]
    rules = Change(
        climate=draw(st.sampled_from([None, ClimateRule(ssp="SSP5-8.5", ecotone_m_per_year=15)])),
        clearing=ClearingRule(
            rates=rates(*pairs),
            aggregation=draw(SHARE),
            protected_factor=draw(st.floats(0.01, 1)),
            spread_from_roads=draw(st.booleans()),
            demand=draw(st.sampled_from(["fixed", "responsive"])),
        ),
        regrowth=draw(
            st.sampled_from([None, RegrowthRule(rate=0.3, secondary_after_y=2, forest_after_y=6)])
        ),
        events=draw(events(land, 2025, 2024 + years)),
        update_every_y=draw(st.integers(1, 10)),
    )
    return Timeline(land, rules, start_year=2025, n_years=years, seed=draw(SEED))


@settings(max_examples=80, deadline=None)
@given(timelines())
def test_what_is_recomputed_in_part_equals_the_whole(line):
    """Every landscape of every year is what deriving all of its layers anew would give."""
    before = line.at(line.start_year)
    for year in line.update_years:
        land = line.at(year)
        whole = derive(land.grid, dict(land.layers), land.covers, land.region)
        assert whole.keys() == land.layers.keys()
        for name, values in whole.items():
            assert values.tobytes() == land[name].tobytes(), (year, name)
            assert land[name].dtype == LAYERS[name].dtype
            same = np.array_equal(land[name], before[name])
            assert (name in line.changed(year)) is not same, (year, name)
        before = land


@settings(max_examples=40, deadline=None)
@given(timelines(), st.randoms(use_true_random=False))
def test_the_order_of_asking_does_not_matter(line, random):
    again = Timeline(
        line._start,
        line.rules,
        start_year=line.start_year,
        n_years=line.last_year - line.start_year,
        seed=line.seed,
    )
    years = list(range(line.start_year, line.last_year + 1))
    random.shuffle(years)
    for year in years:
        a, b = line.at(year), again.at(year)
        assert a.edits == b.edits
        for name in a.layers:
            assert a[name].tobytes() == b[name].tobytes(), (year, name)


@settings(max_examples=60, deadline=None)
@given(LANDSCAPES, st.floats(0, 0.3), SHARE, st.floats(0.01, 1), st.integers(1, 9), SEED)
def test_what_fell_stays_fallen_and_the_rate_is_kept(land, rate, aggregation, factor, every, seed):
    rule = ClearingRule(rate=rate, aggregation=aggregation, protected_factor=factor)
    rules = Change(clearing=rule, update_every_y=every)
    line = Timeline(land, rules, start_year=2025, n_years=40, seed=seed)
    before = np.isin(land["land_cover"], FOREST_CODES)
    n = float(before.sum())
    for year in line.update_years:
        now = np.isin(line.at(year)["land_cover"], FOREST_CODES)
        assert not (now & ~before).any()
        # what is carried over is at most half a cell, and its effect on later years shrinks
        assert abs(now.sum() - n * (1 - rate) ** (year - 2025)) <= 1.0
        before = now


@settings(max_examples=60, deadline=None)
@given(LANDSCAPES, LANDSCAPES)
def test_deriving_from_any_other_landscape_gives_the_whole(land, other):
    """Whatever came before, of the same shape, only values decide."""
    if land.grid != other.grid:
        other = land
    inputs = {
        k: v
        for k, v in land.layers.items()
        if k
        in (
            "elevation_m",
            "temperature_c",
            "land_cover",
            "road",
            "river",
            "protected",
            "protection",
        )
    }
    for name, values in derive_changed(
        land.grid, inputs, other.layers, land.covers, land.region
    ).items():
        assert values.tobytes() == land[name].tobytes(), name


@settings(max_examples=40, deadline=None)
@given(LANDSCAPES, st.data())
def test_deriving_after_any_single_change_gives_the_whole(land, data):
    name = data.draw(st.sampled_from(["elevation_m", "land_cover", "road", "protected"]))
    values = land[name].copy()
    at = tuple(data.draw(st.integers(0, n - 1)) for n in land.grid.shape)
    values[at] = {"elevation_m": 4700, "land_cover": 13, "road": 2, "protected": 1}[name]
    changed = {**land.layers, name: values}
    part = derive_changed(land.grid, changed, land.layers, land.covers, land.region)
    for key, whole in derive(land.grid, changed, land.covers, land.region).items():
        assert whole.tobytes() == part[key].tobytes(), key
