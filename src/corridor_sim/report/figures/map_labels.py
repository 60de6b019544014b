"""What makes a map readable: names that do not overlap, a scale bar and a north arrow."""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor_sim.languages import tr
from corridor_sim.report.figures.basemap import BORDER, CORE, DASHES, BaseMap
from corridor_sim.report.figures.drawing import INK, shortened, wrapped
from corridor_sim.report.figures.marks import tell
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.countries import country

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Box = tuple[float, float, float, float]
TOWN = "#333333"
LETTER_PT, COUNTRY_PT = 6.3, 7.6


def furnish(
    ax: Axes,
    base: BaseMap,
    *,
    areas: int = 14,
    towns: int = 9,
    only: Set[str] | None = None,
    taken: Sequence[Box] = (),
) -> None:
    """Add names, countries along their borders, a scale bar and a north arrow.

    Parameters
    ----------
    areas, towns : int
        How many core areas (the largest) and towns (the most populous) to name at most.
    only : set of str, optional
        Name these core areas and no others.
    taken : sequence of (west, south, east, north)
        Ground in map metres where no name may stand.
    """
    west, east, south, north = base.extent_m
    _tell_places(ax, base)
    taken = [*taken, _scale_bar(ax, base)]
    _countries(ax, base, taken)
    chosen = [a for a in base.areas if only is None or a[0] in only]
    for name, x, y, _ in chosen[:areas]:
        _label(ax, base, taken, name, x, y, colour=CORE, weight="bold")
    placed = 0
    for town in sorted(base.land.town_list, key=lambda t: (-t.population, t.name)):
        if placed == towns:
            break
        inside = west < town.x_m < east and south < town.y_m < north
        if inside and _label(ax, base, taken, town.name, town.x_m, town.y_m, colour=TOWN, dot=True):
            placed += 1


def _tell_places(ax: Axes, base: BaseMap) -> None:
    """Say which core areas and towns lie where, whether or not there is room for their names."""
    land, size = base.land, {name: km2 for name, _, _, km2 in base.areas}
    for zone in dict.fromkeys(base.rings_of):
        name, at = land.zone_names[zone], land.zone_countries[zone]
        rings = [ring for ring, of in zip(base.rings, base.rings_of, strict=True) if of == zone]
        km2 = say.area(size.get(name, 0.0))
        text = (
            tr("{name}: core area of {km2}, {country}", name=name, km2=km2, country=country(at))
            if at
            else tr("{name}: core area of {km2}", name=name, km2=km2)
        )
        tell(ax, text, rings)
    for town in land.town_list:
        people = say.number(town.population)
        text = tr("{name}: town of {people} people", name=town.name, people=people)
        tell(ax, text if town.population else town.name, [[(town.x_m, town.y_m)]])


def _countries(ax: Axes, base: BaseMap, taken: list[Box]) -> None:
    """Draw the borders, and write beside each, where there is room, who lies on either side."""
    from matplotlib.patheffects import withStroke

    per_point = _metres_per_point(ax, base)
    for border in base.land.borders:
        x, y = (np.array(c) for c in zip(*border.course, strict=True))
        for colour, wide, dash in (("white", 2.6, "-"), (BORDER, 1.1, DASHES)):
            ax.plot(x, y, color=colour, lw=wide, ls=dash, alpha=0.9, zorder=3.2)
        names = [(border.left, 1.0), (border.right, -1.0)]
        for code, side in names:
            name = country(code).upper()
            box = _beside(base, (x, y), side, len(name), per_point, taken)
            if box is None:
                continue
            taken.append(box)
            halo = [withStroke(linewidth=1.8, foreground="white", alpha=0.85)]
            look: Any = {"ha": "center", "va": "center", "fontsize": COUNTRY_PT, "zorder": 6}
            look |= {"color": BORDER, "path_effects": halo, "clip_on": True}
            ax.text((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, name, **look)


def _beside(
    base: BaseMap, course: Any, side: float, letters: int, per_point: float, taken: list[Box]
) -> Box | None:
    """Return room for a name beside a border, to its left (1) or right (-1); None if none."""
    x, y = course
    wide, high = 0.86 * COUNTRY_PT * letters * per_point, 1.3 * COUNTRY_PT * per_point
    long = np.hypot(np.diff(x), np.diff(y))
    # the middle of the map first: there a border parts most ground
    west, east, south, north = base.extent_m
    middle = np.column_stack([x[1:] + x[:-1], y[1:] + y[:-1]]) / 2
    near = np.hypot(middle[:, 0] - (west + east) / 2, middle[:, 1] - (south + north) / 2)
    for i in np.argsort(near, kind="stable"):
        if not long[i]:
            continue
        across = side * np.array([-(y[i + 1] - y[i]), x[i + 1] - x[i]]) / long[i]
        for far in (1.0, 1.6, 2.4):
            off = far * (abs(across[0]) * wide / 2 + abs(across[1]) * high / 2 + 4 * per_point)
            at = middle[i] + off * across
            box = (at[0] - wide / 2, at[1] - high / 2, at[0] + wide / 2, at[1] + high / 2)
            if _free(box, base, taken):
                return box
    return None


def _metres_per_point(ax: Axes, base: BaseMap) -> float:
    west, east, _, _ = base.extent_m
    # None only for axes that were taken off their figure
    dpi = ax.get_figure(True).dpi  # type: ignore[union-attr]
    return (east - west) / (ax.get_window_extent().width * 72.0 / dpi)


def _free(box: Box, base: BaseMap, taken: list[Box]) -> bool:
    west, east, south, north = base.extent_m
    if box[0] < west or box[2] > east or box[1] < south or box[3] > north:
        return False
    return not any(
        box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3] for t in taken
    )


