"""Reading TOML strictly: one line for every mistake, with file, line, key, value and remedy.

Files are data. Nothing in them is executed, and their size is checked before they are read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from corridor_sim.errors import CorridorSimError, nearest

MAX_BYTES = 1_000_000
M = TypeVar("M", bound=BaseModel)


class Strict(BaseModel):
    """Base of every file schema: unknown keys fail, values are frozen, no infinities."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def read_toml(path: Path, error: type[CorridorSimError]) -> dict[str, Any]:
    """Return the content of a TOML file as plain data.

    Raises
    ------
    CorridorSimError
        As the subclass ``error``: missing file (with the nearest name), too large, not UTF-8, or
        not TOML.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise error(
                f"{size} bytes is no settings file", where=path, remedy=f"limit {MAX_BYTES} bytes"
            )
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        folder = path.parent
        names = [p.name for p in folder.glob("*.toml")] if folder.is_dir() else []
        remedy = nearest(path.name, names) if names else f"no TOML file in {folder}"
        raise error("file not found", where=path, remedy=remedy) from None
    except UnicodeDecodeError as bad:
        raise error(
            f"byte {bad.start} is not UTF-8", where=path, remedy="save the file as UTF-8 text"
        ) from None
    except (OSError, ValueError) as bad:
        raise error(
            f"cannot be read ({bad})", where=repr(str(path)), remedy="give a TOML file"
        ) from None
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as bad:
        raise error(f"not valid TOML: {bad}", where=path, remedy="mend the syntax there") from None


def line_of(text: str, location: Iterable[str | int]) -> int | None:
    """Return the line where the deepest key of ``location`` stands, as far as text shows it."""
    keys = [k for k in location if isinstance(k, str)]
    lines = text.splitlines()
    section: list[str] = []
    best: tuple[int, int] | None = None
    for number, line in enumerate(lines, start=1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        if header:
            section = [part.strip().strip("\"'") for part in header.group(1).split(".")]
            here = section
        else:
            key = re.match(r"\s*([A-Za-z0-9_.\"'-]+)\s*=", line)
            if not key:
                continue
            here = section + [p.strip().strip("\"'") for p in key.group(1).split(".")]
        depth = 0
        while depth < min(len(here), len(keys)) and here[depth] == keys[depth]:
            depth += 1
        if depth == len(here) and depth > 0 and (best is None or depth > best[0]):
            best = (depth, number)
    return best[1] if best else None


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _models_in(get_args(annotation)[0])
    if origin in (Union, UnionType, tuple, list, dict):
        return [m for arg in get_args(annotation) for m in _models_in(arg)]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return []


def allowed_keys(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the schema allows beside the last part of ``location``."""
    models: list[type[BaseModel]] = [model]
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        inner = [
            found
            for m in models
            if part in m.model_fields
            for found in _models_in(m.model_fields[part].annotation)
        ]
        # names of a mapping (species.jaguar) and tags of a union are no fields: stay
        models = inner or models
    return sorted({name for m in models for name in m.model_fields})


def dotted(location: Iterable[str | int]) -> str:
    """Return a location as ``a.b[2].c``."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def validate(
    model: type[M],
    data: Mapping[str, Any],
    *,
    where: Path | str,
    error: type[CorridorSimError],
    text: str = "",
) -> M:
    """Return ``data`` as ``model``, or raise one line naming file, line, key, value and remedy.

    When several things are wrong, the first is told in full and the others are counted.
    """
    try:
        return model.model_validate(data)
    except ValidationError as bad:
        problems = bad.errors()
        # a misspelt key makes the right one "missing": tell the misspelling
        problems.sort(key=lambda p: p["type"] != "extra_forbidden")
        first = problems[0]
        location = tuple(first["loc"])
        line = line_of(text, location) if text else None
        place = f"{where}:{line}" if line else str(where)
        key = dotted(location) or "file"
        value = _short(first.get("input"))
        if first["type"] == "extra_forbidden":
            problem, remedy = (
                "unknown key",
                nearest(str(location[-1]), allowed_keys(model, location)),
            )
        elif first["type"] == "missing":
            problem, remedy = "missing", f"add {location[-1]}"
        else:
            message = first["msg"].removeprefix("Value error, ")
            problem, remedy = f"{value} is not allowed", message[0].lower() + message[1:]
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        raise error(f"{key}: {problem}", where=place, remedy=remedy + more) from None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
