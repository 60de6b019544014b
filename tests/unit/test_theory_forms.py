"""Grids and lists as people have them: read alike, or refused in one line that helps."""

from __future__ import annotations

import gzip
import os

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from corridor_sim import memory
from corridor_sim.cli.main import main
from corridor_sim.connectivity.graph import conductance_raster
from corridor_sim.connectivity.grid_file import (
    read_ascii_grid,
    read_grid,
    write_ascii_grid,
    write_grid,
)
from corridor_sim.connectivity.lists import read_focal, read_pairs, read_sources
from corridor_sim.errors import LandscapeError, ResourceError

CELLS = np.array([[1.0, 2, 3], [4, np.nan, 6], [7, 8, 9]])
HEADER = ["ncols 3", "nrows 3", "xllcorner 10", "yllcorner 20", "cellsize 2", "NODATA_value -9999"]
ROWS = ["1 2 3", "4 -9999 6", "7 8 9"]
TEXT = "\n".join(HEADER + ROWS) + "\n"
NORTH_UP = Affine(2, 0, 10, 0, -2, 26)

ALIKE = {
    "plain": TEXT,
    "byte order mark": "\ufeff" + TEXT,
    "mark and Windows": "\ufeff" + TEXT.replace("\n", "\r\n"),
    "indented": "\n".join(" \t " + line for line in HEADER + ROWS),
    "tabs": TEXT.replace(" ", "\t"),
    "upper case": TEXT.upper(),
    "any order": "\n".join(HEADER[::-1] + ROWS) + "\n",
    "rows first": "\n".join([HEADER[1], HEADER[0], *HEADER[2:], *ROWS]),
    "centres": TEXT.replace("xllcorner 10", "xllcenter 11").replace("yllcorner 20", "YLLCENTER 21"),
    "no nodata": TEXT.replace("NODATA_value -9999\n", ""),
    "nodata nan": TEXT.replace("-9999", "nan"),
    "nodata NaN": TEXT.replace("value -9999", "value NaN").replace("-9999", "NAN"),
    "scientific": TEXT.replace("4 ", "4.0e0 ").replace("cellsize 2", "cellsize 2E+0"),
    "blanks at ends": "\n".join(line + "  \t" for line in HEADER + ROWS) + "\n\n \n",
    "empty lines": "\n" + TEXT.replace("cellsize", "\n\ncellsize"),
    "no last line end": TEXT.rstrip("\n"),
    "end of file mark": TEXT + "\x1a",
    "single precision": TEXT.replace("value -9999", "value -3.4028235e+38").replace(
        "-9999", "-3.4028234663852886e+38"
    ),
    "dx and dy": TEXT.replace("cellsize 2", "dx 2\ndy 2"),
    "signs and points": TEXT.replace("1 2 3", "+1. 02 3.00"),
}


@pytest.mark.parametrize("form", ALIKE)
@pytest.mark.parametrize("packed", [False, True])
def test_forms_of_one_grid(tmp_path, form, packed):
    path = tmp_path / ("a.asc.gz" if packed else "a.asc")
    data = ALIKE[form].encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    for reader in (read_grid, read_ascii_grid):
        grid = reader(path)
        assert np.array_equal(grid.values, CELLS, equal_nan=True)
        assert (grid.west, grid.south, grid.cell) == (10, 20, 2)
    # the same file as a grid of focal points
    assert read_focal(path, grid).ids == (1, 2, 3, 4, 6, 7, 8, 9)


def save(path, values, *, transform=NORTH_UP, count=1, driver="GTiff", **how):
    values = np.asarray(values)
    rows, cols = values.shape
    with rasterio.open(
        path,
        "w",
        driver=driver,
        width=cols,
        height=rows,
        count=count,
        dtype=values.dtype.name,
        transform=transform,
        **how,
    ) as file:
        for band in range(count):
            file.write(values, band + 1)
    return path


FILLED = np.where(np.isnan(CELLS), 0, CELLS)


