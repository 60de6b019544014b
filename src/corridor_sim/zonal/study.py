"""Outcomes by place of the scenarios of a study, with their changes and intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.co_benefits import PlaceLayer
from corridor_sim.config.load import Resolved
from corridor_sim.errors import ScenarioError
from corridor_sim.experiment.study import Study
from corridor_sim.experiment.values import runs_by_scenario
from corridor_sim.ground.given import Given
from corridor_sim.ground.scenarios import Ends
from corridor_sim.ground.study import given_of, settings_of
from corridor_sim.statistics.intervals import Support, intervals, paired_intervals
from corridor_sim.toml.strict import validate
from corridor_sim.zonal.outcomes import PlaceOutcome, of_ground, of_habitat, of_run
from corridor_sim.zonal.places import Places

if TYPE_CHECKING:
    import geopandas as gpd

F64 = NDArray[np.float64]
# the key under which outcomes of the ground stand beside species
GROUND = ""
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Block:
    """An outcome of one scenario in every place and replicate.

    Attributes
    ----------
    outcome : PlaceOutcome
    values : float64 ``[place, replicate]``
    """

    outcome: PlaceOutcome
    values: F64

    @property
    def support(self) -> Support:
        """What its values can be."""
        one = self.outcome
        return Support(0.0, np.inf, one.event, not np.isfinite(one.event), one.certain)


Blocks = dict[Key, Block]


def blocks_of(study: Study, places: Places, given: Sequence[Given] = ()) -> dict[str, Blocks]:
    """Return outcomes by place of every scenario: ``{scenario: {(species, outcome): block}}``.

    Parameters
    ----------
    study : Study
        Finished.
    places : Places
    given : sequence of Given
        Co-benefits that are told by place as well.

    Raises
    ------
    ResultsError
        A run's file has gone or is damaged.
    """
    ends = Ends(study.land, study.landscape_of)
    found: dict[str, Blocks] = {}
    for resolved, runs in zip(study.scenarios, runs_by_scenario(study), strict=True):
        ordered = sorted(runs, key=lambda run: run.replicate)
        numbers = [resolved.scenario.map_of(run.replicate) for run in ordered]
        ground = {
            number: _of_map(study, resolved, places, given, ends, number)
            for number in sorted(set(numbers))
        }
        parts: dict[Key, list[F64]] = {}
        outcomes: dict[Key, PlaceOutcome] = {}
        for run, number in zip(ordered, numbers, strict=True):
            for key, outcome, values in ground[number]:
                outcomes[key, outcome.name] = outcome
                parts.setdefault((key, outcome.name), []).append(values)
            for key, outcome, values in of_run(study, resolved, run):
                outcomes[key, outcome.name] = outcome
                parts.setdefault((key, outcome.name), []).append(places.sums(values))
        found[resolved.name] = {
            at: Block(outcomes[at], np.stack(values, axis=1)) for at, values in parts.items()
        }
    return found


def _of_map(
    study: Study,
    resolved: Resolved,
    places: Places,
    given: Sequence[Given],
    ends: Ends,
    number: int,
) -> list[tuple[str, PlaceOutcome, F64]]:
    """Return what follows from the landscape of one map at the end of the runs."""
    land = ends.of(resolved, number)
    told: list[tuple[str, PlaceOutcome, F64]] = [
        (GROUND, outcome, places.sums(values)) for outcome, values in of_ground(land)
    ]
    for one in given:
        outcome = PlaceOutcome(one.name, one.unit, one.name, "more", certain=True)
        told.append((GROUND, outcome, places.sums(one.under(land))))
    for species in study.worker_cache.species_of(resolved):
        told += [
            (species.key, replace(outcome), places.sums(values))
            for outcome, values in of_habitat(species, land)
        ]
    return told


COLUMNS = (
    "scenario",
    "against",
    "place",
    "inside",
    "species",
    "outcome",
    "label",
    "unit",
    "value",
    "low",
    "high",
    "change",
    "change_low",
    "change_high",
    "n",
)


def table_of(study: Study, places: Places, blocks: dict[str, Blocks]) -> gpd.GeoDataFrame:
    """Return outcomes by place as a table; see :func:`corridor_sim.results_by_place`."""
    import geopandas as gpd
    import pandas as pd

    parts = []
    names = np.array(places.names, object)
    for i, resolved in enumerate(study.scenarios):
        against = "" if i == 0 else resolved.against or study.scenarios[0].name
        for (key, _), block in blocks[resolved.name].items():
            maps = _maps(block, resolved, study.scenarios)
            mean, low, high, n = intervals(block.values, support=block.support, maps=maps)
            change = np.full((3, len(names)), np.nan)
            if against:
                other = blocks[against][key, block.outcome.name]
                change = _change(other, block, maps)
            parts.append(
                {
                    "scenario": resolved.name,
                    "against": against,
                    "place": names,
                    "inside": places.inside,
                    "species": key,
                    "outcome": block.outcome.name,
                    "label": block.outcome.label,
                    "unit": block.outcome.unit,
                    "value": mean,
                    "low": low,
                    "high": high,
                    **dict(zip(COLUMNS[11:14], change, strict=True)),
                    "n": n,
                }
            )
    frame = pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True)
    shapes = np.tile(np.array([*places.shapes, None], object)[:-1], len(parts))
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=places.grid.crs)


def _change(before: Block, after: Block, maps: NDArray[np.int64] | None) -> F64:
    """Return the paired change, low and high, ``[3, place]``, over replicates that both have."""
    n = min(before.values.shape[1], after.values.shape[1])
    kept = None if maps is None else maps[:n]
    a, b = before.values[:, :n], after.values[:, :n]
    *_, (mean, low, high, _) = paired_intervals(a, b, support=after.support, maps=kept)
    return np.stack([mean, low, high])


def _maps(
    block: Block, resolved: Resolved, scenarios: Sequence[Resolved]
) -> NDArray[np.int64] | None:
    """Return the map that each replicate stands on, None where scenarios have one."""
    most = max(one.scenario.n_maps for one in scenarios)
    n = block.values.shape[1]
    return np.arange(n) % most if most > 1 and n > 1 else None


def wide(table: gpd.GeoDataFrame, scenario: str) -> dict[str, Any]:
    """Return one scenario as columns of a layer: a row a place, a column an outcome.

    Columns are named by species and outcome, changes end in ``_change``, with the ends of their
    intervals in ``_change_low`` and ``_change_high``; ``area_km2`` is ground within the landscape.
    """
    here = table[table["scenario"] == scenario]
    first = here.drop_duplicates("place")
    columns: dict[str, Any] = {"place": first["place"].tolist(), "inside": first["inside"].tolist()}
    columns["area_km2"] = (first.geometry.area / 1e6 * first["inside"]).tolist()
    for (key, outcome), part in here.groupby(["species", "outcome"], sort=False):
        name = f"{key}_{outcome}" if key else str(outcome)
        columns[name] = part["value"].tolist()
        if part["change"].notna().any():
            for one in ("change", "change_low", "change_high"):
                columns[f"{name}_{one}"] = part[one].tolist()
    return {"columns": columns, "shapes": list(first.geometry)}


def study_by_place(study: Study, places: Places) -> gpd.GeoDataFrame:
    """Return the outcomes of a finished study by place, with the co-benefits that it asks for."""
    given = given_of(study, settings_of(study), str(study.out))
    return table_of(study, places, blocks_of(study, places, given))


def places_of(study: Study) -> tuple[PlaceLayer, ...]:
    """Return the layers of places that the settings of a study ask for; mostly none.

    Raises
    ------
    ScenarioError
        They are damaged.
    """
    tables = study.settings.get("places") or ()
    return tuple(
        validate(PlaceLayer, dict(one), where=f"{study.out}: places[{i}]", error=ScenarioError)
        for i, one in enumerate(tables)
    )
