"""Properties that edits keep on any landscape and for any parameters."""

from __future__ import annotations

import numpy as np
import pytest
from annotated_types import Ge, Le
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor_sim import Landscape, edits
from corridor_sim.errors import ScenarioError
from oracles.andes_covers import COVERS, FOREST_CODES
from oracles.ragged import ragged

FRACTION = st.floats(0, 1)
SEED = st.integers(-(2**63), 2**64)
LANDSCAPES = ragged(2, 18)


def lost(land: Landscape, *, seed: int, **options) -> np.ndarray:
    return edits.Clear(**options)(land, seed)["land_cover"] != land["land_cover"]


@settings(max_examples=60, deadline=None)
@given(LANDSCAPES, FRACTION, FRACTION, FRACTION, FRACTION, SEED, st.booleans())
def test_more_clearing_contains_less(land, f, g, aggregation, factor, seed, roads):
    options = {
        "aggregation": aggregation,
        "protected_factor": factor,
        "seed": seed,
        "spread_from_roads": roads,
    }
    forest = np.isin(land["land_cover"], FOREST_CODES)
    few, many = (lost(land, fraction=x, **options) for x in sorted((f, g)))
    assert not (few & ~many).any()
    assert not (many & ~forest).any()
    for share, took in zip(sorted((f, g)), (few, many), strict=True):
        assert abs(took.sum() - share * forest.sum()) <= 0.5


@settings(max_examples=20, deadline=None)
@given(LANDSCAPES, FRACTION, FRACTION, SEED)
def test_same_call_same_bits(land, f, aggregation, seed):
    first, second = (edits.Clear(fraction=f, aggregation=aggregation)(land, seed) for _ in "ab")
    for name in land.layers:
        assert first[name].tobytes() == second[name].tobytes()


@settings(max_examples=40, deadline=None)
@given(LANDSCAPES, FRACTION, st.floats(0, 30))
def test_the_plan_meets_its_area_on_natural_unprotected_ground(land, share, width):
    natural = np.isin(land["land_cover"], [c.code for c in COVERS.values() if c.natural])
    free = natural & (land["protection"] == 0)
    if not land["protection"].any():
        return
    n = int(share * free.sum())
    after = edits.ProtectPlan(add_ha=n * land.grid.cell_km2 * 100, join_width_km=width)(land)
    added = after["protection"] > land["protection"]
    assert added.sum() == n
    assert not (added & ~free).any()


@settings(max_examples=40, deadline=None)
@given(LANDSCAPES, st.floats(0, 10), st.floats(0, 200), st.floats(0, 200))
def test_ecotones_that_climb_further_leave_no_higher_zone(land, degrees, less, more):
    near, far = (
        edits.Warm(degrees_c=degrees, years=y, ecotone_m_per_year=1.0)(land)["land_cover"]
        for y in sorted((less, more))
    )
    assert (far <= near).all()  # zone codes rise with height
    worked = land["land_cover"] >= COVERS["wetland"].code
    np.testing.assert_array_equal(far[worked], land["land_cover"][worked])


def limits(spec) -> dict[str, float]:
    low = [("low", one.ge) for one in spec.metadata if isinstance(one, Ge)]
    return dict(low + [("high", one.le) for one in spec.metadata if isinstance(one, Le)])


# coordinates, and what a field of any file may hold
PLACES = ("at", "points", "areas", "value")


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(sorted(edits.EDITS)), st.data())
def test_every_declared_range_is_enforced(kind, data):
    edit = edits.EDITS[kind]
    limited = {name: found for name, one in edit.model_fields.items() if (found := limits(one))}
    if not limited:
        return
    chosen = data.draw(st.sampled_from(sorted(limited)))
    side = data.draw(st.sampled_from(["low", "high"]))
    limit = limited[chosen][side]
    wrong = limit - 1 if side == "low" else limit + 1
    given_ = {
        "clear": {"fraction": 0.1},
        "add_road": {"name": "A", "points": [(0, 0), (1, 1)]},
        "warm": {"ssp": "SSP2-4.5", "year": 2050},
        "protect": {"name": "A", "areas": [[(0, 0), (1, 1), (0, 1)]]},
        "protect_plan": {},
        "open_mine": {"name": "A", "at": (0, 0), "area_ha": 100},
        "build_dam": {"name": "A", "at": (0, 0), "reservoir_ha": 100},
        "restore": {"name": "A", "areas": [[(0, 0), (1, 1), (0, 1)]]},
    }[kind]
    with pytest.raises(ScenarioError, match=f"{kind}.{chosen}"):
        edit(**{**given_, chosen: wrong})


@pytest.mark.parametrize("kind", sorted(edits.EDITS))
def test_every_edit_declares_its_parameters(kind):
    edit = edits.EDITS[kind]
    assert issubclass(edit, edits.Edit)
    assert edit.model_fields["kind"].default == kind
    for key, spec in edit.model_fields.items():
        if key == "kind":
            continue
        assert spec.description
        assert spec.json_schema_extra["unit"]
        if any(kind in str(spec.annotation) for kind in ("int", "float")) and key not in PLACES:
            assert set(limits(spec)) == {"low", "high"}


@given(st.one_of(st.text(), st.none(), st.booleans(), st.lists(st.integers()), st.just(1j)))
def test_numbers_of_another_type_are_refused(value):
    with pytest.raises(ScenarioError, match=r"clear\.fraction"):
        edits.Clear(fraction=value)
    if value is not None:
        with pytest.raises(ScenarioError, match=r"warm\.year"):
            edits.Warm(ssp="SSP2-4.5", year=value)
