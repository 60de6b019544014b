"""Each question keeps its own answer, side by side with the others; the same again replaces it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import corridor_sim as cs
from corridor_sim.cli.main import main
from corridor_sim.experiment.answers import Answer, answer_of, asked_of, keep_answer, read_answers

QUICK = """name = "Clearing"
[base]
name = "Today"
days = 3
replicates = 2
landscape = { cell_m = 10000 }
[base.species.jaguar]
count = 20
[factors.forest]
now = []
less = [{ kind = "clear", fraction = 0.3 }]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("answers")
    (folder / "e.toml").write_text(QUICK, encoding="utf-8")
    words = ["compare", str(folder / "e.toml"), "--out", str(folder / "out"), "--quiet"]
    assert main(words) == 0
    assert main([*words, "--indifference", "0.2"]) == 0
    assert main([*words, "--indifference", "0.2", "--lang", "es"]) == 0
    # asked again: it replaces its own
    assert main([*words, "--indifference", "0.2"]) == 0
    return folder / "out"


def test_questions_lie_side_by_side(folder: Path) -> None:
    found = cs.open_results(folder).answers
    assert found["asked"].tolist() == [
        "--indifference 0.2",
        "--indifference 0.2",
        "as the file says",
    ]
    assert found["language"].tolist() == ["en", "es", "en"]
    assert all(found["lead"].str.len() > 20)
    for page in found["page"]:
        kept = folder / page
        assert kept.is_file()
        assert kept.with_name("tables.xlsx").is_file()
    assert (folder / "report.html").read_text("utf-8").count('lang="en"') == 1


def test_the_page_of_a_folder_is_the_latest_and_links_to_the_others(folder: Path) -> None:
    page = (folder / "report.html").read_text("utf-8")
    links = re.findall(r'href="(answers/[^"]+)"', page)
    assert links[0] == "answers/index.html"
    assert len(links) == 3
    assert all((folder / one).is_file() for one in links)
    latest = folder / cs.open_results(folder).answers["page"][0]
    inside = re.findall(r'href="(\.\./[^"]+)"', latest.read_text("utf-8"))
    assert len(inside) == 3
    assert all((latest.parent / one).resolve().is_file() for one in inside)


def test_an_index_lists_them_and_status_tells_of_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = (folder / "answers" / "index.html").read_text("utf-8")
    index = re.sub(r"<script.*?</script>", "", index, flags=re.DOTALL)
    links = re.findall(r'<a href="([^"#]+)"', index)
    assert len(links) == 3
    assert all((folder / "answers" / one).is_file() for one in links)
    assert main(["status", str(folder)]) == 0
    assert "3 answers, the latest first:" in capsys.readouterr().out
    assert main(["status", str(folder), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["answers"]) == 3


def test_what_distinguishes_questions_is_what_was_asked() -> None:
    settings = {"links": {"budget": 20.0}}
    one = answer_of(settings, "corridor-sim links rank a.toml --out x", "b")
    assert answer_of(settings, "corridor-sim links rank a.toml --out y", "c").name == one.name
    assert answer_of({"links": {"budget": 21.0}}, "", "b").name != one.name
    with cs.language("es"):
        assert answer_of(settings, "corridor-sim links rank a.toml --out x", "b").name != one.name


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        ("", "as set in Python"),
        ("corridor-sim links rank 'my file.toml' --out b --lang es", "as the file says"),
        (
            "corridor-sim compare a.toml --out b --replicates 3 --set 'base.name=../../x' --yes",
            "--replicates 3; base.name=../../x",
        ),
    ],
)
def test_what_was_asked_is_told_by_the_options(command: str, asked: str) -> None:
    assert asked_of(command) == asked
    name = answer_of({}, command, "").name
    assert re.fullmatch(r"[a-z0-9.-]+", name)
    assert not name.startswith(".")
    assert "/" not in name


def test_an_answer_that_is_half_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("<p>", encoding="utf-8")
    answer = Answer("a", "b", "2026-01-01", "en", "", "x-1")
    folder = keep_answer(tmp_path, answer)
    assert [one.name for one in read_answers(tmp_path)] == ["x-1"]
    (folder / "answer.json").write_text('{"asked": 1}', encoding="utf-8")
    assert read_answers(tmp_path) == []
    keep_answer(tmp_path, answer)
    (folder / "report.html").unlink()
    assert read_answers(tmp_path) == []
    assert read_answers(tmp_path / "nowhere") == []
