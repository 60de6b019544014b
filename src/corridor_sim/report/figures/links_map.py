"""Maps of links: all of them, numbered by place, and each with what changes in and beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.languages import tr
from corridor_sim.report.figures.basemap import (
    BaseMap,
    class_handles,
    colour_scale,
    draw,
    land_cover,
    legend_handles,
    paler,
    ramped,
)
from corridor_sim.report.figures.drawing import (
    FAINT,
    INK,
    NARROW_IN,
    in_style,
    is_narrow,
    new_figure,
    shortened,
)
from corridor_sim.report.figures.map_labels import Box, furnish
from corridor_sim.report.figures.marks import tell
from corridor_sim.report.text.links_found import Found, clear
from corridor_sim.report.text.links_use import LinkUse, Window, around, cells_of, window_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE_IN, MAP_IN = 11.0, 6.4
RAMP = "PuOr"
CHOSEN = "#111111"
NOT_KNOWN = "#c9cfd2"
HATCH, UNSURE = "/////", "#6b767d"
PALE = (0.93, 0.94, 0.945)
MOST_LINES = 40


def path_of(rings: Any) -> Any:
    """Return the rings of a link as one closed path."""
    from matplotlib.path import Path

    return Path.make_compound_path(
        *(Path(np.vstack([r, r[:1]]), closed=True) for r in (np.asarray(r) for r in rings))
    )


def top_benefit(found: Found) -> float:
    """Return the end of the colour scale: the largest known benefit, whichever its sign."""
    size = np.abs(found.result.ranking.mean)
    largest = float(np.nanmax(size)) if np.isfinite(size).any() else 0.0
    return largest or 0.01


def colour_of(benefit: float, top: float, certainty: float = 1.0) -> Any:
    """Return the colour of a benefit: purple brings, orange costs, grey is not known.

    On a scale of square roots, so that a link that brings a tenth of the best still shows its side;
    it fades with what is not certain of it.
    """
    from matplotlib import colormaps

    if not np.isfinite(benefit):
        return NOT_KNOWN
    full = np.array(colormaps[RAMP](rooted(benefit / top))[:3])
    return tuple(certainty * full + (1 - certainty) * np.array(PALE))


def rooted(share: float) -> float:
    """Return the place on a ramp, 0 to 1, of a share of the largest, -1 to 1: by square roots.

    >>> rooted(1.0), rooted(0.0), rooted(-0.25)
    (1.0, 0.5, 0.25)
    """
    return 0.5 + 0.5 * float(np.sign(share) * np.sqrt(min(abs(share), 1.0)))


def certainty(found: Found, i: int) -> float:
    """Return how sure the side of a benefit is, 0 to 1: 1 where its interval leaves out zero.

    Else the mean in halves of its interval's width, which is 0 where it lies about zero.
    """
    ranking = found.result.ranking
    if _sure(found, i):
        return 1.0
    half = 0.5 * float(ranking.high[i] - ranking.low[i])
    if not np.isfinite(half) or half <= 0:
        return 0.0
    return float(min(abs(ranking.mean[i]) / half, 1.0))


@in_style
def links_figure(base: BaseMap, found: Found) -> Figure:
    """Return the map of all links coloured by benefit, numbered by rank, with a key of names."""
    top = top_benefit(found)
    mean = found.result.ranking.mean
    lines = min(len(found.order), MOST_LINES)
    near = around(base, _window(found))
    # on a narrow screen the names stand in the table alone
    wide, whole = (NARROW_IN, NARROW_IN + 0.05) if is_narrow() else (MAP_IN, WIDE_IN)
    deep, share = wide * near.aspect, wide / whole
    foot = 2.6 if is_narrow() else 0.1
    figure = new_figure(whole, deep + foot if is_narrow() else max(deep + foot, 0.22 * lines + 3.4))
    height = figure.get_figheight()
    ax = figure.add_axes((0.005, 1 - (deep + 0.05) / height, share - 0.01, deep / height))
    draw(ax, base, paler(base, 0.45))
    ax.set_xlim(near.extent_m[0], near.extent_m[1])
    ax.set_ylim(near.extent_m[2], near.extent_m[3])
    for i in reversed(found.order):
        _outline(ax, found, i, colour_of(float(mean[i]), top, certainty(found, i)))
    # those of the ground first: a link lies on it
    numbers = _numbers(ax, near, found, wide)
    furnish(ax, near, areas=18, towns=9, taken=numbers)
    for i in found.order:
        tell(ax, _about(found, i), found.result.links[i].rings, target=_target(found, i))
    if is_narrow():
        _scale(figure, found, (0.08, 0.84), deep + 0.5, top)
        _legend(figure, near, found, (0.0, deep + 0.75))
        return figure
    _key(figure, near, found, share + 0.02, top)
    return figure


def _target(found: Found, i: int) -> str:
    return f"link-{found.result.ranking.place[i]}"


def _about(found: Found, i: int) -> str:
    """Say in a line what a link is and brings."""
    ranking = found.result.ranking
    low, high = (found.points(float(v[i])) for v in (ranking.low, ranking.high))
    return tr(
        "{place}. {link}: {benefit} [{low}, {high}] {unit}, cost {cost}",
        place=ranking.place[i],
        link=found.names[i],
        benefit=found.points(float(ranking.mean[i])),
        low=low,
        high=high,
        unit=found.benefit_unit,
        cost=found.price(found.result.links[i].cost),
    )


def _outline(ax: Axes, found: Found, i: int, colour: Any) -> None:
    from matplotlib.patches import PathPatch

    chosen = i in found.chosen
    path = path_of(found.result.links[i].rings)
    order = 4.4 if chosen else 4.2
    ax.add_artist(PathPatch(path, fc="none", ec="white", lw=3.2, alpha=0.8, zorder=order))
    edge: Any = {"ec": CHOSEN, "lw": 1.7} if chosen else {"ec": "#6b767d", "lw": 0.7}
    ax.add_artist(PathPatch(path, fc=colour, alpha=1.0, zorder=order + 0.1, **edge))
    if not _sure(found, i):
        ax.add_artist(
            PathPatch(path, fc="none", ec=UNSURE, lw=0.0, hatch=HATCH, zorder=order + 0.2)
        )


def _sure(found: Found, i: int) -> bool:
    """Return whether the interval of a link by itself leaves out zero."""
    return clear(found.result.ranking.low[i], found.result.ranking.high[i])


def _numbers(ax: Axes, base: BaseMap, found: Found, wide_in: float) -> list[Box]:
    """Number the links beside them by their place in the table; return the ground that takes."""
    west, east, _, _ = base.extent_m
    size = 12.0 * (east - west) / (wide_in * 72.0)
    ground = np.concatenate([_places(found, i) for i in range(len(found.order))])
    taken = np.empty((0, 2))
    for i in found.order:
        middle = _middle(found, i)
        tries = [
            middle + ring * 0.5 * size * np.array([np.cos(t), np.sin(t)])
            for ring in range(2, 12)
            for t in 2 * np.pi * np.arange(16) / 16
        ]
        free = [p for p in tries if not taken.size or _nearest(p, taken) >= size] or tries[:1]
        # the first spot off all links, or the one that is farthest from them
        clear = [p for p in free if _nearest(p, ground) >= 0.62 * size]
        spot = clear[0] if clear else max(free, key=lambda p: _nearest(p, ground))
        taken = np.vstack([taken, spot])
        ax.plot([middle[0], spot[0]], [middle[1], spot[1]], color=INK, lw=0.7, zorder=6.4)
        chosen = i in found.chosen
        look: Any = {"ha": "center", "va": "center", "fontsize": 6.8, "fontweight": "bold"}
        look["bbox"] = {"boxstyle": "circle,pad=0.18", "ec": INK, "lw": 0.6}
        look["bbox"]["fc"], look["color"] = (CHOSEN, "white") if chosen else ("white", INK)
        number = str(found.result.ranking.place[i])
        ax.text(float(spot[0]), float(spot[1]), number, zorder=6.6, clip_on=True, **look)
    return [(x - size / 2, y - size / 2, x + size / 2, y + size / 2) for x, y in taken.tolist()]


def _nearest(point: Any, others: Any) -> float:
    return float(np.hypot(*(others - point).T).min())


def _places(found: Found, i: int) -> Any:
    """Return map x and y of the cells of a link, of its corners if it has no cell, ``[n, 2]``."""
    cells, grid = found.result.links[i].cells, found.land.grid
    if not cells.size:
        return np.concatenate([np.asarray(r) for r in found.result.links[i].rings])
    row, col = np.divmod(cells, grid.width)
    return np.stack(grid.to_metres(col + 0.5, row + 0.5), axis=1)


def _middle(found: Found, i: int) -> Any:
    """Return the place in a link that is nearest to its mean place."""
    places = _places(found, i)
    return places[int(np.argmin(((places - places.mean(axis=0)) ** 2).sum(axis=1)))]


def _window(found: Found) -> Window:
    """Return (west, east, south, north) of all links with some ground around them."""
    points = np.concatenate([np.asarray(r) for one in found.result.links for r in one.rings])
    low, high = points.min(axis=0), points.max(axis=0)
    pad = max(0.12 * float((high - low).max()), 10 * found.land.grid.cell_m)
    # no narrower than two thirds of its height, nor flatter than half its width
    wide, deep = high - low + 2 * pad
    half = 0.5 * np.array([max(wide, deep / 1.5), max(deep, wide / 2)])
    middle = (low + high) / 2
    west, south, east, north = found.land.grid.bounds_m
    return (
        max(west, middle[0] - half[0]),
        min(east, middle[0] + half[0]),
        max(south, middle[1] - half[1]),
        min(north, middle[1] + half[1]),
    )


def _key(figure: Figure, base: BaseMap, found: Found, left: float, top: float) -> None:
    """Write the links' names beside the map, the colour scale above and the legend below them."""
    from matplotlib.patches import FancyBboxPatch

    height = figure.get_figheight()
    mean = found.result.ranking.mean
    _scale(figure, found, (left + 0.01, 0.3), 0.42, top)
    ax = figure.add_axes((left, 0.0, 1 - left, 1 - 0.75 / height))
    ax.set_axis_off()
    ax.set_xlim(0, (1 - left) * WIDE_IN)
    deep = height - 0.75
    ax.set_ylim(deep, 0)
    step = min(0.29, (deep - 0.5) / max(1, min(len(found.order), MOST_LINES)))
    for line, i in enumerate(found.order[:MOST_LINES]):
        y, chosen = 0.15 + line * step, i in found.chosen
        box: Any = {"xy": (0.42, y - 0.06), "width": 0.18, "height": 0.12}
        box["boxstyle"] = "round,pad=0.015"
        edge: Any = {"ec": CHOSEN, "lw": 1.5} if chosen else {"ec": "#6b767d", "lw": 0.6}
        fill = colour_of(float(mean[i]), top, certainty(found, i))
        ax.add_patch(FancyBboxPatch(**box, fc=fill, **edge))
        if not _sure(found, i):
            ax.add_patch(FancyBboxPatch(**box, fc="none", ec=UNSURE, lw=0.0, hatch=HATCH))
        place, own = str(found.result.ranking.place[i]), shortened(found.names[i], 56)
        look: Any = {"va": "center", "fontsize": 7.1}
        ax.text(0.34, y, place, ha="right", fontweight="bold", **look)
        ax.text(0.7, y, own, fontweight="bold" if chosen else "normal", **look)
        right = (1 - left) * WIDE_IN - 0.1
        ax.text(right, y, found.points(float(mean[i])), ha="right", **look)
    end = 0.15 + min(len(found.order), MOST_LINES) * step + 0.05
    if len(found.order) > MOST_LINES:
        note = tr("and {n} more in ranking.csv", n=len(found.order) - MOST_LINES)
        ax.text(0.1, end, note, va="top", fontsize=7.4, color=FAINT)
        end += 0.2
    _legend(figure, base, found, (left, 0.75 + end))


