"""The ground that is kept from one start to the next is the one that would be shaped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corridor_sim.datasets.andes_amazon import kept


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(kept, "cache_folder", lambda name: str(tmp_path))
    monkeypatch.setattr(kept, "CACHE_DIR", "kernels-1")
    return tmp_path


GROUND = np.arange(12, dtype=np.float32).reshape(3, 4) / 7


def test_what_is_kept_comes_back_to_the_bit(folder: Path) -> None:
    assert kept.kept_elevation((3, 4)) is None
    kept.keep_elevation(GROUND)
    found = kept.kept_elevation((3, 4))
    assert found is not None
    assert found.dtype == np.float32
    assert np.array_equal(found, GROUND)
    assert kept.kept_elevation((4, 4)) is None


@pytest.mark.parametrize("harm", ["cut", "longer", "bit", "empty", "folder"])
def test_what_is_damaged_is_shaped_again(folder: Path, harm: str) -> None:
    kept.keep_elevation(GROUND)
    (path,) = folder.iterdir()
    data = bytearray(path.read_bytes())
    if harm == "folder":
        path.unlink()
        path.mkdir()
    else:
        data[40] ^= harm == "bit"
        changed = {"cut": data[:-4], "longer": data + b"\0", "empty": b""}.get(harm, data)
        path.write_bytes(changed)
    assert kept.kept_elevation((3, 4)) is None


def test_nowhere_to_keep_it_is_no_harm(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(kept, "cache_folder", lambda name: "")
    kept.keep_elevation(GROUND)
    assert kept.kept_elevation((3, 4)) is None
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(kept, "cache_folder", lambda name: str(tmp_path / "file" / "x"))
    kept.keep_elevation(GROUND)
    assert kept.kept_elevation((3, 4)) is None


@pytest.mark.parametrize("name", ["platform.machine", "Path.read_bytes", "environment"])
def test_what_has_a_say_changes_the_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = kept._identity()
    assert before == kept._identity()
    if name == "platform.machine":
        monkeypatch.setattr(kept.platform, "machine", lambda: "abacus")
    elif name == "environment":
        monkeypatch.setenv("NPY_DISABLE_CPU_FEATURES", "AVX2")
    else:
        monkeypatch.setattr(Path, "read_bytes", lambda self: self.name.encode())
    assert kept._identity() != before
