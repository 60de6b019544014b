"""The verbs: whatever a command does, called from Python, with the same words for the same things.

Every function checks what it is given before any work, and tells mistakes as
:class:`corridor_sim.errors.CorridorSimError`, in the line that the command would print.
"""

from __future__ import annotations

from corridor_sim.api.animals import fates, tracks, write_tracks
from corridor_sim.api.expectation import generations
from corridor_sim.api.files import cover_table, schema, write_cover_table, write_pdf
from corridor_sim.api.ground import (
    co_benefits,
    export_scenario,
    results_by_place,
    scenario_landscape,
    write_results_by_place,
)
from corridor_sim.api.links import propose_links, rank_links, try_links, write_brief
from corridor_sim.api.species import check_species, fit, validate
from corridor_sim.api.studies import compare, export, forecast, open_results, run, status
from corridor_sim.api.sweeps import sensitivity, sweep

__all__ = [
    "check_species",
    "co_benefits",
    "compare",
    "cover_table",
    "export",
    "export_scenario",
    "fates",
    "fit",
    "forecast",
    "generations",
    "open_results",
    "propose_links",
    "rank_links",
    "results_by_place",
    "run",
    "scenario_landscape",
    "schema",
    "sensitivity",
    "status",
    "sweep",
    "tracks",
    "try_links",
    "validate",
    "write_brief",
    "write_cover_table",
    "write_pdf",
    "write_results_by_place",
    "write_tracks",
]
