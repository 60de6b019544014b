"""Designs fill the space as they promise, and the table's intervals are those of one at a time."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from corridor_sim import Scenario
from corridor_sim.config.load import resolve
from corridor_sim.config.sensitivity import SensitivitySettings
from corridor_sim.config.sweep import Parameter, SweepSettings
from corridor_sim.errors import ScenarioError
from corridor_sim.simulation.outcomes import Outcome
from corridor_sim.statistics.intervals import Support, interval
from corridor_sim.statistics.supports import support_of
from corridor_sim.sweeps.points import (
    latin_hypercube,
    make_points,
    points,
    refuse_too_many,
    short_names,
    sobol,
)
from corridor_sim.sweeps.sensitivity import Range, indices, ranges_of
from corridor_sim.sweeps.table import point_intervals


def settings(design: str = "grid", n: int | None = None, **parameters: Any) -> SweepSettings:
    made = {name.replace("__", "."): Parameter(**p) for name, p in parameters.items()}
    return SweepSettings(design=design, n=n, parameters=made, outcomes=("eca_km2",))


def base() -> Any:
    edits = ({"kind": "clear", "fraction": 0.1, "aggregation": 0.5},)
    return resolve(Scenario(days=2, edits=edits), "base", Path())


def test_a_grid_holds_every_combination_once_in_order() -> None:
    found = points(settings(a={"values": [1, 2, 3]}, b={"low": 0.0, "high": 1.0, "n": 5}), seed=1)
    assert found == list(itertools.product([1, 2, 3], [0.0, 0.25, 0.5, 0.75, 1.0]))


def test_a_logarithmic_range_has_equal_ratios_and_exact_ends() -> None:
    found = np.array(Parameter(low=0.01, high=100.0, n=5, log=True).grid(), float)
    np.testing.assert_allclose(found, [0.01, 0.1, 1.0, 10.0, 100.0], rtol=1e-11)
    assert found[0] == 0.01
    assert found[-1] == 100.0


@pytest.mark.parametrize("seed", range(5))
def test_a_latin_hypercube_has_one_point_in_every_slice(seed: int) -> None:
    cube = latin_hypercube(37, 4, seed)
    for column in cube.T:
        assert sorted(np.floor(column * 37).astype(int)) == list(range(37))
    assert not np.array_equal(cube, latin_hypercube(37, 4, seed + 1))
    assert np.array_equal(cube, latin_hypercube(37, 4, seed))


@pytest.mark.parametrize("seed", range(5))
def test_a_shifted_sobol_sequence_is_still_a_net(seed: int) -> None:
    # the first two coordinates are a (0, m, 2)-net: every elementary box of area 1/n holds 1 point
    m = 6
    cube = sobol(2**m, 2, seed)
    assert ((cube > 0) & (cube < 1)).all()
    for k in range(m + 1):
        boxes = np.floor(cube * [2**k, 2 ** (m - k)]).astype(int)
        assert len(np.unique(boxes, axis=0)) == 2**m


def test_lists_and_whole_numbers_come_out_of_a_sample_as_they_are() -> None:
    found = points(
        settings("lhs", 40, a={"values": ["x", "y"]}, b={"low": 1.0, "high": 5.0, "whole": True}), 3
    )
    assert {a for a, _ in found} == {"x", "y"}
    assert {b for _, b in found} == {1, 2, 3, 4, 5}
    assert all(isinstance(b, int) for _, b in found)
    assert len(set(found)) == len(found) == 10


@pytest.mark.parametrize(
    ("parameters", "design", "n", "words"),
    [
        ({"a": {"low": 1.0, "high": 1.0, "n": 3}}, "grid", None, "is not below"),
        ({"a": {"low": 0.0, "high": 1.0, "n": 3, "log": True}}, "grid", None, "log needs low"),
        ({"a": {"low": 0.0, "high": 1.0}}, "grid", None, "a grid needs values"),
        ({"a": {"values": [1, 2], "low": 0.0}}, "grid", None, "give either values"),
        ({"a": {"values": [1, 1]}}, "grid", None, "one value twice"),
        ({"a": {"values": [1, 2]}}, "grid", 4, "n belongs to lhs"),
        ({"a": {"low": 0.0, "high": 1.0}}, "lhs", None, "lhs needs n"),
        ({"a": {"low": 0.0, "high": 1.0}}, "sobol", 12, "use 8 or 16"),
        ({"a": {"low": 0.0, "high": 1.0, "n": 4}}, "lhs", 12, "belongs to a grid"),
    ],
)
def test_designs_that_cannot_be(
    parameters: dict[str, Any], design: str, n: int | None, words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        settings(design, n, **parameters)


def test_the_size_of_a_grid_is_known_without_building_it() -> None:
    huge = settings(**{f"p{i}": {"low": 0.0, "high": 1.0, "n": 1000} for i in range(3)})
    assert huge.n_points == 10**9
    with pytest.raises(ScenarioError, match=r"1,000,000,000 points x 4 replicates = 4,000,000,000"):
        refuse_too_many(huge.n_points, 4, "here", yes=False)
    with pytest.raises(ScenarioError, match="4,000,000,000 runs"):
        refuse_too_many(huge.n_points, 4, "here", yes=True)
    with pytest.raises(ScenarioError, match="give --yes"):
        refuse_too_many(2501, 4, "here", yes=False)
    refuse_too_many(2500, 4, "here", yes=False)
    refuse_too_many(2501, 4, "here", yes=True)


def test_names_are_short_and_tell_parameters_apart() -> None:
    assert short_names(["edits.0.fraction", "a.male.hazard", "a.female.hazard"]) == [
        "fraction",
        "male.hazard",
        "female.hazard",
    ]


def test_points_carry_their_values_and_no_other_change() -> None:
    hazard = "species.jaguar.traits.movement.male.disperser.hazard_per_year"
    other = "species.jaguar.traits.movement.female.disperser.hazard_per_year"
    found = make_points(
        base(),
        ["edits.0.fraction", hazard],
        [(0.2, 0.5), (0.3, 0.6)],
        "here",
        {hazard: {other: 2.0}},
    )
    assert [one.name for one in found] == [
        "fraction=0.2, hazard_per_year=0.5",
        "fraction=0.3, hazard_per_year=0.6",
    ]
    second = found[1].scenario
    assert second.edits[0].table() == {"kind": "clear", "fraction": 0.3, "aggregation": 0.5}
    sexes = second.species["jaguar"].traits["movement"]
    assert [sexes[s]["disperser"]["hazard_per_year"] for s in ("male", "female")] == [0.6, 1.2]
    plain = base().scenario
    assert (
        second.model_copy(
            update={"name": plain.name, "edits": plain.edits, "species": plain.species}
        )
        == plain
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("edits.0.fracton", 0.2, "did you mean 'fraction'"),
        ("edits.1.fraction", 0.2, "number the item 0 to 0"),
        ("edits.0.fraction", 1.2, "1.2"),
        ("specie.jaguar.count", 2, "did you mean 'species'"),
        ("species.jaguar.cuont", 2, "did you mean 'count'"),
        ("species.jaguar.traits.habitat.gap_half", 2.0, "gap_half_m"),
        ("species.jaguar.sampling", "many", "'many'"),
        ("species.jaguars.sampling", 0.5, "jaguar"),
        ("landscape.cell_m", 500, "the same at all points"),
        ("days", 5, "the same at all points"),
        ("two words", 5, "not of the form"),
    ],
)
def test_a_wrong_name_or_value_is_told_before_any_run(name: str, value: Any, words: str) -> None:
    with pytest.raises(ScenarioError, match=words) as told:
        make_points(base(), [name], [(value,)], "here")
    assert "\n" not in str(told.value)


def test_intervals_of_many_are_those_of_each() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(size=(3, 6, 2, 3))
    # few animals, and one of them never; a share whose event is not known, once not 0
    values[..., 1] = rng.poisson(0.3, (3, 6, 2)) / 4.0
    values[2, :, 1, 1] = 0.0
    values[..., 2] = 0.0
    values[1, 4, 0, 2] = 0.125
    values[0, 2, 0, 0] = np.nan
    values[1, 1:, 1, 1] = np.nan
    values[2, :, 1, 2] = np.nan
    table = {
        "height": Outcome("height", "m", "", "more", 1, "", len, least=-np.inf),
        "flux": Outcome("flux", "animals", "", "more", 1, "", len, event="animal"),
        "share": Outcome("share", "1", "", "more", 1, "", len, most=1.0, event="some"),
    }
    worths = [[{"animal": 0.25}, {"animal": 0.5}]] * 3
    mean, low, high, n, _ = point_intervals(values, table, worths)
    for p, s, o in np.ndindex(3, 2, 3):
        own = [
            support_of(table["height"]),
            support_of(table["flux"], worths[p][s]),
            Support(0.0, 1.0, 0.125 if s == 0 else np.nan, known=False),
        ][o]
        one = interval(values[p, :, s, o], support=own)
        at = (p, s, o)
        assert n[at] == one.n
        np.testing.assert_allclose(
            [mean[at], low[at], high[at]], [one.mean, one.low, one.high], rtol=1e-12
        )
    assert high[2, 1, 1] == pytest.approx(0.5 * -np.log(0.025) / 6)


def test_ranges_come_from_the_species_files() -> None:
    (one,) = ranges_of(base(), ["jaguar.habitat.gap_half_m"], "here")
    assert one == Range("jaguar", "habitat.gap_half_m", 500.0, 6000.0)
    assert len(ranges_of(base(), ["jaguar.habitat.*_half_m"], "here")) == 3
    with pytest.raises(ScenarioError, match=r"did you mean 'jaguar\.habitat\.gap_half_m'"):
        ranges_of(base(), ["jaguar.habitat.gap_hlf_m"], "here")
    with pytest.raises(ScenarioError, match="has no range"):
        ranges_of(base(), ["jaguar.movement.step_h"], "here")


def test_morris_finds_the_slopes_of_a_plane() -> None:
    from SALib.sample import morris

    from corridor_sim.sweeps.sensitivity import problem_of

    ranges = [Range("s", f"t{i}", 10.0 * i, 10.0 * i + 4.0) for i in range(3)]
    own = SensitivitySettings(n=6, traits=("s.*",), outcomes=("eca_km2",))
    rows = morris.sample(problem_of(ranges), 6, num_levels=4, seed=7)
    found = indices(own, ranges, rows, rows @ np.array([3.0, 0.0, -1.0]), seed=7)
    # an elementary effect is the slope times the width of the range, everywhere on a plane
    np.testing.assert_allclose(found["effect"], [12.0, 0.0, 4.0], atol=1e-9)
    np.testing.assert_allclose(found["mean_effect"], [12.0, 0.0, -4.0], atol=1e-9)
    np.testing.assert_allclose(found["spread"], 0.0, atol=1e-9)


def test_sobol_shares_of_a_sum_are_its_variances() -> None:
    from SALib.sample import sobol as sample

    from corridor_sim.sweeps.sensitivity import problem_of

    ranges = [Range("s", f"t{i}", 0.0, 1.0) for i in range(3)]
    own = SensitivitySettings(method="sobol", n=1024, traits=("s.*",), outcomes=("eca_km2",))
    rows = sample.sample(problem_of(ranges), 1024, calc_second_order=False, seed=3)
    found = indices(own, ranges, rows, rows @ np.array([2.0, 1.0, 0.0]), seed=3)
    # shares 4 : 1 : 0; the estimator's own half width bounds its error
    off = np.abs(found["total"] - [0.8, 0.2, 0.0])
    assert (off <= 2 * found["half_width"] + 1e-12).all()
    assert found["half_width"].max() < 0.15
