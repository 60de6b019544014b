"""What of the spread between replicates comes from where exactly the forest is cleared."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from corridor_sim.languages import tr, tr_plural
from corridor_sim.report.compared import Compared, Row
from corridor_sim.report.text import numbers as say


def between_maps(found: Compared) -> dict[str, Any] | None:
    """Return sentence and table of the shares between maps; None where there is one map."""
    n_maps = {s.name: s.scenario.n_maps for s in found.study.scenarios}
    most = max(n_maps.values())
    if most == 1:
        return None
    if found.n <= most:
        words = tr(
            "Every replicate stands on a map of its own. The intervals so hold what other maps "
            "would give, but what of the spread comes from the map and what from the animals "
            "cannot be told apart: that takes more replicates than maps (maps = {most}).",
            most=most,
        )
        if found.n == 1:
            words = tr("The only replicate shows one map: of other maps nothing is known.")
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
                        "species": one.common_name,
                        "label": say.label(found.outcomes[name]),
                        "share": say.percent(float(np.median(shares))),
                        "most": say.percent(max(shares)),
                        "value": float(np.median(shares)),
                        "n": len(shares),
                    }
                )
    if not rows:
        return {
            "words": tr("Nothing that is told first varies between replicates."),
            "rows": [],
            "n": most,
        }
    middle = say.percent(float(np.median(every)))
    largest = max(rows, key=lambda row: float(row["value"]))
    if found.several:
        over = tr_plural("{n} comparison", "{n} comparisons", len(every))
    else:
        over = tr_plural("{n} outcome", "{n} outcomes", len(every))
    words = tr(
        "Of the spread between replicates, {share} comes from where exactly the forest is cleared "
        "(median over {over}; most, {most}, in {outcome} of the {species}), the rest from the "
        "lives of the animals. Replicates on one map are no news of other maps: the intervals "
        "count maps, and more replicates on the same ones narrow them little. A single share is "
        "known roughly; its interval stands in the tables.",
        share=middle,
        over=over,
        most=largest["share"],
        outcome=largest["label"].lower(),
        species=say.inside(largest["species"]),
    )
    return {"words": words, "rows": rows, "n": most}
