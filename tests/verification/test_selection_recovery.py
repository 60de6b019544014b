"""Made-up tracks, fitted by integrated step selection, give back what made them.

Animals step by a gamma and a von Mises distribution, select by a number and by a class, and keep to
the centre of a range, by a potential or by steps that are drawn towards it; one kind meets roads,
which it passes with a chance or stays. The conditional
likelihood of a step among random ones is exact, so the information matrix gives the standard
errors, and intervals of 95 % must hold the truth as often as they say: of all parameters together
in 90 to 99 % of the repeats, and of each in as many as the binomial distribution allows.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from rasterio.crs import CRS
from scipy import stats

from corridor_sim.telemetry.available import Attraction
from corridor_sim.telemetry.back import SCALES, working_estimates
from corridor_sim.telemetry.covariates import Place, Surface, Surfaces
from corridor_sim.telemetry.pooling import pool
from corridor_sim.telemetry.selection import Attract, fit_selection
from corridor_sim.telemetry.tracks import Bursts
from oracles.made_selection import ROAD_EVERY, Ground, Truth, made_ground, made_steps
from oracles.verdict import TAIL, Verdict

REPEATS, N_STEPS = 50, 1000
CODE = "EPSG:32717"
Z95 = float(stats.norm.isf(0.025))


def maps(ground: Ground) -> Surfaces:
    crs = CRS.from_user_input(CODE)
    place = Place(ground.west_m, -ground.west_m, ground.cell_m, ground.cell_m, crs, crs)
    number = Surface("number", "continuous", ground.number[None].astype(np.float32), place)
    forest = Surface("forest", "class", ground.forest[None].astype(np.float32), place)
    road = np.broadcast_to(np.arange(ground.forest.shape[1]) % ROAD_EVERY == 0, ground.forest.shape)
    roads = Surface("road", "class", road[None].astype(np.float32), place)
    return Surfaces({"number": number, "forest": forest, "road": roads}, CODE)


def standardised(truth: Truth, attract: Attract, sigma_m: float) -> tuple[list[str], np.ndarray]:
    """Return names, and errors in standard errors, ``[repeats, parameters]``."""
    ground = made_ground()
    # animals do not meet, so those of all repeats walk together
    tracks = made_steps(truth, ground, REPEATS, N_STEPS, seed=20)
    true = {
        "number": truth.beta,
        "forest[1]": truth.beta_forest,
        "attraction": truth.pull_km2,
        "crossings(road)": math.log(truth.passes),
        "step_shape": math.log(truth.shape),
        "step_scale_m": math.log(float(truth.scale_m)),
        "turning_kappa": truth.kappa,
    }
    found = []
    for name, own in tracks.groupby("animal", sort=False):
        table = pd.DataFrame(own)
        ranges = Attraction({str(name): (0.0, 0.0)}, {str(name): sigma_m})
        fit = fit_selection(
            Bursts(table, table, 180.0, 10.0),
            ["number", "forest[1]", *(["crossings(road)"] if truth.passes < 1 else [])],
            maps(ground),
            attraction=ranges,
            attract=attract,
        )
        names, (one,) = working_estimates(fit)
        off = one.value - [true[each] for each in names]
        found.append(off / np.sqrt(np.diagonal(one.cov)))
    return list(names), np.array(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("attract", "truth"),
    [
        ("term", Truth(pull_km2=0.6)),
        ("term", Truth(pull_km2=0.6, passes=0.4)),
        ("both", Truth(kappa=-0.3, shape=0.8, scale_m=350.0, v_m2=1.5e6)),
    ],
    ids=["potential", "roads", "drawn"],
)
def test_intervals_hold_the_truth(attract: Attract, truth: Truth, verdict: Verdict) -> None:
    names, off = standardised(truth, attract, math.sqrt(truth.v_m2))
    assert off.shape == (REPEATS, 7 if truth.passes < 1 else 6)
    held = (np.abs(off) <= Z95).sum(axis=0)
    print(dict(zip(names, held, strict=True)), off.mean(axis=0), off.std(axis=0))
    least = int(stats.binom.ppf(TAIL / 6, REPEATS, 0.95))
    for name, count in zip(names, held.tolist(), strict=True):
        verdict.above(
            f"95 % intervals of {name} that hold the truth, of {REPEATS}",
            "0.95 of them",
            least,
            count,
            "exact binomial, tail 3.4e-6",
        )
    share = held.sum() / off.size
    verdict.between("share of all 95 % intervals that hold the truth", "0.95", 0.90, 0.99, share)
    for name, mean in zip(names, off.mean(axis=0).tolist(), strict=True):
        verdict.close(
            f"mean of {REPEATS} standardised errors of {name}",
            "no bias",
            0.0,
            mean,
            1 / math.sqrt(REPEATS),
        )


@pytest.mark.slow
def test_pooled_means_and_differences_of_animals(verdict: Verdict) -> None:
    """Animals that differ, each fitted by itself and pooled: means, and the spread between them."""
    animals, mean, spread = 8, {"number": 0.6, "step_scale_m": math.log(250.0)}, 0.3
    rng = np.random.default_rng(3)
    own = rng.normal(size=(2, REPEATS * animals, 1)) * spread
    truth = Truth(beta=0.6 + own[0], scale_m=250.0 * np.exp(own[1]))
    ground = made_ground()
    tracks = made_steps(truth, ground, REPEATS * animals, 250, seed=30)
    held = dict.fromkeys(mean, 0)
    between: dict[str, list[float]] = {name: [] for name in mean}
    group = tracks["animal"].str[1:].astype(int) // animals
    for _, table in tracks.groupby(group, sort=False):
        fit = fit_selection(
            Bursts(pd.DataFrame(table), pd.DataFrame(table), 180.0, 10.0),
            ["number", "forest[1]"],
            maps(ground),
            n_random=20,
        )
        names, estimates = working_estimates(fit)
        pooled = pool(names, estimates, SCALES)
        low, high = pooled.interval()
        for name, value in mean.items():
            j = names.index(name)
            held[name] += int(low[j] <= value <= high[j])
            between[name].append(float(pooled.between[j, j]))
    least = int(stats.binom.ppf(TAIL / 2, REPEATS, 0.95))
    for name in mean:
        what = f"95 % intervals of the mean {name} of {animals} animals that hold the truth"
        verdict.above(f"{what}, of {REPEATS}", "0.95 of them", least, held[name], "exact binomial")
        seen = np.array(between[name])
        verdict.close(
            f"variance of {name} between animals, mean of {REPEATS} groups",
            "what it was drawn with",
            spread**2,
            float(seen.mean()),
            float(seen.std(ddof=1)) / math.sqrt(REPEATS),
        )
    share = sum(held.values()) / (REPEATS * len(held))
    verdict.between("share of intervals of means that hold the truth", "0.95", 0.90, 0.99, share)
