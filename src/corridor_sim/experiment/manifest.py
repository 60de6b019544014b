"""The file that makes a folder a study's: what it is.

``experiment.json`` holds every scenario's resolved settings, the first in full and each other as
what differs from it (a JSON merge patch, RFC 7396), so that a worker needs the folder's path only.
``plan.json`` beside it lists the runs (:mod:`corridor_sim.experiment.plan_file`). Both are
rewritten whole or not at all.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from corridor_sim import __version__
from corridor_sim.config.build import input_digests
from corridor_sim.config.load import Resolved, as_data, resolve
from corridor_sim.config.schema import Scenario
from corridor_sim.errors import ResultsError
from corridor_sim.experiment.forms import AnyManifest, ManifestFile
from corridor_sim.experiment.plan import Digester, data_digest
from corridor_sim.experiment.plan_file import MAX_BYTES, is_planned, write_if_other
from corridor_sim.files import is_empty, is_unfinished
from corridor_sim.landscape.io.content import RULE
from corridor_sim.reading import Unfit, exists, read_json
from corridor_sim.simulation.protocol import SIMULATORS, Simulator, simulator_with
from corridor_sim.toml.strict import validate

S = TypeVar("S", bound=BaseModel)
MANIFEST = "experiment.json"
FORMAT = 2
PACKAGES = ("numpy", "scipy", "numba", "rasterio", "pandas", "mesa")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``experiment.json`` says.

    Attributes
    ----------
    name, description, command : str
    settings : dict
        The resolved file of the study.
    versions : dict
        Of this program and its libraries when the folder was claimed.
    data : str
        Digest of the species files and tables that ship with the program.
    inputs : dict
        SHA-256 of the files that the first scenario names.
    planned : int
        Scenarios of the study as it was opened; any beyond were added later.
    base : dict
        Settings of the first scenario.
    scenarios : tuple of dict
        Per scenario: name, levels, against, base_dir, digest, changes.
    path : Path
        Where it was read from, for messages.
    """

    name: str
    description: str
    command: str
    settings: dict[str, Any]
    versions: dict[str, str]
    data: str
    inputs: dict[str, str]
    planned: int
    base: dict[str, Any]
    scenarios: tuple[dict[str, Any], ...]
    path: Path = Path(MANIFEST)

    @property
    def digests(self) -> list[str]:
        """Identity of every scenario."""
        return [one["digest"] for one in self.scenarios]

    def kind(self, index: int) -> tuple[int, Simulator]:
        """Return how many species a scenario has, and its simulator.

        Quicker than the whole scenario, and unchecked.
        """
        patch = self.scenarios[index]["changes"]
        parts = ("species", *(name for name in SIMULATORS if name is not None))
        if not any(part in patch for part in parts):
            data: Mapping[str, Any] = self.base
        else:
            base = {part: self.base[part] for part in parts if part in self.base}
            data = patched(base, {part: patch[part] for part in parts if part in patch})
        species = data.get("species", {})
        if not isinstance(species, Mapping):
            raise damaged(self.path, f"species of {self.scenarios[index]['name']!r} is no table")
        return len(species), simulator_with(data)

    def resolved(self, index: int, digester: Digester | None = None) -> Resolved:
        """Return one scenario, checked as if it came from a file.

        Parameters
        ----------
        index : int
        digester : Digester, optional
            Refuse a scenario whose digest is not the one its runs were made with.

        Raises
        ------
        ResultsError, ScenarioError
            If the manifest does not hold it, or holds settings that cannot be.
        """
        if not 0 <= index < len(self.scenarios):
            raise ResultsError(
                f"scenario {index} of {len(self.scenarios)}",
                where=MANIFEST,
                remedy="open the study again",
            )
        entry = self.scenarios[index]
        where = f"{MANIFEST}: {entry['name']}"
        data = patched(self.base, entry["changes"])
        scenario = read_settings(Scenario, data, self.path, f"scenario {entry['name']!r}")
        base_dir = Path(entry["base_dir"])
        if scenario.name != entry["name"]:
            raise damaged(self.path, f"{entry['name']!r} is named {scenario.name!r} as well")
        if digester is not None:
            self._refuse_changed(index, Resolved(scenario, (), base_dir), digester)
        one = resolve(scenario, where, base_dir)
        levels = tuple((factor, level) for factor, level in entry["levels"])
        return Resolved(one.scenario, levels, one.base_dir, entry["against"])

    def _refuse_changed(self, index: int, one: Resolved, digester: Digester) -> None:
        if digester.of(one) == self.digests[index]:
            return
        what = "its input files or the program's species files have changed"
        if index:
            what = f"scenario {one.name!r} has other settings or input files now"
        elif self.data == data_digest() and self.inputs == input_digests(one):
            raise damaged(self.path, "its settings are not those that the runs were made with")
        raise ResultsError(
            f"{what} since the runs were made",
            where=self.path.parent,
            remedy="put the old ones back, or run into another --out",
        )


