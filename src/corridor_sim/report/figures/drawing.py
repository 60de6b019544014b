"""Figures without global state: make one on the Agg canvas, and turn it into picture bytes."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from corridor_sim.files import write_bytes
from corridor_sim.languages import ENGLISH, current
from corridor_sim.report.figures.fonts import OWN, draw_with_letters
from corridor_sim.report.figures.marks import Mark, marks_of
from corridor_sim.report.text.numbers import named

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corridor_sim.species.traits import Species

P = ParamSpec("P")
T = TypeVar("T")
Point = tuple[float, float, float, bool]

INK = "#22303a"
FAINT = "#8a979f"
RULE = "#dfe5e8"
DPI = 140
# the width of a phone, on which letters keep their size
NARROW_IN = 3.7
# Circle, square, triangle ...: species differ in shape as well as in colour.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
# Okabe and Ito's colours that no species of the package uses, by cause of death.
CAUSE_COLOURS = ("#9aa5ab", "#d55e00", "#0072b2", "#cc79a7", "#f0e442", "#56b4e9")

_RC = {
    "font.family": OWN,
    "font.size": 9,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
}


def styled() -> AbstractContextManager[None]:
    """Return the context in which every figure is made; it leaves matplotlib as it was."""
    from matplotlib import rc_context

    settings: Any = _RC
    return rc_context(settings)


def in_style(draw: Callable[P, T]) -> Callable[P, T]:
    """Make a function that makes a figure do so in the reports' style."""

    @wraps(draw)
    def made(*args: P.args, **kwargs: P.kwargs) -> T:
        with styled():
            done = draw(*args, **kwargs)
            if current().code != ENGLISH:
                for one in done if isinstance(done, list) else [done]:
                    _write_ticks(one)
            return done

    return made


_narrow: ContextVar[bool] = ContextVar("narrow", default=False)


@contextmanager
def narrowed() -> Iterator[None]:
    """Draw figures for a narrow screen while the context lasts: panels below each other."""
    token = _narrow.set(True)
    try:
        yield
    finally:
        _narrow.reset(token)


def is_narrow() -> bool:
    """Whether figures are drawn for a narrow screen now."""
    return _narrow.get()


