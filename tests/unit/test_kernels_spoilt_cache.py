"""Compiled code on disk: spoilt files are as good as none, and nobody else may write there."""

from __future__ import annotations

import errno
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import pytest

from corridor_sim.kernels import cache_file, cache_folder, jit
from corridor_sim.kernels.cache_file import keep_compiled
from corridor_sim.kernels.cache_folder import SILENT, private_folder

pytestmark = pytest.mark.skipif(
    jit._config.DISABLE_JIT, reason="nothing is compiled, so that nothing is kept"
)


def triple(x):
    return 3 * x


def use(folder: Path) -> tuple[float, int]:
    """Call a small kernel that keeps its code in a folder; return the result and cache hits."""
    kernel = numba.njit(triple)
    keep_compiled(kernel, triple, str(folder))
    return kernel(7.0), sum(kernel.stats.cache_hits.values())


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that holds the small kernel."""
    monkeypatch.delenv(SILENT, raising=False)
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    assert use(folder) == (21.0, 0)
    assert use(folder) == (21.0, 1)
    return folder


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flip(data: bytes) -> bytes:
    return data[:-100] + bytes([data[-100] ^ 1]) + data[-99:]


SPOILS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "garbage": lambda data: b"\x80\x04garbage" * 9,
    "text": lambda data: b"<html>",
    "one byte": lambda data: data[:1],
    "cut": cut,
    "longer": lambda data: data + b"x",
    "one bit": flip,
    "a pickle": lambda data: pickle.dumps(["something", "else"]),
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
def test_spoilt_files_are_compiled_again_and_said_once(
    kept: Path, spoil: Callable[[bytes], bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    (path,) = kept.iterdir()
    path.write_bytes(spoil(path.read_bytes()))
    assert use(kept) == (21.0, 0)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(f"corridor-sim: {path}: compiled code cannot be read (")
    assert err.endswith("); compiling again\n")
    assert err.count("\n") == 1
    assert use(kept) == (21.0, 1)  # whole again


@pytest.mark.parametrize("what", ["folder", "loop", "pipe", "gone"])
def test_what_is_no_file_is_compiled_again(
    kept: Path, what: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (path,) = kept.iterdir()
    path.unlink()
    if what == "folder":
        path.mkdir()
    elif what == "loop":
        path.symlink_to(path)
    elif what == "pipe":
        os.mkfifo(path)
    assert use(kept) == (21.0, 0)
    err = capfd.readouterr().err
    assert err.count("\n") == (0 if what == "gone" else 1), err


def test_sound_files_of_something_else_are_compiled_again(
    kept: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As of a version of numba that keeps other things."""
    (path,) = kept.iterdir()
    key, code = cache_file.read(str(path))
    for other in (("not", "compiled"), (key, ("not", "compiled")), (key[1:], code)):
        os.environ.pop(SILENT, None)
        cache_file.write(str(path), other)
        assert use(kept) == (21.0, 0)
        assert "compiling again" in capfd.readouterr().err
        assert use(kept) == (21.0, 1)


