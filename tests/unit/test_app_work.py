"""What is drawn is never lost: not to another window, another program, a full disk or a restart."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import corridor_sim as cs
from corridor_sim.app.folder import Held
from corridor_sim.app.work import FILE, Stale, Work, revision_of

WARM = {"kind": "warm", "degrees_c": 1.5}


def drawn(*names: str) -> dict[str, Any]:
    return {"alternatives": [{"name": name, "changes": [WARM]} for name in names]}


def names(work: Work) -> list[str]:
    return [one.name for one in work.alternatives.alternatives]


def test_what_is_drawn_is_in_the_file_and_comes_back(tmp_path: Path) -> None:
    work = Work.opened(tmp_path)
    seen = work.revision
    assert work.put(drawn("North"), seen) == seen + 1
    again = Work.opened(tmp_path)
    assert names(again) == ["North"]
    assert again.told()["alternatives"][0]["changes"] == [WARM]


def test_the_second_of_two_windows_is_told(tmp_path: Path) -> None:
    work = Work.opened(tmp_path)
    seen = work.revision
    work.put(drawn("North"), seen)
    with pytest.raises(Stale):
        work.put(drawn("South"), seen)
    assert names(work) == ["North"]


def test_a_window_from_before_a_restart_is_told(tmp_path: Path) -> None:
    """It counted the same number of changes, but others."""
    before = Work.opened(tmp_path)
    seen = before.put(drawn("North"), before.revision)
    after = Work.opened(tmp_path)
    while after.revision == seen:
        after = Work.opened(tmp_path)
    after.put(drawn("Middle"), after.revision)
    with pytest.raises(Stale):
        after.put(drawn("South"), seen)


def test_what_cannot_be_changes_nothing(tmp_path: Path) -> None:
    work = Work.opened(tmp_path)
    work.put(drawn("North"), work.revision)
    seen, text = work.revision, (tmp_path / FILE).read_text()
    for bad in (None, [], {"alternatives": 3}, drawn("A", "A"), drawn(*map(str, range(9)))):
        with pytest.raises(cs.CorridorSimError):
            work.put(bad, seen)
    assert (names(work), work.revision) == (["North"], seen)
    assert (tmp_path / FILE).read_text() == text


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_disk_that_takes_nothing_is_told_in_words_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    work = Work.opened(tmp_path)
    work.put(drawn("North"), work.revision)
    seen = work.revision

    def full(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(cs.CorridorSimError) as bad:
        work.put(drawn("South"), seen)
    assert os.strerror(number) in str(bad.value)
    assert "--out" not in str(bad.value)
    assert (names(work), work.revision) == (["North"], seen)
    assert names(Work.opened(tmp_path)) == ["North"]


def test_what_another_program_wrote_is_taken_over(tmp_path: Path) -> None:
    work = Work.opened(tmp_path)
    seen = work.put(drawn("North"), work.revision)
    cs.write_alternatives([cs.Alternative(name="By hand")], tmp_path / FILE)
    with pytest.raises(Stale):
        work.put(drawn("North", "South"), seen)
    assert names(work) == ["By hand"]
    work.put(drawn("South"), work.revision)
    assert names(Work.opened(tmp_path)) == ["South"]


def test_what_another_program_spoilt_stays_until_somebody_mends_it(tmp_path: Path) -> None:
    work = Work.opened(tmp_path)
    work.put(drawn("North"), work.revision)
    (tmp_path / FILE).write_text("alternatives = [")
    with pytest.raises(cs.CorridorSimError, match=FILE):
        work.put(drawn("South"), work.revision)
    assert (tmp_path / FILE).read_text() == "alternatives = ["


def test_a_file_that_was_deleted_is_written_again(tmp_path: Path) -> None:
    work = Work.opened(tmp_path)
    work.put(drawn("North"), work.revision)
    (tmp_path / FILE).unlink()
    work.put(drawn("North", "South"), work.revision)
    assert names(Work.opened(tmp_path)) == ["North", "South"]


@pytest.mark.parametrize("content", ["alternatives = [", "budget = -1", "x = 1", "\0"])
def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(cs.CorridorSimError, match="move it away to begin anew") as bad:
        Work.opened(tmp_path)
    assert str(tmp_path / FILE) in str(bad.value)
    assert (tmp_path / FILE).read_text() == content


def test_a_digest_follows_what_was_drawn() -> None:
    assert revision_of({"a": 1, "b": 2.5}) == revision_of({"b": 2.5, "a": 1})
    assert revision_of({"a": 1}) != revision_of({"a": 2})


HOLD = """
import sys
from pathlib import Path
from corridor_sim.app.folder import Held
held = Held(Path(sys.argv[1]))
held.say_where("http://127.0.0.1:8151/")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_folder_is_held_by_one_program_however_it_ends(tmp_path: Path) -> None:
    words = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(cs.CorridorSimError, match=r"at http://127\.0\.0\.1:8151/") as bad:
            Held(tmp_path)
        assert "--folder" in str(bad.value)
        other.kill()
        other.wait()
    held = Held(tmp_path)
    held.let_go()
    again = Held(tmp_path)
    again.let_go()
    assert again.token == held.token


@pytest.mark.parametrize("content", ["", "short", "\0" * 32, "a" * 31 + "\n;"])
def test_a_damaged_token_is_made_anew_for_its_owner_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / ".token").write_text(content)
    (tmp_path / ".token").chmod(0o644)
    held = Held(tmp_path)
    held.let_go()
    assert len(held.token) == 32
    assert (tmp_path / ".token").read_text() == held.token
    if os.name != "nt":
        assert (tmp_path / ".token").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["file", "file/inside", "x" * 300])
def test_a_place_that_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(cs.CorridorSimError, match="give another --folder"):
        Held(tmp_path / name)
