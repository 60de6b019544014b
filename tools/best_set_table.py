"""Show what looking for the best set takes beside ranking all links, as Markdown.

Usage: ``python tools/best_set_table.py [--quick] [--write]``; with ``--write`` the text between the
two markers of ``docs/decision.md`` is replaced. Links are made ones whose benefits are known; both
ways meet the same random numbers, the same budget of replicates and the same indifference.
"""

from __future__ import annotations

from collections.abc import Callable

import common
import numpy as np

from corridor_sim.decision.best_set import Purchase, find_best_set, pick_clear
from corridor_sim.decision.interactions import estimate_interactions
from corridor_sim.decision.portfolio import Surrogate, choose_links
from corridor_sim.decision.selection import TOLD, Effort, rank_alternatives
from corridor_sim.decision.sets import affordable
from oracles.made_links import CASES, MadeLinks

SEEDS, QUICK = 60, 6
BUDGETS = (600, 20_000)
NAMES = {
    "alone": "10 links, 4 of them worth nothing",
    "rare": "the same, each acting in 3 of 10 replicates",
    "pairs": "8 links, 3 of 5 pairs interact",
    "threes": "the same, and three links interact",
}


def shortfall(made: MadeLinks, links: tuple[int, ...]) -> float:
    """Return by how much the best set is better than the chosen one, in truth."""
    sets = affordable(made.cost, made.budget)
    assert sets is not None
    mine = np.isin(np.arange(made.n), list(links))[None]
    return float(made.truth(sets).max() - made.truth(mine)[0])


def by_set(made: MadeLinks, effort: Effort) -> tuple[float, int, bool, bool]:
    """Return shortfall, replicates, whether it was settled, and whether the regret held."""
    buys = Purchase(made.cost, made.budget)
    pick = pick_clear(buys, effort)
    found = find_best_set(made.sample, buys, effort, pick, further=lambda *_: made.parts)
    short = shortfall(made, found.links)
    return short, found.runs, found.settled, short <= found.regret + 1e-9


def by_order(made: MadeLinks, effort: Effort) -> tuple[float, int, bool, bool]:
    """Return the same of a full ranking, then pairs, then the best of what they add up to."""
    first = range(effort.first)
    pairs = sorted(sorted(part) for part in made.parts if len(part) == 2)
    singles = [frozenset([i]) for i in range(made.n)]
    left = Effort(effort.budget - len(pairs) * len(first), effort.indifference)
    ranking = rank_alternatives(
        lambda who, when: made.sample([singles[i] for i in who], when), made.n, left, draws=2
    )
    clear = (ranking.low > 0) | (ranking.high < 0)
    main = np.where(clear, ranking.mean, 0.0)
    at = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    together = (
        made.sample([frozenset(pair) for pair in pairs], first)
        if pairs
        else np.empty((0, len(first)))
    )
    found = estimate_interactions(made.sample(singles, first), at, together)
    worth = Surrogate.of(made.cost, main, found.pairs, found.kept)
    best = choose_links(worth, made.budget, indifference=effort.indifference)
    runs = ranking.runs + len(pairs) * len(first)
    return shortfall(made, best.links), runs, ranking.stopped == TOLD, True


def row(
    name: str,
    seeds: int,
    budget: int,
    way: Callable[[MadeLinks, Effort], tuple[float, int, bool, bool]],
) -> list[str]:
    """Return what one way took, how often it ended, and how near to the best set it came."""
    cases = [CASES[name](seed) for seed in range(seeds)]
    found = np.array([way(made, Effort(budget, made.zone)) for made in cases], dtype=float)
    zone = np.array([made.zone for made in cases])
    within = found[:, 0] <= zone + 1e-9
    held = f"{100 * found[:, 3].mean():.1f} %" if way is by_set else ""
    return [
        f"{np.median(found[:, 1]):,.0f}",
        f"{100 * found[:, 2].mean():.0f} %",
        f"{100 * within.mean():.1f} %",
        f"{(found[:, 0] / zone).mean():.2f}",
        held,
    ]


def page(seeds: int) -> str:
    """Return the table."""
    head = [
        "links",
        "budget",
        "replicates are spent on",
        "replicates (median)",
        "done before the budget",
        "within the indifference of the best set",
        "falls short of it by, in indifferences",
        "no set was better by more than was said",
    ]
    rows = []
    for name, words in NAMES.items():
        for budget in BUDGETS:
            for what, way in (("the best set", by_set), ("the order of all", by_order)):
                first = what == "the best set"
                rows.append(
                    [
                        words if first and budget == BUDGETS[0] else "",
                        f"{budget:,}" if first else "",
                        what,
                        *row(name, seeds, budget, way),
                    ]
                )
    zone = "indifference 0.6 or 0.8 standard deviations of one replicate of a link"
    lines = [f"{seeds} studies each; {zone}.", ""]
    return "\n".join(lines + common.table(head, rows)).rstrip()


def main() -> None:
    """Print the table."""
    args = common.options(__doc__, "decision.md")
    common.show(page(QUICK if args.quick else SEEDS), "decision.md", "best set", write=args.write)


if __name__ == "__main__":
    main()
