"""Which runs an experiment consists of, each with a stable identity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from corridor_sim import __version__
from corridor_sim.config.build import input_digests
from corridor_sim.config.load import Resolved, as_data


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
    for folder in ("species/catalog", "datasets/andes_amazon/data"):
        for item in sorted(root.joinpath(folder).iterdir(), key=lambda p: p.name):
            if item.is_file():
                digest.update(item.name.encode() + item.read_bytes())
    return digest.hexdigest()


def identity(resolved: Resolved, inputs: dict[str, str] | None = None) -> dict[str, Any]:
    """Return what decides the result of a scenario's runs, replicate aside.

    Names and the number of replicates are left out: replicate ``k`` needs no other, so asking for
    more replicates keeps the ones already there. So is the number of maps where there is one: it
    says nothing. ``inputs`` are read where they are not given.
    """
    settings = as_data(resolved.scenario)
    if resolved.scenario.n_maps == 1:
        settings.pop("maps", None)
    for key in ("name", "description", "replicates", "adaptive", "indifference"):
        settings.pop(key, None)
    return {
        "settings": settings,
        "inputs": input_digests(resolved) if inputs is None else inputs,
        "data": data_digest(),
        "version": __version__,
    }


def scenario_digest(resolved: Resolved, inputs: dict[str, str] | None = None) -> str:
    """Return the SHA-256 of :func:`identity`."""
    text = json.dumps(identity(resolved, inputs), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Digester:
    """Digests of many scenarios; files that several of them name are read once."""

    def __init__(self) -> None:
        self._inputs: dict[str, dict[str, str]] = {}

    def of(self, resolved: Resolved) -> str:
        """Return what :func:`scenario_digest` returns."""
        settings = as_data(resolved.scenario)
        land = settings.pop("landscape", None)
        for key in ("name", "description"):
            settings.pop(key, None)
        # whatever names a file is a text
        key = json.dumps([str(resolved.base_dir), land, sorted(set(_texts(settings)))])
        if key not in self._inputs:
            self._inputs[key] = input_digests(resolved)
        return scenario_digest(resolved, self._inputs[key])


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield key
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)


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
