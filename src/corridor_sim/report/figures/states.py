"""Figures of how animals fare: causes of death, elevations used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.states import CAUSES
from corridor_sim.report.figures.drawing import (
    CAUSE_COLOURS,
    INK,
    RULE,
    Drawn,
    drawn,
    new_figure,
    styled,
    wrapped,
)
from corridor_sim.report.figures.effects import table_of

if TYPE_CHECKING:
    from corridor_sim.comparison.days import Comparison
    from corridor_sim.experiment.study import Study


def mortality_figure(comparison: Comparison, study: Study) -> Drawn:
    """Return the figure of residents' deaths per animal-year by cause, a panel a species."""
    from matplotlib.patches import Patch

    rows = table_of(comparison.summary)
    names = [s.name for s in study.scenarios]
    species = study.species
    with styled():
        columns = min(len(species), 4)
        bands = -(-len(species) // columns)
        panel = 0.5 + 0.22 * len(names)
        figure = new_figure(11.0, bands * (panel + 0.75) + 0.3)
        axes = figure.subplots(bands, columns, squeeze=False, sharey=True)
        for ax in axes.flat[len(species) :]:
            ax.set_visible(False)
        for ax, one in zip(axes.flat, species, strict=False):
            left = np.zeros(len(names))
            for i, cause in enumerate(CAUSES):
                rate = np.array(
                    [rows[n, one.key, f"mortality_{cause}_per_year"]["mean"] for n in names]
                )
                rate = np.nan_to_num(rate)
                ax.barh(range(len(names)), rate, left=left, height=0.72, color=CAUSE_COLOURS[i])
                left += rate
            for y, n in enumerate(names):
                total = rows[n, one.key, "mortality_per_year"]
                if np.isfinite(total["low"]) and np.isfinite(total["high"]):
                    ax.plot([total["low"], total["high"]], [y, y], color=INK, lw=1.1)
            ax.set_title(one.name, fontsize=9)
            ax.set_xlabel("deaths per animal-year", fontsize=8)
            ax.set_xlim(left=0)
            ax.set_yticks(range(len(names)), [wrapped(n, 30) for n in names])
            ax.tick_params(axis="y", length=0)
            ax.grid(axis="x", color=RULE, lw=0.6)
            ax.set_axisbelow(True)
        axes.flat[0].invert_yaxis()
        handles = [Patch(fc=CAUSE_COLOURS[i], label=c.capitalize()) for i, c in enumerate(CAUSES)]
        figure.legend(handles=handles, loc="upper left", ncols=len(CAUSES))
        height = figure.get_figheight()
        figure.subplots_adjust(
            left=0.2,
            right=0.99,
            top=1 - 0.55 / height,
            bottom=0.45 / height,
            wspace=0.12,
            hspace=0.5,
        )
        return drawn(figure)


def heights_figure(
    use: dict[tuple[str, str], NDArray[np.float32]], chosen: list[tuple[str, str]], study: Study
) -> Drawn:
    """Return the figure of use by elevation, a panel a species.

    Parameters
    ----------
    use : mapping of (scenario, species) to float32 ``[height, width]``
        Animals per 100 km².
    chosen : list of (scenario, colour)
        The reference first, drawn filled.
    """

    z = study.land["elevation_m"].reshape(-1).astype(np.float64)
    low, high = float(z.min()), float(z.max())
    width = 100.0 if high - low > 500 else max((high - low) / 20, 1.0)
    edges = np.arange(np.floor(low / width), np.floor(high / width) + 2) * width
    centres = (edges[1:] + edges[:-1]) / 2
    with styled():
        columns = min(len(study.species), 4)
        bands = -(-len(study.species) // columns)
        figure = new_figure(11.0, bands * 2.9 + 0.4)
        axes = figure.subplots(bands, columns, squeeze=False)
        for ax in axes.flat[len(study.species) :]:
            ax.set_visible(False)
        handles: list[Any] = []
        for ax, one in zip(axes.flat, study.species, strict=False):
            handles = []
            base_total = float(use[chosen[0][0], one.key].sum(dtype=np.float64)) or 1.0
            for i, (scenario, colour) in enumerate(chosen):
                weight = use[scenario, one.key].reshape(-1).astype(np.float64)
                share = 100 * np.histogram(z, edges, weights=weight)[0] / base_total
                if i == 0:
                    handles.append(
                        ax.fill_betweenx(centres, share, color=colour, lw=0, label=scenario)
                    )
                else:
                    handles += ax.plot(
                        share,
                        centres,
                        color=colour,
                        lw=1.6,
                        label=scenario,
                        ls=("-", "--", ":")[(i - 1) % 3],
                    )
            ax.set_title(one.name, fontsize=9)
            ax.set_xlim(left=0)
            ax.set_xlabel(f"% of animals per {width:g} m", fontsize=8)
            ax.grid(color=RULE, lw=0.6)
            ax.set_axisbelow(True)
        for band in axes:
            band[0].set_ylabel("Elevation (m)", fontsize=8)
        figure.legend(
            handles=handles,
            labels=[wrapped(s, 40) for s, _ in chosen],
            loc="upper left",
            ncols=len(chosen),
        )
        height = figure.get_figheight()
        figure.subplots_adjust(
            left=0.065,
            right=0.99,
            top=1 - 0.6 / height,
            bottom=0.5 / height,
            wspace=0.25,
            hspace=0.45,
        )
        return drawn(figure)
