"""What is written down of one population every year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor_sim.kernels.states import CAUSES, DISPERSER, DISPLACED
from corridor_sim.simulation.decades.habitat import PopulationHabitat
from corridor_sim.simulation.decades.individuals import JUVENILE, Individuals
from corridor_sim.simulation.decades.settling import numbers_on
from corridor_sim.species.demography import VitalRates

# causes of death beyond those of the movement core
ORPHANED = len(CAUSES)
DEATHS = (*CAUSES, "orphaned")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the yearly record: name, unit, meaning."""

    name: str
    unit: str
    meaning: str


COLUMNS: tuple[Column, ...] = (
    Column("animals", "animals", "living animals at the census after the births"),
    Column("independent", "animals", "of these, those that have left their mothers"),
    Column("juveniles", "animals", "young with their mothers"),
    Column("dispersers", "animals", "searching for a first home"),
    Column("displaced", "animals", "searching since they lost their home"),
    Column("resident_females", "animals", "females with a home range"),
    Column("resident_males", "animals", "males with a home range"),
    Column("breeding_females", "animals", "resident females of breeding age"),
    Column("births", "animals", "born in the year"),
    Column("births_without_mate", "animals", "females ready to breed without a male in reach"),
    *(Column(f"deaths_{cause}", "animals", f"died in the year by {cause}") for cause in DEATHS),
    Column("left", "animals", "left their mothers in the year"),
    Column("lost_home", "animals", "residents displaced by the year's landscape"),
    Column("settled", "animals", "dispersers that found a home in the year"),
    Column("settled_again", "animals", "displaced animals that found another home"),
    Column("searchers_died", "animals", "animals without a home that died in the year"),
    Column("joining", "animals", "settled in another block of core areas than that of birth"),
    Column("border_joining", "animals", "of these, in a core area of another country"),
    Column("capacity", "animals", "animals that the year's landscape feeds"),
    Column("suitable_km2", "km²", "suitable area, weighted by suitability"),
    Column("occupied_share", "1", "share of the capacity's blocks where residents live"),
    Column("mean_elevation_m", "m", "mean elevation of residents' homes"),
    Column("mean_temperature_c", "°C", "mean temperature of residents' homes"),
    Column("thermal_mismatch_c", "°C", "mean degrees above the warm edge of the optimum"),
    Column("home_quality", "1", "mean suitability of residents' home-range windows"),
)
COLUMN = {column.name: i for i, column in enumerate(COLUMNS)}


def census(
    individuals: Individuals,
    habitat: PopulationHabitat,
    rates: VitalRates,
    events: dict[str, float],
) -> NDArray[np.float64]:
    """Return one row of the yearly record; ``events`` holds what was counted in the year."""
    row = np.full(len(COLUMNS), 0.0)
    for name, value in events.items():
        row[COLUMN[name]] = value
    here = individuals.residents()
    values: dict[str, float] = {
        "animals": len(individuals),
        "independent": int((individuals.stage != JUVENILE).sum()),
        "juveniles": int((individuals.stage == JUVENILE).sum()),
        "dispersers": int((individuals.stage == DISPERSER).sum()),
        "displaced": int((individuals.stage == DISPLACED).sum()),
        "resident_females": int((here & ~individuals.male).sum()),
        "resident_males": int((here & individuals.male).sum()),
        "breeding_females": int(
            (here & ~individuals.male & rates.gives_birth[individuals.age]).sum()
        ),
        "capacity": habitat.capacity,
        "suitable_km2": habitat.suitable_km2,
    }
    x, y = individuals.centre_x[here], individuals.centre_y[here]
    cell = y.astype(np.int64) * habitat.shape[1] + x.astype(np.int64)

    def mean(field: NDArray[np.float32], least: float = -np.inf) -> float:
        if cell.size == 0:
            return float("nan")
        return float(np.maximum(field.reshape(-1)[cell], least).mean(dtype=np.float64))

    values["mean_elevation_m"] = mean(habitat.elevation_m)
    values["mean_temperature_c"] = mean(habitat.temperature_c)
    values["thermal_mismatch_c"] = mean(habitat.here.mismatch_c)
    values["home_quality"] = mean(habitat.quality, least=0.0)
    values["occupied_share"] = _occupied_share(x, y, habitat)
    for name, value in values.items():
        row[COLUMN[name]] = value
    return row


def _occupied_share(
    x: NDArray[np.float64], y: NDArray[np.float64], habitat: PopulationHabitat
) -> float:
    """Return the share of the blocks with room in which a resident lives."""
    crowd = habitat.crowd
    room, lived = crowd.room > 0, numbers_on(crowd, x, y).number > 0
    return float((lived & room).sum() / room.sum()) if room.any() else float("nan")
