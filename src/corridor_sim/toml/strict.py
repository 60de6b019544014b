"""Reading TOML strictly: one line for every mistake, with file, line, key, value and remedy.

Files are data. Nothing in them is executed, and their size is checked before they are read.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NoReturn, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from corridor_sim.errors import CorridorSimError, clipped, is_seen, nearest, shown
from corridor_sim.files import LONGEST_PART, LONGEST_PATH, NoRegularFile, is_too_long, read_regular
from corridor_sim.toml.lines import lines_of
from corridor_sim.toml.values import Location, first_odd, loads

MAX_BYTES = 1_000_000
# the line of what no line of a file is to blame for
NOWHERE = 0
M = TypeVar("M", bound=BaseModel)


class Strict(BaseModel):
    """Base of every file schema: unknown keys fail, values are frozen, no infinities."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _possible(name: str) -> str:
    if is_too_long(name.partition("|")[0]):
        raise ValueError(
            f"no file has so long a name: at most {LONGEST_PART} bytes between two slashes and "
            f"{LONGEST_PATH} in all"
        )
    if not Path(name.partition("|")[0]).name:
        raise ValueError("no file is named; give its name, or leave the key out")
    return name


def _line(name: str) -> str:
    if not is_seen(name):
        raise ValueError("the name has a line break or another character that cannot be seen")
    return name


# the name of a file, what stands behind a "|" in it aside; a name for people
FileName = Annotated[str, AfterValidator(_possible)]
Line = Annotated[str, AfterValidator(_line)]