@pytest.mark.parametrize("kind", ["uint8", "int16", "int32", "int64", "float32", "float64"])
def test_a_raster_of_any_number_type(tmp_path, kind):
    path = save(tmp_path / "a.tif", FILLED.astype(kind), nodata=0, crs="EPSG:32717")
    grid = read_grid(path)
    assert np.array_equal(grid.values, CELLS, equal_nan=True)
    assert (grid.west, grid.south, grid.cell) == (10, 20, 2)
    assert "32717" in grid.crs


def test_other_rasters(tmp_path):
    nan = read_grid(save(tmp_path / "nan.tif", CELLS))
    img = read_grid(save(tmp_path / "a.img", FILLED.astype("float32"), driver="HFA", nodata=0))
    (tmp_path / "a.tif.gz").write_bytes(gzip.compress((tmp_path / "nan.tif").read_bytes()))
    for grid in (nan, img, read_grid(tmp_path / "a.tif.gz")):
        assert np.array_equal(grid.values, CELLS, equal_nan=True)
        assert (grid.west, grid.south, grid.cell) == (10, 20, 2)
    path = save(tmp_path / "s.tif", FILLED.astype("uint8"), nodata=0)
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.5,), (10,)
    assert np.array_equal(read_grid(path).values, CELLS * 0.5 + 10, equal_nan=True)
    path = save(tmp_path / "m.tif", FILLED.astype("uint8"))
    with rasterio.open(path, "r+") as file:
        file.write_mask(~np.isnan(CELLS))
    assert np.array_equal(read_grid(path).values, CELLS, equal_nan=True)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"count": 3}, "has 3 bands; save the one you mean as GeoTIFF"),
        ({"transform": Affine(2, 0.1, 10, 0.1, -2, 26)}, "not square or the map is turned"),
        ({"transform": Affine(2, 0, 10, 0, -3, 26)}, "not square or the map is turned"),
        ({"transform": Affine(2, 0, 10, 0, 2, 20)}, "not square or the map is turned"),
        ({"transform": Affine(-2, 0, 16, 0, -2, 26)}, "has no place that makes sense"),
        ({"values": CELLS.astype("complex64")}, "holds complex numbers; save real ones"),
    ],
)
def test_rasters_that_are_no_grid(tmp_path, how, says):
    how = dict(how)
    path = save(tmp_path / "a.tif", how.pop("values", FILLED.astype("uint8")), **how)
    with pytest.raises(LandscapeError) as caught:
        read_grid(path)
    assert says in str(caught.value)


def test_a_large_raster_is_refused_from_its_header(tmp_path, monkeypatch):
    path = tmp_path / "a.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=44_000,
        height=44_000,
        count=1,
        dtype="float64",
        transform=NORTH_UP,
        sparse_ok=True,
        tiled=True,
    ):
        pass
    monkeypatch.setattr(memory, "available_bytes", lambda: 8e9)
    with pytest.raises(ResourceError, match=r"44000 x 44000 cells needs about 46.5 GB of"):
        read_grid(path)
    packed = tmp_path / "b.asc.gz"
    head = "ncols 40000\nnrows 40000\nxllcorner 0\nyllcorner 0\ncellsize 1\n"
    packed.write_bytes(gzip.compress(head.encode() + b"1 " * 40000))
    with pytest.raises(ResourceError, match=r"40000 x 40000 cells needs about 38.4 GB of"):
        read_grid(packed)


def test_maps_are_written_as_their_name_says(tmp_path):
    like = read_grid(save(tmp_path / "a.tif", CELLS, crs="EPSG:32717"))
    values = CELLS / 3
    for name in ("o.tif", "o.TIFF", "o.asc", "o.asc.gz", "o"):
        path = write_grid(tmp_path / name, values, like)
        again = read_grid(path)
        like.same_place(again)
        assert again.values == pytest.approx(values, nan_ok=True, rel=1e-9)
    with rasterio.open(tmp_path / "o.tif") as file:
        assert file.crs.to_epsg() == 32717
        assert np.isnan(file.nodata)
        assert np.array_equal(file.read(1), values, equal_nan=True)
    # a result of just the usual number for no data stays a result
    grid = read_ascii_grid(write_ascii_grid(tmp_path / "n.asc", CELLS - 10000, like))
    assert np.array_equal(grid.values, CELLS - 10000, equal_nan=True)


