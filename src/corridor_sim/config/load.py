"""Loading scenario and experiment files: read, override, check, resolve, dump back."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from corridor_sim.config.checks import check_change
from corridor_sim.config.dotted import keys_of, places_of, set_key
from corridor_sim.config.plan_checks import check_plan
from corridor_sim.config.schema import Beside, Experiment, Scenario
from corridor_sim.errors import ScenarioError, nearest, shown
from corridor_sim.glance import Glance, Rows
from corridor_sim.landscape.edits.base import Edit
from corridor_sim.toml.strict import Strict, parse_toml, read_text, read_toml, validate

M = TypeVar("M", bound=Strict)
MAX_SCENARIOS = 10_000
# what scenarios of one experiment cannot differ in without being another experiment
SHARED = (
    "name",
    "replicates",
    "adaptive",
    "indifference",
    "seed",
    "maps",
    "landscape",
    "edits",
    "years",
    "days",
    "start_year",
    "start_day",
)


@dataclass(frozen=True, slots=True, repr=False)
class Resolved(Glance):
    """A scenario ready to run.

    Attributes
    ----------
    scenario : Scenario
        Settings with every default filled in, and the coordinates that edits take from files.
    levels : tuple of (factor, level)
        Place in the experiment's design; empty for a single scenario.
    base_dir : Path
        Folder that relative paths in the file refer to.
    against : str or None
        Name of the scenario to compare with; None means the baseline.
    """

    scenario: Scenario
    levels: tuple[tuple[str, str], ...]
    base_dir: Path
    against: str | None = None

    def __post_init__(self) -> None:
        """Bring edits that name files to coordinates: whoever goes on sees nothing else."""
        object.__setattr__(self, "scenario", _located(self.scenario, self.base_dir))

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.scenario.name

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The landscape edits, in order."""
        return self.scenario.edits

    def _glance(self) -> tuple[str, Rows]:
        title, rows = self.scenario._glance()
        levels = list(self.levels)
        return title, [*rows, *levels, ("compared with", self.against or "")]


def _located(scenario: Scenario, base_dir: Path) -> Scenario:
    """Return a scenario with coordinates in place of the files of its edits."""
    changes: dict[str, Any] = {}
    if any(edit.files for edit in scenario.edits):
        changes["edits"] = tuple(edit.located(base_dir) for edit in scenario.edits)
    change = scenario.change
    if change is not None and any(event.edit.files for event in change.events):
        events = tuple(replace(e, edit=e.edit.located(base_dir)) for e in change.events)
        changes["change"] = change.model_copy(update={"events": events})
    return scenario.model_copy(update=changes) if changes else scenario


def read_file(
    path: Path,
    model: type[M],
    assignments: Sequence[str],
    prepare: Callable[[dict[str, Any], Path], object] | None = None,
    *,
    section: str = "",
    remedy: str = "",
) -> tuple[M, dict[str, Any]]:
    """Read, override and check a file; return what it says and its plain data.

    Parameters
    ----------
    path : Path
    model : type of Strict
    assignments : sequence of str
        ``dotted.name=value`` overrides, applied in order before checking.
    prepare : callable, optional
        May complete or refuse the data before they are checked.
    section, remedy : str
        What the file must have, and what to do if it has not.

    Raises
    ------
    ScenarioError
        In one line: file, line, key, value and remedy.
    """
    text = read_text(path, ScenarioError)
    data = parse_toml(text, where=path, error=ScenarioError)
    if section and section not in data:
        raise ScenarioError(
            f"has no section [{section}]",
            where=path,
            remedy=remedy or f"add [{section}] beside [base]",
        )
    for assignment in assignments:
        set_key(data, assignment)
    if prepare is not None:
        prepare(data, path)
    places = places_of(assignments)
    return validate(model, data, where=path, error=ScenarioError, text=text, places=places), data


# what an empty section of these says is nothing; others, such as life_cycle, turn something on
_SAY_NOTHING = ("description", "landscape", "edits", "base", "factors", "beside")


def _refuse_nothing(data: Mapping[str, Any], path: Path) -> None:
    """Refuse a file that says nothing: an editor may have lost it, and every default would run."""
    if not _says_something(data):
        raise ScenarioError(
            "says nothing of what to run" if data else "is empty",
            where=path,
            remedy='write settings such as days = 90; name = "Today" alone runs every default',
        )


