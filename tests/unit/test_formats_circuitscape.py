"""Circuitscape's files: small circuits whose answer is known, round trips, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import corridor_sim as cs
from corridor_sim.cli.main import main
from corridor_sim.connectivity.grid_file import read_grid

Circuitscape = cs.formats.Circuitscape
NAN = float("nan")
# 3 x 3 cells in a ring around one without data
RING = "ncols 3\nnrows 3\nxllcorner 0\nyllcorner 0\ncellsize 1\n1 2 1\n1 -9999 4\n1 1 1\n"
HEAD = "[Habitat raster or graph]\nhabitat_file = ring.asc\n[Circuitscape mode]\n"


def ini(folder: Path, text: str, points: str = "1 0.5 2.5\n2 2.5 0.5\n") -> Path:
    (folder / "ring.asc").write_text(RING)
    (folder / "points.txt").write_text(points)
    path = folder / "toy.ini"
    path.write_text(HEAD + text)
    return path


def test_a_ring_of_resistors_is_two_ways_in_parallel(tmp_path: Path) -> None:
    said = "scenario = pairwise\npoint_file = points.txt\nconnect_four_neighbors_only = True\n"
    said += "connect_using_avg_resistances = True\nwrite_cur_maps = True\n"
    found = Circuitscape.read(ini(tmp_path, said)).solve()
    # between neighbours the mean of both resistances: over the north 1.5 1.5 2.5 2.5, south 4 of 1
    north, south = 1.5 + 1.5 + 2.5 + 2.5, 4.0
    ohm = found["resistances"].loc[1, 2]
    assert ohm == pytest.approx(1 / (1 / north + 1 / south), rel=1e-12)
    share = south / (north + south)
    around = [[1, share, share], [1 - share, NAN, share], [1 - share, 1 - share, 1]]
    assert np.allclose(found["current"].to_numpy(), around, equal_nan=True)


def test_sources_and_grounds_follow_ohms_law(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("3 0.5 2.5\n")
    (tmp_path / "out.txt").write_text("5 2.5 0.5\n")
    said = "scenario = advanced\nsource_file = in.txt\nground_file = out.txt\n"
    said += "connect_four_neighbors_only = True\nconnect_using_avg_resistances = True\n"
    asked = said + "write_volt_maps = True\nwrite_cur_maps = True\n"
    found = Circuitscape.read(ini(tmp_path, asked)).solve()
    ohm = 1 / (1 / 8 + 1 / 4)
    assert float(found["voltage"][0, 0]) == pytest.approx(3 * (5 + ohm))
    unit = ini(tmp_path, asked + "use_unit_currents = True\nuse_direct_grounds = True\n")
    assert float(Circuitscape.read(unit).solve()["voltage"][0, 0]) == pytest.approx(ohm)


CONFLICT = {"keepall": 2.0, "rmvgnd": 8 / 3 + 1, "rmvsrc": None}


@pytest.mark.parametrize("rule", CONFLICT)
def test_who_is_source_and_ground_is_as_the_file_says(rule: str, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("1 0.5 2.5\n")
    (tmp_path / "out.txt").write_text("1 0.5 2.5\n1 2.5 0.5\n")
    said = "scenario = advanced\nsource_file = in.txt\nground_file = out.txt\n"
    said += "connect_four_neighbors_only = True\nconnect_using_avg_resistances = True\n"
    run = Circuitscape.read(ini(tmp_path, f"{said}remove_src_or_gnd = {rule}\n"))
    if CONFLICT[rule] is None:
        with pytest.raises(cs.CorridorSimError, match="no source can reach a ground"):
            run.solve()
        return
    ohm = 8 / 3 + 1
    wanted = 1 / (1 / ohm + 1) if rule == "keepall" else ohm
    assert float(run.solve()["voltage"][0, 0]) == pytest.approx(wanted)


def runs() -> dict[str, Circuitscape]:
    """Every mode with everything that it can have."""
    rng = np.random.default_rng(8)
    values = rng.uniform(0.1, 7, (6, 5))
    values[2, 1:3] = NAN
    x, y = 500 + 30.0 * np.arange(5) + 15, 9000 - 30.0 * np.arange(6) - 15
    ground = xr.DataArray(values, coords={"y": y, "x": x}, dims=("y", "x"))
    regions = np.zeros((6, 5))
    regions[0, 3:] = 2
    how: dict[str, Any] = {"regions": regions, "neighbours": 4, "connect": "average_resistance"}
    points = [(515, 8985), (635, 8835), (515, 8835)]
    marks = np.zeros((6, 5))
    marks[0, 0], marks[5, 1:4], marks[3, 4] = 4, 9, 11
    one = Circuitscape.of(ground, points, **how)
    sources, down = np.zeros((6, 5)), np.full((6, 5), NAN)
    sources[0, 0], sources[5, 0], down[5, 4], down[3, 4] = 1.5, 0.3, 0.0, 12.0
    strong = {1: 2.0, 2: 0.25, 3: 1.0}
    pairs = frozenset({frozenset({1, 2}), frozenset({2, 3})})
    from dataclasses import replace

    return {
        "pairwise": one,
        "regions": Circuitscape.of(ground, marks, values_are="conductance"),
        "one-to-all": replace(one, mode="one-to-all", strengths=strong),
        "all-to-one": replace(one, mode="all-to-one", maps=frozenset({"current", "max_current"})),
        "pairs": replace(one, pairs=pairs, ending=".tif"),
        "advanced": Circuitscape.of(ground, mode="advanced", sources=sources, grounds=down, **how),
    }


@pytest.mark.parametrize("name", runs())
def test_what_is_written_reads_and_solves_the_same(name: str, tmp_path: Path) -> None:
    one = runs()[name]
    two = Circuitscape.read(one.write(tmp_path))
    assert np.array_equal(one.ground.values, two.ground.values, equal_nan=True)
    assert (one.mode, one.pairs, one.strengths, one.maps) == (
        two.mode,
        two.pairs,
        two.strengths,
        two.maps,
    )
    assert (one.network, one.ending) == (two.network, two.ending)
    first, second = one.solve(), two.solve()
    assert first.keys() == second.keys()
    assert first
    for key, values in first.items():
        assert np.allclose(values.to_numpy(), second[key].to_numpy(), rtol=1e-9, equal_nan=True)


def test_a_species_on_a_landscape_runs_the_same(tmp_path: Path) -> None:
    land = cs.load_landscape(cell_m=10_000)
    path = Circuitscape.of(land, of="jaguar").write(tmp_path)
    found = Circuitscape.read(path).solve()["resistances"]
    wanted = cs.theory.effective_resistance(land, of="jaguar")
    assert np.allclose(found.to_numpy(), wanted.to_numpy(), rtol=1e-9)


def test_the_command_writes_under_the_names_of_circuitscape(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "scenario = pairwise\npoint_file = points.txt\nwrite_cur_maps = True\n"
    path = ini(tmp_path, said + "write_max_cur_maps = True\noutput_file = ../../elsewhere.out\n")
    assert main(["theory", "run", str(path), "--out", str(tmp_path / "out")]) == 0
    names = {Path(line).name for line in capsys.readouterr().out.split()}
    assert names == {"toy_resistances.out", "toy_cum_curmap.asc", "toy_max_curmap.asc"}
    text = (tmp_path / "out" / "toy_resistances.out").read_text()
    assert text.startswith("0 1 2\n1 0 ")
    assert read_grid(tmp_path / "out" / "toy_cum_curmap.asc").values.shape == (3, 3)


def test_files_are_found_from_the_folder_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs").mkdir()
    path = ini(tmp_path, "scenario = pairwise\npoint_file = points.txt\n")
    moved = path.rename(tmp_path / "runs" / "toy.ini")
    monkeypatch.chdir(tmp_path)
    assert Circuitscape.read(moved).points is not None


BAD = [
    ("", "has no scenario"),
    ("scenario = sideways\n", "scenario = 'sideways' is not offered"),
    ("scenario = pairwise\n", "names no point_file"),
    ("scenario = pairwise\npoint_file = (Browse for a file)\n", "names no point_file"),
    ("scenario = pairwise\npoint_file = points.txt\nscenario = advanced\n", "comes twice"),
    ("scenario = pairwise\ndata_type = network\n", "data_type = 'network' is not offered"),
    ("scenario = pairwise\nuse_reclass_table = True\n", "use_reclass_table is not offered"),
    ("scenario = pairwise\nlog_transform_maps = true\n", "log_transform_maps is not offered"),
    ("scenario = pairwise\nwrite_volt_maps = True\n", "not offered with pairwise"),
    ("scenario = pairwise\nuse_polygons = maybe\n", "use_polygons = 'maybe'"),
    ("scenario = pairwise\nuse_polygons = True\n", "names no polygon_file"),
    ("scenario = pairwise\nuse_poligons = True\n", "did you mean 'use_polygons'"),
    ("scenario = pairwise\nhello\n", "no option: 'hello'"),
    ("scenario = advanced\nremove_src_or_gnd = rmvall\n", "'rmvall' is not offered"),
    ("scenario = pairwise\npoint_file = none.txt\n", "no such file"),
    ("scenario = pairwise\npoint_file = toy.ini\n", "numbers"),
]


@pytest.mark.parametrize(("text", "said"), BAD)
def test_what_is_not_offered_is_refused_by_name(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(cs.CorridorSimError, match=said):
        Circuitscape.read(ini(tmp_path, text))
