"""Figures of many generations: who is reached from where, by how many, and numbers by year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.comparison.generations_tables import Found, Told
from corridor_sim.languages import mark, tr, written
from corridor_sim.report.figures.basemap import BaseMap, draw, legend_handles, paler, ramped
from corridor_sim.report.figures.drawing import (
    FAINT,
    INK,
    NARROW_IN,
    RULE,
    in_style,
    is_narrow,
    key_of,
    new_figure,
    shortened,
    wrapped,
)
from corridor_sim.report.figures.map_labels import furnish
from corridor_sim.report.text import generations as words
from corridor_sim.report.text import numbers as say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAP_IN = 7.4
# generations up to which an arrow has a colour, and its colour (ColorBrewer's PuOr, dark ends)
CLASSES = (
    (3.0, "#2d004b", mark("Reached within 3 generations")),
    (10.0, "#8073ac", mark("Reached within 10")),
    (30.0, "#e08214", mark("Reached within 30")),
    (100.0, "#b8b8b8", mark("Reached within 100")),
)
# more names than this cannot be read along the sides of a square
MOST_BLOCKS = 24


def class_of(generations: float) -> int | None:
    """Return the class of an arrow, None beyond the last."""
    for k, (end, _, _) in enumerate(CLASSES):
        if generations <= end:
            return k
    return None


@in_style
def map_figure(base: BaseMap, found: Found, told: Told) -> Figure:
    """Return the map of a species: where it lives, and an arrow for every way that is gone."""
    wide, foot = (NARROW_IN, 1.5) if is_narrow() else (MAP_IN, 0.72)
    figure = new_figure(wide, wide * base.aspect + foot + 0.03)
    high = figure.get_figheight()
    ax = figure.add_axes((0.005, foot / high, 0.99, wide * base.aspect / high))
    picture, top = _living(base, told)
    draw(ax, base, picture)
    centres = _centres(base, found)
    generations, migrants = told.between().generations, told.between().migrants
    order = sorted(
        (
            (float(generations[a, b]), a, b)
            for a, b in zip(*np.nonzero(migrants > 0), strict=True)
            if class_of(float(generations[a, b])) is not None
        ),
        reverse=True,
    )
    for passed, a, b in order:
        _arrow(ax, centres[a], centres[b], float(migrants[a, b]), passed)
    furnish(ax, base, areas=18, towns=4)
    _map_legend(figure, base, top)
    return figure


def _living(base: BaseMap, told: Told) -> tuple[Any, float]:
    """Return the ground with the residents of the species in it, and the end of the scale."""
    tiles, side = told.one.kind.tiles, told.one.here
    cells = np.bincount(tiles.tile[tiles.tile >= 0], minlength=tiles.n)
    per_100 = side.residents / np.maximum(cells, 1) / base.land.grid.cell_km2 * 100.0
    values = np.where(tiles.tile >= 0, per_100[np.maximum(tiles.tile, 0)], 0.0)
    top = float(np.quantile(per_100[per_100 > 0], 0.98)) if (per_100 > 0).any() else 1.0
    level = np.clip(base.shown(values.astype(np.float32)) / top, 0, 1)
    alpha = np.clip(level / 0.15, 0, 0.85)
    return ramped(base, "Greens", 0.25 + 0.6 * level, alpha, paler(base, 0.55)), top


def _centres(base: BaseMap, found: Found) -> Any:
    """Return map x and y of the middle of every block, ``[block, 2]``."""
    block = found.asked.machine.blocks.raster(base.land)
    n = found.asked.machine.blocks.n
    row, col = np.nonzero(block)
    mine = block[row, col] - 1
    size = np.maximum(np.bincount(mine, minlength=n), 1)
    at = (np.bincount(mine, each, minlength=n) / size for each in (col + 0.5, row + 0.5))
    return np.stack(base.land.grid.to_metres(*at), axis=1)


def _arrow(ax: Axes, start: Any, end: Any, migrants: float, generations: float) -> None:
    from matplotlib.patches import FancyArrowPatch

    kind = class_of(generations)
    assert kind is not None
    wide = 0.8 + 1.1 * float(np.clip(np.log10(migrants + 1e-9) + 2, 0, 4))
    look: Any = {"arrowstyle": "-|>", "mutation_scale": 6 + 1.6 * wide, "shrinkA": 3, "shrinkB": 5}
    look["connectionstyle"] = "arc3,rad=0.22"
    for colour, extra, order in (("white", 1.6, 4.0), (CLASSES[kind][1], 0.0, 4.1)):
        patch = FancyArrowPatch(
            tuple(start),
            tuple(end),
            color=colour,
            lw=wide + extra,
            zorder=order - kind / 50,
            **look,
        )
        ax.add_patch(patch)


def _map_legend(figure: Figure, base: BaseMap, top: float) -> None:
    from matplotlib.patches import Patch

    arrows = [key_of(tr(text), color=colour, lw=2.2) for _, colour, text in CLASSES]
    green = tr("Residents, deep green: {n} per 100 km² and more", n=written(f"{top:.2g}"))
    living = Patch(fc="#41ab5d", label=green)
    handles = [*arrows, living, *legend_handles(base)]
    figure.legend(
        handles=handles, loc="lower left", ncols=1 if is_narrow() else 3, fontsize=6.8,
        columnspacing=1.2, handlelength=1.6, labelspacing=0.3, bbox_to_anchor=(0.0, 0.0),
    )  # fmt: skip


@in_style
def matrix_figure(found: Found, told: Told) -> Figure | None:
    """Return the square of generations from block to block, None where no way is gone."""
    between, names = told.between(), found.asked.machine.blocks.names[1:]
    gone = np.isfinite(between.generations) & ~np.eye(told.n, dtype=np.bool_)
    live = np.flatnonzero((gone.any(axis=0) | gone.any(axis=1)) & (told.fed >= 1.0))
    chosen = live[np.argsort(-told.fed[live], kind="stable")][:MOST_BLOCKS]
    if chosen.size < 2:
        return None
    n = chosen.size
    side = max(0.36 * n, 1.6)
    figure = new_figure(side + 4.4, side + 2.5)
    wide, high = figure.get_figwidth(), figure.get_figheight()
    ax = figure.add_axes((2.8 / wide, 0.45 / high, side / wide, side / high))
    for i, a in enumerate(chosen):
        for j, b in enumerate(chosen):
            _cell(ax, i, j, float(between.generations[a, b]), float(between.migrants[a, b]))
    labels = [shortened(say.block_name(names[k]), 34) for k in chosen]
    ax.set_xticks(range(n), labels, rotation=55, ha="left", rotation_mode="anchor", fontsize=7)
    ax.set_yticks(range(n), labels, fontsize=7)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.set_xlim(-0.5, n - 0.5)
    ax.set_ylim(n - 0.5, -0.5)
    for spine in ax.spines.values():
        spine.set_visible(False)
    figure.text(0.02, 1 - 0.2 / high, tr("To (above), from (left)"), fontsize=8, color=FAINT)
    note = tr(
        "Generations until reached with chance 1/2; blank: {never} or no way; bold: one animal a "
        "generation or more",
        never=words.never(),
    )
    figure.text(0.02, 0.12 / high, wrapped(note, int(wide * 17)), fontsize=7, va="bottom")
    return figure


def _cell(ax: Axes, i: int, j: int, generations: float, migrants: float) -> None:
    from matplotlib.patches import Rectangle

    kind = class_of(generations) if i != j else None
    face = "#eef1f2" if i == j else "white" if kind is None else CLASSES[kind][1]
    ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fc=face, ec=RULE, lw=0.6))
    if kind is not None:
        look: Any = {"ha": "center", "va": "center", "fontsize": 6.8}
        look["color"] = "white" if kind < 2 else INK
        look["fontweight"] = "bold" if migrants >= 1.0 else "normal"
        ax.text(j, i, words.generations(generations), **look)


@in_style
def years_figure(found: Found) -> Figure:
    """Return numbers through the years of every species, with bands of 95 %."""
    n = len(found.told)
    columns = min(n, 2)
    rows = -(-n // columns)
    figure = new_figure(4.2 * columns, 2.3 * rows + 0.5)
    axes = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).reshape(-1)
    for ax in axes[n:]:
        ax.set_visible(False)
    for ax, one in zip(axes, found.species, strict=False):
        rows_of = found.yearly[found.yearly["species"] == one.key]
        years = rows_of["year"].to_numpy()
        low, high = rows_of["animals_low"].to_numpy(), rows_of["animals_high"].to_numpy()
        ax.fill_between(years, low, high, color=one.colour, alpha=0.22, lw=0)
        ax.plot(
            years, rows_of["animals"], color=one.colour, lw=1.7, label=say.named(found.names[0])
        )
        if len(found.names) > 1:
            look: Any = {
                "color": "#333333",
                "lw": 1.2,
                "ls": "--",
                "label": say.named(found.names[1]),
            }
            ax.plot(years, rows_of["animals_against"], **look)
            ax.legend(loc="best", fontsize=7)
        ax.set_ylim(bottom=0)
        ax.set_title(one.common_name, fontsize=9)
        ax.set_ylabel(tr("independent animals"), fontsize=8)
        ax.yaxis.set_major_formatter(lambda value, _: say.number(value))
        ax.grid(axis="y", color=RULE, lw=0.6)
    figure.tight_layout(pad=1.0)
    return figure
