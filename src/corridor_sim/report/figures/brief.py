"""The page of a brief: an A4 sheet with sentences, a map and two tables, drawn in inches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, filterwarnings

import numpy as np

from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.edits.drawn import AreaEdit
from corridor_sim.landscape.edits.places import to_grid_metres
from corridor_sim.landscape.edits.roads import AddRoad
from corridor_sim.landscape.edits.works import Work
from corridor_sim.landscape.grid import Grid
from corridor_sim.report.figures.basemap import BaseMap, draw, legend_handles, paler
from corridor_sim.report.figures.drawing import FAINT, INK, RULE, in_style, new_figure, shortened
from corridor_sim.report.figures.links_map import path_of
from corridor_sim.report.figures.map_labels import Box, furnish
from corridor_sim.report.text.brief import Brief, Cell, Row, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE, HIGH = 8.27, 11.69
LEFT, TOP = 0.55, 0.5
RIGHT, BOTTOM = WIDE - LEFT, HIGH - 0.4
# of Okabe and Ito, told apart in any kind of colour vision; the numbers say the same
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#444444")
BAND, UNSURE = "#eef3f1", "#7d8a91"
NAMES_IN = 2.15
FOOT_PT = 6.4
# alternatives beside which the map has the room of half a page
FEW = 3


class Sheet:
    """A sheet that is written on from top to bottom, in inches from its upper left corner."""

    def __init__(self) -> None:
        self.figure = new_figure(WIDE, HIGH)
        self.ax: Axes = self.figure.add_axes((0, 0, 1, 1))
        self.ax.set_xlim(0, WIDE)
        self.ax.set_ylim(HIGH, 0)
        self.ax.set_axis_off()
        canvas: Any = self.figure.canvas
        self._renderer = canvas.get_renderer()

    def text(self, x: float, y: float, text: str, size: float, **style: Any) -> None:
        """Write one line whose upper edge lies at ``y``."""
        self.ax.text(x, y, text, fontsize=size, **{"va": "top", **style})

    def wrapped(self, text: str, size: float, wide: float, **style: Any) -> list[str]:
        """Break a text into lines that fit a width, by the widths of its letters."""
        from matplotlib.font_manager import FontProperties

        font = FontProperties(size=size, weight=style.get("fontweight", "normal"))
        # letters are a little wider in a file than on the screen's grid
        pixels = 0.97 * wide * self.figure.dpi

        def fits(line: str) -> bool:
            with catch_warnings():
                # letters that no font has are told once, where the page is drawn
                filterwarnings("ignore", message="Glyph .* missing from")
                width: float = self._renderer.get_text_width_height_descent(line, font, False)[0]
            return width <= pixels

        lines: list[str] = []
        for word in text.split(" "):
            while not fits(word) and len(word) > 1:
                # an address without spaces is cut where it must be
                cut = next(i for i in range(len(word) - 1, 0, -1) if fits(word[:i]) or i == 1)
                lines.append(word[:cut])
                word = word[cut:]
            if lines and fits(f"{lines[-1]} {word}"):
                lines[-1] = f"{lines[-1]} {word}"
            else:
                lines.append(word)
        return lines

    def paragraph(
        self, x: float, y: float, text: str, size: float, wide: float, **style: Any
    ) -> float:
        """Write a text into a width and return where the next may begin."""
        lines = self.wrapped(text, size, wide, **style)
        for i, line in enumerate(lines):
            self.text(x, y + i * _line_in(size), line, size, **style)
        return y + len(lines) * _line_in(size)

    def rule(self, y: float, x: float = LEFT, end: float = RIGHT, **style: Any) -> None:
        """Draw a thin line across."""
        self.ax.plot([x, end], [y, y], **{"color": RULE, "lw": 0.8, "zorder": 1, **style})


def _line_in(size: float) -> float:
    return size * 1.32 / 72


@in_style
def brief_figure(brief: Brief, base: BaseMap, edits: Sequence[Sequence[Edit]]) -> Figure:
    """Return the page.

    Parameters
    ----------
    brief : Brief
    base : BaseMap
    edits : sequence of sequence of edits
        By alternative.
    """
    sheet = Sheet()
    y = sheet.paragraph(LEFT, TOP, brief.title, 17, RIGHT - LEFT, fontweight="bold")
    y = sheet.paragraph(LEFT, y + 0.03, brief.subtitle, 8.5, RIGHT - LEFT, color=UNSURE)
    foot = _foot_lines(sheet, brief)
    end = BOTTOM - len(foot) * _line_in(FOOT_PT) - 0.05
    _foot(sheet, foot, end)
    tables = end - 0.1 - _tables_in(brief)
    if len(brief.rows) <= FEW:
        y = _short(sheet, brief, y + 0.12, RIGHT - LEFT) + 0.15
        wide = min((tables - 0.2 - y) / base.aspect, 0.64 * (RIGHT - LEFT))
        _map(sheet, base, edits, LEFT, y, wide)
        y = _key(sheet, brief, LEFT + wide + 0.2, y)
        _legend(sheet, base, LEFT + wide + 0.2, y)
    else:
        # many rows leave little room below: the map stands beside the first words
        room = tables - 0.2 - y - 0.12
        wide = min(room / base.aspect, 0.44 * (RIGHT - LEFT))
        _map(sheet, base, edits, RIGHT - wide, y + 0.12, wide)
        y = _short(sheet, brief, y + 0.12, RIGHT - LEFT - wide - 0.2)
        y = sheet.paragraph(LEFT, y + 0.1, words()["key"]["numbers"], 7, 3.0, color=UNSURE)
        _legend(sheet, base, LEFT, y + 0.04, columns=2)
    y = _changes(sheet, brief, tables)
    if brief.beside:
        _beside(sheet, brief, y + 0.16)
    return sheet.figure


def _short(sheet: Sheet, brief: Brief, y: float, wide: float) -> float:
    """Write what to read first, on a band of colour."""
    from matplotlib.patches import Rectangle

    top = y
    few = len(brief.rows) <= FEW
    y += 0.09
    sheet.text(LEFT + 0.15, y, words()["short"]["head"], 9.5, fontweight="bold")
    y += 0.2
    for i, sentence in enumerate(brief.short):
        size = (9.6 if i < 2 else 8.4) if few else (8.6 if i < 2 else 7.6)
        y = sheet.paragraph(LEFT + 0.15, y, sentence, size, wide - 0.3) + 0.03
    y += 0.06
    sheet.ax.add_patch(Rectangle((LEFT, top), wide, y - top, fc=BAND, ec="none", zorder=0.5))
    return y


# ---- the map and its key


def _map(
    sheet: Sheet, base: BaseMap, edits: Sequence[Sequence[Edit]], x: float, y: float, wide: float
) -> None:
    """Draw the map with its upper left corner at a place."""
    high = wide * base.aspect
    ax = sheet.figure.add_axes((x / WIDE, 1 - (y + high) / HIGH, wide / WIDE, high / HIGH))
    draw(ax, base, paler(base, 0.55))
    marks = [_mark(ax, some, base.land.grid, COLOURS[i]) for i, some in enumerate(edits)]
    size = 13.0 / 72 * (base.extent_m[1] - base.extent_m[0]) / wide
    spots = _numbers(ax, marks, size) if len(edits) > 1 else []
    furnish(ax, base, areas=int(2 * wide), towns=int(1.4 * wide), taken=spots)


def _key(sheet: Sheet, brief: Brief, x: float, y: float) -> float:
    """Name the alternatives beside the map."""
    sheet.text(x, y, words()["key"]["head"], 9.5, fontweight="bold")
    y += 0.26
    for i, row in enumerate(brief.rows):
        _chip(sheet, x + 0.09, y + 0.075, i, len(brief.rows) > 1)
        for line in sheet.wrapped(row.name, 8.2, RIGHT - x - 0.27, fontweight="bold")[:3]:
            sheet.text(x + 0.25, y, line, 8.2, fontweight="bold")
            y += _line_in(8.2)
        y = sheet.paragraph(x + 0.25, y, row.about, 7.2, RIGHT - x - 0.27, color=UNSURE)
        y = sheet.paragraph(x + 0.25, y, row.does, 7.2, RIGHT - x - 0.27) + 0.08
    return y


def _legend(sheet: Sheet, base: BaseMap, x: float, y: float, columns: int = 1) -> None:
    sheet.figure.legend(
        handles=legend_handles(base),
        loc="upper left",
        bbox_to_anchor=(x / WIDE, 1 - (y + 0.02) / HIGH),
        fontsize=7,
        labelspacing=0.35,
        borderaxespad=0.0,
        borderpad=0.0,
        ncols=columns,
    )


def _chip(sheet: Sheet, x: float, y: float, i: int, numbered: bool) -> None:
    sheet.ax.plot(x, y, "s", ms=9.5, color=COLOURS[i], mec="white", mew=0.5)
    if numbered:
        look: Any = {"ha": "center", "va": "center_baseline", "color": "white"}
        sheet.ax.text(x, y, str(i + 1), fontsize=7, fontweight="bold", **look)


def _mark(ax: Axes, edits: Sequence[Edit], grid: Grid, colour: str) -> Any:
    """Draw the edits of an alternative; return corners ``[n, 2]`` of what has a place."""
    from matplotlib.patches import PathPatch

    corners = []
    for one in (each for edit in edits for each in edit.plain()):
        if isinstance(one, AreaEdit):
            rings = [to_grid_metres(ring, one.crs, grid, one.kind) for ring in one.areas]
            path = path_of(rings)
            halo = {"fc": "none", "ec": "white", "lw": 3.0, "alpha": 0.85, "zorder": 4.0}
            ax.add_artist(PathPatch(path, **halo))
            ax.add_artist(PathPatch(path, fc=colour, ec="none", alpha=0.35, zorder=4.1))
            ax.add_artist(PathPatch(path, fc="none", ec=colour, lw=1.5, zorder=4.2))
            corners += rings
        elif isinstance(one, AddRoad):
            way = to_grid_metres(one.points, one.crs, grid, one.kind)
            for ink, wide in (("white", 3.2), (colour, 1.8)):
                ax.plot(*way.T, color=ink, lw=wide, zorder=4.2)
            corners.append(way)
        elif isinstance(one, Work):
            at = to_grid_metres((tuple(one.at),), one.crs, grid, one.kind)  # type: ignore[arg-type]  # a place has two numbers
            ax.plot(*at.T, "D", color=colour, ms=6, mec="white", mew=0.8, zorder=4.3)
            corners.append(at)
    return np.concatenate(corners) if corners else np.empty((0, 2))


def _numbers(ax: Axes, marks: Sequence[Any], size: float) -> list[Box]:
    """Number the alternatives where they lie, side by side where they share a place."""
    taken: list[tuple[float, float]] = []
    for i, corners in enumerate(marks):
        if not len(corners):
            continue
        x, y = corners.mean(axis=0).tolist()
        while any(np.hypot(x - a, y - b) < size for a, b in taken):
            x += size
        taken.append((x, y))
        look: Any = {"ha": "center", "va": "center", "fontsize": 7, "fontweight": "bold"}
        look["bbox"] = {"boxstyle": "circle,pad=0.2", "ec": "white", "lw": 0.8, "fc": COLOURS[i]}
        ax.text(x, y, str(i + 1), color="white", zorder=6.6, clip_on=True, **look)
    half = size / 2
    return [(x - half, y - half, x + half, y + half) for x, y in taken]


# ---- tables

HEAD_IN = 0.56


def _row_in(brief: Brief) -> tuple[float, float]:
    """Return the height of a row of either table."""
    n = len(brief.rows)
    return float(np.clip(3.0 / n, 0.36, 0.5)), float(np.clip(1.5 / n, 0.19, 0.24))


def _tables_in(brief: Brief) -> float:
    first, second = _row_in(brief)
    n = len(brief.rows)
    return HEAD_IN + n * first + (0.16 + 0.55 + n * second if brief.beside else 0.0)


def _name(sheet: Sheet, row: Row, i: int, y: float, numbered: bool, about: bool) -> None:
    """Name an alternative at the beginning of a row, and say what it is where there is room."""
    _chip(sheet, LEFT + 0.09, y, i, numbered)
    line = sheet.wrapped(row.name, 7.8, NAMES_IN - 0.35, fontweight="bold")
    text = line[0] if len(line) == 1 else f"{line[0]}…"
    up = 0.065 if about else 0.0
    sheet.text(LEFT + 0.24, y - up, text, 7.8, va="center", fontweight="bold")
    if about:
        sheet.text(LEFT + 0.24, y + 0.075, row.about, 6.2, va="center", color=UNSURE)


def _changes(sheet: Sheet, brief: Brief, y: float) -> float:
    """Draw the table of changes: numbers, intervals in words, and as bars on one scale each."""
    say = words()["table"]
    sheet.text(LEFT, y, say["head"], 9.5, fontweight="bold")
    top = y + 0.24
    n, row_in = len(brief.columns), _row_in(brief)[0]
    wide = (RIGHT - LEFT - NAMES_IN) / n
    sheet.text(LEFT, top + 0.15, say["today"], 6.8, color=UNSURE)
    y += HEAD_IN
    size = _head_pt(sheet, brief.columns, wide - 0.06)
    for c, name in enumerate(brief.columns):
        x = LEFT + NAMES_IN + (c + 0.5) * wide
        sheet.text(x, top, shortened(name, 24), size, ha="center", fontweight="bold")
        sheet.text(x, top + 0.15, brief.today[c], 6.8, ha="center", color=UNSURE)
        cells = [row.cells[c] for row in brief.rows]
        scale = _scale(cells, x - 0.5 * wide + 0.1, wide - 0.2)
        for r, cell in enumerate(cells):
            _bar(sheet, cell, y + r * row_in, row_in, x, scale, brief.colours[c] or INK)
    for r, row in enumerate(brief.rows):
        sheet.rule(y + r * row_in)
        _name(sheet, row, r, y + (r + 0.5) * row_in, len(brief.rows) > 1, about=True)
    end = y + len(brief.rows) * row_in
    sheet.rule(end)
    return end


def _head_pt(sheet: Sheet, names: Sequence[str], wide: float) -> float:
    """Return the size at which each name fits on one line, as far as it can be read."""
    for size in (7.6, 7.0, 6.4, 5.8):
        whole = (name.replace(" ", "\u00a0") for name in names)
        if all(len(sheet.wrapped(one, size, wide, fontweight="bold")) == 1 for one in whole):
            return size
    return 5.2


def _scale(cells: Sequence[Cell], left: float, wide: float) -> Any:
    """Return what brings a change to inches; zero is on the scale."""
    ends = [v for one in cells for v in (one.mean, one.low, one.high) if np.isfinite(v)]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    span = high - low or 1.0
    return lambda value: left + (value - low) / span * wide if high > low else left + wide / 2


def _bar(
    sheet: Sheet, cell: Cell, y: float, high: float, x: float, scale: Any, colour: str
) -> None:
    ink = INK if cell.sure else UNSURE
    look: Any = {"ha": "center", "va": "center", "color": ink}
    weight = "bold" if cell.sure else "normal"
    sheet.ax.text(x, y + 0.24 * high, cell.text, fontsize=8, fontweight=weight, **look)
    sheet.ax.text(x, y + 0.55 * high, cell.span, fontsize=5.8, **look)
    at, own = y + 0.83 * high, colour if cell.sure else UNSURE
    if np.isfinite(cell.low):
        ends = [scale(cell.low), scale(cell.high)]
        sheet.ax.plot(ends, [at, at], color=own, lw=1.8, solid_capstyle="butt", zorder=2)
        zero = scale(0.0)
        sheet.ax.plot([zero, zero], [at - 0.055, at + 0.055], color=INK, lw=0.7, zorder=1.5)
        mark: Any = {"ms": 4.2, "mec": own, "mew": 1.1, "mfc": own if cell.sure else "white"}
        sheet.ax.plot(scale(cell.mean), at, "o", zorder=3, **mark)


def _beside(sheet: Sheet, brief: Brief, y: float) -> None:
    sheet.text(LEFT, y, words()["beside"]["head"], 9.5, fontweight="bold")
    n, row_in = len(brief.beside), _row_in(brief)[1]
    wide = (RIGHT - LEFT - NAMES_IN) / n
    for c, name in enumerate(brief.beside):
        x = LEFT + NAMES_IN + (c + 0.5) * wide
        lines = sheet.wrapped(name, 6.2, wide - 0.06)[:4]
        for k, line in enumerate(lines):
            at = y + 0.53 - (len(lines) - k) * _line_in(6.2)
            sheet.text(x, at, line, 6.2, ha="center", color=UNSURE)
    y += 0.55
    for r, row in enumerate(brief.rows):
        sheet.rule(y + r * row_in)
        middle = y + (r + 0.5) * row_in
        _name(sheet, row, r, middle, len(brief.rows) > 1, about=False)
        for c, text in enumerate(row.beside):
            x = LEFT + NAMES_IN + (c + 0.5) * wide
            sheet.ax.text(x, middle, text, fontsize=7.2, ha="center", va="center")
    sheet.rule(y + len(brief.rows) * row_in)


# ---- what stands below


def _foot_lines(sheet: Sheet, brief: Brief) -> list[str]:
    text = f"{words()['notes']['head']}: {' '.join(brief.notes)}"
    foot = " ".join(brief.foot)
    wide = RIGHT - LEFT
    return [*sheet.wrapped(text, FOOT_PT, wide), *sheet.wrapped(foot, FOOT_PT, wide)]


def _foot(sheet: Sheet, lines: Sequence[str], y: float) -> None:
    sheet.rule(y, color=FAINT)
    for i, line in enumerate(lines):
        sheet.text(LEFT, y + 0.05 + i * _line_in(FOOT_PT), line, FOOT_PT, color="#55636b")