def _write_ticks(made: Any) -> None:
    """Write the numbers along axes as the current language does, whenever they are drawn."""
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import ScalarFormatter

    now = current()
    signs = {ord("."): now.decimal}

    class Ticks(ScalarFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return super().__call__(x, pos).translate(signs)

        def get_offset(self) -> str:
            return super().get_offset().translate(signs)

    axes = made.axes if isinstance(made, Figure) else [made] if isinstance(made, Axes) else []
    for axis in (axis for ax in axes for axis in (ax.xaxis, ax.yaxis)):
        if type(axis.get_major_formatter()) is ScalarFormatter:
            axis.set_major_formatter(Ticks())


def new_figure(width_in: float, height_in: float) -> Figure:
    """Return an empty white figure on the Agg canvas; no pyplot, so nothing stays behind."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


@dataclass(frozen=True, slots=True)
class Drawn:
    """A finished figure: PNG for the folder, and what the page embeds with its media type.

    ``marks`` say what lies where on its ``size``, width and height in pixels.
    """

    png: bytes
    embedded: bytes
    media: str
    size: tuple[int, int] = (0, 0)
    marks: tuple[Mark, ...] = ()


def drawn(figure: Figure, *, shaded: bool = False) -> Drawn:
    """Draw a figure, the same bytes for the same figure.

    Parameters
    ----------
    shaded : bool
        The figure holds shaded relief, of which PNG makes files too heavy for a page: embed it as
        WebP, or JPEG where this Pillow knows no WebP.
    """
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image, features

    canvas: Any = FigureCanvasAgg(figure)
    # ticks are made when they are drawn
    with styled():
        draw_with_letters(figure, canvas)
    marks = marks_of(figure)
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())

    def saved(kind: str, **options: Any) -> bytes:
        out = io.BytesIO()
        image.save(out, kind, **options)
        return out.getvalue()

    png = saved("PNG", compress_level=4 if shaded else 7, dpi=(DPI, DPI))
    if not shaded:
        return Drawn(png, png, "image/png", image.size, marks)
    if features.check("webp"):
        return Drawn(
            png,
            saved("WEBP", quality=80 if is_narrow() else 88, method=2),
            "image/webp",
            image.size,
            marks,
        )
    return Drawn(png, saved("JPEG", quality=90, subsampling=0), "image/jpeg", image.size, marks)


def save(data: bytes, path: Path) -> Path:
    """Write picture bytes whole or not at all."""
    return write_bytes(path, data)


def wrapped(text: str, width: int) -> str:
    """Break a long name into lines; a word longer than a line is broken too."""
    return "\n".join(textwrap.wrap(text, width, break_long_words=True)) or text


def shortened(text: str, width: int) -> str:
    """Cut a name that is longer than ``width`` letters."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def key_of(label: str, **style: Any) -> Any:
    """Return an entry of a legend: a line or a marker with its words."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=label, **style)


def species_keys(species: Iterable[Species]) -> list[Any]:
    """Return the entries of a legend of species, with their colours and markers."""
    return [
        key_of(s.common_name, marker=MARKERS[i % len(MARKERS)], color=s.colour, lw=1.4, ms=5.5)
        for i, s in enumerate(species)
    ]


def species_legend(figure: Figure, species: Iterable[Species], extra: Sequence[Any] = ()) -> None:
    """Write the species with their colours and markers above the figure."""
    keys = species_keys(species)
    figure.legend(handles=[*keys, *extra], loc="upper left", ncols=min(7, len(keys) + 2))


def panels(figure: Figure, n: int, columns: int, **options: Any) -> list[Axes]:
    """Return ``n`` axes in rows of so many columns."""
    axes = figure.subplots(-(-n // columns), columns, squeeze=False, **options)
    for ax in axes.flat[n:]:
        ax.set_visible(False)
    return list(axes.flat[:n])


def space(figure: Figure, top_in: float, bottom_in: float = 0.45, **shares: float) -> None:
    """Leave room around the axes: inches above and below, shares of the figure elsewhere."""
    high = figure.get_figheight()
    figure.subplots_adjust(top=1 - top_in / high, bottom=bottom_in / high, **shares)


def dress_rows(ax: Axes, names: Sequence[str], title: str, unit: str, end: float = 0.5) -> None:
    """Give axes with a row for each scenario their names, title, unit and rules."""
    ax.set_title(wrapped(title, 40), fontsize=9)
    ax.set_xlabel(unit, fontsize=8)
    ax.set_yticks(range(len(names)), [wrapped(shortened(named(n), 48), 26) for n in names])
    ax.set_ylim(len(names) - end, -end)
    rule_rows(ax)


def rule_rows(ax: Axes) -> None:
    """Rule axes whose rows are names: upright lines, no ticks at the names."""
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=RULE, lw=0.6, zorder=0)
    ax.set_axisbelow(True)


def text_in(ax: Axes, text: str, **style: Any) -> None:
    """Write words in the middle of axes that have nothing to show."""
    ax.text(0.5, 0.5, text, ha="center", va="center", transform=ax.transAxes, **style)


def draw_points(
    ax: Axes,
    species: Sequence[Species],
    names: Sequence[str],
    point: Callable[[str, str], Point | None],
    *,
    apart: float = 0.7,
    ends: tuple[float, float] | None = None,
    **style: Any,
) -> None:
    """Draw a point with its interval for every scenario and species, species side by side.

    Parameters
    ----------
    point : callable
        Value, low, high and whether the marker is filled, by scenario and key of a species.
    apart : float
        Share of a row that the species take.
    ends : (left, right), optional
        Where intervals are cut, with an arrowhead.
    """
    for j, one in enumerate(species):
        colour, marker = one.colour, MARKERS[j % len(MARKERS)]
        for row, name in enumerate(names):
            found = point(name, one.key)
            if found is None or found[0] != found[0]:
                continue
            value, low, high, filled = found
            y = row + (j - (len(species) - 1) / 2) * apart / len(species)
            if abs(low) < float("inf") and abs(high) < float("inf"):
                left, right = ends or (low, high)
                ax.plot([max(low, left), min(high, right)], [y, y], color=colour, lw=1.4, zorder=2)
                for end, past, head in ((left, low < left, "<"), (right, high > right, ">")):
                    if past:
                        ax.plot(end, y, head, color=colour, ms=3.6, clip_on=False)
            face = colour if filled else "white"
            look = {"ms": 5.3, "mew": 1.1, "mfc": face, "mec": colour, "zorder": 4, **style}
            ax.plot(value, y, marker, **look)
