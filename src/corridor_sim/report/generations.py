"""The page on many generations: one HTML file that opens offline."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from corridor_sim.comparison.generations_tables import Found, Told
from corridor_sim.config.load import as_data
from corridor_sim.files import write_bytes
from corridor_sim.languages import tr, tr_plural
from corridor_sim.report.figures import generations as plots
from corridor_sim.report.figures.basemap import BaseMap, make_basemap
from corridor_sim.report.figures.landscape import landscape_facts
from corridor_sim.report.page import REPORT, SUMMARY, Album, render, species_told
from corridor_sim.report.summary import SHEET_ROWS, Sheet
from corridor_sim.report.text import generations as words
from corridor_sim.report.text import numbers as say
from corridor_sim.report.text.tables import plain_cell, species_head


def write_generations_report(found: Found, out: Path, command: str) -> Path:
    """Write ``report.html`` and its figures into a folder; return the page.

    Raises
    ------
    ResultsError
        The disk is full, or the folder cannot be written.
    """

    def there(names: list[str]) -> list[str]:
        return [name for name in names if (out / name).exists()]

    scenario = found.asked.scenario.scenario
    shared = {
        "title": say.named(found.names[0]),
        "description": " ".join(scenario.description.split()),
        "provenance": _provenance(found, command),
        "told_species": species_told(found.species),
    }
    own = contents(found, Album(out / "figures"))
    sheet = render("summary.html", **shared, box=own["box"], sheet=_sheet(found, own))
    write_bytes(out / SUMMARY, sheet.encode())
    page = render("generations_report.html", there=there, **shared, **own)
    return write_bytes(out / REPORT, page.encode())


def _sheet(found: Found, own: dict[str, Any]) -> Sheet:
    """Return what stands on the one sheet."""
    one = own["species"][0]
    about = tr(
        "Green: residents of the {species} after {years} years. An arrow leads to every block of "
        "core areas that is reached; the wider, the more animals come in a generation.",
        species=one["inside"],
        years=own["years"],
    )
    caption = tr_plural(
        "One replicate", "Means of {n} replicates with the 95 % interval", found.replicates
    )
    return Sheet(
        own["answer"][0],
        own["answer"][1:],
        own["cautions"][0] if own["cautions"] else "",
        caption,
        tr("Outcome"),
        [{"name": s["name"], "of": ""} for s in own["species"]],
        [
            {
                "name": row["label"],
                "of": "",
                "base": False,
                "cells": [
                    plain_cell(c["text"], c["span"]) | {"word": c["change"]} for c in row["cells"]
                ],
            }
            for row in own["outcomes"][:SHEET_ROWS]
        ],
        picture=one["map"],
        alt=about,
        about=about,
    )


def contents(found: Found, album: Album) -> dict[str, Any]:
    """Return everything that the template shows; figures are saved on the way."""
    base = make_basemap(found.asked.course.lands[-1])
    machine = found.asked.machine
    return {
        "against": say.named(found.names[1]) if len(found.names) > 1 else "",
        "answer": words.answer(found),
        "cautions": words.cautions(found),
        "box": words.rests_on(found),
        "facts": [
            (tr("Species"), str(len(found.told))),
            (tr("Blocks of core areas"), str(machine.blocks.n)),
            (tr("Years"), str(machine.years)),
            (tr("Replicates"), str(found.replicates)),
        ],
        "years_picture": album.add("numbers", plots.years_figure(found)),
        "outcomes": words.outcome_rows(found),
        "species": [_species(album, base, found, told) for told in found.told],
        "landscape": landscape_facts(found.land),
        "years": machine.years,
    }


def _species(album: Album, base: BaseMap, found: Found, told: Told) -> dict[str, Any]:
    one = told.one
    matrix = plots.matrix_figure(found, told)
    shown = words.pair_rows(found, one.key)
    left_out = int(words.pairs_of(found, one.key)["path"].sum()) - len(shown)
    more = ""
    if left_out > 0:
        more = tr_plural(
            "{n} further way in tables/pairs.csv.",
            "{n} further ways in tables/pairs.csv.",
            left_out,
        )
    return {
        **species_head(one.species),
        "summary": tr(
            "One generation is {years} years; one animal counts as {n} effective ones.",
            years=say.number(one.vitals.generation_y, 1),
            n=say.number(one.vitals.effective, 2),
        ),
        "plural": one.species.common_names,
        "map": album.add(
            f"map_{one.key}", partial(plots.map_figure, base, found, told), shaded=True
        ),
        "matrix": album.add(f"reached_{one.key}", matrix) if matrix is not None else None,
        "pairs": shown,
        "left_out": more,
        "blocks": words.block_rows(found, one.key),
    }


def _provenance(found: Found, command: str) -> dict[str, Any]:
    from corridor_sim.experiment.manifest import versions

    both = (found.asked.scenario, found.asked.against)
    settings = {one.name: as_data(one.scenario) for one in both if one is not None}
    return {
        "versions": versions(),
        "seed": str(found.asked.machine.seed),
        "command": command or "corridor_sim.generations(...)",
        "runs": [],
        "settings": json.dumps(settings, indent=2, ensure_ascii=False, default=str),
        "elapsed": [],
    }
