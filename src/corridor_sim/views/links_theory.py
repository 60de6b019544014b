"""Theory beside the simulated ranking: current flow and dPC per link, where they were computed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.views import numbers as say
from corridor_sim.views.links_found import Found

F64 = NDArray[np.float64]
LABELS = {
    "current": "Current flow",
    "current_flow": "Current flow",
    "dpc": "dPC",
    "dPC": "dPC",
    "d_pc": "dPC",
    "pc": "PC",
}


def theory(found: Found) -> dict[str, Any] | None:
    """Return the table of theory beside the ranking, or None where there is no reference.

    A measure is any array of the reference whose last axis is the links; one by species is
    averaged with the species' weights. It disagrees with the simulation on a link if the rank it
    gives lies outside the ranks that the simulation's verdicts leave open.
    """
    measures = _measures(found)
    if not measures:
        return None
    ranking = found.result.ranking
    columns: list[dict[str, Any]] = []
    for name, values in measures.items():
        rank = _rank(values)
        off = [i for i in found.order
               if np.isfinite(values[i])
               and not ranking.rank_low[i] <= rank[i] <= ranking.rank_high[i]]  # fmt: skip
        columns.append({"name": name, "values": values, "rank": rank, "off": set(off),
                        "agree": _agreement(values, ranking.mean)})  # fmt: skip
    rows = [
        {"rank": int(ranking.rank[i]), "name": found.names[i],
         "ranks": f"{ranking.rank_low[i]}–{ranking.rank_high[i]}",
         "benefit": found.points(float(ranking.mean[i])),
         "cells": [{"value": f"{c['values'][i]:.3g}" if np.isfinite(c["values"][i]) else "–",
                    "rank": int(c["rank"][i]) if np.isfinite(c["values"][i]) else "–",
                    "off": i in c["off"]} for c in columns]}
        for i in found.order
    ]  # fmt: skip
    return {"heads": [c["name"] for c in columns], "rows": rows,
            "words": [_words(found, c) for c in columns]}  # fmt: skip


def _measures(found: Found) -> dict[str, F64]:
    reference = getattr(found.result, "reference", None)
    if reference is None:
        return {}
    if isinstance(reference, Mapping):
        items = dict(reference)
    elif dataclasses.is_dataclass(reference):
        items = {f.name: getattr(reference, f.name) for f in dataclasses.fields(reference)}
    else:
        items = dict(vars(reference))
    k, weights, out = len(found.order), found.workshop.species_weights, {}
    for name, value in items.items():
        try:
            values = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            continue
        if values.ndim == 2 and values.shape == (len(weights), k):
            values = weights @ values / weights.sum()
        if values.shape == (k,):
            out[LABELS.get(name, str(name).replace("_", " "))] = values
    return out


def _rank(values: F64) -> NDArray[np.int64]:
    """Return ranks, 1 the largest; NaNs come last, ties share the better rank."""
    worth = np.where(np.isfinite(values), values, -np.inf)
    return np.array([1 + int((worth > v).sum()) for v in worth], dtype=np.int64)


def _agreement(a: F64, b: F64) -> float:
    """Return Spearman's rank correlation of the links that have both; NaN for fewer than three."""
    from scipy.stats import rankdata

    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < 3 or np.ptp(a[both]) == 0 or np.ptp(b[both]) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(a[both]), rankdata(b[both]))[0, 1])


def _words(found: Found, column: dict[str, Any]) -> str:
    rho = column["agree"]
    text = f"{column['name']}: "
    text += (
        f"rank correlation with the simulated means {say.number(rho, 2)}. "
        if np.isfinite(rho) else ""
    )  # fmt: skip
    off = [i for i in found.order if i in column["off"]]
    if not off:
        return text + "It contradicts no verdict of the simulation."
    each = [
        f"{found.names[i]} (theory {column['rank'][i]}, simulation "
        f"{found.result.ranking.rank_low[i]} to {found.result.ranking.rank_high[i]})"
        for i in off
    ]
    return text + f"It ranks outside what the simulation leaves open: {'; '.join(each)}."
