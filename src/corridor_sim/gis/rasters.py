"""Styles of rasters: a band on a ramp, classes, and relief by its shade."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from corridor_sim.gis.ramps import RAMPS, Stop, rgba
from corridor_sim.gis.styles import SCALES, Scale
from corridor_sim.gis.xml import node, style
from corridor_sim.languages import tr, written

# what stands out beyond this share of what is shown has the last colour
MOST = 0.99


def limits(values: NDArray[Any], scale: Scale) -> tuple[float, float]:
    """Return the ends of the scale for a band, by the table's rule.

    Parameters
    ----------
    values : ndarray
        NaN where there is nothing.
    """
    if scale.ends is not None:
        return scale.ends
    found = values[np.isfinite(values)]
    if scale.fit == "range" and found.size:
        low, high = float(found.min()), float(found.max())
        return (low, high) if high > low else (low, low + 1.0)
    size = np.abs(found[found != 0])
    top = (float(np.quantile(size, MOST)) or float(size.max())) if size.size else 1.0
    return (-top if RAMPS[scale.ramp].two_sided else 0.0), top


def ramp_style(kind: str, ends: tuple[float, float], band: int = 1, comment: str = "") -> Element:
    """Return the style that shows one band of a raster on the ramp of a quantity.

    Without it QGIS shows the first three bands of several as red, green and blue.

    Parameters
    ----------
    kind : str
        A row of :data:`SCALES`.
    ends : (low, high)
        Of the scale, in the unit of the band.
    band : int
        From 1.
    comment : str
        What the band holds, for who looks into the file.
    """
    scale = SCALES[kind]
    stops = RAMPS[scale.ramp].stops(*ends)
    items = [
        node("item", value=repr(value), label=label, color=colour[:7], alpha=rgba(colour)[3])
        for (value, colour), label in zip(stops, labels(stops, scale), strict=True)
    ]
    low, high = repr(stops[0][0]), repr(stops[-1][0])
    shader = node(
        "rastershader",
        node(
            "colorrampshader",
            *items,
            # every stop with its label; a bar alone would name the ends only
            node("rampLegendSettings", useContinuousLegend="0"),
            colorRampType="INTERPOLATED",
            classificationMode="1",
            clip="0",
            minimumValue=low,
            maximumValue=high,
        ),
    )
    renderer = node(
        "rasterrenderer",
        shader,
        type="singlebandpseudocolor",
        band=band,
        opacity="1",
        alphaBand="-1",
        nodataColor="",
        classificationMin=low,
        classificationMax=high,
    )
    smooth = node(
        "rasterresampler", zoomedInResampler="bilinear", zoomedOutResampler="bilinear",
        maxOversampling="2",
    )  # fmt: skip
    return style(node("pipe", renderer, *([smooth] if scale.smooth else [])), comment=comment)


def labels(stops: Sequence[Stop], scale: Scale) -> list[str]:
    """Return what the legend says of each stop: its value with its unit, beyond the last as well.

    A stop that cannot be told from its neighbour when rounded is told by more digits.
    """
    values = [value for value, _ in stops]
    digits = next((n for n in range(2, 8) if len({f"{v:.{n}g}" for v in values}) == len(values)), 8)
    span = max(abs(v) for v in values)
    sign = "+" if RAMPS[scale.ramp].two_sided else ""
    found = [tr(scale.label, value=_number(v, digits, sign, span)) for v in values]
    if scale.nothing:
        zero = min(range(len(values)), key=lambda i: abs(values[i]))
        found[zero] = tr(scale.nothing)
    if scale.ends is None and scale.fit == "most":
        found[-1] = tr("{amount} and more", amount=found[-1])
        if sign:
            found[0] = tr("{amount} and less", amount=found[0])
    return found


def _number(value: float, digits: int, sign: str, span: float) -> str:
    """Write a number with so many digits, none of them an exponent."""
    if abs(value) <= 1e-3 * span:
        return "0"
    exact = float(f"{value:.{digits}g}")
    places = max(0, digits - 1 - math.floor(math.log10(abs(exact))))
    text = f"{exact:{sign},.{min(places, 12)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return written(text).replace("-", "\N{MINUS SIGN}")


def classes_style(classes: Sequence[tuple[int, str, str]]) -> Element:
    """Return the style (paletted) of ``(value, label, colour)`` rows.

    Colours are ``#rrggbb`` or ``#rrggbbaa``; what is clear all through has no entry in the legend.
    """
    entries = [
        node(
            "paletteEntry", value=value, label=label, color=colour[:7], alpha=rgba(colour)[3]
        )
        for value, label, colour in classes
        if rgba(colour)[3]
    ]  # fmt: skip
    renderer = node(
        "rasterrenderer",
        node("colorPalette", *entries),
        type="paletted",
        band="1",
        opacity="1",
        alphaBand="-1",
        nodataColor="",
    )
    return style(node("pipe", renderer))


def steepened(cell_m: float) -> float:
    """Return by how much heights are exaggerated for relief that shows on coarse cells too."""
    return 1.5 * max(1.0, math.sqrt(cell_m / 250.0))


def relief_style(cell_m: float) -> Element:
    """Return the style that shows heights by their shade, pale, as below the report's maps."""
    renderer = node(
        "rasterrenderer",
        type="hillshade",
        band="1",
        opacity="0.4",
        alphaBand="-1",
        nodataColor="",
        azimuth="315",
        angle="45",
        zfactor=f"{steepened(cell_m):.4g}",
        multidirection="0",
    )
    smooth = node(
        "rasterresampler", zoomedInResampler="bilinear", zoomedOutResampler="bilinear",
        maxOversampling="2",
    )  # fmt: skip
    return style(node("pipe", renderer, smooth))
