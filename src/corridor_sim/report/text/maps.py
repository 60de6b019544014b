"""What of the spread between replicates comes from where exactly the forest is cleared."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from corridor_sim.report.compared import Compared, Row
from corridor_sim.report.text import numbers as say


def between_maps(found: Compared) -> dict[str, Any] | None:
    """Return sentence and table of the shares between maps; None where there is one map."""
    n_maps = {s.name: s.scenario.n_maps for s in found.study.scenarios}
    most = max(n_maps.values())
    if most == 1:
        return None
    if found.n <= most:
        words = (
            "Every replicate stands on a map of its own. The intervals so hold what other maps "
            "would give, but what of the spread comes from the map and what from the animals "
            f"cannot be told apart: that takes more replicates than maps (maps = {most})."
        )
        if found.n == 1:
            words = "The only replicate shows one map: of other maps nothing is known."
        return {"words": words, "rows": [], "n": min(most, found.n)}
    table = found.effects if found.several else found.summary
    rows: list[Row] = []
    every: list[float] = []
    for one in found.species:
        for name in found.headlines:
            shares = [
                r["map_share"]
                for (_, key, outcome), r in table.items()
                if (key, outcome) == (one.key, name) and math.isfinite(r["map_share"])
            ]
            if shares:
                every += shares
                rows.append(
                    {
                        "species": one.name,
                        "label": found.outcomes[name].label,
                        "share": say.percent(float(np.median(shares))),
                        "most": say.percent(max(shares)),
                        "value": float(np.median(shares)),
                        "n": len(shares),
                    }
                )
    if not rows:
        return {
            "words": "Nothing that is told first varies between replicates.",
            "rows": [],
            "n": most,
        }
    middle = say.percent(float(np.median(every)))
    largest = max(rows, key=lambda row: float(row["value"]))
    what = "comparison" if found.several else "outcome"
    words = (
        f"Of the spread between replicates, {middle} comes from where exactly the forest is "
        f"cleared (median over {say.counted(len(every), what)}; most, {largest['share']}, in "
        f"{largest['label'].lower()} of the {say.inside(largest['species'])}), the rest from the "
        "lives of the animals. Replicates on one map are no news of other maps: the intervals "
        "count maps, and more replicates on the same ones narrow them little. A single share is "
        "known roughly; its interval stands in the tables."
    )
    return {"words": words, "rows": rows, "n": most}
