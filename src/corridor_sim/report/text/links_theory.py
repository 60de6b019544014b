"""Theory beside the simulated ranking: current flow and dPC per link, where they were computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor_sim.links.reference import agreement, ranks_of
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.links_found import Found


def theory(found: Found) -> dict[str, Any] | None:
    """Return the table of theory beside the ranking, or None where there is no reference.

    A measure disagrees with the simulation on a link if the rank it gives lies outside the ranks
    that the simulation's verdicts leave open.
    """
    reference, ranking = found.result.reference, found.result.ranking
    if reference is None:
        return None
    columns: list[dict[str, Any]] = []
    for name, values in (("Current flow", reference.current_flow), ("dPC", reference.dpc)):
        rank = ranks_of(values)
        off = {i for i in found.order if not ranking.rank_low[i] <= rank[i] <= ranking.rank_high[i]}
        columns.append(
            {
                "name": name,
                "values": values,
                "rank": rank,
                "off": off,
                "agree": agreement(values, ranking.mean),
            }
        )
    rows = [
        {
            "rank": found.rank_text(i),
            "name": found.names[i],
            "ranks": f"{ranking.rank_low[i]}–{ranking.rank_high[i]}",
            "benefit": found.points(float(ranking.mean[i])),
            "cells": [
                {"value": f"{c['values'][i]:.3g}", "rank": int(c["rank"][i]), "off": i in c["off"]}
                for c in columns
            ],
        }
        for i in found.order
    ]
    return {
        "heads": [c["name"] for c in columns],
        "rows": rows,
        "words": [_words(found, c) for c in columns],
    }


def _words(found: Found, column: dict[str, Any]) -> str:
    rho = column["agree"]
    text = f"{column['name']}: "
    text += (
        f"rank correlation with the simulated means {say.number(rho, 2)}. "
        if np.isfinite(rho)
        else ""
    )
    off = [i for i in found.order if i in column["off"]]
    if not off:
        return text + "It contradicts no verdict of the simulation."
    each = [
        f"{found.names[i]} (theory {column['rank'][i]}, simulation "
        f"{found.result.ranking.rank_low[i]} to {found.result.ranking.rank_high[i]})"
        for i in off
    ]
    return text + f"It ranks outside what the simulation leaves open: {'; '.join(each)}."
