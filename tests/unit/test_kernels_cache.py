"""Compiled kernels: kept where it can be written, and never used for another source."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import corridor_sim
from corridor_sim.kernels import cache_folder, jit
from corridor_sim.kernels.crossing import path_permeability
from corridor_sim.kernels.jit import kernel, on_threads
from corridor_sim.kernels.places import settle

PACKAGE = Path(corridor_sim.__file__).parent
# a kernel whose result depends on a table in another file
USE = """
import numpy as np
from corridor_sim.kernels import jit
from corridor_sim.kernels.random_walk_inputs import _fill_table, walk_fields
table = walk_fields(np.array([[1.0, 2.0], [4.0, 8.0]])).table
print(jit.CACHE_DIR)
print(sum(_fill_table.stats.cache_hits.values()), table.tolist())
"""


def use(source: Path, **env: str) -> list[str]:
    """Use a kernel in a process of its own; return the lines it prints."""
    plain = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    done = subprocess.run(
        [sys.executable, "-c", USE],
        env={**plain, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1", **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder with a copy of the package that cannot be written."""
    source = tmp_path / "source"
    shutil.copytree(PACKAGE, source / "corridor_sim", ignore=shutil.ignore_patterns("__pycache__"))
    for path in source.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return source


def test_a_stale_kernel_is_never_used(copy: Path, tmp_path: Path) -> None:
    """numba would not see that another file, whose table the kernel holds, has changed."""
    env = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    first, again = use(copy, **env), use(copy, **env)
    assert first[0] == again[0]
    assert first[1].startswith("0 ")
    assert again[1] == "1" + first[1][1:]  # from cache, the same
    other = copy / "corridor_sim" / "kernels" / "cellwalk.py"
    text = other.read_text(encoding="utf-8")
    turned = re.sub(
        r"COL_STEP = \(0, 1, 1, 1, 0, -1, -1, -1, 0\)",
        "COL_STEP = (0, -1, -1, -1, 0, 1, 1, 1, 0)",
        text,
    )
    assert turned != text
    other.chmod(0o644)
    other.write_text(turned, encoding="utf-8")
    changed = use(copy, **env)
    assert changed[0] != first[0]
    assert changed[1].startswith("0 ")
    assert changed[1] != first[1]


def test_read_only_installs_without_a_home_work(copy: Path, tmp_path: Path) -> None:
    before = sorted(copy.rglob("*"))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    nowhere = "/proc/nowhere"
    lines = use(copy, HOME=nowhere, XDG_CACHE_HOME=nowhere, TMPDIR=str(temporary))
    assert Path(lines[0]).is_relative_to(temporary)
    assert sorted(copy.rglob("*")) == before
    again = use(copy, HOME=nowhere, XDG_CACHE_HOME=nowhere, TMPDIR=str(temporary))
    assert again[1] == "1" + lines[1][1:]


def test_a_home_that_is_not_set_at_all_works(copy: Path, tmp_path: Path) -> None:
    folder, result = use(copy, HOME="", TMPDIR=str(tmp_path))
    assert Path(folder).is_relative_to(tmp_path)
    assert result.startswith("0 ")


def test_the_users_own_folder_comes_first(copy: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    lines = use(copy, NUMBA_CACHE_DIR=str(one), XDG_CACHE_HOME=str(other))
    assert Path(lines[0]).is_relative_to(one)
    assert not other.exists()


def test_without_any_folder_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_folder, "cache_roots", lambda: [Path("/proc/nowhere")])
    assert cache_folder.cache_folder("kernels") == ""
    monkeypatch.setattr(jit, "CACHE_DIR", "")

    @kernel()
    def twice(x):
        return 2 * x

    assert twice(4) == 8


@pytest.mark.skipif(not jit.PARTS, reason="plain numba gives every function machine code")
def test_an_inlined_function_says_that_it_cannot_be_called() -> None:
    """It has no machine code of its own."""
    import numpy as np

    with pytest.raises(TypeError, match="not callable"):
        path_permeability(0.5, 0.5, 1.5, 0.5, np.ones((2, 2), np.float32))


def test_every_thread_works_and_a_failure_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    monkeypatch.setattr(jit.numba, "get_num_threads", lambda: 3)
    together = threading.Barrier(3)
    on_threads(lambda: together.wait(10) * 0, 9)
    names: list[str] = []
    on_threads(lambda: names.append(threading.current_thread().name), 2)
    assert len(set(names)) == 2  # never more than there are shares

    def fails_elsewhere() -> None:
        if threading.current_thread() is not threading.main_thread():
            raise MemoryError("no room")

    with pytest.raises(MemoryError, match="no room"):
        on_threads(fails_elsewhere, 9)


@pytest.mark.skipif(jit._config.DISABLE_JIT, reason="without a compiler there is no choice")
@pytest.mark.parametrize("name", ["parts", "cache_file"])
def test_a_numba_that_nobody_knows_is_used_by_its_public_face(
    name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(cache_folder.SILENT, raising=False)
    module = jit._below_the_face(name, "slower")
    assert module is not None
    assert capfd.readouterr().err == ""

    def changed() -> None:
        raise AttributeError("no library")

    monkeypatch.setattr(module, "probe", changed)
    found = jit._below_the_face(name, "slower")
    assert found is None
    err = capfd.readouterr().err
    assert err.startswith("corridor-sim: numba ")
    assert err.endswith(" is not known well enough (no library): slower\n")
    monkeypatch.setattr(jit, {"parts": "PARTS", "cache_file": "CACHE"}[name], found)
    kept = _files(jit.CACHE_DIR)

    @kernel(inline=True)
    def twice(x):
        return 2 * x

    @kernel(allocates=False)
    def four_times(x):
        return twice(twice(x))

    assert four_times(3) == 12
    if name == "parts":
        assert twice(3) == 6  # as numba makes it
    else:
        assert _files(jit.CACHE_DIR) == kept


def _files(folder: str) -> set[Path]:
    return set(Path(folder).iterdir()) if folder else set()


@pytest.mark.skipif(not (jit.CACHE and jit.CACHE_DIR), reason="nothing is kept")
def test_kernels_use_the_safe_cache() -> None:
    assert isinstance(settle._cache, jit.CACHE.KernelCache)
