"""The pedigree: what cannot be one is refused, what can is kept whole."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corridor_sim.errors import ResultsError
from corridor_sim.genetics.pedigree import COLUMNS, Pedigree, load_pedigree


def family() -> Pedigree:
    """Two founder pairs, a child of each, their child, and its child with a founder."""
    return Pedigree.of(
        mother=[-1, -1, -1, -1, 0, 2, 4, 6],
        father=[-1, -1, -1, -1, 1, 3, 5, 3],
        male=[0, 1, 0, 1, 0, 1, 0, 1],
        birth_year=[-3, -2, 0, -1.5, 1, 1, 4, 7],
        death_year=[2, np.nan, 1, 6.5, 5, np.nan, np.nan, np.nan],
        zone=[1, 1, 2, 2, 1, 2, 3, 0],
        x_m=np.arange(8) * 1000,
        ident=[3, 1, 4, 15, 9, 2, 6, 5],
    )


def test_what_a_table_tells() -> None:
    tree = family()
    assert [(b.start, b.stop) for b in tree.batches()] == [(0, 4), (4, 6), (6, 7), (7, 8)]
    assert tree.ancestors([6]).tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert tree.ancestors([5]).tolist() == [2, 3, 5]
    assert tree.offspring().tolist() == [1, 1, 1, 2, 1, 1, 1, 0]
    # ages of the parents: (4 + 3) / 2, (1 + 2.5) / 2, 3, (3 + 8.5) / 2
    assert tree.generation_years() == pytest.approx((3.5 + 1.75 + 3 + 5.75) / 4)
    assert np.flatnonzero(tree.alive_at(1)).tolist() == [0, 1, 3, 4, 5]
    assert np.flatnonzero(tree.sampled).tolist() == [1, 5, 6, 7]


def test_a_subset_renumbers_the_parents() -> None:
    part = family().subset(np.array([2, 3, 5]))
    part.check()
    assert part.mother.tolist() == [-1, -1, 0]
    assert part.father.tolist() == [-1, -1, 1]
    assert part.ident.tolist() == [4, 15, 2]
    with pytest.raises(ValueError, match="ancestors"):
        family().subset(np.array([3, 5]))


@pytest.mark.parametrize(
    ("column", "row", "value", "says"),
    [
        ("mother", 4, 6, "row 4: its mother is row 6"),
        ("mother", 6, 6, "row 6: its mother is row 6"),
        ("father", 4, 99, "row 4: its father is row 99"),
        ("mother", 4, -2, "row 4: its mother is row -2"),
        ("father", 4, -1, "row 4: only one of its parents"),
        ("mother", 5, 1, "row 5: its mother, row 1, is male"),
        ("father", 5, 0, "row 5: its father, row 0, is female"),
        ("birth_year", 6, 1.0, "row 6: born in year 1, not after its mother, row 4, born in 1"),
        ("birth_year", 7, np.nan, "row 7: its birth year is not finite"),
        ("birth_year", 1, 0.5, "row 1: a founder born in year 0.5"),
        ("death_year", 4, 0.5, "row 4: died in year 0.5, born in 1"),
        ("death_year", 4, np.inf, "row 4: died in year inf"),
        ("death_year", 4, 3.0, "row 6: born in year 4, after its mother, row 4, died in 3"),
        ("ident", 4, 3, "row 4: ident 3 occurs twice"),
        ("ident", 4, -3, "row 4: ident -3 is negative"),
        ("zone", 4, -3, "row 4: core areas 1 and -3"),
    ],
)
def test_impossible_pedigrees_are_refused(column: str, row: int, value: Any, says: str) -> None:
    tree = family()
    values = getattr(tree, column).copy()
    values[row] = value
    with pytest.raises(ResultsError, match=says):
        replace(tree, **{column: values}).check()


def test_a_column_of_another_kind_is_refused() -> None:
    with pytest.raises(ResultsError, match=r"mother is int64 \(8,\); it must be int32"):
        replace(family(), mother=family().mother.astype(np.int64)).check()
    with pytest.raises(ResultsError, match=r"zone is int16 \(7,\)"):
        replace(family(), zone=family().zone[1:]).check()
    with pytest.raises(TypeError, match="colour"):
        Pedigree.of([-1], [-1], [True], [0], colour=[1])


def test_an_empty_pedigree_is_one() -> None:
    nobody = Pedigree.of([], [], [], [])
    assert nobody.n == 0
    assert list(nobody.batches()) == []
    assert np.isnan(nobody.generation_years())


def test_saved_and_loaded_again(tmp_path: Path) -> None:
    family().save(tmp_path / "a.npz")
    family().save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    again = load_pedigree(tmp_path / "a.npz")
    for name, kind in COLUMNS.items():
        assert getattr(again, name).dtype == kind
        np.testing.assert_array_equal(getattr(again, name), getattr(family(), name))


def rewritten(path: Path, name: str, data: bytes | None) -> Path:
    """The file with one member replaced, or left out."""
    with zipfile.ZipFile(path) as old:
        members = {n: old.read(n) for n in old.namelist()}
    members.pop(f"{name}.npy")
    if data is not None:
        members[f"{name}.npy"] = data
    with zipfile.ZipFile(path, "w") as new:
        for n, content in members.items():
            new.writestr(n, content)
    return path


def as_npy(values: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=True)
    return buffer.getvalue()


def test_files_that_are_no_pedigree_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.npz"

    def saved() -> Path:
        family().save(path)
        return path

    with pytest.raises(ResultsError, match="no such file"):
        load_pedigree(tmp_path / "absent.npz")
    path.write_bytes(b"not a zip")
    with pytest.raises(ResultsError, match="not a pedigree"):
        load_pedigree(path)
    with pytest.raises(ResultsError, match="zone"):
        load_pedigree(rewritten(saved(), "zone", None))
    with pytest.raises(ResultsError, match="ident is no plain array of numbers"):
        load_pedigree(rewritten(saved(), "ident", as_npy(np.array([{}] * 8))))
    # a header that announces more than the file holds, which must not be allocated
    lie = as_npy(np.zeros(8, np.int64)).replace(b"(8,)", b"(8000000000,)").replace(b" " * 9, b"", 1)
    with pytest.raises(ResultsError, match="announces 8000000000"):
        load_pedigree(rewritten(saved(), "ident", lie))
    wrong = np.array([-1, -1, -1, -1, 0, 2, 7, 6], np.int32)
    with pytest.raises(ResultsError, match=r"p.npz: pedigree row 6: its mother is row 7"):
        load_pedigree(rewritten(saved(), "mother", as_npy(wrong)))
    content = saved().read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ResultsError, match="not a pedigree"):
        load_pedigree(path)
