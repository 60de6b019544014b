"""From a resolved scenario to the things it names: landscape, edited landscape, species."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from corridor_sim.config.load import Resolved
from corridor_sim.config.own_maps import lay_own_maps, own_files, own_key, with_own
from corridor_sim.config.schema import SpeciesSettings
from corridor_sim.errors import CorridorSimError, LandscapeError, ScenarioError, nearest, placing
from corridor_sim.landscape.blocks import refuse_swallowed
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.landscape.edits.noise import map_seed
from corridor_sim.landscape.grid import Grid
from corridor_sim.landscape.io.settings import BUILTIN_LANDSCAPE, LandscapeSettings
from corridor_sim.landscape.landscape import Landscape
from corridor_sim.species.reader import load_species, with_values
from corridor_sim.species.traits import Species
from corridor_sim.toml.strict import validate

DEFAULT_CELL_M = 1000.0


def load_landscape(
    source: str | LandscapeSettings = BUILTIN_LANDSCAPE,
    *,
    cell_m: float | None = None,
    base_dir: str | Path = ".",
) -> Landscape:
    """Return a landscape: the built-in one by name, the user's files by their settings, or both.

    Files of single layers without an elevation lie over the built-in landscape.

    Parameters
    ----------
    source : str or LandscapeSettings
        ``"andes-amazon"``, or the ``[landscape]`` section of a scenario.
    cell_m : float, optional
        Edge of a cell in metres; 1000 for the built-in landscape.
    base_dir : path
        Folder to which relative paths refer.

    Raises
    ------
    LandscapeError
        Unknown name, or a misfit of the files.
    """
    if isinstance(source, str):
        if source != BUILTIN_LANDSCAPE:
            raise LandscapeError(
                f"unknown landscape {source!r}", remedy=nearest(source, [BUILTIN_LANDSCAPE])
            )
        settings = LandscapeSettings()
    else:
        settings = source
    cell = cell_m if cell_m is not None else settings.cell_m
    if settings.grid_key is None:
        from corridor_sim.datasets.andes_amazon.landscape import andes_amazon

        land = andes_amazon(cell if cell is not None else DEFAULT_CELL_M)
        if settings.own_layers:
            from corridor_sim.landscape.io.user import lay_over

            land = lay_over(land, settings, Path(base_dir))
        return _finished(land, settings, Path(base_dir))
    from corridor_sim.landscape.io.user import load_user_landscape

    if cell_m is not None:
        data = {**settings.model_dump(exclude_none=True), "cell_m": cell_m}
        settings = validate(LandscapeSettings, data, where="[landscape]", error=LandscapeError)
    return _finished(load_user_landscape(settings, Path(base_dir)), settings, Path(base_dir))


def _finished(land: Landscape, settings: LandscapeSettings, base_dir: Path) -> Landscape:
    """Return the landscape with its covariates, and its core areas joined to blocks."""
    if settings.join_within_m > 0:
        land = replace(land, join_within_m=settings.join_within_m)
        refuse_swallowed(land)
    return _with_covariates(land, settings, base_dir)


def _with_covariates(land: Landscape, settings: LandscapeSettings, base_dir: Path) -> Landscape:
    if not settings.covariates:
        return land
    from corridor_sim.landscape.io.covariates import with_covariates

    return with_covariates(land, settings.covariates, base_dir)


def reference_landscape(
    resolved: Resolved, land: Landscape | None = None, species: Sequence[Species] | None = None
) -> Landscape:
    """Return the landscape of a scenario before all edits, with all that its species see.

    Parameters
    ----------
    resolved : Resolved
    land : Landscape, optional
        Where it has been made already; covariates that it lacks are laid on it.
    species : sequence of Species, optional
        Of the scenario, where somebody has them.

    Raises
    ------
    CorridorSimError
        As :func:`load_landscape`, or a coefficient for what is not there.
    """
    settings, base_dir = resolved.scenario.landscape, resolved.base_dir
    if land is None:
        land = load_landscape(settings, base_dir=base_dir)
    else:
        land = _with_covariates(land, settings, base_dir)
    known = build_species(resolved) if species is None else species
    return lay_own_maps(land, resolved.scenario, known, base_dir)


def reference_beside(
    land: Landscape, resolved: Resolved, species: Sequence[Species] | None = None
) -> Landscape:
    """Return :func:`reference_landscape` of a scenario, from that of another on the same ground.

    Only what its own species see is laid anew.

    Raises
    ------
    CorridorSimError
        As :func:`reference_landscape`.
    """
    shared = resolved.scenario.landscape.covariates or {}
    kept = {name: one for name, one in land.covariates.items() if name in shared}
    return reference_landscape(resolved, replace(land, covariates=kept), species)


def refuse_own_misfits(scenarios: Sequence[Resolved], land: Landscape) -> None:
    """Refuse, before any work, what species of further scenarios ask of maps of the user's own.

    Parameters
    ----------
    scenarios : sequence of Resolved
        Of one study, the first with the reference landscape ``land``.

    Raises
    ------
    CorridorSimError
    """
    known = {own_key(scenarios[0].scenario)}
    for one in scenarios:
        key = own_key(one.scenario)
        if key not in known:
            known.add(key)
            with placing(one.name):
                reference_beside(land, one)


def landscape_grid(settings: LandscapeSettings, *, base_dir: str | Path = ".") -> Grid:
    """Return the grid of a landscape that is not built yet: from settings and header alone.

    Raises
    ------
    LandscapeError
        As :func:`load_landscape`, as far as these show it.
    """
    if settings.grid_key is None:
        from corridor_sim.datasets.andes_amazon.region import region_grid

        return region_grid(settings.cell_m if settings.cell_m is not None else DEFAULT_CELL_M)
    from corridor_sim.landscape.io.user import user_grid

    return user_grid(settings, Path(base_dir))


def apply_edits(
    land: Landscape, edits: Sequence[Edit], seed: int, map_number: int = 0
) -> Landscape:
    """Return ``land`` after all ``edits`` in order; their own noise is keyed by seed and map."""
    for edit in edits:
        land = apply_edit(land, edit, seed, map_number)
    return land


def apply_edit(land: Landscape, edit: Edit, seed: int, map_number: int = 0) -> Landscape:
    """Return ``land`` after one edit on one of a scenario's maps.

    On the first map an edit that cannot be made is refused. On another it comes to nothing, and
    the landscape says so: there may be no farmland to restore where chance cleared elsewhere.
    """
    edit = edit.located(Path())
    if edit.draws:
        return edit.apply(land, map_seed(seed, map_number))
    if map_number == 0:
        return edit.apply(land, seed)
    try:
        return edit.apply(land, seed)
    except CorridorSimError as bad:
        return land.edited(f"{edit.describe()}: came to nothing on this map ({bad.problem})")


def build_species(resolved: Resolved) -> list[Species]:
    """Return the species of a scenario with its changed traits.

    Raises
    ------
    ScenarioError, SpeciesError
        Unknown species or trait, or a key that does not match its file.
    """
    found = []
    for key, settings in resolved.scenario.species.items():
        source: str | Path = key
        if settings.file is not None:
            source = resolved.base_dir / settings.file
        one = as_set(load_species(source), settings)
        if one.key != key:
            raise ScenarioError(
                f"species.{key}: the file's own key is {one.key!r}",
                where=settings.file,
                remedy=f"name the section [species.{one.key}]",
            )
        found.append(one)
    return found


def as_set(species: Species, settings: SpeciesSettings) -> Species:
    """Return a species as a scenario has it: with its maps and changed traits.

    Raises
    ------
    SpeciesError
        An unknown trait, or an impossible value.
    """
    one = with_own(species, settings)
    traits = flatten(settings.traits)
    return with_values(one, traits) if traits else one


def flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested tables as ``{"a.b.c": value}``."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, Mapping):
            flat.update(flatten(value, name))
        else:
            flat[name] = value
    return flat


# the files that a landscape may name, by what they hold
_RASTERS = ("elevation", "grid", "land_cover", "temperature")
_TABLES = ("land_cover_codes", "cover_classes", "protected_names")
# vectors, some of which may be rasters
_FEATURES = ("mask", "protected_areas", "protection", "roads", "rivers", "settlements", "towns")


def input_digests(resolved: Resolved) -> dict[str, str]:
    """Return a digest of what is read from every file the scenario names, by its name there.

    Together with the settings they identify a run: the same names with other content are another
    experiment. See :mod:`corridor_sim.landscape.io.content`.

    Raises
    ------
    CorridorSimError
        A file that cannot be read.
    """
    from corridor_sim.landscape.io.content import file_content, raster_content, vector_content
    from corridor_sim.landscape.io.cover_file import is_shipped
    from corridor_sim.landscape.io.positions import is_table
    from corridor_sim.landscape.io.raster_parts import is_raster

    settings = resolved.scenario.landscape
    found = {}
    for keys, content in (
        (_RASTERS, raster_content),
        (_TABLES, file_content),
        (_FEATURES, vector_content),
    ):
        for key in keys:
            name = getattr(settings, key)
            if name is not None and not (key == "cover_classes" and is_shipped(name)):
                of_name = (
                    raster_content if content is vector_content and is_raster(name) else content
                )
                found[name] = of_name(resolved.base_dir / name, key)
    for place, edit in resolved.scenario.all_edits():
        for name in edit.files:
            found[name] = vector_content(resolved.base_dir / name, f"{place}.file")
    change = resolved.scenario.change
    for later in () if change is None else change.maps:
        found[later.file] = raster_content(resolved.base_dir / later.file, "change.maps")
    for key, one in resolved.scenario.species.items():
        if one.file is not None:
            found[one.file] = file_content(resolved.base_dir / one.file, f"species.{key}.file")
        if one.positions is not None:
            path, place = resolved.base_dir / one.positions, f"species.{key}.positions"
            content = file_content if is_table(path) else vector_content
            found[one.positions] = content(path, place)
    for name, place, of_raster in own_files(resolved.scenario):
        of_file = raster_content if of_raster else vector_content
        found[name] = of_file(resolved.base_dir / name, place)
    return found
