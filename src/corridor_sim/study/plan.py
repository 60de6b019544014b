"""Which runs an experiment consists of, each with a stable identity."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from corridor_sim import __version__
from corridor_sim.scenario.build import input_digests
from corridor_sim.scenario.load import Resolved, as_data


@dataclass(frozen=True, slots=True)
class Run:
    """One replicate of one scenario.

    Attributes
    ----------
    scenario : int
        Position in the design.
    replicate : int
    ident : str
        Sixteen hexadecimal digits that change with anything that can change the result.
    """

    scenario: int
    replicate: int
    ident: str


@cache
def data_digest() -> str:
    """Return a digest of the species files and tables that ship with the package."""
    digest = hashlib.sha256()
    root = resources.files("corridor_sim")
    for folder in ("species/catalog", "landscape/builtin/data"):
        for item in sorted(root.joinpath(folder).iterdir(), key=lambda p: p.name):
            if item.is_file():
                digest.update(item.name.encode() + item.read_bytes())
    return digest.hexdigest()


def identity(resolved: Resolved) -> dict[str, Any]:
    """Return what decides the result of a scenario's runs, replicate aside.

    Names and the number of replicates are left out: replicate ``k`` needs no other, so asking for
    more replicates keeps the ones already there.
    """
    settings = as_data(resolved.scenario)
    for key in ("name", "description", "replicates"):
        settings.pop(key, None)
    return {
        "settings": settings,
        "inputs": input_digests(resolved),
        "data": data_digest(),
        "version": __version__,
    }


def plan_runs(scenarios: tuple[Resolved, ...]) -> tuple[Run, ...]:
    """Return every run of a design, scenario by scenario."""
    runs = []
    for index, resolved in enumerate(scenarios):
        base = json.dumps(identity(resolved), sort_keys=True)
        for replicate in range(resolved.scenario.replicates):
            text = f"{base}|replicate={replicate}"
            ident = hashlib.sha256(text.encode()).hexdigest()[:16]
            runs.append(Run(index, replicate, ident))
    return tuple(runs)
