"""Reading what a program wrote earlier, without trusting it: JSON by a schema, arrays by a form.

Files of a results folder may be cut short, edited by hand, sent by somebody or made by another
program. Whatever is wrong with one ends as :class:`Unfit`, which says what; who knows how the file
is made anew says so. Nothing in a file is executed, only regular files are opened, and what a file
announces is checked before memory is taken for it.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray
from pydantic import BaseModel, ValidationError

from corridor_sim.files import NoRegularFile, open_regular
from corridor_sim.toml.strict import dotted

M = TypeVar("M", bound=BaseModel)
MAX_DEPTH = 64
MAX_FACTS = 2**24
# the table of contents of an archive, and an archive without 64-bit fields
MAX_CONTENTS, SMALL_ARCHIVE = 2**24, 2**31 - 1
END_BYTES = 22
# more dimensions than any array that is written
MAX_SIDES = 9
# flags of a member that are no encryption and no patch: its name is UTF-8
PLAIN_FLAGS = 0x800
BROKEN = (
    OSError,
    ValueError,
    EOFError,
    KeyError,
    IndexError,
    OverflowError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
)


class Unfit(ValueError):
    """Why a file cannot be used, in words that go on after its name."""


class Absent(Unfit):
    """There is no such file."""


@contextmanager
def opened(path: Path, most: int | None = None) -> Iterator[tuple[BinaryIO, int]]:
    """Open a regular file to read and yield it with its size, bytes.

    A pipe, device or folder is refused and not waited for.

    Raises
    ------
    Unfit
        There is none, it is no regular file, cannot be read, or holds more than ``most`` bytes.
    """
    try:
        stream = open_regular(path)
    except FileNotFoundError:
        raise Absent("is missing") from None
    except NoRegularFile:
        raise Unfit("is no regular file") from None
    except (OSError, ValueError) as bad:
        raise Unfit(f"cannot be opened: {getattr(bad, 'strerror', None) or bad}") from None
    with stream:
        size = os.fstat(stream.fileno()).st_size
        if most is not None and size > most:
            raise Unfit(f"holds {size} bytes, at most {most} are read")
        try:
            yield stream, size
        except OSError as bad:
            raise Unfit(f"cannot be read: {bad.strerror or bad}") from None


def exists(path: Path) -> bool:
    """Whether anything at all stands under a name, be it a pipe or a link that leads nowhere."""
    try:
        os.lstat(path)
    except (OSError, ValueError):
        return False
    return True


def read_json(path: Path, model: type[M], *, most: int = MAX_FACTS, finite: bool = True) -> M:
    """Return a JSON file as a model, every value of its declared type.

    Parameters
    ----------
    path : Path
    model : type of pydantic model
        Lists where JSON has arrays: nothing is converted.
    most : int
        Bytes.
    finite : bool
        Refuse infinities and NaN wherever they stand.

    Raises
    ------
    Unfit
    """
    with opened(path, most) as (stream, _):
        content = stream.read(most + 1)
    try:
        text = content.decode("utf-8")
        data = json.loads(
            text,
            parse_float=_finite if finite else None,
            parse_constant=_no_number if finite else None,
        )
    except UnicodeDecodeError as bad:
        raise Unfit(f"byte {bad.start} is not UTF-8") from None
    except json.JSONDecodeError as bad:
        raise Unfit(f"not JSON, line {bad.lineno}: {bad.msg}") from None
    except Unfit:
        raise
    except ValueError:  # an integer longer than the interpreter converts
        raise Unfit("holds a number of more digits than can be read") from None
    except RecursionError:
        raise Unfit("is nested too deeply") from None
    _refuse_odd(data, text)
    try:
        return model.model_validate(data, strict=True)
    except ValidationError as bad:
        raise Unfit(_told(bad)) from None


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Unfit(f"holds {digits[:40]}, which is no finite number")
    return value


def _no_number(word: str) -> float:
    raise Unfit(f"holds {word}, which is no number")


def _refuse_odd(data: Any, text: str) -> None:
    """Refuse what later steps cannot carry: deep nesting, and text that no file can hold."""
    level = [data]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner += [v for v in one.values() if isinstance(v, dict | list)]
            elif isinstance(one, list):
                inner += [v for v in one if isinstance(v, dict | list)]
        if not inner:
            break
        level = inner
    else:
        raise Unfit("is nested too deeply")
    if "\\u" not in text:
        return
    plain = json.dumps(data, ensure_ascii=False)
    if "\\u0000" in plain:
        raise Unfit("a text holds a NUL character")
    try:
        plain.encode()
    except UnicodeEncodeError:
        raise Unfit("a text holds half a character (a lone surrogate)") from None


def _told(bad: ValidationError) -> str:
    problems = bad.errors(include_url=False, include_context=False)
    first = problems[0]
    place = dotted(part if isinstance(part, int) else str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"{place or 'the whole'}: {message[:1].lower()}{message[1:200]}{more}"


_HEADER = re.compile(
    rb"\{'descr': '([<>|=]?[biuf][0-9]{1,2})', 'fortran_order': (True|False), "
    rb"'shape': \(((?:[0-9]{1,15}, ?)*[0-9]{0,15})\), \} *\n"
)
Shape = tuple[int | None, ...]


def read_npy(
    stream: Any, size: int, kind: DTypeLike | None, shape: Shape | None, most: int, name: str
) -> NDArray[Any]:
    """Return the array of one ``.npy`` stream of ``size`` bytes; the form is checked first.

    Only plain numbers are read. numpy's own reader evaluates the header and takes the memory that
    it announces.

    Parameters
    ----------
    stream : binary stream
    size : int
    kind : dtype, optional
        Any plain number without it.
    shape : tuple of (int or None), optional
        None = any length along that axis; any shape without it.
    most : int
        Values.
    name : str
        For messages.

    Raises
    ------
    Unfit
    """
    start = stream.read(10)
    if len(start) < 10 or start[:8] != b"\x93NUMPY\x01\x00":
        raise Unfit(f"{name} is no array of numbers")
    (length,) = struct.unpack("<H", start[8:])
    found = _HEADER.fullmatch(stream.read(length))
    if found is None:
        raise Unfit(f"{name} is no plain array of numbers")
    try:
        dtype = np.dtype(found[1].decode())
    except TypeError:
        raise Unfit(f"{name} has an unknown type of number") from None
    sides = tuple(int(part) for part in found[3].split(b",")[:MAX_SIDES] if part.strip())
    wanted = dtype if kind is None else np.dtype(kind)
    fits = shape is None or (
        len(sides) == len(shape)
        and all(b is None or a == b for a, b in zip(sides, shape, strict=True))
    )
    if dtype != wanted or not fits:
        raise Unfit(
            f"{name} is {dtype.name} {_sides(sides)}, not {wanted.name} "
            f"{_sides(shape) if shape is not None else ''}".rstrip()
        )
    n = math.prod(sides)
    if n > most:
        raise Unfit(f"{name} announces {n} values, at most {most} make sense")
    if n * dtype.itemsize != size - 10 - length:
        raise Unfit(f"{name} announces {n} values and holds {size - 10 - length} bytes")
    data = stream.read()
    if len(data) != n * dtype.itemsize:
        raise Unfit(f"{name} is cut short")
    if dtype.kind == "b" and np.frombuffer(data, np.uint8).max(initial=0) > 1:
        raise Unfit(f"{name} holds values that are neither true nor false")
    order: Any = "F" if found[2] == b"True" else "C"
    return np.frombuffer(data, dtype).reshape(sides, order=order)


def _sides(shape: Shape) -> str:
    return "(" + ", ".join("n" if one is None else str(one) for one in shape) + ")"


class Archive:
    """An ``.npz`` file whose members are read by their declared form; use :func:`archive`.

    Parameters
    ----------
    stream : binary stream
    size : int
        Bytes of the file.
    most : int
        Bytes of all members together, unpacked.
    """

    def __init__(self, stream: BinaryIO, size: int, most: int) -> None:
        if size <= SMALL_ARCHIVE:
            refuse_cut_short(stream, size)
        self._zip = zipfile.ZipFile(stream)
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in self._zip.infolist():
            name = member.filename
            if name in self._members:
                raise Unfit(f"it holds {name[:80]} twice")
            self._members[name] = member
            if member.flag_bits & ~PLAIN_FLAGS:
                raise Unfit(f"{name[:80]} is encrypted or patched")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Unfit(f"{name[:80]} is packed in a way that this program does not use")
        total = sum(member.file_size for member in self._members.values())
        if total > most:
            raise Unfit(f"it unpacks to {total} bytes, at most {most} are read")

    @property
    def names(self) -> list[str]:
        """Names of the arrays."""
        return [name.removesuffix(".npy") for name in self._members]

    @property
    def is_packed(self) -> bool:
        """Whether any member is compressed."""
        return any(m.compress_type != zipfile.ZIP_STORED for m in self._members.values())

    def array(
        self, name: str, kind: DTypeLike | None, shape: Shape | None = None, most: int = 2**48
    ) -> NDArray[Any]:
        """Return an array of the archive; see :func:`read_npy`."""
        member = self._members.get(f"{name}.npy")
        if member is None:
            raise Unfit(f"it holds no {name}")
        with self._zip.open(member) as stream:
            return read_npy(stream, member.file_size, kind, shape, most, name)


@contextmanager
def archive(path: Path, most: int, largest: int | None = None) -> Iterator[Archive]:
    """Open an ``.npz`` file; whatever goes wrong while it is open is :class:`Unfit`.

    Parameters
    ----------
    path : Path
    most : int
        Bytes of all members together, unpacked.
    largest : int, optional
        Bytes of the file; ``most`` without it.

    Raises
    ------
    Unfit
    """
    try:
        with opened(path, most if largest is None else largest) as (stream, size):
            yield Archive(stream, size, most)
    except Unfit:
        raise
    except BROKEN as bad:
        raise Unfit(f"is damaged inside ({str(bad)[:100]})") from None


def packed(
    arrays: Mapping[str, NDArray[Any]], plain: Mapping[str, NDArray[Any]] | None = None
) -> bytes:
    """Return an ``.npz`` archive, the same bytes for the same arrays on any day.

    By the quickest compression, which costs a fifth of numpy's; ``plain`` come first and as they
    are.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as members:
        for part, how in ((plain or {}, zipfile.ZIP_STORED), (arrays, zipfile.ZIP_DEFLATED)):
            for name, values in part.items():
                member = io.BytesIO()
                np.lib.format.write_array(member, values, allow_pickle=False)
                # a ZipInfo of its own has a fixed date
                members.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue(), how, 1)
    return buffer.getvalue()


