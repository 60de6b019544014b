"""Maps of use and of its change, in animals per 100 km², and the land cover map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corridor_sim.comparison.maps import use_per_km2
from corridor_sim.landscape.covers import COVERS
from corridor_sim.report.figures.basemap import BaseMap, draw, legend_handles
from corridor_sim.report.figures.drawing import Drawn, drawn, new_figure, styled, wrapped
from corridor_sim.report.figures.map_labels import furnish

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corridor_sim.comparison.days import Comparison
    from corridor_sim.experiment.study import Study

F32 = NDArray[np.float32]
PANEL_IN = 5.1
FINEST_M, COARSEST_M = 2000.0, 12_000.0
HOMES_PER_KERNEL = 12.0


def total_use(comparison: Comparison, study: Study, scenario: str, key: str) -> F32:
    """Return animals per 100 km², all stages together, ``[height, width]``."""
    parts = use_per_km2(comparison, study, scenario, key)
    total = np.zeros(study.land.grid.shape, np.float32)
    for one in parts.values():
        total += one
    total *= np.float32(100)
    return total


def smoothing_m(comparison: Comparison, study: Study, key: str) -> float:
    """Return the SD of the Gaussian that smooths a species' maps for the eye, metres.

    Wide enough that about a dozen simulated homes lie under it, ``12 = 4 pi SD^2 x homes per km²``
    (``4 pi SD^2`` is the kernel's effective area), so that the map shows where the species is and
    not where single simulated animals happen to live.
    """
    first = study.scenarios[0]
    maps = comparison.maps[first.name, key]
    species = next(s for s in study.species if s.key == key)
    steps = species.movement.steps_per_day * first.scenario.n_days
    homes = float(maps.residents.sum(dtype=np.float64)) / steps * first.scenario.replicates
    used = float((maps.residents > 0).sum()) * study.land.grid.cell_km2
    if homes <= 0 or used <= 0:
        return FINEST_M
    sd_km = np.sqrt(HOMES_PER_KERNEL / (4 * np.pi * homes / used))
    return float(np.clip(1000 * sd_km, FINEST_M, COARSEST_M))


def smoothed(use: F32, study: Study, sd_m: float) -> F32:
    """Return ``use`` smoothed by a Gaussian of ``sd_m`` metres."""
    from scipy.ndimage import gaussian_filter

    sigma = sd_m / study.land.grid.cell_m
    smooth: F32 = gaussian_filter(use, min(sigma, 64.0), mode="constant", truncate=3.0)
    return smooth


def moved_share(before: F32, after: F32) -> float:
    """Return the share of use that is no longer where it was, lost use included; NaN if none."""
    total = float(before.sum(dtype=np.float64))
    if total <= 0:
        return float("nan")
    return float(np.maximum(before - after, 0).sum(dtype=np.float64)) / total


def use_figure(
    base: BaseMap, before: F32, after: F32 | None, scenario: str, reference: str
) -> Drawn:
    """Return the figure of use under the reference and, beside it, its change under a scenario.

    Parameters
    ----------
    before, after : float32 ``[height, width]``
        Smoothed animals per 100 km²; ``after`` None draws use alone.
    """

    panels = 1 if after is None else 2
    with styled():
        figure = new_figure(PANEL_IN * panels + 0.15, PANEL_IN * base.aspect + 1.05)
        axes = _panels(figure, base, panels)
        _use(figure, axes[0], base, before, f"Use: {reference}")
        if after is not None:
            change = after - before
            _change(figure, axes[1], base, change, f"Change: {scenario}")
        figure.legend(
            handles=legend_handles(base), loc="lower center", ncols=4, bbox_to_anchor=(0.5, 0.0)
        )
        return drawn(figure, shaded=True)


def _panels(figure: Figure, base: BaseMap, n: int) -> list[Axes]:
    height = figure.get_figheight()
    bottom, top = 0.72 / height, 1 - 0.32 / height
    each = 1 / n
    return [
        figure.add_axes((i * each + 0.008, bottom, each - 0.016, top - bottom)) for i in range(n)
    ]


def _bar(figure: Figure, ax: Axes, cmap: str, low: float, high: float, label: str) -> None:
    """Draw a slim colour scale below a map."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    box = ax.get_position()
    height = figure.get_figheight()
    cax = figure.add_axes(
        (box.x0 + 0.25 * box.width, box.y0 - 0.16 / height, 0.5 * box.width, 0.09 / height)
    )
    scale = figure.colorbar(
        ScalarMappable(Normalize(low, high), cmap), cax=cax, orientation="horizontal"
    )
    scale.outline.set_visible(False)
    cax.tick_params(labelsize=7, length=2, pad=1.5)
    cax.locator_params(axis="x", nbins=5)
    figure.text(
        box.x0 + 0.24 * box.width,
        box.y0 - 0.12 / height,
        label,
        ha="right",
        va="center",
        fontsize=7.2,
    )


def _top(values: F32, share: float) -> float:
    """Return a robust upper end of the scale."""
    found = values[values > 0]
    if found.size == 0:
        return 1.0
    high = float(np.quantile(found, share))
    return high if high > 0 else float(found.max())


def _over(base: BaseMap, colour: F32, alpha: F32) -> F32:
    """Lay colours ``[h, w, 3]`` over the ground, keeping its shade."""
    a = alpha[..., None]
    picture: F32 = base.ground * (1 - a) + colour * base.light[..., None] * a
    return picture


def _use(figure: Figure, ax: Axes, base: BaseMap, use: F32, title: str) -> None:
    from matplotlib import colormaps

    shown = base.shown(use)
    high = _top(shown, 0.99)
    level = np.clip(shown / high, 0, 1)
    colour = colormaps["YlOrRd"](level)[..., :3].astype(np.float32)
    alpha = np.clip(level / 0.12, 0, 0.88).astype(np.float32)
    draw(ax, base, _over(base, colour, alpha))
    furnish(ax, base)
    ax.set_title(wrapped(title, 60), fontsize=9)
    _bar(figure, ax, "YlOrRd", 0, high, "Animals per 100 km²")


def _change(figure: Figure, ax: Axes, base: BaseMap, change: F32, title: str) -> None:
    from matplotlib import colormaps

    shown = base.shown(change)
    high = _top(np.abs(shown), 0.99)
    level = np.clip(shown / high, -1, 1)
    colour = colormaps["PuOr"]((level + 1) / 2)[..., :3].astype(np.float32)
    alpha = np.clip(np.abs(level) / 0.3, 0, 0.9).astype(np.float32)
    draw(ax, base, _over(base, colour, alpha))
    furnish(ax, base)
    ax.set_title(wrapped(title, 60), fontsize=9)
    _bar(figure, ax, "PuOr", -high, high, "Less … more per 100 km²")


def land_figure(base: BaseMap) -> Drawn:
    """Return the figure of land cover over relief with every class named."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    land = base.land
    table = np.zeros((256, 3), np.float32)
    for cover in COVERS.values():
        table[cover.code] = to_rgb(cover.colour)
    k = base.step
    codes = land["land_cover"][k // 2 :: k, k // 2 :: k]
    h, w = base.light.shape
    picture = table[codes[:h, :w]] * 0.82 + 0.18
    picture = picture * base.light[..., None]
    with styled():
        figure = new_figure(9.4, 6.6 * base.aspect + 0.1)
        ax = figure.add_axes((0.005, 0.005, 6.6 / 9.4, 0.99))
        draw(ax, base, picture.astype(np.float32))
        furnish(ax, base, areas=24, towns=16)
        present = np.unique(land["land_cover"])
        handles = [
            Patch(fc=c.colour, ec="#9aa5ab", lw=0.4, label=c.label)
            for c in COVERS.values()
            if c.code in present
        ]
        figure.legend(
            handles=[*handles, *legend_handles(base)],
            loc="upper left",
            bbox_to_anchor=(6.6 / 9.4 + 0.01, 0.99),
            fontsize=8,
        )
        return drawn(figure, shaded=True)