def _label(
    ax: Axes,
    base: BaseMap,
    taken: list[Box],
    name: str,
    x: float,
    y: float,
    *,
    colour: str,
    weight: str = "normal",
    dot: bool = False,
) -> bool:
    """Write a name where it covers no other, or not at all; tell whether it was written."""
    from matplotlib.patheffects import withStroke

    text = wrapped(shortened(name.replace("–", "– "), 60), 24).replace("– ", "–")
    lines = text.split("\n")
    per_point = _metres_per_point(ax, base)
    wide = (0.66 if weight == "bold" else 0.58) * LETTER_PT * max(map(len, lines)) * per_point
    high = (0.25 + 1.1 * len(lines)) * LETTER_PT * per_point
    gap = 3.0 * per_point
    spot = (x - gap, y - gap, x + gap, y + gap)
    if dot and not _free(spot, base, taken):
        return False
    tries = (
        [("left", x + gap, y), ("right", x - gap, y)]
        if dot
        else [("center", x, y), ("center", x, y + high), ("center", x, y - high)]
    )
    for align, tx, ty in tries:
        left = tx - {"left": 0.0, "center": 0.5, "right": 1.0}[align] * wide
        box = (left, ty - high / 2, left + wide, ty + high / 2)
        if not _free(box, base, taken):
            continue
        taken += [box, spot] if dot else [box]
        halo = [withStroke(linewidth=1.8, foreground="white", alpha=0.85)]
        look: Any = {"ha": align, "va": "center", "ma": "center", "fontsize": LETTER_PT}
        look |= {"color": colour, "fontweight": weight, "linespacing": 1.05, "path_effects": halo}
        ax.text(tx, ty, text, zorder=6, clip_on=True, **look)
        if dot:
            ax.plot(x, y, "s", ms=2.8, mfc=TOWN, mec="white", mew=0.5, zorder=5)
        return True
    return False


def nice_length_m(width_m: float) -> float:
    """Return a round length of about a fifth of the map's width: 1, 2 or 5 times a power of ten.

    >>> nice_length_m(502_000.0)
    100000.0
    """
    target = width_m / 5
    power = 10.0 ** math.floor(math.log10(target))
    return max(m * power for m in (1.0, 2.0, 5.0) if m * power <= target)


def _scale_bar(ax: Axes, base: BaseMap) -> Box:
    """Draw bar and arrow in the south-western corner and return the ground they take."""
    from matplotlib.patches import Polygon, Rectangle

    west, east, south, _ = base.extent_m
    point = _metres_per_point(ax, base)
    length = nice_length_m(east - west)
    x, y, thick = west + 12 * point, south + 8 * point, 3.2 * point
    box = (west, south, x + length + 30 * point, y + 17 * point)
    wide, high = box[2] - box[0], box[3] - box[1]
    ax.add_patch(Rectangle(box[:2], wide, high, fc="white", ec="none", alpha=0.88, zorder=7))
    look: Any = {"ec": INK, "lw": 0.6, "zorder": 8}
    for i, fill in enumerate((INK, "white")):
        ax.add_patch(Rectangle((x + i * length / 2, y), length / 2, thick, fc=fill, **look))
    unit = f"{say.plain(length / 1000)} km" if length >= 1000 else f"{say.plain(length)} m"
    words: Any = {"ha": "center", "va": "bottom", "fontsize": 6.5, "zorder": 8}
    for at, text in ((x, "0"), (x + length, unit)):
        ax.text(at, y + 1.5 * thick, text, **words)
    tip_x, foot = x + length + 20 * point, y - 3 * point
    shape = ((0, 9), (-3, 0), (0, 2), (3, 0))
    arrow = [(tip_x + dx * point, foot + dy * point) for dx, dy in shape]
    ax.add_patch(Polygon(arrow, closed=True, fc=INK, ec="none", zorder=8))
    ax.text(tip_x, foot + 9.5 * point, "N", fontweight="bold", **words)
    return box
