"""What cannot be computed is refused in a line, soon, before memory is taken."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from corridor_sim.cli.main import main
from corridor_sim.connectivity.chain import walk_chain
from corridor_sim.connectivity.circuit import one_to_all, pair_flow, pairwise_resistance
from corridor_sim.connectivity.focal import Focal
from corridor_sim.connectivity.graph import conductance_raster
from corridor_sim.connectivity.grid_file import read_ascii_grid
from corridor_sim.connectivity.solve import factorised
from corridor_sim.errors import LandscapeError, ResourceError

NAN = float("nan")


def head(cols, rows):
    return f"ncols {cols}\nnrows {rows}\nxllcorner 0\nyllcorner 0\ncellsize 1\n"


@pytest.fixture
def grids(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(**rows):
        for name, text in rows.items():
            n = len(text.split())
            (tmp_path / f"{name}.asc").write_text(f"{head(n, 1)}{text}\n")

    write(
        zero="1 0 1 1",
        negative="1 -2 1 1",
        nan="1 nan 1 1",
        inf="1 inf 1 1",
        tiny="1 1e-320 1 1",
        far="1 1e13 1 1",
        huge="1e101 1e101 1e101 1e101",
        empty="-9999 -9999 -9999 -9999",
        good="1 2 3 4",
        island="1 1 -9999 1",
        ends="1 0 0 2",
        one="5 0 0 0",
        hole="1 0 2 0",
    )
    return tmp_path


@pytest.mark.parametrize("action", ["resistance", "current", "survival", "visits", "passage"])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("zero", "a resistance of 0 in row 1, column 2"),
        ("negative", "a resistance below 0 in row 1, column 2"),
        ("nan", "nan.asc:6: 'nan' is no number"),
        ("inf", "inf.asc:6: 'inf' is no number"),
        ("tiny", "too small to invert in row 1, column 2"),
        ("far", "conductances of 1e-13 to 1 differ more than 1e+12 times"),
        ("huge", "leave 1e-100 to 1e+100; rescale"),
        ("empty", "no cell has data"),
    ],
)
def test_impossible_costs(grids, capsys, action, name, says):
    points = [] if action == "survival" else ["ends.asc"]
    more = ["--mortality", "0.1"] if action in ("survival", "visits") else []
    out = ["--out", "o.asc"] if action != "resistance" else []
    assert main(["theory", action, f"{name}.asc", *points, *more, *out]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("action", ["resistance", "current", "visits", "passage"])
def test_a_place_on_no_data(grids, capsys, action):
    more = ["--mortality", "0.1"] if action == "visits" else []
    out = ["--out", "o.asc"] if action != "resistance" else []
    assert main(["theory", action, "island.asc", "hole.asc", *more, *out]) == 2
    assert "focal point 2 in row 1, column 3 lies on no data" in capsys.readouterr().err


@pytest.mark.parametrize("action", ["resistance", "current"])
@pytest.mark.parametrize("mode", ["pairwise", "one-to-all"])
def test_a_single_focal_point(grids, capsys, action, mode):
    out = ["--out", "o.asc"] if action == "current" else []
    assert main(["theory", action, "good.asc", "one.asc", "--mode", mode, *out]) == 2
    assert "one.asc: holds one focal point, 5; give two or more" in capsys.readouterr().err


def test_an_island_is_said(grids, capsys):
    assert main(["theory", "resistance", "island.asc", "ends.asc"]) == 0
    out, err = capsys.readouterr()
    assert out == "0 1 2\n1 0 inf\n2 inf 0\n"
    assert "not connected, infinite resistance: 1 and 2" in err
    raster = conductance_raster(np.array([[1, 1, NAN, 1]]))
    focal = Focal.at([(0, 0), (0, 3)], (1, 4))
    with pytest.raises(LandscapeError, match="1 and 2 are not connected: infinite resistance"):
        pair_flow(raster, focal, 1, 2)
    assert main(["theory", "survival", "island.asc", "--mortality", "0", "--out", "o.asc"]) == 2
    assert "no state absorbs, walkers live for ever" in capsys.readouterr().err


@pytest.mark.parametrize("method", ["direct", "amg"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (1, 9), (9, 1)])
def test_thin_rasters(method, shape):
    raster = conductance_raster(np.full(shape, 3.0))
    n = max(shape)
    last = (shape[0] - 1, shape[1] - 1)
    focal = Focal.at([(0, 0), last], shape)
    assert pairwise_resistance(raster, focal, method=method)[0, 1] == pytest.approx(3 * (n - 1))
    found = [r for _, r, _ in one_to_all(raster, focal, method=method)]
    assert found == pytest.approx([3 * (n - 1) if n > 1 else np.inf] * 2)
    chain = walk_chain(raster.graph(), 0.2, method=method)
    assert chain.survival_time() == pytest.approx([5] * n)


@pytest.mark.parametrize("header", [head(65536, 32768), head(1, 2**31), head(10**15, 10**15)])
def test_too_many_cells_are_refused_from_the_header(tmp_path, header):
    path = tmp_path / "a.asc"
    path.write_text(header + "1 1\n")
    tracemalloc.start()
    try:
        with pytest.raises(LandscapeError, match=r"cells exceed 2\^31; use larger cells"):
            read_ascii_grid(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_header_that_promises_more_than_the_file_holds(tmp_path):
    path = tmp_path / "a.asc"
    path.write_text(head(40000, 40000) + "1 1\n")
    tracemalloc.start()
    try:
        with pytest.raises(LandscapeError, match="bytes cannot hold 40000 x 40000 numbers"):
            read_ascii_grid(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_what_has_no_solution_is_said():
    with pytest.raises(ResourceError, match="the system of 2 nodes is singular"):
        factorised(np.array([[1.0, -1.0], [-1.0, 1.0]]))
