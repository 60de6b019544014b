"""Spoilt files of every kind that theory reads: a result or one line, never a traceback."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from corridor_sim.cli.main import main

HEAD = "ncols 4\nnrows 3\nxllcorner 0\nyllcorner 0\ncellsize 1\nNODATA_value -9999\n"
NONE = "-9999 -9999 -9999 -9999\n"
FILES = {
    "h.asc": HEAD + "1 2 3 4\n5 -9999 7 8\n9 1 2 3\n",
    "p.txt": "1 0.5 2.5\n2 3.5 0.5\n3 0.5 0.5\n",
    "p.asc": HEAD + "1 0 0 2\n0 0 0 0\n3 0 0 0\n",
    "pairs.txt": "mode include\n1 2\n2 3\n",
    "matrix.txt": "min 1\nmax 2\n0 1 2 3\n1 0 1 2\n2 1 0 5\n3 2 5 0\n",
    "st.txt": "1 2\n2 0.5\n",
    "s.asc": HEAD + "1 0 0 0\n0 0 0 0\n0 0 0 0\n",
    "g.asc": HEAD + "-9999 -9999 -9999 1\n" + NONE + "-9999 -9999 -9999 0\n",
    "s.txt": "1 0.5 2.5\n",
    "g.txt": "1 3.5 0.5\n",
    "m.asc": HEAD + "0.1 0.1 0.2 0\n0 0 1 0\n0.5 0 0 0\n",
    "r.asc": HEAD + "0 5 5 0\n0 0 0 0\n7 7 0 0\n",
    "k.asc": HEAD + "1 1 1 1\n1 1 0 1\n1 1 1 1\n",
}
COMMANDS = [
    "resistance h.asc p.txt",
    "resistance h.asc p.asc --pairs pairs.txt --regions r.asc --mask k.asc",
    "resistance h.tif p.txt --mode one-to-all --pairs matrix.txt",
    "current h.asc p.txt --mode all-to-one --strengths st.txt --out o.asc",
    "current h.asc p.txt --mode one-to-all --strengths st.txt --pairs matrix.txt --out o.asc",
    "current h.asc --sources s.asc --grounds g.asc --out o.asc --voltages v.asc",
    "current h.asc --sources s.txt --grounds g.txt --out o.asc",
    "survival h.asc --mortality m.asc --out o.asc",
    "visits h.asc p.txt --mortality m.asc --out o.asc",
    "passage h.tif p.asc --mortality m.asc --out o.tif",
    "passage h.asc p.txt --mortality 0.1 --method amg --what probability --out o.asc",
]
WORDS = [
    b"nan",
    b"inf",
    b"-1",
    b"0",
    b"1e308",
    b"-1e308",
    b"1e-320",
    b"1e400",
    b"",
    b" ",
    b"\0",
    b"\xff",
    b"\n",
    b"1,5",
    b"2147483648",
    b"1e300",
    b"-9999",
    b"4.5",
    b"9" * 400,
    b"ncols",
    b"\xef\xbb\xbf",
    b"1e99",
    b"1e-99",
    b"1e12",
    b"\x1b[2J",
]


def spoilt(data, name, chance):
    for _ in range(chance.choice([1, 1, 2, 4])):
        if name.endswith(".tif"):
            spot = chance.randrange(min(len(data), chance.choice([400, len(data)])))
            data = data[:spot] + bytes([chance.randrange(256)]) + data[spot + 1 :]
            if chance.random() < 0.1:
                data = data[: chance.randrange(1, len(data))]
            continue
        kind = chance.random()
        if kind < 0.6:
            words = data.split(b" ")
            words[chance.randrange(len(words))] = chance.choice(WORDS)
            data = b" ".join(words)
        elif kind < 0.8:
            spot = chance.randrange(len(data) + 1)
            data = data[:spot] + chance.choice(WORDS) + data[spot + chance.choice([0, 1, 3]) :]
        else:
            lines = data.split(b"\n")
            lines[chance.randrange(len(lines))] = chance.choice([b"", chance.choice(lines)])
            data = b"\n".join(lines)
    return data


def throw(folder, capsys, seed, count):
    files = {name: text.encode() for name, text in FILES.items()}
    with rasterio.open(
        folder / "h.tif",
        "w",
        driver="GTiff",
        width=4,
        height=3,
        count=1,
        dtype="float32",
        transform=Affine(1, 0, 0, 0, -1, 3),
        nodata=-9999,
        crs="EPSG:32717",
    ) as file:
        file.write(np.arange(1, 13, dtype="float32").reshape(1, 3, 4))
    files["h.tif"] = (folder / "h.tif").read_bytes()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    chance = random.Random(seed)
    for _ in range(count):
        command = chance.choice(COMMANDS).split()
        name = chance.choice([word for word in command if word in files])
        data = spoilt(files[name], name, chance)
        (folder / name).write_bytes(data)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            code = main(["theory", *command])
        err = capsys.readouterr().err
        assert code in (0, 2), (command, name, data)
        if code == 2:
            assert len(err.splitlines()) == 1, (command, name, data, err)
            assert err.rstrip("\n").isprintable(), (command, name, data, err)
        (folder / name).write_bytes(files[name])


def test_spoilt_files(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    throw(tmp_path, capsys, 1, 150)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_many_spoilt_files(tmp_path, monkeypatch, capsys, seed):
    monkeypatch.chdir(tmp_path)
    throw(tmp_path, capsys, 1000 + seed, 2000)
