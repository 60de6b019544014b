"""What a scenario's species see beside the layers: their own maps and covariates, laid ready."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from corridor_sim.config.schema import Scenario, SpeciesSettings
from corridor_sim.errors import LandscapeError, SpeciesError
from corridor_sim.landscape.covariates import Covariate, of_classes, of_layer
from corridor_sim.landscape.io.settings import CONTINUOUS, COVER
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.landscape.timeline.rules import Change
from corridor_sim.species.own_habitat import (
    covariates_of,
    follows_edits,
    has_own_maps,
    in_words,
    refuse_misfits,
)
from corridor_sim.species.traits import Species
from corridor_sim.toml.strict import validate

# the ready maps that a species may have, and the lowest and highest value of each
_ROLES: dict[str, tuple[float, float]] = {"suitability": (0.0, 1.0), "resistance": (1.0, 1e19)}


def map_name(role: str, key: str) -> str:
    """Return the name of the covariate that a species' ready map becomes."""
    return f"{role}_of_{key}"


def _ready_maps(scenario: Scenario) -> Iterator[tuple[str, str, SpeciesSettings, list[str]]]:
    """Yield role, species and files of every ready map."""
    for key, one in scenario.species.items():
        for role in _ROLES:
            files = getattr(one, role)
            if files is not None:
                yield role, key, one, files


def own_files(scenario: Scenario) -> Iterator[tuple[str, str, bool]]:
    """Yield the files of covariates and ready maps: name, key, and whether it is a raster."""
    for name, one in (scenario.landscape.covariates or {}).items():
        key = f"landscape.covariates.{name}"
        yield from ((file, key, True) for file in one.rasters)
        yield from ((file, key, False) for file in one.vectors)
    for role, key, _, files in _ready_maps(scenario):
        yield from ((file, f"species.{key}.{role}", True) for file in files)


def own_key(scenario: Scenario) -> str:
    """Return what is laid on the landscape for the species of a scenario, as a text.

    Coefficients are left out: they change what a species makes of it.
    """
    found: dict[str, Any] = {}
    for key, one in scenario.species.items():
        own = one.model_dump(
            mode="json",
            include={*_ROLES, "suitability_max", "selection", "settlement"},
            exclude_none=True,
        )
        for section in ("selection", "settlement"):
            if section in own:
                own[section] = sorted(own[section]["coefficients"])
        if own:
            found[key] = own
        if one.file is not None:
            found[f"{key}, file"] = one.file
    return json.dumps(found, sort_keys=True) if found else ""


def with_own(species: Species, settings: SpeciesSettings) -> Species:
    """Return a species with the predictors and ready maps that a scenario gives it.

    Raises
    ------
    SpeciesError
        Two origins of one thing.
    """
    own: dict[str, Any] = {}
    for section in ("selection", "settlement"):
        given = getattr(settings, section)
        if given is not None:
            own[section] = given.model_dump(mode="json")
    maps = {r: map_name(r, species.key) for r in _ROLES if getattr(settings, r) is not None}
    if maps:
        kept = {} if species.own_maps is None else species.own_maps.model_dump(exclude_none=True)
        own["own_maps"] = {**kept, **maps}
    if not own:
        return species
    data = {**species.model_dump(mode="json", exclude_none=True), **own}
    return validate(Species, data, where=f"species.{species.key}", error=SpeciesError)


def lay_own_maps(
    land: Landscape, scenario: Scenario, species: Sequence[Species], base_dir: Path
) -> Landscape:
    """Return the landscape with all that its species select and settle by, checked.

    Parameters
    ----------
    land : Landscape
        Before all edits, with the scenario's covariates.
    species : sequence of Species
        Of the scenario, with their own predictors and maps.

    Raises
    ------
    CorridorSimError
        A map that does not fit, or a coefficient for what is not there.
    """
    found: dict[str, Covariate] = dict(land.covariates)
    for role, key, one, files in _ready_maps(scenario):
        name = map_name(role, key)
        if name not in found:
            found[name] = _ready_map(land, base_dir, role, key, one, files)
    for each in species:
        for name in covariates_of(each):
            if name in CONTINUOUS and name not in found:
                found[name] = of_layer(name, name, land)
            if name == COVER and name not in found and not land.lacks(COVER):
                found[name] = of_classes(name, COVER)
    if len(found) > len(land.covariates):
        land = replace(land, covariates=found)
    land = land.in_year(scenario.start_year)
    for each in species:
        if has_own_maps(each):
            refuse_misfits(each, land)
    return land


def _ready_map(
    land: Landscape, base_dir: Path, role: str, key: str, one: SpeciesSettings, files: list[str]
) -> Covariate:
    from corridor_sim.landscape.io.covariates import read_ready_map

    low, high = _ROLES[role]
    full = one.suitability_max or 1.0
    limits = (low, high * full if role == "suitability" else high)
    place = f"species.{key}.{role}"
    try:
        return read_ready_map(land, map_name(role, key), files, base_dir, place, limits, full)
    except LandscapeError as bad:
        found = re.match(r"holds ([0-9.]+) ", bad.problem)
        if role == "suitability" and full == 1.0 and found and 1 < float(found[1]) <= 100:
            remedy = f"{bad.remedy}; of a map in per cent say suitability_max = 100"
            raise LandscapeError(bad.problem, where=bad.where, remedy=remedy) from None
        raise


def notes_on_own_maps(
    scenarios: Sequence[Scenario], species: Sequence[Species], land: Landscape
) -> list[str]:
    """Return what there is to say of species that see maps of the user's own.

    How each selects, in numbers; and where edits change none of it, that they do not.
    """
    notes = []
    edits = any(one.edits or one.change not in (None, Change()) for one in scenarios)
    for each in species:
        if not has_own_maps(each):
            continue
        notes += [f"{each.key}: {line}" for line in in_words(each, land)]
        if edits and not follows_edits(each, land):
            crossed = each.habitat.residence is not None and each.habitat.residence.crossed_only
            notes.append(
                f"edits and changes alter nothing of where {each.key} lives and steps, for its own "
                "maps do not change with them; "
                + ("covers that it only crosses, " if crossed else "")
                + "barriers and hazards do"
            )
    return notes
