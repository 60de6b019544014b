"""A ranking as plain data, for ``links.json``."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import numpy as np

from corridor_sim.decision.portfolio import Portfolio
from corridor_sim.links.effects import ROUNDING, finite, still
from corridor_sim.links.money import LIFTED, PERHAPS, ForMoney
from corridor_sim.links.rank import LinkResult
from corridor_sim.links.reference import Reference, agreement, ranks_of


def summary_of(result: LinkResult) -> dict[str, Any]:
    """Return a result as plain data, for ``links.json``."""
    ranking, money = result.ranking, result.money
    names = [link.name for link in result.links]

    def of_set(found: Portfolio, money: ForMoney | None) -> dict[str, Any]:
        return {
            "links": [names[i] for i in found.links],
            "cost": found.cost,
            "benefit": found.benefit,
            "equal_sets": [[names[i] for i in one] for one in found.ties],
            **({} if money is None else _for_money(result, money, ends=True)),
        }

    data: dict[str, Any] = {
        "links": [
            {
                "name": names[i],
                "cost": result.links[i].cost,
                "area_km2": round(result.links[i].area_km2, 2),
                "rank": int(ranking.rank[i]),
                "rank_low": int(ranking.rank_low[i]),
                "rank_high": int(ranking.rank_high[i]),
                "equal_rank": ranking.letters[i],
                **_written("benefit", ranking.mean[i], ranking.low[i], ranking.high[i]),
                "rank_right": float(ranking.right[i]),
                "rank_right_within": float(ranking.right_within[i]),
                "replicates": int(ranking.replicates[i]),
                **({} if money is None else _for_money(result, money.links[i])),
            }
            for i in ranking.order
        ],
        "stopped": ranking.stopped,
        "runs": result.runs,
        "frontier": [
            of_set(*p) for p in zip_longest(result.frontier, money.frontier if money else ())
        ],
    }
    if result.best is not None:
        data["best_set"] = result.best.sentence
    if result.chosen is not None:
        data["chosen"] = of_set(result.chosen, None if money is None else money.chosen)
        if result.regret is not None and np.isfinite(result.regret):
            data["chosen"]["another_may_be_better_by"] = result.regret
    if result.confirmation is not None:
        data["confirmation"] = result.confirmation.sentence
    if result.decades is not None:
        data["confirmed_by_runs"] = result.decades.benefit.sentence
    if result.interactions is not None:
        found = result.interactions
        data["pairs"] = [
            {
                "links": [names[i], names[j]],
                "species": key,
                **_written("interaction", found.estimate[s, p], found.low[s, p], found.high[s, p]),
                "kept": float(found.kept[s, p]),
            }
            for p, (i, j) in enumerate(found.pairs)
            for s, key in enumerate(result.species)
        ]
    if result.reference is not None:
        data["reference"] = _theory(result, result.reference)
    return data


def _for_money(result: LinkResult, money: ForMoney, ends: bool = False) -> dict[str, Any]:
    """Return what a set gives for its cost; nothing where it is not known.

    Parameters
    ----------
    ends : bool
        Also the interval of the benefit itself.
    """
    mean, low, high = map(finite, money.per_cost)
    data: dict[str, Any] = {}
    if ends:
        data |= {"low": finite(money.low), "high": finite(money.high)}
    data |= {"benefit_per_cost": mean, "benefit_per_cost_low": low, "benefit_per_cost_high": high}
    for verdict, name in ((LIFTED, "pairs_lifted"), (PERHAPS, "pairs_perhaps_lifted")):
        if money.lifted is not None:
            data[name] = money.count(verdict)
            data |= {f"{name}_{key}": money.count(verdict, key) for key in result.species}
    return data


def _written(name: str, mean: float, low: float, high: float) -> dict[str, float | None]:
    """Return a mean by its name and the ends of its interval, as files hold them."""
    wide = not (still(low, high) and abs(mean) <= ROUNDING)
    ends = (low, high) if wide else (np.nan, np.nan)
    return dict(zip((name, "low", "high"), map(finite, (mean, *ends)), strict=True))


def _theory(result: LinkResult, reference: Reference) -> dict[str, Any]:
    """Return theory beside the ranking; it disagrees outside the ranks that are left open."""
    ranking = result.ranking
    said = {"current_flow": reference.current_flow, "dpc": reference.dpc}
    ranks = {key: ranks_of(values) for key, values in said.items()}
    rows = []
    for i in ranking.order:
        row: dict[str, Any] = {"name": result.links[i].name, "rank": int(ranking.rank[i])}
        for key, values in said.items():
            row[key] = float(values[i])
            row[f"{key}_rank"] = rank = int(ranks[key][i])
            row[f"{key}_disagrees"] = not ranking.rank_low[i] <= rank <= ranking.rank_high[i]
        rows.append(row)
    # no correlation where theory or simulation says the same of all; JSON knows no NaN
    rho = {key: agreement(values, ranking.mean) for key, values in said.items()}
    return {
        "k_per_km": reference.k_per_km,
        "cell_m": reference.cell_m,
        "rank_correlation": {k: v if np.isfinite(v) else None for k, v in rho.items()},
        "links": rows,
    }