def _scale(
    figure: Figure, found: Found, at: tuple[float, float], below_in: float, top: float
) -> None:
    """Draw the colour scale; ``at``: left and width as shares, and how far below the upper edge."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import FuncNorm

    height = figure.get_figheight()
    cax = figure.add_axes((at[0], 1 - below_in / height, at[1], 0.11 / height))
    ends = found.factor * top

    def root(v: Any) -> Any:
        return np.sign(v) * np.sqrt(np.abs(v))

    norm = FuncNorm((root, lambda v: np.sign(v) * np.square(v)), vmin=-ends, vmax=ends)
    scale = figure.colorbar(ScalarMappable(norm, RAMP), cax=cax, orientation="horizontal")
    scale.outline.set_visible(False)
    scale.set_ticks([-ends, -ends / 4, 0.0, ends / 4, ends])
    scale.set_ticklabels([found.points(v / found.factor) for v in scale.get_ticks()])
    scale.minorticks_off()
    cax.tick_params(labelsize=7, length=2, pad=1.5)
    cax.set_title(tr("Benefit of the link alone, {unit}", unit=found.benefit_unit), fontsize=8)


def _legend(figure: Figure, base: BaseMap, found: Found, at: tuple[float, float]) -> None:
    """Write what is on the map; ``at``: left as a share, inches below the upper edge."""
    figure.legend(
        handles=[*_marks(found), *legend_handles(base)],
        loc="upper left",
        bbox_to_anchor=(at[0], 1 - at[1] / figure.get_figheight()),
        fontsize=7.2,
        title=tr("On the map"),
        title_fontsize=7.6,
        alignment="left",
        labelspacing=0.35,
    )


def _marks(found: Found) -> list[Any]:
    """Return the entries of the legend that tell how links are drawn."""
    from matplotlib.patches import Patch

    known = [i for i in found.order if np.isfinite(found.result.ranking.mean[i])]
    marks = [
        Patch(fc="none", ec=CHOSEN, lw=1.6, label=tr("Link chosen for the budget")),
        Patch(fc="none", ec="#6b767d", lw=0.7, label=tr("Other link; number: place in the table")),
        Patch(
            fc=PALE,
            ec=UNSURE,
            lw=0.0,
            hatch=HATCH,
            label=tr("Paler, hatched: less certain whether it brings or costs"),
        ),
        Patch(fc=NOT_KNOWN, ec="#6b767d", lw=0.7, label=tr("Benefit not known")),
    ]
    wanted = (
        bool(found.chosen),
        len(found.chosen) < len(found.order),
        any(not _sure(found, i) for i in known),
        len(known) < len(found.order),
    )
    return [mark for mark, there in zip(marks, wanted, strict=True) if there]


F32 = NDArray[np.float32]
CROP_IN = 4.6


@in_style
def link_figure(base: BaseMap, found: Found, i: int, use: LinkUse) -> Figure:
    """Return the page's maps of one link: what lies there, and what changes in who passes."""
    window = window_of(found, i)
    near = around(base, window)
    figure, axes, place = _two_maps()
    draw(axes[0], base, land_cover(base))
    axes[0].set_title(tr("Without the link: land cover"), fontsize=9)
    _changed(figure, axes[1], base, use, place)
    _died(axes[1], found, use)
    for ax in axes:
        _mark(ax, found, i)
        ax.set_xlim(window[0], window[1])
        ax.set_ylim(window[2], window[3])
        furnish(ax, near, areas=6, towns=6)
    _cover_legend(figure, base, found, window)
    return figure


