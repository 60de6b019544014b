"""corridor_sim: an individual-based simulator of corridors between the high Andes and the Amazon.

What stands in ``__all__`` is public and stays; everything else may change between versions. The
names are loaded when first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

__version__ = "0.1.0"

# as typing has it, whose import would take longer than all else here
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from corridor_sim import formats, languages, theory
    from corridor_sim.agents.decades import DecadesModel
    from corridor_sim.agents.model import CorridorModel
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
    from corridor_sim.app.serve import serve_app
    from corridor_sim.config.build import load_landscape
    from corridor_sim.config.load import load_experiment, load_scenario
    from corridor_sim.config.schema import Experiment, Scenario
    from corridor_sim.datasets.practice import write_practice_files
    from corridor_sim.errors import CorridorSimError
    from corridor_sim.landscape import edits
    from corridor_sim.landscape.io.export import export_landscape
    from corridor_sim.landscape.landscape import Landscape
    from corridor_sim.languages import language
    from corridor_sim.links.alternatives import Alternative, Alternatives
    from corridor_sim.links.alternatives_files import run_digest, write_alternatives
    from corridor_sim.links.alternatives_reading import alternative_names, read_alternatives
    from corridor_sim.links.drawn import LinkEvaluator
    from corridor_sim.links.drawn_choice import LinkChoice
    from corridor_sim.links.drawn_current import LinkCurrent
    from corridor_sim.links.drawn_tables import LinkEffect
    from corridor_sim.qgis_plugin.write import write_qgis_plugin
    from corridor_sim.report.text.odd import odd_text
    from corridor_sim.results.fitted import FittedSpecies
    from corridor_sim.results.generations import GenerationsResults
    from corridor_sim.results.rankings import Proposals, RankingResults
    from corridor_sim.results.results import Results
    from corridor_sim.results.sweeps import SensitivityResults, SweepResults
    from corridor_sim.results.verdicts import Validation
    from corridor_sim.species.new import new_species
    from corridor_sim.species.reader import load_species, species_keys
    from corridor_sim.species.suitability_map import suitability
    from corridor_sim.species.traits import Species
    from corridor_sim.sweeps.evaluator import SweepEvaluator

# where each public name lives; a module stands for itself
_HOMES = {
    "Alternative": "links.alternatives",
    "Alternatives": "links.alternatives",
    "CorridorModel": "agents.model",
    "CorridorSimError": "errors",
    "DecadesModel": "agents.decades",
    "Experiment": "config.schema",
    "FittedSpecies": "results.fitted",
    "GenerationsResults": "results.generations",
    "Landscape": "landscape.landscape",
    "LinkCurrent": "links.drawn_current",
    "LinkChoice": "links.drawn_choice",
    "LinkEffect": "links.drawn_tables",
    "LinkEvaluator": "links.drawn",
    "Proposals": "results.rankings",
    "RankingResults": "results.rankings",
    "Results": "results.results",
    "Scenario": "config.schema",
    "SensitivityResults": "results.sweeps",
    "Species": "species.traits",
    "SweepEvaluator": "sweeps.evaluator",
    "SweepResults": "results.sweeps",
    "Validation": "results.verdicts",
    "alternative_names": "links.alternatives_reading",
    "check_species": "api.species",
    "co_benefits": "api.ground",
    "compare": "api.studies",
    "cover_table": "api.files",
    "edits": "landscape",
    "export": "api.studies",
    "export_landscape": "landscape.io.export",
    "export_scenario": "api.ground",
    "fates": "api.animals",
    "fit": "api.species",
    "forecast": "api.studies",
    "formats": "formats",
    "generations": "api.expectation",
    "language": "languages",
    "languages": "languages",
    "load_experiment": "config.load",
    "load_landscape": "config.build",
    "load_scenario": "config.load",
    "load_species": "species.reader",
    "new_species": "species.new",
    "odd_text": "report.text.odd",
    "open_results": "api.studies",
    "propose_links": "api.links",
    "rank_links": "api.links",
    "read_alternatives": "links.alternatives_reading",
    "results_by_place": "api.ground",
    "run": "api.studies",
    "run_digest": "links.alternatives_files",
    "scenario_landscape": "api.ground",
    "schema": "api.files",
    "sensitivity": "api.sweeps",
    "serve_app": "app.serve",
    "species_keys": "species.reader",
    "status": "api.studies",
    "suitability": "species.suitability_map",
    "sweep": "api.sweeps",
    "theory": "theory",
    "tracks": "api.animals",
    "try_links": "api.links",
    "validate": "api.species",
    "write_alternatives": "links.alternatives_files",
    "write_brief": "api.links",
    "write_cover_table": "api.files",
    "write_pdf": "api.files",
    "write_practice_files": "datasets.practice",
    "write_qgis_plugin": "qgis_plugin.write",
    "write_results_by_place": "api.ground",
    "write_tracks": "api.animals",
}

__all__ = [
    "Alternative",
    "Alternatives",
    "CorridorModel",
    "CorridorSimError",
    "DecadesModel",
    "Experiment",
    "FittedSpecies",
    "GenerationsResults",
    "Landscape",
    "LinkChoice",
    "LinkCurrent",
    "LinkEffect",
    "LinkEvaluator",
    "Proposals",
    "RankingResults",
    "Results",
    "Scenario",
    "SensitivityResults",
    "Species",
    "SweepEvaluator",
    "SweepResults",
    "Validation",
    "__version__",
    "alternative_names",
    "check_species",
    "co_benefits",
    "compare",
    "cover_table",
    "edits",
    "export",
    "export_landscape",
    "export_scenario",
    "fates",
    "fit",
    "forecast",
    "formats",
    "generations",
    "language",
    "languages",
    "load_experiment",
    "load_landscape",
    "load_scenario",
    "load_species",
    "new_species",
    "odd_text",
    "open_results",
    "propose_links",
    "rank_links",
    "read_alternatives",
    "results_by_place",
    "run",
    "run_digest",
    "scenario_landscape",
    "schema",
    "sensitivity",
    "serve_app",
    "species_keys",
    "status",
    "suitability",
    "sweep",
    "theory",
    "tracks",
    "try_links",
    "validate",
    "write_alternatives",
    "write_brief",
    "write_cover_table",
    "write_pdf",
    "write_practice_files",
    "write_qgis_plugin",
    "write_results_by_place",
    "write_tracks",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        home = import_module(f"corridor_sim.{_HOMES[name]}")
        if home.__name__.endswith(f".{name}"):
            found = home
        else:
            found = getattr(home, name, None) or import_module(f"{home.__name__}.{name}")
        globals()[name] = found
        return found
    raise AttributeError(f"module 'corridor_sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
