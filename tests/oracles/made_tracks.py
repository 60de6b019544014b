"""Tracks of animals that are made up, and files of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

START = np.datetime64("2020-03-01T00:00:00")
F64 = NDArray[np.float64]


def ranging(
    rng: np.random.Generator,
    n: int,
    *,
    at: tuple[float, float] = (0.0, 0.0),
    sigma_m: float = 1500.0,
) -> F64:
    """Places ``[n, 2]`` of an Ornstein-Uhlenbeck animal, tau of ten fixes, in metres."""
    out = np.empty((n, 2))
    out[0] = rng.normal(0.0, sigma_m, 2)
    keeps = np.exp(-0.1)
    for i in range(1, n):
        out[i] = keeps * out[i - 1] + sigma_m * np.sqrt(1 - keeps**2) * rng.normal(size=2)
    return out + np.array(at)


def rows(name: str, xy: F64, hours: Sequence[float] | F64) -> list[str]:
    """Lines ``id,t,x,y`` around 500 km east and 7,840 km north of a southern UTM zone."""
    seconds = np.round(np.asarray(hours, float) * 3600).astype("timedelta64[s]")
    times = [str(t).replace("T", " ") for t in START + seconds]
    return [
        f"{name},{t},{x + 5e5!r},{y + 7.84e6!r}"
        for t, (x, y) in zip(times, xy.tolist(), strict=True)
    ]


def table(folder: Path, animals: Mapping[str, tuple[F64, Sequence[float] | F64]]) -> Path:
    """A file of animals, each with places in metres and hours."""
    lines = ["id,t,x,y"]
    for name, (xy, hours) in animals.items():
        lines += rows(name, xy, hours)
    path = folder / "tracks.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
