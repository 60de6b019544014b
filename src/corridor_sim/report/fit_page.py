"""The page on a fit to tracks: one HTML file that opens offline, for planners and ecologists."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corridor_sim.files import write_bytes
from corridor_sim.languages import tr, tr_plural
from corridor_sim.report.figures import fit_check as plots
from corridor_sim.report.figures.fit_tracks import drawn_animals, records_figure, tracks_figure
from corridor_sim.report.page import REPORT, SUMMARY, Album, render
from corridor_sim.report.summary import SHEET_POINTS, SHEET_ROWS, Sheet
from corridor_sim.report.text import fit as words
from corridor_sim.report.text import fit_tables as tables
from corridor_sim.report.text.tables import plain_cell
from corridor_sim.spreadsheets.folder import keep_exact, write_spreadsheets
from corridor_sim.spreadsheets.sheets import Naming
from corridor_sim.telemetry.hold_out import LABELS
from corridor_sim.telemetry.use import WITHIN_95

if TYPE_CHECKING:
    from corridor_sim.telemetry.check import FitCheck
    from corridor_sim.telemetry.fit import Fit


def write_fit_page(fit: Fit, check: FitCheck, folder: Path) -> Path:
    """Write ``report.html``, its figures and tables into a folder; return the page.

    Parameters
    ----------
    fit : Fit
        What was fitted.
    check : FitCheck
        What :func:`corridor_sim.telemetry.check.check_fit` found of it.
    folder : Path
        Where tables and species file may lie already: the page names what is there.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """

    _write_tables(check, folder)
    naming = Naming(fit.species.common_name, fit.command)
    write_spreadsheets(folder, naming)

    def there(names: list[str]) -> list[str]:
        return [name for name in names if (folder / name).exists()]

    shared = {
        "title": tr("{species}, fitted to tracks", species=fit.species.common_name),
        "description": _description(fit),
    }
    made, own = _provenance(fit), contents(fit, check, Album(folder / "figures"))
    sheet = render("summary.html", **shared, provenance=made, box=own["box"], sheet=_sheet(own))
    write_bytes(folder / SUMMARY, sheet.encode())
    page = render(
        "fit_page.html",
        there=there,
        files_species=there([f"{fit.species.key}.toml"]),
        **shared,
        **made,
        **own,
    )
    return write_bytes(folder / REPORT, page.encode())


def _sheet(own: dict[str, Any]) -> Sheet:
    """Return what stands on the one sheet."""
    about = tr("Tracks of collared animals, with the circle that holds 95 % of the fitted range.")
    return Sheet(
        own["answer"][0],
        [*own["answer"][1:], *own["fails"]][:SHEET_POINTS],
        caption=tr("What the animals have in common, with 95 % intervals"),
        first=tr("Number"),
        heads=[{"name": tr("Value"), "of": ""}],
        rows=[
            {
                "name": row["label"],
                "of": row["who"],
                "base": False,
                "cells": [plain_cell(row["value"]["text"], row["value"]["span"])],
            }
            for row in own["population"][:SHEET_ROWS]
        ],
        picture=own["tracks_picture"],
        alt=about,
        about=about,
    )


def _description(fit: Fit) -> str:
    n = len(fit.tracks.animals)
    if fit.base.blank:
        # a new species has no scientific name yet
        return tr_plural(
            "What one collared animal says about how the species moves.",
            "What {n} collared animals say about how the species moves.",
            n,
        )
    return tr_plural(
        "What one collared animal of {species} says about how the species moves.",
        "What {n} collared animals of {species} say about how the species moves.",
        n,
        species=fit.species.scientific_name,
    )


def _write_tables(check: FitCheck, folder: Path) -> None:
    """Write all comparisons, use and what was held out, where they are, beside the fit's tables."""
    tables = {"comparison": check.rows, "use": check.use}
    if check.hold_out is not None:
        tables["hold_out"] = check.hold_out.rows
    for name, table in tables.items():
        keep_exact(folder, name, table)


