"""Results folders that were changed: one line and exit code 2, or a right answer.

Every value of every JSON file, every array of a run file and the archive round it are changed in
some thirty ways each, and what reads results is called: ``status``, ``report``, ``export``, and the
command of the study again. By default a seeded choice of a few hundred is tried; ``-m slow`` draws
others for as long as ``HOSTILE_SECONDS`` says, from ``HOSTILE_SEED`` (see :mod:`oracles.hostile`).
"""

from __future__ import annotations

import random
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from corridor_sim.cli.main import main
from corridor_sim.config import build
from corridor_sim.links.files import write_result
from corridor_sim.simulation.days import simulator as days
from oracles.hostile import FOLDERS, SEED, share_s
from oracles.link_country import ranked, write_links
from oracles.small_study import DECADES, design_of
from oracles.tampering import Tampered, bytes_of, json_values, lines_of, remove, run_arrays

# as a whole it takes half a minute and more; each part has quicker tests beside it
pytestmark = pytest.mark.slow

SWEEP = """
name = "Small sweep"
[base]
days = 2
replicates = 2
[base.landscape]
elevation = "dem.tif"
[base.species.jaguar]
count = 30
[sweep]
outcomes = ["suitable_km2"]
covers = ["paramo"]
[sweep.parameters."species.jaguar.sampling"]
values = [0.5, 1.0]
"""
TRAITS = (
    SWEEP.partition("[sweep]")[0]
    + """
[sensitivity]
n = 2
outcomes = ["suitable_km2"]
traits = ["jaguar.habitat.gap_half_m"]
"""
)
PROCEDURE = "indifference = 0.2\nfirst_replicates = 5\nbudget_runs = 15"
COMMANDS = {
    "days": ["compare", "small.toml"],
    "decades": ["compare", "country-decades/small.toml"],
    "sweep": ["sweep", "sweep.toml"],
    "sensitivity": ["sensitivity", "sensitivity.toml"],
    "links": ["links", "rank", "country/links.toml"],
}
LONGEST_S = 60.0


