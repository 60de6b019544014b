"""Measure what links through fifty years cost to rank by tiles, and hold it to whole runs.

Usage: ``python tools/generation_links_table.py [--write] [--quick] [--replicates N] [--runs N]
[--links N]``; with ``--write`` the text between two markers of ``docs/benchmarks.md`` is replaced.
The links are those of ``experiments/andes_links.toml`` on its cleared landscape, which stays so
for fifty years. Numbers by tiles rank all of them at 1 km; the best of those that are told from
nothing, and one that is not, are simulated by whole runs through decades at 3 km, and told by tiles
there again. One process, one thread; seconds are of the processor, the landscape being built.
"""

from __future__ import annotations

import tempfile
import time
import tomllib
from pathlib import Path
from typing import NamedTuple

import common
import numba
import numpy as np
import tomli_w
from numpy.typing import NDArray
from scipy.stats import t as student

from corridor_sim.config.links import LinksFile
from corridor_sim.experiment.execution.runner import run_jobs
from corridor_sim.experiment.study import Study, open_study
from corridor_sim.links.candidates import Link, make_links
from corridor_sim.links.evaluator import RunEvaluator, SetEvaluator
from corridor_sim.links.files import read_links_file
from corridor_sim.links.generation_sets import GenerationSets

F64 = NDArray[np.float64]
FILE = Path(__file__).parents[1] / "experiments" / "andes_links.toml"
YEARS, LEVEL = 50, 0.05


class Opened(NamedTuple):
    """A study of the links through decades on one size of cells."""

    file: LinksFile
    study: Study
    links: list[Link]
    runs: RunEvaluator
    tiles: GenerationSets


def through_decades(folder: Path, cell_m: int) -> Path:
    """Write the links file with fifty years for its days, and return its path."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    base = data["base"]
    del base["days"], base["tracks"]
    base |= {"years": YEARS, "life_cycle": {"days_per_season": 5, "genes": False}}
    base["species"] = {key: {} for key in base["species"]}
    base["landscape"]["cell_m"] = cell_m
    folder.mkdir(exist_ok=True)
    path = folder / "links.toml"
    path.write_text(tomli_w.dumps(data), encoding="utf-8")
    return path


def opened(folder: Path, cell_m: int) -> Opened:
    """Return the study in a folder; its landscape is built here."""
    path = through_decades(folder, cell_m)
    file, base = read_links_file(path)
    study = open_study(file.name, "", [base], file.as_settings(), folder / "out", threads=1)
    study.runs = ()
    land = study.landscape_of(base)
    links = make_links(file.links, land, folder, str(path))
    runs = RunEvaluator(
        study,
        links,
        file.links.benefit,
        do_runs=lambda s, jobs: run_jobs(s, jobs, workers=1, threads=1),
    )
    tiles = GenerationSets(
        study, links, file.links.benefit, land=land, procedure=file.links.procedure, runs=runs
    )
    return Opened(file, study, links, runs, tiles)


def measured(sets: SetEvaluator, links: list[int], n: int) -> tuple[F64, float]:
    """Return the benefits of links alone ``[link, replicate]`` and the seconds that they took."""
    began = time.process_time()
    found = sets.total([frozenset([i]) for i in links], range(n))
    return found, time.process_time() - began


def interval(values: F64) -> tuple[F64, F64]:
    """Return means of rows and half the widths of their intervals."""
    n = values.shape[1]
    half = student.isf(LEVEL / 2, n - 1) * values.std(axis=1, ddof=1) / np.sqrt(n)
    return values.mean(axis=1), half


def shown(mean: float, half: float) -> str:
    """Write a mean with its interval."""
    return f"{mean:+.3f} ± {half:.3f}"


def table(replicates: int, runs: int, n_links: int) -> str:
    """Return the whole text."""
    numba.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        fine = opened(Path(folder) / "fine", 1000)
        # with what is made once: tiles, starts, numbers at rest
        began = time.process_time()
        fine.tiles.total([], range(1))
        first = time.process_time() - began
        found, seconds = measured(fine.tiles, list(range(len(fine.links))), replicates)
        mean, half = interval(found)
        order = np.argsort(-mean)
        clear = [int(i) for i in order if mean[i] - half[i] > 0]
        some = [*clear[: n_links - 1], int(order[-1])]
        coarse = opened(Path(folder) / "coarse", 3000)
        again, _ = measured(coarse.tiles, some, replicates)
        lived, cost = measured(coarse.runs, some, runs)
    rows = [
        [str(k + 1), fine.links[i].name, shown(mean[i], half[i]), "yes" if i in clear else ""]
        for k, i in enumerate(order)
    ]
    beside = zip(some, *interval(again), *interval(lived), strict=True)
    sides = [
        [fine.links[i].name, shown(mean[i], half[i]), shown(a, b), shown(c, d)]
        for i, a, b, c, d in beside
    ]
    ranked = f"animals a year joining, by tiles at 1 km, {replicates} replicates"
    return "\n".join(
        [
            f"Sixteen links over {YEARS} years at 1 km by tiles: {seconds + first:.0f} CPU seconds "
            f"for {replicates} replicates of all links and the baseline, one thread, of which "
            f"{first:.0f} s before the second replicate.",
            "",
            *common.table(("rank", "link", ranked, "told from nothing"), rows),
            f"Of these {len(some)} by whole runs through {YEARS} years at 3 km ({runs} replicates, "
            f"{cost:.0f} CPU seconds with the baseline's), beside tiles at the same 3 km:",
            "",
            *common.table(("link", "tiles, 1 km", "tiles, 3 km", "whole runs, 3 km"), sides),
        ]
    )


if __name__ == "__main__":
    number = {"type": int}
    args = common.options(
        __doc__ or "",
        "benchmarks.md",
        replicates={**number, "default": 6},
        runs={**number, "default": 4},
        links={**number, "default": 4},
    )
    quick = args.quick
    text = table(2 if quick else args.replicates, 2 if quick else args.runs, args.links)
    common.show(text, "benchmarks.md", "generation-links", write=args.write)
