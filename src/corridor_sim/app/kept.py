"""The picture of last time, so that a map is there before the landscape is.

It is kept in the folder of the page, under a digest of all that it follows from, and is made again
from the landscape itself at every start: what is kept only bridges the time until then.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import corridor_sim as cs
from corridor_sim.app.picture import Picture

FILE = ".picture"
FORM = 3
# of a file and of what is in it
MOST_BYTES = 2**26
MOST_CELLS = 2**28
# input files of more are not read only to know whether they changed
MOST_READ = 2**28


def key_of(scenario: object, settings: Sequence[str]) -> str | None:
    """Return a digest of what a picture follows from; None where it cannot be told quickly.

    The package's version and files, the scenario's text and settings, and the files that these
    name.
    """
    if scenario is not None and not isinstance(scenario, str | Path):
        return None
    found = hashlib.sha256(f"{FORM} {cs.__version__} {list(settings)}".encode())
    package = Path(__file__).parents[1]
    for path in sorted(package.rglob("*")):
        if path.is_file() and path.suffix != ".pyc" and "static" not in path.parts:
            facts = path.stat()
            text = f"{path.relative_to(package)} {facts.st_size} {facts.st_mtime_ns}\n"
            found.update(text.encode("utf-8", "surrogateescape"))
    try:
        files = [] if scenario is None else _inputs(Path(scenario), settings)
        if sum(path.stat().st_size for path in files) > MOST_READ:
            return None
        for path in files:
            found.update(f"{path}\n".encode("utf-8", "surrogateescape"))
            with path.open("rb") as file:
                found.update(hashlib.file_digest(file, "sha256").digest())
    except (OSError, ValueError, RecursionError):
        return None
    return found.hexdigest()


def read_picture(folder: Path, key: str) -> Picture | None:
    """Return the picture that is kept under a key; None where there is none, or it is damaged."""
    path = folder / FILE
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return None
        head, _, body = path.read_bytes().partition(b"\n")
        told = json.loads(head)
        if told["form"] != FORM or told["key"] != key:
            return None
        return _checked(told, body)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, zlib.error):
        return None


def keep_picture(folder: Path, key: str, picture: Picture) -> None:
    """Keep a picture; where the disk does not allow it, nothing is kept."""
    cells = b"".join(picture.rasters[one["key"]] for one in picture.about["layers"])
    told = {
        "form": FORM,
        "key": key,
        "digest": hashlib.sha256(cells).hexdigest(),
        "about": picture.about,
    }
    part = folder / f"{FILE}.part"
    with suppress(OSError):
        part.write_bytes(json.dumps(told).encode() + b"\n" + zlib.compress(cells, 1))
        os.replace(part, folder / FILE)


def _checked(told: dict[str, Any], body: bytes) -> Picture | None:
    """Return a picture whose parts fit each other."""
    about = told["about"]
    sizes = {one["key"]: _size(one) for one in about["layers"]}
    total = sum(sizes.values())
    if min(sizes.values(), default=0) <= 0 or total > MOST_CELLS:
        return None
    cells = zlib.decompressobj().decompress(body, total)
    if len(cells) != total or hashlib.sha256(cells).hexdigest() != told["digest"]:
        return None
    rasters, at = {}, 0
    for key, size in sizes.items():
        rasters[key] = cells[at : at + size]
        at += size
    return Picture(about, rasters)


def _size(layer: dict[str, Any]) -> int:
    """Return the bytes of a layer."""
    return int(layer["grid"]["width"]) * int(layer["grid"]["height"]) * int(layer["planes"])


def _inputs(scenario: Path, settings: Sequence[str]) -> list[Path]:
    """Return the scenario's file, and the files that it, its settings and files of it name."""
    found: dict[Path, None] = {}
    left = [scenario]
    while left:
        path = left.pop()
        if path in found:
            continue
        found[path] = None
        # what lies beside a map belongs to it: its projection, its table
        for beside in sorted(path.parent.glob(f"{path.stem}.*")):
            if beside.is_file():
                found[beside] = None
        if path.suffix == ".toml" and path.stat().st_size < MOST_BYTES:
            texts = _texts(tomllib.loads(path.read_text(encoding="utf-8")))
            left += [one for text in texts if (one := _file(path.parent / text)) is not None]
    for setting in settings:
        named = _file(scenario.parent / setting.partition("=")[2].strip("\"' "))
        if named is not None:
            found[named] = None
    return sorted(found)


def _file(path: Path) -> Path | None:
    try:
        return path if path.is_file() else None
    except (OSError, ValueError):
        return None


def _texts(value: Any) -> Iterator[str]:
    """Yield all texts of a TOML document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
