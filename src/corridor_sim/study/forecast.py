"""What an experiment will take, said before it starts: memory, animal-steps, time."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from corridor_sim.errors import ResourceError, counted
from corridor_sim.scenario.load import Resolved
from corridor_sim.species.traits import Species

# Measured with 10 candidates on two-core machines of 2023, tallies on; see docs/benchmarks.md.
SECONDS_PER_CANDIDATE_STEP = 11e-9
SECONDS_PER_CELL_AND_SPECIES = 0.55e-6
BYTES_OF_PROGRAM = 420e6
BYTES_PER_CELL = 150.0
BYTES_PER_CELL_AND_SPECIES = 95.0
BYTES_PER_ANIMAL = 400.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Size of an experiment.

    Attributes
    ----------
    runs, animals : int
        Runs still to do; animals in each.
    animal_steps : int
        Decision steps over all runs to do, if nobody died.
    seconds : float
        Expected time of the simulations on the threads given.
    peak_bytes : float
        Expected peak memory.
    unit : str
        What ``animal_steps`` counts.
    """

    runs: int
    animals: int
    animal_steps: int
    seconds: float
    peak_bytes: float
    unit: str = "steps"

    def __str__(self) -> str:
        """Say it in one line."""
        time = f"{self.seconds:,.0f} s" if self.seconds < 7200 else f"{self.seconds / 3600:,.1f} h"
        return (
            f"{counted(self.runs, 'run')} of {counted(self.animals, 'animal')}, "
            f"{self.animal_steps / 1e6:,.3g} million {self.unit}: about {time} and "
            f"{self.peak_bytes / 1e9:.1f} GB of memory"
        )


def forecast(
    resolved: Resolved,
    species: list[Species],
    counts: Mapping[str, int],
    n_cells: int,
    runs: int,
    scenarios: int,
    threads: int,
) -> Forecast:
    """Return what ``runs`` runs of ``scenarios`` scenarios of this size will take."""
    steps = 0
    cost = 0.0
    for one in species:
        per_run = counts[one.key] * one.movement.steps_per_day * resolved.scenario.n_days
        steps += per_run
        cost += per_run * one.movement.candidates * SECONDS_PER_CANDIDATE_STEP
    prepare = scenarios * n_cells * len(species) * SECONDS_PER_CELL_AND_SPECIES
    memory = BYTES_OF_PROGRAM + n_cells * (
        BYTES_PER_CELL + BYTES_PER_CELL_AND_SPECIES * len(species)
    )
    animals = sum(counts.values())
    return Forecast(
        runs=runs,
        animals=animals,
        animal_steps=steps * runs,
        seconds=cost * runs / threads + prepare,
        peak_bytes=memory + animals * BYTES_PER_ANIMAL,
    )


def available_bytes() -> float:
    """Return the memory that is free for use now, infinity where the system does not say.

    In a container or a job of a cluster it is what their limit leaves.
    """
    return min(_free_of_machine(), _free_of_group())


def _free_of_group(root: str = "/sys/fs/cgroup") -> float:
    """Return what the limit of this process's control group leaves; pages of files can be freed."""
    for limit, used, files in (
        ("memory.max", "memory.current", "memory.stat"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"),
    ):
        try:
            with open(f"{root}/{limit}") as stream:
                most = float(stream.read())
            with open(f"{root}/{used}") as stream:
                taken = float(stream.read())
            with open(f"{root}/{files}") as stream:
                rows = dict(line.split()[:2] for line in stream)
        except (OSError, ValueError):  # no limit reads "max"
            continue
        return max(0.0, most - taken + float(rows.get("inactive_file", 0)))
    return float("inf")


def _free_of_machine() -> float:
    try:
        with open("/proc/meminfo") as stream:
            for line in stream:
                if line.startswith("MemAvailable:"):
                    return float(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES")) * float(os.sysconf("SC_PAGE_SIZE"))
    except (ValueError, OSError, AttributeError):
        return float("inf")


def refuse_what_cannot_fit(expected: Forecast) -> None:
    """Stop before any work if the experiment needs more memory than there is.

    Raises
    ------
    ResourceError
        With the numbers and what to change.
    """
    free = available_bytes()
    fewer = "sampling" if expected.unit == "steps" else "life_cycle.capacity_scale"
    if expected.peak_bytes > free:
        raise ResourceError(
            f"needs about {expected.peak_bytes / 1e9:.1f} GB of memory, "
            f"{free / 1e9:.1f} GB are free",
            remedy=f"use a larger landscape.cell_m, fewer species or a smaller {fewer}",
        )
