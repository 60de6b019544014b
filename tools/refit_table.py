"""Made-up animals: what is put in, what comes out, and how often 95 % intervals of a fit hold it.

Usage: ``python tools/refit_table.py [--repeats 50] [--write]``; with ``--write`` the tables between
the two markers in ``docs/fit-evidence.md`` are replaced. Animals are made up with known numbers,
moved by the movement kernel, looked at by a collar for a year, and fitted by the parts of
``corridor-sim fit`` in their order. One core, four minutes at 50 repeats.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import common
import numpy as np
from common import table

from corridor_sim.telemetry.bursts import to_bursts
from corridor_sim.telemetry.samples import samples_of, square_displacements
from corridor_sim.telemetry.steps import fit_steps
from corridor_sim.telemetry.tracks import Tracks
from oracles.made_up_animals import (
    CAT,
    CENTRE,
    DEER,
    TIGHT,
    TWO,
    MadeUp,
    looked_at,
    species_of,
    theory_of,
    together,
    walked,
)
from oracles.refitted import Held, refit, refit_population, refit_selection, truth_of

BETA, ANIMALS, POPULATION = 0.5, 8, DEER._replace(days=180)
ENOUGH, AT_MOST = 0.90, 0.99
AREA_95 = -2.0 * math.log(0.05) * math.pi


class Measured(NamedTuple):
    """What is measured of an animal's steps and range."""

    shape: float
    scale_m: float
    median_m: float
    kappa: float
    day_km2: float
    area_km2: float
    tau_d: float


class Row(NamedTuple):
    """A measure's words, how far it may be off, and whether that is a share."""

    words: str
    bound: float
    is_share: bool = True


ROWS = (
    Row("gamma shape of steps", 0.05),
    Row("gamma scale of steps, m", 0.05),
    Row("median step, m", 0.10),
    Row("concentration of turns", 0.05, False),
    Row("mean square displacement in a day, km²", 0.20),
    Row("95 % home range, km²", 0.10),
    Row("crossing time, d", 0.20),
)


def put_in(made: MadeUp) -> Measured:
    """Return what the animal was made with; its median step from a million drawn ones."""
    rng, whole = np.random.default_rng(1), together(made)
    truth = truth_of(made).numbers
    share = theory_of(species_of(made)).share
    state = rng.choice(len(made.gaits), 1_000_000, p=share)
    shape, scale = (np.array([one[i] for one in made.gaits])[state] for i in (0, 1))
    return Measured(
        whole.shape,
        whole.scale_m,
        float(np.median(scale * rng.gamma(shape))),
        whole.kappa,
        float(theory_of(species_of(made)).displacement_m2(1440 // made.step_min)[-1]) / 1e6,
        made.home_range_km2,
        truth["tau_d"],
    )


def comes_out(made: MadeUp, repeats: int, held: Held) -> Measured:
    """Return the same as measured of all animals' fixes together, the crossing time as fitted."""
    seen = walked(species_of(made), looked_at(made.days, made.step_min, 1), copies=repeats)
    lengths, turns, day, area = [], [], [], []
    for one in seen:
        steps = to_bursts(one).steps
        lengths.append(steps["length_m"].to_numpy())
        turns.append(steps["turn_rad"].to_numpy())
        day.append(_in_a_day(one, made.step_min))
        place = one.table[["x_m", "y_m"]].to_numpy()
        area.append(float(((place - CENTRE) ** 2).sum(axis=1).mean()) / 2)
    length = np.concatenate(lengths)
    fit = fit_steps(length, np.concatenate(turns))
    taus = [math.log(one.value) for one in held["tau_d"] if one.value > 0]
    return Measured(
        fit.shape,
        fit.scale_m,
        float(np.median(length)),
        fit.kappa,
        float(np.mean(day)) / 1e6,
        AREA_95 * float(np.mean(area)) / 1e6,
        math.exp(float(np.mean(taus))),
    )


def _in_a_day(tracks: Tracks, step_min: int) -> float:
    lag = np.array([1440 // step_min])
    return float(square_displacements(samples_of(tracks, step_min), lag)[0][0, 0])


def kept(made: MadeUp, repeats: int, held: Held) -> list[str]:
    """Return the lines of what is put in and what comes out."""
    rows = []
    for row, given, seen in zip(ROWS, put_in(made), comes_out(made, repeats, held), strict=True):
        off = seen / given - 1.0 if row.is_share else seen - given
        rows.append(
            [
                row.words,
                f"{given:.4g}",
                f"{seen:.4g}",
                f"{off:+.1%}" if row.is_share else f"{off:+.3f}",
                f"{row.bound:.0%}" if row.is_share else f"{row.bound:g}",
                "yes" if abs(off) <= row.bound else "no",
            ]
        )
    head = ["measure", "put in", "comes out", "off by", "tolerance", "reached"]
    return table(head, rows, "---:")


def held_by(held: Held) -> list[str]:
    """Return the lines of how often intervals hold the truth."""
    rows = []
    for name, ones in held.items():
        values = np.array([one.value for one in ones])
        known = np.isfinite(values) & np.isfinite([one.low for one in ones])
        share = held.share(name)
        verdict = "yes" if ENOUGH <= share <= AT_MOST else "no"
        if share > AT_MOST:
            verdict = "all hold it"
        rows.append(
            [
                f"`{name}`",
                f"{ones[0].truth:.4g}",
                f"{values[known].mean():.4g}",
                f"{values[known].std(ddof=1):.2g}" if known.sum() > 1 else "",
                f"{held.count(name)} of {len(ones)}",
                verdict,
            ]
        )
    head = ["parameter", "truth", "mean estimate", "its spread", "intervals that hold it"]
    return table([*head, "90-99 %"], rows, "---:")


def section(title: str, lines: list[str]) -> str:
    """Return a part of the text."""
    return "\n".join([f"### {title}", "", *lines])


def main() -> None:
    """Print the tables, or write them into the page."""
    more = {"repeats": {"type": int, "default": 50, "help": "animals, or populations, a table"}}
    args = common.options(__doc__ or "", "fit-evidence.md", quick=False, **more)
    parts = []
    for made in (DEER, CAT, TWO, TIGHT):
        held = refit(made, args.repeats)
        title = f"{made.name}, home range {made.home_range_km2:g} km², {made.days} days"
        parts.append(section(title, [*kept(made, args.repeats, held), *held_by(held)]))
    chosen = refit_selection(CAT, BETA, args.repeats)
    parts.append(section(f"{CAT.name}, selecting `wood` by {BETA:g}", held_by(chosen)))
    herd = refit_population(POPULATION, ANIMALS, args.repeats)
    title = f"Means of {ANIMALS} animals that differ, 6 h, {POPULATION.days} days"
    parts.append(section(title, held_by(herd)))
    common.show("\n" + "\n".join(parts), "fit-evidence.md", "made-up animals", write=args.write)


if __name__ == "__main__":
    main()