def read_text(path: Path, error: type[CorridorSimError]) -> str:
    """Return the text of a settings file.

    Raises
    ------
    CorridorSimError
        As the subclass ``error``: missing file (with the nearest name), no regular file, larger
        than ``MAX_BYTES``, unreadable, or not UTF-8.
    """
    content = b""
    where = str(path) if str(path).isprintable() else ascii(str(path))
    try:
        content = read_regular(path, MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            size = max(path.stat().st_size, len(content))
            raise error(
                f"{size} bytes is no settings file", where=where, remedy=f"limit {MAX_BYTES} bytes"
            )
        return content.decode("utf-8").removeprefix("\ufeff")
    except NoRegularFile:
        raise error("is no regular file", where=where, remedy="give a TOML file") from None
    except FileNotFoundError:
        raise error("file not found", where=where, remedy=_beside(path)) from None
    except UnicodeDecodeError as bad:
        line = content.count(b"\n", 0, bad.start) + 1
        raise error(
            f"byte 0x{content[bad.start]:02x} is not UTF-8",
            where=f"{where}:{line}",
            remedy="save the file as UTF-8 text",
        ) from None
    except (OSError, ValueError) as bad:
        why = getattr(bad, "strerror", None) or str(bad)
        remedy = "give a TOML file"
        if isinstance(bad, PermissionError):
            remedy = "allow yourself to read it and the folders above it (chmod u+rX)"
        raise error(f"cannot be read ({why})", where=where, remedy=remedy) from None


def _beside(path: Path) -> str:
    """What to do about a path that leads nowhere: a name like it, what lies there, or no folder."""
    folder = path.parent
    try:
        names = sorted(p.name for p in folder.iterdir() if p.suffix == ".toml")
    except OSError:
        named = str(folder) if str(folder).isprintable() else ascii(str(folder))
        return f"there is no folder {named}: correct the path"
    names = [n if n.isprintable() else ascii(n) for n in names]
    close = difflib.get_close_matches(path.name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"the folder holds {', '.join(names[:5])}{more}" if names else "no TOML file beside it"


def parse_toml(text: str, *, where: Path | str, error: type[CorridorSimError]) -> dict[str, Any]:
    """Return TOML text as plain data; ``error`` with the line where it is not TOML.

    Values that no key of any file takes are refused here, wherever they stand; see
    :mod:`corridor_sim.toml.values`.

    Raises
    ------
    CorridorSimError
    """
    try:
        data = loads(text)
    except RecursionError:
        raise error("nested too deeply", where=where, remedy="flatten the arrays") from None
    except ValueError as bad:  # also integers longer than the interpreter converts
        told = str(bad).partition(";")[0]
        found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", told)
        place, column = str(where), ""
        if found:
            told = told[: found.start()]
            place = f"{where}:{found[1] or max(1, len(text.splitlines()))}"
            column = f", column {found[2]}" if found[2] else ", end of file"
        raise error(
            f"not valid TOML{column}: {clipped(told)}", where=place, remedy="mend the syntax there"
        ) from None
    refuse_odd(data, where=where, error=error, text=text)
    return data


def refuse_odd(
    data: Any, *, where: Path | str, error: type[CorridorSimError], text: str = ""
) -> None:
    """Refuse data with a value that no key takes; ``text`` tells the line.

    Raises
    ------
    CorridorSimError
    """
    odd = first_odd(data)
    if odd is None:
        return
    line = line_of(text, odd.location) if text else None
    key = dotted(odd.location)
    raise error(
        f"{key}: {odd.problem}" if key else odd.problem,
        where=f"{where}:{line}" if line else where,
        remedy=odd.remedy,
    )


def read_toml(path: Path, error: type[CorridorSimError]) -> dict[str, Any]:
    """Return the content of a TOML file as plain data.

    Raises
    ------
    CorridorSimError
        As the subclass ``error``: missing file (with the nearest name), no regular file, too
        large, not UTF-8, or not TOML (with the line).
    """
    return parse_toml(read_text(path, error), where=path, error=error)


def line_of(text: str, location: Iterable[str | int]) -> int | None:
    """Return the line where the deepest part of ``location`` stands, as far as text shows it.

    Parts that are no keys of the file, like the tag of a union, are passed over.
    """
    return _line_in(lines_of(text), location)


def _line_in(lines: Mapping[Location, int], location: Iterable[str | int]) -> int | None:
    here: Location = ()
    for part in location:
        if (*here, part) in lines:
            here = (*here, part)
    return lines.get(here)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for arg in get_args(annotation) for m in _models_in(arg)]


def _has_tag(model: type[BaseModel], tag: str | int) -> bool:
    return any(
        get_origin(field.annotation) is Literal and tag in get_args(field.annotation)
        for field in model.model_fields.values()
    )


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
        # names of a mapping (species.jaguar) are no fields: stay; the tag of a union narrows it
        models = inner or [m for m in models if _has_tag(m, part)] or models
    return sorted({name for m in models for name in m.model_fields})


def dotted(location: Iterable[str | int]) -> str:
    """Return a location as ``a.b[2].c``; keys that are not bare are quoted, long ones clipped."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        bare = re.fullmatch(r"[\w-]{1,60}", part)
        text += ("." if text else "") + (part if bare else shown(part))
    return text


def plain_value(value: Any) -> Any:
    """Return what JSON can hold of a value that came from Python rather than from a file."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Iterable) and not isinstance(value, bytes | Set | Mapping):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no TOML value")


def refuse_each(problems: Iterable[str]) -> None:
    """Refuse data from within a validator for several reasons at once, if there are any.

    Raises
    ------
    ValidationError
        Which :func:`validate` tells as it is.
    """
    told: list[InitErrorDetails] = [
        {
            "type": PydanticCustomError("told", "{problem}", {"problem": one, "remedy": ""}),
            "loc": (),
            "input": None,
        }
        for one in problems
    ]
    if told:
        raise ValidationError.from_exception_data("told", told)


def refuse_told(problem: str, remedy: str, location: tuple[str | int, ...] = ()) -> NoReturn:
    """Refuse data from within a validator, in words and with the place below the model's own.

    Raises
    ------
    ValidationError
        Which :func:`validate` tells as it is.
    """
    told = PydanticCustomError(
        "told", "{problem}; {remedy}", {"problem": problem, "remedy": remedy}
    )
    raise ValidationError.from_exception_data(
        "told", [{"type": told, "loc": location, "input": None}]
    )