def _says_something(data: Mapping[str, Any]) -> bool:
    return any(
        key not in _SAY_NOTHING
        or (
            isinstance(value, Mapping)
            and (bool(value) if key == "landscape" else _says_something(value))
        )
        or (key in ("edits", "landscape") and bool(value))
        for key, value in data.items()
    )


def kind_of(path: Path, assignments: Sequence[str] = ()) -> str:
    """Tell the kinds of files apart by their sections.

    Raises
    ------
    ScenarioError
        The file says nothing, and no ``assignments`` do.
    """
    data = read_toml(path, ScenarioError)
    if not assignments:
        _refuse_nothing(data, path)
    for kind in ("links", "sensitivity", "sweep", "alternatives"):
        if kind in data:
            return kind
    return "experiment" if "factors" in data or "base" in data else "scenario"


def load_scenario(path: str | Path, assignments: Sequence[str] = ()) -> Resolved:
    """Read, override and check a scenario file.

    Parameters
    ----------
    path : str or Path
    assignments : sequence of str
        ``dotted.name=value`` overrides, applied in order before checking.

    Raises
    ------
    ScenarioError
        In one line: file, line, key, value and remedy.
    """
    path = Path(path)
    scenario, _ = read_file(path, Scenario, assignments, _refuse_nothing)
    return resolve(scenario, path, path.parent)


def resolve(scenario: Scenario, where: str | Path, base_dir: Path) -> Resolved:
    """Check the years of a scenario and return it ready to run."""
    check_change(scenario, where)
    return Resolved(scenario, (), base_dir)


@dataclass(frozen=True, slots=True)
class Design:
    """A resolved experiment: its scenarios in order, the baseline first."""

    experiment: Experiment
    scenarios: tuple[Resolved, ...]

    @property
    def baseline(self) -> Resolved:
        """The scenario that all others are compared with."""
        return self.scenarios[0]


def load_experiment(path: str | Path, assignments: Sequence[str] = ()) -> Design:
    """Read, override and check an experiment file and cross its factors.

    The base is written in the file as ``[base]``. Scenarios are named by their levels, as in
    ``"severe + now"``; those under ``beside`` are added to the baseline's edits.

    Raises
    ------
    ScenarioError
        In one line: file, line, key, value and remedy.
    """
    path = Path(path)
    experiment, _ = read_file(path, Experiment, assignments, _refuse_nothing)
    return cross(experiment, path, path.parent)


def cross(experiment: Experiment, where: str | Path, base_dir: Path) -> Design:
    """Return the design of an experiment: every combination of levels, then the ones beside."""
    factors = experiment.factors
    total = len(experiment.beside)
    product = 1
    for levels in factors.values():
        product *= len(levels)
    if total + product > MAX_SCENARIOS:
        raise ScenarioError(
            f"{total + product} scenarios exceed {MAX_SCENARIOS}",
            where=where,
            remedy="use fewer levels",
        )
    resolve(experiment.base, f"{where}: base", base_dir)
    found: list[Resolved] = []
    for combination in itertools.product(*(levels.items() for levels in factors.values())):
        named = tuple(
            (factor, level) for factor, (level, _) in zip(factors, combination, strict=True)
        )
        edits = [one for _, level in combination for one in level]
        name = " + ".join(level for _, level in named) or experiment.base.name
        found.append(_variant(experiment.base, name, edits, named, base_dir, f"{where}: {name}"))
    for name in experiment.beside:
        beside = _like(experiment.beside, name, where)
        own = _set_beside(experiment.base, beside.set, f"{where}: beside.{name}.set")
        place = (("beside", name),)
        one = _variant(own, name, beside.edits, place, base_dir, f"{where}: beside.{name}")
        found.append(replace(one, against=beside.against))
    names = [s.name for s in found]
    for one in found:
        if names.count(one.name) > 1:
            raise ScenarioError(f"two scenarios are named {one.name!r}", where=where)
        if one.against is not None and one.against not in names:
            raise ScenarioError(
                f"beside.{one.name}.against: no scenario is named {one.against!r}",
                where=where,
                remedy=nearest(one.against, names),
            )
    if experiment.plan is not None:
        check_plan(experiment.plan, [one.scenario for one in found], against_of(found), where)
    return Design(experiment, tuple(found))


def against_of(scenarios: Sequence[Resolved]) -> dict[str, str]:
    """Return what each scenario is compared with, by name; the baseline with itself."""
    return {one.name: one.against or scenarios[0].name for one in scenarios}


