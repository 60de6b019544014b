"""ASCII grids, points and the command: what is right is read, what is not is told in one line."""

from __future__ import annotations

import os

import numpy as np
import pytest

from corridor_sim.cli.main import main
from corridor_sim.connectivity.grid_file import read_ascii_grid, write_ascii_grid
from corridor_sim.connectivity.lists import read_focal
from corridor_sim.errors import LandscapeError

NAN = float("nan")
HEADER = "ncols 3\nnrows 2\nxllcorner 100\nyllcorner 50\ncellsize 10\nNODATA_value -9999\n"
GRID = HEADER + "1 2 -9999\n4 5.5 6e0\n"


@pytest.fixture
def grid(tmp_path):
    path = tmp_path / "habitat.asc"
    path.write_text(GRID)
    return read_ascii_grid(path)


def test_a_grid_is_read_and_written(grid, tmp_path):
    assert np.array_equal(grid.values, [[1, 2, NAN], [4, 5.5, 6]], equal_nan=True)
    assert (grid.west, grid.south, grid.cell) == (100, 50, 10)
    path = write_ascii_grid(tmp_path / "out.asc", grid.values / 3, grid)
    again = read_ascii_grid(path)
    grid.same_place(again)
    assert again.values == pytest.approx(grid.values / 3, nan_ok=True, rel=1e-9)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["habitat.asc", "out.asc"]


def test_centres_tabs_case_and_a_missing_nodata_value(tmp_path):
    path = tmp_path / "a.asc"
    path.write_text(
        "NCOLS\t2\r\nNROWS\t1\r\nXLLCENTER 5\r\nyllcenter 7\r\ncellsize 2\r\n1\t-9999\t\r\n"
    )
    grid = read_ascii_grid(path)
    assert (grid.west, grid.south) == (4, 6)
    assert np.array_equal(grid.values, [[1, NAN]], equal_nan=True)
    path.write_text(GRID.replace("-9999", "7").replace("5.5", "7"))
    assert np.array_equal(read_ascii_grid(path).values, [[1, 2, NAN], [4, NAN, 6]], equal_nan=True)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("1 2 -9999", "1 2", "a.asc:7: 2 numbers instead of 3"),
        ("1 2 -9999", "1 2 3 4", "a.asc:7: 4 numbers instead of 3"),
        ("5.5", "nan", "a.asc:8: 'nan' is no number"),
        ("5.5", "1_0", "a.asc:8: '1_0' is no number"),
        ("5.5", "1e", "a.asc:8: '1e' is no number"),
        ("5.5", "0x1", "a.asc:8: '0x1' is no number"),
        ("5.5", "1e999", "a.asc:8: a number is too large"),
        ("6e0\n", "6e0\n7 8 9\n", "a.asc:9: goes on after 2 rows"),
        ("4 5.5 6e0\n", "", "a.asc:8: 0 numbers instead of 3"),
        ("nrows 2", "nrows 2000000000", "6000000000 cells exceed 2^31"),
        ("nrows 2", "nrows 70000", "bytes cannot hold 70000 x 3 numbers"),
        ("nrows 2", "nrows 0", "nrows 0 is impossible"),
        ("nrows 2", "nrows 1.5", "nrows 1.5 is impossible"),
        ("nrows 2", "nrows", "a.asc:2: 0 numbers instead of 1"),
        ("nrows 2\n", "", "no nrows in the header"),
        ("nrows 2", "nrow 2", "a.asc:2: unknown key 'nrow'; did you mean 'nrows'?"),
        ("nrows 2", "nrows 2\nnrows 2", "a.asc:3: nrows comes twice"),
        ("xllcorner 100\n", "", "no xllcorner or xllcenter"),
        ("yllcorner 50\n", "yllcorner 50\nyllcenter 50\n", "no yllcorner or yllcenter"),
        ("cellsize 10", "cellsize 0", "cellsize 0 is impossible"),
        (HEADER, "", "no ncols in the header"),
        (GRID, "", "no ncols in the header"),
        (GRID, "\x00" * 99, "no ncols in the header"),
    ],
)
def test_a_wrong_grid_is_told_in_one_line(tmp_path, old, new, says):
    path = tmp_path / "a.asc"
    text = GRID.replace(old, new)
    assert text != GRID
    path.write_text(text)
    with pytest.raises(LandscapeError) as caught:
        read_ascii_grid(path)
    message = str(caught.value)
    if "6000000000" in says:
        says = "2000000000 x 3 cells exceed 2^31"
    assert says in message
    assert message.isprintable()


@pytest.mark.parametrize(
    "make",
    [
        lambda p: None,
        lambda p: p.mkdir(),
        os.mkfifo,
        lambda p: p.symlink_to("/dev/zero"),
        lambda p: p.symlink_to("/proc/kmsg"),
        lambda p: p.symlink_to("/proc/self/environ"),
    ],
)
def test_what_is_no_file(tmp_path, make):
    path = tmp_path / "a.asc"
    make(path)
    with pytest.raises(LandscapeError, match=r"no such file|is a folder|is a device or a pipe"):
        read_ascii_grid(path)


