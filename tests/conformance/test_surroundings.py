"""The command line in odd surroundings: interrupted early, little memory, odd words and folders."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from corridor_sim.cli import guards

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")
SMALL = "days = 3\nreplicates = 1\n[landscape]\ncell_m = 10000\n[species.jaguar]\ncount = 20\n"
# whoever finds the module of that name gets the signal at that moment
AT_IMPORT = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
target = sys.argv.pop(1)
class Finder:
    def find_spec(self, name, *_):
        if name == target:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Finder())
runpy.run_module("corridor_sim", run_name="__main__", alter_sys=True)
"""
FAULTY = """
from corridor_sim import __main__
from corridor_sim.cli import main as cli
def fails(args):
    raise KeyError("what\\nnobody foresaw \\x1b[31m")
cli._done = fails
import sys
sys.argv[1:] = ["species", "list"]
raise SystemExit(__main__.main())
"""


def ran(*words: str, cwd: Path, **env: str) -> tuple[int, list[str]]:
    """Run the program and return its exit code and the lines on standard error."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, **env},
    )
    text = done.stderr.decode()
    assert "Traceback" not in text or env.get("CORRIDOR_SIM_DEBUG"), text
    return done.returncode, text.splitlines()


def program(*words: str, cwd: Path, **env: str) -> tuple[int, list[str]]:
    return ran("-m", "corridor_sim", *words, cwd=cwd, **env)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    return tmp_path


@posix
@pytest.mark.parametrize(
    "module",
    [
        "corridor_sim.cli.main",
        "argparse",
        "corridor_sim.cli.guards",
        "corridor_sim.cli.theory",
        "numpy",
        "pydantic",
        "corridor_sim.experiment.study",
        "numba",
        "numba._devicearray",
        "scipy",
    ],
)
def test_an_interruption_of_any_import_is_quiet(module: str, folder: Path) -> None:
    code, lines = ran("-c", AT_IMPORT, module, "run", "small.toml", "--out", "o", cwd=folder)
    assert (code, [line for line in lines if "corridor-sim:" in line]) == (130, [])


@posix
def test_who_was_started_deaf_stays_so(folder: Path) -> None:
    deaf = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    script = deaf + "from corridor_sim import __main__; assert not __main__._HEARS"
    assert ran("-c", script, cwd=folder) == (0, [])


def test_what_nobody_foresaw_is_one_line(folder: Path) -> None:
    code, lines = ran("-c", FAULTY, cwd=folder)
    assert code == 70
    assert len(lines) == 1
    assert lines[0].startswith("corridor-sim: internal error, a fault of the program: KeyError: ")
    assert (
        "please report it with what the same command prints under CORRIDOR_SIM_DEBUG=1"
        in (lines[0])
    )
    assert lines[0].isprintable()
    code, lines = ran("-c", FAULTY, cwd=folder, CORRIDOR_SIM_DEBUG="1")
    assert code == 1
    assert lines[0] == "Traceback (most recent call last):"


def test_the_installed_command_is_guarded_as_well() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"corridor-sim": "corridor_sim.__main__:main"}


@posix
@pytest.mark.parametrize(
    "streams",
    [
        pytest.param("2>/dev/full", marks=pytest.mark.slow),
        pytest.param("2>&-", marks=pytest.mark.slow),
        pytest.param(">&- 2>&-", marks=pytest.mark.slow),
        "<&- >&- 2>&-",
    ],
)
def test_work_is_done_though_nobody_can_be_told_of_it(streams: str, folder: Path) -> None:
    run = f'"{sys.executable}" -m corridor_sim'
    script = f"""{run} run small.toml --out o {streams}; echo $? >codes
        {run} run missing.toml {streams}; echo $? >>codes"""
    done = subprocess.run(
        ["sh", "-c", script], cwd=folder, capture_output=True, timeout=120, check=True
    )
    assert (folder / "codes").read_text(encoding="utf-8") == "0\n2\n"
    assert (folder / "o/report.html").is_file()
    assert done.stderr == b""
    assert b"corridor-sim:" not in done.stdout


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("NUMBA_NUM_THREADS", text, "from 1; unset this variable, or give a number of threads")
        for text in ("x", "0", "-1", "")
    ]
    + [
        ("SOURCE_DATE_EPOCH", text, "from 0; unset this variable, or give seconds since 1970")
        for text in ("x", "1.5")
    ],
)
def test_variables_at_which_libraries_fail_are_named(
    name: str, text: str, says: str, folder: Path
) -> None:
    code, lines = program("run", "small.toml", cwd=folder, **{name: text})
    assert (code, lines) == (2, [f"corridor-sim: {name}: {text!r} is no whole number {says}"])


@posix
def test_a_locale_without_letters_is_named_as_the_cause(folder: Path) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    code, lines = program("run", "small.toml", "--out", "\xf3", cwd=folder, **plain)
    assert code == 2
    assert lines[0].endswith("is not in the encoding of the terminal, ASCII; set LC_ALL=C.UTF-8")


def test_callers_in_python_see_the_true_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    from corridor_sim.cli import main as cli

    def fails() -> None:
        raise KeyError("x")

    monkeypatch.setattr("corridor_sim.species.reader.species_keys", fails)
    with pytest.raises(KeyError):
        cli.main(["species", "list"])


@posix
@pytest.mark.parametrize(
    ("mb", "words"),
    [
        (60, "run small.toml"),
        (1000, "run small.toml"),
        (300, "landscape show small.toml"),
        (500, "compare small.toml"),
        (500, "sweep small.toml"),
        (500, "links propose"),
    ],
)
def test_little_address_space_is_out_of_memory(mb: int, words: str, folder: Path) -> None:
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({mb}_000_000,) * 2)\n"
    script = limited + "from corridor_sim.__main__ import main; raise SystemExit(main())"
    code, lines = ran("-c", script, *words.split(), cwd=folder)
    assert (code, len(lines)) == (2, 1), lines
    assert "out of memory: the address space is limited to" in lines[0]
    assert f"{mb / 1000:.2g} GB (ulimit -v)" in lines[0]


@posix
@pytest.mark.parametrize("mb", [60])
def test_libraries_that_find_no_room_are_out_of_memory(mb: int, folder: Path) -> None:
    """Each says so in other words; here nobody looks before."""
    script = (
        f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({mb}_000_000,) * 2)\n"
        "from corridor_sim.cli import guards; guards.LEAST_BYTES = 0\n"
        "from corridor_sim.__main__ import main; raise SystemExit(main())"
    )
    code, lines = ran("-c", script, "run", "small.toml", "--out", "o", cwd=folder)
    assert (code, len(lines)) == (2, 1), lines
    assert "out of memory: the address space is limited to" in lines[0]


@pytest.mark.parametrize(
    "bad",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "x"),
        RuntimeError("can't start new thread"),
        ImportError("libx.so.5: failed to map segment from shared object"),
        ImportError("libx.so: cannot allocate memory in static TLS block"),
        RuntimeError("std::bad_alloc"),
    ],
    ids=repr,
)
def test_memory_that_is_out_is_known_in_all_words(bad: Exception) -> None:
    assert guards.is_memory(bad)
    outer = ValueError("import failed")
    outer.__cause__ = bad
    assert guards.is_memory(outer)


def test_other_mistakes_are_not_taken_for_memory() -> None:
    for bad in (ImportError("no module"), OSError(errno.ENOENT, "x"), RuntimeError("x")):
        assert not guards.is_memory(bad)


@posix
def test_a_working_folder_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/a\xff"
    os.mkdir(odd)
    (tmp_path / os.fsdecode(odd) / "small.toml").write_text(SMALL, encoding="utf-8")
    code, lines = program("run", "small.toml", cwd=Path(os.fsdecode(odd)))
    assert (code, len(lines)) == (2, 1)
    assert lines[0].endswith("rename it, or work in another one")
    assert "a\\udcff: the name of the working folder is not UTF-8" in lines[0].replace("\\\\", "\\")


@posix
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "small.toml", "--out", b"o\xff"], "--out o\\udcff: is not in the encoding"),
        (["run", b"\xff.toml"], "file \\udcff.toml: is not in the encoding"),
        (["run", "small.toml", "--set", b"name=\xff"], "--set name=\\udcff: is not in the"),
        (["run", "small.toml", "--out", "a\nb"], "holds a line break"),
        (["run", "small.toml", "--out", "\x1b[31m"], "--out \\x1b[31m: holds a line break"),
        (["run", "small.toml", "--out", "o" * 300], "is longer than any name can be"),
        (["run", "small.toml", "--out", "o/" * 3000], "is longer than any name can be"),
        (["run", "x" * 300], "file xxx"),
        (["status", "x" * 300], "folder xxx"),
        (["run", "small.toml", "--set", "name=" + "x" * 100_000], "name: 'xxx"),
        (["run", "small.toml", "--threads", "9" * 5000], "--threads"),
        (["run", "small.toml", "--workers", "9" * 400], "--workers: it is above"),
        (["run", "small.toml", "--replicates", "9" * 30], "--replicates: it is above"),
        (["run", "/proc/kmsg"], "is no regular file"),
        (["run", "/dev/zero"], "is no regular file"),
        (["species", "show", "/dev/full"], "is no regular file"),
        (["run", "."], "is no regular file"),
    ],
)
def test_odd_words_are_one_line(words: list[str | bytes], told: str, folder: Path) -> None:
    code, lines = program(*words, cwd=folder)
    assert (code, len(lines)) == (2, 1), lines
    assert told in lines[0]
    assert lines[0].isprintable()
    assert len(lines[0]) < 1500


def test_a_terminal_without_the_characters_shows_their_codes(folder: Path) -> None:
    assert program("species", "show", "jaguar", cwd=folder, PYTHONIOENCODING="ascii") == (0, [])


@posix
def test_output_that_cannot_be_written_is_one_line(folder: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "corridor_sim", "schema"],
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.decode() == f"corridor-sim: {os.strerror(errno.ENOSPC)}\n"


@posix
def test_a_reader_that_goes_away_is_no_mistake(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "corridor_sim", "schema"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait() == 0
