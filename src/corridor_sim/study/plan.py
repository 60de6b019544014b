"""Which runs an experiment consists of, each with a stable identity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
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
    for key in ("name", "description", "replicates", "adaptive"):
        settings.pop(key, None)
    return {
        "settings": settings,
        "inputs": input_digests(resolved),
        "data": data_digest(),
        "version": __version__,
    }


def scenario_digest(resolved: Resolved) -> str:
    """Return the SHA-256 of :func:`identity`."""
    return hashlib.sha256(json.dumps(identity(resolved), sort_keys=True).encode()).hexdigest()


def run_of(digest: str, scenario: int, replicate: int) -> Run:
    """Return one replicate of the scenario with this digest at this position."""
    text = f"{digest}|replicate={replicate}"
    return Run(scenario, replicate, hashlib.sha256(text.encode()).hexdigest()[:16])


def plan_runs(
    scenarios: Sequence[Resolved], digests: Sequence[str] | None = None
) -> tuple[Run, ...]:
    """Return every run of a design, scenario by scenario; ``digests`` are made where not given."""
    if digests is None:
        digests = [scenario_digest(one) for one in scenarios]
    return tuple(
        run_of(digest, index, replicate)
        for index, (one, digest) in enumerate(zip(scenarios, digests, strict=True))
        for replicate in range(one.scenario.replicates)
    )
