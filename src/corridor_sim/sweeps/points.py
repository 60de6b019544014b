"""From a sweep file to the scenarios of its points, all of them checked before the first run."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corridor_sim.config.build import build_species
from corridor_sim.config.dotted import key_path, keys_of, set_key
from corridor_sim.config.load import SHARED, Resolved, as_data, read_file, resolve
from corridor_sim.config.schema import Scenario
from corridor_sim.config.sweep import SweepFile, SweepSettings, Value
from corridor_sim.errors import CorridorSimError, ScenarioError, counted, nearest, refuse_unknown
from corridor_sim.experiment.values import outcome_table
from corridor_sim.landscape.covers import CoverTable
from corridor_sim.languages import tr
from corridor_sim.progress import Count
from corridor_sim.toml.strict import validate

MOST_RUNS = 10_000
MOST_EVER = 1_000_000
LONGEST_NAME = 80
# the reference landscape and the calendar are one for all scenarios of a study
FIXED = (*(name for name in SHARED if name != "edits"), "description", "tracks")


def refuse_too_many(
    n_points: int, replicates: int, where: str | Path, *, yes: bool, links: int = 0, beside: int = 0
) -> None:
    """Refuse a design that nobody would wait for, before any point of it is built.

    Parameters
    ----------
    n_points, replicates : int
        Points and the replicates of each.
    where : str or Path
        What the message names.
    yes : bool
    links : int
        Links simulated alone at every point, beside the base without any.
    beside : int
        Further replicates of the base and every link.

    Raises
    ------
    ScenarioError
        More than 10,000 runs without ``yes``, or more than a million.
    """
    runs = (n_points * replicates + beside) * (1 + links)
    if runs <= MOST_RUNS or (yes and runs <= MOST_EVER):
        return
    hours = runs / 3600
    lasting = f"{hours:,.0f} hours" if hours < 1000 else f"{hours / 24 / 365.25:,.1f} years"
    remedy = "use fewer values, an lhs or sobol design, or fewer replicates"
    more = ""
    if links:
        remedy = "use fewer traits, a smaller n, fewer links or fewer replicates"
        more = f" and {beside:,} beside x {links} links and the base"
    if runs <= MOST_EVER:
        remedy += "; or give --yes"
    raise ScenarioError(
        f"{counted(n_points, 'point')} x {counted(replicates, 'replicate')}{more} = {runs:,} runs, "
        f"{lasting} at one second a run",
        where=where,
        remedy=remedy,
    )


def short_names(names: Iterable[str]) -> list[str]:
    """Return the ends of dotted names, as long as it takes to tell them apart."""
    parts = [key_path(f"{name}=0")[0] for name in names]
    found = []
    for own in parts:
        for n in range(1, len(own) + 1):
            if sum(other[-n:] == own[-n:] for other in parts) == 1:
                break
        found.append(".".join(own[-n:]))
    return found


def check_outcomes(
    outcomes: Sequence[str], species: Sequence[str], base: Resolved, where: str | Path
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return outcomes and species as asked for, or refuse an unknown one with the nearest."""
    table = outcome_table(base)
    for name in outcomes:
        refuse_unknown(name, table, f"unknown outcome {name!r}", where=where)
    present = base.scenario.species
    for key in species:
        refuse_unknown(key, present, f"species {key!r} is not in base", where=where)
    return tuple(dict.fromkeys(outcomes)), tuple(dict.fromkeys(species or present))


def check_covers(keys: Sequence[str], covers: CoverTable, where: str | Path) -> None:
    """Refuse land covers to be drawn that the landscape has no class of."""
    for key in keys:
        problem = f"unknown land cover {key[:60]!r} of {covers.name}"
        refuse_unknown(key, covers.by_key, problem, where=f"{where}: sweep.covers")


def check_name(name: str, where: str | Path) -> tuple[str, ...]:
    """Return the keys of a parameter's dotted name, or refuse one that cannot vary in a study."""
    keys = keys_of(name, where, "edits.0.fraction")
    if keys[0] in FIXED:
        raise ScenarioError(
            f"{name}: {keys[0]} is the same at all points", where=where, remedy="set it in base"
        )
    if keys[0] not in Scenario.model_fields:
        raise ScenarioError(
            f"{name}: unknown key {keys[0]!r}",
            where=where,
            remedy=nearest(keys[0], (k for k in Scenario.model_fields if k not in FIXED)),
        )
    return keys


def make_points(
    base: Resolved,
    names: Sequence[str],
    values: Sequence[Sequence[Value]],
    where: str | Path,
    also: Mapping[str, Mapping[str, float | None]] | None = None,
) -> tuple[Resolved, ...]:
    """Return the scenario of every point, checked as if it had been written out in a file.

    Parameters
    ----------
    base : Resolved
    names : sequence of str
        Dotted names of the parameters.
    values : sequence of sequence
        Of every point, in the order of ``names``.
    where : str or Path
        What messages name.
    also : mapping of name to mapping, optional
        Parameters that follow another, with a factor; None = the same value.

    Raises
    ------
    CorridorSimError
        An unknown name (with the nearest), or a value that cannot be.
    """
    also = also or {}
    targets = [{name: None, **also.get(name, {})} for name in names]
    flat = [name for group in targets for name in group]
    for name in flat:
        check_name(name, where)
        if flat.count(name) > 1:
            raise ScenarioError(f"{name} is given twice", where=where)
    shorts = short_names(names)
    plain = as_data(base.scenario)
    # misfits of species files are the same for all points that change no species
    known: set[str] = set()
    found: list[Resolved] = []
    count = Count(tr("making the points"), len(values))
    for index, at in enumerate(values):
        data = deepcopy(plain)
        place = f"{where}: " + ", ".join(
            f"{name} = {json.dumps(value)}" for name, value in zip(names, at, strict=True)
        )
        _set_all(data, targets, at, place)
        levels = tuple((n, text_of(v)) for n, v in zip(names, at, strict=True))
        name = ", ".join(f"{s}={text}" for s, (_, text) in zip(shorts, levels, strict=True))
        data["name"] = name if len(name) <= LONGEST_NAME else f"point {index + 1}"
        scenario = validate(Scenario, data, where=place, error=ScenarioError)
        one = resolve(scenario, place, base.base_dir)
        _check_species(one, base, known, place)
        found.append(Resolved(one.scenario, levels, one.base_dir))
        count.one()
    return _named_once(found)


