"""Masks, lists of pairs, source strengths and maps of the largest current."""

from __future__ import annotations

import numpy as np
import pytest

from corridor_sim import CorridorSimError
from corridor_sim.cli.main import main
from corridor_sim.connectivity.circuit import (
    advanced,
    all_to_one,
    one_to_all,
    pair_flow,
    pairwise_current,
    pairwise_resistance,
)
from corridor_sim.connectivity.focal import Focal
from corridor_sim.connectivity.graph import conductance_raster
from corridor_sim.connectivity.grid_file import read_ascii_grid
from corridor_sim.connectivity.lists import read_pairs, read_strengths
from corridor_sim.errors import LandscapeError

NAN = float("nan")
RASTER = conductance_raster(np.random.default_rng(4).uniform(1, 9, (6, 7)))
FOCAL = Focal.at([(0, 0), (5, 6), (0, 5), (4, 1)], (6, 7), ids=[1, 2, 3, 7])
PAIRS = frozenset({frozenset({1, 2}), frozenset({1, 7}), frozenset({3, 7})})


def test_only_the_listed_pairs_are_looked_at():
    every = pairwise_resistance(RASTER, FOCAL)
    found = pairwise_resistance(RASTER, FOCAL, pairs=PAIRS)
    left_out = ~np.eye(4, dtype=bool)
    for a, b in ((0, 1), (0, 3), (2, 3)):
        left_out[a, b] = left_out[b, a] = False
    assert np.array_equal(np.isnan(found), left_out)
    assert np.array_equal(found[~left_out], every[~left_out])


def test_maps_of_pairs_add_up_or_show_the_largest():
    maps = [pair_flow(RASTER, FOCAL, *pair).current_map() for pair in ((1, 2), (1, 7), (3, 7))]
    _, total = pairwise_current(RASTER, FOCAL, pairs=PAIRS)
    _, largest = pairwise_current(RASTER, FOCAL, pairs=PAIRS, combine="max")
    assert total == pytest.approx(np.sum(maps, axis=0), rel=1e-9)
    assert largest == pytest.approx(np.max(maps, axis=0), rel=1e-9)
    assert largest.max() == pytest.approx(1)
    with pytest.raises(CorridorSimError, match="combine: unknown 'mean'"):
        pairwise_current(RASTER, FOCAL, combine="mean")


def problem(sources, grounds):
    feed, ground = np.zeros((6, 7)), np.zeros((6, 7))
    for name, amperes in sources.items():
        feed.flat[FOCAL.cells[FOCAL.ids.index(name)]] = amperes
    for name in grounds:
        ground.flat[FOCAL.cells[FOCAL.ids.index(name)]] = np.inf
    return advanced(RASTER, feed, ground)


def test_pairs_and_strengths_of_one_to_all():
    found = {
        name: (r, flow)
        for name, r, flow in one_to_all(RASTER, FOCAL, pairs=PAIRS, strengths={1: 0.3, 3: 0})
    }
    assert list(found) == [1, 2, 7]  # 3 feeds nothing
    for name, amperes, grounds in ((1, 0.3, (2, 7)), (2, 1, (1,)), (7, 1, (1, 3))):
        truth = problem({name: amperes}, grounds)
        r, flow = found[name]
        assert r == pytest.approx(truth.voltages.max() / amperes)
        assert flow.current_map() == pytest.approx(truth.current_map(), abs=1e-12)
    alone = one_to_all(RASTER, FOCAL, pairs=frozenset({frozenset({1, 2})}))
    assert [np.isinf(r) for _, r, _ in alone] == [False, False, True, True]


def test_pairs_and_strengths_of_all_to_one():
    strengths = {1: 0.3, 3: 0.0, 7: 2.0}
    found = dict(all_to_one(RASTER, FOCAL, pairs=PAIRS, strengths=strengths))
    for name, sources in ((1, {2: 1, 7: 2}), (2, {1: 0.3}), (3, {7: 2}), (7, {1: 0.3})):
        truth = problem(sources, (name,))
        assert found[name].current_map() == pytest.approx(truth.current_map(), abs=1e-12)
    none = dict(all_to_one(RASTER, FOCAL, strengths=dict.fromkeys(FOCAL.ids, 0)))
    assert list(none.values()) == [None] * 4