def test_points_from_a_list_and_from_a_grid(grid, tmp_path):
    path = tmp_path / "p.txt"
    path.write_text("7\t105\t55\n\n2 125 65\n7 101 69.9\n3 110 60\n4 100 50\n5 130 70\n")
    focal = read_focal(path, grid)
    assert focal.ids == (2, 3, 4, 5, 7)
    # 3 lies on a corner of four cells and belongs to the north-western one
    assert [c.tolist() for c in focal.cells] == [[2], [0], [3], [2], [3, 0]]
    other = tmp_path / "p.asc"
    other.write_text(HEADER + "2 0 -9999\n-5 1 2\n")
    focal = read_focal(other, grid)
    assert focal.ids == (1, 2)
    assert [c.tolist() for c in focal.cells] == [[4], [0, 5]]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 99 55", "p.txt:1: point 1 at 99, 55 is outside"),
        ("1 105 55\n2 105 71", "p.txt:2: point 2 at 105, 71 is outside"),
        ("1 105", "p.txt:1: 2 numbers instead of 3"),
        ("a 105 55", "p.txt:1: 'a' is no number"),
        ("0 105 55", "p.txt:1: 0 numbers no point"),
        ("1.5 105 55", "p.txt:1: 1.5 numbers no point"),
        ("-1 105 55", "p.txt:1: -1 numbers no point"),
        ("", "has no point"),
        (HEADER.replace("100", "200") + "1 1 1\n1 1 1\n", "west is 200, in "),
        (HEADER.replace("ncols 3", "ncols 1") + "1\n1\n", "has 2 x 1 cells"),
        (HEADER + "0 0 0\n0 0 0\n", "no focal point"),
    ],
)
def test_wrong_points_are_told_in_one_line(grid, tmp_path, text, says):
    path = tmp_path / "p.txt"
    path.write_text(text)
    with pytest.raises(LandscapeError) as caught:
        read_focal(path, grid)
    assert says in str(caught.value)
    assert str(caught.value).isprintable()


# ---- the command


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    head = "ncols 4\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 1\nNODATA_value -9999\n"
    for name, row in {
        "h": "1 2 4 -9999",
        "s": "2 0 0 0",
        "g": "-9999 -9999 0.5 -9999",
        "m": "0 0 1 -9999",
        "r": "5 5 0 0",
        "zero": "1 0 1 1",
        "two": "1 -9999 1 1",
    }.items():
        (tmp_path / f"{name}.asc").write_text(head + row + "\n")
    (tmp_path / "p.txt").write_text("1 0.5 0.5\n2 2.5 0.5\n")
    (tmp_path / "off.txt").write_text("1 0.5 0.5\n2 3.5 0.5\n")
    return tmp_path


def row(path):
    return read_ascii_grid(path).values[0]


SERIES = ("--connect", "average-resistance")


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (("p.txt", *SERIES), "0 1 2\n1 0 4.5\n2 4.5 0\n"),
        (("p.txt", *SERIES, "--mode", "one-to-all", "--method", "amg"), "1 4.5\n2 4.5\n"),
        (("p.txt", *SERIES, "--values", "conductance"), "0 1 2\n1 0 1.125\n2 1.125 0\n"),
        (("p.txt", *SERIES, "--neighbours", "4", "--regions", "r.asc"), "0 1 2\n1 0 3\n2 3 0\n"),
    ],
)
def test_resistance(files, capsys, words, printed):
    assert main(["theory", "resistance", "h.asc", *words]) == 0
    assert capsys.readouterr().out == printed
    assert main(["theory", "resistance", "h.asc", *words, "--out", "r.txt"]) == 0
    assert (files / "r.txt").read_text() == printed


