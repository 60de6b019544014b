"""Show what sampling the days of residents changes in every outcome of decades, as Markdown.

Residents are moved on all days of the year, and on 60, 30, 15 and 5 of each half-year, each of
which then stands for several. Runs of one replicate share seed and animals; differences are paired.

Usage: ``python tools/sampling_table.py [--replicates 6] [--quick] [--write]``. With ``--write`` the
text between the two markers of ``docs/decades.md`` is replaced. In full it takes about twenty
minutes on a quiet machine of two cores; ``--quick`` shows in a minute or two that it works.
"""

from __future__ import annotations

import math
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

import common
from common import table
from machine import describe

FULL = 183
DAYS = (60, 30, 15, 5)
# a difference that matters: clear of chance, and larger than this share of the value
MATERIAL = 0.05
# shares, where a share of the share says little: this much of the whole
MATERIAL_SHARE = 0.02
EXPERIMENT = """
name = "Sampled days"
[base]
name = "{full}"
years = {years}
replicates = {replicates}
seed = 1
tracks = 0
[base.landscape]
cell_m = {cell_m}
[base.life_cycle]
days_per_season = {full}
environmental_sd = 0.1
burn_in = {{ at_most_y = {burn_in} }}
genes = {{ trees = false }}
[base.change]
update_every_y = 5
[base.change.climate]
ssp = "SSP2-4.5"
[base.change.clearing]
rate = 0.0075
"""


def run(size: dict[str, Any]) -> tuple[Any, dict[str, float]]:
    """Return the comparison of all numbers of days, and seconds of a run by scenario."""
    from corridor_sim.comparison.tables import compare
    from corridor_sim.config.load import as_data, load_experiment
    from corridor_sim.experiment.execution.runner import run_jobs
    from corridor_sim.experiment.study import open_study
    from corridor_sim.progress import progress

    text = EXPERIMENT.format(full=FULL, **size)
    for days in size["days"]:
        text += f'[beside."{days}"]\nset = {{ "life_cycle.days_per_season" = {days} }}\n'
    with tempfile.TemporaryDirectory() as folder, progress(quiet=False) as listener:
        path = Path(folder) / "sampled.toml"
        path.write_text(text, encoding="utf-8")
        design = load_experiment(path)
        one = design.experiment
        out = Path(folder) / "out"
        study = open_study(one.name, "", design.scenarios, as_data(one), out, listener=listener)
        listener.say(f"forecast: {study.expected}")
        run_jobs(study, workers=1, threads=study.threads, listener=listener)
        name_of = {r.ident: study.scenarios[r.scenario].name for r in study.runs}
        seconds: dict[str, list[float]] = {}
        for row in (out / "timings.tsv").read_text(encoding="utf-8").splitlines():
            ident, taken, *_ = row.split("\t")
            if ident in name_of:
                seconds.setdefault(name_of[ident], []).append(float(taken))
        found = compare(study)
    return found, {name: statistics.median(values) for name, values in seconds.items()}


def is_material(row: Any, base: float) -> bool:
    """Whether a difference is clear of chance and large enough to matter."""
    if not (row.clear and math.isfinite(base)):
        return False
    least = MATERIAL_SHARE if _is_share(row.outcome) else MATERIAL * abs(base)
    return bool(abs(row.difference) > least)


def _is_share(outcome: str) -> bool:
    from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES

    return DECADES_OUTCOMES[outcome].unit == "1" and not outcome.startswith("mortality")


def cells(found: Any, key: str, days: tuple[int, ...]) -> tuple[list[list[str]], list[str]]:
    """Return the table of one species, and what is material, in words."""
    from corridor_sim.simulation.decades.outcomes import DECADES_OUTCOMES

    rows, said = [], []
    summary = found.summary.query(f"species == '{key}' and scenario == '{FULL}'")
    base_of = summary.set_index("outcome")["mean"]
    effects = found.effects.query(f"species == '{key}'").set_index(["outcome", "scenario"])
    for outcome, meaning in DECADES_OUTCOMES.items():
        base = float(base_of[outcome])
        if not math.isfinite(base):
            continue
        unit = "" if meaning.unit == "1" else f" {meaning.unit}"
        row = [f"{meaning.label}{unit and ','}{unit}", number(base, meaning.decimals)]
        for n in days:
            one = effects.loc[(outcome, str(n))].copy()
            one["outcome"] = outcome
            row.append(difference(one, base, meaning.decimals))
            if is_material(one, base):
                row[-1] = f"**{row[-1]}**"
                said.append((n, meaning.label, one.difference / base if base else math.nan))
        rows.append(row)
    words = []
    for n in days:
        mine = [f"{label} ({change:+.0%})" for m, label, change in said if m == n]
        words.append(f"{n} days: {', '.join(mine) if mine else 'none'}")
    return rows, words


def number(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}" if math.isfinite(value) else "undefined"


def difference(row: Any, base: float, decimals: int) -> str:
    """Return a difference with its interval, in the unit of the outcome."""
    if not math.isfinite(row.difference):
        return "undefined"
    digits = decimals + (1 if abs(base) < 100 and decimals < 3 else 0)
    text = f"{row.difference:+,.{digits}f}"
    if math.isfinite(row.low):
        text += f" ({row.low:+,.{digits}f} to {row.high:+,.{digits}f})"
    return text


def page(size: dict[str, Any]) -> str:
    found, seconds = run(size)
    days = tuple(size["days"])
    out = [
        f"Built-in landscape at {size['cell_m'] / 1000:g} km, {size['years']} years after a "
        f"burn-in of at most {size['burn_in']}, SSP2-4.5, 0.75 % of the forest cleared a year, "
        f"{size['replicates']} replicates. Seconds a run, burn-in of the first included: "
        + ", ".join(f"{n} days {seconds.get(str(n), math.nan):.0f}" for n in (FULL, *days))
        + f". Machine: {describe()}",
        "",
        f"Column {FULL}: value with all days. Other columns: difference to it, paired, with its "
        "95 % interval. **Bold**: the interval leaves out 0 and the difference exceeds "
        f"{MATERIAL:.0%} of the value ({MATERIAL_SHARE:g} for shares). Of so many intervals one in "
        "twenty leaves out 0 by chance.",
        "",
    ]
    for key in found.runs["species"].unique():
        rows, words = cells(found, key, days)
        out += [f"### {key}", "", "What differs materially. " + ". ".join(words) + ".", ""]
        out += table(["outcome", str(FULL), *map(str, days)], rows)
    return "\n".join(out).rstrip()


def main() -> None:
    few = {"type": int, "default": 6, "help": "[6]"}
    args = common.options(__doc__, "decades.md", replicates=few)
    os.chdir(common.ROOT)
    size: dict[str, Any] = {
        "cell_m": 2000,
        "years": 20,
        "burn_in": 60,
        "replicates": args.replicates,
        "days": DAYS,
    }
    if args.quick:
        size |= {"cell_m": 5000, "years": 4, "burn_in": 4, "replicates": 2, "days": (30, 5)}
    common.show(page(size), "decades.md", "sampling", write=args.write)


if __name__ == "__main__":
    main()