BROKEN = {
    "nan": (TEXT.replace("8", "nan"), "a.asc:9: 'nan' is no number; write the NODATA_value in"),
    "nan in front": (TEXT.replace("7 8", "nan 8"), "a.asc:9: 'nan' is no number"),
    "nan at once": (TEXT.replace("1 2", "nan 2"), "a.asc:7: 'nan' is no number"),
    "inf in front": (TEXT.replace("1 2", "inf 2"), "a.asc:7: 'inf' is no number"),
    "comma": (TEXT.replace("8", "8,5"), "a.asc:9: '8,5' is no number; write decimals with a point"),
    "commas": (TEXT.replace("7 8 9", "7,8,9"), "9: 1 numbers instead of 3; separate numbers by"),
    "comma in header": (TEXT.replace("size 2", "size 2,5"), "a.asc:5: '2,5' is no number; write"),
    "short": (TEXT.replace("7 8", "7"), "a.asc:9: 2 numbers instead of 3; give 3 on the line"),
    "long": (TEXT.replace("7 8", "7 8 8"), "a.asc:9: 4 numbers instead of 3; give 3 on the line"),
    "old Mac": (TEXT.replace("\n", "\r"), "lines end in carriage returns alone; save it with"),
    "UTF-16": (TEXT.encode("utf-16"), "a.asc: is text in UTF-16; save it as UTF-8"),
    "empty": ("", "no ncols in the header"),
    "spaces": (" \n \n", "no ncols in the header"),
    "zeros": (b"\0" * 99, "cannot be opened as a raster"),
    "a zero inside": (TEXT.replace("8", "\0").encode(), "is no raster that can be read"),
    "noise": (bytes(range(256)) * 3, "cannot be opened as a raster"),
    "page": ("<html><body>gone</body></html>", "no ncols in the header"),
    "virtual raster": ("<VRTDataset rasterXSize='3' rasterYSize='3'/>", "no ncols in the header"),
    "wide": (TEXT.replace("ncols 3", "ncols 1000000000"), "3 x 1000000000 cells exceed 2^31"),
    "wider": (TEXT.replace("ncols 3", "ncols 1e300"), "3 x 1e+300 cells exceed 2^31"),
    "wide but fits": (TEXT.replace("ncols 3", "ncols 700000000"), "cannot hold 3 x 700000000"),
    "columns below 0": (TEXT.replace("ncols 3", "ncols -3"), "ncols -3 is impossible"),
    "cell below 0": (TEXT.replace("size 2", "size -2"), "cellsize -2 is impossible"),
    "cell 0": (TEXT.replace("size 2", "size 0"), "cellsize 0 is impossible"),
    "cell nan": (TEXT.replace("size 2", "size nan"), "a.asc:5: 'nan' is no number"),
    "cell inf": (TEXT.replace("size 2", "size inf"), "a.asc:5: 'inf' is no number"),
    "not square": (TEXT.replace("cellsize 2", "dx 2\ndy 3"), "cells are not square: 2.0 x 3.0"),
    "dx alone": (TEXT.replace("cellsize 2", "dx 2"), "cells are not square: 2.0 x None"),
    "key": (TEXT.replace("ncols 3", "ncol 3"), "a.asc:1: unknown key 'ncol'; did you mean"),
    "equals": (TEXT.replace("ncols 3", "ncols=3"), "a.asc:1: unknown key 'ncols=3'; did you mean"),
    "no header end": ("ncols 3\n" + "\n" * 60, "has no numbers after its header"),
    "cut": (gzip.compress(TEXT.encode())[:-6], "cannot be read: Compressed file ended"),
    "no gzip": (b"\x1f\x8b" + b"x" * 50, "cannot be read"),
    "below 0": (TEXT.replace("8", "-8"), "a resistance below 0 in row 3, column 2"),
}


