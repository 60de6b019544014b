"""Figures without global state: make one on the Agg canvas, and turn it into picture bytes."""

from __future__ import annotations

import io
import textwrap
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.files import write_bytes
from corridor_sim.report.figures.fonts import OWN, draw_with_letters

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#22303a"
FAINT = "#8a979f"
RULE = "#dfe5e8"
DPI = 140
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


def new_figure(width_in: float, height_in: float) -> Figure:
    """Return an empty white figure on the Agg canvas; no pyplot, so nothing stays behind."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


@dataclass(frozen=True, slots=True)
class Drawn:
    """A finished figure: PNG for the folder, and what the page embeds with its media type."""

    png: bytes
    embedded: bytes
    media: str


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
    draw_with_letters(figure, canvas)
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())

    def saved(kind: str, **options: Any) -> bytes:
        out = io.BytesIO()
        image.save(out, kind, **options)
        return out.getvalue()

    png = saved("PNG", compress_level=4 if shaded else 7, dpi=(DPI, DPI))
    if not shaded:
        return Drawn(png, png, "image/png")
    if features.check("webp"):
        return Drawn(png, saved("WEBP", quality=88, method=2), "image/webp")
    return Drawn(png, saved("JPEG", quality=90, subsampling=0), "image/jpeg")


def save(data: bytes, path: Path) -> Path:
    """Write picture bytes whole or not at all."""
    return write_bytes(path, data)


def wrapped(text: str, width: int) -> str:
    """Break a long name into lines; a word longer than a line is broken too."""
    return "\n".join(textwrap.wrap(text, width, break_long_words=True)) or text


def shortened(text: str, width: int) -> str:
    """Cut a name that is longer than ``width`` letters."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"
