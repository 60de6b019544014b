"""The report on a ranking of links, and its table for the terminal."""

from __future__ import annotations

from pathlib import Path

from corridor_sim.landscape.landscape import Landscape
from corridor_sim.links.rank import LinkResult
from corridor_sim.links.workshop import Workshop


def print_ranking(result: LinkResult) -> None:
    """Print the ranking, the chosen set and how it was confirmed."""
    ranking = result.ranking
    unit = result.settings.cost_unit
    print(f"{'rank':>9}  {'link':50} {'benefit':>8} {'95 % interval':>18} {'right':>6} {'runs':>5}")
    for i in ranking.order:
        span = f"{ranking.rank_low[i]}-{ranking.rank_high[i]}"
        print(
            f"{ranking.rank[i]:3} {span:>5}  {result.links[i].name[:50]:50} "
            f"{ranking.mean[i]:+8.3f} {ranking.low[i]:+8.3f} to {ranking.high[i]:+6.3f} "
            f"{ranking.right[i]:6.0%} {ranking.replicates[i]:5}"
        )
    print(f"stopped: {ranking.stopped}")
    if result.chosen is not None:
        names = ", ".join(result.links[i].name for i in result.chosen.links) or "none"
        print(f"for {result.settings.budget:g} {unit}: {names} ({result.chosen.cost:g} {unit})")
    if result.confirmation is not None:
        print(result.confirmation.sentence)


def write_links_report(result: LinkResult, workshop: Workshop, land: Landscape) -> Path:
    """Write ``report.html`` into the results folder and return its path."""
    raise NotImplementedError
