"""Figures of observed against simulated animals: displacement, steps, turns, hours, use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from corridor_sim.languages import mark, tr, written
from corridor_sim.report.figures.drawing import (
    FAINT,
    INK,
    RULE,
    in_style,
    key_of,
    new_figure,
    panels,
    rule_rows,
    shortened,
    text_in,
)
from corridor_sim.report.figures.fit_tracks import MODEL, OBSERVED, SIMULATED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corridor_sim.telemetry.check import FitCheck

F64 = NDArray[np.float64]
BAND = 0.22
NOTHING = mark("too few to tell")
WAYS = (mark("back"), mark("right"), mark("straight on"), mark("left"), mark("back"))
# animals with a row in the figure of what was held out, and terms of selection
MOST_ROWS = 24


def _keys(model: str = "") -> list[Any]:
    from matplotlib.patches import Patch

    keys = [
        key_of(tr("collared animals"), color=OBSERVED, lw=1.6, marker="o", ms=3.5),
        key_of(tr("simulated animals, mean"), color=SIMULATED, lw=1.6),
        Patch(fc=SIMULATED, alpha=BAND, label=tr("90 % of simulated data sets")),
    ]
    return [*keys, key_of(model, color=MODEL, lw=1.1, ls="--")] if model else keys


def _band(ax: Axes, x: Any, rows: pd.DataFrame, **look: Any) -> None:
    ax.fill_between(
        x,
        rows["low"].to_numpy(),
        rows["high"].to_numpy(),
        color=SIMULATED,
        alpha=BAND,
        lw=0,
        **look,
    )


@in_style
def displacement_figure(check: FitCheck, sigma_m: float, tau_d: float) -> Figure:
    """Return the mean square displacement by lag, of both, and the model's curve.

    Parameters
    ----------
    check : FitCheck
    sigma_m, tau_d : float
        Of the population; NaN = no curve. It is ``4 sigma^2 (1 - exp(-lag / tau))``.
    """
    figure = new_figure(8.2, 3.7)
    ax = figure.add_subplot()
    rows = check.of("msd")
    if not len(rows):
        text_in(ax, tr(NOTHING), color=FAINT)
        return figure
    lag = rows["at"].to_numpy(float)
    _band(ax, lag, rows)
    ax.plot(lag, rows["simulated"], color=SIMULATED, lw=1.6)
    ax.plot(lag, rows["observed"], "o-", color=OBSERVED, lw=1.2, ms=3.5)
    known = np.isfinite(sigma_m) and np.isfinite(tau_d)
    if known:
        at = np.geomspace(lag[0], lag[-1], 100)
        curve = -4 * sigma_m**2 / 1e6 * np.expm1(-at / tau_d)
        ax.plot(at, curve, "--", color=MODEL, lw=1.1)
    ax.set_xscale("log")
    ax.set_yscale("log")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, _: written(f"{value:g}"))
    if np.isfinite(tau_d) and lag[0] < tau_d < lag[-1]:
        ax.axvline(tau_d, color=FAINT, lw=0.8, ls=":")
        ax.text(
            tau_d,
            ax.get_ylim()[0],
            " " + tr("crossing time"),
            fontsize=7.5,
            color=FAINT,
            va="bottom",
        )
    ax.set_xlabel(tr("days between two fixes"))
    ax.set_ylabel(tr("mean square displacement (km²)"))
    ax.grid(color=RULE, lw=0.6)
    ax.legend(handles=_keys(tr("range of the fitted size and crossing time") if known else ""))
    figure.tight_layout(pad=0.6)
    return figure


@in_style
def steps_figure(check: FitCheck) -> Figure:
    """Return step lengths, as shares of steps that are not longer, and turns."""
    figure = new_figure(8.2, 3.6)
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    _lengths(left, check)
    _turns(right, check.of("turns"))
    figure.legend(handles=_keys(), loc="lower left", ncols=3)
    figure.tight_layout(pad=0.6, rect=(0, 0.08, 1, 1))
    return figure


def _lengths(ax: Axes, check: FitCheck) -> None:
    ax.set_title(tr("Step length"))
    table = check.ecdf
    if not len(table):
        text_in(ax, tr(NOTHING), color=FAINT)
        return
    at = table["length_m"].to_numpy()
    _band(ax, at, table)
    ax.plot(at, table["simulated"], color=SIMULATED, lw=1.6)
    ax.plot(at, table["observed"], color=OBSERVED, lw=1.6)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(
        lambda value, _: written(f"{value:,.0f}" if value >= 1 else f"{value:g}")
    )
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value * 100:.0f} %")
    ax.set_xlabel(tr("metres"))
    ax.set_ylabel(tr("steps that are not longer"))
    ax.grid(color=RULE, lw=0.6)


def _turns(ax: Axes, rows: pd.DataFrame) -> None:
    ax.set_title(tr("Turn from one step to the next"))
    if not len(rows):
        text_in(ax, tr(NOTHING), color=FAINT)
        return
    degrees = (rows["at"].to_numpy(float) + 180) % 360 - 180
    order = np.argsort(degrees)
    rows, degrees = rows.iloc[order], degrees[order]
    # back is both ends: shown at both
    first = rows.iloc[[0]]
    rows, degrees = pd.concat([rows, first]), np.append(degrees, degrees[0] + 360)
    _band(ax, degrees, rows)
    ax.plot(degrees, rows["simulated"], color=SIMULATED, lw=1.6)
    ax.plot(degrees, rows["observed"], "o-", color=OBSERVED, lw=1.2, ms=3.5)
    ax.axhline(1 / (len(rows) - 1), color=FAINT, lw=0.8, ls=":")
    ax.set_xticks([-180, -90, 0, 90, 180], [tr(way) for way in WAYS])
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value * 100:.0f} %")
    ax.set_ylabel(tr("turns"))
    ax.grid(color=RULE, lw=0.6)


@in_style
def hours_figure(check: FitCheck, zone: str) -> Figure:
    """Return movement by hour of the day, over its mean."""
    figure = new_figure(8.2, 3.0)
    ax = figure.add_subplot()
    rows = check.of("activity")
    if not len(rows):
        text_in(ax, tr(NOTHING), color=FAINT)
        return figure
    hour = rows["at"].to_numpy(float)
    _band(ax, hour, rows)
    ax.plot(hour, rows["simulated"], color=SIMULATED, lw=1.6, marker="s", ms=3)
    ax.plot(hour, rows["observed"], "o-", color=OBSERVED, lw=1.2, ms=4)
    ax.axhline(1, color=FAINT, lw=0.8, ls=":")
    ax.set_xlim(0, 24)
    ax.set_xticks(range(0, 25, 3), [f"{h:02d}:00" for h in range(0, 25, 3)])
    ax.set_ylim(bottom=0)
    ax.set_xlabel(tr("hour of the day ({zone})", zone=zone))
    ax.set_ylabel(tr("step length over its mean"))
    ax.grid(color=RULE, lw=0.6)
    ax.legend(handles=_keys(), fontsize=7.5)
    figure.tight_layout(pad=0.6)
    return figure


@in_style
def use_figure(use: pd.DataFrame) -> Figure:
    """Return use against availability by class: a bar of what is there, points of use."""
    rows = use[use["kind"] == "use"].sort_values("available", ascending=False, kind="stable")
    figure = new_figure(8.2, 0.36 * max(len(rows), 1) + 1.05)
    ax = figure.add_subplot()
    y = np.arange(len(rows))
    ax.barh(y, rows["available"] * 100, color="#d7dde0", height=0.66, label=tr("available"))
    ends = rows[["simulated_low", "simulated_high"]].to_numpy() * 100
    ax.hlines(y + 0.16, ends[:, 0], ends[:, 1], color=SIMULATED, lw=1.6)
    ax.plot(
        rows["simulated"] * 100, y + 0.16, "s", color=SIMULATED, ms=4.5, label=tr("simulated use")
    )
    ax.plot(rows["observed"] * 100, y - 0.16, "o", color=OBSERVED, ms=5, label=tr("observed use"))
    ax.set_yticks(y, [shortened(tr(str(name)), 34) for name in rows["ground"]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(left=0)
    ax.set_xlabel(tr("per cent of the ground, or of the fixes"))
    rule_rows(ax)
    ax.legend(loc="lower right", fontsize=8)
    figure.tight_layout(pad=0.6)
    return figure


@in_style
def selection_figure(pooled: pd.DataFrame, animals: pd.DataFrame) -> Figure:
    """Return coefficients of step selection: the population's with intervals, each animal's faint.

    Parameters
    ----------
    pooled : DataFrame
        ``term``, ``estimate``, ``low``, ``high``.
    animals : DataFrame
        ``term``, ``animal``, ``estimate``.
    """
    rows = pooled.iloc[:MOST_ROWS]
    figure = new_figure(8.2, 0.4 * len(rows) + 0.9)
    ax = figure.add_subplot()
    ends = rows[["low", "high"]].to_numpy(float)
    reach = _reach(ends)
    for i, term in enumerate(rows["term"]):
        own = animals.loc[animals["term"] == term, "estimate"].to_numpy(float)
        own = own[np.isfinite(own) & (np.abs(own) <= reach)]
        ax.plot(own, np.full(own.size, i + 0.2), "|", color=FAINT, ms=7, mew=1.0)
    y = np.arange(len(rows))
    ax.hlines(y, np.maximum(ends[:, 0], -reach), np.minimum(ends[:, 1], reach), color=OBSERVED)
    ax.plot(rows["estimate"], y, "o", color=OBSERVED, ms=5)
    ax.axvline(0, color=INK, lw=0.9)
    ax.set_xlim(-reach * 1.05, reach * 1.05)
    ax.set_yticks(y, [shortened(str(term), 38) for term in rows["term"]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlabel(tr("coefficient: below 0 avoided, above 0 sought"))
    rule_rows(ax)
    figure.tight_layout(pad=0.6)
    return figure


def _reach(ends: F64) -> float:
    """Return how far from zero the axis goes: to the ends of intervals that tell something."""
    wide = np.abs(ends[np.isfinite(ends)])
    if not wide.size:
        return 1.0
    usual = float(np.median(wide))
    kept = wide[wide <= 20 * max(usual, 1e-9)]
    return max(float(kept.max()), 1e-6)


@in_style
def hold_out_figure(rows: pd.DataFrame, labels: dict[str, str]) -> Figure:
    """Return how well each animal held out was predicted, beside the model's own and chance."""
    rows = rows.iloc[:MOST_ROWS]
    figure = new_figure(8.2, 0.36 * len(rows) + 1.35)
    for ax, (name, label) in zip(
        panels(figure, len(labels), len(labels), sharey=True), labels.items(), strict=True
    ):
        _held_out(ax, rows, name)
        title = tr(label)
        ax.set_title(f"{title[0].upper()}{title[1:]}", fontsize=8.5)
    first = figure.axes[0]
    first.set_yticks(range(len(rows)), [shortened(str(one), 20) for one in rows["animal"]])
    first.set_ylim(len(rows) - 0.4, -0.6)
    handles = [
        key_of(tr("fixes held out"), color=OBSERVED, ls="", marker="o", ms=5),
        key_of(tr("the model's own animals, 90 %"), color=SIMULATED, lw=3, alpha=0.7),
        key_of(tr("chance, 90 %"), color=FAINT, lw=3, alpha=0.6),
    ]
    figure.legend(handles=handles, loc="lower left", ncols=3)
    figure.tight_layout(pad=0.6, rect=(0, 0.3 / figure.get_figheight(), 1, 1))
    return figure


def _held_out(ax: Axes, rows: pd.DataFrame, name: str) -> None:
    y = np.arange(len(rows))
    for word, colour, off in (("model", SIMULATED, -0.14), ("chance", FAINT, 0.14)):
        ends = rows[[f"{name}_{word}_low", f"{name}_{word}_high"]].to_numpy(float)
        ax.hlines(y + off, ends[:, 0], ends[:, 1], color=colour, lw=3, alpha=0.65)
    ax.plot(rows[name], y, "o", color=OBSERVED, ms=5, zorder=4)
    ax.set_xlim((-1.05, 1.05) if name == "boyce" else (0, 1.03))
    rule_rows(ax)
    if name == "boyce":
        ax.axvline(0, color=INK, lw=0.7)


def terms_of(rows: pd.DataFrame) -> Sequence[str]:
    """Return the terms that a figure of selection shows."""
    return [str(term) for term in rows["term"].iloc[:MOST_ROWS]]
