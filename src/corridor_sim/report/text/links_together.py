"""What links give together beyond the sum of each alone, in words."""

from __future__ import annotations

import numpy as np

from corridor_sim.languages import tr, tr_plural, written
from corridor_sim.links.effects import ROUNDING
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.links_choice import MOST_NAMES
from corridor_sim.report.text.links_found import Found


def together(found: Found) -> tuple[str, str]:
    """Say which pairs of links help or replace each other, and of which nothing is known."""
    seen, design = found.result.interactions, found.result.design
    head = tr("Together")
    if seen is None or design is None:
        return head, tr(
            "No pairs were simulated: the choice takes benefits as adding up, which links in a "
            "row or side by side need not do."
        )
    kept = [p for p in range(len(seen.pairs)) if (np.abs(seen.kept[:, p]) > ROUNDING).any()]
    k, n = len(seen.pairs), len(found.order)
    possible = n * (n - 1) // 2
    looked = _looked(k, possible)
    parts = []
    if kept:
        parts.append(f"{looked}. {'; '.join(_kept(found, kept))}.")
    else:
        parts.append(
            tr(
                "{looked}: no interval of a synergy or redundancy excludes 0{open}.",
                looked=looked,
                open=_may_be(found, list(range(k))),
            )
        )
    if kept and k > len(kept):
        rest = [p for p in range(k) if p not in kept]
        parts.append(
            tr_plural(
                "For the other pair simulated no interval of a synergy or redundancy excludes "
                "0{open}.",
                "For the other {n} pairs simulated no interval of a synergy or redundancy excludes "
                "0{open}.",
                len(rest),
                open=_may_be(found, rest),
            )
        )
    if k < possible:
        parts.append(
            tr_plural(
                "Of the {n} pair that was not simulated nothing is known.",
                "Of the {n} pairs that were not simulated nothing is known.",
                possible - k,
            )
        )
    if k > len(kept) or k < possible:
        parts.append(tr("The choice takes all those as adding up, which is not shown."))
    return head, " ".join(parts)


def _looked(k: int, possible: int) -> str:
    """Say how many pairs of links were simulated, of how many."""
    if possible == 1:
        return tr_plural(
            "{n} pair of links was simulated (the only one possible)",
            "{n} pairs of links were simulated (the only one possible)",
            k,
        )
    all_ = written(f"{possible:,}")
    if k == possible:
        return tr_plural(
            "{n} pair of links was simulated (all {all} possible)",
            "{n} pairs of links were simulated (all {all} possible)",
            k,
            all=all_,
        )
    return tr_plural(
        "{n} pair of links was simulated (of {all} possible)",
        "{n} pairs of links were simulated (of {all} possible)",
        k,
        all=all_,
    )


def _kept(found: Found, kept: list[int]) -> list[str]:
    """Name the pairs whose interaction has an interval that excludes 0, as far as they are few."""
    seen = found.result.interactions
    assert seen is not None
    words = []
    for p in kept[:MOST_NAMES]:
        i, j = (int(v) for v in seen.pairs[p])
        for s, one in enumerate(found.species):
            value = float(seen.kept[s, p])
            if abs(value) > ROUNDING:
                given = {
                    "first": found.names[i],
                    "second": found.names[j],
                    "species": say.inside(one.common_name),
                    "amount": found.amount(value),
                }
                words.append(
                    tr(
                        "{first} and {second} give more together for the {species} ({amount})",
                        **given,
                    )
                    if value > 0
                    else tr(
                        "{first} and {second} partly replace each other for the {species} "
                        "({amount})",
                        **given,
                    )
                )
    if len(kept) > MOST_NAMES:
        words.append(
            tr_plural(
                "and {n} more pair, see the table",
                "and {n} more pairs, see the table",
                len(kept) - MOST_NAMES,
            )
        )
    return words


def _may_be(found: Found, pairs: list[int]) -> str:
    """Say how large an interaction the intervals of these pairs leave open."""
    seen = found.result.interactions
    assert seen is not None
    ends = np.abs(np.stack([seen.low[:, pairs], seen.high[:, pairs]]))
    if not ends.size or not np.isfinite(ends).all():
        return ""
    if ends.max() <= ROUNDING:
        return tr(", nor does anything tell how large one could be: none changed in any replicate")
    return tr_plural(
        "; its interval leaves open interactions of up to {far} for a species",
        "; their intervals leave open interactions of up to {far} for a species",
        len(pairs),
        far=found.amount(float(ends.max()), sign=False),
    )
