"""A fit on some animals or months, and how well it predicts the rest.

What is predicted of an animal is where it spends its time: a utilisation distribution. It is held
against the fixes that the fit did not see, beside two yardsticks: what the model itself gives (the
fixes of one simulated copy against the others, the best that can be hoped for) and what chance
gives (time spread evenly over the circle of three standard deviations about the range centre).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim.errors import CorridorSimError
from corridor_sim.kernels.states import RESIDENT
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.languages import mark, tr, tr_plural, written
from corridor_sim.species.traits import Species
from corridor_sim.telemetry.check_words import MINUS
from corridor_sim.telemetry.overlap import (
    Cells,
    bandwidth_m,
    bhattacharyya_affinity,
    boyce_index,
    cells_around,
    looked_up,
    utilisation,
    volume_of_intersection,
)
from corridor_sim.telemetry.samples import Sample, samples_of
from corridor_sim.telemetry.simulated import COPIES, mean_place, simulate
from corridor_sim.telemetry.tracks import Told, Tracks

F64 = NDArray[np.float64]
Split = Literal["animals", "months"]
Refit = Callable[[Tracks], Species]

# share of each record that the fit sees where months are held out
SEEN = 2 / 3
FOLDS = 3
# fewer fixes do not make a utilisation distribution
FEWEST_FIXES = 30
ROOM_SIGMA = 3.0
# sets of places drawn by chance
CHANCES = 99
MEASURES = ("boyce", "affinity", "intersection")
LABELS = {
    "boyce": mark("continuous Boyce index"),
    "affinity": mark("Bhattacharyya affinity"),
    "intersection": mark("volume of intersection"),
}


@dataclass(frozen=True, slots=True)
class HoldOut:
    """How well the rest was predicted.

    Attributes
    ----------
    split : {"animals", "months"}
        What was held out.
    rows : pandas.DataFrame
        One row an animal held out and ground of the prediction: ``animal``, ``ground``, ``fixes``,
        ``days``, and for each of ``boyce``, ``affinity`` and ``intersection`` the value of the
        observed rest, the mean and the ends of 90 % of what the model gives of its own copies
        (``_model``, ``_model_low``, ``_model_high``) and of chance (``_chance``, ``_chance_low``,
        ``_chance_high``).
    told : tuple of Told
        Who could not be held out, and why.
    """

    split: Split
    rows: pd.DataFrame
    told: tuple[Told, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What came of it, one plain sentence a ground."""
        return tuple(_words(self.split, self.rows))

    @property
    def figures(self) -> tuple[str, ...]:
        """The medians of the three measures, one sentence a ground."""
        return tuple(_figures(self.rows))


def hold_out(
    fixes: Tracks,
    refit: Refit,
    *,
    interval_min: float,
    whole: Tracks | None = None,
    split: Split = "months",
    land: Landscape | None = None,
    sexes: Mapping[str, str] | None = None,
    copies: int = COPIES,
    seed: int = 1,
    stage: int = RESIDENT,
) -> HoldOut:
    """Fit on a part of the fixes and compare what follows of the rest with the rest.

    Months: the fit sees the first two thirds of each record; the rest is predicted about the range
    centre of the part seen. Animals: each of three folds is predicted from the fit to the others,
    about the mean of its own fixes, since no fit to others can tell where an animal lives.

    Parameters
    ----------
    fixes : Tracks
        With a column ``burst``, in the landscape's coordinate system.
    refit : callable
        Returns the species as fitted to a part of the fixes.
    interval_min : float
    whole : Tracks, optional
        All fixes of the same animals, of which the fit sees the part; by default ``fixes``.
    split : {"months", "animals"}
    land : Landscape, optional
        Predictions are made on it beside flat ground.
    """
    rows: list[dict[str, object]] = []
    told: list[Told] = []
    if split == "animals" and fixes.table["animal"].nunique() < 2:
        words = "there is one animal: none can be predicted from the others; hold out months"
        told.append(Told("not_held_out", words))
    for seen, rest, centres in _parts(fixes, whole or fixes, interval_min, split):
        kept = [one for one in rest if one.n >= FEWEST_FIXES]
        told += [_too_few(one) for one in rest if one.n < FEWEST_FIXES]
        if not kept:
            continue
        try:
            species = refit(seen)
        except CorridorSimError as bad:
            told.append(Told("not_held_out", f"no fit to the part of the fixes seen: {bad}"))
            continue
        for ground, on in (("flat ground", None), ("landscape", land)):
            if ground == "landscape" and on is None:
                continue
            made = simulate(
                species,
                on,
                kept,
                copies=copies,
                seed=seed,
                centres=centres,
                sexes=sexes,
                stage=stage,
            )
            told += list(made.told)
            by_name = {one.animal: one for one in kept}
            rows += [
                _row(by_name[one.animal], one, species, centres[one.animal], ground, seed)
                for one in made.samples
            ]
    return HoldOut(split, pd.DataFrame(rows), tuple(told))


