"""corridor_sim: an individual-based simulator of corridors between the high Andes and the Amazon.

The names below are loaded when first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

__version__ = "0.1.0"

# as typing has it, whose import would take longer than all else here
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from corridor_sim import theory
    from corridor_sim.agents.decades import DecadesModel
    from corridor_sim.agents.model import CorridorModel
    from corridor_sim.config.build import load_landscape
    from corridor_sim.config.load import load_experiment, load_scenario
    from corridor_sim.landscape import edits
    from corridor_sim.landscape.landscape import Landscape
    from corridor_sim.simulation.days.simulation import DaysContext, Simulation, prepare_days
    from corridor_sim.species.reader import load_species

_HOMES = {
    "CorridorModel": "corridor_sim.agents.model",
    "DecadesModel": "corridor_sim.agents.decades",
    "Landscape": "corridor_sim.landscape.landscape",
    "Simulation": "corridor_sim.simulation.days.simulation",
    "DaysContext": "corridor_sim.simulation.days.simulation",
    "edits": "corridor_sim.landscape.edits",
    "load_experiment": "corridor_sim.config.load",
    "load_landscape": "corridor_sim.config.build",
    "load_scenario": "corridor_sim.config.load",
    "load_species": "corridor_sim.species.reader",
    "prepare_days": "corridor_sim.simulation.days.simulation",
    "theory": "corridor_sim.theory",
}

__all__ = [
    "CorridorModel",
    "DaysContext",
    "DecadesModel",
    "Landscape",
    "Simulation",
    "__version__",
    "edits",
    "load_experiment",
    "load_landscape",
    "load_scenario",
    "load_species",
    "prepare_days",
    "theory",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        home = import_module(_HOMES[name])
        # a module stands for itself
        return getattr(home, name, home)
    raise AttributeError(f"module 'corridor_sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