@pytest.mark.parametrize("form", BROKEN)
def test_what_is_no_grid_is_told_in_one_line(tmp_path, monkeypatch, capsys, form):
    monkeypatch.chdir(tmp_path)
    data, says = BROKEN[form]
    (tmp_path / "a.asc").write_bytes(data if isinstance(data, bytes) else data.encode())
    (tmp_path / "ok.asc").write_text(TEXT)
    (tmp_path / "p.txt").write_text("1 11 25\n2 15 21\n")
    assert main(["theory", "resistance", "a.asc", "p.txt"]) == 2
    out, err = capsys.readouterr()
    assert says in err
    assert out == ""
    assert len(err.splitlines()) == 1
    for words in (["a.asc"], ["p.txt", "--regions", "a.asc"], ["p.txt", "--mask", "a.asc"]):
        code = main(["theory", "resistance", "ok.asc", *words])
        assert code == (2 if form != "below 0" else code)
        assert len(capsys.readouterr().err.splitlines()) == (code == 2)


@pytest.mark.parametrize("name", [".", "none.asc", "x" * 300, "a\0b", "d/" * 3000 + "a", "fifo"])
def test_what_is_no_file_is_told_in_one_line(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo")
    (tmp_path / "ok.asc").write_text(TEXT)
    (tmp_path / "p.txt").write_text("1 11 25\n2 15 21\n")
    for words in (
        [name, "p.txt"],
        ["ok.asc", name],
        ["ok.asc", "p.txt", "--pairs", name],
        ["ok.asc", "p.txt", "--mask", name],
    ):
        assert main(["theory", "resistance", *words]) == 2
        err = capsys.readouterr().err
        assert len(err.splitlines()) == 1
        assert len(err) < 300


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "a.asc"
    path.write_text(TEXT)
    path.chmod(0)
    with pytest.raises(LandscapeError, match="cannot be read: Permission denied; check that you"):
        read_grid(path)


def test_points_far_off_make_no_noise(tmp_path):
    path = tmp_path / "a.asc"
    path.write_text(TEXT.replace("cellsize 2", "cellsize 1e-300"))
    points = tmp_path / "p.txt"
    points.write_text("1 1e300 1e300\n")
    with pytest.raises(LandscapeError, match="is outside"):
        read_focal(points, read_grid(path))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1,11,25\n", "p.txt:1: 1 numbers instead of 3; separate numbers by blanks"),
        ("1 11,5 25\n", "p.txt:1: '11,5' is no number; write decimals with a point"),
        ("id x y\n1 11 25\n", "p.txt:1: 'id' is no number"),
        ("1 11 25 " + " " * 999 + "\n", "p.txt:1: is a very long line"),
        ("1 11 nan\n", "p.txt:1: 'nan' is no number"),
        ("nrow 3\n", "unknown key 'nrow'; did you mean 'nrows'?"),
    ],
)
def test_lists_that_are_none(tmp_path, text, says):
    (tmp_path / "a.asc").write_text(TEXT)
    path = tmp_path / "p.txt"
    path.write_text(text)
    with pytest.raises(LandscapeError) as caught:
        read_focal(path, read_grid(tmp_path / "a.asc"))
    assert says in str(caught.value)


def test_lists_with_a_mark_and_windows_line_ends(tmp_path):
    (tmp_path / "a.asc").write_text(TEXT)
    grid = read_grid(tmp_path / "a.asc")
    path = tmp_path / "p.txt"
    path.write_bytes("\ufeff1 11 25\r\n\r\n 2\t15\t21 \r\n\x1a".encode())
    focal = read_focal(path, grid)
    assert focal.ids == (1, 2)
    assert [cells.tolist() for cells in focal.cells] == [[0], [8]]
    path.write_bytes("\ufeffMode\tInclude\r\n1 2\r\n".encode())
    assert read_pairs(path, focal) == {frozenset((1, 2))}


# ---- Circuitscape's other forms


