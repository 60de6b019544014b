"""Animals with movement parameters of their own, and replicates with estimates of their own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from corridor_sim import Species, load_species
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.simulation.days.seeding import Quota
from corridor_sim.simulation.days.simulation import Simulation, prepare_days
from corridor_sim.species.fields import params_for
from corridor_sim.species.gaits import PROFILES, differing, with_drawn_estimates
from corridor_sim.toml.strict import Strict

NAMES = ("home_range_km2", "step_scale_m", "step_shape", "turning_kappa")
BETWEEN = np.array(
    [
        [0.20, 0.05, 0.00, 0.02],
        [0.05, 0.10, -0.02, 0.00],
        [0.00, -0.02, 0.02, 0.00],
        [0.02, 0.00, 0.00, 0.04],
    ]
)


def told(**tables: Any) -> Species:
    """Return a jaguar whose female residents have further tables."""
    data = load_species("jaguar").model_dump(mode="json", exclude_none=True)
    data["movement"]["female"]["resident"].update(tables)
    return Species.model_validate(data)


def spread(covariance: np.ndarray) -> dict[str, Any]:
    return {"parameters": list(NAMES), "covariance": covariance.tolist()}


def working(who: Strict) -> list[float]:
    """Return parameters on the scale on which they differ."""
    return [
        getattr(who, name).value if name == "turning_kappa" else math.log(getattr(who, name).value)
        for name in NAMES
    ]


def test_kinds_of_animal_have_the_mean_and_the_covariance_given() -> None:
    species = told(between=spread(BETWEEN))
    female = species.movement.female.resident
    kinds = np.array([working(one) for one in differing(female, PROFILES)])
    np.testing.assert_allclose(kinds.mean(axis=0), working(female), atol=1e-9)
    np.testing.assert_allclose(np.cov(kinds.T, bias=True), BETWEEN, atol=1e-9)
    params = params_for(species, 1000.0)
    assert params.length.shape[0] == params.rest.shape[0] * PROFILES
    # the other classes are all of one kind
    assert (params.scale[PROFILES : 2 * PROFILES] == params.scale[PROFILES]).all()
    assert len(np.unique(params.scale[:PROFILES, 0])) == PROFILES


def test_animals_are_of_all_kinds_and_stay_what_they_are() -> None:
    species = told(between=spread(BETWEEN / 10))
    land = uniform(60, 60, elevation_m=300.0, temperature_c=24.8, cover="lowland_forest")
    stage = prepare_days([species], land, quotas={species.key: Quota(count=1600)})
    sim = Simulation(stage, seed=2)
    kinds = sim.animals[species.key].profile.copy()
    n = np.bincount(kinds, minlength=PROFILES)
    # chi-square of 15 degrees of freedom, tail 1e-5
    assert ((n - n.mean()) ** 2 / n.mean()).sum() < 47.2
    sim.advance(3)
    assert np.array_equal(sim.animals[species.key].profile, kinds)


def test_replicates_draw_from_the_standard_errors_where_a_file_says_so() -> None:
    errors = BETWEEN / 4
    species = told(uncertainty=spread(errors))
    assert with_drawn_estimates(species, 1, 0, 7) is species
    movement = species.movement.model_copy(update={"estimates": "drawn"})
    drawn = species.model_copy(update={"movement": movement})
    n = 600
    seen = np.array(
        [working(with_drawn_estimates(drawn, 1, i, 7).movement.female.resident) for i in range(n)]
    )
    given = np.array(working(species.movement.female.resident))
    error = np.sqrt(np.diag(errors) / n)
    assert (np.abs(seen.mean(axis=0) - given) < 4.5 * error).all()
    # a covariance of n normal pairs has the variance (s_ii s_jj + s_ij^2) / n
    least = np.sqrt((np.outer(np.diag(errors), np.diag(errors)) + errors**2) / n)
    assert (np.abs(np.cov(seen.T) - errors) < 4.5 * least).all()
    again = with_drawn_estimates(drawn, 1, 3, 7).movement.female.resident
    assert working(again) == pytest.approx(seen[3])
    assert with_drawn_estimates(drawn, 1, 3, 7).movement.male == species.movement.male


def test_sexes_that_were_estimated_together_draw_together() -> None:
    data = told(uncertainty=spread(BETWEEN)).model_dump(mode="json", exclude_none=True)
    data["movement"]["male"] = data["movement"]["female"]
    data["movement"]["estimates"] = "drawn"
    one = with_drawn_estimates(Species.model_validate(data), 1, 0, 7).movement
    assert one.male.resident == one.female.resident
    assert one.male.resident.step_scale_m != told().movement.female.resident.step_scale_m


@pytest.mark.parametrize(("minutes", "scale_m"), [(1, 12.0), (20, 150.0)])
def test_steps_of_minutes_come_out_as_given(minutes: int, scale_m: float) -> None:
    data = load_species("jaguar").model_dump(mode="json", exclude_none=True)
    movement = data["movement"]
    movement |= {"step_min": minutes, "steps_per_day": 1440 // minutes, "activity": [1.0] * 24}
    del movement["step_h"]
    for sex in ("female", "male"):
        movement[sex]["resident"]["step_scale_m"]["value"] = scale_m
    species = Species.model_validate(data)
    land = uniform(40, 40, elevation_m=300.0, temperature_c=24.8, cover="lowland_forest")
    stage = prepare_days([species], land, quotas={species.key: Quota(count=60)})
    sim = Simulation(stage, seed=2)
    sim.advance(1)
    animals = sim.animals[species.key]
    female = (animals.klass == 0) & (animals.state == 0)
    way = animals.path_m[female]
    shape = species.movement.female.resident.step_shape.value
    # animals at the forest's edge choose shorter ways: there is none here
    error = math.sqrt(shape / (female.sum() * 1440 / minutes)) * scale_m
    assert way.mean() / (1440 / minutes) == pytest.approx(shape * scale_m, abs=4.5 * error + 0.1)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({"parameters": ["step_scale_m"], "covariance": [[-1.0]]}, "negative eigenvalue"),
        ({"parameters": ["step_scale_m"], "covariance": [[1.0, 0.0]]}, "must have 1 rows"),
        (
            {"parameters": ["step_scale_m", "step_shape"], "covariance": [[1, 0.5], [0, 1]]},
            "symmetric",
        ),
        ({"parameters": ["step_scale_m"] * 2, "covariance": [[1, 0], [0, 1]]}, "twice"),
        ({"parameters": ["step_shape"], "covariance": [[1e6]]}, "itself is 1e\\+06, more than 25"),
        ({"parameters": ["lifespan"], "covariance": [[1.0]]}, "lifespan is no trait"),
    ],
)
def test_a_spread_that_is_none_is_refused(table: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        told(between=table)


@pytest.mark.parametrize(
    ("states", "problem"),
    [
        ({"a": {"a": 1.0}}, "two or more"),
        ({"a": {"a": 0.5, "b": 0.4}, "b": {"a": 1.0}}, "sums to 0.9"),
        ({"a": {"a": 0.5, "c": 0.5}, "b": {"a": 1.0}}, "leads to c"),
        ({"a": {"a": 1.0}, "b": {"a": 1.0}}, "never reached"),
    ],
)
def test_states_that_are_no_chain_are_refused(
    states: dict[str, dict[str, float]], problem: str
) -> None:
    trait = load_species("jaguar").movement.female.resident.step_shape.model_dump(exclude_none=True)
    made = [
        {"name": name, "step_shape": trait, "step_scale_m": trait, "turning_kappa": trait, "to": to}
        for name, to in states.items()
    ]
    with pytest.raises(ValueError, match=problem):
        told(states=made)


@pytest.mark.parametrize("shape", [1e-6, 0.02])
def test_steps_of_almost_no_length_are_no_overflow(shape: float) -> None:
    trait = load_species("jaguar").movement.female.resident.step_shape.model_dump(exclude_none=True)
    species = told(step_shape=trait | {"value": shape}, step_scale_m=trait | {"value": 900.0})
    assert np.isfinite(params_for(species, 1000.0).length).all()