def kind_of(settings: Mapping[str, Any]) -> str:
    """Return what a study is, from its settings.

    Any of links, sensitivity, sweep, experiment, scenario.
    """
    for kind in ("sensitivity", "links", "sweep"):
        if kind in settings:
            return kind
    return "experiment" if "base" in settings else "scenario"


def read_settings(model: type[S], data: Mapping[str, Any], path: Path, what: str = "") -> S:
    """Return the settings of an ``experiment.json`` as what they are for this kind of study.

    Raises
    ------
    ResultsError
        They cannot be.
    """
    try:
        return validate(model, data, where=path, error=ResultsError)
    except ResultsError as bad:
        raise damaged(path, f"{what or 'settings'}: {bad.problem}") from None


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the merge patch from one table to another; tables hold no nulls."""
    found: dict[str, Any] = {key: None for key in before if key not in after}
    for key, value in after.items():
        old = before.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            inner = changes(old, value)
            if inner:
                found[key] = inner
        # as JSON: 1, 1.0 and true are three values there, and an identity tells them apart
        elif key not in before or json.dumps(value) != json.dumps(old):
            found[key] = value
    return found


def patched(before: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with a merge patch applied.

    >>> patched({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 4}})
    {'b': {'c': 4, 'd': 3}}
    """
    found = {key: value for key, value in before.items() if patch.get(key, key) is not None}
    for key, value in patch.items():
        if isinstance(value, Mapping):
            old = found.get(key)
            found[key] = patched(old if isinstance(old, Mapping) else {}, value)
        elif value is not None:
            found[key] = value
    return found


def make_manifest(
    name: str,
    description: str,
    scenarios: Sequence[Resolved],
    digests: Sequence[str],
    settings: dict[str, Any],
    *,
    command: str = "",
    planned: int | None = None,
) -> Manifest:
    """Return the manifest of a study with these scenarios."""
    base = as_data(scenarios[0].scenario)
    entries = tuple(
        {
            "name": one.name,
            "levels": [list(pair) for pair in one.levels],
            "against": one.against,
            "base_dir": str(one.base_dir.resolve()),
            "digest": digest,
            "changes": changes(base, as_data(one.scenario)),
        }
        for one, digest in zip(scenarios, digests, strict=True)
    )
    return Manifest(
        name,
        description,
        command,
        settings,
        versions(),
        data_digest(),
        input_digests(scenarios[0]),
        len(entries) if planned is None else planned,
        base,
        entries,
    )


def write_manifest(out: Path, manifest: Manifest) -> None:
    """Write ``experiment.json``, one line for each scenario, unless it is there already."""
    names = [name for name in ManifestFile.model_fields if name not in ("format", "scenarios")]
    head = {"format": FORMAT, **{name: getattr(manifest, name) for name in names}}
    lines = [json.dumps(one, ensure_ascii=False) for one in manifest.scenarios]
    text = json.dumps(head, indent=1, ensure_ascii=False).removesuffix("\n}")
    write_if_other(out / MANIFEST, text + ',\n "scenarios": [\n' + ",\n".join(lines) + "\n ]\n}\n")


def read_manifest(out: Path, *, any_version: bool = False) -> Manifest:
    """Return what ``experiment.json`` says.

    Raises
    ------
    ResultsError
        No study there, a damaged file, or one of another version of the program.
    """
    path = out / MANIFEST
    try:
        facts = path.stat()
    except (OSError, ValueError):
        if exists(path):
            raise damaged(path, "is a link that leads nowhere") from None
        raise ResultsError(
            f"holds no experiment (no {MANIFEST})", where=out, remedy="give a results folder"
        ) from None
    found = _parsed(path, facts.st_size, facts.st_mtime_ns, facts.st_ino)
    theirs = found.versions.get("corridor_sim", "unknown")
    if theirs != __version__ and not any_version:
        raise ResultsError(
            f"was made by corridor_sim {theirs}, this is {__version__}",
            where=out,
            remedy="use that version or choose another --out",
        )
    return found


