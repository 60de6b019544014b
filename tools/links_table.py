"""Measure what links cost to tell apart, by dispersers alone and by whole runs, as Markdown.

Usage: ``python tools/links_table.py [--write] [--quick] [--replicates N] [--runs N] [--drawn
N]``; with ``--write`` the text between two markers of ``docs/benchmarks.md`` is replaced. Both rank
the links of ``experiments/andes_links.toml`` by the same outcome, in one process on one thread, the
landscape being built; seconds are of the processor, those of drawn links of the clock.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import common
import numba
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.stats import t as student

from corridor_sim import LinkEvaluator
from corridor_sim.experiment.execution.runner import run_jobs
from corridor_sim.experiment.study import Study, open_study
from corridor_sim.links.candidates import Link, make_links
from corridor_sim.links.dispersal_sets import DispersalSets
from corridor_sim.links.evaluator import RunEvaluator, SetEvaluator
from corridor_sim.links.files import read_links_file

F64 = NDArray[np.float64]
FILE = Path(__file__).parents[1] / "experiments" / "andes_links.toml"
LEVEL = 0.05


def opened(out: Path) -> tuple[Study, list[Link]]:
    """Return the study of the file in a folder, and its links."""
    file, base = read_links_file(FILE)
    study = open_study(file.name, "", [base], file.as_settings(), out, threads=1)
    land = study.landscape_of(base)
    return study, make_links(file.links, land, FILE.parent, str(FILE))


def told_apart(benefits: F64) -> tuple[int, int]:
    """Return how many pairs of rows ``[link, replicate]`` differ: by Bonferroni, and by Holm."""
    n = benefits.shape[1]
    p = []
    for i, j in combinations(range(len(benefits)), 2):
        apart = benefits[i] - benefits[j]
        error = apart.std(ddof=1) / np.sqrt(n)
        p.append(1.0 if error == 0 else 2 * student.sf(abs(apart.mean()) / error, n - 1))
    ordered = np.sort(p)
    m = len(p)
    passed = ordered <= LEVEL / (m - np.arange(m))
    holm = int(np.argmin(passed)) if not passed.all() else m
    return int((ordered <= LEVEL / m).sum()), holm


def measured(sets: SetEvaluator, n: int) -> tuple[F64, float]:
    """Return the benefits of each link ``[link, replicate]`` and the seconds that they took."""
    alone = [frozenset([i]) for i in range(len(sets.links))]
    began = time.process_time()
    found = sets.total(alone, range(n))
    return found, time.process_time() - began


def by_dispersers(n: int) -> tuple[F64, float, float]:
    """Return benefits, seconds in all, and of these the seconds before the first replicate."""
    file, _ = read_links_file(FILE)
    with tempfile.TemporaryDirectory() as folder:
        study, links = opened(Path(folder) / "out")
        began = time.process_time()
        per = file.links.procedure.dispersers_per_replicate
        sets = DispersalSets(
            study,
            links,
            file.links.benefit,
            land=study.landscape_of(study.scenarios[0]),
            dispersers=per,
        )
        setting_up = time.process_time() - began
        found, seconds = measured(sets, n)
        return found, seconds + setting_up, setting_up


def by_runs(n: int) -> tuple[F64, float]:
    """Return benefits and seconds where every set is a scenario of whole runs."""
    file, _ = read_links_file(FILE)
    with tempfile.TemporaryDirectory() as folder:
        study, links = opened(Path(folder) / "out")
        sets = RunEvaluator(
            study,
            links,
            file.links.benefit,
            do_runs=lambda s, runs: run_jobs(s, runs, workers=1, threads=1),
        )
        return measured(sets, n)


def drawn(n: int) -> tuple[float, float, float, float]:
    """Return seconds of the clock to make an evaluator, of answers (median, slowest), and share."""
    _, base = read_links_file(FILE)
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    began = time.perf_counter()
    evaluator = LinkEvaluator(replace(base), replicates=40)
    made = time.perf_counter() - began
    rng, seconds, shares = np.random.default_rng(1), [], []
    places = evaluator.blocks.to_crs("EPSG:4326").geometry.representative_point()
    for at in rng.permutation(len(places))[:n]:
        x, y = places.iloc[at].x + 0.1, places.iloc[at].y + 0.1
        began = time.perf_counter()
        effect = evaluator.evaluate(shapely.box(x - 0.06, y - 0.06, x + 0.06, y + 0.06))
        seconds.append(time.perf_counter() - began)
        shares.append(max(effect.concerned.values()))
    return made, float(np.median(seconds)), max(seconds), float(np.median(shares))


def table(replicates: int, runs: int, n_drawn: int) -> str:
    """Return the whole text."""
    numba.set_num_threads(1)
    new, new_s, setting_up = by_dispersers(replicates)
    old, old_s = by_runs(runs)
    gain = [
        float(a.var(ddof=1) * old_s / runs / (b.var(ddof=1) * new_s / replicates))
        for a, b in zip(old, new, strict=True)
        if a.any() and b.any()
    ]
    low, middle, high = np.percentile(gain, [10, 50, 90])
    rows = []
    for name, found, seconds in (("dispersers alone", new, new_s), ("whole runs", old, old_s)):
        n = found.shape[1]
        error = float(np.median(found.std(axis=1, ddof=1))) / np.sqrt(n)
        each = 1000 * seconds / n / (len(found) + 1)
        told = [str(k) for k in told_apart(found)]
        rows.append([name, str(n), f"{seconds:.0f}", f"{each:.0f}", f"{error:.4f}", *told])
    head = (
        "sixteen links of the Andes at 1 km",
        "replicates",
        "CPU seconds",
        "ms a link and replicate",
        "standard error of a benefit (median), animals a year",
        "of 120 pairs told apart, Bonferroni",
        "Holm",
    )
    made, usual, slowest, share = drawn(n_drawn)
    return "\n".join(
        [
            *common.table(head, rows),
            f"Of the {new_s:.0f} s by dispersers {setting_up:.0f} s were the pilot and the ground "
            "of the links. Information on the benefit of a link (one over its variance) in a CPU "
            f"second: {middle:,.0f} times as much as by whole runs in the median link, {low:,.0f} "
            f"to {high:,.0f} times in eight of ten.",
            "",
            f"A drawn link of 13 x 13 km on the same ground, 40 replicates, all threads: "
            f"{usual:.2f} s by the clock, {slowest:.2f} s at most, in {n_drawn} places; "
            f"{100 * share:.0f} % of the dispersers of the species most concerned walk again. The "
            f"baseline takes {made:.0f} s once, with the landscape.",
        ]
    )


if __name__ == "__main__":
    number = {"type": int}
    args = common.options(
        __doc__ or "",
        "benchmarks.md",
        replicates={**number, "default": 100},
        runs={**number, "default": 6},
        drawn={**number, "default": 12},
    )
    quick = args.quick
    text = table(
        20 if quick else args.replicates, 2 if quick else args.runs, 3 if quick else args.drawn
    )
    common.show(text, "benchmarks.md", "links", write=args.write)
