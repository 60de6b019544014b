"""Files of Conefor, Marxan, Zonation and Circuitscape with odd lines, numbers, names and bytes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import corridor_sim as cs
from oracles.hostile import Case

NUMBERS = ("1", "2", "3", "0", "-1", "1.5", "nan", "inf", "1e999", "1_0", "٣", "9" * 400, "x", "")
NUMBERS += ("1e300", "-0", "0x1", "1,5", '"', "\x00", "2147483648", "1e-320", "True")
APART = (" ", "\t", ",", ";", "  ", "\u00a0", " , ")
ENDS = ("\n", "\r\n", "\r", "\n\n", "\n#\n", "\u2028")
BYTES = (b"\xff\xfe", b"\xef\xbb\xbf", b"\x1f\x8b", b"\x00" * 40, b"\xe9", b"PK\x03\x04", b"")
GRID = "ncols 2\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 1\n1 2\n3 4\n"
NAMES = ("a.asc", "b.asc", "points.txt", "..", "/dev/zero", "/proc/self/mem", "none", "(Browse)")
NAMES += ("\x00", "é" * 300, "a.asc ", '"a.asc"', "C:\\a.asc", "", "run.ini")
KEYS = ("scenario", "point_file", "habitat_file", "use_mask", "mask_file", "source_file")
KEYS += ("ground_file", "use_polygons", "polygon_file", "write_volt_maps", "data_type", "solver")
KEYS += ("use_included_pairs", "included_pairs_file", "connect_four_neighbors_only", "wrong", "[x]")
WORDS = ("pairwise", "one-to-all", "all-to-one", "advanced", "True", "false", "maybe", "raster")
MARXAN = {
    "pu.dat": (("id", "cost", "status"), (("1", "2", "0"), ("2", "3", "0"))),
    "spec.dat": (("id", "target", "spf", "name"), (("7", "1", "1", "bear"),)),
    "puvspr.dat": (("species", "pu", "amount"), (("7", "1", "4"), ("7", "2", "1"))),
    "bound.dat": (("id1", "id2", "boundary"), (("1", "2", "5"),)),
}


def cases(rng: random.Random, folder: Path) -> Iterator[Case]:
    """Yield files, for ever."""
    makers: tuple[Callable[[random.Random, Path], Case], ...] = (
        _conefor,
        _marxan,
        _zonation,
        _circuitscape,
    )
    (folder / "a.asc").write_text(GRID)
    (folder / "b.asc").write_text(GRID.replace("ncols 2", "ncols 1"))
    while True:
        yield rng.choice(makers)(rng, folder)


def _odd(rng: random.Random, word: str, often: float = 0.06) -> str:
    return rng.choice(NUMBERS) if rng.random() < often else word


def _put(rng: random.Random, path: Path, lines: list[list[str]], apart: str = "") -> str:
    """Write lines, now and then with other ends, blanks or bytes, and return what they were."""
    end = rng.choice(ENDS) if rng.random() < 0.15 else "\n"
    between = rng.choice(APART) if rng.random() < 0.15 or not apart else apart
    text = end.join(between.join(line) for line in lines) + end
    data = text.encode("utf-8", "replace")
    if rng.random() < 0.06:
        at = rng.randrange(len(data) + 1)
        data = data[:at] + rng.choice(BYTES) + data[at:]
    if rng.random() < 0.02:
        data = text.encode("utf-16")
    path.write_bytes(data)
    return text


def _conefor(rng: random.Random, folder: Path) -> Case:
    n = rng.randrange(0, 5)
    nodes = [[_odd(rng, str(i + 1)), _odd(rng, f"{rng.uniform(0, 9):.3g}")] for i in range(n)]
    links = []
    for _ in range(rng.randrange(0, 6)):
        both = [_odd(rng, str(rng.randrange(1, max(n, 1) + 1))) for _ in "ab"]
        links.append([*both, _odd(rng, f"{rng.random():.3g}")])
    kind = rng.choice(("distance", "probability"))
    said = _put(rng, folder / "n.txt", nodes, "\t") + _put(rng, folder / "l.txt", links, "\t")

    def do() -> None:
        found = cs.formats.Conefor.read(folder / "n.txt", folder / "l.txt", kind)  # type: ignore[arg-type]  # one of the two words
        found.indices(2.0)
        found.write(folder / "again")

    return Case(f"conefor {said!r}", do)


def _marxan(rng: random.Random, folder: Path) -> Case:
    place, said = folder / "marxan", ""
    place.mkdir(exist_ok=True)
    for name, (head, rows) in MARXAN.items():
        columns = [_odd(rng, word, 0.01) for word in head]
        lines = [[_odd(rng, word, 0.03) for word in row] for row in rows]
        said += _put(rng, place / name, [columns, *lines], ",")
    given = [["PUNAME", "pu.dat"], ["SPECNAME", "spec.dat"], ["PUVSPRNAME", "puvspr.dat"]]
    given += [["BLM", _odd(rng, "1")], ["INPUTDIR", _odd(rng, ".")]]
    if rng.random() < 0.3:
        given.append([rng.choice(("COSTTHRESH", "BOUNDNAME", "X", "é")), rng.choice(NAMES)])
    said += _put(rng, place / "input.dat", given, " ")

    def do() -> None:
        cs.formats.Marxan.read(place).write(folder / "again")

    return Case(f"marxan {said!r}", do)


def _zonation(rng: random.Random, folder: Path) -> Case:
    four = rng.random() < 0.5
    name = rng.choice(NAMES) if rng.random() < 0.3 else "a.asc"
    if four:
        lines = [[*(_odd(rng, word) for word in ("1", "0", "1", "1", "0.25")), name]]
    else:
        extra = rng.choice(("group", "threshold", "alpha", "")) if rng.random() < 0.3 else ""
        head = ["weight", "filename", *([extra] if extra else [])]
        lines = [head, [_odd(rng, "2"), name, *([_odd(rng, "3")] if extra else [])]]
    said = _put(rng, folder / "features.txt", lines, " ")
    path = folder / "features.txt"
    if rng.random() < 0.5:
        path = folder / "settings.z5"
        more = [rng.choice(("hierarchic mask layer", "cost layer", "é")), rng.choice(NAMES)]
        keys = [["feature list file", _odd(rng, "features.txt")], more][: rng.choice((1, 2))]
        said += _put(rng, path, keys, " = ")

    def do() -> None:
        cs.formats.Zonation.read(path).write(folder / "again")

    return Case(f"zonation {said!r}", do)


def _circuitscape(rng: random.Random, folder: Path) -> Case:
    points = [[_odd(rng, str(i + 1)), _odd(rng, "0.5"), _odd(rng, f"{i}.5")] for i in range(2)]
    said = _put(rng, folder / "points.txt", points, " ")
    asked = {"scenario": "pairwise", "habitat_file": "a.asc", "point_file": "points.txt"}
    for _ in range(rng.randrange(0, 3)):
        asked[rng.choice(KEYS)] = rng.choice((*WORDS, *NAMES, "a.asc", "a.asc"))
    said += _put(rng, folder / "run.ini", [[k, v] for k, v in asked.items()], " = ")
    return Case(f"circuitscape {said!r}", partial(_solved, folder))


def _solved(folder: Path) -> None:
    cs.formats.Circuitscape.read(folder / "run.ini").run(folder / "again")
