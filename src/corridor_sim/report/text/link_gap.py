"""What a link has to bridge and what one animal more costs, in words and as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corridor_sim.config.links import ANIMALS
from corridor_sim.languages import mark, tr, tr_plural, written
from corridor_sim.links.effects import ROUNDING
from corridor_sim.links.gap import Gap, gap_of, gaps_frame, is_built, suitability_of
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.countries import country
from corridor_sim.report.text.links_found import Found, bare
from corridor_sim.spreadsheets.folder import keep_exact

if TYPE_CHECKING:
    import geopandas as gpd

Cost = tuple[float, float, float]
ROADS = {
    1: mark("a secondary or gravel road"),
    2: mark("a primary road"),
    3: mark("a road with a crossing structure"),
}
RIVERS = {2: mark("a river of 50 to 300 m"), 3: mark("a river over 300 m wide")}
# how often a road or river is crossed; up to four times in words
TIMES = {2: mark("{what} twice"), 3: mark("{what} three times"), 4: mark("{what} four times")}


def gaps_of(found: Found) -> list[Gap]:
    """Return what each link has to bridge, in the order of the links file."""
    walking = suitability_of(found.species, found.land)
    return [gap_of(link, found.land, walking) for link in found.result.links]


def gap_words(gap: Gap) -> str:
    """Say what stands between the core areas of a link.

    ``3.4 km, all of it farmed ground; crosses a primary road twice; from 2,510 m up to 2,741 m``
    """
    ends = [name for name in gap.between if name]
    long = _km(gap.length_km)
    if len(ends) == 2:
        head = tr("{length} between {areas}", length=long, areas=say.joined(ends))
    elif ends:
        head = tr("{length} outside core areas, beginning at {area}", length=long, area=ends[0])
    else:
        head = tr("{length} outside core areas", length=long)
    parts = [_on_ground(head, gap)]
    crossed = [*_crossings(gap.roads, ROADS), *_crossings(gap.rivers, RIVERS)]
    if gap.borders and len(gap.countries) > 1:
        # a coarse border may be met several times where it runs along a link
        crossed.append(tr("the border"))
    parts.append(
        tr("it crosses {what}", what=say.joined(crossed))
        if crossed
        else tr("it crosses no road or river")
    )
    lowest, highest = say.number(gap.lowest_m), say.number(gap.highest_m)
    parts.append(tr("from {lowest} m up to {highest} m", lowest=lowest, highest=highest))
    if gap.countries:
        parts.append(tr("in {where}", where=say.joined([country(c) for c in gap.countries])))
    return "; ".join(parts) + "."


def _km(km: float) -> str:
    return f"{say.number(km, 0 if km >= 10 else 1)} km"


def _on_ground(head: str, gap: Gap) -> str:
    """Say on how much of the gap the ground is farmed, built or protected, and what the rest is."""
    total = gap.length_km
    named = [(tr("farmed ground"), gap.farmed_km), (tr("settlement or mine"), gap.built_km)]
    wild = [(one, km) for one, km in gap.stands if one.natural and not is_built(one)]
    if wild:
        most, km = max(wild, key=lambda pair: pair[1])
        named.append((say.inside(tr(most.label)), km))
    if gap.protected_km > 0:
        named.append((tr("protected already"), gap.protected_km))
    seen = [(what, km) for what, km in named if km > 0]
    if not seen:
        return head
    if len(seen) == 1 and seen[0][1] > 0.98 * total:
        return tr("{way}, all of it {ground}", way=head, ground=seen[0][0])
    parts = [tr("{length} {ground}", length=_km(km), ground=what) for what, km in seen]
    return tr("{way}, of which {parts}", way=head, parts=say.joined(parts))


def _crossings(counts: Mapping[int, int], names: Mapping[int, str]) -> list[str]:
    found = []
    for code in sorted(names, reverse=True):
        n = counts.get(code, 0)
        if n:
            what = tr(names[code])
            if n in TIMES:
                what = tr(TIMES[n], what=what)
            elif n > 1:
                what = tr_plural("{what} {n} time", "{what} {n} times", n, what=what)
            found.append(what)
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
    if found.result.settings.benefit.shown_unit == ANIMALS:
        return tr("Cost of one animal a year more")
    return tr("Cost of 1 {unit} more", unit=found.benefit_unit)


def cost_words(found: Found, i: int) -> str:
    """Write what one more costs, with its interval, or that it is not known."""
    price, low, high = cost_of_one(found, i)
    if not np.isfinite(price):
        return tr("not known: the interval of its benefit does not lie above 0")
    amount = f"{_digits(price)} {found.unit}"
    if not high > low:
        return amount
    ends = tr("{low} to {high}", low=_digits(low), high=_digits(high))
    return f"{amount} ({ends})"


def _digits(price: float) -> str:
    """Write a price with no more than three digits, thousands separated.

    >>> _digits(24.87), _digits(1234.5), _digits(0.03456)
    ('24.9', '1,230', '0.0346')
    """
    return bare(float(f"{price:.3g}")) if price >= 0.1 else written(f"{price:.3g}")


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
    settings = found.result.settings
    frame.insert(5, "cost_unit", settings.cost_unit)
    frame.insert(6, "of_one", settings.benefit.shown_unit)
    return frame.iloc[found.order].reset_index(drop=True)


def write_gaps(found: Found, gaps: Sequence[Gap], out: Path) -> Path:
    """Write :func:`frame_of` without the ways as ``tables/links_gaps``; return the path."""
    frame = pd.DataFrame(frame_of(found, gaps).drop(columns="geometry"))
    return keep_exact(out, "links_gaps", frame.replace([np.inf, -np.inf], np.nan))
