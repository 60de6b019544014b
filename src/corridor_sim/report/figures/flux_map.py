"""Dispersal between core areas as a map of arrows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corridor_sim.report.figures.basemap import BaseMap, draw
from corridor_sim.report.figures.drawing import INK, Drawn, drawn, new_figure, styled, wrapped
from corridor_sim.report.figures.map_labels import furnish
from corridor_sim.report.text.tables import records

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from corridor_sim.species.traits import Species

MAX_ARROWS = 60
WIDEST_PT = 4.5
PANEL_IN = 5.1


def flux_figure(
    base: BaseMap,
    species: Species,
    fluxes: list[tuple[str, pd.DataFrame]],
    per_animal: float,
    *,
    legend: str = "Animals per cohort that reach the other area (first arrival)",
    none: str = "No disperser reached\nanother core area",
) -> Drawn:
    """Return the figure of one or two arrow maps on one scale.

    Parameters
    ----------
    fluxes : list of (title, rows)
        Rows of one scenario and species from :attr:`Comparison.flux`; a column ``colour`` gives
        arrows colours of their own.
    per_animal : float
        Simulated dispersers that stand for one animal.
    legend, none : str
        What the arrows count, and what is written where there are none.
    """
    from matplotlib.lines import Line2D

    most = max((float(f["reached"].max()) for _, f in fluxes if len(f)), default=0.0) / per_animal
    panels = len(fluxes)
    # both panels name the same areas, so that an arrow that is gone can be seen to be gone
    named = {str(a) for _, f in fluxes for c in ("from_area", "to_area") for a in f[c]}
    with styled():
        figure = new_figure(PANEL_IN * panels + 0.15, PANEL_IN * base.aspect + 0.87)
        height = figure.get_figheight()
        each = 1 / panels
        for i, (title, rows) in enumerate(fluxes):
            ax = figure.add_axes((i * each + 0.008, 0.52 / height, each - 0.016, 1 - 0.86 / height))
            draw(ax, base, 0.35 * base.ground + 0.65)
            _arrows(ax, base, species.colour, rows, per_animal, most)
            furnish(ax, base, areas=18, towns=4, only=named or None)
            ax.set_title(wrapped(title, 60), fontsize=9)
            if not len(rows):
                ax.text(
                    0.5,
                    0.5,
                    none,
                    ha="center",
                    transform=ax.transAxes,
                    fontsize=10,
                    zorder=9,
                    bbox={"fc": "white", "ec": "none", "alpha": 0.85},
                )
        if most > 0:
            sizes = [most, most / 3, most / 10]
            handles = [
                Line2D([], [], color=species.colour, lw=_width(v, most), label=f"{v:.2g}")
                for v in sizes
            ]
            figure.legend(
                handles=handles,
                loc="lower center",
                ncols=3,
                handlelength=3,
                title=legend,
                title_fontsize=8,
                alignment="center",
            )
        return drawn(figure, shaded=True)


def _width(value: float, most: float) -> float:
    return max(0.6, WIDEST_PT * float(np.sqrt(value / most)))


def _arrows(
    ax: Axes, base: BaseMap, colour: str, rows: pd.DataFrame, per_animal: float, most: float
) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.patheffects import withStroke

    at = {name: (x, y) for name, x, y, _ in base.areas}
    west, east, _, _ = base.extent_m
    point = (east - west) / (PANEL_IN * 72.0)
    top = rows.sort_values("reached", ascending=False, kind="stable").head(MAX_ARROWS)
    # the widest last: it must not vanish below the small ones' heads
    for row in records(top)[::-1]:
        start, end = at.get(row["from_area"]), at.get(row["to_area"])
        if start is None or end is None:
            continue
        long = float(np.hypot(end[0] - start[0], end[1] - start[1])) / point
        width = _width(row["reached"] / per_animal, most)
        head = min(3.0 + 1.0 * width, 0.45 * long + 1.0)
        ax.add_patch(
            FancyArrowPatch(
                start,
                end,
                connectionstyle="arc3,rad=0.28",
                lw=width,
                alpha=0.95,
                color=row.get("colour", colour),
                arrowstyle=f"-|>,head_length={head:.2f},head_width={0.5 * head:.2f}",
                mutation_scale=1.0,
                shrinkA=1,
                shrinkB=1,
                zorder=5,
                capstyle="butt",
                joinstyle="miter",
                path_effects=[withStroke(linewidth=width + 0.7, foreground="white", alpha=0.8)],
            )
        )
    ax.plot(
        [p[0] for p in at.values()],
        [p[1] for p in at.values()],
        "o",
        ms=2.0,
        color=INK,
        zorder=4,
        ls="",
    )