def text_of(value: Value) -> str:
    """Return a value as names and axes show it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _set_all(
    data: dict[str, Any],
    targets: Sequence[Mapping[str, float | None]],
    at: Sequence[Value],
    place: str,
) -> None:
    for followers, value in zip(targets, at, strict=True):
        for name, factor in followers.items():
            own = value
            if factor is not None and not isinstance(value, str):
                own = float(f"{value * factor:.12g}")
            try:
                set_key(data, f"{name}={json.dumps(own, ensure_ascii=False)}")
            except ScenarioError as bad:
                raise ScenarioError(bad.problem, where=place, remedy=bad.remedy) from None


def _check_species(one: Resolved, base: Resolved, known: set[str], place: str) -> None:
    if set(one.scenario.species) != set(base.scenario.species):
        more = sorted(set(one.scenario.species) ^ set(base.scenario.species))[0]
        raise ScenarioError(
            f"species.{more} is not in base",
            where=place,
            remedy=nearest(more, base.scenario.species),
        )
    if one.scenario.has_burn_in != base.scenario.has_burn_in:
        raise ScenarioError("life_cycle is not in base", where=place, remedy="add it to base")
    key = json.dumps(as_data(one.scenario)["species"], sort_keys=True)
    if key not in known:
        try:
            build_species(one)
        except CorridorSimError as bad:
            problem = f"{bad.where}: {bad.problem}" if bad.where else bad.problem
            raise ScenarioError(problem, where=place, remedy=bad.remedy) from None
        known.add(key)


def _named_once(found: list[Resolved]) -> tuple[Resolved, ...]:
    names = [one.name for one in found]
    if len(set(names)) == len(names):
        return tuple(found)
    return tuple(
        replace(one, scenario=one.scenario.model_copy(update={"name": f"point {i + 1}"}))
        for i, one in enumerate(found)
    )


def read_sweep(
    path: Path, assignments: Sequence[str] = (), *, yes: bool = False
) -> tuple[SweepFile, tuple[Resolved, ...], list[tuple[Value, ...]]]:
    """Read a sweep file; return it, the scenarios of its points and the parameters' values there.

    Raises
    ------
    CorridorSimError
        In one line: what is wrong with the file, a parameter, a value, or the number of runs.
    """
    file, _ = read_file(path, SweepFile, assignments, section="sweep")
    base = resolve(file.base, f"{path}: base", path.parent)
    sweep = file.sweep
    refuse_too_many(sweep.n_points, base.scenario.replicates, path, yes=yes)
    outcomes, species = check_outcomes(sweep.outcomes, sweep.species, base, f"{path}: sweep")
    file = file.model_copy(
        update={"sweep": sweep.model_copy(update={"outcomes": outcomes, "species": species})}
    )
    at = points(sweep, base.scenario.seed)
    also = {name: one.others() for name, one in sweep.parameters.items()}
    place = f"{path}: sweep.parameters"
    return file, make_points(base, list(sweep.parameters), at, place, also), at


BITS = 30


def latin_hypercube(n: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """Return ``n`` points in the unit cube, one in each of the ``n`` slices of every axis.

    Source: McKay, Beckman & Conover (1979), Technometrics 21:239-245.
    """
    rng = np.random.default_rng([seed, 1])
    slices = np.stack([rng.permutation(n) for _ in range(dimensions)], axis=1)
    return np.asarray((slices + rng.random((n, dimensions))) / n)


def sobol(n: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """Return the first ``n`` points of the Sobol sequence in the unit cube, shifted at random.

    A random digital shift (each coordinate's bits exclusive-or the same random bits) keeps the
    sequence's even filling and spares its first point the corner. Source: Sobol' (1967), USSR
    Comput. Math. Math. Phys. 7:86-112; Owen (2003), ACM Trans. Model. Comput. Simul. 13:363-378.
    """
    from scipy.stats import qmc

    plain = qmc.Sobol(dimensions, scramble=False, bits=BITS).random(n)
    rng = np.random.default_rng([seed, 2])
    shift = rng.integers(0, 1 << BITS, dimensions)
    bits = np.floor(plain * (1 << BITS)).astype(np.int64) ^ shift
    return np.asarray((bits + 0.5) / (1 << BITS))


def points(settings: SweepSettings, seed: int) -> list[tuple[Value, ...]]:
    """Return the values of the parameters, in their order, at every point; each point once."""
    parameters = list(settings.parameters.values())
    if settings.design == "grid":
        return list(itertools.product(*(one.grid() for one in parameters)))
    make = latin_hypercube if settings.design == "lhs" else sobol
    cube = make(settings.n_points, len(parameters), seed)
    found = [
        tuple(one.at(float(u)) for one, u in zip(parameters, row, strict=True)) for row in cube
    ]
    return list(dict.fromkeys(found))