@dataclass(frozen=True)
class Folders:
    """A finished results folder of each kind, below one working folder."""

    work: Path

    def files(self, kind: str) -> list[str]:
        out = self.work / kind
        runs = sorted((out / "runs").iterdir())
        found = ["experiment.json", "plan.json", "scenarios/000.json", f"runs/{runs[0].name}"]
        for name in ("adaptive.json", "links.json", "timings.tsv"):
            found += [name] * (out / name).is_file()
        return found

    def tampered(self, kind: str) -> list[Tampered]:
        """All ways, in a fixed order."""
        out = self.work / kind
        found: list[Tampered] = []
        for file in self.files(kind):
            found += bytes_of(out, file)
            if file.endswith(".json"):
                found += json_values(out, file)
            elif file.endswith(".npz"):
                found += run_arrays(out, file)
            else:
                found += lines_of(out, file)
        return found


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folders]:
    work = tmp_path_factory.mktemp("hostile")
    design_of(work, days=2, count=30, replicates=2)
    (work / "sweep.toml").write_text(SWEEP, "utf-8")
    (work / "sensitivity.toml").write_text(TRAITS, "utf-8")
    for name in ("country", "country-decades"):
        (work / name).mkdir()
    design_of(work / "country-decades", DECADES, replicates=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(work)
        for kind in FOLDERS[:-1]:
            assert (
                main(
                    [
                        *COMMANDS[kind],
                        "--out",
                        kind,
                        "--quiet",
                        "--index",
                        "0",
                        "--of",
                        "1",
                        "--workers",
                        "1",
                    ]
                )
                == 0
            )
        file = write_links(
            work / "country", ("pass", "away"), days=2, count=50, procedure=PROCEDURE
        )
        result, evaluator = ranked(file, work / "links")
        write_result(result, evaluator, evaluator.study.land)
        (work / "days/adaptive.json").write_text(
            '{"until": ["eca_km2=5"], "most": 200, "reached": true, "replicates": 2, "text": "ok"}'
        )
        yield Folders(work)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the same landscape and homes once, which are no part of a results folder."""
    kept: dict[str, Any] = {}
    land, placed = build.load_landscape, days.place

    def load(settings: Any, **more: Any) -> Any:
        key = f"{settings!r} {more!r}"
        if key not in kept:
            kept[key] = land(settings, **more)
        return kept[key]

    def place(species: Any, where: Any) -> Any:
        key = f"{species!r} {id(where)}"
        if key not in kept:
            kept[key] = placed(species, where)
        return kept[key]

    monkeypatch.setattr(build, "load_landscape", load)
    monkeypatch.setattr(days, "place", place)


CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def problem_of(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str | None:
    """Call a command and return what is wrong with how it ended."""
    capsys.readouterr()
    # of this process: a busy machine is no fault
    began = time.process_time()
    try:
        code = main(list(words))
    except BaseException as bad:
        if isinstance(bad, KeyboardInterrupt):
            raise
        place = bad.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""
        return f"{type(bad).__name__}: {str(bad)[:150]} ({where[-60:]})"
    took = time.process_time() - began
    told = capsys.readouterr()
    if took > LONGEST_S:
        return f"took {took:.0f} s"
    if CONTROL.search(told.out + told.err):
        return f"control characters in {CONTROL.sub('?', told.out + told.err)[:150]}"
    if code == 2 and (len(told.err.strip().splitlines()) != 1 or len(told.err) > 2000):
        return f"exit 2 with {told.err[:150]!r}"
    return None if code in (0, 2) else f"exit {code}"


def problems(
    folders: Folders,
    kind: str,
    ways: Sequence[Tampered],
    calls: Sequence[Sequence[str]],
    capsys: pytest.CaptureFixture[str],
) -> list[str]:
    """Try every way with every call; the folder is put right again in between."""
    out = folders.work / kind
    # a study is called by its file, what reads results by their folder
    calls = [
        words
        if words[0] in ("compare", "sweep", "sensitivity", "links")
        else [*words[:1], kind, *words[1:]]
        for words in calls
    ]
    calls = [
        [*words, "--out", kind] if words[0] not in ("status", "report", "export") else words
        for words in calls
    ]
    whole = {file: (out / file).read_bytes() for file in folders.files(kind)}
    found = []
    for way in ways:
        for words in calls:
            way.put(out)
            wrong = problem_of(words, capsys)
            if wrong is not None:
                found.append(f"{kind}/{way.file}: {way.how}: {' '.join(words)}: {wrong}")
            for damaged in (out / "runs").glob("*.damaged"):
                remove(damaged)
            for file, data in whole.items():
                path = out / file
                if path.is_symlink() or not path.is_file() or path.read_bytes() != data:
                    remove(path)
                    path.write_bytes(data)
    shutil.rmtree(out / "export", ignore_errors=True)
    return found


READING = (["status"], ["export", "--format", "csv", "--quiet"])
WHOLE = (["status", "--check", "--json"], ["export", "--format", "netcdf", "--quiet"])


def calls_for(way: Tampered) -> Sequence[Sequence[str]]:
    return WHOLE if way.file.startswith("runs/") else READING


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", FOLDERS)
def test_a_choice_of_changes_is_one_line_or_right(
    kind: str, folders: Folders, capsys: pytest.CaptureFixture[str]
) -> None:
    ways = random.Random(f"choice {kind}").sample(folders.tampered(kind), 40)
    wrong = []
    for way in ways:
        wrong += problems(folders, kind, [way], calls_for(way), capsys)
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", FOLDERS)
def test_the_command_of_a_changed_study_goes_on_or_says_why(
    kind: str, folders: Folders, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is damaged is made again where it can be, and nothing that was whole is lost."""
    ways = random.Random(f"again {kind}").sample(
        folders.tampered(kind), 1 if kind == "links" else 4
    )
    wrong = problems(folders, kind, ways, [again(kind)], capsys)
    assert not wrong, "\n".join(wrong)


def again(kind: str) -> list[str]:
    """The command of a study without its report, where there is one."""
    shares = [] if kind == "links" else ["--index", "0", "--of", "1"]
    return [*COMMANDS[kind], "--quiet", "--workers", "1", *shares]


@pytest.mark.slow
@pytest.mark.parametrize("kind", FOLDERS)
def test_changes_for_as_long_as_asked_are_one_line_or_right(
    kind: str, folders: Folders, capsys: pytest.CaptureFixture[str]
) -> None:
    every = folders.tampered(kind)
    until = time.monotonic() + share_s()
    wrong = []
    for i, way in enumerate(random.Random(f"{kind} {SEED}").sample(every, len(every))):
        if time.monotonic() > until:
            break
        calls = [*calls_for(way)]
        # drawing takes seconds
        if i % 20 == 0:
            calls.append(["report", "--quiet"])
        wrong += problems(folders, kind, [way], calls, capsys)
        if i % 20 == 10:
            wrong += problems(folders, kind, [way], [again(kind)], capsys)
    assert not wrong, "\n".join(wrong)