def test_lists_are_read(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text("mode\tinclude\n1\t2\n\n7 1\n3 7\n")
    assert read_pairs(path, FOCAL) == PAIRS
    path.write_text("mode exclude\n1 2\n7 1\n3 7\n")
    every = {frozenset((a, b)) for a in FOCAL.ids for b in FOCAL.ids if a != b}
    assert read_pairs(path, FOCAL) == every - PAIRS
    path.write_text("1 0.5\n7\t0\n")
    assert read_strengths(path, FOCAL) == {1: 0.5, 7: 0}


@pytest.mark.parametrize(
    ("read", "text", "says"),
    [
        (read_pairs, "1 2\n", "l.txt:1: has no mode; begin with: mode include"),
        (read_pairs, "mode both\n1 2\n", "l.txt:1: has no mode"),
        (read_pairs, "", "l.txt:1: has no mode"),
        (read_pairs, "mode include\n1 4\n", "l.txt:2: 4 is no focal point"),
        (read_pairs, "mode include\n1 2 3\n", "l.txt:2: 3 numbers instead of 2"),
        (read_pairs, "mode include\n1 x\n", "l.txt:2: 'x' is no number"),
        (read_strengths, "1 1\n1 2\n", "l.txt:2: 1 comes twice; keep one"),
        (read_strengths, "1 -1\n", "l.txt:1: -1 amperes from 1; give 0 or more"),
        (read_strengths, "1.5 1\n", "l.txt:1: 1.5 is no focal point"),
    ],
)
def test_wrong_lists_are_told_in_one_line(tmp_path, read, text, says):
    path = tmp_path / "l.txt"
    path.write_text(text)
    with pytest.raises(LandscapeError) as caught:
        read(path, FOCAL)
    assert says in str(caught.value)
    assert str(caught.value).isprintable()


HEAD = "ncols 5\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 1\nNODATA_value -9999\n"


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = {"h": "1 1 1 1 1", "m": "1 2 1 -1 -9999", "p": "1 2 3 0 0", "q": "1 2 0 0 3"}
    for name, text in rows.items():
        (tmp_path / f"{name}.asc").write_text(HEAD + text + "\n")
    (tmp_path / "pairs.txt").write_text("mode include\n1 2\n2 3\n")
    (tmp_path / "strengths.txt").write_text("1 4\n3 0\n")
    return tmp_path


def test_the_command(files, capsys):
    words = ["theory", "resistance", "h.asc", "p.asc", "--pairs", "pairs.txt"]
    assert main(words) == 0
    assert capsys.readouterr().out == "0 1 2 3\n1 0 1 nan\n2 1 0 1\n3 nan 1 0\n"
    assert main([*words, "--mode", "one-to-all"]) == 0
    assert capsys.readouterr().out == "1 1\n2 0.5\n3 1\n"

    def current(*more):
        assert main(["theory", "current", "h.asc", "p.asc", "--out", "c.asc", *more]) == 0
        return read_ascii_grid("c.asc").values[0]

    assert current() == pytest.approx([2, 3, 2, 0, 0])
    assert current("--combine", "max") == pytest.approx([1, 1, 1, 0, 0])
    assert current("--pairs", "pairs.txt") == pytest.approx([1, 2, 1, 0, 0])
    one = ("--mode", "one-to-all", "--strengths", "strengths.txt")
    # 1 feeds 4 A into 2; 2 feeds 1 A, half each way; 3 feeds nothing
    assert current(*one) == pytest.approx([4.5, 5, 0.5, 0, 0])
    assert current(*one, "--combine", "max") == pytest.approx([4, 4, 0.5, 0, 0])
    assert current("--mask", "m.asc") == pytest.approx([2, 3, 2, NAN, NAN], nan_ok=True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("h.asc q.asc --mask m.asc", "focal point 3 in row 1, column 5 lies on no data"),
        ("h.asc p.asc --strengths strengths.txt", "--strengths: strengths of nothing; use them"),
        ("h.asc p.asc --pairs none.txt", "none.txt: no such file"),
    ],
)
def test_mistakes_are_one_line(files, capsys, words, says):
    assert main(["theory", "current", *words.split(), "--out", "c.asc"]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert len(err.splitlines()) == 1
    assert not (files / "c.asc").exists()
