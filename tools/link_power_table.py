"""Show how many replicates tell links apart, from the runs of a ranking that is done, as Markdown.

Usage: ``python tools/link_power_table.py FOLDER [--write]`` with the folder of a ``corridor-sim
links rank``; with ``--write`` the text between the two markers of ``docs/decision.md`` is replaced.
Nothing is simulated: the spread of the differences between links is that of the runs there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import common
import numpy as np
from numpy.typing import NDArray

from corridor_sim import RankingResults, open_results
from corridor_sim.config.links import LinkSettings
from corridor_sim.config.load import Resolved
from corridor_sim.decision.power import replicates_to_tell
from corridor_sim.errors import CorridorSimError, ResultsError
from corridor_sim.experiment.study import Study, reopen_study
from corridor_sim.landscape.edits.linking import BuildLink
from corridor_sim.links.dispersal_sets import FOLDER
from corridor_sim.links.evaluator import RunEvaluator
from corridor_sim.statistics.moments import moments

DIFFERENCES = (0.01, 0.02, 0.05)
SPREADS = (("median pair", 0.5), ("one pair in ten is noisier", 0.9), ("noisiest pair", 1.0))
POWER = 0.8


def benefits(folder: Path) -> tuple[NDArray[np.float64], LinkSettings]:
    """Return the benefit of each link alone, ``[link, replicate]``, NaN where it was not run."""
    if (folder / FOLDER).is_dir():
        return _of_dispersers(folder)
    study = reopen_study(folder)
    settings = LinkSettings.model_validate(study.settings["links"])

    def refuse(study: Study, runs: object) -> None:
        """Leave what is missing missing: reading it says so."""

    # The runs that ranked a link are the first ones. There may be more of the same link: where it
    # is the whole chosen set, it was simulated again with fresh draws, and some lie between.
    ranked = {str(name): n for name, n in _ranked(folder)}
    before = _links(study.scenarios[0])
    scenarios = {
        dict(one.levels).get("links"): at
        for at, one in enumerate(study.scenarios)
        if _links(one) == before + 1
    }
    missing = [name for name in ranked if name not in scenarios]
    if missing:
        raise ResultsError(
            f"has no runs of the link {missing[0]!r}",
            where=folder,
            remedy="call corridor-sim links rank again, which makes links.json anew",
        )
    alone = sorted((scenarios[name], n) for name, n in ranked.items())
    sets = {frozenset([i]): at for i, (at, _) in enumerate(alone)} | {frozenset(): 0}
    evaluator = RunEvaluator(study, (), settings.benefit, do_runs=refuse, scenarios=sets)
    links = [frozenset([i]) for i in range(len(alone))]
    # benefits are in shares of the baseline of the first look, as in the ranking
    evaluator.benefits(links, range(settings.procedure.first_replicates))
    out = np.full((len(alone), max(n for _, n in alone)), np.nan)
    for i, (_, n) in enumerate(alone):
        out[i, :n] = evaluator.total([links[i]], range(n))[0]
    return out, settings


def _of_dispersers(folder: Path) -> tuple[NDArray[np.float64], LinkSettings]:
    """Return the same of links that were told by dispersers alone."""
    found = open_results(folder)
    assert isinstance(found, RankingResults)
    ranked = found.ranked
    counts = [int(n) for n in ranked.result.ranking.replicates]
    out = np.full((len(counts), max(counts)), np.nan)
    for i, n in enumerate(counts):
        out[i, :n] = ranked.evaluator.total([frozenset([i])], range(n))[0]
    return out, ranked.result.settings


def _ranked(folder: Path) -> list[tuple[str, int]]:
    """Return the links of a ranking that is done, and the replicates that ranked each."""
    path = folder / "links.json"
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["links"]
        found = [(str(row["name"]), int(row["replicates"])) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as bad:
        raise ResultsError(
            f"cannot be read ({type(bad).__name__})",
            where=path,
            remedy="name the folder of a finished corridor-sim links rank, or call that again",
        ) from bad
    if len(found) < 2:
        raise ResultsError("holds fewer than two links", where=path)
    return found


def _links(one: Resolved) -> int:
    """Return how many links a scenario builds, at once or in some year."""
    change = one.scenario.change
    events = () if change is None else change.events
    edits = (*one.scenario.edits, *(event.edit for event in events))
    return sum(isinstance(edit, BuildLink) for edit in edits)


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
    ]
    head = ["sd of the difference from replicate to replicate"]
    factor, unit = settings.benefit.factor, settings.benefit.shown_unit
    what = "replicates" if (folder / FOLDER).is_dir() else "runs"
    head += [f"{factor * d:g} {unit} apart" for d in DIFFERENCES]
    rows = []
    for name, share in SPREADS:
        sd = float(f"{np.quantile(found.sd, share):.2g}")
        cells = []
        for difference in DIFFERENCES if sd > 0 else ():
            n = replicates_to_tell(
                difference,
                sd,
                k,
                power=POWER,
                confidence=rule.confidence,
                first=rule.first_replicates,
                batch=rule.batch,
            )
            cells.append(f"{n} ({n * (k + 1):,} {what})")
        cells = cells or ["no telling: they never differed"] * len(DIFFERENCES)
        rows.append([f"{factor * sd:.2g} {unit} ({name})", *cells])
    return "\n".join(lines + common.table(head, rows)).rstrip()


def main() -> int:
    """Print the table; return 0, or 2 where the folder holds no ranking."""
    args = common.options(__doc__, "decision.md", quick=False, FOLDER={"type": Path})
    try:
        common.show(page(args.FOLDER), "decision.md", "power", write=args.write)
    except CorridorSimError as bad:
        print(f"link_power_table: {bad}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