@lru_cache(maxsize=4)
def _parsed(path: Path, size: int, mtime_ns: int, inode: int) -> Manifest:
    try:
        form = read_json(path, AnyManifest, most=MAX_BYTES)
        if form.format != FORMAT:
            theirs = form.versions.get("corridor_sim", "unknown")
            raise ResultsError(
                f"was made by another corridor_sim ({theirs}), this is {__version__}",
                where=path.parent,
                remedy="use that version or choose another --out",
            )
        data = read_json(path, ManifestFile, most=MAX_BYTES)
    except Unfit as bad:
        raise damaged(path, str(bad)) from None
    if data.planned > len(data.scenarios):
        raise damaged(
            path, f"{data.planned} scenarios are planned and {len(data.scenarios)} are there"
        )
    names = {one.name for one in data.scenarios}
    for one in data.scenarios:
        if one.against is not None and one.against not in names:
            raise damaged(path, f"no scenario is named {one.against!r}")
    facts = {**dict(data), "scenarios": tuple(dict(one) for one in data.scenarios)}
    del facts["format"]
    return Manifest(**facts, path=path)


def damaged(path: Path, why: str) -> ResultsError:
    """Return the line that tells of an ``experiment.json`` that cannot be used."""
    return ResultsError(
        f"is damaged ({why})",
        where=path,
        remedy="delete this file and call the command of the study again, which keeps finished "
        "runs, or choose another --out",
    )


def check_folder(out: Path, manifest: Manifest) -> Manifest | None:
    """Refuse a folder that holds something else; return what is there of the same study.

    Raises
    ------
    ResultsError
        The folder holds another experiment, another version's, or other files.
    """
    if not exists(out / MANIFEST):
        if is_planned(out, manifest.digests):
            return None  # its experiment.json was damaged and deleted; the runs are of this study
        what = _what_else(out)
        # another array job of the same study may have claimed it since the first look
        if not exists(out / MANIFEST):
            if what:
                raise ResultsError(what, where=out, remedy="choose another --out")
            return None
    found = read_manifest(out)
    _refuse_another(out, found, manifest)
    return found


def _what_else(out: Path) -> str:
    """Return what is wrong with a path that is to become a study's folder; empty if nothing.

    What array jobs that start at the same moment leave before ``experiment.json`` is there, or one
    that was killed then, counts as nothing: an empty folder ``runs`` and half-written files.
    """
    try:
        if not out.exists():
            return ""
        if not out.is_dir():
            return "is no folder"
        others = [path for path in out.iterdir() if not is_unfinished(path.name)]
        began = others == [out / "runs"] and is_empty(out / "runs")
    except OSError as bad:
        return f"cannot be read: {bad.strerror}"
    return "is not empty and holds no experiment" if others and not began else ""


def claim(out: Path, manifest: Manifest) -> Manifest:
    """Make the folder this study's, or refuse one that holds something else.

    Scenarios that were added to the same study later stay.

    Raises
    ------
    ResultsError
        As :func:`check_folder`, or the folder cannot be written.
    """
    found = check_folder(out, manifest)
    if found is not None:
        added = found.scenarios[found.planned :]
        more = _against(added, found.base, manifest.base)
        manifest = replace(manifest, scenarios=(*manifest.scenarios, *more))
    write_manifest(out, manifest)
    return manifest


def _against(
    entries: Sequence[dict[str, Any]], old: dict[str, Any], new: dict[str, Any]
) -> list[dict[str, Any]]:
    """Entries told as what differs from another base (names and replicates may have changed)."""
    if old == new:
        return list(entries)
    return [{**one, "changes": changes(new, patched(old, one["changes"]))} for one in entries]


def _refuse_another(out: Path, found: Manifest, mine: Manifest) -> None:
    what = f"{found.name!r}, version {found.versions.get('corridor_sim')}"
    same = found.digests[: found.planned] == mine.digests
    if same:
        return
    problem = f"holds another experiment ({what}) or other settings"
    if found.data != mine.data:
        problem = f"was made with other species files or tables of the program ({what})"
    other = [
        name for name, digest in mine.inputs.items() if found.inputs.get(name, digest) != digest
    ]
    # a file of the same name elsewhere is another file
    if other and found.scenarios[0]["base_dir"] == mine.scenarios[0]["base_dir"]:
        problem = f"was made from another {other[0]}: its content has changed since ({what})"
        if not found.inputs[other[0]].startswith(RULE):
            problem = f"was made by an older version, which told input files otherwise ({what})"
    raise ResultsError(problem, where=out, remedy="choose another --out or delete the folder")


def versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    from importlib.metadata import PackageNotFoundError, version

    found = {
        "corridor_sim": __version__,
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
    }
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found
