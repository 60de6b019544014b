"""A scenario as plain data that means the same wherever its file is put."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from corridor_sim.config.load import Resolved, as_data
from corridor_sim.landscape.edits import EDITS
from corridor_sim.toml.strict import FileName

# what makes a text the name of a file
_MARKS = get_args(FileName)[1:]


def data_anywhere(resolved: Resolved) -> dict[str, Any]:
    """Return a scenario as :func:`.load.as_data` does, with whole paths in place of relative ones.

    Names that are no files of the scenario's folder, such as those of shipped tables, stay.
    """
    data = as_data(resolved.scenario)
    found: dict[str, Any] = _whole(data, resolved.scenario, None, (), resolved.base_dir)
    return found


def given_anywhere(resolved: Resolved) -> dict[str, Any]:
    """Return what :func:`data_anywhere` does, without the defaults that nobody wrote."""
    given = resolved.scenario.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    found: dict[str, Any] = _whole(given, resolved.scenario, None, (), resolved.base_dir)
    return found


def _whole(data: Any, model: Any, annotation: Any, marks: Any, base_dir: Path) -> Any:
    if isinstance(data, Mapping) and data.get("kind") in EDITS:
        named = isinstance(data.get("file"), str)
        return {**data, "file": _path(data["file"], base_dir)} if named else data
    if isinstance(data, str):
        return _path(data, base_dir) if _names_file(annotation, marks) else data
    if isinstance(model, BaseModel):
        fields = type(model).model_fields
        return {
            key: _whole(
                value, getattr(model, key), fields[key].annotation, fields[key].metadata, base_dir
            )
            for key, value in data.items()
        }
    if isinstance(data, Mapping):
        inner = model if isinstance(model, Mapping) else {}
        return {k: _whole(v, inner.get(k), annotation, marks, base_dir) for k, v in data.items()}
    if isinstance(data, list):
        each = model if isinstance(model, list | tuple) else [None] * len(data)
        return [
            _whole(one, inner, annotation, marks, base_dir)
            for one, inner in zip(data, each, strict=True)
        ]
    return data


def _names_file(annotation: Any, marks: Any) -> bool:
    """Whether a field, or what it is made of, is the name of a file."""
    if any(one is mark for one in marks for mark in _MARKS):
        return True
    own = getattr(annotation, "__metadata__", ())
    return any(_names_file(one, own) for one in get_args(annotation)) or any(
        one is mark for one in own for mark in _MARKS
    )


def _path(name: str, base_dir: Path) -> str:
    file, bar, rest = name.partition("|")
    path = base_dir / file
    return f"{path.resolve()}{bar}{rest}" if path.exists() else name
