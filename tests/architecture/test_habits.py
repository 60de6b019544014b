"""Hooks, sessions, workflows and forms name what exists, and agree with one another."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from corridor_sim.landscape.io.settings import OF_REGION, LandscapeSettings
from corridor_sim.landscape.region import Region

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("[!c]*.yml"))
CATALOG = ROOT / "src" / "corridor_sim" / "species" / "catalog"
PATH = re.compile(r"(?:\.ci|\.github|docs|experiments|scenarios|src|tests|tools)(?:/[\w.-]+)*")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


JOBS: dict[str, dict[str, Any]] = {
    f"{path.stem}: {name}": job for path in WORKFLOWS for name, job in read(path)["jobs"].items()
}


def python_versions() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))


def sessions() -> dict[str, ast.FunctionDef]:
    """Names under which nox knows the functions of the noxfile."""
    found = {}
    for node in ast.parse((ROOT / "noxfile.py").read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            (decorator,) = map(ast.unparse, node.decorator_list)
            many = decorator == "nox.session(python=PYTHONS)"
            assert many or decorator == "nox.session(python=OLDEST)", decorator
            for version in python_versions() if many else [""]:
                found["-".join(filter(None, (node.name, version)))] = node
    return found


def commands(job: dict[str, Any]) -> list[list[str]]:
    """The words of every command of a job, one for each value of its matrix."""
    lines = [step["run"] for step in job.get("steps", ()) if "run" in step]
    for key, values in job.get("strategy", {}).get("matrix", {}).items():
        lines = [line.replace(f"${{{{ matrix.{key} }}}}", v) for line in lines for v in values]
    return [shlex.split(line) for text in lines for line in text.splitlines()]


def test_the_versions_of_python_agree() -> None:
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse((ROOT / "noxfile.py").read_text("utf-8")).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "PYTHONS"
    }
    tests = JOBS["ci: tests"]
    assert constants["PYTHONS"] == python_versions()
    assert tests["strategy"]["matrix"]["python"] == python_versions()


def test_sessions_that_are_called_exist() -> None:
    called = [
        (name, word)
        for name, job in JOBS.items()
        for words in commands(job)
        if words[:2] == ["nox", "--session"]
        for word in " ".join(words[2:]).partition(" -- ")[0].split()
    ]
    known = sessions()
    assert [(name, word) for name, word in called if word not in known] == []
    assert {word for _, word in called} >= {*known} - {"benchmarks"}
    for page in (ROOT / "CONTRIBUTING.md", GITHUB / "pull_request_template.md"):
        for word in re.findall(r"\bnox -s ([\w.-]+)", page.read_text("utf-8")):
            assert word in known, word


@pytest.mark.parametrize(("name", "job"), JOBS.items(), ids=[*JOBS])
def test_a_job_calls_what_is_here_and_may_do_little(name: str, job: dict[str, Any]) -> None:
    for words in commands(job):
        assert "${{" not in " ".join(words), words
        assert words[0] in ("bash", "nox", "python"), words
        for word in words[1:]:
            if PATH.fullmatch(word):
                assert (ROOT / word).exists(), word
    uses = [step["uses"] for step in job.get("steps", ()) if "uses" in step]
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@(v\d+|release/v\d+)", one) for one in uses), uses
    if "uses" in job:
        assert (ROOT / job["uses"]).is_file()
    else:
        assert job["timeout-minutes"] > 0
    if job.get("permissions"):
        assert name in ("release: publish", "release: site")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read_by_itself(path: Path) -> None:
    assert read(path)["permissions"] == {"contents": "read"}


def test_the_command_of_the_readme_is_run_as_it_stands() -> None:
    assert ["bash", ".ci/run"] in commands(JOBS["ci: readme"])


def test_what_is_published_was_tested() -> None:
    release = read(GITHUB / "workflows" / "release.yml")["jobs"]
    assert {"build", "tests"} <= {*release["publish"]["needs"]}
    assert release["tests"]["uses"].endswith("ci.yml")
    assert "workflow_call" in read(GITHUB / "workflows" / "ci.yml")[True]  # yaml's "on"


@pytest.mark.parametrize(("name", "node"), sessions().items(), ids=[*sessions()])
def test_a_session_runs_what_is_here(name: str, node: ast.FunctionDef) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            if PATH.fullmatch(part.value):
                assert (ROOT / part.value).exists(), part.value
            for extra in re.findall(r"^\.\[(\w+)\]$", part.value):
                assert extra in extras["optional-dependencies"], extra


def test_hooks_use_the_environment_and_fetch_nothing() -> None:
    repositories = read(ROOT / ".pre-commit-config.yaml")["repos"]
    assert [one["repo"] for one in repositories] == ["local"]
    hooks = repositories[0]["hooks"]
    assert {"ruff-check", "ruff-format", "mypy"} <= {hook["id"] for hook in hooks}
    for hook in hooks:
        python, option, module, *words = hook["entry"].split()
        assert (python, option, hook["language"]) == ("python", "-m", "system")
        assert importlib.util.find_spec(module), module
        for word in words:
            if PATH.fullmatch(word):
                assert (ROOT / word).exists(), word


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_one_that_can_be_filled(path: Path) -> None:
    form = read(path)
    assert {"name", "description", "title", "labels", "body"} == {*form}
    fields = [part for part in form["body"] if part["type"] != "markdown"]
    assert {part["type"] for part in fields} <= {"textarea", "input", "dropdown", "checkboxes"}
    ids = [part["id"] for part in fields]
    assert len({*ids}) == len(ids)
    assert len({part["attributes"]["label"] for part in fields}) == len(ids)
    assert any(part.get("validations", {}).get("required") for part in fields)


def test_every_form_is_known() -> None:
    assert [path.stem for path in FORMS] == ["bug", "feature", "question", "region", "species"]


def filled_in(form: str) -> dict[str, Any]:
    """The settings of a form's TOML parts, as one file."""
    parts = read(GITHUB / "ISSUE_TEMPLATE" / f"{form}.yml")["body"]
    held = [part["attributes"] for part in parts if part["attributes"].get("render") == "toml"]
    return tomllib.loads("\n".join(one["value"] for one in held))


def keys(table: dict[str, Any], above: str = "") -> set[str]:
    found = set()
    for key, value in table.items():
        found |= keys(value, f"{above}{key}.") if isinstance(value, dict) else {above + key}
    return found


def test_the_form_of_a_species_asks_for_every_number() -> None:
    catalog = [tomllib.loads(path.read_text("utf-8")) for path in CATALOG.glob("*.toml")]
    asked = keys(filled_in("species"))
    assert asked == set().union(*map(keys, catalog))
    assert {"movement.male.resident.tau_d.source", "soaring.sink_ms.low"} <= asked


def test_the_form_of_a_region_asks_for_every_layer() -> None:
    asked = filled_in("region")["landscape"]
    # what may stand beside the files as well is asked for once, among the numbers of the region
    assert {*asked} == {*LandscapeSettings.model_fields} - {"source", *OF_REGION}
    assert {*asked["region"]} == {*Region.model_fields}
