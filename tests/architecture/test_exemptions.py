"""What is exempt from lint and types says why, and compiled functions alone go without types."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "corridor_sim"
MODULES = sorted(SOURCE.rglob("*.py"))
KERNELS = sorted((SOURCE / "kernels").glob("*.py"))
EVERYTHING = [
    *MODULES,
    *sorted((ROOT / "tests").rglob("*.py")),
    *sorted((ROOT / "tools").glob("*.py")),
]
EXEMPTION = re.compile(
    r"#\s*(type:\s*ignore|(ruff:\s*)?noqa|pragma)"
    r"(?P<rules>\[[^\]]+\]|:\s*[A-Za-z0-9, ]+)?\s*(?P<reason>#.*)?"
)
LEFT_OUT = re.compile(r"pytest\.(?P<mark>mark\.)?(skip|skipif|xfail|importorskip)")


def exemptions_without_reason(text: str) -> list[int]:
    """Numbers of the lines that are exempt and neither say why nor have a comment above."""
    lines = text.splitlines()
    bare = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        found = EXEMPTION.search(token.string) if token.type == tokenize.COMMENT else None
        if found is None:
            continue
        number = token.start[0]
        above = lines[number - 2].strip() if number > 1 else ""
        if found["rules"] is None or not (found["reason"] or above.startswith("# ")):
            bare.append(number)
    return bare


def left_out_without_reason(text: str) -> list[int]:
    """Numbers of the lines that skip a test or expect it to fail and do not say why."""
    tree = ast.parse(text)
    calls = {n.func: n for n in ast.walk(tree) if isinstance(n, ast.Call)}
    bare = []
    for node in ast.walk(tree):
        found = LEFT_OUT.fullmatch(ast.unparse(node)) if isinstance(node, ast.Attribute) else None
        if found is None:
            continue
        call = calls.get(node)
        said = [k.value for k in call.keywords if k.arg == "reason"] if call else []
        if call and found["mark"] is None and node.attr != "importorskip":
            said += call.args[:1]  # of importorskip it is the name of the module
        if not any(not isinstance(why, ast.Constant) or why.value for why in said):
            bare.append(node.lineno)
    return sorted(bare)


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
        ("x = f()  # pragma: no cover", [1]),
        ("x = f()  # pragma: no cover  # never on Linux", []),
        ("x = f()  # noqa: E501 - it is long", [1]),
        ("# ruff: noqa: E402", [1]),
        ('x = "# noqa"', []),
    ],
)
def test_an_exemption_needs_a_rule_and_a_reason(text: str, lines: list[int]) -> None:
    assert exemptions_without_reason(text) == lines


@pytest.mark.parametrize("path", EVERYTHING, ids=lambda p: str(p.relative_to(ROOT)))
def test_exemptions_say_why(path: Path) -> None:
    assert exemptions_without_reason(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("@pytest.mark.skip\ndef test(): ...", [1]),
        ("@pytest.mark.skip()\ndef test(): ...", [1]),
        ("pytestmark = [pytest.mark.skipif(x)]", [1]),
        ("def test():\n    pytest.skip()", [2]),
        ("def test():\n    pytest.skip('')", [2]),
        ("@pytest.mark.xfail(strict=True)\ndef test(): ...", [1]),
        ("pytest.importorskip('zarr')", [1]),
        ("pytest.importorskip('zarr', reason='needs the extra')", []),
        ("@pytest.mark.xfail(strict=True, reason='known')\ndef test(): ...", []),
        ("pytestmark = pytest.mark.skipif(x, reason=f'no {x}')", []),
        ("def test():\n    pytest.skip('no gcc')", []),
    ],
)
def test_what_is_left_out_needs_a_reason(text: str, lines: list[int]) -> None:
    assert left_out_without_reason(text) == lines


def test_tests_that_are_left_out_say_why() -> None:
    paths = sorted((ROOT / "tests").rglob("*.py"))
    found = {path.name: left_out_without_reason(path.read_text("utf-8")) for path in paths}
    assert not {name: lines for name, lines in found.items() if lines}


@pytest.mark.parametrize("path", KERNELS, ids=lambda p: p.name)
def test_only_compiled_functions_go_without_types(path: Path) -> None:
    for name, decorators in untyped(path).items():
        assert "kernel" in decorators, name


def test_only_modules_of_compiled_functions_may_go_without_types() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    assert rules["strict"] is True
    loose = [o["module"] for o in rules["overrides"] if o.get("disallow_untyped_defs") is False]
    assert loose == [[f"corridor_sim.kernels.{p.stem}" for p in KERNELS if untyped(p)]]