def test_the_code_of_another_signature_is_never_taken(
    kept: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As two processes may leave it that write at once, were there numbers for names."""
    (path,) = kept.iterdir()
    kernel = numba.njit(triple)
    keep_compiled(kernel, triple, str(kept))
    assert kernel(7) == 21
    (other,) = set(kept.iterdir()) - {path}
    other.write_bytes(path.read_bytes())
    kernel = numba.njit(triple)
    keep_compiled(kernel, triple, str(kept))
    assert (kernel(7), type(kernel(7))) == (21, int)
    assert sum(kernel.stats.cache_hits.values()) == 0
    assert f"{other}: compiled code cannot be read (it holds something else)" in (
        capfd.readouterr().err
    )


def test_functions_whose_source_does_not_say_all_are_not_kept(tmp_path: Path) -> None:
    def multiplier(n: int) -> Any:
        def times(x):
            return n * x

        return times

    scope: dict[str, Any] = {}
    exec(compile("def times(x):\n    return 5 * x\n", "<typed>", "exec"), scope)
    for function, n in ((multiplier(2), 2), (multiplier(3), 3), (scope["times"], 5)):
        kernel = numba.njit(function)
        keep_compiled(kernel, function, str(tmp_path))
        assert kernel(7) == 7 * n
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("what", ["folder", "file"])
def test_a_full_disk_costs_the_cache_and_nothing_else(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    number: int,
    what: str,
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    monkeypatch.delenv(SILENT, raising=False)
    if what == "folder":
        monkeypatch.setattr(cache_file.os, "makedirs", full)
    else:
        monkeypatch.setattr(cache_file.os, "replace", full)
    assert use(tmp_path) == (21.0, 0)
    err = capfd.readouterr().err
    assert f"compiled code cannot be kept ({os.strerror(number)})" in err
    assert err.count("\n") == 1
    assert use(tmp_path) == (21.0, 0)
    assert capfd.readouterr().err == ""  # said once
    assert not list(tmp_path.iterdir())


def test_quiet_says_nothing(
    kept: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(SILENT, "1")
    (path,) = kept.iterdir()
    path.write_bytes(b"")
    assert use(kept) == (21.0, 0)
    assert capfd.readouterr().err == ""


posix = pytest.mark.skipif(os.name != "posix", reason="folders have owners and bits on POSIX")


@posix
def test_folders_are_made_for_this_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = private_folder(tmp_path / "a" / "b", "kernels")
    finally:
        os.umask(before)
    assert folder == tmp_path / "a" / "b" / "corridor_sim" / "kernels"
    for each in (folder, folder.parent):
        assert each.stat().st_mode & 0o777 == 0o700


@posix
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
@pytest.mark.parametrize("which", ["root", "above", "folder"])
def test_folders_that_others_can_write_are_not_used(
    tmp_path: Path,
    mode: int,
    which: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv(SILENT, raising=False)
    root = tmp_path / "above" / "root"
    folder = private_folder(root, "kernels")
    assert folder is not None
    {"root": root, "above": root.parent, "folder": folder}[which].chmod(mode)
    assert private_folder(root, "kernels") is None
    other = tmp_path / "other"
    monkeypatch.setattr(cache_folder, "cache_roots", lambda: [root, other])
    assert cache_folder.cache_folder("kernels") == str(other / "corridor_sim" / "kernels")
    assert capfd.readouterr().err == (
        f"corridor-sim: {root}: others can write there, so that compiled code is not kept in it\n"
    )


@posix
def test_a_sticky_folder_does_and_a_generous_umask_is_mended(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    folder = private_folder(tmp_path / "mine", "kernels")
    assert folder is not None
    folder.parent.chmod(0o775)
    assert private_folder(tmp_path / "mine", "kernels") == folder
    assert folder.parent.stat().st_mode & 0o777 == 0o700


@posix
@pytest.mark.parametrize("which", ["own", "folder"])
def test_links_below_the_root_are_not_followed(tmp_path: Path, which: str) -> None:
    elsewhere = tmp_path / "elsewhere" / "kernels"
    elsewhere.mkdir(parents=True)
    root = tmp_path / "root"
    root.mkdir(mode=0o700)
    own = root / "corridor_sim"
    if which == "own":
        own.symlink_to(elsewhere.parent)
    else:
        own.mkdir(mode=0o700)
        (own / "kernels").symlink_to(elsewhere)
    assert private_folder(root, "kernels") is None


@posix
@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives folders away"
)
@pytest.mark.parametrize("which", ["root", "own", "folder"])
def test_folders_of_others_are_not_used(tmp_path: Path, which: str) -> None:
    root = tmp_path / "root"
    folder = private_folder(root, "kernels")
    assert folder is not None
    os.chown({"root": root, "own": folder.parent, "folder": folder}[which], 65534, 65534)
    assert private_folder(root, "kernels") is None


@pytest.mark.parametrize("root", ["a\0b", "x" * 300, "/proc/nowhere", "\udcff"])
def test_names_that_cannot_be_are_passed_over(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    good = tmp_path / "good"
    monkeypatch.setattr(cache_folder, "cache_roots", lambda: [Path(root), good])
    assert Path(cache_folder.cache_folder("kernels")).is_relative_to(tmp_path)
