"""Figures of collared animals: their tracks with the circle of their range, and their records."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from corridor_sim.languages import ENGLISH, current, tr, written
from corridor_sim.report.figures.drawing import (
    FAINT,
    INK,
    RULE,
    in_style,
    key_of,
    new_figure,
    panels,
    shortened,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corridor_sim.telemetry.tracks import Tracks

# animals that are drawn: more make panels too small to read
MOST_DRAWN = 12
ACROSS = 4
OBSERVED, SIMULATED, MODEL = "#0b4f6c", "#d55e00", "#22303a"
CIRCLE = "#c98a00"
Circle = tuple[float, float, float]
_PATCH: Any = {"boxstyle": "square,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.75}


def drawn_animals(tracks: Tracks) -> list[str]:
    """Return the animals that have a panel: all, or those with the most fixes, in their order."""
    counts = tracks.table["animal"].value_counts()
    chosen = {str(name) for name in counts.index[:MOST_DRAWN]}
    return [name for name in tracks.animals if name in chosen]


@in_style
def tracks_figure(tracks: Tracks, circles: Mapping[str, Circle]) -> Figure:
    """Return a panel for each animal: its fixes, joined in time, and the circle of its 95 % range.

    Parameters
    ----------
    tracks : Tracks
    circles : mapping of animal to (x, y, radius)
        Metres; animals without a range have none.
    """
    names = drawn_animals(tracks)
    across = min(ACROSS, len(names))
    down = -(-len(names) // across)
    side = 8.2 / across if across > 1 else 5.2
    figure = new_figure(side * across, (side * 0.98 + 0.1) * down + 0.3)
    tables = {str(name): table for name, table in tracks.table.groupby("animal", sort=False)}
    for ax, name in zip(panels(figure, len(names), across), names, strict=True):
        _track(ax, tables[name], circles.get(name))
        place: Any = {"transform": ax.transAxes, "va": "top", "zorder": 7}
        text = shortened(name, int(9 * side))
        ax.text(0.03, 0.97, text, fontsize=8.5, fontweight="bold", bbox=_PATCH, **place)
    handles = [
        key_of(tr("fixes, joined in time"), color=OBSERVED, lw=0.8, marker="o", ms=2.5),
        key_of(tr("95 % range"), color=CIRCLE, lw=1.6),
        key_of(tr("range centre"), color=CIRCLE, ls="", marker="+", ms=8),
    ]
    figure.legend(handles=handles, loc="lower left", ncols=3, bbox_to_anchor=(0.0, 0.0))
    figure.tight_layout(pad=0.6, rect=(0, 0.3 / figure.get_figheight(), 1, 1))
    return figure


def _track(ax: Axes, table: pd.DataFrame, circle: Circle | None) -> None:
    x, y = table["x_m"].to_numpy() / 1e3, table["y_m"].to_numpy() / 1e3
    ax.plot(x, y, color=OBSERVED, lw=0.35, alpha=0.55, zorder=2)
    ax.plot(x, y, ".", color=OBSERVED, ms=2.2, alpha=0.7, mew=0, zorder=3)
    low, high = np.array([x.min(), y.min()]), np.array([x.max(), y.max()])
    if circle is not None:
        from matplotlib.patches import Circle as Ring

        cx, cy, radius = (value / 1e3 for value in circle)
        ax.add_patch(Ring((cx, cy), radius, fc="none", ec=CIRCLE, lw=1.6, zorder=4))
        ax.plot(cx, cy, "+", color=CIRCLE, ms=8, mew=1.6, zorder=5)
        low = np.minimum(low, (cx - radius, cy - radius))
        high = np.maximum(high, (cx + radius, cy + radius))
    half = max(float((high - low).max()) / 2 * 1.06, 0.05)
    middle = (low + high) / 2
    ax.set_xlim(middle[0] - half, middle[0] + half)
    ax.set_ylim(middle[1] - half, middle[1] + half)
    ax.set_aspect("equal")
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(True)
        spine.set_color(RULE)
    _scale_bar(ax, half)


def _scale_bar(ax: Axes, half_km: float) -> None:
    """Draw a bar of a round length, about a third of the panel."""
    length = round_below(half_km * 0.8)
    left, bottom = ax.get_xlim()[0], ax.get_ylim()[0]
    x, y = left + 0.08 * half_km, bottom + 0.1 * half_km
    ax.plot([x, x + length], [y, y], color=INK, lw=2.2, solid_capstyle="butt", zorder=6)
    text = f"{length:g} km" if length >= 1 else f"{length * 1000:g} m"
    ax.text(x, y + 0.05 * half_km, written(text), fontsize=7.5, va="bottom", zorder=6)


def round_below(value: float) -> float:
    """Return the largest of 1, 2 or 5 times a power of ten that is not above a value.

    >>> round_below(7.3), round_below(0.24)
    (5.0, 0.2)
    """
    power = 10.0 ** math.floor(math.log10(value))
    return next(float(f"{k * power:.3g}") for k in (5, 2, 1) if k * power <= value * (1 + 1e-9))


@in_style
def records_figure(tracks: Tracks) -> Figure:
    """Return when each animal's fixes were taken, a row an animal: gaps show as white."""
    names = list(tracks.animals)
    figure = new_figure(8.2, 0.2 * len(names) + 0.75)
    ax = figure.add_subplot()
    times = pd.DatetimeIndex(tracks.table["time"])
    days = np.asarray(times.tz_localize(None) if times.tz is not None else times, "datetime64[s]")
    animal = tracks.table["animal"].to_numpy()
    for row, name in enumerate(names):
        own = days[animal == name]
        ax.plot(own, np.full(own.size, row), "|", color=OBSERVED, ms=7, mew=0.6)
    ax.set_yticks(range(len(names)), [shortened(name, 24) for name in names], fontsize=7.5)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=RULE, lw=0.6)
    ax.set_axisbelow(True)
    _date_axis(ax)
    figure.tight_layout(pad=0.6)
    return figure


def _date_axis(ax: Axes) -> None:
    from matplotlib import dates

    # matplotlib's dates have no types
    made: Any = dates
    locator = made.AutoDateLocator(minticks=3, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    if current().code == ENGLISH:
        ax.xaxis.set_major_formatter(made.ConciseDateFormatter(locator))
        return
    from babel.dates import format_skeleton

    code = current().code
    ax.xaxis.set_major_formatter(
        lambda at, _: format_skeleton("yMMMd", made.num2date(at), locale=code)
    )


def numbered(names: Sequence[str], most: int) -> str:
    """Write so many names, and how many more there are."""
    listed = ", ".join(names[:most])
    if len(names) <= most:
        return listed
    return tr("{names} and {n} more", names=listed, n=len(names) - most)


__all__ = ["FAINT", "drawn_animals", "records_figure", "round_below", "tracks_figure"]
