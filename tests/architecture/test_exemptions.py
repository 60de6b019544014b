"""What is exempt from lint and types says why, and compiled functions alone go without types."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "corridor_sim"
MODULES = sorted(SOURCE.rglob("*.py"))
KERNELS = sorted((SOURCE / "kernels").glob("*.py"))
EXEMPTION = re.compile(
    r"#\s*(type:\s*ignore|noqa)(?P<rules>\[[^\]]+\]|:[A-Z0-9, ]+)?\s*(?P<reason>#.*)?$"
)


def exemptions_without_reason(text: str) -> list[int]:
    """Numbers of the lines that are exempt and neither say why nor have a comment above."""
    lines = text.splitlines()
    bare = []
    for number, line in enumerate(lines, 1):
        found = EXEMPTION.search(line)
        if found is None:
            continue
        above = lines[number - 2].strip() if number > 1 else ""
        if found["rules"] is None or not (found["reason"] or above.startswith("# ")):
            bare.append(number)
    return bare


def untyped(path: Path) -> dict[str, list[str]]:
    """Names of a module's functions without a type for every value, with their decorators."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            values = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            bare = [v for v in values if v.annotation is None and v.arg not in ("self", "cls")]
            if bare or node.returns is None:
                found[node.name] = [ast.unparse(d).split("(")[0] for d in node.decorator_list]
    return found


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("x = f()  # type: ignore[misc]", [1]),
        ("x = f()  # type: ignore", [1]),
        ("x = f()  # noqa: E501", [1]),
        ("x = f()  # type: ignore[misc]  # f has no types", []),
        ("x = f()  # type: ignore  # f has no types", [1]),
        ("# f has no types\nx = f()  # type: ignore[misc]", []),
        ("y = 1\nx = f()  # noqa: E501", [2]),
    ],
)
def test_an_exemption_needs_a_rule_and_a_reason(text: str, lines: list[int]) -> None:
    assert exemptions_without_reason(text) == lines


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_exemptions_say_why(path: Path) -> None:
    assert exemptions_without_reason(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", KERNELS, ids=lambda p: p.name)
def test_only_compiled_functions_go_without_types(path: Path) -> None:
    for name, decorators in untyped(path).items():
        assert "kernel" in decorators, name


def test_only_modules_of_compiled_functions_may_go_without_types() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    assert rules["strict"] is True
    loose = [o["module"] for o in rules["overrides"] if o.get("disallow_untyped_defs") is False]
    assert loose == [[f"corridor_sim.kernels.{p.stem}" for p in KERNELS if untyped(p)]]
