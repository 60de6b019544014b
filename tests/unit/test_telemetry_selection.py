"""Integrated step selection: terms, looking up, kernels, and the deer's known answer."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from corridor_sim.errors import LandscapeError, ScenarioError
from corridor_sim.kernels.crossing import path_permeability
from corridor_sim.kernels.jit import kernel
from corridor_sim.species.own_habitat import predictor
from corridor_sim.species.predictor import Predictor
from corridor_sim.telemetry.available import Attraction, StepKernel, random_steps, tentative
from corridor_sim.telemetry.back import SCALES, species_selection, working_estimates
from corridor_sim.telemetry.bursts import to_bursts
from corridor_sim.telemetry.clogit import conditional_logit
from corridor_sim.telemetry.covariates import (
    Place,
    Surface,
    Surfaces,
    gather,
    of_landscape,
    read_raster,
)
from corridor_sim.telemetry.design import design
from corridor_sim.telemetry.follows import permeability, potential_range, updated_kernel
from corridor_sim.telemetry.lines import crossings, means_along
from corridor_sim.telemetry.pooling import pool
from corridor_sim.telemetry.reading import read_tracks
from corridor_sim.telemetry.selection import fit_selection
from corridor_sim.telemetry.terms import parse_terms, split_terms, with_files
from corridor_sim.telemetry.tracks import Bursts
from oracles.own_maps import covariate, ground, plain
from oracles.user_files import raster

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "telemetry"
CRS = "EPSG:32717"


@kernel()
def way(x0, y0, x1, y1, permeability):  # type: ignore[no-untyped-def]  # numba reads no types
    return path_permeability(x0, y0, x1, y1, permeability)


def walk(n: int = 60, animal: str = "A", seed: int = 1, scale: float = 900.0) -> pd.DataFrame:
    """Return the steps of an animal that walks about in the middle of small ground."""
    rng = np.random.default_rng(seed)
    length, turn = rng.gamma(1.5, scale, n), rng.uniform(-np.pi, np.pi, n)
    heading = np.cumsum(turn)
    x0, y0 = rng.uniform(8000, 14000, n), rng.uniform(-14000, -8000, n)
    turn[0] = np.nan
    start = pd.date_range("2020-01-01", periods=n, freq="6h")
    return pd.DataFrame(
        {
            "animal": animal,
            "burst": 0,
            "start": start,
            "x0_m": x0,
            "y0_m": y0,
            "x1_m": x0 + length * np.cos(heading),
            "y1_m": y0 + length * np.sin(heading),
            "length_m": length,
            "heading_rad": heading,
            "turn_rad": turn,
            "hour": (start.hour + 3.0) % 24,
            "day_of_year": start.day_of_year,
        }
    )


def bursts(*steps: pd.DataFrame) -> Bursts:
    table = pd.concat(steps, ignore_index=True)
    return Bursts(table, table, 360.0, 60.0)


def surfaces(**arrays: Any) -> Surfaces:
    """Return maps of 1-km cells with the north-western corner at 0, 0; integers are classes."""
    from rasterio.crs import CRS as Crs

    crs = Crs.from_user_input(CRS)
    place = Place(0.0, 0.0, 1000.0, 1000.0, crs, crs)
    found = {
        name: Surface(
            name,
            "class" if np.asarray(a).dtype.kind == "i" else "continuous",
            np.asarray(a, np.float32)[None],
            place,
            float(np.mean(a)),
            float(np.std(a)),
        )
        for name, a in arrays.items()
    }
    return Surfaces(found, CRS)


def test_terms_are_read_as_they_are_written() -> None:
    texts = ["ndvi^2*slope", "cover[against 2]:year", "along(cover[1, 3])", "crossings(road[2])"]
    found = [(one.text, one.by) for one in parse_terms([*texts, "sl:hour"])]
    assert found == [
        ("ndvi^2*slope", ""),
        ("cover[against 2]", ""),
        ("cover[against 2]", "year"),
        ("along(cover[1,3])", ""),
        ("crossings(road[2])", ""),
        ("sl", ""),
        ("sl", "hour"),
    ]
    terms, files = with_files(split_terms("ndvi, cover[3,5], along(cover[1])=a b.tif"))
    assert terms == ("ndvi", "cover[3,5]", "along(cover[1])")
    assert files == {"cover": Path("a b.tif")}
    for bad in ("a*b=x.tif", "a=", "sl=x.tif", "a=x.tif,a^2=y.tif"):
        with pytest.raises(ScenarioError):
            with_files(split_terms(bad))
    for bad in ("ndvi +", "along(a*b)", "ndvi:week", "[3]", "cover[1]*x", "", "NDVI"):
        with pytest.raises(ScenarioError):
            parse_terms([bad])


def test_lines_are_walked_as_the_simulator_walks_them() -> None:
    """Encounters of one kind of barrier: its permeability to the power of their number."""
    rng = np.random.default_rng(2)
    barrier = rng.random((15, 20)) < 0.3
    x0, x1 = rng.uniform(0, 20, (2, 300))
    y0, y1 = rng.uniform(0, 15, (2, 300))
    x1[:5], y1[:5] = x0[:5], y0[:5]
    x1[5:9] = x0[5:9]
    counts = crossings(x0, y0, x1, y1, barrier)
    p = np.where(barrier, np.float32(0.5), np.float32(1))
    ends = zip(x0, y0, x1, y1, strict=True)
    chance = [way(*each, p)[0] for each in ends]
    np.testing.assert_array_equal(0.5**counts, chance)
    # the mean along the line is the integral: of columns, the mean of floor(x)
    columns = np.broadcast_to(np.arange(20.0), (1, 15, 20))
    mean = means_along(x0, y0, x1, y1, columns, np.zeros(300, np.int64))
    t = (np.arange(20_000) + 0.5) / 20_000
    fine = np.floor(x0 + (x1 - x0) * t[:, None]).mean(axis=0)
    np.testing.assert_allclose(mean, fine, atol=2e-3)


def test_random_steps_are_keyed_and_follow_the_kernel() -> None:
    kernel = StepKernel(0.7, 400.0, -0.8)
    a, b = walk(80), walk(40, "B", seed=4)
    both = random_steps(pd.concat([a, b]), kernel, n_random=60, seed=3)
    fewer = random_steps(pd.concat([b, a[30:]]), kernel, n_random=60, seed=3)
    np.testing.assert_array_equal(both.x1_m[both.animal == 1], fewer.x1_m[fewer.animal == 0])
    np.testing.assert_array_equal(both.x1_m[29:79], fewer.x1_m[fewer.animal == 1])
    assert not np.array_equal(random_steps(a, kernel, n_random=60, seed=4).x1_m, both.x1_m[:79])
    length, turn = both.length_m[:, 1:].ravel(), both.turn_rad[:, 1:].ravel()
    assert stats.kstest(length, stats.gamma(0.7, scale=400).cdf).pvalue > 1e-3
    away = stats.vonmises(0.8).cdf
    assert stats.kstest(np.angle(-np.exp(1j * turn)), away).pvalue > 1e-3
    again = tentative(length, turn)
    # Minka's approximation is good to 1.5 %; three standard errors of 7,080 draws on top
    assert again.shape == pytest.approx(0.7, rel=0.06)
    assert again.kappa == pytest.approx(-0.8, abs=0.1)


def test_steps_proposed_towards_the_centre_are_inverted() -> None:
    """Length and turn of steps that the proposal itself made come back."""
    made = Attraction({"A": (11000.0, -11000.0)}, {"A": 3000.0})
    steps = walk(200)
    first = random_steps(steps, StepKernel(1.2, 900.0, 0.5), n_random=1, attraction=made)
    taken = steps[1:].copy()
    dx, dy = first.x1_m[:, 1] - first.x0_m, first.y1_m[:, 1] - first.y0_m
    before = taken["heading_rad"] - taken["turn_rad"]
    heading = np.arctan2(dy, dx)
    taken = taken.assign(
        x1_m=first.x1_m[:, 1],
        y1_m=first.y1_m[:, 1],
        length_m=np.hypot(dx, dy),
        heading_rad=heading,
        turn_rad=np.angle(np.exp(1j * (heading - before))),
    )
    again = random_steps(taken, StepKernel(1.2, 900.0, 0.5), n_random=1, attraction=made)
    # of the two lengths that may lead to a place the shorter is meant
    shorter = first.length_m[:, 1] < 4000.0
    assert shorter.mean() > 0.9
    np.testing.assert_allclose(again.length_m[shorter, 0], first.length_m[shorter, 1], rtol=1e-6)
    apart = np.angle(np.exp(1j * (again.turn_rad[:, 0] - first.turn_rad[:, 1])))
    np.testing.assert_allclose(apart[shorter], 0, atol=1e-6)


def test_columns_hold_what_terms_say() -> None:
    rng = np.random.default_rng(3)
    ndvi = rng.normal(size=(24, 24)).astype(np.float32)
    cover = rng.integers(1, 4, (24, 24))
    cover[5:, :] = 3
    land = surfaces(ndvi=ndvi, cover=cover)
    terms = parse_terms(["ndvi", "ndvi^2", "cover", "ndvi:hour", "cos_ta", "attraction"])
    centre = Attraction({"A": (11000.0, -11000.0)})
    strata = random_steps(walk(), StepKernel(1.5, 3000.0, 0.0), n_random=40)
    made = design(terms, strata, land, standardise="sample", attraction=centre)
    assert made.names == (
        *("ndvi", "ndvi^2", "cover[1]", "cover[2]", "ndvi:cos_hour", "ndvi:sin_hour"),
        *("cos_ta", "attraction"),
    )
    assert made.reference == {"cover": 3}
    x, y = strata.x1_m / 1000, -strata.y1_m / 1000
    inside = (x >= 0) & (y >= 0) & (x < 24) & (y < 24)
    np.testing.assert_array_equal(made.valid, inside)
    assert {one.kind for one in made.told} <= {"outside", "random_outside"}
    row, col = y[inside].astype(int), x[inside].astype(int)
    held = made.x[inside]
    z = (ndvi[row, col] - made.centre["ndvi"]) / made.scale["ndvi"]
    assert abs(z.mean()) < 0.1
    np.testing.assert_allclose(held[:, 0], z, rtol=1e-5)
    np.testing.assert_allclose(held[:, 1], z**2, rtol=1e-5)
    np.testing.assert_array_equal(held[:, 2], cover[row, col] == 1)
    hour = np.broadcast_to(strata.hour[:, None], inside.shape)[inside]
    np.testing.assert_allclose(held[:, 5], z * np.sin(2 * np.pi * hour / 24), rtol=1e-5)
    away = (strata.x1_m - 11000) ** 2 + (strata.y1_m + 11000) ** 2
    np.testing.assert_allclose(held[:, 7], -away[inside] / 2e6)


def test_coefficients_go_back_as_they_were_fitted() -> None:
    """The predictor of the simulator is the fitted one, to a constant."""
    rng = np.random.default_rng(8)
    shape = (24, 24)
    land = ground(
        covariate("ndvi", rng.normal(3, 2, (1, *shape))[0]),
        covariate("slope", rng.gamma(2, 3, (1, *shape))[0]),
        covariate("use", rng.integers(0, 4, (1, *shape))[0], kind="class"),
    )
    steps = walk(300, scale=800.0)
    west, north = land.grid.west_m, land.grid.north_m
    cell = land.grid.cell_m / 1000
    for x, y in (("x0_m", "y0_m"), ("x1_m", "y1_m")):
        steps[x], steps[y] = west + steps[x] * cell, north + steps[y] * cell
    steps["length_m"] *= cell
    texts = ["ndvi", "ndvi*slope", "use[1,3]", "along(ndvi)", "crossings(use)"]
    here = of_landscape(land, land.grid.crs)
    fit = fit_selection(bursts(steps), texts, here, standardise="map", n_random=20)
    back = species_selection(fit)
    assert [one.kind for one in back.told] == ["not_carried"]
    one = Predictor(**back.table)
    eta = predictor(plain(selection=back.table), one, land, 0)
    logit = fit.together.logit
    z = {n: (land.covariates[n].on(land) - fit.centre[n]) / fit.scale[n] for n in ("ndvi", "slope")}
    use = land.covariates["use"].on(land)
    expected = logit.of("ndvi")[0] * z["ndvi"] + logit.of("ndvi*slope")[0] * z["ndvi"] * z["slope"]
    expected += sum(logit.of(f"use[{k}]")[0] * (use == k) for k in (1, 3))
    np.testing.assert_allclose(eta, expected, rtol=2e-4, atol=2e-4)
    assert set(back.se) == {"ndvi", "ndvi*slope", "use[1]", "use[3]"}


def test_kernel_range_and_permeability_follow() -> None:
    rng = np.random.default_rng(7)
    names = ("log_sl", "sl", "cos_ta", "attraction")
    logit = conditional_logit(rng.normal(size=(300, 5, 4)), names)
    b = dict(zip(names, logit.beta, strict=True))
    before = StepKernel(1.0, 2.0, 0.1)
    new, told = updated_kernel(before, logit, "A")
    assert not told
    assert new is not None
    assert new.kernel.shape == pytest.approx(1.0 + b["log_sl"])
    assert new.kernel.scale_m == pytest.approx(1 / (0.5 - b["sl"]))
    assert new.kernel.kappa == pytest.approx(0.1 + b["cos_ta"])
    assert new.se[1] == pytest.approx(new.kernel.scale_m**2 * logit.se[1])
    assert new.working_cov[0, 2] == pytest.approx(logit.cov[0, 2] / new.kernel.shape)
    gone, told = updated_kernel(StepKernel(-b["log_sl"] - 0.1, 2.0, 0.0), logit, "A")
    assert (gone, told[0].kind) == (None, "kernel_impossible")
    # towards a range of 1 km: 1/(2 v) = 0.5 per km2 beside what the term finds
    reach, told = potential_range(logit, None, 1000.0, "A")
    assert not told
    assert reach is not None
    assert reach.strength == pytest.approx(0.5 + b["attraction"])
    assert reach.sigma_m == pytest.approx(1000 / math.sqrt(2 * reach.strength))
    # normal steps weighed by exp(-lambda x^2 / 2) are an autoregression, whose variance is known
    two_axes = replace(new, kernel=StepKernel(1.0, 700.0, 0.0))
    wide, _ = potential_range(logit, two_axes, 1000.0, "A")
    assert wide is not None
    s2, lam = 0.7**2, wide.strength
    a, noise = 1 / (1 + lam * s2), s2 / (1 + lam * s2)
    assert (wide.sigma_m / 1000) ** 2 == pytest.approx(noise / (1 - a * a))
    assert reach.sigma_se_m == pytest.approx(
        reach.sigma_m * logit.se[3] / (2 * reach.strength), rel=1e-4
    )


def test_barriers_that_are_never_crossed_have_a_bound() -> None:
    x = (np.random.default_rng(1).random((400, 11, 1)) < 0.1).astype(float)
    x[:, 0] = 0.0
    logit = conditional_logit(x, ["crossings(road)"])
    one, told = permeability("crossings(road)", logit, x[:, :, 0], np.ones((400, 11), bool), "A")
    assert told[0].kind == "never_crossed"
    assert one.n_expected == pytest.approx(x[:, 1:].mean(axis=1).sum())
    assert one.high == pytest.approx(-math.log(0.05) / one.n_expected)
    x[:40, 0] = 1.0
    logit = conditional_logit(x, ["crossings(road)"])
    one, told = permeability("crossings(road)", logit, x[:, :, 0], np.ones((400, 11), bool), "A")
    b, se = logit.of("crossings(road)")
    assert one.value == pytest.approx(min(1, math.exp(b)))
    assert one.low < one.value
    assert one.se == pytest.approx(one.value * se)


def test_mistakes_are_one_line() -> None:
    land = surfaces(ndvi=np.zeros((24, 24)), cover=np.ones((24, 24), np.int64))
    steps = bursts(walk())
    for terms, words in (
        (["ndvl"], "there is no covariate 'ndvl'; did you mean 'ndvi'?"),
        (["ndvi[1]"], "ndvi holds numbers"),
        (["cover^2"], "no square"),
        (["cover[7]"], "no class 7; it has 1"),
        (["attraction"], "needs the centre"),
        (["ndvi:season"], "two seasons"),
    ):
        with pytest.raises(ScenarioError, match=words.replace("?", r"\?")):
            fit_selection(steps, terms, land)
    still = walk().assign(turn_rad=np.nan)
    with pytest.raises(ScenarioError, match="no step has a turn"):
        fit_selection(bursts(still), ["ndvi"], land)
    with pytest.raises(ScenarioError, match="n_random = 0"):
        fit_selection(steps, ["ndvi"], land, n_random=0)
    told = {one.kind for one in fit_selection(steps, ["ndvi", "cover"], land, n_random=5).told}
    assert {"constant"} <= told


def test_rasters_are_read_where_animals_were(tmp_path: Path) -> None:
    values = np.arange(20 * 30, dtype=np.float32).reshape(20, 30)
    values[3, 4] = -9999
    path = raster(tmp_path / "a.tif", values, cell=500.0, nodata=-9999)
    whole = read_raster("a", Path(path or tmp_path / "a.tif"), CRS)
    west, north = whole.place.west, whole.place.north
    box = (west + 5000, north - 6000, west + 9000, north - 2000)
    part = read_raster("a", tmp_path / "a.tif", CRS, box_m=box)
    x, y = np.array([west + 5250.0]), np.array([north - 2250.0])
    for one in (whole, part):
        assert one.at(*one.place.to_cells(x, y), np.zeros(1, np.int64)).tolist() == [values[4, 10]]
    assert part.values.size < whole.values.size
    assert np.isnan(whole.values[0, 3, 4])
    with pytest.raises(LandscapeError, match="does not cover any place"):
        read_raster(
            "a", tmp_path / "a.tif", CRS, box_m=(west + 1e6, north, west + 2e6, north + 1e6)
        )
    # where steps lead, by what terms ask of it; it goes back when it is declared
    steps = walk(120, scale=200.0)
    steps[["x0_m", "x1_m"]] += west - 4000
    steps[["y0_m", "y1_m"]] += north + 6000
    terms = parse_terms(["a[17]", "b"])
    files = {"a": tmp_path / "a.tif", "c": tmp_path / "none.tif"}
    found = gather(terms, bursts(steps), CRS, rasters=files)
    assert found["a"].kind == "class"
    assert list(found.by_name) == ["a"]
    with pytest.raises(ScenarioError, match="'sl' is a term of its own"):
        gather(terms, bursts(steps), CRS, rasters={"sl": tmp_path / "a.tif"})
    raster(tmp_path / "b.tif", values / 7, cell=500.0)
    with pytest.raises(LandscapeError, match="no class code"):
        read_raster("b", tmp_path / "b.tif", CRS, kind="class")


def test_animals_are_ready_to_be_pooled() -> None:
    rng = np.random.default_rng(3)
    land = surfaces(ndvi=rng.normal(size=(24, 24)))
    herd = bursts(*(walk(80, name, seed=i) for i, name in enumerate("ABCDE")))
    fit = fit_selection(herd, ["ndvi"], land, n_random=10)
    # coefficients are told against one kernel, whatever random steps were drawn from
    for one in (fit.together, *fit.animals):
        assert one.kernel is not None
        b = dict(zip(fit.names, one.logit.beta, strict=True))
        assert one.kernel.kernel.shape == pytest.approx(fit.tentative.shape + b["log_sl"])
        assert 1 / one.kernel.kernel.scale_m == pytest.approx(1 / fit.tentative.scale_m - b["sl"])
        assert one.kernel.kernel.kappa == pytest.approx(fit.tentative.kappa + b["cos_ta"])
    names, animals = working_estimates(fit)
    assert names == ("ndvi", "step_shape", "step_scale_m", "turning_kappa")
    assert [one.animal for one in animals] == list("ABCDE")
    kernel = fit.animals[2].kernel
    assert kernel is not None
    assert animals[2].value[1] == pytest.approx(math.log(kernel.kernel.shape))
    np.testing.assert_allclose(animals[2].cov[1:, 1:], kernel.working_cov)
    assert np.linalg.eigvalsh(animals[2].cov).min() > 0
    pooled = pool(names, animals, SCALES)
    low, high = pooled.interval(0.999)
    truth = [0.0, math.log(1.5), math.log(900.0), 0.0]
    assert ((low < truth) & (high > truth)).all()


@pytest.mark.skipif(not REAL.is_dir(), reason="measured tracks are not there (../shared/real)")
def test_deer_select_forest(tmp_path: Path) -> None:
    """Forest against the rest, 50 random steps: 0.50 to 0.53, standard error 0.107 (amt)."""
    table = pd.read_csv(REAL / "amt_deer.csv")
    table = table.rename(columns={"x_": "x", "y_": "y", "t_": "timestamp"}).assign(id="deer")
    table.drop(columns="burst_").to_csv(tmp_path / "deer.csv", index=False)
    tracks = read_tracks([tmp_path / "deer.csv"], crs="EPSG:3035", time_zone="UTC")
    six_hours = to_bursts(tracks, interval_min=360, tolerance_min=60)
    files = {"forest": REAL / "amt_sh_forest.tif"}
    terms = parse_terms(["forest[1]"])
    maps = gather(terms, six_hours, tracks.crs, rasters=files)
    fit = fit_selection(six_hours, terms, maps)
    b, se = fit.together.logit.of("forest[1]")
    # 50 random steps leave 1 in 50 of the variance to chance
    assert b == pytest.approx(0.515, abs=0.015 + 2 * se / math.sqrt(50))
    assert se == pytest.approx(0.107, abs=0.003)
    (needs,) = species_selection(fit).told
    assert needs.kind == "not_declared"
    assert needs.words.endswith('forest = { file = "amt_sh_forest.tif", kind = "class" }')
    assert fit.together.kernel is not None
    assert fit.together.kernel.kernel.shape == pytest.approx(0.772, abs=0.033)