def test_pairs_as_a_matrix_and_pairs_with_0(tmp_path):
    raster = conductance_raster(np.ones((1, 4)))
    (tmp_path / "a.asc").write_text(
        "ncols 4\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 1\n1 2 3 4\n"
    )
    grid = read_grid(tmp_path / "a.asc")
    assert grid.values.shape == raster.shape
    focal = read_focal(tmp_path / "a.asc", grid)
    path = tmp_path / "l.txt"
    path.write_text("min\t2\nmax 5\n0 1 2 4\n1 0 3 9\n2 3 0 5\n4 9 5 0\n")
    assert read_pairs(path, focal) == {frozenset((1, 2)), frozenset((2, 4))}
    path.write_text("mode include\n1 2\n4 0\n0 0\n")
    assert read_pairs(path, focal) == {frozenset((1, 2))}
    for text, says in (
        ("min 2\n0 1\n1 0\n", "is no matrix of pairs; give the lines min and max"),
        ("min 2\nmax 5\n", "is no matrix of pairs"),
        ("min 2\nmax 5\n0 1 2\n1 0 3\n2 9 0\n", "wants 1 with 2 one way and not the other"),
        ("min 2\nmax 5\n0 1 2\n1 0 3\n", "l.txt:3: 3 numbers instead of 2"),
        ("min 2\nmax 5\n0 1 7\n1 0 3\n7 3 0\n", "l.txt:3: 7 is no focal point"),
        ("min 2\nmax 5\n0 1 2\n2 0 3\n1 3 0\n", "l.txt:4: row of 2 where column 1 stands"),
        ("min 2\nmax 5,5\n0 1\n1 0\n", "l.txt:2: '5,5' is no number"),
    ):
        path.write_text(text)
        with pytest.raises(LandscapeError) as caught:
            read_pairs(path, focal)
        assert says in str(caught.value)


def test_sources_and_grounds_as_lists(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    head = "ncols 3\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 1\n"
    (tmp_path / "h.asc").write_text(head + "1 2 4\n")
    (tmp_path / "s.txt").write_text("2 0.5 0.5\n")
    (tmp_path / "g.txt").write_text("1 2.5 0.5\n1 2.6 0.4\n")
    words = ["theory", "current", "h.asc", "--connect", "average-resistance"]
    words += ["--sources", "s.txt", "--grounds", "g.txt", "--out", "c.asc", "--voltages", "v.asc"]
    assert main(words) == 0
    # two grounds of 1 ohm in one cell are one of half an ohm
    assert read_ascii_grid("v.asc").values[0] == pytest.approx([10, 7, 1])
    grid = read_grid("h.asc")
    assert read_sources("g.txt", grid, inverse=True).tolist() == [[0, 0, 2]]
    (tmp_path / "z.txt").write_text("0 2.5 0.5\n")
    assert read_sources("z.txt", grid, inverse=True).tolist() == [[0, 0, np.inf]]
    for text, says in (
        ("-1 2.5 0.5\n", "g.txt:1: a ground below 0, -1; make it positive"),
        ("1 9 9\n", "g.txt:1: 1 at 9, 9 is outside h.asc"),
        ("\n", "g.txt: has no point; give lines: value x y"),
    ):
        (tmp_path / "g.txt").write_text(text)
        capsys.readouterr()
        assert main(words) == 2
        assert says in capsys.readouterr().err


def test_the_command_reads_and_writes_geotiffs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save("h.tif", FILLED.astype("float32"), nodata=0, crs="EPSG:32717")
    (tmp_path / "h.asc").write_text(TEXT)
    (tmp_path / "p.txt").write_text("1 11 25\n2 15 21\n")
    printed = []
    for name in ("h.tif", "h.asc"):
        assert main(["theory", "resistance", name, "p.txt"]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert main(["theory", "survival", "h.tif", "--mortality", "h.tif", "--out", "o.tif"]) == 2
    assert "mortality: 2 is no probability" in capsys.readouterr().err
    for value in ("1_0", "0x1"):
        assert main(["theory", "survival", "h.tif", "--mortality", value, "--out", "o.tif"]) == 2
        assert "no such file" in capsys.readouterr().err
    assert not (tmp_path / "o.tif").exists()
    assert main(["theory", "survival", "h.tif", "--mortality", "0.25", "--out", "o.tif"]) == 0
    with rasterio.open("o.tif") as file:
        assert file.crs.to_epsg() == 32717
        assert np.nanmax(np.abs(file.read(1) - 4)) < 1e-12
    other = save("q.tif", FILLED.astype("uint8"), transform=Affine(2, 0, 12, 0, -2, 26))
    assert main(["theory", "resistance", "h.tif", str(other)]) == 2
    assert "west is 12, in h.tif it is 10" in capsys.readouterr().err