def test_maps(files, capsys):
    def theory(*words):
        assert main(["theory", *words, "--out", "o.asc"]) == 0
        return row("o.asc")

    for mode in ("pairwise", "one-to-all", "all-to-one"):
        amperes = 1 if mode == "pairwise" else 2
        found = theory("current", "h.asc", "p.txt", "--mode", mode)
        assert found == pytest.approx([amperes] * 3 + [NAN], nan_ok=True)
    found = theory(
        "current",
        "h.asc",
        "--sources",
        "s.asc",
        "--grounds",
        "g.asc",
        *SERIES,
        "--voltages",
        "v.asc",
    )
    assert found == pytest.approx([2, 2, 2, NAN], nan_ok=True)
    assert row("v.asc") == pytest.approx([10, 7, 1, NAN], nan_ok=True)
    theory(
        "current",
        "h.asc",
        "--sources",
        "s.asc",
        "--grounds",
        "g.asc",
        *SERIES,
        "--grounds-are",
        "conductance",
        "--voltages",
        "v.asc",
    )
    assert row("v.asc") == pytest.approx([13, 10, 4, NAN], nan_ok=True)
    # from the middle, right with 1/3: expected steps by first-step analysis
    found = theory("survival", "h.asc", "--mortality", "m.asc", *SERIES)
    assert found == pytest.approx([7, 6, 1, NAN], nan_ok=True)
    assert theory("survival", "h.asc", "--mortality", "0.25")[:3] == pytest.approx([4] * 3)
    found = theory("visits", "h.asc", "p.txt", "--mortality", "m.asc", *SERIES)
    assert found == pytest.approx([1.5, 1.5, 1, NAN], nan_ok=True)
    assert theory("visits", "h.asc", "p.txt", "--steps", "1")[:3] == pytest.approx([0.5, 0, 0.5])
    (files / "q.txt").write_text("1 2.5 0.5\n")
    assert theory("passage", "h.asc", "q.txt", *SERIES)[:3] == pytest.approx([6, 5, 0])
    found = theory(
        "passage", "h.asc", "q.txt", *SERIES, "--what", "probability", "--mortality", "0.5"
    )
    # h1 = 1/2 (1/3 + 2/3 h0), h0 = h1 / 2
    assert found[:3] == pytest.approx([0.1, 0.2, 1])
    # the same number twice: walkers start from, and arrive at, any cell of the place
    (files / "w.txt").write_text("1 0.5 0.5\n1 1.5 0.5\n")
    assert theory("visits", "h.asc", "w.txt", "--steps", "1")[:3] == pytest.approx([0.5, 0.5, 0])
    assert theory("passage", "h.asc", "w.txt")[:3] == pytest.approx([0, 0, 1])
    assert "corridor-sim:" not in capsys.readouterr().err


def test_infinite_resistance_is_said(files, capsys):
    assert main(["theory", "resistance", "two.asc", "off.txt"]) == 0
    out, err = capsys.readouterr()
    assert out == "0 1 2\n1 0 inf\n2 inf 0\n"
    assert err == "corridor-sim: not connected, infinite resistance: 1 and 2\n"
    assert main(["theory", "resistance", "two.asc", "off.txt", "--mode", "one-to-all"]) == 0
    out, err = capsys.readouterr()
    assert out == "1 inf\n2 inf\n"
    assert "no other focal point can be reached from 1, 2: infinite resistance" in err
    words = ["two.asc", "off.txt", "--mode", "all-to-one", "--out", "c.asc"]
    assert main(["theory", "current", *words]) == 0
    assert "focal point 1 is connected to no other" in capsys.readouterr().err
    assert main(["theory", "passage", "two.asc", "p.txt", "--out", "c.asc"]) == 0
    assert capsys.readouterr().err == ""
    (files / "one.txt").write_text("1 0.5 0.5\n")
    assert main(["theory", "passage", "two.asc", "one.txt", "--out", "c.asc"]) == 0
    assert "from 2 of 3 nodes none arrives: no data in the map" in capsys.readouterr().err
    assert main(["theory", "survival", "two.asc", "--mortality", "m.asc", "--out", "c.asc"]) == 2
    assert "mortality: no value in row 1, column 4" in capsys.readouterr().err
    head = (files / "m.asc").read_text().splitlines()[:-1]
    (files / "m1.asc").write_text("\n".join([*head, "0 0 1 0", ""]))
    assert main(["theory", "survival", "two.asc", "--mortality", "m1.asc", "--out", "c.asc"]) == 0
    assert "from 1 of 3 nodes death is not certain: no data" in capsys.readouterr().err
    assert row("c.asc")[2:] == pytest.approx([1, 2])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("resistance zero.asc p.txt", "zero.asc: a resistance of 0 in row 1, column 2"),
        ("resistance h.asc off.txt", "focal point 2 in row 1, column 4 lies on no data"),
        ("resistance none.asc p.txt", "none.asc: no such file"),
        ("current h.asc --out c.asc", "give either POINTS or both --sources and --grounds"),
        ("current h.asc p.txt --sources s.asc --out c.asc", "give either POINTS or both"),
        ("current h.asc p.txt --voltages v.asc --out c.asc", "--voltages: one map for many"),
        ("survival h.asc --mortality 2 --out c.asc", "mortality: 2 is no probability"),
        ("survival h.asc --mortality nan --out c.asc", "mortality: no value in row 1"),
        ("survival h.asc --mortality 0 --out c.asc", "no state absorbs"),
        ("survival h.asc --mortality none.asc --out c.asc", "none.asc: no such file"),
        ("visits h.asc p.txt --steps -4 --out c.asc", "steps: -4 steps; use a whole number"),
        ("visits h.asc p.txt --out c.asc", "walkers live for ever"),
    ],
)
def test_mistakes_are_one_line(files, capsys, words, says):
    assert main(["theory", *words.split()]) == 2
    out, err = capsys.readouterr()
    assert says in err
    assert len(err.splitlines()) == 1
    assert out == ""
    assert not (files / "c.asc").exists()
