"""corridor_sim: an individual-based simulator of corridors between the high Andes and the Amazon.

The names below are loaded when first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

__version__ = "0.1.0"

# as typing has it, whose import would take longer than all else here
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from corridor_sim.engine.simulation import Simulation, Stage, set_stage
    from corridor_sim.landscape.landscape import Landscape
    from corridor_sim.model.corridor_model import CorridorModel
    from corridor_sim.scenario.build import load_landscape
    from corridor_sim.scenario.load import load_experiment, load_scenario
    from corridor_sim.species.reader import load_species

_HOMES = {
    "CorridorModel": "corridor_sim.model.corridor_model",
    "Landscape": "corridor_sim.landscape.landscape",
    "Simulation": "corridor_sim.engine.simulation",
    "Stage": "corridor_sim.engine.simulation",
    "load_experiment": "corridor_sim.scenario.load",
    "load_landscape": "corridor_sim.scenario.build",
    "load_scenario": "corridor_sim.scenario.load",
    "load_species": "corridor_sim.species.reader",
    "set_stage": "corridor_sim.engine.simulation",
}

__all__ = [
    "CorridorModel",
    "Landscape",
    "Simulation",
    "Stage",
    "__version__",
    "load_experiment",
    "load_landscape",
    "load_scenario",
    "load_species",
    "set_stage",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'corridor_sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
