"""What the view Keep asks for: files, uploads and reports, and what nobody should ask."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import corridor_sim as cs
from corridor_sim.app import keep
from corridor_sim.app.engine import Engine
from corridor_sim.app.web import make_web
from corridor_sim.app.work import Work
from corridor_sim.config.build import landscape_grid
from corridor_sim.config.load import Resolved
from oracles.asked import Asker

TOKEN = "a" * 32
TODAY = cs.Scenario(name="Today", days=10, landscape={"cell_m": 8000})
LAND: Any = SimpleNamespace(grid=landscape_grid(TODAY.landscape))
RING = [[760_000, 9_600_000], [800_000, 9_600_000], [800_000, 9_630_000]]
LINK = {"kind": "build_link", "name": "a", "areas": [RING], "crs": "EPSG:32717"}
LINK["actions"] = ["restore"]
WORK = {"alternatives": [{"name": "Río/1", "cost": 2.0, "changes": [LINK]}, {"name": "Empty"}]}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    one = Engine(None, [], Work.opened(tmp_path))
    yield one
    one.stop()


@pytest.fixture
def ask(engine: Engine) -> Asker:
    """The page with a landscape of which nothing but the grid is asked, and some drawings."""
    found: Any = SimpleNamespace(
        resolved=Resolved(TODAY, (), Path()),
        reference=LAND,
        land=LAND,
        identity="made up",
        replicates=40,
        dispersers=500,
        level=0.95,
    )
    engine.answers.evaluator = found
    engine.work.put(WORK, engine.work.revision)
    return Asker(make_web(engine, TOKEN, "127.0.0.1"), TOKEN)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/files/map"),
        ("GET", "/api/links-left-out"),
        ("POST", "/api/opened?file=a.toml"),
        ("GET", "/api/runs"),
        ("GET", "/api/runs/0123456789abcdef"),
    ],
)
def test_before_the_landscape_is_there_one_is_asked_to_wait(
    method: str, path: str, engine: Engine
) -> None:
    got = Asker(make_web(engine, TOKEN, "127.0.0.1"), TOKEN)(method, path)
    assert got.status == 503
    assert "still being prepared" in got.data["problem"]


def test_files_are_downloads_of_what_is_drawn(ask: Asker) -> None:
    got = ask("GET", "/api/files/scenario?name=R%C3%ADo%2F1")
    assert got.headers["content-disposition"] == 'attachment; filename="r-o-1.toml"'
    assert tomllib.loads(got.body.decode())["edits"][0]["kind"] == "build_link"
    assert ask("GET", "/api/files/map").body.startswith(b"SQLite format 3")
    assert ask("GET", "/api/files/passwd").status == 404
    assert ask("GET", "/api/files/scenario?name=nobody").status == 404
    assert ask("GET", "/api/files/scenario?name=Empty").status == 422


def test_who_is_no_link_is_told_with_the_reason(ask: Asker) -> None:
    assert ask("GET", "/api/links-left-out").data == {
        "left_out": {"Empty": "holds no link; draw one"}
    }


def test_an_upload_is_read_and_kept_nowhere(ask: Asker, engine: Engine) -> None:
    text = ask("GET", "/api/files/alternatives").body
    before = sorted(engine.work.folder.rglob("*"))
    got = ask("POST", "/api/opened?file=drawn.toml", text)
    assert got.data == {"names": ["Río/1"]}
    got = ask("POST", "/api/opened?file=drawn.toml&name=R%C3%ADo%2F1", text)
    assert got.data["alternatives"] == WORK["alternatives"][:1]
    assert "base" not in got.data
    assert sorted(engine.work.folder.rglob("*")) == before


def test_an_upload_is_refused_before_it_fills_the_memory(
    ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep, "MOST_OPENED_BYTES", 1 << 20)
    got = ask("POST", "/api/opened?file=big.gpkg", bytes(3 << 20))
    assert got.status == 413
    assert got.data["problem"] == (
        "big.gpkg is larger than 1 MB. Keep only the links in it and open it again."
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a.exe", "a.exe is of a kind that cannot be opened here"),
        ("a.shp", "A .shp alone lacks its other parts"),
        ("..%2F..%2Fetc%2Fa.gpkg", "a.gpkg: "),
        ("%00%0Aa.toml", "a.toml:1: not valid TOML"),
    ],
)
def test_a_refusal_names_the_file_as_its_owner_does(name: str, told: str, ask: Asker) -> None:
    got = ask("POST", f"/api/opened?file={name}", b"[x")
    assert got.status == 422
    assert got.data["problem"].startswith(told)
    assert "/tmp" not in got.data["problem"]


def test_a_report_is_served_by_its_name_alone_and_can_do_nothing(
    ask: Asker, engine: Engine
) -> None:
    folder = engine.work.folder / "reports"
    (folder / "2026-01-02-030405").mkdir(parents=True)
    (folder / "2026-01-02-030405.toml").write_text("# North, South\n", encoding="utf-8")
    (folder / "2026-01-02-030405" / "report.html").write_text("<h1>It</h1>", encoding="utf-8")
    (folder / "2026-01-03-030405.toml").write_text("# not done\n", encoding="utf-8")
    (engine.work.folder / "report.html").write_text("secret", encoding="utf-8")
    got = ask("GET", "/reports/2026-01-02-030405/report.html")
    assert got.body == b"<h1>It</h1>"
    assert got.headers["content-security-policy"].startswith("default-src 'none'; img-src data:")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert ask("GET", "/api/reports").data["reports"] == [
        {"name": "2026-01-02-030405", "title": "North, South"}
    ]
    for name in ("..", "%2e%2e", "..%2f", "2026-01-03-030405", "2026-01-02-030405%00", "."):
        assert ask("GET", f"/reports/{name}/report.html").status == 404
    assert ask("GET", "/reports/2026-01-02-030405/experiment.json").status == 404


@pytest.mark.parametrize("data", [{"days": True}, {"replicates": "2"}, {"days": 1.5}])
def test_odd_requests_of_a_report_are_refused(data: dict[str, Any], ask: Asker) -> None:
    assert ask("POST", "/api/reports", data).status == 400
    assert ask("POST", "/api/reports/forecast", data).status == 400


@pytest.mark.parametrize("data", [{"names": "a"}, {"names": ["Río/1"], "title": 7}, {}])
def test_odd_requests_of_a_brief_are_refused(data: dict[str, Any], ask: Asker) -> None:
    assert ask("POST", "/api/brief", data).status == 400


def test_a_run_is_kept_as_it_was_and_found_by_its_digest_alone(ask: Asker, engine: Engine) -> None:
    got = ask("GET", "/api/runs").data["runs"]
    assert list(got) == ["Río/1"]
    run = got["Río/1"]["run"]
    assert re.fullmatch("[0-9a-f]{16}", run)
    path = engine.work.folder / "runs" / f"{run}.toml"
    assert got["Río/1"]["command"] == f"corridor-sim links try {path}"
    found = cs.read_alternatives(path)
    assert found.alternatives[0].model_dump(mode="json") == WORK["alternatives"][0]
    assert found.base is not None
    (engine.work.folder / "runs" / "x.toml").write_text("", encoding="utf-8")
    for name in ("x", "..%2Falternatives", "0" * 16, "0" * 15, run.upper() + "0"):
        assert ask("GET", f"/api/runs/{name}").status == 404
