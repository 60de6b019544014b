"""What species make of covariates and ready maps, beside plain formulas in double precision."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import corridor_sim as cs
from corridor_sim import Landscape, Species
from corridor_sim.config.dispersal import RandomWalk, Sms
from corridor_sim.errors import LandscapeError, SpeciesError
from corridor_sim.landscape.covariates import of_layer
from corridor_sim.landscape.io.covariates import with_covariates
from corridor_sim.landscape.io.settings import CovariateSettings
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.movement.model import movement_model
from corridor_sim.species.fields import on_changed_landscape, on_landscape
from corridor_sim.toml.strict import validate
from oracles.own_maps import COLS, ROWS, covariate, ground, plain, seen
from oracles.timelines import timeline


def predictor_world() -> tuple[Landscape, dict[str, Any]]:
    rng = np.random.default_rng(8)
    x = {
        "ndvi": rng.uniform(-1, 1, (2, 9, 11)),
        "lines": rng.gamma(2.0, 3.0, (1, 9, 11)),
        "use": rng.integers(0, 4, (1, 9, 11)),
    }
    land = ground(
        covariate("ndvi", *x["ndvi"], times="season"),
        covariate("lines", *x["lines"]),
        covariate("use", *x["use"], kind="class"),
    )
    return land, x


@pytest.mark.parametrize("standardise", ["map", "none", "given"])
def test_a_predictor_is_the_formula_that_the_page_states(standardise: str) -> None:
    land, x = predictor_world()
    coefficients = {"ndvi": 1.2, "lines": -0.4, "ndvi^2": -0.3, "ndvi*lines": 0.2}
    own: dict[str, Any] = {
        "coefficients": {**coefficients, "use": {"1": 0.5, "3": -1.5}},
        "intercept": 0.7,
        "standardise": "none" if standardise == "none" else "map",
    }
    sample = {"ndvi": (0.2, 0.4), "lines": (5.0, 2.0)}
    if standardise == "given":
        own["centre"] = {name: c for name, (c, _) in sample.items()}
        own["scale"] = {name: s for name, (_, s) in sample.items()}
    here = on_landscape(plain(selection=own), land)
    told = {
        "map": {name: (x[name].mean(), x[name].std()) for name in sample},
        "none": dict.fromkeys(sample, (0.0, 1.0)),
        "given": sample,
    }[standardise]

    def eta(ndvi: Any, lines: Any) -> Any:
        (c, s), (k, t) = told["ndvi"], told["lines"]
        z, y = (ndvi - c) / s, (lines - k) / t
        return 1.2 * z - 0.4 * y - 0.3 * z**2 + 0.2 * z * y

    by_class = np.array([0.0, 0.5, 0.0, -1.5])[x["use"][0]]
    seasons = [eta(x["ndvi"][i], x["lines"][0]) + by_class for i in (0, 1)]
    middle = eta(x["ndvi"].mean(), x["lines"].mean())
    # a dozen roundings to single precision of numbers below 30
    near = {"rtol": 12 * 30 * 2**-24}
    assert here.fields.weight.shape == (2, 9, 11)
    np.testing.assert_allclose(here.fields.weight, np.exp(np.stack(seasons) - middle), **near)
    fit = np.mean([1 / (1 + np.exp(-(0.7 + each))) for each in seasons], axis=0)
    np.testing.assert_allclose(here.suitability, fit, **near)


def test_two_predictors_are_for_steps_and_homes_and_may_stand_beside_habitat() -> None:
    land, x = predictor_world()
    steps = {"coefficients": {"lines": 0.3}, "combine": "with_habitat"}
    homes = {"coefficients": {"lines": -0.2}, "intercept": 1.0, "combine": "with_habitat"}
    usual = on_landscape(plain(), land)
    here = on_landscape(plain(selection=steps, settlement=homes), land)
    lines = x["lines"][0]
    expected = usual.fields.weight[0] * np.exp(0.3 * (lines - lines.mean()))
    np.testing.assert_allclose(here.fields.weight[0], expected, rtol=1e-5)
    fit = usual.suitability / (1 + np.exp(0.2 * lines - 1.0))
    np.testing.assert_allclose(here.suitability, fit, rtol=1e-5)
    # with one of them the other stays as the species file has it
    alone = on_landscape(plain(settlement=homes), land)
    np.testing.assert_array_equal(alone.fields.weight, usual.fields.weight)


def test_a_map_of_resistance_is_the_same_resistance_by_cover_to_the_bit() -> None:
    rng = np.random.default_rng(2)
    cover = rng.integers(1, 16, (9, 11)).astype(np.uint8)
    land = uniform(9, 11, land_cover=cover)
    one = plain()
    by_code = {c.code: one.habitat.resistance.values[key] for key, c in land.covers.by_key.items()}
    values = np.vectorize(by_code.get)(cover)
    with_map = replace(land, covariates={"r": covariate("r", values)})
    by_cover = on_landscape(one, land)
    by_map = on_landscape(plain(own_maps={"resistance": "r"}), with_map)
    np.testing.assert_array_equal(by_map.fields.weight, by_cover.fields.weight)
    np.testing.assert_array_equal(by_map.suitability, by_cover.suitability)


def test_suitability_and_resistance_follow_from_each_other() -> None:
    s = np.linspace(0.0, 1.0, ROWS * COLS).reshape(ROWS, COLS)
    r = np.exp(np.linspace(0.0, np.log(300), ROWS * COLS)).reshape(ROWS, COLS)
    land = ground(covariate("s", s), covariate("r", r))
    b = 1.3
    of_s = on_landscape(plain(own_maps={"suitability": "s"}), land)
    np.testing.assert_allclose(of_s.fields.weight[0], 100 ** (-b * (1 - s)), rtol=1e-5)
    np.testing.assert_array_equal(of_s.suitability, s.astype(np.float32))
    of_r = on_landscape(plain(own_maps={"resistance": "r"}), land)
    np.testing.assert_allclose(of_r.fields.weight[0], r**-b, rtol=1e-5)
    fit = np.clip(1 - np.log(r) / np.log(100), 0, 1)
    np.testing.assert_allclose(of_r.suitability, fit, atol=1e-6)
    both = on_landscape(plain(own_maps={"suitability": "s", "resistance": "r"}), land)
    np.testing.assert_array_equal(both.suitability, of_s.suitability)
    np.testing.assert_array_equal(both.fields.weight, of_r.fields.weight)
    # what a walk from cell to cell takes as its costs is R^b, to the limit that it has
    for options in (
        Sms(model="sms", moves_per_day=5, cost_limit=50.0),
        RandomWalk(model="random_walk", moves_per_day=5, cost_limit=50.0),
    ):
        model: Any = movement_model(both, options)
        np.testing.assert_allclose(1 / model.strength, np.minimum(r**b, 50.0), rtol=1e-5)


def test_land_cover_is_selected_by_its_classes_and_follows_what_changes_it() -> None:
    land = ground(covariate("wet", np.random.default_rng(4).random((20, 30))))
    cover = land["land_cover"].copy()
    one, two = int(cover[0, 0]), land.covers["pasture"].code
    cover[:, 10:] = two
    land = replace(land, layers={**land.layers, "land_cover": cover})
    species = plain(selection={"coefficients": {"land_cover": {str(two): -0.7}, "wet": 0.0}})
    land = seen(land, species)
    weight = on_landscape(species, land).fields.weight[0]
    np.testing.assert_allclose(weight, np.where(cover == two, np.exp(-0.7), 1.0), rtol=1e-6)
    grown = land.edited("grown", layers={**land.layers, "land_cover": np.full_like(cover, one)})
    np.testing.assert_allclose(on_landscape(species, grown).fields.weight, 1.0, rtol=1e-6)
    settings = CovariateSettings(layer="land_cover", kind="class")
    made = with_covariates(land, {"ground": settings}, Path()).covariates["ground"]
    np.testing.assert_array_equal(made.on(land), cover)
    with pytest.raises(LandscapeError, match=r"holds .* in every cell"):
        with_covariates(grown, {"ground": settings}, Path())
    with pytest.raises(ValueError, match="land_cover holds classes"):
        CovariateSettings(layer="land_cover")
    with pytest.raises(ValueError, match="layer gives numbers"):
        CovariateSettings(layer="elevation_m", kind="class")


def test_what_changes_about_an_edit_is_what_changes_of_all() -> None:
    rng = np.random.default_rng(4)
    land = ground(
        covariate("wet", *rng.random((2, 60, 70)), times="season"),
        covariate("use", rng.integers(1, 3, (60, 70)), kind="class"),
    )
    km = of_layer("road_km", "settlement_distance_m", land, "km", "log1p")
    cover = land["land_cover"].copy()
    cover[20:22, 30:33] = land.covers["settlement"].code
    land = replace(land, covariates={**land.covariates, "km": replace(km, name="km")})
    own = {"coefficients": {"wet": 1.0, "use": {"2": 0.5}, "km": -0.1}, "standardise": "none"}
    small = plain(selection=own).model_dump(mode="json", exclude_none=True)
    for sex in ("female", "male"):
        small["movement"][sex]["resident"]["home_range_km2"]["value"] = 1.0
        small["movement"][sex]["resident"].pop("step_scale_m", None)
    species = cs.Species.model_validate_json(cs.Species(**small).model_dump_json())
    # settled ground within reach: distances are layers, and change over the whole map beyond it
    layers = {**land.layers, "land_cover": cover}
    near = land["settlement_distance_m"].copy()
    near[18:25, 28:36] = 900.0
    changed = land.edited("town", layers={**layers, "settlement_distance_m": near})
    before = on_landscape(species, land)
    made, middle = on_changed_landscape(before, land, changed)
    whole = on_landscape(species, changed)
    assert middle is not None
    np.testing.assert_array_equal(made.fields.weight, whole.fields.weight)
    np.testing.assert_array_equal(made.suitability, whole.suitability)
    assert (whole.fields.weight != before.fields.weight).any()
    # a covariate that alone is another is seen as well
    other = replace(land.covariates["use"], values=np.full((1, 60, 70), 2))
    moved = replace(land, covariates={**land.covariates, "use": other})
    assert land.differs(moved).sum() == (land.covariates["use"].values[0] != 2).sum()


def test_a_covariate_by_years_holds_from_year_to_year() -> None:
    stack = [np.full((8, 8), 0.1 * i) + np.eye(8) for i in range(3)]
    land = ground(covariate("ndvi", *stack, times="year", years=(2020, 2030, 2035)))
    line = timeline(land.in_year(2025), years=12, start=2025)
    assert line.update_years == (2030, 2035)
    held = {year: line.at(year).covariates["ndvi"] for year in (2025, 2029, 2030, 2034, 2035, 2037)}
    assert [one.current for one in held.values()] == [0, 0, 1, 1, 2, 2]
    # standardised by the earliest, whatever holds
    assert len({(one.mean, one.sd) for one in held.values()}) == 1
    assert held[2025].mean == pytest.approx(stack[0].mean())
    species = plain(selection={"coefficients": {"ndvi": 2.0}})
    first, second = (on_landscape(species, line.at(year)) for year in (2025, 2030))
    ratio = second.fields.weight / first.fields.weight
    np.testing.assert_allclose(ratio, np.exp(0.2), rtol=1e-5)
    made, _ = on_changed_landscape(first, line.at(2025), line.at(2030))
    np.testing.assert_array_equal(made.fields.weight, second.fields.weight)


def test_a_species_of_own_maps_alone_needs_no_resistance_of_covers() -> None:
    data = plain(selection={"coefficients": {"x": 1.0}}).model_dump(mode="json", exclude_none=True)
    del data["habitat"]["resistance"]
    land = ground(covariate("x", np.eye(8)))
    with_cover = on_landscape(plain(selection=data["selection"]), land)
    without = on_landscape(validate(Species, data, where="own", error=SpeciesError), land)
    np.testing.assert_array_equal(without.fields.weight, with_cover.fields.weight)
    np.testing.assert_array_equal(without.suitability, with_cover.suitability)
    data["selection"]["combine"] = "with_habitat"
    with pytest.raises(SpeciesError, match="gives no resistance for 'premontane_forest'"):
        on_landscape(validate(Species, data, where="own", error=SpeciesError), land)
