"""The profile of a link: heights, cover, roads, rivers and suitability along its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.languages import tr, written
from corridor_sim.links.gap import Gap
from corridor_sim.report.figures.basemap import CORE, RIVER, ROAD
from corridor_sim.report.figures.drawing import (
    FAINT,
    INK,
    MARKERS,
    RULE,
    in_style,
    key_of,
    new_figure,
    shortened,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corridor_sim.species.traits import Species

WIDE_IN, HIGH_IN = 9.4, 3.9
LEFT, RIGHT = 0.075, 0.985
WIDE_RIVER = 2


@in_style
def profile_figure(gap: Gap, species: Sequence[Species]) -> Figure:
    """Return heights over a strip of land cover, and below it what each species finds there.

    Parameters
    ----------
    gap : Gap
    species : sequence of Species
        Those of :attr:`.Gap.suitability`, in the order of their colours.
    """
    figure = new_figure(WIDE_IN, HIGH_IN)
    width = RIGHT - LEFT
    heights = figure.add_axes((LEFT, 0.58, width, 0.33))
    strip = figure.add_axes((LEFT, 0.53, width, 0.04))
    fit = figure.add_axes((LEFT, 0.27, width, 0.23))
    edges = _edges(gap)
    _heights(heights, gap, edges)
    _strip(strip, gap, edges)
    _fit(fit, gap, species)
    for ax in (heights, strip, fit):
        ax.set_xlim(edges[0], edges[-1])
    figure.legend(
        handles=_handles(gap, species), loc="lower center", ncols=6, fontsize=7, columnspacing=1.2
    )
    return figure


def _edges(gap: Gap) -> Any:
    """Return where the cells of the way begin and end, km, ``[n + 1]``."""
    km = gap.km
    if km.size == 1:
        return np.array([-0.5, 0.5])
    middle = 0.5 * (km[1:] + km[:-1])
    return np.concatenate([[km[0]], middle, [km[-1]]])


def _heights(ax: Axes, gap: Gap, edges: Any) -> None:
    at = np.concatenate([[edges[0]], gap.km, [edges[-1]]]) if gap.km.size == 1 else gap.km
    high = np.broadcast_to(gap.elevation_m, at.size) if gap.km.size == 1 else gap.elevation_m
    low, top = float(high.min()), float(high.max())
    room = max(0.12 * (top - low), 40.0)
    ax.fill_between(at, low - room, high, color="#c9d2d6", lw=0, zorder=2)
    ax.plot(at, high, color=INK, lw=1.3, zorder=3)
    ax.set_ylim(low - room, top + 2.2 * room)
    taken: set[int] = set()
    for i, mark in _met(gap):
        colour = ROAD if mark == "road" else RIVER
        ax.plot([gap.km[i]] * 2, [low - room, gap.elevation_m[i]], color=colour, lw=1.4, zorder=4)
        shape, over = "s" if mark == "road" else "v", 0.35 + 0.75 * (i in taken)
        ax.plot(gap.km[i], gap.elevation_m[i] + over * room, shape, color=colour, ms=5, zorder=5)
        taken.add(i)
    _ends(ax, gap, edges)
    ax.set_ylabel(tr("Elevation, m"), fontsize=8)
    ax.yaxis.set_major_formatter(lambda x, _: written(f"{x:,.0f}"))
    ax.tick_params(axis="x", labelbottom=False, length=0)
    ax.grid(axis="y", color=RULE, lw=0.6)
    ax.set_axisbelow(True)


def _met(gap: Gap) -> list[tuple[int, str]]:
    """Return where the way meets roads and wide rivers: the first place of each run."""
    found = []
    for mark, layer, least in (("road", gap.road, 1), ("river", gap.river, WIDE_RIVER)):
        there = layer >= least
        begins = there & ~np.concatenate([[False], there[:-1]])
        found += [(int(i), mark) for i in np.flatnonzero(begins)]
    return found


def _ends(ax: Axes, gap: Gap, edges: Any) -> None:
    """Shade the core areas at the ends, and write their names above the ground."""
    place: Any = {"transform": ax.get_xaxis_transform(), "fontsize": 7.6, "color": CORE}
    place |= {"va": "bottom", "fontweight": "bold"}
    inside = np.flatnonzero(gap.inside)
    ends = ((edges[0], edges[inside[0]]), (edges[inside[-1] + 1], edges[-1]))
    for side, ((west, east), name) in enumerate(zip(ends, gap.between, strict=True)):
        if east > west:
            ax.axvspan(west, east, color=CORE, alpha=0.16, lw=0, zorder=1)
        align = "right" if side else "left"
        ax.text(edges[-1] if side else edges[0], 1.03, shortened(name, 44), ha=align, **place)


def _strip(ax: Axes, gap: Gap, edges: Any) -> None:
    by_code = gap.covers.by_code
    for i, code in enumerate(gap.cover):
        ax.axvspan(edges[i], edges[i + 1], color=by_code[int(code)].colour, lw=0)
    ax.set_yticks([])
    ax.tick_params(axis="x", labelbottom=False, length=0)
    for side in ax.spines.values():
        side.set_visible(False)


def _fit(ax: Axes, gap: Gap, species: Sequence[Species]) -> None:
    for j, one in enumerate(species):
        values = gap.suitability.get(one.key)
        if values is not None:
            look: Any = {"color": one.colour, "lw": 1.4, "ms": 3.4}
            step = max(1, values.size // 12)
            ax.plot(gap.km, values, marker=MARKERS[j % len(MARKERS)], markevery=step, **look)
    ax.set_ylim(-0.03, 1.03)
    ax.set_yticks([0, 0.5, 1])
    ax.set_ylabel(tr("Suitability"), fontsize=8)
    ax.set_xlabel(tr("km from where the gap begins"), fontsize=8)
    ax.grid(color=RULE, lw=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=7.5, color=FAINT)


def _handles(gap: Gap, species: Sequence[Species]) -> list[Any]:
    from matplotlib.patches import Patch

    present = (gap.covers.by_code[c] for c in sorted({int(v) for v in gap.cover}))
    found = [Patch(fc=c.colour, ec="#9aa5ab", lw=0.4, label=tr(c.label)) for c in present]
    if any(gap.between):
        found.append(Patch(fc=CORE, alpha=0.16, label=tr("Core area")))
    marks = {mark for _, mark in _met(gap)}
    if "road" in marks:
        found.append(key_of(tr("Road"), color=ROAD, marker="s", ms=5, lw=1.4))
    if "river" in marks:
        found.append(key_of(tr("River over 50 m wide"), color=RIVER, marker="v", ms=5, lw=1.4))
    return found + [
        key_of(one.common_name, color=one.colour, marker=MARKERS[j % len(MARKERS)], ms=4, lw=1.4)
        for j, one in enumerate(species)
        if one.key in gap.suitability
    ]