def refuse_cut_short(stream: BinaryIO, size: int) -> None:
    """Refuse an archive whose table of contents does not stand where its last bytes say.

    Raises
    ------
    Unfit
    """
    stream.seek(max(0, size - END_BYTES))
    end = stream.read(END_BYTES)
    if len(end) < END_BYTES or end[:4] != b"PK\5\6":
        raise Unfit("is cut short or no archive")
    contents, offset = struct.unpack("<II", end[12:20])
    if contents > MAX_CONTENTS or offset + contents + END_BYTES != size:
        raise Unfit("is cut short or was added to")
    stream.seek(offset)
    if stream.read(4) != b"PK\1\2":
        raise Unfit("has no table of contents")


def unpacked(data: bytes, kind: DTypeLike, shape: Shape, most: int, name: str) -> NDArray[Any]:
    """Return the array that the bytes of an ``.npy`` file are; see :func:`read_npy`."""
    return read_npy(io.BytesIO(data), len(data), kind, shape, most, name)


def refuse_outside(
    name: str,
    values: NDArray[Any],
    end: float,
    *,
    start: float | None = None,
    unknown: bool = False,
) -> None:
    """Refuse numbers that are not within ``start`` (minus ``end`` without it) and ``end``.

    Parameters
    ----------
    name : str
    values : array of numbers
    end, start : float
        Inclusive.
    unknown : bool
        Whether NaN is allowed.

    Raises
    ------
    Unfit
    """
    low = -end if start is None else start
    if not values.size:
        return
    if values.dtype.kind != "f":
        if int(values.min()) >= low and int(values.max()) <= end:
            return
        inside = (values >= low) & (values <= end)
    else:
        inside = (values >= low) & (values <= end)
        if unknown:
            inside |= np.isnan(values)
    if not inside.all():
        odd = values.reshape(-1)[int(np.argmin(inside))]
        raise Unfit(f"{name} holds {odd:g}, not within {low:g} and {end:g}")
