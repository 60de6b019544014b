"""The chosen set by whole runs through decades, beside what numbers by tiles said of it."""

from __future__ import annotations

from typing import Any

from corridor_sim.decision.confirm import HOLDS
from corridor_sim.languages import tr
from corridor_sim.links.decades_check import Beside, DecadesCheck
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.links_found import Found

Row = dict[str, Any]

MOST_NAMED = 4


def decades_rows(found: Found) -> list[Row]:
    """Return one row an outcome and species: the change by tiles, by whole runs, and whether both
    agree; empty where the set was not simulated by both.
    """
    if found.result.decades is None:
        return []
    names = {one.key: one.common_name for one in found.species}
    rows: list[Row] = []
    for one in found.result.decades.rows:
        seen, scale = one.seen, one.outcome.scale
        ends = [
            scale.factor * end
            for end in (seen.predicted_low, seen.predicted_high, seen.low, seen.high)
        ]
        pairs = (ends[0], ends[1]), (ends[2], ends[3])
        decimals = max(say.decimals_of(pair, scale.decimals) for pair in pairs)
        means = (scale.factor * seen.predicted, scale.factor * seen.simulated)
        told = [say.number(v, decimals, sign=True) for v in means]
        span = [say.number(v, decimals, sign=True) for v in ends]
        label, unit = tr(one.outcome.label), tr(scale.difference_unit)
        rows.append(
            {
                "label": f"{label} ({unit})" if unit else label,
                "species": names[one.species],
                "tiles": told[0],
                "tiles_span": say.bracketed([span[0], span[1]]),
                "runs": told[1],
                "runs_span": say.bracketed([span[2], span[3]]),
                "agrees": one.agrees,
            }
        )
    return rows


def decades_point(found: Found) -> tuple[str, str] | None:
    """Say whether whole runs through decades confirm what was told of the chosen set."""
    check = found.result.decades
    if check is None:
        return None
    seen = check.benefit
    both = tr(
        "{runs} ({runs_span}) in {n} whole runs through {years} years, in which every animal is "
        "followed, against {tiles} ({tiles_span}) by expected numbers",
        runs=found.amount(seen.simulated),
        runs_span=found.ends(seen.low, seen.high),
        n=seen.replicates,
        years=found.years,
        tiles=found.amount(seen.predicted),
        tiles_span=found.ends(seen.predicted_low, seen.predicted_high),
    )
    if seen.apart:
        text = (
            tr(
                "No: runs show more than expected numbers do: {both}. Reckon with the runs.",
                both=both,
            )
            if seen.error > 0
            else tr(
                "No: runs show less than expected numbers do: {both}. Reckon with the runs.",
                both=both,
            )
        )
    elif seen.verdict == HOLDS:
        text = tr("Yes: {both}.", both=both)
    else:
        text = tr(
            "As far as they can tell: {both}. The difference is within chance, but chance may "
            "hide one that matters; more runs (links.procedure.confirm_replicates) would show it.",
            both=both,
        )
    return tr("Do whole runs confirm the set?"), f"{text} {_outcomes(found, check)}"


def _outcomes(found: Found, check: DecadesCheck) -> str:
    """Say of how many outcomes both agree, and name those of which they do not."""
    names = {one.key: say.inside(one.common_name) for one in found.species}
    apart = [one for one in check.rows if not one.agrees]
    n = len(check.rows)
    if not apart:
        return tr(
            "Of {n} changes, each of one outcome of one species, both say the same within chance.",
            n=n,
        )

    def called(one: Beside) -> str:
        label = say.quoted(tr(one.outcome.label))
        return tr("{outcome} of {species}", outcome=label, species=names[one.species])

    listed = say.joined([called(one) for one in apart[:MOST_NAMED]])
    if len(apart) > MOST_NAMED:
        listed = tr("{names} and {n} more", names=listed, n=len(apart) - MOST_NAMED)
    return tr(
        "Of {n} changes of an outcome of a species both say the same within chance of {same}; they "
        "differ in {outcomes}.",
        n=n,
        same=n - len(apart),
        outcomes=listed,
    )