def _two_maps() -> tuple[Figure, list[Axes], tuple[float, float, float]]:
    """Return a figure, two axes, and the place of the scale of the second."""
    if is_narrow():
        wide, foot, strip, above = NARROW_IN, 1.75, 0.35, 0.3
        figure = new_figure(wide + 0.08, 2 * (wide + above) + strip + foot)
        height, share = figure.get_figheight(), wide / (wide + 0.08)
        below = (foot + strip + wide + above, foot + strip)
        boxes = [(0.01, at / height, share, wide / height) for at in below]
        return figure, [figure.add_axes(box) for box in boxes], (0.7, 0.27, foot + 0.19)
    figure = new_figure(CROP_IN * 2 + 0.2, CROP_IN + 1.17)
    height = figure.get_figheight()
    boxes = [(k / 2 + 0.008, 0.84 / height, 0.484, 1 - 1.15 / height) for k in range(2)]
    return figure, [figure.add_axes(box) for box in boxes], (0.77, 0.21, 0.62)


def _mark(ax: Axes, found: Found, i: int) -> None:
    from matplotlib.patches import PathPatch

    for k, link in enumerate(found.result.links):
        if k != i:
            ax.add_artist(
                PathPatch(path_of(link.rings), fc="none", ec="#444444", lw=0.5, ls=":", zorder=3.4)
            )
    path = path_of(found.result.links[i].rings)
    ax.add_artist(PathPatch(path, fc="none", ec="white", lw=3.6, alpha=0.85, zorder=3.5))
    ax.add_artist(PathPatch(path, fc="none", ec=CHOSEN, lw=1.6, zorder=3.6))


