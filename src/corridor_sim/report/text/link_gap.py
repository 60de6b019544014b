"""What a link has to bridge and what one animal more costs, in words and as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corridor_sim.links.effects import ROUNDING
from corridor_sim.links.gap import Gap, gap_of, gaps_frame, is_built, suitability_of
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.countries import country
from corridor_sim.report.text.links_found import Found, bare
from corridor_sim.spreadsheets.folder import keep_exact

if TYPE_CHECKING:
    import geopandas as gpd

Cost = tuple[float, float, float]
ROADS = {1: "secondary or gravel road", 2: "primary road", 3: "road with a crossing structure"}
RIVERS = {2: "river of 50 to 300 m", 3: "river over 300 m wide"}
TIMES = ("", "", " twice", " three times", " four times")


def gaps_of(found: Found) -> list[Gap]:
    """Return what each link has to bridge, in the order of the links file."""
    walking = suitability_of(found.species, found.land)
    return [gap_of(link, found.land, walking) for link in found.result.links]


def gap_words(gap: Gap) -> str:
    """Say what stands between the core areas of a link.

    ``3.4 km, all of it farmed ground; crosses a primary road twice; from 2,510 m up to 2,741 m``
    """
    ends = [name for name in gap.between if name]
    head = f"{_km(gap.length_km)} between {say.joined(ends)}" if len(ends) == 2 else ""
    if not head:
        head = f"{_km(gap.length_km)} outside core areas"
        head += f", beginning at {ends[0]}" if ends else ""
    parts = [head + _ground(gap)]
    crossed = [*_crossings(gap.roads, ROADS), *_crossings(gap.rivers, RIVERS)]
    if gap.borders and len(gap.countries) > 1:
        # a coarse border may be met several times where it runs along a link
        crossed.append("the border")
    parts.append(f"it crosses {say.joined(crossed)}" if crossed else "it crosses no road or river")
    parts.append(f"from {say.number(gap.lowest_m)} m up to {say.number(gap.highest_m)} m")
    if gap.countries:
        parts.append(f"in {say.joined([country(c) for c in gap.countries])}")
    return "; ".join(parts) + "."


def _km(km: float) -> str:
    return f"{say.number(km, 0 if km >= 10 else 1)} km"


def _ground(gap: Gap) -> str:
    """Say on how much of the gap the ground is farmed, built or protected, and what the rest is."""
    total = gap.length_km
    named = [("farmed ground", gap.farmed_km), ("settlement or mine", gap.built_km)]
    wild = [(one, km) for one, km in gap.stands if one.natural and not is_built(one)]
    if wild:
        most, km = max(wild, key=lambda pair: pair[1])
        named.append((say.inside(most.label), km))
    if gap.protected_km > 0:
        named.append(("protected already", gap.protected_km))
    seen = [(what, km) for what, km in named if km > 0]
    if not seen:
        return ""
    if len(seen) == 1 and seen[0][1] > 0.98 * total:
        return f", all of it {seen[0][0]}"
    return f", of which {say.joined([f'{_km(km)} {what}' for what, km in seen])}"


def _crossings(counts: Mapping[int, int], names: Mapping[int, str]) -> list[str]:
    found = []
    for code in sorted(names, reverse=True):
        n = counts.get(code, 0)
        if n:
            times = TIMES[n] if n < len(TIMES) else f" {n} times"
            found.append(f"a {names[code]}{times}")
    return found


def cost_of_one(found: Found, i: int) -> Cost:
    """Return what one more of the benefit's unit costs by a link, with its interval.

    The link's cost over its benefit. NaN where the benefit's interval does not lie above zero: then
    any price is possible, and none is known.
    """
    ranking, cost = found.result.ranking, found.result.links[i].cost
    ends = [found.factor * float(v[i]) for v in (ranking.mean, ranking.high, ranking.low)]
    if not (np.isfinite(ends).all() and ends[2] > ROUNDING):
        return (float("nan"),) * 3
    return cost / ends[0], cost / ends[1], cost / ends[2]


def cost_head(found: Found) -> str:
    """Return what the cost of one more is called on the page."""
    unit = found.benefit_unit
    return (
        "Cost of one animal a year more" if unit == "animals a year" else f"Cost of 1 {unit} more"
    )


def cost_words(found: Found, i: int) -> str:
    """Write what one more costs, with its interval, or that it is not known."""
    price, low, high = cost_of_one(found, i)
    if not np.isfinite(price):
        return "not known: the interval of its benefit does not lie above 0"
    ends = f"{_digits(low)} to {_digits(high)}" if high > low else ""
    return f"{_digits(price)} {found.unit}{f' ({ends})' if ends else ''}"


def _digits(price: float) -> str:
    """Write a price with no more than three digits, thousands separated.

    >>> _digits(24.87), _digits(1234.5), _digits(0.03456)
    ('24.9', '1,230', '0.0346')
    """
    return bare(float(f"{price:.3g}")) if price >= 0.1 else f"{price:.3g}"


def frame_of(found: Found, gaps: Sequence[Gap]) -> gpd.GeoDataFrame:
    """Return one row a link, best first: what it bridges, what it costs and one more by it.

    The columns of :func:`corridor_sim.links.gap.gaps_frame` with ``cost``, ``cost_of_one``,
    ``cost_of_one_low`` and ``cost_of_one_high`` in the file's unit of cost (``cost_unit``), empty
    where nothing is known of it; ``of_one`` says one of what.
    """
    frame = gaps_frame(gaps, found.land)
    frame.insert(1, "cost", [link.cost for link in found.result.links])
    each = [cost_of_one(found, i) for i in range(len(gaps))]
    for at, name in enumerate(("cost_of_one", "cost_of_one_low", "cost_of_one_high")):
        frame.insert(2 + at, name, [one[at] for one in each])
    frame.insert(5, "cost_unit", found.unit)
    frame.insert(6, "of_one", found.benefit_unit)
    return frame.iloc[found.order].reset_index(drop=True)


def write_gaps(found: Found, gaps: Sequence[Gap], out: Path) -> Path:
    """Write :func:`frame_of` without the ways as ``tables/links_gaps``; return the path."""
    frame = pd.DataFrame(frame_of(found, gaps).drop(columns="geometry"))
    return keep_exact(out, "links_gaps", frame.replace([np.inf, -np.inf], np.nan))
