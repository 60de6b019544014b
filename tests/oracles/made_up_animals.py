"""Animals that are made up with known numbers, moved by the program and looked at by a collar."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter
from scipy.special import digamma

from corridor_sim import Landscape, Species, load_species
from corridor_sim.config.load import Resolved, load_scenario
from corridor_sim.species.gaits import process_of
from corridor_sim.species.ranging import Process, stationary
from corridor_sim.species.tables import gamma_of, mean_cosine
from corridor_sim.telemetry.simulated import simulate_like
from corridor_sim.telemetry.species_file import species_text
from corridor_sim.telemetry.steps import concentration
from corridor_sim.telemetry.tracks import Tracks
from oracles.user_files import raster

CRS, CENTRE = "EPSG:32717", (750_000.0, 9_550_000.0)
FINEST_M = 0.02
SIDE, CELL_M = 350, 200.0


class Gait(NamedTuple):
    """One behaviour: gamma steps and von Mises turns."""

    shape: float
    scale_m: float
    kappa: float


class MadeUp(NamedTuple):
    """An animal: range, minutes of a step, behaviours and what follows what, days of collar."""

    name: str
    home_range_km2: float
    step_min: int
    gaits: tuple[Gait, ...]
    chain: tuple[tuple[float, ...], ...] = ((1.0,),)
    days: int = 365


NAMES = ("encamped", "travelling")
DEER = MadeUp("6 h, turns back", 71.0, 360, (Gait(0.772, 472.0, -0.182),))
CAT = MadeUp("3 h, goes on", 60.0, 180, (Gait(0.8, 500.0, 0.4),))
TWO = MadeUp(
    "3 h, encamped and travelling",
    300.0,
    180,
    (Gait(0.8, 60.0, -0.3), Gait(1.5, 700.0, 0.8)),
    ((0.8, 0.2), (0.3, 0.7)),
)

TIGHT = TWO._replace(name="the same in a range of a quarter", home_range_km2=75.0)


def species_of(made: MadeUp, beta: float = 0.0) -> Species:
    """Return a species whose residents, of both sexes, are such animals, active at all hours.

    With ``beta`` they select ``wood``, and nothing else.
    """
    data: dict[str, Any] = load_species("jaguar").model_dump(mode="json", exclude_none=True)
    if beta:
        data["selection"] = {
            "standardise": "none",
            "combine": "alone",
            "coefficients": {"wood": beta},
        }
    move = data["movement"]
    move.pop("step_h", None)
    move |= {"step_min": made.step_min, "steps_per_day": 1440 // made.step_min, "day_start_h": 0}
    move["activity"] = [1.0] * 24
    move["rest_probability"] |= {"value": 0.0, "low": 0.0}
    whole = together(made)
    who = {
        "home_range_km2": _trait(made.home_range_km2),
        "tau_d": _trait(10.0),
        "step_shape": _trait(whole.shape),
        "step_scale_m": _trait(whole.scale_m),
        "turning_kappa": _trait(whole.kappa),
    }
    if len(made.gaits) > 1:
        who["states"] = [
            {
                "name": name,
                "step_shape": _trait(one.shape),
                "step_scale_m": _trait(one.scale_m),
                "turning_kappa": _trait(one.kappa),
                "to": dict(zip(NAMES, row, strict=True)),
            }
            for name, one, row in zip(NAMES, made.gaits, made.chain, strict=True)
        ]
    for sex in ("female", "male"):
        move[sex]["resident"] = who
    return Species.model_validate(data)


def _trait(value: float) -> Any:
    return {"value": value, "low": value, "high": value, "source": "made up", "confidence": 4}


def together(made: MadeUp) -> Gait:
    """Return the gamma and von Mises that steps of all behaviours together are fitted by."""
    share = stationary(np.array(made.chain))
    means = np.array([one.shape * one.scale_m for one in made.gaits])
    logs = np.array([_mean_log(one) for one in made.gaits])
    cosine = float(share @ [float(mean_cosine(one.kappa)) for one in made.gaits])
    mean = float(share @ means)
    shape = gamma_of(math.log(mean) - float(share @ logs))
    return Gait(shape, mean / shape, concentration(cosine))


def moved(made: MadeUp, off: Mapping[str, float]) -> MadeUp:
    """Return an animal of one behaviour that differs on the working scale by so much."""
    (gait,) = made.gaits
    return made._replace(
        home_range_km2=made.home_range_km2 * math.exp(off["home_range_km2"]),
        gaits=(
            Gait(
                gait.shape * math.exp(off["step_shape"]),
                gait.scale_m * math.exp(off["step_scale_m"]),
                gait.kappa + off["turning_kappa"],
            ),
        ),
    )


def _mean_log(one: Gait) -> float:
    return float(digamma(one.shape)) + math.log(one.scale_m)


def theory_of(species: Species) -> Process:
    """Return the moments of its residents."""
    return process_of(species.movement, species.movement.female.resident)


def looked_at(days: int, step_min: int, seed: int, names: Sequence[str] = ("a",)) -> Tracks:
    """Return times of a collar that loses one fix in thirty and, six times, some days."""
    tables = []
    for i, name in enumerate(names):
        rng = np.random.default_rng((seed, i))
        minutes = np.arange(0, days * 1440, step_min, dtype=float)
        kept = rng.random(minutes.size) >= 1 / 30
        for begin in rng.uniform(0, days, 6):
            day = minutes / 1440
            kept &= (day < begin) | (day > begin + rng.uniform(0.5, 4.0))
        kept[[0, -1]] = True
        times = pd.Timestamp("2021-01-01") + pd.to_timedelta(minutes[kept], unit="min")
        tables.append(
            pd.DataFrame({"animal": name, "time": times, "x_m": CENTRE[0], "y_m": CENTRE[1]})
        )
    return Tracks(pd.concat(tables, ignore_index=True), CRS, "UTC")


def walked(
    species: Species | Mapping[str, Species],
    fixes: Tracks,
    *,
    land: Landscape | None = None,
    copies: int = 1,
    seed: int = 1,
) -> list[Tracks]:
    """Return the tracks of animals, each by itself, without a word of their bursts."""
    names = fixes.animals
    found = simulate_like(
        species,
        land,
        fixes,
        n_per_animal=copies,
        seed=seed,
        centres=dict.fromkeys(names, CENTRE),
        sexes=dict.fromkeys(names, "female"),
    )
    table = found.table.drop(columns="burst")
    # places are kept in single precision, some centimetres; below it they are drawn, or a few steps
    # in thousands would be 0 m long, which no gamma distribution has
    rng = np.random.default_rng(seed)
    table[["x_m", "y_m"]] += rng.uniform(-FINEST_M, FINEST_M, (len(table), 2))
    return [
        replace(found, table=one.reset_index(drop=True))
        for _, one in table.groupby("animal", sort=False)
    ]


def scenario(folder: Path, species: Species, seed: int = 5) -> Resolved:
    """Write a country of patchy wood, 70 km wide, with the species, and return it as read."""
    rng = np.random.default_rng(seed)
    wood = gaussian_filter(rng.normal(size=(SIDE, SIDE)), 2.5)
    wood = (wood - wood.mean()) / wood.std()
    west, north = CENTRE[0] - SIDE * CELL_M / 2, CENTRE[1] + SIDE * CELL_M / 2
    place = {"west": west, "north": north, "cell": CELL_M}
    raster(folder / "dem.tif", np.full((SIDE, SIDE), 500.0, np.float32), **place)
    raster(folder / "wood.tif", wood.astype(np.float32), **place)
    data = species.model_dump(mode="json", exclude_none=True)
    for sex in ("female", "male"):
        for stage in data["movement"][sex].values():
            if not stage.get("states"):
                stage.pop("states", None)
    (folder / "cat.toml").write_text(species_text(data, ["Made up."]), "utf-8")
    (folder / "s.toml").write_text(
        'name = "Made up"\n[landscape]\nelevation = "dem.tif"\n'
        '[landscape.covariates]\nwood = { file = "wood.tif" }\n'
        '[species.jaguar]\nfile = "cat.toml"\n',
        "utf-8",
    )
    return load_scenario(folder / "s.toml")
