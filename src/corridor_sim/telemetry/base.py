"""What a fit starts from: the species of a scenario, or a blank one, and the ground under it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corridor_sim.config.build import (
    apply_edits,
    build_species,
    landscape_grid,
    reference_landscape,
)
from corridor_sim.config.load import Resolved
from corridor_sim.errors import SpeciesError, shown
from corridor_sim.landscape.landscape import BUILTIN, Landscape
from corridor_sim.species.new import composed, key_of
from corridor_sim.species.reader import load_species, species_keys
from corridor_sim.species.traits import Species


@dataclass(frozen=True, slots=True)
class Base:
    """Species and ground before the fit.

    Attributes
    ----------
    species : Species
        As its file has it; a blank one where there is none.
    blank : bool
        Whether it is a blank one.
    """

    species: Species
    blank: bool

    @property
    def data(self) -> dict[str, Any]:
        """The species as plain data."""
        found: dict[str, Any] = self.species.model_dump(mode="json", exclude_none=True)
        return found


def base_species(name: str, scenario: Resolved | None) -> Base:
    """Return the species by that name: of the scenario, of the catalogue, a file, or a blank one.

    Parameters
    ----------
    name : str
        Key of a species of the scenario or one that ships, a species file, or a new name.
    scenario : Resolved or None

    Raises
    ------
    CorridorSimError
        A name that makes no key, or a species file with a fault.
    """
    if scenario is not None and name in scenario.scenario.species:
        settings = scenario.scenario.species[name]
        source: str | Path = name if settings.file is None else scenario.base_dir / settings.file
        return Base(load_species(source), False)
    if name in species_keys() or name.endswith(".toml"):
        return Base(load_species(name), False)
    covers: str | Path = BUILTIN
    if scenario is not None and scenario.scenario.landscape.cover_classes is not None:
        own = scenario.scenario.landscape.cover_classes
        covers = scenario.base_dir / own if own.endswith((".csv", ".toml")) else own
    try:
        key = key_of(name)
    except SpeciesError:
        raise SpeciesError(
            f"{shown(name)} makes no key of a species",
            where="--species",
            remedy="call it by two letters or more, a to z",
        ) from None
    _, species = composed(name, None, {}, {}, key=key, covers=covers)
    return Base(species, True)


def crs_of(scenario: Resolved | None) -> str | None:
    """Return the CRS of a scenario's landscape, from settings and headers alone."""
    if scenario is None:
        return None
    return landscape_grid(scenario.scenario.landscape, base_dir=scenario.base_dir).crs


def ground_of(scenario: Resolved | None) -> Landscape | None:
    """Return the landscape of a scenario with its covariates, its edits applied."""
    if scenario is None:
        return None
    species = build_species(scenario)
    land = reference_landscape(scenario, None, species)
    return apply_edits(land, scenario.edits, scenario.scenario.seed)


def refuse_key(species: str) -> None:
    """Refuse an empty name of a species.

    Raises
    ------
    SpeciesError
    """
    if not isinstance(species, str) or not species.strip():
        raise SpeciesError(
            f"{shown(species)} names no species",
            where="--species",
            remedy="give a key of the scenario, or a new name",
        )