def validate(
    model: type[M],
    data: Mapping[str, Any],
    *,
    where: Path | str,
    error: type[CorridorSimError],
    text: str = "",
    places: Mapping[tuple[str, ...], str] | None = None,
    tells_all: str = "",
) -> M:
    """Return ``data`` as ``model``, or raise one line naming file, line, key, value and remedy.

    ``places`` names where single keys came from when not from the file (``--set days=3``),
    ``tells_all`` who tells of every fault.

    When several things are wrong, the first is told in full and the others are counted.
    """
    try:
        return read_model(model, data)
    except (TypeError, ValueError, RecursionError) as bad:
        found = faults_of(bad, model, text)
    first, n_more = found[0], len(found) - 1
    place = f"{where}:{first.line}" if first.line else str(where)
    path = tuple(str(part) for part in first.location)
    for given, elsewhere in (places or {}).items():
        if path[: len(given)] == given or given[: len(path)] == path:
            place = elsewhere
    more = f" ({n_more} more){tells_all and f'; {tells_all}'}" if n_more else ""
    raise error(first.told, where=place, remedy=(first.remedy + more).strip()) from None


def read_model(model: type[M], data: Mapping[str, Any]) -> M:
    """Return ``data`` as ``model``.

    Raises
    ------
    TypeError, ValueError, RecursionError
        Of which :func:`faults_of` tells.
    """
    # TOML has JSON's types, and strict mode for JSON accepts an array for a tuple: nothing is
    # coerced, the text "80", true or 4.0 is no 4
    return model.model_validate_json(json.dumps(data, default=plain_value), strict=True)


class Fault(NamedTuple):
    """One thing that is wrong with settings: where, on which line, what, and what to do."""

    location: Location
    line: int | None
    value: str
    problem: str
    remedy: str

    @property
    def place(self) -> str:
        """The dotted name of the key; ``"file"`` for the whole."""
        return dotted(self.location) or "file"

    @property
    def told(self) -> str:
        """Place, value and problem in one line; what is nowhere in the file has no place."""
        place = "" if self.line == NOWHERE else f"{self.place}: "
        return f"{place}{self.value}{' ' if self.value else ''}{self.problem}"


def faults_of(bad: Exception, model: type[BaseModel], text: str = "") -> list[Fault]:
    """Return what :func:`read_model` found wrong, what matters most first."""
    if not isinstance(bad, ValidationError):
        why = "nested too deeply" if isinstance(bad, RecursionError) else str(bad)
        return [Fault((), NOWHERE, "", f"cannot be used: {clipped(why)}", "")]
    # a misspelt key makes the right one "missing": tell the misspelling
    problems = sorted(bad.errors(), key=lambda p: p["type"] != "extra_forbidden")
    lines = lines_of(text) if text else {}
    return [_fault(one, model, lines) for one in problems]


def _fault(one: Mapping[str, Any], model: type[BaseModel], lines: Mapping[Location, int]) -> Fault:
    location = tuple(one["loc"])
    line = _line_in(lines, location)
    value = one.get("input")
    if one["type"] == "extra_forbidden":
        remedy = nearest(str(location[-1]), allowed_keys(model, location))
        return Fault(location, line, "", "unknown key", remedy)
    if one["type"] == "told":
        return Fault(location, line, "", one["ctx"]["problem"], one["ctx"]["remedy"])
    if one["type"] == "missing":
        return Fault(location, line, "", "missing", f"add {location[-1]}")
    if isinstance(value, dict) and "value" in value:
        value = value["value"]  # of a trait, the number is what is wrong
    if location and location[-1] == "[key]":
        location = location[:-2]  # the name of a key is its own value
    if one["type"] in ("too_long", "too_short") and isinstance(value, str):
        one = {
            **one,
            "msg": one["msg"].replace(" items", " characters").replace("Value", "the text"),
        }
    message = _in_toml_words(one["msg"].removeprefix("Value error, "))
    if isinstance(value, dict):
        return Fault(location, line, "", message, "")
    return Fault(location, line, shown(value), "is not allowed", message)


def _in_toml_words(message: str) -> str:
    for theirs, ours in (
        ("Input should be an object", "a table is needed here"),
        ("Tuple should have", "the array should have"),
        ("List should have", "the array should have"),
        ("String should", "the text should"),
        (" after validation", ""),
    ):
        message = message.replace(theirs, ours)
    return clipped(message[:1].lower() + message[1:])
