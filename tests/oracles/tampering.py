"""Ways in which a file of a results folder may have been changed: every value, member and byte.

Each way is named, so that a failure can be tried again, and gives the whole new content of one
file; ``None`` stands for no file at all, a function makes something that is no regular file.
"""

from __future__ import annotations

import copy
import io
import json
import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

DELETED = object()
RAW = "@raw@"
# what a value becomes; texts that begin with RAW are written without their quotes
VALUES: tuple[Any, ...] = (
    DELETED,
    None,
    True,
    0,
    -1,
    1.5,
    1e19,
    10**30,
    RAW + "1e999",
    RAW + "NaN",
    RAW + "9" * 5000,
    "",
    "x",
    "\x00",
    "\x1b[31m\x9b2J",
    "$x^{",
    "\ud800",
    "2030-01-01",
    [],
    {},
    [[]],
    [{}],
    {"a": {}},
    list(range(300)),
    RAW + "[" * 80 + "]" * 80,
    RAW + "[" * 5000 + "]" * 5000,
)


@dataclass(frozen=True, slots=True)
class Tampered:
    """One file changed in one way."""

    file: str
    how: str
    content: bytes | Callable[[Path], None] | None

    def put(self, out: Path) -> None:
        path = out / self.file
        remove(path)
        if callable(self.content):
            self.content(path)
        elif self.content is not None:
            path.write_bytes(self.content)


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def places_in(data: Any, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of a JSON value, the whole first; of long lists the first two and the last."""
    yield here
    if isinstance(data, dict):
        for key, value in data.items():
            yield from places_in(value, (*here, key))
    elif isinstance(data, list):
        for i in sorted({0, 1, len(data) - 1} & set(range(len(data)))):
            yield from places_in(data[i], (*here, i))


def put_at(data: Any, place: tuple[str | int, ...], value: Any) -> Any:
    if not place:
        return value
    data = copy.deepcopy(data)
    inner = data
    for part in place[:-1]:
        inner = inner[part]
    if value is DELETED:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return data


def as_text(data: Any) -> bytes:
    text = json.dumps(data)
    while f'"{RAW}' in text:
        before, _, rest = text.partition(f'"{RAW}')
        raw, _, after = rest.partition('"')
        text = before + raw + after
    return text.encode()


def json_values(out: Path, file: str) -> Iterator[Tampered]:
    """Every value of a JSON file as everything else; lists longer, shorter and turned round."""
    data = json.loads((out / file).read_text("utf-8"))
    for place in places_in(data):
        name = ".".join(map(str, place)) or "all"
        for value in VALUES:
            if value is DELETED and not place:
                continue
            told = "deleted" if value is DELETED else f"= {value!r}"[:40]
            yield Tampered(file, f"{name} {told}", as_text(put_at(data, place, value)))
        found = data
        for part in place:
            found = found[part]
        if isinstance(found, list) and found:
            for how, other in (
                ("shorter", found[:-1]),
                ("longer", [*found, found[-1]]),
                ("turned", found[::-1]),
            ):
                yield Tampered(file, f"{name} {how}", as_text(put_at(data, place, other)))
        if isinstance(found, dict):
            more = {**found, "more": 1}
            yield Tampered(file, f"{name} with another key", as_text(put_at(data, place, more)))
        if isinstance(found, float | int) and not isinstance(found, bool):
            for value in (found + 1, -found, found * 1e6, 1e308):
                yield Tampered(file, f"{name} = {value}", as_text(put_at(data, place, value)))


def bytes_of(out: Path, file: str) -> Iterator[Tampered]:
    """A file as bytes, and as what is no regular file."""
    data = (out / file).read_bytes()
    for how, content in (
        ("missing", None),
        ("empty", b""),
        ("half", data[: len(data) // 2]),
        ("all but one byte", data[:-1]),
        ("doubled", data + data),
        ("NULs", bytes(len(data))),
        ("not UTF-8", b"\xff\xfe" + data),
        ("UTF-16", data.decode("latin-1").encode("utf-16")),
        ("with a mark", b"\xef\xbb\xbf" + data),
        ("words", b"hello\n"),
        ("a", b"a"),
    ):
        yield Tampered(file, how, content)
    for how, make in (
        ("a pipe", os.mkfifo),
        ("a folder", Path.mkdir),
        ("a loop", lambda path: path.symlink_to(path.name)),
        ("a link to nowhere", lambda path: path.symlink_to("nowhere")),
        ("a link to zeros", lambda path: path.symlink_to("/dev/zero")),
        ("a link to its folder", lambda path: path.symlink_to(".")),
    ):
        yield Tampered(file, how, make)


def as_npy(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def _with_header(data: bytes, header: bytes) -> bytes:
    (length,) = struct.unpack("<H", data[8:10])
    return data[:8] + struct.pack("<H", len(header)) + header + data[10 + length :]


def arrays_like(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Other members in the place of one ``.npy`` member."""
    a = np.load(io.BytesIO(data), allow_pickle=False)
    yield "empty", as_npy(a[:0])
    yield "of no size", as_npy(np.zeros((0,) * a.ndim, a.dtype))
    yield "scalar", as_npy(np.array(a.flat[0] if a.size else 0, a.dtype))
    yield "one dimension more", as_npy(a[None])
    yield "one dimension less", as_npy(a.reshape(-1)) if a.ndim > 1 else as_npy(a[None, None])
    yield "longer", as_npy(np.concatenate([a, a]))
    yield "shorter", as_npy(a[: len(a) // 2])
    yield "turned over", as_npy(np.asfortranarray(a.T))
    for kind in (
        "<U4",
        "S3",
        "M8[D]",
        "m8[s]",
        "c16",
        "f2",
        "f4",
        "f8",
        "i1",
        "i2",
        "i4",
        "i8",
        "u8",
        "?",
        ">f8",
        ">i4",
        "V8",
        "O",
    ):
        other = np.zeros(a.shape, kind)
        if np.dtype(kind) != a.dtype:
            yield f"of {kind}", as_npy(other)
    yield "a struct", as_npy(np.zeros(a.shape, [("a", "i4"), ("b", "f8")]))
    if a.dtype.kind in "iu":
        top = np.iinfo(a.dtype).max
        extreme: tuple[Any, ...] = (top, np.iinfo(a.dtype).min, 10**6 % top, 0, top // 2)
        extreme += (-1,) * (a.dtype.kind == "i")
    elif a.dtype.kind == "f":
        extreme = (-1.0, 1e30, 1e300 if a.dtype == np.float64 else 3e38, np.nan, np.inf, -np.inf)
    else:
        extreme = ()
    for value in extreme:
        yield f"all {value}", as_npy(np.full(a.shape, value, a.dtype))
        if a.size:
            one = a.copy()
            one.flat[-1] = value
            yield f"the last {value}", as_npy(one)
    if a.dtype.kind == "b":
        yield "of twos", data[: len(data) - a.size] + b"\x02" * a.size
    for how, header in (
        ("garbage", b"{\xff\xfe" * 20),
        ("no", b""),
        ("of another key", b"{'descr': '<f8'}\n"),
        ("that is indented", b"  {'descr': '<f8',\n  'shape': (1,)}\n"),
        ("that is code", b"__import__('os').getpid()\n"),
        ("deep", b"(" * 3000 + b")" * 3000),
        (
            "of a huge shape",
            b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999,), }\n",
        ),
        (
            "that overflows",
            b"{'descr': '<f8', 'fortran_order': False, 'shape': ("
            b"9223372036854775807, 9223372036854775807), }\n",
        ),
        ("of a negative shape", b"{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }\n"),
        (
            "of many sides",
            b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b"1, " * 100 + b"1), }\n",
        ),
    ):
        yield f"with a header {how}", _with_header(data, header)
    yield "of another format", b"\x93NUMPY\x09\x00" + data[8:]
    yield "cut short", data[:-3]
    yield "added to", data + b"more"
    yield "no array", b"hello"
    yield "nothing", b""


Member = tuple[str, bytes]


def zipped(members: list[Member], packed: frozenset[str] = frozenset()) -> bytes:
    """An archive as the program writes it: the first member as it is, the others packed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members:
            stored = name == "outcomes.npy" and name not in packed
            method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            info = zipfile.ZipInfo(name)
            archive.writestr(info, data, compress_type=method, compresslevel=1)
    return buffer.getvalue()


def run_members(path: Path) -> list[Member]:
    with zipfile.ZipFile(path) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def run_arrays(out: Path, file: str) -> Iterator[Tampered]:
    """Every member of a run file replaced, left out, or twice; and the archive patched."""
    members = run_members(out / file)
    for i, (name, data) in enumerate(members):
        for how, other in arrays_like(data):
            changed = [*members[:i], (name, other), *members[i + 1 :]]
            yield Tampered(file, f"{name} {how}", zipped(changed))
        yield Tampered(file, f"{name} left out", zipped(members[:i] + members[i + 1 :]))
        yield Tampered(
            file, f"{name} renamed", zipped([*members[:i], ("other.npy", data), *members[i + 1 :]])
        )
    bomb = as_npy(np.zeros(10**7))
    last = members[-1][0]
    yield Tampered(file, "a bomb", zipped([*members[:-1], (last, bomb)]))
    yield Tampered(file, "a bomb first", zipped([(members[0][0], bomb), *members[1:]]))
    yield Tampered(file, "the first packed", zipped(members, frozenset({members[0][0]})))
    yield Tampered(file, "no members", zipped([]))
    yield from _patched(out, file)


# offset in a local header, in the table of contents, bytes, new value
PATCHES = {
    "encrypted": (6, 8, "<H", 1),
    "strongly encrypted": (6, 8, "<H", 0x41),
    "a patch": (6, 8, "<H", 0x20),
    "flagged": (6, 8, "<H", 0xFFFF),
    "method 99": (8, 10, "<H", 99),
    "method 12": (8, 10, "<H", 12),
    "method 8 of 0": (8, 10, "<H", 0),
    "version 99": (4, 6, "<H", 99),
    "another checksum": (14, 16, "<I", 12345),
    "huge": (22, 24, "<I", 0xFFFFFFF0),
    "packed huge": (18, 20, "<I", 0xFFFFFFF0),
    "smaller": (22, 24, "<I", 3),
    "a long name": (26, 28, "<H", 0xFFFF),
    "a long extra": (28, 30, "<H", 0xFFF0),
    "elsewhere": (0, 42, "<I", 0xFFFFFF00),
    "at the start": (0, 42, "<I", 0),
}


def _patched(out: Path, file: str) -> Iterator[Tampered]:
    data = (out / file).read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        locals_ = [info.header_offset for info in archive.infolist()]
        start = archive.start_dir
    central = []
    at = start
    for _ in locals_:
        central.append(at)
        lengths = struct.unpack("<HHH", data[at + 28 : at + 34])
        at += 46 + sum(lengths)
    for which in (0, 1, len(locals_) // 2, len(locals_) - 1):
        for how, (in_local, in_contents, form, value) in PATCHES.items():
            for where in ("both", "local", "contents"):
                changed = bytearray(data)
                if where != "contents" and in_local:
                    struct.pack_into(form, changed, locals_[which] + in_local, value)
                if where != "local":
                    struct.pack_into(form, changed, central[which] + in_contents, value)
                yield Tampered(file, f"member {which} {how} ({where})", bytes(changed))
    end = len(data) - 22
    for how, place, form, value in (
        ("more members", 10, "<H", 9999),
        ("no contents", 12, "<I", 0),
        ("contents elsewhere", 16, "<I", 7),
        ("huge contents", 12, "<I", 0xFFFFFFF0),
        ("a comment", 20, "<H", 500),
        ("another disk", 4, "<H", 7),
    ):
        changed = bytearray(data)
        struct.pack_into(form, changed, end + place, value)
        yield Tampered(file, f"archive with {how}", bytes(changed))
    for place in range(0, len(data), max(1, len(data) // 40)):
        changed = bytearray(data)
        changed[place] ^= 0x41
        yield Tampered(file, f"byte {place} turned", bytes(changed))


def lines_of(out: Path, file: str) -> Iterator[Tampered]:
    """The record of times, which is lines of words."""
    text = (out / file).read_text("utf-8")
    ident = text.split("\t")[0]
    for value in ("nan", "inf", "-1", "1e999", "1e308", "", "x", "9" * 6000, "\x1b[2J"):
        yield Tampered(file, f"a time {value[:9]!r}", f"{ident}\t{value}\t{value}\thost\n".encode())
    yield Tampered(file, "one long line", b"\t" * 10**6)
