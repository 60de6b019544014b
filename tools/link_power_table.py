"""Show how many replicates tell links apart, from the runs of a ranking that is done, as Markdown.

Usage: ``python tools/link_power_table.py FOLDER [--write]`` with the folder of a ``corridor-sim
links rank``; with ``--write`` the text between the two markers of ``docs/decision.md`` is replaced.
Nothing is simulated: the spread of the differences between links is that of the runs there.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from marked import show
from numpy.typing import NDArray

from corridor_sim.decision.bounds import moments
from corridor_sim.decision.power import replicates_to_tell
from corridor_sim.links.settings import LinkSettings
from corridor_sim.links.workshop import Workshop
from corridor_sim.study.execute import Study, reopen_study
from corridor_sim.study.plan import Run

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "decision.md"
DIFFERENCES = (0.01, 0.02, 0.05)
SPREADS = (("median pair", 0.5), ("one pair in ten is noisier", 0.9), ("noisiest pair", 1.0))
POWER = 0.8


def benefits(folder: Path) -> tuple[NDArray[np.float64], LinkSettings]:
    """Return the benefit of each link alone, ``[link, replicate]``, NaN where it was not run."""
    study = reopen_study(folder)
    settings = LinkSettings.model_validate(study.settings["links"])

    def refuse(study: Study, runs: object) -> None:
        """Leave what is missing missing: reading it says so."""

    done: dict[int, list[Run]] = {}
    for run in study.runs:
        done.setdefault(run.scenario, []).append(run)
    ranked = json.loads((folder / "links.json").read_text(encoding="utf-8"))["links"]
    names = {str(link["name"]) for link in ranked}
    alone = [at for at, one in enumerate(study.scenarios) if dict(one.levels).get("links") in names]
    sets = {frozenset([i]): at for i, at in enumerate(alone)} | {frozenset(): 0}
    workshop = Workshop(study, (), settings.benefit, refuse, scenarios=sets)
    links = [frozenset([i]) for i in range(len(alone))]
    # benefits are in shares of the baseline of the first look, as in the ranking
    workshop.benefits(links, range(settings.procedure.first_replicates))
    most = max(len(done[at]) for at in alone)
    out = np.full((len(alone), most), np.nan)
    for i, at in enumerate(alone):
        n = len(done[at])
        out[i, :n] = workshop.total([links[i]], range(n))[0]
    return out, settings


def page(folder: Path) -> str:
    """Return the table and what it says of the folder."""
    values, settings = benefits(folder)
    k = len(values)
    first, second = np.triu_indices(k, 1)
    found = moments(values[first] - values[second])
    rule = settings.procedure
    lines = [
        f"{k} links, {found.count.min()} to {found.count.max()} replicates, {first.size} pairs; "
        f"confidence {100 * rule.confidence:g} % for all verdicts together, first look at "
        f"{rule.first_replicates}, chance of the verdict {100 * POWER:g} %.",
        "",
        "| sd of the difference from replicate to replicate | "
        + " | ".join(f"{100 * d:g} % apart" for d in DIFFERENCES) + " |",
        "|---|" + "---|" * len(DIFFERENCES),
    ]  # fmt: skip
    for name, share in SPREADS:
        sd = float(f"{np.quantile(found.sd, share):.2g}")
        cells = []
        for difference in DIFFERENCES:
            n = replicates_to_tell(
                difference, sd, k, power=POWER, confidence=rule.confidence,
                first=rule.first_replicates, batch=rule.batch,
            )  # fmt: skip
            cells.append(f"{n} ({n * (k + 1):,} runs)")
        lines.append(f"| {100 * sd:.2g} % ({name}) | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help="into docs/decision.md")
    args = parser.parse_args()
    show(page(args.folder), PAGE, "power", write=args.write)


if __name__ == "__main__":
    main()