def contents(fit: Fit, check: FitCheck, album: Album) -> dict[str, Any]:
    """Return everything that the template shows; figures are saved on the way."""
    loss, read = words.notes(fit, check)
    shown = check.sentences[: words.MOST_AT_HEAD]
    return {
        "answer": words.answer(fit, check),
        "fails": shown,
        "fails_more": len(check.sentences) - len(shown),
        "sentences": check.sentences,
        "box": words.rests_on(fit, check),
        "facts": words.facts(fit),
        "interval": words.lasting(fit.bursts.interval_min),
        "data": words.data_rows(fit),
        "loss": loss,
        "read": read,
        "ranges": tables.range_rows(fit),
        "population": tables.population_rows(fit),
        "steps": tables.step_rows(fit),
        "states": tables.state_rows(fit),
        "not_drawn": _not_drawn(fit),
        "copies": check.copies,
        "comparisons": _comparisons(check),
        **_pictures(fit, check, album),
        **_selection(fit, album),
        **_use(check, album),
        **_held(check, album),
    }


def _not_drawn(fit: Fit) -> str:
    left = len(fit.tracks.animals) - len(drawn_animals(fit.tracks))
    return tr("The {n} animals with the fewest fixes are not drawn.", n=left) if left else ""


def _pictures(fit: Fit, check: FitCheck, album: Album) -> dict[str, Any]:
    found = words.estimates(fit)
    area, tau = found.get("home_range_km2"), found.get("tau_d")
    sigma_m = math.nan if area is None else math.sqrt(area.value * 1e6 / math.pi) / WITHIN_95
    tau_d = math.nan if tau is None else tau.value
    return {
        "records_picture": album.add("records", records_figure(fit.tracks)),
        "tracks_picture": album.add("tracks", tracks_figure(fit.tracks, circles(fit))),
        "displacement_picture": album.add(
            "displacement", plots.displacement_figure(check, sigma_m, tau_d)
        ),
        "steps_picture": album.add("steps_and_turns", plots.steps_figure(check)),
        "hours_picture": album.add("hours", plots.hours_figure(check, fit.tracks.time_zone)),
    }


def circles(fit: Fit) -> dict[str, tuple[float, float, float]]:
    """Return centre and radius of the 95 % range of every animal that has one, metres."""
    found = {}
    for name, one in fit.ranges.items():
        if one.resident and one.centre_m is not None and one.sigma_m is not None:
            x, y = one.centre_m
            found[name] = (float(x), float(y), WITHIN_95 * one.sigma_m.value)
    return found


def _selection(fit: Fit, album: Album) -> dict[str, Any]:
    # what moves the animal is no ground
    pooled = tables.pooled_selection(fit)
    picture = None
    if len(pooled):
        figure = plots.selection_figure(pooled, tables.animals_selection(fit))
        picture = album.add("selection", figure)
    return {"selection": tables.selection_rows(fit), "selection_picture": picture}


def _use(check: FitCheck, album: Album) -> dict[str, Any]:
    picture = None
    if (check.use["kind"] == "use").any():
        picture = album.add("use", plots.use_figure(check.use))
    return {"use": tables.use_rows(check), "use_picture": picture}


def _held(check: FitCheck, album: Album) -> dict[str, Any]:
    held = check.hold_out
    if held is None or not len(held.rows):
        return {"held": [], "held_picture": None, "split": "", "medians": []}
    own = held.rows[held.rows["ground"] == held.rows["ground"].iloc[-1]]
    picture = album.add("held_out", plots.hold_out_figure(own, LABELS))
    return {
        "held": tables.hold_out_rows(held),
        "held_picture": picture,
        "split": held.split,
        "medians": held.figures,
    }


def _comparisons(check: FitCheck) -> list[dict[str, Any]]:
    found = []
    for ground in dict.fromkeys(check.rows["ground"]):
        rows = tables.comparison_rows(check, ground)
        differ = sum(bool(row["differs"]) for row in rows)
        summary = tr_plural(
            "Simulated on {ground}: {all} comparisons, {n} differs",
            "Simulated on {ground}: {all} comparisons, {n} differ",
            differ,
            ground=tr(str(ground)),
            all=len(rows),
        )
        found.append({"summary": summary, "rows": rows})
    return found


def _provenance(fit: Fit) -> dict[str, Any]:
    from corridor_sim.experiment.manifest import versions

    return {
        "command": fit.command or "corridor_sim.fit(...)",
        "digests": words.digests(fit),
        "seed": str(fit.settings.seed),
        "versions": versions(),
    }
