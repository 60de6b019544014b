"""``corridor-sim app`` as a user meets it: what is wrong is one line before any page is served."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

PATIENCE_S = 120.0


def app(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "corridor_sim", "app", "--no-browser", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def refused(*words: str, cwd: Path) -> str:
    """Return the one line by which it is refused; nothing is left behind."""
    found = app(*words, cwd=cwd)
    assert found.returncode == 2, found
    assert found.stdout == ""
    (line,) = found.stderr.splitlines()
    return line


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = refused("--port", str(port), cwd=tmp_path)
    assert f"127.0.0.1:{port}: " in line
    assert "give another --port" in line
    assert not (tmp_path / "drawn").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "70000"], "give another --port"),
        (["--port", "x"], "--port"),
        (["--host", "192.0.2.1", "--port", "0"], "192.0.2.1:0: "),
        (["--host", "no such host", "--port", "0"], "no such host:0: "),
        (["nowhere.toml"], "nowhere.toml"),
        (["bad.toml"], "bad.toml"),
        (["--folder", "bad.toml"], "give another --folder"),
        (["--folder", "spoilt"], "move it away to begin anew"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "bad.toml").write_text("nmae = 'x'")
    (tmp_path / "spoilt").mkdir()
    (tmp_path / "spoilt" / "alternatives.toml").write_text("alternatives = [")
    assert said in refused(*words, cwd=tmp_path)
    assert (tmp_path / "spoilt" / "alternatives.toml").read_text() == "alternatives = ["


@pytest.mark.skipif(os.name == "nt", reason="signals end processes otherwise there")
def test_two_programs_on_one_folder_and_the_end_of_one(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "corridor_sim", "app", "--no-browser", "--port", "0"]
    words += ["--host", "0.0.0.0"]
    with subprocess.Popen(
        words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as one:
        assert one.stdout is not None
        assert one.stderr is not None
        line = one.stdout.readline()
        assert line.startswith("corridor_sim is at http://127.0.0.1:")
        token = (tmp_path / "drawn" / ".token").read_text()
        assert line.endswith(f"/?token={token}\n")
        # where other machines can reach it, that is said
        assert "not encrypted" in one.stderr.readline()
        second = refused(cwd=tmp_path)
        assert "another corridor-sim app has it open at http://127.0.0.1:" in second
        # a window that hears events when the program is stopped
        port = int(line.split(":")[2].partition("/")[0])
        hearing = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        hearing.request("GET", f"/api/events?token={token}")
        assert hearing.getresponse().readline() == b"retry: 500\n"
        one.send_signal(signal.SIGINT)
        _, said = one.communicate(timeout=PATIENCE_S)
        assert one.returncode == 130
        assert said == "corridor-sim: interrupted; what was written stays\n"
        hearing.close()
    assert (tmp_path / "drawn" / ".token").read_text() == token