def _changed(
    figure: Figure, ax: Axes, base: BaseMap, use: LinkUse, place: tuple[float, float, float]
) -> None:
    if use.change is None or use.told is None:
        draw(ax, base, paler(base, 0.4))
        title = tr("Deaths on the way") if use.n else tr("Where the link lies")
        ax.set_title(title, fontsize=9)
        return
    size = np.abs(use.change[use.told] if use.told.any() else use.change)
    high = float(np.quantile(size, 0.99)) or float(size.max()) or 1.0
    change = np.zeros(base.land.grid.shape, np.float32)
    # what is within chance is left blank: noise far from a link is no finding
    change[use.window] = np.where(use.told, use.change, 0.0)
    level = np.clip(base.shown(change) / high, -1, 1)
    alpha = np.clip(np.abs(level) / 0.25, 0, 0.9)
    draw(ax, base, ramped(base, RAMP, (level + 1) / 2, alpha, paler(base, 0.5)))
    ax.set_title(tr("Change in who passes: with the link less without"), fontsize=9)
    label = tr("Dispersers' days per 100 km²; blank: within chance")
    colour_scale(figure, RAMP, -high, high, label, place)


def _died(ax: Axes, found: Found, use: LinkUse) -> None:
    if not use.n:
        return
    grid = found.land.grid
    counts = [np.bincount(one, minlength=grid.height * grid.width) for one in use.dead]
    # who died there in either case says nothing of the link
    only = [np.flatnonzero(counts[k] > counts[1 - k]) for k in (0, 1)]
    for cells, marker, colour, label in (
        (only[0], "x", "#444444", tr("Died only without the link")),
        (only[1], "+", "#d55e00", tr("Died only with it")),
    ):
        row, col = np.divmod(cells, grid.width)
        x, y = grid.to_metres(col + 0.5, row + 0.5)
        ax.plot(x, y, marker, ms=4.5, mew=0.9, color=colour, ls="", label=label, zorder=5)
    ax.legend(loc="upper right", fontsize=6.5, frameon=True, framealpha=0.85, borderpad=0.4)


def _cover_legend(figure: Figure, base: BaseMap, found: Found, window: Window) -> None:
    from matplotlib.patches import Patch

    handles = class_handles(
        found.land["land_cover"][cells_of(found.land.grid, window)], found.land.covers
    )
    handles.append(Patch(fc="none", ec=CHOSEN, lw=1.4, label=tr("This link")))
    if len(found.result.links) > 1:
        handles.append(Patch(fc="none", ec="#444444", lw=0.5, ls=":", label=tr("Other link")))
    figure.legend(
        handles=[*handles, *legend_handles(base, towns=False)],
        loc="lower left",
        ncols=2 if is_narrow() else 3,
        fontsize=6.6,
        bbox_to_anchor=(0.0, 0.0),
        columnspacing=1.0,
        handlelength=1.4,
        labelspacing=0.25,
    )