def _too_few(one: Sample) -> Told:
    words = (
        f"{one.animal} is not held out: {one.n} fixes are fewer than the {FEWEST_FIXES} of which a "
        "map of its use can be made"
    )
    return Told("not_held_out", words, one.animal, one.n)


Part = tuple[Tracks, list[Sample], dict[str, tuple[float, float]]]


def _parts(fixes: Tracks, whole: Tracks, interval_min: float, split: Split) -> Iterator[Part]:
    """Yield the fixes that a fit sees, those it does not, and range centres."""
    samples = samples_of(fixes, interval_min)
    if split == "months":
        first = [one.part(one.elapsed_min <= SEEN * one.elapsed_min[-1]) for one in samples]
        rest = [one.part(one.elapsed_min > SEEN * one.elapsed_min[-1]) for one in samples]
        ends = {one.animal: one.time[-1] for one in first}
        yield (
            _where(whole, lambda animal, time: time <= ends[animal]),
            [one for one in rest if one.n],
            {one.animal: mean_place(one) for one in first},
        )
        return
    n = min(FOLDS, len(samples))
    for fold in range(n if n > 1 else 0):
        out = samples[fold::n]
        names = {one.animal for one in out}

        def others(animal: str, _: pd.Timestamp, held: set[str] = names) -> bool:
            return animal not in held

        yield _where(whole, others), out, {one.animal: mean_place(one) for one in out}


def _where(fixes: Tracks, keep: Callable[[str, pd.Timestamp], bool]) -> Tracks:
    table = fixes.table
    times = pd.DatetimeIndex(table["time"])
    utc = times.tz_localize("UTC") if times.tz is None else times.tz_convert("UTC")
    kept = [keep(str(a), t) for a, t in zip(table["animal"], utc, strict=True)]
    return replace(fixes, table=table[np.array(kept, np.bool_)].reset_index(drop=True))


def _row(
    observed: Sample,
    simulated: Sample,
    species: Species,
    centre: tuple[float, float],
    ground: str,
    seed: int,
) -> dict[str, object]:
    """Return the row of one animal."""
    sexes = (species.movement.female, species.movement.male)
    sigma = max(one.resident.sigma_m for one in sexes)
    cells = cells_around(centre, ROOM_SIGMA * sigma)
    days = np.unique(np.floor(observed.elapsed_min / 1440.0)).size
    # one kernel for all, so that what is compared is use and not its smoothing
    width = bandwidth_m(observed.xy_m[0, :, 0], observed.xy_m[0, :, 1], days)
    width = max(width, float(cells.x_m[1] - cells.x_m[0]))
    uses = np.array([_use(xy, cells, width) for xy in simulated.xy_m])
    row: dict[str, object] = {
        "animal": observed.animal,
        "ground": ground,
        "fixes": observed.n,
        "days": days,
    }
    real = compared_with(observed.xy_m[0], uses.mean(axis=0), cells, width)
    own = [
        compared_with(simulated.xy_m[k], _without(uses, k), cells, width)
        for k in range(simulated.copies)
    ]
    chance = _by_chance(uses.mean(axis=0), observed, cells, width, int(days), seed)
    for i, name in enumerate(MEASURES):
        row[name] = real[i]
        for word, each in (("model", own), ("chance", chance)):
            row |= _ends(f"{name}_{word}", np.array([one[i] for one in each]))
    return row


def _use(xy: F64, cells: Cells, width: float) -> F64:
    return utilisation(xy[:, 0], xy[:, 1], cells, width)


def _without(uses: F64, k: int) -> F64:
    """Return the mean use of all copies but one; of one copy alone, its own."""
    if len(uses) == 1:
        return np.asarray(uses[0], float)
    return np.asarray((uses.sum(axis=0) - uses[k]) / (len(uses) - 1), float)


