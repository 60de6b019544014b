"""Figures without global state: make one on the Agg canvas, and turn it into a small PNG."""

from __future__ import annotations

import io
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from corridor_sim.files import write_bytes

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
    "font.family": "DejaVu Sans",
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


def style() -> dict[str, object]:
    """Return the settings under which every figure is made: ``with rc_context(style())``."""
    return dict(_RC)


def new_figure(width_in: float, height_in: float) -> Figure:
    """Return an empty white figure on the Agg canvas; no pyplot, so nothing stays behind."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def png(figure: Figure, *, colours: int = 0) -> bytes:
    """Return the figure as PNG bytes, the same for the same figure.

    Parameters
    ----------
    colours : int
        Above 0 the picture is brought to that many colours, which makes shaded maps three to four
        times smaller; 0 keeps all.
    """
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())
    if colours:
        image = image.quantize(colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=6, dpi=(DPI, DPI))
    return out.getvalue()


def save(data: bytes, path: Path) -> Path:
    """Write picture bytes whole or not at all."""
    return write_bytes(path, data)


def wrapped(text: str, width: int) -> str:
    """Break a long name into lines; a word longer than a line is broken too."""
    return "\n".join(textwrap.wrap(text, width, break_long_words=True)) or text


def shortened(text: str, width: int) -> str:
    """Cut a name that is longer than ``width`` letters."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"