def _like(every: Mapping[str, Beside], name: str, where: str | Path) -> Beside:
    """Return a scenario beside with what it takes over from those that it is like."""
    chain = [name]
    while (like := every[chain[-1]].like) is not None:
        place = f"{where}: beside.{chain[-1]}.like"
        if like not in every:
            raise ScenarioError(
                f"no scenario beside is named {like!r}", where=place, remedy=nearest(like, every)
            )
        if like in chain:
            raise ScenarioError(f"{like!r} is like itself", where=place, remedy="leave like out")
        chain.append(like)
    first_to_last = [every[one] for one in reversed(chain)]
    edits = tuple(edit for one in first_to_last for edit in one.edits)
    settings = {key: value for one in first_to_last for key, value in one.set.items()}
    return every[name].model_copy(update={"edits": edits, "set": settings})


def _set_beside(base: Scenario, settings: Mapping[str, Any], where: str) -> Scenario:
    """Return the base with settings changed by dotted name."""
    if not settings:
        return base
    data = as_data(base)
    for name, value in settings.items():
        keys = keys_of(name, where, "change.climate.ssp")
        if keys[0] in SHARED:
            raise ScenarioError(
                f"{keys[0]} is the same for all scenarios of an experiment",
                where=where,
                remedy="set it in base" if keys[0] != "edits" else "use edits beside set",
            )
        here: Any = data
        for key in keys[:-1]:
            here = here.setdefault(key, {})
            if not isinstance(here, dict):
                raise ScenarioError(f"{name}: {key} holds no further keys", where=where)
        here[keys[-1]] = deepcopy(value)
    own = validate(Scenario, data, where=where, error=ScenarioError)
    if set(own.species) != set(base.species):
        more = sorted(set(own.species) ^ set(base.species))[0]
        raise ScenarioError(
            f"species.{more} is not in base", where=where, remedy=nearest(more, base.species)
        )
    if own.has_burn_in != base.has_burn_in:
        raise ScenarioError(
            "life_cycle is not in base", where=where, remedy="give all scenarios one, or none"
        )
    return own


def _variant(
    base: Scenario,
    name: str,
    edits: Sequence[Edit],
    levels: tuple[tuple[str, str], ...],
    base_dir: Path,
    where: str,
) -> Resolved:
    scenario = base.model_copy(update={"name": name, "edits": (*base.edits, *edits)})
    check_change(scenario, where)
    return Resolved(scenario, levels, base_dir)


def as_data(model: Scenario | Experiment) -> dict[str, Any]:
    """Return a resolved file as plain data, every default written out, empty values left out."""
    data: dict[str, Any] = _without_none(model.model_dump(mode="json"))
    return data


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_none(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_without_none(v) for v in value]
    return value


def dump(model: Scenario | Experiment) -> str:
    """Return the TOML text that loads back as the same model."""
    import tomli_w

    return tomli_w.dumps(as_data(model))


def scenario_of(source: ScenarioLike | None, assignments: Sequence[str] = ()) -> Resolved:
    """Return a scenario ready to run, whatever it is given as, checked as a file is.

    Without a source it is the built-in landscape as it is today.

    Raises
    ------
    ScenarioError
        It is no scenario, or has a mistake.
    """
    if isinstance(source, str | Path):
        return load_scenario(source, assignments)
    if isinstance(source, Resolved) and not assignments:
        return source
    data: dict[str, Any] = {"name": "Today"}
    base_dir, where = Path("."), "--set"
    if source is not None:
        base_dir = getattr(source, "base_dir", base_dir)
        one = getattr(source, "scenario", source)
        if not isinstance(one, Scenario):
            raise no_settings(source, "scenario")
        data, where = as_data(one), f"scenario {one.name!r}"
    return resolve(set_all(Scenario, data, assignments, where), where, base_dir)


def set_all(model: type[M], data: dict[str, Any], assignments: Sequence[str], where: str) -> M:
    """Return settings with ``key=value`` texts applied, checked."""
    for assignment in assignments:
        set_key(data, assignment)
    return validate(model, data, where=where, error=ScenarioError, places=places_of(assignments))


def no_settings(value: object, kind: str) -> ScenarioError:
    """Return the line for something that is no scenario or experiment."""
    return ScenarioError(
        f"{shown(value)} is no {kind}",
        remedy=f"give a path, {kind.capitalize()}(...) or load_{kind}(...)",
    )


ScenarioLike = str | Path | Scenario | Resolved
