"""What reads single files of a results folder: nothing hangs and nothing untrue is believed."""

from __future__ import annotations

import json
import os
import random
import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydantic import Field

from corridor_sim import load_species
from corridor_sim.cli.main import main
from corridor_sim.errors import ResultsError, visible
from corridor_sim.experiment.status import status_of
from corridor_sim.genetics.pedigree import Pedigree, load_pedigree
from corridor_sim.landscape.synthetic import uniform
from corridor_sim.reading import Absent, Unfit, archive, read_json
from corridor_sim.simulation.days.checkpoint import restore, save
from corridor_sim.simulation.days.seeding import Quota
from corridor_sim.simulation.days.simulation import DaysContext, Simulation, prepare_days
from corridor_sim.simulation.run_file import peek
from corridor_sim.sweeps.table import cover_table
from corridor_sim.toml.strict import Strict
from oracles.link_country import ranked, write_links
from oracles.made_decades import made_decades
from oracles.small_study import design_of, files_of, opened, run_missing
from oracles.tampering import Tampered, as_npy, bytes_of, run_arrays, zipped


class Form(Strict):
    name: str
    counts: list[int]
    share: float = Field(ge=0, le=1)


GOOD = '{"name": "a", "counts": [1, 2], "share": 0.5}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"name": 1, "counts": [], "share": 0}', "name: input should be a valid string"),
        ('{"name": "", "counts": [true], "share": 0}', r"counts\[0\]: input should be a valid int"),
        ('{"name": "", "counts": [1.0], "share": 0}', r"counts\[0\]: input should be a valid int"),
        ('{"name": "", "counts": {}, "share": "0"}', "input should be a valid list, and 1 more"),
        (
            '{"name": "", "counts": [], "share": 2}',
            "share: input should be less than or equal to 1",
        ),
        ('{"name": "", "counts": [], "share": 1e999}', "holds 1e999, which is no finite number"),
        ('{"name": "", "counts": [], "share": NaN}', "holds NaN, which is no number"),
        ('{"name": "", "counts": [' + "9" * 5000 + '], "share": 0}', "number of more digits"),
        ('{"name": "", "counts": [], "share": 0, "x": 1}', "x: extra inputs are not permitted"),
        ("[" * 100_000, "nested too deeply"),
        ('{"name": ' + "[" * 100 + "]" * 100 + "}", "nested too deeply"),
        ('{"name": "\\u0000", "counts": [], "share": 0}', "NUL"),
        ('{"name": "\\ud800", "counts": [], "share": 0}', "lone surrogate"),
        ("[]", "the whole: input should be a valid dictionary"),
        ("{", "not JSON, line 1"),
        ("", "not JSON, line 1"),
        (GOOD + " " * 2000, "at most 1000"),
    ],
)
def test_json_is_what_its_schema_says(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(GOOD, "utf-8")
    assert read_json(path, Form, most=1000).counts == [1, 2]
    path.write_text(text, "utf-8")
    with pytest.raises(Unfit, match=said) as caught:
        read_json(path, Form, most=1000 if "1000" in said else 10**6)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "make",
    [
        os.mkfifo,
        Path.mkdir,
        lambda p: p.symlink_to(p.name),
        lambda p: p.symlink_to("/dev/zero"),
        lambda p: p.symlink_to("/proc/kmsg"),
        lambda p: p.symlink_to("."),
        lambda p: None,
    ],
    ids=["pipe", "folder", "loop", "zeros", "the kernel's", "its folder", "nothing"],
)
def test_what_is_no_regular_file_is_refused_at_once(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "a"
    make(path)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(3):
        with pytest.raises(Unfit):
            read_json(path, Form)
        with pytest.raises(Unfit), archive(path, 10**6):
            pass
        assert peek(path, (1, 1)) is None
    if before:
        assert len(os.listdir("/proc/self/fd")) == before, "a file was left open"
    if not os.path.lexists(path):
        with pytest.raises(Absent):
            read_json(path, Form)


def test_a_bomb_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(zipped([("a.npy", as_npy(np.zeros(20_000_000)))]))
    assert path.stat().st_size < 2_000_000
    lie = as_npy(np.zeros(4)).replace(b"(4,), }" + b" " * 11, b"(400000000000,), }")
    tracemalloc.start()
    try:
        with pytest.raises(Unfit, match="unpacks to 160000128 bytes"), archive(path, 10**8):
            pass
        with archive(path, 10**9) as found, pytest.raises(Unfit, match="at most 1000 make sense"):
            found.array("a", np.float64, (None,), 1000)
        with (
            archive(path, 10**9) as found,
            pytest.raises(Unfit, match=r"float64 \(20000000\), not"),
        ):
            found.array("a", np.float64, (5,))
        path.write_bytes(zipped([("a.npy", lie)]))
        with archive(path, 10**9) as found, pytest.raises(Unfit, match="announces 400000000000"):
            found.array("a", np.float64, (None,))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_arrays_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    arrays = {
        "plain": np.arange(6.0).reshape(2, 3),
        "turned": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "none": np.zeros((0, 3), np.int32),
        "one": np.array(4.5, np.float32),
        "truth": np.array([True, False]),
        "bytes": np.arange(9, dtype=np.uint8),
    }
    path.write_bytes(zipped([(f"{name}.npy", as_npy(a)) for name, a in arrays.items()]))
    with archive(path, 10**6) as found:
        for name, a in arrays.items():
            back = found.array(name, a.dtype, a.shape)
            assert back.dtype == a.dtype
            np.testing.assert_array_equal(back, a)


def refused(ways: list[Tampered], out: Path, read: Callable[[], object]) -> tuple[int, list[str]]:
    """Return how many ways were refused in one line, and what else came."""
    n, wrong = 0, []
    for way in ways:
        way.put(out)
        try:
            read()
        except ResultsError as bad:
            n += 1
            wrong += [f"{way.how}: lines"] * (len(str(bad).splitlines()) != 1)
        except Exception as bad:  # what comes is what is told
            wrong.append(f"{way.how}: {type(bad).__name__}: {bad}"[:200])
    return n, wrong


def test_pedigrees_that_were_changed_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    Pedigree.of([-1, -1, 0, 0], [-1, -1, 1, 1], [0, 1, 0, 1], [0, 0, 1, 2]).save(path)
    ways = [*bytes_of(tmp_path, path.name), *run_arrays(tmp_path, path.name)]
    ways = random.Random("pedigrees").sample(ways, 300)
    n, wrong = refused(ways, tmp_path, lambda: load_pedigree(path))
    assert not wrong, "\n".join(wrong)
    assert n > 200


@pytest.fixture(scope="module")
def stage() -> DaysContext:
    return prepare_days([load_species("jaguar")], uniform(20, 20), None, {"jaguar": Quota(60)})


def test_checkpoints_that_were_changed_are_refused_or_go_on(
    stage: DaysContext, tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"
    sim = Simulation(stage, seed=1, replicate=0, start_day=0, tracks=2, n_days=3)
    sim.advance(1)
    save(sim, path)
    ways = [*bytes_of(tmp_path, path.name), *run_arrays(tmp_path, path.name)]
    ways = random.Random("checkpoints").sample(ways, 250)
    n, wrong = refused(ways, tmp_path, lambda: restore(path, stage).advance(1))
    assert not wrong, "\n".join(wrong)
    assert n > 150


def test_names_cannot_move_the_cursor() -> None:
    assert visible("Páramo \u200d\U0001f406 ok") == "Páramo \u200d\U0001f406 ok"
    assert visible("a\x1b[2J\x9b1m\u202eb\r\n") == r"a\x1b[2J\x9b1m\u202eb\r\n"
    error = ResultsError("holds 'a\x1b]0;title\x07'", where="out\x1b[31m", remedy="see\n\tthere")
    assert str(error) == r"out\x1b[31m: holds 'a\x1b]0;title\x07'; see there"


def test_status_prints_no_control_character(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = opened(design_of(tmp_path), tmp_path / "out").out
    text = (out / "experiment.json").read_text("utf-8")
    (out / "experiment.json").write_text(
        text.replace('"name": "Small"', '"name": "S\\u001b[2J\\u009b5m"', 1), "utf-8"
    )
    assert main(["status", str(out)]) == 0
    assert capsys.readouterr().out.startswith(r"S\x1b[2J\x9b5m (corridor_sim")
    assert main(["status", str(out), "--json"]) == 0
    said = capsys.readouterr().out
    assert "\x9b" not in said
    assert json.loads(said)["name"] == "S\x1b[2J\x9b5m"


def test_a_damaged_manifest_is_made_anew_and_runs_are_kept(tmp_path: Path) -> None:
    design = design_of(tmp_path, days=2, count=30)
    study = opened(design, tmp_path / "out")
    run_missing(study)
    before = files_of(study.out)
    (study.out / "experiment.json").write_text('{"format": 2', "utf-8")
    with pytest.raises(
        ResultsError, match=r"experiment\.json: is damaged .+; delete this file and"
    ):
        opened(design, tmp_path / "out")
    (study.out / "experiment.json").unlink()
    assert run_missing(opened(design, tmp_path / "out")) == 0
    assert files_of(study.out) == before
    # but another study does not take the folder
    (study.out / "experiment.json").unlink()
    with pytest.raises(ResultsError, match="is not empty and holds no experiment"):
        opened(design_of(tmp_path, days=3, count=30), tmp_path / "out")


def test_what_stands_in_the_way_of_runs_is_set_aside_and_told(tmp_path: Path) -> None:
    design = design_of(tmp_path, days=2, count=30)
    study = opened(design, tmp_path / "out")
    run_missing(study)
    before = files_of(study.out)
    cut, pipe, folder, loop = (study.path(run) for run in study.runs[:4])
    cut.write_bytes(cut.read_bytes()[:300])
    for path, make in ((pipe, os.mkfifo), (folder, Path.mkdir), (loop, Path.symlink_to)):
        path.unlink()
        make(path, path.name) if make is Path.symlink_to else make(path)
    facts = study.out / "scenarios/000.json"
    facts.unlink()
    facts.mkdir()
    timings = study.out / "timings.tsv"
    timings.unlink()
    os.mkfifo(timings)
    found = status_of(study.out)
    assert [found.total(k) for k in ("done", "damaged", "missing")] == [4, 4, 0]
    told: list[str] = []

    class Listener:
        def say(self, text: str) -> None:
            told.append(text)

        def expect(self, steps: int) -> None: ...

        def done(self, steps: int) -> None: ...

    assert run_missing(opened(design, tmp_path / "out"), Listener()) == 4
    after = files_of(study.out)
    assert before.items() <= after.items()
    assert {name for name in after if name not in before} == {
        f"runs/{p.stem}.damaged" for p in (cut, pipe, folder, loop)
    } | {"scenarios/000.damaged"}
    assert any(text.startswith(f"{cut.name} is cut short or damaged") for text in told)
    assert sum("it is set aside as" in text and "made again" in text for text in told) == 4


@pytest.mark.parametrize("file", ["plan.json", "experiment.json"])
def test_runs_and_scenarios_that_are_left_out_are_told(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    design = design_of(tmp_path, days=2, count=30)
    study = opened(design, tmp_path / "out")
    run_missing(study)
    path = study.out / file
    data = json.loads(path.read_text("utf-8"))
    if file == "plan.json":
        data["runs"] = data["runs"][:6]  # the last scenario's are gone
    else:
        data["scenarios"][3]["changes"]["edits"][0]["fraction"] = 0.4
    path.write_text(json.dumps(data), "utf-8")
    assert main(["export", str(study.out), "--format", "csv", "--quiet"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert ("it lists other runs than the study has" in line) == (file == "plan.json")
    assert ("scenario 'some + hot' has other settings" in line) == (file != "plan.json")
    shutil.rmtree(study.out)


def test_a_verdict_or_ranking_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    study = opened(design_of(tmp_path, days=2, count=30), tmp_path / "out")
    assert status_of(study.out).verdict is None
    (study.out / "adaptive.json").write_text('{"text": 5}', "utf-8")
    said = status_of(study.out).verdict or ""
    assert said.startswith("adaptive.json cannot be used (until: field required, and 4 more)")
    assert said.endswith("delete it and call the command of the study again")


def test_another_versions_runs_are_not_called_damaged(tmp_path: Path) -> None:
    """Its outcomes may have been others."""
    study = opened(design_of(tmp_path, days=2, count=30), tmp_path / "out")
    run_missing(study)
    path = study.path(study.runs[0])
    values = peek(path, (2, None))
    assert values is not None
    for run in study.runs:
        study.path(run).write_bytes(zipped([("outcomes.npy", as_npy(values[:, :-3]))]))
    assert status_of(study.out).total("damaged") == len(study.runs)
    manifest = study.out / "experiment.json"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace('"corridor_sim": "', '"corridor_sim": "9', 1), "utf-8")
    assert status_of(study.out).total("done") == len(study.runs)


def test_a_run_damaged_inside_does_not_block_a_ranking(tmp_path: Path) -> None:
    """Outcomes stand at its beginning with a checksum of their own; a damaged one is made again."""
    file = write_links(
        tmp_path,
        ("pass", "away"),
        days=2,
        count=50,
        procedure="indifference = 0.2\nfirst_replicates = 5\nbudget_runs = 15",
    )
    ranked(file, tmp_path / "out")
    before = files_of(tmp_path / "out")
    path = next((tmp_path / "out/runs").iterdir())
    data = path.read_bytes()
    for part in (b"jaguar/transits", b"outcomes.npy"):
        at = data.index(part) + 40
        path.write_bytes(data[:at] + bytes(8) + data[at + 8 :])
        ranked(file, tmp_path / "out")
        after = files_of(tmp_path / "out")
        damaged = {name for name, digest in before.items() if after.get(name) != digest}
        assert damaged == ({f"runs/{path.name}"} if part != b"outcomes.npy" else set())


def test_covers_of_a_sweep_through_decades_are_those_of_its_end(tmp_path: Path) -> None:
    study = made_decades(tmp_path / "out")
    at: list[tuple[float, ...]] = [() for _ in study.scenarios]
    table = cover_table(study, [], at, ["pasture"])
    assert table["mean"].tolist() == [100.0] * len(study.scenarios)
