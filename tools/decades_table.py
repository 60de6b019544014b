"""Measure what runs through decades cost, and print it as Markdown.

Usage: ``python tools/decades_table.py [--quick] [--write]``. With ``--write`` the text between the
two markers of ``docs/decades.md`` is replaced. In full it takes about a quarter of an hour on a
quiet machine of two cores; ``--quick`` shows in a minute that it works.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import common
import numpy as np
from common import table
from machine import OtherPrograms, describe

KEYS = ("jaguar", "andean_bear", "mountain_tapir", "andean_condor")
TARGET_S, TARGET_MB, TARGET_YEARS = 180.0, 2000.0, 20.0
# what the experiment of 2075 takes as business as usual
WHOLE = """
name = "Decades"
years = {years}
replicates = 1
[landscape]
cell_m = {cell_m}
[life_cycle]
days_per_season = {days}
capacity_scale = {scale}
environmental_sd = 0.1
[change]
update_every_y = 5
[change.climate]
ssp = "SSP2-4.5"
[change.clearing]
rate = 0.0075
"""


class Watch:
    """Seconds and calls of functions, by a name for each."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.calls: dict[str, int] = {}

    def over(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its time taken."""

        def timed(*args: Any, **more: Any) -> Any:
            begin = time.perf_counter()
            try:
                return function(*args, **more)
            finally:
                taken = time.perf_counter() - begin
                self.seconds[name] = self.seconds.get(name, 0.0) + taken
                self.calls[name] = self.calls.get(name, 0) + 1

        return timed


def one_run(settings: dict[str, Any]) -> dict[str, Any]:
    """Do one run of four species in this process and return what it took, by part."""
    from corridor_sim.config.load import as_data, load_scenario
    from corridor_sim.experiment.execution.runner import run_jobs
    from corridor_sim.experiment.study import open_study
    from corridor_sim.landscape.timeline.timeline import Timeline
    from corridor_sim.simulation.decades import simulation as decades
    from corridor_sim.simulation.decades import simulator as decades_simulator

    began = time.perf_counter()
    watch = Watch()
    results: list[Any] = []
    live = watch.over("live", decades_simulator.live)
    decades_simulator.live = lambda *a, **k: results.append(live(*a, **k)) or results[-1]
    decades_simulator._genes = watch.over("genes", decades_simulator._genes)
    decades.make_habitat = watch.over("fields", decades.make_habitat)
    decades.burn_in = watch.over("burn_in", decades.burn_in)
    Timeline.at = watch.over("landscapes", Timeline.at)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "decades.toml"
        path.write_text(WHOLE.format(**settings), encoding="utf-8")
        one = load_scenario(path)
        study = open_study(one.name, "", (one,), as_data(one.scenario), Path(folder) / "out")
        opened = time.perf_counter()
        run_jobs(study, workers=1, threads=study.threads)
    done = time.perf_counter()
    return {
        "wall_s": done - began,
        "opening_s": opened - began,
        "seconds": watch.seconds,
        "calls": watch.calls,
        "start": {r.key: float(r.yearly[0, 0]) for r in results},
        "burn_in_y": {r.key: int(r.burn_in_y) for r in results},
        "animal_steps": sum(r.animal_steps for r in results),
        "animal_years": float(sum(r.yearly[1:, 0].sum() for r in results)),
        "pedigree_rows": sum(int(r.pedigree["ident"].size) for r in results),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "forecast_s": study.expected.seconds,
        "forecast_mb": study.expected.peak_bytes / 1e6,
    }


def in_child(settings: dict[str, Any]) -> dict[str, Any]:
    """Return :func:`one_run` of a process of its own, whose peak memory is its own."""
    words = [sys.executable, __file__, "--child", json.dumps(settings)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=common.ROOT)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def whole(settings: dict[str, Any]) -> list[str]:
    """Return lines on one long run, its parts, its memory and the forecast of it."""
    found = in_child(settings)
    years = settings["years"]
    part, calls = found["seconds"], found["calls"]
    numbers = ", ".join(
        f"{found['start'][k]:,.0f} {k} (burn-in {found['burn_in_y'][k]} years)" for k in KEYS
    )
    animals = sum(found["start"].values())
    inside = part.get("fields", 0.0) + part.get("landscapes", 0.0)
    rest = found["wall_s"] - found["opening_s"] - part["burn_in"] - part["live"] - part["genes"]
    rows = [
        ["opening: landscape, checks, forecast", f"{found['opening_s']:.1f} s"],
        ["burn-ins", f"{part['burn_in']:.1f} s"],
        [f"{years} years of all species, fields aside", f"{part['live'] - inside:.1f} s"],
        [
            f"landscapes of other years ({calls.get('landscapes', 0)} askings)",
            f"{part.get('landscapes', 0.0):.1f} s",
        ],
        [f"fields of a species on a landscape, {calls['fields']} times", f"{part['fields']:.1f} s"],
        ["genes, trees included", f"{part['genes']:.1f} s"],
        ["measuring and writing", f"{max(rest, 0.0):.1f} s"],
        ["**in all**", f"**{found['wall_s']:.0f} s** {reach(found['wall_s'], TARGET_S, 's')}"],
        [
            "peak memory, pedigree included",
            f"**{found['peak_mb']:,.0f} MB** {reach(found['peak_mb'], TARGET_MB, 'MB')}",
        ],
        [
            "forecast before it began",
            f"{found['forecast_s']:.0f} s, {found['forecast_mb']:,.0f} MB",
        ],
    ]
    return [
        f"One run of {years} years at {settings['cell_m'] / 1000:g} km, `days_per_season` "
        f"{settings['days']}, `capacity_scale` {settings['scale']}: {animals:,.0f} animals at the "
        f"start ({numbers}); {found['animal_years'] / 1e3:,.0f} thousand animal-years, "
        f"{found['animal_steps'] / 1e6:,.0f} million animal-steps, {found['pedigree_rows']:,} "
        "animals in the pedigrees.",
        "",
        *table(["part", "measured"], rows),
    ]


def reach(value: float, target: float, unit: str) -> str:
    met = "reached" if value <= target else "**not reached**"
    return f"(target {target:,.0f} {unit}: {met})"


def line(key: str, cell_m: float, scales: list[float], days: list[int], years: int) -> list[str]:
    """Return the line of processor time against animal-steps and animal-years of one species."""
    from corridor_sim.config.build import load_landscape
    from corridor_sim.config.life_cycle import LifeCycleSettings
    from corridor_sim.simulation.days.simulation import use_threads
    from corridor_sim.simulation.decades.simulation import BurnIns, DecadesContext, live
    from corridor_sim.species.reader import load_species

    use_threads(1)
    land, species = load_landscape(cell_m=cell_m), load_species(key)
    points = []
    for scale in scales:
        for n in days:
            life = LifeCycleSettings(
                days_per_season=n, capacity_scale=scale, burn_in={"at_most_y": 2}
            )
            context = DecadesContext([species], land, life)
            past = BurnIns(context, 1).population(key, 0)
            begin = time.process_time()
            result = live(context, past, key, years)
            taken = time.process_time() - begin
            points.append((result.animal_steps, result.yearly[1:, 0].sum(), taken))
    steps, lived, seconds = np.array(points).T
    design = np.stack([steps, lived, np.full(steps.size, float(years))], axis=1)
    # relative residuals: small runs count as much as large ones
    found = np.linalg.lstsq(design / seconds[:, None], np.ones(seconds.size), rcond=None)[0]
    fitted = design @ found
    r2 = 1 - ((seconds - fitted) ** 2).sum() / ((seconds - seconds.mean()) ** 2).sum()
    worst = np.abs(fitted / seconds - 1).max()
    exponent = np.polyfit(
        np.log(steps), np.log(np.maximum(seconds - fitted + found[0] * steps, 1e-9)), 1
    )[0]
    return [
        key,
        f"{steps.min() / 1e6:.1f} to {steps.max() / 1e6:.1f} million",
        f"{found[0] * 1e9:.0f} ns",
        f"{found[1] * 1e6:.1f} µs",
        f"{found[2] * 1e3:.0f} ms",
        f"{r2:.4f}",
        f"{worst:.0%}",
        f"{exponent:.2f}",
    ]


def alone(key: str, animals: int, years: int) -> list[str]:
    """Return years a second of the life cycle without movement."""
    from corridor_sim.config.build import load_landscape
    from corridor_sim.config.life_cycle import LifeCycleSettings
    from corridor_sim.simulation.days.simulation import use_threads
    from corridor_sim.simulation.decades.simulation import BurnIns, DecadesContext, live
    from corridor_sim.species.reader import load_species

    use_threads(1)
    land, species = load_landscape(), load_species(key)
    plain = LifeCycleSettings(movement=False, burn_in={"at_most_y": 0})
    first = BurnIns(DecadesContext([species], land, plain), 1).population(key, 0)
    scale = animals / len(first.population.individuals)
    life = plain.model_copy(update={"capacity_scale": scale})
    context = DecadesContext([species], land, life)
    past = BurnIns(context, 1).population(key, 0)
    live(context, BurnIns(context, 1).population(key, 0), key, 1)  # compiles
    begin = time.process_time()
    result = live(context, past, key, years)
    per_year = (time.process_time() - begin) / years
    mean = result.yearly[1:, 0].mean()
    speed = mean / animals / per_year
    met = "" if speed >= TARGET_YEARS else " **not reached**"
    return [key, f"{mean:,.0f}", f"{1 / per_year:.1f}", f"{speed:.1f}{met}"]


def page(quick: bool) -> str:
    others = OtherPrograms()
    size = {"years": 50, "cell_m": 1000, "days": 15, "scale": 2.0}
    scales, days, years, cell_m = [0.5, 1.0, 2.0, 4.0], [5, 15, 60], 5, 1000.0
    animals, alone_y = 100_000, 10
    if quick:
        size = {"years": 6, "cell_m": 5000, "days": 5, "scale": 0.3}
        scales, days, years, cell_m, animals, alone_y = [0.5, 1.0], [3, 10], 2, 5000.0, 5000, 2
    out = whole(size)
    print("one run: done", file=sys.stderr, flush=True)
    head = [
        "species",
        "animal-steps",
        "a step",
        "an animal and year",
        "a year",
        "R²",
        "largest misfit",
        "exponent of steps",
    ]
    rows = []
    for key in KEYS:
        rows.append(line(key, cell_m, scales, days, years))
        print(f"{key}: {rows[-1]}", file=sys.stderr, flush=True)
    out += [
        f"Processor time of {len(scales) * len(days)} runs of {years} years each on one thread, "
        f"`capacity_scale` {', '.join(map(str, scales))} by `days_per_season` "
        f"{', '.join(map(str, days))}, fitted as steps × (a step) + animals × years × (an animal "
        "and year) + years × (a year):",
        "",
        *table(head, rows),
    ]
    rows = [alone(key, animals, alone_y) for key in KEYS]
    head = ["species", "animals", "years a second", f"with {animals:,} animals (target 20)"]
    out += ["Life cycle alone (`movement = false`), processor time of one thread:", ""]
    out += table(head, rows)
    busy = f"Other programs took {others.share():.0%} of its processor time meanwhile."
    return "\n".join([f"Machine: {describe()} {busy}", "", *out]).rstrip()


def main() -> None:
    child = {"help": argparse.SUPPRESS}
    args = common.options(__doc__, "decades.md", child=child)
    os.chdir(common.ROOT)
    if args.child:
        print(json.dumps(one_run(json.loads(args.child))))
        return
    common.show(page(args.quick), "decades.md", "cost", write=args.write)


if __name__ == "__main__":
    main()
