"""What is published is whole, and the files that tell of it say the same.

The long form builds both archives as a release does and tries the wheel on every Python:
``nox -s package``.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from oracles.tools import tool

ROOT = Path(__file__).parents[2]
DESCRIBING = (
    *("pyproject.toml", "CITATION.cff", ".zenodo.json", "packaging"),
    "src/corridor_sim/__init__.py",
)


@pytest.fixture(scope="module")
def check() -> ModuleType:
    return tool("check_package")


def test_all_files_say_the_same_of_the_package(check: ModuleType) -> None:
    assert check.faults_of_files() == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("CITATION.cff", "version: 0", "version: 9", "CITATION.cff: version 9"),
        ("packaging/conda/recipe.yaml", "numpy >=1.26", "numpy >=1.2", "numpy >=1.2, not >=1.26"),
        ("packaging/conda/recipe.yaml", "    - babel >=2.14\n", "", "recipe.yaml: babel missing"),
        (".zenodo.json", '"Andes"', '"Alps"', ".zenodo.json: other keywords"),
        ("pyproject.toml", ">=3.11", ">=3.12", "recipe.yaml: Python from 3.11, not 3.12"),
    ],
)
def test_a_file_that_fell_behind_is_named(
    file: str,
    old: str,
    new: str,
    said: str,
    check: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (
        "pyproject.toml",
        "CITATION.cff",
        ".zenodo.json",
        "packaging",
        "src/corridor_sim/__init__.py",
    ):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, target)
    text = (tmp_path / file).read_text("utf-8")
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new, 1), "utf-8")
    monkeypatch.setattr(check, "ROOT", tmp_path)
    assert any(said in one for one in check.faults_of_files())


def test_the_wheel_holds_all_that_is_used(
    check: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = pytest.importorskip("hatchling.build", reason="hatchling comes with the extra test")
    monkeypatch.chdir(ROOT)
    wheel = tmp_path / build.build_wheel(str(tmp_path))
    assert check.faults_of_wheel(wheel) == []
    # whoever only installs it reads licence and authors there
    with zipfile.ZipFile(wheel) as held:
        assert any(name.endswith("licenses/LICENSE") for name in held.namelist())
    # and a file that went missing is noticed
    less = tmp_path / "less.whl"
    with zipfile.ZipFile(wheel) as held, zipfile.ZipFile(less, "w") as kept:
        for name in held.namelist():
            if "/locale/" not in name and not name.endswith("/errors.py"):
                kept.writestr(name, held.read(name))
    assert check.faults_of_wheel(less) == [
        "less.whl: lacks locale/es/LC_MESSAGES/corridor_sim.po",
        "less.whl: lacks errors.py",
    ]


def test_versions_of_the_site_stand_side_by_side(tmp_path: Path) -> None:
    place = tool("place_site").place
    built, pages = tmp_path / "built", tmp_path / "pages"
    for version in ("0.1.0", "0.10.0", "0.9.0"):
        shutil.rmtree(built, ignore_errors=True)
        built.mkdir()
        (built / "index.html").write_text(f"<title>{version}</title>", "utf-8")
        place(built, pages, version)
    listed = json.loads((pages / "versions.json").read_text("utf-8"))
    assert listed == ["0.10.0", "0.9.0", "0.1.0"]
    assert "0.10.0" in (pages / "stable/index.html").read_text("utf-8")
    assert "0.1.0" in (pages / "0.1.0/index.html").read_text("utf-8")
    assert "stable/" in (pages / "index.html").read_text("utf-8")
    # built again, a version takes its own place
    (built / "index.html").write_text("<title>again</title>", "utf-8")
    place(built, pages, "0.9.0")
    assert "again" in (pages / "0.9.0/index.html").read_text("utf-8")
    assert "0.10.0" in (pages / "stable/index.html").read_text("utf-8")


@pytest.mark.parametrize("version", ["", "1", "../x", "1.2.3/..", "v1.0.0"])
def test_what_is_no_version_gets_no_folder(version: str, tmp_path: Path) -> None:
    (tmp_path / "built").mkdir()
    with pytest.raises(SystemExit, match="no version"):
        tool("place_site").place(tmp_path / "built", tmp_path / "pages", version)
    assert not (tmp_path / "pages").exists()