def compared_with(
    xy: F64, predicted: F64, cells: Cells, width_m: float
) -> tuple[float, float, float]:
    """Return Boyce's index, affinity and intersection of places and a prediction.

    Parameters
    ----------
    xy : float64 ``[n, 2]``
        Metres.
    predicted : float64 ``[row, column]``
        Shares of time.
    cells : Cells
    width_m : float
        Of the kernel that makes a utilisation distribution of the places.

    Returns
    -------
    tuple of float
        NaN where no place lies in the area compared.
    """
    use = _use(xy, cells, width_m)
    seen = looked_up(predicted, xy[:, 0], xy[:, 1], cells)
    boyce = boyce_index(predicted[cells.inside], seen).value
    if not use.sum() > 0:
        return boyce, math.nan, math.nan
    return boyce, bhattacharyya_affinity(use, predicted), volume_of_intersection(use, predicted)


def _by_chance(
    predicted: F64, observed: Sample, cells: Cells, width: float, days: int, seed: int
) -> list[tuple[float, float, float]]:
    """Return the same of sets of places spread evenly over the area, one place for each day."""
    rng = np.random.default_rng((seed, zlib.crc32(observed.animal.encode())))
    radius = float(cells.x_m[-1] - cells.x_m[0]) / 2 * cells.x_m.size / (cells.x_m.size - 1)
    middle = float(cells.x_m.mean()), float(cells.y_m.mean())
    found = []
    for _ in range(CHANCES):
        away = radius * np.sqrt(rng.random(days))
        angle = 2 * np.pi * rng.random(days)
        xy = np.stack([middle[0] + away * np.cos(angle), middle[1] + away * np.sin(angle)], axis=1)
        found.append(compared_with(xy, predicted, cells, width))
    return found


def _ends(name: str, each: F64) -> dict[str, object]:
    have = each[np.isfinite(each)]
    if not have.size:
        return {name: math.nan, f"{name}_low": math.nan, f"{name}_high": math.nan}
    low, high = np.quantile(have, (0.05, 0.95))
    return {name: float(have.mean()), f"{name}_low": float(low), f"{name}_high": float(high)}


def _words(split: Split, rows: pd.DataFrame) -> Iterator[str]:
    """Yield what came of it: how often the prediction beat chance, and was as good as it can be."""
    if not len(rows):
        return
    what = (
        tr("the last third of the record")
        if split == "months"
        else tr("animals that the fit did not see, about their own range centres")
    )
    for ground, own in rows.groupby("ground", sort=False):
        n = len(own)
        better = _count(own["boyce"] > own["boyce_chance_high"])
        usual = _count(own["affinity"] >= own["affinity_model_low"])
        yield tr_plural(
            "On {ground}, predicting {what}: {better} of {n} animal used the places that were "
            "predicted, more than chance gives; of {usual} of {n} the map of use is as near to the "
            "prediction as that of an animal of the model itself.",
            "On {ground}, predicting {what}: {better} of {n} animals used the places that were "
            "predicted, more than chance gives; of {usual} of {n} the map of use is as near to the "
            "prediction as that of an animal of the model itself.",
            n,
            ground=_on(ground),
            what=what,
            better=better,
            usual=usual,
        )


def _on(ground: object) -> str:
    """Name a ground as it stands in a sentence."""
    return tr("the landscape") if ground == "landscape" else tr(str(ground))


def _figures(rows: pd.DataFrame) -> Iterator[str]:
    if not len(rows):
        return
    for ground, own in rows.groupby("ground", sort=False):
        parts = [
            tr(
                "{measure} {value} (the model's own animals {model}, chance {chance})",
                measure=tr(LABELS[name]),
                value=_two(own[name].median()),
                model=_two(own[f"{name}_model"].median()),
                chance=_two(own[f"{name}_chance"].median()),
            )
            for name in MEASURES
        ]
        told = ", ".join(parts)
        yield tr("Medians of the animals on {ground}: {told}.", ground=_on(ground), told=told)


def _two(value: float) -> str:
    return written(f"{value:.2f}").replace("-", MINUS)


def _count(which: Sequence[bool] | pd.Series) -> int:
    return int(np.asarray(which, np.bool_).sum())
